//! Services: addresses they ask for, addresses they have, and annotations that are almost right.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde_json::Value;

use super::view::{Cluster, View};
use super::{info, warning};
use crate::finding::Finding;
use crate::intent::Pool;
use crate::metallb::kinds::Service;

/// Keys that MetalLB reads on services, without their prefix.
const KEYS: [&str; 5] =
    ["loadBalancerIPs", "address-pool", "allow-shared-ip", "ip-allocated-from-pool", "hostname"];

/// Both prefixes that keys may have.
const PREFIXES: [&str; 2] = ["metallb.io/", "metallb.universe.tf/"];

pub(super) fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    let Some(cluster) = &view.cluster else { return };
    let class = super::programs::argument(cluster, "controller", "--lb-class");
    let ours: Vec<&Service> = cluster
        .services
        .iter()
        .copied()
        .filter(|service| service.spec.kind.as_deref() == Some("LoadBalancer"))
        .filter(|service| service.spec.load_balancer_class.as_deref() == class.as_deref())
        .collect();
    for service in &ours {
        annotations(view, service, findings);
        asked_for(view, cluster, service, findings);
        assigned(view, cluster, service, findings);
        endpoints(view, cluster, service, findings);
        aggregated(view, service, findings);
    }
    shared(view, &ours, findings);
}

fn title(service: &Service) -> String {
    format!("Service {}", service.metadata.path())
}

fn told(view: &View<'_>, service: &Service, finding: Finding) -> Finding {
    let declared = view.intent.services.iter().find(|declared| {
        declared.name == service.metadata.name
            && Some(declared.namespace.as_str()) == service.metadata.namespace.as_deref()
    });
    finding.at(declared.map_or(view.intent.name.place, |declared| declared.place)).on(title(service))
}

fn annotation<'s>(service: &'s Service, key: &str) -> Option<&'s str> {
    PREFIXES
        .iter()
        .find_map(|prefix| service.metadata.annotations.get(&format!("{prefix}{key}")))
        .map(String::as_str)
        .filter(|text| !text.is_empty())
}

/// Keys under MetalLB's prefixes that it does not know.
fn annotations(view: &View<'_>, service: &Service, findings: &mut Vec<Finding>) {
    for key in service.metadata.annotations.keys() {
        let known_prefix = PREFIXES.iter().find_map(|prefix| key.strip_prefix(prefix));
        let odd_prefix = key
            .split_once('/')
            .filter(|(prefix, rest)| prefix.to_ascii_lowercase().contains("metallb") && KEYS.contains(rest));
        let meant = match (known_prefix, odd_prefix) {
            (Some(rest), _) if KEYS.contains(&rest) => continue,
            (Some(rest), _) => nearest(rest),
            (None, Some((_, rest))) => Some(rest),
            (None, None) => continue,
        };
        let Some(meant) = meant else { continue };
        let message =
            format!("service {}: metallb does not know the annotation {key}", service.metadata.path());
        findings.push(told(
            view,
            service,
            warning("service-annotation-unknown", message).hint(format!("write metallb.io/{meant}")),
        ));
    }
    if service.spec.load_balancer_ip.as_ref().is_some_and(|ip| !ip.is_empty())
        && annotation(service, "loadBalancerIPs").is_some()
    {
        let message = format!(
            "service {} asks for an address twice, by loadBalancerIP and by annotation, and gets none",
            service.metadata.path()
        );
        findings.push(told(
            view,
            service,
            warning("service-asks-twice", message)
                .hint("remove spec.loadBalancerIP, which Kubernetes is giving up"),
        ));
    }
}

/// The known key that was meant, if one is near enough.
fn nearest(key: &str) -> Option<&'static str> {
    crate::declaration::shape::suggest::nearest(key, KEYS)
}

fn requested(service: &Service) -> Vec<IpAddr> {
    let text = annotation(service, "loadBalancerIPs").or(service.spec.load_balancer_ip.as_deref());
    text.unwrap_or_default().split(',').filter_map(|text| text.trim().parse().ok()).collect()
}

fn declared_pool<'v>(view: &'v View<'_>, address: IpAddr) -> Option<&'v Pool> {
    view.intent.pools.iter().find(|pool| pool.ranges.iter().any(|range| range.contains(address)))
}

/// Whether a pool has the address, declared or live and not ours to change.
fn has_pool(view: &View<'_>, cluster: &Cluster<'_>, address: IpAddr) -> bool {
    declared_pool(view, address).is_some()
        || cluster.pools.iter().any(|(pool, entries)| {
            let declared = view.intent.pools.iter().any(|own| own.name.value == pool.metadata.name);
            !declared && entries.iter().any(|entry| entry.contains(address))
        })
}

fn asked_for(view: &View<'_>, cluster: &Cluster<'_>, service: &Service, findings: &mut Vec<Finding>) {
    for address in requested(service) {
        if has_pool(view, cluster, address) {
            continue;
        }
        let message = format!("service {} asks for {address}, which no pool has", service.metadata.path());
        findings.push(told(
            view,
            service,
            warning("service-asks-for-unknown-address", message)
                .hint("add the address to a pool, or let the service ask for another one"),
        ));
    }
    let Some(pool) = annotation(service, "address-pool") else { return };
    let exists = view.intent.pools.iter().any(|own| own.name.value == pool)
        || cluster.pools.iter().any(|(live, _)| live.metadata.name == pool);
    if !exists {
        let message =
            format!("service {} asks for pool {pool}, which does not exist", service.metadata.path());
        findings.push(told(
            view,
            service,
            warning("service-asks-for-unknown-pool", message)
                .hint("correct the annotation or the pool's name"),
        ));
    }
}

fn assigned(view: &View<'_>, cluster: &Cluster<'_>, service: &Service, findings: &mut Vec<Finding>) {
    let addresses = Cluster::ingress(service);
    for address in &addresses {
        if has_pool(view, cluster, *address) {
            continue;
        }
        let message = format!(
            "service {} has {address}, which no pool has: metallb takes it away",
            service.metadata.path()
        );
        findings.push(told(
            view,
            service,
            warning("service-address-outside-pools", message)
                .hint("keep the address in a pool, or move the service first and change its DNS name"),
        ));
    }
    if addresses.is_empty() && !cluster.pools.is_empty() {
        let message = format!("service {} waits for an address", service.metadata.path());
        findings.push(told(
            view,
            service,
            info("service-pending", message).hint("see its events: kubectl describe service"),
        ));
    }
}

fn slices<'a>(cluster: &'a Cluster<'_>, service: &'a Service) -> impl Iterator<Item = &'a Value> {
    let (name, namespace) = (service.metadata.name.as_str(), service.metadata.namespace.as_deref());
    cluster.others().filter(|(kind, _)| *kind == "EndpointSlice").map(|(_, value)| value).filter(
        move |slice| {
            let label = slice.pointer("/metadata/labels/kubernetes.io~1service-name").and_then(Value::as_str);
            let home = slice.pointer("/metadata/namespace").and_then(Value::as_str);
            label == Some(name) && home == namespace
        },
    )
}

/// Ready, or going down and still serving: the node of each endpoint, where it says one.
fn serving(slice: &Value) -> Vec<Option<&str>> {
    let endpoints = slice.get("endpoints").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let is = |endpoint: &Value, condition: &str| {
        endpoint.pointer(&format!("/conditions/{condition}")).and_then(Value::as_bool)
    };
    endpoints
        .iter()
        .filter(|endpoint| is(endpoint, "ready").unwrap_or(true) || is(endpoint, "serving").unwrap_or(false))
        .map(|endpoint| endpoint.get("nodeName").and_then(Value::as_str))
        .collect()
}

/// A service is announced while it has endpoints; of policy Local, from their nodes only.
fn endpoints(view: &View<'_>, cluster: &Cluster<'_>, service: &Service, findings: &mut Vec<Finding>) {
    let Some(address) = Cluster::ingress(service).into_iter().next() else { return };
    let mut slices = slices(cluster, service).peekable();
    if slices.peek().is_none() {
        return;
    }
    let nodes: Vec<Option<&str>> = slices.flat_map(serving).collect();
    let path = service.metadata.path();
    if nodes.is_empty() {
        let message = format!("service {path} has no ready endpoint, so no node announces {address}");
        findings.push(told(
            view,
            service,
            warning("service-without-endpoints", message).hint("look at the pods behind the service"),
        ));
        return;
    }
    let local = service.spec.external_traffic_policy.as_deref() == Some("Local");
    let (true, Some(pool)) = (local, declared_pool(view, address)) else { return };
    let announcing: Vec<&str> = pool
        .advertisements
        .iter()
        .flat_map(|advertisement| view.topology.announced(pool, advertisement))
        .map(|session| view.node_name(session))
        .collect();
    if announcing.is_empty() || nodes.iter().any(|node| node.is_none_or(|node| announcing.contains(&node))) {
        return;
    }
    let message = format!(
        "service {path} is Local, and none of the nodes with its pods announces pool {}",
        pool.name.value
    );
    findings.push(told(
        view,
        service,
        warning("service-local-elsewhere", message)
            .hint("let those nodes announce the pool, or move the pods, or use the policy Cluster"),
    ));
}

/// A block is attracted by every node with any service in it.
fn aggregated(view: &View<'_>, service: &Service, findings: &mut Vec<Finding>) {
    if service.spec.external_traffic_policy.as_deref() != Some("Local") {
        return;
    }
    for address in Cluster::ingress(service) {
        let Some(pool) = declared_pool(view, address) else { continue };
        let family = crate::intent::Family::of(address);
        let shorter = pool.advertisements.iter().find(|a| a.length(family) < family.bits());
        let Some(advertisement) = shorter else { continue };
        let whole = pool.advertisements.iter().any(|a| a.length(family) == family.bits());
        if whole {
            continue;
        }
        let message = format!(
            "service {} is Local, and pool {} is announced in blocks of /{}: nodes without its pods attract its traffic",
            service.metadata.path(),
            pool.name.value,
            advertisement.length(family)
        );
        findings.push(told(
            view,
            service,
            warning("aggregate-hides-local-service", message).hint(
                "take the service out of this pool, use the policy Cluster, or announce whole addresses",
            ),
        ));
    }
}

/// Services that want one address, and may not have it together.
fn shared(view: &View<'_>, services: &[&Service], findings: &mut Vec<Finding>) {
    let mut by_key: BTreeMap<(&str, Vec<IpAddr>), Vec<&Service>> = BTreeMap::new();
    for service in services {
        let Some(key) = annotation(service, "allow-shared-ip") else { continue };
        let addresses = requested(service);
        if !addresses.is_empty() {
            by_key.entry((key, addresses)).or_default().push(service);
        }
    }
    for ((_, addresses), group) in by_key {
        let [first, rest @ ..] = group.as_slice() else { continue };
        let local = |service: &Service| service.spec.external_traffic_policy.as_deref() == Some("Local");
        let selector = |service: &Service| service.spec.rest.get("selector").cloned().unwrap_or_default();
        for other in rest {
            let fits = match (local(first), local(other)) {
                (false, false) => true,
                (true, true) => selector(first) == selector(other),
                _ => false,
            };
            let (Some(address), false) = (addresses.first(), fits) else { continue };
            let message = format!(
                "services {} and {} want to share {address}, and the policy Local allows that only for the same pods",
                first.metadata.path(),
                other.metadata.path()
            );
            findings.push(told(
                view,
                other,
                warning("service-cannot-share", message)
                    .hint("give both the policy Cluster, or an address each"),
            ));
        }
    }
}
