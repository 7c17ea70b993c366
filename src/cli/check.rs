//! `metalsense check`.

use clap::Args;

use super::declared::Declared;
use super::error::Failure;
use super::exit::Exit;
use super::findings::{self, Format, Judging};
use super::pipeline::{self, Passwords};
use super::terminal::Terminal;
use crate::compile::Facts;

/// Arguments of `check`.
#[derive(Args, Debug)]
pub struct CheckArgs {
    #[command(flatten)]
    declared: Declared,

    #[command(flatten)]
    judging: Judging,
}

pub(super) fn run(args: &CheckArgs, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let mut networks = pipeline::load(&args.declared, terminal)?;
    let mut found = Vec::new();
    for intent in &networks.intents {
        found.extend(networks.compile(intent, Facts::default(), Passwords::Unread)?.findings);
    }
    let found = networks.findings(found, &args.judging.weight);
    let Judging { output, .. } = args.judging;
    let passed =
        format!("{} sound", declared(&networks.intents.iter().map(|i| i.name.as_str()).collect::<Vec<_>>()));
    let shown = match output {
        // Assumptions are worth a line to programs; people ask for them with -v.
        Format::Human if !terminal.is_verbose() => findings::without_remarks(&found),
        _ => found,
    };
    findings::print("check", &passed, output, &shown, &networks.sources, terminal)
}

/// `network homelab is`, `networks a and b are`.
fn declared(names: &[&str]) -> String {
    match names {
        [one] => format!("network {one} is"),
        [] => "nothing is".to_owned(),
        [rest @ .., last] => format!("networks {} and {last} are", rest.join(", ")),
    }
}
