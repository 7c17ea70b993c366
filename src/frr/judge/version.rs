//! The FRR versions that the judge has a column for.
//!
//! Never guesses: a version nobody has run is [`FrrVersion::Unmeasured`], and then a line counts as
//! known as soon as any column or the newer documentation knows it.
//! Read next: [`super::commands`], where a line says which columns lack it.

use std::fmt;

/// A column of the table of commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FrrVersion {
    /// FRR 8.4, run and compared line by line.
    V8_4,
    /// Any other: judged leniently.
    Unmeasured,
}

impl FrrVersion {
    /// The column for a version as FRR prints it, such as `8.4.4` or `10.5.1`.
    pub fn of(version: &str) -> Self {
        let mut parts = version.trim().split(|c: char| !c.is_ascii_digit());
        match (parts.next(), parts.next()) {
            (Some("8"), Some("4")) => FrrVersion::V8_4,
            _ => FrrVersion::Unmeasured,
        }
    }
}

impl fmt::Display for FrrVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FrrVersion::V8_4 => "FRR 8.4",
            FrrVersion::Unmeasured => "FRR",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_measured_versions_have_a_column() {
        assert_eq!(FrrVersion::of("8.4.4"), FrrVersion::V8_4);
        assert_eq!(FrrVersion::of("8.4-1~deb12u1"), FrrVersion::V8_4);
        for other in ["8.40", "10.5.1", "9.1", "18.4", "", "unknown"] {
            assert_eq!(FrrVersion::of(other), FrrVersion::Unmeasured, "{other}");
        }
    }
}
