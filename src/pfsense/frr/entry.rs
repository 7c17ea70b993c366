//! One entry of a package section, asked the way the generator asks.
//!
//! Knows nothing of any protocol. Read next: `lines` for where the answers go.

use std::cmp::Ordering;

use super::{judge, php};
use crate::pfsense::Value;

/// An entry or a row: a branch of texts. Absent fields read as empty.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'a>(pub(super) &'a Value);

impl<'a> Entry<'a> {
    /// The text of a field; empty if it is absent.
    pub(super) fn text(self, field: &str) -> &'a str {
        self.0.field(field)
    }

    /// The text, unless PHP calls it empty.
    pub(super) fn filled(self, field: &str) -> Option<&'a str> {
        Some(self.text(field)).filter(|text| php::truthy(text))
    }

    /// The text, unless PHP calls it empty or it is the word for "nothing chosen".
    pub(super) fn chosen(self, field: &str) -> Option<&'a str> {
        self.filled(field).filter(|text| *text != "none")
    }

    /// A ticked box: any text but `0`.
    pub(super) fn on(self, field: &str) -> bool {
        self.0.is_ticked(field)
    }

    /// The element is there, whatever its text.
    pub(super) fn has(self, field: &str) -> bool {
        self.0.get(field).is_some()
    }

    /// The text, if it is a number of the range as the generator asks.
    pub(super) fn number(self, field: &str, min: u64, max: u64) -> Option<&'a str> {
        Some(self.text(field)).filter(|text| judge::in_range(text, min, max))
    }

    /// The text, if it is an unsigned long from `min` on.
    pub(super) fn ulong(self, field: &str, min: u64) -> Option<&'a str> {
        Some(self.text(field)).filter(|text| judge::is_ulong(text, min))
    }

    /// The rows in the order of the file.
    pub(super) fn rows(self) -> impl Iterator<Item = Entry<'a>> {
        self.row_values().iter().map(Entry)
    }

    /// The rows by sequence number. They are sorted only if the last row has a numeric one: the
    /// package's test remembers nothing but the last answer.
    pub(super) fn sorted_rows(self) -> Vec<Entry<'a>> {
        let rows = self.row_values();
        if !rows.last().is_some_and(|row| php::is_numeric(Entry(row).text("seq"))) {
            return self.rows().collect();
        }
        php::sorted(rows, |a, b| by_seq(Entry(a), Entry(b))).into_iter().map(Entry).collect()
    }

    fn row_values(self) -> &'a [Value] {
        self.0.get("row").map_or(&[], Value::members)
    }
}

/// Orders entries by their sequence number, as numbers where both are.
pub(super) fn by_seq(a: Entry<'_>, b: Entry<'_>) -> Ordering {
    php::compare(a.text("seq"), b.text("seq"))
}

/// Entries by name (bytes), those of one name by sequence number.
pub(super) fn sorted_by_name<'a>(entries: &'a [Value]) -> Vec<Entry<'a>> {
    let compare = |a: &Value, b: &Value| {
        let (a, b) = (Entry(a), Entry(b));
        if php::equal(a.text("name"), b.text("name")) {
            by_seq(a, b)
        } else {
            a.text("name").cmp(b.text("name"))
        }
    };
    php::sorted(entries, compare).into_iter().map(Entry).collect()
}

/// The first bytes of a text. May cut a letter of several bytes in two, as the package does.
pub(super) fn first_bytes(text: &str, count: usize) -> &[u8] {
    &text.as_bytes()[..count.min(text.len())]
}
