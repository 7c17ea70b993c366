//! `metalsense fmt`.

use std::path::Path;

use clap::Args;

use super::declared::Declared;
use super::error::Failure;
use super::exit::Exit;
use super::findings;
use super::input::STDIN;
use super::output::{self, Access};
use super::terminal::Terminal;
use crate::declaration;

/// Arguments of `fmt`.
#[derive(Args, Debug)]
pub struct FmtArgs {
    #[command(flatten)]
    declared: Declared,

    /// Change nothing; name the files that would change on standard output, and end with 3 if there is one
    #[arg(long)]
    check: bool,
}

pub(super) fn run(args: &FmtArgs, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let mut end = Exit::Done;
    for (name, bytes) in args.declared.read(terminal)? {
        let formatted = match declaration::fmt(&name, bytes.clone()) {
            Ok(formatted) => formatted,
            Err(fault) => {
                end = findings::talk(&fault.findings, &fault.sources, terminal)?;
                continue;
            }
        };
        let differs = formatted.as_bytes() != bytes.as_slice();
        if args.check {
            if differs {
                terminal.data(&format!("{name}\n"))?;
                end = Exit::Findings;
            }
        } else if name == STDIN {
            terminal.raw(formatted.as_bytes())?;
        } else if differs {
            output::write(Path::new(&name), formatted.as_bytes(), Access::AsItIs)?;
            terminal.note(&format!("formatted {name}\n"))?;
        }
    }
    Ok(end)
}
