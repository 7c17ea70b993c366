//! Parser events to span trees, one for each document.

use std::collections::HashMap;

use granit_parser::{Event, Options, Parser, ScalarStyle, Span, StrInput, StructureStyle};

use crate::declaration::faults::Faults;
use crate::finding::{Finding, Layer, Place, SourceId};

use super::{
    syntax,
    tree::{Entry, Kind, NodeId, Scalar, Style, Tree},
};

/// How deep block and flow collections may nest, each. The format itself needs ten.
pub(crate) const MAX_DEPTH: usize = 64;

/// How many values one file may have: several times what ten thousand nodes
/// and as many pools need, and little enough to keep the arena small when a file is nothing but commas.
pub(crate) const MAX_NODES: usize = 500_000;

/// All documents of a text.
pub(crate) struct Parsed {
    /// The documents that were read to their end and are not empty.
    pub(crate) documents: Vec<Tree>,
    /// What was read of the others before they broke off. Good for finding more faults, no more.
    pub(crate) broken_off: Vec<Tree>,
    /// What was wrong.
    pub(crate) faults: Faults,
    /// At least one document could not be read to its end.
    pub(crate) broken: bool,
}

/// Reads a text.
pub(crate) fn parse(text: &str, source: SourceId) -> Parsed {
    let mut options = Options::default();
    options.disallow_directives = true;
    options.emit_unresolved_aliases = true;
    options.emit_anchor_events = true;
    options.set_emit_comments(false);
    options.flow_nesting_limit = MAX_DEPTH;
    options.block_nesting_limit = MAX_DEPTH;
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut builder = Builder::new(text, source);
    let mut parsed =
        Parsed { documents: Vec::new(), broken_off: Vec::new(), faults: Faults::default(), broken: false };
    read_stream(&mut parser, &mut builder, &mut parsed);
    parsed.faults = builder.faults;
    parsed
}

fn read_stream<'t>(parser: &mut Parser<'t, StrInput<'t>>, builder: &mut Builder<'t>, parsed: &mut Parsed) {
    loop {
        match parser.next_event() {
            None | Some(Ok((Event::StreamEnd, _))) => return,
            Some(Ok((Event::DocumentEnd, _))) => parsed.documents.extend(builder.finish()),
            Some(Ok((event, span))) => builder.take(event, span),
            Some(Err(e)) => {
                parsed.broken = true;
                let open = builder.innermost_flow();
                builder.faults.push(syntax::explain(&e, builder.text, builder.source, open));
                parsed.broken_off.extend(builder.break_off());
                // The next document may be sound: its errors belong to this run, too.
                if !matches!(parser.proceed_next_document(), Ok(true)) {
                    return;
                }
            }
        }
        if builder.total > MAX_NODES {
            parsed.broken = true;
            builder.faults.push(
                error("yaml-too-many-values", format!("more than {MAX_NODES} values in one file"))
                    .at(builder.last)
                    .hint("split it into several files"),
            );
            return;
        }
    }
}

/// A key that waits for its value.
enum Key {
    Good(Scalar, Place),
    /// Reported already; its value is read and thrown away.
    Faulty,
}

/// A collection that is not closed yet.
struct Open {
    id: NodeId,
    key: Option<Key>,
    /// The collection itself stands where a key should.
    is_key: bool,
}

struct Builder<'t> {
    text: &'t str,
    source: SourceId,
    tree: Tree,
    open: Vec<Open>,
    root: Option<NodeId>,
    /// Anchors of this document that no alias has used yet, and all anchors by id.
    anchors: HashMap<usize, (Place, bool)>,
    faults: Faults,
    /// Values read so far, over all documents.
    total: usize,
    last: Place,
}

impl<'t> Builder<'t> {
    fn new(text: &'t str, source: SourceId) -> Self {
        Builder {
            text,
            source,
            tree: Tree::new(),
            open: Vec::new(),
            root: None,
            anchors: HashMap::new(),
            faults: Faults::default(),
            total: 0,
            last: Place::new(source, 0, 0),
        }
    }

    fn take(&mut self, event: Event<'_>, span: Span) {
        let place = self.place(span);
        match event {
            Event::Scalar(text, style, _, tag) => {
                let faulty = tag.is_some() && self.report_tag(span, place);
                // The parser writes `~` for a value that is not there.
                let text = if place.start == place.end { "".into() } else { text.into() };
                let scalar = Scalar { text, style: style_of(style) };
                self.scalar(scalar, place, faulty);
            }
            Event::SequenceStart(style, _, tag) => {
                if tag.is_some() {
                    self.report_tag(span, place);
                }
                self.start(Kind::Sequence { items: Vec::new(), flow: is_flow(style) }, place);
            }
            Event::MappingStart(style, _, tag) => {
                if tag.is_some() {
                    self.report_tag(span, place);
                }
                let kind = Kind::Mapping { entries: Vec::new(), by_key: Vec::new(), flow: is_flow(style) };
                self.start(kind, place);
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(place),
            Event::Alias(id) => {
                let anchor = self.anchors.get_mut(&id).map(|(place, used)| {
                    *used = true;
                    *place
                });
                self.alias(place, anchor);
            }
            Event::UnresolvedAlias(_) => self.alias(place, None),
            Event::Anchor(id, _) => {
                self.anchors.insert(id, (place, false));
            }
            Event::DocumentStart(true, _) => self.tree.set_marker(place.start),
            // Comments are switched off; the other marks carry nothing we need.
            _ => {}
        }
    }

    fn place(&self, span: Span) -> Place {
        let range = span.byte_range().unwrap_or_default();
        Place::new(self.source, range.start, range.end)
    }

    fn report_tag(&mut self, span: Span, place: Place) -> bool {
        let tag = span.tag_span().map_or(place, |tag| self.place(tag));
        self.faults.push(
            error("yaml-tag", "tags are not allowed")
                .at(tag)
                .hint("remove the tag; quote the value if it is text"),
        );
        true
    }

    fn alias(&mut self, place: Place, anchor: Option<Place>) {
        let mut finding = error("yaml-alias", "aliases are not allowed").at(place).hint(
            "write the value out; what is said once for many has a key of its own, such as `bfdProfiles`",
        );
        if let Some(anchor) = anchor {
            finding = finding.label(anchor, "the anchor it repeats");
        }
        self.faults.push(finding);
        self.value_or_key(Kind::Faulty, place, None);
    }

    fn scalar(&mut self, scalar: Scalar, place: Place, faulty: bool) {
        let key = (!faulty).then(|| scalar.clone());
        let kind = if faulty { Kind::Faulty } else { Kind::Scalar(scalar) };
        self.value_or_key(kind, place, key);
    }

    /// Puts something without children where it belongs.
    fn value_or_key(&mut self, kind: Kind, place: Place, key: Option<Scalar>) {
        self.total += 1;
        self.last = place;
        if self.expects_key() {
            let key = match key {
                Some(scalar) if scalar.style == Style::Plain && &*scalar.text == "<<" => {
                    self.faults.push(
                        error("yaml-merge-key", "merge keys (`<<`) are not allowed")
                            .at(place)
                            .hint("write the keys out"),
                    );
                    Key::Faulty
                }
                Some(scalar) => Key::Good(scalar, place),
                None => Key::Faulty,
            };
            if let Some(open) = self.open.last_mut() {
                open.key = Some(key);
            }
            return;
        }
        let id = self.tree.add(kind, self.shown(place));
        self.tree.node_mut(id).end = place.end;
        self.attach(id);
    }

    fn start(&mut self, kind: Kind, place: Place) {
        self.total += 1;
        self.last = place;
        let is_key = self.expects_key();
        if is_key {
            self.faults.push(
                error("yaml-complex-key", "a list or mapping cannot be a key")
                    .at(self.shown(place))
                    .hint("write a name before the `:`; quote a value that starts with `{` or `[`"),
            );
        }
        let id = self.tree.add(kind, place);
        self.open.push(Open { id, key: None, is_key });
    }

    fn end(&mut self, place: Place) {
        let Some(open) = self.open.pop() else { return };
        let start = self.tree.node(open.id).place;
        let whole = Place { end: place.end.max(start.end), ..start };
        // The end mark of a block stands where the next thing begins; its own end is its last child's.
        let end = match &self.tree.node(open.id).kind {
            Kind::Sequence { items, flow: false } => items.last().map(|id| self.tree.node(*id).end),
            Kind::Mapping { entries, flow: false, .. } => {
                entries.last().map(|e| self.tree.node(e.value).end.max(e.key_place.end))
            }
            _ => None,
        };
        let whole = Place { end: end.unwrap_or(whole.end).max(start.start), ..whole };
        let shown = self.shown(whole);
        let node = self.tree.node_mut(open.id);
        node.place = shown;
        node.end = whole.end;
        self.refuse_repeated_keys(open.id);
        if open.is_key {
            if let Some(parent) = self.open.last_mut() {
                parent.key = Some(Key::Faulty);
            }
        } else {
            self.attach(open.id);
        }
    }

    fn attach(&mut self, id: NodeId) {
        let Some(open) = self.open.last_mut() else {
            self.root = Some(id);
            return;
        };
        let parent = open.id;
        let key = open.key.take();
        match (&mut self.tree.node_mut(parent).kind, key) {
            (Kind::Sequence { items, .. }, _) => items.push(id),
            (Kind::Mapping { entries, .. }, Some(Key::Good(key, key_place))) => {
                entries.push(Entry { key, key_place, value: id });
                self.place_nothing_at_key(id, key_place);
            }
            _ => self.tree.mark_incomplete(parent),
        }
    }

    /// A key without a value has no text to point at: point at the key.
    fn place_nothing_at_key(&mut self, id: NodeId, key_place: Place) {
        let node = self.tree.node_mut(id);
        if node.place.start == node.place.end {
            node.place = key_place;
            node.end = key_place.end;
        }
    }

    fn refuse_repeated_keys(&mut self, id: NodeId) {
        let repeated = self.tree.index_keys(id);
        if repeated.is_empty() {
            return;
        }
        for &(later, first) in &repeated {
            let entries = self.tree.entries(id);
            let (later, first) = (&entries[later], &entries[first]);
            self.faults.push(
                error("duplicate-key", format!("the key `{}` is here twice", shorten(&later.key.text)))
                    .at(later.key_place)
                    .label(first.key_place, "first here")
                    .hint("keep one of them"),
            );
        }
        if let Kind::Mapping { entries, .. } = &mut self.tree.node_mut(id).kind {
            let mut gone = repeated.iter().map(|(later, _)| *later).peekable();
            let mut position = 0;
            entries.retain(|_| {
                let drop = gone.next_if_eq(&position).is_some();
                position += 1;
                !drop
            });
        }
        self.tree.index_keys(id);
        self.tree.mark_incomplete(id);
    }

    fn expects_key(&self) -> bool {
        self.open.last().is_some_and(|open| {
            open.key.is_none() && matches!(self.tree.node(open.id).kind, Kind::Mapping { .. })
        })
    }

    /// The innermost bracket or brace that is open.
    fn innermost_flow(&self) -> Option<Place> {
        self.open.iter().rev().find_map(|open| {
            let node = self.tree.node(open.id);
            let flow =
                matches!(node.kind, Kind::Sequence { flow: true, .. } | Kind::Mapping { flow: true, .. });
            flow.then(|| Place { end: node.place.start + 1, ..node.place })
        })
    }

    /// Cuts a place at the end of its first line.
    fn shown(&self, place: Place) -> Place {
        let Some(text) = self.text.get(place.range()) else { return place };
        let first = text.split('\n').next().unwrap_or_default().trim_end();
        Place::new(place.source, place.start as usize, place.start as usize + first.len())
    }

    /// Hands out the finished document, unless it is empty.
    fn finish(&mut self) -> Option<Tree> {
        let mut unused: Vec<Place> =
            self.anchors.drain().filter(|(_, (_, used))| !used).map(|(_, (place, _))| place).collect();
        unused.sort_unstable();
        for place in unused {
            self.faults
                .push(error("yaml-anchor", "anchors are not allowed").at(place).hint("remove the anchor"));
        }
        let mut tree = std::mem::replace(&mut self.tree, Tree::new());
        self.open.clear();
        let root = self.root.take()?;
        tree.set_root(root);
        let empty = tree.scalar(root).is_some_and(|s| s.text.is_empty() && s.style == Style::Plain);
        (!empty).then_some(tree)
    }

    /// Ends a document that broke off, and hands out what was read of it.
    fn break_off(&mut self) -> Option<Tree> {
        // Where a text breaks off, what was read last is often not what was meant.
        if let Some(last) = self.tree.last()
            && matches!(self.tree.node(last).kind, Kind::Scalar(_))
        {
            self.tree.node_mut(last).kind = Kind::Faulty;
        }
        while !self.open.is_empty() {
            self.end(self.last);
        }
        // The parser closes blocks before it complains about the line that ends them, so everything
        // along the last branch may lack something.
        let mut branch = self.root;
        while let Some(id) = branch {
            self.tree.mark_cut(id);
            branch = self.tree.last_child(id);
        }
        self.anchors.clear();
        self.finish()
    }
}

fn style_of(style: ScalarStyle) -> Style {
    match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted => Style::Single,
        ScalarStyle::DoubleQuoted => Style::Double,
        ScalarStyle::Literal => Style::Literal,
        ScalarStyle::Folded => Style::Folded,
    }
}

fn is_flow(style: StructureStyle) -> bool {
    matches!(style, StructureStyle::Flow)
}

/// Keys are echoed in messages; a key of a megabyte is not.
pub(crate) fn shorten(text: &str) -> String {
    const LONGEST: usize = 60;
    let one_line = text.split(['\n', '\r']).next().unwrap_or_default();
    if one_line.len() == text.len() && text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    one_line.chars().take(LONGEST).chain(['…']).collect()
}

fn error(rule: &'static str, message: impl Into<String>) -> Finding {
    Finding::error(Layer::Declaration, rule, message)
}
