//! Findings: coded messages about the declaration, the live state or both.
//!
//! A finding is data. It knows its code, severity, places and the way out; it does not know how it
//! is shown. Every room may raise findings, only `report` prints them.
//!
//! This room never formats for a terminal, never reads a file and never decides an exit code.
//! Read next: [`source`] for places, `report` for the sinks.

pub mod codes;
pub mod source;

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;

pub use source::{Place, Position, Source, SourceId, Sources};

/// How much a finding matters. Ordered: `Info < Warning < Error`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing, nothing to do.
    Info,
    /// Works, but probably not as meant. Counts as an error under `--strict`.
    Warning,
    /// The declaration or the result cannot be used.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        })
    }
}

/// Which judge speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// The text of the declaration: YAML, shapes, spellings.
    Declaration,
    /// What the declaration means, taken as a whole.
    Intent,
    /// The schema of MetalLB's custom resource definitions.
    Schema,
    /// MetalLB's admission webhooks.
    Webhook,
    /// MetalLB's configuration parser.
    Config,
    /// MetalLB objects that every judge accepts and that do not do what they seem to.
    Metallb,
    /// config.xml and the pfSense FRR package.
    Pfsense,
    /// FRR itself.
    Frr,
    /// What is live on either side, or both sides together.
    Live,
}

/// A further place that explains a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub place: Place,
    /// What is there, a few words.
    pub text: String,
}

/// One coded message.
///
/// Texts are lower case, name the object first and carry the real names and numbers. Secrets never
/// appear in any field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Stable kebab-case code, for example `pool-overlap`; `metalsense explain` has its page.
    pub rule: Cow<'static, str>,
    /// Who judges.
    pub layer: Layer,
    /// How much it matters, before the user's own overrides.
    pub severity: Severity,
    /// The object it is about, for example `IPAddressPool metallb-system/web`.
    pub object: Option<String>,
    /// What is wrong, without a trailing stop.
    pub message: String,
    /// Where it is written, if it is written anywhere.
    pub place: Option<Place>,
    /// Further places.
    pub labels: Vec<Label>,
    /// The way out, as an imperative.
    pub hint: Option<String>,
}

/// Characters of a message that are kept. Messages quote what they are about, and a hostile file can
/// hold a value of any size.
const MESSAGE_MAX: usize = 1_000;

fn shortened(mut message: String) -> String {
    if let Some((at, _)) = message.char_indices().nth(MESSAGE_MAX) {
        message.truncate(at);
        message.push('…');
    }
    message
}

impl Finding {
    /// A finding of the given severity; see the shorthands [`Finding::error`] and its siblings.
    pub fn new(
        severity: Severity,
        layer: Layer,
        rule: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
    ) -> Self {
        Finding {
            rule: rule.into(),
            layer,
            severity,
            object: None,
            message: shortened(message.into()),
            place: None,
            labels: Vec::new(),
            hint: None,
        }
    }

    /// An error.
    pub fn error(layer: Layer, rule: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Finding::new(Severity::Error, layer, rule, message)
    }

    /// A warning.
    pub fn warning(layer: Layer, rule: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Finding::new(Severity::Warning, layer, rule, message)
    }

    /// A remark.
    pub fn info(layer: Layer, rule: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Finding::new(Severity::Info, layer, rule, message)
    }

    /// Says where.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// Says which object.
    #[must_use]
    pub fn on(mut self, object: impl Into<String>) -> Self {
        self.object = Some(object.into());
        self
    }

    /// Adds a further place.
    #[must_use]
    pub fn label(mut self, place: Place, text: impl Into<String>) -> Self {
        self.labels.push(Label { place, text: text.into() });
        self
    }

    /// Says what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Sorts by file, place, then severity (worst first), rule and text, and drops exact repetitions.
///
/// Findings without a place come last: they are about no line that a reader could go to.
pub fn sort(findings: &mut Vec<Finding>) {
    findings.sort_by(|a, b| {
        let place = |f: &Finding| f.place.map_or((1, Place::LAST), |p| (0, p));
        place(a)
            .cmp(&place(b))
            .then(b.severity.cmp(&a.severity))
            .then_with(|| a.object.cmp(&b.object))
            .then_with(|| a.rule.cmp(&b.rule))
            .then_with(|| a.message.cmp(&b.message))
    });
    findings.dedup();
}

/// The worst severity in the list, if there is any finding at all.
pub fn worst(findings: &[Finding]) -> Option<Severity> {
    findings.iter().map(|f| f.severity).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(start: u32) -> Place {
        Place { source: SourceId(0), start, end: start + 1 }
    }

    #[test]
    fn sorted_by_place_with_the_placeless_last_and_the_worst_first() {
        let mut all = vec![
            Finding::info(Layer::Intent, "nowhere", "a"),
            Finding::warning(Layer::Intent, "later", "b").at(at(9)),
            Finding::info(Layer::Intent, "same", "c").at(at(3)),
            Finding::error(Layer::Intent, "same", "d").at(at(3)),
            Finding::error(Layer::Intent, "same", "d").at(at(3)),
        ];
        sort(&mut all);
        let messages: Vec<_> = all.iter().map(|f| f.message.as_str()).collect();
        assert_eq!(messages, ["d", "c", "b", "a"]);
        assert_eq!(worst(&all), Some(Severity::Error));
    }
}
