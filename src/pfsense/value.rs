//! What pfSense holds in memory after reading config.xml: PHP arrays of strings.
//!
//! Three shapes cover everything the reader can produce. Numbers, booleans and null do not exist
//! here; "off" is an absent key or an empty text, depending on who asks.
//! This file never parses or writes XML: see `xml`.

use serde::{Deserialize, Serialize};

/// A value as pfSense's own code sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// A leaf. Empty elements are the empty text.
    Text(String),
    /// The members of a list tag (`config`, `row`, …), in order; pfSense numbers them from 0.
    List(Vec<Value>),
    /// A branch: children in order of first appearance, names lower-cased, each name once.
    #[serde(with = "pairs")]
    Branch(Vec<(String, Value)>),
}

impl Value {
    /// The empty text.
    pub const EMPTY: Value = Value::Text(String::new());

    /// A leaf.
    pub fn text(text: impl Into<String>) -> Self {
        Value::Text(text.into())
    }

    /// A branch from pairs.
    pub fn branch<K: Into<String>>(pairs: impl IntoIterator<Item = (K, Value)>) -> Self {
        Value::Branch(pairs.into_iter().map(|(k, v)| (k.into(), v)).collect())
    }

    /// The child of a branch. `None` for absent children and for texts and lists.
    pub fn get(&self, name: &str) -> Option<&Value> {
        match self {
            Value::Branch(pairs) => pairs.iter().find(|(k, _)| k == name).map(|(_, v)| v),
            _ => None,
        }
    }

    /// Follows a path of branch names; a number steps into a list (`config/0/enable`).
    pub fn path(&self, path: &str) -> Option<&Value> {
        path.split('/').try_fold(self, |value, step| match value {
            Value::List(members) => members.get(step.parse::<usize>().ok()?),
            _ => value.get(step),
        })
    }

    /// The text of a leaf; `None` for branches and lists.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The members of a list; empty for everything else, as pfSense's `foreach` over them would see.
    pub fn members(&self) -> &[Value] {
        match self {
            Value::List(members) => members,
            _ => &[],
        }
    }

    /// The text of a child leaf, or the empty text if it is absent or no leaf.
    pub fn field(&self, name: &str) -> &str {
        self.get(name).and_then(Value::as_text).unwrap_or("")
    }

    /// Whether the check box of that name is ticked: any text but `0`.
    pub fn is_ticked(&self, name: &str) -> bool {
        truthy(self.field(name))
    }

    /// The `<config>` entries of a package section.
    pub fn entries(&self) -> &[Value] {
        self.get("config").map_or(&[], Value::members)
    }
}

/// Neither empty nor `0`: what PHP calls true, and what its `empty()` denies.
pub fn truthy(text: &str) -> bool {
    !matches!(text, "" | "0")
}

/// A branch is a JSON object with its order kept; a repeated key keeps its first place and last value.
mod pairs {
    use super::Value;
    use serde::de::{MapAccess, Visitor};
    use serde::ser::SerializeMap;
    use serde::{Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(pairs: &[(String, Value)], s: S) -> Result<S::Ok, S::Error> {
        let mut map = s.serialize_map(Some(pairs.len()))?;
        for (key, value) in pairs {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<(String, Value)>, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Vec<(String, Value)>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object of texts, lists and objects")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs: Vec<(String, Value)> = Vec::new();
                while let Some((key, value)) = map.next_entry::<String, Value>()? {
                    match pairs.iter_mut().find(|(k, _)| *k == key) {
                        Some(pair) => pair.1 = value,
                        None => pairs.push((key, value)),
                    }
                }
                Ok(pairs)
            }
        }
        d.deserialize_map(Pairs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_keeps_order_and_paths_step_into_lists() {
        let json = r#"{"config":[{"zz":"1","aa":"","row":[{"seq":"10"}]}]}"#;
        let value: Value = serde_json::from_str(json).expect("valid");
        assert_eq!(serde_json::to_string(&value).expect("writes"), json);
        assert_eq!(value.path("config/0/row/0/seq").and_then(Value::as_text), Some("10"));
        assert_eq!(value.entries().len(), 1);
        assert_eq!(value.entries()[0].field("nothing"), "");
    }
}
