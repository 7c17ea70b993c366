//! One request to the API server: with a time limit, tried again where that can help, and with an
//! answer that is either JSON or a clear error.
//!
//! The only file that looks at status codes. What is asked for is decided elsewhere.

use std::time::Duration;

use http::{Method, Request};
use serde_json::Value;
use tokio::time::Instant;

use super::error::{KubernetesError, Trouble};
use super::resource::{Resource, segment};

/// How long transient faults are waited out unless told otherwise: longer than an API server or
/// MetalLB's controller takes to come back from a restart.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long it is tried to reach somebody: to wait a minute for that to change helps nobody at a prompt.
const NOBODY_THERE: Duration = Duration::from_secs(3);
/// The first pause, doubled up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The name under which fields are ours.
pub(super) const MANAGER: &str = "metalsense";

/// A client with manners.
#[derive(Clone)]
pub(super) struct Api {
    pub(super) client: kube::Client,
    pub(super) server: String,
    pub(super) timeout: Duration,
    pub(super) patience: Duration,
}

impl Api {
    pub(super) fn new(
        client: kube::Client,
        server: String,
        timeout: Duration,
        patience: Option<Duration>,
    ) -> Self {
        Api { client, server, timeout, patience: patience.unwrap_or(PATIENCE) }
    }
}

/// How a write ended that is not simply done.
pub(super) enum Outcome {
    /// The object is not what it was when we looked, or we cannot know: look again.
    LookAgain(String),
    /// It is not there.
    Absent,
    /// Final.
    Failed(KubernetesError),
}

/// What is asked for.
pub(super) struct Call<'a> {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) content_type: &'static str,
    pub(super) body: Vec<u8>,
    pub(super) verb: &'static str,
    /// For messages about rights: `bgppeers.metallb.io in namespace lb`.
    pub(super) resource: String,
    /// For messages about the object.
    pub(super) what: &'a str,
}

impl Api {
    /// Reads something. Faults that may pass are waited out.
    pub(super) async fn get(
        &self,
        verb: &'static str,
        path: String,
        resource: String,
    ) -> Result<Value, KubernetesError> {
        match self.get_if_there(verb, path, resource.clone()).await? {
            Some(value) => Ok(value),
            None => Err(KubernetesError::NotInstalled { server: self.server.clone(), resource }),
        }
    }

    /// Reads something that may not be there.
    pub(super) async fn get_if_there(
        &self,
        verb: &'static str,
        path: String,
        resource: String,
    ) -> Result<Option<Value>, KubernetesError> {
        let what = format!("{}: {verb} {resource}", self.server);
        let started = Instant::now();
        let mut pause = FIRST_PAUSE;
        let mut attempts = 0;
        loop {
            let call = Call {
                method: Method::GET,
                path: path.clone(),
                content_type: "",
                body: Vec::new(),
                verb,
                resource: resource.clone(),
                what: &what,
            };
            let (reason, asked, is_connection) = match self.once(&call).await {
                Ok(value) => return Ok(Some(value)),
                Err(Fault::Absent) => return Ok(None),
                Err(Fault::Final(error)) => return Err(error),
                Err(Fault::Passing { reason, pause, is_connection }) => (reason, pause, is_connection),
                Err(Fault::Conflict(reason)) => (reason, None, false),
            };
            attempts += 1;
            let wait = asked.unwrap_or(pause);
            if is_connection && attempts > 1 && started.elapsed() > NOBODY_THERE {
                return Err(KubernetesError::Unreachable { server: self.server.clone(), reason });
            }
            if started.elapsed() + wait > self.patience {
                return Err(KubernetesError::Unavailable { what, reason, waited: started.elapsed() });
            }
            tokio::time::sleep(wait).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Writes something once, and waits out what says for sure that nothing was written. Where that is
    /// not sure, the caller looks.
    pub(super) async fn write(&self, call: &Call<'_>) -> Result<Value, Outcome> {
        let started = Instant::now();
        let mut pause = FIRST_PAUSE;
        loop {
            let (reason, asked) = match self.once(call).await {
                Ok(value) => return Ok(value),
                Err(Fault::Absent) => return Err(Outcome::Absent),
                Err(Fault::Final(error)) => return Err(Outcome::Failed(error)),
                Err(Fault::Conflict(reason)) => return Err(Outcome::LookAgain(reason)),
                Err(Fault::Passing { reason, is_connection: true, .. }) => {
                    return Err(Outcome::LookAgain(reason));
                }
                Err(Fault::Passing { reason, pause, .. }) => (reason, pause),
            };
            let wait = asked.unwrap_or(pause);
            if started.elapsed() + wait > self.patience {
                let what = call.what.to_owned();
                return Err(Outcome::Failed(KubernetesError::Unavailable {
                    what,
                    reason,
                    waited: started.elapsed(),
                }));
            }
            tokio::time::sleep(wait).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn once(&self, call: &Call<'_>) -> Result<Value, Fault> {
        let mut request = Request::builder().method(call.method.clone()).uri(&call.path);
        if !call.body.is_empty() {
            request = request.header(http::header::CONTENT_TYPE, call.content_type);
        }
        let request = request.body(call.body.clone()).map_err(|error| {
            Fault::Final(KubernetesError::Nonsense { what: call.what.into(), reason: error.to_string() })
        })?;
        let asked = tokio::time::timeout(self.timeout, self.client.request_text(request));
        let Ok(answer) = asked.await else {
            let reason = format!("no answer within {} s", self.timeout.as_secs_f32());
            return Err(Fault::Passing { reason, pause: None, is_connection: true });
        };
        match answer {
            Ok(text) => serde_json::from_str(&text).map_err(|error| Fault::Passing {
                reason: format!("the answer is no JSON ({:?} at byte {})", error.classify(), error.column()),
                pause: None,
                // A write may have been carried out all the same.
                is_connection: true,
            }),
            Err(error) => Err(match Trouble::of(error) {
                Trouble::Connection(reason) | Trouble::Nonsense(reason) => {
                    Fault::Passing { reason, pause: None, is_connection: true }
                }
                Trouble::Credentials(reason) => {
                    Fault::Final(KubernetesError::Unauthorized { server: self.server.clone(), reason })
                }
                Trouble::Status(status) => self.fault(&status, call),
            }),
        }
    }

    fn fault(&self, status: &kube::core::Status, call: &Call<'_>) -> Fault {
        let server = self.server.clone();
        let reason = status.message.clone();
        let details = status.details.as_ref();
        let pause = details
            .map(|details| details.retry_after_seconds)
            .filter(|seconds| *seconds > 0)
            .map(|seconds| Duration::from_secs(u64::from(seconds)));
        let passing = |reason: String| Fault::Passing { reason, pause, is_connection: false };
        match status.code {
            401 => Fault::Final(KubernetesError::Unauthorized { server, reason: or(reason, "unauthorized") }),
            // A webhook that says no may answer with any code; 403 is its default.
            403 if !reason.contains("admission webhook") => Fault::Final(KubernetesError::Forbidden {
                server,
                verb: call.verb,
                resource: call.resource.clone(),
                reason: or(reason, "forbidden"),
            }),
            404 => Fault::Absent,
            409 => {
                let held: Vec<String> = details
                    .map(|details| details.causes.as_slice())
                    .unwrap_or_default()
                    .iter()
                    .filter(|cause| cause.reason == "FieldManagerConflict")
                    .map(|cause| format!("{} ({})", cause.field, cause.message))
                    .collect();
                match held.is_empty() {
                    true => Fault::Conflict(reason),
                    false => Fault::Final(KubernetesError::Held { what: call.what.into(), holders: held }),
                }
            }
            429 => passing(or(reason, "too many requests")),
            // A webhook that cannot be called is one that is starting; the server says 500 for it.
            500..=599 => passing(or(reason, "the server failed")),
            _ => Fault::Final(KubernetesError::Rejected { what: call.what.into(), reason }),
        }
    }
}

fn or(text: String, other: &str) -> String {
    if text.is_empty() { other.to_owned() } else { text }
}

/// How one request failed.
enum Fault {
    /// It may pass.
    Passing {
        reason: String,
        /// What the server asks us to wait.
        pause: Option<Duration>,
        /// Nothing came back, so that a write may have been carried out.
        is_connection: bool,
    },
    /// The object is another than was said.
    Conflict(String),
    /// There is no such thing.
    Absent,
    /// It does not help to try again.
    Final(KubernetesError),
}

/// The address of one object for a write, with what is added to the query.
pub(super) fn object_path(resource: &Resource, namespace: &str, name: &str, query: &str) -> String {
    let path = format!("{}/{}", resource.path(Some(namespace)), segment(name));
    if query.is_empty() { path } else { format!("{path}?{query}") }
}
