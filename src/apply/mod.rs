//! Apply: carries out a plan through the traits of `live`.
//!
//! Checks revisions and guards first, writes each thing whole or not at all, and writes nothing when
//! nothing differs.
