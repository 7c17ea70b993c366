//! Findings as a JUnit report: one test case a finding, or one that passes.

use std::fmt::Write as _;

use super::{Count, position, with_hint};
use crate::finding::{Finding, Severity, Sources};

/// The XML document. Errors are failures; warnings and remarks pass and say their text as output.
pub fn document(suite: &str, findings: &[Finding], sources: &Sources) -> String {
    let count = Count::of(findings);
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(
        xml,
        "<testsuites name=\"metalsense\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\">\n  \
         <testsuite name=\"{suite}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"0\">",
        tests = findings.len().max(1),
        failures = count.errors,
        suite = escaped(suite),
    );
    if findings.is_empty() {
        let _ = writeln!(xml, "    <testcase classname=\"metalsense\" name=\"no findings\"/>");
    }
    for finding in findings {
        case(&mut xml, finding, sources);
    }
    xml.push_str("  </testsuite>\n</testsuites>\n");
    xml
}

fn case(xml: &mut String, finding: &Finding, sources: &Sources) {
    let place = finding.place.and_then(|place| sources.resolve(place));
    let name = match position(finding, sources) {
        Some(at) => format!("{} {at}", finding.rule),
        None => finding.rule.to_string(),
    };
    let text = escaped(&with_hint(finding));
    let _ = write!(xml, "    <testcase classname=\"{}\" name=\"{}\"", escaped(&finding.rule), escaped(&name));
    if let Some((file, start, _)) = place {
        let _ = write!(xml, " file=\"{}\" line=\"{}\"", escaped(file), start.line);
    }
    let _ = match finding.severity {
        Severity::Error => writeln!(
            xml,
            ">\n      <failure type=\"{}\" message=\"{}\">{text}</failure>\n    </testcase>",
            escaped(&finding.rule),
            escaped(&finding.message),
        ),
        Severity::Warning | Severity::Info => {
            writeln!(xml, ">\n      <system-out>{}: {text}</system-out>\n    </testcase>", finding.severity)
        }
    };
}

/// Escaped for text and attributes alike; characters that XML cannot hold become U+FFFD.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\n' => safe.push_str("&#10;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::findings::tests::sample;

    #[test]
    fn well_formed_and_counted() {
        let (sources, findings) = sample();
        let xml = document("check", &findings, &sources);
        let parsed = roxmltree::Document::parse(&xml).expect("well-formed");
        let suite = parsed.root_element().first_element_child().expect("a suite");
        assert_eq!((suite.attribute("tests"), suite.attribute("failures")), (Some("3"), Some("1")));
        let texts: Vec<_> = suite
            .descendants()
            .filter(roxmltree::Node::is_text)
            .filter_map(|n| n.text())
            .map(str::trim)
            .filter(|t| !t.is_empty())
            .collect();
        assert_eq!(texts[0], "pool `db` overlaps `192.0.2.0/24`\nhint: give each pool its own range");
        assert_eq!(texts[1], "warning: name `web` says\nlittle, 100% & <less>");
    }

    #[test]
    fn nothing_found_is_one_passed_test() {
        let xml = document("check", &[], &Sources::default());
        let parsed = roxmltree::Document::parse(&xml).expect("well-formed");
        assert_eq!(parsed.root_element().attribute("tests"), Some("1"));
        assert_eq!(parsed.root_element().attribute("failures"), Some("0"));
    }
}
