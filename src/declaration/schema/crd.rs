//! The custom resource definition `networks.metalsense.dev`.
//!
//! Kubernetes takes only "structural" schemas: every value has one type, references are written out,
//! and keywords such as `const` and `examples` do not exist. This file brings the generated schema to
//! that form; what is lost on the way (unknown keys are pruned instead of refused) the loader checks.

use serde_json::{Map, Value, json};

use super::{shapes, with_unions};

/// A Kubernetes API server refuses deeper schemas long before; types of the format do not nest.
const MAX_DEPTH: usize = 32;

/// The definition as a value.
pub fn crd() -> Value {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": { "name": "networks.metalsense.dev" },
        "spec": {
            "group": "metalsense.dev",
            "names": {
                "kind": "Network",
                "listKind": "NetworkList",
                "plural": "networks",
                "singular": "network",
                "categories": ["metalsense"],
            },
            "scope": "Namespaced",
            "versions": [{
                "name": "v1alpha1",
                "served": true,
                "storage": true,
                "subresources": { "status": {} },
                "additionalPrinterColumns": [
                    { "name": "Ready", "type": "string", "jsonPath": ".status.conditions[?(@.type==\"Ready\")].status" },
                    { "name": "Established", "type": "integer", "jsonPath": ".status.sessions.established" },
                    { "name": "Declared", "type": "integer", "jsonPath": ".status.sessions.declared" },
                    { "name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp" },
                ],
                "schema": { "openAPIV3Schema": schema() },
            }],
        },
    })
}

/// [`crd`] as YAML with a final line end, byte for byte what `schemas/network.crd.yaml` holds.
///
/// # Errors
/// If the YAML writer fails, which it has no reason to.
pub fn crd_text() -> Result<String, serde_yaml::ser::Error> {
    let mut text = serde_yaml::to_string(&crd())?;
    if !text.ends_with('\n') {
        text.push('\n');
    }
    Ok(text)
}

fn schema() -> Value {
    let whole = with_unions(shapes().clone());
    let mut schema = structural(&whole, &whole, 0);
    schema["properties"]["apiVersion"] = json!({ "type": "string" });
    schema["properties"]["kind"] = json!({ "type": "string" });
    // Of `metadata` a structural schema may restrict nothing but the name.
    schema["properties"]["metadata"] = json!({
        "type": "object",
        "properties": { "name": { "type": "string", "maxLength": 40, "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$" } },
    });
    schema["properties"]["status"] = status();
    schema["required"] = json!(["spec"]);
    schema
}

/// One schema, with everything it refers to written out.
fn structural(schema: &Value, whole: &Value, depth: usize) -> Value {
    let Some(object) = resolve(schema, whole).filter(|_| depth < MAX_DEPTH) else {
        return json!({ "type": "object", "x-kubernetes-preserve-unknown-fields": true });
    };
    if object.contains_key("x-kubernetes-int-or-string") {
        return int_or_string(&object);
    }
    let mut out = Map::new();
    for (key, value) in &object {
        let next = |value: &Value| structural(value, whole, depth + 1);
        match key.as_str() {
            "properties" => {
                let properties = value.as_object().into_iter().flatten();
                out.insert(key.clone(), properties.map(|(k, v)| (k.clone(), next(v))).collect());
            }
            "items" => {
                out.insert(key.clone(), next(value));
            }
            // `false` beside properties is not allowed; a schema for the values of a map is.
            "additionalProperties" if value.is_object() => {
                out.insert(key.clone(), next(value));
            }
            "examples" => {
                out.extend(value.get(0).map(|example| ("example".to_owned(), example.clone())));
            }
            "type" | "description" | "enum" | "required" | "minimum" | "maximum" | "minItems"
            | "maxItems" | "minLength" | "maxLength" | "pattern" | "default" | "oneOf" => {
                out.insert(key.clone(), value.clone());
            }
            _ => {}
        }
    }
    key_by_name(&mut out);
    Value::Object(out)
}

/// The schema itself, or what it refers to with its own keywords on top.
fn resolve(schema: &Value, whole: &Value) -> Option<Map<String, Value>> {
    let own = schema.as_object()?;
    let Some(reference) = own.get("$ref").and_then(Value::as_str) else { return Some(own.clone()) };
    let mut resolved = whole.pointer(reference.strip_prefix('#')?)?.as_object()?.clone();
    for (key, value) in own {
        if key != "$ref" {
            resolved.insert(key.clone(), value.clone());
        }
    }
    Some(resolved)
}

fn int_or_string(object: &Map<String, Value>) -> Value {
    let mut out = Map::new();
    out.extend(object.get("description").map(|d| ("description".to_owned(), d.clone())));
    out.insert("x-kubernetes-int-or-string".into(), true.into());
    out.insert("anyOf".into(), json!([{ "type": "integer" }, { "type": "string" }]));
    Value::Object(out)
}

/// Lists whose items must have a name are keyed by it, so that the API server refuses a name that
/// is there twice and merges item by item.
fn key_by_name(out: &mut Map<String, Value>) {
    let named = out
        .get("items")
        .and_then(|items| items.get("required"))
        .and_then(Value::as_array)
        .is_some_and(|required| required.iter().any(|key| key == "name"));
    if named {
        out.insert("x-kubernetes-list-type".into(), "map".into());
        out.insert("x-kubernetes-list-map-keys".into(), json!(["name"]));
    }
}

/// What a controller reports about the network.
fn status() -> Value {
    json!({
        "type": "object",
        "description": "What was observed. Written by metalsense only.",
        "properties": {
            "observedGeneration": {
                "type": "integer",
                "format": "int64",
                "description": "The generation of the spec that the rest of the status is about.",
            },
            "sessions": {
                "type": "object",
                "description": "BGP sessions between nodes and routers.",
                "properties": {
                    "declared": { "type": "integer", "format": "int32", "minimum": 0, "description": "How many there should be." },
                    "established": { "type": "integer", "format": "int32", "minimum": 0, "description": "How many are up on both ends." },
                },
            },
            "conditions": {
                "type": "array",
                "description": "Standard conditions: Ready, Drifted, Degraded.",
                "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["type"],
                "items": {
                    "type": "object",
                    "required": ["type", "status", "lastTransitionTime", "reason", "message"],
                    "properties": {
                        "type": { "type": "string", "maxLength": 316 },
                        "status": { "type": "string", "enum": ["True", "False", "Unknown"] },
                        "observedGeneration": { "type": "integer", "format": "int64", "minimum": 0 },
                        "lastTransitionTime": { "type": "string", "format": "date-time" },
                        "reason": { "type": "string", "minLength": 1, "maxLength": 1024 },
                        "message": { "type": "string", "maxLength": 32768 },
                    },
                },
            },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::{
        super::{EXACTLY_ONE, exactly_one},
        *,
    };

    /// The rules for structural schemas from the Kubernetes documentation of custom resource
    /// definitions ("Specifying a structural schema"), and the keywords that its types know.
    fn complain(schema: &Value, path: &str, complaints: &mut Vec<String>) {
        const KNOWN: &[&str] = &[
            "type",
            "description",
            "enum",
            "required",
            "minimum",
            "maximum",
            "minItems",
            "maxItems",
            "minLength",
            "maxLength",
            "pattern",
            "default",
            "oneOf",
            "anyOf",
            "format",
            "example",
            "properties",
            "items",
            "additionalProperties",
            "x-kubernetes-int-or-string",
            "x-kubernetes-list-type",
            "x-kubernetes-list-map-keys",
        ];
        let Some(object) = schema.as_object() else {
            complaints.push(format!("{path}: not an object"));
            return;
        };
        for key in object.keys().filter(|key| !KNOWN.contains(&key.as_str())) {
            complaints.push(format!("{path}: {key} is not allowed"));
        }
        if object.contains_key("x-kubernetes-int-or-string") {
            if object.contains_key("type")
                || object["anyOf"] != json!([{ "type": "integer" }, { "type": "string" }])
            {
                complaints.push(format!("{path}: not the form of int-or-string"));
            }
            return;
        }
        if !object.get("type").is_some_and(Value::is_string) {
            complaints.push(format!("{path}: needs one type"));
        }
        if object.contains_key("anyOf") {
            complaints.push(format!("{path}: anyOf"));
        }
        for choice in object.get("oneOf").and_then(Value::as_array).into_iter().flatten() {
            let only_required = choice.as_object().is_some_and(|c| c.keys().all(|k| k == "required"));
            let known = choice["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            if !only_required || known.into_iter().any(|k| object["properties"].get(k).is_none()) {
                complaints
                    .push(format!("{path}: oneOf may only ask for properties that exist outside of it"));
            }
        }
        if object.contains_key("properties") && object.contains_key("additionalProperties") {
            complaints.push(format!("{path}: properties and additionalProperties exclude each other"));
        }
        if object.get("type").is_some_and(|t| t == "array") && !object.contains_key("items") {
            complaints.push(format!("{path}: an array needs items"));
        }
        if object.get("x-kubernetes-list-type").is_some_and(|t| t == "map") {
            for key in object["x-kubernetes-list-map-keys"].as_array().into_iter().flatten() {
                let required = object["items"]["required"].as_array().into_iter().flatten();
                if !required.into_iter().any(|r| r == key) {
                    complaints.push(format!("{path}: list key {key} is not required"));
                }
            }
        }
        for (key, value) in object.get("properties").and_then(Value::as_object).into_iter().flatten() {
            complain(value, &format!("{path}.{key}"), complaints);
        }
        for key in ["items", "additionalProperties"] {
            if let Some(value) = object.get(key) {
                complain(value, &format!("{path}.{key}"), complaints);
            }
        }
    }

    #[test]
    fn the_schema_is_structural() {
        let mut complaints = Vec::new();
        complain(&schema(), "", &mut complaints);
        assert_eq!(complaints, Vec::<String>::new());
    }

    #[test]
    fn the_checker_sees_what_is_not_structural() {
        for (schema, wanted) in [
            (json!({}), "needs one type"),
            (json!({ "type": ["string", "null"] }), "needs one type"),
            (json!({ "type": "object", "$ref": "#/x" }), "$ref is not allowed"),
            (
                json!({ "type": "object", "properties": { "a": { "type": "string", "const": "x" } } }),
                ".a: const is not",
            ),
            (json!({ "type": "string", "anyOf": [{ "type": "string" }] }), "anyOf"),
            (
                json!({ "type": "object", "properties": {}, "additionalProperties": false }),
                "exclude each other",
            ),
            (
                json!({ "type": "object", "properties": {}, "oneOf": [{ "required": ["a"] }] }),
                "oneOf may only",
            ),
            (json!({ "type": "array" }), "needs items"),
        ] {
            let mut complaints = Vec::new();
            complain(&schema, "", &mut complaints);
            assert!(complaints.iter().any(|c| c.contains(wanted)), "{schema}: {complaints:?}");
        }
    }

    #[test]
    fn every_union_stands_in_the_definition() {
        let text = crd().to_string();
        for (name, keys) in EXACTLY_ONE {
            assert!(text.contains(&exactly_one(keys).to_string()), "{name}");
        }
    }
}
