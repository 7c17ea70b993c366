//! `metalsense judge`: plain MetalLB manifests, without a declaration.

use serde_json::{Value, json};

use crate::tool::{Scratch, finish};

const POOLS: &str = "\
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: { name: web, namespace: metallb-system }
spec:
  addresses: [192.0.2.0/24]
---
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: { name: db, namespace: metallb-system }
spec:
  addresses: [192.0.2.128-192.0.2.140]
---
apiVersion: metallb.io/v1beta1
kind: L2Advertisement
metadata: { name: all, namespace: metallb-system }
";

#[test]
fn an_overlap_is_refused_with_both_places() {
    let scratch = Scratch::new();
    scratch.write("pools.yaml", POOLS);
    let run = scratch.run(["judge", "pools.yaml"]);
    insta::assert_snapshot!(run.out, @r#"
    error[pool-overlap]: 192.0.2.0/24 overlaps 192.0.2.128-192.0.2.140 of IPAddressPool metallb-system/db
      --> pools.yaml:5:15
       |
     5 |   addresses: [192.0.2.0/24]
       |               ^^^^^^^^^^^^
    ...
    11 |   addresses: [192.0.2.128-192.0.2.140]
       |               ----------------------- the other range

    1 error
    "#);
    assert_eq!((run.code, run.err.as_str()), (3, ""));

    scratch.write("pools.yaml", &POOLS.replace("192.0.2.128-192.0.2.140", "198.51.100.0/24"));
    let run = scratch.run(["judge", "pools.yaml"]);
    insta::assert_snapshot!(run.out, @"MetalLB 0.15.2 with the native backend accepts this");
    assert_eq!((run.code, run.err.as_str()), (0, ""));
}

#[test]
fn the_document_for_programs() {
    let scratch = Scratch::new();
    scratch.write("pools.yaml", POOLS);
    let run = scratch.run(["judge", "pools.yaml", "--layer", "config", "-o", "json"]);
    let document: Value = serde_json::from_str(&run.out).expect("JSON");
    assert_eq!(document["format_version"], "1.0");
    assert_eq!(document["verdict"], "invalid");
    let finding = &document["findings"][0];
    assert_eq!((&finding["rule"], &finding["layer"]), (&json!("pool-overlap"), &json!("config")));
    for key in ["severity", "object", "message", "hint", "place", "labels"] {
        assert!(finding.get(key).is_some(), "{key} is always there");
    }
    for key in ["file", "line", "column", "endLine", "endColumn"] {
        assert!(finding["place"].get(key).is_some(), "{key}");
    }
}

#[test]
fn release_and_backend_decide() {
    let scratch = Scratch::new();
    let peer = "apiVersion: metallb.io/v1beta2\nkind: BGPPeer\nmetadata: { name: a, namespace: metallb-system }\n\
                spec: { myASN: 64500, peerASN: 64501, peerAddress: 192.0.2.1, bfdProfile: fast }\n---\n\
                apiVersion: metallb.io/v1beta1\nkind: BFDProfile\nmetadata: { name: fast, namespace: metallb-system }\n";
    scratch.write("peer.yaml", peer);
    let code = |backend: &str| scratch.run(["judge", "peer.yaml", "--backend", backend]).code;
    assert_eq!((code("native"), code("frr"), code("frr-k8s")), (3, 0, 0));
    for args in [["--backend", "bird"], ["--metallb-version", "newest"], ["--layer", "moon"]] {
        let run = scratch.run(["judge", "peer.yaml"].into_iter().chain(args));
        assert_eq!((run.code, run.out.as_str()), (64, ""), "{args:?}");
    }
}

#[test]
fn a_question_to_the_webhooks() {
    let case = "before:\n- apiVersion: metallb.io/v1beta1\n  kind: IPAddressPool\n  metadata: { name: a, namespace: metallb-system }\n  spec: { addresses: [192.0.2.0/24] }\n\
                objects:\n- apiVersion: metallb.io/v1beta1\n  kind: IPAddressPool\n  metadata: { name: b, namespace: metallb-system }\n  spec: { addresses: [192.0.2.0/25] }\n\
                operation: create\n";
    let scratch = Scratch::new();
    let run = finish(scratch.command().args(["judge", "-", "--layer", "webhook"]).write_stdin(case));
    assert_eq!(run.code, 3, "{}{}", run.out, run.err);
    assert!(run.out.contains("<stdin>:"), "{}", run.out);
    let apart = case.replace("192.0.2.0/25", "198.51.100.0/25");
    assert_eq!(
        finish(scratch.command().args(["judge", "-", "--layer", "webhook"]).write_stdin(apart)).code,
        0
    );
}

#[test]
fn severities_are_the_users() {
    let scratch = Scratch::new();
    scratch.write("pool.yaml", POOLS.split("---").next().expect("a first document"));
    let judge = |args: &[&str]| scratch.run(["judge", "pool.yaml"].iter().chain(args)).code;
    assert_eq!(judge(&[]), 0, "a pool that nobody announces is a warning");
    assert_eq!(judge(&["--strict"]), 3);
    assert_eq!(judge(&["--severity", "pool-unadvertised=error"]), 3);
    assert_eq!(judge(&["--strict", "--severity", "pool-unadvertised=info"]), 0);
    assert_eq!(judge(&["--strict", "--severity", "pool-unadvertised=ignore"]), 0);
    assert_eq!(judge(&["--severity", "pool-unadvertised=loud"]), 64);
}

#[test]
fn what_is_no_manifest_is_a_finding_and_what_is_not_there_is_none() {
    let scratch = Scratch::new();
    scratch.write("odd.yaml", "kind: [\n");
    let run = scratch.run(["judge", "odd.yaml"]);
    assert_eq!((run.code, run.err.as_str()), (3, ""));
    std::fs::write(scratch.file("latin.yaml"), b"kind: \xe9\n").expect("written");
    assert_eq!(scratch.run(["judge", "latin.yaml"]).code, 3);
    assert_eq!(scratch.run(["judge", "missing.yaml"]).code, 1);
}

#[test]
fn a_password_is_in_no_output() {
    let scratch = Scratch::new();
    scratch.write(
        "peer.yaml",
        "apiVersion: metallb.io/v1beta2\nkind: BGPPeer\nmetadata: { name: a, namespace: metallb-system }\n\
         spec: { myASN: 0, peerASN: 64501, peerAddress: 192.0.2.1, password: hunter2, passwordSecret: { name: x } }\n---\n\
         apiVersion: v1\nkind: Secret\nmetadata: { name: x, namespace: metallb-system }\ntype: Opaque\nstringData: { password: hunter2 }\n",
    );
    for format in ["human", "json", "yaml", "markdown", "github", "sarif", "junit"] {
        let run = scratch.run(["judge", "peer.yaml", "-o", format]);
        assert_eq!(run.code, 3, "{format}");
        assert!(!(run.out + &run.err).contains("hunter2"), "{format}");
    }
}
