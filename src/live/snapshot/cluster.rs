//! The Kubernetes side of a snapshot: the objects in `cluster/*.yaml`.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use serde_json::Value;

use super::files::{self, NewContent};
use super::{Meta, Snapshot, yaml};
use crate::finding::Sources;
use crate::live::{Cluster, ClusterBatch, LiveError, ObjectWrite, Precondition, Receipt, Undo};
use crate::metallb::Kind;
use crate::metallb::manifest::{self, Input};
use crate::observed::cluster::{self, Raw};
use crate::observed::{ClusterState, LiveObject, MetallbFacts, ObjectKey, sha256_hex};

/// Endings of files that hold objects. JSON is YAML.
const ENDINGS: [&str; 3] = ["yaml", "yml", "json"];

/// The Kubernetes side of a snapshot.
#[derive(Clone, Debug)]
pub struct SnapshotCluster {
    folder: PathBuf,
    meta: Meta,
}

/// A file and the objects in it, in their order.
struct ObjectFile {
    name: String,
    text: String,
    objects: Vec<LiveObject>,
}

impl SnapshotCluster {
    pub(super) fn new(snapshot: &Snapshot) -> Self {
        SnapshotCluster { folder: snapshot.root.join("cluster"), meta: snapshot.meta.clone() }
    }

    /// Reads all objects.
    ///
    /// # Errors
    /// If the folder is not there, or a file cannot be read or holds something else than objects.
    pub fn read_now(&self) -> Result<ClusterState, LiveError> {
        Ok(self.state(self.files()?))
    }

    fn state(&self, files: Vec<ObjectFile>) -> ClusterState {
        let revision = revision(&files);
        let objects: Vec<LiveObject> = files.into_iter().flat_map(|file| file.objects).collect();
        let values = || objects.iter().map(|object| &object.raw.0);
        let mut metallb = MetallbFacts::of(values());
        self.meta.complete(&mut metallb);
        let uid = cluster::kube_system_uid(values());
        ClusterState {
            objects,
            metallb,
            uid,
            redacted: self.meta.redacted,
            revision,
            ..ClusterState::default()
        }
    }

    fn files(&self) -> Result<Vec<ObjectFile>, LiveError> {
        let mut files = Vec::new();
        for name in self.names()? {
            let path = self.folder.join(&name);
            let text = files::read_text(&path, "the file")?;
            let objects = objects(&path, &name, &text)?;
            files.push(ObjectFile { name, text, objects });
        }
        let mut seen: HashMap<&ObjectKey, &str> = HashMap::new();
        for object in files.iter().flat_map(|file| &file.objects) {
            if let Some(key) = &object.key
                && let Some(first) = seen.insert(key, &object.origin)
            {
                return Err(LiveError::Unparsable {
                    path: self.folder.clone(),
                    position: None,
                    reason: match first == object.origin {
                        true => format!("{key} is twice in {first}"),
                        false => format!("{key} is both in {first} and in {}", object.origin),
                    }
                    .into(),
                    hint: Some("keep one of the two".into()),
                });
            }
        }
        Ok(files)
    }

    /// Names of the files, sorted. Hidden ones and folders are left out.
    fn names(&self) -> Result<Vec<String>, LiveError> {
        let unreadable = |source: std::io::Error| match source.kind() {
            std::io::ErrorKind::NotFound => LiveError::Missing {
                path: self.folder.clone(),
                what: "the cluster's part of the snapshot",
                hint: Some("name the folder that holds cluster/ and the folders of the routers".into()),
            },
            _ => LiveError::Unreadable { path: self.folder.clone(), source },
        };
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&self.folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let ending = Path::new(&name).extension().and_then(|ending| ending.to_str());
            let is_wanted = !name.starts_with('.') && ending.is_some_and(|ending| ENDINGS.contains(&ending));
            if is_wanted && !entry.path().is_dir() {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }

    fn write_now(&self, batch: &ClusterBatch) -> Result<Receipt, LiveError> {
        let files = self.files()?;
        let found = revision(&files);
        if batch.expect.as_ref().is_some_and(|expect| *expect != found) {
            return Err(LiveError::Conflict { what: self.title() });
        }
        check(&files, &batch.writes)?;
        if batch.dry_run || batch.writes.is_empty() {
            return Ok(Receipt { revision: found, ..Receipt::default() });
        }
        let contents = self.contents(&files, &batch.writes)?;
        files::sweep(&self.folder);
        let written: Vec<String> =
            contents.iter().map(|content| content.path.display().to_string()).collect();
        let replaced = files::replace_all(contents)?;
        let revision = revision(&self.files()?);
        Ok(Receipt { written, revision, undo: Undo::Files(replaced) })
    }

    /// The new contents of all files that change, in the order in which the writes first touch them.
    fn contents(&self, files: &[ObjectFile], writes: &[ObjectWrite]) -> Result<Vec<NewContent>, LiveError> {
        let mut order: Vec<String> = Vec::new();
        let mut changes: BTreeMap<String, Vec<(usize, Option<Value>)>> = BTreeMap::new();
        let mut added: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
        let mut secret: Vec<String> = Vec::new();
        for write in writes {
            let value = match write {
                ObjectWrite::Put { whole, .. } => Some(whole),
                ObjectWrite::Delete { .. } => None,
            };
            let name = match (locate(files, write.key()), value) {
                (Some((file, number)), value) => {
                    let unchanged = file.objects.get(number).map(|object| &object.raw.0) == value;
                    if unchanged {
                        continue;
                    }
                    changes.entry(file.name.clone()).or_default().push((number, value.cloned()));
                    file.name.clone()
                }
                (None, Some(value)) => {
                    let name = file_name(write.key());
                    added.entry(name.clone()).or_default().push(value);
                    name
                }
                (None, None) => continue,
            };
            if write.key().kind == Kind::Secret {
                secret.push(name.clone());
            }
            if !order.contains(&name) {
                order.push(name);
            }
        }
        let mut contents = Vec::new();
        for name in order {
            let path = self.folder.join(&name);
            let file = files.iter().find(|file| file.name == name);
            let changes = changes.get(&name).map_or(&[][..], Vec::as_slice);
            let added = added.get(&name).map_or(&[][..], Vec::as_slice);
            if self.meta.redacted && secret.contains(&name) {
                return Err(LiveError::Redacted { path });
            }
            let bytes = content(file, changes, added).ok_or_else(|| LiveError::Unsupported {
                what: path.display().to_string(),
                reason: "is laid out in a way that cannot be changed in place; \
                         put each object into a file of its own"
                    .into(),
            })?;
            contents.push(NewContent { path, bytes, secret: secret.contains(&name) });
        }
        Ok(contents)
    }
}

#[async_trait]
impl Cluster for SnapshotCluster {
    fn title(&self) -> String {
        self.folder.display().to_string()
    }

    async fn read(&self) -> Result<ClusterState, LiveError> {
        self.read_now()
    }

    async fn write(&self, batch: &ClusterBatch) -> Result<Receipt, LiveError> {
        self.write_now(batch)
    }

    async fn undo(&self, receipt: &Receipt) -> Result<(), LiveError> {
        match &receipt.undo {
            Undo::Files(replaced) => files::put_back(replaced),
            Undo::Nothing | Undo::Sections(_) | Undo::Objects(_) => Ok(()),
        }
    }
}

/// Changes with every byte of every file.
fn revision(files: &[ObjectFile]) -> String {
    let parts: Vec<String> = files
        .iter()
        .map(|file| format!("{}:{}{}:{}", file.name.len(), file.name, file.text.len(), file.text))
        .collect();
    sha256_hex(&parts.iter().map(String::as_bytes).collect::<Vec<_>>())
}

fn objects(path: &Path, name: &str, text: &str) -> Result<Vec<LiveObject>, LiveError> {
    let mut sources = Sources::default();
    let source = sources.add(name, text);
    let unparsable = |position, reason: String, hint| LiveError::Unparsable {
        path: path.to_owned(),
        position,
        reason: reason.into(),
        hint,
    };
    let inputs = manifest::read(source, text).map_err(|finding| {
        let place = finding.place.and_then(|place| sources.resolve(place));
        let position = place.map(|(_, start, _)| files::position(start.line, start.column));
        unparsable(position, finding.message.clone(), finding.hint.clone().map(String::into_boxed_str))
    })?;
    let mut objects = Vec::new();
    for input in inputs {
        let Input::Manifest(manifest) = input else {
            return Err(unparsable(None, "holds a case, not objects".into(), None));
        };
        let object = manifest.object().map_err(|error| {
            let pointer = format!("/{}", error.path.replace('[', ".").replace(']', "").replace('.', "/"));
            let place = manifest.place(&pointer).and_then(|place| sources.resolve(place));
            let position = place.map(|(_, start, _)| files::position(start.line, start.column));
            unparsable(position, format!("{}: {error}", manifest.title()), None)
        })?;
        let value = manifest.value();
        objects.push(LiveObject {
            key: ObjectKey::of(&object),
            object,
            revision: sha256_hex(&[value.to_string().as_bytes()]),
            raw: Raw(value.clone()),
            origin: format!("cluster/{name}"),
        });
    }
    Ok(objects)
}

fn locate<'a>(files: &'a [ObjectFile], key: &ObjectKey) -> Option<(&'a ObjectFile, usize)> {
    files.iter().find_map(|file| {
        let number = file.objects.iter().position(|object| object.key.as_ref() == Some(key))?;
        Some((file, number))
    })
}

/// Every object must be what it was when the plan was made.
fn check(files: &[ObjectFile], writes: &[ObjectWrite]) -> Result<(), LiveError> {
    for write in writes {
        let found = locate(files, write.key()).and_then(|(file, number)| file.objects.get(number));
        let found = found.map(|object| object.revision.as_str());
        let expected = match write {
            ObjectWrite::Put { before, .. } => before.as_ref(),
            ObjectWrite::Delete { before, .. } => Some(before),
        };
        if found != expected.map(|Precondition { revision, .. }| revision.as_str()) {
            return Err(LiveError::Conflict { what: write.key().to_string() });
        }
    }
    Ok(())
}

/// `KIND-NAME.yaml`, the kind in lower case.
fn file_name(key: &ObjectKey) -> String {
    format!("{}-{}.yaml", key.kind.as_str().to_ascii_lowercase(), key.name)
}

/// The new content of a file. A file without objects goes: the outer `None` is a text that cannot be
/// changed, the inner one a file that is removed.
#[expect(clippy::option_option, reason = "said above")]
fn content(
    file: Option<&ObjectFile>,
    changes: &[(usize, Option<Value>)],
    added: &[&Value],
) -> Option<Option<Vec<u8>>> {
    let mut text = String::new();
    if let Some(file) = file {
        let removed = changes.iter().filter(|(_, value)| value.is_none()).count();
        if removed < file.objects.len() {
            text = yaml::change(&file.text, changes).ok()?;
        } else if added.is_empty() {
            return Some(None);
        }
    }
    for value in added {
        text = yaml::append(&text, value)?;
    }
    Some(Some(text.into_bytes()))
}
