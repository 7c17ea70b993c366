//! The `metalsense` command: hands the arguments to the library and the result to the shell.

fn main() {}
