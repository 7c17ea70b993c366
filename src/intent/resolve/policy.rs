//! `policy`: how metalsense may act.

use std::collections::{BTreeMap, HashMap};

use super::report::{error, quoted, warning};
use super::scope::Scope;
use crate::declaration::{Cursor, types};
use crate::finding::codes;
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
        accept.push(Accepted {
            code: accepted.code.clone(),
            subject: accepted.place.clone(),
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

fn check_code(code: &str, what: &str, place: crate::finding::Place, scope: &mut Scope<'_>) -> bool {
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
