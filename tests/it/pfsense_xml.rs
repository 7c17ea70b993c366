//! Reading, writing and splicing config.xml: properties over made-up files, and files of our own.
//!
//! `tests/data/pfsense/*.written-by-*.xml` were written by pfSense's own PHP code (2.8 and 2.9) after
//! it had read the file of that name.

use metalsense::pfsense::Value;
use metalsense::pfsense::xml::{
    Change, Document, Edit, Era, ListPath, SpliceError, apply_to_value, edit, lint, normalize, splice,
};
use proptest::collection::vec;
use proptest::prelude::*;

fn data(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/data/pfsense/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("UTF-8")
}

#[test]
fn files_are_written_as_pfsense_writes_them() {
    for name in ["odd-layout", "latin-1"] {
        for (era, release) in [(Era::Html, "2.8"), (Era::Xml, "2.9")] {
            let written = normalize(&data(&format!("{name}.xml")), Some(era)).expect("accepted");
            let expected = data(&format!("{name}.written-by-{release}.xml"));
            assert_eq!(text(written), text(expected), "{name}, {release}");
        }
    }
}

#[test]
fn an_odd_file_is_edited_in_its_own_style() {
    let before = text(data("odd-layout.xml"));
    let change = Change::from_json(&data("hand-edited.change.json")).expect("a change");
    let after = text(splice(before.as_bytes(), &change).expect("spliced"));
    let patch = similar::TextDiff::from_lines(&before, &after).unified_diff().context_radius(1).to_string();
    insta::assert_snapshot!(patch);
}

#[test]
fn the_layout_of_a_latin_1_file_with_windows_line_ends_stays() {
    let before = data("latin-1.xml");
    let entry = Value::branch([("peer", Value::text("192.0.2.9")), ("descr", Value::text("é—"))]);
    let list = ListPath::entries("frrbgpneighbors");
    let after = edit(&before, &[Edit::InsertEntry { list, index: 2, entry }]).expect("edited");
    let added = b"      <config>\r\n        <peer>192.0.2.9</peer>\r\n        <descr><![CDATA[&eacute;&mdash;]]></descr>\r\n      </config>\r\n";
    let at = after.windows(added.len()).position(|window| window == added).expect("added");
    assert_eq!([&after[..at], &after[at + added.len()..]].concat(), before);
}

/// Blanks between elements.
fn gap() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => Just("\n\t".to_owned()),
        2 => Just("\n".to_owned()),
        2 => Just(String::new()),
        1 => Just("\r\n  ".to_owned()),
        1 => Just("\n<!-- note -->\n\t\t".to_owned()),
        1 => Just("  ".to_owned()),
    ]
}

fn leaf() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        Just("on".to_owned()),
        Just("a &amp; &lt;b&gt;\n".to_owned()),
        Just("<![CDATA[it's &uuml; &amp;lt; <x>]]>".to_owned()),
        Just("  ".to_owned()),
        "[a-z ]{0,9}",
        "[\u{20}-\u{25}ü€😀]{1,9}",
    ]
}

/// An element around some content, in one of the spellings that pfSense reads alike.
fn spelled(name: &str, content: &str, spelling: u8) -> String {
    match spelling {
        0 if content.is_empty() => format!("<{name}/>"),
        1 => format!("<{0} id='1'>{content}</{0} >", name.to_uppercase()),
        2 => format!("<{name}\n>{content}</{name}>"),
        _ => format!("<{name}>{content}</{name}>"),
    }
}

fn join(gap: &str, children: &[String]) -> String {
    children.iter().map(|child| format!("{gap}{child}")).collect::<String>() + gap
}

/// Fields of an entry: each name once, except rows.
fn entry() -> impl Strategy<Value = String> {
    let fields = proptest::sample::subsequence(vec!["peer", "descr", "asnum"], 0..=3);
    let rows = vec(("[0-9]{0,3}", 0..6u8), 0..3);
    (fields, vec(leaf(), 3), rows, gap(), 0..6u8).prop_map(|(fields, leaves, rows, gap, spelling)| {
        let fields = fields.iter().zip(&leaves).map(|(name, leaf)| spelled(name, leaf, spelling));
        let rows = rows.iter().map(|(seq, spelling)| {
            let content = if seq.is_empty() { String::new() } else { spelled("seq", seq, 3) };
            spelled("row", &content, *spelling)
        });
        spelled("config", &join(&gap, &fields.chain(rows).collect::<Vec<_>>()), spelling)
    })
}

const SECTIONS: [&str; 4] = ["frr", "frrbgp", "frrbgpneighbors", "squid"];

fn file() -> impl Strategy<Value = String> {
    let sections = proptest::sample::subsequence(SECTIONS.to_vec(), 0..=4).prop_shuffle();
    let contents = vec((vec(entry(), 0..4), gap(), 0..6u8), 4);
    let version = prop_oneof![Just("23.3"), Just("24.5")];
    (sections, contents, gap(), version, 0..6u8, 0..3000usize).prop_map(
        |(sections, contents, gap, version, spelling, padding)| {
            let sections: Vec<_> = sections
                .iter()
                .zip(&contents)
                .map(|(name, (entries, gap, spelling))| spelled(name, &join(gap, entries), *spelling))
                .collect();
            let packages = match (sections.is_empty(), spelling) {
                (true, 0..3) => String::new(),
                (_, _) => spelled("installedpackages", &join(&gap, &sections), spelling),
            };
            let children = [
                format!("<version>{version}</version>"),
                format!("<before>{}</before>", "x".repeat(padding)),
                packages,
                "<after>ü\n&amp;</after>".to_owned(),
            ];
            format!("<?xml version=\"1.0\"?>\n<pfsense>{}</pfsense>\n", join(&gap, &children))
        },
    )
}

fn value() -> impl Strategy<Value = Value> {
    let text = prop_oneof![Just("on"), Just("192.0.2.1"), Just(""), Just("a <b> & \"c\" 'd'"), Just(" x")];
    let row = Value::List(vec![Value::branch([("seq", Value::text("1"))])]);
    (text, "[a-zü€ '&]{0,5}x", any::<bool>()).prop_map(move |(text, descr, has_row)| {
        let mut pairs = vec![("peer", Value::text(text)), ("descr", Value::text(descr))];
        if has_row {
            pairs.push(("row", row.clone()));
        }
        Value::branch(pairs)
    })
}

/// An edit before it is known how many entries there are.
fn one_edit() -> impl Strategy<Value = (String, prop::sample::Index, String, Value, u8)> {
    let section = proptest::sample::select(SECTIONS.to_vec()).prop_map(str::to_owned);
    let field = proptest::sample::select(vec!["peer", "descr", "asnum", "new"]).prop_map(str::to_owned);
    (section, any::<prop::sample::Index>(), field, value(), 0..12u8)
}

/// Edits of entries that there are, mostly.
fn fitted(
    (section, index, field, value, kind): (String, prop::sample::Index, String, Value, u8),
    before: &Document,
) -> Edit {
    let length = before.section(&section).map_or(0, |section| section.entries().len());
    let list = ListPath::entries(section.clone());
    let at = index.index(length.max(1));
    let rows = ListPath::inside(section.clone(), at, "row");
    match kind {
        0 => {
            let value = Value::branch([("config", Value::List(vec![value]))]);
            Edit::SetSection { section, value }
        }
        1 => Edit::DeleteSection { section },
        4 if length > 0 => Edit::ReplaceEntry { list, index: at, entry: value },
        5 | 6 if length > 0 => Edit::RemoveEntry { list, index: at },
        7 | 8 if length > 0 => {
            let text = if field == "descr" { value.field("descr") } else { value.field("peer") };
            Edit::SetField { section, index: at, field, value: Value::text(text) }
        }
        9 if length > 0 => Edit::RemoveField { section, index: at, field },
        10 if length > 0 => Edit::InsertEntry { list: rows, index: 0, entry: value },
        11 if length > 0 => Edit::RemoveEntry { list: rows, index: 0 },
        _ => Edit::InsertEntry { list, index: index.index(length + 1), entry: value },
    }
}

/// The sections and entries that an edit does not speak of must keep their bytes.
fn foreign_bytes_stay(before: &Document, after: &Document, edits: &[Edit]) {
    let outside = |document: &Document| {
        let range = document.range("installedpackages");
        let (start, end) = range.map_or((document.text().len(), document.text().len()), |r| (r.start, r.end));
        let text = document.text();
        (text[..start].trim_end().to_owned(), text[end..].trim_start().to_owned())
    };
    if before.range("installedpackages").is_some() {
        assert_eq!(outside(before), outside(after));
    }
    for section in SECTIONS {
        let is_named = |edit: &&Edit| match edit {
            Edit::SetSection { section: name, .. }
            | Edit::DeleteSection { section: name }
            | Edit::SetField { section: name, .. }
            | Edit::RemoveField { section: name, .. } => name == section,
            Edit::InsertEntry { list, .. }
            | Edit::ReplaceEntry { list, .. }
            | Edit::RemoveEntry { list, .. } => format!("{list:?}").contains(&format!("{section:?}")),
        };
        let path = format!("installedpackages/{section}");
        let bytes = |document: &Document, path: &str| {
            document.range(path).map(|range| document.text()[range].to_owned())
        };
        let mine: Vec<_> = edits.iter().filter(is_named).collect();
        if mine.is_empty() {
            assert_eq!(bytes(before, &path), bytes(after, &path));
        }
        // With nothing but insertions, every old entry is found again in order.
        if mine
            .iter()
            .all(|edit| matches!(edit, Edit::InsertEntry { list, .. } if *list == ListPath::entries(section)))
        {
            let entries = |document: &Document| {
                let number = document.section(section).map_or(0, |section| section.entries().len());
                (0..number).map(|i| bytes(document, &format!("{path}/config/{i}"))).collect::<Vec<_>>()
            };
            let mut found = entries(after).into_iter();
            for entry in entries(before) {
                assert!(found.any(|candidate| candidate == entry), "an entry of {section} has changed");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn splicing_does_what_it_says_and_keeps_foreign_bytes(file in file(), edits in vec(one_edit(), 1..4)) {
        let Ok(before) = Document::parse(file.as_bytes()) else { return Ok(()) };
        let edits: Vec<_> = edits.into_iter().map(|edit| fitted(edit, &before)).collect();
        let expected = apply_to_value(before.value(), &edits);
        match edit(file.as_bytes(), &edits) {
            Ok(result) => {
                let after = Document::parse(&result).expect("readable");
                prop_assert_eq!(after.value(), &expected.expect("possible"));
                foreign_bytes_stay(&before, &after, &edits);
            }
            Err(SpliceError::Edit(_)) => {}
            Err(error) => prop_assert!(false, "{}", error),
        }
    }

    #[test]
    fn writing_comes_to_rest(file in file(), era in prop_oneof![Just(Era::Html), Just(Era::Xml)]) {
        // Each pass may take away one level of lists that hold nothing but empty members; the files
        // here have three.
        let Ok(mut written) = normalize(file.as_bytes(), Some(era)) else { return Ok(()) };
        for _ in 0..3 {
            // Before 2.9, letters beyond ASCII outside of CDATA make pfSense's own file unreadable.
            let Ok(again) = normalize(&written, Some(era)) else { return Ok(()) };
            written = again;
        }
        prop_assert!(normalize(&written, Some(era)).expect("readable") == written);
    }

    #[test]
    fn nothing_panics_on_any_bytes(bytes in vec(any::<u8>(), 0..300)) {
        let _ = lint(&bytes);
        let _ = normalize(&bytes, None);
    }

    #[test]
    fn nothing_panics_on_broken_files(file in file(), at in any::<prop::sample::Index>(), junk in "[<>&;!\\[\\]'\"/a-c\n-]{0,6}", cut in 0..20usize) {
        let mut bytes = file.into_bytes();
        let at = at.index(bytes.len());
        let end = (at + cut).min(bytes.len());
        bytes.splice(at..end, junk.into_bytes());
        let list = ListPath::entries("frr");
        let entry = Value::branch([("peer", Value::text("x"))]);
        let result = edit(&bytes, &[Edit::InsertEntry { list, index: 0, entry }]);
        prop_assert!(!matches!(result, Err(SpliceError::Internal)));
        let _ = normalize(&bytes, None);
    }
}
