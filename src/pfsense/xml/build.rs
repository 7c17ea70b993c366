//! From starts, ends and pieces of text to pfSense's arrays.
//!
//! This is pfSense's own handler of its XML parser's events, rule by rule: lower-cased names, list
//! tags, trimmed pieces decoded once more, empty list members dropped, repeated elements refused.
//! It never looks at a character of markup: `scan` does. Read next: `read`.

use std::collections::HashMap;
use std::ops::Range;

use super::entities;
use super::error::{Fault, ReadErrorKind};
use super::input::MAX_BYTES;
use super::tags::{Era, is_list_tag};
use crate::pfsense::Value;

/// metalsense's limit of nesting. pfSense itself has none; its files nest ten levels or so. Values
/// are compared and dropped recursively, so the limit keeps a hostile file from using up the stack.
const MAX_DEPTH: usize = 1000;

/// A branch with more children than this gets an index of its names.
const LINEAR_SEARCH: usize = 12;

/// No element.
pub(super) const NONE: u32 = u32::MAX;

/// Where an element stands in the text, and its neighbors in the tree.
#[derive(Clone, Debug)]
pub(super) struct Element {
    /// The name as written.
    pub(super) name: Range<u32>,
    /// From the `<` of the start tag to behind the `>` of the end tag.
    pub(super) outer: Range<u32>,
    /// Between the tags; empty and at the end for `<x/>`.
    pub(super) inner: Range<u32>,
    pub(super) first_child: u32,
    pub(super) last_child: u32,
    pub(super) next_sibling: u32,
    /// False for an empty list member, which pfSense drops.
    pub(super) kept: bool,
    /// True for `<x/>`.
    pub(super) self_closed: bool,
}

/// What an open element holds so far.
enum Node {
    /// Neither text nor a child yet.
    Nothing,
    Text(String),
    Branch(Branch),
}

#[derive(Default)]
struct Branch {
    pairs: Vec<(String, Value)>,
    index: HashMap<String, usize>,
}

impl Branch {
    fn position(&self, name: &str) -> Option<usize> {
        if self.pairs.len() <= LINEAR_SEARCH {
            return self.pairs.iter().position(|(key, _)| key == name);
        }
        self.index.get(name).copied()
    }

    fn push(&mut self, name: String, value: Value) -> usize {
        let at = self.pairs.len();
        if at == LINEAR_SEARCH {
            self.index = self.pairs.iter().enumerate().map(|(at, (key, _))| (key.clone(), at)).collect();
        }
        if at >= LINEAR_SEARCH {
            self.index.insert(name.clone(), at);
        }
        self.pairs.push((name, value));
        at
    }
}

struct Frame {
    element: u32,
    /// Where in the parent's branch the value goes.
    slot: usize,
    is_list_member: bool,
    node: Node,
}

/// Builds the tree; see the module.
pub(super) struct Builder {
    era: Era,
    elements: Vec<Element>,
    /// The document itself, then the open elements.
    frames: Vec<Frame>,
    /// Text that came from declared entities, in bytes.
    expanded: usize,
    /// Elements whose children were lost to a text behind them.
    lost: Vec<u32>,
    unwritten: Option<u32>,
}

/// What was read.
pub(super) struct Built {
    pub(super) elements: Vec<Element>,
    /// The root element's lower-cased name and value.
    pub(super) root: Option<(String, Value)>,
    pub(super) lost: Vec<u32>,
    /// The element behind whose start tag the file was cut. pfSense keeps it as PHP's null, which
    /// its writer treats a little differently from the empty text.
    pub(super) unwritten: Option<u32>,
}

/// Offsets fit, because `input` limits the size of a file.
pub(super) fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

impl Builder {
    pub(super) fn new(era: Era) -> Self {
        let document =
            Frame { element: NONE, slot: 0, is_list_member: false, node: Node::Branch(Branch::default()) };
        Builder {
            era,
            elements: Vec::new(),
            frames: vec![document],
            expanded: 0,
            lost: Vec::new(),
            unwritten: None,
        }
    }

    /// How many elements are open.
    pub(super) fn depth(&self) -> usize {
        self.frames.len() - 1
    }

    /// The name range of the innermost open element.
    pub(super) fn open_name(&self) -> Option<Range<usize>> {
        let element = self.elements.get(self.frames.last()?.element as usize)?;
        Some(element.name.start as usize..element.name.end as usize)
    }

    /// A start tag: the name as written and its place, and the place of the whole tag.
    pub(super) fn start(&mut self, name: &str, at: usize, tag: Range<usize>) -> Result<(), Fault> {
        if self.depth() >= MAX_DEPTH {
            let message = format!("<{name}> is nested more than {MAX_DEPTH} levels deep");
            return Err(Fault::new(ReadErrorKind::TooDeep, tag.start, message));
        }
        let key = name.to_ascii_lowercase();
        let id = offset(self.elements.len());
        let Some(parent) = self.frames.last_mut() else { return Ok(()) };
        if matches!(parent.node, Node::Nothing) {
            parent.node = Node::Branch(Branch::default());
        }
        let Node::Branch(branch) = &mut parent.node else {
            let message = format!("<{name}> follows text inside the same element");
            return Err(Fault::new(ReadErrorKind::TextBeforeChild, tag.start, message));
        };
        let is_list_member = is_list_tag(&key);
        let slot = match branch.position(&key) {
            Some(slot) if is_list_member => slot,
            Some(_) => {
                let message = format!("<{name}> occurs a second time in the same element");
                return Err(Fault::new(ReadErrorKind::DuplicateElement, tag.start, message));
            }
            None if is_list_member => branch.push(key, Value::List(Vec::new())),
            None => branch.push(key, Value::EMPTY),
        };
        let siblings = self.elements.get_mut(parent.element as usize);
        let previous = siblings.map(|parent| {
            let previous = std::mem::replace(&mut parent.last_child, id);
            if previous == NONE {
                parent.first_child = id;
            }
            previous
        });
        if let Some(previous) = previous.and_then(|p| self.elements.get_mut(p as usize)) {
            previous.next_sibling = id;
        }
        let end = offset(tag.end);
        self.elements.push(Element {
            name: offset(at)..offset(at + name.len()),
            outer: offset(tag.start)..end,
            inner: end..end,
            first_child: NONE,
            last_child: NONE,
            next_sibling: NONE,
            kept: true,
            self_closed: false,
        });
        self.frames.push(Frame { element: id, slot, is_list_member, node: Node::Nothing });
        Ok(())
    }

    /// The end tag of the innermost open element, which stands at `tag`; `None` for `<x/>`.
    pub(super) fn end(&mut self, tag: Option<Range<usize>>) {
        if self.depth() == 0 {
            return;
        }
        let Some(frame) = self.frames.pop() else { return };
        let value = match frame.node {
            Node::Nothing => Value::EMPTY,
            Node::Text(text) => Value::Text(text),
            Node::Branch(branch) => Value::Branch(branch.pairs),
        };
        let kept = !frame.is_list_member || value != Value::EMPTY;
        if let Some(element) = self.elements.get_mut(frame.element as usize) {
            element.kept = kept;
            element.self_closed = tag.is_none();
            if let Some(tag) = tag {
                element.inner.end = offset(tag.start);
                element.outer.end = offset(tag.end);
            }
        }
        if kept {
            self.put(frame.slot, value);
        }
    }

    /// Closes everything at the end of a file that was cut where pfSense does not notice.
    pub(super) fn cut(&mut self, at: usize) {
        if let Some(Frame { element, node: Node::Nothing, is_list_member: false, .. }) = self.frames.last() {
            self.unwritten = Some(*element);
        }
        while self.depth() > 0 {
            self.end(Some(at..at));
        }
    }

    fn put(&mut self, slot: usize, value: Value) {
        // The parent is a branch: a text behind its children would have been met before this end.
        let Some(Frame { node: Node::Branch(branch), .. }) = self.frames.last_mut() else { return };
        match branch.pairs.get_mut(slot) {
            Some((_, Value::List(members))) => members.push(value),
            Some((_, place)) => *place = value,
            None => {}
        }
    }

    /// One piece of text as the XML parser hands it over.
    pub(super) fn text(&mut self, piece: &str) {
        let piece = piece.trim_matches(['\t', '\n', '\r']);
        if piece.is_empty() {
            return;
        }
        let Some(frame) = self.frames.last_mut() else { return };
        if let Node::Text(text) = &mut frame.node {
            text.push_str(&entities::decode(piece, self.era));
            return;
        }
        if piece.bytes().all(|b| b == b' ') {
            return;
        }
        if matches!(frame.node, Node::Branch(_)) {
            self.lost.push(frame.element);
        }
        frame.node = Node::Text(entities::decode(piece, self.era).into_owned());
    }

    /// The content of a declared entity, referred to at `at`.
    pub(super) fn entity(&mut self, content: &str, at: usize) -> Result<(), Fault> {
        self.expanded += content.len();
        if self.expanded > MAX_BYTES {
            let message = "the entities declared in the DOCTYPE expand to more than 64 MiB";
            return Err(Fault::new(ReadErrorKind::EntityExpansion, at, message));
        }
        self.text(content);
        Ok(())
    }

    pub(super) fn finish(mut self) -> Built {
        let root = match self.frames.pop() {
            Some(Frame { node: Node::Branch(branch), .. }) => branch.pairs.into_iter().next(),
            _ => None,
        };
        Built { elements: self.elements, root, lost: self.lost, unwritten: self.unwritten }
    }
}
