//! What an unquoted word means: YAML 1.1 as kubectl's reader has it.
//!
//! `yes`, `no`, `on`, `off`, `y` and `n` are booleans, `010` is eight, `1_000` is a thousand, and a date
//! is a text. Tried against kubectl; the newer YAML 1.2 rules would judge other files than the cluster sees.

use serde_json::{Number, Value};

/// Whole numbers up to here are kept whole when they are written with a point or an exponent, because
/// that is how they look after kubectl has turned them into JSON.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// The value of an unquoted word.
pub(super) fn plain(word: &str) -> Value {
    match word {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Value::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Value::Bool(false)
        }
        _ => number(word).unwrap_or_else(|| Value::String(word.to_owned())),
    }
}

fn number(word: &str) -> Option<Value> {
    if !word.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) {
        return None;
    }
    let digits = word.replace('_', "");
    integer(&digits).or_else(|| float(&digits))
}

/// A sign, then `0x`, `0o`, `0b` or a leading zero for another base.
fn integer(text: &str) -> Option<Value> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let lower = digits.to_ascii_lowercase();
    let (base, digits) = if let Some(rest) = lower.strip_prefix("0x") {
        (16, rest)
    } else if let Some(rest) = lower.strip_prefix("0o") {
        (8, rest)
    } else if let Some(rest) = lower.strip_prefix("0b") {
        (2, rest)
    } else if let Some(rest) = lower.strip_prefix('0').filter(|rest| !rest.is_empty()) {
        (8, rest)
    } else {
        (10, lower.as_str())
    };
    // A second sign would be read by `from_str_radix`.
    if !digits.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    let size = u64::from_str_radix(digits, base).ok()?;
    if negative {
        return 0i64.checked_sub_unsigned(size).map(Value::from);
    }
    Some(Value::from(size))
}

/// Digits with at most one point and an exponent: no words, no hexadecimal.
fn float(text: &str) -> Option<Value> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let all_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mantissa_fits =
        all_digits(whole) && all_digits(fraction) && !(whole.is_empty() && fraction.is_empty());
    let exponent_fits = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !digits.is_empty() && all_digits(digits)
    });
    if !mantissa_fits || !exponent_fits {
        return None;
    }
    let value: f64 = text.parse().ok()?;
    if value.fract() == 0.0 && value.abs() <= EXACT {
        // Whole and small enough to be exact.
        return Some(Value::from(value as i64));
    }
    // An exponent can still overflow to infinity, which JSON has no number for.
    Number::from_f64(value).map(Value::Number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn words_mean_what_kubectl_takes_them_for() {
        for (word, value) in [
            ("no", json!(false)),
            ("y", json!(true)),
            ("On", json!(true)),
            ("OFF", json!(false)),
            ("nO", json!("nO")),
            ("~", json!(null)),
            ("1_000", json!(1000)),
            ("010", json!(8)),
            ("08", json!(8)),
            ("0x10", json!(16)),
            ("0o17", json!(15)),
            ("-0b11", json!(-3)),
            ("+7", json!(7)),
            ("--7", json!("--7")),
            ("0x-7", json!("0x-7")),
            ("18446744073709551615", json!(18446744073709551615_u64)),
            ("1e3", json!(1000)),
            ("1.5", json!(1.5)),
            ("64500.0", json!(64500)),
            ("1.", json!(1)),
            (".", json!(".")),
            ("1e", json!("1e")),
            ("1e999", json!("1e999")),
            ("65000:1", json!("65000:1")),
            ("10.0.0.1", json!("10.0.0.1")),
            ("2024-01-01", json!("2024-01-01")),
            ("90s", json!("90s")),
            ("-", json!("-")),
        ] {
            assert_eq!(plain(word), value, "{word}");
        }
    }
}
