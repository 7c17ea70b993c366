//! Ranges of addresses, as aliases, DHCP ranges and networks have them.

use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;

/// From the first to the last address, both included and of one family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The lowest.
    pub first: IpAddr,
    /// The highest.
    pub last: IpAddr,
}

impl Span {
    /// One address.
    pub fn host(address: IpAddr) -> Span {
        Span { first: address, last: address }
    }

    /// All addresses of a network.
    pub fn net(net: IpNet) -> Span {
        Span { first: net.network(), last: net.broadcast() }
    }

    /// From both ends; `None` if they are of two families or the wrong way round.
    pub fn between(first: IpAddr, last: IpAddr) -> Option<Span> {
        (first.is_ipv4() == last.is_ipv4() && first <= last).then_some(Span { first, last })
    }

    /// Reads an address, `ADDRESS/LENGTH` or `FIRST-LAST`.
    pub fn parse(text: &str) -> Option<Span> {
        if let Some((first, last)) = text.split_once('-') {
            return Span::between(first.trim().parse().ok()?, last.trim().parse().ok()?);
        }
        match text.contains('/') {
            true => Some(Span::net(text.parse().ok()?)),
            false => Some(Span::host(text.parse().ok()?)),
        }
    }

    /// Whether it is of IPv4.
    pub fn is_ipv4(&self) -> bool {
        self.first.is_ipv4()
    }

    /// Whether all of the other lies inside.
    pub fn covers(&self, other: &Span) -> bool {
        self.is_ipv4() == other.is_ipv4() && self.first <= other.first && other.last <= self.last
    }

    /// Whether the address lies inside.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.covers(&Span::host(address))
    }

    /// Whether the two share an address.
    pub fn overlaps(&self, other: &Span) -> bool {
        self.is_ipv4() == other.is_ipv4() && self.first <= other.last && other.first <= self.last
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.first == self.last {
            true => self.first.fmt(f),
            false => write!(f, "{}-{}", self.first, self.last),
        }
    }
}
