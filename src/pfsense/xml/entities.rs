//! PHP's two entity tables: decoding a piece of text once more, and encoding a value for writing.
//!
//! pfSense passes every piece of text that its XML parser hands over through `html_entity_decode`,
//! and every value it writes through `htmlentities`; the era decides which names those know.
//! Nothing here knows elements or files. Read next: `read`, `write`.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use super::tags::Era;

/// The characters beyond ASCII that have a name in HTML 4.01, by code point.
#[rustfmt::skip]
const HTML_NAMES: [(u32, &str); 248] = [
    (0x00A0, "nbsp"), (0x00A1, "iexcl"), (0x00A2, "cent"), (0x00A3, "pound"), (0x00A4, "curren"),
    (0x00A5, "yen"), (0x00A6, "brvbar"), (0x00A7, "sect"), (0x00A8, "uml"), (0x00A9, "copy"),
    (0x00AA, "ordf"), (0x00AB, "laquo"), (0x00AC, "not"), (0x00AD, "shy"), (0x00AE, "reg"),
    (0x00AF, "macr"), (0x00B0, "deg"), (0x00B1, "plusmn"), (0x00B2, "sup2"), (0x00B3, "sup3"),
    (0x00B4, "acute"), (0x00B5, "micro"), (0x00B6, "para"), (0x00B7, "middot"), (0x00B8, "cedil"),
    (0x00B9, "sup1"), (0x00BA, "ordm"), (0x00BB, "raquo"), (0x00BC, "frac14"), (0x00BD, "frac12"),
    (0x00BE, "frac34"), (0x00BF, "iquest"), (0x00C0, "Agrave"), (0x00C1, "Aacute"), (0x00C2, "Acirc"),
    (0x00C3, "Atilde"), (0x00C4, "Auml"), (0x00C5, "Aring"), (0x00C6, "AElig"), (0x00C7, "Ccedil"),
    (0x00C8, "Egrave"), (0x00C9, "Eacute"), (0x00CA, "Ecirc"), (0x00CB, "Euml"), (0x00CC, "Igrave"),
    (0x00CD, "Iacute"), (0x00CE, "Icirc"), (0x00CF, "Iuml"), (0x00D0, "ETH"), (0x00D1, "Ntilde"),
    (0x00D2, "Ograve"), (0x00D3, "Oacute"), (0x00D4, "Ocirc"), (0x00D5, "Otilde"), (0x00D6, "Ouml"),
    (0x00D7, "times"), (0x00D8, "Oslash"), (0x00D9, "Ugrave"), (0x00DA, "Uacute"), (0x00DB, "Ucirc"),
    (0x00DC, "Uuml"), (0x00DD, "Yacute"), (0x00DE, "THORN"), (0x00DF, "szlig"), (0x00E0, "agrave"),
    (0x00E1, "aacute"), (0x00E2, "acirc"), (0x00E3, "atilde"), (0x00E4, "auml"), (0x00E5, "aring"),
    (0x00E6, "aelig"), (0x00E7, "ccedil"), (0x00E8, "egrave"), (0x00E9, "eacute"), (0x00EA, "ecirc"),
    (0x00EB, "euml"), (0x00EC, "igrave"), (0x00ED, "iacute"), (0x00EE, "icirc"), (0x00EF, "iuml"),
    (0x00F0, "eth"), (0x00F1, "ntilde"), (0x00F2, "ograve"), (0x00F3, "oacute"), (0x00F4, "ocirc"),
    (0x00F5, "otilde"), (0x00F6, "ouml"), (0x00F7, "divide"), (0x00F8, "oslash"), (0x00F9, "ugrave"),
    (0x00FA, "uacute"), (0x00FB, "ucirc"), (0x00FC, "uuml"), (0x00FD, "yacute"), (0x00FE, "thorn"),
    (0x00FF, "yuml"), (0x0152, "OElig"), (0x0153, "oelig"), (0x0160, "Scaron"), (0x0161, "scaron"),
    (0x0178, "Yuml"), (0x0192, "fnof"), (0x02C6, "circ"), (0x02DC, "tilde"), (0x0391, "Alpha"),
    (0x0392, "Beta"), (0x0393, "Gamma"), (0x0394, "Delta"), (0x0395, "Epsilon"), (0x0396, "Zeta"),
    (0x0397, "Eta"), (0x0398, "Theta"), (0x0399, "Iota"), (0x039A, "Kappa"), (0x039B, "Lambda"),
    (0x039C, "Mu"), (0x039D, "Nu"), (0x039E, "Xi"), (0x039F, "Omicron"), (0x03A0, "Pi"), (0x03A1, "Rho"),
    (0x03A3, "Sigma"), (0x03A4, "Tau"), (0x03A5, "Upsilon"), (0x03A6, "Phi"), (0x03A7, "Chi"),
    (0x03A8, "Psi"), (0x03A9, "Omega"), (0x03B1, "alpha"), (0x03B2, "beta"), (0x03B3, "gamma"),
    (0x03B4, "delta"), (0x03B5, "epsilon"), (0x03B6, "zeta"), (0x03B7, "eta"), (0x03B8, "theta"),
    (0x03B9, "iota"), (0x03BA, "kappa"), (0x03BB, "lambda"), (0x03BC, "mu"), (0x03BD, "nu"),
    (0x03BE, "xi"), (0x03BF, "omicron"), (0x03C0, "pi"), (0x03C1, "rho"), (0x03C2, "sigmaf"),
    (0x03C3, "sigma"), (0x03C4, "tau"), (0x03C5, "upsilon"), (0x03C6, "phi"), (0x03C7, "chi"),
    (0x03C8, "psi"), (0x03C9, "omega"), (0x03D1, "thetasym"), (0x03D2, "upsih"), (0x03D6, "piv"),
    (0x2002, "ensp"), (0x2003, "emsp"), (0x2009, "thinsp"), (0x200C, "zwnj"), (0x200D, "zwj"),
    (0x200E, "lrm"), (0x200F, "rlm"), (0x2013, "ndash"), (0x2014, "mdash"), (0x2018, "lsquo"),
    (0x2019, "rsquo"), (0x201A, "sbquo"), (0x201C, "ldquo"), (0x201D, "rdquo"), (0x201E, "bdquo"),
    (0x2020, "dagger"), (0x2021, "Dagger"), (0x2022, "bull"), (0x2026, "hellip"), (0x2030, "permil"),
    (0x2032, "prime"), (0x2033, "Prime"), (0x2039, "lsaquo"), (0x203A, "rsaquo"), (0x203E, "oline"),
    (0x2044, "frasl"), (0x20AC, "euro"), (0x2111, "image"), (0x2118, "weierp"), (0x211C, "real"),
    (0x2122, "trade"), (0x2135, "alefsym"), (0x2190, "larr"), (0x2191, "uarr"), (0x2192, "rarr"),
    (0x2193, "darr"), (0x2194, "harr"), (0x21B5, "crarr"), (0x21D0, "lArr"), (0x21D1, "uArr"),
    (0x21D2, "rArr"), (0x21D3, "dArr"), (0x21D4, "hArr"), (0x2200, "forall"), (0x2202, "part"),
    (0x2203, "exist"), (0x2205, "empty"), (0x2207, "nabla"), (0x2208, "isin"), (0x2209, "notin"),
    (0x220B, "ni"), (0x220F, "prod"), (0x2211, "sum"), (0x2212, "minus"), (0x2217, "lowast"),
    (0x221A, "radic"), (0x221D, "prop"), (0x221E, "infin"), (0x2220, "ang"), (0x2227, "and"),
    (0x2228, "or"), (0x2229, "cap"), (0x222A, "cup"), (0x222B, "int"), (0x2234, "there4"),
    (0x223C, "sim"), (0x2245, "cong"), (0x2248, "asymp"), (0x2260, "ne"), (0x2261, "equiv"),
    (0x2264, "le"), (0x2265, "ge"), (0x2282, "sub"), (0x2283, "sup"), (0x2284, "nsub"), (0x2286, "sube"),
    (0x2287, "supe"), (0x2295, "oplus"), (0x2297, "otimes"), (0x22A5, "perp"), (0x22C5, "sdot"),
    (0x2308, "lceil"), (0x2309, "rceil"), (0x230A, "lfloor"), (0x230B, "rfloor"), (0x2329, "lang"),
    (0x232A, "rang"), (0x25CA, "loz"), (0x2660, "spades"), (0x2663, "clubs"), (0x2665, "hearts"),
    (0x2666, "diams"),
];

/// The HTML 4.01 name of a character beyond ASCII.
pub(super) fn html_name(character: char) -> Option<&'static str> {
    let found = HTML_NAMES.binary_search_by_key(&u32::from(character), |(code, _)| *code).ok()?;
    HTML_NAMES.get(found).map(|(_, name)| *name)
}

/// The same table by name, because a hostile file may hold a million references.
static BY_NAME: LazyLock<HashMap<&'static str, char>> = LazyLock::new(|| {
    HTML_NAMES.iter().filter_map(|(code, name)| Some((*name, char::from_u32(*code)?))).collect()
});

/// Whether a name is one of HTML 4.01's names for characters beyond ASCII.
pub(super) fn is_html_name(name: &str) -> bool {
    BY_NAME.contains_key(name)
}

/// The character that a name stands for in the given era.
fn named(name: &str, era: Era) -> Option<char> {
    match (name, era) {
        ("amp", _) => Some('&'),
        ("lt", _) => Some('<'),
        ("gt", _) => Some('>'),
        ("quot", _) => Some('"'),
        ("apos", Era::Xml) => Some('\''),
        (_, Era::Xml) => None,
        (_, Era::Html) => BY_NAME.get(name).copied(),
    }
}

/// What PHP allows a numeric reference to stand for.
fn allowed(code: u32, era: Era) -> Option<char> {
    let character = char::from_u32(code)?;
    let fine = match era {
        _ if matches!(code, 0x09 | 0x0A | 0x0D) => true,
        Era::Html => code >= 0x20 && !(0x7F..0xA0).contains(&code),
        Era::Xml => code >= 0x20 && code != 0xFFFE && code != 0xFFFF,
    };
    fine.then_some(character)
}

/// One reference at the start of `text` (which begins with `&`): how many bytes PHP steps over, and
/// the character they stand for, if they stand for one.
fn reference(text: &str, era: Era) -> (usize, Option<char>) {
    let bytes = text.as_bytes();
    let span = |from: usize, is: fn(&u8) -> bool| from + bytes[from..].iter().take_while(|b| is(b)).count();
    // PHP does not look at an ampersand with fewer than three bytes behind it.
    if bytes.len() < 4 {
        return (1, None);
    }
    if bytes[1] != b'#' {
        let end = span(1, u8::is_ascii_alphanumeric);
        return match bytes.get(end) {
            Some(b';') if end > 1 => match named(&text[1..end], era) {
                Some(character) => (end + 1, Some(character)),
                None => (end, None),
            },
            _ => (end, None),
        };
    }
    let hexadecimal = matches!(bytes[2], b'x' | b'X');
    let first = if hexadecimal { 3 } else { 2 };
    let is_digit: fn(&u8) -> bool = if hexadecimal { u8::is_ascii_hexdigit } else { u8::is_ascii_digit };
    if !bytes.get(first).is_some_and(is_digit) {
        return (first, None);
    }
    // C's strtol takes a second `0x` in front of hexadecimal digits.
    let doubled = hexadecimal
        && bytes[first] == b'0'
        && matches!(bytes.get(first + 1), Some(b'x' | b'X'))
        && bytes.get(first + 2).is_some_and(is_digit);
    let digits = if doubled { first + 2 } else { first };
    let end = span(digits, is_digit);
    if bytes.get(end) != Some(&b';') {
        return (end, None);
    }
    let code = u32::from_str_radix(&text[digits..end], if hexadecimal { 16 } else { 10 });
    match code.ok().and_then(|code| allowed(code, era)) {
        Some(character) => (end + 1, Some(character)),
        None => (end, None),
    }
}

/// PHP's `html_entity_decode` with the flags of the era.
pub(super) fn decode(text: &str, era: Era) -> Cow<'_, str> {
    let Some(first) = text.find('&') else { return Cow::Borrowed(text) };
    let mut decoded = String::with_capacity(text.len());
    decoded.push_str(&text[..first]);
    let mut rest = &text[first..];
    loop {
        let (length, character) = reference(rest, era);
        match character {
            Some(character) => decoded.push(character),
            None => decoded.push_str(&rest[..length]),
        }
        rest = &rest[length..];
        let Some(next) = rest.find('&') else {
            decoded.push_str(rest);
            return Cow::Owned(decoded);
        };
        decoded.push_str(&rest[..next]);
        rest = &rest[next..];
    }
}

/// PHP's `htmlentities` with the flags of the era, appended to `out`.
pub(super) fn encode(text: &str, era: Era, out: &mut String) {
    for character in text.chars() {
        match (character, era) {
            ('&', _) => out.push_str("&amp;"),
            ('<', _) => out.push_str("&lt;"),
            ('>', _) => out.push_str("&gt;"),
            ('"', _) => out.push_str("&quot;"),
            ('\'', Era::Html) => out.push_str("&#039;"),
            ('\'', Era::Xml) => out.push_str("&apos;"),
            (_, Era::Html) if !character.is_ascii() => match html_name(character) {
                Some(name) => {
                    out.push('&');
                    out.push_str(name);
                    out.push(';');
                }
                None => out.push(character),
            },
            _ => out.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(text: &str, era: Era) -> String {
        let mut out = String::new();
        encode(text, era, &mut out);
        out
    }

    #[test]
    fn names_by_era() {
        assert_eq!(decode("&uuml;&euro;&amp;uuml;", Era::Html), "ü€&uuml;");
        assert_eq!(decode("&uuml;&apos;&amp;apos;", Era::Xml), "&uuml;'&apos;");
        assert_eq!(decode("&apos;&#039;&#x27;&#X27;", Era::Html), "&apos;'''");
        assert_eq!(decode("&lt;&gt;&quot;&amp;", Era::Xml), "<>\"&");
    }

    #[test]
    fn what_is_no_reference_stays() {
        for text in ["&", "&;", "&lt", "&&&", "a & b", "&#;", "&#x;", "&#99999999999999999999;", "&#xD800;"] {
            assert_eq!(decode(text, Era::Html), text);
            assert_eq!(decode(text, Era::Xml), text);
        }
        assert_eq!(decode("&foo&lt;", Era::Xml), "&foo<");
        assert_eq!(decode("&#x0x41;", Era::Xml), "A");
        assert_eq!(decode("&#128;&#65534;", Era::Html), "&#128;\u{FFFE}");
        assert_eq!(decode("&#128;&#65534;", Era::Xml), "\u{80}&#65534;");
        assert_eq!(decode("&#13;&#1;", Era::Xml), "\r&#1;");
    }

    #[test]
    fn encoding_by_era() {
        let text = "a&b<c>\"d'é€ł日";
        assert_eq!(encoded(text, Era::Html), "a&amp;b&lt;c&gt;&quot;d&#039;&eacute;&euro;ł日");
        assert_eq!(encoded(text, Era::Xml), "a&amp;b&lt;c&gt;&quot;d&apos;é€ł日");
    }

    #[test]
    fn every_name_comes_back() {
        assert!(HTML_NAMES.windows(2).all(|w| w[0].0 < w[1].0));
        for (code, _) in HTML_NAMES {
            let text = char::from_u32(code).expect("a character").to_string();
            let written = encoded(&text, Era::Html);
            assert!(written.is_ascii());
            assert_eq!(decode(&written, Era::Html), text);
        }
    }
}
