//! Declarations from the outside: what is said about awkward and hostile texts, and what always holds.

mod awkward;
mod properties;

use metalsense::declaration::{Loaded, load};
use metalsense::finding::{Finding, Sources};

/// A whole declaration with every part of the format.
pub(crate) const FULL: &str = include_str!("full.yaml");

fn load_text(text: impl AsRef<[u8]>) -> Loaded {
    load([("f.yaml".to_owned(), text.as_ref().to_vec())])
}

/// `line:column severity[code] message`, one a line, hints left out.
fn render(sources: &Sources, findings: &[Finding]) -> String {
    findings
        .iter()
        .map(|f| format!("{} {}[{}] {}\n", position(sources, f), f.severity, f.rule, f.message))
        .collect()
}

fn position(sources: &Sources, finding: &Finding) -> String {
    match finding.place.and_then(|place| sources.resolve(place)) {
        Some((_, start, _)) => format!("{}:{}", start.line, start.column),
        None => "-".to_owned(),
    }
}
