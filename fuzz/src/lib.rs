//! What the fuzz targets do with their input: one plain function each, so that a found input can be
//! replayed in a test or a debugger. Every broken promise is a panic.

use metalsense::pfsense::Value;
use metalsense::pfsense::xml::{Document, Edit, Era, ListPath, SpliceError, edit, lint, normalize};

/// Any bytes: reading never panics, and what pfSense would write can be read or is refused.
pub fn config_xml_read(data: &[u8]) {
    let _ = lint(data);
    for era in [Era::Html, Era::Xml] {
        let Ok(document) = Document::parse_in(data, Some(era)) else { continue };
        let _ = document.range("installedpackages/frr/config/0");
        let written = normalize(data, Some(era)).expect("a file that is read can be written");
        if let Ok(again) = Document::parse_in(&written, Some(era)) {
            assert!(!again.is_cut(), "a written file is complete");
        }
    }
}

/// Edits from the first bytes, a file from the rest: either a typed refusal, or a file that says
/// what the edits make of the value (which the splicer checks itself).
pub fn config_xml_splice(data: &[u8]) {
    let Some((head, file)) = data.split_at_checked(4) else { return };
    let section = ["frr", "frrbgp", "frrbgpneighbors", "package"][usize::from(head[0]) % 4].to_owned();
    let index = usize::from(head[1]) % 4;
    let entry = Value::branch([("peer", Value::text("192.0.2.1")), ("descr", Value::text("it's <é>"))]);
    let list = || match head[2] % 3 {
        0 => ListPath::inside(section.clone(), index, "row"),
        _ => ListPath::entries(section.clone()),
    };
    let field = || (section.clone(), index, "descr".to_owned());
    let first = match head[3] % 7 {
        0 => Edit::SetSection {
            section: section.clone(),
            value: Value::branch([("config", Value::List(vec![entry.clone()]))]),
        },
        1 => Edit::DeleteSection { section: section.clone() },
        2 => Edit::ReplaceEntry { list: list(), index, entry: entry.clone() },
        3 => Edit::RemoveEntry { list: list(), index },
        4 => {
            let (section, index, field) = field();
            Edit::SetField { section, index, field, value: Value::text("x") }
        }
        5 => {
            let (section, index, field) = field();
            Edit::RemoveField { section, index, field }
        }
        _ => Edit::InsertEntry { list: list(), index, entry: entry.clone() },
    };
    let second = Edit::InsertEntry { list: ListPath::entries("frrbfdpeers"), index: 0, entry };
    match edit(file, &[first, second]) {
        Ok(result) => assert!(Document::parse(&result).is_ok(), "the result is readable"),
        Err(error) => assert!(!matches!(error, SpliceError::Internal), "the self-check failed"),
    }
}
