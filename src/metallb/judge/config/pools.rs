//! Rules about pools.

use std::collections::HashMap;

use super::selectors::{check, repeated};
use crate::metallb::address::{Entry, EntryError, is_v4, narrow, wide};
use crate::metallb::judge::set::{Of, Report, Set};
use crate::metallb::kinds::IpAddressPoolSpec;
use crate::metallb::version::Version;

/// A pool with its entries read; unreadable ones are left out.
pub(in crate::metallb::judge) struct Pool<'s> {
    pub(in crate::metallb::judge) item: &'s Of<'s, IpAddressPoolSpec>,
    /// Index into `addresses`, and what is written there.
    pub(in crate::metallb::judge) entries: Vec<(usize, Entry)>,
}

impl Pool<'_> {
    /// Its name.
    pub(in crate::metallb::judge) fn name(&self) -> &str {
        &self.item.object.metadata.name
    }

    /// An entry as written.
    pub(in crate::metallb::judge) fn written(&self, index: usize) -> &str {
        self.item.object.spec.addresses.get(index).map_or("", String::as_str)
    }
}

/// Reads the entries of all pools.
pub(in crate::metallb::judge) fn read<'s>(set: &Set<'s>) -> Vec<Pool<'s>> {
    set.pools
        .iter()
        .map(|item| {
            let entries = item.object.spec.addresses.iter().enumerate();
            let entries = entries.filter_map(|(index, text)| Some((index, Entry::parse(text).ok()?)));
            Pool { item, entries: entries.collect() }
        })
        .collect()
}

pub(super) fn judge(report: &mut Report<'_>, set: &Set<'_>, pools: &[Pool<'_>]) {
    let mut names = HashMap::new();
    for item in &set.pools {
        each(report, item);
        let name = item.object.metadata.name.as_str();
        if let Some(other) = names.insert(name, item) {
            let message = format!("another pool has the name {name} too");
            let finding = item.error(report.layer, "pool-dup-name", "/metadata/name", message);
            report.findings.push(other.label(finding, "/metadata/name", "the other one"));
        }
    }
    overlaps(report, pools);
    if report.judge.version == Version::V0_15_0 {
        for (item, pointer, message) in node_addresses(set, pools) {
            report.error(item, "pool-node-address", &pointer, message);
        }
    }
}

fn each(report: &mut Report<'_>, item: &Of<'_, IpAddressPoolSpec>) {
    let spec = &item.object.spec;
    if spec.addresses.is_empty() {
        report.error(item, "pool-empty", "/spec/addresses", "the pool has no addresses".into());
    }
    for (index, text) in spec.addresses.iter().enumerate() {
        let Err(error) = Entry::parse(text) else { continue };
        let rule = match error {
            EntryError::Cidr => "pool-bad-cidr",
            EntryError::Start | EntryError::End => "pool-bad-range",
            EntryError::Reversed => "pool-range-reversed",
        };
        report.error(item, rule, &format!("/spec/addresses/{index}"), format!("`{text}` {error}"));
    }
    let Some(allocation) = &spec.service_allocation else { return };
    if let Some((index, name)) = repeated(&allocation.namespaces) {
        let pointer = format!("/spec/serviceAllocation/namespaces/{index}");
        report.error(item, "pool-dup-namespace", &pointer, format!("namespaces names `{name}` twice"));
    }
    let pointer = "/spec/serviceAllocation/namespaceSelectors";
    let selectors = &allocation.namespace_selectors;
    check(report, item, selectors, pointer, "pool-dup-namespace-selector", "pool-bad-selector");
    let pointer = "/spec/serviceAllocation/serviceSelectors";
    let selectors = &allocation.service_selectors;
    check(report, item, selectors, pointer, "pool-dup-service-selector", "pool-bad-selector");
}

/// One entry for the sweep.
#[derive(Clone, Copy)]
struct Span<'p, 's> {
    entry: Entry,
    /// Position in the order by name, which decides who came first.
    rank: usize,
    pool: &'p Pool<'s>,
    index: usize,
}

/// Whoever begins before the furthest end so far overlaps it.
fn overlaps(report: &mut Report<'_>, pools: &[Pool<'_>]) {
    let spans =
        pools.iter().flat_map(|pool| pool.entries.iter().map(move |(index, entry)| (pool, *index, *entry)));
    let spans = spans.enumerate().map(|(rank, (pool, index, entry))| Span { entry, rank, pool, index });
    let (mut mapped, mut plain): (Vec<Span<'_, '_>>, Vec<Span<'_, '_>>) =
        spans.filter(|span| !span.entry.mixed).partition(|span| span.entry.mapped);
    let furthest = sweep(report, &mut plain);
    sweep(report, &mut mapped);
    // Blocks written as `::ffff:a.b.c.d/n` count beside plain ones only where they begin in one.
    for span in &mapped {
        let begin = (span.entry.is_v4(), span.entry.first);
        let before = plain.partition_point(|other| (other.entry.is_v4(), other.entry.first) <= begin);
        let other = before.checked_sub(1).and_then(|at| furthest.get(at));
        if let Some(other) = other.filter(|other| other.entry.overlaps(&span.entry)) {
            overlap(report, span, other);
        }
    }
}

/// Sorts the entries by address, walks once over them, and says for each which of the family reaches
/// furthest up to there.
fn sweep<'p, 's>(report: &mut Report<'_>, spans: &mut [Span<'p, 's>]) -> Vec<Span<'p, 's>> {
    spans.sort_by_key(|span| (span.entry.is_v4(), span.entry.first, span.rank));
    let mut reached: Vec<Span<'p, 's>> = Vec::new();
    for span in spans {
        let furthest = reached.last().filter(|other| other.entry.is_v4() == span.entry.is_v4()).copied();
        if let Some(other) = furthest.filter(|other| other.entry.overlaps(&span.entry)) {
            overlap(report, span, &other);
        }
        let kept = furthest.filter(|other| other.entry.last >= span.entry.last);
        reached.push(kept.unwrap_or(*span));
    }
    reached
}

fn overlap(report: &mut Report<'_>, a: &Span<'_, '_>, b: &Span<'_, '_>) {
    let (later, earlier) = if a.rank > b.rank { (a, b) } else { (b, a) };
    let (text, other) = (later.pool.written(later.index), earlier.pool.written(earlier.index));
    let message = if later.pool.item.order == earlier.pool.item.order {
        format!("{text} overlaps {other} of the same pool")
    } else {
        format!("{text} overlaps {other} of {}", earlier.pool.item.manifest.title())
    };
    let pointer = |span: &Span<'_, '_>| format!("/spec/addresses/{}", span.index);
    let finding = later.pool.item.error(report.layer, "pool-overlap", &pointer(later), message);
    report.findings.push(earlier.pool.item.label(finding, &pointer(earlier), "the other range"));
}

/// Pool entries that hold the address of a node: pool, pointer, message.
pub(in crate::metallb::judge) fn node_addresses<'s>(
    set: &Set<'s>,
    pools: &[Pool<'s>],
) -> Vec<(&'s Of<'s, IpAddressPoolSpec>, String, String)> {
    // By family: an IPv6 block can reach across the place where IPv4 lives in the 16-byte form.
    let (mut v4, mut v6) = (Vec::new(), Vec::new());
    for node in &set.nodes {
        for address in node.object.internal_ips() {
            let address = wide(address);
            let addresses = if is_v4(address) { &mut v4 } else { &mut v6 };
            addresses.push((address, node.object.metadata.name.as_str()));
        }
    }
    v4.sort_unstable();
    v6.sort_unstable();
    let mut found = Vec::new();
    for pool in pools {
        for (index, entry) in &pool.entries {
            let addresses = if entry.is_v4() { &v4 } else { &v6 };
            let from = addresses.partition_point(|(address, _)| *address < entry.first);
            let Some((address, node)) = addresses.get(from) else { continue };
            let address = narrow(*address);
            if entry.contains(address) {
                let text = pool.written(*index);
                let message = format!("{text} holds {address}, the address of node {node}");
                found.push((pool.item, format!("/spec/addresses/{index}"), message));
            }
        }
    }
    found
}
