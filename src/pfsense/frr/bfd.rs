//! The BFD block: profiles, then peers.

use super::entry::Entry;
use super::firewall::Firewall;
use super::judge;
use super::lines::{Lines, line, put};
use super::sections::Sections;

/// Intervals are milliseconds.
const TIMERS: [(&str, &str, u64, u64); 4] = [
    ("detectmultiplier", "detect-multiplier", 2, 255),
    ("receiveinterval", "receive-interval", 10, 60000),
    ("transmitinterval", "transmit-interval", 10, 60000),
    ("echointerval", "echo-interval", 10, 60000),
];

/// The whole block.
pub(super) fn block(sections: Sections<'_>, firewall: &Firewall<'_>) -> Lines {
    let mut out = Lines::default();
    line!(out, "bfd");
    for entry in sections.entries("frrbfdprofiles").iter().map(Entry) {
        profile(&mut out, entry);
    }
    for entry in sections.entries("frrbfdpeers").iter().map(Entry) {
        peer(&mut out, firewall, entry);
    }
    out
}

fn profile(out: &mut Lines, entry: Entry<'_>) {
    line!(out, " profile {}", entry.text("name"));
    timers(out, entry);
    if entry.on("passive") {
        line!(out, "  passive-mode");
    }
    state(out, entry);
    if let Some(ttl) = entry.number("minimumttl", 1, 254) {
        line!(out, "  minimum-ttl {ttl}");
    }
    line!(out, " !");
}

/// A peer whose source is nobody's address or interface is left out.
fn peer(out: &mut Lines, firewall: &Firewall<'_>, entry: Entry<'_>) {
    let peer = entry.text("peer");
    if !judge::is_ip(peer) {
        return;
    }
    let named = entry.text("interface") != "default";
    let local = entry.filled("local_address").filter(|_| named);
    if local.is_some_and(|address| !firewall.owns(address)) {
        return;
    }
    let device = match entry.filled("interface").filter(|_| named) {
        Some(interface) => match firewall.device(interface) {
            Some(device) => Some(device),
            None => return,
        },
        None => None,
    };
    put!(out, " peer {peer}");
    if entry.on("multihop") {
        put!(out, " multihop");
    }
    if let Some(address) = local {
        put!(out, " local-address {address}");
    }
    if let Some(device) = device {
        put!(out, " interface {device}");
    }
    out.end();
    if let Some(profile) = entry.chosen("profile") {
        line!(out, "  profile {profile}");
    } else {
        timers(out, entry);
        state(out, entry);
    }
    line!(out, " !");
}

fn timers(out: &mut Lines, entry: Entry<'_>) {
    for (field, words, min, max) in TIMERS {
        if let Some(value) = entry.number(field, min, max) {
            line!(out, "  {words} {value}");
        }
    }
}

fn state(out: &mut Lines, entry: Entry<'_>) {
    let no = if entry.on("shutdown") { "" } else { "no " };
    line!(out, "  {no}shutdown");
    if entry.on("echomode") {
        line!(out, "  echo-mode");
    }
}
