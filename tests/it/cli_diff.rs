//! `metalsense diff`: what separates a snapshot from its declaration.

use std::process::{Command, Stdio};

use serde_json::Value;

use crate::tool::{Scratch, finish};

/// The story of the home lab up to its apply.
fn applied() -> Scratch {
    let scratch = Scratch::with_example("homelab");
    let run = scratch.run(["apply", "--live", "live", "--yes"]);
    assert_eq!(run.code, 0, "{}", run.err);
    scratch
}

fn diff(scratch: &Scratch) -> crate::tool::Run {
    scratch.run(["diff", "--live", "live"])
}

#[test]
fn without_a_snapshot_a_way_to_the_routers_must_be_declared() {
    let scratch = Scratch::with_example("homelab");
    for verb in ["diff", "apply"] {
        let run = scratch.run([verb]);
        assert_eq!((run.code, run.out.as_str()), (64, ""));
        insta::allow_duplicates! {
            insta::assert_snapshot!(run.err, @r"
            error: pfsense: there is no way to reach it: neither a password nor ssh is declared
            hint: declare `pfsense: {password: {env: NAME}}` or `pfsense: {ssh: {host: HOST}}`
            hint: or look at the cluster alone with --target cluster, or at a snapshot folder with --live DIR
            ");
        }
    }
}

#[test]
fn the_exit_code_tells_of_changes_when_asked() {
    let scratch = Scratch::with_example("homelab");
    let code = |args: &[&str]| scratch.run(["diff", "--live", "live"].iter().chain(args)).code;
    assert_eq!((code(&[]), code(&["--exit-code"])), (0, 2));
    assert_eq!(scratch.run(["apply", "--live", "live", "-y"]).code, 0);
    assert_eq!((code(&[]), code(&["--exit-code"])), (0, 0));
    assert_eq!(diff(&scratch).out, "network homelab: no changes\n");
}

#[test]
fn changes_name_what_they_do_to_sessions() {
    let scratch = applied();
    scratch.change("network.yaml", "edge: 64501", "edge: 64502");
    let k8snode2 = "    - { name: k8snode2.k8s.example.net, address: 192.168.4.20 }\n";
    scratch.change("network.yaml", k8snode2, "");
    scratch.change(
        "network.yaml",
        "addresses: [192.168.32.0/24]",
        "addresses: [192.168.32.0/24, 192.168.33.0/25]",
    );
    let run = diff(&scratch);
    insta::assert_snapshot!(run.out, @r"
    network homelab: 2 changed in the cluster, 1 added, 2 changed and 1 removed on router pfsense; 3 changes interrupt sessions or services

    cluster
      ~ IPAddressPool metallb-system/metallb-pool
          spec.addresses:
            192.168.32.0/24
            → 192.168.32.0/24, 192.168.33.0/25
      ~ BGPPeer metallb-system/pfsense
          spec.peerASN: 64501 → 64502
          ! resets BGPPeer metallb-system/pfsense: peerASN changes

    router pfsense
      ~ BGP settings
          asnum: 64501 → 64502
          ! resets all sessions: asnum changes
      ~ prefix list metalsense.homelab.pfsense.in
          row:
            10 permit 192.168.32.0/24 le 32
            → 10 permit 192.168.32.0/24 le 32; 20 permit 192.168.33.0/25 le 32
          i routes are evaluated again, sessions stay up
      - neighbor 192.168.4.20
          ! resets 192.168.4.20: the neighbor goes
      + null route 192.168.33.0/25

    1 to add, 4 to change, 1 to remove
    ");
    assert_eq!((run.code, run.err.as_str()), (0, ""));
}

#[test]
fn the_document_for_programs() {
    let scratch = Scratch::with_example("homelab-existing");
    let run = scratch.run(["diff", "--live", "live", "-o", "json"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    let document: Value = serde_json::from_str(&run.out).expect("JSON");
    assert_eq!(document["format_version"], "1.0");
    assert_eq!(document["changed"], true);
    assert_eq!(document["networks"][0]["network"], "homelab");
    assert_eq!(document["refusals"][0]["rule"], "needs-adoption");
    let sides = document["networks"][0]["sides"].as_array().expect("sides");
    let names: Vec<_> = sides.iter().filter_map(|side| side["side"].as_str()).collect();
    assert_eq!(names, ["cluster", "router pfsense"]);
    assert!(sides[1]["text"]["unified"].as_str().is_some_and(|text| text.contains("router bgp 64501")));

    let yaml = scratch.run(["diff", "--live", "live", "-o", "yaml"]).out;
    assert_eq!(serde_yaml::from_str::<Value>(&yaml).expect("YAML"), document, "the same document");
    let markdown = scratch.run(["diff", "--live", "live", "-o", "markdown"]);
    assert!(markdown.out.contains("| IPAddressPool metallb-system/metallb-pool |"), "{}", markdown.out);
}

#[test]
fn what_cannot_be_read_is_1_and_what_makes_no_sense_is_3() {
    type Damage = fn(&Scratch);
    let table: [(Damage, i32, &str); 13] = [
        (
            |scratch| std::fs::remove_dir_all(scratch.file("live")).expect("removed"),
            1,
            "error: live: the snapshot folder is not there\n",
        ),
        (
            |scratch| {
                std::fs::remove_dir_all(scratch.file("live")).expect("removed");
                scratch.write("live", "");
            },
            1,
            "error: live: cannot be read: it is no folder\n",
        ),
        (
            |scratch| std::fs::remove_dir_all(scratch.file("live/cluster")).expect("removed"),
            1,
            "error: live/cluster: the cluster's part of the snapshot is not there\n\
             hint: name the folder that holds cluster/ and the folders of the routers\n",
        ),
        (
            |scratch| std::fs::rename(scratch.file("live/pfsense"), scratch.file("live/fw")).expect("moved"),
            1,
            "error: live/pfsense/config.xml: the configuration of the firewall is not there\n\
             hint: the folder below the snapshot must be called pfsense, as declared\n",
        ),
        (
            |scratch| {
                std::fs::remove_file(scratch.file("live/pfsense/config.xml")).expect("removed");
                std::fs::create_dir(scratch.file("live/pfsense/config.xml")).expect("made");
            },
            1,
            "error: live/pfsense/config.xml: cannot be read: it is no file\n",
        ),
        (
            |scratch| scratch.write("live/pfsense/config.xml", "<pfsense>\n  <a>\n  <b></a>\n</pfsense>"),
            3,
            "error: live/pfsense/config.xml:3:6: pfSense would not load it: </a> closes <b>\n\
             hint: close the elements in the reverse order of their opening\n",
        ),
        (
            |scratch| scratch.write("live/cluster/x.yaml", "kind: Foo\nmetadata: {name: x\n"),
            3,
            "error: live/cluster/x.yaml:2:11: not readable as YAML: unclosed bracket '{'\n",
        ),
        (
            |scratch| scratch.write("live/cluster/x.yaml", "a: 1\na: 2\n"),
            3,
            "error: live/cluster/x.yaml:2:1: the field `a` is there twice\n",
        ),
        (
            |scratch| {
                let pool = "apiVersion: metallb.io/v1beta1\nkind: IPAddressPool\nmetadata:\n  name: x\n  namespace: lb\nspec:\n  addresses: 10.0.0.0/24\n";
                scratch.write("live/cluster/x.yaml", pool);
            },
            3,
            "error: live/cluster/x.yaml:7:14: IPAddressPool lb/x: spec.addresses: invalid type: string \"10.0.0.0/24\", expected a sequence\n",
        ),
        (
            |scratch| {
                std::fs::write(scratch.file("live/cluster/x.yaml"), b"kind: Foo\nna\xe9\n").expect("written");
            },
            3,
            "error: live/cluster/x.yaml:2:3: is no UTF-8\nhint: save it as UTF-8\n",
        ),
        (
            |scratch| {
                let text = scratch.read("live/cluster/cluster.yaml");
                scratch.write("live/cluster/again.yaml", &text);
            },
            3,
            "error: live/cluster: Namespace default is both in cluster/again.yaml and in cluster/cluster.yaml\n\
             hint: keep one of the two\n",
        ),
        (
            |scratch| scratch.write("live/snapshot.yaml", "formatVersion: \"1.0\"\nredacted: perhaps\n"),
            3,
            "error: live/snapshot.yaml:2:11: invalid boolean\n\
             hint: compare it with the snapshot.yaml of an example\n",
        ),
        (
            |scratch| scratch.write("live/snapshot.yaml", "formatVersion: \"2.0\"\n"),
            3,
            "error: live/snapshot.yaml: is of format version 2.0, this program reads version 1.0\n\
             hint: take the snapshot again with this program\n",
        ),
    ];
    for (damage, code, text) in table {
        let scratch = Scratch::with_example("homelab");
        damage(&scratch);
        for verb in [&["diff"][..], &["apply", "--yes"], &["compile", "--out", "build"]] {
            let run = scratch.run(verb.iter().copied().chain(["--live", "live"]));
            assert_eq!((run.err.as_str(), run.code, run.out.as_str()), (text, code, ""), "{verb:?}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_or_a_device_in_place_of_a_file_ends_at_once() {
    for (place, device) in [
        ("live/pfsense/config.xml", "/dev/zero"),
        ("live/cluster/x.yaml", "/dev/zero"),
        ("live/snapshot.yaml", "/dev/tty"),
    ] {
        let scratch = Scratch::with_example("homelab");
        let _ = std::fs::remove_file(scratch.file(place));
        std::os::unix::fs::symlink(device, scratch.file(place)).expect("linked");
        let run = diff(&scratch);
        assert_eq!((run.code, run.err), (1, format!("error: {place}: cannot be read: it is no file\n")));
    }
}

#[test]
fn what_is_no_object_file_is_left_out() {
    let scratch = applied();
    std::fs::create_dir(scratch.file("live/cluster/folder.yaml")).expect("made");
    for (name, text) in [
        ("empty.yaml", ""),
        ("marker.yaml", "---\n"),
        ("comment.yml", "# nothing\n"),
        ("note.txt", "x: ["),
        (".hidden.yaml", "x: ["),
    ] {
        scratch.write(&format!("live/cluster/{name}"), text);
    }
    let run = diff(&scratch);
    assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (0, "network homelab: no changes\n", ""));
}

#[test]
fn a_password_that_is_not_at_hand_is_no_difference() {
    let scratch = Scratch::with_example("homelab");
    scratch.change("network.yaml", "      pfsense: {}", "      password: { env: BGP }\n      pfsense: {}");
    let with = |password: &str, args: &[&str]| finish(scratch.command().env("BGP", password).args(args));
    assert_eq!(with("hunter2", &["apply", "--live", "live", "-y"]).code, 0);

    let run = with("", &["diff", "--live", "live", "--exit-code"]);
    assert_eq!((run.code, run.out.as_str()), (0, "network homelab: no changes\n"), "{}", run.err);
    assert!(run.err.contains("warning[password-unknown]"), "{}", run.err);
    let run = with("", &["apply", "--live", "live", "-y"]);
    assert_eq!(run.code, 6, "{}", run.err);

    let run = with("hunter3", &["diff", "--live", "live", "--text", "--text-lines", "0"]);
    insta::assert_snapshot!(run.out, @r"
    network homelab: 1 changed in the cluster, 3 changed on router pfsense; 4 changes interrupt sessions or services

    cluster
      ~ Secret metallb-system/metalsense-homelab-pfsense
          data.password: (secret before) → (secret after)
          ! resets BGPPeer metallb-system/pfsense: password changes

    router pfsense
      ~ neighbor 192.168.4.4
          password: (secret before) → (secret after)
          ! resets 192.168.4.4: password changes
      ~ neighbor 192.168.4.10
          password: (secret before) → (secret after)
          ! resets 192.168.4.10: password changes
      ~ neighbor 192.168.4.20
          password: (secret before) → (secret after)
          ! resets 192.168.4.20: password changes
      frr.conf
        -  neighbor 192.168.4.4 password (secret before)
        +  neighbor 192.168.4.4 password (secret after)
          …
        -  neighbor 192.168.4.10 password (secret before)
        +  neighbor 192.168.4.10 password (secret after)
          …
        -  neighbor 192.168.4.20 password (secret before)
        +  neighbor 192.168.4.20 password (secret after)

    0 to add, 4 to change, 0 to remove
    ");

    // Where secrets are taken out, any password stands for any other.
    scratch.change("live/snapshot.yaml", "redacted: false", "redacted: true");
    scratch.change("live/pfsense/config.xml", "hunter2", "sha256:0123");
    scratch.change("live/cluster/secret-metalsense-homelab-pfsense.yaml", "aHVudGVyMg==", "c2hhMjU2OjAxMjM=");
    let run = with("hunter2", &["diff", "--live", "live", "--exit-code"]);
    assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (0, "network homelab: no changes\n", ""));
}

/// Secrets in every corner of a snapshot, each with the same word in it.
fn plant(scratch: &Scratch) {
    let config = "live/pfsense/config.xml";
    scratch.change(config, "not-used-by-anything", "PLANTED-vty");
    scratch.change(
        config,
        "<password></password>\n\t\t\t\t<password_type><![CDATA[none]]>",
        "<password><![CDATA[PLANTED-md5]]></password>\n\t\t\t\t<password_type><![CDATA[both-bidir]]>",
    );
    scratch.change(
        config,
        "\t\t<frrbgp>",
        "\t\t<frrospfd>\n\t\t\t<config>\n\t\t\t\t<enable>on</enable>\n\t\t\t\t<routerid>192.168.4.1</routerid>\n\t\t\t</config>\n\t\t</frrospfd>\n\
         \t\t<frrospfdinterfaces>\n\t\t\t<config>\n\t\t\t\t<interface>lan</interface>\n\t\t\t\t<interfacearea>0.0.0.0</interfacearea>\n\
         \t\t\t\t<md5password>digest</md5password>\n\t\t\t\t<authtype>digest</authtype>\n\t\t\t\t<password><![CDATA[PLANTED-ospf]]></password>\n\t\t\t</config>\n\t\t</frrospfdinterfaces>\n\t\t<frrbgp>",
    );
    scratch.change(
        config,
        "\t<revision>",
        "\t<cert>\n\t\t<refid>1</refid>\n\t\t<prv>PLANTED-key</prv>\n\t</cert>\n\t<ipsec>\n\t\t<phase1>\n\t\t\t<pre-shared-key>PLANTED-psk</pre-shared-key>\n\t\t</phase1>\n\t</ipsec>\n\t<revision>",
    );
    scratch.write(
        "live/cluster/secrets.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: metalsense-homelab-pfsense\n  namespace: metallb-system\n  annotations:\n    last: PLANTED-annotation\n\
         type: kubernetes.io/basic-auth\nstringData:\n  password: PLANTED-string\ndata:\n  other: UExBTlRFRC1kYXRh\n",
    );
    scratch.change(
        "live/cluster/metallb.yaml",
        "  myASN: 64500\n",
        "  myASN: 64500\n  password: PLANTED-inline\n",
    );
    scratch.change("network.yaml", "      pfsense: {}", "      password: { env: BGP }\n      pfsense: {}");
}

#[test]
fn no_output_of_any_verb_holds_a_secret() {
    let scratch = Scratch::with_example("homelab-existing");
    plant(&scratch);
    let verbs = [
        "diff",
        "apply",
        "apply --yes",
        "compile",
        "compile --out build",
        "check",
        "apply --yes --adopt",
        "diff",
    ];
    let (mut seen, mut keys) = (0, 0);
    for verb in verbs {
        let formats: &[&str] = match verb {
            "diff" | "apply" => &["-o human --text", "-o json", "-o yaml", "-o markdown --text"],
            "check" => &["-o human", "-o json", "-o sarif", "-o junit"],
            _ => &[""],
        };
        for format in formats {
            let mut command = scratch.command();
            command.env("BGP", "PLANTED-new").args(verb.split(' ')).args(format.split_whitespace()).arg("-v");
            if verb != "check" {
                command.args(
                    ["--live", "live", "--text-lines=99"].iter().take(if verb.starts_with("compile") {
                        2
                    } else {
                        3
                    }),
                );
            }
            let run = finish(&mut command);
            assert!([0, 3, 6].contains(&run.code), "{verb} {format}: {}", run.err);
            let all = run.out + &run.err;
            assert!(!all.contains("PLANTED") && !all.contains("UExBTlRFR"), "{verb} {format}:\n{all}");
            seen += usize::from(all.contains("(secret"));
            keys += usize::from(all.contains("message-digest-key 1 md5 (secret"));
        }
    }
    assert!(keys >= 4, "a key of OSPF was in the way in {keys} outputs only");
    assert!(seen >= 8, "secrets were in the way in {seen} outputs only");
}

#[test]
fn several_networks_on_one_snapshot() {
    let scratch = Scratch::with_example("homelab");
    let network = scratch.read("network.yaml");
    let other = network
        .replace("name: homelab", "name: office")
        .replace("192.168.4.4 ", "192.168.4.5 ")
        .replace("192.168.4.10 ", "192.168.4.11 ")
        .replace("192.168.4.20 ", "192.168.4.21 ")
        .replace("name: metallb-pool", "name: office-pool")
        .replace("192.168.32.0", "192.168.40.0")
        .replace("- name: pfsense\n", "- name: pfsense\n      objectName: office-pfsense\n");
    scratch.write("other.yaml", &other);
    let both = ["-f", "network.yaml", "-f", "other.yaml", "--live", "live"];
    let run = scratch.run(["diff"].iter().chain(&both));
    let heads: Vec<_> = run.out.lines().filter(|line| line.starts_with("network ")).collect();
    assert_eq!(heads.len(), 2, "{}{}", run.out, run.err);
    let run = scratch.run(["apply", "--yes"].iter().chain(&both));
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(run.err.matches(": applied, ").count(), 2, "{}", run.err);
    let before = scratch.tree("live");
    let run = scratch.run(["diff", "--exit-code"].iter().chain(&both));
    assert_eq!(
        (run.code, run.out.as_str()),
        (0, "network homelab: no changes\n\nnetwork office: no changes\n")
    );
    // Either alone leaves the other's part alone.
    for file in ["network.yaml", "other.yaml"] {
        let run = scratch.run(["apply", "--yes", "--live", "live", "-f", file]);
        assert_eq!(run.code, 0, "{}", run.err);
    }
    assert_eq!(scratch.tree("live"), before);
    // One that wants what the other has is refused, by name.
    scratch.change("other.yaml", "192.168.4.11 ", "192.168.4.10 ");
    scratch.change("other.yaml", "name: office-pool", "name: metallb-pool");
    let run = scratch.run(["apply", "--yes", "--live", "live", "-f", "other.yaml"]);
    assert_eq!(run.code, 6, "{}", run.err);
    for text in [
        "neighbor 192.168.4.10 belongs to the network homelab",
        "IPAddressPool metallb-system/metallb-pool belongs to the network homelab",
    ] {
        assert!(run.err.contains(text), "{}", run.err);
    }
    assert_eq!(scratch.tree("live"), before);
}

#[test]
fn a_plain_frr_router_shows_its_lines() {
    let scratch = Scratch::with_example("homelab");
    scratch.change("network.yaml", "pfsense: {}", "frr: { socket: /run/frr }");
    let foreign = "frr defaults traditional\nrouter ospf\n!\ninterface lan\n ip ospf message-digest-key 1 md5 PLANTED\n!\n";
    scratch.write("live/pfsense/frr.conf", foreign);
    assert_eq!(scratch.run(["apply", "--live", "live", "--yes"]).code, 0);
    let conf = scratch.read("live/pfsense/frr.conf");
    assert!(conf.starts_with(foreign), "{conf}");
    assert_eq!(diff(&scratch).out, "network homelab: no changes\n");

    scratch.change("network.yaml", "192.168.32.0/24", "192.168.34.0/24");
    let run = scratch.run(["diff", "--live", "live", "--text-lines", "99"]);
    assert!(run.out.contains("message-digest-key 1 md5 (secret)"), "{}", run.out);
    let run = diff(&scratch);
    insta::assert_snapshot!(run.out, @r"
    network homelab: 1 changed in the cluster, 1 changed on router pfsense; no session is reset

    cluster
      ~ IPAddressPool metallb-system/metallb-pool
          spec.addresses: 192.168.32.0/24 → 192.168.34.0/24

    router pfsense
      ~ block of homelab in frr.conf
      frr.conf
          !
          ! metalsense begin homelab.pfsense
          ! pfsense: the part that metalsense keeps.
        - ip route 192.168.32.0/24 Null0
        + ip route 192.168.34.0/24 Null0
          !
          router bgp 64501
           bgp router-id 192.168.4.1
          …
            neighbor 192.168.4.20 route-map metalsense.homelab.pfsense.out out
           exit-address-family
          !
        - ip prefix-list metalsense.homelab.pfsense.in seq 10 permit 192.168.32.0/24 le 32
        + ip prefix-list metalsense.homelab.pfsense.in seq 10 permit 192.168.34.0/24 le 32
          ip prefix-list metalsense.homelab.pfsense.in description announced by the nodes [ms:homelab@bb896d00]
          !
          route-map metalsense.homelab.pfsense.in permit 10

    0 to add, 2 to change, 0 to remove
    ");

    // An instance of others in another AS cannot hold our neighbors.
    scratch.change("live/pfsense/frr.conf", "router ospf\n", "router bgp 65000\n");
    let run = scratch.run(["apply", "--live", "live", "--yes"]);
    assert_eq!(run.code, 6);
    assert!(
        run.err
            .contains("error[foreign-value]: pfsense: its AS is 65000 outside our block, declared is 64501"),
        "{}",
        run.err
    );
    scratch.change("network.yaml", "      frr: {", "      absent: true\n      frr: {");
    assert_eq!(scratch.run(["apply", "--live", "live", "--yes"]).code, 0);
    assert_eq!(scratch.read("live/pfsense/frr.conf"), foreign.replace("router ospf", "router bgp 65000"));
}

#[test]
fn without_colour_there_is_no_escape_and_a_reader_may_leave() {
    let scratch = Scratch::with_example("homelab");
    let colored = |name: &str, value: &str| {
        let run = finish(scratch.command().env(name, value).args(["diff", "--live", "live"]));
        run.out.contains('\u{1b}')
    };
    assert!(!colored("TERM", "xterm"), "a pipe gets none");
    assert!(colored("FORCE_COLOR", "1") && !colored("NO_COLOR", "1"));

    // More text than a pipe holds.
    let nodes: String =
        (2..250).map(|n| format!("    - {{ name: n{n}.example.net, address: 192.168.4.{n} }}\n")).collect();
    let text = scratch.read("network.yaml");
    let (before, rest) = text.split_once("    - { name: k8smaster1").expect("nodes");
    let (_, after) = rest.split_once("  peers:").expect("peers");
    scratch.write("network.yaml", &format!("{before}{nodes}  peers:{after}"));
    let mut child = Command::new(env!("CARGO_BIN_EXE_metalsense"))
        .args(["diff", "--live", "live", "--text", "--exit-code"])
        .current_dir(scratch.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    drop(child.stdout.take());
    let end = child.wait_with_output().expect("ends");
    assert_eq!((end.status.code(), String::from_utf8_lossy(&end.stderr).as_ref()), (Some(0), ""));
}
