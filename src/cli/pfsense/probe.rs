//! `metalsense pfsense probe`.

use clap::Args;

use crate::check::Reach;
use crate::cli::declared::Declared;
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::findings::{self, Weight};
use crate::cli::live::block_on;
use crate::cli::pipeline;
use crate::cli::routers;
use crate::cli::terminal::Terminal;
use crate::observed::{CarpState, PfsenseState, RouterState};

/// Arguments of `pfsense probe`.
#[derive(Args, Debug)]
#[command(after_help = "Logs in once on each firewall, reads, and changes nothing.\n\n\
    Example:\n  PFSENSE_PASSWORD=... metalsense pfsense probe -f network.yaml --target pfsense")]
pub(super) struct ProbeArgs {
    #[command(flatten)]
    declared: Declared,

    /// One router by its path; all declared ones without it
    #[arg(long, value_name = "PEER[/MEMBER]")]
    target: Option<String>,

    #[command(flatten)]
    weight: Weight,
}

pub(super) fn run(args: &ProbeArgs, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let mut networks = pipeline::load(&args.declared, terminal)?;
    let found = networks.judged(Vec::new(), Reach::Declaration, &args.weight);
    if findings::talk(&found, &networks.sources, terminal)? != Exit::Done {
        return Ok(Exit::Findings);
    }
    let wanted = |path: &str| match args.target.as_deref() {
        None => true,
        Some(target) => {
            path.strip_prefix(target).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        }
    };
    let mut probed = 0;
    for intent in &networks.intents {
        for (path, router) in routers::open(&networks, intent, wanted)? {
            let state = block_on(router.read())??;
            if let RouterState::Pfsense(state) = state {
                terminal.data(&describe(&path, &router.title(), &state))?;
            }
            probed += 1;
        }
    }
    if probed == 0 {
        return Err(Failure::usage("there is no such firewall in the declaration"));
    }
    Ok(Exit::Done)
}

fn describe(path: &str, title: &str, state: &PfsenseState) -> String {
    let package = state.facts.package.as_ref().map_or("not installed", |package| package.version.as_str());
    let mut text = format!("{path}\n  reached        {title}\n");
    let mut line = |name: &str, value: &str| {
        text.push_str(&format!("  {name:<14} {value}\n"));
    };
    if let Some(runtime) = &state.runtime {
        line("product", &format!("{} {}", runtime.product, runtime.version));
        line("last saved by", &runtime.saved_by);
        let daemons = if runtime.running.is_empty() { "none".into() } else { runtime.running.join(", ") };
        line("daemons", &daemons);
        let check = match &runtime.check {
            None => "there is none".to_owned(),
            Some(check) if check.accepted => "FRR reads every line".to_owned(),
            Some(check) => format!("FRR refuses it: {}", check.lines.join("; ")),
        };
        line("frr.conf", &check);
        for (id, carp) in &runtime.carp {
            let address = state.facts.virtual_addresses.iter().find(|vip| vip.unique_id == *id);
            let address = address.map_or_else(|| id.clone(), |vip| vip.address.to_string());
            let word = match carp {
                CarpState::Master => "master",
                CarpState::Backup => "backup",
                CarpState::Init => "starting",
                CarpState::Unknown => "unknown",
            };
            line("CARP", &format!("{address} {word}"));
        }
        if let Some(other) = &runtime.synchronizes_to {
            line("sends to", &format!("{other}; the FRR package's settings are not part of it"));
        }
    }
    line("configuration", &format!("version {}, {} bytes", state.facts.config_version, state.bytes.len()));
    line("FRR package", package);
    line("revision", &state.facts.digest);
    text
}
