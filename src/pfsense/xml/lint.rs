//! Would pfSense load this file, and what should its owner know even if it does?

use super::entities;
use super::error::{Fault, ReadError, ReadErrorKind};
use super::read::Document;
use super::tags::{Era, is_cdata_tag};
use crate::finding::{Finding, Layer, Place, SourceId};
use crate::pfsense::Value;

/// As many places of one kind are reported.
const MAX_NOTES: usize = 20;

/// What a file that pfSense loads consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The configuration version; empty if the file names none.
    pub version: String,
    /// The era the file was read in.
    pub era: Era,
    /// How many elements it holds.
    pub elements: usize,
    /// The sections below `installedpackages`, in order.
    pub sections: Vec<String>,
    /// What its owner should know.
    pub notes: Vec<Note>,
}

/// Something that pfSense does without a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Stable kebab-case code.
    pub code: &'static str,
    /// Byte offset into the file's text.
    pub offset: usize,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What happens, lower case, without a trailing stop.
    pub message: String,
    /// The way out.
    pub hint: &'static str,
}

impl Note {
    /// As a warning about the given source, which must hold the same text.
    pub fn to_finding(&self, source: SourceId) -> Finding {
        Finding::warning(Layer::Pfsense, self.code, self.message.clone())
            .at(Place::new(source, self.offset, self.offset))
            .hint(self.hint)
    }
}

/// Reads a file as the pfSense that wrote it would.
///
/// # Errors
/// As [`Document::parse`].
pub fn lint(bytes: &[u8]) -> Result<Summary, ReadError> {
    let document = Document::parse(bytes)?;
    let sections = match document.value().get("installedpackages") {
        Some(Value::Branch(pairs)) => pairs.iter().map(|(name, _)| name.clone()).collect(),
        _ => Vec::new(),
    };
    Ok(Summary {
        version: document.version().to_owned(),
        era: document.era(),
        elements: document.elements.len(),
        sections,
        notes: notes(&document),
    })
}

fn notes(document: &Document) -> Vec<Note> {
    let note = |code, offset, message: String, hint| {
        // The place is counted as for an error.
        let place = Fault::new(ReadErrorKind::Unclosed, offset, "").in_text(document.text().as_bytes());
        Note { code, offset, line: place.line, column: place.column, message, hint }
    };
    let mut notes = Vec::new();
    if document.is_cut() {
        notes.push(note(
            "config-xml-cut",
            document.text().len(),
            "the file ends inside the root element; pfSense does not notice and loads what is there"
                .to_owned(),
            "take another copy of the file",
        ));
    }
    for offset in document.lost_children().iter().take(MAX_NOTES) {
        notes.push(note(
            "config-xml-lost-children",
            *offset,
            "text follows child elements here; pfSense forgets the children".to_owned(),
            "remove the text",
        ));
    }
    if document.era() == Era::Html {
        let mut paths = Vec::new();
        unreadable_after_saving(document.value(), "", &mut String::new(), &mut paths);
        for path in paths {
            let offset = document.range(&path).map_or(0, |range| range.start);
            notes.push(note(
                "config-xml-unreadable-after-saving",
                offset,
                format!("{path} holds letters beyond ASCII; pfSense cannot read the file again once it has saved it"),
                "use plain ASCII there",
            ));
        }
    }
    notes
}

/// Paths of values that this era writes as names of HTML outside of CDATA, where XML knows none.
fn unreadable_after_saving(value: &Value, name: &str, path: &mut String, found: &mut Vec<String>) {
    if found.len() >= MAX_NOTES {
        return;
    }
    let mut below = |step: &str, name: &str, value: &Value| {
        let length = path.len();
        if length > 0 {
            path.push('/');
        }
        path.push_str(step);
        unreadable_after_saving(value, name, path, found);
        path.truncate(length);
    };
    match value {
        Value::Branch(pairs) => pairs.iter().for_each(|(key, value)| below(key, key, value)),
        Value::List(members) => {
            for (number, member) in members.iter().enumerate() {
                below(&number.to_string(), name, member);
            }
        }
        Value::Text(text) => {
            if !is_cdata_tag(name) && text.chars().any(|c| entities::html_name(c).is_some()) {
                found.push(path.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lint_text(content: &str) -> Summary {
        lint(format!("<pfsense>\n{content}</pfsense>").as_bytes()).expect("accepted")
    }

    #[test]
    fn a_plain_file_is_summed_up() {
        let summary =
            lint_text("<version>24.5</version><installedpackages><frr/><FRRbgp/></installedpackages>");
        assert_eq!((summary.version.as_str(), summary.era, summary.elements), ("24.5", Era::Xml, 5));
        assert_eq!(summary.sections, ["frr", "frrbgp"]);
        assert!(summary.notes.is_empty());
    }

    #[test]
    fn silent_losses_are_told() {
        let summary =
            lint_text("<a>\n<b/>text</a><c><item>x</item><item>ü</item></c><descr>ü</descr><d>ł</d>");
        let told: Vec<_> = summary.notes.iter().map(|n| (n.code, n.line, n.column)).collect();
        assert_eq!(told, [("config-xml-lost-children", 2, 1), ("config-xml-unreadable-after-saving", 3, 30)]);
        assert!(summary.notes[1].message.starts_with("c/item/1 "));
        let cut = format!("<pfsense><a>{}", "x".repeat(5000));
        assert_eq!(lint(&cut.as_bytes()[..4096]).expect("accepted").notes[0].code, "config-xml-cut");
    }

    #[test]
    fn refusals_come_through() {
        let error = lint(b"<pfsense><a/><a/></pfsense>").expect_err("refused");
        assert_eq!(error.code(), "config-xml-duplicate-element");
    }
}
