//! From bytes to typed documents with places.
//!
//! Everything wrong with the text and its shape is reported in one run. What is faulty is then taken
//! out, so that the rest can still be read and judged by the stages behind; [`Document::partial`]
//! tells them that something is missing.

use std::collections::HashMap;

use crate::finding::{self, Finding, Layer, Place, SourceId, Sources};

use super::{
    cursor::Cursor,
    shape::{self, Shaped},
    types::Network,
    yaml::{self, Tree},
};

/// What was read.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// The texts, for showing places in them. Secrets written in clear text are masked.
    pub sources: Sources,
    /// The networks, in the order of the inputs.
    pub documents: Vec<Document>,
    /// What is wrong with the texts and their shapes, sorted by place.
    pub findings: Vec<Finding>,
    /// Some document could not be read at all: what seems to be missing may be in there.
    pub incomplete: bool,
}

/// One `kind: Network`.
#[derive(Clone, Debug)]
pub struct Document {
    /// The text it stands in.
    pub source: SourceId,
    /// The declaration. Indexes of lists are those of [`Document::at`].
    pub network: Network,
    /// Faulty parts were left out: what is absent is not always undeclared. See
    /// [`Cursor::incomplete`] and [`Cursor::dropped`] for single values.
    pub partial: bool,
    tree: Tree,
}

impl Document {
    /// A cursor at the top of the document.
    pub fn at(&self) -> Cursor<'_> {
        Cursor::new(&self.tree)
    }

    fn name_place(&self) -> Place {
        self.at().key("metadata").key("name").place()
    }
}

/// Reads declarations. Each input is a name to show and the bytes; it may hold several documents.
pub fn load(inputs: impl IntoIterator<Item = (String, Vec<u8>)>) -> Loaded {
    let mut loaded = Loaded::default();
    for (name, bytes) in inputs {
        load_one(&name, bytes, &mut loaded);
    }
    report_repeated_names(&loaded.documents, &mut loaded.findings);
    if loaded.documents.is_empty() && finding::worst(&loaded.findings) != Some(finding::Severity::Error) {
        loaded.findings.push(
            error("no-network", "there is no document of `kind: Network`")
                .hint("begin one with `apiVersion: metalsense.dev/v1alpha1` and `kind: Network`"),
        );
    }
    finding::sort(&mut loaded.findings);
    loaded
}

fn load_one(name: &str, bytes: Vec<u8>, loaded: &mut Loaded) {
    let source = loaded.sources.next_id();
    let decoded = yaml::text::decode(name, bytes, source);
    if let Some(refused) = decoded.refused {
        loaded.incomplete = true;
        loaded.findings.push(refused);
        loaded.sources.add(name, decoded.text);
        return;
    }
    let parsed = yaml::parse(&decoded.text, source);
    loaded.incomplete |= parsed.broken;
    let mut faults = parsed.faults;
    if parsed.documents.is_empty() && faults.is_empty() {
        faults.push(
            Finding::warning(Layer::Declaration, "empty-file", format!("{name} holds no document"))
                .at(Place::new(source, 0, 0))
                .hint("remove the file, or declare a network in it"),
        );
    }
    let mut secrets = Vec::new();
    for tree in parsed.broken_off {
        shape::find_secrets(&tree, &mut secrets);
        shape::report(tree, &mut faults);
    }
    for tree in parsed.documents {
        shape::find_secrets(&tree, &mut secrets);
        match shape::shape(tree, &mut faults) {
            Shaped::Network { network, tree, partial } => {
                loaded.documents.push(Document { source, network: *network, partial, tree });
            }
            Shaped::Nothing => loaded.incomplete = true,
        }
    }
    loaded.findings.extend(faults.into_findings(name, Place::new(source, 0, 0)));
    loaded.sources.add(name, mask(decoded.text, &secrets));
}

/// Blanks out secrets so that no excerpt can show them. Places stay right: every byte stays one.
pub(crate) fn mask(text: String, secrets: &[std::ops::Range<usize>]) -> String {
    if secrets.is_empty() {
        return text;
    }
    let mut bytes = text.into_bytes();
    for range in secrets {
        let secret = bytes.get_mut(range.clone()).unwrap_or_default();
        // A block of text reaches up to what follows it; the blanks between are not part of it.
        let length = secret.trim_ascii_end().len();
        for byte in secret.iter_mut().take(length) {
            if !matches!(byte, b'\n' | b'\r') {
                *byte = b'*';
            }
        }
    }
    // The ranges begin and end at characters, so what is left is UTF-8 as before.
    String::from_utf8_lossy(&bytes).into_owned()
}

fn report_repeated_names(documents: &[Document], findings: &mut Vec<Finding>) {
    let mut first = HashMap::new();
    for document in documents.iter().filter(|d| d.at().key("metadata").key("name").exists()) {
        let name = document.network.metadata.name.as_str();
        let place = document.name_place();
        let Some(&earlier) = first.get(name) else {
            first.insert(name, place);
            continue;
        };
        findings.push(
            error("duplicate-network", format!("network {name} is declared twice"))
                .at(place)
                .label(earlier, "first here")
                .hint("give each network its own metadata.name"),
        );
    }
}

fn error(rule: &'static str, message: impl Into<String>) -> Finding {
    Finding::error(Layer::Declaration, rule, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indexes_follow_the_typed_lists_after_faulty_items_are_gone() {
        let text = "apiVersion: metalsense.dev/v1alpha1
kind: Network
metadata: { name: homelab }
spec:
  nodes:
    - nonsense
    - { name: a, address: 192.0.2.1, asn: [1] }
    - { name: b, address: 192.0.2.2 }
";
        let loaded = load([("f.yaml".to_owned(), text.into())]);
        assert_eq!(loaded.findings.len(), 2, "{:?}", loaded.findings);
        let document = &loaded.documents[0];
        assert!(document.partial);
        let nodes = document.at().key("spec").key("nodes");
        let names: Vec<_> = document.network.spec.nodes.iter().map(|n| n.name.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
        assert_eq!(nodes.len(), 2);
        assert_eq!(nodes.index(1).key("name").scalar_text(), Some("b"));
        assert!(nodes.index(0).key("asn").dropped());
        assert!(nodes.index(0).incomplete() && !nodes.index(1).incomplete());
        let line = |place| loaded.sources.resolve(place).map(|(_, start, _)| (start.line, start.column));
        assert_eq!(line(nodes.index(1).key("address").place()), Some((8, 27)));
        assert_eq!(line(nodes.index(1).key("address").key_place()), Some((8, 18)));
        assert_eq!(line(nodes.index(1).key("labels").place()), Some((8, 7)));
        assert_eq!(line(nodes.index(9).key("x").place()), Some((5, 3)));
        assert_eq!(line(document.at().key("spec").key("pools").place()), Some((4, 1)));
    }
}
