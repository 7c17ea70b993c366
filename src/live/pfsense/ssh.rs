//! Through the system's ssh: its configuration, agent, known hosts and jump hosts hold.
//!
//! The program goes in on standard input and the answer comes out on standard output; no file is
//! written on the firewall, and no terminal is asked for, because that would open its menu. Nobody is
//! asked for a password either: a key, or an agent, must be enough.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use async_trait::async_trait;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;
use tokio::time::timeout;

use super::channel::{CallError, Channel};
use super::program::{MARK, Role, SHELL_PHP, for_shell, forced_command};
use super::protocol::{Answer, Request};

/// Until the connection must be there.
const CONNECT: u64 = 15;

/// Until the answer must be there. The program itself waits 90 seconds for another run of ours, and
/// saving a large configuration takes some.
const ANSWER: Duration = Duration::from_secs(200);

/// No answer is larger: a configuration of 64 MiB, packed and in base64 twice.
const MAX_BYTES: u64 = 128 * 1024 * 1024;

/// How ssh ends when it is ssh itself that failed.
const SSH_FAILED: i32 = 255;

/// Through ssh to one firewall.
#[derive(Clone, Debug)]
pub struct Ssh {
    /// Host name or address, or a name from the ssh configuration. Never begins with a dash.
    pub host: String,
    /// User; as ssh sees fit where absent.
    pub user: Option<String>,
    /// Port; as ssh sees fit where absent.
    pub port: Option<u16>,
    /// File of the private key.
    pub identity: Option<PathBuf>,
    /// Another configuration file than the user's own.
    pub config: Option<PathBuf>,
}

impl Ssh {
    fn command(&self) -> Command {
        let mut command = Command::new("ssh");
        command.args(["-T", "-o", "BatchMode=yes", "-o"]).arg(format!("ConnectTimeout={CONNECT}"));
        // A connection that dies silently is noticed within a minute.
        command.args(["-o", "ServerAliveInterval=15", "-o", "ServerAliveCountMax=4"]);
        if let Some(config) = &self.config {
            command.arg("-F").arg(config);
        }
        if let Some(user) = &self.user {
            command.arg("-l").arg(user);
        }
        if let Some(port) = self.port {
            command.arg("-p").arg(port.to_string());
        }
        if let Some(identity) = &self.identity {
            command.arg("-i").arg(identity).args(["-o", "IdentitiesOnly=yes"]);
        }
        command.arg("--").arg(&self.host).arg(SHELL_PHP);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command
    }

    async fn run(&self, input: &str) -> Result<(Option<i32>, Vec<u8>, Vec<u8>), CallError> {
        let mut child = self.command().spawn().map_err(|error| {
            CallError::not_sent(format!("ssh cannot be started: {error}")).hint("install the OpenSSH client")
        })?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(mut to), Some(from), Some(talk)) = pipes else {
            return Err(CallError::not_sent("ssh cannot be talked to"));
        };
        let (mut out, mut err) = (Vec::new(), Vec::new());
        // A firewall that refuses does not read what is written to it; its refusal tells more than
        // the broken pipe.
        let send = async {
            let _ = to.write_all(input.as_bytes()).await;
            drop(to);
        };
        let mut from = from.take(MAX_BYTES);
        let mut talk = talk.take(64 * 1024);
        let (_, read, _) = tokio::join!(send, from.read_to_end(&mut out), talk.read_to_end(&mut err));
        read.map_err(|error| CallError::unknown(format!("the connection broke: {error}")))?;
        let status = child.wait().await.map_err(|error| CallError::unknown(error.to_string()))?;
        Ok((status.code(), out, err))
    }
}

#[async_trait]
impl Channel for Ssh {
    fn title(&self) -> String {
        let user = self.user.as_ref().map(|user| format!("{user}@")).unwrap_or_default();
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        format!("ssh {user}{}{port}", self.host)
    }

    async fn call(&self, request: &Request) -> Result<Answer, CallError> {
        let (code, out, err) = match timeout(ANSWER, self.run(&for_shell(request))).await {
            Ok(result) => result?,
            Err(_) => return Err(CallError::unknown("no answer within 200 seconds")),
        };
        let out = String::from_utf8_lossy(&out);
        let answer = out.lines().rev().find_map(|line| line.strip_prefix(MARK));
        match (answer, code) {
            (Some(answer), _) => Answer::decode(answer).map_err(CallError::unknown),
            (None, Some(SSH_FAILED)) => Err(refused(&String::from_utf8_lossy(&err))),
            (None, _) => {
                let said = last_line(&err).or_else(|| last_line(out.as_bytes()));
                let said = said.map(|line| format!(": {line}")).unwrap_or_default();
                Err(CallError::unknown(format!("the program gave no answer{said}")))
            }
        }
    }
}

/// What ssh says when it fails by itself. PHP ends with the same status when it dies, and then says
/// nothing of the kind: the request was sent.
fn refused(err: &str) -> CallError {
    let said = last_line(err.as_bytes()).unwrap_or_else(|| "ssh failed and says nothing".into());
    let has = |words: &[&str]| words.iter().any(|word| err.contains(word));
    if has(&["Permission denied", "Too many authentication failures"]) {
        return CallError::Denied {
            reason: said,
            hint: Some("check the user, and that the key is among the user's authorized keys".into()),
        };
    }
    if has(&["Host key verification failed", "REMOTE HOST IDENTIFICATION HAS CHANGED"]) {
        return CallError::NotSent {
            reason: said,
            hint: Some("compare the host key on the firewall's console, then connect once by hand".into()),
        };
    }
    let before = [
        "Could not resolve",
        "Connection refused",
        "No route to host",
        "Network is unreachable",
        "Connection timed out",
        "Operation timed out",
        "Bad configuration option",
        "kex_exchange_identification",
        "Identity file",
        "no such identity",
    ];
    match has(&before) {
        true => CallError::not_sent(said),
        false => CallError::unknown(said),
    }
}

fn last_line(text: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(text);
    let line = text.lines().rev().map(str::trim).find(|line| !line.is_empty())?;
    Some(line.chars().filter(|c| !c.is_control()).take(300).collect())
}

/// Why a public key cannot be bound to a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no public key in OpenSSH's one-line form")]
pub struct NoPublicKey;

/// The line for the firewall's authorized keys that lets a key do nothing but what its role says.
///
/// # Errors
/// If that is no public key.
pub fn authorized_key(public_key: &str, role: Role) -> Result<String, NoPublicKey> {
    let key = public_key.trim();
    let mut words = key.split(' ');
    let kind = words.next().unwrap_or_default();
    let blob = words.next().unwrap_or_default();
    let known = ["ssh-ed25519", "ssh-rsa", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-"];
    let is_blob = blob.len() > 40 && blob.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b));
    if key.lines().count() != 1 || !known.iter().any(|name| kind.starts_with(name)) || !is_blob {
        return Err(NoPublicKey);
    }
    let command = forced_command(role).replace('"', "\\\"");
    Ok(format!("restrict,command=\"{command}\" {key}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHJvYm90cyBhcmUgbm90IHRvIGJlIHRydXN0ZWQhISE ci@example.net";

    #[test]
    fn a_key_line_is_one_line_that_ends_in_the_key() {
        let line = authorized_key(&format!("{KEY}\n"), Role::Read).expect("a key");
        assert_eq!(line.lines().count(), 1);
        assert!(line.starts_with("restrict,command=\"") && line.ends_with(KEY));
        for text in ["", "ssh-ed25519", "-----BEGIN OPENSSH PRIVATE KEY-----", &format!("{KEY}\n{KEY}")] {
            assert_eq!(authorized_key(text, Role::Read), Err(NoPublicKey), "{text}");
        }
    }

    #[test]
    fn what_ssh_says_tells_whether_anything_was_sent() {
        assert!(matches!(refused("u@h: Permission denied (publickey).\r\n"), CallError::Denied { .. }));
        assert!(matches!(
            refused("ssh: connect to host h port 22: Connection refused"),
            CallError::NotSent { .. }
        ));
        assert!(matches!(refused("Connection to h closed by remote host."), CallError::Unknown { .. }));
        assert!(matches!(refused(""), CallError::Unknown { .. }));
    }
}
