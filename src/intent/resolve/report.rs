//! What the resolver says, and how it quotes what was written.

use std::collections::HashMap;

use crate::declaration::nearest_word;
use crate::finding::{Finding, Layer, Place};

/// Comparisons that one run may spend on "did you mean". A file with thousands of unknown names gets
/// suggestions for the first of them; the rest would cost the product of both lists.
const COMPARISONS: usize = 20_000;

/// Collects findings; never stops at the first.
#[derive(Debug)]
pub(super) struct Report {
    findings: Vec<Finding>,
    comparisons_left: usize,
}

impl Report {
    pub(super) fn new() -> Self {
        Report { findings: Vec::new(), comparisons_left: COMPARISONS }
    }

    pub(super) fn push(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    pub(super) fn into_findings(self) -> Vec<Finding> {
        self.findings
    }

    /// "did you mean `x`", if a known word is close, else the given way out.
    pub(super) fn did_you_mean<'k>(
        &mut self,
        word: &str,
        known: impl IntoIterator<Item = &'k str>,
        otherwise: impl Into<String>,
    ) -> String {
        let known: Vec<&str> = known.into_iter().take(self.comparisons_left).collect();
        self.comparisons_left -= known.len();
        match nearest_word(word, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => otherwise.into(),
        }
    }
}

/// An error of this room.
pub(super) fn error(code: &'static str, message: impl Into<String>) -> Finding {
    Finding::error(Layer::Intent, code, message)
}

/// A warning of this room.
pub(super) fn warning(code: &'static str, message: impl Into<String>) -> Finding {
    Finding::warning(Layer::Intent, code, message)
}

/// A remark of this room.
pub(super) fn info(code: &'static str, message: impl Into<String>) -> Finding {
    Finding::info(Layer::Intent, code, message)
}

/// A text as it is quoted in a message: short, on one line, in backquotes.
pub(super) fn quoted(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut shown: String = text.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    // `escape_debug` serves for control characters; quotes are harmless between backquotes.
    format!("`{}`", shown.replace("\\\"", "\"").replace("\\'", "'"))
}

/// Where things that must be unique were first declared.
#[derive(Debug)]
pub(super) struct FirstPlaces<K> {
    seen: HashMap<K, Place>,
}

impl<K: std::hash::Hash + Eq> FirstPlaces<K> {
    pub(super) fn new() -> Self {
        FirstPlaces { seen: HashMap::new() }
    }

    /// Remembers a thing; gives the place of the earlier one if there is one.
    pub(super) fn repeated(&mut self, key: K, place: Place) -> Option<Place> {
        match self.seen.entry(key) {
            std::collections::hash_map::Entry::Occupied(first) => Some(*first.get()),
            std::collections::hash_map::Entry::Vacant(free) => {
                free.insert(place);
                None
            }
        }
    }
}
