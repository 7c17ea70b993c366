//! The objects under judgement, typed, as one release sees them.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{DEFAULT_NAMESPACE, Judge, schema};
use crate::finding::{Finding, Layer};
use crate::metallb::kinds::{
    BfdProfileSpec, BgpAdvertisementSpec, BgpPeerSpec, CommunitySpec, IpAddressPoolSpec, Kind,
    L2AdvertisementSpec, NamespaceSpec, NodeSpec, Object, Secret, WrongShape, typed,
};
use crate::metallb::manifest::Manifest;
use crate::metallb::version::Version;

/// One object with the manifest that it came from.
#[derive(Debug)]
pub(super) struct Item<'a, T> {
    pub(super) manifest: &'a Manifest,
    pub(super) object: T,
    /// Comes from the written objects, not from those that exist.
    pub(super) written: bool,
    /// Its number among all objects, in the order in which they were given.
    pub(super) order: usize,
}

/// One MetalLB object.
pub(super) type Of<'a, S> = Item<'a, Object<S>>;

impl<T> Item<'_, T> {
    /// An error about a field of this object.
    pub(super) fn error(&self, layer: Layer, rule: &'static str, pointer: &str, message: String) -> Finding {
        self.placed(Finding::error(layer, rule, message), pointer)
    }

    /// A warning of our own about a field of this object.
    pub(super) fn warning(&self, rule: &'static str, pointer: &str, message: String) -> Finding {
        self.placed(Finding::warning(Layer::Metallb, rule, message), pointer)
    }

    fn placed(&self, finding: Finding, pointer: &str) -> Finding {
        let finding = finding.on(self.manifest.title());
        match self.manifest.place(pointer) {
            Some(place) => finding.at(place),
            None => finding,
        }
    }

    /// Points at this object too.
    pub(super) fn label(&self, finding: Finding, pointer: &str, text: &str) -> Finding {
        match self.manifest.place(pointer) {
            Some(place) => finding.label(place, text),
            None => finding,
        }
    }
}

/// Everything that was given, typed.
#[derive(Debug, Default)]
pub(super) struct Objects<'a> {
    pub(super) pools: Vec<Of<'a, IpAddressPoolSpec>>,
    pub(super) peers: Vec<Of<'a, BgpPeerSpec>>,
    pub(super) bgp: Vec<Of<'a, BgpAdvertisementSpec>>,
    pub(super) l2: Vec<Of<'a, L2AdvertisementSpec>>,
    pub(super) communities: Vec<Of<'a, CommunitySpec>>,
    pub(super) bfd: Vec<Of<'a, BfdProfileSpec>>,
    pub(super) secrets: Vec<Item<'a, Secret>>,
    pub(super) nodes: Vec<Of<'a, NodeSpec>>,
    pub(super) namespaces: Vec<Of<'a, NamespaceSpec>>,
    /// Objects that cannot be read into their kind's type, with the reason.
    pub(super) unreadable: Vec<(&'a Manifest, WrongShape)>,
    /// Everything as given, and whether it is written.
    pub(super) given: Vec<(&'a Manifest, bool)>,
}

impl<'a> Objects<'a> {
    /// Types one more object.
    pub(super) fn add(&mut self, manifest: &'a Manifest, written: bool, version: Version) {
        let result = self.try_add(manifest, written, version);
        self.given.push((manifest, written));
        if let Err(error) = result {
            self.unreadable.push((manifest, error));
        }
    }

    fn try_add(&mut self, manifest: &'a Manifest, written: bool, version: Version) -> Result<(), WrongShape> {
        let order = self.given.len();
        let value = manifest.value();
        if is_old_peer(value) {
            let converted = upgraded_peer(value);
            self.peers.push(item(manifest, &converted, written, order)?);
            return Ok(());
        }
        let Some(kind) = manifest.kind() else { return Ok(()) };
        let value = without_newer(kind, value, version);
        match kind {
            Kind::IpAddressPool => self.pools.push(item(manifest, &value, written, order)?),
            Kind::BgpPeer => self.peers.push(item(manifest, &value, written, order)?),
            Kind::BgpAdvertisement => self.bgp.push(item(manifest, &value, written, order)?),
            Kind::L2Advertisement => self.l2.push(item(manifest, &value, written, order)?),
            Kind::Community => self.communities.push(item(manifest, &value, written, order)?),
            Kind::BfdProfile => self.bfd.push(item(manifest, &value, written, order)?),
            Kind::Secret => self.secrets.push(item(manifest, &value, written, order)?),
            Kind::Node => self.nodes.push(item(manifest, &value, written, order)?),
            Kind::Namespace => self.namespaces.push(item(manifest, &value, written, order)?),
            Kind::Service => {}
        }
        Ok(())
    }

    /// MetalLB's namespace: the one that was said; else the usual one, unless every object of MetalLB's
    /// is in one and the same other namespace.
    pub(super) fn home(&self, said: Option<&'a str>) -> &'a str {
        if let Some(said) = said {
            return said;
        }
        let of_metallb = self.given.iter().map(|(manifest, _)| *manifest);
        let of_metallb = of_metallb.filter(|manifest| manifest.kind().is_some_and(Kind::is_metallb));
        let mut namespaces = of_metallb.map(Manifest::namespace);
        match namespaces.next() {
            Some(Some(first)) if namespaces.all(|other| other == Some(first)) => first,
            _ => DEFAULT_NAMESPACE,
        }
    }

    /// The objects of the given namespace, sorted by name as MetalLB sorts them. Where the same name
    /// comes several times, the given order decides.
    pub(super) fn all(&self, namespace: &str) -> Set<'_> {
        Set {
            pools: sorted(&self.pools, namespace),
            peers: sorted(&self.peers, namespace),
            bgp: sorted(&self.bgp, namespace),
            l2: sorted(&self.l2, namespace),
            communities: sorted(&self.communities, namespace),
            bfd: sorted(&self.bfd, namespace),
            secrets: self
                .secrets
                .iter()
                .filter(|item| within(item.object.metadata.namespace.as_deref(), namespace))
                .map(|item| (item.object.metadata.name.as_str(), item))
                .collect(),
            nodes: self.nodes.iter().collect(),
            namespaces: self.namespaces.iter().collect(),
        }
    }
}

/// No namespace means the one that the manifest is applied in, which can only be MetalLB's.
pub(super) fn within(namespace: Option<&str>, wanted: &str) -> bool {
    namespace.is_none_or(|namespace| namespace.is_empty() || namespace == wanted)
}

fn sorted<'s, 'a, S>(items: &'s [Of<'a, S>], namespace: &str) -> Vec<&'s Of<'a, S>> {
    let mut items: Vec<_> =
        items.iter().filter(|item| within(item.object.metadata.namespace.as_deref(), namespace)).collect();
    items.sort_by(|a, b| a.object.metadata.name.cmp(&b.object.metadata.name));
    items
}

fn item<'a, T: DeserializeOwned>(
    manifest: &'a Manifest,
    value: &Value,
    written: bool,
    order: usize,
) -> Result<Item<'a, T>, WrongShape> {
    Ok(Item { manifest, object: typed(value)?, written, order })
}

/// The object without fields that the release does not have: its API server drops them.
fn without_newer(kind: Kind, value: &Value, version: Version) -> Cow<'_, Value> {
    let newer = |name: &str| schema::since(kind, name).is_some_and(|since| since > version);
    let fields = value.get("spec").and_then(Value::as_object);
    if !fields.is_some_and(|fields| fields.keys().any(|name| newer(name))) {
        return Cow::Borrowed(value);
    }
    let mut value = value.clone();
    if let Some(fields) = value.get_mut("spec").and_then(Value::as_object_mut) {
        fields.retain(|name, _| !newer(name));
    }
    Cow::Owned(value)
}

/// A BGPPeer in the deprecated v1beta1.
pub(super) fn is_old_peer(value: &Value) -> bool {
    value.get("kind").and_then(Value::as_str) == Some("BGPPeer")
        && value.get("apiVersion").and_then(Value::as_str) == Some("metallb.io/v1beta1")
}

/// What becomes of a v1beta1 peer: the API server drops what that version does not know, and MetalLB's
/// conversion always sets the timers.
fn upgraded_peer(value: &Value) -> Value {
    let mut converted = value.clone();
    converted["apiVersion"] = Kind::BgpPeer.api_version().into();
    if let Some(spec) = converted.get_mut("spec").and_then(Value::as_object_mut) {
        spec.retain(|name, _| schema::in_old_peer(name));
        for timer in ["holdTime", "keepaliveTime"] {
            spec.entry(timer).or_insert_with(|| json!("0s"));
        }
    }
    converted
}

/// What one judge gets to see, each list sorted by name.
#[derive(Clone, Debug, Default)]
pub(super) struct Set<'s> {
    pub(super) pools: Vec<&'s Of<'s, IpAddressPoolSpec>>,
    pub(super) peers: Vec<&'s Of<'s, BgpPeerSpec>>,
    pub(super) bgp: Vec<&'s Of<'s, BgpAdvertisementSpec>>,
    pub(super) l2: Vec<&'s Of<'s, L2AdvertisementSpec>>,
    pub(super) communities: Vec<&'s Of<'s, CommunitySpec>>,
    pub(super) bfd: Vec<&'s Of<'s, BfdProfileSpec>>,
    pub(super) secrets: HashMap<&'s str, &'s Item<'s, Secret>>,
    pub(super) nodes: Vec<&'s Of<'s, NodeSpec>>,
    pub(super) namespaces: Vec<&'s Of<'s, NamespaceSpec>>,
}

/// A set text; Go reads an empty one as absent.
pub(super) fn set(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.is_empty())
}

/// Findings of one judge about one set.
pub(super) struct Report<'j> {
    pub(super) judge: &'j Judge,
    pub(super) layer: Layer,
    pub(super) findings: Vec<Finding>,
}

impl Report<'_> {
    /// An error about a field of an object.
    pub(super) fn error<T>(
        &mut self,
        item: &Item<'_, T>,
        rule: &'static str,
        pointer: &str,
        message: String,
    ) {
        self.findings.push(item.error(self.layer, rule, pointer, message));
    }

    /// Whether it is a webhook that judges: references that may arrive later are blanked there.
    pub(super) fn is_webhook(&self) -> bool {
        self.layer == Layer::Webhook
    }
}
