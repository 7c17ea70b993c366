//! Interfaces with their addresses, groups, and virtual addresses.

use std::net::IpAddr;

use ipnet::IpNet;

use super::{Span, Truth};
use crate::pfsense::Value;

/// One assigned interface.
#[derive(Clone, Debug)]
pub struct Interface<'a> {
    /// `wan`, `lan`, `opt1`, …
    pub name: &'a str,
    /// The name that people gave it, or the above.
    pub title: &'a str,
    /// It is switched on.
    pub enabled: bool,
    /// Static addresses with their networks, at most one for each family.
    pub addresses: Vec<(IpAddr, IpNet)>,
    /// Gets an IPv4 address at run time.
    pub dynamic_v4: bool,
    /// Gets an IPv6 address at run time.
    pub dynamic_v6: bool,
    /// A gateway is set on it, which makes it an uplink.
    pub uplink: bool,
    /// Private source addresses are dropped before any rule.
    pub block_private: bool,
    /// Reserved source addresses are dropped before any rule.
    pub block_bogons: bool,
}

impl Interface<'_> {
    /// Whether its address of a family is not in config.xml.
    pub fn is_dynamic(&self, ipv4: bool) -> bool {
        if ipv4 { self.dynamic_v4 } else { self.dynamic_v6 }
    }

    /// The network around an address, if the interface is in it.
    pub fn net_of(&self, address: IpAddr) -> Option<IpNet> {
        self.addresses.iter().map(|(_, net)| *net).find(|net| net.contains(&address))
    }
}

/// A virtual address.
#[derive(Clone, Debug)]
pub struct Vip<'a> {
    /// `carp`, `ipalias`, `proxyarp` or `other`.
    pub mode: &'a str,
    /// The interface that it lives on, behind other virtual addresses if need be.
    pub interface: &'a str,
    /// The address.
    pub address: IpAddr,
    /// Everything that it answers for: the address, or a whole network of proxy ARP.
    pub span: Span,
    /// Its network.
    pub net: IpNet,
    /// By which settings refer to it.
    pub unique_id: &'a str,
    /// What people call it.
    pub descr: &'a str,
}

/// All interfaces of a firewall.
#[derive(Clone, Debug)]
pub struct Interfaces<'a> {
    all: Vec<Interface<'a>>,
    vips: Vec<Vip<'a>>,
    groups: Vec<(&'a str, Vec<&'a str>)>,
}

impl<'a> Interfaces<'a> {
    /// Reads them from the root of a config.xml.
    pub fn new(config: &'a Value) -> Self {
        let pairs: &[(String, Value)] = match config.get("interfaces") {
            Some(Value::Branch(pairs)) => pairs,
            _ => &[],
        };
        let all = pairs.iter().map(|(name, value)| interface(name, value)).collect();
        let members = |path: &str| config.path(path).map_or(&[][..], Value::members);
        let groups = members("ifgroups/ifgroupentry")
            .iter()
            .map(|group| (group.field("ifname"), group.field("members").split_whitespace().collect()))
            .collect();
        let raw = members("virtualip/vip");
        let vips = raw.iter().filter_map(|vip| virtual_address(vip, raw)).collect();
        Interfaces { all, vips, groups }
    }

    /// Those that are switched on.
    pub fn enabled(&self) -> impl Iterator<Item = &Interface<'a>> {
        self.all.iter().filter(|interface| interface.enabled)
    }

    /// One by its name in the configuration.
    pub fn get(&self, name: &str) -> Option<&Interface<'a>> {
        self.all.iter().find(|interface| interface.name == name)
    }

    /// Virtual addresses.
    pub fn vips(&self) -> &[Vip<'a>] {
        &self.vips
    }

    /// The interface in whose network an address is; the longest network wins. Virtual addresses
    /// count with theirs.
    pub fn towards(&self, address: IpAddr) -> Option<&Interface<'a>> {
        let own = self.enabled().filter_map(|interface| Some((interface.net_of(address)?, interface)));
        let virtual_ones = self.vips.iter().filter(|vip| vip.net.contains(&address)).filter_map(|vip| {
            let interface = self.get(vip.interface).filter(|interface| interface.enabled)?;
            Some((vip.net, interface))
        });
        own.chain(virtual_ones).max_by_key(|(net, _)| net.prefix_len()).map(|(_, interface)| interface)
    }

    /// Whether the firewall has an address on an enabled interface.
    pub fn owns(&self, address: IpAddr) -> Truth {
        let own = self.enabled().any(|i| i.addresses.iter().any(|(own, _)| *own == address));
        let lives = |vip: &Vip<'_>| vip.address == address && matches!(vip.mode, "carp" | "ipalias");
        if own || self.vips.iter().any(lives) {
            return Truth::Yes;
        }
        let dynamic = self.enabled().any(|interface| interface.is_dynamic(address.is_ipv4()));
        if dynamic { Truth::Maybe } else { Truth::No }
    }

    /// Whether a rule's interface stands for this one: by name, or as a group that it is in.
    pub fn is_member(&self, interface: &str, named: &str) -> bool {
        named == interface
            || self.groups.iter().any(|(group, members)| *group == named && members.contains(&interface))
    }

    /// Whether a name is a group.
    pub fn is_group(&self, name: &str) -> bool {
        self.groups.iter().any(|(group, _)| *group == name)
    }
}

fn interface<'a>(name: &'a str, value: &'a Value) -> Interface<'a> {
    let static_address = |address: &str, length: &str| {
        let address: IpAddr = value.field(address).parse().ok()?;
        Some((address, IpNet::new(address, value.field(length).parse().ok()?).ok()?.trunc()))
    };
    let addresses: Vec<(IpAddr, IpNet)> =
        [static_address("ipaddr", "subnet"), static_address("ipaddrv6", "subnetv6")]
            .into_iter()
            .flatten()
            .collect();
    let dynamic = |field: &str| {
        let text = value.field(field);
        !matches!(text, "" | "none") && text.parse::<IpAddr>().is_err()
    };
    let has_gateway = |field: &str| !matches!(value.field(field), "" | "none");
    Interface {
        name,
        title: Some(value.field("descr")).filter(|descr| !descr.is_empty()).unwrap_or(name),
        enabled: value.get("enable").is_some(),
        addresses,
        dynamic_v4: dynamic("ipaddr"),
        dynamic_v6: dynamic("ipaddrv6"),
        uplink: has_gateway("gateway") || has_gateway("gatewayv6") || dynamic("ipaddr"),
        block_private: value.get("blockpriv").is_some(),
        block_bogons: value.get("blockbogons").is_some(),
    }
}

/// An alias on a CARP address names that as its interface (`_vipID`); one step is all that pfSense allows.
fn virtual_address<'a>(vip: &'a Value, all: &'a [Value]) -> Option<Vip<'a>> {
    let address: IpAddr = vip.field("subnet").parse().ok()?;
    let length = vip.field("subnet_bits").parse().unwrap_or(if address.is_ipv4() { 32 } else { 128 });
    let net = IpNet::new(address, length).ok()?.trunc();
    let mut interface = vip.field("interface");
    if let Some(id) = interface.strip_prefix("_vip") {
        let below = all.iter().find(|other| other.field("uniqid") == id)?;
        interface = below.field("interface");
    }
    let mode = vip.field("mode");
    let whole = matches!(mode, "proxyarp" | "other") && vip.field("type") != "single";
    Some(Vip {
        mode,
        interface,
        address,
        span: if whole { Span::net(net) } else { Span::host(address) },
        net,
        unique_id: vip.field("uniqid"),
        descr: vip.field("descr"),
    })
}
