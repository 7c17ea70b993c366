//! Label selectors: what Kubernetes refuses, and what MetalLB calls a duplicate.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use crate::metallb::judge::set::{Item, Report};
use crate::metallb::labels::{LabelSelector, Operator, Requirement};
use crate::metallb::names::{is_label_key, is_label_value};

/// Reports a list of selectors of one field.
pub(super) fn check<T>(
    report: &mut Report<'_>,
    item: &Item<'_, T>,
    selectors: &[LabelSelector],
    pointer: &str,
    duplicate_rule: &'static str,
    bad_rule: &'static str,
) {
    let field = pointer.rsplit('/').next().unwrap_or(pointer);
    if let Some((index, what)) = duplicate(selectors) {
        let at = format!("{pointer}/{index}");
        report.error(item, duplicate_rule, &at, format!("{field} has {what}"));
    }
    for (index, selector) in selectors.iter().enumerate() {
        if let Some((inner, reason)) = fault(selector) {
            report.error(item, bad_rule, &format!("{pointer}/{index}{inner}"), format!("{field}: {reason}"));
        }
    }
}

/// The first repetition in a list of selectors: its index and what is repeated. The order of values
/// does not matter, that of expressions does.
fn duplicate(selectors: &[LabelSelector]) -> Option<(usize, String)> {
    let selectors: Vec<LabelSelector> = selectors
        .iter()
        .cloned()
        .map(|mut selector| {
            for requirement in &mut selector.match_expressions {
                requirement.values.sort();
            }
            selector
        })
        .collect();
    for (index, selector) in selectors.iter().enumerate() {
        for requirement in &selector.match_expressions {
            if let Some((_, value)) = repeated(&requirement.values) {
                return Some((index, format!("the value `{value}` twice for the key `{}`", requirement.key)));
            }
        }
        if let Some((_, requirement)) = repeated(&selector.match_expressions) {
            return Some((index, format!("the same expression for the key `{}` twice", requirement.key)));
        }
    }
    repeated(&selectors).map(|(index, _)| (index, "the same selector twice".into()))
}

/// The first item that was there before, with its index.
pub(super) fn repeated<T: Eq + Hash>(items: &[T]) -> Option<(usize, &T)> {
    let mut seen = HashSet::new();
    items.iter().enumerate().find(|(_, item)| !seen.insert(*item))
}

/// Reports a list of texts in which one comes twice.
pub(super) fn check_texts<T>(
    report: &mut Report<'_>,
    item: &Item<'_, T>,
    texts: &[String],
    pointer: &str,
    rule: &'static str,
) {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for (index, text) in texts.iter().enumerate() {
        if seen.insert(text, index).is_some() {
            let field = pointer.rsplit('/').next().unwrap_or(pointer);
            let message = format!("{field} names `{text}` twice");
            report.error(item, rule, &format!("{pointer}/{index}"), message);
            return;
        }
    }
}

/// Why Kubernetes refuses a selector, and where in it.
pub(super) fn fault(selector: &LabelSelector) -> Option<(String, String)> {
    for (key, value) in &selector.match_labels {
        let fault = key_fault(key).or_else(|| value_fault(value));
        if let Some(reason) = fault {
            let step = crate::metallb::manifest::node::step(key);
            return Some((format!("/matchLabels/{step}"), reason));
        }
    }
    let mut requirements = selector.match_expressions.iter().enumerate();
    requirements.find_map(|(index, requirement)| {
        requirement_fault(requirement).map(|reason| (format!("/matchExpressions/{index}"), reason))
    })
}

fn requirement_fault(requirement: &Requirement) -> Option<String> {
    let Requirement { key, operator, values } = requirement;
    match operator {
        Operator::Other(word) => {
            return Some(format!("`{word}` is no operator, there are In, NotIn, Exists and DoesNotExist"));
        }
        Operator::In | Operator::NotIn if values.is_empty() => {
            return Some(format!("{operator} for the key `{key}` needs values"));
        }
        Operator::Exists | Operator::DoesNotExist if !values.is_empty() => {
            return Some(format!("{operator} for the key `{key}` takes no values"));
        }
        _ => {}
    }
    key_fault(key).or_else(|| values.iter().find_map(|value| value_fault(value)))
}

fn key_fault(key: &str) -> Option<String> {
    (!is_label_key(key)).then(|| format!("`{key}` is no label key"))
}

fn value_fault(value: &str) -> Option<String> {
    (!is_label_value(value)).then(|| format!("`{value}` is no label value"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metallb::kinds::typed;
    use serde_json::json;

    fn selectors(value: &serde_json::Value) -> Vec<LabelSelector> {
        typed(value).expect("selectors")
    }

    #[test]
    fn duplicates_are_what_metallb_calls_so() {
        for (value, duplicated) in [
            (json!([{"matchLabels": {"a": "b"}}, {"matchLabels": {"a": "b"}}]), true),
            (json!([{}, {}]), true),
            (json!([{"matchLabels": {"a": "b"}}, {"matchLabels": {"a": "c"}}]), false),
            (
                json!([{"matchExpressions": [{"key": "a", "operator": "In", "values": ["x", "y"]}]},
                       {"matchExpressions": [{"key": "a", "operator": "In", "values": ["y", "x"]}]}]),
                true,
            ),
            (json!([{"matchExpressions": [{"key": "a", "operator": "In", "values": ["x", "x"]}]}]), true),
            (
                json!([{"matchExpressions": [{"key": "a", "operator": "Exists"}, {"key": "a", "operator": "Exists"}]}]),
                true,
            ),
            (
                json!([{"matchExpressions": [{"key": "a", "operator": "Exists"}, {"key": "b", "operator": "Exists"}]},
                       {"matchExpressions": [{"key": "b", "operator": "Exists"}, {"key": "a", "operator": "Exists"}]}]),
                false,
            ),
        ] {
            assert_eq!(duplicate(&selectors(&value)).is_some(), duplicated, "{value}");
        }
    }

    #[test]
    fn faults_are_what_kubernetes_refuses() {
        for (value, faulty) in [
            (json!([{"matchLabels": {"kubernetes.io/hostname": "a.b"}}]), false),
            (json!([{"matchLabels": {"a": ""}}]), false),
            (json!([{"matchLabels": {"": "a"}}]), true),
            (json!([{"matchLabels": {"/a": "a"}}]), true),
            (json!([{"matchLabels": {"a/b/c": "a"}}]), true),
            (json!([{"matchLabels": {"A.b/c": "a"}}]), true),
            (json!([{"matchLabels": {"a": "-b"}}]), true),
            (json!([{"matchLabels": {"a": "b c"}}]), true),
            (json!([{"matchLabels": {"a": "x".repeat(64)}}]), true),
            (json!([{"matchExpressions": [{"key": "a", "operator": "In"}]}]), true),
            (json!([{"matchExpressions": [{"key": "a", "operator": "Exists", "values": ["x"]}]}]), true),
            (json!([{"matchExpressions": [{"key": "a", "operator": "Gt", "values": ["1"]}]}]), true),
            (json!([{"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["x", "y"]}]}]), false),
        ] {
            let found = selectors(&value).iter().any(|selector| fault(selector).is_some());
            assert_eq!(found, faulty, "{value}");
        }
    }
}
