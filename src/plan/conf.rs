//! The frr.conf of a router before and after.
//!
//! Both texts are whole, because a sink needs the lines around the changed ones. They can hold
//! passwords: what shows them blanks those first.

use std::fmt;

use similar::{ChangeTag, TextDiff};

/// An frr.conf before and after. `Debug` shows neither.
#[derive(Clone, PartialEq, Eq)]
pub struct ConfChange {
    /// The text that the live settings give; empty where none is written.
    pub before: String,
    /// The text that the settings give afterwards.
    pub after: String,
}

impl ConfChange {
    /// From the texts as bytes; what is no UTF-8 is replaced, because they are only shown.
    pub(super) fn new(before: &[u8], after: &[u8]) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        ConfChange { before: text(before), after: text(after) }
    }

    /// The lines that go or come.
    pub(super) fn lines(&self) -> Vec<String> {
        let diff = TextDiff::from_lines(&self.before, &self.after);
        let changed = diff.iter_all_changes().filter(|change| change.tag() != ChangeTag::Equal);
        changed.map(|change| change.value().trim_end_matches(['\n', '\r']).to_owned()).collect()
    }
}

impl fmt::Debug for ConfChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConfChange({} to {} bytes)", self.before.len(), self.after.len())
    }
}
