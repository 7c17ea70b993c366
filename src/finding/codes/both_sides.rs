//! The rules over both live sides. References are the public threads in which people met the mistake.

use super::Page;
use crate::finding::Severity::{Error, Info, Warning};

/// What leads to a session that does not come up.
const DOWN: &str = "the session does not come up, and neither end says why";
/// What leads to a session without routes.
const EMPTY: &str = "the session is up and the routes are missing";
/// What leads to two owners of one address.
const TWICE: &str = "two machines have one address, now and then";

const fn error(code: &'static str, title: &'static str, texts: [&'static str; 4]) -> Page {
    page(Page::new(Error, code, title), texts)
}

const fn warning(code: &'static str, title: &'static str, texts: [&'static str; 4]) -> Page {
    page(Page::new(Warning, code, title), texts)
}

const fn info(code: &'static str, title: &'static str, texts: [&'static str; 4]) -> Page {
    page(Page::new(Info, code, title), texts)
}

/// Symptom, cause, what is looked at, way out.
const fn page(page: Page, [symptom, cause, sees, remedy]: [&'static str; 4]) -> Page {
    let mut page = page.symptom(symptom).cause(cause).sees(sees).remedy(remedy);
    page.live = true;
    page
}

pub(super) const PAGES: &[Page] = &[
    // addresses
    error("pool-holds-router-address", "a pool holds an address of a router", [
        "the gateway disappears from the network when a service is given its address",
        "metallb checks pools against nothing but other pools",
        "pools against the interfaces and gateways of config.xml",
        "take the address out of the pool",
    ])
    .references(&["metallb#772", "metallb#364"]),
    error("pool-holds-virtual-address", "a pool holds a virtual address of a firewall", [
        TWICE,
        "CARP, aliases and proxy ARP answer for the address on the firewall",
        "pools against the virtual IPs of config.xml",
        "take the address out of the pool, or remove the virtual IP",
    ]),
    warning("pool-on-interface", "a pool that is announced over BGP lies in a network of a router", [
        "hosts in that network cannot reach the services",
        "hosts ask for the addresses of their own network by ARP, and a route does not answer",
        "pools against the networks of enabled interfaces in config.xml",
        "use a range that is on no interface",
    ])
    .references(&["metallb#364", "metallb#772"]),
    warning("pool-in-dhcp-range", "a pool overlaps a DHCP range", [
        TWICE,
        "the DHCP server gives out what metallb gives out as well",
        "pools against the ranges of enabled DHCP servers, those of further pools included",
        "shrink one of the two",
    ])
    .references(&["metallb#306"]),
    warning("pool-holds-reservation", "a pool holds an address that is reserved by DHCP", [
        TWICE,
        "the reservation is for a machine that expects its address",
        "pools against the static maps of enabled DHCP servers",
        "take the address out of the pool, or remove the reservation",
    ]),
    warning("pool-on-static-route", "a static route leads part of a pool elsewhere", [
        "some services are not reachable, or all are not",
        "a static route wins against a BGP route of its length",
        "pools against the static routes of config.xml, aliases included",
        "remove the route",
    ]),
    info("pool-inside-static-route", "a static route covers a pool", [
        "traffic to unused addresses of the pool leaves the network",
        "routes of single addresses win against it, and unused addresses have none",
        "pools against the static routes of config.xml",
        "nothing, or a null route for the pool",
    ]),
    warning("pool-in-tunnel-network", "a pool overlaps the addresses of a tunnel", [
        TWICE,
        "clients of the tunnel have these addresses",
        "pools against the networks of OpenVPN, WireGuard and routed IPsec tunnels",
        "choose another range for one of them",
    ]),
    warning("pool-in-remote-network", "a pool overlaps a network behind a tunnel", [
        "traffic to the services goes into the tunnel",
        "routes and policies of the tunnel take the range",
        "pools against the remote networks of OpenVPN, WireGuard and IPsec",
        "choose another range for the pool, or narrow the tunnel",
    ]),
    warning("pool-used-by-nat", "NAT uses addresses of a pool", [
        "answers to other connections end at a service, or the other way round",
        "1:1 and outbound NAT take the addresses for themselves",
        "pools against external and translation addresses of NAT rules",
        "let NAT use other addresses",
    ]),
    warning("pool-of-another-network", "another cluster announces the same range to the router", [
        "traffic goes to either cluster",
        "each cluster hands out addresses for itself",
        "the prefix lists that metalsense keeps for other networks on the router",
        "give each cluster a range of its own",
    ])
    .references(&["metallb#772"]),
    error("pool-in-cluster-network", "a pool overlaps the networks of pods or services", [
        "the service addresses are not reachable, or pods are not",
        "such addresses are handled inside the nodes",
        "pools against podCIDRs of the nodes and ServiceCIDR objects",
        "choose another range",
    ]),
    error("peer-address-not-on-router", "the address that the nodes dial is not the router's", [
        DOWN,
        "the address is mistyped, or its interface is switched off",
        "the declared addresses against interfaces and virtual IPs of config.xml",
        "correct the address, or switch the interface on",
    ]),
    error("node-has-router-address", "a node is declared with an address of the router", [
        TWICE,
        "the address is mistyped",
        "the addresses of nodes against those of config.xml",
        "correct the address",
    ]),
    warning("node-in-dhcp-range", "a node's address is given out by DHCP and not reserved", [
        "the node's session vanishes after a restart, or another machine takes its address",
        "neighbors are listed by address, and the address is not fixed",
        "nodes against DHCP ranges and reservations of config.xml",
        "reserve the address",
    ])
    .references(&["metallb#2355"]),
    // firewall
    error("firewall-blocks-bgp", "the firewall drops BGP from the nodes", [
        DOWN,
        "speakers always dial, so the interface of the nodes needs a rule that lets them in",
        "the rules in pf's own order: blocked private and bogon networks, floating, groups, interface; aliases resolved",
        "add a pass rule for TCP/179 from the nodes to the router",
    ])
    .references(&["metallb#343", "metallb#1539"]),
    error("firewall-blocks-bfd", "the firewall drops BFD from the nodes", [
        "the session flaps or stays down as soon as BFD is on",
        "BFD is UDP, port 3784, over several hops 4784",
        "the rules in pf's own order",
        "add a pass rule for UDP from the nodes to the router",
    ])
    .references(&["metallb#396"]),
    warning("firewall-routes-bgp-away", "a rule sends BGP for the router itself to a gateway", [
        DOWN,
        "a rule with a gateway overrides the routing table, for the firewall's own addresses too",
        "the first rule that matches, and its gateway",
        "add a rule without a gateway in front of it",
    ]),
    warning("firewall-bgp-scheduled", "sessions pass only at certain times", [
        "all services vanish when the schedule ends",
        "the rule that lets the nodes in has a schedule",
        "the rules that match, and their schedules",
        "add a rule without a schedule",
    ]),
    warning("firewall-routes-clients-away", "a rule sends clients' traffic to the pools to a gateway", [
        "clients of that interface do not reach the services, everybody else does",
        "policy routing comes before the routes from the nodes",
        "the first rule of each interface that matches all traffic to a pool, and its gateway",
        "add a rule without a gateway for the pools in front of it",
    ]),
    warning("firewall-blocks-clients", "the firewall drops traffic from clients to a pool", [
        "the services are reachable from one network only, or from none",
        "a pool is a new destination that rules do not know",
        "the rules of every interface that is no uplink",
        "add a rule on the clients' interface",
    ])
    .references(&["metallb#1887"]),
    // both ends of a session
    error("bgp-switched-off", "neighbors are configured and BGP is off", [
        DOWN,
        "the package, its BGP, and the instance each have a switch",
        "frr, frrbgp and the generated frr.conf",
        "switch it on, or apply",
    ]),
    warning("frr-carp-binding", "FRR follows another CARP state than declared", [
        "after a failover both firewalls speak, or none does",
        "carpstatusvid says when FRR runs",
        "carpstatusvid against `carp` of the declaration",
        "choose the CARP address, or apply",
    ])
    .references(&["opnsense/plugins#2540"]),
    warning("router-id-taken", "two speakers have one router ID", [
        "notifications of a bad BGP identifier, or one session pushes the other out",
        "the identifier must be unique among neighbors",
        "the router ID of each router against the others and the nodes' addresses",
        "give the router an ID of its own",
    ])
    .references(&["metallb#391", "metallb#1097", "frr#10142"]),
    warning("neighbor-missing", "a node dials a router that does not know it", [
        "one node stays idle or active for ever, the others are fine",
        "the router lists its neighbors one by one, and metallb peers from every node that is selected",
        "declared nodes and live BGPPeers against the neighbors of the router",
        "apply, or let fewer nodes dial",
    ])
    .references(&["metallb#2355", "opnsense/plugins#5717"]),
    warning("node-not-declared", "a node of the cluster dials and is not declared", [
        "the node's session stays down, and its services lack a path",
        "a BGPPeer without node selectors runs on every node",
        "live nodes against declared ones and the neighbors of the router",
        "declare the node, or limit the peer",
    ])
    .references(&["metallb#2355"]),
    warning("neighbor-without-node", "a neighbor belongs to no node", [
        "dead neighbors fill the logs, and a real failure is overlooked",
        "the node was removed or got another address",
        "neighbors with our mark, or of the nodes' AS in the nodes' network, against all nodes",
        "remove the neighbor, or declare the node",
    ]),
    warning("node-does-not-dial", "the router waits for a node that does not dial", [
        "the node has no session",
        "the node selectors of the BGPPeer do not select it",
        "live BGPPeers and the labels of live nodes",
        "apply, or correct the selectors",
    ]),
    warning("router-asn-not-declared", "the router is in another AS than declared", [
        "an apply would reset every session of the router",
        "the declaration or the router was changed",
        "the declared AS against the router's",
        "correct the declaration",
    ]),
    error("session-asn-differs", "both ends of a session disagree about an AS", [
        "the session is closed with `bad peer AS` in a fast loop",
        "one side was changed alone, or both numbers are swapped",
        "the router's AS, the neighbor's AS and those of the live BGPPeer",
        "make them equal",
    ])
    .references(&["metallb#1114"]),
    error("neighbor-without-asn", "a neighbor has no AS", [
        DOWN,
        "FRR refuses everything about a neighbor without remote-as",
        "the generated frr.conf",
        "set the AS of the nodes",
    ]),
    error("md5-not-signed", "a password is set and FreeBSD signs nothing", [
        DOWN,
        "FreeBSD takes TCP-MD5 keys from its IPsec database, FRR's own setting does not reach it",
        "the password type of the neighbor",
        "choose FRR and setkey, bidirectional",
    ])
    .references(&["frr#1479", "opnsense/plugins#1972"]),
    error("session-md5-differs", "only one end has a password, or they differ", [
        "dialing times out, and no log speaks of a password",
        "packets with a wrong signature are dropped silently",
        "whether both ends have one; the values only where both can be read, and they are never shown",
        "set the same password on both ends",
    ])
    .references(&["frr#6921"]),
    warning("session-bfd-differs", "only one end has BFD", [
        "the session flaps, or failures are noticed late",
        "BFD needs both ends",
        "the neighbor and the live BGPPeer",
        "set or remove it on both ends",
    ])
    .references(&["metallb#396", "opnsense/docs#865"]),
    error("bfd-daemon-off", "a neighbor has BFD and FRR's BFD is off", [
        "BFD never comes up",
        "the package starts bfdd only if BFD is enabled",
        "frrbfd and the neighbor",
        "enable BFD, or apply",
    ]),
    warning("session-source-differs", "a neighbor has another update source than the nodes dial", [
        "BFD stays down, and the router's own attempts come from a wrong address",
        "the update source was set for another session",
        "the update source against the address that the nodes dial",
        "set it to that address, or to default",
    ]),
    error("neighbor-ttl-security", "a neighbor has TTL security", [
        DOWN,
        "it accepts packets of a TTL that metallb does not send",
        "the generated frr.conf",
        "take it off",
    ]),
    error("neighbor-needs-multihop", "a node is on no network of the router", [
        DOWN,
        "eBGP wants its neighbor on a connected network unless multihop is on",
        "the node's address against the networks of config.xml",
        "set multihop, or correct the address",
    ])
    .references(&["metallb#1980"]),
    error("neighbor-shut-down", "a neighbor is shut down", [
        DOWN,
        "it was switched off and forgotten",
        "the generated frr.conf",
        "take the shutdown off",
    ]),
    info("neighbor-not-passive", "the router dials nodes that never listen", [
        "connection refused in the router's log, and sessions that come slowly",
        "speakers never accept connections",
        "the generated frr.conf",
        "set the neighbor to passive",
    ])
    .references(&["metallb#343", "metallb#1987"]),
    error("neighbor-family-off", "a neighbor is not active in its own family", [
        EMPTY,
        "routes of a family are exchanged only where it is activated",
        "the generated frr.conf",
        "activate it",
    ]),
    warning("neighbor-both-families", "a native speaker's neighbor is active in both families", [
        "the router complains that it has no local IPv6 address",
        "native speakers claim IPv6 in their OPEN and never use it",
        "the neighbor's families and the backend",
        "activate IPv4 alone",
    ])
    .references(&["opnsense/plugins#4859"]),
    warning("neighbor-twice", "a neighbor is listed twice", [
        "settings seem to have no effect",
        "the later entry wins, field by field",
        "the entries of frrbgpneighbors",
        "remove one",
    ]),
    warning("neighbor-answers-elsewhere", "nodes dial a CARP address that is no update source", [
        "the session drops on failover, or answers come from the wrong address",
        "FRR uses the interface's address unless it is told otherwise",
        "virtual IPs, the dialed address and the update source",
        "set the update source, or peer with the firewalls' own addresses",
    ])
    .references(&["opnsense/plugins#2540", "opnsense/plugins#2106"]),
    warning("neighbor-hold-ignored", "a hold time without a keepalive has no effect", [
        "failures are noticed later than the web interface says",
        "the package writes both or none",
        "the fields of the neighbor",
        "set the keepalive too",
    ]),
    warning("session-hold-zero", "a live session has the hold time 0", [
        "dead peers stay up for ever",
        "0 switches keepalives off; converted v1beta1 objects have it without anybody meaning it",
        "the live BGPPeer, the neighbor and the instance",
        "remove it, or set 3 seconds and more",
    ]),
    error("session-hold-too-short", "a hold time is 1 or 2 seconds", [
        DOWN,
        "BGP allows 0 and 3 upwards",
        "the neighbor and the instance",
        "set 3 seconds and more",
    ]),
    warning("graceful-restart-off", "nodes ask for graceful restart and the router has it disabled", [
        "routes vanish when a speaker restarts",
        "the router must help",
        "the live BGPPeer, the neighbor and the instance",
        "enable it on the router, or remove it from the peer",
    ]),
    // routes
    error("neighbor-without-policy", "an eBGP neighbor has no inbound policy", [
        "the session is up with (Policy) instead of a number, and no route",
        "FRR drops everything from eBGP neighbors without a filter",
        "the generated frr.conf: ebgp-requires-policy and the filters of the neighbor",
        "apply, or set a route map that permits the pools",
    ])
    .references(&["frr#6843", "opnsense/plugins#1953", "RFC 8212"]),
    info("neighbor-without-filter", "nodes may announce anything", [
        "a wrong route of one node draws the traffic of others",
        "the policy is off and the neighbor has no filter",
        "the generated frr.conf",
        "give the neighbor a filter that permits the pools",
    ]),
    info("ebgp-policy-off", "the policy for eBGP is off for everybody", [
        "a provider learns internal routes, or the router takes all of theirs",
        "guides tick `Disable eBGP Require Policy` in place of a filter",
        "the generated frr.conf",
        "give each neighbor a filter and take the tick off",
    ]),
    warning("filter-denies-pool", "a filter refuses routes of a pool", [
        "some services are reachable, new ones are not",
        "a prefix list without `le 32`, or with an old range",
        "the filters of each neighbor, evaluated for each pool in the lengths it is announced in",
        "apply, or widen the filter",
    ]),
    warning("accept-filter-denies-pool", "the accept filter keeps a pool out of the kernel", [
        "BGP has the routes and traffic does not follow them",
        "routes in the accept filter are not installed",
        "the route map behind `ip protocol bgp`",
        "take the range off the accept filter",
    ]),
    warning("prefix-limit-low", "a prefix limit is below what the pools can give", [
        "one more service, and the session with all services is closed",
        "a limit counts every address in use",
        "the limit against the number of addresses or blocks of all pools announced to the router",
        "raise it, or let it only warn",
    ]),
    warning("multipath-limited", "the router uses fewer paths than there are", [
        "all traffic goes through one node",
        "maximum-paths limits what FRR does by itself",
        "the frr.conf",
        "remove it, or raise it",
    ])
    .references(&["opnsense/plugins#4878", "metallb#1139"]),
    warning("distance-unusable", "routes of BGP have the distance 255", [
        "BGP has the routes and the router does not use them",
        "255 means never",
        "`distance bgp` of the frr.conf",
        "take it off",
    ]),
    warning("multipath-one-asn", "nodes of several ASes announce one pool", [
        "traffic goes to the nodes of one AS alone",
        "paths are used together only if their AS paths are equal",
        "the ASes of the nodes against `bestpath as-path multipath-relax`",
        "relax it, or use one AS",
    ]),
    warning("static-route-hides-pool", "a static route of FRR comes in front of a pool's routes", [
        "some services are not reachable",
        "a static route wins against BGP, and a longer one against all others",
        "static and null routes of the frr.conf against the announced lengths",
        "remove it",
    ]),
    warning("network-not-announced", "a network statement has no route behind it", [
        "the upstream does not learn the pool",
        "with Network Import Check only routes in the table are announced, and /32s are not the block",
        "network statements, the import check, static and null routes",
        "take the check off, or add a null route",
    ]),
    info("community-keeps-routes", "a community keeps the router from passing routes on", [
        "the router has the routes, its neighbors do not",
        "no-advertise and no-export were copied from an example",
        "the communities of advertisements, and further neighbors of the router",
        "leave the community out if the neighbors should learn the routes",
    ]),
    // nodes
    warning("node-not-in-cluster", "a declared node is not in the cluster", [
        "the router waits for a node that never comes",
        "the node was removed or has another name",
        "declared nodes against live ones",
        "correct the declaration",
    ]),
    warning("node-address-differs", "a node has another address than declared", [
        "connection refused, although the node is listed",
        "the node was re-addressed, or its second interface was meant",
        "declared addresses against the status of the live node",
        "correct the address",
    ])
    .references(&["metallb#2355", "metallb#670"]),
    error("pool-announced-by-nobody", "none of a pool's nodes may announce it", [
        EMPTY,
        "all of them are excluded or have no network",
        "labels and conditions of the live nodes",
        "see the findings about the nodes",
    ])
    .references(&["metallb#2274", "metallb#2424"]),
    warning("node-network-unavailable", "a node reports NetworkUnavailable", [
        "the node announces nothing",
        "the network plugin never cleared the condition",
        "the conditions of the live node",
        "look at the network plugin",
    ])
    .references(&["metallb#1710", "projectcalico/calico#8651"]),
    warning("node-excluded", "a node is excluded from load balancers", [
        "the node's session is up with no routes",
        "kubeadm and Talos label nodes of the control plane, and speakers heed the label since 0.14.2",
        "the labels of the live node, and the speakers' arguments",
        "remove the label, or let the speakers ignore it",
    ])
    .references(&["metallb#2274", "metallb-operator#490"]),
    warning("node-cordoned", "a cordoned node withdraws its routes", [
        "routes vanish on cordon",
        "only 0.14.9 does that",
        "unschedulable nodes and the version",
        "upgrade",
    ])
    .references(&["metallb#2470", "metallb#2715"]),
    error("asn-too-large-for-crd", "an AS does not fit the definitions of this release", [
        "the API server refuses the peer",
        "definitions up to 0.15.3 say int32, and Kubernetes 1.36 holds numbers to it",
        "the ASes, the version, and the version of the kubelets",
        "upgrade metallb, or use a smaller AS",
    ])
    .references(&["metallb#3035"]),
    // services
    warning("service-annotation-unknown", "an annotation is almost one of metallb's", [
        "the annotation has no effect",
        "only exact keys are read",
        "annotations of services",
        "write the key that is shown",
    ])
    .references(&["metallb#1696"]),
    warning("service-asks-twice", "a service asks for an address in two ways", [
        "the service stays pending",
        "loadBalancerIP and the annotation exclude each other",
        "the service",
        "remove spec.loadBalancerIP",
    ]),
    warning("service-asks-for-unknown-address", "a service asks for an address that no pool has", [
        "the service stays pending",
        "the pool was changed, or the address is mistyped",
        "requested addresses against declared pools and those of others",
        "correct one of the two",
    ]),
    warning("service-asks-for-unknown-pool", "a service asks for a pool that does not exist", [
        "the service stays pending",
        "the pool was renamed, or its name is mistyped",
        "the annotation address-pool against all pools",
        "correct the annotation",
    ]),
    warning("service-address-outside-pools", "a service has an address that no pool has", [
        "the service gets another address, and DNS is wrong",
        "since 0.14.2 the configuration wins over the service",
        "addresses of services against declared pools and those of others",
        "keep the address in a pool",
    ])
    .references(&["metallb#1755", "metallb#2076", "metallb#1591"]),
    info("service-pending", "a service waits for an address", [
        "the service has no address",
        "no pool fits, or all addresses are in use",
        "services of type LoadBalancer without an address",
        "see the events of the service",
    ]),
    warning("service-without-endpoints", "a service has no ready endpoint", [
        "the service has an address and no route",
        "only services with a ready endpoint are announced",
        "EndpointSlices",
        "look at the pods",
    ]),
    warning("service-local-elsewhere", "the pods of a Local service are on nodes that do not announce", [
        "the service has an address and no route",
        "with the policy Local only nodes with pods announce",
        "EndpointSlices against the nodes that announce the pool",
        "let those nodes announce, or move the pods",
    ])
    .references(&["metallb#148", "metallb#263"]),
    warning("aggregate-hides-local-service", "a Local service is announced as part of a block", [
        "part of the connections is lost",
        "every node with any service of the block attracts the whole block",
        "services of policy Local in pools that are announced in blocks only",
        "take the service out of the pool, or announce whole addresses",
    ])
    .references(&["metallb#2811"]),
    warning("service-cannot-share", "services cannot share an address", [
        "the second service stays pending",
        "the policy Local needs the same pods behind both",
        "services with one sharing key and one requested address",
        "use the policy Cluster, or two addresses",
    ])
    .references(&["metallb#271", "metallb#2553"]),
    // programs
    warning("metallb-programs-differ", "metallb's controller and speakers do not fit", [
        "webhooks accept what speakers refuse, or the other way round",
        "a half upgrade, or a setting of one of them",
        "images and environment of both",
        "install both from one release",
    ]),
    warning("metallb-not-ready", "metallb's programs are not all ready", [
        "objects cannot be written, or a node is silent",
        "pods do not start or are starting",
        "the status of its Deployment and DaemonSet",
        "look at the pods",
    ])
    .references(&["metallb#1597", "metallb#1540"]),
    error("nodes-already-peer", "the network plugin peers with the same router", [
        "one of both sessions is closed again and again",
        "a router keeps one session for each pair of addresses",
        "BGP settings of Calico and Cilium against the routers' addresses",
        "let the plugin announce the pools, or use another address of the router",
    ])
    .references(&["metallb#114", "projectcalico/calico#1603"]),
    warning("second-allocator", "another program serves load balancers too", [
        "addresses change back and forth, or ports are taken on nodes",
        "no load balancer class separates the two",
        "k3s's svclb DaemonSets, Cilium's pools, and --lb-class of metallb",
        "disable one, or give metallb a class",
    ]),
    warning("ipvs-without-strict-arp", "kube-proxy lets every node answer for L2 addresses", [
        "several machines answer for one address",
        "with IPVS every node has the address",
        "kube-proxy's ConfigMap",
        "set strictARP",
    ])
    .references(&["metallb#153"]),
    error("metallb-configuration-stale", "metallb says that it runs on an old configuration", [
        "new pools and peers do nothing, and after a restart everything is gone",
        "one object is refused, and with it all",
        "ConfigurationState",
        "correct the object that is named",
    ]),
    error("frr-k8s-conversion-failed", "frr-k8s keeps an old configuration", [
        "speakers are fine and routes are not",
        "two FRRConfigurations disagree",
        "FRRNodeState",
        "make them agree",
    ])
    .references(&["metallb#2904"]),
    warning("foreign-advertisement", "an advertisement of others announces our pools too", [
        "pools are announced in ways that nobody declared",
        "an advertisement without pools selects all",
        "live advertisements that are not ours",
        "let it name its pools",
    ]),
    // the way back
    warning("clients-beside-nodes", "clients share a network with the nodes", [
        "connections open and hang, pages load for minutes",
        "requests go through the firewall, answers go straight to the client, and pf drops what it cannot follow",
        "declared clients and DHCP ranges in the nodes' network, and rules with sloppy states",
        "give the nodes a network of their own",
    ])
    .references(&["metallb#1887", "metallb#297"]),
    warning("pair-without-state-sync", "firewalls of a pair do not share their states", [
        "connections break when traffic moves to the other firewall",
        "each firewall knows only what it has seen",
        "hasync of both config.xml files",
        "synchronize states on both",
    ]),
    warning("pair-without-shared-gateway", "the nodes' network has no CARP address", [
        "connections through one of both firewalls hang",
        "nodes answer over their default gateway, which is one of the two",
        "virtual IPs of both firewalls in the nodes' network",
        "add a CARP address and make it the gateway",
    ]),
];
