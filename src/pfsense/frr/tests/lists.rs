//! Rows of lists, maps, static routes, the accept filter and BFD.

use serde_json::{Value as Json, json};

use super::text;

/// The text after the frame's head, without the frame's foot.
fn body(sections: Json) -> String {
    let text = text(sections);
    let body = text.split_once("service integrated-vtysh-config\n!\n").expect("a head").1;
    body.strip_suffix("line vty\n!\n").expect("a foot").to_owned()
}

fn prefix_list(list: Json) -> String {
    body(json!({"frrglobalprefixes": {"config": [list]}}))
}

#[test]
fn prefix_lists() {
    let row = |row: Json| prefix_list(json!({"iptype": "IPv4", "name": "L", "row": [row]}));
    for (fields, line) in [
        (
            json!({"seq": "10", "action": "permit", "source": "10.0.0.0/8", "ge": "", "le": "32"}),
            "seq 10 permit 10.0.0.0/8 le 32 ",
        ),
        (
            json!({"seq": "10", "action": "deny", "source": "10.0.0.0/8", "any": "ON", "ge": "8", "le": "32"}),
            "seq 10 deny any ",
        ),
        (
            json!({"seq": "0", "action": "permit", "source": "10.0.0.0/8", "ge": "16"}),
            "permit 10.0.0.0/8 ge 16 ",
        ),
        (json!({"action": "permit", "source": "", "le": "200"}), "permit  le 200 "),
        (json!({"action": "permit", "source": "any", "ge": "0"}), "permit any "),
    ] {
        assert_eq!(row(fields.clone()), format!("ip prefix-list L {line}\n!\n"), "{fields}");
    }
    assert_eq!(row(json!({"action": "Permit", "source": "any"})), "");
    assert_eq!(
        prefix_list(
            json!({"iptype": "ipv6", "name": "L", "descr": "six", "row": [{"action": "permit", "source": "::/0"}]})
        ),
        "ipv6 prefix-list L permit ::/0 \nipv6 prefix-list L description six\n!\n"
    );
    // No row written: the description lacks its first word, once in each pass for an unknown family.
    assert_eq!(
        prefix_list(json!({"iptype": "IPv4", "name": "L", "descr": "d"})),
        " prefix-list L description d\n!\n"
    );
    assert_eq!(
        prefix_list(
            json!({"name": "L", "row": [{"action": "permit", "source": "any"}, {"action": "deny", "source": "10.0.0.0/8"}]})
        ),
        "ip prefix-list L permit any \n!\nip prefix-list L permit any \n!\n"
    );
}

#[test]
fn lists_are_sorted_by_name_and_rows_by_number() {
    let rows = |seqs: &[&str]| -> Vec<Json> {
        seqs.iter().map(|seq| json!({"seq": seq, "action": "permit", "source": "any"})).collect()
    };
    let text = body(json!({"frrglobalprefixes": {"config": [
        {"iptype": "IPv4", "name": "b", "row": rows(&["20", "x", "9"])},
        {"iptype": "IPv4", "name": "B", "row": rows(&["20", "9", "x"])},
    ]}}));
    let seqs: Vec<&str> = text.lines().filter_map(|line| line.split(' ').nth(4)).collect();
    // The last row decides: a number sorts all, a word none.
    assert_eq!(seqs, ["20", "9", "x", "9", "20", "x"]);
}

#[test]
fn access_lists() {
    let list = |kind: &str, iptype: &str, row: Json| {
        body(
            json!({"frrglobalacls": {"config": [{"type": kind, "iptype": iptype, "name": "L", "descr": "d", "row": [row]}]}}),
        )
    };
    let any = json!({"action": "permit", "sourceany": "ON"});
    for (kind, iptype, row, expected) in [
        (
            "zebra",
            "IPv4",
            json!({"seq": "5", "action": "permit", "source": "10.0.0.0/8", "exactmatch": ""}),
            "access-list L seq 5 permit 10.0.0.0/8 exact-match\naccess-list L remark d\n",
        ),
        ("zebra", "IPv6", any.clone(), "ipv6 access-list L permit any\nipv6 access-list L remark d\n"),
        (
            "standard",
            "IPv4",
            json!({"action": "deny", "source": "10.1.2.3/8"}),
            "access-list L deny 10.0.0.0 0.255.255.255\naccess-list L remark d\n",
        ),
        (
            "standard",
            "IPv4",
            json!({"action": "deny", "source": "10.1.2.3"}),
            "access-list L deny host 10.1.2.3\naccess-list L remark d\n",
        ),
        (
            "extended",
            "IPv4",
            json!({"action": "deny", "source": "10.0.0.0/24", "destinationany": "ON"}),
            "access-list L deny ip 10.0.0.0 0.0.0.255 any\naccess-list L remark d\n",
        ),
        ("extended", "IPv4", json!({"action": "deny"}), "access-list L deny ip  \naccess-list L remark d\n"),
        ("zebra", "IPv4", json!({"action": "deny", "source": "10.0.0.1"}), "access-list L remark d\n"),
        ("other", "IPv4", any.clone(), "access-list L remark d\n"),
    ] {
        assert_eq!(list(kind, iptype, row.clone()), format!("{expected}!\n"), "{kind} {row}");
    }
}

#[test]
fn an_ipv6_access_list_without_zebra_rows_hides_those_after_it() {
    let zebra = |name: &str| json!({"type": "zebra", "iptype": "IPv6", "name": name, "row": [{"action": "permit", "sourceany": "ON"}]});
    let empty = json!({"type": "zebra", "iptype": "IPv6", "name": "B"});
    let text = body(json!({"frrglobalacls": {"config": [zebra("A"), empty, zebra("C")]}}));
    assert_eq!(text, "ipv6 access-list A permit any\n!\n");
}

#[test]
fn as_paths_and_communities_need_the_switch_to_be_there() {
    let sections = |bgp: Json| {
        json!({
            "frrbgp": {"config": [bgp]},
            "frrbgpaspaths": {"config": [{"name": "AP", "row": [
                {"seq": "20", "action": "deny", "regex": "_1_"}, {"seq": "10", "action": "permit", "regex": "^$"}]}]},
            "frrbgpcommunities": {"config": [
                {"name": "C", "listtype": "standard", "row": [{"action": "permit", "community": "1:1"}, {"action": "deny", "community": "x"}, {"action": "permit", "community": "2:2"}]},
                {"name": "7", "listtype": "expanded", "row": [{"action": "permit", "community": "no-export"}]},
                {"name": "100", "listtype": "standard", "row": [{"action": "permit", "community": "^1"}]}]}
        })
    };
    assert_eq!(
        body(sections(json!({"enable": ""}))),
        "bgp as-path access-list AP permit ^$\nbgp as-path access-list AP deny _1_\n\
         bgp community-list standard C permit 1:1\nbgp community-list 7 permit no-export\nbgp community-list 100 permit ^1\n!\n"
    );
    assert_eq!(body(sections(json!({"asnum": "1"}))), "");
}

#[test]
fn route_maps() {
    let entry = |fields: Json| {
        let entry = super::with(
            &json!({"name": "RM", "action": "permit", "seq": "10", "acl_match": "none"}),
            &fields,
        );
        let text = body(json!({
            "frrglobalroutemaps": {"config": [entry]},
            "frrglobalacls": {"config": [{"name": "ACL", "type": "zebra", "iptype": "IPv4"}]},
            "frrglobalprefixes": {"config": [{"name": "PL", "iptype": "IPv4"}, {"name": "PL6", "iptype": "IPv6"}]},
            "frrbgpaspaths": {"config": [{"name": "AP"}]},
            "frrbgpneighbors": {"config": [{"peer": "10.0.0.1"}]},
        }));
        text.strip_prefix("route-map RM permit 10\n")
            .and_then(|text| text.strip_suffix("!\n"))
            .expect("one entry")
            .to_owned()
    };
    for (fields, expected) in [
        (json!({"descr": "text"}), " description text\n"),
        (json!({"call": "RM"}), " call RM\n"),
        (json!({"call": "MISSING"}), ""),
        (json!({"exitaction": "next"}), " on-match next\n"),
        (json!({"exitaction": "10"}), " on-match goto 10\n"),
        (json!({"exitaction": "20"}), ""),
        (json!({"acl_match": "ACL", "prefix_match": "none"}), " match ip address ACL\n"),
        (json!({"acl_match": "ACL"}), ""),
        (
            json!({"acl_match": "", "prefix_match": "PL6"}),
            " match ipv6 address \n match ipv6 address prefix-list PL6\n",
        ),
        (json!({"prefix_match": "PL"}), " match ip address prefix-list PL\n"),
        (json!({"prefix_match": "MISSING"}), ""),
        (json!({"nexthop_action": "match-peer", "nexthop_peer": "10.0.0.1"}), " match peer 10.0.0.1\n"),
        (json!({"nexthop_action": "match-peer", "nexthop_peer": "local"}), " match peer local\n"),
        (json!({"nexthop_action": "match-peer", "nexthop_peer": "10.0.0.2"}), ""),
        (json!({"nexthop_action": "match-acl", "nexthop_acl": "ACL"}), " match ip next-hop ACL\n"),
        (json!({"nexthop_action": "match-pl", "nexthop_pl": "PL"}), " match ip next-hop prefix-list PL\n"),
        (json!({"nexthop_action": "set", "nexthop_peer": "peer-address"}), " set ip next-hop peer-address\n"),
        (json!({"nexthop_action": "set", "nexthop_peer": "local"}), ""),
        (json!({"metric_action": "match", "metric_value": "5"}), " match metric 5\n"),
        (json!({"metric_action": "set", "metric_value": "+10"}), " set metric +10\n"),
        (
            json!({"metric_action": "settype2", "metric_value": "0"}),
            " set metric 0\n set metric-type type-2\n",
        ),
        (json!({"metric_action": "set"}), ""),
        (json!({"weight": "1"}), " set weight 1\n"),
        (json!({"weight": "0"}), ""),
        (json!({"localpref_action": "match", "localpref_value": "5"}), " match local-preference 5\n"),
        (json!({"localpref_action": "set", "localpref_value": "5"}), " set local-preference 5\n"),
        (json!({"aspath_action": "match", "aspath_match": "AP"}), " match as-path AP\n"),
        (json!({"aspath_action": "match", "aspath_match": "none"}), " match as-path none\n"),
        (json!({"aspath_action": "setexclude", "aspath_value": "x 1"}), " set as-path exclude x 1\n"),
        (json!({"aspath_action": "setprepend", "aspath_value": "1 1"}), " set as-path prepend 1 1\n"),
        (
            json!({"aspath_action": "setprependlast", "aspath_value": "10"}),
            " set as-path prepend last-as 10\n",
        ),
        (json!({"aspath_action": "setprependlast", "aspath_value": "11"}), ""),
        (
            json!({"community_action": "match", "community_match": "no-export"}),
            " match community no-export\n",
        ),
        (
            json!({"community_action": "matchexact", "community_match": "no-export"}),
            " match community no-export exact-match\n",
        ),
        (json!({"community_action": "set", "community_set": "1:1 2:2"}), " set community 1:1 2:2 \n"),
        (
            json!({"community_action": "set", "community_set": "1:1", "community_additive": "on"}),
            " set community 1:1  additive\n",
        ),
        (json!({"community_action": "set", "community_set": "bad"}), ""),
        (json!({"origin_value": "igp", "origin_action": "none"}), " set origin igp\n"),
        (json!({"origin_value": "none"}), ""),
        (json!({"source_proto": "bgp"}), " match source-protocol bgp\n"),
        (json!({"tag_action": "match", "tag_value": "5"}), " match tag 5\n"),
        (json!({"tag_action": "set", "tag_value": "5"}), " set tag 5\n"),
        (json!({"tag_value": "5"}), ""),
        (json!({"rpki_state": "valid"}), " match rpki valid\n"),
        (json!({"rpki_state": "none"}), ""),
    ] {
        assert_eq!(entry(fields.clone()), expected, "{fields}");
    }
}

#[test]
fn route_map_entries_are_sorted_and_bad_ones_dropped() {
    let entry = |name: &str, action: &str, seq: &str| json!({"name": name, "action": action, "seq": seq, "acl_match": "none"});
    let text = body(json!({"frrglobalroutemaps": {"config": [
        entry("b", "permit", "10"), entry("a", "deny", "100"), entry("a", "permit", "9"),
        entry("a b", "permit", "1"), entry("c", "allow", "1"), entry("d", "permit", "x")]}}));
    assert_eq!(text, "route-map a permit 9\nroute-map a deny 100\nroute-map b permit 10\n!\n");
}

#[test]
fn static_routes() {
    let rows = json!([
        {"routevalue": "10.1.0.0/16", "routetarget": "gw|INNER"},
        {"routevalue": "fd01::/64", "routetarget": "gw|INNER6"},
        {"routevalue": "10.2.0.0/16", "routetarget": "bgp|10.0.0.1"},
        {"routevalue": "10.3.0.0/16", "routetarget": "if|lan"},
        {"routevalue": "10.4.0.0/16", "routetarget": "if|opt9"},
        {"routevalue": "10.5.0.0/16", "routetarget": "none"},
        {"routevalue": "10.6.0.0/16", "routetarget": "gw|MISSING"},
        {"routevalue": "10.7.0.0", "routetarget": "gw|INNER"},
        {"routevalue": "10.8.0.0/16", "nullroute": "", "routetarget": "gw|INNER"},
    ]);
    assert_eq!(
        body(json!({"frr": {"config": [{"enable": "on", "row": rows}]}})),
        "ip route 10.8.0.0/16 Null0\nip route 10.1.0.0/16 192.168.4.9\nipv6 route fd01::/64 fe80::9 vtnet1\n\
         ip route 10.2.0.0/16 10.0.0.1\nip route 10.3.0.0/16 vtnet1\n!\n"
    );
}

#[test]
fn accept_filters() {
    let rows = json!([{"routevalue": "10.1.0.0/16", "acceptfilter": "ON"}, {"routevalue": "fd01::/64", "acceptfilter": ""}]);
    let text = body(json!({
        "frr": {"config": [{"enable": "on", "row": rows}]},
        "frrospfdinterfaces": {"config": [{"interface": "lan", "acceptfilter": "on"}, {"interface": "opt9", "acceptfilter": "on"}]}
    }));
    let expected = "\
ip prefix-list ACCEPTFILTER seq 10 deny 192.168.4.0/24
ip prefix-list ACCEPTFILTER seq 20 deny 192.168.4.1/32
ip prefix-list ACCEPTFILTER seq 30 deny 10.1.0.0/16
ip prefix-list ACCEPTFILTER seq 40 permit any
!
route-map ACCEPTFILTER permit 10
 match ip address prefix-list ACCEPTFILTER
!
ip protocol bgp route-map ACCEPTFILTER
!
ip protocol ospf route-map ACCEPTFILTER
!
ipv6 prefix-list ACCEPTFILTER6 seq 10 deny fd01::/64
ipv6 prefix-list ACCEPTFILTER6 seq 20 permit any
!
route-map ACCEPTFILTER6 permit 10
 match ipv6 address prefix-list ACCEPTFILTER6
!
ipv6 protocol bgp route-map ACCEPTFILTER6
!
ipv6 protocol ospf6 route-map ACCEPTFILTER6
!
";
    assert_eq!(text, expected);
}

#[test]
fn bfd() {
    let text = body(json!({
        "frrbfd": {"config": [{"enable": "on"}]},
        "frrbfdprofiles": {"config": [
            {"name": "fast", "detectmultiplier": "2", "receiveinterval": "10", "transmitinterval": "60000", "echointerval": "9",
             "passive": "on", "shutdown": "on", "echomode": "on", "minimumttl": "254"}]},
        "frrbfdpeers": {"config": [
            {"peer": "10.0.0.1", "interface": "default", "local_address": "default", "detectmultiplier": "3"},
            {"peer": "10.0.0.2", "interface": "lan", "local_address": "192.168.4.1", "multihop": "on", "profile": "fast", "shutdown": "on"},
            {"peer": "10.0.0.3", "interface": "lan", "local_address": "default"},
            {"peer": "10.0.0.4", "interface": "opt9"},
            {"peer": "word"},
            {"peer": "10.0.0.5", "profile": "none", "shutdown": "on", "echomode": "on"}]}
    }));
    let expected = "\
bfd
 profile fast
  detect-multiplier 2
  receive-interval 10
  transmit-interval 60000
  passive-mode
  shutdown
  echo-mode
  minimum-ttl 254
 !
 peer 10.0.0.1
  detect-multiplier 3
  no shutdown
 !
 peer 10.0.0.2 multihop local-address 192.168.4.1 interface vtnet1
  profile fast
 !
 peer 10.0.0.5
  shutdown
  echo-mode
 !
!
";
    assert_eq!(text, expected);
}
