//! Intents made by hand: the home lab, and its parts for variations.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::declaration::types::{OnFailure, PfsenseRouter};
use crate::finding::{Place, SourceId};
use crate::intent::{
    AddressRange, Advertisement, Asn, Cluster, Community, Intent, Member, Node, NodeSelector, Peer, Policy,
    Pool, RouterKind, Sited,
};

pub(super) fn place(start: u32) -> Place {
    Place { source: SourceId(0), start, end: start + 1 }
}

pub(super) fn at<T>(value: T) -> Sited<T> {
    Sited::new(value, place(1))
}

pub(super) fn asn(number: u64) -> Sited<Asn> {
    at(Asn::new(number).expect("an ASN"))
}

pub(super) fn address(text: &str) -> Sited<IpAddr> {
    at(text.parse().expect("an address"))
}

pub(super) fn node(name: &str, addresses: &[&str]) -> Node {
    Node {
        name: at(name.to_owned()),
        addresses: addresses.iter().map(|text| address(text)).collect(),
        labels: [("kubernetes.io/hostname".to_owned(), name.to_owned())].into(),
        asn: asn(64500),
        place: place(2),
    }
}

pub(super) fn member(addresses: &[&str]) -> Member {
    let first: IpAddr = addresses[0].parse().expect("an address");
    let IpAddr::V4(router_id) = first else { panic!("the first address gives the router id") };
    Member {
        name: None,
        addresses: addresses.iter().map(|text| address(text)).collect(),
        router_id: at(router_id),
        url: None,
        place: place(3),
    }
}

pub(super) fn peer(name: &str, members: Vec<Member>) -> Peer {
    Peer {
        name: at(name.to_owned()),
        object_name: None,
        asn: asn(64501),
        members,
        kind: RouterKind::Pfsense { access: Box::new(PfsenseRouter::default()), carp: None },
        nodes: NodeSelector::default(),
        hold_time: None,
        keepalive_time: None,
        connect_time: None,
        bfd: None,
        multihop: None,
        graceful_restart: None,
        password: None,
        max_prefixes: None,
        learn: Vec::new(),
        absent: false,
        place: place(3),
    }
}

pub(super) fn advertisement(name: &str) -> Advertisement {
    Advertisement {
        name: at(name.to_owned()),
        peers: None,
        communities: Vec::new(),
        local_pref: None,
        aggregation_length: at(32),
        aggregation_length_v6: at(128),
        nodes: NodeSelector::default(),
        place: place(5),
    }
}

/// A pool with one advertisement of its name.
pub(super) fn pool(name: &str, entries: &[&str]) -> Pool {
    let range = |text: &&str| {
        let net = || Some(AddressRange::of_net(text.parse().ok()?));
        let ends = || {
            let (first, last) = text.split_once('-')?;
            AddressRange::new(first.parse().ok()?, last.parse().ok()?)
        };
        at(net().or_else(ends).expect("a prefix or a range"))
    };
    Pool {
        name: at(name.to_owned()),
        ranges: entries.iter().map(range).collect(),
        entries: entries.iter().map(ToString::to_string).collect(),
        auto_assign: true,
        avoid_buggy_ips: false,
        service_allocation: None,
        advertisements: vec![advertisement(name)],
        l2: Vec::new(),
        blackhole: None,
        place: place(4),
    }
}

pub(super) fn network(nodes: Vec<Node>, peers: Vec<Peer>, pools: Vec<Pool>) -> Intent {
    Intent {
        name: at("homelab".to_owned()),
        cluster: Cluster {
            asn: Some(asn(64500)),
            namespace: Sited::new("metallb-system".to_owned(), place(1)),
            version: None,
            backend: None,
            pod_cidrs: Vec::new(),
            service_cidrs: Vec::new(),
            context: None,
            unmanaged: false,
            place: place(1),
        },
        nodes,
        discover: None,
        peers,
        pools,
        communities: BTreeMap::new(),
        bfd_profiles: BTreeMap::new(),
        subnets: Vec::new(),
        services: Vec::new(),
        expectations: Vec::new(),
        policy: Policy {
            severity: BTreeMap::new(),
            accept: Vec::new(),
            max_deletes: 5,
            max_session_resets: None,
            max_services_moved: 0,
            on_failure: OnFailure::Rollback,
        },
    }
}

/// Three nodes, one firewall, one pool that the firewall tells nobody about.
pub(super) fn homelab() -> Intent {
    let mut pool = pool("metallb-pool", &["192.168.32.0/24"]);
    pool.advertisements[0].communities.push(at(Community::Standard(65535, 65282)));
    network(
        vec![
            node("k8smaster1.k8s.example.net", &["192.168.4.4"]),
            node("k8snode1.k8s.example.net", &["192.168.4.10"]),
            node("k8snode2.k8s.example.net", &["192.168.4.20"]),
        ],
        vec![peer("pfsense", vec![member(&["192.168.4.1"])])],
        vec![pool],
    )
}

/// Both families everywhere, as only the frr backends carry them.
pub(super) fn dual_stack() -> Intent {
    let mut intent = network(
        vec![node("a", &["10.0.0.11", "fd00::11"]), node("b", &["10.0.0.12", "fd00::12"])],
        vec![peer("edge", vec![member(&["10.0.0.1", "fd00::1"])])],
        vec![pool("both", &["10.9.0.0/24", "fd00:9::/64"])],
    );
    intent.cluster.backend = Some(at(crate::declaration::types::Backend::Frr));
    intent
}
