//! What only shows when all parts are put together: sessions, router IDs, and derived names.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};

use super::report::{Report, error, info, quoted, warning};
use super::scope::Scope;
use crate::finding::Place;
use crate::intent::naming::{self, MAX_OBJECT_NAME};
use crate::intent::{Asn, Family, Intent, NodeSet, Pool, Topology};

/// Pairs of advertisements that are compared for conflicting preferences. A pool with more entries
/// than that is judged by MetalLB's own rules after compiling.
const PAIRS: usize = 100_000;

pub(super) fn check(topology: &Topology<'_>, scope: &mut Scope<'_>) {
    nodes_reach_peers(topology, &mut scope.report);
    ibgp_multihop(topology, &mut scope.report);
    router_ids(topology, &mut scope.report);
    derived_names(topology, &mut scope.report);
    let mut pairs_left = PAIRS;
    for pool in &topology.intent().pools {
        local_pref_conflicts(topology, pool, &mut pairs_left, &mut scope.report);
    }
}

/// Says what an empty network leaves undone.
pub(super) fn emptiness(intent: &Intent, spec: &crate::declaration::types::Spec, report: &mut Report) {
    let place = intent.name.place;
    if spec.peers.is_empty() {
        report.push(
            info("no-peers", "the network has no peers: nothing is announced and no router is touched")
                .at(place)
                .hint("declare the routers in spec.peers"),
        );
    }
    if spec.pools.is_empty() {
        report.push(
            info("no-pools", "the network has no pools: services get no addresses")
                .at(place)
                .hint("declare addresses in spec.pools"),
        );
    }
    if spec.nodes.is_empty() && spec.discover.is_none() && spec.peers.iter().any(|peer| !peer.absent) {
        report.push(
            warning("no-nodes", "the network has peers and no nodes: the routers get no neighbors")
                .at(place)
                .hint("declare the nodes in spec.nodes, or set spec.discover"),
        );
    }
}

fn nodes_reach_peers(topology: &Topology<'_>, report: &mut Report) {
    let intent = topology.intent();
    for (index, peer) in intent.peers.iter().enumerate().filter(|(_, peer)| !peer.absent) {
        let Some(selected) = topology.nodes_of(index) else { continue };
        let families: Vec<Family> = [Family::Ipv4, Family::Ipv6]
            .into_iter()
            .filter(|family| peer.members.iter().any(|member| member.address(*family).is_some()))
            .collect();
        for node in selected.iter().filter_map(|node| intent.nodes.get(node)) {
            let missing: Vec<Family> =
                families.iter().copied().filter(|family| node.address(*family).is_none()).collect();
            let Some(family) = missing.first() else { continue };
            let (node_name, peer_name) = (quoted(&node.name), quoted(&peer.name));
            let reach = |family: Family| {
                peer.members.iter().find_map(|member| member.address(family)).map(|a| (a.value, a.place))
            };
            let Some((router, router_place)) = reach(*family) else { continue };
            let finding = if missing.len() == families.len() {
                let message =
                    format!("node {node_name} has no {family} address to reach peer {peer_name} at {router}");
                error("node-out-of-reach", message).hint(format!(
                    "add the node's {family} address, or leave the node out in the peer's `nodes`"
                ))
            } else {
                let message = format!(
                    "node {node_name} has no {family} address: it has no {family} session with peer {peer_name}"
                );
                warning("node-without-family", message)
                    .hint(format!("add the node's {family} address to `addresses`"))
            };
            report.push(finding.at(node.name.place).label(router_place, format!("{router} of the peer")));
        }
    }
}

fn ibgp_multihop(topology: &Topology<'_>, report: &mut Report) {
    let intent = topology.intent();
    for (index, peer) in intent.peers.iter().enumerate() {
        let Some(multihop) = peer.multihop.as_ref().filter(|multihop| multihop.value) else { continue };
        if topology.sessions_of(index).iter().any(|session| session.is_ibgp()) {
            let message = format!(
                "peer {}: multihop is for eBGP, and both ends are AS {}",
                quoted(&peer.name),
                peer.asn.value
            );
            report.push(
                error("peer-ibgp-multihop", message)
                    .at(multihop.place)
                    .label(peer.asn.place, "the same ASN as the nodes'")
                    .hint("remove `multihop`: iBGP crosses routers anyway, and MetalLB refuses the pair"),
            );
        }
    }
}

/// Who has a BGP identifier, and in which AS.
struct Holder {
    asn: Asn,
    what: String,
    place: Place,
    /// Taken from an address, and not declared.
    from_address: bool,
}

fn router_ids(topology: &Topology<'_>, report: &mut Report) {
    let intent = topology.intent();
    let mut holders: HashMap<Ipv4Addr, Holder> = HashMap::new();
    for node in &intent.nodes {
        // Speakers use their IPv4 address. A node without one makes an identifier up.
        let Some((IpAddr::V4(id), place)) = node.address(Family::Ipv4).map(|a| (a.value, a.place)) else {
            continue;
        };
        let what = format!("node {}", quoted(&node.name));
        holders.entry(id).or_insert(Holder { asn: node.asn.value, what, place, from_address: true });
    }
    for peer in intent.peers.iter().filter(|peer| !peer.absent) {
        // Only one member behind a CARP address speaks at a time.
        let boxes = if peer.shares_address() { 1 } else { peer.members.len() };
        for member in peer.members.iter().take(boxes) {
            let id = &member.router_id;
            let what = match &member.name {
                Some(name) => format!("peer {}, member {}", quoted(&peer.name), quoted(name)),
                None => format!("peer {}", quoted(&peer.name)),
            };
            let from_address = member.addresses.iter().any(|address| address.place == id.place);
            let Some(other) = holders.get(&id.value) else {
                holders.insert(id.value, Holder { asn: peer.asn.value, what, place: id.place, from_address });
                continue;
            };
            // Then the addresses are equal, and that is reported.
            if from_address && other.from_address {
                continue;
            }
            let message = format!("{what}: router ID {} is that of {}", id.value, other.what);
            let finding = if other.asn == peer.asn.value {
                error("router-id-conflict", message)
            } else {
                warning("router-id-shared", message)
            };
            report.push(
                finding
                    .at(id.place)
                    .label(other.place, "the other one")
                    .hint("choose one that nobody else has; it need not be an address in use"),
            );
        }
    }
}

/// Names of BGPPeer objects must not collide, nor be too long with their suffixes.
fn derived_names(topology: &Topology<'_>, report: &mut Report) {
    let intent = topology.intent();
    let mut seen: HashMap<String, (usize, Place)> = HashMap::new();
    for object in naming::peer_objects(topology) {
        let Some(peer) = intent.peers.get(object.peer) else { continue };
        let place = peer.object_name.as_ref().map_or(peer.name.place, |name| name.place);
        if object.name.len() > MAX_OBJECT_NAME {
            let message = format!(
                "peer {}: its BGPPeer would have a name of {} characters, and {MAX_OBJECT_NAME} are allowed",
                quoted(&peer.name),
                object.name.len()
            );
            report.push(error("object-name-too-long", message).at(place).hint("choose a shorter objectName"));
        }
        match seen.get(&object.name) {
            // Equal names within a peer come from members of equal names, which is reported.
            Some((other, _)) if *other == object.peer => {}
            Some((other, first)) => {
                let other = intent.peers.get(*other).map_or("", |peer| &peer.name.value);
                let message = format!(
                    "peer {}: its BGPPeer would be called {}, as one of peer {}",
                    quoted(&peer.name),
                    quoted(&object.name),
                    quoted(other)
                );
                report.push(
                    error("object-name-collision", message)
                        .at(place)
                        .label(*first, "the other one")
                        .hint("rename one of the peers, or set its objectName"),
                );
            }
            None => {
                seen.insert(object.name, (object.peer, place));
            }
        }
    }
}

/// Two advertisements that give one route different local preferences: MetalLB then refuses all.
fn local_pref_conflicts(topology: &Topology<'_>, pool: &Pool, pairs_left: &mut usize, report: &mut Report) {
    if pool.advertisements.len() < 2 {
        return;
    }
    let nodes: Vec<NodeSet> = pool.advertisements.iter().map(|a| topology.select(&a.nodes)).collect();
    for (i, (later, later_nodes)) in pool.advertisements.iter().zip(&nodes).enumerate() {
        for (earlier, earlier_nodes) in pool.advertisements.iter().zip(&nodes).take(i) {
            let Some(left) = pairs_left.checked_sub(1) else { return };
            *pairs_left = left;
            let preference = |a: &crate::intent::Advertisement| a.local_pref.as_ref().map_or(0, |p| p.value);
            let (a, b) = (preference(earlier), preference(later));
            let apart = match (&earlier.peers, &later.peers) {
                (Some(a), Some(b)) => a.iter().all(|peer| !b.contains(peer)),
                _ => false,
            };
            let same_length = [Family::Ipv4, Family::Ipv6]
                .into_iter()
                .any(|family| pool.has(family) && earlier.length(family) == later.length(family));
            let common = if topology.intent().nodes.is_empty() {
                earlier.nodes.is_everything() && later.nodes.is_everything()
            } else {
                earlier_nodes.meets(later_nodes)
            };
            if a == b || apart || !same_length || !common {
                continue;
            }
            let message = format!(
                "pool {}: advertise {} sets localPref {b} and advertise {} sets {a} for the same routes",
                quoted(&pool.name),
                quoted(&later.name),
                quoted(&earlier.name)
            );
            let place = later.local_pref.as_ref().map_or(later.place, |preference| preference.place);
            let first = earlier.local_pref.as_ref().map_or(earlier.place, |preference| preference.place);
            report.push(
                error("adv-localpref-conflict", message)
                    .at(place)
                    .label(first, "the other one (absent counts as 0)")
                    .hint("set the same localPref, or tell different peers, nodes or aggregation lengths"),
            );
            break;
        }
    }
}
