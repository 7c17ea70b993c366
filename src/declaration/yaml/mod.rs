//! Text to span tree: one parse, every value with its place.
//!
//! The dialect is strict YAML 1.2 (core schema) without the parts that other readers understand
//! differently or that hide what is written: no aliases, anchors, tags, merge keys or directives.
//! What is refused is reported with its place, and the parse goes on as far as that makes sense, so
//! that one run shows all errors of a file. Everything here is linear in the size of the text.
//!
//! This room knows YAML and nothing about networks.
//! Read next: [`mod@parse`] for the reader, [`tree`] for its result, [`scalar`] for what a plain word is.

pub(crate) mod parse;
pub(crate) mod scalar;
pub(crate) mod syntax;
pub(crate) mod text;
pub(crate) mod tree;

pub(crate) use parse::parse;
pub(crate) use tree::{Entry, Kind, NodeId, Scalar, Style, Tree};
