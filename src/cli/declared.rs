//! The flag that says which declarations a verb is about.

use std::path::{Path, PathBuf};

use clap::Args;

use super::error::Failure;
use super::input::{self, Input};
use super::terminal::Terminal;

/// The file that is read where none is named.
const DEFAULT: &str = "network.yaml";

/// Where the declarations are.
#[derive(Args, Clone, Debug)]
pub(super) struct Declared {
    /// A declaration, a folder of them, or `-` for standard input; can be given several times
    ///
    /// A folder stands for its *.yaml and *.yml files, without hidden ones and subfolders. Without this
    /// flag, `network.yaml` in the current folder is read.
    #[arg(short, long, value_name = "PATH")]
    pub(super) file: Vec<PathBuf>,
}

impl Declared {
    /// The paths as given, or the default.
    pub(super) fn paths(&self) -> Result<Vec<PathBuf>, Failure> {
        if self.file.iter().filter(|path| path.as_path() == Path::new("-")).count() > 1 {
            return Err(Failure::usage("standard input can be read once"));
        }
        if !self.file.is_empty() {
            return Ok(self.file.clone());
        }
        if Path::new(DEFAULT).exists() {
            return Ok(vec![PathBuf::from(DEFAULT)]);
        }
        Err(Failure::usage(format!("no declaration is named, and there is no {DEFAULT} here"))
            .hint("name one with -f FILE"))
    }

    /// Reads them all.
    pub(super) fn read(&self, terminal: &mut Terminal) -> Result<Vec<Input>, Failure> {
        let inputs = input::files(&self.paths()?)?;
        for (name, bytes) in &inputs {
            terminal.detail(&format!("read {name} ({} bytes)\n", bytes.len()))?;
        }
        Ok(inputs)
    }
}
