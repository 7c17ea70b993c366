//! Rules of the room `check`, and what compiling says.

use super::Page;
use crate::finding::Severity::{Error, Info, Warning};

pub(super) const PAGES: &[Page] = &[
    Page::new(Info, "hold-time-default", "no hold time is declared and there is no BFD")
        .symptom("a dead node attracts traffic for one and a half minutes, with frr for three")
        .cause("both ends take the lower of their hold times, which is metallb's default")
        .sees("a peer without holdTime and without a BFD profile")
        .remedy("set holdTime, or use BFD")
        .references(&["metallb#485"]),
    Page::new(Warning, "native-behind-carp", "native speakers peer with a CARP address")
        .symptom("after a failover routes are missing for up to 15 minutes")
        .cause("the native backend does not enforce its hold timer, and the other firewall drops its packets silently")
        .sees("`carp` of a peer, and the backend")
        .remedy("let both firewalls run BGP, or use the frr or frr-k8s backend")
        .references(&["metallb#777", "metallb#485"]),
    Page::new(Warning, "bfd-timers-tight", "BFD gives up very soon")
        .symptom("sessions flap when a node is busy")
        .cause("software cannot keep such intervals under load")
        .sees("the product of interval and multiplier of a BFD profile")
        .remedy("allow 900 ms and more")
        .references(&["metallb#396", "metallb#2904"]),
    Page::new(Info, "pool-buggy-ips", "a pool can hand out addresses that end in .0 or .255")
        .symptom("some clients cannot reach one address")
        .cause("old equipment takes such addresses for those of a network or for broadcast")
        .sees("a pool that holds such addresses and does not set avoidBuggyIPs")
        .remedy("set avoidBuggyIPs before services have such addresses: switching it on later takes them away")
        .references(&["metallb#1495"]),
    Page::new(Info, "pool-l2-and-bgp", "a pool is announced by BGP and by ARP")
        .symptom("traffic from beside the nodes goes straight to one node, all other through the router")
        .cause("the pool has entries under both `advertise` and `l2`")
        .sees("both lists of the pool")
        .remedy("keep one of them, unless both paths are meant"),
    Page::new(Warning, "pool-on-connected-subnet", "a pool lies on a subnet that hosts are on")
        .symptom("hosts of the subnet cannot reach the services; others can")
        .cause("they look for the address by ARP, and nobody answers for a pool that only BGP announces")
        .sees("subnets with the role nodes or clients and the subnets of discover, against pools without `l2`")
        .remedy("use a range of its own, or announce the pool by `l2` too")
        .references(&["metallb#364", "metallb#772"]),
    Page::new(Info, "aggregate-hides-local", "a pool is announced in blocks")
        .symptom("part of the connections to services with externalTrafficPolicy Local is lost")
        .cause("every node that serves any address of a block attracts the traffic of all of it")
        .sees("an aggregation length below 32 or 128, announced by more than one node")
        .remedy("keep such services out of the pool, or announce single addresses")
        .references(&["metallb#2811"]),
    Page::new(Warning, "pool-family-unheard", "no peer speaks the family of a pool's addresses")
        .symptom("services get addresses and no route leads to them")
        .cause("routes of a family are announced over sessions of that family only")
        .sees("the families of the pool and of the peers that are told")
        .remedy("add the router's address of that family to the peer"),
    Page::new(Warning, "pool-unadvertised", "a pool is announced to nobody")
        .symptom("services get addresses and no route leads to them")
        .cause("a pool alone only hands out addresses")
        .sees("neither `advertise` nor `l2` in the pool; in manifests, no advertisement that selects it")
        .remedy("add `advertise: [{}]` or `l2: [{}]`"),
    Page::new(Warning, "selector-selects-nothing", "a selector selects no node")
        .symptom("no session, or no route")
        .cause("no declared node carries the labels or the name")
        .sees("selectors against names and labels in spec.nodes; silent where nodes are discovered")
        .remedy("correct the selector, or add the labels to the nodes"),
    Page::new(Warning, "selectors-never-meet", "no node has both the session and the announcement")
        .symptom("the peer gets no route")
        .cause("selectors of peers and of advertisements are independent, and these share no node")
        .sees("both selectors against spec.nodes; silent where nodes are discovered")
        .remedy("let both select a node in common"),
    Page::new(Warning, "local-pref-without-effect", "localPref is set for eBGP peers")
        .symptom("nothing changes")
        .cause("the attribute is for routers of the own AS and is not sent to others")
        .sees("the ASNs of nodes and peers that the advertisement reaches")
        .remedy("use communities, or a route map on the router"),
    Page::new(Warning, "local-pref-zero", "the native backend announces localPref 0")
        .symptom("the path loses against every other source")
        .cause("the native speaker always writes the attribute to iBGP peers, 0 where it is not set; others take 100 for an absent one")
        .sees("backend native, iBGP sessions, and localPref absent or 0")
        .remedy("set `localPref: 100`"),
    Page::new(Warning, "peer-hold-zero", "a hold time of 0 switches keepalives off")
        .symptom("a peer that is gone stays up for ever, and traffic goes to it")
        .cause("0s once meant the default; since MetalLB 0.14.9 it means 0")
        .sees("holdTime")
        .remedy("remove the field, or set 3s or more")
        .references(&["metallb#2537"]),
    Page::new(Warning, "peer-needs-multihop", "an eBGP router is on no subnet of the nodes")
        .symptom("the session stays in Active or Connect")
        .cause("eBGP expects its neighbor on a connected network unless both ends are told otherwise")
        .sees("subnets with the role nodes; silent where the addresses of the nodes lie in none of them")
        .remedy("set `multihop: true`, or declare the subnet that both are on")
        .references(&["metallb#1980"]),
    Page::new(Warning, "unmanaged-bfd-differs", "BFD is set on one end only")
        .symptom("the session flaps or stays down")
        .cause("both ends need a BFD session")
        .sees("what the peer's `unmanaged` says against the peer")
        .remedy("agree with the team that runs the router")
        .references(&["metallb#396"]),
    Page::new(Warning, "unmanaged-md5-differs", "a TCP-MD5 password is set on one end only")
        .symptom("dialing times out, and no log says why")
        .cause("packets with a wrong or missing signature are dropped silently")
        .sees("what the peer's `unmanaged` says against the peer")
        .remedy("agree with the team that runs the router")
        .references(&["frr#6921"]),
    Page::new(Warning, "unmanaged-multihop-differs", "multihop is set on one end only")
        .symptom("the session stays down, or works by chance")
        .cause("each end decides by itself how far away its neighbor may be")
        .sees("what the peer's `unmanaged` says against the peer")
        .remedy("agree with the team that runs the router"),
    Page::new(Warning, "unmanaged-does-not-accept", "a router's filter does not let a pool in")
        .symptom("the session is up and the route is not there")
        .cause("the prefixes that the other team accepts do not cover the pool")
        .sees("the peer's `unmanaged.accepts` against the pools that it is told")
        .remedy("have the filter widened, or announce the pool to other peers"),
    Page::new(Warning, "unused-acceptance", "an acceptance fits no finding")
        .symptom("none today; if the finding comes back, nobody sees it")
        .cause("what was accepted has been put right, or its place has changed")
        .sees("policy.accept against the findings of the run")
        .remedy("remove the acceptance"),
    // compiling
    Page::new(Info, "advertisement-without-peer", "an advertisement reaches no peer")
        .symptom("the pool is not announced by it")
        .cause("all peers that it names are absent, or there are none")
        .remedy("name peers that are there, or remove the advertisement"),
    Page::new(Info, "blackhole-left-out", "a pool gets no null route")
        .symptom("traffic to addresses that no service has follows the default route out")
        .cause("the pool lies in a connected subnet, where a null route would cut hosts off")
        .remedy("set `blackhole: false` to say so, or use a range of its own"),
    Page::new(Warning, "learn-without-effect", "the nodes take no routes from a router")
        .symptom("the router announces, and nothing changes on the nodes")
        .cause("only FRR of the frr-k8s backend receives, and only by an FRRConfiguration")
        .remedy("leave `learn` out, or run frr-k8s with such an object"),
    Page::new(Info, "metallb-assumed", "nothing is known about MetalLB")
        .symptom("objects may use less than the release can, or more")
        .cause("neither the declaration nor a live cluster says release and backend")
        .remedy("declare `cluster.metallb`"),
    Page::new(Info, "metallb-version-unknown", "a release of MetalLB is not known to this build")
        .symptom("it is treated like the nearest release that is known")
        .cause("the release is newer or older than this build's tables")
        .remedy("update metalsense"),
    Page::new(Error, "metallb-version", "a text is no release of MetalLB")
        .symptom("nothing is compiled")
        .cause("a number such as 0.15.2 is wanted, or `main`")
        .remedy("correct `cluster.metallb.version`")
        .fixed(),
    Page::new(Error, "metallb-too-old", "the release of MetalLB lacks something that is declared")
        .symptom("the API server drops the field, and what it says does not happen")
        .cause("the field came with a later release")
        .remedy("update MetalLB, or leave the setting out"),
    Page::new(Warning, "metallb-version-differs", "the declared release is not the one that runs")
        .symptom("objects are compiled for another release")
        .cause("MetalLB was updated, or the declaration is of another cluster")
        .remedy("correct `cluster.metallb.version`, or leave it out"),
    Page::new(Warning, "metallb-backend-differs", "the declared backend is not the one that runs")
        .symptom("objects are compiled for another backend, which may refuse them")
        .cause("the Helm chart's default changed with 0.16, or the declaration is of another cluster")
        .remedy("correct `cluster.metallb.backend`, or leave it out"),
    Page::new(Error, "password-unusable", "a TCP-MD5 password cannot be held by one of the two ends")
        .symptom("FRR refuses the line and every later reload, or the session never comes up")
        .cause("FRR reads one word, the key table of pfSense quotes it, and TCP-MD5 takes 80 bytes")
        .sees("the value behind the peer's password, which is never shown")
        .remedy("use letters and digits, at most 80 of them"),
    Page::new(Warning, "password-unknown", "a password could not be had")
        .symptom("it is left out of what is shown, and apply refuses to write without it")
        .cause("the environment variable, file or Secret of the reference is not there")
        .remedy("provide it where the command runs"),
    Page::new(Warning, "native-ipv6-session", "the native backend has an IPv6 session and announces nothing over it")
        .symptom("the session is up and carries no route")
        .cause("the native speaker announces IPv4 only, over IPv4 sessions")
        .remedy("leave the IPv6 address out, or use frr"),
    Page::new(Info, "version-assumed", "the release is assumed")
        .symptom("findings may be those of another release")
        .cause("none was given")
        .remedy("give it on the command line"),
    // low-level verbs
    Page::new(Error, "form-refuses", "pfSense's form would refuse an entry")
        .symptom("whoever opens and saves the entry gets this message and cannot save")
        .cause("the entry was written past the form")
        .remedy("correct the field that is named"),
    Page::new(Error, "manifest-encoding", "a file of manifests is no UTF-8")
        .symptom("the file cannot be judged")
        .cause("Kubernetes manifests are UTF-8")
        .remedy("save it as UTF-8")
        .fixed(),
    manifest("manifest-operation", "an operation is not one of create, update and delete", "a case for the webhook says what is done", "take one of them"),
    manifest("manifest-shape", "a document is no object of Kubernetes", "kind, metadata and spec have their shapes", "correct it"),
    manifest("yaml-duplicate-key", "a key stands twice in one mapping of a manifest", "readers differ in which of both they keep", "keep one"),
    manifest("yaml-key", "a key in a manifest is no text", "objects of Kubernetes have text as keys", "put it in quotes"),
    manifest("yaml-limit", "a manifest is nested too deeply, or holds too much", "a limit protects the reader", "split it"),
    manifest("yaml-merge", "a merge key in a manifest has no mapping", "`<<` merges mappings", "write the keys out"),
];

/// A manifest that cannot be judged at all.
const fn manifest(
    code: &'static str,
    title: &'static str,
    cause: &'static str,
    remedy: &'static str,
) -> Page {
    Page::new(Error, code, title).symptom("the file cannot be judged").cause(cause).remedy(remedy).fixed()
}
