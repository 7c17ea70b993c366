//! The examples in real FRR: every line is taken, and the sessions do what is declared.

use std::net::IpAddr;

use metalsense::compile::files::files;
use metalsense::compile::{Compiled, RouterPart};
use metalsense::frr::RouterConfig;
use metalsense::intent::Intent;
use metalsense::metallb::AnyObject;
use serde_json::Value;

use super::examples::{EXAMPLES, example};
use super::frr_lab::{Lab, available, eventually};

fn config(part: &RouterPart) -> &RouterConfig {
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

fn with_lengths(addresses: &[IpAddr]) -> Vec<(IpAddr, u8)> {
    addresses.iter().map(|address| (*address, length(*address))).collect()
}

fn conf(intent: &Intent, compiled: &Compiled, router: &str) -> Vec<u8> {
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

/// A speaker's configuration from a compiled BGPPeer, as MetalLB's FRR writes it: announces the given
/// prefixes with the communities of the compiled advertisement.
fn speaker(compiled: &Compiled, router: IpAddr, prefixes: &[&str]) -> String {
    let objects = || compiled.desired.cluster.objects.iter().map(|object| &object.object);
    let peer = objects()
        .find_map(|object| match object {
            AnyObject::BgpPeer(peer) if peer.spec.peer_address == Some(router.to_string()) => Some(peer),
            _ => None,
        })
        .expect("a peer for the router");
    let communities = objects().find_map(|object| match object {
        AnyObject::BgpAdvertisement(advertisement) => Some(advertisement.spec.communities.join(" ")),
        _ => None,
    });
    let password = objects().find_map(|object| match object {
        AnyObject::Secret(secret) => Some(secret.data["password"].reveal()),
        _ => None,
    });
    let profile = objects().find_map(|object| match object {
        AnyObject::BfdProfile(profile) => Some(&profile.spec),
        _ => None,
    });
    let mut lines = Vec::new();
    if let Some(timers) = profile {
        lines.push(format!(
            "bfd\n profile steady\n  detect-multiplier {}",
            timers.detect_multiplier.unwrap_or(3)
        ));
        lines.push(format!("  receive-interval {}", timers.receive_interval.unwrap_or(300)));
        lines.push(format!("  transmit-interval {}\n exit\nexit", timers.transmit_interval.unwrap_or(300)));
    }
    lines.push(format!("route-map OUT permit 10\n set community {}\nexit", communities.expect("announced")));
    lines.push(format!("router bgp {}", peer.spec.my_asn));
    lines.push(" no bgp ebgp-requires-policy\n no bgp network import-check".to_owned());
    lines.push(format!(" neighbor {router} remote-as {}", peer.spec.peer_asn.expect("an AS")));
    // The session attempts of a test should not be two minutes apart.
    lines.push(format!(" neighbor {router} timers connect 1"));
    lines.extend(password.map(|password| format!(" neighbor {router} password {password}")));
    if peer.spec.bfd_profile.is_some() {
        lines.push(format!(" neighbor {router} bfd\n neighbor {router} bfd profile steady"));
    }
    lines.push(" address-family ipv4 unicast".to_owned());
    lines.push(format!("  neighbor {router} route-map OUT out"));
    lines.extend(prefixes.iter().map(|prefix| format!("  network {prefix}")));
    lines.push(" exit-address-family\nexit\n".to_owned());
    lines.join("\n")
}

fn established(router: &super::frr_lab::Machine, nodes: usize) -> Option<Value> {
    let summary = router.json("show bgp ipv4 unicast summary json");
    let peers = summary["peers"].as_object()?;
    let up = peers.values().filter(|peer| peer["state"] == "Established").count();
    (up == nodes).then(|| Value::Object(peers.clone()))
}

/// Three speakers announce one address, one of them more: what is declared gets in, nothing else
/// does, and nothing gets out.
#[test]
fn the_home_lab_learns_its_services_over_all_nodes_and_tells_nothing() {
    if !available() {
        return;
    }
    let (intent, compiled) = example("homelab");
    let router = &compiled.desired.routers[0];
    let own = config(&router.part);
    let mut lab = Lab::new(&with_lengths(&own.addresses));
    lab.router.load(&conf(&intent, &compiled, &router.path));
    // Something to tell, which the policy must keep.
    lab.router.vtysh(&[
        "configure",
        "router bgp 64501",
        "address-family ipv4 unicast",
        "network 192.168.2.0/24",
    ]);
    for (number, node) in intent.nodes.iter().enumerate() {
        let addresses: Vec<IpAddr> = node.addresses.iter().map(|address| address.value).collect();
        let foreign = format!("10.66.{number}.0/24");
        // A whole pool, a foreign default route and an address beside the pool, as a mistake would.
        let prefixes = ["192.168.32.1/32", foreign.as_str(), "0.0.0.0/0", "192.168.33.1/32"];
        let text = speaker(&compiled, own.addresses[0], &prefixes);
        lab.add_node(&with_lengths(&addresses), false).load(text.as_bytes());
    }
    let peers = eventually("three sessions", || established(&lab.router, 3));
    for node in &intent.nodes {
        let neighbor = lab.router.json(&format!("show bgp neighbors {} json", node.addresses[0].value));
        let neighbor = &neighbor[node.addresses[0].value.to_string()];
        assert_eq!(neighbor["nbrDesc"], format!("{} [ms:homelab]", node.name.value));
    }
    assert_eq!(peers.as_object().map(serde_json::Map::len), Some(3));

    let route = eventually("three paths in the kernel", || {
        let routes = lab.router.json("show ip route 192.168.32.1/32 json");
        let route = routes.get("192.168.32.1/32")?.get(0)?.clone();
        let hops = route["nexthops"].as_array()?;
        (hops.iter().filter(|hop| hop["fib"] == true).count() == 3).then_some(route)
    });
    assert_eq!(route["protocol"], "bgp");
    let mut hops: Vec<_> =
        route["nexthops"].as_array().expect("hops").iter().filter_map(|hop| hop["ip"].as_str()).collect();
    hops.sort_unstable();
    assert_eq!(hops, ["192.168.4.10", "192.168.4.20", "192.168.4.4"]);

    let table = lab.router.json("show bgp ipv4 unicast json");
    let mut prefixes: Vec<_> = table["routes"].as_object().expect("routes").keys().cloned().collect();
    prefixes.sort();
    assert_eq!(prefixes, ["192.168.2.0/24", "192.168.32.1/32"], "foreign prefixes are refused");
    let detail = lab.router.json("show bgp ipv4 unicast 192.168.32.1/32 json");
    let paths = detail["paths"].as_array().expect("paths");
    assert!(paths.iter().all(|path| path["community"]["string"] == "no-advertise"), "{detail}");
    assert_eq!(paths.iter().filter(|path| path["multipath"] == true).count(), 3);

    for node in &lab.nodes {
        let table = node.json("show bgp ipv4 unicast json");
        assert!(table["routes"].get("192.168.2.0/24").is_none(), "the nodes are told nothing: {table}");
        assert!(table["routes"].get("192.168.32.1/32").is_some());
    }

    // Nobody has the rest of the pool: it ends here and does not follow the default route.
    let rest = lab.router.json("show ip route 192.168.32.77 json");
    assert_eq!(rest["192.168.32.0/24"][0]["nexthops"][0]["blackhole"], true, "{rest}");
}

/// TCP-MD5 and BFD as compiled for both ends.
#[test]
fn signed_sessions_with_bfd_come_up() {
    if !available() {
        return;
    }
    let (intent, compiled) = example("bfd-md5");
    let router = &compiled.desired.routers[0];
    let own = config(&router.part);
    let mut lab = Lab::new(&with_lengths(&own.addresses));
    lab.router.load(&conf(&intent, &compiled, &router.path));
    for node in &intent.nodes {
        let addresses: Vec<IpAddr> = node.addresses.iter().map(|address| address.value).collect();
        let text = speaker(&compiled, own.addresses[0], &["10.60.0.1/32"]);
        lab.add_node(&with_lengths(&addresses), true).load(text.as_bytes());
    }
    eventually("two sessions", || established(&lab.router, 2));
    let peers = eventually("two BFD sessions", || {
        let peers = lab.router.json("show bfd peers json");
        let up = peers.as_array()?.iter().filter(|peer| peer["status"] == "up").count();
        (up == 2).then_some(peers)
    });
    for peer in peers.as_array().expect("peers") {
        assert_eq!(peer["receive-interval"], 400, "{peer}");
        assert_eq!(peer["transmit-interval"], 400, "{peer}");
        assert_eq!(peer["remote-receive-interval"], 400, "{peer}");
    }
    // Without the key there is no session.
    lab.nodes[0].vtysh(&["configure", "router bgp 64512", "neighbor 10.20.0.1 password another"]);
    lab.router.vtysh(&["clear bgp 10.20.0.11"]);
    eventually("one session less", || established(&lab.router, 1));
}
