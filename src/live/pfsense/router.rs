//! A live pfSense as a router: read, compare and set, undo, whatever the way there.
//!
//! A write is one request. What it did is taken from its answer, and where there is none from the
//! firewall itself; a write is never sent a second time. Some seconds after it the firewall is read
//! once more: a page of its web interface that was open meanwhile saves the whole configuration as it
//! was before.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::{Instant, sleep};

use super::channel::{CallError, Channel};
use super::protocol::{Answer, Apply, FrrAnswer, Outcome, Request, Revision};
use super::taken;
use crate::live::{LiveError, Receipt, Router, RouterContent, RouterOutcome, RouterWrite, Undo};
use crate::observed::router::digest;
use crate::observed::{CarpState, FrrCheck, PfsenseFacts, PfsenseRuntime, PfsenseState, RouterState};
use crate::pfsense::Value;
use crate::pfsense::xml::{self, Document, Edit};

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Between a write and reading once more. A page of the web interface takes a second or less from
    /// reading to saving; installing a package takes longer.
    pub settle: Duration,
    /// How old a write may get on its way before the firewall must not begin it any more.
    pub on_the_way: Duration,
    /// Between two attempts to learn what became of a write.
    pub between: Duration,
    /// Until FRR must have taken the file. A reload of a large configuration takes some ten seconds, a
    /// restart of all daemons longer.
    pub reload: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Patience {
            settle: Duration::from_secs(6),
            on_the_way: Duration::from_secs(120),
            between: Duration::from_secs(3),
            reload: Duration::from_secs(60),
        }
    }
}

/// A live pfSense.
pub struct PfsenseRouter<C> {
    path: String,
    channel: C,
    patience: Patience,
    last: Mutex<Option<Seen>>,
}

/// What the last read saw, for the write that rests on it.
#[derive(Clone)]
struct Seen {
    bytes: Vec<u8>,
    config: Value,
    digest: String,
    /// The firewall's clock, and ours at that moment.
    clock: (i64, Instant),
}

impl Seen {
    /// What the firewall's clock says now, more or less.
    fn now(&self) -> i64 {
        let (theirs, ours) = self.clock;
        theirs.saturating_add(i64::try_from(ours.elapsed().as_secs()).unwrap_or(i64::MAX))
    }
}

/// Sections as they were before a write. Shows nothing of them: they hold passwords.
pub struct FormerSections {
    apply: Apply,
}

impl std::fmt::Debug for FormerSections {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("FormerSections").field(&self.apply).finish()
    }
}

impl<C: Channel> PfsenseRouter<C> {
    /// A firewall by the path of its peer (`PEER` or `PEER/MEMBER`) and the way there.
    pub fn new(path: impl Into<String>, channel: C) -> Self {
        PfsenseRouter { path: path.into(), channel, patience: Patience::default(), last: Mutex::new(None) }
    }

    /// With other times than usual.
    #[must_use]
    pub fn patience(mut self, patience: Patience) -> Self {
        self.patience = patience;
        self
    }

    fn what(&self) -> String {
        format!("{} at {}", self.path, self.channel.title())
    }

    fn remember(&self, seen: Option<Seen>) {
        // Whoever panicked with the lock held left a whole value behind.
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = seen;
    }

    fn remembered(&self) -> Option<Seen> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn senseless(&self, reason: impl Into<String>) -> LiveError {
        LiveError::Unreachable { what: self.what(), reason: reason.into(), hint: None }
    }

    fn failed(&self, error: CallError) -> LiveError {
        match error {
            CallError::Denied { reason, hint } => {
                LiveError::Denied { what: self.what(), reason, hint: hint.map(Into::into) }
            }
            CallError::NotSent { reason, hint } | CallError::Unknown { reason, hint } => {
                LiveError::Unreachable { what: self.what(), reason, hint: hint.map(Into::into) }
            }
        }
    }

    /// An answer to something that changes nothing.
    async fn ask(&self, request: &Request, expected: Outcome) -> Result<Answer, LiveError> {
        let answer = self.channel.call(request).await.map_err(|error| self.failed(error))?;
        match answer.outcome {
            outcome if outcome == expected => Ok(answer),
            Outcome::Denied => {
                Err(LiveError::Denied { what: self.what(), reason: answer.reason, hint: None })
            }
            Outcome::UnknownProtocol => Err(self.old_program(&answer)),
            _ => Err(self.senseless(with_echo(&answer))),
        }
    }

    fn old_program(&self, answer: &Answer) -> LiveError {
        LiveError::Unreachable {
            what: self.what(),
            reason: format!("the program that the key is bound to is of another version: {}", answer.reason),
            hint: Some("print the key line again with `metalsense pfsense ssh-key` and replace it".into()),
        }
    }

    async fn read_now(&self) -> Result<PfsenseState, LiveError> {
        let answer = self.ask(&Request::Read, Outcome::Read).await?;
        let clock = (answer.now, Instant::now());
        let (Some(file), Some(theirs)) = (answer.file, &answer.digest) else {
            return Err(self.senseless("the answer lacks the configuration"));
        };
        let bytes = file.0;
        let document = Document::parse(&bytes)
            .map_err(|error| self.senseless(format!("its configuration reads differently here: {error}")))?;
        let era = document.era();
        let config = document.into_value();
        let facts = PfsenseFacts::of(&config, era);
        if facts.digest != *theirs {
            return Err(self.senseless(
                "the firewall reads its FRR sections differently than metalsense does, so nothing is compared",
            ));
        }
        self.remember(Some(Seen {
            bytes: bytes.clone(),
            config: config.clone(),
            digest: facts.digest.clone(),
            clock,
        }));
        let carp = answer.carp.into_iter().map(|(id, state)| (id, CarpState::from_word(&state))).collect();
        let runtime = PfsenseRuntime {
            product: answer.product,
            version: answer.version,
            saved_by: answer.revision.map(|revision| revision.to_string()).unwrap_or_default(),
            carp,
            synchronizes_to: Some(answer.synchronizes_to).filter(|address| !address.is_empty()),
            frr_conf: answer.frr.as_ref().and_then(|frr| frr.conf.as_ref()).map(|conf| conf.text()),
            check: answer.frr.as_ref().and_then(check),
            running: answer.frr.map(|frr| frr.running).unwrap_or_default(),
        };
        Ok(PfsenseState { bytes, config, facts, redacted: false, runtime: Some(Box::new(runtime)) })
    }

    /// What the program is to do for edits, and how to take it back.
    fn apply(&self, seen: &Seen, edits: &[Edit], message: &str) -> Result<(Apply, Apply), LiveError> {
        let unsupported = |reason: String| LiveError::Unsupported { what: self.what(), reason };
        let bytes = xml::edit(&seen.bytes, edits).map_err(|error| unsupported(error.to_string()))?;
        let after = Document::parse(&bytes).map_err(|error| unsupported(error.to_string()))?.into_value();
        let (set, del) = changed(&seen.config, &after);
        let apply = Apply {
            expect: seen.digest.clone(),
            want: digest(&after),
            set,
            del,
            message: message.to_owned(),
            not_after: 0,
        };
        let (set, del) = changed(&after, &seen.config);
        let back = Apply {
            expect: apply.want.clone(),
            want: digest(&with_sections(&after, &set, &del)),
            set,
            del,
            message: format!("{message} (taken back)"),
            not_after: 0,
        };
        Ok((apply, back))
    }

    /// Sends a write, and finds out what became of it.
    async fn send(&self, mut apply: Apply, seen: &Seen) -> Result<Answer, LiveError> {
        let on_the_way = i64::try_from(self.patience.on_the_way.as_secs()).unwrap_or(i64::MAX);
        apply.not_after = seen.now().saturating_add(on_the_way);
        match self.channel.call(&Request::Apply(apply.clone())).await {
            Ok(answer) if answer.outcome != Outcome::Failed => Ok(answer),
            // It says so itself, and may have saved before.
            Ok(answer) => self.resolve(&apply, with_echo(&answer)).await,
            Err(CallError::Unknown { reason, .. }) => self.resolve(&apply, reason).await,
            Err(error) => Err(self.failed(error)),
        }
    }

    /// Reads until it is certain whether a write was carried out.
    async fn resolve(&self, apply: &Apply, reason: String) -> Result<Answer, LiveError> {
        let verify = Request::Verify { show: Vec::new() };
        let give_up = Instant::now() + self.patience.on_the_way * 2;
        let mut failed;
        loop {
            match self.ask(&verify, Outcome::Verified).await {
                Ok(mut now) => {
                    let is = now.digest.as_deref();
                    if is == Some(apply.want.as_str()) {
                        now.outcome = Outcome::Written;
                        let saved = now.revision.as_ref().map_or(i64::MAX, |revision| revision.time);
                        now.activated = now.frr.as_ref().is_some_and(|frr| frr.made >= saved);
                        now.activation = reason;
                        return Ok(now);
                    }
                    let untouched = is == Some(apply.expect.as_str());
                    if !untouched || now.now > apply.not_after {
                        now.outcome = if untouched { Outcome::RolledBack } else { Outcome::Conflict };
                        now.reason = format!("{reason}; nothing was written");
                        return Ok(now);
                    }
                    failed = None;
                }
                Err(error) => failed = Some(error),
            }
            if Instant::now() >= give_up {
                let why = failed.map(|error| format!("; {error}")).unwrap_or_default();
                return Err(LiveError::Unreachable {
                    what: self.what(),
                    reason: format!("{reason}, and whether it was written cannot be read{why}"),
                    hint: Some("look at Diagnostics > Backup & Restore > Config History".into()),
                });
            }
            sleep(self.patience.between).await;
        }
    }

    async fn write(&self, write: &RouterWrite) -> Result<RouterOutcome, LiveError> {
        let RouterContent::Pfsense(edits) = &write.content else {
            return Err(LiveError::Unsupported {
                what: self.what(),
                reason: "the change is for another kind of router".into(),
            });
        };
        let seen = match self.remembered().filter(|seen| seen.digest == write.expect) {
            Some(seen) => seen,
            None => {
                self.read_now().await?;
                match self.remembered() {
                    Some(seen) if seen.digest == write.expect => seen,
                    seen => {
                        return Ok(RouterOutcome::Conflict {
                            found: seen.map(|seen| seen.digest).unwrap_or_default(),
                        });
                    }
                }
            }
        };
        let (apply, back) = self.apply(&seen, edits, &write.message)?;
        if apply.want == apply.expect {
            return Ok(RouterOutcome::Noop);
        }
        // Whatever comes of it, what was read is not what is there any more.
        self.remember(None);
        let want = apply.want.clone();
        let answer = self.send(apply, &seen).await?;
        let reason = with_echo(&answer);
        match answer.outcome {
            Outcome::Written => self.settled(&seen, want, back, &answer).await,
            Outcome::Noop => Ok(RouterOutcome::Noop),
            Outcome::Conflict => Ok(RouterOutcome::Conflict { found: answer.digest.unwrap_or_default() }),
            Outcome::Denied => Ok(RouterOutcome::Denied { reason }),
            Outcome::Inconsistent => Ok(RouterOutcome::Inconsistent { reason }),
            Outcome::RolledBack | Outcome::Refused | Outcome::Expired => {
                Ok(RouterOutcome::RolledBack { reason })
            }
            Outcome::UnknownProtocol => Err(self.old_program(&answer)),
            Outcome::Read | Outcome::Verified | Outcome::Failed => {
                Err(self.senseless("the answer is to another question"))
            }
        }
    }

    /// Looks once more after some seconds: is it still there, and can FRR read what was made of it?
    async fn settled(
        &self,
        seen: &Seen,
        want: String,
        back: Apply,
        answer: &Answer,
    ) -> Result<RouterOutcome, LiveError> {
        sleep(self.patience.settle).await;
        let now = self.ask(&Request::Verify { show: Vec::new() }, Outcome::Verified).await?;
        if now.digest.as_deref() != Some(want.as_str()) {
            return Err(self.overwritten(now.revision));
        }
        let refused = now.frr.as_ref().and_then(check).filter(|check| !check.accepted);
        let fault = match refused {
            Some(check) => {
                Some(format!("FRR cannot read the file that was made: {}", check.lines.join("; ")))
            }
            None if !answer.activated => {
                Some(format!("FRR's configuration was not made again: {}", answer.activation))
            }
            None => self.taken(&want).await?,
        };
        if let Some(fault) = fault {
            let taken_back = self.send(back, seen).await?;
            return Ok(match taken_back.outcome {
                Outcome::Written | Outcome::Noop => RouterOutcome::RolledBack { reason: fault },
                _ => RouterOutcome::Inconsistent { reason: format!("{fault}; {}", with_echo(&taken_back)) },
            });
        }
        Ok(RouterOutcome::Written(Receipt {
            written: vec![self.path.clone()],
            revision: want,
            undo: Undo::Sections(Box::new(FormerSections { apply: back })),
        }))
    }

    /// Waits until FRR has taken the file, and says what is missing if it does not. Where no BGP daemon
    /// runs there is nothing to wait for: FRR may follow a CARP address that the other member has.
    async fn taken(&self, want: &str) -> Result<Option<String>, LiveError> {
        let ask = Request::Verify { show: vec!["running-config"] };
        let give_up = Instant::now() + self.patience.reload;
        loop {
            let now = self.ask(&ask, Outcome::Verified).await?;
            if now.digest.as_deref() != Some(want) {
                return Err(self.overwritten(now.revision));
            }
            let running = now.shown.get("running-config").filter(|said| said.status == 0);
            let running = running.map(|said| said.text.text()).unwrap_or_default();
            let file = now.frr.and_then(|frr| frr.conf).map(|conf| conf.text()).unwrap_or_default();
            if !taken::is_running_configuration(&running) {
                return Ok(None);
            }
            let missing = taken::difference(&file, &running);
            if missing.is_empty() {
                return Ok(None);
            }
            if Instant::now() >= give_up {
                let some: Vec<String> = missing.into_iter().take(5).collect();
                return Ok(Some(format!("FRR has not taken the file: it {}", some.join(", "))));
            }
            sleep(self.patience.between).await;
        }
    }

    fn overwritten(&self, by: Option<Revision>) -> LiveError {
        let by = by.unwrap_or_default();
        LiveError::Overwritten { what: self.what(), by: by.to_string(), at: by.time }
    }
}

#[async_trait]
impl<C: Channel> Router for PfsenseRouter<C> {
    fn title(&self) -> String {
        self.what()
    }

    async fn read(&self) -> Result<RouterState, LiveError> {
        Ok(RouterState::Pfsense(Box::new(self.read_now().await?)))
    }

    async fn compare_and_set(&self, write: &RouterWrite) -> Result<RouterOutcome, LiveError> {
        self.write(write).await
    }

    async fn undo(&self, receipt: &Receipt) -> Result<(), LiveError> {
        let Undo::Sections(former) = &receipt.undo else { return Ok(()) };
        let now = self.ask(&Request::Verify { show: Vec::new() }, Outcome::Verified).await?;
        if now.digest.as_deref() != Some(former.apply.expect.as_str()) {
            return Err(self.overwritten(now.revision));
        }
        let seen = Seen {
            bytes: Vec::new(),
            config: Value::EMPTY,
            digest: former.apply.expect.clone(),
            clock: (now.now, Instant::now()),
        };
        let answer = self.send(former.apply.clone(), &seen).await?;
        match answer.outcome {
            Outcome::Written if !answer.activated => Err(self.senseless(format!(
                "the former sections are back, but FRR's configuration was not made again: {}",
                answer.activation
            ))),
            Outcome::Written | Outcome::Noop => Ok(()),
            _ => Err(LiveError::Unsupported { what: self.what(), reason: with_echo(&answer) }),
        }
    }
}

/// What the program says, and what PHP printed if it says that something went wrong.
fn with_echo(answer: &Answer) -> String {
    let echoed = answer.echoed.split_whitespace().collect::<Vec<_>>().join(" ");
    match (answer.reason.as_str(), echoed.as_str()) {
        (reason, "") => reason.to_owned(),
        ("", echoed) => echoed.to_owned(),
        (reason, echoed) => format!("{reason} ({echoed})"),
    }
}

fn check(frr: &FrrAnswer) -> Option<FrrCheck> {
    let said = frr.check.as_ref()?;
    Some(FrrCheck::new(said.status == 0, &said.text.text()))
}

fn is_ours(name: &str) -> bool {
    name.starts_with("frr")
}

fn packages(config: &Value) -> &[(String, Value)] {
    match config.get("installedpackages") {
        Some(Value::Branch(sections)) => sections,
        _ => &[],
    }
}

/// Which FRR sections have to be set and which deleted to come from one configuration to another.
fn changed(from: &Value, to: &Value) -> (Vec<(String, Value)>, Vec<String>) {
    let find = |config, name: &str| {
        packages(config).iter().find(|(other, _)| other == name).map(|(_, value)| value.clone())
    };
    let set =
        packages(to).iter().filter(|(name, value)| is_ours(name) && find(from, name).as_ref() != Some(value));
    let del = packages(from).iter().filter(|(name, _)| is_ours(name) && find(to, name).is_none());
    (set.cloned().collect(), del.map(|(name, _)| name.clone()).collect())
}

/// The configuration as the program makes it: what is there keeps its place, what is new comes last.
fn with_sections(config: &Value, set: &[(String, Value)], del: &[String]) -> Value {
    let mut sections = packages(config).to_vec();
    for (name, value) in set {
        match sections.iter_mut().find(|(other, _)| other == name) {
            Some((_, place)) => place.clone_from(value),
            None => sections.push((name.clone(), value.clone())),
        }
    }
    sections.retain(|(name, _)| !del.contains(name));
    Value::branch([("installedpackages", Value::Branch(sections))])
}
