//! Colours, and text that is safe to show.
//!
//! Everything is readable without colour: symbols carry the meaning, colour repeats it.

use std::borrow::Cow;
use std::fmt;

use anstyle::{AnsiColor, Style};

use crate::finding::Severity;

/// Something new, or success.
pub const ADD: Style = AnsiColor::Green.on_default();
/// Something that goes away.
pub const REMOVE: Style = AnsiColor::Red.on_default();
/// Something that becomes different.
pub const CHANGE: Style = AnsiColor::Yellow.on_default();
/// Something that interrupts a session or a service.
pub const ALARM: Style = AnsiColor::Red.on_default().bold();
/// The word in a line that is different.
pub const WORD: Style = Style::new().underline();
/// A heading.
pub const HEADING: Style = Style::new().bold();
/// What to do.
pub const HINT: Style = AnsiColor::Cyan.on_default();
/// What stays as it is.
pub const FAINT: Style = Style::new().dimmed();

/// The colour of a severity.
pub fn severity(severity: Severity) -> Style {
    match severity {
        Severity::Error => ALARM,
        Severity::Warning => AnsiColor::Yellow.on_default().bold(),
        Severity::Info => HINT.bold(),
    }
}

/// Text in a style.
pub struct Styled<T>(pub Style, pub T);

impl<T: fmt::Display> fmt::Display for Styled<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_plain() {
            return self.1.fmt(f);
        }
        write!(f, "{}{}{}", self.0.render(), self.1, self.0.render_reset())
    }
}

/// Text without control characters, so that a name read from a file cannot steer the terminal.
///
/// Line ends stay; everything else below a blank, DEL, the C1 controls and the characters that turn
/// the writing direction become their escaped form.
pub fn printable(text: &str) -> Cow<'_, str> {
    let harmful = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
    };
    if !text.contains(harmful) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if harmful(c) {
            safe.extend(c.escape_unicode());
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

/// `1 error`, `2 errors`.
pub fn count(number: usize, one: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        n => format!("{n} {one}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers_the_terminal() {
        assert_eq!(printable("a\u{1b}[31mb\u{202e}c\r"), "a\\u{1b}[31mb\\u{202e}c\\u{d}");
        assert!(matches!(printable("plain ü\n"), Cow::Borrowed(_)));
    }

    #[test]
    fn styles_wrap_and_reset() {
        assert_eq!(Styled(Style::new(), "x").to_string(), "x");
        let red = Styled(REMOVE, "x").to_string();
        assert!(red.starts_with('\u{1b}') && red.ends_with("\u{1b}[0m"), "{red:?}");
    }
}
