//! Layout: writes trees back as text, with their comments and blank lines.

use crate::declaration::yaml::{Entry, Kind, NodeId, Scalar, Style, Tree};

use super::{
    comments::{self, Comment},
    spelling::{self, Context},
};

const INDENT: usize = 2;

/// Writes all documents of a text.
pub(super) fn write(text: &str, documents: &[Tree]) -> String {
    let comments = comments::find(text, documents);
    let lines = Lines::of(text);
    let mut writer =
        Writer { text, lines, comments, next: 0, out: String::with_capacity(text.len()), path: Vec::new() };
    for (i, tree) in documents.iter().enumerate() {
        let limit = documents.get(i + 1).map_or(text.len(), |next| next.marker().unwrap_or(text.len()));
        writer.document(tree, i > 0, limit);
    }
    writer.lead(0, text.len());
    writer.out
}

/// What a block collection is written into.
#[derive(Clone, Copy)]
struct Frame {
    indent: usize,
    /// Where in the source the next thing after it begins.
    limit: usize,
    /// A comment further left than this is not part of it.
    floor: usize,
    /// Its first entry continues the line that a `- ` has begun.
    inline_first: bool,
}

struct Writer<'t> {
    text: &'t str,
    lines: Lines,
    comments: Vec<Comment<'t>>,
    /// The first comment that is not written yet.
    next: usize,
    out: String,
    /// The keys above, without indexes.
    path: Vec<&'t str>,
}

impl<'t> Writer<'t> {
    fn document(&mut self, tree: &'t Tree, divided: bool, limit: usize) {
        if let Some(marker) = tree.marker() {
            self.lead(0, marker);
        }
        if divided || tree.marker().is_some() {
            self.out.push_str("---\n");
        }
        let root = tree.root();
        self.lead(0, first_token(tree, root));
        if self.is_block(tree, root) {
            self.block(tree, root, Frame { indent: 0, limit, floor: 0, inline_first: false });
        } else {
            self.inline(tree, root, 0);
            self.end_line(tree.node(root).end as usize);
        }
        self.lead(0, limit);
    }

    /// Writes a block collection, each entry on a line of its own.
    fn block(&mut self, tree: &'t Tree, id: NodeId, frame: Frame) {
        let Frame { indent, limit, inline_first, .. } = frame;
        match &tree.node(id).kind {
            Kind::Mapping { entries, .. } => {
                for (i, entry) in entries.iter().enumerate() {
                    let start = entry.key_place.start as usize;
                    let limit = entries.get(i + 1).map_or(limit, |next| next.key_place.start as usize);
                    if !(inline_first && i == 0) {
                        self.lead(indent, self.comments_above(tree, entry));
                        self.begin_line(start, indent);
                    }
                    self.entry(tree, entry, indent, limit);
                }
            }
            Kind::Sequence { items, .. } => {
                for (i, item) in items.iter().enumerate() {
                    let start = first_token(tree, *item);
                    let limit = items.get(i + 1).map_or(limit, |next| first_token(tree, *next));
                    if !(inline_first && i == 0) {
                        self.lead(indent, start);
                        self.begin_line(start, indent);
                    }
                    self.item(tree, *item, indent, limit);
                }
            }
            Kind::Scalar(_) | Kind::Faulty => {}
        }
        self.close(tree, id, frame);
    }

    fn entry(&mut self, tree: &'t Tree, entry: &'t Entry, indent: usize, limit: usize) {
        self.out.push_str(&spelling::spell(&entry.key, Context::Block));
        self.out.push(':');
        self.path.push(&entry.key.text);
        let key_end = entry.key_place.end as usize;
        if self.is_block(tree, entry.value) {
            self.end_line(key_end);
            // What follows in the column of the key is about the next key, also below a list that is
            // not indented.
            let floor = self.lines.column(entry.key_place.start as usize) + 1;
            self.block(
                tree,
                entry.value,
                Frame { indent: indent + INDENT, limit, floor, inline_first: false },
            );
        } else if is_nothing(tree, entry.value) {
            self.end_line(key_end);
        } else {
            self.out.push(' ');
            let end = self.inline(tree, entry.value, indent);
            self.end_line(end);
        }
        self.path.pop();
    }

    fn item(&mut self, tree: &'t Tree, id: NodeId, indent: usize, limit: usize) {
        self.out.push('-');
        if is_nothing(tree, id) {
            self.end_line(tree.node(id).end as usize);
            return;
        }
        self.out.push(' ');
        if self.is_block(tree, id) {
            self.block(tree, id, Frame { indent: indent + INDENT, limit, floor: 0, inline_first: true });
        } else {
            let end = self.inline(tree, id, indent);
            self.end_line(end);
        }
    }

    /// Writes what stands on one line, or begins there as `|` and `>` do. Returns where in the
    /// source the line ends on which a comment may follow.
    fn inline(&mut self, tree: &'t Tree, id: NodeId, indent: usize) -> usize {
        let node = tree.node(id);
        let end = node.end as usize;
        if let Some(block) = self.text_block(tree, id) {
            self.out.push_str(block.header);
            self.comment_behind_header(node.place.start as usize);
            self.out.push('\n');
            for line in &block.lines {
                if !line.is_empty() {
                    self.pad(indent + INDENT);
                    self.out.push_str(line);
                }
                self.out.push('\n');
            }
            return end;
        }
        self.flow(tree, id, Context::Block);
        end
    }

    fn text_block(&self, tree: &Tree, id: NodeId) -> Option<TextBlock<'t>> {
        let node = tree.node(id);
        let start = node.place.start as usize;
        let source = self.text.get(start..node.end as usize)?;
        TextBlock::read(source, self.lines.column(start), tree.scalar(id)?)
    }

    /// A comment on the line of a `|` or `>`, above the text that begins at an offset.
    fn comment_behind_header(&mut self, text_start: usize) {
        if let Some(comment) = self.comments.get(self.next).copied()
            && comment.start < text_start
        {
            self.out.push_str("  ");
            self.out.push_str(comment.text);
            self.next += 1;
        }
    }

    /// Writes a value on one line. As deep as the document, which the reader limits.
    fn flow(&mut self, tree: &'t Tree, id: NodeId, context: Context) {
        match &tree.node(id).kind {
            Kind::Scalar(scalar) => self.scalar(scalar, context),
            Kind::Sequence { items, .. } => {
                self.out.push('[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        self.out.push_str(", ");
                    }
                    self.flow(tree, *item, Context::Flow);
                }
                self.out.push(']');
            }
            Kind::Mapping { entries, .. } if entries.is_empty() => self.out.push_str("{}"),
            Kind::Mapping { entries, .. } => {
                self.out.push_str("{ ");
                for (i, entry) in entries.iter().enumerate() {
                    if i > 0 {
                        self.out.push_str(", ");
                    }
                    self.out.push_str(&spelling::spell(&entry.key, Context::Flow));
                    self.out.push(':');
                    self.path.push(&entry.key.text);
                    if !is_nothing(tree, entry.value) {
                        self.out.push(' ');
                        self.flow(tree, entry.value, Context::Flow);
                    }
                    self.path.pop();
                }
                self.out.push_str(" }");
            }
            Kind::Faulty => {}
        }
    }

    fn scalar(&mut self, scalar: &Scalar, context: Context) {
        let asn = if spelling::is_asn_place(&self.path) { spelling::asn(scalar) } else { None };
        match asn {
            Some(asn) => self.out.push_str(&asn.to_string()),
            None => self.out.push_str(&spelling::spell(scalar, context)),
        }
    }

    /// Whether a collection is written over several lines: blocks, and what was in brackets but did
    /// not fit on a line.
    fn is_block(&self, tree: &Tree, id: NodeId) -> bool {
        let node = tree.node(id);
        let (empty, flow) = match &node.kind {
            Kind::Sequence { items, flow } => (items.is_empty(), *flow),
            Kind::Mapping { entries, flow, .. } => (entries.is_empty(), *flow),
            Kind::Scalar(_) | Kind::Faulty => return false,
        };
        !empty && (!flow || self.text[node.place.start as usize..node.end as usize].contains('\n'))
    }

    /// Up to where the comments belong above an entry: those between key and value have no better
    /// place when the two come together on one line.
    fn comments_above(&self, tree: &Tree, entry: &Entry) -> usize {
        let key = entry.key_place.start as usize;
        if self.is_block(tree, entry.value) || self.text_block(tree, entry.value).is_some() {
            return key;
        }
        key.max(tree.node(entry.value).place.start as usize)
    }

    /// A blank line above, where there was one, and the indentation.
    fn begin_line(&mut self, start: usize, indent: usize) {
        self.blank_line_above(start);
        self.pad(indent);
    }

    /// Writes all comments before an offset, each on a line of its own.
    fn lead(&mut self, indent: usize, limit: usize) {
        while let Some(comment) = self.comments.get(self.next).copied().filter(|c| c.start < limit) {
            self.comment_line(comment, indent);
        }
    }

    /// Writes the comments at the end of a collection that belong to it: those inside its brackets,
    /// or those indented like a block.
    fn close(&mut self, tree: &Tree, id: NodeId, frame: Frame) {
        let node = tree.node(id);
        let in_brackets =
            matches!(node.kind, Kind::Sequence { flow: true, .. } | Kind::Mapping { flow: true, .. });
        let column = self.lines.column(node.place.start as usize).max(frame.floor);
        while let Some(comment) = self.comments.get(self.next).copied().filter(|c| c.start < frame.limit) {
            let inside = if in_brackets {
                comment.start < node.end as usize
            } else {
                comment.own_line && comment.column >= column
            };
            if !inside {
                return;
            }
            self.comment_line(comment, frame.indent);
        }
    }

    fn comment_line(&mut self, comment: Comment<'t>, indent: usize) {
        self.next += 1;
        if comment.own_line {
            self.blank_line_above(comment.start);
        }
        self.pad(indent);
        self.out.push_str(comment.text);
        self.out.push('\n');
    }

    /// A comment behind what ends at an offset of the source, and the line end.
    fn end_line(&mut self, end: usize) {
        if self.out.ends_with('\n') {
            return;
        }
        if let Some(comment) = self.comments.get(self.next)
            && !comment.own_line
            && comment.start >= end
            && self.lines.index(end) == self.lines.index(comment.start)
        {
            // Two spaces before a comment is what yamllint asks for.
            self.out.push_str("  ");
            self.out.push_str(comment.text);
            self.next += 1;
        }
        self.out.push('\n');
    }

    /// Keeps one blank line where the source has some above the line that begins at an offset.
    fn blank_line_above(&mut self, start: usize) {
        let at_top = self.out.is_empty() || self.out.ends_with("---\n");
        if !at_top && self.lines.begins_line(start) && self.lines.blank_above(start) {
            self.out.push('\n');
        }
    }

    fn pad(&mut self, indent: usize) {
        self.out.extend(std::iter::repeat_n(' ', indent));
    }
}

/// A `|` or `>` block, taken out of its old indentation.
struct TextBlock<'t> {
    header: &'static str,
    lines: Vec<&'t str>,
}

impl<'t> TextBlock<'t> {
    /// Takes the text from behind its first indentation on. `None` for what is rare and delicate
    /// (text that begins with blanks, kept line ends, lines of blanks): written in quotes instead.
    fn read(source: &'t str, indent: usize, scalar: &Scalar) -> Option<Self> {
        let text = &*scalar.text;
        let header = match (scalar.style, text.strip_suffix('\n')) {
            (Style::Literal, Some(_)) => "|",
            (Style::Literal, None) => "|-",
            (Style::Folded, Some(_)) => ">",
            (Style::Folded, None) => ">-",
            _ => return None,
        };
        if text.starts_with(char::is_whitespace) || text.trim().is_empty() || text.ends_with("\n\n") {
            return None;
        }
        let mut lines = Vec::new();
        for (i, line) in source.lines().enumerate() {
            let blanks = line.len() - line.trim_start_matches(' ').len();
            lines.push(if i == 0 { line } else { &line[indent.min(blanks)..] });
        }
        // Behind the last line come blank lines and the indentation of what follows.
        while lines.last().is_some_and(|line| line.is_empty()) {
            lines.pop();
        }
        let delicate = lines.iter().any(|line| line.trim().is_empty() && !line.is_empty());
        (!delicate).then_some(TextBlock { header, lines })
    }
}

/// A key or item without anything behind it.
fn is_nothing(tree: &Tree, id: NodeId) -> bool {
    tree.scalar(id).is_some_and(|s| s.style == Style::Plain && s.text.is_empty())
}

/// Where the first value or key of a node stands.
fn first_token(tree: &Tree, id: NodeId) -> usize {
    let node = tree.node(id);
    match &node.kind {
        Kind::Mapping { entries, .. } => entries.first().map(|e| e.key_place.start as usize),
        Kind::Sequence { items, .. } => items.first().map(|item| first_token(tree, *item)),
        Kind::Scalar(_) | Kind::Faulty => None,
    }
    .unwrap_or(node.place.start as usize)
}

/// The lines of the source, measured once: a hostile text may be one line of megabytes.
struct Lines {
    all: Vec<Line>,
}

struct Line {
    start: usize,
    /// Where something else than blanks and signs of structure begins.
    content: usize,
    /// The line above is blank.
    blank_above: bool,
}

impl Lines {
    fn of(text: &str) -> Self {
        let mut all = Vec::new();
        let mut start = 0;
        let mut blank_above = false;
        for line in text.split_inclusive('\n') {
            let structure = line.find(|c: char| !" \t-?[{".contains(c)).unwrap_or(line.len());
            all.push(Line { start, content: start + structure, blank_above });
            blank_above = line.trim().is_empty();
            start += line.len();
        }
        all.push(Line { start, content: start, blank_above });
        Lines { all }
    }

    /// The number of the line around an offset, from 0.
    fn index(&self, at: usize) -> usize {
        self.all.partition_point(|line| line.start <= at).saturating_sub(1)
    }

    fn column(&self, at: usize) -> usize {
        at - self.all.get(self.index(at)).map_or(0, |line| line.start)
    }

    /// Whether nothing stands before an offset on its line but signs of structure.
    fn begins_line(&self, at: usize) -> bool {
        self.all.get(self.index(at)).is_some_and(|line| at <= line.content)
    }

    fn blank_above(&self, at: usize) -> bool {
        self.all.get(self.index(at)).is_some_and(|line| line.blank_above)
    }
}
