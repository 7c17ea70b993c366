//! The README: what it shows is what the program prints.

use std::path::Path;

use crate::tool::{Scratch, finish};

/// One command of a `console` block and what stands below it.
struct Shown {
    command: String,
    output: Vec<String>,
}

fn shown(readme: &str) -> Vec<Shown> {
    let blocks = readme.split("```console\n").skip(1).filter_map(|rest| rest.split("\n```").next());
    let mut all: Vec<Shown> = Vec::new();
    for block in blocks {
        for line in block.lines() {
            match (line.strip_prefix("$ "), all.last_mut()) {
                (Some(command), _) => all.push(Shown { command: command.to_owned(), output: Vec::new() }),
                (None, Some(last)) => last.output.push(line.to_owned()),
                (None, None) => panic!("output before any command: {line}"),
            }
        }
    }
    all
}

/// Whether lines are the printed ones; `...` stands for any number of them.
fn fits(shown: &[String], printed: &[&str]) -> bool {
    match shown.split_first() {
        None => printed.is_empty(),
        Some((line, rest)) if line == "..." => (0..=printed.len()).any(|skip| fits(rest, &printed[skip..])),
        Some((line, rest)) => {
            printed.split_first().is_some_and(|(p, others)| p == line && fits(rest, others))
        }
    }
}

#[test]
fn shows_what_the_program_prints() {
    let readme = include_str!("../../README.md");
    let scratch = Scratch::with_example("homelab");
    let program = Path::new(env!("CARGO_BIN_EXE_metalsense")).parent().expect("a folder");
    let commands = shown(readme);
    assert!(commands.len() >= 6);
    for Shown { command, output } in commands {
        let mut shell = assert_cmd::Command::new("bash");
        shell.current_dir(scratch.path()).env_clear();
        shell.env("PATH", format!("{}:/usr/bin:/bin", program.display()));
        let run = finish(shell.args(["-c", &command]));
        let printed = format!("{}{}", run.out, run.err);
        let printed: Vec<&str> = printed.lines().collect();
        assert!(
            fits(&output, &printed),
            "$ {command}\n{}\nis shown as\n{}",
            printed.join("\n"),
            output.join("\n")
        );
    }
}

#[test]
fn names_every_verb() {
    let readme = include_str!("../../README.md");
    for verb in metalsense::cli::args::command().get_subcommands() {
        let name = verb.get_name();
        let minor = ["completion", "man", "version"];
        assert!(minor.contains(&name) || readme.contains(&format!("`metalsense {name}")), "{name}");
    }
}
