//! `cluster`, `nodes`, `discover` and `subnets`.

use std::collections::HashMap;
use std::time::Duration;

use super::addresses;
use super::names::{self, Form};
use super::report::{FirstPlaces, error, quoted};
use super::scope::{DEFAULT_NAMESPACE, Scope};
use super::selectors;
use crate::declaration::{Cursor, types};
use crate::intent::{Asn, Cluster, Discover, Node, Sited, Subnet};

/// How long a node must be gone before its neighbor is removed, unless declared: longer than a
/// reboot or a firmware update takes, since removing the neighbor too early costs a session.
const REMOVE_AFTER: Duration = Duration::from_secs(3600);

/// The label that every kubelet sets.
const HOSTNAME_LABEL: &str = "kubernetes.io/hostname";

pub(super) fn cluster(spec: &types::Spec, at: Cursor<'_>, scope: &mut Scope<'_>) -> Cluster {
    let here = at.key("cluster");
    let empty = types::Cluster::default();
    let cluster = spec.cluster.as_ref().unwrap_or(&empty);
    let asn = cluster
        .asn
        .as_ref()
        .and_then(|asn| scope.asns.resolve(asn, "cluster", here.key("asn"), &mut scope.report));
    let metallb = cluster.metallb.clone().unwrap_or_default();
    let there = here.key("metallb");
    if let Some(namespace) = &metallb.namespace {
        let form = Form::Label;
        names::check(namespace, form, "metallb namespace", there.key("namespace"), &mut scope.report);
    }
    let report = &mut scope.report;
    Cluster {
        asn,
        namespace: match metallb.namespace {
            Some(namespace) => Sited::new(namespace, there.key("namespace").place()),
            // The place of the whole block says that it is the default.
            None => Sited::new(DEFAULT_NAMESPACE.to_owned(), here.place()),
        },
        version: metallb.version.map(|version| Sited::new(version, there.key("version").place())),
        backend: metallb.backend.map(|backend| Sited::new(backend, there.key("backend").place())),
        pod_cidrs: addresses::prefixes(&cluster.pod_cidrs, "cluster.podCIDRs", here.key("podCIDRs"), report),
        service_cidrs: addresses::prefixes(
            &cluster.service_cidrs,
            "cluster.serviceCIDRs",
            here.key("serviceCIDRs"),
            report,
        ),
        context: cluster.context.clone(),
        unmanaged: cluster.unmanaged,
        place: here.place(),
    }
}

pub(super) fn nodes(
    spec: &types::Spec,
    at: Cursor<'_>,
    cluster: &Cluster,
    scope: &mut Scope<'_>,
) -> Vec<Node> {
    let mut resolved = Vec::with_capacity(spec.nodes.len());
    let mut seen_names = FirstPlaces::new();
    let mut seen_addresses = HashMap::new();
    // Said, and taken out because it was faulty: that is no reason to ask every node for one.
    let cluster_asn_broken = cluster.asn.is_none()
        && (spec.cluster.as_ref().is_some_and(|cluster| cluster.asn.is_some())
            || at.key("cluster").incomplete());
    for (node, here) in spec.nodes.iter().zip(at.key("nodes").items()) {
        let what = format!("node {}", quoted(&node.name));
        let name_at = here.key("name");
        names::check(&node.name, Form::Object, "node", name_at, &mut scope.report);
        if let Some(first) = seen_names.repeated(node.name.as_str(), name_at.place()) {
            scope.report.push(
                error("node-duplicate", format!("{what} is declared twice"))
                    .at(name_at.place())
                    .label(first, "first here")
                    .hint("remove one of them"),
            );
        }
        for (key, label) in here.key("labels").entries() {
            if let Some(value) = node.labels.get(key) {
                names::check_label(key, value, &what, label.place(), &mut scope.report);
            }
        }
        let addresses =
            addresses::hosts(node.address.as_deref(), &node.addresses, &what, here, &mut scope.report);
        if node.address.is_none() && node.addresses.is_empty() && !here.incomplete() {
            scope.report.push(
                error("node-without-address", format!("{what} has no address"))
                    .at(name_at.place())
                    .hint("add the `address` that it uses towards the routers"),
            );
        }
        for address in &addresses {
            match seen_addresses.entry(address.value) {
                std::collections::hash_map::Entry::Vacant(free) => {
                    free.insert((address.place, node.name.as_str()));
                }
                std::collections::hash_map::Entry::Occupied(first) => {
                    let (place, other) = first.get();
                    let (text, other) = (address.value, quoted(other));
                    scope.report.push(
                        error("node-duplicate-address", format!("{what} has {text}, as node {other} has"))
                            .at(address.place)
                            .label(*place, "first here")
                            .hint("give each node its own address"),
                    );
                }
            }
        }
        let asn = node_asn(node, &what, here, cluster, cluster_asn_broken, scope);
        let (Some(asn), false) = (asn, addresses.is_empty()) else { continue };
        let mut labels = node.labels.clone();
        labels.entry(HOSTNAME_LABEL.to_owned()).or_insert_with(|| node.name.clone());
        resolved.push(Node {
            name: Sited::new(node.name.clone(), name_at.place()),
            addresses,
            labels,
            asn,
            place: here.place(),
        });
    }
    resolved
}

fn node_asn(
    node: &types::Node,
    what: &str,
    at: Cursor<'_>,
    cluster: &Cluster,
    cluster_asn_broken: bool,
    scope: &mut Scope<'_>,
) -> Option<Sited<Asn>> {
    if let Some(asn) = &node.asn {
        return scope.asns.resolve(asn, what, at.key("asn"), &mut scope.report);
    }
    if cluster.asn.is_none() && !cluster_asn_broken && !at.key("asn").dropped() {
        scope.report.push(
            error("node-without-asn", format!("{what} has no ASN, and the cluster says none"))
                .at(at.key("name").place())
                .hint("add `asn` to spec.cluster, or to the node"),
        );
    }
    cluster.asn.clone()
}

pub(super) fn discover(
    spec: &types::Spec,
    at: Cursor<'_>,
    cluster: &Cluster,
    scope: &mut Scope<'_>,
) -> Option<Discover> {
    let discover = spec.discover.as_ref()?;
    let here = at.key("discover");
    let selector = discover.selector.clone().unwrap_or_default();
    selectors::label_selector(&selector, "discover", here.key("selector"), &mut scope.report);
    let subnets =
        addresses::prefixes(&discover.subnets, "discover.subnets", here.key("subnets"), &mut scope.report);
    if discover.subnets.is_empty() && !here.key("subnets").incomplete() {
        scope.report.push(
            error("discover-without-subnets", "discover believes no address: `subnets` is empty")
                .at(here.key("subnets").place())
                .hint("list the subnets of the nodes; a kubelet can change the address it reports"),
        );
    }
    let asn_written = spec.cluster.as_ref().is_some_and(|cluster| cluster.asn.is_some());
    if cluster.asn.is_none() && !asn_written && !at.key("cluster").incomplete() {
        scope.report.push(
            error("discover-without-asn", "discovered nodes have no ASN: the cluster says none")
                .at(here.place())
                .hint("add `asn` to spec.cluster"),
        );
    }
    let remove_after = discover.remove_after.as_deref().and_then(|text| {
        addresses::seconds(text, "discover.removeAfter", here.key("removeAfter"), &mut scope.report)
    });
    Some(Discover {
        selector,
        subnets,
        remove_after: remove_after.map_or(REMOVE_AFTER, |duration| duration.value),
        place: here.place(),
    })
}

pub(super) fn subnets(spec: &types::Spec, at: Cursor<'_>, scope: &mut Scope<'_>) -> Vec<Subnet> {
    let mut resolved = Vec::new();
    let mut seen = FirstPlaces::new();
    for (subnet, here) in spec.subnets.iter().zip(at.key("subnets").items()) {
        let what = format!("subnet {}", quoted(&subnet.name));
        let name_at = here.key("name");
        if let Some(first) = seen.repeated(subnet.name.as_str(), name_at.place()) {
            scope.report.push(
                error("subnet-duplicate", format!("{what} is declared twice"))
                    .at(name_at.place())
                    .label(first, "first here")
                    .hint("give each subnet its own name"),
            );
        }
        let Some(net) = addresses::prefix(&subnet.cidr, &what, here.key("cidr"), &mut scope.report) else {
            continue;
        };
        resolved.push(Subnet {
            name: Sited::new(subnet.name.clone(), name_at.place()),
            net,
            role: subnet.role,
        });
    }
    resolved
}
