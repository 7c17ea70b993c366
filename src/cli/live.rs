//! The live sides of a verb, and what separates them from a declaration.
//!
//! The live sides are a snapshot folder, or a cluster and the routers that are declared.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use ring::rand::{SecureRandom as _, SystemRandom};
use secrecy::SecretString;

use super::error::Failure;
use super::exit::Exit;
use super::pipeline::{self, Networks, Passwords};
use super::routers;
use super::terminal::Terminal;
use crate::apply::{self, Applied, ApplyError, Targets};
use crate::check;
use crate::compile::Compiled;
use crate::compile::router::path;
use crate::finding::Finding;
use crate::intent::{Intent, RouterKind, naming};
use crate::live::snapshot::RouterProgram;
use crate::live::{Cluster, Connection, ErrorClass, KubernetesCluster, LiveError, Snapshot};
use crate::metallb::duration;
use crate::observed::Observed;
use crate::plan::discover::with_discovered;
use crate::plan::{self, Difference};
use crate::report::style::{self, Styled};

/// Where the live sides are.
#[derive(Args, Clone, Debug)]
pub(super) struct LiveSides {
    /// A snapshot folder that stands for both live sides: cluster/*.yaml and PEER/config.xml
    #[arg(long, value_name = "DIR", conflicts_with_all = ["context", "kubeconfig", "namespace", "as_user", "as_group", "request_timeout"])]
    pub(super) live: Option<PathBuf>,

    /// The context of the kubeconfig; wins over cluster.context
    #[arg(long, value_name = "NAME", help_heading = "Cluster")]
    context: Option<String>,

    /// The kubeconfig, instead of KUBECONFIG and ~/.kube/config
    #[arg(long, value_name = "FILE", help_heading = "Cluster")]
    kubeconfig: Option<PathBuf>,

    /// The namespace of MetalLB, where it is not to be found by its workloads
    #[arg(short, long, value_name = "NAME", help_heading = "Cluster")]
    namespace: Option<String>,

    /// Act as this user in the cluster
    #[arg(long = "as", value_name = "USER", help_heading = "Cluster")]
    as_user: Option<String>,

    /// Act as a member of this group in the cluster; can be given several times
    #[arg(long, value_name = "GROUP", requires = "as_user", help_heading = "Cluster")]
    as_group: Vec<String>,

    /// The longest that one request to the cluster may take, for example 10s
    #[arg(long, value_name = "TIME", value_parser = parse_timeout, help_heading = "Cluster")]
    request_timeout: Option<Duration>,
}

/// Which sides a verb is about.
#[derive(Args, Clone, Debug)]
pub(super) struct Narrowing {
    /// Part of the live sides only: `cluster`, `router` for all routers, or a router by its path
    #[arg(long, value_name = "SIDE")]
    target: Option<String>,
}

fn parse_timeout(text: &str) -> Result<Duration, String> {
    let nanoseconds =
        duration::parse(text).ok_or("expected a time with its unit, for example 10s or 1m30s")?;
    match u64::try_from(nanoseconds) {
        Ok(nanoseconds) if nanoseconds > 0 => Ok(Duration::from_nanos(nanoseconds)),
        _ => Err("a request needs some time".into()),
    }
}

/// The live sides of one run.
pub(super) enum Sides {
    /// A folder.
    Snapshot(Snapshot),
    /// A cluster, reached anew for each network because they may live in different ones, and the
    /// declared routers.
    Cluster,
}

impl Sides {
    /// The folder, where it is one.
    pub(super) fn snapshot(&self) -> Option<&Snapshot> {
        match self {
            Sides::Snapshot(snapshot) => Some(snapshot),
            Sides::Cluster => None,
        }
    }
}

impl LiveSides {
    /// Opens them where a verb can do without: a cluster must then be named.
    pub(super) fn optional(&self) -> Result<Option<Sides>, Failure> {
        let is_named = self.context.is_some() || self.kubeconfig.is_some() || self.live.is_some();
        if !is_named && (self.namespace.is_some() || self.as_user.is_some() || self.request_timeout.is_some())
        {
            return Err(Failure::usage("no cluster is named that the flags could be about")
                .hint("name one with --context NAME or --kubeconfig FILE"));
        }
        if is_named { Ok(Some(self.open()?)) } else { Ok(None) }
    }

    /// Opens them where a verb cannot do without: without a folder it is the cluster.
    pub(super) fn open(&self) -> Result<Sides, Failure> {
        Ok(match &self.live {
            Some(folder) => Sides::Snapshot(Snapshot::open(folder)?),
            None => Sides::Cluster,
        })
    }

    /// How the cluster of a network is reached.
    fn connection(&self, intent: &Intent) -> Result<Connection, Failure> {
        let cluster = &intent.cluster;
        // The default carries the place of the block that leaves the namespace out.
        let declared = (cluster.namespace.place != cluster.place).then(|| cluster.namespace.value.clone());
        if let (Some(flag), Some(declared)) = (&self.namespace, &declared)
            && flag != declared
        {
            return Err(Failure::usage(format!(
                "--namespace {flag} contradicts cluster.metallb.namespace, which is {declared}"
            ))
            .hint("leave one of the two out"));
        }
        Ok(Connection {
            kubeconfig: self.kubeconfig.clone(),
            context: self.context.clone().or_else(|| cluster.context.clone()),
            as_user: self.as_user.clone(),
            as_groups: self.as_group.clone(),
            request_timeout: self.request_timeout,
            namespace: self.namespace.clone().or(declared),
            secrets: secrets(intent),
            patience: None,
        })
    }
}

/// The Secrets that hold the passwords of a network, by namespace and name; an empty namespace is
/// MetalLB's own.
fn secrets(intent: &Intent) -> Vec<(String, String)> {
    let named = intent.peers.iter().filter_map(|peer| {
        let reference = &peer.password.as_ref()?.value;
        Some(match &reference.secret_key_ref {
            Some(key) => (key.namespace.clone().unwrap_or_default(), key.name.clone()),
            None => (String::new(), naming::secret(&intent.name, &peer.name)),
        })
    });
    named.collect()
}

impl Narrowing {
    /// What can be read of the sides: everything of a folder, and no more than the cluster otherwise.
    pub(super) fn cluster_only(sides: Option<&Sides>) -> Narrowing {
        let is_cluster = matches!(sides, Some(Sides::Cluster));
        Narrowing { target: is_cluster.then(|| "cluster".to_owned()) }
    }

    fn has_cluster(&self) -> bool {
        self.target.as_deref().is_none_or(|target| target == "cluster")
    }

    fn has_router(&self, path: &str) -> bool {
        match self.target.as_deref() {
            None | Some("router") => true,
            Some(target) => {
                path.strip_prefix(target).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            }
        }
    }

    /// Says that not everything is looked at.
    pub(super) fn warn(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        match &self.target {
            Some(target) => terminal.note(&format!(
                "{} only {target} is looked at, so this is part of the difference\n",
                Styled(style::HINT, "note:")
            )),
            None => Ok(()),
        }
    }

    /// The routers of a network that are looked at.
    fn routers(&self, intent: &Intent) -> Result<Vec<(String, RouterProgram)>, Failure> {
        let mut routers = readable(intent);
        let known = routers.len();
        routers.retain(|(path, _)| self.has_router(path));
        let named = self.target.as_deref().filter(|target| !matches!(*target, "cluster" | "router"));
        match named {
            Some(target) if routers.is_empty() => {
                let error = Failure::usage(format!("network {} has no side `{target}`", *intent.name));
                Err(if known == 0 {
                    error
                } else {
                    error.hint("name `cluster`, `router`, or a router as diff heads its part")
                })
            }
            _ => Ok(routers),
        }
    }
}

/// What a user may consent to.
#[derive(Args, Clone, Debug)]
pub(super) struct Consent {
    /// Take over what was made by hand under names and addresses that are declared
    #[arg(long)]
    adopt: bool,

    /// Take fields of our objects from others who have changed them
    #[arg(long)]
    dangerous_take_ownership: bool,

    /// How many objects or neighbors may be deleted on each side; wins over policy.maxDeletes
    #[arg(long, value_name = "N")]
    max_deletes: Option<u32>,

    /// How many sessions may be reset; wins over policy.maxSessionResets
    #[arg(long, value_name = "N")]
    max_session_resets: Option<u32>,

    /// How many services may lose their address; wins over policy.maxServicesMoved
    #[arg(long, value_name = "N")]
    max_services_moved: Option<u32>,

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
    /// Everything that was found on the way: what the declaration shows, what its addresses collide
    /// with, what comparing told.
    pub(super) findings: Vec<Finding>,
}

impl Compared {
    /// Why it must not be applied.
    pub(super) fn refusals(&self) -> impl Iterator<Item = &Finding> {
        self.difference.refusals.iter().map(|refusal| &refusal.finding)
    }
}

/// The live sides with everything that says how they are read.
pub(super) struct Live<'a> {
    /// The flags.
    pub(super) flags: &'a LiveSides,
    /// What they have opened.
    pub(super) sides: &'a Sides,
    /// Which part is wanted.
    pub(super) narrowing: &'a Narrowing,
}

impl Live<'_> {
    /// Reads the live sides of a network.
    pub(super) fn read(&self, networks: &Networks, intent: &Intent) -> Result<Observed, Failure> {
        let wanted = self.narrowing.routers(intent)?;
        if let Sides::Snapshot(snapshot) = self.sides {
            let mut observed = snapshot.read(&wanted)?;
            if !self.narrowing.has_cluster() {
                observed.cluster = None;
            }
            return Ok(observed);
        }
        // What is missing for one of them is said before anybody is asked.
        let opened = routers::open(networks, intent, |path| self.narrowing.has_router(path))?;
        let connection = self.connection(intent)?;
        block_on(async {
            let mut observed = Observed::default();
            for (path, router) in opened {
                observed.routers.push((path, router.read().await?));
            }
            if let Some(connection) = &connection {
                observed.cluster = Some(KubernetesCluster::connect(connection).await?.read().await?);
            }
            Ok(observed)
        })?
    }

    /// How the cluster of a network is reached, where it is looked at.
    fn connection(&self, intent: &Intent) -> Result<Option<Connection>, Failure> {
        self.narrowing.has_cluster().then(|| self.flags.connection(intent)).transpose()
    }

    /// Carries a difference out.
    pub(super) fn write(
        &self,
        networks: &Networks,
        intent: &Intent,
        difference: &Difference,
    ) -> Result<Applied, Failure> {
        if let Sides::Snapshot(snapshot) = self.sides {
            return Ok(block_on(apply::to_snapshot(difference, snapshot))??);
        }
        let changed =
            |path: &str| difference.routers.iter().any(|router| router.path == path && !router.is_empty());
        let routers = routers::open(networks, intent, changed)?;
        let connection = self.connection(intent)?;
        block_on(async {
            let cluster = match &connection {
                Some(connection) => Some(KubernetesCluster::connect(connection).await?),
                None => None,
            };
            let cluster = cluster.as_ref().map(|cluster| cluster as &dyn Cluster);
            Ok(apply::run(difference, &Targets { cluster, routers }).await?)
        })?
    }
}

/// Reads the live sides of a network and holds them against what is declared.
pub(super) fn compare(
    networks: &Networks,
    intent: &Intent,
    live: &Live<'_>,
    consent: &Consent,
    purpose: Purpose,
    passwords: Passwords,
) -> Result<Compared, Failure> {
    let observed = live.read(networks, intent)?;
    let intent = &*with_discovered(intent, observed.cluster.as_ref());
    let facts = plan::facts::facts(intent, &observed);
    let identity = facts.identity.clone();
    let compiled = networks.compile(intent, facts, passwords)?;
    let options = plan::Options {
        adopt: consent.adopt,
        take_ownership: consent.dangerous_take_ownership,
        allow_empty: consent.dangerous_allow_empty,
        max_deletes: consent.max_deletes.unwrap_or(intent.policy.max_deletes),
        max_session_resets: consent.max_session_resets.or(intent.policy.max_session_resets),
        max_services_moved: consent.max_services_moved.unwrap_or(intent.policy.max_services_moved),
        identity,
        vty_password: if purpose == Purpose::Write { Some(random_password()?) } else { None },
    };
    let difference = plan::difference(&compiled.desired, &observed, &options);
    let mut findings = pipeline::rules(intent, &compiled);
    findings.extend(check::live::lasting(intent, &compiled.desired, &observed));
    findings.extend(difference.findings.iter().cloned());
    Ok(Compared { compiled, observed, difference, findings })
}

/// The routers that can be read: those of other teams cannot.
fn readable(intent: &Intent) -> Vec<(String, RouterProgram)> {
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
        let hint = error.hint().map(str::to_owned);
        let failure = Failure::because(exit(error.class()), error);
        match hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}
