//! What every part of the resolver needs: declared names, and where findings go.
//!
//! A name is known as soon as it is declared, even if what it names turns out to be broken, so that
//! one mistake is reported once.

use std::collections::HashMap;

use super::asns::Asns;
use super::report::{Report, error, quoted};
use crate::declaration::{Document, types};
use crate::finding::Place;
use crate::intent::model::Community;

/// Declared names of one kind.
#[derive(Debug)]
pub(super) struct Known<'a, T> {
    names: HashMap<&'a str, T>,
    /// Faulty parts were taken out of the file: an unknown name may have been declared there.
    incomplete: bool,
}

impl<'a, T> Known<'a, T> {
    pub(super) fn new(names: impl IntoIterator<Item = (&'a str, T)>, incomplete: bool) -> Self {
        Known { names: names.into_iter().collect(), incomplete }
    }

    pub(super) fn get(&self, name: &str) -> Option<&T> {
        self.names.get(name)
    }

    pub(super) fn set(&mut self, name: &str, value: T) {
        if let Some(known) = self.names.get_mut(name) {
            *known = value;
        }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> + '_ {
        self.names.keys().copied()
    }

    /// Reports a name that nobody declared.
    pub(super) fn report_unknown(
        &self,
        code: &'static str,
        name: &str,
        what: &str,
        way_out: &str,
        place: Place,
        report: &mut Report,
    ) {
        if self.incomplete {
            return;
        }
        let mut names: Vec<&str> = self.names().collect();
        // A hash map's order differs from run to run, and suggestions must not.
        names.sort_unstable();
        let hint = report.did_you_mean(name, names, way_out);
        report.push(error(code, format!("{what} {}", quoted(name))).at(place).hint(hint));
    }
}

/// The names and the report, handed from part to part.
#[derive(Debug)]
pub(super) struct Scope<'a> {
    pub(super) report: Report,
    pub(super) asns: Asns<'a>,
    pub(super) nodes: Known<'a, ()>,
    /// More nodes than the declared ones may turn up.
    pub(super) discover: bool,
    /// By name: the index in the resolved list, absent while the peer is not resolved or broken.
    pub(super) peers: Known<'a, Option<usize>>,
    pub(super) bfd_profiles: Known<'a, ()>,
    pub(super) communities: Known<'a, Option<Community>>,
    /// Namespace of MetalLB.
    pub(super) namespace: String,
}

impl<'a> Scope<'a> {
    pub(super) fn new(document: &'a Document) -> Self {
        let (spec, at) = (&document.network.spec, document.at().key("spec"));
        let mut report = Report::new();
        let asns = Asns::declared(spec, at.key("asns"), &mut report);
        let names = |key: &str| at.key(key).incomplete();
        let metallb = spec.cluster.as_ref().and_then(|cluster| cluster.metallb.as_ref());
        Scope {
            asns,
            nodes: Known::new(spec.nodes.iter().map(|node| (node.name.as_str(), ())), names("nodes")),
            // What was written and taken out may have been a good one.
            discover: spec.discover.is_some() || at.key("discover").dropped(),
            peers: Known::new(spec.peers.iter().map(|peer| (peer.name.as_str(), None)), names("peers")),
            bfd_profiles: Known::new(
                spec.bfd_profiles.keys().map(|name| (name.as_str(), ())),
                names("bfdProfiles"),
            ),
            communities: Known::new(
                spec.communities.keys().map(|name| (name.as_str(), None)),
                names("communities"),
            ),
            namespace: metallb
                .and_then(|metallb| metallb.namespace.clone())
                .unwrap_or_else(|| DEFAULT_NAMESPACE.to_owned()),
            report,
        }
    }
}

/// Where MetalLB's own manifests and its documentation put it.
pub(super) const DEFAULT_NAMESPACE: &str = "metallb-system";

/// Whether a reference to a secret has exactly one key, and that one is usable. `what` says whose.
pub(super) fn check_secret(
    secret: &types::PasswordRef,
    what: &str,
    place: Place,
    incomplete: bool,
    report: &mut Report,
) -> bool {
    let given = [secret.env.is_some(), secret.file.is_some(), secret.secret_key_ref.is_some()];
    match given.iter().filter(|given| **given).count() {
        1 => {}
        0 if incomplete => return false,
        count => {
            let said = if count == 0 { "says none" } else { "says several" };
            report.push(
                error("secret-reference", format!("{what} {said} of `env`, `file` and `secretKeyRef`"))
                    .at(place)
                    .hint("keep exactly one of them"),
            );
            return false;
        }
    }
    if let Some(name) = &secret.env {
        let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        if name.is_empty() || !name.bytes().all(word) || name.starts_with(|c: char| c.is_ascii_digit()) {
            report.push(
                error("secret-reference", format!("{what}: {} is no environment variable", quoted(name)))
                    .at(place)
                    .hint("write its name without `$`, such as BGP_PASSWORD"),
            );
            return false;
        }
    }
    if secret.file.as_deref() == Some("") {
        report.push(
            error("secret-reference", format!("{what}: the path of the file is empty"))
                .at(place)
                .hint("write the path relative to this file"),
        );
        return false;
    }
    true
}
