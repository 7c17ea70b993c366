//! A home lab made by hand for tests: what is wanted, and a firewall to hold it.

use std::net::IpAddr;

use crate::compile::router::list_name;
use crate::compile::{Desired, DesiredCluster, DesiredObject, DesiredRouter, RouterPart};
use crate::compile::{MANAGED_BY, MANAGED_BY_LABEL, NETWORK_LABEL};
use crate::finding::{Place, SourceId};
use crate::frr::{Neighbor, Password, PrefixList, PrefixRow, RouteMap, RouteMapEntry, RouterConfig};
use crate::intent::Family;
use crate::intent::naming::{description, policy_in, policy_out};
use crate::metallb::kinds::{BgpAdvertisementSpec, BgpPeerSpec, IpAddressPoolSpec};
use crate::metallb::{AnyObject, Backend, BgpAdvertisement, BgpPeer, IpAddressPool, Metadata, Version};
use crate::observed::{Observed, PfsenseFacts, PfsenseState, RouterState};
use crate::pfsense::xml::Document;

pub(crate) const NODES: [(&str, &str); 3] =
    [("master1", "192.168.4.4"), ("node1", "192.168.4.10"), ("node2", "192.168.4.20")];

pub(crate) fn place() -> Place {
    Place::new(SourceId(0), 0, 1)
}

/// What a router should hold for nodes and pools.
pub(crate) fn config(network: &str, peer: &str, nodes: &[(&str, &str)], pools: &[&str]) -> RouterConfig {
    let (map_in, map_out) = (policy_in(network, peer), policy_out(network, peer));
    let neighbor = |(name, address): &(&str, &str)| {
        let address: IpAddr = address.parse().expect("an address");
        Neighbor {
            address,
            remote_as: 64500,
            description: description(name, network),
            password: Password::None,
            passive: true,
            timers: None,
            bfd: false,
            ebgp_multihop: None,
            update_source: None,
            soft_reconfiguration_inbound: true,
            graceful_restart_helper: false,
            ipv4_unicast: address.is_ipv4(),
            ipv6_unicast: address.is_ipv6(),
            route_map_in: map_in.clone(),
            route_map_out: map_out.clone(),
            maximum_prefix: None,
        }
    };
    let rows = pools.iter().zip(1_u32..).map(|(pool, number)| PrefixRow {
        seq: number * 10,
        permit: true,
        prefix: Some(pool.parse().expect("a prefix")),
        le: Some(32),
    });
    let mut rows: Vec<PrefixRow> = rows.collect();
    if rows.is_empty() {
        rows.push(PrefixRow { seq: 10, permit: false, prefix: None, le: None });
    }
    let name = list_name(&map_in, Family::Ipv4);
    let entry = |permit, list| RouteMapEntry { seq: 10, permit, prefix_list: list };
    RouterConfig {
        asn: 64501,
        router_id: [192, 168, 4, 1].into(),
        addresses: vec![[192, 168, 4, 1].into()],
        neighbors: nodes.iter().map(neighbor).collect(),
        prefix_lists: vec![PrefixList {
            name: name.clone(),
            ipv6: false,
            description: format!("announced by the nodes [ms:{network}]"),
            rows,
        }],
        route_maps: vec![
            RouteMap { name: map_in, entries: vec![entry(true, Some((name, false)))] },
            RouteMap { name: map_out, entries: vec![entry(false, None)] },
        ],
        null_routes: pools.iter().map(|pool| pool.parse().expect("a prefix")).collect(),
        bfd: Vec::new(),
    }
}

/// A network with one firewall.
pub(crate) fn desired(network: &str, objects: Vec<AnyObject>, part: RouterPart) -> Desired {
    let objects = objects.into_iter().map(|object| DesiredObject { object, place: place() }).collect();
    Desired {
        network: network.into(),
        cluster: DesiredCluster {
            namespace: "metallb-system".into(),
            version: Version::V0_15_2,
            backend: Backend::Native,
            unmanaged: false,
            objects,
        },
        routers: vec![DesiredRouter { peer: 0, member: 0, path: "pfsense".into(), part, place: place() }],
    }
}

pub(crate) fn pfsense(config: RouterConfig) -> RouterPart {
    RouterPart::Pfsense { config: Box::new(config), carp: None }
}

fn labelled(mut metadata: Metadata, network: &str) -> Metadata {
    metadata.labels.insert(MANAGED_BY_LABEL.into(), MANAGED_BY.into());
    metadata.labels.insert(NETWORK_LABEL.into(), network.into());
    metadata
}

fn named(name: &str, network: &str) -> Metadata {
    labelled(Metadata::new("metallb-system", name), network)
}

/// The guide's three objects, labelled.
pub(crate) fn objects(network: &str, addresses: &[&str]) -> Vec<AnyObject> {
    let pool = IpAddressPoolSpec {
        addresses: addresses.iter().map(|text| (*text).to_owned()).collect(),
        ..IpAddressPoolSpec::default()
    };
    let advertisement = BgpAdvertisementSpec {
        ip_address_pools: vec!["metallb-pool".into()],
        communities: vec!["65535:65282".into()],
        local_pref: Some(100),
        ..BgpAdvertisementSpec::default()
    };
    let peer = BgpPeerSpec {
        my_asn: 64500,
        peer_asn: Some(64501),
        peer_address: Some("192.168.4.1".into()),
        ..BgpPeerSpec::default()
    };
    let mut pool = IpAddressPool::new("m", "n", pool);
    pool.metadata = named("metallb-pool", network);
    let mut advertisement = BgpAdvertisement::new("m", "n", advertisement);
    advertisement.metadata = named("metallb-advertisment", network);
    let mut peer = BgpPeer::new("m", "n", peer);
    peer.metadata = named("metallb-bgppeer-pfsense", network);
    vec![
        AnyObject::IpAddressPool(pool),
        AnyObject::BgpPeer(Box::new(peer)),
        AnyObject::BgpAdvertisement(advertisement),
    ]
}

/// A firewall with these sections below `installedpackages`.
pub(crate) fn firewall_text(sections: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?>\n<pfsense>\n\t<version>23.9</version>\n\t<interfaces>\n\t\t<lan>\n\t\t\t<enable></enable>\n\t\t\t<if>vtnet1</if>\n\t\t\t<ipaddr>192.168.4.1</ipaddr>\n\t\t\t<subnet>24</subnet>\n\t\t</lan>\n\t</interfaces>\n\t<installedpackages>\n\t\t<package>\n\t\t\t<name>frr</name>\n\t\t\t<version>2.0.2_6</version>\n\t\t</package>\n{sections}\t</installedpackages>\n</pfsense>\n"
    )
}

pub(crate) fn state_of(bytes: &[u8]) -> PfsenseState {
    let document = Document::parse(bytes).expect("a config.xml");
    let era = document.era();
    let config = document.into_value();
    let facts = PfsenseFacts::of(&config, era);
    PfsenseState { bytes: bytes.to_vec(), config, facts, redacted: false, runtime: None }
}

pub(crate) fn observed(bytes: &[u8]) -> Observed {
    let state = RouterState::Pfsense(Box::new(state_of(bytes)));
    Observed { cluster: None, routers: vec![("pfsense".into(), state)], others: Vec::new() }
}
