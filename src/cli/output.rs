//! Writing files whole or not at all.

#![allow(dead_code, reason = "the verbs that read a declaration follow")]

use std::fs::{self, Permissions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::error::Failure;

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// Everybody whom the umask of common systems lets (0644).
    Everybody,
    /// The owner alone (0600), because it holds secrets.
    Owner,
}

/// Writes a file by way of a temporary one beside it, so that nobody ever sees half of it. Folders
/// above it are made. Says whether anything was written: a file that holds the same bytes stays
/// untouched, unless others could read what only the owner may.
pub(super) fn write(path: &Path, bytes: &[u8], access: Access) -> Result<bool, Failure> {
    let failed = |error| Failure::file(path, error);
    let mode = match access {
        Access::Everybody => 0o644,
        Access::Owner => 0o600,
    };
    if fs::read(path).is_ok_and(|there| there == bytes) {
        let metadata = fs::metadata(path).map_err(failed)?;
        if access == Access::Everybody || metadata.permissions().mode() & 0o077 == 0 {
            return Ok(false);
        }
    }
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|error| Failure::file(folder, error))?;
    let mut temporary = tempfile::Builder::new()
        .prefix(".metalsense-")
        .permissions(Permissions::from_mode(mode))
        .tempfile_in(folder)
        .map_err(failed)?;
    temporary.write_all(bytes).map_err(failed)?;
    temporary.as_file().sync_all().map_err(failed)?;
    temporary.persist(path).map_err(|error| failed(error.error))?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("there").permissions().mode() & 0o777
    }

    #[test]
    fn secrets_are_for_the_owner_and_equal_files_stay() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join("a/b.txt");
        assert!(write(&path, b"one", Access::Everybody).expect("written"));
        assert!(!write(&path, b"one", Access::Everybody).expect("equal"));
        assert!(write(&path, b"one", Access::Owner).expect("closed to others"));
        assert_eq!(mode(&path), 0o600);
        assert!(!write(&path, b"one", Access::Owner).expect("equal"));
        assert_eq!(
            fs::read_dir(folder.path().join("a")).expect("there").count(),
            1,
            "nothing is left behind"
        );
    }
}
