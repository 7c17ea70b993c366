//! Rules of one backend: what native refuses, and what FRR cannot combine.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::advertisements::Advertisements;
use super::nodes::NodeSets;
use super::peers::timer;
use super::pools::Pool;
use crate::metallb::community::CommunityValue;
use crate::metallb::judge::set::{Of, Report, Set, set};
use crate::metallb::kinds::{BgpPeerSpec, DynamicAsn};
use crate::metallb::version::Version;

type Peer<'a> = Of<'a, BgpPeerSpec>;

/// Native: IPv4, standard communities, and nothing that the Go code does not do.
pub(super) fn native(report: &mut Report<'_>, all: &Set<'_>, pools: &[Pool<'_>], ads: &Advertisements<'_>) {
    for item in &all.peers {
        native_peer(report, item);
    }
    for item in &all.bfd {
        let message = "the native backend has no BFD and refuses every BFDProfile, used or not".into();
        report.error(item, "native-bfd-object", "/kind", message);
    }
    for (at, pool) in pools.iter().enumerate() {
        let Some((index, _)) = pool.entries.iter().find(|(_, entry)| !entry.mixed && !entry.is_v4()) else {
            continue;
        };
        if let Some(advertisement) = ads.first_selecting(at) {
            let message = format!(
                "{} is IPv6 and {} announces it, but the native backend has no IPv6",
                pool.written(*index),
                advertisement.manifest.title()
            );
            report.error(pool.item, "native-ipv6-pool", &format!("/spec/addresses/{index}"), message);
        }
    }
    let large = |text: &str| matches!(text.parse(), Ok(CommunityValue::Large(..)));
    for item in &all.bgp {
        for (index, text) in item.object.spec.communities.iter().enumerate().filter(|(_, text)| large(text)) {
            let message = format!("{text} is a large community, which the native backend cannot send");
            report.error(item, "native-large-community", &format!("/spec/communities/{index}"), message);
        }
    }
    for item in &all.communities {
        for (index, alias) in item.object.spec.communities.iter().enumerate().filter(|(_, a)| large(&a.value))
        {
            let message = format!(
                "{} is the large community {}, which the native backend refuses even if nobody uses it",
                alias.name, alias.value
            );
            report.error(
                item,
                "native-large-community",
                &format!("/spec/communities/{index}/value"),
                message,
            );
        }
    }
}

fn native_peer(report: &mut Report<'_>, item: &Peer<'_>) {
    let spec = &item.object.spec;
    let on = |flag: Option<bool>| flag == Some(true);
    let dynamic = spec.dynamic_asn.as_ref().is_some_and(|d| *d != DynamicAsn::Other(String::new()));
    let keepalive = timer(&spec.keepalive_time).and_then(Result::ok).is_some_and(|time| time != 0);
    let profile = set(&spec.bfd_profile).is_some() && !report.is_webhook();
    for (is_set, rule, field) in [
        (profile, "native-bfd-profile-ref", "bfdProfile"),
        (keepalive, "native-keepalive", "keepaliveTime"),
        (set(&spec.vrf).is_some(), "native-vrf", "vrf"),
        (spec.connect_time.is_some(), "native-connect-time", "connectTime"),
        (on(spec.enable_graceful_restart), "native-graceful-restart", "enableGracefulRestart"),
        (on(spec.disable_mp), "native-disable-mp", "disableMP"),
        (on(spec.dual_stack_address_family), "native-dual-stack", "dualStackAddressFamily"),
        (dynamic, "native-dynamic-asn", "dynamicASN"),
        (set(&spec.interface).is_some(), "native-interface", "interface"),
        (spec.local_asn.is_some_and(|asn| asn != 0), "native-local-asn", "localASN"),
    ] {
        if is_set {
            let message = format!("{field} is set, which the native backend refuses");
            report.error(item, rule, &format!("/spec/{field}"), message);
        }
    }
}

/// FRR: peers that share a node share one FRR.
pub(super) fn frr(report: &mut Report<'_>, all: &Set<'_>) {
    let by_node = report.judge.version >= Version::V0_16_0 && !all.nodes.is_empty();
    let groups =
        if by_node { groups_by_node(all) } else { vec![Group { peers: all.peers.clone(), near: vec![0] }] };
    let summaries: Vec<Summary<'_>> = groups.iter().map(|group| Summary::of(report, &group.peers)).collect();
    let mut order: Vec<(&Peer<'_>, &Group<'_>)> = Vec::new();
    for group in &groups {
        order.extend(group.peers.iter().map(|peer| (*peer, group)));
    }
    order.sort_by_key(|(peer, _)| rank(peer));
    for (peer, group) in order {
        let near = group.near.iter().filter_map(|at| summaries.get(*at));
        compare(report, peer, near, by_node);
    }
}

/// MetalLB's order: by name, then as given.
fn rank<'p>(peer: &'p Peer<'_>) -> (&'p str, usize) {
    (&peer.object.metadata.name, peer.order)
}

/// Peers that run on exactly the same nodes, and the groups (itself among them) that share a node.
struct Group<'s> {
    peers: Vec<&'s Peer<'s>>,
    near: Vec<usize>,
}

fn groups_by_node<'s>(all: &Set<'s>) -> Vec<Group<'s>> {
    let mut sets = NodeSets::new(&all.nodes);
    let mut by_set: BTreeMap<usize, Vec<&'s Peer<'s>>> = BTreeMap::new();
    for peer in &all.peers {
        by_set.entry(sets.select(&peer.object.spec.node_selectors)).or_default().push(peer);
    }
    let ids: Vec<usize> = by_set.keys().copied().collect();
    let near = sets.neighbors(&ids);
    by_set.into_values().zip(near).map(|(peers, near)| Group { peers, near }).collect()
}

/// What others of a group can collide with. Of each value the first peer is enough, and the first
/// peer with another value.
struct Summary<'s> {
    router_ids: [Option<&'s Peer<'s>>; 2],
    addresses: HashMap<String, &'s Peer<'s>>,
    asns: HashMap<&'s str, [Option<&'s Peer<'s>>; 2]>,
}

impl<'s> Summary<'s> {
    fn of(report: &Report<'_>, peers: &[&'s Peer<'s>]) -> Self {
        let mut summary = Summary { router_ids: [None; 2], addresses: HashMap::new(), asns: HashMap::new() };
        for peer in peers {
            first_two(&mut summary.router_ids, peer, |a, b| router_id(a) == router_id(b));
            summary.addresses.entry(identifier(report.judge.version, &peer.object.spec)).or_insert(peer);
            let asns = summary.asns.entry(vrf(peer)).or_default();
            first_two(asns, peer, |a, b| a.object.spec.my_asn == b.object.spec.my_asn);
        }
        summary
    }
}

fn first_two<'s>(
    kept: &mut [Option<&'s Peer<'s>>; 2],
    peer: &'s Peer<'s>,
    same: impl Fn(&Peer<'_>, &Peer<'_>) -> bool,
) {
    match kept {
        [None, _] => kept[0] = Some(peer),
        [Some(first), None] if !same(first, peer) => kept[1] = Some(peer),
        _ => {}
    }
}

fn router_id<'p>(peer: &'p Peer<'_>) -> &'p str {
    peer.object.spec.router_id.as_deref().unwrap_or_default()
}

fn vrf<'p>(peer: &'p Peer<'_>) -> &'p str {
    peer.object.spec.vrf.as_deref().unwrap_or_default()
}

/// By what MetalLB tells peers apart: the text of the address (or interface), and the VRF.
fn identifier(version: Version, spec: &BgpPeerSpec) -> String {
    let address = set(&spec.peer_address).or(set(&spec.interface)).unwrap_or_default();
    match set(&spec.vrf) {
        None if version >= Version::V0_16_0 => address.to_owned(),
        vrf => format!("{address}-{}", vrf.unwrap_or_default()),
    }
}

/// Compares a peer with the earlier ones near it. Each rule is told once for a peer.
fn compare<'s>(
    report: &mut Report<'_>,
    peer: &Peer<'_>,
    near: impl Iterator<Item = &'s Summary<'s>> + Clone,
    by_node: bool,
) {
    let earlier = |other: &&&Peer<'_>| rank(other) < rank(peer);
    let where_ = if by_node { ", and both run on one node" } else { "" };
    let mut other = None;
    for summary in near.clone() {
        let differs = summary.router_ids.iter().flatten().filter(|o| router_id(o) != router_id(peer));
        other = differs.filter(earlier).chain(other.iter()).min_by_key(|o| rank(o)).copied();
    }
    if let Some(other) = other {
        let shown = |id: &str| if id.is_empty() { "not set".to_owned() } else { id.to_owned() };
        let message = format!(
            "routerID is {}, but {} has {}{where_}; FRR has one for all",
            shown(router_id(peer)),
            other.manifest.title(),
            shown(router_id(other))
        );
        collision(report, peer, other, "frr-router-id-differs", "/spec/routerID", message);
    }
    let address = identifier(report.judge.version, &peer.object.spec);
    let same = near.clone().filter_map(|summary| summary.addresses.get(&address)).filter(earlier);
    if let Some(other) = same.min_by_key(|o| rank(o)).copied() {
        let (field, text) = match set(&peer.object.spec.peer_address) {
            Some(text) => ("peerAddress", text),
            None => ("interface", set(&peer.object.spec.interface).unwrap_or_default()),
        };
        let message = format!("{field} {text} is that of {} too{where_}", other.manifest.title());
        collision(report, peer, other, "frr-duplicate-peer", &format!("/spec/{field}"), message);
    }
    let mut other = None;
    for summary in near {
        let asns = summary.asns.get(vrf(peer)).into_iter().flatten().flatten();
        let differs = asns.filter(|o| o.object.spec.my_asn != peer.object.spec.my_asn);
        other = differs.filter(earlier).chain(other.iter()).min_by_key(|o| rank(o)).copied();
    }
    if let Some(other) = other {
        let message = format!(
            "myASN is {}, but {} has {}{where_}; FRR has one for each VRF",
            peer.object.spec.my_asn,
            other.manifest.title(),
            other.object.spec.my_asn
        );
        collision(report, peer, other, "frr-my-asn-differs", "/spec/myASN", message);
    }
}

fn collision(
    report: &mut Report<'_>,
    peer: &Peer<'_>,
    other: &Peer<'_>,
    rule: &'static str,
    pointer: &str,
    message: String,
) {
    let finding = peer.error(report.layer, rule, pointer, message);
    report.findings.push(other.label(finding, pointer, "the other peer"));
}

/// BFD echo packets exist for IPv4 only.
pub(super) fn echo(report: &mut Report<'_>, all: &Set<'_>, pools: &[Pool<'_>], ads: &Advertisements<'_>) {
    let profiles: HashSet<&str> = all
        .bfd
        .iter()
        .filter(|item| item.object.spec.echo_mode == Some(true))
        .map(|item| item.object.metadata.name.as_str())
        .collect();
    let with_echo =
        |peer: &&&Peer<'_>| set(&peer.object.spec.bfd_profile).is_some_and(|p| profiles.contains(p));
    let peers: BTreeMap<&str, &Peer<'_>> =
        all.peers.iter().filter(with_echo).map(|peer| (peer.object.metadata.name.as_str(), *peer)).collect();
    let Some(first) = peers.values().next() else { return };
    let is_v6 = |at: &usize| {
        pools
            .get(*at)
            .is_some_and(|pool| pool.entries.iter().any(|(_, entry)| !entry.mixed && !entry.is_v4()))
    };
    let v6: Vec<usize> = (0..pools.len()).filter(is_v6).collect();
    for ad in &ads.all {
        let named = &ad.item.object.spec.peers;
        let peer =
            if named.is_empty() { Some(first) } else { named.iter().find_map(|n| peers.get(n.as_str())) };
        let Some(peer) = peer else { continue };
        let pool =
            if ad.every_pool { v6.first().copied() } else { ad.pools.iter().copied().find(|at| is_v6(at)) };
        if let Some(pool) = pool.and_then(|at| pools.get(at)) {
            let message = format!(
                "pool {} has IPv6 and is announced to {}, whose BFD profile has echo mode",
                pool.name(),
                peer.manifest.title()
            );
            report.error(ad.item, "frr-bfd-echo-v6", "/spec", message);
        }
    }
}
