//! `metalsense check`.

use serde_json::Value;

use crate::tool::{HOMELAB, Scratch, finish, with_password};

#[test]
fn a_sound_network_is_one_line() {
    let scratch = Scratch::new();
    scratch.write("network.yaml", HOMELAB);
    let run = scratch.run(["check"]);
    assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (0, "network homelab is sound\n", ""));
    let run = scratch.run(["check", "-v"]);
    assert!(run.out.contains("metallb 0.15.2"), "what is assumed is said on request: {}", run.out);
    assert!(run.err.contains("read network.yaml"), "{}", run.err);
}

#[test]
fn every_mistake_is_said_in_one_run_with_its_place() {
    let scratch = Scratch::new();
    let text = HOMELAB.replace("asn: edge", "asn: egde").replace("192.168.32.0/24", "192.168.4.0/24");
    scratch.write("network.yaml", &text);
    let run = scratch.run(["check"]);
    insta::assert_snapshot!(run.out, @r#"
    error[asn-unknown]: peer `pfsense`: there is no ASN called `egde`
      --> network.yaml:16:12
       |
    16 |       asn: egde
       |            ^^^^
       |
       = help: did you mean `edge`?

    error[pool-holds-host]: pool `web`: 192.168.4.0/24 holds 192.168.4.4 of node `master.example.net`, and 1 more addresses in use
      --> network.yaml:21:19
       |
    12 |     - { name: master.example.net, address: 192.168.4.4 }
       |                                            ----------- node `master.example.net`
    ...
    21 |       addresses: [192.168.4.0/24]
       |                   ^^^^^^^^^^^^^^
       |
       = help: take it out: the host would lose its address to a service

    2 errors
    "#);
    assert_eq!((run.code, run.err.as_str()), (3, ""));
}

#[test]
fn a_broken_text_is_a_finding_too() {
    let scratch = Scratch::new();
    for text in ["a: [", "\u{0}", "kind: Network\nkind: Network\n", "- *alias\n", ""] {
        scratch.write("network.yaml", text);
        let run = scratch.run(["check", "-o", "json"]);
        assert_eq!((run.code, run.err.as_str()), (3, ""), "{text:?}: {}", run.out);
        let document: Value = serde_json::from_str(&run.out).expect("JSON");
        assert_eq!(document["verdict"], "invalid", "{text:?}");
    }
    std::fs::write(scratch.file("network.yaml"), b"a: \xff\n").expect("written");
    assert_eq!(scratch.run(["check"]).code, 3);
}

#[test]
fn several_files_are_checked_against_each_other() {
    let scratch = Scratch::new();
    scratch.write("net/a.yaml", HOMELAB);
    scratch.write("net/b.yaml", HOMELAB);
    let run = scratch.run(["check", "-f", "net"]);
    assert_eq!(run.code, 3);
    assert!(run.out.contains("net/a.yaml:") && run.out.contains("net/b.yaml:"), "{}", run.out);
    let both = format!("{HOMELAB}---\n{HOMELAB}");
    let run = finish(scratch.command().args(["check", "-f", "-"]).write_stdin(both));
    assert_eq!(run.code, 3);
    assert!(run.out.contains("<stdin>:"), "{}", run.out);
    let run = scratch.run(["check", "-f", "-", "-f", "-"]);
    assert_eq!(run.code, 64);
}

#[test]
fn every_format_says_the_same() {
    let scratch = Scratch::new();
    scratch.write("network.yaml", &HOMELAB.replace("asn: edge", "asn: egde"));
    for format in ["human", "json", "yaml", "markdown", "github", "sarif", "junit"] {
        let run = scratch.run(["check", "-o", format]);
        assert_eq!((run.code, run.err.as_str()), (3, ""), "{format}");
        assert!(run.out.contains("asn-unknown") && run.out.contains("network.yaml"), "{format}: {}", run.out);
    }
}

#[test]
fn severities_are_the_users_but_what_leaves_nothing_stays_an_error() {
    let scratch = Scratch::new();
    scratch.write("network.yaml", &HOMELAB.replace("asn: edge", "asn: egde"));
    assert_eq!(scratch.run(["check", "--severity", "asn-unknown=info"]).code, 3);
    scratch.write("network.yaml", HOMELAB);
    assert_eq!(scratch.run(["check", "--severity", "metallb-assumed=error"]).code, 3);
    assert_eq!(scratch.run(["check", "--severity", "metallb-assumed=warning"]).code, 0);
    assert_eq!(scratch.run(["check", "--strict", "--severity", "metallb-assumed=warning"]).code, 3);
}

#[test]
fn a_password_written_in_clear_is_refused_and_not_repeated() {
    let scratch = Scratch::new();
    for written in ["hunter2", "{ value: hunter2 }", "[hunter2]"] {
        scratch.write("network.yaml", &with_password(written));
        for format in ["human", "json", "yaml", "markdown", "github", "sarif", "junit"] {
            let run = scratch.run(["-v", "check", "-o", format]);
            assert_eq!(run.code, 3, "{written} {format}");
            assert!(!(run.out + &run.err).contains("hunter2"), "{written} {format}");
        }
    }
}
