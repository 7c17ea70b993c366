//! The kinds: MetalLB's custom resources, and what their rules need of the core ones.
//!
//! The types carry the fields that we know, spelled as on the wire, and keep everything else in
//! `rest`. Only what is set is written. They check nothing: a value that MetalLB refuses can be held,
//! so that the judge can say why.

mod advertisement;
#[cfg(test)]
mod against_crds;
mod core;
mod peer;
mod pool;
mod secret;

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::SerializeMap};
use serde_json::{Map, Value};

pub use advertisement::{
    BgpAdvertisementSpec, CommunityAlias, CommunitySpec, L2AdvertisementSpec, PreferredNodeSelector,
};
pub use core::{NamespaceSpec, NodeAddress, NodeSpec, ServiceSpec};
pub use peer::{BfdProfileSpec, BgpPeerSpec, DynamicAsn, SecretReference};
pub use pool::{IpAddressPoolSpec, ServiceAllocation};
pub use secret::{BASIC_AUTH, Secret, Sensitive};

use super::labels::{Labels, null_is_default, null_is_empty};

/// The API group and version of most of MetalLB's kinds.
pub const V1BETA1: &str = "metallb.io/v1beta1";
/// The API group and version of BGPPeer as it is stored.
pub const V1BETA2: &str = "metallb.io/v1beta2";

/// The kinds that this room knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Addresses to hand out.
    IpAddressPool,
    /// What is announced over BGP.
    BgpAdvertisement,
    /// What is answered for by ARP and NDP.
    L2Advertisement,
    /// A router to dial.
    BgpPeer,
    /// Names for BGP communities.
    Community,
    /// BFD timers.
    BfdProfile,
    /// Holds a peer's password.
    Secret,
    /// A node, for its labels and addresses.
    Node,
    /// A namespace, for its labels.
    Namespace,
    /// A service, for its address and labels.
    Service,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Kind; 10] = [
        Kind::IpAddressPool,
        Kind::BgpAdvertisement,
        Kind::L2Advertisement,
        Kind::BgpPeer,
        Kind::Community,
        Kind::BfdProfile,
        Kind::Secret,
        Kind::Node,
        Kind::Namespace,
        Kind::Service,
    ];

    /// `kind` on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::IpAddressPool => "IPAddressPool",
            Kind::BgpAdvertisement => "BGPAdvertisement",
            Kind::L2Advertisement => "L2Advertisement",
            Kind::BgpPeer => "BGPPeer",
            Kind::Community => "Community",
            Kind::BfdProfile => "BFDProfile",
            Kind::Secret => "Secret",
            Kind::Node => "Node",
            Kind::Namespace => "Namespace",
            Kind::Service => "Service",
        }
    }

    /// `apiVersion` on the wire, as we write it.
    pub fn api_version(self) -> &'static str {
        match self {
            Kind::BgpPeer => V1BETA2,
            Kind::IpAddressPool
            | Kind::BgpAdvertisement
            | Kind::L2Advertisement
            | Kind::Community
            | Kind::BfdProfile => V1BETA1,
            Kind::Secret | Kind::Node | Kind::Namespace | Kind::Service => "v1",
        }
    }

    /// Whether it is one of MetalLB's own.
    pub fn is_metallb(self) -> bool {
        self.api_version() != "v1"
    }

    /// Looks up what an object says it is. The API version counts: a `Community` of another group is
    /// not ours, and a BGPPeer in v1beta1 has another shape.
    pub fn of(api_version: &str, kind: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|k| k.as_str() == kind && k.api_version() == api_version)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Ties a spec to its kind.
pub trait Resource {
    /// Which kind has this spec.
    const KIND: Kind;
}

/// What every object has.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Metadata {
    /// The name, unique for kind and namespace.
    #[serde(default, skip_serializing_if = "String::is_empty", deserialize_with = "null_is_default")]
    pub name: String,
    /// The namespace; absent for kinds without one, and where the manifest leaves it to the context.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Labels.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "null_is_empty")]
    pub labels: Labels,
    /// Annotations.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "null_is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// What the server keeps there: uid, resourceVersion, managedFields and so on.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Metadata {
    /// Name and namespace, nothing else.
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Metadata { name: name.into(), namespace: Some(namespace.into()), ..Metadata::default() }
    }

    /// `namespace/name`, or the name alone.
    pub fn path(&self) -> String {
        match &self.namespace {
            Some(namespace) => format!("{namespace}/{}", self.name),
            None => self.name.clone(),
        }
    }
}

/// One object: its metadata, its spec, and whatever else it carries (status above all).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object<S> {
    /// Name, namespace, labels.
    pub metadata: Metadata,
    /// What is wanted.
    pub spec: S,
    /// Everything beside metadata and spec, as read.
    pub rest: Map<String, Value>,
}

/// A pool of addresses.
pub type IpAddressPool = Object<IpAddressPoolSpec>;
/// What is announced over BGP.
pub type BgpAdvertisement = Object<BgpAdvertisementSpec>;
/// What is announced on the local network.
pub type L2Advertisement = Object<L2AdvertisementSpec>;
/// A router, in v1beta2.
pub type BgpPeer = Object<BgpPeerSpec>;
/// Names for communities.
pub type Community = Object<CommunitySpec>;
/// BFD timers.
pub type BfdProfile = Object<BfdProfileSpec>;
/// A node.
pub type Node = Object<NodeSpec>;
/// A namespace.
pub type Namespace = Object<NamespaceSpec>;
/// A service.
pub type Service = Object<ServiceSpec>;

impl<S: Resource> Object<S> {
    /// A new object with nothing but a name and a spec.
    pub fn new(namespace: impl Into<String>, name: impl Into<String>, spec: S) -> Self {
        Object { metadata: Metadata::new(namespace, name), spec, rest: Map::new() }
    }

    /// Which kind it is.
    pub fn kind(&self) -> Kind {
        S::KIND
    }

    /// As findings name it: `IPAddressPool metallb-system/web`.
    pub fn title(&self) -> String {
        format!("{} {}", S::KIND, self.metadata.path())
    }
}

impl<S: Resource + Serialize> Serialize for Object<S> {
    fn serialize<T: Serializer>(&self, serializer: T) -> Result<T::Ok, T::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("apiVersion", S::KIND.api_version())?;
        map.serialize_entry("kind", S::KIND.as_str())?;
        map.serialize_entry("metadata", &self.metadata)?;
        map.serialize_entry("spec", &self.spec)?;
        for (key, value) in &self.rest {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl<'de, S: Resource + DeserializeOwned + Default> Deserialize<'de> for Object<S> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase", bound = "T: DeserializeOwned + Default")]
        struct Wire<T> {
            api_version: String,
            kind: String,
            #[serde(default, deserialize_with = "null_is_default")]
            metadata: Metadata,
            #[serde(default, deserialize_with = "null_is_default")]
            spec: T,
            #[serde(flatten)]
            rest: Map<String, Value>,
        }
        let wire = Wire::<S>::deserialize(deserializer)?;
        if Kind::of(&wire.api_version, &wire.kind) != Some(S::KIND) {
            let (wanted, version) = (S::KIND, S::KIND.api_version());
            return Err(D::Error::custom(format!(
                "expected a {wanted} of {version}, found {} of {}",
                wire.kind, wire.api_version
            )));
        }
        Ok(Object { metadata: wire.metadata, spec: wire.spec, rest: wire.rest })
    }
}

/// An object of any kind that this room knows, or of another.
#[derive(Clone, Debug, PartialEq)]
pub enum AnyObject {
    /// A pool.
    IpAddressPool(IpAddressPool),
    /// A BGP advertisement.
    BgpAdvertisement(BgpAdvertisement),
    /// An L2 advertisement.
    L2Advertisement(L2Advertisement),
    /// A peer.
    BgpPeer(Box<BgpPeer>),
    /// Community names.
    Community(Community),
    /// BFD timers.
    BfdProfile(BfdProfile),
    /// A secret.
    Secret(Secret),
    /// A node.
    Node(Node),
    /// A namespace.
    Namespace(Namespace),
    /// A service.
    Service(Service),
    /// Some other kind, as read.
    Other(Value),
}

impl AnyObject {
    /// Reads one object by its own `apiVersion` and `kind`.
    ///
    /// # Errors
    /// If a field of a known kind has another type than on the wire; the path is in the error.
    pub fn from_value(value: &Value) -> Result<AnyObject, WrongShape> {
        let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default();
        let Some(kind) = Kind::of(text("apiVersion"), text("kind")) else {
            return Ok(AnyObject::Other(value.clone()));
        };
        Ok(match kind {
            Kind::IpAddressPool => AnyObject::IpAddressPool(typed(value)?),
            Kind::BgpAdvertisement => AnyObject::BgpAdvertisement(typed(value)?),
            Kind::L2Advertisement => AnyObject::L2Advertisement(typed(value)?),
            Kind::BgpPeer => AnyObject::BgpPeer(Box::new(typed(value)?)),
            Kind::Community => AnyObject::Community(typed(value)?),
            Kind::BfdProfile => AnyObject::BfdProfile(typed(value)?),
            Kind::Secret => AnyObject::Secret(typed(value)?),
            Kind::Node => AnyObject::Node(typed(value)?),
            Kind::Namespace => AnyObject::Namespace(typed(value)?),
            Kind::Service => AnyObject::Service(typed(value)?),
        })
    }

    /// Which kind it is; `None` for others.
    pub fn kind(&self) -> Option<Kind> {
        Some(match self {
            AnyObject::IpAddressPool(_) => Kind::IpAddressPool,
            AnyObject::BgpAdvertisement(_) => Kind::BgpAdvertisement,
            AnyObject::L2Advertisement(_) => Kind::L2Advertisement,
            AnyObject::BgpPeer(_) => Kind::BgpPeer,
            AnyObject::Community(_) => Kind::Community,
            AnyObject::BfdProfile(_) => Kind::BfdProfile,
            AnyObject::Secret(_) => Kind::Secret,
            AnyObject::Node(_) => Kind::Node,
            AnyObject::Namespace(_) => Kind::Namespace,
            AnyObject::Service(_) => Kind::Service,
            AnyObject::Other(_) => return None,
        })
    }

    /// Name, namespace, labels; `None` for others.
    pub fn metadata(&self) -> Option<&Metadata> {
        Some(match self {
            AnyObject::IpAddressPool(o) => &o.metadata,
            AnyObject::BgpAdvertisement(o) => &o.metadata,
            AnyObject::L2Advertisement(o) => &o.metadata,
            AnyObject::BgpPeer(o) => &o.metadata,
            AnyObject::Community(o) => &o.metadata,
            AnyObject::BfdProfile(o) => &o.metadata,
            AnyObject::Secret(o) => &o.metadata,
            AnyObject::Node(o) => &o.metadata,
            AnyObject::Namespace(o) => &o.metadata,
            AnyObject::Service(o) => &o.metadata,
            AnyObject::Other(_) => return None,
        })
    }
}

/// A field of a known kind that does not have the type it has on the wire.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct WrongShape {
    /// Dotted path, for example `spec.addresses[0]`.
    pub path: String,
    /// What is wrong with the value. Never carries the value of a secret.
    pub reason: String,
}

/// Reads one known kind.
///
/// # Errors
/// As [`AnyObject::from_value`], and if the value is of another kind.
pub fn typed<T: DeserializeOwned>(value: &Value) -> Result<T, WrongShape> {
    serde_path_to_error::deserialize(value).map_err(|error| WrongShape {
        path: error.path().to_string(),
        reason: error.into_inner().to_string(),
    })
}

/// The wire form of a typed object.
///
/// # Errors
/// None in practice: every map key of these types is a text.
pub fn to_value<T: Serialize>(object: &T) -> Result<Value, serde_json::Error> {
    serde_json::to_value(object)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_peer_is_written_as_on_the_wire_and_only_what_is_set() {
        let mut peer = BgpPeer::new(
            "metallb-system",
            "pfsense",
            BgpPeerSpec {
                my_asn: 64500,
                peer_asn: Some(64501),
                peer_address: Some("192.168.4.1".into()),
                ebgp_multi_hop: Some(true),
                password_secret: Some(SecretReference { name: Some("bgp".into()), namespace: None }),
                ..BgpPeerSpec::default()
            },
        );
        peer.metadata.labels.insert("a".into(), "b".into());
        let value = to_value(&peer).expect("writes");
        assert_eq!(
            value,
            json!({
                "apiVersion": "metallb.io/v1beta2", "kind": "BGPPeer",
                "metadata": {"name": "pfsense", "namespace": "metallb-system", "labels": {"a": "b"}},
                "spec": {"myASN": 64500, "peerASN": 64501, "peerAddress": "192.168.4.1",
                         "ebgpMultiHop": true, "passwordSecret": {"name": "bgp"}},
            })
        );
        assert_eq!(typed::<BgpPeer>(&value).expect("reads"), peer);
        assert_eq!(peer.title(), "BGPPeer metallb-system/pfsense");
    }

    #[test]
    fn unknown_fields_survive_and_null_is_absent() {
        let value = json!({
            "apiVersion": "metallb.io/v1beta1", "kind": "IPAddressPool",
            "metadata": {"name": "web", "namespace": "m", "uid": "1", "labels": null},
            "spec": {"addresses": ["10.0.0.0/24"], "later": {"x": 1}},
            "status": {"assignedIPv4": 2},
        });
        let AnyObject::IpAddressPool(pool) = AnyObject::from_value(&value).expect("reads") else {
            panic!("not a pool");
        };
        assert_eq!(pool.spec.rest["later"], json!({"x": 1}));
        assert_eq!(pool.metadata.rest["uid"], "1");
        assert_eq!(pool.rest["status"], json!({"assignedIPv4": 2}));
        let mut back = value;
        back["metadata"].as_object_mut().expect("a map").remove("labels");
        assert_eq!(to_value(&pool).expect("writes"), back);
    }

    #[test]
    fn another_group_version_is_another_kind() {
        let value = json!({"apiVersion": "metallb.io/v1beta1", "kind": "BGPPeer", "metadata": {"name": "a"}});
        assert!(matches!(AnyObject::from_value(&value), Ok(AnyObject::Other(_))));
        assert!(typed::<BgpPeer>(&value).is_err());
    }

    #[test]
    fn a_wrong_type_is_told_with_its_path() {
        let value = json!({"apiVersion": "metallb.io/v1beta2", "kind": "BGPPeer",
            "metadata": {"name": "a"}, "spec": {"myASN": 4294967296_u64}});
        let error = AnyObject::from_value(&value).expect_err("too large");
        assert_eq!(error.path, "spec.myASN");
    }
}
