//! MetalLB's own programs, and other programs that do its work or speak from its nodes.

use std::net::IpAddr;

use serde_json::Value;

use super::view::{Cluster, View};
use super::{error, listed, warning};
use crate::finding::Finding;

pub(super) fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    let Some(cluster) = &view.cluster else { return };
    own(view, cluster, findings);
    other_speakers(view, cluster, findings);
    other_allocators(view, cluster, findings);
    strict_arp(view, cluster, findings);
    states(view, cluster, findings);
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn array<'v>(value: &'v Value, pointer: &str) -> &'v [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Deployments and DaemonSets of MetalLB's controller and speaker.
fn workloads<'a>(cluster: &'a Cluster<'_>) -> impl Iterator<Item = (&'static str, &'a Value)> {
    cluster.others().filter(|(kind, _)| matches!(*kind, "Deployment" | "DaemonSet")).filter_map(
        |(_, value)| {
            let images = array(value, "/spec/template/spec/containers").iter().map(|c| text(c, "/image"));
            let mut program = images.filter_map(|image| {
                let (path, name) = image.split('@').next()?.rsplit_once('/')?;
                let name = name.split(':').next()?;
                let known = ["controller", "speaker"].into_iter().find(|program| *program == name)?;
                path.ends_with("metallb").then_some(known)
            });
            Some((program.next()?, value))
        },
    )
}

/// The value of an argument of one of MetalLB's programs.
pub(super) fn argument(cluster: &Cluster<'_>, program: &str, name: &str) -> Option<String> {
    let of = workloads(cluster).filter(|(found, _)| *found == program);
    let mut values = of.flat_map(|(_, value)| array(value, "/spec/template/spec/containers")).flat_map(|c| {
        let all = array(c, "/args").iter().chain(array(c, "/command"));
        all.filter_map(Value::as_str).filter_map(|argument| argument.split_once('=')).collect::<Vec<_>>()
    });
    values.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned()).filter(|value| !value.is_empty())
}

/// Whether a program has a switch.
pub(super) fn has_argument(cluster: &Cluster<'_>, program: &str, name: &str) -> bool {
    let switched = workloads(cluster).filter(|(found, _)| *found == program).any(|(_, value)| {
        array(value, "/spec/template/spec/containers")
            .iter()
            .flat_map(|c| array(c, "/args").iter().chain(array(c, "/command")))
            .any(|argument| argument.as_str() == Some(name))
    });
    switched || argument(cluster, program, name).is_some_and(|value| value == "true")
}

fn own(view: &View<'_>, cluster: &Cluster<'_>, findings: &mut Vec<Finding>) {
    let place = view.intent.cluster.place;
    for note in &cluster.state.metallb.notes {
        if note.contains("disagree") || note.contains("different versions") {
            findings.push(
                warning("metallb-programs-differ", note.clone())
                    .at(place)
                    .hint("install controller and speakers from one release with one setting"),
            );
        }
    }
    for (program, value) in workloads(cluster) {
        let number = |pointer: &str| value.pointer(pointer).and_then(Value::as_u64);
        let (wanted, ready) = match text(value, "/kind") {
            "Deployment" => (number("/status/replicas"), number("/status/readyReplicas")),
            _ => (number("/status/desiredNumberScheduled"), number("/status/numberReady")),
        };
        let Some(wanted) = wanted.filter(|wanted| *wanted > ready.unwrap_or(0)) else { continue };
        let ready = ready.unwrap_or(0);
        let message = format!("metallb's {program} is ready on {ready} of {wanted}");
        findings.push(
            warning("metallb-not-ready", message)
                .at(place)
                .on(format!("{} {}", text(value, "/kind"), text(value, "/metadata/name")))
                .hint("look at its pods: without the controller no object can be written, without a speaker its node is silent"),
        );
    }
}

/// One session for each pair of addresses: a network plugin that already has it keeps MetalLB out.
fn other_speakers(view: &View<'_>, cluster: &Cluster<'_>, findings: &mut Vec<Finding>) {
    let routers: Vec<IpAddr> = view
        .intent
        .peers
        .iter()
        .filter(|peer| !peer.absent)
        .flat_map(|peer| &peer.members)
        .flat_map(|member| member.addresses.iter().map(|address| address.value))
        .collect();
    let address = |text: &str| {
        let bare = text.split('/').next().unwrap_or_default();
        let bare = bare.trim_start_matches('[').split(']').next().unwrap_or_default();
        bare.parse::<IpAddr>().ok().or_else(|| bare.split(':').next()?.parse().ok())
    };
    for (kind, value) in cluster.others() {
        let api = text(value, "/apiVersion");
        let (program, found): (&str, Vec<&str>) = match kind {
            "BGPPeer" if api.contains("projectcalico.org") => ("Calico", vec![text(value, "/spec/peerIP")]),
            "CiliumBGPPeeringPolicy" => (
                "Cilium",
                array(value, "/spec/virtualRouters")
                    .iter()
                    .flat_map(|router| array(router, "/neighbors"))
                    .map(|neighbor| text(neighbor, "/peerAddress"))
                    .collect(),
            ),
            "CiliumBGPClusterConfig" => (
                "Cilium",
                array(value, "/spec/bgpInstances")
                    .iter()
                    .flat_map(|instance| array(instance, "/peers"))
                    .map(|peer| text(peer, "/peerAddress"))
                    .collect(),
            ),
            _ => continue,
        };
        let same: Vec<String> = found
            .into_iter()
            .filter_map(address)
            .filter(|address| routers.contains(address))
            .map(|address| address.to_string())
            .collect();
        if same.is_empty() {
            continue;
        }
        let name = text(value, "/metadata/name");
        let message = format!(
            "{program} already peers with {} from the nodes ({kind} {name}), and a router keeps one session with each",
            listed(same.iter().map(String::as_str))
        );
        findings.push(
            error("nodes-already-peer", message)
                .at(view.intent.cluster.place)
                .on(format!("{kind} {name}"))
                .hint(format!(
                    "let {program} announce the pools, or give metallb another address of the router"
                )),
        );
    }
}

/// Whoever else hands out addresses of load balancers.
fn other_allocators(view: &View<'_>, cluster: &Cluster<'_>, findings: &mut Vec<Finding>) {
    if argument(cluster, "controller", "--lb-class").is_some() {
        return;
    }
    for (kind, value) in cluster.others() {
        let name = text(value, "/metadata/name");
        let disabled = value.pointer("/spec/disabled").and_then(Value::as_bool).unwrap_or(false);
        let (program, way) = match kind {
            "DaemonSet" if name.starts_with("svclb-") => {
                ("k3s's service load balancer", "start k3s with --disable servicelb")
            }
            "CiliumLoadBalancerIPPool" if !disabled => {
                ("Cilium's address management", "remove the CiliumLoadBalancerIPPool")
            }
            _ => continue,
        };
        let message = format!("{program} serves services of type LoadBalancer as well ({kind} {name})");
        findings.push(
            warning("second-allocator", message)
                .at(view.intent.cluster.place)
                .on(format!("{kind} {name}"))
                .hint(format!("{way}, or give metallb a load balancer class of its own")),
        );
    }
}

/// With IPVS every node has the address and would answer for it.
fn strict_arp(view: &View<'_>, cluster: &Cluster<'_>, findings: &mut Vec<Finding>) {
    let Some(pool) = view.intent.pools.iter().find(|pool| !pool.l2.is_empty()) else { return };
    let map = cluster
        .others()
        .find(|(kind, value)| *kind == "ConfigMap" && text(value, "/metadata/name") == "kube-proxy");
    let Some((_, map)) = map else { return };
    let config = text(map, "/data/config.conf");
    let setting = |key: &str| {
        let line = config.lines().map(str::trim).find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
        line.map(|value| value.trim().trim_matches(['"', '\'']))
    };
    if setting("mode") == Some("ipvs") && setting("strictARP") != Some("true") {
        let message = format!(
            "kube-proxy runs IPVS without strictARP, so every node answers for addresses of pool {}",
            pool.name.value
        );
        findings.push(
            warning("ipvs-without-strict-arp", message)
                .at(pool.name.place)
                .on("ConfigMap kube-system/kube-proxy")
                .hint("set ipvs.strictARP to true in kube-proxy's configuration"),
        );
    }
}

/// What MetalLB and frr-k8s say about their own configuration.
fn states(view: &View<'_>, cluster: &Cluster<'_>, findings: &mut Vec<Finding>) {
    for (kind, value) in cluster.others() {
        let name = text(value, "/metadata/name");
        let (code, message) = match kind {
            "ConfigurationState" => {
                let invalid = array(value, "/status/conditions").iter().find(|condition| {
                    text(condition, "/type") == "Ready" || text(condition, "/type") == "Valid"
                });
                let result = text(value, "/status/result");
                let summary = text(value, "/status/errorSummary");
                let failed = result == "Invalid" || invalid.is_some_and(|c| text(c, "/status") == "False");
                if !failed {
                    continue;
                }
                let why = match (summary, invalid.map_or("", |c| text(c, "/message"))) {
                    ("", message) => message,
                    (summary, _) => summary,
                };
                ("metallb-configuration-stale", format!("metallb runs on an old configuration: {why}"))
            }
            "FRRNodeState" => {
                let conversion = text(value, "/status/lastConversionResult");
                let reload = text(value, "/status/lastReloadResult");
                let failed = [conversion, reload].into_iter().find(|r| !matches!(*r, "" | "success"));
                let Some(failed) = failed else { continue };
                (
                    "frr-k8s-conversion-failed",
                    format!("frr-k8s on {name} keeps an old configuration: {failed}"),
                )
            }
            _ => continue,
        };
        let finding = if code == "metallb-configuration-stale" {
            error("metallb-configuration-stale", message)
                .hint("correct the object that is named: a restart of a speaker would withdraw everything")
        } else {
            error("frr-k8s-conversion-failed", message)
                .hint("make the FRRConfigurations agree about the neighbor, or remove the one made by hand")
        };
        findings.push(finding.at(view.intent.cluster.place).on(format!("{kind} {name}")));
    }
}
