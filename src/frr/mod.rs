//! FRR: the vendor-neutral router configuration, and what FRR makes of configuration text.
//!
//! Knows no declaration, no pfSense and no transport.
//! Read next: [`config`], then [`judge`] and [`resets`]; [`running`] reads what a router is configured
//! to do, [`vtysh`] what a running FRR says.

pub mod config;
pub mod judge;
pub mod resets;
pub mod running;
pub mod vtysh;

pub use config::*;
