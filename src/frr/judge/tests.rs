//! The judge by itself; the comparison with FRR's own program is an integration test.

use super::*;

/// Line, rule and consequence of every finding.
fn rules(text: &str) -> Vec<(usize, String, Consequence)> {
    judge(text.as_bytes(), FrrVersion::V8_4)
        .into_iter()
        .map(|j| (j.line, j.finding.rule.into_owned(), j.consequence))
        .collect()
}

fn one(text: &str, line: usize, rule: &str, consequence: Consequence) {
    assert_eq!(rules(text), [(line, rule.to_owned(), consequence)], "{text}");
}

const BASE: &str =
    "router bgp 65000\n neighbor 10.0.0.1 remote-as 65001\n neighbor 10.0.0.2 remote-as 65000\n";

#[test]
fn a_healthy_file_raises_nothing() {
    let text = "! comment\n#comment\nfrr defaults traditional\nhostname fw.example.net\npassword s3cret\nlog syslog\nagentx\n\
        ip nht resolve-via-default\nservice integrated-vtysh-config\nip router-id 192.0.2.1\n\
        ip route 10.0.0.0/8 Null0\ninterface em1\n ip ospf cost 5\n description hello\n!\n\
        router bgp 65000\n bgp log-neighbor-changes\n bgp router-id 192.0.2.1\n no bgp network import-check\n\
        neighbor FD00::1 remote-as 65001\n neighbor fd00::1 description node one\n neighbor fd00::1 password se#cret\n\
        neighbor fd00::1 timers 30 90\n neighbor fd00::1 bfd\n !\n address-family ipv6 unicast\n\
        neighbor fd00::1 activate\n  neighbor fd00::1 soft-reconfiguration inbound\n  neighbor fd00::1 prefix-list P in\n\
        neighbor fd00::1 route-map M out\n exit-address-family\n !\n!\n\
        ipv6 prefix-list P seq 10 permit fd00:1::/64 le 128 \nipv6 prefix-list P description pool\n\
        route-map M permit 10\n match ipv6 address prefix-list P\n on-match goto 20\nroute-map M deny 20\n!\n\
        router ospf\n network 10.0.0.0/8 area 0\n neighbor 10.0.0.5\n distance 300 x\n!\n\
        bfd\n peer fd00::1\n  detect-multiplier 3\n  no shutdown\n !\n!\nline vty\n!\n";
    assert_eq!(rules(text), []);
}

#[test]
fn refused_lines_name_their_neighbor_and_never_a_password() {
    let judged = judge(
        format!("{BASE} neighbor 10.0.0.1 password top secret\npassword my own\n").as_bytes(),
        FrrVersion::V8_4,
    );
    assert_eq!(judged.len(), 2);
    assert_eq!(judged[0].finding.object.as_deref(), Some("neighbor 10.0.0.1"));
    assert_eq!(judged[0].line, 4);
    for found in &judged {
        assert_eq!(found.consequence, Consequence::FreezesReloads);
        assert!(
            !found.finding.message.contains("secret") && !found.finding.message.contains("own"),
            "{found:?}"
        );
    }
}

#[test]
fn a_bad_asn_leaves_its_block_outside() {
    let found = rules(
        "router bgp 0\n bgp router-id 1.1.1.1\n neighbor 10.0.0.1 timers 5\n address-family ipv4 unicast\n  neighbor 10.0.0.1 activate\n exit-address-family\n",
    );
    let names: Vec<_> = found.iter().map(|(line, rule, _)| (*line, rule.as_str())).collect();
    let outside = "frr-line-outside-block";
    assert_eq!(
        names,
        [(1, "frr-line-not-parsed"), (2, outside), (3, outside), (4, outside), (5, outside), (6, outside)]
    );
}

#[test]
fn a_list_known_only_by_its_description_opens_and_a_missing_one_closes() {
    let attach = format!(
        "{BASE} address-family ipv4 unicast\n  neighbor 10.0.0.1 prefix-list L in\n exit-address-family\n"
    );
    one(&attach, 5, "frr-list-missing", Consequence::DeniesEverything);
    let bad = format!(
        "{attach}ip prefix-list L seq 5 permit 10.0.0.0/24 le 200 \nip prefix-list L description pool\n"
    );
    let found = rules(&bad);
    assert_eq!(found[0], (5, "frr-list-only-described".to_owned(), Consequence::OpensSession));
    assert_eq!(found[1], (7, "frr-line-not-parsed".to_owned(), Consequence::FreezesReloads));
    let other_family = format!("{attach}ipv6 prefix-list L seq 5 permit any\n");
    one(&other_family, 5, "frr-list-missing", Consequence::DeniesEverything);
}

#[test]
fn a_wrong_range_names_what_goes_with_it() {
    let text = "ip prefix-list B seq 5 permit any\nrouter bgp 65000\nip prefix-list A seq 5 permit 10.0.0.0/24 le 20\nroute-map M permit 10\nbgp community-list 5 permit 65000:1\nip prefix-list C seq 5 permit any\n";
    one(text, 3, "frr-prefix-list-range", Consequence::GroupRefused);
    let message = judge(text.as_bytes(), FrrVersion::V8_4).remove(0).finding.message;
    assert!(message.contains("missing: ip prefix-list A, route-map M"), "{message}");
    assert!(!message.contains("prefix-list B") && !message.contains("prefix-list C"), "{message}");
}

#[test]
fn enforce_first_as_is_a_matter_of_version() {
    let text = format!("{BASE} bgp enforce-first-as\n");
    one(&text, 4, "frr-line-not-parsed", Consequence::FreezesReloads);
    assert_eq!(judge(text.as_bytes(), FrrVersion::of("10.5.1")), []);
}

#[test]
fn hostile_text_is_only_judged() {
    let long = format!(
        "router bgp 65000\n neighbor {} remote-as 1\n{}\n",
        "x".repeat(100_000),
        "set community 1:1 ".repeat(20_000)
    );
    for text in
        [long.as_bytes(), b"\xff\xfe neighbor \xff\n\0\0", b"neighbor", b"", b"no", b"no no no neighbor"]
    {
        judge(text, FrrVersion::V8_4);
    }
    let many = "ip prefix-list A permit 10.0.0.0/8 le 4\n".repeat(2_000);
    assert_eq!(judge(many.as_bytes(), FrrVersion::V8_4).len(), 2_000);
}
