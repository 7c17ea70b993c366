//! The pfSense side: a router configuration as entries of the FRR package's sections.
//!
//! What is ours comes apart into fields of shared sections and entries of lists, each with its key,
//! so that it can be put into a configuration that holds foreign entries, too. This file knows no
//! live configuration: what only the firewall can say (the id of a CARP address) is handed in, or
//! listed as unresolved.
//! Read next: `forms` for the entries' elements, [`standalone`] for what is shown without a firewall.

mod forms;
pub mod standalone;

use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;
use secrecy::ExposeSecret;

use crate::frr::{
    BfdPeerTimers, MaximumPrefixAction, Neighbor, Password, PrefixList, PrefixRow, RouteMap, RouteMapEntry,
    RouterConfig,
};
use crate::pfsense::Value;
use forms::{BFD, BFD_PEER, BGP, FRR, NEIGHBOR, ON, ROUTE_MAP, ROW_ON, fill, fill_with_rows};

/// Stands for the password of the vty, which the form insists on and nothing of ours uses.
pub const GENERATED: &str = "<generated>";

/// FreeBSD keeps TCP-MD5 keys in its security association database, for each direction; FRR alone
/// would send unsigned packets.
const MD5_ON_FREEBSD: &str = "both-bidir";

/// Our part of one pfSense. Its `Debug` shows keys only: entries may hold passwords.
#[derive(Clone, PartialEq, Eq)]
pub struct PfsensePart {
    /// Fields of the sections that everybody shares.
    pub singletons: Vec<Singleton>,
    /// Rows of the first entry of `frr`.
    pub null_routes: Vec<Entry>,
    /// Entries of `frrbgpneighbors`, by address.
    pub neighbors: Vec<Entry>,
    /// Entries of `frrglobalprefixes`, by family and name.
    pub prefix_lists: Vec<Entry>,
    /// Entries of `frrglobalroutemaps`, by name and sequence number.
    pub route_maps: Vec<Entry>,
    /// Entries of `frrbfdpeers`, by address.
    pub bfd_peers: Vec<Entry>,
    /// What is not known and stands in the entries as a marker, in words. While there is any, nothing
    /// may be written to a firewall.
    pub unresolved: Vec<String>,
}

/// Our fields of a section with one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Singleton {
    /// The section.
    pub section: &'static str,
    /// Field and wanted value, in the form's order.
    pub fields: Vec<(&'static str, FieldValue)>,
}

/// What a field of a shared section should hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldValue {
    /// Exactly this.
    Text(String),
    /// Anything but nothing; where it is empty, a random text. Never changed otherwise.
    Generated,
}

/// One entry of a list.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    /// What makes it this entry; see [`key_of`].
    pub key: String,
    /// All elements that the form writes, in its order.
    pub value: Value,
}

impl fmt::Debug for PfsensePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PfsensePart")
            .field("singletons", &self.singletons)
            .field("null_routes", &self.null_routes)
            .field("neighbors", &self.neighbors)
            .field("prefix_lists", &self.prefix_lists)
            .field("route_maps", &self.route_maps)
            .field("bfd_peers", &self.bfd_peers)
            .field("unresolved", &self.unresolved)
            .finish()
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Entry").field(&self.key).finish()
    }
}

/// The CARP address that FRR is bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarpBinding {
    /// The virtual address.
    pub address: IpAddr,
    /// The unique id of that virtual address on this firewall (the members' ids differ); absent if it
    /// could not be looked up.
    pub id: Option<String>,
}

impl CarpBinding {
    fn selector(&self) -> String {
        match &self.id {
            Some(id) => format!("_vip{id}"),
            None => format!("_vip<id of {}>", self.address),
        }
    }
}

/// Our part for a router configuration.
pub fn part(config: &RouterConfig, carp: Option<&CarpBinding>) -> PfsensePart {
    let mut unresolved = Vec::new();
    if let Some(carp) = carp.filter(|carp| carp.id.is_none()) {
        unresolved.push(format!("the id of virtual address {}", carp.address));
    }
    let missing = config.neighbors.iter().find_map(|neighbor| match &neighbor.password {
        Password::Unknown(reference) => Some(format!("the password from {reference}")),
        _ => None,
    });
    unresolved.extend(missing);
    PfsensePart {
        singletons: singletons(config, carp),
        null_routes: config.null_routes.iter().map(null_route).collect(),
        neighbors: config.neighbors.iter().map(|neighbor| self::neighbor(neighbor, carp)).collect(),
        prefix_lists: config.prefix_lists.iter().map(prefix_list).collect(),
        route_maps: config.route_maps.iter().flat_map(route_map).collect(),
        bfd_peers: config.bfd.iter().map(bfd_peer).collect(),
        unresolved,
    }
}

fn singletons(config: &RouterConfig, carp: Option<&CarpBinding>) -> Vec<Singleton> {
    let text = |text: &str| FieldValue::Text(text.to_owned());
    let router_id = || FieldValue::Text(config.router_id.to_string());
    let mut frr = vec![("enable", text(ON)), ("routerid", router_id()), ("password", FieldValue::Generated)];
    if let Some(carp) = carp {
        frr.push(("carpstatusvid", FieldValue::Text(carp.selector())));
    }
    let mut bgp = vec![
        ("enable", text(ON)),
        ("asnum", FieldValue::Text(config.asn.to_string())),
        ("routerid", router_id()),
    ];
    // FRR carries IPv4 on every session by itself, and the package gives an IPv6 neighbor's route maps
    // to IPv6 alone: over iBGP, IPv4 routes would pass both ways without any policy.
    if config.neighbors.iter().any(|neighbor| !neighbor.ipv4_unicast) {
        bgp.push(("nodefipv4unicast", text(ON)));
    }
    let mut all =
        vec![Singleton { section: "frr", fields: frr }, Singleton { section: "frrbgp", fields: bgp }];
    if config.neighbors.iter().any(|neighbor| neighbor.bfd) {
        all.push(Singleton { section: "frrbfd", fields: vec![("enable", text(ON))] });
    }
    all
}

/// A form-complete entry for a shared section that does not exist yet, with these fields and without
/// rows of ours. `None` for sections that we set no field of.
pub fn new_singleton(section: &str, fields: &[(&str, String)]) -> Option<Value> {
    match section {
        "frr" => Some(fill_with_rows(FRR, fields, vec![no_route()])),
        "frrbgp" => Some(fill_with_rows(BGP, fields, vec![no_distribution()])),
        "frrbfd" => Some(fill(BFD, fields)),
        _ => None,
    }
}

/// The row that the form writes into an empty list of routes.
fn no_route() -> Value {
    Value::branch([("routevalue", Value::EMPTY), ("routetarget", Value::text("none"))])
}

/// The row that the form writes into an empty list of distributed networks.
fn no_distribution() -> Value {
    Value::branch([("distributeroutevalue", Value::EMPTY), ("distributeroutemap", Value::text("none"))])
}

/// Whether a row of `frr` says nothing: the form writes one such row where there are no routes.
pub fn is_no_route(row: &Value) -> bool {
    row.field("routevalue").is_empty() && row.get("nullroute").is_none() && row.get("acceptfilter").is_none()
}

/// The key of an entry, by the section it stands in; `frr` means its rows. Addresses and prefixes are
/// compared by value, so that another spelling is still the same entry.
pub fn key_of(section: &str, entry: &Value) -> Option<String> {
    let address = |field: &str| {
        let text = entry.field(field);
        text.parse::<IpAddr>().map_or_else(|_| text.to_owned(), |address| address.to_string())
    };
    let prefix = |field: &str| {
        let text = entry.field(field);
        text.parse::<IpNet>().map_or_else(|_| text.to_owned(), |net| net.trunc().to_string())
    };
    Some(match section {
        "frr" => prefix("routevalue"),
        "frrbgpneighbors" | "frrbfdpeers" => address("peer"),
        "frrglobalprefixes" => {
            // The generator reads the family in any case of letters.
            let family = if entry.field("iptype").eq_ignore_ascii_case("ipv6") { "IPv6" } else { "IPv4" };
            format!("{family} {}", entry.field("name"))
        }
        "frrglobalroutemaps" => format!("{} {}", entry.field("name"), entry.field("seq")),
        _ => return None,
    })
}

fn entry(section: &str, value: Value) -> Entry {
    // Only called for sections that have keys.
    Entry { key: key_of(section, &value).unwrap_or_default(), value }
}

fn null_route(net: &IpNet) -> Entry {
    let row = Value::branch([
        ("nullroute", Value::text(ROW_ON)),
        ("routevalue", Value::text(net.to_string())),
        ("routetarget", Value::text("none")),
    ]);
    entry("frr", row)
}

fn neighbor(neighbor: &Neighbor, carp: Option<&CarpBinding>) -> Entry {
    let family = if neighbor.address.is_ipv6() { "ipv6" } else { "ipv4" };
    let mut fields = vec![
        ("peer", neighbor.address.to_string()),
        ("descr", neighbor.description.clone()),
        ("asnum", neighbor.remote_as.to_string()),
        ("updatesource_type", family.to_owned()),
        ("routemap_in", neighbor.route_map_in.clone()),
        ("routemap_out", neighbor.route_map_out.clone()),
    ];
    let boxes = [
        ("bothaf", neighbor.ipv4_unicast && neighbor.ipv6_unicast),
        ("softreconfigurationinbound", neighbor.soft_reconfiguration_inbound),
        ("bfdenable", neighbor.bfd),
        ("passive", neighbor.passive),
    ];
    fields.extend(boxes.into_iter().filter(|(_, ticked)| *ticked).map(|(name, _)| (name, ON.to_owned())));
    let password = match &neighbor.password {
        Password::None => None,
        Password::Known(value) => Some(value.expose_secret().to_owned()),
        Password::Unknown(reference) => Some(format!("<from {reference}>")),
    };
    if let Some(password) = password {
        fields.push(("password", password));
        fields.push(("password_type", MD5_ON_FREEBSD.to_owned()));
    }
    if let (Some(source), Some(carp)) = (neighbor.update_source, carp) {
        fields.push(("updatesource", format!("{}|{source}", carp.selector())));
    }
    if let Some((keepalive, hold)) = neighbor.timers {
        fields.push(("timers_keepalive", keepalive.to_string()));
        fields.push(("timers_holdtime", hold.to_string()));
    }
    if neighbor.graceful_restart_helper {
        fields.push(("grmode", "helper".to_owned()));
    }
    if let Some(hops) = neighbor.ebgp_multihop {
        fields.push(("ebgpmultihop", hops.to_string()));
    }
    if let Some(limit) = neighbor.maximum_prefix {
        fields.push(("maximumprefix_num", limit.limit.to_string()));
        fields.extend(limit.threshold.map(|threshold| ("maximumprefix_threshold", threshold.to_string())));
        match limit.action {
            MaximumPrefixAction::WarnOnly => fields.push(("maximumprefix_warnonly", ON.to_owned())),
            MaximumPrefixAction::Restart(minutes) => {
                fields.push(("maximumprefix_restart", minutes.to_string()));
            }
            MaximumPrefixAction::Stop => {}
        }
    }
    entry("frrbgpneighbors", fill(NEIGHBOR, &fields))
}

fn prefix_list(list: &PrefixList) -> Entry {
    let value = Value::branch([
        ("iptype", Value::text(if list.ipv6 { "IPv6" } else { "IPv4" })),
        ("name", Value::text(&list.name)),
        ("descr", Value::text(&list.description)),
        ("row", Value::List(list.rows.iter().map(prefix_row).collect())),
    ]);
    entry("frrglobalprefixes", value)
}

fn prefix_row(row: &PrefixRow) -> Value {
    let action = if row.permit { "permit" } else { "deny" };
    let mut fields = vec![("seq", Value::text(row.seq.to_string())), ("action", Value::text(action))];
    match &row.prefix {
        Some(prefix) => fields.push(("source", Value::text(prefix.to_string()))),
        None => fields.extend([("source", Value::EMPTY), ("any", Value::text(ROW_ON))]),
    }
    fields.push(("ge", Value::EMPTY));
    fields.push(("le", Value::text(row.le.map_or(String::new(), |le| le.to_string()))));
    Value::branch(fields)
}

fn route_map(map: &RouteMap) -> impl Iterator<Item = Entry> + '_ {
    map.entries.iter().map(|own| entry("frrglobalroutemaps", route_map_entry(&map.name, own)))
}

fn route_map_entry(name: &str, own: &RouteMapEntry) -> Value {
    let list = own.prefix_list.as_ref().map_or("none", |(list, _)| list);
    let fields = [
        ("name", name.to_owned()),
        ("action", if own.permit { "permit" } else { "deny" }.to_owned()),
        ("seq", own.seq.to_string()),
        ("prefix_match", list.to_owned()),
    ];
    fill(ROUTE_MAP, &fields)
}

/// The page has no field for the smallest TTL, so FRR's own holds there.
fn bfd_peer(timers: &BfdPeerTimers) -> Entry {
    let mut fields = vec![("peer", timers.peer.to_string())];
    if timers.multihop {
        fields.push(("multihop", ON.to_owned()));
    }
    if let Some(address) = timers.local_address {
        // The source address counts only where the interface is not the word `default`.
        fields.push(("interface", String::new()));
        fields.push(("local_address", address.to_string()));
    }
    let numbers = [
        ("detectmultiplier", timers.detect_multiplier),
        ("receiveinterval", timers.receive_interval),
        ("transmitinterval", timers.transmit_interval),
        ("echointerval", timers.echo_interval),
    ];
    fields.extend(numbers.into_iter().filter_map(|(name, value)| Some((name, value?.to_string()))));
    if timers.echo_mode {
        fields.push(("echomode", ON.to_owned()));
    }
    entry("frrbfdpeers", fill(BFD_PEER, &fields))
}
