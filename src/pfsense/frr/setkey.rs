//! TCP-MD5 keys: the two files that the package hands to `setkey`.
//!
//! The kernel of FreeBSD signs segments; FRR's own password line alone is not enough there.
//! The texts hold passwords: show them only where the user asked for them.

use std::collections::HashMap;

use super::entry::Entry;
use super::firewall::Firewall;
use super::judge;
use super::lines::{Lines, line};
use super::php;
use super::sections::Sections;
use crate::pfsense::Value;
use crate::pfsense::xml::Era;

/// The contents of `frr_md5pw_add.conf` and `frr_md5pw_del.conf`. `Debug` hides them.
#[derive(Clone, PartialEq, Eq)]
pub struct SetKey {
    /// Adds every key.
    pub add: String,
    /// Removes every key.
    pub delete: String,
}

impl std::fmt::Debug for SetKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SetKey({} keys)", self.delete.lines().count())
    }
}

/// One key between two addresses.
struct Key<'a> {
    source: &'a str,
    destination: &'a str,
    password: &'a str,
    both_ways: bool,
}

/// The key files of a configuration. `None` if there is no key, or FRR is off: files that are there
/// are then removed.
pub fn setkey(config: &Value) -> Option<SetKey> {
    let sections = Sections::new(config);
    sections.enabled("frr")?;
    // Keys ask for no gateway's address, so the era does not matter.
    let firewall = Firewall::new(config, Era::Html);
    let mut keys: Vec<Key<'_>> = raw_keys(sections).collect();
    keys.extend(neighbor_keys(sections, &firewall));
    if keys.is_empty() {
        return None;
    }
    let (mut add, mut delete) = (Lines::default(), Lines::default());
    for Key { source, destination, password, both_ways } in keys {
        line!(add, "add {source} {destination} tcp 0x1000 -A tcp-md5 \"{password}\";");
        line!(delete, "delete {source} {destination} tcp 0x1000 ;");
        if both_ways {
            line!(add, "add {destination} {source} tcp 0x1001 -A tcp-md5 \"{password}\";");
            line!(delete, "delete {destination} {source} tcp 0x1001 ;");
        }
    }
    Some(SetKey {
        add: String::from_utf8(add.into_bytes()).ok()?,
        delete: String::from_utf8(delete.into_bytes()).ok()?,
    })
}

/// Keys of the raw page; a row needs all three texts.
fn raw_keys<'a>(sections: Sections<'a>) -> impl Iterator<Item = Key<'a>> {
    sections.first("frrglobalraw").into_iter().flat_map(Entry::rows).filter_map(|row| {
        let key = Key {
            source: row.text("tcpsigsrc"),
            destination: row.text("tcpsigdst"),
            password: row.text("tcpsigpw"),
            both_ways: row.on("tcpsigbidir"),
        };
        [key.source, key.destination, key.password].iter().all(|text| !text.is_empty()).then_some(key)
    })
}

/// Keys of neighbors. Of entries with the same name the last counts, at the place of the first.
fn neighbor_keys<'a>(sections: Sections<'a>, firewall: &Firewall<'a>) -> Vec<Key<'a>> {
    let neighbors = sections.entries("frrbgpneighbors");
    let by_name: HashMap<&str, Entry<'_>> =
        neighbors.iter().map(|entry| (Entry(entry).text("peer"), Entry(entry))).collect();
    let mut seen = std::collections::HashSet::new();
    neighbors
        .iter()
        .map(|entry| Entry(entry).text("peer"))
        .filter(|peer| seen.insert(*peer))
        .filter_map(|peer| neighbor_key(by_name.get(peer).copied()?, &by_name, firewall))
        .collect()
}

fn neighbor_key<'a>(
    neighbor: Entry<'a>,
    by_name: &HashMap<&str, Entry<'a>>,
    firewall: &Firewall<'a>,
) -> Option<Key<'a>> {
    let destination = neighbor.text("peer");
    let kind = neighbor.text("password_type");
    let (kind, both_ways) = kind.split_once('-').unwrap_or((kind, ""));
    if !matches!(kind, "setkey" | "both") || !judge::is_ip(destination) {
        return None;
    }
    let group = by_name.get(neighbor.text("peergroup")).copied();
    let from = |entry: Entry<'a>| {
        firewall.update_source(entry.text("updatesource"), entry.text("updatesource_type"))
    };
    let source = from(neighbor)
        .or_else(|| group.filter(|_| php::truthy(neighbor.text("peergroup"))).and_then(from))
        .or_else(|| firewall.source_towards(destination))?;
    let password = neighbor.filled("password").or_else(|| group?.filled("password"))?;
    Some(Key { source, destination, password, both_ways: both_ways == "bidir" })
}
