//! The reference page of the command line, `docs/cli.md`: the help of every verb, compared with what the
//! program prints.

use clap::Command;

use crate::tool::run;

/// Renews the page instead of comparing it.
const RENEW: &str = "METALSENSE_RENEW_DOCS";

#[test]
fn the_reference_page_is_what_the_program_prints() {
    let mut page = String::from(
        "# Command line\n\nThe help of every verb, as the program prints it. A test compares this page with the program; renew it with\n\
         `METALSENSE_RENEW_DOCS=1 cargo test --test it cli_reference`.\n",
    );
    section(&metalsense::cli::args::command(), &[], &mut page);
    let path = format!("{}/docs/cli.md", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os(RENEW).is_some() {
        std::fs::write(&path, &page).expect("written");
    }
    let committed = std::fs::read_to_string(&path).expect("the page is committed");
    assert!(committed == page, "docs/cli.md is not what the program prints; renew it with {RENEW}=1");
}

fn section(command: &Command, above: &[&str], page: &mut String) {
    let mut words: Vec<&str> = above.to_vec();
    if !above.is_empty() || command.get_name() != "metalsense" {
        words.push(command.get_name());
    }
    let heading =
        if words.is_empty() { "metalsense".to_owned() } else { format!("metalsense {}", words.join(" ")) };
    let help = run(words.iter().copied().chain(["--help"]));
    assert_eq!(help.code, 0, "{heading}");
    let text: Vec<&str> = help.out.lines().map(str::trim_end).collect();
    page.push_str(&format!("\n## {heading}\n\n```text\n{}\n```\n", text.join("\n").trim_end()));
    for child in command.get_subcommands() {
        section(child, &words, page);
    }
}
