//! What FRR's shell answers, as typed values.
//!
//! FRR prints JSON for most of its `show` commands and plain text when it cannot: an unknown
//! command, a daemon that does not run, an empty answer. That text is an [`enum@Error`] here and never an
//! empty table. Fields that nobody needs are not read, and unknown ones are ignored.
//! This file never runs the shell. Read next: [`super::resets`] for what a session's capabilities
//! decide.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

use super::resets::Session;

/// Commands whose answers this room reads.
pub mod command {
    use std::net::IpAddr;

    use ipnet::IpNet;

    /// Sessions of all families.
    pub const SUMMARY: &str = "show bgp summary json";
    /// BFD sessions.
    pub const BFD_PEERS: &str = "show bfd peers json";

    /// One neighbor.
    pub fn neighbor(address: IpAddr) -> String {
        format!("show bgp neighbors {address} json")
    }

    /// The BGP table of a family.
    pub fn table(ipv6: bool) -> String {
        format!("show bgp {} unicast json", if ipv6 { "ipv6" } else { "ipv4" })
    }

    /// One prefix of the BGP table.
    pub fn prefix(prefix: IpNet) -> String {
        let family = if prefix.addr().is_ipv6() { "ipv6" } else { "ipv4" };
        format!("show bgp {family} unicast {prefix} json")
    }

    /// One prefix of the routing table.
    pub fn route(prefix: IpNet) -> String {
        let family = if prefix.addr().is_ipv6() { "ipv6" } else { "ip" };
        format!("show {family} route {prefix} json")
    }

    /// All BGP routes of the routing table.
    pub fn bgp_routes(ipv6: bool) -> String {
        format!("show {} route bgp json", if ipv6 { "ipv6" } else { "ip" })
    }
}

/// Why an answer could not be read.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Error {
    /// The daemon behind the command does not run, or the shell printed nothing.
    #[error("frr: the daemon behind the command is not running")]
    NotRunning,
    /// This version of FRR does not have the command.
    #[error("frr: unknown command: {0}")]
    UnknownCommand(String),
    /// FRR says in words why it does not answer.
    #[error("frr: {0}")]
    Refused(String),
    /// Not the JSON that was expected.
    #[error("frr: unexpected answer: {0}")]
    Malformed(String),
}

/// Reads an answer: the standard output and error of the shell together.
pub fn parse<T: DeserializeOwned>(answer: &str) -> Result<T, Error> {
    let text = answer.trim();
    if text.starts_with(['{', '[']) {
        // Without a BGP instance, FRR wraps its words in JSON and reports success.
        if let Ok(Warning { warning }) = serde_json::from_str(text) {
            return Err(refusal(&format!("% {warning}")));
        }
        return serde_json::from_str(text).map_err(|error| Error::Malformed(error.to_string()));
    }
    Err(refusal(text))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Warning {
    warning: String,
}

fn refusal(text: &str) -> Error {
    /// Enough of FRR's words to recognise them.
    const LONGEST: usize = 200;
    let first: String = text.lines().next().unwrap_or_default().trim().chars().take(LONGEST).collect();
    let lower = text.to_ascii_lowercase();
    if let Some(command) = first.strip_prefix("% Unknown command") {
        return Error::UnknownCommand(command.trim_start_matches(':').trim().to_owned());
    }
    let down = [
        "is not running",
        "failed to connect",
        "no bgp process",
        "bgp instance not found",
        "connection refused",
    ];
    if text.is_empty() || down.iter().any(|words| lower.contains(words)) {
        return Error::NotRunning;
    }
    match first.strip_prefix('%') {
        Some(words) => Error::Refused(words.trim().to_owned()),
        None => Error::Malformed(first),
    }
}

/// `show bgp summary json`: by family, such as `ipv4Unicast`.
///
/// A bgpd without an instance answers `{}`, which is no family.
pub type Summary = BTreeMap<String, FamilySummary>;

/// Sessions of one family; also the whole answer when one family was asked for.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", default)]
pub struct FamilySummary {
    /// BGP identifier of the router.
    pub router_id: Option<String>,
    /// The router's own ASN.
    #[serde(rename = "as")]
    pub asn: Option<u32>,
    /// By address, as FRR writes it.
    pub peers: BTreeMap<String, PeerSummary>,
}

/// One session in the summary.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", default)]
pub struct PeerSummary {
    /// `Established`, `Active`, `Connect`, `Idle`, `Idle (PfxCt)`, `Idle (Admin)` and so on.
    pub state: String,
    /// The peer's ASN.
    pub remote_as: Option<u32>,
    /// The ASN this side uses.
    pub local_as: Option<u32>,
    /// Prefixes received and accepted.
    pub pfx_rcd: u64,
    /// Prefixes announced.
    pub pfx_snt: u64,
    /// Milliseconds in the present state; 0 where it has never been up.
    pub peer_uptime_msec: u64,
    /// How often it came up.
    pub connections_established: u64,
    /// How often it was lost.
    pub connections_dropped: u64,
    /// The description, where FRR prints it.
    pub desc: Option<String>,
    /// `OK`, `Admin`, `Policy` or a reason.
    pub peer_state: Option<String>,
}

impl PeerSummary {
    /// Whether the session is up.
    pub fn is_established(&self) -> bool {
        self.state == "Established"
    }
}

/// `show bgp neighbors ADDR json` for one neighbor. `None`: FRR has no such neighbor.
pub fn neighbor(answer: &str, address: IpAddr) -> Result<Option<Neighbor>, Error> {
    let mut all: BTreeMap<String, serde_json::Value> = parse(answer)?;
    if all.contains_key("bgpNoSuchNeighbor") {
        return Ok(None);
    }
    let key = all.keys().find(|key| key.parse() == Ok(address)).cloned();
    let Some(value) = key.and_then(|key| all.remove(&key)) else { return Ok(None) };
    serde_json::from_value(value).map(Some).map_err(|error| Error::Malformed(error.to_string()))
}

/// One neighbor in detail.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", default)]
pub struct Neighbor {
    /// The peer's ASN.
    pub remote_as: Option<u32>,
    /// The ASN this side uses.
    pub local_as: Option<u32>,
    /// The description.
    pub nbr_desc: Option<String>,
    /// Its peer group.
    pub peer_group: Option<String>,
    /// `Established` and so on.
    pub bgp_state: String,
    /// Milliseconds the session has been up.
    pub bgp_timer_up_msec: Option<u64>,
    /// Hold time in use, milliseconds.
    pub bgp_timer_hold_time_msecs: Option<u64>,
    /// Keepalive interval in use, milliseconds.
    pub bgp_timer_keep_alive_interval_msecs: Option<u64>,
    /// What both sides offered.
    pub neighbor_capabilities: Capabilities,
    /// By family, such as `ipv4Unicast`.
    pub address_family_info: BTreeMap<String, FamilyInfo>,
    /// Why the session was last lost.
    pub last_reset_due_to: Option<String>,
    /// How often it came up.
    pub connections_established: u64,
    /// How often it was lost.
    pub connections_dropped: u64,
    /// This side's address.
    pub host_local: Option<String>,
    /// This side's port.
    pub port_local: Option<u16>,
    /// The peer's port; 179 where this side dialed.
    pub port_foreign: Option<u16>,
    /// BFD, where it is on.
    pub peer_bfd_info: Option<NeighborBfd>,
}

impl Neighbor {
    /// What decides how changes work on this session in a family. `None` while it is not up.
    pub fn session(&self, family: &str) -> Option<Session> {
        if self.bgp_state != "Established" {
            return None;
        }
        let kept = self.address_family_info.get(family).is_some_and(|info| info.inbound_soft_config_permit);
        Some(Session {
            route_refresh: self.neighbor_capabilities.has_route_refresh(),
            soft_reconfiguration: kept,
        })
    }
}

/// Capabilities of a session. FRR's words: `advertised`, `received`, `advertisedAndReceived…`.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", default)]
pub struct Capabilities {
    /// Route refresh, by its standard and by its older number.
    pub route_refresh: Option<String>,
    /// Graceful restart.
    pub graceful_restart: Option<String>,
    /// Families.
    pub multiprotocol_extensions: BTreeMap<String, BTreeMap<String, serde_json::Value>>,
}

impl Capabilities {
    /// Whether both sides have route refresh.
    pub fn has_route_refresh(&self) -> bool {
        self.route_refresh.as_deref().is_some_and(|state| state.starts_with("advertisedAndReceived"))
    }

    /// Whether both sides have a family, such as `ipv6Unicast`.
    pub fn has_family(&self, family: &str) -> bool {
        let found =
            self.multiprotocol_extensions.get(family).and_then(|state| state.get("advertisedAndReceived"));
        found == Some(&serde_json::Value::Bool(true))
    }
}

/// A neighbor in one family.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", default)]
pub struct FamilyInfo {
    /// Prefixes accepted.
    pub accepted_prefix_counter: u64,
    /// Prefixes announced.
    pub sent_prefix_counter: u64,
    /// Soft reconfiguration inbound.
    pub inbound_soft_config_permit: bool,
    /// Route map for received routes.
    pub route_map_for_incoming_advertisements: Option<String>,
    /// Prefix list for received routes.
    pub incoming_update_prefix_filter_list: Option<String>,
    /// External sessions without an inbound policy discard all that they receive.
    pub inbound_ebgp_requires_policy: Option<String>,
}

/// BFD as bgpd sees it.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", default)]
pub struct NeighborBfd {
    /// `Up`, `Down` or `Unknown`.
    pub status: String,
}

/// `show bgp ipv4 unicast json` and its siblings.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", default)]
pub struct Table {
    /// The router's own ASN.
    #[serde(rename = "localAS")]
    pub local_as: Option<u32>,
    /// Paths by prefix.
    pub routes: BTreeMap<String, Vec<TablePath>>,
}

/// One path in the table. The best one has no `multipath` here, unlike in [`PrefixPath`].
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", default)]
pub struct TablePath {
    /// Usable.
    pub valid: bool,
    /// The best one.
    pub bestpath: bool,
    /// Used beside the best one.
    pub multipath: bool,
    /// The neighbor it came from.
    pub peer_id: Option<String>,
    /// AS path as text.
    pub path: String,
    /// Next hops.
    pub nexthops: Vec<BgpNextHop>,
}

/// A next hop in the BGP table.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", default)]
pub struct BgpNextHop {
    /// Address.
    pub ip: Option<String>,
    /// Whether the router can reach it; told for single prefixes only.
    pub accessible: Option<bool>,
    /// Whether it is the one in use, where a path has two.
    pub used: bool,
}

/// `show bgp ipv4 unicast PREFIX json`; without paths where the prefix is not there.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", default)]
pub struct Prefix {
    /// The prefix.
    pub prefix: Option<String>,
    /// All paths.
    pub paths: Vec<PrefixPath>,
}

/// One path of one prefix.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", default)]
pub struct PrefixPath {
    /// Usable.
    pub valid: bool,
    /// Used; the best path has it too where there are several.
    pub multipath: bool,
    /// Why it is the best, if it is.
    pub bestpath: Option<BestPath>,
    /// Next hops.
    pub nexthops: Vec<BgpNextHop>,
    /// The neighbor it came from.
    pub peer: PathPeer,
}

/// The verdict of the selection.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", default)]
pub struct BestPath {
    /// Best of all.
    pub overall: bool,
    /// FRR's words for why.
    pub selection_reason: Option<String>,
}

/// The neighbor behind a path.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", default)]
pub struct PathPeer {
    /// Its address.
    pub peer_id: Option<String>,
    /// Its identifier.
    pub router_id: Option<String>,
}

/// `show ip route … json`: routes by prefix. Empty where nothing is installed.
pub type Routes = BTreeMap<String, Vec<Route>>;

/// One route of the routing table.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", default)]
pub struct Route {
    /// `bgp`, `connected`, `static` and so on.
    pub protocol: String,
    /// Chosen among the protocols.
    pub selected: bool,
    /// In the kernel.
    pub installed: bool,
    /// Administrative distance.
    pub distance: Option<u32>,
    /// Next hops.
    pub nexthops: Vec<RouteNextHop>,
}

impl Route {
    /// Next hops that carry traffic: more than one is ECMP.
    pub fn forwarding(&self) -> impl Iterator<Item = &RouteNextHop> {
        self.nexthops.iter().filter(|hop| hop.fib && hop.active)
    }
}

/// A next hop of a route.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", default)]
pub struct RouteNextHop {
    /// Address; absent on connected routes.
    pub ip: Option<String>,
    /// In the kernel.
    pub fib: bool,
    /// Resolved.
    pub active: bool,
    /// Interface.
    pub interface_name: Option<String>,
}

/// `show bfd peers json`.
pub type BfdPeers = Vec<BfdPeer>;

/// One BFD session.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case", default)]
pub struct BfdPeer {
    /// The other side.
    pub peer: String,
    /// This side, where it is set.
    pub local: Option<String>,
    /// `up`, `down`, `init` or `shutdown`.
    pub status: String,
    /// Over several hops.
    pub multihop: bool,
    /// Seconds it has been up.
    pub uptime: Option<u64>,
    /// Why it is down, in FRR's words.
    pub diagnostic: Option<String>,
    /// The same from the other side.
    pub remote_diagnostic: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A recorded answer of FRR 8.4, where the samples are present.
    fn sample(name: &str) -> Option<String> {
        let shared = std::env::var("METALSENSE_SHARED")
            .unwrap_or(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared").into());
        let text = std::fs::read_to_string(format!("{shared}/pfsense/vtysh/{name}")).ok();
        if text.is_none() {
            eprintln!("SKIPPED: no sample {name}");
        }
        text
    }

    #[test]
    fn text_is_an_error_and_never_an_empty_table() {
        let read = |text: &str| parse::<Summary>(text).expect_err("text");
        assert_eq!(read(""), Error::NotRunning);
        assert_eq!(read("\n \n"), Error::NotRunning);
        assert_eq!(read("bgpd is not running\n"), Error::NotRunning);
        assert_eq!(read("Exiting: failed to connect to any daemons.\n"), Error::NotRunning);
        assert_eq!(
            read("% Unknown command: show version json"),
            Error::UnknownCommand("show version json".to_owned())
        );
        assert_eq!(read("% BGP instance not found"), Error::NotRunning);
        assert_eq!(read("% Network not in table"), Error::Refused("Network not in table".to_owned()));
        let wrapped = "{\n  \"warning\":\"Default BGP instance not found\"\n}\n";
        assert_eq!(parse::<Table>(wrapped), Err(Error::NotRunning));
        assert!(matches!(read("<html>"), Error::Malformed(_)));
        assert!(matches!(read("{\"ipv4Unicast\":"), Error::Malformed(_)));
        assert!(matches!(parse::<Routes>("{\"a\":3}"), Err(Error::Malformed(_))));
        assert_eq!(parse::<Summary>("{}"), Ok(Summary::new()));
    }

    #[test]
    fn unknown_fields_and_missing_ones_are_no_matter() {
        let text = r#"{"ipv4Unicast":{"as":65000,"new":{"x":[1]},"peers":{"fd00::1":{"state":"Idle (PfxCt)","idType":"ipv6"}}}}"#;
        let summary: Summary = parse(text).expect("json");
        let peer = &summary["ipv4Unicast"].peers["fd00::1"];
        assert_eq!((peer.state.as_str(), peer.is_established(), peer.pfx_rcd), ("Idle (PfxCt)", false, 0));
    }

    #[test]
    fn capabilities_decide_the_column_of_the_reset_rules() {
        let text = |refresh: &str, soft: bool| {
            format!(
                r#"{{"10.0.0.1":{{"bgpState":"Established","neighborCapabilities":{{{refresh}}},
                "addressFamilyInfo":{{"ipv4Unicast":{{"inboundSoftConfigPermit":{soft}}}}}}}}}"#
            )
        };
        let session = |refresh: &str, soft: bool| {
            let peer = neighbor(&text(refresh, soft), "10.0.0.1".parse().expect("address"))
                .expect("json")
                .expect("peer");
            peer.session("ipv4Unicast").expect("up")
        };
        assert_eq!(session(r#""routeRefresh":"advertisedAndReceivedNew""#, false), Session::REFRESHING);
        assert_eq!(session(r#""routeRefresh":"advertised""#, false), Session::NATIVE);
        assert_eq!(session("", true), Session::NATIVE_SOFT);
        assert_eq!(neighbor(r#"{"10.0.0.2":{}}"#, "10.0.0.1".parse().expect("address")), Ok(None));
        assert_eq!(
            neighbor(r#"{"FD00:0::1":{"bgpState":"Active"}}"#, "fd00::1".parse().expect("address"))
                .expect("json")
                .expect("peer")
                .session("ipv6Unicast"),
            None
        );
    }

    #[test]
    fn recorded_sessions() {
        if let Some(text) = sample("show-bgp-summary-json.json") {
            let summary: Summary = parse(&text).expect("summary");
            let family = &summary["ipv4Unicast"];
            assert_eq!((family.asn, family.router_id.as_deref()), (Some(64512), Some("10.20.0.1")));
            let up: Vec<_> =
                family.peers.iter().filter(|(_, p)| p.is_established()).map(|(a, _)| a.as_str()).collect();
            assert_eq!(up, ["10.20.0.11", "10.20.0.12", "10.20.0.13"]);
            assert_eq!(family.peers["10.20.0.11"].pfx_rcd, 1);
        }
        if let Some(text) = sample("show-bgp-ipv4-unicast-summary-json.json") {
            assert_eq!(parse::<FamilySummary>(&text).expect("summary").peers.len(), 4);
        }
        let address: IpAddr = "10.20.0.11".parse().expect("address");
        if let Some(text) = sample("show-bgp-neighbors-10.20.0.11-json.json") {
            let peer = neighbor(&text, address).expect("json").expect("peer");
            assert_eq!(peer.session("ipv4Unicast"), Some(Session::REFRESHING));
            assert!(peer.neighbor_capabilities.has_family("ipv4Unicast"));
            assert!(!peer.neighbor_capabilities.has_family("ipv6Unicast"));
            assert_eq!(peer.peer_group.as_deref(), Some("metallb"));
            assert_eq!(peer.address_family_info["ipv4Unicast"].accepted_prefix_counter, 1);
            assert_eq!(peer.peer_bfd_info.map(|bfd| bfd.status), Some("Up".to_owned()));
        }
        if let Some(text) = sample("show-bgp-neighbors-10.20.0.99-json.json") {
            assert_eq!(neighbor(&text, "10.20.0.99".parse().expect("address")), Ok(None));
        }
    }

    #[test]
    fn recorded_routes() {
        if let Some(text) = sample("show-bgp-ipv4-unicast-json.json") {
            let table: Table = parse(&text).expect("table");
            let paths = &table.routes["10.20.255.10/32"];
            assert_eq!(paths.iter().filter(|p| p.bestpath || p.multipath).count(), 3);
            assert_eq!(
                paths.iter().find(|p| p.bestpath).and_then(|p| p.peer_id.as_deref()),
                Some("10.20.0.11")
            );
        }
        if let Some(text) = sample("show-bgp-ipv4-unicast-10.20.255.10-32-json.json") {
            let prefix: Prefix = parse(&text).expect("prefix");
            let best: Vec<_> =
                prefix.paths.iter().filter(|p| p.bestpath.as_ref().is_some_and(|b| b.overall)).collect();
            assert_eq!(best.len(), 1);
            assert_eq!(best[0].peer.peer_id.as_deref(), Some("10.20.0.11"));
            assert_eq!(best[0].nexthops[0].accessible, Some(true));
        }
        for name in ["show-ip-route-10.20.255.10-32-json.json", "show-ip-route-bgp-json.json"] {
            if let Some(text) = sample(name) {
                let routes: Routes = parse(&text).expect("routes");
                let route = &routes["10.20.255.10/32"][0];
                assert_eq!((route.protocol.as_str(), route.forwarding().count()), ("bgp", 3));
            }
        }
        if let Some(text) = sample("show-bfd-peers-json.json") {
            let peers: BfdPeers = parse(&text).expect("peers");
            assert_eq!((peers[0].peer.as_str(), peers[0].status.as_str()), ("10.20.0.11", "up"));
        }
        for name in ["show-version-json.txt", "show-nosuch-json.txt", "show-bgp-nexthop-json.txt"] {
            if let Some(text) = sample(name) {
                assert!(matches!(parse::<Table>(&text), Err(Error::UnknownCommand(_))));
            }
        }
    }

    #[test]
    fn commands_choose_the_family() {
        let prefix = "fd00::/64".parse().expect("prefix");
        assert_eq!(command::route(prefix), "show ipv6 route fd00::/64 json");
        assert_eq!(
            command::prefix("10.0.0.0/24".parse().expect("prefix")),
            "show bgp ipv4 unicast 10.0.0.0/24 json"
        );
    }
}
