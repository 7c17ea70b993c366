//! Edits of the sections below `installedpackages`, as data, and what they make of a value.
//!
//! Edits speak of the original: an index is that of the file before any of them. All edits of one
//! call are first put into a [`Plan`] by place, which is where contradictions show. The plan is then
//! carried out twice: on the value here, and on the bytes in `splice`, which compares the two.

use std::collections::{BTreeMap, BTreeSet};

use crate::pfsense::Value;

/// The branch that holds the sections of all packages.
pub(super) const PACKAGES: &str = "installedpackages";

/// The list of a section's entries.
pub(super) const ENTRIES: &str = "config";

/// A list below `installedpackages`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ListPath {
    section: String,
    nested: Option<(usize, String)>,
}

impl ListPath {
    /// The entries of a section: its `<config>` elements.
    pub fn entries(section: impl Into<String>) -> Self {
        ListPath { section: section.into(), nested: None }
    }

    /// A list inside entry number `index` of a section, usually `row`.
    pub fn inside(section: impl Into<String>, index: usize, list: impl Into<String>) -> Self {
        ListPath { section: section.into(), nested: Some((index, list.into())) }
    }
}

/// One change of the sections below `installedpackages`.
///
/// Numbers count from 0 in the file as it was before all edits of the same call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Replaces a section where it stands, or adds it behind the others.
    SetSection {
        /// Its name, lower case.
        section: String,
        /// Its new value.
        value: Value,
    },
    /// Removes a section; nothing happens if there is none.
    DeleteSection {
        /// Its name.
        section: String,
    },
    /// Adds a member to a list, creating list and section as needed.
    InsertEntry {
        /// Which list.
        list: ListPath,
        /// In front of which original member; the number of members adds at the end. Several
        /// insertions at one place keep the order of the edits.
        index: usize,
        /// The new member.
        entry: Value,
    },
    /// Replaces a member of a list.
    ReplaceEntry {
        /// Which list.
        list: ListPath,
        /// Which member.
        index: usize,
        /// The new member.
        entry: Value,
    },
    /// Removes a member of a list.
    RemoveEntry {
        /// Which list.
        list: ListPath,
        /// Which member.
        index: usize,
    },
    /// Replaces a field of an entry where it stands, or adds it behind the others. A list tag
    /// takes a list, which replaces all its members.
    SetField {
        /// The section.
        section: String,
        /// Which entry.
        index: usize,
        /// The name of the field.
        field: String,
        /// Its new value.
        value: Value,
    },
    /// Removes a field of an entry; nothing happens if there is none.
    RemoveField {
        /// The section.
        section: String,
        /// Which entry.
        index: usize,
        /// The name of the field.
        field: String,
    },
}

/// Why edits cannot be carried out. Names places, never values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// Two edits of the same call contradict each other.
    #[error("{path}: two edits contradict each other")]
    Conflict {
        /// What both are about.
        path: String,
    },
    /// An index beyond the list.
    #[error("{path}: there is no such entry, the list has {length}")]
    NoSuchEntry {
        /// The member asked for.
        path: String,
        /// How many there are.
        length: usize,
    },
    /// Text or a list where a branch is needed.
    #[error("{path}: holds something else than elements")]
    NotABranch {
        /// Where.
        path: String,
    },
    /// The edits leave nothing of an entry, which pfSense would then drop from the list.
    #[error("{path}: nothing would be left of the entry")]
    NothingLeft {
        /// The entry.
        path: String,
    },
    /// A name that no element of ours may have.
    #[error("{path}: is no element name in lower-case ASCII")]
    BadName {
        /// Where, the name last.
        path: String,
    },
    /// A value that would not come back as it is.
    #[error("{path}: {reason}")]
    BadValue {
        /// Where.
        path: String,
        /// Why not.
        reason: &'static str,
    },
}

/// What happens to a list.
#[derive(Debug, Default)]
pub(super) struct ListPlan {
    pub(super) inserted: BTreeMap<usize, Vec<Value>>,
    pub(super) replaced: BTreeMap<usize, Value>,
    pub(super) removed: BTreeSet<usize>,
    pub(super) changed: BTreeMap<usize, EntryPlan>,
}

/// What happens inside an entry: first the fields in the order of the edits, then the lists.
#[derive(Debug, Default)]
pub(super) struct EntryPlan {
    pub(super) fields: Vec<(String, Option<Value>)>,
    pub(super) lists: BTreeMap<String, ListPlan>,
}

/// What happens to a section.
#[derive(Debug)]
pub(super) enum SectionPlan {
    Set(Value),
    Delete,
    Entries(ListPlan),
}

/// All edits of one call by place; sections in the order in which the edits first name them.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) sections: Vec<(String, SectionPlan)>,
    index: BTreeMap<String, usize>,
}

/// What edits make of a whole configuration (the children of the root element).
///
/// # Errors
/// Contradicting edits, and edits of what is not there.
pub fn apply_to_value(configuration: &Value, edits: &[Edit]) -> Result<Value, EditError> {
    Plan::of(edits)?.apply(configuration.clone())
}

impl Plan {
    pub(super) fn of(edits: &[Edit]) -> Result<Plan, EditError> {
        let mut plan = Plan::default();
        for edit in edits {
            match edit {
                Edit::SetSection { section, value } => {
                    plan.whole(section, SectionPlan::Set(value.clone()))?;
                }
                Edit::DeleteSection { section } => plan.whole(section, SectionPlan::Delete)?,
                Edit::InsertEntry { list, index, entry } => {
                    let inserted = &mut plan.list(list)?.inserted;
                    inserted.entry(*index).or_default().push(entry.clone());
                }
                Edit::ReplaceEntry { list, index, entry } => {
                    let found = plan.list(list)?;
                    found.claim(*index, list)?;
                    found.replaced.insert(*index, entry.clone());
                }
                Edit::RemoveEntry { list, index } => {
                    let found = plan.list(list)?;
                    found.claim(*index, list)?;
                    found.removed.insert(*index);
                }
                Edit::SetField { section, index, field, value } => {
                    plan.entry(section, *index)?.field(section, *index, field, Some(value.clone()))?;
                }
                Edit::RemoveField { section, index, field } => {
                    plan.entry(section, *index)?.field(section, *index, field, None)?;
                }
            }
        }
        Ok(plan)
    }

    fn whole(&mut self, section: &str, plan: SectionPlan) -> Result<(), EditError> {
        if self.index.contains_key(section) {
            return Err(conflict(section));
        }
        self.index.insert(section.to_owned(), self.sections.len());
        self.sections.push((section.to_owned(), plan));
        Ok(())
    }

    fn entries(&mut self, section: &str) -> Result<&mut ListPlan, EditError> {
        if !self.index.contains_key(section) {
            self.whole(section, SectionPlan::Entries(ListPlan::default()))?;
        }
        let at = self.index.get(section).copied().unwrap_or_default();
        match self.sections.get_mut(at) {
            Some((_, SectionPlan::Entries(entries))) => Ok(entries),
            _ => Err(conflict(section)),
        }
    }

    fn entry(&mut self, section: &str, index: usize) -> Result<&mut EntryPlan, EditError> {
        let entries = self.entries(section)?;
        if entries.replaced.contains_key(&index) || entries.removed.contains(&index) {
            return Err(conflict(&format!("{section}/{ENTRIES}/{index}")));
        }
        Ok(entries.changed.entry(index).or_default())
    }

    fn list(&mut self, path: &ListPath) -> Result<&mut ListPlan, EditError> {
        let Some((index, list)) = &path.nested else { return self.entries(&path.section) };
        let entry = self.entry(&path.section, *index)?;
        if entry.fields.iter().any(|(field, _)| field == list) {
            return Err(conflict(&format!("{}/{ENTRIES}/{index}/{list}", path.section)));
        }
        Ok(entry.lists.entry(list.clone()).or_default())
    }

    /// Carries the plan out on a configuration.
    pub(super) fn apply(&self, mut configuration: Value) -> Result<Value, EditError> {
        let Value::Branch(root) = &mut configuration else {
            return Err(EditError::NotABranch { path: "pfsense".to_owned() });
        };
        let before = take(root, PACKAGES);
        let is_new = before.is_none();
        let mut packages = branch(before, PACKAGES)?;
        for (section, plan) in &self.sections {
            let value = match plan {
                SectionPlan::Set(value) => Some(value.clone()),
                SectionPlan::Delete => None,
                SectionPlan::Entries(entries) => {
                    let mut pairs = branch(take(&mut packages, section), &join(PACKAGES, section))?;
                    entries.apply(&mut pairs, ENTRIES, &join(PACKAGES, section))?;
                    Some(branch_or_empty(pairs))
                }
            };
            put(&mut packages, section, value);
        }
        let nothing_to_say = is_new && packages.is_empty();
        put(root, PACKAGES, (!nothing_to_say).then(|| branch_or_empty(packages)));
        Ok(configuration)
    }
}

impl ListPlan {
    /// Marks a member as replaced or removed, which no other edit may touch.
    fn claim(&self, index: usize, list: &ListPath) -> Result<(), EditError> {
        let is_taken = self.replaced.contains_key(&index)
            || self.removed.contains(&index)
            || self.changed.contains_key(&index);
        if is_taken { Err(conflict(&format!("{}/{index}", list.section))) } else { Ok(()) }
    }

    /// The highest number that must be there, plus one; insertion at the end needs one less.
    fn check(&self, length: usize, path: &str) -> Result<(), EditError> {
        let members = self.replaced.keys().chain(&self.removed).chain(self.changed.keys());
        let beyond = members.copied().find(|index| *index >= length);
        let beyond = beyond.or_else(|| self.inserted.keys().copied().find(|index| *index > length));
        match beyond {
            Some(index) => Err(EditError::NoSuchEntry { path: format!("{path}/{index}"), length }),
            None => Ok(()),
        }
    }

    /// The numbers that the new and changed members have afterwards, in a list of `length` members.
    pub(super) fn touched(&self, length: usize) -> Vec<usize> {
        let mut touched = Vec::new();
        let mut next = 0;
        for index in 0..=length {
            let inserted = self.inserted.get(&index).map_or(0, Vec::len);
            touched.extend(next..next + inserted);
            next += inserted;
            if self.replaced.contains_key(&index) || self.changed.contains_key(&index) {
                touched.push(next);
            }
            next += usize::from(!self.removed.contains(&index));
        }
        touched
    }

    fn apply(&self, pairs: &mut Vec<(String, Value)>, list: &str, path: &str) -> Result<(), EditError> {
        let path = join(path, list);
        let members = match take(pairs, list) {
            None => Vec::new(),
            Some(Value::List(members)) => members,
            Some(_) => return Err(EditError::NotABranch { path }),
        };
        self.check(members.len(), &path)?;
        let mut result = Vec::with_capacity(members.len());
        let length = members.len();
        for (index, member) in members.into_iter().enumerate() {
            result.extend(self.inserted.get(&index).into_iter().flatten().cloned());
            if self.removed.contains(&index) {
                continue;
            }
            result.push(match (self.replaced.get(&index), self.changed.get(&index)) {
                (Some(entry), _) => entry.clone(),
                (None, Some(plan)) => plan.apply(member, &format!("{path}/{index}"))?,
                (None, None) => member,
            });
        }
        result.extend(self.inserted.get(&length).into_iter().flatten().cloned());
        put(pairs, list, (!result.is_empty()).then_some(Value::List(result)));
        Ok(())
    }
}

impl EntryPlan {
    fn field(
        &mut self,
        section: &str,
        index: usize,
        field: &str,
        value: Option<Value>,
    ) -> Result<(), EditError> {
        if self.lists.contains_key(field) || self.fields.iter().any(|(known, _)| known == field) {
            return Err(conflict(&format!("{section}/{ENTRIES}/{index}/{field}")));
        }
        self.fields.push((field.to_owned(), value));
        Ok(())
    }

    fn apply(&self, entry: Value, path: &str) -> Result<Value, EditError> {
        let Value::Branch(mut pairs) = entry else {
            return Err(EditError::NotABranch { path: path.to_owned() });
        };
        for (field, value) in &self.fields {
            put(&mut pairs, field, value.clone());
        }
        for (list, plan) in &self.lists {
            plan.apply(&mut pairs, list, path)?;
        }
        if pairs.is_empty() {
            return Err(EditError::NothingLeft { path: path.to_owned() });
        }
        Ok(Value::Branch(pairs))
    }
}

fn conflict(path: &str) -> EditError {
    EditError::Conflict { path: join(PACKAGES, path) }
}

fn join(path: &str, step: &str) -> String {
    format!("{path}/{step}")
}

/// Takes a value out and leaves an empty list in its place, which keeps the place for [`put`].
fn take(pairs: &mut [(String, Value)], name: &str) -> Option<Value> {
    let (_, value) = pairs.iter_mut().find(|(key, _)| key == name)?;
    Some(std::mem::replace(value, Value::List(Vec::new())))
}

/// Puts a value where its name stands, or at the end; `None` removes the name.
fn put(pairs: &mut Vec<(String, Value)>, name: &str, value: Option<Value>) {
    let at = pairs.iter().position(|(key, _)| key == name);
    match (at, value) {
        (Some(at), Some(value)) => {
            if let Some((_, place)) = pairs.get_mut(at) {
                *place = value;
            }
        }
        (Some(at), None) => {
            pairs.remove(at);
        }
        (None, Some(value)) => pairs.push((name.to_owned(), value)),
        (None, None) => {}
    }
}

/// The children of something that may be absent or empty.
fn branch(value: Option<Value>, path: &str) -> Result<Vec<(String, Value)>, EditError> {
    match value {
        None => Ok(Vec::new()),
        Some(Value::Text(text)) if text.is_empty() => Ok(Vec::new()),
        Some(Value::Branch(pairs)) => Ok(pairs),
        Some(_) => Err(EditError::NotABranch { path: path.to_owned() }),
    }
}

/// A branch without children is what pfSense reads as the empty text.
fn branch_or_empty(pairs: Vec<(String, Value)>) -> Value {
    if pairs.is_empty() { Value::EMPTY } else { Value::Branch(pairs) }
}

impl ListPath {
    /// The section and the name of the list tag.
    pub(super) fn names(&self) -> (&str, &str) {
        let list = self.nested.as_ref().map_or(ENTRIES, |(_, list)| list);
        (&self.section, list)
    }
}
