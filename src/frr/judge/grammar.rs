//! The notation commands are written in, and whether the words of a line fit it.
//!
//! The notation is the one of FRR's manual: `word` (may be abbreviated in a line, as FRR allows),
//! `(1-10)`, `A.B.C.D`, `A.B.C.D/M`, `X:X::X:X`, `X:X::X:X/M`, `NAME` (any one word), `LINE...` (the
//! rest, at least one word), `(1-10)...` (one or more), `[optional]`, `<one|of>`, `{any|order}` and
//! `ASN` (a number, with a dot from FRR 8.5 on, so only in lenient columns).
//!
//! Matching keeps the set of positions a pattern can end at, so that no line makes it slow.
//! Read next: [`super::commands`].

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, Ipv6Addr};

/// One piece of a pattern.
#[derive(Clone, Debug)]
enum Node {
    Word(&'static str),
    Name,
    Range(i64, i64),
    Asn,
    Ipv4,
    Ipv4Prefix,
    Ipv6,
    Ipv6Prefix,
    Rest,
    Many(Box<Node>),
    Optional(Vec<Node>),
    OneOf(Vec<Vec<Node>>),
    AnyOrder(Vec<Vec<Node>>),
}

/// A parsed pattern.
#[derive(Clone, Debug)]
pub(super) struct Pattern(Vec<Node>);

/// How a keyword of the pattern may be written in the line.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Spelling {
    /// In full.
    Full,
    /// In full or cut short, as FRR accepts it.
    Short,
}

impl Pattern {
    /// Reads the notation. The patterns are our own, so a slip shows in the tests of the table.
    pub(super) fn parse(text: &'static str) -> Self {
        let mut rest = text;
        Pattern(sequence(&mut rest))
    }

    /// Whether the words fit from first to last.
    pub(super) fn fits(&self, words: &[&str], spelling: Spelling, dotted_asn: bool) -> bool {
        self.ends(words, spelling, dotted_asn).contains(&words.len())
    }

    /// Where the pattern can end, as numbers of words taken.
    pub(super) fn ends(&self, words: &[&str], spelling: Spelling, dotted_asn: bool) -> BTreeSet<usize> {
        Matcher { words, spelling, dotted_asn }.sequence(&self.0, &BTreeSet::from([0]))
    }
}

/// Reads nodes until the closing sign of the group they stand in.
fn sequence(rest: &mut &'static str) -> Vec<Node> {
    let mut nodes = Vec::new();
    loop {
        *rest = rest.trim_start();
        match rest.as_bytes().first() {
            None | Some(b']' | b'>' | b'}' | b'|') => return nodes,
            Some(b'[') => nodes.push(Node::Optional(alternatives(rest, b']').swap_remove(0))),
            Some(b'<') => nodes.push(Node::OneOf(alternatives(rest, b'>'))),
            Some(b'{') => nodes.push(Node::AnyOrder(alternatives(rest, b'}'))),
            Some(_) => nodes.push(token(rest)),
        }
    }
}

/// Reads `a|b|c` with its brackets; at least one alternative, perhaps empty.
fn alternatives(rest: &mut &'static str, close: u8) -> Vec<Vec<Node>> {
    let mut all = Vec::new();
    loop {
        *rest = rest.get(1..).unwrap_or_default();
        all.push(sequence(rest));
        match rest.as_bytes().first() {
            Some(b'|') => {}
            Some(&sign) if sign == close => {
                *rest = rest.get(1..).unwrap_or_default();
                return all;
            }
            _ => return all,
        }
    }
}

fn token(rest: &mut &'static str) -> Node {
    let end = rest.find([' ', '[', ']', '<', '>', '{', '}', '|']).unwrap_or(rest.len());
    let (word, tail) = rest.split_at(end);
    *rest = tail;
    if word == "LINE..." {
        return Node::Rest;
    }
    match word.strip_suffix("...") {
        Some(item) => Node::Many(Box::new(single(item))),
        None => single(word),
    }
}

fn single(word: &'static str) -> Node {
    match word {
        "NAME" => Node::Name,
        "ASN" => Node::Asn,
        "A.B.C.D" => Node::Ipv4,
        "A.B.C.D/M" => Node::Ipv4Prefix,
        "X:X::X:X" => Node::Ipv6,
        "X:X::X:X/M" => Node::Ipv6Prefix,
        _ => range(word).map_or(Node::Word(word), |(low, high)| Node::Range(low, high)),
    }
}

fn range(word: &str) -> Option<(i64, i64)> {
    let inner = word.strip_prefix('(')?.strip_suffix(')')?;
    // The first sign may be a minus of the lower bound.
    let dash = inner.get(1..)?.find('-')? + 1;
    Some((inner.get(..dash)?.parse().ok()?, inner.get(dash + 1..)?.parse().ok()?))
}

struct Matcher<'a> {
    words: &'a [&'a str],
    spelling: Spelling,
    dotted_asn: bool,
}

impl Matcher<'_> {
    fn sequence(&self, nodes: &[Node], starts: &BTreeSet<usize>) -> BTreeSet<usize> {
        let mut at = starts.clone();
        for node in nodes {
            if at.is_empty() {
                break;
            }
            at = self.node(node, &at);
        }
        at
    }

    fn node(&self, node: &Node, starts: &BTreeSet<usize>) -> BTreeSet<usize> {
        match node {
            Node::Rest => {
                let len = self.words.len();
                starts.iter().filter(|&&start| start < len).map(|_| len).collect()
            }
            Node::Many(item) => {
                let mut ends = BTreeSet::new();
                for &start in starts {
                    // Positions that an earlier start has reached need not be walked again.
                    let mut at = start;
                    while self.word_fits(item, at) && ends.insert(at + 1) {
                        at += 1;
                    }
                }
                ends
            }
            Node::Optional(inner) => {
                let mut ends = self.sequence(inner, starts);
                ends.extend(starts);
                ends
            }
            Node::OneOf(all) => all.iter().flat_map(|one| self.sequence(one, starts)).collect(),
            Node::AnyOrder(all) => self.any_order(all, &mut vec![false; all.len()], starts),
            single => starts.iter().filter(|&&at| self.word_fits(single, at)).map(|at| at + 1).collect(),
        }
    }

    /// At least one of the alternatives, each once, in any order. There are at most five of them.
    fn any_order(
        &self,
        all: &[Vec<Node>],
        used: &mut Vec<bool>,
        starts: &BTreeSet<usize>,
    ) -> BTreeSet<usize> {
        let mut ends = BTreeSet::new();
        for (index, one) in all.iter().enumerate() {
            if used.get(index).copied().unwrap_or(true) {
                continue;
            }
            let after = self.sequence(one, starts);
            if after.is_empty() {
                continue;
            }
            used[index] = true;
            ends.extend(self.any_order(all, used, &after));
            used[index] = false;
            ends.extend(after);
        }
        ends
    }

    fn word_fits(&self, node: &Node, at: usize) -> bool {
        let Some(&word) = self.words.get(at) else { return false };
        match node {
            Node::Word(keyword) => match self.spelling {
                Spelling::Full => word == *keyword,
                Spelling::Short => keyword.starts_with(word),
            },
            Node::Name => true,
            Node::Range(low, high) => number(word).is_some_and(|n| (*low..=*high).contains(&n)),
            Node::Asn => asn(word, self.dotted_asn),
            Node::Ipv4 => word.parse::<Ipv4Addr>().is_ok(),
            Node::Ipv4Prefix => prefix(word, 32, |a| a.parse::<Ipv4Addr>().is_ok()),
            Node::Ipv6 => word.parse::<Ipv6Addr>().is_ok(),
            Node::Ipv6Prefix => prefix(word, 128, |a| a.parse::<Ipv6Addr>().is_ok()),
            // Groups are never a single word.
            _ => false,
        }
    }
}

/// A number as C's `strtoll` takes it: leading zeros and a plus sign included.
pub(super) fn number(word: &str) -> Option<i64> {
    word.parse().ok()
}

fn asn(word: &str, dotted: bool) -> bool {
    let plain = |text: &str| number(text).is_some_and(|n| (1..=i64::from(u32::MAX)).contains(&n));
    if plain(word) {
        return true;
    }
    dotted
        && word
            .split_once('.')
            .is_some_and(|(high, low)| high.parse::<u16>().is_ok() && low.parse::<u16>().is_ok())
}

fn prefix(word: &str, longest: u8, address: impl Fn(&str) -> bool) -> bool {
    word.split_once('/').is_some_and(|(host, length)| {
        address(host)
            && !length.is_empty()
            && length.bytes().all(|b| b.is_ascii_digit())
            && length.parse::<u8>().is_ok_and(|n| n <= longest)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(pattern: &'static str, line: &str) -> bool {
        let words: Vec<&str> = line.split_whitespace().collect();
        Pattern::parse(pattern).fits(&words, Spelling::Short, false)
    }

    #[test]
    fn groups_and_numbers() {
        let row = "[seq (1-9)] <deny|permit> <any|A.B.C.D/M [{ge (0-32)|le (0-32)}]>";
        assert!(fits(row, "seq 5 permit 10.0.0.0/8 le 32 ge 9"));
        assert!(fits(row, "deny any"));
        assert!(fits(row, "perm 10.0.0.7/24"));
        assert!(!fits(row, "deny any le 32"));
        assert!(!fits(row, "seq 0 deny any"));
        assert!(!fits(row, "permit 10.0.0.0/8 le 33"));
        assert!(!fits(row, "permit 10.0.0.0/8 le 30 le 31"));
        assert!(!fits(row, "permit 10.0.0.0"));
        assert!(fits("(1-4294967295)...", "1 2 3") && !fits("(1-4294967295)...", "1 x"));
        assert!(fits("(-5-5)", "-5") && fits("(-5-5)", "+5") && !fits("(-5-5)", "6"));
        assert!(fits("LINE...", "a b") && !fits("LINE...", ""));
        assert!(!fits("ASN", "1.5"));
        assert!(Pattern::parse("ASN").fits(&["1.5"], Spelling::Short, true));
    }

    #[test]
    fn long_lines_stay_cheap() {
        let words = vec!["1"; 20_000];
        assert!(!Pattern::parse("set (1-5)... x").fits(&words, Spelling::Short, false));
        assert!(Pattern::parse("(1-5)...").fits(&words, Spelling::Short, false));
    }
}
