//! The difference of the MetalLB objects.
//!
//! Only objects with both of our labels are ours: they are changed and pruned. One of the wanted name
//! without them is adopted with consent. One of another network of metalsense is never touched.

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde_json::{Map, Value};

use super::change::{Action, Change, Effect, FieldChange, Guard, Refusal, Shown, Side, changes};
use crate::compile::{Desired, DesiredObject, MANAGED_BY, MANAGED_BY_LABEL, NETWORK_LABEL};
use crate::finding::{Finding, Layer};
use crate::metallb::address::Entry;
use crate::metallb::diff::HIDDEN;
use crate::metallb::{self, AnyObject, Backend, Kind, Version, kinds, normal};
use crate::observed::{ClusterState, LiveObject, ObjectKey, managers};
use crate::plan::Options;

/// What separates the cluster from what it should be.
#[derive(Debug, Default)]
pub struct ClusterDifference {
    /// The state that this rests on.
    pub revision: String,
    /// In the order in which they are carried out.
    pub steps: Vec<ObjectStep>,
}

impl ClusterDifference {
    /// The changes.
    pub fn changes(&self) -> impl Iterator<Item = &Change> {
        self.steps.iter().map(|step| &step.change)
    }
}

/// One object that changes. `Debug` shows no contents.
#[derive(Clone)]
pub struct ObjectStep {
    /// Which.
    pub key: ObjectKey,
    /// What changes.
    pub change: Change,
    /// What we want of it, and the object as a whole as it will be; absent if it goes.
    pub wanted: Option<Wanted>,
    /// The object's uid and revision when it was read; absent for a new one.
    pub before: Option<(Option<String>, String)>,
    /// Fields that others hold become ours: the object is adopted, or consent was given.
    pub take_over: bool,
}

/// An object that is written.
#[derive(Clone)]
pub struct Wanted {
    /// The fields that we determine.
    pub desired: Value,
    /// With everything that others keep in it.
    pub whole: Value,
}

impl std::fmt::Debug for ObjectStep {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} {}", self.change.action, self.key)
    }
}

/// Whose an object is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Owner {
    Us,
    OtherNetwork(String),
    Nobody,
}

fn owner(object: &AnyObject, network: &str) -> Owner {
    let Some(metadata) = object.metadata() else { return Owner::Nobody };
    let managed = metadata.labels.get(MANAGED_BY_LABEL).is_some_and(|by| by == MANAGED_BY);
    match metadata.labels.get(NETWORK_LABEL) {
        Some(name) if name != network => Owner::OtherNetwork(name.clone()),
        Some(_) if managed => Owner::Us,
        _ => Owner::Nobody,
    }
}

/// Compares the objects.
pub(super) fn difference(
    desired: &Desired,
    state: &ClusterState,
    options: &Options,
    findings: &mut Vec<Finding>,
    refusals: &mut Vec<Refusal>,
) -> ClusterDifference {
    let mut out = ClusterDifference { revision: state.revision.clone(), steps: Vec::new() };
    if desired.cluster.unmanaged {
        let message = "the objects are applied by somebody else, so they are not compared";
        findings.push(Finding::info(Layer::Live, "cluster-unmanaged", message));
        return out;
    }
    findings.extend(not_seen(state));
    let judge = Judge { desired, state, options };
    let mut wanted = BTreeSet::new();
    for object in &desired.cluster.objects {
        let Some(key) = ObjectKey::of(&object.object) else { continue };
        wanted.insert(key.clone());
        match judge.wanted(object, key) {
            Ok(step) => out.steps.extend(step),
            Err(refusal) => refusals.push(*refusal),
        }
    }
    for step in &out.steps {
        judge.foreign_holders(step, findings, refusals);
    }
    for live in &state.objects {
        let Some(key) = live.key.as_ref().filter(|key| !wanted.contains(key)) else { continue };
        let prunable = key.kind.is_metallb() || (key.kind == Kind::Secret && !judge.refers_to(key));
        if prunable && owner(&live.object, &desired.network) == Owner::Us {
            out.steps.push(judge.unwanted(live, key));
        }
    }
    out.steps.sort_by(|a, b| order(a).cmp(&order(b)).then_with(|| a.key.cmp(&b.key)));
    judge.lost_addresses(&mut out.steps);
    out
}

/// What could not be looked at, so that whoever reads the rest knows.
pub fn not_seen(state: &ClusterState) -> impl Iterator<Item = Finding> {
    state.unseen.iter().map(|unseen| {
        let message = format!("{} could not be seen: {}", unseen.what, unseen.reason);
        Finding::warning(Layer::Live, "not-seen", message)
            .hint("checks that need it are left out; deploy/rbac/read.yaml has all rights that are used")
    })
}

/// When an object is written: what others refer to comes before them and goes after them. Pools go
/// and shrink before others grow or come, because two pools may never overlap; peers go before others
/// come, because two with one address would be two sessions that fight.
fn order(step: &ObjectStep) -> u8 {
    match (step.change.action, step.key.kind) {
        (Action::Delete, Kind::BgpAdvertisement | Kind::L2Advertisement) => 0,
        (Action::Delete, Kind::BgpPeer) => 1,
        (Action::Delete, Kind::IpAddressPool) => 2,
        (Action::Create | Action::Update, Kind::Secret | Kind::BfdProfile | Kind::Community) => 3,
        (Action::Update, Kind::IpAddressPool) if shrinks(step) => 4,
        (Action::Update, Kind::IpAddressPool) => 5,
        (Action::Create, Kind::IpAddressPool) => 6,
        (Action::Create | Action::Update, Kind::BgpPeer) => 7,
        (Action::Create | Action::Update, Kind::BgpAdvertisement | Kind::L2Advertisement) => 8,
        (Action::Delete, _) => 10,
        _ => 9,
    }
}

fn shrinks(step: &ObjectStep) -> bool {
    step.change.fields.iter().any(|field| {
        let entries = |shown: &Option<Shown>| match shown {
            Some(Shown::Value(Value::Array(entries))) => entries.clone(),
            _ => Vec::new(),
        };
        let new = entries(&field.new);
        field.path == "spec.addresses" && entries(&field.old).iter().any(|old| !new.contains(old))
    })
}

struct Judge<'a> {
    desired: &'a Desired,
    state: &'a ClusterState,
    options: &'a Options,
}

impl Judge<'_> {
    fn version(&self) -> Version {
        self.desired.cluster.version
    }

    fn wanted(&self, wanted: &DesiredObject, key: ObjectKey) -> Result<Option<ObjectStep>, Box<Refusal>> {
        let desired = value_of(&wanted.object);
        let refuse = |code: &'static str, message: String, hint: &str| {
            let finding =
                Finding::error(Layer::Live, code, message).on(key.to_string()).at(wanted.place).hint(hint);
            Box::new(Refusal { guard: Guard::Ownership, finding })
        };
        let unknown = self.state.served.unknown(key.kind, &desired);
        if !unknown.is_empty() {
            return Err(refuse(
                "field-not-served",
                format!("{key}: the CRD of this cluster has no {}", unknown.join(", ")),
                "upgrade MetalLB's CRDs, or declare the version that is installed",
            ));
        }
        let Some(live) = self.state.get(&key) else {
            if let Some(unseen) = self.state.unseen(key.kind) {
                return Err(refuse(
                    "not-seen",
                    format!("{key} may be there already: {}", unseen.reason),
                    "ask for the right to read it, as deploy/rbac/read.yaml has it",
                ));
            }
            if let Some(other) = self.of_another_version(&key) {
                return Err(refuse(
                    "object-version",
                    format!("{key} was read in {other}, which does not hold all of its fields"),
                    "read it in the version that MetalLB stores, with kubectl get bgppeers.v1beta2.metallb.io",
                ));
            }
            let fields = self.fields(key.kind, None, &desired);
            let change = self.change(Action::Create, false, &key, fields, Vec::new());
            let wanted = Some(Wanted { whole: desired.clone(), desired });
            return Ok(Some(ObjectStep { key, change, wanted, before: None, take_over: false }));
        };
        let adoption = match owner(&live.object, &self.desired.network) {
            Owner::Us => false,
            Owner::Nobody => true,
            Owner::OtherNetwork(network) => {
                return Err(refuse(
                    "other-network",
                    format!("{key} belongs to the network {network}"),
                    "choose another name for it in one of the two networks",
                ));
            }
        };
        let redacted = self.state.redacted && key.kind == Kind::Secret;
        let mut fields = self.fields(key.kind, Some(&live.raw.0), &desired);
        if redacted {
            fields.retain(|field| !field.path.starts_with("data"));
        }
        if fields.is_empty() {
            return Ok(None);
        }
        let effects = self.effects(&key, &fields);
        let whole = merge(key.kind, &live.raw.0, &desired, self.version());
        let change = self.change(Action::Update, adoption, &key, fields, effects);
        let wanted = Some(Wanted { desired, whole });
        let take_over = adoption || self.options.take_ownership;
        Ok(Some(ObjectStep { key, change, wanted, before: Some(before(live)), take_over }))
    }

    /// The fields that differ, with the defaults of the CRDs that the cluster serves.
    fn fields(&self, kind: Kind, live: Option<&Value>, desired: &Value) -> Vec<FieldChange> {
        let Some(live) = live else { return fields(kind, None, desired, self.version()) };
        let served = &self.state.served;
        let (live, desired) = (served.filled(kind, live), served.filled(kind, desired));
        fields(kind, Some(&live), &desired, self.version())
    }

    /// Fields that would change and that somebody else set last: said by name, and refused unless the
    /// object is adopted or there is consent.
    fn foreign_holders(&self, step: &ObjectStep, findings: &mut Vec<Finding>, refusals: &mut Vec<Refusal>) {
        let Some(live) = self.state.get(&step.key).filter(|_| step.wanted.is_some()) else { return };
        let held: Vec<String> = step
            .change
            .fields
            .iter()
            .filter_map(|field| {
                let holders = managers::holders(&live.raw.0, &field.path);
                (!holders.is_empty()).then(|| format!("{} by {}", field.path, holders.join(" and ")))
            })
            .collect();
        if held.is_empty() {
            return;
        }
        let message = format!("{}: fields are held by others: {}", step.key, held.join(", "));
        if step.take_over {
            findings.push(Finding::info(Layer::Live, "field-taken-over", message).on(step.key.to_string()));
            return;
        }
        let finding = Finding::error(Layer::Live, "field-held", message).on(step.key.to_string());
        let finding = finding.hint(
            "stop the other one from writing there, or take the fields over with --dangerous-take-ownership",
        );
        refusals.push(Refusal { guard: Guard::Ownership, finding });
    }

    /// Whether a wanted peer refers to that Secret. Its value may be one that is not known here, so that
    /// it is not among what is wanted.
    fn refers_to(&self, secret: &ObjectKey) -> bool {
        let refers = |object: &DesiredObject| match &object.object {
            AnyObject::BgpPeer(peer) => {
                let reference = peer.spec.password_secret.as_ref();
                reference.and_then(|reference| reference.name.as_deref()) == Some(&secret.name)
                    && peer
                        .metadata
                        .namespace
                        .as_deref()
                        .is_none_or(|namespace| namespace == secret.namespace)
            }
            _ => false,
        };
        self.desired.cluster.objects.iter().any(refers)
    }

    fn unwanted(&self, live: &LiveObject, key: &ObjectKey) -> ObjectStep {
        let effects = match key.kind {
            Kind::BgpPeer => {
                vec![Effect::SessionReset { sessions: vec![key.to_string()], reason: "the peer goes".into() }]
            }
            _ => Vec::new(),
        };
        let change = self.change(Action::Delete, false, key, Vec::new(), effects);
        ObjectStep { key: key.clone(), change, wanted: None, before: Some(before(live)), take_over: false }
    }

    fn change(
        &self,
        action: Action,
        adoption: bool,
        key: &ObjectKey,
        fields: Vec<FieldChange>,
        effects: Vec<Effect>,
    ) -> Change {
        Change {
            side: Side::Cluster,
            action,
            adoption,
            object: key.to_string(),
            fields,
            effects,
            counts: true,
        }
    }

    /// An object of that kind and name in a version that is not the stored one.
    fn of_another_version(&self, key: &ObjectKey) -> Option<String> {
        self.state.objects.iter().find_map(|live| {
            let AnyObject::Other(value) = &live.object else { return None };
            let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
            let version = text("/apiVersion");
            let same = text("/kind") == key.kind.as_str()
                && text("/metadata/name") == key.name
                && text("/metadata/namespace") == key.namespace
                && version.starts_with("metallb.io/");
            same.then(|| version.to_owned())
        })
    }

    /// What an update does to sessions.
    fn effects(&self, key: &ObjectKey, fields: &[FieldChange]) -> Vec<Effect> {
        let sessions = match key.kind {
            Kind::BgpPeer => vec![key.to_string()],
            Kind::Secret => self.peers_with_secret(&key.name),
            _ => return Vec::new(),
        };
        let changed: Vec<&str> =
            fields.iter().filter_map(|field| session_field(key.kind, &field.path)).collect();
        if changed.is_empty() || sessions.is_empty() {
            return Vec::new();
        }
        let native = self.desired.cluster.backend == Backend::Native;
        let only_later = changed.iter().all(|field| NEXT_SESSION.contains(field));
        let only_nodes = changed.iter().all(|field| *field == "nodeSelectors");
        if !native && only_later {
            return vec![Effect::NextSession];
        }
        let everywhere = !native && changed.iter().any(|field| ["myASN", "routerID"].contains(field));
        let sessions = match everywhere {
            true => vec!["all sessions".into()],
            false => sessions,
        };
        let reason = match only_nodes {
            true => "other nodes are selected".to_owned(),
            false => changes(&changed),
        };
        vec![Effect::SessionReset { sessions, reason }]
    }

    fn peers_with_secret(&self, secret: &str) -> Vec<String> {
        let with = |live: &&LiveObject| match &live.object {
            AnyObject::BgpPeer(peer) => {
                peer.spec.password_secret.as_ref().and_then(|secret| secret.name.as_deref()) == Some(secret)
            }
            _ => false,
        };
        let peers = self.state.objects.iter().filter(with);
        peers.filter_map(|live| live.key.as_ref().map(ToString::to_string)).collect()
    }

    /// Services whose address is in no pool any more, told at the pool that held it.
    fn lost_addresses(&self, steps: &mut [ObjectStep]) {
        if !steps.iter().any(|step| step.key.kind == Kind::IpAddressPool && step.before.is_some()) {
            return;
        }
        let now: Vec<(ObjectKey, Range)> = self.pools().collect();
        let mut then: Vec<Range> = Vec::new();
        for (key, range) in &now {
            match steps.iter().find(|step| step.key == *key) {
                None => then.push(range.clone()),
                Some(step) => then.extend(step.wanted.as_ref().and_then(|wanted| Range::of(&wanted.whole))),
            }
        }
        let created =
            steps.iter().filter(|step| step.before.is_none() && step.key.kind == Kind::IpAddressPool);
        then.extend(created.filter_map(|step| Range::of(&step.wanted.as_ref()?.whole)));
        for step in steps.iter_mut().filter(|step| step.key.kind == Kind::IpAddressPool) {
            let Some((_, range)) = now.iter().find(|(key, _)| *key == step.key) else { continue };
            let lost: Vec<String> = self
                .services()
                .filter(|(_, address)| range.holds(*address) && !then.iter().any(|pool| pool.holds(*address)))
                .map(|(service, address)| format!("{service} ({address})"))
                .collect();
            if !lost.is_empty() {
                step.change.effects.push(Effect::AddressLost { services: lost });
            }
        }
    }

    fn pools(&self) -> impl Iterator<Item = (ObjectKey, Range)> {
        self.state.objects.iter().filter_map(|live| {
            let key = live.key.clone().filter(|key| key.kind == Kind::IpAddressPool)?;
            (key.namespace == self.desired.cluster.namespace).then_some(())?;
            Some((key, Range::of(&live.raw.0)?))
        })
    }

    /// Services with an address from a load balancer.
    fn services(&self) -> impl Iterator<Item = (String, IpAddr)> {
        self.state.objects.iter().flat_map(|live| {
            let AnyObject::Service(service) = &live.object else { return Vec::new() };
            let ingress =
                service.rest.get("status").and_then(|status| status.pointer("/loadBalancer/ingress"));
            let ingress = ingress.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            let address = |entry: &Value| entry.get("ip")?.as_str()?.parse().ok();
            ingress.iter().filter_map(address).map(|address| (service.metadata.path(), address)).collect()
        })
    }
}

/// Fields that FRR takes up when the session comes up the next time.
const NEXT_SESSION: [&str; 3] = ["holdTime", "keepaliveTime", "connectTime"];

/// The name of a field that belongs to the session, if it is one.
fn session_field(kind: Kind, path: &str) -> Option<&str> {
    match kind {
        Kind::Secret => path.starts_with("data").then_some("password"),
        _ => {
            let field = path.strip_prefix("spec.")?;
            let field = field.split(['.', '[']).next()?;
            (field != "disableMP").then_some(field)
        }
    }
}

/// The addresses that a pool hands out.
#[derive(Clone)]
struct Range {
    entries: Vec<Entry>,
    avoid_buggy: bool,
}

impl Range {
    fn of(pool: &Value) -> Option<Range> {
        let entries = pool.pointer("/spec/addresses")?.as_array()?;
        let entries = entries.iter().filter_map(|entry| Entry::parse(entry.as_str()?).ok()).collect();
        let avoid_buggy = pool.pointer("/spec/avoidBuggyIPs").and_then(Value::as_bool).unwrap_or(false);
        Some(Range { entries, avoid_buggy })
    }

    fn holds(&self, address: IpAddr) -> bool {
        let buggy = matches!(address, IpAddr::V4(v4) if matches!(v4.octets()[3], 0 | 255));
        !(self.avoid_buggy && buggy) && self.entries.iter().any(|entry| entry.contains(address))
    }
}

fn before(live: &LiveObject) -> (Option<String>, String) {
    let uid = live.raw.0.pointer("/metadata/uid").and_then(Value::as_str).map(str::to_owned);
    (uid, live.revision.clone())
}

/// The wire form.
fn value_of(object: &AnyObject) -> Value {
    let value = match object {
        AnyObject::IpAddressPool(object) => kinds::to_value(object),
        AnyObject::BgpAdvertisement(object) => kinds::to_value(object),
        AnyObject::L2Advertisement(object) => kinds::to_value(object),
        AnyObject::BgpPeer(object) => kinds::to_value(object),
        AnyObject::Community(object) => kinds::to_value(object),
        AnyObject::BfdProfile(object) => kinds::to_value(object),
        AnyObject::Secret(object) => kinds::to_value(object),
        AnyObject::Node(object) => kinds::to_value(object),
        AnyObject::Namespace(object) => kinds::to_value(object),
        AnyObject::Service(object) => kinds::to_value(object),
        AnyObject::Other(value) => Ok(value.clone()),
    };
    // These types have text keys only, which is the one thing that could fail.
    value.unwrap_or_default()
}

fn fields(kind: Kind, live: Option<&Value>, desired: &Value, version: Version) -> Vec<FieldChange> {
    let changes = metallb::diff(kind, live, desired, version);
    let shown = |value: Value| if value == HIDDEN { Shown::Secret } else { Shown::Value(value) };
    changes
        .into_iter()
        .map(|field| FieldChange { path: field.path, old: field.old.map(shown), new: field.new.map(shown) })
        .collect()
}

/// The live object with our fields in it. A field that means the same keeps its spelling.
fn merge(kind: Kind, live: &Value, desired: &Value, version: Version) -> Value {
    let mut whole = live.clone();
    for list in ["labels", "annotations"] {
        let Some(ours) = desired.pointer(&format!("/metadata/{list}")).and_then(Value::as_object) else {
            continue;
        };
        if let Some(theirs) = child(&mut whole, "metadata").and_then(|metadata| entry(metadata, list)) {
            theirs.extend(ours.clone());
        }
    }
    if kind == Kind::Secret {
        if let Some(object) = whole.as_object_mut() {
            object.remove("stringData");
            for name in ["type", "data"] {
                match desired.get(name) {
                    Some(value) => object.insert(name.into(), value.clone()),
                    None => object.remove(name),
                };
            }
        }
        return whole;
    }
    let (old, new) = (normal::normalize(kind, live, version), normal::normalize(kind, desired, version));
    let spec = |object: &Value| object.get("spec").and_then(Value::as_object).cloned().unwrap_or_default();
    let (old, new, wanted) = (spec(&old), spec(&new), spec(desired));
    let Some(target) = child(&mut whole, "spec") else { return whole };
    let names: BTreeSet<String> = target.keys().chain(wanted.keys()).cloned().collect();
    for name in names.into_iter().filter(|name| old.get(name) != new.get(name)) {
        match wanted.get(&name) {
            Some(value) => target.insert(name, value.clone()),
            None => target.remove(&name),
        };
    }
    whole
}

/// A mapping inside an object, made where it is not there or null.
fn child<'a>(object: &'a mut Value, name: &str) -> Option<&'a mut Map<String, Value>> {
    entry(object.as_object_mut()?, name)
}

fn entry<'a>(object: &'a mut Map<String, Value>, name: &str) -> Option<&'a mut Map<String, Value>> {
    let value = object.entry(name).or_insert(Value::Null);
    if value.is_null() {
        *value = Value::Object(Map::new());
    }
    value.as_object_mut()
}
