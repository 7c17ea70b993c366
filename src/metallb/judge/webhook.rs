//! The admission webhooks: may this object be written, given what exists?
//!
//! They run the configuration parser over a part of the set: the objects of one kind and what that kind
//! refers to, with references blanked that may arrive later. So what spans kinds gets in and is refused by
//! the speakers later; the configuration layer tells that.

use std::collections::{HashMap, HashSet};

use super::config;
use super::set::{Objects, Of, Report, Set, set, within};
use crate::metallb::kinds::{BgpPeerSpec, Resource};
use crate::metallb::manifest::Operation;
use crate::metallb::version::Version;

/// How many replacements of one kind are followed step by step. Beyond that only their outcome is judged.
const MAX_STEPS: usize = 200;

/// Asks about all written objects, one after the other in their order.
pub(super) fn judge(report: &mut Report<'_>, objects: &Objects<'_>, operation: Operation, namespace: &str) {
    let view = View { objects, operation, namespace };
    match operation {
        Operation::Delete => bfd_in_use(report, &view),
        Operation::Create | Operation::Update => {
            if operation == Operation::Create {
                view.foreign(report, &objects.pools);
                view.foreign(report, &objects.bgp);
                view.foreign(report, &objects.l2);
                view.foreign(report, &objects.communities);
                view.foreign(report, &objects.bfd);
                view.foreign(report, &objects.peers);
            }
            written(report, &view);
        }
    }
}

fn written(report: &mut Report<'_>, view: &View<'_, '_>) {
    let (objects, version) = (view.objects, report.judge.version);
    let pools = view.replaces(&objects.pools);
    for order in view.steps(&objects.pools, pools, |_| true) {
        let mut set = Set { pools: view.until(&objects.pools, order), ..Set::default() };
        // Only 0.15.0 compares pools with the addresses of nodes.
        if version == Version::V0_15_0 {
            set.nodes = objects.nodes.iter().collect();
        }
        config::judge(report, &set);
    }
    // From 0.15.0 on whoever creates a peer with disableMP is let through with a warning and no check.
    let checked = |peer: &Of<'_, BgpPeerSpec>| {
        view.operation == Operation::Update
            || version < Version::V0_15_0
            || peer.object.spec.disable_mp != Some(true)
    };
    for order in view.steps(&objects.peers, view.replaces(&objects.peers), checked) {
        let mut set = Set { peers: view.until(&objects.peers, order), ..Set::default() };
        if version >= Version::V0_16_0 {
            set.nodes = objects.nodes.iter().collect();
        }
        config::judge(report, &set);
    }
    // Advertisements are looked at beside the pools of that moment, so pools that change count here too.
    for order in view.steps(&objects.bgp, pools || view.replaces(&objects.bgp), |_| true) {
        let set = Set {
            bgp: view.until(&objects.bgp, order),
            pools: view.until(&objects.pools, order),
            nodes: objects.nodes.iter().collect(),
            ..Set::default()
        };
        config::judge(report, &set);
    }
    for order in view.steps(&objects.l2, pools || view.replaces(&objects.l2), |_| true) {
        let set = Set {
            l2: view.until(&objects.l2, order),
            pools: view.until(&objects.pools, order),
            ..Set::default()
        };
        config::judge(report, &set);
    }
    for order in view.steps(&objects.communities, view.replaces(&objects.communities), |_| true) {
        let set = Set { communities: view.until(&objects.communities, order), ..Set::default() };
        config::judge(report, &set);
    }
}

struct View<'v, 'a> {
    objects: &'v Objects<'a>,
    operation: Operation,
    namespace: &'v str,
}

impl View<'_, '_> {
    fn is_home<S>(&self, item: &Of<'_, S>) -> bool {
        within(item.object.metadata.namespace.as_deref(), self.namespace)
    }

    /// Written objects outside MetalLB's namespace. Only creating them is refused.
    fn foreign<S: Resource>(&self, report: &mut Report<'_>, items: &[Of<'_, S>]) {
        for item in items.iter().filter(|item| item.written && !self.is_home(item)) {
            let unchecked = S::KIND == crate::metallb::kinds::Kind::BgpPeer
                && report.judge.version >= Version::V0_15_0
                && item.manifest.value().pointer("/spec/disableMP") == Some(&true.into());
            if unchecked {
                continue;
            }
            let namespace = item.object.metadata.namespace.as_deref().unwrap_or_default();
            let message = format!("namespace is {namespace}, but metallb runs in {}", self.namespace);
            let finding = item.error(report.layer, "wh-namespace", "/metadata/namespace", message);
            report.findings.push(finding.hint(format!("create it in {}", self.namespace)));
        }
    }

    /// The written objects of a kind that the webhook looks at or that are there afterwards.
    fn looked_at<'s, S>(&'s self, items: &'s [Of<'s, S>]) -> impl Iterator<Item = &'s Of<'s, S>> {
        let written = items.iter().filter(|item| item.written);
        written.filter(|item| self.operation == Operation::Update || self.is_home(item))
    }

    /// Whether a written object takes the place of another.
    fn replaces<S>(&self, items: &[Of<'_, S>]) -> bool {
        let mut names: HashSet<&str> = items
            .iter()
            .filter(|item| !item.written)
            .map(|item| item.object.metadata.name.as_str())
            .collect();
        self.looked_at(items).any(|item| !names.insert(item.object.metadata.name.as_str()))
    }

    /// After which written objects of a kind the webhook looks at all of them. When objects are only
    /// added, whoever collides still collides at the end, so the last look is enough; where one takes
    /// the place of another, each look counts.
    fn steps<S>(
        &self,
        items: &[Of<'_, S>],
        replaces: bool,
        checked: impl Fn(&Of<'_, S>) -> bool,
    ) -> Vec<usize> {
        let looked_at = self.looked_at(items).filter(|item| checked(item));
        let orders: Vec<usize> = looked_at.map(|item| item.order).collect();
        match orders.last() {
            Some(_) if replaces && orders.len() <= MAX_STEPS => orders,
            Some(last) => vec![*last],
            None => Vec::new(),
        }
    }

    /// The objects of a kind that exist when the given one is looked at; a new version of an object
    /// takes the place of the old one, found by name alone.
    fn until<'s, S>(&self, items: &'s [Of<'s, S>], order: usize) -> Vec<&'s Of<'s, S>> {
        let mut list: Vec<&'s Of<'s, S>> = Vec::new();
        let mut by_name: HashMap<&str, usize> = HashMap::new();
        for item in items {
            // An object of another namespace is looked at when it is written, and not listed afterwards.
            let there = match (item.written, self.is_home(item)) {
                (false, home) => home,
                (true, true) => item.order <= order,
                (true, false) => self.operation == Operation::Update && item.order == order,
            };
            if !there {
                continue;
            }
            let name = item.object.metadata.name.as_str();
            match by_name.get(name).and_then(|at| list.get_mut(*at)) {
                Some(old) if item.written => *old = item,
                _ => {
                    by_name.insert(name, list.len());
                    list.push(item);
                }
            }
        }
        list.sort_by(|a, b| a.object.metadata.name.cmp(&b.object.metadata.name));
        list
    }
}

fn bfd_in_use(report: &mut Report<'_>, view: &View<'_, '_>) {
    let mut users: HashMap<&str, &Of<'_, BgpPeerSpec>> = HashMap::new();
    for peer in view.objects.peers.iter().filter(|peer| !peer.written && view.is_home(peer)) {
        if let Some(profile) = set(&peer.object.spec.bfd_profile) {
            users.entry(profile).or_insert(peer);
        }
    }
    for item in view.objects.bfd.iter().filter(|item| item.written) {
        if let Some(peer) = users.get(item.object.metadata.name.as_str()) {
            let message = format!("{} uses the profile, so it cannot be deleted", peer.manifest.title());
            let finding = item.error(report.layer, "wh-bfd-in-use", "/metadata/name", message);
            report.findings.push(peer.label(finding, "/spec/bfdProfile", "used here"));
        }
    }
}
