//! Finds secrets in texts that are shown: excerpts of any source, and the lines of an frr.conf.
//!
//! A reader that knows its format removes secrets itself, as the declaration's loader does. This is
//! the net below it, for manifests, config.xml and frr.conf: it looks for the usual words and finds
//! what stands behind them. It would rather find too much.

use std::ops::Range;

/// Part of a key, tag or command behind which a secret stands.
const WORDS: [&str; 9] =
    ["password", "passwd", "secret", "token", "psk", "shared-key", "sharedkey", "private", "hash"];

/// Keys whose whole block holds values of a Secret, and pfSense's tag of a private key.
const EXACT: [&str; 4] = ["data", "stringData", "prv", "rocommunity"];

/// Keys of a reference to a secret. They name it and do not hold it.
const REFERENCES: [&str; 7] = ["env", "file", "secretKeyRef", "passwordSecret", "name", "key", "namespace"];

/// Words of frr.conf behind which the rest of the line is a secret: passwords of terminals, BGP, LDP and
/// IS-IS, keys of OSPF and OSPFv3, and of key chains.
const COMMANDS: [&str; 7] =
    ["password", "area-password", "domain-password", "md5", "hash-algo", "authentication-key", "key-string"];

/// The same for RIP, in two words: people write `string` alone in prose.
const RIP: &str = "authentication string";

/// Shorter than any key that is written as one run of letters. Names may be longer; those have no
/// capitals and digits mixed, or have separators.
const RUN: usize = 40;

/// The byte ranges of `text` that must not be shown, ascending and apart from each other.
pub(super) fn secrets(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    // The indentation of a key whose block of deeper lines is hidden.
    let mut block: Option<usize> = None;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let body = line.trim_end_matches(['\n', '\r']);
        let indent = body.len() - body.trim_start_matches([' ', '-']).len();
        if !body.trim().is_empty() && block.is_some_and(|depth| indent <= depth) {
            block = None;
        }
        let inner = match block {
            Some(_) => hidden_line(body, indent),
            None => in_line(body),
        };
        found.extend(inner.into_iter().map(|r| start + r.start..start + r.end));
        if block.is_none() && opens_block(body) {
            block = Some(indent);
        }
        start += line.len();
    }
    found
}

/// The secret in a line of frr.conf: everything behind the first word that comes before one.
pub(super) fn in_command(line: &str) -> Option<Range<usize>> {
    let body = line.trim_end_matches(['\n', '\r']);
    let words = body.split_inclusive(' ').scan(0, |end, word| {
        *end += word.len();
        Some((*end, word.trim()))
    });
    let opens = |(end, word): &(usize, &str)| {
        COMMANDS.contains(word) || body.get(..*end).is_some_and(|before| before.trim_end().ends_with(RIP))
    };
    let (start, _) = words.into_iter().find(opens)?;
    Some(start..body.len()).filter(|secret| !secret.is_empty())
}

fn sensitive(key: &str) -> bool {
    let lower = key.to_ascii_lowercase();
    !REFERENCES.contains(&key) && (EXACT.contains(&key) || WORDS.iter().any(|word| lower.contains(word)))
}

/// A line inside a hidden block: keys may be seen, values only where they refer to a secret.
fn hidden_line(body: &str, indent: usize) -> Vec<Range<usize>> {
    let rest = &body[indent..];
    let from = match rest.split_once(':') {
        Some((key, _)) if REFERENCES.contains(&key.trim()) => return Vec::new(),
        Some((key, value)) if is_key(key.trim()) => body.len() - value.trim_start().len(),
        _ => indent,
    };
    Some(from..body.len()).filter(|value| !value.is_empty()).into_iter().collect()
}

fn is_key(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-\"'/".contains(&b))
}

/// A sensitive key with nothing, or the head of a block scalar, behind its colon.
fn opens_block(body: &str) -> bool {
    let Some((key, value)) = body.trim_start_matches([' ', '-']).split_once(':') else { return false };
    let value = value.trim();
    sensitive(key.trim_matches(['"', '\'', ' '])) && (value.is_empty() || value.starts_with(['|', '>']))
}

fn in_line(body: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let command = in_command(body);
    let before = &body[..command.as_ref().map_or(body.len(), |secret| secret.start)];
    let mut at = 0;
    while let Some((word, end)) = next_word(before, at) {
        if sensitive(&body[word.clone()])
            && let Some(value) = value_behind(before, end)
        {
            at = value.end.max(end);
            found.push(value);
        } else if looks_like_a_key(&body[word.clone()]) {
            at = end;
            found.push(word);
        } else {
            at = end;
        }
    }
    found.extend(command);
    found
}

fn looks_like_a_key(word: &str) -> bool {
    let has = |kind: fn(&u8) -> bool| word.as_bytes().iter().any(kind);
    word.len() >= RUN
        && !word.contains(['.', '-', '_'])
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_digit)
}

/// The next run of letters that could be a key or a secret, from `at` on.
fn next_word(body: &str, at: usize) -> Option<(Range<usize>, usize)> {
    let part = |b: u8| b.is_ascii_alphanumeric() || b"_-.+/=".contains(&b);
    let bytes = body.as_bytes();
    let start = at + bytes.get(at..)?.iter().position(|b| part(*b))?;
    let end = bytes[start..].iter().position(|b| !part(*b)).map_or(body.len(), |n| start + n);
    Some((start..end, end))
}

/// What stands behind a sensitive word: a YAML or JSON value, the text of an XML element, or the
/// argument of a command.
fn value_behind(body: &str, end: usize) -> Option<Range<usize>> {
    let rest = &body[end..];
    let (skip, stop): (usize, &[char]) = if rest.starts_with('>') {
        (1, &['<'])
    } else {
        let open = rest.trim_start_matches(['"', '\'', ' ']);
        match open.strip_prefix(':') {
            Some(value) => (rest.len() - value.trim_start().len(), &[',', '}']),
            None if rest.starts_with(' ') => (rest.len() - rest.trim_start().len(), &[' ']),
            None => return None,
        }
    };
    let start = end + skip;
    let value = &body[start..];
    // A mapping behind the key refers to a secret; its own keys are looked at in turn.
    if value.starts_with(['{', '|', '>']) {
        return None;
    }
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
    let length = match quote {
        Some(quote) => value[1..].find(quote).map_or(value.len(), |n| n + 2),
        None => value.find(stop).unwrap_or(value.len()),
    };
    (length > 0).then_some(start..start + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &str) -> String {
        let mut shown = text.to_owned();
        for range in secrets(text).into_iter().rev() {
            shown.replace_range(range, "***");
        }
        shown
    }

    #[test]
    fn values_behind_the_usual_words_are_hidden() {
        for (text, shown) in [
            ("password: hunter2", "password: ***"),
            ("- { name: a, password: hunter2, asn: 1 }", "- { name: a, password: ***, asn: 1 }"),
            (r#"{"password": "hun,ter2", "a": 1}"#, r#"{"password": ***, "a": 1}"#),
            ("<password>hunter2</password><a>b</a>", "<password>***</password><a>b</a>"),
            (" neighbor 10.0.0.1 password hunter2", " neighbor 10.0.0.1 password ***"),
            ("<bcrypt-hash>$2y$10$abc</bcrypt-hash>", "<bcrypt-hash>***</bcrypt-hash>"),
            (" ip ospf message-digest-key 1 md5 one two", " ip ospf message-digest-key 1 md5 ***"),
            (
                " authentication key-id 1 hash-algo hmac-sha-256 key x",
                " authentication key-id 1 hash-algo ***",
            ),
            (" ip rip authentication string x", " ip rip authentication string ***"),
            (r#"{"password": "my md5 key"}"#, r#"{"password": ******"#),
            ("# any string will do", "# any string will do"),
            ("address: 192.168.4.1", "address: 192.168.4.1"),
            ("secretKeyRef: { name: a, key: b }", "secretKeyRef: { name: a, key: b }"),
            ("password: { env: BGP }", "password: { env: BGP }"),
        ] {
            assert_eq!(masked(text), shown);
        }
    }

    #[test]
    fn blocks_are_hidden_to_their_end() {
        let text = "stringData:\n  username: joe\n  password: |\n    two\n    lines\ntype: x\n";
        assert_eq!(
            masked(text),
            "stringData:\n  username: ***\n  password: ***\n    ***\n    ***\ntype: x\n"
        );
        let text = "password:\n  env: BGP\nasn: 1\n";
        assert_eq!(masked(text), text);
    }

    #[test]
    fn long_runs_are_taken_for_keys() {
        let run = "QUJD2w".repeat(8);
        assert_eq!(masked(&format!("x {run} y")), "x *** y");
        let name = format!("ip prefix-list metalsense.{}.in", "a-long-name".repeat(5));
        assert_eq!(masked(&name), name);
    }
}
