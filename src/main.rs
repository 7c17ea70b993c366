//! The `metalsense` command: hands the arguments to the library and the result to the shell.

use std::process::ExitCode;

fn main() -> ExitCode {
    metalsense::cli::run(std::env::args_os()).into()
}
