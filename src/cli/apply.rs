//! `metalsense apply`.

use clap::Args;

use super::declared::Declared;
use super::diff::{self, Showing};
use super::error::Failure;
use super::exit::Exit;
use super::findings::Weight;
use super::live::{self, Compared, Consent, Live, LiveSides, Narrowing, Purpose};
use super::pipeline::{self, Networks, Passwords};
use super::terminal::Terminal;
use crate::apply::Applied;
use crate::finding::Finding;
use crate::report::findings::human;
use crate::report::style;

/// Arguments of `apply`.
#[derive(Args, Debug)]
#[command(
    after_help = "Shows what would change and asks. Where nobody can be asked, --yes is needed. Nothing is\n\
    written when nothing differs.\n\n\
    Examples:\n  \
    metalsense apply --target cluster --context prod\n  \
    metalsense apply --live snapshot\n  \
    metalsense apply -f network.yaml --live snapshot --yes --adopt\n\n\
    Without --live the cluster of the kubeconfig and the declared firewalls are changed."
)]
pub struct ApplyArgs {
    #[command(flatten)]
    declared: Declared,

    #[command(flatten)]
    live: LiveSides,

    #[command(flatten)]
    narrowing: Narrowing,

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
    let sides = args.live.open()?;
    let live = Live { flags: &args.live, sides: &sides, narrowing: &args.narrowing };
    let mut networks = pipeline::load(&args.declared, terminal)?;
    args.narrowing.warn(terminal)?;
    let mut compared = Vec::new();
    for intent in &networks.intents {
        compared.push(live::compare(
            &networks,
            intent,
            &live,
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
    if let Some(snapshot) = sides.snapshot() {
        snapshot.writable()?;
    }
    if !consented(args.yes, terminal)? {
        terminal.note("nothing was applied\n")?;
        return Ok(Exit::Refused);
    }
    let mut done = Vec::new();
    let end = write_all(args, &networks, compared, &live, &mut done);
    let what = if sides.snapshot().is_some() { "file" } else { "object" };
    for (network, applied) in &done {
        tell(network, applied, what, terminal)?;
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
    live: &Live<'_>,
    done: &mut Vec<(String, Applied)>,
) -> Result<(), Failure> {
    for (number, (intent, shown)) in networks.intents.iter().zip(compared).enumerate() {
        // What an earlier network wrote is part of what this one rests on.
        let now = match number {
            0 => shown,
            _ => live::compare(networks, intent, live, &args.consent, Purpose::Write, Passwords::Read)?,
        };
        done.push((intent.name.value.clone(), live.write(networks, intent, &now.difference)?));
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

fn tell(network: &str, applied: &Applied, what: &str, terminal: &mut Terminal) -> Result<(), Failure> {
    for written in &applied.written {
        terminal.detail(&format!("wrote {written}\n"))?;
    }
    let count = style::count(applied.written.len(), what);
    terminal.note(&format!("\nnetwork {network}: applied, {count} written\n"))
}
