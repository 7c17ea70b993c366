//! Neighbors: ours by map and mark, repaired where one of the two is lost, adopted with consent.

use std::collections::BTreeSet;

use super::Builder;
use super::compare::{field_change, same};
use crate::compile::pfsense::{Entry, key_of};
use crate::finding::{Finding, Layer};
use crate::frr::resets;
use crate::pfsense::Value;
use crate::plan::Guard;
use crate::plan::change::{Action, Effect, FieldChange, changes};
use crate::plan::ownership::Owner;

/// The section of neighbors and peer groups.
pub(super) const SECTION: &str = "frrbgpneighbors";

/// Fields that we determine whatever they hold: identity, session and policy. Of the others only
/// those that we set to something; what else people chose in the form stays.
const DETERMINED: [&str; 25] = [
    "descr",
    "peergroup",
    "password",
    "password_type",
    "asnum",
    "updatesource",
    "bothaf",
    "softreconfigurationinbound",
    "timers_keepalive",
    "timers_holdtime",
    "distribute_in",
    "distribute_out",
    "prefixfilter_in",
    "prefixfilter_out",
    "aspathfilter_in",
    "aspathfilter_out",
    "routemap_in",
    "routemap_out",
    "bfdenable",
    "grmode",
    "passive",
    "ebgpmultihop",
    "maximumprefix_num",
    "maximumprefix_threshold",
    "maximumprefix_warnonly",
];

/// Whose a neighbor is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NeighborOwner {
    /// It names our maps and carries our mark.
    Us,
    /// One of the two is lost.
    Half(&'static str),
    /// Another declared peer of this network.
    OtherPeer,
    /// Another network.
    OtherNetwork(String),
    /// Made by others.
    Nobody,
}

impl Builder<'_, '_> {
    pub(super) fn owner_of(&self, neighbor: &Value) -> NeighborOwner {
        let maps = [neighbor.field("routemap_in"), neighbor.field("routemap_out")];
        let maps = maps.map(|name| self.context.name_owner(name));
        let mark = self.context.mark_owner(neighbor.field("descr"));
        let by_map = |owner: &Owner| maps.contains(owner);
        if let Some(Owner::OtherNetwork(network)) =
            maps.iter().chain([&mark]).find(|owner| matches!(owner, Owner::OtherNetwork(_)))
        {
            return NeighborOwner::OtherNetwork(network.clone());
        }
        match (by_map(&Owner::Us), mark == Owner::Us) {
            _ if by_map(&Owner::OtherPeer) => NeighborOwner::OtherPeer,
            (true, true) => NeighborOwner::Us,
            (true, false) => NeighborOwner::Half("carries no mark of ours in its description"),
            (false, true) => NeighborOwner::Half("names none of our route maps"),
            (false, false) => NeighborOwner::Nobody,
        }
    }

    /// Whether a neighbor stays somebody else's.
    pub(super) fn is_foreign(&self, neighbor: &Value, wanted: &[Entry]) -> bool {
        let key = key_of(SECTION, neighbor);
        let becomes_ours = wanted.iter().any(|entry| Some(&entry.key) == key.as_ref());
        !becomes_ours && self.owner_of(neighbor) != NeighborOwner::Us
    }

    pub(super) fn neighbors(&mut self, wanted: &[Entry]) {
        let live: Vec<(usize, String, Value)> = self
            .entries(SECTION)
            .iter()
            .enumerate()
            .filter_map(|(index, entry)| Some((index, key_of(SECTION, entry)?, entry.clone())))
            .collect();
        let mut by_key: std::collections::HashMap<&str, Vec<&(usize, String, Value)>> = Default::default();
        for entry in &live {
            by_key.entry(entry.1.as_str()).or_default().push(entry);
        }
        let mut keys = BTreeSet::new();
        for entry in wanted {
            keys.insert(entry.key.as_str());
            match by_key.get(entry.key.as_str()).map(Vec::as_slice) {
                None | Some([]) => self.new_neighbor(entry),
                Some([(index, _, live)]) => self.known_neighbor(entry, *index, live),
                Some(several) => {
                    let message = format!("neighbor {} is there {} times", entry.key, several.len());
                    self.context.refuse(
                        Guard::Ownership,
                        Finding::error(Layer::Live, "duplicate-neighbor", message)
                            .hint("delete all but one under Services > FRR BGP > Neighbors"),
                    );
                }
            }
        }
        for (index, key, entry) in live.iter().filter(|(_, key, _)| !keys.contains(key.as_str())) {
            self.unwanted_neighbor(*index, key, entry);
        }
    }

    fn new_neighbor(&mut self, wanted: &Entry) {
        self.insert(SECTION, &wanted.value);
        let fields =
            set_fields(&wanted.value).map(|(name, value)| field_change(name, None, Some(value))).collect();
        self.change(Action::Create, title(&wanted.key), fields, Vec::new());
    }

    fn known_neighbor(&mut self, wanted: &Entry, index: usize, live: &Value) {
        let owner = self.owner_of(live);
        let finding = match &owner {
            NeighborOwner::OtherNetwork(network) => {
                Some(("other-network", format!("neighbor {} belongs to the network {network}", wanted.key)))
            }
            NeighborOwner::OtherPeer => Some((
                "other-peer",
                format!("neighbor {} belongs to another peer of this network", wanted.key),
            )),
            _ => None,
        };
        if let Some((code, message)) = finding {
            self.context.refuse(
                Guard::Ownership,
                Finding::error(Layer::Live, code, message).hint("declare this node in one of the two only"),
            );
            return;
        }
        let mut fields: Vec<FieldChange> = Vec::new();
        for (name, value) in determined(&wanted.value) {
            let now = live.get(name);
            if same(name, now, Some(value)) || self.is_hidden(name, now, value) {
                continue;
            }
            fields.push(field_change(name, now, Some(value)));
            self.set(SECTION, index, name, value);
        }
        if fields.is_empty() {
            return;
        }
        if let NeighborOwner::Half(what) = owner {
            let message = format!("neighbor {} is declared and {what}; it is repaired", wanted.key);
            self.context.tell(Finding::warning(Layer::Live, "neighbor-half-ours", message));
        }
        let effects = self.effects(&wanted.key, live, &fields);
        self.change(Action::Update, title(&wanted.key), fields, effects).adoption =
            owner == NeighborOwner::Nobody;
    }

    /// Whether a password may be another one, and nobody can tell.
    fn is_hidden(&self, name: &str, now: Option<&Value>, wanted: &Value) -> bool {
        !self.passwords_comparable
            && name == "password"
            && now.is_some_and(|now| *now != Value::EMPTY)
            && *wanted != Value::EMPTY
    }

    fn unwanted_neighbor(&mut self, index: usize, key: &str, entry: &Value) {
        match self.owner_of(entry) {
            NeighborOwner::Us => {
                self.remove(SECTION, index);
                let reason = "the neighbor goes".to_owned();
                let effect = Effect::SessionReset { sessions: vec![key.to_owned()], reason };
                self.change(Action::Delete, title(key), Vec::new(), vec![effect]);
            }
            NeighborOwner::Half(what) => {
                let message =
                    format!("neighbor {key} looks like ours, is not declared and {what}; it is left alone");
                self.context.tell(
                    Finding::warning(Layer::Live, "neighbor-half-ours", message)
                        .hint("delete it in the firewall's web interface if nobody needs it"),
                );
            }
            NeighborOwner::OtherPeer | NeighborOwner::OtherNetwork(_) | NeighborOwner::Nobody => {}
        }
    }

    /// What the changes do to the session that runs with the live neighbor.
    fn effects(&self, key: &str, live: &Value, fields: &[FieldChange]) -> Vec<Effect> {
        let session = resets::Session {
            // MetalLB's own speakers know no route refresh.
            route_refresh: self.context.backend.is_frr(),
            soft_reconfiguration: !same(
                "softreconfigurationinbound",
                None,
                live.get("softreconfigurationinbound"),
            ),
        };
        let sessions = || vec![key.to_owned()];
        let mut effects = Vec::new();
        let mut resetting: Vec<&str> = Vec::new();
        for field in fields {
            match reset_change(&field.path).map(|change| resets::effect(change, session)) {
                None | Some(resets::Effect::None) => {}
                Some(resets::Effect::NextSession) => effects.push(Effect::NextSession),
                Some(
                    resets::Effect::Refreshed
                    | resets::Effect::RefreshedLater
                    | resets::Effect::NeedsSoftClear,
                ) => effects.push(Effect::SoftRefresh),
                Some(resets::Effect::Gap) => effects.push(Effect::Gap { sessions: sessions() }),
                Some(resets::Effect::NeedsReset) => effects.push(Effect::NeedsReset { sessions: sessions() }),
                Some(
                    resets::Effect::ResetsSession
                    | resets::Effect::ResetsAll
                    | resets::Effect::RestartsDaemons,
                ) => resetting.push(&field.path),
            }
        }
        if !resetting.is_empty() {
            // Whatever else changes holds when the session is up again.
            let reason = changes(&resetting);
            return vec![Effect::SessionReset { sessions: sessions(), reason }];
        }
        effects.sort();
        effects.dedup();
        effects
    }
}

/// What the change of a field is to FRR.
fn reset_change(field: &str) -> Option<resets::Change> {
    use resets::Change;
    Some(match field {
        "descr" => Change::Description,
        "asnum" => Change::RemoteAs,
        "password" | "password_type" => Change::Password,
        "peergroup" => Change::PeerGroup,
        "updatesource" | "updatesource_type" => Change::UpdateSource,
        "ebgpmultihop" => Change::EbgpMultihop,
        "passive" => Change::Passive,
        "softreconfigurationinbound" => Change::SoftReconfigurationAdded,
        "timers_keepalive" | "timers_holdtime" => Change::Timers,
        "bfdenable" => Change::Bfd,
        "maximumprefix_num"
        | "maximumprefix_threshold"
        | "maximumprefix_warnonly"
        | "maximumprefix_restart" => Change::MaximumPrefix,
        "routemap_in" | "routemap_out" => Change::RouteMapAttachedAtOnce,
        "distribute_in" | "distribute_out" | "prefixfilter_in" | "prefixfilter_out" | "aspathfilter_in"
        | "aspathfilter_out" => Change::PrefixListAttached,
        // Negotiated when the session comes up, and not measured: taken for the worse.
        "bothaf" | "grmode" => Change::Passive,
        _ => return None,
    })
}

fn title(key: &str) -> String {
    format!("neighbor {key}")
}

/// Fields that hold something and say something.
fn set_fields(entry: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let bound = is_bound(entry);
    pairs(entry).filter(move |(name, value)| match *name {
        "sendcommunity" => false,
        "updatesource_type" => bound,
        name => !same(name, None, Some(value)),
    })
}

/// Whether the session has a source of its own. Without one, the type only says which list of the form
/// nothing was chosen from.
fn is_bound(entry: &Value) -> bool {
    !same("updatesource", None, entry.get("updatesource"))
}

/// Fields that we determine.
fn determined(entry: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let bound = is_bound(entry);
    pairs(entry).filter(move |(name, value)| match *name {
        "peer" | "sendcommunity" => false,
        "updatesource_type" => bound,
        name => DETERMINED.contains(&name) || !same(name, None, Some(value)),
    })
}

pub(super) fn pairs(entry: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let pairs: &[(String, Value)] = match entry {
        Value::Branch(pairs) => pairs,
        _ => &[],
    };
    pairs.iter().map(|(name, value)| (name.as_str(), value))
}
