//! What equals what in an entry of the FRR package's sections.
//!
//! The package reads an absent element, an empty one and the word for "nothing" alike, with a few
//! exceptions where absence has a meaning of its own.

use crate::pfsense::Value;
use crate::pfsense::value::truthy;
use crate::plan::change::FieldChange;

/// Fields with a password in them.
const SECRETS: [&str; 3] = ["password", "tcpsigpw", "shutdownmessage"];

/// Fields for which absence means something else than the word for nothing: without the element the
/// package writes no `no … send-community`, and a broken match.
const ABSENCE_COUNTS: [&str; 2] = ["sendcommunity", "acl_match"];

/// Check boxes: any text but `0` is a tick.
const BOXES: [&str; 9] = [
    "enable",
    "passive",
    "softreconfigurationinbound",
    "bothaf",
    "bfdenable",
    "shutdown",
    "maximumprefix_warnonly",
    "multihop",
    "echomode",
];

/// Whether two values of a field mean the same.
pub(super) fn same(field: &str, live: Option<&Value>, wanted: Option<&Value>) -> bool {
    meaning(field, live) == meaning(field, wanted)
}

/// A value by what the package makes of it.
fn meaning(field: &str, value: Option<&Value>) -> Value {
    match value {
        None if ABSENCE_COUNTS.contains(&field) => Value::text("\0absent"),
        None => Value::EMPTY,
        Some(Value::Text(text)) if ABSENCE_COUNTS.contains(&field) => Value::text(text),
        Some(Value::Text(text)) => Value::text(word(field, text)),
        Some(Value::List(rows)) if rows.is_empty() => Value::EMPTY,
        Some(Value::List(rows)) => Value::List(rows.iter().map(row).collect()),
        Some(branch) => branch.clone(),
    }
}

fn word(field: &str, text: &str) -> String {
    if BOXES.contains(&field) {
        return if truthy(text) { "on" } else { "" }.to_owned();
    }
    match text {
        "none" | "default" | "disabled" | "no" => String::new(),
        _ => text.to_owned(),
    }
}

/// A row by what the package makes of it: `any` is a tick or a source, and empty fields are as good
/// as absent.
fn row(row: &Value) -> Value {
    let Value::Branch(pairs) = row else { return row.clone() };
    let any = row.is_ticked("any") || row.field("source") == "any";
    let mut fields: Vec<(String, Value)> = pairs
        .iter()
        .filter(|(name, value)| {
            *value != Value::EMPTY && !(any && ["any", "source", "ge", "le"].contains(&name.as_str()))
        })
        .map(|(name, value)| match (name.as_str(), value) {
            ("source", Value::Text(text)) => (name.clone(), Value::text(net(text))),
            _ => (name.clone(), value.clone()),
        })
        .collect();
    if any {
        fields.push(("source".into(), Value::text("any")));
    }
    fields.sort_by(|a, b| a.0.cmp(&b.0));
    Value::Branch(fields)
}

/// FRR clears host bits.
fn net(text: &str) -> String {
    text.parse::<ipnet::IpNet>().map_or_else(|_| text.to_owned(), |net| net.trunc().to_string())
}

/// What changes about a field, as it may be shown.
pub(super) fn field_change(field: &str, live: Option<&Value>, wanted: Option<&Value>) -> FieldChange {
    let filled = |value: Option<&Value>| value.filter(|value| **value != Value::EMPTY).map(show);
    if SECRETS.contains(&field) {
        return FieldChange::secrets(field, filled(live).is_some(), filled(wanted).is_some());
    }
    FieldChange::texts(field, filled(live).as_deref(), filled(wanted).as_deref())
}

/// A value in one line: rows as the package would write them.
fn show(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::List(rows) => rows.iter().map(show_row).collect::<Vec<_>>().join("; "),
        Value::Branch(pairs) => {
            pairs.iter().map(|(name, value)| format!("{name}={}", show(value))).collect::<Vec<_>>().join(" ")
        }
    }
}

fn show_row(row: &Value) -> String {
    let plain = row_words(row);
    if plain.is_empty() { show(row) } else { plain }
}

fn row_words(value: &Value) -> String {
    let normal = row(value);
    let text = |field: &str| normal.field(field).to_owned();
    if text("action").is_empty() {
        return String::new();
    }
    let mut words = vec![text("seq"), text("action"), text("source")];
    for limit in ["ge", "le"] {
        if !text(limit).is_empty() {
            words.extend([limit.to_owned(), text(limit)]);
        }
    }
    words.retain(|word| !word.is_empty());
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::text(text)
    }

    #[test]
    fn nothing_is_spelled_in_many_ways() {
        for (field, live, wanted, equal) in [
            ("routemap_in", None, Some(text("none")), true),
            ("routemap_in", Some(text("")), Some(text("none")), true),
            ("routemap_in", Some(text("a")), Some(text("none")), false),
            ("updatesource", None, Some(text("default")), true),
            ("passive", Some(text("yes")), Some(text("on")), true),
            ("passive", Some(text("0")), None, true),
            ("passive", Some(text("")), Some(text("on")), false),
            ("sendcommunity", None, Some(text("disabled")), false),
            ("acl_match", Some(text("")), Some(text("none")), false),
            ("asnum", Some(text("64500")), Some(text("64500")), true),
        ] {
            assert_eq!(same(field, live.as_ref(), wanted.as_ref()), equal, "{field} {live:?} {wanted:?}");
        }
    }

    #[test]
    fn rows_are_compared_by_what_is_written() {
        let rows = |json: &str| -> Value { serde_json::from_str(json).expect("valid") };
        let a = rows(r#"[{"seq":"10","action":"permit","source":"10.0.0.7/24","ge":"","le":"32"}]"#);
        let b = rows(r#"[{"le":"32","seq":"10","action":"permit","source":"10.0.0.0/24"}]"#);
        assert!(same("row", Some(&a), Some(&b)));
        assert_eq!(show(&a), "10 permit 10.0.0.0/24 le 32");
        let any = rows(r#"[{"seq":"10","action":"deny","source":"","any":"ON","le":"32"}]"#);
        let word = rows(r#"[{"seq":"10","action":"deny","source":"any"}]"#);
        assert!(same("row", Some(&any), Some(&word)));
        assert!(!same("row", Some(&a), Some(&any)));
        assert!(same("row", Some(&rows("[]")), None));
    }
}
