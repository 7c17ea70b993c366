//! The roles in `deploy/rbac` are enough for what they are for, and not for more.

use std::path::Path;

use metalsense::metallb::Kind;
use metalsense::plan::Options;
use serde_json::{Value, json};

use super::lab::{Lab, lab};
use super::network::{FULL, apply, changes, compare, make_so, read};
use crate::tool::Scratch;

/// Makes the roles of a file, in some namespace, and binds them to a group.
fn bind(lab: &Lab, file: &str, namespace: &str, group: &str, with_secrets: bool) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/rbac").join(file);
    let text = std::fs::read_to_string(path).expect("the file is there");
    let documents: Vec<Value> = serde_yaml::from_multiple(&text).expect("YAML");
    for mut role in documents {
        let kind = role["kind"].as_str().expect("a kind").to_owned();
        if !with_secrets {
            let rules = role["rules"].as_array_mut().expect("rules");
            rules.retain(|rule| rule["resources"] != json!(["secrets"]));
        }
        let name = format!("{}-{group}-{namespace}", role["metadata"]["name"].as_str().expect("a name"));
        role["metadata"]["name"] = json!(name);
        let root = "/apis/rbac.authorization.k8s.io/v1";
        let (collection, plural) = match kind.as_str() {
            "ClusterRole" => (root.to_owned(), "clusterrole"),
            _ => {
                role["metadata"]["namespace"] = json!(namespace);
                (format!("{root}/namespaces/{namespace}"), "role")
            }
        };
        lab.create(&format!("{collection}/{plural}s"), &role);
        let binding = json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": format!("{kind}Binding"),
            "metadata": {"name": name},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name},
            "subjects": [{"kind": "Group", "apiGroup": "rbac.authorization.k8s.io", "name": group}],
        });
        lab.create(&format!("{collection}/{plural}bindings"), &binding);
    }
}

#[test]
fn reading_needs_no_more_than_the_read_only_role_and_never_writes() {
    let Some(lab) = lab() else { return };
    let namespace = lab.metallb("v0.15.2", "frr");
    let text = FULL.replace("NAME", "roles");
    bind(&lab, "read.yaml", &namespace, "readers", true);
    let mut mark = 0;
    lab.audit("reader", &namespace, &mut mark);
    let reader = lab.connect("reader", &namespace);
    let difference = compare(&lab, &reader, &text, &Options::default()).expect("readable");
    assert_eq!(difference.refusals, []);
    assert!(!changes(&difference).is_empty());
    let state = read(&lab, &reader).expect("readable");
    assert_eq!(state.unseen, []);
    assert!(state.uid.is_some());
    let asked = lab.audit("reader", &namespace, &mut mark);
    assert!(asked.iter().all(|(verb, _)| matches!(verb.as_str(), "get" | "list")), "{asked:?}");

    // It cannot change anything, and that is said with verb and resource.
    let error = apply(&lab, &reader, &difference).expect_err("forbidden").to_string();
    assert!(error.contains("not allowed to patch"), "{error}");
    assert!(error.contains(&format!("bfdprofiles.metallb.io in namespace {namespace}")), "{error}");
    assert!(error.ends_with("nothing is changed"), "{error}");
}

#[test]
fn applying_needs_both_roles_and_no_rights_elsewhere() {
    let Some(lab) = lab() else { return };
    let namespace = lab.metallb("v0.15.2", "frr");
    bind(&lab, "read.yaml", &namespace, "writers", true);
    bind(&lab, "apply.yaml", &namespace, "writers", true);
    let writer = lab.connect("writer", &namespace);
    let text = FULL.replace("NAME", "writer");
    make_so(&lab, &writer, &text, &Options::default()).expect("applied");
    let end = text.find("    - name: db").expect("the last pool");
    make_so(&lab, &writer, &text[..end], &Options::default()).expect("pruned");
    assert_eq!(changes(&compare(&lab, &writer, &text[..end], &Options::default()).expect("read")), [""; 0]);
}

#[test]
fn without_any_right_the_first_thing_that_is_needed_is_named() {
    let Some(lab) = lab() else { return };
    let namespace = lab.metallb("v0.15.2", "frr");
    let error = read(&lab, &lab.connect("nobody", &namespace)).expect_err("forbidden").to_string();
    assert!(error.starts_with("context nobody: not allowed to list "), "{error}");
    assert!(error.contains(&format!("metallb.io in namespace {namespace}: ")), "{error}");
}

#[test]
fn rights_that_a_check_can_live_without_are_missed_and_not_needed() {
    let Some(lab) = lab() else { return };
    let namespace = lab.metallb("v0.15.2", "frr");
    // The namespaced part alone, without Secrets: no nodes, no services, no CRDs, no kube-system.
    let rules = json!([{"apiGroups": ["metallb.io"], "resources": ["*"], "verbs": ["get", "list"]}]);
    let root = format!("/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}");
    lab.create(&format!("{root}/roles"), &json!({"metadata": {"name": "few"}, "rules": rules}));
    lab.create(
        &format!("{root}/rolebindings"),
        &json!({"metadata": {"name": "few"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "few"},
            "subjects": [{"kind": "Group", "apiGroup": "rbac.authorization.k8s.io", "name": "nobodies"}]}),
    );
    let nobody = lab.connect("nobody", &namespace);
    let state = read(&lab, &nobody).expect("readable");
    let unseen: Vec<&str> = state.unseen.iter().map(|unseen| unseen.what.as_str()).collect();
    for what in
        ["nodes", "namespaces", "services", "custom resource definitions", "the uid of namespace kube-system"]
    {
        assert!(unseen.iter().any(|seen| seen.starts_with(what)), "{what}: {unseen:?}");
    }
    assert!(state.unseen(Kind::Secret).is_none(), "no Secret was needed");
    // Without a look at the workloads the backend has to be declared.
    let text = FULL.replace("NAME", "few").replace("asn: k8s\n", "asn: k8s\n    metallb: { backend: frr }\n");
    let difference = compare(&lab, &nobody, &text, &Options::default()).expect("readable");
    assert!(difference.findings.iter().any(|finding| finding.rule == "not-seen"));
    assert_eq!(difference.refusals, []);

    // A Secret that is wanted and cannot be seen may be there with another content.
    let scratch = Scratch::new();
    let password = "      holdTime: 90s\n      password: { file: password.txt }\n";
    scratch.write("network.yaml", &text.replacen("      holdTime: 90s\n", password, 1));
    scratch.write("password.txt", "correct-horse\n");
    let kubeconfig = lab.kubeconfig().display().to_string();
    let run = scratch.run(["diff", "--kubeconfig", &kubeconfig, "--context", "nobody", "-n", &namespace]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert!(run.err.contains("apply would be refused"), "{}", run.err);
    assert!(run.err.contains("may be there already"), "{}", run.err);
}
