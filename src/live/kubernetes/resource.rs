//! Where kinds live in the API.

use crate::metallb::Kind;

/// A resource of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Resource {
    /// Empty for the core group.
    pub(super) group: &'static str,
    pub(super) version: &'static str,
    pub(super) plural: &'static str,
    pub(super) kind: &'static str,
}

impl Resource {
    pub(super) const fn new(
        group: &'static str,
        version: &'static str,
        plural: &'static str,
        kind: &'static str,
    ) -> Resource {
        Resource { group, version, plural, kind }
    }

    /// Where a kind lives.
    pub(super) fn of(kind: Kind) -> Resource {
        let plural = match kind {
            Kind::IpAddressPool => "ipaddresspools",
            Kind::BgpAdvertisement => "bgpadvertisements",
            Kind::L2Advertisement => "l2advertisements",
            Kind::BgpPeer => "bgppeers",
            Kind::Community => "communities",
            Kind::BfdProfile => "bfdprofiles",
            Kind::Secret => "secrets",
            Kind::Node => "nodes",
            Kind::Namespace => "namespaces",
            Kind::Service => "services",
        };
        let (group, version) = kind.api_version().split_once('/').unwrap_or(("", kind.api_version()));
        Resource { group, version, plural, kind: kind.as_str() }
    }

    /// The path of the collection, in one namespace or in all.
    pub(super) fn path(&self, namespace: Option<&str>) -> String {
        let root = match self.group {
            "" => format!("/api/{}", self.version),
            group => format!("/apis/{group}/{}", self.version),
        };
        match namespace {
            Some(namespace) if !namespace.is_empty() => {
                format!("{root}/namespaces/{}/{}", segment(namespace), self.plural)
            }
            _ => format!("{root}/{}", self.plural),
        }
    }

    /// `apiVersion` on the wire.
    pub(super) fn api_version(&self) -> String {
        match self.group {
            "" => self.version.to_owned(),
            group => format!("{group}/{}", self.version),
        }
    }

    /// As the server names it in its own messages: `bgppeers.metallb.io in namespace lb`.
    pub(super) fn title(&self, namespace: Option<&str>) -> String {
        let name = match self.group {
            "" => self.plural.to_owned(),
            group => format!("{}.{group}", self.plural),
        };
        match namespace {
            Some(namespace) if !namespace.is_empty() => format!("{name} in namespace {namespace}"),
            _ => name,
        }
    }
}

/// A part of a path. Names come from users and from servers, and must not lead elsewhere.
pub(super) fn segment(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'~' => out.push(char::from(byte)),
            // Two of them alone would be a step up.
            b'.' if text.bytes().any(|b| b != b'.') => out.push('.'),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_api() {
        let peers = Resource::of(Kind::BgpPeer);
        assert_eq!(peers.path(Some("lb")), "/apis/metallb.io/v1beta2/namespaces/lb/bgppeers");
        assert_eq!(peers.title(Some("lb")), "bgppeers.metallb.io in namespace lb");
        assert_eq!(Resource::of(Kind::Node).path(None), "/api/v1/nodes");
        assert_eq!(Resource::of(Kind::Secret).path(Some("a")), "/api/v1/namespaces/a/secrets");
    }

    #[test]
    fn a_name_cannot_lead_elsewhere() {
        assert_eq!(segment("a.b-c"), "a.b-c");
        assert_eq!(segment("../../x?y#z"), "..%2F..%2Fx%3Fy%23z");
        assert_eq!(segment(".."), "%2E%2E");
    }
}
