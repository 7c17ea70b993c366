//! The hand-over sheet: what another team configures on its router, in words.

use minijinja::{Value, context};

use super::desired::DesiredRouter;
use super::password;
use crate::frr::{MaximumPrefixAction, PrefixRow, RouterConfig};
use crate::intent::{Intent, Peer};
use crate::templates::{self, RenderError};

/// The sheet for one router, as Markdown. Holds no password, only where it is kept.
///
/// # Errors
/// Only for a mistake in the template.
pub fn hand_over(
    intent: &Intent,
    router: &DesiredRouter,
    config: &RouterConfig,
    peer: &Peer,
    is_frr: bool,
) -> Result<String, RenderError> {
    let mark = crate::intent::naming::mark(&intent.name);
    let neighbors: Vec<Value> = config
        .neighbors
        .iter()
        .map(|neighbor| {
            context! {
                address => neighbor.address.to_string(),
                remote_as => neighbor.remote_as,
                node => neighbor.description.strip_suffix(&mark).unwrap_or(&neighbor.description).trim_end(),
                family => if neighbor.ipv6_unicast { "IPv6" } else { "IPv4" },
            }
        })
        .collect();
    let multihop = config.neighbors.iter().any(|neighbor| neighbor.ebgp_multihop.is_some());
    let bfd = config.neighbors.iter().any(|neighbor| neighbor.bfd);
    let bfd_ports = bfd.then_some(if multihop { "UDP 4784 (BFD)" } else { "UDP 3784 and 3785 (BFD)" });
    let (map_in, map_out) = (
        crate::intent::naming::policy_in(&intent.name, &peer.name),
        crate::intent::naming::policy_out(&intent.name, &peer.name),
    );
    templates::render(
        "hand-over.md",
        context! {
            network => &intent.name.value,
            router => &router.path,
            asn => config.asn,
            addresses => config.addresses.iter().map(ToString::to_string).collect::<Vec<_>>(),
            router_id => config.router_id.to_string(),
            hold_time => hold_time(config, is_frr),
            password => peer.password.as_ref().map_or("none".to_owned(), |reference| {
                format!("yes; we keep it in {}", password::describe(&reference.value))
            }),
            bfd => bfd_words(config, bfd),
            multihop => if multihop { "yes, the nodes are not on a connected network" } else { "no" },
            graceful_restart => if config.neighbors.iter().any(|n| n.graceful_restart_helper) {
                "help the nodes through a restart (helper mode)"
            } else {
                "not needed"
            },
            prefix_limit => prefix_limit(config),
            neighbors,
            accepted => rows(config, &map_in),
            announced => rows(config, &map_out),
            bfd_ports,
            paths => config.neighbors.len().max(1),
            null_routes => config.null_routes.iter().map(ToString::to_string).collect::<Vec<_>>(),
        },
    )
}

fn hold_time(config: &RouterConfig, is_frr: bool) -> String {
    match config.neighbors.first().and_then(|neighbor| neighbor.timers) {
        Some((keepalive, hold)) => format!("{hold} s, keepalive {keepalive} s"),
        None if is_frr => "any; the nodes propose 180 s, and the lower one counts".to_owned(),
        None => "any; the nodes propose 90 s, and the lower one counts".to_owned(),
    }
}

fn bfd_words(config: &RouterConfig, bfd: bool) -> String {
    if !bfd {
        return "no".to_owned();
    }
    // The same profile holds for all neighbors of a router. FRR's own values: 300 ms, 3 packets.
    let timers = config.bfd.first();
    let receive = timers.and_then(|timers| timers.receive_interval).unwrap_or(300);
    let transmit = timers.and_then(|timers| timers.transmit_interval).unwrap_or(300);
    let multiplier = timers.and_then(|timers| timers.detect_multiplier).unwrap_or(3);
    format!("yes: receive {receive} ms, transmit {transmit} ms, multiplier {multiplier}")
}

fn prefix_limit(config: &RouterConfig) -> String {
    match config.neighbors.first().and_then(|neighbor| neighbor.maximum_prefix) {
        None => "none needed".to_owned(),
        Some(limit) => {
            let action = match limit.action {
                MaximumPrefixAction::WarnOnly => "warn only".to_owned(),
                MaximumPrefixAction::Restart(minutes) => format!("restart after {minutes} minutes"),
                MaximumPrefixAction::Stop => "close the session".to_owned(),
            };
            format!("{} ({action})", limit.limit)
        }
    }
}

/// The permits of all lists that a map matches, in words.
fn rows(config: &RouterConfig, map: &str) -> Vec<String> {
    let entries = config.route_maps.iter().filter(|own| own.name == map).flat_map(|own| &own.entries);
    let names: Vec<&str> =
        entries.filter_map(|entry| entry.prefix_list.as_ref()).map(|(name, _)| name.as_str()).collect();
    let lists = config.prefix_lists.iter().filter(|list| names.contains(&list.name.as_str()));
    lists.flat_map(|list| &list.rows).filter(|row| row.permit).filter_map(words).collect()
}

fn words(row: &PrefixRow) -> Option<String> {
    let prefix = row.prefix?;
    Some(match row.le {
        Some(le) => format!("`{prefix}` and everything inside up to /{le}"),
        None => format!("`{prefix}`, exactly"),
    })
}
