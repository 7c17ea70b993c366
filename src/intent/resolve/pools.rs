//! `pools`: entries, allocation, and the two kinds of advertisement.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use super::addresses::parse_net;
use super::communities;
use super::names::{self, Form};
use super::report::{FirstPlaces, Report, error, quoted};
use super::scope::Scope;
use super::selectors;
use crate::declaration::{Cursor, types};
use crate::intent::address::host_net;
use crate::intent::{AddressRange, Advertisement, Family, L2Advertisement, Pool, Sited};

pub(super) fn pools(spec: &types::Spec, at: Cursor<'_>, scope: &mut Scope<'_>) -> Vec<Pool> {
    let mut resolved = Vec::with_capacity(spec.pools.len());
    let mut names = Names { pools: FirstPlaces::new(), bgp: FirstPlaces::new(), l2: FirstPlaces::new() };
    for (pool, here) in spec.pools.iter().zip(at.key("pools").items()) {
        let what = format!("pool {}", quoted(&pool.name));
        let name_at = here.key("name");
        names::check(&pool.name, Form::Object, "pool", name_at, &mut scope.report);
        if let Some(first) = names.pools.repeated(pool.name.clone(), name_at.place()) {
            scope.report.push(
                error("pool-dup-name", format!("{what} is declared twice"))
                    .at(name_at.place())
                    .label(first, "first here")
                    .hint("put the addresses of both into one pool, or rename one"),
            );
        }
        let mut ranges = Vec::new();
        let mut entries = Vec::new();
        for (text, entry_at) in pool.addresses.iter().zip(here.key("addresses").items()) {
            if let Some(range) = entry(text, &what, entry_at, &mut scope.report) {
                ranges.push(Sited::new(range, entry_at.place()));
                entries.push(text.clone());
            }
        }
        check_allocation(pool, &what, here.key("serviceAllocation"), &mut scope.report);
        let advertisements = bgp(pool, &what, &ranges, here, &mut names, scope);
        let l2 = l2(pool, &what, here, &mut names, scope);
        // Whatever is wrong with its entries is reported; a pool without any is no pool.
        if ranges.is_empty() {
            continue;
        }
        resolved.push(Pool {
            name: Sited::new(pool.name.clone(), name_at.place()),
            ranges,
            entries,
            auto_assign: pool.auto_assign.unwrap_or(true),
            avoid_buggy_ips: pool.avoid_buggy_ips.unwrap_or(false),
            service_allocation: pool.service_allocation.clone(),
            advertisements,
            l2,
            blackhole: pool.blackhole.map(|value| Sited::new(value, here.key("blackhole").place())),
            place: here.place(),
        });
    }
    resolved
}

/// Names in use, by kind of object.
struct Names {
    pools: FirstPlaces<String>,
    bgp: FirstPlaces<String>,
    l2: FirstPlaces<String>,
}

/// Reads an entry as MetalLB does, and refuses what MetalLB would widen or take apart differently.
fn entry(text: &str, what: &str, at: Cursor<'_>, report: &mut Report) -> Option<AddressRange> {
    let range = match text.split_once('-') {
        Some((first, last)) => range(text, first.trim(), last.trim(), what, at, report)?,
        None => block(text, what, at, report)?,
    };
    if let Some(reason) = unusable(&range) {
        report.push(
            error("pool-unusable-addresses", format!("{what}: {range} holds {reason}"))
                .at(at.place())
                .hint("take a range that hosts can have"),
        );
        return None;
    }
    Some(range)
}

fn block(text: &str, what: &str, at: Cursor<'_>, report: &mut Report) -> Option<AddressRange> {
    let refuse = |code: Bad, reason: String, hint: String, report: &mut Report| {
        let message = format!("{what}: {} {reason}", quoted(text));
        let finding = match code {
            Bad::Cidr => error("pool-bad-cidr", message),
            Bad::Bare => error("pool-bare-address", message),
            Bad::HostBits => error("pool-host-bits", message),
        };
        report.push(finding.at(at.place()).hint(hint));
        None
    };
    if let Ok(address) = IpAddr::from_str(text) {
        let hint = format!("write {}", host_net(address));
        return refuse(
            Bad::Bare,
            "is a single address, and MetalLB wants a prefix or a range".into(),
            hint,
            report,
        );
    }
    let Some(net) = parse_net(text) else {
        let trimmed = text.trim();
        let hint = if trimmed != text && parse_net(trimmed).is_some() {
            format!("write {trimmed}")
        } else {
            "write it like 192.168.32.0/24, 2001:db8:32::/64 or 192.168.32.10-192.168.32.20".into()
        };
        return refuse(Bad::Cidr, "is neither a prefix nor a range".into(), hint, report);
    };
    if net.trunc() != net {
        let (whole, address) = (net.trunc(), net.addr());
        let reason = format!("begins inside {whole}, and MetalLB would hand out all of it");
        let hint = format!(
            "write {whole} for all of it, or {address}-{} for the part from {address}",
            net.broadcast()
        );
        return refuse(Bad::HostBits, reason, hint, report);
    }
    Some(AddressRange::of_net(net))
}

/// What is wrong with a prefix.
enum Bad {
    Cidr,
    Bare,
    HostBits,
}

fn range(
    text: &str,
    first: &str,
    last: &str,
    what: &str,
    at: Cursor<'_>,
    report: &mut Report,
) -> Option<AddressRange> {
    let ends: Vec<Option<IpAddr>> = [first, last].iter().map(|end| IpAddr::from_str(end).ok()).collect();
    let [Some(from), Some(to)] = ends[..] else {
        let wrong = if ends.first().is_some_and(Option::is_some) { last } else { first };
        let hint = match wrong.split_once('/') {
            Some((address, _)) if IpAddr::from_str(address).is_ok() => {
                format!("write {address} there: the ends of a range have no length")
            }
            _ => "write both ends in full, like 192.168.32.10-192.168.32.20".into(),
        };
        report.push(
            error("pool-bad-range", format!("{what}: {} in {} is no address", quoted(wrong), quoted(text)))
                .at(at.place())
                .hint(hint),
        );
        return None;
    };
    if from.is_ipv4() != to.is_ipv4() {
        report.push(
            error(
                "pool-range-families",
                format!("{what}: {} begins and ends in different families", quoted(text)),
            )
            .at(at.place())
            .hint("write one entry for each family"),
        );
        return None;
    }
    let found = AddressRange::new(from, to);
    if found.is_none() {
        report.push(
            error("pool-range-reversed", format!("{what}: {} ends before it begins", quoted(text)))
                .at(at.place())
                .hint(format!("write {to}-{from}")),
        );
    }
    found
}

/// What a range holds that no service can have.
fn unusable(range: &AddressRange) -> Option<&'static str> {
    let v4 = |a, b| AddressRange::new(IpAddr::V4(a), IpAddr::V4(b));
    let v6 = |a, b| AddressRange::new(IpAddr::V6(a), IpAddr::V6(b));
    let lowest = |segment| Ipv6Addr::new(segment, 0, 0, 0, 0, 0, 0, 0);
    let highest = |segment| Ipv6Addr::new(segment, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff);
    let mapped = |last| Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, last, last);
    let set_aside = [
        (v4(Ipv4Addr::UNSPECIFIED, Ipv4Addr::new(0, 255, 255, 255)), "0.0.0.0/8, which no host can have"),
        (v4(Ipv4Addr::new(127, 0, 0, 0), Ipv4Addr::new(127, 255, 255, 255)), "loopback addresses"),
        (v4(Ipv4Addr::new(169, 254, 0, 0), Ipv4Addr::new(169, 254, 255, 255)), "link-local addresses"),
        (v4(Ipv4Addr::new(224, 0, 0, 0), Ipv4Addr::new(239, 255, 255, 255)), "multicast addresses"),
        (v4(Ipv4Addr::BROADCAST, Ipv4Addr::BROADCAST), "the broadcast address"),
        (v6(Ipv6Addr::UNSPECIFIED, Ipv6Addr::LOCALHOST), "the unspecified or the loopback address"),
        (v6(mapped(0), mapped(0xffff)), "IPv4-mapped addresses"),
        (v6(lowest(0xfe80), highest(0xfebf)), "link-local addresses"),
        (v6(lowest(0xff00), highest(0xffff)), "multicast addresses"),
    ];
    set_aside
        .into_iter()
        .find(|(aside, _)| aside.is_some_and(|aside| aside.overlaps(range)))
        .map(|(_, reason)| reason)
}

fn check_allocation(pool: &types::Pool, what: &str, at: Cursor<'_>, report: &mut Report) {
    let Some(allocation) = &pool.service_allocation else { return };
    if let Some(priority) = allocation.priority.filter(|priority| *priority < 0) {
        report.push(
            error("pool-priority-negative", format!("{what}: priority {priority} is below 0"))
                .at(at.key("priority").place())
                .hint("use 1 for the first pool to be used; 0 comes last"),
        );
    }
    let mut seen = FirstPlaces::new();
    for (namespace, here) in allocation.namespaces.iter().zip(at.key("namespaces").items()) {
        names::check(namespace, Form::Label, "namespace", here, report);
        if let Some(first) = seen.repeated(namespace.as_str(), here.place()) {
            report.push(
                error("pool-dup-namespace", format!("{what} names namespace {} twice", quoted(namespace)))
                    .at(here.place())
                    .label(first, "first here")
                    .hint("remove one of them"),
            );
        }
    }
    for (selectors, key) in [
        (&allocation.namespace_selectors, "namespaceSelectors"),
        (&allocation.service_selectors, "serviceSelectors"),
    ] {
        for (selector, here) in selectors.iter().zip(at.key(key).items()) {
            selectors::label_selector(selector, &format!("{what}, {key}"), here, report);
        }
    }
}

/// The list that an advertisement stands in.
struct List<'p, 'c> {
    pool: &'p types::Pool,
    pool_at: Cursor<'c>,
    /// The key of the list.
    key: &'static str,
    count: usize,
}

impl List<'_, '_> {
    /// The name of an advertisement: its own, else the pool's if it is the only one.
    fn name(
        &self,
        declared: Option<&String>,
        at: Cursor<'_>,
        seen: &mut FirstPlaces<String>,
        report: &mut Report,
    ) -> Option<Sited<String>> {
        let (pool, key, count) = (self.pool, self.key, self.count);
        let name = match declared {
            Some(name) => {
                names::check(name, Form::Object, key, at.key("name"), report);
                Sited::new(name.clone(), at.key("name").place())
            }
            None if count == 1 && !self.pool_at.key(key).incomplete() => {
                Sited::new(pool.name.clone(), self.pool_at.key("name").place())
            }
            None => {
                if !at.key("name").dropped() && count > 1 {
                    let message = format!(
                        "pool {} has {count} {key} entries, and this one has no name",
                        quoted(&pool.name)
                    );
                    report.push(
                        error("advertisement-without-name", message)
                            .at(at.place())
                            .hint("add a `name`; only a single entry takes the pool's"),
                    );
                }
                return None;
            }
        };
        if let Some(first) = seen.repeated(name.value.clone(), name.place) {
            report.push(
                error(
                    "advertisement-dup-name",
                    format!("two {key} entries are called {}", quoted(&name.value)),
                )
                .at(name.place)
                .label(first, "first here")
                .hint("give each a name of its own: each becomes one object"),
            );
        }
        Some(name)
    }
}

fn bgp(
    pool: &types::Pool,
    what: &str,
    ranges: &[Sited<AddressRange>],
    at: Cursor<'_>,
    names: &mut Names,
    scope: &mut Scope<'_>,
) -> Vec<Advertisement> {
    let mut resolved = Vec::new();
    // The shortest block of each entry: what MetalLB measures aggregation against.
    let shortest: Vec<(&Sited<AddressRange>, u8)> = ranges
        .iter()
        .filter_map(|range| Some((range, range.cidrs().iter().map(ipnet::IpNet::prefix_len).min()?)))
        .collect();
    for (advertisement, here) in pool.advertise.iter().zip(at.key("advertise").items()) {
        let count = pool.advertise.len();
        let list = List { pool, pool_at: at, key: "advertise", count };
        let name = list.name(advertisement.name.as_ref(), here, &mut names.bgp, &mut scope.report);
        let whose = match &name {
            Some(name) if count > 1 => format!("{what}, advertise {}", quoted(name)),
            _ => format!("{what}, advertise"),
        };
        let peers = told_peers(&advertisement.peers, &whose, here.key("peers"), scope);
        let communities =
            communities::resolve(&advertisement.communities, &whose, here.key("communities"), scope);
        let nodes = selectors::nodes(advertisement.nodes.as_ref(), &whose, here.key("nodes"), scope);
        let length = |value: Option<u8>, key: &str, default: u8| {
            Sited::new(
                value.unwrap_or(default),
                if value.is_some() { here.key(key).place() } else { here.place() },
            )
        };
        let found = Advertisement {
            name: match name {
                Some(name) => name,
                None => continue,
            },
            peers,
            communities,
            local_pref: advertisement
                .local_pref
                .map(|value| Sited::new(value, here.key("localPref").place())),
            aggregation_length: length(advertisement.aggregation_length, "aggregationLength", 32),
            aggregation_length_v6: length(advertisement.aggregation_length_v6, "aggregationLengthV6", 128),
            nodes,
            place: here.place(),
        };
        check_aggregation(&found, &shortest, &whose, &mut scope.report);
        resolved.push(found);
    }
    resolved
}

fn told_peers(names: &[String], what: &str, at: Cursor<'_>, scope: &mut Scope<'_>) -> Option<Vec<usize>> {
    if names.is_empty() {
        return None;
    }
    let mut told = Vec::with_capacity(names.len());
    let mut seen = FirstPlaces::new();
    for (name, here) in names.iter().zip(at.items()) {
        if let Some(first) = seen.repeated(name.as_str(), here.place()) {
            scope.report.push(
                error("adv-dup-peer", format!("{what} names peer {} twice", quoted(name)))
                    .at(here.place())
                    .label(first, "first here")
                    .hint("remove one of them"),
            );
            continue;
        }
        match scope.peers.get(name) {
            Some(index) => told.extend(*index),
            None => {
                let said = format!("{what} names a peer that is not declared:");
                let way_out = "declare it in spec.peers, or remove it here";
                let place = here.place();
                scope.peers.report_unknown(
                    "adv-unknown-peer",
                    name,
                    &said,
                    way_out,
                    place,
                    &mut scope.report,
                );
            }
        }
    }
    Some(told)
}

fn check_aggregation(
    advertisement: &Advertisement,
    shortest: &[(&Sited<AddressRange>, u8)],
    what: &str,
    report: &mut Report,
) {
    for family in [Family::Ipv4, Family::Ipv6] {
        let length = match family {
            Family::Ipv4 => &advertisement.aggregation_length,
            Family::Ipv6 => &advertisement.aggregation_length_v6,
        };
        let of_family = shortest.iter().filter(|(range, _)| range.family() == family);
        let Some((range, block)) = of_family.max_by_key(|(_, block)| *block) else { continue };
        if length.value < *block {
            let message = format!(
                "{what} aggregates to /{}, but {} has only blocks of /{block} and smaller",
                length.value, range.value
            );
            report.push(
                error("adv-agg-shorter-than-pool", message)
                    .at(length.place)
                    .label(range.place, format!("/{block} is its largest block"))
                    .hint(format!("set /{block} or longer, or give the pool whole blocks")),
            );
        }
    }
}

fn l2(
    pool: &types::Pool,
    what: &str,
    at: Cursor<'_>,
    names: &mut Names,
    scope: &mut Scope<'_>,
) -> Vec<L2Advertisement> {
    let mut resolved = Vec::new();
    for (advertisement, here) in pool.l2.iter().zip(at.key("l2").items()) {
        let list = List { pool, pool_at: at, key: "l2", count: pool.l2.len() };
        let name = list.name(advertisement.name.as_ref(), here, &mut names.l2, &mut scope.report);
        let nodes =
            selectors::nodes(advertisement.nodes.as_ref(), &format!("{what}, l2"), here.key("nodes"), scope);
        for (interface, interface_at) in advertisement.interfaces.iter().zip(here.key("interfaces").items()) {
            // Linux' rule for the names of interfaces.
            let plain = |c: char| !c.is_whitespace() && !c.is_control() && c != '/';
            if interface.is_empty() || interface.len() > 15 || !interface.chars().all(plain) {
                scope.report.push(
                    error(
                        "l2-interface",
                        format!("{what}, l2: {} is no name of an interface", quoted(interface)),
                    )
                    .at(interface_at.place())
                    .hint("write it as `ip link` on the node shows it, at most 15 characters"),
                );
            }
        }
        let Some(name) = name else { continue };
        resolved.push(L2Advertisement {
            name,
            interfaces: advertisement.interfaces.clone(),
            nodes,
            place: here.place(),
        });
    }
    resolved
}
