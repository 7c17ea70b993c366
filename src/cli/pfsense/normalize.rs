//! `metalsense pfsense normalize`.

use std::path::PathBuf;

use clap::Args;

use super::{Base, ConfigFile};
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::terminal::Terminal;
use crate::pfsense::xml;

/// Arguments of `pfsense normalize`.
#[derive(Args, Debug)]
pub(super) struct NormalizeArgs {
    /// The config.xml, or `-` for standard input
    file: PathBuf,

    /// The release that reads and writes it; by default the one that the file's own version belongs to
    #[arg(long, value_name = "RELEASE")]
    writer: Option<Base>,
}

pub(super) fn run(args: &NormalizeArgs, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let config = ConfigFile::read(&args.file)?;
    match xml::normalize(&config.bytes, args.writer.map(Base::era)) {
        Ok(bytes) => {
            terminal.raw(&bytes)?;
            Ok(Exit::Done)
        }
        Err(error) => config.refuse(&error, terminal),
    }
}
