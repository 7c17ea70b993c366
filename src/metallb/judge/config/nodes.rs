//! Which nodes a list of selectors means. Equal sets of nodes get equal numbers, so that thousands of
//! peers and advertisements come down to a few sets.

use std::collections::HashMap;

use crate::metallb::judge::set::Of;
use crate::metallb::kinds::NodeSpec;
use crate::metallb::labels::{LabelSelector, any_matches};

/// The sets seen so far.
pub(in crate::metallb::judge) struct NodeSets<'s> {
    nodes: &'s [&'s Of<'s, NodeSpec>],
    by_selectors: HashMap<Vec<LabelSelector>, usize>,
    by_members: HashMap<Vec<u32>, usize>,
    members: Vec<Vec<u32>>,
}

impl<'s> NodeSets<'s> {
    pub(in crate::metallb::judge) fn new(nodes: &'s [&'s Of<'s, NodeSpec>]) -> Self {
        NodeSets { nodes, by_selectors: HashMap::new(), by_members: HashMap::new(), members: Vec::new() }
    }

    /// The number of the set that these selectors mean.
    pub(in crate::metallb::judge) fn select(&mut self, selectors: &[LabelSelector]) -> usize {
        if let Some(id) = self.by_selectors.get(selectors) {
            return *id;
        }
        let chosen = self.nodes.iter().zip(0u32..);
        let chosen = chosen.filter(|(node, _)| any_matches(selectors, &node.object.metadata.labels));
        let members: Vec<u32> = chosen.map(|(_, at)| at).collect();
        let next = self.members.len();
        let id = *self.by_members.entry(members.clone()).or_insert(next);
        if id == next {
            self.members.push(members);
        }
        self.by_selectors.insert(selectors.to_vec(), id);
        id
    }

    /// The nodes of a set, by their position.
    pub(in crate::metallb::judge) fn members(&self, id: usize) -> &[u32] {
        self.members.get(id).map_or(&[], Vec::as_slice)
    }

    /// Whether two sets have a node in common.
    pub(in crate::metallb::judge) fn meet(&self, a: usize, b: usize) -> bool {
        let (a, b) = (self.members(a), self.members(b));
        let (few, many) = if a.len() < b.len() { (a, b) } else { (b, a) };
        few.iter().any(|node| many.binary_search(node).is_ok())
    }

    /// For each of the given sets the positions of those that share a node with it, itself among them
    /// unless it is empty.
    pub(in crate::metallb::judge) fn neighbors(&self, ids: &[usize]) -> Vec<Vec<usize>> {
        let mut on_node: HashMap<u32, Vec<usize>> = HashMap::new();
        for (at, id) in ids.iter().enumerate() {
            for node in self.members(*id) {
                on_node.entry(*node).or_default().push(at);
            }
        }
        let mut near: Vec<Vec<usize>> = Vec::new();
        for id in ids {
            let mut all: Vec<usize> =
                self.members(*id).iter().filter_map(|node| on_node.get(node)).flatten().copied().collect();
            all.sort_unstable();
            all.dedup();
            near.push(all);
        }
        near
    }
}
