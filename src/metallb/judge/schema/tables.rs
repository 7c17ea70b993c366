//! What the CRDs of each release say about the fields of a spec, as data.

use crate::metallb::kinds::Kind;
use crate::metallb::version::Version;

/// What a field holds.
#[derive(Clone, Copy, Debug)]
pub(in crate::metallb) enum Type {
    /// Any text.
    Text,
    /// True or false.
    Bool,
    /// A whole number, and the rule that its limits go by.
    Int(i64, i64, &'static str),
    /// One of some words, and the rule.
    Word(&'static [&'static str], &'static str),
    /// Whole seconds from 1 to 65535.
    ConnectTime,
    /// A list of texts.
    Texts,
    /// A list of texts, at least one.
    SomeTexts,
    /// Texts by name.
    Labels,
    /// One object.
    Object(&'static [Field]),
    /// A list of objects.
    List(&'static [Field]),
}

/// One field.
#[derive(Clone, Copy, Debug)]
pub(in crate::metallb) struct Field {
    pub(in crate::metallb) name: &'static str,
    pub(in crate::metallb) holds: Type,
    /// Must be there.
    pub(in crate::metallb) required: bool,
    /// The first release that has it.
    pub(in crate::metallb) since: Version,
}

impl Field {
    const fn required(self) -> Field {
        Field { required: true, ..self }
    }

    const fn since(self, since: Version) -> Field {
        Field { since, ..self }
    }
}

const fn field(name: &'static str, holds: Type) -> Field {
    Field { name, holds, required: false, since: Version::V0_14_9 }
}

/// Numbers without limits of their own.
const ANY: Type = Type::Int(i64::MIN, i64::MAX, "schema-type");
const ASN: Type = Type::Int(0, 4_294_967_295, "schema-asn-range");
const MILLISECONDS: Type = Type::Int(10, 60_000, "schema-bfd-range");

const REQUIREMENT: &[Field] = &[
    field("key", Type::Text).required(),
    field("operator", Type::Text).required(),
    field("values", Type::Texts),
];
const SELECTOR: &[Field] =
    &[field("matchLabels", Type::Labels), field("matchExpressions", Type::List(REQUIREMENT))];
const SELECTORS: Type = Type::List(SELECTOR);

const POOL: &[Field] = &[
    field("addresses", Type::Texts).required(),
    field("autoAssign", Type::Bool),
    field("avoidBuggyIPs", Type::Bool),
    field("serviceAllocation", Type::Object(ALLOCATION)),
];
const ALLOCATION: &[Field] = &[
    field("priority", ANY),
    field("namespaces", Type::Texts),
    field("namespaceSelectors", SELECTORS),
    field("serviceSelectors", SELECTORS),
];
const BGP_ADVERTISEMENT: &[Field] = &[
    field("aggregationLength", Type::Int(1, i64::MAX, "schema-agg-min")),
    field("aggregationLengthV6", ANY),
    field("localPref", ANY),
    field("communities", Type::Texts),
    field("ipAddressPools", Type::Texts),
    field("ipAddressPoolSelectors", SELECTORS),
    field("nodeSelectors", SELECTORS),
    field("peers", Type::Texts),
    field("serviceSelectors", SELECTORS).since(Version::V0_16_0),
];
const L2_ADVERTISEMENT: &[Field] = &[
    field("ipAddressPools", Type::Texts),
    field("ipAddressPoolSelectors", SELECTORS),
    field("nodeSelectors", SELECTORS),
    field("interfaces", Type::Texts),
    field("serviceSelectors", SELECTORS).since(Version::V0_16_0),
    field("preferredNodeSelectors", Type::List(PREFERRED)).since(Version::Main),
];
const PREFERRED: &[Field] = &[
    field("weight", Type::Int(1, 100, "schema-weight")).required(),
    field("preference", Type::Object(SELECTOR)).required(),
];
const PEER: &[Field] = &[
    field("myASN", ASN).required(),
    field("peerASN", ASN),
    field("localASN", Type::Int(1, 4_294_967_295, "schema-asn-range")).since(Version::V0_16_0),
    field("dynamicASN", Type::Word(&["internal", "external"], "schema-dynamic-asn")),
    field("peerAddress", Type::Text),
    field("interface", Type::Text).since(Version::V0_15_0),
    field("sourceAddress", Type::Text),
    field("peerPort", Type::Int(1, 16_384, "schema-peer-port")),
    field("holdTime", Type::Text),
    field("keepaliveTime", Type::Text),
    field("connectTime", Type::ConnectTime),
    field("routerID", Type::Text),
    field("nodeSelectors", SELECTORS),
    field("password", Type::Text),
    field("passwordSecret", Type::Object(&[field("name", Type::Text), field("namespace", Type::Text)])),
    field("bfdProfile", Type::Text),
    field("enableGracefulRestart", Type::Bool),
    field("ebgpMultiHop", Type::Bool),
    field("vrf", Type::Text),
    field("disableMP", Type::Bool),
    field("dualStackAddressFamily", Type::Bool).since(Version::V0_15_0),
];
const COMMUNITY: &[Field] =
    &[field("communities", Type::List(&[field("name", Type::Text), field("value", Type::Text)]))];
const BFD_PROFILE: &[Field] = &[
    field("receiveInterval", MILLISECONDS),
    field("transmitInterval", MILLISECONDS),
    field("detectMultiplier", Type::Int(2, 255, "schema-bfd-range")),
    field("echoInterval", MILLISECONDS),
    field("echoMode", Type::Bool),
    field("passiveMode", Type::Bool),
    field("minimumTtl", Type::Int(1, 254, "schema-bfd-range")),
];

/// BGPPeer in the deprecated v1beta1.
pub(super) const OLD_PEER: &[Field] = &[
    field("myASN", ASN).required(),
    field("peerASN", ASN).required(),
    field("peerAddress", Type::Text).required(),
    field("sourceAddress", Type::Text),
    field("peerPort", Type::Int(0, 16_384, "schema-peer-port")),
    field("holdTime", Type::Text),
    field("keepaliveTime", Type::Text),
    field("routerID", Type::Text),
    field("nodeSelectors", Type::List(OLD_SELECTOR)),
    field("password", Type::Text),
    field("bfdProfile", Type::Text),
    field("ebgpMultiHop", Type::Bool),
];
const OLD_SELECTOR: &[Field] = &[
    field("matchLabels", Type::Labels),
    field(
        "matchExpressions",
        Type::List(&[
            field("key", Type::Text).required(),
            field("operator", Type::Text).required(),
            field("values", Type::SomeTexts).required(),
        ]),
    ),
];

/// The fields of a kind's spec, whatever the release; `None` for kinds that are not MetalLB's.
pub(in crate::metallb) fn fields(kind: Kind) -> Option<&'static [Field]> {
    Some(match kind {
        Kind::IpAddressPool => POOL,
        Kind::BgpAdvertisement => BGP_ADVERTISEMENT,
        Kind::L2Advertisement => L2_ADVERTISEMENT,
        Kind::BgpPeer => PEER,
        Kind::Community => COMMUNITY,
        Kind::BfdProfile => BFD_PROFILE,
        Kind::Secret | Kind::Node | Kind::Namespace | Kind::Service => return None,
    })
}
