//! A pfSense of a test's own: the twin of `tests/data/pfsense-twin` on files in a scratch folder.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use async_trait::async_trait;
use metalsense::live::pfsense::program::{MARK, for_shell};
use metalsense::live::pfsense::protocol::{Answer, Request};
use metalsense::live::pfsense::{CallError, Channel};
use tempfile::TempDir;

/// The password of every user of the twin.
pub(crate) const PASSWORD: &str = "correct horse";

/// Users: an administrator, one for synchronization, one who may not save, one who may nothing.
const USERS: &str = "\
\t\t<user>
\t\t\t<name>admin</name>
\t\t\t<bcrypt-hash>HASH</bcrypt-hash>
\t\t\t<uid>0</uid>
\t\t</user>
\t\t<user>
\t\t\t<name>ci</name>
\t\t\t<bcrypt-hash>HASH</bcrypt-hash>
\t\t\t<uid>2001</uid>
\t\t\t<priv>system-xmlrpc-ha-sync</priv>
\t\t</user>
\t\t<user>
\t\t\t<name>auditor</name>
\t\t\t<bcrypt-hash>HASH</bcrypt-hash>
\t\t\t<uid>2002</uid>
\t\t\t<priv>system-xmlrpc-ha-sync</priv>
\t\t\t<priv>user-config-readonly</priv>
\t\t</user>
\t\t<user>
\t\t\t<name>guest</name>
\t\t\t<bcrypt-hash>HASH</bcrypt-hash>
\t\t\t<uid>2003</uid>
\t\t</user>
";

/// bcrypt of [`PASSWORD`], at the lowest cost.
const HASH: &str = "$2y$04$QpoHjJp/tsJOWCulKHxXFOorkvAVfBkipepB/5dNFxiTwoHDn5ibK";

/// Releases of pfSense that differ in how they save.
pub(crate) const ERAS: [&str; 3] = ["2.7", "2.8", "2.9"];

/// Whether PHP is there; says loudly when a test is skipped, and fails where it must not be.
pub(crate) fn available() -> bool {
    let modules = Command::new("php").arg("-m").output();
    let modules =
        modules.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let there =
        ["xml", "SimpleXML", "posix", "zlib"].iter().all(|name| modules.lines().any(|line| line == *name));
    if there {
        return true;
    }
    let required = std::env::var("METALSENSE_REQUIRE_PROGRAMS").as_deref() == Ok("1");
    assert!(!required, "required and missing: php-cli with php-xml");
    eprintln!("SKIPPED: missing php-cli with php-xml");
    false
}

/// A firewall.
pub(crate) struct Twin {
    folder: TempDir,
    era: &'static str,
}

impl Twin {
    /// With the configuration that the tests of the FRR package use.
    pub(crate) fn new(era: &'static str) -> Twin {
        let edge = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pfsense/frr/edge.xml");
        Twin::with(era, &std::fs::read_to_string(edge).expect("the test data is there"))
    }

    /// With another configuration; the users are added to it.
    pub(crate) fn with(era: &'static str, config: &str) -> Twin {
        let folder = tempfile::tempdir().expect("a scratch folder");
        for name in ["cf/conf/backup", "tmp", "var/etc"] {
            std::fs::create_dir_all(folder.path().join(name)).expect("made");
        }
        let twin = Twin { folder, era };
        let users = USERS.replace("HASH", HASH);
        let version = if era == "2.9" { "24.5" } else { "23.9" };
        let config = config.replacen("</system>", &format!("{users}\t</system>"), 1);
        let config = config.replacen("<version>23.9</version>", &format!("<version>{version}</version>"), 1);
        twin.save(config.as_bytes());
        twin
    }

    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.root().join("cf/conf/config.xml")
    }

    pub(crate) fn config(&self) -> Vec<u8> {
        std::fs::read(self.file()).expect("the configuration is there")
    }

    /// Puts a file in place by hand, as nobody should.
    pub(crate) fn save(&self, config: &[u8]) {
        std::fs::write(self.file(), config).expect("written");
    }

    /// What the firewall did beside saving, line by line.
    pub(crate) fn log(&self) -> Vec<String> {
        let log = std::fs::read_to_string(self.root().join("log")).unwrap_or_default();
        log.lines().map(str::to_owned).collect()
    }

    /// How often it was saved: each time keeps a backup, or replaces one of the same second.
    pub(crate) fn saves(&self) -> usize {
        self.log().iter().filter(|line| *line == "filter sync").count()
    }

    /// PHP as the firewall's scripts run it.
    pub(crate) fn php(&self, fault: &str) -> Command {
        // Another folder of the same form may stand in for the twin's code, to compare the two.
        let code = std::env::var_os("METALSENSE_TWIN_CODE").map_or_else(
            || Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pfsense-twin"),
            PathBuf::from,
        );
        let folders = format!("{}:{}", code.join("inc").display(), code.join("pkg").display());
        let mut php = Command::new("php");
        php.args(["-d", &format!("include_path={folders}"), "-d", "error_reporting=0"]);
        php.args(["-d", &format!("session.save_path={}", self.root().join("tmp").display())]);
        // Programs of a test's own, such as a vtysh, come before the machine's.
        let path = std::env::var("PATH").unwrap_or_default();
        php.env("PATH", format!("{}:{path}", self.root().join("bin").display()));
        php.env("TWIN_ROOT", self.root()).env("TWIN_ERA", self.era).env("TWIN_FAULT", fault);
        php.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        php
    }

    /// Somebody else changes a setting and saves, the way a page of the web interface does: reads
    /// everything, takes its time, and writes everything.
    pub(crate) fn page(&self, php: &str) {
        let code = format!("<?php require_once 'config.inc'; global $config; {php} write_config('a page');");
        let (ok, out) = feed(self.php(""), code.as_bytes());
        assert!(ok, "{}", String::from_utf8_lossy(&out));
    }

    /// Runs the program as a shell would, with a fault.
    pub(crate) fn shell(&self, fault: &'static str) -> Shell<'_> {
        Shell { twin: self, fault }
    }
}

/// Runs a command with something on its standard input; whether it ended well, and what it printed.
pub(crate) fn feed(mut command: Command, input: &[u8]) -> (bool, Vec<u8>) {
    let mut child = command.spawn().expect("it starts");
    let mut stdin = child.stdin.take().expect("piped");
    let _ = stdin.write_all(input);
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    (output.status.success(), output.stdout)
}

/// The shortest way to a twin: PHP on this machine.
pub(crate) struct Shell<'a> {
    twin: &'a Twin,
    fault: &'static str,
}

#[async_trait]
impl Channel for Shell<'_> {
    fn title(&self) -> String {
        "the twin".into()
    }

    async fn call(&self, request: &Request) -> Result<Answer, CallError> {
        // A fault is for writing; what reads afterwards must be able to.
        let fault = if matches!(request, Request::Apply(_)) { self.fault } else { "" };
        let (_, out) = feed(self.twin.php(fault), for_shell(request).as_bytes());
        let out = String::from_utf8_lossy(&out);
        match out.lines().find_map(|line| line.strip_prefix(MARK)) {
            Some(answer) => Answer::decode(answer).map_err(CallError::unknown),
            None => Err(CallError::unknown("the program gave no answer")),
        }
    }
}
