//! The difference of a plain FRR router.
//!
//! Our part of its frr.conf is a block of its own between two marks; everything around it stays as it
//! is. Where the marks are missing, the block goes to the end, unless the file has a BGP instance of
//! somebody else's: then nothing is written, and the refusal says how to make room.

use std::collections::HashMap;
use std::ops::Range;

use super::change::{Action, Change, Effect, Guard, Side};
use super::conf::ConfChange;
use super::ownership::Context;
use super::{RouterChange, RouterDifference};
use crate::compile::frr_conf::frr_conf;
use crate::finding::{Finding, Layer};
use crate::frr::RouterConfig;
use crate::observed::FrrState;

/// Settings of a neighbor whose change resets its session.
const RESETTING: [&str; 6] =
    ["remote-as", "password", "update-source", "ebgp-multihop", "passive", "graceful-restart-helper"];

/// Compares a plain FRR router with what it should hold; without a configuration our block goes.
pub(super) fn difference(
    wanted: Option<&RouterConfig>,
    state: &FrrState,
    context: &mut Context<'_>,
) -> Option<RouterDifference> {
    let (begin, end) = marks(context.network, context.peer());
    let (text, found) = (&state.text, find(&state.text, &begin, &end));
    let block = match wanted {
        Some(config) => {
            context.passwords(config);
            match frr_conf(context.path, config) {
                Ok(block) => {
                    let live = found.clone().and_then(|range| text.get(range)).unwrap_or_default();
                    let comparable = config.passwords_known() && !state.redacted;
                    let block = if comparable { block } else { with_passwords_of(live, &block) };
                    Some(format!("{begin}\n{}\n{end}\n", block.trim_end()))
                }
                Err(error) => {
                    let message = format!("its frr.conf could not be written: {error}");
                    context.refuse(Guard::Unsupported, Finding::error(Layer::Frr, "frr-conf", message));
                    return None;
                }
            }
        }
        None => None,
    };
    if let (Some(config), Some(range)) = (wanted, &found)
        && let Some(asn) = foreign_as(text, range).filter(|asn| *asn != config.asn.to_string())
    {
        let message = format!("its AS is {asn} outside our block, declared is {}", config.asn);
        context.refuse(
            Guard::Ownership,
            Finding::error(Layer::Live, "foreign-value", message)
                .hint("declare what the router has, or agree with whoever uses it"),
        );
        return None;
    }
    let after = match (found.clone(), &block) {
        (Some(range), block) => {
            let block = block.as_deref().unwrap_or_default();
            format!("{}{block}{}", &text[..range.start], &text[range.end..])
        }
        (None, None) => text.clone(),
        (None, Some(_)) if has_bgp(text) => {
            context.refuse(
                Guard::Ownership,
                Finding::error(
                    Layer::Live,
                    "foreign-frr-conf",
                    "its frr.conf has a BGP instance of others and no block of ours",
                )
                .hint(format!("put the lines `{begin}` and `{end}` where our block may stand")),
            );
            return None;
        }
        (None, Some(block)) if text.is_empty() || text.ends_with('\n') => format!("{text}{block}"),
        (None, Some(block)) => format!("{text}\n{block}"),
    };
    let conf = ConfChange { before: text.clone(), after: after.clone() };
    let mut changes = Vec::new();
    if after != *text {
        let action = match (found, wanted) {
            (_, None) => Action::Delete,
            (None, _) => Action::Create,
            _ => Action::Update,
        };
        changes.push(Change {
            side: Side::Router(context.path.to_owned()),
            action,
            adoption: false,
            object: format!("block of {} in frr.conf", context.network),
            fields: Vec::new(),
            effects: effects(&conf),
            counts: false,
        });
    }
    Some(RouterDifference {
        path: context.path.to_owned(),
        revision: state.revision.clone(),
        changes,
        write: RouterChange::Frr(after),
        conf,
        incomplete: false,
    })
}

/// The lines around our block.
fn marks(network: &str, peer: &str) -> (String, String) {
    let name = format!("{network}.{peer}");
    (format!("! metalsense begin {name}"), format!("! metalsense end {name}"))
}

/// Our block with its marks and the line end behind them.
fn find(text: &str, begin: &str, end: &str) -> Option<Range<usize>> {
    let mut at = 0;
    let mut start = None;
    for line in text.split_inclusive('\n') {
        match (line.trim_end(), start) {
            (line, None) if line == begin => start = Some(at),
            (marked, Some(start)) if marked == end => return Some(start..at + line.len()),
            _ => {}
        }
        at += line.len();
    }
    None
}

/// How the line begins that opens a BGP instance.
const INSTANCE: &str = "router bgp ";

fn has_bgp(text: &str) -> bool {
    text.lines().any(|line| line.starts_with(INSTANCE))
}

/// The AS of an instance outside our block. Those of VRFs stand beside ours and may have any.
fn foreign_as<'a>(text: &'a str, block: &Range<usize>) -> Option<&'a str> {
    let around = [text.get(..block.start)?, text.get(block.end..)?];
    around.into_iter().flat_map(str::lines).find_map(|line| {
        let mut words = line.strip_prefix(INSTANCE)?.split_whitespace();
        let asn = words.next()?;
        (!words.any(|word| word == "vrf" || word == "view")).then_some(asn)
    })
}

/// The block with the live passwords in place of those that cannot be compared.
fn with_passwords_of(live: &str, block: &str) -> String {
    let subject = |line: &str| line.split_once(" password ").map(|(neighbor, _)| neighbor.trim().to_owned());
    let known: HashMap<String, &str> =
        live.lines().filter_map(|line| Some((subject(line)?, line.trim_end()))).collect();
    let lines = block.lines().map(|line| {
        let same = subject(line).filter(|subject| subject.starts_with("neighbor "));
        same.and_then(|subject| known.get(&subject).copied()).unwrap_or(line)
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Sessions that the changed lines reset or end, as far as they were there before.
fn effects(conf: &ConfChange) -> Vec<Effect> {
    let before = &conf.before;
    let was_there = |peer: &str| before.contains(&format!("neighbor {peer} remote-as "));
    let mut sessions: Vec<String> = Vec::new();
    for line in conf.lines() {
        if has_bgp(before) && (line.trim_start().starts_with("bgp router-id ") || line.starts_with(INSTANCE))
        {
            let reason = "AS or router ID change".to_owned();
            return vec![Effect::SessionReset { sessions: vec!["all sessions".into()], reason }];
        }
        let mut words = line.split_whitespace();
        if let (Some("neighbor"), Some(peer), Some(setting)) = (words.next(), words.next(), words.next())
            && RESETTING.contains(&setting)
            && was_there(peer)
            && !sessions.iter().any(|known| known == peer)
        {
            sessions.push(peer.to_owned());
        }
    }
    if sessions.is_empty() {
        return Vec::new();
    }
    let reason = "settings of the session change".to_owned();
    vec![Effect::SessionReset { sessions, reason }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_found_between_its_own_marks() {
        let (begin, end) = marks("lab", "leaf");
        let text = format!("a\n{begin}\nx\n{end}\nb\n");
        let range = find(&text, &begin, &end).expect("there");
        assert_eq!(format!("{}{}", &text[..range.start], &text[range.end..]), "a\nb\n");
        let (begin, end) = marks("lab", "leaf2");
        assert_eq!(find(&text, &begin, &end), None);
        assert_eq!(find(&format!("{end}\n{begin}\n"), &begin, &end), None);
    }
}
