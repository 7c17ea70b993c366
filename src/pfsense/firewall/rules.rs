//! Would this traffic pass? The rules, evaluated as pf does.
//!
//! Order: what an interface drops by itself (private and reserved sources), floating rules, rules of
//! interface groups, rules of the interface. A rule with `quick` ends the search; rules of groups and
//! interfaces always have it. Where none ends it the last match without `quick` decides, and where
//! nothing matches the default deny does.

use std::net::IpAddr;

use super::{Aliases, Interface, Interfaces, Span, Truth};
use crate::pfsense::Value;

/// A protocol that is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

/// Traffic that comes in on an interface.
#[derive(Clone, Copy, Debug)]
pub struct Flow<'a> {
    /// `lan`, `opt1`, …
    pub interface: &'a str,
    /// Where it comes from.
    pub source: Span,
    /// Where it goes.
    pub destination: Span,
    /// Over what.
    pub protocol: Protocol,
    /// To which port; `None` where it is not known.
    pub port: Option<u16>,
}

/// What happens to traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is let through.
    Pass,
    /// It is dropped or rejected.
    Block,
    /// It depends on something that config.xml does not say.
    Unknown,
}

/// The verdict, and what made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What happens.
    pub verdict: Verdict,
    /// Which rule, in words.
    pub by: String,
    /// The gateway that the rule sends the traffic to, past the routing table.
    pub gateway: Option<String>,
    /// The schedule that the rule depends on.
    pub schedule: Option<String>,
    /// The rule tracks no TCP states, or loosely.
    pub loose: bool,
}

/// The rules of a firewall.
#[derive(Clone, Debug)]
pub struct Rules<'a> {
    interfaces: &'a Interfaces<'a>,
    aliases: Aliases<'a>,
    rules: Vec<(usize, &'a Value)>,
    off: bool,
}

/// RFC 1918, loopback and unique local addresses: what `blockpriv` drops.
const PRIVATE: [&str; 5] = ["10.0.0.0/8", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"];

/// Networks that are surely on the list behind `blockbogons`, which leaves out those of RFC 1918.
const BOGONS: [&str; 9] = [
    "0.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "192.0.2.0/24",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "240.0.0.0/4",
    "2001:db8::/32",
];

/// Clients take their own port from here on.
const FIRST_EPHEMERAL: u16 = 1024;

/// One possible end of the search.
struct Outcome {
    pass: bool,
    by: String,
    gateway: Option<String>,
    schedule: Option<String>,
    loose: bool,
}

impl<'a> Rules<'a> {
    /// Reads them from the root of a config.xml.
    pub fn new(config: &'a Value, interfaces: &'a Interfaces<'a>) -> Self {
        let rules = config.path("filter/rule").map_or(&[][..], Value::members);
        let mut rules: Vec<(usize, &Value)> =
            rules.iter().enumerate().filter(|(_, rule)| rule.get("disabled").is_none()).collect();
        rules.sort_by_key(|(_, rule)| match () {
            () if is_floating(rule) => 0,
            () if interfaces.is_group(rule.field("interface")) => 1,
            () => 2,
        });
        let off = config.path("system/disablefilter").is_some();
        Rules { interfaces, aliases: Aliases::new(config), rules, off }
    }

    /// The aliases that rules name.
    pub fn aliases(&self) -> &Aliases<'a> {
        &self.aliases
    }

    /// What happens to traffic that comes in.
    pub fn decide(&self, flow: &Flow<'_>) -> Decision {
        if self.off {
            return Outcome::plain(true, "the packet filter, which is switched off").decision();
        }
        let mut possible: Vec<Outcome> = Vec::new();
        let interface = self.interfaces.get(flow.interface);
        for (switched_on, nets, what) in [
            (interface.is_some_and(|i| i.block_private), &PRIVATE[..], "block private networks"),
            (interface.is_some_and(|i| i.block_bogons), &BOGONS[..], "block bogon networks"),
        ] {
            let spans: Vec<Span> = nets.iter().filter_map(|net| Span::parse(net)).collect();
            if switched_on && spans.iter().any(|span| span.covers(&flow.source)) {
                let title = interface.map_or(flow.interface, |interface| interface.title);
                return Outcome::plain(false, &format!("`{what}` of {title}")).decision();
            }
        }
        let mut last = Outcome::plain(false, "the default deny");
        let mut last_certain = true;
        for (number, rule) in &self.rules {
            let matches = self.matches(rule, flow);
            if matches == Truth::No || rule.field("type") == "match" {
                continue;
            }
            let outcome = outcome(*number, rule, self.interfaces.get(flow.interface));
            let quick = !is_floating(rule) || rule.get("quick").is_some();
            match (quick, matches) {
                (true, Truth::Yes) => {
                    possible.push(outcome);
                    return decide(possible);
                }
                (true, _) => possible.push(outcome),
                (false, Truth::Yes) => (last, last_certain) = (outcome, true),
                (false, _) => {
                    // Either this one or what came before decides in the end.
                    let before = std::mem::replace(&mut last, outcome);
                    if last_certain {
                        possible.push(before);
                    }
                    last_certain = false;
                }
            }
        }
        possible.push(last);
        decide(possible)
    }

    fn matches(&self, rule: &Value, flow: &Flow<'_>) -> Truth {
        if !self.on_interface(rule, flow.interface) {
            return Truth::No;
        }
        let ipv4 = flow.source.is_ipv4();
        let family = match rule.field("ipprotocol") {
            "inet46" => true,
            "inet6" => !ipv4,
            _ => ipv4,
        };
        let protocol = matches!(
            (rule.field("protocol"), flow.protocol),
            ("" | "any" | "tcp/udp", _) | ("tcp", Protocol::Tcp) | ("udp", Protocol::Udp)
        );
        if !(family && protocol) {
            return Truth::No;
        }
        let mut truth = self.end(rule.get("source"), &flow.source);
        truth = truth.and(self.end(rule.get("destination"), &flow.destination));
        truth = truth.and(self.ports(rule, flow));
        // Conditions that config.xml alone cannot decide.
        let conditional = ["os", "tagged", "sched", "tcpflags1", "tcpflags2", "vlanprio", "dscp"];
        if conditional.iter().any(|field| !matches!(rule.field(field), "" | "any" | "none")) {
            truth = truth.and(Truth::Maybe);
        }
        truth
    }

    fn on_interface(&self, rule: &Value, interface: &str) -> bool {
        let named = rule.field("interface");
        if !is_floating(rule) {
            return self.interfaces.is_member(interface, named);
        }
        let direction = !matches!(rule.field("direction"), "out");
        let any = matches!(named, "" | "any");
        direction && (any || named.split(',').any(|named| self.interfaces.is_member(interface, named.trim())))
    }

    fn ports(&self, rule: &Value, flow: &Flow<'_>) -> Truth {
        let source = rule.get("source").map_or("", |end| end.field("port"));
        let mut truth = match source {
            "" => Truth::Yes,
            text if self.aliases.reaches_port(text, FIRST_EPHEMERAL) => Truth::Maybe,
            _ => Truth::No,
        };
        let destination = rule.get("destination").map_or("", |end| end.field("port"));
        if !destination.is_empty() {
            truth = truth.and(match flow.port {
                Some(port) => self.aliases.has_port(destination, port),
                None => Truth::Maybe,
            });
        }
        truth
    }

    /// Whether one end of a rule holds one end of the traffic.
    fn end(&self, end: Option<&Value>, wanted: &Span) -> Truth {
        let Some(end) = end else { return Truth::Yes };
        let inside = if end.get("any").is_some() {
            Truth::Yes
        } else if !end.field("network").is_empty() {
            self.network(end.field("network"), wanted)
        } else if !end.field("address").is_empty() {
            match self.aliases.addresses(end.field("address")) {
                Some(addresses) => addresses.holds(wanted),
                // The rule cannot be loaded.
                None => return Truth::No,
            }
        } else {
            Truth::Yes
        };
        if end.get("not").is_some() { inside.negate() } else { inside }
    }

    /// The macros of the rule form: `(self)`, `lanip`, `lan`, a group, and networks that are written out.
    fn network(&self, text: &str, wanted: &Span) -> Truth {
        if text == "(self)" {
            return match wanted.first == wanted.last {
                true => self.interfaces.owns(wanted.first),
                false => Truth::Maybe,
            };
        }
        if let Some(interface) = self.interfaces.get(text) {
            return self.of_interface(interface, wanted, true);
        }
        if let Some(interface) = text.strip_suffix("ip").and_then(|name| self.interfaces.get(name)) {
            return self.of_interface(interface, wanted, false);
        }
        match self.aliases.addresses(text) {
            Some(addresses) => addresses.holds(wanted),
            None => Truth::Maybe,
        }
    }

    fn of_interface(&self, interface: &Interface<'_>, wanted: &Span, whole: bool) -> Truth {
        if !interface.enabled {
            return Truth::No;
        }
        let span = |address: IpAddr, net| if whole { Span::net(net) } else { Span::host(address) };
        let own: Vec<Span> = interface.addresses.iter().map(|(address, net)| span(*address, *net)).collect();
        if own.iter().any(|span| span.covers(wanted)) {
            return Truth::Yes;
        }
        // Whether virtual addresses are part of the macro depends on the release.
        let vips = self.interfaces.vips().iter().filter(|vip| vip.interface == interface.name);
        let mut vips = vips.map(|vip| span(vip.address, vip.net));
        let may_be = own.iter().any(|span| span.overlaps(wanted))
            || vips.any(|span| span.overlaps(wanted))
            || interface.is_dynamic(wanted.is_ipv4());
        if may_be { Truth::Maybe } else { Truth::No }
    }
}

fn is_floating(rule: &Value) -> bool {
    matches!(rule.get("floating").and_then(Value::as_text), Some(text) if text != "no")
}

fn outcome(number: usize, rule: &Value, interface: Option<&Interface<'_>>) -> Outcome {
    let descr = rule.field("descr");
    let place = match (is_floating(rule), interface) {
        (true, _) => "floating".to_owned(),
        (false, Some(interface)) => interface.title.to_owned(),
        (false, None) => rule.field("interface").to_owned(),
    };
    let name = match descr {
        "" => format!("rule {} ({place})", number + 1),
        descr => format!("rule `{descr}` ({place})"),
    };
    let filled = |field: &str| Some(rule.field(field)).filter(|text| !text.is_empty()).map(str::to_owned);
    Outcome {
        pass: rule.field("type") == "pass" || rule.field("type").is_empty(),
        by: name,
        gateway: filled("gateway").filter(|name| name != "default"),
        schedule: filled("sched"),
        loose: matches!(rule.field("statetype"), "none" | "sloppy state"),
    }
}

impl Outcome {
    fn plain(pass: bool, by: &str) -> Outcome {
        Outcome { pass, by: by.to_owned(), gateway: None, schedule: None, loose: false }
    }

    fn decision(self) -> Decision {
        Decision {
            verdict: if self.pass { Verdict::Pass } else { Verdict::Block },
            by: self.by,
            gateway: self.gateway,
            schedule: self.schedule,
            loose: self.loose,
        }
    }
}

/// The last outcome is the one that holds if none of the uncertain ones before it does.
fn decide(possible: Vec<Outcome>) -> Decision {
    let agreed = |test: &dyn Fn(&Outcome) -> bool| possible.iter().all(test);
    let (all_pass, none_passes) = (agreed(&|o| o.pass), agreed(&|o| !o.pass));
    let schedule = possible.iter().find(|o| o.pass).and_then(|o| o.schedule.clone());
    let same_gateway =
        possible.first().is_some_and(|first| possible.iter().all(|o| o.gateway == first.gateway));
    let loose = possible.iter().any(|o| o.loose);
    let Some(last) = possible.into_iter().next_back() else {
        return Outcome::plain(false, "the default deny").decision();
    };
    let verdict = match (all_pass, none_passes) {
        (true, _) => Verdict::Pass,
        (_, true) => Verdict::Block,
        _ => Verdict::Unknown,
    };
    let gateway = last.gateway.filter(|_| same_gateway);
    Decision { verdict, by: last.by, gateway, schedule, loose }
}
