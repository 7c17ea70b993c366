//! Networks made for tests: a declaration and both live sides as an apply leaves them.

use serde_json::{Value, json};

use crate::check;
use crate::compile::{Facts, Target, compile, wire};
use crate::declaration;
use crate::finding::{Finding, Severity};
use crate::intent::{self, Intent};
use crate::metallb::AnyObject;
use crate::observed::cluster::{Raw, kube_system_uid};
use crate::observed::{
    ClusterState, FrrState, LiveObject, MetallbFacts, ObjectKey, Observed, PfsenseFacts, PfsenseState,
    RouterState,
};
use crate::pfsense::xml::{Era, apply_to_value};
use crate::plan;

/// What a network is like.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    pub(super) nodes: usize,
    pub(super) backend: &'static str,
    pub(super) dual: bool,
    pub(super) ibgp: bool,
    pub(super) bfd: bool,
    pub(super) md5: bool,
    pub(super) pair: bool,
    pub(super) l2: bool,
    pub(super) pools: usize,
    pub(super) aggregate: bool,
    pub(super) plain_frr: bool,
    pub(super) rules: usize,
    pub(super) clients: bool,
    pub(super) limit: bool,
}

impl Shape {
    /// Two nodes, one firewall, one pool.
    pub(super) fn simple() -> Shape {
        Shape {
            nodes: 2,
            backend: "native",
            dual: false,
            ibgp: false,
            bfd: false,
            md5: false,
            pair: false,
            l2: false,
            pools: 1,
            aggregate: false,
            plain_frr: false,
            rules: 0,
            clients: false,
            limit: false,
        }
    }

    /// One of many, the same for the same number.
    pub(super) fn random(number: u64) -> Shape {
        let mut dice = Dice(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let backend = ["native", "frr", "frr-k8s"][dice.below(3)];
        let frr = backend != "native";
        let plain_frr = dice.below(6) == 0;
        Shape {
            nodes: 1 + dice.below(4),
            backend,
            dual: frr && dice.below(2) == 0,
            ibgp: dice.below(4) == 0,
            bfd: frr && dice.below(2) == 0,
            md5: dice.below(3) == 0,
            pair: !plain_frr && dice.below(4) == 0,
            l2: dice.below(4) == 0,
            pools: 1 + dice.below(3),
            aggregate: dice.below(5) == 0,
            plain_frr,
            rules: dice.below(RULES),
            clients: dice.below(3) == 0,
            limit: dice.below(4) == 0,
        }
    }
}

/// SplitMix64: short, and good enough for shapes.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % bound as u64).expect("below the bound")
    }
}

/// Ways to let the nodes in.
pub(super) const RULES: usize = 7;

/// A network with its live sides, all of them to be changed by tests.
#[derive(Clone)]
pub(super) struct Lab {
    pub(super) declaration: String,
    pub(super) routers: Vec<(String, Value)>,
    pub(super) frr: Vec<(String, String)>,
    pub(super) cluster: Vec<Value>,
}

const PASSWORD: &str = "correct-horse";

impl Lab {
    /// Both sides as an apply leaves them.
    pub(super) fn healthy(shape: &Shape) -> Lab {
        let mut lab = Lab::bare(shape);
        let intent = lab.intent();
        let observed = lab.observed();
        let mut facts = plan::facts::facts(&intent, &observed);
        for peer in intent.peers.iter().filter(|peer| peer.password.is_some()) {
            facts.passwords.insert(peer.name.value.clone(), PASSWORD.to_owned().into());
        }
        let compiled = compile(&intent, &facts);
        let options = plan::Options {
            vty_password: Some("vty".to_owned().into()),
            identity: facts.identity.clone(),
            ..plan::Options::default()
        };
        let difference = plan::difference(&compiled.desired, &observed, &options);
        assert!(difference.refusals.is_empty(), "{shape:?}: {:?}", difference.refusals);
        for router in &difference.routers {
            match (&router.write, observed.router(&router.path)) {
                (plan::RouterChange::Pfsense(edits), Some(RouterState::Pfsense(state))) => {
                    let after = apply_to_value(&state.config, edits).expect("edits that fit");
                    let slot = lab.routers.iter_mut().find(|(path, _)| *path == router.path);
                    slot.expect("the router").1 = serde_json::to_value(&after).expect("writes");
                }
                (plan::RouterChange::Frr(text), _) => {
                    let slot = lab.frr.iter_mut().find(|(path, _)| *path == router.path);
                    slot.expect("the router").1.clone_from(text);
                }
                _ => panic!("another kind of router"),
            }
        }
        let objects = compiled.desired.cluster.objects.iter();
        lab.cluster.extend(objects.map(|object| wire(&object.object).expect("writes")));
        lab
    }

    /// A declaration, and live sides on which nothing of it was set up.
    pub(super) fn bare(shape: &Shape) -> Lab {
        let members: Vec<(String, u8)> = match shape.pair {
            true => vec![("fw/a".into(), 2), ("fw/b".into(), 3)],
            false => vec![("fw".into(), 1)],
        };
        let mut lab = Lab {
            declaration: declaration_of(shape),
            routers: Vec::new(),
            frr: Vec::new(),
            cluster: cluster_of(shape),
        };
        for (path, number) in members {
            match shape.plain_frr {
                true => lab.frr.push((path, String::new())),
                false => lab.routers.push((path, firewall_of(shape, number))),
            }
        }
        lab
    }

    pub(super) fn intent(&self) -> Intent {
        let loaded = declaration::load([("n.yaml".to_owned(), self.declaration.as_bytes().to_vec())]);
        let resolution = intent::resolve(
            loaded
                .documents
                .first()
                .unwrap_or_else(|| panic!("a document: {:?}\n{}", loaded.findings, self.declaration)),
        );
        resolution.intent.unwrap_or_else(|| panic!("{:?}\n{}", resolution.findings, self.declaration))
    }

    pub(super) fn observed(&self) -> Observed {
        let objects: Vec<LiveObject> = self.cluster.iter().map(live).collect();
        let values: Vec<Value> = self.cluster.clone();
        let mut routers: Vec<(String, RouterState)> = Vec::new();
        for (path, config) in &self.routers {
            let config = serde_json::from_value(config.clone()).expect("a configuration");
            let facts = PfsenseFacts::of(&config, Era::Html);
            let state = PfsenseState { bytes: Vec::new(), config, facts, redacted: false, runtime: None };
            routers.push((path.clone(), RouterState::Pfsense(Box::new(state))));
        }
        for (path, text) in &self.frr {
            routers.push((path.clone(), RouterState::Frr(FrrState::new(text.clone(), false))));
        }
        let cluster = ClusterState {
            objects,
            metallb: MetallbFacts::of(&values),
            uid: kube_system_uid(&values),
            redacted: false,
            revision: String::new(),
            ..ClusterState::default()
        };
        Observed { cluster: Some(cluster), routers, others: Vec::new() }
    }

    /// Everything that `check --live` finds.
    pub(super) fn check(&self) -> Vec<Finding> {
        let loaded = declaration::load([("n.yaml".to_owned(), self.declaration.as_bytes().to_vec())]);
        let resolution = intent::resolve(&loaded.documents[0]);
        let mut findings = resolution.findings;
        let Some(intent) = resolution.intent else { return findings };
        let observed = self.observed();
        let facts: Facts = plan::facts::facts(&intent, &observed);
        let compiled = compile(&intent, &facts);
        findings.extend(compiled.findings.iter().filter(|f| f.rule != "password-unknown").cloned());
        let cluster = &compiled.desired.cluster;
        let target = Target {
            version: cluster.version,
            backend: cluster.backend,
            namespace: cluster.namespace.clone(),
        };
        findings.extend(check::declaration(&intent, &target));
        findings.extend(super::super::live(&intent, &compiled.desired, &observed));
        check::without_repetitions(findings)
    }

    /// What an apply would do.
    pub(super) fn difference(&self) -> plan::Difference {
        let (intent, observed) = (self.intent(), self.observed());
        let facts = plan::facts::facts(&intent, &observed);
        let options = plan::Options { identity: facts.identity.clone(), ..plan::Options::default() };
        plan::difference(&compile(&intent, &facts).desired, &observed, &options)
    }

    /// What is worse than a remark, as `code: message`.
    pub(super) fn complaints(&self) -> Vec<String> {
        let worse = self.check().into_iter().filter(|finding| finding.severity > Severity::Info);
        worse.map(|finding| format!("{}: {}", finding.rule, finding.message)).collect()
    }

    /// A value inside the first firewall, made where it is not there.
    pub(super) fn firewall(&mut self, pointer: &str) -> &mut Value {
        into(&mut self.routers[0].1, pointer)
    }

    /// A section's entries of the FRR package on the first firewall.
    pub(super) fn package(&mut self, section: &str) -> &mut Vec<Value> {
        let entries = self.firewall(&format!("/installedpackages/{section}/config"));
        entries.as_array_mut().expect("entries")
    }

    /// An object of the cluster.
    pub(super) fn object(&mut self, kind: &str, name: &str) -> &mut Value {
        let found = self
            .cluster
            .iter_mut()
            .find(|object| object["kind"] == kind && object["metadata"]["name"] == name);
        found.unwrap_or_else(|| panic!("{kind} {name}"))
    }

    pub(super) fn declare(&mut self, from: &str, to: &str) {
        assert!(self.declaration.contains(from), "{from:?} is not in\n{}", self.declaration);
        self.declaration = self.declaration.replacen(from, to, 1);
    }
}

fn into<'v>(value: &'v mut Value, pointer: &str) -> &'v mut Value {
    pointer.split('/').skip(1).fold(value, |value, step| match step.parse::<usize>() {
        Ok(index) => &mut value[index],
        Err(_) => &mut value[step],
    })
}

fn live(value: &Value) -> LiveObject {
    let object = AnyObject::from_value(value).expect("an object");
    LiveObject {
        key: ObjectKey::of(&object),
        object,
        raw: Raw(value.clone()),
        origin: "cluster.yaml".into(),
        revision: String::new(),
    }
}

fn declaration_of(shape: &Shape) -> String {
    use std::fmt::Write as _;
    let mut text = String::from(
        "apiVersion: metalsense.dev/v1alpha1\nkind: Network\nmetadata: { name: lab }\nspec:\n  cluster:\n    asn: 64500\n",
    );
    writeln!(text, "    metallb: {{ version: 0.15.2, backend: {} }}\n  nodes:", shape.backend)
        .expect("writes");
    for node in 1..=shape.nodes {
        let v6 = if shape.dual { format!(", \"2001:db8:20::{}\"", 10 + node) } else { String::new() };
        writeln!(text, "    - {{ name: node{node}, addresses: [10.20.0.{}{v6}] }}", 10 + node)
            .expect("writes");
    }
    if shape.bfd {
        text.push_str("  bfdProfiles:\n    steady: { receiveInterval: 400, transmitInterval: 400, detectMultiplier: 3 }\n");
    }
    let asn = if shape.ibgp { 64500 } else { 64501 };
    writeln!(text, "  peers:\n    - name: fw\n      asn: {asn}").expect("writes");
    let own = |number: u8| match shape.dual {
        true => format!("addresses: [10.20.0.{number}, \"2001:db8:20::{number}\"]"),
        false => format!("addresses: [10.20.0.{number}]"),
    };
    if shape.bfd {
        text.push_str("      bfd: steady\n");
    }
    if shape.md5 {
        text.push_str("      password: { env: BGP }\n");
    }
    if shape.limit {
        text.push_str("      maxPrefixes: { limit: 1000000, action: stop }\n");
    }
    match (shape.pair, shape.plain_frr) {
        (true, _) => writeln!(
            text,
            "      pfsense:\n        members:\n          - {{ name: a, {} }}\n          - {{ name: b, {} }}",
            own(2),
            own(3)
        ),
        (false, true) => writeln!(
            text,
            "      {}\n      routerID: 10.20.0.1\n      frr: {{ ssh: {{ host: r.example.net }} }}",
            own(1)
        ),
        (false, false) => writeln!(text, "      {}\n      pfsense: {{}}", own(1)),
    }
    .expect("writes");
    text.push_str("  pools:\n");
    let local = if shape.ibgp { "localPref: 100, " } else { "" };
    for pool in 1..=shape.pools {
        let v6 = if shape.dual { format!(", \"2001:db8:60:{pool}::/112\"") } else { String::new() };
        let (range, length) = match (shape.aggregate, pool % 2) {
            (true, _) => (format!("10.60.{pool}.0/24"), "aggregationLength: 28, "),
            (false, 0) => (format!("10.60.{pool}.10-10.60.{pool}.99"), ""),
            (false, _) => (format!("10.60.{pool}.0/24"), ""),
        };
        writeln!(
            text,
            "    - name: pool{pool}\n      addresses: [{range}{v6}]\n      avoidBuggyIPs: true\n      advertise: [{{ {local}{length}name: ad{pool} }}]"
        )
        .expect("writes");
    }
    if shape.l2 {
        text.push_str("    - { name: beside, addresses: [10.20.0.200-10.20.0.219], l2: [{}] }\n");
    }
    if shape.clients {
        text.push_str("  subnets:\n    - { name: people, cidr: 192.168.2.0/24, role: clients }\n    - { name: nodes, cidr: 10.20.0.0/24, role: nodes }\n");
    }
    text
}

fn cluster_of(shape: &Shape) -> Vec<Value> {
    let mut objects: Vec<Value> = ["default", "kube-system", "metallb-system"]
        .iter()
        .map(|name| json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "uid": format!("uid-{name}")}}))
        .collect();
    for node in 1..=shape.nodes {
        let mut addresses = vec![json!({"type": "InternalIP", "address": format!("10.20.0.{}", 10 + node)})];
        if shape.dual {
            addresses.push(json!({"type": "InternalIP", "address": format!("2001:db8:20::{}", 10 + node)}));
        }
        addresses.push(json!({"type": "Hostname", "address": format!("node{node}")}));
        objects.push(json!({"apiVersion": "v1", "kind": "Node",
            "metadata": {"name": format!("node{node}"), "labels": {"kubernetes.io/hostname": format!("node{node}")}},
            "spec": {"podCIDR": format!("10.42.{node}.0/24")},
            "status": {"addresses": addresses, "nodeInfo": {"kubeletVersion": "v1.34.1"},
                "conditions": [{"type": "NetworkUnavailable", "status": "False"}, {"type": "Ready", "status": "True"}]}}));
    }
    for (kind, program) in [("Deployment", "controller"), ("DaemonSet", "speaker")] {
        objects.push(json!({"apiVersion": "apps/v1", "kind": kind,
            "metadata": {"name": program, "namespace": "metallb-system"},
            "spec": {"template": {"spec": {"containers": [{"name": program,
                "image": format!("quay.io/metallb/{program}:v0.15.2"),
                "args": ["--port=7472"],
                "env": [{"name": "METALLB_BGP_TYPE", "value": shape.backend}]}]}}}}));
    }
    objects.push(
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "default"},
        "spec": {"type": "LoadBalancer", "selector": {"app": "web"}},
        "status": {"loadBalancer": {"ingress": [{"ip": "10.60.1.20"}]}}}),
    );
    objects.push(json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
        "metadata": {"name": "web-x", "namespace": "default", "labels": {"kubernetes.io/service-name": "web"}},
        "endpoints": [{"addresses": ["10.42.1.9"], "conditions": {"ready": true}, "nodeName": "node1"}]}));
    objects
}

/// A firewall with an uplink, clients and nodes; everything about FRR is left to an apply.
fn firewall_of(shape: &Shape, number: u8) -> Value {
    let vips = match shape.pair {
        true => json!({"vip": [
            {"mode": "carp", "interface": "lan", "uniqid": format!("c{number}1"), "subnet": "192.168.2.254", "subnet_bits": "24"},
            {"mode": "carp", "interface": "opt1", "uniqid": format!("c{number}2"), "subnet": "10.20.0.254", "subnet_bits": "24"}]}),
        false => json!(""),
    };
    let mut config = json!({
        "version": "23.9",
        "system": {"hostname": "fw", "domain": "example.net"},
        "interfaces": {
            "wan": {"enable": "", "if": "igc0", "descr": "WAN", "ipaddr": format!("203.0.113.{number}"), "subnet": "29", "gateway": "WANGW", "blockpriv": "", "blockbogons": ""},
            "lan": {"enable": "", "if": "igc1", "descr": "LAN", "ipaddr": format!("192.168.2.{number}"), "subnet": "24",
                "ipaddrv6": format!("2001:db8:2::{number}"), "subnetv6": "64"},
            "opt1": {"enable": "", "if": "igc2", "descr": "K8S", "ipaddr": format!("10.20.0.{number}"), "subnet": "24",
                "ipaddrv6": format!("2001:db8:20::{number}"), "subnetv6": "64"},
            "opt2": {"enable": "", "if": "igc3", "descr": "IOT", "ipaddr": format!("192.168.3.{number}"), "subnet": "24"}},
        "ifgroups": {"ifgroupentry": [{"ifname": "INSIDE", "members": "lan opt1"}]},
        "virtualip": vips,
        "aliases": {"alias": [
            {"name": "NODES", "type": "network", "address": "10.20.0.8/29 10.20.0.16/28 2001:db8:20::/64"},
            {"name": "ROUTING", "type": "port", "address": "179 3784:3785"},
            {"name": "RFC1918", "type": "network", "address": "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16"}]},
        "gateways": {"gateway_item": [
            {"name": "WANGW", "interface": "wan", "gateway": "203.0.113.6", "ipprotocol": "inet"},
            {"name": "LTE", "interface": "wan", "gateway": "203.0.113.5", "ipprotocol": "inet"}], "defaultgw4": "WANGW"},
        "staticroutes": {"route": [{"network": "172.31.0.0/16", "gateway": "WANGW"}]},
        "dhcpd": {"lan": {"enable": "", "range": {"from": "192.168.2.100", "to": "192.168.2.199"}},
            "opt1": {"range": {"from": "10.20.0.10", "to": "10.20.0.20"}}},
        "openvpn": {"openvpn-server": [{"vpnid": "1", "description": "road", "tunnel_network": "10.8.0.0/24", "local_network": "10.60.0.0/16"}]},
        "nat": {"outbound": {"mode": "automatic"},
            "rule": [{"target": "10.60.1.20", "descr": "web", "interface": "wan", "destination": {"network": "wanip", "port": "443"}}]},
        "filter": {"rule": rules_of(shape.rules)},
        "installedpackages": {"package": [{"name": "frr", "version": "2.0.2_6"}]}});
    if shape.pair {
        config["hasync"] = json!({"pfsyncenabled": "on", "synchronizetoip": ""});
    }
    config
}

fn rules_of(kind: usize) -> Value {
    let rule = |interface: &str, more: Value| {
        let mut rule = json!({"type": "pass", "interface": interface, "ipprotocol": "inet46",
            "source": {"any": ""}, "destination": {"any": ""}});
        for (key, value) in more.as_object().expect("fields") {
            rule[key.as_str()] = value.clone();
        }
        rule
    };
    let clients = [
        rule(
            "lan",
            json!({"source": {"network": "lan"}, "descr": "LAN to pools", "destination": {"address": "RFC1918"}}),
        ),
        rule("lan", json!({"source": {"network": "lan"}, "descr": "LAN to pools", "ipprotocol": "inet6"})),
        rule("lan", json!({"source": {"network": "lan"}, "descr": "LAN over LTE", "gateway": "LTE"})),
        rule(
            "opt2",
            json!({"type": "block", "descr": "IOT stays out", "destination": {"address": "RFC1918"}}),
        ),
        rule("opt2", json!({"descr": "IOT to any"})),
    ];
    let nodes = match kind {
        0 => vec![rule("opt1", json!({"source": {"network": "opt1"}, "descr": "K8S to any"}))],
        1 => vec![
            rule(
                "opt1",
                json!({"protocol": "tcp", "source": {"address": "NODES"}, "destination": {"network": "opt1ip", "port": "179"}}),
            ),
            rule(
                "opt1",
                json!({"protocol": "udp", "source": {"address": "NODES"}, "destination": {"network": "opt1ip", "port": "3784-3785"}}),
            ),
            rule("opt1", json!({"type": "block"})),
        ],
        2 => vec![
            rule(
                "opt1,opt2",
                json!({"floating": "yes", "quick": "yes", "direction": "in", "protocol": "tcp/udp", "destination": {"network": "(self)", "port": "ROUTING"}}),
            ),
            rule("opt1", json!({"type": "block"})),
        ],
        3 => vec![rule(
            "INSIDE",
            json!({"protocol": "tcp/udp", "source": {"address": "NODES"}, "destination": {"network": "(self)"}}),
        )],
        4 => vec![
            rule(
                "opt1",
                json!({"protocol": "tcp/udp", "destination": {"network": "opt1", "port": "ROUTING"}}),
            ),
            rule("opt1", json!({"type": "reject", "destination": {"address": "RFC1918"}})),
            rule("opt1", json!({})),
        ],
        5 => vec![
            rule("opt1", json!({"type": "block", "disabled": "", "descr": "old"})),
            rule("opt1", json!({"type": "block", "source": {"address": "NODES", "not": ""}})),
            rule("opt1", json!({"source": {"address": "NODES"}})),
        ],
        _ => {
            vec![rule("any", json!({"floating": "yes", "direction": "any", "source": {"address": "NODES"}}))]
        }
    };
    Value::Array(clients.into_iter().chain(nodes).collect())
}
