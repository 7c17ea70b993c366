//! The live sides, arranged for the rules: routers with what they are configured to do, nodes, objects.

use std::net::IpAddr;

use serde_json::Value;

use crate::compile::{Desired, RouterPart};
use crate::finding::Place;
use crate::frr::running::{Neighbor, Running};
use crate::intent::{Family, Intent, Member, Peer, Session, Topology};
use crate::metallb::address::Entry;
use crate::metallb::kinds::{Node, Service};
use crate::metallb::labels::{Labels, any_matches};
use crate::metallb::{AnyObject, Backend, BgpPeer, IpAddressPool};
use crate::observed::{ClusterState, Observed, PfsenseState, RouterState};
use crate::pfsense::Value as Config;
use crate::pfsense::firewall::{Interfaces, Occupied, occupied};
use crate::pfsense::frr::{FrrConf, frr_conf_in};

/// Both sides.
pub(super) struct View<'a> {
    pub(super) intent: &'a Intent,
    pub(super) desired: &'a Desired,
    pub(super) topology: Topology<'a>,
    pub(super) routers: Vec<Router<'a>>,
    pub(super) cluster: Option<Cluster<'a>>,
}

/// A router that was read, and what is declared of it.
pub(super) struct Router<'a> {
    pub(super) path: &'a str,
    pub(super) peer_index: usize,
    pub(super) member_index: usize,
    pub(super) peer: &'a Peer,
    pub(super) member: &'a Member,
    /// What it is configured to do.
    pub(super) running: Running,
    /// Its frr.conf, as far as there is one.
    pub(super) text: Vec<u8>,
    /// The firewall, if it is a pfSense.
    pub(super) pfsense: Option<Pfsense<'a>>,
}

/// A pfSense.
pub(super) struct Pfsense<'a> {
    pub(super) state: &'a PfsenseState,
    pub(super) config: &'a Config,
    pub(super) interfaces: Interfaces<'a>,
    pub(super) occupied: Vec<Occupied>,
}

/// The cluster.
pub(super) struct Cluster<'a> {
    pub(super) state: &'a ClusterState,
    pub(super) nodes: Vec<&'a Node>,
    /// BGPPeers that MetalLB reads.
    pub(super) peers: Vec<&'a BgpPeer>,
    /// Pools that MetalLB reads, with their entries.
    pub(super) pools: Vec<(&'a IpAddressPool, Vec<Entry>)>,
    pub(super) services: Vec<&'a Service>,
}

impl<'a> View<'a> {
    pub(super) fn new(intent: &'a Intent, desired: &'a Desired, observed: &'a Observed) -> Self {
        let routers = desired.routers.iter().filter_map(|router| {
            if matches!(router.part, RouterPart::Unmanaged(_) | RouterPart::Absent) {
                return None;
            }
            let peer = intent.peers.get(router.peer)?;
            let member = peer.members.get(router.member)?;
            let state = observed.router(&router.path)?;
            let (text, pfsense) = match state {
                RouterState::Frr(state) => (state.text.clone().into_bytes(), None),
                RouterState::Pfsense(state) => (frr_conf(state), Some(Pfsense::new(state))),
            };
            let running = Running::read(&String::from_utf8_lossy(&text));
            Some(Router {
                path: &router.path,
                peer_index: router.peer,
                member_index: router.member,
                peer,
                member,
                running,
                text,
                pfsense,
            })
        });
        let namespace = desired.cluster.namespace.as_str();
        View {
            intent,
            desired,
            topology: Topology::new(intent),
            routers: routers.collect(),
            cluster: observed.cluster.as_ref().map(|state| Cluster::new(state, namespace)),
        }
    }

    pub(super) fn backend(&self) -> Backend {
        self.desired.cluster.backend
    }

    /// The sessions that a router is to have, without those that carry nothing.
    pub(super) fn sessions<'v>(&'v self, router: &'v Router<'a>) -> impl Iterator<Item = &'v Session> {
        let backend = self.backend();
        self.topology
            .sessions_of(router.peer_index)
            .iter()
            .filter(move |session| session.member == router.member_index)
            .filter(move |session| session.family == Family::Ipv4 || backend.is_frr())
    }

    pub(super) fn node_name(&self, session: &Session) -> &'a str {
        self.intent.nodes.get(session.node).map_or("", |node| node.name.value.as_str())
    }

    pub(super) fn node_place(&self, session: &Session) -> Place {
        self.intent.nodes.get(session.node).map_or(self.intent.cluster.place, |node| node.place)
    }

    /// The live BGPPeer over which a node dials an address of a router.
    pub(super) fn dial(&self, session: &Session) -> Option<&'a BgpPeer> {
        let cluster = self.cluster.as_ref()?;
        let node = self.intent.nodes.get(session.node)?;
        let live = cluster.node(&node.name.value);
        let labels = live.map_or(&node.labels, |live| &live.metadata.labels);
        cluster.dialing(session.router_address, labels)
    }
}

/// What the package writes for a pfSense; nothing where it writes no file.
pub(super) fn frr_conf(state: &PfsenseState) -> Vec<u8> {
    frr_conf_of(state, &state.config)
}

/// The same for another configuration of the same firewall.
pub(super) fn frr_conf_of(state: &PfsenseState, config: &Config) -> Vec<u8> {
    let level = state.facts.package.as_ref().and_then(|package| package.level).unwrap_or_default();
    match frr_conf_in(config, level, state.facts.era) {
        FrrConf::NotWritten(_) => Vec::new(),
        FrrConf::Raw(bytes) | FrrConf::Generated(bytes) => bytes,
    }
}

impl<'a> Pfsense<'a> {
    fn new(state: &'a PfsenseState) -> Self {
        let config = &state.config;
        let interfaces = Interfaces::new(config);
        let occupied = occupied(config, &interfaces);
        Pfsense { state, config, interfaces, occupied }
    }

    /// The entries of a section of the package.
    pub(super) fn entries(&self, section: &str) -> &'a [Config] {
        let packages = self.config.get("installedpackages");
        packages.and_then(|packages| packages.get(section)).map_or(&[], Config::entries)
    }

    /// The first entry of a section of the package.
    pub(super) fn first(&self, section: &str) -> Option<&'a Config> {
        self.entries(section).first()
    }
}

impl Router<'_> {
    pub(super) fn object(&self) -> String {
        format!("router {}", self.path)
    }

    pub(super) fn place(&self) -> Place {
        match &self.member.name {
            Some(name) => name.place,
            None => self.peer.name.place,
        }
    }

    pub(super) fn neighbor(&self, session: &Session) -> Option<&Neighbor> {
        self.running.neighbor(session.node_address)
    }
}

impl<'a> Cluster<'a> {
    fn new(state: &'a ClusterState, namespace: &str) -> Self {
        let mut cluster =
            Cluster { state, nodes: Vec::new(), peers: Vec::new(), pools: Vec::new(), services: Vec::new() };
        for live in &state.objects {
            let here = live.object.metadata().is_some_and(|m| m.namespace.as_deref() == Some(namespace));
            match &live.object {
                AnyObject::Node(node) => cluster.nodes.push(node),
                AnyObject::Service(service) => cluster.services.push(service),
                AnyObject::BgpPeer(peer) if here => cluster.peers.push(peer),
                AnyObject::IpAddressPool(pool) if here => {
                    let entries = pool.spec.addresses.iter().filter_map(|text| Entry::parse(text).ok());
                    cluster.pools.push((pool, entries.collect()));
                }
                _ => {}
            }
        }
        cluster
    }

    pub(super) fn node(&self, name: &str) -> Option<&'a Node> {
        self.nodes.iter().find(|node| node.metadata.name == name).copied()
    }

    /// The BGPPeer over which a node with these labels dials an address.
    pub(super) fn dialing(&self, address: IpAddr, labels: &Labels) -> Option<&'a BgpPeer> {
        let dials = |peer: &&&BgpPeer| {
            let selectors = &peer.spec.node_selectors;
            peer.spec.peer_address.as_deref().and_then(|text| text.parse::<IpAddr>().ok()) == Some(address)
                && (selectors.is_empty() || any_matches(selectors, labels))
        };
        self.peers.iter().find(dials).copied()
    }

    /// Objects of kinds that have no type here.
    pub(super) fn others(&self) -> impl Iterator<Item = (&'a str, &'a Value)> {
        self.state.objects.iter().filter_map(|live| match &live.object {
            AnyObject::Other(value) => Some((value.get("kind")?.as_str()?, value)),
            _ => None,
        })
    }

    /// Addresses that a service has.
    pub(super) fn ingress(service: &Service) -> Vec<IpAddr> {
        let ingress = service.rest.get("status").and_then(|status| status.pointer("/loadBalancer/ingress"));
        let ingress = ingress.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        ingress.iter().filter_map(|entry| entry.get("ip")?.as_str()?.parse().ok()).collect()
    }
}
