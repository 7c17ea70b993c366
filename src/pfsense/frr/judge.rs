//! How pfSense judges single values: addresses, subnets, words, numbers in a range.
//!
//! These are the rules of pfSense's base functions, oddities included: an address in IPv6 may carry
//! a blank, a range never contains the text `0`. They decide which lines are written, so being
//! kinder or stricter than pfSense would be wrong. Nothing here looks at the rest of a configuration.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::php;

/// An address family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    V4,
    V6,
}

impl Family {
    pub(super) const BOTH: [Family; 2] = [Family::V4, Family::V6];

    /// `ipv4` or `ipv6`, as selections spell it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Family::V4 => "ipv4",
            Family::V6 => "ipv6",
        }
    }

    /// The word that opens FRR's commands of this family.
    pub(super) fn command(self) -> &'static str {
        match self {
            Family::V4 => "ip",
            Family::V6 => "ipv6",
        }
    }
}

/// An IPv4 address: four octets without leading zeros, nothing around.
pub(super) fn is_ipv4(text: &str) -> bool {
    text.parse::<Ipv4Addr>().is_ok()
}

/// An address of either family.
pub(super) fn is_ip(text: &str) -> bool {
    ip_family(text).is_some()
}

/// The family of an address, if the text is one.
pub(super) fn ip_family(text: &str) -> Option<Family> {
    if is_ipv4(text) {
        Some(Family::V4)
    } else if is_ipv6(text) {
        Some(Family::V6)
    } else {
        None
    }
}

/// An IPv6 address; link-local ones may name their interface after `%`.
pub(super) fn is_ipv6(text: &str) -> bool {
    if text.is_empty() || text == "0" || text.contains('/') {
        return false;
    }
    let text = match text.split_once('%') {
        Some((address, _)) if is_link_local(text) => address,
        _ => text,
    };
    // A second `::` of the overlapping kind (`:::`) is left to the group count.
    if text.matches("::").count() > 1 {
        return false;
    }
    let Some(full) = expand(text) else { return false };
    let (groups, dotted) = match full.rsplit_once(':') {
        Some((groups, dotted)) if full.contains('.') => (groups, dotted),
        None if full.contains('.') => return false,
        _ => (full.as_str(), ""),
    };
    if groups.is_empty() || groups == "0" || groups.split(':').any(|group| group.len() > 4) {
        return false;
    }
    match groups.split(':').filter(|group| is_group(group)).count() {
        8 => true,
        6 if php::truthy(dotted) => dotted.split('.').filter(|octet| is_octet(octet)).count() == 4,
        _ => false,
    }
}

/// One to four hexadecimal digits. pfSense compares the text with its value loosely, which lets
/// decimal digits with a sign or a blank pass, too.
fn is_group(group: &str) -> bool {
    if php::compare(group, "0").is_lt() {
        return false;
    }
    let value = hex(group);
    let zeros = group.bytes().take(3).take_while(|byte| *byte == b'0').count();
    // Leading zeros go, but never the last digit.
    let ends_in_hex = group.trim_end_matches('\n').ends_with(|last: char| last.is_ascii_hexdigit());
    let stripped = if ends_in_hex && !group.contains('\n') {
        &group[zeros.min(group.len().saturating_sub(1))..]
    } else {
        group
    };
    value <= 0xffff && php::equal(&stripped.to_ascii_uppercase(), &format!("{value:X}"))
}

fn is_octet(octet: &str) -> bool {
    let digits = octet.strip_suffix('\n').unwrap_or(octet);
    (1..=3).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && digits.parse::<u16>().is_ok_and(|value| value <= 255)
}

/// The value of the hexadecimal digits; everything else is skipped, and too large is largest.
fn hex(text: &str) -> u64 {
    let digits = text.chars().filter_map(|c| c.to_digit(16));
    digits.fold(0, |value: u64, digit| value.saturating_mul(16).saturating_add(u64::from(digit)))
}

/// Writes the zeros that `::` stands for. `None` where pfSense's arithmetic gives up.
fn expand(text: &str) -> Option<String> {
    let Some((before, after)) = text.split_once("::") else { return Some(text.to_owned()) };
    let colons = |part: &str| part.matches(':').count();
    let left = colons(before);
    let right = colons(after) + usize::from(after.contains('.'));
    Some(match (before.is_empty(), after.is_empty()) {
        (true, true) => "0:0:0:0:0:0:0:0".to_owned(),
        (true, false) => format!("{}{after}", "0:".repeat(7usize.checked_sub(right)?)),
        (false, true) => format!("{before}{}", ":0".repeat(7usize.checked_sub(left)?)),
        (false, false) => {
            let fill = ":0:".repeat(6usize.saturating_sub(left + right).max(1));
            format!("{before}{fill}{after}").replace("::", ":")
        }
    })
}

/// Begins with the ten bits of fe80::/10, whatever follows.
fn is_link_local(text: &str) -> bool {
    let Some(full) = expand(text) else { return false };
    let first = full.split(':').next().unwrap_or_default();
    format!("{:016b}", hex(first)).starts_with("1111111010")
}

/// The IPv6 address as a number; `None` for the oddities that only [`is_ipv6`] accepts.
pub(super) fn ipv6(text: &str) -> Option<Ipv6Addr> {
    text.split('%').next().unwrap_or_default().parse().ok()
}

/// The family of a subnet `ADDRESS/LENGTH`, if the text is one. Host bits may be set.
pub(super) fn subnet_family(text: &str) -> Option<Family> {
    let (address, length) = text.split_once('/')?;
    let length = length.strip_suffix('\n').unwrap_or(length);
    if !(1..=3).contains(&length.len()) || !length.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let length: u16 = length.parse().ok()?;
    let dotted = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if dotted(address) && (7..=15).contains(&address.len()) {
        return (is_ipv4(address) && length <= 32).then_some(Family::V4);
    }
    // Groups alone, or groups and a dotted end: pfSense bounds both parts.
    let groups = |part: &str| part.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':');
    let mixed = |end: usize| {
        let parts = address.len().checked_sub(end).and_then(|at| address.split_at_checked(at));
        parts.is_some_and(|(head, tail)| (2..=30).contains(&head.len()) && groups(head) && dotted(tail))
    };
    let plain = (2..=39).contains(&address.len()) && groups(address);
    ((plain || (7..=15).any(mixed)) && is_ipv6(address) && length <= 128).then_some(Family::V6)
}

/// A subnet of either family.
pub(super) fn is_subnet(text: &str) -> bool {
    subnet_family(text).is_some()
}

/// A word: what pfSense takes for a host name. Names of groups, route maps and community lists.
pub(super) fn is_word(text: &str) -> bool {
    let name = text.strip_suffix('\n').unwrap_or(text);
    let (body, last) = match name.rsplit_once('.') {
        // The last label may be closed by one dot, and may then end in a hyphen.
        Some((body, "")) => match body.rsplit_once('.') {
            Some((labels, last)) => (Some(labels), format!("{last}.")),
            None => (None, name.to_owned()),
        },
        Some((labels, last)) => (Some(labels), last.to_owned()),
        None => (None, name.to_owned()),
    };
    let domain = body.is_none_or(|labels| labels.split('.').all(is_label)) && is_last_label(&last);
    domain && !(text.matches('.').count() == 1 && text.ends_with('.'))
}

fn is_label_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn is_label(label: &str) -> bool {
    is_last_label(label) && !label.ends_with('.')
}

fn is_last_label(label: &str) -> bool {
    match label.as_bytes() {
        [] => false,
        [only] => is_label_byte(*only),
        [first, middle @ .., last] => {
            is_label_byte(*first)
                && middle.iter().all(|byte| is_label_byte(*byte) || *byte == b'-')
                && (is_label_byte(*last) || *last == b'.')
        }
    }
}

/// Digits and nothing else.
pub(super) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Digits with a value from `min` to `max`: what forms accept.
pub(super) fn is_in_range(text: &str, min: u64, max: u64) -> bool {
    let digits = text.trim_start_matches('0');
    // Longer texts are beyond every bound in use (and beyond the integer).
    is_digits(text) && digits.len() <= 18 && (min..=max).contains(&digits.parse::<u64>().unwrap_or_default())
}

/// The same as the generator asks it: the package hands the value itself back and tests whether it
/// is true, so the text `0` is never in range (`00` is).
pub(super) fn in_range(text: &str, min: u64, max: u64) -> bool {
    php::truthy(text) && is_in_range(text, min, max)
}

/// The largest number of 32 bits: AS numbers, preferences, metrics.
const LARGEST: u64 = 4_294_967_295;

/// An unsigned long from `min` on.
pub(super) fn is_ulong(text: &str, min: u64) -> bool {
    in_range(text, min, LARGEST)
}

/// An AS number in plain digits.
pub(super) fn is_asn(text: &str) -> bool {
    is_ulong(text, 1)
}

/// The communities that have a name. FRR spells the last one `local-AS`.
pub(super) const WELL_KNOWN_COMMUNITIES: [&str; 4] = ["internet", "no-export", "no-advertise", "local-as"];

/// A list of communities with single blanks between them.
pub(super) fn is_community_list(text: &str) -> bool {
    text.split(' ').all(|item| WELL_KNOWN_COMMUNITIES.contains(&item) || is_community(item))
}

/// `AS:VALUE`, each numeric and at most 16 bits; anything after a second colon is not looked at.
fn is_community(item: &str) -> bool {
    let mut halves = item.split(':');
    let mut half =
        || halves.next().and_then(php::float).is_some_and(|value| (0.0..=65535.0).contains(&value));
    half() && half()
}

/// The network address of an IPv4 or IPv6 address, in pfSense's spelling; empty for anything else.
pub(super) fn network(address: &str, length: &str) -> String {
    if let (true, Some(value)) = (is_ipv6(address) && is_in_range(length, 0, 128), ipv6(address)) {
        let length: u32 = length.parse().unwrap_or_default();
        let mask = u128::MAX.checked_shl(128 - length).unwrap_or_default();
        return compressed(Ipv6Addr::from(u128::from(value) & mask));
    }
    match address.parse::<Ipv4Addr>() {
        Ok(value) if is_in_range(length, 0, 32) => {
            let length: u32 = length.parse().unwrap_or_default();
            let mask = u32::MAX.checked_shl(32 - length).unwrap_or_default();
            Ipv4Addr::from(u32::from(value) & mask).to_string()
        }
        _ => String::new(),
    }
}

/// Groups in lower case without leading zeros; the first longest run of two or more zeros becomes
/// `::`. Never the dotted form.
fn compressed(address: Ipv6Addr) -> String {
    let groups = address.segments();
    let (mut start, mut length) = (0, 0);
    let mut at = 0;
    while at < groups.len() {
        let run = groups[at..].iter().take_while(|group| **group == 0).count();
        if run > length {
            (start, length) = (at, run);
        }
        at += run.max(1);
    }
    let join = |groups: &[u16]| groups.iter().map(|group| format!("{group:x}")).collect::<Vec<_>>().join(":");
    if length < 2 {
        return join(&groups);
    }
    format!("{}::{}", join(&groups[..start]), join(&groups[start + length..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for text in ["192.168.4.4", "0.0.0.0"] {
            assert_eq!(ip_family(text), Some(Family::V4), "{text}");
        }
        for text in ["192.168.4.04", "192.168.4", "300.1.1.1", " 1.2.3.4", "1.2.3.4 ", "", "0"] {
            assert!(!is_ipv4(text), "{text:?}");
        }
        for text in
            ["::", "::1", "FD00::1", "fe80::1%vtnet1", "1:2:3:4:5:6:7::", "::ffff:1.2.3.4", "fd00::0001"]
        {
            assert!(is_ipv6(text), "{text:?}");
        }
        for text in [
            "[::1]",
            "::1/64",
            "fd00::1%vtnet1",
            "1::2::3",
            "1:2:3:4:5:6:7",
            "12345::",
            "g::",
            ":::",
            "10",
            "::1.2.3",
        ] {
            assert!(!is_ipv6(text), "{text:?}");
        }
        // Decimal digits compare as numbers, so a blank passes; letters do not.
        assert!(is_ipv6("fd00::1 ") && !is_ipv6("fd00::a "));
    }

    #[test]
    fn subnets() {
        for text in ["10.0.0.0/8", "10.1.2.3/8", "1.2.3.4/32", "1.2.3.4/024"] {
            assert_eq!(subnet_family(text), Some(Family::V4), "{text}");
        }
        for text in ["::/0", "fd00::1/64", "FD00::/128", "::ffff:1.2.3.4/96"] {
            assert_eq!(subnet_family(text), Some(Family::V6), "{text}");
        }
        for text in [
            "10.0.0.0",
            "10/8",
            "10.0.0.0/33",
            "fd00::/129",
            "fe80::1%lan/64",
            "10.0.0.0/8 ",
            "/8",
            "1.2.3.4/",
        ] {
            assert_eq!(subnet_family(text), None, "{text:?}");
        }
    }

    #[test]
    fn words() {
        for text in ["NODES", "a", "_x", "k8s.nodes", "a-b", "300.1.1.1", "192.168.4", "1", "a.b."] {
            assert!(is_word(text), "{text:?}");
        }
        for text in ["", "-a", "a-", ".a", "a.", "a..b", "a b", "a/b", "a:b", "ü", " a", "a-.b"] {
            assert!(!is_word(text), "{text:?}");
        }
        assert!(is_word(&"x".repeat(10_000)));
    }

    #[test]
    fn ranges_never_hold_the_text_zero() {
        assert!(
            in_range("1", 0, 600)
                && in_range("600", 0, 600)
                && in_range("00", 0, 600)
                && in_range("0600", 0, 600)
        );
        for text in ["0", "601", "", "-1", "+1", " 1", "1 ", "1.0", "99999999999999999999999999"] {
            assert!(!in_range(text, 0, 600), "{text:?}");
        }
        assert!(is_in_range("0", 0, 600));
        assert!(is_asn("64500") && is_asn("4294967295") && is_asn("0064500"));
        for text in ["0", "4294967296", "1.10", "", " 64500", "AS64500"] {
            assert!(!is_asn(text), "{text:?}");
        }
    }

    #[test]
    fn communities() {
        for text in ["64500:100", "no-export", "64500:1 internet", "0:0", "local-as"] {
            assert!(is_community_list(text), "{text:?}");
        }
        for text in ["", "64500:70000", "1:1  2:2", "local-AS", "64500", "1:1 "] {
            assert!(!is_community_list(text), "{text:?}");
        }
    }

    #[test]
    fn networks() {
        for (address, length, network_address) in [
            ("192.168.4.77", "24", "192.168.4.0"),
            ("192.168.4.77", "0", "0.0.0.0"),
            ("fd00:0:0:1::99", "64", "fd00:0:0:1::"),
            ("::1", "0", "::"),
            ("fd00::1", "128", "fd00::1"),
            ("192.168.4.1", "33", ""),
            ("nothing", "24", ""),
        ] {
            assert_eq!(network(address, length), network_address, "{address}/{length}");
        }
    }
}
