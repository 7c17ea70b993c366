//! What can go wrong between us and an API server, one clear sentence each.
//!
//! Says nothing that a request or an answer carried as a secret: bodies are never quoted, and of a
//! credential plugin only what it says on standard error.

use std::time::Duration;

use kube::client::AuthError;

use crate::live::ErrorClass;

/// Why the cluster could not be read or changed. Every text begins with the server or the object.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KubernetesError {
    /// There is no usable kubeconfig, and this is no pod either.
    #[error("{what}: {reason}")]
    Config {
        /// The file or the context.
        what: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Nobody answers, or nobody that can be trusted.
    #[error("{server}: cannot be reached: {reason}")]
    Unreachable {
        /// Which server.
        server: String,
        /// Why.
        reason: String,
    },
    /// The server does not know who we are, or the credentials cannot be had.
    #[error("{server}: the credentials are not accepted: {reason}")]
    Unauthorized {
        /// Which server.
        server: String,
        /// As it says.
        reason: String,
    },
    /// The server knows who we are and says no.
    #[error("{server}: not allowed to {verb} {resource}: {reason}")]
    Forbidden {
        /// Which server.
        server: String,
        /// What was tried: `list`, `get`, `patch`, `create`, `update`, `delete`.
        verb: &'static str,
        /// On what: `bgppeers.metallb.io in namespace metallb-system`.
        resource: String,
        /// As it says.
        reason: String,
    },
    /// MetalLB's custom resources are not there.
    #[error("{server}: does not know {resource}")]
    NotInstalled {
        /// Which server.
        server: String,
        /// What it should know.
        resource: String,
    },
    /// MetalLB's custom resources are there in other versions than those that can be used.
    #[error("{server}: serves {resource} as {served}, not as {wanted}")]
    OtherVersion {
        /// Which server.
        server: String,
        /// Which resource.
        resource: String,
        /// The versions that there are.
        served: String,
        /// The version that is needed.
        wanted: String,
    },
    /// The server has no stable server-side apply.
    #[error("{server}: is Kubernetes {version}, and {oldest} is the oldest that can be used")]
    TooOld {
        /// Which server.
        server: String,
        /// What it is.
        version: String,
        /// What it must be.
        oldest: &'static str,
    },
    /// The server, or a webhook of MetalLB, refuses the object as it is.
    #[error("{what}: is refused: {reason}")]
    Rejected {
        /// Which object.
        what: String,
        /// As it says.
        reason: String,
    },
    /// Others hold fields that we want.
    #[error("{what}: is held by others: {}", holders.join("; "))]
    Held {
        /// Which object.
        what: String,
        /// Fields and who holds them.
        holders: Vec<String>,
    },
    /// The server did not do it for as long as was waited.
    #[error("{what}: {reason}; gave up after {} s", waited.as_secs())]
    Unavailable {
        /// What was asked for.
        what: String,
        /// What it said last.
        reason: String,
        /// How long it was tried.
        waited: Duration,
    },
    /// The answer makes no sense.
    #[error("{what}: the answer makes no sense: {reason}")]
    Nonsense {
        /// What was asked for.
        what: String,
        /// Why.
        reason: String,
    },
    /// The server accepted a write and what is there now is something else.
    #[error("{what}: was written and is not as it was meant: {reason}")]
    NotConfirmed {
        /// Which object.
        what: String,
        /// What differs.
        reason: String,
    },
}

impl KubernetesError {
    /// What it means to whoever started the program.
    pub fn class(&self) -> ErrorClass {
        match self {
            KubernetesError::Held { .. } => ErrorClass::Refused,
            _ => ErrorClass::Failed,
        }
    }

    /// The way out, where there is one.
    pub fn hint(&self) -> Option<&str> {
        match self {
            KubernetesError::Config { .. } => {
                Some("name a file with --kubeconfig and one of its contexts with --context")
            }
            KubernetesError::Unreachable { .. } => {
                Some("check the address with kubectl cluster-info, and the proxy if there is one")
            }
            KubernetesError::Unauthorized { .. } => Some("check with kubectl auth whoami"),
            KubernetesError::Forbidden { verb: "patch" | "create" | "update" | "delete", .. } => {
                Some("bind deploy/rbac/apply.yaml to this user, or ask for the right")
            }
            KubernetesError::Forbidden { .. } => {
                Some("bind deploy/rbac/read.yaml to this user, or ask for the right")
            }
            KubernetesError::NotInstalled { .. } => {
                Some("install MetalLB first, or its CRDs if the controller comes later")
            }
            KubernetesError::OtherVersion { .. } => Some("upgrade MetalLB and its CRDs"),
            KubernetesError::Held { .. } => {
                Some("stop the other one, or take the fields over with --dangerous-take-ownership")
            }
            KubernetesError::Unavailable { .. } => Some("run it again; what was written stays right"),
            _ => None,
        }
    }

    /// Whether a check can live without what was asked for.
    pub(super) fn is_forbidden(&self) -> bool {
        matches!(self, KubernetesError::Forbidden { .. })
    }
}

/// What the client says went wrong before the server could say anything.
pub(super) enum Trouble {
    /// The server answered with a status.
    Status(Box<kube::core::Status>),
    /// Nothing came back; the request may or may not have been carried out.
    Connection(String),
    /// The credentials could not be had.
    Credentials(String),
    /// Something came back that is no answer.
    Nonsense(String),
}

impl Trouble {
    pub(super) fn of(error: kube::Error) -> Trouble {
        match error {
            kube::Error::Api(status) => Trouble::Status(status),
            kube::Error::Auth(error) => Trouble::Credentials(credentials(&error)),
            kube::Error::SerdeError(_) => Trouble::Nonsense("it is no JSON".into()),
            kube::Error::FromUtf8(_) => Trouble::Nonsense("it is no text".into()),
            error => match chain(&error).find_map(|cause| cause.downcast_ref::<AuthError>()) {
                Some(error) => Trouble::Credentials(credentials(error)),
                None => Trouble::Connection(innermost(&error)),
            },
        }
    }
}

/// A plugin's standard output holds the token, and its arguments may; neither is shown.
fn credentials(error: &AuthError) -> String {
    match error {
        AuthError::AuthExecRun { out, .. } => {
            let said = String::from_utf8_lossy(&out.stderr);
            let said = said.trim();
            let separator = if said.is_empty() { "" } else { ": " };
            format!("the credential plugin failed ({}){separator}{said}", out.status)
        }
        AuthError::AuthExecParse(_) => "the credential plugin gave something that is no credential".into(),
        error => error.to_string(),
    }
}

fn chain<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |error| error.source())
}

/// The cause behind all causes, which is the one that says something.
pub(super) fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    chain(error).last().map_or_else(String::new, ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::{ExitStatus, Output};

    #[test]
    fn what_a_credential_plugin_prints_is_not_shown() {
        let out = Output {
            status: ExitStatus::from_raw(256),
            stdout: b"{\"token\":\"s3cret\"}".to_vec(),
            stderr: b"login expired\n".to_vec(),
        };
        let error = AuthError::AuthExecRun { cmd: "aws".into(), out: Box::new(out) };
        let Trouble::Credentials(text) = Trouble::of(kube::Error::Auth(error)) else { panic!("other") };
        assert_eq!(text, "the credential plugin failed (exit status: 1): login expired");
    }

    #[test]
    fn who_holds_a_field_is_said() {
        let held = KubernetesError::Held { what: "BGPPeer a/b".into(), holders: vec![".spec.x (y)".into()] };
        assert_eq!(held.class(), ErrorClass::Refused);
        assert_eq!(held.to_string(), "BGPPeer a/b: is held by others: .spec.x (y)");
    }
}
