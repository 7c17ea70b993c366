//! Findings as GitHub Actions annotations: one workflow command a line.

use std::fmt::Write as _;

use super::with_hint;
use crate::finding::{Finding, Severity, Sources};

/// The commands, each ending in a line end.
pub fn annotations(findings: &[Finding], sources: &Sources) -> String {
    let mut text = String::new();
    for finding in findings {
        let command = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "notice",
        };
        let _ = write!(text, "::{command} title={}", property(&finding.rule));
        if let Some((file, start, end)) = finding.place.and_then(|place| sources.resolve(place)) {
            let _ = write!(text, ",file={},line={},endLine={}", property(file), start.line, end.line);
            // Columns are only understood where the annotation stays on one line.
            if start.line == end.line {
                let _ = write!(text, ",col={},endColumn={}", start.column, end.column);
            }
        }
        let _ = writeln!(text, "::{}", data(&with_hint(finding)));
    }
    text
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::findings::tests::sample;

    #[test]
    fn one_line_each() {
        let (sources, findings) = sample();
        insta::assert_snapshot!(annotations(&findings, &sources), @r#"
        ::error title=pool-overlap,file=net/network.yaml,line=5,endLine=5,col=17,endColumn=31::pool `db` overlaps `192.0.2.0/24`%0Ahint: give each pool its own range
        ::warning title=pool-name,file=net/network.yaml,line=2,endLine=2,col=11,endColumn=14::name `web` says%0Alittle, 100%25 & <less>
        ::notice title=version-assumed::MetalLB 0.15.2 is assumed
        "#);
    }
}
