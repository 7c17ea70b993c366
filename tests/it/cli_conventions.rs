//! What holds for every verb: exit codes, colour, pipes, the environment, generated texts.

use std::io::Read as _;
use std::process::{Command, Stdio};

use crate::tool::{Scratch, finish, run};
use metalsense::cli::exit::Exit;

#[test]
fn the_exit_codes_are_in_the_help_and_in_the_manual() {
    let help = run(["--help"]).out;
    let manual = run(["man"]).out;
    for (code, meaning) in Exit::TABLE {
        assert!(help.contains(&format!("{code:>3}  {meaning}")), "{code} in the help");
        let first = meaning.split([',', ';', '`', ':']).next().unwrap_or(meaning).replace('-', "\\-");
        assert!(manual.contains(&first), "{code} in the manual: {first}");
    }
}

#[test]
fn a_command_line_without_sense_is_64() {
    for args in [&["bogus"][..], &["version", "--bogus"], &["pfsense"], &["-v", "-q", "version"], &[]] {
        let run = run(args);
        assert_eq!((run.code, run.out.as_str()), (64, ""), "{args:?}");
        assert!(!run.err.is_empty(), "{args:?}");
    }
}

#[test]
fn words_of_other_tools_are_answered() {
    insta::assert_snapshot!(run(["validate"]).err, @r#"
    error: unrecognized subcommand 'validate'

    Usage: metalsense [OPTIONS] <COMMAND>

    For more information, try '--help'.
    hint: the verb is called `check`
    "#);
}

#[test]
fn help_and_version_are_data() {
    for args in [&["--help"][..], &["-h"], &["--version"], &["pfsense", "lint", "--help"]] {
        let run = run(args);
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{args:?}");
        assert!(!run.out.is_empty(), "{args:?}");
    }
}

#[test]
fn colour_is_for_those_who_want_it() {
    let colored = |variables: &[(&str, &str)], args: &[&str]| {
        let scratch = Scratch::new();
        scratch.write("config.xml", "<pfsense>");
        let run = finish(scratch.command().envs(variables.iter().copied()).args(args).args([
            "pfsense",
            "lint",
            "config.xml",
        ]));
        run.out.contains('\u{1b}')
    };
    assert!(!colored(&[], &[]), "a pipe gets none");
    assert!(colored(&[("CLICOLOR_FORCE", "1")], &[]));
    assert!(colored(&[("FORCE_COLOR", "1")], &[]));
    assert!(!colored(&[("FORCE_COLOR", "1"), ("NO_COLOR", "1")], &[]));
    assert!(colored(&[("NO_COLOR", "1")], &["--color", "always"]));
    assert!(!colored(&[("FORCE_COLOR", "1")], &["--color", "never"]));
    assert!(colored(&[("METALSENSE_COLOR", "always")], &[]));
}

#[test]
fn the_environment_sets_flags_and_flags_win() {
    let version = |variables: &[(&str, &str)], args: &[&str]| {
        let scratch = Scratch::new();
        finish(scratch.command().envs(variables.iter().copied()).arg("version").args(args)).out
    };
    assert!(version(&[("METALSENSE_OUTPUT", "json")], &[]).starts_with('{'));
    assert!(!version(&[("METALSENSE_OUTPUT", "json")], &["-o", "human"]).starts_with('{'));
    assert!(!version(&[("METALSENSE_OUTPUT", "")], &[]).starts_with('{'), "empty is none");
}

#[test]
fn a_reader_that_has_seen_enough_is_success() {
    // Far more than a pipe holds, so that the writer is still writing when the reader leaves.
    let scratch = Scratch::new();
    let entry = format!("<item><name>{}</name></item>", "x".repeat(1000));
    let big = format!("<pfsense><version>23.9</version><a>{}</a></pfsense>", entry.repeat(500));
    scratch.write("big.xml", &big);
    for args in [&["pfsense", "normalize", "big.xml"][..], &["schema"], &["completion", "bash"]] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_metalsense"))
            .args(args)
            .current_dir(scratch.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("starts");
        let mut first = [0; 16];
        let mut out = child.stdout.take().expect("piped");
        out.read_exact(&mut first).expect("something is printed");
        drop(out);
        let end = child.wait_with_output().expect("ends");
        assert_eq!(end.status.code(), Some(0), "{args:?}");
        assert_eq!(String::from_utf8_lossy(&end.stderr), "", "{args:?}");
    }
}

#[test]
fn generated_texts_are_the_committed_ones() {
    for (args, name) in [
        (&["schema"][..], "network.schema.json"),
        (&["schema", "network"], "network.schema.json"),
        (&["schema", "crd"], "network.crd.yaml"),
    ] {
        let path = format!("{}/schemas/{name}", env!("CARGO_MANIFEST_DIR"));
        let committed = std::fs::read_to_string(&path).expect("committed");
        let words = args.join(" ");
        assert!(run(args).out == committed, "renew it with `cargo run -- {words} > schemas/{name}`");
    }
}

#[test]
fn completions_know_every_verb() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = run(["completion", shell]).out;
        for verb in ["schema", "pfsense", "frr-conf", "completion"] {
            assert!(script.contains(verb), "{shell}: {verb}");
        }
    }
}

#[test]
fn the_manual_has_a_page_for_each_verb() {
    let scratch = Scratch::new();
    let run = scratch.run(["man", "--out", "pages"]);
    assert_eq!(run.code, 0, "{}", run.err);
    for page in ["metalsense.1", "metalsense-schema.1", "metalsense-pfsense-frr-conf.1"] {
        assert!(scratch.read(&format!("pages/{page}")).contains(".TH "), "{page}");
    }
    assert!(scratch.read("pages/metalsense.1").contains("Exit codes"));
}
