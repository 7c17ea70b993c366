//! The MetalLB side: objects for one release, backend and namespace.
//!
//! Only what the target MetalLB works with is emitted. Communities are written as values, so there
//! are no Community objects: an alias in the file is an alias of the file. What MetalLB would fill in
//! by itself is left out.
//! Read next: [`objects`], `peers`, `pools`; `gate` for what is refused.

mod gate;
mod peers;
mod pools;
mod select;

use std::collections::{BTreeMap, BTreeSet};

use secrecy::SecretString;
use serde_json::Value;

use super::desired::{DesiredCluster, DesiredObject};
use super::facts::Target;
use crate::finding::{Finding, Place};
use crate::intent::naming::{self, PeerObject};
use crate::intent::{Family, Intent, Topology};
use crate::metallb::{AnyObject, Kind, Metadata, kinds};
use gate::Gate;

/// The label that says who made an object.
pub const MANAGED_BY_LABEL: &str = "app.kubernetes.io/managed-by";
/// Its value on our objects.
pub const MANAGED_BY: &str = "metalsense";
/// The label that says which network an object belongs to.
pub const NETWORK_LABEL: &str = "metalsense.dev/network";

/// What the files of this folder look at.
#[derive(Clone, Copy, Debug)]
struct Scope<'a> {
    intent: &'a Intent,
    topology: &'a Topology<'a>,
    passwords: &'a BTreeMap<String, SecretString>,
}

/// Names of BGPPeer objects by index of the peer.
#[derive(Clone, Debug, Default)]
struct Peers(BTreeMap<usize, Vec<String>>);

impl Peers {
    fn new(names: impl IntoIterator<Item = (usize, String)>) -> Self {
        let mut by_peer: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        for (peer, name) in names {
            by_peer.entry(peer).or_default().push(name);
        }
        Peers(by_peer)
    }

    fn objects_of(&self, peer: usize) -> impl Iterator<Item = &str> {
        self.0.get(&peer).into_iter().flatten().map(String::as_str)
    }
}

/// Collects labelled objects.
#[derive(Debug)]
struct Objects<'a> {
    network: &'a str,
    namespace: &'a str,
    all: Vec<DesiredObject>,
    once: BTreeSet<(Kind, String)>,
}

impl Objects<'_> {
    fn add(&mut self, mut object: AnyObject, place: Place) {
        if let Some(metadata) = metadata_mut(&mut object) {
            metadata.labels.insert(MANAGED_BY_LABEL.to_owned(), MANAGED_BY.to_owned());
            metadata.labels.insert(NETWORK_LABEL.to_owned(), self.network.to_owned());
        }
        self.all.push(DesiredObject { object, place });
    }

    /// Adds an object that several others point at, the first time only.
    fn add_once(&mut self, object: AnyObject, place: Place) {
        if let (Some(kind), Some(metadata)) = (object.kind(), object.metadata())
            && self.once.insert((kind, metadata.name.clone()))
        {
            self.add(object, place);
        }
    }
}

/// Everything that should be in the cluster.
pub(super) fn objects(
    topology: &Topology<'_>,
    target: &Target,
    passwords: &BTreeMap<String, SecretString>,
    findings: &mut Vec<Finding>,
) -> DesiredCluster {
    let intent = topology.intent();
    let scope = Scope { intent, topology, passwords };
    let mut gate = Gate::new(target, findings);
    let mut objects = Objects {
        network: &intent.name,
        namespace: &target.namespace,
        all: Vec::new(),
        once: BTreeSet::new(),
    };
    let peer_objects: Vec<PeerObject> = naming::peer_objects(topology)
        .into_iter()
        .filter(|object| super::carries(target, object.family))
        .collect();
    let names = Peers::new(peer_objects.iter().map(|object| (object.peer, object.name.clone())));
    for pool in &intent.pools {
        pools::add_pool(&mut objects, &mut gate, topology, &names, pool);
    }
    let mut rest = peer_objects.as_slice();
    for (index, peer) in intent.peers.iter().enumerate().filter(|(_, peer)| !peer.absent) {
        let end = rest.iter().position(|object| object.peer != index).unwrap_or(rest.len());
        let (own, others) = rest.split_at(end);
        rest = others;
        peers::add_peer(&mut objects, &mut gate, &scope, peer, &own.iter().collect::<Vec<_>>());
        if !super::carries(target, Family::Ipv6) {
            peers::say_idle_sessions(&mut gate, peer);
        }
    }
    let mut all = objects.all;
    all.sort_by(|a, b| order(&a.object).cmp(&order(&b.object)));
    DesiredCluster {
        namespace: target.namespace.clone(),
        version: target.version,
        backend: target.backend,
        unmanaged: intent.cluster.unmanaged,
        objects: all,
    }
}

/// What others point at comes first, so that no object ever points at nothing.
fn order(object: &AnyObject) -> (u8, &str) {
    let rank = match object.kind() {
        Some(Kind::Secret) => 0,
        Some(Kind::BfdProfile) => 1,
        Some(Kind::Community) => 2,
        Some(Kind::IpAddressPool) => 3,
        Some(Kind::BgpPeer) => 4,
        Some(Kind::BgpAdvertisement) => 5,
        Some(Kind::L2Advertisement) => 6,
        _ => 7,
    };
    (rank, object.metadata().map_or("", |metadata| &metadata.name))
}

/// An object as it goes over the wire.
pub(crate) fn wire(object: &AnyObject) -> Result<Value, serde_json::Error> {
    match object {
        AnyObject::IpAddressPool(o) => kinds::to_value(o),
        AnyObject::BgpAdvertisement(o) => kinds::to_value(o),
        AnyObject::L2Advertisement(o) => kinds::to_value(o),
        AnyObject::BgpPeer(o) => kinds::to_value(o),
        AnyObject::Community(o) => kinds::to_value(o),
        AnyObject::BfdProfile(o) => kinds::to_value(o),
        AnyObject::Secret(o) => kinds::to_value(o),
        AnyObject::Node(o) => kinds::to_value(o),
        AnyObject::Namespace(o) => kinds::to_value(o),
        AnyObject::Service(o) => kinds::to_value(o),
        AnyObject::Other(value) => Ok(value.clone()),
    }
}

fn metadata_mut(object: &mut AnyObject) -> Option<&mut Metadata> {
    Some(match object {
        AnyObject::IpAddressPool(o) => &mut o.metadata,
        AnyObject::BgpAdvertisement(o) => &mut o.metadata,
        AnyObject::L2Advertisement(o) => &mut o.metadata,
        AnyObject::BgpPeer(o) => &mut o.metadata,
        AnyObject::BfdProfile(o) => &mut o.metadata,
        AnyObject::Secret(o) => &mut o.metadata,
        _ => return None,
    })
}
