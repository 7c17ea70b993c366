//! Prefix lists, access lists and route maps: what their lines do together, and to whom.
//!
//! FRR applies neighboring lines of lists and maps as one transaction. A line that its model refuses
//! takes the whole transaction with it, and the reload still reports success.
//! A filter that names a missing list denies everything; a prefix list that exists only through its
//! description permits everything.
//! Read next: [`super::bgp`].

use std::collections::{HashMap, HashSet};

use ipnet::IpNet;

use super::commands::Scope;
use super::walk::{Line, Parsed};
use super::{Consequence, Judged, found};
use crate::finding::Severity;

/// What a name can stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Prefix4,
    Prefix6,
    Access4,
    Access6,
    AsPath,
    RouteMap,
}

impl Kind {
    fn shown(self) -> &'static str {
        match self {
            Kind::Prefix4 => "ip prefix-list",
            Kind::Prefix6 => "ipv6 prefix-list",
            Kind::Access4 => "access-list",
            Kind::Access6 => "ipv6 access-list",
            Kind::AsPath => "as-path access-list",
            Kind::RouteMap => "route-map",
        }
    }
}

#[derive(Default)]
struct Defined<'a> {
    rows: HashSet<(Kind, &'a str)>,
    described: HashSet<(Kind, &'a str)>,
}

/// Everything about lists and maps.
pub(super) fn judge(lines: &[Line<'_>]) -> Vec<Judged> {
    let mut all = transactions(lines);
    let defined = defined(lines);
    all.extend(
        lines.iter().filter(|line| line.parsed == Parsed::Yes).filter_map(|line| used(line, &defined)),
    );
    all
}

fn defined<'a>(lines: &[Line<'a>]) -> Defined<'a> {
    let mut defined = Defined::default();
    for line in lines.iter().filter(|line| line.parsed == Parsed::Yes && line.scope == Scope::Top) {
        if let Some((kind, name)) = prefix_list(&line.words) {
            let set = if line.words.get(3) == Some(&"description") {
                &mut defined.described
            } else {
                &mut defined.rows
            };
            set.insert((kind, name));
            continue;
        }
        // A remark alone makes an access list without rows, which denies; it counts as defined.
        let kind = match line.words.as_slice() {
            ["access-list", ..] => Kind::Access4,
            ["ipv6", "access-list", ..] => Kind::Access6,
            ["bgp", "as-path", "access-list", ..] => Kind::AsPath,
            ["route-map", ..] => Kind::RouteMap,
            _ => continue,
        };
        let at = match kind {
            Kind::Access4 | Kind::RouteMap => 1,
            Kind::Access6 => 2,
            _ => 3,
        };
        defined.rows.extend(line.words.get(at).map(|name| (kind, *name)));
    }
    defined
}

/// The list a line belongs to. A row of `ip prefix-list` with an IPv6 prefix makes an IPv6 list,
/// because FRR takes `ip` for a short `ipv6` there.
fn prefix_list<'a>(words: &[&'a str]) -> Option<(Kind, &'a str)> {
    let [family @ ("ip" | "ipv6"), "prefix-list", name, rest @ ..] = words else { return None };
    let six =
        *family == "ipv6" || (rest.first() != Some(&"description") && row(words).is_some_and(|row| row.six));
    Some((if six { Kind::Prefix6 } else { Kind::Prefix4 }, name))
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Row<'a> {
    six: bool,
    seq: Option<u32>,
    permit: bool,
    source: &'a str,
    prefix: Option<IpNet>,
    ge: Option<u8>,
    le: Option<u8>,
}

fn row<'a>(words: &[&'a str]) -> Option<Row<'a>> {
    let at = words.iter().position(|word| matches!(*word, "permit" | "deny")).filter(|&at| at >= 3)?;
    let source: &str = words.get(at + 1)?;
    let prefix: Option<IpNet> = source.parse().ok();
    let bound = |name: &str| {
        let at = words.iter().skip(at + 2).position(|word| *word == name)? + at + 3;
        words.get(at)?.parse().ok()
    };
    Some(Row {
        six: words.first() == Some(&"ipv6") || matches!(prefix, Some(IpNet::V6(_))),
        seq: words.get(at - 1).filter(|_| words.get(at - 2) == Some(&"seq")).and_then(|seq| seq.parse().ok()),
        permit: words.get(at) == Some(&"permit"),
        source,
        prefix: prefix.map(|net| net.trunc()),
        ge: bound("ge"),
        le: bound("le"),
    })
}

impl Row<'_> {
    /// FRR wants the length of the prefix ≤ ge ≤ le.
    fn ordered(&self) -> bool {
        let Some(prefix) = self.prefix else { return true };
        let length = prefix.prefix_len();
        self.ge.is_none_or(|ge| length <= ge)
            && self.le.is_none_or(|le| length <= le)
            && self.ge.zip(self.le).is_none_or(|(ge, le)| ge <= le)
    }
}

/// Why the model refuses a line.
struct Fault<'a, 'b> {
    line: &'b Line<'a>,
    rule: &'static str,
    object: String,
    message: String,
    hint: &'static str,
}

/// Finds refused transactions: runs of lines of lists and maps, ended by any other command.
fn transactions(lines: &[Line<'_>]) -> Vec<Judged> {
    let mut all = Vec::new();
    let mut start = 0;
    while start < lines.len() {
        let run = lines.get(start..).unwrap_or_default();
        let length = run.iter().take_while(|line| groups(line)).count();
        transaction(run.get(..length).unwrap_or_default(), &mut all);
        start += length + 1;
    }
    all
}

/// Lines that FRR keeps in its model and applies together. Refused lines never get there, so they
/// do not end the run either.
fn groups(line: &Line<'_>) -> bool {
    if line.parsed == Parsed::No {
        return true;
    }
    match line.scope {
        Scope::RouteMap => true,
        Scope::Top => {
            prefix_list(&line.words).is_some()
                || matches!(
                    line.words.as_slice(),
                    ["access-list", ..] | ["ipv6", "access-list", ..] | ["route-map", ..]
                )
        }
        _ => false,
    }
}

fn transaction(run: &[Line<'_>], all: &mut Vec<Judged>) {
    let faults = faults(run);
    if faults.is_empty() {
        return;
    }
    let mut names: Vec<String> = Vec::new();
    let mut seen = HashSet::new();
    for line in run {
        let name = match (prefix_list(&line.words), line.words.as_slice()) {
            (Some((kind, name)), _) => format!("{} {name}", kind.shown()),
            (None, ["access-list" | "route-map", name, ..]) => {
                format!("{} {name}", line.words.first().unwrap_or(&""))
            }
            _ => continue,
        };
        if seen.insert(name.clone()) {
            names.push(name);
        }
    }
    const NAMED: usize = 5;
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    let mut lost = names.join(", ");
    if more > 0 {
        lost.push_str(&format!(" and {more} more"));
    }
    for fault in faults {
        let message = format!("{}; at the next start the whole group is missing: {lost}", fault.message);
        all.push(found(
            Severity::Error,
            fault.rule,
            fault.line,
            &fault.object,
            &message,
            fault.hint,
            Consequence::GroupRefused,
        ));
    }
}

fn faults<'a, 'b>(run: &'b [Line<'a>]) -> Vec<Fault<'a, 'b>> {
    let mut faults = Vec::new();
    // Rows by list and meaning, with the text they were written in: FRR drops an exact repetition.
    let mut rows: HashMap<(Kind, &str, Row<'_>), &str> = HashMap::new();
    let mut sequences: HashMap<(Kind, &str, u32), bool> = HashMap::new();
    let mut entry: Option<(&str, i64)> = None;
    for line in run.iter().filter(|line| line.parsed == Parsed::Yes) {
        if let (Some((kind, name)), Some(row)) = (prefix_list(&line.words), row(&line.words)) {
            if line.words.get(3) == Some(&"description") {
                continue;
            }
            let object = format!("{} {name}", kind.shown());
            if !row.ordered() {
                faults.push(Fault {
                    line,
                    rule: "frr-prefix-list-range",
                    object,
                    message: format!("`{}` breaks length <= ge <= le", super::shown(&line.words)),
                    hint: "make ge and le at least the length of the prefix, and ge no longer than le",
                });
                continue;
            }
            if let Some(seq) = row.seq {
                let before = sequences.insert((kind, name, seq), row.prefix.is_some());
                if before == Some(true) && row.prefix.is_none() {
                    faults.push(Fault {
                        line,
                        rule: "frr-prefix-list-sequence",
                        object,
                        message: format!("sequence number {seq} has both a prefix and `any`"),
                        hint: "give every row a sequence number of its own",
                    });
                    continue;
                }
            }
            let same = Row { source: "", seq: None, ..row };
            let first = *rows.entry((kind, name, same)).or_insert(row.source);
            if row.prefix.is_some() && first != row.source {
                faults.push(Fault {
                    line,
                    rule: "frr-prefix-list-duplicate",
                    object,
                    message: format!(
                        "`{}` and `{first}` are the same prefix, which FRR refuses in one list",
                        row.source
                    ),
                    hint: "keep one of the two rows",
                });
            }
            continue;
        }
        match line.words.as_slice() {
            ["route-map", name, _, seq] => entry = super::grammar::number(seq).map(|seq| (*name, seq)),
            words if line.scope == Scope::RouteMap => {
                let Some((name, seq)) = entry else { continue };
                faults.extend(map_fault(words, name, seq).map(|(message, hint)| Fault {
                    line,
                    rule: "frr-route-map-refused",
                    object: format!("route-map {name}"),
                    message,
                    hint,
                }));
            }
            _ => {}
        }
    }
    faults
}

fn map_fault(words: &[&str], name: &str, seq: i64) -> Option<(String, &'static str)> {
    match words {
        ["on-match", "goto", target] if super::grammar::number(target)? <= seq => {
            Some((format!("entry {seq} jumps back to {target}"), "jump to a later entry"))
        }
        ["call", called] if *called == name => Some(("the map calls itself".to_owned(), "call another map")),
        ["set", "ip", "next-hop", address] => {
            let address: std::net::Ipv4Addr = address.parse().ok()?;
            (address.is_unspecified() || address.is_multicast())
                .then(|| (format!("{address} cannot be a next hop"), "give the address of a router"))
        }
        _ => None,
    }
}

/// A name that is used: by a neighbor's filter or by an entry of a route map.
fn used(line: &Line<'_>, defined: &Defined<'_>) -> Option<Judged> {
    let six = line.scope == Scope::Ipv6;
    match (line.scope, line.words.as_slice()) {
        (Scope::Ipv4 | Scope::Ipv6, ["neighbor", neighbor, setting, name, "in" | "out"]) => {
            let kind = match (*setting, six) {
                ("prefix-list", false) => Kind::Prefix4,
                ("prefix-list", true) => Kind::Prefix6,
                ("distribute-list", false) => Kind::Access4,
                ("distribute-list", true) => Kind::Access6,
                ("filter-list", _) => Kind::AsPath,
                ("route-map", _) => Kind::RouteMap,
                _ => return None,
            };
            filter(line, &format!("neighbor {neighbor}"), kind, name, defined)
        }
        (Scope::RouteMap, ["match", family @ ("ip" | "ipv6"), "address", rest @ ..]) => {
            let (kind, name) = match (*family, rest) {
                ("ip", ["prefix-list", name]) => (Kind::Prefix4, name),
                ("ipv6", ["prefix-list", name]) => (Kind::Prefix6, name),
                ("ip", [name]) => (Kind::Access4, name),
                (_, [name]) => (Kind::Access6, name),
                _ => return None,
            };
            matched(line, kind, name, defined)
        }
        _ => None,
    }
}

fn filter(line: &Line<'_>, object: &str, kind: Kind, name: &str, defined: &Defined<'_>) -> Option<Judged> {
    let shown = kind.shown();
    if defined.rows.contains(&(kind, name)) {
        return None;
    }
    if defined.described.contains(&(kind, name)) {
        return Some(open(line, object, shown, name, "everything passes the filter"));
    }
    Some(found(
        Severity::Warning,
        "frr-list-missing",
        line,
        object,
        &format!("{shown} {name} is not defined in a form FRR takes, so the filter denies everything"),
        "define it, or take the filter off the neighbor",
        Consequence::DeniesEverything,
    ))
}

fn matched(line: &Line<'_>, kind: Kind, name: &str, defined: &Defined<'_>) -> Option<Judged> {
    let shown = kind.shown();
    if defined.rows.contains(&(kind, name)) {
        return None;
    }
    if defined.described.contains(&(kind, name)) {
        return Some(open(line, "route-map", shown, name, "the entry matches everything"));
    }
    Some(found(
        Severity::Warning,
        "frr-match-missing",
        line,
        "route-map",
        &format!("{shown} {name} is not defined in a form FRR takes, so the entry matches nothing"),
        "define it, or take the condition out of the entry",
        Consequence::MatchesNothing,
    ))
}

fn open(line: &Line<'_>, object: &str, shown: &str, name: &str, effect: &str) -> Judged {
    found(
        Severity::Error,
        "frr-list-only-described",
        line,
        object,
        &format!("{shown} {name} has a description and no row FRR takes, so {effect}"),
        "give the list a valid row, or remove its description too",
        Consequence::OpensSession,
    )
}
