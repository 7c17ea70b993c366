//! RIP: interface lines, the router block, and key chains among the lists.

use super::entry::{Entry, first_bytes};
use super::firewall::Firewall;
use super::interfaces::{Block, Interfaces, Protocol};
use super::lines::{Lines, line, put};
use super::ospf;
use super::php;
use super::sections::Sections;

/// FRR takes so many characters of a password.
const PASSWORD: usize = 16;

/// The router block; interface lines go to `interfaces`, key chains to the end of the lists.
pub(super) fn block(
    sections: Sections<'_>,
    firewall: &Firewall<'_>,
    interfaces: &mut Interfaces,
    lists: &mut Lines,
    rip: Entry<'_>,
) -> Lines {
    let mut out = Lines::default();
    line!(out, "router rip");
    for (field, source) in [
        ("redistributeconnectedsubnets", "connected"),
        ("redistributekernel", "kernel"),
        ("redistributebgp", "bgp"),
        ("redistributeospf", "ospf"),
        ("redistributestatic", "static"),
    ] {
        ospf::redistribution(&mut out, rip, field, source);
    }
    if rip.on("redistributedefaultroute") {
        line!(out, " default-information originate");
    }
    if let Some(version) = rip.filled("ripversion") {
        line!(out, " version {version}");
    }
    for entry in sections.entries("frrripdinterfaces").iter().map(Entry) {
        let Some(device) = firewall.device(entry.text("interface")) else { continue };
        interface(interfaces.block(&device), lists, entry);
        if entry.on("passive") {
            line!(out, " passive-interface {device}");
        }
    }
    for direction in ["in", "out"] {
        let metric = rip.text(&format!("{direction}metricvalue"));
        if let Some(list) = rip.chosen(&format!("{direction}offsetlist")).filter(|_| php::is_numeric(metric))
        {
            line!(out, " offset-list {list} {direction} {metric}");
        }
    }
    for network in rip.rows().filter_map(|row| row.filled("routevalue")) {
        line!(out, " network {network}");
    }
    for neighbor in sections.entries("frrripdneighbors").iter().map(Entry) {
        line!(out, " neighbor {}", neighbor.text("neighbor"));
    }
    out
}

fn interface(block: &mut Block, lists: &mut Lines, entry: Entry<'_>) {
    block.describe(Protocol::Rip, entry.filled("descr"));
    let out = &mut block.lines;
    match entry.text("splithorizon") {
        "splithorizon" => line!(out, " ip rip split-horizon"),
        "reversepoison" => line!(out, " ip rip split-horizon poisoned-reverse"),
        _ => {}
    }
    if entry.on("sendbroadcast") {
        line!(out, " ip rip v2-broadcast");
    }
    for direction in ["send", "receive"] {
        if let Some(version) = entry.filled(&format!("{direction}version")) {
            line!(out, " ip rip {direction} version {version}");
        }
    }
    let Some(password) = entry.filled("password") else { return };
    match entry.text("authtype") {
        "digest" => {
            let chain = format!("RIP_{}", entry.text("interface"));
            line!(out, " ip rip authentication mode md5");
            line!(out, " ip rip authentication key-chain {chain}");
            // The separator stands before the chain, because the lists have lost their last one.
            line!(lists, "!\nkey chain {chain}\n key 1\n  key-string {password}");
        }
        "simple" => {
            line!(out, " ip rip authentication mode text");
            put!(out, " ip rip authentication string ");
            out.bytes(first_bytes(password, PASSWORD));
            out.end();
        }
        _ => {}
    }
}
