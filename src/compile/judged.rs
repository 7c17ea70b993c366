//! The compiled objects before the judge: would MetalLB take them as a set?
//!
//! What single fields can do is asked before they are written (`cluster/gate`). What is left are rules
//! about several objects together, told at the places that declare them.

use serde_json::json;

use super::cluster::wire;
use super::desired::DesiredCluster;
use super::facts::Target;
use crate::finding::{Finding, Place, Severity};
use crate::intent::{Intent, Node};
use crate::metallb::AnyObject;
use crate::metallb::judge::{Judge, Layers};
use crate::metallb::kinds::BASIC_AUTH;
use crate::metallb::manifest::Manifest;

/// What MetalLB would refuse.
pub(super) fn refusals(intent: &Intent, target: &Target, cluster: &DesiredCluster) -> Vec<Finding> {
    let judge = Judge {
        version: target.version,
        backend: target.backend,
        layers: Layers::ALL,
        namespace: Some(target.namespace.clone()),
    };
    let mut manifests: Vec<Manifest> =
        cluster.objects.iter().filter_map(|object| wire(&object.object).ok()).map(Manifest::new).collect();
    manifests.extend(absent_secrets(cluster).map(Manifest::new));
    manifests.extend(intent.nodes.iter().map(node).map(Manifest::new));
    let mut findings = judge.judge_set(&manifests).findings;
    findings.retain(|finding| finding.severity == Severity::Error);
    for finding in &mut findings {
        finding.place = Some(place_of(finding, intent, cluster));
    }
    findings
}

/// The judge names objects as `KIND NAMESPACE/NAME`.
fn place_of(finding: &Finding, intent: &Intent, cluster: &DesiredCluster) -> Place {
    let title = finding.object.as_deref().unwrap_or_default();
    let own = cluster.objects.iter().find(|object| {
        let (kind, metadata) = (object.object.kind(), object.object.metadata());
        kind.zip(metadata).is_some_and(|(kind, metadata)| title == format!("{kind} {}", metadata.path()))
    });
    own.map_or(intent.cluster.place, |object| object.place)
}

/// Secrets that peers point at and that others keep, or whose value is not known here. Whether they
/// are right is asked where the cluster can be read.
fn absent_secrets(cluster: &DesiredCluster) -> impl Iterator<Item = serde_json::Value> + '_ {
    let has = |name: &str| {
        cluster
            .objects
            .iter()
            .any(|object| matches!(&object.object, AnyObject::Secret(secret) if secret.metadata.name == name))
    };
    let pointed_at = cluster.objects.iter().filter_map(|object| match &object.object {
        AnyObject::BgpPeer(peer) => peer.spec.password_secret.as_ref()?.name.clone(),
        _ => None,
    });
    let mut names: Vec<String> = pointed_at.collect();
    names.sort();
    names.dedup();
    names.retain(|name| !has(name));
    names.into_iter().map(|name| {
        json!({"apiVersion": "v1", "kind": "Secret", "type": BASIC_AUTH,
            "metadata": {"name": name, "namespace": cluster.namespace}, "data": {"password": "eA=="}})
    })
}

fn node(node: &Node) -> serde_json::Value {
    let addresses: Vec<_> = node
        .addresses
        .iter()
        .map(|address| json!({"type": "InternalIP", "address": address.value.to_string()}))
        .collect();
    json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": node.name.value, "labels": node.labels},
        "status": {"addresses": addresses}})
}
