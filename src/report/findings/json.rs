//! Findings for programs.

use serde_json::{Value, json};

use super::Count;
use crate::finding::{Finding, Place, Severity, Sources};
use crate::report::FORMAT_VERSION;

/// The document of a verb whose result is a verdict: `valid` or `invalid`.
///
/// A warning under `--strict` has been raised to an error before it comes here.
pub fn verdict(findings: &[Finding], sources: &Sources) -> Value {
    let valid = findings.iter().all(|f| f.severity < Severity::Error);
    json!({
        "format_version": FORMAT_VERSION,
        "verdict": if valid { "valid" } else { "invalid" },
        "summary": Count::of(findings),
        "findings": list(findings, sources),
    })
}

/// The findings as they stand in every document that has some.
pub fn list(findings: &[Finding], sources: &Sources) -> Value {
    findings.iter().map(|finding| one(finding, sources)).collect()
}

/// One finding. Keys that do not apply are null, so that each is always there.
pub fn one(finding: &Finding, sources: &Sources) -> Value {
    let labels: Vec<Value> = finding
        .labels
        .iter()
        .map(|label| json!({ "place": place(Some(label.place), sources), "text": label.text }))
        .collect();
    json!({
        "rule": finding.rule,
        "layer": finding.layer,
        "severity": finding.severity,
        "object": finding.object,
        "message": finding.message,
        "hint": finding.hint,
        "place": place(finding.place, sources),
        "labels": labels,
    })
}

/// Lines and columns count from 1; `endColumn` is the one behind the last character.
pub(super) fn place(place: Option<Place>, sources: &Sources) -> Value {
    let Some((file, start, end)) = place.and_then(|place| sources.resolve(place)) else { return Value::Null };
    json!({
        "file": file,
        "line": start.line,
        "column": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::findings::tests::sample;

    #[test]
    fn the_shape_of_a_finding() {
        let (sources, findings) = sample();
        let document = verdict(&findings, &sources);
        assert_eq!(document["verdict"], "invalid");
        assert_eq!(document["summary"], json!({ "errors": 1, "warnings": 1, "infos": 1 }));
        assert_eq!(
            document["findings"][0],
            json!({
                "rule": "pool-overlap", "layer": "intent", "severity": "error", "object": "pool db",
                "message": "pool `db` overlaps `192.0.2.0/24`", "hint": "give each pool its own range",
                "place": { "file": "net/network.yaml", "line": 5, "column": 17, "endLine": 5, "endColumn": 31 },
                "labels": [{
                    "place": { "file": "net/network.yaml", "line": 3, "column": 17, "endLine": 3, "endColumn": 29 },
                    "text": "the other range"
                }]
            })
        );
        assert_eq!(document["findings"][2]["place"], Value::Null);
        assert_eq!(verdict(&findings[1..], &sources)["verdict"], "valid");
    }
}
