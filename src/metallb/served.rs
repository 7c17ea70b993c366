//! What the API server serves: the schemas of the installed CRDs, and the defaults in them.
//!
//! A cluster's CRDs may be older or newer than the MetalLB that runs there. What an object that is
//! read looks like follows from the CRDs, so the defaults of those that are served are filled in
//! beside those of the release.

use std::collections::BTreeMap;

use serde_json::Value;

use super::kinds::Kind;

/// Schemas by kind, in the version that we write. Kinds whose CRD was not seen are absent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Served(BTreeMap<Kind, Value>);

impl Served {
    /// Takes the schema out of a CustomResourceDefinition. `false` if it holds none for the version
    /// that we write.
    pub fn add(&mut self, kind: Kind, definition: &Value) -> bool {
        let Some((_, wanted)) = kind.api_version().split_once('/') else { return false };
        let versions = definition.pointer("/spec/versions").and_then(Value::as_array);
        let version = versions.into_iter().flatten().find(|version| {
            version.get("name").and_then(Value::as_str) == Some(wanted)
                && version.get("served").and_then(Value::as_bool) == Some(true)
        });
        let Some(schema) = version.and_then(|version| version.pointer("/schema/openAPIV3Schema")) else {
            return false;
        };
        self.0.insert(kind, schema.clone());
        true
    }

    /// The object with the defaults of the served schema in its spec, as the server would return it.
    #[must_use]
    pub fn filled(&self, kind: Kind, object: &Value) -> Value {
        let mut object = object.clone();
        if let (Some(schema), Some(spec)) = (self.spec(kind), object.get_mut("spec")) {
            fill(schema, spec);
        }
        object
    }

    /// Fields of the spec that the served schema does not have, as dotted paths: the server would
    /// refuse them, or drop them without a word.
    pub fn unknown(&self, kind: Kind, object: &Value) -> Vec<String> {
        let mut found = Vec::new();
        if let (Some(schema), Some(spec)) = (self.spec(kind), object.get("spec")) {
            unknown(schema, spec, "spec", &mut found);
        }
        found
    }

    fn spec(&self, kind: Kind) -> Option<&Value> {
        self.0.get(&kind)?.pointer("/properties/spec")
    }
}

/// Defaults apply inside of objects that are there; an absent object gets its own default first.
fn fill(schema: &Value, value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, property) in properties(schema) {
                if let Some(default) = property.get("default") {
                    fields.entry(name).or_insert_with(|| default.clone());
                }
                if let Some(field) = fields.get_mut(name) {
                    fill(property, field);
                }
            }
        }
        Value::Array(items) => {
            if let Some(schema) = schema.get("items") {
                items.iter_mut().for_each(|item| fill(schema, item));
            }
        }
        _ => {}
    }
}

fn unknown(schema: &Value, value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        // Without properties anything goes: labels, for example.
        Value::Object(fields) if schema.get("properties").is_some() => {
            for (name, field) in fields {
                let path = format!("{path}.{name}");
                match schema.pointer("/properties").and_then(|properties| properties.get(name)) {
                    Some(schema) => unknown(schema, field, &path, found),
                    None => found.push(path),
                }
            }
        }
        Value::Array(items) => {
            if let Some(schema) = schema.get("items") {
                items.iter().for_each(|item| unknown(schema, item, &format!("{path}[]"), found));
            }
        }
        _ => {}
    }
}

fn properties(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema.get("properties").and_then(Value::as_object).into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn served() -> Served {
        let definition = json!({"spec": {"versions": [
            {"name": "v1beta1", "served": true, "schema": {"openAPIV3Schema": {"properties": {}}}},
            {"name": "v1beta2", "served": true, "schema": {"openAPIV3Schema": {"properties": {"spec": {
                "properties": {
                    "peerPort": {"default": 179},
                    "later": {"default": {}, "properties": {"depth": {"default": 2}}},
                    "nested": {"properties": {"depth": {"default": 1}}},
                    "list": {"items": {"properties": {"mode": {"default": "x"}}}},
                    "labels": {"additionalProperties": {"type": "string"}},
                }}}}}},
        ]}});
        let mut served = Served::default();
        assert!(served.add(Kind::BgpPeer, &definition));
        assert!(!served.add(Kind::Node, &definition));
        served
    }

    #[test]
    fn defaults_are_filled_in_where_the_server_would() {
        let object = json!({"spec": {"list": [{}, {"mode": "y"}]}});
        assert_eq!(
            served().filled(Kind::BgpPeer, &object),
            json!({"spec": {"list": [{"mode": "x"}, {"mode": "y"}], "peerPort": 179, "later": {"depth": 2}}})
        );
        assert_eq!(served().filled(Kind::Community, &object), object);
    }

    #[test]
    fn fields_that_are_not_served_are_named() {
        let object =
            json!({"spec": {"labels": {"any": "x"}, "list": [{"mode": 1, "other": 2}], "localASN": 1}});
        assert_eq!(served().unknown(Kind::BgpPeer, &object), ["spec.list[].other", "spec.localASN"]);
        assert!(Served::default().unknown(Kind::BgpPeer, &object).is_empty());
    }

    #[test]
    fn a_version_that_is_not_served_does_not_count() {
        let definition = json!({"spec": {"versions": [
            {"name": "v1beta2", "served": false, "schema": {"openAPIV3Schema": {}}}]}});
        assert!(!Served::default().add(Kind::BgpPeer, &definition));
    }
}
