//! The firewall around the package: interfaces, virtual addresses, gateways and routes as
//! config.xml tells them.
//!
//! pfSense asks the running system for addresses. Here only what is configured statically is known:
//! an interface on DHCP has no address, a dynamic gateway none either.
//! Read next: `catalog` for the package's own selection lists.

use std::collections::HashSet;

use ipnet::IpNet;

use super::entry::Entry;
use super::judge::{self, Family};
use super::php;
use crate::pfsense::Value;
use crate::pfsense::xml::Era;

/// Network drivers of wireless cards: such an interface runs on a clone named after it.
const WIRELESS: [&str; 23] = [
    "ath", "athp", "bwi", "bwn", "ipw", "iwi", "iwlwifi", "iwm", "iwn", "malo", "mwl", "ral", "rsu", "rtwn",
    "rum", "run", "uath", "upgt", "ural", "urtw", "urtwn", "wi", "wpi",
];

/// Virtual addresses may name each other as their interface; pfSense would run out of stack.
const DEEPEST_VIP: usize = 8;

/// A configured address with its prefix length, both as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Address<'a> {
    pub(super) address: &'a str,
    pub(super) length: &'a str,
}

/// What config.xml says about the machine.
#[derive(Clone, Debug)]
pub(super) struct Firewall<'a> {
    root: &'a Value,
    era: Era,
    selectable: HashSet<String>,
}

impl<'a> Firewall<'a> {
    pub(super) fn new(root: &'a Value, era: Era) -> Self {
        let mut firewall = Firewall { root, era, selectable: HashSet::new() };
        let mut selectable = HashSet::from(["default".to_owned()]);
        selectable.extend(firewall.enabled().map(|(name, _)| name.to_owned()));
        selectable
            .extend(firewall.vips().map(|vip| format!("_vip{}|{}", vip.text("uniqid"), vip.text("subnet"))));
        selectable.extend(firewall.tunnels());
        firewall.selectable = selectable;
        firewall
    }

    fn section(&self, path: &str) -> &'a [Value] {
        self.root.path(path).map_or(&[], Value::members)
    }

    /// A text of the `system` section.
    pub(super) fn system(&self, field: &str) -> &'a str {
        self.root.get("system").map_or("", |system| Entry(system).text(field))
    }

    /// Interfaces by their configuration name (`wan`, `lan`, `opt1`).
    fn interfaces(&self) -> impl Iterator<Item = (&'a str, Entry<'a>)> {
        let pairs: &'a [(String, Value)] = match self.root.get("interfaces") {
            Some(Value::Branch(pairs)) => pairs,
            _ => &[],
        };
        pairs.iter().map(|(name, interface)| (name.as_str(), Entry(interface)))
    }

    fn enabled(&self) -> impl Iterator<Item = (&'a str, Entry<'a>)> {
        self.interfaces().filter(|(_, interface)| interface.has("enable"))
    }

    fn interface(&self, name: &str) -> Option<Entry<'a>> {
        self.interfaces().find(|(key, value)| *key == name && !is_empty(value.0)).map(|(_, value)| value)
    }

    /// Virtual addresses that live on an interface.
    fn vips(&self) -> impl Iterator<Item = Entry<'a>> {
        self.section("virtualip/vip")
            .iter()
            .map(Entry)
            .filter(|vip| matches!(vip.text("mode"), "carp" | "ipalias"))
    }

    fn tunnels(&self) -> impl Iterator<Item = String> {
        [("openvpn/openvpn-server", "ovpns"), ("openvpn/openvpn-client", "ovpnc")].into_iter().flat_map(
            |(path, prefix)| {
                let tunnels = self.section(path).iter().map(Entry).filter(|tunnel| !tunnel.has("disable"));
                tunnels.map(move |tunnel| format!("{prefix}{}", tunnel.text("vpnid")))
            },
        )
    }

    /// A device of the system: one that is assigned, a VLAN, or the loopback.
    fn is_device(&self, name: &str) -> bool {
        name == "lo0"
            || self.interfaces().any(|(_, interface)| interface.text("if") == name)
            || ["vlans/vlan", "qinqs/qinqentry"]
                .into_iter()
                .any(|path| self.section(path).iter().any(|vlan| Entry(vlan).text("vlanif") == name))
    }

    /// The device behind a name: an interface of the configuration, a virtual address, or a device.
    pub(super) fn device(&self, name: &str) -> Option<String> {
        self.device_within(name, DEEPEST_VIP)
    }

    fn device_within(&self, name: &str, depth: usize) -> Option<String> {
        let found = match name {
            "" | "0" => return None,
            "l2tp" | "pptp" | "pppoe" | "openvpn" | "ppp" => name.to_owned(),
            "IPsec" | "ipsec" | "enc0" => "enc0".to_owned(),
            _ if name.starts_with("_vip") => {
                let vip = self.vips().find(|vip| name.strip_prefix("_vip") == Some(vip.text("uniqid")))?;
                self.device_within(vip.text("interface"), depth.checked_sub(1)?)?
            }
            _ => match name.strip_prefix("_lloc") {
                Some(name) => device_of(self.interface(name)?),
                None if self.is_device(name) => name.to_owned(),
                None => device_of(self.interface(name)?),
            },
        };
        php::truthy(&found).then_some(found)
    }

    /// The static address of a device.
    pub(super) fn device_address(&self, device: &str, family: Family) -> Option<Address<'a>> {
        if device == "lo0" {
            return Some(match family {
                Family::V4 => Address { address: "127.0.0.1", length: "8" },
                Family::V6 => Address { address: "::1", length: "128" },
            });
        }
        self.enabled()
            .filter(|(_, interface)| device_of(*interface) == device)
            .find_map(|(_, interface)| static_address(interface, family))
    }

    /// The address that an update source stands for: the text of the selection list, exactly.
    pub(super) fn update_source(&self, source: &str, kind: &str) -> Option<&'a str> {
        if source == "default" || !self.selectable.contains(source) {
            return None;
        }
        if source.starts_with("_vip") {
            let (_, address) = source.split_once('|')?;
            return self
                .vips()
                .map(|vip| vip.text("subnet"))
                .find(|subnet| *subnet == address && php::truthy(subnet));
        }
        let family = if kind == "ipv6" { Family::V6 } else { Family::V4 };
        self.interface_address(source, family)
    }

    /// The address of an interface of the configuration (or of a tunnel device that is assigned).
    fn interface_address(&self, name: &str, family: Family) -> Option<&'a str> {
        let device = self.device(name)?;
        if let Some(interface) = self.interface(name) {
            let address = interface.text(match family {
                Family::V4 => "ipaddr",
                Family::V6 => "ipaddrv6",
            });
            // The IPv4 question takes any address that stands in the field.
            let fits = if family == Family::V4 { judge::is_ip(address) } else { judge::is_ipv6(address) };
            if fits {
                return Some(address);
            }
        }
        self.device_address(&device, family)
            .map(|address| address.address)
            .filter(|address| !matches!(*address, "0.0.0.0" | "::"))
    }

    /// An enabled interface has exactly this address. Virtual addresses do not count.
    pub(super) fn owns(&self, address: &str) -> bool {
        let Some(family) = judge::ip_family(address) else { return false };
        self.enabled().any(|(name, _)| self.interface_address(name, family) == Some(address))
    }

    /// The address of a gateway by its name. The system that would know a dynamic one is not here:
    /// up to 2.8 its address then reads `dynamic`, from 2.9 on it has none.
    pub(super) fn gateway(&self, name: &str) -> Option<&'a str> {
        self.gateway_text(name).filter(|address| self.era == Era::Html || *address != "dynamic")
    }

    fn gateway_text(&self, name: &str) -> Option<&'a str> {
        let gateways = self.section("gateways/gateway_item");
        // A later gateway of the same name replaces the earlier one.
        if let Some(gateway) = gateways.iter().map(Entry).rev().find(|gateway| gateway.text("name") == name) {
            let interface = self.interface(gateway.text("interface"))?;
            if gateway.has("disabled") || !interface.has("enable") {
                return None;
            }
            return Some(match gateway.text("gateway") {
                "" | "0" | "dynamic" => self.dynamic_gateway(gateway, interface),
                address => address,
            });
        }
        match name {
            "Null4" => Some("127.0.0.1"),
            "Null6" => Some("::1"),
            _ => None,
        }
    }

    /// A dynamic gateway takes the address of the gateway that its interface names, if that is static.
    fn dynamic_gateway(&self, gateway: Entry<'a>, interface: Entry<'a>) -> &'a str {
        let family = match gateway.text("ipprotocol") {
            "inet" => Family::V4,
            "inet6" => Family::V6,
            _ => return gateway.text("gateway"),
        };
        let field = if family == Family::V4 { "gateway" } else { "gatewayv6" };
        let Some(name) = interface.filled(field) else { return "dynamic" };
        self.section("gateways/gateway_item")
            .iter()
            .map(Entry)
            .filter(|gateway| gateway.text("name") == name)
            .map(|gateway| gateway.text("gateway"))
            .find(|address| judge::ip_family(address) == Some(family))
            .unwrap_or("dynamic")
    }

    /// The address of the interface towards a destination: the longest connected network, then the
    /// longest static route, then the default gateway.
    pub(super) fn source_towards(&self, destination: &str) -> Option<&'a str> {
        let family = judge::ip_family(destination)?;
        let target = destination.split('%').next()?.parse::<std::net::IpAddr>().ok()?;
        let device = self
            .connected(family)
            .filter(|(network, _)| network.contains(&target))
            .max_by_key(|(network, _)| network.prefix_len())
            .map(|(_, device)| device)
            .or_else(|| self.routed(target))
            .or_else(|| self.default_route(family))?;
        self.device_address(&device, family).map(|address| address.address)
    }

    fn connected(&self, family: Family) -> impl Iterator<Item = (IpNet, String)> {
        let interfaces = self.enabled().filter_map(move |(_, interface)| {
            let address = static_address(interface, family)?;
            Some((net(address)?, device_of(interface)))
        });
        let vips = self.vips().filter_map(move |vip| {
            let address = Address { address: vip.text("subnet"), length: vip.text("subnet_bits") };
            if judge::ip_family(address.address) != Some(family) {
                return None;
            }
            Some((net(address)?, self.device(vip.text("interface"))?))
        });
        interfaces.chain(vips)
    }

    fn routed(&self, target: std::net::IpAddr) -> Option<String> {
        let routes =
            self.section("staticroutes/route").iter().map(Entry).filter(|route| !route.has("disabled"));
        let (_, gateway) = routes
            .filter_map(|route| Some((route.text("network").parse::<IpNet>().ok()?, route.text("gateway"))))
            .filter(|(network, _)| network.contains(&target))
            .max_by_key(|(network, _)| network.prefix_len())?;
        self.gateway_device(gateway)
    }

    fn default_route(&self, family: Family) -> Option<String> {
        let field = if family == Family::V4 { "defaultgw4" } else { "defaultgw6" };
        let chosen = self.root.get("gateways").map_or("", |gateways| Entry(gateways).text(field));
        self.gateway_device(chosen).or_else(|| {
            let field = if family == Family::V4 { "gateway" } else { "gatewayv6" };
            self.enabled().find_map(|(_, interface)| self.gateway_device(interface.filled(field)?))
        })
    }

    fn gateway_device(&self, name: &str) -> Option<String> {
        self.gateway_text(name)?;
        let gateways = self.section("gateways/gateway_item");
        let gateway = gateways.iter().map(Entry).find(|gateway| gateway.text("name") == name)?;
        self.device(gateway.text("interface"))
    }
}

/// PHP's `empty()` of a value of any shape.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Text(text) => !php::truthy(text),
        Value::List(members) => members.is_empty(),
        Value::Branch(pairs) => pairs.is_empty(),
    }
}

/// The device that an interface runs on.
fn device_of(interface: Entry<'_>) -> String {
    let device = interface.text("if");
    let wireless = matches!(interface.0.get("wireless"), Some(Value::Branch(_) | Value::List(_)))
        || WIRELESS.iter().chain(&["wtap", "zyd"]).any(|driver| {
            device.strip_prefix(driver).is_some_and(|unit| unit.starts_with(|c: char| c.is_ascii_digit()))
        });
    if wireless && !device.to_ascii_lowercase().contains("_wlan") {
        return format!("{device}_wlan0");
    }
    device.to_owned()
}

fn static_address(interface: Entry<'_>, family: Family) -> Option<Address<'_>> {
    let (address, length) = match family {
        Family::V4 => ("ipaddr", "subnet"),
        Family::V6 => ("ipaddrv6", "subnetv6"),
    };
    let address = Address { address: interface.text(address), length: interface.text(length) };
    (judge::ip_family(address.address) == Some(family)).then_some(address)
}

fn net(address: Address<'_>) -> Option<IpNet> {
    IpNet::new(address.address.parse().ok()?, address.length.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> Value {
        serde_json::from_str(
            r#"{"interfaces":{
                "wan":{"enable":"","if":"vtnet0","ipaddr":"dhcp","gateway":"UP"},
                "lan":{"enable":"","if":"vtnet1","ipaddr":"192.168.4.1","subnet":"24","ipaddrv6":"fd00:4::1","subnetv6":"64"},
                "opt1":{"if":"vtnet2","ipaddr":"10.9.0.1","subnet":"24"},
                "opt2":{"enable":"","if":"ath0","ipaddr":"10.8.0.1","subnet":"24"}},
              "virtualip":{"vip":[
                {"mode":"carp","interface":"lan","uniqid":"5a","subnet":"192.168.4.254","subnet_bits":"24"},
                {"mode":"proxyarp","interface":"lan","uniqid":"5b","subnet":"192.168.4.253"},
                {"mode":"ipalias","interface":"_vip5c","uniqid":"5c","subnet":"192.168.4.252"}]},
              "openvpn":{"openvpn-server":[{"vpnid":"1"},{"vpnid":"2","disable":""}]},
              "gateways":{"gateway_item":[
                {"interface":"lan","gateway":"192.168.4.9","name":"INNER","ipprotocol":"inet"},
                {"interface":"wan","gateway":"dynamic","name":"WAN_DHCP","ipprotocol":"inet"},
                {"interface":"opt1","gateway":"10.9.0.9","name":"OFF","ipprotocol":"inet"},
                {"interface":"lan","gateway":"192.168.4.8","name":"OUT","disabled":""}]}}"#,
        )
        .expect("valid")
    }

    #[test]
    fn devices() {
        let root = root();
        let firewall = Firewall::new(&root, Era::Html);
        for (name, device) in [
            ("lan", Some("vtnet1")),
            ("opt1", Some("vtnet2")),
            ("opt2", Some("ath0_wlan0")),
            ("vtnet1", Some("vtnet1")),
            ("lo0", Some("lo0")),
            ("_vip5a", Some("vtnet1")),
            ("_vip5c", None),
            ("opt7", None),
            ("", None),
            ("IPsec", Some("enc0")),
        ] {
            assert_eq!(firewall.device(name).as_deref(), device, "{name}");
        }
    }

    #[test]
    fn update_sources_must_be_selectable() {
        let root = root();
        let firewall = Firewall::new(&root, Era::Html);
        for (source, kind, address) in [
            ("lan", "ipv4", Some("192.168.4.1")),
            ("lan", "ipv6", Some("fd00:4::1")),
            ("_vip5a|192.168.4.254", "ipv4", Some("192.168.4.254")),
            ("_vip5a", "ipv4", None),
            ("_vip5b|192.168.4.253", "ipv4", None),
            ("wan", "ipv4", None),
            ("opt1", "ipv4", None),
            ("default", "ipv4", None),
            ("lo0", "ipv4", None),
            ("ovpns1", "ipv4", None),
            ("192.168.4.1", "ipv4", None),
        ] {
            assert_eq!(firewall.update_source(source, kind), address, "{source}");
        }
    }

    #[test]
    fn gateways() {
        let root = root();
        let firewall = Firewall::new(&root, Era::Html);
        for (name, address) in [
            ("INNER", Some("192.168.4.9")),
            ("WAN_DHCP", Some("dynamic")),
            ("OFF", None),
            ("OUT", None),
            ("Null4", Some("127.0.0.1")),
            ("missing", None),
        ] {
            assert_eq!(firewall.gateway(name), address, "{name}");
        }
        assert_eq!(Firewall::new(&root, Era::Xml).gateway("WAN_DHCP"), None);
        assert_eq!(Firewall::new(&root, Era::Xml).gateway("INNER"), Some("192.168.4.9"));
    }

    #[test]
    fn sources_follow_the_routes() {
        let root = root();
        let firewall = Firewall::new(&root, Era::Html);
        assert_eq!(firewall.source_towards("192.168.4.10"), Some("192.168.4.1"));
        assert_eq!(firewall.source_towards("fd00:4::10"), Some("fd00:4::1"));
        assert_eq!(firewall.source_towards("203.0.113.1"), None);
        assert!(firewall.owns("192.168.4.1") && !firewall.owns("192.168.4.254") && !firewall.owns("default"));
    }
}
