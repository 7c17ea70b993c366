//! The examples in real FRR: every line is taken. What its sessions then do is in `frr_sessions`.

use std::net::IpAddr;

use metalsense::compile::files::files;
use metalsense::compile::{Compiled, RouterPart};
use metalsense::frr::RouterConfig;
use metalsense::intent::Intent;

use super::examples::{EXAMPLES, example};
use super::frr_lab::{Lab, available};

/// What a router of an example is to run.
pub(crate) fn config(part: &RouterPart) -> &RouterConfig {
    match part {
        RouterPart::Pfsense { config, .. } | RouterPart::Frr(config) | RouterPart::Unmanaged(config) => {
            config
        }
        RouterPart::Absent => panic!("no example takes its router away"),
    }
}

/// A prefix length that puts router and nodes of an example on one network.
fn length(address: IpAddr) -> u8 {
    if address.is_ipv4() { 24 } else { 64 }
}

/// Addresses as a machine of the lab has them.
pub(crate) fn with_lengths(addresses: &[IpAddr]) -> Vec<(IpAddr, u8)> {
    addresses.iter().map(|address| (*address, length(*address))).collect()
}

/// The text that an example's router loads.
pub(crate) fn conf(intent: &Intent, compiled: &Compiled, router: &str) -> Vec<u8> {
    let path = format!("{router}/frr.conf");
    let files = files(intent, &compiled.desired).expect("writes");
    files.into_iter().find(|file| file.path == path).expect("a configuration").bytes
}

/// Lines that FRR takes and does not show: frame, comments, and what is its default anyway.
fn is_silent(line: &str) -> bool {
    let frame = ["!", "exit", "line vty", "exit-address-family", "no shutdown", "detect-multiplier 3"];
    line.is_empty()
        || line.starts_with("! ")
        || line.starts_with('#')
        || line.starts_with("hostname ")
        || frame.contains(&line)
}

/// What a running configuration lacks of a configuration.
fn lacking(conf: &[u8], running: &str) -> Vec<String> {
    let normal = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let running: Vec<String> = running.lines().map(normal).collect();
    let mut family = String::new();
    let mut lacking = Vec::new();
    for line in String::from_utf8_lossy(conf).lines().map(normal) {
        if line.starts_with("address-family ") {
            family.clone_from(&line);
        }
        // FRR activates IPv4 by itself and shows only the contrary.
        let is_default = family == "address-family ipv4 unicast"
            && line.ends_with(" activate")
            && !line.starts_with("no ");
        if !is_default && !is_silent(&line) && !running.contains(&line) {
            lacking.push(line);
        }
    }
    lacking
}

#[test]
fn every_line_of_every_example_is_taken() {
    if !available() {
        return;
    }
    let mut loaded = 0;
    for name in EXAMPLES {
        let (intent, compiled) = example(name);
        for router in &compiled.desired.routers {
            let conf = conf(&intent, &compiled, &router.path);
            let lab = Lab::new(&with_lengths(&config(&router.part).addresses));
            lab.router.load(&conf);
            let running = lab.router.vtysh(&["show running-config"]);
            let lacking = lacking(&conf, &running);
            assert!(lacking.is_empty(), "{name}/{}: {lacking:#?}\n{running}", router.path);
            let log = lab.router.log();
            for word in ["Unknown command", "Malformed", "failed to parse", "% "] {
                assert!(!log.contains(word), "{name}/{}: {log}", router.path);
            }
            loaded += 1;
        }
    }
    // One more than examples: the pair has two.
    assert_eq!(loaded, EXAMPLES.len() + 1);
}
