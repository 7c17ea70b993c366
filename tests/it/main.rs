//! All integration tests in one binary: every further one would link everything again.

#[cfg(test)]
mod pfsense_frr;
