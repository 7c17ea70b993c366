//! A Kubernetes cluster, reached through its API server.
//!
//! Reads in a number of requests that follows from the kinds, writes by server-side apply under the
//! name `metalsense`, and takes nothing from others that it was not told to. Decides nothing about what
//! is written.
//!
//! | file | for |
//! | --- | --- |
//! | [`connect`] | kubeconfig, context, impersonation: from flags to a client |
//! | `request` | one request: time limit, what is tried again, status codes |
//! | [`error`] | what can go wrong, one sentence each |
//! | `resource` | where kinds live in the API |
//! | `survey` | what kind of cluster it is |
//! | `read` | reading |
//! | [`mod@write`] | writing, confirming, taking back |

pub mod connect;
pub mod error;
mod read;
mod request;
mod resource;
mod survey;
pub mod write;

use std::collections::HashMap;
use std::sync::OnceLock;

use async_trait::async_trait;
use serde_json::Value;

pub use connect::Connection;
pub use error::KubernetesError;
use request::Api;
use survey::Survey;
use write::{Former, Writer};

use super::{Cluster, ClusterBatch, LiveError, ObjectWrite, Receipt, Undo};
use crate::metallb::Version;
use crate::observed::{ClusterState, LiveObject, ObjectKey};

/// A cluster that is reached through its API server.
pub struct KubernetesCluster {
    api: Api,
    namespace: Option<String>,
    secrets: Vec<(String, String)>,
    survey: OnceLock<Survey>,
}

impl KubernetesCluster {
    /// Connects. Nothing is asked of the server yet.
    ///
    /// # Errors
    /// A kubeconfig that is not there or makes no sense.
    pub async fn connect(connection: &Connection) -> Result<Self, LiveError> {
        let connected = connect::connect(connection).await?;
        Ok(KubernetesCluster {
            api: Api::new(connected.client, connected.title, connected.timeout, connection.patience),
            namespace: connection.namespace.clone(),
            secrets: connection.secrets.clone(),
            survey: OnceLock::new(),
        })
    }

    async fn survey(&self) -> Result<&Survey, KubernetesError> {
        if let Some(survey) = self.survey.get() {
            return Ok(survey);
        }
        let survey = survey::survey(&self.api, self.namespace.as_deref()).await?;
        Ok(self.survey.get_or_init(|| survey))
    }

    /// Secrets that are looked at whether or not something refers to them, where no namespace is said
    /// in MetalLB's own.
    fn secrets(&self, survey: &Survey) -> Vec<(String, String)> {
        let here = |namespace: &String| match namespace.as_str() {
            "" => survey.namespace.clone(),
            other => other.to_owned(),
        };
        self.secrets.iter().map(|(namespace, name)| (here(namespace), name.clone())).collect()
    }

    fn writer<'a>(&'a self, survey: &'a Survey) -> Writer<'a> {
        let version = survey.metallb.version.unwrap_or(Version::DEFAULT);
        Writer { api: &self.api, served: &survey.served, version }
    }

    async fn objects(&self, survey: &Survey) -> Result<(HashMap<ObjectKey, LiveObject>, String), LiveError> {
        let written = read::written(&self.api, &survey.namespace, &self.secrets(survey)).await?;
        let keyed = written.objects.into_iter().filter_map(|live| Some((live.key.clone()?, live)));
        Ok((keyed.collect(), written.revision))
    }

    async fn write_all(
        &self,
        survey: &Survey,
        batch: &ClusterBatch,
        now: &HashMap<ObjectKey, LiveObject>,
        done: &mut Vec<Former>,
    ) -> Result<String, LiveError> {
        let writer = self.writer(survey);
        let first = batch.writes.iter().find_map(|write| match write {
            ObjectWrite::Put { key, desired, .. } if key.kind.is_metallb() => Some((key, desired)),
            _ => None,
        });
        // A webhook that is not ready must be found out before the first write, not in the middle.
        if let Some((key, desired)) = first {
            writer.probe(key, desired).await?;
        }
        for write in &batch.writes {
            done.extend(writer.carry_out(write, now.get(write.key())).await?);
        }
        let (after, revision) = self.objects(survey).await?;
        for write in &batch.writes {
            match (write, after.get(write.key())) {
                (ObjectWrite::Put { key, desired, .. }, Some(live)) => {
                    writer.confirm(key, desired, &live.raw.0)?;
                }
                (ObjectWrite::Delete { key, .. }, Some(live)) if !is_going(&live.raw.0) => {
                    let reason = "it is there again".into();
                    return Err(KubernetesError::NotConfirmed { what: key.to_string(), reason }.into());
                }
                (ObjectWrite::Put { key, .. }, None) => {
                    let reason = "it is gone again".into();
                    return Err(KubernetesError::NotConfirmed { what: key.to_string(), reason }.into());
                }
                (ObjectWrite::Delete { .. }, _) => {}
            }
        }
        Ok(revision)
    }

    /// Takes back in reverse, as much as possible.
    async fn take_back(&self, survey: &Survey, done: &[Former]) -> Vec<(String, LiveError)> {
        let writer = self.writer(survey);
        let mut left = Vec::new();
        for former in done.iter().rev() {
            if let Err(error) = writer.take_back(former).await {
                left.push((former.key.to_string(), error));
            }
        }
        left
    }
}

/// Deleted, and kept until somebody else has cleaned up behind it.
fn is_going(value: &Value) -> bool {
    value.pointer("/metadata/deletionTimestamp").is_some()
}

#[async_trait]
impl Cluster for KubernetesCluster {
    fn title(&self) -> String {
        self.api.server.clone()
    }

    async fn read(&self) -> Result<ClusterState, LiveError> {
        let survey = self.survey().await?;
        Ok(read::state(&self.api, survey, &self.secrets(survey)).await?)
    }

    async fn write(&self, batch: &ClusterBatch) -> Result<Receipt, LiveError> {
        let survey = self.survey().await?;
        let (now, found) = self.objects(survey).await?;
        for write in &batch.writes {
            let before = match write {
                ObjectWrite::Put { before, .. } => before.as_ref(),
                ObjectWrite::Delete { before, .. } => Some(before),
            };
            if !write::holds(before, now.get(write.key())) {
                return Err(LiveError::Conflict { what: write.key().to_string() });
            }
        }
        if batch.expect.as_ref().is_some_and(|expect| *expect != found) {
            return Err(LiveError::Conflict { what: format!("the configuration of {}", self.title()) });
        }
        if batch.dry_run || batch.writes.is_empty() {
            return Ok(Receipt { revision: found, ..Receipt::default() });
        }
        let mut done = Vec::new();
        match self.write_all(survey, batch, &now, &mut done).await {
            Ok(revision) => {
                let written = done.iter().map(|former| former.key.to_string()).collect();
                Ok(Receipt { written, revision, undo: Undo::Objects(done) })
            }
            Err(cause) => {
                let left = self.take_back(survey, &done).await;
                match left.is_empty() {
                    true => Err(cause),
                    false => Err(LiveError::Partial { cause: Box::new(cause), left }),
                }
            }
        }
    }

    async fn undo(&self, receipt: &Receipt) -> Result<(), LiveError> {
        let Undo::Objects(done) = &receipt.undo else { return Ok(()) };
        let survey = self.survey().await?;
        let mut left = self.take_back(survey, done).await;
        match left.len() {
            0 => Ok(()),
            1 => Err(left.remove(0).1),
            _ => {
                let (_, cause) = left.remove(0);
                Err(LiveError::Partial { cause: Box::new(cause), left })
            }
        }
    }
}
