//! The judge: would MetalLB of this release and backend accept these objects?
//!
//! Three layers say yes or no, each with its own view: the schema of the CRDs sees one object, the
//! webhooks see an object and what exists of its kind, the configuration parser sees everything at
//! once. A fourth, of our own, warns about what all of them let pass. Every rule follows the code of
//! the releases; the rules' names are stable.
//!
//! | file | for |
//! | --- | --- |
//! | `set` | the objects, typed as one release sees them |
//! | `schema` | the CRDs |
//! | `webhook` | admission |
//! | `config` | the parser |
//! | `advice` | what nobody else says |

mod advice;
#[cfg(test)]
mod cases;
mod config;
mod schema;
mod set;
mod webhook;

use std::collections::HashSet;

use serde::Serialize;

use self::set::{Objects, Report};
use super::manifest::{Case, Input, Manifest, Operation};
use super::version::{Backend, Version};
use crate::finding::{self, Finding, Layer, Severity};

/// Where MetalLB runs unless somebody says otherwise.
pub const DEFAULT_NAMESPACE: &str = "metallb-system";

/// Who is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layers {
    /// The CRD schemas.
    pub schema: bool,
    /// The admission webhooks.
    pub webhook: bool,
    /// The configuration parser.
    pub config: bool,
    /// Our own warnings.
    pub advice: bool,
}

impl Layers {
    /// Everybody.
    pub const ALL: Layers = Layers { schema: true, webhook: true, config: true, advice: true };
    /// The configuration parser alone.
    pub const CONFIG: Layers = Layers { schema: false, webhook: false, config: true, advice: false };
    /// The webhooks alone.
    pub const WEBHOOK: Layers = Layers { schema: false, webhook: true, config: false, advice: false };
    /// The schemas alone.
    pub const SCHEMA: Layers = Layers { schema: true, webhook: false, config: false, advice: false };
}

impl std::str::FromStr for Layers {
    type Err = UnknownLayer;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "all" => Layers::ALL,
            "config" => Layers::CONFIG,
            "webhook" => Layers::WEBHOOK,
            "schema" => Layers::SCHEMA,
            _ => return Err(UnknownLayer { text: text.to_owned() }),
        })
    }
}

/// The text names no layer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no layer: expected config, webhook, schema or all")]
pub struct UnknownLayer {
    /// What was given.
    pub text: String,
}

/// Which MetalLB is asked, and about what.
#[derive(Clone, Debug)]
pub struct Judge {
    /// Its release.
    pub version: Version,
    /// Its backend.
    pub backend: Backend,
    /// Who of it is asked.
    pub layers: Layers,
    /// The namespace it runs in. `None`: [`DEFAULT_NAMESPACE`], or the one that all objects share.
    pub namespace: Option<String>,
}

/// Yes or no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Ruling {
    /// Accepted.
    Valid,
    /// Refused.
    Invalid,
}

/// The answer, with the reasons.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// Yes or no. Only errors of MetalLB's own layers and of the schema count; our advice never does.
    pub ruling: Ruling,
    /// The reasons, sorted by place.
    pub findings: Vec<Finding>,
}

impl Verdict {
    fn of(mut findings: Vec<Finding>) -> Self {
        finding::sort(&mut findings);
        let refused = |finding: &Finding| {
            finding.severity == Severity::Error
                && matches!(finding.layer, Layer::Schema | Layer::Webhook | Layer::Config)
        };
        let ruling = if findings.iter().any(refused) { Ruling::Invalid } else { Ruling::Valid };
        Verdict { ruling, findings }
    }

    /// Whether everything is accepted.
    pub fn is_valid(&self) -> bool {
        self.ruling == Ruling::Valid
    }
}

impl Judge {
    /// Judges what was read from files: all plain manifests together, as one set that is about to be
    /// created, and each question of the case form by itself.
    pub fn judge_files(&self, inputs: Vec<Input>) -> Verdict {
        let mut plain = Case::default();
        let mut findings = Vec::new();
        for input in inputs {
            match input {
                Input::Manifest(manifest) => plain.objects.push(manifest),
                Input::Case(case) => findings.extend(self.findings(&case, false)),
            }
        }
        if !plain.objects.is_empty() {
            findings.extend(self.findings(&plain, true));
        }
        Verdict::of(findings)
    }

    /// Judges one question.
    pub fn judge(&self, case: &Case) -> Verdict {
        Verdict::of(self.findings(case, false))
    }

    /// Judges a complete set, with nothing said about how it came to be.
    pub fn judge_set<'a>(&self, manifests: impl IntoIterator<Item = &'a Manifest>) -> Verdict {
        let mut objects = Objects::default();
        for manifest in manifests {
            objects.add(manifest, true, self.version);
        }
        let mut findings = Vec::new();
        self.judge_schema(&objects, Operation::Create, &mut findings);
        self.judge_config(&objects, &mut findings);
        Verdict::of(findings)
    }

    fn findings(&self, case: &Case, plain: bool) -> Vec<Finding> {
        let mut objects = Objects::default();
        for manifest in &case.before {
            objects.add(manifest, false, self.version);
        }
        for manifest in &case.objects {
            objects.add(manifest, true, self.version);
        }
        let mut findings = Vec::new();
        self.judge_schema(&objects, case.operation, &mut findings);
        if case.operation == Operation::Create && case.before.is_empty() {
            self.judge_config(&objects, &mut findings);
        } else {
            let mut after = Objects::default();
            for manifest in after_writing(case) {
                after.add(manifest, true, self.version);
            }
            self.judge_config(&after, &mut findings);
        }
        if self.layers.webhook {
            let namespace = match &self.namespace {
                Some(namespace) => namespace,
                None if plain => objects.home(None),
                None => DEFAULT_NAMESPACE,
            };
            let told: HashSet<_> = findings.iter().map(|finding| finding.rule.clone()).collect();
            let mut report = Report { judge: self, layer: Layer::Webhook, findings: Vec::new() };
            webhook::judge(&mut report, &objects, case.operation, namespace);
            // What the parser has said already need not be said again by another judge.
            findings.extend(report.findings.into_iter().filter(|finding| !told.contains(&finding.rule)));
        }
        findings
    }

    fn judge_schema(&self, objects: &Objects<'_>, operation: Operation, findings: &mut Vec<Finding>) {
        let mut seen = HashSet::new();
        if self.layers.schema && operation != Operation::Delete {
            for (manifest, written) in &objects.given {
                if *written {
                    seen.insert(std::ptr::from_ref::<Manifest>(manifest));
                    schema::judge(self.version, manifest, findings);
                }
            }
            if operation == Operation::Update {
                schema::judge_updates(objects, findings);
            }
        }
        // An object that cannot be read cannot be judged by anybody, so this is told in any case.
        for (manifest, error) in &objects.unreadable {
            let mut reasons = Vec::new();
            schema::judge(self.version, manifest, &mut reasons);
            reasons.retain(|reason| reason.severity == Severity::Error);
            if reasons.is_empty() {
                reasons.push(schema::unreadable(manifest, error));
            } else if seen.contains(&std::ptr::from_ref::<Manifest>(manifest)) {
                continue;
            }
            findings.extend(reasons);
        }
    }

    fn judge_config(&self, objects: &Objects<'_>, findings: &mut Vec<Finding>) {
        let home = objects.home(self.namespace.as_deref());
        let set = objects.all(home);
        if self.layers.config {
            let mut report = Report { judge: self, layer: Layer::Config, findings: Vec::new() };
            config::judge(&mut report, &set);
            findings.append(&mut report.findings);
        }
        if self.layers.advice {
            advice::judge(self, objects, &set, home, findings);
        }
    }
}

/// What exists once the objects are written.
fn after_writing(case: &Case) -> Vec<&Manifest> {
    type Key<'m> = (&'m str, &'m str, Option<&'m str>);
    fn key(manifest: &Manifest) -> Key<'_> {
        let kind = manifest.value().get("kind").and_then(serde_json::Value::as_str).unwrap_or_default();
        (kind, manifest.name(), manifest.namespace())
    }
    let written: HashSet<Key<'_>> = case.objects.iter().map(key).collect();
    let stay = case.before.iter().filter(|manifest| !written.contains(&key(manifest)));
    match case.operation {
        Operation::Delete => stay.collect(),
        Operation::Create | Operation::Update => stay.chain(&case.objects).collect(),
    }
}
