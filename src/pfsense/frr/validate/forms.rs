//! The pages of the package: required fields with their labels, and what each page checks.

use super::{Messages, Page, igp, lists};
use crate::pfsense::frr::{judge, php};

/// A page.
pub(super) struct Form {
    /// The section that the page edits.
    pub(super) section: &'static str,
    /// The section holds one entry.
    pub(super) single: bool,
    /// Fields that must not be empty, with the label in the message.
    pub(super) required: &'static [(&'static str, &'static str)],
    /// Row fields of pages that sort their rows before they check.
    pub(super) sorted_rows: &'static [&'static str],
    /// Everything else.
    pub(super) check: fn(&Page<'_>, &mut Messages),
}

/// Pages in the order of the package's menus.
pub(super) static FORMS: [Form; 22] = [
    single("frr", &[("password", "Master Password")], global),
    single("frrbgp", &[], bgp),
    // The advanced page runs the check of the first one.
    single("frrbgpadvanced", &[], bgp),
    many(
        "frrbgpneighbors",
        &[
            ("peer", "Name/Address"),
            ("asnum", "Remote AS"),
            ("updatesource_type", "Update Source"),
            ("updatesource", "Update Source"),
        ],
        nothing,
    ),
    Form {
        sorted_rows: &["seq", "action", "source", "any", "ge", "le"],
        ..many("frrglobalprefixes", &[("iptype", "IP Type"), ("name", "Name")], lists::prefix_list)
    },
    Form {
        sorted_rows: &["seq", "action", "source", "sourceany", "destination", "destinationany", "exactmatch"],
        ..many(
            "frrglobalacls",
            &[("type", "Type"), ("iptype", "IP Type"), ("name", "Name")],
            lists::access_list,
        )
    },
    many(
        "frrglobalroutemaps",
        &[("name", "Name"), ("action", "Action"), ("seq", "Sequence")],
        lists::route_map,
    ),
    many("frrbgpaspaths", &[("name", "Name")], nothing),
    many("frrbgpcommunities", &[("name", "Name"), ("listtype", "Community List Type")], nothing),
    many(
        "frrbgprpkicacheservers",
        &[("cacheserver", "Address"), ("port", "Port"), ("preference", "Preference")],
        cache_server,
    ),
    many("frrbfdpeers", &[("peer", "Peer Address")], bfd),
    many("frrbfdprofiles", &[("name", "Name")], bfd),
    single("frrospfd", &[], igp::ospf),
    many("frrospfdinterfaces", &[("interface", "Interface")], igp::ospf_interface),
    many("frrospfdareas", &[("area", "Area")], igp::ospf_area),
    many("frrospfdneighbors", &[("neighbor", "OSPF Neighbor IPv4 Address")], igp::ospf_neighbor),
    single("frrospf6d", &[], igp::ospf6),
    many("frrospf6dinterfaces", &[("interface", "Interface")], igp::ospf6_interface),
    many("frrospfd6areas", &[("area", "Area")], igp::ospf6_area),
    single("frrripd", &[], igp::rip),
    many("frrripdinterfaces", &[("interface", "Interface")], igp::rip_interface),
    many("frrripdneighbors", &[("neighbor", "RIP Neighbor IPv4 Address")], igp::rip_neighbor),
];

type Required = &'static [(&'static str, &'static str)];
type Check = fn(&Page<'_>, &mut Messages);

const fn many(section: &'static str, required: Required, check: Check) -> Form {
    Form { section, single: false, required, sorted_rows: &[], check }
}

const fn single(section: &'static str, required: Required, check: Check) -> Form {
    Form { section, single: true, required, sorted_rows: &[], check }
}

fn nothing(_: &Page<'_>, _: &mut Messages) {}

fn global(page: &Page<'_>, messages: &mut Messages) {
    let post = page.post;
    messages.add_if(post.text("password").contains('\''), "Password cannot contain a single quote (')");
    let id = post.filled("routerid");
    messages.add_if(id.is_some_and(|id| !judge::is_ipv4(id)), "Router ID must be an address.");
    for (field, number, value) in post.row_fields() {
        if field == "routevalue" && php::truthy(value) && !judge::is_subnet(value) {
            messages.add(format_args!("Route in row {number} must be a subnet."));
        }
    }
}

fn bgp(page: &Page<'_>, messages: &mut Messages) {
    let post = page.post;
    let wrong_number = |field| post.filled(field).is_some_and(|text| !php::is_numeric(text));
    let wrong_address = |field| post.filled(field).is_some_and(|text| !judge::is_ip(text));
    messages.add_if(
        post.filled("enable").is_some() && post.filled("asnum").is_none(),
        "AS must be provided if BGP is enabled.",
    );
    messages.add_if(wrong_number("asnum"), "AS must be entered as a number only.");
    messages.add_if(wrong_address("routerid"), "Router ID must be an IP address.");
    // Two fields of a former package, still looked at.
    messages.add_if(wrong_number("holdtime"), "Holdtime must be entered as a number.");
    messages.add_if(
        wrong_address("listenip"),
        "Listen IP must be an IP address or blank to bind to all IP addresses.",
    );
    for (field, name, label, min, max) in [
        ("rpkipollingperiod", "Polling period", "Polling period", 1, 86400),
        ("rpkiexpireinterval", "Expire interval", "Expire interval", 600, 172_800),
        ("rpkiretryinterval", "Retry interval", "Polling period", 1, 7200),
    ] {
        number(messages, post.text(field), name, label, min, max);
    }
}

fn cache_server(page: &Page<'_>, messages: &mut Messages) {
    number(messages, page.post.text("port"), "Port", "Port", 1, 65535);
    number(messages, page.post.text("preference"), "Preference", "Preference", 1, 255);
}

/// Peers and profiles ask the same.
fn bfd(page: &Page<'_>, messages: &mut Messages) {
    for (field, name, min, max) in [
        ("detectmultiplier", "Detect multiplier", 2, 255),
        ("receiveinterval", "Receive interval", 10, 60000),
        ("transmitinterval", "Transmit interval", 10, 60000),
        ("echointerval", "Echo interval", 10, 60000),
        ("minimumttl", "Minimum TTL", 1, 254),
    ] {
        number(messages, page.post.filled(field).unwrap_or_default(), name, name, min, max);
    }
}

/// A number if given, then its range; a text that is no number gets both messages.
fn number(messages: &mut Messages, value: &str, name: &str, label: &str, min: u64, max: u64) {
    if !value.is_empty() && !php::is_numeric(value) {
        messages.add(format_args!("{name} must be a number."));
    }
    messages.range(label, value, min, max);
}
