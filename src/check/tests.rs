//! Healthy and unhealthy declarations: which code, and at which text.

use std::collections::BTreeMap;

use super::*;
use crate::declaration::{self, types::SeverityLevel};
use crate::finding::Severity;
use crate::intent::{self, Policy};
use crate::metallb::{Backend, Version};

const HEAD: &str = "apiVersion: metalsense.dev/v1alpha1\nkind: Network\nmetadata: { name: lab }\nspec:\n";

const BASE: &str = "
  cluster: { asn: 64500 }
  nodes:
    - { name: n1, address: 192.168.4.10 }
    - { name: n2, address: 192.168.4.20, labels: { zone: b } }
  peers:
    - { name: fw, asn: 64501, address: 192.168.4.1, pfsense: {} }
    - { name: theirs, asn: 64502, address: 192.168.4.2, unmanaged: {} }
  pools:
    - name: web
      addresses: [192.168.32.1-192.168.32.200]
      advertise: [{ name: web }]
  subnets:
    - { name: servers, cidr: 192.168.4.0/24, role: nodes }
";

struct Checked {
    text: String,
    policy: Policy,
    findings: Vec<Finding>,
}

impl Checked {
    fn summary(&self) -> Vec<String> {
        summary(&self.text, &self.findings)
    }
}

fn summary(text: &str, findings: &[Finding]) -> Vec<String> {
    findings
        .iter()
        .map(|f| format!("{}[{}] {}", f.severity, f.rule, &text[f.place.expect("a place").range()]))
        .collect()
}

fn check(edits: &[(&str, &str)], backend: Backend) -> Checked {
    let text = edits.iter().fold(format!("{HEAD}{BASE}"), |text, (from, to)| {
        assert!(text.contains(from), "the base has no {from:?}");
        text.replacen(from, to, 1)
    });
    let loaded = declaration::load([("n.yaml".to_owned(), text.as_bytes().to_vec())]);
    assert_eq!(loaded.findings, []);
    let resolution = intent::resolve(&loaded.documents[0]);
    let errors: Vec<_> = resolution.findings.iter().filter(|f| f.severity == Severity::Error).collect();
    assert!(errors.is_empty(), "{edits:?}: {errors:?}");
    let target = Target { version: Version::V0_15_2, backend, namespace: "metallb-system".into() };
    let intent = resolution.intent.expect("resolved");
    // Every peer without a hold time has that remark, which has a test of its own.
    let mut findings = declaration(&intent, &target);
    findings.retain(|finding| {
        finding.rule != "hold-time-default" || edits.iter().any(|e| e.1.contains("noticed"))
    });
    Checked { text, policy: resolution.policy, findings }
}

#[track_caller]
fn raises(edits: &[(&str, &str)], backend: Backend, expected: &[&str]) {
    assert_eq!(check(edits, backend).summary(), expected, "{edits:?}");
}

#[test]
fn the_base_raises_nothing() {
    for backend in Backend::ALL {
        raises(&[], backend, &[]);
    }
}

#[test]
fn addresses() {
    let pool = |to: &'static str| [("192.168.32.1-192.168.32.200", to)];
    let native = Backend::Native;
    raises(&pool("192.168.32.0/24"), native, &["info[pool-buggy-ips] 192.168.32.0/24"]);
    raises(
        &[pool("192.168.32.0/24")[0], ("addresses: [", "avoidBuggyIPs: true\n      addresses: [")],
        native,
        &[],
    );
    raises(
        &pool("192.168.4.200-192.168.4.210"),
        native,
        &["warning[pool-on-connected-subnet] 192.168.4.200-192.168.4.210"],
    );
    // Without BGP it is what L2 is for; with both it works on either side.
    raises(
        &[pool("192.168.4.200-192.168.4.210")[0], ("advertise: [{ name: web }]", "l2: [{}]")],
        native,
        &[],
    );
    raises(
        &[
            pool("192.168.4.200-192.168.4.210")[0],
            ("advertise: [{ name: web }]", "advertise: [{}]\n      l2: [{ name: web }]"),
        ],
        native,
        &["info[pool-l2-and-bgp] { name: web }"],
    );
    raises(
        &[pool("192.168.4.200-192.168.4.210")[0], ("role: nodes", "role: clients")],
        native,
        &["warning[pool-on-connected-subnet] 192.168.4.200-192.168.4.210"],
    );
    raises(&[pool("192.168.4.200-192.168.4.210")[0], (", role: nodes", "")], native, &[]);
    let discover = ("subnets:\n", "discover: { subnets: [192.168.32.0/22] }\n  subnets:\n");
    raises(&[discover], native, &["warning[pool-on-connected-subnet] 192.168.32.1-192.168.32.200"]);
}

#[test]
fn announcing() {
    let frr = Backend::Frr;
    raises(&[("      advertise: [{ name: web }]\n", "")], frr, &["warning[pool-unadvertised] web"]);
    raises(
        &[("{ name: web }", "{ name: web, nodes: { matchLabels: { zone: c } } }")],
        frr,
        &["warning[selector-selects-nothing] { name: web, nodes: { matchLabels: { zone: c } } }"],
    );
    raises(
        &[("address: 192.168.4.1,", "nodes: { matchLabels: { zone: c } }, address: 192.168.4.1,")],
        frr,
        &["warning[selector-selects-nothing] fw"],
    );
    let discover = ("subnets:\n", "discover: { subnets: [192.168.4.0/24] }\n  subnets:\n");
    raises(&[("{ name: web }", "{ name: web, nodes: { matchLabels: { zone: c } } }"), discover], frr, &[]);
    let apart = ("address: 192.168.4.1,", "nodes: { names: [n1] }, address: 192.168.4.1,");
    raises(
        &[apart, ("{ name: web }", "{ name: web, peers: [fw], nodes: { names: [n2] } }")],
        frr,
        &["warning[selectors-never-meet] { name: web, peers: [fw], nodes: { names: [n2] } }"],
    );
    raises(&[apart, ("{ name: web }", "{ name: web, nodes: { names: [n2] } }")], frr, &[]);
    raises(
        &[
            ("192.168.32.1-192.168.32.200", "192.168.32.16/28"),
            ("{ name: web }", "{ name: web, aggregationLength: 28 }"),
        ],
        frr,
        &["info[aggregate-hides-local] 28"],
    );
    raises(
        &[
            ("192.168.32.1-192.168.32.200", "192.168.32.16/28"),
            ("{ name: web }", "{ name: web, aggregationLength: 28, nodes: { names: [n2] } }"),
        ],
        frr,
        &[],
    );
    let ipv6 = ("192.168.32.1-192.168.32.200", "192.168.32.1-192.168.32.200, \"2001:db8:32::/64\"");
    raises(&[ipv6], frr, &["warning[pool-family-unheard] \"2001:db8:32::/64\""]);
    // The native backend refuses such a pool, which its judge says.
    raises(&[ipv6], Backend::Native, &[]);
}

#[test]
fn preference() {
    let ibgp = [("asn: 64501", "asn: 64500"), ("asn: 64502", "asn: 64500")];
    raises(
        &[("{ name: web }", "{ name: web, localPref: 50 }")],
        Backend::Frr,
        &["warning[local-pref-without-effect] 50"],
    );
    raises(&[ibgp[0], ("{ name: web }", "{ name: web, localPref: 50 }")], Backend::Frr, &[]);
    raises(&ibgp, Backend::Frr, &[]);
    raises(&ibgp, Backend::Native, &["warning[local-pref-zero] { name: web }"]);
    raises(&[ibgp[0], ibgp[1], ("{ name: web }", "{ name: web, localPref: 100 }")], Backend::Native, &[]);
    raises(&[ibgp[0], ("{ name: web }", "{ name: web, peers: [theirs] }")], Backend::Native, &[]);
    raises(
        &[ibgp[0], ("{ name: web }", "{ name: web, nodes: { names: [n2] } }")],
        Backend::Native,
        &["warning[local-pref-zero] { name: web, nodes: { names: [n2] } }"],
    );
}

#[test]
fn sessions() {
    let native = Backend::Native;
    raises(&[("asn: 64501,", "asn: 64501, holdTime: 0s,")], native, &["warning[peer-hold-zero] 0s"]);
    let away = ("address: 192.168.4.1,", "address: 10.9.9.1,");
    raises(&[away], native, &["warning[peer-needs-multihop] 10.9.9.1"]);
    raises(&[away, ("asn: 64501,", "asn: 64501, multihop: true,")], native, &[]);
    raises(
        &[away, ("asn: 64501,", "asn: 64500,"), ("{ name: web }", "{ name: web, localPref: 100 }")],
        native,
        &[],
    );
    // Nothing is certain without the subnet of the nodes.
    raises(&[away, (", role: nodes", "")], native, &[]);
    raises(
        &[
            away,
            ("192.168.4.0/24", "192.168.4.16/28"),
            ("192.168.4.10", "192.168.9.10"),
            ("192.168.4.20", "192.168.9.20"),
        ],
        native,
        &[],
    );
}

#[test]
fn routers_of_others() {
    let native = Backend::Native;
    raises(
        &[("unmanaged: {}", "unmanaged: { md5: true }")],
        native,
        &["warning[unmanaged-md5-differs] true"],
    );
    raises(
        &[("unmanaged: {}", "password: { env: P }, unmanaged: { md5: false }")],
        native,
        &["warning[unmanaged-md5-differs] false"],
    );
    raises(&[("unmanaged: {}", "password: { env: P }, unmanaged: { md5: true }")], native, &[]);
    raises(
        &[("unmanaged: {}", "unmanaged: { bfd: true }")],
        native,
        &["warning[unmanaged-bfd-differs] true"],
    );
    raises(
        &[("unmanaged: {}", "unmanaged: { multihop: true }")],
        native,
        &["warning[unmanaged-multihop-differs] true"],
    );
    raises(
        &[("unmanaged: {}", "unmanaged: { accepts: [192.168.32.0/25] }")],
        native,
        &["warning[unmanaged-does-not-accept] 192.168.32.0/25"],
    );
    raises(&[("unmanaged: {}", "unmanaged: { accepts: [192.168.32.0/25, 192.168.32.128/25] }")], native, &[]);
    raises(
        &[
            ("unmanaged: {}", "unmanaged: { accepts: [10.0.0.0/8] }"),
            ("{ name: web }", "{ name: web, peers: [fw] }"),
        ],
        native,
        &[],
    );
}

fn with_policy(policy: &str, overrides: &[(&str, SeverityLevel)]) -> Vec<String> {
    let policy = format!("subnets:\n    - {{ name: x, cidr: 10.0.0.0/8 }}\n  policy: {policy}\n#");
    let checked = check(
        &[("192.168.32.1-", "192.168.32.0-"), ("subnets:", &policy), ("    - { name: servers", "#")],
        Backend::Frr,
    );
    let overrides: BTreeMap<_, _> =
        overrides.iter().map(|(code, level)| ((*code).to_owned(), *level)).collect();
    let findings = apply_policy(checked.findings, &checked.policy, &overrides, Reach::Declaration);
    summary(&checked.text, &findings)
}

#[test]
fn severities() {
    let severity = "{ severity: { pool-buggy-ips: error } }";
    let range = "192.168.32.0-192.168.32.200";
    assert_eq!(with_policy("{}", &[]), [format!("info[pool-buggy-ips] {range}")]);
    assert_eq!(with_policy(severity, &[]), [format!("error[pool-buggy-ips] {range}")]);
    let cli = [("pool-buggy-ips", SeverityLevel::Warning)];
    assert_eq!(with_policy(severity, &cli), [format!("warning[pool-buggy-ips] {range}")]);
    assert_eq!(with_policy("{ severity: { pool-buggy-ips: ignore } }", &[]), Vec::<String>::new());
}

#[test]
fn acceptances() {
    let raised = [("pool-buggy-ips", SeverityLevel::Warning)];
    let range = "192.168.32.0-192.168.32.200";
    let accept = |rest: &str| format!("{{ accept: [{{ code: pool-buggy-ips, reason: known{rest} }}] }}");
    let quiet = [format!("info[pool-buggy-ips] {range}")];
    assert_eq!(with_policy(&accept(""), &raised), quiet);
    assert_eq!(with_policy(&accept(", place: web"), &raised), quiet);
    assert_eq!(with_policy(&accept(", place: \"spec.pools[0]\""), &raised), quiet);
    assert_eq!(with_policy(&accept(", place: \"spec.pools[0].addresses[0]\""), &raised), quiet);
    // A remark that is accepted is gone.
    assert_eq!(with_policy(&accept(""), &[]), Vec::<String>::new());
    assert_eq!(
        with_policy(&accept(", place: fw"), &raised),
        [format!("warning[pool-buggy-ips] {range}"), "warning[unused-acceptance] pool-buggy-ips".to_owned()]
    );
    let other = "{ accept: [{ code: pool-unadvertised, reason: known }] }";
    assert_eq!(
        with_policy(other, &[("pool-buggy-ips", SeverityLevel::Ignore)]),
        ["warning[unused-acceptance] pool-unadvertised"]
    );
    let silenced = [("pool-buggy-ips", SeverityLevel::Ignore), ("unused-acceptance", SeverityLevel::Ignore)];
    assert_eq!(with_policy(other, &silenced), Vec::<String>::new());
}

#[test]
fn what_cannot_be_used_can_be_neither_lowered_nor_accepted() {
    let place = crate::finding::Place::new(crate::finding::SourceId(0), 0, 0);
    let error = Finding::error(Layer::Intent, "pool-overlap", "pools overlap").at(place);
    let checked = check(&[], Backend::Frr);
    let overrides = BTreeMap::from([("pool-overlap".to_owned(), SeverityLevel::Ignore)]);
    let kept = apply_policy(vec![error.clone()], &checked.policy, &overrides, Reach::Declaration);
    assert_eq!(kept, [error]);
}

#[test]
fn the_judge_does_not_repeat_a_check() {
    let ours = warning("pool-unadvertised", "ours").on("pool web");
    let judge = |name: &str| Finding::warning(Layer::Metallb, "pool-unadvertised", "theirs").on(name);
    let same = judge("IPAddressPool metallb-system/web");
    let other = judge("IPAddressPool metallb-system/foreign");
    let left = without_repetitions(vec![ours.clone(), same, other.clone()]);
    assert_eq!(left, [ours, other]);
}

#[test]
fn how_soon_a_failure_is_noticed() {
    let of = |edits: &[(&str, &str)], backend: Backend| {
        let all = check(edits, backend).findings;
        let codes = ["hold-time-default", "native-behind-carp", "bfd-timers-tight", "prefix-limit-low"];
        let found = all.into_iter().filter(|f| codes.contains(&f.rule.as_ref()));
        found.map(|f| format!("{}: {}", f.rule, f.message)).collect::<Vec<_>>()
    };
    let profile = |interval: u32| {
        format!(
            "  bfdProfiles: {{ p: {{ receiveInterval: {interval}, transmitInterval: {interval} }} }}\n  subnets:\n"
        )
    };
    for (interval, expected) in [(300, 0), (200, 1), (50, 1)] {
        let found = of(&[("  subnets:\n", &profile(interval))], Backend::Frr);
        assert_eq!(found.len(), expected, "{interval}: {found:?}");
    }
    let carp = "pfsense: { carp: 192.168.4.1, members: [{ name: a, url: \"https://192.168.4.8\", routerID: 192.168.4.8 }, { name: b, url: \"https://192.168.4.9\", routerID: 192.168.4.9 }] }";
    let behind = [("pfsense: {}", carp)];
    assert_eq!(of(&behind, Backend::Native).len(), 1);
    assert!(of(&behind, Backend::Frr).is_empty());
    let limit = [("asn: 64501,", "asn: 64501, maxPrefixes: { limit: 10, action: stop },")];
    assert_eq!(of(&limit, Backend::Native).len(), 1);
    let lenient = [("asn: 64501,", "asn: 64501, maxPrefixes: { limit: 10 },")];
    assert!(of(&lenient, Backend::Native).is_empty());
    let default = check(&[("subnets:\n", "subnets: # noticed\n")], Backend::Frr).findings;
    let default: Vec<_> = default.iter().map(|f| f.message.as_str()).collect();
    assert_eq!(
        default,
        [
            "peer fw: a dead node or router is noticed after 180 s",
            "peer theirs: a dead node or router is noticed after 180 s"
        ]
    );
}
