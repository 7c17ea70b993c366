//! Lines that parse and that bgpd refuses: what a neighbor may say, and in which order.
//!
//! Everything else of the file is still applied. Lines that did not parse have no effect here
//! either, so a neighbor whose `remote-as` is refused does not exist.
//! Read next: [`super::lists`].

use std::collections::HashMap;
use std::net::IpAddr;

use super::commands::Scope;
use super::community;
use super::walk::{Line, Parsed};
use super::{Consequence, Judged, found, object};
use crate::finding::Severity;

/// The side of an AS a neighbor is on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum RemoteAs {
    Number(u32),
    Internal,
    External,
}

#[derive(Default)]
struct Peer {
    is_group: bool,
    group: Option<String>,
    remote_as: Option<RemoteAs>,
    multihop: bool,
    ttl_security: bool,
    /// Family and direction, and which of the two kinds of list is there.
    list: HashMap<(Scope, String), &'static str>,
}

#[derive(Default)]
struct Instance {
    asn: Option<u32>,
    peers: HashMap<String, Peer>,
}

/// A refusal: rule, what bgpd says, way out.
type Refusal = (&'static str, String, &'static str);

/// All lines that bgpd refuses.
pub(super) fn judge(lines: &[Line<'_>]) -> Vec<Judged> {
    let mut bgp = Instance::default();
    lines
        .iter()
        .filter(|line| line.parsed == Parsed::Yes)
        .filter_map(|line| {
            let (rule, message, hint) = bgp.line(line).err()?;
            let name = object(&line.words);
            Some(found(Severity::Error, rule, line, &name, &message, hint, Consequence::LineRefused))
        })
        .collect()
}

impl Instance {
    fn line(&mut self, line: &Line<'_>) -> Result<(), Refusal> {
        match (line.scope, line.words.as_slice()) {
            (Scope::Top, ["router", "bgp", asn]) => self.start(asn),
            (Scope::Bgp, ["timers", "bgp", _, hold]) => hold_time(hold),
            (Scope::Bgp, ["bgp", "confederation", "peers", peers @ ..]) => self.confederation(peers),
            (Scope::Bgp, ["neighbor", name, "interface", ..]) => {
                self.peers.entry(key(name)).or_default();
                Ok(())
            }
            (Scope::Bgp, ["neighbor", name, "remote-as", asn]) => self.remote_as(name, asn),
            (Scope::Bgp, ["neighbor", name, "peer-group"]) => {
                self.peers.entry(key(name)).or_default().is_group = true;
                Ok(())
            }
            (Scope::Bgp, ["neighbor", name, "peer-group", group]) => self.join(name, group),
            (
                Scope::Bgp | Scope::Ipv4 | Scope::Ipv6,
                ["neighbor", name, rest @ ..] | ["no", "neighbor", name, rest @ ..],
            ) => self.neighbor(line.scope, name, rest, line.words.first() == Some(&"no")),
            (Scope::RouteMap, ["set", "community", words @ ..]) => set_community(words),
            (Scope::Top, ["bgp", "community-list", rest @ ..]) => community_list(rest),
            (Scope::RouteMap, ["set", "local-preference", value]) => local_preference(value),
            _ => Ok(()),
        }
    }

    fn start(&mut self, asn: &str) -> Result<(), Refusal> {
        let Ok(asn) = asn.parse() else { return Ok(()) };
        match self.asn {
            Some(running) if running != asn => Err((
                "frr-second-asn",
                format!("BGP already runs as ASN {running}, so `router bgp {asn}` is refused"),
                "keep one `router bgp` block",
            )),
            _ => {
                self.asn = Some(asn);
                Ok(())
            }
        }
    }

    fn confederation(&self, peers: &[&str]) -> Result<(), Refusal> {
        match self.asn {
            Some(own) if peers.iter().any(|peer| peer.parse() == Ok(own)) => Err((
                "frr-confederation-own-asn",
                format!("the router's own ASN {own} is no peer of its confederation"),
                "take the own ASN out of the list",
            )),
            _ => Ok(()),
        }
    }

    fn remote_as(&mut self, name: &str, asn: &str) -> Result<(), Refusal> {
        let remote = match asn {
            "internal" => Some(RemoteAs::Internal),
            "external" => Some(RemoteAs::External),
            _ => asn.parse().ok().map(RemoteAs::Number),
        };
        let key = key(name);
        let exists = self.peers.contains_key(&key);
        if !exists && name.parse::<IpAddr>().is_err() {
            return Err((
                "frr-neighbor-not-an-address",
                format!("`{name}` is neither an address nor a peer group defined above"),
                "give the address alone, without a scope such as `%em0`, or define the peer group first",
            ));
        }
        let group_as = self.group_of(&key).and_then(|group| group.remote_as);
        if group_as.is_some() {
            return Err((
                "frr-member-remote-as",
                format!("neighbor {name} cannot have a remote-as of its own: its peer group has one"),
                "leave the ASN of the member or of the group empty",
            ));
        }
        self.peers.entry(key).or_default().remote_as = remote;
        Ok(())
    }

    fn join(&mut self, name: &str, group: &str) -> Result<(), Refusal> {
        if !self.peers.get(&key(group)).is_some_and(|peer| peer.is_group) {
            return Err((
                "frr-peer-group-undefined",
                format!("peer group {group} is not defined above this line"),
                "put the group before its members",
            ));
        }
        self.peers.entry(key(name)).or_default().group = Some(key(group));
        Ok(())
    }

    fn neighbor(&mut self, scope: Scope, name: &str, rest: &[&str], no: bool) -> Result<(), Refusal> {
        let key = key(name);
        let internal = self.internal(&key);
        let own = self.asn;
        let remote = self.remote(&key);
        let Some(peer) = self.peers.get_mut(&key) else {
            return Err((
                "frr-neighbor-unknown",
                format!("neighbor {name} has no remote-as and no peer group above this line"),
                "give the neighbor a valid ASN",
            ));
        };
        if no {
            return Ok(());
        }
        match rest {
            ["timers", _, hold] if hold.bytes().all(|b| b.is_ascii_digit()) => hold_time(hold),
            ["update-source", source] if source.contains('/') => Err((
                "frr-update-source-prefix",
                format!("update-source `{source}` has a prefix length"),
                "give the address without its length",
            )),
            ["local-as", asn, ..] => local_as(asn, own, remote, internal),
            ["ebgp-multihop", hops @ ..] if hops != ["1"] && internal == Some(false) => {
                peer.multihop = true;
                exclusive(name, peer.ttl_security)
            }
            ["ttl-security", ..] if internal == Some(false) => {
                let refused = exclusive(name, peer.multihop);
                peer.ttl_security = refused.is_ok();
                refused
            }
            ["route-reflector-client"] if internal == Some(false) => Err((
                "frr-internal-only",
                format!("neighbor {name} is external and cannot be a route reflector client"),
                "remove the setting",
            )),
            [setting @ ("as-override" | "remove-private-AS"), ..] if internal == Some(true) => Err((
                "frr-external-only",
                format!("neighbor {name} is internal, where {setting} is refused"),
                "remove the setting",
            )),
            [kind @ ("prefix-list" | "distribute-list"), _, direction @ ("in" | "out")] => {
                let kind = if *kind == "prefix-list" { "prefix-list" } else { "distribute-list" };
                let present = *peer.list.entry((scope, (*direction).to_owned())).or_insert(kind);
                if present == kind {
                    return Ok(());
                }
                Err((
                    "frr-two-lists",
                    format!("neighbor {name} already has a {present} {direction}, so a {kind} is refused"),
                    "use one of the two in each direction",
                ))
            }
            _ => Ok(()),
        }
    }

    fn group_of(&self, key: &str) -> Option<&Peer> {
        self.peers.get(self.peers.get(key)?.group.as_ref()?)
    }

    fn remote(&self, key: &str) -> Option<RemoteAs> {
        let own = self.peers.get(key).and_then(|peer| peer.remote_as);
        own.or_else(|| self.group_of(key).and_then(|group| group.remote_as))
    }

    /// Whether the session stays inside the AS; unknown without both numbers.
    fn internal(&self, key: &str) -> Option<bool> {
        match self.remote(key)? {
            RemoteAs::Internal => Some(true),
            RemoteAs::External => Some(false),
            RemoteAs::Number(remote) => Some(remote == self.asn?),
        }
    }
}

/// Addresses are one neighbor however they are written.
fn key(name: &str) -> String {
    name.parse::<IpAddr>().map_or_else(|_| name.to_owned(), |address| address.to_string())
}

fn hold_time(hold: &str) -> Result<(), Refusal> {
    match hold.parse::<u32>() {
        Ok(1 | 2) => Err((
            "frr-hold-time",
            format!("a hold time of {hold} s is refused: it is 0 or at least 3"),
            "set a hold time of 3 s or more",
        )),
        _ => Ok(()),
    }
}

fn local_as(
    asn: &str,
    own: Option<u32>,
    remote: Option<RemoteAs>,
    internal: Option<bool>,
) -> Result<(), Refusal> {
    let number: Option<u32> = asn.parse().ok();
    let message = if internal == Some(true) {
        "local-as is only for external neighbors".to_owned()
    } else if number.is_some() && number == own {
        format!("local-as {asn} is the router's own ASN")
    } else if let (Some(number), Some(RemoteAs::Number(remote))) = (number, remote)
        && number == remote
    {
        format!("local-as {asn} is the neighbor's ASN")
    } else {
        return Ok(());
    };
    Err(("frr-local-as", message, "choose an ASN that is neither the router's nor the neighbor's"))
}

fn exclusive(name: &str, other: bool) -> Result<(), Refusal> {
    if !other {
        return Ok(());
    }
    Err((
        "frr-multihop-with-ttl-security",
        format!("neighbor {name} has both ebgp-multihop and ttl-security"),
        "keep one of the two",
    ))
}

fn set_community(words: &[&str]) -> Result<(), Refusal> {
    if words == ["none"] {
        return Ok(());
    }
    let communities: Vec<&str> = words.iter().copied().filter(|word| *word != "additive").collect();
    refused_community(&communities)
}

/// Standard lists only: expanded ones hold regular expressions.
fn community_list(rest: &[&str]) -> Result<(), Refusal> {
    let rest = match rest {
        ["standard", _, rest @ ..] => rest,
        [number, rest @ ..] if number.parse::<u32>().is_ok_and(|n| (1..=99).contains(&n)) => rest,
        _ => return Ok(()),
    };
    let action = rest.iter().position(|word| matches!(*word, "permit" | "deny"));
    let communities = action.and_then(|at| rest.get(at + 1..)).unwrap_or_default();
    refused_community(communities)
}

fn refused_community(words: &[&str]) -> Result<(), Refusal> {
    let Some(word) = community::refused(words) else { return Ok(()) };
    Err((
        "frr-community",
        format!("bgpd takes no community `{word}`"),
        "write communities as `65000:100` or by name, such as `no-export` or `local-AS`",
    ))
}

fn local_preference(value: &str) -> Result<(), Refusal> {
    let digits = value.strip_prefix(['+', '-']).unwrap_or(value);
    if digits.parse::<u32>().is_ok() || matches!(value, "rtt" | "+rtt" | "-rtt") {
        return Ok(());
    }
    Err((
        "frr-local-preference",
        format!("local-preference `{value}` is not a number of 32 bits"),
        "give a number, perhaps with a sign before it",
    ))
}
