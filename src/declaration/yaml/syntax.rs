//! Syntax errors in words a person can act on.

use granit_parser::{ErrorKind, ScanError};

use crate::finding::{Finding, Layer, Place, SourceId};

/// Turns the parser's complaint into a finding. `open_flow` is the innermost bracket that was open.
pub(crate) fn explain(e: &ScanError, text: &str, source: SourceId, open_flow: Option<Place>) -> Finding {
    let at = e.marker().byte_offset().unwrap_or(0).min(text.len());
    let at = floor_char(text, at);
    let width = text[at..].chars().next().filter(|c| !matches!(c, '\n' | '\r')).map_or(0, char::len_utf8);
    let here = Place::new(source, at, at + width);
    let line = line_of(text, at);

    if let Some(tab) = indenting_tab(text, &line, e.kind()) {
        return error("yaml-tab", "a tab is used as indentation, which YAML does not allow")
            .at(Place::new(source, tab, tab + 1))
            .hint("replace the tab by spaces; two per level is usual");
    }
    let (rule, message, hint) = words(e.kind(), &text[line]);
    let message = message.unwrap_or_else(|| e.info());
    let mut finding = error(rule, message).at(here).hint(hint);
    if let Some(open) = open_flow.filter(|open| *open != here) {
        finding = finding.label(open, "opened here");
    }
    finding
}

/// The rule, the message (the parser's own where none is better) and the way out.
fn words(kind: &ErrorKind, line: &str) -> (&'static str, Option<String>, &'static str) {
    use ErrorKind as E;
    let syntax = "yaml-syntax";
    match kind {
        E::RecursionLimitExceeded => (
            "yaml-too-deep",
            Some(format!("nested deeper than {} levels", super::parse::MAX_DEPTH)),
            "flatten it; nothing in the format is that deep",
        ),
        E::DirectiveDisallowed => {
            ("yaml-directive", Some("a directive (`%…`) is not allowed".into()), "remove the line")
        }
        E::BomInsideDocument => (
            syntax,
            Some("a byte order mark stands inside the document".into()),
            "remove it; two files were probably joined here",
        ),
        E::UnclosedFlowCollection { open } => {
            (syntax, Some(format!("`{open}` is never closed")), "close it, or write the value as a block")
        }
        E::MismatchedFlowCollectionEnd { open, close } => {
            (syntax, Some(format!("`{open}` is closed by `{close}`")), "use the matching bracket")
        }
        E::UnexpectedEofFlowSequence | E::ExpectedFlowSequenceSeparator => (
            syntax,
            Some("the list in brackets does not end here as it should".into()),
            "add the missing `,` or `]`",
        ),
        E::UnexpectedEofFlowMapping
        | E::UnexpectedEofImplicitFlowMapping
        | E::ExpectedFlowMappingSeparator => (
            syntax,
            Some("the mapping in braces does not end here as it should".into()),
            "add the missing `,` or `}`",
        ),
        E::UnclosedQuotedScalar | E::DocumentIndicatorInQuotedScalar => {
            (syntax, Some("a quote is opened and never closed".into()), "close the quote")
        }
        E::UnknownQuotedScalarEscape => (
            syntax,
            Some("unknown escape behind a backslash".into()),
            "double the backslash, or use single quotes",
        ),
        E::UnexpectedCharacter { character } => (
            syntax,
            Some(format!("a value cannot start with `{character}`")),
            "put the value in double quotes",
        ),
        E::MappingValueNotAllowed => (
            syntax,
            Some("a `: ` is not allowed here".into()),
            "put a value that contains `: ` in quotes; check the indentation of this line",
        ),
        E::SimpleKeyExpected if !line.contains(':') => (
            syntax,
            Some("a key without a value: the `:` is missing".into()),
            "write `key: value`; check the indentation of this line",
        ),
        E::InvalidMappingValueWhitespace | E::ExpectedWhitespace | E::InvalidBlockEntryWhitespace => {
            (syntax, None, "check the spaces around `:` and `-`")
        }
        E::ExpectedBlockMappingKey
        | E::ExpectedBlockSequenceEntry
        | E::InvalidIndentation
        | E::SimpleKeyExpected
        | E::InvalidSimpleKey
        | E::MappingKeyNotAllowed
        | E::BlockSequenceEntryNotAllowed
        | E::BlockEntryInFlowCollection
        | E::ExpectedNodeContent => (
            syntax,
            Some("this line does not fit the lines above it".into()),
            "line its indentation up with its neighbors, and check that the keys above end in `:`",
        ),
        _ => (syntax, None, "correct the YAML at this place"),
    }
}

/// The first tab in the line's indentation, if the parser stumbled over it. The tab may also stand
/// in the line below, where the parser had already looked.
fn indenting_tab(text: &str, line: &std::ops::Range<usize>, kind: &ErrorKind) -> Option<usize> {
    let about_tabs = matches!(
        kind,
        ErrorKind::TabNotAllowed
            | ErrorKind::TabInBlockIndentation
            | ErrorKind::TabInIndentation
            | ErrorKind::TabInPlainScalar
            | ErrorKind::TabAtBlockScalarStart
    );
    let tab_in = |range: std::ops::Range<usize>| {
        let line = &text[range.clone()];
        let blank = line.len() - line.trim_start_matches([' ', '\t']).len();
        line[..blank].find('\t').map(|i| range.start + i)
    };
    if let Some(tab) = tab_in(line.clone()) {
        return Some(tab);
    }
    if !about_tabs {
        return None;
    }
    tab_in(line_of(text, line.end + 1)).or_else(|| text[line.clone()].find('\t').map(|i| line.start + i))
}

/// The line around an offset, without its line end.
fn line_of(text: &str, at: usize) -> std::ops::Range<usize> {
    let at = floor_char(text, at.min(text.len()));
    let start = text[..at].rfind('\n').map_or(0, |i| i + 1);
    let end = text[at..].find('\n').map_or(text.len(), |i| at + i);
    start..end
}

fn floor_char(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn error(rule: &'static str, message: impl Into<String>) -> Finding {
    Finding::error(Layer::Declaration, rule, message)
}
