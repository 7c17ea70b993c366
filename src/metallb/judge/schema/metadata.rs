//! Names and labels: what the API server asks of every object, whatever its kind.

use serde_json::{Map, Value};

use super::Check;
use crate::metallb::manifest::node::step;
use crate::metallb::names::{is_dns_label, is_label_key, is_label_value, is_subdomain};

impl Check<'_, '_> {
    /// The names, the labels and the keys of the annotations. Their types are no matter of this: an
    /// object with others is unreadable and told as such.
    pub(super) fn metadata(&mut self, object: &Value) {
        let metadata = object.get("metadata");
        let text = |field: &str| {
            let value = metadata.and_then(|metadata| metadata.get(field));
            value.and_then(Value::as_str).filter(|text| !text.is_empty())
        };
        let (name, prefix) = (text("name"), text("generateName"));
        if name.is_none() && prefix.is_none() {
            self.error("schema-name", "/metadata/name", "metadata.name is missing".into());
        }
        if let Some(name) = name.filter(|name| !is_subdomain(name)) {
            self.name(name, "name", "at most 253 lower-case letters, digits, `-` and `.`");
        }
        // Something is appended to it, so that it may end in a dash.
        let begins = |prefix: &str| is_subdomain(prefix.strip_suffix('-').unwrap_or(prefix));
        if let Some(prefix) = prefix.filter(|prefix| !begins(prefix)) {
            self.name(prefix, "generateName", "lower-case letters, digits, `-` and `.`");
        }
        if let Some(namespace) = text("namespace").filter(|namespace| !is_dns_label(namespace)) {
            self.name(namespace, "namespace", "at most 63 lower-case letters, digits and `-`");
        }
        let map = |field: &str| metadata.and_then(|metadata| metadata.get(field)).and_then(Value::as_object);
        for (key, value) in map("labels").into_iter().flatten() {
            let at = format!("/metadata/labels/{}", step(key));
            if !is_label_key(key) {
                self.error("schema-label", &at, format!("`{key}` is no label key"));
            } else if let Some(value) = value.as_str().filter(|value| !is_label_value(value)) {
                self.error("schema-label", &at, format!("`{value}` is no label value"));
            }
        }
        let annotations = map("annotations").into_iter().flat_map(Map::keys);
        for key in annotations.filter(|key| !is_label_key(&key.to_ascii_lowercase())) {
            let at = format!("/metadata/annotations/{}", step(key));
            self.error("schema-label", &at, format!("`{key}` is no annotation key"));
        }
    }

    fn name(&mut self, name: &str, field: &str, allowed: &str) {
        let message = format!("metadata.{field} `{name}` is not allowed, it takes {allowed}");
        self.error("schema-name", &format!("/metadata/{field}"), message);
    }
}
