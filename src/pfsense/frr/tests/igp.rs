//! OSPF, OSPF6 and RIP.

use serde_json::{Value as Json, json};

use super::super::{FrrConf, NotWritten, PackageLevel, frr_conf};
use super::{added, root, text, with};

fn ospf(fields: Json, interface: Json) -> Json {
    json!({
        "frrospfd": {"config": [with(&json!({"enable": "on", "defaultarea": "0.0.0.0"}), &fields)]},
        "frrospfdinterfaces": {"config": [with(&json!({"interface": "lan"}), &interface)]}
    })
}

#[test]
fn ospf_interfaces() {
    let before = text(ospf(json!({}), json!({})));
    assert!(before.contains("interface vtnet1\n ip ospf area 0.0.0.0\n!\nrouter ospf\n!\n"), "{before}");
    for (fields, expected) in [
        (json!({"descr": "to the nodes"}), vec![" description \"ospfd: to the nodes\""]),
        (json!({"networktype": "point-to-point"}), vec![" ip ospf network point-to-point"]),
        (json!({"metric": "5"}), vec![" ip ospf cost 5"]),
        (
            json!({"authtype": "digest", "password": "0123456789abcdefgh"}),
            vec![
                " ip ospf authentication message-digest",
                " ip ospf message-digest-key 1 md5 0123456789abcdef",
            ],
        ),
        (
            json!({"authtype": "simple", "password": "0123456789"}),
            vec![" ip ospf authentication", " ip ospf authentication-key 01234567"],
        ),
        (json!({"authtype": "null", "password": "x"}), vec![" ip ospf authentication null"]),
        (json!({"authtype": "null"}), vec![]),
        (json!({"routerpriorityelections": "0"}), vec![" ip ospf priority 0"]),
        (json!({"retransmitinterval": "5"}), vec![" ip ospf retransmit-interval 5"]),
        (
            json!({"minimalhello": "4", "deadtimer": "9"}),
            vec![" ip ospf dead-interval minimal hello-multiplier 4"],
        ),
        (
            json!({"deadtimer": "9", "hellointervalinseconds": "3"}),
            vec![" ip ospf dead-interval 9", " ip ospf hello-interval 3"],
        ),
        (json!({"bfdenable": "on", "mtuignore": "on"}), vec![" ip ospf bfd", " ip ospf mtu-ignore"]),
        (json!({"passive": "on"}), vec![" passive-interface vtnet1"]),
        (json!({"interfacearea": "1"}), vec![" ip ospf area 1"]),
    ] {
        assert_eq!(added(&before, &text(ospf(json!({}), fields.clone()))), expected, "{fields}");
    }
    assert!(!text(ospf(json!({}), json!({"interface": "opt9"}))).contains("interface"));
}

#[test]
fn ospf_router() {
    let before = text(ospf(json!({}), json!({})));
    for (fields, expected) in [
        (json!({"routerid": "192.0.2.1"}), vec![" ospf router-id 192.0.2.1"]),
        (json!({"adjacencylog": "on"}), vec![]),
        (
            json!({"redistributebgp": "on", "redistributebgp_routemap": "RM", "redistributebgp_metric": "5", "redistributebgp_metrictype": "1", "redistributebgp_distlist": "L"}),
            vec![" redistribute bgp route-map RM metric 5 metric-type 1", " distribute-list L out bgp"],
        ),
        (
            json!({"redistributeconnectedsubnets": "on", "redistributeconnectedsubnets_routemap": "none"}),
            vec![" redistribute connected"],
        ),
        (
            json!({"redistributedefaultroute": "on", "redistributedefaultroute_metric": "5"}),
            vec![" default-information originate metric 5"],
        ),
        (json!({"spfdelay": "50"}), vec![" timers throttle spf 50 1000 10000"]),
        (json!({"spfholdtime": "50"}), vec![" timers throttle spf 200 50 500"]),
        (
            json!({"rfc1583": "on", "opaquelsa": "on"}),
            vec![" ospf rfc1583compatibility", " capability opaque"],
        ),
        (
            json!({"writemultiplier": "9", "referencebandwidth": "1000"}),
            vec![" ospf write-multiplier 9", " auto-cost reference-bandwidth 1000"],
        ),
        (
            json!({"max_metric_administrative": "on", "max_metric_startup": "9", "max_metric_shutdown": "8"}),
            vec![
                " max-metric router-lsa administrative",
                " max-metric router-lsa on-startup 9",
                " max-metric router-lsa on-shutdown 8",
            ],
        ),
        (json!({"abrtype": "ibm"}), vec![" ospf abr-type ibm"]),
        (json!({"abrtype": "cisco"}), vec![]),
        (
            json!({"row": [{"routevalue": "10.0.0.0/8"}, {"routevalue": "10.1.0.0/16", "routearea": "1"}]}),
            vec![" network 10.0.0.0/8 area 0.0.0.0", " network 10.1.0.0/16 area 1"],
        ),
        (json!({"defaultareatype": "nosum"}), vec![" area 0.0.0.0 stub no-summary"]),
    ] {
        assert_eq!(added(&before, &text(ospf(fields.clone(), json!({})))), expected, "{fields}");
    }
}

#[test]
fn ospf_areas_and_neighbors() {
    let text = text(json!({
        "frrospfd": {"config": [{"enable": "on", "defaultarea": "10", "defaultareatype": "stub"}]},
        "frrospfdareas": {"config": [
            {"area": "9", "type": "nssanosum", "defaultcost": "5", "shortcut": "enable", "authtype": "digest",
             "row": [{"rangeprefix": "10.0.0.0/8", "rangenotadvertise": "ON", "rangecost": "5"},
                     {"rangeprefix": "10.1.0.0/16", "rangecost": "5", "subprefix": "10.2.0.0/16"},
                     {"rangeprefix": "10.3.0.0/16", "subprefix": "10.2.0.0/16"}, {"rangecost": "1"}],
             "exportlist": "E", "importlist": "I", "filterlist_out": "FO", "filterlist_in": "FI"},
            {"area": "2", "type": "none", "authtype": "simple", "exportlist": "none"}]},
        "frrospfdneighbors": {"config": [{"neighbor": "10.0.0.1", "priority": "3", "pollinginterval": "60"}, {"neighbor": "10.0.0.2"}]}
    }));
    let expected = "router ospf
 area 2 authentication
 area 9 nssa no-summary
 area 9 default-cost 5
 area 9 shortcut enable
 area 9 authentication message-digest
 area 9 range 10.0.0.0/8 not-advertise
 area 9 range 10.1.0.0/16 cost 5
 area 9 range 10.3.0.0/16 substitute 10.2.0.0/16
 area 9 export-list E
 area 9 filter-list prefix FO out
 area 9 filter-list prefix FI in
 area 9 import-list I
 area 10 stub
 neighbor 10.0.0.1 priority 3 poll-interval 60
 neighbor 10.0.0.2
!
";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn ospf6() {
    let text = text(json!({
        "frr": {"config": [{"enable": "on", "logging": "on", "routerid": "192.168.4.1"}]},
        "frrospf6d": {"config": [{
            "enable": "on", "defaultarea": "0.0.0.1", "updatefib": "nosum", "adjacencylog": "on", "redistributekernel": "on",
            "spfholdtime": "5", "referencebandwidth": "1000", "distance": "90", "distance_external": "91", "distance_interarea": "92",
            "row": [{"routevalue": "fd01::/64"}, {"routevalue": "fd02::/64", "routearea": "7"}],
            "exportlist": "E", "importlist": "I", "filterlist_out": "FO", "filterlist_in": "FI"}]},
        "frrospf6dinterfaces": {"config": [{
            "interface": "lan", "descr": "six", "instanceid": "0", "networktype": "broadcast", "metric": "7", "deadtimer": "9",
            "hellointervalinseconds": "3", "routerpriorityelections": "0", "retransmitinterval": "4", "passive": "on", "mtuignore": "on", "bfdenable": "on"}]},
        "frrospfd6areas": {"config": [{"area": "0.0.0.0", "type": "nssa", "row": [{"rangeprefix": "fd00::/16", "subprefix": "fd01::/16"}]}]}
    }));
    let expected = "interface vtnet1
 description \"ospf6d: six\"
 ipv6 ospf6 instance-id 0
 ipv6 ospf6 network broadcast
 ipv6 ospf6 cost 7
 ipv6 ospf6 dead-interval 9
 ipv6 ospf6 hello-interval 3
 ipv6 ospf6 priority 0
 ipv6 ospf6 retransmit-interval 4
 ipv6 ospf6 passive
 ipv6 ospf6 mtu-ignore
 ipv6 ospf6 bfd
!
router ospf6
 ospf6 router-id 192.168.4.1
 area 0.0.0.1 stub no-summary
 log-adjacency-changes detail
 redistribute kernel
 timers throttle spf 200 5 50
 auto-cost reference-bandwidth 1000
 distance 90
 distance ospf6 external 90 inter-area 92
 area 0.0.0.1 range fd01::/64 cost 1
 area 7 range fd02::/64 cost 7
 area 0.0.0.1 export-list E
 area 0.0.0.1 import-list I
 area 0.0.0.1 filter-list prefix FO out
 area 0.0.0.1 filter-list prefix FI in
 area 0.0.0.1 range fd00:4::/64 cost 7
 area 0.0.0.0 range fd00::/16
 interface vtnet1 area 0.0.0.1
!
";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn rip() {
    let text = text(json!({
        "frrripd": {"config": [{
            "enable": "on", "redistributeospf": "on", "redistributeospf_metric": "2", "redistributedefaultroute": "on", "ripversion": "2",
            "inoffsetlist": "IN", "inmetricvalue": "3", "outoffsetlist": "OUT", "outmetricvalue": "x", "row": [{"routevalue": "10.0.0.0/8"}]}]},
        "frrripdinterfaces": {"config": [
            {"interface": "lan", "descr": "r", "splithorizon": "reversepoison", "sendbroadcast": "on", "sendversion": "1 2", "receiveversion": "none",
             "passive": "on", "password": "secret", "authtype": "digest"},
            {"interface": "lo0", "splithorizon": "splithorizon", "password": "0123456789abcdefgh", "authtype": "simple"}]},
        "frrripdneighbors": {"config": [{"neighbor": "10.0.0.1"}]}
    }));
    let expected = "interface vtnet1
 description \"ripd: r\"
 ip rip split-horizon poisoned-reverse
 ip rip v2-broadcast
 ip rip send version 1 2
 ip rip receive version none
 ip rip authentication mode md5
 ip rip authentication key-chain RIP_lan
interface lo0
 ip rip split-horizon
 ip rip authentication mode text
 ip rip authentication string 0123456789abcdef
!
router rip
 redistribute ospf metric 2
 default-information originate
 version 2
 passive-interface vtnet1
 offset-list IN in 3
 network 10.0.0.0/8
 neighbor 10.0.0.1
!
!
key chain RIP_lan
 key 1
  key-string secret
!
line vty
";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn one_block_per_device_for_all_protocols() {
    let text = text(json!({
        "frrospfd": {"config": [{"enable": "on"}]}, "frrripd": {"config": [{"enable": "on"}]},
        "frrospfdinterfaces": {"config": [{"interface": "lan", "descr": "a", "metric": "1"}]},
        "frrripdinterfaces": {"config": [{"interface": "lo0"}, {"interface": "lan", "descr": "b", "sendbroadcast": "on"}]}
    }));
    let expected = "interface vtnet1\n description \"ospfd: a - ripd: b\"\n ip ospf cost 1\n ip ospf area \n ip rip v2-broadcast\ninterface lo0\n!\n";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn a_hold_time_that_is_no_number_stops_the_generator() {
    let config = root(ospf(json!({"spfholdtime": "soon"}), json!({})));
    assert_eq!(frr_conf(&config, PackageLevel::V2_1), FrrConf::NotWritten(NotWritten::Aborted));
}
