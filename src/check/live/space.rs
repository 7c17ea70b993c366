//! Pools, nodes and routers against every address in use that the routers and the cluster tell.

use std::net::IpAddr;

use ipnet::IpNet;

use super::view::{Router, View};
use super::{error, info, warning};
use crate::check::addresses::object;
use crate::compile::facts::parse_mark;
use crate::finding::Finding;
use crate::intent::{AddressRange, Family, Pool, Sited};
use crate::pfsense::firewall::{Occupied, Span, Truth, Use};

pub(super) fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for pool in &view.intent.pools {
        for range in &pool.ranges {
            for router in &view.routers {
                beside_what_is_used(pool, range, router, findings);
                other_networks(view, pool, range, router, findings);
            }
            in_pod_networks(view, pool, range, findings);
        }
    }
    for router in &view.routers {
        own_addresses(router, findings);
        node_addresses(view, router, findings);
    }
}

fn span(range: &AddressRange) -> Span {
    Span { first: range.first(), last: range.last() }
}

fn beside_what_is_used(
    pool: &Pool,
    range: &Sited<AddressRange>,
    router: &Router<'_>,
    findings: &mut Vec<Finding>,
) {
    let Some(pfsense) = &router.pfsense else { return };
    let wanted = span(&range.value);
    let name = &pool.name.value;
    for used in pfsense.occupied.iter().filter(|used| used.span.overlaps(&wanted)) {
        let inside = wanted.covers(&used.span);
        let what = format!("{} has {} as {}", router.path, used.span, used.by);
        let clash = format!("pool {name}: {} is not free, {what}", range.value);
        let finding = match used.usage {
            Use::Own | Use::Gateway => error("pool-holds-router-address", clash)
                .hint("take that address out of the pool: services would be given it"),
            Use::Virtual => error("pool-holds-virtual-address", clash)
                .hint("take that address out of the pool, or remove the virtual address"),
            Use::Connected if pool.l2.is_empty() && !pool.advertisements.is_empty() => warning(
                "pool-on-interface",
                format!(
                    "pool {name}: {} lies in {}, whose hosts will look for it by ARP and find nobody",
                    range.value, used.by
                ),
            )
            .hint("use a separate range, which hosts reach through the router"),
            Use::Connected => continue,
            Use::DhcpRange => warning("pool-in-dhcp-range", clash)
                .hint("shrink the DHCP range or the pool: both would give out the same address"),
            Use::Reservation => warning("pool-holds-reservation", clash)
                .hint("take the reserved address out of the pool, or remove the reservation"),
            Use::Route if inside => warning(
                "pool-on-static-route",
                format!("pool {name}: {} is routed elsewhere, {what}", range.value),
            )
            .hint("remove the static route: it wins against a route of the same length from the nodes"),
            Use::Route => info(
                "pool-inside-static-route",
                format!(
                    "pool {name}: traffic to unused addresses of {} leaves over {} of {}",
                    range.value, used.by, router.path
                ),
            ),
            Use::Tunnel => warning("pool-in-tunnel-network", clash)
                .hint("choose another range for the pool or for the tunnel"),
            Use::Remote if inside || used.span == wanted => {
                warning("pool-in-remote-network", clash).hint("choose another range for the pool")
            }
            Use::Policy if used.span.first != used.span.last && is_everything(&used.span) => continue,
            Use::Policy => warning("pool-in-remote-network", clash)
                .hint("narrow the tunnel's remote network: IPsec takes that traffic before any route does"),
            Use::Translation => warning("pool-used-by-nat", clash)
                .hint("let NAT use other addresses: it answers for these itself"),
            Use::NullRoute | Use::Remote | Use::Target => continue,
        };
        findings.push(finding.at(range.place).on(object(pool)).label(router.place(), "the router"));
    }
}

/// A tunnel that takes all traffic is one that is meant for something else.
fn is_everything(span: &Span) -> bool {
    match (span.first, span.last) {
        (IpAddr::V4(first), IpAddr::V4(last)) => first.is_unspecified() && u32::from(last) == u32::MAX,
        (IpAddr::V6(first), IpAddr::V6(last)) => first.is_unspecified() && u128::from(last) == u128::MAX,
        _ => false,
    }
}

/// What other clusters announce to the same router, by the prefix lists that metalsense keeps there.
fn other_networks(
    view: &View<'_>,
    pool: &Pool,
    range: &Sited<AddressRange>,
    router: &Router<'_>,
    findings: &mut Vec<Finding>,
) {
    for ((_, name), list) in &router.running.prefix_lists {
        let mut parts = name.strip_prefix("metalsense.").unwrap_or_default().split('.');
        let (Some(network), Some(_), Some("in")) = (parts.next(), parts.next(), parts.next()) else {
            continue;
        };
        if network == view.intent.name.value {
            continue;
        }
        let theirs = list.rows.iter().filter(|row| row.permit).filter_map(|row| row.prefix);
        let Some(theirs) = theirs.map(AddressRange::of_net).find(|theirs| theirs.overlaps(&range.value))
        else {
            continue;
        };
        let message = format!(
            "pool {}: {} overlaps {theirs} of network {network} on {}, so traffic goes to either cluster",
            pool.name.value, range.value, router.path
        );
        findings.push(
            warning("pool-of-another-network", message)
                .at(range.place)
                .on(object(pool))
                .hint("give each cluster a range of its own"),
        );
    }
}

/// What the cluster itself says about the addresses of its pods and services.
fn in_pod_networks(view: &View<'_>, pool: &Pool, range: &Sited<AddressRange>, findings: &mut Vec<Finding>) {
    let Some(cluster) = &view.cluster else { return };
    let pods = cluster.nodes.iter().find_map(|node| {
        let single = node.spec.rest.get("podCIDR").and_then(|cidr| cidr.as_str());
        let mut cidrs = node.spec.pod_cidrs.iter().map(String::as_str).chain(single);
        let net = cidrs.find_map(|cidr| overlapping(cidr, &range.value))?;
        Some((net, format!("the pods of node {}", node.metadata.name)))
    });
    let services = cluster.others().filter(|(kind, _)| *kind == "ServiceCIDR").find_map(|(_, object)| {
        let cidrs = object.pointer("/spec/cidrs")?.as_array()?;
        let net = cidrs.iter().find_map(|cidr| overlapping(cidr.as_str()?, &range.value))?;
        Some((net, "the cluster's own services".to_owned()))
    });
    for (net, owner) in pods.into_iter().chain(services) {
        let message = format!("pool {}: {} overlaps {net} of {owner}", pool.name.value, range.value);
        findings.push(
            error("pool-in-cluster-network", message)
                .at(range.place)
                .on(object(pool))
                .hint("choose another range: such addresses never leave the nodes"),
        );
    }
}

fn overlapping(cidr: &str, range: &AddressRange) -> Option<IpNet> {
    let net: IpNet = cidr.parse().ok()?;
    AddressRange::of_net(net).overlaps(range).then_some(net)
}

/// The addresses that the nodes dial must be the router's.
fn own_addresses(router: &Router<'_>, findings: &mut Vec<Finding>) {
    let Some(pfsense) = &router.pfsense else { return };
    for address in &router.member.addresses {
        if pfsense.interfaces.owns(address.value) != Truth::No {
            continue;
        }
        let message = format!("{}: no enabled interface has the address {}", router.path, address.value);
        findings.push(
            error("peer-address-not-on-router", message)
                .at(address.place)
                .on(router.object())
                .hint("correct the address, or switch the interface on: nobody answers there"),
        );
    }
}

/// Nodes whose addresses the router gives to others, or has itself.
fn node_addresses(view: &View<'_>, router: &Router<'_>, findings: &mut Vec<Finding>) {
    let Some(pfsense) = &router.pfsense else { return };
    for node in &view.intent.nodes {
        for address in &node.addresses {
            let at =
                |usage: Use| move |used: &&Occupied| used.usage == usage && used.span.contains(address.value);
            let find = |usage: Use| pfsense.occupied.iter().find(at(usage));
            let name = &node.name.value;
            let reserved = find(Use::Reservation).is_some();
            if let Some(used) = find(Use::Own).or(find(Use::Virtual)).or(find(Use::Gateway)) {
                let message = format!("node {name}: {} is {} on {}", address.value, used.by, router.path);
                findings.push(
                    error("node-has-router-address", message)
                        .at(address.place)
                        .on(format!("node {name}"))
                        .hint("correct the address: two machines cannot have it"),
                );
            } else if let Some(used) = find(Use::DhcpRange).filter(|_| !reserved) {
                let message = format!(
                    "node {name}: {} lies in {} on {} and is not reserved",
                    address.value, used.by, router.path
                );
                findings.push(
                    warning("node-in-dhcp-range", message)
                        .at(address.place)
                        .on(format!("node {name}"))
                        .hint("reserve the address for the node, or take it out of the range: another machine may be given it"),
                );
            }
        }
    }
}

/// Whether a description carries the mark of a network.
pub(super) fn marked_by(description: &str) -> Option<&str> {
    parse_mark(description).map(|(network, _)| network)
}

/// The family of an address in FRR's words.
pub(super) fn afi(family: Family) -> crate::frr::running::Afi {
    match family {
        Family::Ipv4 => crate::frr::running::Afi::Ipv4,
        Family::Ipv6 => crate::frr::running::Afi::Ipv6,
    }
}
