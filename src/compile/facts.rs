//! What is known beside the declaration, and what is assumed where nothing is.
//!
//! Facts are handed in: this file reads no cluster, no file and no environment.

use std::collections::BTreeMap;
use std::fmt;

use ipnet::IpNet;
use ring::digest::{SHA256, digest};
use secrecy::SecretString;

use crate::declaration::types;
use crate::finding::{Finding, Layer};
use crate::intent::Intent;
use crate::metallb::{Backend, Version};

/// What is known from live sides or the command line. Everything may be absent.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// MetalLB as read from the cluster.
    pub metallb: KnownMetallb,
    /// TCP-MD5 passwords whose references could be followed, by the name of the peer.
    pub passwords: BTreeMap<String, SecretString>,
    /// Which cluster it is.
    pub identity: Option<ClusterIdentity>,
    /// Connected subnets of a router, by its path (`PEER` or `PEER/MEMBER`).
    pub connected: BTreeMap<String, Vec<IpNet>>,
}

/// MetalLB as read from the cluster.
#[derive(Clone, Debug, Default)]
pub struct KnownMetallb {
    /// Its release.
    pub version: Option<Version>,
    /// Its BGP backend.
    pub backend: Option<Backend>,
    /// The namespace it runs in.
    pub namespace: Option<String>,
}

/// A short name for one cluster that survives everything but its deletion: the first eight
/// hexadecimal digits of the SHA-256 of the uid of its `kube-system` namespace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClusterIdentity(String);

/// Hexadecimal digits of a cluster's identity. Enough to tell the clusters of one firewall apart, short
/// enough for a description of 80 bytes.
const IDENTITY_DIGITS: usize = 8;

impl ClusterIdentity {
    /// The identity that follows from the uid of the `kube-system` namespace.
    pub fn of_uid(uid: &str) -> Self {
        let hash = digest(&SHA256, uid.as_bytes());
        let hex = hash.as_ref().iter().take(IDENTITY_DIGITS / 2).map(|byte| format!("{byte:02x}"));
        ClusterIdentity(hex.collect())
    }

    /// Reads an identity as it stands in a description.
    pub fn parse(text: &str) -> Option<Self> {
        let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        (text.len() == IDENTITY_DIGITS && text.bytes().all(hex)).then(|| ClusterIdentity(text.to_owned()))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ClusterIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The mark at the end of a prefix list's description: `[ms:NETWORK@IDENTITY]`, without `@…` where the
/// cluster is not known.
pub fn list_mark(network: &str, identity: Option<&ClusterIdentity>) -> String {
    match identity {
        Some(identity) => format!("[ms:{network}@{identity}]"),
        None => format!("[ms:{network}]"),
    }
}

/// Reads the mark at the end of a description: the network, and the cluster if it is named.
pub fn parse_mark(description: &str) -> Option<(&str, Option<ClusterIdentity>)> {
    let inner = description.strip_suffix(']')?.rsplit_once("[ms:")?.1;
    match inner.split_once('@') {
        None if !inner.is_empty() => Some((inner, None)),
        Some((network, identity)) if !network.is_empty() => {
            Some((network, Some(ClusterIdentity::parse(identity)?)))
        }
        _ => None,
    }
}

/// The MetalLB that objects are compiled for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Its release.
    pub version: Version,
    /// Its BGP backend.
    pub backend: Backend,
    /// The namespace it runs in.
    pub namespace: String,
}

impl Target {
    /// What is declared, else what was read, else what is assumed (and then said).
    pub fn resolve(intent: &Intent, known: &KnownMetallb, findings: &mut Vec<Finding>) -> Target {
        let cluster = &intent.cluster;
        let declared_version = cluster.version.as_ref().and_then(|text| match Version::parse(text) {
            Ok((version, note)) => {
                findings.extend(note.map(|note| {
                    Finding::info(Layer::Metallb, "metallb-version-unknown", note).at(text.place)
                }));
                Some((version, text.place))
            }
            Err(error) => {
                findings
                    .push(Finding::error(Layer::Intent, "metallb-version", error.to_string()).at(text.place));
                None
            }
        });
        let declared_backend = cluster.backend.as_ref().map(|b| (backend_of(b.value), b.place));
        if let (Some((declared, place)), Some(read)) = (declared_version, known.version)
            && declared != read
        {
            findings.push(
                Finding::warning(
                    Layer::Live,
                    "metallb-version-differs",
                    format!("metallb {declared} is declared and {read} is running"),
                )
                .at(place)
                .hint("declare the version that runs, or leave it out where the cluster can be read"),
            );
        }
        if let (Some((declared, place)), Some(read)) = (declared_backend, known.backend)
            && declared != read
        {
            findings.push(
                Finding::warning(
                    Layer::Live,
                    "metallb-backend-differs",
                    format!("the {declared} backend is declared and {read} is running"),
                )
                .at(place)
                .hint("declare the backend that runs, or leave it out where the cluster can be read"),
            );
        }
        let version = declared_version.map(|(version, _)| version).or(known.version);
        let backend = declared_backend.map(|(backend, _)| backend).or(known.backend);
        if version.is_none() || backend.is_none() {
            findings.push(assumption(intent, version, backend));
        }
        // The default carries the place of the block that leaves the namespace out.
        let is_default = cluster.namespace.place == cluster.place;
        let namespace = match &known.namespace {
            Some(read) if is_default => read.clone(),
            _ => cluster.namespace.value.clone(),
        };
        Target {
            version: version.unwrap_or(Version::DEFAULT),
            backend: backend.unwrap_or(Backend::Native),
            namespace,
        }
    }
}

fn assumption(intent: &Intent, version: Option<Version>, backend: Option<Backend>) -> Finding {
    let text = match (version, backend) {
        (None, None) => format!("metallb {} with the native backend is assumed", Version::DEFAULT),
        (None, Some(_)) => format!("metallb {} is assumed", Version::DEFAULT),
        _ => "the native backend of metallb is assumed".to_owned(),
    };
    Finding::info(Layer::Metallb, "metallb-assumed", text)
        .at(intent.cluster.place)
        .hint("declare cluster.metallb.version and cluster.metallb.backend, or read the cluster")
}

/// The declared word as MetalLB's own type.
pub fn backend_of(declared: types::Backend) -> Backend {
    match declared {
        types::Backend::Native => Backend::Native,
        types::Backend::Frr => Backend::Frr,
        types::Backend::FrrK8s => Backend::FrrK8s,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_the_head_of_a_sha_256() {
        // sha256sum of the 36 characters, by coreutils.
        let identity = ClusterIdentity::of_uid("6f1c2f5e-9d2b-4d1c-8a57-0d6f3a2b1c9e");
        assert_eq!(identity.as_str(), "a5bda054");
        assert_eq!(ClusterIdentity::parse(identity.as_str()), Some(identity));
        for text in ["", "1a2b3c4", "1a2b3c4d5", "1A2B3C4D", "1a2b3c4g"] {
            assert_eq!(ClusterIdentity::parse(text), None, "{text}");
        }
    }

    #[test]
    fn marks_are_read_as_they_are_written() {
        let identity = ClusterIdentity::of_uid("x");
        for known in [None, Some(identity)] {
            let text = format!("announced by the nodes {}", list_mark("homelab", known.as_ref()));
            assert_eq!(parse_mark(&text), Some(("homelab", known)));
        }
        for text in ["", "[ms:]", "[ms:a@]", "[ms:a] ", "ms:a]", "[ms:a@12]", "[ms:@1a2b3c4d]"] {
            assert_eq!(parse_mark(text), None, "{text}");
        }
    }
}
