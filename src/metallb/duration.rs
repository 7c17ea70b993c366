//! Durations as Kubernetes and MetalLB write them: Go's notation, `1h2m3.5s`.
//!
//! Equal durations have many spellings (`90s`, `1m30s`); [`canonical`] gives the one that Go itself
//! writes.

/// Nanoseconds, signed: Go's `time.Duration`.
pub type Nanoseconds = i64;

/// One second.
pub const SECOND: Nanoseconds = 1_000_000_000;

/// Just above the largest positive value, which is as far as Go lets sums run.
const LIMIT: u64 = 1 << 63;

/// Reads a duration. `None` for anything that Go refuses: no unit, unknown unit, overflow.
pub fn parse(text: &str) -> Option<Nanoseconds> {
    let (negative, mut rest) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let (part, behind) = one_part(rest)?;
        total = total.checked_add(part).filter(|sum| *sum <= LIMIT)?;
        rest = behind;
    }
    if negative {
        return Some((total as i64).wrapping_neg());
    }
    i64::try_from(total).ok()
}

/// `1.5h` and what follows it.
fn one_part(text: &str) -> Option<(u64, &str)> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let (whole, rest) = text.split_at(digits(text));
    let mut value: u64 = 0;
    for digit in whole.bytes() {
        value = value.checked_mul(10)?.checked_add(u64::from(digit - b'0')).filter(|v| *v <= LIMIT)?;
    }
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at(digits(rest)),
        None => ("", rest),
    };
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let end = rest.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(rest.len());
    let (unit, rest) = rest.split_at(end);
    let unit = nanoseconds(unit)?;
    value = value.checked_mul(unit).filter(|v| *v <= LIMIT)?;
    // Digits beyond what fits are dropped, and the rest is scaled in floating point: as Go does it.
    let (mut digits, mut scale) = (0u64, 1f64);
    for digit in fraction.bytes() {
        let Some(longer) = digits.checked_mul(10).and_then(|v| v.checked_add(u64::from(digit - b'0'))) else {
            break;
        };
        if longer > LIMIT {
            break;
        }
        digits = longer;
        scale *= 10.0;
    }
    let part = (digits as f64 * (unit as f64 / scale)) as u64;
    Some((value.checked_add(part).filter(|v| *v <= LIMIT)?, rest))
}

fn nanoseconds(unit: &str) -> Option<u64> {
    Some(match unit {
        "ns" => 1,
        // Both micro signs that Unicode has, and the letter that people type.
        "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    })
}

/// The spelling that Go writes: `1m30s`, `1.5s`, `0s`.
pub fn canonical(duration: Nanoseconds) -> String {
    let sign = if duration < 0 { "-" } else { "" };
    let all = duration.unsigned_abs();
    if all == 0 {
        return "0s".into();
    }
    for (unit, name) in [(1_000, "ns"), (1_000_000, "\u{b5}s"), (1_000_000_000, "ms")] {
        if all < unit {
            return format!("{sign}{}{name}", decimal(all, unit / 1_000));
        }
    }
    let second = SECOND.unsigned_abs();
    let (minutes, seconds) = (all / (60 * second), all % (60 * second));
    let seconds = decimal(seconds, second);
    match (minutes / 60, minutes % 60) {
        (0, 0) => format!("{sign}{seconds}s"),
        (0, minutes) => format!("{sign}{minutes}m{seconds}s"),
        (hours, minutes) => format!("{sign}{hours}h{minutes}m{seconds}s"),
    }
}

/// `value / unit` without trailing zeros. Units are powers of ten.
fn decimal(value: u64, unit: u64) -> String {
    let (whole, fraction) = (value / unit, value % unit);
    if fraction == 0 {
        return whole.to_string();
    }
    let width = unit.ilog10() as usize;
    let fraction = format!("{fraction:0width$}");
    format!("{whole}.{}", fraction.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_as_go_does() {
        for (text, nanoseconds, written) in [
            ("90s", 90 * SECOND, "1m30s"),
            ("1m30s", 90 * SECOND, "1m30s"),
            ("0", 0, "0s"),
            ("0s", 0, "0s"),
            ("-0", 0, "0s"),
            ("500ms", SECOND / 2, "500ms"),
            ("1.5s", 3 * SECOND / 2, "1.5s"),
            (".5s", SECOND / 2, "500ms"),
            ("3.s", 3 * SECOND, "3s"),
            ("1h", 3600 * SECOND, "1h0m0s"),
            ("-1m", -60 * SECOND, "-1m0s"),
            ("1us", 1_000, "1\u{b5}s"),
            ("2562047h47m16.854775807s", i64::MAX, "2562047h47m16.854775807s"),
            ("-2562047h47m16.854775808s", i64::MIN, "-2562047h47m16.854775808s"),
        ] {
            assert_eq!(parse(text), Some(nanoseconds), "{text}");
            assert_eq!(canonical(nanoseconds), written, "{text}");
        }
        for text in ["", "3", "s", ".s", "1d", "1 s", "3s ", "+", "-", "1s-1s", "2562047h47m16.854775808s"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn the_canonical_spelling_reads_back(duration: i64) {
            proptest::prop_assert_eq!(parse(&canonical(duration)), Some(duration));
        }

        #[test]
        fn no_text_panics(text in ".{0,30}") {
            let _ = parse(&text);
        }
    }
}
