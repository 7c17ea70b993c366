//! The judges, asked about everything that would be there: ours and what others made.
//!
//! One bad object freezes all of MetalLB, and one bad line all reloads of a router, whoever made it.
//! So what decides is never our part alone. [`cluster`] and [`router`] are for whoever is about to
//! write.

use std::collections::BTreeSet;

use super::routes::refused_lines;
use super::view::frr_conf_of;
use crate::compile::{Desired, MANAGED_BY, MANAGED_BY_LABEL, NETWORK_LABEL, wire};
use crate::finding::{Finding, Layer, Severity};
use crate::intent::Intent;
use crate::metallb::judge::{Judge, Layers};
use crate::metallb::kinds::BASIC_AUTH;
use crate::metallb::manifest::Manifest;
use crate::metallb::{AnyObject, Kind, Metadata};
use crate::observed::{ClusterState, LiveObject, ObjectKey, Observed, PfsenseState};
use crate::pfsense::xml::{Edit, apply_to_value};

/// What the judge says about the objects as they are, and as they would be.
pub(super) fn check(intent: &Intent, desired: &Desired, observed: &Observed) -> Vec<Finding> {
    let Some(state) = &observed.cluster else { return Vec::new() };
    let mut findings = judged(desired, state, state.objects.iter().map(|live| live.raw.0.clone()));
    findings.retain(|finding| finding.severity > Severity::Info);
    for finding in cluster(desired, state) {
        let said = |other: &Finding| other.rule == finding.rule && other.object == finding.object;
        if !findings.iter().any(said) {
            findings.push(finding);
        }
    }
    findings.extend(foreign_advertisements(desired, state));
    for finding in &mut findings {
        finding.place.get_or_insert(intent.cluster.place);
    }
    findings
}

/// Why MetalLB would refuse the objects that would be there: ours as they are wanted, those of others
/// as they are. Any of it makes MetalLB go on with its old configuration, so nothing may be written.
pub fn cluster(desired: &Desired, state: &ClusterState) -> Vec<Finding> {
    let wanted: BTreeSet<ObjectKey> = keys(desired).collect();
    let ours = desired.cluster.objects.iter().filter_map(|object| wire(&object.object).ok());
    let kept = state.objects.iter().filter(|live| {
        let replaced = live.key.as_ref().is_some_and(|key| wanted.contains(key));
        // What is ours and wanted no more goes; a Secret may be wanted whose value was not looked up.
        let secret = live.key.as_ref().is_some_and(|key| key.kind == Kind::Secret);
        let ours = live.object.metadata().is_some_and(|metadata| is_ours(metadata, desired));
        let pruned = ours && !secret && !desired.cluster.unmanaged;
        !replaced && !pruned
    });
    let mut findings = judged(desired, state, ours.chain(kept.map(|live| live.raw.0.clone())));
    findings.retain(|finding| finding.severity == Severity::Error);
    findings
}

/// The lines that keep what the package writes after these edits from taking effect: those that freeze
/// every reload, and those with which lists are refused in groups.
pub fn router(state: &PfsenseState, edits: &[Edit]) -> Vec<Finding> {
    match apply_to_value(&state.config, edits) {
        Ok(after) => refused_lines(&frr_conf_of(state, &after)),
        // Whoever made the edits says that they do not fit.
        Err(_) => Vec::new(),
    }
}

fn keys(desired: &Desired) -> impl Iterator<Item = ObjectKey> + '_ {
    desired.cluster.objects.iter().filter_map(|object| ObjectKey::of(&object.object))
}

fn is_ours(metadata: &Metadata, desired: &Desired) -> bool {
    metadata.labels.get(MANAGED_BY_LABEL).is_some_and(|by| by == MANAGED_BY)
        && metadata.labels.get(NETWORK_LABEL) == Some(&desired.network)
}

fn judged(
    desired: &Desired,
    state: &ClusterState,
    objects: impl Iterator<Item = serde_json::Value>,
) -> Vec<Finding> {
    let target = &desired.cluster;
    let judge = Judge {
        version: target.version,
        backend: target.backend,
        layers: Layers::ALL,
        namespace: Some(target.namespace.clone()),
    };
    let mut manifests: Vec<Manifest> = objects.map(Manifest::new).collect();
    manifests.extend(assumed_secrets(desired, state, &manifests));
    let mut findings = judge.judge_set(&manifests).findings;
    for finding in &mut findings {
        finding.place = None;
        let title = finding.object.as_deref();
        let own = desired.cluster.objects.iter().find(|object| {
            ObjectKey::of(&object.object).is_some_and(|key| title == Some(key.to_string().as_str()))
        });
        finding.place = own.map(|object| object.place);
    }
    findings
}

/// Where no Secret was read, nothing is known of those that peers point at, not even that they are not
/// there.
fn assumed_secrets(desired: &Desired, state: &ClusterState, manifests: &[Manifest]) -> Vec<Manifest> {
    let is_secret = |live: &LiveObject| live.key.as_ref().is_some_and(|key| key.kind == Kind::Secret);
    if state.objects.iter().any(is_secret) {
        return Vec::new();
    }
    let mut names: BTreeSet<&str> = manifests
        .iter()
        .filter(|manifest| manifest.kind() == Some(Kind::BgpPeer))
        .filter_map(|manifest| manifest.value().pointer("/spec/passwordSecret/name")?.as_str())
        .collect();
    for manifest in manifests.iter().filter(|manifest| manifest.kind() == Some(Kind::Secret)) {
        names.remove(manifest.name());
    }
    let secret = |name: &str| {
        Manifest::new(serde_json::json!({"apiVersion": "v1", "kind": "Secret", "type": BASIC_AUTH,
            "metadata": {"name": name, "namespace": desired.cluster.namespace}, "data": {"password": "eA=="}}))
    };
    names.into_iter().map(secret).collect()
}

/// Advertisements of others that name no pool are about ours too.
fn foreign_advertisements(desired: &Desired, state: &ClusterState) -> Vec<Finding> {
    let wanted: BTreeSet<ObjectKey> = keys(desired).collect();
    let pool = desired.cluster.objects.iter().find(|o| matches!(o.object, AnyObject::IpAddressPool(_)));
    let Some(pool) = pool else { return Vec::new() };
    let selects_all = |object: &AnyObject| match object {
        AnyObject::BgpAdvertisement(object) => {
            object.spec.ip_address_pools.is_empty() && object.spec.ip_address_pool_selectors.is_empty()
        }
        AnyObject::L2Advertisement(object) => {
            object.spec.ip_address_pools.is_empty() && object.spec.ip_address_pool_selectors.is_empty()
        }
        _ => false,
    };
    let foreign = state.objects.iter().filter_map(|live| {
        let key = live.key.as_ref().filter(|key| !wanted.contains(key))?;
        let ours = live.object.metadata().is_some_and(|metadata| is_ours(metadata, desired));
        (selects_all(&live.object) && !ours && key.namespace == desired.cluster.namespace).then_some(key)
    });
    foreign
        .map(|key| {
            let message = format!("{key} names no pool, so it announces every pool of this network as well");
            Finding::warning(Layer::Live, "foreign-advertisement", message)
                .at(pool.place)
                .on(key.to_string())
                .hint("let it name the pools that it is for, or remove it")
        })
        .collect()
}
