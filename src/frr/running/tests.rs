//! Texts and what they mean, by FRR's manual.

use super::*;

const TEXT: &str = "\
hostname fw
ip router-id 192.168.4.1
ip route 10.60.0.0/24 Null0
!
router bgp 64501
 bgp log-neighbor-changes
 no bgp network import-check
 neighbor nodes peer-group
 neighbor nodes remote-as 64500
 neighbor nodes bfd
 neighbor 192.168.4.4 peer-group nodes
 neighbor 192.168.4.4 description one [ms:lab]
 neighbor 192.168.4.10 remote-as 1.10
 neighbor 192.168.4.10 password secret
 neighbor 192.168.4.10 passive
 neighbor 192.168.4.10 timers 10 30
 neighbor 192.168.4.10 timers connect 5
 neighbor 192.168.4.10 ebgp-multihop
 neighbor 2001:db8::4 remote-as internal
 neighbor 2001:db8::4 update-source 2001:db8::1
 !
 address-family ipv4 unicast
  maximum-paths 4
  neighbor nodes prefix-list IN in
  no neighbor 192.168.4.10 activate
  neighbor 192.168.4.10 maximum-prefix 10 warning-only
 exit-address-family
 !
 address-family ipv6 unicast
  neighbor 2001:db8::4 activate
  neighbor 2001:db8::4 route-map M in
 exit-address-family
!
ip prefix-list IN seq 10 permit 10.60.0.0/24 le 32
ip prefix-list IN description pools
route-map M permit 10
 match ipv6 address prefix-list SIX
exit
line vty
";

#[test]
fn neighbors_have_what_their_group_gives_them() {
    let running = Running::read(TEXT);
    let bgp = running.bgp.as_ref().expect("an instance");
    assert_eq!((bgp.asn, bgp.router_id), (64501, Some([192, 168, 4, 1].into())));
    assert!(bgp.requires_policy && !bgp.import_check && !bgp.multipath_relax);
    assert_eq!(bgp.maximum_paths[0][0], Some(4));
    let of = |text: &str| running.neighbor(text.parse().expect("an address")).expect("a neighbor");
    let first = of("192.168.4.4");
    assert_eq!((first.remote_as, first.bfd, first.passive), (Some(RemoteAs::Is(64500)), true, false));
    assert_eq!(first.description, "one [ms:lab]");
    assert!(first.family(Afi::Ipv4).active && first.family(Afi::Ipv4).has_policy_in());
    let second = of("192.168.4.10");
    assert_eq!(second.remote_as, Some(RemoteAs::Is(65546)));
    assert!(second.has_password && second.passive && !second.family(Afi::Ipv4).active);
    assert_eq!((second.timers, second.multihop), (Some((10, 30)), Some(255)));
    assert_eq!(second.family(Afi::Ipv4).maximum_prefix, Some((10, true)));
    let third = of("2001:db8::4");
    assert_eq!(third.is_internal(bgp.asn), Some(true));
    assert_eq!(third.family(Afi::Ipv6).route_map_in.as_deref(), Some("M"));
    assert_eq!(running.statics, [("10.60.0.0/24".parse().expect("a net"), true)]);
    assert_eq!(running.route_maps["M"][0].prefix_lists, [(true, "SIX".to_owned())]);
}

fn denied(lists: &str, settings: &FamilySettings, block: &str, length: u8) -> Option<String> {
    let block: IpNet = block.parse().expect("a net");
    let denied = Running::read(lists).denied_in(settings, Afi::of(block.addr()), block, length);
    denied.map(|denied| format!("{} {}", denied.block, denied.by))
}

#[track_caller]
fn list(rows: &[&str], block: &str, length: u8, expected: Option<&str>) {
    let family = if block.contains(':') { "ipv6" } else { "ip" };
    let text: String = rows.iter().map(|row| format!("{family} prefix-list L {row}\n")).collect();
    let settings = FamilySettings { prefix_list_in: Some("L".into()), ..FamilySettings::default() };
    let expected = expected.map(|block| format!("{block} prefix list L"));
    assert_eq!(denied(&text, &settings, block, length), expected, "{rows:?} {block} {length}");
}

#[test]
fn prefix_lists() {
    list(&["seq 5 permit 10.0.0.0/24 le 32"], "10.0.0.0/24", 32, None);
    list(&["seq 5 permit 10.0.0.0/24"], "10.0.0.0/24", 32, Some("10.0.0.0/24"));
    list(&["seq 5 permit 10.0.0.0/24"], "10.0.0.0/24", 24, None);
    list(&["seq 5 permit 10.0.0.0/24 ge 32 le 32"], "10.0.0.0/24", 32, None);
    list(&["seq 5 permit 10.0.0.0/24 ge 32 le 32"], "10.0.0.0/24", 28, Some("10.0.0.0/24"));
    list(&["seq 5 permit 10.0.0.0/24 ge 25"], "10.0.0.0/24", 32, None);
    list(&["seq 5 permit 10.0.0.0/25 le 32"], "10.0.0.0/24", 32, Some("10.0.0.128/25"));
    list(
        &["seq 10 permit 10.0.0.0/8 le 32", "seq 5 deny 10.0.0.64/26 le 32"],
        "10.0.0.0/24",
        32,
        Some("10.0.0.64/26"),
    );
    list(&["permit 10.0.0.0/25 le 32", "permit 10.0.0.128/25 le 32"], "10.0.0.0/24", 32, None);
    list(&["permit any"], "10.0.0.0/24", 32, None);
    list(&["description nothing"], "10.0.0.0/24", 32, None);
    list(&[], "10.0.0.0/24", 32, Some("10.0.0.0/24"));
    list(&["permit 2001:db8::/48 le 128"], "2001:db8::/64", 128, None);
    list(&["permit 2001:db8::/48 le 64"], "2001:db8::/64", 128, Some("2001:db8::/64"));
}

#[test]
fn route_maps_speak_in_favor_of_what_they_cannot_know() {
    let text = |body: &str| {
        format!("ip prefix-list P seq 5 permit 10.0.0.0/25 le 32\nip prefix-list Q seq 5 permit any\n{body}")
    };
    let settings = || FamilySettings { route_map_in: Some("M".into()), ..FamilySettings::default() };
    for (body, expected) in [
        ("route-map M permit 10\n match ip address prefix-list P\n", Some("10.0.0.128/25 route map M")),
        ("route-map M permit 10\n match ip address prefix-list Q\n", None),
        ("route-map M permit 10\n", None),
        ("route-map M deny 10\n", Some("10.0.0.0/24 route map M")),
        ("", Some("10.0.0.0/24 route map M")),
        (
            "route-map M deny 5\n match ip address prefix-list P\nroute-map M permit 10\n",
            Some("10.0.0.0/25 route map M"),
        ),
        ("route-map M deny 5\n match community C\nroute-map M permit 10\n", None),
        ("route-map M permit 5\n match community C\n", None),
        ("route-map M permit 5\n match ipv6 address prefix-list P\n", Some("10.0.0.0/24 route map M")),
    ] {
        assert_eq!(denied(&text(body), &settings(), "10.0.0.0/24", 32).as_deref(), expected, "{body}");
    }
}
