//! The intent: the declaration resolved.
//!
//! Names are replaced by what they name, addresses and ASNs are types, defaults are filled in. Every
//! value that a finding may point at carries its place. Knows the declaration and nothing behind it:
//! no MetalLB, no pfSense, no live state.
//! Read next: [`model`] for the types, [`address`] and [`asn`] for the values.

pub mod address;
pub mod asn;
pub mod model;

pub use address::{AddressRange, Family};
pub use asn::Asn;
pub use model::*;
