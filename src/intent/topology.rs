//! The sessions that follow from an intent, and what is announced over them.
//!
//! Only declared nodes count; what is discovered is added by whoever reads the cluster.

use std::net::IpAddr;
use std::ops::Range;

use super::{Advertisement, Asn, Family, Intent, NodeIndex, NodeSelector, NodeSet, Peer, Pool, RouterKind};

/// One BGP session: a node dials a router over one address family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// Index into [`Intent::peers`].
    pub peer: usize,
    /// Index into that peer's members.
    pub member: usize,
    /// Index into [`Intent::nodes`].
    pub node: usize,
    /// Family of both addresses.
    pub family: Family,
    /// The node's end.
    pub node_address: IpAddr,
    /// The router's end.
    pub router_address: IpAddr,
    /// ASN of the node.
    pub node_asn: Asn,
    /// ASN of the router.
    pub router_asn: Asn,
    /// The member of a CARP pair that takes over: the node dials the same address as for the first
    /// member, so this is the same session seen from another box and never up beside it.
    pub standby: bool,
}

impl Session {
    /// Whether both ends are in one AS.
    pub fn is_ibgp(&self) -> bool {
        self.node_asn == self.router_asn
    }
}

impl Peer {
    /// Whether the members share one CARP address, so that the nodes see a single router.
    pub fn shares_address(&self) -> bool {
        matches!(&self.kind, RouterKind::Pfsense { carp: Some(_), .. })
    }
}

/// Every session that will be, by peer, member, family and node. Peers that are to be absent have none.
pub fn sessions(intent: &Intent) -> Vec<Session> {
    Topology::new(intent).sessions
}

/// Who peers with whom, worked out once.
#[derive(Clone, Debug)]
pub struct Topology<'a> {
    intent: &'a Intent,
    index: NodeIndex<'a>,
    peer_nodes: Vec<NodeSet>,
    sessions: Vec<Session>,
    by_peer: Vec<Range<usize>>,
}

impl<'a> Topology<'a> {
    /// Works out selectors and sessions.
    pub fn new(intent: &'a Intent) -> Self {
        let index = NodeIndex::new(&intent.nodes);
        let peer_nodes: Vec<NodeSet> = intent.peers.iter().map(|peer| index.select(&peer.nodes)).collect();
        let mut sessions = Vec::new();
        let mut by_peer = Vec::with_capacity(intent.peers.len());
        for (peer, nodes) in peer_nodes.iter().enumerate() {
            let start = sessions.len();
            add_sessions(intent, peer, nodes, &mut sessions);
            by_peer.push(start..sessions.len());
        }
        Topology { intent, index, peer_nodes, sessions, by_peer }
    }

    /// The intent this is about.
    pub fn intent(&self) -> &'a Intent {
        self.intent
    }

    /// Nodes by name and label.
    pub fn index(&self) -> &NodeIndex<'a> {
        &self.index
    }

    /// The declared nodes that a selector selects.
    pub fn select(&self, selector: &NodeSelector) -> NodeSet {
        self.index.select(selector)
    }

    /// The declared nodes that a peer selects, whether or not they have an address of its families.
    /// `None` if there is no such peer.
    pub fn nodes_of(&self, peer: usize) -> Option<&NodeSet> {
        self.peer_nodes.get(peer)
    }

    /// All sessions.
    pub fn sessions(&self) -> &[Session] {
        &self.sessions
    }

    /// The sessions of a peer.
    pub fn sessions_of(&self, peer: usize) -> &[Session] {
        self.by_peer.get(peer).and_then(|range| self.sessions.get(range.clone())).unwrap_or_default()
    }

    /// The peers that an advertisement tells, in order, without those that are to be absent.
    pub fn told(&self, advertisement: &Advertisement) -> Vec<usize> {
        let mut told = match &advertisement.peers {
            Some(peers) => peers.clone(),
            None => (0..self.intent.peers.len()).collect(),
        };
        told.retain(|&peer| self.intent.peers.get(peer).is_some_and(|peer| !peer.absent));
        told
    }

    /// The sessions over which an advertisement of a pool announces something: those with the peers
    /// it names, of the nodes it selects, of a family that the pool has. IPv4 is announced over
    /// IPv4 sessions only and IPv6 over IPv6.
    pub fn announced(&self, pool: &Pool, advertisement: &Advertisement) -> Vec<&Session> {
        let nodes = self.select(&advertisement.nodes);
        let (v4, v6) = (pool.has(Family::Ipv4), pool.has(Family::Ipv6));
        let has = |family| if family == Family::Ipv4 { v4 } else { v6 };
        self.told(advertisement)
            .into_iter()
            .flat_map(|peer| self.sessions_of(peer))
            .filter(|session| has(session.family) && nodes.contains(session.node))
            .collect()
    }
}

fn add_sessions(intent: &Intent, peer_index: usize, nodes: &NodeSet, sessions: &mut Vec<Session>) {
    let Some(peer) = intent.peers.get(peer_index).filter(|peer| !peer.absent) else { return };
    for (member_index, member) in peer.members.iter().enumerate() {
        for router in &member.addresses {
            let family = Family::of(router.value);
            for node_index in nodes.iter() {
                let Some(node) = intent.nodes.get(node_index) else { continue };
                let Some(address) = node.address(family) else { continue };
                sessions.push(Session {
                    peer: peer_index,
                    member: member_index,
                    node: node_index,
                    family,
                    node_address: address.value,
                    router_address: router.value,
                    node_asn: node.asn.value,
                    router_asn: peer.asn.value,
                    standby: member_index > 0 && peer.shares_address(),
                });
            }
        }
    }
}
