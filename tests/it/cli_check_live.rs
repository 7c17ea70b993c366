//! `metalsense check --live`.

use std::path::Path;

use serde_json::Value;

use crate::tool::{Scratch, example};

/// The codes of a run with their severities, sorted and each once.
fn codes(run: &crate::tool::Run) -> Vec<String> {
    let document: Value = serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{}{}", run.out, run.err));
    let findings = document["findings"].as_array().expect("findings");
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap_or_default().to_owned();
    let mut codes: Vec<String> =
        findings.iter().map(|f| format!("{} {}", text(f, "severity"), text(f, "rule"))).collect();
    codes.sort();
    codes.dedup();
    codes
}

fn check(declaration: &Path, live: &Path) -> crate::tool::Run {
    let scratch = Scratch::new();
    let path = |path: &Path| path.to_str().expect("a path").to_owned();
    scratch.run([
        "check".to_owned(),
        "-f".into(),
        path(declaration),
        "--live".into(),
        path(live),
        "-o".into(),
        "json".into(),
    ])
}

#[test]
fn examples_raise_no_more_than_remarks() {
    for name in ["homelab", "homelab-existing"] {
        let folder = example(name);
        let run = check(&folder.join("network.yaml"), &folder.join("live"));
        assert_eq!(run.code, 0, "{}", run.out);
        assert!(codes(&run).iter().all(|code| code.starts_with("info ")), "{name}: {:?}", codes(&run));
    }
    for name in crate::examples::EXAMPLES {
        let scratch = Scratch::with_example(name);
        let run = scratch.run(["check", "-f", "network.yaml", "-o", "json"]);
        assert!(codes(&run).iter().all(|code| code.starts_with("info ")), "{name}: {:?}", codes(&run));
    }
}

#[test]
fn what_is_wrong_on_the_other_side_is_said_with_its_place_here() {
    let scratch = Scratch::with_example("homelab-existing");
    let xml = scratch.read("live/pfsense/config.xml");
    scratch
        .write("live/pfsense/config.xml", &xml.replacen("<asnum>64500</asnum>", "<asnum>64599</asnum>", 1));
    let run = scratch.run(["check", "-f", "network.yaml", "--live", "live"]);
    assert_eq!(run.code, 3, "{}{}", run.out, run.err);
    assert!(
        run.out.contains("error[session-asn-differs]") && run.out.contains("network.yaml:"),
        "{}",
        run.out
    );
    let accepted = "  policy:\n    severity: { session-asn-differs: ignore }\n";
    let text = scratch.read("network.yaml");
    scratch.write("network.yaml", &format!("{text}{accepted}"));
    assert_eq!(scratch.run(["check", "-f", "network.yaml", "--live", "live"]).code, 0);
}

const LAB: &str = "\
apiVersion: metalsense.dev/v1alpha1
kind: Network
metadata: { name: lab }
spec:
  cluster: { asn: 64513, metallb: { version: 0.15.2, backend: native } }
  nodes:
    - { name: node1, address: 10.20.0.11 }
    - { name: node2, address: 10.20.0.12 }
    - { name: node3, address: 10.20.0.13 }
  peers:
    - { name: pfsense, asn: 64512, holdTime: 30s, address: 10.20.0.1, pfsense: {} }
  pools:
    - { name: web, addresses: [10.20.255.0/24], avoidBuggyIPs: true, advertise: [{}] }
";

/// Samples of whole configurations, and exactly what is to be said about each.
#[test]
fn samples() {
    let shared = std::env::var("METALSENSE_SHARED")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../shared").into());
    let folder = Path::new(&shared).join("pfsense/config");
    if !folder.is_dir() {
        eprintln!("skipped: no samples in {}", folder.display());
        return;
    }
    // With groups, a limit of 64 for 256 addresses, the policy off, and neighbors that are not passive.
    let grown: &[&str] = &[
        "info clients-beside-nodes",
        "info ebgp-policy-off",
        "info firewall-blocks-clients",
        "info neighbor-not-passive",
        "warning prefix-limit-low",
    ];
    let none: &[&str] = &[];
    for (file, pool, expected) in [
        ("02-k8s-bgp.xml", "10.20.255.0/24", grown),
        ("02-k8s-bgp.roundtrip.xml", "10.20.255.0/24", grown),
        ("01-home-nofrr.xml", "10.20.255.0/24", none),
    ] {
        let scratch = Scratch::new();
        scratch.write("network.yaml", &LAB.replace("10.20.255.0/24", pool));
        let xml = std::fs::read_to_string(folder.join(file)).expect("the sample");
        scratch.write("live/pfsense/config.xml", &xml);
        scratch.write("live/snapshot.yaml", "formatVersion: \"1.0\"\nredacted: false\n");
        scratch.write("live/cluster/nodes.yaml", "");
        let run = scratch.run(["check", "-f", "network.yaml", "--live", "live", "-o", "json"]);
        assert_eq!(codes(&run), expected, "{file}: {}{}", run.out, run.err);
    }
}
