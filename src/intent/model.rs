//! The resolved model: what the declaration means.
//!
//! Lists keep the order of the file. References are indexes into the lists of the same [`Intent`],
//! so that following one cannot fail on a name. Nothing here is optional that has a default.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::ops::Deref;
use std::time::Duration;

use ipnet::IpNet;

use super::{AddressRange, Asn, Family};
use crate::declaration::types::{
    Backend, FrrRouter, LabelExpression, LabelSelector, MaxPrefixAction, OnFailure, PasswordRef,
    PfsenseRouter, ServiceAllocation, SeverityLevel, SubnetRole,
};
use crate::finding::Place;

/// A value and where it was declared. A default points at the object that leaves it out.
#[derive(Clone, Debug, PartialEq)]
pub struct Sited<T> {
    /// The value.
    pub value: T,
    /// Where a finding about it should point.
    pub place: Place,
}

impl<T> Sited<T> {
    /// A value at a place.
    pub fn new(value: T, place: Place) -> Self {
        Sited { value, place }
    }
}

impl<T> Deref for Sited<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// One network, resolved.
#[derive(Clone, Debug, PartialEq)]
pub struct Intent {
    /// Name of the network; the mark of ownership on both sides.
    pub name: Sited<String>,
    /// The Kubernetes side.
    pub cluster: Cluster,
    /// Declared nodes.
    pub nodes: Vec<Node>,
    /// Discovery of further nodes.
    pub discover: Option<Discover>,
    /// Routers, those with `absent: true` included.
    pub peers: Vec<Peer>,
    /// Address pools.
    pub pools: Vec<Pool>,
    /// Declared community aliases, by name. Well-known names are resolved where they are used.
    pub communities: BTreeMap<String, Sited<Community>>,
    /// BFD profiles, by name.
    pub bfd_profiles: BTreeMap<String, Sited<BfdProfile>>,
    /// Address space beside the pools.
    pub subnets: Vec<Subnet>,
    /// Services with fixed addresses or names.
    pub services: Vec<FixedService>,
    /// What must hold after an apply.
    pub expectations: Vec<Expectation>,
    /// How metalsense may act.
    pub policy: Policy,
}

/// The Kubernetes side.
#[derive(Clone, Debug, PartialEq)]
pub struct Cluster {
    /// ASN of nodes that say no other; absent only where every node says its own.
    pub asn: Option<Sited<Asn>>,
    /// Namespace of MetalLB, default `metallb-system`.
    pub namespace: Sited<String>,
    /// MetalLB version as declared, for example `0.15.2`; absent if it is to be read or assumed.
    pub version: Option<Sited<String>>,
    /// MetalLB's BGP implementation as declared; absent if it is to be read or assumed.
    pub backend: Option<Sited<Backend>>,
    /// Pod networks.
    pub pod_cidrs: Vec<Sited<IpNet>>,
    /// Service networks.
    pub service_cidrs: Vec<Sited<IpNet>>,
    /// kubeconfig context to use by default.
    pub context: Option<String>,
    /// Somebody else applies the objects.
    pub unmanaged: bool,
    /// The `cluster` block, or the document where there is none.
    pub place: Place,
}

/// A declared node.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Name of the Node object.
    pub name: Sited<String>,
    /// At least one address, at most one for each family.
    pub addresses: Vec<Sited<IpAddr>>,
    /// Declared labels, and `kubernetes.io/hostname` with the node's name unless declared otherwise.
    pub labels: BTreeMap<String, String>,
    /// Its ASN: its own or the cluster's.
    pub asn: Sited<Asn>,
    /// The list item.
    pub place: Place,
}

impl Node {
    /// The node's address of a family.
    pub fn address(&self, family: Family) -> Option<&Sited<IpAddr>> {
        self.addresses.iter().find(|a| Family::of(a.value) == family)
    }
}

/// Discovery of nodes in the live cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct Discover {
    /// Which nodes; empty selects all.
    pub selector: LabelSelector,
    /// Only addresses inside these are believed.
    pub subnets: Vec<Sited<IpNet>>,
    /// How long a node must be gone before its neighbor is removed.
    pub remove_after: Duration,
    /// The `discover` block.
    pub place: Place,
}

/// A router, or a pair of them that acts as one peer.
#[derive(Clone, Debug, PartialEq)]
pub struct Peer {
    /// Name of the peer.
    pub name: Sited<String>,
    /// Declared name of its BGPPeer object.
    pub object_name: Option<Sited<String>>,
    /// ASN of the router.
    pub asn: Sited<Asn>,
    /// The routers behind it: one, or the members of a pair.
    pub members: Vec<Member>,
    /// What kind of router it is and how it is reached.
    pub kind: RouterKind,
    /// Which nodes peer with it.
    pub nodes: NodeSelector,
    /// Hold time as declared.
    pub hold_time: Option<Sited<Duration>>,
    /// Keepalive interval as declared.
    pub keepalive_time: Option<Sited<Duration>>,
    /// Connect interval as declared.
    pub connect_time: Option<Sited<Duration>>,
    /// Name of the BFD profile; present in [`Intent::bfd_profiles`].
    pub bfd: Option<Sited<String>>,
    /// eBGP multihop.
    pub multihop: Option<Sited<bool>>,
    /// Graceful restart.
    pub graceful_restart: Option<Sited<bool>>,
    /// Reference to the TCP-MD5 password; has exactly one key.
    pub password: Option<Sited<PasswordRef>>,
    /// Prefix limit.
    pub max_prefixes: Option<Sited<MaxPrefixes>>,
    /// What the nodes may receive.
    pub learn: Vec<Sited<IpNet>>,
    /// Our part is to be taken off this router.
    pub absent: bool,
    /// The list item.
    pub place: Place,
}

/// One router: one box with one configuration of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// Name of the member; absent where the peer is a single router.
    pub name: Option<Sited<String>>,
    /// The addresses that the nodes dial, at least one, at most one for each family. Members that
    /// share a CARP address all have the peer's address here.
    pub addresses: Vec<Sited<IpAddr>>,
    /// BGP identifier.
    pub router_id: Sited<Ipv4Addr>,
    /// Declared address of the web interface.
    pub url: Option<String>,
    /// The list item of the member, or the peer's.
    pub place: Place,
}

impl Member {
    /// The member's address of a family.
    pub fn address(&self, family: Family) -> Option<&Sited<IpAddr>> {
        self.addresses.iter().find(|a| Family::of(a.value) == family)
    }
}

/// What kind of router a peer is.
#[derive(Clone, Debug, PartialEq)]
pub enum RouterKind {
    /// pfSense with the FRR package.
    Pfsense {
        /// Access data as declared.
        access: Box<PfsenseRouter>,
        /// The CARP address that FRR is bound to.
        carp: Option<Sited<IpAddr>>,
    },
    /// Plain FRR.
    Frr(FrrRouter),
    /// Another team's router.
    Unmanaged(Unmanaged),
}

/// What another team says about its router.
#[derive(Clone, Debug, PartialEq)]
pub struct Unmanaged {
    /// Accepted prefixes; empty means that nothing is known.
    pub accepts: Vec<Sited<IpNet>>,
    /// TCP-MD5 on the neighbors.
    pub md5: Option<Sited<bool>>,
    /// BFD on the neighbors.
    pub bfd: Option<Sited<bool>>,
    /// Multihop on the neighbors.
    pub multihop: Option<Sited<bool>>,
    /// Prefix limit of a neighbor.
    pub max_prefixes: Option<Sited<u32>>,
    /// Hold time of the router.
    pub hold_time: Option<Sited<Duration>>,
    /// The `unmanaged` block.
    pub place: Place,
}

/// A limit for announced prefixes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MaxPrefixes {
    /// At least 1.
    pub limit: u32,
    /// Percentage, 1 to 100, if declared.
    pub threshold: Option<u8>,
    /// What happens above the limit.
    pub action: MaxPrefixAction,
    /// Minutes until a restart; present exactly with [`MaxPrefixAction::Restart`].
    pub restart_after: Option<u16>,
}

/// Selects nodes. Empty selects every node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeSelector {
    /// Names; each is a declared node unless nodes are discovered.
    pub names: Vec<Sited<String>>,
    /// Labels that must be there.
    pub match_labels: BTreeMap<String, String>,
    /// Conditions on labels.
    pub match_expressions: Vec<LabelExpression>,
}

impl NodeSelector {
    /// Whether it selects every node.
    pub fn is_everything(&self) -> bool {
        self.names.is_empty() && self.match_labels.is_empty() && self.match_expressions.is_empty()
    }
}

/// A pool of addresses.
#[derive(Clone, Debug, PartialEq)]
pub struct Pool {
    /// Name of the IPAddressPool.
    pub name: Sited<String>,
    /// Ranges, each with the place and in the order of the file. Never empty, never overlapping.
    pub ranges: Vec<Sited<AddressRange>>,
    /// The entries as written, where MetalLB will accept them as such (`10.0.0.0/24`, `a-b`), else
    /// in normal form.
    pub entries: Vec<String>,
    /// Handed out without being asked for.
    pub auto_assign: bool,
    /// Leaves out IPv4 addresses ending in .0 and .255.
    pub avoid_buggy_ips: bool,
    /// Which services.
    pub service_allocation: Option<ServiceAllocation>,
    /// BGP advertisements.
    pub advertisements: Vec<Advertisement>,
    /// L2 advertisements.
    pub l2: Vec<L2Advertisement>,
    /// A null route on the routers, as declared. Where it is absent, `compile` decides: yes for pools
    /// that are announced over BGP and lie outside every connected subnet that is known.
    pub blackhole: Option<Sited<bool>>,
    /// The list item.
    pub place: Place,
}

impl Pool {
    /// Whether the pool has addresses of a family.
    pub fn has(&self, family: Family) -> bool {
        self.ranges.iter().any(|r| r.family() == family)
    }
}

/// One way to announce a pool over BGP.
#[derive(Clone, Debug, PartialEq)]
pub struct Advertisement {
    /// Name of the BGPAdvertisement.
    pub name: Sited<String>,
    /// Indexes into [`Intent::peers`]; absent means every peer.
    pub peers: Option<Vec<usize>>,
    /// Communities in the order of the file.
    pub communities: Vec<Sited<Community>>,
    /// Local preference.
    pub local_pref: Option<Sited<u32>>,
    /// IPv4 length, 1 to 32.
    pub aggregation_length: Sited<u8>,
    /// IPv6 length, 1 to 128.
    pub aggregation_length_v6: Sited<u8>,
    /// Which nodes announce.
    pub nodes: NodeSelector,
    /// The list item.
    pub place: Place,
}

impl Advertisement {
    /// The length that announced routes of a family have.
    pub fn length(&self, family: Family) -> u8 {
        match family {
            Family::Ipv4 => *self.aggregation_length,
            Family::Ipv6 => *self.aggregation_length_v6,
        }
    }
}

/// One way to announce a pool by ARP and NDP.
#[derive(Clone, Debug, PartialEq)]
pub struct L2Advertisement {
    /// Name of the L2Advertisement.
    pub name: Sited<String>,
    /// Interfaces; empty means all.
    pub interfaces: Vec<String>,
    /// Which nodes answer.
    pub nodes: NodeSelector,
    /// The list item.
    pub place: Place,
}

/// A BGP community.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Community {
    /// RFC 1997: two 16-bit halves.
    Standard(u16, u16),
    /// RFC 8092: three 32-bit parts.
    Large(u32, u32, u32),
}

impl std::fmt::Display for Community {
    /// As MetalLB wants it: `a:b` or `large:a:b:c`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Community::Standard(a, b) => write!(f, "{a}:{b}"),
            Community::Large(a, b, c) => write!(f, "large:{a}:{b}:{c}"),
        }
    }
}

/// BFD timers; what is absent is FRR's default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BfdProfile {
    /// Milliseconds, 10 to 60000.
    pub receive_interval: Option<u32>,
    /// Milliseconds, 10 to 60000.
    pub transmit_interval: Option<u32>,
    /// 2 to 255.
    pub detect_multiplier: Option<u32>,
    /// Milliseconds, 10 to 60000.
    pub echo_interval: Option<u32>,
    /// Echo packets.
    pub echo_mode: Option<bool>,
    /// The nodes wait for the router.
    pub passive_mode: Option<bool>,
    /// 1 to 254.
    pub minimum_ttl: Option<u32>,
}

/// Address space beside the pools.
#[derive(Clone, Debug, PartialEq)]
pub struct Subnet {
    /// What people call it.
    pub name: Sited<String>,
    /// The prefix, without host bits.
    pub net: Sited<IpNet>,
    /// What it is used for.
    pub role: Option<SubnetRole>,
}

/// A service with fixed addresses or DNS names.
#[derive(Clone, Debug, PartialEq)]
pub struct FixedService {
    /// Namespace of the Service.
    pub namespace: String,
    /// Name of the Service.
    pub name: String,
    /// Addresses, at most one for each family.
    pub addresses: Vec<Sited<IpAddr>>,
    /// DNS names.
    pub hostnames: Vec<Sited<String>>,
    /// The list item.
    pub place: Place,
}

/// What must hold after an apply.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// The route or service.
    pub subject: Expected,
    /// Index into [`Intent::peers`]; absent means every peer.
    pub at: Option<usize>,
    /// How many paths; absent means one from every announcing node.
    pub paths: Option<u32>,
    /// The list item.
    pub place: Place,
}

/// The subject of an expectation.
#[derive(Clone, Debug, PartialEq)]
pub enum Expected {
    /// A prefix in the router's table.
    Prefix(IpNet),
    /// The addresses of a service, by namespace and name.
    Service(String, String),
}

/// How metalsense may act.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Severity of single findings, by code.
    pub severity: BTreeMap<String, Sited<SeverityLevel>>,
    /// Findings that are known and meant.
    pub accept: Vec<Accepted>,
    /// Deletes that one apply may do on each side, default 5.
    pub max_deletes: u32,
    /// Sessions that one apply may reset; absent means no limit.
    pub max_session_resets: Option<u32>,
    /// Services that one apply may move, default 0.
    pub max_services_moved: u32,
    /// What happens when verification fails.
    pub on_failure: OnFailure,
}

/// A finding that is known and meant.
#[derive(Clone, Debug, PartialEq)]
pub struct Accepted {
    /// The finding's code.
    pub code: String,
    /// What it may be about: a name or a path; absent means anything.
    pub subject: Option<String>,
    /// The parts of the file that the subject names; empty where anything is accepted.
    pub extents: Vec<Place>,
    /// Why it is accepted.
    pub reason: String,
    /// The list item.
    pub place: Place,
}
