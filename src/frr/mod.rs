//! FRR: the vendor-neutral router configuration, and what FRR makes of configuration text.
//!
//! Knows no declaration, no pfSense and no transport.
//! Read next: [`config`], then [`judge`] and [`resets`]; [`vtysh`] reads what a running FRR says.

pub mod config;
pub mod judge;
pub mod resets;
pub mod vtysh;

pub use config::*;
