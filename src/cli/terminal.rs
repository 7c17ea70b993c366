//! Standard output, standard error, colour and questions.
//!
//! Standard output carries data and nothing else; standard error carries talk. Text comes with ANSI
//! colours in it, and a stream that wants none strips them.

use std::io::{self, BufRead as _, IsTerminal as _, Write};

use anstream::AutoStream;

use super::error::Failure;

/// Whether to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ColorChoice {
    /// On a terminal that can, unless the environment says otherwise.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How much talk there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Errors alone.
    Quiet,
    /// What matters.
    #[default]
    Normal,
    /// What is done as well.
    Verbose,
}

/// The streams of one run.
pub struct Terminal {
    out: AutoStream<Box<dyn Write>>,
    err: AutoStream<Box<dyn Write>>,
    verbosity: Verbosity,
}

impl Terminal {
    /// The streams of this process.
    pub fn new(color: ColorChoice, verbosity: Verbosity) -> Self {
        let out = io::stdout();
        let err = io::stderr();
        let environment = |name: &str| std::env::var_os(name).and_then(|value| value.into_string().ok());
        let out_choice = choose(color, out.is_terminal(), environment);
        let err_choice = choose(color, err.is_terminal(), environment);
        Terminal {
            // Data may be large; talk is shown at once.
            out: AutoStream::new(Box::new(io::BufWriter::new(out)), out_choice),
            err: AutoStream::new(Box::new(err), err_choice),
            verbosity,
        }
    }

    /// Prints data.
    ///
    /// # Errors
    /// Standard output cannot be written; a broken pipe counts as success further up.
    pub fn data(&mut self, text: &str) -> Result<(), Failure> {
        Ok(self.out.write_all(text.as_bytes())?)
    }

    /// Prints data as it is: no byte is taken for a colour.
    ///
    /// # Errors
    /// As [`Terminal::data`].
    pub fn raw(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.out.flush()?;
        let mut out = io::stdout().lock();
        out.write_all(bytes)?;
        Ok(out.flush()?)
    }

    /// Prints data that a library gives as JSON.
    ///
    /// # Errors
    /// As [`Terminal::data`].
    pub fn json(&mut self, value: &serde_json::Value) -> Result<(), Failure> {
        self.data(&format!("{value:#}\n"))
    }

    /// Prints data as YAML.
    ///
    /// # Errors
    /// As [`Terminal::data`], and for values that YAML cannot hold.
    pub fn yaml(&mut self, value: &serde_json::Value) -> Result<(), Failure> {
        let text = serde_yaml::to_string(value)
            .map_err(|error| Failure::because(super::exit::Exit::Failed, error).about("writing YAML"))?;
        self.data(&text)
    }

    /// Says something that matters even with `--quiet`.
    ///
    /// # Errors
    /// Standard error cannot be written.
    pub fn talk(&mut self, text: &str) -> Result<(), Failure> {
        self.out.flush()?;
        Ok(self.err.write_all(text.as_bytes())?)
    }

    /// Says something unless `--quiet` is given.
    ///
    /// # Errors
    /// As [`Terminal::talk`].
    pub fn note(&mut self, text: &str) -> Result<(), Failure> {
        if self.verbosity >= Verbosity::Normal { self.talk(text) } else { Ok(()) }
    }

    /// Says something with `--verbose` only.
    ///
    /// # Errors
    /// As [`Terminal::talk`].
    pub fn detail(&mut self, text: &str) -> Result<(), Failure> {
        if self.verbosity >= Verbosity::Verbose { self.talk(text) } else { Ok(()) }
    }

    /// Prints no more data: nobody reads it.
    pub fn close_output(&mut self) {
        self.out = AutoStream::new(Box::new(io::sink()), anstream::ColorChoice::Never);
    }

    /// Whether more than usual is wanted.
    pub fn is_verbose(&self) -> bool {
        self.verbosity >= Verbosity::Verbose
    }

    /// Whether somebody is there who can be asked.
    pub fn can_ask(&self) -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// Asks; only `y` and `yes` mean yes.
    ///
    /// # Errors
    /// The terminal cannot be read or written.
    pub fn ask(&mut self, question: &str) -> Result<bool, Failure> {
        self.talk(&format!("{question} [y/N] "))?;
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer)?;
        Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
    }

    /// Sends what is buffered.
    ///
    /// # Errors
    /// As [`Terminal::data`].
    pub fn flush(&mut self) -> Result<(), Failure> {
        Ok(self.out.flush()?)
    }
}

/// `--color` wins; then `NO_COLOR`, then `CLICOLOR_FORCE` and `FORCE_COLOR`, then a dumb terminal;
/// what is left depends on whether the stream is a terminal. An empty variable says nothing.
fn choose(
    color: ColorChoice,
    is_terminal: bool,
    environment: impl Fn(&str) -> Option<String>,
) -> anstream::ColorChoice {
    let says = |name: &str| environment(name).filter(|value| !value.is_empty());
    let forced = |name: &str| says(name).is_some_and(|value| value != "0");
    let wanted = match color {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto if says("NO_COLOR").is_some() => false,
        ColorChoice::Auto if forced("CLICOLOR_FORCE") || forced("FORCE_COLOR") => true,
        ColorChoice::Auto => is_terminal && says("TERM").is_none_or(|term| term != "dumb"),
    };
    if wanted { anstream::ColorChoice::AlwaysAnsi } else { anstream::ColorChoice::Never }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_decides_about_colour() {
        use ColorChoice::{Always, Auto, Never};
        for (color, is_terminal, variables, expected) in [
            (Auto, true, &[][..], true),
            (Auto, false, &[], false),
            (Auto, true, &[("NO_COLOR", "1")], false),
            (Auto, true, &[("NO_COLOR", "")], true),
            (Auto, true, &[("TERM", "dumb")], false),
            (Auto, false, &[("CLICOLOR_FORCE", "1")], true),
            (Auto, false, &[("FORCE_COLOR", "1"), ("TERM", "dumb")], true),
            (Auto, false, &[("CLICOLOR_FORCE", "0")], false),
            (Auto, true, &[("NO_COLOR", "1"), ("FORCE_COLOR", "1")], false),
            (Always, false, &[("NO_COLOR", "1")], true),
            (Never, true, &[("FORCE_COLOR", "1")], false),
        ] {
            let environment =
                |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
            let chosen = choose(color, is_terminal, environment);
            assert_eq!(
                chosen == anstream::ColorChoice::AlwaysAnsi,
                expected,
                "{color:?} {is_terminal} {variables:?}"
            );
        }
    }
}
