//! The router side, vendor-neutral.

use std::time::Duration;

use super::fixture::*;
use crate::compile::{ClusterIdentity, Facts, RouterPart, compile};
use crate::declaration::types::{Backend, FrrRouter, MaxPrefixAction};
use crate::frr::{MaximumPrefix, MaximumPrefixAction, RouterConfig};
use crate::intent::{BfdProfile, Intent, MaxPrefixes, RouterKind};

fn configs(intent: &Intent, facts: &Facts) -> Vec<(String, RouterConfig)> {
    let routers = compile(intent, facts).desired.routers;
    let config = |part: RouterPart| match part {
        RouterPart::Pfsense { config, .. } | RouterPart::Frr(config) | RouterPart::Unmanaged(config) => {
            Some(*config)
        }
        RouterPart::Absent => None,
    };
    routers.into_iter().filter_map(|router| Some((router.path, config(router.part)?))).collect()
}

fn config(intent: &Intent) -> RouterConfig {
    configs(intent, &Facts::default()).remove(0).1
}

fn list(config: &RouterConfig, name: &str) -> Vec<String> {
    let list = config.prefix_lists.iter().find(|list| list.name == name);
    let rows = &list.unwrap_or_else(|| panic!("no list {name}")).rows;
    rows.iter()
        .map(|row| {
            let prefix = row.prefix.map_or("any".to_owned(), |prefix| prefix.to_string());
            let le = row.le.map_or(String::new(), |le| format!(" le {le}"));
            format!("{} {} {prefix}{le}", row.seq, if row.permit { "permit" } else { "deny" })
        })
        .collect()
}

fn null_routes(config: &RouterConfig) -> Vec<String> {
    config.null_routes.iter().map(ToString::to_string).collect()
}

#[test]
fn the_home_lab_has_three_passive_neighbors_behind_one_policy() {
    let config = config(&homelab());
    assert_eq!((config.asn, config.router_id.to_string().as_str()), (64501, "192.168.4.1"));
    let addresses: Vec<_> = config.neighbors.iter().map(|n| n.address.to_string()).collect();
    assert_eq!(addresses, ["192.168.4.4", "192.168.4.10", "192.168.4.20"]);
    for neighbor in &config.neighbors {
        assert_eq!(neighbor.remote_as, 64500);
        assert!(neighbor.passive && neighbor.soft_reconfiguration_inbound);
        assert!(neighbor.ipv4_unicast && !neighbor.ipv6_unicast);
        assert!(neighbor.timers.is_none() && !neighbor.bfd && neighbor.ebgp_multihop.is_none());
        assert_eq!(neighbor.route_map_in, "metalsense.homelab.pfsense.in");
        assert_eq!(neighbor.route_map_out, "metalsense.homelab.pfsense.out");
    }
    assert_eq!(config.neighbors[0].description, "k8smaster1.k8s.example.net [ms:homelab]");
    assert_eq!(list(&config, "metalsense.homelab.pfsense.in"), ["10 permit 192.168.32.0/24 le 32"]);
    assert_eq!(config.prefix_lists.len(), 1);
    assert_eq!(config.prefix_lists[0].description, "announced by the nodes [ms:homelab]");
    let maps: Vec<_> = config
        .route_maps
        .iter()
        .flat_map(|map| {
            map.entries.iter().map(|e| (map.name.as_str(), e.seq, e.permit, e.prefix_list.is_some()))
        })
        .collect();
    assert_eq!(
        maps,
        [
            ("metalsense.homelab.pfsense.in", 10, true, true),
            ("metalsense.homelab.pfsense.out", 10, false, false)
        ]
    );
    assert_eq!(null_routes(&config), ["192.168.32.0/24"]);
}

#[test]
fn a_known_cluster_is_named_in_the_list() {
    let identity = ClusterIdentity::of_uid("uid");
    let facts = Facts { identity: Some(identity.clone()), ..Facts::default() };
    let config = configs(&homelab(), &facts).remove(0).1;
    assert_eq!(config.prefix_lists[0].description, format!("announced by the nodes [ms:homelab@{identity}]"));
}

#[test]
fn timers_go_in_pairs_and_only_if_declared() {
    let timers = |hold: Option<u64>, keepalive: Option<u64>| {
        let mut intent = homelab();
        intent.peers[0].hold_time = hold.map(|s| at(Duration::from_secs(s)));
        intent.peers[0].keepalive_time = keepalive.map(|s| at(Duration::from_secs(s)));
        config(&intent).neighbors[0].timers
    };
    assert_eq!(timers(None, None), None);
    assert_eq!(timers(Some(90), None), Some((30, 90)));
    assert_eq!(timers(Some(90), Some(10)), Some((10, 90)));
    assert_eq!(timers(None, Some(10)), Some((10, 30)));
    assert_eq!(timers(Some(3), None), Some((1, 3)));
    // pfSense writes no zero; the lower hold time counts, so the nodes' zero holds anyway.
    assert_eq!(timers(Some(0), None), None);
}

#[test]
fn families_have_lists_of_their_own_names() {
    let config = config(&dual_stack());
    assert_eq!(list(&config, "metalsense.homelab.edge.in"), ["10 permit 10.9.0.0/24 le 32"]);
    assert_eq!(list(&config, "metalsense.homelab.edge.in.v6"), ["10 permit fd00:9::/64 le 128"]);
    let entries: Vec<_> =
        config.route_maps[0].entries.iter().map(|e| (e.seq, e.prefix_list.clone())).collect();
    assert_eq!(
        entries,
        [
            (10, Some(("metalsense.homelab.edge.in".to_owned(), false))),
            (20, Some(("metalsense.homelab.edge.in.v6".to_owned(), true))),
        ]
    );
    assert_eq!(null_routes(&config), ["10.9.0.0/24", "fd00:9::/64"]);
    let families: Vec<_> =
        config.neighbors.iter().map(|n| (n.address.is_ipv6(), n.ipv4_unicast, n.ipv6_unicast)).collect();
    assert_eq!(
        families,
        [(false, true, false), (false, true, false), (true, false, true), (true, false, true)]
    );
}

#[test]
fn what_reaches_no_neighbor_is_not_permitted() {
    let mut intent = homelab();
    let mut elsewhere = peer("elsewhere", vec![member(&["192.168.4.2"])]);
    elsewhere.nodes.names.push(at("k8snode2.k8s.example.net".to_owned()));
    intent.peers.push(elsewhere);
    let mut named = advertisement("named");
    named.nodes.names.push(at("k8snode1.k8s.example.net".to_owned()));
    let mut second = pool("second", &["10.5.0.0/24"]);
    second.advertisements = vec![named];
    let mut third = pool("third", &["10.6.0.0/24"]);
    third.advertisements[0].peers = Some(vec![1]);
    let mut quiet = pool("quiet", &["10.7.0.0/24"]);
    quiet.advertisements.clear();
    intent.pools.extend([second, third, quiet]);
    let configs = configs(&intent, &Facts::default());
    assert_eq!(
        list(&configs[0].1, "metalsense.homelab.pfsense.in"),
        ["10 permit 10.5.0.0/24 le 32", "20 permit 192.168.32.0/24 le 32"]
    );
    assert_eq!(null_routes(&configs[0].1), ["10.5.0.0/24", "192.168.32.0/24"]);
    assert_eq!(
        list(&configs[1].1, "metalsense.homelab.elsewhere.in"),
        ["10 permit 10.6.0.0/24 le 32", "20 permit 192.168.32.0/24 le 32"]
    );
}

#[test]
fn nothing_announced_is_nothing_permitted() {
    let mut intent = homelab();
    intent.pools.clear();
    assert_eq!(list(&config(&intent), "metalsense.homelab.pfsense.in"), ["10 deny any"]);
}

#[test]
fn a_null_route_never_hides_a_route_of_its_own_length() {
    let mut intent = homelab();
    let mut whole = pool("whole", &["10.1.0.0/24"]);
    whole.advertisements[0].aggregation_length = at(24);
    // 10.2.0.4/31 and 10.2.0.6/32
    let range = pool("range", &["10.2.0.4-10.2.0.6"]);
    let mut both = pool("both", &["10.3.0.0/24"]);
    both.advertisements.push(advertisement("aggregate"));
    both.advertisements[1].aggregation_length = at(24);
    intent.pools = vec![whole, range, both];
    assert_eq!(null_routes(&config(&intent)), ["10.2.0.4/31"]);
    assert_eq!(
        list(&config(&intent), "metalsense.homelab.pfsense.in"),
        [
            "10 permit 10.1.0.0/24",
            "20 permit 10.2.0.4/31 le 32",
            "30 permit 10.2.0.6/32",
            "40 permit 10.3.0.0/24 le 32"
        ]
    );
}

#[test]
fn connected_subnets_keep_null_routes_away_unless_declared() {
    let connected = |net: &str, blackhole: Option<bool>| {
        let mut facts = Facts::default();
        facts.connected.insert("pfsense".to_owned(), vec![net.parse().expect("a prefix")]);
        let mut intent = homelab();
        intent.pools[0].blackhole = blackhole.map(at);
        null_routes(&configs(&intent, &facts)[0].1).len()
    };
    assert_eq!(connected("192.168.4.0/24", None), 1);
    assert_eq!(connected("192.168.0.0/16", None), 0);
    assert_eq!(connected("192.168.32.128/25", None), 0);
    assert_eq!(connected("192.168.0.0/16", Some(true)), 1);
    assert_eq!(connected("192.168.4.0/24", Some(false)), 0);
}

#[test]
fn what_the_nodes_do_is_what_the_neighbor_says() {
    let mut intent = homelab();
    intent.cluster.backend = Some(at(Backend::Frr));
    intent.bfd_profiles.insert(
        "fast".to_owned(),
        at(BfdProfile { receive_interval: Some(150), passive_mode: Some(true), ..BfdProfile::default() }),
    );
    intent.bfd_profiles.insert("plain".to_owned(), at(BfdProfile::default()));
    let peer = &mut intent.peers[0];
    peer.bfd = Some(at("fast".to_owned()));
    peer.multihop = Some(at(true));
    peer.graceful_restart = Some(at(true));
    peer.learn.push(at("192.168.2.0/24".parse().expect("a prefix")));
    let limit =
        MaxPrefixes { limit: 50, threshold: Some(80), action: MaxPrefixAction::Warn, restart_after: None };
    peer.max_prefixes = Some(at(limit));
    let made = config(&intent);
    let neighbor = &made.neighbors[0];
    assert!(neighbor.bfd && neighbor.graceful_restart_helper);
    assert_eq!(neighbor.ebgp_multihop, Some(255));
    assert_eq!(
        neighbor.maximum_prefix,
        Some(MaximumPrefix { limit: 50, threshold: Some(80), action: MaximumPrefixAction::WarnOnly })
    );
    assert_eq!(made.bfd.len(), 3);
    assert_eq!(made.bfd[0].receive_interval, Some(150));
    assert_eq!(made.bfd[0].local_address.map(|a| a.to_string()), Some("192.168.4.1".to_owned()));
    assert_eq!(list(&made, "metalsense.homelab.pfsense.out"), ["10 permit 192.168.2.0/24"]);

    let peer = &mut intent.peers[0];
    peer.bfd = Some(at("plain".to_owned()));
    peer.multihop = None;
    peer.asn = asn(64500);
    let made = config(&intent);
    assert!(made.neighbors[0].bfd);
    assert!(made.bfd.is_empty(), "FRR's own timers need no entry");
    assert_eq!(made.neighbors[0].ebgp_multihop, None);
}

#[test]
fn every_member_has_a_configuration_of_its_own() {
    let named = |name: &str, address: &str| {
        let mut member = member(&[address]);
        member.name = Some(at(name.to_owned()));
        member
    };
    let mut intent = homelab();
    intent.peers = vec![peer("edge", vec![named("fw1", "192.168.4.2"), named("fw2", "192.168.4.3")])];
    let own = configs(&intent, &Facts::default());
    let paths: Vec<_> =
        own.iter().map(|(path, config)| (path.as_str(), config.router_id.to_string())).collect();
    assert_eq!(paths, [("edge/fw1", "192.168.4.2".to_owned()), ("edge/fw2", "192.168.4.3".to_owned())]);
    assert!(own.iter().all(|(_, config)| config.neighbors.len() == 3));
    assert!(own.iter().all(|(_, config)| config.neighbors[0].update_source.is_none()));

    let carp = address("192.168.4.254");
    for member in &mut intent.peers[0].members {
        member.addresses = vec![carp.clone()];
    }
    let RouterKind::Pfsense { carp: binding, .. } = &mut intent.peers[0].kind else { panic!("a pfSense") };
    *binding = Some(carp.clone());
    let shared = configs(&intent, &Facts::default());
    assert_eq!(shared.len(), 2);
    for (_, config) in &shared {
        assert_eq!(config.neighbors.len(), 3);
        assert_eq!(config.neighbors[0].update_source, Some(carp.value));
    }
}

#[test]
fn each_kind_of_router_gets_its_part() {
    let mut intent = homelab();
    intent.peers.push(peer("plain", vec![member(&["192.168.4.2"])]));
    intent.peers[1].kind = RouterKind::Frr(FrrRouter::default());
    intent.peers.push(peer("gone", vec![member(&["192.168.4.3"])]));
    intent.peers[2].absent = true;
    let routers = compile(&intent, &Facts::default()).desired.routers;
    assert!(matches!(routers[0].part, RouterPart::Pfsense { .. }));
    assert!(matches!(routers[1].part, RouterPart::Frr(_)));
    assert!(matches!(routers[2].part, RouterPart::Absent));
}

/// The only row of a list that permits nothing, as pfSense holds it.
pub(super) fn deny_any_row() -> crate::pfsense::Value {
    let mut intent = homelab();
    intent.pools.clear();
    let part = crate::compile::pfsense::part(&config(&intent), None);
    let row = part.prefix_lists[0].value.path("row/0").expect("a row");
    row.clone()
}
