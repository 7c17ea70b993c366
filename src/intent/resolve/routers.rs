//! What kind of router a peer is, and how it is reached.

use std::net::IpAddr;

use super::addresses;
use super::names::{self, Form};
use super::peers::check_hold_time;
use super::report::{FirstPlaces, Report, error, quoted};
use super::scope::{self, Scope};
use crate::declaration::{Cursor, types};
use crate::finding::Place;
use crate::intent::{Peer, RouterKind, Sited, Unmanaged};

/// The keys that tell routers apart.
const KINDS: [&str; 4] = ["pfsense", "frr", "unmanaged", "router"];

/// Exactly one of `pfsense`, `frr`, `unmanaged` and `router`.
pub(super) fn kind(
    peer: &types::Peer,
    what: &str,
    at: Cursor<'_>,
    scope: &mut Scope<'_>,
) -> Option<RouterKind> {
    let given = [peer.pfsense.is_some(), peer.frr.is_some(), peer.unmanaged.is_some(), peer.router.is_some()];
    let mut said = KINDS.iter().zip(given).filter(|(_, given)| *given).map(|(key, _)| *key);
    match (said.next(), said.next()) {
        (None, _) => {
            if !KINDS.iter().any(|key| at.key(key).dropped()) {
                scope.report.push(
                    error("router-kind-missing", format!("{what} does not say what router it is"))
                        .at(at.key("name").place())
                        .hint("add one of `pfsense: {}`, `frr` and `unmanaged: {}`"),
                );
            }
            return None;
        }
        (Some(first), Some(second)) => {
            scope.report.push(
                error("router-kind-several", format!("{what} is both `{first}` and `{second}`"))
                    .at(at.key(second).key_place())
                    .label(at.key(first).key_place(), "the other one")
                    .hint("keep exactly one of `pfsense`, `frr` and `unmanaged`"),
            );
            return None;
        }
        (Some(_), None) => {}
    }
    if let Some(pfsense) = &peer.pfsense {
        return Some(pfsense_router(peer, pfsense, what, at.key("pfsense"), scope));
    }
    if let Some(frr) = &peer.frr {
        return frr_router(frr, what, at.key("frr"), &mut scope.report);
    }
    if let Some(unmanaged) = &peer.unmanaged {
        return Some(unmanaged_router(unmanaged, what, at.key("unmanaged"), scope));
    }
    scope.report.push(
        error("router-kind-reserved", format!("{what}: routers that serve several clusters come later"))
            .at(at.key("router").place())
            .hint("declare the router here with `pfsense`, `frr` or `unmanaged`"),
    );
    None
}

fn pfsense_router(
    peer: &types::Peer,
    pfsense: &types::PfsenseRouter,
    what: &str,
    at: Cursor<'_>,
    scope: &mut Scope<'_>,
) -> RouterKind {
    let carp = pfsense
        .carp
        .as_deref()
        .and_then(|text| addresses::host(text, &format!("{what}, carp"), at.key("carp"), &mut scope.report));
    let report = &mut scope.report;
    check_url(pfsense.url.as_deref(), what, at.key("url"), report);
    if let Some(secret) = &pfsense.password {
        let here = at.key("password");
        scope::check_secret(
            secret,
            &format!("{what}, pfsense password"),
            here.place(),
            here.incomplete(),
            report,
        );
    }
    if pfsense.username.as_deref() == Some("") {
        report.push(
            error("router-access", format!("{what}: the user name is empty"))
                .at(at.key("username").place())
                .hint("write a user name, or leave it out for `admin`"),
        );
    }
    if let Some(tls) = &pfsense.tls {
        check_tls(tls, what, at.key("tls"), report);
    }
    if let Some(ssh) = &pfsense.ssh {
        check_ssh(ssh, what, at.key("ssh"), report);
    }
    check_members(peer, pfsense, what, at, report);
    RouterKind::Pfsense { access: Box::new(pfsense.clone()), carp }
}

fn check_members(
    peer: &types::Peer,
    pfsense: &types::PfsenseRouter,
    what: &str,
    at: Cursor<'_>,
    report: &mut Report,
) {
    let here = at.key("members");
    if !matches!(pfsense.members.len(), 0 | 2) && !here.incomplete() {
        let message = format!("{what} has {} members, and a pair has two", pfsense.members.len());
        report.push(
            error("member-count", message)
                .at(here.place())
                .hint("declare both firewalls of the pair, or leave `members` out for a single one"),
        );
    }
    let mut seen = FirstPlaces::new();
    for (member, item) in pfsense.members.iter().zip(here.items()) {
        let name_at = item.key("name");
        names::check(&member.name, Form::Short, "member", name_at, report);
        if let Some(first) = seen.repeated(member.name.as_str(), name_at.place()) {
            report.push(
                error("member-duplicate", format!("{what} has two members called {}", quoted(&member.name)))
                    .at(name_at.place())
                    .label(first, "first here")
                    .hint("give each member its own name"),
            );
        }
        check_url(
            member.url.as_deref(),
            &format!("{what}, member {}", quoted(&member.name)),
            item.key("url"),
            report,
        );
    }
    if !pfsense.members.is_empty() && pfsense.url.is_some() && !peer.absent {
        report.push(
            error(
                "router-access",
                format!("{what}: `url` says nothing beside members, which have their own"),
            )
            .at(at.key("url").place())
            .hint("move it to the member that it belongs to"),
        );
    }
}

/// The web interface: `https://HOST[:PORT][/]` and nothing else.
fn check_url(url: Option<&str>, what: &str, at: Cursor<'_>, report: &mut Report) {
    let Some(url) = url else { return };
    let (reason, hint) = match url.split_once("://") {
        Some(("https", rest)) => {
            let host = rest.strip_suffix('/').unwrap_or(rest);
            if host.contains('@') {
                ("names a user", "remove it, and use `username` and `password`")
            } else if is_authority(host) {
                return;
            } else {
                (
                    "is no address of a web interface",
                    "write it like https://192.168.4.1 or https://fw.example.net:8443",
                )
            }
        }
        Some(("http", _)) => ("would send the password in clear text", "use https://"),
        _ => ("is no https address", "write it like https://192.168.4.1"),
    };
    // A URL with a user may hold a password, so it is not quoted.
    let shown = if url.contains('@') { "the url".to_owned() } else { quoted(url) };
    report.push(error("url-invalid", format!("{what}: {shown} {reason}")).at(at.place()).hint(hint));
}

/// `HOST` or `HOST:PORT`, where the host is a name, an IPv4 address or a bracketed IPv6 address.
fn is_authority(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((inner, behind)) => {
            let port = behind.strip_prefix(':');
            let well_formed =
                inner.parse::<std::net::Ipv6Addr>().is_ok() && (behind.is_empty() || port.is_some());
            (well_formed, port)
        }
        None => {
            let (host, port) = text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port)));
            (names::is_hostname(&host.to_lowercase()), port)
        }
    };
    host && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|number| number != 0))
}

fn check_tls(tls: &types::Tls, what: &str, at: Cursor<'_>, report: &mut Report) {
    let given = [tls.ca_file.is_some(), tls.fingerprint.is_some(), tls.insecure_skip_verify];
    if given.iter().filter(|given| **given).count() > 1 {
        report.push(
            error("tls-conflict", format!("{what}: tls verifies the certificate in more than one way"))
                .at(at.place())
                .hint("keep one of `caFile`, `fingerprint` and `insecureSkipVerify`"),
        );
    }
    if let Some(fingerprint) = &tls.fingerprint {
        let digits = fingerprint.bytes().filter(|b| *b != b':').count();
        let plain = fingerprint.bytes().all(|b| b.is_ascii_hexdigit() || b == b':');
        if digits != 64 || !plain {
            report.push(
                error("tls-fingerprint", format!("{what}: the fingerprint is no SHA-256 digest in hexadecimal"))
                    .at(at.key("fingerprint").place())
                    .hint("take it from `openssl x509 -noout -fingerprint -sha256`: 64 digits, with or without colons"),
            );
        }
    }
}

/// What ssh gets as arguments: nothing that it could take for an option.
fn check_ssh(ssh: &types::Ssh, what: &str, at: Cursor<'_>, report: &mut Report) {
    for (key, value) in [("host", Some(&ssh.host)), ("user", ssh.user.as_ref())] {
        let Some(value) = value else { continue };
        let plain = |c: char| !c.is_whitespace() && !c.is_control() && c != '@';
        if value.is_empty() || value.starts_with('-') || !value.chars().all(plain) {
            report.push(
                error("router-access", format!("{what}: {} is no ssh {key}", quoted(value)))
                    .at(at.key(key).place())
                    .hint("write a plain name; the user has a key of its own"),
            );
        }
    }
}

fn frr_router(frr: &types::FrrRouter, what: &str, at: Cursor<'_>, report: &mut Report) -> Option<RouterKind> {
    match (&frr.socket, &frr.ssh) {
        (Some(_), None) | (None, Some(_)) => {}
        (None, None) if at.incomplete() => return None,
        (socket, _) => {
            let said =
                if socket.is_some() { "both `socket` and `ssh`" } else { "neither `socket` nor `ssh`" };
            report.push(
                error("router-access", format!("{what}: frr says {said}"))
                    .at(at.place())
                    .hint("keep exactly one of them"),
            );
            return None;
        }
    }
    if frr.socket.as_deref() == Some("") {
        report.push(
            error("router-access", format!("{what}: the folder of the sockets is empty"))
                .at(at.key("socket").place())
                .hint("write it like /var/run/frr"),
        );
    }
    if let Some(ssh) = &frr.ssh {
        check_ssh(ssh, what, at.key("ssh"), report);
    }
    Some(RouterKind::Frr(frr.clone()))
}

fn unmanaged_router(
    unmanaged: &types::UnmanagedRouter,
    what: &str,
    at: Cursor<'_>,
    scope: &mut Scope<'_>,
) -> RouterKind {
    let flag = |value: Option<bool>, key: &str| value.map(|v| Sited::new(v, at.key(key).place()));
    let hold_time = unmanaged.hold_time.as_deref().and_then(|text| {
        addresses::seconds(text, &format!("{what}, holdTime"), at.key("holdTime"), &mut scope.report)
    });
    if let Some(time) = &hold_time {
        check_hold_time(time, &format!("{what}, unmanaged"), scope);
    }
    let accepts = format!("{what}, accepts");
    RouterKind::Unmanaged(Unmanaged {
        accepts: addresses::prefixes(&unmanaged.accepts, &accepts, at.key("accepts"), &mut scope.report),
        md5: flag(unmanaged.md5, "md5"),
        bfd: flag(unmanaged.bfd, "bfd"),
        multihop: flag(unmanaged.multihop, "multihop"),
        max_prefixes: unmanaged.max_prefixes.map(|limit| Sited::new(limit, at.key("maxPrefixes").place())),
        hold_time,
        place: at.place(),
    })
}

/// One way to a box, for finding boxes that are declared twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::intent) struct Access {
    /// Equal for equal boxes.
    pub(in crate::intent) key: String,
    /// What to point at.
    pub(in crate::intent) place: Place,
}

/// The boxes of a peer that metalsense talks to.
pub(in crate::intent) fn access(peer: &Peer) -> Vec<Access> {
    let ssh_key = |ssh: &types::Ssh| format!("ssh {}:{}", ssh.host.to_lowercase(), ssh.port.unwrap_or(22));
    let one = |key: String| vec![Access { key, place: peer.name.place }];
    match &peer.kind {
        RouterKind::Unmanaged(_) => Vec::new(),
        RouterKind::Frr(types::FrrRouter { ssh: Some(ssh), .. }) => one(ssh_key(ssh)),
        RouterKind::Frr(types::FrrRouter { socket, .. }) => {
            one(format!("socket {}", socket.as_deref().unwrap_or_default()))
        }
        RouterKind::Pfsense { access, .. } if access.ssh.is_some() && access.members.is_empty() => {
            access.ssh.as_ref().map(|ssh| one(ssh_key(ssh))).unwrap_or_default()
        }
        RouterKind::Pfsense { .. } => peer
            .members
            .iter()
            .filter_map(|member| {
                let place = member.name.as_ref().map_or(peer.name.place, |name| name.place);
                let url = match &member.url {
                    Some(url) => url.trim_end_matches('/').to_lowercase(),
                    None => web_address(member.addresses.first()?.value),
                };
                Some(Access { key: url, place })
            })
            .collect(),
    }
}

/// Where the web interface is unless declared.
pub(super) fn web_address(address: IpAddr) -> String {
    match address {
        IpAddr::V4(a) => format!("https://{a}"),
        IpAddr::V6(a) => format!("https://[{a}]"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authorities() {
        for (text, good) in [
            ("192.168.4.1", true),
            ("fw.example.net:8443", true),
            ("[2001:db8::1]", true),
            ("[2001:db8::1]:443", true),
            ("", false),
            ("fw:0", false),
            ("fw:x", false),
            ("fw/path", false),
            ("2001:db8::1", false),
            ("[2001:db8::1]x", false),
            ("-fw", false),
        ] {
            assert_eq!(is_authority(text), good, "{text}");
        }
    }
}
