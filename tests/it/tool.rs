//! Runs the built command the way a shell would, in a scratch folder and with a bare environment.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use assert_cmd::Command;
use tempfile::TempDir;

/// What one run gave.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// A scratch folder to run in.
pub(crate) struct Scratch(TempDir);

impl Scratch {
    pub(crate) fn new() -> Self {
        Scratch(tempfile::tempdir().expect("a scratch folder"))
    }

    /// A scratch folder that holds a copy of an example.
    #[allow(dead_code, reason = "for the verbs that read a declaration")]
    pub(crate) fn with_example(name: &str) -> Self {
        let scratch = Scratch::new();
        copy(&example(name), scratch.path());
        scratch
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.file(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, text).expect("written");
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.file(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Changes a text in a file; it must be there.
    pub(crate) fn change(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "{name} holds no {from}");
        self.write(name, &text.replace(from, to));
    }

    /// Every file below a folder, with its content and the time it was written.
    pub(crate) fn tree(&self, name: &str) -> Vec<(PathBuf, Vec<u8>, SystemTime)> {
        let mut found = Vec::new();
        let mut folders = vec![self.file(name)];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("listed") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let time = std::fs::metadata(&path).and_then(|meta| meta.modified()).expect("a time");
                    found.push((path.clone(), std::fs::read(&path).expect("read"), time));
                }
            }
        }
        found.sort();
        found
    }

    /// A run in this folder.
    pub(crate) fn run<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Run {
        finish(self.command().args(args))
    }

    /// A command in this folder, for runs with more than arguments.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_metalsense"));
        command.current_dir(self.path()).env_clear();
        command
    }
}

/// Runs a prepared command.
pub(crate) fn finish(command: &mut Command) -> Run {
    let output = command.output().expect("the command starts");
    Run {
        code: output.status.code().expect("it ends by itself"),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// A run anywhere, for verbs that need no files.
pub(crate) fn run<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Run {
    Scratch::new().run(args)
}

/// The folder of an example.
#[allow(dead_code, reason = "for the verbs that read a declaration")]
pub(crate) fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name)
}

#[allow(dead_code, reason = "for the verbs that read a declaration")]
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("made");
    for entry in std::fs::read_dir(from).expect("the example is there") {
        let entry = entry.expect("readable");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("copied");
        }
    }
}

/// A small sound network, for tests that change a word of it.
pub(crate) const HOMELAB: &str = "\
apiVersion: metalsense.dev/v1alpha1
kind: Network
metadata:
  name: homelab
spec:
  asns:
    k8s: 64500
    edge: 64501
  cluster:
    asn: k8s
  nodes:
    - { name: master.example.net, address: 192.168.4.4 }
    - { name: node1.example.net, address: 192.168.4.10 }
  peers:
    - name: pfsense
      asn: edge
      address: 192.168.4.1
      pfsense: {}
  pools:
    - name: web
      addresses: [192.168.32.0/24]
      advertise:
        - communities: [no-advertise]
";

/// [`HOMELAB`] with a password by reference.
pub(crate) fn with_password(reference: &str) -> String {
    HOMELAB.replace("      pfsense: {}\n", &format!("      password: {reference}\n      pfsense: {{}}\n"))
}
