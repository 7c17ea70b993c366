//! The declaration: the file as written.
//!
//! Types of `kind: Network`, loading with the place of every value, the schema, and the formatter.
//! Nothing is resolved here: names stay names, addresses stay text. This room opens no file, asks no
//! environment and knows nothing but `finding`.
//! Read next: [`types`] for the format, `intent` for what it means.

pub mod types;
