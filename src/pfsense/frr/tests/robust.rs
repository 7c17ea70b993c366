//! Any text in any field is taken without a panic.

use proptest::prelude::*;

use super::super::judge;
use super::super::{PackageLevel, frr_conf, php, rc_conf, setkey, validate};
use super::root;
use crate::pfsense::Value;

/// Sections with the fields that are asked in the most involved ways.
const FIELDS: [(&str, &[&str]); 9] = [
    ("frr", &["enable", "routerid", "routevalue", "routetarget", "nht", "password"]),
    (
        "frrbgp",
        &["enable", "asnum", "routerid", "timers_updatedelay", "timers_peerwait", "redistributestatic"],
    ),
    (
        "frrbgpneighbors",
        &["peer", "peergroup", "updatesource", "password", "password_type", "descr", "ebgpmultihop"],
    ),
    ("frrglobalprefixes", &["iptype", "name", "descr", "seq", "action", "source", "ge", "le"]),
    ("frrglobalacls", &["type", "iptype", "name", "descr", "seq", "action", "source", "destination"]),
    (
        "frrglobalroutemaps",
        &["name", "action", "seq", "prefix_match", "acl_match", "community_set", "exitaction"],
    ),
    ("frrbfdpeers", &["peer", "interface", "local_address", "detectmultiplier"]),
    ("frrospfd", &["enable", "spfholdtime", "defaultarea", "routevalue"]),
    ("frrglobalraw", &["frr", "bgpd", "tcpsigsrc"]),
];

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => Just("on".to_owned()),
        2 => "[0-9a-f:.%/ ]{0,40}",
        2 => "[ -~]{0,12}",
        1 => "\\PC{0,200}",
        1 => "[0-9.eE+-]{0,30}",
        1 => Just("permit".to_owned()),
        1 => Just("IPv6".to_owned()),
        1 => Just("_vip5a|192.168.4.254".to_owned()),
    ]
}

fn entries(fields: &'static [&'static str]) -> impl Strategy<Value = Value> {
    let fill = move |texts: Vec<String>| {
        Value::branch(fields.iter().copied().zip(texts.into_iter().map(Value::Text)))
    };
    let branch = move || prop::collection::vec(texts(), 0..=fields.len()).prop_map(fill);
    let entry = (branch(), prop::collection::vec(branch(), 0..4)).prop_map(|(entry, rows)| {
        let mut pairs = match entry {
            Value::Branch(pairs) => pairs,
            _ => Vec::new(),
        };
        pairs.push(("row".to_owned(), Value::List(rows)));
        Value::Branch(pairs)
    });
    prop::collection::vec(entry, 0..4).prop_map(|entries| Value::branch([("config", Value::List(entries))]))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn whole_configurations(sections in FIELDS.map(|(_, fields)| entries(fields))) {
        let mut config = root(serde_json::json!({}));
        let packages = Value::branch(FIELDS.iter().map(|(name, _)| *name).zip(sections));
        if let Value::Branch(pairs) = &mut config {
            pairs.retain(|(name, _)| name != "installedpackages");
            pairs.push(("installedpackages".to_owned(), packages));
        }
        for level in [PackageLevel::V2_0, PackageLevel::V2_1] {
            let _ = frr_conf(&config, level);
            let _ = rc_conf(&config, level);
        }
        let _ = setkey(&config);
        let _ = validate(&config);
    }

    #[test]
    fn single_values(text in texts(), other in texts()) {
        let _ = (judge::is_ip(&text), judge::subnet_family(&text), judge::is_word(&text), judge::is_community_list(&text));
        let _ = (judge::network(&text, &other), php::times_ten(&text), php::integer(&text), php::base64_decode(&text));
        prop_assert_eq!(php::compare(&text, &other), php::compare(&other, &text).reverse());
    }
}

#[test]
fn values_of_the_wrong_shape_read_as_absent() {
    let config: Value = serde_json::from_str(
        r#"{"interfaces":"x","virtualip":{"vip":["y"]},"gateways":"","installedpackages":{
            "frr":{"config":[{"enable":"on","password":{"a":"b"},"row":["text",{"routevalue":["z"]}]}]},
            "frrbgp":{"config":["text"]},"frrbgpneighbors":{"config":["text",{"peer":{"x":"y"}}]},"frrospfd":[]}}"#,
    )
    .expect("valid");
    let text = String::from_utf8(frr_conf(&config, PackageLevel::V2_1).bytes().expect("written").to_vec());
    assert!(text.expect("UTF-8").ends_with("service integrated-vtysh-config\n!\nline vty\n!\n"));
    assert_eq!(validate(&config).len(), 9);
}
