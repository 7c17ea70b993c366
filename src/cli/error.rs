//! From a library's error to a message, hints and an exit code.
//!
//! Every error is converted here and nowhere else, so that the same fault ends with the same code
//! whichever verb meets it.

use std::fmt;
use std::io;
use std::path::Path;

use super::exit::Exit;
use super::terminal::Terminal;
use crate::compile::files::OutputError;
use crate::pfsense::xml::{ChangeError, SpliceError};
use crate::report::style::{self, Styled};

/// Why a verb could not do its work.
#[derive(Debug)]
pub struct Failure {
    exit: Exit,
    /// With the chain of its causes; nothing where everything has been said.
    error: Option<anyhow::Error>,
    hints: Vec<String>,
}

impl Failure {
    /// A failure with its own words.
    pub fn new(exit: Exit, message: impl fmt::Display + fmt::Debug + Send + Sync + 'static) -> Self {
        Failure { exit, error: Some(anyhow::Error::msg(message)), hints: Vec::new() }
    }

    /// A failure whose words are those of an error and its causes.
    pub fn because(exit: Exit, error: impl Into<anyhow::Error>) -> Self {
        Failure { exit, error: Some(error.into()), hints: Vec::new() }
    }

    /// Puts an object in front of the words.
    #[must_use]
    pub fn about(mut self, object: impl fmt::Display + Send + Sync + 'static) -> Self {
        self.error = self.error.map(|error| error.context(object));
        self
    }

    /// Says what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The command line makes no sense.
    pub fn usage(message: impl fmt::Display + fmt::Debug + Send + Sync + 'static) -> Self {
        Failure::new(Exit::Usage, message)
    }

    /// A guard refused.
    pub fn refused(message: impl fmt::Display + fmt::Debug + Send + Sync + 'static) -> Self {
        Failure::new(Exit::Refused, message)
    }

    /// A file could not be read or written.
    pub fn file(path: &Path, error: io::Error) -> Self {
        Failure::because(Exit::Failed, error).about(path.display().to_string())
    }

    /// Whether it is only that nobody reads the output any more.
    pub fn is_closed_pipe(&self) -> bool {
        self.exit == Exit::Done && self.error.is_none()
    }

    /// Says what there is to say and gives the code.
    pub fn report(self, terminal: &mut Terminal) -> Exit {
        let mut text = String::new();
        if let Some(error) = &self.error {
            let mut words: Vec<String> = Vec::new();
            for cause in error.chain().map(ToString::to_string) {
                // Many errors say their cause themselves.
                if words.last().is_none_or(|last| !last.ends_with(&cause)) {
                    words.push(cause);
                }
            }
            text = format!("{}: {}\n", Styled(style::ALARM, "error"), style::printable(&words.join(": ")));
        }
        for hint in &self.hints {
            text.push_str(&format!("{}: {}\n", Styled(style::HINT, "hint"), style::printable(hint)));
        }
        // Nobody is left to hear that standard error is closed.
        let _ = terminal.talk(&text);
        self.exit
    }
}

impl From<OutputError> for Failure {
    fn from(error: OutputError) -> Self {
        Failure::because(Exit::Failed, error)
            .hint("this is a fault of metalsense; please report it with the declaration")
    }
}

impl From<ChangeError> for Failure {
    fn from(error: ChangeError) -> Self {
        Failure::because(Exit::Findings, error)
    }
}

impl From<SpliceError> for Failure {
    fn from(error: SpliceError) -> Self {
        match error {
            SpliceError::Internal => Failure::because(Exit::Failed, error)
                .hint("this is a fault of metalsense; please report it with the change"),
            error => Failure::because(Exit::Findings, error),
        }
    }
}

/// A broken pipe on output is success: whoever reads has seen enough. Other faults are ours.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Failure { exit: Exit::Done, error: None, hints: Vec::new() };
        }
        Failure::because(Exit::Failed, error).about("standard output")
    }
}
