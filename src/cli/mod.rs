//! The command line: one file a verb.
//!
//! The only room that knows the terminal, the environment and exit codes.
