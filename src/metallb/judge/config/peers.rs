//! Rules about single peers that hold for every backend.

use std::collections::{HashMap, HashSet};

use super::selectors::check;
use crate::metallb::address::parse_address;
use crate::metallb::duration::{self, Nanoseconds, SECOND};
use crate::metallb::judge::set::{Of, Report, Set, set};
use crate::metallb::kinds::{BASIC_AUTH, BgpPeerSpec, DynamicAsn};
use crate::metallb::version::Version;

type Peer<'a> = Of<'a, BgpPeerSpec>;

pub(super) fn judge(report: &mut Report<'_>, all: &Set<'_>) {
    let profiles: HashSet<&str> = all.bfd.iter().map(|item| item.object.metadata.name.as_str()).collect();
    for item in &all.peers {
        asns(report, item);
        addresses(report, item);
        timers(report, item);
        check(
            report,
            item,
            &item.object.spec.node_selectors,
            "/spec/nodeSelectors",
            "peer-dup-selector",
            "peer-bad-selector",
        );
        if report.is_webhook() {
            continue;
        }
        password(report, item, all);
        if let Some(name) = set(&item.object.spec.bfd_profile).filter(|name| !profiles.contains(name)) {
            let message = format!("there is no BFDProfile {name}");
            report.error(item, "peer-bfd-missing", "/spec/bfdProfile", message);
        }
    }
    duplicates(report, all);
}

fn asns(report: &mut Report<'_>, item: &Peer<'_>) {
    let spec = &item.object.spec;
    let peer_asn = spec.peer_asn.unwrap_or(0);
    let dynamic = spec.dynamic_asn.as_ref().filter(|dynamic| **dynamic != DynamicAsn::Other(String::new()));
    if spec.my_asn == 0 {
        report.error(item, "peer-no-my-asn", "/spec/myASN", "myASN is missing or 0".into());
    }
    match dynamic {
        None if peer_asn == 0 => {
            let message = "neither peerASN nor dynamicASN is set".into();
            report.error(item, "peer-no-peer-asn", "/spec/peerASN", message);
        }
        Some(_) if peer_asn != 0 => {
            let message = format!("peerASN {peer_asn} and dynamicASN are both set");
            report.error(item, "peer-both-asn", "/spec/dynamicASN", message);
        }
        _ => {}
    }
    if let Some(DynamicAsn::Other(word)) = dynamic {
        let message = format!("dynamicASN `{word}` is neither internal nor external");
        report.error(item, "peer-bad-dynamic-asn", "/spec/dynamicASN", message);
    }
    if peer_asn != 0 && peer_asn == spec.my_asn && spec.ebgp_multi_hop == Some(true) {
        let message = format!("ebgpMultiHop is set, but both ends are AS {peer_asn}");
        report.error(item, "peer-ibgp-multihop", "/spec/ebgpMultiHop", message);
    }
}

fn addresses(report: &mut Report<'_>, item: &Peer<'_>) {
    let spec = &item.object.spec;
    let (address, interface) = (set(&spec.peer_address), set(&spec.interface));
    match (address, interface) {
        (None, None) => {
            let message = if report.judge.version < Version::V0_15_0 {
                "peerAddress is not set"
            } else {
                "neither peerAddress nor interface is set"
            };
            report.error(item, "peer-no-address", "/spec/peerAddress", message.into());
        }
        (Some(address), Some(interface)) => {
            let message = format!("peerAddress {address} and interface {interface} are both set");
            report.error(item, "peer-address-and-interface", "/spec/interface", message);
        }
        _ => {}
    }
    for (field, text, rule) in [
        ("peerAddress", address, "peer-bad-address"),
        ("routerID", set(&spec.router_id), "peer-bad-router-id"),
        ("sourceAddress", set(&spec.source_address), "peer-bad-source"),
    ] {
        if let Some(text) = text.filter(|text| parse_address(text).is_none()) {
            let message = format!("{field} `{text}` is no IP address");
            report.error(item, rule, &format!("/spec/{field}"), message);
        }
    }
}

/// A timer of a peer, and whether it can be read at all.
pub(super) fn timer(text: &Option<String>) -> Option<Result<Nanoseconds, &str>> {
    text.as_deref().map(|text| duration::parse(text).ok_or(text))
}

fn timers(report: &mut Report<'_>, item: &Peer<'_>) {
    let spec = &item.object.spec;
    let mut readable = true;
    for (field, text) in [
        ("holdTime", &spec.hold_time),
        ("keepaliveTime", &spec.keepalive_time),
        ("connectTime", &spec.connect_time),
    ] {
        if let Some(Err(text)) = timer(text) {
            readable = false;
            // Nothing in the schema refuses it; the speaker then cannot even read the list of peers.
            let message = format!("{field} `{text}` is no duration such as 90s");
            report.error(item, "peer-bad-duration", &format!("/spec/{field}"), message);
        }
    }
    let read = |text: &Option<String>| timer(text).and_then(Result::ok);
    let (hold, keepalive) = (read(&spec.hold_time), read(&spec.keepalive_time));
    if !readable || hold.is_none() && keepalive.is_none() {
        return;
    }
    // The missing one of the two follows from the other; Go's sums wrap around.
    let hold_time = hold.unwrap_or_else(|| keepalive.unwrap_or(0).wrapping_mul(3));
    let keepalive_time = keepalive.unwrap_or(hold_time / 3);
    let whole_seconds = hold_time / SECOND;
    if whole_seconds != 0 && whole_seconds < 3 {
        let (field, message) = match &spec.hold_time {
            Some(text) => ("holdTime", format!("holdTime {text} is neither 0 nor at least 3s")),
            None => (
                "keepaliveTime",
                format!(
                    "keepaliveTime {} stands for a hold time of {}, which is neither 0 nor at least 3s",
                    spec.keepalive_time.as_deref().unwrap_or_default(),
                    duration::canonical(hold_time)
                ),
            ),
        };
        report.error(item, "peer-hold-time", &format!("/spec/{field}"), message);
    } else if keepalive_time > hold_time {
        let message = format!(
            "keepaliveTime {} is longer than holdTime {}",
            duration::canonical(keepalive_time),
            duration::canonical(hold_time)
        );
        report.error(item, "peer-keepalive-gt-hold", "/spec/keepaliveTime", message);
    }
}

fn password(report: &mut Report<'_>, item: &Peer<'_>, all: &Set<'_>) {
    let spec = &item.object.spec;
    let Some(name) = spec.password_secret.as_ref().and_then(|reference| set(&reference.name)) else { return };
    let pointer = "/spec/passwordSecret";
    if spec.password.as_ref().is_some_and(|password| !password.reveal().is_empty()) {
        report.error(item, "peer-two-passwords", pointer, "password and passwordSecret are both set".into());
    }
    let pointer = "/spec/passwordSecret/name";
    let Some(secret) = all.secrets.get(name) else {
        let message = format!("there is no Secret {name} in metallb's namespace");
        report.error(item, "peer-secret-missing", pointer, message);
        return;
    };
    let secret_type = secret.object.kind.as_deref().unwrap_or("Opaque");
    if secret_type != BASIC_AUTH {
        let message = format!("Secret {name} is of type {secret_type}, but must be of type {BASIC_AUTH}");
        report.error(item, "peer-secret-type", pointer, message);
    } else if !secret.object.data.contains_key("password") {
        let message = format!("Secret {name} has no key `password`");
        report.error(item, "peer-secret-key", pointer, message);
    }
}

/// Identical peers of one name. In a cluster names are unique; in a pile of files they need not be.
fn duplicates(report: &mut Report<'_>, all: &Set<'_>) {
    let mut by_name: HashMap<&str, Vec<&Peer<'_>>> = HashMap::new();
    for item in &all.peers {
        let earlier = by_name.entry(item.object.metadata.name.as_str()).or_default();
        // Of a name only the last one counts, as in the map that MetalLB keeps.
        if earlier
            .last()
            .is_some_and(|other| same(report.judge.version, &other.object.spec, &item.object.spec))
        {
            let message = "the same peer is there twice".into();
            report.error(item, "peer-duplicate-object", "/metadata/name", message);
        }
        earlier.push(item);
    }
}

/// Whether two peers are the same once read: durations and addresses by value.
fn same(version: Version, a: &BgpPeerSpec, b: &BgpPeerSpec) -> bool {
    let key = |spec: &BgpPeerSpec| {
        let address = |text: &Option<String>| set(text).and_then(parse_address);
        let mut spec = spec.clone();
        let hold = timer(&spec.hold_time).and_then(Result::ok);
        let keepalive = timer(&spec.keepalive_time).and_then(Result::ok);
        let timers = (
            hold.or(keepalive.map(|keepalive| keepalive.wrapping_mul(3))),
            keepalive.or(hold.map(|hold| hold / 3)),
            timer(&spec.connect_time).and_then(Result::ok),
        );
        let addresses =
            (address(&spec.peer_address), address(&spec.router_id), address(&spec.source_address));
        (spec.hold_time, spec.keepalive_time, spec.connect_time) = (None, None, None);
        (spec.peer_address, spec.router_id, spec.source_address) = (None, None, None);
        for flag in
            [&mut spec.enable_graceful_restart, &mut spec.ebgp_multi_hop, &mut spec.dual_stack_address_family]
        {
            *flag = flag.filter(|set| *set);
        }
        let carried = !(Version::V0_15_0..=Version::V0_15_2).contains(&version);
        spec.disable_mp = spec.disable_mp.filter(|set| *set && carried);
        for text in [&mut spec.interface, &mut spec.bfd_profile, &mut spec.vrf] {
            *text = text.take().filter(|text| !text.is_empty());
        }
        spec.peer_asn = spec.peer_asn.filter(|asn| *asn != 0);
        spec.local_asn = spec.local_asn.filter(|asn| *asn != 0);
        spec.rest.clear();
        (spec, timers, addresses)
    };
    key(a) == key(b)
}
