//! `metalsense pfsense frr-conf`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Base, ConfigFile};
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::terminal::Terminal;
use crate::pfsense::frr::{self, FrrConf, PackageLevel};
use crate::pfsense::xml::Document;

/// Arguments of `pfsense frr-conf`.
#[derive(Args, Debug)]
pub(super) struct FrrConfArgs {
    /// The config.xml, or `-` for standard input
    file: PathBuf,

    /// The FRR package that writes
    #[arg(long, value_name = "LEVEL", default_value = "2.1")]
    package: Package,

    /// The pfSense release that reads
    #[arg(long, value_name = "RELEASE", default_value = "2.8")]
    base: Base,

    /// Print the commands for setkey instead, which hold the TCP-MD5 passwords
    #[arg(long)]
    setkey: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Package {
    /// Plus 25.11 and later, CE 2.9
    #[value(name = "2.1")]
    V2_1,
    /// CE 2.7 and 2.8
    #[value(name = "2.0")]
    V2_0,
}

pub(super) fn run(args: &FrrConfArgs, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let config = ConfigFile::read(&args.file)?;
    let document = match Document::parse_in(&config.bytes, Some(args.base.era())) {
        Ok(document) => document,
        Err(error) => return config.refuse(&error, terminal),
    };
    if args.setkey {
        match frr::setkey(document.value()) {
            Some(keys) => terminal.raw(keys.add.as_bytes())?,
            None => terminal.note("no file is written: there is no TCP-MD5 key, or FRR is off\n")?,
        }
        return Ok(Exit::Done);
    }
    let level = match args.package {
        Package::V2_0 => PackageLevel::V2_0,
        Package::V2_1 => PackageLevel::V2_1,
    };
    match frr::frr_conf(document.value(), level) {
        FrrConf::NotWritten(reason) => terminal.note(&format!("no file is written: {reason}\n"))?,
        FrrConf::Raw(bytes) | FrrConf::Generated(bytes) => terminal.raw(&bytes)?,
    }
    Ok(Exit::Done)
}
