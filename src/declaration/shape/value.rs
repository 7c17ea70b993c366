//! Tree to JSON value, and from places in that value back to the tree.

use std::fmt::Write as _;

use serde_json::{Map, Number, Value, json};

use crate::declaration::types::API_VERSION;
use crate::declaration::yaml::{Kind, NodeId, Scalar, Tree, scalar::Core};

/// The name of a network whose own name is missing or faulty. The document is partial then.
const UNNAMED: &str = "unnamed";

/// The document as JSON, for the schema and the types.
pub(super) fn to_json(tree: &Tree) -> Value {
    node_to_json(tree, tree.root())
}

/// Fills in the head of a document where it is missing and was reported, so that a forgotten line
/// at the top does not hide what is wrong below it.
pub(super) fn fill_in_head(document: &mut Value) {
    let Value::Object(document) = document else { return };
    document.entry("apiVersion").or_insert_with(|| API_VERSION.into());
    document.entry("kind").or_insert_with(|| "Network".into());
    document.entry("spec").or_insert_with(|| json!({}));
    if let Value::Object(metadata) = document.entry("metadata").or_insert_with(|| json!({})) {
        metadata.entry("name").or_insert_with(|| UNNAMED.into());
    }
}

/// As deep as the document, which the reader limits.
fn node_to_json(tree: &Tree, id: NodeId) -> Value {
    match &tree.node(id).kind {
        Kind::Scalar(scalar) => scalar_to_json(scalar),
        Kind::Sequence { items, .. } => items.iter().map(|item| node_to_json(tree, *item)).collect(),
        Kind::Mapping { entries, .. } => {
            let mut object = Map::with_capacity(entries.len());
            for entry in entries {
                object.insert(entry.key.text.to_string(), node_to_json(tree, entry.value));
            }
            Value::Object(object)
        }
        Kind::Faulty => Value::Null,
    }
}

fn scalar_to_json(scalar: &Scalar) -> Value {
    match scalar.core() {
        Core::Null => Value::Null,
        Core::Bool(value) => Value::Bool(value),
        Core::Int(n) => i64::try_from(n)
            .map(Number::from)
            .or_else(|_| u64::try_from(n).map(Number::from))
            .map_or_else(|_| beyond_every_bound(n > 0), Value::Number),
        // No key of the format takes a fraction. JSON Schema counts `64500.0` as an integer, so any
        // number that is not whole stands for all of them; messages quote the source.
        Core::Float => Value::from(0.5),
        Core::Text => Value::String(scalar.text.to_string()),
    }
}

/// Stands for whole numbers that no Rust integer of the format holds: outside every bound.
fn beyond_every_bound(positive: bool) -> Value {
    if positive { Value::from(u64::MAX) } else { Value::from(i64::MIN) }
}

/// The node that a JSON pointer names, and the pointer as people write it: `spec.pools[0].addresses`.
pub(super) fn walk(tree: &Tree, pointer: &str) -> (NodeId, String) {
    let mut node = tree.root();
    let mut path = String::new();
    for segment in pointer.split('/').skip(1) {
        // Whether a number is an index or a key only the tree knows.
        if let Kind::Sequence { items, .. } = &tree.node(node).kind {
            node = segment.parse().ok().and_then(|i: usize| items.get(i)).copied().unwrap_or(node);
            let _ = write!(path, "[{segment}]");
        } else {
            let key = segment.replace("~1", "/").replace("~0", "~");
            node = tree.entry(node, &key).map_or(node, |e| e.value);
            push_key(&mut path, &key);
        }
    }
    (node, path)
}

/// Appends one key to a path.
fn push_key(path: &mut String, key: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(&crate::declaration::yaml::parse::shorten(key));
}

/// The path and the node at which serde gave up.
pub(super) fn walk_serde_path(tree: &Tree, at: &serde_path_to_error::Path) -> (String, NodeId) {
    use serde_path_to_error::Segment;
    let mut node = tree.root();
    for segment in at {
        node = match segment {
            Segment::Map { key } => tree.entry(node, key).map_or(node, |e| e.value),
            Segment::Seq { index } => tree.items(node).get(*index).copied().unwrap_or(node),
            Segment::Enum { .. } | Segment::Unknown => node,
        };
    }
    (at.to_string(), node)
}
