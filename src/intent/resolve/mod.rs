//! From the typed declaration to the intent, with a finding for every mistake of meaning.
//!
//! Everything wrong is reported in one run: a part that is broken is left out, its name stays known,
//! and the rest is judged as if it were there. Nothing is guessed: what is missing is a documented
//! default or an error that asks for it.
//!
//! | file | for |
//! | --- | --- |
//! | [`scope`] | declared names, and what is said about unknown ones |
//! | [`asns`], [`addresses`], [`names`], [`communities`] | single values |
//! | [`nodes`], [`peers`], [`routers`], [`pools`], [`services`], [`policy`] | the parts of `spec` |
//! | [`selectors`] | who is selected |
//! | [`plan`] | who has which addresses |
//! | [`whole`] | what only shows when all parts are together |
//! | [`folder`] | several networks beside each other |

mod addresses;
mod asns;
mod communities;
mod folder;
mod names;
mod nodes;
mod peers;
mod plan;
mod policy;
mod pools;
mod report;
mod routers;
mod scope;
mod selectors;
mod services;
mod whole;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::{BfdProfile, Intent, Policy, Sited, Topology};
use crate::declaration::{Cursor, Document, types};
use crate::finding::{self, Finding, Severity};
use names::Form;
use scope::Scope;

pub use folder::compare;

/// What became of a declaration.
#[derive(Clone, Debug)]
pub struct Resolution {
    /// The intent. Absent if there is any error: nothing may be compiled from half a network.
    pub intent: Option<Intent>,
    /// How metalsense may act, also where there is no intent: severities and acceptances apply to
    /// whatever is found.
    pub policy: Policy,
    /// What is wrong or worth knowing, sorted by place.
    pub findings: Vec<Finding>,
}

/// Resolves one network.
pub fn resolve(document: &Document) -> Resolution {
    let spec = &document.network.spec;
    let at = document.at();
    let mut scope = Scope::new(document);
    let name = name(document, &mut scope);
    let at = at.key("spec");
    let cluster = nodes::cluster(spec, at, &mut scope);
    let nodes = nodes::nodes(spec, at, &cluster, &mut scope);
    let discover = nodes::discover(spec, at, &cluster, &mut scope);
    let communities = communities::aliases(spec, at, &mut scope);
    let bfd_profiles = bfd_profiles(spec, at, &mut scope);
    let peers = peers::peers(spec, at, &mut scope);
    let pools = pools::pools(spec, at, &mut scope);
    let subnets = nodes::subnets(spec, at, &mut scope);
    let services = services::services(spec, at, &pools, &mut scope);
    let expectations = services::expectations(spec, at, &mut scope);
    let policy = policy::policy(spec, at, &mut scope);
    let intent = Intent {
        name,
        cluster,
        nodes,
        discover,
        peers,
        pools,
        communities,
        bfd_profiles,
        subnets,
        services,
        expectations,
        policy: policy.clone(),
    };
    plan::check(&intent, &mut scope.report);
    let topology = Topology::new(&intent);
    whole::check(&topology, &mut scope);
    if !document.partial {
        services::check_paths(&topology, spec.nodes.len(), &mut scope);
        whole::emptiness(&intent, spec, &mut scope.report);
        scope.asns.report_unused(&mut scope.report);
    }
    let mut findings = scope.report.into_findings();
    finding::sort(&mut findings);
    let sound = !document.partial && finding::worst(&findings) != Some(Severity::Error);
    Resolution { intent: sound.then_some(intent), policy, findings }
}

fn name(document: &Document, scope: &mut Scope<'_>) -> Sited<String> {
    let at = document.at().key("metadata").key("name");
    let name = &document.network.metadata.name;
    // A head without a name is filled in by the loader, which has reported it.
    if !(name.is_empty() && document.partial) {
        names::check(name, Form::Short, "network", at, &mut scope.report);
    }
    Sited::new(name.clone(), at.place())
}

fn bfd_profiles(
    spec: &types::Spec,
    at: Cursor<'_>,
    scope: &mut Scope<'_>,
) -> BTreeMap<String, Sited<BfdProfile>> {
    let here = at.key("bfdProfiles");
    let mut resolved = BTreeMap::new();
    for (name, profile_at) in here.entries() {
        let Some(timers) = spec.bfd_profiles.get(name) else { continue };
        // A name that is a key is judged like any other name, at the place of the key.
        names::check_at(name, Form::Object, "bfd profile", profile_at.key_place(), &mut scope.report);
        let profile = BfdProfile {
            receive_interval: timers.receive_interval,
            transmit_interval: timers.transmit_interval,
            detect_multiplier: timers.detect_multiplier,
            echo_interval: timers.echo_interval,
            echo_mode: timers.echo_mode,
            passive_mode: timers.passive_mode,
            minimum_ttl: timers.minimum_ttl,
        };
        resolved.insert(name.to_owned(), Sited::new(profile, profile_at.key_place()));
    }
    resolved
}
