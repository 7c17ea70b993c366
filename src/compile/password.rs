//! References to TCP-MD5 passwords. Values are looked up elsewhere and handed in.

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

/// The reference in words, for messages and markers.
pub(super) fn describe(reference: &PasswordRef) -> String {
    match reference {
        PasswordRef { env: Some(name), .. } => format!("environment variable {name}"),
        PasswordRef { file: Some(path), .. } => format!("file {path}"),
        PasswordRef { secret_key_ref: Some(secret), .. } => format!("Secret {}", secret.name),
        _ => "nowhere".to_owned(),
    }
}
