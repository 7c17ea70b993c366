//! Compile: intent → what each side should hold.
//!
//! Pure. Knows the intent and the models of both sides; knows nothing that is live except the facts
//! it is handed. The same intent and facts always give the same bytes.
//!
//! | file | for |
//! | --- | --- |
//! | [`desired`] | the result |
//! | [`facts`] | what is known beside the declaration |
//! | `cluster`, `judged` | MetalLB objects, and whether MetalLB would take them |
//! | [`router`], `filter` | the vendor-neutral router configuration |
//! | [`pfsense`] | that configuration as entries of the FRR package |
//! | [`frr_conf`], [`hand_over`] | that configuration as FRR's text, and in words |
//! | [`files`] | everything as files |

mod cluster;
pub mod desired;
pub mod facts;
pub mod files;
mod filter;
pub mod frr_conf;
pub mod hand_over;
mod judged;
mod password;
pub mod pfsense;
pub mod router;
#[cfg(test)]
mod tests;

use crate::finding::{self, Finding, Layer};
use crate::intent::{Family, Intent, Topology};

pub(crate) use cluster::wire;
pub use cluster::{MANAGED_BY, MANAGED_BY_LABEL, NETWORK_LABEL};
pub use desired::{Desired, DesiredCluster, DesiredObject, DesiredRouter, RouterPart};
pub use facts::{ClusterIdentity, Facts, KnownMetallb, Target};

/// The result of [`compile`].
#[derive(Clone, Debug)]
pub struct Compiled {
    /// Both sides.
    pub desired: Desired,
    /// What could not be compiled as declared, and what was assumed. With an error among them the
    /// result lacks something that is declared: it may be shown and must not be applied.
    pub findings: Vec<Finding>,
}

/// Compiles a network for both sides.
pub fn compile(intent: &Intent, facts: &Facts) -> Compiled {
    let mut findings = Vec::new();
    let target = Target::resolve(intent, &facts.metallb, &mut findings);
    let topology = Topology::new(intent);
    say_unheard(intent, &target, &mut findings);
    let cluster = cluster::objects(&topology, &target, &facts.passwords, &mut findings);
    findings.extend(judged::refusals(intent, &target, &cluster));
    let routers = router::routers(&topology, &target, facts, &mut findings);
    finding::sort(&mut findings);
    Compiled { desired: Desired { network: intent.name.value.clone(), cluster, routers }, findings }
}

/// Whether the backend announces anything over sessions of a family. The native one has IPv6 sessions
/// and never sends a route over them.
fn carries(target: &Target, family: Family) -> bool {
    family == Family::Ipv4 || target.backend.is_frr()
}

/// `learn` opens the router's side; most nodes do not listen.
fn say_unheard(intent: &Intent, target: &Target, findings: &mut Vec<Finding>) {
    if target.backend == crate::metallb::Backend::FrrK8s {
        return;
    }
    for peer in intent.peers.iter().filter(|peer| !peer.absent) {
        let Some(first) = peer.learn.first() else { continue };
        findings.push(
            Finding::warning(
                Layer::Metallb,
                "learn-without-effect",
                format!(
                    "peer {}: nodes with the {} backend of metallb take no routes from a router",
                    *peer.name, target.backend
                ),
            )
            .at(first.place)
            .hint("leave learn out, or run the frr-k8s backend with an FRRConfiguration that receives"),
        );
    }
}
