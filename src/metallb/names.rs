//! What Kubernetes lets be a name, a namespace, a label's key or a label's value.
//!
//! Grammar only; who has to obey it is said by the [judge](super::judge).

/// Longest label value, longest name part of a label's key, and longest single DNS label.
const LABEL_MAX: usize = 63;
/// Longest name of an object, and longest prefix of a label's key.
const SUBDOMAIN_MAX: usize = 253;

/// Letters, digits, `-`, `_` and `.`, a letter or digit at both ends; or nothing.
pub(super) fn is_label_value(text: &str) -> bool {
    let ends = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && text.ends_with(|c: char| c.is_ascii_alphanumeric())
    };
    let inside = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    text.is_empty() || text.len() <= LABEL_MAX && ends(text) && text.bytes().all(inside)
}

/// `name`, or `prefix/name` where the prefix is a DNS name.
pub(super) fn is_label_key(text: &str) -> bool {
    let (prefix, name) = match text.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, text),
    };
    !name.is_empty() && is_label_value(name) && prefix.is_none_or(is_subdomain)
}

/// Lower-case DNS labels, joined by dots: what a custom resource may be called.
pub(super) fn is_subdomain(text: &str) -> bool {
    text.len() <= SUBDOMAIN_MAX && text.split('.').all(is_lower_label)
}

/// One lower-case DNS label: what a namespace may be called.
pub(super) fn is_dns_label(text: &str) -> bool {
    text.len() <= LABEL_MAX && is_lower_label(text)
}

fn is_lower_label(label: &str) -> bool {
    let lower = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    label.starts_with(lower) && label.ends_with(lower) && label.chars().all(|c| lower(c) || c == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The answers are those of Kubernetes' own validation library.
    #[test]
    fn names_are_what_kubernetes_takes_for_names() {
        let long = |length| "a".repeat(length);
        for (text, value, key, subdomain, label) in [
            ("", true, false, false, false),
            ("a", true, true, true, true),
            ("UP", true, true, false, false),
            ("a_b", true, true, false, false),
            ("a.b", true, true, true, false),
            ("a..b", true, true, false, false),
            ("-a", false, false, false, false),
            ("a/b", false, true, false, false),
            ("A/b", false, false, false, false),
            ("a/b/c", false, false, false, false),
            ("a b", false, false, false, false),
            ("1", true, true, true, true),
            ("ä", false, false, false, false),
            (&long(63), true, true, true, true),
            (&long(64), false, false, true, false),
            (&long(253), false, false, true, false),
            (&long(254), false, false, false, false),
        ] {
            let answers = (is_label_value(text), is_label_key(text), is_subdomain(text), is_dns_label(text));
            assert_eq!(answers, (value, key, subdomain, label), "{text}");
        }
    }
}
