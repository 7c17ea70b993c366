//! Bytes to text: size, encoding, byte order mark, control characters.
//!
//! What comes out is UTF-8 without a byte order mark and without characters that YAML forbids. Line
//! ends stay as written: CRLF and LF both end a line.

use crate::finding::{Finding, Layer, Place, SourceId};

/// The largest file that is read. The largest declaration anybody has a use for (ten thousand nodes
/// and as many pools) takes about two; the limit keeps a mistaken path from filling the memory.
pub(crate) const MAX_BYTES: usize = 8 * 1024 * 1024;

const UTF8_BOM: &[u8] = b"\xEF\xBB\xBF";

/// A readable text, or a text to show places in and the reason why it cannot be read.
pub(crate) struct Decoded {
    /// The text without byte order mark; with replacement characters where it cannot be decoded.
    pub(crate) text: String,
    /// Why it cannot be used.
    pub(crate) refused: Option<Finding>,
}

/// Decodes a file.
pub(crate) fn decode(name: &str, bytes: Vec<u8>, source: SourceId) -> Decoded {
    let refuse = |text: String, finding: Finding| Decoded { text, refused: Some(finding) };
    let whole_file = Place::new(source, 0, 0);
    if bytes.len() > MAX_BYTES {
        let message = format!(
            "{name} has {} bytes, more than the {MAX_BYTES} that are read from one file",
            bytes.len()
        );
        return refuse(
            String::new(),
            error("file-too-large", message).at(whole_file).hint("split it into several files"),
        );
    }
    if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") {
        let message = format!("{name} is UTF-16");
        return refuse(String::new(), error("not-utf8", message).at(whole_file).hint("save it as UTF-8"));
    }
    let bytes = if bytes.starts_with(UTF8_BOM) { bytes[UTF8_BOM.len()..].to_vec() } else { bytes };
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(e) => {
            let at = e.utf8_error().valid_up_to();
            let byte = e.as_bytes().get(at).copied().unwrap_or_default();
            // Replacement characters come only behind `at`, so the place is right in the lossy text.
            let text = String::from_utf8_lossy(e.as_bytes()).into_owned();
            let finding = error("not-utf8", format!("{name} is not UTF-8: byte 0x{byte:02x}"))
                .at(Place::new(source, at, at + char::REPLACEMENT_CHARACTER.len_utf8()))
                .hint("save it as UTF-8");
            return refuse(text, finding);
        }
    };
    let refused = forbidden_character(&text).map(|(at, c)| {
        let message = if c == '\r' {
            "a carriage return without a line feed".to_owned()
        } else {
            format!("the control character U+{:04X}", u32::from(c))
        };
        error("control-character", format!("{message} cannot stand in a declaration"))
            .at(Place::new(source, at, at + c.len_utf8()))
            .hint("remove it, or write it as an escape in double quotes")
    });
    Decoded { text, refused }
}

/// The first character that YAML does not allow in a text, or a lone carriage return: YAML would
/// end a line there, editors do not agree about it.
fn forbidden_character(text: &str) -> Option<(usize, char)> {
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let allowed = match c {
            '\t' | '\n' | '\u{85}' => true,
            '\r' => chars.peek().is_some_and(|(_, next)| *next == '\n'),
            '\u{FFFE}' | '\u{FFFF}' => false,
            c => !c.is_control(),
        };
        if !allowed {
            return Some((at, c));
        }
    }
    None
}

fn error(rule: &'static str, message: String) -> Finding {
    Finding::error(Layer::Declaration, rule, message)
}
