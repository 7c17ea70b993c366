//! OSPF for IPv6. Interfaces appear as ranges of their areas, and once more at the end of the block.

use super::entry::Entry;
use super::firewall::Firewall;
use super::interfaces::{Interfaces, Protocol};
use super::judge::{self, Family};
use super::lines::{Lines, line, put};
use super::ospf::{self, NoNumber};
use super::php;
use super::routes::InterfaceNetwork;
use super::sections::Sections;

/// The router block; interface lines go to `interfaces`.
pub(super) fn block(
    sections: Sections<'_>,
    firewall: &Firewall<'_>,
    interfaces: &mut Interfaces,
    ospf6: Entry<'_>,
) -> Result<Lines, NoNumber> {
    let frr = sections.first("frr");
    let default_area = ospf6.text("defaultarea");
    let mut out = Lines::default();
    line!(out, "router ospf6");
    ospf::router_id(&mut out, "ospf6", ospf6, frr);
    // A field of former releases.
    match ospf6.text("updatefib") {
        "on" | "stub" => line!(out, " area {default_area} stub"),
        "nosum" => line!(out, " area {default_area} stub no-summary"),
        "nssa" => line!(out, " area {default_area} nssa"),
        _ => {}
    }
    ospf::adjacency_log(&mut out, ospf6, frr);
    for (field, source) in [
        ("redistributeconnectedsubnets", "connected"),
        ("redistributekernel", "kernel"),
        ("redistributebgp", "bgp"),
        ("redistributestatic", "static"),
    ] {
        ospf::redistribution(&mut out, ospf6, field, source);
    }
    ospf::throttle(&mut out, ospf6)?;
    distances(&mut out, ospf6);
    for row in ospf6.rows() {
        if let Some(network) = row.filled("routevalue") {
            let area = Some(row.text("routearea")).filter(|area| !area.is_empty()).unwrap_or(default_area);
            // The area doubles as the cost, which looks like a slip and is what is written.
            line!(out, " area {area} range {network} cost {}", cost(row.text("routearea")));
        }
    }
    ospf::area_filters(
        &mut out,
        default_area,
        ospf6,
        &[
            ("exportlist", "export-list", ""),
            ("importlist", "import-list", ""),
            ("filterlist_out", "filter-list prefix", " out"),
            ("filterlist_in", "filter-list prefix", " in"),
        ],
    );
    interface_ranges(&mut out, sections, firewall, ospf6);
    areas(&mut out, sections, ospf6);
    interface_lines(&mut out, sections, firewall, interfaces, ospf6);
    Ok(out)
}

fn distances(out: &mut Lines, ospf6: Entry<'_>) {
    if let Some(bandwidth) = ospf6.filled("referencebandwidth") {
        line!(out, " auto-cost reference-bandwidth {bandwidth}");
    }
    if let Some(distance) = ospf6.filled("distance") {
        line!(out, " distance {distance}");
    }
    let mut parts = String::new();
    if ospf6.on("distance_external") {
        // The value comes from the general field.
        parts += &format!(" external {}", ospf6.text("distance"));
    }
    for (field, words) in [("distance_interarea", "inter-area"), ("distance_intraarea", "intra-area")] {
        if let Some(distance) = ospf6.filled(field) {
            parts += &format!(" {words} {distance}");
        }
    }
    if !parts.is_empty() {
        line!(out, " distance ospf6{parts}");
    }
}

/// A number from zero on as it stands; anything else costs 1.
fn cost(text: &str) -> &str {
    if php::float(text).is_some_and(|value| value >= 0.0) { text } else { "1" }
}

fn interface_ranges(out: &mut Lines, sections: Sections<'_>, firewall: &Firewall<'_>, ospf6: Entry<'_>) {
    for entry in sections.entries("frrospf6dinterfaces").iter().map(Entry) {
        let Some(network) = InterfaceNetwork::of(firewall, entry.text("interface"), Family::V6) else {
            continue;
        };
        let range = format!("{}/{}", network.network, network.length);
        if judge::subnet_family(&range) == Some(Family::V6) {
            line!(
                out,
                " area {} range {range} cost {}",
                ospf::area(entry, ospf6),
                cost(entry.text("metric"))
            );
        }
    }
}

fn areas(out: &mut Lines, sections: Sections<'_>, ospf6: Entry<'_>) {
    for area in ospf::sorted_areas(sections.entries("frrospfd6areas"), ospf6, true) {
        let id = area.id();
        match area.kind() {
            "stub" => line!(out, " area {id} stub"),
            "nosum" => line!(out, " area {id} stub no-summary"),
            _ => {}
        }
        if let Some(entry) = area.entry() {
            ospf::ranges(out, entry, false);
            ospf::area_filters(out, id, entry, &ospf::AREA_FILTERS);
        }
    }
}

fn interface_lines(
    router: &mut Lines,
    sections: Sections<'_>,
    firewall: &Firewall<'_>,
    interfaces: &mut Interfaces,
    ospf6: Entry<'_>,
) {
    for entry in sections.entries("frrospf6dinterfaces").iter().map(Entry) {
        let Some(device) = firewall.device(entry.text("interface")) else { continue };
        let block = interfaces.block(&device);
        block.describe(Protocol::Ospf6, entry.filled("descr"));
        let out = &mut block.lines;
        // Zero is written for two of the numbers.
        for (field, words, zero) in [
            ("instanceid", "instance-id", true),
            ("networktype", "network", false),
            ("metric", "cost", false),
            ("deadtimer", "dead-interval", false),
            ("hellointervalinseconds", "hello-interval", false),
            ("routerpriorityelections", "priority", true),
            ("retransmitinterval", "retransmit-interval", false),
        ] {
            let value = entry.text(field);
            if php::truthy(value) || (zero && value == "0") {
                put!(out, " ipv6 ospf6 {words} {value}");
                out.end();
            }
        }
        for (field, words) in [("passive", "passive"), ("mtuignore", "mtu-ignore"), ("bfdenable", "bfd")] {
            if entry.on(field) {
                line!(out, " ipv6 ospf6 {words}");
            }
        }
        line!(router, " interface {device} area {}", ospf::area(entry, ospf6));
    }
}
