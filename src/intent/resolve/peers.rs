//! `peers`: names, addresses, timers and limits. What kind of router it is, is in `routers`.

use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;
use std::time::Duration;

use super::addresses;
use super::names::{self, Form};
use super::report::{FirstPlaces, error, quoted};
use super::routers::{self, Access};
use super::scope::{self, Scope};
use super::selectors;
use crate::declaration::{Cursor, types};
use crate::intent::{MaxPrefixes, Member, Peer, RouterKind, Sited};

/// A name that snapshots and compiled output use for the Kubernetes side.
const RESERVED_NAME: &str = "cluster";

/// BGP's hold time is a 16-bit number of seconds.
const LONGEST_HOLD: Duration = Duration::from_secs(65535);

pub(super) fn peers(spec: &types::Spec, at: Cursor<'_>, scope: &mut Scope<'_>) -> Vec<Peer> {
    let mut resolved = Vec::with_capacity(spec.peers.len());
    let mut seen_names = FirstPlaces::new();
    let mut seen_addresses = FirstPlaces::new();
    let mut seen_access = FirstPlaces::new();
    for (peer, here) in spec.peers.iter().zip(at.key("peers").items()) {
        check_name(peer, here, &mut seen_names, scope);
        let Some(found) = one(peer, here, scope) else { continue };
        if !found.absent {
            check_unique_addresses(&found, &mut seen_addresses, scope);
        }
        for Access { key, place } in routers::access(&found) {
            if let Some(first) = seen_access.repeated(key.clone(), place) {
                let message =
                    format!("peer {} is reached by {}, as another peer is", quoted(&peer.name), quoted(&key));
                scope.report.push(
                    error("router-duplicate-access", message)
                        .at(place)
                        .label(first, "first here")
                        .hint("declare each router once; two families of one router are `addresses`"),
                );
            }
        }
        scope.peers.set(&peer.name, Some(resolved.len()));
        resolved.push(found);
    }
    resolved
}

fn check_name<'a>(
    peer: &'a types::Peer,
    at: Cursor<'_>,
    seen: &mut FirstPlaces<&'a str>,
    scope: &mut Scope<'_>,
) {
    let name_at = at.key("name");
    names::check(&peer.name, Form::Short, "peer", name_at, &mut scope.report);
    if peer.name == RESERVED_NAME {
        scope.report.push(
            error("peer-name-reserved", "no peer may be called `cluster`: that is the Kubernetes side")
                .at(name_at.place())
                .hint("choose the name of the router"),
        );
    }
    if let Some(first) = seen.repeated(peer.name.as_str(), name_at.place()) {
        scope.report.push(
            error("peer-duplicate", format!("peer {} is declared twice", quoted(&peer.name)))
                .at(name_at.place())
                .label(first, "first here")
                .hint("remove one of them; two families of one router are `addresses`"),
        );
    }
    if let Some(name) = &peer.object_name {
        names::check(name, Form::Object, "object", at.key("objectName"), &mut scope.report);
    }
}

fn check_unique_addresses(peer: &Peer, seen: &mut FirstPlaces<IpAddr>, scope: &mut Scope<'_>) {
    // Members behind a CARP address share it on purpose.
    let boxes = if peer.shares_address() { 1 } else { peer.members.len() };
    for address in peer.members.iter().take(boxes).flat_map(|member| &member.addresses) {
        let Some(first) = seen.repeated(address.value, address.place) else { continue };
        let message = format!("peer {} has {}, as another router has", quoted(&peer.name), address.value);
        scope.report.push(
            error("router-duplicate-address", message)
                .at(address.place)
                .label(first, "first here")
                .hint("give each router its own address; a node keeps one session with an address"),
        );
    }
}

fn one(peer: &types::Peer, at: Cursor<'_>, scope: &mut Scope<'_>) -> Option<Peer> {
    let what = format!("peer {}", quoted(&peer.name));
    let asn = scope.asns.resolve(&peer.asn, &what, at.key("asn"), &mut scope.report);
    let nodes = selectors::nodes(peer.nodes.as_ref(), &what, at.key("nodes"), scope);
    let kind = routers::kind(peer, &what, at, scope);
    let members = members(peer, kind.as_ref(), &what, at, scope);
    let (hold_time, keepalive_time, connect_time) = timers(peer, &what, at, scope);
    if let Some(bfd) = peer.bfd.as_deref().filter(|bfd| scope.bfd_profiles.get(bfd).is_none()) {
        let said = format!("{what} uses a BFD profile that is not declared:");
        let way_out = "declare it in spec.bfdProfiles";
        let place = at.key("bfd").place();
        scope.bfd_profiles.report_unknown("bfd-unknown", bfd, &said, way_out, place, &mut scope.report);
    }
    let sited_bool = |value: Option<bool>, key: &str| value.map(|v| Sited::new(v, at.key(key).place()));
    let learn =
        addresses::prefixes(&peer.learn, &format!("{what}, learn"), at.key("learn"), &mut scope.report);
    let resolved = Peer {
        name: Sited::new(peer.name.clone(), at.key("name").place()),
        object_name: peer.object_name.clone().map(|name| Sited::new(name, at.key("objectName").place())),
        asn: asn?,
        members: members?,
        kind: kind?,
        nodes,
        hold_time,
        keepalive_time,
        connect_time,
        bfd: peer.bfd.clone().map(|bfd| Sited::new(bfd, at.key("bfd").place())),
        multihop: sited_bool(peer.multihop, "multihop"),
        graceful_restart: sited_bool(peer.graceful_restart, "gracefulRestart"),
        password: password(peer, &what, at, scope),
        max_prefixes: max_prefixes(peer, &what, at, scope),
        learn,
        absent: peer.absent,
        place: at.place(),
    };
    Some(resolved)
}

/// The routers behind a peer; `None` if they could not be made out, which is then reported.
fn members(
    peer: &types::Peer,
    kind: Option<&RouterKind>,
    what: &str,
    at: Cursor<'_>,
    scope: &mut Scope<'_>,
) -> Option<Vec<Member>> {
    let own = addresses::hosts(peer.address.as_deref(), &peer.addresses, what, at, &mut scope.report);
    let written = peer.address.is_some() || !peer.addresses.is_empty();
    if let (Some(pfsense), Some(RouterKind::Pfsense { carp, .. })) = (&peer.pfsense, kind) {
        if let Some(carp) = carp
            && written
            && !own.is_empty()
            && !own.iter().any(|address| address.value == carp.value)
            && let Some(first) = own.first()
        {
            let message = format!(
                "{what} binds FRR to the CARP address {}, and the nodes dial {}",
                carp.value, first.value
            );
            scope.report.push(
                error("carp-address-differs", message)
                    .at(first.place)
                    .label(carp.place, "the CARP address")
                    .hint(format!("set the peer's address to {}", carp.value)),
            );
        }
        let pair = at.key("pfsense").key("members");
        match (pfsense.members.len(), carp.is_some()) {
            (0, _) => {}
            (_, true) => return shared_members(peer, pfsense, &own, what, pair, at, scope),
            (_, false) => return own_members(peer, pfsense, what, pair, at, scope),
        }
    }
    if own.is_empty() {
        if !written && !peer.absent && !at.incomplete() {
            scope.report.push(
                error("peer-without-address", format!("{what} has no address"))
                    .at(at.key("name").place())
                    .hint("add the `address` that the nodes dial"),
            );
        }
        if !peer.absent || written {
            return None;
        }
    }
    let router_id = router_id(peer.router_id.as_deref(), at, &own, what, peer.absent, scope)?;
    let url = peer.pfsense.as_ref().and_then(|pfsense| pfsense.url.clone());
    Some(vec![Member { name: None, addresses: own, router_id, url, place: at.place() }])
}

/// Members that share the CARP address of the peer.
fn shared_members(
    peer: &types::Peer,
    pfsense: &types::PfsenseRouter,
    shared: &[Sited<IpAddr>],
    what: &str,
    pair: Cursor<'_>,
    at: Cursor<'_>,
    scope: &mut Scope<'_>,
) -> Option<Vec<Member>> {
    if shared.is_empty() && !peer.absent {
        if peer.address.is_none() && peer.addresses.is_empty() && !at.incomplete() {
            scope.report.push(
                error("peer-without-address", format!("{what} has no address"))
                    .at(at.key("name").place())
                    .hint("add `address` with the CARP address"),
            );
        }
        return None;
    }
    let mut members = Vec::new();
    for (member, here) in pfsense.members.iter().zip(pair.items()) {
        let whose = format!("{what}, member {}", quoted(&member.name));
        let own =
            addresses::hosts(member.address.as_deref(), &member.addresses, &whose, here, &mut scope.report);
        if member.url.is_none() && own.is_empty() && pfsense.ssh.is_none() && !here.incomplete() {
            scope.report.push(
                error("member-out-of-reach", format!("{whose} has neither `url` nor `address`"))
                    .at(here.key("name").place())
                    .hint("add one of them: the CARP address leads to the master only"),
            );
        }
        let (text, id_at) = match (&member.router_id, &peer.router_id) {
            (Some(text), _) => (Some(text), here),
            (None, shared) => (shared.as_ref(), at),
        };
        let id = router_id(text.map(String::as_str), id_at, shared, &whose, peer.absent, scope)?;
        let url =
            member.url.clone().or_else(|| own.first().map(|address| routers::web_address(address.value)));
        members.push(Member {
            name: Some(Sited::new(member.name.clone(), here.key("name").place())),
            addresses: shared.to_vec(),
            router_id: id,
            url,
            place: here.place(),
        });
    }
    Some(members)
}

/// Members that the nodes dial one by one.
fn own_members(
    peer: &types::Peer,
    pfsense: &types::PfsenseRouter,
    what: &str,
    pair: Cursor<'_>,
    at: Cursor<'_>,
    scope: &mut Scope<'_>,
) -> Option<Vec<Member>> {
    for (key, written) in [("address", peer.address.is_some()), ("addresses", !peer.addresses.is_empty())] {
        if written {
            scope.report.push(
                error(
                    "peer-address-unused",
                    format!("{what}: the nodes dial the members, so `{key}` says nothing"),
                )
                .at(at.key(key).place())
                .hint("remove it; if it is their CARP address and FRR is bound to it, set `pfsense.carp`"),
            );
        }
    }
    if peer.router_id.is_some() {
        scope.report.push(
            error("peer-router-id-unused", format!("{what}: one router ID cannot serve two members"))
                .at(at.key("routerID").place())
                .hint("give each member its own `routerID`, or remove it"),
        );
    }
    let mut members = Vec::new();
    let mut complete = true;
    for (member, here) in pfsense.members.iter().zip(pair.items()) {
        let whose = format!("{what}, member {}", quoted(&member.name));
        let own =
            addresses::hosts(member.address.as_deref(), &member.addresses, &whose, here, &mut scope.report);
        let written = member.address.is_some() || !member.addresses.is_empty();
        if !written && !peer.absent && !here.incomplete() {
            scope.report.push(
                error("member-without-address", format!("{whose} has no address"))
                    .at(here.key("name").place())
                    .hint("add the `address` that the nodes dial, or set `pfsense.carp`"),
            );
        }
        if own.is_empty() && (!peer.absent || written) {
            complete = false;
            continue;
        }
        let Some(id) = router_id(member.router_id.as_deref(), here, &own, &whose, peer.absent, scope) else {
            complete = false;
            continue;
        };
        members.push(Member {
            name: Some(Sited::new(member.name.clone(), here.key("name").place())),
            addresses: own,
            router_id: id,
            url: member.url.clone(),
            place: here.place(),
        });
    }
    complete.then_some(members)
}

/// The BGP identifier: as declared, else the IPv4 address. A router that is to be absent needs none.
fn router_id(
    declared: Option<&str>,
    at: Cursor<'_>,
    addresses: &[Sited<IpAddr>],
    what: &str,
    absent: bool,
    scope: &mut Scope<'_>,
) -> Option<Sited<Ipv4Addr>> {
    if let Some(text) = declared {
        let place = at.key("routerID").place();
        let fault = match Ipv4Addr::from_str(text) {
            Ok(id) if id.is_unspecified() => "must not be 0.0.0.0",
            Ok(id) if id.octets()[0] >= 224 => "lies in 224.0.0.0 and above, which no router ID may",
            Ok(id) => return Some(Sited::new(id, place)),
            Err(_) => "is not in IPv4 form",
        };
        scope.report.push(
            error("peer-bad-router-id", format!("{what}: router ID {} {fault}", quoted(text)))
                .at(place)
                .hint("write it like 192.168.4.1; it need not be an address in use"),
        );
        return None;
    }
    let own = addresses.iter().find_map(|address| match address.value {
        IpAddr::V4(id) => Some(Sited::new(id, address.place)),
        IpAddr::V6(_) => None,
    });
    if own.is_some() || absent {
        return own.or_else(|| Some(Sited::new(Ipv4Addr::UNSPECIFIED, at.place())));
    }
    if !at.key("routerID").dropped() {
        let place = addresses.first().map_or_else(|| at.place(), |address| address.place);
        scope.report.push(
            error("peer-without-router-id", format!("{what} has no IPv4 address to take its router ID from"))
                .at(place)
                .hint("add `routerID` in IPv4 form, different from every other router and node"),
        );
    }
    None
}

type Time = Option<Sited<Duration>>;

/// Hold, keepalive and connect time.
fn timers(peer: &types::Peer, what: &str, at: Cursor<'_>, scope: &mut Scope<'_>) -> (Time, Time, Time) {
    let read = |text: &Option<String>, key: &str, scope: &mut Scope<'_>| {
        let text = text.as_deref()?;
        addresses::seconds(text, &format!("{what}, {key}"), at.key(key), &mut scope.report)
    };
    let hold = read(&peer.hold_time, "holdTime", scope);
    let keepalive = read(&peer.keepalive_time, "keepaliveTime", scope);
    let connect = read(&peer.connect_time, "connectTime", scope);
    if let Some(time) = &hold {
        check_hold_time(time, what, scope);
    }
    if let Some(keepalive) = &keepalive {
        check_keepalive(keepalive, hold.as_ref(), what, scope);
    }
    if let Some(time) = &connect
        && !(1..=65535).contains(&time.as_secs())
    {
        scope.report.push(
            error("peer-connect-time", format!("{what}: connectTime is {}s", time.as_secs()))
                .at(time.place)
                .hint("set 1s to 65535s"),
        );
    }
    (hold, keepalive, connect)
}

/// The rule for hold times, for nodes and for routers of others.
pub(super) fn check_hold_time(time: &Sited<Duration>, what: &str, scope: &mut Scope<'_>) {
    let seconds = time.as_secs();
    if matches!(seconds, 1 | 2) || time.value > LONGEST_HOLD {
        scope.report.push(
            error("peer-hold-time", format!("{what}: holdTime is {seconds}s"))
                .at(time.place)
                .hint("set 3s to 65535s; 0s switches keepalives off"),
        );
    }
}

fn check_keepalive(
    keepalive: &Sited<Duration>,
    hold: Option<&Sited<Duration>>,
    what: &str,
    scope: &mut Scope<'_>,
) {
    let seconds = keepalive.as_secs();
    let limit = match hold {
        Some(hold) => hold.as_secs(),
        // Without a hold time MetalLB takes three times this as one.
        None => LONGEST_HOLD.as_secs() / 3,
    };
    if seconds > limit {
        let message = match hold {
            Some(hold) => format!("{what}: keepaliveTime {seconds}s is above holdTime {}s", hold.as_secs()),
            None => format!("{what}: keepaliveTime {seconds}s leaves no room for a hold time"),
        };
        let mut finding = error("peer-keepalive-gt-hold", message).at(keepalive.place);
        if let Some(hold) = hold {
            finding = finding.label(hold.place, "the hold time");
        }
        let hint = if limit == 0 {
            "remove it: with holdTime 0s there are no keepalives".to_owned()
        } else {
            format!("set {}s, a third of the hold time, or remove it", (limit / 3).max(1))
        };
        scope.report.push(finding.hint(hint));
    } else if seconds == 0 && limit > 0 {
        scope.report.push(
            error(
                "peer-keepalive-zero",
                format!("{what}: without keepalives the other end drops the session"),
            )
            .at(keepalive.place)
            .hint("remove keepaliveTime; a third of the hold time is the default"),
        );
    }
}

fn password(
    peer: &types::Peer,
    what: &str,
    at: Cursor<'_>,
    scope: &mut Scope<'_>,
) -> Option<Sited<types::PasswordRef>> {
    let secret = peer.password.as_ref()?;
    let here = at.key("password");
    let whose = format!("{what}, password");
    if !scope::check_secret(secret, &whose, here.place(), here.incomplete(), &mut scope.report) {
        return None;
    }
    if let Some(reference) = &secret.secret_key_ref {
        let there = here.key("secretKeyRef");
        names::check(&reference.name, Form::Object, "secret", there.key("name"), &mut scope.report);
        if let Some(key) = reference.key.as_deref().filter(|key| *key != "password") {
            scope.report.push(
                error("peer-secret-key", format!("{whose}: MetalLB reads the key `password`, not {}", quoted(key)))
                    .at(there.key("key").place())
                    .hint("remove `key`, and store the password under `password` in a Secret of type kubernetes.io/basic-auth"),
            );
        }
        if let Some(namespace) = reference.namespace.as_deref().filter(|name| *name != scope.namespace) {
            let message = format!(
                "{whose}: MetalLB reads Secrets of its own namespace {}, not of {}",
                scope.namespace,
                quoted(namespace)
            );
            scope.report.push(
                error("peer-secret-namespace", message)
                    .at(there.key("namespace").place())
                    .hint("remove `namespace`, and put the Secret beside MetalLB"),
            );
        }
    }
    Some(Sited::new(secret.clone(), here.place()))
}

fn max_prefixes(
    peer: &types::Peer,
    what: &str,
    at: Cursor<'_>,
    scope: &mut Scope<'_>,
) -> Option<Sited<MaxPrefixes>> {
    use types::MaxPrefixAction::{Restart, Warn};
    let declared = peer.max_prefixes.as_ref()?;
    let here = at.key("maxPrefixes");
    let action = declared.action.unwrap_or(Warn);
    let fault = match (action, declared.restart_after) {
        (Restart, None) if !here.incomplete() => Some((
            "action `restart` wants `restartAfter`",
            here.key("action"),
            "add `restartAfter` in minutes",
        )),
        (Restart, _) | (_, None) => None,
        (_, Some(_)) => Some((
            "`restartAfter` says nothing without action `restart`",
            here.key("restartAfter"),
            "set `action: restart`, or remove it",
        )),
    };
    if let Some((message, place, hint)) = fault {
        scope
            .report
            .push(error("max-prefixes-restart", format!("{what}: {message}")).at(place.place()).hint(hint));
        return None;
    }
    let value = MaxPrefixes {
        limit: declared.limit,
        threshold: declared.threshold,
        action,
        restart_after: declared.restart_after,
    };
    Some(Sited::new(value, here.place()))
}
