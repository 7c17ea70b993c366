//! `metalsense pfsense …`: what a person at the firewall sees.

use crate::tool::{Scratch, finish, run};

const MINIMAL: &str = "<?xml version=\"1.0\"?>\n<pfsense>\n\t<version>23.9</version>\n</pfsense>\n";

/// A file with one BGP neighbor whose password is a planted marker.
fn with_neighbor() -> String {
    let neighbor = "<peer>192.168.4.10</peer><asnum>64500</asnum><password>hunter2</password><password_type>both-bidirectional</password_type>";
    MINIMAL.replace(
        "</pfsense>",
        &format!(
            "\t<installedpackages>\n\t\t<frr><config><enable>on</enable><password>vty-marker</password><routerid>192.168.4.1</routerid></config></frr>\n\
             \t\t<frrbgp><config><enable>on</enable><asnum>64501</asnum></config></frrbgp>\n\
             \t\t<frrbgpadvanced><config><dampening></dampening></config></frrbgpadvanced>\n\t\t<frrbgpneighbors><config>{neighbor}</config></frrbgpneighbors>\n\t</installedpackages>\n</pfsense>"
        ),
    )
}

#[test]
fn lint_says_what_pfsense_would_do() {
    let scratch = Scratch::new();
    scratch.write("config.xml", MINIMAL);
    let run = scratch.run(["pfsense", "lint", "config.xml"]);
    insta::assert_snapshot!(run.out, @"config.xml: pfSense loads it (version 23.9, read as pfSense up to 2.8 does, 2 elements, 0 package sections)");
    assert_eq!(run.code, 0);

    scratch.write("twice.xml", &MINIMAL.replace("</version>", "</version>\n\t<version>1</version>"));
    let run = scratch.run(["pfsense", "lint", "twice.xml"]);
    insta::assert_snapshot!(run.out, @r#"
    error[config-xml-duplicate-element]: <version> occurs a second time in the same element
     --> twice.xml:4:2
      |
    4 |     <version>1</version>
      |     ^
      |
      = help: merge the two elements, or remove one of them

    1 error
    "#);
    assert_eq!((run.code, run.err.as_str()), (3, ""));
    let run = scratch.run(["pfsense", "lint", "twice.xml", "-o", "json"]);
    let document: serde_json::Value = serde_json::from_str(&run.out).expect("JSON");
    assert_eq!(document["verdict"], "invalid");
    assert_eq!(document["findings"][0]["place"]["line"], 4);
}

#[test]
fn what_cannot_be_read_is_no_finding() {
    let run = run(["pfsense", "lint", "missing.xml"]);
    insta::assert_snapshot!(run.err, @"error: missing.xml: No such file or directory (os error 2)");
    assert_eq!((run.code, run.out.as_str()), (1, ""));
}

#[test]
fn normalize_writes_bytes_and_nothing_else() {
    let scratch = Scratch::new();
    let untidy = MINIMAL.replace("\t", "    ");
    let run = finish(scratch.command().args(["pfsense", "normalize", "-"]).write_stdin(untidy));
    assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (0, MINIMAL, ""));
    let run = finish(scratch.command().args(["pfsense", "normalize", "-"]).write_stdin("<pfsense>"));
    assert_eq!((run.code, run.out.as_str()), (3, ""));
    assert!(run.err.starts_with("error["), "{}", run.err);
}

#[test]
fn frr_conf_is_the_packages_file() {
    let scratch = Scratch::new();
    scratch.write("config.xml", &with_neighbor());
    let run = scratch.run(["pfsense", "frr-conf", "config.xml"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    assert!(run.out.contains("\nrouter bgp 64501\n"), "{}", run.out);
    assert!(run.out.contains("enforce-first-as"), "the newer package is the default: {}", run.out);
    let older = scratch.run(["pfsense", "frr-conf", "config.xml", "--package", "2.0"]);
    assert_ne!(older.out, run.out);

    scratch.write("off.xml", MINIMAL);
    let run = scratch.run(["pfsense", "frr-conf", "off.xml"]);
    insta::assert_snapshot!(run.err, @"no file is written: the FRR package is not configured");
    assert_eq!((run.code, run.out.as_str()), (0, ""));
    let run = scratch.run(["-q", "pfsense", "frr-conf", "off.xml", "--setkey"]);
    assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (0, "", ""));
}

#[test]
fn validate_answers_as_the_forms_would() {
    let scratch = Scratch::new();
    scratch.write("config.xml", &with_neighbor().replace("<asnum>64500", "<asnum>many"));
    let run = scratch.run(["pfsense", "validate", "config.xml"]);
    assert_eq!(run.code, 3);
    assert!(run.out.ends_with(" error(s)\n"), "{}", run.out);
    let run = scratch.run(["pfsense", "validate", "config.xml", "-o", "json"]);
    let document: serde_json::Value = serde_json::from_str(&run.out).expect("JSON");
    assert_eq!(document["findings"][0]["rule"], "form-refuses");
    assert!(document["findings"][0]["place"]["line"].as_u64().expect("a line") > 3);
    for format in ["human", "json", "yaml", "markdown", "github", "sarif", "junit"] {
        let run = scratch.run(["pfsense", "validate", "config.xml", "-o", format]);
        assert!(!(run.out + &run.err).contains("hunter2"), "{format}");
    }
}

#[test]
fn splice_sets_and_deletes_sections_and_touches_nothing_else() {
    let scratch = Scratch::new();
    // Odd blanks and a comment of somebody else.
    let config = with_neighbor().replace("<version>", "<!-- mine -->  <version>");
    scratch.write("config.xml", &config);
    scratch.write(
        "change.json",
        r#"{"set": {"frrbfd": {"config": [{"enable": "on"}]}}, "del": ["frrbgpadvanced"]}"#,
    );
    let run = scratch.run(["pfsense", "splice", "config.xml", "--change", "change.json"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    assert!(run.out.contains("<!-- mine -->  <version>"));
    assert!(run.out.contains("<frrbfd>") && !run.out.contains("<frrbgpadvanced>"), "{}", run.out);
    let undone = scratch.read("config.xml");
    assert_eq!(undone, config, "the file itself stays");

    scratch.write("nothing.json", "{}");
    assert_eq!(scratch.run(["pfsense", "splice", "config.xml", "--change", "nothing.json"]).out, config);
    scratch.write("odd.json", r#"{"set": {"frr": "#);
    let run = scratch.run(["pfsense", "splice", "config.xml", "--change", "odd.json"]);
    assert_eq!((run.code, run.out.as_str()), (3, ""));
    insta::assert_snapshot!(run.err, @"error: odd.json: the change is no JSON: EOF while parsing a value at line 1 column 16");
    let run = scratch.run(["pfsense", "splice", "config.xml", "--change", "missing.json"]);
    assert_eq!((run.code, run.out.as_str()), (1, ""));
}
