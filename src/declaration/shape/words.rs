//! Words that YAML 1.1 readers (kubectl among them) take for something else than text.
//!
//! The file means the same to everybody or it is refused: `no` under a label is text here and a
//! boolean elsewhere. Base-60 numbers are only warned about, because the reader behind kubectl does
//! not know them and because communities such as `64500:10` look like one.

use std::collections::HashSet;

use crate::declaration::faults::Faults;
use crate::declaration::yaml::{
    NodeId, Scalar, Style, Tree,
    parse::shorten,
    scalar::{self, Core, Yaml11},
};
use crate::finding::{Finding, Layer, Place};

/// Looks at every plain word that is not faulty for another reason.
pub(super) fn check(tree: &Tree, faulty: &HashSet<NodeId>, faults: &mut Faults) {
    below(tree, tree.root(), faulty, faults);
}

/// As deep as the document, which the reader limits.
fn below(tree: &Tree, id: NodeId, faulty: &HashSet<NodeId>, faults: &mut Faults) {
    if faulty.contains(&id) {
        return;
    }
    if let Some(fault) = tree.scalar(id).and_then(|word| judge(word, tree.node(id).place)) {
        faults.push(fault);
    }
    for entry in tree.entries(id) {
        if !faulty.contains(&entry.value)
            && let Some(fault) = judge_key(&entry.key, entry.key_place)
        {
            faults.push(fault);
        }
        below(tree, entry.value, faulty, faults);
    }
    for item in tree.items(id) {
        below(tree, *item, faulty, faults);
    }
}

/// A finding for a plain word on which YAML 1.1 and 1.2 disagree.
fn judge(word: &Scalar, at: Place) -> Option<Finding> {
    if word.style != Style::Plain {
        return None;
    }
    let text = shorten(&word.text);
    let quote = format!("write \"{text}\" in quotes");
    Some(
        match scalar::yaml11(&word.text)? {
            Yaml11::Bool(value) => {
                error("yaml11-boolean", format!("`{text}` is text here and `{value}` to YAML 1.1 readers"))
                    .hint(quote)
            }
            Yaml11::Number => match word.core() {
                Core::Int(n) => error(
                    "yaml11-number",
                    format!("`{text}` is {n} here and something else to YAML 1.1 readers"),
                )
                .hint(format!("write {n}, or \"{text}\" in quotes if it is text")),
                _ => error(
                    "yaml11-number",
                    format!("`{text}` is text here and a number to YAML 1.1 readers"),
                )
                .hint(format!(
                    "write the number without signs of grouping, or \"{text}\" in quotes if it is text"
                )),
            },
            Yaml11::Sexagesimal => Finding::warning(
                Layer::Declaration,
                "yaml11-number",
                format!("`{text}` is text here and a number of base 60 to some YAML 1.1 readers"),
            )
            .hint(quote),
            Yaml11::Date => {
                error("yaml11-date", format!("`{text}` is text here and a date to YAML 1.1 readers"))
                    .hint(quote)
            }
        }
        .at(at),
    )
}

/// Keys are text. A plain `1:` or `true:` is not.
fn judge_key(key: &Scalar, at: Place) -> Option<Finding> {
    let text = shorten(&key.text);
    match key.core() {
        Core::Text => judge(key, at),
        Core::Null if key.text.is_empty() => Some(
            error("wrong-type", "a key is missing before the `:`")
                .at(at)
                .hint("write the key, or remove the `:`"),
        ),
        _ => Some(
            error("wrong-type", format!("the key `{text}` is not text"))
                .at(at)
                .hint(format!("write \"{text}\" in quotes")),
        ),
    }
}

fn error(rule: &'static str, message: impl Into<String>) -> Finding {
    Finding::error(Layer::Declaration, rule, message)
}
