//! What the forms say.

use serde_json::{Value as Json, json};

use super::super::{validate, validation_report};
use super::{root, with};

/// The report about one section; the firewall's own `frr` entry is complete.
fn report(section: &str, entries: Json) -> String {
    let mut sections = json!({"frr": {"config": [{"enable": "on", "password": "x"}]}});
    sections[section] = json!({"config": entries});
    validation_report(&validate(&root(sections)))
}

/// The messages about one entry of a section.
fn messages(section: &str, entry: Json) -> Vec<String> {
    let report = report(section, json!([entry]));
    let lines = report.lines().filter(|line| *line != "ok" && !line.ends_with(" error(s)"));
    lines.map(|line| line.split_once("): ").expect("a key").1.to_owned()).collect()
}

#[test]
fn lines_name_section_place_and_key() {
    assert_eq!(
        report(
            "frrbgpneighbors",
            json!([
            {"peer": "192.168.4.4", "asnum": "64500", "updatesource_type": "ipv4", "updatesource": "default"},
            {"peer": "192.168.4.5", "asnum": "64500"}])
        ),
        "frrbgpneighbors[1] (192.168.4.5): The field Update Source is required.\n\
         frrbgpneighbors[1] (192.168.4.5): The field Update Source is required.\n2 error(s)\n"
    );
    assert_eq!(report("frrbgpneighbors", json!([])), "ok\n");
}

#[test]
fn global() {
    let frr = |fields: Json| messages("frr", with(&json!({"enable": "on", "password": "x"}), &fields));
    assert!(
        frr(json!({"routerid": "192.0.2.1", "row": [{"routevalue": "10.0.0.0/8"}, {"routevalue": ""}]}))
            .is_empty()
    );
    assert_eq!(frr(json!({"password": ""})), ["The field Master Password is required."]);
    assert_eq!(frr(json!({"password": "it's"})), ["Password cannot contain a single quote (')"]);
    assert_eq!(frr(json!({"routerid": "fd00::1"})), ["Router ID must be an address."]);
    assert_eq!(
        frr(json!({"row": [{"routevalue": ""}, {"routevalue": "10.0.0.1"}]})),
        ["Route in row 1 must be a subnet."]
    );
    assert_eq!(frr(json!({"password": "a\u{1}"})), ["The field password contains invalid characters."]);
}

#[test]
fn bgp_and_its_advanced_page_share_a_check() {
    for section in ["frrbgp", "frrbgpadvanced"] {
        let bgp = |fields: Json| messages(section, fields);
        assert_eq!(bgp(json!({"enable": "on"})), ["AS must be provided if BGP is enabled."]);
        assert!(bgp(json!({"enable": "on", "asnum": "1.10", "routerid": "fd00::1"})).is_empty());
        assert_eq!(bgp(json!({"asnum": "AS1"})), ["AS must be entered as a number only."]);
        assert_eq!(bgp(json!({"routerid": "1.2.3"})), ["Router ID must be an IP address."]);
        assert_eq!(
            bgp(json!({"rpkiretryinterval": "7201"})),
            ["Polling period must be an integer between 1 and 7200."]
        );
        assert_eq!(
            bgp(json!({"rpkiexpireinterval": "x"})),
            [
                "Expire interval must be a number.",
                "Expire interval must be an integer between 600 and 172800."
            ]
        );
    }
}

#[test]
fn prefix_lists() {
    let list = |fields: Json, row: Json| {
        let row =
            with(&json!({"seq": "10", "action": "permit", "source": "10.0.0.0/8", "ge": "", "le": ""}), &row);
        messages("frrglobalprefixes", with(&json!({"iptype": "IPv4", "name": "L", "row": [row]}), &fields))
    };
    let row = |row: Json| list(json!({}), row);
    assert!(row(json!({})).is_empty());
    assert_eq!(list(json!({"name": ""}), json!({})), ["The field Name is required.", "A name is required."]);
    assert_eq!(
        list(json!({"name": "a b"}), json!({})),
        ["Prefix List name may only contain the characters a-z, A-Z, 0-9, '-', '_' and '.'"]
    );
    assert_eq!(
        list(json!({"name": "ACCEPTFILTER6"}), json!({})),
        ["Prefix List name 'ACCEPTFILTER' and 'ACCEPTFILTER6' is not allowed."]
    );
    assert_eq!(row(json!({"seq": ""})), ["Sequence in row 0 must be a number."]);
    assert_eq!(row(json!({"action": "Permit"})), ["Action in row 0 must be Deny or Permit."]);
    assert_eq!(row(json!({"source": "10.0.0.1"})), ["Network in row 0 must be a subnet."]);
    assert!(row(json!({"source": "any"})).is_empty() && row(json!({"source": "", "any": "ON"})).is_empty());
    assert_eq!(row(json!({"source": "fd00::/8"})), ["Network in row 0 IP Type mismatch."]);
    assert_eq!(row(json!({"ge": "x"})), ["Minimum prefix in row 0 must be a number."]);
    assert_eq!(row(json!({"le": "x"})), ["Maximum prefix in row 0 must be a number."]);
    let too_close = "Minimum prefix in row 0 must be less than maximum, and differ by more than 1.";
    for (ge, le, refused) in [
        ("32", "32", true),
        ("31", "32", true),
        ("30", "32", false),
        ("", "1", true),
        ("", "2", false),
        ("", "200", false),
    ] {
        assert_eq!(
            row(json!({"ge": ge, "le": le})),
            if refused { vec![too_close] } else { vec![] },
            "{ge} {le}"
        );
    }
    // Rows are numbered in the order of their sequence.
    let two = json!([{"seq": "20", "action": "x", "source": "any"}, {"seq": "10", "action": "permit", "source": "any"}]);
    assert_eq!(
        messages("frrglobalprefixes", json!({"iptype": "IPv4", "name": "L", "row": two})),
        ["Action in row 1 must be Deny or Permit."]
    );
}

#[test]
fn access_lists() {
    let list = |fields: Json, row: Json| {
        let row = with(&json!({"seq": "10", "action": "permit", "source": "10.0.0.0/8"}), &row);
        messages(
            "frrglobalacls",
            with(&json!({"type": "zebra", "iptype": "IPv4", "name": "L", "row": [row]}), &fields),
        )
    };
    assert!(list(json!({}), json!({})).is_empty());
    assert_eq!(list(json!({"name": "5"}), json!({})), ["Zebra type ACLs must have a text name."]);
    assert!(list(json!({"type": "standard", "name": "1300"}), json!({})).is_empty());
    assert_eq!(
        list(json!({"type": "standard", "name": "100", "iptype": "IPv6"}), json!({"source": "any"})),
        [
            "Standard type ACLs must have a numeric name in the range 1-99 or 1300-1999.",
            "Standard type ACLs are only supported for IPv4."
        ]
    );
    assert_eq!(
        list(json!({"type": "extended", "name": "99"}), json!({"destination": "x"})),
        [
            "Extended type ACLs must have a numeric name in the range 100-199 or 2000-2699.",
            "Destination in row 0 must be a subnet."
        ]
    );
    assert_eq!(
        list(json!({}), json!({"destination": "10.0.0.0/8"})),
        ["Destinations are only supported with Extended type ACLs."]
    );
    assert_eq!(list(json!({}), json!({"source": "fd00::/8"})), ["Source in row 0 IP Type mismatch."]);
}

#[test]
fn other_lists() {
    assert_eq!(
        messages("frrglobalroutemaps", json!({"name": "ACCEPTFILTER", "action": "", "seq": "x"})),
        ["The field Action is required.", "Route map name 'ACCEPTFILTER' is not allowed."]
    );
    assert_eq!(messages("frrbgpaspaths", json!({"descr": "d"})), ["The field Name is required."]);
    assert_eq!(
        messages("frrbgpcommunities", json!({"name": "C"})),
        ["The field Community List Type is required."]
    );
    assert_eq!(
        messages("frrbgprpkicacheservers", json!({"cacheserver": "a", "port": "0", "preference": "x"})),
        [
            "Port must be an integer between 1 and 65535.",
            "Preference must be a number.",
            "Preference must be an integer between 1 and 255."
        ]
    );
    assert_eq!(
        messages("frrbfdpeers", json!({"detectmultiplier": "1"})),
        ["The field Peer Address is required.", "Detect multiplier must be an integer between 2 and 255."]
    );
    assert_eq!(
        messages("frrbfdprofiles", json!({"name": "p", "receiveinterval": "9", "minimumttl": "0"})),
        ["Receive interval must be an integer between 10 and 60000."]
    );
}

#[test]
fn interior_protocols() {
    assert_eq!(
        messages(
            "frrospfdareas",
            json!({"area": "x", "type": "y", "defaultcost": "16777216", "row": [{"rangeprefix": "fd00::/8"}]})
        ),
        [
            "Area must be a valid IP address or integer number.",
            "Invalid Area Type.",
            "Default Route Cost must be an integer between 0 and 16777215.",
            "Summary Prefix in row 0 must be a subnet."
        ]
    );
    assert_eq!(
        messages(
            "frrospfdinterfaces",
            json!({"interface": "lan", "authtype": "simple", "password": "123456789", "minimalhello": "2", "deadtimer": "5"})
        ),
        [
            "Area must either be set on the interface or a default area set for the OSPF instance.",
            "Simple Password must be 8 characters or less.",
            "Minimal Hello suppresses Hello Interval and Dead Interval."
        ]
    );
    assert_eq!(
        messages("frrospfd", json!({"defaultarea": "1", "row": [{"routevalue": "x"}]})),
        ["OSPF Network must be an IPv4 subnet.", "Area ID must be an IPv4 address."]
    );
    assert_eq!(
        messages("frrripd", json!({"redistributeospf_metric": "17"})),
        ["BGP Metric must be an integer between 0 and 16."]
    );
    assert_eq!(
        messages("frrripdneighbors", json!({"neighbor": "fd00::1"})),
        ["Neighbor must be a valid IPv4 address."]
    );
    let twice = report("frrripdinterfaces", json!([{"interface": "lan"}, {"interface": "lan"}]));
    assert_eq!(twice, "frrripdinterfaces[0] (lan): Interface lan is already configured.\n1 error(s)\n");
}
