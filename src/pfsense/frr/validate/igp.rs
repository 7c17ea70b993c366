//! The pages of OSPF, OSPF6 and RIP.

use super::{Messages, Page};
use crate::pfsense::frr::entry::Entry;
use crate::pfsense::frr::judge::{self, Family};
use crate::pfsense::frr::php;

/// FRR's bounds of external metrics in OSPF.
const OSPF_METRIC: u64 = 16_777_214;
/// The largest cost of an area.
const AREA_COST: u64 = 16_777_215;

/// Forms look at so many rows, one after the other, and stop at the first that is empty or right.
const ROWS: usize = 99;

fn is_area(text: &str) -> bool {
    judge::is_ip(text) || judge::is_digits(text)
}

fn one_of(text: &str, choices: &[&str]) -> bool {
    choices.contains(&text)
}

/// Router id, default area, and interfaces that lean on it.
fn instance(page: &Page<'_>, interfaces: &str, address: &str, messages: &mut Messages) {
    let post = page.post;
    if post.filled("routerid").is_some_and(|id| !judge::is_ip(id)) {
        messages.add(format_args!("Router ID must be an {address}."));
    }
    let area = post.text("defaultarea");
    if !area.is_empty() {
        messages.add_if(!is_area(area), "Default Area must be a valid IP address or integer number.");
        return;
    }
    let entries = page.sections.entries(interfaces).iter().map(Entry);
    let without: Vec<&str> = entries
        .filter(|entry| entry.text("interfacearea").is_empty())
        .map(|entry| entry.text("interface"))
        .collect();
    if !without.is_empty() {
        let without = without.join(" ");
        messages.add(format_args!(
            "Default Area cannot be cleared as there are interfaces configured without specifically defined areas: {without}"
        ));
    }
}

pub(super) fn ospf(page: &Page<'_>, messages: &mut Messages) {
    let post = page.post;
    instance(page, "frrospfdinterfaces", "address", messages);
    for row in 0..ROWS {
        let (network, area) = (format!("routevalue{row}"), format!("routearea{row}"));
        if post.filled(&network).is_none() && post.filled(&area).is_none() {
            break;
        }
        let v4 = judge::subnet_family(post.text(&network)) == Some(Family::V4);
        messages.add_if(!v4, "OSPF Network must be an IPv4 subnet.");
        messages.add_if(!judge::is_ipv4(post.text(&area)), "Area ID must be an IPv4 address.");
    }
    messages.range("SPF Hold Time", post.text("spfholdtime"), 0, 60000);
    messages.range("SPF Delay", post.text("spfdelay"), 0, 60000);
    for (source, label) in [
        ("connectedsubnets", "Connected"),
        ("kernel", "Kernel"),
        ("bgp", "BGP"),
        ("static", "Static"),
        ("defaultroute", "Default Route"),
    ] {
        let metric = post.text(&format!("redistribute{source}_metric")).to_owned();
        messages.range(&format!("{label} Metric"), &metric, 0, OSPF_METRIC);
        let kind = post.text(&format!("redistribute{source}_metrictype")).to_owned();
        messages.range(&format!("{label} Metric Type"), &kind, 1, 2);
    }
    for (field, label, min, max) in [
        ("referencebandwidth", "Reference Bandwidth", 1, 4_294_967),
        ("max_metric_startup", "Max Metric Seconds at Startup", 5, 86400),
        ("max_metric_shutdown", "Max Metric Seconds at Shutdown", 5, 86400),
        ("writemultiplier", "Write Multiplier", 1, 100),
    ] {
        messages.range(label, post.text(field), min, max);
    }
}

pub(super) fn ospf6(page: &Page<'_>, messages: &mut Messages) {
    instance(page, "frrospf6dinterfaces", "IP address", messages);
}

/// The first entry of the list is not compared with, whatever the reason.
fn twice(page: &Page<'_>, section: &str, messages: &mut Messages) {
    let interface = page.post.text("interface");
    for (index, other) in page.sections.entries(section).iter().enumerate().skip(1) {
        if index != page.index && Entry(other).text("interface") == interface {
            messages.add(format_args!("Interface {interface} is already configured."));
        }
    }
}

fn interface_area(page: &Page<'_>, protocol: &str, neither: &str, messages: &mut Messages) {
    let area = page.post.text("interfacearea");
    messages.add_if(!area.is_empty() && !is_area(area), "Area must be a valid IP address or integer number.");
    let default = page.sections.first(protocol).map_or("", |entry| entry.text("defaultarea"));
    messages.add_if(area.is_empty() && default.is_empty(), neither);
}

pub(super) fn ospf_interface(page: &Page<'_>, messages: &mut Messages) {
    let post = page.post;
    twice(page, "frrospfdinterfaces", messages);
    messages.range("Cost", post.text("metric"), 1, 65535);
    interface_area(
        page,
        "frrospfd",
        "Area must either be set on the interface or a default area set for the OSPF instance.",
        messages,
    );
    let networks = ["broadcast", "non-broadcast", "point-to-multipoint", "point-to-point"];
    messages.add_if(
        post.filled("networktype").is_some_and(|kind| !one_of(kind, &networks)),
        "Invalid interface type.",
    );
    messages.add_if(
        post.filled("authtype").is_some_and(|kind| !one_of(kind, &["digest", "simple", "null"])),
        "Invalid authentication type.",
    );
    let limits = match post.text("authtype") {
        "digest" => Some(("Message Digest Password must be 16 characters or less.", 16)),
        "simple" => Some(("Simple Password must be 8 characters or less.", 8)),
        _ => None,
    };
    if let Some((message, longest)) = limits {
        match post.filled("password") {
            None => messages.add_if(true, "Please input a password."),
            Some(password) => messages.add_if(password.len() > longest, message),
        }
    }
    for (field, label, min, max) in [
        ("routerpriorityelections", "Router Priority", 0, 255),
        ("retransmitinterval", "Retransmit Interval", 3, 65535),
        ("hellointervalinseconds", "Hello Interval", 1, 65535),
        ("deadtimer", "Dead Interval", 1, 65535),
        ("minimalhello", "Minimal Hello", 1, 10),
    ] {
        messages.range(label, post.text(field), min, max);
    }
    let other = post.filled("deadtimer").or(post.filled("hellointervalinseconds"));
    messages.add_if(
        post.filled("minimalhello").is_some() && other.is_some(),
        "Minimal Hello suppresses Hello Interval and Dead Interval.",
    );
}

pub(super) fn ospf6_interface(page: &Page<'_>, messages: &mut Messages) {
    interface_area(
        page,
        "frrospf6d",
        "Area must either be set on the interface or a default given for the OSPFv3 instance.",
        messages,
    );
}

fn area(page: &Page<'_>, messages: &mut Messages) {
    let post = page.post;
    messages.add_if(!is_area(post.text("area")), "Area must be a valid IP address or integer number.");
    let kinds = ["none", "stub", "nosum", "nssa", "nssanosum"];
    messages.add_if(post.filled("type").is_some_and(|kind| !one_of(kind, &kinds)), "Invalid Area Type.");
}

/// The other checks of a range name a field that does not exist, so they never speak.
fn ranges(page: &Page<'_>, family: Family, messages: &mut Messages) {
    for (field, number, value) in page.post.row_fields() {
        if field == "rangeprefix" && php::truthy(value) && judge::subnet_family(value) != Some(family) {
            messages.add(format_args!("Summary Prefix in row {number} must be a subnet."));
        }
    }
}

pub(super) fn ospf_area(page: &Page<'_>, messages: &mut Messages) {
    area(page, messages);
    messages.range("Default Route Cost", page.post.text("defaultcost"), 0, AREA_COST);
    messages.add_if(
        page.post.filled("authtype").is_some_and(|kind| !one_of(kind, &["digest", "simple"])),
        "Invalid Authentication type.",
    );
    ranges(page, Family::V4, messages);
}

pub(super) fn ospf6_area(page: &Page<'_>, messages: &mut Messages) {
    area(page, messages);
    ranges(page, Family::V6, messages);
}

fn neighbor(page: &Page<'_>, messages: &mut Messages) {
    messages.add_if(!judge::is_ipv4(page.post.text("neighbor")), "Neighbor must be a valid IPv4 address.");
}

pub(super) fn ospf_neighbor(page: &Page<'_>, messages: &mut Messages) {
    neighbor(page, messages);
    messages.range("Neighbor Priority", page.post.text("priority"), 0, 255);
    messages.range("Dead Neighbor Polling interval", page.post.text("pollinginterval"), 1, 65535);
}

pub(super) fn rip_neighbor(page: &Page<'_>, messages: &mut Messages) {
    neighbor(page, messages);
}

pub(super) fn rip(page: &Page<'_>, messages: &mut Messages) {
    let post = page.post;
    for row in 0..ROWS {
        match post.filled(&format!("routevalue{row}")) {
            Some(network) if judge::subnet_family(network) != Some(Family::V4) => {
                messages.add_if(true, "RIP Network must be an IPv4 subnet.");
            }
            _ => break,
        }
    }
    for (source, label) in [
        ("connectedsubnets", "Connected"),
        ("kernel", "Kernel"),
        ("bgp", "BGP"),
        // The label is the package's.
        ("ospf", "BGP"),
        ("static", "Static"),
        ("defaultroute", "Default Route"),
    ] {
        let metric = post.text(&format!("redistribute{source}_metric")).to_owned();
        messages.range(&format!("{label} Metric"), &metric, 0, 16);
    }
}

pub(super) fn rip_interface(page: &Page<'_>, messages: &mut Messages) {
    let post = page.post;
    twice(page, "frrripdinterfaces", messages);
    let Some(kind) = post.filled("authtype") else { return };
    messages.add_if(!one_of(kind, &["digest", "simple", "null"]), "Invalid authentication type.");
    match post.filled("password") {
        None => messages.add_if(true, "Please input a password."),
        Some(password) => {
            messages.add_if(password.len() > 16, "Message Digest Password must be 16 characters or less.");
        }
    }
}
