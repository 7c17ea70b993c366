//! The flags of every verb that judges, and printing its findings.

use std::collections::BTreeMap;

use clap::{Args, ValueEnum};

use super::error::Failure;
use super::exit::Exit;
use super::terminal::Terminal;
use crate::declaration::types::SeverityLevel;
use crate::finding::{Finding, Severity, Sources};
use crate::report::findings::{self, Count, github, human, json, junit, markdown, sarif};
use crate::report::style::{self, Styled};

/// How findings are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Messages with excerpts, for people
    #[default]
    Human,
    /// One document, see `format_version`
    Json,
    /// The same document as YAML
    Yaml,
    /// A table for a comment on a pull request
    Markdown,
    /// Annotations of GitHub Actions
    Github,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// A JUnit report, for test dashboards
    Junit,
}

/// What counts, and how it is shown.
#[derive(Args, Clone, Debug)]
pub(super) struct Judging {
    /// How to print the findings
    #[arg(short, long, value_name = "FORMAT", default_value = "human")]
    pub(super) output: Format,

    #[command(flatten)]
    pub(super) weight: Weight,
}

/// What counts.
#[derive(Args, Clone, Debug)]
pub(super) struct Weight {
    /// Let warnings count as errors
    #[arg(long)]
    pub(super) strict: bool,

    /// Give the findings of one code another severity: error, warning, info, or ignore; can be given several times
    #[arg(long, value_name = "CODE=LEVEL", value_parser = parse_level)]
    pub(super) severity: Vec<(String, Level)>,
}

/// The severity that a user gives to a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// As if the rule said so.
    Is(Severity),
    /// Not wanted at all.
    Ignore,
}

fn parse_level(text: &str) -> Result<(String, Level), String> {
    let (code, level) =
        text.split_once('=').ok_or("expected CODE=LEVEL, for example pool-buggy-ips=error")?;
    let level = match level {
        "error" => Level::Is(Severity::Error),
        "warning" => Level::Is(Severity::Warning),
        "info" => Level::Is(Severity::Info),
        "ignore" => Level::Ignore,
        other => return Err(format!("`{other}` is no severity: expected error, warning, info or ignore")),
    };
    Ok((code.to_owned(), level))
}

/// A verb's findings as its data: on standard output, in the format asked for. `passed` is said
/// where there is nothing to complain about.
pub(super) fn print(
    verb: &str,
    passed: &str,
    format: Format,
    findings: &[Finding],
    sources: &Sources,
    terminal: &mut Terminal,
) -> Result<Exit, Failure> {
    match format {
        Format::Human => {
            for finding in findings {
                terminal.data(&human::render(finding, sources))?;
                terminal.data("\n")?;
            }
            terminal.data(&format!("{}\n", closing(findings, passed)))?;
        }
        Format::Json => terminal.json(&json::verdict(findings, sources))?,
        Format::Yaml => terminal.yaml(&json::verdict(findings, sources))?,
        Format::Markdown => terminal.data(&markdown::table(findings, sources))?,
        Format::Github => terminal.data(&github::annotations(findings, sources))?,
        Format::Sarif => terminal.json(&sarif::log(findings, sources))?,
        Format::Junit => terminal.data(&junit::document(verb, findings, sources))?,
    }
    Ok(exit(findings))
}

/// Errors and warnings alone.
pub(super) fn without_remarks(findings: &[Finding]) -> Vec<Finding> {
    findings.iter().filter(|f| f.severity > Severity::Info).cloned().collect()
}

/// Findings beside another verb's data: on standard error, for people. Remarks are left to `-v`.
pub(super) fn talk(
    findings: &[Finding],
    sources: &Sources,
    terminal: &mut Terminal,
) -> Result<Exit, Failure> {
    for finding in findings {
        let text = format!("{}\n", human::render(finding, sources));
        match finding.severity {
            Severity::Error => terminal.talk(&text)?,
            Severity::Warning => terminal.note(&text)?,
            Severity::Info => terminal.detail(&text)?,
        }
    }
    Ok(exit(findings))
}

/// The code that the findings alone would give.
pub(super) fn exit(findings: &[Finding]) -> Exit {
    if findings.iter().any(|f| f.severity == Severity::Error) { Exit::Findings } else { Exit::Done }
}

fn closing(findings: &[Finding], passed: &str) -> String {
    let count: Count = findings::Count::of(findings);
    match (count.errors, findings.is_empty()) {
        (0, true) => Styled(style::ADD, passed).to_string(),
        (0, false) => format!("{} ({count})", Styled(style::ADD, passed)),
        _ => Styled(style::ALARM, count).to_string(),
    }
}

impl Weight {
    /// The severities of the command line, as a policy takes them.
    pub(super) fn overrides(&self) -> BTreeMap<String, SeverityLevel> {
        let level = |level: Level| match level {
            Level::Is(Severity::Error) => SeverityLevel::Error,
            Level::Is(Severity::Warning) => SeverityLevel::Warning,
            Level::Is(Severity::Info) => SeverityLevel::Info,
            Level::Ignore => SeverityLevel::Ignore,
        };
        self.severity.iter().map(|(code, given)| (code.clone(), level(*given))).collect()
    }

    /// Gives findings the severity that the command line asks for, and raises warnings where they
    /// are to count.
    pub(super) fn apply(&self, findings: &mut Vec<Finding>) {
        for (code, level) in &self.severity {
            match level {
                Level::Ignore => findings.retain(|finding| finding.rule != code.as_str()),
                Level::Is(severity) => {
                    for finding in findings.iter_mut().filter(|finding| finding.rule == code.as_str()) {
                        finding.severity = *severity;
                    }
                }
            }
        }
        if self.strict {
            for finding in findings.iter_mut().filter(|f| f.severity == Severity::Warning) {
                finding.severity = Severity::Error;
            }
        }
    }
}
