//! The format `metalsense.dev/v1alpha1`, as Rust types.
//!
//! These types are the single source: JSON Schema, CRD and reference page are generated from them,
//! so every doc comment here is read by users in their editor. Values stay as written (an address is
//! text); `intent` gives them meaning. Unions are told apart by key, never by type, so that the CRD
//! schema stays structural.
//! Read next: [`peer`], [`pool`], [`policy`].

pub mod peer;
pub mod policy;
pub mod pool;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use peer::{
    FrrRouter, MaxPrefixAction, MaxPrefixes, Member, PasswordRef, Peer, PfsenseRouter, SecretKeyRef, Ssh,
    Tls, UnmanagedRouter,
};
pub use policy::{AcceptedFinding, Expectation, FixedService, OnFailure, Policy, SeverityLevel};
pub use pool::{
    Advertisement, BfdTimers, L2Advertisement, LabelExpression, LabelOperator, LabelSelector, NodeSelector,
    Pool, ServiceAllocation,
};

/// The `apiVersion` this build reads and writes.
pub const API_VERSION: &str = "metalsense.dev/v1alpha1";

/// The network between one Kubernetes cluster and its routers: nodes, ASNs, peers and pools.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Network {
    /// Version of this format.
    #[schemars(extend("const" = API_VERSION))]
    pub api_version: String,
    /// Always `Network`.
    pub kind: NetworkKind,
    /// Name of the network, as in every Kubernetes object.
    pub metadata: Metadata,
    /// What the network looks like.
    pub spec: Spec,
}

/// The kinds of documents this build understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum NetworkKind {
    /// The network between one cluster and its routers.
    Network,
}

/// Name and labels of the network.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Metadata {
    /// Name of the network: a DNS label of at most 40 characters. It marks everything that
    /// metalsense owns on both sides, so changing it means a new network.
    #[schemars(extend("examples" = ["homelab"]))]
    pub name: String,
    /// Namespace, used only when this document is stored as a custom resource in a cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Labels of the document itself. They are not copied to generated objects.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Annotations of the document itself.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

/// What the network looks like. What is not said is a documented default, or an error that asks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Spec {
    /// Names for autonomous system numbers. Anywhere an ASN is wanted, one of these names does.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("examples" = [{"k8s": 64500, "edge": 64501}]))]
    pub asns: BTreeMap<String, Asn>,
    /// The Kubernetes side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<Cluster>,
    /// The nodes that run BGP, with the addresses they use towards the routers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nodes: Vec<Node>,
    /// Follows the cluster's own Node objects, beside or instead of `nodes`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discover: Option<Discover>,
    /// The routers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub peers: Vec<Peer>,
    /// The addresses that services may get.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pools: Vec<Pool>,
    /// Aliases for BGP communities. The well-known names (`no-export`, `no-advertise`,
    /// `local-as`, `graceful-shutdown`, `blackhole`) need no alias.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("examples" = [{"backup": "64500:70", "site": "large:64500:1:2"}]))]
    pub communities: BTreeMap<String, String>,
    /// Named BFD timers, for `peers[].bfd`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub bfd_profiles: BTreeMap<String, BfdTimers>,
    /// Address space that exists beside the pools. Interfaces, DHCP ranges and virtual addresses of
    /// a pfSense that can be read are added by themselves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subnets: Vec<Subnet>,
    /// Services with fixed addresses or DNS names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<FixedService>,
    /// What must hold after an apply.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expect: Vec<Expectation>,
    /// How metalsense may act.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Policy>,
}

/// An autonomous system number as written: a number, a quoted number, a quoted asdot form such as
/// `"1.10"`, or a name from `asns`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Asn {
    /// A plain number.
    Number(u64),
    /// Anything quoted or named.
    Text(String),
}

impl JsonSchema for Asn {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Asn".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "An autonomous system number, 1 to 4294967295: plain (`64500`), quoted asdot (`\"1.10\"`), or a name from `asns`.",
            "x-kubernetes-int-or-string": true,
            "anyOf": [{ "type": "integer", "minimum": 1, "maximum": u32::MAX }, { "type": "string" }],
            "examples": [64500, "edge", "1.10"]
        })
    }
}

/// The Kubernetes side of every session.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Cluster {
    /// The ASN of the nodes. Required unless every node says its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asn: Option<Asn>,
    /// What is known about MetalLB. Read from the live cluster where that is possible.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metallb: Option<Metallb>,
    /// The pod network, to keep the pools out of it.
    #[serde(default, rename = "podCIDRs", skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("examples" = [["10.42.0.0/16"]]))]
    pub pod_cidrs: Vec<String>,
    /// The cluster's service network, to keep the pools out of it.
    #[serde(default, rename = "serviceCIDRs", skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("examples" = [["10.43.0.0/16"]]))]
    pub service_cidrs: Vec<String>,
    /// The kubeconfig context to use when none is given on the command line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// `true`: somebody else (Flux, Argo CD) applies the MetalLB objects. They are compiled and
    /// checked, never written.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unmanaged: bool,
}

/// The MetalLB installation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Metallb {
    /// The namespace MetalLB runs in; its objects count only there. Default `metallb-system`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The MetalLB version, for example `0.15.2` (assumed when nothing else is known).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("examples" = ["0.15.2"]))]
    pub version: Option<String>,
    /// Which BGP implementation the speakers run. Default `native`. The Helm chart installs `frr`
    /// up to 0.15 and `frr-k8s` from 0.16.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backend: Option<Backend>,
}

/// MetalLB's BGP implementations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Backend {
    /// MetalLB's own Go implementation.
    Native,
    /// FRR in the speaker pod.
    Frr,
    /// FRR in a DaemonSet of its own.
    FrrK8s,
}

/// A node of the cluster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Node {
    /// Name of the Kubernetes Node object: a DNS name.
    #[schemars(extend("examples" = ["k8snode1.k8s.example.net"]))]
    pub name: String,
    /// The address the node uses towards the routers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("examples" = ["192.168.4.10"]))]
    pub address: Option<String>,
    /// Instead of `address`: one address for each family.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("examples" = [["192.168.4.10", "2001:db8:4::10"]]))]
    pub addresses: Vec<String>,
    /// Labels of the Node object that selectors in this file use.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// The node's own ASN, where it differs from `cluster.asn`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asn: Option<Asn>,
}

/// Follows the cluster's Node objects.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Discover {
    /// Which nodes. Default: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selector: Option<LabelSelector>,
    /// Only node addresses inside these subnets are believed: a kubelet can change its own address.
    #[schemars(extend("examples" = [["192.168.4.0/24"]]))]
    pub subnets: Vec<String>,
    /// How long a node must be gone before its neighbor is removed, for example `1h` (the default).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("examples" = ["1h"]))]
    pub remove_after: Option<String>,
}

/// Address space that exists beside the pools.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Subnet {
    /// What people call it.
    pub name: String,
    /// The prefix.
    #[schemars(extend("examples" = ["192.168.2.0/24"]))]
    pub cidr: String,
    /// What it is used for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<SubnetRole>,
}

/// What a subnet is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SubnetRole {
    /// The nodes live here.
    Nodes,
    /// Clients that use the services live here.
    Clients,
    /// Handed out by DHCP.
    Dhcp,
    /// Routed to or from elsewhere: another site, a tunnel.
    Remote,
    /// Kept for something; no pool may use it.
    Reserved,
}
