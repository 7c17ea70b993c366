//! Pools beside subnets, both ways of announcing, and addresses that some clients avoid.

use std::net::IpAddr;

use super::{info, warning};
use crate::declaration::types::SubnetRole;
use crate::finding::{Finding, Place};
use crate::intent::{AddressRange, Intent, Pool};

pub(super) fn check(intent: &Intent, findings: &mut Vec<Finding>) {
    let connected = connected(intent);
    for pool in &intent.pools {
        on_connected_subnet(pool, &connected, findings);
        buggy_addresses(pool, findings);
        both_ways(pool, findings);
    }
}

/// A subnet that hosts are on.
struct Connected {
    range: AddressRange,
    what: String,
    place: Place,
}

fn connected(intent: &Intent) -> Vec<Connected> {
    let declared = intent.subnets.iter().filter_map(|subnet| {
        let who = match subnet.role? {
            SubnetRole::Nodes => "nodes",
            SubnetRole::Clients => "clients",
            SubnetRole::Dhcp | SubnetRole::Remote | SubnetRole::Reserved => return None,
        };
        let (range, place) = (AddressRange::of_net(subnet.net.value), subnet.net.place);
        Some(Connected { range, what: format!("{} ({who})", subnet.name.value), place })
    });
    let discovered = intent.discover.iter().flat_map(|discover| &discover.subnets).map(|subnet| Connected {
        range: AddressRange::of_net(subnet.value),
        what: "of the nodes".into(),
        place: subnet.place,
    });
    declared.chain(discovered).collect()
}

/// Hosts in a subnet ask for its addresses by ARP, and nobody answers for a pool that only BGP
/// announces.
fn on_connected_subnet(pool: &Pool, connected: &[Connected], findings: &mut Vec<Finding>) {
    if pool.advertisements.is_empty() || !pool.l2.is_empty() {
        return;
    }
    for range in &pool.ranges {
        let Some(subnet) = connected.iter().find(|subnet| subnet.range.overlaps(&range.value)) else {
            continue;
        };
        let message = format!(
            "pool {}: {} lies in the subnet {} {}, whose hosts will look for it by ARP and find nobody",
            pool.name.value, range.value, subnet.range, subnet.what
        );
        findings.push(
            warning("pool-on-connected-subnet", message)
                .at(range.place)
                .on(object(pool))
                .label(subnet.place, "the subnet")
                .hint(
                    "use a separate range, which hosts reach through the router, or announce it by `l2` too",
                ),
        );
    }
}

fn buggy_addresses(pool: &Pool, findings: &mut Vec<Finding>) {
    if pool.avoid_buggy_ips {
        return;
    }
    let Some((range, example)) = pool.ranges.iter().find_map(|r| Some((r, buggy_address(&r.value)?))) else {
        return;
    };
    let message = format!(
        "pool {} can hand out addresses that end in .0 or .255, such as {example}, which some old clients cannot reach",
        pool.name.value
    );
    findings.push(
        info("pool-buggy-ips", message)
            .at(range.place)
            .on(object(pool))
            .hint("set `avoidBuggyIPs: true` before services have such addresses: later it takes them away"),
    );
}

/// The first IPv4 address of a range that ends in .0 or .255.
fn buggy_address(range: &AddressRange) -> Option<IpAddr> {
    let (IpAddr::V4(first), IpAddr::V4(last)) = (range.first(), range.last()) else { return None };
    let (first, last) = (u32::from(first), u32::from(last));
    let found = if first & 0xff == 0 { first } else { first | 0xff };
    (found <= last).then(|| IpAddr::V4(found.into()))
}

fn both_ways(pool: &Pool, findings: &mut Vec<Finding>) {
    let (Some(_), Some(l2)) = (pool.advertisements.first(), pool.l2.first()) else { return };
    let message = format!(
        "pool {} is announced by BGP and by ARP: hosts beside the nodes go straight to one node, all others through the router",
        pool.name.value
    );
    findings.push(
        info("pool-l2-and-bgp", message)
            .at(l2.place)
            .on(object(pool))
            .hint("keep one of `advertise` and `l2`, unless both paths are meant"),
    );
}

/// The pool as findings name it.
pub(super) fn object(pool: &Pool) -> String {
    format!("pool {}", pool.name.value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_at_the_ends_of_a_24() {
        let range = |a: &str, b: &str| {
            AddressRange::new(a.parse().expect("address"), b.parse().expect("address")).expect("range")
        };
        for (first, last, expected) in [
            ("10.0.0.0", "10.0.0.255", Some("10.0.0.0")),
            ("10.0.0.1", "10.0.0.254", None),
            ("10.0.0.1", "10.0.0.255", Some("10.0.0.255")),
            ("10.0.0.250", "10.0.1.5", Some("10.0.0.255")),
            ("10.0.0.255", "10.0.0.255", Some("10.0.0.255")),
            ("255.255.255.1", "255.255.255.254", None),
            ("2001:db8::", "2001:db8::ff", None),
        ] {
            let found = buggy_address(&range(first, last)).map(|a| a.to_string());
            assert_eq!(found.as_deref(), expected, "{first}-{last}");
        }
    }
}
