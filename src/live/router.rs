//! A router as a trait: read, compare and set, undo.

use std::fmt;

use async_trait::async_trait;

use super::{LiveError, Receipt};
use crate::observed::RouterState;
use crate::pfsense::xml::Edit;

/// A router that can be read and changed.
#[async_trait]
pub trait Router: Send + Sync {
    /// For messages: the path of the peer, and where it is reached.
    fn title(&self) -> String;

    /// Reads its configuration.
    ///
    /// # Errors
    /// What could not be reached, read or understood.
    async fn read(&self) -> Result<RouterState, LiveError>;

    /// Writes if the router is still in the state that the plan was made against. One call does all
    /// of it: compare, write, read back, and put back by itself what did not come out as meant.
    ///
    /// # Errors
    /// Where it is not known what has happened; all known ends are outcomes.
    async fn compare_and_set(&self, write: &RouterWrite) -> Result<RouterOutcome, LiveError>;

    /// Takes a write back, unless somebody else has changed the same things since.
    ///
    /// # Errors
    /// What could not be put back.
    async fn undo(&self, receipt: &Receipt) -> Result<(), LiveError>;
}

/// What is asked of a router.
pub struct RouterWrite {
    /// The revision that the plan was made against.
    pub expect: String,
    /// For the router's own history.
    pub message: String,
    /// What to write.
    pub content: RouterContent,
}

/// Shows no contents: they may hold passwords.
impl fmt::Debug for RouterWrite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RouterWrite")
            .field("expect", &self.expect)
            .field("message", &self.message)
            .finish_non_exhaustive()
    }
}

/// What is written to a router.
#[derive(Clone)]
pub enum RouterContent {
    /// Edits of the sections below `installedpackages`.
    Pfsense(Vec<Edit>),
    /// The whole frr.conf.
    Frr(String),
}

/// How a compare-and-set ended.
#[derive(Debug)]
pub enum RouterOutcome {
    /// Written and read back.
    Written(Receipt),
    /// It was like that already.
    Noop,
    /// It is not in the state that the plan was made against; nothing was written.
    Conflict {
        /// The state it is in.
        found: String,
    },
    /// What came out was not what was meant, and the former state is back.
    RolledBack {
        /// What went wrong.
        reason: String,
    },
    /// What came out was not what was meant, and the former state could not be put back.
    Inconsistent {
        /// What went wrong.
        reason: String,
    },
    /// The router refuses this user.
    Denied {
        /// As it says.
        reason: String,
    },
}
