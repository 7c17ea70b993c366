//! The Kubernetes side as it was read.

use std::fmt;

use serde_json::Value;

use crate::metallb::kinds::Sensitive;
use crate::metallb::{AnyObject, Backend, Kind, Served, Version};

/// Everything that was read from a cluster.
#[derive(Clone, Debug, Default)]
pub struct ClusterState {
    /// The objects, in the order they were read.
    pub objects: Vec<LiveObject>,
    /// What is known of MetalLB itself.
    pub metallb: MetallbFacts,
    /// The uid of the namespace `kube-system`, which tells clusters apart; absent where it was not seen.
    pub uid: Option<String>,
    /// Secret values are replaced by digests: they may be compared, never used.
    pub redacted: bool,
    /// The schemas of the CRDs; empty where they were not seen.
    pub served: Served,
    /// What there may be and was not seen.
    pub unseen: Vec<Unseen>,
    /// The state as a whole: changes whenever one of the objects does.
    pub revision: String,
}

impl ClusterState {
    /// An object by its key.
    pub fn get(&self, key: &ObjectKey) -> Option<&LiveObject> {
        self.objects.iter().find(|object| object.key.as_ref() == Some(key))
    }

    /// Why objects of a kind were not seen, if they were not.
    pub fn unseen(&self, kind: Kind) -> Option<&Unseen> {
        self.unseen.iter().find(|unseen| unseen.kind == Some(kind))
    }

    /// A value of a Secret. `None` where the snapshot is redacted: a digest is no password.
    pub fn secret(&self, namespace: &str, name: &str, key: &str) -> Option<&Sensitive> {
        if self.redacted {
            return None;
        }
        let wanted = ObjectKey { kind: Kind::Secret, namespace: namespace.into(), name: name.into() };
        match &self.get(&wanted)?.object {
            AnyObject::Secret(secret) => secret.data.get(key),
            _ => None,
        }
    }
}

/// Something that could not be looked at, for want of a right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unseen {
    /// In words: `nodes`, `deployments in namespace lb`.
    pub what: String,
    /// Why.
    pub reason: String,
    /// The kind, where it is one that is compared.
    pub kind: Option<Kind>,
}

/// One object and where it came from.
#[derive(Clone, Debug)]
pub struct LiveObject {
    /// What it is called; `None` for kinds that metalsense does not know.
    pub key: Option<ObjectKey>,
    /// The typed view.
    pub object: AnyObject,
    /// The object as read.
    pub raw: Raw,
    /// For messages: the file in a snapshot, the server for a live cluster.
    pub origin: String,
    /// Changes whenever the object does: `resourceVersion`, or a digest of the text.
    pub revision: String,
}

/// An object as read. Its `Debug` shows nothing, because it may be a Secret.
#[derive(Clone, PartialEq)]
pub struct Raw(pub Value);

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Raw")
    }
}

/// Kind, namespace and name: what makes two objects the same one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectKey {
    /// The kind.
    pub kind: Kind,
    /// The namespace; empty for kinds without one.
    pub namespace: String,
    /// The name.
    pub name: String,
}

impl ObjectKey {
    /// The key of an object of a known kind. A manifest without a namespace means `default`, as it
    /// does to kubectl.
    pub fn of(object: &AnyObject) -> Option<ObjectKey> {
        let (kind, metadata) = (object.kind()?, object.metadata()?);
        let namespace = match kind {
            Kind::Node | Kind::Namespace => "",
            _ => metadata.namespace.as_deref().unwrap_or("default"),
        };
        Some(ObjectKey { kind, namespace: namespace.into(), name: metadata.name.clone() })
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.namespace.as_str() {
            "" => write!(f, "{} {}", self.kind, self.name),
            namespace => write!(f, "{} {namespace}/{}", self.kind, self.name),
        }
    }
}

/// What the cluster tells about MetalLB. Absent means not seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MetallbFacts {
    /// The namespace it runs in.
    pub namespace: Option<String>,
    /// Its release.
    pub version: Option<Version>,
    /// The BGP implementation of the speakers.
    pub backend: Option<Backend>,
    /// What is odd about the above, as sentences: an unknown release, a controller and speakers that
    /// disagree.
    pub notes: Vec<String>,
}

impl MetallbFacts {
    /// Reads MetalLB's own workloads: the release from the image tag, the backend from the
    /// environment variable that both of its programs look at.
    pub fn of<'a>(objects: impl IntoIterator<Item = &'a Value>) -> MetallbFacts {
        let mut facts = MetallbFacts::default();
        let mut backends: Vec<(String, String)> = Vec::new();
        for object in objects {
            let Some((program, container)) = metallb_container(object) else { continue };
            if let Some(namespace) = object.pointer("/metadata/namespace").and_then(Value::as_str) {
                facts.namespace.get_or_insert_with(|| namespace.to_owned());
            }
            facts.take_version(container);
            backends.push((program.to_owned(), bgp_type(container)));
        }
        // The speaker decides who speaks; the controller only judges by what it is told.
        let chosen = backends.iter().find(|(program, _)| program == "speaker").or(backends.first());
        if let Some((_, chosen)) = chosen {
            match chosen.parse() {
                Ok(backend) => facts.backend = Some(backend),
                Err(error) => facts.notes.push(format!("METALLB_BGP_TYPE of metallb's speaker: {error}")),
            }
            if let Some((program, other)) = backends.iter().find(|(_, other)| other != chosen) {
                facts.notes.push(format!(
                    "metallb's {program} believes in backend {other}, its speaker in {chosen}: \
                     webhooks and speakers will disagree"
                ));
            }
        }
        facts
    }

    fn take_version(&mut self, container: &Value) {
        let image = container.get("image").and_then(Value::as_str).unwrap_or_default();
        let image = image.split('@').next().unwrap_or_default();
        let Some((_, tag)) = image.rsplit('/').next().and_then(|name| name.split_once(':')) else { return };
        let Ok((version, note)) = Version::parse(tag) else {
            self.notes.push(format!("the tag of image {image} names no metallb version"));
            return;
        };
        if self.version.is_some_and(|known| known != version) {
            self.notes.push("metallb's controller and speaker are of different versions".into());
            return;
        }
        if self.version.is_none() {
            self.notes.extend(note);
        }
        self.version = Some(version);
    }
}

/// MetalLB's controller or speaker in a workload, by the name of its image.
fn metallb_container(object: &Value) -> Option<(&'static str, &Value)> {
    if !matches!(object.get("kind")?.as_str()?, "Deployment" | "DaemonSet") {
        return None;
    }
    let containers = object.pointer("/spec/template/spec/containers")?.as_array()?;
    containers.iter().find_map(|container| {
        let image = container.get("image")?.as_str()?.split(['@']).next()?;
        let (path, name) = image.rsplit_once('/')?;
        let name = name.split(':').next()?;
        if !path.ends_with("metallb") {
            return None;
        }
        ["controller", "speaker"].into_iter().find(|program| *program == name).map(|p| (p, container))
    })
}

/// `METALLB_BGP_TYPE`, whose absence means native.
fn bgp_type(container: &Value) -> String {
    let variables = container.get("env").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let found = variables.iter().find(|variable| variable.get("name") == Some(&"METALLB_BGP_TYPE".into()));
    let value = found.and_then(|variable| variable.get("value")).and_then(Value::as_str);
    value.filter(|value| !value.is_empty()).unwrap_or("native").to_owned()
}

/// The uid of the namespace `kube-system`, which lives as long as the cluster and tells it from others.
pub fn kube_system_uid<'a>(objects: impl IntoIterator<Item = &'a Value>) -> Option<String> {
    objects.into_iter().find_map(|object| {
        let is = |pointer: &str, text: &str| object.pointer(pointer).and_then(Value::as_str) == Some(text);
        let found = is("/kind", "Namespace") && is("/metadata/name", "kube-system");
        found.then(|| object.pointer("/metadata/uid")?.as_str().map(str::to_owned)).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn workload(kind: &str, name: &str, image: &str, bgp_type: Option<&str>) -> Value {
        let env: Vec<Value> =
            bgp_type.map(|value| json!({"name": "METALLB_BGP_TYPE", "value": value})).into_iter().collect();
        json!({"kind": kind, "metadata": {"name": name, "namespace": "lb"},
            "spec": {"template": {"spec": {"containers": [{"name": name, "image": image, "env": env}]}}}})
    }

    #[test]
    fn metallb_is_known_by_its_images_and_environment() {
        for (controller, speaker, bgp, version, backend, notes) in [
            ("v0.15.2", "v0.15.2", None, Some(Version::V0_15_2), Backend::Native, 0),
            ("v0.14.9", "v0.14.9", Some("frr"), Some(Version::V0_14_9), Backend::Frr, 0),
            ("v0.16.1@sha256:00", "v0.16.1", Some("frr-k8s"), Some(Version::V0_16_1), Backend::FrrK8s, 0),
            ("v0.15.2", "v0.16.1", None, Some(Version::V0_15_2), Backend::Native, 1),
            ("latest", "v0.16.1", None, Some(Version::V0_16_1), Backend::Native, 1),
        ] {
            let objects = [
                workload("Deployment", "c", &format!("quay.io/metallb/controller:{controller}"), bgp),
                workload("DaemonSet", "s", &format!("quay.io/metallb/speaker:{speaker}"), bgp),
                workload("Deployment", "x", "example.com/else/controller:v9.9.9", None),
            ];
            let facts = MetallbFacts::of(&objects);
            assert_eq!((facts.version, facts.backend), (version, Some(backend)), "{controller} {speaker}");
            assert_eq!(facts.notes.len(), notes, "{:?}", facts.notes);
            assert_eq!(facts.namespace.as_deref(), Some("lb"));
        }
        let disagree = [
            workload("Deployment", "c", "quay.io/metallb/controller:v0.15.2", None),
            workload("DaemonSet", "s", "quay.io/metallb/speaker:v0.15.2", Some("frr")),
        ];
        let facts = MetallbFacts::of(&disagree);
        assert_eq!(facts.backend, Some(Backend::Frr));
        assert!(facts.notes[0].contains("disagree"), "{:?}", facts.notes);
        assert_eq!(MetallbFacts::of(&[]), MetallbFacts::default());
    }

    #[test]
    fn a_cluster_is_its_kube_system() {
        let uid = "11111111-2222-3333-4444-555555555555";
        let objects = [
            json!({"kind": "Namespace", "metadata": {"name": "default", "uid": "x"}}),
            json!({"kind": "Namespace", "metadata": {"name": "kube-system", "uid": uid}}),
        ];
        assert_eq!(kube_system_uid(&objects).as_deref(), Some(uid));
        assert_eq!(kube_system_uid(&objects[..1]), None);
    }
}
