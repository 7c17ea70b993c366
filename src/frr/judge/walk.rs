//! Reads configuration text into lines with the block each stands in, as FRR's shell does.
//!
//! FRR looks for a command in the current block, then in the blocks around it; indentation means
//! nothing to it. Comments are lines that begin with `!` or `#`.
//! This file decides only whether a line is parsed. Read next: [`super::bgp`] and [`super::lists`],
//! which judge what parsed lines mean together.

use super::commands::{self, Scope};
use super::version::FrrVersion;

/// What FRR's parser makes of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parsed {
    /// A command of this block.
    Yes,
    /// Refused: unknown words, or too few.
    No,
    /// Refused, because it stands outside the block it belongs to.
    Outside,
    /// Not judged: nobody here knows such a command.
    Unknown,
}

/// One line that is not a comment.
#[derive(Debug)]
pub(super) struct Line<'a> {
    /// From 1.
    pub(super) number: usize,
    /// Its words.
    pub(super) words: Vec<&'a str>,
    /// The block it is a command of; the block it stands in where it is refused.
    pub(super) scope: Scope,
    /// FRR's answer.
    pub(super) parsed: Parsed,
}

/// All lines in order.
pub(super) fn lines(text: &str, version: FrrVersion) -> Vec<Line<'_>> {
    let mut scope = Scope::Top;
    let mut all = Vec::new();
    for (index, raw) in text.lines().enumerate() {
        let words: Vec<&str> = raw.split_ascii_whitespace().collect();
        let Some(first) = words.first() else { continue };
        if first.starts_with(['!', '#']) {
            continue;
        }
        let flush = !raw.starts_with([' ', '\t']);
        let (parsed, at) = parse(scope, &words, flush, version);
        scope = next_scope(scope, at, &words, parsed, flush);
        all.push(Line { number: index + 1, words, scope: at, parsed });
    }
    all
}

fn parse(scope: Scope, words: &[&str], flush: bool, version: FrrVersion) -> (Parsed, Scope) {
    if matches!(words, ["exit" | "quit" | "end"]) {
        return (Parsed::Yes, scope);
    }
    if let Some(at) = commands::accepted(scope, words, version) {
        return (Parsed::Yes, at);
    }
    // In a block of another protocol an indented line is most likely that protocol's own.
    if scope == Scope::Other && !flush {
        return (Parsed::Unknown, scope);
    }
    if commands::recognised(scope, words) {
        return (Parsed::No, scope);
    }
    if scope == Scope::Top && commands::belongs_inside(words) {
        return (Parsed::Outside, scope);
    }
    (Parsed::Unknown, scope)
}

/// The block that the next line stands in.
fn next_scope(scope: Scope, at: Scope, words: &[&str], parsed: Parsed, flush: bool) -> Scope {
    match (parsed, at, words) {
        (Parsed::Yes, _, ["end"]) => Scope::Top,
        (Parsed::Yes, _, ["exit" | "quit"]) => scope.parent().unwrap_or(Scope::Top),
        (Parsed::Yes, Scope::Ipv4 | Scope::Ipv6, ["exit-address-family"]) => Scope::Bgp,
        (Parsed::Yes, Scope::Top, ["router", "bgp", ..]) => Scope::Bgp,
        (Parsed::Yes, Scope::Top, ["route-map", _, _, _]) => Scope::RouteMap,
        (Parsed::Yes, Scope::Top, ["bfd"]) => Scope::Bfd,
        (Parsed::Yes, Scope::Top, ["rpki", ..]) => Scope::Rpki,
        (Parsed::Yes, Scope::Bfd, ["profile" | "peer", ..]) => Scope::BfdSession,
        (Parsed::Yes, Scope::Bgp, ["address-family", "ipv4"] | ["address-family", "ipv4", "unicast"]) => {
            Scope::Ipv4
        }
        (Parsed::Yes, Scope::Bgp, ["address-family", "ipv6"] | ["address-family", "ipv6", "unicast"]) => {
            Scope::Ipv6
        }
        // Abbreviated blocks and families beyond unicast: what is in them is not judged.
        (Parsed::Yes, Scope::Bgp, ["address-family", ..]) => Scope::Other,
        (Parsed::Yes, Scope::Top, _) => Scope::Top,
        (Parsed::Yes, ..) => at,
        // `router ospf`, `interface em0`, `vrf red`, `key chain x`: a block of its own.
        (Parsed::Unknown, ..) if flush && opens_block(words) => Scope::Other,
        _ => scope,
    }
}

fn opens_block(words: &[&str]) -> bool {
    match words.first() {
        Some(&"key") => words.get(1) == Some(&"chain"),
        Some(word) => [
            "router",
            "interface",
            "vrf",
            "segment-routing",
            "pbr-map",
            "nexthop-group",
            "pseudowire",
            "l2vpn",
            "mpls",
        ]
        .iter()
        .any(|block| block.starts_with(word)),
        None => false,
    }
}
