//! How single values are written: quotes only where they are needed, ASNs as plain numbers.

use std::fmt::Write as _;

use crate::declaration::yaml::{
    Scalar, Style,
    scalar::{self, Core, Yaml11},
};

/// Where a value stands: inside brackets some characters end it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Context {
    /// In a block.
    Block,
    /// In brackets or braces.
    Flow,
}

/// A scalar on one line.
pub(super) fn spell(scalar: &Scalar, context: Context) -> String {
    if scalar.style == Style::Plain && scalar.core() != Core::Text {
        return scalar.text.to_string();
    }
    if needs_quotes(&scalar.text, context) { quote(&scalar.text) } else { scalar.text.to_string() }
}

/// Whether a plain text would be read as something else than itself, by us or by anybody.
fn needs_quotes(text: &str, context: Context) -> bool {
    let Some(first) = text.chars().next() else { return true };
    scalar::core(text) != Core::Text
        || scalar::yaml11(text).is_some()
        || matches!(text, "=" | "<<")
        || text.starts_with("...")
        || "-?:,[]{}#&*!|>'\"%@`".contains(first)
        || text.ends_with(':')
        || text.starts_with(char::is_whitespace)
        || text.ends_with(char::is_whitespace)
        || text.contains(": ")
        || text.contains(" #")
        || text.chars().any(must_be_escaped)
        || (context == Context::Flow && text.contains([',', '[', ']', '{', '}']))
}

/// Characters that a reader would not see, or that other readers take for a line end.
fn must_be_escaped(c: char) -> bool {
    c.is_control()
        || (c.is_whitespace() && c != ' ')
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}')
        || matches!(c, '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{FFFE}' | '\u{FFFF}')
}

fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if must_be_escaped(c) => {
                // Writing to a string does not fail.
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Whether the value under these keys (without indexes) is an ASN.
pub(super) fn is_asn_place(path: &[&str]) -> bool {
    matches!(path, ["spec", "asns", _] | ["spec", "cluster" | "nodes" | "peers", "asn"])
}

/// The number of an ASN that is written as one: plain, quoted, or quoted asdot. Names have none, and
/// neither has what is faulty or means two things: the formatter does not hide that.
pub(super) fn asn(scalar: &Scalar) -> Option<u32> {
    let number = match (scalar.style, scalar.core()) {
        (Style::Plain, Core::Int(n)) if scalar::yaml11(&scalar.text) != Some(Yaml11::Number) => {
            u32::try_from(n).ok()?
        }
        (Style::Plain, _) => return None,
        _ => match scalar.text.split_once('.') {
            Some((high, low)) => u32::from(decimal::<u16>(high)?) << 16 | u32::from(decimal::<u16>(low)?),
            None => decimal(&scalar.text)?,
        },
    };
    (number > 0).then_some(number)
}

/// A number without sign, leading zeros and other ornaments.
fn decimal<N: std::str::FromStr>(text: &str) -> Option<N> {
    let plain = text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(text: &str, style: Style, context: Context) -> String {
        spell(&Scalar { text: text.into(), style }, context)
    }

    #[test]
    fn quotes_where_they_are_needed() {
        for (text, wanted) in [
            ("edge", "edge"),
            ("192.168.4.0/24", "192.168.4.0/24"),
            ("192.168.4.1-192.168.4.9", "192.168.4.1-192.168.4.9"),
            ("2001:db8::/64", "2001:db8::/64"),
            ("2001:db8::", "\"2001:db8::\""),
            ("::1", "\"::1\""),
            ("64500:70", "64500:70"),
            ("64500:10", "\"64500:10\""),
            ("no", "\"no\""),
            ("true", "\"true\""),
            ("12", "\"12\""),
            ("1.10", "\"1.10\""),
            ("010", "\"010\""),
            ("", "\"\""),
            ("a b", "a b"),
            (" a", "\" a\""),
            ("a: b", "\"a: b\""),
            ("a #b", "\"a #b\""),
            ("a#b", "a#b"),
            ("- a", "\"- a\""),
            ("it's", "it's"),
            ("say \"x\"", "say \"x\""),
            ("\"x", "\"\\\"x\""),
            ("a\\b", "a\\b"),
            ("a\nb", "\"a\\nb\""),
            ("a\u{a0}b", "\"a\\u00A0b\""),
            ("über", "über"),
            ("a, b", "a, b"),
        ] {
            assert_eq!(spelled(text, Style::Single, Context::Block), wanted, "{text:?}");
        }
        assert_eq!(spelled("a, b", Style::Single, Context::Flow), "\"a, b\"");
        assert_eq!(spelled("true", Style::Plain, Context::Flow), "true");
        assert_eq!(spelled("0x10", Style::Plain, Context::Flow), "0x10");
    }

    #[test]
    fn asns_have_one_spelling() {
        for (text, style, wanted) in [
            ("64500", Style::Plain, Some(64500)),
            ("+64500", Style::Plain, Some(64500)),
            ("64500", Style::Double, Some(64500)),
            ("1.10", Style::Single, Some(65546)),
            ("65535.65535", Style::Double, Some(u32::MAX)),
            ("1.10", Style::Plain, None),
            ("65536.1", Style::Double, None),
            ("4294967296", Style::Plain, None),
            ("0", Style::Plain, None),
            ("010", Style::Plain, None),
            ("010", Style::Double, None),
            ("edge", Style::Plain, None),
        ] {
            assert_eq!(asn(&Scalar { text: text.into(), style }), wanted, "{text}");
        }
    }
}
