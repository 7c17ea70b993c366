//! The examples' sessions in real FRR: what is declared gets in, nothing else does, nothing gets out.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use metalsense::compile::Compiled;
use metalsense::intent::Intent;
use serde_json::Value;

use super::examples::{changed_example, example};
use super::frr_examples::{conf, config, with_lengths};
use super::frr_lab::{Lab, Machine, available, eventually};
use super::frr_speaker::{Announced, speaker};

/// The first router of an example, running what is compiled for it. Its nodes are yet to come.
fn router(intent: &Intent, compiled: &Compiled) -> Lab {
    let router = &compiled.desired.routers[0];
    let lab = Lab::new(&with_lengths(&config(&router.part).addresses));
    lab.router.load(&conf(intent, compiled, &router.path));
    lab
}

fn addresses(intent: &Intent, node: usize) -> Vec<IpAddr> {
    intent.nodes[node].addresses.iter().map(|address| address.value).collect()
}

fn add_node(lab: &mut Lab, (intent, compiled): (&Intent, &Compiled), announced: Announced<'_>) {
    let own = addresses(intent, lab.nodes.len());
    let text = speaker(compiled, &own, announced);
    lab.add_node(&with_lengths(&own), text.contains("bfd profile")).load(text.as_bytes());
}

/// The neighbors of a family whose sessions are up, once there are that many.
fn established(router: &Machine, family: &str, count: usize) -> Option<BTreeSet<String>> {
    let summary = router.json(&format!("show bgp {family} unicast summary json"));
    let peers = summary["peers"].as_object()?;
    let up: BTreeSet<_> = peers
        .iter()
        .filter(|(_, peer)| peer["state"] == "Established")
        .map(|(address, _)| address.clone())
        .collect();
    (up.len() == count).then_some(up)
}

/// The prefixes of a family's table, and the neighbors that each is from. What a machine has by itself
/// is from the address of nobody.
fn table(machine: &Machine, family: &str) -> BTreeMap<String, BTreeSet<String>> {
    let table = machine.json(&format!("show bgp {family} unicast json"));
    let routes = table["routes"].as_object().cloned().unwrap_or_default();
    let from = |paths: &Value| {
        let paths = paths.as_array().into_iter().flatten();
        paths.map(|path| path["peerId"].as_str().unwrap_or_default().to_owned()).collect()
    };
    routes.iter().map(|(prefix, paths)| (prefix.clone(), from(paths))).collect()
}

/// What a neighbor sent, before any policy.
fn received(router: &Machine, family: &str, neighbor: IpAddr) -> BTreeSet<String> {
    let answer = router.json(&format!("show bgp {family} unicast neighbors {neighbor} received-routes json"));
    answer["receivedRoutes"].as_object().into_iter().flatten().map(|(prefix, _)| prefix.clone()).collect()
}

fn set<T: ToString>(items: impl IntoIterator<Item = T>) -> BTreeSet<String> {
    items.into_iter().map(|item| item.to_string()).collect()
}

/// The route that is in use for exactly this prefix, with as many next hops in the kernel.
fn in_kernel(router: &Machine, command: &str, prefix: &str, hops: usize) -> Option<Value> {
    let routes = router.json(&format!("show {command} route {prefix} json"));
    let selected = |route: &&Value| route["selected"] == true && route["installed"] == true;
    let route = routes.get(prefix)?.as_array()?.iter().find(selected)?;
    let in_fib = route["nexthops"].as_array()?.iter().filter(|hop| hop["fib"] == true).count();
    (in_fib == hops).then(|| route.clone())
}

/// Waits until both ends of a session have heard all that the other has to say at first.
fn settled(router: &Machine, node: &Machine, (here, there): (IpAddr, IpAddr), family: &str) {
    let key = if family == "ipv4" { "ipv4Unicast" } else { "ipv6Unicast" };
    for (machine, neighbor) in [(router, there), (node, here)] {
        eventually(&format!("all of {family} from {neighbor}"), || {
            let answer = machine.json(&format!("show bgp neighbors {neighbor} json"));
            let ended = &answer[neighbor.to_string()]["gracefulRestartInfo"]["endOfRibRecv"][key];
            (*ended == true).then_some(())
        });
    }
}

/// Three speakers announce one address, and more than they should.
#[test]
fn the_home_lab_learns_its_services_over_all_nodes_and_tells_nothing() {
    if !available() {
        return;
    }
    let (intent, compiled) = example("homelab");
    let own = config(&compiled.desired.routers[0].part);
    let mut lab = router(&intent, &compiled);
    // Something to tell, which the policy must keep: a network of its own and the null route.
    let instance = format!("router bgp {}", own.asn);
    let family = "address-family ipv4 unicast";
    lab.router.vtysh(&["configure", &instance, family, "network 192.168.2.0/24", "redistribute static"]);
    let foreign = ["10.66.0.0/24", "0.0.0.0/0", "192.168.33.1/32", "192.168.0.0/16"];
    let services = [("metallb-pool", "192.168.32.1/32")];
    for _ in &intent.nodes {
        let announced = Announced { services: &services, foreign: &foreign, ..Announced::default() };
        add_node(&mut lab, (&intent, &compiled), announced);
    }
    let nodes: BTreeSet<String> = set((0..intent.nodes.len()).flat_map(|node| addresses(&intent, node)));
    assert_eq!(eventually("three sessions", || established(&lab.router, "ipv4", 3)), nodes);

    let announced = set(foreign.iter().chain(&["192.168.32.1/32"]));
    for (number, node) in intent.nodes.iter().enumerate() {
        let address = node.addresses[0].value;
        settled(&lab.router, &lab.nodes[number], (own.addresses[0], address), "ipv4");
        let neighbor = lab.router.json(&format!("show bgp neighbors {address} json"));
        let described = &neighbor[address.to_string()]["nbrDesc"];
        assert_eq!(*described, format!("{} [ms:homelab]", node.name.value));
        assert_eq!(received(&lab.router, "ipv4", address), announced, "kept as received from {address}");
        let known = table(&lab.nodes[number], "ipv4").into_keys().collect::<BTreeSet<_>>();
        assert_eq!(known, announced, "{address} knows its own routes only");
    }

    let table = table(&lab.router, "ipv4");
    assert_eq!(table["192.168.32.1/32"], nodes);
    let others = set(table.keys().filter(|prefix| *prefix != "192.168.32.1/32"));
    assert_eq!(others, set(["192.168.2.0/24", "192.168.32.0/24"]), "foreign prefixes are refused");
    let detail = lab.router.json("show bgp ipv4 unicast 192.168.32.1/32 json");
    let paths = detail["paths"].as_array().expect("paths");
    assert!(paths.iter().all(|path| path["community"]["string"] == "no-advertise"), "{detail}");

    // The service goes to all nodes. The rest of the pool ends here and follows no default route.
    let route =
        eventually("three next hops", || in_kernel(&lab.router, "ip", "192.168.32.1/32", nodes.len()));
    assert_eq!(route["protocol"], "bgp");
    let hops = route["nexthops"].as_array().into_iter().flatten().filter_map(|hop| hop["ip"].as_str());
    assert_eq!(set(hops), nodes);
    let pool = in_kernel(&lab.router, "ip", "192.168.32.0/24", 1).expect("a route for the pool");
    assert_eq!((&pool["protocol"], &pool["nexthops"][0]["blackhole"]), (&"static".into(), &true.into()));
    let rest = lab.router.json("show ip route 192.168.32.77 json");
    assert_eq!(rest.as_object().map(|routes| set(routes.keys())), Some(set(["192.168.32.0/24"])));
}

/// Each session carries its own family and no other, whatever the speaker offers.
fn each_family_keeps_to_its_own_sessions(intent: &Intent, compiled: &Compiled) {
    let own = &config(&compiled.desired.routers[0].part).addresses;
    let mut lab = router(intent, compiled);
    let services = [("public", "192.168.32.1/32"), ("public", "2001:db8:32::1/128")];
    let foreign = ["10.66.0.0/24", "0.0.0.0/0", "2001:db8:66::/64", "::/0"];
    for on_every_session in [false, true] {
        let announced = Announced { services: &services, foreign: &foreign, on_every_session };
        add_node(&mut lab, (intent, compiled), announced);
    }
    for family in ["ipv4", "ipv6"] {
        let is_family = |text: &str| text.contains(':') == (family == "ipv6");
        let here = *own.iter().find(|own| is_family(&own.to_string())).expect("an address");
        let mut nodes = BTreeSet::new();
        for (number, node) in lab.nodes.iter().enumerate() {
            for there in addresses(intent, number) {
                let expected: &[&str] = match (is_family(&there.to_string()), family) {
                    (false, _) => &[],
                    (true, "ipv4") => &["10.66.0.0/24", "0.0.0.0/0", "192.168.32.1/32"],
                    (true, _) => &["2001:db8:66::/64", "::/0", "2001:db8:32::1/128"],
                };
                if !expected.is_empty() {
                    settled(&lab.router, node, (here, there), family);
                    nodes.insert(there.to_string());
                }
                assert_eq!(received(&lab.router, family, there), set(expected), "{family} from {there}");
            }
        }
        assert_eq!(established(&lab.router, family, nodes.len()).as_ref(), Some(&nodes), "{family}");
        let service = services.iter().map(|(_, prefix)| *prefix).find(|prefix| is_family(prefix));
        let service = service.expect("one of each family");
        assert_eq!(table(&lab.router, family), BTreeMap::from([(service.to_owned(), nodes)]));
        let command = if family == "ipv4" { "ip" } else { "ipv6" };
        eventually("both next hops", || in_kernel(&lab.router, command, service, 2));
    }
}

#[test]
fn dual_stack_sessions_carry_one_family_each() {
    if !available() {
        return;
    }
    let (intent, compiled) = example("dual-stack");
    each_family_keeps_to_its_own_sessions(&intent, &compiled);
}

/// Inside one AS, FRR asks for no policy: what no route map covers would pass.
#[test]
fn dual_stack_sessions_carry_one_family_each_inside_one_as() {
    if !available() {
        return;
    }
    let (intent, compiled) = changed_example("dual-stack", |text| text.replace("edge: 64501", "edge: 64500"));
    each_family_keeps_to_its_own_sessions(&intent, &compiled);
}

/// A 4-byte AS on both sides, where the announced preference counts.
#[test]
fn the_campus_prefers_as_declared_inside_one_large_as() {
    if !available() {
        return;
    }
    let (intent, compiled) = example("ibgp-large-asn");
    let own = config(&compiled.desired.routers[0].part).addresses[0];
    let mut lab = router(&intent, &compiled);
    let services = [("main", "10.70.0.1/32"), ("backup", "10.70.8.98/32")];
    // The range of the second pool ends before this one.
    let foreign = ["10.70.8.100/32", "10.66.0.0/24"];
    let announced = Announced { services: &services, foreign: &foreign, ..Announced::default() };
    add_node(&mut lab, (&intent, &compiled), announced);
    let node = addresses(&intent, 0)[0];
    settled(&lab.router, &lab.nodes[0], (own, node), "ipv4");
    let neighbor = &lab.router.json(&format!("show bgp neighbors {node} json"))[node.to_string()];
    assert_eq!(
        (&neighbor["remoteAs"], &neighbor["localAs"]),
        (&4_200_000_000_u32.into(), &4_200_000_000_u32.into())
    );
    assert_eq!(received(&lab.router, "ipv4", node).len(), 4);
    let routes = &lab.router.json("show bgp ipv4 unicast json")["routes"];
    let preferences: BTreeMap<_, _> = routes
        .as_object()
        .into_iter()
        .flatten()
        .map(|(prefix, paths)| (prefix.as_str(), paths[0]["locPrf"].as_u64()))
        .collect();
    assert_eq!(preferences, BTreeMap::from([("10.70.0.1/32", Some(200)), ("10.70.8.98/32", Some(50))]));
    let community = &lab.router.json("show bgp ipv4 unicast 10.70.0.1/32 json")["paths"][0]["community"];
    assert_eq!(community["string"], "64500:70");
}

/// TCP-MD5 and BFD as compiled for both ends.
#[test]
fn signed_sessions_with_bfd_come_up() {
    if !available() {
        return;
    }
    let (intent, compiled) = example("bfd-md5");
    let own = config(&compiled.desired.routers[0].part).addresses[0];
    let mut lab = router(&intent, &compiled);
    for _ in &intent.nodes {
        let announced = Announced { services: &[("services", "10.60.0.1/32")], ..Announced::default() };
        add_node(&mut lab, (&intent, &compiled), announced);
    }
    eventually("two sessions", || established(&lab.router, "ipv4", 2));
    let peers = eventually("two BFD sessions", || {
        let peers = lab.router.json("show bfd peers json");
        let up = peers.as_array()?.iter().filter(|peer| peer["status"] == "up").count();
        (up == 2).then_some(peers)
    });
    for peer in peers.as_array().expect("peers") {
        assert_eq!(peer["receive-interval"], 400, "{peer}");
        assert_eq!(peer["transmit-interval"], 400, "{peer}");
        assert_eq!(peer["remote-receive-interval"], 400, "{peer}");
    }
    // Without the key there is no session.
    let instance = lab.nodes[0].vtysh(&["show running-config bgpd"]);
    let instance = instance.lines().find(|line| line.starts_with("router bgp ")).expect("an instance");
    lab.nodes[0].vtysh(&["configure", instance, &format!("neighbor {own} password another")]);
    lab.router.vtysh(&[&format!("clear bgp {}", addresses(&intent, 0)[0])]);
    eventually("one session less", || established(&lab.router, "ipv4", 1));
}
