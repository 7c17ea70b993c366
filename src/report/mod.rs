//! Report: the sinks for findings and plans.
//!
//! Turns data into text for people and machines. Decides nothing; where the text goes is the business
//! of `cli`. Knows no terminal: whether colour is wanted is said by the caller, and a stream that
//! wants none strips it.
//!
//! | file | for |
//! | --- | --- |
//! | [`findings`] | findings as rustc-like text, JSON, SARIF, JUnit, GitHub annotations, Markdown |
//! | [`difference`] | what differs between declared and live, for people, programs and pull requests |
//! | [`style`] | the few colours, and text that is safe to show |
//! | `mask` | blanks secrets in excerpts |

pub mod difference;
pub mod findings;
mod mask;
pub mod style;

/// Version of every JSON document that metalsense prints.
///
/// A minor version adds keys, which readers must ignore when they do not know them; a new major
/// version changes the meaning of a key, and readers should refuse it.
pub const FORMAT_VERSION: &str = "1.0";
