//! Every code that a finding can have, with its page for `metalsense explain`.
//!
//! A code is stable: it is written in declarations (`policy.severity`, `policy.accept`), in CI rules
//! and in search engines. New codes get a page here; a test compares this list with the sources.

mod check;
mod intent;

use super::Severity;

/// What is known about one code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// The code.
    pub code: &'static str,
    /// Severity unless the declaration or the command line says otherwise.
    pub severity: Severity,
    /// Cannot be lowered or accepted: what it reports leaves nothing to work with.
    pub fixed: bool,
    /// Raised only where a live side was read.
    pub live: bool,
    /// One line.
    pub title: &'static str,
    /// How it shows when nobody checks.
    pub symptom: &'static str,
    /// Why.
    pub cause: &'static str,
    /// By what metalsense notices.
    pub sees: &'static str,
    /// What to do.
    pub remedy: &'static str,
    /// Public issues and documents.
    pub references: &'static [&'static str],
}

/// The page of a code.
pub fn find(code: &str) -> Option<&'static Page> {
    all().find(|page| page.code == code)
}

/// All pages.
pub fn all() -> impl Iterator<Item = &'static Page> {
    [intent::PAGES, check::PAGES].into_iter().flatten()
}
