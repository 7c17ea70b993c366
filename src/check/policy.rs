//! What the user makes of findings: other severities, and findings that are known and meant.

use std::collections::{BTreeMap, HashSet};

use super::warning;
use crate::declaration::types::SeverityLevel;
use crate::finding::{self, Finding, Layer, Place, Severity, codes};
use crate::intent::{Accepted, Policy};

/// What the findings at hand are about. An acceptance of something that was not looked at is not unused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The declaration alone.
    Declaration,
    /// The declaration and both live sides.
    Live,
}

/// Applies severities and acceptances. The command line's severities win over the declaration's.
///
/// An accepted finding is kept as a remark that carries the reason; a remark that is accepted is
/// dropped. What leaves nothing to work with can be neither lowered nor accepted. An acceptance that
/// fits no finding is itself a finding.
pub fn apply_policy(
    findings: Vec<Finding>,
    policy: &Policy,
    overrides: &BTreeMap<String, SeverityLevel>,
    reach: Reach,
) -> Vec<Finding> {
    let mut used = vec![false; policy.accept.len()];
    let mut kept = Vec::with_capacity(findings.len());
    for finding in findings {
        if is_fixed(&finding) {
            kept.push(finding);
            continue;
        }
        let accepted = policy.accept.iter().zip(&mut used).find(|(accepted, _)| fits(accepted, &finding));
        let Some(finding) = with_severity(finding, policy, overrides) else {
            // Ignored: it is not there, but whoever accepted it has not done so in vain.
            if let Some((_, used)) = accepted {
                *used = true;
            }
            continue;
        };
        match accepted {
            None => kept.push(finding),
            Some((accepted, used)) => {
                *used = true;
                kept.extend(demoted(finding, accepted));
            }
        }
    }
    for (accepted, _) in policy.accept.iter().zip(&used).filter(|(_, used)| !**used) {
        let looked_at = codes::find(&accepted.code).is_some_and(|page| reach == Reach::Live || !page.live);
        if looked_at {
            kept.extend(with_severity(unused(accepted), policy, overrides));
        }
    }
    finding::sort(&mut kept);
    kept
}

fn is_fixed(finding: &Finding) -> bool {
    finding.severity == Severity::Error && codes::find(&finding.rule).is_some_and(|page| page.fixed)
}

fn with_severity(
    mut finding: Finding,
    policy: &Policy,
    overrides: &BTreeMap<String, SeverityLevel>,
) -> Option<Finding> {
    let rule: &str = &finding.rule;
    let declared = || policy.severity.get(rule).map(|level| level.value);
    finding.severity = match overrides.get(rule).copied().or_else(declared) {
        None => return Some(finding),
        Some(SeverityLevel::Ignore) => return None,
        Some(SeverityLevel::Error) => Severity::Error,
        Some(SeverityLevel::Warning) => Severity::Warning,
        Some(SeverityLevel::Info) => Severity::Info,
    };
    Some(finding)
}

fn fits(accepted: &Accepted, finding: &Finding) -> bool {
    if accepted.code != finding.rule {
        return false;
    }
    let Some(subject) = &accepted.subject else { return true };
    let inside = |place: Place| {
        accepted.extents.iter().any(|extent| {
            extent.source == place.source && extent.start <= place.start && place.end <= extent.end
        })
    };
    finding.place.is_some_and(inside) || finding.object.as_deref().and_then(last_name) == Some(subject)
}

/// `web` of `IPAddressPool metallb-system/web` and of `pool web`.
fn last_name(object: &str) -> Option<&str> {
    object.rsplit([' ', '/']).next()
}

fn demoted(mut finding: Finding, accepted: &Accepted) -> Option<Finding> {
    if finding.severity == Severity::Info {
        return None;
    }
    finding.severity = Severity::Info;
    finding.hint = Some(format!("accepted: {}", accepted.reason));
    Some(finding)
}

fn unused(accepted: &Accepted) -> Finding {
    let whose = accepted.subject.as_ref().map(|subject| format!(" about {subject}")).unwrap_or_default();
    warning(
        "unused-acceptance",
        format!("policy.accept: there is no finding {}{whose} any more", accepted.code),
    )
    .at(accepted.place)
    .hint("remove it, so that the finding is seen if it comes back")
}

/// Leaves out what MetalLB's judge warns of in compiled objects, where a check has said the same of
/// the declaration they come from, which has the better place.
pub fn without_repetitions(mut findings: Vec<Finding>) -> Vec<Finding> {
    let said: HashSet<(String, String)> =
        findings.iter().filter(|f| f.layer == Layer::Intent).filter_map(key).collect();
    findings.retain(|f| f.layer != Layer::Metallb || key(f).is_none_or(|key| !said.contains(&key)));
    findings
}

fn key(finding: &Finding) -> Option<(String, String)> {
    let name = finding.object.as_deref().and_then(last_name)?;
    Some((finding.rule.to_string(), name.to_owned()))
}
