//! An entry as the request that a form would send: row fields carry the number of their row.

use std::collections::HashMap;

use super::Messages;
use crate::pfsense::Value;
use crate::pfsense::frr::php;

/// The fields of a request in their order.
#[derive(Debug)]
pub(super) struct Post {
    fields: Vec<(String, String)>,
    places: HashMap<String, usize>,
}

impl Post {
    pub(super) fn new(entry: &Value) -> Self {
        let mut post = Post { fields: Vec::new(), places: HashMap::new() };
        for (name, value) in branch(entry) {
            match value {
                Value::Text(text) => post.set(name.clone(), text.clone()),
                Value::List(rows) if name == "row" => {
                    for (number, row) in rows.iter().enumerate() {
                        for (field, value) in branch(row) {
                            if let Value::Text(text) = value {
                                post.set(format!("{field}{number}"), text.clone());
                            }
                        }
                    }
                }
                _ => {}
            }
        }
        post
    }

    fn set(&mut self, name: String, value: String) {
        match self.places.get(&name) {
            Some(place) => self.fields[*place].1 = value,
            None => {
                self.places.insert(name.clone(), self.fields.len());
                self.fields.push((name, value));
            }
        }
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.places.get(name).map(|place| self.fields[*place].1.as_str())
    }

    /// The text of a field; empty if it was not sent.
    pub(super) fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    /// The text, unless PHP calls it empty.
    pub(super) fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|text| php::truthy(text))
    }

    /// Fields that belong to a row, in order: name, number of the row as text, value.
    pub(super) fn row_fields(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.fields.iter().filter_map(|(name, value)| {
            let (field, number) = split_row(name)?;
            Some((field, number, value.as_str()))
        })
    }

    /// Every form refuses control characters but tab, line feed and carriage return.
    pub(super) fn check_characters(&self, messages: &mut Messages) {
        for (name, value) in &self.fields {
            let bad = |byte: u8| byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r');
            if value.bytes().any(bad) {
                messages.add(format_args!("The field {name} contains invalid characters."));
            }
        }
    }

    /// Sorts the rows by number as the list pages do before they check: values move to the place of
    /// their rank, and a field that the row at that place lacks keeps what stood there.
    pub(super) fn sort_rows(&mut self, row_fields: &[&str]) {
        let mut rows: Vec<(String, Vec<(&str, String)>)> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        for wanted in row_fields {
            for (field, number, value) in self.row_fields() {
                if field != *wanted {
                    continue;
                }
                let place = *places.entry(number.to_owned()).or_insert_with(|| {
                    rows.push((number.to_owned(), Vec::new()));
                    rows.len() - 1
                });
                rows[place].1.push((wanted, value.to_owned()));
            }
        }
        let seq = |row: &[(&str, String)]| {
            row.iter().find(|(field, _)| *field == "seq").map(|(_, value)| value.clone()).unwrap_or_default()
        };
        if !rows.last().is_some_and(|(_, row)| php::is_numeric(&seq(row))) {
            return;
        }
        let keyed: Vec<(String, Vec<(&str, String)>)> =
            rows.into_iter().map(|(_, row)| (seq(&row), row)).collect();
        let ranked: Vec<Vec<(&str, String)>> = php::sorted(&keyed, |a, b| php::compare(&a.0, &b.0))
            .into_iter()
            .map(|(_, row)| row.clone())
            .collect();
        for (rank, row) in ranked.into_iter().enumerate() {
            for (field, value) in row {
                self.set(format!("{field}{rank}"), value);
            }
        }
    }
}

fn branch(value: &Value) -> &[(String, Value)] {
    match value {
        Value::Branch(pairs) => pairs,
        _ => &[],
    }
}

/// `seq10` is field `seq` of row `10`.
fn split_row(name: &str) -> Option<(&str, &str)> {
    let field = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = &name[field.len()..];
    (!number.is_empty() && !field.is_empty()).then_some((field, number))
}
