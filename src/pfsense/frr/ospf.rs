//! OSPF for IPv4: interface lines, the router block, areas and neighbors.
//!
//! Read next: `ospf6` for IPv6, which shares areas and redistribution with it.

use std::collections::HashMap;

use super::entry::{Entry, first_bytes};
use super::firewall::Firewall;
use super::interfaces::{Interfaces, Protocol};
use super::judge::{self, Family};
use super::lines::{Lines, line, put};
use super::php;
use super::sections::Sections;
use crate::pfsense::Value;

/// FRR takes so many characters of a digest key.
const DIGEST_KEY: usize = 16;
/// FRR takes so many characters of a simple password.
const SIMPLE_KEY: usize = 8;

/// An SPF timer that is no number: the package's arithmetic ends the whole run there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoNumber;

/// The router block; interface lines go to `interfaces`.
pub(super) fn block(
    sections: Sections<'_>,
    firewall: &Firewall<'_>,
    interfaces: &mut Interfaces,
    ospf: Entry<'_>,
) -> Result<Lines, NoNumber> {
    let frr = sections.first("frr");
    let mut out = Lines::default();
    line!(out, "router ospf");
    router_id(&mut out, "ospf", ospf, frr);
    adjacency_log(&mut out, ospf, frr);
    for (field, source) in [
        ("redistributeconnectedsubnets", "connected"),
        ("redistributekernel", "kernel"),
        ("redistributebgp", "bgp"),
        ("redistributerip", "rip"),
        ("redistributestatic", "static"),
    ] {
        redistribution(&mut out, ospf, field, source);
    }
    if ospf.on("redistributedefaultroute") {
        put!(out, " default-information originate");
        redistribution_options(&mut out, ospf, "redistributedefaultroute");
        out.end();
    }
    throttle(&mut out, ospf)?;
    options(&mut out, ospf);
    for device in interface_lines(sections, firewall, interfaces, ospf) {
        line!(out, " passive-interface {device}");
    }
    for row in ospf.rows() {
        if let Some(network) = row.filled("routevalue") {
            let area = Some(row.text("routearea")).filter(|area| !area.is_empty());
            line!(out, " network {network} area {}", area.unwrap_or(ospf.text("defaultarea")));
        }
    }
    areas(&mut out, sections, ospf);
    for neighbor in sections.entries("frrospfdneighbors").iter().map(Entry) {
        put!(out, " neighbor {}", neighbor.text("neighbor"));
        for (field, words) in [("priority", "priority"), ("pollinginterval", "poll-interval")] {
            if let Some(value) = neighbor.filled(field) {
                put!(out, " {words} {value}");
            }
        }
        out.end();
    }
    Ok(out)
}

/// The protocol's own router id, else the package's; IPv4 only.
pub(super) fn router_id(out: &mut Lines, command: &str, protocol: Entry<'_>, frr: Option<Entry<'_>>) {
    let fallback = frr.map_or("", |frr| frr.text("routerid"));
    if let Some(id) = [protocol.text("routerid"), fallback].into_iter().find(|id| judge::is_ipv4(id)) {
        line!(out, " {command} router-id {id}");
    }
}

/// Needs the package's logging as well.
pub(super) fn adjacency_log(out: &mut Lines, protocol: Entry<'_>, frr: Option<Entry<'_>>) {
    if frr.is_some_and(|frr| frr.on("logging")) && protocol.on("adjacencylog") {
        line!(out, " log-adjacency-changes detail");
    }
}

/// One source of routes with its filter.
pub(super) fn redistribution(out: &mut Lines, protocol: Entry<'_>, field: &str, source: &str) {
    if !protocol.on(field) {
        return;
    }
    put!(out, " redistribute {source}");
    redistribution_options(out, protocol, field);
    out.end();
    if let Some(list) = protocol.chosen(&format!("{field}_distlist")) {
        line!(out, " distribute-list {list} out {source}");
    }
}

fn redistribution_options(out: &mut Lines, protocol: Entry<'_>, field: &str) {
    for (suffix, words) in [("routemap", "route-map"), ("metric", "metric"), ("metrictype", "metric-type")] {
        if let Some(value) = protocol.chosen(&format!("{field}_{suffix}")) {
            put!(out, " {words} {value}");
        }
    }
}

/// Delays of the shortest-path calculation; the longest is ten times the hold time.
pub(super) fn throttle(out: &mut Lines, protocol: Entry<'_>) -> Result<(), NoNumber> {
    let (hold, delay) = (protocol.filled("spfholdtime"), protocol.filled("spfdelay"));
    if hold.is_none() && delay.is_none() {
        return Ok(());
    }
    let hold = hold.unwrap_or("1000");
    let longest = php::times_ten(hold).ok_or(NoNumber)?;
    line!(out, " timers throttle spf {} {hold} {longest}", delay.unwrap_or("200"));
    Ok(())
}

fn options(out: &mut Lines, ospf: Entry<'_>) {
    for (field, words) in [("rfc1583", "ospf rfc1583compatibility"), ("opaquelsa", "capability opaque")] {
        if ospf.on(field) {
            line!(out, " {words}");
        }
    }
    for (field, words) in [
        ("writemultiplier", "ospf write-multiplier"),
        ("referencebandwidth", "auto-cost reference-bandwidth"),
    ] {
        if let Some(value) = ospf.filled(field) {
            line!(out, " {words} {value}");
        }
    }
    if ospf.on("max_metric_administrative") {
        line!(out, " max-metric router-lsa administrative");
    }
    for (field, words) in [("max_metric_startup", "on-startup"), ("max_metric_shutdown", "on-shutdown")] {
        if let Some(seconds) = ospf.filled(field) {
            line!(out, " max-metric router-lsa {words} {seconds}");
        }
    }
    if let Some(kind) = ospf.filled("abrtype").filter(|kind| *kind != "cisco") {
        line!(out, " ospf abr-type {kind}");
    }
}

/// Writes the interfaces and gives back the passive ones.
fn interface_lines(
    sections: Sections<'_>,
    firewall: &Firewall<'_>,
    interfaces: &mut Interfaces,
    ospf: Entry<'_>,
) -> Vec<String> {
    let mut passive = Vec::new();
    for entry in sections.entries("frrospfdinterfaces").iter().map(Entry) {
        let Some(device) = firewall.device(entry.text("interface")) else { continue };
        let block = interfaces.block(&device);
        block.describe(Protocol::Ospf, entry.filled("descr"));
        let out = &mut block.lines;
        for (field, words) in [("networktype", "network"), ("metric", "cost")] {
            if let Some(value) = entry.filled(field) {
                line!(out, " ip ospf {words} {value}");
            }
        }
        authentication(out, entry);
        if let Some(priority) = Some(entry.text("routerpriorityelections")).filter(|value| !value.is_empty())
        {
            line!(out, " ip ospf priority {priority}");
        }
        if let Some(seconds) = entry.filled("retransmitinterval") {
            line!(out, " ip ospf retransmit-interval {seconds}");
        }
        if let Some(multiplier) = entry.filled("minimalhello") {
            line!(out, " ip ospf dead-interval minimal hello-multiplier {multiplier}");
        } else {
            for (field, words) in
                [("deadtimer", "dead-interval"), ("hellointervalinseconds", "hello-interval")]
            {
                if let Some(seconds) = entry.filled(field) {
                    line!(out, " ip ospf {words} {seconds}");
                }
            }
        }
        for (field, words) in [("bfdenable", "bfd"), ("mtuignore", "mtu-ignore")] {
            if entry.on(field) {
                line!(out, " ip ospf {words}");
            }
        }
        if firewall.device_address(&device, Family::V4).is_some() {
            line!(out, " ip ospf area {}", area(entry, ospf));
        }
        if entry.on("passive") {
            passive.push(device);
        }
    }
    passive
}

fn authentication(out: &mut Lines, entry: Entry<'_>) {
    let Some(password) = entry.filled("password") else { return };
    let mut key = |words: &str, count: usize| {
        put!(out, " ip ospf {words} ");
        out.bytes(first_bytes(password, count));
        out.end();
    };
    match entry.text("authtype") {
        "digest" => key("authentication message-digest\n ip ospf message-digest-key 1 md5", DIGEST_KEY),
        "simple" => key("authentication\n ip ospf authentication-key", SIMPLE_KEY),
        "null" => line!(out, " ip ospf authentication null"),
        _ => {}
    }
}

/// An interface's own area, or the default.
pub(super) fn area<'a>(interface: Entry<'a>, protocol: Entry<'a>) -> &'a str {
    Some(interface.text("interfacearea"))
        .filter(|area| !area.is_empty())
        .unwrap_or(protocol.text("defaultarea"))
}

/// An area: an entry of its own, or the default area with nothing but a type.
#[derive(Clone, Copy, Debug)]
pub(super) enum Area<'a> {
    Own(Entry<'a>),
    Default(&'a str, &'a str),
}

impl<'a> Area<'a> {
    pub(super) fn id(self) -> &'a str {
        match self {
            Area::Own(entry) => entry.text("area"),
            Area::Default(id, _) => id,
        }
    }

    pub(super) fn kind(self) -> &'a str {
        match self {
            Area::Own(entry) => entry.text("type"),
            Area::Default(_, kind) => kind,
        }
    }

    pub(super) fn entry(self) -> Option<Entry<'a>> {
        match self {
            Area::Own(entry) => Some(entry),
            Area::Default(..) => None,
        }
    }
}

/// All areas by id; the default area is there in any case. Of two entries with one id the last counts.
pub(super) fn sorted_areas<'a>(
    entries: &'a [Value],
    protocol: Entry<'a>,
    default_first: bool,
) -> Vec<Area<'a>> {
    let default = Area::Default(protocol.text("defaultarea"), protocol.text("defaultareatype"));
    let own = entries.iter().map(|entry| Area::Own(Entry(entry)));
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut areas: Vec<Area<'_>> = Vec::new();
    let mut add = |area: Area<'a>, replace: bool| match places.get(area.id()) {
        Some(place) if replace => areas[*place] = area,
        Some(_) => {}
        None => {
            places.insert(area.id(), areas.len());
            areas.push(area);
        }
    };
    if default_first {
        add(default, true);
    }
    own.for_each(|area| add(area, true));
    add(default, false);
    php::sorted(&areas, |a, b| php::compare(a.id(), b.id())).into_iter().copied().collect()
}

fn areas(out: &mut Lines, sections: Sections<'_>, ospf: Entry<'_>) {
    for area in sorted_areas(sections.entries("frrospfdareas"), ospf, false) {
        let id = area.id();
        match area.kind() {
            kind @ ("stub" | "nssa") => line!(out, " area {id} {kind}"),
            "nosum" => line!(out, " area {id} stub no-summary"),
            "nssanosum" => line!(out, " area {id} nssa no-summary"),
            _ => {}
        }
        let Some(entry) = area.entry() else { continue };
        for (field, words) in [("defaultcost", "default-cost"), ("shortcut", "shortcut")] {
            if let Some(value) = entry.filled(field) {
                line!(out, " area {id} {words} {value}");
            }
        }
        match entry.text("authtype") {
            "digest" => line!(out, " area {id} authentication message-digest"),
            "simple" => line!(out, " area {id} authentication"),
            _ => {}
        }
        ranges(out, entry, true);
        area_filters(out, id, entry, &AREA_FILTERS);
    }
}

/// Summary ranges of an area; only the first of the three options counts.
pub(super) fn ranges(out: &mut Lines, entry: Entry<'_>, substitutes: bool) {
    for row in entry.rows() {
        let Some(prefix) = row.filled("rangeprefix") else { continue };
        put!(out, " area {} range {prefix}", entry.text("area"));
        if row.on("rangenotadvertise") {
            put!(out, " not-advertise");
        } else if let Some(cost) = row.filled("rangecost") {
            put!(out, " cost {cost}");
        } else if let Some(other) = row.filled("subprefix").filter(|_| substitutes) {
            put!(out, " substitute {other}");
        }
        out.end();
    }
}

/// Fields of an area that name lists, with the words around the name.
pub(super) const AREA_FILTERS: [(&str, &str, &str); 4] = [
    ("exportlist", "export-list", ""),
    ("filterlist_out", "filter-list prefix", " out"),
    ("filterlist_in", "filter-list prefix", " in"),
    ("importlist", "import-list", ""),
];

/// Filters of summary routes. The lists are not looked up.
pub(super) fn area_filters(out: &mut Lines, id: &str, entry: Entry<'_>, filters: &[(&str, &str, &str)]) {
    for (field, words, direction) in filters {
        if let Some(list) = entry.chosen(field) {
            line!(out, " area {id} {words} {list}{direction}");
        }
    }
}
