//! Prefix lists: from address ranges to the fewest rows that permit what will be announced.
//!
//! Rows keep to what pfSense's form lets pass and FRR takes: a length limit only above the prefix's
//! own length, never a lower bound. One row in the wrong order would make FRR drop every list.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use ipnet::IpNet;

use crate::frr::PrefixRow;
use crate::intent::Family;

/// Rows are numbered in tens, so that a row put in by hand finds room.
const STEP: u32 = 10;

/// Prefixes with the longest length that is announced out of each.
#[derive(Clone, Debug, Default)]
pub(super) struct Permits(BTreeMap<Key, (IpNet, u8)>);

/// Sorts by address, then shorter prefixes first: what contains others comes before them.
type Key = (std::net::IpAddr, u8);

impl Permits {
    /// Permits what is announced of a block in routes of that length. Where the block is smaller
    /// than such a route, the route around it.
    pub(super) fn announce(&mut self, block: IpNet, length: u8) {
        let around = match length.cmp(&block.prefix_len()) {
            Ordering::Less => block.supernet_of_length(length),
            _ => block,
        };
        self.permit(around, length);
    }

    /// Permits exactly this prefix.
    pub(super) fn exactly(&mut self, prefix: IpNet) {
        self.permit(prefix, prefix.prefix_len());
    }

    fn permit(&mut self, prefix: IpNet, longest: u8) {
        let prefix = prefix.trunc();
        let entry =
            self.0.entry((prefix.network(), prefix.prefix_len())).or_insert((prefix, prefix.prefix_len()));
        entry.1 = entry.1.max(longest);
    }

    /// The rows: permits that no other covers; `deny any` where there are none, because FRR permits
    /// everything by a list that has a description and no rows.
    pub(super) fn rows(&self) -> Vec<PrefixRow> {
        // The prefixes around the current one, each inside the one before.
        let mut around: Vec<(IpNet, u8)> = Vec::new();
        let mut rows: Vec<PrefixRow> = Vec::new();
        for &(prefix, longest) in self.0.values() {
            while around.last().is_some_and(|(outer, _)| !outer.contains(&prefix)) {
                around.pop();
            }
            let covered = around.iter().any(|(_, reach)| *reach >= longest);
            around.push((prefix, longest));
            if !covered {
                let le = (longest > prefix.prefix_len()).then_some(longest);
                rows.push(PrefixRow { seq: number(rows.len()), permit: true, prefix: Some(prefix), le });
            }
        }
        if rows.is_empty() {
            rows.push(PrefixRow { seq: STEP, permit: false, prefix: None, le: None });
        }
        rows
    }
}

fn number(index: usize) -> u32 {
    u32::try_from(index + 1).unwrap_or(u32::MAX).saturating_mul(STEP)
}

/// What is announced, by family.
#[derive(Clone, Debug, Default)]
pub(super) struct ByFamily {
    v4: Permits,
    v6: Permits,
}

impl ByFamily {
    pub(super) fn of(&self, family: Family) -> &Permits {
        match family {
            Family::Ipv4 => &self.v4,
            Family::Ipv6 => &self.v6,
        }
    }

    pub(super) fn of_mut(&mut self, family: Family) -> &mut Permits {
        match family {
            Family::Ipv4 => &mut self.v4,
            Family::Ipv6 => &mut self.v6,
        }
    }
}

trait SupernetOfLength {
    fn supernet_of_length(self, length: u8) -> IpNet;
}

impl SupernetOfLength for IpNet {
    fn supernet_of_length(self, length: u8) -> IpNet {
        // Both fail only for a length above the family's, and a shorter one than its own is asked for.
        IpNet::new(self.addr(), length).map_or(self, |net| net.trunc())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn net(text: &str) -> IpNet {
        text.parse().expect("a prefix")
    }

    fn shown(permits: &Permits) -> Vec<String> {
        permits
            .rows()
            .iter()
            .map(|row| {
                let prefix = row.prefix.map_or("any".to_owned(), |prefix| prefix.to_string());
                let le = row.le.map_or(String::new(), |le| format!(" le {le}"));
                format!("{} {}{le}", if row.permit { "permit" } else { "deny" }, prefix)
            })
            .collect()
    }

    #[test]
    fn lengths_become_limits_only_above_the_own_one() {
        let mut permits = Permits::default();
        assert_eq!(shown(&permits), ["deny any"]);
        permits.announce(net("192.168.32.0/24"), 32);
        permits.announce(net("10.0.0.7/32"), 32);
        permits.announce(net("10.1.0.0/24"), 24);
        permits.announce(net("10.2.0.4/31"), 30);
        permits.announce(net("10.2.0.6/32"), 30);
        assert_eq!(
            shown(&permits),
            [
                "permit 10.0.0.7/32",
                "permit 10.1.0.0/24",
                "permit 10.2.0.4/30",
                "permit 192.168.32.0/24 le 32"
            ]
        );
    }

    #[test]
    fn covered_rows_go_and_longer_routes_stay() {
        let mut permits = Permits::default();
        permits.announce(net("10.0.0.0/8"), 24);
        permits.announce(net("10.1.0.0/16"), 24);
        permits.announce(net("10.1.2.0/24"), 32);
        permits.announce(net("10.1.2.3/32"), 32);
        permits.announce(net("11.0.0.0/8"), 8);
        permits.announce(net("11.0.0.0/8"), 16);
        assert_eq!(
            shown(&permits),
            ["permit 10.0.0.0/8 le 24", "permit 10.1.2.0/24 le 32", "permit 11.0.0.0/8 le 16"]
        );
    }

    /// FRR's rule for a row without `ge`.
    fn permitted(rows: &[PrefixRow], route: IpNet) -> bool {
        rows.iter()
            .filter(|row| {
                row.prefix.is_none_or(|p| {
                    p.contains(&route) && route.prefix_len() <= row.le.unwrap_or(p.prefix_len())
                })
            })
            .map(|row| row.permit)
            .next()
            .unwrap_or(false)
    }

    proptest! {
        #[test]
        fn rows_permit_what_the_declared_blocks_permit(
            blocks in prop::collection::vec((0u8..16, 0u8..=4, 0u8..=4), 0..8),
            route in (0u8..16, 0u8..=4),
        ) {
            // A toy space of 16 addresses at the end of 10.0.0.0/28.
            let block = |bits: u8, len: u8| {
                IpNet::new(std::net::Ipv4Addr::new(10, 0, 0, bits).into(), 28 + len).expect("in range").trunc()
            };
            let mut permits = Permits::default();
            for &(bits, len, longest) in &blocks {
                permits.announce(block(bits, len), 28 + longest);
            }
            let route = block(route.0, route.1);
            let expected = blocks.iter().any(|&(bits, len, longest)| {
                let (own, longest) = (28 + len, 28 + longest);
                let around = if longest < own { block(bits, longest - 28) } else { block(bits, len) };
                around.contains(&route) && route.prefix_len() <= longest
            });
            let rows = permits.rows();
            prop_assert_eq!(permitted(&rows, route), expected);
            prop_assert!(rows.iter().all(|row| row.le.is_none_or(|le| row.prefix.is_some_and(|p| p.prefix_len() < le))));
        }
    }
}
