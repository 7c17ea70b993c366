//! Writing files whole or not at all.

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
    /// Who may read it now; everybody, if it is new.
    AsItIs,
}

const EVERYBODY: u32 = 0o644;
const OWNER: u32 = 0o600;

/// Writes a file by way of a temporary one beside it, so that nobody ever sees half of it. Folders
/// above it are made. Says whether anything was written: a file that holds the same bytes stays
/// untouched, unless others could read what only the owner may.
pub(super) fn write(path: &Path, bytes: &[u8], access: Access) -> Result<bool, Failure> {
    let failed = |error| Failure::file(path, error);
    // A link stays a link: what it points to is replaced.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let path = target.as_path();
    let now = fs::metadata(path).ok().map(|metadata| metadata.permissions().mode() & 0o777);
    let mode = match access {
        Access::Everybody => EVERYBODY,
        Access::Owner => OWNER,
        Access::AsItIs => now.unwrap_or(EVERYBODY),
    };
    let is_closed = now.is_some_and(|mode| mode & !OWNER == 0);
    if (access != Access::Owner || is_closed) && fs::read(path).is_ok_and(|there| there == bytes) {
        return Ok(false);
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
