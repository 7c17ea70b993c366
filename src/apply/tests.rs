//! Applying to a snapshot: all of it, nothing of it, and only once.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use secrecy::SecretString;

use super::*;
use crate::compile::{Desired, RouterPart};
use crate::live::snapshot::{dies_at, fails_at};
use crate::metallb::AnyObject;
use crate::plan::change::{Action, Guard};
use crate::plan::fixture::{NODES, config, desired, objects, pfsense};
use crate::plan::{Options, difference};

const POOL: &str = "192.168.32.0/24";

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
}

/// A scratch copy of an example's snapshot.
fn example(name: &str) -> tempfile::TempDir {
    let scratch = tempfile::tempdir().expect("a folder");
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name).join("live");
    copy(&from, scratch.path());
    scratch
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("made");
    for entry in fs::read_dir(from).expect("listed") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        match entry.file_type().expect("known").is_dir() {
            true => copy(&entry.path(), &target),
            false => {
                fs::copy(entry.path(), target).expect("copied");
            }
        }
    }
}

/// Every file with its content and its time.
fn files(root: &Path) -> Vec<(PathBuf, Vec<u8>, SystemTime)> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("listed") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let time = fs::metadata(&path).and_then(|meta| meta.modified()).expect("a time");
                found.push((path.clone(), fs::read(&path).expect("read"), time));
            }
        }
    }
    found.sort();
    found
}

fn contents(root: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    files(root).into_iter().map(|(path, bytes, _)| (path, bytes)).collect()
}

fn wanted() -> Desired {
    desired("homelab", objects("homelab", &[POOL]), pfsense(config("homelab", "pfsense", &NODES, &[POOL])))
}

fn options() -> Options {
    Options { vty_password: Some(SecretString::from("random".to_owned())), ..Options::default() }
}

fn compare(desired: &Desired, root: &Path, options: &Options) -> Difference {
    let snapshot = Snapshot::open(root).expect("opens");
    let routers = [("pfsense".to_owned(), RouterProgram::Pfsense)];
    difference(desired, &snapshot.read(&routers).expect("reads"), options)
}

fn apply(desired: &Desired, root: &Path, options: &Options) -> Result<Applied, ApplyError> {
    let found = compare(desired, root, options);
    block_on(to_snapshot(&found, &Snapshot::open(root).expect("opens")))
}

#[test]
fn a_first_apply_writes_both_sides_and_a_second_nothing() {
    let scratch = example("homelab");
    let root = scratch.path();
    let applied = apply(&wanted(), root, &options()).expect("applied");
    let written: Vec<&str> =
        applied.written.iter().filter_map(|path| Path::new(path).file_name()?.to_str()).collect();
    assert_eq!(
        written,
        [
            "config.xml",
            "ipaddresspool-metallb-pool.yaml",
            "bgppeer-metallb-bgppeer-pfsense.yaml",
            "bgpadvertisement-metallb-advertisment.yaml"
        ]
    );
    let before = files(root);
    let again = compare(&wanted(), root, &Options::default());
    assert!(again.is_empty(), "{again:#?}");
    assert_eq!(apply(&wanted(), root, &Options::default()).expect("applied"), Applied::default());
    assert_eq!(files(root), before, "not even a time has changed");
}

#[test]
fn what_was_made_by_hand_is_adopted_with_consent_and_not_made_anew() {
    let scratch = example("homelab-existing");
    let root = scratch.path();
    let before = contents(root);
    let error = apply(&wanted(), root, &options()).expect_err("refused");
    assert_eq!(error.class(), ErrorClass::Refused);
    for name in ["IPAddressPool metallb-system/metallb-pool", "neighbor 192.168.4.10"] {
        assert!(error.to_string().contains(name), "{error}");
    }
    assert_eq!(contents(root), before);

    let adopting = Options { adopt: true, ..options() };
    let found = compare(&wanted(), root, &adopting);
    let adopted: Vec<&str> =
        found.changes().filter(|change| change.adoption).map(|change| change.object.as_str()).collect();
    assert_eq!(adopted.len(), 6, "three objects, three neighbors: {adopted:?}");
    assert!(found.changes().filter(|change| change.adoption).all(|change| change.action == Action::Update));
    apply(&wanted(), root, &adopting).expect("adopted");
    assert!(compare(&wanted(), root, &Options::default()).is_empty());
    let text = fs::read_to_string(root.join("cluster/metallb.yaml")).expect("read");
    assert!(
        text.starts_with("# Written by hand") && text.contains("metalsense.dev/network: homelab"),
        "{text}"
    );
    let password = fs::read_to_string(root.join("pfsense/config.xml")).expect("read");
    assert!(password.contains("not-used-by-anything"), "an existing password is never changed");
}

#[test]
fn a_failure_anywhere_leaves_everything_as_it_was() {
    for number in 0..4 {
        let scratch = example("homelab");
        let root = scratch.path();
        let before = contents(root);
        let found = compare(&wanted(), root, &options());
        let snapshot = Snapshot::open(root).expect("opens");
        let error = fails_at(number, || block_on(to_snapshot(&found, &snapshot))).expect_err("no space");
        assert_eq!(error.class(), ErrorClass::Failed, "{error}");
        assert_eq!(contents(root), before, "write {number}");
        block_on(to_snapshot(&found, &snapshot)).expect("the same plan still holds");
    }
}

#[test]
fn a_run_that_is_killed_leaves_whole_files_and_the_next_one_ends_its_work() {
    let untouched = example("homelab-existing");
    let before = contents(untouched.path());
    let finished = example("homelab-existing");
    let adopting = Options { adopt: true, ..options() };
    let mut wanted = wanted();
    wanted.cluster.objects.extend(
        desired("homelab", objects("homelab", &["192.168.33.0/24"]), RouterPart::Absent)
            .cluster
            .objects
            .into_iter()
            .take(1)
            .map(|mut object| {
                if let AnyObject::IpAddressPool(pool) = &mut object.object {
                    pool.metadata.name = "more".into();
                }
                object
            }),
    );
    apply(&wanted, finished.path(), &adopting).expect("applied");
    let after = contents(finished.path());
    for number in 0..3 {
        let scratch = example("homelab-existing");
        let root = scratch.path();
        let found = compare(&wanted, root, &adopting);
        let snapshot = Snapshot::open(root).expect("opens");
        assert!(dies_at(number, || block_on(to_snapshot(&found, &snapshot))), "write {number}");
        // Each file is one of the two, and those before the write are the new ones.
        let inside = |path: &Path, root: &Path| path.strip_prefix(root).expect("inside").to_owned();
        let whole = |all: &[(PathBuf, Vec<u8>)], from: &Path, path: &Path, bytes: &[u8]| {
            all.iter().any(|(other, known)| inside(other, from) == inside(path, root) && known == bytes)
        };
        let left = contents(root);
        for (path, bytes) in &left {
            let known =
                whole(&before, untouched.path(), path, bytes) || whole(&after, finished.path(), path, bytes);
            assert!(known, "{} after write {number}", path.display());
        }
        let changed = left.iter().filter(|(path, bytes)| !whole(&before, untouched.path(), path, bytes));
        assert_eq!(changed.count(), number);
        apply(&wanted, root, &adopting).expect("the lock is free, and the rest is done");
        assert!(compare(&wanted, root, &Options::default()).is_empty());
        assert_eq!(contents(root).len(), after.len(), "nothing is left behind");
    }
}

#[test]
fn a_state_that_moved_is_a_conflict() {
    type Move = fn(&Path);
    let moves: [Move; 2] = [
        |root| {
            let path = root.join("pfsense/config.xml");
            let text = fs::read_to_string(&path).expect("read");
            let moved = text.replace(
                "</installedpackages>",
                "<frrbfd><config><enable>on</enable></config></frrbfd></installedpackages>",
            );
            fs::write(path, moved).expect("written");
        },
        |root| {
            let more = "apiVersion: v1\nkind: Namespace\nmetadata: {name: x}\n";
            fs::write(root.join("cluster/more.yaml"), more).expect("written");
        },
    ];
    for movement in moves {
        let scratch = example("homelab");
        let root = scratch.path();
        let found = compare(&wanted(), root, &options());
        movement(root);
        let before = contents(root);
        let error = block_on(to_snapshot(&found, &Snapshot::open(root).expect("opens"))).expect_err("stale");
        assert_eq!(error.class(), ErrorClass::Refused, "{error}");
        assert_eq!(contents(root), before);
    }
    // What others save elsewhere in the file meanwhile is kept.
    let scratch = example("homelab");
    let root = scratch.path();
    let found = compare(&wanted(), root, &options());
    let path = root.join("pfsense/config.xml");
    let text = fs::read_to_string(&path).expect("read").replace("<hostname>", "<hostname>other-");
    fs::write(&path, text).expect("written");
    block_on(to_snapshot(&found, &Snapshot::open(root).expect("opens"))).expect("applied");
    assert!(fs::read_to_string(&path).expect("read").contains("<hostname>other-"));
}

#[test]
fn two_applies_at_once_end_as_one() {
    let scratch = example("homelab");
    let root = scratch.path();
    let results: Vec<Result<Applied, ApplyError>> = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..4).map(|_| scope.spawn(|| apply(&wanted(), root, &options()))).collect();
        runs.into_iter().map(|run| run.join().expect("no panic")).collect()
    });
    let wrote = results.iter().filter(|result| result.as_ref().is_ok_and(|done| !done.written.is_empty()));
    assert_eq!(wrote.count(), 1, "{results:?}");
    assert!(
        results
            .iter()
            .filter_map(|result| result.as_ref().err())
            .all(|error| error.class() == ErrorClass::Refused)
    );
    assert!(compare(&wanted(), root, &Options::default()).is_empty());
}

#[test]
fn whose_an_object_is() {
    let scratch = example("homelab-existing");
    let root = scratch.path();
    apply(&wanted(), root, &Options { adopt: true, ..options() }).expect("adopted");
    // Another network never touches ours, and ours never theirs.
    let mut other = desired("other", objects("other", &[POOL]), RouterPart::Absent);
    let found = compare(&other, root, &options());
    assert_eq!(found.refusals.iter().filter(|refusal| refusal.guard == Guard::Ownership).count(), 3);
    other.cluster.objects.clear();
    assert!(compare(&other, root, &options()).is_empty());
    // What is declared no more goes; the foreign objects of the file stay.
    let mut fewer = wanted();
    fewer.cluster.objects.retain(|object| !matches!(object.object, AnyObject::BgpAdvertisement(_)));
    apply(&fewer, root, &options()).expect("applied");
    let text = fs::read_to_string(root.join("cluster/metallb.yaml")).expect("read");
    assert!(!text.contains("BGPAdvertisement") && text.contains("kind: Service"), "{text}");
    // Nothing wanted at all is a mistake until somebody says otherwise.
    let mut none = wanted();
    none.cluster.objects.clear();
    let found = compare(&none, root, &options());
    assert_eq!(
        found.refusals.iter().map(|refusal| refusal.guard).collect::<Vec<_>>(),
        [Guard::Empty, Guard::Effects]
    );
    apply(&none, root, &Options { allow_empty: true, max_services_moved: 1, ..options() }).expect("applied");
}

#[test]
fn a_pool_that_shrinks_under_a_service_says_so() {
    let scratch = example("homelab-existing");
    let root = scratch.path();
    apply(&wanted(), root, &Options { adopt: true, ..options() }).expect("adopted");
    let smaller = desired(
        "homelab",
        objects("homelab", &["192.168.32.128/25"]),
        pfsense(config("homelab", "pfsense", &NODES, &["192.168.32.128/25"])),
    );
    let found = compare(&smaller, root, &options());
    let effects: Vec<_> = found.changes().flat_map(|change| &change.effects).collect();
    let lost = crate::plan::Effect::AddressLost { services: vec!["default/web (192.168.32.1)".into()] };
    assert!(effects.contains(&&lost), "{effects:?}");
}
