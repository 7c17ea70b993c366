//! Rules about advertisements of both kinds, except local preference.

use std::collections::{HashMap, HashSet};

use super::pools::Pool;
use super::selectors::{check, check_texts, fault};
use crate::metallb::community::{CommunityError, CommunityValue};
use crate::metallb::judge::set::{Of, Report, Set};
use crate::metallb::kinds::{BgpAdvertisementSpec, L2AdvertisementSpec};
use crate::metallb::labels::LabelSelector;

/// A BGP advertisement with the pools that it selects.
pub(in crate::metallb::judge) struct Advertisement<'s> {
    pub(in crate::metallb::judge) item: &'s Of<'s, BgpAdvertisementSpec>,
    /// It names none and selects none, and so means all.
    pub(in crate::metallb::judge) every_pool: bool,
    /// Otherwise: positions in the list of pools, each once, in order.
    pub(in crate::metallb::judge) pools: Vec<usize>,
}

/// All BGP advertisements, in order of their names.
pub(in crate::metallb::judge) struct Advertisements<'s> {
    pub(in crate::metallb::judge) all: Vec<Advertisement<'s>>,
    first_for_every: Option<&'s Of<'s, BgpAdvertisementSpec>>,
    first_for: HashMap<usize, &'s Of<'s, BgpAdvertisementSpec>>,
}

impl<'s> Advertisements<'s> {
    /// Finds the pools of each.
    pub(in crate::metallb::judge) fn resolve(set: &Set<'s>) -> Self {
        let mut pools = PoolSelection::new(set);
        let mut ads = Advertisements { all: Vec::new(), first_for_every: None, first_for: HashMap::new() };
        for item in &set.bgp {
            let spec = &item.object.spec;
            let every_pool = spec.ip_address_pools.is_empty() && spec.ip_address_pool_selectors.is_empty();
            let pools = pools.select(&spec.ip_address_pools, &spec.ip_address_pool_selectors);
            if every_pool {
                ads.first_for_every.get_or_insert(item);
            }
            for pool in &pools {
                ads.first_for.entry(*pool).or_insert(item);
            }
            ads.all.push(Advertisement { item, every_pool, pools });
        }
        ads
    }

    /// An advertisement that selects this pool.
    pub(in crate::metallb::judge) fn first_selecting(
        &self,
        pool: usize,
    ) -> Option<&'s Of<'s, BgpAdvertisementSpec>> {
        self.first_for.get(&pool).copied().or(self.first_for_every)
    }
}

/// Finds pools by name and by label, each list of selectors once.
pub(in crate::metallb::judge) struct PoolSelection<'s> {
    set: Set<'s>,
    by_name: HashMap<&'s str, Vec<usize>>,
    by_selectors: HashMap<Vec<LabelSelector>, Vec<usize>>,
}

impl<'s> PoolSelection<'s> {
    pub(in crate::metallb::judge) fn new(set: &Set<'s>) -> Self {
        let mut by_name: HashMap<&'s str, Vec<usize>> = HashMap::new();
        for (at, pool) in set.pools.iter().enumerate() {
            by_name.entry(pool.object.metadata.name.as_str()).or_default().push(at);
        }
        PoolSelection { set: set.clone(), by_name, by_selectors: HashMap::new() }
    }

    /// Positions of the pools with these names or labels.
    pub(in crate::metallb::judge) fn select(
        &mut self,
        names: &[String],
        selectors: &[LabelSelector],
    ) -> Vec<usize> {
        let mut found: Vec<usize> =
            names.iter().filter_map(|name| self.by_name.get(name.as_str())).flatten().copied().collect();
        if !selectors.is_empty() {
            found.extend(self.matching(selectors));
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    fn matching(&mut self, selectors: &[LabelSelector]) -> &[usize] {
        if !self.by_selectors.contains_key(selectors) {
            let pools = self.set.pools.iter().enumerate();
            let chosen = pools.filter(|(_, pool)| {
                selectors.iter().any(|selector| selector.matches(&pool.object.metadata.labels))
            });
            let chosen = chosen.map(|(at, _)| at).collect();
            self.by_selectors.insert(selectors.to_vec(), chosen);
        }
        self.by_selectors.get(selectors).map_or(&[], Vec::as_slice)
    }
}

pub(super) fn judge(report: &mut Report<'_>, set: &Set<'_>, pools: &[Pool<'_>], ads: &Advertisements<'_>) {
    for item in &set.l2 {
        l2(report, item);
    }
    // Names count even where their value is unreadable: that is told at the value.
    let aliases: HashSet<&str> = set
        .communities
        .iter()
        .flat_map(|item| &item.object.spec.communities)
        .map(|alias| alias.name.as_str())
        .collect();
    let longest = Longest::of_all(pools);
    for ad in &ads.all {
        bgp(report, ad.item);
        communities(report, ad.item, &aliases);
        aggregation(report, ad, pools, &longest);
    }
    duplicates(report, set);
}

fn l2(report: &mut Report<'_>, item: &Of<'_, L2AdvertisementSpec>) {
    let spec = &item.object.spec;
    check_texts(report, item, &spec.ip_address_pools, "/spec/ipAddressPools", "l2-dup-pool");
    for (selectors, pointer) in [
        (&spec.ip_address_pool_selectors, "/spec/ipAddressPoolSelectors"),
        (&spec.node_selectors, "/spec/nodeSelectors"),
        (&spec.service_selectors, "/spec/serviceSelectors"),
    ] {
        check(report, item, selectors, pointer, "l2-dup-selector", "l2-bad-selector");
    }
    for (index, preferred) in spec.preferred_node_selectors.iter().enumerate() {
        if let Some((inner, reason)) = fault(&preferred.preference) {
            let pointer = format!("/spec/preferredNodeSelectors/{index}/preference{inner}");
            report.error(item, "l2-bad-selector", &pointer, format!("preferredNodeSelectors: {reason}"));
        }
    }
}

fn bgp(report: &mut Report<'_>, item: &Of<'_, BgpAdvertisementSpec>) {
    let spec = &item.object.spec;
    check_texts(report, item, &spec.ip_address_pools, "/spec/ipAddressPools", "adv-dup-pool");
    check_texts(report, item, &spec.peers, "/spec/peers", "adv-dup-peer");
    for (selectors, pointer) in [
        (&spec.ip_address_pool_selectors, "/spec/ipAddressPoolSelectors"),
        (&spec.node_selectors, "/spec/nodeSelectors"),
        (&spec.service_selectors, "/spec/serviceSelectors"),
    ] {
        check(report, item, selectors, pointer, "adv-dup-selector", "adv-bad-selector");
    }
    for (field, length, whole, rule) in [
        ("aggregationLength", spec.aggregation_length, 32, "adv-agg-too-long"),
        ("aggregationLengthV6", spec.aggregation_length_v6, 128, "adv-agg-v6-too-long"),
    ] {
        let Some(length) = length else { continue };
        let pointer = format!("/spec/{field}");
        if length > whole {
            let message = format!("{field} is {length}, but an address has {whole} bits");
            report.error(item, rule, &pointer, message);
        }
        if length != whole && !spec.service_selectors.is_empty() {
            let message = format!("{field} is {length}, but with serviceSelectors it must be {whole}");
            report.error(item, "adv-service-selector-agg", &pointer, message);
        }
    }
}

fn communities(report: &mut Report<'_>, item: &Of<'_, BgpAdvertisementSpec>, aliases: &HashSet<&str>) {
    let webhook = report.is_webhook();
    let mut seen = HashSet::new();
    for (index, text) in item.object.spec.communities.iter().enumerate() {
        // The webhook leaves aliases alone, and takes for one what has no colon.
        if webhook && !text.contains(':') {
            continue;
        }
        let pointer = format!("/spec/communities/{index}");
        if !seen.insert(text) {
            let message = format!("communities names `{text}` twice");
            report.error(item, "adv-dup-community", &pointer, message);
        }
        if aliases.contains(text.as_str()) {
            continue;
        }
        match text.parse::<CommunityValue>() {
            Ok(_) => {}
            Err(CommunityError::Value(reason)) => {
                report.error(item, "adv-community-value", &pointer, format!("`{text}`: {reason}"));
            }
            Err(CommunityError::Format) => {
                let message = if webhook {
                    format!("`{text}` has a colon, so the webhook takes it for a value and not for an alias")
                } else {
                    format!("`{text}` is no community, and no Community object defines that name")
                };
                report.error(item, "adv-community-unknown", &pointer, message);
            }
        }
    }
}

/// The entry with the longest prefix of each family: it decides how short routes may be.
#[derive(Default)]
struct Longest {
    v4: Option<(u8, usize, usize)>,
    v6: Option<(u8, usize, usize)>,
}

impl Longest {
    fn of_all(pools: &[Pool<'_>]) -> Self {
        let mut longest = Longest::default();
        (0..pools.len()).for_each(|at| longest.take(pools, at));
        longest
    }

    fn take(&mut self, pools: &[Pool<'_>], at: usize) {
        for (index, entry) in pools.get(at).map_or(&[][..], |pool| &pool.entries) {
            if entry.mixed {
                continue;
            }
            let kept = if entry.is_v4() { &mut self.v4 } else { &mut self.v6 };
            if kept.is_none_or(|(length, ..)| length < entry.length) {
                *kept = Some((entry.length, at, *index));
            }
        }
    }
}

fn aggregation(report: &mut Report<'_>, ad: &Advertisement<'_>, pools: &[Pool<'_>], of_all: &Longest) {
    let mut own = Longest::default();
    ad.pools.iter().for_each(|at| own.take(pools, *at));
    let longest = if ad.every_pool { of_all } else { &own };
    let spec = &ad.item.object.spec;
    for (field, length, worst) in [
        ("aggregationLength", spec.aggregation_length.unwrap_or(32), longest.v4),
        ("aggregationLengthV6", spec.aggregation_length_v6.unwrap_or(128), longest.v6),
    ] {
        let Some((entry_length, at, index)) = worst.filter(|(worst, ..)| length < i32::from(*worst)) else {
            continue;
        };
        let Some(pool) = pools.get(at) else { continue };
        let message = format!(
            "{field} is {length}, but {} of pool {} has no block larger than /{entry_length}",
            pool.written(index),
            pool.name()
        );
        let pointer = format!("/spec/{field}");
        let finding = ad.item.error(report.layer, "adv-agg-shorter-than-pool", &pointer, message);
        let place = format!("/spec/addresses/{index}");
        report.findings.push(pool.item.label(finding, &place, "this range"));
    }
}

/// The same object twice, name included: only in a pile of files.
fn duplicates(report: &mut Report<'_>, set: &Set<'_>) {
    let mut by_name: HashMap<&str, Vec<&Of<'_, BgpAdvertisementSpec>>> = HashMap::new();
    for item in &set.bgp {
        let earlier = by_name.entry(item.object.metadata.name.as_str()).or_default();
        if earlier.iter().any(|other| other.object == item.object) {
            let message = "the same advertisement is there twice".into();
            report.error(item, "adv-duplicate-object", "/metadata/name", message);
        }
        earlier.push(item);
    }
}
