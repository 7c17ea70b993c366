//! Addresses, prefixes and durations as text, and what is said about those that are wrong.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;
use std::time::Duration;

use ipnet::IpNet;

use super::report::{Report, error, quoted};
use crate::declaration::Cursor;
use crate::intent::{Family, Sited};

/// Reads the address of a host: what a session or a service can have. `what` says whose it is.
pub(super) fn host(text: &str, what: &str, at: Cursor<'_>, report: &mut Report) -> Option<Sited<IpAddr>> {
    let Ok(address) = IpAddr::from_str(text) else {
        let (reason, hint) = explain(text);
        report.push(
            error("address-invalid", format!("{what}: {} {reason}", quoted(text))).at(at.place()).hint(hint),
        );
        return None;
    };
    if let Some((reason, hint)) = unusable(address) {
        report
            .push(error("address-unusable", format!("{what}: {address} {reason}")).at(at.place()).hint(hint));
        return None;
    }
    Some(Sited::new(address, at.place()))
}

/// Reads `address` or `addresses`: exactly one of the two, at most one address for each family.
pub(super) fn hosts(
    address: Option<&str>,
    addresses: &[String],
    what: &str,
    at: Cursor<'_>,
    report: &mut Report,
) -> Vec<Sited<IpAddr>> {
    let (one, many) = (at.key("address"), at.key("addresses"));
    if address.is_some() && !addresses.is_empty() {
        report.push(
            error("address-and-addresses", format!("{what} has both `address` and `addresses`"))
                .at(many.key_place())
                .label(one.key_place(), "the other one")
                .hint("keep `addresses` with all of them, or `address` alone"),
        );
    }
    let written = address.map(|text| (text, one)).into_iter();
    let written = written.chain(addresses.iter().map(String::as_str).zip(many.items()));
    let mut found: Vec<Sited<IpAddr>> = Vec::new();
    for (text, here) in written {
        let Some(next) = host(text, what, here, report) else { continue };
        let family = Family::of(next.value);
        match found.iter().find(|earlier| Family::of(earlier.value) == family) {
            None => found.push(next),
            Some(earlier) => report.push(
                error("address-second-of-family", format!("{what} has two {family} addresses"))
                    .at(next.place)
                    .label(earlier.place, "the first")
                    .hint("keep one address for each family"),
            ),
        }
    }
    found
}

/// Why a text is no address, and what to write instead.
fn explain(text: &str) -> (String, String) {
    let inner = text.trim_matches(['[', ']']);
    if inner != text && IpAddr::from_str(inner).is_ok() {
        return ("has brackets".into(), format!("write {inner}"));
    }
    if text.trim() != text && IpAddr::from_str(text.trim()).is_ok() {
        return ("has blanks around it".into(), format!("write {}", text.trim()));
    }
    if let Some((address, _)) = text.split_once('/')
        && IpAddr::from_str(address).is_ok()
    {
        return ("has a prefix length, and a single address is wanted".into(), format!("write {address}"));
    }
    if let Some((address, zone)) = text.split_once('%')
        && Ipv6Addr::from_str(address).is_ok()
    {
        return (
            format!("has the zone {}; MetalLB takes no zones", quoted(zone)),
            "use a global or unique local address of that interface".into(),
        );
    }
    if let Some(plain) = without_leading_zeros(text) {
        return ("has leading zeros, which some programs read as octal".into(), format!("write {plain}"));
    }
    if let Ok(with_port) = std::net::SocketAddr::from_str(text) {
        return ("has a port".into(), format!("write {}", with_port.ip()));
    }
    if text.bytes().any(|b| b.is_ascii_alphabetic()) && !text.contains(':') {
        return ("is a name, not an IP address".into(), "write the address that it resolves to".into());
    }
    ("is no IP address".into(), "write it like 192.168.4.1 or 2001:db8::1".into())
}

fn without_leading_zeros(text: &str) -> Option<Ipv4Addr> {
    let parts: Option<Vec<u8>> = text
        .split('.')
        .map(|part| part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse().ok()).flatten())
        .collect();
    let parts: [u8; 4] = parts?.try_into().ok()?;
    let plain = Ipv4Addr::from(parts);
    (plain.to_string() != text).then_some(plain)
}

/// Why a host cannot have this address, and the way out.
pub(super) fn unusable(address: IpAddr) -> Option<(&'static str, String)> {
    let other = || "write the address of an interface".to_owned();
    match address {
        IpAddr::V4(a) if a.is_unspecified() => Some(("is the unspecified address", other())),
        IpAddr::V4(a) if a.is_loopback() => Some(("is a loopback address", other())),
        IpAddr::V4(a) if a.is_multicast() => Some(("is a multicast address", other())),
        IpAddr::V4(a) if a.is_broadcast() => Some(("is the broadcast address", other())),
        IpAddr::V4(a) if a.octets()[0] == 0 => Some(("is in 0.0.0.0/8, which no host can have", other())),
        IpAddr::V4(_) => None,
        IpAddr::V6(a) => match a.to_ipv4_mapped() {
            Some(v4) => Some(("is an IPv4-mapped IPv6 address", format!("write {v4}"))),
            None if a.is_unspecified() => Some(("is the unspecified address", other())),
            None if a.is_loopback() => Some(("is a loopback address", other())),
            None if a.is_multicast() => Some(("is a multicast address", other())),
            None if a.is_unicast_link_local() => Some((
                "is link-local: it means nothing without an interface, and MetalLB takes no zones",
                "use a global or unique local address".into(),
            )),
            None => None,
        },
    }
}

/// Reads a prefix without host bits.
pub(super) fn prefix(text: &str, what: &str, at: Cursor<'_>, report: &mut Report) -> Option<Sited<IpNet>> {
    let Some(net) = parse_net(text) else {
        let hint = match IpAddr::from_str(text) {
            Ok(address) => format!("write {}", crate::intent::address::host_net(address)),
            Err(_) => "write it like 192.168.4.0/24 or 2001:db8::/64".into(),
        };
        report.push(
            error("prefix-invalid", format!("{what}: {} is no prefix", quoted(text)))
                .at(at.place())
                .hint(hint),
        );
        return None;
    };
    if net.trunc() != net {
        report.push(
            error("prefix-host-bits", format!("{what}: {net} has bits behind its length"))
                .at(at.place())
                .hint(format!("write {}", net.trunc())),
        );
        return None;
    }
    Some(Sited::new(net, at.place()))
}

/// Reads a list of prefixes, each without host bits.
pub(super) fn prefixes(
    texts: &[String],
    what: &str,
    at: Cursor<'_>,
    report: &mut Report,
) -> Vec<Sited<IpNet>> {
    texts.iter().zip(at.items()).filter_map(|(text, here)| prefix(text, what, here, report)).collect()
}

/// `address/length` with both in plain spelling; IPv4-mapped IPv6 is refused.
pub(super) fn parse_net(text: &str) -> Option<IpNet> {
    let (address, length) = text.split_once('/')?;
    let plain = length == "0" || !length.starts_with('0');
    if !plain || length.is_empty() || !length.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let address = IpAddr::from_str(address).ok()?;
    let mapped = matches!(address, IpAddr::V6(a) if a.to_ipv4_mapped().is_some());
    let length = length.parse().ok()?;
    if mapped { None } else { IpNet::new(address, length).ok() }
}

/// Reads a duration in Go's notation, whole seconds only: that is what BGP and pfSense count in.
pub(super) fn seconds(
    text: &str,
    what: &str,
    at: Cursor<'_>,
    report: &mut Report,
) -> Option<Sited<Duration>> {
    let refuse = |reason: String, hint: String, report: &mut Report| {
        report.push(error("duration-invalid", format!("{what}: {reason}")).at(at.place()).hint(hint));
        None
    };
    match parse_duration(text) {
        Some(duration) if duration.subsec_nanos() == 0 => Some(Sited::new(duration, at.place())),
        Some(duration) => refuse(
            format!("{} is no whole number of seconds", quoted(text)),
            format!("write {}s", duration.as_secs().max(1)),
            report,
        ),
        None if text.bytes().all(|b| b.is_ascii_digit()) && !text.is_empty() => {
            refuse(format!("{} has no unit", quoted(text)), format!("write \"{text}s\""), report)
        }
        None => refuse(
            format!("{} is no duration", quoted(text)),
            "write a number with a unit, such as 90s or 1m30s".into(),
            report,
        ),
    }
}

/// Go's notation without a sign: numbers with units, `1h`, `1m30s`, `1.5s`.
fn parse_duration(text: &str) -> Option<Duration> {
    if text == "0" {
        return Some(Duration::ZERO);
    }
    // Longer than any sensible duration; keeps the arithmetic below far from overflow.
    if text.is_empty() || text.len() > 40 {
        return None;
    }
    let mut rest = text;
    let mut total: u128 = 0;
    while !rest.is_empty() {
        let number_end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, behind) = rest.split_at(number_end);
        let unit_end = behind.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(behind.len());
        let (unit, behind) = behind.split_at(unit_end);
        total = total.checked_add(nanoseconds(number, unit)?)?;
        rest = behind;
    }
    u64::try_from(total).ok().map(Duration::from_nanos)
}

fn nanoseconds(number: &str, unit: &str) -> Option<u128> {
    let unit: u128 = match unit {
        "ns" => 1,
        "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() || fraction.len() > 12 || whole.len() > 12 {
        return None;
    }
    let digits = |text: &str| if text.is_empty() { Some(0) } else { text.parse::<u128>().ok() };
    let scale = 10u128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    Some(digits(whole)? * unit + digits(fraction)? * unit / scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_as_go_writes_them() {
        for (text, seconds) in [
            ("90s", Some(90.0)),
            ("1m30s", Some(90.0)),
            ("1.5s", Some(1.5)),
            ("1h", Some(3600.0)),
            ("500ms", Some(0.5)),
            ("0", Some(0.0)),
            ("0s", Some(0.0)),
            (".5m", Some(30.0)),
            ("90", None),
            ("", None),
            ("s", None),
            ("-5s", None),
            ("1d", None),
            ("1.2.3s", None),
            ("90 s", None),
            ("9999999999999h", None),
        ] {
            assert_eq!(parse_duration(text).map(|d| d.as_secs_f64()), seconds, "{text}");
        }
    }

    #[test]
    fn prefixes_in_plain_spelling_only() {
        for good in ["10.0.0.0/8", "0.0.0.0/0", "::/0", "2001:DB8::/32", "10.0.0.1/24"] {
            assert!(parse_net(good).is_some(), "{good}");
        }
        for bad in [
            "10.0.0.0",
            "10.0.0.0/33",
            "10.0.0.0/08",
            "10.0.0.0/",
            "10.0.0.0/+8",
            "::ffff:1.2.3.4/120",
            "010.0.0.0/8",
            " 10.0.0.0/8",
        ] {
            assert!(parse_net(bad).is_none(), "{bad}");
        }
    }
}
