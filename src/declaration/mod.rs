//! The declaration: the file as written.
//!
//! Types of `kind: Network`, loading with the place of every value, the schema, and the formatter.
//! Nothing is resolved here: names stay names, addresses stay text. This room opens no file, asks no
//! environment and knows nothing but `finding`.
//! Read next: [`types`] for the format, [`load()`] for reading it, `intent` for what it means.

mod cursor;
mod faults;
mod format;
mod load;
pub mod schema;
pub(crate) mod shape;
pub mod types;
mod yaml;

pub use cursor::Cursor;
pub use format::{Unformatted, fmt};
pub use load::{Document, Loaded, load};
pub(crate) use shape::nearest_word;
