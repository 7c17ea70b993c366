//! The MetalLB side.

use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Value, json};

use super::fixture::*;
use crate::compile::{Compiled, Facts, KnownMetallb, compile};
use crate::declaration::types::{Backend, LabelExpression, LabelOperator, PasswordRef, SecretKeyRef};
use crate::finding::Severity;
use crate::intent::{BfdProfile, Community, Intent, L2Advertisement, NodeSelector};
use crate::metallb::{AnyObject, Version};

fn wire(object: &AnyObject) -> Value {
    match object {
        AnyObject::IpAddressPool(o) => serde_json::to_value(o),
        AnyObject::BgpAdvertisement(o) => serde_json::to_value(o),
        AnyObject::L2Advertisement(o) => serde_json::to_value(o),
        AnyObject::BgpPeer(o) => serde_json::to_value(o),
        AnyObject::BfdProfile(o) => serde_json::to_value(o),
        AnyObject::Secret(o) => serde_json::to_value(o),
        other => panic!("{other:?}"),
    }
    .expect("writes")
}

fn all(compiled: &Compiled) -> Vec<Value> {
    compiled.desired.cluster.objects.iter().map(|object| wire(&object.object)).collect()
}

/// The spec of one object.
fn spec(compiled: &Compiled, kind: &str, name: &str) -> Value {
    let all = all(compiled);
    let found = all.iter().find(|o| o["kind"] == kind && o["metadata"]["name"] == name);
    found.unwrap_or_else(|| panic!("no {kind} {name}"))["spec"].clone()
}

fn names(compiled: &Compiled, kind: &str) -> Vec<String> {
    let name = |o: &Value| o["metadata"]["name"].as_str().expect("a name").to_owned();
    all(compiled).iter().filter(|o| o["kind"] == kind).map(name).collect()
}

fn rules(compiled: &Compiled) -> Vec<(String, Severity)> {
    compiled.findings.iter().map(|f| (f.rule.to_string(), f.severity)).collect()
}

fn plain(intent: &Intent) -> Compiled {
    compile(intent, &Facts::default())
}

fn with_backend(mut intent: Intent, backend: Backend) -> Compiled {
    intent.cluster.backend = Some(at(backend));
    intent.cluster.version = Some(at("0.15.2".to_owned()));
    plain(&intent)
}

#[test]
fn the_home_lab_is_three_objects() {
    let compiled = plain(&homelab());
    let metadata = |name: &str| {
        json!({"name": name, "namespace": "metallb-system", "labels": {
            "app.kubernetes.io/managed-by": "metalsense", "metalsense.dev/network": "homelab"}})
    };
    assert_eq!(
        all(&compiled),
        [
            json!({"apiVersion": "metallb.io/v1beta1", "kind": "IPAddressPool",
                "metadata": metadata("metallb-pool"), "spec": {"addresses": ["192.168.32.0/24"]}}),
            json!({"apiVersion": "metallb.io/v1beta2", "kind": "BGPPeer", "metadata": metadata("pfsense"),
                "spec": {"myASN": 64500, "peerASN": 64501, "peerAddress": "192.168.4.1"}}),
            json!({"apiVersion": "metallb.io/v1beta1", "kind": "BGPAdvertisement",
                "metadata": metadata("metallb-pool"),
                "spec": {"communities": ["65535:65282"], "ipAddressPools": ["metallb-pool"]}}),
        ]
    );
    assert_eq!(rules(&compiled), [("metallb-assumed".to_owned(), Severity::Info)]);
}

#[test]
fn what_runs_is_believed_where_nothing_is_declared() {
    let facts = Facts {
        metallb: KnownMetallb {
            version: Some(Version::V0_16_1),
            backend: Some(crate::metallb::Backend::Frr),
            namespace: Some("lb".to_owned()),
        },
        ..Facts::default()
    };
    let compiled = compile(&homelab(), &facts);
    let cluster = &compiled.desired.cluster;
    assert_eq!(cluster.version, Version::V0_16_1);
    assert_eq!(cluster.namespace, "lb");
    assert_eq!(rules(&compiled), []);

    let mut declared = homelab();
    declared.cluster.version = Some(at("0.15.2".to_owned()));
    declared.cluster.backend = Some(at(Backend::Native));
    let compiled = compile(&declared, &facts);
    assert_eq!(compiled.desired.cluster.version, Version::V0_15_2);
    assert_eq!(
        rules(&compiled),
        [
            ("metallb-backend-differs".to_owned(), Severity::Warning),
            ("metallb-version-differs".to_owned(), Severity::Warning),
        ]
    );
}

#[test]
fn what_native_refuses_is_told_where_it_is_declared_and_left_out() {
    let mut intent = homelab();
    let peer = &mut intent.peers[0];
    peer.hold_time = Some(at(Duration::from_secs(30)));
    let mut far = at(Duration::from_secs(10));
    far.place = place(77);
    peer.keepalive_time = Some(far);
    peer.connect_time = Some(at(Duration::from_secs(5)));
    peer.bfd = Some(at("fast".to_owned()));
    peer.graceful_restart = Some(at(true));
    intent.bfd_profiles.insert("fast".to_owned(), at(BfdProfile::default()));
    intent.pools[0].advertisements[0].communities.push(at(Community::Large(64500, 1, 2)));
    intent.pools.push(pool("six", &["fd00:9::/64"]));

    let native = with_backend(intent.clone(), Backend::Native);
    let mut told: Vec<String> = rules(&native).into_iter().map(|(rule, _)| rule).collect();
    told.sort();
    assert_eq!(
        told,
        [
            "native-bfd-object",
            "native-connect-time",
            "native-graceful-restart",
            "native-ipv6-pool",
            "native-keepalive",
            "native-large-community"
        ]
    );
    assert!(native.findings.iter().all(|f| f.severity == Severity::Error && f.hint.is_some()));
    let keepalive = native.findings.iter().find(|f| f.rule == "native-keepalive").expect("told");
    assert_eq!(keepalive.place, Some(place(77)));
    assert_eq!(
        spec(&native, "BGPPeer", "pfsense"),
        json!({"myASN": 64500, "peerASN": 64501, "peerAddress": "192.168.4.1", "holdTime": "30s"})
    );
    assert_eq!(spec(&native, "BGPAdvertisement", "metallb-pool")["communities"], json!(["65535:65282"]));
    assert_eq!(names(&native, "BGPAdvertisement"), ["metallb-pool"]);
    assert_eq!(names(&native, "BFDProfile"), [] as [&str; 0]);

    let frr = with_backend(intent, Backend::Frr);
    assert_eq!(rules(&frr), []);
    assert_eq!(
        spec(&frr, "BGPPeer", "pfsense"),
        json!({"myASN": 64500, "peerASN": 64501, "peerAddress": "192.168.4.1", "holdTime": "30s",
            "keepaliveTime": "10s", "connectTime": "5s", "bfdProfile": "fast", "enableGracefulRestart": true})
    );
    assert_eq!(names(&frr, "BFDProfile"), ["fast"]);
    assert_eq!(names(&frr, "BGPAdvertisement"), ["metallb-pool", "six"]);
}

#[test]
fn families_and_asns_get_objects_of_their_own() {
    let mut intent = dual_stack();
    intent.nodes[1].asn = asn(4_200_000_001);
    let compiled = plain(&intent);
    assert_eq!(
        names(&compiled, "BGPPeer"),
        ["edge-ipv4", "edge-ipv4-as4200000001", "edge-ipv6", "edge-ipv6-as4200000001"]
    );
    let hostname = |operator: &str| json!([{"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": operator, "values": ["b"]}]}]);
    let common = spec(&compiled, "BGPPeer", "edge-ipv6");
    assert_eq!((&common["myASN"], &common["peerAddress"]), (&json!(64500), &json!("fd00::1")));
    assert_eq!(common["nodeSelectors"], hostname("NotIn"));
    let other = spec(&compiled, "BGPPeer", "edge-ipv4-as4200000001");
    assert_eq!(other["myASN"], json!(4_200_000_001_u32));
    assert_eq!(other["nodeSelectors"], hostname("In"));
}

#[test]
fn native_has_no_session_over_ipv6() {
    let mut intent = dual_stack();
    intent.pools = vec![pool("four", &["10.9.0.0/24"])];
    let compiled = with_backend(intent, Backend::Native);
    assert_eq!(names(&compiled, "BGPPeer"), ["edge-ipv4"]);
    assert_eq!(rules(&compiled), [("native-ipv6-session".to_owned(), Severity::Warning)]);
}

#[test]
fn selectors_are_kept_as_declared_and_names_become_hostnames() {
    let mut intent = homelab();
    intent.nodes[2].labels.insert("kubernetes.io/hostname".to_owned(), "other".to_owned());
    let named = |names: &[&str]| NodeSelector {
        names: names.iter().map(|name| at((*name).to_owned())).collect(),
        ..NodeSelector::default()
    };
    intent.pools[0].advertisements[0].nodes =
        named(&["k8snode2.k8s.example.net", "k8smaster1.k8s.example.net"]);
    intent.peers[0].nodes = NodeSelector {
        match_labels: [("rack".to_owned(), "1".to_owned())].into(),
        match_expressions: vec![LabelExpression {
            key: "gpu".to_owned(),
            operator: LabelOperator::DoesNotExist,
            values: Vec::new(),
        }],
        ..NodeSelector::default()
    };
    intent.pools[0].l2.push(L2Advertisement {
        name: at("near".to_owned()),
        interfaces: vec!["eth1".to_owned()],
        nodes: named(&["k8snode1.k8s.example.net"]),
        place: place(6),
    });
    let compiled = plain(&intent);
    assert_eq!(
        spec(&compiled, "BGPAdvertisement", "metallb-pool")["nodeSelectors"],
        json!([{"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In",
            "values": ["k8smaster1.k8s.example.net", "other"]}]}])
    );
    assert_eq!(
        spec(&compiled, "BGPPeer", "pfsense")["nodeSelectors"],
        json!([{"matchLabels": {"rack": "1"}, "matchExpressions": [{"key": "gpu", "operator": "DoesNotExist"}]}])
    );
    assert_eq!(
        spec(&compiled, "L2Advertisement", "near"),
        json!({"ipAddressPools": ["metallb-pool"], "interfaces": ["eth1"], "nodeSelectors": [
            {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In",
                "values": ["k8snode1.k8s.example.net"]}]}]})
    );
}

#[test]
fn an_absent_router_has_no_peer_and_is_told_nothing() {
    let mut intent = homelab();
    intent.peers.push(peer("old", vec![member(&["192.168.4.2"])]));
    intent.peers[1].absent = true;
    let mut both = advertisement("both");
    both.peers = Some(vec![0, 1]);
    let mut only_old = advertisement("only-old");
    only_old.peers = Some(vec![1]);
    intent.pools[0].advertisements = vec![both, only_old];
    let compiled = plain(&intent);
    assert_eq!(names(&compiled, "BGPPeer"), ["pfsense"]);
    assert_eq!(names(&compiled, "BGPAdvertisement"), ["both"]);
    assert_eq!(spec(&compiled, "BGPAdvertisement", "both")["peers"], json!(["pfsense"]));
    assert!(rules(&compiled).contains(&("advertisement-without-peer".to_owned(), Severity::Info)));
}

#[test]
fn passwords_travel_by_secret_only() {
    let mut intent = homelab();
    let reference = PasswordRef { env: Some("BGP_PASSWORD".to_owned()), file: None, secret_key_ref: None };
    intent.peers[0].password = Some(at(reference));
    let unknown = plain(&intent);
    assert_eq!(names(&unknown, "Secret"), [] as [&str; 0]);
    assert!(rules(&unknown).contains(&("password-unknown".to_owned(), Severity::Warning)));

    let mut facts = Facts::default();
    facts.passwords.insert("pfsense".to_owned(), SecretString::from("hunter2"));
    let known = compile(&intent, &facts);
    let reference = json!({"name": "metalsense-homelab-pfsense"});
    assert_eq!(spec(&known, "BGPPeer", "pfsense")["passwordSecret"], reference);
    let secret = all(&known).into_iter().find(|o| o["kind"] == "Secret").expect("a secret");
    assert_eq!(secret["type"], "kubernetes.io/basic-auth");
    assert_eq!(secret["data"], json!({"password": "aHVudGVyMg=="}));
    assert!(!format!("{known:?}").contains("hunter2"));

    let kept = |namespace: Option<&str>, key: Option<&str>| {
        let mut intent = homelab();
        let secret = SecretKeyRef {
            name: "bgp".to_owned(),
            key: key.map(str::to_owned),
            namespace: namespace.map(str::to_owned),
        };
        let reference = PasswordRef { env: None, file: None, secret_key_ref: Some(secret) };
        intent.peers[0].password = Some(at(reference));
        plain(&intent)
    };
    let fine = kept(Some("metallb-system"), Some("password"));
    assert_eq!(names(&fine, "Secret"), [] as [&str; 0]);
    assert_eq!(spec(&fine, "BGPPeer", "pfsense")["passwordSecret"], json!({"name": "bgp"}));
    assert_eq!(rules(&fine).len(), 1);
    let errors: Vec<_> =
        rules(&kept(Some("x"), Some("y"))).into_iter().filter(|r| r.1 == Severity::Error).collect();
    assert_eq!(errors.len(), 2);
}

#[test]
fn defaults_are_left_out_and_the_rest_is_written() {
    let mut intent = dual_stack();
    let pool = &mut intent.pools[0];
    pool.auto_assign = false;
    pool.avoid_buggy_ips = true;
    let advertisement = &mut pool.advertisements[0];
    advertisement.aggregation_length = at(24);
    advertisement.aggregation_length_v6 = at(64);
    advertisement.local_pref = Some(at(200));
    let compiled = plain(&intent);
    assert_eq!(
        spec(&compiled, "IPAddressPool", "both"),
        json!({"addresses": ["10.9.0.0/24", "fd00:9::/64"], "autoAssign": false, "avoidBuggyIPs": true})
    );
    assert_eq!(
        spec(&compiled, "BGPAdvertisement", "both"),
        json!({"aggregationLength": 24, "aggregationLengthV6": 64, "localPref": 200, "ipAddressPools": ["both"]})
    );
}

/// Up to 0.15 the frr backends compare all peers, whatever nodes they are for.
#[test]
fn what_is_refused_as_a_set_is_told_where_it_is_declared() {
    let mut intent = dual_stack();
    intent.nodes[1].asn = asn(65000);
    intent.cluster.version = Some(at("0.15.2".to_owned()));
    let compiled = plain(&intent);
    let told: Vec<_> = compiled.findings.iter().map(|f| (f.rule.as_ref(), f.place)).collect();
    assert!(told.contains(&("frr-my-asn-differs", Some(place(3)))), "{told:?}");
    intent.cluster.version = Some(at("0.16.1".to_owned()));
    assert_eq!(rules(&plain(&intent)), []);
}

/// Some YAML readers take two numbers with a colon for one number in base 60.
#[test]
fn communities_stay_texts_for_every_reader() {
    let mut intent = homelab();
    intent.pools[0].advertisements[0].communities = vec![at(Community::Standard(64500, 10))];
    let text = crate::compile::files::manifest(&plain(&intent).desired.cluster.objects).expect("writes");
    assert!(text.contains("- \"64500:10\"\n"), "{text}");
}
