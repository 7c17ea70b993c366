//! Collects what is wrong with one file, up to a number that somebody might still read.

use crate::finding::{Finding, Layer, Place};

/// More faults than this in one file are counted, not told: a hostile file could otherwise ask for a
/// message for each of its bytes.
const MOST: usize = 1000;

/// The faults of one file.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    told: Vec<Finding>,
    untold: usize,
}

impl Faults {
    /// Adds a fault.
    pub(crate) fn push(&mut self, fault: Finding) {
        if self.is_full() {
            self.untold += 1;
        } else {
            self.told.push(fault);
        }
    }

    /// Counts a fault whose message would only be thrown away.
    pub(crate) fn count_one(&mut self) {
        self.untold += 1;
    }

    /// Whether further faults are only counted.
    pub(crate) fn is_full(&self) -> bool {
        self.told.len() >= MOST
    }

    /// Whether nothing is wrong so far.
    pub(crate) fn is_empty(&self) -> bool {
        self.told.is_empty()
    }

    /// All findings, with a last one at `file` about those that were left out.
    pub(crate) fn into_findings(mut self, name: &str, file: Place) -> Vec<Finding> {
        if self.untold > 0 {
            let message = format!("{name} has {} further faults that are not shown", self.untold);
            self.told.push(
                Finding::error(Layer::Declaration, "too-many-faults", message)
                    .at(file)
                    .hint("correct the first ones and check again"),
            );
        }
        self.told
    }
}
