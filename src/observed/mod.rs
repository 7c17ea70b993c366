//! Observed: what was read from either side, as pure values with the revision they were read at.
//!
//! Never reads anything itself: `live` does.
