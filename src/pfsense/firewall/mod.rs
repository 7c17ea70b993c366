//! The firewall that runs the FRR package: its interfaces, aliases and rules, and what occupies addresses.
//!
//! Only what config.xml says is known. An interface on DHCP has an unknown address, an alias of host
//! names unknown members; every answer says when it rests on something like that.
//!
//! | file | for |
//! | --- | --- |
//! | [`span`] | ranges of addresses |
//! | [`interfaces`] | interfaces, groups, virtual addresses |
//! | [`aliases`] | aliases, nested ones included |
//! | [`rules`] | would this traffic pass? |
//! | [`occupied()`] | everything that has addresses for itself |

pub mod aliases;
pub mod interfaces;
pub mod occupied;
pub mod rules;
pub mod span;
#[cfg(test)]
mod tests;

pub use aliases::Aliases;
pub use interfaces::{Interface, Interfaces};
pub use occupied::{Occupied, Use, occupied};
pub use rules::{Decision, Flow, Protocol, Rules, Verdict};
pub use span::Span;

/// What is known about a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// It holds.
    Yes,
    /// It does not.
    No,
    /// It depends on something that config.xml does not say.
    Maybe,
}

impl Truth {
    /// From what is certain.
    pub fn of(holds: bool) -> Truth {
        if holds { Truth::Yes } else { Truth::No }
    }

    /// Both hold.
    #[must_use]
    pub fn and(self, other: Truth) -> Truth {
        match (self, other) {
            (Truth::No, _) | (_, Truth::No) => Truth::No,
            (Truth::Yes, Truth::Yes) => Truth::Yes,
            _ => Truth::Maybe,
        }
    }

    /// One of them holds.
    #[must_use]
    pub fn or(self, other: Truth) -> Truth {
        self.negate().and(other.negate()).negate()
    }

    /// The opposite.
    #[must_use]
    pub fn negate(self) -> Truth {
        match self {
            Truth::Yes => Truth::No,
            Truth::No => Truth::Yes,
            Truth::Maybe => Truth::Maybe,
        }
    }
}
