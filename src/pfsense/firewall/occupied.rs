//! Everything in config.xml that has addresses for itself.

use std::net::IpAddr;

use super::{Aliases, Interfaces, Span};
use crate::pfsense::Value;

/// What addresses are used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// The firewall's own address on an interface.
    Own,
    /// The network of an interface.
    Connected,
    /// A virtual address.
    Virtual,
    /// Given to whoever asks.
    DhcpRange,
    /// Kept for one machine.
    Reservation,
    /// A gateway.
    Gateway,
    /// A static route leads there.
    Route,
    /// A static route discards it.
    NullRoute,
    /// Addresses of a tunnel's ends.
    Tunnel,
    /// Networks behind a tunnel, routed.
    Remote,
    /// Networks behind IPsec, taken by policy whatever the routing table says.
    Policy,
    /// Addresses that NAT puts in place of others.
    Translation,
    /// Addresses that NAT sends traffic to.
    Target,
}

/// Some addresses in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occupied {
    /// Which.
    pub span: Span,
    /// For what.
    pub usage: Use,
    /// Where it is set, in words.
    pub by: String,
    /// The interface it belongs to, where it does.
    pub interface: String,
}

/// Everything that uses addresses.
pub fn occupied(config: &Value, interfaces: &Interfaces<'_>) -> Vec<Occupied> {
    let mut found = Collector { found: Vec::new() };
    found.interfaces(interfaces);
    found.dhcp(config, interfaces);
    found.gateways(config);
    found.tunnels(config);
    found.nat(config);
    found.found
}

struct Collector {
    found: Vec<Occupied>,
}

fn members<'a>(value: &'a Value, path: &str) -> &'a [Value] {
    value.path(path).map_or(&[], Value::members)
}

fn branches<'a>(config: &'a Value, name: &str) -> &'a [(String, Value)] {
    match config.get(name) {
        Some(Value::Branch(pairs)) => pairs,
        _ => &[],
    }
}

/// What a text with a description is called.
fn named(what: &str, descr: &str) -> String {
    match descr {
        "" => what.to_owned(),
        descr => format!("{what} `{descr}`"),
    }
}

impl Collector {
    fn add(&mut self, span: Option<Span>, usage: Use, by: impl Into<String>, interface: &str) {
        self.found.extend(span.map(|span| Occupied {
            span,
            usage,
            by: by.into(),
            interface: interface.to_owned(),
        }));
    }

    fn interfaces(&mut self, interfaces: &Interfaces<'_>) {
        for interface in interfaces.enabled() {
            for (address, net) in &interface.addresses {
                let title = interface.title;
                self.add(
                    Some(Span::host(*address)),
                    Use::Own,
                    format!("the address of {title}"),
                    interface.name,
                );
                self.add(
                    Some(Span::net(*net)),
                    Use::Connected,
                    format!("the network {net} of {title}"),
                    interface.name,
                );
            }
        }
        for vip in interfaces.vips() {
            let by = named(&format!("the virtual address ({})", vip.mode), vip.descr);
            self.add(Some(vip.span), Use::Virtual, by, vip.interface);
        }
    }

    fn dhcp(&mut self, config: &Value, interfaces: &Interfaces<'_>) {
        for section in ["dhcpd", "dhcpdv6"] {
            for (name, server) in branches(config, section) {
                let interface = interfaces.get(name);
                let title = interface.map_or(name.as_str(), |interface| interface.title);
                // Reservations without a server are names for the resolver at most.
                if server.get("enable").is_none() || interface.is_some_and(|interface| !interface.enabled) {
                    continue;
                }
                let pools = server.get("pool").map_or(&[][..], Value::members);
                for range in std::iter::once(server).chain(pools).filter_map(|pool| pool.get("range")) {
                    let ends = range.field("from").parse().ok().zip(range.field("to").parse().ok());
                    let span = ends.and_then(|(from, to)| Span::between(from, to));
                    self.add(span, Use::DhcpRange, format!("the DHCP range of {title}"), name);
                }
                for map in server.get("staticmap").map_or(&[][..], Value::members) {
                    let address =
                        [map.field("ipaddr"), map.field("ipaddrv6")].into_iter().find_map(Span::parse);
                    let host = [map.field("hostname"), map.field("descr"), map.field("mac")];
                    let host = host.into_iter().find(|text| !text.is_empty()).unwrap_or_default();
                    let by = named(&format!("the DHCP reservation on {title} for"), host);
                    self.add(address, Use::Reservation, by, name);
                }
            }
        }
    }

    fn gateways(&mut self, config: &Value) {
        let aliases = Aliases::new(config);
        for gateway in members(config, "gateways/gateway_item").iter().filter(|g| g.get("disabled").is_none())
        {
            let address = gateway.field("gateway").parse::<IpAddr>().ok().map(Span::host);
            let by = format!("the gateway {}", gateway.field("name"));
            self.add(address, Use::Gateway, by, gateway.field("interface"));
        }
        let routes = members(config, "staticroutes/route").iter().filter(|r| r.get("disabled").is_none());
        for route in routes {
            let gateway = route.field("gateway");
            let usage = if matches!(gateway, "Null4" | "Null6") { Use::NullRoute } else { Use::Route };
            let network = route.field("network");
            let spans = aliases.addresses(network).unwrap_or_default().spans;
            for span in spans {
                let by = format!("the static route {network} over {gateway}");
                self.add(Some(span), usage, by, "");
            }
        }
    }

    fn tunnels(&mut self, config: &Value) {
        for (path, what) in [
            ("openvpn/openvpn-server", "the OpenVPN server"),
            ("openvpn/openvpn-client", "the OpenVPN client"),
            ("openvpn/openvpn-csc", "the OpenVPN client override"),
        ] {
            for tunnel in members(config, path).iter().filter(|tunnel| tunnel.get("disable").is_none()) {
                let descr = [tunnel.field("description"), tunnel.field("common_name")];
                let descr = descr.into_iter().find(|text| !text.is_empty()).unwrap_or_default();
                let by = named(what, descr);
                for (fields, usage) in [
                    (["tunnel_network", "tunnel_networkv6"], Use::Tunnel),
                    (["remote_network", "remote_networkv6"], Use::Remote),
                ] {
                    for net in fields.iter().flat_map(|field| tunnel.field(field).split(',')) {
                        self.add(Span::parse(net.trim()), usage, by.clone(), "");
                    }
                }
            }
        }
        for phase in members(config, "ipsec/phase2").iter().filter(|phase| phase.get("disabled").is_none()) {
            // Routed tunnels take what the routing table sends them.
            let usage = if phase.field("mode") == "vti" { Use::Tunnel } else { Use::Policy };
            let by = named("the IPsec tunnel", phase.field("descr"));
            self.add(phase.get("remoteid").and_then(network_of), usage, by, "");
        }
        let wireguard = config.path("installedpackages/wireguard");
        let items = |path: &str| wireguard.map_or(&[][..], |section| members(section, path));
        for tunnel in items("tunnels/item").iter().filter(|tunnel| tunnel.field("enabled") != "no") {
            let by = named("the WireGuard tunnel", tunnel.field("name"));
            for row in members(tunnel, "addresses/row") {
                self.add(address_and_mask(row), Use::Tunnel, by.clone(), "");
            }
        }
        for peer in items("peers/item").iter().filter(|peer| peer.field("enabled") != "no") {
            let by = named("the WireGuard peer", peer.field("descr"));
            for row in members(peer, "allowedips/row") {
                self.add(address_and_mask(row), Use::Remote, by.clone(), "");
            }
        }
    }

    fn nat(&mut self, config: &Value) {
        for rule in members(config, "nat/onetoone").iter().filter(|rule| rule.get("disabled").is_none()) {
            let by = named("1:1 NAT", rule.field("descr"));
            let inside = rule.get("source").and_then(|end| Span::parse(end.field("address")));
            let outside = Span::parse(rule.field("external"));
            // As many addresses as stand inside.
            let outside = match (outside, rule.get("source").map(|end| end.field("address"))) {
                (Some(first), Some(inside)) => {
                    let length = inside.split_once('/').and_then(|(_, length)| length.parse().ok());
                    match length.and_then(|length| ipnet::IpNet::new(first.first, length).ok()) {
                        Some(net) => Some(Span::net(net)),
                        None => Some(first),
                    }
                }
                (outside, _) => outside,
            };
            self.add(outside, Use::Translation, by.clone(), rule.field("interface"));
            self.add(inside, Use::Target, by, rule.field("interface"));
        }
        for rule in members(config, "nat/rule").iter().filter(|rule| rule.get("disabled").is_none()) {
            let by = named("the port forward", rule.field("descr"));
            self.add(Span::parse(rule.field("target")), Use::Target, by, rule.field("interface"));
        }
        for rule in members(config, "nat/outbound/rule").iter().filter(|rule| rule.get("disabled").is_none())
        {
            let by = named("the outbound NAT rule", rule.field("descr"));
            let target = match (rule.field("target"), rule.field("targetip")) {
                ("other-subnet", address) => {
                    Span::parse(&format!("{address}/{}", rule.field("targetip_subnet")))
                }
                (target, _) => Span::parse(target),
            };
            self.add(target, Use::Translation, by, rule.field("interface"));
        }
    }
}

/// `remoteid`: `type` address or network, `address`, `netbits`.
fn network_of(id: &Value) -> Option<Span> {
    match (id.field("address"), id.field("netbits")) {
        ("", _) => None,
        (address, "") => Span::parse(address),
        (address, bits) => Span::parse(&format!("{address}/{bits}")),
    }
}

fn address_and_mask(row: &Value) -> Option<Span> {
    Span::parse(&format!("{}/{}", row.field("address"), row.field("mask")))
}
