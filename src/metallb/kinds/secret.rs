//! Secret, and the type that keeps its values out of sight.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use super::{Kind, Metadata};
use crate::metallb::labels::null_is_default;

/// The only type of secret that MetalLB reads a password from.
pub const BASIC_AUTH: &str = "kubernetes.io/basic-auth";

/// A text that is never printed. It has no `Serialize` and no `Display`, and its `Debug` shows
/// nothing; who needs the text says so with [`Sensitive::reveal`].
#[derive(Clone)]
pub struct Sensitive(SecretString);

impl Sensitive {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Sensitive(SecretString::from(text.into()))
    }

    /// The text itself, for the one place that hands it on.
    pub fn reveal(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Sensitive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sensitive")
    }
}

impl PartialEq for Sensitive {
    fn eq(&self, other: &Self) -> bool {
        self.reveal() == other.reveal()
    }
}

impl Eq for Sensitive {}

impl<'de> Deserialize<'de> for Sensitive {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The value itself must not get into an error text, so serde's own message is replaced.
        String::deserialize(deserializer).map(Sensitive::new).map_err(|_| D::Error::custom("expected a text"))
    }
}

/// Writes the text in clear, for the wire form of a field that holds it.
pub(super) fn write_clear_text<S: Serializer>(
    value: &Option<Sensitive>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    value.as_ref().map(Sensitive::reveal).serialize(serializer)
}

/// A secret. Only its type and its keys are ever shown.
///
/// `data` is held decoded, and written as base64.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Secret {
    /// Name, namespace, labels.
    pub metadata: Metadata,
    /// The type; Kubernetes says `Opaque` where it is absent.
    pub kind: Option<String>,
    /// Values by key: `data`, and `stringData` over it as the API server does.
    pub data: BTreeMap<String, Sensitive>,
    /// Fields that we do not know.
    pub rest: Map<String, Value>,
}

impl Secret {
    /// A secret as MetalLB wants it for a peer's password.
    pub fn password(namespace: impl Into<String>, name: impl Into<String>, password: Sensitive) -> Self {
        Secret {
            metadata: Metadata::new(namespace, name),
            kind: Some(BASIC_AUTH.into()),
            data: [("password".into(), password)].into(),
            rest: Map::new(),
        }
    }

    /// As findings name it.
    pub fn title(&self) -> String {
        format!("{} {}", Kind::Secret, self.metadata.path())
    }
}

/// The wire form holds the values in base64, which is no protection: write it only where secrets belong.
impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("apiVersion", Kind::Secret.api_version())?;
        map.serialize_entry("kind", Kind::Secret.as_str())?;
        map.serialize_entry("metadata", &self.metadata)?;
        if let Some(kind) = &self.kind {
            map.serialize_entry("type", kind)?;
        }
        if !self.data.is_empty() {
            let encoded: BTreeMap<&str, String> = self
                .data
                .iter()
                .map(|(key, value)| (key.as_str(), STANDARD.encode(value.reveal())))
                .collect();
            map.serialize_entry("data", &encoded)?;
        }
        for (key, value) in &self.rest {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Wire {
            api_version: String,
            kind: String,
            #[serde(default, deserialize_with = "null_is_default")]
            metadata: Metadata,
            #[serde(default, rename = "type")]
            secret_type: Option<String>,
            #[serde(default, deserialize_with = "null_is_default")]
            data: BTreeMap<String, Option<Sensitive>>,
            #[serde(default, deserialize_with = "null_is_default")]
            string_data: BTreeMap<String, Option<Sensitive>>,
            #[serde(flatten)]
            rest: Map<String, Value>,
        }
        let wire = Wire::deserialize(deserializer)?;
        if Kind::of(&wire.api_version, &wire.kind) != Some(Kind::Secret) {
            return Err(D::Error::custom("expected a Secret of v1"));
        }
        let mut data = BTreeMap::new();
        for (key, value) in wire.data {
            let encoded = value.unwrap_or_else(|| Sensitive::new(""));
            // A Go byte slice may hold any bytes; a password that is no UTF-8 is held as near as can be.
            let bytes = STANDARD
                .decode(encoded.reveal())
                .map_err(|_| D::Error::custom(format!("data.{key} is not base64")))?;
            data.insert(key, Sensitive::new(String::from_utf8_lossy(&bytes).into_owned()));
        }
        for (key, value) in wire.string_data {
            data.insert(key, value.unwrap_or_else(|| Sensitive::new("")));
        }
        Ok(Secret { metadata: wire.metadata, kind: wire.secret_type, data, rest: wire.rest })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metallb::kinds::{to_value, typed};
    use serde_json::json;

    #[test]
    fn values_are_read_from_both_fields_and_never_shown() {
        let value = json!({"apiVersion": "v1", "kind": "Secret", "type": BASIC_AUTH,
            "metadata": {"name": "bgp", "namespace": "m"},
            "data": {"password": "b2xk", "username": "bWU="}, "stringData": {"password": "new-one"}});
        let secret: Secret = typed(&value).expect("reads");
        assert_eq!(secret.data["password"].reveal(), "new-one");
        assert_eq!(secret.data["username"].reveal(), "me");
        assert!(!format!("{secret:?}").contains("new-one"));
        let written = to_value(&secret).expect("writes");
        assert_eq!(written["data"]["password"], "bmV3LW9uZQ==");
        assert_eq!(typed::<Secret>(&written).expect("reads"), secret);
    }

    #[test]
    fn a_bad_value_is_not_quoted_in_the_error() {
        for data in [json!({"password": "not base64: hunter2"}), json!({"password": 424242})] {
            let value =
                json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "data": data});
            let error = typed::<Secret>(&value).expect_err("bad").to_string();
            assert!(!error.contains("hunter2") && !error.contains("424242"), "{error}");
        }
    }
}
