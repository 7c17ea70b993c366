//! The lines of frr.conf that change.

use similar::{ChangeTag, TextDiff};

use crate::plan::change::LineChange;

/// Compares two texts line by line. Passwords are masked, and a changed one still shows as a change.
pub(in crate::plan) fn difference(before: &[u8], after: &[u8]) -> Vec<LineChange> {
    let (before, after) = (String::from_utf8_lossy(before), String::from_utf8_lossy(after));
    TextDiff::from_lines(before.as_ref(), after.as_ref())
        .iter_all_changes()
        .filter_map(|change| {
            let line = change.value().trim_end_matches(['\n', '\r']);
            match change.tag() {
                ChangeTag::Delete => Some(LineChange::Removed(mask(line, "before"))),
                ChangeTag::Insert => Some(LineChange::Added(mask(line, "after"))),
                ChangeTag::Equal => None,
            }
        })
        .collect()
}

/// Hides what stands behind the word `password`.
fn mask(line: &str, tag: &str) -> String {
    const WORD: &str = "password ";
    match line.find(WORD) {
        Some(at) if at == 0 || line[..at].ends_with(' ') => {
            format!("{}*** ({tag})", &line[..at + WORD.len()])
        }
        _ => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_never_in_a_line() {
        let before =
            b"password old-one\nneighbor 10.0.0.1 password hunter2\nservice password-encryption\nx\n";
        let after = b"password new-one\nneighbor 10.0.0.1 password hunter3\nservice password-encryption\ny\n";
        let lines = difference(before, after);
        let text = format!("{lines:?}");
        assert!(!text.contains("hunter") && !text.contains("-one"), "{text}");
        assert_eq!(lines.len(), 6);
        assert!(lines.contains(&LineChange::Added("neighbor 10.0.0.1 password *** (after)".into())));
    }
}
