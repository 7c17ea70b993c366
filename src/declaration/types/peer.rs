//! `spec.peers`: the routers, and how to reach them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Asn, pool::NodeSelector};

/// A router, with exactly one of `pfsense`, `frr`, `unmanaged` and `router`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Peer {
    /// Name of the router: a DNS label of at most 40 characters, not `cluster`. The BGPPeer object
    /// gets this name unless `objectName` says otherwise.
    #[schemars(extend("examples" = ["pfsense"]))]
    pub name: String,
    /// Name of the BGPPeer object, to keep one that exists. Where a peer needs several objects
    /// (two families, two members) each gets this name with a suffix.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_name: Option<String>,
    /// The router's ASN.
    pub asn: Asn,
    /// The router's address, as the nodes dial it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("examples" = ["192.168.4.1"]))]
    pub address: Option<String>,
    /// Instead of `address`: one address for each family, which makes one session for each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("examples" = [["192.168.4.1", "2001:db8:4::1"]]))]
    pub addresses: Vec<String>,
    /// The router's BGP identifier, in IPv4 form. Default: its IPv4 address.
    #[serde(default, rename = "routerID", skip_serializing_if = "Option::is_none")]
    pub router_id: Option<String>,
    /// Which nodes peer with this router. Default: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nodes: Option<NodeSelector>,
    /// Hold time that the nodes propose, for example `90s`. 0, or 3 seconds and more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("examples" = ["90s"]))]
    pub hold_time: Option<String>,
    /// Keepalive interval, for example `30s`; not above the hold time. The native backend always
    /// uses a third of the hold time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("examples" = ["30s"]))]
    pub keepalive_time: Option<String>,
    /// Pause between connection attempts, whole seconds from `1s` to `65535s`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("examples" = ["10s"]))]
    pub connect_time: Option<String>,
    /// Name of a BFD profile from `bfdProfiles`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bfd: Option<String>,
    /// `true`: the router is not on a network of the nodes (eBGP multihop on both ends).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multihop: Option<bool>,
    /// `true`: routes survive a restart of the speaker (graceful restart on both ends).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub graceful_restart: Option<bool>,
    /// TCP-MD5 password of the sessions, by reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<PasswordRef>,
    /// Limit for the prefixes that one node may announce. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_prefixes: Option<MaxPrefixes>,
    /// Prefixes that the nodes may receive from the router. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("examples" = [["192.168.2.0/24"]]))]
    pub learn: Vec<String>,
    /// `true`: take our part off this router and keep its access data.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub absent: bool,
    /// A pfSense firewall with the FRR package, or a pair of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pfsense: Option<PfsenseRouter>,
    /// A router that runs plain FRR.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frr: Option<FrrRouter>,
    /// A router of another team: nothing is written there, a hand-over sheet is printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unmanaged: Option<UnmanagedRouter>,
    /// Reserved for routers that serve several clusters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub router: Option<String>,
}

/// A secret by reference, with exactly one of the keys. The value itself is never written here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PasswordRef {
    /// Name of an environment variable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("examples" = ["BGP_PASSWORD"]))]
    pub env: Option<String>,
    /// Path of a file, relative to this one. A final line end is not part of the secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// A key of a Secret in the cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_key_ref: Option<SecretKeyRef>,
}

/// A key of a Secret in the cluster. For `peers[].password` it must be of type
/// `kubernetes.io/basic-auth`, in MetalLB's namespace, with the key `password`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecretKeyRef {
    /// Name of the Secret.
    pub name: String,
    /// Key inside the Secret. Default `password`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Namespace of the Secret. Default: MetalLB's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
}

/// A limit for announced prefixes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MaxPrefixes {
    /// How many prefixes one node may announce.
    #[schemars(range(min = 1, max = 4294967295u64))]
    pub limit: u32,
    /// Percentage of the limit at which the router starts to warn, 1 to 100. Default 75 (FRR's).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100))]
    pub threshold: Option<u8>,
    /// What happens above the limit. Default `warn`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<MaxPrefixAction>,
    /// With `action: restart`: minutes until the session is tried again, 1 to 65535.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 65535))]
    pub restart_after: Option<u16>,
}

/// What a router does above a prefix limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MaxPrefixAction {
    /// Logs and keeps the session.
    Warn,
    /// Closes the session and tries again after `restartAfter`.
    Restart,
    /// Closes the session until somebody clears it.
    Stop,
}

/// A pfSense firewall with the FRR package.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PfsenseRouter {
    /// Address of the web interface. Default: `https://` and the peer's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("examples" = ["https://192.168.4.1"]))]
    pub url: Option<String>,
    /// User with the privilege "System - HA node sync". Default `admin`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The user's password, by reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<PasswordRef>,
    /// How the certificate is verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<Tls>,
    /// Use SSH instead of the web interface.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ssh: Option<Ssh>,
    /// Binds FRR to a CARP address (its "CARP Status IP"): then only the master runs BGP, and the
    /// nodes peer with the address of the peer, which must be that CARP address. Default: every
    /// member runs BGP with its own address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("examples" = ["192.168.4.254"]))]
    pub carp: Option<String>,
    /// The two members of a high-availability pair.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Member>,
}

/// One firewall of a high-availability pair.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Member {
    /// Name of the member: a DNS label.
    #[schemars(extend("examples" = ["fw1"]))]
    pub name: String,
    /// Address of its web interface. Default: `https://` and the member's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Its own address on the nodes' network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("examples" = ["192.168.4.2"]))]
    pub address: Option<String>,
    /// Instead of `address`: one address for each family.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<String>,
    /// Its BGP identifier, in IPv4 form. Default: its IPv4 address.
    #[serde(default, rename = "routerID", skip_serializing_if = "Option::is_none")]
    pub router_id: Option<String>,
}

/// How a certificate is verified: by the system's authorities unless one of these is given.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Tls {
    /// Path of a file with PEM certificates of the authority, relative to this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<String>,
    /// SHA-256 fingerprint of the certificate, hexadecimal, with or without colons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// `true`: believe any certificate. Whoever is between can then read the password.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub insecure_skip_verify: bool,
}

/// Access through the system's `ssh`, with its configuration, agent and known hosts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Ssh {
    /// Host name or address, or a name from the ssh configuration.
    pub host: String,
    /// User. Default: what ssh uses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Port. Default: what ssh uses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 65535))]
    pub port: Option<u16>,
    /// Path of the private key, relative to this file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity_file: Option<String>,
}

/// A router that runs plain FRR, reached by exactly one of the keys.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FrrRouter {
    /// Folder of the daemons' vty sockets on this machine, for example `/var/run/frr`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("examples" = ["/var/run/frr"]))]
    pub socket: Option<String>,
    /// Access through ssh.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ssh: Option<Ssh>,
}

/// What another team says about its router. Each answer feeds the checks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UnmanagedRouter {
    /// Prefixes that the router accepts from the nodes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accepts: Vec<String>,
    /// Whether the neighbors have a TCP-MD5 password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub md5: Option<bool>,
    /// Whether the neighbors have BFD.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bfd: Option<bool>,
    /// Whether the neighbors are set up as multihop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multihop: Option<bool>,
    /// How many prefixes the router takes from one node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_prefixes: Option<u32>,
    /// Hold time on the router's side, for example `180s`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_time: Option<String>,
}
