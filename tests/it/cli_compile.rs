//! `metalsense compile`.

use std::os::unix::fs::PermissionsExt as _;

use crate::tool::{HOMELAB, Scratch, finish, with_password};

fn mode(scratch: &Scratch, name: &str) -> u32 {
    std::fs::metadata(scratch.file(name)).expect("there").permissions().mode() & 0o777
}

#[test]
fn both_sides_are_printed_with_the_names_of_their_files() {
    let scratch = Scratch::new();
    scratch.write("network.yaml", HOMELAB);
    let run = scratch.run(["compile"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    let heads: Vec<_> = run.out.lines().filter(|line| line.starts_with("==>")).collect();
    insta::assert_snapshot!(heads.join("\n"), @r#"
    ==> cluster/ipaddresspool-web.yaml <==
    ==> cluster/bgppeer-pfsense.yaml <==
    ==> cluster/bgpadvertisement-web.yaml <==
    ==> pfsense/fragment.xml <==
    ==> pfsense/frr.conf <==
    "#);
    for alias in ["build", "render"] {
        assert_eq!(scratch.run([alias]).out, run.out);
    }
}

#[test]
fn the_cluster_alone_is_a_stream_that_others_read() {
    let scratch = Scratch::new();
    scratch.write("network.yaml", HOMELAB);
    let stream = scratch.run(["compile", "--target", "cluster"]).out;
    let judged = finish(scratch.command().args(["judge", "-"]).write_stdin(stream));
    assert_eq!(judged.code, 0, "{}", judged.out);
    let run = scratch.run(["compile", "--target", "moon"]);
    assert_eq!((run.code, run.out.as_str()), (64, ""));
}

#[test]
fn files_are_written_once() {
    let scratch = Scratch::new();
    scratch.write("network.yaml", HOMELAB);
    let run = scratch.run(["compile", "--out", "build"]);
    assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (0, "", "build: 5 files written\n"));
    let conf = scratch.read("build/pfsense/frr.conf");
    assert!(conf.contains("router bgp 64501"), "{conf}");
    let fragment = scratch.read("build/pfsense/fragment.xml");
    assert!(fragment.contains("NEVER restore"), "the fragment warns of itself");
    assert_eq!(mode(&scratch, "build/pfsense/frr.conf"), 0o644);
    let run = scratch.run(["compile", "--out", "build"]);
    assert_eq!(run.err, "build: nothing changed\n");

    scratch.write("build/cluster/other.txt", "not ours");
    scratch.write("network.yaml", &HOMELAB.replace("name: web", "name: db"));
    let run = scratch.run(["compile", "--out", "build"]);
    insta::assert_snapshot!(run.err, @r#"
    build/cluster/bgpadvertisement-web.yaml: is not made any more, and was left
    build/cluster/ipaddresspool-web.yaml: is not made any more, and was left
    build: 2 files written
    "#);
    assert_eq!(scratch.read("build/cluster/other.txt"), "not ours");
}

#[test]
fn what_is_not_sound_is_not_compiled() {
    let scratch = Scratch::new();
    scratch.write("network.yaml", &HOMELAB.replace("asn: edge", "asn: egde"));
    for args in
        [&["compile"][..], &["compile", "--out", "build"], &["compile", "--severity", "asn-unknown=ignore"]]
    {
        let run = scratch.run(args);
        assert_eq!((run.code, run.out.as_str()), (3, ""), "{args:?}");
        assert!(run.err.contains("nothing was compiled"), "{args:?}: {}", run.err);
    }
    assert!(!scratch.file("build").exists());
}

#[test]
fn passwords_are_in_files_for_their_owner_and_on_no_screen() {
    let scratch = Scratch::new();
    scratch.write("network.yaml", &with_password("{ env: BGP_PASSWORD }"));
    let compile =
        |args: &[&str]| finish(scratch.command().env("BGP_PASSWORD", "hunter2").arg("compile").args(args));
    let run = compile(&["-v"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(!(run.out + &run.err).contains("hunter2"));
    assert!(!compile(&[]).out.contains("aHVudGVyMg"), "nor in base64");
    assert!(compile(&["--show-secrets"]).out.contains("hunter2"));

    let run = compile(&["--out", "build", "-v"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(!(run.out + &run.err).contains("hunter2"));
    assert!(scratch.read("build/pfsense/frr.conf").contains("hunter2"));
    for name in ["build/pfsense/frr.conf", "build/pfsense/fragment.xml"] {
        assert_eq!(mode(&scratch, name), 0o600, "{name}");
    }
    assert_eq!(mode(&scratch, "build/cluster/ipaddresspool-web.yaml"), 0o644);
}

#[test]
fn a_password_file_is_found_beside_its_declaration() {
    let scratch = Scratch::new();
    scratch.write("net/network.yaml", &with_password("{ file: bgp.txt }"));
    scratch.write("net/bgp.txt", "hunter2\n");
    let run = scratch.run(["compile", "-f", "net", "--target", "pfsense", "--show-secrets"]);
    assert!(run.out.contains(" password hunter2\n"), "{}{}", run.out, run.err);
    std::fs::remove_file(scratch.file("net/bgp.txt")).expect("removed");
    let run = scratch.run(["compile", "-f", "net", "--show-secrets"]);
    assert_eq!((run.code, run.out.as_str()), (1, ""));
    assert!(run.err.contains("net/bgp.txt"), "{}", run.err);
}

#[test]
fn several_networks_have_a_folder_each() {
    let scratch = Scratch::new();
    scratch.write("a.yaml", HOMELAB);
    let other =
        HOMELAB.replace("homelab", "branch").replace("192.168.", "172.16.").replace("name: web", "name: far");
    scratch.write("b.yaml", &other);
    let run = scratch.run(["compile", "-f", "a.yaml", "-f", "b.yaml", "--out", "build"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(scratch.file("build/homelab/cluster").is_dir() && scratch.file("build/branch/pfsense").is_dir());
}

#[test]
fn beside_a_snapshot_the_whole_config_xml_is_made() {
    let scratch = Scratch::with_example("homelab");
    let before = scratch.tree("live");
    let run = scratch.run(["compile", "--live", "live", "--out", "build"]);
    assert_eq!((run.code, run.err.as_str()), (0, "build: 6 files written\n"));
    assert_eq!(mode(&scratch, "build/pfsense/config.xml"), 0o600);
    assert_eq!(scratch.tree("live"), before, "the snapshot is read alone");
    let lint = scratch.run(["pfsense", "lint", "build/pfsense/config.xml"]);
    assert_eq!(lint.code, 0, "{}", lint.out);
    // It is the file that an apply would leave, but for the random password.
    assert_eq!(scratch.run(["apply", "--live", "live", "--yes"]).code, 0);
    let blank = |name: &str| {
        let text = scratch.read(name);
        let lines = text.lines().filter(|line| !line.contains("<password><![CDATA["));
        lines.collect::<Vec<_>>().join("\n")
    };
    assert_eq!(blank("build/pfsense/config.xml"), blank("live/pfsense/config.xml"));
    // Compiled again beside what is applied, it is that file to the byte.
    let run = scratch.run(["compile", "--live", "live", "--out", "again"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(scratch.read("again/pfsense/config.xml"), scratch.read("live/pfsense/config.xml"));
}

#[test]
fn a_whole_config_xml_needs_the_same_consent_as_an_apply() {
    let scratch = Scratch::with_example("homelab-existing");
    let run = scratch.run(["compile", "--live", "live", "--out", "build"]);
    assert_eq!((run.code, run.out.as_str()), (6, ""));
    assert!(
        run.err.contains("error[needs-adoption]") && run.err.ends_with("nothing was written\n"),
        "{}",
        run.err
    );
    assert!(!scratch.file("build").exists());
    let run = scratch.run(["compile", "--live", "live", "--out", "build", "--adopt"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(scratch.read("build/pfsense/config.xml").contains("[ms:homelab]"));
    // Without files nothing needs consent.
    let run = scratch.run(["compile", "--live", "live"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(!run.out.contains("not-used-by-anything"));
}

#[test]
fn no_config_xml_is_made_from_a_redacted_snapshot() {
    let scratch = Scratch::with_example("homelab");
    scratch.change("live/snapshot.yaml", "redacted: false", "redacted: true");
    let run = scratch.run(["compile", "--live", "live", "--out", "build"]);
    insta::assert_snapshot!(run.err, @r"
    live: is redacted, so that no config.xml is made from it
    build: 5 files written
    ");
    assert_eq!(run.code, 0);
    assert!(!scratch.file("build/pfsense/config.xml").exists());
}
