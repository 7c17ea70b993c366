//! Aliases: named sets of addresses or ports, which may name each other.

use super::{Span, Truth};
use crate::pfsense::Value;

/// Aliases nest; more than this many steps is a circle or nobody's configuration.
const DEEPEST: usize = 16;

/// Members that are looked at, over all steps. pfSense's own tables end before.
const MOST_MEMBERS: usize = 200_000;

/// All aliases of a firewall.
#[derive(Clone, Debug)]
pub struct Aliases<'a> {
    all: &'a [Value],
}

/// What a set of addresses holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Addresses {
    /// Known ranges.
    pub spans: Vec<Span>,
    /// There are members that config.xml does not tell: host names, tables from elsewhere.
    pub more: bool,
}

impl Addresses {
    /// Whether all addresses of a span are in the set.
    pub fn holds(&self, wanted: &Span) -> Truth {
        if self.spans.iter().any(|span| span.covers(wanted)) || self.covers_in_parts(wanted) {
            Truth::Yes
        } else if self.more || self.spans.iter().any(|span| span.overlaps(wanted)) {
            Truth::Maybe
        } else {
            Truth::No
        }
    }

    /// Several ranges together may cover it.
    fn covers_in_parts(&self, wanted: &Span) -> bool {
        let mut parts: Vec<&Span> = self.spans.iter().filter(|span| span.overlaps(wanted)).collect();
        parts.sort_by_key(|span| span.first);
        let mut next = Some(wanted.first);
        for part in parts {
            match next {
                Some(start) if part.first <= start => {
                    if part.last >= wanted.last {
                        return true;
                    }
                    if part.last >= start {
                        next = after(part.last);
                    }
                }
                _ => return false,
            }
        }
        false
    }
}

fn after(address: std::net::IpAddr) -> Option<std::net::IpAddr> {
    match address {
        std::net::IpAddr::V4(a) => Some(std::net::Ipv4Addr::from(u32::from(a).checked_add(1)?).into()),
        std::net::IpAddr::V6(a) => Some(std::net::Ipv6Addr::from(u128::from(a).checked_add(1)?).into()),
    }
}

impl<'a> Aliases<'a> {
    /// Reads them from the root of a config.xml.
    pub fn new(config: &'a Value) -> Self {
        Aliases { all: config.path("aliases/alias").map_or(&[], Value::members) }
    }

    fn get(&self, name: &str) -> Option<&'a Value> {
        self.all.iter().find(|alias| alias.field("name") == name)
    }

    /// What an address field stands for: an address, a network, a range, or an alias. `None` if the
    /// text is none of them; pfSense then leaves the rule out.
    pub fn addresses(&self, text: &str) -> Option<Addresses> {
        if let Some(span) = Span::parse(text) {
            return Some(Addresses { spans: vec![span], more: false });
        }
        self.get(text)?;
        let mut found = Addresses::default();
        let mut budget = MOST_MEMBERS;
        self.collect(text, DEEPEST, &mut budget, &mut found);
        Some(found)
    }

    fn collect(&self, name: &str, depth: usize, budget: &mut usize, found: &mut Addresses) {
        let (Some(alias), Some(depth)) = (self.get(name), depth.checked_sub(1)) else {
            found.more = true;
            return;
        };
        let kind = alias.field("type");
        if matches!(kind, "port" | "url_ports" | "urltable_ports") {
            return;
        }
        if kind.starts_with("url") || alias.get("aliasurl").is_some() {
            // What was loaded may be in the field, and may be another thing tomorrow.
            found.more = true;
        }
        for member in alias.field("address").split_whitespace() {
            let Some(rest) = budget.checked_sub(1) else {
                found.more = true;
                return;
            };
            *budget = rest;
            match Span::parse(member) {
                Some(span) => found.spans.push(span),
                None if self.get(member).is_some() => self.collect(member, depth, budget, found),
                None => found.more = true,
            }
        }
    }

    /// Whether a port field holds a port: a number, a range `a-b` or `a:b`, or an alias of ports.
    pub fn has_port(&self, text: &str, port: u16) -> Truth {
        let mut budget = MOST_MEMBERS;
        self.port(text, port, DEEPEST, &mut budget)
    }

    /// Whether a port field may hold a port from `low` on.
    pub fn reaches_port(&self, text: &str, low: u16) -> bool {
        let ends = |text: &str| {
            let mut parts = text.split(['-', ':']);
            let first: u16 = parts.next()?.parse().ok()?;
            Some(parts.next().map_or(Some(first), |last| last.parse().ok())?.max(first))
        };
        match (ends(text), self.get(text)) {
            (Some(last), _) => last >= low,
            (None, _) => true,
        }
    }

    fn port(&self, text: &str, port: u16, depth: usize, budget: &mut usize) -> Truth {
        let (Some(depth), Some(rest)) = (depth.checked_sub(1), budget.checked_sub(1)) else {
            return Truth::Maybe;
        };
        *budget = rest;
        let number = |text: &str| text.trim().parse::<u16>().ok();
        if let Some(only) = number(text) {
            return Truth::of(only == port);
        }
        if let Some((first, last)) = text.split_once(['-', ':'])
            && let (Some(first), Some(last)) = (number(first), number(last))
        {
            return Truth::of(first.min(last) <= port && port <= first.max(last));
        }
        let Some(alias) = self.get(text) else { return Truth::Maybe };
        let unknown = if alias.field("type").starts_with("url") { Truth::Maybe } else { Truth::No };
        let members = alias.field("address").split_whitespace();
        members.fold(unknown, |truth, member| truth.or(self.port(member, port, depth, budget)))
    }
}
