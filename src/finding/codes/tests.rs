//! The list against the sources: every code that is raised has a page.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::*;

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of the sources") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let tests = matches!(name, "tests" | "tests.rs" | "cases.rs" | "codes");
        if path.is_dir() && !tests {
            rust_files(&path, found);
        } else if name.ends_with(".rs") && !tests {
            found.push(path);
        }
    }
}

fn is_code(text: &str) -> bool {
    text.contains('-')
        && text.split('-').all(|part| !part.is_empty())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// Codes among the first arguments of calls that make findings.
fn raised(source: &str) -> Vec<String> {
    // Tests stand at the end of a file; a mere `mod tests;` does not end it.
    let end = source.find("mod tests {").unwrap_or(source.len());
    let source = &source[..end];
    let mut found = Vec::new();
    for prefix in ["\"config-xml-", "\"yaml-", "\"manifest-"] {
        let literals = source.match_indices(prefix).filter_map(|(at, _)| source[at + 1..].split('"').next());
        found.extend(literals.filter(|literal| is_code(literal)).map(ToOwned::to_owned));
    }
    for call in ["error(", "warning(", "info(", "warn(", "refuse("] {
        for (at, _) in source.match_indices(call) {
            let arguments = &source[at + call.len()..];
            let Some((before, rest)) = arguments.split_once('"') else { continue };
            let Some((literal, _)) = rest.split_once('"') else { continue };
            // Only plain arguments may stand before the code: a layer, an item.
            let plain = before.matches(',').count() < 3 && !before.contains(['(', ')', '{', ';']);
            if plain && is_code(literal) {
                found.push(literal.to_owned());
            }
        }
    }
    found
}

#[test]
fn every_code_that_is_raised_has_a_page() {
    let mut files = Vec::new();
    rust_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let mut missing: BTreeMap<String, PathBuf> = BTreeMap::new();
    let mut seen = 0;
    for file in files {
        let source = std::fs::read_to_string(&file).expect("a readable source");
        for code in raised(&source) {
            seen += 1;
            if find(&code).is_none() {
                missing.insert(code, file.clone());
            }
        }
    }
    assert!(missing.is_empty(), "add pages in src/finding/codes for {missing:#?}");
    assert!(seen > 100, "the sources raise more than the {seen} codes that were seen");
}

#[test]
fn pages_are_complete_and_say_each_thing_once() {
    let mut codes = BTreeSet::new();
    for page in all() {
        let code = page.code;
        assert!(is_code(code), "{code}");
        assert!(codes.insert(code), "{code} has two pages");
        for text in [page.title, page.symptom, page.cause, page.sees, page.remedy] {
            assert!(!text.is_empty(), "{code} has an empty text");
            assert!(!text.ends_with(['.', '!', ' ']), "{code}: {text}");
        }
        assert!(!page.fixed || page.severity == Severity::Error, "{code}");
    }
}

#[test]
fn the_scan_sees_calls_and_nothing_else() {
    let source = r#"
        error("first-code", format!("x"));
        Finding::warning(
            Layer::Intent,
            "second-code", text);
        item.error(report.layer, "third-code", &pointer, message);
        error(name("not-a-code"));
        info("Not a code", x);
    "#;
    assert_eq!(raised(source), ["first-code", "third-code", "second-code"]);
}
