//! Texts for plain FRR, for other teams, and all of it as files.

use secrecy::SecretString;

use super::fixture::*;
use crate::compile::files::{files, manifest};
use crate::compile::{Facts, compile};
use crate::declaration::types::{Backend, FrrRouter, MaxPrefixAction, PasswordRef};
use crate::intent::{BfdProfile, Intent, MaxPrefixes, RouterKind, Unmanaged};

fn text_of(intent: &Intent, facts: &Facts, path: &str) -> String {
    let files = files(intent, &compile(intent, facts).desired).expect("writes");
    let file =
        files.iter().find(|file| file.path == path).unwrap_or_else(|| panic!("no {path} in {files:?}"));
    String::from_utf8(file.bytes.clone()).expect("UTF-8")
}

#[test]
fn plain_frr_gets_its_own_text() {
    let mut intent = dual_stack();
    intent
        .bfd_profiles
        .insert("fast".to_owned(), at(BfdProfile { transmit_interval: Some(200), ..BfdProfile::default() }));
    let peer = &mut intent.peers[0];
    peer.kind = RouterKind::Frr(FrrRouter::default());
    peer.bfd = Some(at("fast".to_owned()));
    peer.hold_time = Some(at(std::time::Duration::from_secs(9)));
    let limit =
        MaxPrefixes { limit: 10, threshold: None, action: MaxPrefixAction::Restart, restart_after: Some(5) };
    peer.max_prefixes = Some(at(limit));
    intent.nodes.truncate(1);
    insta::assert_snapshot!("plain_frr", text_of(&intent, &Facts::default(), "edge/frr.conf"));
}

#[test]
fn another_team_gets_a_sheet_without_secrets() {
    let mut intent = homelab();
    intent.cluster.backend = Some(at(Backend::Frr));
    let peer = &mut intent.peers[0];
    peer.kind = RouterKind::Unmanaged(Unmanaged {
        accepts: Vec::new(),
        md5: None,
        bfd: None,
        multihop: None,
        max_prefixes: None,
        hold_time: None,
        place: place(9),
    });
    peer.password = Some(at(PasswordRef { env: Some("PW".to_owned()), file: None, secret_key_ref: None }));
    peer.bfd = Some(at("plain".to_owned()));
    intent.bfd_profiles.insert("plain".to_owned(), at(BfdProfile::default()));
    let mut facts = Facts::default();
    facts.passwords.insert("pfsense".to_owned(), SecretString::from("hunter2"));
    insta::assert_snapshot!("hand_over", text_of(&intent, &facts, "pfsense/hand-over.md"));
}

#[test]
fn files_with_passwords_are_marked() {
    let mut intent = homelab();
    intent.peers[0].password =
        Some(at(PasswordRef { env: Some("PW".to_owned()), file: None, secret_key_ref: None }));
    let secret_paths = |facts: &Facts| -> Vec<String> {
        let files = files(&intent, &compile(&intent, facts).desired).expect("writes");
        files.into_iter().filter(|file| file.secret).map(|file| file.path).collect()
    };
    assert_eq!(secret_paths(&Facts::default()), [] as [String; 0]);
    let mut facts = Facts::default();
    facts.passwords.insert("pfsense".to_owned(), SecretString::from("hunter2"));
    assert_eq!(
        secret_paths(&facts),
        ["cluster/secret-metalsense-homelab-pfsense.yaml", "pfsense/fragment.xml", "pfsense/frr.conf"]
    );
}

#[test]
fn objects_are_documents_of_one_manifest() {
    let text = manifest(&compile(&homelab(), &Facts::default()).desired.cluster.objects).expect("writes");
    insta::assert_snapshot!("manifest", text);
}
