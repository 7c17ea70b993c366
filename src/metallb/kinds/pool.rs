//! IPAddressPool.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Kind, Resource};
use crate::metallb::labels::{LabelSelector, null_is_default};

/// What a pool holds and who gets it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IpAddressPoolSpec {
    /// CIDRs and `start-end` ranges. Required on the wire, so it is written even when empty.
    #[serde(default, deserialize_with = "null_is_default")]
    pub addresses: Vec<String>,
    /// Whether services get an address from here without asking for it. Default true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_assign: Option<bool>,
    /// Leaves out IPv4 addresses that end in 0 or 255. Default false.
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "avoidBuggyIPs")]
    pub avoid_buggy_ips: Option<bool>,
    /// Restricts the pool to some services.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_allocation: Option<ServiceAllocation>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Which services may draw from a pool, and in which order pools are tried.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceAllocation {
    /// The lowest positive number is tried first; 0 and absent come last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<i64>,
    /// Namespaces by name, OR with the selectors.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "null_is_default")]
    pub namespaces: Vec<String>,
    /// Namespaces by label.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "null_is_default")]
    pub namespace_selectors: Vec<LabelSelector>,
    /// Services by label: OR among themselves, AND with the namespaces.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "null_is_default")]
    pub service_selectors: Vec<LabelSelector>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Resource for IpAddressPoolSpec {
    const KIND: Kind = Kind::IpAddressPool;
}
