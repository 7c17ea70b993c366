//! The cluster's nodes against the declared ones, and what keeps them from announcing.

use std::net::IpAddr;

use super::view::{Cluster, View};
use super::{error, info, listed, warning};
use crate::check::addresses::object as pool_object;
use crate::finding::Finding;
use crate::intent::Node as Declared;
use crate::metallb::Version;
use crate::metallb::kinds::Node;

/// Nodes with this label announce nothing, whatever its value.
const EXCLUDED: &str = "node.kubernetes.io/exclude-from-external-load-balancers";

/// Labels of nodes that run the control plane.
const CONTROL_PLANE: [&str; 2] = ["node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"];

pub(super) fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    let Some(cluster) = view.cluster.as_ref().filter(|cluster| !cluster.nodes.is_empty()) else { return };
    for declared in &view.intent.nodes {
        match cluster.node(&declared.name.value) {
            Some(live) => addresses(declared, live, findings),
            None => gone(view, declared, findings),
        }
    }
    silent(view, cluster, findings);
    large_asns(view, cluster, findings);
}

fn title(node: &Declared) -> String {
    format!("node {}", node.name.value)
}

fn gone(view: &View<'_>, declared: &Declared, findings: &mut Vec<Finding>) {
    // The same address under another name: the file is wrong about the name alone.
    let cluster = view.cluster.as_ref();
    let same = cluster.and_then(|cluster| {
        let has = |node: &&&Node| declared.addresses.iter().any(|a| node.internal_ips().contains(&a.value));
        cluster.nodes.iter().find(has)
    });
    let name = &declared.name.value;
    let (message, hint) = match same {
        Some(node) => (
            format!("the cluster has no node {name}; its address belongs to {}", node.metadata.name),
            "correct the name: selectors by name do not find it".to_owned(),
        ),
        None => (
            format!("the cluster has no node {name}"),
            "remove it from the declaration, or correct its name".to_owned(),
        ),
    };
    findings
        .push(warning("node-not-in-cluster", message).at(declared.name.place).on(title(declared)).hint(hint));
}

/// The address that MetalLB's sessions come from is the one the kernel takes towards the router, which
/// an additional address of the node may well be; only one that the node does not have is wrong.
fn addresses(declared: &Declared, live: &Node, findings: &mut Vec<Finding>) {
    let all: Vec<IpAddr> =
        live.addresses().iter().filter_map(|address| address.address.parse().ok()).collect();
    if all.is_empty() {
        return;
    }
    let internal = live.internal_ips();
    for address in &declared.addresses {
        let same_family: Vec<String> =
            internal.iter().filter(|ip| ip.is_ipv4() == address.is_ipv4()).map(ToString::to_string).collect();
        if all.contains(&address.value) || same_family.is_empty() {
            continue;
        }
        let message = format!(
            "node {}: {} is declared, the node has {}",
            declared.name.value,
            address.value,
            listed(same_family.iter().map(String::as_str))
        );
        findings.push(
            warning("node-address-differs", message)
                .at(address.place)
                .on(title(declared))
                .hint("correct the address, unless it is on an interface that the kubelet does not report"),
        );
    }
}

/// Why a node announces nothing.
fn obstacle(live: &Node, view: &View<'_>, ignores_label: bool) -> Option<&'static str> {
    let condition = |kind: &str| {
        let conditions = live.rest.get("status").and_then(|status| status.pointer("/conditions"));
        let conditions = conditions.and_then(|list| list.as_array()).map_or(&[][..], Vec::as_slice);
        conditions.iter().any(|c| {
            c.get("type").and_then(|t| t.as_str()) == Some(kind)
                && c.get("status").and_then(|s| s.as_str()) == Some("True")
        })
    };
    let cordoned = live.spec.rest.get("unschedulable").and_then(serde_json::Value::as_bool) == Some(true);
    if condition("NetworkUnavailable") {
        Some("node-network-unavailable")
    } else if !ignores_label && live.metadata.labels.contains_key(EXCLUDED) {
        Some("node-excluded")
    } else if cordoned && view.desired.cluster.version == Version::V0_14_9 {
        Some("node-cordoned")
    } else {
        None
    }
}

fn silent(view: &View<'_>, cluster: &Cluster<'_>, findings: &mut Vec<Finding>) {
    let ignores = super::programs::has_argument(cluster, "speaker", "--ignore-exclude-lb");
    let mut announcing = crate::intent::NodeSet::none(view.intent.nodes.len());
    for pool in &view.intent.pools {
        let mut selected = crate::intent::NodeSet::none(view.intent.nodes.len());
        for advertisement in &pool.advertisements {
            for session in view.topology.announced(pool, advertisement) {
                selected.insert(session.node);
            }
        }
        for advertisement in &pool.l2 {
            view.topology.select(&advertisement.nodes).iter().for_each(|node| selected.insert(node));
        }
        let live = |index: usize| {
            let node = view.intent.nodes.get(index)?;
            Some((node, cluster.node(&node.name.value)?))
        };
        let able = selected.iter().filter_map(live).any(|(_, live)| obstacle(live, view, ignores).is_none());
        let known = selected.iter().all(|index| live(index).is_some());
        if !selected.is_empty() && known && !able {
            let message = format!("pool {}: none of the nodes that should announce it may", pool.name.value);
            findings.push(
                error("pool-announced-by-nobody", message)
                    .at(pool.name.place)
                    .on(pool_object(pool))
                    .hint("see the findings about the nodes"),
            );
        }
        selected.iter().for_each(|node| announcing.insert(node));
    }
    for declared in announcing.iter().filter_map(|index| view.intent.nodes.get(index)) {
        let Some(live) = cluster.node(&declared.name.value) else { continue };
        let name = &declared.name.value;
        let control = CONTROL_PLANE.iter().any(|label| live.metadata.labels.contains_key(*label));
        let finding = match obstacle(live, view, ignores) {
            Some("node-network-unavailable") => warning(
                "node-network-unavailable",
                format!("node {name} reports NetworkUnavailable and announces nothing"),
            )
            .hint("look at the network plugin on the node, which clears that condition"),
            // Installers put it on nodes of the control plane; on others somebody did.
            Some("node-excluded") if control => info(
                "node-excluded",
                format!("node {name} carries the label {EXCLUDED} and announces nothing"),
            ),
            Some("node-excluded") => warning(
                "node-excluded",
                format!("node {name} carries the label {EXCLUDED} and announces nothing"),
            )
            .hint("remove the label, or let the speakers ignore it (speaker.ignoreExcludeLB)"),
            Some(_) => warning(
                "node-cordoned",
                format!("node {name} is cordoned, and metallb 0.14.9 withdraws its routes"),
            )
            .hint("upgrade metallb: no other release does that"),
            None => continue,
        };
        findings.push(finding.at(declared.name.place).on(title(declared)));
    }
}

/// From Kubernetes 1.36 on, the API server holds numbers to the format that the CRD gives.
fn large_asns(view: &View<'_>, cluster: &Cluster<'_>, findings: &mut Vec<Finding>) {
    if view.desired.cluster.version >= Version::V0_16_0 {
        return;
    }
    let minor = cluster.nodes.iter().find_map(|node| {
        let version = node.rest.get("status")?.pointer("/nodeInfo/kubeletVersion")?.as_str()?;
        version.strip_prefix("v1.")?.split('.').next()?.parse::<u32>().ok()
    });
    if minor.is_none_or(|minor| minor < 36) {
        return;
    }
    let peers = view.intent.peers.iter().map(|peer| &peer.asn);
    let nodes = view.intent.nodes.iter().map(|node| &node.asn);
    let Some(asn) = peers.chain(nodes).find(|asn| asn.value.get() > i32::MAX as u32) else { return };
    let message = format!(
        "AS {} does not fit the definitions of metallb {} on this Kubernetes",
        asn.value, view.desired.cluster.version
    );
    findings.push(
        error("asn-too-large-for-crd", message)
            .at(asn.place)
            .hint("install metallb 0.16 or later, or use an AS up to 2147483647"),
    );
}
