//! The tables against the CRDs that MetalLB ships, where those are at hand: the same fields with the same
//! types, and the same answer for a wall of odd values.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::tables::{Field, OLD_PEER, Type, fields};
use super::{Map, judge};
use crate::finding::{Severity, SourceId};
use crate::metallb::kinds::Kind;
use crate::metallb::manifest::{Input, Manifest, read};
use crate::metallb::version::Version;

const KINDS: [(Kind, &str); 6] = [
    (Kind::IpAddressPool, "ipaddresspools"),
    (Kind::BgpAdvertisement, "bgpadvertisements"),
    (Kind::L2Advertisement, "l2advertisements"),
    (Kind::BgpPeer, "bgppeers"),
    (Kind::Community, "communities"),
    (Kind::BfdProfile, "bfdprofiles"),
];

/// The schema of one kind in one release, for the API version that we write or the one that is asked for.
fn schema(folder: &str, file: &str, api_version: &str) -> Option<Value> {
    let shared = std::env::var_os("METALSENSE_SHARED")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared")), PathBuf::from);
    let path = shared.join("metallb/crds").join(folder).join(format!("metallb.io_{file}.yaml"));
    let text = std::fs::read_to_string(path).ok()?;
    let inputs = read(SourceId(0), &text).expect("a readable CRD");
    let [Input::Manifest(crd)] = &inputs[..] else { panic!("not one object") };
    let versions = crd.value().pointer("/spec/versions").and_then(Value::as_array).expect("versions");
    let version = versions.iter().find(|v| api_version.ends_with(v["name"].as_str().expect("a name")));
    Some(version.expect("the version")["schema"]["openAPIV3Schema"].clone())
}

/// Every release with its CRDs; says so where they are not at hand.
fn each_crd(mut check: impl FnMut(Version, Kind, &Value, &[Field], &str)) {
    let mut found = 0;
    for (version, folder) in [
        (Version::V0_14_9, "v0.14.9"),
        (Version::V0_15_2, "v0.15.2"),
        (Version::V0_15_3, "v0.15.3"),
        (Version::V0_16_1, "v0.16.1"),
        (Version::Main, "main-7938d3f"),
    ] {
        for (kind, file) in KINDS {
            let Some(crd) = schema(folder, file, kind.api_version()) else { continue };
            found += 1;
            check(version, kind, &crd, fields(kind).expect("a table"), kind.api_version());
        }
        if let Some(crd) = schema(folder, "bgppeers", "v1beta1") {
            check(version, Kind::BgpPeer, &crd, OLD_PEER, "metallb.io/v1beta1");
        }
    }
    if found == 0 {
        eprintln!("skipped: no CRDs at hand");
    }
}

#[test]
fn the_tables_say_what_the_crds_say() {
    each_crd(|version, kind, crd, fields, _| {
        same_fields(version, fields, &crd["properties"]["spec"], &format!("{version} {kind} spec"));
    });
}

fn same_fields(version: Version, fields: &[Field], schema: &Value, at: &str) {
    let known: BTreeSet<&str> =
        fields.iter().filter(|field| field.since <= version).map(|field| field.name).collect();
    let there: BTreeSet<&str> =
        schema["properties"].as_object().expect("properties").keys().map(String::as_str).collect();
    assert_eq!(known, there, "{at}");
    let required: BTreeSet<&str> = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|name| name.as_str().expect("a name"))
        .collect();
    for field in fields.iter().filter(|field| field.since <= version) {
        let at = format!("{at}.{}", field.name);
        // Told apart by the code: it was required until interfaces came.
        if field.name != "peerAddress" {
            assert_eq!(field.required, required.contains(field.name), "{at}");
        }
        let schema = &schema["properties"][field.name];
        let items = |of: &str| assert_eq!(schema["items"]["type"], of, "{at}");
        match field.holds {
            Type::Text | Type::ConnectTime => assert_eq!(schema["type"], "string", "{at}"),
            Type::Word(words, _) => assert_eq!(schema["enum"], json!(words), "{at}"),
            Type::Bool => assert_eq!(schema["type"], "boolean", "{at}"),
            Type::Labels => assert_eq!(schema["additionalProperties"]["type"], "string", "{at}"),
            Type::Texts => items("string"),
            Type::SomeTexts => {
                items("string");
                assert_eq!(schema["minItems"], 1, "{at}");
            }
            Type::Object(fields) => same_fields(version, fields, schema, &at),
            Type::List(fields) => same_fields(version, fields, &schema["items"], &at),
            Type::Int(low, high, _) => {
                assert_eq!(schema["type"], "integer", "{at}");
                let low = if field.name == "peerPort" && version == Version::V0_14_9 { 0 } else { low };
                let limit = |limit: i64, none: i64| if limit == none { Value::Null } else { json!(limit) };
                assert_eq!(schema["minimum"], limit(low, i64::MIN), "{at}");
                assert_eq!(schema["maximum"], limit(high, i64::MAX), "{at}");
            }
        }
    }
}

/// Values that are right for some field and wrong for the others.
fn odd_values() -> Vec<Value> {
    vec![
        json!(""),
        json!("x"),
        json!("10s"),
        json!("internal"),
        json!(true),
        json!(false),
        json!(-1),
        json!(0),
        json!(1),
        json!(2),
        json!(9),
        json!(10),
        json!(100),
        json!(101),
        json!(254),
        json!(255),
        json!(256),
        json!(16384),
        json!(16385),
        json!(60000),
        json!(60001),
        json!(4294967295_u64),
        json!(4294967296_u64),
        json!(1.5),
        json!([]),
        json!([1]),
        json!(["x"]),
        json!({}),
        json!({"a": "b"}),
        json!({"a": 1}),
        json!([{}]),
        json!([null]),
        json!([{"matchLabels": {"a": 1}}]),
        json!([{"matchLabels": {"a": "b"}}]),
        json!([{"matchExpressions": [{"key": "a"}]}]),
        json!([{"matchExpressions": [{"key": "a", "operator": "Exists"}]}]),
        json!([{"matchExpressions": [{"key": "a", "operator": "In", "values": ["x"]}]}]),
        json!([{"matchExpressions": [{"key": "a", "operator": "In", "values": []}]}]),
        json!([{"weight": 1, "preference": {}}]),
        json!([{"weight": 101, "preference": {}}]),
        json!([{"preference": {}}]),
        json!([{"name": 1}]),
        json!([{"name": "a", "value": "b"}]),
        json!({"priority": 1, "namespaces": ["a"]}),
        json!({"priority": "1"}),
        json!({"name": "a"}),
        json!({"name": 1}),
    ]
}

#[test]
fn odd_values_are_refused_as_by_the_crds() {
    let mut compared = 0;
    each_crd(|version, kind, crd, fields, api_version| {
        let validator = jsonschema::draft4::new(crd).expect("a schema");
        for field in fields.iter().filter(|field| field.since <= version) {
            for value in odd_values() {
                let mut spec = Map::new();
                for required in fields.iter().filter(|field| field.required || field.name == "peerAddress") {
                    let value = match required.holds {
                        Type::Int(..) => json!(1),
                        Type::Texts => json!([]),
                        _ => json!("x"),
                    };
                    spec.insert(required.name.into(), value);
                }
                spec.insert(field.name.into(), value);
                let object = json!({"apiVersion": api_version, "kind": kind.as_str(),
                                    "metadata": {"name": "a"}, "spec": spec});
                let mut findings = Vec::new();
                judge(version, &Manifest::new(object.clone()), &mut findings);
                // Rules in CEL are beyond a plain schema.
                findings.retain(|f| f.severity == Severity::Error && f.rule != "schema-connect-time");
                assert_eq!(
                    findings.is_empty(),
                    validator.is_valid(&object),
                    "{version} {object} {findings:?}"
                );
                compared += 1;
            }
        }
    });
    eprintln!("{compared} objects compared");
}

#[test]
fn missing_fields_are_missed_as_by_the_crds() {
    each_crd(|version, kind, crd, _, api_version| {
        let validator = jsonschema::draft4::new(crd).expect("a schema");
        for spec in [json!({"spec": {}}), json!({})] {
            let mut object =
                json!({"apiVersion": api_version, "kind": kind.as_str(), "metadata": {"name": "a"}});
            object.as_object_mut().expect("a map").extend(spec.as_object().expect("a map").clone());
            let mut findings = Vec::new();
            judge(version, &Manifest::new(object.clone()), &mut findings);
            assert_eq!(findings.is_empty(), validator.is_valid(&object), "{version} {object} {findings:?}");
        }
    });
}
