//! What was read from either side, as pure types with the revision it was read at.
//!
//! [`cluster`] is the Kubernetes side, [`managers`] who holds its fields, [`router`] the routers. Nothing
//! here reads, writes or decides ownership: `live` fills these types, `plan` compares them.

pub mod cluster;
pub mod managers;
pub mod router;

use std::fmt;

pub use cluster::{ClusterState, LiveObject, MetallbFacts, ObjectKey, Unseen};
pub use router::{
    CarpState, ConnectedSubnet, FrrCheck, FrrPackage, FrrState, PfsenseFacts, PfsenseRuntime, PfsenseState,
    RawConfiguration, RouterState, VirtualAddress,
};

/// Both sides, read in one go.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// The Kubernetes side; absent where it was not asked for.
    pub cluster: Option<ClusterState>,
    /// The routers by their path (`PEER` or `PEER/MEMBER`), in the order they were asked for.
    pub routers: Vec<(String, RouterState)>,
    /// Routers that were found and not asked for.
    pub others: Vec<OtherRouter>,
}

/// A router that nothing declares.
#[derive(Clone)]
pub struct OtherRouter {
    /// Where it was found: `PEER` or `PEER/MEMBER`.
    pub path: String,
    /// Its configuration as it is, which can hold passwords.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for OtherRouter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtherRouter").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Observed {
    /// The router of a path.
    pub fn router(&self, path: &str) -> Option<&RouterState> {
        self.routers.iter().find(|(name, _)| name == path).map(|(_, state)| state)
    }
}

/// SHA-256 in lower-case hexadecimal.
pub(crate) fn sha256_hex(parts: &[&[u8]]) -> String {
    let mut context = ring::digest::Context::new(&ring::digest::SHA256);
    for part in parts {
        context.update(part);
    }
    context.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
