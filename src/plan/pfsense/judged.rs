//! What FRR on the firewall says about the file in force, and what a daemon will say about ours.
//!
//! A line that FRR cannot parse keeps every reload from taking effect, whoever wrote it; where that is
//! seen from the settings alone, the guards of a whole difference tell it. Here is what a running
//! firewall adds, and lines that FRR parses and a daemon then refuses.

use super::{Context, Guard, PfsenseState};
use crate::finding::{Finding, Layer};
use crate::frr::judge::{Consequence, FrrVersion, Judged, judge};
use crate::plan::conf::ConfChange;

/// Judges the text before and after.
pub(super) fn check(conf: &ConfChange, state: &PfsenseState, changes: bool, context: &mut Context<'_>) {
    // Which FRR the package brings is not part of its version.
    let version = FrrVersion::Unmeasured;
    if changes {
        let before = bad_lines(&conf.before, version);
        for (line, judged) in bad_lines(&conf.after, version) {
            if !before.iter().any(|(known, _)| *known == line) {
                context.refuse(Guard::Judge, refused(&judged));
            }
        }
    }
    let check = state.runtime.as_ref().and_then(|runtime| runtime.check.as_ref());
    let freezes = |text: &str| {
        let judged = judge(text.as_bytes(), version);
        judged.iter().any(|judged| judged.consequence == Consequence::FreezesReloads)
    };
    let cures = changes && freezes(&conf.before) && !freezes(&conf.after);
    if let Some(check) = check.filter(|check| !check.accepted && !cures) {
        let message = format!("no reload of FRR takes effect: {}", check.lines.join("; "));
        let finding = Finding::error(Layer::Live, "reload-frozen", message)
            .hint("correct or remove the line in the package's forms; until then only a restart brings changes, and it drops every session");
        if changes {
            context.refuse(Guard::Judge, finding);
        } else {
            context.tell(Finding { severity: crate::finding::Severity::Warning, ..finding });
        }
    }
    stale(conf, state, context);
}

/// Lines that a daemon refuses, by their text.
fn bad_lines(text: &str, version: FrrVersion) -> Vec<(&str, Judged)> {
    let lines: Vec<&str> = text.lines().collect();
    let bad = judge(text.as_bytes(), version)
        .into_iter()
        .filter(|judged| judged.consequence == Consequence::LineRefused);
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
