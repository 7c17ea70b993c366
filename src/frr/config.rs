//! The vendor-neutral configuration of one router: our part of it, nothing foreign.
//!
//! Compiled from the intent; turned into pfSense sections by `compile`, or into frr.conf for a plain
//! FRR router. Lists are in the order they are written in.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;
use secrecy::SecretString;

/// Our part of one router.
#[derive(Clone, Debug)]
pub struct RouterConfig {
    /// The router's own ASN.
    pub asn: u32,
    /// BGP identifier.
    pub router_id: Ipv4Addr,
    /// The addresses that the nodes dial.
    pub addresses: Vec<IpAddr>,
    /// Neighbors, sorted by address.
    pub neighbors: Vec<Neighbor>,
    /// Prefix lists, sorted by name, one for each family in use.
    pub prefix_lists: Vec<PrefixList>,
    /// Route maps, sorted by name.
    pub route_maps: Vec<RouteMap>,
    /// Null routes, sorted.
    pub null_routes: Vec<IpNet>,
    /// BFD timers of single neighbors, by address. A neighbor with FRR's own timers has none.
    pub bfd: Vec<BfdPeerTimers>,
}

impl RouterConfig {
    /// Whether every password that it asks for is at hand.
    pub fn passwords_known(&self) -> bool {
        !self.neighbors.iter().any(|neighbor| matches!(neighbor.password, Password::Unknown(_)))
    }
}

/// One neighbor: one node, one family of transport.
#[derive(Clone, Debug)]
pub struct Neighbor {
    /// The node's address.
    pub address: IpAddr,
    /// The node's ASN.
    pub remote_as: u32,
    /// Shown in status output; ends in the mark of ownership.
    pub description: String,
    /// TCP-MD5.
    pub password: Password,
    /// Waits for the node to dial: MetalLB never listens.
    pub passive: bool,
    /// Keepalive and hold time in seconds, both or none.
    pub timers: Option<(u16, u16)>,
    /// BFD session with the node.
    pub bfd: bool,
    /// Hops allowed on eBGP sessions, where the node is not on a connected network.
    pub ebgp_multihop: Option<u8>,
    /// The address the session is bound to, where it is not the interface's own (a CARP address).
    pub update_source: Option<IpAddr>,
    /// Keeps received routes, so that policy changes need no help from the peer.
    pub soft_reconfiguration_inbound: bool,
    /// Helps the node through a restart.
    pub graceful_restart_helper: bool,
    /// Activates IPv4 unicast.
    pub ipv4_unicast: bool,
    /// Activates IPv6 unicast.
    pub ipv6_unicast: bool,
    /// Name of the route map for received routes.
    pub route_map_in: String,
    /// Name of the route map for announced routes.
    pub route_map_out: String,
    /// Limit for received prefixes.
    pub maximum_prefix: Option<MaximumPrefix>,
}

/// A TCP-MD5 password on a neighbor.
#[derive(Clone, Debug)]
pub enum Password {
    /// None.
    None,
    /// Its value is known.
    Known(SecretString),
    /// There is one, and its value could not be had here: the reference, for messages.
    Unknown(String),
}

/// A limit for received prefixes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaximumPrefix {
    /// How many.
    pub limit: u32,
    /// Percentage at which a warning is logged.
    pub threshold: Option<u8>,
    /// What happens above it.
    pub action: MaximumPrefixAction,
}

/// What happens above a prefix limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaximumPrefixAction {
    /// A line in the log.
    WarnOnly,
    /// The session is closed and tried again after that many minutes.
    Restart(u16),
    /// The session is closed.
    Stop,
}

/// A prefix list of one family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrefixList {
    /// Name, unique over both families.
    pub name: String,
    /// Whether it is an `ipv6 prefix-list`.
    pub ipv6: bool,
    /// Shown in the GUI and as `description`.
    pub description: String,
    /// Rows in order.
    pub rows: Vec<PrefixRow>,
}

/// A row of a prefix list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrefixRow {
    /// Sequence number.
    pub seq: u32,
    /// Permit or deny.
    pub permit: bool,
    /// The prefix; absent means `any`.
    pub prefix: Option<IpNet>,
    /// Longest length matched, where it is longer than the prefix itself.
    pub le: Option<u8>,
}

/// A route map: entries in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteMap {
    /// Name.
    pub name: String,
    /// Entries, by sequence number.
    pub entries: Vec<RouteMapEntry>,
}

/// An entry of a route map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteMapEntry {
    /// Sequence number.
    pub seq: u32,
    /// Permit or deny.
    pub permit: bool,
    /// The prefix list that must match, and whether it is of IPv6; absent matches everything.
    pub prefix_list: Option<(String, bool)>,
}

/// BFD timers for one neighbor, where they are not FRR's defaults.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BfdPeerTimers {
    /// The node's address.
    pub peer: IpAddr,
    /// Whether the session crosses routers.
    pub multihop: bool,
    /// Our own address, needed by multihop sessions.
    pub local_address: Option<IpAddr>,
    /// Name of the profile the timers come from.
    pub profile: String,
    /// Missed packets until the session is down.
    pub detect_multiplier: Option<u32>,
    /// Milliseconds.
    pub receive_interval: Option<u32>,
    /// Milliseconds.
    pub transmit_interval: Option<u32>,
    /// Milliseconds.
    pub echo_interval: Option<u32>,
    /// Echo packets.
    pub echo_mode: bool,
    /// Smallest TTL accepted on multihop sessions.
    pub minimum_ttl: Option<u32>,
}
