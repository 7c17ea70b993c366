//! What our part looks like on a firewall that has nothing else: the fragment for people to read, and
//! the `frr.conf` that the package would write.
//!
//! Names, interfaces and foreign entries are the firewall's own, so the real file has more.

use std::net::IpAddr;

use super::{CarpBinding, Entry, FieldValue, GENERATED, PfsensePart, forms, new_singleton};
use crate::frr::RouterConfig;
use crate::pfsense::Value;
use crate::pfsense::frr::{FrrConf, PackageLevel, frr_conf};
use crate::pfsense::xml::{Era, sections_text};
use crate::templates::{self, RenderError};

/// Our sections below `installedpackages`, complete.
pub fn sections(part: &PfsensePart) -> Vec<(&'static str, Value)> {
    let mut all: Vec<(&'static str, Value)> = Vec::new();
    for singleton in &part.singletons {
        let fields: Vec<(&str, String)> = singleton
            .fields
            .iter()
            .map(|(name, value)| match value {
                FieldValue::Text(text) => (*name, text.clone()),
                FieldValue::Generated => (*name, GENERATED.to_owned()),
            })
            .collect();
        let value = if singleton.section == "frr" && !part.null_routes.is_empty() {
            Some(forms::fill_with_rows(forms::FRR, &fields, values(&part.null_routes)))
        } else {
            new_singleton(singleton.section, &fields)
        };
        all.extend(value.map(|value| (singleton.section, list(vec![value]))));
    }
    let lists = [
        ("frrbgpneighbors", &part.neighbors),
        ("frrglobalprefixes", &part.prefix_lists),
        ("frrglobalroutemaps", &part.route_maps),
        ("frrbfdpeers", &part.bfd_peers),
    ];
    let filled = lists.into_iter().filter(|(_, entries)| !entries.is_empty());
    all.extend(filled.map(|(section, entries)| (section, list(values(entries)))));
    all
}

fn list(entries: Vec<Value>) -> Value {
    Value::branch([("config", Value::List(entries))])
}

fn values(entries: &[Entry]) -> Vec<Value> {
    entries.iter().map(|entry| entry.value.clone()).collect()
}

/// The text for people to read: our sections under a comment that says what it is not.
///
/// # Errors
/// Only for a mistake in the template.
pub fn fragment(title: &str, part: &PfsensePart) -> Result<String, RenderError> {
    let sections = sections(part);
    let xml = sections_text(sections.iter().map(|(name, value)| (*name, value)), Era::Xml);
    templates::render(
        "fragment.xml",
        minijinja::context! {
            title,
            unresolved => &part.unresolved,
            // Whole elements in pfSense's own spelling, already escaped.
            sections => xml,
        },
    )
}

/// A configuration that holds our part and what the package's generator asks about: the name of the
/// firewall and its addresses.
pub fn configuration(
    host: &str,
    config: &RouterConfig,
    part: &PfsensePart,
    carp: Option<&CarpBinding>,
) -> Value {
    let own = |ipv6: bool| {
        let found = config.addresses.iter().find(|address| address.is_ipv6() == ipv6);
        Value::text(found.map(IpAddr::to_string).unwrap_or_default())
    };
    let lan = Value::branch([
        ("enable", Value::EMPTY),
        ("if", Value::text("lan")),
        ("ipaddr", own(false)),
        ("subnet", Value::text("24")),
        ("ipaddrv6", own(true)),
        ("subnetv6", Value::text("64")),
    ]);
    let mut root = vec![
        ("system", Value::branch([("hostname", Value::text(host)), ("domain", Value::text(DOMAIN))])),
        ("interfaces", Value::branch([("lan", lan)])),
    ];
    if let Some(carp) = carp {
        let selector = carp.selector();
        let vip = Value::branch([
            ("mode", Value::text("carp")),
            ("interface", Value::text("lan")),
            ("uniqid", Value::text(selector.strip_prefix("_vip").unwrap_or(&selector))),
            ("subnet", Value::text(carp.address.to_string())),
        ]);
        root.push(("virtualip", Value::branch([("vip", Value::List(vec![vip]))])));
    }
    root.push(("installedpackages", Value::branch(sections(part))));
    Value::branch(root)
}

/// The domain that pfSense has out of the box.
const DOMAIN: &str = "home.arpa";

/// The `frr.conf` that the package's newest generator makes of our part alone. The password that is yet
/// to be generated is a comment, so that FRR takes the text as it stands.
pub fn frr_conf_text(
    host: &str,
    config: &RouterConfig,
    part: &PfsensePart,
    carp: Option<&CarpBinding>,
) -> Vec<u8> {
    match frr_conf(&configuration(host, config, part, carp), PackageLevel::default()) {
        FrrConf::Generated(bytes) | FrrConf::Raw(bytes) => commented(bytes),
        // Our part always switches the package on.
        FrrConf::NotWritten(_) => Vec::new(),
    }
}

fn commented(conf: Vec<u8>) -> Vec<u8> {
    let line = format!("\npassword {GENERATED}\n").into_bytes();
    let Some(at) = conf.windows(line.len()).position(|window| window == line) else { return conf };
    let mut out = conf;
    // Behind the line feed in front of the line.
    out.splice(at + 1..at + 1, *b"! ");
    out
}
