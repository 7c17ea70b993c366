//! Sinks for findings: one function a format, all from the same values.
//!
//! | file | for |
//! | --- | --- |
//! | [`human`] | a terminal: message, place, excerpt, hint |
//! | [`json`] | programs; the shape of a finding is the same in every document that has findings |
//! | [`sarif`] | code scanning |
//! | [`junit`] | test reports of CI systems |
//! | [`github`] | annotations in a pull request |
//! | [`markdown`] | a comment on a pull request |

pub mod github;
pub mod human;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod sarif;

use crate::finding::{Finding, Severity, Sources};
use crate::report::style;

/// How many findings there are of each severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Count {
    /// Errors.
    pub errors: usize,
    /// Warnings.
    pub warnings: usize,
    /// Remarks.
    pub infos: usize,
}

impl Count {
    /// Counts.
    pub fn of(findings: &[Finding]) -> Self {
        let number = |severity| findings.iter().filter(|f| f.severity == severity).count();
        Count {
            errors: number(Severity::Error),
            warnings: number(Severity::Warning),
            infos: number(Severity::Info),
        }
    }
}

impl std::fmt::Display for Count {
    /// `2 errors, 1 warning`; what there is none of is left out. `no findings` for none at all.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts: Vec<String> = [(self.errors, "error"), (self.warnings, "warning"), (self.infos, "remark")]
            .into_iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, word)| style::count(number, word))
            .collect();
        f.write_str(if parts.is_empty() { "no findings" } else { "" })?;
        f.write_str(&parts.join(", "))
    }
}

/// The message with the way out below it, for sinks that have one field for both.
fn with_hint(finding: &Finding) -> String {
    match &finding.hint {
        Some(hint) => format!("{}\nhint: {hint}", finding.message),
        None => finding.message.clone(),
    }
}

/// `file:line:column` of a finding that has a place.
fn position(finding: &Finding, sources: &Sources) -> Option<String> {
    let (file, start, _) = sources.resolve(finding.place?)?;
    Some(format!("{file}:{}:{}", start.line, start.column))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::finding::{Layer, Place};

    /// Two findings with places and one without, for the tests of all sinks.
    pub(crate) fn sample() -> (Sources, Vec<Finding>) {
        let text = "pools:\n  - name: web\n    addresses: [192.0.2.0/24, 198.51.100.0/25]\n  - name: db\n    addresses: [192.0.2.128/26]\n";
        let mut sources = Sources::default();
        let id = sources.add("net/network.yaml", text);
        let place = |needle: &str| {
            let start = text.find(needle).expect("in the text");
            Place::new(id, start, start + needle.len())
        };
        let findings = vec![
            Finding::error(Layer::Intent, "pool-overlap", "pool `db` overlaps `192.0.2.0/24`")
                .on("pool db")
                .at(place("192.0.2.128/26"))
                .label(place("192.0.2.0/24"), "the other range")
                .hint("give each pool its own range"),
            Finding::warning(Layer::Intent, "pool-name", "name `web` says\nlittle, 100% & <less>")
                .at(place("web")),
            Finding::info(Layer::Metallb, "version-assumed", "MetalLB 0.15.2 is assumed"),
        ];
        (sources, findings)
    }

    #[test]
    fn counts_in_words() {
        let (_, findings) = sample();
        assert_eq!(Count::of(&findings).to_string(), "1 error, 1 warning, 1 remark");
        assert_eq!(Count::default().to_string(), "no findings");
    }
}
