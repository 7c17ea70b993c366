//! Rules over what is live: a snapshot, or both sides as they were read, beside the declaration.
//!
//! Pure. What a later apply will put right is said as well, because it is what the network does now;
//! what was never set up on either side is not: that is a difference and no mistake.
//!
//! | file | rules about |
//! | --- | --- |
//! | `view` | the live sides, arranged for the rules |
//! | `space` | pools, nodes and routers against every address in use |
//! | `firewall` | whether sessions and clients' traffic pass the rules |
//! | `sessions` | both ends of every session |
//! | `routes` | whether the routers take the routes |
//! | `nodes` | the cluster's nodes against the declared ones |
//! | `services` | addresses of services |
//! | `programs` | MetalLB's own programs, and others that do its work |
//! | `paths` | the way back |
//! | `leftover` | routers that are declared no more |
//! | [`complete`] | the judges, asked about everything that would be there |

pub mod complete;
mod firewall;
mod leftover;
mod nodes;
mod paths;
mod programs;
mod routes;
mod services;
mod sessions;
mod space;
#[cfg(test)]
#[allow(clippy::semicolon_if_nothing_returned, reason = "tables of short closures read better")]
mod tests;
mod view;

use crate::compile::Desired;
use crate::finding::{self, Finding, Layer};
use crate::intent::Intent;
use crate::observed::Observed;

/// Everything that the live sides show, for what is declared and compiled. Sorted by place.
pub fn live(intent: &Intent, desired: &Desired, observed: &Observed) -> Vec<Finding> {
    let view = view::View::new(intent, desired, observed);
    let mut findings = Vec::new();
    space::check(&view, &mut findings);
    leftover::check(intent, observed, &mut findings);
    firewall::check(&view, &mut findings);
    sessions::check(&view, &mut findings);
    routes::check(&view, &mut findings);
    nodes::check(&view, &mut findings);
    services::check(&view, &mut findings);
    programs::check(&view, &mut findings);
    paths::check(&view, &mut findings);
    findings.extend(complete::check(intent, desired, observed));
    finding::sort(&mut findings);
    findings
}

/// The part of [`live`] that no apply puts right: what the addresses of a network collide with, and
/// what is left where nothing is declared any more.
pub fn lasting(intent: &Intent, desired: &Desired, observed: &Observed) -> Vec<Finding> {
    let mut findings = Vec::new();
    leftover::check(intent, observed, &mut findings);
    space::check(&view::View::new(intent, desired, observed), &mut findings);
    findings
}

fn error(code: &'static str, message: impl Into<String>) -> Finding {
    Finding::error(Layer::Live, code, message)
}

fn warning(code: &'static str, message: impl Into<String>) -> Finding {
    Finding::warning(Layer::Live, code, message)
}

fn info(code: &'static str, message: impl Into<String>) -> Finding {
    Finding::info(Layer::Live, code, message)
}

/// Names for a message: all of a few, the number of the rest.
fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const SHOWN: usize = 4;
    let names: Vec<&str> = names.into_iter().collect();
    match names.len().checked_sub(SHOWN) {
        None | Some(0) => names.join(", "),
        Some(more) => {
            let shown: Vec<&str> = names.into_iter().take(SHOWN).collect();
            format!("{} and {more} more", shown.join(", "))
        }
    }
}
