//! The formatter: one way to write a declaration.
//!
//! Two spaces per level, lists indented below their key, quotes only where they are needed and then
//! double ones, ASNs as plain numbers, at most one blank line, one line end. Order, comments and
//! collections written in brackets on one line stay. The meaning stays: the result is read again and
//! compared, and nothing is handed out that differs.
//!
//! It works on any text of our YAML dialect, whatever its keys say.
//! Read next: [`writer`] for layout, [`spelling`] for single values, [`comments`] for where comments go.

mod comments;
mod spelling;
mod writer;

use crate::finding::{self, Finding, Layer, Place, Severity, SourceId, Sources};

use super::{
    load::mask,
    shape,
    yaml::{self, Kind, NodeId, Tree},
};

/// Why a text was not formatted.
#[derive(Clone, Debug)]
pub struct Unformatted {
    /// The text, for showing places in it. Secrets written in clear text are masked.
    pub sources: Sources,
    /// What is wrong with it, sorted by place.
    pub findings: Vec<Finding>,
}

/// Formats a text; `name` is what messages call it.
///
/// # Errors
/// If the text is not YAML of our dialect; the findings say where.
pub fn fmt(name: &str, bytes: Vec<u8>) -> Result<String, Box<Unformatted>> {
    let mut sources = Sources::default();
    let source = sources.next_id();
    let decoded = yaml::text::decode(name, bytes, source);
    if let Some(refused) = decoded.refused {
        sources.add(name, decoded.text);
        return Err(Box::new(Unformatted { sources, findings: vec![refused] }));
    }
    let text = decoded.text;
    let parsed = yaml::parse(&text, source);
    let mut findings = parsed.faults.into_findings(name, Place::new(source, 0, 0));
    if finding::worst(&findings) != Some(Severity::Error) {
        let formatted = writer::write(&text, &parsed.documents);
        match compare(&text, &parsed.documents, &formatted) {
            Ok(()) => return Ok(formatted),
            Err(what) => findings.push(
                Finding::error(
                    Layer::Declaration,
                    "format-failed",
                    format!("{name} was left as it is: {what}"),
                )
                .at(Place::new(source, 0, 0))
                .hint("this is a fault of metalsense; please report it with the file"),
            ),
        }
    }
    let mut secrets = Vec::new();
    for tree in &parsed.documents {
        shape::find_secrets(tree, &mut secrets);
    }
    sources.add(name, mask(text, &secrets));
    finding::sort(&mut findings);
    Err(Box::new(Unformatted { sources, findings }))
}

/// Whether the formatted text means what the text meant, and has its comments.
fn compare(text: &str, documents: &[Tree], formatted: &str) -> Result<(), &'static str> {
    let again = yaml::parse(formatted, SourceId(0));
    if !again.faults.is_empty() || again.documents.len() != documents.len() {
        return Err("the formatted text could not be read back");
    }
    let pairs = || documents.iter().zip(&again.documents);
    if !pairs().all(|(a, b)| same(a, a.root(), b, b.root(), &mut Vec::new())) {
        return Err("the formatted text would have another meaning");
    }
    if comments::texts(text, documents) != comments::texts(formatted, &again.documents) {
        return Err("a comment would be lost");
    }
    Ok(())
}

/// As deep as the document, which the reader limits.
fn same<'t>(a: &'t Tree, x: NodeId, b: &Tree, y: NodeId, path: &mut Vec<&'t str>) -> bool {
    match (&a.node(x).kind, &b.node(y).kind) {
        (Kind::Scalar(s), Kind::Scalar(t)) => {
            let asn = |scalar| if spelling::is_asn_place(path) { spelling::asn(scalar) } else { None };
            match (asn(s), asn(t)) {
                (Some(s), Some(t)) => s == t,
                (None, None) => s.core() == t.core() && s.text == t.text,
                _ => false,
            }
        }
        (Kind::Sequence { items: xs, .. }, Kind::Sequence { items: ys, .. }) => {
            xs.len() == ys.len() && xs.iter().zip(ys).all(|(x, y)| same(a, *x, b, *y, path))
        }
        (Kind::Mapping { entries: xs, .. }, Kind::Mapping { entries: ys, .. }) => {
            xs.len() == ys.len()
                && xs.iter().zip(ys).all(|(x, y)| {
                    path.push(&x.key.text);
                    let key = x.key.core() == y.key.core() && x.key.text == y.key.text;
                    let equal = key && same(a, x.value, b, y.value, path);
                    path.pop();
                    equal
                })
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;
