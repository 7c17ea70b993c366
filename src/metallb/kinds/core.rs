//! Node, Namespace and Service, as far as rules about MetalLB look at them.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Kind, Node, Resource, typed};
use crate::metallb::labels::null_is_default;

/// A node's spec.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NodeSpec {
    /// Pod ranges of this node.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        rename = "podCIDRs",
        deserialize_with = "null_is_default"
    )]
    pub pod_cidrs: Vec<String>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Resource for NodeSpec {
    const KIND: Kind = Kind::Node;
}

/// One entry of a node's `status.addresses`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeAddress {
    /// `InternalIP`, `ExternalIP`, `Hostname` and so on.
    #[serde(rename = "type")]
    pub kind: String,
    /// The address or name.
    pub address: String,
}

impl Node {
    /// The addresses in the status, in their order. Empty where the manifest has no status.
    pub fn addresses(&self) -> Vec<NodeAddress> {
        let list = self.rest.get("status").and_then(|status| status.get("addresses"));
        list.and_then(|list| typed(list).ok()).unwrap_or_default()
    }

    /// Addresses of type `InternalIP`, which is what MetalLB looks at.
    pub fn internal_ips(&self) -> Vec<IpAddr> {
        let internal = self.addresses().into_iter().filter(|address| address.kind == "InternalIP");
        internal.filter_map(|address| address.address.parse().ok()).collect()
    }
}

/// A namespace has labels only.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NamespaceSpec {
    /// Fields that we do not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Resource for NamespaceSpec {
    const KIND: Kind = Kind::Namespace;
}

/// A service's spec.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceSpec {
    /// `LoadBalancer` and so on.
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "type")]
    pub kind: Option<String>,
    /// A requested address.
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "loadBalancerIP")]
    pub load_balancer_ip: Option<String>,
    /// Which implementation is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load_balancer_class: Option<String>,
    /// `Cluster` or `Local`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_traffic_policy: Option<String>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Resource for ServiceSpec {
    const KIND: Kind = Kind::Service;
}
