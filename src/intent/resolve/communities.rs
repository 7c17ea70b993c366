//! BGP communities: values, declared aliases, and the well-known names.

use super::report::{FirstPlaces, Report, error, quoted};
use super::scope::{Known, Scope};
use crate::declaration::{Cursor, types};
use crate::intent::{Community, Sited};
use std::collections::{BTreeMap, HashMap};

/// Well-known communities (RFC 1997, 7611, 7999, 8326, 9494, and IANA's registry). MetalLB knows none of
/// these names, so they are replaced by their values. `local-as` is FRR's name for `no-export-subconfed`.
const WELL_KNOWN: [(&str, Community); 10] = [
    ("no-export", Community::Standard(65535, 65281)),
    ("no-advertise", Community::Standard(65535, 65282)),
    ("no-export-subconfed", Community::Standard(65535, 65283)),
    ("local-as", Community::Standard(65535, 65283)),
    ("no-peer", Community::Standard(65535, 65284)),
    ("graceful-shutdown", Community::Standard(65535, 0)),
    ("accept-own", Community::Standard(65535, 1)),
    ("llgr-stale", Community::Standard(65535, 6)),
    ("no-llgr", Community::Standard(65535, 7)),
    ("blackhole", Community::Standard(65535, 666)),
];

/// Communities that a route can carry when MetalLB announces it: beyond that the native speaker's
/// attribute no longer fits its length byte.
const MOST: usize = 63;

pub(super) fn aliases(
    spec: &types::Spec,
    at: Cursor<'_>,
    scope: &mut Scope<'_>,
) -> BTreeMap<String, Sited<Community>> {
    let mut resolved = BTreeMap::new();
    let places: HashMap<&str, Cursor<'_>> = at.key("communities").entries().collect();
    for (alias, text) in &spec.communities {
        let here = places.get(alias.as_str()).copied().unwrap_or(at);
        check_alias(alias, here, &mut scope.report);
        let what = format!("communities.{alias}");
        let value = match parse(text) {
            Parsed::Value(value) => value,
            Parsed::Malformed(reason) => {
                refuse(text, &reason, &what, here, &mut scope.report);
                continue;
            }
            Parsed::Name => match well_known(text) {
                Some(value) => value,
                None => {
                    refuse(text, "is no value", &what, here, &mut scope.report);
                    continue;
                }
            },
        };
        scope.communities.set(alias, Some(value));
        resolved.insert(alias.clone(), Sited::new(value, here.place()));
    }
    resolved
}

fn check_alias(alias: &str, at: Cursor<'_>, report: &mut Report) {
    let word = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let (reason, hint) = if well_known(alias).is_some() {
        ("is a well-known community already", "use it without an alias, or choose another name")
    } else if alias.is_empty() || !alias.bytes().all(word) {
        ("holds more than letters, digits, `-`, `_` and `.`", "choose a plain word such as `backup`")
    } else {
        return;
    };
    report.push(
        error("community-alias-invalid", format!("communities: the alias {} {reason}", quoted(alias)))
            .at(at.key_place())
            .hint(hint),
    );
}

/// The communities of an advertisement, each once.
pub(super) fn resolve(
    texts: &[String],
    what: &str,
    at: Cursor<'_>,
    scope: &mut Scope<'_>,
) -> Vec<Sited<Community>> {
    let mut resolved = Vec::new();
    let mut seen = FirstPlaces::new();
    for (text, here) in texts.iter().zip(at.items()) {
        let value = match parse(text) {
            Parsed::Value(value) => value,
            Parsed::Malformed(reason) => {
                refuse(text, &reason, what, here, &mut scope.report);
                continue;
            }
            Parsed::Name => match named(text, what, here, &scope.communities, &mut scope.report) {
                Some(value) => value,
                None => continue,
            },
        };
        if let Some(first) = seen.repeated(value, here.place()) {
            scope.report.push(
                error("adv-dup-community", format!("{what} attaches {value} twice"))
                    .at(here.place())
                    .label(first, "first here")
                    .hint("remove one of them"),
            );
            continue;
        }
        resolved.push(Sited::new(value, here.place()));
    }
    if resolved.len() > MOST {
        let message =
            format!("{what} attaches {} communities, and MetalLB announces at most {MOST}", resolved.len());
        scope.report.push(
            error("adv-many-communities", message)
                .at(at.key_place())
                .hint("attach fewer; large communities carry more in one"),
        );
    }
    resolved
}

fn named(
    name: &str,
    what: &str,
    at: Cursor<'_>,
    declared: &Known<'_, Option<Community>>,
    report: &mut Report,
) -> Option<Community> {
    if let Some(value) = declared.get(name) {
        return *value;
    }
    if let Some(value) = well_known(name) {
        return Some(value);
    }
    let mut known: Vec<&str> = declared.names().chain(WELL_KNOWN.iter().map(|(name, _)| *name)).collect();
    known.sort_unstable();
    let hint =
        report.did_you_mean(name, known, "define it in spec.communities, or write a value such as 64500:70");
    report.push(
        error("adv-community-unknown", format!("{what}: there is no community called {}", quoted(name)))
            .at(at.place())
            .hint(hint),
    );
    None
}

fn refuse(text: &str, reason: &str, what: &str, at: Cursor<'_>, report: &mut Report) {
    report.push(
        error("adv-community-value", format!("{what}: {} {reason}", quoted(text)))
            .at(at.place())
            .hint("write `a:b` with parts to 65535, or `large:a:b:c` with parts to 4294967295"),
    );
}

fn well_known(name: &str) -> Option<Community> {
    WELL_KNOWN.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
}

enum Parsed {
    Value(Community),
    /// Has the form of a value, and is none.
    Malformed(String),
    /// Has no colon: a name.
    Name,
}

fn parse(text: &str) -> Parsed {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let malformed = |part: &str, max: u32| {
        Parsed::Malformed(format!("has the part {}, which is no number from 0 to {max}", quoted(part)))
    };
    match parts[..] {
        [_] => Parsed::Name,
        [a, b] => match (number(a), number(b)) {
            (Some(high), Some(low)) => match (u16::try_from(high), u16::try_from(low)) {
                (Ok(high), Ok(low)) => Parsed::Value(Community::Standard(high, low)),
                (Err(_), _) => malformed(a, u16::MAX.into()),
                (_, Err(_)) => malformed(b, u16::MAX.into()),
            },
            (None, _) => malformed(a, u16::MAX.into()),
            (_, None) => malformed(b, u16::MAX.into()),
        },
        ["large", a, b, c] => match (number(a), number(b), number(c)) {
            (Some(a), Some(b), Some(c)) => Parsed::Value(Community::Large(a, b, c)),
            (None, _, _) => malformed(a, u32::MAX),
            (_, None, _) => malformed(b, u32::MAX),
            (_, _, None) => malformed(c, u32::MAX),
        },
        [_, _, _] => Parsed::Malformed("has three parts; a large community begins with `large:`".into()),
        _ => Parsed::Malformed("is neither `a:b` nor `large:a:b:c`".into()),
    }
}

fn number(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}
