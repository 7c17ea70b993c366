//! BGP communities as MetalLB writes them: `a:b` and `large:a:b:c`.
//!
//! MetalLB knows no well-known names: `no-export` is just an alias that somebody must define.

use std::fmt;
use std::str::FromStr;

/// A community value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CommunityValue {
    /// Two 16-bit parts.
    Standard(u16, u16),
    /// Three 32-bit parts.
    Large(u32, u32, u32),
}

/// Why a text is no community.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommunityError {
    /// It has the form of a value, and a part is wrong.
    #[error("{0}")]
    Value(String),
    /// It has not the form of a value: an alias, if one of that name exists.
    #[error("is neither `a:b` nor `large:a:b:c`")]
    Format,
}

impl FromStr for CommunityValue {
    type Err = CommunityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        match parts[..] {
            [a, b] => Ok(CommunityValue::Standard(part(a)?, part(b)?)),
            ["large", a, b, c] => Ok(CommunityValue::Large(part(a)?, part(b)?, part(c)?)),
            [marker, _, _, _] => Err(CommunityError::Value(format!(
                "begins with `{marker}`, but four parts are a large community and begin with `large`"
            ))),
            _ => Err(CommunityError::Format),
        }
    }
}

/// Digits only, and within the width of the part.
fn part<T: TryFrom<u64> + fmt::Display + Limit>(text: &str) -> Result<T, CommunityError> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let number = if digits { text.parse::<u64>().ok() } else { None };
    number
        .and_then(|number| T::try_from(number).ok())
        .ok_or_else(|| CommunityError::Value(format!("part `{text}` is no number from 0 to {}", T::MAX)))
}

/// The largest value of a part.
trait Limit {
    const MAX: Self;
}

impl Limit for u16 {
    const MAX: u16 = u16::MAX;
}

impl Limit for u32 {
    const MAX: u32 = u32::MAX;
}

impl fmt::Display for CommunityValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CommunityValue::Standard(a, b) => write!(f, "{a}:{b}"),
            CommunityValue::Large(a, b, c) => write!(f, "large:{a}:{b}:{c}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_what_is_none() {
        for (text, value) in [
            ("65000:1", CommunityValue::Standard(65000, 1)),
            ("0:0", CommunityValue::Standard(0, 0)),
            ("065000:01", CommunityValue::Standard(65000, 1)),
            ("large:4200000000:1:2", CommunityValue::Large(4_200_000_000, 1, 2)),
        ] {
            assert_eq!(text.parse(), Ok(value));
        }
        for text in
            ["65536:1", ":1", "a:b", "+1:2", "1: 2", "extended:1:2:3", "large:4294967296:1:2", "large:1:2:"]
        {
            assert!(matches!(text.parse::<CommunityValue>(), Err(CommunityError::Value(_))), "{text}");
        }
        for text in ["", "no-export", "1:2:3", "large:1:2:3:4", "1:2:3:4:5:6:7"] {
            assert_eq!(text.parse::<CommunityValue>(), Err(CommunityError::Format), "{text}");
        }
    }
}
