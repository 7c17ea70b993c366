//! pfSense: config.xml and the FRR package, as pure values and text.
//!
//! Holds the reader of config.xml with pfSense's own rules, the byte-preserving splicer, a view of the
//! firewall's interfaces, rules and addresses, and the model of the FRR package's generator. Knows no
//! declaration, no plan, no transport and no clock: text in, values out.
//! Read next: [`value`] for what pfSense holds in memory, [`xml`] for the file.

pub mod firewall;
pub mod frr;
pub mod value;
pub mod xml;

pub use value::Value;
