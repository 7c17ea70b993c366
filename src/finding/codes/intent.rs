//! What the declaration means, taken as a whole.

use super::Page;
use crate::finding::Severity::{Error, Info, Warning};

const fn refused(code: &'static str, title: &'static str, cause: &'static str, remedy: &'static str) -> Page {
    Page::new(Error, code, title)
        .symptom("the declaration is refused; nothing is compiled from it")
        .cause(cause)
        .remedy(remedy)
        .fixed()
}

/// As [`refused`], where MetalLB itself would refuse the compiled objects.
const fn frozen(code: &'static str, title: &'static str, cause: &'static str, remedy: &'static str) -> Page {
    refused(code, title, cause, remedy).symptom(FROZEN)
}

/// What one refused object does to a cluster.
pub(super) const FROZEN: &str = "metallb refuses its whole configuration and goes on with the old one, which is gone when a speaker restarts";

const fn doubt(
    code: &'static str,
    title: &'static str,
    symptom: &'static str,
    cause: &'static str,
    remedy: &'static str,
) -> Page {
    Page::new(Warning, code, title).symptom(symptom).cause(cause).remedy(remedy)
}

const fn remark(
    code: &'static str,
    title: &'static str,
    symptom: &'static str,
    cause: &'static str,
    remedy: &'static str,
) -> Page {
    Page::new(Info, code, title).symptom(symptom).cause(cause).remedy(remedy)
}

pub(super) const PAGES: &[Page] = &[
    // ASNs
    refused(
        "asn-name-invalid",
        "a name in asns is no plain word",
        "a name that looks like a number would be read as one",
        "choose a word such as `edge`",
    ),
    refused(
        "asn-not-a-number",
        "a text is no ASN",
        "an ASN is a number from 1 to 4294967295, or asdot in quotes",
        "write the number",
    ),
    refused(
        "asn-out-of-range",
        "an ASN is 0 or above 4294967295",
        "ASNs have four bytes, and 0 is nobody's",
        "take a private one: 64512-65534 or 4200000000-4294967294",
    )
    .references(&["RFC 6996", "RFC 7607"]),
    refused(
        "asn-reserved",
        "an ASN must not be used by anybody",
        "23456 stands for four-byte ASNs in old messages; 65535 and 4294967295 are reserved",
        "take a private one: 64512-65534 or 4200000000-4294967294",
    )
    .references(&["RFC 6793", "RFC 7300"]),
    refused(
        "asn-unknown",
        "a name is not in asns",
        "anywhere an ASN is wanted a number or a name from asns does",
        "define the name, or write the number",
    ),
    doubt(
        "asn-iana-reserved",
        "an ASN is in a range that IANA keeps in reserve",
        "it works until the range is given to somebody",
        "65552-131071 are neither private nor assigned",
        "take a private one",
    ),
    remark(
        "asn-public",
        "a public ASN is used",
        "nothing, as long as it is yours; if routes leave your network, somebody else's ASN is in their path",
        "the number is neither private nor for documentation",
        "take a private ASN, or accept the finding if the number is assigned to you",
    )
    .references(&["RFC 6996"]),
    remark(
        "asn-unused",
        "a name in asns is used nowhere",
        "nothing",
        "it was left over, or something was meant to use it",
        "remove it, or use it",
    ),
    // addresses, prefixes, durations
    refused(
        "address-and-addresses",
        "both `address` and `addresses` are given",
        "which of them is meant cannot be told",
        "keep one of them",
    ),
    refused(
        "address-invalid",
        "a text is no IP address",
        "names, ports, brackets, zones, prefix lengths and leading zeros are no part of an address",
        "write the bare address",
    ),
    refused(
        "address-second-of-family",
        "two addresses of one family are given",
        "there is one session, or one service address, for each family",
        "keep one for each family",
    ),
    refused(
        "address-unusable",
        "no host can have this address",
        "it is unspecified, loopback, multicast, broadcast, link-local or an IPv4 address in IPv6 clothes",
        "write the address of an interface",
    ),
    refused(
        "duration-invalid",
        "a text is no duration in whole seconds",
        "BGP and pfSense count in seconds; a number needs its unit",
        "write it like 90s or 1m30s",
    ),
    refused(
        "prefix-host-bits",
        "a prefix has bits behind its length",
        "programs drop the bits silently, or refuse the text",
        "write the network that is meant",
    ),
    refused(
        "prefix-invalid",
        "a text is no prefix",
        "an address and a length are wanted",
        "write it like 192.168.4.0/24",
    ),
    // names
    refused(
        "label-invalid",
        "a label is not one that Kubernetes allows",
        "keys and values have at most 63 letters, digits, `-`, `_` and `.`",
        "correct the label",
    ),
    refused(
        "name-invalid",
        "a name is not one that Kubernetes allows",
        "names become names of objects: lower-case letters, digits and dashes, with dots where a DNS name is allowed",
        "correct the name",
    ),
    refused(
        "name-too-long",
        "a name is too long",
        "names become parts of other names, which have limits",
        "choose a shorter one",
    ),
    refused(
        "object-name-collision",
        "two peers would give one name to their BGPPeer objects",
        "a peer with two members or families has objects with suffixes, and a suffixed name is another peer's",
        "rename one of them, or set objectName",
    ),
    refused(
        "object-name-too-long",
        "a BGPPeer would have too long a name",
        "suffixes for member, family and ASN are added to objectName",
        "choose a shorter objectName",
    ),
    refused(
        "peer-duplicate",
        "two peers have one name",
        "the name becomes that of objects and route maps",
        "remove one; two families of one router are `addresses`",
    ),
    refused(
        "peer-name-reserved",
        "a peer is called `cluster`",
        "snapshots and compiled output keep the Kubernetes side under that name",
        "choose the name of the router",
    ),
    refused(
        "member-duplicate",
        "two members have one name",
        "the name becomes that of objects and folders",
        "give each its own name",
    ),
    refused("node-duplicate", "a node is declared twice", "node names are unique in a cluster", "remove one"),
    refused(
        "subnet-duplicate",
        "two subnets have one name",
        "findings name subnets, and acceptances find them by name",
        "give each its own name",
    ),
    refused(
        "service-duplicate",
        "a service is declared twice",
        "which entry holds cannot be told",
        "merge both",
    ),
    // nodes
    refused(
        "node-duplicate-address",
        "two nodes have one address",
        "the router tells its neighbors apart by address",
        "give each node its own",
    ),
    refused(
        "node-out-of-reach",
        "a node has no address of the families of its peer",
        "a session has both ends in one family",
        "add an address, or leave the node out in the peer's `nodes`",
    ),
    refused(
        "node-without-address",
        "a node has no address",
        "the router's neighbor is an address",
        "add the one that the node uses towards the routers",
    ),
    refused(
        "node-without-asn",
        "a node has no ASN",
        "neither the node nor the cluster says one",
        "add `asn` to spec.cluster",
    ),
    doubt(
        "node-without-family",
        "a node has sessions in one of two families only",
        "services of the other family are not announced from this node",
        "the peer has two families and the node one",
        "add the node's other address",
    ),
    refused(
        "discover-without-asn",
        "discovered nodes have no ASN",
        "a node that turns up by itself cannot say its own",
        "add `asn` to spec.cluster",
    ),
    refused(
        "discover-without-subnets",
        "discover believes no address",
        "a kubelet can change the address it reports, so only addresses in declared subnets become neighbors",
        "list the subnets of the nodes",
    ),
    doubt(
        "no-nodes",
        "there are peers and no nodes",
        "the routers get no neighbors and no session comes up",
        "spec.nodes is empty and nothing is discovered",
        "declare nodes, or set spec.discover",
    ),
    remark(
        "no-peers",
        "the network has no peers",
        "nothing is announced by BGP and no router is touched",
        "spec.peers is empty",
        "declare the routers",
    ),
    remark(
        "no-pools",
        "the network has no pools",
        "services of type LoadBalancer stay pending",
        "spec.pools is empty",
        "declare addresses",
    ),
    // peers
    refused(
        "bfd-unknown",
        "a BFD profile is not declared",
        "peers name profiles from spec.bfdProfiles",
        "declare it, or correct the name",
    ),
    refused(
        "carp-address-differs",
        "the nodes dial another address than the CARP address",
        "with `carp` FRR runs where that address is, and only there",
        "set the peer's address to the CARP address",
    )
    .references(&["opnsense/plugins#2540"]),
    refused(
        "max-prefixes-restart",
        "restartAfter and the action do not fit",
        "only the action `restart` waits, and it must say how long",
        "give both or neither",
    ),
    refused(
        "member-count",
        "a pair does not have two members",
        "high availability on pfSense is a pair",
        "declare both firewalls, or none",
    ),
    refused(
        "member-out-of-reach",
        "a member has no address for its configuration",
        "the CARP address leads to the master only, and both are configured",
        "add `url` or `address` to the member",
    ),
    refused(
        "member-without-address",
        "a member has no address to dial",
        "without `carp` every member runs BGP with its own address",
        "add its address, or set `carp`",
    ),
    refused(
        "peer-address-unused",
        "a pair has an address that nobody dials",
        "without `carp` the nodes dial the members",
        "remove it, or set `carp`",
    ),
    frozen(
        "peer-bad-router-id",
        "a router ID is no usable identifier",
        "BGP identifiers are four bytes in IPv4 form, not 0.0.0.0 and below 224.0.0.0",
        "write it like 192.168.4.1",
    ),
    frozen(
        "peer-connect-time",
        "a connect time is outside 1 to 65535 seconds",
        "the CRD and FRR have that limit",
        "set 1s to 65535s",
    ),
    frozen(
        "peer-hold-time",
        "a hold time is 1 or 2 seconds, or too long",
        "BGP allows 0 and 3 to 65535 seconds",
        "set 3s or more",
    )
    .references(&["RFC 4271 4.2"]),
    frozen(
        "peer-ibgp-multihop",
        "multihop is set on an iBGP peer",
        "the setting is for eBGP; iBGP crosses routers anyway",
        "remove `multihop`",
    )
    .references(&["metallb#1980"]),
    frozen(
        "peer-keepalive-gt-hold",
        "the keepalive interval is above the hold time",
        "the session would end before the first keepalive",
        "set a third of the hold time, or leave it out",
    ),
    refused(
        "peer-keepalive-zero",
        "keepalives are switched off and the hold time is not",
        "the other end ends the session when its hold timer runs out",
        "remove keepaliveTime",
    ),
    refused(
        "peer-router-id-unused",
        "a pair has one router ID for two members",
        "two routers with one identifier push each other out",
        "give each member its own, or none",
    ),
    frozen(
        "peer-secret-key",
        "the key of the password's Secret is not `password`",
        "metallb reads Secrets of type kubernetes.io/basic-auth",
        "store the password under `password`",
    ),
    frozen(
        "peer-secret-namespace",
        "the password's Secret is in another namespace",
        "metallb reads Secrets of its own namespace, whatever the reference says",
        "put it beside metallb",
    ),
    refused("peer-without-address", "a peer has no address", "the nodes dial an address", "add it"),
    refused(
        "peer-without-router-id",
        "a router has no IPv4 address to take its router ID from",
        "the identifier has IPv4 form also where only IPv6 is spoken",
        "add `routerID`",
    ),
    refused(
        "router-access",
        "how a router is reached is not clear",
        "there is none or more than one way, or an argument that ssh would take for an option",
        "give exactly one way, in plain words",
    ),
    refused(
        "router-duplicate-access",
        "two peers are one box",
        "a router has one BGP process, and both peers would write it",
        "declare the router once",
    ),
    refused(
        "router-duplicate-address",
        "two routers have one address",
        "a node keeps one session with an address; two flap",
        "give each router its own",
    )
    .references(&["metallb#705"]),
    refused(
        "router-is-node",
        "a router has the address of a node",
        "FRR does not peer with its own host",
        "set the address of the router",
    )
    .references(&["metallb#422"]),
    refused(
        "router-id-conflict",
        "a router ID is used twice in one AS",
        "BGP refuses the identifier, or one session pushes the other out",
        "choose one that nobody else has",
    )
    .references(&["metallb#391", "metallb#1097"]),
    doubt(
        "router-id-shared",
        "a router ID is that of a host in another AS",
        "logs and paths name the wrong router; some implementations refuse the session",
        "identifiers should be unique in the whole network",
        "choose one that nobody else has",
    )
    .references(&["RFC 6286"]),
    refused(
        "router-kind-missing",
        "a peer does not say what router it is",
        "pfsense, frr and unmanaged routers are treated differently",
        "add one of the keys",
    ),
    refused(
        "router-kind-several",
        "a peer is two kinds of router",
        "which of them holds cannot be told",
        "keep one of the keys",
    ),
    refused(
        "router-kind-reserved",
        "`router` is reserved",
        "routers with grants for several clusters come later",
        "declare the router in place",
    ),
    refused(
        "secret-reference",
        "a secret has none or several references, or an unusable one",
        "exactly one of env, file and secretKeyRef leads to it",
        "keep one",
    ),
    refused(
        "tls-conflict",
        "the certificate is verified in two ways",
        "which of them holds cannot be told",
        "keep one of caFile, fingerprint and insecureSkipVerify",
    ),
    refused(
        "tls-fingerprint",
        "a fingerprint is no SHA-256 digest",
        "64 hexadecimal digits are wanted",
        "take it from `openssl x509 -noout -fingerprint -sha256`",
    ),
    refused(
        "url-invalid",
        "an address of a web interface is not usable",
        "it must be https without a path and without a user",
        "write it like https://192.168.4.1",
    ),
    // selectors
    refused(
        "node-unknown",
        "a selector names a node that is not declared",
        "nodes are declared, and nothing is discovered",
        "declare the node, or correct the name",
    ),
    frozen(
        "selector-expression",
        "a selector's expression is not one that Kubernetes allows",
        "In and NotIn want values, Exists and DoesNotExist none, and metallb refuses repetitions",
        "correct the expression",
    ),
    refused(
        "selector-repeated-name",
        "a selector names a node twice",
        "the second says nothing",
        "remove one",
    ),
    // pools
    frozen(
        "pool-bad-cidr",
        "an entry of a pool is neither a prefix nor a range",
        "metallb cannot parse it",
        "write it like 192.168.32.0/24 or 192.168.32.10-192.168.32.20",
    ),
    frozen(
        "pool-bad-range",
        "an end of a range is no address",
        "both ends are written in full",
        "write both ends",
    ),
    frozen(
        "pool-bare-address",
        "an entry of a pool is a single address",
        "metallb wants a prefix or a range",
        "add /32 or /128",
    ),
    frozen(
        "pool-dup-name",
        "two pools have one name",
        "each pool becomes one object",
        "merge them, or rename one",
    ),
    frozen(
        "pool-dup-namespace",
        "a pool names a namespace twice",
        "metallb refuses the repetition",
        "remove one",
    ),
    refused(
        "pool-holds-host",
        "a pool holds the address of a node or router",
        "metallb does not check, and gives it to a service",
        "take the address out",
    )
    .symptom("a node or the gateway loses its address now and then")
    .references(&["metallb#364", "metallb#2700"]),
    refused(
        "pool-host-bits",
        "an entry of a pool begins inside its network",
        "metallb drops the host bits: 10.0.0.10/24 is the whole /24",
        "write the network, or a range",
    )
    .symptom("more addresses are handed out than were meant"),
    frozen(
        "pool-overlap",
        "two entries of pools share addresses",
        "an address stands in two entries, of one pool or of two",
        "give each address to one entry of one pool",
    )
    .sees("the entries of all pools in ascending order"),
    refused(
        "pool-overlaps-subnet",
        "a pool overlaps address space in use",
        "pods, services of the cluster, DHCP clients, remote sites or a reservation have the addresses",
        "take addresses that nothing else uses",
    )
    .symptom("traffic goes to either of them")
    .references(&["metallb#306"]),
    refused(
        "pool-priority-negative",
        "a pool's priority is below 0",
        "the lowest positive number is used first, and 0 comes last",
        "use 1 for the first pool",
    ),
    refused(
        "pool-range-families",
        "a range begins and ends in different families",
        "metallb takes it, hands out nothing and can crash on it",
        "write an entry for each family",
    ),
    frozen(
        "pool-range-reversed",
        "a range ends before it begins",
        "the ends are exchanged, or a digit is wrong",
        "exchange the ends",
    ),
    refused(
        "pool-unusable-addresses",
        "a pool holds addresses that no host can have",
        "loopback, link-local, multicast and the like are never routed",
        "take another range",
    ),
    doubt(
        "pool-overlap-networks",
        "two networks own the same addresses",
        "traffic goes to either cluster",
        "each cluster hands out its own pools without asking the other",
        "give each cluster its own addresses; an error where both share a router",
    )
    .references(&["metallb#772"]),
    // advertisements
    frozen(
        "adv-agg-shorter-than-pool",
        "an aggregate is larger than the pool's blocks",
        "ranges are cut into prefixes, and metallb announces no block that reaches beyond one",
        "set a longer length, or give the pool whole blocks",
    ),
    frozen(
        "adv-community-unknown",
        "a community is neither known nor declared",
        "names are well-known ones or aliases from spec.communities",
        "define the alias, or write the value",
    ),
    frozen(
        "adv-community-value",
        "a community's value is out of range or misshapen",
        "parts of `a:b` have 16 bits, those of `large:a:b:c` 32",
        "write a value that fits",
    ),
    frozen(
        "adv-dup-community",
        "a community is attached twice",
        "two names can have one value",
        "remove one",
    ),
    frozen(
        "adv-dup-peer",
        "an advertisement names a peer twice",
        "metallb refuses the repetition",
        "remove one",
    ),
    frozen(
        "adv-localpref-conflict",
        "one route would have two local preferences",
        "two advertisements reach the same peers from the same nodes with the same length",
        "set one preference, or tell different peers, nodes or lengths",
    ),
    refused(
        "adv-many-communities",
        "a route has too many communities",
        "the attribute has one byte for its length in MetalLB's native speaker",
        "attach at most 63",
    )
    .symptom("the route is never announced"),
    refused(
        "adv-unknown-peer",
        "an advertisement names a peer that is not declared",
        "metallb ignores unknown names silently",
        "correct the name",
    )
    .symptom("no route, and no error anywhere")
    .references(&["metallb#2113"]),
    refused(
        "advertisement-dup-name",
        "two advertisements have one name",
        "each becomes one object",
        "give each its own name",
    ),
    refused(
        "advertisement-without-name",
        "one of several advertisements has no name",
        "only a single entry takes the name of its pool",
        "add a name",
    ),
    refused(
        "community-alias-invalid",
        "an alias is no plain word, or a well-known community",
        "a well-known name with another value would deceive everybody",
        "choose another name",
    ),
    refused(
        "l2-interface",
        "a text is no name of an interface",
        "Linux allows 15 characters without blanks and slashes",
        "write it as `ip link` shows it",
    ),
    // services, expectations, policy
    refused(
        "hostname-duplicate",
        "a hostname is declared twice",
        "a resolver answers it with one service",
        "keep it at one",
    ),
    refused(
        "hostname-invalid",
        "a text is no DNS name",
        "lower-case letters, digits, dashes and dots, at most 63 characters between dots",
        "correct it",
    ),
    refused(
        "service-address-avoided",
        "a service wants an address that its pool never hands out",
        "avoidBuggyIPs leaves out .0 and .255",
        "choose another address",
    )
    .symptom("the service stays pending"),
    refused(
        "service-address-outside",
        "a service wants an address that is in no pool",
        "metallb gives only addresses of pools",
        "choose one of a pool, or extend a pool",
    )
    .symptom("the service stays pending"),
    refused(
        "service-name-invalid",
        "a text is not the namespace and name of a service",
        "both are wanted, with a slash between them",
        "write it like default/web",
    ),
    doubt(
        "service-empty",
        "a service has neither addresses nor hostnames",
        "the entry has no effect",
        "something was forgotten or left over",
        "add one, or remove the entry",
    ),
    doubt(
        "service-shared-address",
        "two services have one address",
        "the second stays pending unless both carry the sharing annotation",
        "metallb gives an address to one service",
        "give each its own, or set metallb.io/allow-shared-ip on both",
    )
    .references(&["metallb#271"]),
    refused(
        "expect-paths",
        "paths is neither a number nor `all`",
        "the number of paths is at least 1",
        "write a number, or `all`",
    ),
    refused(
        "expect-subject",
        "an expectation is about nothing, or about two things",
        "exactly one of prefix and service is wanted",
        "keep one",
    ),
    refused(
        "expect-too-many-paths",
        "more paths are expected than there are sessions",
        "every node gives one path",
        "lower the number, or write `all`",
    )
    .symptom("verification fails after every apply"),
    refused(
        "expect-unknown-peer",
        "an expectation names a peer that is not declared",
        "`at` is the name of a peer",
        "correct the name",
    ),
    refused(
        "accept-without-reason",
        "a finding is accepted without a reason",
        "whoever reads it later cannot judge whether it still holds",
        "say why",
    ),
    doubt(
        "accept-unknown-place",
        "an acceptance is about something that is not in the file",
        "the acceptance has no effect",
        "its object was renamed or removed",
        "correct the place, or remove the acceptance",
    ),
    doubt(
        "policy-unknown-code",
        "the policy names a finding that does not exist",
        "the entry has no effect",
        "the code is misspelled",
        "take the code from the finding",
    ),
    doubt(
        "severity-fixed",
        "the policy lowers an error that cannot be lowered",
        "the entry has no effect",
        "there is nothing to compile while the error is there",
        "put right what it reports",
    ),
    // several networks
    refused(
        "neighbor-of-two-networks",
        "a node is the neighbor of one router in two networks",
        "a router tells neighbors apart by address, and both networks would own this one",
        "declare the node in one network",
    ),
    refused(
        "router-asn-differs",
        "one router has two ASNs in two networks",
        "it runs one BGP process",
        "agree on one",
    ),
    remark(
        "router-shared",
        "two networks use one router",
        "settings of the router itself, such as its router ID, are common to both",
        "both reach it by the same address",
        "keep those settings equal in both",
    ),
];
