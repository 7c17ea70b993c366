//! The judge of configuration text against FRR 8.4's own programs.
//!
//! What is parsed is asked of `vtysh -C`, which needs no daemon. What a daemon refuses is asked of a
//! bgpd of our own, without zebra, without listening and with its sockets in a folder of the test.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::process::{Child, Command, Stdio};

use metalsense::frr::judge::{Consequence, FrrVersion, judge};

const BGPD: &str = "/usr/lib/frr/bgpd";

/// Whether FRR 8.4 is there; says loudly when a test is skipped, and fails where it must not be.
fn frr() -> bool {
    let version = Command::new(BGPD).arg("--version").output();
    let measured =
        version.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains("version 8.4"));
    let there = measured && Command::new("vtysh").arg("--help").output().is_ok();
    assert!(
        there || std::env::var("METALSENSE_REQUIRE_PROGRAMS").as_deref() != Ok("1"),
        "FRR 8.4 is required and missing"
    );
    if !there {
        eprintln!("SKIPPED: no FRR 8.4 with vtysh and bgpd on this machine");
    }
    there
}

/// Cases: the block, a colon, the line; `\n` joins several.
const CASES: &str = include_str!("../data/frr-judge/cases.txt");

fn text_of(case: &str) -> String {
    let (block, line) = case.split_once(':').expect("block: line");
    let bgp = "router bgp 65000\n neighbor 10.0.0.1 remote-as 65001\n neighbor 10.0.0.2 remote-as 65000\n";
    let before = match block {
        "top" => String::new(),
        "bgp" => bgp.to_owned(),
        "ipv4" => format!("{bgp} address-family ipv4 unicast\n"),
        "ipv6" => format!("{bgp} address-family ipv6 unicast\n"),
        "map" => "route-map M permit 10\n".to_owned(),
        "bfd" => "bfd\n profile x\n".to_owned(),
        other => panic!("unknown block {other}"),
    };
    format!("{before}{}\n", line.replace("\\n", "\n"))
}

fn cases() -> impl Iterator<Item = &'static str> {
    CASES.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

#[test]
fn lines_are_parsed_exactly_where_vtysh_parses_them() {
    if !frr() {
        return;
    }
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("frr.conf");
    // One file for all: `hostname` is a command of the top level and leads back to it.
    let (mut file, mut owner) = (String::new(), vec![""]);
    for case in cases() {
        let text = format!("hostname x\n{}", text_of(case));
        owner.extend(text.lines().map(|_| case));
        file.push_str(&text);
    }
    std::fs::write(&path, &file).expect("write");
    let output = Command::new("vtysh").args(["-C", "-f"]).arg(&path).output().expect("vtysh");
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let theirs: BTreeSet<usize> = said
        .lines()
        .filter_map(|line| line.strip_prefix("line ")?.split_once(": % ")?.0.parse().ok())
        .collect();
    let ours: BTreeSet<usize> = judge(file.as_bytes(), FrrVersion::V8_4)
        .iter()
        .filter(|j| j.consequence == Consequence::FreezesReloads)
        .map(|j| j.line)
        .collect();
    let wrong: Vec<_> =
        ours.symmetric_difference(&theirs).map(|line| (owner[*line], theirs.contains(line))).collect();
    assert!(wrong.is_empty(), "line, whether FRR refuses it: {wrong:#?}");
    let all = cases().count();
    assert!(theirs.len() > 80 && all > theirs.len() + 80, "{} of {all} refused", theirs.len());
}

/// Puts the daemon back where it was; bgpd refuses what is not there, so these lines do not count.
const UNDO: &str = "no router bgp\nno route-map M\nno route-map N\nno ip prefix-list A\nno ipv6 prefix-list A\n\
                    no bgp community-list standard FOO\nno bgp community-list expanded FOO\n";

/// A bgpd that ends with the test.
struct Bgpd {
    child: Child,
    folder: tempfile::TempDir,
}

impl Drop for Bgpd {
    fn drop(&mut self) {
        // Only our own child, which may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Bgpd {
    fn start() -> Option<Bgpd> {
        let folder = tempfile::tempdir().expect("folder");
        std::fs::write(folder.path().join("vtysh.conf"), "").expect("write");
        let child = Command::new(BGPD)
            .args([
                "-Z",
                "-n",
                "-S",
                "-p",
                "0",
                "-l",
                "127.0.0.1",
                "-P",
                "0",
                "-f",
                "/dev/null",
                "--vty_socket",
            ])
            .arg(folder.path())
            .arg("-i")
            .arg(folder.path().join("bgpd.pid"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("bgpd");
        let bgpd = Bgpd { child, folder };
        for _ in 0..100 {
            if bgpd.folder.path().join("bgpd.vty").exists() {
                return Some(bgpd);
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        None
    }

    /// What the shell prints for a file, without line numbers that mean only "refused by the daemon".
    fn apply(&self, text: &str) -> String {
        let path = self.folder.path().join("frr.conf");
        std::fs::write(&path, text).expect("write");
        self.vtysh(&["-f", path.to_str().expect("path")])
    }

    fn vtysh(&self, args: &[&str]) -> String {
        let output = Command::new("vtysh")
            .arg("--vty_socket")
            .arg(self.folder.path())
            .arg("--config_dir")
            .arg(self.folder.path())
            .args(args)
            .output()
            .expect("vtysh");
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    }
}

#[test]
fn daemons_refuse_exactly_what_we_say() {
    if !frr() {
        return;
    }
    let Some(bgpd) = Bgpd::start() else {
        assert!(std::env::var("METALSENSE_REQUIRE_PROGRAMS").as_deref() != Ok("1"), "bgpd did not start");
        eprintln!("SKIPPED: bgpd did not start");
        return;
    };
    let (mut wrong, mut refused, mut all) = (String::new(), 0, 0);
    for case in cases() {
        let text = text_of(case);
        let judged = judge(text.as_bytes(), FrrVersion::V8_4);
        let frozen = judged.iter().any(|j| j.consequence == Consequence::FreezesReloads);
        // zebra, bfdd and the RPKI module are not there to answer.
        if frozen || ["bfd", "rpki", "agentx"].iter().any(|word| case.contains(word)) {
            continue;
        }
        let said = bgpd.apply(&format!("{UNDO}{text}"));
        let group = said.contains("Configuration failed");
        let line = said.lines().any(|line| {
            let undo = UNDO.lines().any(|undo| line.ends_with(undo));
            line.contains("Failure to communicate") && !undo
                || line.contains("not allowed in confed")
                || line.contains("unsupported or malformed")
        });
        let ours = |wanted| judged.iter().any(|j| j.consequence == wanted);
        all += 1;
        refused += usize::from(group || line);
        if (group, line) != (ours(Consequence::GroupRefused), ours(Consequence::LineRefused)) {
            let rules: Vec<_> = judged.iter().map(|j| (&j.finding.rule, j.line)).collect();
            writeln!(wrong, "{case}: we say {rules:?}, FRR says: {said}").expect("string");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(refused > 30 && all > 100, "{refused} of {all} refused");
}

#[test]
fn files_of_the_package_are_judged_like_vtysh_does() {
    let shared = std::env::var("METALSENSE_SHARED")
        .unwrap_or(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared").into());
    for (name, refused) in [("minimal", 0), ("three-nodes", 1)] {
        let Ok(text) = std::fs::read(format!("{shared}/pfsense/frr/{name}.frr.conf")) else {
            eprintln!("SKIPPED: no sample {name}");
            continue;
        };
        assert_eq!(judge(&text, FrrVersion::Unmeasured), [], "{name}");
        // The package of today writes for FRR 9.1 and later, which 8.4 is not.
        let old = judge(&text, FrrVersion::V8_4);
        assert!(old.iter().all(|j| j.finding.message.contains("`bgp enforce-first-as`")), "{name}: {old:?}");
        assert_eq!(old.len(), refused, "{name}");
    }
}
