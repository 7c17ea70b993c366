//! Writing: server-side apply and deletes, each tied to the state it was planned for.
//!
//! A write whose answer is lost is looked at again before it is repeated, so that a batch ends the same
//! whatever happens on the way. What others hold is never overwritten unless the write says so.

use http::Method;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::error::KubernetesError;
use super::read::{meaning, strict};
use super::request::{Api, Call, MANAGER, Outcome, object_path};
use super::resource::{Resource, segment};
use crate::live::{LiveError, ObjectWrite, Precondition};
use crate::metallb::{self, Served, Version};
use crate::observed::cluster::Raw;
use crate::observed::{LiveObject, ObjectKey, managers};

const APPLY: &str = "application/apply-patch+yaml";
const JSON_PATCH: &str = "application/json-patch+json";
const JSON: &str = "application/json";

/// An object as it was before we changed it, and what we made of it.
#[derive(Clone, Debug)]
pub struct Former {
    pub(super) key: ObjectKey,
    pub(super) before: Option<Raw>,
    /// The digest of what we left; absent where we left nothing.
    pub(super) after: Option<String>,
}

/// Carries out single writes.
pub(super) struct Writer<'a> {
    pub(super) api: &'a Api,
    pub(super) served: &'a Served,
    pub(super) version: Version,
}

fn failed(error: KubernetesError) -> LiveError {
    LiveError::from(error)
}

impl Writer<'_> {
    /// Carries out one write on an object that was just read. `None` if it was done already.
    pub(super) async fn carry_out(
        &self,
        write: &ObjectWrite,
        now: Option<&LiveObject>,
    ) -> Result<Option<Former>, LiveError> {
        match write {
            ObjectWrite::Put { key, desired, take_over, .. } => {
                let former = self.put(key, desired, *take_over, now).await?;
                Ok(Some(former))
            }
            ObjectWrite::Delete { key, .. } => self.delete(key, now).await,
        }
    }

    /// Asks whether a write would be taken, and writes nothing. Only faults of the server count: that a
    /// webhook says no may be a matter of order.
    pub(super) async fn probe(&self, key: &ObjectKey, desired: &Value) -> Result<(), LiveError> {
        let what = key.to_string();
        let query = format!("fieldManager={MANAGER}&force=true&dryRun=All");
        match self.patch(key, &what, APPLY, desired, &query).await {
            Err(Outcome::Failed(error @ KubernetesError::Unavailable { .. })) => Err(failed(error)),
            Err(Outcome::Failed(error)) if error.is_forbidden() => Err(failed(error)),
            _ => Ok(()),
        }
    }

    async fn put(
        &self,
        key: &ObjectKey,
        desired: &Value,
        take_over: bool,
        now: Option<&LiveObject>,
    ) -> Result<Former, LiveError> {
        let what = key.to_string();
        let started = Instant::now();
        let mut current = now.cloned();
        loop {
            match self.put_once(key, &what, desired, take_over, current.as_ref()).await {
                Ok(value) => {
                    self.confirm(key, desired, &value)?;
                    let before = now.map(|live| live.raw.clone());
                    return Ok(Former { key: key.clone(), before, after: Some(meaning(&value)) });
                }
                Err(Outcome::Failed(error)) => return Err(failed(error)),
                Err(Outcome::Absent) if now.is_some() => return Err(LiveError::Conflict { what }),
                Err(Outcome::Absent) => {
                    let reason = format!("there is no namespace {}", key.namespace);
                    return Err(failed(KubernetesError::Rejected { what, reason }));
                }
                Err(Outcome::LookAgain(reason)) => {
                    let found = self.get(key).await?;
                    // The write went through and its answer was lost.
                    if let Some(live) =
                        found.as_ref().filter(|live| self.differs(key, desired, &live.raw.0).is_empty())
                    {
                        let before = now.map(|live| live.raw.clone());
                        return Ok(Former { key: key.clone(), before, after: Some(live.revision.clone()) });
                    }
                    if !same(now, found.as_ref()) {
                        return Err(LiveError::Conflict { what });
                    }
                    self.wait(&what, reason, started).await?;
                    current = found;
                }
            }
        }
    }

    async fn put_once(
        &self,
        key: &ObjectKey,
        what: &str,
        desired: &Value,
        take_over: bool,
        current: Option<&LiveObject>,
    ) -> Result<Value, Outcome> {
        let mut revision = current.map(|live| resource_version(&live.raw.0));
        let mut held_before = None;
        if let Some(live) = current.filter(|_| take_over)
            && let Some(fields) = managers::taken_over(&live.raw.0, desired)
        {
            let patch = json!([
                {"op": "replace", "path": "/metadata/managedFields", "value": fields},
                // The server refuses another revision than the one it has.
                {"op": "replace", "path": "/metadata/resourceVersion", "value": revision},
            ]);
            let value = self.patch(key, what, JSON_PATCH, &patch, &format!("fieldManager={MANAGER}")).await?;
            revision = Some(resource_version(&value));
            held_before = live.raw.0.pointer("/metadata/managedFields").cloned();
        }
        let mut body = desired.clone();
        if let (Some(revision), Some(metadata)) =
            (revision, body.get_mut("metadata").and_then(Value::as_object_mut))
        {
            metadata.insert("resourceVersion".into(), revision.into());
        }
        let force = if take_over { "&force=true" } else { "" };
        let result = self.patch(key, what, APPLY, &body, &format!("fieldManager={MANAGER}{force}")).await;
        if let (Err(Outcome::Failed(_)), Some(fields)) = (&result, held_before) {
            // The fields were taken over for a change that is refused: their former holders get them back.
            // Where that fails as well, the next run takes them over anew.
            let patch = json!([{"op": "replace", "path": "/metadata/managedFields", "value": fields}]);
            let _ = self.patch(key, what, JSON_PATCH, &patch, &format!("fieldManager={MANAGER}")).await;
        }
        result
    }

    async fn delete(&self, key: &ObjectKey, now: Option<&LiveObject>) -> Result<Option<Former>, LiveError> {
        let Some(now) = now else { return Ok(None) };
        let what = key.to_string();
        let started = Instant::now();
        let mut current = now.clone();
        let mut asked = false;
        loop {
            let former = Former { key: key.clone(), before: Some(now.raw.clone()), after: None };
            match self.delete_once(key, &what, &current).await {
                Ok(_) => return Ok(Some(former)),
                // Ours if we asked before and the answer was lost, somebody else's otherwise.
                Err(Outcome::Absent) => return Ok(asked.then_some(former)),
                Err(Outcome::Failed(error)) => return Err(failed(error)),
                Err(Outcome::LookAgain(reason)) => {
                    asked = true;
                    let Some(found) = self.get(key).await? else { return Ok(Some(former)) };
                    if !same(Some(now), Some(&found)) {
                        return Err(LiveError::Conflict { what });
                    }
                    self.wait(&what, reason, started).await?;
                    current = found;
                }
            }
        }
    }

    async fn delete_once(&self, key: &ObjectKey, what: &str, current: &LiveObject) -> Result<Value, Outcome> {
        let body = json!({
            "apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background",
            "preconditions": {"uid": uid(&current.raw.0), "resourceVersion": resource_version(&current.raw.0)},
        });
        let resource = Resource::of(key.kind);
        let path = object_path(&resource, &key.namespace, &key.name, "");
        self.send(Method::DELETE, path, key, what, JSON, &body, "delete").await
    }

    /// Puts back what was there before, unless somebody else has changed it since.
    pub(super) async fn take_back(&self, former: &Former) -> Result<(), LiveError> {
        let key = &former.key;
        let what = key.to_string();
        let started = Instant::now();
        loop {
            let found = self.get(key).await?;
            let is_back = match (&former.before, &found) {
                (None, None) => true,
                (Some(before), Some(found)) => meaning(&before.0) == found.revision,
                _ => false,
            };
            if is_back {
                return Ok(());
            }
            if found.as_ref().map(|live| &live.revision) != former.after.as_ref() {
                return Err(LiveError::Conflict { what });
            }
            match self.take_back_once(key, &what, former.before.as_ref(), found.as_ref()).await {
                Ok(()) => return Ok(()),
                Err(Outcome::Failed(error)) => return Err(failed(error)),
                Err(Outcome::Absent) => return Err(LiveError::Conflict { what }),
                Err(Outcome::LookAgain(reason)) => self.wait(&what, reason, started).await?,
            }
        }
    }

    async fn take_back_once(
        &self,
        key: &ObjectKey,
        what: &str,
        before: Option<&Raw>,
        found: Option<&LiveObject>,
    ) -> Result<(), Outcome> {
        let resource = Resource::of(key.kind);
        let query = format!("fieldManager={MANAGER}");
        let Some(before) = before else {
            let Some(found) = found else { return Ok(()) };
            return self.delete_once(key, what, found).await.map(|_| ());
        };
        let mut body = before.0.clone();
        let owners = body.pointer("/metadata/managedFields").cloned();
        if let Some(metadata) = body.get_mut("metadata").and_then(Value::as_object_mut) {
            for name in [
                "uid",
                "resourceVersion",
                "creationTimestamp",
                "generation",
                "deletionTimestamp",
                "managedFields",
            ] {
                metadata.remove(name);
            }
            if let Some(found) = found {
                metadata.insert("uid".into(), uid(&found.raw.0).into());
                metadata.insert("resourceVersion".into(), resource_version(&found.raw.0).into());
            }
        }
        let value = match found {
            Some(_) => {
                let path = object_path(&resource, &key.namespace, &key.name, &query);
                self.send(Method::PUT, path, key, what, JSON, &body, "update").await?
            }
            None => {
                let path = format!("{}?{query}", resource.path(Some(&key.namespace)));
                self.send(Method::POST, path, key, what, JSON, &body, "create").await?
            }
        };
        // Who held what is part of the former state: without it we would seem to hold the fields of others.
        let patch = json!([
            {"op": "replace", "path": "/metadata/managedFields", "value": owners},
            {"op": "replace", "path": "/metadata/resourceVersion", "value": resource_version(&value)},
        ]);
        if owners.is_some() {
            self.patch(key, what, JSON_PATCH, &patch, &query).await?;
        }
        Ok(())
    }

    /// Whether what is there is what was wanted.
    pub(super) fn confirm(&self, key: &ObjectKey, desired: &Value, found: &Value) -> Result<(), LiveError> {
        let differs = self.differs(key, desired, found);
        if differs.is_empty() {
            return Ok(());
        }
        let reason = differs
            .iter()
            .map(|path| match managers::holders(found, path).as_slice() {
                [] => path.clone(),
                holders => format!("{path} is held by {}", holders.join(", ")),
            })
            .collect::<Vec<_>>()
            .join("; ");
        Err(failed(KubernetesError::NotConfirmed { what: key.to_string(), reason }))
    }

    fn differs(&self, key: &ObjectKey, desired: &Value, found: &Value) -> Vec<String> {
        let fill = |object: &Value| self.served.filled(key.kind, object);
        let changes = metallb::diff(key.kind, Some(&fill(found)), &fill(desired), self.version);
        changes.into_iter().map(|change| change.path).collect()
    }

    /// An object as it is now.
    pub(super) async fn get(&self, key: &ObjectKey) -> Result<Option<LiveObject>, LiveError> {
        let resource = Resource::of(key.kind);
        let path = format!("{}/{}", resource.path(Some(&key.namespace)), segment(&key.name));
        let value = self.api.get_if_there("get", path, key.to_string()).await.map_err(failed)?;
        value.map(|value| strict(self.api, value)).transpose().map_err(failed)
    }

    async fn patch(
        &self,
        key: &ObjectKey,
        what: &str,
        content_type: &'static str,
        body: &Value,
        query: &str,
    ) -> Result<Value, Outcome> {
        let path = object_path(&Resource::of(key.kind), &key.namespace, &key.name, query);
        self.send(Method::PATCH, path, key, what, content_type, body, "patch").await
    }

    #[expect(clippy::too_many_arguments, reason = "the one place where a request is put together")]
    async fn send(
        &self,
        method: Method,
        path: String,
        key: &ObjectKey,
        what: &str,
        content_type: &'static str,
        body: &Value,
        verb: &'static str,
    ) -> Result<Value, Outcome> {
        let resource = Resource::of(key.kind).title(Some(&key.namespace));
        let call =
            Call { method, path, content_type, body: body.to_string().into_bytes(), verb, resource, what };
        self.api.write(&call).await
    }

    /// A pause before the same is tried again, as long as there is patience.
    async fn wait(&self, what: &str, reason: String, started: Instant) -> Result<(), LiveError> {
        let waited = started.elapsed();
        if waited > self.api.patience {
            return Err(failed(KubernetesError::Unavailable { what: what.to_owned(), reason, waited }));
        }
        // Longer the longer it lasts, so that neither a moment nor a minute costs many requests.
        tokio::time::sleep((waited / 4).clamp(FIRST_PAUSE, LONGEST_PAUSE)).await;
        Ok(())
    }
}

const FIRST_PAUSE: std::time::Duration = std::time::Duration::from_millis(50);
const LONGEST_PAUSE: std::time::Duration = std::time::Duration::from_secs(5);

/// Whether an object is what it was when the plan was made.
pub(super) fn holds(before: Option<&Precondition>, now: Option<&LiveObject>) -> bool {
    match (before, now) {
        (None, None) => true,
        (Some(before), Some(now)) => {
            before.revision == now.revision
                && before.uid.as_deref().is_none_or(|expected| expected == uid(&now.raw.0))
        }
        _ => false,
    }
}

fn same(a: Option<&LiveObject>, b: Option<&LiveObject>) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => a.revision == b.revision && uid(&a.raw.0) == uid(&b.raw.0),
        _ => false,
    }
}

fn resource_version(value: &Value) -> String {
    text(value, "/metadata/resourceVersion")
}

fn uid(value: &Value) -> String {
    text(value, "/metadata/uid")
}

fn text(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}
