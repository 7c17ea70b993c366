//! A way to the program on a firewall, as a trait.

use async_trait::async_trait;

use super::protocol::{Answer, Request};

/// A way to the program on a firewall.
#[async_trait]
pub trait Channel: Send + Sync {
    /// For messages: where it leads.
    fn title(&self) -> String;

    /// Asks once, and never again by itself: a second attempt with a wrong password is a step towards
    /// being locked out, and a second write is not ours to decide here.
    ///
    /// # Errors
    /// Where there is no answer.
    async fn call(&self, request: &Request) -> Result<Answer, CallError>;
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The request was not sent.
    #[error("{reason}")]
    NotSent {
        /// Why.
        reason: String,
        /// The way out.
        hint: Option<String>,
    },
    /// The firewall refuses the user; nothing was done.
    #[error("{reason}")]
    Denied {
        /// As it says.
        reason: String,
        /// The way out.
        hint: Option<String>,
    },
    /// The request was sent, and there is no answer that can be read. Whether it was carried out is
    /// not known.
    #[error("{reason}")]
    Unknown {
        /// What came instead of an answer.
        reason: String,
        /// The way out.
        hint: Option<String>,
    },
}

impl CallError {
    /// A request that was not sent.
    pub fn not_sent(reason: impl Into<String>) -> Self {
        CallError::NotSent { reason: reason.into(), hint: None }
    }

    /// A request that got no answer.
    pub fn unknown(reason: impl Into<String>) -> Self {
        CallError::Unknown { reason: reason.into(), hint: None }
    }

    /// Says what to do about it.
    #[must_use]
    pub fn hint(mut self, way_out: impl Into<String>) -> Self {
        let (CallError::NotSent { hint, .. }
        | CallError::Denied { hint, .. }
        | CallError::Unknown { hint, .. }) = &mut self;
        *hint = Some(way_out.into());
        self
    }
}
