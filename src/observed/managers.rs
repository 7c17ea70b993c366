//! Who holds which field of an object, as `metadata.managedFields` tells.
//!
//! Pure. A field is held by the managers that set it last; the status of an object is nobody's
//! business here. See the Kubernetes documentation on server-side apply for the format.

use serde_json::{Map, Value, json};

/// The name under which fields are ours.
pub const MANAGER: &str = "metalsense";

/// The managers other than us that hold a field, its parts, or what it is a part of, in the order of
/// the object. `path` is dotted, with keys of labels in brackets: `metadata.labels["a/b"]`.
pub fn holders(object: &Value, path: &str) -> Vec<String> {
    let path = segments(path);
    let mut found: Vec<String> = Vec::new();
    for entry in entries(object) {
        let name = entry.get("manager").and_then(Value::as_str).unwrap_or("unknown");
        let is_new = name != MANAGER && !found.iter().any(|known| known == name);
        if is_new && entry.get("fieldsV1").is_some_and(|fields| holds(fields, &path)) {
            found.push(name.to_owned());
        }
    }
    found
}

/// The managed fields with everything of the spec, and the labels and annotations that we want, held
/// by us alone. `None` where they are so already.
///
/// What others hold beside that stays theirs. Fields that we then do not apply go.
pub fn taken_over(object: &Value, desired: &Value) -> Option<Value> {
    let mut ours = json!({});
    let mut others = Vec::new();
    let mut own_entry: Option<Value> = None;
    let mut moved = false;
    for entry in all_entries(object) {
        if entry.get("subresource").and_then(Value::as_str).is_some_and(|name| !name.is_empty()) {
            others.push(entry.clone());
            continue;
        }
        let is_ours = entry.get("manager").and_then(Value::as_str) == Some(MANAGER)
            && entry.get("operation").and_then(Value::as_str) == Some("Apply");
        let mut fields = entry.get("fieldsV1").cloned().unwrap_or_default();
        if is_ours {
            merge(&mut ours, &fields);
            own_entry = Some(entry.clone());
            continue;
        }
        let taken = take(&mut fields, desired);
        if taken.as_object().is_some_and(|taken| !taken.is_empty()) {
            moved = true;
            merge(&mut ours, &taken);
        }
        if fields.as_object().is_some_and(|left| !left.is_empty()) {
            let mut entry = entry.clone();
            set(&mut entry, "fieldsV1", fields);
            others.push(entry);
        }
    }
    if !moved {
        return None;
    }
    let mut entry = own_entry.unwrap_or_else(|| {
        json!({"manager": MANAGER, "operation": "Apply", "fieldsType": "FieldsV1",
               "apiVersion": desired.get("apiVersion").cloned().unwrap_or_default()})
    });
    set(&mut entry, "fieldsV1", ours);
    others.push(entry);
    Some(Value::Array(others))
}

/// Parts of an object that are wanted as a whole.
const WHOLE: [&str; 4] = ["f:spec", "f:data", "f:stringData", "f:type"];

fn take(fields: &mut Value, desired: &Value) -> Value {
    let mut taken = Map::new();
    let Some(fields) = fields.as_object_mut() else { return Value::Object(taken) };
    for name in WHOLE {
        if let Some(part) = fields.remove(name) {
            taken.insert(name.into(), part);
        }
    }
    let Some(metadata) = fields.get_mut("f:metadata").and_then(Value::as_object_mut) else {
        return Value::Object(taken);
    };
    let mut taken_metadata = Map::new();
    for list in ["labels", "annotations"] {
        let wanted = desired.pointer(&format!("/metadata/{list}")).and_then(Value::as_object);
        let name = format!("f:{list}");
        let (Some(wanted), Some(held)) = (wanted, metadata.get_mut(&name).and_then(Value::as_object_mut))
        else {
            continue;
        };
        let parts: Map<String, Value> = wanted
            .keys()
            .map(|key| format!("f:{key}"))
            .filter_map(|key| held.remove(&key).map(|part| (key, part)))
            .collect();
        if !parts.is_empty() {
            taken_metadata.insert(name.clone(), Value::Object(parts));
        }
        if held.keys().all(|key| key == ".") {
            metadata.remove(&name);
        }
    }
    if metadata.is_empty() {
        fields.remove("f:metadata");
    }
    if !taken_metadata.is_empty() {
        taken.insert("f:metadata".into(), Value::Object(taken_metadata));
    }
    Value::Object(taken)
}

fn set(entry: &mut Value, name: &str, value: Value) {
    if let Some(entry) = entry.as_object_mut() {
        entry.insert(name.into(), value);
    }
}

fn merge(into: &mut Value, from: &Value) {
    let (Some(into), Some(from)) = (into.as_object_mut(), from.as_object()) else { return };
    for (name, value) in from {
        match into.get_mut(name) {
            Some(known) => merge(known, value),
            None => {
                into.insert(name.clone(), value.clone());
            }
        }
    }
}

fn all_entries(object: &Value) -> &[Value] {
    let entries = object.pointer("/metadata/managedFields").and_then(Value::as_array);
    entries.map_or(&[], Vec::as_slice)
}

/// Those that are not about a subresource.
fn entries(object: &Value) -> impl Iterator<Item = &Value> {
    let is_main = |entry: &&Value| entry.get("subresource").and_then(Value::as_str).unwrap_or("").is_empty();
    all_entries(object).iter().filter(is_main)
}

fn holds(fields: &Value, path: &[String]) -> bool {
    let Some(fields) = fields.as_object() else { return false };
    let Some((first, rest)) = path.split_first() else { return true };
    // A field without parts is held as a whole.
    fields.get(&format!("f:{first}")).is_some_and(|part| {
        rest.is_empty() || part.as_object().is_some_and(|part| part.is_empty()) || holds(part, rest)
    })
}

/// `metadata.labels["a/b.c"]` as its three parts.
fn segments(path: &str) -> Vec<String> {
    let (plain, key) = match path.split_once('[') {
        Some((plain, key)) => (plain, Some(key)),
        None => (path, None),
    };
    let mut parts: Vec<String> = plain.split('.').map(str::to_owned).collect();
    parts.extend(key.map(|key| key.trim_end_matches(']').trim_matches('"').to_owned()));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer() -> Value {
        json!({"metadata": {"name": "a", "managedFields": [
            {"manager": "kubectl-client-side-apply", "operation": "Update", "apiVersion": "metallb.io/v1beta2",
             "fieldsType": "FieldsV1", "fieldsV1": {
                "f:metadata": {"f:annotations": {".": {}, "f:note": {}}, "f:labels": {".": {}, "f:team": {}, "f:by": {}}},
                "f:spec": {".": {}, "f:myASN": {}, "f:passwordSecret": {".": {}, "f:name": {}}}}},
            {"manager": "metalsense", "operation": "Apply", "fieldsV1": {"f:spec": {"f:holdTime": {}}}},
            {"manager": "controller", "operation": "Update", "subresource": "status",
             "fieldsV1": {"f:status": {}}},
        ]}})
    }

    #[test]
    fn holders_are_told_by_name() {
        let by = |path: &str| holders(&peer(), path);
        assert_eq!(by("spec.myASN"), ["kubectl-client-side-apply"]);
        assert_eq!(by("spec.passwordSecret"), ["kubectl-client-side-apply"]);
        assert_eq!(by("spec.passwordSecret.name"), ["kubectl-client-side-apply"]);
        assert_eq!(by("metadata.labels[\"by\"]"), ["kubectl-client-side-apply"]);
        assert!(by("metadata.labels[\"else\"]").is_empty());
        assert!(by("spec.holdTime").is_empty(), "that is ours");
        assert!(by("status").is_empty());
        assert!(holders(&json!({}), "spec").is_empty());
    }

    #[test]
    fn the_spec_and_wanted_labels_are_taken_over_and_the_rest_is_left() {
        let desired = json!({"apiVersion": "metallb.io/v1beta2", "metadata": {"labels": {"by": "us"}}});
        let fields = taken_over(&peer(), &desired).expect("something to take");
        let find = |name: &str| {
            let found = fields.as_array().expect("a list").iter().find(|entry| entry["manager"] == name);
            found.map(|entry| entry["fieldsV1"].clone())
        };
        assert_eq!(
            find("kubectl-client-side-apply"),
            Some(json!({"f:metadata": {"f:annotations": {".": {}, "f:note": {}},
                                       "f:labels": {".": {}, "f:team": {}}}}))
        );
        assert_eq!(
            find("metalsense"),
            Some(json!({"f:spec": {".": {}, "f:holdTime": {}, "f:myASN": {},
                                   "f:passwordSecret": {".": {}, "f:name": {}}},
                        "f:metadata": {"f:labels": {"f:by": {}}}}))
        );
        assert_eq!(find("controller"), Some(json!({"f:status": {}})));
        let mut after = peer();
        after["metadata"]["managedFields"] = fields;
        assert_eq!(taken_over(&after, &desired), None);
        assert!(holders(&after, "spec.myASN").is_empty());
    }
}
