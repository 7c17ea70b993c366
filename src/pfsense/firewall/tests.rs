//! Rules against pf's order of evaluation, and the places where addresses hide.

use super::*;
use crate::pfsense::Value;

/// An interface of nodes, one of clients and an uplink; `rules` are JSON rules.
fn config(rules: &str, more: &str) -> Value {
    let text = format!(
        r#"{{"interfaces":{{
            "wan":{{"enable":"","descr":"WAN","ipaddr":"203.0.113.2","subnet":"29","gateway":"UP","blockpriv":"","blockbogons":""}},
            "lan":{{"enable":"","descr":"LAN","ipaddr":"192.168.2.1","subnet":"24"}},
            "opt1":{{"enable":"","descr":"K8S","ipaddr":"10.20.0.1","subnet":"24","ipaddrv6":"2001:db8:20::1","subnetv6":"64"}},
            "opt2":{{"enable":"","ipaddr":"dhcp"}},
            "opt3":{{"ipaddr":"10.30.0.1","subnet":"24"}}}},
          "ifgroups":{{"ifgroupentry":[{{"ifname":"INSIDE","members":"lan opt1"}}]}},
          "aliases":{{"alias":[
            {{"name":"NODES","type":"host","address":"10.20.0.11 10.20.0.12-10.20.0.13"}},
            {{"name":"ALL","type":"host","address":"NODES 10.20.0.14"}},
            {{"name":"LOOP","type":"host","address":"LOOP"}},
            {{"name":"NAMES","type":"host","address":"node.example.net"}},
            {{"name":"ROUTING","type":"port","address":"BGP 3784:3785"}},
            {{"name":"BGP","type":"port","address":"179"}}]}},
          "virtualip":{{"vip":[
            {{"mode":"carp","interface":"opt1","uniqid":"5a","subnet":"10.20.0.254","subnet_bits":"24"}},
            {{"mode":"ipalias","interface":"_vip5a","uniqid":"5b","subnet":"10.20.0.253","subnet_bits":"32"}},
            {{"mode":"proxyarp","interface":"wan","uniqid":"5c","subnet":"198.51.100.0","subnet_bits":"28"}}]}},
          "filter":{{"rule":[{rules}]}}{more}}}"#
    );
    serde_json::from_str(&text).expect("a configuration")
}

const PASS: &str = r#"{"type":"pass","interface":"opt1","ipprotocol":"inet","protocol":"tcp","source":{"network":"opt1"},"destination":{"network":"opt1ip","port":"179"},"descr":"bgp"}"#;

fn decide_on(config: &Value, source: &str, destination: &str, protocol: Protocol, port: u16) -> Decision {
    let interfaces = Interfaces::new(config);
    let span = |text: &str| Span::parse(text).expect("a span");
    let flow = Flow {
        interface: "opt1",
        source: span(source),
        destination: span(destination),
        protocol,
        port: Some(port),
    };
    Rules::new(config, &interfaces).decide(&flow)
}

fn bgp(rules: &str) -> Decision {
    decide_on(&config(rules, ""), "10.20.0.11", "10.20.0.1", Protocol::Tcp, 179)
}

#[track_caller]
fn is(rules: &str, verdict: Verdict, by: &str) {
    let decision = bgp(rules);
    assert_eq!((decision.verdict, decision.by.as_str()), (verdict, by), "{rules}");
}

#[test]
fn one_rule() {
    is("", Verdict::Block, "the default deny");
    is(PASS, Verdict::Pass, "rule `bgp` (K8S)");
    let edited = |from: &str, to: &str| {
        assert!(PASS.contains(from), "{from}");
        PASS.replace(from, to)
    };
    for (from, to, verdict) in [
        (r#""type":"pass""#, r#""type":"pass","disabled":"""#, Verdict::Block),
        (r#""interface":"opt1""#, r#""interface":"lan""#, Verdict::Block),
        (r#""interface":"opt1""#, r#""interface":"INSIDE""#, Verdict::Pass),
        (r#""protocol":"tcp""#, r#""protocol":"udp""#, Verdict::Block),
        (r#""protocol":"tcp""#, r#""protocol":"tcp/udp""#, Verdict::Pass),
        (r#""protocol":"tcp","#, "", Verdict::Pass),
        (r#""ipprotocol":"inet""#, r#""ipprotocol":"inet6""#, Verdict::Block),
        (r#""ipprotocol":"inet""#, r#""ipprotocol":"inet46""#, Verdict::Pass),
        (r#""port":"179""#, r#""port":"178""#, Verdict::Block),
        (r#""port":"179""#, r#""port":"100-200""#, Verdict::Pass),
        (r#""port":"179""#, r#""port":"ROUTING""#, Verdict::Pass),
        (r#"{"network":"opt1"}"#, r#"{"address":"NODES"}"#, Verdict::Pass),
        (r#"{"network":"opt1"}"#, r#"{"address":"ALL"}"#, Verdict::Pass),
        (r#"{"network":"opt1"}"#, r#"{"address":"NODES","not":""}"#, Verdict::Block),
        (r#"{"network":"opt1"}"#, r#"{"address":"10.20.0.12"}"#, Verdict::Block),
        (r#"{"network":"opt1"}"#, r#"{"address":"10.20.0.8/29"}"#, Verdict::Pass),
        (r#"{"network":"opt1"}"#, r#"{"address":"NAMES"}"#, Verdict::Unknown),
        (r#"{"network":"opt1"}"#, r#"{"address":"LOOP"}"#, Verdict::Unknown),
        (r#"{"network":"opt1"}"#, r#"{"address":"GONE"}"#, Verdict::Block),
        (r#"{"network":"opt1"}"#, r#"{"any":""}"#, Verdict::Pass),
        (r#"{"network":"opt1"}"#, r#"{"network":"opt1","port":"179"}"#, Verdict::Block),
        (r#""network":"opt1ip""#, r#""network":"(self)""#, Verdict::Pass),
        (r#""network":"opt1ip""#, r#""network":"opt1""#, Verdict::Pass),
        (r#""network":"opt1ip""#, r#""network":"lanip""#, Verdict::Block),
        (r#""network":"opt1ip""#, r#""network":"opt2ip""#, Verdict::Unknown),
        (r#""network":"opt1ip""#, r#""address":"10.20.0.1""#, Verdict::Pass),
        (r#""type":"pass""#, r#""type":"pass","sched":"office""#, Verdict::Unknown),
    ] {
        assert_eq!(bgp(&edited(from, to)).verdict, verdict, "{to}");
    }
    let scheduled = bgp(&edited(r#""type":"pass""#, r#""type":"pass","sched":"office""#));
    assert_eq!(scheduled.schedule.as_deref(), Some("office"));
    let routed = bgp(&edited(r#""type":"pass""#, r#""type":"pass","gateway":"WAN2""#));
    assert_eq!(routed.gateway.as_deref(), Some("WAN2"));
}

#[test]
fn order() {
    let rule = |kind: &str, interface: &str, more: &str| {
        format!(
            r#"{{"type":"{kind}","interface":"{interface}","descr":"{kind} {interface}","source":{{"any":""}},"destination":{{"any":""}}{more}}}"#
        )
    };
    let floating = r#","floating":"yes","direction":"any""#;
    let quick = r#","floating":"yes","direction":"any","quick":"yes""#;
    let case = |rules: &[String], verdict, by: &str| is(&rules.join(","), verdict, by);
    case(&[rule("block", "opt1", ""), rule("pass", "opt1", "")], Verdict::Block, "rule `block opt1` (K8S)");
    case(&[rule("block", "opt1", ""), rule("pass", "INSIDE", "")], Verdict::Pass, "rule `pass INSIDE` (K8S)");
    case(
        &[rule("pass", "opt1", ""), rule("block", "opt1,lan", quick)],
        Verdict::Block,
        "rule `block opt1,lan` (floating)",
    );
    case(
        &[rule("pass", "opt1", ""), rule("block", "opt1", floating)],
        Verdict::Pass,
        "rule `pass opt1` (K8S)",
    );
    case(&[rule("pass", "", floating)], Verdict::Pass, "rule `pass ` (floating)");
    case(
        &[rule("pass", "any", floating), rule("block", "opt1", floating)],
        Verdict::Block,
        "rule `block opt1` (floating)",
    );
    case(&[rule("block", "wan", quick), rule("pass", "opt1", "")], Verdict::Pass, "rule `pass opt1` (K8S)");
    let out = quick.replace("any", "out");
    case(&[rule("block", "opt1", &out), rule("pass", "opt1", "")], Verdict::Pass, "rule `pass opt1` (K8S)");
    case(&[rule("match", "opt1", quick), rule("pass", "opt1", "")], Verdict::Pass, "rule `pass opt1` (K8S)");
}

#[test]
fn what_comes_before_the_rules() {
    let with = |extra: &str| {
        let text = serde_json::to_string(&config(PASS, "")).expect("writes");
        serde_json::from_str(&text.replace(r#""descr":"K8S""#, &format!(r#""descr":"K8S",{extra}"#)))
            .expect("a configuration")
    };
    let private: Value = with(r#""blockpriv":"""#);
    let blocked = decide_on(&private, "10.20.0.11", "10.20.0.1", Protocol::Tcp, 179);
    assert_eq!((blocked.verdict, blocked.by.as_str()), (Verdict::Block, "`block private networks` of K8S"));
    let bogons: Value = with(r#""blockbogons":"""#);
    assert_eq!(decide_on(&bogons, "10.20.0.11", "10.20.0.1", Protocol::Tcp, 179).verdict, Verdict::Pass);
    let off = config("", r#","system":{"disablefilter":""}"#);
    assert_eq!(decide_on(&off, "10.20.0.11", "10.20.0.1", Protocol::Udp, 3784).verdict, Verdict::Pass);
}

#[test]
fn interfaces_and_virtual_addresses() {
    let config = config("", "");
    let interfaces = Interfaces::new(&config);
    let address = |text: &str| text.parse().expect("an address");
    for (text, owns) in [
        ("10.20.0.1", Truth::Yes),
        ("10.20.0.254", Truth::Yes),
        ("10.20.0.253", Truth::Yes),
        ("198.51.100.0", Truth::Maybe),
        ("2001:db8:20::1", Truth::Yes),
        ("2001:db8:20::2", Truth::No),
    ] {
        assert_eq!(interfaces.owns(address(text)), owns, "{text}");
    }
    let towards = |text: &str| interfaces.towards(address(text)).map(|interface| interface.name);
    assert_eq!(towards("10.20.0.77"), Some("opt1"));
    assert_eq!(towards("10.30.0.77"), None);
    assert_eq!(towards("192.168.2.9"), Some("lan"));
}

#[test]
fn addresses_in_use() {
    let config = config(
        "",
        r#","dhcpd":{"lan":{"enable":"","range":{"from":"192.168.2.100","to":"192.168.2.199"},
              "pool":[{"range":{"from":"192.168.2.210","to":"192.168.2.219"}}],
              "staticmap":[{"mac":"00:00:5e:00:53:01","ipaddr":"192.168.2.20","hostname":"nas"}]},
              "opt1":{"range":{"from":"10.20.0.200","to":"10.20.0.249"}}},
            "gateways":{"gateway_item":[{"name":"UP","interface":"wan","gateway":"203.0.113.1"},{"name":"DYN","interface":"opt2","gateway":"dynamic"}]},
            "staticroutes":{"route":[{"network":"172.31.0.0/16","gateway":"UP"},{"network":"10.60.0.0/24","gateway":"Null4"},{"network":"10.61.0.0/24","gateway":"UP","disabled":""}]},
            "openvpn":{"openvpn-server":[{"description":"road","tunnel_network":"10.8.0.0/24","remote_network":"10.90.0.0/24, 10.91.0.0/24","local_network":"10.60.0.0/24"}]},
            "ipsec":{"phase2":[{"mode":"tunnel","descr":"site","remoteid":{"type":"network","address":"10.99.0.0","netbits":"16"},"localid":{"type":"lan"}}]},
            "installedpackages":{"wireguard":{"tunnels":{"item":[{"name":"tun_wg0","enabled":"yes","addresses":{"row":[{"address":"10.6.210.1","mask":"24"}]}}]},
              "peers":{"item":[{"descr":"phone","enabled":"yes","allowedips":{"row":[{"address":"10.6.210.2","mask":"32"}]}}]}}},
            "nat":{"onetoone":[{"external":"198.51.100.16","source":{"address":"10.60.0.16/29"},"interface":"wan"}],
              "rule":[{"target":"10.60.0.5","descr":"web","interface":"wan"}],
              "outbound":{"rule":[{"target":"10.60.9.9"},{"target":""}]}}"#,
    );
    let found = occupied(&config, &Interfaces::new(&config));
    let at = |text: &str| {
        let span = Span::parse(text).expect("a span");
        let mut uses: Vec<Use> = found.iter().filter(|o| o.span.overlaps(&span)).map(|o| o.usage).collect();
        uses.dedup();
        uses
    };
    for (text, uses) in [
        ("192.168.2.150", vec![Use::Connected, Use::DhcpRange]),
        ("192.168.2.215", vec![Use::Connected, Use::DhcpRange]),
        ("192.168.2.20", vec![Use::Connected, Use::Reservation]),
        ("10.20.0.210", vec![Use::Connected]),
        ("10.20.0.254", vec![Use::Connected, Use::Virtual]),
        ("198.51.100.9", vec![Use::Virtual]),
        ("203.0.113.1", vec![Use::Connected, Use::Gateway]),
        ("172.31.4.0/24", vec![Use::Route]),
        ("10.60.0.0/24", vec![Use::NullRoute, Use::Target]),
        ("10.61.0.0/24", vec![]),
        ("10.8.0.9", vec![Use::Tunnel]),
        ("10.91.0.9", vec![Use::Remote]),
        ("10.99.1.1", vec![Use::Policy]),
        ("10.6.210.2", vec![Use::Tunnel, Use::Remote]),
        ("198.51.100.23", vec![Use::Translation]),
        ("10.60.9.9", vec![Use::Translation]),
    ] {
        assert_eq!(at(text), uses, "{text}");
    }
}
