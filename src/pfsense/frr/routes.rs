//! Null routes, static routes and the accept filter: the rows of the package's first section.

use super::entry::Entry;
use super::firewall::Firewall;
use super::judge::{self, Family};
use super::lines::{Lines, line};
use super::sections::Sections;

fn rows<'a>(sections: Sections<'a>) -> impl Iterator<Item = Entry<'a>> {
    sections.first("frr").into_iter().flat_map(Entry::rows)
}

/// All null routes, then the routes with a target.
pub(super) fn static_routes(sections: Sections<'_>, firewall: &Firewall<'_>) -> Lines {
    let mut out = Lines::default();
    // The box counts by being there, also empty.
    for row in rows(sections).filter(|row| row.has("nullroute")) {
        let route = row.text("routevalue");
        if let Some(family) = judge::subnet_family(route) {
            line!(out, "{} route {route} Null0", family.command());
        }
    }
    for row in rows(sections).filter(|row| !row.has("nullroute")) {
        let route = row.text("routevalue");
        let Some(family) = judge::subnet_family(route) else { continue };
        if let Some(target) = target(firewall, family, row.text("routetarget")) {
            line!(out, "{} route {route} {target}", family.command());
        }
    }
    out
}

fn target(firewall: &Firewall<'_>, family: Family, choice: &str) -> Option<String> {
    let (kind, name) = choice.split_once('|')?;
    let target = match kind {
        "gw" => {
            let address = firewall.gateway(name)?;
            if family == Family::V6 { address.replace('%', " ") } else { address.to_owned() }
        }
        "bgp" => name.to_owned(),
        "if" => firewall.device(name)?,
        _ => return None,
    };
    super::php::truthy(&target).then_some(target)
}

/// Prefix lists and route maps that keep networks out of the kernel.
pub(super) fn accept_filter(sections: Sections<'_>, firewall: &Firewall<'_>) -> Lines {
    let mut v4 = Filter::new(Family::V4);
    let mut v6 = Filter::new(Family::V6);
    for interface in sections.entries("frrospfdinterfaces").iter().map(Entry) {
        let Some(network) = InterfaceNetwork::of(firewall, interface.text("interface"), Family::V4) else {
            continue;
        };
        if interface.on("acceptfilter")
            && judge::is_ipv4(&network.network)
            && judge::is_digits(network.length)
        {
            v4.deny(format_args!("{}/{}", network.network, network.length));
            v4.deny(format_args!("{}/32", network.address));
        }
    }
    // Without a row of its own the section stops here, and the interfaces' lines are lost.
    if rows(sections).next().is_none() {
        return Lines::default();
    }
    for row in rows(sections).filter(|row| row.has("acceptfilter")) {
        let route = row.text("routevalue");
        let filter = if judge::subnet_family(route) == Some(Family::V4) { &mut v4 } else { &mut v6 };
        filter.deny(format_args!("{route}"));
    }
    let mut out = v4.finish();
    out.append(&v6.finish());
    out
}

/// One reserved prefix list with its route map.
struct Filter {
    family: Family,
    seq: u32,
    lines: Lines,
}

impl Filter {
    fn new(family: Family) -> Self {
        Filter { family, seq: 10, lines: Lines::default() }
    }

    fn name(&self) -> &'static str {
        match self.family {
            Family::V4 => "ACCEPTFILTER",
            Family::V6 => "ACCEPTFILTER6",
        }
    }

    fn deny(&mut self, network: std::fmt::Arguments<'_>) {
        let (command, name, seq) = (self.family.command(), self.name(), self.seq);
        line!(self.lines, "{command} prefix-list {name} seq {seq} deny {network}");
        self.seq = seq.saturating_add(10);
    }

    fn finish(mut self) -> Lines {
        if self.lines.is_empty() {
            return self.lines;
        }
        let (command, name, seq) = (self.family.command(), self.name(), self.seq);
        let ospf = if self.family == Family::V4 { "ospf" } else { "ospf6" };
        let out = &mut self.lines;
        line!(out, "{command} prefix-list {name} seq {seq} permit any");
        line!(out, "!");
        line!(out, "route-map {name} permit 10");
        line!(out, " match {command} address prefix-list {name}");
        line!(out, "!");
        for protocol in ["bgp", ospf] {
            line!(out, "{command} protocol {protocol} route-map {name}");
            line!(out, "!");
        }
        self.lines
    }
}

/// An interface's address with the network around it.
#[derive(Clone, Debug)]
pub(super) struct InterfaceNetwork<'a> {
    pub(super) address: &'a str,
    pub(super) length: &'a str,
    pub(super) network: String,
}

impl<'a> InterfaceNetwork<'a> {
    /// `None` if the interface is unknown or has no static address.
    pub(super) fn of(firewall: &Firewall<'a>, interface: &str, family: Family) -> Option<Self> {
        let found = firewall.device_address(&firewall.device(interface)?, family)?;
        // OSPF does not attach to a point-to-point interface of /32, so the package widens it.
        let length = match found.length {
            length if family == Family::V4 && super::php::equal(length, "32") => "30",
            length => length,
        };
        Some(InterfaceNetwork {
            address: found.address,
            length,
            network: judge::network(found.address, length),
        })
    }
}
