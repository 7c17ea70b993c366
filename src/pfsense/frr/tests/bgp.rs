//! Rows of the BGP instance, its advanced options and the families' own lines.

use serde_json::{Value as Json, json};

use super::{PackageLevel, added, text, text_at, with};

fn sections(bgp: &Json, advanced: Option<&Json>) -> Json {
    let bgp = with(&json!({"enable": "on", "asnum": "64501"}), bgp);
    let mut sections = json!({
        "frrbgp": {"config": [bgp]},
        "frrglobalacls": {"config": [{"name": "ACL", "type": "zebra", "iptype": "IPv4"}]},
        "frrglobalroutemaps": {"config": [{"name": "RM", "action": "deny", "seq": "10", "acl_match": "none"}]},
    });
    if let Some(advanced) = advanced {
        sections["frrbgpadvanced"] = json!({"config": [advanced]});
    }
    sections
}

#[test]
fn instance() {
    let before = text(sections(&json!({}), None));
    let table: &[(Json, &[&str])] = &[
        (json!({"adjacencylog": "on"}), &["bgp log-neighbor-changes"]),
        (json!({"adjacencylog": "0"}), &[]),
        (json!({"nodefipv4unicast": "on"}), &["no bgp default ipv4-unicast"]),
        (json!({"routerid": "192.0.2.1"}), &["bgp router-id 192.0.2.1"]),
        (json!({"routerid": "fd00::1"}), &[]),
        (json!({"timers_keepalive": "3", "timers_holdtime": "9"}), &["timers bgp 3 9"]),
        (json!({"timers_keepalive": "3"}), &[]),
        (json!({"timers_keepalive": "3", "timers_holdtime": "0"}), &[]),
        (json!({"timers_updatedelay": "60"}), &["update-delay 60"]),
        (json!({"timers_updatedelay": "60", "timers_peerwait": "30"}), &["update-delay 60 30"]),
        (json!({"timers_updatedelay": "60", "timers_peerwait": "61"}), &["update-delay 60"]),
        (json!({"shutdown": "on", "shutdownmessage": "later"}), &["bgp shutdown message \"later\""]),
        (json!({"grglobaldisable": "on"}), &["bgp graceful-restart-disable"]),
        (json!({"disablepreservefwstate": "on"}), &["bgp graceful-restart preserve-fw-state"]),
        (json!({"grstalepathtime": "4095"}), &["bgp graceful-restart stalepath-time 4095"]),
        (json!({"grstalepathtime": "4096"}), &[]),
        (json!({"grrestarttimetime": "1"}), &["bgp graceful-restart restart-time 1"]),
        (json!({"grselectdefertime": "0"}), &[]),
        (json!({"grselectdefertime": "1"}), &["bgp graceful-restart select-defer-time 1"]),
        (json!({"grribstaletime": "1"}), &["bgp graceful-restart rib-stale-time 1"]),
        (json!({"gsenable": "on"}), &["bgp graceful-shutdown"]),
    ];
    for (fields, expected) in table {
        let expected: Vec<String> = expected.iter().map(|words| format!(" {words}")).collect();
        assert_eq!(added(&before, &text(sections(fields, None))), expected, "{fields}");
    }
}

#[test]
fn advanced() {
    let before = text(sections(&json!({}), Some(&json!({"x": ""}))));
    let table: &[(Json, &[&str])] = &[
        (json!({"default_localpref": "200"}), &["bgp default local-preference 200"]),
        (json!({"default_localpref": "0"}), &[]),
        (json!({"timers_coalesce": "1"}), &["coalesce-time 1"]),
        (json!({"timers_routemapdelay": "600"}), &["bgp route-map delay-timer 600"]),
        (
            json!({"dampening_halflife": "15", "dampening_reuse": "750", "dampening_suppressduration": "60"}),
            &["bgp dampening 15 750"],
        ),
        (
            json!({"dampening_halflife": "15", "dampening_reuse": "750", "dampening_suppress": "2000", "dampening_suppressduration": "60"}),
            &["bgp dampening 15 750 2000 60"],
        ),
        (json!({"dampening_halflife": "46", "dampening_reuse": "750"}), &[]),
        (json!({"fastexternalfailover": "on"}), &["no bgp fast-external-failover"]),
        (json!({"networkimportcheck": "on"}), &["bgp network import-check"]),
        (json!({"rejcectassetasconfedset": "on"}), &["bgp reject-as-sets"]),
        (json!({"routereflectorallowoutboundpolicy": "on"}), &["bgp route-reflector allow-outbound-policy"]),
        (json!({"routereflectorclusterid": "7"}), &["bgp cluster-id 7"]),
        (json!({"routereflectorclusterid": "192.0.2.1"}), &["bgp cluster-id 192.0.2.1"]),
        (json!({"routereflectorclienttoclient": "on"}), &["no bgp client-to-client reflection"]),
        (
            json!({"meddeterministic": "on", "medalwayscompare": "on"}),
            &["bgp deterministic-med", "bgp always-compare-med"],
        ),
        (json!({"maxmedadmin": "on", "maxmedadminvalue": "5"}), &["bgp max-med administrative"]),
        (json!({"maxmedadminvalue": "5"}), &["bgp max-med administrative 5"]),
        (json!({"maxmedadminvalue": "4294967295"}), &[]),
        (json!({"maxmedstartup": "5", "maxmedstartupvalue": "9"}), &["bgp max-med on-startup 5 9"]),
        (json!({"confedas": "64999"}), &["bgp confederation identifier 64999"]),
        (json!({"confedpeers": "64501 64502"}), &["bgp confederation peers 64501 64502"]),
        (json!({"confedpeers": "64501  64502"}), &[]),
        (json!({"confedpeers": "64501 x"}), &[]),
        (
            json!({"bgpbestpathasconfed": "on", "bgpbestpathasignore": "on"}),
            &["bgp bestpath as-path confed", "bgp bestpath as-path ignore"],
        ),
        (json!({"bgpbestpathasmulti": "on"}), &["bgp bestpath as-path multipath-relax"]),
        (
            json!({"bgpbestpathasmulti": "on", "bgpbestpathasmultigenasset": "on"}),
            &["bgp bestpath as-path multipath-relax as-set"],
        ),
        (json!({"bgpbestpathcomparerouterid": "on"}), &["bgp bestpath compare-routerid"]),
        (json!({"bgpbestpathmedmissing": "on"}), &["bgp bestpath med missing-as-worst"]),
        (
            json!({"bgpbestpathmedconfed": "on", "bgpbestpathmedmissing": "on"}),
            &["bgp bestpath med confed missing-as-worst"],
        ),
        (json!({"disableebgpconnectedroutecheck": "on"}), &["bgp disable-ebgp-connected-route-check"]),
        (json!({"enforcefirstas": ""}), &["no bgp enforce-first-as"]),
        (json!({"disableebgprequirepolicy": "on"}), &["no bgp ebgp-requires-policy"]),
        (json!({"subgrouppktqueuemax": "20"}), &["bgp default subgroup-pkt-queue-max 20"]),
        (json!({"writequanta": "10000"}), &["write-quanta 10000"]),
    ];
    for (fields, expected) in table {
        let expected: Vec<String> = expected.iter().map(|words| format!(" {words}")).collect();
        let advanced = with(&json!({"x": ""}), fields);
        assert_eq!(added(&before, &text(sections(&json!({}), Some(&advanced)))), expected, "{fields}");
    }
}

#[test]
fn enforce_first_as_differs_by_level() {
    let lines = |level, advanced: Json| {
        let text = text_at(level, sections(&json!({}), Some(&advanced)));
        text.lines().filter(|line| line.contains("enforce-first-as")).map(str::to_owned).collect::<Vec<_>>()
    };
    for (advanced, at_2_0, at_2_1) in [
        (json!({"x": ""}), None, Some(" bgp enforce-first-as")),
        (json!({"enforcefirstas": ""}), None, Some(" no bgp enforce-first-as")),
        (json!({"enforcefirstas": "on"}), Some(" bgp enforce-first-as"), Some(" bgp enforce-first-as")),
    ] {
        assert_eq!(
            lines(PackageLevel::V2_0, advanced.clone()).first().map(String::as_str),
            at_2_0,
            "{advanced}"
        );
        assert_eq!(
            lines(PackageLevel::V2_1, advanced.clone()).first().map(String::as_str),
            at_2_1,
            "{advanced}"
        );
    }
}

#[test]
fn families() {
    let family = |bgp: Json, advanced: Json| {
        let text = text(sections(&bgp, Some(&advanced)));
        let part = text.split(" address-family ").skip(1).collect::<Vec<_>>().join("|");
        part.split("!\nroute-map").next().expect("one part").to_owned()
    };
    let v4 = |line: &str| format!("ipv4 unicast\n  {line}\n exit-address-family\n !\n");
    let v6 = |line: &str| format!("ipv6 unicast\n  {line}\n exit-address-family\n !\n");
    let both = |line: &str| format!("{}|{}", v4(line), v6(line));
    let none = json!({"x": ""});
    for (bgp, advanced, expected) in [
        (json!({"redistributeconnected": "ipv4"}), none.clone(), v4("redistribute connected")),
        (json!({"redistributestatic": "yes"}), none.clone(), both("redistribute static")),
        (json!({"redistributekernel": "RM"}), none.clone(), both("redistribute kernel route-map RM")),
        (json!({"redistributeospf": "yes"}), none.clone(), v4("redistribute ospf")),
        (json!({"redistributeospf6": "yes"}), none.clone(), v6("redistribute ospf6")),
        (json!({"redistributerip": "RM"}), none.clone(), v4("redistribute rip route-map RM")),
        (json!({"redistributerip": "no", "redistributestatic": "MISSING"}), none.clone(), String::new()),
        (
            json!({"row": [{"distributeroutevalue": "10.0.0.0/8", "distributeroutemap": "RM"}]}),
            none.clone(),
            v4("network 10.0.0.0/8  route-map RM"),
        ),
        (
            json!({"row": [{"distributeroutevalue": "fd00::/8", "distributeroutemap": "none"}]}),
            none.clone(),
            v6("network fd00::/8"),
        ),
        (json!({"row": [{"distributeroutevalue": "10.0.0.1"}]}), none.clone(), String::new()),
        (json!({}), json!({"tablemap": "RM"}), both("table-map RM")),
        (
            json!({}),
            json!({"row": [{"aggregateaddr": "10.0.0.0/8", "aggregateasset": "ON", "aggregatesummaryonly": "ON"}]}),
            v4("aggregate-address 10.0.0.0/8 as-set summary-only"),
        ),
        (
            json!({}),
            json!({"distanceadmin": "20", "distanceadminprefix": "10.0.0.0/8", "distanceadminacl": "ACL"}),
            v4("distance 20 10.0.0.0/8  ACL"),
        ),
        (json!({}), json!({"distanceadminprefix": "10.0.0.0/8"}), String::new()),
        (json!({}), json!({"distanceadminprefix": "fd00::/8"}), v6("distance  fd00::/8")),
        (
            json!({}),
            json!({"bgpdistanceext": "20", "bgpdistanceint": "200", "bgpdistancelocal": "201"}),
            both("distance bgp 20 200 201"),
        ),
        (json!({}), json!({"bgpdistanceext": "20", "bgpdistanceint": "200"}), String::new()),
    ] {
        assert_eq!(family(bgp.clone(), advanced.clone()), expected, "{bgp} {advanced}");
    }
}

#[test]
fn an_invalid_as_leaves_half_a_block() {
    let text = text(json!({
        "frrbgp": {"config": [{"enable": "on", "asnum": "1.10", "redistributestatic": "yes"}]},
        "frrbgpneighbors": {"config": [{"peer": "10.0.0.1", "asnum": "64500"}]}
    }));
    let expected = "!\n no bgp network import-check\n neighbor 10.0.0.1 remote-as 64500\n !\n address-family ipv4 unicast\n  neighbor 10.0.0.1 activate\n exit-address-family\n !\n!\nline vty\n!\n";
    assert!(text.ends_with(expected), "{text}");
}

#[test]
fn rpki_needs_a_server() {
    let sections = |servers: Json| {
        json!({
            "frrbgp": {"config": [{"enable": "on", "asnum": "64501", "enablerpki": "on", "rpkipollingperiod": "60", "rpkiretryinterval": "5"}]},
            "frrbgprpkicacheservers": {"config": servers}
        })
    };
    let written = text(sections(
        json!([{"cacheserver": "rpki.example.net", "port": "3323", "username": "u", "privkeypath": "/k", "preference": "1"}]),
    ));
    assert!(written.contains("!\nrpki\n rpki polling_period 60\n rpki retry_interval 5\n rpki cache rpki.example.net 3323 u /k preference 1\n!\n"));
    assert!(!text(sections(json!([]))).contains("rpki"));
}
