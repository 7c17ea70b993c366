//! The snapshot as a whole: what is read, and what is left when something goes wrong.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::*;
use crate::live::{Cluster as _, Router as _, RouterOutcome};
use crate::live::{ClusterBatch, ErrorClass, ObjectWrite, Precondition, Receipt, RouterContent, RouterWrite};
use crate::metallb::{Backend, Kind, Version};
use crate::observed::{ClusterState, ObjectKey, RouterState};
use crate::pfsense::Value as Xml;
use crate::pfsense::xml::{Edit, ListPath};

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
}

const POOLS: &str = "\
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: # who
  name: web
  namespace: metallb-system
spec:
  addresses: [192.168.32.0/24]
---
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Namespace
  metadata:
    name: kube-system
    uid: 11111111-2222-3333-4444-555555555555
";

const CONFIG: &str = "<?xml version=\"1.0\"?>\n<pfsense>\n\t<version>23.9</version>\n\t<installedpackages>\n\t\t<frr>\n\t\t\t<config>\n\t\t\t\t<enable>on</enable>\n\t\t\t</config>\n\t\t</frr>\n\t</installedpackages>\n</pfsense>\n";

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    fs::create_dir_all(root.join("cluster")).expect("made");
    fs::create_dir_all(root.join("fw/a")).expect("made");
    fs::create_dir_all(root.join("leaf")).expect("made");
    fs::write(root.join("cluster/pools.yaml"), POOLS).expect("written");
    fs::write(root.join("fw/a/config.xml"), CONFIG).expect("written");
    folder
}

fn everything(root: &Path) -> Vec<(String, Option<Vec<u8>>)> {
    let mut all = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("listed") {
            let path = entry.expect("an entry").path();
            let name = path.strip_prefix(root).expect("inside").display().to_string();
            if path.is_dir() {
                folders.push(path);
                all.push((name, None));
            } else {
                all.push((name, Some(fs::read(&path).expect("read"))));
            }
        }
    }
    all.sort();
    all
}

fn key(kind: Kind, name: &str) -> ObjectKey {
    ObjectKey { kind, namespace: "metallb-system".into(), name: name.into() }
}

fn put(state: &ClusterState, kind: Kind, name: &str, whole: Value) -> ObjectWrite {
    let key = key(kind, name);
    let before = state.get(&key).map(|object| Precondition { uid: None, revision: object.revision.clone() });
    ObjectWrite::Put { key, desired: whole.clone(), whole, take_over: false, before }
}

fn pool(name: &str, addresses: &str) -> Value {
    json!({"apiVersion": "metallb.io/v1beta1", "kind": "IPAddressPool",
        "metadata": {"name": name, "namespace": "metallb-system"}, "spec": {"addresses": [addresses]}})
}

#[test]
fn what_a_snapshot_tells() {
    let folder = folder();
    fs::write(
        folder.path().join("snapshot.yaml"),
        "formatVersion: \"1.7\"\nlater: {}\nmetallb: {namespace: lb, version: 0.14.9, backend: frr-k8s}\nrouters:\n  fw/a: {product: pfSense CE 2.8.1, frrPackage: 2.0.2_6}\n",
    )
    .expect("written");
    let snapshot = Snapshot::open(folder.path()).expect("opens");
    let routers = [("fw/a".to_owned(), RouterProgram::Pfsense), ("leaf".to_owned(), RouterProgram::Frr)];
    let observed = snapshot.read(&routers).expect("reads");
    let cluster = observed.cluster.as_ref().expect("there");
    assert_eq!(cluster.uid.as_deref(), Some("11111111-2222-3333-4444-555555555555"));
    assert_eq!(cluster.metallb.version, Some(Version::V0_14_9));
    assert_eq!(cluster.metallb.backend, Some(Backend::FrrK8s));
    assert_eq!(cluster.metallb.namespace.as_deref(), Some("lb"));
    assert_eq!(cluster.get(&key(Kind::IpAddressPool, "web")).expect("there").origin, "cluster/pools.yaml");
    let Some(RouterState::Pfsense(pfsense)) = observed.router("fw/a") else { panic!("a pfSense") };
    assert_eq!(pfsense.facts.package.as_ref().map(|package| package.version.as_str()), Some("2.0.2_6"));
    let Some(RouterState::Frr(frr)) = observed.router("leaf") else { panic!("a plain FRR") };
    assert_eq!(frr.text, "");
}

#[test]
fn what_cannot_be_read_says_where_and_why() {
    type Break = fn(&Path);
    let table: [(Break, ErrorClass, &str); 9] = [
        (
            |root| fs::remove_dir_all(root).expect("removed"),
            ErrorClass::Failed,
            "the snapshot folder is not there",
        ),
        (|root| fs::remove_dir_all(root.join("cluster")).expect("removed"), ErrorClass::Failed, "cluster: "),
        (
            |root| fs::remove_file(root.join("fw/a/config.xml")).expect("removed"),
            ErrorClass::Failed,
            "config.xml: ",
        ),
        (
            |root| fs::write(root.join("snapshot.yaml"), "formatVersion: 2").expect("written"),
            ErrorClass::Invalid,
            "format version 2",
        ),
        (
            |root| fs::write(root.join("snapshot.yaml"), "redacted: maybe").expect("written"),
            ErrorClass::Invalid,
            "snapshot.yaml:1:11: invalid boolean",
        ),
        (
            |root| fs::write(root.join("cluster/a.yaml"), "kind: [").expect("written"),
            ErrorClass::Invalid,
            "a.yaml:1:",
        ),
        (
            |root| fs::write(root.join("cluster/a.yaml"), b"\xff\xfe").expect("written"),
            ErrorClass::Invalid,
            "a.yaml:1:1: is no UTF-8",
        ),
        (
            |root| fs::write(root.join("cluster/a.yaml"), POOLS).expect("written"),
            ErrorClass::Invalid,
            "is both in",
        ),
        (
            |root| fs::write(root.join("fw/a/config.xml"), "<pfsense><a></pfsense>").expect("written"),
            ErrorClass::Invalid,
            "pfSense would not load it",
        ),
    ];
    for (damage, class, text) in table {
        let folder = folder();
        damage(folder.path());
        let error = Snapshot::open(folder.path())
            .and_then(|snapshot| snapshot.read(&[("fw/a".into(), RouterProgram::Pfsense)]))
            .expect_err(text);
        assert_eq!(error.class(), class, "{error}");
        assert!(error.to_string().contains(text), "{error} should say {text}");
    }
}

#[test]
fn objects_are_changed_added_and_removed() {
    let folder = folder();
    let root = folder.path();
    let snapshot = Snapshot::open(root).expect("opens");
    let cluster = snapshot.cluster();
    let state = cluster.read_now().expect("reads");
    let secret = json!({"apiVersion": "v1", "kind": "Secret",
        "metadata": {"name": "md5", "namespace": "metallb-system"}, "data": {"password": "eA=="}});
    let batch = ClusterBatch {
        expect: Some(state.revision.clone()),
        dry_run: false,
        writes: vec![
            put(&state, Kind::IpAddressPool, "web", pool("web", "10.0.0.0/24")),
            put(&state, Kind::IpAddressPool, "db", pool("db", "10.1.0.0/24")),
            put(&state, Kind::Secret, "md5", secret),
        ],
    };
    let before = everything(root);
    let receipt = run(cluster.write(&batch)).expect("written");
    assert_eq!(receipt.written.len(), 3);
    let text = fs::read_to_string(root.join("cluster/pools.yaml")).expect("read");
    assert!(text.contains("metadata: # who") && text.contains("10.0.0.0/24"), "{text}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |name: &str| fs::metadata(root.join(name)).expect("there").permissions().mode() & 0o777;
        assert_eq!(mode("cluster/secret-md5.yaml"), 0o600);
    }
    let after = cluster.read_now().expect("reads");
    assert_eq!(after.revision, receipt.revision);
    assert_eq!(
        after.get(&key(Kind::IpAddressPool, "db")).expect("new").origin,
        "cluster/ipaddresspool-db.yaml"
    );

    // The same batch again rests on a state that is gone.
    let again = run(cluster.write(&batch)).expect_err("stale");
    assert_eq!(again.class(), ErrorClass::Refused);

    // A file whose last object goes is removed.
    let db = after.get(&key(Kind::IpAddressPool, "db")).expect("there");
    let delete = ObjectWrite::Delete {
        key: key(Kind::IpAddressPool, "db"),
        before: Precondition { uid: None, revision: db.revision.clone() },
    };
    run(cluster.write(&ClusterBatch { expect: None, dry_run: false, writes: vec![delete] }))
        .expect("written");
    assert!(!root.join("cluster/ipaddresspool-db.yaml").exists());

    // What was written first can be taken back; what is gone already is as it was.
    run(cluster.undo(&receipt)).expect("undone");
    assert_eq!(everything(root), before);
}

#[test]
fn what_somebody_else_has_changed_since_is_not_undone() {
    let folder = folder();
    let root = folder.path();
    let cluster = Snapshot::open(root).expect("opens").cluster();
    let state = cluster.read_now().expect("reads");
    let writes = vec![
        put(&state, Kind::IpAddressPool, "web", pool("web", "10.0.0.0/24")),
        put(&state, Kind::IpAddressPool, "db", pool("db", "10.1.0.0/24")),
    ];
    let receipt =
        run(cluster.write(&ClusterBatch { expect: None, dry_run: false, writes })).expect("written");
    let theirs = "# theirs\n";
    fs::write(root.join("cluster/ipaddresspool-db.yaml"), theirs).expect("written");
    let error = run(cluster.undo(&receipt)).expect_err("one file has changed since");
    assert!(error.to_string().contains("ipaddresspool-db.yaml"), "{error}");
    assert_eq!(fs::read_to_string(root.join("cluster/ipaddresspool-db.yaml")).expect("read"), theirs);
    assert_eq!(fs::read_to_string(root.join("cluster/pools.yaml")).expect("read"), POOLS);
}

#[test]
fn a_write_that_fails_leaves_everything_as_it_was() {
    for number in 0..2 {
        let folder = folder();
        let snapshot = Snapshot::open(folder.path()).expect("opens");
        let cluster = snapshot.cluster();
        let state = cluster.read_now().expect("reads");
        let writes = vec![
            put(&state, Kind::IpAddressPool, "web", pool("web", "10.0.0.0/24")),
            put(&state, Kind::IpAddressPool, "db", pool("db", "10.1.0.0/24")),
        ];
        let before = everything(folder.path());
        let batch = ClusterBatch { expect: None, dry_run: false, writes };
        let error = fails_at(number, || run(cluster.write(&batch))).expect_err("no space");
        assert_eq!(error.class(), ErrorClass::Failed);
        assert_eq!(everything(folder.path()), before);
    }
}

fn enable_bgp(expect: &str) -> RouterWrite {
    let entry = Xml::branch([("enable", Xml::text("on"))]);
    RouterWrite {
        expect: expect.into(),
        message: "test".into(),
        content: RouterContent::Pfsense(vec![Edit::InsertEntry {
            list: ListPath::entries("frrbgp"),
            index: 0,
            entry,
        }]),
    }
}

#[test]
fn a_router_is_compared_and_set() {
    let folder = folder();
    let snapshot = Snapshot::open(folder.path()).expect("opens");
    let router = snapshot.router("fw/a", RouterProgram::Pfsense);
    let before = everything(folder.path());
    let revision = router.read_now().expect("reads").revision().to_owned();
    let outcome = run(router.compare_and_set(&enable_bgp("old"))).expect("known");
    assert!(matches!(outcome, RouterOutcome::Conflict { .. }), "{outcome:?}");
    let outcome = run(router.compare_and_set(&enable_bgp(&revision))).expect("known");
    let RouterOutcome::Written(receipt) = outcome else { panic!("{outcome:?}") };
    assert_eq!(router.read_now().expect("reads").revision(), receipt.revision);
    run(router.undo(&receipt)).expect("undone");
    assert_eq!(everything(folder.path()), before);
    let nothing =
        RouterWrite { expect: revision, message: String::new(), content: RouterContent::Pfsense(vec![]) };
    assert!(matches!(run(router.compare_and_set(&nothing)).expect("known"), RouterOutcome::Noop));
    run(router.undo(&Receipt::default())).expect("nothing to undo");
}

#[test]
fn a_redacted_snapshot_is_never_written() {
    let folder = folder();
    fs::write(folder.path().join("snapshot.yaml"), "formatVersion: 1\nredacted: true\n").expect("written");
    let snapshot = Snapshot::open(folder.path()).expect("opens");
    let router = snapshot.router("fw/a", RouterProgram::Pfsense);
    let revision = router.read_now().expect("reads").revision().to_owned();
    let error = run(router.compare_and_set(&enable_bgp(&revision))).expect_err("redacted");
    assert_eq!(error.class(), ErrorClass::Refused);
    assert_eq!(fs::read_to_string(folder.path().join("fw/a/config.xml")).expect("read"), CONFIG);
}

#[test]
fn one_run_at_a_time() {
    let folder = folder();
    let snapshot = Snapshot::open(folder.path()).expect("opens");
    let before = everything(folder.path());
    let lock = snapshot.lock().expect("free");
    assert!(matches!(snapshot.lock(), Err(LiveError::Busy { .. })));
    drop(lock);
    drop(snapshot.lock().expect("free again"));
    assert_eq!(everything(folder.path()), before, "the lock leaves no file");
}

#[cfg(unix)]
#[test]
fn links_stay_links_and_secrets_become_private() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let folder = folder();
    let (root, elsewhere) = (folder.path(), tempfile::tempdir().expect("a folder"));
    let real = elsewhere.path().join("real.xml");
    fs::write(&real, CONFIG).expect("written");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).expect("set");
    fs::remove_file(root.join("fw/a/config.xml")).expect("removed");
    symlink(&real, root.join("fw/a/config.xml")).expect("linked");
    let router = Snapshot::open(root).expect("opens").router("fw/a", RouterProgram::Pfsense);
    let revision = router.read_now().expect("reads").revision().to_owned();
    run(router.compare_and_set(&enable_bgp(&revision))).expect("written");
    assert!(root.join("fw/a/config.xml").is_symlink());
    assert!(fs::read_to_string(&real).expect("read").contains("<frrbgp>"));
    assert_eq!(fs::metadata(&real).expect("there").permissions().mode() & 0o777, 0o600);

    fs::set_permissions(&real, fs::Permissions::from_mode(0o440)).expect("set");
    let revision = router.read_now().expect("reads").revision().to_owned();
    let write = RouterWrite {
        expect: revision,
        message: String::new(),
        content: RouterContent::Pfsense(vec![Edit::DeleteSection { section: "frrbgp".into() }]),
    };
    let error = run(router.compare_and_set(&write)).expect_err("read-only");
    assert_eq!(error.class(), ErrorClass::Failed, "{error}");
    assert!(fs::read_to_string(&real).expect("read").contains("<frrbgp>"));
}

#[test]
fn leftovers_of_a_killed_run_are_skipped_and_swept() {
    let folder = folder();
    let left = folder.path().join("cluster/.metalsense-abc");
    fs::write(&left, "half of").expect("written");
    let cluster = Snapshot::open(folder.path()).expect("opens").cluster();
    let state = cluster.read_now().expect("the leftover is skipped");
    let writes = vec![put(&state, Kind::IpAddressPool, "db", pool("db", "10.1.0.0/24"))];
    run(cluster.write(&ClusterBatch { expect: None, dry_run: false, writes })).expect("written");
    assert!(!left.exists());
}
