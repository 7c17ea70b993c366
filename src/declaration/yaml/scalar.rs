//! What a plain word is: in YAML 1.2 (which we read) and in YAML 1.1 (which others still read).
//!
//! kubectl and most tools around Kubernetes follow YAML 1.1: an unquoted `no` is a boolean there and
//! `010` is eight. Words on which the two disagree are never guessed at; they must be quoted.

/// What a plain word is in the YAML 1.2 core schema.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Core {
    /// `null`, `~` or nothing at all.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number. Numbers beyond the type are clamped: nothing in the format is that large.
    Int(i128),
    /// A number with a fraction or an exponent, an infinity, or not a number.
    Float,
    /// Anything else.
    Text,
}

/// What YAML 1.1 readers make of a plain word, where that differs from YAML 1.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Yaml11 {
    /// `yes`, `no`, `on`, `off`, `y`, `n`.
    Bool(bool),
    /// `010`, `0o10`, `1_000`, `0b11`: another number, or a number at all.
    Number,
    /// `1:30`: ninety, by base 60. The YAML 1.1 reader behind kubectl left this one out.
    Sexagesimal,
    /// `2024-01-31`.
    Date,
}

/// Resolves a plain word by the YAML 1.2 core schema.
pub(crate) fn core(text: &str) -> Core {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Core::Null,
        "true" | "True" | "TRUE" => return Core::Bool(true),
        "false" | "False" | "FALSE" => return Core::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Core::Float,
        _ => {}
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return Core::Float;
    }
    let digits_of = |digits: &str, radix: u32| {
        (!digits.is_empty() && digits.chars().all(|c| c.is_digit(radix)))
            .then(|| i128::from_str_radix(digits, radix).unwrap_or(i128::MAX))
    };
    // Signs are allowed on decimal numbers only.
    if let Some(n) = text.strip_prefix("0o").and_then(|d| digits_of(d, 8)) {
        return Core::Int(n);
    }
    if let Some(n) = text.strip_prefix("0x").and_then(|d| digits_of(d, 16)) {
        return Core::Int(n);
    }
    if let Some(n) = digits_of(unsigned, 10) {
        return Core::Int(if text.starts_with('-') { -n } else { n });
    }
    if is_float(unsigned) { Core::Float } else { Core::Text }
}

/// `( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`
fn is_float(text: &str) -> bool {
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let exponent_fits = exponent.is_none_or(|e| digits(e.strip_prefix(['+', '-']).unwrap_or(e)));
    let mantissa_fits = match mantissa.split_once('.') {
        Some(("", fraction)) => digits(fraction),
        Some((whole, fraction)) => digits(whole) && (fraction.is_empty() || digits(fraction)),
        None => digits(mantissa),
    };
    mantissa_fits && exponent_fits
}

/// What YAML 1.1 readers see in a plain word, if it is not what YAML 1.2 readers see.
pub(crate) fn yaml11(text: &str) -> Option<Yaml11> {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => return Some(Yaml11::Bool(true)),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => return Some(Yaml11::Bool(false)),
        _ => {}
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    if is_odd_number(unsigned) {
        return Some(Yaml11::Number);
    }
    if is_sexagesimal(unsigned) {
        return Some(Yaml11::Sexagesimal);
    }
    is_date(text).then_some(Yaml11::Date)
}

/// Leading zeros, `0o`, `0b`, and underscores between digits.
fn is_odd_number(text: &str) -> bool {
    let all = |s: &str, fits: fn(u8) -> bool| {
        s.bytes().any(|b| b != b'_') && s.bytes().all(|b| b == b'_' || fits(b))
    };
    if let Some(digits) = text.strip_prefix("0b") {
        return all(digits, |b| matches!(b, b'0' | b'1'));
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return all(digits, |b| matches!(b, b'0'..=b'7'));
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return digits.contains('_') && all(digits, |b| b.is_ascii_hexdigit());
    }
    if text.len() > 1 && text.starts_with('0') && all(text, |b| b.is_ascii_digit()) {
        return true;
    }
    text.contains('_') && core_without_underscores_is_number(text)
}

fn core_without_underscores_is_number(text: &str) -> bool {
    let bare: String = text.chars().filter(|c| *c != '_').collect();
    text.starts_with(|c: char| c.is_ascii_digit()) && matches!(core(&bare), Core::Int(_) | Core::Float)
}

/// `[0-9][0-9_]* ( : [0-5]?[0-9] )+ ( \. [0-9_]* )?`
fn is_sexagesimal(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if !fraction.bytes().all(|b| b.is_ascii_digit() || b == b'_') {
        return false;
    }
    let mut parts = whole.split(':');
    let first = parts.next().unwrap_or_default();
    if !first.starts_with(|c: char| c.is_ascii_digit())
        || !first.bytes().all(|b| b.is_ascii_digit() || b == b'_')
    {
        return false;
    }
    let mut more = 0;
    for part in parts {
        more += 1;
        let fits = match part.as_bytes() {
            [b] => b.is_ascii_digit(),
            [tens, ones] => matches!(tens, b'0'..=b'5') && ones.is_ascii_digit(),
            _ => false,
        };
        if !fits {
            return false;
        }
    }
    more > 0
}

/// `YYYY-M-D`, with or without a time behind it.
fn is_date(text: &str) -> bool {
    let day = text.split(['T', 't', ' ', '\t']).next().unwrap_or_default();
    let mut parts = day.split('-');
    let fits = |part: Option<&str>, longest: usize, shortest: usize| {
        part.is_some_and(|p| (shortest..=longest).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_digit()))
    };
    fits(parts.next(), 4, 4)
        && fits(parts.next(), 2, 1)
        && fits(parts.next(), 2, 1)
        && parts.next().is_none()
        && (day.len() == text.len()
            || text[day.len() + 1..].trim_start().starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expectations from the tables of the YAML 1.2.2 specification, 10.3.2.
    #[test]
    fn core_schema() {
        for (text, wanted) in [
            ("", Core::Null),
            ("~", Core::Null),
            ("Null", Core::Null),
            ("nULL", Core::Text),
            ("true", Core::Bool(true)),
            ("FALSE", Core::Bool(false)),
            ("tRUE", Core::Text),
            ("yes", Core::Text),
            ("0", Core::Int(0)),
            ("-19", Core::Int(-19)),
            ("+12", Core::Int(12)),
            ("010", Core::Int(10)),
            ("0o7", Core::Int(7)),
            ("0o8", Core::Text),
            ("0x3A", Core::Int(58)),
            ("-0x3A", Core::Text),
            ("0x", Core::Text),
            ("4294967296", Core::Int(4_294_967_296)),
            ("9999999999999999999999999999999999999999999", Core::Int(i128::MAX)),
            ("0.", Core::Float),
            ("-0.0", Core::Float),
            (".5", Core::Float),
            ("+12e03", Core::Float),
            ("-2E+05", Core::Float),
            ("1.10", Core::Float),
            ("64500.1", Core::Float),
            (".inf", Core::Float),
            ("-.Inf", Core::Float),
            (".nan", Core::Float),
            ("-.nan", Core::Text),
            (".", Core::Text),
            ("-", Core::Text),
            ("e5", Core::Text),
            ("1e", Core::Text),
            ("1_000", Core::Text),
            ("192.168.4.1", Core::Text),
            ("0.15.2", Core::Text),
        ] {
            assert_eq!(core(text), wanted, "{text:?}");
        }
    }

    /// Expectations from the type repository of YAML 1.1 (bool, int, float, timestamp).
    #[test]
    fn words_on_which_the_versions_disagree() {
        for (text, wanted) in [
            ("y", Some(Yaml11::Bool(true))),
            ("No", Some(Yaml11::Bool(false))),
            ("OFF", Some(Yaml11::Bool(false))),
            ("oN", None),
            ("true", None),
            ("010", Some(Yaml11::Number)),
            ("-010", Some(Yaml11::Number)),
            ("0o10", Some(Yaml11::Number)),
            ("0b11", Some(Yaml11::Number)),
            ("0b12", None),
            ("1_000", Some(Yaml11::Number)),
            ("1_000.5", Some(Yaml11::Number)),
            ("_1", None),
            ("0x1_0", Some(Yaml11::Number)),
            ("0x10", None),
            ("0", None),
            ("10", None),
            (".5", None),
            ("1:30", Some(Yaml11::Sexagesimal)),
            ("190:20:30.15", Some(Yaml11::Sexagesimal)),
            ("64500:10", Some(Yaml11::Sexagesimal)),
            ("64500:70", None),
            ("64500:100", None),
            ("2001:db8::1", None),
            ("::1", None),
            ("2024-01-31", Some(Yaml11::Date)),
            ("2001-12-14t21:59:43.10-05:00", Some(Yaml11::Date)),
            ("2024-01", None),
            ("192.168.4.1", None),
            ("192.168.4.1-192.168.4.9", None),
            ("10-20-30", None),
            ("", None),
        ] {
            assert_eq!(yaml11(text), wanted, "{text:?}");
        }
    }
}
