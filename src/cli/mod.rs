//! The command line: one file a verb.
//!
//! The only room that knows the terminal, the environment, the file system outside of a snapshot, and
//! exit codes. A verb reads what it needs, calls the library and hands the result to `report`; it
//! decides nothing that a library user would have to decide again.
//!
//! | file | for |
//! | --- | --- |
//! | [`args`] | verbs, flags that all have, the environment variable of every flag |
//! | [`exit`] | the exit codes |
//! | [`error`] | from a library's error to a message and an exit code: nowhere else |
//! | [`terminal`] | standard output, standard error, colour, questions |
//! | `input`, `output` | reading files and folders, writing them whole or not at all |
//! | `live` | the flags that name live sides, reading them, and comparing |
//! | `findings` | the flags of every verb that judges, and printing its findings |
//! | all others | the verb of that name |

mod apply;
pub mod args;
mod check;
mod compile;
mod completion;
mod declared;
mod diff;
pub mod error;
pub mod exit;
mod explain;
mod findings;
mod fmt;
mod input;
mod judge;
mod live;
mod man;
mod output;
mod pfsense;
mod pipeline;
mod routers;
mod schema;
pub mod terminal;
mod version;

use std::ffi::OsString;

use args::{Cli, Verb};
use clap::FromArgMatches as _;
use clap::error::{ContextKind, ContextValue};
use error::Failure;
use exit::Exit;
use terminal::Terminal;

use crate::report::style::{self, Styled};

/// Runs one command line, the program's name first, and says how it ended.
///
/// Everything there is to say has been said when this returns.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let parsed =
        args::command().try_get_matches_from(arguments).and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => return misunderstood(&error),
    };
    let mut terminal = Terminal::new(cli.talk.color, cli.talk.verbosity());
    let result = dispatch(cli.verb, &mut terminal).and_then(|exit| {
        terminal.flush()?;
        Ok(exit)
    });
    match result {
        Ok(exit) => exit,
        Err(failure) => failure.report(&mut terminal),
    }
}

fn dispatch(verb: Verb, terminal: &mut Terminal) -> Result<Exit, Failure> {
    match verb {
        Verb::Check(args) => check::run(&args, terminal),
        Verb::Compile(args) => compile::run(&args, terminal),
        Verb::Diff(args) => diff::run(&args, terminal),
        Verb::Apply(args) => apply::run(&args, terminal),
        Verb::Fmt(args) => fmt::run(&args, terminal),
        Verb::Judge(args) => judge::run(&args, terminal),
        Verb::Explain(args) => explain::run(&args, terminal),
        Verb::Schema(args) => schema::run(&args, terminal),
        Verb::Pfsense(args) => pfsense::run(&args, terminal),
        Verb::Completion(args) => completion::run(&args, terminal),
        Verb::Man(args) => man::run(&args, terminal),
        Verb::Version(args) => version::run(&args, terminal),
    }
}

/// The verb that people mean who know another tool's word for it.
fn meant(error: &clap::Error) -> Option<&'static str> {
    let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand) else { return None };
    match word.as_str() {
        "validate" | "lint" | "verify" => Some("check"),
        "plan" | "preview" => Some("diff"),
        "format" => Some("fmt"),
        "completions" => Some("completion"),
        _ => None,
    }
}

/// Help and version are data; a command line that makes no sense is a usage error.
fn misunderstood(error: &clap::Error) -> Exit {
    let mut terminal = Terminal::new(terminal::ColorChoice::Auto, terminal::Verbosity::Normal);
    let mut text = error.render().ansi().to_string();
    if let Some(verb) = meant(error) {
        text.push_str(&format!("{}: the verb is called `{verb}`\n", Styled(style::HINT, "hint")));
    }
    let result = if error.use_stderr() {
        terminal.talk(&text).map(|()| Exit::Usage)
    } else {
        terminal.data(&text).and_then(|()| terminal.flush()).map(|()| Exit::Done)
    };
    result.unwrap_or_else(|failure| failure.report(&mut terminal))
}
