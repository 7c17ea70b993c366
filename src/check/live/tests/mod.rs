//! Healthy networks raise nothing; every mistake that can be seen is found where it is seeded.

mod lab;

use lab::{Lab, Shape};
use serde_json::{Value, json};

use crate::finding::codes;

/// Networks that are made up. A thousand take more than a minute without optimization, so that many
/// are asked for by an environment variable.
fn healthy() -> u64 {
    let asked = std::env::var("METALSENSE_HEALTHY_NETWORKS").ok();
    asked.and_then(|number| number.parse().ok()).unwrap_or(150)
}

#[test]
fn healthy_networks_raise_nothing() {
    for number in 0..healthy() {
        let shape = Shape::random(number);
        let complaints = Lab::healthy(&shape).complaints();
        assert_eq!(complaints, Vec::<String>::new(), "{number}: {shape:?}");
    }
}

#[test]
fn what_was_never_set_up_is_no_mistake() {
    for number in 0..20 {
        let shape = Shape::random(number);
        assert_eq!(Lab::bare(&shape).complaints(), Vec::<String>::new(), "{number}: {shape:?}");
    }
}

type Seed = (&'static str, fn(&mut Lab));

/// Code, and what is done to a healthy network to raise it.
fn finds(shape: &Shape, seeds: &[Seed]) {
    let healthy = Lab::healthy(shape);
    for (number, (code, seed)) in seeds.iter().enumerate() {
        let mut lab = healthy.clone();
        seed(&mut lab);
        let found = lab.check();
        let all: Vec<String> =
            found.iter().map(|f| format!("{}[{}] {}", f.severity, f.rule, f.message)).collect();
        let hit = found.iter().find(|finding| finding.rule == *code);
        let hit = hit.unwrap_or_else(|| panic!("seed {number} {code}: {all:#?}"));
        let page = codes::find(code).expect("a page");
        assert!(
            hit.severity <= page.severity,
            "{code} is {} and its page says {}",
            hit.severity,
            page.severity
        );
        assert!(hit.place.is_some(), "{code} has no place");
    }
}

fn alias(value: &str) -> Value {
    json!({"name": "X", "type": "network", "address": value})
}

fn vip(mode: &str, address: &str, bits: &str) -> Value {
    json!({"vip": [{"mode": mode, "interface": "opt1", "uniqid": "9a", "subnet": address, "subnet_bits": bits}]})
}

fn rule(lab: &mut Lab, rule: Value) {
    lab.firewall("/filter/rule").as_array_mut().expect("rules").insert(0, rule);
}

fn neighbor<'l>(lab: &'l mut Lab, field: &str) -> &'l mut Value {
    &mut lab.package("frrbgpneighbors")[0][field]
}

#[test]
fn seeds_in_the_address_plan() {
    finds(
        &Shape::simple(),
        &[
            ("pool-holds-router-address", |lab| *lab.firewall("/interfaces/lan/ipaddr") = json!("10.60.1.1")),
            ("pool-on-interface", |lab| *lab.firewall("/interfaces/lan/ipaddr") = json!("10.60.1.1")),
            ("pool-holds-router-address", |lab| {
                *lab.firewall("/gateways/gateway_item/1/gateway") = json!("10.60.1.9")
            }),
            ("pool-holds-virtual-address", |lab| {
                *lab.firewall("/virtualip") = vip("ipalias", "10.60.1.9", "32")
            }),
            ("pool-holds-virtual-address", |lab| {
                *lab.firewall("/virtualip") = vip("proxyarp", "10.60.1.0", "28")
            }),
            ("pool-in-dhcp-range", |lab| *lab.firewall("/dhcpd/lan/range/from") = json!("10.60.1.100")),
            ("pool-in-dhcp-range", |lab| {
                *lab.firewall("/dhcpd/lan/pool") =
                    json!([{"range": {"from": "10.60.1.100", "to": "10.60.1.120"}}]);
            }),
            ("pool-holds-reservation", |lab| {
                *lab.firewall("/dhcpd/lan/staticmap") = json!([{"ipaddr": "10.60.1.5", "hostname": "nas"}]);
            }),
            ("pool-on-static-route", |lab| {
                *lab.firewall("/staticroutes/route/0/network") = json!("10.60.1.128/25")
            }),
            ("pool-on-static-route", |lab| {
                *lab.firewall("/staticroutes/route/0/network") = json!("X");
                *lab.firewall("/aliases/alias/0") = alias("10.60.1.0/24");
            }),
            ("pool-inside-static-route", |lab| {
                *lab.firewall("/staticroutes/route/0/network") = json!("10.0.0.0/8")
            }),
            ("pool-in-tunnel-network", |lab| {
                *lab.firewall("/openvpn/openvpn-server/0/tunnel_network") = json!("10.60.0.0/16");
            }),
            ("pool-in-tunnel-network", |lab| {
                *lab.firewall("/installedpackages/wireguard") = json!({"tunnels": {"item": [{"name": "wg", "enabled": "yes",
                    "addresses": {"row": [{"address": "10.60.1.1", "mask": "24"}]}}]}});
            }),
            ("pool-in-remote-network", |lab| {
                *lab.firewall("/openvpn/openvpn-server/0/remote_network") = json!("10.60.1.0/24");
            }),
            ("pool-in-remote-network", |lab| {
                *lab.firewall("/ipsec") = json!({"phase2": [{"mode": "tunnel", "remoteid": {"type": "network", "address": "10.0.0.0", "netbits": "8"}}]});
            }),
            ("pool-used-by-nat", |lab| {
                *lab.firewall("/nat/onetoone") = json!([{"external": "10.60.1.8", "source": {"address": "10.20.0.11"}, "interface": "lan"}]);
            }),
            ("pool-in-cluster-network", |lab| {
                lab.object("Node", "node1")["spec"]["podCIDR"] = json!("10.60.0.0/16")
            }),
            ("pool-of-another-network", |lab| {
                let mut list = lab.package("frrglobalprefixes")[0].clone();
                list["name"] = json!("metalsense.other.fw.in");
                lab.package("frrglobalprefixes").push(list);
            }),
            ("peer-address-not-on-router", |lab| {
                *lab.firewall("/interfaces/opt1/ipaddr") = json!("10.20.0.7")
            }),
            ("node-has-router-address", |lab| {
                *lab.firewall("/virtualip") = vip("ipalias", "10.20.0.11", "24")
            }),
            ("node-in-dhcp-range", |lab| *lab.firewall("/dhcpd/opt1/enable") = json!("")),
        ],
    );
}

#[test]
fn seeds_in_the_firewall() {
    let blocked: &[Seed] = &[
        ("firewall-blocks-bgp", |lab| {
            rule(
                lab,
                json!({"type": "block", "interface": "opt1", "floating": "yes", "quick": "yes", "direction": "in",
                "protocol": "tcp", "source": {"any": ""}, "destination": {"any": "", "port": "179"}}),
            );
        }),
        ("firewall-blocks-bgp", |lab| {
            let rules = lab.firewall("/filter/rule").as_array_mut().expect("rules");
            rules.retain(|rule| rule["interface"] == "lan" || rule["interface"] == "opt2");
        }),
        ("firewall-blocks-bgp", |lab| *lab.firewall("/interfaces/opt1/blockpriv") = json!("")),
        ("firewall-routes-bgp-away", |lab| {
            rule(
                lab,
                json!({"type": "pass", "interface": "opt1", "floating": "yes", "quick": "yes", "direction": "in", "gateway": "LTE",
                "source": {"any": ""}, "destination": {"any": ""}}),
            );
        }),
        ("firewall-routes-clients-away", |lab| {
            rule(
                lab,
                json!({"type": "pass", "interface": "lan", "gateway": "LTE", "source": {"network": "lan"}, "destination": {"any": ""}}),
            );
        }),
        ("firewall-blocks-clients", |lab| {
            rule(
                lab,
                json!({"type": "block", "interface": "lan", "source": {"any": ""}, "destination": {"address": "RFC1918"}}),
            );
        }),
    ];
    for rules in 0..lab::RULES {
        // Without a rule that ends the search, one that routes by policy stands alone.
        finds(&Shape { rules, ..Shape::simple() }, blocked);
    }
    finds(
        &Shape { rules: 1, ..Shape::simple() },
        &[
            ("firewall-bgp-scheduled", |lab| {
                let rules = lab.firewall("/filter/rule").as_array_mut().expect("rules");
                rules.iter_mut().for_each(|rule| rule["sched"] = json!("office"));
            }),
            ("firewall-blocks-bgp", |lab| *lab.firewall("/aliases/alias/0/address") = json!("10.20.0.64/26")),
        ],
    );
    finds(
        &Shape { rules: 1, bfd: true, backend: "frr", ..Shape::simple() },
        &[("firewall-blocks-bfd", |lab| {
            let rules = lab.firewall("/filter/rule").as_array_mut().expect("rules");
            rules.retain(|rule| rule["protocol"] != "udp");
        })],
    );
    finds(
        &Shape { clients: true, ..Shape::simple() },
        &[("clients-beside-nodes", |lab| lab.declare("role: nodes", "role: clients"))],
    );
}

#[test]
fn seeds_at_both_ends() {
    finds(
        &Shape::simple(),
        &[
            ("neighbor-missing", |lab| {
                lab.package("frrbgpneighbors").remove(1);
            }),
            ("neighbor-without-node", |lab| {
                let mut copy = lab.package("frrbgpneighbors")[0].clone();
                copy["peer"] = json!("10.20.0.99");
                lab.package("frrbgpneighbors").push(copy);
            }),
            ("neighbor-without-node", |lab| {
                lab.package("frrbgpneighbors").push(json!({"peer": "10.20.0.99", "asnum": "64500"}));
            }),
            ("node-not-declared", |lab| {
                let mut node = lab.object("Node", "node1").clone();
                node["metadata"]["name"] = json!("node9");
                node["status"]["addresses"] = json!([{"type": "InternalIP", "address": "10.20.0.19"}]);
                lab.cluster.push(node);
            }),
            ("node-does-not-dial", |lab| {
                lab.object("BGPPeer", "fw")["spec"]["nodeSelectors"] =
                    json!([{"matchLabels": {"kubernetes.io/hostname": "node1"}}]);
            }),
            ("session-asn-differs", |lab| *neighbor(lab, "asnum") = json!("64599")),
            ("session-asn-differs", |lab| lab.package("frrbgp")[0]["asnum"] = json!("64599")),
            ("session-asn-differs", |lab| lab.object("BGPPeer", "fw")["spec"]["peerASN"] = json!(64599)),
            ("session-asn-differs", |lab| lab.object("BGPPeer", "fw")["spec"]["myASN"] = json!(64599)),
            ("session-asn-differs", |lab| *neighbor(lab, "localas_num") = json!("64599")),
            ("router-asn-not-declared", |lab| lab.declare("asn: 64501", "asn: 64599")),
            ("neighbor-without-asn", |lab| *neighbor(lab, "asnum") = json!("")),
            ("bgp-switched-off", |lab| lab.package("frr")[0]["enable"] = json!("")),
            ("bgp-switched-off", |lab| lab.package("frrbgp")[0]["enable"] = json!("")),
            ("bgp-switched-off", |lab| lab.package("frrbgp")[0]["shutdown"] = json!("on")),
            ("neighbor-shut-down", |lab| *neighbor(lab, "shutdown") = json!("on")),
            ("neighbor-not-passive", |lab| *neighbor(lab, "passive") = json!("")),
            ("neighbor-both-families", |lab| *neighbor(lab, "bothaf") = json!("on")),
            ("neighbor-ttl-security", |lab| *neighbor(lab, "ttlsecurityhops") = json!("1")),
            ("neighbor-twice", |lab| {
                let copy = lab.package("frrbgpneighbors")[0].clone();
                lab.package("frrbgpneighbors").push(copy);
            }),
            ("neighbor-hold-ignored", |lab| *neighbor(lab, "timers_holdtime") = json!("30")),
            ("session-hold-too-short", |lab| {
                *neighbor(lab, "timers_keepalive") = json!("1");
                *neighbor(lab, "timers_holdtime") = json!("2");
            }),
            ("session-hold-zero", |lab| lab.object("BGPPeer", "fw")["spec"]["holdTime"] = json!("0s")),
            ("session-md5-differs", |lab| lab.object("BGPPeer", "fw")["spec"]["password"] = json!("x")),
            ("session-md5-differs", |lab| {
                *neighbor(lab, "password") = json!("x");
                *neighbor(lab, "password_type") = json!("both-bidir");
            }),
            ("session-bfd-differs", |lab| *neighbor(lab, "bfdenable") = json!("on")),
            ("session-source-differs", |lab| *neighbor(lab, "updatesource") = json!("lan")),
            ("router-id-taken", |lab| lab.package("frrbgp")[0]["routerid"] = json!("10.20.0.11")),
            ("frr-line-not-parsed", |lab| *neighbor(lab, "timers_keepalive") = json!("5")),
            ("neighbor-answers-elsewhere", |lab| {
                *lab.firewall("/interfaces/opt1/ipaddr") = json!("10.20.0.2");
                *lab.firewall("/virtualip") = vip("carp", "10.20.0.1", "24");
            }),
            ("neighbor-needs-multihop", |lab| {
                *lab.firewall("/interfaces/opt1/subnet") = json!("29");
                *lab.firewall("/virtualip") = json!("");
            }),
        ],
    );
    finds(
        &Shape { md5: true, ..Shape::simple() },
        &[
            ("md5-not-signed", |lab| *neighbor(lab, "password_type") = json!("frr")),
            ("md5-not-signed", |lab| *neighbor(lab, "password_type") = json!("none")),
            ("session-md5-differs", |lab| *neighbor(lab, "password") = json!("")),
            ("session-md5-differs", |lab| *neighbor(lab, "password") = json!("another")),
            ("peer-secret-type", |lab| {
                let secret =
                    lab.cluster.iter_mut().find(|object| object["kind"] == "Secret").expect("a secret");
                secret["type"] = json!("Opaque");
            }),
        ],
    );
    finds(
        &Shape { backend: "frr", bfd: true, ..Shape::simple() },
        &[
            ("session-bfd-differs", |lab| *neighbor(lab, "bfdenable") = json!("")),
            ("session-bfd-differs", |lab| {
                lab.object("BGPPeer", "fw")["spec"].as_object_mut().expect("fields").remove("bfdProfile");
            }),
            ("bfd-daemon-off", |lab| lab.package("frrbfd")[0]["enable"] = json!("")),
            ("bfd-timers-tight", |lab| {
                lab.declare(
                    "receiveInterval: 400, transmitInterval: 400",
                    "receiveInterval: 50, transmitInterval: 50",
                )
            }),
            ("graceful-restart-off", |lab| {
                lab.object("BGPPeer", "fw")["spec"]["enableGracefulRestart"] = json!(true);
                *neighbor(lab, "grmode") = json!("disable");
            }),
        ],
    );
    finds(
        &Shape { pair: true, ..Shape::simple() },
        &[
            ("frr-carp-binding", |lab| lab.package("frr")[0]["carpstatusvid"] = json!("_vipc22")),
            ("router-id-taken", |lab| lab.package("frrbgp")[0]["routerid"] = json!("10.20.0.3")),
            ("pair-without-state-sync", |lab| *lab.firewall("/hasync/pfsyncenabled") = json!("")),
            ("pair-without-shared-gateway", |lab| {
                lab.firewall("/virtualip/vip").as_array_mut().expect("addresses").pop();
            }),
            ("neighbor-missing", |lab| {
                lab.package("frrbgpneighbors").remove(0);
            }),
        ],
    );
    finds(
        &Shape { dual: true, backend: "frr", ..Shape::simple() },
        &[("neighbor-missing", |lab| {
            lab.package("frrbgpneighbors").retain(|n| n["peer"] != "2001:db8:20::11")
        })],
    );
}

#[test]
fn seeds_in_the_routes() {
    finds(
        &Shape::simple(),
        &[
            ("raw-configuration", |lab| {
                *lab.firewall("/installedpackages/frrglobalraw") =
                    json!({"config": [{"frr": "cm91dGVyIGJncCA2NDUwMQo="}]})
            }),
            ("neighbor-without-policy", |lab| *neighbor(lab, "routemap_in") = json!("none")),
            ("neighbor-without-policy", |lab| lab.package("frrglobalroutemaps").clear()),
            ("ebgp-policy-off", |lab| {
                *lab.firewall("/installedpackages/frrbgpadvanced") =
                    json!({"config": [{"disableebgprequirepolicy": "on"}]});
            }),
            ("neighbor-without-filter", |lab| {
                *lab.firewall("/installedpackages/frrbgpadvanced") =
                    json!({"config": [{"disableebgprequirepolicy": "on"}]});
                *neighbor(lab, "routemap_in") = json!("none");
            }),
            ("filter-denies-pool", |lab| lab.package("frrglobalprefixes")[0]["row"][0]["le"] = json!("")),
            ("filter-denies-pool", |lab| {
                lab.package("frrglobalprefixes")[0]["row"][0]["source"] = json!("10.60.1.0/25")
            }),
            ("filter-denies-pool", |lab| {
                lab.package("frrglobalprefixes")[0]["row"][0]["action"] = json!("deny")
            }),
            ("filter-denies-pool", |lab| lab.declare("10.60.1.0/24", "10.60.0.0/23")),
            ("filter-denies-pool", |lab| {
                for entry in lab.package("frrglobalroutemaps") {
                    entry["action"] = json!("deny");
                }
            }),
            ("prefix-limit-low", |lab| *neighbor(lab, "maximumprefix_num") = json!("10")),
            ("prefix-limit-low", |lab| {
                lab.declare("asn: 64501\n", "asn: 64501\n      maxPrefixes: { limit: 10, action: stop }\n")
            }),
            ("static-route-hides-pool", |lab| {
                lab.package("frr")[0]["row"] =
                    json!([{"routevalue": "10.60.1.20/32", "nullroute": "on", "routetarget": "none"}]);
            }),
            ("accept-filter-denies-pool", |lab| {
                lab.package("frr")[0]["row"] =
                    json!([{"routevalue": "10.60.1.20/32", "acceptfilter": "on", "routetarget": "none"}]);
            }),
            ("distance-unusable", |lab| {
                *lab.firewall("/installedpackages/frrbgpadvanced") = json!({"config": [{"bgpdistanceext": "255", "bgpdistanceint": "200", "bgpdistancelocal": "200"}]});
            }),
            ("network-not-announced", |lab| {
                *lab.firewall("/installedpackages/frrbgpadvanced") =
                    json!({"config": [{"networkimportcheck": "on"}]});
                lab.package("frrbgp")[0]["row"] =
                    json!([{"distributeroutevalue": "10.60.0.0/16", "distributeroutemap": "none"}]);
            }),
            ("multipath-one-asn", |lab| {
                lab.declare("addresses: [10.20.0.12]", "addresses: [10.20.0.12], asn: 64777")
            }),
            ("community-keeps-routes", |lab| {
                lab.declare("name: ad1", "name: ad1, communities: [no-advertise]");
                lab.package("frrbgpneighbors").push(json!({"peer": "203.0.113.6", "asnum": "64999"}));
            }),
            ("frr-line-not-parsed", |lab| {
                lab.package("frrglobalprefixes").push(json!({"name": "THEIRS", "iptype": "IPv4",
                    "row": [{"seq": "10", "action": "permit", "source": "10.0.0.0/8", "le": "200"}]}));
            }),
        ],
    );
    finds(
        &Shape { plain_frr: true, ..Shape::simple() },
        &[
            ("multipath-limited", |lab| {
                let text = &mut lab.frr[0].1;
                *text = text.replacen(
                    "address-family ipv4 unicast\n",
                    "address-family ipv4 unicast\n  maximum-paths 1\n",
                    1,
                );
            }),
            ("neighbor-family-off", |lab| {
                let text = &mut lab.frr[0].1;
                *text = text.replacen("neighbor 10.20.0.11 activate", "no neighbor 10.20.0.11 activate", 1);
            }),
            ("neighbor-missing", |lab| {
                lab.frr[0].1 = lab.frr[0]
                    .1
                    .lines()
                    .filter(|l| !l.contains("10.20.0.12"))
                    .fold(String::new(), |t, l| t + l + "\n")
            }),
        ],
    );
}

#[test]
fn seeds_in_the_cluster() {
    finds(
        &Shape::simple(),
        &[
            ("node-not-in-cluster", |lab| lab.cluster.retain(|object| object["metadata"]["name"] != "node2")),
            ("node-address-differs", |lab| {
                lab.object("Node", "node2")["status"]["addresses"][0]["address"] = json!("10.20.0.77");
            }),
            ("node-network-unavailable", |lab| {
                lab.object("Node", "node1")["status"]["conditions"][0]["status"] = json!("True");
            }),
            ("node-excluded", |lab| {
                lab.object("Node", "node1")["metadata"]["labels"]["node.kubernetes.io/exclude-from-external-load-balancers"] =
                    json!("");
            }),
            ("pool-announced-by-nobody", |lab| {
                for node in ["node1", "node2"] {
                    lab.object("Node", node)["metadata"]["labels"]["node.kubernetes.io/exclude-from-external-load-balancers"] =
                        json!("");
                }
            }),
            ("node-cordoned", |lab| {
                lab.declare("0.15.2", "0.14.9");
                lab.object("Node", "node1")["spec"]["unschedulable"] = json!(true);
            }),
            ("asn-too-large-for-crd", |lab| {
                lab.declare("asn: 64501", "asn: 4200000001");
                lab.object("Node", "node1")["status"]["nodeInfo"]["kubeletVersion"] = json!("v1.36.0");
            }),
            ("pool-overlap", |lab| {
                let mut pool = lab.object("IPAddressPool", "pool1").clone();
                pool["metadata"] = json!({"name": "theirs", "namespace": "metallb-system"});
                pool["spec"]["addresses"] = json!(["10.60.1.200-10.60.1.210"]);
                lab.cluster.push(pool);
            }),
            ("native-bfd-object", |lab| {
                lab.cluster.push(json!({"apiVersion": "metallb.io/v1beta1", "kind": "BFDProfile",
                    "metadata": {"name": "old", "namespace": "metallb-system"}, "spec": {}}));
            }),
            ("native-duplicate-peer", |lab| {
                let mut peer = lab.object("BGPPeer", "fw").clone();
                peer["metadata"] = json!({"name": "by-hand", "namespace": "metallb-system"});
                lab.cluster.push(peer);
            }),
            ("foreign-advertisement", |lab| {
                lab.cluster.push(json!({"apiVersion": "metallb.io/v1beta1", "kind": "L2Advertisement",
                    "metadata": {"name": "all", "namespace": "metallb-system"}, "spec": {}}));
            }),
            ("adv-unknown-pool", |lab| {
                lab.object("BGPAdvertisement", "ad1")["spec"]["ipAddressPools"] = json!(["pool9"])
            }),
            ("object-foreign-namespace", |lab| {
                lab.object("BGPPeer", "fw")["metadata"]["namespace"] = json!("default")
            }),
            ("peer-source-many-nodes", |lab| {
                lab.object("BGPPeer", "fw")["spec"]["sourceAddress"] = json!("10.20.0.11")
            }),
            ("service-address-outside-pools", |lab| {
                lab.object("Service", "web")["status"]["loadBalancer"]["ingress"][0]["ip"] =
                    json!("10.61.1.1");
            }),
            ("service-asks-for-unknown-address", |lab| {
                lab.object("Service", "web")["metadata"]["annotations"] =
                    json!({"metallb.io/loadBalancerIPs": "10.61.1.1"});
            }),
            ("service-asks-for-unknown-pool", |lab| {
                lab.object("Service", "web")["metadata"]["annotations"] =
                    json!({"metallb.universe.tf/address-pool": "gone"});
            }),
            ("service-annotation-unknown", |lab| {
                lab.object("Service", "web")["metadata"]["annotations"] =
                    json!({"metallb.io/allow-shared": "x"});
            }),
            ("service-asks-twice", |lab| {
                let web = lab.object("Service", "web");
                web["metadata"]["annotations"] = json!({"metallb.io/loadBalancerIPs": "10.60.1.20"});
                web["spec"]["loadBalancerIP"] = json!("10.60.1.20");
            }),
            ("service-pending", |lab| lab.object("Service", "web")["status"] = json!({})),
            ("service-without-endpoints", |lab| {
                lab.object("EndpointSlice", "web-x")["endpoints"][0]["conditions"]["ready"] = json!(false);
            }),
            ("service-local-elsewhere", |lab| {
                lab.object("Service", "web")["spec"]["externalTrafficPolicy"] = json!("Local");
                lab.object("EndpointSlice", "web-x")["endpoints"][0]["nodeName"] = json!("node7");
            }),
            ("aggregate-hides-local-service", |lab| {
                lab.object("Service", "web")["spec"]["externalTrafficPolicy"] = json!("Local");
                lab.declare("name: ad1", "aggregationLength: 28, name: ad1");
            }),
            ("service-cannot-share", |lab| {
                let web = lab.object("Service", "web");
                web["metadata"]["annotations"] =
                    json!({"metallb.io/loadBalancerIPs": "10.60.1.20", "metallb.io/allow-shared-ip": "k"});
                web["spec"]["externalTrafficPolicy"] = json!("Local");
                let mut other = web.clone();
                other["metadata"]["name"] = json!("dns");
                other["spec"]["selector"] = json!({"app": "dns"});
                lab.cluster.push(other);
            }),
            ("metallb-programs-differ", |lab| {
                lab.object("Deployment", "controller")["spec"]["template"]["spec"]["containers"][0]["env"]
                    [0]["value"] = json!("frr");
            }),
            ("metallb-not-ready", |lab| {
                lab.object("Deployment", "controller")["status"] = json!({"replicas": 1, "readyReplicas": 0});
            }),
            ("metallb-backend-differs", |lab| {
                lab.object("DaemonSet", "speaker")["spec"]["template"]["spec"]["containers"][0]["env"][0]["value"] =
                    json!("frr");
            }),
            ("nodes-already-peer", |lab| {
                lab.cluster.push(json!({"apiVersion": "crd.projectcalico.org/v1", "kind": "BGPPeer", "metadata": {"name": "tor"},
                    "spec": {"peerIP": "10.20.0.1", "asNumber": 64501}}));
            }),
            ("nodes-already-peer", |lab| {
                lab.cluster.push(json!({"apiVersion": "cilium.io/v2", "kind": "CiliumBGPClusterConfig", "metadata": {"name": "c"},
                    "spec": {"bgpInstances": [{"peers": [{"name": "x", "peerAddress": "10.20.0.1"}]}]}}));
            }),
            ("second-allocator", |lab| {
                lab.cluster.push(json!({"apiVersion": "apps/v1", "kind": "DaemonSet",
                    "metadata": {"name": "svclb-traefik-1", "namespace": "kube-system"}, "spec": {}}));
            }),
            ("metallb-configuration-stale", |lab| {
                lab.cluster.push(json!({"apiVersion": "metallb.io/v1beta1", "kind": "ConfigurationState",
                    "metadata": {"name": "speaker-node1", "namespace": "metallb-system"},
                    "status": {"result": "Invalid", "errorSummary": "pool x overlaps"}}));
            }),
            ("frr-k8s-conversion-failed", |lab| {
                lab.cluster.push(json!({"apiVersion": "frrk8s.metallb.io/v1beta1", "kind": "FRRNodeState", "metadata": {"name": "node1"},
                    "status": {"lastConversionResult": "failed: two values for neighbor 10.20.0.1"}}));
            }),
        ],
    );
    finds(
        &Shape { l2: true, ..Shape::simple() },
        &[("ipvs-without-strict-arp", |lab| {
            lab.cluster.push(json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "kube-proxy", "namespace": "kube-system"},
                "data": {"config.conf": "mode: \"ipvs\"\nipvs:\n  strictARP: false\n"}}));
        })],
    );
}

/// The guards of a plan, after something was added on both sides that is declared and not there yet.
fn guards(seed: fn(&mut Lab)) -> Vec<crate::plan::Guard> {
    let mut lab = Lab::healthy(&Shape::simple());
    seed(&mut lab);
    lab.declare("10.60.1.0/24", "10.60.2.0/24");
    let difference = lab.difference();
    assert!(!difference.is_empty());
    // The services of the lab have addresses in the pool that moves.
    let guards = difference.refusals.iter().map(|refusal| refusal.guard);
    guards.filter(|guard| *guard != crate::plan::Guard::Effects).collect()
}

#[test]
fn what_the_judges_would_refuse_is_not_applied() {
    use crate::plan::Guard;
    assert_eq!(guards(|_| {}), []);
    let overlapping: fn(&mut Lab) = |lab| {
        let mut pool = lab.object("IPAddressPool", "pool1").clone();
        pool["metadata"] = json!({"name": "theirs", "namespace": "metallb-system"});
        pool["spec"]["addresses"] = json!(["10.60.2.200-10.60.2.210"]);
        lab.cluster.push(pool);
    };
    assert_eq!(guards(overlapping), [Guard::Judge]);
    let frozen: fn(&mut Lab) = |lab| {
        lab.package("frrglobalprefixes").push(json!({"name": "THEIRS", "iptype": "IPv4",
            "row": [{"seq": "10", "action": "permit", "source": "10.0.0.0/8", "le": "200"}]}));
    };
    assert_eq!(guards(frozen), [Guard::Judge]);
    // A neighbor of others that FRR refuses alone stands in nobody's way.
    assert_eq!(
        guards(|lab| lab.package("frrbgpneighbors").push(json!({"peer": "203.0.113.6", "asnum": ""}))),
        []
    );
}
