//! Schema errors in words a person can act on, each with its place.

use std::collections::{HashMap, HashSet};

use jsonschema::{JsonType, ValidationError, Validator, error::TypeKind, error::ValidationErrorKind as E};
use serde_json::Value;

use crate::declaration::{
    faults::Faults,
    schema,
    yaml::{
        Kind, NodeId, Scalar, Style, Tree,
        parse::shorten,
        scalar::{self, Core, Yaml11},
    },
};
use crate::finding::{Finding, Layer, Place};

use super::{suggest, value::walk};

/// Checks a value made from the tree. Tells what is wrong, and returns the nodes that cannot stay.
pub(super) fn explain(
    tree: &Tree,
    value: &Value,
    validator: &Validator,
    faults: &mut Faults,
) -> HashSet<NodeId> {
    let mut report = Report { tree, faults, faulty: HashSet::new() };
    let mut meant = HashMap::new();
    let mut missing = Vec::new();
    for e in validator.iter_errors(value) {
        match e.kind() {
            E::AdditionalProperties { unexpected } => report.unknown_keys(&e, unexpected, &mut meant),
            E::Required { .. } => missing.push(e),
            _ => report.wrong_value(&e),
        }
    }
    // Last, because a key that is missing may be there in another spelling.
    for e in missing {
        report.missing_key(&e, &meant);
    }
    report.faulty
}

/// Keys whose values are times with a unit.
const DURATIONS: [&str; 5] = ["holdTime", "keepaliveTime", "connectTime", "removeAfter", "restartAfter"];

/// Keys that unknown keys were probably meant as, for each mapping.
type Meant = HashMap<NodeId, HashSet<String>>;

struct Report<'t> {
    tree: &'t Tree,
    faults: &'t mut Faults,
    faulty: HashSet<NodeId>,
}

impl Report<'_> {
    fn unknown_keys(&mut self, e: &ValidationError<'_>, unexpected: &[String], meant: &mut Meant) {
        let (node, path) = walk(self.tree, e.instance_path().as_str());
        let known: Vec<&str> = known_keys(e);
        for key in unexpected {
            let Some(entry) = self.tree.entry(node, key) else { continue };
            self.faulty.insert(entry.value);
            if self.faults.is_full() {
                self.faults.count_one();
                continue;
            }
            let free = known.iter().copied().filter(|k| self.tree.entry(node, k).is_none());
            let suggestion = suggest::nearest(key, free);
            let hint = match suggestion {
                Some(known) => {
                    meant.entry(node).or_default().insert(known.to_owned());
                    format!("write `{known}`")
                }
                None => format!("remove it; the keys here are {}", known.join(", ")),
            };
            let message = format!("{} has no key `{}`", place_name(&path), shorten(key));
            self.faults.push(error("unknown-key", message).at(entry.key_place).hint(hint));
        }
    }

    fn missing_key(&mut self, e: &ValidationError<'_>, meant: &Meant) {
        let E::Required { property } = e.kind() else { return };
        let key = property.as_str().unwrap_or_default();
        let (node, path) = walk(self.tree, e.instance_path().as_str());
        self.faulty.insert(node);
        if self.tree.dropped(node, key) || meant.get(&node).is_some_and(|keys| keys.contains(key)) {
            return;
        }
        let at = self.header(e.instance_path().as_str());
        self.faults.push(
            error("missing-key", format!("{} needs the key `{key}`", place_name(&path)))
                .at(at)
                .hint(format!("add `{key}`{}", described(e, key))),
        );
    }

    fn wrong_value(&mut self, e: &ValidationError<'_>) {
        let (node, path) = walk(self.tree, e.instance_path().as_str());
        // One fault, one message: what has the wrong type is out of range as well.
        if !self.faulty.insert(node) {
            return;
        }
        // What broke off is not what was meant, and what lost items is not as short as it looks.
        if self.tree.cut(node) || (matches!(e.kind(), E::MinItems { .. }) && self.tree.incomplete(node)) {
            return;
        }
        let judge = Faulty { tree: self.tree, node, path: &path };
        let finding = match e.kind() {
            E::Type { kind } => judge.wrong_type(kind),
            E::AnyOf { .. } => judge.no_number_or_name(e),
            E::Enum { options } => judge.unknown_word(options),
            E::Minimum { .. } | E::Maximum { .. } => judge.out_of_range(e),
            E::MinItems { limit } => error("too-few", format!("{path} needs {limit} or more items"))
                .hint("add one, or remove the key"),
            E::MaxItems { limit } => error("too-many", format!("{path} takes at most {limit} items"))
                .hint("remove what is too much"),
            _ => error("wrong-value", format!("{path} does not fit the format"))
                .hint("compare it with the schema (`metalsense schema`)"),
        };
        let at = match &self.tree.node(node).kind {
            Kind::Scalar(_) | Kind::Faulty => self.tree.node(node).place,
            _ => self.header(e.instance_path().as_str()),
        };
        self.faults.push(finding.at(at));
    }

    /// The key above a block, or the first line of what has no key.
    fn header(&self, pointer: &str) -> Place {
        let (node, _) = walk(self.tree, pointer);
        let own = self.tree.node(node).place;
        let flow = matches!(
            self.tree.node(node).kind,
            Kind::Mapping { flow: true, .. } | Kind::Sequence { flow: true, .. } | Kind::Scalar(_)
        );
        let Some((parent, key)) = pointer.rsplit_once('/').filter(|_| !flow) else { return own };
        let (parent, _) = walk(self.tree, parent);
        let key = key.replace("~1", "/").replace("~0", "~");
        self.tree.entry(parent, &key).map_or(own, |e| e.key_place)
    }
}

/// One faulty value.
struct Faulty<'t> {
    tree: &'t Tree,
    node: NodeId,
    path: &'t str,
}

impl Faulty<'_> {
    fn scalar(&self) -> Option<&Scalar> {
        self.tree.scalar(self.node)
    }

    /// The value in words, without its text: that may be long, or secret.
    fn what(&self) -> &'static str {
        match &self.tree.node(self.node).kind {
            Kind::Sequence { .. } => "a list",
            Kind::Mapping { .. } => "a mapping",
            Kind::Faulty => "nothing",
            Kind::Scalar(scalar) => match scalar.core() {
                Core::Null => "nothing",
                Core::Bool(_) => "a boolean",
                Core::Int(_) => "a number",
                Core::Float => "a number with a fraction",
                Core::Text => "text",
            },
        }
    }

    fn wrong_type(&self, kind: &TypeKind) -> Finding {
        let TypeKind::Single(wanted) = kind else {
            return error("wrong-type", format!("{} has a wrong type: {}", self.path, self.what()))
                .hint("compare it with the schema (`metalsense schema`)");
        };
        if self.scalar().is_some_and(|s| s.core() == Core::Null) {
            return self.no_value(*wanted);
        }
        let text = self.scalar().map(|s| &*s.text);
        if let (JsonType::Boolean, Some(Yaml11::Bool(value))) = (wanted, text.and_then(scalar::yaml11)) {
            let word = text.unwrap_or_default();
            return error("yaml11-boolean", format!("{} wants true or false; `{word}` is text", self.path))
                .hint(format!("write {value}"));
        }
        let name = match wanted {
            JsonType::Boolean => "true or false",
            JsonType::Integer | JsonType::Number => "a whole number",
            JsonType::String => "text",
            JsonType::Array => "a list",
            JsonType::Object => "a mapping",
            JsonType::Null => "nothing",
        };
        error("wrong-type", format!("{} wants {name}, not {}", self.path, self.what()))
            .hint(self.way_out(*wanted))
    }

    fn no_value(&self, wanted: JsonType) -> Finding {
        let hint = match wanted {
            JsonType::Object => "indent its keys below it, write `{}` for none, or remove the key",
            JsonType::Array => "indent its items below it, write `[]` for none, or remove the key",
            _ => "write a value, or remove the key",
        };
        error("missing-value", format!("{} has no value", self.path)).hint(hint)
    }

    /// Whether the path ends in a key.
    fn is_key(&self, key: &str) -> bool {
        self.path.rsplit('.').next() == Some(key)
    }

    fn way_out(&self, wanted: JsonType) -> String {
        let Some(scalar) = self.scalar() else {
            return match wanted {
                JsonType::Object => "write keys with values, without `-` before them".into(),
                JsonType::Array => "put `- ` before each item".into(),
                _ if self.is_key("address") => "write one address, or all of them under `addresses`".into(),
                _ => "write a single value".into(),
            };
        };
        let text = shorten(&scalar.text);
        let quoted = scalar.style != Style::Plain;
        match (wanted, scalar::core(&scalar.text)) {
            (JsonType::String, _) if self.is_key("bfd") => {
                "write the name of a profile in spec.bfdProfiles".into()
            }
            (JsonType::String, Core::Int(n)) if DURATIONS.iter().any(|key| self.is_key(key)) => {
                format!("write {n}s")
            }
            (JsonType::String, Core::Bool(_)) => "write text, or remove the key".into(),
            (JsonType::String, _) => format!("write \"{text}\" in quotes"),
            (JsonType::Integer, Core::Int(n)) if quoted => format!("write {n} without quotes"),
            (JsonType::Boolean, Core::Bool(value)) if quoted => format!("write {value} without quotes"),
            (JsonType::Array, _) => format!("write it as a list: [{text}]"),
            (JsonType::Object, Core::Bool(true)) => {
                "write `{}` for all defaults, or indent its keys below it".into()
            }
            (JsonType::Object, _) => "indent its keys below it".into(),
            (JsonType::Boolean, _) => "write true or false".into(),
            _ => "write a whole number, without quotes".into(),
        }
    }

    /// ASNs and path counts: a number or a word.
    fn no_number_or_name(&self, e: &ValidationError<'_>) -> Finding {
        let schema_path = e.schema_path().as_str();
        let is_asn = schema_path.contains("/Asn/");
        let (name, hint) = if is_asn {
            (
                "an ASN",
                "write a number from 1 to 4294967295, an asdot number in quotes, or a name from spec.asns",
            )
        } else {
            ("a number of paths", "write a number from 1, or all")
        };
        let Some(scalar) = self.scalar() else {
            return error("wrong-type", format!("{} wants {name}, not {}", self.path, self.what()))
                .hint(hint);
        };
        let text = shorten(&scalar.text);
        match scalar.core() {
            Core::Null => error("missing-value", format!("{} has no value", self.path)).hint(hint),
            Core::Int(_) => {
                error("out-of-range", format!("{} is {text}, which is not {name}", self.path)).hint(hint)
            }
            Core::Float if is_asn => {
                let hint = match asdot(&scalar.text) {
                    Some(asn) => format!("write \"{text}\" in quotes, or {asn}, which is the same ASN"),
                    None => hint.to_owned(),
                };
                error(
                    "asdot-unquoted",
                    format!("{} is {text}: without quotes a fraction, not an ASN", self.path),
                )
                .hint(hint)
            }
            _ => error("wrong-type", format!("{} wants {name}, not {}", self.path, self.what())).hint(hint),
        }
    }

    fn unknown_word(&self, options: &Value) -> Finding {
        let allowed: Vec<&str> = options.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let list = allowed.join(", ");
        let Some(scalar) = self.scalar().filter(|s| s.core() != Core::Null) else {
            return error("wrong-type", format!("{} wants one of {list}, not {}", self.path, self.what()))
                .hint("write one of them, or remove the key");
        };
        let hint = match suggest::nearest(&scalar.text, allowed.iter().copied()) {
            Some(meant) => format!("write {meant}"),
            None => "write one of them".to_owned(),
        };
        error("unknown-value", format!("{} is `{}`, not one of {list}", self.path, shorten(&scalar.text)))
            .hint(hint)
    }

    fn out_of_range(&self, e: &ValidationError<'_>) -> Finding {
        let schema = parent_schema(e);
        let bound = |key: &str| schema.and_then(|s| s.get(key)).map(Value::to_string).unwrap_or_default();
        let text = self.scalar().map(|s| shorten(&s.text)).unwrap_or_default();
        let message =
            format!("{} is {text}, outside {} to {}", self.path, bound("minimum"), bound("maximum"));
        error("out-of-range", message)
            .hint("write a number inside these bounds, or remove the key for the default")
    }
}

/// `high.low` as one number, where both parts fit.
fn asdot(text: &str) -> Option<u32> {
    let (high, low) = text.split_once('.')?;
    let part = |s: &str| (s.bytes().all(|b| b.is_ascii_digit())).then(|| s.parse::<u16>().ok()).flatten();
    Some((u32::from(part(high)?) << 16) | u32::from(part(low)?)).filter(|asn| *asn > 0)
}

/// How messages call a place: by its path, or as the document.
fn place_name(path: &str) -> &str {
    if path.is_empty() { "the document" } else { path }
}

/// The schema object whose keyword failed.
fn parent_schema(e: &ValidationError<'_>) -> Option<&'static Value> {
    let (parent, _) = e.schema_path().as_str().rsplit_once('/')?;
    schema::shapes().pointer(parent)
}

fn known_keys(e: &ValidationError<'_>) -> Vec<&'static str> {
    let properties = parent_schema(e).and_then(|s| s.get("properties")).and_then(Value::as_object);
    properties.into_iter().flatten().map(|(key, _)| key.as_str()).collect()
}

/// `: what the key is for`, from the schema, first sentence.
fn described(e: &ValidationError<'_>, key: &str) -> String {
    let description = parent_schema(e)
        .and_then(|s| s.pointer(&format!("/properties/{key}/description")))
        .and_then(Value::as_str)
        .unwrap_or_default();
    match description.split(['.', ':', '(']).next().map(str::trim).filter(|s| !s.is_empty()) {
        Some(first) => format!(": {}", lower_first(first)),
        None => String::new(),
    }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_lowercase().chain(chars).collect())
}

fn error(rule: &'static str, message: impl Into<String>) -> Finding {
    Finding::error(Layer::Declaration, rule, message)
}
