//! What another team says about its router, against what the nodes will do.

use super::sessions::object;
use super::warning;
use crate::finding::Finding;
use crate::intent::{Family, Peer, RouterKind, Sited, Topology, Unmanaged};

pub(super) fn check(topology: &Topology<'_>, findings: &mut Vec<Finding>) {
    for (index, peer) in topology.intent().peers.iter().enumerate().filter(|(_, peer)| !peer.absent) {
        let RouterKind::Unmanaged(router) = &peer.kind else { continue };
        settings(peer, router, findings);
        not_accepted(topology, index, peer, router, findings);
    }
}

/// Settings that must be equal at both ends.
fn settings(peer: &Peer, router: &Unmanaged, findings: &mut Vec<Finding>) {
    let multihop = peer.multihop.as_ref().is_some_and(|multihop| multihop.value);
    let mut compare = |theirs: &Option<Sited<bool>>, ours: bool, code: Setting| {
        let Some(theirs) = theirs.as_ref().filter(|theirs| theirs.value != ours) else { return };
        let has = |has: bool| if has { "has" } else { "has not" };
        let (what, key) = match code {
            Setting::Md5 => ("a TCP-MD5 password", "password"),
            Setting::Bfd => ("BFD", "bfd"),
            Setting::Multihop => ("multihop", "multihop"),
        };
        let message = format!(
            "peer {} {} {what} here, and the router {} it",
            peer.name.value,
            has(ours),
            has(theirs.value)
        );
        let finding = match code {
            Setting::Md5 => warning("unmanaged-md5-differs", message),
            Setting::Bfd => warning("unmanaged-bfd-differs", message),
            Setting::Multihop => warning("unmanaged-multihop-differs", message),
        };
        let hint = if ours {
            format!("remove `{key}` from the peer, or have it set on the router and say so here")
        } else {
            format!("set `{key}` on the peer, or have it removed from the router and say so here")
        };
        findings.push(finding.at(theirs.place).on(object(peer)).hint(hint));
    };
    compare(&router.md5, peer.password.is_some(), Setting::Md5);
    compare(&router.bfd, peer.bfd.is_some(), Setting::Bfd);
    compare(&router.multihop, multihop, Setting::Multihop);
}

#[derive(Clone, Copy)]
enum Setting {
    Md5,
    Bfd,
    Multihop,
}

/// Pools that the router's filter does not let in.
fn not_accepted(
    topology: &Topology<'_>,
    index: usize,
    peer: &Peer,
    router: &Unmanaged,
    findings: &mut Vec<Finding>,
) {
    let Some(first) = router.accepts.first() else { return };
    for pool in &topology.intent().pools {
        let told = pool.advertisements.iter().any(|a| topology.told(a).contains(&index));
        let heard = |family: Family| peer.members.iter().any(|member| member.address(family).is_some());
        for range in pool.ranges.iter().filter(|range| told && heard(range.family())) {
            let missing =
                range.cidrs().into_iter().find(|block| !router.accepts.iter().any(|net| net.contains(block)));
            let Some(missing) = missing else { continue };
            let message = format!(
                "peer {} does not accept {missing} of pool {}, which is announced to it",
                peer.name.value, pool.name.value
            );
            findings.push(
                warning("unmanaged-does-not-accept", message)
                    .at(first.place)
                    .on(object(peer))
                    .label(range.place, "the pool")
                    .hint("have the filter on the router widened and say so here, or announce the pool to other peers"),
            );
        }
    }
}
