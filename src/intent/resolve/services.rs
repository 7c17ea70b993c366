//! `services` and `expect`: fixed addresses, DNS names, and what must hold after an apply.

use std::net::IpAddr;

use super::addresses;
use super::names;
use super::report::{FirstPlaces, error, quoted, warning};
use super::scope::Scope;
use crate::declaration::{Cursor, types};
use crate::intent::{AddressRange, Expectation, Expected, Family, FixedService, Pool, Sited};

/// Ranges of all pools in ascending order, for finding the pool of an address.
struct PoolOf<'p> {
    sorted: Vec<(AddressRange, &'p Pool)>,
}

impl<'p> PoolOf<'p> {
    fn new(pools: &'p [Pool]) -> Self {
        let mut sorted: Vec<_> =
            pools.iter().flat_map(|pool| pool.ranges.iter().map(move |range| (range.value, pool))).collect();
        sorted.sort_by_key(|(range, _)| *range);
        PoolOf { sorted }
    }

    fn find(&self, address: IpAddr) -> Option<&'p Pool> {
        let behind = self.sorted.partition_point(|(range, _)| range.first() <= address);
        let (range, pool) = self.sorted.get(behind.checked_sub(1)?)?;
        range.contains(address).then_some(*pool)
    }
}

pub(super) fn services(
    spec: &types::Spec,
    at: Cursor<'_>,
    pools: &[Pool],
    scope: &mut Scope<'_>,
) -> Vec<FixedService> {
    let pool_of = PoolOf::new(pools);
    // A pool that was broken may have held the address.
    let pools_complete = pools.len() == spec.pools.len()
        && pools.iter().zip(&spec.pools).all(|(pool, written)| pool.ranges.len() == written.addresses.len())
        && !at.key("pools").incomplete();
    let mut resolved = Vec::new();
    let mut seen_names = FirstPlaces::new();
    let mut seen_addresses = FirstPlaces::new();
    let mut seen_hostnames = FirstPlaces::new();
    for (service, here) in spec.services.iter().zip(at.key("services").items()) {
        let what = format!("service {}", quoted(&service.name));
        let name_at = here.key("name");
        let name = service_name(&service.name, name_at, scope);
        if let Some(first) = seen_names.repeated(service.name.as_str(), name_at.place()) {
            scope.report.push(
                error("service-duplicate", format!("{what} is declared twice"))
                    .at(name_at.place())
                    .label(first, "first here")
                    .hint("put addresses and hostnames into one entry"),
            );
        }
        let addresses = addresses::hosts(None, &service.addresses, &what, here, &mut scope.report);
        for address in &addresses {
            check_address(address, &what, &pool_of, pools_complete, scope);
            if let Some(first) = seen_addresses.repeated(address.value, address.place) {
                scope.report.push(
                    warning("service-shared-address", format!("{what} has {}, as another service has", address.value))
                        .at(address.place)
                        .label(first, "first here")
                        .hint("give each its own address; sharing one needs the annotation metallb.io/allow-shared-ip on both"),
                );
            }
        }
        let mut hostnames = Vec::new();
        for (hostname, hostname_at) in service.hostnames.iter().zip(here.key("hostnames").items()) {
            if !names::is_hostname(hostname) {
                scope.report.push(
                    error("hostname-invalid", format!("{what}: {} is no DNS name", quoted(hostname)))
                        .at(hostname_at.place())
                        .hint("use lower-case letters, digits, dashes and dots, without a final dot"),
                );
                continue;
            }
            if let Some(first) = seen_hostnames.repeated(hostname.as_str(), hostname_at.place()) {
                scope.report.push(
                    error("hostname-duplicate", format!("{what}: hostname {hostname} is declared twice"))
                        .at(hostname_at.place())
                        .label(first, "first here")
                        .hint("keep it where it belongs; a resolver answers it with one service"),
                );
            }
            hostnames.push(Sited::new(hostname.clone(), hostname_at.place()));
        }
        if service.addresses.is_empty() && service.hostnames.is_empty() && !here.incomplete() {
            scope.report.push(
                warning("service-empty", format!("{what} has neither addresses nor hostnames"))
                    .at(name_at.place())
                    .hint("add one of them, or remove the entry"),
            );
        }
        let Some((namespace, name)) = name else { continue };
        resolved.push(FixedService { namespace, name, addresses, hostnames, place: here.place() });
    }
    resolved
}

fn check_address(
    address: &Sited<IpAddr>,
    what: &str,
    pool_of: &PoolOf<'_>,
    pools_complete: bool,
    scope: &mut Scope<'_>,
) {
    let Some(pool) = pool_of.find(address.value) else {
        if pools_complete {
            scope.report.push(
                error("service-address-outside", format!("{what}: {} is in no pool", address.value))
                    .at(address.place)
                    .hint("choose an address of a pool, or add it to one"),
            );
        }
        return;
    };
    if let IpAddr::V4(v4) = address.value
        && pool.avoid_buggy_ips
        && matches!(v4.octets()[3], 0 | 255)
    {
        let message = format!("{what}: pool {} never hands out {v4} (avoidBuggyIPs)", quoted(&pool.name));
        scope.report.push(
            error("service-address-avoided", message)
                .at(address.place)
                .label(pool.name.place, "the pool")
                .hint("choose an address that does not end in .0 or .255"),
        );
    }
}

fn service_name(text: &str, at: Cursor<'_>, scope: &mut Scope<'_>) -> Option<(String, String)> {
    let found =
        text.split_once('/').filter(|(namespace, name)| names::is_label(namespace) && names::is_label(name));
    if found.is_none() {
        let hint = if names::is_label(text) {
            format!("write NAMESPACE/{text}")
        } else {
            "write NAMESPACE/NAME, such as default/web".into()
        };
        scope.report.push(
            error(
                "service-name-invalid",
                format!("{} is not the namespace and name of a service", quoted(text)),
            )
            .at(at.place())
            .hint(hint),
        );
    }
    found.map(|(namespace, name)| (namespace.to_owned(), name.to_owned()))
}

pub(super) fn expectations(spec: &types::Spec, at: Cursor<'_>, scope: &mut Scope<'_>) -> Vec<Expectation> {
    let mut resolved = Vec::new();
    for (expectation, here) in spec.expect.iter().zip(at.key("expect").items()) {
        let subject = subject(expectation, here, scope);
        let paths = match &expectation.paths {
            None => Some(Some(1)),
            Some(types::policy::Paths::Number(count)) if *count > 0 => Some(Some(*count)),
            Some(types::policy::Paths::Word(word)) if word == "all" => Some(None),
            Some(_) => {
                scope.report.push(
                    error("expect-paths", "expect: paths is neither a number from 1 nor `all`")
                        .at(here.key("paths").place())
                        .hint("write a number, or `all` for one path from every announcing node"),
                );
                None
            }
        };
        let at_peer = match &expectation.at {
            None => Some(None),
            Some(name) => match scope.peers.get(name) {
                Some(index) => index.map(Some),
                None => {
                    let what = "expect names a peer that is not declared:";
                    let way_out = "name a peer of spec.peers";
                    let place = here.key("at").place();
                    scope.peers.report_unknown(
                        "expect-unknown-peer",
                        name,
                        what,
                        way_out,
                        place,
                        &mut scope.report,
                    );
                    None
                }
            },
        };
        let (Some(subject), Some(paths), Some(at)) = (subject, paths, at_peer) else { continue };
        resolved.push(Expectation { subject, at, paths, place: here.place() });
    }
    resolved
}

fn subject(expectation: &types::Expectation, at: Cursor<'_>, scope: &mut Scope<'_>) -> Option<Expected> {
    match (&expectation.prefix, &expectation.service) {
        (Some(prefix), None) => {
            let net = addresses::prefix(prefix, "expect", at.key("prefix"), &mut scope.report)?;
            Some(Expected::Prefix(net.value))
        }
        (None, Some(service)) => {
            let (namespace, name) = service_name(service, at.key("service"), scope)?;
            Some(Expected::Service(namespace, name))
        }
        (None, None) if at.incomplete() => None,
        (prefix, _) => {
            let said = if prefix.is_some() {
                "both `prefix` and `service`"
            } else {
                "neither `prefix` nor `service`"
            };
            scope.report.push(
                error("expect-subject", format!("expect says {said}"))
                    .at(at.place())
                    .hint("keep exactly one of them"),
            );
            None
        }
    }
}

/// Expectations that cannot come true: more paths than there are sessions.
pub(super) fn check_paths(
    topology: &crate::intent::Topology<'_>,
    declared_nodes: usize,
    scope: &mut Scope<'_>,
) {
    let intent = topology.intent();
    // A node that is broken, or may be discovered, would be one more path.
    if scope.discover || intent.nodes.len() < declared_nodes {
        return;
    }
    for expectation in &intent.expectations {
        let (Some(peer_index), Some(wanted), Expected::Prefix(net)) =
            (expectation.at, expectation.paths, &expectation.subject)
        else {
            continue;
        };
        let Some(peer) = intent.peers.get(peer_index) else { continue };
        let family = Family::of(net.addr());
        // Each router of a pair has its own table, so one of them is counted.
        let sessions = topology
            .sessions_of(peer_index)
            .iter()
            .filter(|session| session.member == 0 && session.family == family)
            .count();
        if wanted as usize > sessions && !peer.absent {
            let message = format!(
                "expect wants {wanted} paths to {net} at peer {}, which has {sessions} {family} sessions",
                quoted(&peer.name)
            );
            scope.report.push(
                error("expect-too-many-paths", message)
                    .at(expectation.place)
                    .hint("lower `paths`, or write `all`"),
            );
        }
    }
}
