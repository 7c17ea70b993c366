//! The verbs against a cluster, as a person runs them.

use std::path::Path;

use super::lab::{Lab, lab};
use super::network::FULL;
use crate::tool::{Run, Scratch};

fn run(lab: &Lab, scratch: &Scratch, namespace: &str, words: &str) -> Run {
    let kubeconfig = lab.kubeconfig().display().to_string();
    let flags = ["--kubeconfig", &kubeconfig, "-n", namespace];
    scratch.run(words.split_whitespace().chain(flags))
}

#[test]
fn a_cluster_is_compared_changed_and_compared_again() {
    let Some(lab) = lab() else { return };
    let namespace = lab.metallb("v0.15.2", "frr");
    let scratch = Scratch::new();
    scratch.write("network.yaml", &FULL.replace("NAME", "story"));
    let run = |words: &str| run(&lab, &scratch, &namespace, words);

    let first = run("diff --exit-code");
    assert_eq!(first.code, 2, "{}{}", first.out, first.err);
    assert!(first.out.contains(&format!("BGPPeer {namespace}/one")), "{}", first.out);
    let asked = run("apply");
    assert_eq!(asked.code, 6, "{}", asked.err);
    assert!(asked.err.contains("--yes"), "{}", asked.err);
    let applied = run("apply --yes");
    assert_eq!(applied.code, 0, "{}{}", applied.out, applied.err);
    assert!(applied.err.contains("network story: applied, 7 objects written"), "{}", applied.err);
    let again = run("diff --exit-code");
    assert_eq!(again.code, 0, "{}{}", again.out, again.err);

    // What runs there is what is compiled for.
    let compiled = run("compile --target cluster");
    assert_eq!(compiled.code, 0, "{}", compiled.err);
    assert!(compiled.out.contains(&format!("namespace: {namespace}")), "{}", compiled.out);
    let checked = run("check");
    assert_eq!(checked.code, 0, "{}{}", checked.out, checked.err);

    // One target at a time, and that is said.
    let narrowed = run("diff --target cluster");
    assert_eq!(narrowed.code, 0, "{}", narrowed.err);
    assert!(narrowed.err.contains("only cluster is looked at"), "{}", narrowed.err);
    let nothing = run("diff --target elsewhere");
    assert_eq!(nothing.code, 64, "{}", nothing.err);
}

#[test]
fn nobody_is_asked_until_every_way_is_declared() {
    let scratch = Scratch::with_example("homelab");
    let run = scratch.run(["diff", "--kubeconfig", "nowhere"]);
    assert_eq!(run.code, 64, "{}", run.err);
    assert!(run.err.contains("there is no way to reach it"), "{}", run.err);
    assert!(run.err.contains("--target cluster"), "{}", run.err);
    let run = scratch.run(["diff", "--target", "cluster", "--kubeconfig", "nowhere"]);
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(run.err.contains("nowhere cannot be read"), "{}", run.err);
    assert!(!Path::new("nowhere").exists());
}

#[test]
fn a_password_reaches_its_secret_and_nothing_else() {
    let Some(lab) = lab() else { return };
    let namespace = lab.metallb("v0.15.2", "frr");
    let scratch = Scratch::new();
    let text = FULL.replace("NAME", "secret").replacen(
        "      holdTime: 90s\n",
        "      holdTime: 90s\n      password: { file: password.txt }\n",
        1,
    );
    scratch.write("network.yaml", &text);
    scratch.write("password.txt", "correct-horse\n");
    let run = |words: &str| run(&lab, &scratch, &namespace, words);
    let applied = run("apply --yes -v");
    assert_eq!(applied.code, 0, "{}{}", applied.out, applied.err);
    let name = metalsense::intent::naming::secret("secret", "one");
    let path = format!("/api/v1/namespaces/{namespace}/secrets/{name}");
    let secret = lab.get(&path);
    assert_eq!(secret["type"], "kubernetes.io/basic-auth");
    assert_eq!(secret["data"]["password"], "Y29ycmVjdC1ob3JzZQ==");
    let again = run("diff --exit-code");
    assert_eq!(again.code, 0, "{}{}", again.out, again.err);

    scratch.write("password.txt", "battery-staple\n");
    let changed = run("diff --exit-code -v --output json");
    assert_eq!(changed.code, 2, "{}{}", changed.out, changed.err);
    for run in [&applied, &again, &changed] {
        for word in ["correct-horse", "battery-staple", "Y29ycmVj", "YmF0dGVyeS"] {
            assert!(!run.out.contains(word) && !run.err.contains(word), "{}{}", run.out, run.err);
        }
    }
    assert_eq!(run("apply --yes").code, 0);
    assert_eq!(lab.get(&path)["data"]["password"], "YmF0dGVyeS1zdGFwbGU=");

    // Gone from the declaration, gone from the cluster; unknown, it stays.
    scratch.write("network.yaml", &text.replace("{ file: password.txt }", "{ env: NOT_SET }"));
    let unknown = run("diff");
    assert!(!unknown.out.contains("Secret"), "{}", unknown.out);
    scratch.write("network.yaml", &FULL.replace("NAME", "secret"));
    assert_eq!(run("apply --yes").code, 0);
    assert_eq!(lab.call("GET", &path, None).0, 404);
}
