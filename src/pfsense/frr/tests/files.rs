//! The other files: daemons and keys.

use serde_json::{Value as Json, json};

use super::super::{PackageLevel, daemons, rc_conf, setkey};
use super::root;

#[test]
fn daemons_follow_the_switches() {
    let on = json!({"config": [{"enable": "on"}]});
    let all = json!({"frrbfd": on, "frrbgp": on, "frrospfd": on, "frrospf6d": on, "frrripd": on});
    assert_eq!(
        daemons(&root(all), PackageLevel::V2_1),
        ["zebra", "mgmtd", "staticd", "bfdd", "bgpd", "ospfd", "ospf6d", "ripd"]
    );
    let bgp = root(json!({"frrbgp": {"config": [{"enable": "on"}]}, "frrbfd": {"config": [{"enable": ""}]}}));
    assert_eq!(daemons(&bgp, PackageLevel::V2_0), ["zebra", "staticd", "bgpd"]);
    let off = root(json!({"frr": {"config": [{"enable": ""}]}, "frrbgp": {"config": [{"enable": "on"}]}}));
    assert!(daemons(&off, PackageLevel::V2_1).is_empty());
    assert_eq!(rc_conf(&off, PackageLevel::V2_1), None);
}

#[test]
fn modules_are_flags_of_their_daemon() {
    let config = root(json!({
        "frr": {"config": [{"enable": "on", "enablesnmpagentx": "on"}]},
        "frrbgp": {"config": [{"enable": "on", "enablesnmpagentx": "on", "enablerpki": "on"}]},
        "frrospfd": {"config": [{"enable": "", "enablesnmpagentx": "on"}]}
    }));
    assert_eq!(
        rc_conf(&config, PackageLevel::V2_1).as_deref(),
        Some(
            "frr_enable=\"YES\"\nfrr_vtysh_boot=\"YES\"\nzebra_flags=\"-M snmp\"\nbgpd_flags=\"-M snmp -M rpki\"\n\
             frr_daemons=\"zebra mgmtd staticd bgpd\"\n"
        )
    );
}

fn keys(neighbors: Json, raw: Json) -> (String, String) {
    let config =
        root(json!({"frrbgpneighbors": {"config": neighbors}, "frrglobalraw": {"config": [{"row": raw}]}}));
    setkey(&config).map(|keys| (keys.add, keys.delete)).unwrap_or_default()
}

#[test]
fn keys_of_neighbors() {
    let (add, delete) = keys(
        json!([
            {"peer": "192.168.4.10", "password": "one", "password_type": "both"},
            {"peer": "NODES", "password": "group", "updatesource": "_vip5a|192.168.4.254"},
            {"peer": "192.168.4.11", "peergroup": "NODES", "password_type": "setkey-bidir"},
            {"peer": "192.168.4.12", "password": "x", "password_type": "frr"},
            {"peer": "192.168.4.13", "password_type": "setkey"},
            {"peer": "203.0.113.1", "password": "far", "password_type": "setkey"},
            {"peer": "fd00:4::10", "password": "six", "password_type": "setkey"}]),
        json!([
            {"tcpsigsrc": "10.0.0.1", "tcpsigdst": "10.0.0.2", "tcpsigpw": "raw", "tcpsigbidir": "ON"},
            {"tcpsigsrc": "10.0.0.1", "tcpsigdst": "10.0.0.3"}]),
    );
    assert_eq!(
        add,
        "add 10.0.0.1 10.0.0.2 tcp 0x1000 -A tcp-md5 \"raw\";\n\
         add 10.0.0.2 10.0.0.1 tcp 0x1001 -A tcp-md5 \"raw\";\n\
         add 192.168.4.1 192.168.4.10 tcp 0x1000 -A tcp-md5 \"one\";\n\
         add 192.168.4.254 192.168.4.11 tcp 0x1000 -A tcp-md5 \"group\";\n\
         add 192.168.4.11 192.168.4.254 tcp 0x1001 -A tcp-md5 \"group\";\n\
         add fd00:4::1 fd00:4::10 tcp 0x1000 -A tcp-md5 \"six\";\n"
    );
    assert_eq!(
        delete,
        "delete 10.0.0.1 10.0.0.2 tcp 0x1000 ;\ndelete 10.0.0.2 10.0.0.1 tcp 0x1001 ;\n\
         delete 192.168.4.1 192.168.4.10 tcp 0x1000 ;\ndelete 192.168.4.254 192.168.4.11 tcp 0x1000 ;\n\
         delete 192.168.4.11 192.168.4.254 tcp 0x1001 ;\ndelete fd00:4::1 fd00:4::10 tcp 0x1000 ;\n"
    );
}

#[test]
fn no_keys_no_files() {
    assert_eq!(keys(json!([{"peer": "192.168.4.10", "password": "x"}]), json!([])), Default::default());
    let config = root(
        json!({"frrbgpneighbors": {"config": [{"peer": "192.168.4.10", "password": "hidden", "password_type": "both"}]}}),
    );
    assert_eq!(format!("{:?}", setkey(&config)), "Some(SetKey(1 keys))");
}
