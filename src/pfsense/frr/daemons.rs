//! Which daemons run, and the file that says so: `/usr/local/etc/rc.conf.d/frr`.
//!
//! A change of this file makes the package restart all daemons instead of reloading.

use super::level::PackageLevel;
use super::lines::{Lines, line};
use super::sections::Sections;
use crate::pfsense::Value;

/// Sections with the daemon that each switches on, in the order in which they are started.
const SWITCHES: [(&str, &str); 6] = [
    ("frr", "zebra"),
    ("frrbfd", "bfdd"),
    ("frrbgp", "bgpd"),
    ("frrospfd", "ospfd"),
    ("frrospf6d", "ospf6d"),
    ("frrripd", "ripd"),
];

/// The daemons that the package runs, in its order; none if FRR is off.
pub fn daemons(config: &Value, level: PackageLevel) -> Vec<&'static str> {
    let sections = Sections::new(config);
    if sections.enabled("frr").is_none() {
        return Vec::new();
    }
    let companions: &[&str] = match level {
        PackageLevel::V2_0 => &["staticd"],
        PackageLevel::V2_1 => &["mgmtd", "staticd"],
    };
    let mut daemons = Vec::new();
    for (section, daemon) in SWITCHES {
        if sections.enabled(section).is_some() {
            daemons.push(daemon);
            if daemon == "zebra" {
                daemons.extend(companions);
            }
        }
    }
    daemons
}

/// The text of `rc.conf.d/frr`. `None` if the package is off (the file is removed) or not configured.
pub fn rc_conf(config: &Value, level: PackageLevel) -> Option<String> {
    let sections = Sections::new(config);
    sections.enabled("frr")?;
    let daemons = daemons(config, level);
    let mut out = Lines::default();
    line!(out, "frr_enable=\"YES\"");
    line!(out, "frr_vtysh_boot=\"YES\"");
    for daemon in &daemons {
        let modules = modules(sections, daemon);
        if !modules.is_empty() {
            line!(out, "{daemon}_flags=\"{}\"", modules.join(" "));
        }
    }
    line!(out, "frr_daemons=\"{}\"", daemons.join(" "));
    String::from_utf8(out.into_bytes()).ok()
}

/// Options that load a daemon's modules.
fn modules(sections: Sections<'_>, daemon: &str) -> Vec<&'static str> {
    let Some((section, _)) = SWITCHES.iter().find(|(_, name)| *name == daemon) else { return Vec::new() };
    let entry = sections.first(section);
    let mut modules = Vec::new();
    if entry.is_some_and(|entry| entry.on("enablesnmpagentx")) {
        modules.push("-M snmp");
    }
    // Only the text `on` counts here, unlike for the rpki block of the configuration.
    if daemon == "bgpd" && entry.is_some_and(|entry| entry.text("enablerpki") == "on") {
        modules.push("-M rpki");
    }
    modules
}
