//! One router as it was read, and the facts that its configuration tells.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;

use super::sha256_hex;
use crate::pfsense::Value;
use crate::pfsense::frr::PackageLevel;
use crate::pfsense::value::truthy;
use crate::pfsense::xml::Era;

/// A router as it was read.
#[derive(Clone, Debug)]
pub enum RouterState {
    /// A pfSense.
    Pfsense(Box<PfsenseState>),
    /// A plain FRR router.
    Frr(FrrState),
}

impl RouterState {
    /// The state it was read in; changes whenever something changes that a plan rests on.
    pub fn revision(&self) -> &str {
        match self {
            RouterState::Pfsense(state) => &state.facts.digest,
            RouterState::Frr(state) => &state.revision,
        }
    }
}

/// A pfSense as it was read. `Debug` shows none of its contents: they are full of secrets.
#[derive(Clone)]
pub struct PfsenseState {
    /// The file.
    pub bytes: Vec<u8>,
    /// What pfSense holds in memory after reading it.
    pub config: Value,
    /// What it tells.
    pub facts: PfsenseFacts,
    /// Secrets in it are replaced by digests; it may be compared, never written.
    pub redacted: bool,
    /// What only a running firewall knows; absent for a file.
    pub runtime: Option<Box<PfsenseRuntime>>,
}

/// What a running pfSense knows beside its configuration. `Debug` shows no text: it may hold passwords.
#[derive(Clone)]
pub struct PfsenseRuntime {
    /// Name of the product.
    pub product: String,
    /// Its version, for example `2.8.1-RELEASE`.
    pub version: String,
    /// Who saved the configuration last, and what they said.
    pub saved_by: String,
    /// State of each CARP address by its unique id.
    pub carp: BTreeMap<String, CarpState>,
    /// Where this member of a pair sends its configuration.
    pub synchronizes_to: Option<String>,
    /// The frr.conf that the package wrote last.
    pub frr_conf: Option<String>,
    /// What FRR says about it.
    pub check: Option<FrrCheck>,
    /// FRR's daemons that run.
    pub running: Vec<String>,
}

impl fmt::Debug for PfsenseRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PfsenseRuntime")
            .field("product", &self.product)
            .field("version", &self.version)
            .field("carp", &self.carp)
            .field("running", &self.running)
            .finish_non_exhaustive()
    }
}

/// Whether FRR can parse a file, as its own dry run says. It finds lines that nothing can be made of,
/// not those that a daemon refuses.
#[derive(Clone, PartialEq, Eq)]
pub struct FrrCheck {
    /// It can.
    pub accepted: bool,
    /// What it says about lines, without what stands behind words that announce a secret.
    pub lines: Vec<String>,
}

/// Words of FRR's commands behind which a secret stands.
const SECRETS: [&str; 4] = ["password", "key", "md5", "authentication-key"];

impl FrrCheck {
    /// From the exit status and the words of `vtysh -C`.
    pub fn new(accepted: bool, said: &str) -> Self {
        let about_lines = said.lines().filter(|line| line.contains('%') || line.starts_with("line "));
        FrrCheck { accepted, lines: about_lines.take(20).map(without_secrets).collect() }
    }
}

fn without_secrets(line: &str) -> String {
    let mut words = Vec::new();
    for word in line.split_whitespace() {
        words.push(word);
        if SECRETS.contains(&word) {
            words.push("***");
            break;
        }
    }
    words.join(" ").chars().filter(|c| !c.is_control()).take(200).collect()
}

/// State of a CARP address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CarpState {
    /// This member has the address.
    Master,
    /// The other one has.
    Backup,
    /// Neither yet.
    Init,
    /// The firewall does not say.
    Unknown,
}

impl CarpState {
    /// From the firewall's word.
    pub fn from_word(word: &str) -> Self {
        match word {
            "MASTER" => CarpState::Master,
            "BACKUP" => CarpState::Backup,
            "INIT" => CarpState::Init,
            _ => CarpState::Unknown,
        }
    }
}

impl fmt::Debug for PfsenseState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PfsenseState")
            .field("bytes", &self.bytes.len())
            .field("facts", &self.facts)
            .field("redacted", &self.redacted)
            .finish_non_exhaustive()
    }
}

/// The frr.conf of a plain FRR router, empty where there is none yet. It may hold passwords.
#[derive(Clone)]
pub struct FrrState {
    /// The text.
    pub text: String,
    /// SHA-256 of the text.
    pub revision: String,
    /// Secrets in it are replaced by digests; it may be compared, never written.
    pub redacted: bool,
}

impl FrrState {
    /// From the text of a file.
    pub fn new(text: String, redacted: bool) -> Self {
        FrrState { revision: sha256_hex(&[text.as_bytes()]), text, redacted }
    }
}

impl fmt::Debug for FrrState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FrrState").field("bytes", &self.text.len()).finish_non_exhaustive()
    }
}

/// What a pfSense's configuration tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PfsenseFacts {
    /// The FRR package, if it is installed.
    pub package: Option<FrrPackage>,
    /// Version of the configuration's format, as written.
    pub config_version: String,
    /// How that version spells letters.
    pub era: Era,
    /// Networks of enabled interfaces with a static address.
    pub connected: Vec<ConnectedSubnet>,
    /// Virtual addresses.
    pub virtual_addresses: Vec<VirtualAddress>,
    /// Raw text that takes the place of generated text.
    pub raw: RawConfiguration,
    /// SHA-256 over all FRR sections in their order: what compare-and-set compares.
    pub digest: String,
}

/// The installed FRR package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrrPackage {
    /// As installed, for example `2.0.2_6`.
    pub version: String,
    /// What its generator is like; `None` for versions that are not known.
    pub level: Option<PackageLevel>,
}

impl FrrPackage {
    /// From a package version.
    pub fn new(version: impl Into<String>) -> Self {
        let version = version.into();
        let mut parts = version.split(['.', '_']);
        let level = match (parts.next(), parts.next()) {
            (Some("2"), Some("0")) => Some(PackageLevel::V2_0),
            (Some("2"), Some("1")) => Some(PackageLevel::V2_1),
            _ => None,
        };
        FrrPackage { version, level }
    }
}

/// A network that an interface is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectedSubnet {
    /// `wan`, `lan`, `opt1`, …
    pub interface: String,
    /// The name that people gave it, or the above.
    pub title: String,
    /// The interface's own address.
    pub address: IpAddr,
    /// The network.
    pub net: IpNet,
    /// A gateway is set on the interface, which makes it an uplink.
    pub uplink: bool,
}

/// A virtual address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VirtualAddress {
    /// `carp`, `ipalias`, `proxyarp` or `other`.
    pub mode: String,
    /// What it lives on.
    pub interface: String,
    /// The address.
    pub address: IpAddr,
    /// Its network.
    pub net: IpNet,
    /// By which other settings refer to it; differs between the members of a pair.
    pub unique_id: String,
}

/// Raw text in `frrglobalraw` that takes the place of generated text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawConfiguration {
    /// The whole frr.conf.
    pub whole: bool,
    /// Blocks by daemon (`bgpd`, `bfdd`, …), from older releases of the package.
    pub daemons: Vec<String>,
}

/// Elements of `frrglobalraw` that hold a block of one daemon.
const RAW_DAEMONS: [&str; 5] = ["bgpd", "ospfd", "ospf6d", "ripd", "bfdd"];

impl PfsenseFacts {
    /// Reads the facts out of a configuration.
    pub fn of(config: &Value, era: Era) -> PfsenseFacts {
        PfsenseFacts {
            package: package(config),
            config_version: config.field("version").to_owned(),
            era,
            connected: connected(config),
            virtual_addresses: virtual_addresses(config),
            raw: raw(config),
            digest: digest(config),
        }
    }
}

fn package(config: &Value) -> Option<FrrPackage> {
    let packages = config.path("installedpackages/package").map_or(&[][..], Value::members);
    let frr = packages.iter().find(|package| {
        [package.field("name"), package.field("internal_name")]
            .iter()
            .any(|name| name.eq_ignore_ascii_case("frr") || name.eq_ignore_ascii_case("pfSense-pkg-frr"))
    })?;
    Some(FrrPackage::new(frr.field("version")))
}

fn connected(config: &Value) -> Vec<ConnectedSubnet> {
    let Some(Value::Branch(interfaces)) = config.get("interfaces") else { return Vec::new() };
    let mut subnets = Vec::new();
    for (name, interface) in interfaces.iter().filter(|(_, interface)| interface.get("enable").is_some()) {
        for (address, length, gateway) in
            [("ipaddr", "subnet", "gateway"), ("ipaddrv6", "subnetv6", "gatewayv6")]
        {
            let Some((address, net)) = net(interface.field(address), interface.field(length)) else {
                continue;
            };
            let title = Some(interface.field("descr")).filter(|descr| !descr.is_empty()).unwrap_or(name);
            let uplink = !matches!(interface.field(gateway), "" | "none");
            subnets.push(ConnectedSubnet {
                interface: name.clone(),
                title: title.into(),
                address,
                net,
                uplink,
            });
        }
    }
    subnets
}

fn virtual_addresses(config: &Value) -> Vec<VirtualAddress> {
    let vips = config.path("virtualip/vip").map_or(&[][..], Value::members);
    vips.iter()
        .filter_map(|vip| {
            let (address, net) = net(vip.field("subnet"), vip.field("subnet_bits"))?;
            Some(VirtualAddress {
                mode: vip.field("mode").into(),
                interface: vip.field("interface").into(),
                address,
                net,
                unique_id: vip.field("uniqid").into(),
            })
        })
        .collect()
}

fn net(address: &str, length: &str) -> Option<(IpAddr, IpNet)> {
    let address: IpAddr = address.parse().ok()?;
    Some((address, IpNet::new(address, length.parse().ok()?).ok()?.trunc()))
}

fn raw(config: &Value) -> RawConfiguration {
    // Only the first entry counts.
    let first = config.path("installedpackages/frrglobalraw/config/0");
    let filled = |field: &&str| first.is_some_and(|entry| truthy(entry.field(field)));
    RawConfiguration {
        whole: filled(&"frr"),
        daemons: RAW_DAEMONS.iter().filter(|name| filled(name)).map(|name| (*name).to_owned()).collect(),
    }
}

/// SHA-256 over all sections whose name begins with `frr`, in their order.
pub fn digest(config: &Value) -> String {
    let sections: Vec<&(String, Value)> = match config.get("installedpackages") {
        Some(Value::Branch(sections)) => {
            sections.iter().filter(|(name, _)| name.starts_with("frr")).collect()
        }
        _ => Vec::new(),
    };
    let mut parts: Vec<Vec<u8>> = Vec::new();
    for (name, value) in sections {
        // Lengths in front keep two neighboring texts apart.
        let mut text = String::new();
        spell(value, &mut text);
        parts.push(format!("{}:{name}{}:{text}", name.len(), text.len()).into_bytes());
    }
    sha256_hex(&parts.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

/// One unambiguous spelling of a value.
fn spell(value: &Value, out: &mut String) {
    match value {
        Value::Text(text) => out.push_str(&format!("t{}:{text}", text.len())),
        Value::List(members) => {
            out.push_str(&format!("l{}:", members.len()));
            members.iter().for_each(|member| spell(member, out));
        }
        Value::Branch(pairs) => {
            out.push_str(&format!("b{}:", pairs.len()));
            for (name, value) in pairs {
                out.push_str(&format!("{}:{name}", name.len()));
                spell(value, out);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(json: &str) -> PfsenseFacts {
        PfsenseFacts::of(&serde_json::from_str(json).expect("valid"), Era::Html)
    }

    #[test]
    fn what_a_configuration_tells() {
        let facts = facts(
            r#"{"version":"23.9",
              "interfaces":{
                "wan":{"enable":"","descr":"WAN","ipaddr":"203.0.113.2","subnet":"29","gateway":"WANGW"},
                "lan":{"enable":"","ipaddr":"192.168.4.1","subnet":"24","ipaddrv6":"2001:db8:4::1","subnetv6":"64"},
                "opt1":{"ipaddr":"10.0.0.1","subnet":"24"},
                "opt2":{"enable":"","ipaddr":"dhcp"}},
              "virtualip":{"vip":[{"mode":"carp","interface":"lan","subnet":"192.168.4.254","subnet_bits":"24","uniqid":"5a"}]},
              "installedpackages":{
                "package":[{"name":"acme","version":"0.8"},{"name":"frr","version":"2.0.2_6"}],
                "frrglobalraw":{"config":[{"frr":"Zm9v","bgpd":"","bfdd":"eA=="}]}}}"#,
        );
        assert_eq!(
            facts.package,
            Some(FrrPackage { version: "2.0.2_6".into(), level: Some(PackageLevel::V2_0) })
        );
        let nets: Vec<_> =
            facts.connected.iter().map(|c| (c.title.as_str(), c.net.to_string(), c.uplink)).collect();
        assert_eq!(
            nets,
            [
                ("WAN", "203.0.113.0/29".to_owned(), true),
                ("lan", "192.168.4.0/24".to_owned(), false),
                ("lan", "2001:db8:4::/64".to_owned(), false)
            ]
        );
        assert_eq!(facts.virtual_addresses[0].unique_id, "5a");
        assert_eq!(facts.raw, RawConfiguration { whole: true, daemons: vec!["bfdd".into()] });
    }

    #[test]
    fn levels_of_the_package() {
        for (version, level) in [
            ("2.0.2_6", Some(PackageLevel::V2_0)),
            ("2.0", Some(PackageLevel::V2_0)),
            ("2.1", Some(PackageLevel::V2_1)),
            ("2.1.2_1", Some(PackageLevel::V2_1)),
            ("2.10", None),
            ("1.2_3", None),
            ("", None),
        ] {
            assert_eq!(FrrPackage::new(version).level, level, "{version}");
        }
    }

    #[test]
    fn only_frr_sections_count_for_the_digest() {
        let of = |json: &str| facts(json).digest;
        let base = of(r#"{"installedpackages":{"frr":{"config":[{"a":"1"}]},"acme":"x"}}"#);
        assert_eq!(base, of(r#"{"x":"y","installedpackages":{"acme":"z","frr":{"config":[{"a":"1"}]}}}"#));
        assert_ne!(base, of(r#"{"installedpackages":{"frr":{"config":[{"a":"2"}]}}}"#));
        assert_ne!(base, of(r#"{"installedpackages":{"frr":{"config":[{"a":"1"}]},"frrbgp":""}}"#));
        // The same letters, cut elsewhere.
        assert_ne!(
            of(r#"{"installedpackages":{"frr":{"ab":"c"}}}"#),
            of(r#"{"installedpackages":{"frr":{"a":"bc"}}}"#)
        );
    }
}
