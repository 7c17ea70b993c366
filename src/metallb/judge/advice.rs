//! What every judge of MetalLB's lets pass and that still does not do what it seems to.

use std::collections::{HashMap, HashSet};

use super::Judge;
use super::config::nodes::NodeSets;
use super::config::pools::{self, Pool};
use super::config::{Advertisements, PoolSelection};
use super::set::{Item, Objects, Of, Set, is_old_peer, set, within};
use crate::finding::{Finding, Layer};
use crate::metallb::address::parse_address;
use crate::metallb::duration;
use crate::metallb::features::{Feature, Support, support};
use crate::metallb::kinds::{BgpPeerSpec, IpAddressPoolSpec, Kind};
use crate::metallb::labels::LabelSelector;
use crate::metallb::manifest::Manifest;
use crate::metallb::version::{Backend, Version};

/// How many communities fit into one route: FRR and the native code both keep one length byte.
const MAX_COMMUNITIES: usize = 63;

pub(super) fn judge(
    judge: &Judge,
    objects: &Objects<'_>,
    all: &Set<'_>,
    home: &str,
    findings: &mut Vec<Finding>,
) {
    let mut advice = Advice { judge, findings };
    let entries = pools::read(all);
    let ads = Advertisements::resolve(all);
    for (manifest, _) in &objects.given {
        advice.where_it_is(manifest, home);
    }
    advice.pools(all, &entries);
    advice.peers(all, home);
    advice.advertisements(all);
    advice.unannounced(all, &ads);
}

struct Advice<'j, 'f> {
    judge: &'j Judge,
    findings: &'f mut Vec<Finding>,
}

impl Advice<'_, '_> {
    fn warn<T>(&mut self, item: &Item<'_, T>, rule: &'static str, pointer: &str, message: String) {
        self.findings.push(item.warning(rule, pointer, message));
    }

    fn where_it_is(&mut self, manifest: &Manifest, home: &str) {
        let mut push = |rule: &'static str, pointer: &str, message: String| {
            let finding = Finding::warning(Layer::Metallb, rule, message).on(manifest.title());
            self.findings.push(match manifest.place(pointer) {
                Some(place) => finding.at(place),
                None => finding,
            });
        };
        let old_peer = is_old_peer(manifest.value());
        if old_peer {
            let message = "v1beta1 is deprecated: it stores timers of 0s and loses newer fields".into();
            push("peer-v1beta1", "/apiVersion", message);
        }
        let of_metallb = old_peer || manifest.kind().is_some_and(Kind::is_metallb);
        if of_metallb && !within(manifest.namespace(), home) {
            let message = format!("metallb runs in {home} and does not see objects of other namespaces");
            push("object-foreign-namespace", "/metadata/namespace", message);
        }
    }

    fn pools(&mut self, all: &Set<'_>, entries: &[Pool<'_>]) {
        if self.judge.version != Version::V0_15_0 {
            for (item, pointer, message) in pools::node_addresses(all, entries) {
                self.warn(item, "pool-node-address", &pointer, message);
            }
        }
        for pool in entries {
            for (index, _) in pool.entries.iter().filter(|(_, entry)| entry.mixed) {
                let text = pool.written(*index);
                let message =
                    format!("{text} runs from one address family to the other and yields no address");
                self.warn(pool.item, "pool-range-families", &format!("/spec/addresses/{index}"), message);
            }
            self.allocation(all, pool.item);
        }
    }

    fn allocation(&mut self, all: &Set<'_>, item: &Of<'_, IpAddressPoolSpec>) {
        let Some(allocation) = &item.object.spec.service_allocation else { return };
        if let Some(priority) = allocation.priority.filter(|priority| *priority < 0) {
            let message = format!("priority is {priority}, but only positive numbers are ranked");
            self.warn(item, "pool-priority-negative", "/spec/serviceAllocation/priority", message);
        }
        let selects = |selector: &LabelSelector| {
            all.namespaces.iter().any(|namespace| selector.matches(&namespace.object.metadata.labels))
        };
        let selectors = &allocation.namespace_selectors;
        let nothing = !selectors.is_empty() && !all.namespaces.is_empty() && !selectors.iter().any(selects);
        if nothing && allocation.namespaces.is_empty() {
            let message =
                "no namespace matches, so metallb does not restrict the pool by namespace at all".into();
            let pointer = "/spec/serviceAllocation/namespaceSelectors";
            self.warn(item, "pool-namespaces-match-nothing", pointer, message);
        }
    }

    fn peers(&mut self, all: &Set<'_>, home: &str) {
        let mut nodes = NodeSets::new(&all.nodes);
        for item in &all.peers {
            let spec = &item.object.spec;
            let on = nodes.select(&spec.node_selectors);
            self.one_peer(item, home);
            self.ignored(item);
            if !all.nodes.is_empty() {
                let count = nodes.members(on).len();
                if count == 0 {
                    let message = "nodeSelectors match no node, so no session will be there".into();
                    self.warn(item, "peer-no-node", "/spec/nodeSelectors", message);
                }
                if let Some(source) = set(&spec.source_address).filter(|_| count > 1) {
                    let message =
                        format!("sourceAddress {source} is used by {count} nodes, but can be on one only");
                    self.warn(item, "peer-source-many-nodes", "/spec/sourceAddress", message);
                }
            }
        }
        if self.judge.backend == Backend::Native {
            self.twice(all, &mut nodes);
        }
    }

    /// Two native sessions from one node to one address and port.
    fn twice(&mut self, all: &Set<'_>, nodes: &mut NodeSets<'_>) {
        let mut taken: HashMap<(&str, u16, Option<u32>), &Of<'_, BgpPeerSpec>> = HashMap::new();
        for item in &all.peers {
            let spec = &item.object.spec;
            let Some(address) = set(&spec.peer_address) else { continue };
            let port = spec.peer_port.unwrap_or(179);
            let on = nodes.select(&spec.node_selectors);
            // With no known nodes every peer may be on the same one.
            let on: Vec<Option<u32>> = match all.nodes.is_empty() {
                true => vec![None],
                false => nodes.members(on).iter().copied().map(Some).collect(),
            };
            let other = on.iter().find_map(|node| taken.get(&(address, port, *node)).copied());
            if let Some(other) = other {
                let message = format!(
                    "{} dials {address} too, and two sessions from one node push each other out",
                    other.manifest.title()
                );
                self.warn(item, "native-duplicate-peer", "/spec/peerAddress", message);
            }
            for node in on {
                taken.entry((address, port, node)).or_insert(item);
            }
        }
    }

    fn one_peer(&mut self, item: &Of<'_, BgpPeerSpec>, home: &str) {
        let spec = &item.object.spec;
        let address = |text: &Option<String>| set(text).and_then(parse_address);
        if let Some(id) = address(&spec.router_id).filter(std::net::IpAddr::is_ipv6) {
            let (consequence, crash) = match self.judge.backend {
                Backend::Native => ("the native speaker crashes on it when it opens the session", true),
                Backend::Frr | Backend::FrrK8s => ("FRR refuses the line", false),
            };
            let message = format!("routerID {id} is not in IPv4 form: {consequence}");
            let mut finding = item.warning("peer-router-id-ipv6", "/spec/routerID", message);
            if crash {
                finding.severity = crate::finding::Severity::Error;
            }
            self.findings.push(finding);
        }
        if let (Some(source), Some(peer)) = (address(&spec.source_address), address(&spec.peer_address))
            && source.is_ipv4() != peer.is_ipv4()
        {
            let message = format!("sourceAddress {source} and peerAddress {peer} are of different families");
            self.warn(item, "peer-source-family", "/spec/sourceAddress", message);
        }
        if spec.hold_time.as_deref().and_then(duration::parse) == Some(0) {
            let message = "holdTime is 0: no keepalives are sent and a dead router is never noticed".into();
            self.warn(item, "peer-hold-zero", "/spec/holdTime", message);
        }
        let secret = spec.password_secret.as_ref().filter(|secret| set(&secret.name).is_some());
        let elsewhere =
            secret.and_then(|secret| set(&secret.namespace)).filter(|namespace| *namespace != home);
        if let Some(namespace) = elsewhere {
            let message = format!("namespace {namespace} is not looked at: the secret is read in {home}");
            self.warn(item, "peer-secret-namespace", "/spec/passwordSecret/namespace", message);
        }
    }

    /// Fields that this release and backend accept and do nothing with.
    fn ignored(&mut self, item: &Of<'_, BgpPeerSpec>) {
        let spec = &item.object.spec;
        for (is_set, feature, field) in [
            (set(&spec.source_address).is_some(), Feature::SourceAddress, "sourceAddress"),
            (spec.local_asn.is_some_and(|asn| asn != 0), Feature::LocalAsn, "localASN"),
            (spec.disable_mp == Some(true), Feature::DisableMp, "disableMP"),
            (spec.ebgp_multi_hop == Some(true), Feature::EbgpMultiHop, "ebgpMultiHop"),
        ] {
            if let Support::Ignored(why) = support(feature, self.judge.version, self.judge.backend)
                && is_set
            {
                let message = format!("{field} has no effect: {why}");
                let mut finding = item.warning("peer-field-ignored", &format!("/spec/{field}"), message);
                // The native speaker gets through without it, so nothing is lost.
                if feature == Feature::EbgpMultiHop {
                    finding.severity = crate::finding::Severity::Info;
                }
                self.findings.push(finding);
            }
        }
    }

    fn advertisements(&mut self, all: &Set<'_>) {
        let peers: HashSet<&str> = all.peers.iter().map(|item| item.object.metadata.name.as_str()).collect();
        let pools: HashSet<&str> = all.pools.iter().map(|item| item.object.metadata.name.as_str()).collect();
        let mut selection = PoolSelection::new(all);
        let mut nodes = NodeSets::new(&all.nodes);
        for item in &all.bgp {
            let spec = &item.object.spec;
            self.unknown(item, &spec.peers, &peers, "/spec/peers", "adv-unknown-peer", "BGPPeer");
            self.unknown(
                item,
                &spec.ip_address_pools,
                &pools,
                "/spec/ipAddressPools",
                "adv-unknown-pool",
                "IPAddressPool",
            );
            self.matches_nothing(
                item,
                &spec.ip_address_pool_selectors,
                &spec.node_selectors,
                (&mut selection, &mut nodes),
                all,
            );
            let count = spec.communities.len();
            if count > MAX_COMMUNITIES {
                let message = format!(
                    "{count} communities do not fit into a route, which has room for {MAX_COMMUNITIES}"
                );
                self.warn(item, "adv-many-communities", "/spec/communities", message);
            }
        }
        for item in &all.l2 {
            let spec = &item.object.spec;
            self.unknown(
                item,
                &spec.ip_address_pools,
                &pools,
                "/spec/ipAddressPools",
                "adv-unknown-pool",
                "IPAddressPool",
            );
            self.matches_nothing(
                item,
                &spec.ip_address_pool_selectors,
                &spec.node_selectors,
                (&mut selection, &mut nodes),
                all,
            );
        }
    }

    fn unknown<T>(
        &mut self,
        item: &Item<'_, T>,
        names: &[String],
        known: &HashSet<&str>,
        pointer: &str,
        rule: &'static str,
        kind: &str,
    ) {
        for (index, name) in names.iter().enumerate().filter(|(_, name)| !known.contains(name.as_str())) {
            let message = format!("there is no {kind} {name}, and metallb ignores the name silently");
            self.warn(item, rule, &format!("{pointer}/{index}"), message);
        }
    }

    fn matches_nothing<T>(
        &mut self,
        item: &Item<'_, T>,
        pools: &[LabelSelector],
        nodes: &[LabelSelector],
        (selection, sets): (&mut PoolSelection<'_>, &mut NodeSets<'_>),
        all: &Set<'_>,
    ) {
        if !pools.is_empty() && selection.select(&[], pools).is_empty() {
            let message = "ipAddressPoolSelectors match no pool".into();
            self.warn(item, "adv-selects-nothing", "/spec/ipAddressPoolSelectors", message);
        }
        let on = sets.select(nodes);
        if !nodes.is_empty() && !all.nodes.is_empty() && sets.members(on).is_empty() {
            let message = "nodeSelectors match no node".into();
            self.warn(item, "adv-selects-nothing", "/spec/nodeSelectors", message);
        }
    }

    /// Pools that no advertisement of either kind selects.
    fn unannounced(&mut self, all: &Set<'_>, ads: &Advertisements<'_>) {
        let mut selection = PoolSelection::new(all);
        let mut over_l2 = HashSet::new();
        let mut every = false;
        for item in &all.l2 {
            let spec = &item.object.spec;
            every |= spec.ip_address_pools.is_empty() && spec.ip_address_pool_selectors.is_empty();
            over_l2.extend(selection.select(&spec.ip_address_pools, &spec.ip_address_pool_selectors));
        }
        if every {
            return;
        }
        for (at, item) in all.pools.iter().enumerate() {
            if !over_l2.contains(&at) && ads.first_selecting(at).is_none() {
                let message =
                    "no advertisement selects the pool, so its addresses are reachable from nowhere".into();
                self.warn(item, "pool-unadvertised", "/metadata/name", message);
            }
        }
    }
}
