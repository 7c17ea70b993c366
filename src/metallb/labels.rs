//! Label selectors, with Kubernetes' semantics.
//!
//! A selector's parts are joined by AND; an empty selector selects everything. Whether a selector is
//! well formed is a separate question, asked by the judge: [`LabelSelector::matches`] treats an
//! unknown operator as matching nothing.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Labels of an object.
pub type Labels = BTreeMap<String, String>;

/// `matchLabels` AND `matchExpressions`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LabelSelector {
    /// Labels that must be there with exactly these values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "without_nulls")]
    pub match_labels: Labels,
    /// Further conditions.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "null_is_default")]
    pub match_expressions: Vec<Requirement>,
}

/// One condition of `matchExpressions`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Requirement {
    /// The label's key.
    #[serde(default)]
    pub key: String,
    /// How values are compared.
    #[serde(default)]
    pub operator: Operator,
    /// For `In` and `NotIn`: the values; empty otherwise.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "null_is_default")]
    pub values: Vec<String>,
}

/// Operators of [`Requirement`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operator {
    /// The label is there with one of the values.
    In,
    /// The label is absent or has none of the values.
    NotIn,
    /// The label is there.
    Exists,
    /// The label is absent.
    DoesNotExist,
    /// A word that Kubernetes does not know. Kept, so that the judge can name it.
    Other(String),
}

impl Operator {
    /// The word on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Operator::In => "In",
            Operator::NotIn => "NotIn",
            Operator::Exists => "Exists",
            Operator::DoesNotExist => "DoesNotExist",
            Operator::Other(word) => word,
        }
    }
}

impl Default for Operator {
    /// What an absent operator reads as: no known word.
    fn default() -> Self {
        Operator::Other(String::new())
    }
}

impl From<String> for Operator {
    fn from(word: String) -> Self {
        match word.as_str() {
            "In" => Operator::In,
            "NotIn" => Operator::NotIn,
            "Exists" => Operator::Exists,
            "DoesNotExist" => Operator::DoesNotExist,
            _ => Operator::Other(word),
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Operator {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Operator {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(String::deserialize(deserializer)?.into())
    }
}

impl LabelSelector {
    /// Selects the object whose label has this value.
    pub fn label(key: impl Into<String>, value: impl Into<String>) -> Self {
        LabelSelector { match_labels: [(key.into(), value.into())].into(), ..LabelSelector::default() }
    }

    /// Selects everything, because it asks for nothing.
    pub fn is_empty(&self) -> bool {
        self.match_labels.is_empty() && self.match_expressions.is_empty()
    }

    /// Whether an object with these labels is selected.
    pub fn matches(&self, labels: &Labels) -> bool {
        self.match_labels.iter().all(|(key, value)| labels.get(key) == Some(value))
            && self.match_expressions.iter().all(|requirement| requirement.matches(labels))
    }
}

impl Requirement {
    /// Whether an object with these labels fulfils the condition.
    pub fn matches(&self, labels: &Labels) -> bool {
        let value = labels.get(&self.key);
        match self.operator {
            Operator::In => value.is_some_and(|value| self.values.contains(value)),
            Operator::NotIn => value.is_none_or(|value| !self.values.contains(value)),
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
            Operator::Other(_) => false,
        }
    }
}

/// MetalLB's reading of a list of selectors: any of them, and an empty list means no restriction.
pub fn any_matches(selectors: &[LabelSelector], labels: &Labels) -> bool {
    selectors.is_empty() || selectors.iter().any(|selector| selector.matches(labels))
}

/// Reads `null` as the default: that is what Kubernetes' decoder makes of it.
pub(crate) fn null_is_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Reads texts by name; one that is `null` is left out, as the API server does in a spec.
fn without_nulls<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Labels, D::Error> {
    let texts = Option::<BTreeMap<String, Option<String>>>::deserialize(deserializer)?.unwrap_or_default();
    Ok(texts.into_iter().filter_map(|(key, text)| Some((key, text?))).collect())
}

/// Reads texts by name; one that is `null` is empty, as Kubernetes has it in metadata.
pub(crate) fn null_is_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Labels, D::Error> {
    let texts = Option::<BTreeMap<String, Option<String>>>::deserialize(deserializer)?.unwrap_or_default();
    Ok(texts.into_iter().map(|(key, text)| (key, text.unwrap_or_default())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requirement(key: &str, operator: Operator, values: &[&str]) -> LabelSelector {
        LabelSelector {
            match_expressions: vec![Requirement {
                key: key.into(),
                operator,
                values: values.iter().map(ToString::to_string).collect(),
            }],
            ..LabelSelector::default()
        }
    }

    #[test]
    fn selects_as_kubernetes_does() {
        let labels: Labels = [("zone".into(), "a".into()), ("gpu".into(), String::new())].into();
        for (selector, selected) in [
            (LabelSelector::default(), true),
            (LabelSelector::label("zone", "a"), true),
            (LabelSelector::label("zone", "b"), false),
            (LabelSelector::label("rack", "a"), false),
            (requirement("zone", Operator::In, &["b", "a"]), true),
            (requirement("rack", Operator::In, &["a"]), false),
            (requirement("zone", Operator::NotIn, &["a"]), false),
            (requirement("rack", Operator::NotIn, &["a"]), true),
            (requirement("gpu", Operator::Exists, &[]), true),
            (requirement("gpu", Operator::DoesNotExist, &[]), false),
            (requirement("rack", Operator::DoesNotExist, &[]), true),
            (requirement("zone", Operator::Other("Like".into()), &["a"]), false),
        ] {
            assert_eq!(selector.matches(&labels), selected, "{selector:?}");
        }
    }

    #[test]
    fn a_list_means_any_and_no_list_means_all() {
        let labels = Labels::new();
        assert!(any_matches(&[], &labels));
        assert!(any_matches(&[LabelSelector::label("a", "b"), LabelSelector::default()], &labels));
        assert!(!any_matches(&[LabelSelector::label("a", "b")], &labels));
    }
}
