//! ASNs: the names in `asns`, and every place where an ASN is wanted.

use std::collections::{HashMap, HashSet};

use super::report::{Report, error, info, quoted, warning};
use crate::declaration::{Cursor, types};
use crate::finding::Place;
use crate::intent::Sited;
use crate::intent::asn::{Asn, AsnError, AsnUse};

/// Where ASNs for one's own use are taken from.
const TAKE_PRIVATE: &str = "take one from 64512-65534 or 4200000000-4294967294";

/// The declared names. A name whose number is wrong stays known, so that its uses are not reported.
#[derive(Debug)]
pub(super) struct Asns<'a> {
    known: HashMap<&'a str, Option<Asn>>,
    places: Vec<(&'a str, Place)>,
    used: HashSet<&'a str>,
    incomplete: bool,
}

impl<'a> Asns<'a> {
    pub(super) fn declared(spec: &'a types::Spec, at: Cursor<'_>, report: &mut Report) -> Self {
        let mut asns = Asns {
            known: HashMap::new(),
            places: Vec::new(),
            used: HashSet::new(),
            incomplete: at.incomplete(),
        };
        let places: HashMap<&str, Cursor<'_>> = at.entries().collect();
        for (name, value) in &spec.asns {
            let here = places.get(name.as_str()).copied().unwrap_or(at);
            check_name(name, here.key_place(), report);
            let number = match value {
                types::Asn::Number(number) => Asn::new(*number),
                types::Asn::Text(text) => text.parse(),
            };
            let number = match number {
                Ok(number) => judge(number, &format!("asns.{name}"), here.place(), report),
                Err(reason) => {
                    refuse(&reason, &format!("asns.{name}"), here.place(), report);
                    None
                }
            };
            asns.known.insert(name, number);
            asns.places.push((name, here.key_place()));
        }
        asns
    }

    /// The ASN that a value means. `what` says whose it is.
    pub(super) fn resolve(
        &mut self,
        value: &types::Asn,
        what: &str,
        at: Cursor<'_>,
        report: &mut Report,
    ) -> Option<Sited<Asn>> {
        let parsed = match value {
            types::Asn::Number(number) => Asn::new(*number),
            types::Asn::Text(name) => {
                if let Some((name, number)) = self.known.get_key_value(name.as_str()) {
                    self.used.insert(name);
                    return number.map(|number| Sited::new(number, at.place()));
                }
                name.parse()
            }
        };
        match (parsed, value) {
            (Ok(number), _) => {
                judge(number, what, at.place(), report).map(|number| Sited::new(number, at.place()))
            }
            (Err(_), types::Asn::Text(name)) if !looks_like_number(name) => {
                self.unknown(name, what, at.place(), report);
                None
            }
            (Err(reason), _) => {
                refuse(&reason, what, at.place(), report);
                None
            }
        }
    }

    fn unknown(&self, name: &str, what: &str, place: Place, report: &mut Report) {
        if self.incomplete {
            return;
        }
        let hint = report.did_you_mean(
            name,
            self.places.iter().map(|(name, _)| *name),
            "define it in spec.asns, or write the number",
        );
        report.push(
            error("asn-unknown", format!("{what}: there is no ASN called {}", quoted(name)))
                .at(place)
                .hint(hint),
        );
    }

    /// Remarks names that nothing uses.
    pub(super) fn report_unused(&self, report: &mut Report) {
        for (name, place) in self.places.iter().filter(|(name, _)| !self.used.contains(name)) {
            report.push(
                info("asn-unused", format!("asns.{name} is used nowhere"))
                    .at(*place)
                    .hint("remove it, or use it where its number is written"),
            );
        }
    }
}

/// Whether somebody meant a number by it: digits and dots, with `AS` before them perhaps.
fn looks_like_number(text: &str) -> bool {
    let digits = text.trim().trim_start_matches(['A', 'a', 'S', 's', '-', '+', ' ']);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'_' | b','))
}

fn check_name(name: &str, place: Place, report: &mut Report) {
    let word = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    let reason = if looks_like_number(name) {
        "looks like a number"
    } else if name.is_empty() || !name.bytes().all(word) {
        "holds more than letters, digits, `-` and `_`"
    } else {
        return;
    };
    report.push(
        error("asn-name-invalid", format!("asns: the name {} {reason}", quoted(name)))
            .at(place)
            .hint("choose a word such as `edge`"),
    );
}

fn refuse(reason: &AsnError, what: &str, place: Place, report: &mut Report) {
    let finding = match reason {
        AsnError::OutOfRange(text) => {
            error("asn-out-of-range", format!("{what}: ASN {} is outside 1 to 4294967295", quoted(text)))
                .hint(TAKE_PRIVATE)
        }
        AsnError::NotANumber(text) => {
            let bare = text.trim().trim_start_matches(['A', 'a', 'S', 's', ' ']);
            let hint = match bare.parse::<Asn>() {
                Ok(number) if bare != text => format!("write {number}"),
                _ => "write a number from 1 to 4294967295, or asdot in quotes such as \"1.10\"".into(),
            };
            error("asn-not-a-number", format!("{what}: {} is no ASN", quoted(text))).hint(hint)
        }
    };
    report.push(finding.at(place));
}

/// What the number is set aside for. `None` if it must not be used.
fn judge(number: Asn, what: &str, place: Place, report: &mut Report) -> Option<Asn> {
    let finding = match number.usage() {
        AsnUse::Trans => error(
            "asn-reserved",
            format!(
                "{what}: ASN 23456 (AS_TRANS) stands for four-byte ASNs in old messages and is nobody's own"
            ),
        )
        .hint(TAKE_PRIVATE),
        AsnUse::Last => {
            error("asn-reserved", format!("{what}: ASN {number} is reserved (RFC 7300)")).hint(TAKE_PRIVATE)
        }
        AsnUse::Reserved => warning(
            "asn-iana-reserved",
            format!("{what}: ASN {number} is in 65552-131071, which IANA keeps in reserve"),
        )
        .hint(TAKE_PRIVATE),
        AsnUse::Public | AsnUse::As112 => info("asn-public", format!("{what}: ASN {number} is a public one"))
            .hint(format!("if it is not yours, {TAKE_PRIVATE}")),
        AsnUse::Documentation | AsnUse::Private => return Some(number),
    };
    let refused = finding.severity == crate::finding::Severity::Error;
    report.push(finding.at(place));
    (!refused).then_some(number)
}
