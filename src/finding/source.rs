//! Sources and places: which text a finding points into, and where.
//!
//! A [`Place`] is small and `Copy`, so that every declared value can carry one; lines and columns
//! are computed only when somebody prints them. This file never opens a file: callers bring the text.

use std::sync::Arc;

/// Names one text of a [`Sources`] registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub u32);

/// A byte range of one source. Ordered by source, then start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Which text.
    pub source: SourceId,
    /// First byte.
    pub start: u32,
    /// Behind the last byte.
    pub end: u32,
}

impl Place {
    /// Sorts behind every real place.
    pub(crate) const LAST: Place = Place { source: SourceId(u32::MAX), start: u32::MAX, end: u32::MAX };

    /// A place from byte offsets. Texts are limited far below 4 GiB by their readers; an offset
    /// beyond that is clamped, which spoils an excerpt and nothing else.
    pub fn new(source: SourceId, start: usize, end: usize) -> Self {
        let clamp = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Place { source, start: clamp(start), end: clamp(end.max(start)) }
    }

    /// The byte range for slicing the text.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A line and a column, both from 1. Columns count characters, as editors do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// One text with the name it is shown under.
#[derive(Clone, Debug)]
pub struct Source {
    /// The path as the user gave it, or `<stdin>`.
    pub name: String,
    /// The text. Shared, because the reader and the printer both need it.
    pub text: Arc<str>,
    line_starts: Vec<u32>,
}

impl Source {
    /// The position of a byte offset; an offset past the end gives the end.
    pub fn position(&self, offset: usize) -> Position {
        let offset = offset.min(self.text.len());
        let line = self.line_starts.partition_point(|&start| start as usize <= offset).max(1);
        let start = self.line_starts[line - 1] as usize;
        // An offset inside a character (never produced by our readers) counts as that character.
        let column = self.text.as_bytes()[start..offset].iter().filter(|b| (**b & 0xC0) != 0x80).count() + 1;
        Position { line, column }
    }
}

/// All texts of one run.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    all: Vec<Source>,
}

impl Sources {
    /// The id that the next text will get.
    pub fn next_id(&self) -> SourceId {
        // More than four thousand million texts cannot have been added.
        SourceId(u32::try_from(self.all.len()).unwrap_or(u32::MAX))
    }

    /// Adds a text and names it.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<Arc<str>>) -> SourceId {
        let text = text.into();
        let mut line_starts = vec![0];
        line_starts.extend(
            text.bytes()
                .enumerate()
                .filter(|(_, b)| *b == b'\n')
                .map(|(i, _)| u32::try_from(i + 1).unwrap_or(u32::MAX)),
        );
        let id = self.next_id();
        self.all.push(Source { name: name.into(), text, line_starts });
        id
    }

    /// The text behind an id that this registry gave out.
    pub fn get(&self, id: SourceId) -> Option<&Source> {
        self.all.get(id.0 as usize)
    }

    /// Start and end of a place in lines and columns, with the source's name.
    pub fn resolve(&self, place: Place) -> Option<(&str, Position, Position)> {
        let source = self.get(place.source)?;
        let range = place.range();
        Some((&source.name, source.position(range.start), source.position(range.end)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_characters() {
        let mut sources = Sources::default();
        let id = sources.add("a.yaml", "ab\nüx: 1\n");
        let x = "ab\nü".len();
        let (name, start, end) = sources.resolve(Place::new(id, x, x + 1)).expect("known source");
        assert_eq!(name, "a.yaml");
        assert_eq!(start, Position { line: 2, column: 2 });
        assert_eq!(end, Position { line: 2, column: 3 });
        assert_eq!(sources.get(id).expect("known").position(999), Position { line: 3, column: 1 });
        assert_eq!(sources.get(id).expect("known").position(0), Position { line: 1, column: 1 });
    }
}
