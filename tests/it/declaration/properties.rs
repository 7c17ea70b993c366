//! What holds for any text.

use metalsense::declaration::fmt;
use proptest::prelude::*;

use super::*;

/// Pieces that mean something in YAML.
const PIECES: &[&str] = &[
    "\n",
    "\n\n",
    " ",
    "  ",
    "    ",
    "\t",
    "\r\n",
    "#",
    " # c",
    "\n# own line\n",
    "- ",
    "\n- ",
    ": ",
    ":",
    "?",
    "? ",
    ",",
    "[",
    "]",
    "{",
    "}",
    "[]",
    "{}",
    "'",
    "\"",
    "\\",
    "|\n",
    ">-\n",
    "|+\n",
    "&a ",
    "*a",
    "!!str ",
    "<<: ",
    "---\n",
    "...\n",
    "%YAML 1.2\n",
    "no",
    "010",
    "1.10",
    "~",
    "null",
    "\u{feff}",
    "\0",
    "ü",
    "\u{2028}",
    "a",
    "name: x\n",
    "asn: '64500'\n",
];

/// A few edits of a sound text: take away, put in, move.
fn edited() -> impl Strategy<Value = String> {
    let edit = (any::<prop::sample::Index>(), 0usize..30, prop::sample::select(PIECES), 0u8..4);
    (prop::sample::select(&[FULL, LAYOUT][..]), prop::collection::vec(edit, 0..6)).prop_map(
        |(text, edits)| {
            let mut text: Vec<char> = text.chars().collect();
            for (at, length, piece, what) in edits {
                let at = at.index(text.len() + 1);
                let end = (at + length).min(text.len());
                match what {
                    0 => drop(text.drain(at..end)),
                    1 => drop(text.splice(at..end, piece.chars())),
                    2 => drop(text.splice(at..at, piece.chars())),
                    _ => {
                        let moved: Vec<char> = text.drain(at..end).collect();
                        let to = moved.len() * 7 % (text.len() + 1);
                        drop(text.splice(to..to, moved));
                    }
                }
            }
            text.into_iter().collect()
        },
    )
}

/// Text made of nothing but pieces.
fn pieces() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES), 0..25).prop_map(|pieces| pieces.concat())
}

/// Small and full of layout.
const LAYOUT: &str = "# head\na: # 1\n\n  # 2\n  - b # 3\n  - c: [1, 2] # 4\n    # 5\n    d: |  # 6\n      text\n       more\n\n      end\n    # 7\n  # 8\n# 9\ne: {f: g, 'h': \"i\"}\n\n\nj: [\n  k, # 10\n  # 11\n  {l: m}\n  # 12\n] # 13\nn:\n- o\n# 14\np: >\n  folded\n  text\n\n  x\nq:\n  # 15\n  r\n# tail\n";

fn check(text: &str) -> Result<(), TestCaseError> {
    let loaded = load_text(text);
    for finding in &loaded.findings {
        let (_, start, _) =
            finding.place.and_then(|p| loaded.sources.resolve(p)).unwrap_or(("", FIRST, FIRST));
        prop_assert!(start.line <= text.lines().count() + 1, "{finding:?} lies outside the text");
        prop_assert!(finding.hint.is_some(), "{finding:?} has no way out");
    }
    let broken = loaded.incomplete || !loaded.findings.is_empty();
    prop_assert!(broken || !loaded.documents.is_empty(), "nothing read and nothing said");
    let once = match fmt("f.yaml", text.into()) {
        Ok(once) => once,
        Err(refused) => {
            let failed = refused.findings.iter().find(|f| f.rule == "format-failed");
            prop_assert!(failed.is_none(), "{failed:?}\n{text}");
            return Ok(());
        }
    };
    match fmt("f.yaml", once.clone().into_bytes()) {
        Ok(twice) => prop_assert_eq!(&once, &twice, "formatting again changes it\n{}", text),
        Err(refused) => prop_assert!(false, "{:?}\n{once}", refused.findings),
    }
    // Quoting makes sound what another reader would take for something else; nothing gets worse.
    let after = load_text(&once);
    prop_assert!(
        after.findings.len() <= loaded.findings.len(),
        "{:#?}\n{:#?}\n{once}",
        loaded.findings,
        after.findings
    );
    Ok(())
}

const FIRST: metalsense::finding::Position = metalsense::finding::Position { line: 1, column: 1 };

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn edited_texts(text in edited()) {
        check(&text)?;
    }

    #[test]
    fn texts_of_pieces(text in pieces()) {
        check(&text)?;
    }

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = load_text(&bytes);
        let _ = fmt("f.yaml", bytes);
    }
}
