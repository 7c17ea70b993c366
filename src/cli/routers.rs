//! The live routers of a network, as it declares them.
//!
//! Opening one contacts nobody. Passwords come by reference and stay in memory.

use std::path::{Path, PathBuf};

use super::error::Failure;
use super::exit::Exit;
use super::pipeline::{Networks, follow};
use crate::compile::router::path;
use crate::declaration::types::{PfsenseRouter as Declared, Tls};
use crate::finding::Place;
use crate::intent::{Intent, Member, Peer, RouterKind};
use crate::live::Router;
use crate::live::pfsense::{Address, Fingerprint, Https, PfsenseRouter, Ssh, Trust};

/// Who logs in where nobody is named.
const USERNAME: &str = "admin";

/// Routers by their paths.
pub(super) type Opened = Vec<(String, Box<dyn Router>)>;

/// Opens the routers whose paths are wanted.
pub(super) fn open(
    networks: &Networks,
    intent: &Intent,
    wanted: impl Fn(&str) -> bool,
) -> Result<Opened, Failure> {
    let mut routers = Vec::new();
    for peer in &intent.peers {
        for member in &peer.members {
            let path = path(peer, member);
            if !wanted(&path) {
                continue;
            }
            match &peer.kind {
                RouterKind::Pfsense { access, .. } => {
                    let folder = folder(networks, peer.name.place);
                    routers.push((path.clone(), pfsense(&path, peer, member, access, &folder)?));
                }
                RouterKind::Frr(_) => {
                    return Err(Failure::usage(format!(
                        "{path}: a plain FRR router cannot be reached live yet"
                    ))
                    .hint("name the other sides with --target"));
                }
                RouterKind::Unmanaged(_) => {}
            }
        }
    }
    Ok(routers)
}

/// The folder of the file that declares something; paths in it are relative to that.
fn folder(networks: &Networks, place: Place) -> PathBuf {
    let source = networks.sources.get(place.source);
    let file = source.map_or(Path::new(""), |source| Path::new(&source.name));
    file.parent().unwrap_or(Path::new("")).to_owned()
}

fn pfsense(
    path: &str,
    peer: &Peer,
    member: &Member,
    access: &Declared,
    folder: &Path,
) -> Result<Box<dyn Router>, Failure> {
    if let Some(ssh) = &access.ssh {
        if peer.members.len() > 1 {
            return Err(Failure::usage(format!("{path}: ssh leads to one firewall, and this is a pair"))
                .hint("leave `ssh` out, and give each member its `url`"));
        }
        let way = Ssh {
            host: ssh.host.clone(),
            user: ssh.user.clone(),
            port: ssh.port,
            identity: ssh.identity_file.as_ref().map(|file| folder.join(file)),
            config: None,
        };
        return Ok(Box::new(PfsenseRouter::new(path, way)));
    }
    let url = match (&member.url, member.addresses.first()) {
        (Some(url), _) => url.clone(),
        (None, Some(address)) => match address.value {
            std::net::IpAddr::V4(address) => format!("https://{address}"),
            std::net::IpAddr::V6(address) => format!("https://[{address}]"),
        },
        (None, None) => return Err(Failure::usage(format!("{path}: has neither a `url` nor an address"))),
    };
    let address = Address::parse(&url).map_err(|error| Failure::usage(format!("{path}: {url} {error}")))?;
    let Some(reference) = &access.password else {
        return Err(Failure::usage(format!(
            "{path}: there is no way to reach it: neither a password nor ssh is declared"
        ))
        .hint("declare `pfsense: {password: {env: NAME}}` or `pfsense: {ssh: {host: HOST}}`")
        .hint(
            "or look at the cluster alone with --target cluster, or at a snapshot folder with --live DIR",
        ));
    };
    let password = follow(reference, folder)?.ok_or_else(|| {
        Failure::new(Exit::Failed, format!("{path}: the password of its web interface could not be had"))
            .hint("set the variable that `pfsense.password` refers to; a Secret of the cluster is not looked up for it")
    })?;
    let username = access.username.as_deref().unwrap_or(USERNAME);
    let way = Https::new(address, username, password, trust(access.tls.as_ref(), folder)?);
    Ok(Box::new(PfsenseRouter::new(path, way)))
}

/// What is declared about the certificate; the declaration is checked, so at most one of the ways.
fn trust(tls: Option<&Tls>, folder: &Path) -> Result<Trust, Failure> {
    let Some(tls) = tls else { return Ok(Trust::System) };
    if let Some(file) = &tls.ca_file {
        let file = folder.join(file);
        let pem = std::fs::read(&file).map_err(|error| Failure::file(&file, error))?;
        return Ok(Trust::Authorities(pem));
    }
    if let Some(fingerprint) = tls.fingerprint.as_deref().and_then(Fingerprint::parse) {
        return Ok(Trust::Certificate(fingerprint));
    }
    Ok(if tls.insecure_skip_verify { Trust::Anybody } else { Trust::System })
}
