//! The schema of the format, generated from the types, for editors, for the loader and for clusters.
//!
//! One generated schema is normalised once; the three users get what they need of it: the loader the
//! plain shapes, editors the unions of keys as well, a cluster the structural subset.
//! Nothing here is written by hand that the types could say.

use std::sync::LazyLock;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::types::Network;

/// Objects that take exactly one of some keys, by the name of their type.
const EXACTLY_ONE: &[(&str, &[&str])] = &[
    ("Peer", &["pfsense", "frr", "unmanaged", "router"]),
    ("PasswordRef", &["env", "file", "secretKeyRef"]),
    ("Expectation", &["prefix", "service"]),
    ("FrrRouter", &["socket", "ssh"]),
    ("Node", &["address", "addresses"]),
];

/// The shapes alone: what the loader checks. Which keys go together is judged where their meaning
/// is known.
pub(crate) fn shapes() -> &'static Value {
    static SHAPES: LazyLock<Value> = LazyLock::new(|| {
        let mut schema =
            SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Network>().to_value();
        normalise(&mut schema);
        schema
    });
    &SHAPES
}

/// The schema that editors complete and check from.
pub fn json_schema() -> Value {
    let mut schema = shapes().clone();
    if let Some(defs) = schema.get_mut("$defs").and_then(Value::as_object_mut) {
        for (name, keys) in EXACTLY_ONE {
            if let Some(def) = defs.get_mut(*name) {
                def["oneOf"] = one_of_keys(keys);
            }
        }
    }
    let mut whole = Map::new();
    for (key, value) in [
        ("$schema", json!("https://json-schema.org/draft/2020-12/schema")),
        ("$id", json!("https://metalsense.dev/schemas/v1alpha1/network.schema.json")),
        ("title", json!("metalsense Network")),
    ] {
        whole.insert(key.to_owned(), value);
    }
    if let Value::Object(generated) = schema {
        for (key, value) in generated {
            whole.entry(key).or_insert(value);
        }
    }
    Value::Object(whole)
}

/// [`json_schema`] as text with a final line end, byte for byte what `schemas/network.schema.json` holds.
pub fn json_schema_text() -> String {
    format!("{:#}\n", json_schema())
}

fn one_of_keys(keys: &[&str]) -> Value {
    keys.iter().map(|key| json!({ "required": [key] })).collect()
}

/// Brings the generated schema to the form that all users share:
/// - no `null` beside a type: a key without a value is a mistake, not an absent key;
/// - `oneOf` over constants becomes an `enum`, with what each value means in the description;
/// - the bounds that Rust's integer types imply are written out instead of private `format` names.
fn normalise(schema: &mut Value) {
    match schema {
        Value::Array(all) => all.iter_mut().for_each(normalise),
        Value::Object(object) => {
            drop_null(object);
            constants_to_enum(object);
            bound_integers(object);
            object.values_mut().for_each(normalise);
        }
        _ => {}
    }
}

fn drop_null(object: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|t| t != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            object.insert("type".into(), only);
        }
    }
    let null = json!({ "type": "null" });
    let other = match object.get("anyOf").and_then(Value::as_array).map(Vec::as_slice) {
        Some([other, last]) if *last == null => other.clone(),
        _ => return,
    };
    object.shift_remove("anyOf");
    if let Value::Object(other) = other {
        for (key, value) in other {
            object.entry(key).or_insert(value);
        }
    }
}

fn constants_to_enum(object: &mut Map<String, Value>) {
    let Some(choices) = object.get("oneOf").and_then(Value::as_array) else { return };
    let mut values = Vec::new();
    let mut meanings = Vec::new();
    for choice in choices {
        let Some(value) = choice.get("const") else { return };
        values.push(value.clone());
        let meaning = choice.get("description").and_then(Value::as_str).unwrap_or_default();
        meanings.push(format!("- `{}`: {meaning}", value.as_str().unwrap_or_default()));
    }
    let general = object.get("description").and_then(Value::as_str).unwrap_or_default();
    let description = format!("{general}\n\n{}", meanings.join("\n"));
    object.shift_remove("oneOf");
    object.insert("description".into(), description.into());
    object.insert("type".into(), "string".into());
    object.insert("enum".into(), values.into());
}

fn bound_integers(object: &mut Map<String, Value>) {
    let Some(format) = object.get("format").and_then(Value::as_str) else { return };
    let (low, high) = match format {
        "uint8" => (0, i64::from(u8::MAX)),
        "uint16" => (0, i64::from(u16::MAX)),
        "uint32" => (0, i64::from(u32::MAX)),
        "int32" => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => return,
    };
    object.shift_remove("format");
    object.entry("minimum").or_insert(low.into());
    object.entry("maximum").or_insert(high.into());
}
