//! From files to networks: what every verb that reads a declaration begins with.
//!
//! The library judges; this file only brings it the texts, the passwords that a declaration refers
//! to, and what is known of the live sides.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::declared::Declared;
use super::error::Failure;
use super::findings::Weight;
use super::terminal::Terminal;
use crate::check;
use crate::check::{Reach, apply_policy, without_repetitions};
use crate::compile::{Compiled, Facts, Target, compile};
use crate::declaration;
use crate::declaration::types::PasswordRef;
use crate::finding::{self, Finding, Severity, Sources};
use crate::intent::{self, Intent, Policy};

/// Networks as declared, and everything that was found about them.
pub(super) struct Networks {
    /// The texts, for showing places in them.
    pub(super) sources: Sources,
    /// The sound ones, in the order of the files.
    pub(super) intents: Vec<Intent>,
    /// What was found so far.
    findings: Vec<Finding>,
    /// What each document's own meaning gave, with the document's policy and its place among the
    /// intents, if it is there.
    resolved: Vec<Resolved>,
    /// Something declared is not among the intents.
    incomplete: bool,
}

/// One document, judged by itself.
struct Resolved {
    policy: Policy,
    findings: Vec<Finding>,
    intent: Option<usize>,
}

/// Whether passwords that a declaration refers to are looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Passwords {
    /// They are not needed, or must not be shown.
    Unread,
    /// They are read from the environment and from files.
    Read,
}

/// Reads and resolves all declarations.
pub(super) fn load(declared: &Declared, terminal: &mut Terminal) -> Result<Networks, Failure> {
    let loaded = declaration::load(declared.read(terminal)?);
    let mut findings = loaded.findings;
    let mut intents = Vec::new();
    let mut resolved = Vec::new();
    let mut incomplete = loaded.incomplete || loaded.documents.is_empty();
    for document in &loaded.documents {
        let resolution = intent::resolve(document);
        incomplete |= finding::worst(&resolution.findings) == Some(Severity::Error);
        let place = resolution.intent.as_ref().map(|_| intents.len());
        resolved.push(Resolved { policy: resolution.policy, findings: resolution.findings, intent: place });
        match resolution.intent {
            Some(intent) => intents.push(intent),
            None => incomplete = true,
        }
    }
    findings.extend(intent::compare(&intents.iter().collect::<Vec<_>>()));
    incomplete |= finding::worst(&findings) == Some(Severity::Error);
    Ok(Networks { sources: loaded.sources, intents, findings, resolved, incomplete })
}

impl Networks {
    /// Whether all that is declared can be compiled.
    pub(super) fn is_sound(&self) -> bool {
        !self.incomplete
    }

    /// Everything that was found: here, and behind this stage by network in the order of the intents.
    /// Each is weighed with the severities and acceptances of its own declaration, then as the user
    /// wants.
    pub(super) fn judged(
        &mut self,
        behind: Vec<Vec<Finding>>,
        reach: Reach,
        weight: &Weight,
    ) -> Vec<Finding> {
        let overrides = weight.overrides();
        let mut behind: Vec<Option<Vec<Finding>>> = behind.into_iter().map(Some).collect();
        let mut all = Vec::new();
        for resolved in self.resolved.drain(..) {
            let found = resolved.intent.and_then(|index| behind.get_mut(index)?.take());
            // What was not looked at because of an error may well fit an acceptance.
            let Some(found) = found else {
                self.findings.extend(resolved.findings);
                continue;
            };
            let mut findings = resolved.findings;
            findings.extend(found);
            all.extend(apply_policy(without_repetitions(findings), &resolved.policy, &overrides, reach));
        }
        // Errors that leave nothing to compile are not for the user to weigh.
        let (errors, mut rest): (Vec<_>, Vec<_>) =
            self.findings.drain(..).partition(|finding| finding.severity == Severity::Error);
        weight.apply(&mut rest);
        all.extend(errors);
        all.extend(rest);
        if weight.strict {
            for finding in all.iter_mut().filter(|finding| finding.severity == Severity::Warning) {
                finding.severity = Severity::Error;
            }
        }
        finding::sort(&mut all);
        all
    }

    /// Compiles a network with what is known beside it.
    pub(super) fn compile(
        &self,
        intent: &Intent,
        mut facts: Facts,
        passwords: Passwords,
    ) -> Result<Compiled, Failure> {
        if passwords == Passwords::Read {
            facts.passwords.extend(self.passwords(intent)?);
        }
        let mut compiled = compile(intent, &facts);
        if passwords == Passwords::Unread {
            // That it was not read is what was asked for.
            compiled.findings.retain(|finding| finding.rule != "password-unknown");
        }
        Ok(compiled)
    }

    /// Follows the references to the environment and to files, by the name of the peer.
    fn passwords(&self, intent: &Intent) -> Result<BTreeMap<String, SecretString>, Failure> {
        let mut found = BTreeMap::new();
        for peer in &intent.peers {
            let Some(reference) = &peer.password else { continue };
            let folder = self
                .sources
                .get(reference.place.source)
                .map_or(Path::new(""), |source| Path::new(&source.name).parent().unwrap_or(Path::new("")));
            if let Some(password) = follow(&reference.value, folder)? {
                found.insert(peer.name.value.clone(), password);
            }
        }
        Ok(found)
    }
}

/// The value behind a reference; nothing for an unset variable, and for what only a cluster knows.
pub(super) fn follow(reference: &PasswordRef, folder: &Path) -> Result<Option<SecretString>, Failure> {
    if let Some(variable) = &reference.env {
        return Ok(std::env::var(variable).ok().filter(|value| !value.is_empty()).map(SecretString::from));
    }
    let Some(file) = &reference.file else { return Ok(None) };
    let path: PathBuf = folder.join(file);
    let text = std::fs::read_to_string(&path).map_err(|error| Failure::file(&path, error))?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    Ok(Some(SecretString::from(line.strip_suffix('\r').unwrap_or(line))))
}

/// What a network shows without any live side.
pub(super) fn rules(intent: &Intent, compiled: &Compiled) -> Vec<Finding> {
    let cluster = &compiled.desired.cluster;
    let target =
        Target { version: cluster.version, backend: cluster.backend, namespace: cluster.namespace.clone() };
    let mut found = compiled.findings.clone();
    found.extend(check::declaration(intent, &target));
    found
}
