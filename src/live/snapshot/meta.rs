//! `snapshot.yaml`: what the other files of a snapshot do not say themselves.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::files;
use crate::live::LiveError;
use crate::metallb::{Backend, Version};
use crate::observed::MetallbFacts;

/// The file's name.
pub const NAME: &str = "snapshot.yaml";

/// The format that this program writes: `MAJOR.MINOR`. Additions raise the minor number and are read by
/// older programs, which skip what they do not know; another major number is refused.
pub const FORMAT_VERSION: &str = "1.0";

/// What `snapshot.yaml` says. The file may be absent: everything in it has a default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Meta {
    /// The format of the folder, `MAJOR.MINOR`; absent means the one of this program.
    #[serde(deserialize_with = "text_or_number")]
    pub format_version: Option<String>,
    /// Secrets are replaced by digests. Such a snapshot can be compared with, not applied to.
    pub redacted: bool,
    /// MetalLB, where its own workloads are not part of the snapshot.
    pub metallb: MetallbMeta,
    /// Routers by their path.
    pub routers: BTreeMap<String, RouterMeta>,
}

/// MetalLB as recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MetallbMeta {
    /// The namespace it runs in.
    pub namespace: Option<String>,
    /// Its release.
    pub version: Option<String>,
    /// Its backend.
    pub backend: Option<Backend>,
}

/// A router as recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RouterMeta {
    /// The product and its release, for people.
    pub product: Option<String>,
    /// Version of the FRR package, where config.xml does not list it.
    pub frr_package: Option<String>,
}

impl Meta {
    /// Reads the file of a snapshot folder; an absent one is all defaults.
    pub(super) fn read(root: &Path) -> Result<Meta, LiveError> {
        let path = root.join(NAME);
        let text = match files::read_text(&path, "the description of the snapshot") {
            Ok(text) => text,
            Err(LiveError::Missing { .. }) => {
                return Ok(Meta::default());
            }
            Err(error) => return Err(error),
        };
        let unparsable = |position, reason: String, hint: &str| LiveError::Unparsable {
            path: path.clone(),
            position,
            reason: reason.into(),
            hint: Some(hint.into()),
        };
        let meta: Meta = serde_yaml::from_str(&text).map_err(|error| {
            let position =
                error.location().map(|at| files::position(at.line() as usize, at.column() as usize));
            // The place stands in front already.
            let reason = error.without_snippet().to_string();
            let reason = reason.split(" at line ").next().unwrap_or_default().to_owned();
            unparsable(position, reason, "compare it with the snapshot.yaml of an example")
        })?;
        let major = |text: &str| text.split('.').next().map(str::to_owned);
        if let Some(version) =
            meta.format_version.as_deref().filter(|text| major(text) != major(FORMAT_VERSION))
        {
            let reason =
                format!("is of format version {version}, this program reads version {FORMAT_VERSION}");
            return Err(unparsable(None, reason, "take the snapshot again with this program"));
        }
        Ok(meta)
    }

    /// Fills in what the objects did not show.
    pub(super) fn complete(&self, facts: &mut MetallbFacts) {
        let recorded = &self.metallb;
        if facts.namespace.is_none() {
            facts.namespace.clone_from(&recorded.namespace);
        }
        if facts.version.is_none()
            && let Some(text) = &recorded.version
        {
            match Version::parse(text) {
                Ok((version, note)) => {
                    facts.version = Some(version);
                    facts.notes.extend(note);
                }
                Err(error) => facts.notes.push(format!("{NAME}: {error}")),
            }
        }
        facts.backend = facts.backend.or(recorded.backend);
    }
}

/// `"1.0"`, and what people write without quotes.
fn text_or_number<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::Null => None,
        serde_json::Value::String(text) => Some(text),
        other => Some(other.to_string()),
    })
}
