//! What FRR makes of configuration text: which lines it refuses, and what follows from that.
//!
//! FRR's tools answer with an exit status that is rarely read; the pfSense package reads none. One
//! line that FRR cannot parse makes every reload fail, so that nothing of the new file takes effect
//! until the next restart. The judge says so before the text is written.
//!
//! Only lines that metalsense and the pfSense package can write are judged; about all others it says
//! nothing. It never runs FRR; tests do, to hold the tables against the real program.
//! Read next: [`commands`] (the data), [`walk`] (blocks), [`bgp`] and [`lists`] (meaning).

mod bgp;
mod commands;
mod community;
mod grammar;
mod lists;
mod version;
mod walk;

pub use version::FrrVersion;

use crate::finding::{Finding, Layer, Severity};
use walk::{Line, Parsed};

/// What follows from a line, on a reload and on a start of FRR.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Consequence {
    /// FRR cannot parse the line: every reload is refused whole until the line is gone. A start skips
    /// the line.
    FreezesReloads,
    /// A daemon refuses the line: everything else is applied, and the reload reports an error.
    LineRefused,
    /// A group of list and route-map lines is refused together: after a start they are all missing,
    /// on a reload the old ones stay and success is reported.
    GroupRefused,
    /// The filter permits everything.
    OpensSession,
    /// The filter denies everything.
    DeniesEverything,
    /// An entry of a route map never matches.
    MatchesNothing,
}

/// A finding with its line and its consequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The message.
    pub finding: Finding,
    /// The line, from 1.
    pub line: usize,
    /// What follows.
    pub consequence: Consequence,
}

impl From<Judged> for Finding {
    fn from(judged: Judged) -> Finding {
        judged.finding
    }
}

/// Judges a whole frr.conf, in the order of its lines.
///
/// Bytes that are not UTF-8 are shown as replacement characters and judged like any other: FRR
/// takes them in descriptions. Passwords are never part of a message.
pub fn judge(text: &[u8], version: FrrVersion) -> Vec<Judged> {
    let text = String::from_utf8_lossy(text);
    let lines = walk::lines(&text, version);
    let mut judged: Vec<Judged> = lines.iter().filter_map(|line| unparsed(line, version)).collect();
    judged.extend(bgp::judge(&lines));
    judged.extend(lists::judge(&lines));
    judged.sort_by_key(|j| j.line);
    judged
}

fn unparsed(line: &Line<'_>, version: FrrVersion) -> Option<Judged> {
    let outside = match line.parsed {
        Parsed::No => false,
        Parsed::Outside => true,
        Parsed::Yes | Parsed::Unknown => return None,
    };
    let shown = shown(&line.words);
    let (rule, message, hint) = if outside {
        (
            "frr-line-outside-block",
            format!("`{shown}` stands outside its block"),
            "look for the line above that should open the block, such as `router bgp ASN`",
        )
    } else {
        (
            "frr-line-not-parsed",
            format!("{version} does not know the command `{shown}`"),
            "correct or remove the line; until then no reload takes effect",
        )
    };
    Some(found(
        Severity::Error,
        rule,
        line,
        &object(&line.words),
        &message,
        hint,
        Consequence::FreezesReloads,
    ))
}

/// A finding about a line, with the line's number in front of the message.
fn found(
    severity: Severity,
    rule: &'static str,
    line: &Line<'_>,
    object: &str,
    message: &str,
    hint: &str,
    consequence: Consequence,
) -> Judged {
    let finding = Finding::new(severity, Layer::Frr, rule, format!("line {}: {message}", line.number))
        .on(object)
        .hint(hint);
    Judged { finding, line: line.number, consequence }
}

/// What a line is about: a neighbor, a list, a map, or the configuration.
fn object(words: &[&str]) -> String {
    match words {
        ["no", rest @ ..] => object(rest),
        ["neighbor", name, ..] => format!("neighbor {name}"),
        [family @ ("ip" | "ipv6"), kind @ ("prefix-list" | "access-list"), name, ..] => {
            format!("{family} {kind} {name}")
        }
        ["access-list", name, ..] => format!("access-list {name}"),
        ["route-map", name, ..] => format!("route-map {name}"),
        ["bgp", kind @ ("as-path" | "community-list"), ..] => format!("bgp {kind}"),
        [kind @ ("profile" | "peer"), name, ..] => format!("bfd {kind} {name}"),
        _ => "frr.conf".to_owned(),
    }
}

/// The line for a message: without passwords, and not endless.
fn shown(words: &[&str]) -> String {
    const LONGEST: usize = 120;
    let secret = words
        .iter()
        .position(|word| *word == "password")
        .filter(|&at| matches!((at, words), (0, _) | (2, ["neighbor", ..])));
    let mut text = match secret {
        Some(at) => format!("{} ...", words.get(..=at).unwrap_or_default().join(" ")),
        None => words.join(" "),
    };
    if let Some((cut, _)) = text.char_indices().nth(LONGEST) {
        text.truncate(cut);
        text.push_str("...");
    }
    text
}

#[cfg(test)]
mod tests;
