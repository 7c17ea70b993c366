//! The exit codes.

/// How a run ended. The numbers are a promise to scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Nothing to do, or done.
    Done = 0,
    /// The tool, a file or the network failed.
    Failed = 1,
    /// `diff --exit-code` found changes.
    Changes = 2,
    /// There are findings at error level.
    Findings = 3,
    /// A guard refused.
    Refused = 6,
    /// The command line makes no sense.
    Usage = 64,
    /// Stopped by the user.
    Interrupted = 130,
}

impl Exit {
    /// Every code in use with its meaning, as the help and the man page show it.
    pub const TABLE: [(u8, &'static str); 9] = [
        (Exit::Done as u8, "nothing to do, or done; also when the reader of the output went away"),
        (Exit::Failed as u8, "the tool failed: a file that cannot be read or written, no network"),
        (Exit::Changes as u8, "`diff --exit-code` succeeded and there are changes"),
        (Exit::Findings as u8, "findings at error level, also content that cannot be parsed"),
        (4, "reserved: applied, not verified, and rolled back"),
        (5, "reserved: applied, not verified, and not rolled back"),
        (
            Exit::Refused as u8,
            "refused by a guard: consent, ownership, limits, stale state, no terminal to ask on",
        ),
        (Exit::Usage as u8, "the command line makes no sense"),
        (Exit::Interrupted as u8, "stopped by the user"),
    ];

    /// The table as text, one code a line.
    pub fn table() -> String {
        let lines = Exit::TABLE.map(|(code, meaning)| format!("  {code:>3}  {meaning}\n"));
        format!("Exit codes:\n{}", lines.concat())
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        std::process::ExitCode::from(exit as u8)
    }
}
