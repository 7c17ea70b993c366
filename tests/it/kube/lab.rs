//! A real etcd and a real kube-apiserver on loopback, with MetalLB's CRDs.
//!
//! One pair is shared by the tests that run at the same time, and ends with the last of them. Each test
//! has a namespace of its own.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http_body_util::BodyExt as _;
use metalsense::live::{Connection, KubernetesCluster};
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// Far more than any of this takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(180);

/// The users of a lab, each with a context of the same name.
const USERS: [(&str, &str); 4] =
    [("admin", "system:masters"), ("reader", "readers"), ("writer", "writers"), ("nobody", "nobodies")];

/// MetalLB's kinds as the API names them.
const PLURALS: [&str; 6] =
    ["ipaddresspools", "bgpadvertisements", "l2advertisements", "bgppeers", "communities", "bfdprofiles"];

/// The folder with both programs, or what is missing.
fn programs() -> Result<PathBuf, String> {
    let is_complete =
        |folder: &Path| ["etcd", "kube-apiserver"].iter().all(|name| folder.join(name).is_file());
    let named = ["METALSENSE_KUBE_PROGRAMS", "KUBEBUILDER_ASSETS"].into_iter().filter_map(std::env::var_os);
    let named = named.map(PathBuf::from);
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    let on_path: Vec<PathBuf> = std::env::split_paths(&on_path).collect();
    named
        .chain(on_path)
        .find(|folder| is_complete(folder))
        .ok_or_else(|| "etcd and kube-apiserver in one folder (`.ci/kubernetes` builds them)".into())
}

/// MetalLB's CRDs of a version.
pub(crate) fn crds(version: &str) -> Option<PathBuf> {
    let shared = std::env::var_os("METALSENSE_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let folder = shared.join("metallb/crds").join(version);
    folder.is_dir().then_some(folder)
}

/// The lab, unless something is missing: then the test is skipped, and that is said.
pub(crate) fn lab() -> Option<Arc<Lab>> {
    static SHARED: Mutex<Weak<Lab>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(lab) = shared.upgrade() {
        return Some(lab);
    }
    let lab = Arc::new(own_lab()?);
    lab.install("v0.15.2");
    *shared = Arc::downgrade(&lab);
    Some(lab)
}

/// A lab without CRDs for one test alone.
pub(crate) fn own_lab() -> Option<Lab> {
    // The CRDs are MetalLB's, not ours to ship.
    if crds("v0.15.2").is_none() {
        eprintln!("SKIPPED: missing MetalLB's CRDs beside the checkout");
        return None;
    }
    let programs = match programs() {
        Ok(programs) => programs,
        Err(missing) => {
            assert!(
                std::env::var("METALSENSE_REQUIRE_PROGRAMS").as_deref() != Ok("1"),
                "required and missing: {missing}"
            );
            eprintln!("SKIPPED: missing {missing}");
            return None;
        }
    };
    Some(Lab::start(&programs))
}

pub(crate) struct Lab {
    folder: TempDir,
    daemons: Vec<Child>,
    runtime: Runtime,
    admin: kube::Client,
    pub(crate) url: String,
}

impl Drop for Lab {
    fn drop(&mut self) {
        // The API server first, so that it does not complain about its storage.
        for daemon in self.daemons.iter_mut().rev() {
            let _ = daemon.kill();
            let _ = daemon.wait();
        }
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("its address").port()
}

impl Lab {
    fn start(programs: &Path) -> Lab {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = |name: &str| folder.path().join(name);
        let (store, peers, port) = (free_port(), free_port(), free_port());
        let log = |name: &str| std::fs::File::create(path(name)).expect("a log");
        let store_url = format!("http://127.0.0.1:{store}");
        let etcd = Command::new(programs.join("etcd"))
            .arg("--data-dir")
            .arg(path("etcd"))
            .args(["--listen-client-urls", &store_url, "--advertise-client-urls", &store_url])
            .args(["--listen-peer-urls", &format!("http://127.0.0.1:{peers}"), "--unsafe-no-fsync"])
            .stdout(Stdio::null())
            .stderr(log("etcd.log"))
            .spawn()
            .expect("etcd starts");
        let (private, public) = signing_keys();
        std::fs::write(path("key.pem"), private).expect("written");
        std::fs::write(path("key.pub"), public).expect("written");
        let tokens: String =
            USERS.map(|(user, group)| format!("token-{user},{user},{user},\"{group}\"\n")).concat();
        std::fs::write(path("tokens.csv"), tokens).expect("written");
        let policy = "apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules: [{level: Metadata}]\n";
        std::fs::write(path("audit.yaml"), policy).expect("written");
        let file = |flag: &str, name: &str| format!("--{flag}={}", path(name).display());
        let server = Command::new(programs.join("kube-apiserver"))
            .arg(format!("--etcd-servers={store_url}"))
            .args(["--bind-address=127.0.0.1", &format!("--secure-port={port}")])
            .args([file("cert-dir", "certificates"), file("token-auth-file", "tokens.csv")])
            .args([
                file("service-account-key-file", "key.pub"),
                file("service-account-signing-key-file", "key.pem"),
            ])
            .args([file("audit-policy-file", "audit.yaml"), file("audit-log-path", "audit.log")])
            .args(["--service-account-issuer=https://kubernetes.default.svc", "--authorization-mode=RBAC"])
            .args(["--service-cluster-ip-range=10.96.0.0/24", "--disable-admission-plugins=ServiceAccount"])
            .stdout(Stdio::null())
            .stderr(log("kube-apiserver.log"))
            .spawn()
            .expect("kube-apiserver starts");
        let url = format!("https://127.0.0.1:{port}");
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let mut config = kube::Config::new(url.parse().expect("an address"));
        config.accept_invalid_certs = true;
        config.auth_info.token = Some("token-admin".to_owned().into());
        let admin = runtime.block_on(async { kube::Client::try_from(config) }).expect("a client");
        let mut lab = Lab { folder, daemons: vec![etcd, server], runtime, admin, url };
        lab.write_kubeconfig("kubeconfig", &lab.url.clone());
        lab.until_ready();
        lab.eventually("its own namespaces are there", || {
            lab.try_call("GET", "/api/v1/namespaces/kube-system", "", None).is_ok_and(|(code, _)| code == 200)
        });
        lab
    }

    fn until_ready(&mut self) {
        let started = Instant::now();
        while !self.try_call("GET", "/readyz", "", None).is_ok_and(|(code, _)| code == 200) {
            let log = |name: &str| std::fs::read_to_string(self.folder.path().join(name)).unwrap_or_default();
            let ended =
                self.daemons.iter_mut().any(|daemon| daemon.try_wait().is_ok_and(|end| end.is_some()));
            assert!(!ended, "a program ended: {}{}", log("etcd.log"), log("kube-apiserver.log"));
            assert!(started.elapsed() < PATIENCE, "the API server is not ready within {PATIENCE:?}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn eventually(&self, what: &str, mut is_so: impl FnMut() -> bool) {
        let started = Instant::now();
        while !is_so() {
            assert!(
                started.elapsed() < PATIENCE,
                "{what}: not within {PATIENCE:?}, see {:?}",
                self.folder.path()
            );
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// A kubeconfig for all users of the lab at some address.
    fn write_kubeconfig(&self, name: &str, url: &str) -> PathBuf {
        let users: Vec<Value> = USERS
            .iter()
            .map(|(user, _)| json!({"name": user, "user": {"token": format!("token-{user}")}}))
            .collect();
        let contexts: Vec<Value> = USERS
            .iter()
            .map(|(user, _)| json!({"name": user, "context": {"cluster": "lab", "user": user}}))
            .collect();
        let config = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "admin",
            "clusters": [{"name": "lab", "cluster": {"server": url, "insecure-skip-tls-verify": true}}],
            "users": users, "contexts": contexts,
        });
        let path = self.folder.path().join(name);
        std::fs::write(&path, config.to_string()).expect("written");
        path
    }

    /// The kubeconfig of the lab. The current context is `admin`.
    pub(crate) fn kubeconfig(&self) -> PathBuf {
        self.folder.path().join("kubeconfig")
    }

    /// A kubeconfig that leads to another address than the server's own.
    pub(crate) fn kubeconfig_at(&self, url: &str) -> PathBuf {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        self.write_kubeconfig(&format!("kubeconfig-{}", NEXT.fetch_add(1, Ordering::Relaxed)), url)
    }

    /// Lets a test wait for something.
    pub(crate) fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    pub(crate) fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    pub(crate) fn admin(&self) -> kube::Client {
        self.admin.clone()
    }

    /// Connects as one of the users.
    pub(crate) fn connect(&self, user: &str, namespace: &str) -> KubernetesCluster {
        self.connect_with(&Connection {
            kubeconfig: Some(self.kubeconfig()),
            context: Some(user.into()),
            namespace: Some(namespace.into()),
            ..Connection::default()
        })
    }

    pub(crate) fn connect_with(&self, connection: &Connection) -> KubernetesCluster {
        self.wait(KubernetesCluster::connect(connection)).expect("connects")
    }

    fn try_call(
        &self,
        method: &str,
        path: &str,
        content_type: &str,
        body: Option<&Value>,
    ) -> Result<(u16, Value), kube::Error> {
        let mut request = http::Request::builder().method(method).uri(path);
        if body.is_some() {
            request = request.header("content-type", content_type);
        }
        let body = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
        let request = request.body(kube::client::Body::from(body)).expect("a request");
        self.wait(async {
            let response = self.admin.send(request).await?;
            let code = response.status().as_u16();
            let bytes = response.into_body().collect().await?.to_bytes();
            let text = String::from_utf8_lossy(&bytes).into_owned();
            Ok((code, serde_json::from_str(&text).unwrap_or(Value::String(text))))
        })
    }

    /// Asks the server as an administrator.
    pub(crate) fn call(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let content_type = match method {
            "PATCH" => "application/merge-patch+json",
            _ => "application/json",
        };
        self.try_call(method, path, content_type, body).expect("the server answers")
    }

    /// Server-side apply by somebody else.
    pub(crate) fn apply_as(&self, manager: &str, path: &str, body: &Value) -> Value {
        let path = format!("{path}?fieldManager={manager}&force=true");
        let answer = self.try_call("PATCH", &path, "application/apply-patch+yaml", Some(body));
        let (code, value) = answer.expect("the server answers");
        assert!(code < 300, "{path}: {value:#}");
        value
    }

    /// Something that must be there.
    pub(crate) fn get(&self, path: &str) -> Value {
        let (code, value) = self.call("GET", path, None);
        assert_eq!(code, 200, "{path}: {value:#}");
        value
    }

    /// Creates something as kubectl would.
    pub(crate) fn create(&self, collection: &str, object: &Value) -> Value {
        let path = format!("{collection}?fieldManager=kubectl-create");
        let (code, value) = self.call("POST", &path, Some(object));
        assert_eq!(code, 201, "{path}: {value:#}");
        value
    }

    /// Installs MetalLB's CRDs of a version, or replaces those that are there.
    pub(crate) fn install(&self, version: &str) {
        let folder = crds(version).expect("the CRDs are there");
        for entry in std::fs::read_dir(folder).expect("readable") {
            let text = std::fs::read_to_string(entry.expect("an entry").path()).expect("readable");
            self.install_definition(&definition(&text));
        }
        for plural in PLURALS {
            let version = if plural == "bgppeers" { "v1beta2" } else { "v1beta1" };
            self.eventually(&format!("{plural} are served"), || {
                let path = format!("/apis/metallb.io/{version}/{plural}");
                self.call("GET", &path, None).0 == 200
            });
        }
    }

    pub(crate) fn install_definition(&self, definition: &Value) {
        let name = definition["metadata"]["name"].as_str().expect("a name");
        let path = format!("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}");
        self.apply_as("installer", &path, definition);
    }

    /// A new namespace that looks as if MetalLB ran in it.
    pub(crate) fn metallb(&self, version: &str, backend: &str) -> String {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("lb-{}", NEXT.fetch_add(1, Ordering::Relaxed));
        self.create("/api/v1/namespaces", &json!({"metadata": {"name": name}}));
        for (collection, kind, program) in
            [("deployments", "Deployment", "controller"), ("daemonsets", "DaemonSet", "speaker")]
        {
            let labels = json!({"app": "metallb", "component": program, "in": name});
            let container = json!({"name": program, "image": format!("quay.io/metallb/{program}:{version}"),
                                   "env": [{"name": "METALLB_BGP_TYPE", "value": backend}]});
            self.create(
                &format!("/apis/apps/v1/namespaces/{name}/{collection}"),
                &json!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": program, "labels": labels},
                        "spec": {"selector": {"matchLabels": labels}, "template": {
                            "metadata": {"labels": labels}, "spec": {"containers": [container]}}}}),
            );
        }
        name
    }

    /// What a user has asked of the server, as verb and resource, from its audit log. `mark` is where the
    /// last look ended.
    pub(crate) fn audit(&self, user: &str, agent_of: &str, mark: &mut u64) -> Vec<(String, String)> {
        // When a request of ours is in the log, those before it are.
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let marker = format!("/version?mark={}", NEXT.fetch_add(1, Ordering::Relaxed));
        self.get(&marker);
        let mut all: Vec<Value> = Vec::new();
        self.eventually("the audit log is written", || {
            let text = std::fs::read_to_string(self.folder.path().join("audit.log")).unwrap_or_default();
            // The last line may be half written.
            all = text.lines().map_while(|line| serde_json::from_str(line).ok()).collect();
            all.iter().any(|event| event["requestURI"] == marker.as_str())
        });
        let seen = std::mem::replace(mark, all.len() as u64);
        let new = all.into_iter().skip(usize::try_from(seen).expect("small"));
        new.filter(|event| event["user"]["username"] == user)
            .filter(|event| event["requestURI"].as_str().is_some_and(|uri| uri.contains(agent_of)))
            .map(|event| {
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                (text(&event["verb"]), text(&event["objectRef"]["resource"]))
            })
            .collect()
    }
}

/// A CRD out of its file.
pub(crate) fn definition(text: &str) -> Value {
    serde_yaml::from_str(text).expect("YAML")
}

/// A private key and its public half, as PEM.
fn signing_keys() -> (String, String) {
    /// What stands before the point of a P-256 key in a SubjectPublicKeyInfo (RFC 5480).
    const HEAD: [u8; 26] = [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
        0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
    ];
    let random = ring::rand::SystemRandom::new();
    let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
    let private = EcdsaKeyPair::generate_pkcs8(algorithm, &random).expect("a key");
    let pair = EcdsaKeyPair::from_pkcs8(algorithm, private.as_ref(), &random).expect("a pair");
    let public = [&HEAD, pair.public_key().as_ref()].concat();
    (pem("PRIVATE KEY", private.as_ref()), pem("PUBLIC KEY", &public))
}

fn pem(what: &str, bytes: &[u8]) -> String {
    let text = STANDARD.encode(bytes);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    format!("-----BEGIN {what}-----\n{}\n-----END {what}-----\n", lines.join("\n"))
}
