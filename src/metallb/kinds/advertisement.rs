//! BGPAdvertisement, L2Advertisement and Community.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Kind, Resource};
use crate::metallb::labels::{LabelSelector, null_is_default};

/// Which pools are announced over BGP, how, from where and to whom.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BgpAdvertisementSpec {
    /// Length of the announced IPv4 prefixes. Default 32.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aggregation_length: Option<i32>,
    /// Length of the announced IPv6 prefixes. Default 128.
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "aggregationLengthV6")]
    pub aggregation_length_v6: Option<i32>,
    /// LOCAL_PREF, seen by iBGP peers only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub local_pref: Option<u32>,
    /// Communities: `a:b`, `large:a:b:c`, or an alias of a Community object.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "null_is_default")]
    pub communities: Vec<String>,
    /// Pools by name. With no names and no selectors: every pool.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        rename = "ipAddressPools",
        deserialize_with = "null_is_default"
    )]
    pub ip_address_pools: Vec<String>,
    /// Pools by label, in union with the names.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        rename = "ipAddressPoolSelectors",
        deserialize_with = "null_is_default"
    )]
    pub ip_address_pool_selectors: Vec<LabelSelector>,
    /// Nodes that announce. Empty: every node.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "null_is_default")]
    pub node_selectors: Vec<LabelSelector>,
    /// Names of BGPPeers. Empty: every peer.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "null_is_default")]
    pub peers: Vec<String>,
    /// Services by label, since 0.16.0.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "null_is_default")]
    pub service_selectors: Vec<LabelSelector>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Resource for BgpAdvertisementSpec {
    const KIND: Kind = Kind::BgpAdvertisement;
}

/// Which pools are answered for on the local network, and from where.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct L2AdvertisementSpec {
    /// Pools by name. With no names and no selectors: every pool.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        rename = "ipAddressPools",
        deserialize_with = "null_is_default"
    )]
    pub ip_address_pools: Vec<String>,
    /// Pools by label, in union with the names.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        rename = "ipAddressPoolSelectors",
        deserialize_with = "null_is_default"
    )]
    pub ip_address_pool_selectors: Vec<LabelSelector>,
    /// Nodes that may answer. Empty: every node.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "null_is_default")]
    pub node_selectors: Vec<LabelSelector>,
    /// Interfaces to answer on. Empty: all. Does not influence which node is elected.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "null_is_default")]
    pub interfaces: Vec<String>,
    /// Services by label, since 0.16.0.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "null_is_default")]
    pub service_selectors: Vec<LabelSelector>,
    /// Nodes to prefer, by weight. Only in main so far.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "null_is_default")]
    pub preferred_node_selectors: Vec<PreferredNodeSelector>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Resource for L2AdvertisementSpec {
    const KIND: Kind = Kind::L2Advertisement;
}

/// A preference for some nodes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PreferredNodeSelector {
    /// 1 to 100.
    #[serde(default)]
    pub weight: i32,
    /// Which nodes.
    #[serde(default, deserialize_with = "null_is_default")]
    pub preference: LabelSelector,
}

/// Names for communities. Names are global over all Community objects.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CommunitySpec {
    /// The names.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "null_is_default")]
    pub communities: Vec<CommunityAlias>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Resource for CommunitySpec {
    const KIND: Kind = Kind::Community;
}

/// One name for one community.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommunityAlias {
    /// The name that advertisements use.
    #[serde(default, skip_serializing_if = "String::is_empty", deserialize_with = "null_is_default")]
    pub name: String,
    /// `a:b` or `large:a:b:c`.
    #[serde(default, skip_serializing_if = "String::is_empty", deserialize_with = "null_is_default")]
    pub value: String,
}
