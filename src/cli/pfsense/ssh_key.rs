//! `metalsense pfsense ssh-key`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::input;
use crate::cli::terminal::Terminal;
use crate::live::pfsense::authorized_key;
use crate::live::pfsense::program::Role;

/// Arguments of `pfsense ssh-key`.
#[derive(Args, Debug)]
#[command(
    after_help = "Paste the line under System > User Manager > admin > Authorized SSH Keys. It holds the whole\n\
    program that the key may run, so nothing is installed on the firewall, and a newer metalsense may\n\
    need a newer line. A key that reads sees the whole configuration with its secrets; one that applies\n\
    can set the sections of the FRR package, and nothing else.\n\n\
    Example:\n  metalsense pfsense ssh-key --role apply ci.pub"
)]
pub(super) struct SshKeyArgs {
    /// What the key may do
    #[arg(long, value_name = "ROLE")]
    role: RoleName,

    /// The public key, or `-` for standard input
    file: PathBuf,
}

/// What a key may do.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum RoleName {
    /// Read the configuration and the state of FRR
    Read,
    /// Read, and set the sections of the FRR package by compare and set
    Apply,
}

pub(super) fn run(args: &SshKeyArgs, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let (name, bytes) = input::file(&args.file)?;
    let role = match args.role {
        RoleName::Read => Role::Read,
        RoleName::Apply => Role::Apply,
    };
    let line = authorized_key(&String::from_utf8_lossy(&bytes), role).map_err(|error| {
        Failure::new(Exit::Findings, format!("{name}: {error}")).hint("name the file that ends in .pub")
    })?;
    terminal.data(&format!("{line}\n"))?;
    Ok(Exit::Done)
}
