//! Autonomous system numbers.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// An autonomous system number, 1 to 4294967295. Shown plain, never as asdot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Asn(u32);

/// Why a text or number is no ASN.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AsnError {
    /// 0, or above 4294967295.
    #[error("{0} is outside 1 to 4294967295")]
    OutOfRange(String),
    /// Not a number and not asdot.
    #[error("`{0}` is no number and no asdot form")]
    NotANumber(String),
}

/// What an ASN is set aside for, where it is (IANA registry of special-purpose AS numbers).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AsnUse {
    /// AS_TRANS, 23456: stands for any 4-byte ASN in old messages; never an ASN of one's own.
    Trans,
    /// 65535 and 4294967295: reserved (RFC 7300).
    Last,
    /// 64496–64511 and 65536–65551: documentation (RFC 5398).
    Documentation,
    /// 64512–65534 and 4200000000–4294967294: private use (RFC 6996).
    Private,
    /// 65552–131071: reserved by IANA.
    Reserved,
    /// 112: the AS112 project (RFC 7534).
    As112,
    /// Everything else: assigned by a registry.
    Public,
}

impl Asn {
    /// An ASN from a number.
    pub fn new(number: u64) -> Result<Self, AsnError> {
        match u32::try_from(number) {
            Ok(n) if n != 0 => Ok(Asn(n)),
            _ => Err(AsnError::OutOfRange(number.to_string())),
        }
    }

    /// The number.
    pub fn get(self) -> u32 {
        self.0
    }

    /// What the number is set aside for.
    pub fn usage(self) -> AsnUse {
        match self.0 {
            23456 => AsnUse::Trans,
            65535 | 4_294_967_295 => AsnUse::Last,
            64496..=64511 | 65536..=65551 => AsnUse::Documentation,
            64512..=65534 | 4_200_000_000..=4_294_967_294 => AsnUse::Private,
            65552..=131_071 => AsnUse::Reserved,
            112 => AsnUse::As112,
            _ => AsnUse::Public,
        }
    }
}

impl fmt::Display for Asn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Asn {
    type Err = AsnError;

    /// Plain decimal, or asdot with both halves from 0 to 65535 and without leading zeros.
    fn from_str(text: &str) -> Result<Self, AsnError> {
        let number = |part: &str| -> Option<u64> {
            let canonical = part == "0" || !part.starts_with('0');
            let digits = !part.is_empty() && part.len() <= 20 && part.bytes().all(|b| b.is_ascii_digit());
            (canonical && digits).then(|| part.parse().ok()).flatten()
        };
        let not_a_number = || AsnError::NotANumber(text.to_owned());
        match text.split_once('.') {
            None => Asn::new(number(text).ok_or_else(not_a_number)?),
            Some((high, low)) => {
                let high = number(high).ok_or_else(not_a_number)?;
                let low = number(low).ok_or_else(not_a_number)?;
                if high > 65535 || low > 65535 {
                    return Err(AsnError::OutOfRange(text.to_owned()));
                }
                Asn::new(high << 16 | low).map_err(|_| AsnError::OutOfRange(text.to_owned()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_and_asdot() {
        assert_eq!("64500".parse(), Ok(Asn(64500)));
        assert_eq!("4294967295".parse(), Ok(Asn(u32::MAX)));
        assert_eq!("1.10".parse(), Ok(Asn(65546)));
        assert_eq!("0.64500".parse(), Ok(Asn(64500)));
        for refused in [
            "",
            "0",
            "0.0",
            "4294967296",
            "65536.1",
            "1.65536",
            "1.2.3",
            "01.2",
            "-1",
            "AS1",
            "1.",
            ".1",
            " 1",
        ] {
            assert!(refused.parse::<Asn>().is_err(), "{refused}");
        }
    }

    #[test]
    fn special_ranges() {
        let usage = |n| Asn(n).usage();
        assert_eq!(usage(23456), AsnUse::Trans);
        assert_eq!(usage(64500), AsnUse::Documentation);
        assert_eq!(usage(64512), AsnUse::Private);
        assert_eq!(usage(65535), AsnUse::Last);
        assert_eq!(usage(4_200_000_000), AsnUse::Private);
        assert_eq!(usage(70_000), AsnUse::Reserved);
        assert_eq!(usage(3320), AsnUse::Public);
    }
}
