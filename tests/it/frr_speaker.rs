//! A stand-in for MetalLB's speaker: what its FRR is told, from the compiled objects alone.

use std::fmt::Write as _;
use std::net::IpAddr;

use metalsense::compile::Compiled;
use metalsense::metallb::AnyObject;
use metalsense::metallb::kinds::{BgpAdvertisement, BgpPeer};

/// What a speaker announces, and how.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Announced<'a> {
    /// The name of a compiled advertisement, and a prefix that is announced as it says.
    pub(crate) services: &'a [(&'a str, &'a str)],
    /// Prefixes that nobody declared.
    pub(crate) foreign: &'a [&'a str],
    /// Whether every session carries both families, as MetalLB's did before 0.15.
    pub(crate) on_every_session: bool,
}

fn objects(compiled: &Compiled) -> impl Iterator<Item = &AnyObject> {
    compiled.desired.cluster.objects.iter().map(|object| &object.object)
}

/// The configuration of a node's FRR: a session for each compiled BGPPeer of a family that the node
/// has, and nothing that is not in the objects.
pub(crate) fn speaker(compiled: &Compiled, node: &[IpAddr], announced: Announced<'_>) -> String {
    let peers: Vec<(IpAddr, &BgpPeer)> = objects(compiled)
        .filter_map(|object| match object {
            AnyObject::BgpPeer(peer) => Some((peer.spec.peer_address.as_ref()?.parse().ok()?, &**peer)),
            _ => None,
        })
        .filter(|(router, _): &(IpAddr, _)| node.iter().any(|own| own.is_ipv6() == router.is_ipv6()))
        .collect();
    let mut text = String::new();
    bfd_profiles(&mut text, compiled);
    outbound(&mut text, compiled, announced);
    let asn = peers.first().expect("a peer for the node").1.spec.my_asn;
    let mut line = |line: String| writeln!(text, "{line}").expect("a string takes it");
    line(format!("router bgp {asn}\n no bgp ebgp-requires-policy\n no bgp default ipv4-unicast"));
    line(" no bgp network import-check".to_owned());
    for (router, peer) in &peers {
        line(format!(" neighbor {router} remote-as {}", peer.spec.peer_asn.expect("an AS")));
        // The attempts of a test should not be two minutes apart.
        line(format!(" neighbor {router} timers connect 1"));
        if let Some(password) = password(compiled, peer) {
            line(format!(" neighbor {router} password {password}"));
        }
        if let Some(profile) = &peer.spec.bfd_profile {
            line(format!(" neighbor {router} bfd\n neighbor {router} bfd profile {profile}"));
        }
    }
    for (family, is_ipv6) in [("ipv4", false), ("ipv6", true)] {
        line(format!(" address-family {family} unicast"));
        for (router, _) in &peers {
            if announced.on_every_session || router.is_ipv6() == is_ipv6 {
                line(format!("  neighbor {router} activate\n  neighbor {router} route-map OUT out"));
            }
        }
        let services = announced.services.iter().map(|(_, prefix)| prefix);
        for prefix in services.chain(announced.foreign).filter(|prefix| prefix.contains(':') == is_ipv6) {
            line(format!("  network {prefix}"));
        }
        line(" exit-address-family".to_owned());
    }
    line("exit".to_owned());
    text
}

fn bfd_profiles(text: &mut String, compiled: &Compiled) {
    for object in objects(compiled) {
        let AnyObject::BfdProfile(profile) = object else { continue };
        let timers = &profile.spec;
        let name = &profile.metadata.name;
        let detect = timers.detect_multiplier.unwrap_or(3);
        let receive = timers.receive_interval.unwrap_or(300);
        let transmit = timers.transmit_interval.unwrap_or(300);
        writeln!(text, "bfd\n profile {name}\n  detect-multiplier {detect}").expect("a string takes it");
        writeln!(text, "  receive-interval {receive}\n  transmit-interval {transmit}\n exit\nexit")
            .expect("a string takes it");
    }
}

/// Gives each service what its advertisement says on the way out: set any earlier, a community such as
/// no-advertise would hold back the speaker itself.
fn outbound(text: &mut String, compiled: &Compiled, announced: Announced<'_>) {
    let mut line = |line: String| writeln!(text, "{line}").expect("a string takes it");
    for (number, (name, prefix)) in announced.services.iter().enumerate() {
        let advertisement: &BgpAdvertisement = objects(compiled)
            .find_map(|object| match object {
                AnyObject::BgpAdvertisement(found) if found.metadata.name == *name => Some(found),
                _ => None,
            })
            .expect("a compiled advertisement");
        let family = if prefix.contains(':') { "ipv6" } else { "ip" };
        line(format!("{family} prefix-list service{number} permit {prefix}"));
        line(format!("route-map OUT permit {}", number + 1));
        line(format!(" match {family} address prefix-list service{number}"));
        if !advertisement.spec.communities.is_empty() {
            line(format!(" set community {}", advertisement.spec.communities.join(" ")));
        }
        if let Some(preference) = advertisement.spec.local_pref {
            line(format!(" set local-preference {preference}"));
        }
        line("exit".to_owned());
    }
    line("route-map OUT permit 65535\nexit".to_owned());
}

fn password<'a>(compiled: &'a Compiled, peer: &BgpPeer) -> Option<&'a str> {
    let wanted = peer.spec.password_secret.as_ref()?;
    objects(compiled).find_map(|object| match object {
        AnyObject::Secret(secret) if Some(&secret.metadata.name) == wanted.name.as_ref() => {
            Some(secret.data["password"].reveal())
        }
        _ => None,
    })
}
