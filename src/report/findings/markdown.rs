//! Findings as a Markdown table, for a comment on a pull request.

use std::fmt::Write as _;

use super::{Count, position, with_hint};
use crate::finding::{Finding, Sources};

/// The count in bold, then one row a finding. Ends in a line end.
pub fn table(findings: &[Finding], sources: &Sources) -> String {
    let mut text = format!("**{}**\n", Count::of(findings));
    if findings.is_empty() {
        return text;
    }
    text.push_str("\n| severity | rule | place | message |\n| --- | --- | --- | --- |\n");
    for finding in findings {
        let _ = writeln!(
            text,
            "| {} | `{}` | {} | {} |",
            finding.severity,
            finding.rule,
            cell(&position(finding, sources).unwrap_or_default()),
            cell(&with_hint(finding)),
        );
    }
    text
}

/// Text that can neither end its cell nor be read as HTML.
pub(crate) fn cell(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('|', "\\|").replace(['\r', '\n'], "<br>")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::findings::tests::sample;

    #[test]
    fn a_row_each() {
        let (sources, findings) = sample();
        insta::assert_snapshot!(table(&findings, &sources), @r#"
        **1 error, 1 warning, 1 remark**

        | severity | rule | place | message |
        | --- | --- | --- | --- |
        | error | `pool-overlap` | net/network.yaml:5:17 | pool `db` overlaps `192.0.2.0/24`<br>hint: give each pool its own range |
        | warning | `pool-name` | net/network.yaml:2:11 | name `web` says<br>little, 100% &amp; &lt;less> |
        | info | `version-assumed` |  | MetalLB 0.15.2 is assumed |
        "#);
    }
}
