//! PHP's own ideas of empty, equal, numeric and ordered, as far as the package leans on them.
//!
//! Everything is told from texts, because a value read from config.xml is nothing else; an absent
//! key behaves like the empty text in every comparison here.
//! This file never looks at a configuration. Read next: `judge` for addresses, words and ranges.

use std::cmp::Ordering;
use std::collections::HashSet;

pub(super) use crate::pfsense::value::truthy;

/// A text that PHP takes for a number.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Number {
    Integer(i64),
    Float(f64),
    /// An integer beyond 64 bits; two of them compare as texts when they are equal as floats.
    Oversize(f64),
}

impl Number {
    fn as_float(self) -> f64 {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "PHP compares integers with floats this way")]
            Number::Integer(value) => value as f64,
            Number::Float(value) | Number::Oversize(value) => value,
        }
    }
}

fn is_space(byte: char) -> bool {
    matches!(byte, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c')
}

fn number(text: &str) -> Option<Number> {
    let text = text.trim_matches(is_space);
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();

    let whole = digits(unsigned);
    let mut rest = &unsigned[whole..];
    let mut fraction = 0;
    let mut integer = true;
    if let Some(after) = rest.strip_prefix('.') {
        fraction = digits(after);
        rest = &after[fraction..];
        integer = false;
    }
    if whole + fraction == 0 {
        return None;
    }
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        if exponent.is_empty() || digits(exponent) != exponent.len() {
            return None;
        }
        integer = false;
    } else if !rest.is_empty() {
        return None;
    }
    if integer && let Ok(value) = text.parse() {
        return Some(Number::Integer(value));
    }
    let value = text.parse().ok()?;
    Some(if integer { Number::Oversize(value) } else { Number::Float(value) })
}

/// `is_numeric()`: decimal integers and floats, blanks around allowed, no hexadecimal.
pub(super) fn is_numeric(text: &str) -> bool {
    number(text).is_some()
}

/// The value of a numeric text.
pub(super) fn float(text: &str) -> Option<f64> {
    number(text).map(Number::as_float)
}

/// The number that a text begins with, blanks before it allowed.
fn leading_number(text: &str) -> Option<Number> {
    let text = text.trim_start_matches(is_space);
    // No longer number is told from its first digits; and a hostile text costs no more than this.
    let longest = text.len().min(40);
    (1..=longest)
        .rev()
        .filter(|end| text.is_char_boundary(*end) && !text[..*end].ends_with(is_space))
        .find_map(|end| number(&text[..end]))
}

/// `(int)`: the leading number without its fraction, 0 if there is none.
pub(super) fn integer(text: &str) -> i64 {
    match leading_number(text) {
        Some(Number::Integer(value)) => value,
        #[expect(clippy::cast_possible_truncation, reason = "PHP cuts the fraction off")]
        Some(Number::Float(value) | Number::Oversize(value)) => value as i64,
        None => 0,
    }
}

/// `$text * 10` as text. `None` where PHP stops with an error, because the text begins with no number.
pub(super) fn times_ten(text: &str) -> Option<String> {
    let value = leading_number(text)?;
    if let Number::Integer(value) = value
        && let Some(product) = value.checked_mul(10)
    {
        return Some(product.to_string());
    }
    Some(float_text(value.as_float() * 10.0))
}

/// A float as PHP prints it: 14 significant digits, an exponent for large and small ones.
fn float_text(value: f64) -> String {
    let scientific = format!("{value:.13e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let trimmed = mantissa.trim_end_matches('0').trim_end_matches('.');
    if !(-4..14).contains(&exponent) {
        let point = if trimmed.contains('.') { "" } else { ".0" };
        return format!("{trimmed}{point}E{exponent:+}");
    }
    let decimals = usize::try_from(13 - exponent).unwrap_or_default();
    let plain = format!("{value:.decimals$}");
    if plain.contains('.') { plain.trim_end_matches('0').trim_end_matches('.').to_owned() } else { plain }
}

/// `==` and `<` between two texts: as numbers if both are numeric, else byte by byte.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    let (Some(x), Some(y)) = (number(a), number(b)) else { return a.cmp(b) };
    match (x, y) {
        (Number::Integer(x), Number::Integer(y)) => x.cmp(&y),
        (Number::Oversize(x), Number::Oversize(y)) if x == y => a.cmp(b),
        _ => x.as_float().partial_cmp(&y.as_float()).unwrap_or(Ordering::Equal),
    }
}

/// `==` between two texts.
pub(super) fn equal(a: &str, b: &str) -> bool {
    compare(a, b) == Ordering::Equal
}

/// A stable sort that makes the comparisons PHP makes, as far as that can matter.
///
/// The comparison of [`compare`] is no order (`"2" < "10" < "10.0.0.1" < "2"`), so the result depends
/// on who is compared with whom, and the sorts of the standard library may panic. Up to 16 elements
/// PHP inserts one after the other; longer lists, where every order is only as good as another, are
/// merged.
pub(super) fn sorted<T>(items: &[T], compare: impl Fn(&T, &T) -> Ordering) -> Vec<&T> {
    let greater = |a: &T, b: &T| compare(a, b) == Ordering::Greater;
    let mut sorted: Vec<&T> = items.iter().collect();
    if sorted.len() > 16 {
        return merged(sorted, greater);
    }
    // Lists of three to five start from a network of three; longer ones do not.
    let from = if (3..=5).contains(&sorted.len()) {
        sort_three(&mut sorted, &greater);
        3
    } else {
        1
    };
    for next in from..sorted.len() {
        let place = if next < 6 {
            place_stepwise(&sorted, next, &greater)
        } else {
            place_in_pairs(&sorted, next, &greater)
        };
        sorted[place..=next].rotate_right(1);
    }
    sorted
}

/// Sorts the first three elements.
fn sort_three<T>(items: &mut [&T], greater: &impl Fn(&T, &T) -> bool) {
    let [a, b, c, ..] = items else { return };
    if !greater(a, b) {
        if greater(b, c) {
            std::mem::swap(b, c);
            if greater(a, b) {
                std::mem::swap(a, b);
            }
        }
    } else if greater(b, c) {
        std::mem::swap(a, c);
    } else {
        std::mem::swap(a, b);
        if greater(b, c) {
            std::mem::swap(b, c);
        }
    }
}

/// Where the element `next` belongs, looking back one by one.
fn place_stepwise<T>(items: &[&T], next: usize, greater: &impl Fn(&T, &T) -> bool) -> usize {
    let last_smaller = (0..next).rev().find(|before| !greater(items[*before], items[next]));
    last_smaller.map_or(0, |before| before + 1)
}

/// The same, looking back two by two and then at the one between.
fn place_in_pairs<T>(items: &[&T], next: usize, greater: &impl Fn(&T, &T) -> bool) -> usize {
    let mut place = next - 1;
    if !greater(items[place], items[next]) {
        return next;
    }
    loop {
        place -= 2;
        if !greater(items[place], items[next]) {
            return if greater(items[place + 1], items[next]) { place + 1 } else { place + 2 };
        }
        match place {
            0 => return 0,
            1 => return usize::from(!greater(items[0], items[next])),
            _ => {}
        }
    }
}

fn merged<T>(mut sorted: Vec<&T>, greater: impl Fn(&T, &T) -> bool) -> Vec<&T> {
    let mut width = 1;
    while width < sorted.len() {
        let mut merged = Vec::with_capacity(sorted.len());
        for pair in sorted.chunks(2 * width) {
            let (mut left, mut right) = pair.split_at(width.min(pair.len()));
            while let ([first, after_left @ ..], [second, after_right @ ..]) = (left, right) {
                if greater(first, second) {
                    merged.push(*second);
                    right = after_right;
                } else {
                    merged.push(*first);
                    left = after_left;
                }
            }
            merged.extend_from_slice(left);
            merged.extend_from_slice(right);
        }
        sorted = merged;
        width *= 2;
    }
    sorted
}

/// The values of a selection list, asked with PHP's loose `in_array()`.
#[derive(Clone, Debug, Default)]
pub(super) struct Choices {
    texts: HashSet<String>,
    numbers: HashSet<u64>,
}

impl Choices {
    /// True for a value that equals a member; `010` equals `10`.
    pub(super) fn has(&self, value: &str) -> bool {
        self.texts.contains(value)
            || matches!(number(value), Some(Number::Integer(_) | Number::Float(_)))
                && float(value).is_some_and(|value| self.numbers.contains(&bits(value)))
    }

    /// True for a member that is neither absent nor the word for "nothing chosen".
    pub(super) fn chosen(&self, value: &str) -> bool {
        value != "none" && self.has(value)
    }

    fn add(&mut self, value: &str) {
        if let Some(Number::Integer(_) | Number::Float(_)) = number(value)
            && let Some(value) = float(value)
        {
            self.numbers.insert(bits(value));
        }
        self.texts.insert(value.to_owned());
    }
}

/// Zero has two spellings in bits and one in arithmetic.
fn bits(value: f64) -> u64 {
    (value + 0.0).to_bits()
}

impl<S: AsRef<str>> Extend<S> for Choices {
    fn extend<I: IntoIterator<Item = S>>(&mut self, values: I) {
        for value in values {
            self.add(value.as_ref());
        }
    }
}

impl<S: AsRef<str>> FromIterator<S> for Choices {
    fn from_iter<I: IntoIterator<Item = S>>(values: I) -> Self {
        let mut choices = Choices::default();
        choices.extend(values);
        choices
    }
}

/// `base64_decode()` as called here: bytes outside the alphabet are skipped, padding is ignored.
pub(super) fn base64_decode(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    use base64::alphabet::STANDARD;
    use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

    let lenient = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true);
    let mut clean: Vec<u8> =
        text.bytes().filter(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')).collect();
    if clean.len() % 4 == 1 {
        // Six bits are no byte.
        clean.pop();
    }
    GeneralPurpose::new(&STANDARD, lenient).decode(clean).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numeric_texts_are_php_s() {
        for text in ["0", "10", "+1", "-1", "1.", ".5", "1e3", " 7", "7 ", "\n7", "18446744073709551616"] {
            assert!(is_numeric(text), "{text:?}");
        }
        for text in ["", " ", ".", "1e", "e1", "0x1", "1 2", "1_0", "+", "--1", "inf", "nan"] {
            assert!(!is_numeric(text), "{text:?}");
        }
    }

    #[test]
    fn products_are_printed_as_php_does() {
        for (text, product) in [
            ("1000", Some("10000")),
            (" 5", Some("50")),
            ("5x", Some("50")),
            ("1.5", Some("15")),
            ("1.25", Some("12.5")),
            ("1e3", Some("10000")),
            ("1e12", Some("10000000000000")),
            ("1e13", Some("1.0E+14")),
            ("1e-5", Some("0.0001")),
            ("1e-6", Some("1.0E-5")),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(times_ten(text).as_deref(), product, "{text:?}");
        }
    }

    #[test]
    fn casts_take_the_leading_integer() {
        for (text, value) in
            [("", 0), ("24", 24), ("24x", 24), (" 24", 24), ("1.9", 1), ("x", 0), ("1e2", 100), ("-3", -3)]
        {
            assert_eq!(integer(text), value, "{text:?}");
        }
    }

    #[test]
    fn equality_is_loose_between_numeric_texts_only() {
        assert!(equal("10", "010") && equal("10", "1e1") && equal("10", "10 "));
        assert!(!equal("a", "A") && !equal("", "0") && !equal("10", "10a"));
        assert!(!equal("99999999999999999998", "99999999999999999999"));
        let choices: Choices = ["none", "10", "word"].into_iter().collect();
        assert!(choices.has("010") && choices.has("word") && choices.chosen("10") && !choices.chosen("none"));
        assert!(!choices.has("") && !choices.has("wor"));
    }

    #[test]
    fn sorting_is_stable_and_survives_what_is_no_order() {
        let items = ["9", "10", "1a", "9", "b", "a"];
        assert_eq!(sorted(&items, |a, b| compare(a, b)).len(), items.len());
        for count in 0..40_u32 {
            // Scattered keys with many ties, numbered in their order.
            let items: Vec<(u32, u32)> = (0..count).map(|n| (n * 7919 % 11, n)).collect();
            let mut expected = items.clone();
            expected.sort_unstable();
            assert!(sorted(&items, |a, b| a.0.cmp(&b.0)).into_iter().eq(&expected), "{count}");
        }
    }

    #[test]
    fn base64_skips_what_is_not_in_its_alphabet() {
        assert_eq!(base64_decode("Zm9v\r\nYmFy"), b"foobar");
        assert_eq!(base64_decode("Zm9=vYg"), b"foob");
        assert_eq!(base64_decode("Z"), b"");
        assert_eq!(base64_decode("***"), b"");
    }
}
