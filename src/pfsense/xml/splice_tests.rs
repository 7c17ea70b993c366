//! Splicing, case by case: the file before, the edits, the file after as a person would write it.

use super::{Change, Document, Edit, ListPath, SpliceError, apply_to_value, edit, splice};
use crate::pfsense::Value;

fn text(value: &str) -> Value {
    Value::text(value)
}

/// An entry with one field.
fn peer(address: &str) -> Value {
    Value::branch([("peer", text(address))])
}

fn insert(section: &str, index: usize, address: &str) -> Edit {
    Edit::InsertEntry { list: ListPath::entries(section), index, entry: peer(address) }
}

fn remove(section: &str, index: usize) -> Edit {
    Edit::RemoveEntry { list: ListPath::entries(section), index }
}

/// Edits a file whose sections are `sections`, two tabs deep, and gives them back.
fn edited(sections: &str, edits: &[Edit]) -> String {
    let frame = |inner: &str| {
        format!(
            "<?xml version=\"1.0\"?>\n<pfsense>\n\t<version>23.3</version>\n\t<installedpackages>{inner}</installedpackages>\n\t<z></z>\n</pfsense>\n"
        )
    };
    let before = frame(sections);
    let after = edit(before.as_bytes(), edits).expect("edited");
    let after = String::from_utf8(after).expect("UTF-8");
    let (head, tail) = before.split_at(before.find("<installedpackages>").expect("there") + 19);
    let tail = &tail[sections.len()..];
    assert!(after.starts_with(head) && after.ends_with(tail), "{after}");
    after[head.len()..after.len() - tail.len()].to_owned()
}

fn fails(file: &str, edits: &[Edit]) -> SpliceError {
    edit(file.as_bytes(), edits).expect_err("refused")
}

const TWO: &str = "
\t\t<frrbgpneighbors>
\t\t\t<config>
\t\t\t\t<peer>192.0.2.1</peer>
\t\t\t</config>
\t\t\t<!-- second -->
\t\t\t<Config id='7'>
\t\t\t\t<Peer>192.0.2.2</Peer>
\t\t\t\t<descr><![CDATA[it's]]></descr>
\t\t\t</Config>
\t\t</frrbgpneighbors>
\t";

const ADDED: &str = "\t\t\t<config>
\t\t\t\t<peer>192.0.2.9</peer>
\t\t\t</config>
";

#[test]
fn entries_are_added_where_they_belong() {
    let end = "\t\t</frrbgpneighbors>\n\t";
    let at_end = edited(TWO, &[insert("frrbgpneighbors", 2, "192.0.2.9")]);
    assert_eq!(at_end, TWO.replace(end, &format!("{ADDED}{end}")));
    let at_start = edited(TWO, &[insert("frrbgpneighbors", 0, "192.0.2.9")]);
    let start = "\t\t<frrbgpneighbors>\n";
    assert_eq!(at_start, TWO.replace(start, &format!("{start}{ADDED}")));
    let between = edited(TWO, &[insert("frrbgpneighbors", 1, "192.0.2.9")]);
    assert_eq!(between, TWO.replace("\t\t\t<!--", &format!("{ADDED}\t\t\t<!--")));
    let twice = [insert("frrbgpneighbors", 2, "192.0.2.9"), insert("frrbgpneighbors", 2, "192.0.2.9")];
    assert_eq!(edited(TWO, &twice), TWO.replace(end, &format!("{ADDED}{ADDED}{end}")));
}

#[test]
fn entries_are_removed_with_their_lines() {
    let first = "\t\t\t<config>\n\t\t\t\t<peer>192.0.2.1</peer>\n\t\t\t</config>\n";
    assert_eq!(edited(TWO, &[remove("frrbgpneighbors", 0)]), TWO.replace(first, ""));
    // A comment keeps its place even when nothing else is left.
    let both = edited(TWO, &[remove("frrbgpneighbors", 1), remove("frrbgpneighbors", 0)]);
    assert_eq!(both, "\n\t\t<frrbgpneighbors>\n\t\t\t<!-- second -->\n\t\t</frrbgpneighbors>\n\t");
    let one = "\n\t\t<frr>\n\t\t\t<config>\n\t\t\t\t<a>1</a>\n\t\t\t</config>\n\t\t\t<config></config>\n\t\t</frr>\n\t";
    assert_eq!(edited(one, &[remove("frr", 0)]), "\n\t\t<frr></frr>\n\t");
    assert_eq!(edited(one, &[Edit::DeleteSection { section: "frr".into() }]), "");
}

#[test]
fn entries_are_replaced_in_place() {
    let list = ListPath::entries("frrbgpneighbors");
    let replaced = edited(TWO, &[Edit::ReplaceEntry { list, index: 1, entry: peer("192.0.2.9") }]);
    let start = TWO.find("\t\t\t<Config").expect("there");
    assert_eq!(replaced, format!("{}{ADDED}\t\t</frrbgpneighbors>\n\t", &TWO[..start]));
}

#[test]
fn fields_are_set_and_removed_in_place() {
    let set = |field: &str, value| Edit::SetField {
        section: "frrbgpneighbors".into(),
        index: 1,
        field: field.into(),
        value,
    };
    assert_eq!(
        edited(TWO, &[set("peer", text("2001:db8::1"))]),
        TWO.replace("<Peer>192.0.2.2</Peer>", "<peer>2001:db8::1</peer>")
    );
    assert_eq!(
        edited(TWO, &[set("descr", text("ü & <b>"))]),
        TWO.replace("<![CDATA[it's]]>", "<![CDATA[&uuml; &amp; &lt;b&gt;]]>")
    );
    let rows = Value::List(vec![Value::branch([("seq", text("1"))]), Value::branch([("seq", text("2"))])]);
    let after = "</descr>\n";
    let row = |seq| format!("\t\t\t\t<row>\n\t\t\t\t\t<seq>{seq}</seq>\n\t\t\t\t</row>\n");
    assert_eq!(
        edited(TWO, &[set("asnum", text("64500")), set("row", rows)]),
        TWO.replace(after, &format!("{after}\t\t\t\t<asnum>64500</asnum>\n{}{}", row(1), row(2)))
    );
    let removed = Edit::RemoveField { section: "frrbgpneighbors".into(), index: 1, field: "descr".into() };
    let line = "\t\t\t\t<descr><![CDATA[it's]]></descr>\n";
    assert_eq!(edited(TWO, &[removed]), TWO.replace(line, ""));
}

#[test]
fn rows_are_entries_of_their_own() {
    let before = "
\t\t<frrglobalprefixes>
\t\t\t<config>
\t\t\t\t<name>pool</name>
\t\t\t\t<row>
\t\t\t\t\t<seq>10</seq>
\t\t\t\t</row>
\t\t\t\t<descr></descr>
\t\t\t</config>
\t\t</frrglobalprefixes>
\t";
    let rows = ListPath::inside("frrglobalprefixes", 0, "row");
    let row = Value::branch([("seq", text("20"))]);
    let added = edited(before, &[Edit::InsertEntry { list: rows.clone(), index: 1, entry: row }]);
    let line = "\t\t\t\t<descr>";
    let new = "\t\t\t\t<row>\n\t\t\t\t\t<seq>20</seq>\n\t\t\t\t</row>\n";
    assert_eq!(added, before.replace(line, &format!("{new}{line}")));
    assert_eq!(edited(&added, &[Edit::RemoveEntry { list: rows, index: 1 }]), before);
}

#[test]
fn sections_without_entries_are_filled() {
    let filled = format!("\n\t\t<frr>\n{ADDED}\t\t</frr>\n\t");
    for empty in ["<frr></frr>", "<frr/>", "<frr />", "<frr>\n\t\t</frr>", "<frr>  </frr>"] {
        let before = format!("\n\t\t{empty}\n\t");
        assert_eq!(
            edited(&before, &[insert("frr", 0, "192.0.2.9")]),
            filled.replace("<frr >", "<frr>"),
            "{empty}"
        );
    }
    let odd = edited("\n\t\t<FRR a='1'/>\n\t", &[insert("frr", 0, "192.0.2.9")]);
    assert_eq!(odd, format!("\n\t\t<FRR a='1'>\n{ADDED}\t\t</FRR>\n\t"));
    let comment = edited("\n\t\t<frr>\n\t\t\t<!-- c -->\n\t\t</frr>\n\t", &[insert("frr", 0, "192.0.2.9")]);
    assert_eq!(comment, format!("\n\t\t<frr>\n\t\t\t<!-- c -->\n{ADDED}\t\t</frr>\n\t"));
    let dropped = edited("\n\t\t<frr>\n\t\t\t<config/>\n\t\t</frr>\n\t", &[insert("frr", 0, "192.0.2.9")]);
    assert_eq!(dropped, format!("\n\t\t<frr>\n\t\t\t<config/>\n{ADDED}\t\t</frr>\n\t"));
    // Absent sections are added behind the others.
    let absent = edited("\n\t\t<a></a>\n\t\t<!-- c -->\n\t", &[insert("frr", 0, "192.0.2.9")]);
    assert_eq!(absent, format!("\n\t\t<a></a>{}\t\t<!-- c -->\n\t", &filled[..filled.len() - 1]));
    assert_eq!(edited("", &[insert("frr", 0, "192.0.2.9")]), filled);
}

#[test]
fn packages_are_created_and_left_empty() {
    let edits = [insert("frr", 0, "192.0.2.9")];
    let section = format!("\t<installedpackages>\n\t\t<frr>\n{ADDED}\t\t</frr>\n\t</installedpackages>\n");
    for packages in ["", "\t<installedpackages/>\n", "\t<installedpackages></installedpackages>\n"] {
        let file = |packages: &str| format!("<pfsense>\n\t<a></a>\n{packages}</pfsense>\n");
        let after = edit(file(packages).as_bytes(), &edits).expect("edited");
        assert_eq!(String::from_utf8(after).expect("UTF-8"), file(&section));
    }
    let gone = edited("\n\t\t<frr></frr>\n\t", &[Edit::DeleteSection { section: "frr".into() }]);
    assert_eq!(gone, "");
    let file = b"<pfsense>\n<a/></pfsense>";
    let nothing = edit(file, &[Edit::DeleteSection { section: "frr".into() }]).expect("edited");
    assert_eq!(nothing, file);
}

#[test]
fn odd_layouts_stay_as_they_are() {
    let line =
        "<pfsense><installedpackages><frr><config><a>1</a></config></frr></installedpackages></pfsense>";
    let after = edit(line.as_bytes(), &[insert("frr", 1, "192.0.2.9"), insert("b", 0, "192.0.2.9")]);
    let new = "<config><peer>192.0.2.9</peer></config>";
    assert_eq!(
        String::from_utf8(after.expect("edited")).expect("UTF-8"),
        line.replace("</frr>", &format!("{new}</frr><b>{new}</b>"))
    );
    let windows = "<pfsense>\r\n  <installedpackages>\r\n    <frr>\r\n    </frr>\r\n  </installedpackages>\r\n</pfsense>\r\n";
    let after = edit(windows.as_bytes(), &[insert("frr", 0, "192.0.2.9")]).expect("edited");
    assert_eq!(
        String::from_utf8(after).expect("UTF-8"),
        windows.replace(
            "    </frr>",
            "      <config>\r\n        <peer>192.0.2.9</peer>\r\n      </config>\r\n    </frr>"
        )
    );
    let shared = "<pfsense>\n<installedpackages><frr><config><a>1</a></config>\n</frr></installedpackages>\n</pfsense>";
    let after = edit(shared.as_bytes(), &[insert("frr", 1, "192.0.2.9"), remove("frr", 0)]).expect("edited");
    assert_eq!(String::from_utf8(after).expect("UTF-8"), shared.replace("<config><a>1</a></config>", new));
}

#[test]
fn latin_1_stays_latin_1() {
    let before = b"<?xml version='1.0' encoding='ISO-8859-1'?>\n<pfsense>\n\t<version>24.5</version>\n\t<x>\xE4</x>\n</pfsense>\n";
    let entry = Value::branch([("peer", text("é€")), ("descr", text("ü—"))]);
    let after = edit(before, &[Edit::InsertEntry { list: ListPath::entries("frr"), index: 0, entry }]);
    let after = after.expect("edited");
    let has = |part: &[u8]| after.windows(part.len()).any(|window| window == part);
    assert!(has(b"<x>\xE4</x>") && has(b"<peer>\xE9&#8364;</peer>") && has(b"<![CDATA[\xFC&#8212;]]>"));
    let entries = Document::parse(&after).expect("accepted");
    assert_eq!(entries.section("frr").and_then(|frr| frr.path("config/0/peer")), Some(&text("é€")));
}

#[test]
fn ascii_stays_ascii() {
    let before = b"<?xml version='1.0' encoding='us-ascii'?><pfsense><version>24.5</version></pfsense>";
    let change = Change { set: vec![("x".into(), text("\u{fc}"))], del: vec![] };
    let after = splice(before, &change).expect("edited");
    assert!(after.ends_with(b"<x>&#252;</x></installedpackages></pfsense>"));
}

#[test]
fn texts_that_pfsense_would_tear_are_refused_unless_foreign() {
    // A reference across byte 300 of a CDATA section that crosses the end of a portion.
    let torn = format!("{}&{}", "x".repeat(298), "y".repeat(4100));
    let entry = Value::branch([("descr", text(&torn))]);
    let file = "<pfsense>\n<installedpackages>\n</installedpackages>\n</pfsense>";
    let edits = [Edit::InsertEntry { list: ListPath::entries("frr"), index: 0, entry: entry.clone() }];
    assert!(matches!(fails(file, &edits), SpliceError::Fragile { .. }));
    let value = Value::branch([("config", Value::List(vec![entry]))]);
    assert!(matches!(
        fails(file, &[Edit::SetSection { section: "frr".into(), value }]),
        SpliceError::Fragile { .. }
    ));
    let foreign = file.replace(
        "\n</inst",
        &format!(
            "\n<frr>\n<config><descr><![CDATA[{}]]></descr></config>\n</frr>\n</inst",
            torn.replace('&', "&amp;")
        ),
    );
    assert!(edit(foreign.as_bytes(), &[insert("frr", 0, "192.0.2.9")]).is_ok());
}

#[test]
fn contradictions_and_missing_entries_are_refused() {
    let file = format!("<pfsense><installedpackages>{TWO}<s>text</s></installedpackages></pfsense>");
    let says = |edits: &[Edit]| fails(&file, edits).to_string();
    let n = "frrbgpneighbors";
    assert_eq!(
        says(&[remove(n, 0), remove(n, 0)]),
        "installedpackages/frrbgpneighbors/0: two edits contradict each other"
    );
    let set = Edit::SetSection { section: n.into(), value: text("") };
    assert!(says(&[set, remove(n, 0)]).contains("contradict"));
    assert_eq!(
        says(&[remove(n, 2)]),
        "installedpackages/frrbgpneighbors/config/2: there is no such entry, the list has 2"
    );
    assert!(says(&[insert(n, 3, "192.0.2.9")]).contains("no such entry"));
    assert_eq!(
        says(&[Edit::RemoveField { section: n.into(), index: 0, field: "peer".into() }]),
        "installedpackages/frrbgpneighbors/config/0: nothing would be left of the entry"
    );
    assert_eq!(
        says(&[insert("s", 0, "192.0.2.9")]),
        "installedpackages/s: holds something else than elements"
    );
    let stray = "<pfsense><installedpackages>text</installedpackages></pfsense>";
    assert!(fails(stray, &[insert("s", 0, "x")]).to_string().contains("something else"));
}

#[test]
fn values_that_would_not_come_back_are_refused() {
    let file = |version: &str| format!("<pfsense><version>{version}</version></pfsense>");
    let tries = |name: &str, value: Value, version: &str| {
        let value = Value::branch([(name, value)]);
        edit(file(version).as_bytes(), &[Edit::SetSection { section: "frr".into(), value }])
    };
    for (name, value) in [
        ("a", text("x\ny")),
        ("descr", text("x\u{7F}")),
        ("a", text("  ")),
        ("a", text(" <b>")),
        ("a", text("ü")),
        ("A", text("x")),
        ("1", text("x")),
        ("a b", text("x")),
        ("a", Value::List(vec![text("x")])),
        ("config", text("x")),
        ("config", Value::List(vec![])),
        ("config", Value::List(vec![text("")])),
        ("config", Value::List(vec![Value::List(vec![text("x")])])),
        ("a", Value::Branch(vec![])),
        ("a", Value::branch([("b", text("1")), ("b", text("2"))])),
    ] {
        let shown = format!("{name} {value:?}");
        assert!(matches!(tries(name, value, "23.3"), Err(SpliceError::Edit(_))), "{shown}");
    }
    for (name, value, version) in [
        ("a", text("ü"), "24.5"),
        ("descr", text(" <ü>"), "23.3"),
        ("a", text(" x <"), "23.3"),
        ("config", Value::List(vec![text("x")]), "23.3"),
    ] {
        assert!(tries(name, value.clone(), version).is_ok(), "{name} {value:?}");
    }
}

#[test]
fn a_cut_file_is_not_edited() {
    let file = format!("<pfsense><a>{}", "x".repeat(5000));
    let error = edit(&file.as_bytes()[..4096], &[insert("frr", 0, "x")]).expect_err("refused");
    assert!(matches!(error, SpliceError::Cut));
}

#[test]
fn foreign_texts_that_lie_across_portions_do_not_disturb() {
    // The line breaks of this text are lost or kept depending on where it lies.
    let long = "line of text\n".repeat(2000);
    let file = format!("<pfsense>\n<installedpackages>\n</installedpackages>\n<a>{long}</a></pfsense>\n");
    let after = edit(file.as_bytes(), &[insert("frr", 0, "192.0.2.9")]).expect("edited");
    assert!(after.ends_with(format!("<a>{long}</a></pfsense>\n").as_bytes()));
}

#[test]
fn changes_from_json() {
    let change = Change::from_json(br#"{"set": {"b": {"x": "1"}, "a": ""}, "del": ["c"]}"#).expect("read");
    assert_eq!(change.set, [("b".to_owned(), Value::branch([("x", text("1"))])), ("a".to_owned(), text(""))]);
    assert_eq!(change.del, ["c"]);
    for (json, path) in [
        (r#"{"set": {"a": {"config": [{"n": 1}]}}}"#, "set/a/config/0/n: is a number; write it as a text"),
        (r#"{"set": {"a": true}}"#, "set/a: is a boolean; write a text"),
        (r#"{"set": {"a": null}}"#, "set/a: is null; write an empty text"),
        (r#"{"set": {"a": {"config": []}}}"#, "set/a/config: is an empty array"),
        (r#"{"set": {"a": {}}}"#, "set/a: is an empty object"),
        (r#"{"set": []}"#, "set: is no object of sections"),
        (r#"{"del": "a"}"#, "del: is no array of names"),
        (r#"{"del": [1]}"#, "del: holds something else than names"),
        (r#"{"add": {}}"#, "add: is neither set nor del"),
        ("[]", "change: is no object with set and del"),
    ] {
        assert_eq!(Change::from_json(json.as_bytes()).expect_err("refused").to_string(), path);
    }
    assert!(Change::from_json(b"{").expect_err("refused").to_string().starts_with("the change is no JSON"));
    let both = Change { set: vec![("a".into(), text("x"))], del: vec!["a".into()] };
    assert!(matches!(splice(b"<pfsense><a/></pfsense>", &both), Err(SpliceError::Edit(_))));
}

#[test]
fn list_tags_as_sections() {
    let before = "\n\t\t<package>\n\t\t\t<name>a</name>\n\t\t</package>\n\t\t<menu>x</menu>\n\t\t<package>\n\t\t\t<name>b</name>\n\t\t</package>\n\t";
    let one = Value::List(vec![Value::branch([("name", text("c"))])]);
    assert_eq!(
        edited(before, &[Edit::SetSection { section: "package".into(), value: one }]),
        "\n\t\t<package>\n\t\t\t<name>c</name>\n\t\t</package>\n\t\t<menu>x</menu>\n\t"
    );
    assert_eq!(
        edited(before, &[Edit::DeleteSection { section: "package".into() }]),
        "\n\t\t<menu>x</menu>\n\t"
    );
}

#[test]
fn the_value_follows_the_same_edits() {
    let value: Value = serde_json::from_str(
        r#"{"installedpackages":{"frr":{"config":[{"a":"1"},{"a":"2"},{"a":"3"}],"b":""}},"z":""}"#,
    )
    .expect("JSON");
    let entry = |n: &str| Value::branch([("a", text(n))]);
    let list = || ListPath::entries("frr");
    let edits = [
        Edit::InsertEntry { list: list(), index: 3, entry: entry("end") },
        Edit::RemoveEntry { list: list(), index: 1 },
        Edit::InsertEntry { list: list(), index: 1, entry: entry("mid") },
        Edit::ReplaceEntry { list: list(), index: 2, entry: entry("new") },
        Edit::SetField { section: "frr".into(), index: 0, field: "c".into(), value: text("x") },
        Edit::SetSection { section: "n".into(), value: text("") },
    ];
    let result = apply_to_value(&value, &edits).expect("applied");
    assert_eq!(
        serde_json::to_string(&result).expect("JSON"),
        r#"{"installedpackages":{"frr":{"config":[{"a":"1","c":"x"},{"a":"mid"},{"a":"new"},{"a":"end"}],"b":""},"n":""},"z":""}"#
    );
}
