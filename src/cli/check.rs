//! `metalsense check`.

use clap::Args;

use super::declared::Declared;
use super::error::Failure;
use super::exit::Exit;
use super::findings::{self, Format, Judging};
use super::live::{Live, LiveSides, Narrowing};
use super::pipeline::{self, Networks, Passwords};
use super::terminal::Terminal;
use crate::check::{self as rules, Reach};
use crate::compile::Facts;
use crate::finding::Finding;
use crate::intent::Intent;
use crate::plan::discover::with_discovered;
use crate::plan::{self, facts::facts};

/// Arguments of `check`.
#[derive(Args, Debug)]
#[command(
    after_help = "Touches no network unless a cluster is named with --context or --kubeconfig: then what is there\n\
    is checked as well."
)]
pub struct CheckArgs {
    #[command(flatten)]
    declared: Declared,

    #[command(flatten)]
    live: LiveSides,

    #[command(flatten)]
    judging: Judging,
}

pub(super) fn run(args: &CheckArgs, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let mut networks = pipeline::load(&args.declared, terminal)?;
    let mut found = Vec::new();
    let sides = args.live.optional()?;
    let narrowing = Narrowing::cluster_only(sides.as_ref());
    for intent in &networks.intents {
        found.push(match &sides {
            Some(sides) => {
                beside(&networks, intent, &Live { flags: &args.live, sides, narrowing: &narrowing })?
            }
            None => {
                let compiled = networks.compile(intent, Facts::default(), Passwords::Unread)?;
                pipeline::rules(intent, &compiled)
            }
        });
    }
    let reach = if sides.is_some() { Reach::Live } else { Reach::Declaration };
    let found = networks.judged(found, reach, &args.judging.weight);
    let Judging { output, .. } = args.judging;
    let passed =
        format!("{} sound", names(&networks.intents.iter().map(|i| i.name.as_str()).collect::<Vec<_>>()));
    let shown = match output {
        // Assumptions are worth a line to programs; people ask for them with -v.
        Format::Human if !terminal.is_verbose() => findings::without_remarks(&found),
        _ => found,
    };
    findings::print("check", &passed, output, &shown, &networks.sources, terminal)
}

/// The same, and what the live sides show.
fn beside(networks: &Networks, intent: &Intent, live: &Live<'_>) -> Result<Vec<Finding>, Failure> {
    let observed = live.read(networks, intent)?;
    let intent = &*with_discovered(intent, observed.cluster.as_ref());
    let compiled = networks.compile(intent, facts(intent, &observed), Passwords::Unread)?;
    let shown = rules::live::live(intent, &compiled.desired, &observed);
    let mut found = pipeline::rules(intent, &compiled);
    found.extend(shown);
    found.extend(observed.cluster.iter().flat_map(plan::cluster::not_seen));
    Ok(found)
}

/// `network homelab is`, `networks a and b are`.
fn names(names: &[&str]) -> String {
    match names {
        [one] => format!("network {one} is"),
        [] => "nothing is".to_owned(),
        [rest @ .., last] => format!("networks {} and {last} are", rest.join(", ")),
    }
}
