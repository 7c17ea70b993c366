//! Differences between two objects, field by field, by meaning.
//!
//! Both sides are brought to their [normal form](super::normal) first. Lists are one value each,
//! because to the API server they are: whoever owns a list owns all of it.

use serde_json::Value;

use super::kinds::Kind;
use super::normal::{normalize, without_defaults};
use super::version::Version;

/// What is shown instead of a secret value.
pub const HIDDEN: &str = "<hidden>";

/// One field that differs. Values of secrets are replaced by [`HIDDEN`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    /// Dotted path, for example `spec.addresses` or `metadata.labels["a/b"]`.
    pub path: String,
    /// The live value; `None` where the field is not there.
    pub old: Option<Value>,
    /// The wanted value; `None` where the field goes away.
    pub new: Option<Value>,
}

/// What must change for `live` to mean the same as `desired`; empty if it does already.
///
/// With no live object every field that `desired` sets is listed. Labels and annotations that only
/// the live object has belong to somebody else and are no difference.
pub fn diff(kind: Kind, live: Option<&Value>, desired: &Value, version: Version) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    match live {
        Some(live) => {
            let (live, desired) = (normalize(kind, live, version), normalize(kind, desired, version));
            compare(kind, "", Some(&live), Some(&desired), &mut changes);
        }
        None => compare(kind, "", None, Some(&without_defaults(kind, desired)), &mut changes),
    }
    changes
}

/// Fields that mean the same and are written differently: a CIDR with host bits, `90s` against
/// `1m30s`, another order. Nothing that MetalLB would notice; worth telling all the same.
pub fn spelling_differences(kind: Kind, live: &Value, desired: &Value, version: Version) -> Vec<FieldChange> {
    let empty = serde_json::Map::new();
    let fields = |object: &'_ Value| object.get("spec").and_then(Value::as_object).cloned();
    let (live_spec, desired_spec) = (fields(live).unwrap_or_default(), fields(desired).unwrap_or(empty));
    let really = diff(kind, Some(live), desired, version);
    let mut changes = Vec::new();
    for (name, new) in &desired_spec {
        let path = format!("spec.{name}");
        let Some(old) = live_spec.get(name).filter(|old| *old != new) else { continue };
        if !really.iter().any(|change| change.path.starts_with(&path)) {
            changes.push(change(kind, path, Some(old), Some(new)));
        }
    }
    changes
}

fn compare(kind: Kind, path: &str, old: Option<&Value>, new: Option<&Value>, out: &mut Vec<FieldChange>) {
    if old == new {
        return;
    }
    let foreign_stay = path == "metadata.labels" || path == "metadata.annotations";
    match (old.and_then(Value::as_object), new.and_then(Value::as_object)) {
        (None, None) => out.push(change(kind, path.to_owned(), old, new)),
        // An empty object has no fields to list, and still is something.
        (None, Some(fields)) if fields.is_empty() && !is_frame(path) => {
            out.push(change(kind, path.to_owned(), old, new));
        }
        (Some(fields), None) if fields.is_empty() && !is_frame(path) => {
            out.push(change(kind, path.to_owned(), old, new));
        }
        (old_fields, new_fields) => {
            let child = |name: &str| match path {
                "" => name.to_owned(),
                _ if foreign_stay => format!("{path}[{name:?}]"),
                _ => format!("{path}.{name}"),
            };
            for (name, value) in new_fields.into_iter().flatten() {
                compare(kind, &child(name), old_fields.and_then(|old| old.get(name)), Some(value), out);
            }
            if foreign_stay {
                return;
            }
            for (name, value) in old_fields.into_iter().flatten() {
                if new_fields.is_none_or(|new| !new.contains_key(name)) {
                    compare(kind, &child(name), Some(value), None, out);
                }
            }
        }
    }
}

/// Parts that every object has, so that their coming and going says nothing.
fn is_frame(path: &str) -> bool {
    matches!(path, "" | "metadata" | "spec" | "data")
}

fn change(kind: Kind, path: String, old: Option<&Value>, new: Option<&Value>) -> FieldChange {
    let secret = kind == Kind::Secret && path.starts_with("data") || path == "spec.password";
    let shown = |value: Option<&Value>| {
        value.map(|value| if secret { Value::String(HIDDEN.into()) } else { value.clone() })
    };
    FieldChange { path, old: shown(old), new: shown(new) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    const V: Version = Version::V0_15_2;

    fn pool(spec: &Value) -> Value {
        json!({"apiVersion": "metallb.io/v1beta1", "kind": "IPAddressPool",
               "metadata": {"name": "web", "namespace": "m"}, "spec": spec})
    }

    fn changed(path: &str, old: Value, new: Value) -> FieldChange {
        let some = |value: Value| (!value.is_null()).then_some(value);
        FieldChange { path: path.into(), old: some(old), new: some(new) }
    }

    #[test]
    fn fields_that_differ_are_listed_with_both_values() {
        let live = pool(&json!({"addresses": ["10.0.0.0/24"], "autoAssign": false,
                               "serviceAllocation": {"priority": 5}}));
        let desired = pool(&json!({"addresses": ["10.0.0.0/24", "10.0.1.0/24"],
                                  "serviceAllocation": {"priority": 5, "namespaces": ["a"]}}));
        assert_eq!(
            diff(Kind::IpAddressPool, Some(&live), &desired, V),
            [
                changed("spec.addresses", json!(["10.0.0.0/24"]), json!(["10.0.0.0/24", "10.0.1.0/24"])),
                changed("spec.serviceAllocation.namespaces", json!(null), json!(["a"])),
                changed("spec.autoAssign", json!(false), json!(true)),
            ]
        );
    }

    #[test]
    fn a_new_object_lists_what_it_sets() {
        let mut desired = pool(&json!({"addresses": ["10.0.0.0/24"]}));
        desired["metadata"]["labels"] = json!({"a/b": "c"});
        let paths: Vec<_> =
            diff(Kind::IpAddressPool, None, &desired, V).into_iter().map(|change| change.path).collect();
        assert_eq!(
            paths,
            [
                "apiVersion",
                "kind",
                "metadata.name",
                "metadata.namespace",
                "metadata.labels[\"a/b\"]",
                "spec.addresses"
            ]
        );
    }

    #[test]
    fn foreign_labels_are_no_difference_and_ours_are() {
        let (mut live, mut desired) = (pool(&json!({})), pool(&json!({})));
        live["metadata"]["labels"] = json!({"theirs": "1", "ours": "1"});
        desired["metadata"]["labels"] = json!({"ours": "2"});
        assert_eq!(
            diff(Kind::IpAddressPool, Some(&live), &desired, V),
            [changed("metadata.labels[\"ours\"]", json!("1"), json!("2"))]
        );
    }

    #[test]
    fn secrets_differ_without_being_shown() {
        let secret =
            |password: &str| json!({"metadata": {"name": "s"}, "stringData": {"password": password}});
        let changes = diff(Kind::Secret, Some(&secret("old")), &secret("new"), V);
        assert_eq!(changes, [changed("data.password", json!(HIDDEN), json!(HIDDEN))]);
        let same = json!({"metadata": {"name": "s"}, "data": {"password": "b2xk"}});
        assert_eq!(diff(Kind::Secret, Some(&same), &secret("old"), V), []);
    }

    #[test]
    fn another_spelling_is_told_apart() {
        let live = pool(&json!({"addresses": ["10.0.0.10/24"]}));
        let desired = pool(&json!({"addresses": ["10.0.0.0/24"]}));
        assert_eq!(diff(Kind::IpAddressPool, Some(&live), &desired, V), []);
        assert_eq!(
            spelling_differences(Kind::IpAddressPool, &live, &desired, V),
            [changed("spec.addresses", json!(["10.0.0.10/24"]), json!(["10.0.0.0/24"]))]
        );
    }

    /// Any JSON, with the field names that the normal form knows mixed in.
    fn any_json() -> impl Strategy<Value = Value> {
        let name = prop_oneof![
            Just("addresses".to_owned()),
            Just("nodeSelectors".to_owned()),
            Just("matchLabels".to_owned()),
            Just("matchExpressions".to_owned()),
            Just("communities".to_owned()),
            Just("holdTime".to_owned()),
            Just("serviceAllocation".to_owned()),
            Just("passwordSecret".to_owned()),
            Just("peerPort".to_owned()),
            Just("labels".to_owned()),
            Just("values".to_owned()),
            "[a-c]{1,2}",
        ];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (0u32..3).prop_map(Value::from),
            "[a-c]{0,2}".prop_map(Value::from),
            Just(json!("90s")),
            Just(json!("1m30s")),
            Just(json!("10.0.0.9/24")),
            Just(json!("10.0.0.0-10.0.0.255")),
            Just(json!("::1-10.0.0.1")),
            Just(json!("::ffff:10.0.0.0/120")),
        ];
        leaf.prop_recursive(4, 40, 5, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::vec((name.clone(), inner), 0..6)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn an_object_does_not_differ_from_itself(kind in 0..Kind::ALL.len(), metadata in any_json(), spec in any_json()) {
            let kind = Kind::ALL[kind];
            let object = json!({"metadata": metadata, "spec": spec, "data": {"a": "Yg=="}});
            prop_assert_eq!(diff(kind, Some(&object), &object, V), []);
        }

        #[test]
        fn the_normal_form_is_its_own(kind in 0..Kind::ALL.len(), metadata in any_json(), spec in any_json()) {
            let kind = Kind::ALL[kind];
            let once = normalize(kind, &json!({"metadata": metadata, "spec": spec}), V);
            prop_assert_eq!(normalize(kind, &once, V), once);
        }
    }
}
