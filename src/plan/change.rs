//! What a change is.

use std::fmt;

use serde_json::Value;

use crate::finding::Finding;

/// One change of one object.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Which side.
    pub side: Side,
    /// What is done.
    pub action: Action,
    /// It was made by others and becomes ours; needs consent.
    pub adoption: bool,
    /// What it is called: `IPAddressPool metallb-system/web`, `neighbor 192.168.4.10`.
    pub object: String,
    /// Fields that change; for new objects those that are set, for deleted ones none.
    pub fields: Vec<FieldChange>,
    /// What it does to sessions and services.
    pub effects: Vec<Effect>,
    /// Counts against the limit of deletes: it does on objects and neighbors, not on the lists and
    /// maps that go with them.
    pub counts: bool,
}

/// A side of the network.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// The Kubernetes side.
    Cluster,
    /// A router, by its path.
    Router(String),
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Side::Cluster => f.write_str("the cluster"),
            Side::Router(path) => f.write_str(path),
        }
    }
}

/// What is done to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// It is new.
    Create,
    /// It changes.
    Update,
    /// It goes.
    Delete,
}

/// One field of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldChange {
    /// Dotted path, items of lists by their key.
    pub path: String,
    /// What it was; absent where it was not there.
    pub old: Option<Shown>,
    /// What it becomes; absent where it goes.
    pub new: Option<Shown>,
}

impl FieldChange {
    /// Two texts.
    pub fn texts(path: impl Into<String>, old: Option<&str>, new: Option<&str>) -> Self {
        let shown = |text: &str| Shown::Value(Value::from(text));
        FieldChange { path: path.into(), old: old.map(shown), new: new.map(shown) }
    }

    /// Two different secrets, of which only is told whether they are there.
    pub fn secrets(path: impl Into<String>, old: bool, new: bool) -> Self {
        FieldChange {
            path: path.into(),
            old: old.then_some(Shown::Secret),
            new: new.then_some(Shown::Secret),
        }
    }
}

/// A value as it may be shown.
#[derive(Clone, Debug, PartialEq)]
pub enum Shown {
    /// As it is.
    Value(Value),
    /// A secret.
    Secret,
    /// A secret that is made when it is written.
    Generated,
}

/// What a change does to sessions and services. No effect is no entry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Routes are evaluated again, sessions stay up.
    SoftRefresh,
    /// Sessions stay up, and no routes are there for some seconds.
    Gap {
        /// Neighbors.
        sessions: Vec<String>,
    },
    /// Sessions stay up, and it has no effect on them until they are reset.
    NeedsReset {
        /// Neighbors.
        sessions: Vec<String>,
    },
    /// Sessions with these are closed and come up again.
    SessionReset {
        /// Neighbors, BGPPeer objects or `all sessions`.
        sessions: Vec<String>,
        /// Why.
        reason: String,
    },
    /// The routing daemons are started again: every session of the router drops.
    DaemonRestart {
        /// Why.
        reason: String,
    },
    /// It holds from the next time the session comes up.
    NextSession,
    /// Services lose their address, or get another one.
    AddressLost {
        /// `namespace/name (address)`.
        services: Vec<String>,
    },
}

/// The reason of an effect: `passive changes`, `myASN and peerASN change`.
pub(super) fn changes(fields: &[&str]) -> String {
    match fields {
        [] => String::new(),
        [only] => format!("{only} changes"),
        [first @ .., last] => format!("{} and {last} change", first.join(", ")),
    }
}

/// Why a difference must not be applied.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// Which guard says so.
    pub guard: Guard,
    /// What it says.
    pub finding: Finding,
}

/// A guard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Guard {
    /// Something made by others would be taken over without consent.
    Adoption,
    /// Something belongs to another network or another cluster, or contradicts what others use.
    Ownership,
    /// Everything of ours would be deleted.
    Empty,
    /// More would be deleted than allowed.
    Deletes,
    /// More sessions or services would be hit than allowed.
    Effects,
    /// The live side cannot take it.
    Unsupported,
    /// MetalLB or FRR would refuse what would be there, also because of something of others.
    Judge,
}
