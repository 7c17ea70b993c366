//! Routers that were taken out of the declaration and still hold our part.

use super::warning;
use crate::finding::Finding;
use crate::intent::Intent;
use crate::observed::Observed;

pub(super) fn check(intent: &Intent, observed: &Observed, findings: &mut Vec<Finding>) {
    let network = &intent.name;
    // Names of networks hold no dots, so that this is no other network's.
    let ours = format!("metalsense.{}.", network.value);
    for router in &observed.others {
        if !router.bytes.windows(ours.len()).any(|window| window == ours.as_bytes()) {
            continue;
        }
        let path = &router.path;
        let message = format!(
            "{path}: holds our part of network {}, and no peer of that name is declared",
            network.value
        );
        let finding = warning("router-left-behind", message).at(network.place).on(path.clone());
        findings.push(finding.hint("declare the peer with `absent: true` and apply, then take it out"));
    }
}
