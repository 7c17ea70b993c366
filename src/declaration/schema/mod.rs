//! The schema of the format, generated from the types, for editors, for the loader and for clusters.
//!
//! One generated schema is normalised once; the three users get what they need of it: the loader the
//! plain shapes, editors the unions of keys as well, a cluster the structural subset (see [`crd()`]).
//! Nothing here is written by hand that the types could say.

mod crd;

use std::sync::LazyLock;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::types::Network;

pub use crd::{crd, crd_text};

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
    let schema = with_unions(shapes().clone());
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

/// Adds which keys exclude each other.
fn with_unions(mut schema: Value) -> Value {
    for (name, keys) in EXACTLY_ONE {
        if let Some(def) = schema.pointer_mut(&format!("/$defs/{name}")) {
            def["oneOf"] = exactly_one(keys);
        }
    }
    schema
}

fn exactly_one(keys: &[&str]) -> Value {
    keys.iter().map(|key| json!({ "required": [key] })).collect()
}

/// Brings the generated schema to the form that all users share:
/// - no `null` beside a type: a key without a value is a mistake, not an absent key;
/// - `oneOf` over constants becomes an `enum`, with what each value means in the description;
/// - descriptions lose the line breaks of the source they come from;
/// - the bounds that Rust's integer types imply are written out instead of private `format` names.
fn normalise(schema: &mut Value) {
    match schema {
        Value::Array(all) => all.iter_mut().for_each(normalise),
        Value::Object(object) => {
            drop_null(object);
            constants_to_enum(object);
            bound_integers(object);
            unwrap_description(object);
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

/// Paragraphs and lists stay, line breaks inside them go.
fn unwrap_description(object: &mut Map<String, Value>) {
    let Some(Value::String(description)) = object.get_mut("description") else { return };
    let mut out = String::with_capacity(description.len());
    for line in description.lines() {
        let begins_something =
            line.is_empty() || line.starts_with("- ") || out.is_empty() || out.ends_with('\n');
        if !out.is_empty() {
            out.push(if begins_something { '\n' } else { ' ' });
        }
        out.push_str(line);
    }
    *description = out;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_is_valid_and_has_no_loose_ends() {
        let schema = json_schema();
        jsonschema::draft202012::meta::validate(&schema).unwrap();
        jsonschema::draft202012::new(&schema).unwrap();
        for (name, keys) in EXACTLY_ONE {
            for key in *keys {
                assert!(schema.pointer(&format!("/$defs/{name}/properties/{key}")).is_some(), "{name}.{key}");
            }
        }
        each(&schema, "", &mut |path, object| {
            assert!(object.get("type") != Some(&json!("null")), "{path} allows null");
            if object.get("type") == Some(&json!("integer")) {
                let bounded = object.contains_key("minimum") && object.contains_key("maximum");
                assert!(bounded, "{path} has no bounds, so a number could pass that the types refuse");
            }
            if object.contains_key("properties") {
                assert_eq!(
                    object.get("additionalProperties"),
                    Some(&json!(false)),
                    "{path} lets unknown keys pass"
                );
            }
        });
    }

    #[test]
    fn every_key_is_described() {
        each(&json_schema(), "", &mut |path, object| {
            for (key, value) in object.get("properties").and_then(Value::as_object).into_iter().flatten() {
                assert!(value.get("description").is_some(), "{path}/{key} has no description");
            }
        });
    }

    fn each(value: &Value, path: &str, visit: &mut impl FnMut(&str, &Map<String, Value>)) {
        let Some(object) = value.as_object() else { return };
        visit(path, object);
        for (key, value) in object {
            if key == "anyOf" {
                value.as_array().unwrap().iter().for_each(|v| each(v, path, visit));
            }
            // Examples are values, not schemas.
            if key != "examples" {
                each(value, &format!("{path}/{key}"), visit);
            }
        }
    }
}
