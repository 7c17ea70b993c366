//! What the two live sides, held against the declaration, make `plan` say.

use super::Page;
use crate::finding::Severity::{Error, Info, Warning};

pub(super) const PAGES: &[Page] = &[
    live(Error, "needs-adoption", "something made by hand has a name or address that is wanted")
        .symptom("apply refuses")
        .cause("taking over what somebody else made needs consent, given once")
        .sees("objects without our labels and neighbors without our mark, under wanted names and addresses")
        .remedy("read the fields that would change, then apply with --adopt"),
    live(Info, "cluster-unmanaged", "the MetalLB objects are applied by somebody else")
        .symptom("differences in the cluster are not shown")
        .cause("cluster.unmanaged is set")
        .sees("the declaration")
        .remedy("write the objects with compile --out and let the other tool apply them"),
    live(Error, "config-shape", "a section of config.xml has a shape that the package never writes")
        .symptom("apply refuses")
        .cause("the file was edited by hand or by another tool")
        .sees("entries where text is expected, or the other way round")
        .remedy("save the page in question once in the firewall's web interface"),
    live(Error, "duplicate-neighbor", "a neighbor is configured more than once")
        .symptom("which of the entries holds depends on their order")
        .cause("the web interface does not refuse a second entry for an address")
        .sees("entries of frrbgpneighbors with one address")
        .remedy("delete all but one under Services > FRR BGP > Neighbors"),
    live(Error, "empty-desired", "nothing is wanted where something of ours is")
        .symptom("apply refuses")
        .cause("a declaration that lost its contents looks like a wish to delete everything")
        .sees("a side whose desired set is empty while labelled objects or marked neighbors are there")
        .remedy("check the declaration; if it is meant, pass --dangerous-allow-empty"),
    live(Error, "foreign-frr-conf", "a plain frr.conf has a BGP instance of others")
        .symptom("apply refuses")
        .cause("two hands would write one instance")
        .sees("`router bgp` outside our block")
        .remedy("put our two marker lines where the block may stand"),
    live(Error, "foreign-value", "a shared setting of the router contradicts the declaration")
        .symptom("apply refuses")
        .cause("others use the same instance: another local AS or router ID would take their sessions down")
        .sees("fields of frr, frrbgp and frrbgpadvanced while neighbors of others are there")
        .remedy("declare what the router has, or agree with whoever uses it"),
    live(Error, "frr-conf", "the text of frr.conf could not be made")
        .symptom("apply refuses")
        .cause("a declared value cannot be written as a line of FRR")
        .sees("the template's own error")
        .remedy("correct the value that the message names"),
    live(Warning, "frr-conf-differs", "the frr.conf on the firewall is not what its settings make")
        .symptom("a change brings more into force than it shows")
        .cause("the file was edited by hand, a save is not in force yet, or a setting depends on what only the firewall knows, such as an address from DHCP")
        .sees("the file on the firewall against the one that the package makes of config.xml")
        .remedy("compare the two, then save any page of the package once to bring the settings into force"),
    live(Error, "frr-refuses-line", "FRR would refuse a line that follows from the change")
        .symptom("apply refuses")
        .cause("FRR parses the line, and the daemon it is for does not take it; the rest is applied and nobody looks at the exit status")
        .sees("the frr.conf that the package will make, judged line by line")
        .remedy("correct the declared value that the line comes from"),
    live(Error, "frr-package-missing", "the FRR package is not installed on the firewall")
        .symptom("apply refuses")
        .cause("settings without the package have no effect")
        .sees("the list of packages in config.xml")
        .remedy("install it under System > Package Manager"),
    live(Error, "frr-package-unknown", "the FRR package is of a version that is not known")
        .symptom("apply refuses")
        .cause("what another version makes of its settings has not been tried")
        .sees("the version of the package in config.xml")
        .remedy("use a known version of the package, or a newer metalsense"),
    live(Warning, "ipv4-over-ipv6", "FRR takes IPv4 routes over IPv6 sessions that have no IPv4 filter")
        .symptom("inside one AS, a speaker that offers IPv4 on an IPv6 session gets any route accepted")
        .cause("FRR activates IPv4 on every neighbor, and the package sets the route maps of an IPv6 neighbor for IPv6 only")
        .sees("IPv6 neighbors of others that would lose IPv4 if the default were switched off")
        .remedy("if they carry IPv6 only, switch off IPv4 unicast by default in the BGP settings"),
    live(Warning, "metallb-unclear", "what runs of MetalLB could not be read without doubt")
        .symptom("a release or a backend is assumed")
        .cause("images without a release in their tag, or a controller and a speaker that differ")
        .sees("the workloads of MetalLB in the cluster, and snapshot.yaml")
        .remedy("declare cluster.metallb.version and cluster.metallb.backend"),
    live(Warning, "neighbor-half-ours", "a neighbor has our mark or our maps, and not both")
        .symptom("a declared node is repaired, any other is left alone")
        .cause("somebody edited the entry in the web interface")
        .sees("the description's end and the route maps of the neighbor")
        .remedy("delete the neighbor in the web interface if nobody needs it"),
    live(Error, "no-such-carp-address", "the declared CARP address is not on the firewall")
        .symptom("apply refuses")
        .cause("the virtual IP was removed, or the address is mistyped")
        .sees("peers[].pfsense.carp against the virtual IPs of config.xml")
        .remedy("make it under Firewall > Virtual IPs, or correct the declared address"),
    live(Error, "object-version", "an object was read in a version of the API that lacks fields")
        .symptom("apply refuses")
        .cause("v1beta1 of BGPPeer does not hold what v1beta2 does")
        .sees("apiVersion of the objects in the snapshot")
        .remedy("read it in the stored version, with kubectl get bgppeers.v1beta2.metallb.io"),
    live(Error, "other-cluster", "another cluster uses the same network name on this router")
        .symptom("apply refuses")
        .cause("two clusters with one network name would delete each other's neighbors")
        .sees("the cluster's identity in the description of our prefix lists")
        .remedy("give one of the two networks another name"),
    live(Error, "other-network", "something that is wanted belongs to another network")
        .symptom("apply refuses")
        .cause("two networks declare the same name or the same neighbor")
        .sees("the label metalsense.dev/network and the mark in the neighbor's description")
        .remedy("choose another name in one of the two networks"),
    live(Error, "other-peer", "a neighbor that is wanted belongs to another peer of this network")
        .symptom("apply refuses")
        .cause("two peers of one network lead to the same router")
        .sees("the route maps of the neighbor")
        .remedy("remove one of the two peers"),
    live(Error, "raw-configuration", "a raw configuration is in force on the router")
        .symptom("apply refuses")
        .cause("the package then writes that text and ignores everything set in its forms")
        .sees("the raw configuration of frr.conf or bgpd.conf in config.xml")
        .remedy("take it off under Services > FRR Global/Zebra > Raw Config, after moving what it says into the forms"),
    live(Error, "reload-frozen", "a line of somebody else keeps FRR from reloading")
        .symptom("apply refuses; changes made in the forms have had no effect for some time")
        .cause("FRR takes a file as a whole or not at all, and the package looks at no exit status")
        .sees("what vtysh -C on the firewall says about the file in force")
        .remedy("correct or remove the line in the package's forms"),
    live(Info, "router-stays-on", "FRR stays switched on where our part is taken off")
        .symptom("the routing daemons run without neighbors of ours")
        .cause("the switches of FRR and BGP are shared, and others may rely on them")
        .sees("a peer with `absent: true` on a firewall whose FRR is on")
        .remedy("switch it off under Services > FRR Global/Zebra if nobody needs it"),
    live(Error, "router-kind", "another kind of router is declared than was read")
        .symptom("apply refuses")
        .cause("`pfsense` and `frr` are different routers")
        .sees("the declaration against the file of the snapshot")
        .remedy("correct the declaration or the snapshot"),
    live(Warning, "router-left-behind", "a router that is declared no more still holds our part")
        .symptom("neighbors, passwords and null routes stay on it for ever")
        .cause("a peer was deleted from the file: what is not declared is not read, and nothing is removed")
        .sees("our names in the configuration of routers of the snapshot that no peer declares")
        .remedy("declare the peer with `absent: true` and apply, then take it out"),
    live(Error, "too-many-deletes", "more would be deleted than is allowed")
        .symptom("apply refuses")
        .cause("a rename or a lost part of the declaration looks like many deletes")
        .sees("policy.maxDeletes and --max-deletes")
        .remedy("check the declaration; if it is meant, pass the limit that the message names"),
    live(Error, "field-held", "somebody else has changed a field of ours")
        .symptom("apply refuses")
        .cause("kubectl edit, a GitOps tool or an operator writes the same field, and each would undo the other")
        .sees("metadata.managedFields of objects that would change")
        .remedy("stop the other writer, or apply once with --dangerous-take-ownership"),
    live(Error, "field-not-served", "the cluster's CRD lacks a field that is wanted")
        .symptom("the API server refuses the object")
        .cause("MetalLB's CRDs are older than the version that the declaration is compiled for")
        .sees("the schemas of the served CRDs")
        .remedy("upgrade the CRDs, or declare the version that is installed"),
    live(Info, "field-taken-over", "fields of others become ours")
        .symptom("a later kubectl apply of the old manifest fights over them")
        .cause("the object is adopted, or --dangerous-take-ownership was given")
        .sees("metadata.managedFields of objects that change")
        .remedy("take the object out of what the other one applies"),
    live(Warning, "not-seen", "part of the cluster could not be read")
        .symptom("checks that need it are silent")
        .cause("the user lacks a right")
        .sees("the API server's refusals")
        .remedy("bind the read-only role of deploy/rbac to the user"),
    live(Error, "too-many-resets", "more sessions would be reset than is allowed")
        .symptom("apply refuses")
        .cause("a change of AS, address, password or timers closes the sessions that have it")
        .sees("policy.maxSessionResets and --max-session-resets; the side that resets more counts")
        .remedy("look at the effects under the changes; if they are meant, pass the limit that the message names"),
    live(Error, "too-many-services-moved", "services would lose their address")
        .symptom("apply refuses")
        .cause("their addresses are in no pool any more")
        .sees("addresses of services in the cluster against the pools before and after; policy.maxServicesMoved and --max-services-moved")
        .remedy("keep the addresses in a pool; if it is meant, pass the limit that the message names"),
];

/// A page of what needs a live side.
const fn live(severity: crate::finding::Severity, code: &'static str, title: &'static str) -> Page {
    let mut page = Page::new(severity, code, title);
    page.live = true;
    page
}
