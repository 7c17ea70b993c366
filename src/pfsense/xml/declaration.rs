//! The XML declaration: `<?xml version="1.0"?>`.
//!
//! pfSense ignores what it says, apart from the encoding, but refuses a malformed one.

use super::error::{Fault, ReadErrorKind};
use super::names::skip_blanks;

/// The end of the declaration that begins at `at`.
pub(super) fn end(text: &str, at: usize) -> Result<usize, Fault> {
    let mut rest = Rest { text, at: at + "<?xml".len() };
    rest.blanks();
    let version = rest.attribute("version")?.ok_or_else(|| rest.fault("has no version"))?;
    let minor = version.strip_prefix("1.").ok_or_else(|| rest.fault("names an unknown version"))?;
    if !minor.bytes().all(|b| b.is_ascii_digit()) {
        return Err(rest.fault("names an unknown version"));
    }
    if rest.takes("?>") {
        return Ok(rest.at);
    }
    if !rest.blanks() {
        return Err(rest.fault("is malformed"));
    }
    if let Some(encoding) = rest.attribute("encoding")? {
        let is_utf8 = ["utf-8", "utf8"].iter().any(|name| encoding.eq_ignore_ascii_case(name));
        // libxml2 asks for a blank behind other encodings only.
        if !rest.blanks() && !is_utf8 && !rest.text[rest.at..].starts_with("?>") {
            return Err(rest.fault("is malformed"));
        }
    }
    if let Some(standalone) = rest.attribute("standalone")?
        && !matches!(standalone, "yes" | "no")
    {
        return Err(rest.fault("says neither yes nor no to standalone"));
    }
    rest.blanks();
    if rest.takes("?>") { Ok(rest.at) } else { Err(rest.fault("is malformed")) }
}

/// What is left of the declaration.
struct Rest<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Rest<'a> {
    fn fault(&self, what: &str) -> Fault {
        Fault::new(ReadErrorKind::Declaration, self.at, format!("the XML declaration {what}"))
    }

    fn blanks(&mut self) -> bool {
        let before = self.at;
        self.at = skip_blanks(self.text.as_bytes(), before);
        self.at > before
    }

    fn takes(&mut self, token: &str) -> bool {
        let takes = self.text[self.at..].starts_with(token);
        if takes {
            self.at += token.len();
        }
        takes
    }

    fn attribute(&mut self, name: &str) -> Result<Option<&'a str>, Fault> {
        if !self.takes(name) {
            return Ok(None);
        }
        self.blanks();
        if !self.takes("=") {
            return Err(self.fault("is malformed"));
        }
        self.blanks();
        let quote = if self.takes("\"") {
            '"'
        } else if self.takes("'") {
            '\''
        } else {
            return Err(self.fault("lacks quotes"));
        };
        let rest: &'a str = &self.text[self.at..];
        let length = rest.find(quote).ok_or_else(|| self.fault("does not end"))?;
        self.at += length + 1;
        Ok(Some(&rest[..length]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes() {
        for text in [
            "<?xml version=\"1.0\"?>",
            "<?xml\n version = '1.0' ?>",
            "<?xml version='1.1'?>",
            "<?xml version='1.0' encoding='UTF-8'?>",
            "<?xml version='1.0' encoding='UTF-8'standalone='no'?>",
            "<?xml version='1.0' encoding='iso-8859-1' standalone=\"yes\" ?>",
        ] {
            assert_eq!(end(text, 0), Ok(text.len()), "{text}");
        }
    }

    #[test]
    fn what_does_not() {
        for text in [
            "<?xml ?>",
            "<?xml encoding='UTF-8'?>",
            "<?xml version='2.0'?>",
            "<?xml version=1.0?>",
            "<?xml version='1.0",
            "<?xml version='1.0'encoding='UTF-8'?>",
            "<?xml version='1.0' encoding='ISO-8859-1'standalone='no'?>",
            "<?xml version='1.0' standalone='maybe'?>",
            "<?xml version='1.0' standalone='yes' encoding='UTF-8'?>",
            "<?xml version='1.0' ?x>",
        ] {
            assert!(end(text, 0).is_err(), "{text}");
        }
    }
}
