//! Byte-preserving edits: every byte that is not edited stays, in its place.
//!
//! A plan of edits becomes patches of the text, computed against the original and applied in one
//! pass. New elements follow their siblings: same line ends, same indentation, the character
//! spelling of the file's own era. Afterwards the result is read again; it must say what the same
//! edits make of the original's value, or nothing is returned.
//!
//! Inserting moves what follows, and pfSense reads a few long texts differently depending on where
//! its 4,096-byte portions end (see `scan`). The comparison disregards that: such a text is the same
//! text, and pfSense's own writer moves it just as well.

use super::build::{Element, NONE};
use super::change::{self, Change};
use super::edit::{ENTRIES, Edit, EditError, EntryPlan, ListPlan, PACKAGES, Plan, SectionPlan};
use super::error::ReadError;
use super::input;
use super::read::Document;
use super::write::Layout;
use crate::pfsense::Value;

/// Why a file was not edited.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SpliceError {
    /// pfSense would not load the file.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The edits cannot be carried out on it.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// The file ends inside the root element, which pfSense does not notice.
    #[error("the file ends inside the root element")]
    Cut,
    /// A section would not come back as it is meant to, because a long text in it lies where
    /// pfSense's reader cuts.
    #[error("installedpackages/{section}: a long text in it would be read differently by pfSense")]
    Fragile {
        /// The section.
        section: String,
    },
    /// The result does not say what it should. This is a fault of this program.
    #[error("internal error: the edited file does not say what it should; nothing was changed")]
    Internal,
}

/// Sets and deletes whole sections below `installedpackages`.
///
/// # Errors
/// See [`SpliceError`]; there is no output then.
pub fn splice(bytes: &[u8], change: &Change) -> Result<Vec<u8>, SpliceError> {
    edit(bytes, &change.edits())
}

/// Carries out edits. Without anything to change, the result is the file itself.
///
/// # Errors
/// See [`SpliceError`]; there is no output then.
pub fn edit(bytes: &[u8], edits: &[Edit]) -> Result<Vec<u8>, SpliceError> {
    let seen = Document::parse(bytes)?;
    if seen.is_cut() {
        return Err(SpliceError::Cut);
    }
    change::check(edits, seen.era())?;
    let plan = Plan::of(edits)?;
    let document =
        if seen.is_split() { Document::parse_whole(seen.text(), seen.encoding, seen.era())? } else { seen };
    // Carried out on the value first: what cannot be done is found out here.
    let expected = plan.apply(document.value().clone())?;
    let spliced = Splicer::new(&document).carry_out(&plan, &expected).applied_to(document.text());
    let Some(result) = input::close(spliced, document.encoding) else { return Err(SpliceError::Internal) };
    verify(&result, &expected, &plan, &document)?;
    Ok(result)
}

/// Reads the result as pfSense will, and compares.
fn verify(result: &[u8], expected: &Value, plan: &Plan, original: &Document) -> Result<(), SpliceError> {
    let era = original.era();
    let seen = Document::parse_in(result, Some(era)).map_err(|_| SpliceError::Internal)?;
    if seen.is_cut() {
        return Err(SpliceError::Internal);
    }
    if seen.value() == expected {
        return Ok(());
    }
    let whole = Document::parse_whole(seen.text(), seen.encoding, era).map_err(|_| SpliceError::Internal)?;
    if whole.value() != expected {
        return Err(SpliceError::Internal);
    }
    // Only texts at the ends of portions differ. Those of others are none of our business.
    for (section, plan) in &plan.sections {
        let (is, should) = (seen.section(section), whole.section(section));
        let is_intact = match plan {
            SectionPlan::Set(_) | SectionPlan::Delete => is == should,
            SectionPlan::Entries(entries) => {
                let length = original.section(section).map_or(0, |section| section.entries().len());
                let entry = |section: Option<&Value>, index| section?.entries().get(index).cloned();
                entries.touched(length).into_iter().all(|index| entry(is, index) == entry(should, index))
            }
        };
        if !is_intact {
            return Err(SpliceError::Fragile { section: section.clone() });
        }
    }
    Ok(())
}

/// Replaces a range of the text.
struct Patch {
    start: usize,
    end: usize,
    text: String,
}

struct Patches(Vec<Patch>);

impl Patches {
    /// Ranges never overlap; of two at one place the empty one goes first, otherwise the older one.
    fn applied_to(mut self, text: &str) -> String {
        self.0.sort_by_key(|patch| (patch.start, patch.end));
        let added: usize = self.0.iter().map(|patch| patch.text.len()).sum();
        let mut result = String::with_capacity(text.len() + added);
        let mut at = 0;
        for patch in &self.0 {
            result.push_str(text.get(at..patch.start).unwrap_or_default());
            result.push_str(&patch.text);
            at = patch.end;
        }
        result.push_str(text.get(at..).unwrap_or_default());
        result
    }
}

struct Splicer<'a> {
    document: &'a Document,
    text: &'a str,
    /// The file's own layout.
    layout: Layout<'a>,
    patches: Vec<Patch>,
}

/// The root element.
const ROOT: u32 = 0;

impl<'a> Splicer<'a> {
    fn new(document: &'a Document) -> Self {
        let text = document.text();
        let newline = match text.find('\n') {
            Some(at) if text[..at].ends_with('\r') => "\r\n",
            Some(_) => "\n",
            None => "",
        };
        let layout = Layout { era: document.era(), encoding: document.encoding, newline, unit: "\t" };
        let mut splicer = Splicer { document, text, layout, patches: Vec::new() };
        let unit = document.children(ROOT).find_map(|child| splicer.indent(child));
        splicer.layout.unit = unit.unwrap_or("\t");
        splicer
    }

    /// Turns the plan into patches. `expected` is the configuration with the plan carried out.
    fn carry_out(mut self, plan: &Plan, expected: &Value) -> Patches {
        let before = self.document.value().get(PACKAGES);
        let after = expected.get(PACKAGES);
        match (self.child(ROOT, PACKAGES), before, after) {
            (_, _, None) => {}
            (None, _, Some(after)) => self.append(ROOT, PACKAGES, after),
            (Some(packages), Some(Value::Branch(_)), Some(after)) => {
                if *after == Value::EMPTY && self.clear(packages) {
                    return Patches(self.patches);
                }
                for (section, plan) in &plan.sections {
                    self.section(packages, section, plan, after.get(section));
                }
            }
            (Some(packages), _, Some(Value::Branch(pairs))) => self.fill(packages, pairs),
            (Some(_), _, Some(_)) => {}
        }
        Patches(self.patches)
    }

    fn section(&mut self, packages: u32, name: &str, plan: &SectionPlan, after: Option<&Value>) {
        let SectionPlan::Entries(entries) = plan else {
            return self.set_child(packages, name, after);
        };
        let (Some(section), Some(after)) = (self.child(packages, name), after) else {
            return self.set_child(packages, name, after);
        };
        let before = self.document.section(name);
        match (before, after) {
            (Some(Value::Branch(_)), after) => {
                if *after != Value::EMPTY || !self.clear(section) {
                    self.list(section, ENTRIES, entries);
                }
            }
            (_, Value::Branch(pairs)) => self.fill(section, pairs),
            (_, _) => {}
        }
    }

    fn list(&mut self, parent: u32, name: &str, plan: &ListPlan) {
        let document = self.document;
        let all = document.children(parent).filter(|id| document.is_named(*id, name));
        let (kept, dropped): (Vec<_>, Vec<_>) =
            all.partition(|id| document.element(*id).is_some_and(|element| element.kept));
        let at = |index: usize| kept.get(index).copied().unwrap_or(NONE);
        for index in &plan.removed {
            self.remove(at(*index));
        }
        if plan.removed.len() == kept.len() && plan.inserted.is_empty() {
            // Empty members say nothing, but they would keep an empty list alive.
            dropped.iter().for_each(|id| self.remove(*id));
        }
        for (index, entry) in &plan.replaced {
            self.replace(at(*index), name, entry);
        }
        for (index, entry) in &plan.changed {
            self.entry(at(*index), entry);
        }
        for (index, entries) in &plan.inserted {
            for entry in entries {
                match (index.checked_sub(1), kept.is_empty()) {
                    (_, true) => match dropped.last() {
                        Some(last) => self.insert_behind(*last, name, entry),
                        None => self.append(parent, name, entry),
                    },
                    (Some(previous), false) => self.insert_behind(at(previous), name, entry),
                    (None, false) => self.insert_before(at(0), name, entry),
                }
            }
        }
    }

    fn entry(&mut self, entry: u32, plan: &EntryPlan) {
        for (field, value) in &plan.fields {
            self.set_child(entry, field, value.as_ref());
        }
        for (list, plan) in &plan.lists {
            self.list(entry, list, plan);
        }
    }

    /// The first child of a name.
    fn child(&self, parent: u32, name: &str) -> Option<u32> {
        self.document.children(parent).find(|id| self.document.is_named(*id, name))
    }

    /// Replaces a child where it stands (all members, if it is a list), adds or removes it.
    fn set_child(&mut self, parent: u32, name: &str, value: Option<&Value>) {
        let document = self.document;
        let mut found = document.children(parent).filter(|id| document.is_named(*id, name));
        if let Some(value) = value {
            match found.next() {
                Some(first) => self.replace(first, name, value),
                None => return self.append(parent, name, value),
            }
        }
        found.for_each(|id| self.remove(id));
    }

    fn patch(&mut self, start: usize, end: usize, text: String) {
        self.patches.push(Patch { start, end, text });
    }

    /// Adds a child behind the last one; the parent has one.
    fn append(&mut self, parent: u32, name: &str, value: &Value) {
        let last = self.document.element(parent).map_or(NONE, |element| element.last_child);
        self.insert_behind(last, name, value);
    }

    fn insert_behind(&mut self, sibling: u32, name: &str, value: &Value) {
        let Some(element) = self.document.element(sibling) else { return };
        let end = element.outer.end as usize;
        let (layout, indent) = self.layout_of(sibling);
        let mut text = String::new();
        match (self.indent(sibling), self.next_line(end)) {
            (Some(_), Some(line)) => {
                layout.element(name, value, indent, &mut text);
                self.patch(line, line, text);
            }
            _ => {
                layout.element(name, value, indent, &mut text);
                // The line end belongs in front here, because something follows on the line.
                let text = text.strip_suffix(layout.newline).unwrap_or(&text);
                self.patch(end, end, format!("{}{text}", layout.newline));
            }
        }
    }

    fn insert_before(&mut self, sibling: u32, name: &str, value: &Value) {
        let Some(element) = self.document.element(sibling) else { return };
        let (layout, indent) = self.layout_of(sibling);
        let mut text = String::new();
        layout.element(name, value, indent, &mut text);
        let at = element.outer.start as usize - indent.len();
        self.patch(at, at, text);
    }

    fn replace(&mut self, id: u32, name: &str, value: &Value) {
        let Some(element) = self.document.element(id) else { return };
        let (layout, indent) = self.layout_of(id);
        let mut text = String::new();
        layout.element(name, value, indent, &mut text);
        let bare = text.strip_prefix(indent).unwrap_or(&text);
        let bare = bare.strip_suffix(layout.newline).unwrap_or(bare).to_owned();
        self.patch(element.outer.start as usize, element.outer.end as usize, bare);
    }

    /// Removes an element, with its lines if it has them for itself.
    fn remove(&mut self, id: u32) {
        let Some(element) = self.document.element(id) else { return };
        let (start, end) = (element.outer.start as usize, element.outer.end as usize);
        match (self.indent(id), self.next_line(end)) {
            (Some(indent), Some(line)) => self.patch(start - indent.len(), line, String::new()),
            _ => self.patch(start, end, String::new()),
        }
    }

    /// Leaves `<x></x>` of an element. Not if comments stand in it: then nothing happens, and false
    /// is returned.
    fn clear(&mut self, id: u32) -> bool {
        let Some(element) = self.document.element(id) else { return false };
        let (start, end) = (element.inner.start as usize, element.inner.end as usize);
        let has_comments =
            self.text.get(start..end).is_none_or(|inner| inner.contains("<!--") || inner.contains("<?"));
        if !has_comments {
            self.patch(start, end, String::new());
        }
        !has_comments
    }

    /// Puts children into an element that has none.
    fn fill(&mut self, id: u32, pairs: &[(String, Value)]) {
        let Some(element) = self.document.element(id) else { return };
        let (layout, indent) = self.layout_of(id);
        let deeper =
            if layout.newline.is_empty() { String::new() } else { format!("{indent}{}", layout.unit) };
        let mut children = String::new();
        for (name, value) in pairs {
            layout.element(name, value, &deeper, &mut children);
        }
        let Element { name, outer, inner, self_closed, .. } = element;
        let (start, end) = (inner.start as usize, inner.end as usize);
        let newline = layout.newline;
        if *self_closed {
            let name = self.text.get(name.start as usize..name.end as usize).unwrap_or_default();
            let tag = self.text.get(outer.start as usize..end).unwrap_or_default();
            let open = tag.trim_end_matches(['/', '>']).trim_end();
            let text = format!(">{newline}{children}{indent}</{name}>");
            return self.patch(outer.start as usize + open.len(), end, text);
        }
        let content = self.text.get(start..end).unwrap_or_default();
        if content.trim_ascii().is_empty() {
            return self.patch(start, end, format!("{newline}{children}{indent}"));
        }
        // Comments stay, and the children go in front of the end tag.
        let blanks = content.len() - content.trim_end_matches([' ', '\t']).len();
        if content[..content.len() - blanks].ends_with('\n') {
            return self.patch(end - blanks, end - blanks, children);
        }
        self.patch(end, end, format!("{newline}{children}{indent}"));
    }

    /// The layout for something beside or in an element, and the indentation of its line: the
    /// file's own, or everything on one line if the element shares its line with others.
    fn layout_of(&self, id: u32) -> (Layout<'a>, &'a str) {
        match self.indent(id) {
            Some(indent) if !self.layout.newline.is_empty() => (self.layout, indent),
            _ => (Layout { newline: "", ..self.layout }, ""),
        }
    }

    /// The blanks in front of an element, if nothing else stands in front of it on its line.
    fn indent(&self, id: u32) -> Option<&'a str> {
        let before = self.text.get(..self.document.element(id)?.outer.start as usize)?;
        let rest = before.trim_end_matches([' ', '\t']);
        (rest.is_empty() || rest.ends_with('\n')).then(|| &before[rest.len()..])
    }

    /// The beginning of the next line, if only blanks stand in front of it.
    fn next_line(&self, at: usize) -> Option<usize> {
        let rest = self.text.get(at..)?;
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t', '\r']).len();
        rest[blanks..].starts_with('\n').then_some(at + blanks + 1)
    }
}
