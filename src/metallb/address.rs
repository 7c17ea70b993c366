//! Pool entries and addresses, read exactly as MetalLB reads them.
//!
//! MetalLB uses Go's net package. Two of its habits matter here: an IPv4 address is the same as its
//! form mapped into IPv6 (`::ffff:10.0.0.1`), and a mask keeps the width it was written with. So
//! addresses are held in their 16-byte form, and [`Entry::length`] is the written one.
//! This file judges nothing: see the judge for what is refused.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where IPv4 lives inside IPv6.
const MAPPED: u128 = 0xffff << 32;

/// An address in 16-byte form.
pub fn wide(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => MAPPED | u128::from(v4.to_bits()),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

/// Whether an address in 16-byte form counts as IPv4.
pub fn is_v4(address: u128) -> bool {
    address >> 32 == 0xffff
}

/// The usual form of an address in 16-byte form.
pub fn narrow(address: u128) -> IpAddr {
    if is_v4(address) {
        // The upper bits were just looked at; the lower 32 are the address.
        IpAddr::V4(Ipv4Addr::from_bits((address & 0xffff_ffff) as u32))
    } else {
        IpAddr::V6(Ipv6Addr::from_bits(address))
    }
}

/// Reads an address: no mask, no zone, no name, no leading zeros.
pub fn parse_address(text: &str) -> Option<IpAddr> {
    text.parse::<IpAddr>().ok().map(|address| narrow(wide(address)))
}

/// One line of a pool's `addresses`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// First address, in 16-byte form.
    pub first: u128,
    /// Last address, in 16-byte form.
    pub last: u128,
    /// The shortest prefix length that the entry is made of: its own, or for a range that of the
    /// largest block in it.
    pub length: u8,
    /// A range whose ends are of different families. MetalLB accepts it and gets no address out of it.
    pub mixed: bool,
    /// An IPv4 block written as `::ffff:a.b.c.d/n`, with `n` counted from 128.
    pub mapped: bool,
}

/// Why a pool entry cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// Not `address/length`.
    #[error("is neither a CIDR such as 192.0.2.0/24 nor a range such as 192.0.2.1-192.0.2.9")]
    Cidr,
    /// What stands before the dash is no address.
    #[error("is a range whose start is no address")]
    Start,
    /// What stands behind the dash is no address.
    #[error("is a range whose end is no address")]
    End,
    /// The start lies behind the end.
    #[error("is a range that starts behind its end")]
    Reversed,
}

impl Entry {
    /// Reads one entry. Everything with a dash is a range; blanks are allowed only around the dash.
    ///
    /// # Errors
    /// As [`EntryError`] says.
    pub fn parse(text: &str) -> Result<Entry, EntryError> {
        match text.split_once('-') {
            Some((start, end)) => Entry::range(start.trim(), end.trim()),
            None => Entry::cidr(text).ok_or(EntryError::Cidr),
        }
    }

    fn cidr(text: &str) -> Option<Entry> {
        let (address, length) = text.split_once('/')?;
        let address = address.parse::<IpAddr>().ok()?;
        if length.is_empty() || !length.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let width: u8 = if address.is_ipv4() { 32 } else { 128 };
        let length = length.trim_start_matches('0');
        let length: u8 = if length.is_empty() { 0 } else { length.parse().ok()? };
        if length > width {
            return None;
        }
        let host_bits = width - length;
        let host_mask = u128::MAX.checked_shr(u32::from(128 - host_bits)).unwrap_or(0);
        let first = wide(address) & !host_mask;
        let mapped = address.is_ipv6() && is_v4(first);
        Some(Entry { first, last: first | host_mask, length, mixed: false, mapped })
    }

    fn range(start: &str, end: &str) -> Result<Entry, EntryError> {
        let first = wide(parse_address(start).ok_or(EntryError::Start)?);
        let last = wide(parse_address(end).ok_or(EntryError::End)?);
        if first > last {
            return Err(EntryError::Reversed);
        }
        let mixed = is_v4(first) != is_v4(last);
        let length = if mixed { 0 } else { shortest_length(first, last) };
        Ok(Entry { first, last, length, mixed, mapped: false })
    }

    /// Whether it is IPv4. For a mixed range: whether it starts as IPv4.
    pub fn is_v4(&self) -> bool {
        is_v4(self.first)
    }

    /// Whether the address lies in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = wide(address);
        !self.mixed && is_v4(address) == self.is_v4() && (self.first..=self.last).contains(&address)
    }

    /// Whether MetalLB sees an address that is in both.
    pub fn overlaps(&self, other: &Entry) -> bool {
        if self.mixed || other.mixed || self.is_v4() != other.is_v4() {
            return false;
        }
        if self.mapped == other.mapped {
            return self.first <= other.last && other.first <= self.last;
        }
        // Block lengths are compared as written, so a mapped block never counts as the larger one.
        let (plain, mapped) = if self.mapped { (other, self) } else { (self, other) };
        (plain.first..=plain.last).contains(&mapped.first)
    }
}

impl fmt::Display for Entry {
    /// First and last address.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", narrow(self.first), narrow(self.last))
    }
}

/// The length of the largest block when a range is cut into blocks from its start: at each step the
/// largest aligned block that still fits. At most two blocks of each size come out of it.
fn shortest_length(first: u128, last: u128) -> u8 {
    let width: u32 = if is_v4(first) { 32 } else { 128 };
    let mut shortest = width;
    let mut next = first;
    loop {
        let aligned = next.trailing_zeros().min(width);
        // Addresses left, counted from `next`; the whole IPv6 space does not fit into the count.
        let fits = match (last - next).checked_add(1) {
            Some(left) => left.ilog2(),
            None => 128,
        };
        let bits = aligned.min(fits);
        shortest = shortest.min(width - bits);
        let Some(size) = 1u128.checked_shl(bits) else { break };
        match next.checked_add(size) {
            Some(behind) if behind <= last => next = behind,
            _ => break,
        }
    }
    // Between 0 and 128 by construction.
    shortest as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(text: &str) -> Entry {
        Entry::parse(text).unwrap_or_else(|error| panic!("{text} {error}"))
    }

    #[test]
    fn entries_are_read_as_metallb_reads_them() {
        for (text, first, last, length) in [
            ("10.0.0.10/24", "10.0.0.0", "10.0.0.255", 24),
            ("10.0.0.7/032", "10.0.0.7", "10.0.0.7", 32),
            ("0.0.0.0/0", "0.0.0.0", "255.255.255.255", 0),
            ("::/0", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 0),
            ("fd00::1:5/112", "fd00::1:0", "fd00::1:ffff", 112),
            ("10.0.0.1-10.0.0.6", "10.0.0.1", "10.0.0.6", 31),
            ("10.0.0.0 - 10.0.1.255", "10.0.0.0", "10.0.1.255", 23),
            ("10.0.0.5-10.0.0.5", "10.0.0.5", "10.0.0.5", 32),
            ("0.0.0.0-255.255.255.255", "0.0.0.0", "255.255.255.255", 0),
            ("fd00::1-fd00::ff", "fd00::1", "fd00::ff", 121),
            (
                "::2:0:0:0-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                "::2:0:0:0",
                "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                1,
            ),
        ] {
            let e = entry(text);
            assert_eq!(
                (narrow(e.first).to_string(), narrow(e.last).to_string(), e.length),
                (first.into(), last.into(), length),
                "{text}"
            );
        }
        for (text, error) in [
            ("10.0.0.1", EntryError::Cidr),
            ("", EntryError::Cidr),
            (" 10.0.0.0/24", EntryError::Cidr),
            ("10.0.0.0/24 ", EntryError::Cidr),
            ("10.0.0.0/33", EntryError::Cidr),
            ("10.0.0.0/+8", EntryError::Cidr),
            ("10.0.0.0/", EntryError::Cidr),
            ("010.0.0.0/8", EntryError::Cidr),
            ("fe80::1%eth0/64", EntryError::Cidr),
            ("10.0.0.0/24-10.0.0.9", EntryError::Start),
            ("10.0.0.1-", EntryError::End),
            ("10.0.0.9-10.0.0.1", EntryError::Reversed),
            ("fd00::1-10.0.0.1", EntryError::Reversed),
        ] {
            assert_eq!(Entry::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn a_range_across_families_holds_nothing() {
        let e = entry("10.0.0.1-fd00::1");
        assert!(e.mixed && !e.contains("10.0.0.1".parse().expect("an address")));
        assert!(!e.overlaps(&entry("10.0.0.0/8")));
    }

    #[test]
    fn mapped_blocks_are_ipv4_with_a_wide_mask() {
        let mapped = entry("::ffff:10.0.0.0/120");
        assert!(mapped.is_v4() && mapped.mapped && mapped.length == 120);
        assert!(mapped.overlaps(&entry("10.0.0.0/8")) && entry("10.0.0.0/24").overlaps(&mapped));
        // As written, /30 is shorter than /100: the small block is taken for the larger one.
        assert!(!entry("10.0.0.0/30").overlaps(&entry("::ffff:10.0.0.0/100")));
        assert!(!entry("::ffff:0:0/90").is_v4());
    }

    /// Cuts a range the slow way: one block after the other, tried from the largest.
    fn blocks(first: u32, last: u32) -> Vec<u8> {
        let (mut next, last) = (u64::from(first), u64::from(last));
        let mut lengths = Vec::new();
        while next <= last {
            let length = (0..=32u8)
                .find(|length| {
                    let size = 1u64 << (32 - length);
                    next % size == 0 && next + size - 1 <= last
                })
                .expect("a single address always fits");
            lengths.push(length);
            next += 1u64 << (32 - length);
        }
        lengths
    }

    proptest::proptest! {
        #[test]
        fn the_largest_block_of_a_range(a: u32, size in 0u32..100_000) {
            let b = a.saturating_add(size);
            let text = format!("{}-{}", Ipv4Addr::from_bits(a), Ipv4Addr::from_bits(b));
            proptest::prop_assert_eq!(entry(&text).length, *blocks(a, b).iter().min().expect("not empty"));
        }
    }
}
