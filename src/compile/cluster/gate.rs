//! What the target MetalLB can do: a declared feature that it refuses becomes a finding where it is
//! declared, and no object that MetalLB would choke on.

use std::borrow::Cow;

use crate::compile::facts::Target;
use crate::finding::{Finding, Layer, Place};
use crate::metallb::{Feature, Support, support};

/// Findings about features of one target.
#[derive(Debug)]
pub(super) struct Gate<'a> {
    target: &'a Target,
    findings: &'a mut Vec<Finding>,
}

impl<'a> Gate<'a> {
    pub(super) fn new(target: &'a Target, findings: &'a mut Vec<Finding>) -> Self {
        Gate { target, findings }
    }

    /// Whether the feature may be used; if not, the finding is made. `what` names the object and the
    /// declared value.
    pub(super) fn admits(&mut self, feature: Feature, place: Place, what: &str) -> bool {
        let Target { version, backend, .. } = self.target;
        let finding = match support(feature, *version, *backend) {
            Support::Works => return true,
            // Has an effect on the router's side, or none anywhere: harmless in the object.
            Support::Ignored(_) => return true,
            Support::Refused(rule) => {
                let message = format!("{what} is refused by the {backend} backend of metallb {version}");
                Finding::error(Layer::Config, rule, message)
            }
            Support::NotYet(since) => Finding::error(
                Layer::Schema,
                "metallb-too-old",
                format!("{what} needs metallb {since}, and this is {version}"),
            ),
        };
        self.findings.push(finding.at(place).hint(way_out(feature)));
        false
    }

    pub(super) fn push(&mut self, finding: Finding) {
        self.findings.push(finding);
    }
}

fn way_out(feature: Feature) -> Cow<'static, str> {
    let alternative = match feature {
        Feature::KeepaliveTime => {
            "leave keepaliveTime out, the native backend sends every third of the hold time"
        }
        Feature::ConnectTime => "leave connectTime out, the native backend retries with a growing pause",
        Feature::Bfd => "leave bfd out and lower holdTime",
        Feature::GracefulRestart => "leave gracefulRestart out",
        Feature::Ipv6OverBgp => "announce the IPv6 addresses by l2",
        Feature::LargeCommunities => "use a standard community such as 64500:70",
        _ => return "update metallb".into(),
    };
    format!("{alternative}; or run the frr or frr-k8s backend").into()
}
