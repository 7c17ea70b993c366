//! Timers, and routers that are some hops away.

use super::warning;
use crate::declaration::types::SubnetRole;
use crate::finding::Finding;
use crate::intent::{Intent, Peer, Topology};

pub(super) fn check(topology: &Topology<'_>, findings: &mut Vec<Finding>) {
    for (index, peer) in topology.intent().peers.iter().enumerate().filter(|(_, peer)| !peer.absent) {
        hold_zero(peer, findings);
        out_of_subnet(topology, index, peer, findings);
    }
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

/// The peer as findings name it.
pub(super) fn object(peer: &Peer) -> String {
    format!("peer {}", peer.name.value)
}
