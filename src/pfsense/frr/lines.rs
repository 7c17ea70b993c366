//! Text under construction: bytes, because the package cuts descriptions at bytes, not letters.

use std::fmt;

/// Lines of a generated file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Lines(Vec<u8>);

impl Lines {
    /// Adds text as it stands.
    pub(super) fn put(&mut self, text: fmt::Arguments<'_>) {
        use std::io::Write as _;
        // Writing to a vector cannot fail.
        let _ = self.0.write_fmt(text);
    }

    /// Adds a line and its end.
    pub(super) fn line(&mut self, text: fmt::Arguments<'_>) {
        self.put(text);
        self.end();
    }

    /// Ends a line made of pieces.
    pub(super) fn end(&mut self) {
        self.0.push(b'\n');
    }

    /// Adds raw bytes.
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// Adds a block.
    pub(super) fn append(&mut self, block: &Lines) {
        self.bytes(&block.0);
    }

    /// Nothing was written. PHP also calls the text `0` empty; a raw block can be that.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty() || self.0 == b"0"
    }

    /// Takes the closing `!` line off, if there is one.
    pub(super) fn trim_separator(&mut self) {
        if self.0.ends_with(b"!\n") {
            self.0.truncate(self.0.len() - 2);
        }
    }

    /// The bytes written.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

impl From<Vec<u8>> for Lines {
    fn from(bytes: Vec<u8>) -> Self {
        Lines(bytes)
    }
}

/// Adds a line to [`Lines`] with the words of `format!`.
macro_rules! line {
    ($lines:expr, $($text:tt)+) => { $lines.line(format_args!($($text)+)) };
}

/// Adds a piece of a line to [`Lines`] with the words of `format!`.
macro_rules! put {
    ($lines:expr, $($text:tt)+) => { $lines.put(format_args!($($text)+)) };
}

pub(super) use {line, put};
