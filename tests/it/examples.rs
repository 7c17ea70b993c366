//! The examples: what each compiles to, as files that a person can read.
//!
//! `METALSENSE_BLESS=1 cargo test --test it examples` writes the files of `tests/golden` anew; the
//! difference is then for the reviewer to judge.

use std::collections::BTreeSet;
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use metalsense::compile::files::{files, manifest};
use metalsense::compile::{Compiled, Facts, compile};
use metalsense::declaration::load;
use metalsense::finding::{Severity, worst};
use metalsense::intent::{Intent, resolve};
use metalsense::metallb::{AnyObject, kinds};
use secrecy::SecretString;

use crate::tool::Scratch;

/// All examples.
pub(crate) const EXAMPLES: [&str; 7] =
    ["homelab", "homelab-existing", "dual-stack", "two-firewalls", "bfd-md5", "ibgp-large-asn", "mixed-l2"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// An example, resolved and compiled as it stands, with the passwords of its own files.
pub(crate) fn example(name: &str) -> (Intent, Compiled) {
    changed_example(name, |text| text)
}

/// An example that says something else in places.
pub(crate) fn changed_example(name: &str, change: impl FnOnce(String) -> String) -> (Intent, Compiled) {
    let folder = root().join("examples").join(name);
    let text = fs::read_to_string(folder.join("network.yaml")).expect("the example is there");
    let loaded = load([("network.yaml".to_owned(), change(text).into_bytes())]);
    assert_eq!(loaded.documents.len(), 1, "{name}: {:?}", loaded.findings);
    let resolution = resolve(&loaded.documents[0]);
    let told: Vec<_> = loaded.findings.iter().chain(&resolution.findings).collect();
    assert!(told.iter().all(|finding| finding.severity == Severity::Info), "{name}: {told:#?}");
    let intent = resolution.intent.expect("no error, so there is an intent");
    let mut facts = Facts::default();
    for peer in &intent.peers {
        if let Some(path) = peer.password.as_ref().and_then(|reference| reference.file.as_ref()) {
            let value = fs::read_to_string(folder.join(path)).expect("the example's password");
            facts.passwords.insert(peer.name.value.clone(), SecretString::from(value.trim_end().to_owned()));
        }
    }
    let compiled = compile(&intent, &facts);
    assert!(worst(&compiled.findings) <= Some(Severity::Info), "{name}: {:#?}", compiled.findings);
    (intent, compiled)
}

/// What an example compiles to: all objects in one file, and the files of each router.
fn expected(name: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let (intent, compiled) = example(name);
    let manifest = manifest(&compiled.desired.cluster.objects).expect("writes");
    let mut all = vec![
        (PathBuf::from("cluster.yaml"), manifest.into_bytes()),
        (PathBuf::from("diff.txt"), human_diff(name)),
    ];
    for file in files(&intent, &compiled.desired).expect("writes") {
        if !file.path.starts_with("cluster/") {
            all.push((PathBuf::from(file.path), file.bytes));
        }
    }
    all
}

/// What `diff` says about an example beside its own snapshot; where it has none, beside that of the
/// home lab with a fresh firewall of the right addresses for each router.
fn human_diff(name: &str) -> Vec<u8> {
    let scratch = Scratch::with_example(name);
    let (intent, compiled) = example(name);
    if !scratch.file("live").is_dir() {
        let homelab = root().join("examples/homelab/live");
        let read = |file: &str| fs::read_to_string(homelab.join(file)).expect("the home lab's snapshot");
        scratch.write("live/cluster/cluster.yaml", &read("cluster/cluster.yaml"));
        for router in &compiled.desired.routers {
            let member = &intent.peers[router.peer].members[router.member];
            let addresses: Vec<IpAddr> = member.addresses.iter().map(|address| address.value).collect();
            let config = with_addresses(&read("pfsense/config.xml"), &addresses);
            scratch.write(&format!("live/{}/config.xml", router.path), &config);
        }
    }
    let run = scratch.run(["diff", "--live", "live", "--text"]);
    assert_eq!((run.code, run.err.contains("error")), (0, false), "{name}: {}", run.err);
    run.out.into_bytes()
}

/// The home lab's firewall with other addresses on the interface of its servers.
pub(crate) fn with_addresses(config: &str, addresses: &[IpAddr]) -> String {
    let own = "\t\t\t<ipaddr>192.168.4.1</ipaddr>\n\t\t\t<subnet>24</subnet>\n";
    assert!(config.contains(own));
    let lines = addresses.iter().map(|address| match address {
        IpAddr::V4(_) => format!("\t\t\t<ipaddr>{address}</ipaddr>\n\t\t\t<subnet>24</subnet>\n"),
        IpAddr::V6(_) => format!("\t\t\t<ipaddrv6>{address}</ipaddrv6>\n\t\t\t<subnetv6>64</subnetv6>\n"),
    });
    config.replace(own, &lines.collect::<String>())
}

fn walk(folder: &Path, base: &Path, found: &mut BTreeSet<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            walk(&path, base, found);
        } else {
            found.insert(path.strip_prefix(base).expect("below").to_owned());
        }
    }
}

#[test]
fn compile_to_their_golden_files() {
    let bless = std::env::var_os("METALSENSE_BLESS").is_some();
    let mut differing = Vec::new();
    for name in EXAMPLES {
        let folder = root().join("tests/golden").join(name);
        let mut stale = BTreeSet::new();
        walk(&folder, &folder, &mut stale);
        for (path, bytes) in expected(name) {
            stale.remove(&path);
            let golden = folder.join(&path);
            if bless {
                fs::create_dir_all(golden.parent().expect("has a folder")).expect("can be made");
                fs::write(&golden, &bytes).expect("can be written");
            } else if fs::read(&golden).ok().as_deref() != Some(&bytes) {
                let wanted = fs::read_to_string(&golden).unwrap_or_default();
                let text = String::from_utf8_lossy(&bytes);
                let diff = similar::TextDiff::from_lines(wanted.as_str(), &text);
                differing.push(format!("{name}/{}\n{}", path.display(), diff.unified_diff()));
            }
        }
        for path in stale {
            if bless {
                fs::remove_file(folder.join(path)).expect("can be removed");
            } else {
                differing.push(format!("{name}/{} is no longer made", path.display()));
            }
        }
    }
    assert!(differing.is_empty(), "METALSENSE_BLESS=1 accepts this:\n{}", differing.join("\n"));
}

/// Every object is one that the API server would take, in five MetalLB releases.
#[test]
fn objects_are_valid_under_the_real_schemas() {
    let shared = std::env::var("METALSENSE_SHARED")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../shared").to_owned());
    let crds = Path::new(&shared).join("metallb/crds");
    if !crds.is_dir() {
        eprintln!("skipped: no {}", crds.display());
        return;
    }
    let mut judged = 0;
    let mut releases = 0;
    for release in fs::read_dir(&crds).expect("readable") {
        let release = release.expect("readable").path();
        if !release.is_dir() {
            continue;
        }
        releases += 1;
        let schemas = schemas(&release);
        for name in EXAMPLES {
            let (_, compiled) = example(name);
            for object in &compiled.desired.cluster.objects {
                let value = wire(&object.object);
                let key = format!(
                    "{} {}",
                    value["apiVersion"].as_str().unwrap_or(""),
                    value["kind"].as_str().unwrap_or("")
                );
                let Some((_, validator)) = schemas.iter().find(|(known, _)| *known == key) else {
                    assert_eq!(value["kind"], "Secret", "no schema for {key}");
                    continue;
                };
                let errors: Vec<_> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
                assert!(errors.is_empty(), "{name} under {}: {value}\n{errors:?}", release.display());
                judged += 1;
            }
        }
    }
    assert_eq!(releases, 5);
    assert!(judged > 100, "{judged}");
}

/// Schemas by `apiVersion kind`. What a schema does not name is refused, as the server would drop it.
fn schemas(release: &Path) -> Vec<(String, jsonschema::Validator)> {
    let mut schemas = Vec::new();
    let mut found = BTreeSet::new();
    walk(release, release, &mut found);
    for path in found {
        let text = fs::read_to_string(release.join(path)).expect("readable");
        for document in serde_yaml::from_multiple::<serde_json::Value>(&text).expect("YAML") {
            let group = document["spec"]["group"].as_str().unwrap_or_default();
            let kind = document["spec"]["names"]["kind"].as_str().unwrap_or_default();
            for version in document["spec"]["versions"].as_array().into_iter().flatten() {
                let mut schema = version["schema"]["openAPIV3Schema"].clone();
                close(&mut schema);
                // The server knows these three by itself.
                for name in ["apiVersion", "kind", "metadata"] {
                    schema["properties"][name] = serde_json::json!({});
                }
                let key = format!("{group}/{} {kind}", version["name"].as_str().unwrap_or_default());
                schemas.push((key, jsonschema::validator_for(&schema).expect("a schema")));
            }
        }
    }
    schemas
}

fn close(schema: &mut serde_json::Value) {
    if let Some(object) = schema.as_object_mut() {
        if object.contains_key("properties") && !object.contains_key("additionalProperties") {
            object.insert("additionalProperties".to_owned(), serde_json::Value::Bool(false));
        }
        object.values_mut().for_each(close);
    }
}

fn wire(object: &AnyObject) -> serde_json::Value {
    match object {
        AnyObject::IpAddressPool(o) => kinds::to_value(o),
        AnyObject::BgpAdvertisement(o) => kinds::to_value(o),
        AnyObject::L2Advertisement(o) => kinds::to_value(o),
        AnyObject::BgpPeer(o) => kinds::to_value(o),
        AnyObject::BfdProfile(o) => kinds::to_value(o),
        AnyObject::Secret(o) => kinds::to_value(o),
        other => panic!("not compiled: {other:?}"),
    }
    .expect("writes")
}
