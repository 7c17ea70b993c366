//! The result as files, for people and for pipelines that apply objects by other means.
//!
//! | file | for |
//! | --- | --- |
//! | `cluster/*.yaml` | one MetalLB object each |
//! | `PEER/fragment.xml`, `PEER/frr.conf` | a pfSense |
//! | `PEER/frr.conf` | a plain FRR router |
//! | `PEER/hand-over.md` | another team's router |
//!
//! Texts only: whoever calls this writes them, those with secrets for nobody else to read.

use std::fmt;

use secrecy::ExposeSecret;

use super::cluster::wire;
use super::desired::{Desired, DesiredObject, DesiredRouter, RouterPart};
use super::pfsense::{CarpBinding, part, standalone};
use super::{frr_conf, hand_over};
use crate::frr::{Password, RouterConfig};
use crate::intent::Intent;
use crate::metallb::Kind;
use crate::templates::RenderError;

/// One file. Its `Debug` shows no content.
#[derive(Clone, PartialEq, Eq)]
pub struct OutputFile {
    /// Path below the output folder, with `/`.
    pub path: String,
    /// The content.
    pub bytes: Vec<u8>,
    /// Whether a password is in it.
    pub secret: bool,
}

impl fmt::Debug for OutputFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OutputFile({}, {} bytes)", self.path, self.bytes.len())
    }
}

/// Why the result cannot be written as text.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// A mistake in a template.
    #[error(transparent)]
    Template(#[from] RenderError),
    /// An object that YAML cannot hold.
    #[error("{object}: {reason}")]
    Yaml {
        /// Which object.
        object: String,
        /// What the writer says.
        reason: String,
    },
}

/// Everything as files, in the order of the result.
///
/// # Errors
/// Only for mistakes in the program: see [`OutputError`].
pub fn files(intent: &Intent, desired: &Desired) -> Result<Vec<OutputFile>, OutputError> {
    let mut files = Vec::new();
    for object in &desired.cluster.objects {
        files.push(OutputFile {
            path: format!("cluster/{}", file_name(object)),
            bytes: yaml(object)?.into_bytes(),
            secret: object.object.kind() == Some(Kind::Secret),
        });
    }
    for router in &desired.routers {
        files.extend(router_files(intent, desired, router)?);
    }
    Ok(files)
}

/// All objects as one text of several documents.
///
/// # Errors
/// As [`files`].
pub fn manifest(objects: &[DesiredObject]) -> Result<String, OutputError> {
    let documents = objects.iter().map(yaml).collect::<Result<Vec<_>, _>>()?;
    Ok(documents.join("---\n"))
}

/// `KIND-NAME.yaml`, lower case.
fn file_name(object: &DesiredObject) -> String {
    let kind = object.object.kind().map_or("object".to_owned(), |kind| kind.as_str().to_lowercase());
    let name = object.object.metadata().map_or("", |metadata| &metadata.name);
    format!("{kind}-{name}.yaml")
}

fn yaml(object: &DesiredObject) -> Result<String, OutputError> {
    let failed = |reason: String| OutputError::Yaml { object: file_name(object), reason };
    let value = wire(&object.object).map_err(|error| failed(error.to_string()))?;
    serde_yaml::to_string(&value).map_err(|error| failed(error.to_string()))
}

fn router_files(
    intent: &Intent,
    desired: &Desired,
    router: &DesiredRouter,
) -> Result<Vec<OutputFile>, OutputError> {
    let file = |name: &str, bytes: Vec<u8>, secret: bool| OutputFile {
        path: format!("{}/{name}", router.path),
        bytes,
        secret,
    };
    Ok(match &router.part {
        RouterPart::Pfsense { config, carp } => {
            let carp = carp.map(|address| CarpBinding { address, id: None });
            let part = part(config, carp.as_ref());
            let host = router.path.rsplit('/').next().unwrap_or(&router.path);
            let fragment = standalone::fragment(&router.path, &part)?;
            let conf = standalone::frr_conf_text(host, config, &part, carp.as_ref());
            let secret = holds_password(config);
            vec![file("fragment.xml", fragment.into_bytes(), secret), file("frr.conf", conf, secret)]
        }
        RouterPart::Frr(config) => {
            let conf = frr_conf::frr_conf(&router.path, config)?;
            vec![file("frr.conf", conf.into_bytes(), holds_password(config))]
        }
        RouterPart::Unmanaged(config) => {
            let Some(peer) = intent.peers.get(router.peer) else { return Ok(Vec::new()) };
            let is_frr = desired.cluster.backend.is_frr();
            let sheet = hand_over::hand_over(intent, router, config, peer, is_frr)?;
            vec![file("hand-over.md", sheet.into_bytes(), false)]
        }
        RouterPart::Absent => Vec::new(),
    })
}

fn holds_password(config: &RouterConfig) -> bool {
    config.neighbors.iter().any(
        |neighbor| matches!(&neighbor.password, Password::Known(value) if !value.expose_secret().is_empty()),
    )
}
