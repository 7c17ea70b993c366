//! MetalLB releases and BGP backends.
//!
//! Only releases whose rules differ, or that people name, are listed. Anything else is judged as its
//! nearest known relative, and [`Version::parse`] says so. This file holds no rules: see
//! [`features`](super::features).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A MetalLB release, oldest first, so that `version >= Version::V0_15_0` reads as meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// 0.14.9, December 2024.
    V0_14_9,
    /// 0.15.0, the only release that refuses pools which hold node addresses.
    V0_15_0,
    /// 0.15.1.
    V0_15_1,
    /// 0.15.2, June 2025.
    V0_15_2,
    /// 0.15.3, December 2025.
    V0_15_3,
    /// 0.16.0, May 2026: peers are compared only where they share a node.
    V0_16_0,
    /// 0.16.1.
    V0_16_1,
    /// The main branch, known up to July 2026.
    Main,
}

impl Version {
    /// All known releases, oldest first.
    pub const ALL: [Version; 8] = [
        Version::V0_14_9,
        Version::V0_15_0,
        Version::V0_15_1,
        Version::V0_15_2,
        Version::V0_15_3,
        Version::V0_16_0,
        Version::V0_16_1,
        Version::Main,
    ];

    /// What is assumed where nobody says and nothing live can be asked.
    pub const DEFAULT: Version = Version::V0_15_2;

    /// The release number as printed, without a leading `v`.
    pub fn as_str(self) -> &'static str {
        match self {
            Version::V0_14_9 => "0.14.9",
            Version::V0_15_0 => "0.15.0",
            Version::V0_15_1 => "0.15.1",
            Version::V0_15_2 => "0.15.2",
            Version::V0_15_3 => "0.15.3",
            Version::V0_16_0 => "0.16.0",
            Version::V0_16_1 => "0.16.1",
            Version::Main => "main",
        }
    }

    fn number(self) -> (u64, u64, u64) {
        match self {
            Version::V0_14_9 => (0, 14, 9),
            Version::V0_15_0 => (0, 15, 0),
            Version::V0_15_1 => (0, 15, 1),
            Version::V0_15_2 => (0, 15, 2),
            Version::V0_15_3 => (0, 15, 3),
            Version::V0_16_0 => (0, 16, 0),
            Version::V0_16_1 => (0, 16, 1),
            Version::Main => (u64::MAX, 0, 0),
        }
    }

    /// Reads a release number or image tag, with or without `v`.
    ///
    /// A release that is not listed is taken for its nearest relative, and the second value is a
    /// sentence that says so: an unknown patch for the latest known patch below it, a newer minor for
    /// main, anything older for the oldest.
    ///
    /// # Errors
    /// If the text is neither `main` nor `MAJOR.MINOR.PATCH`.
    pub fn parse(text: &str) -> Result<(Version, Option<String>), UnknownVersion> {
        if text == "main" {
            return Ok((Version::Main, None));
        }
        let number = number(text).ok_or_else(|| UnknownVersion { text: text.to_owned() })?;
        if let Some(known) = Version::ALL.into_iter().find(|v| v.number() == number) {
            return Ok((known, None));
        }
        let newest = Version::V0_16_1.number();
        let taken = if (number.0, number.1) > (newest.0, newest.1) {
            Version::Main
        } else {
            Version::ALL.into_iter().rfind(|v| v.number() < number).unwrap_or(Version::V0_14_9)
        };
        Ok((taken, Some(format!("metallb {text} is not known, judged by the rules of {taken}"))))
    }
}

/// `v0.15.2`, `0.15.2`, `0.15.2-rc1` or `0.15.2+build`, as three numbers.
fn number(text: &str) -> Option<(u64, u64, u64)> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let text = text.split(['-', '+']).next()?;
    let mut parts = text.split('.');
    let mut next = || -> Option<u64> {
        let part = parts.next()?;
        part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse().ok()).flatten()
    };
    let number = (next()?, next()?, next()?);
    parts.next().is_none().then_some(number)
}

/// The text names no release.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no metallb version: expected a number such as 0.15.2, or main")]
pub struct UnknownVersion {
    /// What was given.
    pub text: String,
}

impl FromStr for Version {
    type Err = UnknownVersion;

    /// As [`Version::parse`], for callers that do not show the note.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Version::parse(text).map(|(version, _)| version)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Which program speaks BGP on the nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Backend {
    /// Go code in the speaker.
    Native,
    /// An FRR container in the speaker's pod.
    Frr,
    /// A DaemonSet of its own, fed through FRRConfiguration objects.
    FrrK8s,
}

impl Backend {
    /// All backends.
    pub const ALL: [Backend; 3] = [Backend::Native, Backend::Frr, Backend::FrrK8s];

    /// The value as in `METALLB_BGP_TYPE`.
    pub fn as_str(self) -> &'static str {
        match self {
            Backend::Native => "native",
            Backend::Frr => "frr",
            Backend::FrrK8s => "frr-k8s",
        }
    }

    /// Whether FRR speaks, by whichever way it is configured. MetalLB's parser knows only this.
    pub fn is_frr(self) -> bool {
        self != Backend::Native
    }
}

/// The text names no backend.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no backend: expected native, frr or frr-k8s")]
pub struct UnknownBackend {
    /// What was given.
    pub text: String,
}

impl FromStr for Backend {
    type Err = UnknownBackend;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Backend::ALL
            .into_iter()
            .find(|backend| backend.as_str() == text)
            .ok_or_else(|| UnknownBackend { text: text.to_owned() })
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_read_as_people_and_image_tags_write_them() {
        for (text, version, noted) in [
            ("0.15.2", Version::V0_15_2, false),
            ("v0.15.2", Version::V0_15_2, false),
            ("v0.16.0-rc1", Version::V0_16_0, false),
            ("main", Version::Main, false),
            ("0.15.7", Version::V0_15_3, true),
            ("0.16.9", Version::V0_16_1, true),
            ("0.17.0", Version::Main, true),
            ("1.0.0", Version::Main, true),
            ("0.13.12", Version::V0_14_9, true),
        ] {
            let (read, note) = Version::parse(text).expect(text);
            assert_eq!((read, note.is_some()), (version, noted), "{text}");
        }
        for text in ["", "0.15", "latest", "0.15.2.1", "+0.1.2", "0.x.1", "vv0.15.2"] {
            assert!(Version::parse(text).is_err(), "{text}");
        }
        for version in Version::ALL {
            assert_eq!(version.to_string().parse(), Ok(version));
        }
    }

    #[test]
    fn backends_read_as_metallb_writes_them() {
        for backend in Backend::ALL {
            assert_eq!(backend.to_string().parse(), Ok(backend));
            let json = serde_json::to_value(backend).expect("a text");
            assert_eq!(json, backend.as_str());
        }
        assert!("FRR".parse::<Backend>().is_err());
    }
}
