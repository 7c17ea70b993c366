//! What the live sides tell the compiler.

use std::collections::BTreeMap;

use secrecy::SecretString;

use crate::compile::router::path;
use crate::compile::{ClusterIdentity, Facts, KnownMetallb};
use crate::intent::Intent;
use crate::observed::{ClusterState, Observed, RouterState};

/// The key of a Secret whose reference names none, as MetalLB has it.
const DEFAULT_KEY: &str = "password";

/// The facts that were observed. Passwords are those that a declared `secretKeyRef` names and whose
/// values were read; others are for the caller to add.
pub fn facts(intent: &Intent, observed: &Observed) -> Facts {
    let mut facts = Facts::default();
    if let Some(cluster) = &observed.cluster {
        facts.metallb = KnownMetallb {
            version: cluster.metallb.version,
            backend: cluster.metallb.backend,
            namespace: cluster.metallb.namespace.clone(),
        };
        facts.identity = cluster.uid.as_deref().map(ClusterIdentity::of_uid);
        facts.passwords = passwords(intent, cluster, &facts.metallb);
    }
    for router in intent.peers.iter().flat_map(|peer| peer.members.iter().map(|member| path(peer, member))) {
        if let Some(RouterState::Pfsense(state)) = observed.router(&router) {
            let nets = state.facts.connected.iter().map(|subnet| subnet.net).collect();
            facts.connected.insert(router, nets);
        }
    }
    facts
}

fn passwords(
    intent: &Intent,
    cluster: &ClusterState,
    known: &KnownMetallb,
) -> BTreeMap<String, SecretString> {
    let found = intent.peers.iter().filter_map(|peer| {
        let reference = peer.password.as_ref()?.value.secret_key_ref.as_ref()?;
        let own = reference.namespace.as_deref().or(known.namespace.as_deref());
        let namespace = own.unwrap_or(&intent.cluster.namespace.value);
        let key = reference.key.as_deref().unwrap_or(DEFAULT_KEY);
        let value = cluster.secret(namespace, &reference.name, key)?;
        Some((peer.name.value.clone(), SecretString::from(value.reveal().to_owned())))
    });
    found.collect()
}
