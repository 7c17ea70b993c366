//! The intent: the declaration resolved.
//!
//! Names are replaced by what they name, addresses and ASNs are types, defaults are filled in. Every
//! value that a finding may point at carries its place. Knows the declaration and nothing behind it:
//! no MetalLB, no pfSense, no live state.
//!
//! | file | for |
//! | --- | --- |
//! | [`model`] | the resolved types |
//! | [`address`], [`asn`] | their values |
//! | [`topology`] | which sessions follow, and what is announced over them |
//! | [`node_set`] | selectors and the nodes they select |
//! | [`naming`] | names of objects that are derived |

pub mod address;
pub mod asn;
pub mod model;
pub mod naming;
pub mod node_set;
pub mod resolve;
pub mod topology;

pub use address::{AddressRange, Family};
pub use asn::Asn;
pub use model::*;
pub use node_set::{NodeIndex, NodeSet};
pub use resolve::{Resolution, compare, resolve};
pub use topology::{Session, Topology, sessions};
