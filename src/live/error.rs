//! What can go wrong on the way to a live side. Every text begins with the path or the object.

use std::fmt;
use std::path::PathBuf;

use super::kubernetes::KubernetesError;

/// Why something live could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LiveError {
    /// There is nothing at that path.
    #[error("{}: {what} is not there", path.display())]
    Missing {
        /// Where it should be.
        path: PathBuf,
        /// What it is.
        what: &'static str,
        /// The way out.
        hint: Option<Box<str>>,
    },
    /// It is there and cannot be read.
    #[error("{}: cannot be read: {source}", path.display())]
    Unreadable {
        /// What.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It was read and makes no sense.
    #[error("{}{}: {reason}", path.display(), Position(*position))]
    Unparsable {
        /// What.
        path: PathBuf,
        /// Line and column, both from 1, where they are known.
        position: Option<(u32, u32)>,
        /// Why not.
        reason: Box<str>,
        /// The way out.
        hint: Option<Box<str>>,
    },
    /// It could not be written; the former content is still there.
    #[error("{}: cannot be written, it is as it was: {source}", path.display())]
    Unwritable {
        /// What.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Secrets were taken out of it, so that writing it would destroy them.
    #[error("{}: is redacted, and what is written from it could never be restored", path.display())]
    Redacted {
        /// What.
        path: PathBuf,
    },
    /// Another run holds it.
    #[error("{}: another run is changing it", path.display())]
    Busy {
        /// What.
        path: PathBuf,
    },
    /// It changed since it was read.
    #[error("{what} changed since it was read; nothing was written there")]
    Conflict {
        /// What.
        what: String,
    },
    /// It cannot be reached, or gives no answer that makes sense.
    #[error("{what}: {reason}")]
    Unreachable {
        /// What.
        what: String,
        /// Why.
        reason: String,
        /// The way out.
        hint: Option<Box<str>>,
    },
    /// It refuses this user.
    #[error("{what}: {reason}")]
    Denied {
        /// What.
        what: String,
        /// As it says.
        reason: String,
        /// The way out.
        hint: Option<Box<str>>,
    },
    /// What was written there is gone again.
    #[error("{what}: what was written was overwritten by {by}, second {at} of its clock")]
    Overwritten {
        /// What.
        what: String,
        /// Who saved last.
        by: String,
        /// When, in seconds since 1970.
        at: i64,
    },
    /// The API server, or the way to it.
    #[error(transparent)]
    Kubernetes(Box<KubernetesError>),
    /// A batch failed, and not all of it could be taken back.
    #[error("{cause}")]
    Partial {
        /// What went wrong.
        cause: Box<LiveError>,
        /// What is still as it was written, and why.
        left: Vec<(String, LiveError)>,
    },
    /// It cannot take what was asked of it.
    #[error("{what}: {reason}")]
    Unsupported {
        /// What.
        what: String,
        /// Why not.
        reason: String,
    },
}

impl From<KubernetesError> for LiveError {
    fn from(error: KubernetesError) -> Self {
        LiveError::Kubernetes(Box::new(error))
    }
}

/// `:LINE:COLUMN` behind a file, as editors and terminals make a link of it.
struct Position(Option<(u32, u32)>);

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |(line, column)| write!(f, ":{line}:{column}"))
    }
}

/// What an error means to whoever started the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorClass {
    /// Something could not be reached, read or written: exit code 1.
    Failed,
    /// Something was read and makes no sense: exit code 3.
    Invalid,
    /// A guard said no: exit code 6.
    Refused,
}

impl LiveError {
    /// What it means to whoever started the program.
    pub fn class(&self) -> ErrorClass {
        match self {
            LiveError::Missing { .. }
            | LiveError::Unreadable { .. }
            | LiveError::Unwritable { .. }
            | LiveError::Unreachable { .. }
            | LiveError::Denied { .. }
            | LiveError::Overwritten { .. } => ErrorClass::Failed,
            LiveError::Kubernetes(error) => error.class(),
            LiveError::Partial { cause, .. } => cause.class(),
            LiveError::Unparsable { .. } => ErrorClass::Invalid,
            LiveError::Redacted { .. }
            | LiveError::Busy { .. }
            | LiveError::Conflict { .. }
            | LiveError::Unsupported { .. } => ErrorClass::Refused,
        }
    }

    /// The cause, and what a failed batch has left as it was written.
    pub fn into_parts(self) -> (LiveError, Vec<(String, LiveError)>) {
        match self {
            LiveError::Partial { cause, left } => (*cause, left),
            error => (error, Vec::new()),
        }
    }

    /// The way out, where there is one.
    pub fn hint(&self) -> Option<&str> {
        match self {
            LiveError::Missing { hint, .. }
            | LiveError::Unparsable { hint, .. }
            | LiveError::Unreachable { hint, .. }
            | LiveError::Denied { hint, .. } => hint.as_deref(),
            LiveError::Overwritten { .. } => Some("agree with them, then look at the difference again"),
            LiveError::Redacted { .. } => Some("use it for diff only, and apply to the live sides"),
            LiveError::Busy { .. } => Some("wait until the other run has ended"),
            LiveError::Conflict { .. } => Some("look at the difference again"),
            _ => None,
        }
    }
}
