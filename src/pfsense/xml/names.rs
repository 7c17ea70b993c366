//! The smallest parts of XML: blanks, names, character references.
//!
//! Each function takes the whole text and a place in it, and says where the part ends.

use super::error::{Fault, ReadErrorKind};

/// libxml2's limit of a name.
const MAX_NAME: usize = 50_000;

/// Behind the blanks that begin at `at`.
pub(super) fn skip_blanks(bytes: &[u8], at: usize) -> usize {
    let blanks = bytes.get(at..).unwrap_or_default();
    at + blanks.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r')).count()
}

/// The end of the name that begins at `from`; `None` if none begins there, or too long a one.
pub(super) fn name_end(text: &str, from: usize) -> Option<usize> {
    let rest = text.get(from..)?;
    let end = rest.find(|c| !is_name_character(c)).unwrap_or(rest.len());
    let begins_well = rest.chars().next().is_some_and(is_name_start);
    (begins_well && end <= MAX_NAME).then_some(from + end)
}

/// Production 4 of XML 1.0, fifth edition.
fn is_name_start(c: char) -> bool {
    matches!(c,
        'a'..='z' | 'A'..='Z' | '_' | ':' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
        | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}'
        | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}'
        | '\u{FDF0}'..='\u{FFFD}' | '\u{10000}'..='\u{EFFFF}')
}

/// Production 4a.
fn is_name_character(c: char) -> bool {
    is_name_start(c)
        || matches!(c, '0'..='9' | '-' | '.' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

/// `&#…;` at `at`: behind it, and the character.
pub(super) fn char_reference(text: &str, at: usize) -> Result<(usize, char), Fault> {
    let refused = |message: &str| Err(Fault::new(ReadErrorKind::Reference, at, message));
    let digits = text.get(at + 2..).unwrap_or_default();
    let (digits, radix) = match digits.strip_prefix('x') {
        Some(hexadecimal) => (hexadecimal, 16),
        None => (digits, 10),
    };
    let Some(length) = digits.find(|c: char| !c.is_digit(radix)) else {
        return refused("a character reference does not end");
    };
    let after = &digits[length..];
    if !after.starts_with(';') {
        return refused("a character reference is malformed");
    }
    let end = text.len() - after.len() + 1;
    let significant = digits[..length].trim_start_matches('0');
    // No digits at all are number 0, which is no character.
    let code = if significant.is_empty() { Some(0) } else { u32::from_str_radix(significant, radix).ok() };
    match code.and_then(char::from_u32) {
        Some(c) if c >= ' ' && c != '\u{FFFE}' && c != '\u{FFFF}' || matches!(c, '\t' | '\n' | '\r') => {
            Ok((end, c))
        }
        _ => refused("a character reference stands for no character of XML"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_begin_with_letters_and_end_where_they_must() {
        assert_eq!(name_end("frrbgp>", 0), Some(6));
        assert_eq!(name_end("<ärger-1.a:b c", 1), Some(13));
        for text in ["", "1a", "-a", ".a", " a", ">"] {
            assert_eq!(name_end(text, 0), None, "{text:?}");
        }
        assert_eq!(name_end(&"a".repeat(50_000), 0), Some(50_000));
        assert_eq!(name_end(&"a".repeat(50_001), 0), None);
    }

    #[test]
    fn character_references() {
        assert_eq!(char_reference("&#252;x", 0), Ok((6, 'ü')));
        assert_eq!(char_reference("a&#x1F600;", 1), Ok((10, '😀')));
        assert_eq!(char_reference("&#10;", 0), Ok((5, '\n')));
        for text in
            ["&#;", "&#x;", "&#X41;", "&#0;", "&#1;", "&#xD800;", "&#x110000;", "&#65534;", "&#65", "&#6 5;"]
        {
            assert!(char_reference(text, 0).is_err(), "{text}");
        }
    }
}
