//! Compile: intent → what each side should hold.
//!
//! Pure. Knows the intent and the models of both sides; knows nothing that is live except the facts
//! it is handed. The same intent and facts always give the same bytes.
//! Read next: [`desired`] for the result.

pub mod desired;

pub use desired::{Desired, DesiredCluster, DesiredObject, DesiredRouter, RouterPart};
