//! The package's selection lists: what a reference from one entry to another may name.
//!
//! A reference to something that is not in its list is dropped without a message, so these lists
//! decide about filter lines. Built once per run. Knows no lines. Read next: `neighbors`, `maps`.

use super::entry::Entry;
use super::judge::{self, Family};
use super::php::Choices;
use super::sections::Sections;
use crate::pfsense::Value;

/// The lists by what they choose from. Every one contains the word `none`, except where noted.
#[derive(Clone, Debug)]
pub(super) struct Catalog {
    pub(super) access_lists: Choices,
    pub(super) prefix_lists: Choices,
    pub(super) prefix_lists_v4: Choices,
    pub(super) prefix_lists_v6: Choices,
    pub(super) route_maps: Choices,
    /// Route maps, and instead of `none` the four words of redistribution.
    pub(super) redistributions: Choices,
    /// Sequence numbers of all route-map entries, and `next`.
    pub(super) exits: Choices,
    pub(super) as_paths: Choices,
    pub(super) communities: Choices,
    /// Entries of the neighbor list that are no addresses.
    pub(super) groups: Choices,
    pub(super) next_hops: Choices,
}

impl Catalog {
    pub(super) fn new(sections: Sections<'_>) -> Self {
        let acls = sections.entries("frrglobalacls");
        let prefixes = sections.entries("frrglobalprefixes");
        let maps = sections.entries("frrglobalroutemaps");
        let neighbors = sections.entries("frrbgpneighbors");
        let peers = |addresses: bool| {
            neighbors
                .iter()
                .map(|entry| Entry(entry).text("peer"))
                .filter(move |peer| judge::is_ip(peer) == addresses)
        };
        Catalog {
            access_lists: list(lists_of(acls, &Family::BOTH)),
            prefix_lists: list(lists_of(prefixes, &Family::BOTH)),
            prefix_lists_v4: list(lists_of(prefixes, &[Family::V4])),
            prefix_lists_v6: list(lists_of(prefixes, &[Family::V6])),
            route_maps: list(names(maps, "name")),
            redistributions: ["no", "ipv4", "ipv6", "yes"].into_iter().chain(names(maps, "name")).collect(),
            exits: list(["next"].into_iter().chain(names(maps, "seq"))),
            as_paths: list(names(sections.entries("frrbgpaspaths"), "name")),
            communities: list(
                judge::WELL_KNOWN_COMMUNITIES
                    .into_iter()
                    .chain(names(sections.entries("frrbgpcommunities"), "name")),
            ),
            groups: list(peers(false)),
            next_hops: list(["local", "unchanged", "peer-address"].into_iter().chain(peers(true))),
        }
    }
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> Choices {
    ["none"].into_iter().chain(names).collect()
}

fn names<'a>(entries: &'a [Value], field: &str) -> impl Iterator<Item = &'a str> {
    entries.iter().map(move |entry| Entry(entry).text(field))
}

/// Names of the lists of some families; a list without a known family is in none.
fn lists_of<'a>(entries: &'a [Value], families: &[Family]) -> impl Iterator<Item = &'a str> {
    entries
        .iter()
        .map(Entry)
        .filter(move |list| {
            families.iter().any(|family| list.text("iptype").eq_ignore_ascii_case(family.name()))
        })
        .map(|list| list.text("name"))
}
