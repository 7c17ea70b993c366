//! A folder that stands for both live sides.
//!
//! ```text
//! snapshot.yaml             format, versions of the products, whether secrets are redacted
//! cluster/*.yaml            objects, as documents or Lists
//! PEER/config.xml           a pfSense; members of a pair in PEER/MEMBER/config.xml
//! PEER/frr.conf             a plain FRR router; may be absent, and is then created
//! ```
//!
//! | file | for |
//! | --- | --- |
//! | [`meta`] | `snapshot.yaml` |
//! | `files` | files replaced whole or not at all |
//! | `yaml` | changing objects inside a file |
//! | `cluster` | the Kubernetes side |
//! | `router` | the routers |

mod cluster;
mod files;
pub mod meta;
mod router;
mod yaml;

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

pub use cluster::SnapshotCluster;
pub use files::Replaced;
#[cfg(test)]
pub(crate) use files::{dies_at, fails_at};
pub use meta::Meta;
pub use router::SnapshotRouter;

use super::LiveError;
use crate::observed::Observed;

/// An open snapshot.
#[derive(Clone, Debug)]
pub struct Snapshot {
    root: PathBuf,
    meta: Meta,
}

/// Which program runs on a router of a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouterProgram {
    /// pfSense: `config.xml`.
    Pfsense,
    /// FRR alone: `frr.conf`.
    Frr,
}

/// Keeps other runs from changing the snapshot, until it is dropped or the program ends.
#[derive(Debug)]
pub struct Lock {
    _folder: File,
}

impl Snapshot {
    /// Opens a folder.
    ///
    /// # Errors
    /// If it is not there, or its `snapshot.yaml` cannot be read or is of another format.
    pub fn open(root: impl Into<PathBuf>) -> Result<Snapshot, LiveError> {
        let root = root.into();
        match std::fs::metadata(&root) {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(_) => {
                let source = std::io::Error::other("it is no folder");
                return Err(LiveError::Unreadable { path: root, source });
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(LiveError::Missing { path: root, what: "the snapshot folder", hint: None });
            }
            Err(source) => return Err(LiveError::Unreadable { path: root, source }),
        }
        let meta = Meta::read(&root)?;
        Ok(Snapshot { root, meta })
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What `snapshot.yaml` says.
    pub fn meta(&self) -> &Meta {
        &self.meta
    }

    /// Whether anything may be written to it.
    ///
    /// # Errors
    /// If secrets were taken out of it: what is written from it could never be restored.
    pub fn writable(&self) -> Result<(), LiveError> {
        match self.meta.redacted {
            true => Err(LiveError::Redacted { path: self.root.clone() }),
            false => Ok(()),
        }
    }

    /// The Kubernetes side.
    pub fn cluster(&self) -> SnapshotCluster {
        SnapshotCluster::new(self)
    }

    /// A router by its path (`PEER` or `PEER/MEMBER`).
    pub fn router(&self, path: &str, program: RouterProgram) -> SnapshotRouter {
        SnapshotRouter::new(self, path, program)
    }

    /// Reads both sides.
    ///
    /// # Errors
    /// The first thing that is not there, cannot be read or makes no sense.
    pub fn read(&self, routers: &[(String, RouterProgram)]) -> Result<Observed, LiveError> {
        let cluster = Some(self.cluster().read_now()?);
        let routers = routers
            .iter()
            .map(|(path, program)| Ok((path.clone(), self.router(path, *program).read_now()?)))
            .collect::<Result<Vec<_>, LiveError>>()?;
        let others = router::others(&self.root, &routers);
        Ok(Observed { cluster, routers, others })
    }

    /// Takes the snapshot for one run. The folder itself is locked, so no file of ours stays behind,
    /// and a run that dies lets go.
    ///
    /// # Errors
    /// If another run holds it.
    pub fn lock(&self) -> Result<Lock, LiveError> {
        let unreadable = |source| LiveError::Unreadable { path: self.root.clone(), source };
        let folder = File::open(&self.root).map_err(unreadable)?;
        match folder.try_lock() {
            Ok(()) => Ok(Lock { _folder: folder }),
            Err(TryLockError::WouldBlock) => Err(LiveError::Busy { path: self.root.clone() }),
            Err(TryLockError::Error(source)) => Err(unreadable(source)),
        }
    }
}

#[cfg(test)]
mod tests;
