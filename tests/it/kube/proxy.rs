//! A proxy between us and the API server that counts, delays and spoils requests.
//!
//! It speaks plain HTTP to us, and passes on what it does not spoil as an administrator.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_body_util::BodyExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::lab::Lab;

/// How a request is spoilt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The server fails.
    Error,
    /// The server is busy.
    TooMany,
    /// The connection ends before the server hears of it.
    CutBefore,
    /// The connection ends after the server has done it.
    CutAfter,
    /// Nobody answers.
    Silence,
    /// Something comes back that is no answer, after the server has done it.
    Garbage,
}

impl Fault {
    pub(crate) const ALL: [Fault; 6] =
        [Fault::Error, Fault::TooMany, Fault::CutBefore, Fault::CutAfter, Fault::Silence, Fault::Garbage];
}

#[derive(Default)]
struct State {
    /// Spoil the request with this number, counted from zero.
    plan: Mutex<Option<(usize, Fault)>>,
    /// Requests since the plan was made, as method and path.
    seen: Mutex<Vec<(String, String)>>,
    count: AtomicUsize,
    delay: Mutex<Duration>,
}

pub(crate) struct Proxy {
    pub(crate) url: String,
    state: Arc<State>,
}

impl Proxy {
    pub(crate) fn start(lab: &Lab) -> Proxy {
        let listener = lab.wait(TcpListener::bind("127.0.0.1:0")).expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        let state = Arc::new(State::default());
        let (client, shared) = (lab.admin(), state.clone());
        lab.runtime().spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, client.clone(), shared.clone()));
            }
        });
        Proxy { url, state }
    }

    /// Spoils one of the requests to come, or none, and forgets those before.
    pub(crate) fn plan(&self, fault: Option<(usize, Fault)>) {
        *self.state.plan.lock().expect("whole") = fault;
        self.state.seen.lock().expect("whole").clear();
        self.state.count.store(0, Ordering::SeqCst);
    }

    /// Answers later by so much.
    pub(crate) fn delay(&self, delay: Duration) {
        *self.state.delay.lock().expect("whole") = delay;
    }

    /// Requests since the last plan, as method and path.
    pub(crate) fn seen(&self) -> Vec<(String, String)> {
        self.state.seen.lock().expect("whole").clone()
    }
}

async fn serve(mut stream: TcpStream, client: kube::Client, state: Arc<State>) {
    let mut buffer = Vec::new();
    while let Some((method, path, content_type, body)) = request(&mut stream, &mut buffer).await {
        let number = state.count.fetch_add(1, Ordering::SeqCst);
        state.seen.lock().expect("whole").push((method.clone(), path.clone()));
        let planned = *state.plan.lock().expect("whole");
        let fault = planned.and_then(|(spoilt, fault)| (spoilt == number).then_some(fault));
        let delay = *state.delay.lock().expect("whole");
        tokio::time::sleep(delay).await;
        match fault {
            Some(Fault::Error) => {
                answer(
                    &mut stream,
                    500,
                    &status(500, "InternalError", "failed calling webhook: connection refused"),
                )
                .await;
                continue;
            }
            Some(Fault::TooMany) => {
                answer(&mut stream, 429, &status(429, "TooManyRequests", "slow down")).await;
                continue;
            }
            Some(Fault::CutBefore) => return,
            Some(Fault::Silence) => return tokio::time::sleep(Duration::from_secs(60)).await,
            _ => {}
        }
        let mut passed_on = http::Request::builder().method(method.as_str()).uri(path);
        if !content_type.is_empty() {
            passed_on = passed_on.header("content-type", content_type);
        }
        let passed_on = passed_on.body(kube::client::Body::from(body)).expect("a request");
        let Ok(response) = client.send(passed_on).await else { return };
        let code = response.status().as_u16();
        let Ok(body) = response.into_body().collect().await else { return };
        match fault {
            Some(Fault::CutAfter) => return,
            Some(Fault::Garbage) => answer(&mut stream, 200, "<html>{}").await,
            _ => answer(&mut stream, code, &String::from_utf8_lossy(&body.to_bytes())).await,
        }
    }
}

/// Reads one request off a connection: method, path, content type, body.
async fn request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<(String, String, String, Vec<u8>)> {
    let end = loop {
        if let Some(at) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
    let mut words = head.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let header = |name: &str| {
        let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with(&format!("{name}:")))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let length: usize = header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    while buffer.len() < end + length {
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
    let body = buffer[end..end + length].to_vec();
    buffer.drain(..end + length);
    Some((method, path, header("content-type").unwrap_or_default(), body))
}

async fn answer(stream: &mut TcpStream, code: u16, body: &str) {
    let head = format!(
        "HTTP/1.1 {code} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    // Whoever asked may have gone.
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.write_all(body.as_bytes()).await;
}

fn status(code: u16, reason: &str, message: &str) -> String {
    serde_json::json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code,
                       "reason": reason, "message": message})
    .to_string()
}
