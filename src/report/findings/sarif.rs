//! Findings as SARIF 2.1.0, for code scanning.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::with_hint;
use crate::finding::{Finding, Place, Severity, Sources};

/// The SARIF log of one run.
pub fn log(findings: &[Finding], sources: &Sources) -> Value {
    let mut rules: BTreeMap<&str, usize> = findings.iter().map(|f| (f.rule.as_ref(), 0)).collect();
    for (number, index) in rules.values_mut().enumerate() {
        *index = number;
    }
    let results: Vec<Value> = findings.iter().map(|finding| result(finding, &rules, sources)).collect();
    let rules: Vec<Value> = rules.keys().map(|id| json!({ "id": id })).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "metalsense",
                "version": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules,
            }},
            // Our columns count characters, SARIF's default is UTF-16 units.
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn result(finding: &Finding, rules: &BTreeMap<&str, usize>, sources: &Sources) -> Value {
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    };
    let text = with_hint(finding);
    let mut result = json!({
        "ruleId": finding.rule,
        "ruleIndex": rules.get(finding.rule.as_ref()),
        "level": level,
        "message": { "text": text },
    });
    let own: Vec<Value> = finding.place.and_then(|place| location(place, sources)).into_iter().collect();
    if !own.is_empty() {
        result["locations"] = own.into();
    }
    let related: Vec<Value> = finding
        .labels
        .iter()
        .filter_map(|label| {
            let mut location = location(label.place, sources)?;
            location["message"] = json!({ "text": label.text });
            Some(location)
        })
        .collect();
    if !related.is_empty() {
        result["relatedLocations"] = related.into();
    }
    result
}

fn location(place: Place, sources: &Sources) -> Option<Value> {
    let (file, start, end) = sources.resolve(place)?;
    Some(json!({ "physicalLocation": {
        "artifactLocation": { "uri": uri(file) },
        "region": {
            "startLine": start.line, "startColumn": start.column,
            "endLine": end.line, "endColumn": end.column,
        },
    }}))
}

/// A path as a relative or absolute URI reference.
fn uri(path: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"/._-~".contains(&b);
    let mut uri = String::from(if path.starts_with('/') { "file://" } else { "" });
    for byte in path.bytes() {
        if plain(byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::findings::tests::sample;

    #[test]
    fn places_rules_and_levels() {
        let (sources, findings) = sample();
        let log = log(&findings, &sources);
        let run = &log["runs"][0];
        assert_eq!(run["tool"]["driver"]["rules"][1]["id"], "pool-overlap");
        let first = &run["results"][0];
        assert_eq!(first["ruleIndex"], 1);
        assert_eq!(first["locations"][0]["physicalLocation"]["region"]["startLine"], 5);
        assert_eq!(first["relatedLocations"][0]["message"]["text"], "the other range");
        assert_eq!(run["results"][2].get("locations"), None);
        let levels: Vec<_> = (0..3).map(|i| run["results"][i]["level"].clone()).collect();
        assert_eq!(levels, ["error", "warning", "note"]);
    }

    #[test]
    fn paths_become_uris() {
        assert_eq!(uri("a b/ü.yaml"), "a%20b/%C3%BC.yaml");
        assert_eq!(uri("/etc/x.yaml"), "file:///etc/x.yaml");
        assert_eq!(uri("<stdin>"), "%3Cstdin%3E");
    }
}
