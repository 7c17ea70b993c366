//! What the package's forms would say if every entry were opened and saved again.
//!
//! Only the forms check anything; the generator writes what is stored. So an entry made by a tool or
//! restored from a file can be in use and yet refuse to be saved. The messages are the forms' own,
//! mistakes in them included (a retry interval out of range is reported as "Polling period").
//!
//! Read next: `forms` for what each page asks, `post` for how an entry becomes a request.

mod forms;
mod igp;
mod lists;
mod post;

use std::fmt;

use super::sections::Sections;
use crate::pfsense::Value;
use forms::{FORMS, Form};
use post::Post;

/// One message of a form about one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// The section below `installedpackages`.
    pub section: &'static str,
    /// The place of the entry in its section, from 0.
    pub index: usize,
    /// What names the entry: peer, name, interface or the like; empty for pages with one entry.
    pub key: String,
    /// The form's words.
    pub message: String,
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}] ({}): {}", self.section, self.index, self.key, self.message)
    }
}

/// Everything the forms have to say about a configuration, page by page.
///
/// `config` is the root branch of config.xml (`pfsense`).
pub fn validate(config: &Value) -> Vec<Complaint> {
    let sections = Sections::new(config);
    FORMS.iter().flat_map(|form| page(sections, form)).collect()
}

/// The complaints as text: one line each and their number, or `ok`.
pub fn validation_report(complaints: &[Complaint]) -> String {
    if complaints.is_empty() {
        return "ok\n".to_owned();
    }
    let lines: String = complaints.iter().map(|complaint| format!("{complaint}\n")).collect();
    format!("{lines}{} error(s)\n", complaints.len())
}

fn page(sections: Sections<'_>, form: &'static Form) -> Vec<Complaint> {
    let entries = sections.entries(form.section);
    // Of a section that holds one entry only the first is ever shown.
    let shown = if form.single { entries.len().min(1) } else { entries.len() };
    let mut complaints = Vec::new();
    for (index, entry) in entries.iter().take(shown).enumerate() {
        let mut post = Post::new(entry);
        let mut messages = Messages::default();
        post.check_characters(&mut messages);
        for (field, label) in form.required {
            if post.text(field).is_empty() {
                messages.add(format_args!("The field {label} is required."));
            }
        }
        if !form.sorted_rows.is_empty() {
            post.sort_rows(form.sorted_rows);
        }
        (form.check)(&Page { post: &post, sections, index }, &mut messages);
        let key = ["peer", "name", "interface", "area", "neighbor", "cacheserver"]
            .into_iter()
            .filter(|_| !form.single)
            .map(|field| post.text(field))
            .find(|text| !text.is_empty())
            .unwrap_or_default();
        complaints.extend(messages.0.into_iter().map(|message| Complaint {
            section: form.section,
            index,
            key: key.to_owned(),
            message,
        }));
    }
    complaints
}

/// What a form's check sees.
struct Page<'a> {
    post: &'a Post,
    sections: Sections<'a>,
    index: usize,
}

/// Messages under collection.
#[derive(Debug, Default)]
struct Messages(Vec<String>);

impl Messages {
    fn add(&mut self, message: fmt::Arguments<'_>) {
        self.0.push(message.to_string());
    }

    fn add_if(&mut self, wrong: bool, message: &str) {
        if wrong {
            self.0.push(message.to_owned());
        }
    }

    /// A number that must be in a range if it is given.
    fn range(&mut self, label: &str, value: &str, min: u64, max: u64) {
        if !value.is_empty() && !super::judge::is_in_range(value, min, max) {
            self.add(format_args!("{label} must be an integer between {min} and {max}."));
        }
    }
}
