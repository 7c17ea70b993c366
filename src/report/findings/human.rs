//! Findings for people: message, place, excerpt, hint.
//!
//! The excerpt is cut out of its source before it is handed to the renderer, so that ten thousand
//! findings in a large file stay cheap, and secrets in it are blanked.

use std::ops::Range;

use annotate_snippets::{
    Annotation, AnnotationKind, Element, Group, Level, Message, Origin, Renderer, Snippet,
};

use crate::finding::{Finding, Place, Severity, Source, Sources};
use crate::report::{mask, style};

/// Width of an excerpt; wider lines are cut around the place.
const WIDTH: usize = 100;
/// A line that is longer than this has been written by a program: its place is named, not shown.
const LONGEST_LINE: usize = 2000;
/// Two places further apart than this many lines get an excerpt each.
const APART: usize = 12;

/// The finding as text with ANSI colours, ending in a line end.
pub fn render(finding: &Finding, sources: &Sources) -> String {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let message = match &finding.object {
        // An excerpt shows the object, and it is often the subject of the sentence already.
        Some(object) if finding.place.is_none() && !finding.message.contains(object.as_str()) => {
            format!("{object}: {}", finding.message)
        }
        _ => finding.message.clone(),
    };
    let excerpts: Vec<Excerpt> = spots(finding, sources);
    let title = level.primary_title(style::printable(&message).into_owned()).id(finding.rule.as_ref());
    let mut group = Group::with_title(title);
    for excerpt in &excerpts {
        group = group.element(excerpt.element());
    }
    if let Some(hint) = &finding.hint {
        group = group.element(message_element(hint));
    }
    let mut text = Renderer::styled().term_width(WIDTH).render(&[group]);
    text.push('\n');
    if excerpts.is_empty() {
        text = without_gutter(&text);
    }
    text
}

/// Takes out the line that holds nothing but the bar of an excerpt that is not there.
fn without_gutter(text: &str) -> String {
    let is_bar = |line: &str| anstream::adapter::strip_str(line).to_string().trim() == "|";
    text.split_inclusive('\n').filter(|line| !is_bar(line)).collect()
}

fn message_element(hint: &str) -> Message<'static> {
    Level::HELP.message(style::printable(hint).into_owned())
}

/// A place with what is said about it.
struct Spot<'a> {
    place: Place,
    primary: bool,
    text: Option<&'a str>,
}

/// Some lines of one source with the places in them.
struct Excerpt<'a> {
    path: &'a str,
    line: usize,
    column: usize,
    /// The lines, or nothing where they are too long to be shown.
    lines: Option<String>,
    spots: Vec<(Range<usize>, bool, Option<&'a str>)>,
    first_line: usize,
}

/// The excerpts of a finding: its own place first, labels nearby in the same one.
fn spots<'a>(finding: &'a Finding, sources: &'a Sources) -> Vec<Excerpt<'a>> {
    let own = finding.place.map(|place| Spot { place, primary: true, text: None });
    let labels =
        finding.labels.iter().map(|l| Spot { place: l.place, primary: own.is_none(), text: Some(&l.text) });
    let mut groups: Vec<(&Source, Vec<Spot<'_>>)> = Vec::new();
    for spot in own.iter().map(|s| Spot { ..*s }).chain(labels) {
        let Some(source) = sources.get(spot.place.source) else { continue };
        let line = |spot: &Spot<'_>| source.position(spot.place.range().start).line;
        let near = groups.iter_mut().find(|(_, spots)| {
            spots
                .iter()
                .any(|s| s.place.source == spot.place.source && line(s).abs_diff(line(&spot)) <= APART)
        });
        match near {
            Some((_, spots)) => spots.push(spot),
            None => groups.push((source, vec![spot])),
        }
    }
    groups.into_iter().map(|(source, spots)| excerpt(source, &spots)).collect()
}

fn excerpt<'a>(source: &'a Source, spots: &[Spot<'a>]) -> Excerpt<'a> {
    let text = &*source.text;
    let clip =
        |offset: usize| (0..=offset.min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
    let ranges: Vec<Range<usize>> = spots
        .iter()
        .map(|s| {
            let start = clip(s.place.range().start);
            // One line says where a block begins; showing all of it would hide the rest.
            let end = clip(s.place.range().end).max(start);
            let end = text[start..end].find('\n').map_or(end, |n| start + n);
            start..end
        })
        .collect();
    let from = ranges.iter().map(|r| r.start).min().unwrap_or(0);
    let to = ranges.iter().map(|r| r.end).max().unwrap_or(0);
    let from = text[..from].rfind('\n').map_or(0, |n| n + 1);
    let to = text[to..].find('\n').map_or(text.len(), |n| to + n);
    let start = source.position(ranges.first().map_or(0, |r| r.start));
    let readable = text[from..to].lines().all(|line| line.len() <= LONGEST_LINE);
    let (lines, shift) = if readable { masked(&text[from..to]) } else { (String::new(), Vec::new()) };
    Excerpt {
        path: &source.name,
        line: start.line,
        column: start.column,
        first_line: source.position(from).line,
        spots: spots
            .iter()
            .zip(&ranges)
            .map(|(s, r)| (shifted(&shift, r.start - from)..shifted(&shift, r.end - from), s.primary, s.text))
            .collect(),
        lines: readable.then_some(lines),
    }
}

impl<'a> Excerpt<'a> {
    fn element(&self) -> Element<'a> {
        let path = style::printable(self.path).into_owned();
        let Some(lines) = &self.lines else {
            return Origin::path(path).line(self.line).char_column(self.column).into();
        };
        let annotations = self.spots.iter().map(|(range, primary, text)| {
            let kind = if *primary { AnnotationKind::Primary } else { AnnotationKind::Context };
            let annotation: Annotation<'a> = kind.span(range.clone());
            match text {
                Some(text) => annotation.label(style::printable(text).into_owned()),
                None => annotation,
            }
        });
        Snippet::source(lines.clone()).line_start(self.first_line).path(path).annotations(annotations).into()
    }
}

/// Where bytes moved: range before, range after.
type Moved = Vec<(Range<usize>, Range<usize>)>;

/// The text with a star for each character of its secrets, so that columns stay right.
fn masked(text: &str) -> (String, Moved) {
    let mut shown = String::with_capacity(text.len());
    let mut moved = Vec::new();
    let mut at = 0;
    for range in mask::secrets(text) {
        shown.push_str(&text[at..range.start]);
        let start = shown.len();
        shown.extend(text[range.clone()].chars().map(|_| '*'));
        at = range.end;
        moved.push((range, start..shown.len()));
    }
    shown.push_str(&text[at..]);
    (shown, moved)
}

/// Where an offset of the text is after masking.
fn shifted(moved: &[(Range<usize>, Range<usize>)], offset: usize) -> usize {
    match moved.iter().rev().find(|(before, _)| before.start < offset) {
        None => offset,
        Some((before, after)) if offset >= before.end => after.end + (offset - before.end),
        Some((before, after)) => (after.start + (offset - before.start)).min(after.end),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Layer;
    use crate::report::findings::tests::sample;

    fn plain(finding: &Finding, sources: &Sources) -> String {
        anstream::adapter::strip_str(&render(finding, sources)).to_string()
    }

    #[test]
    fn place_excerpt_label_and_hint() {
        let (sources, findings) = sample();
        insta::assert_snapshot!(plain(&findings[0], &sources), @r#"
        error[pool-overlap]: pool `db` overlaps `192.0.2.0/24`
         --> net/network.yaml:5:17
          |
        3 |     addresses: [192.0.2.0/24, 198.51.100.0/25]
          |                 ------------ the other range
        4 |   - name: db
        5 |     addresses: [192.0.2.128/26]
          |                 ^^^^^^^^^^^^^^
          |
          = help: give each pool its own range
        "#);
    }

    #[test]
    fn no_place_no_excerpt() {
        let (sources, findings) = sample();
        insta::assert_snapshot!(plain(&findings[2], &sources), @"info[version-assumed]: MetalLB 0.15.2 is assumed");
    }

    #[test]
    fn places_far_apart_have_an_excerpt_each() {
        let mut sources = Sources::default();
        let id = sources.add("a.yaml", format!("first: 1\n{}second: 2\n", "#\n".repeat(500)));
        let finding = Finding::error(Layer::Intent, "twice", "twice")
            .at(Place::new(id, 1009, 1015))
            .label(Place::new(id, 0, 5), "first here");
        insta::assert_snapshot!(plain(&finding, &sources), @r#"
        error[twice]: twice
           --> a.yaml:502:1
            |
        502 | second: 2
            | ^^^^^^
            |
           ::: a.yaml:1:1
            |
          1 | first: 1
            | ----- first here
        "#);
    }

    #[test]
    fn a_very_long_line_is_named_not_shown() {
        let mut sources = Sources::default();
        let id = sources.add("a.json", "x".repeat(5_000_000));
        let finding = Finding::error(Layer::Schema, "odd", "odd").at(Place::new(id, 4_000_000, 4_000_001));
        insta::assert_snapshot!(plain(&finding, &sources), @r#"
        error[odd]: odd
        --> a.json:1:4000001
        "#);
    }

    #[test]
    fn secrets_are_blanked_and_places_follow() {
        let text = "{ password: hunter2, hold: 1s }\n";
        let mut sources = Sources::default();
        let id = sources.add("a.yaml", text);
        let start = text.find("1s").expect("there");
        let finding = Finding::error(Layer::Intent, "hold", "too short").at(Place::new(id, start, start + 2));
        insta::assert_snapshot!(plain(&finding, &sources), @r#"
        error[hold]: too short
         --> a.yaml:1:28
          |
        1 | { password: *******, hold: 1s }
          |                            ^^
        "#);
        let start = text.find("nter").expect("there");
        let inside = Finding::error(Layer::Intent, "hold", "odd").at(Place::new(id, start, start + 2));
        assert!(!plain(&inside, &sources).contains("nter"));
    }

    #[test]
    fn places_past_the_end_or_inside_a_letter_do_no_harm() {
        let mut sources = Sources::default();
        let id = sources.add("a.yaml", "ü: 1");
        for (start, end) in [(1, 2), (0, 900), (900, 901), (5, 5)] {
            let finding = Finding::error(Layer::Intent, "x", "y").at(Place::new(id, start, end));
            assert!(plain(&finding, &sources).contains("a.yaml:1:"));
        }
    }
}
