//! `metalsense apply`: the whole story on a snapshot.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use crate::examples::with_addresses;
use crate::tool::{Run, Scratch, example, finish};

fn apply(scratch: &Scratch, args: &[&str]) -> Run {
    scratch.run(["apply", "--live", "live"].iter().chain(args))
}

fn no_changes(scratch: &Scratch) {
    let run = scratch.run(["diff", "--live", "live", "--exit-code"]);
    assert_eq!((run.code, run.out.ends_with(": no changes\n")), (0, true), "{}{}", run.out, run.err);
}

/// What the lines of a text are, and how often each is there.
fn lines(text: &str) -> BTreeMap<&str, usize> {
    let mut lines = BTreeMap::new();
    for line in text.lines() {
        *lines.entry(line).or_default() += 1;
    }
    lines
}

/// Every line of `before` is in `after`, as often and in the same order.
fn keeps(before: &str, after: &str) {
    let mut rest = after.split_inclusive('\n');
    for line in before.split_inclusive('\n') {
        assert!(rest.any(|other| other == line), "{line:?} is gone or has moved");
    }
}

#[test]
fn consent_is_asked_for_and_needs_somebody_to_ask() {
    let scratch = Scratch::with_example("homelab");
    let before = scratch.tree("live");
    let run = apply(&scratch, &[]);
    assert_eq!(run.code, 6);
    assert!(run.out.contains("+ IPAddressPool metallb-system/metallb-pool"), "it is shown all the same");
    insta::assert_snapshot!(run.err, @r"
    error: there is no terminal to ask on, and nothing was applied
    hint: look at the changes, then pass --yes
    ");
    let piped = finish(scratch.command().args(["apply", "--live", "live"]).write_stdin("y\n"));
    assert_eq!(piped.code, 6, "a pipe is nobody");
    assert_eq!(scratch.tree("live"), before);
}

#[test]
fn a_second_apply_writes_nothing() {
    let scratch = Scratch::with_example("homelab");
    let config = scratch.read("live/pfsense/config.xml");
    let run = apply(&scratch, &["--yes", "-v"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let is_talk = |line: &&str| line.starts_with("read ") || line.starts_with("wrote ");
    let talk: Vec<&str> = run.err.lines().filter(is_talk).chain(run.err.lines().last()).collect();
    insta::assert_snapshot!(talk.join("\n"), @r"
    read network.yaml (1229 bytes)
    wrote live/pfsense/config.xml
    wrote live/cluster/ipaddresspool-metallb-pool.yaml
    wrote live/cluster/bgppeer-pfsense.yaml
    wrote live/cluster/bgpadvertisement-metallb-pool.yaml
    network homelab: applied, 4 files written
    ");
    keeps(&config, &scratch.read("live/pfsense/config.xml"));
    no_changes(&scratch);
    let before = scratch.tree("live");
    let run = apply(&scratch, &["--yes"]);
    assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (0, "network homelab: no changes\n", ""));
    assert_eq!(apply(&scratch, &[]).code, 0, "nothing to consent to");
    assert_eq!(scratch.tree("live"), before);
    let loads = scratch.run(["pfsense", "lint", "live/pfsense/config.xml"]);
    assert_eq!(loads.code, 0, "{}", loads.out);
}

#[test]
fn a_generated_password_is_random_and_stays() {
    let password = |scratch: &Scratch| {
        let config = scratch.read("live/pfsense/config.xml");
        let (_, rest) = config.split_once("<password><![CDATA[").expect("one is written");
        rest.split_once("]]>").expect("closed").0.to_owned()
    };
    let (one, two) = (Scratch::with_example("homelab"), Scratch::with_example("homelab"));
    for scratch in [&one, &two] {
        let run = apply(scratch, &["--yes", "--text", "-v"]);
        assert!(!(run.out + &run.err).contains(&password(scratch)), "it is not shown");
    }
    let first = password(&one);
    assert_eq!(first.len(), 24);
    assert_ne!(first, password(&two));
    one.change("network.yaml", "192.168.32.0/24", "192.168.34.0/24");
    assert_eq!(apply(&one, &["--yes"]).code, 0);
    assert_eq!(password(&one), first);
}

#[test]
fn what_was_made_by_hand_is_taken_over_with_consent() {
    let scratch = Scratch::with_example("homelab-existing");
    let uid = "  name: metallb-pool\n  uid: 11111111-aaaa-4bbb-8ccc-000000000000 # of the server\n";
    scratch.change("live/cluster/metallb.yaml", "  name: metallb-pool\n", uid);
    let before = scratch.tree("live");
    let (objects, config) =
        (scratch.read("live/cluster/metallb.yaml"), scratch.read("live/pfsense/config.xml"));
    let run = apply(&scratch, &["--yes"]);
    assert_eq!(run.code, 6);
    insta::assert_snapshot!(run.err, @r"

    error[needs-adoption]: 6 objects made by others would be taken over: neighbor 192.168.4.4 on pfsense, neighbor 192.168.4.10 on pfsense, neighbor 192.168.4.20 on pfsense, IPAddressPool metallb-system/metallb-pool, BGPPeer metallb-system/metallb-bgppeer-pfsense, BGPAdvertisement metallb-system/metallb-advertisment
     = help: look at the changes of fields, then apply again with --adopt

    nothing was applied
    ");
    assert_eq!(scratch.tree("live"), before);

    let run = apply(&scratch, &["--yes", "--adopt"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.err.ends_with("network homelab: applied, 2 files written\n"), "{}", run.err);
    no_changes(&scratch);
    // Nothing is made anew: names, uids, comments, and every line that was not ours to change.
    let after = scratch.read("live/cluster/metallb.yaml");
    keeps(&objects.replace("  localPref: 100\n", ""), &after);
    let after = scratch.read("live/pfsense/config.xml");
    let gone: Vec<_> = lines(&config)
        .into_iter()
        .filter(|(line, number)| lines(&after).get(line).copied().unwrap_or_default() < *number)
        .map(|(line, _)| line.trim().split(['<', '>']).nth(1).unwrap_or_default())
        .collect();
    assert_eq!(gone.iter().filter(|tag| **tag == "descr").count(), 3);
    for tag in gone {
        let ours = ["descr", "softreconfigurationinbound", "routemap_in", "routemap_out", "passive"];
        assert!(ours.contains(&tag), "{tag}");
    }
    assert!(after.contains("not-used-by-anything"), "the password of the terminals stays");
}

#[test]
fn a_redacted_snapshot_is_for_looking() {
    let scratch = Scratch::with_example("homelab");
    scratch.change("live/snapshot.yaml", "redacted: false", "redacted: true");
    let before = scratch.tree("live");
    assert_eq!(scratch.run(["diff", "--live", "live", "--exit-code"]).code, 2);
    let run = apply(&scratch, &["--yes"]);
    assert_eq!(run.code, 6);
    insta::assert_snapshot!(run.err, @r"
    error: live: is redacted, and what is written from it could never be restored
    hint: use it for diff only, and apply to the live sides
    ");
    assert_eq!(scratch.tree("live"), before);

    let scratch = Scratch::with_example("homelab");
    assert_eq!(apply(&scratch, &["--yes"]).code, 0);
    scratch.change("live/snapshot.yaml", "redacted: false", "redacted: true");
    assert_eq!(apply(&scratch, &["--yes"]).code, 0, "nothing differs, so nothing is refused");
}

#[test]
fn deletes_have_a_limit() {
    let scratch = Scratch::with_example("homelab");
    let nodes: String =
        (30..36).map(|n| format!("    - {{ name: n{n}.example.net, address: 192.168.4.{n} }}\n")).collect();
    scratch.change("network.yaml", "  peers:\n", &format!("{nodes}  peers:\n"));
    assert_eq!(apply(&scratch, &["--yes"]).code, 0);
    scratch.change("network.yaml", &nodes, "");
    let before = scratch.tree("live");
    let run = apply(&scratch, &["--yes"]);
    assert_eq!(run.code, 6);
    insta::assert_snapshot!(run.err, @r"

    error[too-many-deletes]: 6 deletes on pfsense, 5 are allowed
     = help: check the declaration; if it is meant, pass --max-deletes 6

    nothing was applied
    ");
    let network = scratch.read("network.yaml");
    scratch.write("network.yaml", &format!("{network}  policy:\n    maxDeletes: 0\n"));
    assert!(apply(&scratch, &["--yes"]).err.contains("6 deletes on pfsense, 0 are allowed"));
    assert_eq!(scratch.tree("live"), before);
    assert_eq!(apply(&scratch, &["--yes", "--max-deletes", "6"]).code, 0);
    no_changes(&scratch);
}

#[test]
fn a_declaration_that_wants_nothing_any_more_is_asked_about() {
    let scratch = Scratch::with_example("homelab");
    assert_eq!(apply(&scratch, &["--yes"]).code, 0);
    let network = scratch.read("network.yaml");
    let (start, _) = network.split_once("  peers:").expect("peers");
    let (start, _) = start.split_once("  # The addresses").expect("nodes");
    scratch.write("network.yaml", &format!("{start}  nodes: []\n  peers: []\n  pools: []\n"));
    let before = scratch.tree("live");
    let run = apply(&scratch, &["--yes"]);
    assert!([3, 6].contains(&run.code), "{}", run.err);
    assert_eq!(scratch.tree("live"), before);
}

#[test]
fn what_is_taken_off_leaves_everything_of_others() {
    let scratch = Scratch::with_example("homelab-existing");
    let foreign = "\t\t\t<config>\n\t\t\t\t<peer>203.0.113.9</peer>\n\t\t\t\t<descr><![CDATA[upstream &amp; co]]></descr>\n\t\t\t\t<asnum>64900</asnum>\n\t\t\t\t<password><![CDATA[theirs]]></password>\n\t\t\t</config>\n";
    scratch.change(
        "live/pfsense/config.xml",
        "\t\t</frrbgpneighbors>\n",
        &format!("{foreign}\t\t</frrbgpneighbors>\n"),
    );
    let lists = "\t\t<frrglobalprefixes>\n\t\t\t<config>\n\t\t\t\t<iptype>IPv4</iptype>\n\t\t\t\t<name>metalsense.other.fw.in</name>\n\t\t\t\t<row>\n\t\t\t\t\t<seq>10</seq>\n\t\t\t\t\t<action>permit</action>\n\t\t\t\t\t<source>10.9.0.0/24</source>\n\t\t\t\t</row>\n\t\t\t</config>\n\t\t</frrglobalprefixes>\n";
    scratch.change(
        "live/pfsense/config.xml",
        "\t</installedpackages>\n",
        &format!("{lists}\t</installedpackages>\n"),
    );
    assert_eq!(apply(&scratch, &["--yes", "--adopt"]).code, 0);
    let ours = scratch.read("live/pfsense/config.xml");
    assert!(ours.contains(foreign) && ours.contains("metalsense.homelab.pfsense.in"));

    scratch.change("network.yaml", "      pfsense: {}", "      absent: true\n      pfsense: {}");
    let run = apply(&scratch, &["--yes"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let left = scratch.read("live/pfsense/config.xml");
    assert!(!left.contains("homelab") && !left.contains("192.168.32.0"), "{left}");
    assert!(left.contains(foreign) && left.contains(lists), "{left}");
    assert!(!scratch.read("live/cluster/metallb.yaml").contains("BGPPeer"));
    no_changes(&scratch);
}

#[test]
fn a_neighbor_that_is_half_ours_is_repaired_or_left() {
    let scratch = Scratch::with_example("homelab");
    assert_eq!(apply(&scratch, &["--yes"]).code, 0);
    scratch.change("live/pfsense/config.xml", "k8snode1.k8s.example.net [ms:homelab]", "renamed by hand");
    let run = scratch.run(["diff", "--live", "live"]);
    assert!(
        run.err.contains("warning[neighbor-half-ours]: pfsense: neighbor 192.168.4.10 is declared"),
        "{}",
        run.err
    );
    assert!(run.out.contains("~ neighbor 192.168.4.10\n      descr:"), "{}", run.out);

    scratch.change("network.yaml", "    - { name: k8snode1.k8s.example.net, address: 192.168.4.10 }\n", "");
    let run = apply(&scratch, &["--yes"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.err.contains("it is left alone"), "{}", run.err);
    assert!(scratch.read("live/pfsense/config.xml").contains("renamed by hand"));
}

#[test]
fn another_cluster_under_the_same_name_is_refused() {
    let scratch = Scratch::with_example("homelab");
    assert_eq!(apply(&scratch, &["--yes"]).code, 0);
    scratch.change(
        "live/cluster/cluster.yaml",
        "0f6f6c0e-58c1-4a63-9d7e-3a5b0c9e4d10",
        "0f6f6c0e-58c1-4a63-9d7e-3a5b0c9e4d11",
    );
    let before = scratch.tree("live");
    let run = apply(&scratch, &["--yes"]);
    assert_eq!(run.code, 6);
    assert!(run.err.contains("error[other-cluster]: pfsense: prefix list metalsense.homelab.pfsense.in was made for another cluster (bb896d00, this one is "), "{}", run.err);
    assert_eq!(scratch.tree("live"), before);
}

#[test]
fn the_members_of_a_pair_have_a_file_each() {
    let scratch = Scratch::with_example("two-firewalls");
    let homelab = Scratch::with_example("homelab");
    for (member, address) in [("fw1", "10.20.0.2"), ("fw2", "10.20.0.3")] {
        let config = homelab.read("live/pfsense/config.xml");
        let own = with_addresses(&config, &[address.parse().expect("an address")]);
        scratch.write(&format!("live/edge/{member}/config.xml"), &own);
    }
    scratch.write("live/cluster/cluster.yaml", &homelab.read("live/cluster/cluster.yaml"));
    assert_eq!(apply(&scratch, &["--yes"]).code, 0);
    for (member, id) in [("fw1", "10.20.0.2"), ("fw2", "10.20.0.3")] {
        let config = scratch.read(&format!("live/edge/{member}/config.xml"));
        assert!(config.contains(&format!("<routerid>{id}</routerid>")), "{member}");
    }
    no_changes(&scratch);
    // One of the two drifts.
    scratch.change("live/edge/fw2/config.xml", "<passive>on</passive>", "<passive></passive>");
    let run = apply(&scratch, &["--yes"]);
    assert!(run.err.ends_with("network office: applied, 1 file written\n"), "{}", run.err);
    std::fs::remove_dir_all(scratch.file("live/edge/fw2")).expect("removed");
    let run = apply(&scratch, &["--yes"]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("must be called edge/fw2"), "{}", run.err);
}

#[test]
fn what_others_own_is_neither_compared_nor_written() {
    let scratch = Scratch::with_example("homelab");
    scratch.change("network.yaml", "    asn: k8s\n  #", "    asn: k8s\n    unmanaged: true\n  #");
    let run = apply(&scratch, &["--yes", "-v"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.err.contains("info[cluster-unmanaged]"), "{}", run.err);
    assert!(run.err.ends_with("applied, 1 file written\n"), "{}", run.err);
    assert_eq!(scratch.tree("live/cluster").len(), 1);

    let scratch = Scratch::with_example("homelab");
    scratch.change("network.yaml", "pfsense: {}", "unmanaged: {}");
    std::fs::remove_dir_all(scratch.file("live/pfsense")).expect("removed");
    let run = apply(&scratch, &["--yes"]);
    assert_eq!((run.code, scratch.tree("live/cluster").len()), (0, 4), "{}", run.err);
    no_changes(&scratch);
}

#[test]
fn objects_are_changed_where_they_are() {
    let scratch = Scratch::with_example("homelab-existing");
    assert_eq!(apply(&scratch, &["--yes", "--adopt"]).code, 0);
    let docs = scratch.read("live/cluster/metallb.yaml");
    let documents: Vec<&str> = docs.split("---\n").collect();
    let list = |indent: &str| {
        let item = |document: &&str| {
            let lines: Vec<String> = document
                .lines()
                .filter(|line| !line.starts_with('#'))
                .map(|line| format!("{indent}  {line}\n"))
                .collect();
            format!("{indent}- {}", lines.concat().trim_start())
        };
        format!(
            "apiVersion: v1\nkind: List # from kubectl\nitems:\n{}metadata:\n  resourceVersion: \"\"\n",
            documents.iter().map(item).collect::<String>()
        )
    };
    let json = |document: &str| {
        let value: serde_json::Value = serde_yaml::from_str(document).expect("YAML");
        serde_json::to_string(&value).expect("JSON")
    };
    let shapes: Vec<(&str, Vec<(String, String)>)> = vec![
        ("a list", vec![("all.yaml".into(), list(""))]),
        ("an indented list", vec![("all.yml".into(), list("  "))]),
        ("windows", vec![("all.yaml".into(), docs.replace('\n', "\r\n"))]),
        ("JSON", documents.iter().enumerate().map(|(n, doc)| (format!("{n}.json"), json(doc))).collect()),
        (
            "one file each",
            documents.iter().enumerate().map(|(n, doc)| (format!("{n}.yaml"), (*doc).to_owned())).collect(),
        ),
        ("byte order mark", vec![("all.yaml".into(), format!("\u{feff}{docs}"))]),
    ];
    for (shape, files) in shapes {
        std::fs::remove_file(scratch.file("live/cluster/metallb.yaml")).ok();
        for (name, text) in &files {
            scratch.write(&format!("live/cluster/{name}"), text);
        }
        no_changes(&scratch);
        let network = scratch.read("network.yaml");
        scratch.change("network.yaml", "192.168.32.0/24", "192.168.34.0/24");
        let run = apply(&scratch, &["--yes", "--max-services-moved", "1"]);
        assert_eq!(run.code, 0, "{shape}: {}", run.err);
        no_changes(&scratch);
        assert_eq!(scratch.tree("live/cluster").len(), files.len() + 1, "{shape}: nothing new beside it");
        scratch.write("network.yaml", &network);
        assert_eq!(apply(&scratch, &["--yes"]).code, 0, "{shape}");
        for (name, text) in &files {
            assert_eq!(&scratch.read(&format!("live/cluster/{name}")), text, "{shape}: there and back");
            std::fs::remove_file(scratch.file(&format!("live/cluster/{name}"))).expect("removed");
        }
    }
}

#[test]
fn new_objects_go_beside_what_has_their_file_name() {
    let scratch = Scratch::with_example("homelab");
    let foreign =
        "# theirs\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: x, namespace: y }\ndata:\n  a: \"1\"";
    scratch.write("live/cluster/ipaddresspool-metallb-pool.yaml", foreign);
    scratch.write("live/cluster/bgppeer-pfsense.yaml", "");
    assert_eq!(apply(&scratch, &["--yes"]).code, 0);
    no_changes(&scratch);
    assert!(
        scratch
            .read("live/cluster/ipaddresspool-metallb-pool.yaml")
            .starts_with(&format!("{foreign}\n---\n"))
    );
    scratch.change("network.yaml", "metallb-pool", "other-pool");
    assert_eq!(apply(&scratch, &["--yes"]).code, 0);
    assert_eq!(scratch.read("live/cluster/ipaddresspool-metallb-pool.yaml").trim_end(), foreign);

    let scratch = Scratch::with_example("homelab");
    std::fs::create_dir(scratch.file("live/cluster/bgppeer-pfsense.yaml")).expect("made");
    let before = scratch.tree("live");
    let run = apply(&scratch, &["--yes"]);
    assert_eq!(run.code, 1);
    assert!(
        run.err.contains("live/cluster/bgppeer-pfsense.yaml: cannot be read: it is no file"),
        "{}",
        run.err
    );
    let contents = |tree: Vec<(_, _, _)>| {
        tree.into_iter().map(|(path, bytes, _)| (path, bytes)).collect::<Vec<(std::path::PathBuf, Vec<u8>)>>()
    };
    assert_eq!(contents(scratch.tree("live")), contents(before), "all of it is taken back");
}

#[test]
fn config_xml_keeps_its_layout() {
    // Each rewrites the file in a way that pfSense still loads.
    type Rewrite = fn(&str) -> Vec<u8>;
    let layouts: [(&str, Rewrite); 5] = [
        ("windows", |text| text.replace('\n', "\r\n").into_bytes()),
        ("two spaces", |text| text.replace('\t', "  ").into_bytes()),
        ("latin-1", |text| {
            let text = text.replacen(
                "<?xml version=\"1.0\"?>",
                "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>",
                1,
            );
            text.replace("upstream", "fern-gespräch")
                .chars()
                .map(|letter| u8::try_from(u32::from(letter)).expect("Latin-1"))
                .collect()
        }),
        ("new era", |text| text.replace("<version>23.9<", "<version>24.5<").into_bytes()),
        ("comments", |text| {
            text.replace("\t<installedpackages>", "\t<!-- by hand -->\n\t<InstalledPackages >")
                .replace("</installedpackages>", "</InstalledPackages>")
                .into_bytes()
        }),
    ];
    for example in ["homelab", "homelab-existing"] {
        for (layout, rewrite) in layouts {
            let scratch = Scratch::with_example(example);
            let bytes = rewrite(&scratch.read("live/pfsense/config.xml"));
            std::fs::write(scratch.file("live/pfsense/config.xml"), &bytes).expect("written");
            let run = apply(&scratch, &["--yes", "--adopt"]);
            assert_eq!(run.code, 0, "{example} {layout}: {}", run.err);
            no_changes(&scratch);
            let after = std::fs::read(scratch.file("live/pfsense/config.xml")).expect("read");
            let head =
                bytes.windows(7).position(|part| part.eq_ignore_ascii_case(b"<frrbgp")).unwrap_or(1000);
            if example == "homelab" {
                assert_eq!(&after[..1000], &bytes[..1000], "{layout} {head}");
            }
            if layout == "windows" {
                let text = String::from_utf8(after).expect("UTF-8");
                assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
            }
        }
    }
}

#[test]
fn two_runs_at_once_end_as_one() {
    let scratch = Scratch::with_example("homelab");
    let runs: Vec<_> = (0..4)
        .map(|_| {
            Command::new(env!("CARGO_BIN_EXE_metalsense"))
                .args(["apply", "--live", "live", "--yes"])
                .current_dir(scratch.path())
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .expect("starts")
        })
        .collect();
    let ends: Vec<_> = runs.into_iter().map(|run| run.wait_with_output().expect("ends")).collect();
    let wrote = ends.iter().filter(|end| String::from_utf8_lossy(&end.stderr).contains("4 files written"));
    assert_eq!(wrote.count(), 1, "{ends:?}");
    for end in &ends {
        // Busy, or the state has moved; or it came when all was done.
        assert!(matches!(end.status.code(), Some(0 | 6)), "{end:?}");
    }
    no_changes(&scratch);
    assert!(scratch.tree("live").iter().all(|(path, _, _)| !path.to_string_lossy().contains(".metalsense-")));
}

#[test]
fn a_reader_that_leaves_does_not_undo_consent() {
    let scratch = Scratch::with_example("homelab");
    let run = |yes: &[&str]| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_metalsense"))
            .args(["apply", "--live", "live"])
            .args(yes)
            .current_dir(scratch.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("starts");
        drop(child.stdout.take());
        let end = child.wait_with_output().expect("ends");
        (end.status.code(), String::from_utf8_lossy(&end.stderr).into_owned())
    };
    let (code, err) = run(&[]);
    assert_eq!(
        (code, err.as_str()),
        (Some(6), "error: nobody read the changes to their end, and nothing was applied\n")
    );
    let (code, err) = run(&["--yes"]);
    assert_eq!((code, err.as_str()), (Some(0), "\nnetwork homelab: applied, 4 files written\n"));
    no_changes(&scratch);
}

#[cfg(unix)]
#[test]
fn files_that_may_not_be_written_are_left() {
    use std::os::unix::fs::PermissionsExt as _;
    let scratch = Scratch::with_example("homelab");
    let file = scratch.file("live/pfsense/config.xml");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o444)).expect("set");
    let before = scratch.tree("live");
    let run = apply(&scratch, &["--yes"]);
    assert_eq!(run.code, 1);
    let expected = "error: live/pfsense/config.xml: cannot be written, it is as it was: \
                    the file is read-only; nothing is changed\n";
    assert_eq!(run.err, expected);
    assert_eq!(scratch.tree("live"), before);

    // A link stays a link; what holds passwords is for its owner alone from then on.
    let scratch = Scratch::with_example("homelab");
    let (file, real) = (scratch.file("live/pfsense/config.xml"), scratch.file("real.xml"));
    std::fs::rename(&file, &real).expect("moved");
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o640)).expect("set");
    std::os::unix::fs::symlink("../../real.xml", &file).expect("linked");
    assert_eq!(apply(&scratch, &["--yes"]).code, 0);
    assert!(file.is_symlink() && scratch.read("real.xml").contains("frrbgp"));
    assert_eq!(std::fs::metadata(&real).expect("there").permissions().mode() & 0o777, 0o600);
    no_changes(&scratch);
}

#[test]
fn nodes_are_followed_in_the_cluster() {
    let scratch = Scratch::with_example("homelab");
    let listed = scratch.read("network.yaml");
    assert_eq!(apply(&scratch, &["--yes"]).code, 0);
    // The same nodes, found instead of listed.
    let found = listed
        .lines()
        .filter(|line| !line.contains("{ name: k8s") && *line != "  nodes:")
        .collect::<Vec<_>>()
        .join("\n")
        .replace("  peers:\n", "  discover: { subnets: [192.168.4.0/24] }\n  peers:\n");
    scratch.write("network.yaml", &found);
    no_changes(&scratch);
    // A node that joins gets its neighbor; one outside the subnets, or not selected, does not.
    let node = |name: &str, address: &str| {
        format!(
            "apiVersion: v1\nkind: Node\nmetadata: {{name: {name}}}\n\
             status: {{addresses: [{{type: InternalIP, address: {address}}}]}}\n"
        )
    };
    scratch.write("live/cluster/node3.yaml", &node("node3", "192.168.4.30"));
    scratch.write("live/cluster/node4.yaml", &node("node4", "172.16.0.4"));
    let run = scratch.run(["diff", "--live", "live"]);
    assert!(run.out.contains("+ neighbor 192.168.4.30") && !run.out.contains("172.16"), "{}", run.out);
    assert!(run.out.ends_with("\n1 to add, 0 to change, 0 to remove\n"), "{}", run.out);
    let selector = "discover: { selector: { matchLabels: { kubernetes.io/os: linux } }, ";
    scratch.write("network.yaml", &found.replace("discover: { ", selector));
    no_changes(&scratch);
}

#[test]
fn declared_limits_hold() {
    let scratch = Scratch::with_example("homelab");
    assert_eq!(apply(&scratch, &["--yes"]).code, 0);
    let declared = scratch.read("network.yaml");
    let limited = declared.replace("spec:\n", "spec:\n  policy: { maxSessionResets: 2 }\n");
    scratch.write("network.yaml", &limited.replace("k8s: 64500", "k8s: 64600"));
    let before = scratch.tree("live");
    let run = apply(&scratch, &["--yes"]);
    assert_eq!(run.code, 6);
    assert!(run.err.contains("error[too-many-resets]: 3 session resets, 2 are allowed"), "{}", run.err);
    assert_eq!(scratch.tree("live"), before);
    assert_eq!(apply(&scratch, &["--yes", "--max-session-resets", "3"]).code, 0);

    // The service that holds an address keeps it unless somebody says otherwise.
    let scratch = Scratch::with_example("homelab-existing");
    let declared = scratch.read("network.yaml");
    scratch.write("network.yaml", &declared.replace("192.168.32.0/24", "192.168.33.0/24"));
    let run = apply(&scratch, &["--yes", "--adopt"]);
    assert_eq!(run.code, 6);
    assert!(run.err.contains("error[too-many-services-moved]: 1 services would lose"), "{}", run.err);
    assert_eq!(apply(&scratch, &["--yes", "--adopt", "--max-services-moved", "1"]).code, 0);
}

#[test]
fn a_router_that_is_taken_out_of_the_file_is_told() {
    let scratch = Scratch::with_example("two-firewalls");
    let homelab = example("homelab").join("live");
    let read = |file: &str| std::fs::read_to_string(homelab.join(file)).expect("there");
    scratch.write("live/cluster/cluster.yaml", &read("cluster/cluster.yaml"));
    let config = read("pfsense/config.xml");
    for (member, address) in [("fw1", "10.20.0.2"), ("fw2", "10.20.0.3")] {
        let own = with_addresses(&config, &[address.parse().expect("an address")]);
        scratch.write(&format!("live/edge/{member}/config.xml"), &own);
    }
    for (path, network) in [("old", "office"), ("other", "lab")] {
        let left = format!("<!-- metalsense.{network}.{path}.in --><hostname>");
        scratch.write(&format!("live/{path}/config.xml"), &config.replace("<hostname>", &left));
    }
    let run = scratch.run(["diff", "--live", "live"]);
    assert!(run.err.contains("warning[router-left-behind]: old: holds our part"), "{}", run.err);
    assert!(!run.err.contains("other: holds"), "{}", run.err);
}
