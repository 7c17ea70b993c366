//! Checks: rules over declaration, intent, desired and live, one family a file; findings as data.
//!
//! Pure. Never prints, never decides what is done about a finding. A rule speaks only where what it
//! knows is certain: a false alarm costs more trust than it is worth.
//!
//! | file | rules about |
//! | --- | --- |
//! | `addresses` | pools beside subnets, both ways of announcing, addresses that some clients avoid |
//! | `announcing` | who announces what to whom |
//! | [`live`] | both live sides |
//! | `preference` | local preference |
//! | `sessions` | timers, and routers that are some hops away |
//! | `unmanaged` | what another team says about its router |
//! | [`policy`] | severities and acceptances |
//!
//! What makes a declaration meaningless is found by `intent::resolve`; what MetalLB refuses, by
//! `metallb::judge`. Codes and their pages are in `finding::codes`.

mod addresses;
mod announcing;
pub mod live;
pub mod policy;
mod preference;
mod sessions;
#[cfg(test)]
mod tests;
mod unmanaged;

use crate::compile::Target;
use crate::finding::{self, Finding, Layer};
use crate::intent::{Intent, Topology};

pub use policy::{Reach, apply_policy, without_repetitions};

/// Everything that the declaration alone shows, for the MetalLB it is compiled for. Sorted by place.
pub fn declaration(intent: &Intent, target: &Target) -> Vec<Finding> {
    let topology = Topology::new(intent);
    let mut findings = Vec::new();
    addresses::check(intent, &mut findings);
    announcing::check(&topology, target, &mut findings);
    preference::check(&topology, target, &mut findings);
    sessions::check(&topology, target, &mut findings);
    unmanaged::check(&topology, &mut findings);
    finding::sort(&mut findings);
    findings
}

fn warning(code: &'static str, message: impl Into<String>) -> Finding {
    Finding::warning(Layer::Intent, code, message)
}

fn info(code: &'static str, message: impl Into<String>) -> Finding {
    Finding::info(Layer::Intent, code, message)
}
