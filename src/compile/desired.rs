//! What each side should hold: the result of compiling.

use crate::finding::Place;
use crate::frr::RouterConfig;
use crate::metallb::{AnyObject, Backend, Version};

/// Both sides of one network.
#[derive(Clone, Debug)]
pub struct Desired {
    /// Name of the network.
    pub network: String,
    /// The Kubernetes side.
    pub cluster: DesiredCluster,
    /// The routers in the order of the file, members of a pair one after the other.
    pub routers: Vec<DesiredRouter>,
}

/// The MetalLB objects of one network.
#[derive(Clone, Debug)]
pub struct DesiredCluster {
    /// MetalLB's namespace.
    pub namespace: String,
    /// The MetalLB release that the objects are for.
    pub version: Version,
    /// The BGP backend that the objects are for.
    pub backend: Backend,
    /// Somebody else applies the objects: they are compiled and checked, never written.
    pub unmanaged: bool,
    /// Objects, sorted by kind in the order they are applied, then by name.
    pub objects: Vec<DesiredObject>,
}

/// One object that should exist.
#[derive(Clone, Debug)]
pub struct DesiredObject {
    /// The object, with our labels. A Secret holds its values in a type that does not show them.
    pub object: AnyObject,
    /// What declares it.
    pub place: Place,
}

/// What one router should hold.
#[derive(Clone, Debug)]
pub struct DesiredRouter {
    /// Index into the intent's peers.
    pub peer: usize,
    /// Index into that peer's members.
    pub member: usize,
    /// Where it is found in a snapshot and in compiled output: `PEER`, or `PEER/MEMBER`.
    pub path: String,
    /// What should be there.
    pub part: RouterPart,
    /// What declares it.
    pub place: Place,
}

/// Our part of a router.
#[derive(Clone, Debug)]
pub enum RouterPart {
    /// A pfSense holds this.
    Pfsense {
        /// Neutral configuration.
        config: Box<RouterConfig>,
        /// The CARP address that FRR is bound to.
        carp: Option<std::net::IpAddr>,
    },
    /// A plain FRR holds this.
    Frr(Box<RouterConfig>),
    /// Another team's router should hold this; only a hand-over sheet is made.
    Unmanaged(Box<RouterConfig>),
    /// Nothing of ours may be left on it.
    Absent,
}
