//! The FRR package's generator against whole files, and what FRR's own parser says of the result.
//!
//! `tests/data/pfsense/frr` holds configurations of our own with what the real package made of them.

use std::path::{Path, PathBuf};
use std::process::Command;

use metalsense::pfsense::Value;
use metalsense::pfsense::frr::{FrrConf, PackageLevel, frr_conf, setkey, validate, validation_report};
use metalsense::pfsense::xml::Document;

fn own() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pfsense/frr")
}

/// Samples beside the checkout, if they are there.
fn shared() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared").into();
    let folder = std::env::var_os("METALSENSE_SHARED").unwrap_or(beside);
    let folder = PathBuf::from(folder).join("pfsense/frr");
    if !folder.is_dir() {
        eprintln!("skipped: no samples at {}", folder.display());
        return None;
    }
    Some(folder)
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn config(path: &Path) -> Value {
    match Document::parse(&read(path)) {
        Ok(document) => document.into_value(),
        Err(error) => panic!("{}: {error}", path.display()),
    }
}

fn generated(config: &Value, level: PackageLevel) -> Vec<u8> {
    match frr_conf(config, level) {
        FrrConf::Generated(bytes) => bytes,
        other => panic!("{other:?}"),
    }
}

fn assert_same(got: &[u8], path: &Path) {
    let want = read(path);
    assert!(got == want, "{}\n{}", path.display(), String::from_utf8_lossy(got));
}

#[test]
fn own_files_byte_for_byte() {
    let config = config(&own().join("edge.xml"));
    assert_same(&generated(&config, PackageLevel::V2_0), &own().join("edge.2.0.frr.conf"));
    assert_same(&generated(&config, PackageLevel::V2_1), &own().join("edge.2.1.frr.conf"));
    assert_same(setkey(&config).expect("a key").add.as_bytes(), &own().join("edge.setkey"));
    assert_same(validation_report(&validate(&config)).as_bytes(), &own().join("edge.validate"));
}

#[test]
fn shared_files_byte_for_byte() {
    let Some(folder) = shared() else { return };
    let mut seen = 0;
    for entry in std::fs::read_dir(&folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "xml") {
            continue;
        }
        let config = config(&path);
        assert_same(&generated(&config, PackageLevel::V2_1), &path.with_extension("frr.conf"));
        assert_same(validation_report(&validate(&config)).as_bytes(), &path.with_extension("validate"));
        seen += 1;
    }
    assert!(seen > 0, "no samples in {}", folder.display());
}

/// What `vtysh` refuses of a file, without any daemon and without the machine's own settings.
fn refused(text: &[u8]) -> Option<String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("frr.conf");
    std::fs::write(&file, text).expect("written");
    std::fs::write(folder.path().join("vtysh.conf"), "").expect("written");
    let mut command = Command::new("vtysh");
    command.arg("--config_dir").arg(folder.path()).arg("-C").arg("-f").arg(&file);
    let output = match command.output() {
        Ok(output) => output,
        Err(error) => {
            eprintln!("skipped: vtysh cannot be run: {error}");
            return None;
        }
    };
    let text = [output.stdout, output.stderr].concat();
    Some(String::from_utf8_lossy(&text).trim().to_owned())
}

#[test]
fn frr_parses_what_is_generated() {
    let mut files = vec![own().join("edge.xml")];
    files.extend(
        shared().into_iter().flat_map(|folder| [folder.join("minimal.xml"), folder.join("three-nodes.xml")]),
    );
    for path in files {
        let Some(refused) = refused(&generated(&config(&path), PackageLevel::V2_0)) else { return };
        // The global form of this command came with FRR 9.
        let refused: Vec<&str> =
            refused.lines().filter(|line| !line.ends_with("bgp enforce-first-as")).collect();
        assert!(refused.is_empty(), "{}: {refused:?}", path.display());
    }
    // The proof that this test can fail.
    let broken = b"router bgp 1\n neighbor 10.0.0.1 timers 5\n";
    assert_ne!(refused(broken).as_deref(), Some(""));
}
