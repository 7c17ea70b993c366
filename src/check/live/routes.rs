//! Whether the routers take the routes: policies, filters, limits, and what stands in front of them.

use super::firewall::is_announced;
use super::space::afi;
use super::view::{Router, View};
use super::{error, info, warning};
use crate::check::addresses::object as pool_object;
use crate::check::sessions::possible_routes;
use crate::finding::Finding;
use crate::frr::judge::{Consequence, FrrVersion, judge};
use crate::frr::running::{Bgp, Neighbor};
use crate::intent::{Community, Family, Pool, Session};

pub(super) fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for router in &view.routers {
        raw(router, findings);
        lines(router, findings);
        let Some(bgp) = &router.running.bgp else { continue };
        let neighbors: Vec<(&Session, &Neighbor)> =
            view.sessions(router).filter_map(|session| Some((session, router.neighbor(session)?))).collect();
        if neighbors.is_empty() {
            continue;
        }
        policies(view, router, bgp, &neighbors, findings);
        filters(view, router, findings);
        limits(view, router, &neighbors, findings);
        paths(view, router, bgp, findings);
        shadows(view, router, findings);
        passed_on(view, router, bgp, findings);
    }
}

/// A raw text takes the place of everything that is set in forms.
fn raw(router: &Router<'_>, findings: &mut Vec<Finding>) {
    let Some(pfsense) = &router.pfsense else { return };
    let raw = &pfsense.state.facts.raw;
    let file = match (raw.whole, raw.daemons.iter().any(|daemon| daemon == "bgpd")) {
        (true, _) => "frr.conf",
        (false, true) => "bgpd.conf",
        (false, false) => return,
    };
    let message =
        format!("{}: a raw {file} is in force, so that nothing set in the forms has an effect", router.path);
    findings.push(error("raw-configuration", message).at(router.place()).on(router.object()).hint(
        "take it off under Services > FRR Global/Zebra > Raw Config, after moving what it says into the forms",
    ));
}

/// What FRR makes of the text as it is now.
fn lines(router: &Router<'_>, findings: &mut Vec<Finding>) {
    for judged in judge(&router.text, FrrVersion::Unmeasured) {
        let consequence = match judged.consequence {
            Consequence::FreezesReloads => {
                "until it is gone no change on this router takes effect, whoever makes it"
            }
            Consequence::LineRefused => "every reload reports an error and goes on without it",
            Consequence::GroupRefused => "after the next start all lists of its group are missing",
            Consequence::OpensSession => "the filter lets everything through",
            Consequence::DeniesEverything => "the filter lets nothing through",
            Consequence::MatchesNothing => "the entry never matches",
        };
        let mut finding: Finding = judged.into();
        let object = finding.object.take().unwrap_or_default();
        finding.message = format!("{}: frr.conf {}: {consequence}", router.path, finding.message);
        findings.push(finding.at(router.place()).on(format!("{} {object}", router.object())));
    }
}

fn policies(
    view: &View<'_>,
    router: &Router<'_>,
    bgp: &Bgp,
    neighbors: &[(&Session, &Neighbor)],
    findings: &mut Vec<Finding>,
) {
    let mut without: Vec<&str> = Vec::new();
    for (session, neighbor) in neighbors {
        let external = neighbor.is_internal(bgp.asn) == Some(false);
        let settings = neighbor.family(afi(session.family));
        if external && settings.active && !settings.has_policy_in() {
            without.push(view.node_name(session));
        }
    }
    if !without.is_empty() {
        let nodes = super::listed(without);
        let (place, object) = (router.place(), router.object());
        findings.push(if bgp.requires_policy {
            let message = format!(
                "{}: the neighbors of {nodes} have no inbound policy, so FRR drops all their routes",
                router.path
            );
            error("neighbor-without-policy", message)
                .at(place)
                .on(object)
                .hint("apply to give each neighbor a route map, or set one that permits the pools")
        } else {
            let message = format!(
                "{}: the neighbors of {nodes} have no inbound filter, so the nodes may announce anything",
                router.path
            );
            info("neighbor-without-filter", message)
                .at(place)
                .on(object)
                .hint("apply to give each neighbor a route map that permits the pools alone")
        });
    }
    if !bgp.requires_policy {
        let message = format!(
            "{}: `Disable eBGP Require Policy` opens every eBGP neighbor without a filter, providers too",
            router.path
        );
        findings.push(
            info("ebgp-policy-off", message)
                .at(router.place())
                .on(router.object())
                .hint("give each neighbor a filter, then take the tick off"),
        );
    }
}

/// The routes of a pool that a session carries: family, block, length.
fn routes(pool: &Pool, view: &View<'_>, router: &Router<'_>) -> Vec<(Family, ipnet::IpNet, u8)> {
    let mut all = Vec::new();
    for advertisement in &pool.advertisements {
        let announced = view.topology.announced(pool, advertisement);
        for family in [Family::Ipv4, Family::Ipv6] {
            let here = announced.iter().any(|s| {
                s.peer == router.peer_index && s.member == router.member_index && s.family == family
            });
            if !here || (family == Family::Ipv6 && !view.backend().is_frr()) {
                continue;
            }
            let length = advertisement.length(family);
            let blocks = pool.ranges.iter().filter(|range| range.family() == family).flat_map(|r| r.cidrs());
            all.extend(blocks.map(|block| (family, block, length)));
        }
    }
    all
}

/// Filters against the pools, each with the lengths it is announced in.
fn filters(view: &View<'_>, router: &Router<'_>, findings: &mut Vec<Finding>) {
    for pool in &view.intent.pools {
        for (family, block, length) in routes(pool, view, router) {
            // A block shorter than what is announced is several routes, one longer is refused elsewhere.
            if length < block.prefix_len() {
                continue;
            }
            let mut denied: Vec<(String, Vec<&str>)> = Vec::new();
            for session in view.sessions(router).filter(|session| session.family == family) {
                let Some(neighbor) = router.neighbor(session) else { continue };
                let settings = neighbor.family(afi(family));
                let Some(refused) = router.running.denied_in(settings, afi(family), block, length) else {
                    continue;
                };
                let message = format!(
                    "{}: {} does not permit {} of pool {} in length {length}",
                    router.path, refused.by, refused.block, pool.name.value
                );
                match denied.iter_mut().find(|(other, _)| *other == message) {
                    Some((_, nodes)) => nodes.push(view.node_name(session)),
                    None => denied.push((message, vec![view.node_name(session)])),
                }
            }
            for (message, nodes) in denied {
                findings.push(
                    warning("filter-denies-pool", format!("{message} (from {})", super::listed(nodes)))
                        .at(pool.name.place)
                        .on(pool_object(pool))
                        .label(router.place(), "the router")
                        .hint("apply, or let the filter permit the pool up to that length"),
                );
            }
            if let Some(refused) = router.running.kept_from_kernel(afi(family), block, length) {
                let message = format!(
                    "{}: {} keeps {} of pool {} out of the kernel's table",
                    router.path, refused.by, refused.block, pool.name.value
                );
                findings.push(
                    warning("accept-filter-denies-pool", message)
                        .at(pool.name.place)
                        .on(pool_object(pool))
                        .hint("take the range off the accept filter under Services > FRR Global/Zebra"),
                );
            }
        }
    }
}

/// Prefix limits against the routes that may come.
fn limits(
    view: &View<'_>,
    router: &Router<'_>,
    neighbors: &[(&Session, &Neighbor)],
    findings: &mut Vec<Finding>,
) {
    for family in [Family::Ipv4, Family::Ipv6] {
        let possible = possible_routes(&view.topology, router.peer_index, family);
        let lowest = neighbors
            .iter()
            .filter(|(session, _)| session.family == family)
            .filter_map(|(_, neighbor)| neighbor.family(afi(family)).maximum_prefix)
            .min_by_key(|(limit, lenient)| (*lenient, *limit));
        let Some((limit, lenient)) = lowest.filter(|(limit, _)| u128::from(*limit) < possible) else {
            continue;
        };
        let message = format!(
            "{}: the prefix limit of {limit} is below the {possible} {family} routes that the pools can give",
            router.path
        );
        let finding = if lenient {
            info("prefix-limit-low", message)
        } else {
            warning("prefix-limit-low", message)
                .hint("raise the limit or let it only warn: a session above it is closed, with all services")
        };
        findings.push(finding.at(router.place()).on(router.object()));
    }
}

/// Several paths at once.
fn paths(view: &View<'_>, router: &Router<'_>, bgp: &Bgp, findings: &mut Vec<Finding>) {
    let mut told = false;
    for (family, (limits, distance)) in
        [Family::Ipv4, Family::Ipv6].into_iter().zip(bgp.maximum_paths.iter().zip(&bgp.distance))
    {
        let sessions: Vec<&Session> = view.sessions(router).filter(|s| s.family == family).collect();
        for (ibgp, limit) in [false, true].into_iter().zip(limits) {
            let nodes = sessions.iter().filter(|s| s.is_ibgp() == ibgp).count();
            let Some(limit) = limit.filter(|limit| (*limit as usize) < nodes) else { continue };
            let message = format!(
                "{}: maximum-paths {limit} uses {limit} of {nodes} equal {family} paths",
                router.path
            );
            findings.push(
                warning("multipath-limited", message)
                    .at(router.place())
                    .on(router.object())
                    .hint(format!("remove maximum-paths, or set {nodes} and more")),
            );
        }
        let unusable = distance.filter(|(external, internal)| {
            sessions.iter().any(|s| if s.is_ibgp() { *internal == 255 } else { *external == 255 })
        });
        if unusable.is_some() {
            let message =
                format!("{}: distance 255 keeps the {family} routes of BGP out of the table", router.path);
            findings.push(
                warning("distance-unusable", message)
                    .at(router.place())
                    .on(router.object())
                    .hint("take the distance off"),
            );
        }
        // Several AS paths of one length are no multipath unless that is said.
        let mut asns: Vec<u32> = sessions.iter().map(|s| s.node_asn.get()).collect();
        asns.sort_unstable();
        asns.dedup();
        if let ([first, second, ..], false, false) = (asns.as_slice(), bgp.multipath_relax, told) {
            told = true;
            let message = format!(
                "{}: routes come from AS {first} and AS {second}, and only paths of one AS are used together",
                router.path
            );
            findings.push(warning("multipath-one-asn", message).at(router.place()).on(router.object()).hint(
                "tick `AS-path multipath relax` in FRR BGP's advanced settings, or use one AS for the nodes",
            ));
        }
    }
}

/// Static routes and network statements that come in front of what the nodes announce.
fn shadows(view: &View<'_>, router: &Router<'_>, findings: &mut Vec<Finding>) {
    for pool in &view.intent.pools {
        for (_, block, length) in routes(pool, view, router) {
            // In a block of routes of this length, a static route at least as long hides some of them.
            let hidden = router
                .running
                .statics
                .iter()
                .find(|(net, _)| block.contains(net) && net.prefix_len() >= length);
            let Some((net, null)) = hidden else { continue };
            let what = if *null { "discards it" } else { "leads elsewhere" };
            let message = format!(
                "{}: the static route {net} {what} before any route from the nodes to pool {} counts",
                router.path, pool.name.value
            );
            findings.push(
                warning("static-route-hides-pool", message)
                    .at(pool.name.place)
                    .on(pool_object(pool))
                    .hint("remove the static route under Services > FRR Global/Zebra"),
            );
        }
    }
    let Some(bgp) = router.running.bgp.as_ref().filter(|bgp| bgp.import_check) else { return };
    for net in &bgp.networks {
        let exact = router.running.statics.iter().any(|(other, _)| other == net)
            || router.pfsense.as_ref().is_some_and(|pfsense| {
                pfsense.interfaces.enabled().any(|i| i.addresses.iter().any(|(_, own)| own == net))
                    || pfsense.config.path("staticroutes/route").is_some_and(|routes| {
                        routes.members().iter().any(|route| route.field("network").parse() == Ok(*net))
                    })
            });
        let of_pool = view.intent.pools.iter().find(|pool| {
            is_announced(view, pool, router)
                && pool.ranges.iter().flat_map(|range| range.cidrs()).any(|b| net.contains(&b))
        });
        if let Some(pool) = of_pool.filter(|_| !exact) {
            let message = format!(
                "{}: the network statement {net} around pool {} announces nothing, since no such route exists",
                router.path, pool.name.value
            );
            findings.push(
                warning("network-not-announced", message)
                    .at(pool.name.place)
                    .on(pool_object(pool))
                    .hint("take off Network Import Check, or add a null route for the network"),
            );
        }
    }
}

/// Communities that keep the routes from going any further, where there is somebody further.
fn passed_on(view: &View<'_>, router: &Router<'_>, bgp: &Bgp, findings: &mut Vec<Finding>) {
    let nodes = |neighbor: &&Neighbor| {
        !view.intent.nodes.iter().any(|node| node.addresses.iter().any(|a| a.value == neighbor.address))
    };
    let others: Vec<String> =
        bgp.neighbors.iter().filter(nodes).filter(|n| !n.shutdown).map(|n| n.address.to_string()).collect();
    if others.is_empty() {
        return;
    }
    for pool in view.intent.pools.iter().filter(|pool| is_announced(view, pool, router)) {
        for advertisement in &pool.advertisements {
            let keeps = advertisement.communities.iter().find_map(|community| match community.value {
                Community::Standard(0xffff, 0xff01) => Some((community.place, "no-export")),
                Community::Standard(0xffff, 0xff02) => Some((community.place, "no-advertise")),
                _ => None,
            });
            let Some((place, name)) = keeps else { continue };
            let message = format!(
                "pool {}: {name} keeps {} from passing its routes on to {}",
                pool.name.value,
                router.path,
                super::listed(others.iter().map(String::as_str))
            );
            findings.push(info("community-keeps-routes", message).at(place).on(pool_object(pool)));
        }
    }
}

/// Lines for which FRR takes nothing, or nothing of a whole group of lists.
pub(super) fn refused_lines(text: &[u8]) -> Vec<Finding> {
    let grave = |consequence| matches!(consequence, Consequence::FreezesReloads | Consequence::GroupRefused);
    let judged = judge(text, FrrVersion::Unmeasured).into_iter();
    judged.filter(|judged| grave(judged.consequence)).map(Finding::from).collect()
}
