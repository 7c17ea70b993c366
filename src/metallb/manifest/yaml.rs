//! Text to tree.
//!
//! Aliases are copied out under a budget, so that a small text cannot become a large tree.

use std::collections::HashMap;
use std::mem;

use granit_parser::{Event, Parser, ScalarStyle, Span, Tag};
use serde_json::Value;

use super::node::{Data, Field, Node};
use super::{scalar, unreadable};
use crate::finding::{Finding, Place, SourceId};

/// Longest text read. A thousand times a large cluster's MetalLB objects.
const MAX_BYTES: usize = 64 << 20;
/// Nesting. The deepest object of Kubernetes needs about twenty.
const MAX_DEPTH: usize = 100;
/// Values in all documents together, copies of aliases counted.
const MAX_NODES: usize = 8_000_000;
/// Values that aliases may add. Real files repeat a few labels.
const MAX_COPIED: usize = 200_000;
/// From how many fields on a mapping's names are looked up in a table.
const LARGE_MAP: usize = 16;

type Error = Box<Finding>;

/// Reads all documents. A document without content is null.
pub(super) fn parse(source: SourceId, text: &str) -> Result<Vec<Node>, Error> {
    if text.len() > MAX_BYTES {
        let message = format!("the text is longer than {} MiB", MAX_BYTES >> 20);
        return Err(unreadable("yaml-limit", message).at(Place::new(source, 0, 0)).into());
    }
    let mut builder = Builder {
        source,
        documents: Vec::new(),
        open: Vec::new(),
        anchors: HashMap::new(),
        nodes: 0,
        copied: 0,
    };
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let offset = error.marker().byte_offset().unwrap_or(text.len());
            let place = Place::new(source, offset.min(text.len()), offset.saturating_add(1).min(text.len()));
            unreadable("yaml-syntax", format!("not readable as YAML: {}", error.info())).at(place)
        })?;
        builder.event(event, &span)?;
    }
    Ok(builder.documents)
}

struct Builder {
    source: SourceId,
    documents: Vec<Node>,
    open: Vec<Open>,
    anchors: HashMap<usize, (Node, usize)>,
    nodes: usize,
    copied: usize,
}

/// A list or mapping whose end has not come yet.
struct Open {
    place: Place,
    anchor: usize,
    /// Values seen before it began, so that the difference is its own size.
    nodes_before: usize,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Map {
        fields: Vec<Field>,
        key: Option<(String, Place, bool)>,
        index: HashMap<String, usize>,
        merged: Vec<Node>,
    },
}

impl Builder {
    fn event(&mut self, event: Event<'_>, span: &Span) -> Result<(), Error> {
        let place = self.place(span);
        match event {
            Event::DocumentStart(..) => self.anchors.clear(),
            Event::Scalar(text, style, anchor, tag) => {
                let value = value(&text, style, tag.as_deref(), place)?;
                // `<<` merges only where it is not quoted.
                let merge = text == "<<" && style == ScalarStyle::Plain && tag.is_none();
                self.leaf(Node { place, data: Data::Scalar(value) }, anchor, merge)?;
            }
            Event::SequenceStart(_, anchor, tag) => {
                collection_tag(tag.as_deref(), "seq", place)?;
                self.open(place, anchor, Content::List(Vec::new()))?;
            }
            Event::MappingStart(_, anchor, tag) => {
                collection_tag(tag.as_deref(), "map", place)?;
                let content =
                    Content::Map { fields: Vec::new(), key: None, index: HashMap::new(), merged: Vec::new() };
                self.open(place, anchor, content)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(place)?,
            Event::Alias(id) => {
                let (node, size) = self.anchors.get(&id).ok_or_else(|| {
                    unreadable("yaml-alias", "an alias refers to a value that it is part of").at(place)
                })?;
                self.copied += size;
                self.nodes += size;
                if self.copied > MAX_COPIED {
                    let message = format!("aliases repeat more than {MAX_COPIED} values");
                    return Err(unreadable("yaml-limit", message).at(place).into());
                }
                let node = node.clone();
                self.put(node, false)?;
            }
            _ => {}
        }
        if self.nodes > MAX_NODES {
            return Err(unreadable("yaml-limit", format!("more than {MAX_NODES} values")).at(place).into());
        }
        Ok(())
    }

    fn place(&self, span: &Span) -> Place {
        let range = span.byte_range().unwrap_or(0..0);
        Place::new(self.source, range.start, range.end)
    }

    fn leaf(&mut self, node: Node, anchor: usize, merge: bool) -> Result<(), Error> {
        self.nodes += 1;
        if anchor != 0 {
            self.anchors.insert(anchor, (node.clone(), 1));
        }
        self.put(node, merge)
    }

    fn open(&mut self, place: Place, anchor: usize, content: Content) -> Result<(), Error> {
        if self.open.len() >= MAX_DEPTH {
            let message = format!("nested more than {MAX_DEPTH} levels deep");
            return Err(unreadable("yaml-limit", message).at(place).into());
        }
        if let Some(Open { content: Content::Map { key: None, .. }, .. }) = self.open.last() {
            return Err(unreadable("yaml-key", "a list or mapping cannot be the name of a field")
                .at(place)
                .into());
        }
        self.open.push(Open { place, anchor, nodes_before: self.nodes, content });
        self.nodes += 1;
        Ok(())
    }

    fn close(&mut self, end: Place) -> Result<(), Error> {
        // The parser pairs starts and ends.
        let Some(open) = self.open.pop() else { return Ok(()) };
        let place = Place { end: end.end.max(open.place.end), ..open.place };
        let data = match open.content {
            Content::List(items) => Data::List(items),
            Content::Map { mut fields, index, merged, .. } => {
                merge(&mut fields, index, merged)?;
                Data::Map(fields)
            }
        };
        let node = Node { place, data };
        if open.anchor != 0 {
            let size = self.nodes - open.nodes_before;
            // Kept copies count: a chain of anchors would otherwise square the work.
            self.copied += size;
            self.anchors.insert(open.anchor, (node.clone(), size));
            if self.copied > MAX_COPIED {
                let message = format!("anchors repeat more than {MAX_COPIED} values");
                return Err(unreadable("yaml-limit", message).at(place).into());
            }
        }
        self.put(node, false)
    }

    /// Puts a finished value where it belongs: document, item, name or value of a field.
    fn put(&mut self, node: Node, merge: bool) -> Result<(), Error> {
        match self.open.last_mut().map(|open| &mut open.content) {
            None => self.documents.push(node),
            Some(Content::List(items)) => items.push(node),
            Some(Content::Map { fields, key, index, merged }) => match mem::take(key) {
                None => *key = Some((name(&node)?, node.place, merge)),
                Some((_, _, true)) => merged.push(node),
                Some((name, place, false)) => {
                    if let Some(earlier) = find(fields, index, &name) {
                        return Err(unreadable(
                            "yaml-duplicate-key",
                            format!("the field `{name}` is there twice"),
                        )
                        .at(place)
                        .label(earlier, "first written here")
                        .into());
                    }
                    fields.push(Field { name, key: place, node });
                }
            },
        }
        Ok(())
    }
}

/// The place of a field's name, if the field is there. The table is filled once a mapping is large.
fn find(fields: &[Field], index: &mut HashMap<String, usize>, name: &str) -> Option<Place> {
    if fields.len() < LARGE_MAP {
        return fields.iter().find(|field| field.name == name).map(|field| field.key);
    }
    for (at, field) in fields.iter().enumerate().skip(index.len()) {
        index.insert(field.name.clone(), at);
    }
    index.get(name).and_then(|at| fields.get(*at)).map(|field| field.key)
}

/// Adds the fields of merged mappings that are not there yet; earlier mappings win.
fn merge(fields: &mut Vec<Field>, mut index: HashMap<String, usize>, merged: Vec<Node>) -> Result<(), Error> {
    for node in merged {
        let place = node.place;
        let mappings = match node.data {
            Data::List(items) => items,
            _ => vec![node],
        };
        for mapping in mappings {
            let Data::Map(more) = mapping.data else {
                return Err(unreadable("yaml-merge", "`<<` takes a mapping or a list of mappings")
                    .at(place)
                    .into());
            };
            for field in more {
                if find(fields, &mut index, &field.name).is_none() {
                    fields.push(field);
                }
            }
        }
    }
    Ok(())
}

/// The name of a field: texts as they are, numbers and booleans as JSON writes them.
fn name(node: &Node) -> Result<String, Error> {
    match &node.data {
        Data::Scalar(Value::String(text)) => Ok(text.clone()),
        Data::Scalar(value @ (Value::Bool(_) | Value::Number(_))) => Ok(value.to_string()),
        _ => Err(unreadable("yaml-key", "the name of a field is missing").at(node.place).into()),
    }
}

fn value(text: &str, style: ScalarStyle, tag: Option<&Tag>, place: Place) -> Result<Value, Error> {
    let Some(tag) = tag else {
        return Ok(match style {
            ScalarStyle::Plain => scalar::plain(text),
            _ => Value::String(text.to_owned()),
        });
    };
    let read = scalar::plain(text);
    let fits = match core_tag(tag) {
        Some("str") => return Ok(Value::String(text.to_owned())),
        Some("int") => read.is_i64() || read.is_u64(),
        Some("float") => read.is_number(),
        Some("bool") => read.is_boolean(),
        Some("null") => read.is_null(),
        _ => return Err(foreign_tag(tag, place)),
    };
    if fits {
        return Ok(read);
    }
    Err(unreadable("yaml-tag", format!("the value does not fit its tag `{tag}`")).at(place).into())
}

fn collection_tag(tag: Option<&Tag>, wanted: &str, place: Place) -> Result<(), Error> {
    match tag {
        Some(tag) if core_tag(tag) != Some(wanted) => Err(foreign_tag(tag, place)),
        _ => Ok(()),
    }
}

/// The word behind `!!`; the bare `!` means text.
fn core_tag(tag: &Tag) -> Option<&str> {
    if tag.is_yaml_core_schema() {
        return Some(tag.suffix());
    }
    (tag.handle().is_empty() && tag.suffix() == "!" || tag.handle() == "!" && tag.suffix().is_empty())
        .then_some("str")
}

fn foreign_tag(tag: &Tag, place: Place) -> Error {
    unreadable("yaml-tag", format!("the tag `{tag}` means nothing to Kubernetes"))
        .at(place)
        .hint("leave the tag out")
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn values(text: &str) -> Vec<Value> {
        let documents = parse(SourceId(0), text).unwrap_or_else(|finding| panic!("{text}: {finding:?}"));
        documents.iter().map(Node::to_value).collect()
    }

    fn refusal(text: &str) -> String {
        parse(SourceId(0), text).expect_err(text).rule.into_owned()
    }

    #[test]
    fn reads_what_kubectl_reads() {
        for (text, value) in [
            ("a: &x {l: no}\nb: *x", json!({"a": {"l": false}, "b": {"l": false}})),
            (
                "base: &b {p: 1, q: 1}\nc: {<<: *b, q: 2}",
                json!({"base": {"p": 1, "q": 1}, "c": {"p": 1, "q": 2}}),
            ),
            ("c: {<<: [{p: 1}, {p: 2, q: 2}]}", json!({"c": {"p": 1, "q": 2}})),
            ("\"<<\": 1", json!({"<<": 1})),
            ("1: a\ntrue: b", json!({"1": "a", "true": "b"})),
            ("a: !!str 1\nb: !!int \"1\"", json!({"a": "1", "b": 1})),
            ("a: 'no'\nb: \"no\"\nc: |\n  no\n", json!({"a": "no", "b": "no", "c": "no\n"})),
            ("a:", json!({"a": null})),
            ("\u{feff}a: 1\r\nb: 2\r\n", json!({"a": 1, "b": 2})),
        ] {
            assert_eq!(values(text), [value], "{text}");
        }
        assert_eq!(
            values("a: 1\n---\n# none\n---\nb: 2\n...\n"),
            [json!({"a": 1}), json!(null), json!({"b": 2})]
        );
    }

    #[test]
    fn refuses_what_kubectl_refuses() {
        for (text, rule) in [
            ("a: 1\na: 2", "yaml-duplicate-key"),
            ("{a: 1, \"a\": 2}", "yaml-duplicate-key"),
            ("a: !python/object x", "yaml-tag"),
            ("a: !!binary x", "yaml-tag"),
            ("a: !!int x", "yaml-tag"),
            ("[1]: a", "yaml-key"),
            ("? {a: 1}\n: b", "yaml-key"),
            ("a: *nothing", "yaml-syntax"),
            ("a: &a [*a]", "yaml-alias"),
            ("a: {<<: 1}", "yaml-merge"),
            ("a: b: c", "yaml-syntax"),
            ("a: \"open", "yaml-syntax"),
        ] {
            assert_eq!(refusal(text), rule, "{text}");
        }
    }

    #[test]
    fn hostile_texts_end() {
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for i in 1..30 {
            let before = format!("*a{}", i - 1);
            bomb.push_str(&format!("a{i}: &a{i} [{}]\n", vec![before; 10].join(", ")));
        }
        assert_eq!(refusal(&bomb), "yaml-limit");
        // The parser has a nesting limit of its own, which it may reach while it looks ahead.
        for deep in ["[".repeat(20_000), "- ".repeat(20_000), "{a: ".repeat(20_000)] {
            assert!(matches!(refusal(&deep).as_str(), "yaml-limit" | "yaml-syntax"));
        }
        assert_eq!(refusal(&format!("{}1{}", "[".repeat(120), "]".repeat(120))), "yaml-limit");
        let nested = (0..5_000).map(|i| format!("{}a: &a{i}\n", " ".repeat(i % 90))).collect::<String>();
        let _ = parse(SourceId(0), &nested);
        let wide: String = (0..50_000).map(|i| format!("k{i}: {i}\n")).collect();
        assert_eq!(values(&wide)[0].as_object().expect("a map").len(), 50_000);
        assert_eq!(refusal(&format!("{wide}k7: 1\n")), "yaml-duplicate-key");
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[-a:{}\\[\\]&*!<>|?,'\" \n\t#~0-9]{0,60}") {
            let _ = parse(SourceId(0), &text);
        }

        /// Whatever JSON can hold is read back from YAML's JSON subset.
        #[test]
        fn json_reads_back(texts in prop::collection::vec("[ -~äß€\n\t]{0,12}", 0..6), numbers in prop::collection::vec(any::<i64>(), 0..6)) {
            let value = json!({"texts": texts, "numbers": numbers, "none": null, "yes": true});
            prop_assert_eq!(values(&value.to_string()), [value]);
        }
    }
}
