//! The span tree: an arena of nodes, each with its kind and its place.
//!
//! Keys keep their order and their own place. Faulty parts can be taken out of the tree; what was
//! taken out under which key stays known, so that later stages do not report consequences.

use crate::finding::Place;

use super::scalar::{self, Core};

/// Names one node of its tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct NodeId(u32);

impl NodeId {
    fn index(self) -> usize {
        self.0 as usize
    }
}

/// How a scalar was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// Without quotes.
    Plain,
    /// In single quotes.
    Single,
    /// In double quotes.
    Double,
    /// As a `|` block.
    Literal,
    /// As a `>` block.
    Folded,
}

/// A scalar after unescaping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scalar {
    /// The text without quotes and escapes.
    pub(crate) text: Box<str>,
    /// How it was written.
    pub(crate) style: Style,
}

impl Scalar {
    /// What the scalar is in the YAML 1.2 core schema.
    pub(crate) fn core(&self) -> Core {
        match self.style {
            Style::Plain => scalar::core(&self.text),
            _ => Core::Text,
        }
    }
}

/// One key of a mapping with its value.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// The key.
    pub(crate) key: Scalar,
    /// Where the key is written.
    pub(crate) key_place: Place,
    /// The value.
    pub(crate) value: NodeId,
}

/// What a node is.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    /// Text, a number, a boolean or nothing.
    Scalar(Scalar),
    /// A list.
    Sequence {
        /// The items in order.
        items: Vec<NodeId>,
        /// Written in brackets.
        flow: bool,
    },
    /// A mapping.
    Mapping {
        /// The entries in the order they were written.
        entries: Vec<Entry>,
        /// Indexes into `entries` ordered by key, for wide mappings only.
        by_key: Vec<u32>,
        /// Written in braces.
        flow: bool,
    },
    /// Something that was already reported and must not be looked at again.
    Faulty,
}

/// A value with its places.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// What it is.
    pub(crate) kind: Kind,
    /// Where it is, cut at the end of its first line: what a reader is shown.
    pub(crate) place: Place,
    /// Where the whole of it ends.
    pub(crate) end: u32,
    /// Keys that were written here and taken out because they were faulty, sorted.
    dropped_keys: Vec<Box<str>>,
    /// Something was taken out here or further down.
    incomplete: bool,
    /// The text broke off inside of it.
    cut: bool,
}

/// Mappings up to this width are searched one by one: faster than any index there.
const NARROW: usize = 8;

/// One document.
#[derive(Clone, Debug)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
    root: NodeId,
    /// Where its `---` stands, if it has one.
    marker: Option<u32>,
}

impl Tree {
    /// An empty arena. [`Tree::set_root`] must follow before the tree is used.
    pub(crate) fn new() -> Self {
        Tree { nodes: Vec::new(), root: NodeId(0), marker: None }
    }

    /// Where the `---` before the document stands, if it has one.
    pub(crate) fn marker(&self) -> Option<usize> {
        self.marker.map(|at| at as usize)
    }

    /// Says where the `---` before the document stands.
    pub(crate) fn set_marker(&mut self, at: u32) {
        self.marker = Some(at);
    }

    /// Adds a node.
    pub(crate) fn add(&mut self, kind: Kind, place: Place) -> NodeId {
        // The reader stops at `MAX_NODES`, far below four thousand million.
        let id = NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push(Node {
            kind,
            place,
            end: place.end,
            dropped_keys: Vec::new(),
            incomplete: false,
            cut: false,
        });
        id
    }

    /// Says which node is the document.
    pub(crate) fn set_root(&mut self, root: NodeId) {
        self.root = root;
    }

    /// The document's top node.
    pub(crate) fn root(&self) -> NodeId {
        self.root
    }

    /// All nodes ever read, also those that were taken out.
    pub(crate) fn ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..u32::try_from(self.nodes.len()).unwrap_or(u32::MAX)).map(NodeId)
    }

    /// A node. Ids are only ever made by the tree they are used with.
    pub(crate) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.index()]
    }

    /// A node, to change it.
    pub(crate) fn node_mut(&mut self, id: NodeId) -> &mut Node {
        &mut self.nodes[id.index()]
    }

    /// The entries of a mapping, or none.
    pub(crate) fn entries(&self, id: NodeId) -> &[Entry] {
        match &self.node(id).kind {
            Kind::Mapping { entries, .. } => entries,
            _ => &[],
        }
    }

    /// The items of a list, or none.
    pub(crate) fn items(&self, id: NodeId) -> &[NodeId] {
        match &self.node(id).kind {
            Kind::Sequence { items, .. } => items,
            _ => &[],
        }
    }

    /// The scalar at a node, if it is one.
    pub(crate) fn scalar(&self, id: NodeId) -> Option<&Scalar> {
        match &self.node(id).kind {
            Kind::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The entry under a key.
    pub(crate) fn entry(&self, id: NodeId, key: &str) -> Option<&Entry> {
        let Kind::Mapping { entries, by_key, .. } = &self.node(id).kind else {
            return None;
        };
        if by_key.is_empty() {
            return entries.iter().find(|e| &*e.key.text == key);
        }
        let at = by_key.binary_search_by(|&i| (*entries[i as usize].key.text).cmp(key)).ok()?;
        Some(&entries[by_key[at] as usize])
    }

    /// Whether a key was written here and taken out because it was faulty, or may have been: in what
    /// broke off any key may have followed.
    pub(crate) fn dropped(&self, id: NodeId, key: &str) -> bool {
        self.cut(id) || self.node(id).dropped_keys.binary_search_by(|k| (**k).cmp(key)).is_ok()
    }

    /// Whether something was taken out of this node or of anything below it.
    pub(crate) fn incomplete(&self, id: NodeId) -> bool {
        self.node(id).incomplete
    }

    /// Whether the text broke off inside of this node.
    pub(crate) fn cut(&self, id: NodeId) -> bool {
        self.node(id).cut
    }

    /// Remembers that the text broke off inside of this node.
    pub(crate) fn mark_cut(&mut self, id: NodeId) {
        let node = self.node_mut(id);
        node.cut = true;
        node.incomplete = true;
    }

    /// The last item, or the value of the last key.
    pub(crate) fn last_child(&self, id: NodeId) -> Option<NodeId> {
        match &self.node(id).kind {
            Kind::Sequence { items, .. } => items.last().copied(),
            Kind::Mapping { entries, .. } => entries.last().map(|e| e.value),
            Kind::Scalar(_) | Kind::Faulty => None,
        }
    }

    /// The node that was read last.
    pub(crate) fn last(&self) -> Option<NodeId> {
        u32::try_from(self.nodes.len()).ok()?.checked_sub(1).map(NodeId)
    }

    /// Remembers that something written here cannot be used.
    pub(crate) fn mark_incomplete(&mut self, id: NodeId) {
        self.node_mut(id).incomplete = true;
    }

    /// Builds the key index of a wide mapping. Returns the positions of entries whose key was there
    /// before, each with the position of the first one.
    pub(crate) fn index_keys(&mut self, id: NodeId) -> Vec<(usize, usize)> {
        let Kind::Mapping { entries, by_key, .. } = &mut self.nodes[id.index()].kind else {
            return Vec::new();
        };
        by_key.clear();
        let mut repeated = Vec::new();
        if entries.len() <= NARROW {
            for later in 1..entries.len() {
                let same = |e: &Entry| e.key.text == entries[later].key.text;
                if let Some(first) = entries[..later].iter().position(same) {
                    repeated.push((later, first));
                }
            }
            return repeated;
        }
        by_key.extend(0..u32::try_from(entries.len()).unwrap_or(u32::MAX));
        // Stable: among equal keys the one written first comes first.
        by_key.sort_by(|&a, &b| entries[a as usize].key.text.cmp(&entries[b as usize].key.text));
        by_key.dedup_by(|later, first| {
            let same = entries[*later as usize].key.text == entries[*first as usize].key.text;
            if same {
                repeated.push((*later as usize, *first as usize));
            }
            same
        });
        repeated.sort_unstable();
        repeated
    }

    /// Takes out every entry, item and root for which `faulty` says so, anywhere in the tree.
    /// Returns `false` when the root itself went.
    pub(crate) fn prune(&mut self, faulty: impl Fn(NodeId) -> bool) -> bool {
        let root = self.root;
        if faulty(root) {
            return false;
        }
        self.prune_below(root, &faulty);
        true
    }

    /// Recursion is as deep as the document, which the reader limits.
    fn prune_below(&mut self, id: NodeId, faulty: &impl Fn(NodeId) -> bool) -> bool {
        let mut kind = std::mem::replace(&mut self.node_mut(id).kind, Kind::Faulty);
        let mut lost = false;
        let mut reindex = false;
        match &mut kind {
            Kind::Mapping { entries, .. } => {
                let mut dropped = Vec::new();
                entries.retain(|e| {
                    let bad = faulty(e.value);
                    if bad {
                        dropped.push(e.key.text.clone());
                    }
                    !bad
                });
                for e in &*entries {
                    lost |= self.prune_below(e.value, faulty);
                }
                if !dropped.is_empty() {
                    lost = true;
                    reindex = true;
                    let known = &mut self.node_mut(id).dropped_keys;
                    known.append(&mut dropped);
                    known.sort_unstable();
                }
            }
            Kind::Sequence { items, .. } => {
                let before = items.len();
                items.retain(|item| !faulty(*item));
                lost = items.len() < before;
                for item in &*items {
                    lost |= self.prune_below(*item, faulty);
                }
            }
            Kind::Scalar(_) | Kind::Faulty => {}
        }
        let node = self.node_mut(id);
        node.kind = kind;
        node.incomplete |= lost;
        let incomplete = node.incomplete;
        if reindex {
            self.index_keys(id);
        }
        incomplete
    }
}
