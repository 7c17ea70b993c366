//! Levels of the FRR package whose generators differ.

use serde::Serialize;

/// A level of `pfSense-pkg-frr`, as far as its generator differs.
///
/// 2.1 (Plus 25.11 and later, CE 2.9 development) runs `mgmtd` as well and writes
/// `enforce-first-as` in both directions; 2.0 stands for 2.0.x (CE 2.7 and 2.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
pub enum PackageLevel {
    /// 2.0.x.
    #[serde(rename = "2.0")]
    V2_0,
    /// 2.1 and later.
    #[default]
    #[serde(rename = "2.1")]
    V2_1,
}

/// A text that names no package level.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no level of the FRR package: known are 2.0 and 2.1")]
pub struct UnknownLevel(String);

impl std::str::FromStr for PackageLevel {
    type Err = UnknownLevel;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "2.0" => Ok(PackageLevel::V2_0),
            "2.1" => Ok(PackageLevel::V2_1),
            _ => Err(UnknownLevel(text.to_owned())),
        }
    }
}

impl std::fmt::Display for PackageLevel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            PackageLevel::V2_0 => "2.0",
            PackageLevel::V2_1 => "2.1",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_written_as_they_are_read() {
        for level in [PackageLevel::V2_0, PackageLevel::V2_1] {
            assert_eq!(level.to_string().parse(), Ok(level));
        }
        assert!("1.9".parse::<PackageLevel>().is_err());
    }
}
