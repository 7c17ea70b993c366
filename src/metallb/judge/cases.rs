//! Each rule with a set that it refuses and one that it lets pass.
//!
//! The expectations are MetalLB's: its parser and webhooks were run on sets of these shapes.

use crate::finding::{Layer, Severity, SourceId};
use crate::metallb::judge::{Judge, Layers, Verdict};
use crate::metallb::manifest::read;
use crate::metallb::version::{Backend, Version};

/// Judges objects in short form, `Kind name: {spec}` each: as a whole for the parser and the schema,
/// as written one by one for the webhooks.
fn judged(version: Version, backend: Backend, layers: Layers, objects: &str) -> Verdict {
    let mut text = String::new();
    for (key, list) in [("before", true), ("objects", false)] {
        text.push_str(&format!("{key}:\n"));
        for line in objects.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (before, line) = match line.strip_prefix("before ") {
                Some(line) => (true, line),
                None => (false, line),
            };
            if let Some(operation) = line.strip_prefix("operation ") {
                if list {
                    text.insert_str(0, &format!("operation: {operation}\n"));
                }
            } else if before == list {
                text.push_str(&object(line));
            }
        }
    }
    let inputs = read(SourceId(0), &text).unwrap_or_else(|finding| panic!("{finding:?}\n{text}"));
    Judge { version, backend, layers, namespace: None }.judge_files(inputs)
}

fn object(line: &str) -> String {
    let (head, spec) = line.split_once(": ").unwrap_or((line.trim_end_matches(':'), "{}"));
    let (kind, name) = head.split_once(' ').unwrap_or_else(|| panic!("no name: {line}"));
    let (namespace, name) = name.split_once('/').unwrap_or(("metallb-system", name));
    let (version, kind, base) = match kind {
        "pool" => ("metallb.io/v1beta1", "IPAddressPool", "addresses: [10.0.0.0/24]"),
        "adv" => ("metallb.io/v1beta1", "BGPAdvertisement", ""),
        "l2" => ("metallb.io/v1beta1", "L2Advertisement", ""),
        "peer" => ("metallb.io/v1beta2", "BGPPeer", "myASN: 64500, peerASN: 64512, peerAddress: 10.1.0.1"),
        "community" => ("metallb.io/v1beta1", "Community", ""),
        "bfd" => ("metallb.io/v1beta1", "BFDProfile", ""),
        "node" => {
            return format!(
                "- {{apiVersion: v1, kind: Node, metadata: {{name: {name}, labels: {{n: {name}}}}}, \
                 status: {{addresses: [{{type: InternalIP, address: {spec}}}]}}}}\n"
            );
        }
        "secret" => {
            return format!(
                "- {{<<: {spec}, apiVersion: v1, kind: Secret, metadata: {{name: {name}, namespace: {namespace}}}}}\n"
            );
        }
        "namespace" => return format!("- {{apiVersion: v1, kind: Namespace, metadata: {{name: {name}}}}}\n"),
        other => panic!("no kind: {other}"),
    };
    format!(
        "- {{apiVersion: {version}, kind: {kind}, metadata: {{name: {name}, namespace: {namespace}, labels: {{n: {name}}}}}, \
         spec: {{<<: [{spec}, {{{base}}}]}}}}\n"
    )
}

struct Row {
    rule: &'static str,
    layer: Layer,
    version: Version,
    backend: Backend,
    fires: &'static str,
    silent: &'static str,
}

const fn row(rule: &'static str, fires: &'static str, silent: &'static str) -> Row {
    Row { rule, layer: Layer::Config, version: Version::V0_15_2, backend: Backend::Frr, fires, silent }
}

impl Row {
    const fn at(self, layer: Layer) -> Row {
        Row { layer, ..self }
    }

    const fn on(self, backend: Backend) -> Row {
        Row { backend, ..self }
    }

    const fn of(self, version: Version) -> Row {
        Row { version, ..self }
    }
}

use Backend::{FrrK8s, Native};
use Layer::{Metallb, Schema, Webhook};
use Version::{Main, V0_14_9, V0_15_0, V0_15_3, V0_16_1};

const ROWS: &[Row] = &[
    // pools
    row("pool-empty", "pool a: {addresses: []}", "pool a: {}"),
    row("pool-bad-cidr", "pool a: {addresses: [10.0.0.1]}", "pool a: {addresses: [10.0.0.1/32]}"),
    row("pool-bad-range", "pool a: {addresses: [10.0.0.1-10.0.0]}", "pool a: {addresses: [10.0.0.1 - 10.0.0.2]}"),
    row("pool-range-reversed", "pool a: {addresses: [10.0.0.2-10.0.0.1]}", "pool a: {addresses: [10.0.0.1-10.0.0.1]}"),
    row(
        "pool-overlap",
        "pool a: {addresses: [10.0.0.0/26]}\npool b: {addresses: [10.0.0.60-10.0.0.70]}",
        "pool a: {addresses: [10.0.0.0/26]}\npool b: {addresses: [10.0.0.64-10.0.0.70]}",
    ),
    row(
        "pool-overlap",
        "pool a: {addresses: [10.0.0.0/24, '::ffff:10.0.0.16/124']}",
        "pool a: {addresses: [10.0.0.32/27, '::ffff:10.0.0.0/121']}",
    ),
    row(
        "pool-overlap",
        "pool a: {addresses: ['::ffff:10.0.0.0/120', '::ffff:10.0.0.16/124']}",
        "pool a: {addresses: ['::ffff:10.0.0.0/120', '::ffff:10.0.1.0/124']}",
    ),
    row("pool-overlap", "pool a: {addresses: [10.0.0.0/24, 10.0.0.9/32]}", "pool a: {addresses: [10.0.0.0/24, 10.0.1.0/24]}"),
    row("pool-dup-name", "pool a: {}\npool a: {addresses: [10.0.1.0/24]}", "pool a: {}\npool b: {addresses: [10.0.1.0/24]}"),
    row(
        "pool-dup-namespace",
        "pool a: {serviceAllocation: {namespaces: [x, x]}}",
        "pool a: {serviceAllocation: {namespaces: [x, z]}}",
    ),
    row(
        "pool-dup-namespace-selector",
        "pool a: {serviceAllocation: {namespaceSelectors: [{matchLabels: {a: b}}, {matchLabels: {a: b}}]}}",
        "pool a: {serviceAllocation: {namespaceSelectors: [{matchLabels: {a: b}}, {matchLabels: {a: c}}]}}",
    ),
    row(
        "pool-dup-service-selector",
        "pool a: {serviceAllocation: {serviceSelectors: [{}, {}]}}",
        "pool a: {serviceAllocation: {serviceSelectors: [{}]}}",
    ),
    row(
        "pool-bad-selector",
        "pool a: {serviceAllocation: {serviceSelectors: [{matchExpressions: [{key: a, operator: Like}]}]}}",
        "pool a: {serviceAllocation: {serviceSelectors: [{matchExpressions: [{key: a, operator: Exists}]}]}}",
    ),
    row("pool-node-address", "pool a: {}\nnode n: 10.0.0.7", "pool a: {}\nnode n: 10.0.1.7").of(V0_15_0),
    row("pool-node-address", "pool a: {}\nnode n: 10.0.0.7", "pool a: {}\nnode n: 10.0.1.7").at(Metallb),
    // A block around `::ffff:0:0/96`, where IPv4 lives in Go's form of an address.
    row(
        "pool-node-address",
        "pool a: {addresses: ['::/0']}\nnode m: 10.0.1.7\nnode n: 'fd00::7'",
        "pool a: {addresses: ['::/0']}\nnode m: 10.0.1.7",
    )
    .of(V0_15_0),
    row(
        "pool-range-families",
        "pool a: {addresses: [10.0.0.1-fd00::1]}\nadv x: {localPref: 1}\nadv z: {}",
        "pool a: {addresses: [10.0.0.1-fd00::1]}\nadv x: {localPref: 1}\nadv z: {localPref: 1}",
    ),
    row("pool-range-families", "pool a: {addresses: [10.0.0.1-fd00::1]}", "pool a: {}").at(Metallb),
    row(
        "pool-priority-negative",
        "pool a: {serviceAllocation: {priority: -1}}",
        "pool a: {serviceAllocation: {priority: 1}}",
    )
    .at(Metallb),
    row(
        "pool-namespaces-match-nothing",
        "namespace s\npool a: {serviceAllocation: {namespaceSelectors: [{matchLabels: {a: b}}]}}",
        "namespace s\npool a: {serviceAllocation: {namespaceSelectors: [{}]}}",
    )
    .at(Metallb),
    row("pool-unadvertised", "pool a: {}\nadv x: {ipAddressPools: [b]}", "pool a: {}\nl2 x: {}").at(Metallb),
    // peers
    row("peer-no-my-asn", "peer a: {myASN: 0}", "peer a: {myASN: 1}"),
    row("peer-no-peer-asn", "peer a: {peerASN: 0}", "peer a: {peerASN: null, dynamicASN: external}"),
    row("peer-both-asn", "peer a: {dynamicASN: external}", "peer a: {peerASN: 0, dynamicASN: external}"),
    row("peer-bad-dynamic-asn", "peer a: {peerASN: 0, dynamicASN: any}", "peer a: {peerASN: 0, dynamicASN: internal}"),
    row(
        "peer-ibgp-multihop",
        "peer a: {peerASN: 64500, ebgpMultiHop: true}",
        "peer a: {peerASN: 0, dynamicASN: internal, ebgpMultiHop: true}",
    ),
    row("peer-no-address", "peer a: {peerAddress: null}", "peer a: {peerAddress: null, interface: eth0}"),
    row("peer-no-address", "peer a: {peerAddress: null, interface: eth0}", "peer a: {interface: eth0}").of(V0_14_9),
    row("peer-address-and-interface", "peer a: {interface: eth0}", "peer a: {interface: ''}"),
    row("peer-bad-address", "peer a: {peerAddress: 10.1.0.1/32}", "peer a: {peerAddress: 'fd00::1'}"),
    row("peer-hold-time", "peer a: {holdTime: 2.9s}", "peer a: {holdTime: 900ms}"),
    row("peer-hold-time", "peer a: {keepaliveTime: 900ms}", "peer a: {keepaliveTime: 1s}"),
    row("peer-keepalive-gt-hold", "peer a: {holdTime: 0s, keepaliveTime: 1s}", "peer a: {holdTime: 9s, keepaliveTime: 9s}"),
    row("peer-bad-duration", "peer a: {holdTime: 90}\npeer b: {holdTime: '90'}", "peer a: {holdTime: 1m30s}"),
    row("peer-bad-router-id", "peer a: {routerID: one}", "peer a: {routerID: 'fd00::1'}"),
    row("peer-bad-source", "peer a: {sourceAddress: eth0}", "peer a: {sourceAddress: 'fd00::1'}"),
    row(
        "peer-dup-selector",
        "peer a: {nodeSelectors: [{matchExpressions: [{key: a, operator: In, values: [x, x]}]}]}",
        "peer a: {nodeSelectors: [{matchExpressions: [{key: a, operator: In, values: [x, z]}]}]}",
    ),
    row("peer-bad-selector", "peer a: {nodeSelectors: [{matchLabels: {a b: c}}]}", "peer a: {nodeSelectors: [{matchLabels: {a/b: c}}]}"),
    row(
        "peer-two-passwords",
        "peer a: {password: x, passwordSecret: {name: s}}",
        "peer a: {password: x, passwordSecret: {}}",
    ),
    row(
        "peer-secret-missing",
        "peer a: {passwordSecret: {name: s}}\nsecret other/s: {type: kubernetes.io/basic-auth, stringData: {password: x}}",
        "peer a: {passwordSecret: {name: s}}\nsecret s: {type: kubernetes.io/basic-auth, stringData: {password: x}}",
    ),
    row(
        "peer-secret-type",
        "peer a: {passwordSecret: {name: s}}\nsecret s: {data: {password: eA==}}",
        "peer a: {passwordSecret: {name: s}}\nsecret s: {type: kubernetes.io/basic-auth, data: {password: eA==}}",
    ),
    row(
        "peer-secret-key",
        "peer a: {passwordSecret: {name: s}}\nsecret s: {type: kubernetes.io/basic-auth, data: {username: eA==}}",
        "peer a: {passwordSecret: {name: s}}\nsecret s: {type: kubernetes.io/basic-auth, data: {password: ''}}",
    ),
    row("peer-bfd-missing", "peer a: {bfdProfile: p}", "peer a: {bfdProfile: p}\nbfd p: {}"),
    row("peer-duplicate-object", "peer a: {holdTime: 90s}\npeer a: {holdTime: 1m30s}", "peer a: {holdTime: 90s}\npeer a: {holdTime: 9s}").on(Native),
    row("peer-router-id-ipv6", "peer a: {routerID: 'fd00::1'}", "peer a: {routerID: 10.0.0.1}").at(Metallb).on(Native),
    row("peer-source-family", "peer a: {sourceAddress: 'fd00::1'}", "peer a: {sourceAddress: 10.9.0.1}").at(Metallb),
    row(
        "peer-source-many-nodes",
        "peer a: {sourceAddress: 10.9.0.1}\nnode n: 10.9.0.1\nnode m: 10.9.0.2",
        "peer a: {sourceAddress: 10.9.0.1, nodeSelectors: [{matchLabels: {n: m}}]}\nnode n: 10.9.0.1\nnode m: 10.9.0.2",
    )
    .at(Metallb),
    row(
        "peer-no-node",
        "peer a: {nodeSelectors: [{matchLabels: {n: other}}]}\nnode n: 10.9.0.1",
        "peer a: {nodeSelectors: [{matchLabels: {n: other}}]}",
    )
    .at(Metallb),
    row("peer-hold-zero", "peer a: {holdTime: 0s}", "peer a: {}").at(Metallb),
    row(
        "peer-secret-namespace",
        "peer a: {passwordSecret: {name: s, namespace: other}}",
        "peer a: {passwordSecret: {name: s, namespace: metallb-system}}",
    )
    .at(Metallb),
    row("peer-field-ignored", "peer a: {sourceAddress: 10.9.0.1}", "peer a: {}").at(Metallb).on(FrrK8s),
    row("peer-field-ignored", "peer a: {disableMP: true}", "peer a: {disableMP: false}").at(Metallb),
    row("object-foreign-namespace", "peer x/a: {}\npeer b: {}", "peer x/a: {}").at(Metallb),
    // native
    row("native-bfd-profile-ref", "peer a: {bfdProfile: p}", "peer a: {bfdProfile: ''}").on(Native),
    row("native-bfd-object", "bfd p: {}", "peer a: {}").on(Native),
    row("native-keepalive", "peer a: {keepaliveTime: 30s}", "peer a: {keepaliveTime: 0s}").on(Native),
    row("native-vrf", "peer a: {vrf: red}", "peer a: {vrf: ''}").on(Native),
    row("native-connect-time", "peer a: {connectTime: 5s}", "peer a: {connectTime: null}").on(Native),
    row("native-graceful-restart", "peer a: {enableGracefulRestart: true}", "peer a: {enableGracefulRestart: false}").on(Native),
    row("native-disable-mp", "peer a: {disableMP: true}", "peer a: {disableMP: false}").on(Native),
    row("native-dual-stack", "peer a: {dualStackAddressFamily: true}", "peer a: {dualStackAddressFamily: false}").on(Native),
    row("native-dynamic-asn", "peer a: {peerASN: 0, dynamicASN: external}", "peer a: {dynamicASN: ''}").on(Native),
    row("native-interface", "peer a: {peerAddress: '', interface: eth0}", "peer a: {interface: ''}").on(Native),
    row("native-local-asn", "peer a: {localASN: 9}", "peer a: {localASN: 0}").on(Native).of(V0_16_1),
    row(
        "native-ipv6-pool",
        "pool a: {addresses: ['fd00::/120']}\nadv x: {ipAddressPoolSelectors: [{matchLabels: {n: a}}]}",
        "pool a: {addresses: ['fd00::/120']}\npool b: {}\nadv x: {ipAddressPools: [b]}\nl2 x: {}",
    )
    .on(Native),
    row("native-large-community", "adv x: {communities: ['large:1:2:3']}", "adv x: {communities: ['1:2']}").on(Native),
    row(
        "native-large-community",
        "community c: {communities: [{name: n, value: 'large:1:2:3'}]}",
        "community c: {communities: [{name: n, value: '1:2'}]}",
    )
    .on(Native),
    row("native-duplicate-peer", "peer a: {}\npeer b: {}", "peer a: {}\npeer b: {peerPort: 1179}").at(Metallb).on(Native),
    // frr
    row(
        "frr-router-id-differs",
        "peer a: {}\npeer b: {peerAddress: 10.1.0.2, routerID: 10.9.9.9}",
        "peer a: {routerID: 10.9.9.9}\npeer b: {peerAddress: 10.1.0.2, routerID: 10.9.9.9}",
    ),
    row("frr-duplicate-peer", "peer a: {}\npeer b: {}", "peer a: {}\npeer b: {vrf: red}"),
    row("frr-my-asn-differs", "peer a: {}\npeer b: {peerAddress: 10.1.0.2, myASN: 9}", "peer a: {}\npeer b: {peerAddress: 10.1.0.2, myASN: 9, vrf: red}"),
    row(
        "frr-duplicate-peer",
        "node n: 10.9.0.1\nnode m: 10.9.0.2\npeer a: {}\npeer b: {nodeSelectors: [{matchLabels: {n: m}}]}",
        "node n: 10.9.0.1\nnode m: 10.9.0.2\npeer a: {nodeSelectors: [{matchLabels: {n: n}}]}\npeer b: {nodeSelectors: [{matchLabels: {n: m}}]}",
    )
    .of(V0_16_1),
    row(
        "frr-duplicate-peer",
        "peer a: {nodeSelectors: [{matchLabels: {n: n}}]}\npeer b: {nodeSelectors: [{matchLabels: {n: m}}]}",
        "node n: 10.9.0.1\npeer a: {nodeSelectors: [{matchLabels: {n: n}}]}\npeer b: {nodeSelectors: [{matchLabels: {n: m}}]}",
    )
    .of(V0_16_1),
    row(
        "frr-bfd-echo-v6",
        "bfd p: {echoMode: true}\npeer a: {bfdProfile: p}\npool a: {addresses: ['fd00::/120']}\nadv x: {}",
        "bfd p: {echoMode: true}\npeer a: {bfdProfile: p}\npool a: {addresses: ['fd00::/120']}\nadv x: {peers: [b]}",
    ),
    // bfd, communities
    row("bfd-range", "bfd p: {minimumTtl: 255}", "bfd p: {minimumTtl: 254, receiveInterval: 10, detectMultiplier: 255}"),
    row("bfd-dup-name", "bfd p: {}\nbfd p: {}", "bfd p: {}\nbfd q: {}"),
    row(
        "community-bad-value",
        "community c: {communities: [{name: n, value: no-export}]}",
        "community c: {communities: [{name: no-export, value: '65535:65281'}]}",
    ),
    row(
        "community-dup-alias",
        "community c: {communities: [{name: n, value: '1:1'}]}\ncommunity d: {communities: [{name: n, value: '1:1'}]}",
        "community c: {communities: [{name: n, value: '1:1'}]}\ncommunity d: {communities: [{name: m, value: '1:1'}]}",
    ),
    // advertisements
    row("adv-agg-too-long", "adv x: {aggregationLength: 33}", "adv x: {aggregationLength: 32}"),
    row("adv-agg-v6-too-long", "adv x: {aggregationLengthV6: 129}", "adv x: {aggregationLengthV6: -1}"),
    row(
        "adv-agg-shorter-than-pool",
        "pool a: {addresses: [10.0.0.0/26]}\nadv x: {aggregationLength: 25}",
        "pool a: {addresses: [10.0.0.0/26]}\nadv x: {aggregationLength: 26, aggregationLengthV6: 1}",
    ),
    row(
        "adv-agg-shorter-than-pool",
        "pool a: {addresses: [10.0.0.1-10.0.0.6]}\nadv x: {aggregationLength: 30}",
        "pool a: {addresses: [10.0.0.1-10.0.0.6]}\nadv x: {aggregationLength: 31}",
    ),
    row(
        "adv-localpref-conflict",
        "node n: 10.9.0.1\npool a: {}\nadv x: {localPref: 100}\nadv z: {}",
        "pool a: {}\nadv x: {localPref: 100}\nadv z: {}",
    ),
    row(
        "adv-localpref-conflict",
        "node n: 10.9.0.1\npool a: {}\nadv x: {localPref: 100, aggregationLengthV6: 64}\nadv z: {}",
        "node n: 10.9.0.1\npool a: {}\nadv x: {localPref: 100, aggregationLength: 24}\nadv z: {}",
    ),
    row(
        "adv-localpref-conflict",
        "node n: 10.9.0.1\npool a: {}\nadv x: {localPref: 100, aggregationLength: 24}\nadv z: {}",
        "node n: 10.9.0.1\npool a: {}\nadv x: {localPref: 100, aggregationLength: 24, aggregationLengthV6: 64}\nadv z: {}",
    )
    .of(V0_14_9),
    row(
        "adv-localpref-conflict",
        "node n: 10.9.0.1\npool a: {}\nadv x: {localPref: 100, peers: [a, b]}\nadv z: {peers: [b, c]}",
        "node n: 10.9.0.1\npool a: {}\nadv x: {localPref: 100, peers: [a]}\nadv z: {peers: [b, c]}",
    ),
    row(
        "adv-localpref-conflict",
        "node n: 10.9.0.1\nnode m: 10.9.0.2\npool a: {}\nadv x: {localPref: 1, nodeSelectors: [{matchLabels: {n: n}}]}\nadv z: {}",
        "node n: 10.9.0.1\nnode m: 10.9.0.2\npool a: {}\nadv x: {localPref: 1, nodeSelectors: [{matchLabels: {n: n}}]}\nadv z: {nodeSelectors: [{matchLabels: {n: m}}]}",
    ),
    row(
        "adv-localpref-conflict",
        "node n: 10.9.0.1\npool a: {}\nadv x: {localPref: 100, serviceSelectors: [{}]}\nadv z: {}",
        "node n: 10.9.0.1\npool a: {}\nadv x: {localPref: 100, ipAddressPools: [b]}\nadv z: {}",
    )
    .of(V0_15_3),
    row(
        "adv-localpref-conflict",
        "node n: 10.9.0.1\npool a: {}\nadv x: {localPref: 100}\nadv z: {}",
        "node n: 10.9.0.1\npool a: {}\nadv x: {localPref: 100, serviceSelectors: [{}]}\nadv z: {}",
    )
    .of(V0_16_1),
    row("adv-dup-pool", "adv x: {ipAddressPools: [a, a]}", "adv x: {ipAddressPools: [a, b]}"),
    row("adv-dup-peer", "adv x: {peers: [a, a]}", "adv x: {peers: [a, b]}"),
    row("adv-dup-community", "adv x: {communities: ['1:1', '1:1']}", "adv x: {communities: ['1:1', '1:01']}"),
    row("adv-dup-selector", "adv x: {nodeSelectors: [{}, {}]}", "adv x: {nodeSelectors: [{}]}"),
    row(
        "adv-bad-selector",
        "adv x: {ipAddressPoolSelectors: [{matchExpressions: [{key: a, operator: In}]}]}",
        "adv x: {ipAddressPoolSelectors: [{matchExpressions: [{key: a, operator: In, values: [b]}]}]}",
    ),
    row("adv-community-value", "adv x: {communities: ['65536:1']}", "adv x: {communities: ['65535:65535']}"),
    row(
        "adv-community-unknown",
        "adv x: {communities: [no-export]}",
        "adv x: {communities: [no-export]}\ncommunity c: {communities: [{name: no-export, value: '65535:65281'}]}",
    ),
    row("adv-service-selector-agg", "adv x: {serviceSelectors: [{}], aggregationLength: 24}", "adv x: {serviceSelectors: [{}], aggregationLength: 32}").of(V0_16_1),
    row("adv-duplicate-object", "adv x: {}\nadv x: {}", "adv x: {}\nadv x: {peers: [a]}"),
    row("adv-unknown-peer", "adv x: {peers: [a]}", "adv x: {peers: [a]}\npeer a: {}").at(Metallb),
    row("adv-unknown-pool", "l2 x: {ipAddressPools: [a]}", "l2 x: {ipAddressPools: [a]}\npool a: {}").at(Metallb),
    row(
        "adv-selects-nothing",
        "adv x: {ipAddressPoolSelectors: [{matchLabels: {n: b}}]}\npool a: {}",
        "adv x: {ipAddressPoolSelectors: [{matchLabels: {n: a}}]}\npool a: {}",
    )
    .at(Metallb),
    row("l2-dup-pool", "l2 x: {ipAddressPools: [a, a]}", "l2 x: {ipAddressPools: [a]}"),
    row("l2-dup-selector", "l2 x: {nodeSelectors: [{}, {}]}", "l2 x: {nodeSelectors: [{}], interfaces: [a, a]}"),
    row("l2-bad-selector", "l2 x: {nodeSelectors: [{matchLabels: {a: '-'}}]}", "l2 x: {nodeSelectors: [{matchLabels: {a: b}}]}"),
    row(
        "l2-bad-selector",
        "l2 x: {preferredNodeSelectors: [{weight: 1, preference: {matchLabels: {a: '-'}}}]}",
        "l2 x: {preferredNodeSelectors: [{weight: 1, preference: {matchLabels: {a: b}}}]}",
    )
    .of(Main),
    // webhooks
    row("wh-namespace", "pool default/a: {}", "pool a: {}").at(Webhook),
    row("wh-namespace", "bfd default/a: {}", "operation update\nbfd default/a: {}").at(Webhook),
    row("wh-namespace", "peer default/a: {disableMP: true}", "peer default/a: {disableMP: null}\noperation update").at(Webhook).of(V0_14_9),
    row("wh-namespace", "peer default/a: {}", "peer default/a: {disableMP: true}").at(Webhook),
    row(
        "wh-bfd-in-use",
        "operation delete\nbefore bfd p: {}\nbefore peer a: {bfdProfile: p}\nbfd p: {}",
        "operation delete\nbefore bfd p: {}\nbefore peer a: {bfdProfile: q}\nbfd p: {}",
    )
    .at(Webhook),
    row("pool-overlap", "before pool a: {}\npool b: {}", "operation update\nbefore pool a: {}\npool a: {addresses: [10.0.0.0/25]}").at(Webhook),
    row("frr-my-asn-differs", "before peer a: {}\npeer b: {peerAddress: 10.1.0.2, myASN: 9}", "before peer a: {}\npeer b: {peerAddress: 10.1.0.2, myASN: 9, disableMP: true}").at(Webhook),
    row("peer-no-my-asn", "peer a: {myASN: 0}", "peer a: {bfdProfile: gone, passwordSecret: {name: gone}, password: x}").at(Webhook),
    row("adv-community-unknown", "adv x: {communities: ['a:b:c']}", "adv x: {communities: [a-b-c]}").at(Webhook),
    row(
        "adv-agg-shorter-than-pool",
        "before pool a: {}\nadv x: {aggregationLength: 16}",
        "before adv x: {aggregationLength: 16}\npool a: {}",
    )
    .at(Webhook),
    row("native-ipv6-pool", "before pool a: {addresses: ['fd00::/120']}\nadv x: {}", "before adv x: {}\npool a: {addresses: ['fd00::/120']}").at(Webhook).on(Native),
    row("pool-node-address", "before node n: 10.0.0.7\npool a: {}", "before node n: 10.0.1.7\npool a: {}").at(Webhook).of(V0_15_0),
    // schema
    row("schema-peer-port", "peer a: {peerPort: 16385}", "peer a: {peerPort: 16384}").at(Schema),
    row("schema-peer-port", "peer a: {peerPort: -1}", "peer a: {peerPort: 0}").at(Schema).of(V0_14_9),
    row("schema-required", "pool a: {addresses: null}", "pool a: {addresses: []}").at(Schema),
    row("schema-required", "peer a: {peerAddress: null}", "peer a: {}").at(Schema).of(V0_14_9),
    row("schema-agg-min", "adv x: {aggregationLength: 0}", "adv x: {aggregationLengthV6: 0}").at(Schema),
    row("schema-connect-time", "peer a: {connectTime: 1.5s}", "peer a: {connectTime: 65535s}").at(Schema),
    row("schema-connect-time", "peer a: {connectTime: 65536s}", "peer a: {connectTime: 1.0000001s}").at(Schema),
    row("schema-bfd-range", "bfd p: {detectMultiplier: 1}", "bfd p: {detectMultiplier: 2}").at(Schema),
    row("schema-dynamic-asn", "peer a: {dynamicASN: ''}", "peer a: {dynamicASN: internal}").at(Schema),
    row("schema-asn-range", "peer a: {myASN: 4294967296}", "peer a: {myASN: 4294967295}").at(Schema),
    row("schema-type", "peer a: {myASN: '64500'}", "peer a: {holdTime: soon}").at(Schema),
    row("schema-weight", "l2 x: {preferredNodeSelectors: [{weight: 0, preference: {}}]}", "l2 x: {preferredNodeSelectors: [{weight: 100, preference: {}}]}").at(Schema).of(Main),
    row("schema-service-selector-agg", "adv x: {serviceSelectors: [{}], aggregationLengthV6: 64}", "adv x: {serviceSelectors: [], aggregationLengthV6: 64}").at(Schema).of(V0_16_1),
    row(
        "schema-graceful-restart-immutable",
        "operation update\nbefore peer a: {enableGracefulRestart: true}\npeer a: {enableGracefulRestart: false}",
        "operation update\nbefore peer a: {enableGracefulRestart: true}\npeer a: {}",
    )
    .at(Schema),
    row("schema-unknown-field", "peer a: {localASN: 9}", "peer a: {}").at(Schema),
    row("schema-name", "pool '': {}", "pool a: {}").at(Schema),
    row("schema-name", "pool my_pool: {}", "pool my.pool-1: {}").at(Schema),
    row("schema-name", "pool Metallb/a: {}", "pool x/a: {}").at(Schema),
    row("schema-label", "pool -a: {}", "pool a: {}").at(Schema),
];

fn layers(layer: Layer) -> Layers {
    match layer {
        Layer::Schema => Layers::SCHEMA,
        Layer::Webhook => Layers::WEBHOOK,
        Layer::Config => Layers::CONFIG,
        _ => Layers { schema: false, webhook: false, config: false, advice: true },
    }
}

#[test]
fn each_rule_fires_and_is_silent() {
    for row in ROWS {
        let judged = |objects| judged(row.version, row.backend, layers(row.layer), objects);
        let fires = judged(row.fires);
        let Some(finding) = fires.findings.iter().find(|f| f.rule == row.rule && f.layer == row.layer) else {
            panic!("{} is silent about\n{}\n{:#?}", row.rule, row.fires, fires.findings);
        };
        assert!(finding.place.is_some() && finding.object.is_some(), "{finding:?}");
        let counts = finding.severity == Severity::Error && row.layer != Layer::Metallb;
        assert_eq!(fires.is_valid(), !counts, "{} {:?}", row.rule, fires.findings);
        let silent = judged(row.silent);
        assert!(
            !silent.findings.iter().any(|f| f.rule == row.rule),
            "{} fires on\n{}\n{:#?}",
            row.rule,
            row.silent,
            silent.findings
        );
        // The silent twin is sound as a whole, unless only advice was asked.
        assert!(silent.is_valid(), "{}\n{}\n{:#?}", row.rule, row.silent, silent.findings);
    }
}

/// The table that the compiler asks before it emits a field, against the judge.
#[test]
fn features_are_judged_as_their_table_says() {
    use crate::metallb::features::{Feature, Support, support};
    for feature in Feature::ALL {
        let objects = match feature {
            Feature::DynamicAsn => "peer a: {peerASN: 0, dynamicASN: external}",
            Feature::Interface => "peer a: {peerAddress: null, interface: eth0}",
            Feature::SourceAddress => "peer a: {sourceAddress: 10.9.0.1}",
            Feature::KeepaliveTime => "peer a: {keepaliveTime: 30s}",
            Feature::ConnectTime => "peer a: {connectTime: 5s}",
            Feature::Bfd => "bfd p: {}\npeer a: {bfdProfile: p}",
            Feature::GracefulRestart => "peer a: {enableGracefulRestart: true}",
            Feature::EbgpMultiHop => "peer a: {ebgpMultiHop: true}",
            Feature::Vrf => "peer a: {vrf: red}",
            Feature::DisableMp => "peer a: {disableMP: true}",
            Feature::DualStackAddressFamily => "peer a: {dualStackAddressFamily: true}",
            Feature::LocalAsn => "peer a: {localASN: 9}",
            Feature::Ipv6OverBgp => "pool a: {addresses: ['fd00::/120']}\nadv x: {}",
            Feature::LargeCommunities => "adv x: {communities: ['large:1:2:3']}",
            Feature::ServiceSelectors => "adv x: {serviceSelectors: [{}]}",
            Feature::PreferredNodeSelectors => {
                "l2 x: {preferredNodeSelectors: [{weight: 1, preference: {}}]}"
            }
        };
        for version in Version::ALL {
            for backend in Backend::ALL {
                let verdict = judged(version, backend, Layers::ALL, objects);
                let told = |rule: &str| verdict.findings.iter().any(|finding| finding.rule == rule);
                let at = format!("{feature:?} {version} {backend} {:?}", verdict.findings);
                match support(feature, version, backend) {
                    Support::Works => {
                        assert!(
                            verdict.is_valid()
                                && !told("peer-field-ignored")
                                && !told("schema-unknown-field"),
                            "{at}"
                        );
                    }
                    Support::Ignored(_) => assert!(verdict.is_valid() && told("peer-field-ignored"), "{at}"),
                    Support::Refused(rule) => assert!(!verdict.is_valid() && told(rule), "{at}"),
                    Support::NotYet(_) => assert!(told("schema-unknown-field"), "{at}"),
                }
            }
        }
    }
}

#[test]
fn a_plain_network_raises_nothing() {
    let objects = "node n: 10.9.0.1\npool a: {}\nadv x: {ipAddressPools: [a], peers: [r]}\npeer r: {}";
    for version in Version::ALL {
        for backend in Backend::ALL {
            let verdict = judged(version, backend, Layers::ALL, objects);
            assert_eq!(verdict.findings, [], "{version} {backend}");
        }
    }
}

#[test]
fn an_object_that_nobody_can_read_is_told_by_every_layer() {
    for layers in [Layers::CONFIG, Layers::WEBHOOK, Layers::SCHEMA, Layers::ALL] {
        let verdict = judged(Version::V0_15_2, Backend::Native, layers, "peer a: {peerASN: many}");
        let rules: Vec<_> = verdict.findings.iter().map(|f| (f.layer, f.rule.as_ref())).collect();
        assert_eq!(rules, [(Layer::Schema, "schema-type")], "{layers:?}");
    }
}

/// A webhook looks at what exists at that moment, not at what the later objects make of it.
#[test]
fn an_object_is_judged_beside_what_is_there_when_it_is_written() {
    let judged = |objects: &str| judged(Version::V0_15_2, Native, Layers::WEBHOOK, objects).is_valid();
    let pool = "before pool a: {addresses: ['fd00::/120']}";
    assert!(judged(&format!("{pool}\npool a: {{}}\nadv x: {{}}\nadv z: {{}}")));
    assert!(!judged(&format!("{pool}\nadv x: {{}}\npool a: {{}}\nadv z: {{}}")));
}

/// The API server drops from a v1beta1 peer what that version does not know, whatever its type.
#[test]
fn an_old_peer_has_only_the_fields_of_its_version() {
    let judged = |extra: &str| {
        let text = format!(
            "apiVersion: metallb.io/v1beta1\nkind: BGPPeer\nmetadata: {{name: a}}\n\
             spec: {{myASN: 64500, peerASN: 64512, peerAddress: 10.1.0.1, {extra}}}"
        );
        let judge = Judge {
            version: Version::V0_15_2,
            backend: Native,
            layers: Layers { advice: false, ..Layers::ALL },
            namespace: None,
        };
        let verdict = judge.judge_files(read(SourceId(0), &text).expect("readable"));
        verdict.findings.iter().map(|finding| finding.rule.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(judged("holdTime: 90s"), [""; 0]);
    assert_eq!(judged("vrf: red"), ["schema-unknown-field"]);
    assert_eq!(judged("disableMP: [1]"), ["schema-unknown-field"]);
    assert_eq!(judged("keepaliveTime: 30s, holdTime: 90s"), ["native-keepalive"]);
}

/// Advertisements that are alike are compared once, and still each pool's own pair is told.
#[test]
fn each_pool_with_a_conflict_is_told() {
    let mut objects = String::from("node n: 10.9.0.1\nadv every: {localPref: 9, peers: [other]}\n");
    for pool in ["a", "b", "c"] {
        objects.push_str(&format!(
            "pool {pool}: {{addresses: [10.0.{}.0/24]}}\n\
             adv {pool}1: {{ipAddressPools: [{pool}], peers: [r]}}\n\
             adv {pool}2: {{ipAddressPools: [{pool}], peers: [r, s], localPref: 1}}\n",
            pool.len() + usize::from(pool.as_bytes()[0])
        ));
    }
    let verdict = judged(Version::V0_15_2, Backend::Frr, Layers::CONFIG, &objects);
    let mut told: Vec<_> = verdict.findings.iter().filter_map(|f| f.object.as_deref()).collect();
    told.sort_unstable();
    let advertisement = |name: &str| format!("BGPAdvertisement metallb-system/{name}");
    assert_eq!(told, ["a2", "b2", "c2"].map(advertisement));
}

#[test]
fn a_kind_that_metallb_does_not_have_is_told() {
    for (api_version, kind, rules) in [
        ("metallb.io/v1beta2", "IPAddressPool", &["schema-kind"][..]),
        ("metallb.io/v1beta3", "BGPPeer", &["schema-kind"]),
        ("metallb.io/v1alpha1", "AddressPool", &["schema-kind"]),
        ("metallb.io/v1beta1", "BgpAdvertisement", &["schema-kind"]),
        ("metallb.io/v1beta1", "ServiceL2Status", &[]),
        ("frrk8s.metallb.io/v1beta1", "FRRConfiguration", &[]),
        ("example.com/v1", "IPAddressPool", &[]),
    ] {
        let text = format!("{{apiVersion: {api_version}, kind: {kind}, metadata: {{name: a}}}}");
        let judge =
            Judge { version: Version::V0_15_2, backend: Native, layers: Layers::ALL, namespace: None };
        let verdict = judge.judge_files(read(SourceId(0), &text).expect("readable"));
        let told: Vec<_> = verdict.findings.iter().map(|finding| finding.rule.as_ref()).collect();
        assert_eq!(told, rules, "{text}");
    }
}

#[test]
fn a_huge_value_makes_no_huge_message() {
    let objects = format!("pool a: {{addresses: ['{}']}}", "ä".repeat(100_000));
    let verdict = judged(Version::V0_15_2, Native, Layers::CONFIG, &objects);
    assert_eq!(verdict.findings.len(), 1);
    assert!(verdict.findings.iter().all(|finding| finding.message.chars().count() < 1_100));
}

/// Kubernetes drops a `null` label of a selector and reads one in metadata as empty.
#[test]
fn null_labels_are_no_fault() {
    let objects = "adv x: {nodeSelectors: [{matchLabels: {a: null}}]}\nnode n: 10.9.0.1";
    let verdict = judged(Version::V0_15_2, Backend::Frr, Layers { advice: false, ..Layers::ALL }, objects);
    assert_eq!(verdict.findings, []);
    let text = "{apiVersion: v1, kind: Node, metadata: {name: node, labels: {a: null}}}";
    let judge = Judge { version: Version::V0_15_2, backend: Native, layers: Layers::ALL, namespace: None };
    assert_eq!(judge.judge_files(read(SourceId(0), text).expect("readable")).findings, []);
}

#[test]
fn passwords_are_in_no_finding() {
    let objects = "peer a: {password: hunter2, passwordSecret: {name: s}}\npeer b: {password: {a: hunter2}}\nsecret s: {type: Opaque, stringData: {password: hunter2}}\nsecret t: {data: {password: 'hunter2 '}}";
    let verdict = judged(Version::V0_15_2, Backend::Native, Layers::ALL, objects);
    assert!(!verdict.is_valid());
    assert!(!format!("{:?}", verdict.findings).contains("hunter2"), "{:#?}", verdict.findings);
}

/// The judged sets beside the checkout, where they are at hand.
#[test]
fn shared_cases_are_judged_as_metallb_judges_them() {
    let shared = std::env::var_os("METALSENSE_SHARED").map_or_else(
        || std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared")),
        std::path::PathBuf::from,
    );
    let folder = shared.join("metallb/cases");
    let Ok(index) = std::fs::read_to_string(folder.join("index.tsv")) else {
        eprintln!("skipped: no shared cases at hand");
        return;
    };
    let mut judged = 0;
    for line in index.lines().skip(1).filter(|line| !line.is_empty()) {
        let [file, mode, verdict, rule, layer, versions] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        let text = std::fs::read_to_string(folder.join(file)).expect(file);
        for version in Version::ALL {
            let within = versions.split(',').all(|bound| {
                let limit =
                    |prefix| bound.strip_prefix(prefix).map(|v: &str| v.parse::<Version>().expect(bound));
                match (limit(">="), limit("<")) {
                    (Some(low), _) => version >= low,
                    (_, Some(high)) => version < high,
                    _ => panic!("{bound}"),
                }
            });
            if !within {
                continue;
            }
            for backend in Backend::ALL {
                let meant = mode == "any"
                    || mode == "native" && !backend.is_frr()
                    || mode == "frr" && backend.is_frr();
                if !meant {
                    continue;
                }
                let layers = layer.parse().expect(layer);
                let judge = Judge { version, backend, layers, namespace: None };
                let answer = judge.judge_files(read(SourceId(0), &text).expect(file));
                assert_eq!(
                    answer.is_valid(),
                    verdict == "valid",
                    "{file} {version} {backend} {:?}",
                    answer.findings
                );
                if rule != "-" {
                    assert!(answer.findings.iter().any(|f| f.rule == rule), "{file} {:?}", answer.findings);
                }
                judged += 1;
            }
        }
    }
    assert!(judged > 0);
}
