//! The pfSense side: form-complete entries, and what the package makes of them.

use std::path::Path;

use secrecy::SecretString;

use super::fixture::*;
use crate::compile::pfsense::standalone::{configuration, fragment, frr_conf_text};
use crate::compile::pfsense::{CarpBinding, PfsensePart, is_no_route, key_of, new_singleton, part};
use crate::compile::{Facts, RouterPart, compile};
use crate::declaration::types::{Backend, PasswordRef};
use crate::frr::RouterConfig;
use crate::intent::{BfdProfile, Intent, RouterKind};
use crate::pfsense::Value;
use crate::pfsense::frr::validate;
use crate::pfsense::xml::Document;

fn pfsense(intent: &Intent, facts: &Facts) -> (RouterConfig, Option<CarpBinding>) {
    match compile(intent, facts).desired.routers.remove(0).part {
        RouterPart::Pfsense { config, carp } => {
            (*config, carp.map(|address| CarpBinding { address, id: Some("5a".to_owned()) }))
        }
        other => panic!("{other:?}"),
    }
}

fn made(intent: &Intent, facts: &Facts) -> (PfsensePart, String) {
    let (config, carp) = pfsense(intent, facts);
    let part = part(&config, carp.as_ref());
    let root = configuration("fw", &config, &part, carp.as_ref());
    let complaints: Vec<_> = validate(&root).iter().map(ToString::to_string).collect();
    assert_eq!(complaints, [] as [String; 0]);
    let conf = frr_conf_text("fw", &config, &part, carp.as_ref());
    (part, String::from_utf8(conf).expect("ascii"))
}

/// Everything that an frr backend can do on one router.
fn busy() -> Intent {
    let mut intent = dual_stack();
    intent.bfd_profiles.insert(
        "fast".to_owned(),
        at(BfdProfile { detect_multiplier: Some(5), echo_interval: Some(60), ..BfdProfile::default() }),
    );
    let peer = &mut intent.peers[0];
    peer.bfd = Some(at("fast".to_owned()));
    peer.hold_time = Some(at(std::time::Duration::from_secs(30)));
    peer.graceful_restart = Some(at(true));
    peer.learn.push(at("0.0.0.0/0".parse().expect("a prefix")));
    peer.password = Some(at(PasswordRef { env: Some("PW".to_owned()), file: None, secret_key_ref: None }));
    intent
}

fn with_password() -> Facts {
    let mut facts = Facts::default();
    facts.passwords.insert("edge".to_owned(), SecretString::from("hunter2"));
    facts
}

#[test]
fn the_home_lab_becomes_this_frr_conf() {
    let (part, conf) = made(&homelab(), &Facts::default());
    let body: Vec<&str> = conf.lines().skip(6).collect();
    let mut expected = vec![
        "frr defaults traditional",
        "hostname fw.home.arpa",
        "! password <generated>",
        "service integrated-vtysh-config",
        "!",
        "ip router-id 192.168.4.1",
        "!",
        "ip route 192.168.32.0/24 Null0",
        "!",
        "router bgp 64501",
        " bgp router-id 192.168.4.1",
        " no bgp network import-check",
    ];
    let nodes = [("192.168.4.4", "k8smaster1"), ("192.168.4.10", "k8snode1"), ("192.168.4.20", "k8snode2")];
    let lines = |each: &[&str]| -> Vec<String> {
        let fill = |(address, name): &(&str, &str)| {
            each.iter().map(|line| line.replace('P', address).replace('N', name)).collect::<Vec<_>>()
        };
        nodes.iter().flat_map(fill).collect()
    };
    let session = lines(&[
        " neighbor P remote-as 64500",
        " neighbor P description N.k8s.example.net [ms:homelab]",
        " neighbor P passive",
    ]);
    expected.extend(session.iter().map(String::as_str));
    expected.extend([" !", " address-family ipv4 unicast"]);
    let active = lines(&["  neighbor P activate"]);
    expected.extend(active.iter().map(String::as_str));
    let exchange = lines(&[
        "  no neighbor P send-community",
        "  neighbor P soft-reconfiguration inbound",
        "  neighbor P route-map metalsense.homelab.pfsense.in in",
        "  neighbor P route-map metalsense.homelab.pfsense.out out",
    ]);
    expected.extend(exchange.iter().map(String::as_str));
    expected.extend([
        " exit-address-family",
        " !",
        "!",
        "ip prefix-list metalsense.homelab.pfsense.in seq 10 permit 192.168.32.0/24 le 32 ",
        "ip prefix-list metalsense.homelab.pfsense.in description announced by the nodes [ms:homelab]",
        "!",
        "route-map metalsense.homelab.pfsense.in permit 10",
        " match ip address prefix-list metalsense.homelab.pfsense.in",
        "route-map metalsense.homelab.pfsense.out deny 10",
        "!",
        "line vty",
        "!",
    ]);
    assert_eq!(body, expected);
    assert!(part.unresolved.is_empty());
}

/// The package finds a list by its name and takes the IPv4 one first, which is why ours differ.
#[test]
fn each_family_is_matched_by_its_own_list() {
    let (_, conf) = made(&busy(), &with_password());
    for line in [
        "ip prefix-list metalsense.homelab.edge.in seq 10 permit 10.9.0.0/24 le 32 ",
        "ipv6 prefix-list metalsense.homelab.edge.in.v6 seq 10 permit fd00:9::/64 le 128 ",
        " match ip address prefix-list metalsense.homelab.edge.in",
        " match ipv6 address prefix-list metalsense.homelab.edge.in.v6",
        " match ip address prefix-list metalsense.homelab.edge.out",
        "ip prefix-list metalsense.homelab.edge.out seq 10 permit 0.0.0.0/0 ",
        " neighbor 10.0.0.11 timers 10 30",
        " neighbor 10.0.0.11 bfd",
        " neighbor 10.0.0.11 password hunter2",
        "  neighbor 10.0.0.11 graceful-restart-helper",
        " peer 10.0.0.11",
        "  detect-multiplier 5",
    ] {
        assert!(conf.lines().any(|own| own == line), "{line}\n{conf}");
    }
    let sections: Vec<&str> = conf.split(" address-family ").collect();
    assert_eq!(sections.len(), 3);
    assert!(!sections[1].contains("neighbor fd00"), "IPv6 neighbors are active in IPv6 only");
    assert!(
        sections[2].contains("neighbor fd00::11 activate") && !sections[2].contains("neighbor 10.0.0.11")
    );

    // The same with one name for both: the IPv6 list is never asked.
    let (mut config, _) = pfsense(&busy(), &with_password());
    for list in &mut config.prefix_lists {
        list.name = list.name.trim_end_matches(".v6").to_owned();
    }
    for entry in config.route_maps.iter_mut().flat_map(|map| &mut map.entries) {
        if let Some((name, _)) = &mut entry.prefix_list {
            *name = name.trim_end_matches(".v6").to_owned();
        }
    }
    let conf = frr_conf_text("fw", &config, &part(&config, None), None);
    assert!(!String::from_utf8_lossy(&conf).contains("match ipv6 address"));
}

#[test]
fn keys_in_freebsd_are_written_for_both_directions() {
    let (config, _) = pfsense(&busy(), &with_password());
    let part = part(&config, None);
    let root = configuration("fw", &config, &part, None);
    let neighbor = root.path("installedpackages/frrbgpneighbors/config/0").expect("a neighbor");
    assert_eq!(neighbor.field("password_type"), "both-bidir");
    assert_eq!(
        crate::pfsense::frr::setkey(&root).expect("keys").add.matches("hunter2").count(),
        2 * config.neighbors.len()
    );
    assert!(!format!("{part:?}").contains("hunter2"));
}

#[test]
fn what_only_the_firewall_knows_is_told_and_marked() {
    let (config, _) = pfsense(&busy(), &Facts::default());
    let own = part(&config, None);
    assert_eq!(own.unresolved, ["the password from environment variable PW"]);
    assert_eq!(own.neighbors[0].value.field("password"), "<from environment variable PW>");
    let text = fragment("edge", &own).expect("renders");
    assert!(text.contains("Not known here: the password from environment variable PW."), "{text}");
    assert!(Document::parse(text.as_bytes()).is_err(), "pfSense would refuse it");

    let mut intent = homelab();
    let carp = address("192.168.4.254");
    intent.peers[0].members[0].addresses = vec![carp.clone()];
    let RouterKind::Pfsense { carp: binding, .. } = &mut intent.peers[0].kind else { panic!("a pfSense") };
    *binding = Some(carp.clone());
    let (bound, conf) = made(&intent, &Facts::default());
    assert_eq!(bound.neighbors[0].value.field("updatesource"), "_vip5a|192.168.4.254");
    assert!(conf.contains(" neighbor 192.168.4.4 update-source 192.168.4.254\n"), "{conf}");
    let (config, _) = pfsense(&intent, &Facts::default());
    let unknown = part(&config, Some(&CarpBinding { address: carp.value, id: None }));
    assert_eq!(unknown.unresolved, ["the id of virtual address 192.168.4.254"]);
}

#[test]
fn multihop_goes_to_bgp_and_bfd() {
    let mut intent = busy();
    intent.cluster.backend = Some(at(Backend::FrrK8s));
    intent.peers[0].multihop = Some(at(true));
    let (_, conf) = made(&intent, &with_password());
    assert!(conf.contains(" neighbor 10.0.0.11 ebgp-multihop 255\n"), "{conf}");
    assert!(conf.contains(" peer 10.0.0.11 multihop local-address 10.0.0.1\n"), "{conf}");
    assert!(conf.contains(" peer fd00::11 multihop local-address fd00::1\n"), "{conf}");
}

#[test]
fn keys_compare_addresses_by_value() {
    let entry = |pairs: &[(&str, &str)]| Value::branch(pairs.iter().map(|(k, v)| (*k, Value::text(*v))));
    let key = |section, pairs| key_of(section, &entry(pairs)).expect("a keyed section");
    assert_eq!(key("frrbgpneighbors", &[("peer", "FD00:0::11")]), "fd00::11");
    assert_eq!(key("frrbgpneighbors", &[("peer", "GROUP")]), "GROUP");
    assert_eq!(key("frrglobalprefixes", &[("iptype", "ipv6"), ("name", "A")]), "IPv6 A");
    assert_eq!(key("frrglobalroutemaps", &[("name", "A"), ("seq", "10")]), "A 10");
    assert_eq!(key("frr", &[("routevalue", "10.0.0.7/8")]), "10.0.0.0/8");
    assert_eq!(key_of("frrospfd", &Value::EMPTY), None);
}

/// A page that is opened and saved again writes the same elements in the same order.
#[test]
fn entries_have_the_elements_of_the_form_in_its_order() {
    let shared = std::env::var("METALSENSE_SHARED")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../shared").to_owned());
    let sample = Path::new(&shared).join("pfsense/frr/three-nodes.xml");
    let Ok(bytes) = std::fs::read(&sample) else {
        eprintln!("skipped: no {}", sample.display());
        return;
    };
    let saved = Document::parse(&bytes).expect("reads").into_value();
    let (part, _) = made(&homelab(), &Facts::default());
    let names = |value: &Value| match value {
        Value::Branch(pairs) => pairs.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    let at = |path: &str| saved.path(&format!("installedpackages/{path}")).expect("in the sample");
    assert_eq!(names(&part.neighbors[0].value), names(at("frrbgpneighbors/config/0")));
    assert_eq!(names(&part.prefix_lists[0].value), names(at("frrglobalprefixes/config/0")));
    for section in ["frr", "frrbgp"] {
        let own = new_singleton(section, &[]).expect("ours");
        let entry = at(&format!("{section}/config/0"));
        assert_eq!(names(&own), names(entry));
        assert_eq!(own.get("row"), entry.get("row"), "the row of an empty list");
    }
    let deny = super::routers::deny_any_row();
    assert_eq!(Some(&deny), at("frrglobalprefixes/config/1/row").members().first());
    assert!(is_no_route(&at("frr/config/0/row").members()[0]));
}
