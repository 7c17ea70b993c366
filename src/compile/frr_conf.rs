//! The neutral configuration as FRR's own text, for plain FRR routers.
//!
//! pfSense does not use this: its text comes from the model of the package's generator.

use minijinja::{Value, context};
use secrecy::ExposeSecret;

use crate::frr::{BfdPeerTimers, MaximumPrefix, MaximumPrefixAction, Neighbor, Password, RouterConfig};
use crate::templates::{self, RenderError};

/// Our part of an `frr.conf`. Holds passwords in clear text where they are known.
///
/// # Errors
/// Only for a mistake in the template.
pub fn frr_conf(title: &str, config: &RouterConfig) -> Result<String, RenderError> {
    let (v4, v6) = (
        config.neighbors.iter().any(|neighbor| neighbor.ipv4_unicast),
        config.neighbors.iter().any(|neighbor| neighbor.ipv6_unicast),
    );
    // FRR activates IPv4 on every neighbor by itself, so that family is written for IPv6 ones, too.
    let families = [("ipv4", v4 || v6, true), ("ipv6", v6, false)];
    let families: Vec<Value> = families
        .into_iter()
        .filter(|(_, used, _)| *used)
        .map(|(name, _, is_default)| context! { name, is_default })
        .collect();
    let route_maps: Vec<Value> = config
        .route_maps
        .iter()
        .flat_map(|map| map.entries.iter().map(move |entry| (map, entry)))
        .map(|(map, entry)| {
            let list = entry.prefix_list.as_ref();
            let matched = list.map(|(list, ipv6)| format!("{} address prefix-list {list}", command(*ipv6)));
            context! { name => &map.name, action => action(entry.permit), seq => entry.seq, match => matched }
        })
        .collect();
    templates::render(
        "frr.conf",
        context! {
            title,
            asn => config.asn,
            router_id => config.router_id.to_string(),
            null_routes => config.null_routes.iter().map(|net| {
                context! { command => command(net.addr().is_ipv6()), prefix => net.to_string() }
            }).collect::<Vec<_>>(),
            neighbors => config.neighbors.iter().map(neighbor).collect::<Vec<_>>(),
            families,
            prefix_lists => config.prefix_lists.iter().map(prefix_list).collect::<Vec<_>>(),
            route_maps,
            bfd_peers => config.bfd.iter().map(bfd_peer).collect::<Vec<_>>(),
        },
    )
}

fn command(ipv6: bool) -> &'static str {
    if ipv6 { "ipv6" } else { "ip" }
}

fn action(permit: bool) -> &'static str {
    if permit { "permit" } else { "deny" }
}

fn prefix_list(list: &crate::frr::PrefixList) -> Value {
    let rows: Vec<Value> = list
        .rows
        .iter()
        .map(|row| {
            let prefix = row.prefix.map_or("any".to_owned(), |prefix| prefix.to_string());
            let le = row.le.map_or(String::new(), |le| format!(" le {le}"));
            context! { seq => row.seq, action => action(row.permit), match => format!("{prefix}{le}") }
        })
        .collect();
    context! { command => command(list.ipv6), name => &list.name, description => &list.description, rows }
}

fn neighbor(neighbor: &Neighbor) -> Value {
    let password = match &neighbor.password {
        Password::None => None,
        Password::Known(value) => Some(value.expose_secret().to_owned()),
        // FRR would take the marker for the password, and the session would stay down: visible, safe.
        Password::Unknown(_) => Some("<unknown>".to_owned()),
    };
    context! {
        address => neighbor.address.to_string(),
        remote_as => neighbor.remote_as,
        description => &neighbor.description,
        password,
        passive => neighbor.passive,
        timers => neighbor.timers.map(|(keepalive, hold)| format!("{keepalive} {hold}")),
        bfd => neighbor.bfd,
        ebgp_multihop => neighbor.ebgp_multihop,
        update_source => neighbor.update_source.map(|source| source.to_string()),
        soft_reconfiguration_inbound => neighbor.soft_reconfiguration_inbound,
        graceful_restart_helper => neighbor.graceful_restart_helper,
        ipv4 => neighbor.ipv4_unicast,
        ipv6 => neighbor.ipv6_unicast,
        route_map_in => &neighbor.route_map_in,
        route_map_out => &neighbor.route_map_out,
        maximum_prefix => neighbor.maximum_prefix.map(maximum_prefix),
    }
}

fn maximum_prefix(limit: MaximumPrefix) -> String {
    let threshold = limit.threshold.map_or(String::new(), |threshold| format!(" {threshold}"));
    let action = match limit.action {
        MaximumPrefixAction::WarnOnly => " warning-only".to_owned(),
        MaximumPrefixAction::Restart(minutes) => format!(" restart {minutes}"),
        MaximumPrefixAction::Stop => String::new(),
    };
    format!("{}{threshold}{action}", limit.limit)
}

fn bfd_peer(timers: &BfdPeerTimers) -> Value {
    let multihop = if timers.multihop { " multihop" } else { "" };
    let local = timers.local_address.map_or(String::new(), |address| format!(" local-address {address}"));
    let numbers = [
        ("detect-multiplier", timers.detect_multiplier),
        ("receive-interval", timers.receive_interval),
        ("transmit-interval", timers.transmit_interval),
        ("echo transmit-interval", timers.echo_interval),
        ("minimum-ttl", timers.minimum_ttl.filter(|_| timers.multihop)),
    ];
    let mut lines: Vec<String> =
        numbers.into_iter().filter_map(|(words, value)| Some(format!("{words} {}", value?))).collect();
    // Echo packets cannot cross routers.
    if timers.echo_mode && !timers.multihop {
        lines.push("echo-mode".to_owned());
    }
    context! { key => format!("{}{multihop}{local}", timers.peer), lines }
}
