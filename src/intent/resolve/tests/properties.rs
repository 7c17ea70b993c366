//! Whatever is written: no panic, and what resolves keeps the promises of the model.

use std::collections::HashSet;

use proptest::prelude::*;

use super::*;
use crate::intent::{Family, Topology, naming};

/// Values that are good, bad or nearly good, for any place.
const VALUES: &[&str] = &[
    "0",
    "-1",
    "64500",
    "4294967296",
    "1.5",
    "\"1.10\"",
    "edge",
    "\"\"",
    "\"-\"",
    "192.168.4.1",
    "192.168.4.01",
    "10.0.0.0/8",
    "10.0.0.9-10.0.0.1",
    "0.0.0.0/0",
    "\"::/0\"",
    "\"::ffff:1.2.3.4\"",
    "fe80::1",
    "[]",
    "{}",
    "[a, a]",
    "true",
    "90s",
    "0s",
    "999999h",
    "\"\\n\\u0007\"",
    "no-export",
    "\"large:1:2:3\"",
    "all",
    "n2",
    "fw",
    "ü",
    "null",
    "[192.168.4.1, \"2001:db8::1\"]",
    "\"192.168.33.8 - 192.168.33.15\"",
];

fn scalars(text: &str) -> Vec<(usize, usize)> {
    // Everything behind `: ` up to a comma, bracket or line end.
    let mut found = Vec::new();
    for (start, _) in text.match_indices(": ") {
        let start = start + 2;
        let rest = &text[start..];
        let end = rest.find([',', '\n', '}', ']']).map_or(text.len(), |end| start + end);
        found.push((start, end));
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn resolving_never_panics_and_keeps_its_promises(
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..4),
    ) {
        let mut text = BASE.to_owned();
        for (which, value) in edits {
            let places = scalars(&text);
            let (start, end) = places[which.index(places.len())];
            text.replace_range(start..end, VALUES[value.index(VALUES.len())]);
        }
        let resolved = run(&text);
        for intent in resolved.intents.iter().flatten() {
            promises(intent);
        }
    }
}

fn promises(intent: &Intent) {
    for node in &intent.nodes {
        assert!((1..=2).contains(&node.addresses.len()));
    }
    for peer in &intent.peers {
        assert!((1..=2).contains(&peer.members.len()));
        for member in &peer.members {
            assert!(peer.absent || !member.addresses.is_empty());
            let families: HashSet<_> = member.addresses.iter().map(|a| Family::of(a.value)).collect();
            assert_eq!(families.len(), member.addresses.len());
        }
        if let Some(bfd) = &peer.bfd {
            assert!(intent.bfd_profiles.contains_key(&bfd.value));
        }
    }
    let ranges: Vec<_> = intent.pools.iter().flat_map(|pool| &pool.ranges).collect();
    for (i, a) in ranges.iter().enumerate() {
        assert!(ranges[..i].iter().all(|b| !a.overlaps(b)), "{a:?}");
        for host in intent.nodes.iter().flat_map(|node| &node.addresses) {
            assert!(!a.contains(host.value));
        }
    }
    for pool in &intent.pools {
        assert!(!pool.ranges.is_empty());
        assert_eq!(pool.ranges.len(), pool.entries.len());
        for told in pool.advertisements.iter().filter_map(|a| a.peers.as_ref()) {
            assert!(told.iter().all(|&peer| peer < intent.peers.len()));
        }
    }
    let topology = Topology::new(intent);
    let objects = naming::peer_objects(&topology);
    let names: HashSet<_> = objects.iter().map(|object| &object.name).collect();
    assert_eq!(names.len(), objects.len());
    for session in topology.sessions() {
        assert_eq!(session.node_address.is_ipv4(), session.router_address.is_ipv4());
    }
}
