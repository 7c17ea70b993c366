//! Whether the nodes reach the router's BGP and BFD, and clients the pools, by the firewall's rules.

use std::collections::BTreeMap;

use super::space::afi;
use super::view::{Pfsense, Router, View};
use super::{error, info, listed, warning};
use crate::check::addresses::object as pool_object;
use crate::declaration::types::SubnetRole;
use crate::finding::Finding;
use crate::intent::{Pool, Session};
use crate::pfsense::firewall::{Decision, Flow, Protocol, Rules, Span, Truth, Verdict};

/// The port of BGP.
const BGP: u16 = 179;
/// The port of BFD over one hop.
const BFD: u16 = 3784;
/// The port of BFD over several hops.
const BFD_MULTIHOP: u16 = 4784;

pub(super) fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for router in &view.routers {
        let Some(pfsense) = &router.pfsense else { continue };
        let rules = Rules::new(pfsense.config, &pfsense.interfaces);
        sessions(view, router, pfsense, &rules, findings);
        clients(view, router, pfsense, &rules, findings);
    }
}

/// What stands in the way, and of whom.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Obstacle {
    bfd: bool,
    interface: String,
    destination: std::net::IpAddr,
    port: u16,
    what: Kind,
    by: String,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Blocked,
    Routed(String),
    Scheduled(String),
}

fn sessions(
    view: &View<'_>,
    router: &Router<'_>,
    pfsense: &Pfsense<'_>,
    rules: &Rules<'_>,
    findings: &mut Vec<Finding>,
) {
    let mut obstacles: BTreeMap<Obstacle, Vec<&str>> = BTreeMap::new();
    let multihop = router.peer.multihop.as_ref().is_some_and(|multihop| multihop.value);
    let bfd = router.peer.bfd.is_some() && view.backend().is_frr();
    for session in view.sessions(router) {
        if pfsense.interfaces.owns(session.router_address) == Truth::No {
            continue;
        }
        let Some(interface) = pfsense.interfaces.towards(session.node_address) else { continue };
        let port = view.dial(session).and_then(|dial| dial.spec.peer_port).unwrap_or(BGP);
        let wanted = [
            Some((Protocol::Tcp, port)),
            bfd.then_some((Protocol::Udp, if multihop { BFD_MULTIHOP } else { BFD })),
        ];
        for (protocol, port) in wanted.into_iter().flatten() {
            let flow = Flow {
                interface: interface.name,
                source: Span::host(session.node_address),
                destination: Span::host(session.router_address),
                protocol,
                port: Some(port),
            };
            let decision = rules.decide(&flow);
            let Some(what) = obstacle(&decision) else { continue };
            let obstacle = Obstacle {
                bfd: protocol == Protocol::Udp,
                interface: interface.title.to_owned(),
                destination: session.router_address,
                port,
                what,
                by: decision.by,
            };
            obstacles.entry(obstacle).or_default().push(view.node_name(session));
        }
    }
    for (obstacle, nodes) in obstacles {
        findings.push(told(router, &obstacle, &nodes));
    }
}

/// Traffic to the firewall itself must pass, and not be sent to a gateway.
fn obstacle(decision: &Decision) -> Option<Kind> {
    match (decision.verdict, &decision.gateway, &decision.schedule) {
        (Verdict::Block, _, _) => Some(Kind::Blocked),
        (Verdict::Pass, Some(gateway), _) => Some(Kind::Routed(gateway.clone())),
        (_, _, Some(schedule)) => Some(Kind::Scheduled(schedule.clone())),
        _ => None,
    }
}

fn told(router: &Router<'_>, obstacle: &Obstacle, nodes: &[&str]) -> Finding {
    let Obstacle { interface, destination, port, by, bfd, .. } = obstacle;
    let (protocol, what) = if *bfd { ("UDP", "BFD") } else { ("TCP", "BGP") };
    let from = format!("{what} from {} to {destination} {protocol}/{port}", listed(nodes.iter().copied()));
    let finding = match &obstacle.what {
        Kind::Blocked => {
            let message = format!("{}: {by} on {interface} drops {from}", router.path);
            let finding = if *bfd {
                error("firewall-blocks-bfd", message)
            } else {
                error("firewall-blocks-bgp", message)
            };
            finding.hint(format!(
                "add a rule on {interface} in front of it: pass {protocol} from the nodes to {destination} port {port}"
            ))
        }
        Kind::Routed(gateway) => warning(
            "firewall-routes-bgp-away",
            format!("{}: {by} on {interface} sends {from} to the gateway {gateway}", router.path),
        )
        .hint("add a rule without a gateway in front of it: this traffic is for the firewall itself"),
        Kind::Scheduled(schedule) => warning(
            "firewall-bgp-scheduled",
            format!(
                "{}: {from} passes only while schedule {schedule} of {by} on {interface} holds",
                router.path
            ),
        )
        .hint("add a rule without a schedule in front of it"),
    };
    finding.at(router.place()).on(router.object())
}

/// Clients behind the other interfaces.
fn clients(
    view: &View<'_>,
    router: &Router<'_>,
    pfsense: &Pfsense<'_>,
    rules: &Rules<'_>,
    findings: &mut Vec<Finding>,
) {
    let node_interfaces: Vec<&str> = view
        .sessions(router)
        .filter_map(|session| pfsense.interfaces.towards(session.node_address))
        .map(|interface| interface.name)
        .collect();
    for pool in view.intent.pools.iter().filter(|pool| is_announced(view, pool, router)) {
        let mut reachable = false;
        let mut blocked: Vec<(String, bool, String)> = Vec::new();
        for interface in pfsense.interfaces.enabled().filter(|interface| !interface.uplink) {
            if node_interfaces.contains(&interface.name) {
                continue;
            }
            for (address, net) in &interface.addresses {
                let Some(range) = pool.ranges.iter().find(|r| r.first().is_ipv4() == address.is_ipv4())
                else {
                    continue;
                };
                let flow = Flow {
                    interface: interface.name,
                    source: Span::net(*net),
                    destination: Span { first: range.first(), last: range.last() },
                    protocol: Protocol::Tcp,
                    port: None,
                };
                let decision = rules.decide(&flow);
                if let (Verdict::Pass, Some(gateway)) = (decision.verdict, &decision.gateway) {
                    let message = format!(
                        "{}: {} sends traffic of {} to pool {} to the gateway {gateway}, past the routes from the nodes",
                        router.path, decision.by, interface.title, pool.name.value
                    );
                    findings.push(
                        warning("firewall-routes-clients-away", message)
                            .at(range.place)
                            .on(pool_object(pool))
                            .label(router.place(), "the router")
                            .hint("add a rule without a gateway in front of it: pass to the pool"),
                    );
                }
                if decision.verdict != Verdict::Block {
                    reachable = true;
                    continue;
                }
                let declared = view.intent.subnets.iter().any(|subnet| {
                    subnet.role == Some(SubnetRole::Clients) && subnet.net.value.contains(net)
                        || subnet.role == Some(SubnetRole::Clients) && net.contains(&subnet.net.value)
                });
                blocked.push((interface.title.to_owned(), declared, decision.by));
            }
        }
        let nobody = !reachable && !blocked.is_empty();
        for (interface, declared, by) in blocked {
            let message = format!(
                "{}: {by} drops everything from {interface} to pool {}",
                router.path, pool.name.value
            );
            // Networks that may not reach services are common; clients that were declared, or no
            // network at all, are not.
            let finding = if declared || nobody {
                warning("firewall-blocks-clients", message)
                    .hint(format!("add a rule on {interface}: pass to the pool"))
            } else {
                info("firewall-blocks-clients", message)
            };
            findings.push(finding.at(pool.name.place).on(pool_object(pool)));
        }
    }
}

/// Whether a router hears of a pool.
pub(super) fn is_announced(view: &View<'_>, pool: &Pool, router: &Router<'_>) -> bool {
    let here = |session: &&Session| {
        session.peer == router.peer_index
            && session.member == router.member_index
            && (afi(session.family) == crate::frr::running::Afi::Ipv4 || view.backend().is_frr())
    };
    pool.advertisements
        .iter()
        .any(|advertisement| view.topology.announced(pool, advertisement).into_iter().any(|s| here(&s)))
}
