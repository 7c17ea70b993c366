//! Local preference: only iBGP carries it, and the native speaker always writes one.

use super::addresses::object;
use super::warning;
use crate::compile::Target;
use crate::finding::Finding;
use crate::intent::{Advertisement, Pool, Topology};

/// Which kinds of sessions something is announced over.
#[derive(Clone, Copy, Default)]
struct Kinds {
    ibgp: bool,
    ebgp: bool,
}

pub(super) fn check(topology: &Topology<'_>, target: &Target, findings: &mut Vec<Finding>) {
    // Once for every peer, since most advertisements are heard from all nodes.
    let by_peer: Vec<Kinds> =
        (0..topology.intent().peers.len()).map(|peer| kinds(topology.sessions_of(peer).iter())).collect();
    for pool in &topology.intent().pools {
        for advertisement in &pool.advertisements {
            let heard = if advertisement.nodes.is_everything() {
                let told = topology.told(advertisement);
                let of_peers = told.iter().filter_map(|&peer| by_peer.get(peer));
                of_peers
                    .fold(Kinds::default(), |a, b| Kinds { ibgp: a.ibgp || b.ibgp, ebgp: a.ebgp || b.ebgp })
            } else {
                kinds(topology.announced(pool, advertisement).into_iter())
            };
            judge(pool, advertisement, heard, target, topology.intent().discover.is_some(), findings);
        }
    }
}

fn kinds<'s>(sessions: impl Iterator<Item = &'s crate::intent::Session>) -> Kinds {
    sessions.fold(Kinds::default(), |kinds, session| Kinds {
        ibgp: kinds.ibgp || session.is_ibgp(),
        ebgp: kinds.ebgp || !session.is_ibgp(),
    })
}

fn judge(
    pool: &Pool,
    advertisement: &Advertisement,
    heard: Kinds,
    target: &Target,
    discovers: bool,
    findings: &mut Vec<Finding>,
) {
    let preference = advertisement.local_pref.as_ref();
    if let Some(preference) = preference
        && heard.ebgp
        && !heard.ibgp
        && !discovers
    {
        let message = format!(
            "pool {}: localPref {} has no effect, since all peers that hear of it are eBGP",
            pool.name.value, preference.value
        );
        findings.push(
            warning("local-pref-without-effect", message)
                .at(preference.place)
                .on(object(pool))
                .hint("remove it; towards eBGP use communities, or a route map on the router"),
        );
    }
    if heard.ibgp && !target.backend.is_frr() && preference.is_none_or(|preference| preference.value == 0) {
        let message = format!(
            "pool {}: the native backend announces localPref 0 to iBGP peers, which loses against any other path",
            pool.name.value
        );
        findings.push(
            warning("local-pref-zero", message)
                .at(preference.map_or(advertisement.place, |preference| preference.place))
                .on(object(pool))
                .hint("set `localPref: 100`, what routers take as the default"),
        );
    }
}
