//! Reading config.xml as pfSense reads it: what it holds, where it stands, or why it is refused.

use std::fmt;
use std::ops::Range;

use super::build::{Element, NONE};
use super::error::{Fault, ReadError, ReadErrorKind};
use super::input::{self, Encoding, Input};
use super::scan::{self, Scanned};
use super::tags::{Era, is_list_tag};
use crate::finding::{Place, SourceId};
use crate::pfsense::Value;

/// A config.xml that pfSense would load.
pub struct Document {
    text: String,
    pub(super) encoding: Encoding,
    pub(super) elements: Vec<Element>,
    value: Value,
    era: Era,
    is_cut: bool,
    is_split: bool,
    lost: Vec<usize>,
    unwritten: Option<u32>,
}

/// Says nothing of the contents: they are full of secrets.
impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document")
            .field("bytes", &self.text.len())
            .field("elements", &self.elements.len())
            .field("era", &self.era)
            .finish_non_exhaustive()
    }
}

impl Document {
    /// Reads a file in the era of its own `version` element: what a pfSense that wrote this file
    /// reads from it.
    ///
    /// # Errors
    /// Whatever pfSense refuses, and beyond that only limits of size and nesting, UTF-16 and rarer
    /// encodings, and parameter entities.
    pub fn parse(bytes: &[u8]) -> Result<Document, ReadError> {
        Self::parse_in(bytes, None)
    }

    /// Reads a file as a release of the given era would, whatever the file says of itself.
    ///
    /// # Errors
    /// As [`Document::parse`].
    pub fn parse_in(bytes: &[u8], era: Option<Era>) -> Result<Document, ReadError> {
        input::open(bytes).and_then(|input| Self::read(&input, era)).map_err(|fault| fault.in_text(bytes))
    }

    /// Reads a decoded text as one portion, so that what it says does not depend on its length.
    pub(super) fn parse_whole(text: &str, encoding: Encoding, era: Era) -> Result<Document, ReadError> {
        Self::read(&Input::whole(text, encoding), Some(era)).map_err(|fault| fault.in_text(text.as_bytes()))
    }

    fn read(input: &Input<'_>, era: Option<Era>) -> Result<Document, Fault> {
        if let Some(era) = era {
            return Self::assemble(input, scan::scan(input, era)?, era);
        }
        // The era is a matter of the `version` element, which is only known after reading. A glance
        // at its usual form guesses well enough; a wrong guess costs a second reading.
        let guess = Self::glance(&input.text);
        let document = Self::assemble(input, scan::scan(input, guess)?, guess)?;
        let era = Era::of_version(document.version());
        if era == guess { Ok(document) } else { Self::assemble(input, scan::scan(input, era)?, era) }
    }

    fn glance(text: &str) -> Era {
        let version = text.split_once("<version>").and_then(|(_, rest)| rest.split_once('<'));
        version.map_or(Era::Html, |(version, _)| Era::of_version(version))
    }

    fn assemble(input: &Input<'_>, scanned: Scanned, era: Era) -> Result<Document, Fault> {
        let Scanned { built, is_cut, is_split } = scanned;
        let start = built.elements.first().map_or(0, |root| root.outer.start as usize);
        let value = match built.root {
            Some((name, _)) if name != "pfsense" => {
                let message = format!("the root element is <{name}>, not <pfsense>");
                return Err(Fault::new(ReadErrorKind::RootName, start, message));
            }
            Some((_, value @ Value::Branch(_))) => value,
            _ => {
                return Err(Fault::new(ReadErrorKind::RootEmpty, start, "the root element holds no element"));
            }
        };
        let lost = built.lost.iter().filter_map(|id| built.elements.get(*id as usize));
        let lost = lost.map(|element| element.outer.start as usize).collect();
        Ok(Document {
            text: input.text.clone().into_owned(),
            encoding: input.encoding,
            elements: built.elements,
            value,
            era,
            is_cut,
            is_split,
            lost,
            unwritten: built.unwritten,
        })
    }

    /// What pfSense holds in memory: the children of the root element.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// Takes the value out.
    pub fn into_value(self) -> Value {
        self.value
    }

    /// A section below `installedpackages`.
    pub fn section(&self, name: &str) -> Option<&Value> {
        self.value.get("installedpackages")?.get(name)
    }

    /// The file's text; places point into it. For UTF-8 files it is the file.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The configuration version, or the empty text.
    pub fn version(&self) -> &str {
        self.value.field("version")
    }

    /// The era the file was read in.
    pub fn era(&self) -> Era {
        self.era
    }

    /// Whether the file ends inside the root element and pfSense does not notice: it loads what is
    /// there. This happens to files whose length is a multiple of 4,096 bytes.
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// Offsets of elements whose children pfSense forgets, because text follows them.
    pub fn lost_children(&self) -> &[usize] {
        &self.lost
    }

    /// Where the value of a path stands, from `<` to `>`. Paths are those of [`Value::path`]; a list
    /// itself (`…/config` without a number) is where its first member is.
    pub fn range(&self, path: &str) -> Option<Range<usize>> {
        let mut element = 0;
        let mut steps = path.split('/').filter(|step| !step.is_empty()).peekable();
        while let Some(step) = steps.next() {
            let mut members = self.children(element).filter(|id| self.is_named(*id, step));
            element = if is_list_tag(step) {
                let number = steps.next_if(|next| next.bytes().all(|b| b.is_ascii_digit()));
                let number = number.map_or(Some(0), |number| number.parse().ok())?;
                members.filter(|id| self.element(*id).is_some_and(|e| e.kept)).nth(number)?
            } else {
                members.next()?
            };
        }
        let outer = &self.element(element)?.outer;
        Some(outer.start as usize..outer.end as usize)
    }

    /// [`Document::range`] as a place in the given source, which must hold [`Document::text`].
    pub fn place(&self, source: SourceId, path: &str) -> Option<Place> {
        self.range(path).map(|range| Place::new(source, range.start, range.end))
    }

    /// Whether the places where portions end may have shaped what was read, so that the same text
    /// could read differently at another place of the file.
    pub(super) fn is_split(&self) -> bool {
        self.is_split
    }

    /// The lower-cased name of the last element of a cut file, if the cut left it without a value.
    pub(super) fn null_element(&self) -> Option<String> {
        let name = &self.element(self.unwritten?)?.name;
        Some(self.text.get(name.start as usize..name.end as usize)?.to_ascii_lowercase())
    }

    pub(super) fn element(&self, id: u32) -> Option<&Element> {
        self.elements.get(id as usize)
    }

    /// The child elements, dropped ones included.
    pub(super) fn children(&self, id: u32) -> impl Iterator<Item = u32> {
        let first = self.element(id).map_or(NONE, |element| element.first_child);
        std::iter::successors(Some(first), |id| Some(self.element(*id)?.next_sibling))
            .take_while(|id| *id != NONE)
    }

    pub(super) fn is_named(&self, id: u32, name: &str) -> bool {
        self.element(id)
            .and_then(|element| self.text.get(element.name.start as usize..element.name.end as usize))
            .is_some_and(|written| written.eq_ignore_ascii_case(name))
    }
}
