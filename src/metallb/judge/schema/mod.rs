//! The CRD schemas: would the API server take this object?

#[cfg(test)]
mod against_crds;
mod metadata;
mod tables;

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::set::{Objects, Of, is_old_peer};
use crate::finding::{Finding, Layer};
use crate::metallb::duration::{self, SECOND};
use crate::metallb::kinds::{BgpPeerSpec, Kind, V1BETA1, WrongShape};
use crate::metallb::manifest::{Manifest, node};
use crate::metallb::version::Version;
use tables::{Field, OLD_PEER, Type};

/// Written by MetalLB itself, and of no interest here.
const STATUS_KINDS: [&str; 3] = ["ServiceL2Status", "ServiceBGPStatus", "ConfigurationState"];

/// The release that brought a field of a spec; `None` for unknown fields.
pub(super) fn since(kind: Kind, name: &str) -> Option<Version> {
    tables::fields(kind)?.iter().find(|field| field.name == name).map(|field| field.since)
}

/// Whether the deprecated v1beta1 of BGPPeer has this field.
pub(super) fn in_old_peer(name: &str) -> bool {
    OLD_PEER.iter().any(|field| field.name == name)
}

/// Reports one object.
pub(super) fn judge(version: Version, manifest: &Manifest, findings: &mut Vec<Finding>) {
    let value = manifest.value();
    let kind = manifest.kind().filter(|kind| kind.is_metallb());
    let fields = match kind {
        _ if is_old_peer(value) => Some(OLD_PEER),
        Some(kind) => tables::fields(kind),
        None => None,
    };
    let mut check = Check { version, manifest, findings };
    let Some(fields) = fields else {
        check.kind(value);
        return;
    };
    check.metadata(value);
    for name in value.as_object().into_iter().flat_map(Map::keys) {
        if !["apiVersion", "kind", "metadata", "spec", "status"].contains(&name.as_str()) {
            check.unknown(name, &format!("/{}", node::step(name)), None);
        }
    }
    match value.get("spec").filter(|spec| !spec.is_null()) {
        Some(spec) => {
            check.object(spec, fields, "/spec");
            check.across(kind, spec);
        }
        None if kind == Some(Kind::IpAddressPool) => {
            check.error("schema-required", "/spec", "spec is missing".into());
        }
        None => {}
    }
}

/// Reports what may not change from the old object to the new one.
pub(super) fn judge_updates(objects: &Objects<'_>, findings: &mut Vec<Finding>) {
    fn key<'p>(item: &'p Of<'_, BgpPeerSpec>) -> (&'p str, &'p str) {
        let metadata = &item.object.metadata;
        (metadata.namespace.as_deref().unwrap_or(super::DEFAULT_NAMESPACE), &metadata.name)
    }
    let before: HashMap<_, _> = objects.peers.iter().filter(|p| !p.written).map(|p| (key(p), p)).collect();
    for new in objects.peers.iter().filter(|peer| peer.written) {
        let Some(old) = before.get(&key(new)) else { continue };
        let restart = |item: &Of<'_, BgpPeerSpec>| item.object.spec.enable_graceful_restart;
        if let (Some(was), Some(is)) = (restart(old), restart(new))
            && was != is
        {
            let message = format!("enableGracefulRestart may not change from {was} to {is}");
            let pointer = "/spec/enableGracefulRestart";
            let finding = new.error(Layer::Schema, "schema-graceful-restart-immutable", pointer, message);
            findings.push(finding.hint("delete the peer and create it anew"));
        }
    }
}

/// An object that the schema lets pass and that no client could read.
pub(super) fn unreadable(manifest: &Manifest, error: &WrongShape) -> Finding {
    let pointer: String = error
        .path
        .replace('[', ".")
        .replace(']', "")
        .split('.')
        .map(|step| format!("/{}", node::step(step)))
        .collect();
    let finding = Finding::error(Layer::Schema, "schema-type", error.to_string()).on(manifest.title());
    match manifest.place(&pointer) {
        Some(place) => finding.at(place),
        None => finding,
    }
}

struct Check<'c, 'f> {
    version: Version,
    manifest: &'c Manifest,
    findings: &'f mut Vec<Finding>,
}

impl Check<'_, '_> {
    fn push(&mut self, finding: Finding, pointer: &str) {
        let finding = finding.on(self.manifest.title());
        self.findings.push(match self.manifest.place(pointer) {
            Some(place) => finding.at(place),
            None => finding,
        });
    }

    fn error(&mut self, rule: &'static str, pointer: &str, message: String) {
        self.push(Finding::error(Layer::Schema, rule, message), pointer);
    }

    /// The API server drops the field; kubectl refuses it unless told otherwise.
    fn unknown(&mut self, name: &str, pointer: &str, since: Option<Version>) {
        let message = match since {
            Some(since) => format!("metallb {} has no field {name}, it came with {since}", self.version),
            None => format!("metallb has no field {name}"),
        };
        self.push(Finding::warning(Layer::Schema, "schema-unknown-field", message), pointer);
    }

    /// An object of MetalLB's group whose kind, in that version, no release serves.
    fn kind(&mut self, value: &Value) {
        let text = |field: &str| value.get(field).and_then(Value::as_str).unwrap_or_default();
        let (api_version, kind) = (text("apiVersion"), text("kind"));
        let status = api_version == V1BETA1 && STATUS_KINDS.contains(&kind);
        if status || !api_version.starts_with("metallb.io/") {
            return;
        }
        let message = format!("{api_version} has no kind {kind}");
        let finding = Finding::error(Layer::Schema, "schema-kind", message);
        let known = Kind::ALL.into_iter().find(|known| known.is_metallb() && known.as_str() == kind);
        let (pointer, finding) = match known {
            Some(known) => ("/apiVersion", finding.hint(format!("write apiVersion {}", known.api_version()))),
            None if kind == "AddressPool" => {
                ("/kind", finding.hint("write an IPAddressPool, AddressPool is gone since metallb 0.14.2"))
            }
            None => ("/kind", finding),
        };
        self.push(finding, pointer);
    }

    fn object(&mut self, value: &Value, fields: &[Field], pointer: &str) {
        let Value::Object(given) = value else {
            self.wrong_type(value, "an object", pointer);
            return;
        };
        for (name, value) in given {
            let pointer = format!("{pointer}/{}", node::step(name));
            match fields.iter().find(|field| field.name == name) {
                None => self.unknown(name, &pointer, None),
                Some(field) if field.since > self.version => self.unknown(name, &pointer, Some(field.since)),
                // The API server drops nulls before it looks.
                Some(_) if value.is_null() => {}
                Some(field) => self.field(value, field, &pointer),
            }
        }
        for field in fields {
            let required = field.required || field.name == "peerAddress" && self.version < Version::V0_15_0;
            if required && given.get(field.name).is_none_or(Value::is_null) {
                let pointer = format!("{pointer}/{}", field.name);
                self.error("schema-required", &pointer, format!("{} is missing", field.name));
            }
        }
    }

    fn field(&mut self, value: &Value, field: &Field, pointer: &str) {
        match field.holds {
            Type::Text => self.text(value, pointer),
            Type::Bool if value.is_boolean() => {}
            Type::Bool => self.wrong_type(value, "true or false", pointer),
            Type::Int(low, high, rule) => self.int(value, field.name, low, high, rule, pointer),
            Type::Word(words, rule) => match value.as_str() {
                Some(word) if words.contains(&word) => {}
                Some(word) => {
                    let message = format!("{} `{word}` is none of {}", field.name, words.join(", "));
                    self.error(rule, pointer, message);
                }
                None => self.wrong_type(value, "a text", pointer),
            },
            Type::ConnectTime => match value.as_str() {
                Some(text) => self.connect_time(text, pointer),
                None => self.wrong_type(value, "a text", pointer),
            },
            Type::SomeTexts if value.as_array().is_some_and(Vec::is_empty) => {
                self.error("schema-required", pointer, format!("{} is empty", field.name));
            }
            Type::Texts | Type::SomeTexts => {
                self.items(value, pointer, |check, item, at| check.text(item, at));
            }
            Type::Labels => match value {
                Value::Object(labels) => {
                    // Here too the API server drops nulls before it looks.
                    for (name, value) in labels.iter().filter(|(_, value)| !value.is_null()) {
                        self.text(value, &format!("{pointer}/{}", node::step(name)));
                    }
                }
                _ => self.wrong_type(value, "an object", pointer),
            },
            Type::Object(fields) => self.object(value, fields, pointer),
            Type::List(fields) => {
                self.items(value, pointer, |check, item, at| check.object(item, fields, at));
            }
        }
    }

    fn text(&mut self, value: &Value, pointer: &str) {
        if !value.is_string() {
            self.wrong_type(value, "a text", pointer);
        }
    }

    fn items(&mut self, value: &Value, pointer: &str, mut each: impl FnMut(&mut Self, &Value, &str)) {
        let Value::Array(items) = value else {
            self.wrong_type(value, "a list", pointer);
            return;
        };
        for (index, item) in items.iter().enumerate() {
            each(self, item, &format!("{pointer}/{index}"));
        }
    }

    fn int(&mut self, value: &Value, name: &str, low: i64, high: i64, rule: &'static str, pointer: &str) {
        let Value::Number(number) = value else {
            return self.wrong_type(value, "a number", pointer);
        };
        let whole = number.as_i64().or_else(|| number.as_u64().map(|_| i64::MAX));
        let Some(whole) = whole else {
            return self.wrong_type(value, "a whole number", pointer);
        };
        // Release 0.14.9 and older let the port be 0.
        let low = if name == "peerPort" && self.version < Version::V0_15_0 { 0 } else { low };
        if !(low..=high).contains(&whole) {
            let message = match (low, high) {
                (_, i64::MAX) => format!("{name} is {number}, but must be at least {low}"),
                _ => format!("{name} is {number}, but must be {low} to {high}"),
            };
            self.error(rule, pointer, message);
        }
    }

    fn connect_time(&mut self, text: &str, pointer: &str) {
        let millisecond = SECOND / 1000;
        let fits = duration::parse(text).is_some_and(|time| {
            // The rules look at whole milliseconds: what is smaller passes unseen.
            (1..=65_535).contains(&(time / SECOND)) && (time / millisecond) % 1000 == 0
        });
        if !fits {
            let message = format!("connectTime {text} is not a whole number of seconds from 1s to 65535s");
            self.error("schema-connect-time", pointer, message);
        }
    }

    /// Rules about several fields.
    fn across(&mut self, kind: Option<Kind>, spec: &Value) {
        if kind != Some(Kind::BgpAdvertisement) || self.version < Version::V0_16_0 {
            return;
        }
        let selects =
            spec.get("serviceSelectors").and_then(Value::as_array).is_some_and(|list| !list.is_empty());
        for (name, whole) in [("aggregationLength", 32), ("aggregationLengthV6", 128)] {
            let length = spec.get(name).filter(|length| !length.is_null());
            if let Some(length) = length.filter(|length| selects && length.as_i64() != Some(whole)) {
                let message = format!("{name} is {length}, but with serviceSelectors it must be {whole}");
                self.error("schema-service-selector-agg", &format!("/spec/{name}"), message);
            }
        }
    }

    fn wrong_type(&mut self, value: &Value, wanted: &str, pointer: &str) {
        let found = match value {
            Value::Null => "nothing",
            Value::Bool(_) => "true or false",
            Value::Number(_) => "a number",
            Value::String(_) => "a text",
            Value::Array(_) => "a list",
            Value::Object(_) => "an object",
        };
        let field = pointer.trim_start_matches('/').replace('/', ".");
        let message = format!("{field} is {found}, but must be {wanted}");
        let mut finding = Finding::error(Layer::Schema, "schema-type", message);
        if wanted == "a text" && !value.is_array() && !value.is_object() {
            finding = finding.hint("quote the value, unquoted words such as y, no, on and 10 are no texts");
        }
        self.push(finding, pointer);
    }
}
