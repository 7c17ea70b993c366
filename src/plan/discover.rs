//! Nodes that a declaration follows in the cluster instead of listing them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::intent::{Discover, Family, Intent, Node, NodeIndex, Sited};
use crate::metallb::AnyObject;
use crate::observed::ClusterState;

/// The intent with the nodes that were discovered beside the declared ones, in the order of their
/// names. A declared node wins over a discovered one of its name or address.
///
/// Believes only addresses of type `InternalIP` inside the declared subnets, one for each family: a
/// kubelet can report any other. Who is gone is gone at once; how long to wait is for those who watch.
pub fn with_discovered<'a>(intent: &'a Intent, cluster: Option<&ClusterState>) -> Cow<'a, Intent> {
    let (Some(discover), Some(cluster)) = (&intent.discover, cluster) else { return Cow::Borrowed(intent) };
    let Some(asn) = &intent.cluster.asn else { return Cow::Borrowed(intent) };
    let mut seen: BTreeMap<&str, Node> = BTreeMap::new();
    for live in &cluster.objects {
        let AnyObject::Node(object) = &live.object else { continue };
        let addresses = believed(&object.internal_ips(), discover);
        if addresses.is_empty() {
            continue;
        }
        let site = |value| Sited::new(value, discover.place);
        let node = Node {
            name: Sited::new(object.metadata.name.clone(), discover.place),
            addresses: addresses.into_iter().map(site).collect(),
            labels: object.metadata.labels.clone(),
            asn: Sited::new(asn.value, discover.place),
            place: discover.place,
        };
        seen.insert(&object.metadata.name, node);
    }
    let candidates: Vec<Node> = seen.into_values().collect();
    let selected = NodeIndex::new(&candidates).select_by_labels(&discover.selector);
    let is_declared = |node: &Node| {
        let shares = |declared: &Node| {
            let addresses = node.addresses.iter();
            declared.name.value == node.name.value
                || addresses.into_iter().any(|a| declared.addresses.iter().any(|b| a.value == b.value))
        };
        intent.nodes.iter().any(shares)
    };
    let chosen = selected.iter().filter_map(|number| candidates.get(number));
    let further: Vec<Node> = chosen.filter(|node| !is_declared(node)).cloned().collect();
    if further.is_empty() {
        return Cow::Borrowed(intent);
    }
    let mut whole = intent.clone();
    whole.nodes.extend(further);
    Cow::Owned(whole)
}

fn believed(addresses: &[IpAddr], discover: &Discover) -> Vec<IpAddr> {
    let inside = |address: &&IpAddr| discover.subnets.iter().any(|subnet| subnet.value.contains(*address));
    let mut chosen: Vec<IpAddr> = Vec::new();
    for address in addresses.iter().filter(inside) {
        if chosen.iter().all(|other| Family::of(*other) != Family::of(*address)) {
            chosen.push(*address);
        }
    }
    chosen
}
