//! Local preference: one route can carry only one.
//!
//! Two advertisements of one pool with different local preferences are refused unless something keeps
//! their routes apart: the aggregation length, the peers or the nodes. Advertisements that agree in all
//! of these are one class, and pools with the same classes are looked at once, so that thousands of
//! objects come down to a few comparisons.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::advertisements::Advertisements;
use super::nodes::NodeSets;
use super::pools::Pool;
use crate::metallb::judge::set::{Report, Set};
use crate::metallb::version::Version;

/// Everything about an advertisement that decides here.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Class<'s> {
    local_pref: u32,
    length: i32,
    length_v6: i32,
    peers: BTreeSet<&'s str>,
    nodes: usize,
}

/// What kinds of entries a pool has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Families {
    v4: bool,
    v6: bool,
    /// A range across families.
    mixed: bool,
}

pub(super) fn judge(report: &mut Report<'_>, set: &Set<'_>, pools: &[Pool<'_>], ads: &Advertisements<'_>) {
    let mut nodes = NodeSets::new(&set.nodes);
    let mut ids: HashMap<Class<'_>, usize> = HashMap::new();
    let mut classes: Vec<Class<'_>> = Vec::new();
    // For each class the first advertisement that means every pool; for each pool those that mean it.
    let mut everywhere: Vec<(usize, usize)> = Vec::new();
    let mut of_pool: HashMap<usize, Vec<(usize, usize)>> = HashMap::new();
    for (at, ad) in ads.all.iter().enumerate() {
        let spec = &ad.item.object.spec;
        if !spec.service_selectors.is_empty() {
            continue;
        }
        let class = Class {
            local_pref: spec.local_pref.unwrap_or(0),
            length: spec.aggregation_length.unwrap_or(32),
            length_v6: spec.aggregation_length_v6.unwrap_or(128),
            peers: spec.peers.iter().map(String::as_str).collect(),
            nodes: nodes.select(&spec.node_selectors),
        };
        let id = *ids.entry(class.clone()).or_insert(classes.len());
        if id == classes.len() {
            classes.push(class);
        }
        if ad.every_pool {
            if !everywhere.iter().any(|(known, _)| *known == id) {
                everywhere.push((id, at));
            }
        } else {
            for pool in &ad.pools {
                of_pool.entry(*pool).or_default().push((id, at));
            }
        }
    }
    if classes.iter().all(|class| Some(class.local_pref) == classes.first().map(|c| c.local_pref)) {
        return;
    }
    let judge = Pairs { version: report.judge.version, classes: &classes, nodes: &nodes };
    let mut known: HashMap<(Vec<usize>, Families), Vec<Pair>> = HashMap::new();
    let mut told: HashSet<(usize, Clash)> = HashSet::new();
    for (at, pool) in pools.iter().enumerate() {
        let mut first: HashMap<usize, usize> = HashMap::new();
        for (id, ad) in everywhere.iter().chain(of_pool.get(&at).into_iter().flatten()) {
            first.entry(*id).and_modify(|kept| *kept = (*kept).min(*ad)).or_insert(*ad);
        }
        let mut present: Vec<usize> = first.keys().copied().collect();
        present.sort_unstable();
        let families = families(pool);
        let clashes = known
            .entry((present, families))
            .or_insert_with_key(|(present, _)| judge.clashes(present, families));
        for (a, b, clash) in clashes {
            let (Some(a), Some(b)) = (first.get(a), first.get(b)) else { continue };
            let (earlier, later) = (*a.min(b), *a.max(b));
            if told.insert((later, *clash)) {
                tell(report, pool, ads, earlier, later, *clash);
            }
        }
    }
}

/// What becomes of two classes on one pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Clash {
    /// Refused.
    Conflict,
    /// The comparison itself fails on a range across families.
    Crash,
}

/// Two classes that clash, and how.
type Pair = (usize, usize, Clash);

struct Pairs<'c, 's> {
    version: Version,
    classes: &'c [Class<'c>],
    nodes: &'c NodeSets<'s>,
}

impl Pairs<'_, '_> {
    /// For each class the first other one that it clashes with.
    fn clashes(&self, present: &[usize], families: Families) -> Vec<Pair> {
        let mut found = Vec::new();
        for (at, a) in present.iter().enumerate() {
            let earlier = present.get(..at).unwrap_or_default();
            let clash = earlier.iter().find_map(|b| {
                let pair = (self.classes.get(*a)?, self.classes.get(*b)?);
                Some((*a, *b, self.clash(pair.0, pair.1, families)?))
            });
            found.extend(clash);
        }
        found
    }

    fn clash(&self, a: &Class<'_>, b: &Class<'_>, families: Families) -> Option<Clash> {
        if a.local_pref == b.local_pref {
            return None;
        }
        if families.mixed && self.version >= Version::V0_15_0 {
            return Some(Clash::Crash);
        }
        let disjoint_peers = !a.peers.is_empty() && !b.peers.is_empty() && a.peers.is_disjoint(&b.peers);
        let apart = self.other_routes(a, b, families) || disjoint_peers || !self.nodes.meet(a.nodes, b.nodes);
        (!apart).then_some(Clash::Conflict)
    }

    /// Whether the aggregation lengths make other routes of the same pool.
    fn other_routes(&self, a: &Class<'_>, b: &Class<'_>, families: Families) -> bool {
        let (v4, v6) = (a.length != b.length, a.length_v6 != b.length_v6);
        if self.version < Version::V0_15_0 {
            return v4 && v6;
        }
        match families {
            Families { v4: false, v6: false, .. } => true,
            Families { v6: false, .. } if v4 => true,
            Families { v4: false, .. } if v6 => true,
            _ => v4 && v6,
        }
    }
}

fn families(pool: &Pool<'_>) -> Families {
    let mut families = Families::default();
    for (_, entry) in &pool.entries {
        families.mixed |= entry.mixed;
        families.v4 |= !entry.mixed && entry.is_v4();
        families.v6 |= !entry.mixed && !entry.is_v4();
    }
    families
}

fn tell(
    report: &mut Report<'_>,
    pool: &Pool<'_>,
    ads: &Advertisements<'_>,
    earlier: usize,
    later: usize,
    clash: Clash,
) {
    let (Some(earlier), Some(later)) = (ads.all.get(earlier), ads.all.get(later)) else { return };
    let pref = |at: &super::advertisements::Advertisement<'_>| at.item.object.spec.local_pref.unwrap_or(0);
    match clash {
        Clash::Conflict => {
            let message = format!(
                "localPref is {}, but {} announces the same routes of pool {} with {}",
                pref(later),
                earlier.item.manifest.title(),
                pool.name(),
                pref(earlier)
            );
            let pointer = "/spec/localPref";
            let finding = later.item.error(report.layer, "adv-localpref-conflict", pointer, message);
            report.findings.push(earlier.item.label(finding, pointer, "the other one"));
        }
        Clash::Crash => {
            let mixed = pool.entries.iter().find(|(_, entry)| entry.mixed);
            let Some((index, _)) = mixed else { return };
            let message = format!(
                "{} runs from one address family to the other, and metallb crashes when it compares the \
                 local preferences of {} and {} for it",
                pool.written(*index),
                earlier.item.manifest.title(),
                later.item.manifest.title()
            );
            report.error(pool.item, "pool-range-families", &format!("/spec/addresses/{index}"), message);
        }
    }
}
