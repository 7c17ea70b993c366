//! The commands that metalsense and the pfSense package can write, as data.
//!
//! A row says where a command lives, the words it is recognised by (written in full) and every tail
//! FRR accepts behind them. A line is judged only if its head stands here; all others pass unjudged.
//! Heads and tails were compared with `list` of FRR 8.4's own shell. A new FRR version is a new
//! [`FrrVersion`], named in the rows it lacks and given rows of its own.
//!
//! This file never looks at a line. Read next: [`super::grammar`] for the notation, [`super::walk`].

use std::sync::LazyLock;

use super::grammar::{Pattern, Spelling};
use super::version::FrrVersion;

/// The block a line stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Scope {
    Top,
    Bgp,
    Ipv4,
    Ipv6,
    RouteMap,
    Bfd,
    BfdSession,
    Rpki,
    /// A block nobody here knows, such as `router ospf`: nothing in it is judged.
    Other,
}

impl Scope {
    /// Where FRR looks next for a command that this block does not know.
    pub(super) fn parent(self) -> Option<Scope> {
        match self {
            Scope::Top => None,
            Scope::Ipv4 | Scope::Ipv6 => Some(Scope::Bgp),
            Scope::BfdSession => Some(Scope::Bfd),
            Scope::Bgp | Scope::RouteMap | Scope::Bfd | Scope::Rpki | Scope::Other => Some(Scope::Top),
        }
    }
}

/// In which columns a row holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    /// In every version from 8.4 on.
    Always,
    /// In versions after those named.
    NotIn(&'static [FrrVersion]),
}

/// Rows: scopes, columns, head, tails.
type Row = (&'static [Scope], Known, &'static str, &'static [&'static str]);

use Known::{Always, NotIn};
use Scope::{Bfd, BfdSession, Bgp, Ipv4, Ipv6, RouteMap, Rpki, Top};

/// What FRR learned after 8.4.
const LATER: Known = NotIn(&[FrrVersion::V8_4]);
/// Both address families of a BGP block.
const FAMILY: &[Scope] = &[Ipv4, Ipv6];

const PREFIX_ROW_4: &str = "NAME [seq (1-4294967295)] <deny|permit> <any|A.B.C.D/M [{ge (0-32)|le (0-32)}]>";
const PREFIX_ROW_6: &str =
    "NAME [seq (1-4294967295)] <deny|permit> <any|X:X::X:X/M [{ge (0-128)|le (0-128)}]>";
const ACCESS_ROW_EXTENDED: &str = "[seq (1-4294967295)] <deny|permit> ip <A.B.C.D A.B.C.D|host A.B.C.D|any> <A.B.C.D A.B.C.D|host A.B.C.D|any>";

const ROUTE_4: &str = "<A.B.C.D/M|A.B.C.D A.B.C.D> NAME [{tag (1-4294967295)|(1-255)|vrf NAME|label NAME|\
                       table (1-4294967295)|nexthop-vrf NAME|color (1-4294967295)}]";
const ROUTE_4_INTERFACE: &str = "<A.B.C.D/M|A.B.C.D A.B.C.D> A.B.C.D NAME [{tag (1-4294967295)|(1-255)|vrf NAME|\
                                 label NAME|table (1-4294967295)|nexthop-vrf NAME|onlink|color (1-4294967295)}]";
const ROUTE_6: &str = "X:X::X:X/M [from X:X::X:X/M] NAME [{tag (1-4294967295)|(1-255)|vrf NAME|label NAME|\
                       table (1-4294967295)|nexthop-vrf NAME|color (1-4294967295)}]";
const ROUTE_6_INTERFACE: &str = "X:X::X:X/M [from X:X::X:X/M] X:X::X:X NAME [{tag (1-4294967295)|(1-255)|vrf NAME|\
                                 label NAME|table (1-4294967295)|nexthop-vrf NAME|onlink|color (1-4294967295)}]";

const ROWS: &[Row] = &[
    // The frame of the file.
    (&[Top], Always, "frr defaults", &["LINE..."]),
    (&[Top], Always, "hostname", &["NAME"]),
    (&[Top], Always, "password", &["[8] NAME"]),
    (&[Top], Always, "service integrated-vtysh-config", &[""]),
    (&[Top], Always, "service password-encryption", &[""]),
    (&[Top], Always, "ip nht resolve-via-default", &[""]),
    (&[Top], Always, "ipv6 nht resolve-via-default", &[""]),
    (&[Top], Always, "ip router-id", &["A.B.C.D [vrf NAME]"]),
    (&[Top], Always, "ipv6 router-id", &["X:X::X:X [vrf NAME]"]),
    (&[Top], Always, "router bgp", &["[ASN [<view|vrf> NAME]]", "ASN [<view|vrf> NAME] as-notation NAME"]),
    (&[Top], Always, "bgp route-map delay-timer", &["(0-600)"]),
    (&[Top], Always, "bgp graceful-shutdown", &[""]),
    (&[Top], Always, "bfd", &[""]),
    (&[Top], Always, "rpki", &["", "vrf NAME"]),
    (&[Top], Always, "line vty", &[""]),
    (
        &[Top],
        Always,
        "log syslog",
        &["[<emergencies|alerts|critical|errors|warnings|notifications|informational|debugging>]"],
    ),
    (&[Top], Always, "ip route", &[ROUTE_4, ROUTE_4_INTERFACE]),
    (&[Top], LATER, "ip route", &["LINE..."]),
    (&[Top], Always, "ipv6 route", &[ROUTE_6, ROUTE_6_INTERFACE]),
    (&[Top], LATER, "ipv6 route", &["LINE..."]),
    // Lists.
    // The package forgets `ip` before the description of a list that lost all its rows.
    (&[Top], Always, "prefix-list", &[]),
    (&[Top], Always, "ip prefix-list", &["NAME description LINE...", PREFIX_ROW_4]),
    (&[Top], Always, "ipv6 prefix-list", &["NAME description LINE...", PREFIX_ROW_6]),
    (
        &[Top],
        Always,
        "access-list NAME",
        &[
            "remark LINE...",
            "[seq (1-4294967295)] <deny|permit> <A.B.C.D/M [exact-match]|any>",
            "[seq (1-4294967295)] <deny|permit> <[host] A.B.C.D|A.B.C.D A.B.C.D>",
            ACCESS_ROW_EXTENDED,
        ],
    ),
    (
        &[Top],
        Always,
        "ipv6 access-list NAME",
        &["remark LINE...", "[seq (1-4294967295)] <deny|permit> <X:X::X:X/M [exact-match]|any>"],
    ),
    (&[Top], Always, "bgp as-path access-list", &["NAME [seq (0-4294967295)] <deny|permit> LINE..."]),
    (
        &[Top],
        Always,
        "bgp community-list",
        &[
            "<(1-99)|standard NAME> [seq (0-4294967295)] <deny|permit> LINE...",
            "<(100-500)|expanded NAME> [seq (0-4294967295)] <deny|permit> LINE...",
        ],
    ),
    (&[Top], Always, "route-map", &["NAME <deny|permit> (1-65535)", "NAME optimization"]),
    // The BGP instance.
    (&[Bgp], Always, "bgp log-neighbor-changes", &[""]),
    (&[Bgp], Always, "bgp router-id", &["A.B.C.D"]),
    (&[Bgp], LATER, "bgp enforce-first-as", &[""]),
    (&[Bgp], LATER, "no bgp enforce-first-as", &[""]),
    (&[Bgp], Always, "bgp network import-check", &[""]),
    (&[Bgp], Always, "no bgp network import-check", &[""]),
    (&[Bgp], Always, "bgp ebgp-requires-policy", &[""]),
    (&[Bgp], Always, "no bgp ebgp-requires-policy", &[""]),
    (&[Bgp], Always, "bgp graceful-restart-disable", &[""]),
    (&[Bgp], Always, "bgp graceful-restart stalepath-time", &["(1-4095)"]),
    (&[Bgp], Always, "bgp graceful-restart restart-time", &["(0-4095)"]),
    (&[Bgp], Always, "bgp graceful-restart select-defer-time", &["(0-3600)"]),
    (&[Bgp], Always, "bgp graceful-restart rib-stale-time", &["(1-3600)"]),
    (&[Bgp], Always, "bgp shutdown", &["", "message LINE..."]),
    (&[Bgp], Always, "timers bgp", &["(0-65535) (0-65535)"]),
    (&[Bgp], Always, "update-delay", &["(0-3600) [(1-3600)]"]),
    (&[Bgp], Always, "coalesce-time", &["(0-4294967295)"]),
    (&[Bgp], Always, "write-quanta", &["(1-64)"]),
    (&[Bgp], Always, "bgp default local-preference", &["(0-4294967295)"]),
    (&[Bgp], Always, "bgp default subgroup-pkt-queue-max", &["(20-100)"]),
    (&[Bgp], Always, "bgp route-map delay-timer", &["(0-600)"]),
    (&[Bgp], Always, "bgp cluster-id", &["<A.B.C.D|(1-4294967295)>"]),
    (&[Bgp], Always, "bgp max-med administrative", &["[(0-4294967295)]"]),
    (&[Bgp], Always, "bgp max-med on-startup", &["(5-86400) [(0-4294967295)]"]),
    (&[Bgp], Always, "bgp confederation identifier", &["ASN"]),
    (&[Bgp], Always, "bgp confederation peers", &["ASN..."]),
    (&[Bgp, Ipv4, Ipv6], Always, "bgp dampening", &["[(1-45) [(1-20000) (1-50000) (1-255)]]"]),
    (&[Bgp], Always, "bgp bestpath as-path multipath-relax", &["[<as-set|no-as-set>]"]),
    (&[Bgp], Always, "bgp bestpath med", &["<confed [missing-as-worst]|missing-as-worst [confed]>"]),
    // Neighbors: FRR takes any word for a name here and judges it later.
    (&[Bgp], Always, "neighbor NAME remote-as", &["<ASN|internal|external>"]),
    (&[Bgp], LATER, "neighbor NAME remote-as auto", &[""]),
    (&[Bgp], Always, "neighbor NAME peer-group", &["[NAME]"]),
    (&[Bgp], Always, "neighbor NAME description", &["LINE..."]),
    (&[Bgp], Always, "neighbor NAME shutdown", &["", "message LINE...", "rtt (1-65535) [count (1-255)]"]),
    (&[Bgp], Always, "neighbor NAME graceful-restart", &[""]),
    (&[Bgp], Always, "neighbor NAME graceful-restart-helper", &[""]),
    (&[Bgp], Always, "neighbor NAME graceful-restart-disable", &[""]),
    (&[Bgp], Always, "neighbor NAME update-source", &["NAME"]),
    (&[Bgp], Always, "neighbor NAME password", &["NAME"]),
    (
        &[Bgp],
        Always,
        "neighbor NAME timers",
        &["(0-65535) (0-65535)", "connect (1-65535)", "delayopen (1-240)"],
    ),
    (&[Bgp], Always, "neighbor NAME passive", &[""]),
    (&[Bgp], Always, "neighbor NAME advertisement-interval", &["(0-600)"]),
    (&[Bgp], Always, "neighbor NAME bfd check-control-plane-failure", &[""]),
    (&[Bgp], Always, "neighbor NAME bfd profile", &["NAME"]),
    (
        &[Bgp],
        Always,
        "neighbor NAME capability",
        &["dynamic", "extended-nexthop", "orf prefix-list <both|send|receive>"],
    ),
    (
        &[Bgp],
        LATER,
        "neighbor NAME capability",
        &["fqdn", "software-version [latest-encoding]", "link-local"],
    ),
    (&[Bgp], Always, "neighbor NAME dont-capability-negotiate", &[""]),
    (&[Bgp], Always, "neighbor NAME override-capability", &[""]),
    (&[Bgp], Always, "neighbor NAME ttl-security hops", &["(1-254)"]),
    (&[Bgp], Always, "neighbor NAME disable-connected-check", &[""]),
    (&[Bgp], Always, "neighbor NAME ebgp-multihop", &["[(1-255)]"]),
    (&[Bgp], Always, "neighbor NAME enforce-multihop", &[""]),
    (&[Bgp], Always, "neighbor NAME local-as", &["ASN [no-prepend [replace-as]]"]),
    (&[Bgp], LATER, "neighbor NAME local-as", &["ASN no-prepend replace-as dual-as"]),
    (&[Bgp], Always, "neighbor NAME solo", &[""]),
    (&[Bgp], Always, "address-family ipv4", &["[<unicast|multicast|vpn|labeled-unicast|flowspec>]"]),
    (&[Bgp], Always, "address-family ipv6", &["[<unicast|multicast|vpn|labeled-unicast|flowspec>]"]),
    // Families.
    (FAMILY, Always, "exit-address-family", &[""]),
    (FAMILY, Always, "neighbor NAME activate", &[""]),
    (FAMILY, Always, "neighbor NAME default-originate", &["[route-map NAME]"]),
    (FAMILY, Always, "neighbor NAME send-community", &["[<both|all|extended|standard|large>]"]),
    (FAMILY, LATER, "neighbor NAME send-community", &["extended rpki"]),
    (FAMILY, Always, "no neighbor NAME send-community", &["[<both|all|extended|standard|large>]"]),
    (
        FAMILY,
        Always,
        "neighbor NAME maximum-prefix",
        &["(1-4294967295) [(1-100)] [<warning-only|restart (1-65535)>] [force]"],
    ),
    (FAMILY, Always, "neighbor NAME maximum-prefix-out", &["(1-4294967295)"]),
    (FAMILY, Always, "neighbor NAME next-hop-self", &["[<force|all>]"]),
    (FAMILY, Always, "neighbor NAME soft-reconfiguration", &["inbound"]),
    (FAMILY, Always, "neighbor NAME distribute-list", &["NAME <in|out>"]),
    (FAMILY, Always, "neighbor NAME prefix-list", &["NAME <in|out>"]),
    (FAMILY, Always, "neighbor NAME filter-list", &["NAME <in|out>"]),
    (FAMILY, Always, "neighbor NAME route-map", &["NAME <in|out>"]),
    (FAMILY, Always, "neighbor NAME unsuppress-map", &["NAME"]),
    (FAMILY, Always, "neighbor NAME weight", &["(0-65535)"]),
    (FAMILY, Always, "neighbor NAME addpath-tx-all-paths", &[""]),
    (FAMILY, Always, "neighbor NAME addpath-tx-bestpath-per-AS", &[""]),
    (FAMILY, Always, "neighbor NAME allowas-in", &["[<(1-10)|origin>]"]),
    (FAMILY, LATER, "neighbor NAME allowas-in", &["route-map NAME [<(1-10)|origin>]"]),
    (FAMILY, Always, "neighbor NAME as-override", &[""]),
    (FAMILY, Always, "neighbor NAME attribute-unchanged", &["[{as-path|next-hop|med}]"]),
    (FAMILY, Always, "neighbor NAME remove-private-AS", &["[all] [replace-AS]"]),
    (FAMILY, Always, "neighbor NAME route-reflector-client", &[""]),
    (FAMILY, Always, "neighbor NAME route-server-client", &[""]),
    (FAMILY, Always, "table-map", &["NAME"]),
    // FRR's instance block takes IPv4 networks too, so one in the IPv6 family leaves that family.
    (
        &[Ipv4, Bgp],
        Always,
        "network",
        &["<A.B.C.D/M|A.B.C.D [mask A.B.C.D]> [{route-map NAME|label-index (0-1048560)|backdoor}]"],
    ),
    (
        &[Ipv4, Bgp],
        Always,
        "redistribute",
        &[
            "<kernel|connected|static|rip|ospf|isis|eigrp|nhrp|vnc|vnc-direct|babel|openfabric> [{metric (0-4294967295)|route-map NAME}]",
            "<ospf|table> (1-65535) [{metric (0-4294967295)|route-map NAME}]",
        ],
    ),
    (
        &[Ipv6],
        Always,
        "redistribute",
        &[
            "<kernel|connected|static|ripng|ospf6|isis|nhrp|vnc|vnc-direct|babel|openfabric> [{metric (0-4294967295)|route-map NAME}]",
        ],
    ),
    (FAMILY, LATER, "redistribute", &["<local|table-direct> LINE...", "table NAME LINE..."]),
    (
        &[Ipv4, Bgp],
        Always,
        "aggregate-address",
        &[
            "<A.B.C.D/M|A.B.C.D A.B.C.D> [{as-set|summary-only|route-map NAME|origin <egp|igp|incomplete>|matching-MED-only|suppress-map NAME}]",
        ],
    ),
    (
        &[Ipv6],
        Always,
        "aggregate-address",
        &[
            "X:X::X:X/M [{as-set|summary-only|route-map NAME|origin <egp|igp|incomplete>|matching-MED-only|suppress-map NAME}]",
        ],
    ),
    (&[Ipv4, Bgp], Always, "distance", &["(1-255) A.B.C.D/M [NAME]", "bgp (1-255) (1-255) (1-255)"]),
    (&[Ipv6], Always, "distance", &["(1-255) X:X::X:X/M [NAME]", "bgp (1-255) (1-255) (1-255)"]),
    (&[Ipv6], Always, "network", &["X:X::X:X/M [{route-map NAME|label-index (0-1048560)|backdoor}]"]),
    // Route maps.
    (&[RouteMap], Always, "description", &["LINE..."]),
    (&[RouteMap], Always, "call", &["NAME"]),
    (&[RouteMap], Always, "on-match", &["next", "goto (1-65535)"]),
    (&[RouteMap], Always, "match ip address", &["NAME", "prefix-list NAME", "prefix-len (0-32)"]),
    (&[RouteMap], Always, "match ipv6 address", &["NAME", "prefix-list NAME", "prefix-len (0-128)"]),
    (&[RouteMap], Always, "match metric", &["(0-4294967295)"]),
    (&[RouteMap], Always, "match local-preference", &["(0-4294967295)"]),
    (&[RouteMap], Always, "match as-path", &["NAME"]),
    (&[RouteMap], Always, "match community", &["NAME [exact-match]"]),
    (&[RouteMap], LATER, "match community", &["NAME any"]),
    (&[RouteMap], Always, "match tag", &["(1-4294967295)"]),
    (&[RouteMap], LATER, "match tag", &["untagged"]),
    (&[RouteMap], Always, "match rpki", &["<valid|invalid|notfound>"]),
    (
        &[RouteMap],
        Always,
        "match source-protocol",
        &["<kernel|connected|static|rip|ripng|ospf|ospf6|isis|bgp|eigrp|nhrp|table|vnc|babel|openfabric>"],
    ),
    (&[RouteMap], LATER, "match source-protocol", &["<local|table-direct>"]),
    (&[RouteMap], Always, "set metric", &["<(-4294967295-4294967295)|rtt|+rtt|-rtt>"]),
    (&[RouteMap], LATER, "set metric", &["<igp|aigp>"]),
    (&[RouteMap], Always, "set metric-type", &["<type-1|type-2>"]),
    (&[RouteMap], Always, "set local-preference", &["NAME"]),
    (&[RouteMap], Always, "set weight", &["(0-4294967295)"]),
    (&[RouteMap], Always, "set tag", &["(1-4294967295)"]),
    (&[RouteMap], LATER, "set tag", &["untagged"]),
    (&[RouteMap], Always, "set origin", &["<egp|igp|incomplete>"]),
    (&[RouteMap], Always, "set as-path prepend", &["ASN...", "last-as (1-10)"]),
    (&[RouteMap], Always, "set as-path exclude", &["ASN..."]),
    (&[RouteMap], LATER, "set as-path exclude", &["all", "as-path-access-list NAME"]),
    (&[RouteMap], Always, "set ip next-hop", &["<A.B.C.D|peer-address|unchanged>"]),
    (&[RouteMap], Always, "set community", &["LINE..."]),
    // BFD.
    (&[Bfd], Always, "profile", &["NAME"]),
    (
        &[Bfd],
        Always,
        "peer",
        &["<A.B.C.D|X:X::X:X> [{multihop|local-address <A.B.C.D|X:X::X:X>|interface NAME|vrf NAME}]"],
    ),
    (&[BfdSession], Always, "detect-multiplier", &["(2-255)"]),
    (&[BfdSession], LATER, "detect-multiplier", &["(1-255)"]),
    (&[BfdSession], Always, "receive-interval", &["(10-60000)"]),
    (&[BfdSession], LATER, "receive-interval", &["(10-4294967)"]),
    (&[BfdSession], Always, "transmit-interval", &["(10-60000)"]),
    (&[BfdSession], LATER, "transmit-interval", &["(10-4294967)"]),
    (&[BfdSession], Always, "echo-interval", &["(10-60000)"]),
    (&[BfdSession], LATER, "echo-interval", &["(10-4294967)"]),
    (&[BfdSession], Always, "minimum-ttl", &["(1-254)"]),
    // RPKI.
    (&[Rpki], Always, "rpki polling_period", &["(1-86400)"]),
    (&[Rpki], Always, "rpki expire_interval", &["(600-172800)"]),
    (&[Rpki], Always, "rpki retry_interval", &["(1-7200)"]),
];

struct Command {
    scopes: &'static [Scope],
    known: Known,
    head: Pattern,
    tails: Vec<Pattern>,
}

static COMMANDS: LazyLock<Vec<Command>> = LazyLock::new(|| {
    ROWS.iter()
        .map(|&(scopes, known, head, tails)| Command {
            scopes,
            known,
            head: Pattern::parse(head),
            tails: tails.iter().map(|tail| Pattern::parse(tail)).collect(),
        })
        .collect()
});

impl Command {
    fn holds(&self, version: FrrVersion) -> bool {
        match self.known {
            Always => true,
            NotIn(versions) => !versions.contains(&version),
        }
    }

    fn accepts(&self, words: &[&str], version: FrrVersion) -> bool {
        let dotted = version != FrrVersion::V8_4;
        self.head.ends(words, Spelling::Short, dotted).into_iter().any(|end| {
            let tail = words.get(end..).unwrap_or_default();
            self.tails.iter().any(|pattern| pattern.fits(tail, Spelling::Short, dotted))
        })
    }
}

/// Whether a row of the block or of a block around it takes the words; gives that block.
pub(super) fn accepted(scope: Scope, words: &[&str], version: FrrVersion) -> Option<Scope> {
    std::iter::successors(Some(scope), |scope| scope.parent()).find(|scope| {
        COMMANDS.iter().any(|c| c.scopes.contains(scope) && c.holds(version) && c.accepts(words, version))
    })
}

/// Whether the words begin like a command of the block or of a block around it, in any version.
pub(super) fn recognised(scope: Scope, words: &[&str]) -> bool {
    std::iter::successors(Some(scope), |scope| scope.parent()).any(|scope| heads(scope, words))
}

/// Whether the words begin like a command that lives only inside some block.
pub(super) fn belongs_inside(words: &[&str]) -> bool {
    [Bgp, Ipv4, Ipv6, RouteMap, Bfd, BfdSession, Rpki].into_iter().any(|scope| heads(scope, words))
}

fn heads(scope: Scope, words: &[&str]) -> bool {
    COMMANDS.iter().any(|c| c.scopes.contains(&scope) && !c.head.ends(words, Spelling::Full, true).is_empty())
}
