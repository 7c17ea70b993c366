//! The router side: a vendor-neutral configuration for every router of the file.
//!
//! A neighbor says what MetalLB does on the other end. MetalLB only dials, so it is passive; timers
//! are written where they are declared, because otherwise both ends negotiate the nodes' own (native:
//! 90 s, frr: 180 s) anyway. Every neighbor has a route map in and out, so that the policy that eBGP
//! requires stays on for everybody else, and keeps what it received, so that a changed map takes
//! effect without help from MetalLB's native speakers, which know no route refresh.

use std::net::IpAddr;
use std::time::Duration;

use ipnet::IpNet;

use super::desired::{DesiredRouter, RouterPart};
use super::facts::{Facts, Target, list_mark};
use super::filter::{ByFamily, Permits};
use super::{carries, password};
use crate::declaration::types::{MaxPrefixAction, SubnetRole};
use crate::finding::{Finding, Layer};
use crate::frr::{
    BfdPeerTimers, MaximumPrefix, MaximumPrefixAction, Neighbor, Password, PrefixList, RouteMap,
    RouteMapEntry, RouterConfig,
};
use crate::intent::naming::{self, policy_in, policy_out};
use crate::intent::{
    Advertisement, BfdProfile, Family, Intent, MaxPrefixes, Member, NodeSet, Peer, Pool, RouterKind, Session,
    Topology,
};

/// `ebgp-multihop` without a limit, as MetalLB's own FRR has it.
const ANY_HOPS: u8 = 255;

/// Sequence number of the route-map entry of a family. Fixed, so that a family that is added later
/// moves nothing.
const fn map_seq(family: Family) -> u32 {
    match family {
        Family::Ipv4 => 10,
        Family::Ipv6 => 20,
    }
}

/// Name of a prefix list. The package finds a list by its name and looks at the IPv4 lists first, so
/// the two families cannot share one.
pub fn list_name(policy: &str, family: Family) -> String {
    match family {
        Family::Ipv4 => policy.to_owned(),
        Family::Ipv6 => format!("{policy}.v6"),
    }
}

/// What every router should hold, in the order of the file.
pub(super) fn routers(
    topology: &Topology<'_>,
    target: &Target,
    facts: &Facts,
    findings: &mut Vec<Finding>,
) -> Vec<DesiredRouter> {
    let intent = topology.intent();
    let announcements = Announcements::new(topology, target);
    let mut routers = Vec::new();
    for (peer_index, peer) in intent.peers.iter().enumerate() {
        for (member_index, member) in peer.members.iter().enumerate() {
            let path = path(peer, member);
            let part = if peer.absent {
                RouterPart::Absent
            } else {
                let builder = Builder { topology, target, facts, peer_index, peer, member_index, member };
                let config = Box::new(builder.config(&announcements, &path, findings));
                match &peer.kind {
                    RouterKind::Pfsense { carp, .. } => {
                        RouterPart::Pfsense { config, carp: carp.as_ref().map(|carp| carp.value) }
                    }
                    RouterKind::Frr(_) => RouterPart::Frr(config),
                    RouterKind::Unmanaged(_) => RouterPart::Unmanaged(config),
                }
            };
            routers.push(DesiredRouter {
                peer: peer_index,
                member: member_index,
                path,
                part,
                place: member.place,
            });
        }
    }
    routers
}

/// Where a router is found in a snapshot and in compiled output: `PEER`, or `PEER/MEMBER`.
pub fn path(peer: &Peer, member: &Member) -> String {
    match &member.name {
        Some(name) => format!("{}/{}", *peer.name, **name),
        None => peer.name.value.clone(),
    }
}

/// Every advertisement with the nodes it selects, worked out once for all routers.
struct Announcements<'a> {
    all: Vec<(&'a Pool, &'a Advertisement, NodeSet)>,
}

impl<'a> Announcements<'a> {
    fn new(topology: &Topology<'a>, target: &Target) -> Self {
        let mut all = Vec::new();
        for pool in &topology.intent().pools {
            // Such a pool is refused as a whole, not only its IPv6 part.
            if pool.has(Family::Ipv6) && !carries(target, Family::Ipv6) {
                continue;
            }
            for advertisement in &pool.advertisements {
                all.push((pool, advertisement, topology.select(&advertisement.nodes)));
            }
        }
        Announcements { all }
    }
}

/// Pools of one router, each with the shortest route that is announced out of it, by family.
struct Reach<'a> {
    pool: &'a Pool,
    shortest: [Option<u8>; 2],
}

/// Builds the configuration of one router.
struct Builder<'a> {
    topology: &'a Topology<'a>,
    target: &'a Target,
    facts: &'a Facts,
    peer_index: usize,
    peer: &'a Peer,
    member_index: usize,
    member: &'a Member,
}

impl<'a> Builder<'a> {
    fn intent(&self) -> &'a Intent {
        self.topology.intent()
    }

    fn config(
        &self,
        announcements: &Announcements<'a>,
        path: &str,
        findings: &mut Vec<Finding>,
    ) -> RouterConfig {
        let network = self.intent().name.as_str();
        let (map_in, map_out) = (policy_in(network, &self.peer.name), policy_out(network, &self.peer.name));
        let sessions: Vec<&Session> = self
            .topology
            .sessions_of(self.peer_index)
            .iter()
            .filter(|s| s.member == self.member_index && carries(self.target, s.family))
            .collect();
        let (accepted, reach) = self.accepted(announcements, &sessions);
        let mut learned = ByFamily::default();
        for prefix in &self.peer.learn {
            learned.of_mut(Family::of(prefix.addr())).exactly(prefix.value);
        }
        let mut neighbors: Vec<Neighbor> =
            sessions.iter().filter_map(|session| self.neighbor(session, &map_in, &map_out)).collect();
        neighbors.sort_by_key(|neighbor| neighbor.address);
        let bfd = neighbors.iter().filter(|n| n.bfd).filter_map(|n| self.bfd_timers(n.address)).collect();

        let mark = list_mark(network, self.facts.identity.as_ref());
        let mut lists = Lists { mark: &mark, prefix_lists: Vec::new(), route_maps: Vec::new() };
        let families: Vec<Family> = [Family::Ipv4, Family::Ipv6]
            .into_iter()
            .filter(|&family| self.member.address(family).is_some() && carries(self.target, family))
            .collect();
        lists.permit(&map_in, "announced by the nodes", &families, &accepted);
        let learned_families: Vec<Family> = families
            .into_iter()
            .filter(|&family| self.peer.learn.iter().any(|prefix| Family::of(prefix.addr()) == family))
            .collect();
        if learned_families.is_empty() {
            lists.deny(&map_out);
        } else {
            lists.permit(&map_out, "learned by the nodes", &learned_families, &learned);
        }
        RouterConfig {
            asn: self.peer.asn.get(),
            router_id: self.member.router_id.value,
            addresses: self.member.addresses.iter().map(|address| address.value).collect(),
            neighbors,
            prefix_lists: lists.prefix_lists,
            route_maps: lists.route_maps,
            null_routes: self.null_routes(&reach, path, findings),
            bfd,
        }
    }

    /// What may come in, and which pools it comes from.
    fn accepted(
        &self,
        announcements: &Announcements<'a>,
        sessions: &[&Session],
    ) -> (ByFamily, Vec<Reach<'a>>) {
        let nodes = [Family::Ipv4, Family::Ipv6].map(|family| {
            let mut set = NodeSet::none(self.intent().nodes.len());
            sessions.iter().filter(|s| s.family == family).for_each(|s| set.insert(s.node));
            set
        });
        let mut accepted = ByFamily::default();
        let mut reach: Vec<Reach<'a>> = Vec::new();
        for (pool, advertisement, selected) in &announcements.all {
            let told = advertisement.peers.as_ref().is_none_or(|told| told.contains(&self.peer_index));
            if !told {
                continue;
            }
            let mut shortest = [None; 2];
            for ((family, nodes), shortest) in
                [Family::Ipv4, Family::Ipv6].into_iter().zip(&nodes).zip(&mut shortest)
            {
                // Nodes that are discovered later announce as well.
                let may_be_joined = self.intent().discover.is_some()
                    && self.member.address(family).is_some()
                    && carries(self.target, family);
                if !selected.meets(nodes) && !may_be_joined {
                    continue;
                }
                let length = advertisement.length(family);
                *shortest = Some(length);
                for range in pool.ranges.iter().filter(|range| range.family() == family) {
                    range
                        .cidrs()
                        .into_iter()
                        .for_each(|block| accepted.of_mut(family).announce(block, length));
                }
            }
            match reach.last_mut().filter(|last| std::ptr::eq(last.pool, *pool)) {
                Some(last) => {
                    for (old, new) in last.shortest.iter_mut().zip(shortest) {
                        *old = [*old, new].into_iter().flatten().min();
                    }
                }
                None => reach.push(Reach { pool, shortest }),
            }
        }
        (accepted, reach)
    }

    fn neighbor(&self, session: &Session, map_in: &str, map_out: &str) -> Option<Neighbor> {
        let node = self.intent().nodes.get(session.node)?;
        let peer = self.peer;
        Some(Neighbor {
            address: session.node_address,
            remote_as: session.node_asn.get(),
            description: naming::description(&node.name, &self.intent().name),
            password: self.password(),
            passive: true,
            timers: timers(peer),
            bfd: peer.bfd.is_some() && self.target.backend.is_frr(),
            ebgp_multihop: (self.is_multihop() && !session.is_ibgp()).then_some(ANY_HOPS),
            update_source: peer.shares_address().then_some(session.router_address),
            soft_reconfiguration_inbound: true,
            graceful_restart_helper: peer.graceful_restart.as_ref().is_some_and(|restart| restart.value),
            ipv4_unicast: session.family == Family::Ipv4,
            ipv6_unicast: session.family == Family::Ipv6,
            route_map_in: map_in.to_owned(),
            route_map_out: map_out.to_owned(),
            maximum_prefix: peer.max_prefixes.as_ref().map(|limit| maximum_prefix(&limit.value)),
        })
    }

    fn is_multihop(&self) -> bool {
        self.peer.multihop.as_ref().is_some_and(|multihop| multihop.value)
    }

    fn password(&self) -> Password {
        match (&self.peer.password, self.facts.passwords.get(self.peer.name.as_str())) {
            (None, _) => Password::None,
            (Some(_), Some(value)) => Password::Known(value.clone()),
            (Some(reference), None) => Password::Unknown(password::describe(&reference.value)),
        }
    }

    /// An entry of its own only for timers that are not FRR's defaults.
    fn bfd_timers(&self, peer: IpAddr) -> Option<BfdPeerTimers> {
        let name = self.peer.bfd.as_ref()?;
        let profile = &self.intent().bfd_profiles.get(&name.value)?.value;
        let multihop = self.is_multihop();
        let has_timers =
            profile != &BfdProfile { passive_mode: profile.passive_mode, ..BfdProfile::default() };
        (has_timers || multihop).then(|| BfdPeerTimers {
            peer,
            multihop,
            local_address: self.member.address(Family::of(peer)).filter(|_| multihop).map(|a| a.value),
            profile: name.value.clone(),
            detect_multiplier: profile.detect_multiplier,
            receive_interval: profile.receive_interval,
            transmit_interval: profile.transmit_interval,
            echo_interval: profile.echo_interval,
            echo_mode: profile.echo_mode.unwrap_or(false),
            minimum_ttl: profile.minimum_ttl,
        })
    }

    /// A null route loses against every longer route from the nodes and wins against one of its own
    /// length, so it is left out where the nodes announce the whole block as one.
    fn null_routes(&self, reach: &[Reach<'a>], path: &str, findings: &mut Vec<Finding>) -> Vec<IpNet> {
        let mut routes = Vec::new();
        for Reach { pool, shortest } in reach {
            if !self.is_blackholed(pool, path) {
                continue;
            }
            for range in &pool.ranges {
                let slot = usize::from(range.family() == Family::Ipv6);
                let Some(shortest) = shortest.get(slot).copied().flatten() else { continue };
                for block in range.cidrs() {
                    if block.prefix_len() < shortest {
                        routes.push(block);
                    } else if let Some(declared) = &pool.blackhole {
                        findings.push(
                            Finding::info(
                                Layer::Intent,
                                "blackhole-left-out",
                                format!(
                                    "pool {}: {block} gets no null route, the nodes announce it as one route",
                                    *pool.name
                                ),
                            )
                            .at(declared.place),
                        );
                    }
                }
            }
        }
        routes.sort_unstable();
        routes
    }

    fn is_blackholed(&self, pool: &Pool, path: &str) -> bool {
        if let Some(declared) = &pool.blackhole {
            return declared.value;
        }
        // An L2 pool lives on a connected subnet by its nature.
        if !pool.l2.is_empty() {
            return false;
        }
        let declared = self
            .intent()
            .subnets
            .iter()
            .filter(|subnet| subnet.role != Some(SubnetRole::Remote))
            .map(|subnet| subnet.net.value);
        let live = self.facts.connected.get(path).into_iter().flatten().copied();
        !declared.chain(live).any(|subnet| {
            let subnet = crate::intent::AddressRange::of_net(subnet);
            pool.ranges.iter().any(|range| range.overlaps(&subnet))
        })
    }
}

/// Prefix lists and the maps that match them.
struct Lists<'a> {
    mark: &'a str,
    prefix_lists: Vec<PrefixList>,
    route_maps: Vec<RouteMap>,
}

impl Lists<'_> {
    fn permit(&mut self, policy: &str, what: &str, families: &[Family], permits: &ByFamily) {
        let mut entries = Vec::new();
        for &family in families {
            let name = list_name(policy, family);
            let rows = Permits::rows(permits.of(family));
            let ipv6 = family == Family::Ipv6;
            entries.push(RouteMapEntry {
                seq: map_seq(family),
                permit: true,
                prefix_list: Some((name.clone(), ipv6)),
            });
            let description = format!("{what} {}", self.mark);
            self.prefix_lists.push(PrefixList { name, ipv6, description, rows });
        }
        self.route_maps.push(RouteMap { name: policy.to_owned(), entries });
    }

    fn deny(&mut self, policy: &str) {
        let entry = RouteMapEntry { seq: map_seq(Family::Ipv4), permit: false, prefix_list: None };
        self.route_maps.push(RouteMap { name: policy.to_owned(), entries: vec![entry] });
    }
}

/// Keepalive and hold time in seconds. pfSense writes a hold time only with a keepalive, and no zero.
/// MetalLB takes three keepalives for the hold time where only the keepalive is declared.
fn timers(peer: &Peer) -> Option<(u16, u16)> {
    let seconds = |time: Duration| u16::try_from(time.as_secs()).ok().filter(|seconds| *seconds > 0);
    let keepalive = peer.keepalive_time.as_ref().and_then(|time| seconds(time.value));
    let hold = match &peer.hold_time {
        Some(hold) => seconds(hold.value)?,
        None => keepalive?.checked_mul(3)?,
    };
    Some((keepalive.unwrap_or((hold / 3).max(1)), hold))
}

fn maximum_prefix(limit: &MaxPrefixes) -> MaximumPrefix {
    let action = match (limit.action, limit.restart_after) {
        (MaxPrefixAction::Stop, _) => MaximumPrefixAction::Stop,
        (MaxPrefixAction::Restart, Some(minutes)) => MaximumPrefixAction::Restart(minutes),
        _ => MaximumPrefixAction::WarnOnly,
    };
    MaximumPrefix { limit: limit.limit, threshold: limit.threshold, action }
}
