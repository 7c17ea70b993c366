//! The address plan: pools against each other, and against everything that has addresses already.
//!
//! Ranges are sorted once; every question is then a search, so that a thousand pools cost little.

use std::net::IpAddr;

use super::report::{Report, error, quoted};
use crate::declaration::types::SubnetRole;
use crate::finding::Place;
use crate::intent::{AddressRange, Intent, Pool, RouterKind, Sited};

/// Reports every overlap that cannot be meant.
pub(super) fn check(intent: &Intent, report: &mut Report) {
    let mut entries: Vec<Entry<'_>> = intent
        .pools
        .iter()
        .flat_map(|pool| pool.ranges.iter().map(move |range| Entry { range, pool }))
        .collect();
    entries.sort_by_key(|entry| (entry.range.value, entry.range.place));
    pools_overlap(&entries, report);
    let hosts = hosts(intent);
    routers_on_nodes(intent, report);
    let subnets = [
        nets(&intent.cluster.pod_cidrs, "the pod network"),
        nets(&intent.cluster.service_cidrs, "the cluster's service network"),
        subnets(intent),
    ]
    .concat();
    let subnets = Intervals::new(subnets);
    for entry in &entries {
        holds_hosts(entry, &hosts, report);
        if let Some(taken) = subnets.overlapping(&entry.range.value) {
            let message = format!(
                "pool {}: {} overlaps {} {}",
                quoted(&entry.pool.name),
                entry.range.value,
                taken.what,
                taken.range
            );
            report.push(
                error("pool-overlaps-subnet", message)
                    .at(entry.range.place)
                    .label(taken.place, taken.what.clone())
                    .hint("take addresses that nothing else uses"),
            );
        }
    }
}

/// One entry of a pool.
struct Entry<'a> {
    range: &'a Sited<AddressRange>,
    pool: &'a Pool,
}

fn pools_overlap(sorted: &[Entry<'_>], report: &mut Report) {
    let mut reaching: Option<&Entry<'_>> = None;
    for entry in sorted {
        if let Some(earlier) = reaching
            && earlier.range.overlaps(entry.range)
        {
            // The one that stands later in the file is pointed at.
            let (first, second) =
                if earlier.range.place <= entry.range.place { (earlier, entry) } else { (entry, earlier) };
            let same = std::ptr::eq(first.pool, second.pool);
            let message = if same {
                format!(
                    "pool {}: {} overlaps its own {}",
                    quoted(&second.pool.name),
                    second.range.value,
                    first.range.value
                )
            } else {
                format!(
                    "pool {}: {} overlaps {} of pool {}",
                    quoted(&second.pool.name),
                    second.range.value,
                    first.range.value,
                    quoted(&first.pool.name)
                )
            };
            report.push(
                error("pool-overlap", message)
                    .at(second.range.place)
                    .label(first.range.place, "first here")
                    .hint("give each address to one entry of one pool: MetalLB refuses all pools otherwise"),
            );
        }
        let reaches_further = reaching.is_none_or(|earlier| {
            !earlier.range.value.overlaps(&entry.range.value) || entry.range.last() > earlier.range.last()
        });
        if reaches_further {
            reaching = Some(entry);
        }
    }
}

/// An address that a node or router has.
struct Host {
    address: IpAddr,
    what: String,
    place: Place,
}

fn hosts(intent: &Intent) -> Vec<Host> {
    let nodes = intent.nodes.iter().flat_map(|node| {
        node.addresses.iter().map(|address| Host {
            address: address.value,
            what: format!("node {}", quoted(&node.name)),
            place: address.place,
        })
    });
    let routers = intent.peers.iter().flat_map(|peer| {
        let carp = match &peer.kind {
            RouterKind::Pfsense { carp, .. } => carp.as_ref(),
            _ => None,
        };
        peer.members.iter().flat_map(|member| &member.addresses).chain(carp).map(|address| Host {
            address: address.value,
            what: format!("peer {}", quoted(&peer.name)),
            place: address.place,
        })
    });
    let mut all: Vec<Host> = nodes.chain(routers).collect();
    all.sort_by_key(|host| (host.address, host.place));
    all.dedup_by(|a, b| a.address == b.address && a.what == b.what);
    all
}

fn holds_hosts(entry: &Entry<'_>, sorted: &[Host], report: &mut Report) {
    let start = sorted.partition_point(|host| host.address < entry.range.first());
    let end = sorted.partition_point(|host| host.address <= entry.range.last());
    let Some(inside) = sorted.get(start..end).filter(|inside| !inside.is_empty()) else { return };
    let Some(first) = inside.first() else { return };
    let more = match inside.len() {
        1 => String::new(),
        count => format!(", and {} more addresses in use", count - 1),
    };
    let message = format!(
        "pool {}: {} holds {} of {}{more}",
        quoted(&entry.pool.name),
        entry.range.value,
        first.address,
        first.what
    );
    report.push(
        error("pool-holds-host", message)
            .at(entry.range.place)
            .label(first.place, first.what.clone())
            .hint("take it out: the host would lose its address to a service"),
    );
}

/// A node and a router at one address: FRR does not peer with its own host, and nothing else does.
fn routers_on_nodes(intent: &Intent, report: &mut Report) {
    let nodes: std::collections::HashMap<IpAddr, (&str, Place)> = intent
        .nodes
        .iter()
        .flat_map(|node| node.addresses.iter().map(|a| (a.value, (node.name.as_str(), a.place))))
        .collect();
    for peer in intent.peers.iter().filter(|peer| !peer.absent) {
        let mut reported = None;
        for address in peer.members.iter().flat_map(|member| &member.addresses) {
            let Some((node, place)) = nodes.get(&address.value) else { continue };
            if reported == Some(address.value) {
                continue;
            }
            reported = Some(address.value);
            let message = format!(
                "peer {} has {}, the address of node {}",
                quoted(&peer.name),
                address.value,
                quoted(node)
            );
            report.push(
                error("router-is-node", message)
                    .at(address.place)
                    .label(*place, "the node")
                    .hint("set the address of the router"),
            );
        }
    }
}

/// Address space in use.
#[derive(Clone)]
struct Taken {
    range: AddressRange,
    what: String,
    place: Place,
}

fn nets(list: &[Sited<ipnet::IpNet>], what: &str) -> Vec<Taken> {
    let taken = |net: &Sited<ipnet::IpNet>| Taken {
        range: AddressRange::of_net(net.value),
        what: what.to_owned(),
        place: net.place,
    };
    list.iter().map(taken).collect()
}

/// Subnets that no pool may touch whatever announces it. Nodes and clients may share theirs with an
/// L2 pool, so those are for the checks.
fn subnets(intent: &Intent) -> Vec<Taken> {
    let taken = |role: Option<SubnetRole>| match role {
        Some(SubnetRole::Dhcp) => Some("the DHCP range"),
        Some(SubnetRole::Reserved) => Some("the reserved subnet"),
        Some(SubnetRole::Remote) => Some("the remote subnet"),
        Some(SubnetRole::Nodes | SubnetRole::Clients) | None => None,
    };
    intent
        .subnets
        .iter()
        .filter_map(|subnet| {
            Some(Taken {
                range: AddressRange::of_net(subnet.net.value),
                what: format!("{} {},", taken(subnet.role)?, quoted(&subnet.name)),
                place: subnet.net.place,
            })
        })
        .collect()
}

/// Ranges that may overlap each other, searched for one that meets a given range.
pub(in crate::intent) struct Intervals<T> {
    /// By first address.
    sorted: Vec<T>,
    /// For each position the index of the range up to there that reaches furthest, in its family.
    furthest: Vec<usize>,
}

/// Something with a range.
pub(in crate::intent) trait Ranged {
    /// The range.
    fn range(&self) -> AddressRange;
}

impl Ranged for Taken {
    fn range(&self) -> AddressRange {
        self.range
    }
}

impl<T: Ranged> Intervals<T> {
    pub(in crate::intent) fn new(mut all: Vec<T>) -> Self {
        all.sort_by_key(Ranged::range);
        let mut furthest: Vec<usize> = Vec::with_capacity(all.len());
        for (i, item) in all.iter().enumerate() {
            let before = furthest.last().and_then(|&best| Some((best, all.get(best)?.range())));
            let best = match before {
                // Addresses are ordered IPv4 first, so the last of a family needs no family check.
                Some((best, range)) if range.last() >= item.range().last() => best,
                _ => i,
            };
            furthest.push(best);
        }
        Intervals { sorted: all, furthest }
    }

    /// One that shares an address with the range.
    pub(in crate::intent) fn overlapping(&self, range: &AddressRange) -> Option<&T> {
        let behind = self.sorted.partition_point(|item| item.range().first() <= range.last());
        let best = *self.furthest.get(behind.checked_sub(1)?)?;
        self.sorted.get(best).filter(|item| item.range().overlaps(range))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Plain(AddressRange);

    impl Ranged for Plain {
        fn range(&self) -> AddressRange {
            self.0
        }
    }

    #[test]
    fn intervals_agree_with_looking_at_all() {
        let range = |a: u32, b: u32| {
            let ip = |n: u32| IpAddr::V4(n.into());
            AddressRange::new(ip(a), ip(b)).expect("ordered")
        };
        // A fixed walk over many shapes: nested, touching, apart.
        let mut seed = 7u32;
        let mut next = || {
            seed = seed.wrapping_mul(1_103_515_245).wrapping_add(12_345);
            (seed >> 16) % 60
        };
        for _ in 0..200 {
            let all: Vec<AddressRange> = (0..6)
                .map(|_| {
                    let a = next();
                    range(a, a + next() % 9)
                })
                .collect();
            let intervals = Intervals::new(all.iter().map(|r| Plain(*r)).collect());
            let asked = {
                let a = next();
                range(a, a + next() % 5)
            };
            assert_eq!(
                intervals.overlapping(&asked).is_some(),
                all.iter().any(|r| r.overlaps(&asked)),
                "{all:?} {asked}"
            );
        }
    }
}
