//! MetalLB's configuration parser: would a speaker load this set?
//!
//! The parser stops at its first error; here every rule that fires is told, because one of them after
//! the other is a long way to a working configuration. One error makes the whole set invalid.

mod advertisements;
mod backends;
mod local_pref;
pub(super) mod nodes;
mod peers;
pub(super) mod pools;
mod resources;
mod selectors;

pub(super) use advertisements::{Advertisements, PoolSelection};

use super::set::{Report, Set};

/// Runs all rules over one set.
pub(super) fn judge(report: &mut Report<'_>, set: &Set<'_>) {
    let entries = pools::read(set);
    let ads = Advertisements::resolve(set);
    resources::bfd_profiles(report, set);
    resources::communities(report, set);
    peers::judge(report, set);
    pools::judge(report, set, &entries);
    advertisements::judge(report, set, &entries, &ads);
    local_pref::judge(report, set, &entries, &ads);
    if report.judge.backend.is_frr() {
        backends::frr(report, set);
        backends::echo(report, set, &entries, &ads);
    } else {
        backends::native(report, set, &entries, &ads);
    }
}
