//! Writing values as pfSense writes them.
//!
//! [`normalize`] gives the bytes that a release would write on its next save after reading a file.
//! The splicer uses the same rules with the layout of the file it works on.

use super::entities;
use super::error::ReadError;
use super::input::Encoding;
use super::read::Document;
use super::tags::{Era, is_cdata_tag};
use crate::pfsense::Value;

/// How elements are laid out and spelled.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout<'a> {
    pub(super) era: Era,
    pub(super) encoding: Encoding,
    /// What ends a line; empty to write everything on one line.
    pub(super) newline: &'a str,
    /// One level of indentation.
    pub(super) unit: &'a str,
}

/// pfSense's own layout.
const fn own_layout(era: Era) -> Layout<'static> {
    Layout { era, encoding: Encoding::Utf8, newline: "\n", unit: "\t" }
}

/// The bytes that pfSense would write on its next save after reading this file; `revision` stays
/// as it is.
///
/// `era` is that of the release that reads and writes; by default the one that the file's own
/// `version` element belongs to. Writing the result again changes nothing more, unless list members
/// hold nothing but empty list members: each pass takes away one such level.
///
/// # Errors
/// As [`Document::parse`].
pub fn normalize(bytes: &[u8], era: Option<Era>) -> Result<Vec<u8>, ReadError> {
    let document = Document::parse_in(bytes, era)?;
    let mut out = String::with_capacity(bytes.len() + bytes.len() / 8);
    out.push_str("<?xml version=\"1.0\"?>\n");
    own_layout(document.era()).element("pfsense", document.value(), "", &mut out);
    if let Some(name) = document.null_element().filter(|name| is_cdata_tag(name)) {
        // PHP's null is written as an empty CDATA section. It is the very last leaf.
        let leaf = format!("<{name}></{name}>");
        if let Some(at) = out.rfind(&leaf) {
            out.insert_str(at + name.len() + 2, "<![CDATA[]]>");
        }
    }
    Ok(out.into_bytes())
}

impl Layout<'_> {
    /// Writes an element, or all members of a list, each with its indentation and line end.
    pub(super) fn element(&self, name: &str, value: &Value, indent: &str, out: &mut String) {
        match value {
            Value::List(members) => {
                for member in members {
                    self.member(name, member, indent, out);
                }
            }
            _ => self.member(name, value, indent, out),
        }
    }

    /// Writes one element with its indentation and line end.
    pub(super) fn member(&self, name: &str, value: &Value, indent: &str, out: &mut String) {
        out.push_str(indent);
        self.bare(name, value, indent, out);
        out.push_str(self.newline);
    }

    /// Writes one element from its `<` to its `>`; `indent` is that of its line.
    pub(super) fn bare(&self, name: &str, value: &Value, indent: &str, out: &mut String) {
        let tag = |out: &mut String, start: &str| {
            out.push_str(start);
            out.push_str(name);
            out.push('>');
        };
        tag(out, "<");
        match value {
            Value::Branch(pairs) if !pairs.is_empty() => {
                out.push_str(self.newline);
                let deeper =
                    if self.newline.is_empty() { String::new() } else { format!("{indent}{}", self.unit) };
                for (child, value) in pairs {
                    self.element(child, value, &deeper, out);
                }
                if !self.newline.is_empty() {
                    out.push_str(indent);
                }
            }
            Value::Text(text) if !text.is_empty() => self.text(name, text, out),
            _ => {}
        }
        tag(out, "</");
    }

    fn text(&self, name: &str, text: &str, out: &mut String) {
        let is_cdata = is_cdata_tag(name);
        if is_cdata {
            out.push_str("<![CDATA[");
        }
        let start = out.len();
        entities::encode(text, self.era, out);
        if !out[start..].chars().all(|c| self.encoding.holds(c)) {
            let encoded = out.split_off(start);
            for character in encoded.chars() {
                if self.encoding.holds(character) {
                    out.push(character);
                } else {
                    // A number is decoded alike everywhere.
                    out.push_str(&format!("&#{};", u32::from(character)));
                }
            }
        }
        if is_cdata {
            out.push_str("]]>");
        }
    }
}
