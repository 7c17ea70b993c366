//! Local preference: one route can carry only one.
//!
//! Two advertisements of one pool with different local preferences are refused unless something keeps
//! their routes apart: the aggregation length, the peers or the nodes. Advertisements that agree in all
//! of these are one class, and pools with the same classes are looked at once, so that thousands of
//! objects come down to a few comparisons.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::advertisements::Advertisements;
use super::nodes::NodeSets;
use super::pools::Pool;
use crate::metallb::judge::set::{Report, Set};
use crate::metallb::version::Version;

/// Everything about an advertisement that decides here.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Class {
    local_pref: u32,
    length: i32,
    length_v6: i32,
    /// Numbers of their names, sorted, each once; none means all.
    peers: Vec<u32>,
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
    let mut names: HashMap<&str, u32> = HashMap::new();
    let mut ids: HashMap<Class, usize> = HashMap::new();
    let mut classes: Vec<Class> = Vec::new();
    // For each class the first advertisement that means every pool; for each pool those that mean it.
    let mut everywhere: BTreeMap<usize, usize> = BTreeMap::new();
    let mut of_pool: HashMap<usize, BTreeMap<usize, usize>> = HashMap::new();
    for (at, ad) in ads.all.iter().enumerate() {
        let spec = &ad.item.object.spec;
        if !spec.service_selectors.is_empty() {
            continue;
        }
        let mut peers: Vec<u32> = Vec::new();
        for peer in &spec.peers {
            // A file cannot hold as many names as there are numbers.
            let next = u32::try_from(names.len()).unwrap_or(u32::MAX);
            peers.push(*names.entry(peer).or_insert(next));
        }
        peers.sort_unstable();
        peers.dedup();
        let class = Class {
            local_pref: spec.local_pref.unwrap_or(0),
            length: spec.aggregation_length.unwrap_or(32),
            length_v6: spec.aggregation_length_v6.unwrap_or(128),
            peers,
            nodes: nodes.select(&spec.node_selectors),
        };
        let id = *ids.entry(class.clone()).or_insert(classes.len());
        if id == classes.len() {
            classes.push(class);
        }
        if ad.every_pool {
            everywhere.entry(id).or_insert(at);
        } else {
            for pool in &ad.pools {
                of_pool.entry(*pool).or_default().entry(id).or_insert(at);
            }
        }
    }
    if classes.iter().all(|class| Some(class.local_pref) == classes.first().map(|c| c.local_pref)) {
        return;
    }
    let judge = Pairs { version: report.judge.version, classes: &classes, nodes: &nodes };
    let mut common = Earlier::default();
    everywhere.keys().for_each(|id| common.add(*id, &classes));
    let none = BTreeMap::new();
    let mut told: HashSet<(usize, Clash)> = HashSet::new();
    // What means every pool is compared and told once for each mixture of families; what means some
    // pools is compared once for each list of classes, and told for each pool.
    let mut mixtures: HashSet<Families> = HashSet::new();
    let mut known: HashMap<(Vec<usize>, Families), Vec<Pair>> = HashMap::new();
    for (at, pool) in pools.iter().enumerate() {
        let families = families(pool);
        let own = of_pool.get(&at).unwrap_or(&none);
        let mut clashes = Vec::new();
        if mixtures.insert(families) {
            clashes.extend(judge.clashes(&Earlier::default(), everywhere.keys(), families));
        }
        let ids: Vec<usize> = own.keys().copied().filter(|id| !everywhere.contains_key(id)).collect();
        if !ids.is_empty() {
            let pairs = known.entry((ids, families));
            clashes.extend(pairs.or_insert_with_key(|(ids, _)| judge.clashes(&common, ids, families)).iter());
        }
        for (a, b, clash) in clashes {
            let ad = |id| everywhere.get(id).or_else(|| own.get(id));
            let (Some(a), Some(b)) = (ad(&a), ad(&b)) else { continue };
            let (earlier, later) = (*a.min(b), *a.max(b));
            if told.insert((later, clash)) {
                tell(report, pool, ads, earlier, later, clash);
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
    classes: &'c [Class],
    nodes: &'c NodeSets<'s>,
}

impl Pairs<'_, '_> {
    /// For each of the classes one that it clashes with, among the common ones and those before it.
    fn clashes<'i>(
        &self,
        common: &Earlier,
        ids: impl IntoIterator<Item = &'i usize>,
        families: Families,
    ) -> Vec<Pair> {
        let mut before = Earlier::default();
        let mut found = Vec::new();
        for id in ids {
            found.extend(
                self.clashing(*id, common, families).or_else(|| self.clashing(*id, &before, families)),
            );
            before.add(*id, self.classes);
        }
        found
    }

    fn clashing(&self, id: usize, others: &Earlier, families: Families) -> Option<Pair> {
        let class = self.classes.get(id)?;
        let pair =
            |other: &usize| Some((id, *other, self.clash(class, self.classes.get(*other)?, families)?));
        match others.with_common_peer(class) {
            // Where ranges cross the families, nothing but the preference is looked at.
            Some(mut near) if !families.mixed => near.find_map(pair),
            _ => others.all.iter().find_map(pair),
        }
    }

    fn clash(&self, a: &Class, b: &Class, families: Families) -> Option<Clash> {
        if a.local_pref == b.local_pref {
            return None;
        }
        if families.mixed && self.version >= Version::V0_15_0 {
            return Some(Clash::Crash);
        }
        let disjoint_peers = !a.peers.is_empty() && !b.peers.is_empty() && !have_common(&a.peers, &b.peers);
        let apart = self.other_routes(a, b, families) || disjoint_peers || !self.nodes.meet(a.nodes, b.nodes);
        (!apart).then_some(Clash::Conflict)
    }

    /// Whether the aggregation lengths make other routes of the same pool.
    fn other_routes(&self, a: &Class, b: &Class, families: Families) -> bool {
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

/// Classes that others are compared with, by peer: thousands of advertisements with a peer each must not
/// be compared in pairs.
#[derive(Default)]
struct Earlier {
    all: Vec<usize>,
    for_every_peer: Vec<usize>,
    by_peer: HashMap<u32, Vec<usize>>,
}

impl Earlier {
    fn add(&mut self, id: usize, classes: &[Class]) {
        let Some(class) = classes.get(id) else { return };
        self.all.push(id);
        if class.peers.is_empty() {
            self.for_every_peer.push(id);
        }
        for peer in &class.peers {
            self.by_peer.entry(*peer).or_default().push(id);
        }
    }

    /// Those that share a peer with the class; `None` where that is no less work than taking all.
    fn with_common_peer(&self, class: &Class) -> Option<impl Iterator<Item = &usize>> {
        let lists = || class.peers.iter().filter_map(|peer| self.by_peer.get(peer));
        let count = self.for_every_peer.len() + lists().map(Vec::len).sum::<usize>();
        let fewer = !class.peers.is_empty() && count < self.all.len();
        fewer.then(|| self.for_every_peer.iter().chain(lists().flatten()))
    }
}

/// Whether two sorted lists share a number.
fn have_common(a: &[u32], b: &[u32]) -> bool {
    let (few, many) = if a.len() < b.len() { (a, b) } else { (b, a) };
    few.iter().any(|number| many.binary_search(number).is_ok())
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
