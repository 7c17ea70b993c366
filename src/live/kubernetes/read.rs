//! Reading: a number of requests that follows from the kinds, not from the objects.

use std::collections::BTreeSet;

use futures::future::{join, join_all, join4, try_join_all};
use serde_json::Value;

use super::error::KubernetesError;
use super::request::Api;
use super::resource::{Resource, segment};
use super::survey::{KINDS, Survey, list};
use crate::metallb::{AnyObject, Kind};
use crate::observed::cluster::{self, Raw};
use crate::observed::{ClusterState, LiveObject, ObjectKey, Unseen, sha256_hex};

/// What MetalLB's own programs say about the configuration, from 0.15.3 on.
const CONFIGURATION_STATES: Resource =
    Resource::new("metallb.io", "v1beta1", "configurationstates", "ConfigurationState");
/// What is announced to whom, from 0.15.0 on.
const BGP_STATUSES: Resource =
    Resource::new("metallb.io", "v1beta1", "servicebgpstatuses", "ServiceBGPStatus");

/// Secrets that carry our label.
const OUR_SECRETS: &str = "labelSelector=app.kubernetes.io%2Fmanaged-by%3Dmetalsense";
/// The server filters from Kubernetes 1.31 on; older ones say so and are asked for all.
const LOAD_BALANCERS: &str = "fieldSelector=spec.type%3DLoadBalancer";

/// What is written to, and nothing else: the six kinds and the Secrets.
pub(super) struct Written {
    pub(super) objects: Vec<LiveObject>,
    pub(super) revision: String,
    pub(super) unseen: Vec<Unseen>,
}

/// Reads everything.
pub(super) async fn state(
    api: &Api,
    survey: &Survey,
    secrets: &[(String, String)],
) -> Result<ClusterState, KubernetesError> {
    let kube_system = "/api/v1/namespaces/kube-system".to_owned();
    let (written, surroundings, kube_system, status) = join4(
        written(api, &survey.namespace, secrets),
        surroundings(api),
        api.get_if_there("get", kube_system, "namespace kube-system".into()),
        status(api, survey),
    )
    .await;
    let written = written?;
    let mut unseen = survey.unseen.clone();
    unseen.extend(written.unseen);
    let mut objects = written.objects;
    for (kind, listed) in surroundings {
        match listed {
            Ok(values) => objects.extend(values.into_iter().map(|value| lenient(api, value))),
            Err(error) if error.is_forbidden() => unseen.push(Unseen {
                what: Resource::of(kind).title(None),
                reason: error.to_string(),
                kind: Some(kind),
            }),
            Err(error) => return Err(error),
        }
    }
    objects.extend(status?.into_iter().map(|value| lenient(api, value)));
    let uid = match kube_system {
        Ok(namespace) => namespace.and_then(|mut namespace| {
            let object = namespace.as_object_mut()?;
            object.insert("kind".into(), "Namespace".into());
            cluster::kube_system_uid([&namespace])
        }),
        Err(error) if error.is_forbidden() => {
            let what = "the uid of namespace kube-system, which tells clusters apart".into();
            unseen.push(Unseen { what, reason: error.to_string(), kind: None });
            None
        }
        Err(error) => return Err(error),
    };
    Ok(ClusterState {
        objects,
        metallb: survey.metallb.clone(),
        uid,
        redacted: false,
        served: survey.served.clone(),
        unseen,
        revision: written.revision,
    })
}

/// Reads what may be written: the six kinds, our Secrets, and those that peers refer to.
pub(super) async fn written(
    api: &Api,
    namespace: &str,
    secrets: &[(String, String)],
) -> Result<Written, KubernetesError> {
    let lists = try_join_all(KINDS.map(|kind| async move {
        let listed = list(api, &Resource::of(kind), Some(namespace), "").await?;
        listed.into_iter().map(|value| strict(api, value)).collect::<Result<Vec<_>, _>>()
    }));
    let secret_resource = Resource::of(Kind::Secret);
    let ours = list(api, &secret_resource, Some(namespace), OUR_SECRETS);
    let (lists, ours) = join(lists, ours).await;
    let mut objects: Vec<LiveObject> = lists?.into_iter().flatten().collect();
    let mut unseen = Vec::new();
    match ours {
        Ok(values) => {
            for value in values {
                objects.push(strict(api, value)?);
            }
        }
        // Without the right to list, those that are referred to can still be asked for by name.
        Err(error) if error.is_forbidden() => {}
        Err(error) => return Err(error),
    }
    let mut wanted: BTreeSet<(String, String)> = secrets.iter().cloned().collect();
    wanted.extend(objects.iter().filter_map(|live| match &live.object {
        AnyObject::BgpPeer(peer) => {
            let name = peer.spec.password_secret.as_ref()?.name.clone()?;
            (!name.is_empty()).then(|| (namespace.to_owned(), name))
        }
        _ => None,
    }));
    let known: BTreeSet<ObjectKey> = objects.iter().filter_map(|live| live.key.clone()).collect();
    wanted.retain(|(namespace, name)| !known.contains(&secret_key(namespace, name)));
    let asked = join_all(wanted.into_iter().map(|(namespace, name)| async move {
        let path = format!("{}/{}", secret_resource.path(Some(&namespace)), segment(&name));
        api.get_if_there("get", path, format!("secret {namespace}/{name}")).await
    }));
    for answer in asked.await {
        match answer {
            Ok(Some(value)) => objects.push(strict(api, value)?),
            Ok(None) => {}
            Err(error) if error.is_forbidden() => unseen.push(Unseen {
                what: format!("secrets in namespace {namespace}"),
                reason: error.to_string(),
                kind: Some(Kind::Secret),
            }),
            Err(error) => return Err(error),
        }
    }
    unseen.truncate(1);
    let revision = revision(&objects);
    Ok(Written { objects, revision, unseen })
}

fn secret_key(namespace: &str, name: &str) -> ObjectKey {
    ObjectKey { kind: Kind::Secret, namespace: namespace.into(), name: name.into() }
}

/// What checks look at beside the configuration: each of them may be forbidden.
async fn surroundings(api: &Api) -> [(Kind, Result<Vec<Value>, KubernetesError>); 3] {
    let (nodes, namespaces, services) = futures::future::join3(
        list(api, &Resource::of(Kind::Node), None, ""),
        list(api, &Resource::of(Kind::Namespace), None, ""),
        load_balancers(api),
    )
    .await;
    [(Kind::Node, nodes), (Kind::Namespace, namespaces), (Kind::Service, services)]
}

async fn load_balancers(api: &Api) -> Result<Vec<Value>, KubernetesError> {
    let services = Resource::of(Kind::Service);
    let listed = match list(api, &services, None, LOAD_BALANCERS).await {
        Err(KubernetesError::Rejected { .. }) => list(api, &services, None, "").await,
        listed => listed,
    };
    let is_balanced =
        |service: &Value| service.pointer("/spec/type").and_then(Value::as_str) == Some("LoadBalancer");
    Ok(listed?.into_iter().filter(is_balanced).collect())
}

/// What MetalLB says about itself, where it does.
async fn status(api: &Api, survey: &Survey) -> Result<Vec<Value>, KubernetesError> {
    let there = [CONFIGURATION_STATES, BGP_STATUSES]
        .into_iter()
        .filter(|resource| survey.plurals.iter().any(|plural| plural == resource.plural));
    let listed = join_all(
        there.map(|resource| async move { list(api, &resource, Some(&survey.namespace), "").await }),
    );
    let mut found = Vec::new();
    for values in listed.await {
        match values {
            Ok(values) => found.extend(values),
            Err(error) if error.is_forbidden() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

/// An object that is compared: one that cannot be understood must not be taken for absent.
pub(super) fn strict(api: &Api, value: Value) -> Result<LiveObject, KubernetesError> {
    match AnyObject::from_value(&value) {
        Ok(object) => Ok(live(api, object, value)),
        Err(error) => {
            let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
            let what = format!("{} {}", text("/kind"), text("/metadata/name"));
            Err(KubernetesError::Nonsense { what, reason: error.to_string() })
        }
    }
}

fn lenient(api: &Api, value: Value) -> LiveObject {
    let object = AnyObject::from_value(&value).unwrap_or_else(|_| AnyObject::Other(value.clone()));
    live(api, object, value)
}

fn live(api: &Api, object: AnyObject, value: Value) -> LiveObject {
    LiveObject {
        key: ObjectKey::of(&object),
        object,
        revision: meaning(&value),
        raw: Raw(value),
        origin: api.server.clone(),
    }
}

/// A digest of everything that is not the server's own or a status: MetalLB writes the status of a
/// pool whenever a service comes or goes, and a plan does not grow stale from that.
pub(super) fn meaning(value: &Value) -> String {
    let mut value = value.clone();
    if let Some(object) = value.as_object_mut() {
        object.remove("status");
        if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
            for name in ["resourceVersion", "generation", "managedFields"] {
                metadata.remove(name);
            }
        }
    }
    value.sort_all_objects();
    sha256_hex(&[value.to_string().as_bytes()])
}

/// Changes whenever one of the objects does.
pub(super) fn revision(objects: &[LiveObject]) -> String {
    let mut parts: Vec<String> = objects
        .iter()
        .filter_map(|live| Some(format!("{} {}\n", live.key.as_ref()?, live.revision)))
        .collect();
    parts.sort();
    sha256_hex(&parts.iter().map(String::as_bytes).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn status_and_bookkeeping_do_not_make_a_plan_stale() {
        let before = json!({"metadata": {"name": "a", "resourceVersion": "1", "generation": 1},
                            "spec": {"b": 1, "a": 2}, "status": {"assignedIPv4": 1}});
        let after = json!({"metadata": {"resourceVersion": "2", "name": "a", "managedFields": []},
                           "spec": {"a": 2, "b": 1}});
        assert_eq!(meaning(&before), meaning(&after));
        let mut other = after;
        other["metadata"]["labels"] = json!({"x": "y"});
        assert_ne!(meaning(&before), meaning(&other));
    }
}
