//! The PHP program in the forms that the ways to a firewall want it in.
//!
//! The program itself is `templates/pfsense/program.php`. It is sent along with every request, so
//! that nothing of ours stays on the firewall.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;

use super::protocol::Request;

/// The program, without the opening tag.
const PROGRAM: &str = include_str!("../../../templates/pfsense/program.php");

/// pfSense's own files that every script of its loads first. What they print is thrown away.
const PRELUDE: &str = "ob_start();\nrequire_once 'config.inc';\nrequire_once 'functions.inc';\n";

/// Stands in front of the line that holds an answer, and tells it from what else was printed.
pub const MARK: &str = "metalsense-answer:";

/// The name of the variable that holds the request; a key that runs a program of its own finds the
/// request by it.
const VARIABLE: &str = "$metalsense_request";

/// What a key may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// To read.
    Read,
    /// To read, and to compare and set.
    Apply,
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Role::Read => "read",
            Role::Apply => "apply",
        }
    }
}

/// For `exec_php`, which evaluates it inside of a method and has loaded pfSense's files.
pub fn for_exec_php(request: &Request) -> String {
    format!("{PROGRAM}$toreturn = Metalsense::run('apply', '{}');\n", request.encode())
}

/// For `php` on a shell.
pub fn for_shell(request: &Request) -> String {
    let deliver = deliver("'apply'", VARIABLE);
    format!("<?php\n{VARIABLE} = '{}';\n{PRELUDE}{PROGRAM}{deliver}", request.encode())
}

/// The command that a key is bound to. It holds the whole program, so that whoever has the key can
/// run nothing else, whatever is sent; of what comes in only the request is used.
pub fn forced_command(role: Role) -> String {
    let take = format!(
        "preg_match('/^\\{VARIABLE} = .([A-Za-z0-9+\\/=]*).;$/m', stream_get_contents(STDIN), $found);\n"
    );
    let deliver = deliver(&format!("'{}'", role.name()), "$found[1] ?? ''");
    let packed = pack(&format!("{PRELUDE}{take}{PROGRAM}{deliver}"));
    format!(r#"{SHELL_PHP} -r 'eval(gzinflate(base64_decode("{packed}")));'"#)
}

/// PHP wherever it is: an ssh command has a short search path.
pub(super) const SHELL_PHP: &str =
    "/usr/bin/env PATH=/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin php";

fn deliver(role: &str, request: &str) -> String {
    format!(
        "$metalsense_answer = Metalsense::run({role}, {request});\n\
         while (ob_get_level() > 0) {{\n    ob_end_clean();\n}}\n\
         echo \"\\n{MARK}\", $metalsense_answer, \"\\n\";\n"
    )
}

/// PHP's `gzinflate` wants the bare deflate stream.
fn pack(text: &str) -> String {
    let mut packer = flate2::write::DeflateEncoder::new(Vec::new(), Compression::best());
    // Writing into memory does not fail.
    let packed = packer.write_all(text.as_bytes()).and_then(|()| packer.finish());
    STANDARD.encode(packed.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_needs_no_opening_tag_and_quotes_nothing_away() {
        assert!(!PROGRAM.contains("<?") && !PROGRAM.contains("?>"));
        let command = forced_command(Role::Read);
        assert_eq!(command.matches('\'').count(), 2);
        assert!(command.is_ascii() && !command.contains('\n'));
    }
}
