//! Files that are replaced whole or not at all.
//!
//! A new content is written beside the old one, brought to the disk, and renamed over it: whoever
//! looks, and whenever the machine stops, there is the old content or the new one.

use std::fs::{self, File, Permissions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::live::LiveError;

/// How the names of our temporary files begin. Readers skip them, and a run that was killed leaves
/// at most one for the next run to sweep away.
const TEMPORARY: &str = ".metalsense-";

/// A file as it was before it was replaced. `Debug` shows only the path.
pub struct Replaced {
    path: PathBuf,
    before: Option<Vec<u8>>,
    after: Option<Vec<u8>>,
}

impl std::fmt::Debug for Replaced {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Replaced({})", self.path.display())
    }
}

/// A new content for a path, or its removal.
pub(super) struct NewContent {
    pub(super) path: PathBuf,
    /// `None` removes the file.
    pub(super) bytes: Option<Vec<u8>>,
    /// A new file is for its owner's eyes only.
    pub(super) secret: bool,
}

/// Reads nothing larger than this: far more than any firewall or cluster writes, and little enough
/// for a file of the wrong kind not to fill the memory.
const MAX_BYTES: u64 = 256 * 1024 * 1024;

/// Reads a file whole. A pipe or a device is none: it would never end, or never begin.
pub(super) fn read(path: &Path, what: &'static str) -> Result<Vec<u8>, LiveError> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => LiveError::Missing { path: path.to_owned(), what, hint: None },
        _ => LiveError::Unreadable { path: path.to_owned(), source },
    };
    let metadata = fs::metadata(path).map_err(failed)?;
    if !metadata.is_file() {
        return Err(failed(io::Error::other("it is no file")));
    }
    if metadata.len() > MAX_BYTES {
        return Err(failed(io::Error::other(format!("it is larger than {} MiB", MAX_BYTES >> 20))));
    }
    fs::read(path).map_err(failed)
}

/// Reads a text file.
pub(super) fn read_text(path: &Path, what: &'static str) -> Result<String, LiveError> {
    String::from_utf8(read(path, what)?).map_err(|error| {
        let good = String::from_utf8_lossy(&error.as_bytes()[..error.utf8_error().valid_up_to()]);
        LiveError::Unparsable {
            path: path.to_owned(),
            position: Some(end_of(&good)),
            reason: "is no UTF-8".into(),
            hint: Some("save it as UTF-8".into()),
        }
    })
}

/// Line and column behind a text.
fn end_of(text: &str) -> (u32, u32) {
    let last = text.rsplit('\n').next().unwrap_or_default();
    position(text.matches('\n').count() + 1, last.chars().count() + 1)
}

/// A place in a file, as small as errors want it. No file that is read has more lines.
pub(super) fn position(line: usize, column: usize) -> (u32, u32) {
    let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    (small(line), small(column))
}

/// Replaces files one after the other. When one fails, those before it are put back in reverse.
pub(super) fn replace_all(contents: Vec<NewContent>) -> Result<Vec<Replaced>, LiveError> {
    let mut done = Vec::new();
    for content in contents {
        match replace(content) {
            Ok(replaced) => done.push(replaced),
            Err(error) => return Err(put_back(&done).err().unwrap_or(error)),
        }
    }
    Ok(done)
}

/// Puts files back in reverse order, unless somebody else has changed them since. Goes on after a
/// failure, so that as much as possible is as it was, and then tells the first one.
pub(super) fn put_back(replaced: &[Replaced]) -> Result<(), LiveError> {
    let mut first = None;
    for file in replaced.iter().rev() {
        let result = restore(file);
        if let Err(error) = result {
            first.get_or_insert(error);
        }
    }
    first.map_or(Ok(()), Err)
}

fn restore(file: &Replaced) -> Result<(), LiveError> {
    let now = match fs::read(&file.path) {
        Ok(bytes) => Some(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(source) => return Err(LiveError::Unreadable { path: file.path.clone(), source }),
    };
    if now == file.before {
        return Ok(());
    }
    if now != file.after {
        return Err(LiveError::Conflict { what: file.path.display().to_string() });
    }
    let unwritable = |source| LiveError::Unwritable { path: file.path.clone(), source };
    match &file.before {
        Some(bytes) => write_atomically(&file.path, bytes, true).map_err(unwritable),
        None => remove(&file.path).map_err(unwritable),
    }
}

fn replace(content: NewContent) -> Result<Replaced, LiveError> {
    let NewContent { path, bytes, secret } = content;
    let unwritable = |source| LiveError::Unwritable { path: path.clone(), source };
    // A link is followed, so that it stays one.
    let (real, before) = match fs::canonicalize(&path) {
        Ok(real) => (real, Some(read(&path, "the file")?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !path.is_symlink() => (path.clone(), None),
        Err(error) => return Err(unwritable(error)),
    };
    match &bytes {
        Some(bytes) if before.as_ref() == Some(bytes) => Ok(()),
        Some(bytes) => write_atomically(&real, bytes, secret),
        None => remove(&real),
    }
    .map_err(unwritable)?;
    Ok(Replaced { path: real, before, after: bytes })
}

fn write_atomically(path: &Path, bytes: &[u8], secret: bool) -> io::Result<()> {
    let folder = path.parent().ok_or_else(|| io::Error::other("it has no folder"))?;
    let old = match fs::metadata(path) {
        Ok(metadata) => Some(metadata),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    // Renaming would get around the protection of a read-only file; who set it meant it.
    if old.as_ref().is_some_and(|old| old.permissions().readonly()) {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "the file is read-only"));
    }
    // The error would name the temporary file, which nobody knows.
    let created = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(folder);
    let mut file = created.map_err(|error| io::Error::from(error.kind()))?;
    file.as_file_mut().write_all(bytes)?;
    file.as_file().set_permissions(permissions(old.as_ref(), secret))?;
    file.as_file().sync_all()?;
    failpoint()?;
    file.persist(path).map_err(|error| error.error)?;
    sync_folder(folder)
}

fn remove(path: &Path) -> io::Result<()> {
    failpoint()?;
    fs::remove_file(path)?;
    path.parent().map_or(Ok(()), sync_folder)
}

/// The mode of the file that is replaced, for a new one that of any text; with secrets in it, what the
/// owner alone may do of that.
#[cfg(unix)]
fn permissions(old: Option<&fs::Metadata>, secret: bool) -> Permissions {
    use std::os::unix::fs::PermissionsExt as _;
    match old {
        Some(old) if secret => Permissions::from_mode(old.permissions().mode() & OWNER),
        Some(old) => old.permissions(),
        None => Permissions::from_mode(if secret { 0o600 } else { 0o644 }),
    }
}

/// What only the owner may do.
#[cfg(unix)]
const OWNER: u32 = 0o700;

/// A rename is on the disk when its folder is.
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Removes what a run that was killed has left. To be called under the lock.
pub(super) fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
            // What cannot be removed harms nobody: readers skip it.
            let _ = fs::remove_file(entry.path());
        }
    }
}

#[cfg(not(test))]
fn failpoint() -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
pub(crate) use failing::{dies_at, failpoint, fails_at};

/// A write that fails on demand, for tests of what is left behind.
#[cfg(test)]
mod failing {
    use std::cell::Cell;
    use std::io;

    thread_local! {
        static WRITES_LEFT: Cell<Option<usize>> = const { Cell::new(None) };
        static KILLS: Cell<bool> = const { Cell::new(false) };
    }

    /// Runs something in which write number `number` (from 0) of this thread fails, once.
    pub(crate) fn fails_at<T>(number: usize, run: impl FnOnce() -> T) -> T {
        WRITES_LEFT.set(Some(number));
        let result = run();
        WRITES_LEFT.set(None);
        result
    }

    /// Runs something that ends at write number `number` (from 0) as if it were killed there: nothing
    /// behind that write happens any more. Says whether it came to that.
    pub(crate) fn dies_at<T>(number: usize, run: impl FnOnce() -> T) -> bool {
        KILLS.set(true);
        let died = fails_at(number, || std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).is_err());
        KILLS.set(false);
        died
    }

    pub(crate) fn failpoint() -> io::Result<()> {
        match WRITES_LEFT.get() {
            Some(0) => {
                WRITES_LEFT.set(None);
                if KILLS.get() {
                    // Not `panic!`: what is meant here is no fault that a test would print.
                    std::panic::resume_unwind(Box::new("killed"));
                }
                Err(io::Error::new(io::ErrorKind::StorageFull, "no space left"))
            }
            Some(left) => {
                WRITES_LEFT.set(Some(left - 1));
                Ok(())
            }
            None => Ok(()),
        }
    }
}
