//! Apply: carries out a difference through the traits of `live`.
//!
//! Guards first, then every precondition on both sides, then the writes; each of them is whole or not
//! there. Order: routers learn before the cluster announces, and the cluster withdraws before a router
//! forgets, so routers that lose things only come last. When a write fails, those before it are taken
//! back in reverse, and the error tells what could not be. Nothing is written when nothing differs.
//!
//! Decides nothing about what is written: that is `plan`'s business.
//! Read next: [`to_snapshot`], [`run`].

use std::fmt;

use crate::live::snapshot::RouterProgram;
use crate::live::{
    Cluster, ClusterBatch, ErrorClass, LiveError, ObjectWrite, Precondition, Receipt, Router, RouterContent,
    RouterOutcome, RouterWrite, Snapshot,
};
use crate::plan::cluster::ObjectStep;
use crate::plan::{Difference, Refusal, RouterChange, RouterDifference};

/// The targets of one run.
pub struct Targets<'a> {
    /// The Kubernetes side.
    pub cluster: Option<&'a dyn Cluster>,
    /// The routers by their path.
    pub routers: Vec<(String, Box<dyn Router + 'a>)>,
}

/// What an apply did.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// What was written, in order: files of a snapshot, or objects and routers. Empty if nothing differed.
    pub written: Vec<String>,
}

/// Why an apply did not happen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApplyError {
    /// Guards said no; nothing was written.
    #[error("refused: {}", Messages(.0))]
    Refused(Vec<Refusal>),
    /// The difference lacks a password that was to be generated; nothing was written.
    #[error("{path}: a password is to be generated, and none was handed in")]
    Incomplete {
        /// The router.
        path: String,
    },
    /// A side of the difference has no target; nothing was written.
    #[error("{what}: there is nowhere to write it to")]
    NoTarget {
        /// The side.
        what: String,
    },
    /// A precondition or a write failed.
    #[error("{cause}{state}")]
    Failed {
        /// What failed.
        cause: LiveError,
        /// What is written now.
        state: State,
    },
}

impl ApplyError {
    /// What it means to whoever started the program.
    pub fn class(&self) -> ErrorClass {
        match self {
            ApplyError::Refused(_) => ErrorClass::Refused,
            ApplyError::Incomplete { .. } | ApplyError::NoTarget { .. } => ErrorClass::Failed,
            ApplyError::Failed { cause, .. } => cause.class(),
        }
    }

    /// The way out, where there is one.
    pub fn hint(&self) -> Option<&str> {
        match self {
            ApplyError::Failed { cause, .. } => cause.hint(),
            _ => None,
        }
    }
}

/// What is written after a failure.
#[derive(Debug, Default)]
pub struct State {
    /// What was taken back.
    pub undone: Vec<String>,
    /// What is still as this run has written it, and why.
    pub left: Vec<(String, LiveError)>,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.undone.is_empty() {
            write!(f, "; taken back: {}", self.undone.join(", "))?;
        }
        for (what, error) in &self.left {
            write!(f, "; still changed: {what} ({error})")?;
        }
        if self.undone.is_empty() && self.left.is_empty() {
            f.write_str("; nothing is changed")?;
        }
        Ok(())
    }
}

struct Messages<'a>(&'a [Refusal]);

impl fmt::Display for Messages<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, refusal) in self.0.iter().enumerate() {
            let separator = if number == 0 { "" } else { "; " };
            write!(f, "{separator}{}", refusal.finding.message)?;
        }
        Ok(())
    }
}

/// Applies to a snapshot, under its lock.
///
/// # Errors
/// See [`ApplyError`]; another run that holds the snapshot is one.
pub async fn to_snapshot(difference: &Difference, snapshot: &Snapshot) -> Result<Applied, ApplyError> {
    check(difference)?;
    if difference.is_empty() {
        return Ok(Applied::default());
    }
    let failed = |cause| ApplyError::Failed { cause, state: State::default() };
    snapshot.writable().map_err(failed)?;
    let lock = snapshot.lock().map_err(failed)?;
    let cluster = snapshot.cluster();
    let routers = difference.routers.iter().map(|router| {
        let program = match router.write {
            RouterChange::Pfsense(_) => RouterProgram::Pfsense,
            RouterChange::Frr(_) => RouterProgram::Frr,
        };
        let target: Box<dyn Router> = Box::new(snapshot.router(&router.path, program));
        (router.path.clone(), target)
    });
    let targets = Targets { cluster: Some(&cluster), routers: routers.collect() };
    let result = run(difference, &targets).await;
    drop(lock);
    result
}

/// Applies to targets that the caller has locked, where they can be.
///
/// # Errors
/// See [`ApplyError`].
pub async fn run(difference: &Difference, targets: &Targets<'_>) -> Result<Applied, ApplyError> {
    check(difference)?;
    let steps = steps(difference, targets)?;
    for step in &steps {
        if let Err(cause) = step.check().await {
            return Err(ApplyError::Failed { cause, state: State::default() });
        }
    }
    let mut done: Vec<(&Step<'_>, Receipt)> = Vec::new();
    for step in &steps {
        match step.write().await {
            Ok(Some(receipt)) => done.push((step, receipt)),
            Ok(None) => {}
            Err(cause) => {
                let mut state = take_back(&done).await;
                let (cause, left) = cause.into_parts();
                state.left.splice(0..0, left);
                return Err(ApplyError::Failed { cause, state });
            }
        }
    }
    Ok(Applied { written: done.into_iter().flat_map(|(_, receipt)| receipt.written).collect() })
}

/// The guards.
fn check(difference: &Difference) -> Result<(), ApplyError> {
    if !difference.refusals.is_empty() {
        return Err(ApplyError::Refused(difference.refusals.clone()));
    }
    match difference.routers.iter().find(|router| router.incomplete) {
        Some(router) => Err(ApplyError::Incomplete { path: router.path.clone() }),
        None => Ok(()),
    }
}

/// Takes writes back, the last one first. Goes on after a failure, so that as much as possible is as
/// it was.
async fn take_back(done: &[(&Step<'_>, Receipt)]) -> State {
    let mut state = State::default();
    for (step, receipt) in done.iter().rev() {
        match step.undo(receipt).await {
            Ok(()) => state.undone.extend(receipt.written.iter().cloned()),
            Err(error) => state.left.push((receipt.written.join(", "), error)),
        }
    }
    state
}

/// One write that is whole or not there.
enum Step<'a> {
    Cluster(&'a dyn Cluster, ClusterBatch),
    Router(&'a dyn Router, RouterWrite),
}

fn steps<'a>(difference: &Difference, targets: &'a Targets<'_>) -> Result<Vec<Step<'a>>, ApplyError> {
    let routers = |withdrawing: bool| {
        let changed = difference.routers.iter().filter(|router| !router.is_empty());
        changed.filter(move |router| router.only_withdraws() == withdrawing)
    };
    let router = |router: &RouterDifference| {
        let target = targets.routers.iter().find(|(path, _)| *path == router.path);
        let (_, target) = target.ok_or_else(|| ApplyError::NoTarget { what: router.path.clone() })?;
        Ok(Step::Router(target.as_ref(), router_write(&difference.network, router)))
    };
    let mut steps = routers(false).map(router).collect::<Result<Vec<_>, _>>()?;
    if !difference.cluster.steps.is_empty() {
        let cluster = targets.cluster.ok_or_else(|| ApplyError::NoTarget { what: "the cluster".into() })?;
        let writes = difference.cluster.steps.iter().filter_map(object_write).collect();
        let expect = Some(difference.cluster.revision.clone());
        steps.push(Step::Cluster(cluster, ClusterBatch { expect, dry_run: false, writes }));
    }
    for withdrawing in routers(true) {
        steps.push(router(withdrawing)?);
    }
    Ok(steps)
}

fn router_write(network: &str, router: &RouterDifference) -> RouterWrite {
    let content = match &router.write {
        RouterChange::Pfsense(edits) => RouterContent::Pfsense(edits.clone()),
        RouterChange::Frr(text) => RouterContent::Frr(text.clone()),
    };
    RouterWrite { expect: router.revision.clone(), message: format!("metalsense: apply {network}"), content }
}

fn object_write(step: &ObjectStep) -> Option<ObjectWrite> {
    let key = step.key.clone();
    let before = step.before.clone().map(|(uid, revision)| Precondition { uid, revision });
    match &step.wanted {
        Some(wanted) => Some(ObjectWrite::Put {
            key,
            desired: wanted.desired.clone(),
            whole: wanted.whole.clone(),
            take_over: step.take_over,
            before,
        }),
        None => before.map(|before| ObjectWrite::Delete { key, before }),
    }
}

impl Step<'_> {
    /// Whether it could be carried out now.
    async fn check(&self) -> Result<(), LiveError> {
        match self {
            Step::Cluster(cluster, batch) => {
                let writes = batch.writes.clone();
                let dry = ClusterBatch { expect: batch.expect.clone(), dry_run: true, writes };
                cluster.write(&dry).await.map(|_| ())
            }
            Step::Router(router, write) => {
                let state = router.read().await?;
                match state.revision() == write.expect {
                    true => Ok(()),
                    false => Err(LiveError::Conflict { what: router.title() }),
                }
            }
        }
    }

    async fn write(&self) -> Result<Option<Receipt>, LiveError> {
        match self {
            Step::Cluster(cluster, batch) => {
                let receipt = cluster.write(batch).await?;
                Ok((!receipt.written.is_empty()).then_some(receipt))
            }
            Step::Router(router, write) => match router.compare_and_set(write).await? {
                RouterOutcome::Written(receipt) => Ok(Some(receipt)),
                RouterOutcome::Noop => Ok(None),
                RouterOutcome::Conflict { .. } => Err(LiveError::Conflict { what: router.title() }),
                RouterOutcome::RolledBack { reason }
                | RouterOutcome::Inconsistent { reason }
                | RouterOutcome::Denied { reason } => {
                    Err(LiveError::Unsupported { what: router.title(), reason })
                }
            },
        }
    }

    async fn undo(&self, receipt: &Receipt) -> Result<(), LiveError> {
        match self {
            Step::Cluster(cluster, _) => cluster.undo(receipt).await,
            Step::Router(router, _) => router.undo(receipt).await,
        }
    }
}

#[cfg(test)]
mod tests;
