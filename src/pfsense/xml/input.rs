//! From the bytes of a file to the text the parser sees, and the portions it sees it in.
//!
//! pfSense feeds its XML parser 4,096 bytes at a time, and the portions shape what it reads (see
//! `scan`). This file decides the encoding, turns ISO-8859-1 into UTF-8 and back, and refuses what
//! can be refused before parsing. Read next: `scan`.

use std::borrow::Cow;

use super::error::{Fault, ReadErrorKind};

/// What pfSense hands to its XML parser at once.
pub(super) const PORTION: usize = 4096;

/// metalsense's limit of a file. Real ones have a few megabytes; libxml2 itself gives up on several
/// constructs beyond ten.
pub(super) const MAX_BYTES: usize = 64 * 1024 * 1024;

/// How the file's bytes spell its characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// UTF-8, declared or not.
    Utf8,
    /// ISO-8859-1, declared.
    Latin1,
    /// US-ASCII, declared.
    Ascii,
}

impl Encoding {
    /// Whether a file of this encoding can hold the character itself.
    pub(super) fn holds(self, character: char) -> bool {
        match self {
            Encoding::Utf8 => true,
            Encoding::Latin1 => u32::from(character) <= 0xFF,
            Encoding::Ascii => character.is_ascii(),
        }
    }
}

/// The text of a file.
pub(super) struct Input<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) encoding: Encoding,
    /// Ends of the portions, in bytes of `text`; the last one is its length.
    pub(super) portions: Vec<usize>,
    /// Whether pfSense tells its parser that the file is over.
    ///
    /// It does so together with the last portion, and only if that one is shorter than the others:
    /// a file whose length is a multiple of 4,096 is never declared over, so that pfSense does not
    /// notice if it was cut there.
    pub(super) has_end: bool,
}

impl Input<'_> {
    /// The same text as one portion: what it says, without the accidents of its length.
    pub(super) fn whole(text: &str, encoding: Encoding) -> Input<'_> {
        Input { text: Cow::Borrowed(text), encoding, portions: vec![text.len()], has_end: true }
    }
}

/// Decodes a file, or says why pfSense would not get as far as its first element.
pub(super) fn open(bytes: &[u8]) -> Result<Input<'_>, Fault> {
    refuse_other_formats(bytes)?;
    let encoding = declared_encoding(bytes)?;
    let (text, mut portions) = match encoding {
        Encoding::Utf8 | Encoding::Ascii => {
            let text = utf8(bytes)?;
            let chunks = text.as_bytes().chunks(PORTION);
            (Cow::Borrowed(text), chunks.map(<[u8]>::len).collect::<Vec<_>>())
        }
        Encoding::Latin1 => {
            let mut text = String::with_capacity(bytes.len() + bytes.len() / 8);
            let mut lengths = Vec::with_capacity(bytes.len() / PORTION + 1);
            for portion in bytes.chunks(PORTION) {
                let before = text.len();
                text.extend(portion.iter().map(|b| char::from(*b)));
                lengths.push(text.len() - before);
            }
            (Cow::Owned(text), lengths)
        }
    };
    let mut end = 0;
    for portion in &mut portions {
        end += *portion;
        *portion = end;
    }
    let mut has_end = !bytes.len().is_multiple_of(PORTION);
    // PHP takes a portion that reads "0" for the end of the file and never looks at it.
    if bytes.len() % PORTION == 1 && bytes.last() == Some(&b'0') {
        portions.pop();
        has_end = false;
    }
    refuse_forbidden_characters(&text)?;
    Ok(Input { text, encoding, portions, has_end })
}

/// Turns the text back into the file's own bytes. `None` if a character has no place in them.
pub(super) fn close(text: String, encoding: Encoding) -> Option<Vec<u8>> {
    match encoding {
        Encoding::Utf8 => Some(text.into_bytes()),
        Encoding::Ascii => text.is_ascii().then(|| text.into_bytes()),
        Encoding::Latin1 => text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect(),
    }
}

/// The text of a UTF-8 file.
fn utf8(bytes: &[u8]) -> Result<&str, Fault> {
    let (end, is_unfinished) = match std::str::from_utf8(bytes) {
        Ok(text) => return Ok(text),
        Err(e) => (e.valid_up_to(), e.error_len().is_none()),
    };
    // A file cut inside a character, where pfSense does not notice: the parser waits for the rest.
    let is_unnoticed = is_unfinished && bytes.len().is_multiple_of(PORTION);
    match bytes.get(..end).map(std::str::from_utf8) {
        Some(Ok(text)) if is_unnoticed => Ok(text),
        _ => Err(Fault::new(ReadErrorKind::BadUtf8, end, "the bytes here are not UTF-8")),
    }
}

fn refuse_other_formats(bytes: &[u8]) -> Result<(), Fault> {
    let fault = |kind, message: &str| Err(Fault::new(kind, 0, message));
    if bytes.len() > MAX_BYTES {
        return fault(ReadErrorKind::TooLarge, "the file is larger than 64 MiB");
    }
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return fault(ReadErrorKind::Empty, "the file is empty");
    }
    if bytes.trim_ascii_start().starts_with(b"---- BEGIN config.xml ----") {
        return fault(ReadErrorKind::Encrypted, "this is an encrypted backup");
    }
    if bytes.starts_with(b"\x1F\x8B") || bytes.starts_with(b"BZh") {
        return fault(ReadErrorKind::Compressed, "this is a compressed file");
    }
    let utf16: [&[u8]; 4] = [b"\xFF\xFE", b"\xFE\xFF", b"<\0", b"\0<"];
    if utf16.iter().any(|start| bytes.starts_with(start)) {
        return fault(ReadErrorKind::Encoding, "the file is encoded in UTF-16");
    }
    Ok(())
}

/// The encoding by the XML declaration. Malformed declarations count as UTF-8; `scan` refuses them.
fn declared_encoding(bytes: &[u8]) -> Result<Encoding, Fault> {
    let start = if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    let rest = &bytes[start..];
    let is_declaration = rest.starts_with(b"<?xml") && rest.get(5).is_some_and(u8::is_ascii_whitespace);
    let Some(end) = rest.windows(2).position(|w| w == b"?>").filter(|_| is_declaration) else {
        return Ok(Encoding::Utf8);
    };
    let declaration = &rest[..end];
    let Some(at) = declaration.windows(8).position(|w| w == b"encoding") else { return Ok(Encoding::Utf8) };
    let value = declaration[at + 8..].trim_ascii_start();
    let value = value.strip_prefix(b"=").unwrap_or(value).trim_ascii_start();
    let (Some(quote), Some(value)) = (value.first(), value.get(1..)) else { return Ok(Encoding::Utf8) };
    let length = value.iter().position(|b| b == quote).unwrap_or(value.len());
    let name = String::from_utf8_lossy(&value[..length]);
    match name.to_ascii_lowercase().as_str() {
        "utf-8" | "utf8" => Ok(Encoding::Utf8),
        // pfSense's parser stops at the first other character, and does not always notice.
        "us-ascii" | "ascii" if bytes.is_ascii() => Ok(Encoding::Ascii),
        "us-ascii" | "ascii" => {
            let at = bytes.iter().position(|b| !b.is_ascii()).unwrap_or_default();
            Err(Fault::new(ReadErrorKind::Encoding, at, "the file is declared to be ASCII, but is not"))
        }
        "iso-8859-1" | "iso8859-1" | "iso_8859-1" | "latin1" | "l1" => Ok(Encoding::Latin1),
        other => {
            let message = format!("the declared encoding {other:?} is not supported");
            Err(Fault::new(ReadErrorKind::Encoding, start + at, message))
        }
    }
}

/// XML 1.0 forbids them everywhere, also in comments and CDATA.
fn refuse_forbidden_characters(text: &str) -> Result<(), Fault> {
    let bytes = text.as_bytes();
    let control = bytes.iter().position(|b| *b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r'));
    // U+FFFE and U+FFFF are the only ones beyond ASCII: EF BF BE and EF BF BF.
    let noncharacter =
        text.match_indices('\u{FFFE}').chain(text.match_indices('\u{FFFF}')).map(|(at, _)| at).min();
    let Some(at) = control.into_iter().chain(noncharacter).min() else { return Ok(()) };
    let code = text.get(at..).and_then(|rest| rest.chars().next()).map_or(0, u32::from);
    let message = format!("the character U+{code:04X} is not allowed in XML");
    Err(Fault::new(ReadErrorKind::ControlCharacter, at, message))
}
