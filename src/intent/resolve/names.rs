//! Names: DNS labels and DNS names, Kubernetes labels, and names of things that are written to both
//! sides.

use super::report::{Report, error, quoted};
use crate::declaration::Cursor;
use crate::finding::Place;
use crate::intent::naming::{MAX_NAME, MAX_OBJECT_NAME};

/// Longest DNS label, and longest Kubernetes label value.
const MAX_LABEL: usize = 63;

/// What a name must look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A DNS label of at most 40 characters: it becomes part of other names.
    Short,
    /// A DNS label of at most 63 characters: a namespace, or the name of a Service.
    Label,
    /// A DNS name: what Kubernetes allows for most objects.
    Object,
}

/// Checks a name. `what` says whose it is, for example `peer` or `pool`.
pub(super) fn check(text: &str, form: Form, what: &str, at: Cursor<'_>, report: &mut Report) -> bool {
    check_at(text, form, what, at.place(), report)
}

/// The same for a name that stands at another place than its value, such as a key.
pub(super) fn check_at(text: &str, form: Form, what: &str, place: Place, report: &mut Report) -> bool {
    let Some((code, reason, hint)) = problem(text, form) else { return true };
    let finding = match code {
        Problem::Form => error("name-invalid", format!("{what} name {} {reason}", quoted(text))),
        Problem::Length => error("name-too-long", format!("{what} name {} {reason}", quoted(text))),
    };
    report.push(finding.at(place).hint(hint));
    false
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Problem {
    Form,
    Length,
}

fn problem(text: &str, form: Form) -> Option<(Problem, String, String)> {
    let well_formed = match form {
        Form::Short | Form::Label => is_label_form(text),
        Form::Object => text.split('.').all(is_label_form),
    };
    if !well_formed {
        let rule = match form {
            Form::Object => "is no DNS name",
            Form::Short | Form::Label => "is no DNS label",
        };
        let dots = if form == Form::Object { ", and dots between such parts" } else { "" };
        let hint = match suggestion(text, form) {
            Some(better) => format!("write {}", quoted(&better)),
            None => format!(
                "use lower-case letters, digits and dashes, with a letter or digit at both ends{dots}"
            ),
        };
        return Some((Problem::Form, rule.into(), hint));
    }
    let longest = match form {
        Form::Short => MAX_NAME,
        Form::Label => MAX_LABEL,
        Form::Object => MAX_OBJECT_NAME,
    };
    if text.len() > longest {
        let reason = format!("has {} characters, {longest} are allowed", text.len());
        return Some((Problem::Length, reason, "choose a shorter name".into()));
    }
    None
}

/// The same name with the usual slips put right, if that gives a good one.
fn suggestion(text: &str, form: Form) -> Option<String> {
    let better = text.trim().to_lowercase().replace(['_', ' '], "-");
    let better = if form == Form::Object { better } else { better.replace('.', "-") };
    (better != text && problem(&better, form).is_none()).then_some(better)
}

fn is_label_form(text: &str) -> bool {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    !text.is_empty() && text.bytes().all(inner) && !text.starts_with('-') && !text.ends_with('-')
}

/// Whether a text is a namespace or the name of a Service.
pub(super) fn is_label(text: &str) -> bool {
    problem(text, Form::Label).is_none()
}

/// Whether a text is a DNS name whose labels are not too long: something a resolver can answer.
pub(super) fn is_hostname(text: &str) -> bool {
    problem(text, Form::Object).is_none() && text.split('.').all(|label| label.len() <= MAX_LABEL)
}

/// Checks a label of a node or selector.
pub(super) fn check_label(key: &str, value: &str, what: &str, place: Place, report: &mut Report) {
    check_label_key(key, what, place, report);
    check_label_value(key, value, what, place, report);
}

/// Checks the key of a label: an optional DNS name and a slash, then a word.
pub(super) fn check_label_key(key: &str, what: &str, place: Place, report: &mut Report) {
    let (prefix, word) = match key.split_once('/') {
        Some((prefix, word)) => (Some(prefix), word),
        None => (None, key),
    };
    let prefix_fits = prefix.is_none_or(|prefix| problem(prefix, Form::Object).is_none());
    if prefix_fits && is_label_word(word) {
        return;
    }
    report.push(error("label-invalid", format!("{what}: {} is no label key", quoted(key))).at(place).hint(
        "write a word of at most 63 letters, digits, `-`, `_` and `.`, with `DNS-NAME/` before it if need be",
    ));
}

/// Checks the value of a label: empty or a word.
pub(super) fn check_label_value(key: &str, value: &str, what: &str, place: Place, report: &mut Report) {
    if value.is_empty() || is_label_word(value) {
        return;
    }
    report.push(
        error("label-invalid", format!("{what}: {} is no value for label {}", quoted(value), quoted(key)))
            .at(place)
            .hint("write at most 63 letters, digits, `-`, `_` and `.`, with a letter or digit at both ends"),
    );
}

fn is_label_word(text: &str) -> bool {
    let inner = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let end = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    text.len() <= MAX_LABEL && text.bytes().all(inner) && end(bytes.first()) && end(bytes.last())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        for (text, short, object) in [
            ("a", true, true),
            ("k8s-node1", true, true),
            ("a.b", false, true),
            ("", false, false),
            ("-a", false, false),
            ("a-", false, false),
            ("A", false, false),
            ("a_b", false, false),
            ("a..b", false, false),
            ("ü", false, false),
        ] {
            assert_eq!(problem(text, Form::Short).is_none(), short, "{text}");
            assert_eq!(problem(text, Form::Object).is_none(), object, "{text}");
        }
        assert!(problem(&"a".repeat(40), Form::Short).is_none());
        assert!(problem(&"a".repeat(41), Form::Short).is_some());
        assert!(is_hostname(&format!("{}.net", "a".repeat(63))));
        assert!(!is_hostname(&format!("{}.net", "a".repeat(64))));
    }

    #[test]
    fn slips_are_put_right() {
        assert_eq!(suggestion("My_Pool", Form::Object).as_deref(), Some("my-pool"));
        assert_eq!(suggestion("fw.example", Form::Short).as_deref(), Some("fw-example"));
        assert_eq!(suggestion("---", Form::Short), None);
    }

    #[test]
    fn kubernetes_labels() {
        for (key, good) in [
            ("zone", true),
            ("kubernetes.io/hostname", true),
            ("A_b.c-d", true),
            ("", false),
            ("/x", false),
            ("a/b/c", false),
            ("x/", false),
            ("Upper.io/x", false),
        ] {
            let mut report = Report::new();
            let place = Place::new(crate::finding::SourceId(0), 0, 0);
            check_label_key(key, "node n", place, &mut report);
            assert_eq!(report.into_findings().is_empty(), good, "{key}");
        }
    }
}
