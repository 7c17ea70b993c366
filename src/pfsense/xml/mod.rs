//! config.xml: pfSense's reader, its writer, and a splicer that keeps every foreign byte.
//!
//! pfSense reads its configuration with rules of its own: names are lower-cased, some tags are
//! always lists, empty list members vanish, text is trimmed and decoded once more, and one repeated
//! element makes the whole file unreadable. What it refuses is refused here, with the reason.
//!
//! | stage | files |
//! | --- | --- |
//! | read | `input` (bytes → text), `scan` with `names`, `declaration`, `doctype` (text → events), `build` (events → values), [`read`](Document) |
//! | write | `write` (values → bytes, [`normalize`]), [`lint`](lint()) |
//! | change | `edit` (what changes), `change` (what may be written), `splice` (bytes → bytes) |
//! | tables | [`tags`](is_list_tag), `entities` |
//!
//! Nothing here opens a file, knows FRR or decides what should be in a configuration.

mod build;
mod change;
mod declaration;
mod doctype;
mod edit;
mod entities;
mod error;
mod fragment;
mod input;
mod lint;
mod names;
mod read;
mod scan;
mod splice;
mod tags;
mod write;

pub use change::{Change, ChangeError};
pub use edit::{Edit, EditError, ListPath, apply_to_value};
pub use error::{ReadError, ReadErrorKind};
pub use fragment::sections_text;
pub use lint::{Note, Summary, lint};
pub use read::Document;
pub use splice::{SpliceError, edit, splice};
pub use tags::{Era, is_cdata_tag, is_list_tag};
pub use write::normalize;

#[cfg(test)]
mod splice_tests;
#[cfg(test)]
mod tests;
