//! IPAddressPool, BGPAdvertisement and L2Advertisement.

use super::gate::Gate;
use super::select::{label_selector, node_selectors};
use super::{Objects, Peers};
use crate::declaration::types;
use crate::finding::{Finding, Layer};
use crate::intent::{Advertisement, Community, Family, L2Advertisement, Pool, Topology};
use crate::metallb::kinds::{
    BgpAdvertisementSpec, IpAddressPoolSpec, L2AdvertisementSpec, ServiceAllocation,
};
use crate::metallb::{AnyObject, Feature, Object};

pub(super) fn add_pool(
    objects: &mut Objects<'_>,
    gate: &mut Gate<'_>,
    topology: &Topology<'_>,
    peers: &Peers,
    pool: &Pool,
) {
    let spec = IpAddressPoolSpec {
        addresses: pool.entries.clone(),
        auto_assign: (!pool.auto_assign).then_some(false),
        avoid_buggy_ips: pool.avoid_buggy_ips.then_some(true),
        service_allocation: pool.service_allocation.as_ref().map(service_allocation),
        ..IpAddressPoolSpec::default()
    };
    let object = AnyObject::IpAddressPool(Object::new(objects.namespace, pool.name.value.as_str(), spec));
    objects.add(object, pool.place);
    if admits_bgp(gate, pool) {
        for advertisement in &pool.advertisements {
            add_bgp(objects, gate, topology, peers, pool, advertisement);
        }
    }
    for advertisement in &pool.l2 {
        add_l2(objects, topology, pool, advertisement);
    }
}

/// One BGPAdvertisement over a pool with IPv6 makes the native backend refuse everything.
fn admits_bgp(gate: &mut Gate<'_>, pool: &Pool) -> bool {
    let v6 = pool.ranges.iter().find(|range| range.family() == Family::Ipv6);
    match v6.filter(|_| !pool.advertisements.is_empty()) {
        Some(range) => {
            let what = format!("IPAddressPool {}: {} announced over BGP", *pool.name, range.value);
            gate.admits(Feature::Ipv6OverBgp, range.place, &what)
        }
        None => true,
    }
}

fn add_bgp(
    objects: &mut Objects<'_>,
    gate: &mut Gate<'_>,
    topology: &Topology<'_>,
    peers: &Peers,
    pool: &Pool,
    advertisement: &Advertisement,
) {
    let name = advertisement.name.as_str();
    let mut told = Vec::new();
    if let Some(named) = &advertisement.peers {
        told.extend(named.iter().flat_map(|&peer| peers.objects_of(peer)).map(str::to_owned));
        if told.is_empty() {
            // Without names it would go to every peer, foreign ones included.
            gate.push(
                Finding::info(
                    Layer::Intent,
                    "advertisement-without-peer",
                    format!("BGPAdvertisement {name}: none of its peers has a session, so it is left out"),
                )
                .at(advertisement.place),
            );
            return;
        }
    }
    let mut communities = Vec::with_capacity(advertisement.communities.len());
    for community in &advertisement.communities {
        let large = matches!(community.value, Community::Large(..));
        let what = format!("BGPAdvertisement {name}: community {}", community.value);
        if !large || gate.admits(Feature::LargeCommunities, community.place, &what) {
            communities.push(community.value.to_string());
        }
    }
    let length = |family: Family| {
        let length = advertisement.length(family);
        (length != family.bits() && pool.has(family)).then(|| i32::from(length))
    };
    let spec = BgpAdvertisementSpec {
        aggregation_length: length(Family::Ipv4),
        aggregation_length_v6: length(Family::Ipv6),
        local_pref: advertisement.local_pref.as_ref().map(|preference| preference.value),
        communities,
        ip_address_pools: vec![pool.name.value.clone()],
        node_selectors: node_selectors(topology, &advertisement.nodes),
        peers: told,
        ..BgpAdvertisementSpec::default()
    };
    let object = AnyObject::BgpAdvertisement(Object::new(objects.namespace, name, spec));
    objects.add(object, advertisement.place);
}

fn add_l2(objects: &mut Objects<'_>, topology: &Topology<'_>, pool: &Pool, advertisement: &L2Advertisement) {
    let spec = L2AdvertisementSpec {
        ip_address_pools: vec![pool.name.value.clone()],
        node_selectors: node_selectors(topology, &advertisement.nodes),
        interfaces: advertisement.interfaces.clone(),
        ..L2AdvertisementSpec::default()
    };
    let name = advertisement.name.as_str();
    let object = AnyObject::L2Advertisement(Object::new(objects.namespace, name, spec));
    objects.add(object, advertisement.place);
}

fn service_allocation(declared: &types::ServiceAllocation) -> ServiceAllocation {
    ServiceAllocation {
        priority: declared.priority.map(i64::from),
        namespaces: declared.namespaces.clone(),
        namespace_selectors: declared.namespace_selectors.iter().map(label_selector).collect(),
        service_selectors: declared.service_selectors.iter().map(label_selector).collect(),
        ..ServiceAllocation::default()
    }
}
