//! The Kubernetes side as a trait.

use std::fmt;

use async_trait::async_trait;
use serde_json::Value;

use super::{LiveError, Receipt};
use crate::observed::{ClusterState, ObjectKey};

/// A cluster that can be read and changed.
#[async_trait]
pub trait Cluster: Send + Sync {
    /// For messages: `snapshot DIR`, `context NAME`.
    fn title(&self) -> String;

    /// Reads everything that checks and plans look at.
    ///
    /// # Errors
    /// What could not be reached, read or understood.
    async fn read(&self) -> Result<ClusterState, LiveError>;

    /// Writes a batch in its order. Either side of every object is whole at any time; after an error
    /// everything that this call had written is as it was, or the error says what is not.
    ///
    /// # Errors
    /// A precondition that does not hold any more, or a write that failed.
    async fn write(&self, batch: &ClusterBatch) -> Result<Receipt, LiveError>;

    /// Takes a write back, unless somebody else has changed the same things since.
    ///
    /// # Errors
    /// What could not be put back.
    async fn undo(&self, receipt: &Receipt) -> Result<(), LiveError>;
}

/// Writes that belong together.
#[derive(Debug, Default)]
pub struct ClusterBatch {
    /// The state that the plan was made against; checked where the target has one for everything.
    pub expect: Option<String>,
    /// Check everything, write nothing.
    pub dry_run: bool,
    /// In the order in which they are carried out.
    pub writes: Vec<ObjectWrite>,
}

/// One write.
#[derive(Clone)]
pub enum ObjectWrite {
    /// The object becomes like this. Fields that are not in it are taken off if we own them; labels
    /// and annotations of others stay.
    Put {
        /// Which.
        key: ObjectKey,
        /// What we want of it, and nothing else: the body of a server-side apply.
        desired: Value,
        /// The object as a whole, as it will be: for targets that hold whole objects.
        whole: Value,
        /// Fields that others hold become ours: consent was given, or the object is adopted.
        take_over: bool,
        /// What it was; absent for a new object.
        before: Option<Precondition>,
    },
    /// The object goes.
    Delete {
        /// Which.
        key: ObjectKey,
        /// What it was.
        before: Precondition,
    },
}

impl ObjectWrite {
    /// Which object.
    pub fn key(&self) -> &ObjectKey {
        match self {
            ObjectWrite::Put { key, .. } | ObjectWrite::Delete { key, .. } => key,
        }
    }
}

/// Shows the objects' names only: a Secret may be among them.
impl fmt::Debug for ObjectWrite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = match self {
            ObjectWrite::Put { .. } => "Put",
            ObjectWrite::Delete { .. } => "Delete",
        };
        write!(f, "{verb}({})", self.key())
    }
}

/// What an object was when the plan was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Precondition {
    /// Its uid, where the source tells one.
    pub uid: Option<String>,
    /// Its revision.
    pub revision: String,
}
