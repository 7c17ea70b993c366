//! BGPPeer, and the BFDProfile and Secret objects that it points at.

use std::time::Duration;

use secrecy::ExposeSecret;

use super::gate::Gate;
use super::select::peer_selectors;
use super::{Objects, Scope};
use crate::compile::password::{self, Source};
use crate::finding::{Finding, Layer};
use crate::intent::naming::{self, PeerObject};
use crate::intent::{BfdProfile, Family, Peer};
use crate::metallb::kinds::{BfdProfileSpec, BgpPeerSpec, SecretReference, Sensitive};
use crate::metallb::{AnyObject, Feature, Object, Secret};

/// Fields that all objects of a peer have in common.
#[derive(Clone, Debug, Default)]
struct Common {
    hold_time: Option<String>,
    keepalive_time: Option<String>,
    connect_time: Option<String>,
    secret: Option<SecretReference>,
    bfd_profile: Option<String>,
    graceful_restart: bool,
    multihop: bool,
}

/// Adds the objects of one peer.
pub(super) fn add_peer(
    objects: &mut Objects<'_>,
    gate: &mut Gate<'_>,
    scope: &Scope<'_>,
    peer: &Peer,
    own: &[&PeerObject],
) {
    let common = common(objects, gate, scope, peer);
    for object in own {
        add_object(objects, gate, scope, peer, &common, object);
    }
}

fn common(objects: &mut Objects<'_>, gate: &mut Gate<'_>, scope: &Scope<'_>, peer: &Peer) -> Common {
    let name = &*peer.name;
    let mut common = Common {
        hold_time: peer.hold_time.as_ref().map(|time| go_duration(time.value)),
        secret: secret(objects, gate, scope, peer),
        ..Common::default()
    };
    if let Some(time) = &peer.keepalive_time {
        let what = format!("BGPPeer {name}: keepaliveTime {}", go_duration(time.value));
        if gate.admits(Feature::KeepaliveTime, time.place, &what) {
            common.keepalive_time = Some(go_duration(time.value));
        }
    }
    if let Some(time) = &peer.connect_time {
        let what = format!("BGPPeer {name}: connectTime {}", go_duration(time.value));
        if gate.admits(Feature::ConnectTime, time.place, &what) {
            common.connect_time = Some(go_duration(time.value));
        }
    }
    if let Some(profile) = &peer.bfd {
        let what = format!("BGPPeer {name}: bfd {}", profile.value);
        if gate.admits(Feature::Bfd, profile.place, &what) {
            common.bfd_profile = Some(profile.value.clone());
            if let Some(timers) = scope.intent.bfd_profiles.get(&profile.value) {
                let object = Object::new(objects.namespace, profile.value.as_str(), bfd_profile(timers));
                objects.add_once(AnyObject::BfdProfile(object), timers.place);
            }
        }
    }
    if let Some(restart) = peer.graceful_restart.as_ref().filter(|restart| restart.value) {
        let what = format!("BGPPeer {name}: gracefulRestart");
        common.graceful_restart = gate.admits(Feature::GracefulRestart, restart.place, &what);
    }
    if let Some(multihop) = peer.multihop.as_ref().filter(|multihop| multihop.value) {
        common.multihop = gate.admits(Feature::EbgpMultiHop, multihop.place, name);
    }
    common
}

fn add_object(
    objects: &mut Objects<'_>,
    gate: &mut Gate<'_>,
    scope: &Scope<'_>,
    peer: &Peer,
    common: &Common,
    object: &PeerObject,
) {
    let Some(address) = peer.members.get(object.member).and_then(|m| m.address(object.family)) else {
        return;
    };
    let is_ibgp = object.node_asn == peer.asn.value;
    if let Some(multihop) = peer.multihop.as_ref().filter(|_| is_ibgp && common.multihop) {
        gate.push(
            Finding::error(
                Layer::Config,
                "peer-ibgp-multihop",
                format!("BGPPeer {}: multihop on a session inside AS {}", object.name, object.node_asn),
            )
            .at(multihop.place)
            .hint("leave multihop out, it is for sessions between two ASes"),
        );
        return;
    }
    let spec = BgpPeerSpec {
        my_asn: object.node_asn.get(),
        peer_asn: Some(peer.asn.get()),
        peer_address: Some(address.value.to_string()),
        hold_time: common.hold_time.clone(),
        keepalive_time: common.keepalive_time.clone(),
        connect_time: common.connect_time.clone(),
        node_selectors: peer_selectors(scope.topology, &peer.nodes, &object.nodes),
        password_secret: common.secret.clone(),
        bfd_profile: common.bfd_profile.clone(),
        enable_graceful_restart: common.graceful_restart.then_some(true),
        ebgp_multi_hop: common.multihop.then_some(true),
        ..BgpPeerSpec::default()
    };
    let object = Object::new(objects.namespace, object.name.as_str(), spec);
    objects.add(AnyObject::BgpPeer(Box::new(object)), peer.place);
}

/// The reference to the Secret with the password; the Secret itself where its value comes from us.
fn secret(
    objects: &mut Objects<'_>,
    gate: &mut Gate<'_>,
    scope: &Scope<'_>,
    peer: &Peer,
) -> Option<SecretReference> {
    let reference = peer.password.as_ref()?;
    if let Some(reason) = scope.passwords.get(peer.name.as_str()).and_then(password::unusable) {
        gate.push(
            Finding::error(
                Layer::Intent,
                "password-unusable",
                format!(
                    "peer {}: the password from {} {reason}",
                    *peer.name,
                    password::describe(&reference.value)
                ),
            )
            .at(reference.place)
            .hint("use letters and digits, at most 80 of them"),
        );
    }
    let name = match password::source(&reference.value) {
        Source::Secret(wanted) => {
            let namespace = wanted.namespace.as_deref().unwrap_or(objects.namespace);
            if namespace != objects.namespace {
                gate.push(
                    Finding::error(
                        Layer::Config,
                        "peer-secret-namespace",
                        format!(
                            "BGPPeer {}: Secret {namespace}/{} is not in metallb's namespace",
                            *peer.name, wanted.name
                        ),
                    )
                    .at(reference.place)
                    .hint(format!(
                        "keep the Secret in {}, metallb reads no other namespace",
                        objects.namespace
                    )),
                );
            }
            if let Some(key) = wanted.key.as_deref().filter(|key| *key != password::KEY) {
                gate.push(
                    Finding::error(
                        Layer::Config,
                        "peer-secret-key",
                        format!("BGPPeer {}: metallb reads no key {key} of a Secret", *peer.name),
                    )
                    .at(reference.place)
                    .hint("use the key `password` in a Secret of type kubernetes.io/basic-auth"),
                );
            }
            wanted.name.clone()
        }
        Source::Ours => {
            let name = naming::secret(&scope.intent.name, &peer.name);
            match scope.passwords.get(peer.name.as_str()) {
                Some(value) => {
                    let value = Sensitive::new(value.expose_secret());
                    let secret = Secret::password(objects.namespace, name.as_str(), value);
                    objects.add(AnyObject::Secret(secret), reference.place);
                }
                None => gate.push(
                    Finding::warning(
                        Layer::Intent,
                        "password-unknown",
                        format!(
                            "peer {}: the password from {} could not be read, so Secret {name} is left out",
                            *peer.name,
                            password::describe(&reference.value)
                        ),
                    )
                    .at(reference.place)
                    .hint("make it readable where metalsense runs; nothing can be applied without it"),
                ),
            }
            name
        }
    };
    Some(SecretReference { name: Some(name), namespace: None })
}

fn bfd_profile(timers: &BfdProfile) -> BfdProfileSpec {
    BfdProfileSpec {
        receive_interval: timers.receive_interval,
        transmit_interval: timers.transmit_interval,
        detect_multiplier: timers.detect_multiplier,
        echo_interval: timers.echo_interval,
        echo_mode: timers.echo_mode,
        passive_mode: timers.passive_mode,
        minimum_ttl: timers.minimum_ttl,
        ..BfdProfileSpec::default()
    }
}

/// A duration as Go reads it, in the unit that people write: `90s`, or `1500ms`.
fn go_duration(duration: Duration) -> String {
    match duration.subsec_millis() {
        0 => format!("{}s", duration.as_secs()),
        _ => format!("{}ms", duration.as_millis()),
    }
}

/// IPv6 sessions that the native backend would hold without ever announcing anything over them.
pub(super) fn say_idle_sessions(gate: &mut Gate<'_>, peer: &Peer) {
    for member in &peer.members {
        let Some(v6) = member.address(Family::Ipv6) else { continue };
        let finding = Finding::new(
            if member.address(Family::Ipv4).is_some() {
                crate::finding::Severity::Warning
            } else {
                crate::finding::Severity::Error
            },
            Layer::Metallb,
            "native-ipv6-session",
            format!(
                "peer {}: the native backend announces nothing over IPv6, so there is no session with {}",
                *peer.name, v6.value
            ),
        );
        gate.push(finding.at(v6.place).hint("leave the IPv6 address out, or run the frr or frr-k8s backend"));
    }
}
