//! One mistake at a time, put into a healthy network: which code, and at which text.

mod cases;
mod derived;
mod properties;

use crate::declaration::{self, Document};
use crate::finding::{Finding, Severity, Sources};
use crate::intent::{Intent, resolve};

/// A network that uses every part of the format and raises nothing.
const BASE: &str = include_str!("base.yaml");

struct Resolved {
    sources: Sources,
    documents: Vec<Document>,
    findings: Vec<Finding>,
    intents: Vec<Option<Intent>>,
}

impl Resolved {
    /// `severity[code] text at the place`, for each finding.
    fn summary(&self) -> Vec<String> {
        self.findings
            .iter()
            .map(|finding| {
                let place = finding.place.expect("every finding of a file has a place");
                let source = self.sources.get(place.source).expect("known source");
                format!("{}[{}] {}", finding.severity, finding.rule, &source.text[place.range()])
            })
            .collect()
    }
}

fn run(text: &str) -> Resolved {
    let loaded = declaration::load([("network.yaml".to_owned(), text.as_bytes().to_vec())]);
    let mut findings = loaded.findings;
    let mut intents = Vec::new();
    for document in &loaded.documents {
        let resolution = resolve(document);
        assert_eq!(
            resolution.intent.is_some(),
            !document.partial && resolution.findings.iter().all(|f| f.severity < Severity::Error),
            "an intent exactly where nothing is wrong"
        );
        findings.extend(resolution.findings);
        intents.push(resolution.intent);
    }
    Resolved { sources: loaded.sources, documents: loaded.documents, findings, intents }
}

/// The base with texts replaced; each must be there.
fn changed(edits: &[(&str, &str)]) -> String {
    edits.iter().fold(BASE.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "the base has no {from:?}");
        text.replacen(from, to, 1)
    })
}

fn intent(text: &str) -> Intent {
    let resolved = run(text);
    assert_eq!(resolved.summary(), Vec::<String>::new());
    resolved.intents.into_iter().flatten().next().expect("resolved")
}

#[test]
fn the_base_raises_nothing() {
    let resolved = run(BASE);
    assert_eq!(resolved.summary(), Vec::<String>::new());
    assert_eq!(resolved.documents.len(), 1);
}
