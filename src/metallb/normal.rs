//! The normal form of an object: equal forms mean the same to MetalLB.
//!
//! What is filled in, dropped and sorted here follows the defaults of the CRDs and the way MetalLB's
//! Go types read absent fields. This file compares nothing: see [`diff`](mod@super::diff).

use serde_json::{Map, Value, json};

use super::address::{self, Entry};
use super::duration;
use super::kinds::Kind;
use super::version::Version;

/// What kubectl leaves on everything that it has applied.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Fields whose zero value and absence are the same: Go types without a pointer.
const ZERO_IS_ABSENT: &[&str] = &["localPref", "peerASN", "localASN", "priority"];
/// Booleans without a default in the CRD, for which false and absence are the same.
const FALSE_IS_ABSENT: &[&str] = &["enableGracefulRestart", "ebgpMultiHop", "echoMode", "passiveMode"];
const DURATIONS: &[&str] = &["holdTime", "keepaliveTime", "connectTime"];
/// Lists of texts whose order has no meaning.
const SETS: &[&str] = &["communities", "peers", "ipAddressPools", "interfaces", "namespaces"];
/// Lists of selectors whose order has no meaning. That of a BGPPeer's nodeSelectors has: the speaker
/// compares it in order when it decides whether a session must be dialed again.
const SELECTOR_SETS: &[&str] = &[
    "ipAddressPoolSelectors",
    "nodeSelectors",
    "serviceSelectors",
    "namespaceSelectors",
    "preferredNodeSelectors",
];

/// The normal form of an object of this kind: identity, own labels and annotations, and the spec with
/// defaults filled in. Status and everything that the server keeps is left out.
pub fn normalize(kind: Kind, object: &Value, version: Version) -> Value {
    let mut normal = without_defaults(kind, object);
    if let Some(spec) = normal.get_mut("spec").and_then(Value::as_object_mut) {
        for (field, default) in defaults(kind, version) {
            spec.entry(field).or_insert_with(|| default.clone());
        }
    }
    normal
}

/// As [`normalize`], with what is absent left absent.
pub fn without_defaults(kind: Kind, object: &Value) -> Value {
    let mut normal = Map::new();
    normal.insert("apiVersion".into(), kind.api_version().into());
    normal.insert("kind".into(), kind.as_str().into());
    normal.insert("metadata".into(), metadata(object));
    match kind {
        Kind::Secret => {
            if let Some(secret_type) = object.get("type") {
                normal.insert("type".into(), secret_type.clone());
            }
            normal.insert("data".into(), secret_data(object));
        }
        _ => {
            let empty = Map::new();
            let fields = object.get("spec").and_then(Value::as_object).unwrap_or(&empty);
            normal.insert("spec".into(), spec(kind, fields));
        }
    }
    Value::Object(normal)
}

/// Defaults that the CRD fills in.
fn defaults(kind: Kind, version: Version) -> Vec<(&'static str, Value)> {
    match kind {
        Kind::IpAddressPool => vec![("autoAssign", json!(true)), ("avoidBuggyIPs", json!(false))],
        Kind::BgpAdvertisement => {
            vec![("aggregationLength", json!(32)), ("aggregationLengthV6", json!(128))]
        }
        Kind::BgpPeer => {
            let mut defaults = vec![("peerPort", json!(179)), ("disableMP", json!(false))];
            if version >= Version::V0_15_0 {
                defaults.push(("dualStackAddressFamily", json!(false)));
            }
            defaults
        }
        _ => Vec::new(),
    }
}

fn metadata(object: &Value) -> Value {
    let mut normal = Map::new();
    let Some(metadata) = object.get("metadata").and_then(Value::as_object) else {
        return Value::Object(normal);
    };
    for field in ["name", "namespace"] {
        if let Some(value) = metadata.get(field).filter(|value| !is_empty(value)) {
            normal.insert(field.into(), value.clone());
        }
    }
    for field in ["labels", "annotations"] {
        let Some(pairs) = metadata.get(field).and_then(Value::as_object) else { continue };
        let mut kept: Vec<_> = pairs.iter().filter(|(key, _)| *key != LAST_APPLIED).collect();
        kept.sort_by(|a, b| a.0.cmp(b.0));
        if !kept.is_empty() {
            let kept = kept.into_iter().map(|(key, value)| (key.clone(), value.clone()));
            normal.insert(field.into(), Value::Object(kept.collect()));
        }
    }
    Value::Object(normal)
}

/// `data` with `stringData` over it, both as base64: what the server stores.
fn secret_data(object: &Value) -> Value {
    use base64::Engine as _;
    let mut data = Map::new();
    for (key, value) in object.get("data").and_then(Value::as_object).into_iter().flatten() {
        data.insert(key.clone(), value.clone());
    }
    for (key, value) in object.get("stringData").and_then(Value::as_object).into_iter().flatten() {
        let text = value.as_str().unwrap_or_default();
        data.insert(key.clone(), base64::engine::general_purpose::STANDARD.encode(text).into());
    }
    Value::Object(data)
}

fn spec(kind: Kind, fields: &Map<String, Value>) -> Value {
    let mut normal = Map::new();
    for (name, value) in fields {
        if let Some(value) = field(kind, name, value) {
            normal.insert(name.clone(), value);
        }
    }
    Value::Object(normal)
}

/// One field in normal form; `None` where it means the same as its absence.
fn field(kind: Kind, name: &str, value: &Value) -> Option<Value> {
    // An empty serviceAllocation is a restriction that lets everybody in, which is not the same as none.
    if name == "serviceAllocation" {
        return value.as_object().map(|fields| spec(kind, fields));
    }
    if is_empty(value)
        || ZERO_IS_ABSENT.contains(&name) && value.as_u64() == Some(0)
        || FALSE_IS_ABSENT.contains(&name) && value == &Value::Bool(false)
    {
        return None;
    }
    if DURATIONS.contains(&name) {
        let read = value.as_str().and_then(duration::parse);
        return Some(read.map_or_else(|| value.clone(), |read| duration::canonical(read).into()));
    }
    match (kind, name, value) {
        (Kind::IpAddressPool, "addresses", Value::Array(entries)) => Some(addresses(entries)),
        (Kind::BgpPeer, "passwordSecret", Value::Object(fields)) => {
            let Value::Object(fields) = spec(kind, fields) else { return None };
            (!fields.is_empty()).then_some(Value::Object(fields))
        }
        (Kind::Community, "communities", Value::Array(aliases)) => Some(sorted(aliases.clone())),
        (_, _, Value::Array(texts)) if SETS.contains(&name) => Some(sorted(texts.clone())),
        (_, _, Value::Array(list)) if SELECTOR_SETS.contains(&name) => {
            let list: Vec<Value> = list.iter().map(selector).collect();
            let ordered = kind == Kind::BgpPeer && name == "nodeSelectors";
            Some(if ordered { Value::Array(list) } else { sorted(list) })
        }
        _ => Some(value.clone()),
    }
}

/// One selector: no empty parts, values and conditions sorted, because all conditions must hold.
fn selector(value: &Value) -> Value {
    let Value::Object(fields) = value else { return value.clone() };
    let mut normal = Map::new();
    for (name, value) in fields {
        let value = match (name.as_str(), value) {
            (_, value) if is_empty(value) => continue,
            ("matchLabels", Value::Object(labels)) => {
                let mut labels: Vec<_> = labels.clone().into_iter().collect();
                labels.sort_by(|a, b| a.0.cmp(&b.0));
                Value::Object(labels.into_iter().collect())
            }
            ("matchExpressions", Value::Array(list)) => sorted(list.iter().map(condition).collect()),
            ("preference", value) => selector(value),
            (_, value) => value.clone(),
        };
        normal.insert(name.clone(), value);
    }
    normal.sort_keys();
    Value::Object(normal)
}

fn condition(value: &Value) -> Value {
    let Value::Object(fields) = value else { return value.clone() };
    let mut normal = Map::new();
    for (name, value) in fields {
        match value {
            value if is_empty(value) => {}
            Value::Array(values) => drop(normal.insert(name.clone(), sorted(values.clone()))),
            value => drop(normal.insert(name.clone(), value.clone())),
        }
    }
    normal.sort_keys();
    Value::Object(normal)
}

/// Entries by what they hold, each in one spelling, in the order of their addresses.
fn addresses(entries: &[Value]) -> Value {
    let mut known = Vec::new();
    let mut unknown = Vec::new();
    for entry in entries {
        match entry.as_str().map(Entry::parse) {
            Some(Ok(entry)) => known.push(entry),
            _ => unknown.push(entry.clone()),
        }
    }
    known.sort_by_key(|entry| (!entry.is_v4(), entry.first, entry.last, entry.length));
    known.dedup();
    let texts = known.iter().map(|entry| Value::String(spelling(entry)));
    Value::Array(texts.chain(unknown).collect())
}

/// One spelling for an entry: the block if it is exactly one, else the range.
fn spelling(entry: &Entry) -> String {
    let block = (entry.last - entry.first).checked_add(1).is_none_or(u128::is_power_of_two);
    let first = address::narrow(entry.first);
    let aligned = entry.first & (entry.last - entry.first) == 0;
    if block && aligned && !entry.mixed && !entry.mapped {
        format!("{first}/{}", entry.length)
    } else if entry.mapped {
        // Kept apart from the plain block: its length counts differently when routes are aggregated.
        format!("::ffff:{first}/{}", entry.length)
    } else {
        entry.to_string()
    }
}

fn sorted(mut list: Vec<Value>) -> Value {
    list.sort_by_cached_key(Value::to_string);
    Value::Array(list)
}

/// Absent, or as good as.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(spec: &Value) -> Value {
        json!({"apiVersion": "metallb.io/v1beta1", "kind": "IPAddressPool",
               "metadata": {"name": "web", "namespace": "m"}, "spec": spec})
    }

    fn peer(spec: &Value) -> Value {
        json!({"apiVersion": "metallb.io/v1beta2", "kind": "BGPPeer",
               "metadata": {"name": "r", "namespace": "m"}, "spec": spec})
    }

    #[test]
    fn same_meaning_same_form() {
        let v = Version::V0_15_2;
        for (kind, a, b) in [
            (
                Kind::IpAddressPool,
                pool(&json!({"addresses": ["10.0.1.0/24", "10.0.0.9/24"]})),
                pool(&json!({"addresses": ["10.0.0.0-10.0.0.255", "10.0.1.0/24"], "autoAssign": true})),
            ),
            (
                Kind::BgpPeer,
                peer(&json!({"myASN": 1, "holdTime": "90s", "passwordSecret": {}, "ebgpMultiHop": false})),
                peer(&json!({"myASN": 1, "holdTime": "1m30s", "peerPort": 179, "nodeSelectors": [],
                             "dualStackAddressFamily": false, "password": ""})),
            ),
            (
                Kind::BgpPeer,
                peer(
                    &json!({"nodeSelectors": [{"matchExpressions": [{"key": "a", "operator": "In", "values": ["y", "x"]}]}]}),
                ),
                peer(&json!({"nodeSelectors": [{"matchLabels": {}, "matchExpressions":
                    [{"values": ["x", "y"], "operator": "In", "key": "a"}]}]})),
            ),
        ] {
            assert_eq!(normalize(kind, &a, v), normalize(kind, &b, v));
        }
    }

    #[test]
    fn other_meaning_other_form() {
        let v = Version::V0_15_2;
        let by_label = |names: &[&str]| -> Value {
            names.iter().map(|name| json!({"matchLabels": {"n": name}})).collect()
        };
        for (kind, a, b) in [
            (Kind::BgpPeer, peer(&json!({"holdTime": "0s"})), peer(&json!({}))),
            (Kind::BgpPeer, peer(&json!({"nodeSelectors": [{}]})), peer(&json!({}))),
            (
                Kind::BgpPeer,
                peer(&json!({"nodeSelectors": by_label(&["a", "b"])})),
                peer(&json!({"nodeSelectors": by_label(&["b", "a"])})),
            ),
            (Kind::IpAddressPool, pool(&json!({"serviceAllocation": {}})), pool(&json!({}))),
            (
                Kind::IpAddressPool,
                pool(&json!({"addresses": ["10.0.0.0/24"]})),
                pool(&json!({"addresses": ["10.0.0.0/25", "10.0.0.128/25"]})),
            ),
        ] {
            assert_ne!(normalize(kind, &a, v), normalize(kind, &b, v));
        }
    }

    #[test]
    fn what_the_server_keeps_is_left_out() {
        let mut live = pool(&json!({"addresses": ["10.0.0.0/24"]}));
        live["metadata"]["uid"] = "1".into();
        live["metadata"]["annotations"] = json!({LAST_APPLIED: "{}"});
        live["status"] = json!({"assignedIPv4": 1});
        let normal = normalize(Kind::IpAddressPool, &live, Version::V0_15_2);
        assert_eq!(normal["metadata"], json!({"name": "web", "namespace": "m"}));
        assert!(normal.get("status").is_none());
    }
}
