//! First apply, nothing to do, every kind of change and back, adoption, others who write, prune.

use metalsense::plan::{Guard, Options};
use serde_json::{Value, json};

use super::lab::lab;
use super::network::{FULL, apply, changes, compare, make_so};

fn adopting() -> Options {
    Options { adopt: true, ..Options::default() }
}

/// All objects of MetalLB in a namespace with their revisions.
fn revisions(lab: &super::lab::Lab, namespace: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (version, plural) in [
        ("v1beta1", "ipaddresspools"),
        ("v1beta1", "bgpadvertisements"),
        ("v1beta2", "bgppeers"),
        ("v1beta1", "communities"),
        ("v1beta1", "bfdprofiles"),
    ] {
        let list = lab.get(&format!("/apis/metallb.io/{version}/namespaces/{namespace}/{plural}"));
        for item in list["items"].as_array().expect("items") {
            let text = |name: &str| item["metadata"][name].as_str().unwrap_or_default().to_owned();
            found.push((format!("{plural}/{}", text("name")), text("resourceVersion")));
        }
    }
    found
}

#[test]
fn a_network_is_applied_once_and_then_left_alone() {
    let Some(lab) = lab() else { return };
    let namespace = lab.metallb("v0.15.2", "frr");
    let cluster = lab.connect("admin", &namespace);
    let text = FULL.replace("NAME", "first");
    let difference = compare(&lab, &cluster, &text, &Options::default()).expect("read");
    assert_eq!(difference.refusals, []);
    let planned = changes(&difference).len();
    let applied = apply(&lab, &cluster, &difference).expect("applied");
    assert_eq!(applied.written.len(), planned, "{applied:?}");
    let before = revisions(&lab, &namespace);
    assert_eq!(before.len(), planned);

    // A reader that has never seen the cluster agrees, and nothing is written.
    let mut mark = 0;
    lab.audit("admin", &namespace, &mut mark);
    let again = lab.connect("admin", &namespace);
    let difference = compare(&lab, &again, &text, &Options::default()).expect("read");
    assert_eq!(changes(&difference), [""; 0]);
    assert!(apply(&lab, &again, &difference).expect("applied").written.is_empty());
    let asked = lab.audit("admin", &namespace, &mut mark);
    assert!(!asked.is_empty(), "the log says something");
    let writes: Vec<_> = asked.iter().filter(|(verb, _)| !matches!(verb.as_str(), "get" | "list")).collect();
    assert!(writes.is_empty(), "{writes:?}");
    assert_eq!(revisions(&lab, &namespace), before);

    // The manager and the labels are ours.
    let pool = lab.get(&format!("/apis/metallb.io/v1beta1/namespaces/{namespace}/ipaddresspools/web"));
    assert_eq!(pool["metadata"]["labels"]["app.kubernetes.io/managed-by"], "metalsense");
    let managers: Vec<_> =
        pool["metadata"]["managedFields"].as_array().expect("fields").iter().map(|m| &m["manager"]).collect();
    assert_eq!(managers, ["metalsense"]);
}

#[test]
fn every_change_goes_there_and_back() {
    let Some(lab) = lab() else { return };
    let namespace = lab.metallb("v0.15.2", "frr");
    let cluster = lab.connect("admin", &namespace);
    let text = FULL.replace("NAME", "changes");
    make_so(&lab, &cluster, &text, &Options::default()).expect("applied");
    let spec = |path: &str| lab.get(&format!("/apis/metallb.io/{path}"))["spec"].clone();
    let object = |path: &str| path.replace("NS", &format!("namespaces/{namespace}"));
    let (web, db) = (object("v1beta1/NS/ipaddresspools/web"), object("v1beta1/NS/ipaddresspools/db"));
    let peer = object("v1beta2/NS/bgppeers/one");
    let bfd = object("v1beta1/NS/bfdprofiles/quick");
    for (from, to, path, pointer, value) in [
        (
            "192.168.32.0/24]",
            "192.168.32.0/24, 192.168.40.0-192.168.40.9]",
            &web,
            "/addresses/1",
            json!("192.168.40.0-192.168.40.9"),
        ),
        ("autoAssign: false", "autoAssign: true", &db, "/autoAssign", json!(true)),
        ("autoAssign: false", "avoidBuggyIPs: true", &db, "/avoidBuggyIPs", json!(true)),
        ("holdTime: 90s\n      keepaliveTime: 30s", "holdTime: 2m", &peer, "/holdTime", json!("2m0s")),
        ("keepaliveTime: 30s", "keepaliveTime: 10s", &peer, "/keepaliveTime", json!("10s")),
        ("keepaliveTime: 30s", "multihop: true", &peer, "/ebgpMultiHop", json!(true)),
        (
            "      holdTime: 90s\n      keepaliveTime: 30s\n      bfd: quick",
            "      holdTime: 90s",
            &peer,
            "/bfdProfile",
            Value::Null,
        ),
        ("detectMultiplier: 3", "detectMultiplier: 5", &bfd, "/detectMultiplier", json!(5)),
        ("receiveInterval: 300", "receiveInterval: 400", &bfd, "/receiveInterval", json!(400)),
    ] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from}");
        let former = spec(path);
        make_so(&lab, &cluster, &changed, &Options::default())
            .unwrap_or_else(|error| panic!("{to}: {error}"));
        let found = spec(path).pointer(pointer).cloned().unwrap_or_default();
        let same = found == value
            || metalsense::metallb::duration::parse(found.as_str().unwrap_or("x")).is_some_and(|time| {
                Some(time) == value.as_str().and_then(metalsense::metallb::duration::parse)
            });
        assert!(same, "{to}: {found}");
        let difference = compare(&lab, &cluster, &changed, &Options::default()).expect("read");
        assert_eq!(changes(&difference), [""; 0], "{to}");
        make_so(&lab, &cluster, &text, &Options::default()).unwrap_or_else(|error| panic!("{from}: {error}"));
        assert_eq!(spec(path), former, "{from}");
    }
}

#[test]
fn objects_made_by_hand_are_adopted_without_being_made_anew() {
    let Some(lab) = lab() else { return };
    let namespace = lab.metallb("v0.15.2", "frr");
    let cluster = lab.connect("admin", &namespace);
    let text = FULL.replace("NAME", "adopt");
    let pools = format!("/apis/metallb.io/v1beta1/namespaces/{namespace}/ipaddresspools");
    // One by kubectl's own apply, one by Helm, each with fields that we do not want.
    let by_hand = |name: &str, addresses: &str, labels: Value| {
        json!({"apiVersion": "metallb.io/v1beta1", "kind": "IPAddressPool",
               "metadata": {"name": name, "namespace": namespace, "labels": labels,
                            "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}"}},
               "spec": {"addresses": [addresses], "avoidBuggyIPs": true, "serviceAllocation": {"priority": 5}}})
    };
    let web = lab.create(&pools, &by_hand("web", "192.168.32.0/24", json!({"team": "net"})));
    let helm = json!({"app.kubernetes.io/managed-by": "Helm", "chart": "x"});
    let body = by_hand("db", "192.168.33.0/25", helm);
    let db = lab.apply_as("helm", &format!("{pools}/db"), &body);

    let difference = compare(&lab, &cluster, &text, &Options::default()).expect("read");
    assert!(difference.refusals.iter().any(|refusal| refusal.guard == Guard::Adoption));
    let holders: Vec<_> = difference.findings.iter().map(|finding| finding.message.as_str()).collect();
    assert!(holders.iter().any(|text| text.contains("by kubectl-create")), "{holders:#?}");
    assert!(holders.iter().any(|text| text.contains("by helm")), "{holders:#?}");

    make_so(&lab, &cluster, &text, &adopting()).expect("adopted");
    for (name, before) in [("web", web), ("db", db)] {
        let after = lab.get(&format!("{pools}/{name}"));
        assert_eq!(after["metadata"]["uid"], before["metadata"]["uid"], "{name}");
        assert_eq!(after["spec"].get("serviceAllocation"), None, "{name}");
        assert_eq!(after["spec"]["avoidBuggyIPs"], false, "{name}");
        assert_eq!(after["metadata"]["labels"]["app.kubernetes.io/managed-by"], "metalsense", "{name}");
    }
    // What others keep beside the spec stays.
    assert_eq!(lab.get(&format!("{pools}/web"))["metadata"]["labels"]["team"], "net");
    assert_eq!(lab.get(&format!("{pools}/db"))["metadata"]["labels"]["chart"], "x");
    let difference = compare(&lab, &cluster, &text, &Options::default()).expect("read");
    assert_eq!((changes(&difference), difference.refusals.len()), (Vec::new(), 0));
}

#[test]
fn others_who_write_our_fields_are_named_and_not_overwritten() {
    let Some(lab) = lab() else { return };
    let namespace = lab.metallb("v0.15.2", "frr");
    let cluster = lab.connect("admin", &namespace);
    let text = FULL.replace("NAME", "foreign");
    make_so(&lab, &cluster, &text, &Options::default()).expect("applied");
    let path = format!("/apis/metallb.io/v1beta1/namespaces/{namespace}/ipaddresspools/web");
    let edit = json!({"spec": {"addresses": ["192.168.99.0/24"], "autoAssign": false}});
    let (code, _) = lab.call("PATCH", &format!("{path}?fieldManager=kubectl-edit"), Some(&edit));
    assert_eq!(code, 200);

    let difference = compare(&lab, &cluster, &text, &Options::default()).expect("read");
    let refused: Vec<_> = difference.refusals.iter().map(|refusal| refusal.finding.message.clone()).collect();
    assert_eq!(
        refused,
        [format!(
            "IPAddressPool {namespace}/web: fields are held by others: \
             spec.addresses by kubectl-edit, spec.autoAssign by kubectl-edit"
        )]
    );
    apply(&lab, &cluster, &difference).expect_err("refused");
    assert_eq!(lab.get(&path)["spec"]["autoAssign"], false);

    let consent = Options { take_ownership: true, ..Options::default() };
    make_so(&lab, &cluster, &text, &consent).expect("taken over");
    let after = lab.get(&path);
    assert_eq!(
        (&after["spec"]["addresses"], &after["spec"]["autoAssign"]),
        (&json!(["192.168.32.0/24"]), &json!(true))
    );
    assert_eq!(changes(&compare(&lab, &cluster, &text, &Options::default()).expect("read")), [""; 0]);
}

#[test]
fn what_is_not_declared_any_more_goes_and_what_is_not_ours_stays() {
    let Some(lab) = lab() else { return };
    let namespace = lab.metallb("v0.15.2", "frr");
    let cluster = lab.connect("admin", &namespace);
    let text = FULL.replace("NAME", "prune");
    make_so(&lab, &cluster, &text, &Options::default()).expect("applied");
    let pools = format!("/apis/metallb.io/v1beta1/namespaces/{namespace}/ipaddresspools");
    let foreign = json!({"apiVersion": "metallb.io/v1beta1", "kind": "IPAddressPool",
        "metadata": {"name": "theirs"}, "spec": {"addresses": ["10.9.0.0/24"]}});
    lab.create(&pools, &foreign);
    let end = text.find("    - name: db").expect("the last pool");
    let applied = make_so(&lab, &cluster, &text[..end], &Options::default()).expect("applied");
    let pool = format!("IPAddressPool {namespace}/db");
    assert!(applied.written.contains(&pool), "{applied:?}");
    let advertisement = applied.written.iter().position(|what| what.starts_with("BGPAdvertisement"));
    assert!(advertisement < applied.written.iter().position(|what| *what == pool), "{applied:?}");
    assert_eq!(lab.call("GET", &format!("{pools}/db"), None).0, 404);
    assert_eq!(lab.call("GET", &format!("{pools}/theirs"), None).0, 200);
}

#[test]
fn a_plan_that_has_grown_old_is_refused() {
    let Some(lab) = lab() else { return };
    let namespace = lab.metallb("v0.15.2", "frr");
    let cluster = lab.connect("admin", &namespace);
    let text = FULL.replace("NAME", "stale");
    make_so(&lab, &cluster, &text, &Options::default()).expect("applied");
    let path = format!("/apis/metallb.io/v1beta1/namespaces/{namespace}/ipaddresspools/web");
    let changed = text.replace("192.168.32.0/24", "192.168.42.0/24");

    // A status is nobody's business.
    let difference = compare(&lab, &cluster, &changed, &Options::default()).expect("read");
    let status =
        json!({"status": {"assignedIPv4": 7, "assignedIPv6": 0, "availableIPv4": 249, "availableIPv6": 0}});
    assert_eq!(lab.call("PATCH", &format!("{path}/status"), Some(&status)).0, 200);
    apply(&lab, &cluster, &difference).expect("still the same configuration");

    let difference = compare(&lab, &cluster, &text, &Options::default()).expect("read");
    let label = json!({"metadata": {"labels": {"somebody": "was-here"}}});
    assert_eq!(lab.call("PATCH", &path, Some(&label)).0, 200);
    let error = apply(&lab, &cluster, &difference).expect_err("stale");
    assert!(error.to_string().contains("changed since it was read"), "{error}");
    assert_eq!(lab.get(&path)["spec"]["addresses"], json!(["192.168.42.0/24"]));

    // An object that was deleted in between is noticed as well.
    let difference = compare(&lab, &cluster, &text, &Options::default()).expect("read");
    assert_eq!(lab.call("DELETE", &path, None).0, 200);
    apply(&lab, &cluster, &difference).expect_err("stale");
    make_so(&lab, &cluster, &text, &Options::default()).expect("made anew");
}

#[test]
fn what_was_written_is_taken_back_when_a_later_write_is_refused() {
    let Some(lab) = lab() else { return };
    let namespace = lab.metallb("v0.15.2", "frr");
    let cluster = lab.connect("admin", &namespace);
    let text = FULL.replace("NAME", "undo");
    make_so(&lab, &cluster, &text, &Options::default()).expect("applied");
    let pools = format!("/apis/metallb.io/v1beta1/namespaces/{namespace}/ipaddresspools");
    let before: Vec<Value> =
        ["web", "db"].map(|name| lab.get(&format!("{pools}/{name}"))["spec"].clone()).to_vec();
    // The server refuses this for its own reason, long after the pools were written.
    lab.create(
        "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies",
        &json!({"metadata": {"name": namespace}, "spec": {
            "matchConstraints": {"resourceRules": [{"apiGroups": ["metallb.io"], "apiVersions": ["*"],
                "operations": ["CREATE", "UPDATE"], "resources": ["bgpadvertisements"]}]},
            "validations": [{"expression": "false", "message": "not today"}]}}),
    );
    lab.create(
        "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings",
        &json!({"metadata": {"name": namespace}, "spec": {"policyName": namespace, "validationActions": ["Deny"],
            "matchResources": {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}}}}}),
    );
    let advertisements =
        format!("/apis/metallb.io/v1beta1/namespaces/{namespace}/bgpadvertisements?dryRun=All");
    let body =
        json!({"apiVersion": "metallb.io/v1beta1", "kind": "BGPAdvertisement", "metadata": {"name": "x"}});
    for _ in 0..300 {
        if lab.call("POST", &advertisements, Some(&body)).0 >= 400 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    let changed = text
        .replace("192.168.32.0/24", "192.168.42.0/24")
        .replace("        - communities: [blue]", "        - communities: [blue, no-export]");
    let more = format!(
        "{changed}    - name: new\n      addresses: [192.168.50.0/24]\n      advertise:\n        - peers: [two]\n"
    );
    let error = make_so(&lab, &cluster, &more, &Options::default()).expect_err("refused");
    assert!(error.contains("not today"), "{error}");
    assert!(!error.contains("still changed"), "{error}");
    let after: Vec<Value> =
        ["web", "db"].map(|name| lab.get(&format!("{pools}/{name}"))["spec"].clone()).to_vec();
    assert_eq!(after, before);
    assert_eq!(lab.call("GET", &format!("{pools}/new"), None).0, 404);
    // Who held what is as it was, so that the next run has nothing to take over.
    let difference = compare(&lab, &cluster, &text, &Options::default()).expect("read");
    assert_eq!((changes(&difference), difference.refusals.len()), (Vec::new(), 0));
    let difference = compare(&lab, &cluster, &more, &Options::default()).expect("read");
    assert_eq!(difference.refusals, []);
}
