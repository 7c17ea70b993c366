//! Node selectors as MetalLB wants them.

use crate::declaration::types;
use crate::intent::{Intent, Node, NodeSelector, NodeSet, Topology, naming::PeerNodes};
use crate::metallb::{LabelSelector, Operator, Requirement};

/// The label that every kubelet sets to the node's name.
const HOSTNAME: &str = "kubernetes.io/hostname";

/// The selector list for declared nodes; empty where every node is meant.
pub(super) fn node_selectors(topology: &Topology<'_>, selector: &NodeSelector) -> Vec<LabelSelector> {
    to_list(with_names(topology, selector, None))
}

/// The selector list of a BGPPeer object.
pub(super) fn peer_selectors(
    topology: &Topology<'_>,
    selector: &NodeSelector,
    nodes: &PeerNodes,
) -> Vec<LabelSelector> {
    match nodes {
        PeerNodes::Selector => node_selectors(topology, selector),
        PeerNodes::AllBut(left_out) => to_list(with_names(topology, selector, Some(left_out))),
        PeerNodes::Only(only) => to_list(LabelSelector {
            match_expressions: vec![by_name(Operator::In, hostnames(topology.intent(), only))],
            ..LabelSelector::default()
        }),
    }
}

fn to_list(selector: LabelSelector) -> Vec<LabelSelector> {
    if selector.is_empty() { Vec::new() } else { vec![selector] }
}

fn with_names(topology: &Topology<'_>, selector: &NodeSelector, left_out: Option<&NodeSet>) -> LabelSelector {
    let intent = topology.intent();
    let mut expressions: Vec<Requirement> = selector.match_expressions.iter().map(requirement).collect();
    if !selector.names.is_empty() {
        let is_left_out = |node: usize| left_out.is_some_and(|set| set.contains(node));
        let names = selector.names.iter().filter_map(|name| match topology.index().find(name) {
            Some(index) if is_left_out(index) => None,
            Some(index) => intent.nodes.get(index).map(hostname),
            // A node that is to be discovered: its label is its name.
            None => Some(name.value.as_str()),
        });
        expressions.push(by_name(Operator::In, names.collect()));
    } else if let Some(left_out) = left_out {
        expressions.push(by_name(Operator::NotIn, hostnames(intent, left_out)));
    }
    LabelSelector { match_labels: selector.match_labels.clone(), match_expressions: expressions }
}

/// Values are sorted: the speaker takes another order of the same names for another peer.
fn by_name(operator: Operator, mut names: Vec<&str>) -> Requirement {
    names.sort_unstable();
    names.dedup();
    let values = names.into_iter().map(str::to_owned).collect();
    Requirement { key: HOSTNAME.to_owned(), operator, values }
}

fn hostnames<'a>(intent: &'a Intent, nodes: &NodeSet) -> Vec<&'a str> {
    nodes.iter().filter_map(|index| intent.nodes.get(index)).map(hostname).collect()
}

fn hostname(node: &Node) -> &str {
    node.labels.get(HOSTNAME).unwrap_or(&node.name.value)
}

/// A declared label selector as MetalLB's type.
pub(super) fn label_selector(selector: &types::LabelSelector) -> LabelSelector {
    LabelSelector {
        match_labels: selector.match_labels.clone(),
        match_expressions: selector.match_expressions.iter().map(requirement).collect(),
    }
}

fn requirement(expression: &types::LabelExpression) -> Requirement {
    let operator = match expression.operator {
        types::LabelOperator::In => Operator::In,
        types::LabelOperator::NotIn => Operator::NotIn,
        types::LabelOperator::Exists => Operator::Exists,
        types::LabelOperator::DoesNotExist => Operator::DoesNotExist,
    };
    Requirement { key: expression.key.clone(), operator, values: expression.values.clone() }
}
