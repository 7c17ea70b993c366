//! References to TCP-MD5 passwords. Values are looked up elsewhere and handed in.

use secrecy::{ExposeSecret as _, SecretString};

use crate::declaration::types::{PasswordRef, SecretKeyRef};

/// The only key of a Secret that MetalLB reads a password from.
pub(super) const KEY: &str = "password";

/// Who keeps the password in the cluster.
#[derive(Clone, Copy, Debug)]
pub(super) enum Source<'a> {
    /// A Secret that somebody else keeps.
    Secret(&'a SecretKeyRef),
    /// A Secret of ours, filled from the environment or a file.
    Ours,
}

pub(super) fn source(reference: &PasswordRef) -> Source<'_> {
    match &reference.secret_key_ref {
        Some(secret) => Source::Secret(secret),
        None => Source::Ours,
    }
}

/// The longest key that TCP-MD5 takes on Linux and FreeBSD, in bytes.
const LONGEST: usize = 80;

/// Why one of the two ends could not hold a password; never its value.
pub(super) fn unusable(password: &SecretString) -> Option<&'static str> {
    let text = password.expose_secret();
    if text.is_empty() {
        Some("is empty")
    } else if text.len() > LONGEST {
        Some("is longer than the 80 bytes that TCP-MD5 takes")
    } else if text.chars().any(char::is_whitespace) {
        // FRR reads one word; the line would be refused, and with it every later reload.
        Some("holds a blank, which FRR refuses")
    } else if text.chars().any(|c| c == '"' || c.is_control()) {
        Some("holds a quote or a control character, which breaks the line of the key table")
    } else {
        None
    }
}

/// The reference in words, for messages and markers.
pub(super) fn describe(reference: &PasswordRef) -> String {
    match reference {
        PasswordRef { env: Some(name), .. } => format!("environment variable {name}"),
        PasswordRef { file: Some(path), .. } => format!("file {path}"),
        PasswordRef { secret_key_ref: Some(secret), .. } => format!("Secret {}", secret.name),
        _ => "nowhere".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_both_ends_can_hold() {
        for (text, usable) in [
            ("one", true),
            ("two&<three>'", true),
            ("", false),
            ("two words", false),
            ("tab\there", false),
            ("quo\"te", false),
            (&"x".repeat(80), true),
            (&"x".repeat(81), false),
        ] {
            assert_eq!(unusable(&SecretString::from(text.to_owned())).is_none(), usable, "{text}");
        }
    }
}
