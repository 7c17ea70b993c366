//! What may be written: checks of names and values, and whole-section changes from JSON.
//!
//! pfSense gives back less than it is given: control characters, blanks at some places, empty list
//! members and letters beyond ASCII may be lost or even make the file unreadable. A value that would
//! not come back as it is is refused here, before anything is written.

use serde::Deserialize;
use serde_json::Value as Json;

use super::edit::{Edit, EditError, PACKAGES};
use super::tags::{Era, is_cdata_tag, is_list_tag, is_writable_name};
use crate::pfsense::Value;

/// Sections below `installedpackages` to set and to delete, whole.
///
/// In JSON: `{"set": {"frr": {"config": [{"enable": "on"}]}}, "del": ["frrbfd"]}`. All leaves are
/// texts; arrays and objects are never empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Json")]
pub struct Change {
    /// Section and new value, in order.
    pub set: Vec<(String, Value)>,
    /// Sections to delete.
    pub del: Vec<String>,
}

/// Why a change cannot be read from JSON.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChangeError {
    /// Not JSON at all.
    #[error("the change is no JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// JSON of another form.
    #[error("{path}: {reason}")]
    Form {
        /// Where in the JSON.
        path: String,
        /// What is wrong.
        reason: &'static str,
    },
}

fn form<T>(path: &str, reason: &'static str) -> Result<T, ChangeError> {
    Err(ChangeError::Form { path: path.to_owned(), reason })
}

impl Change {
    /// Reads a change from JSON.
    ///
    /// # Errors
    /// Anything but the form described at [`Change`].
    pub fn from_json(json: &[u8]) -> Result<Change, ChangeError> {
        Change::try_from(serde_json::from_slice::<Json>(json)?)
    }

    /// The same as edits: sections are set in order, then deleted.
    pub fn edits(&self) -> Vec<Edit> {
        let set = self
            .set
            .iter()
            .map(|(section, value)| Edit::SetSection { section: section.clone(), value: value.clone() });
        let del = self.del.iter().map(|section| Edit::DeleteSection { section: section.clone() });
        set.chain(del).collect()
    }
}

impl TryFrom<Json> for Change {
    type Error = ChangeError;

    fn try_from(json: Json) -> Result<Change, ChangeError> {
        let Json::Object(members) = json else { return form("change", "is no object with set and del") };
        let mut change = Change::default();
        for (name, member) in members {
            match (name.as_str(), member) {
                ("set", Json::Object(sections)) => {
                    for (section, value) in sections {
                        let path = format!("set/{section}");
                        change.set.push((section, value_of(value, &path)?));
                    }
                }
                ("set", _) => return form("set", "is no object of sections"),
                ("del", Json::Array(sections)) => {
                    for section in sections {
                        match section {
                            Json::String(section) => change.del.push(section),
                            _ => return form("del", "holds something else than names"),
                        }
                    }
                }
                ("del", _) => return form("del", "is no array of names"),
                (other, _) => return form(other, "is neither set nor del"),
            }
        }
        Ok(change)
    }
}

/// pfSense has texts, lists and branches only. Empty arrays and objects would come back as texts,
/// numbers, booleans and null as something else or not at all.
fn value_of(json: Json, path: &str) -> Result<Value, ChangeError> {
    match json {
        Json::String(text) => Ok(Value::Text(text)),
        Json::Array(members) if members.is_empty() => form(path, "is an empty array"),
        Json::Object(members) if members.is_empty() => form(path, "is an empty object"),
        Json::Array(members) => {
            let members = members.into_iter().enumerate();
            let members = members.map(|(number, member)| value_of(member, &format!("{path}/{number}")));
            Ok(Value::List(members.collect::<Result<_, _>>()?))
        }
        Json::Object(members) => {
            let pairs = members.into_iter().map(|(name, member)| {
                let value = value_of(member, &format!("{path}/{name}"))?;
                Ok((name, value))
            });
            Ok(Value::Branch(pairs.collect::<Result<_, ChangeError>>()?))
        }
        Json::Null => form(path, "is null; write an empty text"),
        Json::Bool(_) => form(path, "is a boolean; write a text"),
        Json::Number(_) => form(path, "is a number; write it as a text"),
    }
}

/// Whether the names and values of edits come back as they are from a file of this era.
pub(super) fn check(edits: &[Edit], era: Era) -> Result<(), EditError> {
    let at = |section: &str, rest: &str| format!("{PACKAGES}/{section}{rest}");
    for edit in edits {
        match edit {
            Edit::SetSection { section, value } => check_child(section, value, &at(section, ""), era)?,
            Edit::DeleteSection { section } => check_name(section, &at(section, ""))?,
            Edit::InsertEntry { list, entry, .. } | Edit::ReplaceEntry { list, entry, .. } => {
                let (section, name) = list.names();
                check_name(section, &at(section, ""))?;
                check_name(name, &at(section, "/*/"))?;
                check_member(name, entry, &at(section, &format!("/{name}")), era)?;
            }
            Edit::SetField { section, index, field, value } => {
                check_name(section, &at(section, ""))?;
                check_child(field, value, &at(section, &format!("/config/{index}/{field}")), era)?;
            }
            Edit::RemoveEntry { .. } | Edit::RemoveField { .. } => {}
        }
    }
    Ok(())
}

fn bad<T>(path: &str, reason: &'static str) -> Result<T, EditError> {
    Err(EditError::BadValue { path: path.to_owned(), reason })
}

fn check_name(name: &str, path: &str) -> Result<(), EditError> {
    if is_writable_name(name) { Ok(()) } else { Err(EditError::BadName { path: path.to_owned() }) }
}

/// A child of a branch: a list under a list tag, something else under every other.
fn check_child(name: &str, value: &Value, path: &str, era: Era) -> Result<(), EditError> {
    check_name(name, path)?;
    match (value, is_list_tag(name)) {
        (Value::List(_), false) => bad(path, "is a list, but pfSense knows no list of this name"),
        (Value::List(members), true) if members.is_empty() => bad(path, "is an empty list"),
        (Value::List(members), true) => {
            members.iter().try_for_each(|member| check_member(name, member, path, era))
        }
        (_, true) => bad(path, "must be a list, because pfSense reads it as one"),
        (_, false) => check_one(name, value, path, era),
    }
}

/// A member of a list.
fn check_member(name: &str, value: &Value, path: &str, era: Era) -> Result<(), EditError> {
    if !is_list_tag(name) {
        return bad(path, "is no list");
    }
    match value {
        Value::List(_) => bad(path, "is a list inside a list"),
        Value::Text(text) if text.is_empty() => bad(path, "is an empty member, which pfSense drops"),
        _ => check_one(name, value, path, era),
    }
}

fn check_one(name: &str, value: &Value, path: &str, era: Era) -> Result<(), EditError> {
    match value {
        Value::Text(text) => check_text(name, text, path, era),
        Value::Branch(pairs) if pairs.is_empty() => bad(path, "holds nothing"),
        Value::Branch(pairs) => {
            let mut names = std::collections::HashSet::new();
            for (child, value) in pairs {
                let path = format!("{path}/{child}");
                if !names.insert(child) {
                    return bad(&path, "occurs twice");
                }
                check_child(child, value, &path, era)?;
            }
            Ok(())
        }
        Value::List(_) => bad(path, "is a list"),
    }
}

fn check_text(name: &str, text: &str, path: &str, era: Era) -> Result<(), EditError> {
    if text.chars().any(|c| c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}')) {
        return bad(path, "holds a control character, which pfSense loses or refuses");
    }
    let Some(first) = text.trim_start_matches(' ').chars().next() else {
        return if text.is_empty() { Ok(()) } else { bad(path, "holds nothing but blanks") };
    };
    if is_cdata_tag(name) {
        return Ok(());
    }
    if era == Era::Html && !text.is_ascii() {
        return bad(path, "holds letters beyond ASCII, which make the file unreadable before pfSense 2.9");
    }
    // The blanks are a piece of their own then, and pfSense ignores blank pieces in front of a text.
    let begins_a_piece = matches!(first, '&' | '<' | '>' | '"' | '\'') || !first.is_ascii();
    if text.starts_with(' ') && begins_a_piece {
        return bad(path, "begins with blanks that pfSense loses in front of this character");
    }
    Ok(())
}
