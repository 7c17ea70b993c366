//! Live: the traits behind which a cluster or a router is reached, and the targets that implement them.
//!
//! Reads into `observed` values and writes what it is told. Decides nothing: what differs and in which
//! order it is changed is `plan`'s business.
//!
//! | file | for |
//! | --- | --- |
//! | [`cluster`] | the trait of the Kubernetes side, and what is asked of it |
//! | [`router`] | the trait of a router: compare and set |
//! | [`error`] | what can go wrong |
//! | [`snapshot`] | a folder that stands for both sides |
//! | [`pfsense`] | a live firewall |
//! | [`kubernetes`] | a cluster, by its API server |

pub mod cluster;
pub mod error;
pub mod kubernetes;
pub mod pfsense;
pub mod router;
pub mod snapshot;

pub use cluster::{Cluster, ClusterBatch, ObjectWrite, Precondition};
pub use error::{ErrorClass, LiveError};
pub use kubernetes::{Connection, KubernetesCluster, KubernetesError};
pub use router::{Router, RouterContent, RouterOutcome, RouterWrite};
pub use snapshot::Snapshot;

/// What a write did.
#[derive(Debug, Default)]
pub struct Receipt {
    /// What was written: titles of objects, or files of a snapshot. Empty if nothing was.
    pub written: Vec<String>,
    /// The state that it left.
    pub revision: String,
    /// How to take it back.
    pub undo: Undo,
}

/// What puts the former state back. Only the target that made it can read it.
#[derive(Debug, Default)]
pub enum Undo {
    /// Nothing was written.
    #[default]
    Nothing,
    /// Files of a snapshot as they were.
    Files(Vec<snapshot::Replaced>),
    /// Sections of a firewall as they were.
    Sections(Box<pfsense::FormerSections>),
    /// Objects of a cluster as they were, in the order in which they were written.
    Objects(Vec<kubernetes::write::Former>),
}
