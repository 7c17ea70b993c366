//! Several networks beside each other: what they may share, and what they must not.
//!
//! Two networks may lie in two places that use the same private addresses. So the same addresses are
//! an error only where both networks talk to one router; else a warning.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

use super::report::{Report, error, info, quoted, warning};
use super::routers;
use crate::finding::{self, Finding, Place};
use crate::intent::{AddressRange, Intent, Peer, RouterKind};

/// Compares networks that are declared together.
pub fn compare(networks: &[&Intent]) -> Vec<Finding> {
    let mut report = Report::new();
    let shared = shared_routers(networks, &mut report);
    pools(networks, &shared, &mut report);
    neighbors(networks, &mut report);
    let mut findings = report.into_findings();
    finding::sort(&mut findings);
    findings
}

/// Pairs of networks that talk to one router, by index, the lower first.
type Pairs = HashSet<(usize, usize)>;

fn shared_routers(networks: &[&Intent], report: &mut Report) -> Pairs {
    let mut first: HashMap<String, (usize, &Peer, Place)> = HashMap::new();
    let mut pairs = Pairs::new();
    for (index, network) in networks.iter().enumerate() {
        for peer in &network.peers {
            for access in routers::access(peer) {
                let Some((other_index, other, place)) = first.get(&access.key) else {
                    first.insert(access.key, (index, peer, access.place));
                    continue;
                };
                if *other_index == index {
                    continue;
                }
                pairs.insert((*other_index, index));
                let other_network = networks.get(*other_index).map_or("", |network| &network.name.value);
                report.push(shared_router(network, peer, other_network, other, &access, *place));
            }
        }
    }
    pairs
}

fn shared_router(
    network: &Intent,
    peer: &Peer,
    other_network: &str,
    other: &Peer,
    access: &routers::Access,
    other_place: Place,
) -> Finding {
    let who = format!("network {}, peer {}", quoted(&network.name), quoted(&peer.name));
    let whom = format!("peer {} of network {}", quoted(&other.name), quoted(other_network));
    if !peer.absent && !other.absent && peer.asn.value != other.asn.value {
        let (a, b) = (peer.asn.value, other.asn.value);
        return error(
            "router-asn-differs",
            format!("{who} is the same router as {whom}, with AS {a} here and {b} there"),
        )
        .at(peer.asn.place)
        .label(other.asn.place, "the other ASN")
        .hint("give the router one ASN: it runs one BGP process");
    }
    info("router-shared", format!("{who} is the same router as {whom}"))
        .at(access.place)
        .label(other_place, "the other one")
        .hint("keep the settings of the router itself equal in both")
}

/// A range of a pool and the network it belongs to.
#[derive(Clone, Copy)]
struct Entry<'a> {
    network: usize,
    pool: &'a str,
    range: AddressRange,
    place: Place,
}

fn pools(networks: &[&Intent], shared: &Pairs, report: &mut Report) {
    let mut entries: Vec<Entry<'_>> = Vec::new();
    for (network, intent) in networks.iter().enumerate() {
        for pool in &intent.pools {
            entries.extend(pool.ranges.iter().map(|range| Entry {
                network,
                pool: &pool.name.value,
                range: range.value,
                place: range.place,
            }));
        }
    }
    entries.sort_by_key(|entry| (entry.range, entry.place));
    // The two ranges of different networks that reach furthest so far.
    let mut furthest: [Option<Entry<'_>>; 2] = [None, None];
    for entry in &entries {
        let other = furthest
            .iter()
            .flatten()
            .find(|other| other.network != entry.network && other.range.overlaps(&entry.range));
        if let Some(other) = other {
            report.push(overlap(entry, other, networks, shared));
        }
        furthest = further(furthest, *entry);
    }
}

fn further<'a>(furthest: [Option<Entry<'a>>; 2], entry: Entry<'a>) -> [Option<Entry<'a>>; 2] {
    let beyond = |a: &Entry<'_>, b: &Entry<'_>| {
        (a.range.family(), a.range.last()) > (b.range.family(), b.range.last())
    };
    match furthest {
        [Some(best), second] if best.network == entry.network => {
            [Some(if beyond(&entry, &best) { entry } else { best }), second]
        }
        [Some(best), _] if beyond(&entry, &best) => [Some(entry), Some(best)],
        [Some(best), second] => {
            let second = second.filter(|second| !beyond(&entry, second)).unwrap_or(entry);
            [Some(best), Some(second)]
        }
        [None, _] => [Some(entry), None],
    }
}

fn overlap(entry: &Entry<'_>, other: &Entry<'_>, networks: &[&Intent], shared: &Pairs) -> Finding {
    let (first, second) = if other.place <= entry.place { (other, entry) } else { (entry, other) };
    let name = |entry: &Entry<'_>| networks.get(entry.network).map_or("", |network| network.name.as_str());
    let message = format!(
        "pool {} of network {}: {} overlaps {} of pool {} of network {}",
        quoted(second.pool),
        quoted(name(second)),
        second.range,
        first.range,
        quoted(first.pool),
        quoted(name(first))
    );
    let pair = (entry.network.min(other.network), entry.network.max(other.network));
    let finding = if shared.contains(&pair) {
        error("pool-overlap-networks", message)
    } else {
        warning("pool-overlap-networks", message)
    };
    finding
        .at(second.place)
        .label(first.place, "first here")
        .hint("give each cluster its own addresses: each hands them out without asking the other")
}

/// A router knows a neighbor by its address, so a node can belong to one network only.
fn neighbors(networks: &[&Intent], report: &mut Report) {
    let mut first: HashMap<(String, IpAddr), (usize, Place)> = HashMap::new();
    for (index, network) in networks.iter().enumerate() {
        let addresses: Vec<_> =
            network.nodes.iter().flat_map(|n| n.addresses.iter().map(move |a| (n, a))).collect();
        for peer in
            network.peers.iter().filter(|peer| !peer.absent && !matches!(peer.kind, RouterKind::Unmanaged(_)))
        {
            for access in routers::access(peer) {
                for (node, address) in &addresses {
                    let key = (access.key.clone(), address.value);
                    let Some((other, place)) = first.get(&key) else {
                        first.insert(key, (index, address.place));
                        continue;
                    };
                    if *other == index {
                        continue;
                    }
                    let other = networks.get(*other).map_or("", |network| network.name.as_str());
                    report.push(
                        error(
                            "neighbor-of-two-networks",
                            format!(
                                "node {} at {} is a neighbor of the same router in network {}",
                                quoted(&node.name),
                                address.value,
                                quoted(other)
                            ),
                        )
                        .at(address.place)
                        .label(*place, "first here")
                        .hint("declare the node in one network"),
                    );
                }
            }
        }
    }
}
