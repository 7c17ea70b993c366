//! Names and marks that say whose something on a router is.
//!
//! Everything of ours can be told from the configuration itself: route maps and prefix lists by their
//! names, neighbors by naming such a map and carrying our mark at the end of their description.

use std::collections::BTreeSet;

use super::{Guard, Options, Refusal};
use crate::compile::Desired;
use crate::compile::facts::parse_mark;
use crate::finding::{Finding, Layer, Place};
use crate::frr::{Password, RouterConfig};
use crate::metallb::Backend;

/// How the names of our route maps and prefix lists begin.
const PREFIX: &str = "metalsense.";

/// What the difference of one router is made with.
pub(super) struct Context<'a> {
    pub(super) network: &'a str,
    pub(super) path: &'a str,
    pub(super) peers: &'a Peers,
    pub(super) backend: Backend,
    pub(super) place: Place,
    pub(super) options: &'a Options,
    pub(super) findings: &'a mut Vec<Finding>,
    pub(super) refusals: &'a mut Vec<Refusal>,
}

impl Context<'_> {
    /// Refuses to apply.
    pub(super) fn refuse(&mut self, guard: Guard, finding: Finding) {
        let finding = self.complete(finding);
        self.refusals.push(Refusal { guard, finding });
    }

    /// Tells something.
    pub(super) fn tell(&mut self, finding: Finding) {
        let finding = self.complete(finding);
        self.findings.push(finding);
    }

    /// A password that is not known here cannot be written.
    pub(super) fn passwords(&mut self, config: &RouterConfig) {
        let unknown = config.neighbors.iter().find_map(|neighbor| match &neighbor.password {
            Password::Unknown(reference) => Some(reference.clone()),
            _ => None,
        });
        if let Some(reference) = unknown {
            let message = format!("the password from {reference} could not be had");
            self.refuse(
                Guard::Unsupported,
                Finding::error(Layer::Live, "password-unknown", message).hint(
                    "make the variable, the file or the Secret that it refers to readable for this run",
                ),
            );
        }
    }

    fn complete(&self, mut finding: Finding) -> Finding {
        finding.message = format!("{}: {}", self.path, finding.message);
        finding.place.get_or_insert(self.place);
        finding
    }

    /// The name of the peer, which is the first part of the path.
    pub(super) fn peer(&self) -> &str {
        self.path.split('/').next().unwrap_or(self.path)
    }

    /// Whose a list or map of that name is.
    pub(super) fn name_owner(&self, name: &str) -> Owner {
        let Some((network, peer)) = parse_name(name) else { return Owner::Nobody };
        if network != self.network {
            return Owner::OtherNetwork(network.to_owned());
        }
        // A peer that is declared no more was renamed or has lost its block: its part is ours to prune.
        if peer == self.peer() || !self.peers.0.contains(peer) { Owner::Us } else { Owner::OtherPeer }
    }

    /// Whose a description says something is.
    pub(super) fn mark_owner(&self, description: &str) -> Owner {
        match parse_mark(description) {
            Some((network, _)) if network == self.network => Owner::Us,
            Some((network, _)) => Owner::OtherNetwork(network.to_owned()),
            None => Owner::Nobody,
        }
    }
}

/// Names of all declared peers.
pub(super) struct Peers(BTreeSet<String>);

impl Peers {
    pub(super) fn new(desired: &Desired) -> Self {
        let names = desired.routers.iter().filter_map(|router| router.path.split('/').next());
        Peers(names.map(str::to_owned).collect())
    }
}

/// Whose something is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// This network's, at this router.
    Us,
    /// This network's, for another declared peer.
    OtherPeer,
    /// Another network's.
    OtherNetwork(String),
    /// Made by others.
    Nobody,
}

/// Network and peer of one of our names: `metalsense.NETWORK.PEER.in`, `….out`, and `….v6` behind
/// either. Names of networks and peers hold no dots.
pub(super) fn parse_name(name: &str) -> Option<(&str, &str)> {
    let mut parts = name.strip_prefix(PREFIX)?.split('.');
    let (network, peer, direction) = (parts.next()?, parts.next()?, parts.next()?);
    let ends = match parts.next() {
        None => true,
        Some(family) => family == "v6" && parts.next().is_none(),
    };
    let ours = ends && matches!(direction, "in" | "out") && !network.is_empty() && !peer.is_empty();
    ours.then_some((network, peer))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::router::list_name;
    use crate::intent::Family;
    use crate::intent::naming::{policy_in, policy_out};

    #[test]
    fn our_names_are_known_again() {
        for name in [policy_in("lab", "fw-1"), policy_out("lab", "fw-1")] {
            for family in [Family::Ipv4, Family::Ipv6] {
                assert_eq!(parse_name(&list_name(&name, family)), Some(("lab", "fw-1")), "{name}");
            }
        }
        for name in [
            "",
            "metalsense.lab.in",
            "metalsense.lab.fw.up",
            "metalsense.lab.fw.in.v4",
            "x.lab.fw.in",
            "metalsense.lab.fw.in.v6.v6",
            "metalsense..fw.in",
            "metalsense.lab..in",
            "METALSENSE.lab.fw.in",
        ] {
            assert_eq!(parse_name(name), None, "{name}");
        }
    }
}
