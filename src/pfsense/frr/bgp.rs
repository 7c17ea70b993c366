//! The BGP block: instance, advanced options, and the families' own lines.
//!
//! What neighbors write, into the instance and into the families, is in `neighbors`.

use super::catalog::Catalog;
use super::entry::Entry;
use super::firewall::Firewall;
use super::judge::{self, Family};
use super::level::PackageLevel;
use super::lines::{Lines, line, put};
use super::sections::Sections;
use super::{neighbors, php};

/// The largest maximum of a multi-exit discriminator that FRR takes.
const LARGEST_MED: u64 = 4_294_967_294;

/// The lines of one address family, in the two parts the package keeps.
#[derive(Clone, Debug, Default)]
pub(super) struct FamilyLines {
    /// Up to the activations. Without them the family is not written at all.
    pub(super) before: Lines,
    /// What the neighbors add.
    pub(super) after: Lines,
}

/// Both families.
#[derive(Clone, Debug, Default)]
pub(super) struct Families {
    v4: FamilyLines,
    v6: FamilyLines,
}

impl Families {
    pub(super) fn of(&mut self, family: Family) -> &mut FamilyLines {
        match family {
            Family::V4 => &mut self.v4,
            Family::V6 => &mut self.v6,
        }
    }
}

/// The whole block of an enabled BGP.
pub(super) fn block(
    sections: Sections<'_>,
    firewall: &Firewall<'_>,
    catalog: &Catalog,
    level: PackageLevel,
    bgp: Entry<'_>,
) -> Lines {
    let mut out = Lines::default();
    let mut families = Families::default();
    let advanced = sections.first("frrbgpadvanced");

    // Without a valid AS the instance and the families' first lines are missing, and the rest is
    // written all the same.
    if judge::is_asn(bgp.text("asnum")) {
        instance(&mut out, sections, bgp);
        for family in Family::BOTH {
            family_options(&mut families.of(family).before, catalog, family, bgp, advanced);
        }
    }
    match advanced {
        Some(advanced) => advanced_options(&mut out, level, advanced),
        None => line!(out, " no bgp network import-check"),
    }
    neighbors::write(&mut out, &mut families, sections, firewall, catalog);
    for family in Family::BOTH {
        let lines = families.of(family);
        if !lines.before.is_empty() {
            line!(out, " address-family {} unicast", family.name());
            out.append(&lines.before);
            out.append(&lines.after);
            line!(out, " exit-address-family");
            line!(out, " !");
        }
    }
    out
}

fn instance(out: &mut Lines, sections: Sections<'_>, bgp: Entry<'_>) {
    line!(out, "router bgp {}", bgp.text("asnum"));
    flags(
        out,
        bgp,
        &[("adjacencylog", "bgp log-neighbor-changes"), ("nodefipv4unicast", "no bgp default ipv4-unicast")],
    );
    let fallback = sections.first("frr").map_or("", |frr| frr.text("routerid"));
    if let Some(id) = [bgp.text("routerid"), fallback].into_iter().find(|id| judge::is_ipv4(id)) {
        line!(out, " bgp router-id {id}");
    }
    flags(
        out,
        bgp,
        &[
            ("grglobaldisable", "bgp graceful-restart-disable"),
            // The field's name says the opposite of what it does.
            ("disablepreservefwstate", "bgp graceful-restart preserve-fw-state"),
        ],
    );
    for (field, timer, min, max) in [
        ("grstalepathtime", "stalepath-time", 1, 4095),
        ("grrestarttimetime", "restart-time", 1, 4095),
        ("grselectdefertime", "select-defer-time", 0, 3600),
        ("grribstaletime", "rib-stale-time", 1, 3600),
    ] {
        if let Some(seconds) = bgp.number(field, min, max) {
            line!(out, " bgp graceful-restart {timer} {seconds}");
        }
    }
    flags(out, bgp, &[("gsenable", "bgp graceful-shutdown")]);
    if bgp.on("shutdown") {
        put!(out, " bgp shutdown");
        if let Some(message) = bgp.filled("shutdownmessage") {
            put!(out, " message \"{message}\"");
        }
        out.end();
    }
    if let (Some(keepalive), Some(hold)) =
        (bgp.number("timers_keepalive", 0, 65535), bgp.number("timers_holdtime", 0, 65535))
    {
        line!(out, " timers bgp {keepalive} {hold}");
    }
    if let Some(delay) = bgp.number("timers_updatedelay", 0, 3600) {
        put!(out, " update-delay {delay}");
        if let Some(wait) =
            bgp.number("timers_peerwait", 1, 3600).filter(|wait| php::compare(wait, delay).is_le())
        {
            put!(out, " {wait}");
        }
        out.end();
    }
}

fn advanced_options(out: &mut Lines, level: PackageLevel, advanced: Entry<'_>) {
    if let Some(preference) = advanced.ulong("default_localpref", 0) {
        line!(out, " bgp default local-preference {preference}");
    }
    if let Some(time) = advanced.ulong("timers_coalesce", 1) {
        line!(out, " coalesce-time {time}");
    }
    if let Some(delay) = advanced.number("timers_routemapdelay", 0, 600) {
        line!(out, " bgp route-map delay-timer {delay}");
    }
    dampening(out, advanced);
    flags(out, advanced, &[("fastexternalfailover", "no bgp fast-external-failover")]);
    let import_check = if advanced.on("networkimportcheck") { "" } else { "no " };
    line!(out, " {import_check}bgp network import-check");
    flags(
        out,
        advanced,
        &[
            ("rejcectassetasconfedset", "bgp reject-as-sets"),
            ("routereflectorallowoutboundpolicy", "bgp route-reflector allow-outbound-policy"),
        ],
    );
    let cluster = advanced.text("routereflectorclusterid");
    if judge::is_ulong(cluster, 1) || judge::is_ipv4(cluster) {
        line!(out, " bgp cluster-id {cluster}");
    }
    flags(
        out,
        advanced,
        &[
            ("routereflectorclienttoclient", "no bgp client-to-client reflection"),
            ("meddeterministic", "bgp deterministic-med"),
            ("medalwayscompare", "bgp always-compare-med"),
        ],
    );
    max_med(out, advanced);
    if let Some(identifier) = advanced.ulong("confedas", 1) {
        line!(out, " bgp confederation identifier {identifier}");
    }
    let peers = advanced.text("confedpeers");
    if peers.split(' ').all(judge::is_asn) {
        line!(out, " bgp confederation peers {peers}");
    }
    best_path(out, advanced);
    flags(out, advanced, &[("disableebgpconnectedroutecheck", "bgp disable-ebgp-connected-route-check")]);
    let ticked = advanced.on("enforcefirstas");
    if ticked || (level >= PackageLevel::V2_1 && !advanced.has("enforcefirstas")) {
        line!(out, " bgp enforce-first-as");
    } else if level >= PackageLevel::V2_1 {
        line!(out, " no bgp enforce-first-as");
    }
    flags(out, advanced, &[("disableebgprequirepolicy", "no bgp ebgp-requires-policy")]);
    if let Some(packets) = advanced.number("subgrouppktqueuemax", 20, 100) {
        line!(out, " bgp default subgroup-pkt-queue-max {packets}");
    }
    if let Some(quanta) = advanced.number("writequanta", 1, 10000) {
        line!(out, " write-quanta {quanta}");
    }
}

/// Each value counts only if the one before it does.
fn dampening(out: &mut Lines, advanced: Entry<'_>) {
    let fields = [
        ("dampening_halflife", 45),
        ("dampening_reuse", 20000),
        ("dampening_suppress", 20000),
        ("dampening_suppressduration", 255),
    ];
    let values: Vec<&str> = fields.iter().map_while(|(field, max)| advanced.number(field, 1, *max)).collect();
    if !values.is_empty() {
        line!(out, " bgp dampening {}", values.join(" "));
    }
}

fn max_med(out: &mut Lines, advanced: Entry<'_>) {
    if advanced.on("maxmedadmin") {
        line!(out, " bgp max-med administrative");
    } else if let Some(med) = advanced.number("maxmedadminvalue", 0, LARGEST_MED) {
        line!(out, " bgp max-med administrative {med}");
    }
    if let Some(seconds) = advanced.number("maxmedstartup", 5, 86400) {
        put!(out, " bgp max-med on-startup {seconds}");
        if let Some(med) = advanced.number("maxmedstartupvalue", 0, LARGEST_MED) {
            put!(out, " {med}");
        }
        out.end();
    }
}

fn best_path(out: &mut Lines, advanced: Entry<'_>) {
    flags(
        out,
        advanced,
        &[
            ("bgpbestpathasconfed", "bgp bestpath as-path confed"),
            ("bgpbestpathasignore", "bgp bestpath as-path ignore"),
        ],
    );
    if advanced.on("bgpbestpathasmulti") {
        let set = if advanced.on("bgpbestpathasmultigenasset") { " as-set" } else { "" };
        line!(out, " bgp bestpath as-path multipath-relax{set}");
    }
    flags(out, advanced, &[("bgpbestpathcomparerouterid", "bgp bestpath compare-routerid")]);
    let confederation = if advanced.on("bgpbestpathmedconfed") { " confed" } else { "" };
    let missing = if advanced.on("bgpbestpathmedmissing") { " missing-as-worst" } else { "" };
    if !confederation.is_empty() || !missing.is_empty() {
        line!(out, " bgp bestpath med{confederation}{missing}");
    }
}

/// Lines of a family that belong to no neighbor.
fn family_options(
    out: &mut Lines,
    catalog: &Catalog,
    family: Family,
    bgp: Entry<'_>,
    advanced: Option<Entry<'_>>,
) {
    if let Some(advanced) = advanced {
        aggregates(out, family, advanced);
        distances(out, catalog, family, advanced);
        let map = advanced.text("tablemap");
        if catalog.route_maps.chosen(map) {
            line!(out, "  table-map {map}");
        }
    }
    redistributions(out, catalog, family, bgp);
    for row in bgp.rows() {
        let network = row.text("distributeroutevalue");
        if judge::subnet_family(network) == Some(family) {
            put!(out, "  network {network}");
            let map = row.text("distributeroutemap");
            if catalog.route_maps.chosen(map) {
                put!(out, "  route-map {map}");
            }
            out.end();
        }
    }
}

fn aggregates(out: &mut Lines, family: Family, advanced: Entry<'_>) {
    for row in advanced.rows() {
        let network = row.text("aggregateaddr");
        if judge::subnet_family(network) == Some(family) {
            let set = if row.on("aggregateasset") { " as-set" } else { "" };
            let summary = if row.on("aggregatesummaryonly") { " summary-only" } else { "" };
            line!(out, "  aggregate-address {network}{set}{summary}");
        }
    }
}

fn distances(out: &mut Lines, catalog: &Catalog, family: Family, advanced: Entry<'_>) {
    let prefix = advanced.text("distanceadminprefix");
    let distance = advanced.text("distanceadmin");
    // An IPv6 prefix writes the line whatever the distance is: `&&` binds tighter than `||` there.
    let wanted = family == Family::V6 || judge::in_range(distance, 1, 255);
    if wanted && judge::subnet_family(prefix) == Some(family) {
        put!(out, "  distance {distance} {prefix}");
        let list = advanced.text("distanceadminacl");
        if catalog.access_lists.chosen(list) {
            put!(out, "  {list}");
        }
        out.end();
    }
    let number = |field| advanced.number(field, 1, 255);
    if let (Some(external), Some(internal), Some(local)) =
        (number("bgpdistanceext"), number("bgpdistanceint"), number("bgpdistancelocal"))
    {
        line!(out, "  distance bgp {external} {internal} {local}");
    }
}

fn redistributions(out: &mut Lines, catalog: &Catalog, family: Family, bgp: Entry<'_>) {
    let sources = [
        ("connected", &Family::BOTH[..]),
        ("static", &Family::BOTH),
        ("kernel", &Family::BOTH),
        ("ospf", &[Family::V4]),
        ("ospf6", &[Family::V6]),
        ("rip", &[Family::V4]),
    ];
    for (source, families) in sources {
        if !families.contains(&family) {
            continue;
        }
        let choice = bgp.text(&format!("redistribute{source}"));
        if choice == family.name() || choice == "yes" {
            line!(out, "  redistribute {source}");
        } else if !matches!(choice, "no" | "ipv4" | "ipv6") && catalog.redistributions.has(choice) {
            line!(out, "  redistribute {source} route-map {choice}");
        }
    }
}

/// One line for each ticked box.
fn flags(out: &mut Lines, entry: Entry<'_>, boxes: &[(&str, &str)]) {
    for (field, words) in boxes {
        if entry.on(field) {
            line!(out, " {words}");
        }
    }
}

/// RPKI caches. Without a server nothing is written.
pub(super) fn rpki(sections: Sections<'_>, bgp: Entry<'_>) -> Lines {
    let mut out = Lines::default();
    let servers = sections.entries("frrbgprpkicacheservers");
    if !bgp.on("enablerpki") || servers.is_empty() {
        return out;
    }
    line!(out, "rpki");
    for (field, words) in [
        ("rpkipollingperiod", "polling_period"),
        ("rpkiexpireinterval", "expire_interval"),
        ("rpkiretryinterval", "retry_interval"),
    ] {
        if let Some(seconds) = bgp.filled(field) {
            line!(out, " rpki {words} {seconds}");
        }
    }
    for server in servers.iter().map(Entry) {
        put!(out, " rpki cache {} {}", server.text("cacheserver"), server.text("port"));
        for field in ["username", "privkeypath", "pubkeypath"] {
            if let Some(value) = server.filled(field) {
                put!(out, " {value}");
            }
        }
        line!(out, " preference {}", server.text("preference"));
    }
    out
}
