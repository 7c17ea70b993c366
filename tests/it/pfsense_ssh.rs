//! Through a real sshd on loopback to the twin, with keys that may do everything, apply, or only read.

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use metalsense::live::pfsense::program::Role;
use metalsense::live::pfsense::{Patience, PfsenseRouter, Ssh, authorized_key};
use metalsense::live::{LiveError, Router, RouterContent, RouterOutcome, RouterWrite};
use metalsense::observed::RouterState;
use metalsense::pfsense::Value;
use metalsense::pfsense::xml::{Edit, ListPath};

use crate::pfsense_twin::{Twin, available};
use crate::tool;

const SSHD: &str = "/usr/sbin/sshd";

/// Far more than any of this takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

fn has_sshd() -> bool {
    let there = Path::new(SSHD).exists() && Command::new("ssh").arg("-V").output().is_ok();
    let required = std::env::var("METALSENSE_REQUIRE_PROGRAMS").as_deref() == Ok("1");
    assert!(there || !required, "required and missing: OpenSSH");
    if !there {
        eprintln!("SKIPPED: missing OpenSSH");
    }
    there
}

/// An sshd of a test's own, ended by its process when dropped.
struct Sshd {
    process: Child,
    port: u16,
    folder: tempfile::TempDir,
}

impl Drop for Sshd {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Sshd {
    /// In front of a twin, with a line of authorized keys that is made from the public key.
    fn start(twin: &Twin, line: impl FnOnce(&str) -> String) -> Sshd {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = |name: &str| folder.path().join(name);
        for key in ["host", "client"] {
            let made = Command::new("ssh-keygen")
                .args(["-q", "-t", "ed25519", "-N", "", "-C", "ci@example.net", "-f"])
                .arg(path(key))
                .status();
            assert!(made.is_ok_and(|status| status.success()), "ssh-keygen");
        }
        let public = |key: &str| std::fs::read_to_string(path(&format!("{key}.pub"))).expect("made");
        std::fs::write(path("authorized_keys"), line(&public("client"))).expect("written");
        let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
        let code = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pfsense-twin");
        std::fs::write(
            path("php.ini"),
            format!(
                "include_path={0}/inc:{0}/pkg\nerror_reporting=0\nvariables_order=GPCS\n",
                code.display()
            ),
        )
        .expect("written");
        let root = folder.path().display();
        std::fs::write(
            path("sshd_config"),
            format!(
                "ListenAddress 127.0.0.1:{port}\nHostKey {root}/host\nAuthorizedKeysFile {root}/authorized_keys\n\
                 PidFile none\nUsePAM no\nStrictModes no\nPasswordAuthentication no\n\
                 SetEnv TWIN_ROOT={} TWIN_ERA=2.8 PHPRC={root}\n",
                twin.root().display()
            ),
        )
        .expect("written");
        // It starts only where this folder is, which its system service makes.
        let _ = std::fs::create_dir_all("/run/sshd");
        let process = Command::new(SSHD)
            .args(["-D", "-e", "-f"])
            .arg(path("sshd_config"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(path("log")).expect("made"))
            .spawn()
            .expect("sshd starts");
        let known: Vec<String> = public("host").split(' ').take(2).map(str::to_owned).collect();
        std::fs::write(path("known_hosts"), format!("[127.0.0.1]:{port} {}\n", known.join(" ").trim()))
            .expect("written");
        std::fs::write(
            path("ssh_config"),
            format!("UserKnownHostsFile {root}/known_hosts\nGlobalKnownHostsFile none\nStrictHostKeyChecking yes\n"),
        )
        .expect("written");
        let sshd = Sshd { process, port, folder };
        let since = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(since.elapsed() < PATIENCE, "{}", sshd.log());
            std::thread::sleep(Duration::from_millis(50));
        }
        sshd
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    fn way(&self) -> Ssh {
        Ssh {
            host: "127.0.0.1".into(),
            user: None,
            port: Some(self.port),
            identity: Some(self.folder.path().join("client")),
            config: Some(self.folder.path().join("ssh_config")),
        }
    }

    fn router(&self) -> PfsenseRouter<Ssh> {
        let patience = Patience { settle: Duration::ZERO, ..Patience::default() };
        PfsenseRouter::new("edge", self.way()).patience(patience)
    }
}

fn block<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

fn write_once(router: &dyn Router) -> Result<RouterOutcome, LiveError> {
    let RouterState::Pfsense(state) = block(router.read())? else { panic!("a pfSense") };
    let index = state.config.path("installedpackages/frrbgpneighbors").expect("there").entries().len();
    let entry = Value::branch([("peer", Value::text("10.40.0.77")), ("asnum", Value::text("64500"))]);
    let list = ListPath::entries("frrbgpneighbors");
    block(router.compare_and_set(&RouterWrite {
        expect: state.facts.digest,
        message: "metalsense: apply lab".into(),
        content: RouterContent::Pfsense(vec![Edit::InsertEntry { list, index, entry }]),
    }))
}

#[test]
fn an_ordinary_key_reads_and_applies() {
    if !available() || !has_sshd() {
        return;
    }
    let twin = Twin::new("2.8");
    let sshd = Sshd::start(&twin, str::to_owned);
    let outcome = write_once(&sshd.router());
    assert!(matches!(outcome, Ok(RouterOutcome::Written(_))), "{outcome:?}\n{}", sshd.log());
}

#[test]
fn a_key_bound_to_a_role_does_nothing_else() {
    if !available() || !has_sshd() {
        return;
    }
    for role in [Role::Read, Role::Apply] {
        let twin = Twin::new("2.8");
        let sshd = Sshd::start(&twin, |key| format!("{}\n", authorized_key(key, role).expect("a key")));
        let bytes = twin.config();
        let outcome = write_once(&sshd.router());
        match role {
            Role::Read => {
                assert!(matches!(outcome, Ok(RouterOutcome::Denied { .. })), "{outcome:?}\n{}", sshd.log());
                assert_eq!(twin.config(), bytes);
            }
            Role::Apply => {
                assert!(matches!(outcome, Ok(RouterOutcome::Written(_))), "{outcome:?}\n{}", sshd.log());
            }
        }
        // Neither another command nor another program on standard input is carried out.
        let bytes = twin.config();
        let evil = sshd.folder.path().join("evil");
        let mut ssh = Command::new("ssh");
        ssh.args(["-T", "-o", "BatchMode=yes", "-p", &sshd.port.to_string(), "-F"]);
        ssh.arg(sshd.folder.path().join("ssh_config")).arg("-i").arg(sshd.folder.path().join("client"));
        ssh.args(["127.0.0.1", &format!("touch {}", evil.display())]);
        ssh.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let program = format!("<?php touch('{}');\n", evil.display());
        let (_, out) = crate::pfsense_twin::feed(ssh, program.as_bytes());
        assert!(String::from_utf8_lossy(&out).contains("metalsense-answer:"), "our program ran");
        assert!(!evil.exists() && twin.config() == bytes);
    }
}

#[test]
fn a_key_that_is_not_known_and_a_host_that_is_another_are_told() {
    if !available() || !has_sshd() {
        return;
    }
    let twin = Twin::new("2.8");
    let sshd = Sshd::start(&twin, |_| String::new());
    let error = block(sshd.router().read()).expect_err("no key");
    assert!(matches!(error, LiveError::Denied { .. }), "{error}");
    std::fs::write(sshd.folder.path().join("known_hosts"), "").expect("written");
    let error = block(sshd.router().read()).expect_err("no host");
    assert!(
        matches!(&error, LiveError::Unreachable { hint: Some(hint), .. } if hint.contains("host key")),
        "{error:?}"
    );
}

#[test]
fn the_key_line_is_printed() {
    let scratch = tool::Scratch::new();
    let key =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHJvYm90cyBhcmUgbm90IHRvIGJlIHRydXN0ZWQhISE ci@example.net";
    scratch.write("ci.pub", &format!("{key}\n"));
    let run = scratch.run(["pfsense", "ssh-key", "--role", "read", "ci.pub"]);
    assert_eq!((run.code, run.out.trim_end()), (0, authorized_key(key, Role::Read).expect("a key").as_str()));
    scratch.write("ci.pub", "no key");
    let run = scratch.run(["pfsense", "ssh-key", "--role", "apply", "ci.pub"]);
    assert_eq!((run.code, run.out.as_str()), (3, ""), "{}", run.err);
}

#[test]
fn the_fingerprint_of_a_web_interface_is_shown() {
    if !available() {
        return;
    }
    let twin = Twin::new("2.8");
    std::thread::scope(|scope| {
        let server = crate::pfsense_https::Server::start(scope, &twin, crate::pfsense_https::Manner::Answer);
        let run = tool::run(["pfsense", "trust", &server.url()]);
        assert_eq!(run.code, 0, "{}", run.err);
        assert_eq!(run.out.trim_end().len(), 95, "{}", run.out);
        assert!(run.err.contains("fingerprint"), "{}", run.err);
    });
    let run = tool::run(["pfsense", "trust", "http://192.0.2.1"]);
    assert_eq!(run.code, 64, "{}", run.err);
}
