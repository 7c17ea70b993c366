//! The types against the CRDs that MetalLB ships, where those are at hand: an object with every field set
//! is accepted as written, by each release that has the field.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::*;
use crate::finding::SourceId;
use crate::metallb::labels::{LabelSelector, Operator, Requirement};
use crate::metallb::manifest::{Input, read};
use crate::metallb::version::Version;

fn selectors() -> Vec<LabelSelector> {
    let requirement = Requirement { key: "a".into(), operator: Operator::In, values: vec!["b".into()] };
    vec![LabelSelector { match_expressions: vec![requirement], ..LabelSelector::label("c", "d") }]
}

/// One object of each kind with every field that we know.
fn full_objects() -> Vec<Value> {
    let texts = || vec!["a".to_owned()];
    let pool = IpAddressPoolSpec {
        addresses: vec!["10.0.0.0/24".into()],
        auto_assign: Some(true),
        avoid_buggy_ips: Some(true),
        service_allocation: Some(ServiceAllocation {
            priority: Some(1),
            namespaces: texts(),
            namespace_selectors: selectors(),
            service_selectors: selectors(),
            rest: Map::new(),
        }),
        rest: Map::new(),
    };
    let bgp = BgpAdvertisementSpec {
        aggregation_length: Some(32),
        aggregation_length_v6: Some(128),
        local_pref: Some(u32::MAX),
        communities: texts(),
        ip_address_pools: texts(),
        ip_address_pool_selectors: selectors(),
        node_selectors: selectors(),
        peers: texts(),
        service_selectors: selectors(),
        rest: Map::new(),
    };
    let l2 = L2AdvertisementSpec {
        ip_address_pools: texts(),
        ip_address_pool_selectors: selectors(),
        node_selectors: selectors(),
        interfaces: texts(),
        service_selectors: selectors(),
        preferred_node_selectors: vec![PreferredNodeSelector {
            weight: 100,
            preference: LabelSelector::label("a", "b"),
        }],
        rest: Map::new(),
    };
    let peer = BgpPeerSpec {
        my_asn: u32::MAX,
        peer_asn: Some(u32::MAX),
        local_asn: Some(u32::MAX),
        dynamic_asn: Some(DynamicAsn::External),
        peer_address: Some("10.0.0.1".into()),
        interface: Some("eth0".into()),
        source_address: Some("10.0.0.2".into()),
        peer_port: Some(179),
        hold_time: Some("90s".into()),
        keepalive_time: Some("30s".into()),
        connect_time: Some("10s".into()),
        router_id: Some("10.0.0.3".into()),
        node_selectors: selectors(),
        password: Some(Sensitive::new("x")),
        password_secret: Some(SecretReference { name: Some("a".into()), namespace: Some("b".into()) }),
        bfd_profile: Some("a".into()),
        enable_graceful_restart: Some(true),
        ebgp_multi_hop: Some(true),
        vrf: Some("a".into()),
        disable_mp: Some(true),
        dual_stack_address_family: Some(true),
        rest: Map::new(),
    };
    let community = CommunitySpec {
        communities: vec![CommunityAlias { name: "a".into(), value: "1:1".into() }],
        rest: Map::new(),
    };
    let bfd = BfdProfileSpec {
        receive_interval: Some(10),
        transmit_interval: Some(10),
        detect_multiplier: Some(2),
        echo_interval: Some(10),
        echo_mode: Some(true),
        passive_mode: Some(true),
        minimum_ttl: Some(1),
        rest: Map::new(),
    };
    [
        to_value(&Object::new("m", "a", pool)),
        to_value(&Object::new("m", "a", bgp)),
        to_value(&Object::new("m", "a", l2)),
        to_value(&Object::new("m", "a", peer)),
        to_value(&Object::new("m", "a", community)),
        to_value(&Object::new("m", "a", bfd)),
    ]
    .into_iter()
    .map(|object| object.expect("writes"))
    .collect()
}

/// Fields of a spec that the release does not have yet.
fn newer(version: Version) -> Vec<&'static str> {
    let all = [
        ("interface", Version::V0_15_0),
        ("dualStackAddressFamily", Version::V0_15_0),
        ("localASN", Version::V0_16_0),
        ("serviceSelectors", Version::V0_16_0),
        ("preferredNodeSelectors", Version::Main),
    ];
    all.into_iter().filter(|(_, since)| *since > version).map(|(name, _)| name).collect()
}

#[test]
fn full_objects_are_what_the_crds_describe() {
    let shared = std::env::var_os("METALSENSE_SHARED")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared")), PathBuf::from);
    let mut compared = 0;
    for (version, folder) in [
        (Version::V0_14_9, "v0.14.9"),
        (Version::V0_15_2, "v0.15.2"),
        (Version::V0_15_3, "v0.15.3"),
        (Version::V0_16_1, "v0.16.1"),
        (Version::Main, "main-7938d3f"),
    ] {
        for mut object in full_objects() {
            let kind = object["kind"].as_str().expect("a kind").to_lowercase();
            let plural = kind.strip_suffix('y').map_or(format!("{kind}s"), |stem| format!("{stem}ies"));
            let path = shared.join("metallb/crds").join(folder).join(format!("metallb.io_{plural}.yaml"));
            let Ok(text) = std::fs::read_to_string(&path) else { continue };
            let inputs = read(SourceId(0), &text).expect("a readable CRD");
            let [Input::Manifest(crd)] = &inputs[..] else { panic!("not one object") };
            let versions = crd.value().pointer("/spec/versions").and_then(Value::as_array).expect("versions");
            let api_version = object["apiVersion"].as_str().expect("a version").to_owned();
            let written =
                versions.iter().find(|v| api_version.ends_with(v["name"].as_str().expect("a name")));
            let schema = &written.expect("our version")["schema"]["openAPIV3Schema"];
            object["spec"]
                .as_object_mut()
                .expect("a spec")
                .retain(|name, _| !newer(version).contains(&name.as_str()));
            let validator = jsonschema::draft4::new(schema).expect("a schema");
            let errors: Vec<_> = validator.iter_errors(&object).map(|error| error.to_string()).collect();
            assert_eq!(errors, Vec::<String>::new(), "{version} {object}");
            same_names(&object["spec"], &schema["properties"]["spec"], &format!("{version} {kind}"));
            compared += 1;
        }
    }
    if compared == 0 {
        eprintln!("skipped: no CRDs at hand");
    }
}

/// Every field of the schema is in the object, and every field of the object in the schema.
fn same_names(value: &Value, schema: &Value, at: &str) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| same_names(item, &schema["items"], at)),
        Value::Object(fields) if schema.get("properties").is_some() => {
            let known = schema["properties"].as_object().expect("a map");
            let mut ours: Vec<_> = fields.keys().collect();
            let mut theirs: Vec<_> = known.keys().collect();
            ours.sort();
            theirs.sort();
            // A preference holds a whole selector; one half of it is enough here.
            if !at.ends_with("preference") {
                assert_eq!(ours, theirs, "{at}");
            }
            for (name, value) in fields {
                same_names(value, &known[name], &format!("{at}.{name}"));
            }
        }
        _ => {}
    }
}

#[test]
fn full_objects_read_back() {
    for object in full_objects() {
        let read = AnyObject::from_value(&object).expect("reads");
        let metadata = read.metadata().expect("a known kind");
        assert_eq!(metadata.path(), "m/a");
        assert_eq!(read.kind().map(Kind::as_str), object["kind"].as_str());
    }
    assert_eq!(AnyObject::from_value(&json!({"kind": "Pod"})), Ok(AnyObject::Other(json!({"kind": "Pod"}))));
}
