//! The lines of a file that change.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::ser::{Serialize, SerializeStruct as _, Serializer};
use similar::{ChangeTag, TextDiff};

use super::{SECRET_AFTER, SECRET_BEFORE};
use crate::report::mask;
use crate::report::style::{self, Styled};

/// Stands for a secret that stays.
const SECRET: &str = "(secret)";

/// A file before and after, without the secrets in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextChange {
    /// What the file is called.
    name: String,
    before: String,
    after: String,
}

impl TextChange {
    /// Takes both texts and blanks the passwords in them: what stays is shown as one thing, what
    /// changes as two.
    pub fn new(name: impl Into<String>, before: &str, after: &str) -> Self {
        let (old, new) = (passwords(before), passwords(after));
        let stays: BTreeSet<&str> = old.intersection(&new).copied().collect();
        TextChange {
            name: name.into(),
            before: blank(before, &stays, SECRET_BEFORE),
            after: blank(after, &stays, SECRET_AFTER),
        }
    }

    /// What the file is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether both are the same.
    pub fn is_empty(&self) -> bool {
        self.before == self.after
    }

    /// The changed lines with some unchanged ones around them, words that differ underlined.
    pub fn render(&self, context: usize) -> String {
        let mut out = String::new();
        let diff = TextDiff::from_lines(&self.before, &self.after);
        for (number, group) in diff.grouped_ops(context).iter().enumerate() {
            if number > 0 {
                let _ = writeln!(out, "{}", Styled(style::FAINT, "  …"));
            }
            for change in group.iter().flat_map(|op| diff.iter_inline_changes(op)) {
                let (sign, color) = match change.tag() {
                    ChangeTag::Delete => ('-', style::REMOVE),
                    ChangeTag::Insert => ('+', style::ADD),
                    ChangeTag::Equal => (' ', style::FAINT),
                };
                let mut line = format!("{}", Styled(color, format_args!("{sign} ")));
                for (emphasized, part) in change.iter_strings_lossy() {
                    let part = part.trim_end_matches(['\n', '\r']);
                    let color = if emphasized { color.underline() } else { color };
                    if !part.is_empty() {
                        let _ = write!(line, "{}", Styled(color, style::printable(part)));
                    }
                }
                let _ = writeln!(out, "{}", line.trim_end());
            }
        }
        out
    }

    /// The same without colour, as a unified diff.
    pub fn unified(&self, context: usize) -> String {
        let diff = TextDiff::from_lines(&self.before, &self.after);
        diff.unified_diff()
            .context_radius(context)
            .header(&format!("live/{}", self.name), &format!("declared/{}", self.name))
            .to_string()
    }
}

/// For programs: the name, and a unified diff with three lines of context.
impl Serialize for TextChange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("TextChange", 2)?;
        object.serialize_field("name", &self.name)?;
        object.serialize_field("unified", &self.unified(3))?;
        object.end()
    }
}

fn passwords(text: &str) -> BTreeSet<&str> {
    text.lines().filter_map(|line| line.get(mask::in_command(line)?)).collect()
}

fn blank(text: &str, stays: &BTreeSet<&str>, mark: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        match mask::in_command(line) {
            None => out.push_str(line),
            Some(secret) => {
                out.push_str(&line[..secret.start]);
                out.push_str(if stays.contains(&line[secret.clone()]) { SECRET } else { mark });
                out.push_str(&line[secret.end..]);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(change: &TextChange, context: usize) -> String {
        anstream::adapter::strip_str(&change.render(context)).to_string()
    }

    #[test]
    fn far_lines_are_folded() {
        let filler = "!\n".repeat(20);
        let change =
            TextChange::new("frr.conf", &format!("a 1\n{filler}b\n"), &format!("a 2\n{filler}b\nc\n"));
        insta::assert_snapshot!(plain(&change, 1), @r#"
        - a 1
        + a 2
          !
          …
          b
        + c
        "#);
        assert!(change.render(1).contains("\u{1b}[4m"), "the word that differs is underlined");
        assert!(TextChange::new("x", "a\n", "a\n").is_empty());
    }

    #[test]
    fn keys_of_other_protocols_are_no_more_shown_than_passwords() {
        for line in [
            "enable password 8 SECRET",
            "neighbor 10.0.0.1 password SECRET SECRET",
            " ip ospf message-digest-key 1 md5 SECRET",
            " ip ospf authentication-key SECRET",
            " area 0 virtual-link 10.0.0.1 message-digest-key 1 md5 SECRET",
            " ipv6 ospf6 authentication key-id 1 hash-algo hmac-sha-256 key SECRET",
            "  key-string SECRET",
            " ip rip authentication string SECRET",
            " isis password md5 SECRET",
            " area-password clear SECRET",
            " domain-password clear SECRET",
        ] {
            let change = TextChange::new("frr.conf", "a\n", &format!("b\n{line}\n"));
            assert!(!change.render(3).contains("SECRET") && !change.unified(3).contains("SECRET"), "{line}");
        }
        let harmless = " ip rip authentication key-chain lan\nkey chain lan\n key 1\n";
        assert!(TextChange::new("frr.conf", "", harmless).unified(3).contains("key chain lan"));
    }

    #[test]
    fn passwords_are_told_apart_without_being_shown() {
        let before = "password vty\n neighbor 10.0.0.1 password one two\n";
        let after =
            "password vty\n neighbor 10.0.0.1 password three\n neighbor 10.0.0.1 description password\n";
        let change = TextChange::new("frr.conf", before, after);
        insta::assert_snapshot!(plain(&change, 3), @r#"
          password (secret)
        -  neighbor 10.0.0.1 password (secret before)
        +  neighbor 10.0.0.1 password (secret after)
        +  neighbor 10.0.0.1 description password
        "#);
    }
}
