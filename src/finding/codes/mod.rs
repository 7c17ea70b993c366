//! Every code that a finding can have, with its page for `metalsense explain`.
//!
//! A code is stable: it is written in declarations (`policy.severity`, `policy.accept`), in CI rules
//! and in search engines. New codes get a page here; a test compares this list with the sources.
//!
//! | file | codes of |
//! | --- | --- |
//! | `declaration` | the text and its shape |
//! | `intent` | what the declaration means |
//! | `check` | the rules of `check`, and what `compile` says |
//! | `metallb` | MetalLB's schema, webhooks and parser |
//! | `pfsense` | config.xml |
//! | `live` | both live sides against what is wanted |
//! | `both_sides` | mistakes that both live sides show |
//! | `frr` | lines of frr.conf |

mod both_sides;
mod check;
mod declaration;
mod frr;
mod intent;
mod live;
mod metallb;
mod pfsense;

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
    let tables = [
        declaration::PAGES,
        intent::PAGES,
        check::PAGES,
        metallb::PAGES,
        pfsense::PAGES,
        live::PAGES,
        both_sides::PAGES,
        frr::PAGES,
    ];
    tables.into_iter().flatten()
}

/// Rows of a table of pages: they build on what is common to a room, so that each says only what is
/// its own.
impl Page {
    /// A page that is not fixed and needs no live side.
    const fn new(severity: Severity, code: &'static str, title: &'static str) -> Page {
        Page {
            code,
            severity,
            fixed: false,
            live: false,
            title,
            symptom: "",
            cause: "",
            sees: "the text at the place that is shown",
            remedy: "",
            references: &[],
        }
    }

    /// How it shows when nobody checks.
    const fn symptom(mut self, text: &'static str) -> Page {
        self.symptom = text;
        self
    }

    /// Why.
    const fn cause(mut self, text: &'static str) -> Page {
        self.cause = text;
        self
    }

    /// By what it is noticed.
    const fn sees(mut self, text: &'static str) -> Page {
        self.sees = text;
        self
    }

    /// What to do.
    const fn remedy(mut self, text: &'static str) -> Page {
        self.remedy = text;
        self
    }

    /// Where to read on.
    const fn references(mut self, list: &'static [&'static str]) -> Page {
        self.references = list;
        self
    }

    /// Can be neither lowered nor accepted.
    const fn fixed(mut self) -> Page {
        self.fixed = true;
        self
    }
}

#[cfg(test)]
mod tests;
