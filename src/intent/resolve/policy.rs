//! `policy`: how metalsense may act.

use std::collections::{BTreeMap, HashMap};

use super::report::{error, quoted, warning};
use super::scope::Scope;
use crate::declaration::{Cursor, types};
use crate::finding::{Place, codes};
use crate::intent::{Accepted, Policy, Sited};

/// Deletes that one apply may do on each side, unless declared: a renamed node and its neighbor fit,
/// an emptied file does not.
const MAX_DELETES: u32 = 5;

pub(super) fn policy(spec: &types::Spec, at: Cursor<'_>, scope: &mut Scope<'_>) -> Policy {
    let here = at.key("policy");
    let empty = types::Policy::default();
    let declared = spec.policy.as_ref().unwrap_or(&empty);
    let mut severity = BTreeMap::new();
    let places: HashMap<&str, Cursor<'_>> = here.key("severity").entries().collect();
    for (code, level) in &declared.severity {
        let level_at = places.get(code.as_str()).copied().unwrap_or(here);
        if !check_code(code, "policy.severity", level_at.key_place(), scope) {
            continue;
        }
        if codes::find(code).is_some_and(|page| page.fixed) && *level != types::SeverityLevel::Error {
            scope.report.push(
                warning(
                    "severity-fixed",
                    format!("policy.severity: {code} stays an error: nothing can be compiled with it"),
                )
                .at(level_at.place())
                .hint("put right what it reports"),
            );
            continue;
        }
        severity.insert(code.clone(), Sited::new(*level, level_at.place()));
    }
    let mut accept = Vec::new();
    for (accepted, item) in declared.accept.iter().zip(here.key("accept").items()) {
        if accepted.reason.trim().is_empty() {
            scope.report.push(
                error(
                    "accept-without-reason",
                    format!("policy.accept: {} is accepted without a reason", quoted(&accepted.code)),
                )
                .at(item.key("reason").place())
                .hint("say why, for whoever reads this in a year"),
            );
        }
        if !check_code(&accepted.code, "policy.accept", item.key("code").place(), scope) {
            continue;
        }
        let extents = accepted.place.as_deref().map(|subject| extents(subject, spec, at)).unwrap_or_default();
        if let Some(subject) = &accepted.place
            && extents.is_empty()
        {
            // Objects that are compiled have further names, so this is no more than a doubt.
            scope.report.push(
                warning(
                    "accept-unknown-place",
                    format!("policy.accept: {} names nothing in this file", quoted(subject)),
                )
                .at(item.key("place").place())
                .hint("name a node, peer, pool, subnet or service, or write a path such as spec.pools[0]"),
            );
        }
        accept.push(Accepted {
            code: accepted.code.clone(),
            subject: accepted.place.clone(),
            extents,
            reason: accepted.reason.clone(),
            place: item.key("code").place(),
        });
    }
    Policy {
        severity,
        accept,
        max_deletes: declared.max_deletes.unwrap_or(MAX_DELETES),
        max_session_resets: declared.max_session_resets,
        max_services_moved: declared.max_services_moved.unwrap_or(0),
        on_failure: declared.on_failure.unwrap_or(types::OnFailure::Rollback),
    }
}

/// The parts of the file that a name or a path means, from their first to their last character.
fn extents(subject: &str, spec: &types::Spec, at: Cursor<'_>) -> Vec<Place> {
    if let Some(path) = subject.strip_prefix("spec.") {
        return walk(path, at).map(extent).into_iter().collect();
    }
    let mut found = Vec::new();
    let mut named = |key: &str, names: &mut dyn Iterator<Item = &str>| {
        let matching = names.zip(at.key(key).items()).filter(|(name, _)| *name == subject);
        found.extend(matching.map(|(_, item)| extent(item)));
    };
    named("nodes", &mut spec.nodes.iter().map(|node| node.name.as_str()));
    named("peers", &mut spec.peers.iter().map(|peer| peer.name.as_str()));
    named("pools", &mut spec.pools.iter().map(|pool| pool.name.as_str()));
    named("subnets", &mut spec.subnets.iter().map(|subnet| subnet.name.as_str()));
    named("services", &mut spec.services.iter().map(|service| service.name.as_str()));
    found
}

/// Follows `pools[0].advertise[1]`.
fn walk<'a>(path: &str, at: Cursor<'a>) -> Option<Cursor<'a>> {
    let mut here = at;
    for step in path.split('.') {
        let mut parts = step.split('[');
        here = here.key(parts.next()?);
        for index in parts {
            here = here.index(index.strip_suffix(']')?.parse().ok()?);
        }
    }
    here.exists().then_some(here)
}

/// From the key to the last character of everything below. Documents are not nested deeply: the
/// loader sees to that.
fn extent(at: Cursor<'_>) -> Place {
    let mut whole = at.key_place();
    whole.start = whole.start.min(at.place().start);
    whole.end = whole.end.max(at.place().end);
    let below = at.items().chain(at.entries().map(|(_, value)| value)).map(extent);
    below.fold(whole, |whole, part| Place {
        start: whole.start.min(part.start),
        end: whole.end.max(part.end),
        ..whole
    })
}

fn check_code(code: &str, what: &str, place: Place, scope: &mut Scope<'_>) -> bool {
    if codes::find(code).is_some() {
        return true;
    }
    let hint = scope.report.did_you_mean(
        code,
        codes::all().map(|page| page.code),
        "take the code from the finding itself",
    );
    scope.report.push(
        warning("policy-unknown-code", format!("{what}: there is no finding {}", quoted(code)))
            .at(place)
            .hint(hint),
    );
    false
}
