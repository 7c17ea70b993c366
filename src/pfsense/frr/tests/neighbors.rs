//! Rows of a neighbor: the instance part and the family part.

use serde_json::{Value as Json, json};

use super::{added, text, with};

/// Sections with one neighbor and something of everything to refer to.
fn sections(neighbors: &[Json]) -> Json {
    json!({
        "frrbgp": {"config": [{"enable": "on", "asnum": "64501"}]},
        "frrbgpneighbors": {"config": neighbors},
        "frrglobalacls": {"config": [{"name": "ACL", "type": "zebra", "iptype": "IPv4"}]},
        "frrglobalprefixes": {"config": [
            {"name": "PL", "iptype": "IPv4"}, {"name": "10", "iptype": "ipv6"}, {"name": "ODD", "iptype": "x"}]},
        "frrglobalroutemaps": {"config": [{"name": "RM", "action": "deny", "seq": "10", "acl_match": "none"}]},
        "frrbgpaspaths": {"config": [{"name": "AP"}]},
        "openvpn": ""
    })
}

/// What fields add to a bare neighbor.
fn adds(peer: &str, fields: &Json) -> Vec<String> {
    let bare = json!({"peer": peer});
    let before = text(sections(std::slice::from_ref(&bare)));
    added(&before, &text(sections(&[with(&bare, fields)])))
}

#[test]
fn instance_part() {
    let p = " neighbor 10.0.0.1";
    let table: &[(Json, &[&str])] = &[
        (json!({"asnum": "64500"}), &["remote-as 64500"]),
        (json!({"asnum": "internal"}), &["remote-as internal"]),
        (json!({"asnum": "external"}), &["remote-as external"]),
        (json!({"asnum": "1.10"}), &[]),
        (json!({"asnum": "0"}), &[]),
        (json!({"descr": "node one"}), &["description node one"]),
        (json!({"descr": "0"}), &[]),
        (json!({"shutdown": "on"}), &["shutdown"]),
        (json!({"shutdown": "on", "shutdownmessage": "bye"}), &["shutdown message \"bye\""]),
        (json!({"shutdownmessage": "bye"}), &[]),
        (json!({"shutdownautortt": "50"}), &["shutdown rtt 50 count 1"]),
        (json!({"shutdownautortt": "50", "shutdownautokeepalive": "3"}), &["shutdown rtt 50 count 3"]),
        (json!({"updatesource": "lan", "updatesource_type": "ipv4"}), &["update-source 192.168.4.1"]),
        (json!({"updatesource": "lan", "updatesource_type": "ipv6"}), &["update-source fd00:4::1"]),
        (json!({"updatesource": "_vip5a|192.168.4.254"}), &["update-source 192.168.4.254"]),
        (json!({"updatesource": "opt1"}), &[]),
        (json!({"updatesource": "default"}), &[]),
        (json!({"updatesource": "lo0"}), &[]),
        (json!({"password": "pw", "password_type": "frr"}), &["password pw"]),
        (json!({"password": "pw", "password_type": "both-bidir"}), &["password pw"]),
        (json!({"password": "pw", "password_type": "setkey"}), &[]),
        (json!({"password": "pw"}), &[]),
        (json!({"timers_keepalive": "3", "timers_holdtime": "9"}), &["timers 3 9"]),
        (json!({"timers_keepalive": "3"}), &["timers 3"]),
        (json!({"timers_holdtime": "9"}), &[]),
        (json!({"timers_keepalive": "0", "timers_holdtime": "9"}), &[]),
        (json!({"timers_connect": "5"}), &["timers connect 5"]),
        (json!({"passive": "on"}), &["passive"]),
        (json!({"advertisementinterval": "5"}), &["advertisement-interval 5", "advertisement-interval 5"]),
        (json!({"advertisementinterval": "601"}), &[]),
        (json!({"bfdenable": "on"}), &["bfd"]),
        (
            json!({"bfdenable": "on", "bfd_check_control_plane_failure": "on"}),
            &["bfd", "bfd check-control-plane-failure"],
        ),
        (
            json!({"capability": "on", "capability_nexthop": "on"}),
            &["capability dynamic", "capability extended-nexthop"],
        ),
        (json!({"capability_orf": "both"}), &["capability orf prefix-list both"]),
        (json!({"capability_orf": "disabled"}), &[]),
        (
            json!({"dontcapabilitynegotiate": "on", "overridecapability": "on"}),
            &["dont-capability-negotiate", "override-capability"],
        ),
        (json!({"ttlsecurityhops": "1"}), &["ttl-security hops 1"]),
        (json!({"ttlsecurityhops": "255"}), &[]),
        (json!({"disableconnectedcheck": "on"}), &["disable-connected-check"]),
        (json!({"ebgpmultihop": "0"}), &["ebgp-multihop"]),
        (json!({"ebgpmultihop": "2"}), &["ebgp-multihop 2"]),
        (json!({"ebgpmultihop": "256"}), &[]),
        (json!({"enforcemultihop": "on"}), &["enforce-multihop"]),
        (json!({"localas_num": "64999"}), &["local-as 64999"]),
        (json!({"localas_num": "64999", "localas_noprepend": "on"}), &["local-as 64999 no-prepend"]),
        (
            json!({"localas_num": "64999", "localas_noprepend": "on", "localas_replaceas": "on"}),
            &["local-as 64999 no-prepend replace-as"],
        ),
        (json!({"localas_num": "64999", "localas_replaceas": "on"}), &["local-as 64999"]),
        (json!({"solo": "on"}), &["solo"]),
    ];
    for (fields, expected) in table {
        let expected: Vec<String> = expected.iter().map(|words| format!("{p} {words}")).collect();
        assert_eq!(adds("10.0.0.1", fields), expected, "{fields}");
    }
    assert_eq!(
        adds("10.0.0.1", &json!({"bfdenable": "on", "bfd_peer": "10.0.0.2"})),
        [" neighbor 10.0.0.2 bfd"]
    );
    // Two blanks, unlike every other line of the instance.
    for (mode, words) in [
        ("restart", "graceful-restart"),
        ("helper", "graceful-restart-helper"),
        ("disable", "graceful-restart-disable"),
    ] {
        assert_eq!(adds("10.0.0.1", &json!({"grmode": mode})), [format!("  neighbor 10.0.0.1 {words}")]);
    }
    assert!(adds("10.0.0.1", &json!({"grmode": "default"})).is_empty());
}

#[test]
fn family_part() {
    let table: &[(Json, &[&str])] = &[
        (json!({"defaultoriginate": "ipv4"}), &["  neighbor P default-originate  "]),
        (
            json!({"defaultoriginate": "yes", "defaultoriginateroutemap": "RM"}),
            &["  neighbor P default-originate route-map RM  "],
        ),
        (json!({"defaultoriginate": "ipv6"}), &[]),
        (json!({"defaultoriginate": "no"}), &[]),
        (json!({"sendcommunity": "disabled"}), &["  no neighbor P send-community"]),
        (json!({"sendcommunity": "enabled"}), &["  neighbor P send-community"]),
        (json!({"sendcommunity": "both"}), &["  neighbor P send-community both"]),
        (json!({"maximumprefix_num": "100"}), &[" neighbor P maximum-prefix 100"]),
        (
            json!({"maximumprefix_num": "100", "maximumprefix_threshold": "80", "maximumprefix_warnonly": "on", "maximumprefix_restart": "5"}),
            &[" neighbor P maximum-prefix 100 80 warning-only"],
        ),
        (
            json!({"maximumprefix_num": "100", "maximumprefix_restart": "5"}),
            &[" neighbor P maximum-prefix 100 restart 5"],
        ),
        (json!({"maximumprefix_num": "0"}), &[]),
        (json!({"maximumprefixout_num": "7"}), &[" neighbor P maximum-prefix-out 7"]),
        (json!({"nexthopself": "enabled"}), &["  neighbor P next-hop-self"]),
        (json!({"nexthopself": "force"}), &["  neighbor P next-hop-self force"]),
        (json!({"softreconfigurationinbound": "on"}), &["  neighbor P soft-reconfiguration inbound"]),
        (json!({"distribute_in": "ACL", "distribute_out": "PL"}), &["  neighbor P distribute-list ACL in"]),
        (
            json!({"prefixfilter_in": "PL", "prefixfilter_out": "010"}),
            &["  neighbor P prefix-list PL in", "  neighbor P prefix-list 010 out"],
        ),
        (json!({"prefixfilter_in": "ODD", "prefixfilter_out": "none"}), &[]),
        (
            json!({"aspathfilter_in": "AP", "aspathfilter_out": "AP"}),
            &["  neighbor P filter-list AP in", "  neighbor P filter-list AP out"],
        ),
        (json!({"routemap_in": "RM", "routemap_out": "missing"}), &["  neighbor P route-map RM in"]),
        (json!({"unsuppressmap": "RM"}), &["  neighbor P unsuppress-map RM"]),
        (json!({"weight": "100"}), &["  neighbor P weight 100"]),
        (
            json!({"addpathtxallpaths": "on", "addpathtxbestpathperas": "on"}),
            &["  neighbor P addpath-tx-all-paths", "  neighbor P addpath-tx-bestpath-per-AS"],
        ),
        (json!({"allowasin": "enabled"}), &["  neighbor P allowas-in  "]),
        (json!({"allowasin": "origin"}), &["  neighbor P allowas-in  origin  "]),
        (json!({"allowasin": "3"}), &["  neighbor P allowas-in  3  "]),
        (json!({"allowasin": "disabled"}), &[]),
        (json!({"asoverride": "on"}), &["  neighbor P as-override"]),
        (
            json!({"attributeunchanged": "on", "attributeunchanged_aspath": "on", "attributeunchanged_nexthop": "on"}),
            &["  neighbor P attribute-unchanged  as-path  next-hop  "],
        ),
        (
            json!({"removeprivateas": "on", "removeprivateas_all": "on", "removeprivateas_replace": "on"}),
            &["  neighbor P remove-private-AS  all  replace-AS  "],
        ),
        (json!({"removeprivateas_all": "on"}), &[]),
        (
            json!({"routeclient_reflector": "on", "routeclient_server": "on"}),
            &["  neighbor P route-reflector-client", "  neighbor P route-server-client"],
        ),
    ];
    for (fields, expected) in table {
        let expected: Vec<String> = expected
            .iter()
            .map(|line| line.replace('P', "10.0.0.1").replace("10.0.0.1L", "PL").replace("A10.0.0.1", "AP"))
            .collect();
        assert_eq!(adds("10.0.0.1", fields), expected, "{fields}");
    }
}

#[test]
fn a_neighbor_is_active_in_its_own_family_or_in_both() {
    let activations = |entry: Json| {
        let text = text(sections(&[entry]));
        text.lines()
            .filter(|line| line.contains("activate") || line.contains("address-family ip"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        activations(json!({"peer": "10.0.0.1"})),
        [" address-family ipv4 unicast", "  neighbor 10.0.0.1 activate"]
    );
    assert_eq!(
        activations(json!({"peer": "fd00::1"})),
        [" address-family ipv6 unicast", "  neighbor fd00::1 activate"]
    );
    assert_eq!(
        activations(json!({"peer": "10.0.0.1", "bothaf": "on"})),
        [
            " address-family ipv4 unicast",
            "  neighbor 10.0.0.1 activate",
            " address-family ipv6 unicast",
            "  neighbor 10.0.0.1 activate"
        ]
    );
    // A group alone opens no family, and its family lines are lost with it.
    assert!(activations(json!({"peer": "NODES", "nexthopself": "enabled"})).is_empty());
}

#[test]
fn groups_come_in_list_order_and_write_into_both_families() {
    let text = text(sections(&[
        json!({"peer": "10.0.0.1", "peergroup": "NODES"}),
        json!({"peer": "NODES", "asnum": "64500", "prefixfilter_in": "PL", "advertisementinterval": "5"}),
        json!({"peer": "fd00::1", "peergroup": "MISSING"}),
        json!({"peer": " 10.0.0.9", "asnum": "64500"}),
    ]));
    let start = text.find(" no bgp network import-check").expect("written");
    let expected = "\x20no bgp network import-check
 neighbor 10.0.0.1 peer-group NODES
 neighbor NODES peer-group
 neighbor NODES remote-as 64500
 neighbor NODES advertisement-interval 5
 neighbor NODES advertisement-interval 5
 neighbor NODES advertisement-interval 5
 !
 address-family ipv4 unicast
  neighbor 10.0.0.1 activate
  neighbor NODES prefix-list PL in
 exit-address-family
 !
 address-family ipv6 unicast
  neighbor fd00::1 activate
  neighbor NODES prefix-list PL in
 exit-address-family
 !
!
";
    assert!(text[start..].starts_with(expected), "{}", &text[start..]);
}

#[test]
fn descriptions_are_cut_at_a_byte() {
    let long = format!("{}ä", "x".repeat(79));
    let conf = super::frr_conf(
        &super::root(sections(&[json!({"peer": "10.0.0.1", "descr": long})])),
        super::PackageLevel::V2_1,
    );
    let bytes = conf.bytes().expect("written");
    let expected = [b" description ".to_vec(), "x".repeat(79).into_bytes(), vec![0xc3, b'\n']].concat();
    assert!(bytes.windows(expected.len()).any(|window| window == expected));
}

#[test]
fn line_feeds_in_values_open_lines_of_their_own() {
    let lines = adds("10.0.0.1", &json!({"descr": "a\nlog stdout"}));
    assert_eq!(lines, [" neighbor 10.0.0.1 description a", "log stdout"]);
}
