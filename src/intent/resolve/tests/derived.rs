//! What follows from an intent: sessions and names.

use super::*;
use crate::intent::naming::{PeerNodes, peer_objects};
use crate::intent::{NodeSet, Topology, sessions};

fn names(text: &str) -> Vec<String> {
    let intent = intent(text);
    peer_objects(&Topology::new(&intent)).into_iter().map(|object| object.name).collect()
}

#[test]
fn sessions_by_peer_member_family_and_node() {
    let intent = intent(BASE);
    let mut shown: Vec<String> = sessions(&intent)
        .iter()
        .map(|s| {
            let standby = if s.standby { " standby" } else { "" };
            format!("{} {}->{}{standby}", intent.peers[s.peer].name.value, s.node_address, s.router_address)
        })
        .collect();
    shown.retain(|line| !line.starts_with("plain"));
    assert_eq!(
        shown,
        [
            "fw 192.168.4.10->192.168.4.1",
            "fw 192.168.4.20->192.168.4.1",
            "other 192.168.4.20->192.168.4.2",
            "pair 192.168.4.10->192.168.4.3",
            "pair 192.168.4.20->192.168.4.3",
            "pair 192.168.4.10->192.168.4.4",
            "pair 192.168.4.20->192.168.4.4",
            "shared 192.168.4.10->192.168.4.5",
            "shared 192.168.4.20->192.168.4.5",
            "shared 192.168.4.10->192.168.4.5 standby",
            "shared 192.168.4.20->192.168.4.5 standby",
        ]
    );
}

#[test]
fn a_pool_is_announced_over_sessions_of_its_families() {
    let intent =
        intent(&changed(&[("address: 192.168.4.2\n", "addresses: [192.168.4.2, \"2001:db8:4::2\"]\n")]));
    let topology = Topology::new(&intent);
    let web = &intent.pools[0];
    let over = |i: usize| topology.announced(web, &web.advertisements[i]).len();
    // Two nodes to `fw` and to each member of `pair`; one node over IPv4 to `other`.
    assert_eq!((over(0), over(1)), (6, 1));
}

#[test]
fn names_of_bgp_peers() {
    assert_eq!(names(BASE), ["fw", "other", "pair-a", "pair-b", "shared", "plain"]);
    let dual = changed(&[(
        "address: 192.168.4.2\n",
        "addresses: [192.168.4.2, \"2001:db8:4::2\"]\n      objectName: kept\n",
    )]);
    assert_eq!(names(&dual)[1..3], ["kept-ipv4", "kept-ipv6"]);
    let absent = changed(&[("name: plain\n", "name: plain\n      absent: true\n")]);
    assert_eq!(names(&absent), ["fw", "other", "pair-a", "pair-b", "shared"]);
    // A node of another AS takes a suffix of its own.
    let two = changed(&[("name: n2\n", "name: n2\n      asn: 64510\n")]);
    assert_eq!(
        names(&two),
        [
            "fw",
            "fw-as64510",
            "other-as64510",
            "pair-a",
            "pair-a-as64510",
            "pair-b",
            "pair-b-as64510",
            "shared",
            "shared-as64510",
            "plain",
            "plain-as64510"
        ]
    );
}

#[test]
fn without_an_asn_of_the_cluster_each_has_its_suffix() {
    let text = changed(&[
        ("    asn: k8s\n", ""),
        ("    k8s: 64500\n", ""),
        ("address: 192.168.4.10\n", "address: 192.168.4.10\n      asn: 64500\n"),
        ("name: n2\n", "name: n2\n      asn: 64510\n"),
    ]);
    let found = names(&text);
    assert_eq!(found[..3], ["fw-as64500", "fw-as64510", "other"]);
}

#[test]
fn objects_select_the_nodes_they_are_for() {
    let intent = intent(&changed(&[("name: n2\n", "name: n2\n      asn: 64510\n")]));
    let objects = peer_objects(&Topology::new(&intent));
    let mut second = NodeSet::none(2);
    second.insert(1);
    let nodes: Vec<_> = objects.iter().take(3).map(|object| &object.nodes).collect();
    assert_eq!(nodes, [&PeerNodes::AllBut(second.clone()), &PeerNodes::Only(second), &PeerNodes::Selector]);
}
