//! `metalsense fmt`.

use crate::tool::{Scratch, finish};

const UNTIDY: &str =
    "apiVersion: metalsense.dev/v1alpha1\nkind:   Network # ours\nmetadata:\n    name: 'homelab'\n";
const TIDY: &str = "apiVersion: metalsense.dev/v1alpha1\nkind: Network  # ours\nmetadata:\n  name: homelab\n";

#[test]
fn a_file_is_rewritten_once() {
    let scratch = Scratch::new();
    scratch.write("network.yaml", UNTIDY);
    let run = scratch.run(["fmt", "--check"]);
    assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (3, "network.yaml\n", ""));
    assert_eq!(scratch.read("network.yaml"), UNTIDY, "--check changes nothing");
    let run = scratch.run(["fmt"]);
    assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (0, "", "formatted network.yaml\n"));
    assert_eq!(scratch.read("network.yaml"), TIDY);
    let run = scratch.run(["fmt"]);
    assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (0, "", ""));
    assert_eq!(scratch.run(["fmt", "--check"]).code, 0);
}

#[test]
fn standard_input_goes_to_standard_output() {
    let run = finish(Scratch::new().command().args(["fmt", "-f", "-"]).write_stdin(UNTIDY));
    assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (0, TIDY, ""));
}

#[test]
fn folders_are_read_and_what_cannot_be_parsed_is_left() {
    let scratch = Scratch::new();
    scratch.write("net/a.yaml", UNTIDY);
    scratch.write("net/b.yaml", "a: [1\n");
    scratch.write("net/live/c.yaml", UNTIDY);
    let run = scratch.run(["fmt", "-f", "net"]);
    assert_eq!((run.code, run.out.as_str()), (3, ""));
    assert!(run.err.contains("net/b.yaml:") && run.err.contains("formatted net/a.yaml"), "{}", run.err);
    assert_eq!(scratch.read("net/b.yaml"), "a: [1\n");
    assert_eq!(scratch.read("net/live/c.yaml"), UNTIDY, "folders below are somebody else's");
}

#[test]
fn what_is_not_there_is_said() {
    let scratch = Scratch::new();
    let run = scratch.run(["fmt"]);
    insta::assert_snapshot!(run.err, @r#"
    error: no declaration is named, and there is no network.yaml here
    hint: name one with -f FILE
    "#);
    assert_eq!(run.code, 64);
    let run = scratch.run(["fmt", "-f", "missing.yaml"]);
    insta::assert_snapshot!(run.err, @"error: missing.yaml: No such file or directory (os error 2)");
    assert_eq!(run.code, 1);
    std::fs::create_dir(scratch.file("empty")).expect("made");
    let run = scratch.run(["fmt", "-f", "empty"]);
    insta::assert_snapshot!(run.err, @"error: empty: no *.yaml or *.yml file in this folder");
    assert_eq!(run.code, 1);
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link_and_the_mode_stays() {
    use std::os::unix::fs::PermissionsExt as _;
    let scratch = Scratch::new();
    scratch.write("real.yaml", UNTIDY);
    std::fs::set_permissions(scratch.file("real.yaml"), std::fs::Permissions::from_mode(0o640)).expect("set");
    std::os::unix::fs::symlink("real.yaml", scratch.file("link.yaml")).expect("linked");
    assert_eq!(scratch.run(["fmt", "-f", "link.yaml"]).code, 0);
    assert!(scratch.file("link.yaml").is_symlink());
    assert_eq!(scratch.read("real.yaml"), TIDY);
    let mode = std::fs::metadata(scratch.file("real.yaml")).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
}
