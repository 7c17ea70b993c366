//! Which routes a neighbor's inbound filters let in, for whole blocks of routes at once.
//!
//! The question is: of all routes of one length inside a block, which are surely refused? Where a
//! filter depends on something that is not known (communities, AS paths), the answer is in favor of
//! the route, so that nothing is called refused that may come in.

use ipnet::IpNet;

use super::{Afi, FamilySettings, MapEntry, Running};

/// Routes that are refused, and by what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    /// One block of them.
    pub block: IpNet,
    /// The filter, for example `route map x`.
    pub by: String,
}

/// A filter that cuts a block into more parts than this is not followed any further.
const MOST_PARTS: usize = 4096;

/// Blocks that a filter was asked about, divided.
#[derive(Default)]
struct Divided {
    taken: Vec<IpNet>,
    left: Vec<IpNet>,
}

/// The part of `blocks` inside `prefix`, and the rest.
fn divide(blocks: &[IpNet], prefix: &IpNet) -> Divided {
    let mut divided = Divided::default();
    for block in blocks {
        if prefix.contains(block) {
            divided.taken.push(*block);
        } else if block.contains(prefix) {
            divided.taken.push(*prefix);
            divided.left.extend(around(block, prefix));
        } else {
            divided.left.push(*block);
        }
    }
    divided
}

/// What is left of a block without a prefix inside it: one sibling for each step down.
fn around(block: &IpNet, prefix: &IpNet) -> Vec<IpNet> {
    let mut rest = Vec::new();
    let mut at = *prefix;
    while at.prefix_len() > block.prefix_len() {
        let Some(above) = at.supernet() else { break };
        let halves = above.subnets(at.prefix_len()).into_iter().flatten();
        rest.extend(halves.filter(|half| *half != at));
        at = above;
    }
    rest
}

/// Blocks whose routes a list permits, and those it does not.
struct Permitted {
    yes: Vec<IpNet>,
    no: Vec<IpNet>,
}

impl Running {
    /// Of the routes of length `length` inside `block`, some that the neighbor's inbound filters
    /// surely refuse. `None` if all may come in.
    pub fn denied_in(
        &self,
        settings: &FamilySettings,
        family: Afi,
        block: IpNet,
        length: u8,
    ) -> Option<Denied> {
        let asked = [block];
        let mut checks: Vec<(String, Vec<IpNet>)> = Vec::new();
        if let Some(name) = &settings.distribute_list_in {
            let permitted = self.by_access_list(family, name, &asked, length, true);
            checks.push((format!("distribute list {name}"), permitted.no));
        }
        if let Some(name) = &settings.prefix_list_in {
            let permitted = self.by_prefix_list(family, name, &asked, length);
            checks.push((format!("prefix list {name}"), permitted.no));
        }
        if let Some(name) = &settings.route_map_in {
            let denied = self.by_route_map(family, name, &asked, length);
            checks.push((format!("route map {name}"), denied));
        }
        let (by, blocks) = checks.into_iter().find(|(_, blocks)| !blocks.is_empty())?;
        blocks.into_iter().min().map(|block| Denied { block, by })
    }

    /// Of the routes of length `length` inside `block`, some that are kept out of the kernel.
    pub fn kept_from_kernel(&self, family: Afi, block: IpNet, length: u8) -> Option<Denied> {
        let [ipv4, ipv6] = &self.kernel_guard;
        let name = if family == Afi::Ipv4 { ipv4 } else { ipv6 }.as_ref()?;
        let denied = self.by_route_map(family, name, &[block], length);
        denied.into_iter().min().map(|block| Denied { block, by: format!("route map {name}") })
    }

    /// A list without rows permits everything, a list that is not there denies everything.
    fn by_prefix_list(&self, family: Afi, name: &str, blocks: &[IpNet], length: u8) -> Permitted {
        let key = (family == Afi::Ipv6, name.to_owned());
        let Some(list) = self.prefix_lists.get(&key) else {
            return Permitted { yes: Vec::new(), no: blocks.to_vec() };
        };
        if list.rows.is_empty() {
            return Permitted { yes: blocks.to_vec(), no: Vec::new() };
        }
        let mut permitted = Permitted { yes: Vec::new(), no: Vec::new() };
        let mut left = blocks.to_vec();
        for row in &list.rows {
            if left.len() > MOST_PARTS {
                return Permitted { yes: blocks.to_vec(), no: Vec::new() };
            }
            let bits = if family == Afi::Ipv4 { 32 } else { 128 };
            let divided = match row.prefix {
                None => Divided { taken: std::mem::take(&mut left), left: Vec::new() },
                Some(prefix) => {
                    let own = prefix.prefix_len();
                    let (low, high) = match (row.ge, row.le) {
                        (None, None) => (own, own),
                        (Some(ge), None) => (ge, bits),
                        (None, Some(le)) => (own, le),
                        (Some(ge), Some(le)) => (ge, le),
                    };
                    // Routes of this length that are shorter than the prefix are not inside it.
                    if !(low..=high).contains(&length) || length < own {
                        continue;
                    }
                    divide(&left, &prefix)
                }
            };
            if row.permit { &mut permitted.yes } else { &mut permitted.no }.extend(divided.taken);
            left = divided.left;
        }
        permitted.no.extend(left);
        permitted
    }

    fn by_access_list(
        &self,
        family: Afi,
        name: &str,
        blocks: &[IpNet],
        length: u8,
        in_favor: bool,
    ) -> Permitted {
        let key = (family == Afi::Ipv6, name.to_owned());
        let Some(list) = self.access_lists.get(&key) else {
            return Permitted { yes: Vec::new(), no: blocks.to_vec() };
        };
        if list.rows.is_empty() || list.rows.iter().any(|row| row.unknown) {
            let (yes, no) =
                if in_favor { (blocks.to_vec(), Vec::new()) } else { (Vec::new(), blocks.to_vec()) };
            return Permitted { yes, no };
        }
        let mut permitted = Permitted { yes: Vec::new(), no: Vec::new() };
        let mut left = blocks.to_vec();
        for row in &list.rows {
            if left.len() > MOST_PARTS {
                return Permitted { yes: blocks.to_vec(), no: Vec::new() };
            }
            let divided = match row.prefix {
                None => Divided { taken: std::mem::take(&mut left), left: Vec::new() },
                Some(prefix) if row.exact && prefix.prefix_len() != length => continue,
                Some(prefix) => divide(&left, &prefix),
            };
            if row.permit { &mut permitted.yes } else { &mut permitted.no }.extend(divided.taken);
            left = divided.left;
        }
        permitted.no.extend(left);
        permitted
    }

    /// What a route map surely denies.
    fn by_route_map(&self, family: Afi, name: &str, blocks: &[IpNet], length: u8) -> Vec<IpNet> {
        let Some(entries) = self.route_maps.get(name) else { return blocks.to_vec() };
        let mut denied = Vec::new();
        let mut left = blocks.to_vec();
        for entry in entries {
            if left.is_empty() {
                break;
            }
            let Permitted { yes: matched, no: others } = self.matched(family, entry, &left, length);
            let uncertain = entry.other_conditions || entry.jumps;
            match (entry.permit, uncertain) {
                // Permitted, or perhaps.
                (true, _) => left = others,
                // Perhaps denied: goes on.
                (false, true) => {}
                (false, false) => {
                    denied.extend(matched);
                    left = others;
                }
            }
        }
        denied.extend(left);
        denied
    }

    /// What the conditions of an entry match, as far as they are about prefixes.
    fn matched(&self, family: Afi, entry: &MapEntry, blocks: &[IpNet], length: u8) -> Permitted {
        let mut yes = blocks.to_vec();
        let mut no = Vec::new();
        let ipv6 = family == Afi::Ipv6;
        for (of_ipv6, list) in &entry.prefix_lists {
            if *of_ipv6 != ipv6 {
                no.append(&mut yes);
                continue;
            }
            let divided = self.by_prefix_list(family, list, &yes, length);
            yes = divided.yes;
            no.extend(divided.no);
        }
        for (of_ipv6, list) in &entry.access_lists {
            if *of_ipv6 != ipv6 {
                no.append(&mut yes);
                continue;
            }
            let divided = self.by_access_list(family, list, &yes, length, entry.permit);
            yes = divided.yes;
            no.extend(divided.no);
        }
        Permitted { yes, no }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_without_a_part_is_its_siblings() {
        let net = |text: &str| text.parse::<IpNet>().expect("a net");
        let mut left = divide(&[net("10.0.0.0/24")], &net("10.0.0.64/26")).left;
        left.sort_unstable();
        assert_eq!(left, [net("10.0.0.0/26"), net("10.0.0.128/25")]);
    }
}
