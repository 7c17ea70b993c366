//! Which field works, is ignored or is refused, by release and backend.
//!
//! The compiler asks here before it emits a field; the judge has its own exact rules and agrees with
//! this table (a test says so).

use super::version::{Backend, Version};

/// Something that not every release and backend can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Feature {
    /// `BGPPeer.spec.dynamicASN`.
    DynamicAsn,
    /// `BGPPeer.spec.interface`: sessions without addresses.
    Interface,
    /// `BGPPeer.spec.sourceAddress`.
    SourceAddress,
    /// `BGPPeer.spec.keepaliveTime` above zero.
    KeepaliveTime,
    /// `BGPPeer.spec.connectTime`.
    ConnectTime,
    /// `BGPPeer.spec.bfdProfile`, and BFDProfile objects at all.
    Bfd,
    /// `BGPPeer.spec.enableGracefulRestart`.
    GracefulRestart,
    /// `BGPPeer.spec.ebgpMultiHop`.
    EbgpMultiHop,
    /// `BGPPeer.spec.vrf`.
    Vrf,
    /// `BGPPeer.spec.disableMP`.
    DisableMp,
    /// `BGPPeer.spec.dualStackAddressFamily`.
    DualStackAddressFamily,
    /// `BGPPeer.spec.localASN`.
    LocalAsn,
    /// IPv6 pools that a BGPAdvertisement selects.
    Ipv6OverBgp,
    /// Large communities.
    LargeCommunities,
    /// `serviceSelectors` of both kinds of advertisement.
    ServiceSelectors,
    /// `L2Advertisement.spec.preferredNodeSelectors`.
    PreferredNodeSelectors,
}

/// What becomes of a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// It works.
    Works,
    /// It is accepted and has no effect; the text says why, to follow the field's name.
    Ignored(&'static str),
    /// The whole configuration is refused; the judge's rule that says so.
    Refused(&'static str),
    /// The field does not exist yet: the API server drops it. The release that brings it.
    NotYet(Version),
}

impl Feature {
    /// All features.
    pub const ALL: [Feature; 16] = [
        Feature::DynamicAsn,
        Feature::Interface,
        Feature::SourceAddress,
        Feature::KeepaliveTime,
        Feature::ConnectTime,
        Feature::Bfd,
        Feature::GracefulRestart,
        Feature::EbgpMultiHop,
        Feature::Vrf,
        Feature::DisableMp,
        Feature::DualStackAddressFamily,
        Feature::LocalAsn,
        Feature::Ipv6OverBgp,
        Feature::LargeCommunities,
        Feature::ServiceSelectors,
        Feature::PreferredNodeSelectors,
    ];

    /// The release that brought it; `None` if every known release has it.
    pub fn since(self) -> Option<Version> {
        match self {
            Feature::Interface | Feature::DualStackAddressFamily => Some(Version::V0_15_0),
            Feature::LocalAsn | Feature::ServiceSelectors => Some(Version::V0_16_0),
            Feature::PreferredNodeSelectors => Some(Version::Main),
            _ => None,
        }
    }

    /// The rule by which the native backend refuses it, if it does.
    fn refused_by_native(self) -> Option<&'static str> {
        Some(match self {
            Feature::DynamicAsn => "native-dynamic-asn",
            Feature::Interface => "native-interface",
            Feature::KeepaliveTime => "native-keepalive",
            Feature::ConnectTime => "native-connect-time",
            Feature::Bfd => "native-bfd-object",
            Feature::GracefulRestart => "native-graceful-restart",
            Feature::Vrf => "native-vrf",
            Feature::DisableMp => "native-disable-mp",
            Feature::DualStackAddressFamily => "native-dual-stack",
            Feature::LocalAsn => "native-local-asn",
            Feature::Ipv6OverBgp => "native-ipv6-pool",
            Feature::LargeCommunities => "native-large-community",
            Feature::SourceAddress
            | Feature::EbgpMultiHop
            | Feature::ServiceSelectors
            | Feature::PreferredNodeSelectors => return None,
        })
    }
}

/// What becomes of a feature in a release with a backend.
pub fn support(feature: Feature, version: Version, backend: Backend) -> Support {
    if let Some(since) = feature.since().filter(|since| version < *since) {
        return Support::NotYet(since);
    }
    match (feature, backend) {
        (Feature::EbgpMultiHop, Backend::Native) => {
            Support::Ignored("the native speaker dials through the kernel's routing table anyway")
        }
        (_, Backend::Native) => feature.refused_by_native().map_or(Support::Works, Support::Refused),
        (Feature::SourceAddress, Backend::FrrK8s) => {
            Support::Ignored("metallb never copies it into the FRRConfiguration")
        }
        (Feature::LocalAsn, Backend::FrrK8s) => {
            Support::Ignored("metallb does not copy it into the FRRConfiguration yet")
        }
        (Feature::DisableMp, _) if (Version::V0_15_0..=Version::V0_15_2).contains(&version) => {
            Support::Ignored("it has no effect in 0.15.0 to 0.15.2")
        }
        _ => Support::Works,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_says_what_people_run_into() {
        let of = |feature, version, backend| support(feature, version, backend);
        use Backend::{Frr, FrrK8s, Native};
        use Version::{Main, V0_14_9, V0_15_2, V0_15_3, V0_16_1};
        assert_eq!(of(Feature::Bfd, V0_15_2, Native), Support::Refused("native-bfd-object"));
        assert_eq!(of(Feature::Bfd, V0_15_2, Frr), Support::Works);
        assert_eq!(of(Feature::Interface, V0_14_9, Frr), Support::NotYet(Version::V0_15_0));
        assert!(matches!(of(Feature::SourceAddress, V0_15_2, FrrK8s), Support::Ignored(_)));
        assert_eq!(of(Feature::SourceAddress, V0_15_2, Frr), Support::Works);
        assert!(matches!(of(Feature::DisableMp, V0_15_2, Frr), Support::Ignored(_)));
        assert_eq!(of(Feature::DisableMp, V0_15_3, Frr), Support::Works);
        assert_eq!(of(Feature::LocalAsn, V0_15_3, Native), Support::NotYet(Version::V0_16_0));
        assert_eq!(of(Feature::LocalAsn, V0_16_1, Native), Support::Refused("native-local-asn"));
        assert_eq!(of(Feature::PreferredNodeSelectors, Main, Native), Support::Works);
    }
}
