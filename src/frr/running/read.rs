//! Lines of a frr.conf to values.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;

use super::{AccessRow, Bgp, FamilySettings, ListRow, MapEntry, Neighbor, RemoteAs, Running};

/// The block that a line is in.
enum Block {
    Top,
    Bgp,
    Family(usize),
    /// A family that is not looked at.
    OtherFamily,
    Map(String),
    /// A block that is not looked at.
    Other,
}

/// Settings of a neighbor or a group, before groups are dissolved.
#[derive(Clone, Default)]
struct Draft {
    remote_as: Option<RemoteAs>,
    local_as: Option<u32>,
    description: String,
    shutdown: bool,
    has_password: bool,
    passive: bool,
    bfd: bool,
    multihop: Option<u32>,
    unchecked: bool,
    ttl_security: Option<u32>,
    update_source: Option<String>,
    timers: Option<(u32, u32)>,
    restart_disabled: bool,
    active: [Option<bool>; 2],
    families: [FamilySettings; 2],
    group: Option<String>,
    is_group: bool,
}

struct Reader {
    running: Running,
    router_id: Option<std::net::Ipv4Addr>,
    default_ipv4: bool,
    order: Vec<String>,
    drafts: BTreeMap<String, Draft>,
}

pub(super) fn read(text: &str) -> Running {
    let mut reader = Reader {
        running: Running::default(),
        router_id: None,
        default_ipv4: true,
        order: Vec::new(),
        drafts: BTreeMap::new(),
    };
    let mut block = Block::Top;
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        if words.first().is_none_or(|word| word.starts_with(['!', '#'])) {
            continue;
        }
        block = reader.line(&words, block);
    }
    reader.finish()
}

fn number<T: std::str::FromStr>(word: Option<&&str>) -> Option<T> {
    word.and_then(|word| word.parse().ok())
}

impl Reader {
    fn line(&mut self, words: &[&str], block: Block) -> Block {
        match words {
            ["router", "bgp", asn] => {
                if let Some(asn) = asn_of(asn) {
                    self.running.bgp.get_or_insert_with(|| Bgp::new(asn));
                    return Block::Bgp;
                }
                return Block::Other;
            }
            ["router" | "vrf" | "interface" | "bfd" | "line" | "key" | "rpki" | "segment-routing", ..] => {
                return Block::Other;
            }
            ["route-map", name, action @ ("permit" | "deny"), seq] => {
                let entry = MapEntry {
                    seq: seq.parse().unwrap_or_default(),
                    permit: *action == "permit",
                    ..MapEntry::default()
                };
                self.running.route_maps.entry((*name).to_owned()).or_default().push(entry);
                return Block::Map((*name).to_owned());
            }
            ["exit" | "exit-vrf" | "end"] => {
                return match block {
                    Block::Family(_) | Block::OtherFamily => Block::Bgp,
                    _ => Block::Top,
                };
            }
            ["exit-address-family"] => return Block::Bgp,
            _ => {}
        }
        if self.global(words) {
            return Block::Top;
        }
        match block {
            Block::Bgp => {
                if let ["address-family", rest @ ..] = words {
                    return match rest {
                        ["ipv4"] | ["ipv4", "unicast"] => Block::Family(0),
                        ["ipv6"] | ["ipv6", "unicast"] => Block::Family(1),
                        _ => Block::OtherFamily,
                    };
                }
                self.instance(words);
                Block::Bgp
            }
            Block::Family(family) => {
                self.family(words, family);
                Block::Family(family)
            }
            Block::Map(name) => {
                self.map(&name, words);
                Block::Map(name)
            }
            other => other,
        }
    }

    /// Lines that stand outside of blocks, wherever they are met. `true` if it was one.
    fn global(&mut self, words: &[&str]) -> bool {
        let (ipv6, rest) = match words {
            ["ip", rest @ ..] => (false, rest),
            ["ipv6", rest @ ..] => (true, rest),
            ["access-list", rest @ ..] => {
                self.access_list(false, rest);
                return true;
            }
            _ => return false,
        };
        match rest {
            ["router-id", id] => self.router_id = id.parse().ok().or(self.router_id),
            ["prefix-list", name, rest @ ..] => self.prefix_list(ipv6, name, rest),
            ["access-list", rest @ ..] => self.access_list(ipv6, rest),
            ["route", net, target, ..] => {
                if let Ok(net) = net.parse::<IpNet>() {
                    let null =
                        matches!(target.to_ascii_lowercase().as_str(), "null0" | "blackhole" | "reject");
                    self.running.statics.push((net.trunc(), null));
                }
            }
            ["protocol", "bgp" | "any", "route-map", name] => {
                self.running.kernel_guard[usize::from(ipv6)] = Some((*name).to_owned());
            }
            _ => return false,
        }
        true
    }

    fn prefix_list(&mut self, ipv6: bool, name: &str, words: &[&str]) {
        let list = self.running.prefix_lists.entry((ipv6, name.to_owned())).or_default();
        let (seq, rest) = match words {
            ["seq", seq, rest @ ..] => (seq.parse().ok(), rest),
            rest => (None, rest),
        };
        let [action @ ("permit" | "deny"), prefix, bounds @ ..] = rest else { return };
        let prefix = match *prefix {
            "any" => None,
            text => match text.parse::<IpNet>() {
                Ok(net) => Some(net.trunc()),
                Err(_) => return,
            },
        };
        let mut row = ListRow { seq: 0, permit: *action == "permit", prefix, ge: None, le: None };
        for pair in bounds.chunks(2) {
            match pair {
                ["ge", length] => row.ge = length.parse().ok(),
                ["le", length] => row.le = length.parse().ok(),
                _ => return,
            }
        }
        // FRR refuses rows whose lengths are in the wrong order.
        let length = row.prefix.map_or(0, |prefix| prefix.prefix_len());
        if row.ge.is_some_and(|ge| ge < length) || row.le.is_some_and(|le| le < row.ge.unwrap_or(length)) {
            return;
        }
        // Without a number a row goes five behind the last one.
        let next = list.rows.iter().map(|row| row.seq).max().unwrap_or(0) / 5 * 5 + 5;
        row.seq = seq.unwrap_or(next);
        list.rows.retain(|other| other.seq != row.seq);
        list.rows.push(row);
        list.rows.sort_by_key(|row| row.seq);
    }

    fn access_list(&mut self, ipv6: bool, words: &[&str]) {
        let [name, rest @ ..] = words else { return };
        let list = self.running.access_lists.entry((ipv6, (*name).to_owned())).or_default();
        let rest = match rest {
            ["seq", _, rest @ ..] => rest,
            rest => rest,
        };
        let [action @ ("permit" | "deny"), what @ ..] = rest else { return };
        let permit = *action == "permit";
        let (prefix, exact, unknown) = match what {
            ["any"] => (None, false, false),
            [net] | [net, "exact-match"] => match net.parse::<IpNet>() {
                Ok(net) => (Some(net.trunc()), what.len() == 2, false),
                Err(_) => (None, false, true),
            },
            _ => (None, false, true),
        };
        list.rows.push(AccessRow { permit, prefix, exact, unknown });
    }

    fn map(&mut self, name: &str, words: &[&str]) {
        let Some(entry) = self.running.route_maps.get_mut(name).and_then(|entries| entries.last_mut()) else {
            return;
        };
        match words {
            ["match", family @ ("ip" | "ipv6"), "address", "prefix-list", list] => {
                entry.prefix_lists.push((*family == "ipv6", (*list).to_owned()));
            }
            ["match", family @ ("ip" | "ipv6"), "address", list] => {
                entry.access_lists.push((*family == "ipv6", (*list).to_owned()));
            }
            ["match", ..] => entry.other_conditions = true,
            ["call" | "on-match" | "continue", ..] => entry.jumps = true,
            _ => {}
        }
    }

    fn instance(&mut self, words: &[&str]) {
        let (on, rest) = match words {
            ["no", rest @ ..] => (false, rest),
            rest => (true, rest),
        };
        if let ["neighbor", name, rest @ ..] = rest {
            self.neighbor(name, rest, on);
            // In the instance itself family settings belong to IPv4.
            self.neighbor_family(name, rest, on, 0);
            return;
        }
        let Some(bgp) = &mut self.running.bgp else { return };
        match rest {
            ["bgp", "router-id", id] if on => bgp.router_id = id.parse().ok(),
            ["bgp", "ebgp-requires-policy"] => bgp.requires_policy = on,
            ["bgp", "shutdown", ..] => bgp.shutdown = on,
            ["bgp", "graceful-restart-disable"] => bgp.restart_disabled = on,
            ["bgp", "network", "import-check"] => bgp.import_check = on,
            ["bgp", "bestpath", "as-path", "multipath-relax", ..] => bgp.multipath_relax = on,
            ["bgp", "default", "ipv4-unicast"] => self.default_ipv4 = on,
            ["timers", "bgp", keepalive, hold, ..] if on => {
                bgp.timers = keepalive.parse().ok().zip(hold.parse().ok());
            }
            ["bgp", "listen", "range", net, ..] if on => bgp.listen.extend(net.parse::<IpNet>().ok()),
            _ => self.family(words, 0),
        }
    }

    fn family(&mut self, words: &[&str], family: usize) {
        let (on, rest) = match words {
            ["no", rest @ ..] => (false, rest),
            rest => (true, rest),
        };
        if let ["neighbor", name, rest @ ..] = rest {
            self.neighbor_family(name, rest, on, family);
            return;
        }
        let Some(bgp) = self.running.bgp.as_mut().filter(|_| on) else { return };
        match rest {
            ["maximum-paths", "ibgp", paths, ..] => bgp.maximum_paths[family][1] = paths.parse().ok(),
            ["maximum-paths", paths] => bgp.maximum_paths[family][0] = paths.parse().ok(),
            ["distance", "bgp", external, internal, ..] => {
                bgp.distance[family] = external.parse().ok().zip(internal.parse().ok());
            }
            ["network", net, ..] => bgp.networks.extend(net.parse::<IpNet>().ok().map(|net| net.trunc())),
            _ => {}
        }
    }

    fn draft(&mut self, name: &str) -> &mut Draft {
        if !self.drafts.contains_key(name) {
            self.order.push(name.to_owned());
        }
        self.drafts.entry(name.to_owned()).or_default()
    }

    fn neighbor(&mut self, name: &str, words: &[&str], on: bool) {
        let draft = self.draft(name);
        match words {
            ["peer-group"] => draft.is_group = on,
            ["peer-group", group] => draft.group = on.then(|| (*group).to_owned()),
            ["remote-as", "internal"] => draft.remote_as = Some(RemoteAs::Internal),
            ["remote-as", "external"] => draft.remote_as = Some(RemoteAs::External),
            ["remote-as", asn] => draft.remote_as = asn_of(asn).map(RemoteAs::Is),
            ["local-as", asn, ..] => draft.local_as = asn_of(asn).filter(|_| on),
            ["description", text @ ..] => draft.description = text.join(" "),
            ["shutdown"] | ["shutdown", "message", ..] => draft.shutdown = on,
            ["password", ..] => draft.has_password = on,
            ["passive"] => draft.passive = on,
            ["bfd", ..] => draft.bfd = on,
            ["ebgp-multihop", rest @ ..] => draft.multihop = on.then(|| number(rest.first()).unwrap_or(255)),
            ["disable-connected-check"] => draft.unchecked = on,
            ["ttl-security", "hops", hops] => draft.ttl_security = hops.parse().ok().filter(|_| on),
            ["update-source", source] => draft.update_source = on.then(|| (*source).to_owned()),
            ["timers", keepalive, hold] if *keepalive != "connect" => {
                draft.timers = keepalive.parse().ok().zip(hold.parse().ok());
            }
            ["graceful-restart-disable"] => draft.restart_disabled = on,
            _ => {}
        }
    }

    fn neighbor_family(&mut self, name: &str, words: &[&str], on: bool, family: usize) {
        let is_setting = matches!(
            words.first().copied(),
            Some(
                "activate"
                    | "prefix-list"
                    | "route-map"
                    | "distribute-list"
                    | "filter-list"
                    | "maximum-prefix"
            )
        );
        if !is_setting {
            return;
        }
        let draft = self.draft(name);
        if words == ["activate"] {
            draft.active[family] = Some(on);
            return;
        }
        let settings = &mut draft.families[family];
        let named = |name: &str| on.then(|| name.to_owned());
        match words {
            ["prefix-list", list, "in"] => settings.prefix_list_in = named(list),
            ["route-map", map, "in"] => settings.route_map_in = named(map),
            ["distribute-list", list, "in"] => settings.distribute_list_in = named(list),
            ["filter-list", list, "in"] => settings.filter_list_in = named(list),
            [_, _, "out"] => settings.filtered_out = on,
            ["maximum-prefix", limit, rest @ ..] => {
                let lenient = rest.contains(&"warning-only");
                settings.maximum_prefix = limit.parse().ok().map(|limit| (limit, lenient));
            }
            _ => {}
        }
    }

    fn finish(mut self) -> Running {
        for entries in self.running.route_maps.values_mut() {
            entries.sort_by_key(|entry| entry.seq);
        }
        let Some(bgp) = &mut self.running.bgp else { return self.running };
        bgp.router_id = bgp.router_id.or(self.router_id);
        for name in &self.order {
            let Ok(address) = name.parse::<IpAddr>() else { continue };
            let Some(own) = self.drafts.get(name) else { continue };
            let group = own.group.as_ref().and_then(|group| self.drafts.get(group));
            bgp.neighbors.push(neighbor(address, own, group, self.default_ipv4));
        }
        self.running
    }
}

/// A neighbor with what its group gives it: its own settings come first.
fn neighbor(address: IpAddr, own: &Draft, group: Option<&Draft>, default_ipv4: bool) -> Neighbor {
    let none = Draft::default();
    let group = group.unwrap_or(&none);
    let mut families = own.families.clone();
    for (index, (family, theirs)) in families.iter_mut().zip(&group.families).enumerate() {
        let inherit = |own: &mut Option<String>, theirs: &Option<String>| {
            if own.is_none() {
                own.clone_from(theirs);
            }
        };
        inherit(&mut family.prefix_list_in, &theirs.prefix_list_in);
        inherit(&mut family.route_map_in, &theirs.route_map_in);
        inherit(&mut family.distribute_list_in, &theirs.distribute_list_in);
        inherit(&mut family.filter_list_in, &theirs.filter_list_in);
        family.maximum_prefix = family.maximum_prefix.or(theirs.maximum_prefix);
        family.filtered_out |= theirs.filtered_out;
        let active = own.active.get(index).copied().flatten();
        let active = active.or(group.active.get(index).copied().flatten());
        family.active = active.unwrap_or(index == 0 && default_ipv4);
    }
    Neighbor {
        address,
        remote_as: own.remote_as.or(group.remote_as),
        local_as: own.local_as.or(group.local_as),
        description: own.description.clone(),
        shutdown: own.shutdown || group.shutdown,
        has_password: own.has_password || group.has_password,
        passive: own.passive || group.passive,
        bfd: own.bfd || group.bfd,
        multihop: own.multihop.or(group.multihop),
        unchecked: own.unchecked || group.unchecked,
        ttl_security: own.ttl_security.or(group.ttl_security),
        update_source: own.update_source.clone().or_else(|| group.update_source.clone()),
        timers: own.timers.or(group.timers),
        restart_disabled: own.restart_disabled || group.restart_disabled,
        families,
    }
}

impl Bgp {
    fn new(asn: u32) -> Bgp {
        Bgp {
            asn,
            router_id: None,
            requires_policy: true,
            shutdown: false,
            restart_disabled: false,
            import_check: true,
            multipath_relax: false,
            maximum_paths: [[None; 2]; 2],
            distance: [None; 2],
            networks: Vec::new(),
            neighbors: Vec::new(),
            timers: None,
            listen: Vec::new(),
        }
    }
}

/// Plain or with a dot.
fn asn_of(text: &str) -> Option<u32> {
    match text.split_once('.') {
        Some((high, low)) => {
            Some((u32::from(high.parse::<u16>().ok()?) << 16) | u32::from(low.parse::<u16>().ok()?))
        }
        None => text.parse().ok(),
    }
}
