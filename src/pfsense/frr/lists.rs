//! Access lists, prefix lists, AS paths and community lists.
//!
//! The package checks little here: an empty source or a length beyond 32 is written as it stands.
//! Read next: `maps` for the route maps that use them.

use super::entry::{Entry, first_bytes, sorted_by_name};
use super::judge::{self, Family};
use super::lines::{Lines, line, put};
use super::php;
use super::sections::Sections;

/// Bytes of a description that reach a prefix list.
const PREFIX_LIST_DESCRIPTION: usize = 80;
/// Bytes of a description that reach an access list's remark.
const ACCESS_LIST_REMARK: usize = 100;

/// A list of the other family is passed over. One without a known family is in both passes.
fn is_of_other_family(list: Entry<'_>, family: Family) -> bool {
    let kind = list.text("iptype");
    Family::BOTH.into_iter().any(|other| other != family && kind.eq_ignore_ascii_case(other.name()))
}

fn is_action(action: &str) -> bool {
    matches!(action, "permit" | "deny")
}

/// Access lists of one family.
pub(super) fn access_lists(sections: Sections<'_>, family: Family) -> Lines {
    let mut out = Lines::default();
    // In the IPv6 pass the package's mark "IPv6 wanted" doubles as the prefix of the lines: a list
    // that never set it (no zebra rows) shuts out the IPv6 lists after it.
    let mut shut = false;
    for list in sorted_by_name(sections.entries("frrglobalacls")) {
        let v6 = list.text("iptype").eq_ignore_ascii_case("ipv6");
        if is_of_other_family(list, family) || (v6 && shut) {
            continue;
        }
        shut = !access_list(&mut out, list, v6);
    }
    close(&mut out);
    out
}

/// Writes one list; true if its lines carry the mark of IPv6.
fn access_list(out: &mut Lines, list: Entry<'_>, v6: bool) -> bool {
    let name = list.text("name");
    let kind = list.text("type");
    let mut prefix = "";
    for row in list.sorted_rows() {
        let action = row.text("action");
        if !is_action(action) {
            continue;
        }
        let source = access_target(kind, row.text("source"), row.on("sourceany"));
        let (target, protocol) = match kind {
            "standard" => (source, ""),
            "extended" => {
                let destination = access_target(kind, row.text("destination"), row.on("destinationany"));
                (format!("{source} {destination}"), "ip ")
            }
            "zebra" => {
                if v6 {
                    prefix = "ipv6 ";
                }
                (source, "")
            }
            _ => continue,
        };
        if target.is_empty() {
            continue;
        }
        put!(out, "{prefix}access-list {name}");
        if let Some(seq) = row.filled("seq") {
            put!(out, " seq {seq}");
        }
        put!(out, " {action} {protocol}{target}");
        if kind == "zebra" && row.has("exactmatch") {
            put!(out, " exact-match");
        }
        out.end();
    }
    if let Some(description) = list.filled("descr") {
        put!(out, "{prefix}access-list {name} remark ");
        out.bytes(first_bytes(description, ACCESS_LIST_REMARK));
        out.end();
    }
    !prefix.is_empty()
}

/// Source or destination as the kind of list spells it; empty if it is none.
fn access_target(kind: &str, address: &str, any: bool) -> String {
    if any {
        return "any".to_owned();
    }
    if kind == "zebra" {
        return if judge::is_subnet(address) { address.to_owned() } else { String::new() };
    }
    match address.split_once('/') {
        Some((network, length)) if judge::is_subnet(address) => {
            // A line feed after the length is no digit for the network and a blank for the wildcard.
            format!("{} {}", judge::network(network, length), wildcard(length.trim_end()))
        }
        _ if judge::is_ip(address) => format!("host {address}"),
        _ => String::new(),
    }
}

/// The wildcard bits of a prefix length, for a length beyond 32 (IPv6) too: none.
fn wildcard(length: &str) -> std::net::Ipv4Addr {
    let length: u32 = length.parse().unwrap_or_default();
    u32::MAX.checked_shr(length).unwrap_or_default().into()
}

/// Prefix lists of one family.
pub(super) fn prefix_lists(sections: Sections<'_>, family: Family) -> Lines {
    let mut out = Lines::default();
    for list in sorted_by_name(sections.entries("frrglobalprefixes")) {
        if !is_of_other_family(list, family) {
            prefix_list(&mut out, list);
        }
    }
    close(&mut out);
    out
}

fn prefix_list(out: &mut Lines, list: Entry<'_>) {
    let name = list.text("name");
    let family =
        Family::BOTH.into_iter().find(|family| list.text("iptype").eq_ignore_ascii_case(family.name()));
    // Stays empty if no row is written, and the description then lacks its first word.
    let mut command = "";
    for row in list.sorted_rows() {
        let action = row.text("action");
        if !is_action(action) {
            continue;
        }
        command = match family {
            Some(family) => family.command(),
            None if row.text("source") == "any" => Family::V4.command(),
            None => continue,
        };
        let any = row.on("any");
        let source = if any { "any" } else { row.text("source") };
        put!(out, "{command} prefix-list {name} ");
        if let Some(seq) = row.filled("seq") {
            put!(out, "seq {seq} ");
        }
        put!(out, "{action} {source} ");
        for bound in ["ge", "le"] {
            if let Some(length) = row.filled(bound).filter(|_| !any) {
                put!(out, "{bound} {length} ");
            }
        }
        out.end();
    }
    if let Some(description) = list.filled("descr") {
        put!(out, "{command} prefix-list {name} description ");
        out.bytes(first_bytes(description, PREFIX_LIST_DESCRIPTION));
        out.end();
    }
}

fn close(out: &mut Lines) {
    if !out.is_empty() {
        line!(out, "!");
    }
}

/// AS paths and community lists appear as soon as the BGP section has the switch, on or off.
fn has_bgp_switch(sections: Sections<'_>) -> bool {
    sections.first("frrbgp").is_some_and(|bgp| bgp.has("enable"))
}

/// AS-path lists in the order of the file.
pub(super) fn as_paths(sections: Sections<'_>) -> Lines {
    let mut out = Lines::default();
    if has_bgp_switch(sections) {
        for list in sections.entries("frrbgpaspaths").iter().map(Entry) {
            for row in list.sorted_rows() {
                let (name, action, regex) = (list.text("name"), row.text("action"), row.text("regex"));
                line!(out, "bgp as-path access-list {name} {action} {regex}");
            }
        }
    }
    out
}

/// Community lists in the order of the file.
pub(super) fn community_lists(sections: Sections<'_>) -> Lines {
    let mut out = Lines::default();
    if !has_bgp_switch(sections) {
        return out;
    }
    // A list whose name is neither number nor word writes its rows under the name before it: the
    // package does not reset the variable.
    let mut label = String::new();
    for list in sections.entries("frrbgpcommunities").iter().map(Entry) {
        let name = list.text("name");
        let kind = list.text("listtype");
        let mut standard = false;
        if php::is_numeric(name) {
            name.clone_into(&mut label);
            standard = php::float(name).is_some_and(|number| number > 0.0 && number < 100.0);
        } else if judge::is_word(name) {
            label = format!("{kind} {name}");
            standard = kind == "standard";
        }
        for row in list.sorted_rows() {
            let community = row.text("community");
            if standard && !judge::is_community_list(community) {
                break;
            }
            line!(out, "bgp community-list {label} {} {community}", row.text("action"));
        }
    }
    out
}
