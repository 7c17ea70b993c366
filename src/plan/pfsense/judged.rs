//! What FRR will make of the frr.conf that follows, before anything is written.
//!
//! One line that FRR cannot parse keeps every reload from taking effect, whoever wrote it: then our
//! change would be in the file and not in FRR. So our own lines stop an apply, and a line of others
//! that is there already is found and named, by the judge or by the firewall's own FRR.

use super::{Context, Guard, PfsenseState};
use crate::finding::{Finding, Layer};
use crate::frr::judge::{Consequence, FrrVersion, Judged, judge};
use crate::plan::conf::ConfChange;

/// Judges the text before and after.
pub(super) fn check(conf: &ConfChange, state: &PfsenseState, changes: bool, context: &mut Context<'_>) {
    // Which FRR the package brings is not part of its version.
    let version = FrrVersion::Unmeasured;
    let before = bad_lines(&conf.before, version);
    if changes {
        for (line, judged) in bad_lines(&conf.after, version) {
            if !before.iter().any(|(known, _)| *known == line) {
                context.refuse(Guard::Unsupported, refused(&judged));
            }
        }
    }
    let frozen = frozen_by(&before, state);
    if let Some(reason) = frozen {
        let message = format!("no reload of FRR takes effect: {reason}");
        let finding = Finding::error(Layer::Live, "reload-frozen", message)
            .hint("correct or remove the line in the package's forms; until then only a restart brings changes, and it drops every session");
        if changes {
            context.refuse(Guard::Unsupported, finding);
        } else {
            context.tell(Finding { severity: crate::finding::Severity::Warning, ..finding });
        }
    }
    stale(conf, state, context);
}

/// Lines that FRR refuses, by their text.
fn bad_lines(text: &str, version: FrrVersion) -> Vec<(&str, Judged)> {
    let lines: Vec<&str> = text.lines().collect();
    let bad = judge(text.as_bytes(), version).into_iter().filter(|judged| {
        matches!(
            judged.consequence,
            Consequence::FreezesReloads | Consequence::LineRefused | Consequence::GroupRefused
        )
    });
    bad.map(|judged| (lines.get(judged.line.wrapping_sub(1)).copied().unwrap_or_default(), judged)).collect()
}

fn refused(judged: &Judged) -> Finding {
    let Finding { message, object, hint, .. } = &judged.finding;
    let about = object.as_ref().map(|object| format!("{object}, ")).unwrap_or_default();
    let finding = Finding::error(
        Layer::Live,
        "frr-refuses-line",
        format!("FRR would refuse what follows from the change: {about}{message}"),
    );
    match hint {
        Some(hint) => finding.hint(hint.clone()),
        None => finding,
    }
}

/// What FRR on the firewall says about the file in force counts more than what is computed here.
fn frozen_by(before: &[(&str, Judged)], state: &PfsenseState) -> Option<String> {
    if let Some(check) = state.runtime.as_ref().and_then(|runtime| runtime.check.as_ref()) {
        return (!check.accepted).then(|| check.lines.join("; "));
    }
    let freezing = before.iter().find(|(_, judged)| judged.consequence == Consequence::FreezesReloads);
    freezing.map(|(_, judged)| judged.finding.message.clone())
}

/// Whether the file in force is what the settings make.
fn stale(conf: &ConfChange, state: &PfsenseState, context: &mut Context<'_>) {
    let Some(there) = state.runtime.as_ref().and_then(|runtime| runtime.frr_conf.as_deref()) else { return };
    if there == conf.before {
        return;
    }
    let lines = ConfChange { before: conf.before.clone(), after: there.to_owned() }.lines().len();
    let message = format!(
        "the frr.conf on the firewall is not what its settings make: {lines} lines differ, and a write brings all of them"
    );
    context.tell(Finding::warning(Layer::Live, "frr-conf-differs", message).hint(
        "compare it with `metalsense pfsense frr-conf`; it was edited by hand, or a save is not in force yet",
    ));
}
