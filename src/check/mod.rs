//! Checks: rules over declaration, intent, desired and live, one family a file; findings as data.
//!
//! Pure. Never prints, never decides what is done about a finding.
