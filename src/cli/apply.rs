//! `metalsense apply`.

use std::path::Path;

use clap::Args;

use super::declared::Declared;
use super::diff::{self, Showing};
use super::error::Failure;
use super::exit::Exit;
use super::findings::Weight;
use super::live::{self, Compared, Consent, LiveSides, Purpose};
use super::pipeline::{self, Networks, Passwords};
use super::terminal::Terminal;
use crate::apply::{Applied, to_snapshot};
use crate::finding::Finding;
use crate::live::Snapshot;
use crate::plan::Difference;
use crate::report::findings::human;
use crate::report::style;

/// Arguments of `apply`.
#[derive(Args, Debug)]
#[command(
    after_help = "Shows what would change and asks. Where nobody can be asked, --yes is needed. Nothing is\n\
    written when nothing differs.\n\n\
    Examples:\n  \
    metalsense apply --live snapshot\n  \
    metalsense apply -f network.yaml --live snapshot --yes --adopt"
)]
pub struct ApplyArgs {
    #[command(flatten)]
    declared: Declared,

    #[command(flatten)]
    live: LiveSides,

    /// Do not ask
    #[arg(short, long, visible_alias = "auto-approve")]
    yes: bool,

    #[command(flatten)]
    consent: Consent,

    #[command(flatten)]
    showing: Showing,

    #[command(flatten)]
    weight: Weight,
}

pub(super) fn run(args: &ApplyArgs, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let snapshot = args.live.open()?;
    let mut networks = pipeline::load(&args.declared, terminal)?;
    let mut compared = Vec::new();
    for intent in &networks.intents {
        compared.push(live::compare(
            &networks,
            intent,
            &snapshot,
            &args.consent,
            Purpose::Write,
            Passwords::Read,
        )?);
    }
    let Some(found) = diff::sound(&mut networks, &compared, &args.weight, terminal)? else {
        terminal.note("nothing was applied\n")?;
        return Ok(Exit::Findings);
    };
    show(args, &networks, &compared, &found, terminal)?;
    let refusals: Vec<_> = compared.iter().flat_map(Compared::refusals).collect();
    if !refusals.is_empty() {
        for refusal in refusals {
            terminal.talk(&format!("\n{}", human::render(refusal, &networks.sources)))?;
        }
        terminal.note("\nnothing was applied\n")?;
        return Ok(Exit::Refused);
    }
    if compared.iter().all(|compared| compared.difference.is_empty()) {
        return Ok(Exit::Done);
    }
    snapshot.writable()?;
    if !consented(args.yes, terminal)? {
        terminal.note("nothing was applied\n")?;
        return Ok(Exit::Refused);
    }
    let mut done = Vec::new();
    let end = write_all(args, &networks, compared, &snapshot, &mut done);
    for (network, applied) in &done {
        tell(network, applied, terminal)?;
    }
    end.map(|()| Exit::Done)
}

/// Shows what would change. A reader of the output that goes away keeps nobody from applying who has
/// consented beforehand; without consent, nobody has seen what it would be given to.
fn show(
    args: &ApplyArgs,
    networks: &Networks,
    compared: &[Compared],
    found: &[Finding],
    terminal: &mut Terminal,
) -> Result<(), Failure> {
    let shown = diff::show(&args.showing, networks, compared, found, terminal);
    match shown.and_then(|_| terminal.flush()) {
        Err(failure) if failure.is_closed_pipe() => {
            terminal.close_output();
            match args.yes {
                true => Ok(()),
                false => {
                    Err(Failure::refused("nobody read the changes to their end, and nothing was applied"))
                }
            }
        }
        other => other,
    }
}

/// Writes one network after the other. What is done is kept for telling, also where a later one fails.
fn write_all(
    args: &ApplyArgs,
    networks: &Networks,
    compared: Vec<Compared>,
    snapshot: &Snapshot,
    done: &mut Vec<(String, Applied)>,
) -> Result<(), Failure> {
    for (number, (intent, shown)) in networks.intents.iter().zip(compared).enumerate() {
        // What an earlier network wrote is part of what this one rests on.
        let now = match number {
            0 => shown,
            _ => live::compare(networks, intent, snapshot, &args.consent, Purpose::Write, Passwords::Read)?,
        };
        done.push((intent.name.value.clone(), write(&now.difference, snapshot)?));
    }
    Ok(())
}

fn consented(yes: bool, terminal: &mut Terminal) -> Result<bool, Failure> {
    if yes {
        return Ok(true);
    }
    if !terminal.can_ask() {
        return Err(Failure::refused("there is no terminal to ask on, and nothing was applied")
            .hint("look at the changes, then pass --yes"));
    }
    terminal.ask("\napply these changes?")
}

fn write(difference: &Difference, snapshot: &Snapshot) -> Result<Applied, Failure> {
    Ok(live::block_on(to_snapshot(difference, snapshot))??)
}

fn tell(network: &str, applied: &Applied, terminal: &mut Terminal) -> Result<(), Failure> {
    let files: Vec<&Path> = applied.written.iter().map(Path::new).collect();
    for file in &files {
        terminal.detail(&format!("wrote {}\n", file.display()))?;
    }
    terminal.note(&format!("\nnetwork {network}: applied, {} written\n", style::count(files.len(), "file")))
}
