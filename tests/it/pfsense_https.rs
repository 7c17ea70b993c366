//! XML-RPC over real TLS to the twin: PHP runs the request, and the certificate is what it is.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::Scope;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use metalsense::live::pfsense::protocol::Request;
use metalsense::live::pfsense::{
    Address, CallError, Channel, Fingerprint, Https, Patience, PfsenseRouter, Trust, shown_certificate,
};
use metalsense::live::{LiveError, Router, RouterContent, RouterOutcome, RouterWrite};
use metalsense::observed::RouterState;
use metalsense::pfsense::Value;
use metalsense::pfsense::xml::{Edit, ListPath};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::pfsense_twin::{PASSWORD, Twin, available, feed};
use crate::tool::{Scratch, finish};

/// What a server does with a request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// What pfSense does.
    Answer,
    /// Lets the program run and closes without a word.
    Cut,
    /// Lets the program run and says what nginx says when that takes too long.
    GatewayTimeout,
    /// Sends elsewhere.
    Redirect,
    /// Shows a page for people.
    Page,
}

/// A web server on loopback in front of a twin; ends when it is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) authority: String,
    requests: Arc<AtomicUsize>,
    ended: Arc<AtomicBool>,
}

impl Server {
    /// Starts one; its threads end with the scope.
    pub(crate) fn start<'scope, 'env>(
        scope: &'scope Scope<'scope, 'env>,
        twin: &'env Twin,
        manner: Manner,
    ) -> Server {
        let authority = CertificateParams::new(Vec::new()).map(|mut params| {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("signed")
        });
        let authority = authority.expect("parameters");
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("parameters");
        let certificate = params.signed_by(&key, &authority).expect("signed");
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der())),
            )
            .expect("a certificate");
        let config = Arc::new(config);
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("bound");
        let (requests, ended) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let server =
            Server { address, authority: authority.pem(), requests: requests.clone(), ended: ended.clone() };
        scope.spawn(move || {
            for stream in listener.incoming() {
                if ended.load(Ordering::SeqCst) {
                    return;
                }
                let (config, requests) = (config.clone(), requests.clone());
                scope.spawn(move || serve(stream.expect("accepted"), config, twin, manner, &requests));
            }
        });
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    fn https(&self, user: &str, password: &str, trust: Trust) -> Https {
        Https::new(Address::parse(&self.url()).expect("an address"), user, password.to_owned().into(), trust)
    }

    fn trusted(&self) -> Trust {
        Trust::Authorities(self.authority.clone().into_bytes())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        // Wakes the listener up.
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(tcp: TcpStream, config: Arc<ServerConfig>, twin: &Twin, manner: Manner, requests: &AtomicUsize) {
    tcp.set_read_timeout(Some(Duration::from_secs(60))).expect("set");
    let mut stream = StreamOwned::new(ServerConnection::new(config).expect("a session"), tcp);
    let mut request = Vec::new();
    let head = loop {
        let mut piece = [0; 16 * 1024];
        match stream.read(&mut piece) {
            // Whoever does not believe the certificate says no more.
            Ok(0) | Err(_) => return,
            Ok(size) => request.extend_from_slice(&piece[..size]),
        }
        if let Some(end) = request.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
    };
    requests.fetch_add(1, Ordering::SeqCst);
    let text = String::from_utf8_lossy(&request[..head]).into_owned();
    assert!(text.starts_with("POST /xmlrpc.php HTTP/1.1\r\n"), "{text}");
    let header = |name: &str| {
        text.lines().find_map(|line| line.split_once(": ").filter(|(n, _)| n.eq_ignore_ascii_case(name)))
    };
    let length: usize = header("content-length").and_then(|(_, n)| n.parse().ok()).expect("a length");
    let mut body = request.split_off(head);
    while body.len() < length {
        let mut piece = [0; 64 * 1024];
        match stream.read(&mut piece) {
            Ok(0) | Err(_) => return,
            Ok(size) => body.extend_from_slice(&piece[..size]),
        }
    }
    let credentials =
        header("authorization").and_then(|(_, value)| value.strip_prefix("Basic ")).expect("Basic");
    let credentials = STANDARD.decode(credentials).expect("base64");
    let credentials = String::from_utf8(credentials).expect("text");
    let (user, password) = credentials.split_once(':').expect("two");
    let answer = match manner {
        Manner::Redirect => {
            "HTTP/1.1 301 Moved\r\nLocation: https://elsewhere.example/\r\nContent-Length: 0\r\n\r\n".into()
        }
        Manner::Page => page("200 OK", "<html>Login</html>"),
        Manner::Answer | Manner::Cut | Manner::GatewayTimeout => {
            let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/pfsense-twin/www/xmlrpc.php");
            let mut php = twin.php("");
            php.arg(script).env("REMOTE_ADDR", "127.0.0.1");
            php.env("PHP_AUTH_USER", user).env("PHP_AUTH_PW", password);
            let (ok, out) = feed(php, &body);
            match (manner, ok) {
                (Manner::Cut, _) => return,
                (Manner::GatewayTimeout, _) => page("504 Gateway Time-out", "<html></html>"),
                (_, false) => page("500 Internal Server Error", "<html></html>"),
                (_, true) => page("200 OK", &String::from_utf8(out).expect("UTF-8")),
            }
        }
    };
    let _ = stream.write_all(answer.as_bytes());
    stream.conn.send_close_notify();
    let _ = stream.flush();
}

fn page(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nContent-Type: text/xml\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

fn block<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

fn add(expect: &str, index: usize) -> RouterWrite {
    let entry = Value::branch([("peer", Value::text("10.40.0.77")), ("asnum", Value::text("64500"))]);
    let list = ListPath::entries("frrbgpneighbors");
    RouterWrite {
        expect: expect.to_owned(),
        message: "metalsense: apply lab".into(),
        content: RouterContent::Pfsense(vec![Edit::InsertEntry { list, index, entry }]),
    }
}

const HASTE: Patience = Patience {
    settle: Duration::ZERO,
    on_the_way: Duration::from_secs(120),
    between: Duration::from_millis(300),
    reload: Duration::from_secs(2),
};

/// Reads and writes once as a user.
fn write_once(channel: Https) -> Result<RouterOutcome, LiveError> {
    let router = PfsenseRouter::new("edge", channel).patience(HASTE);
    let RouterState::Pfsense(state) = block(router.read())? else { panic!("a pfSense") };
    let neighbors = state.config.path("installedpackages/frrbgpneighbors").expect("there").entries().len();
    block(router.compare_and_set(&add(&state.facts.digest, neighbors)))
}

#[test]
fn a_write_is_attributed_to_its_user_and_a_user_without_the_right_is_told() {
    if !available() {
        return;
    }
    for era in crate::pfsense_twin::ERAS {
        let twin = Twin::new(era);
        std::thread::scope(|scope| {
            let server = Server::start(scope, &twin, Manner::Answer);
            let outcome = write_once(server.https("ci", PASSWORD, server.trusted())).expect("it answers");
            assert!(matches!(outcome, RouterOutcome::Written(_)), "{era}: {outcome:?}");
            let config = String::from_utf8(twin.config()).expect("UTF-8");
            assert!(
                config.contains("<![CDATA[ci@127.0.0.1 (Local Database): metalsense: apply lab]]>"),
                "{era}"
            );

            let error = write_once(server.https("guest", PASSWORD, server.trusted())).expect_err("no right");
            assert!(
                matches!(&error, LiveError::Denied { hint: Some(hint), .. } if hint.contains("HA node sync")),
                "{error}"
            );
            let before = server.requests();
            let error =
                write_once(server.https("ci", "battery-staple", server.trusted())).expect_err("no user");
            assert!(matches!(error, LiveError::Denied { .. }), "{error}");
            assert!(!format!("{error} {error:?}").contains("staple"), "{error:?}");
            assert_eq!(server.requests(), before + 1, "one attempt");
        });
    }
}

#[test]
fn a_user_who_must_not_save_does_not() {
    if !available() {
        return;
    }
    for era in crate::pfsense_twin::ERAS {
        let twin = Twin::new(era);
        std::thread::scope(|scope| {
            let server = Server::start(scope, &twin, Manner::Answer);
            let bytes = twin.config();
            let outcome =
                write_once(server.https("auditor", PASSWORD, server.trusted())).expect("it answers");
            assert!(matches!(outcome, RouterOutcome::Denied { .. }), "{era}: {outcome:?}");
            assert_eq!(twin.config(), bytes, "{era}");
        });
    }
}

#[test]
fn who_is_believed() {
    if !available() {
        return;
    }
    let twin = Twin::new("2.8");
    std::thread::scope(|scope| {
        let server = Server::start(scope, &twin, Manner::Answer);
        let address = Address::parse(&server.url()).expect("an address");
        let seen = block(shown_certificate(&address)).expect("it shows one");
        assert_eq!(server.requests(), 0, "nothing was asked");
        let ask = |trust: Trust| block(server.https("ci", PASSWORD, trust).call(&Request::Read));
        for trust in [server.trusted(), Trust::Certificate(seen), Trust::Anybody] {
            assert!(ask(trust.clone()).is_ok(), "{trust:?}");
        }
        let requests = server.requests();
        let other = Fingerprint::parse(&"ab".repeat(32)).expect("digits");
        let stranger = Server::start(scope, &twin, Manner::Answer);
        for (trust, word) in [
            (Trust::System, "metalsense pfsense trust"),
            (stranger.trusted(), "metalsense pfsense trust"),
            (Trust::Certificate(other), "somebody is in between"),
        ] {
            let error = ask(trust.clone()).expect_err("not believed");
            let CallError::NotSent { reason, hint: Some(hint) } = &error else {
                panic!("{trust:?}: {error:?}")
            };
            assert!(hint.contains(word), "{reason}; {hint}");
            assert!(!reason.contains(PASSWORD));
        }
        let error = ask(Trust::Certificate(other)).expect_err("not believed");
        assert!(error.to_string().contains(&seen.to_string()), "it names what it has seen: {error}");
        assert_eq!(server.requests(), requests, "no password was sent");
    });
}

#[test]
fn what_is_no_firewall_gets_one_request_and_an_explanation() {
    if !available() {
        return;
    }
    let twin = Twin::new("2.8");
    for (manner, word) in [(Manner::Redirect, "https://elsewhere.example/"), (Manner::Page, "no XML-RPC")] {
        std::thread::scope(|scope| {
            let server = Server::start(scope, &twin, manner);
            let error = block(server.https("ci", PASSWORD, server.trusted()).call(&Request::Read));
            let error = error.expect_err("no answer");
            assert!(error.to_string().contains(word), "{error}");
            assert_eq!(server.requests(), 1);
        });
    }
}

/// The write is done and its answer is lost: that is found out by reading, and nothing is sent twice.
#[test]
fn a_lost_answer_is_found_out_by_reading() {
    if !available() {
        return;
    }
    for manner in [Manner::Cut, Manner::GatewayTimeout] {
        let twin = Twin::new("2.8");
        std::thread::scope(|scope| {
            let good = Server::start(scope, &twin, Manner::Answer);
            let bad = Server::start(scope, &twin, manner);
            let channel = Forgetful {
                good: good.https("ci", PASSWORD, good.trusted()),
                bad: bad.https("ci", PASSWORD, bad.trusted()),
            };
            let router = PfsenseRouter::new("edge", channel).patience(HASTE);
            let RouterState::Pfsense(state) = block(router.read()).expect("it reads") else {
                panic!("a pfSense")
            };
            let outcome = block(router.compare_and_set(&add(&state.facts.digest, 0)));
            assert!(matches!(outcome, Ok(RouterOutcome::Written(_))), "{outcome:?}");
            assert_eq!((bad.requests(), twin.saves()), (1, 1));
        });
    }
}

/// A network whose firewall is the server, believed as `tls` says.
pub(crate) fn declaration(server: &Server, tls: &str) -> String {
    let access = format!(
        "pfsense: {{ url: \"{}\", username: ci, password: {{ env: PFSENSE_PASSWORD }}, tls: {tls} }}",
        server.url()
    );
    crate::tool::HOMELAB.replace("pfsense: {}", &access)
}

#[test]
fn a_declared_firewall_is_probed() {
    if !available() {
        return;
    }
    let twin = Twin::new("2.8");
    std::thread::scope(|scope| {
        let server = Server::start(scope, &twin, Manner::Answer);
        let scratch = Scratch::new();
        scratch.write("ca.pem", &server.authority);
        scratch.write("network.yaml", &declaration(&server, "{ caFile: ca.pem }"));
        let probe = |password: &str| {
            finish(scratch.command().args(["pfsense", "probe"]).env("PFSENSE_PASSWORD", password))
        };
        let run = probe(PASSWORD);
        assert_eq!(run.code, 0, "{}", run.err);
        assert!(run.out.contains("pfSense 2.8.1-RELEASE") && run.out.contains(&server.url()), "{}", run.out);
        assert!(!run.out.contains(PASSWORD) && !run.err.contains(PASSWORD));
        let run = probe("battery-staple");
        assert_eq!(run.code, 1, "{}", run.err);
        assert!(run.err.contains("password of ci is wrong") && !run.err.contains("staple"), "{}", run.err);
        let requests = server.requests();
        let run = scratch.run(["pfsense", "probe"]);
        assert_eq!(
            (run.code, server.requests()),
            (1, requests),
            "without a password nobody is asked: {}",
            run.err
        );
        scratch.write(
            "network.yaml",
            &declaration(&server, &format!("{{ fingerprint: \"{}\" }}", "ab".repeat(32))),
        );
        let run = probe(PASSWORD);
        assert_eq!((run.code, server.requests()), (1, requests), "{}", run.err);
        assert!(run.err.contains("hint"), "{}", run.err);
    });
    assert!(twin.saves() == 0);
}

/// A firewall with the FRR package that nobody has set up.
const FRESH: &str = "<?xml version=\"1.0\"?>\n<pfsense>\n\t<version>23.9</version>\n\t<system>\n\t\t<hostname>edge</hostname>\n\t\t<domain>example.net</domain>\n\t</system>\n\
\t<interfaces>\n\t\t<lan>\n\t\t\t<enable></enable>\n\t\t\t<if>vtnet1</if>\n\t\t\t<ipaddr>192.168.4.1</ipaddr>\n\t\t\t<subnet>24</subnet>\n\t\t</lan>\n\t</interfaces>\n\
\t<installedpackages>\n\t\t<package>\n\t\t\t<name>frr</name>\n\t\t\t<version>2.0.2_6</version>\n\t\t</package>\n\t</installedpackages>\n</pfsense>\n";

/// The whole way: declared, compared, applied over TLS by a user, and nothing differs then.
#[test]
fn a_declared_firewall_is_compared_and_applied() {
    if !available() {
        return;
    }
    for era in ["2.7", "2.8"] {
        let twin = Twin::with(era, FRESH);
        std::thread::scope(|scope| {
            let server = Server::start(scope, &twin, Manner::Answer);
            let scratch = Scratch::new();
            scratch.write("ca.pem", &server.authority);
            scratch.write("network.yaml", &declaration(&server, "{ caFile: ca.pem }"));
            let run = |args: &[&str]| {
                finish(
                    scratch
                        .command()
                        .args(args)
                        .args(["--target", "pfsense"])
                        .env("PFSENSE_PASSWORD", PASSWORD),
                )
            };
            let shown = run(&["diff", "--exit-code"]);
            assert_eq!(shown.code, 2, "{}{}", shown.out, shown.err);
            assert!(shown.out.contains("neighbor 192.168.4.10"), "{}", shown.out);
            assert_eq!(twin.saves(), 0);
            let applied = run(&["apply", "--yes"]);
            assert_eq!(applied.code, 0, "{}{}", applied.out, applied.err);
            let config = String::from_utf8(twin.config()).expect("UTF-8");
            assert!(
                config.contains("[ms:homelab]")
                    && config.contains("ci@127.0.0.1 (Local Database): metalsense: apply homelab")
            );
            assert_eq!(twin.saves(), 1);
            let again = run(&["diff", "--exit-code"]);
            assert_eq!(again.code, 0, "{}{}", again.out, again.err);
            let again = run(&["apply", "--yes"]);
            assert_eq!((again.code, twin.saves()), (0, 1), "{}", again.err);
            for text in [&shown, &applied, &again] {
                assert!(!text.out.contains(PASSWORD) && !text.err.contains(PASSWORD));
            }
        });
    }
}

/// Writes get lost on their way back, everything else works.
struct Forgetful {
    good: Https,
    bad: Https,
}

#[async_trait::async_trait]
impl Channel for Forgetful {
    fn title(&self) -> String {
        self.good.title()
    }

    async fn call(
        &self,
        request: &Request,
    ) -> Result<metalsense::live::pfsense::protocol::Answer, CallError> {
        match request {
            Request::Apply(_) => self.bad.call(request).await,
            _ => self.good.call(request).await,
        }
    }
}
