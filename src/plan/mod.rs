//! Plan: the difference between desired and observed, as data.
//!
//! Pure. Says what would change, on which side, whose it is and what it does to sessions; changes nothing.
//!
//! | file | for |
//! | --- | --- |
//! | [`change`] | what a change is: object, fields, effect |
//! | [`cluster`] | MetalLB objects |
//! | [`pfsense`] | the sections of a pfSense |
//! | [`frr`] | a plain FRR router |
//! | [`conf`] | the frr.conf before and after |
//! | [`facts`], [`discover`] | what the live sides tell the compiler |
//! | [`ownership`] | names and marks that say whose something on a router is |
//!
//! Two texts that mean the same are no difference. Nothing is ours that does not say so itself, on
//! either side: what else has a name or address that is wanted is adopted with consent, or refused.

pub mod change;
pub mod cluster;
pub mod conf;
pub mod discover;
pub mod facts;
#[cfg(test)]
pub(crate) mod fixture;
pub mod frr;
pub mod ownership;
pub mod pfsense;

use std::collections::BTreeSet;

use secrecy::SecretString;

pub use change::{Action, Change, Effect, FieldChange, Guard, Refusal, Shown, Side};
pub use cluster::{ClusterDifference, ObjectStep};
pub use conf::ConfChange;

use crate::check::live::complete;
use crate::compile::{ClusterIdentity, Desired, RouterPart};
use crate::finding::{Finding, Layer};
use crate::observed::{Observed, RouterState};
use crate::pfsense::xml::Edit;

/// How a difference is made.
#[derive(Clone, Debug)]
pub struct Options {
    /// Consent to take over what exists by hand.
    pub adopt: bool,
    /// Consent to take fields of our objects from others that have changed them.
    pub take_ownership: bool,
    /// Consent to remove everything that is ours.
    pub allow_empty: bool,
    /// How many objects or neighbors may be deleted on each side.
    pub max_deletes: u32,
    /// How many sessions may be reset; `None` is any number.
    pub max_session_resets: Option<u32>,
    /// How many services may lose their address or get another one.
    pub max_services_moved: u32,
    /// Which cluster it is, where that is known.
    pub identity: Option<ClusterIdentity>,
    /// The password of FRR's terminals for a pfSense that has none yet. It must be random, and is
    /// never changed later. Without one the difference can be shown and not applied.
    pub vty_password: Option<SecretString>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            adopt: false,
            take_ownership: false,
            allow_empty: false,
            max_deletes: 5,
            max_session_resets: None,
            max_services_moved: 0,
            identity: None,
            vty_password: None,
        }
    }
}

/// What separates both sides from what they should be.
#[derive(Debug, Default)]
pub struct Difference {
    /// The network.
    pub network: String,
    /// The Kubernetes side.
    pub cluster: ClusterDifference,
    /// The routers, in the order of the file. Those of other teams are not among them.
    pub routers: Vec<RouterDifference>,
    /// What is worth knowing, sorted.
    pub findings: Vec<Finding>,
    /// Why it must not be applied as it is. Empty if it may.
    pub refusals: Vec<Refusal>,
}

impl Difference {
    /// Whether both sides are as they should be.
    pub fn is_empty(&self) -> bool {
        self.cluster.steps.is_empty() && self.routers.iter().all(RouterDifference::is_empty)
    }

    /// All changes: the routers' first, because a router learns before the cluster announces.
    pub fn changes(&self) -> impl Iterator<Item = &Change> {
        self.routers.iter().flat_map(|router| &router.changes).chain(self.cluster.changes())
    }
}

/// What separates one router from what it should be.
#[derive(Debug)]
pub struct RouterDifference {
    /// `PEER` or `PEER/MEMBER`.
    pub path: String,
    /// The state that this rests on.
    pub revision: String,
    /// What changes.
    pub changes: Vec<Change>,
    /// How.
    pub write: RouterChange,
    /// The frr.conf that follows.
    pub conf: ConfChange,
    /// A password was to be generated and none was handed in: it can be shown and not applied.
    pub incomplete: bool,
}

impl RouterDifference {
    /// Whether the router is as it should be.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Whether something of ours only goes away.
    pub fn only_withdraws(&self) -> bool {
        self.changes.iter().all(|change| change.action == Action::Delete)
    }
}

/// How a router is changed. `Debug` shows no contents: they may hold passwords.
#[derive(Clone)]
pub enum RouterChange {
    /// Edits of a pfSense's sections.
    Pfsense(Vec<Edit>),
    /// The whole frr.conf of a plain FRR router.
    Frr(String),
}

impl std::fmt::Debug for RouterChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            RouterChange::Pfsense(edits) => write!(f, "Pfsense({} edits)", edits.len()),
            RouterChange::Frr(text) => write!(f, "Frr({} bytes)", text.len()),
        }
    }
}

/// What separates the observed state from the desired one.
///
/// What was not observed is left out: a caller that reads one side only gets that side's difference.
pub fn difference(desired: &Desired, observed: &Observed, options: &Options) -> Difference {
    let mut out = Difference { network: desired.network.clone(), ..Difference::default() };
    if let Some(state) = &observed.cluster {
        let notes = state.metallb.notes.iter().cloned();
        out.findings.extend(notes.map(|note| Finding::warning(Layer::Live, "metallb-unclear", note)));
        out.cluster = cluster::difference(desired, state, options, &mut out.findings, &mut out.refusals);
    }
    let peers = ownership::Peers::new(desired);
    for router in &desired.routers {
        let Some(state) = observed.router(&router.path) else { continue };
        let mut context = ownership::Context {
            network: &desired.network,
            path: &router.path,
            peers: &peers,
            backend: desired.cluster.backend,
            place: router.place,
            options,
            findings: &mut out.findings,
            refusals: &mut out.refusals,
        };
        let difference = match (&router.part, state) {
            (RouterPart::Unmanaged(_), _) => None,
            (RouterPart::Pfsense { config, carp }, RouterState::Pfsense(state)) => {
                pfsense::difference(Some((config, *carp)), state, &mut context)
            }
            (RouterPart::Absent, RouterState::Pfsense(state)) => {
                pfsense::difference(None, state, &mut context)
            }
            (RouterPart::Frr(config), RouterState::Frr(state)) => {
                frr::difference(Some(config), state, &mut context)
            }
            (RouterPart::Absent, RouterState::Frr(state)) => frr::difference(None, state, &mut context),
            (RouterPart::Pfsense { .. }, RouterState::Frr(_))
            | (RouterPart::Frr(_), RouterState::Pfsense(_)) => {
                context.refuse(
                    Guard::Unsupported,
                    Finding::error(
                        Layer::Live,
                        "router-kind",
                        "another kind of router is declared than was read",
                    ),
                );
                None
            }
        };
        out.routers.extend(difference);
    }
    out.guard(desired, options);
    out.ask_judges(desired, observed);
    crate::finding::sort(&mut out.findings);
    out
}

impl Difference {
    /// The guards that look at the difference as a whole.
    fn guard(&mut self, desired: &Desired, options: &Options) {
        let adopted: Vec<String> = self
            .changes()
            .filter(|change| change.adoption)
            .map(|change| match &change.side {
                Side::Cluster => change.object.clone(),
                Side::Router(path) => format!("{} on {path}", change.object),
            })
            .collect();
        if !adopted.is_empty() && !options.adopt {
            let message = format!(
                "{} made by others would be taken over: {}",
                count(adopted.len()),
                adopted.join(", ")
            );
            let finding = Finding::error(Layer::Live, "needs-adoption", message)
                .hint("look at the changes of fields, then apply again with --adopt");
            self.refusals.push(Refusal { guard: Guard::Adoption, finding });
        }
        self.guard_empty(desired, options);
        self.guard_deletes(options);
        self.guard_effects(options);
    }

    /// A declaration that lost its contents must not take everything off both sides.
    fn guard_empty(&mut self, desired: &Desired, options: &Options) {
        let routes = |part: &RouterPart| match part {
            RouterPart::Pfsense { config, .. } => !config.neighbors.is_empty(),
            RouterPart::Frr(config) => !config.neighbors.is_empty(),
            RouterPart::Unmanaged(_) | RouterPart::Absent => true,
        };
        let empty_cluster = desired.cluster.objects.is_empty() && !desired.cluster.unmanaged;
        let deletes = |changes: &[Change]| changes.iter().any(|change| change.action == Action::Delete);
        let mut sides: Vec<String> = Vec::new();
        if empty_cluster && self.cluster.steps.iter().any(|step| step.change.action == Action::Delete) {
            sides.push("the cluster".into());
        }
        for router in &self.routers {
            let wanted = desired.routers.iter().find(|wanted| wanted.path == router.path);
            if wanted.is_some_and(|wanted| !routes(&wanted.part)) && deletes(&router.changes) {
                sides.push(router.path.clone());
            }
        }
        if !sides.is_empty() && !options.allow_empty {
            let message = format!(
                "nothing is wanted any more for {}, and everything of ours there would be deleted",
                sides.join(", ")
            );
            let finding = Finding::error(Layer::Live, "empty-desired", message)
                .hint("check the declaration; if it is meant, pass --dangerous-allow-empty");
            self.refusals.push(Refusal { guard: Guard::Empty, finding });
        }
    }

    /// One bad object keeps MetalLB from taking any, and one bad line keeps FRR from taking any,
    /// whoever made it: then nothing that is written has an effect.
    fn ask_judges(&mut self, desired: &Desired, observed: &Observed) {
        let mut refused = Vec::new();
        if let Some(state) = observed.cluster.as_ref().filter(|_| !self.cluster.steps.is_empty()) {
            for mut finding in complete::cluster(desired, state) {
                let object = finding.object.as_deref().unwrap_or("the objects");
                finding.message =
                    format!("metallb would refuse {object}, and with it all: {}", finding.message);
                refused.push(finding);
            }
        }
        for router in self.routers.iter().filter(|router| !router.is_empty()) {
            let (RouterChange::Pfsense(edits), Some(RouterState::Pfsense(state))) =
                (&router.write, observed.router(&router.path))
            else {
                continue;
            };
            for mut finding in complete::router(state, edits) {
                finding.message =
                    format!("{}: FRR would take no change, frr.conf {}", router.path, finding.message);
                refused.push(finding);
            }
        }
        self.refusals.extend(refused.into_iter().map(|finding| Refusal { guard: Guard::Judge, finding }));
    }

    /// A session has two ends: the side that resets more of them counts.
    fn guard_effects(&mut self, options: &Options) {
        let routers: usize = self.routers.iter().map(|router| resets(router.changes.iter())).sum();
        let number = routers.max(resets(self.cluster.changes()));
        if let Some(allowed) = options.max_session_resets.filter(|allowed| number > *allowed as usize) {
            let message = format!("{number} session resets, {allowed} are allowed");
            let finding = Finding::error(Layer::Live, "too-many-resets", message)
                .hint(format!("look at the effects; if they are meant, pass --max-session-resets {number}"));
            self.refusals.push(Refusal { guard: Guard::Effects, finding });
        }
        let moved: BTreeSet<&String> = self
            .changes()
            .flat_map(|change| &change.effects)
            .filter_map(|effect| match effect {
                Effect::AddressLost { services } => Some(services),
                _ => None,
            })
            .flatten()
            .collect();
        if moved.len() > options.max_services_moved as usize {
            let number = moved.len();
            let names: Vec<&str> = moved.into_iter().map(String::as_str).collect();
            let message = format!(
                "{number} services would lose their address, {} may: {}",
                options.max_services_moved,
                names.join(", ")
            );
            let finding = Finding::error(Layer::Live, "too-many-services-moved", message).hint(format!(
                "keep their addresses in a pool; if it is meant, pass --max-services-moved {number}"
            ));
            self.refusals.push(Refusal { guard: Guard::Effects, finding });
        }
    }

    fn guard_deletes(&mut self, options: &Options) {
        let deletes = |changes: &mut dyn Iterator<Item = &Change>| {
            changes.filter(|change| change.action == Action::Delete && change.counts).count()
        };
        let mut sides = vec![("the cluster".to_owned(), deletes(&mut self.cluster.changes()))];
        for router in &self.routers {
            sides.push((router.path.clone(), deletes(&mut router.changes.iter())));
        }
        for (side, number) in sides {
            if number > options.max_deletes as usize {
                let message = format!("{number} deletes on {side}, {} are allowed", options.max_deletes);
                let finding = Finding::error(Layer::Live, "too-many-deletes", message)
                    .hint(format!("check the declaration; if it is meant, pass --max-deletes {number}"));
                self.refusals.push(Refusal { guard: Guard::Deletes, finding });
            }
        }
    }
}

/// Sessions that the changes of one side reset, each once.
fn resets<'a>(changes: impl Iterator<Item = &'a Change>) -> usize {
    let sessions = changes.flat_map(|change| &change.effects).filter_map(|effect| match effect {
        Effect::SessionReset { sessions, .. } => Some(sessions),
        _ => None,
    });
    sessions.flatten().collect::<BTreeSet<_>>().len()
}

fn count(number: usize) -> String {
    match number {
        1 => "1 object".into(),
        _ => format!("{number} objects"),
    }
}
