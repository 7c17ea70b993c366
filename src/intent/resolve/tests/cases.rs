//! The table: edits of the base, and what they raise.

use super::*;

/// Edits of the base, and what they raise.
type Row<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str]);

/// Runs edits of the base; every row must raise exactly what it says.
#[track_caller]
fn check(rows: &[Row<'_>]) {
    for (edits, expected) in rows {
        let mut found = run(&changed(edits)).summary();
        let mut expected: Vec<String> = expected.iter().map(ToString::to_string).collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{edits:?}");
    }
}

#[test]
fn asns() {
    check(&[
        (&[("k8s: 64500", "k8s: 0")], &["error[out-of-range] 0"]),
        (&[("k8s: 64500", "k8s: 4294967296")], &["error[out-of-range] 4294967296"]),
        (&[("k8s: 64500", "k8s: \"64500\"")], &[]),
        (&[("k8s: 64500", "k8s: \"0\"")], &["error[asn-out-of-range] \"0\""]),
        (&[("k8s: 64500", "k8s: \"1.10\"")], &[]),
        (&[("k8s: 64500", "k8s: \"1.65536\"")], &["error[asn-out-of-range] \"1.65536\""]),
        (&[("k8s: 64500", "k8s: AS64500")], &["error[asn-not-a-number] AS64500"]),
        (&[("k8s: 64500", "k8s: 23456")], &["error[asn-reserved] 23456"]),
        (&[("k8s: 64500", "k8s: 65535")], &["error[asn-reserved] 65535"]),
        (&[("k8s: 64500", "k8s: 4294967295")], &["error[asn-reserved] 4294967295"]),
        (&[("k8s: 64500", "k8s: 65552")], &["warning[asn-iana-reserved] 65552"]),
        (&[("k8s: 64500", "k8s: 131071")], &["warning[asn-iana-reserved] 131071"]),
        (&[("k8s: 64500", "k8s: 4200000000")], &[]),
        (&[("k8s: 64500", "k8s: 3320")], &["info[asn-public] 3320"]),
        (&[("k8s: 64500", "k8s: 64500\n    spare: 64510")], &["info[asn-unused] spare"]),
        (
            &[("k8s: 64500", "k8s: 64500\n    \"1.5\": 64510"), ("asn: 64502", "asn: \"1.5\"")],
            &["error[asn-name-invalid] \"1.5\""],
        ),
        (&[("asn: 64502", "asn: egde")], &["error[asn-unknown] egde"]),
        (&[("asn: 64502", "asn: \"64502x\"")], &["error[asn-unknown] \"64502x\""]),
        (&[("asn: 64502", "asn: as64502")], &["error[asn-not-a-number] as64502"]),
    ]);
}

#[test]
fn a_broken_asn_is_reported_once_however_often_it_is_used() {
    let resolved = run(&changed(&[("edge: 64501", "edge: 0")]));
    assert_eq!(resolved.summary(), ["error[out-of-range] 0"]);
}

#[test]
fn names() {
    check(&[
        (&[("  name: lab", "  name: Lab")], &["error[name-invalid] Lab"]),
        (
            &[("  name: lab", "  name: aaaaaaaaaabbbbbbbbbbccccccccccddddddddddx")],
            &["error[name-too-long] aaaaaaaaaabbbbbbbbbbccccccccccddddddddddx"],
        ),
        (&[("  name: lab", "  name: aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd")], &[]),
        (
            &[("name: other", "name: ot.her"), ("peers: [other]", "peers: [ot.her]")],
            &["error[name-invalid] ot.her"],
        ),
        (&[("name: plain", "name: cluster")], &["error[peer-name-reserved] cluster"]),
        (&[("name: plain", "name: fw")], &["error[peer-duplicate] fw", "error[object-name-collision] fw"]),
        (&[("name: n1.example.net", "name: N1")], &["error[name-invalid] N1"]),
        (&[("name: n1.example.net", "name: n2")], &["error[node-duplicate] n2"]),
        (&[("name: lan", "name: web")], &["error[pool-dup-name] web"]),
        (&[("name: lan", "name: lan.example")], &[]),
        (&[("{ name: web-other, ", "{ name: web-fw, ")], &["error[advertisement-dup-name] web-fw"]),
        (
            &[("{ name: web-other, peers", "{ peers")],
            &["error[advertisement-without-name] { peers: [other], localPref: 100, aggregationLength: 29 }"],
        ),
        (
            &[("name: b, address: 192.168.4.4", "name: a, address: 192.168.4.4")],
            &["error[member-duplicate] a"],
        ),
        (&[("name: plain", "name: pair-a")], &["error[object-name-collision] pair-a"]),
        (&[("name: plain", "name: plain\n      objectName: fw")], &["error[object-name-collision] fw"]),
        (&[("name: plain", "name: plain\n      objectName: router.one")], &[]),
        (&[("namespace: metallb-system", "namespace: Metallb")], &["error[name-invalid] Metallb"]),
        (
            &[("- { name: dhcp", "- { name: dhcp, cidr: 192.168.9.0/24 }\n    - { name: dhcp")],
            &["error[subnet-duplicate] dhcp"],
        ),
        (&[("labels: { zone: a }", "labels: { zone: \"-a\" }")], &["error[label-invalid] \"-a\""]),
        (&[("labels: { zone: a }", "labels: { a/b/c: a }")], &["error[label-invalid] a"]),
        (&[("    fast: {", "    Fast: {"), ("bfd: fast", "bfd: Fast")], &["error[name-invalid] Fast"]),
    ]);
}

#[test]
fn derived_names_with_all_suffixes_have_a_limit() {
    let long = |length: usize| vec!["a".repeat(63); 4].join(".")[..length].to_owned();
    for (length, raised) in [(251, false), (252, true)] {
        let name = long(length);
        let to = format!("name: pair\n      objectName: {name}");
        let found = run(&changed(&[("name: pair", &to)])).summary();
        let expected = vec![format!("error[object-name-too-long] {name}")];
        assert_eq!(found, if raised { expected } else { Vec::new() }, "{length}");
    }
}

#[test]
fn addresses() {
    let at = |to: &'static str| [("address: 192.168.4.10", to)];
    for (written, code) in [
        ("192.168.4.010", "address-invalid"),
        ("192.168.4.10/24", "address-invalid"),
        ("192.168.4.300", "address-invalid"),
        ("\"[2001:db8:4::10]\"", "address-invalid"),
        ("fe80::1%eth0", "address-invalid"),
        ("node.example.net", "address-invalid"),
        ("192.168.4.10:179", "address-invalid"),
        ("\" 192.168.4.10\"", "address-invalid"),
        ("\"\"", "address-invalid"),
        ("\"::ffff:192.168.4.10\"", "address-unusable"),
        ("fe80::1", "address-unusable"),
        ("0.0.0.0", "address-unusable"),
        ("0.1.2.3", "address-unusable"),
        ("127.0.0.1", "address-unusable"),
        ("224.0.0.5", "address-unusable"),
        ("255.255.255.255", "address-unusable"),
        ("\"::\"", "address-unusable"),
        ("\"::1\"", "address-unusable"),
        ("ff02::1", "address-unusable"),
    ] {
        let to = format!("address: {written}");
        let found = run(&changed(&[("address: 192.168.4.10", &to)])).summary();
        // What is broken is left out, so the paths that are expected of two nodes are not judged.
        let found: Vec<_> = found.iter().filter(|line| !line.contains("expect-too-many-paths")).collect();
        assert_eq!(found, [&format!("error[{code}] {written}")]);
    }
    check(&[
        (&at("address: 192.168.4.20"), &["error[node-duplicate-address] 192.168.4.20"]),
        (&at("addresses: [192.168.4.10, 192.168.4.11]"), &["error[address-second-of-family] 192.168.4.11"]),
        (
            &at("address: 192.168.4.10\n      addresses: [\"2001:db8:4::10\"]"),
            &["error[address-and-addresses] addresses"],
        ),
        (
            &[("      address: 192.168.4.10\n", ""), ("paths: 2", "paths: 1")],
            &["error[node-without-address] n1.example.net"],
        ),
        (&[("      address: 192.168.4.2\n", "")], &["error[peer-without-address] other"]),
        (
            &[("address: 192.168.4.2\n", "address: 192.168.4.1\n")],
            &["error[router-duplicate-address] 192.168.4.1"],
        ),
        (&[("address: 192.168.4.2\n", "address: 192.168.4.10\n")], &["error[router-is-node] 192.168.4.10"]),
        (
            &[("address: 192.168.4.2\n", "address: \"2001:db8:4::2\"\n")],
            &["error[peer-without-router-id] \"2001:db8:4::2\""],
        ),
        (&[("address: 192.168.4.2\n", "address: \"2001:db8:4::2\"\n      routerID: 192.0.2.2\n")], &[]),
        (
            &[(
                "address: 192.168.4.2\n      nodes: { names: [n2], ",
                "addresses: [192.168.4.2, \"2001:db8:4::2\"]\n      nodes: { names: [n2], ",
            )],
            &[],
        ),
        (
            &[("address: 192.168.4.1\n", "addresses: [192.168.4.1, \"2001:db8:4::1\"]\n")],
            &["warning[node-without-family] n1.example.net"],
        ),
        (
            &[
                ("address: 192.168.4.1\n", "address: \"2001:db8:4::1\"\n      routerID: 192.0.2.1\n"),
                ("paths: 2", "paths: all"),
            ],
            &["error[node-out-of-reach] n1.example.net"],
        ),
    ]);
}

#[test]
fn router_ids() {
    let id = |id: &str| format!("address: 192.168.4.2\n      routerID: {id}\n");
    for (written, expected) in [
        ("192.0.2.2", None),
        ("\"2001:db8::1\"", Some("error[peer-bad-router-id] \"2001:db8::1\"")),
        ("0.0.0.0", Some("error[peer-bad-router-id] 0.0.0.0")),
        ("224.0.0.1", Some("error[peer-bad-router-id] 224.0.0.1")),
        ("192.168.4.10", Some("warning[router-id-shared] 192.168.4.10")),
        ("192.168.4.1", Some("warning[router-id-shared] 192.168.4.1")),
    ] {
        let found = run(&changed(&[("address: 192.168.4.2\n", &id(written))])).summary();
        assert_eq!(found.first().map(String::as_str), expected, "{written}");
        assert!(found.len() < 2, "{found:?}");
    }
    check(&[
        (
            &[(
                "asn: 64502\n      address: 192.168.4.2\n",
                "asn: edge\n      address: 192.168.4.2\n      routerID: 192.168.4.1\n",
            )],
            &["error[router-id-conflict] 192.168.4.1"],
        ),
        (
            &[("name: pair\n      asn: edge\n", "name: pair\n      asn: edge\n      routerID: 192.0.2.9\n")],
            &["error[peer-router-id-unused] 192.0.2.9"],
        ),
    ]);
}

#[test]
fn nodes_and_their_asn() {
    check(&[
        (
            &[("    asn: k8s\n", ""), ("k8s: 64500\n    ", "")],
            &["error[node-without-asn] n1.example.net", "error[node-without-asn] n2"],
        ),
        (
            &[
                ("    asn: k8s\n", ""),
                ("address: 192.168.4.10\n", "address: 192.168.4.10\n      asn: k8s\n"),
                ("name: n2\n", "name: n2\n      asn: 64510\n"),
            ],
            &[],
        ),
        (
            &[("subnets:\n", "discover: { subnets: [] }\n  subnets:\n")],
            &["error[discover-without-subnets] []"],
        ),
        (&[("subnets:\n", "discover: { subnets: [192.168.4.0/24], removeAfter: 2h }\n  subnets:\n")], &[]),
        (
            &[("subnets:\n", "discover: { subnets: [192.168.4.1/24] }\n  subnets:\n")],
            &["error[prefix-host-bits] 192.168.4.1/24"],
        ),
        (&[("podCIDRs: [10.42.0.0/16]", "podCIDRs: [10.42.0.0]")], &["error[prefix-invalid] 10.42.0.0"]),
    ]);
}

#[test]
fn discovered_nodes_take_the_asn_of_the_cluster() {
    let text = "apiVersion: metalsense.dev/v1alpha1\nkind: Network\nmetadata: { name: lab }\nspec:\n  discover: { subnets: [10.0.0.0/24] }\n";
    let found = run(text).summary();
    assert_eq!(
        found,
        [
            "info[no-peers] lab",
            "info[no-pools] lab",
            "error[discover-without-asn] { subnets: [10.0.0.0/24] }"
        ]
    );
}

#[test]
fn selectors() {
    check(&[
        (&[("names: [n2]", "names: [n3]")], &["error[node-unknown] n3"]),
        (
            &[
                ("names: [n2]", "names: [n3]"),
                ("subnets:\n", "discover: { subnets: [192.168.4.0/24] }\n  subnets:\n"),
            ],
            &[],
        ),
        (&[("names: [n2]", "names: [n2, n2]")], &["error[selector-repeated-name] n2"]),
        (&[("values: [b]", "values: []")], &["error[selector-expression] In"]),
        (&[("operator: In", "operator: Exists")], &["error[selector-expression] [b]"]),
        (&[("values: [b]", "values: [b, b]")], &["error[selector-expression] b"]),
        (
            &[(
                "[{ key: zone, operator: In, values: [b] }]",
                "[{ key: zone, operator: Exists }, { key: zone, operator: Exists }]",
            )],
            &["error[selector-expression] zone"],
        ),
        (&[("{ key: zone,", "{ key: \"zo ne\",")], &["error[label-invalid] \"zo ne\""]),
    ]);
}

#[test]
fn kinds_of_routers() {
    check(&[
        (&[("      frr: { socket: /var/run/frr }\n", "")], &["error[router-kind-missing] plain"]),
        (
            &[("frr: { socket: /var/run/frr }", "frr: { socket: /var/run/frr }\n      unmanaged: {}")],
            &["error[router-kind-several] unmanaged"],
        ),
        (&[("frr: { socket: /var/run/frr }", "router: edge")], &["error[router-kind-reserved] edge"]),
        (&[("frr: { socket: /var/run/frr }", "frr: {}")], &["error[router-access] {}"]),
        (
            &[("{ socket: /var/run/frr }", "{ socket: /var/run/frr, ssh: { host: a } }")],
            &["error[router-access] { socket: /var/run/frr, ssh: { host: a } }"],
        ),
        (
            &[("{ socket: /var/run/frr }", "{ ssh: { host: -oProxyCommand=x } }")],
            &["error[router-access] -oProxyCommand=x"],
        ),
        (
            &[("{ socket: /var/run/frr }", "{ ssh: { host: a, user: \"x y\" } }")],
            &["error[router-access] \"x y\""],
        ),
        (
            &[("{ socket: /var/run/frr }", "{ ssh: { host: FW.example.net } }")],
            &["error[router-duplicate-access] plain"],
        ),
        (
            &[("url: https://fw.example.net", "url: http://fw.example.net")],
            &["error[url-invalid] http://fw.example.net"],
        ),
        (&[("url: https://fw.example.net", "url: fw.example.net")], &["error[url-invalid] fw.example.net"]),
        (
            &[("url: https://fw.example.net", "url: https://fw.example.net/x")],
            &["error[url-invalid] https://fw.example.net/x"],
        ),
        (&[("url: https://fw.example.net", "username: \"\"")], &["error[router-access] \"\""]),
        (
            &[("tls: { caFile: ca.pem }", "tls: { caFile: ca.pem, insecureSkipVerify: true }")],
            &["error[tls-conflict] { caFile: ca.pem, insecureSkipVerify: true }"],
        ),
        (
            &[("tls: { caFile: ca.pem }", "tls: { fingerprint: \"aa:bb\" }")],
            &["error[tls-fingerprint] \"aa:bb\""],
        ),
        (&[("env: BGP_PASSWORD", "env: $X")], &["error[secret-reference] { env: $X }"]),
        (&[("{ env: BGP_PASSWORD }", "{}")], &["error[secret-reference] {}"]),
        (&[("env: BGP_PASSWORD", "env: X, file: z")], &["error[secret-reference] { env: X, file: z }"]),
        (&[("env: BGP_PASSWORD", "file: \"\"")], &["error[secret-reference] { file: \"\" }"]),
        (&[("env: BGP_PASSWORD", "secretKeyRef: { name: bgp }")], &[]),
        (
            &[("env: BGP_PASSWORD", "secretKeyRef: { name: bgp, key: token }")],
            &["error[peer-secret-key] token"],
        ),
        (
            &[("env: BGP_PASSWORD", "secretKeyRef: { name: bgp, namespace: default }")],
            &["error[peer-secret-namespace] default"],
        ),
    ]);
}

#[test]
fn pairs() {
    check(&[
        (&[("          - { name: b, address: 192.168.4.4 }\n", "")], &["error[member-count] members"]),
        (&[("name: b, address: 192.168.4.4", "name: b")], &["error[member-without-address] b"]),
        (
            &[("name: b, url: \"https://fw-b.example.net:8443\"", "name: b")],
            &["error[member-out-of-reach] b"],
        ),
        (&[("carp: 192.168.4.5", "carp: 192.168.4.9")], &["error[carp-address-differs] 192.168.4.5"]),
        (
            &[("name: pair\n", "name: pair\n      address: 192.168.4.99\n")],
            &["error[peer-address-unused] 192.168.4.99"],
        ),
        (
            &[("address: 192.168.4.5\n", "absent: true\n"), ("        carp: 192.168.4.5\n", "")],
            &[
            // Without a CARP address the members speak for themselves; one has none, and needs none.
        ],
        ),
        (
            &[(
                "- { name: b, address: 192.168.4.4 }",
                "- { name: b, address: 192.168.4.4 }\n        url: https://x",
            )],
            &["error[router-access] https://x"],
        ),
    ]);
}

#[test]
fn timers_and_limits() {
    check(&[
        (&[("holdTime: 90s", "holdTime: 1m30s")], &[]),
        (&[("holdTime: 90s", "holdTime: 90")], &["error[wrong-type] 90"]),
        (&[("holdTime: 90s", "holdTime: \"90\"")], &["error[duration-invalid] \"90\""]),
        (&[("holdTime: 90s", "holdTime: 1d")], &["error[duration-invalid] 1d"]),
        (&[("holdTime: 90s", "holdTime: 90.5s")], &["error[duration-invalid] 90.5s"]),
        (
            &[("holdTime: 90s", "holdTime: 2s"), ("keepaliveTime: 30s", "keepaliveTime: 1s")],
            &["error[peer-hold-time] 2s"],
        ),
        (&[("holdTime: 90s", "holdTime: 65536s")], &["error[peer-hold-time] 65536s"]),
        (&[("holdTime: 180s", "holdTime: 1s")], &["error[peer-hold-time] 1s"]),
        (&[("keepaliveTime: 30s", "keepaliveTime: 91s")], &["error[peer-keepalive-gt-hold] 91s"]),
        (&[("keepaliveTime: 30s", "keepaliveTime: 90s")], &[]),
        (&[("holdTime: 90s", "holdTime: 0s")], &["error[peer-keepalive-gt-hold] 30s"]),
        (&[("holdTime: 90s", "holdTime: 0s"), ("keepaliveTime: 30s", "keepaliveTime: 0s")], &[]),
        (&[("keepaliveTime: 30s", "keepaliveTime: 0s")], &["error[peer-keepalive-zero] 0s"]),
        (
            &[("      holdTime: 90s\n", ""), ("keepaliveTime: 30s", "keepaliveTime: 30000s")],
            &["error[peer-keepalive-gt-hold] 30000s"],
        ),
        (&[("connectTime: 10s", "connectTime: 0s")], &["error[peer-connect-time] 0s"]),
        (&[("connectTime: 10s", "connectTime: 20h")], &["error[peer-connect-time] 20h"]),
        (&[("bfd: fast", "bfd: fats")], &["error[bfd-unknown] fats"]),
        (
            &[("action: restart, restartAfter: 5", "action: restart")],
            &["error[max-prefixes-restart] restart"],
        ),
        (
            &[("action: restart, restartAfter: 5", "action: warn, restartAfter: 5")],
            &["error[max-prefixes-restart] 5"],
        ),
        (
            &[(
                "asn: edge\n      address: 192.168.4.1\n",
                "asn: k8s\n      multihop: true\n      address: 192.168.4.1\n",
            )],
            &["error[peer-ibgp-multihop] true"],
        ),
        (
            &[(
                "asn: edge\n      address: 192.168.4.1\n",
                "asn: edge\n      multihop: true\n      address: 192.168.4.1\n",
            )],
            &[],
        ),
        (&[("learn: [0.0.0.0/0]", "learn: [10.0.0.1/8]")], &["error[prefix-host-bits] 10.0.0.1/8"]),
    ]);
}

#[test]
fn pools() {
    let to = |to: &'static str| [("192.168.4.200-192.168.4.210", to)];
    check(&[
        (&to("10.9.0.10/24"), &["error[pool-host-bits] 10.9.0.10/24"]),
        (&to("10.9.0.10"), &["error[pool-bare-address] 10.9.0.10"]),
        (&to("10.9.0.0/33"), &["error[pool-bad-cidr] 10.9.0.0/33"]),
        (&to("\" 10.9.0.0/24\""), &["error[pool-bad-cidr] \" 10.9.0.0/24\""]),
        (&to("10.9.0.1-10.9.0"), &["error[pool-bad-range] 10.9.0.1-10.9.0"]),
        (&to("10.9.0.1-10.9.0.9/24"), &["error[pool-bad-range] 10.9.0.1-10.9.0.9/24"]),
        (&to("10.9.0.9-10.9.0.1"), &["error[pool-range-reversed] 10.9.0.9-10.9.0.1"]),
        (&to("\"10.9.0.1-2001:db8::1\""), &["error[pool-range-families] \"10.9.0.1-2001:db8::1\""]),
        (&to("\"2001:DB8:9::/64\""), &[]),
        (&to("10.9.0.1-10.9.0.1"), &[]),
        (&to("16.0.0.0/4"), &[]),
        (&to("127.0.0.0/24"), &["error[pool-unusable-addresses] 127.0.0.0/24"]),
        (&to("224.0.0.0/24"), &["error[pool-unusable-addresses] 224.0.0.0/24"]),
        (&to("\"fe80::/64\""), &["error[pool-unusable-addresses] \"fe80::/64\""]),
        (&to("0.0.0.0/0"), &["error[pool-unusable-addresses] 0.0.0.0/0"]),
        (&to("192.168.32.128/25"), &["error[pool-overlap] 192.168.32.128/25"]),
        (
            &to("10.9.0.0/24, 10.9.0.5-10.9.0.6, 10.9.0.7-10.9.0.8"),
            &["error[pool-overlap] 10.9.0.5-10.9.0.6", "error[pool-overlap] 10.9.0.7-10.9.0.8"],
        ),
        (&to("192.168.4.0/24"), &["error[pool-holds-host] 192.168.4.0/24"]),
        (&to("192.168.4.5-192.168.4.5"), &["error[pool-holds-host] 192.168.4.5-192.168.4.5"]),
        (&to("10.42.7.0/24"), &["error[pool-overlaps-subnet] 10.42.7.0/24"]),
        (&to("10.43.0.0/16"), &["error[pool-overlaps-subnet] 10.43.0.0/16"]),
        (&to("192.168.2.100-192.168.2.110"), &["error[pool-overlaps-subnet] 192.168.2.100-192.168.2.110"]),
        (&[("priority: 1", "priority: -1")], &["error[pool-priority-negative] -1"]),
        (
            &[("namespaces: [default]", "namespaces: [default, default]")],
            &["error[pool-dup-namespace] default"],
        ),
        (&[("interfaces: [eth0]", "interfaces: [\"eth 0\"]")], &["error[l2-interface] \"eth 0\""]),
    ]);
}

#[test]
fn advertisements() {
    check(&[
        (&[("peers: [fw, pair]", "peers: [fw, pari]")], &["error[adv-unknown-peer] pari"]),
        (&[("peers: [fw, pair]", "peers: [fw, fw]")], &["error[adv-dup-peer] fw"]),
        (&[("[no-advertise, backup]", "[no-advertize]")], &["error[adv-community-unknown] no-advertize"]),
        (&[("[no-advertise, backup]", "[\"64500:70\", backup]")], &["error[adv-dup-community] backup"]),
        (&[("[no-advertise, backup]", "[\"65536:1\"]")], &["error[adv-community-value] \"65536:1\""]),
        (&[("[no-advertise, backup]", "[\"1:2:3\"]")], &["error[adv-community-value] \"1:2:3\""]),
        (
            &[("[no-advertise, backup]", "[\"large:1:2:4294967295\", \"large:1:2:4294967295\"]")],
            &["error[adv-dup-community] \"large:1:2:4294967295\""],
        ),
        (
            &[("[no-advertise, backup]", "[local-as, no-export-subconfed]")],
            &["error[adv-dup-community] no-export-subconfed"],
        ),
        (&[("backup: \"64500:70\"", "backup: \"64500:x\"")], &["error[adv-community-value] \"64500:x\""]),
        (
            &[("    backup: ", "    no-export: \"1:1\"\n    backup: ")],
            &["error[community-alias-invalid] no-export"],
        ),
        (
            &[("    backup: ", "    \"a:b\": \"1:1\"\n    backup: ")],
            &["error[community-alias-invalid] \"a:b\""],
        ),
        (&[("aggregationLength: 29", "aggregationLength: 28")], &["error[adv-agg-shorter-than-pool] 28"]),
        (&[("aggregationLength: 29", "aggregationLengthV6: 64")], &[]),
        (
            &[("peers: [other], localPref: 100, aggregationLength: 29", "peers: [fw], localPref: 100")],
            &["error[adv-localpref-conflict] 100"],
        ),
        (
            &[(
                "peers: [other], localPref: 100, aggregationLength: 29",
                "peers: [fw], localPref: 100, aggregationLength: 29",
            )],
            &[],
        ),
        (
            &[
                (
                    "peers: [other], localPref: 100, aggregationLength: 29",
                    "localPref: 100, nodes: {names: [n2]}",
                ),
                ("backup] }", "backup], nodes: { names: [n1.example.net] } }"),
            ],
            &[],
        ),
    ]);
}

#[test]
fn a_route_carries_a_limited_number_of_communities() {
    for (count, raised) in [(63, false), (64, true)] {
        let list: Vec<String> = (0..count).map(|n| format!("\"64500:{n}\"")).collect();
        let to = format!("communities: [{}]", list.join(", "));
        let found = run(&changed(&[("communities: [no-advertise, backup]", &to)])).summary();
        let expected: &[&str] = if raised { &["error[adv-many-communities] communities"] } else { &[] };
        assert_eq!(found, expected);
    }
}

#[test]
fn services_and_expectations() {
    check(&[
        (&[("name: default/web, addresses", "name: web, addresses")], &["error[service-name-invalid] web"]),
        (
            &[("addresses: [192.168.32.10]", "addresses: [192.168.31.10]")],
            &["error[service-address-outside] 192.168.31.10"],
        ),
        (
            &[("addresses: [192.168.32.10]", "addresses: [192.168.32.255]")],
            &["error[service-address-avoided] 192.168.32.255"],
        ),
        (
            &[("addresses: [192.168.32.10]", "addresses: [192.168.32.10, 192.168.32.11]")],
            &["error[address-second-of-family] 192.168.32.11"],
        ),
        (
            &[("hostnames: [web.example.net]", "hostnames: [Web.example.net]")],
            &["error[hostname-invalid] Web.example.net"],
        ),
        (
            &[("hostnames: [web.example.net]", "hostnames: [web.example.net, web.example.net]")],
            &["error[hostname-duplicate] web.example.net"],
        ),
        (
            &[("  expect:", "    - { name: default/web, hostnames: [b.example.net] }\n  expect:")],
            &["error[service-duplicate] default/web"],
        ),
        (
            &[("  expect:", "    - { name: default/b, addresses: [192.168.32.10] }\n  expect:")],
            &["warning[service-shared-address] 192.168.32.10"],
        ),
        (&[("  expect:", "    - { name: default/b }\n  expect:")], &["warning[service-empty] default/b"]),
        (&[("at: fw", "at: wf")], &["error[expect-unknown-peer] wf"]),
        (&[("paths: 2", "paths: 0")], &["error[out-of-range] 0"]),
        (&[("paths: 2", "paths: some")], &["error[expect-paths] some"]),
        (
            &[("paths: 2", "paths: 3")],
            &["error[expect-too-many-paths] { prefix: 192.168.32.10/32, at: fw, paths: 3 }"],
        ),
        (&[("prefix: 192.168.32.10/32, ", "")], &["error[expect-subject] { at: fw, paths: 2 }"]),
        (
            &[("prefix: 192.168.32.10/32, ", "prefix: 192.168.32.10/32, service: a/b, ")],
            &["error[expect-subject] { prefix: 192.168.32.10/32, service: a/b, at: fw, paths: 2 }"],
        ),
        (
            &[("prefix: 192.168.32.10/32, ", "prefix: 192.168.32.10, ")],
            &["error[prefix-invalid] 192.168.32.10"],
        ),
    ]);
}

#[test]
fn policies() {
    check(&[
        (
            &[("pool-buggy-ips: error", "pool-bugy-ips: error")],
            &["warning[policy-unknown-code] pool-bugy-ips"],
        ),
        (&[("code: asn-public", "code: asn-pubic")], &["warning[policy-unknown-code] asn-pubic"]),
        (&[("reason: ours", "reason: \" \"")], &["error[accept-without-reason] \" \""]),
        (&[("pool-buggy-ips: error", "pool-overlap: info")], &["warning[severity-fixed] info"]),
        (&[("pool-buggy-ips: error", "pool-overlap: error")], &[]),
    ]);
}

#[test]
fn empty_networks_are_legal_and_said() {
    let head = "apiVersion: metalsense.dev/v1alpha1\nkind: Network\nmetadata: { name: lab }\nspec: ";
    assert_eq!(run(&format!("{head}{{}}")).summary(), ["info[no-peers] lab", "info[no-pools] lab"]);
    let peer = format!("{head}{{ peers: [{{ name: fw, asn: 64501, address: 10.0.0.1, pfsense: {{}} }}] }}");
    assert_eq!(run(&peer).summary(), ["warning[no-nodes] lab", "info[no-pools] lab"]);
    let absent = peer.replace("address: 10.0.0.1", "absent: true");
    assert_eq!(run(&absent).summary(), ["info[no-pools] lab"]);
}

#[test]
fn what_the_loader_took_out_has_no_consequences() {
    // The peer's name is broken for the loader; who refers to it is not blamed.
    for edits in [
        [("- name: fw\n", "- name: 5\n")].as_slice(),
        &[("- name: n2\n", "- name: [n2]\n")],
        &[("k8s: 64500", "k8s: 1.5")],
        &[("    fast: {", "    fast: 5 #{")],
    ] {
        let resolved = run(&changed(edits));
        assert_eq!(resolved.summary().len(), 1, "{edits:?}: {:?}", resolved.summary());
        assert!(resolved.intents.iter().all(Option::is_none));
    }
}

fn two(second: &[(&str, &str)]) -> Vec<String> {
    let other = changed(&[&[("name: lab", "name: other-lab")], second].concat());
    let text = format!("{BASE}---\n{other}");
    let resolved = run(&text);
    assert_eq!(resolved.summary(), Vec::<String>::new());
    let intents: Vec<&Intent> = resolved.intents.iter().flatten().collect();
    let findings = crate::intent::compare(&intents);
    let mut lines: Vec<String> = findings.iter().map(|f| format!("{}[{}]", f.severity, f.rule)).collect();
    lines.dedup();
    lines
}

#[test]
fn networks_beside_each_other() {
    // The same network twice: everything is shared.
    assert_eq!(
        two(&[]),
        ["error[neighbor-of-two-networks]", "info[router-shared]", "error[pool-overlap-networks]"]
    );
    // Another place with the same pools, and no router in common.
    let elsewhere = [
        ("192.168.4.10\n", "192.168.5.10\n"),
        ("192.168.4.20", "192.168.5.20"),
        ("2001:db8:4::20", "2001:db8:5::20"),
        ("fw.example.net", "fw2.example.net"),
        ("host: fw.example.net", "host: fw2.example.net"),
        ("192.168.4.3", "192.168.5.3"),
        ("192.168.4.4", "192.168.5.4"),
        ("192.168.4.6", "192.168.5.6"),
        ("fw-b", "fw-c"),
        ("/var/run/frr", "/var/run/frr2"),
    ];
    assert_eq!(two(&elsewhere), ["warning[pool-overlap-networks]"]);
}

#[test]
fn one_router_has_one_asn() {
    let found = two(&[("edge: 64501", "edge: 64509")]);
    assert!(found.contains(&"error[router-asn-differs]".to_owned()), "{found:?}");
}
