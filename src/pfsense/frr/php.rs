//! PHP's own ideas of empty, equal, numeric and ordered, as far as the package leans on them.
//!
//! Everything is told from texts, because a value read from config.xml is nothing else; an absent
//! key behaves like the empty text in every comparison here.
//! This file never looks at a configuration. Read next: `judge` for addresses, words and ranges.

use std::cmp::Ordering;
use std::collections::HashSet;

/// Neither empty nor `0`: what PHP calls true, and what its `empty()` denies.
pub(super) fn truthy(text: &str) -> bool {
    !text.is_empty() && text != "0"
}

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

/// A stable merge sort.
///
/// The comparison of [`compare`] is no order (`"9" < "10" < "1a" < "9"`), and the sorts of the
/// standard library may panic on such a thing.
pub(super) fn sorted<T>(items: &[T], compare: impl Fn(&T, &T) -> Ordering) -> Vec<&T> {
    let mut sorted: Vec<&T> = items.iter().collect();
    let mut width = 1;
    while width < sorted.len() {
        let mut merged = Vec::with_capacity(sorted.len());
        for pair in sorted.chunks(2 * width) {
            let (mut left, mut right) = pair.split_at(width.min(pair.len()));
            while let ([first, after_left @ ..], [second, after_right @ ..]) = (left, right) {
                if compare(first, second) == Ordering::Greater {
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
        let pairs = [(1, 'a'), (0, 'b'), (1, 'c'), (0, 'd')];
        let order: String = sorted(&pairs, |a, b| a.0.cmp(&b.0)).iter().map(|pair| pair.1).collect();
        assert_eq!(order, "bdac");
    }

    #[test]
    fn base64_skips_what_is_not_in_its_alphabet() {
        assert_eq!(base64_decode("Zm9v\r\nYmFy"), b"foobar");
        assert_eq!(base64_decode("Zm9=vYg"), b"foob");
        assert_eq!(base64_decode("Z"), b"");
        assert_eq!(base64_decode("***"), b"");
    }
}
