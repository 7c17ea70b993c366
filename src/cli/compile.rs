//! `metalsense compile`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use super::declared::Declared;
use super::error::Failure;
use super::exit::Exit;
use super::findings::{self, Weight};
use super::live::{self, Compared, Consent, Live, LiveSides, Narrowing, Purpose, Sides};
use super::output::{self, Access};
use super::pipeline::{self, Networks, Passwords};
use super::terminal::Terminal;
use crate::check::Reach;
use crate::compile::files::{self, OutputFile};
use crate::compile::{Compiled, Facts};
use crate::finding::Finding;
use crate::intent::Intent;
use crate::live::Snapshot;
use crate::observed::RouterState;
use crate::pfsense::xml;
use crate::plan::RouterChange;
use crate::report::findings::human;
use crate::report::style;

/// Arguments of `compile`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    metalsense compile --out build\n  \
    metalsense compile --target cluster | kubectl diff -f -\n\n\
    Never restore a fragment.xml through pfSense's Backup & Restore page: the area \"Package Manager\" is\n\
    replaced whole, so that the settings of every other package would be gone. With --live a complete\n\
    config.xml is written beside it.")]
pub struct CompileArgs {
    #[command(flatten)]
    declared: Declared,

    /// Write files into this folder instead of printing them
    ///
    /// Files of an earlier run that are no longer made are left, and named. Several networks get a
    /// folder each.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    #[command(flatten)]
    live: LiveSides,

    #[command(flatten)]
    consent: Consent,

    /// One side only: `cluster`, or a router by its path
    #[arg(long, value_name = "SIDE")]
    target: Option<String>,

    /// Print passwords as well; files always hold them, for their owner alone
    #[arg(long)]
    show_secrets: bool,

    #[command(flatten)]
    weight: Weight,
}

pub(super) fn run(args: &CompileArgs, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let mut networks = pipeline::load(&args.declared, terminal)?;
    let secret = args.out.is_some() || args.show_secrets;
    let passwords = if secret { Passwords::Read } else { Passwords::Unread };
    let sides = args.live.optional()?;
    let narrowing = Narrowing::cluster_only(sides.as_ref());
    let mut made = Vec::new();
    for intent in &networks.intents {
        made.push(match &sides {
            None => Made::Alone(networks.compile(intent, Facts::default(), passwords)?),
            Some(sides) => {
                let live = Live { flags: &args.live, sides, narrowing: &narrowing };
                let consent = &args.consent;
                let compared = live::compare(&networks, intent, &live, consent, Purpose::Write, passwords)?;
                Made::Beside(Box::new(compared))
            }
        });
    }
    let behind = networks.intents.iter().zip(&made).map(|(intent, made)| made.findings(intent)).collect();
    let found = networks.judged(behind, Reach::Declaration, &args.weight);
    let end = findings::talk(&found, &networks.sources, terminal)?;
    if end != Exit::Done || !networks.is_sound() {
        terminal.note("nothing was compiled\n")?;
        return Ok(Exit::Findings);
    }
    let mut sets = sets(args, &networks, &made)?;
    match &args.out {
        Some(folder) => {
            if let Some(snapshot) = sides.as_ref().and_then(Sides::snapshot) {
                let refusals: Vec<_> = made.iter().flat_map(Made::refusals).collect();
                if !refusals.is_empty() {
                    for refusal in refusals {
                        terminal.talk(&format!("{}\n", human::render(refusal, &networks.sources)))?;
                    }
                    terminal.note("nothing was written\n")?;
                    return Ok(Exit::Refused);
                }
                sets.extend(whole(args, &networks, &made, snapshot, terminal)?);
            }
            write(folder, &sets, terminal)?;
        }
        None => print(args, &sets, terminal)?,
    }
    Ok(Exit::Done)
}

/// What was made of one network.
enum Made {
    /// From the declaration alone.
    Alone(Compiled),
    /// With what the live sides tell.
    Beside(Box<Compared>),
}

impl Made {
    fn compiled(&self) -> &Compiled {
        match self {
            Made::Alone(compiled) => compiled,
            Made::Beside(compared) => &compared.compiled,
        }
    }

    fn findings(&self, intent: &Intent) -> Vec<Finding> {
        match self {
            Made::Alone(compiled) => pipeline::rules(intent, compiled),
            Made::Beside(compared) => compared.findings.clone(),
        }
    }

    fn refusals(&self) -> Vec<&Finding> {
        match self {
            Made::Alone(_) => Vec::new(),
            Made::Beside(compared) => compared.refusals().collect(),
        }
    }
}

/// The whole config.xml of every firewall with our part in it.
fn whole(
    args: &CompileArgs,
    networks: &Networks,
    made: &[Made],
    snapshot: &Snapshot,
    terminal: &mut Terminal,
) -> Result<Vec<OutputFile>, Failure> {
    if snapshot.meta().redacted {
        let folder = snapshot.root().display();
        terminal.note(&format!("{folder}: is redacted, so that no config.xml is made from it\n"))?;
        return Ok(Vec::new());
    }
    let mut all = Vec::new();
    for (intent, made) in networks.intents.iter().zip(made) {
        let Made::Beside(compared) = made else { continue };
        for router in &compared.difference.routers {
            let (Some(RouterState::Pfsense(state)), RouterChange::Pfsense(edits)) =
                (compared.observed.router(&router.path), &router.write)
            else {
                continue;
            };
            let path = format!("{}/config.xml", router.path);
            let bytes = xml::edit(&state.bytes, edits)?;
            let file = OutputFile { path, bytes, secret: true };
            all.extend(placed(args, networks, &intent.name, file));
        }
    }
    Ok(all)
}

/// The file where it is wanted: below the folder of its network where there are several, nowhere for
/// a side that was not asked for.
fn placed(
    args: &CompileArgs,
    networks: &Networks,
    network: &str,
    mut file: OutputFile,
) -> Option<OutputFile> {
    if args.target.as_ref().is_some_and(|target| !is_of(&file, target)) {
        return None;
    }
    if networks.intents.len() > 1 {
        file.path = format!("{network}/{}", file.path);
    }
    Some(file)
}

/// The files of every network.
fn sets(args: &CompileArgs, networks: &Networks, made: &[Made]) -> Result<Vec<OutputFile>, Failure> {
    let mut all = Vec::new();
    for (intent, made) in networks.intents.iter().zip(made) {
        let files = files::files(intent, &made.compiled().desired)?;
        all.extend(files.into_iter().filter_map(|file| placed(args, networks, &intent.name, file)));
    }
    match &args.target {
        Some(target) if all.is_empty() => {
            Err(Failure::usage(format!("nothing is compiled for the side `{target}`"))
                .hint("name `cluster`, or a router as `metalsense compile` prints its folder"))
        }
        _ => Ok(all),
    }
}

fn is_of(file: &OutputFile, target: &str) -> bool {
    file.path.strip_prefix(target).is_some_and(|rest| rest.starts_with('/'))
}

fn write(folder: &Path, files: &[OutputFile], terminal: &mut Terminal) -> Result<(), Failure> {
    let mut written = 0;
    for file in files {
        let access = if file.secret { Access::Owner } else { Access::Everybody };
        let path = folder.join(&file.path);
        if output::write(&path, &file.bytes, access)? {
            written += 1;
            terminal.detail(&format!("wrote {}\n", path.display()))?;
        }
    }
    for stale in stale(folder, files)? {
        terminal.note(&format!("{}: is not made any more, and was left\n", stale.display()))?;
    }
    let what = match written {
        0 => "nothing changed".to_owned(),
        n => format!("{} written", style::count(n, "file")),
    };
    terminal.note(&format!("{}: {what}\n", folder.display()))
}

/// Names of the files that `compile` makes for a router.
const ROUTER_FILES: [&str; 4] = ["config.xml", "fragment.xml", "frr.conf", "hand-over.md"];

/// How deep a file can lie: `NETWORK/PEER/MEMBER/config.xml`.
const DEPTH: usize = 3;

/// Files of an earlier run that this one did not make. Only names that such a run gives are looked for.
fn stale(folder: &Path, files: &[OutputFile]) -> Result<Vec<PathBuf>, Failure> {
    let made: BTreeSet<PathBuf> = files.iter().map(|file| folder.join(&file.path)).collect();
    let mut stale = Vec::new();
    let mut folders = vec![(folder.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(|error| Failure::file(&folder, error))? {
            let path = entry.map_err(|error| Failure::file(&folder, error))?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let is_object = folder.ends_with("cluster") && name.ends_with(".yaml");
            let is_router = depth > 0 && ROUTER_FILES.contains(&name);
            if path.is_dir() && depth < DEPTH {
                folders.push((path, depth + 1));
            } else if (is_object || is_router) && !made.contains(&path) {
                stale.push(path);
            }
        }
    }
    stale.sort();
    Ok(stale)
}

/// One side that is the cluster is a stream of documents, as kubectl reads it. Anything else is
/// headed by the names of the files.
fn print(args: &CompileArgs, files: &[OutputFile], terminal: &mut Terminal) -> Result<(), Failure> {
    let stream = args.target.as_deref() == Some("cluster");
    for (number, file) in files.iter().enumerate() {
        match (stream, number) {
            (true, 0) => {}
            (true, _) => terminal.data("---\n")?,
            (false, 0) => terminal.data(&format!("==> {} <==\n", file.path))?,
            (false, _) => terminal.data(&format!("\n==> {} <==\n", file.path))?,
        }
        terminal.raw(&file.bytes)?;
    }
    Ok(())
}
