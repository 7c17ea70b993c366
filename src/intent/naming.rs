//! Names that are derived and not declared: of BGPPeer objects and Secrets in the cluster, of route
//! maps and prefix lists on the router, and the mark of ownership in descriptions.
//!
//! Pure and stable: the same intent always gives the same names, because a name that changes is an
//! object deleted and another created. `resolve` refuses declarations whose names collide.
//!
//! | name | longest |
//! | --- | --- |
//! | network, peer, member | [`MAX_NAME`] |
//! | route map, prefix list | 96 bytes; neither pfSense nor FRR limits them |
//! | Secret | 92 bytes of Kubernetes' 253 |
//! | BGPPeer | [`MAX_OBJECT_NAME`] with all suffixes |
//! | neighbor description | [`MAX_DESCRIPTION`] |

use std::collections::BTreeSet;

use super::{Asn, Family, NodeSet, Topology};

/// Longest name of a network, a peer or a member. With two of them, the mark still leaves room for a
/// readable part of the node's name in a description.
pub const MAX_NAME: usize = 40;

/// Longest name of a Kubernetes object (a DNS subdomain).
pub const MAX_OBJECT_NAME: usize = 253;

/// Longest description of a neighbor, in bytes: the FRR package cuts the line after that many, and
/// the mark is at the end.
pub const MAX_DESCRIPTION: usize = 80;

/// Name of the Secret that carries a peer's password into the cluster, where the password comes from
/// the environment or a file.
pub fn secret(network: &str, peer: &str) -> String {
    format!("metalsense-{network}-{peer}")
}

/// Name of the route map for what a peer receives from the nodes, and of the prefix lists it matches.
pub fn policy_in(network: &str, peer: &str) -> String {
    format!("metalsense.{network}.{peer}.in")
}

/// Name of the route map for what a peer announces to the nodes, and of the prefix lists it matches.
pub fn policy_out(network: &str, peer: &str) -> String {
    format!("metalsense.{network}.{peer}.out")
}

/// The mark of ownership at the end of a neighbor's description: `[ms:NETWORK]`.
pub fn mark(network: &str) -> String {
    format!("[ms:{network}]")
}

/// Description of a neighbor: the node's name, then the mark. A name that leaves no room for the mark
/// is cut and ends in `~` (ASCII, because non-ASCII descriptions are stored differently by pfSense
/// releases).
pub fn description(node: &str, network: &str) -> String {
    let mark = mark(network);
    let room = MAX_DESCRIPTION.saturating_sub(mark.len() + 1);
    if node.len() <= room {
        return format!("{node} {mark}");
    }
    let mut end = room.saturating_sub(1);
    while !node.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}~ {mark}", node.get(..end).unwrap_or_default())
}

/// One BGPPeer object of a peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerObject {
    /// Name of the object.
    pub name: String,
    /// Index into [`Intent::peers`](super::Intent::peers).
    pub peer: usize,
    /// Index into that peer's members. Members that share a CARP address have one object, of the
    /// first of them.
    pub member: usize,
    /// Family of the session; the member has an address of it.
    pub family: Family,
    /// ASN of the nodes: `myASN`.
    pub node_asn: Asn,
    /// Which nodes.
    pub nodes: PeerNodes,
}

/// The nodes of one BGPPeer object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PeerNodes {
    /// Those that the peer's selector selects.
    Selector,
    /// Those that the peer's selector selects, without these.
    AllBut(NodeSet),
    /// Exactly these.
    Only(NodeSet),
}

/// The BGPPeer objects of all peers, in the order of the file; peers that are to be absent have none.
///
/// A peer is one object named like the peer (or its `objectName`). Where it takes several, suffixes
/// tell them apart, in this order: `-MEMBER` for the members of a pair, `-ipv4`/`-ipv6` where the
/// member has both families, `-asN` for nodes of another ASN than `cluster.asn`. Without a
/// `cluster.asn` every ASN has its suffix as soon as there are several. A node without an address of
/// the family is left out of the object.
pub fn peer_objects(topology: &Topology<'_>) -> Vec<PeerObject> {
    let intent = topology.intent();
    let mut objects = Vec::new();
    for (peer_index, peer) in intent.peers.iter().enumerate() {
        let Some(selected) = topology.nodes_of(peer_index).filter(|_| !peer.absent) else { continue };
        let asns = asns(topology, selected);
        let base = peer.object_name.as_ref().unwrap_or(&peer.name);
        let boxes = if peer.shares_address() { 1 } else { peer.members.len() };
        for (member_index, member) in peer.members.iter().enumerate().take(boxes) {
            for address in &member.addresses {
                let family = Family::of(address.value);
                for &(asn, suffix) in &asns {
                    let Some(nodes) = object_nodes(topology, selected, family, asn, !suffix) else {
                        continue;
                    };
                    let mut name = base.value.clone();
                    if boxes > 1
                        && let Some(member_name) = &member.name
                    {
                        name.push('-');
                        name.push_str(member_name);
                    }
                    if member.addresses.len() > 1 {
                        name.push('-');
                        name.push_str(family.as_str());
                    }
                    if suffix {
                        name.push_str(&format!("-as{asn}"));
                    }
                    objects.push(PeerObject {
                        name,
                        peer: peer_index,
                        member: member_index,
                        family,
                        node_asn: asn,
                        nodes,
                    });
                }
            }
        }
    }
    objects
}

/// The ASNs of selected nodes, each with whether it takes a suffix. The cluster's comes first and
/// is there even if no declared node has it, as long as others may be discovered or none is selected.
fn asns(topology: &Topology<'_>, selected: &NodeSet) -> Vec<(Asn, bool)> {
    let intent = topology.intent();
    let mut own: BTreeSet<Asn> =
        selected.iter().filter_map(|node| intent.nodes.get(node)).map(|node| node.asn.value).collect();
    let Some(cluster) = &intent.cluster.asn else {
        let several = own.len() > 1;
        return own.into_iter().map(|asn| (asn, several)).collect();
    };
    let present = own.remove(&cluster.value) || intent.discover.is_some() || own.is_empty();
    let common = present.then_some((cluster.value, false));
    common.into_iter().chain(own.into_iter().map(|asn| (asn, true))).collect()
}

/// The nodes of one object; `None` if it would have none.
fn object_nodes(
    topology: &Topology<'_>,
    selected: &NodeSet,
    family: Family,
    asn: Asn,
    common: bool,
) -> Option<PeerNodes> {
    let nodes = &topology.intent().nodes;
    let mut wanted = NodeSet::none(nodes.len());
    for index in selected.iter() {
        if nodes.get(index).is_some_and(|node| node.asn.value == asn && node.address(family).is_some()) {
            wanted.insert(index);
        }
    }
    let others_may_come = common && topology.intent().discover.is_some();
    if wanted.is_empty() && !selected.is_empty() && !others_may_come {
        return None;
    }
    let left_out = selected.clone().without(&wanted);
    Some(if left_out.is_empty() {
        PeerNodes::Selector
    } else if common {
        PeerNodes::AllBut(left_out)
    } else {
        PeerNodes::Only(wanted)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_survives_in_every_description() {
        assert_eq!(description("k8snode1", "homelab"), "k8snode1 [ms:homelab]");
        let network = "n".repeat(MAX_NAME);
        let exact = "x".repeat(MAX_DESCRIPTION - network.len() - "  [ms:]".len() + 1);
        assert_eq!(description(&exact, &network).len(), MAX_DESCRIPTION);
        assert!(!description(&exact, &network).contains('~'));
        for node in [format!("{exact}y"), "ü".repeat(100), "a".repeat(253)] {
            let text = description(&node, &network);
            assert!(text.len() <= MAX_DESCRIPTION, "{text}");
            assert!(text.ends_with(&format!("~ [ms:{network}]")), "{text}");
        }
    }

    #[test]
    fn policies_and_secrets() {
        assert_eq!(policy_in("homelab", "pfsense"), "metalsense.homelab.pfsense.in");
        assert_eq!(policy_out("homelab", "pfsense"), "metalsense.homelab.pfsense.out");
        assert_eq!(secret("homelab", "pfsense"), "metalsense-homelab-pfsense");
        let longest = "n".repeat(MAX_NAME);
        assert_eq!(policy_out(&longest, &longest).len(), 96);
        assert_eq!(secret(&longest, &longest).len(), 92);
    }
}
