//! What pfSense accepts and refuses, rule by rule. The expectations were found with pfSense's own
//! PHP code (2.8 and 2.9) on the same bytes.

use super::{Change, Document, Era, ReadErrorKind as K, normalize, splice};
use crate::pfsense::Value;

/// A whole file around some content.
fn file(content: &str) -> String {
    format!("<?xml version=\"1.0\"?>\n<pfsense>{content}</pfsense>\n")
}

fn read_in(text: &str, era: Era) -> Value {
    match Document::parse_in(text.as_bytes(), Some(era)) {
        Ok(document) => document.into_value(),
        Err(error) => panic!("{text}: {error}"),
    }
}

/// The text of `<a>` in the given era.
fn a(content: &str, era: Era) -> String {
    read_in(&file(&format!("<a>{content}</a><b/>")), era).field("a").to_owned()
}

fn refusal(bytes: impl AsRef<[u8]>) -> (K, usize) {
    let error = Document::parse(bytes.as_ref()).expect_err("refused");
    assert!(!error.message.is_empty() && !error.hint().is_empty());
    (error.kind, error.offset)
}

fn refused(content: &str) -> K {
    refusal(file(content)).0
}

fn json(value: &Value) -> String {
    serde_json::to_string(value).expect("plain strings")
}

#[test]
fn lists_branches_and_lower_case() {
    let value = read_in(
        &file("<A><Config><x>1</x></Config><b/><config><x>2</x></config></A><dnsserver>1.1.1.1</dnsserver>"),
        Era::Html,
    );
    assert_eq!(json(&value), r#"{"a":{"config":[{"x":"1"},{"x":"2"}],"b":""},"dnsserver":["1.1.1.1"]}"#);
}

#[test]
fn empty_list_members_vanish_and_leave_the_list() {
    let value =
        read_in(&file("<a><row/><row></row><row> \n</row></a><b><row><x/></row><row/></b>"), Era::Xml);
    assert_eq!(json(&value), r#"{"a":{"row":[]},"b":{"row":[{"x":""}]}}"#);
}

#[test]
fn text_is_trimmed_of_line_breaks_and_tabs_and_keeps_blanks() {
    assert_eq!(a("\n\t 64500 \r\n", Era::Html), " 64500 ");
    assert_eq!(a("   ", Era::Html), "");
    assert_eq!(a("one\n\ttwo", Era::Html), "one\n\ttwo");
}

#[test]
fn a_line_break_next_to_a_reference_vanishes() {
    assert_eq!(a("a\n&lt;b", Era::Html), "a<b");
    assert_eq!(a("a&#10;b", Era::Html), "ab");
    assert_eq!(a("  &amp; b", Era::Html), "& b");
    assert_eq!(a("<![CDATA[a\n&lt;b]]>", Era::Html), "a\n<b");
}

#[test]
fn carriage_returns_vanish_except_in_cdata() {
    assert_eq!(a("one\r\ntwo", Era::Html), "onetwo");
    assert_eq!(a("one\rtwo", Era::Html), "one\ntwo".replace('\n', ""));
    assert_eq!(a("<![CDATA[one\r\ntwo]]>", Era::Html), "one\r\ntwo");
}

#[test]
fn cdata_is_decoded_once_more_by_era() {
    let written = "<![CDATA[&uuml;&amp;lt;&#039;&apos;ü]]>";
    assert_eq!(a(written, Era::Html), "ü&lt;'&apos;ü");
    assert_eq!(a(written, Era::Xml), "&uuml;&lt;''ü");
    assert_eq!(a("&amp;lt;&amp;uuml;", Era::Html), "&lt;&uuml;");
}

#[test]
fn the_era_is_that_of_the_version_element_wherever_it_stands() {
    for (version, era, text) in [("23.3", Era::Html, "ü"), ("24.5", Era::Xml, "&uuml;")] {
        let content = format!("<descr><![CDATA[&uuml;]]></descr><Version>{version}</Version>");
        let document = Document::parse(file(&content).as_bytes()).expect("accepted");
        assert_eq!((document.era(), document.value().field("descr")), (era, text));
    }
}

#[test]
fn attributes_comments_and_instructions_are_ignored() {
    let text =
        "<!-- c --><?php x ?><pfsense a='1' b=\"x>y\">\n<a c='&lt;&#65;'>x<!-- it's --></a ></pfsense><?x?>";
    assert_eq!(json(&read_in(text, Era::Html)), r#"{"a":"x"}"#);
    assert_eq!(refused("<a b=1/>"), K::Tag);
    assert_eq!(refused("<a b/>"), K::Tag);
    assert_eq!(refused("<a b='1'c='2'/>"), K::Tag);
    assert_eq!(refused("<a b='1' b='2'/>"), K::Tag);
    assert_eq!(refused("<a b='<'/>"), K::Tag);
    assert_eq!(refused("<a b='&x;'/>"), K::UndeclaredEntity);
    assert_eq!(refused("<!-- a -- b -->"), K::Comment);
    assert_eq!(refused("<!-- a --->"), K::Comment);
    assert_eq!(refused("<?XML x?>"), K::DeclarationNotFirst);
    assert_eq!(refused("<?a:b x?>"), K::Instruction);
    assert_eq!(refused("<? x?>"), K::Instruction);
}

#[test]
fn what_stands_twice_or_mixes_text_and_children() {
    assert_eq!(refusal(file("<a/>\n<A>x</A>")), (K::DuplicateElement, 36));
    assert_eq!(refused("<a>text<b/></a>"), K::TextBeforeChild);
    assert_eq!(refused("<b/>text<a/>"), K::TextBeforeChild);
    let document = Document::parse(file("<a><b>1</b>text</a>").as_bytes()).expect("accepted");
    assert_eq!(json(document.value()), r#"{"a":"text"}"#);
    assert_eq!(document.lost_children(), [31]);
}

#[test]
fn tags_that_do_not_fit() {
    assert_eq!(refused("<a></b>"), K::MismatchedTag);
    assert_eq!(refused("<a></A>"), K::MismatchedTag);
    assert_eq!(refused("<1/>"), K::Tag);
    assert_eq!(refused("< a/>"), K::Tag);
    assert_eq!(refused("<a></a b>"), K::Tag);
    assert_eq!(refused("<!ELEMENT a>"), K::Markup);
    assert_eq!(refused("<a>]]></a>"), K::CdataEnd);
    assert_eq!(refusal("<pfsense><a>x"), (K::Unclosed, 13));
    assert_eq!(refusal("<pfsense><a>x</a"), (K::Unclosed, 13));
    assert_eq!(refusal("<pfsense><a><![CDATA[x]]</a></pfsense>"), (K::Unclosed, 12));
}

#[test]
fn references() {
    assert_eq!(a("&#252;&#x1F600;&quot;&apos;", Era::Html), "ü😀\"'");
    for text in ["<a>&</a>", "<a>a & b;</a>", "<a>&#0;</a>", "<a>&#x;</a>", "<a>&lt</a>;"] {
        assert_eq!(refused(text), K::Reference, "{text}");
    }
    assert_eq!(refused("<a>&uuml;</a>"), K::UndeclaredEntity);
    let secret = Document::parse(file("<a>se&cret;x</a>").as_bytes()).expect_err("refused");
    assert!(!secret.message.contains("cret"));
}

#[test]
fn declared_entities_are_text_in_one_piece() {
    let text = "<!DOCTYPE pfsense [<!ENTITY e '\n&#38;lt; &b; '>]><pfsense><a>x&e;</a></pfsense>";
    assert_eq!(json(&read_in(text, Era::Html)), r#"{"a":"x< &b; "}"#);
    let file = "<!DOCTYPE p [<!ENTITY e SYSTEM '/etc/passwd'>]><pfsense><a>x&e;</a></pfsense>";
    assert_eq!(json(&read_in(file, Era::Html)), r#"{"a":"x"}"#);
    assert_eq!(refusal("<!DOCTYPE p [<!ENTITY % e 'x'> %e;]><pfsense><a/></pfsense>").0, K::Doctype);
}

#[test]
fn entities_do_not_multiply() {
    let big = format!("<!DOCTYPE p [<!ENTITY e '{}'>]>", "x".repeat(1_000_000));
    let text = format!("{big}<pfsense><a>{}</a></pfsense>", "&e;".repeat(100));
    assert_eq!(refusal(text).0, K::EntityExpansion);
    let nested = "<!DOCTYPE p [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><pfsense><x>&b;</x></pfsense>";
    assert_eq!(json(&read_in(nested, Era::Html)), r#"{"x":"&a;&a;"}"#);
}

#[test]
fn beginnings_and_ends() {
    let ok = "<pfsense><a/></pfsense>";
    for text in [
        ok.to_owned(),
        format!("\u{FEFF}{}", file("<a/>")),
        format!("\n <!-- c -->{ok}<!-- c -->\n"),
        ok.replace("pfsense", "PfSense"),
    ] {
        assert_eq!(json(&read_in(&text, Era::Html)), r#"{"a":""}"#, "{text}");
    }
    assert_eq!(refusal(format!("\n{}", file("<a/>"))), (K::DeclarationNotFirst, 1));
    assert_eq!(refusal(format!("{ok}x")).0, K::AfterRoot);
    assert_eq!(refusal(format!("{ok}<pfsense/>")).0, K::AfterRoot);
    assert_eq!(refusal(format!("x{ok}")).0, K::BeforeRoot);
    assert_eq!(refusal("<?xml version='2.0'?><pfsense><a/></pfsense>").0, K::Declaration);
    assert_eq!(refusal(ok.replace("pfsense", "installedpackages")).0, K::RootName);
    assert_eq!(refusal("<pfsense>  </pfsense>").0, K::RootEmpty);
    assert_eq!(refusal("<pfsense>text</pfsense>").0, K::RootEmpty);
    assert_eq!(refusal("<?xml version='1.0'?>\n<!-- -->").0, K::Empty);
    assert_eq!(refusal("").0, K::Empty);
    assert_eq!(refusal(" \n").0, K::Empty);
}

#[test]
fn other_formats_and_encodings() {
    assert_eq!(refusal("---- BEGIN config.xml ----\nVersion: pfSense 2.8.0\n").0, K::Encrypted);
    assert_eq!(refusal(b"\x1F\x8B\x08\0").0, K::Compressed);
    assert_eq!(refusal(b"\xFF\xFE<\0p\0").0, K::Encoding);
    assert_eq!(refusal("<?xml version='1.0' encoding='koi8-r'?><pfsense><a/></pfsense>"), (K::Encoding, 20));
    assert_eq!(refusal(b"<pfsense><a>\xE9</a></pfsense>"), (K::BadUtf8, 12));
    assert_eq!(refusal("<pfsense><a>\u{1}</a></pfsense>"), (K::ControlCharacter, 12));
    assert_eq!(refusal("<pfsense><!--\u{FFFF}--><a/></pfsense>"), (K::ControlCharacter, 13));
    let ascii = |content: &str| {
        format!("<?xml version='1.0' encoding='us-ascii'?><pfsense><a>{content}</a></pfsense>")
    };
    assert!(Document::parse(ascii("x").as_bytes()).is_ok());
    assert_eq!(refusal(ascii("ü")), (K::Encoding, 53));
    let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?><pfsense><a>\xE9</a></pfsense>";
    assert_eq!(Document::parse(latin).expect("accepted").value().field("a"), "é");
}

/// A file whose length is a multiple of 4,096 bytes is never declared over.
#[test]
fn a_cut_at_a_portions_end_goes_unnoticed() {
    let text = format!("<pfsense><a>1</a><b>{}</b><c>2</c></pfsense>", "x".repeat(9000));
    let cut = Document::parse(&text.as_bytes()[..8192]).expect("accepted");
    assert!(cut.is_cut());
    assert_eq!(cut.value().field("a"), "1");
    assert_eq!(cut.value().field("b").len(), 8192 - 20);
    assert_eq!(refusal(&text.as_bytes()[..8191]).0, K::Unclosed);
    let whole = file(&format!("<a>{}</a>", "x".repeat(4096 - file("<a></a>").len())));
    let document = Document::parse(whole.as_bytes()).expect("accepted");
    assert!(!document.is_cut() && whole.len() == 4096);
}

/// Text of 300 bytes and more is cut where a portion ends, and each piece is trimmed.
#[test]
fn long_texts_lose_line_breaks_at_portion_ends() {
    let before = file("<a>").find("</pfsense>").expect("there");
    let text = format!("{}\n{}", "x".repeat(4096 - before - 1), "y".repeat(400));
    let kept = |text: &str| a(text, Era::Html) == text;
    let lost = |text: &str| a(text, Era::Html) == text.replace('\n', "");
    assert!(lost(&text), "the line break ends the first portion");
    assert!(lost(&format!("x{text}")), "the line break begins the second portion");
    assert!(kept(&format!("xx{text}")), "the line break stands inside the second portion");
    // Beyond ASCII, pieces have 300 bytes wherever they stand.
    let letters = format!("{}\n{}", "ü".repeat(150), "é".repeat(10));
    assert_eq!(a(&letters, Era::Html), letters.replace('\n', ""));
}

/// An end of CDATA out of sight costs one piece of 300 bytes.
#[test]
fn long_cdata_is_cut_after_300_bytes_when_its_end_is_out_of_sight() {
    let before = file("<a><![CDATA[").find("</pfsense>").expect("there");
    let padding = |n: usize| "p".repeat(n);
    // The entity lies across byte 300 of a section that crosses the end of a portion.
    let section = format!("{}&amp;{}", padding(298), padding(4096));
    assert_eq!(a(&format!("<![CDATA[{section}]]>"), Era::Html), section);
    // The same section within one portion.
    let short = format!("{}&amp;{}", padding(298), padding(4096 - before - 400));
    assert_eq!(a(&format!("<![CDATA[{short}]]>"), Era::Html), short.replace("&amp;", "&"));
}

#[test]
fn nesting_is_limited_and_not_recursive() {
    let nest = |n: usize| format!("{}{}", "<a>".repeat(n), "</a>".repeat(n));
    assert!(Document::parse(file(&nest(900)).as_bytes()).is_ok());
    assert_eq!(refusal(file(&nest(1000))).0, K::TooDeep);
    assert_eq!(refusal("<a>".repeat(1_000_000)).0, K::TooDeep);
}

#[test]
fn ranges_point_at_elements() {
    let text = file(
        "\n<installedpackages><FRR><config/><config><x>1</x></config><row>r</row></FRR></installedpackages>",
    );
    let document = Document::parse(text.as_bytes()).expect("accepted");
    let at = |path| document.range(path).map(|range| &text[range]);
    assert_eq!(at("installedpackages/frr/config/0/x"), Some("<x>1</x>"));
    assert_eq!(at("installedpackages/frr/config/0"), Some("<config><x>1</x></config>"));
    assert_eq!(at("installedpackages/frr/config"), Some("<config><x>1</x></config>"));
    assert_eq!(at("installedpackages/frr/row"), Some("<row>r</row>"));
    assert_eq!(at("installedpackages/frr/config/1"), None);
    assert_eq!(at("nothing"), None);
    assert_eq!(at("").map(str::len), Some(text.len() - "<?xml version=\"1.0\"?>\n\n".len()));
}

#[test]
fn places_count_lines_and_characters() {
    let error = Document::parse("<pfsense>\n <ü/><b></c>".as_bytes()).expect_err("refused");
    assert_eq!((error.line, error.column), (2, 9));
    assert_eq!(error.to_string(), "</c> closes <b> at line 2, column 9");
}

#[test]
fn writing_follows_the_era() {
    let text = file("<A x='1'/><!-- c --><descr>it's ü ł</descr><row/><b>1<![CDATA[&lt;]]></b><c><row/></c>");
    let head = "<?xml version=\"1.0\"?>\n<pfsense>\n\t<a></a>\n\t<descr><![CDATA[it";
    let tail = " ł]]></descr>\n\t<b>1&lt;</b>\n\t<c>\n\t</c>\n</pfsense>\n";
    let written = |era| String::from_utf8(normalize(text.as_bytes(), era).expect("accepted")).expect("UTF-8");
    assert_eq!(written(Some(Era::Html)), format!("{head}&#039;s &uuml;{tail}"));
    assert_eq!(written(Some(Era::Xml)), format!("{head}&apos;s ü{tail}"));
    assert_eq!(written(None), written(Some(Era::Html)));
}

mod samples {
    use super::*;
    use std::path::PathBuf;

    /// Files beside the repository, where they are present.
    fn sample(name: &str) -> Option<Vec<u8>> {
        let shared = std::env::var_os("METALSENSE_SHARED")
            .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared")), PathBuf::from);
        let path = shared.join("pfsense/config").join(name);
        let bytes = std::fs::read(&path).ok();
        if bytes.is_none() {
            eprintln!("skipped: {} is not there", path.display());
        }
        bytes
    }

    #[test]
    fn round_trips_of_real_files() {
        for (file, written, era) in [
            ("01-home-nofrr.xml", "01-home-nofrr.roundtrip.xml", None),
            ("02-k8s-bgp.xml", "02-k8s-bgp.roundtrip.xml", None),
            ("10-xml1-245.xml", "10-xml1-245.roundtrip.xml", Some(Era::Html)),
            ("10-xml1-245.xml", "10-xml1-245.roundtrip-29.xml", None),
        ] {
            let (Some(bytes), Some(expected)) = (sample(file), sample(written)) else { continue };
            let found = normalize(&bytes, era).expect("accepted");
            assert!(found == expected, "{file} does not become {written}");
            assert!(normalize(&found, era).expect("accepted") == found, "{file} is written anew each time");
        }
    }

    #[test]
    fn a_change_gives_what_pfsense_makes_of_it() {
        let (Some(before), Some(change), Some(applied)) = (
            sample("01-home-nofrr.xml"),
            sample("01-first-frr.change.json"),
            sample("01-first-frr.applied.xml"),
        ) else {
            return;
        };
        let change = Change::from_json(&change).expect("a change");
        let after = splice(&before, &change).expect("spliced");
        let value = |bytes: &[u8]| Document::parse(bytes).expect("accepted").into_value();
        assert_eq!(value(&after), value(&applied));
        // Where the file is in pfSense's own layout, so is the rest.
        assert!(normalize(&after, None).expect("accepted") == applied);
        let section = |bytes: &[u8]| {
            let text = String::from_utf8(bytes.to_vec()).expect("UTF-8");
            let start = text.find("\t\t<frr>").expect("there");
            text[start..text.find("\t</installedpackages>").expect("there")].to_owned()
        };
        assert_eq!(section(&after), section(&applied));
    }

    #[test]
    fn refusals_of_real_files() {
        for (name, kind) in [("dup-section.xml", K::DuplicateElement), ("encrypted.xml", K::Encrypted)] {
            let Some(bytes) = sample(name) else { continue };
            assert_eq!(refusal(bytes).0, kind, "{name}");
        }
    }
}
