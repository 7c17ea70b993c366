//! The way back: clients beside the nodes, and pairs of firewalls that both take traffic.

use std::collections::BTreeSet;

use super::firewall::is_announced;
use super::view::{Pfsense, Router, View};
use super::{info, warning};
use crate::declaration::types::SubnetRole;
use crate::finding::Finding;
use crate::pfsense::firewall::{Flow, Interface, Protocol, Rules, Span, Use};

pub(super) fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for router in &view.routers {
        if let Some(pfsense) = &router.pfsense {
            beside(view, router, pfsense, findings);
        }
    }
    pairs(view, findings);
}

/// Interfaces that nodes of a router's sessions are behind.
fn node_interfaces<'i>(
    view: &View<'_>,
    router: &Router<'_>,
    pfsense: &'i Pfsense<'_>,
) -> Vec<&'i Interface<'i>> {
    let mut seen = BTreeSet::new();
    let mut interfaces = Vec::new();
    for session in view.sessions(router) {
        let Some(interface) = pfsense.interfaces.towards(session.node_address) else { continue };
        if interface.net_of(session.node_address).is_some() && seen.insert(interface.name) {
            interfaces.push(interface);
        }
    }
    interfaces
}

/// A client in the nodes' network asks through the firewall and is answered past it.
fn beside(view: &View<'_>, router: &Router<'_>, pfsense: &Pfsense<'_>, findings: &mut Vec<Finding>) {
    let announced: Vec<_> =
        view.intent.pools.iter().filter(|pool| is_announced(view, pool, router)).collect();
    let Some(pool) = announced.first() else { return };
    let rules = Rules::new(pfsense.config, &pfsense.interfaces);
    for interface in node_interfaces(view, router, pfsense) {
        for (_, net) in &interface.addresses {
            let Some(range) = pool.ranges.iter().find(|r| r.first().is_ipv4() == net.addr().is_ipv4()) else {
                continue;
            };
            let flow = Flow {
                interface: interface.name,
                source: Span::net(*net),
                destination: Span { first: range.first(), last: range.last() },
                protocol: Protocol::Tcp,
                port: None,
            };
            if rules.decide(&flow).loose || pfsense.config.path("filter/bypassstaticroutes").is_some() {
                continue;
            }
            let declared = view.intent.subnets.iter().find(|subnet| {
                let theirs = subnet.net.value;
                subnet.role == Some(SubnetRole::Clients) && (net.contains(&theirs) || theirs.contains(net))
            });
            let told = |what: &str| {
                format!(
                    "{}: {what} share {} with the nodes, whose answers do not come back through the firewall",
                    router.path, interface.title
                )
            };
            let hint = format!(
                "give the nodes a network of their own, or let rules on {} pass traffic to the pools with sloppy states",
                interface.title
            );
            if let Some(subnet) = declared {
                findings.push(
                    warning("clients-beside-nodes", told(&format!("the clients of {}", subnet.name.value)))
                        .at(subnet.name.place)
                        .on(router.object())
                        .hint(hint),
                );
                continue;
            }
            let dhcp = pfsense.occupied.iter().any(|used| {
                used.usage == Use::DhcpRange
                    && used.interface == interface.name
                    && Span::net(*net).covers(&used.span)
            });
            if dhcp {
                findings.push(
                    info("clients-beside-nodes", told("machines that get their address by DHCP"))
                        .at(router.place())
                        .on(router.object())
                        .hint(hint),
                );
            }
        }
    }
}

/// Both firewalls of a pair have the routes, and each knows the connections that it has seen.
fn pairs(view: &View<'_>, findings: &mut Vec<Finding>) {
    for (index, peer) in view.intent.peers.iter().enumerate() {
        let members: Vec<&Router<'_>> =
            view.routers.iter().filter(|router| router.peer_index == index).collect();
        if peer.members.len() < 2 || members.len() < 2 {
            continue;
        }
        let shared = members.iter().any(|router| {
            router.pfsense.as_ref().is_some_and(|p| p.interfaces.vips().iter().any(|vip| vip.mode == "carp"))
        });
        let unsynced: Vec<&str> = members
            .iter()
            .filter(|router| {
                router.pfsense.as_ref().is_some_and(|pfsense| {
                    let synced = pfsense.config.path("hasync/pfsyncenabled");
                    synced.and_then(crate::pfsense::Value::as_text).unwrap_or("") != "on"
                })
            })
            .map(|router| router.path)
            .collect();
        // Without any CARP address they may be two firewalls that have nothing else in common.
        if let Some(first) = unsynced.first() {
            let message = format!(
                "peer {}: {first} does not exchange states with its partner, and connections whose way back is the other firewall are cut",
                peer.name.value
            );
            let finding = if shared {
                warning("pair-without-state-sync", message)
                    .hint("tick Synchronize states under System > High Availability on both firewalls")
            } else {
                info("pair-without-state-sync", message)
            };
            findings.push(finding.at(peer.name.place).on(format!("peer {}", peer.name.value)));
        }
        // The nodes have one default gateway; with a shared address it is always the active firewall.
        for router in &members {
            let Some(pfsense) = &router.pfsense else { continue };
            for interface in node_interfaces(view, router, pfsense) {
                let has = pfsense
                    .interfaces
                    .vips()
                    .iter()
                    .any(|vip| vip.mode == "carp" && vip.interface == interface.name);
                if shared && !has {
                    let message = format!(
                        "{}: {} has no CARP address, so the nodes answer through one firewall whichever asked",
                        router.path, interface.title
                    );
                    findings.push(
                        warning("pair-without-shared-gateway", message)
                            .at(router.place())
                            .on(router.object())
                            .hint(
                                "add a CARP address on that interface and make it the nodes' default gateway",
                            ),
                    );
                }
            }
        }
    }
}
