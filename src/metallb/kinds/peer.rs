//! BGPPeer (v1beta2) and BFDProfile.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::secret::{Sensitive, write_clear_text};
use super::{Kind, Resource};
use crate::metallb::labels::{LabelSelector, null_is_default};

/// A router that the selected nodes dial.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BgpPeerSpec {
    /// Our ASN. Required on the wire, so it is always written.
    #[serde(default, rename = "myASN", deserialize_with = "null_is_default")]
    pub my_asn: u32,
    /// The router's ASN. Exactly one of this and `dynamic_asn`.
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "peerASN")]
    pub peer_asn: Option<u32>,
    /// Another ASN to present to the router, since 0.16.0.
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "localASN")]
    pub local_asn: Option<u32>,
    /// Takes whatever ASN the router has, inside or outside our own AS.
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "dynamicASN")]
    pub dynamic_asn: Option<DynamicAsn>,
    /// The router's address. Exactly one of this and `interface`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer_address: Option<String>,
    /// The interface of an unnumbered session, since 0.15.0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interface: Option<String>,
    /// The address to dial from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_address: Option<String>,
    /// The port to dial. Default 179.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer_port: Option<u16>,
    /// Hold time as a duration text such as `90s`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_time: Option<String>,
    /// Keepalive interval as a duration text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keepalive_time: Option<String>,
    /// Pause between attempts as a duration text: whole seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connect_time: Option<String>,
    /// Router ID in IPv4 form.
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "routerID")]
    pub router_id: Option<String>,
    /// Nodes that dial. Empty: every node.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "null_is_default")]
    pub node_selectors: Vec<LabelSelector>,
    /// TCP-MD5 password in clear text. We only read it: what we write uses `password_secret`.
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "write_clear_text")]
    pub password: Option<Sensitive>,
    /// The secret that holds the password. MetalLB reads it in its own namespace, whatever is said here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_secret: Option<SecretReference>,
    /// Name of a BFDProfile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bfd_profile: Option<String>,
    /// Graceful restart. May not change once it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enable_graceful_restart: Option<bool>,
    /// The router is not on a connected network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ebgp_multi_hop: Option<bool>,
    /// The VRF that the session runs in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vrf: Option<String>,
    /// Deprecated. Default false.
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "disableMP")]
    pub disable_mp: Option<bool>,
    /// Carries both families over one session, since 0.15.0. Default false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dual_stack_address_family: Option<bool>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Resource for BgpPeerSpec {
    const KIND: Kind = Kind::BgpPeer;
}

/// `dynamicASN`: which side of the own AS the router must be on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DynamicAsn {
    /// The same AS as ours.
    Internal,
    /// Any AS but ours.
    External,
    /// A word that MetalLB does not know. Kept, so that the judge can name it.
    #[serde(untagged)]
    Other(String),
}

/// Points at a Secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretReference {
    /// The secret's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Read, but not used by MetalLB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
}

/// BFD timers. All optional; FRR's own values hold for what is absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BfdProfileSpec {
    /// Fastest rate we accept, in ms: 10 to 60000. FRR: 300.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receive_interval: Option<u32>,
    /// Rate we send at, in ms: 10 to 60000. FRR: 300.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transmit_interval: Option<u32>,
    /// Packets that may be missed: 2 to 255. FRR: 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detect_multiplier: Option<u32>,
    /// Echo rate in ms: 10 to 60000. FRR: 50.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub echo_interval: Option<u32>,
    /// Echo packets, IPv4 and single hop only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub echo_mode: Option<bool>,
    /// Waits for the other side to begin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passive_mode: Option<bool>,
    /// Lowest TTL accepted on multihop sessions: 1 to 254. FRR: 254.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_ttl: Option<u32>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Resource for BfdProfileSpec {
    const KIND: Kind = Kind::BfdProfile;
}
