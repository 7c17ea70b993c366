//! Who announces what to whom: pools that nobody hears of, and selectors that select nobody.

use super::addresses::object;
use super::{info, warning};
use crate::compile::Target;
use crate::finding::{Finding, Place};
use crate::intent::{Advertisement, Family, NodeSelector, Pool, Topology};

pub(super) fn check(topology: &Topology<'_>, target: &Target, findings: &mut Vec<Finding>) {
    empty_selectors(topology, findings);
    for pool in &topology.intent().pools {
        if pool.advertisements.is_empty() && pool.l2.is_empty() {
            findings.push(
                warning("pool-unadvertised", format!("pool {} is announced to nobody", pool.name.value))
                    .at(pool.name.place)
                    .on(object(pool))
                    .hint("add `advertise: [{}]` for BGP or `l2: [{}]` for ARP: a pool alone only hands out addresses"),
            );
        }
        for advertisement in &pool.advertisements {
            never_meet(topology, pool, advertisement, findings);
            aggregated(topology, pool, advertisement, findings);
        }
        if target.backend.is_frr() {
            unheard_family(topology, pool, findings);
        }
    }
}

/// Whether all nodes that a selector could select are declared.
fn all_nodes_are_known(topology: &Topology<'_>) -> bool {
    let intent = topology.intent();
    intent.discover.is_none() && !intent.nodes.is_empty()
}

fn empty_selectors(topology: &Topology<'_>, findings: &mut Vec<Finding>) {
    if !all_nodes_are_known(topology) {
        return;
    }
    let mut check = |selector: &NodeSelector, what: String, place: Place| {
        if selector.is_everything() || !topology.select(selector).is_empty() {
            return;
        }
        findings.push(
            warning("selector-selects-nothing", format!("{what} selects no declared node"))
                .at(place)
                .on(what)
                .hint("compare `nodes` with the names and labels in spec.nodes"),
        );
    };
    let intent = topology.intent();
    for peer in intent.peers.iter().filter(|peer| !peer.absent) {
        check(&peer.nodes, format!("peer {}", peer.name.value), peer.name.place);
    }
    for pool in &intent.pools {
        for advertisement in &pool.advertisements {
            let what = format!("pool {}, advertise {}", pool.name.value, advertisement.name.value);
            check(&advertisement.nodes, what, advertisement.place);
        }
        for advertisement in &pool.l2 {
            let what = format!("pool {}, l2 {}", pool.name.value, advertisement.name.value);
            check(&advertisement.nodes, what, advertisement.place);
        }
    }
}

/// A peer that is told by name, and an advertisement, with no node in common.
fn never_meet(
    topology: &Topology<'_>,
    pool: &Pool,
    advertisement: &Advertisement,
    findings: &mut Vec<Finding>,
) {
    if advertisement.nodes.is_everything() || !all_nodes_are_known(topology) {
        return;
    }
    let announcing = topology.select(&advertisement.nodes);
    if announcing.is_empty() {
        // Said of the selector itself.
        return;
    }
    let told = topology.told(advertisement);
    let deaf: Vec<usize> = told
        .iter()
        .copied()
        .filter(|&peer| topology.nodes_of(peer).is_some_and(|n| !n.is_empty() && !n.meets(&announcing)))
        .collect();
    // Where all peers are told because none is named, it is enough that one of them hears it.
    if advertisement.peers.is_none() && deaf.len() < told.len() {
        return;
    }
    for peer in deaf.into_iter().filter_map(|peer| topology.intent().peers.get(peer)) {
        let message = format!(
            "pool {} to peer {}: no node is selected by both the peer and the advertisement",
            pool.name.value, peer.name.value
        );
        findings.push(
            warning("selectors-never-meet", message)
                .at(advertisement.place)
                .on(object(pool))
                .label(peer.name.place, "the peer")
                .hint("let both `nodes` select at least one node in common, or remove the peer here"),
        );
    }
}

/// With an aggregate every announcing node attracts the traffic of all services in the block.
fn aggregated(
    topology: &Topology<'_>,
    pool: &Pool,
    advertisement: &Advertisement,
    findings: &mut Vec<Finding>,
) {
    let one_node = all_nodes_are_known(topology) && topology.select(&advertisement.nodes).len() < 2;
    let length = [Family::Ipv4, Family::Ipv6]
        .into_iter()
        .filter(|family| pool.has(*family) && advertisement.length(*family) < family.bits())
        .map(|family| match family {
            Family::Ipv4 => &advertisement.aggregation_length,
            Family::Ipv6 => &advertisement.aggregation_length_v6,
        })
        .next();
    let Some(length) = length.filter(|_| !one_node) else { return };
    let message = format!(
        "pool {} is announced in blocks of /{}: a node with one service attracts the traffic of the whole block",
        pool.name.value, length.value
    );
    findings.push(
        info("aggregate-hides-local", message).at(length.place).on(object(pool)).hint(
            "keep services with `externalTrafficPolicy: Local` out of this pool: other nodes would drop their traffic",
        ),
    );
}

/// Routes of a family travel over sessions of that family only.
fn unheard_family(topology: &Topology<'_>, pool: &Pool, findings: &mut Vec<Finding>) {
    let peers = &topology.intent().peers;
    for family in [Family::Ipv4, Family::Ipv6].into_iter().filter(|family| pool.has(*family)) {
        let mut told = pool
            .advertisements
            .iter()
            .flat_map(|a| topology.told(a))
            .filter_map(|peer| peers.get(peer))
            .peekable();
        if told.peek().is_none() || told.any(|peer| peer.members.iter().any(|m| m.address(family).is_some()))
        {
            continue;
        }
        let Some(range) = pool.ranges.iter().find(|range| range.family() == family) else { continue };
        let message = format!(
            "pool {}: {} is announced to nobody, since no peer has an {family} address",
            pool.name.value, range.value
        );
        findings.push(
            warning("pool-family-unheard", message)
                .at(range.place)
                .on(object(pool))
                .hint(format!("add the router's {family} address to the peer's `addresses`")),
        );
    }
}
