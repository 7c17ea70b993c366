//! MetalLB: its kinds as small types, what equals what, and what it accepts.
//!
//! | file | for |
//! | --- | --- |
//! | [`kinds`] | the custom resources, and the core kinds that their rules need |
//! | [`labels`] | label selectors and their evaluation |
//! | [`version`] | releases and BGP backends |
//! | [`address`], [`duration`], [`community`] | values, read as MetalLB reads them |
//! | [`normal`], [`mod@diff`] | what equals what, and what differs |
//! | [`served`] | the schemas of the CRDs that a cluster serves |
//! | [`manifest`] | reading files, with places |
//! | [`judge`] | would MetalLB accept it |
//! | [`features`] | which field works, is ignored or is refused in which release and backend |
//!
//! This room knows no declaration, no router and no cluster connection. It is pure: text and
//! values in, values and findings out.

pub mod address;
pub mod community;
pub mod diff;
pub mod duration;
pub mod features;
pub mod judge;
pub mod kinds;
pub mod labels;
pub mod manifest;
mod names;
pub mod normal;
pub mod served;
pub mod version;

pub use diff::{FieldChange, diff, spelling_differences};
pub use features::{Feature, Support, support};
pub use judge::{Judge, Layers, Ruling, Verdict};
pub use kinds::{
    AnyObject, BfdProfile, BgpAdvertisement, BgpPeer, Community, IpAddressPool, Kind, L2Advertisement,
    Metadata, Namespace, Node, Object, Resource, Secret, Service,
};
pub use labels::{LabelSelector, Operator, Requirement};
pub use manifest::{Case, Input, Manifest, Operation};
pub use normal::normalize;
pub use served::Served;
pub use version::{Backend, Version};
