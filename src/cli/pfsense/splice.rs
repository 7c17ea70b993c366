//! `metalsense pfsense splice`.

use std::path::PathBuf;

use clap::Args;

use super::ConfigFile;
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::input;
use crate::cli::terminal::Terminal;
use crate::pfsense::xml::{self, Change, SpliceError};

/// Arguments of `pfsense splice`.
#[derive(Args, Debug)]
#[command(after_help = "A change looks like this; sections are those below installedpackages:\n  \
    {\"set\": {\"frr\": {\"config\": [{\"enable\": \"on\"}]}}, \"del\": [\"frrbfd\"]}")]
pub(super) struct SpliceArgs {
    /// The config.xml, or `-` for standard input
    file: PathBuf,

    /// Which sections to set and to delete, as JSON; `-` for standard input
    #[arg(long, value_name = "CHANGE.JSON")]
    change: PathBuf,
}

pub(super) fn run(args: &SpliceArgs, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let config = ConfigFile::read(&args.file)?;
    let (name, json) = input::file(&args.change)?;
    let change = Change::from_json(&json).map_err(|error| Failure::from(error).about(name))?;
    match xml::splice(&config.bytes, &change) {
        Ok(bytes) => {
            terminal.raw(&bytes)?;
            Ok(Exit::Done)
        }
        Err(SpliceError::Read(error)) => config.refuse(&error, terminal),
        Err(error) => Err(Failure::from(error).about(config.name)),
    }
}
