//! Finds the comments of a text: every `#` between the values begins one.

use crate::declaration::yaml::{Kind, NodeId, Tree};

/// A comment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Comment<'t> {
    /// Its first byte, the `#`.
    pub(super) start: usize,
    /// Its column in bytes, from 0.
    pub(super) column: usize,
    /// Nothing but blanks stands before it on its line.
    pub(super) own_line: bool,
    /// From the `#` to the end of the line, without blanks at the end.
    pub(super) text: &'t str,
}

/// All comments in the order they are written.
pub(super) fn find<'t>(text: &'t str, documents: &[Tree]) -> Vec<Comment<'t>> {
    let mut found = Vec::new();
    let mut at = 0;
    for (start, end) in scalars(documents) {
        gap(text, at, start, &mut found);
        at = end.max(at);
    }
    gap(text, at, text.len(), &mut found);
    found
}

/// The texts of all comments, sorted: what must survive formatting.
pub(super) fn texts<'t>(text: &'t str, documents: &[Tree]) -> Vec<&'t str> {
    let mut all: Vec<_> = find(text, documents).into_iter().map(|c| c.text).collect();
    all.sort_unstable();
    all
}

/// Byte ranges of all keys and scalars, in order.
fn scalars(documents: &[Tree]) -> Vec<(usize, usize)> {
    let mut ranges = Vec::new();
    for tree in documents {
        below(tree, tree.root(), &mut ranges);
    }
    ranges.sort_unstable();
    ranges
}

/// As deep as the document, which the reader limits.
fn below(tree: &Tree, id: NodeId, ranges: &mut Vec<(usize, usize)>) {
    let node = tree.node(id);
    // A `|` block begins with its first text: a comment behind the `|` is outside.
    if matches!(node.kind, Kind::Scalar(_)) {
        ranges.push((node.place.start as usize, node.end as usize));
    }
    for entry in tree.entries(id) {
        ranges.push((entry.key_place.start as usize, entry.key_place.end as usize));
        below(tree, entry.value, ranges);
    }
    for item in tree.items(id) {
        below(tree, *item, ranges);
    }
}

fn gap<'t>(text: &'t str, start: usize, end: usize, found: &mut Vec<Comment<'t>>) {
    let mut at = start;
    while let Some(hash) = text.get(at..end).and_then(|gap| gap.find('#')) {
        let start = at + hash;
        let stop = text[start..].find('\n').map_or(text.len(), |i| start + i);
        let line = text[..start].rfind('\n').map_or(0, |i| i + 1);
        found.push(Comment {
            start,
            column: start - line,
            own_line: text[line..start].trim().is_empty(),
            text: text[start..stop].trim_end(),
        });
        at = stop;
    }
}
