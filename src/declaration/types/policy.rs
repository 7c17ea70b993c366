//! `spec.services`, `spec.expect` and `spec.policy`: what must hold, and how metalsense may act.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A service with fixed addresses or DNS names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FixedService {
    /// Namespace and name of the Service object.
    #[schemars(extend("examples" = ["default/web"]))]
    pub name: String,
    /// Addresses from a pool, at most one for each family.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("examples" = [["192.168.32.10"]]))]
    pub addresses: Vec<String>,
    /// DNS names that the routers' resolvers answer with the service's addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("examples" = [["web.example.net"]]))]
    pub hostnames: Vec<String>,
}

/// What must hold after an apply, with exactly one of `prefix` and `service`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Expectation {
    /// A prefix that must be in the router's table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("examples" = ["192.168.32.1/32"]))]
    pub prefix: Option<String>,
    /// A service, as namespace and name, whose addresses must be in the router's table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("examples" = ["default/web"]))]
    pub service: Option<String>,
    /// Name of the peer. Default: every peer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// How many paths: a number, or `all` for one path from every announcing node. Default 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paths: Option<Paths>,
}

/// A number of paths, or `all`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Paths {
    /// At least this many.
    Number(u32),
    /// The word `all`.
    Word(String),
}

impl JsonSchema for Paths {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Paths".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A number of paths, or `all`.",
            "x-kubernetes-int-or-string": true,
            "anyOf": [{ "type": "integer", "minimum": 1, "maximum": u32::MAX }, { "type": "string" }],
            "examples": [3, "all"]
        })
    }
}

/// How metalsense may act.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Policy {
    /// Severity of single findings, by their code.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("examples" = [{"pool-buggy-ips": "error"}]))]
    pub severity: BTreeMap<String, SeverityLevel>,
    /// Findings that are known and meant.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accept: Vec<AcceptedFinding>,
    /// How many objects or entries one apply may delete on each side. Default 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_deletes: Option<u32>,
    /// How many sessions one apply may reset. Default: no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_session_resets: Option<u32>,
    /// How many services one apply may move to another address. Default 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_services_moved: Option<u32>,
    /// What happens when verification fails after an apply. Default `rollback`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_failure: Option<OnFailure>,
}

/// Severity of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SeverityLevel {
    /// Stops an apply.
    Error,
    /// Shown; counts as an error under `--strict`.
    Warning,
    /// Shown.
    Info,
    /// Not shown.
    Ignore,
}

/// A finding that is known and meant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AcceptedFinding {
    /// The finding's code.
    pub code: String,
    /// Only findings about this: the name of an object of this file (a pool, a peer, a node) or a
    /// path such as `spec.pools[0]`. Default: everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Why.
    pub reason: String,
}

/// What happens when verification fails after an apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnFailure {
    /// Both sides go back to what they were.
    Rollback,
    /// Everything stays as it is and is reported.
    Hold,
}
