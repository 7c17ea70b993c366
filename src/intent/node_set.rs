//! Sets of declared nodes, and the selectors that make them.
//!
//! A network of many nodes has many selectors, most of them alike; so labels are indexed once and a
//! selector is a few operations on bits. Semantics are those of Kubernetes: all conditions of a
//! selector must hold, `NotIn` and `DoesNotExist` hold where the label is absent.

use std::collections::{BTreeMap, HashMap};

use super::{Node, NodeSelector};
use crate::declaration::types::{LabelExpression, LabelOperator, LabelSelector};

const WORD: usize = u64::BITS as usize;

/// A set of indexes into [`Intent::nodes`](super::Intent::nodes).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeSet {
    words: Vec<u64>,
    size: usize,
}

impl NodeSet {
    /// The empty set over that many nodes.
    pub fn none(size: usize) -> Self {
        NodeSet { words: vec![0; size.div_ceil(WORD)], size }
    }

    /// All of that many nodes.
    pub fn all(size: usize) -> Self {
        let mut set = NodeSet { words: vec![u64::MAX; size.div_ceil(WORD)], size };
        set.trim();
        set
    }

    /// Adds a node; one that is out of range is nobody.
    pub fn insert(&mut self, node: usize) {
        if node < self.size
            && let Some(word) = self.words.get_mut(node / WORD)
        {
            *word |= 1 << (node % WORD);
        }
    }

    /// Whether the node is in.
    pub fn contains(&self, node: usize) -> bool {
        self.words.get(node / WORD).is_some_and(|word| word >> (node % WORD) & 1 == 1)
    }

    /// Whether nobody is in.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|&word| word == 0)
    }

    /// How many are in.
    pub fn len(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether the two share a node.
    pub fn meets(&self, other: &NodeSet) -> bool {
        self.words.iter().zip(&other.words).any(|(a, b)| a & b != 0)
    }

    /// Those that are in both.
    #[must_use]
    pub fn and(mut self, other: &NodeSet) -> Self {
        self.words.iter_mut().zip(&other.words).for_each(|(a, b)| *a &= b);
        self
    }

    /// Those that are in this one only.
    #[must_use]
    pub fn without(mut self, other: &NodeSet) -> Self {
        self.words.iter_mut().zip(&other.words).for_each(|(a, b)| *a &= !b);
        self
    }

    /// The nodes in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(|(i, &word)| {
            std::iter::successors(Some(word), |rest| Some(rest & rest.wrapping_sub(1)))
                .take_while(|&rest| rest != 0)
                .map(move |rest| i * WORD + rest.trailing_zeros() as usize)
        })
    }

    fn insert_all(&mut self, nodes: &[usize]) {
        nodes.iter().for_each(|&node| self.insert(node));
    }

    fn complement(mut self) -> Self {
        self.words.iter_mut().for_each(|word| *word = !*word);
        self.trim();
        self
    }

    /// Keeps the bits behind the last node at zero.
    fn trim(&mut self) {
        let rest = self.size % WORD;
        if rest != 0
            && let Some(last) = self.words.last_mut()
        {
            *last &= (1 << rest) - 1;
        }
    }
}

/// The declared nodes by name and label.
#[derive(Clone, Debug)]
pub struct NodeIndex<'a> {
    size: usize,
    by_name: HashMap<&'a str, usize>,
    by_key: HashMap<&'a str, Vec<usize>>,
    by_label: HashMap<(&'a str, &'a str), Vec<usize>>,
}

impl<'a> NodeIndex<'a> {
    /// Indexes nodes.
    pub fn new(nodes: &'a [Node]) -> Self {
        let mut index = NodeIndex {
            size: nodes.len(),
            by_name: HashMap::with_capacity(nodes.len()),
            by_key: HashMap::new(),
            by_label: HashMap::new(),
        };
        for (i, node) in nodes.iter().enumerate() {
            index.by_name.entry(&node.name.value).or_insert(i);
            for (key, value) in &node.labels {
                index.by_key.entry(key).or_default().push(i);
                index.by_label.entry((key, value)).or_default().push(i);
            }
        }
        index
    }

    /// The node of that name.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// The declared nodes that a selector selects.
    pub fn select(&self, selector: &NodeSelector) -> NodeSet {
        let mut set = self.select_labels(&selector.match_labels, &selector.match_expressions);
        if !selector.names.is_empty() {
            let mut named = NodeSet::none(self.size);
            for name in &selector.names {
                if let Some(node) = self.find(name) {
                    named.insert(node);
                }
            }
            set = set.and(&named);
        }
        set
    }

    /// The nodes that a plain label selector selects.
    pub fn select_by_labels(&self, selector: &LabelSelector) -> NodeSet {
        self.select_labels(&selector.match_labels, &selector.match_expressions)
    }

    fn select_labels(&self, labels: &BTreeMap<String, String>, expressions: &[LabelExpression]) -> NodeSet {
        let mut set = NodeSet::all(self.size);
        for (key, value) in labels {
            set = set.and(&self.with_any(key, [value.as_str()]));
        }
        for expression in expressions {
            let key = expression.key.as_str();
            let values = expression.values.iter().map(String::as_str);
            let fulfilled = match expression.operator {
                LabelOperator::In => self.with_any(key, values),
                LabelOperator::NotIn => self.with_any(key, values).complement(),
                LabelOperator::Exists => self.with_key(key),
                LabelOperator::DoesNotExist => self.with_key(key).complement(),
            };
            set = set.and(&fulfilled);
        }
        set
    }

    fn with_key(&self, key: &str) -> NodeSet {
        let mut set = NodeSet::none(self.size);
        set.insert_all(self.by_key.get(key).map_or(&[], Vec::as_slice));
        set
    }

    fn with_any<'s>(&self, key: &str, values: impl IntoIterator<Item = &'s str>) -> NodeSet {
        let mut set = NodeSet::none(self.size);
        for value in values {
            set.insert_all(self.by_label.get(&(key, value)).map_or(&[], Vec::as_slice));
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn sets_agree_with_a_plain_set() {
        for size in [0, 1, 63, 64, 65, 200] {
            let mut set = NodeSet::none(size);
            let odd: BTreeSet<usize> = (0..size).filter(|n| n % 2 == 1).collect();
            odd.iter().for_each(|&n| set.insert(n));
            set.insert(size);
            assert_eq!(set.iter().collect::<BTreeSet<_>>(), odd);
            assert_eq!(set.len(), odd.len());
            assert_eq!(set.is_empty(), odd.is_empty());
            let even = set.clone().complement();
            assert_eq!(even.len() + set.len(), size);
            assert!(!even.meets(&set));
            assert_eq!(NodeSet::all(size).without(&set), even);
            assert_eq!(NodeSet::all(size).and(&set), set);
        }
    }
}
