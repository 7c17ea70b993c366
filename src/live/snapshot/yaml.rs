//! Changing objects inside a YAML file and leaving everything else as it is written.
//!
//! An object is changed field by field: comments, order and spelling of what stays are kept. Where the
//! text is laid out in a way that this does not follow, the whole object is written anew in its place.
//! Either result is read again and must say exactly what it should, or nothing comes of it.

use std::ops::Range;

use serde_json::{Map, Value};

use crate::finding::SourceId;
use crate::metallb::manifest::node::{Data, Field};
use crate::metallb::manifest::{self, Input, Node};

/// The text is laid out in a way that cannot be changed safely.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unsupported;

/// A replacement of part of the text.
type Patch = (Range<usize>, String);

/// Changes objects by their number in the file: a new value, or `None` to take the object out.
///
/// The caller has read `text` before, so that it is known to be readable.
pub(super) fn change(text: &str, changes: &[(usize, Option<Value>)]) -> Result<String, Unsupported> {
    let nodes = read(text).ok_or(Unsupported)?;
    let mut expected: Vec<Option<Value>> = nodes.iter().map(|node| Some(node.to_value())).collect();
    for (number, value) in changes {
        *expected.get_mut(*number).ok_or(Unsupported)? = value.clone();
    }
    let expected: Vec<Value> = expected.into_iter().flatten().collect();
    let file = Text::new(text);
    [false, true]
        .into_iter()
        .find_map(|whole| {
            let mut patches = Vec::new();
            for (number, value) in changes {
                let node = nodes.get(*number)?;
                match value {
                    Some(value) if whole => patches.extend(file.change_whole(node, value)?),
                    Some(value) => patches.extend(file.change_fields(node, value)?),
                    None => patches.push((file.extent(node)?, String::new())),
                }
            }
            let changed = apply(text, patches)?;
            let found: Vec<Value> = read(&changed)?.iter().map(Node::to_value).collect();
            (found == expected).then_some(changed)
        })
        .ok_or(Unsupported)
}

/// Adds a document at the end.
pub(super) fn append(text: &str, value: &Value) -> Option<String> {
    let newline = newline(text);
    let mut out = text.to_owned();
    if !out.is_empty() {
        if !out.ends_with('\n') {
            out.push_str(newline);
        }
        out.push_str("---");
        out.push_str(newline);
    }
    out.push_str(&emit(value, 0, newline)?);
    out.push_str(newline);
    Some(out)
}

/// All objects of a text, those of lists one by one.
fn read(text: &str) -> Option<Vec<Node>> {
    let inputs = manifest::read(SourceId(0), text).ok()?;
    inputs
        .into_iter()
        .map(|input| match input {
            Input::Manifest(manifest) => manifest.node().cloned(),
            Input::Case(_) => None,
        })
        .collect()
}

fn newline(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

/// A value as YAML without a line end behind it; further lines are indented by `indent`.
fn emit(value: &Value, indent: usize, newline: &str) -> Option<String> {
    let text = serde_yaml::to_string(value).ok()?;
    let separator = format!("{newline}{}", " ".repeat(indent));
    Some(text.trim_end().lines().collect::<Vec<_>>().join(&separator))
}

fn apply(text: &str, mut patches: Vec<Patch>) -> Option<String> {
    patches.sort_by_key(|(range, _)| (range.start, range.end));
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (range, replacement) in patches {
        out.push_str(text.get(at..range.start)?);
        out.push_str(&replacement);
        at = range.end;
    }
    out.push_str(text.get(at..)?);
    Some(out)
}

struct Text<'a> {
    text: &'a str,
    newline: &'static str,
}

impl<'a> Text<'a> {
    fn new(text: &'a str) -> Self {
        Text { text, newline: newline(text) }
    }

    fn change_fields(&self, node: &Node, new: &Value) -> Option<Vec<Patch>> {
        let mut patches = Vec::new();
        self.change_map(node, new.as_object()?, &mut patches)?;
        Some(patches)
    }

    fn change_whole(&self, node: &Node, new: &Value) -> Option<Vec<Patch>> {
        let start = node.place.range().start;
        let range = start..self.end(node)?;
        let replacement = match self.is_flow(node) {
            true => serde_json::to_string(new).ok()?,
            false => emit(new, self.column(start)?, self.newline)?,
        };
        Some(vec![(range, replacement)])
    }

    fn change_map(&self, node: &Node, new: &Map<String, Value>, patches: &mut Vec<Patch>) -> Option<()> {
        let Data::Map(fields) = &node.data else { return None };
        if self.is_flow(node) {
            return None;
        }
        let last = fields.last()?;
        let indent = self.column(last.key.range().start)?;
        for field in fields {
            match new.get(&field.name) {
                Some(value) if *value == field.node.to_value() => {}
                Some(value) => self.change_field(field, value, indent, patches)?,
                None => patches.push((self.lines(field)?, String::new())),
            }
        }
        let added: Map<String, Value> = new
            .iter()
            .filter(|(name, _)| !fields.iter().any(|field| field.name == **name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        if !added.is_empty() {
            let at = self.line_end(self.field_end(last)?);
            let emitted = emit(&Value::Object(added), indent, self.newline)?;
            patches.push((at..at, format!("{}{}{emitted}", self.newline, " ".repeat(indent))));
        }
        Some(())
    }

    fn change_field(
        &self,
        field: &Field,
        new: &Value,
        indent: usize,
        patches: &mut Vec<Patch>,
    ) -> Option<()> {
        if let (Data::Map(fields), Some(new)) = (&field.node.data, new.as_object())
            && !fields.is_empty()
            && !new.is_empty()
            && !self.is_flow(&field.node)
            // An alias is written elsewhere.
            && field.node.place.start > field.key.start
        {
            return self.change_map(&field.node, new, patches);
        }
        if let (Data::List(items), Some(new_items)) = (&field.node.data, new.as_array())
            && !items.is_empty()
            && !new_items.is_empty()
            && !self.is_flow(&field.node)
        {
            // Lists are indented below their key or not; either stays.
            let start = field.node.place.range().start;
            if self.text.get(start..)?.starts_with('-') && start > field.key.range().end {
                let replacement = emit(new, self.column(start)?, self.newline)?;
                patches.push((start..self.end(&field.node)?, replacement));
                return Some(());
            }
        }
        let only = Map::from_iter([(field.name.clone(), new.clone())]);
        let range = field.key.range().start..self.field_end(field)?;
        patches.push((range, emit(&Value::Object(only), indent, self.newline)?));
        Some(())
    }

    /// The whole lines of a field, if nothing else stands on them.
    fn lines(&self, field: &Field) -> Option<Range<usize>> {
        let key = field.key.range().start;
        let start = self.line_start(key);
        if !self.text.get(start..key)?.trim().is_empty() {
            return None;
        }
        let end = self.line_end(self.field_end(field)?);
        Some(start..(end + self.newline.len()).min(self.text.len()))
    }

    /// All that belongs to an object and to nothing else: its document, or its item of a list.
    fn extent(&self, node: &Node) -> Option<Range<usize>> {
        let (start, end) = (node.place.range().start, self.end(node)?);
        let line = self.line_start(start);
        if self.text.get(line..start)?.trim() == "-" {
            return Some(line..(self.line_end(end) + self.newline.len()).min(self.text.len()));
        }
        let from = self.markers().filter(|at| *at <= start).last().unwrap_or(0);
        let to = self.markers().find(|at| *at >= end).unwrap_or(self.text.len());
        Some(from..to)
    }

    /// Where lines begin that separate documents.
    fn markers(&self) -> impl Iterator<Item = usize> {
        let mut at = 0;
        self.text.split_inclusive('\n').filter_map(move |line| {
            let start = at;
            at += line.len();
            let rest = line.strip_prefix("---")?;
            rest.chars().next().is_none_or(char::is_whitespace).then_some(start)
        })
    }

    /// The end of a value's own text. The parser lets a block end where the next thing begins.
    fn end(&self, node: &Node) -> Option<usize> {
        let range = node.place.range();
        let end = match &node.data {
            Data::Map(fields) if !self.is_flow(node) => return self.field_end(fields.last()?),
            Data::List(items) if !self.is_flow(node) => return self.end(items.last()?),
            _ => range.end,
        };
        let written = self.text.get(range.start..end)?;
        Some(range.start + written.trim_end().len())
    }

    /// The end of a field; one without a value ends with its colon.
    fn field_end(&self, field: &Field) -> Option<usize> {
        let key = field.key.range().end;
        let colon = key + self.text.get(key..)?.find(':')? + 1;
        Some(self.end(&field.node).unwrap_or(colon).max(colon))
    }

    fn is_flow(&self, node: &Node) -> bool {
        self.text.get(node.place.range()).is_some_and(|text| text.starts_with(['{', '[']))
    }

    fn column(&self, at: usize) -> Option<usize> {
        Some(self.text.get(self.line_start(at)..at)?.chars().count())
    }

    fn line_start(&self, at: usize) -> usize {
        self.text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1)
    }

    /// Behind the last character of the line, in front of its line end.
    fn line_end(&self, at: usize) -> usize {
        let rest = self.text.get(at..).unwrap_or_default();
        let line = rest.split('\n').next().unwrap_or_default();
        at + line.trim_end_matches('\r').len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn values(text: &str) -> Vec<Value> {
        read(text).expect("readable").iter().map(Node::to_value).collect()
    }

    const TWO: &str = "\
# pools of the lab
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata:
  name: web  # the old one
  labels:
    team: net
spec:
  addresses:
  # first half
  - 192.168.32.0/25
  autoAssign: true # keep
---
# second
kind: IPAddressPool
apiVersion: metallb.io/v1beta1
metadata: {name: db, namespace: lb}
spec: {addresses: [10.0.0.0/24]}
";

    #[test]
    fn fields_change_in_place_and_comments_stay() {
        let mut web = values(TWO)[0].clone();
        web["metadata"]["labels"]["app.kubernetes.io/managed-by"] = json!("metalsense");
        web["spec"]["addresses"] = json!(["192.168.32.0/24"]);
        web["spec"].as_object_mut().expect("map").remove("autoAssign");
        let changed = change(TWO, &[(0, Some(web))]).expect("done");
        insta::assert_snapshot!(changed, @r"
        # pools of the lab
        apiVersion: metallb.io/v1beta1
        kind: IPAddressPool
        metadata:
          name: web  # the old one
          labels:
            team: net
            app.kubernetes.io/managed-by: metalsense
        spec:
          addresses:
          - 192.168.32.0/24
        ---
        # second
        kind: IPAddressPool
        apiVersion: metallb.io/v1beta1
        metadata: {name: db, namespace: lb}
        spec: {addresses: [10.0.0.0/24]}
        ");
    }

    #[test]
    fn flow_style_is_written_anew_and_other_documents_stay() {
        let mut db = values(TWO)[1].clone();
        db["metadata"]["labels"] = json!({"a": "yes", "b": "0x10"});
        let changed = change(TWO, &[(1, Some(db.clone()))]).expect("done");
        let (first, _) = TWO.split_once("# second").expect("two");
        assert!(changed.starts_with(first));
        assert_eq!(values(&changed)[1], db);
    }

    #[test]
    fn documents_and_items_are_taken_out_with_their_separators() {
        let changed = change(TWO, &[(0, None)]).expect("done");
        assert!(changed.starts_with("---\n# second"), "{changed}");
        let changed = change(TWO, &[(1, None)]).expect("done");
        assert!(changed.ends_with("# keep\n"), "{changed}");

        let list = "apiVersion: v1\nkind: List\nitems:\n- kind: A\n  apiVersion: x/v1\n  size: 1\n# of b\n- kind: B\n  apiVersion: x/v1\nmetadata:\n  resourceVersion: ''\n";
        let changed = change(list, &[(0, None)]).expect("done");
        assert_eq!(changed, list.replace("- kind: A\n  apiVersion: x/v1\n  size: 1\n", ""));
        let changed = change(
            list,
            &[(0, Some(json!({"kind": "A", "apiVersion": "x/v1", "size": 2, "more": {"k": []}})))],
        );
        assert_eq!(changed.expect("done"), list.replace("  size: 1\n", "  size: 2\n  more:\n    k: []\n"));
    }

    #[test]
    fn json_and_crlf_files() {
        let json_text = r#"{"kind":"A","apiVersion":"x/v1","spec":{"size":1}}"#;
        let new = json!({"kind": "A", "apiVersion": "x/v1", "spec": {"size": 2}});
        let changed = change(json_text, &[(0, Some(new.clone()))]).expect("done");
        assert_eq!(serde_json::from_str::<Value>(&changed).expect("still JSON"), new);

        let crlf = "kind: A\r\napiVersion: x/v1\r\nspec:\r\n  size: 1 # one\r\n";
        let new = json!({"kind": "A", "apiVersion": "x/v1", "spec": {"size": 2, "more": "x"}});
        let changed = change(crlf, &[(0, Some(new))]).expect("done");
        assert_eq!(changed, "kind: A\r\napiVersion: x/v1\r\nspec:\r\n  size: 2 # one\r\n  more: x\r\n");
    }

    #[test]
    fn appended_documents_are_read_back() {
        let new = json!({"kind": "C", "apiVersion": "x/v1", "spec": {"a": "on", "b": "1_000", "c": "~", "d": "64500:1"}});
        for text in ["", TWO, "kind: A\napiVersion: x/v1"] {
            let appended = append(text, &new).expect("done");
            assert!(appended.starts_with(text));
            assert_eq!(values(&appended).last(), Some(&new));
        }
    }
}
