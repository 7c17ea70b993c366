//! Both ends of every session: do they fit each other as they are now?

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::space::{afi, marked_by};
use super::view::{Pfsense, Router, View};
use super::{error, info, listed, warning};
use crate::finding::Finding;
use crate::frr::running::{Bgp, Neighbor, RemoteAs};
use crate::intent::{RouterKind, Session};
use crate::metallb::{Backend, BgpPeer};
use crate::pfsense::firewall::Truth;

pub(super) fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for router in &view.routers {
        switches(view, router, findings);
        carp(router, findings);
        router_id(view, router, findings);
        let Some(bgp) = &router.running.bgp else { continue };
        missing(view, router, bgp, findings);
        orphans(view, router, bgp, findings);
        let mut ends = Ends { view, router, bgp, found: Vec::new() };
        for session in view.sessions(router) {
            if let Some(neighbor) = router.neighbor(session) {
                ends.compare(session, neighbor);
            }
        }
        ends.tell(findings);
    }
}

/// Whether something of this network is configured on the router, switched on or not.
fn is_set_up(view: &View<'_>, router: &Router<'_>) -> bool {
    let Some(pfsense) = &router.pfsense else { return router.running.bgp.is_some() };
    let wanted: BTreeSet<String> = view.sessions(router).map(|s| s.node_address.to_string()).collect();
    pfsense.entries("frrbgpneighbors").iter().any(|entry| wanted.contains(entry.field("peer")))
}

/// The switches in front of everything.
fn switches(view: &View<'_>, router: &Router<'_>, findings: &mut Vec<Finding>) {
    if !is_set_up(view, router) {
        return;
    }
    let mut off = |what: &str, way: &str| {
        findings.push(
            error("bgp-switched-off", format!("{}: {what}, so no session comes up", router.path))
                .at(router.place())
                .on(router.object())
                .hint(way.to_owned()),
        );
    };
    if let Some(pfsense) = &router.pfsense {
        let on = |section: &str| pfsense.first(section).is_some_and(|entry| entry.is_ticked("enable"));
        if !on("frr") {
            off(
                "the FRR package is switched off",
                "tick Enable FRR under Services > FRR Global/Zebra, or apply",
            );
            return;
        }
        if !on("frrbgp") && !pfsense.state.facts.raw.whole {
            off("BGP is switched off", "tick Enable BGP Routing under Services > FRR BGP, or apply");
            return;
        }
    }
    match &router.running.bgp {
        None => off("no BGP instance is configured", "set the local AS, or apply"),
        Some(bgp) if bgp.shutdown => {
            off("BGP is shut down", "take the shutdown off under Services > FRR BGP");
        }
        Some(_) => {}
    }
}

/// What FRR is bound to, against what is declared.
fn carp(router: &Router<'_>, findings: &mut Vec<Finding>) {
    let (Some(pfsense), RouterKind::Pfsense { carp, .. }) = (&router.pfsense, &router.peer.kind) else {
        return;
    };
    let Some(frr) = pfsense.first("frr").filter(|_| router.running.bgp.is_some()) else { return };
    let bound = frr.field("carpstatusvid").strip_prefix("_vip");
    let vip = |id: &str| pfsense.interfaces.vips().iter().find(|vip| vip.unique_id == id);
    let (message, hint) = match (carp, bound) {
        (Some(carp), None) => (
            format!(
                "{}: FRR is bound to no CARP address, so both firewalls run it and {} answers on either",
                router.path, carp.value
            ),
            "choose the CARP address under Services > FRR Global/Zebra, CARP Status IP, or apply",
        ),
        (Some(carp), Some(id)) => match vip(id) {
            Some(vip) if vip.address != carp.value => (
                format!(
                    "{}: FRR follows the CARP address {}, {} is declared",
                    router.path, vip.address, carp.value
                ),
                "choose the declared CARP address, or apply",
            ),
            _ => return,
        },
        (None, Some(id)) if router.peer.members.len() > 1 => (
            format!(
                "{}: FRR runs only while {} is here, and the nodes are to peer with both firewalls at once",
                router.path,
                vip(id).map_or_else(|| "its CARP address".to_owned(), |vip| vip.address.to_string())
            ),
            "set CARP Status IP to none on both firewalls, or declare `carp` for the pair",
        ),
        _ => return,
    };
    findings.push(
        warning("frr-carp-binding", message).at(router.place()).on(router.object()).hint(hint.to_owned()),
    );
}

/// Two speakers with one identifier push each other out.
fn router_id(view: &View<'_>, router: &Router<'_>, findings: &mut Vec<Finding>) {
    let Some(id) = router.running.bgp.as_ref().and_then(|bgp| bgp.router_id) else { return };
    let node = view.intent.nodes.iter().find(|node| node.addresses.iter().any(|a| a.value == IpAddr::V4(id)));
    let twin = view.routers.iter().find(|other| {
        other.path < router.path && other.running.bgp.as_ref().and_then(|bgp| bgp.router_id) == Some(id)
            // Members that share an address never run at the same time.
            && !(other.peer_index == router.peer_index && router.peer.shares_address())
    });
    let owner = match (node, twin) {
        (Some(node), _) => format!("node {}", node.name.value),
        (None, Some(twin)) => format!("router {}", twin.path),
        (None, None) => return,
    };
    findings.push(
        warning("router-id-taken", format!("{}: its router ID {id} is also that of {owner}", router.path))
            .at(router.place())
            .on(router.object())
            .hint("give the router an ID of its own, usually its address"),
    );
}

/// Nodes that dial a router which does not know them.
fn missing(view: &View<'_>, router: &Router<'_>, bgp: &Bgp, findings: &mut Vec<Finding>) {
    let listens = |address: IpAddr| bgp.listen.iter().any(|net| net.contains(&address));
    let some_are_there = view.sessions(router).any(|session| router.neighbor(session).is_some());
    for session in view.sessions(router) {
        if router.neighbor(session).is_some() || listens(session.node_address) {
            continue;
        }
        let dials = view.dial(session).is_some();
        if !dials && !some_are_there {
            // Neither side is set up.
            continue;
        }
        let (node, address) = (view.node_name(session), session.node_address);
        // A router that waits for another address of this node is worth saying.
        let other = view.cluster.as_ref().and_then(|cluster| cluster.node(node)).and_then(|live| {
            let listed = |ip: &IpAddr| *ip != address && router.running.neighbor(*ip).is_some();
            live.addresses().iter().filter_map(|a| a.address.parse::<IpAddr>().ok()).find(listed)
        });
        let expects = other.map(|other| format!("; it expects that node at {other}")).unwrap_or_default();
        let message = format!("{}: there is no neighbor {address} for node {node}{expects}", router.path);
        findings.push(
            warning("neighbor-missing", message)
                .at(view.node_place(session))
                .on(router.object())
                .label(router.place(), "the router")
                .hint("apply to add it, or keep the node from dialing with `nodes` of the peer"),
        );
    }
    strangers(view, router, bgp, findings);
}

/// Nodes of the cluster that are not declared and dial the router all the same.
fn strangers(view: &View<'_>, router: &Router<'_>, bgp: &Bgp, findings: &mut Vec<Finding>) {
    let Some(cluster) = view.cluster.as_ref().filter(|_| view.intent.discover.is_none()) else { return };
    for node in &cluster.nodes {
        let name = &node.metadata.name;
        if view.intent.nodes.iter().any(|declared| declared.name.value == *name) {
            continue;
        }
        for address in &router.member.addresses {
            if cluster.dialing(address.value, &node.metadata.labels).is_none() {
                continue;
            }
            let own = node.internal_ips().into_iter().find(|ip| ip.is_ipv4() == address.is_ipv4());
            let Some(own) = own else { continue };
            let known =
                router.running.neighbor(own).is_some() || bgp.listen.iter().any(|net| net.contains(&own));
            if known || (address.is_ipv6() && !view.backend().is_frr()) {
                continue;
            }
            let message = format!(
                "node {name} ({own}) is not declared and dials {}, which has no neighbor {own}",
                router.path
            );
            findings.push(
                warning("node-not-declared", message)
                    .at(router.place())
                    .on(format!("node {name}"))
                    .hint("declare the node, or limit `nodes` of the peer to those that are"),
            );
        }
    }
}

/// Neighbors for nodes that are gone.
fn orphans(view: &View<'_>, router: &Router<'_>, bgp: &Bgp, findings: &mut Vec<Finding>) {
    if view.intent.discover.is_some() {
        return;
    }
    let network = view.intent.name.value.as_str();
    let asns: BTreeSet<u32> = view.intent.nodes.iter().map(|node| node.asn.value.get()).collect();
    let node_interfaces: BTreeSet<&str> = match &router.pfsense {
        Some(pfsense) => view
            .sessions(router)
            .filter_map(|s| pfsense.interfaces.towards(s.node_address))
            .map(|interface| interface.name)
            .collect(),
        None => BTreeSet::new(),
    };
    for neighbor in &bgp.neighbors {
        let address = neighbor.address;
        let declared = view.intent.nodes.iter().any(|node| node.addresses.iter().any(|a| a.value == address));
        let live = view.cluster.as_ref().is_some_and(|cluster| {
            cluster.nodes.iter().any(|node| node.addresses().iter().any(|a| a.address.parse() == Ok(address)))
        });
        let router_itself = view.intent.peers.iter().flat_map(|peer| &peer.members);
        let router_itself = router_itself.flat_map(|member| &member.addresses).any(|a| a.value == address);
        if declared || live || router_itself {
            continue;
        }
        let ours = match marked_by(&neighbor.description) {
            Some(mark) if mark != network => continue,
            Some(_) => true,
            None => false,
        };
        let alike = matches!(neighbor.remote_as, Some(RemoteAs::Is(asn)) if asn != bgp.asn && asns.contains(&asn))
            && router.pfsense.as_ref().is_some_and(|pfsense| {
                pfsense.interfaces.towards(address).is_some_and(|i| node_interfaces.contains(i.name))
            });
        if !ours && !alike {
            continue;
        }
        let described = match neighbor.description.as_str() {
            "" => String::new(),
            text => format!(" ({text})"),
        };
        let message = format!("{}: neighbor {address}{described} is no node of this network", router.path);
        findings.push(warning("neighbor-without-node", message).at(router.place()).on(router.object()).hint(
            "remove the neighbor if the node is gone, or declare the node: dead neighbors hide real failures",
        ));
    }
}

/// What is wrong with several sessions of one router is said once.
struct Ends<'v, 'a> {
    view: &'v View<'a>,
    router: &'v Router<'a>,
    bgp: &'v Bgp,
    found: Vec<(Finding, &'a str)>,
}

impl<'v, 'a> Ends<'v, 'a> {
    fn compare(&mut self, session: &'v Session, neighbor: &Neighbor) {
        let dial = self.view.dial(session);
        let node = self.view.node_name(session);
        let before = self.found.len();
        self.asns(session, neighbor, dial);
        self.password(neighbor, dial);
        self.bfd(session, neighbor, dial);
        self.hops(session, neighbor, dial);
        self.ways(session, neighbor);
        self.timers(neighbor, dial);
        self.restart(neighbor, dial);
        if let Some(found) = self.found.get_mut(before..) {
            found.iter_mut().for_each(|(_, of)| *of = node);
        }
        if dial.is_none() {
            self.silent(session, node);
        }
    }

    fn push(&mut self, finding: Finding, hint: &str) {
        let (place, object) = (self.router.place(), self.router.object());
        let finding = if finding.place.is_some() { finding } else { finding.at(place) };
        self.found.push((finding.on(object).hint(hint.to_owned()), ""));
    }

    /// The router waits, other nodes dial, this one does not.
    fn silent(&mut self, session: &Session, node: &'a str) {
        let Some(cluster) = &self.view.cluster else { return };
        let others = cluster.peers.iter().any(|peer| {
            peer.spec.peer_address.as_deref().and_then(|text| text.parse::<IpAddr>().ok())
                == Some(session.router_address)
        });
        if !others {
            return;
        }
        let message = format!("no BGPPeer lets the node dial {}", session.router_address);
        self.push(
            warning("node-does-not-dial", message),
            "apply, or correct the nodeSelectors of the BGPPeer or the labels of the node",
        );
        if let Some((_, of)) = self.found.last_mut() {
            *of = node;
        }
    }

    fn asns(&mut self, session: &Session, neighbor: &Neighbor, dial: Option<&BgpPeer>) {
        let router = neighbor.local_as.unwrap_or(self.bgp.asn);
        let place = self.router.peer.asn.place;
        if router != session.router_asn.get() && dial.is_none_or(|dial| dial.spec.peer_asn == Some(router)) {
            let message = format!("the router is in AS {router}, AS {} is declared", session.router_asn);
            self.push(
                warning("router-asn-not-declared", message).at(place),
                "correct the declaration; applying it would change the router's AS and reset all its sessions",
            );
        }
        let expected = dial.map_or(Some(session.router_asn.get()), |dial| dial.spec.peer_asn);
        if let Some(expected) = expected.filter(|expected| *expected != router && dial.is_some()) {
            let message = format!("the router is AS {router}, and metallb expects AS {expected}");
            self.push(
                error("session-asn-differs", message).at(place),
                "make the router's AS and `asn` of the peer equal",
            );
        }
        let node_asn =
            dial.map_or(session.node_asn.get(), |dial| dial.spec.local_asn.unwrap_or(dial.spec.my_asn));
        let remote = match neighbor.remote_as {
            Some(RemoteAs::Is(asn)) => asn,
            Some(RemoteAs::Internal) => self.bgp.asn,
            Some(RemoteAs::External) if node_asn == self.bgp.asn => 0,
            Some(RemoteAs::External) => return,
            None => {
                self.push(
                    error("neighbor-without-asn", "the neighbor has no AS, so FRR refuses it".to_owned()),
                    "set the AS of the nodes on the neighbor",
                );
                return;
            }
        };
        if remote != node_asn {
            let expects =
                if remote == 0 { "another AS than its own".to_owned() } else { format!("AS {remote}") };
            let message = format!("the nodes are AS {node_asn}, and the router expects {expects}");
            self.push(
                error("session-asn-differs", message).at(place),
                "make the neighbor's AS and `asn` of the nodes equal",
            );
        }
    }

    fn password(&mut self, neighbor: &Neighbor, dial: Option<&BgpPeer>) {
        let entry = self.router.pfsense.as_ref().and_then(|pfsense| entry(pfsense, neighbor.address));
        let filled = entry.is_some_and(|entry| !entry.field("password").is_empty());
        let kind = entry.map_or("", |entry| entry.field("password_type"));
        if filled && !matches!(kind, "both" | "both-bidir") {
            self.push(
                error(
                    "md5-not-signed",
                    format!("the neighbor has a password of type `{kind}`, with which FreeBSD signs nothing"),
                ),
                "choose `FRR and setkey Bidirectional` as the password type",
            );
            return;
        }
        let theirs = match dial {
            Some(dial) => {
                dial.spec.password.is_some()
                    || dial.spec.password_secret.as_ref().is_some_and(|s| s.name.is_some())
            }
            None => self.router.peer.password.is_some(),
        };
        let has = |has: bool| if has { "has" } else { "has no" };
        if neighbor.has_password != theirs {
            let message = format!(
                "the neighbor on the router {} password, the node's end {} one",
                if neighbor.has_password { "has a" } else { "has no" },
                has(theirs).trim_end_matches(" no")
            );
            let message = if theirs { message } else { message.replace("end has one", "end has none") };
            self.push(
                error("session-md5-differs", message),
                "set the same password on both ends: the session times out without a word about it",
            );
            return;
        }
        self.different_passwords(entry.map_or("", |entry| entry.field("password")), dial);
    }

    /// Both have one: the same? Asked only where both can be read.
    fn different_passwords(&mut self, ours: &str, dial: Option<&BgpPeer>) {
        let (Some(cluster), Some(dial), Some(pfsense)) = (&self.view.cluster, dial, &self.router.pfsense)
        else {
            return;
        };
        if pfsense.state.redacted || cluster.state.redacted || ours.is_empty() {
            return;
        }
        let namespace = self.view.desired.cluster.namespace.as_str();
        let reference = dial.spec.password_secret.as_ref().and_then(|secret| secret.name.as_deref());
        let theirs = match (&dial.spec.password, reference) {
            (Some(password), _) => Some(password),
            (None, Some(name)) => cluster.state.secret(namespace, name, "password"),
            (None, None) => None,
        };
        if theirs.is_some_and(|theirs| theirs.reveal() != ours) {
            self.push(
                error("session-md5-differs", "the passwords of both ends are not the same".to_owned()),
                "set the same password on both ends: the session times out without a word about it",
            );
        }
    }

    fn bfd(&mut self, session: &Session, neighbor: &Neighbor, dial: Option<&BgpPeer>) {
        if !self.view.backend().is_frr() {
            if neighbor.bfd {
                self.push(
                    warning(
                        "session-bfd-differs",
                        "the neighbor has BFD, which the native backend does not speak".to_owned(),
                    ),
                    "take BFD off the neighbor, or run the frr or frr-k8s backend",
                );
            }
            return;
        }
        let theirs = match dial {
            Some(dial) => dial.spec.bfd_profile.as_ref().is_some_and(|name| !name.is_empty()),
            None => self.router.peer.bfd.is_some(),
        };
        if neighbor.bfd != theirs {
            let (with, without) =
                if theirs { ("the node", "the router") } else { ("the router", "the node") };
            self.push(
                warning("session-bfd-differs", format!("{with} has BFD for this session, {without} has not")),
                "set or remove BFD on both ends",
            );
        }
        let daemon = self.router.pfsense.as_ref().is_none_or(|pfsense| {
            pfsense.first("frrbfd").is_some_and(|entry| entry.is_ticked("enable"))
                || pfsense.state.facts.raw.whole
        });
        if neighbor.bfd && !daemon {
            self.push(
                error("bfd-daemon-off", "the neighbor has BFD, and FRR's BFD is switched off".to_owned()),
                "tick Enable BFD under Services > FRR BFD, or apply",
            );
        }
        // BFD looks at the address that it comes from.
        if let Some(source) = neighbor.update_source.as_deref().and_then(|s| s.parse::<IpAddr>().ok())
            && neighbor.bfd
            && source != session.router_address
        {
            self.push(
                warning(
                    "session-source-differs",
                    format!("BFD comes from {source}, the node dials {}", session.router_address),
                ),
                "set the update source of the neighbor to the address that the nodes dial",
            );
        }
    }

    fn hops(&mut self, session: &Session, neighbor: &Neighbor, dial: Option<&BgpPeer>) {
        if neighbor.ttl_security.is_some() {
            self.push(
                error(
                    "neighbor-ttl-security",
                    "the neighbor has TTL security, and metallb does not send the TTL it wants".to_owned(),
                ),
                "take TTL security off the neighbor",
            );
        }
        let internal = neighbor.is_internal(self.bgp.asn).unwrap_or(session.is_ibgp());
        let Some(pfsense) = self.router.pfsense.as_ref().filter(|_| !internal) else { return };
        let dynamic = pfsense.interfaces.enabled().any(|i| i.is_dynamic(session.node_address.is_ipv4()));
        if dynamic || pfsense.interfaces.towards(session.node_address).is_some() {
            return;
        }
        if neighbor.multihop.is_none_or(|hops| hops < 2) && !neighbor.unchecked {
            self.push(
                error(
                    "neighbor-needs-multihop",
                    format!(
                        "{} is on no network of the router, and eBGP wants it one hop away",
                        session.node_address
                    ),
                ),
                "set `multihop: true` on the peer and apply, or correct the node's address",
            );
        }
        let theirs = dial.map(|dial| dial.spec.ebgp_multi_hop.unwrap_or(false));
        if self.view.backend().is_frr() && theirs == Some(false) {
            self.push(
                warning(
                    "peer-needs-multihop",
                    format!(
                        "{} is some hops away, and ebgpMultiHop is off on the node's end",
                        session.router_address
                    ),
                ),
                "set `multihop: true` on the peer",
            );
        }
    }

    /// Settings of the neighbor that keep a session from coming up or from carrying routes.
    fn ways(&mut self, session: &Session, neighbor: &Neighbor) {
        if neighbor.shutdown {
            self.push(
                error("neighbor-shut-down", "the neighbor is shut down".to_owned()),
                "take the shutdown off the neighbor",
            );
        }
        if !neighbor.passive {
            self.push(
                info(
                    "neighbor-not-passive",
                    "the neighbor is not passive: the router dials a node that never listens".to_owned(),
                ),
                "set the neighbor to passive",
            );
        }
        let family = afi(session.family);
        let [ipv4, ipv6] = &neighbor.families;
        if !neighbor.family(family).active {
            self.push(
                error("neighbor-family-off", format!("the neighbor is not active in {}", session.family)),
                "activate the neighbor in the family of its address",
            );
        }
        let both = ipv4.active && ipv6.active;
        if both && self.view.backend() == Backend::Native {
            self.push(
                warning("neighbor-both-families", "the neighbor is active in both families, and a native speaker claims IPv6 without ever sending any".to_owned()),
                "activate the neighbor in IPv4 alone",
            );
        }
        let twice = self.router.pfsense.as_ref().is_some_and(|pfsense| {
            let same = pfsense.entries("frrbgpneighbors").iter();
            same.filter(|entry| entry.field("peer").parse() == Ok(neighbor.address)).count() > 1
        });
        if twice {
            self.push(
                warning(
                    "neighbor-twice",
                    "the neighbor is listed twice, and the later settings win".to_owned(),
                ),
                "remove one of the two entries",
            );
        }
        self.virtual_source(session, neighbor);
    }

    /// Who dials a virtual address must be answered from it.
    fn virtual_source(&mut self, session: &Session, neighbor: &Neighbor) {
        let Some(pfsense) = &self.router.pfsense else { return };
        let dialed = session.router_address;
        if pfsense.interfaces.owns(dialed) != Truth::Yes {
            return;
        }
        let is_virtual =
            pfsense.interfaces.vips().iter().any(|vip| vip.address == dialed && vip.mode == "carp");
        let source = neighbor.update_source.as_deref().and_then(|text| text.parse::<IpAddr>().ok());
        if is_virtual && source != Some(dialed) {
            self.push(
                warning("neighbor-answers-elsewhere", format!("the nodes dial the CARP address {dialed}, which is not the update source of the neighbor")),
                "set the update source to the CARP address, or peer with the firewalls' own addresses",
            );
        } else if let Some(source) = source.filter(|source| *source != dialed && !neighbor.bfd && !is_virtual)
        {
            self.push(
                warning(
                    "session-source-differs",
                    format!("the update source of the neighbor is {source}, the nodes dial {dialed}"),
                ),
                "set the update source of the neighbor to the address that the nodes dial, or to default",
            );
        }
    }

    fn timers(&mut self, neighbor: &Neighbor, dial: Option<&BgpPeer>) {
        if let Some(entry) = self.router.pfsense.as_ref().and_then(|pfsense| entry(pfsense, neighbor.address))
        {
            let hold = entry.field("timers_holdtime");
            if !hold.is_empty() && entry.field("timers_keepalive").is_empty() {
                self.push(
                    warning(
                        "neighbor-hold-ignored",
                        format!("the hold time {hold} of the neighbor is ignored without a keepalive"),
                    ),
                    "set the keepalive too, a third of the hold time",
                );
            }
        }
        let router = neighbor.timers.or(self.bgp.timers).map(|(_, hold)| hold);
        let node =
            dial.and_then(|dial| dial.spec.hold_time.as_deref()).and_then(crate::metallb::duration::parse);
        if router == Some(0) || node.is_some_and(|node| i128::from(node) == 0) {
            self.push(
                warning(
                    "session-hold-zero",
                    "the hold time is 0: no keepalives, and a lost peer is never noticed".to_owned(),
                ),
                "remove the hold time, or set 3 seconds and more",
            );
        } else if matches!(router, Some(1 | 2)) {
            self.push(
                error(
                    "session-hold-too-short",
                    format!("the router's hold time is {} s, which BGP forbids", router.unwrap_or_default()),
                ),
                "set 3 seconds and more",
            );
        }
    }

    fn restart(&mut self, neighbor: &Neighbor, dial: Option<&BgpPeer>) {
        let wanted = match dial {
            Some(dial) => dial.spec.enable_graceful_restart.unwrap_or(false),
            None => self.router.peer.graceful_restart.as_ref().is_some_and(|restart| restart.value),
        };
        if wanted && (self.bgp.restart_disabled || neighbor.restart_disabled) {
            self.push(
                warning(
                    "graceful-restart-off",
                    "the nodes ask for graceful restart, and the router has it disabled".to_owned(),
                ),
                "set graceful restart to helper or default on the router, or remove `gracefulRestart`",
            );
        }
    }

    /// Equal findings are put together, with the nodes they are about.
    fn tell(self, findings: &mut Vec<Finding>) {
        let mut told: Vec<(Finding, Vec<&str>)> = Vec::new();
        for (finding, node) in self.found {
            match told.iter_mut().find(|(other, _)| *other == finding) {
                Some((_, nodes)) => nodes.push(node),
                None => told.push((finding, vec![node])),
            }
        }
        for (mut finding, nodes) in told {
            let nodes = listed(nodes);
            finding.message = format!("{}, session with {nodes}: {}", self.router.path, finding.message);
            findings.push(finding);
        }
    }
}

/// The entry of a neighbor in the package's settings.
fn entry<'a>(pfsense: &Pfsense<'a>, address: IpAddr) -> Option<&'a crate::pfsense::Value> {
    pfsense.entries("frrbgpneighbors").iter().find(|entry| entry.field("peer").parse() == Ok(address))
}
