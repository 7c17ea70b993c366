//! A cursor walks a document by keys and indexes, and knows the place of whatever it stands on.
//!
//! It never fails: where nothing is written it stands on nothing, and its place is that of the
//! nearest thing around it. Steps cost a search among the keys of one mapping, never more.

use crate::finding::Place;

use super::yaml::{Kind, NodeId, Tree};

/// A position in a document. Indexes are those of the typed declaration.
#[derive(Clone, Copy, Debug)]
pub struct Cursor<'a> {
    tree: &'a Tree,
    /// The node, or the nearest one around it.
    node: NodeId,
    /// The key under which `node` is written, if it has one.
    key: Option<Place>,
    /// Whether `node` is what was asked for.
    found: bool,
    /// What was asked for was written, and taken out because it was faulty.
    dropped: bool,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(tree: &'a Tree) -> Self {
        Cursor { tree, node: tree.root(), key: None, found: true, dropped: false }
    }

    /// Steps to the value under a key of a mapping.
    #[must_use]
    pub fn key(self, key: &str) -> Cursor<'a> {
        if !self.found {
            return self;
        }
        match self.tree.entry(self.node, key) {
            Some(entry) => Cursor { node: entry.value, key: Some(entry.key_place), ..self },
            None => Cursor { found: false, dropped: self.tree.dropped(self.node, key), ..self },
        }
    }

    /// Steps to an item of a list, counted from 0.
    #[must_use]
    pub fn index(self, index: usize) -> Cursor<'a> {
        if !self.found {
            return self;
        }
        match self.tree.items(self.node).get(index) {
            Some(&node) => Cursor { node, key: None, ..self },
            None => Cursor { found: false, ..self },
        }
    }

    /// Whether the value is written.
    pub fn exists(self) -> bool {
        self.found
    }

    /// Whether the value was written and taken out because it was faulty: its fault is reported, and
    /// that it is missing must not be reported again.
    pub fn dropped(self) -> bool {
        self.dropped
    }

    /// Whether something in the value, at any depth, was taken out because it was faulty. What the
    /// value seems to lack may have been written.
    pub fn incomplete(self) -> bool {
        self.dropped || self.tree.incomplete(self.node)
    }

    /// The place of the value: its first line, where it has several. A block under a key is shown by
    /// that key. Where nothing is written, the place of what is nearest around it.
    pub fn place(self) -> Place {
        let node = self.tree.node(self.node);
        match (&node.kind, self.key) {
            (Kind::Mapping { flow: false, .. } | Kind::Sequence { flow: false, .. }, Some(key)) => key,
            _ => node.place,
        }
    }

    /// The place of the key under which the value is written; else as [`Cursor::place`].
    pub fn key_place(self) -> Place {
        self.key.unwrap_or_else(|| self.place())
    }

    /// The value as written, without quotes: of text, numbers and booleans only.
    pub fn scalar_text(self) -> Option<&'a str> {
        if !self.found {
            return None;
        }
        self.tree.scalar(self.node).map(|s| &*s.text)
    }

    /// How many items or keys the value has; 0 for what has none.
    pub fn len(self) -> usize {
        if !self.found {
            return 0;
        }
        match &self.tree.node(self.node).kind {
            Kind::Sequence { items, .. } => items.len(),
            Kind::Mapping { entries, .. } => entries.len(),
            Kind::Scalar(_) | Kind::Faulty => 0,
        }
    }

    /// Whether the value has neither items nor keys.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The items of a list in order.
    pub fn items(self) -> impl Iterator<Item = Cursor<'a>> {
        let items = if self.found { self.tree.items(self.node) } else { &[] };
        items.iter().map(move |&node| Cursor { node, key: None, ..self })
    }

    /// The keys of a mapping with their values, in the order they are written.
    pub fn entries(self) -> impl Iterator<Item = (&'a str, Cursor<'a>)> {
        let entries = if self.found { self.tree.entries(self.node) } else { &[] };
        entries.iter().map(move |e| (&*e.key.text, Cursor { node: e.value, key: Some(e.key_place), ..self }))
    }
}
