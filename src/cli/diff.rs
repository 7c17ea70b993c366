//! `metalsense diff`.

use clap::{Args, ValueEnum};

use super::declared::Declared;
use super::error::Failure;
use super::exit::Exit;
use super::findings::{self, Weight};
use super::live::{self, Compared, Consent, Live, LiveSides, Narrowing, Purpose};
use super::pipeline::{self, Networks, Passwords};
use super::terminal::Terminal;
use crate::check::Reach;
use crate::finding::{Finding, Severity};
use crate::report::difference::{self, View};
use crate::report::style::{self, Styled};

/// How differences are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Objects and fields, for people
    #[default]
    Human,
    /// One document, see `format_version`
    Json,
    /// The same document as YAML
    Yaml,
    /// Tables for a comment on a pull request
    Markdown,
}

/// How to show differences.
#[derive(Args, Clone, Debug)]
pub(super) struct Showing {
    /// How to print the differences
    #[arg(short, long, value_name = "FORMAT", default_value = "human")]
    output: Format,

    /// Show the lines of frr.conf that change as well; JSON and YAML always have them
    #[arg(long)]
    text: bool,

    /// Unchanged lines around the changed ones
    #[arg(long, value_name = "N", default_value_t = 3)]
    text_lines: usize,
}

/// Arguments of `diff`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    metalsense diff --target cluster --context prod\n  \
    metalsense diff --live snapshot\n  \
    metalsense diff -f network.yaml --live snapshot --exit-code --output markdown\n\n\
    Without --live the cluster of the kubeconfig and the declared firewalls are read.")]
pub struct DiffArgs {
    #[command(flatten)]
    declared: Declared,

    #[command(flatten)]
    live: LiveSides,

    #[command(flatten)]
    narrowing: Narrowing,

    /// End with 2 if there are changes
    #[arg(long)]
    exit_code: bool,

    #[command(flatten)]
    consent: Consent,

    #[command(flatten)]
    showing: Showing,

    #[command(flatten)]
    weight: Weight,
}

pub(super) fn run(args: &DiffArgs, terminal: &mut Terminal) -> Result<Exit, Failure> {
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
            Purpose::Show,
            Passwords::Read,
        )?);
    }
    let Some(found) = sound(&mut networks, &compared, &args.weight, terminal)? else {
        terminal.note("nothing was compared\n")?;
        return Ok(Exit::Findings);
    };
    let views = show(&args.showing, &networks, &compared, &found, terminal)?;
    if matches!(args.showing.output, Format::Human | Format::Markdown) {
        for refusal in compared.iter().flat_map(Compared::refusals) {
            let finding = Finding { severity: Severity::Warning, ..refusal.clone() };
            let text = crate::report::findings::human::render(&finding, &networks.sources);
            terminal.note(&format!("\n{} apply would be refused\n{text}", Styled(style::HINT, "note:")))?;
        }
    }
    let changed = views.iter().any(|view| !view.is_empty());
    Ok(if args.exit_code && changed { Exit::Changes } else { Exit::Done })
}

/// Tells what was found. Nothing where errors are among it.
pub(super) fn sound(
    networks: &mut Networks,
    compared: &[Compared],
    weight: &Weight,
    terminal: &mut Terminal,
) -> Result<Option<Vec<Finding>>, Failure> {
    let behind = compared.iter().map(|compared| compared.findings.clone()).collect();
    let found = networks.judged(behind, Reach::Declaration, weight);
    let end = findings::talk(&found, &networks.sources, terminal)?;
    Ok((end == Exit::Done && networks.is_sound()).then_some(found))
}

/// Prints the differences.
pub(super) fn show(
    showing: &Showing,
    networks: &Networks,
    compared: &[Compared],
    found: &[Finding],
    terminal: &mut Terminal,
) -> Result<Vec<View>, Failure> {
    let mut views: Vec<View> = compared.iter().map(|compared| View::from(&compared.difference)).collect();
    let programs = matches!(showing.output, Format::Json | Format::Yaml);
    if !showing.text && !programs {
        let sides = views.iter_mut().flat_map(|view| &mut view.sides);
        sides.filter(|side| !side.is_all_text).for_each(|side| side.text = None);
    }
    if programs {
        let refusals: Vec<Finding> = compared.iter().flat_map(Compared::refusals).cloned().collect();
        let document = difference::json(&views, found, &refusals, &networks.sources);
        match showing.output {
            Format::Json => terminal.json(&document)?,
            _ => terminal.yaml(&document)?,
        }
        return Ok(views);
    }
    for (number, view) in views.iter().enumerate() {
        if number > 0 {
            terminal.data("\n")?;
        }
        let text = match showing.output {
            Format::Markdown => difference::markdown::render(view, showing.text_lines)
                .map_err(|error| Failure::because(Exit::Failed, error).about("writing Markdown"))?,
            _ => difference::human::render(view, showing.text_lines),
        };
        terminal.data(&text)?;
    }
    Ok(views)
}
