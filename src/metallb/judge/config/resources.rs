//! Rules about BFD profiles and community names.

use std::collections::{HashMap, HashSet};

use crate::metallb::community::CommunityValue;
use crate::metallb::judge::set::{Report, Set};

pub(super) fn bfd_profiles(report: &mut Report<'_>, set: &Set<'_>) {
    let mut names = HashSet::new();
    for item in &set.bfd {
        let spec = &item.object.spec;
        for (field, value, low, high) in [
            ("detectMultiplier", spec.detect_multiplier, 2, 255),
            ("receiveInterval", spec.receive_interval, 10, 60_000),
            ("transmitInterval", spec.transmit_interval, 10, 60_000),
            ("minimumTtl", spec.minimum_ttl, 1, 254),
            ("echoInterval", spec.echo_interval, 10, 60_000),
        ] {
            if let Some(value) = value.filter(|value| !(low..=high).contains(value)) {
                let message = format!("{field} is {value}, but must be {low} to {high}");
                report.error(item, "bfd-range", &format!("/spec/{field}"), message);
            }
        }
        let name = &item.object.metadata.name;
        if !names.insert(name) {
            let message = format!("another profile has the name {name} too");
            report.error(item, "bfd-dup-name", "/metadata/name", message);
        }
    }
}

pub(super) fn communities(report: &mut Report<'_>, set: &Set<'_>) {
    let mut names = HashMap::new();
    for item in &set.communities {
        for (index, alias) in item.object.spec.communities.iter().enumerate() {
            let pointer = format!("/spec/communities/{index}");
            if let Err(error) = alias.value.parse::<CommunityValue>() {
                let message = format!("`{}`, the value of {}, {error}", alias.value, alias.name);
                report.error(item, "community-bad-value", &format!("{pointer}/value"), message);
            } else if let Some((other, other_pointer)) = names.insert(&alias.name, (item, pointer.clone())) {
                let place = if other.order == item.order { "this object" } else { &other.manifest.title() };
                let message = format!("the name {} is defined in {place} already", alias.name);
                let finding =
                    item.error(report.layer, "community-dup-alias", &format!("{pointer}/name"), message);
                let pointer = format!("{other_pointer}/name");
                report.findings.push(other.label(finding, &pointer, "the other definition"));
            }
        }
    }
}
