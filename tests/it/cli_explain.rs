//! `metalsense explain`, and the table of mistakes.

use std::collections::BTreeSet;

use metalsense::finding::codes;
use serde_json::Value;

use crate::tool::Scratch;

#[test]
fn a_page_for_people() {
    let run = Scratch::new().run(["explain", "neighbor-without-policy"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    insta::assert_snapshot!(run.out, @r#"
    error[neighbor-without-policy]: an eBGP neighbor has no inbound policy

    symptom
      the session is up with (Policy) instead of a number, and no route

    cause
      FRR drops everything from eBGP neighbors without a filter

    what is looked at
      the generated frr.conf: ebgp-requires-policy and the filters of the neighbor

    what to do
      apply, or set a route map that permits the pools

    it is found only where the live sides are read, for example `metalsense check --live DIR`

    see also frr#6843, opnsense/plugins#1953, RFC 8212
    "#);
}

#[test]
fn all_codes() {
    let run = Scratch::new().run(["explain"]);
    assert_eq!(run.code, 0);
    assert_eq!(run.out.lines().count(), codes::all().count());
    let run = Scratch::new().run(["explain", "-o", "json"]);
    let document: Value = serde_json::from_str(&run.out).expect("JSON");
    assert_eq!(document["pages"].as_array().map(Vec::len), Some(codes::all().count()));
    let run = Scratch::new().run(["explain", "-o", "json", "pool-overlap"]);
    let document: Value = serde_json::from_str(&run.out).expect("JSON");
    assert_eq!(
        (document["page"]["code"].as_str(), document["page"]["fixed"].as_bool()),
        (Some("pool-overlap"), Some(true))
    );
    let run = Scratch::new().run(["explain", "-o", "markdown", "md5-not-signed"]);
    assert!(run.out.starts_with("# md5-not-signed\n\nerror: "), "{}", run.out);
}

#[test]
fn an_unknown_code() {
    let run = Scratch::new().run(["explain", "pool-overlaps"]);
    assert_eq!((run.code, run.out.as_str()), (64, ""));
    assert!(run.err.contains("did you mean `pool-overlap`?"), "{}", run.err);
    let run = Scratch::new().run(["explain", "x"]);
    assert!(run.err.contains("lists all codes"), "{}", run.err);
}

/// The table names every mistake once, and no code that does not exist.
#[test]
fn the_table_of_mistakes() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/mistakes.md");
    let text = std::fs::read_to_string(path).expect("the table");
    let rows: Vec<Vec<&str>> = text
        .lines()
        .filter(|line| line.starts_with("| M"))
        .map(|line| line.trim_matches(['|', ' ']).split(" | ").collect())
        .collect();
    let numbers: Vec<String> = rows.iter().map(|row| row[0].to_owned()).collect();
    let expected: Vec<String> = (1..=82).map(|number| format!("M{number:02}")).collect();
    assert_eq!(numbers, expected);
    for row in &rows {
        let quoted: BTreeSet<&str> = row[2].split('`').skip(1).step_by(2).collect();
        let unknown: Vec<&&str> = quoted
            .iter()
            .filter(|code| !code.starts_with("metalsense ") && codes::find(code).is_none())
            .collect();
        assert!(unknown.is_empty(), "{}: {unknown:?}", row[0]);
        assert!(
            !quoted.is_empty() || row[2].starts_with("not seen: ") || row[2].starts_with("shown by "),
            "{} has neither a code nor a reason",
            row[0]
        );
    }
}
