//! Secrets written in clear text: refused, never echoed, and masked in the text that excerpts show.

use std::{collections::HashSet, ops::Range};

use super::suggest;
use crate::declaration::faults::Faults;
use crate::declaration::yaml::{Kind, NodeId, Tree};
use crate::finding::{Finding, Layer};

/// Keys of a reference: what stands under them names a secret and is none.
const REFERENCES: &[&str] = &["env", "file", "secretKeyRef"];

/// Byte ranges of everything that looks like a secret in clear text, in any document and under any
/// key: a mistyped key must not make the difference between hidden and shown.
pub(crate) fn find_secrets(tree: &Tree, ranges: &mut Vec<Range<usize>>) {
    each_secret(tree, tree.root(), false, &mut |id| {
        let node = tree.node(id);
        ranges.push(node.place.start as usize..node.end as usize);
    });
}

/// Reports the clear-text secrets of the format's own `password` keys and returns their nodes.
pub(super) fn refuse_clear_text(tree: &Tree, faults: &mut Faults) -> HashSet<NodeId> {
    let mut refused = HashSet::new();
    for id in tree.ids() {
        for entry in tree.entries(id) {
            let written = tree.scalar(entry.value).is_some_and(|s| !s.text.is_empty());
            if &*entry.key.text == "password" && written {
                refused.insert(entry.value);
                faults.push(
                    Finding::error(Layer::Declaration, "clear-text-secret", "a password is written in clear text")
                        .at(entry.key_place)
                        .hint("refer to it: `password: {env: NAME}`, `{file: PATH}` or `{secretKeyRef: {name: NAME}}`"),
                );
            }
        }
    }
    refused
}

/// As deep as the document, which the reader limits.
fn each_secret(tree: &Tree, id: NodeId, inside: bool, found: &mut impl FnMut(NodeId)) {
    match &tree.node(id).kind {
        Kind::Scalar(scalar) if inside && !scalar.text.is_empty() => found(id),
        Kind::Faulty if inside => found(id),
        Kind::Mapping { entries, .. } => {
            for entry in entries {
                let key = &*entry.key.text;
                let inside = (inside || names_secret(key)) && !REFERENCES.contains(&key);
                each_secret(tree, entry.value, inside, found);
            }
        }
        Kind::Sequence { items, .. } => {
            for item in items {
                each_secret(tree, *item, inside, found);
            }
        }
        Kind::Scalar(_) | Kind::Faulty => {}
    }
}

fn names_secret(key: &str) -> bool {
    const NAMES: &[&str] = &["password", "passwd", "passphrase", "secret", "token"];
    let lower = key.to_ascii_lowercase();
    NAMES.iter().any(|name| lower.ends_with(name)) || suggest::close(key, "password")
}
