//! FRR: the vendor-neutral router configuration, and what FRR makes of configuration text.
//!
//! Knows no declaration, no pfSense and no transport.
//! Read next: [`config`], then [`judge`].

pub mod config;
pub mod judge;

pub use config::*;
