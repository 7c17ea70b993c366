//! Route maps: one entry of the section is one entry of a map.

use super::catalog::Catalog;
use super::entry::{Entry, sorted_by_name};
use super::judge;
use super::lines::{Lines, line, put};
use super::php;
use super::sections::Sections;

/// All entries, by name and sequence number.
pub(super) fn route_maps(sections: Sections<'_>, catalog: &Catalog) -> Lines {
    let mut out = Lines::default();
    for entry in sorted_by_name(sections.entries("frrglobalroutemaps")) {
        let (name, action, seq) = (entry.text("name"), entry.text("action"), entry.text("seq"));
        if !matches!(action, "permit" | "deny") || !judge::is_word(name) || !php::is_numeric(seq) {
            continue;
        }
        line!(out, "route-map {name} {action} {seq}");
        if let Some(description) = entry.filled("descr") {
            line!(out, " description {description}");
        }
        flow(&mut out, catalog, entry);
        addresses(&mut out, catalog, entry);
        next_hop(&mut out, catalog, entry);
        metrics(&mut out, entry);
        as_path(&mut out, catalog, entry);
        community(&mut out, catalog, entry);
        marks(&mut out, entry);
    }
    if !out.is_empty() {
        line!(out, "!");
    }
    out
}

fn flow(out: &mut Lines, catalog: &Catalog, entry: Entry<'_>) {
    let call = entry.text("call");
    if catalog.route_maps.chosen(call) {
        line!(out, " call {call}");
    }
    match entry.text("exitaction") {
        "next" => line!(out, " on-match next"),
        seq if catalog.exits.chosen(seq) => line!(out, " on-match goto {seq}"),
        _ => {}
    }
}

/// The family of both lines comes from the prefix list, also that of the access list.
fn addresses(out: &mut Lines, catalog: &Catalog, entry: Entry<'_>) {
    let list = entry.text("prefix_match");
    let command = if catalog.prefix_lists_v4.has(list) {
        "ip"
    } else if catalog.prefix_lists_v6.has(list) {
        "ipv6"
    } else {
        return;
    };
    // Absent is not `none`: the line is then written without a name.
    let acl = entry.text("acl_match");
    if acl != "none" {
        line!(out, " match {command} address {acl}");
    }
    if list != "none" {
        line!(out, " match {command} address prefix-list {list}");
    }
}

fn next_hop(out: &mut Lines, catalog: &Catalog, entry: Entry<'_>) {
    let peer = entry.text("nexthop_peer");
    let listed = catalog.next_hops.has(peer);
    match entry.text("nexthop_action") {
        "match-peer" if listed && (peer == "local" || judge::is_ip(peer)) => line!(out, " match peer {peer}"),
        "match-acl" => {
            let list = entry.text("nexthop_acl");
            if catalog.access_lists.chosen(list) {
                line!(out, " match ip next-hop {list}");
            }
        }
        "match-pl" => {
            let list = entry.text("nexthop_pl");
            if catalog.prefix_lists.chosen(list) {
                line!(out, " match ip next-hop prefix-list {list}");
            }
        }
        "set" if listed && (matches!(peer, "peer-address" | "unchanged") || judge::is_ip(peer)) => {
            line!(out, " set ip next-hop {peer}");
        }
        _ => {}
    }
}

fn metrics(out: &mut Lines, entry: Entry<'_>) {
    let metric = entry.text("metric_value");
    match entry.text("metric_action") {
        "match" if judge::is_ulong(metric, 0) => line!(out, " match metric {metric}"),
        action @ ("set" | "settype1" | "settype2") if !metric.is_empty() => {
            line!(out, " set metric {metric}");
            if let Some(kind) = action.strip_prefix("settype") {
                line!(out, " set metric-type type-{kind}");
            }
        }
        _ => {}
    }
    if let Some(weight) = entry.ulong("weight", 0) {
        line!(out, " set weight {weight}");
    }
    if let (Some(preference), action @ ("match" | "set")) =
        (entry.ulong("localpref_value", 0), entry.text("localpref_action"))
    {
        line!(out, " {action} local-preference {preference}");
    }
}

fn as_path(out: &mut Lines, catalog: &Catalog, entry: Entry<'_>) {
    let numbers = entry.text("aspath_value");
    match entry.text("aspath_action") {
        "match" => {
            let list = entry.text("aspath_match");
            // The word `none` is in the list, too.
            if catalog.as_paths.has(list) {
                line!(out, " match as-path {list}");
            }
        }
        // The package's check of the numbers leaves the wrong loop, so it has no effect.
        "setexclude" => line!(out, " set as-path exclude {numbers}"),
        "setprepend" => line!(out, " set as-path prepend {numbers}"),
        "setprependlast" if judge::in_range(numbers, 1, 10) => {
            line!(out, " set as-path prepend last-as {numbers}");
        }
        _ => {}
    }
}

fn community(out: &mut Lines, catalog: &Catalog, entry: Entry<'_>) {
    match entry.text("community_action") {
        action @ ("match" | "matchexact") => {
            let list = entry.text("community_match");
            if catalog.communities.has(list) {
                let exact = if action == "matchexact" { " exact-match" } else { "" };
                line!(out, " match community {list}{exact}");
            }
        }
        "set" => {
            let communities = entry.text("community_set");
            if judge::is_community_list(communities) {
                put!(out, " set community {communities} ");
                if entry.on("community_additive") {
                    put!(out, " additive");
                }
                out.end();
            }
        }
        _ => {}
    }
}

fn marks(out: &mut Lines, entry: Entry<'_>) {
    if let origin @ ("egp" | "igp" | "incomplete") = entry.text("origin_value") {
        line!(out, " set origin {origin}");
    }
    if let protocol @ ("bgp" | "ospf" | "ospf6" | "connected" | "kernel" | "static" | "system" | "rip"
    | "ripng" | "isis") = entry.text("source_proto")
    {
        line!(out, " match source-protocol {protocol}");
    }
    if let (Some(tag), action @ ("match" | "set")) = (entry.ulong("tag_value", 1), entry.text("tag_action")) {
        line!(out, " {action} tag {tag}");
    }
    if let Some(state) = entry.chosen("rpki_state") {
        line!(out, " match rpki {state}");
    }
}
