//! `metalsense completion`.

use clap::Args;
use clap_complete::Shell;

use super::args;
use super::error::Failure;
use super::exit::Exit;
use super::terminal::Terminal;

/// Arguments of `completion`.
#[derive(Args, Debug)]
#[command(after_help = "Example: metalsense completion bash > /etc/bash_completion.d/metalsense")]
pub struct CompletionArgs {
    /// Which shell
    shell: Shell,
}

pub(super) fn run(args: &CompletionArgs, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut args::command(), "metalsense", &mut script);
    terminal.raw(&script)?;
    Ok(Exit::Done)
}
