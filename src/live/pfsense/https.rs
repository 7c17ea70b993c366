//! XML-RPC over HTTPS, the way that pfSense's own synchronization takes.
//!
//! Never without TLS, never behind a redirect, and one attempt with a password: after a few failed
//! ones pfSense locks the address out. The right to use XML-RPC is root on the firewall.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue, LOCATION};
use hyper::{Response, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use secrecy::{ExposeSecret as _, SecretString};
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::channel::{CallError, Channel};
use super::program::for_exec_php;
use super::protocol::{Answer, Request};
use super::tls::{self, Fingerprint, Trust};
use super::xmlrpc;

/// Until the connection must be there.
const CONNECT: Duration = Duration::from_secs(15);

/// Until the answer must be there. pfSense's web server gives up after 180 seconds, while the program
/// goes on.
const ANSWER: Duration = Duration::from_secs(200);

/// No answer is larger: a configuration of 64 MiB, packed and in base64 twice.
const MAX_BYTES: usize = 128 * 1024 * 1024;

/// Faults that pfSense answers to a wrong password and to a missing privilege.
const WRONG_PASSWORD: i32 = -1;
const NO_PRIVILEGE: i32 = -2;

/// Where a web interface is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    host: String,
    port: u16,
    authority: String,
}

/// Why an address cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no address like https://192.168.4.1 or https://fw.example.net:8443")]
pub struct NoAddress;

impl Address {
    /// From `https://HOST[:PORT][/]` and nothing else.
    ///
    /// # Errors
    /// Every other form; another scheme would show the password to whoever listens.
    pub fn parse(url: &str) -> Result<Address, NoAddress> {
        let uri: Uri = url.parse().map_err(|_| NoAddress)?;
        let bare = matches!(uri.path(), "" | "/") && uri.query().is_none();
        let authority =
            uri.authority().filter(|authority| !authority.as_str().contains('@')).ok_or(NoAddress)?;
        if uri.scheme_str() != Some("https") || !bare {
            return Err(NoAddress);
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        Ok(Address {
            host,
            port: authority.port_u16().unwrap_or(443),
            authority: authority.as_str().to_owned(),
        })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "https://{}", self.authority)
    }
}

/// XML-RPC to one firewall.
pub struct Https {
    address: Address,
    username: String,
    password: SecretString,
    trust: Trust,
}

impl Https {
    /// To an address, as a user, believing whom it says.
    pub fn new(address: Address, username: impl Into<String>, password: SecretString, trust: Trust) -> Self {
        Https { address, username: username.into(), password, trust }
    }

    fn authorization(&self) -> Result<HeaderValue, CallError> {
        let both = format!("{}:{}", self.username, self.password.expose_secret());
        let mut value = HeaderValue::try_from(format!("Basic {}", STANDARD.encode(both)))
            .map_err(|_| CallError::not_sent("the user name or password cannot be sent"))?;
        value.set_sensitive(true);
        Ok(value)
    }

    async fn post(&self, body: String) -> Result<Response<Incoming>, CallError> {
        let authorization = self.authorization()?;
        let stream = connect(&self.address, &self.trust).await?.0;
        let broken = |error: hyper::Error| CallError::unknown(format!("the connection broke: {error}"));
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
        let request = hyper::Request::post("/xmlrpc.php")
            .header(HOST, &self.address.authority)
            .header(CONTENT_TYPE, "text/xml; charset=utf-8")
            .header(AUTHORIZATION, authorization)
            .body(Full::new(Bytes::from(body)))
            .map_err(|error| CallError::not_sent(error.to_string()))?;
        // It ends with the response, or when this task's runtime does.
        tokio::spawn(async move {
            let _ = connection.await;
        });
        sender.send_request(request).await.map_err(broken)
    }

    async fn exchange(&self, request: &Request) -> Result<Answer, CallError> {
        let body = xmlrpc::call("pfsense.exec_php", &for_exec_php(request));
        let response = self.post(body).await?;
        check_status(&response)?;
        let body = Limited::new(response.into_body(), MAX_BYTES).collect().await.map_err(|error| {
            match error.downcast_ref::<LengthLimitError>() {
                Some(_) => CallError::unknown("the answer is larger than 128 MiB"),
                None => CallError::unknown(format!("the answer broke off: {error}")),
            }
        })?;
        let body = body.to_bytes();
        if body.is_empty() {
            return Err(CallError::unknown("the program ended without an answer"));
        }
        match xmlrpc::response(&String::from_utf8_lossy(&body)).map_err(CallError::unknown)? {
            xmlrpc::Response::Text(answer) => Answer::decode(&answer).map_err(CallError::unknown),
            xmlrpc::Response::Other => Err(CallError::unknown("the program gave no answer")),
            xmlrpc::Response::Fault { code, text } => Err(self.fault(code, &text)),
        }
    }

    fn fault(&self, code: i32, text: &str) -> CallError {
        let user = &self.username;
        match code {
            WRONG_PASSWORD => CallError::Denied {
                reason: format!("user name or password of {user} is wrong"),
                hint: Some(
                    "correct it before the next attempt: after a few, pfSense locks this address out".into(),
                ),
            },
            NO_PRIVILEGE => CallError::Denied {
                reason: format!("{user} has no right to use XML-RPC"),
                hint: Some(
                    "give the user the privilege `System - HA node sync` (it is as good as root), or use ssh with a key \
                     that may do less"
                        .into(),
                ),
            },
            _ => CallError::unknown(format!("fault {code}: {}", text.trim())),
        }
    }
}

#[async_trait]
impl Channel for Https {
    fn title(&self) -> String {
        self.address.to_string()
    }

    async fn call(&self, request: &Request) -> Result<Answer, CallError> {
        match timeout(ANSWER, self.exchange(request)).await {
            Ok(result) => result,
            Err(_) => Err(CallError::unknown("no answer within 200 seconds")),
        }
    }
}

/// The certificate that an address shows. Nothing is sent but the handshake.
///
/// # Errors
/// If there is no TLS server.
pub async fn shown_certificate(address: &Address) -> Result<Fingerprint, CallError> {
    let (_, fingerprint) = connect(address, &Trust::Anybody).await?;
    fingerprint.ok_or_else(|| CallError::not_sent("no certificate was shown"))
}

async fn connect(
    address: &Address,
    trust: &Trust,
) -> Result<(TlsStream<TcpStream>, Option<Fingerprint>), CallError> {
    let (config, shown) = tls::configuration(trust).map_err(CallError::not_sent)?;
    let name = ServerName::try_from(address.host.clone())
        .map_err(|_| CallError::not_sent(format!("{} is no name of a host", address.host)))?;
    let dialed = async {
        let stream = TcpStream::connect((address.host.as_str(), address.port)).await;
        let stream = stream.map_err(|error| CallError::not_sent(format!("cannot be reached: {error}")))?;
        let handshake = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
        handshake.map_err(|error| untrusted(&error, address, trust, shown.fingerprint()))
    };
    match timeout(CONNECT, dialed).await {
        Ok(stream) => Ok((stream?, shown.fingerprint())),
        Err(_) => Err(CallError::not_sent("cannot be reached within 15 seconds")),
    }
}

fn untrusted(
    error: &std::io::Error,
    address: &Address,
    trust: &Trust,
    shown: Option<Fingerprint>,
) -> CallError {
    let Some(shown) = shown else {
        return CallError::not_sent(format!("speaks no TLS: {error}"));
    };
    match trust {
        Trust::Certificate(pin) => CallError::not_sent(format!(
            "the certificate has the fingerprint {shown}, and {pin} is declared"
        ))
        .hint("if the firewall has a new certificate, compare it there and declare the new fingerprint; else somebody is in between"),
        _ => CallError::not_sent(format!("the certificate is not trusted: {error}")).hint(format!(
            "declare `tls: {{fingerprint}}` as `metalsense pfsense trust {address}` shows it, or `tls: {{caFile}}`"
        )),
    }
}

/// pfSense answers everything with 200. Everything else comes from its web server, or another one.
fn check_status(response: &Response<Incoming>) -> Result<(), CallError> {
    let status = response.status();
    if status == StatusCode::OK {
        return Ok(());
    }
    if status.is_redirection() {
        let to = response.headers().get(LOCATION).and_then(|to| to.to_str().ok()).unwrap_or("nowhere");
        let to: String = to.chars().filter(|c| !c.is_control()).take(200).collect();
        return Err(CallError::not_sent(format!("leads on to {to}, which is never followed"))
            .hint("declare the address of the firewall's web interface itself"));
    }
    if status.is_server_error() {
        // The program may have died, or gone on.
        return Err(CallError::unknown(format!("the web server answers {status}")));
    }
    Err(CallError::not_sent(format!("the web server answers {status}"))
        .hint("check that this is the web interface of a pfSense"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (url, host, port) in [
            ("https://192.168.4.1", "192.168.4.1", 443),
            ("https://fw.example.net:8443/", "fw.example.net", 8443),
            ("https://[2001:db8::1]:444", "2001:db8::1", 444),
        ] {
            let address = Address::parse(url).expect(url);
            assert_eq!((address.host.as_str(), address.port), (host, port));
        }
        for url in [
            "http://192.168.4.1",
            "192.168.4.1",
            "https://a@fw",
            "https://fw/path",
            "https://fw/?q",
            "https://",
            "",
        ] {
            assert_eq!(Address::parse(url), Err(NoAddress), "{url}");
        }
    }
}
