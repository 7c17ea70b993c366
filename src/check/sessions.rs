//! Timers, and routers that are some hops away.

use super::{info, warning};
use crate::compile::Target;
use crate::declaration::types::{MaxPrefixAction, SubnetRole};
use crate::finding::Finding;
use crate::intent::{Family, Intent, Peer, RouterKind, Topology};

pub(super) fn check(topology: &Topology<'_>, target: &Target, findings: &mut Vec<Finding>) {
    for (index, peer) in topology.intent().peers.iter().enumerate().filter(|(_, peer)| !peer.absent) {
        hold_zero(peer, findings);
        out_of_subnet(topology, index, peer, findings);
        slow_to_notice(peer, target, findings);
        behind_carp(peer, target, findings);
        prefix_limit(topology, index, peer, findings);
    }
    tight_bfd(topology, findings);
}

fn hold_zero(peer: &Peer, findings: &mut Vec<Finding>) {
    let Some(hold) = peer.hold_time.as_ref().filter(|hold| hold.is_zero()) else { return };
    let message = format!(
        "peer {}: holdTime 0s means no keepalives, and a lost peer is never noticed",
        peer.name.value
    );
    findings.push(
        warning("peer-hold-zero", message)
            .at(hold.place)
            .on(object(peer))
            .hint("remove holdTime for the default of 90s (native) or 180s (frr), or set 3s and more"),
    );
}

/// eBGP wants its neighbor on a connected network. Known for certain only where the file declares the
/// subnets of the nodes and all nodes of the session lie in them.
fn out_of_subnet(topology: &Topology<'_>, index: usize, peer: &Peer, findings: &mut Vec<Finding>) {
    if peer.multihop.as_ref().is_some_and(|multihop| multihop.value) {
        return;
    }
    let intent = topology.intent();
    let in_subnets = |address| node_subnets(intent).any(|net| net.contains(&address));
    let away = topology.sessions_of(index).iter().find(|session| {
        !session.is_ibgp() && in_subnets(session.node_address) && !in_subnets(session.router_address)
    });
    let Some(session) = away else { return };
    let router = peer.members.iter().flat_map(|m| &m.addresses).find(|a| a.value == session.router_address);
    let node = intent.nodes.get(session.node).map_or("", |node| &node.name.value);
    let message = format!(
        "peer {}: {} is on no subnet of the nodes, and eBGP from node {node} wants it one hop away",
        peer.name.value, session.router_address
    );
    findings.push(
        warning("peer-needs-multihop", message)
            .at(router.map_or(peer.name.place, |address| address.place))
            .on(object(peer))
            .hint(
                "set `multihop: true` on the peer, or declare the subnet that both are on with `role: nodes`",
            ),
    );
}

fn node_subnets(intent: &Intent) -> impl Iterator<Item = ipnet::IpNet> + '_ {
    intent
        .subnets
        .iter()
        .filter(|subnet| subnet.role == Some(SubnetRole::Nodes))
        .map(|subnet| subnet.net.value)
}

/// Without BFD a dead node attracts traffic until the hold time is over.
fn slow_to_notice(peer: &Peer, target: &Target, findings: &mut Vec<Finding>) {
    if peer.hold_time.is_some() || (peer.bfd.is_some() && target.backend.is_frr()) {
        return;
    }
    let seconds = if target.backend.is_frr() { 180 } else { 90 };
    let message = format!("peer {}: a dead node or router is noticed after {seconds} s", peer.name.value);
    findings.push(
        info("hold-time-default", message)
            .at(peer.name.place)
            .on(object(peer))
            .hint("set holdTime, for example 30s; the router takes the lower value of both"),
    );
}

/// A native speaker never enforces its hold timer, and the other firewall knows nothing of its connection.
fn behind_carp(peer: &Peer, target: &Target, findings: &mut Vec<Finding>) {
    let RouterKind::Pfsense { carp: Some(carp), .. } = &peer.kind else { return };
    if target.backend.is_frr() {
        return;
    }
    let message = format!(
        "peer {}: native speakers do not notice when {} moves to the other firewall, for up to 15 minutes",
        peer.name.value, carp.value
    );
    findings.push(
        warning("native-behind-carp", message)
            .at(carp.place)
            .on(object(peer))
            .hint("let both firewalls run BGP (no `carp`), or use the frr or frr-k8s backend"),
    );
}

/// More routes than the limit close the session, and with it every service.
fn prefix_limit(topology: &Topology<'_>, index: usize, peer: &Peer, findings: &mut Vec<Finding>) {
    let Some(limit) = peer.max_prefixes.as_ref().filter(|limit| limit.action != MaxPrefixAction::Warn) else {
        return;
    };
    for family in [Family::Ipv4, Family::Ipv6] {
        let possible = possible_routes(topology, index, family);
        if possible <= u128::from(limit.limit) {
            continue;
        }
        let message = format!(
            "peer {}: the prefix limit of {} is below the {possible} {family} routes that the pools can give",
            peer.name.value, limit.limit
        );
        findings.push(
            warning("prefix-limit-low", message)
                .at(limit.place)
                .on(object(peer))
                .hint("raise the limit or let it only warn: a session above it is closed, with all services"),
        );
    }
}

/// How many routes of a family one node can announce to a peer, if every address is in use.
pub(super) fn possible_routes(topology: &Topology<'_>, peer: usize, family: Family) -> u128 {
    let mut sum: u128 = 0;
    for pool in &topology.intent().pools {
        let mut lengths: Vec<u8> = pool
            .advertisements
            .iter()
            .filter(|a| topology.announced(pool, a).iter().any(|s| s.peer == peer && s.family == family))
            .map(|a| a.length(family))
            .collect();
        lengths.sort_unstable();
        lengths.dedup();
        let blocks = pool.ranges.iter().filter(|range| range.family() == family).flat_map(|r| r.cidrs());
        for block in blocks {
            for length in &lengths {
                let bits = u32::from(length.saturating_sub(block.prefix_len()));
                sum = sum.saturating_add(1_u128.checked_shl(bits).unwrap_or(u128::MAX));
            }
        }
    }
    sum
}

/// Software BFD misses packets of a busy node.
fn tight_bfd(topology: &Topology<'_>, findings: &mut Vec<Finding>) {
    for (name, profile) in &topology.intent().bfd_profiles {
        let interval = profile.receive_interval.unwrap_or(BFD_INTERVAL);
        let interval = interval.max(profile.transmit_interval.unwrap_or(BFD_INTERVAL));
        let multiplier = profile.detect_multiplier.unwrap_or(BFD_MULTIPLIER);
        let detection = interval.saturating_mul(multiplier);
        if detection >= BFD_STEADY {
            continue;
        }
        let message =
            format!("bfd profile {name}: {multiplier} × {interval} ms is {detection} ms without a packet");
        let finding = if detection < BFD_TIGHT {
            warning("bfd-timers-tight", message)
                .hint("allow 900 ms and more: sessions flap when a node is busy")
        } else {
            info("bfd-timers-tight", message)
        };
        findings.push(finding.at(profile.place).on(format!("bfd profile {name}")));
    }
}

/// FRR's defaults.
const BFD_INTERVAL: u32 = 300;
/// Likewise.
const BFD_MULTIPLIER: u32 = 3;
/// Milliseconds of detection time that users report as steady.
const BFD_STEADY: u32 = 900;
/// Below this, users report flaps under load.
const BFD_TIGHT: u32 = 500;

/// The peer as findings name it.
pub(super) fn object(peer: &Peer) -> String {
    format!("peer {}", peer.name.value)
}
