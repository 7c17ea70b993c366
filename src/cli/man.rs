//! `metalsense man`.

use std::path::PathBuf;

use clap::{Args, Command};
use clap_mangen::Man;

use super::args;
use super::error::Failure;
use super::exit::Exit;
use super::output::{self, Access};
use super::terminal::Terminal;

/// Arguments of `man`.
#[derive(Args, Debug)]
pub struct ManArgs {
    /// Write the pages of all verbs into this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(super) fn run(args: &ManArgs, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let command = args::command();
    let Some(folder) = &args.out else {
        terminal.raw(&page(command)?)?;
        return Ok(Exit::Done);
    };
    let mut pages = Vec::new();
    collect(command, "", &mut pages)?;
    for (name, bytes) in &pages {
        output::write(&folder.join(format!("{name}.1")), bytes, Access::Everybody)?;
    }
    terminal.note(&format!("wrote {} pages to {}\n", pages.len(), folder.display()))?;
    Ok(Exit::Done)
}

/// The pages of a command and everything below it, each with the name of its file.
fn collect(command: Command, above: &str, pages: &mut Vec<(String, Vec<u8>)>) -> Result<(), Failure> {
    let name = if above.is_empty() {
        command.get_name().to_owned()
    } else {
        format!("{above}-{}", command.get_name())
    };
    for child in command.get_subcommands() {
        collect(child.clone(), &name, pages)?;
    }
    let shown = command.name(name.clone()).display_name(name.clone()).version(env!("CARGO_PKG_VERSION"));
    pages.push((name, page(shown)?));
    Ok(())
}

fn page(command: Command) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    Man::new(command).render(&mut bytes)?;
    Ok(bytes)
}
