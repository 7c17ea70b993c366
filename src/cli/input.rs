//! Reading files, folders and standard input.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::error::Failure;
use super::exit::Exit;

/// Reads nothing larger than this. The readers of the formats have limits of their own; this one
/// keeps a device or an endless pipe from filling the memory before they are asked.
const MAX_BYTES: u64 = 256 * 1024 * 1024;

/// What standard input is called in messages.
pub(super) const STDIN: &str = "<stdin>";

/// One text with the name it is shown under.
pub(super) type Input = (String, Vec<u8>);

/// Reads one file, or standard input for `-`.
pub(super) fn file(path: &Path) -> Result<Input, Failure> {
    if path == Path::new("-") {
        return Ok((STDIN.to_owned(), limited(io::stdin().lock(), Path::new(STDIN))?));
    }
    let metadata = fs::metadata(path).map_err(|error| Failure::file(path, error))?;
    if metadata.is_file() && metadata.len() > MAX_BYTES {
        return Err(too_large(path));
    }
    let open = File::open(path).map_err(|error| Failure::file(path, error))?;
    Ok((path.display().to_string(), limited(open, path)?))
}

/// Reads files and folders. A folder stands for its `*.yaml` and `*.yml` files, sorted by name,
/// without its subfolders and hidden files.
pub(super) fn files(paths: &[PathBuf]) -> Result<Vec<Input>, Failure> {
    let mut inputs = Vec::new();
    for path in paths {
        if path.is_dir() {
            let inside = folder(path)?;
            if inside.is_empty() {
                return Err(Failure::new(
                    Exit::Failed,
                    format!("{}: no *.yaml or *.yml file in this folder", path.display()),
                ));
            }
            for path in inside {
                inputs.push(file(&path)?);
            }
        } else {
            inputs.push(file(path)?);
        }
    }
    Ok(inputs)
}

fn folder(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    let entries = fs::read_dir(path).map_err(|error| Failure::file(path, error))?;
    for entry in entries {
        let inside = entry.map_err(|error| Failure::file(path, error))?.path();
        let named = |extension: &str| inside.extension().is_some_and(|e| e.eq_ignore_ascii_case(extension));
        let hidden = inside.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if !hidden && (named("yaml") || named("yml")) && !inside.is_dir() {
            found.push(inside);
        }
    }
    found.sort();
    Ok(found)
}

fn limited(reader: impl Read, path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    reader.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|error| Failure::file(path, error))?;
    if bytes.len() as u64 > MAX_BYTES { Err(too_large(path)) } else { Ok(bytes) }
}

fn too_large(path: &Path) -> Failure {
    Failure::new(Exit::Failed, format!("{}: larger than {} MiB", path.display(), MAX_BYTES / (1024 * 1024)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_its_yaml_files_in_order() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        for name in ["b.yaml", "a.yml", ".hidden.yaml", "note.txt"] {
            fs::write(folder.path().join(name), name).expect("written");
        }
        fs::create_dir(folder.path().join("live.yaml")).expect("made");
        let read = files(&[folder.path().to_owned()]).expect("readable");
        let texts: Vec<_> = read.iter().map(|(_, bytes)| String::from_utf8_lossy(bytes)).collect();
        assert_eq!(texts, ["a.yml", "b.yaml"]);
    }
}
