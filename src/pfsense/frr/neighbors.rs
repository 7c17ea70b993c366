//! Neighbors and peer groups of BGP, in the order of the list.
//!
//! One list holds both kinds: an address is a neighbor, a word a group, and anything else is left
//! out without a message. Nothing is checked against the other entries but references by name.

use super::bgp::Families;
use super::catalog::Catalog;
use super::entry::{Entry, first_bytes};
use super::firewall::Firewall;
use super::judge::{self, Family};
use super::lines::{Lines, line, put};
use super::sections::Sections;

/// A description is cut after so many bytes.
const DESCRIPTION_BYTES: usize = 80;

/// Writes every neighbor into the instance and its families.
pub(super) fn write(
    out: &mut Lines,
    families: &mut Families,
    sections: Sections<'_>,
    firewall: &Firewall<'_>,
    catalog: &Catalog,
) {
    let neighbors = sections.entries("frrbgpneighbors");
    for entry in neighbors.iter().map(Entry) {
        let Some(speaker) = Speaker::new(entry) else { continue };
        speaker.membership(out, catalog);
        for family in speaker.families.iter().filter(|_| !speaker.group) {
            line!(families.of(*family).before, "  neighbor {} activate", speaker.peer);
        }
        speaker.session(out, firewall);
        speaker.transport(out);
        for family in speaker.families {
            let lines = &mut families.of(*family).after;
            speaker.exchange(lines, *family, catalog);
            speaker.filters(lines, catalog);
            speaker.attributes(lines);
            // Once more per family, but into the instance.
            speaker.advertisement_interval(out);
        }
    }
    if !neighbors.is_empty() {
        line!(out, " !");
    }
}

/// An entry that is a neighbor or a group.
#[derive(Clone, Copy, Debug)]
struct Speaker<'a> {
    entry: Entry<'a>,
    peer: &'a str,
    group: bool,
    /// Where its family lines go. A group has them in both.
    families: &'static [Family],
}

impl<'a> Speaker<'a> {
    fn new(entry: Entry<'a>) -> Option<Self> {
        let peer = entry.text("peer");
        let family = judge::ip_family(peer);
        if family.is_none() && !judge::is_word(peer) {
            return None;
        }
        let families: &[Family] = match family {
            Some(Family::V4) if !entry.on("bothaf") => &[Family::V4],
            Some(Family::V6) if !entry.on("bothaf") => &[Family::V6],
            _ => &Family::BOTH,
        };
        Some(Speaker { entry, peer, group: family.is_none(), families })
    }

    fn membership(self, out: &mut Lines, catalog: &Catalog) {
        let peer = self.peer;
        if self.group {
            line!(out, " neighbor {peer} peer-group");
        } else if let Some(group) = self.entry.chosen("peergroup").filter(|group| catalog.groups.has(group)) {
            line!(out, " neighbor {peer} peer-group {group}");
        }
    }

    /// Who the neighbor is and how the session is kept.
    fn session(self, out: &mut Lines, firewall: &Firewall<'_>) {
        let Speaker { entry, peer, .. } = self;
        let asn = entry.text("asnum");
        if judge::is_asn(asn) || matches!(asn, "internal" | "external") {
            line!(out, " neighbor {peer} remote-as {asn}");
        }
        if let Some(description) = entry.filled("descr") {
            put!(out, " neighbor {peer} description ");
            out.bytes(first_bytes(description, DESCRIPTION_BYTES));
            out.end();
        }
        if entry.on("shutdown") {
            put!(out, " neighbor {peer} shutdown");
            if let Some(message) = entry.filled("shutdownmessage") {
                put!(out, " message \"{message}\"");
            }
            out.end();
        }
        if let Some(rtt) = entry.filled("shutdownautortt") {
            let count = entry.filled("shutdownautokeepalive").unwrap_or("1");
            line!(out, " neighbor {peer} shutdown rtt {rtt} count {count}");
        }
        match entry.text("grmode") {
            "restart" => line!(out, "  neighbor {peer} graceful-restart"),
            mode @ ("helper" | "disable") => line!(out, "  neighbor {peer} graceful-restart-{mode}"),
            _ => {}
        }
        if let Some(source) =
            firewall.update_source(entry.text("updatesource"), entry.text("updatesource_type"))
        {
            line!(out, " neighbor {peer} update-source {source}");
        }
        let kind = entry.text("password_type").split('-').next();
        if let (Some(password), Some("frr" | "both")) = (entry.filled("password"), kind) {
            line!(out, " neighbor {peer} password {password}");
        }
        if let Some(keepalive) = entry.number("timers_keepalive", 0, 65535) {
            put!(out, " neighbor {peer} timers {keepalive}");
            if let Some(hold) = entry.number("timers_holdtime", 0, 65535) {
                put!(out, " {hold}");
            }
            out.end();
        }
        if let Some(seconds) = entry.number("timers_connect", 1, 65535) {
            line!(out, " neighbor {peer} timers connect {seconds}");
        }
        self.flags(out, " ", &[("passive", "passive")]);
        self.advertisement_interval(out);
        if entry.on("bfdenable") {
            let target = entry.filled("bfd_peer").filter(|target| *target != "default").unwrap_or(peer);
            line!(out, " neighbor {target} bfd");
            if entry.on("bfd_check_control_plane_failure") {
                line!(out, " neighbor {target} bfd check-control-plane-failure");
            }
        }
    }

    /// Capabilities, hops and the AS shown to the neighbor.
    fn transport(self, out: &mut Lines) {
        let Speaker { entry, peer, .. } = self;
        self.flags(
            out,
            " ",
            &[("capability", "capability dynamic"), ("capability_nexthop", "capability extended-nexthop")],
        );
        if let orf @ ("send" | "receive" | "both") = entry.text("capability_orf") {
            line!(out, " neighbor {peer} capability orf prefix-list {orf}");
        }
        self.flags(
            out,
            " ",
            &[
                ("dontcapabilitynegotiate", "dont-capability-negotiate"),
                ("overridecapability", "override-capability"),
            ],
        );
        if let Some(hops) = entry.number("ttlsecurityhops", 1, 254) {
            line!(out, " neighbor {peer} ttl-security hops {hops}");
        }
        self.flags(out, " ", &[("disableconnectedcheck", "disable-connected-check")]);
        match entry.text("ebgpmultihop") {
            "0" => line!(out, " neighbor {peer} ebgp-multihop"),
            hops if judge::in_range(hops, 1, 255) => line!(out, " neighbor {peer} ebgp-multihop {hops}"),
            _ => {}
        }
        self.flags(out, " ", &[("enforcemultihop", "enforce-multihop")]);
        if let Some(asn) = entry.ulong("localas_num", 1) {
            let options = match (entry.on("localas_noprepend"), entry.on("localas_replaceas")) {
                (true, true) => " no-prepend replace-as",
                (true, false) => " no-prepend",
                _ => "",
            };
            line!(out, " neighbor {peer} local-as {asn}{options}");
        }
        self.flags(out, " ", &[("solo", "solo")]);
    }

    fn advertisement_interval(self, out: &mut Lines) {
        if let Some(seconds) = self.entry.number("advertisementinterval", 0, 600) {
            line!(out, " neighbor {} advertisement-interval {seconds}", self.peer);
        }
    }

    /// What is originated, limited and kept in a family.
    fn exchange(self, out: &mut Lines, family: Family, catalog: &Catalog) {
        let Speaker { entry, peer, .. } = self;
        if let Some(choice) = entry.filled("defaultoriginate") {
            // The package looks for the choice inside the family's name.
            let named = format!("{} unicast", family.name()).contains(choice);
            if named || choice == "yes" {
                put!(out, "  neighbor {peer} default-originate");
                let map = entry.chosen("defaultoriginateroutemap").filter(|map| catalog.route_maps.has(map));
                if let Some(map) = map {
                    put!(out, " route-map {map}");
                }
                line!(out, "  ");
            }
        }
        match entry.text("sendcommunity") {
            "disabled" => line!(out, "  no neighbor {peer} send-community"),
            "enabled" => line!(out, "  neighbor {peer} send-community"),
            kind @ ("standard" | "extended" | "both") => {
                line!(out, "  neighbor {peer} send-community {kind}");
            }
            _ => {}
        }
        if let Some(count) = entry.ulong("maximumprefix_num", 1) {
            put!(out, " neighbor {peer} maximum-prefix {count}");
            if let Some(percent) = entry.number("maximumprefix_threshold", 1, 100) {
                put!(out, " {percent}");
            }
            if entry.on("maximumprefix_warnonly") {
                put!(out, " warning-only");
            } else if let Some(minutes) = entry.number("maximumprefix_restart", 1, 65535) {
                put!(out, " restart {minutes}");
            }
            // No form has this field; a hand-made configuration may.
            if entry.on("maximumprefix_force") {
                put!(out, " force");
            }
            out.end();
        }
        if let Some(count) = entry.ulong("maximumprefixout_num", 1) {
            line!(out, " neighbor {peer} maximum-prefix-out {count}");
        }
        match entry.text("nexthopself") {
            "enabled" => line!(out, "  neighbor {peer} next-hop-self"),
            "force" => line!(out, "  neighbor {peer} next-hop-self force"),
            _ => {}
        }
        self.flags(out, "  ", &[("softreconfigurationinbound", "soft-reconfiguration inbound")]);
    }

    /// References to lists and maps; one that is missing leaves its line out.
    fn filters(self, out: &mut Lines, catalog: &Catalog) {
        for (field, words, list) in [
            ("distribute", "distribute-list", &catalog.access_lists),
            ("prefixfilter", "prefix-list", &catalog.prefix_lists),
            ("aspathfilter", "filter-list", &catalog.as_paths),
            ("routemap", "route-map", &catalog.route_maps),
        ] {
            for direction in ["in", "out"] {
                let name = self.entry.text(&format!("{field}_{direction}"));
                if list.chosen(name) {
                    line!(out, "  neighbor {} {words} {name} {direction}", self.peer);
                }
            }
        }
        let map = self.entry.text("unsuppressmap");
        if catalog.route_maps.chosen(map) {
            line!(out, "  neighbor {} unsuppress-map {map}", self.peer);
        }
    }

    /// What is done to routes and paths in a family.
    fn attributes(self, out: &mut Lines) {
        let Speaker { entry, peer, .. } = self;
        if let Some(weight) = entry.number("weight", 0, 65535) {
            line!(out, "  neighbor {peer} weight {weight}");
        }
        self.flags(
            out,
            "  ",
            &[
                ("addpathtxallpaths", "addpath-tx-all-paths"),
                ("addpathtxbestpathperas", "addpath-tx-bestpath-per-AS"),
            ],
        );
        if let Some(choice) = entry.filled("allowasin").filter(|choice| *choice != "disabled") {
            put!(out, "  neighbor {peer} allowas-in");
            if choice == "origin" || judge::in_range(choice, 1, 10) {
                put!(out, "  {choice}");
            }
            line!(out, "  ");
        }
        self.flags(out, "  ", &[("asoverride", "as-override")]);
        self.options(
            out,
            "attributeunchanged",
            "attribute-unchanged",
            &[
                ("attributeunchanged_aspath", "as-path"),
                ("attributeunchanged_med", "med"),
                ("attributeunchanged_nexthop", "next-hop"),
            ],
        );
        self.options(
            out,
            "removeprivateas",
            "remove-private-AS",
            &[("removeprivateas_all", "all"), ("removeprivateas_replace", "replace-AS")],
        );
        self.flags(
            out,
            "  ",
            &[
                ("routeclient_reflector", "route-reflector-client"),
                ("routeclient_server", "route-server-client"),
            ],
        );
    }

    /// One line for each ticked box.
    fn flags(self, out: &mut Lines, indent: &str, boxes: &[(&str, &str)]) {
        for (field, words) in boxes {
            if self.entry.on(field) {
                line!(out, "{indent}neighbor {} {words}", self.peer);
            }
        }
    }

    /// One line with its options, two blanks before each and at the end.
    fn options(self, out: &mut Lines, field: &str, words: &str, options: &[(&str, &str)]) {
        if !self.entry.on(field) {
            return;
        }
        put!(out, "  neighbor {} {words}", self.peer);
        for (field, words) in options {
            if self.entry.on(field) {
                put!(out, "  {words}");
            }
        }
        line!(out, "  ");
    }
}
