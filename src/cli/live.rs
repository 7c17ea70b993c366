//! The live sides of a verb, and what separates them from a declaration.
//!
//! For now the live sides are a snapshot folder; a cluster and a firewall are read by nothing here.

use std::path::PathBuf;

use clap::Args;
use ring::rand::{SecureRandom as _, SystemRandom};
use secrecy::SecretString;

use super::error::Failure;
use super::exit::Exit;
use super::pipeline::{Networks, Passwords};
use crate::apply::ApplyError;
use crate::compile::Compiled;
use crate::compile::router::path;
use crate::finding::Finding;
use crate::intent::{Intent, RouterKind};
use crate::live::snapshot::RouterProgram;
use crate::live::{ErrorClass, LiveError, Snapshot};
use crate::observed::Observed;
use crate::plan::{self, Difference};

/// Where the live sides are.
#[derive(Args, Clone, Debug)]
pub(super) struct LiveSides {
    /// A snapshot folder that stands for both live sides: cluster/*.yaml and PEER/config.xml
    #[arg(long, value_name = "DIR")]
    pub(super) live: Option<PathBuf>,
}

impl LiveSides {
    /// Opens them where a verb can do with them.
    pub(super) fn optional(&self) -> Result<Option<Snapshot>, Failure> {
        self.live.as_ref().map(|folder| Ok(Snapshot::open(folder)?)).transpose()
    }

    /// Opens them where a verb cannot do without.
    pub(super) fn open(&self) -> Result<Snapshot, Failure> {
        self.optional()?.ok_or_else(|| {
            Failure::usage("live targets are not there yet: a cluster or a firewall cannot be reached")
                .hint("name a snapshot folder with --live DIR, for example examples/homelab/live")
        })
    }
}

/// What a user may consent to.
#[derive(Args, Clone, Debug)]
pub(super) struct Consent {
    /// Take over what was made by hand under names and addresses that are declared
    #[arg(long)]
    adopt: bool,

    /// How many objects or neighbors may be deleted on each side; wins over policy.maxDeletes
    #[arg(long, value_name = "N")]
    max_deletes: Option<u32>,

    /// Delete everything that is ours where the declaration wants nothing
    #[arg(long)]
    dangerous_allow_empty: bool,
}

/// Whether what is found out is going to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// It is shown: what would be generated needs no value.
    Show,
    /// It is written.
    Write,
}

/// A network beside what is live.
pub(super) struct Compared {
    /// What is wanted, with what the live sides tell.
    pub(super) compiled: Compiled,
    /// What is there.
    pub(super) observed: Observed,
    /// What separates the two.
    pub(super) difference: Difference,
}

impl Compared {
    /// Everything that was found on the way.
    pub(super) fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.compiled.findings.iter().chain(&self.difference.findings)
    }

    /// Why it must not be applied.
    pub(super) fn refusals(&self) -> impl Iterator<Item = &Finding> {
        self.difference.refusals.iter().map(|refusal| &refusal.finding)
    }
}

/// Reads the live sides of a network and holds them against what is declared.
pub(super) fn compare(
    networks: &Networks,
    intent: &Intent,
    snapshot: &Snapshot,
    consent: &Consent,
    purpose: Purpose,
    passwords: Passwords,
) -> Result<Compared, Failure> {
    let observed = snapshot.read(&routers(intent))?;
    let facts = plan::facts::facts(intent, &observed);
    let identity = facts.identity.clone();
    let compiled = networks.compile(intent, facts, passwords)?;
    let options = plan::Options {
        adopt: consent.adopt,
        allow_empty: consent.dangerous_allow_empty,
        max_deletes: consent.max_deletes.unwrap_or(intent.policy.max_deletes),
        identity,
        vty_password: if purpose == Purpose::Write { Some(random_password()?) } else { None },
    };
    let difference = plan::difference(&compiled.desired, &observed, &options);
    Ok(Compared { compiled, observed, difference })
}

/// The routers that can be read: those of other teams cannot.
pub(super) fn routers(intent: &Intent) -> Vec<(String, RouterProgram)> {
    let mut routers = Vec::new();
    for peer in &intent.peers {
        let program = match peer.kind {
            RouterKind::Pfsense { .. } => RouterProgram::Pfsense,
            RouterKind::Frr(_) => RouterProgram::Frr,
            RouterKind::Unmanaged(_) => continue,
        };
        routers.extend(peer.members.iter().map(|member| (path(peer, member), program)));
    }
    routers
}

/// Letters of a generated password: FRR reads it as one word, and people may have to type it.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// Letters of a generated password, five bits each.
const LENGTH: usize = 24;

fn random_password() -> Result<SecretString, Failure> {
    let mut bytes = [0; LENGTH];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| Failure::new(Exit::Failed, "the system gives no random numbers"))?;
    let letters = bytes.iter().filter_map(|byte| ALPHABET.get(usize::from(*byte) % ALPHABET.len()));
    Ok(SecretString::from(letters.map(|letter| char::from(*letter)).collect::<String>()))
}

/// Waits for what talks to somebody.
pub(super) fn block_on<T>(future: impl Future<Output = T>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::because(Exit::Failed, error).about("starting"))?;
    Ok(runtime.block_on(future))
}

fn exit(class: ErrorClass) -> Exit {
    match class {
        ErrorClass::Failed => Exit::Failed,
        ErrorClass::Invalid => Exit::Findings,
        ErrorClass::Refused => Exit::Refused,
    }
}

impl From<LiveError> for Failure {
    fn from(error: LiveError) -> Self {
        let hint = error.hint().map(str::to_owned);
        let failure = Failure::because(exit(error.class()), error);
        match hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

impl From<ApplyError> for Failure {
    fn from(error: ApplyError) -> Self {
        Failure::because(exit(error.class()), error)
    }
}
