//! What kind of cluster it is: the server's version, the resources it serves, where MetalLB runs.
//!
//! Looked at once for a connection: none of it changes under a run that could go on afterwards.

use futures::future::{join, join4};
use serde_json::Value;

use super::error::KubernetesError;
use super::request::Api;
use super::resource::{Resource, segment};
use crate::metallb::{Kind, Served};
use crate::observed::{MetallbFacts, Unseen};

/// The first release whose server-side apply is stable.
const OLDEST: (u32, u32, &str) = (1, 22, "1.22");

/// Where MetalLB lives unless it is found or declared elsewhere.
const USUAL_NAMESPACE: &str = "metallb-system";

/// MetalLB's kinds that we write.
pub(super) const KINDS: [Kind; 6] = [
    Kind::IpAddressPool,
    Kind::BgpAdvertisement,
    Kind::L2Advertisement,
    Kind::BgpPeer,
    Kind::Community,
    Kind::BfdProfile,
];

const DEPLOYMENTS: Resource = Resource::new("apps", "v1", "deployments", "Deployment");
const DAEMON_SETS: Resource = Resource::new("apps", "v1", "daemonsets", "DaemonSet");

/// How the workloads of MetalLB are labelled: by its manifests, and by its Helm chart.
const SELECTORS: [&str; 2] = ["app%3Dmetallb", "app.kubernetes.io%2Fname%3Dmetallb"];

/// A cluster as it was found.
#[derive(Clone, Debug)]
pub(super) struct Survey {
    pub(super) namespace: String,
    pub(super) metallb: MetallbFacts,
    pub(super) served: Served,
    /// Plural names of what the group metallb.io serves in v1beta1.
    pub(super) plurals: Vec<String>,
    pub(super) unseen: Vec<Unseen>,
}

pub(super) async fn survey(api: &Api, namespace: Option<&str>) -> Result<Survey, KubernetesError> {
    let assumed = namespace.unwrap_or(USUAL_NAMESPACE);
    let (version, resources, served, workloads) = join4(
        api.get("get", "/version".into(), "the server's version".into()),
        resources(api),
        served(api),
        workloads_in(api, assumed),
    )
    .await;
    check_version(api, &version?)?;
    let plurals = resources?;
    let (served, mut unseen) = served?;
    let (mut found, unseen_there) = workloads?;
    let mut metallb = MetallbFacts::of(&found);
    if metallb.namespace.is_none() && namespace.is_none() {
        found = workloads_anywhere(api).await?;
        metallb = MetallbFacts::of(&found);
    }
    if metallb.namespace.is_none() {
        unseen.extend(unseen_there);
    }
    let namespace = namespace.map(str::to_owned).or_else(|| metallb.namespace.clone());
    let namespace = namespace.unwrap_or_else(|| USUAL_NAMESPACE.to_owned());
    metallb.namespace = Some(namespace.clone());
    Ok(Survey { namespace, metallb, served, plurals, unseen })
}

fn check_version(api: &Api, version: &Value) -> Result<(), KubernetesError> {
    let number = |name: &str| {
        let text = version.get(name).and_then(Value::as_str).unwrap_or_default();
        let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<u32>().ok()
    };
    let (Some(major), Some(minor)) = (number("major"), number("minor")) else {
        return Err(KubernetesError::Nonsense {
            what: format!("{}: the server's version", api.server),
            reason: "it has no numbers, so this may be no Kubernetes API server".into(),
        });
    };
    if (major, minor) < (OLDEST.0, OLDEST.1) {
        let version = format!("{major}.{minor}");
        return Err(KubernetesError::TooOld { server: api.server.clone(), version, oldest: OLDEST.2 });
    }
    Ok(())
}

/// What metallb.io serves. Everybody who is known to the server may ask that.
async fn resources(api: &Api) -> Result<Vec<String>, KubernetesError> {
    let ask = |version: &'static str| {
        let (path, resource) = (format!("/apis/metallb.io/{version}"), format!("metallb.io/{version}"));
        api.get_if_there("get", path, resource)
    };
    let (older, newer) = join(ask("v1beta1"), ask("v1beta2")).await;
    let (older, newer) = (plurals(older?.as_ref()), plurals(newer?.as_ref()));
    for kind in KINDS {
        let resource = Resource::of(kind);
        let served = |plurals: &[String]| plurals.iter().any(|plural| plural == resource.plural);
        let (here, other, others) = match resource.version {
            "v1beta2" => (&newer, "v1beta1", &older),
            _ => (&older, "v1beta2", &newer),
        };
        if served(here) {
            continue;
        }
        let (server, title) = (api.server.clone(), resource.title(None));
        return Err(match served(others) {
            true => KubernetesError::OtherVersion {
                server,
                resource: title,
                served: other.into(),
                wanted: resource.version.into(),
            },
            false => KubernetesError::NotInstalled { server, resource: title },
        });
    }
    Ok(older)
}

fn plurals(list: Option<&Value>) -> Vec<String> {
    let resources = list.and_then(|list| list.get("resources")).and_then(Value::as_array);
    let name = |resource: &Value| Some(resource.get("name")?.as_str()?.to_owned());
    resources.into_iter().flatten().filter_map(name).collect()
}

/// The schemas of the CRDs. Without the right to see them the release's own defaults do.
async fn served(api: &Api) -> Result<(Served, Vec<Unseen>), KubernetesError> {
    let definitions = futures::future::join_all(KINDS.map(|kind| async move {
        let name = format!("{}.metallb.io", Resource::of(kind).plural);
        let path = format!("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{}", segment(&name));
        (kind, api.get_if_there("get", path, format!("customresourcedefinition {name}")).await)
    }));
    let mut served = Served::default();
    let mut unseen = Vec::new();
    for (kind, definition) in definitions.await {
        match definition {
            Ok(Some(definition)) => {
                served.add(kind, &definition);
            }
            Ok(None) => {}
            Err(error) if error.is_forbidden() => {
                if unseen.is_empty() {
                    unseen.push(Unseen {
                        what: "custom resource definitions".into(),
                        reason: error.to_string(),
                        kind: None,
                    });
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok((served, unseen))
}

async fn workloads_in(api: &Api, namespace: &str) -> Result<(Vec<Value>, Vec<Unseen>), KubernetesError> {
    let (deployments, daemon_sets) =
        join(list(api, &DEPLOYMENTS, Some(namespace), ""), list(api, &DAEMON_SETS, Some(namespace), ""))
            .await;
    let mut found = Vec::new();
    let mut unseen = Vec::new();
    for (resource, listed) in [(DEPLOYMENTS, deployments), (DAEMON_SETS, daemon_sets)] {
        match listed {
            Ok(objects) => found.extend(objects),
            Err(error) if error.is_forbidden() => unseen.push(Unseen {
                what: resource.title(Some(namespace)),
                reason: error.to_string(),
                kind: None,
            }),
            Err(error) => return Err(error),
        }
    }
    Ok((found, unseen))
}

/// Looks in all namespaces, for what carries MetalLB's labels. Nothing where that is not allowed.
async fn workloads_anywhere(api: &Api) -> Result<Vec<Value>, KubernetesError> {
    let mut found = Vec::new();
    for selector in SELECTORS {
        let query = format!("labelSelector={selector}");
        for resource in [DEPLOYMENTS, DAEMON_SETS] {
            match list(api, &resource, None, &query).await {
                Ok(objects) => found.extend(objects),
                Err(error) if error.is_forbidden() => return Ok(Vec::new()),
                Err(error) => return Err(error),
            }
        }
        if !found.is_empty() {
            break;
        }
    }
    Ok(found)
}

/// Lists a resource. Items of a list do not say what they are, so that is put back.
pub(super) async fn list(
    api: &Api,
    resource: &Resource,
    namespace: Option<&str>,
    query: &str,
) -> Result<Vec<Value>, KubernetesError> {
    let mut path = resource.path(namespace);
    if !query.is_empty() {
        path = format!("{path}?{query}");
    }
    let mut listed = api.get("list", path, resource.title(namespace)).await?;
    let Some(Value::Array(mut items)) = listed.get_mut("items").map(Value::take) else {
        let what = format!("{}: list {}", api.server, resource.title(namespace));
        return Err(KubernetesError::Nonsense { what, reason: "it holds no items".into() });
    };
    for item in &mut items {
        if let Some(item) = item.as_object_mut() {
            item.insert("apiVersion".into(), resource.api_version().into());
            item.insert("kind".into(), resource.kind.into());
        }
    }
    Ok(items)
}
