//! Real FRR daemons in network namespaces of a test's own.
//!
//! A lab is one router on a bridge, and any number of nodes at its ports. Nothing leaves the
//! namespaces, nothing listens outside of them, and everything ends with the lab: daemons by their
//! process, namespaces by their name.

use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tempfile::TempDir;

const DAEMONS: &str = "/usr/lib/frr";
/// Far more than any of this takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// Whether FRR and the right to make namespaces are there; says loudly when a test is skipped, and
/// fails where it must not be.
pub(crate) fn available() -> bool {
    let there =
        ["zebra", "staticd", "bfdd", "bgpd"].iter().all(|name| Path::new(DAEMONS).join(name).exists())
            && Command::new("vtysh").arg("--help").output().is_ok();
    let missing = if !there {
        "FRR with vtysh"
    } else if !may_make_namespaces() {
        "the right to make network namespaces (root and `ip`)"
    } else {
        return true;
    };
    assert!(
        std::env::var("METALSENSE_REQUIRE_PROGRAMS").as_deref() != Ok("1"),
        "required and missing: {missing}"
    );
    eprintln!("SKIPPED: missing {missing}");
    false
}

/// Whether FRR's own reader of configuration is there.
pub(crate) fn has_vtysh() -> bool {
    let there = Command::new("vtysh").arg("--help").output().is_ok();
    let required = std::env::var("METALSENSE_REQUIRE_PROGRAMS").as_deref() == Ok("1");
    assert!(there || !required, "required and missing: vtysh");
    if !there {
        eprintln!("SKIPPED: missing vtysh");
    }
    there
}

fn may_make_namespaces() -> bool {
    let name = unique();
    let made = Command::new("ip").args(["netns", "add", &name]).output();
    let made = made.is_ok_and(|output| output.status.success());
    if made {
        run("ip", &["netns", "del", &name]);
    }
    made
}

/// A name that no other test of this or another run uses.
fn unique() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("ms{}x{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Runs a command that must succeed.
fn run(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output().expect(program);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {args:?}: {text}{error}");
    text
}

/// One machine: a namespace and the daemons in it.
#[derive(Debug)]
pub(crate) struct Machine {
    namespace: String,
    folder: TempDir,
    daemons: Vec<Child>,
}

impl Machine {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a scratch folder");
        // The daemons leave root behind and make their sockets here.
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o777)).expect("permitted");
        let namespace = unique();
        run("ip", &["netns", "add", &namespace]);
        let machine = Machine { namespace, folder, daemons: Vec::new() };
        machine.ip(&["link", "set", "lo", "up"]);
        // An IPv6 address of ours is nobody else's, so it may be used at once.
        machine.exec("sysctl", &["-qw", "net.ipv6.conf.default.accept_dad=0"]);
        machine
    }

    fn ip(&self, args: &[&str]) {
        run("ip", &[&["-n", self.namespace.as_str()], args].concat());
    }

    fn exec(&self, program: &str, args: &[&str]) -> String {
        run("ip", &[&["netns", "exec", self.namespace.as_str(), program], args].concat())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn assign(&self, device: &str, addresses: &[(IpAddr, u8)]) {
        for (address, length) in addresses {
            self.ip(&["addr", "add", &format!("{address}/{length}"), "dev", device]);
        }
        self.ip(&["link", "set", device, "up"]);
    }

    /// Starts a daemon with nothing configured, and waits until it answers.
    fn start(&mut self, daemon: &str, args: &[&str]) {
        let folder = self.folder.path().display().to_string();
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.namespace, &format!("{DAEMONS}/{daemon}")]);
        command.args(["-f", "/dev/null", "-P", "0", "--vty_socket", &folder]);
        command.args(["-z", &format!("{folder}/zserv.api"), "-i", &format!("{folder}/{daemon}.pid")]);
        command.args(["--log", &format!("file:{folder}/{daemon}.log")]);
        if daemon == "bfdd" {
            command.args(["--bfdctl", &format!("{folder}/bfdd.sock")]);
        }
        let child = command.args(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect(daemon);
        self.daemons.push(child);
        eventually(&format!("{daemon} answers"), || {
            let args = ["--vty_socket", &folder, "-d", daemon, "-c", "show version"];
            let output = Command::new("vtysh").args(args).output().ok()?;
            output.status.success().then_some(())
        });
    }

    /// Loads a configuration as the box does at start, and gives what FRR says to it. Fails on any
    /// line that is refused.
    pub(crate) fn load(&self, conf: &[u8]) {
        let path = self.path("frr.conf");
        std::fs::write(&path, conf).expect("written");
        let path = path.display().to_string();
        run("vtysh", &["-C", "-f", &path]);
        run("vtysh", &["--vty_socket", &self.folder.path().display().to_string(), "-f", &path]);
    }

    /// The answer to commands.
    pub(crate) fn vtysh(&self, commands: &[&str]) -> String {
        let folder = self.folder.path().display().to_string();
        let mut args = vec!["--vty_socket", folder.as_str()];
        commands.iter().for_each(|command| args.extend(["-c", command]));
        run("vtysh", &args)
    }

    /// The answer to a command that gives JSON.
    pub(crate) fn json(&self, command: &str) -> serde_json::Value {
        let text = self.vtysh(&[command]);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{command}: {error}\n{text}"))
    }

    /// What the daemons logged.
    pub(crate) fn log(&self) -> String {
        ["zebra", "staticd", "bfdd", "bgpd"]
            .iter()
            .filter_map(|daemon| std::fs::read_to_string(self.path(&format!("{daemon}.log"))).ok())
            .collect()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        for daemon in &mut self.daemons {
            // `ip netns exec` has become the daemon, so this ends the daemon itself. One that is gone
            // already is what is wanted.
            let _ = daemon.kill();
            let _ = daemon.wait();
        }
        let _ = Command::new("ip").args(["netns", "del", &self.namespace]).output();
    }
}

/// A router on a bridge, and nodes at its ports.
#[derive(Debug)]
pub(crate) struct Lab {
    pub(crate) nodes: Vec<Machine>,
    pub(crate) router: Machine,
}

impl Lab {
    /// A router with these addresses, zebra, staticd, bfdd and bgpd running, and nothing configured.
    pub(crate) fn new(addresses: &[(IpAddr, u8)]) -> Self {
        let mut router = Machine::new();
        router.ip(&["link", "add", "lan", "type", "bridge"]);
        // No waiting for a spanning tree of one bridge.
        router.ip(&["link", "set", "lan", "type", "bridge", "stp_state", "0", "forward_delay", "0"]);
        router.assign("lan", addresses);
        router.start("zebra", &[]);
        for daemon in ["staticd", "bfdd", "bgpd"] {
            router.start(daemon, &[]);
        }
        Lab { nodes: Vec::new(), router }
    }

    /// A node with these addresses that never listens for BGP, like MetalLB's speakers. As there, zebra
    /// runs beside bgpd, which has its router ID from it: without one, every OPEN is refused.
    pub(crate) fn add_node(&mut self, addresses: &[(IpAddr, u8)], bfd: bool) -> &Machine {
        let mut node = Machine::new();
        let port = format!("port{}", self.nodes.len());
        let ends = ["link", "add", &port, "type", "veth", "peer", "name", "eth0", "netns", &node.namespace];
        self.router.ip(&ends);
        self.router.ip(&["link", "set", &port, "master", "lan", "up"]);
        node.assign("eth0", addresses);
        node.start("zebra", &[]);
        if bfd {
            node.start("bfdd", &[]);
        }
        node.start("bgpd", &["-p", "0"]);
        self.nodes.push(node);
        self.nodes.last().expect("just added")
    }
}

/// Asks until there is an answer.
pub(crate) fn eventually<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(start.elapsed() < PATIENCE, "not within {} s: {what}", PATIENCE.as_secs());
        std::thread::sleep(Duration::from_millis(100));
    }
}
