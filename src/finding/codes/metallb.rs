//! MetalLB's schema, webhooks and parser, and what all of them let pass.
//!
//! Codes that the resolver raises too, since it sees the same mistake in the declaration, have their
//! page with the intent.

use super::Page;
use super::intent::FROZEN;
use crate::finding::Severity::{Error, Warning};

/// Refused by the configuration parser.
const fn frozen(code: &'static str, title: &'static str, cause: &'static str, remedy: &'static str) -> Page {
    Page::new(Error, code, title).symptom(FROZEN).cause(cause).sees(ALL_OBJECTS).remedy(remedy).fixed()
}

/// Refused by the API server.
const fn rejected(
    code: &'static str,
    title: &'static str,
    cause: &'static str,
    remedy: &'static str,
) -> Page {
    Page::new(Error, code, title)
        .symptom("the API server refuses the object")
        .cause(cause)
        .sees("the object")
        .remedy(remedy)
        .fixed()
}

/// Accepted by all of them.
const fn silent(
    code: &'static str,
    title: &'static str,
    symptom: &'static str,
    cause: &'static str,
    remedy: &'static str,
) -> Page {
    Page::new(Warning, code, title).symptom(symptom).cause(cause).sees(ALL_OBJECTS).remedy(remedy)
}

const ALL_OBJECTS: &str = "the complete set of objects, for one release and backend";

pub(super) const PAGES: &[Page] = &[
    // pools
    frozen(
        "pool-empty",
        "a pool has no addresses",
        "at least one entry is wanted",
        "add addresses, or delete the pool",
    ),
    frozen(
        "pool-bad-selector",
        "a pool has a malformed selector",
        "operators are In, NotIn, Exists and DoesNotExist",
        "correct the selector",
    ),
    frozen(
        "pool-dup-namespace-selector",
        "a pool has a namespace selector twice",
        "metallb refuses the repetition",
        "remove one",
    ),
    frozen(
        "pool-dup-service-selector",
        "a pool has a service selector twice",
        "metallb refuses the repetition",
        "remove one",
    ),
    silent(
        "pool-namespaces-match-nothing",
        "a pool's namespaces do not exist",
        "the pool is no longer restricted: any namespace may ask for it",
        "the check is skipped when no namespace matches",
        "correct the selector, or create the namespace",
    ),
    silent(
        "pool-node-address",
        "a pool holds the address of a node",
        "the node loses its address now and then",
        "only 0.15.0 checked this",
        "take the address out",
    )
    .references(&["metallb#2700"]),
    // peers
    frozen(
        "peer-bad-address",
        "a peer's address is no IP address",
        "no names, no masks, no leading zeros",
        "write the bare address",
    ),
    frozen(
        "peer-bad-duration",
        "a duration cannot be parsed",
        "durations are written as Go does: 90s, 1m30s",
        "correct it",
    ),
    frozen(
        "peer-bad-dynamic-asn",
        "dynamicASN is neither internal nor external",
        "there are two values",
        "take one",
    ),
    frozen(
        "peer-bad-selector",
        "a peer has a malformed selector",
        "operators are In, NotIn, Exists and DoesNotExist",
        "correct the selector",
    ),
    frozen(
        "peer-bad-source",
        "a peer's sourceAddress is no IP address",
        "a bare address is wanted",
        "correct it",
    ),
    frozen(
        "peer-bfd-missing",
        "a peer's BFD profile does not exist",
        "the object is not there, or comes later",
        "create the BFDProfile first",
    ),
    frozen("peer-both-asn", "a peer has both peerASN and dynamicASN", "exactly one is wanted", "remove one"),
    frozen(
        "peer-dup-selector",
        "a peer has a selector twice",
        "values are sorted before they are compared",
        "remove one",
    ),
    frozen(
        "peer-duplicate-object",
        "a peer is given twice",
        "two objects are equal in everything",
        "remove one",
    ),
    frozen("peer-no-address", "a peer has no address", "peerAddress or interface is wanted", "add one"),
    frozen(
        "peer-address-and-interface",
        "a peer has both peerAddress and interface",
        "exactly one is wanted",
        "remove one",
    ),
    frozen("peer-no-my-asn", "a peer has no ASN for the nodes", "myASN is 0 or missing", "set myASN"),
    frozen(
        "peer-no-peer-asn",
        "a peer has no ASN for the router",
        "peerASN or dynamicASN is wanted",
        "set one",
    ),
    frozen(
        "peer-secret-missing",
        "a peer's Secret does not exist",
        "the Secret is not in MetalLB's namespace",
        "create it there first",
    ),
    frozen(
        "peer-secret-type",
        "a peer's Secret is of another type",
        "kubernetes.io/basic-auth is wanted, and the type of a Secret cannot be changed",
        "delete it and create it with that type",
    ),
    frozen(
        "peer-two-passwords",
        "a peer has both password and passwordSecret",
        "exactly one is allowed",
        "keep passwordSecret",
    ),
    silent(
        "peer-field-ignored",
        "a field has no effect",
        "nothing happens",
        "the release or backend does not know the field, or never copies it",
        "remove it, or use a backend that knows it",
    )
    .references(&["frr-k8s#132"]),
    silent(
        "peer-no-node",
        "a peer selects no node",
        "no session",
        "no node carries the labels",
        "correct the selector",
    ),
    silent(
        "peer-router-id-ipv6",
        "a router ID has IPv6 form",
        "the native speaker restarts in a loop; FRR refuses the line",
        "the parser only asks whether it is an IP address",
        "write it in IPv4 form",
    ),
    silent(
        "peer-source-family",
        "sourceAddress is of the other family",
        "the session never comes up",
        "nobody compares the families",
        "use an address of the family of peerAddress",
    ),
    silent(
        "peer-source-many-nodes",
        "sourceAddress is set for several nodes",
        "the session works on one node",
        "one address cannot be on two nodes",
        "make one peer for each node",
    )
    .references(&["metallb#2067"]),
    silent(
        "peer-v1beta1",
        "a BGPPeer is written as v1beta1",
        "timers of 0s are stored, and newer fields are lost",
        "the old version is converted",
        "use metallb.io/v1beta2",
    ),
    silent(
        "native-duplicate-peer",
        "two peers dial one router from one node",
        "the session flaps every few seconds",
        "two objects with one address are two sessions",
        "keep one",
    )
    .references(&["metallb#705"]),
    // backends
    frozen(
        "native-bfd-object",
        "a BFDProfile exists and the backend is native",
        "one object is enough, referenced or not",
        "delete it, or use frr",
    ),
    frozen(
        "native-bfd-profile-ref",
        "a peer uses BFD and the backend is native",
        "the native speaker has no BFD",
        "remove it, or use frr",
    ),
    frozen(
        "native-connect-time",
        "connectTime is set and the backend is native",
        "the native speaker has its own pauses",
        "remove it, or use frr",
    ),
    frozen(
        "native-disable-mp",
        "disableMP is set and the backend is native",
        "the native speaker does not know it",
        "remove it",
    ),
    frozen(
        "native-dual-stack",
        "dualStackAddressFamily is set and the backend is native",
        "the native speaker announces IPv4 only",
        "remove it, or use frr",
    ),
    frozen(
        "native-dynamic-asn",
        "dynamicASN is set and the backend is native",
        "the native speaker wants a number",
        "set peerASN, or use frr",
    ),
    frozen(
        "native-graceful-restart",
        "graceful restart is set and the backend is native",
        "the native speaker does not know it",
        "remove it, or use frr",
    ),
    frozen(
        "native-interface",
        "interface is set and the backend is native",
        "the native speaker dials an address",
        "set peerAddress, or use frr",
    ),
    frozen(
        "native-ipv6-pool",
        "an IPv6 pool is announced and the backend is native",
        "the native speaker announces IPv4 only",
        "use frr, or announce the pool by L2",
    )
    .references(&["metallb#7"]),
    frozen(
        "native-keepalive",
        "keepaliveTime is set and the backend is native",
        "the native speaker takes a third of the hold time",
        "remove it, or use frr",
    ),
    frozen(
        "native-large-community",
        "a large community is used and the backend is native",
        "the native speaker knows 32-bit communities only, and reads all Community objects",
        "use a:b, or use frr",
    ),
    frozen(
        "native-local-asn",
        "localASN is set and the backend is native",
        "the native speaker does not know it",
        "remove it, or use frr",
    ),
    frozen(
        "native-vrf",
        "vrf is set and the backend is native",
        "the native speaker does not know it",
        "remove it, or use frr",
    ),
    frozen(
        "frr-bfd-echo-v6",
        "a BFD profile with echo mode meets an IPv6 pool",
        "FRR has no echo for IPv6",
        "switch echo mode off",
    ),
    frozen(
        "frr-duplicate-peer",
        "two peers have one address and VRF",
        "up to 0.15 node selectors are not looked at",
        "keep one, or update to 0.16",
    )
    .references(&["metallb#2802"]),
    frozen(
        "frr-my-asn-differs",
        "peers of one VRF have different ASNs for the nodes",
        "FRR has one ASN for each VRF; up to 0.15 node selectors are not looked at",
        "use one, or update to 0.16",
    )
    .references(&["metallb#2367"]),
    frozen(
        "frr-router-id-differs",
        "peers have different router IDs",
        "FRR has one; unset counts as a value; up to 0.15 node selectors are not looked at",
        "use one everywhere, or update to 0.16",
    )
    .references(&["metallb#1560"]),
    frozen("bfd-dup-name", "two BFD profiles have one name", "names are unique", "rename one"),
    frozen(
        "bfd-range",
        "a BFD timer is out of range",
        "FRR and the CRD have limits",
        "choose a value in the range",
    ),
    // advertisements
    frozen(
        "adv-agg-too-long",
        "an IPv4 aggregation length is above 32",
        "an IPv4 address has 32 bits",
        "set 1 to 32",
    ),
    frozen(
        "adv-agg-v6-too-long",
        "an IPv6 aggregation length is above 128",
        "an IPv6 address has 128 bits",
        "set 1 to 128",
    ),
    frozen(
        "adv-bad-selector",
        "an advertisement has a malformed selector",
        "operators are In, NotIn, Exists and DoesNotExist",
        "correct the selector",
    ),
    frozen(
        "adv-dup-pool",
        "an advertisement names a pool twice",
        "metallb refuses the repetition",
        "remove one",
    ),
    frozen(
        "adv-dup-selector",
        "an advertisement has a selector twice",
        "metallb refuses the repetition",
        "remove one",
    ),
    frozen(
        "adv-duplicate-object",
        "an advertisement is given twice",
        "two objects are equal in everything",
        "remove one",
    ),
    frozen(
        "adv-service-selector-agg",
        "an advertisement selects services and aggregates",
        "a block cannot belong to one service",
        "use lengths 32 and 128",
    ),
    silent(
        "adv-selects-nothing",
        "an advertisement's selector selects nothing",
        "no route",
        "no pool or node carries the labels",
        "correct the selector",
    ),
    silent(
        "adv-unknown-pool",
        "an advertisement names a pool that does not exist",
        "no route, and no error anywhere",
        "unknown names are ignored silently",
        "correct the name",
    )
    .references(&["metallb#2113"]),
    frozen(
        "l2-bad-selector",
        "an L2 advertisement has a malformed selector",
        "operators are In, NotIn, Exists and DoesNotExist",
        "correct the selector",
    ),
    frozen(
        "l2-dup-pool",
        "an L2 advertisement names a pool twice",
        "metallb refuses the repetition",
        "remove one",
    ),
    frozen(
        "l2-dup-selector",
        "an L2 advertisement has a selector twice",
        "metallb refuses the repetition",
        "remove one",
    ),
    frozen(
        "community-bad-value",
        "a community's value is misshapen",
        "a:b with 16-bit parts, or large:a:b:c",
        "correct it",
    ),
    frozen(
        "community-dup-alias",
        "two aliases have one name",
        "aliases are global over all Community objects",
        "rename one",
    ),
    // schema and webhooks
    rejected("schema-agg-min", "an aggregation length is below 1", "the CRD has that limit", "set 1 to 32"),
    rejected(
        "schema-asn-range",
        "an ASN does not fit the CRD",
        "CRDs up to 0.15.3 say int32, which Kubernetes 1.36 takes seriously",
        "install the CRDs of 0.16, or use an ASN below 2147483648",
    )
    .references(&["metallb#3035"]),
    rejected(
        "schema-bfd-range",
        "a BFD timer is out of the CRD's range",
        "the CRD has limits",
        "choose a value in the range",
    ),
    rejected(
        "schema-connect-time",
        "connectTime is no whole number of seconds from 1 to 65535",
        "the CRD has a rule for it",
        "correct it",
    ),
    rejected(
        "schema-dynamic-asn",
        "dynamicASN is neither internal nor external",
        "the CRD has a list",
        "take one of both",
    ),
    rejected(
        "schema-graceful-restart-immutable",
        "enableGracefulRestart cannot be changed",
        "the CRD has a rule for it",
        "delete the peer and create it again",
    ),
    rejected(
        "schema-kind",
        "an object is of a kind that MetalLB does not have in that API version",
        "BGPPeer is v1beta2, all others are v1beta1, and AddressPool is gone since 0.14.2",
        "correct apiVersion or kind",
    ),
    rejected(
        "schema-label",
        "a label or an annotation has a key or value that is not allowed",
        "Kubernetes has a grammar for them",
        "letters, digits, `-`, `_` and `.`, at most 63, with a letter or digit at both ends",
    ),
    rejected(
        "schema-name",
        "the name of an object is not allowed",
        "names are DNS names of at most 253 characters",
        "correct it",
    ),
    rejected(
        "schema-peer-port",
        "peerPort is outside 1 to 16384",
        "the CRD has that limit",
        "choose another port",
    ),
    rejected("schema-required", "a required field is missing", "the CRD asks for it", "add it"),
    rejected(
        "schema-service-selector-agg",
        "an advertisement selects services and aggregates",
        "the CRD has a rule for it",
        "use lengths 32 and 128",
    ),
    rejected("schema-type", "a field is of another type", "the CRD says which", "correct it"),
    rejected("schema-weight", "a weight is outside 1 to 100", "the CRD has that limit", "choose another"),
    silent(
        "schema-unknown-field",
        "a field is not in the CRD of this release",
        "the API server drops it, and what it says does not happen",
        "it is misspelled, or of a later release",
        "correct it, or update MetalLB",
    ),
    rejected(
        "wh-bfd-in-use",
        "a BFD profile that a peer uses is deleted",
        "the webhook protects it",
        "remove the reference first",
    ),
    rejected(
        "wh-namespace",
        "an object is in another namespace than MetalLB",
        "the webhook of the controller knows its own namespace only",
        "create it there",
    ),
    silent(
        "object-foreign-namespace",
        "an object is in another namespace than MetalLB",
        "it is never read",
        "metallb reads its own namespace only",
        "move it",
    ),
];
