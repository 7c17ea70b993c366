//! What a router is configured to do, read from the text of its frr.conf.
//!
//! The pfSense package generates such a text and plain FRR has one, so both kinds of router are seen
//! the same way, and what the package leaves out silently is not there. Only what sessions and
//! received routes depend on is read; unknown lines are passed over, and `judge` says what is wrong
//! with them.
//!
//! | file | for |
//! | --- | --- |
//! | `read` | lines to values |
//! | [`filter`] | which routes a neighbor's filters let in |

pub mod filter;
mod read;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;

pub use filter::Denied;

/// Which family a setting belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Afi {
    /// IPv4 unicast.
    Ipv4,
    /// IPv6 unicast.
    Ipv6,
}

impl Afi {
    /// The family of an address.
    pub fn of(address: IpAddr) -> Afi {
        if address.is_ipv4() { Afi::Ipv4 } else { Afi::Ipv6 }
    }
}

/// A router's configuration, as far as it is looked at.
#[derive(Clone, Debug, Default)]
pub struct Running {
    /// The BGP instance of the default VRF.
    pub bgp: Option<Bgp>,
    /// Prefix lists by name, IPv4 and IPv6 apart as in FRR.
    pub prefix_lists: BTreeMap<(bool, String), PrefixList>,
    /// Access lists by name, likewise.
    pub access_lists: BTreeMap<(bool, String), AccessList>,
    /// Route maps: entries by name, in order.
    pub route_maps: BTreeMap<String, Vec<MapEntry>>,
    /// Static routes: the network, and whether it is discarded.
    pub statics: Vec<(IpNet, bool)>,
    /// The route map that guards the kernel's table against routes of BGP: IPv4, IPv6.
    pub kernel_guard: [Option<String>; 2],
}

/// `router bgp`.
#[derive(Clone, Debug)]
pub struct Bgp {
    /// The router's ASN.
    pub asn: u32,
    /// `bgp router-id`, or the one of the whole router.
    pub router_id: Option<Ipv4Addr>,
    /// Without a policy an eBGP neighbor's routes are dropped.
    pub requires_policy: bool,
    /// `bgp shutdown`.
    pub shutdown: bool,
    /// `bgp graceful-restart-disable`.
    pub restart_disabled: bool,
    /// `bgp network import-check`.
    pub import_check: bool,
    /// `bgp bestpath as-path multipath-relax`.
    pub multipath_relax: bool,
    /// `maximum-paths` by family, for eBGP and iBGP.
    pub maximum_paths: [[Option<u32>; 2]; 2],
    /// `distance bgp` by family: external, internal.
    pub distance: [Option<(u8, u8)>; 2],
    /// `network` statements.
    pub networks: Vec<IpNet>,
    /// Neighbors by address, with what their groups give them, in the order of the text.
    pub neighbors: Vec<Neighbor>,
    /// `timers bgp`: keepalive, hold.
    pub timers: Option<(u32, u32)>,
    /// Ranges that neighbors are accepted from without being listed.
    pub listen: Vec<IpNet>,
}

/// `remote-as`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemoteAs {
    /// This number.
    Is(u32),
    /// The router's own.
    Internal,
    /// Any but the router's own.
    External,
}

/// A neighbor.
#[derive(Clone, Debug)]
pub struct Neighbor {
    /// Its address.
    pub address: IpAddr,
    /// Its ASN; FRR refuses the neighbor without one.
    pub remote_as: Option<RemoteAs>,
    /// `local-as`: shown to this neighbor in place of the router's own.
    pub local_as: Option<u32>,
    /// The description.
    pub description: String,
    /// `shutdown`.
    pub shutdown: bool,
    /// It has a password.
    pub has_password: bool,
    /// `passive`.
    pub passive: bool,
    /// `bfd`.
    pub bfd: bool,
    /// `ebgp-multihop`, with its hops.
    pub multihop: Option<u32>,
    /// `disable-connected-check`.
    pub unchecked: bool,
    /// `ttl-security hops`.
    pub ttl_security: Option<u32>,
    /// `update-source`.
    pub update_source: Option<String>,
    /// `timers`: keepalive, hold.
    pub timers: Option<(u32, u32)>,
    /// `graceful-restart-disable`.
    pub restart_disabled: bool,
    /// Settings by family: IPv4, IPv6.
    pub families: [FamilySettings; 2],
}

/// A neighbor's settings in one family.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FamilySettings {
    /// Routes of this family are exchanged.
    pub active: bool,
    /// `prefix-list NAME in`.
    pub prefix_list_in: Option<String>,
    /// `route-map NAME in`.
    pub route_map_in: Option<String>,
    /// `distribute-list NAME in`.
    pub distribute_list_in: Option<String>,
    /// `filter-list NAME in`.
    pub filter_list_in: Option<String>,
    /// `route-map NAME out`, or another filter.
    pub filtered_out: bool,
    /// `maximum-prefix`: the limit, and whether it only warns.
    pub maximum_prefix: Option<(u32, bool)>,
}

impl FamilySettings {
    /// Whether something says what may come in.
    pub fn has_policy_in(&self) -> bool {
        self.prefix_list_in.is_some()
            || self.route_map_in.is_some()
            || self.distribute_list_in.is_some()
            || self.filter_list_in.is_some()
    }
}

/// A prefix list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrefixList {
    /// Rows by sequence number.
    pub rows: Vec<ListRow>,
}

/// A row of a prefix list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListRow {
    /// Sequence number.
    pub seq: u32,
    /// Permit or deny.
    pub permit: bool,
    /// The prefix; absent for `any`.
    pub prefix: Option<IpNet>,
    /// Shortest length, where it is said.
    pub ge: Option<u8>,
    /// Longest length, where it is said.
    pub le: Option<u8>,
}

/// An access list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessList {
    /// Rows in order.
    pub rows: Vec<AccessRow>,
}

/// A row of an access list of zebra's form; of the older forms only that they are there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessRow {
    /// Permit or deny.
    pub permit: bool,
    /// What it matches; `None` for `any`.
    pub prefix: Option<IpNet>,
    /// Only the prefix itself.
    pub exact: bool,
    /// Of a form that is not evaluated.
    pub unknown: bool,
}

/// An entry of a route map.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MapEntry {
    /// Sequence number.
    pub seq: u32,
    /// Permit or deny.
    pub permit: bool,
    /// Prefix lists that must match: whether of IPv6, and the name.
    pub prefix_lists: Vec<(bool, String)>,
    /// Access lists that must match, likewise.
    pub access_lists: Vec<(bool, String)>,
    /// Other conditions, which are not evaluated.
    pub other_conditions: bool,
    /// Continues elsewhere: `call`, `on-match`.
    pub jumps: bool,
}

impl Running {
    /// Reads the text of a frr.conf.
    pub fn read(text: &str) -> Running {
        read::read(text)
    }

    /// A neighbor by its address.
    pub fn neighbor(&self, address: IpAddr) -> Option<&Neighbor> {
        self.bgp.as_ref()?.neighbors.iter().find(|neighbor| neighbor.address == address)
    }
}

impl Neighbor {
    /// Settings in a family.
    pub fn family(&self, family: Afi) -> &FamilySettings {
        let [ipv4, ipv6] = &self.families;
        if family == Afi::Ipv4 { ipv4 } else { ipv6 }
    }

    /// Whether the neighbor is in the router's own AS, where that is known.
    pub fn is_internal(&self, router: u32) -> Option<bool> {
        Some(match self.remote_as? {
            RemoteAs::Is(asn) => asn == router,
            RemoteAs::Internal => true,
            RemoteAs::External => false,
        })
    }
}
