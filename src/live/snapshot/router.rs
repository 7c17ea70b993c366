//! The routers of a snapshot: a config.xml or an frr.conf each.

use std::path::{Path, PathBuf};

use async_trait::async_trait;

use super::files::{self, NewContent};
use super::{Meta, RouterProgram, Snapshot};
use crate::live::{LiveError, Receipt, Router, RouterContent, RouterOutcome, RouterWrite, Undo};
use crate::observed::{FrrPackage, FrrState, OtherRouter, PfsenseFacts, PfsenseState, RouterState};
use crate::pfsense::xml::{self, Document};

/// The file of a pfSense.
const CONFIG_XML: &str = "config.xml";

/// The file of a plain FRR.
const FRR_CONF: &str = "frr.conf";

/// One router of a snapshot.
#[derive(Clone, Debug)]
pub struct SnapshotRouter {
    file: PathBuf,
    path: String,
    program: RouterProgram,
    meta: Meta,
}

impl SnapshotRouter {
    pub(super) fn new(snapshot: &Snapshot, path: &str, program: RouterProgram) -> Self {
        let name = match program {
            RouterProgram::Pfsense => CONFIG_XML,
            RouterProgram::Frr => FRR_CONF,
        };
        let file = snapshot.root.join(path).join(name);
        SnapshotRouter { file, path: path.to_owned(), program, meta: snapshot.meta.clone() }
    }

    /// The file.
    pub fn file(&self) -> &std::path::Path {
        &self.file
    }

    /// Reads the file.
    ///
    /// # Errors
    /// If it is not there, cannot be read, or pfSense would not load it.
    pub fn read_now(&self) -> Result<RouterState, LiveError> {
        match self.program {
            RouterProgram::Pfsense => self.read_pfsense().map(|state| RouterState::Pfsense(Box::new(state))),
            RouterProgram::Frr => self.read_frr().map(RouterState::Frr),
        }
    }

    fn read_pfsense(&self) -> Result<PfsenseState, LiveError> {
        let bytes = files::read(&self.file, "the configuration of the firewall")
            .map_err(|error| self.hinted(error))?;
        let document = Document::parse(&bytes).map_err(|error| LiveError::Unparsable {
            path: self.file.clone(),
            position: Some(files::position(error.line, error.column)),
            reason: format!("pfSense would not load it: {}", error.message).into(),
            hint: Some(error.hint().into()),
        })?;
        let era = document.era();
        let config = document.into_value();
        let mut facts = PfsenseFacts::of(&config, era);
        let recorded = self.meta.routers.get(&self.path).and_then(|router| router.frr_package.as_deref());
        if let (None, Some(version)) = (&facts.package, recorded) {
            facts.package = Some(FrrPackage::new(version));
        }
        Ok(PfsenseState { bytes, config, facts, redacted: self.meta.redacted, runtime: None })
    }

    /// A folder that is not there is most often called otherwise.
    fn hinted(&self, error: LiveError) -> LiveError {
        match error {
            LiveError::Missing { path, what, .. } => {
                let hint = format!("the folder below the snapshot must be called {}, as declared", self.path);
                LiveError::Missing { path, what, hint: Some(hint.into()) }
            }
            other => other,
        }
    }

    /// A plain FRR without a file has an empty configuration, if its folder is there at all.
    fn read_frr(&self) -> Result<FrrState, LiveError> {
        match files::read_text(&self.file, "the configuration of the router") {
            Ok(text) => Ok(FrrState::new(text, self.meta.redacted)),
            Err(missing @ LiveError::Missing { .. }) => {
                match self.file.parent().is_some_and(std::path::Path::is_dir) {
                    true => Ok(FrrState::new(String::new(), self.meta.redacted)),
                    false => Err(self.hinted(missing)),
                }
            }
            Err(error) => Err(error),
        }
    }

    fn write_now(&self, write: &RouterWrite) -> Result<RouterOutcome, LiveError> {
        if let Some(folder) = self.file.parent() {
            files::sweep(folder);
        }
        let state = self.read_now()?;
        if state.revision() != write.expect {
            return Ok(RouterOutcome::Conflict { found: state.revision().to_owned() });
        }
        let (before, after) = match (&state, &write.content) {
            (RouterState::Pfsense(state), RouterContent::Pfsense(edits)) => {
                let unsupported = |error: xml::SpliceError| LiveError::Unsupported {
                    what: self.file.display().to_string(),
                    reason: error.to_string(),
                };
                (state.bytes.clone(), xml::edit(&state.bytes, edits).map_err(unsupported)?)
            }
            (RouterState::Frr(state), RouterContent::Frr(text)) => {
                (state.text.clone().into_bytes(), text.clone().into_bytes())
            }
            _ => {
                return Err(LiveError::Unsupported {
                    what: self.path.clone(),
                    reason: "the change is for another kind of router".into(),
                });
            }
        };
        if before == after {
            return Ok(RouterOutcome::Noop);
        }
        if self.meta.redacted {
            return Err(LiveError::Redacted { path: self.file.clone() });
        }
        // Both kinds of file can hold passwords.
        let content = NewContent { path: self.file.clone(), bytes: Some(after), secret: true };
        let replaced = files::replace_all(vec![content])?;
        Ok(RouterOutcome::Written(Receipt {
            written: vec![self.file.display().to_string()],
            revision: self.read_now()?.revision().to_owned(),
            undo: Undo::Files(replaced),
        }))
    }
}

/// Routers of the folder that are not among those that were read. What cannot be read is passed over:
/// nobody asked for it.
pub(super) fn others(root: &Path, read: &[(String, RouterState)]) -> Vec<OtherRouter> {
    let mut found = Vec::new();
    for peer in folders(root).filter(|peer| peer != CLUSTER) {
        let members = folders(&root.join(&peer)).map(|member| format!("{peer}/{member}"));
        for path in std::iter::once(peer.clone()).chain(members) {
            let is_read = read.iter().any(|(known, _)| *known == path);
            let file = |name| files::read(&root.join(&path).join(name), "the file").ok();
            if let Some(bytes) = (!is_read).then(|| file(CONFIG_XML).or_else(|| file(FRR_CONF))).flatten() {
                found.push(OtherRouter { path, bytes });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// The folder of the Kubernetes side.
const CLUSTER: &str = "cluster";

/// Names of the folders in a folder.
fn folders(folder: &Path) -> impl Iterator<Item = String> + use<> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    folders.filter_map(|entry| entry.file_name().into_string().ok())
}

#[async_trait]
impl Router for SnapshotRouter {
    fn title(&self) -> String {
        self.file.display().to_string()
    }

    async fn read(&self) -> Result<RouterState, LiveError> {
        self.read_now()
    }

    async fn compare_and_set(&self, write: &RouterWrite) -> Result<RouterOutcome, LiveError> {
        self.write_now(write)
    }

    async fn undo(&self, receipt: &Receipt) -> Result<(), LiveError> {
        match &receipt.undo {
            Undo::Files(replaced) => files::put_back(replaced),
            Undo::Nothing | Undo::Sections(_) | Undo::Objects(_) => Ok(()),
        }
    }
}
