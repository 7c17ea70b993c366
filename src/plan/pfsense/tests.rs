//! Ownership on a pfSense, case by case, and what holds for all of them.

use std::collections::BTreeMap;

use proptest::prelude::*;
use secrecy::SecretString;

use crate::compile::{ClusterIdentity, RouterPart};
use crate::frr::RouterConfig;
use crate::observed::{FrrCheck, Observed, PfsenseRuntime, RouterState};
use crate::pfsense::frr::PackageLevel;
use crate::pfsense::xml;
use crate::plan::change::{Action, Effect, Guard};
use crate::plan::fixture::{NODES, config, desired, firewall_text, observed, pfsense, state_of};
use crate::plan::{Difference, Options, RouterChange, Shown, difference};

const POOL: &str = "192.168.32.0/24";
const BGP: &str = "<frr><config><enable>on</enable><routerid>192.168.4.1</routerid><password>x</password></config></frr>\
<frrbgp><config><enable>on</enable><asnum>64501</asnum><routerid>192.168.4.1</routerid></config></frrbgp>\n";

fn options() -> Options {
    Options { vty_password: Some(SecretString::from("random".to_owned())), ..Options::default() }
}

fn adopting() -> Options {
    Options { adopt: true, ..options() }
}

fn lab() -> RouterConfig {
    config("lab", "pfsense", &NODES, &[POOL])
}

fn compare(part: RouterPart, text: &str, options: &Options) -> Difference {
    difference(&desired("lab", Vec::new(), part), &observed(text.as_bytes()), options)
}

/// The file after the difference, and the proof that nothing differs then.
fn settle(part: RouterPart, text: &str, options: &Options) -> String {
    let found = compare(part.clone(), text, options);
    assert_eq!(found.refusals, [], "{:#?}", found.routers);
    let RouterChange::Pfsense(edits) = &found.routers[0].write else { panic!("a pfSense") };
    let after = xml::edit(text.as_bytes(), edits).expect("spliced");
    let after = String::from_utf8(after).expect("text");
    // Consent was given once; it is not asked for again.
    let again = compare(part, &after, &Options { adopt: false, vty_password: None, ..options.clone() });
    assert_eq!(again.routers[0].changes, [], "{after}");
    assert_eq!(again.refusals, []);
    let RouterChange::Pfsense(edits) = &again.routers[0].write else { panic!("a pfSense") };
    assert!(edits.is_empty());
    after
}

fn neighbor(peer: &str, descr: &str, maps: &str, more: &str) -> String {
    let (map_in, map_out) = match maps {
        "" => ("none".to_owned(), "none".to_owned()),
        owner => (format!("metalsense.{owner}.in"), format!("metalsense.{owner}.out")),
    };
    format!(
        "<config><peer>{peer}</peer><descr><![CDATA[{descr}]]></descr><asnum>64500</asnum><sendcommunity>both</sendcommunity>\
         <routemap_in>{map_in}</routemap_in><routemap_out>{map_out}</routemap_out>{more}</config>"
    )
}

fn neighbors(entries: &[String]) -> String {
    firewall_text(&format!("{BGP}<frrbgpneighbors>{}</frrbgpneighbors>\n", entries.concat()))
}

fn guards(found: &Difference) -> Vec<Guard> {
    found.refusals.iter().map(|refusal| refusal.guard).collect()
}

fn about<'a>(found: &'a Difference, object: &str) -> Option<&'a crate::plan::Change> {
    found.changes().find(|change| change.object == object)
}

#[test]
fn a_first_apply_creates_everything_and_leaves_foreign_bytes() {
    let text = firewall_text("\t\t<acme>\n\t\t\t<config><a/></config> <!-- theirs -->\n\t\t</acme>\n");
    let found = compare(pfsense(lab()), &text, &options());
    assert!(found.changes().all(|change| change.action == Action::Create && !change.adoption));
    let after = settle(pfsense(lab()), &text, &options());
    let (head, tail) = text.split_once("\t</installedpackages>").expect("there");
    assert!(after.starts_with(head) && after.ends_with(tail), "{after}");
    let shown = &found.routers[0].conf.after;
    assert!(shown.contains("neighbor 192.168.4.10 route-map metalsense.lab.pfsense.in in"), "{shown}");
    assert!(shown.contains("ip route 192.168.32.0/24 Null0"), "{shown}");
    assert!(!format!("{found:?}").contains("random"), "no secret in Debug");
}

#[test]
fn a_generated_password_is_needed_once() {
    let found = compare(pfsense(lab()), &firewall_text(""), &Options::default());
    assert!(found.routers[0].incomplete);
    let fields = &about(&found, "FRR settings").expect("created").fields;
    let password = fields.iter().find(|field| field.path == "password").expect("generated");
    assert_eq!(password.new, Some(Shown::Generated));
    assert!(!compare(pfsense(lab()), &firewall_text(BGP), &Options::default()).routers[0].incomplete);
}

#[test]
fn whose_a_neighbor_is() {
    let address = "192.168.4.10";
    let ours = "node1 [ms:lab]";
    // description, owner of the maps, what happens to a declared node, what to one that is not declared
    for (descr, maps, declared, undeclared) in [
        (ours, "lab.pfsense", "changed", "deleted"),
        ("renamed", "lab.pfsense", "repaired", "told"),
        (ours, "", "repaired", "told"),
        ("node1", "", "adopted", "left"),
        ("node1 [ms:other]", "", "refused", "left"),
        ("node1", "other.fw", "refused", "left"),
        (ours, "lab.gone", "changed", "deleted"),
        ("node1 [ms:", "", "adopted", "left"),
    ] {
        let text = neighbors(&[neighbor(address, descr, maps, "<weight>7</weight>")]);
        let found = compare(pfsense(lab()), &text, &options());
        let change = about(&found, "neighbor 192.168.4.10");
        let halves = found.findings.iter().filter(|finding| finding.rule == "neighbor-half-ours").count();
        let outcome = match change {
            None => "refused",
            Some(change) if change.adoption => "adopted",
            Some(_) if halves > 0 => "repaired",
            Some(_) => "changed",
        };
        assert_eq!(outcome, declared, "{descr} {maps}: {found:#?}");
        let expected: &[Guard] = match declared {
            "adopted" => &[Guard::Adoption],
            "refused" => &[Guard::Ownership],
            _ => &[],
        };
        assert_eq!(guards(&found), expected, "{descr} {maps}");
        if declared != "refused" {
            let after = settle(pfsense(lab()), &text, &adopting());
            assert!(after.contains("<weight>7</weight>") && after.contains("<sendcommunity>both"), "{after}");
        }

        let without = config("lab", "pfsense", &[NODES[0]], &[POOL]);
        let found = compare(pfsense(without), &text, &options());
        let halves = found.findings.iter().filter(|finding| finding.rule == "neighbor-half-ours").count();
        let outcome = match about(&found, "neighbor 192.168.4.10").map(|change| change.action) {
            Some(Action::Delete) => "deleted",
            Some(_) => "touched",
            None if halves > 0 => "told",
            None => "left",
        };
        assert_eq!(outcome, undeclared, "{descr} {maps}");
    }
}

#[test]
fn what_a_change_of_a_neighbor_does() {
    let ours = |more: &str| neighbors(&[neighbor("192.168.4.4", "master1 [ms:lab]", "lab.pfsense", more)]);
    let wanted = || pfsense(config("lab", "pfsense", &NODES[..1], &[POOL]));
    for (more, effects) in [
        ("<passive>on</passive><softreconfigurationinbound>on</softreconfigurationinbound>", vec![]),
        (
            "<passive>on</passive><softreconfigurationinbound>on</softreconfigurationinbound><prefixfilter_in>X</prefixfilter_in>",
            vec![Effect::SoftRefresh],
        ),
        (
            "<passive>on</passive><softreconfigurationinbound>on</softreconfigurationinbound><timers_keepalive>5</timers_keepalive><timers_holdtime>15</timers_holdtime>",
            vec![Effect::NextSession],
        ),
        (
            "<passive>on</passive>",
            vec![Effect::SessionReset {
                sessions: vec!["192.168.4.4".into()],
                reason: "softreconfigurationinbound changes".into(),
            }],
        ),
    ] {
        let found = compare(wanted(), &ours(more), &options());
        let found =
            about(&found, "neighbor 192.168.4.4").map(|change| change.effects.clone()).unwrap_or_default();
        assert_eq!(found, effects, "{more}");
    }
}

#[test]
fn other_spellings_of_the_same_are_no_difference() {
    let settled = settle(pfsense(lab()), &firewall_text(""), &options());
    for (old, new) in [
        ("<passive>on</passive>", "<passive>yes</passive>"),
        ("<peergroup>none</peergroup>", ""),
        ("<enable>on</enable>", "<ENABLE>on</ENABLE>"),
        ("<ge></ge>", ""),
        ("<routemap_in>", "<!-- in --><routemap_in>"),
        ("<prefixfilter_in>none</prefixfilter_in>", "<prefixfilter_in></prefixfilter_in>"),
    ] {
        let spelled = settled.replace(old, new);
        assert_ne!(spelled, settled, "{old}");
        let found = compare(pfsense(lab()), &spelled, &Options::default());
        assert_eq!(found.routers[0].changes, [], "{old} as {new}");
    }
}

#[test]
fn singletons_are_not_set_against_others() {
    let foreign = neighbor("203.0.113.9", "upstream", "", "");
    let with = |singletons: &str, entries: &str| {
        firewall_text(&format!("{singletons}<frrbgpneighbors>{entries}</frrbgpneighbors>\n"))
    };
    let (other_as, other_id) = (
        BGP.replace("<asnum>64501", "<asnum>65010"),
        BGP.replace("</asnum><routerid>192.168.4.1", "</asnum><routerid>10.9.9.9"),
    );
    for (singletons, entries, refused) in [
        (BGP.to_owned(), foreign.as_str(), false),
        (other_as.clone(), foreign.as_str(), true),
        (other_as, "", false),
        (other_id.clone(), foreign.as_str(), true),
        (other_id, "", false),
    ] {
        let text = with(&singletons, entries);
        let found = compare(pfsense(lab()), &text, &options());
        assert_eq!(guards(&found) == [Guard::Ownership], refused, "{text}");
        if !refused {
            let after = settle(pfsense(lab()), &text, &options());
            assert!(after.contains(entries));
        }
    }
    // The router id of FRR as a whole belongs to whoever else runs there; BGP has its own from us.
    let shared =
        BGP.replace("<routerid>192.168.4.1</routerid><password>", "<routerid>10.9.9.9</routerid><password>");
    let after = settle(pfsense(lab()), &with(&shared, &foreign), &options());
    assert!(after.contains("<routerid>10.9.9.9</routerid><password>"), "{after}");
}

#[test]
fn what_cannot_take_our_part_is_refused() {
    let lab_at = |text: String| compare(pfsense(lab()), &text, &options());
    let package = "<name>frr</name>\n\t\t\t<version>2.0.2_6";
    let raw =
        |field: &str| format!("<frrglobalraw><config><{field}>eA==</{field}></config></frrglobalraw>\n");
    for (text, code) in [
        (firewall_text("").replace(package, "<name>acme</name>\n\t\t\t<version>1"), "frr-package-missing"),
        (firewall_text("").replace("2.0.2_6", "1.2_3"), "frr-package-unknown"),
        (firewall_text(&raw("frr")), "raw-configuration"),
        (firewall_text(&raw("bgpd")), "raw-configuration"),
        (neighbors(&vec![neighbor("192.168.4.4", "twice", "", ""); 2]), "duplicate-neighbor"),
    ] {
        let found = lab_at(text);
        let codes: Vec<&str> = found.refusals.iter().map(|refusal| refusal.finding.rule.as_ref()).collect();
        assert_eq!(codes, [code]);
    }
    let running = firewall_text(&raw("frrrunning"));
    assert_eq!(lab_at(running).refusals, [], "the saved running copy is information only");
}

#[test]
fn another_cluster_under_our_name_is_refused() {
    let mut wanted = lab();
    wanted.prefix_lists[0].description = "announced by the nodes [ms:lab@11111111]".into();
    let theirs = settle(pfsense(wanted.clone()), &firewall_text(""), &options());
    let with = |digits: &str| Options { identity: ClusterIdentity::parse(digits), ..options() };
    assert_eq!(compare(pfsense(wanted.clone()), &theirs, &with("11111111")).refusals, []);
    assert_eq!(guards(&compare(pfsense(wanted.clone()), &theirs, &with("22222222"))), [Guard::Ownership]);
    assert_eq!(
        compare(pfsense(wanted), &theirs, &options()).refusals,
        [],
        "an unknown cluster is not told apart"
    );
}

#[test]
fn null_routes_are_ours_by_our_own_list() {
    let row = |net: &str| {
        format!(
            "<row><nullroute>ON</nullroute><routevalue>{net}</routevalue><routetarget>none</routetarget></row>"
        )
    };
    let rows = |nets: &[&str]| {
        let rows: String = nets.iter().map(|net| row(net)).collect();
        firewall_text(&BGP.replace("<password>x</password>", &format!("<password>x</password>{rows}")))
    };
    // Somebody's null route for the pool becomes ours with consent, and others stay.
    let text = rows(&["10.66.0.0/16", "192.168.32.7/24"]);
    assert_eq!(guards(&compare(pfsense(lab()), &text, &options())), [Guard::Adoption]);
    let after = settle(pfsense(lab()), &text, &adopting());
    assert_eq!(after.matches("<nullroute>").count(), 2, "{after}");
    // Ours goes with its pool, the others stay.
    let smaller = config("lab", "pfsense", &NODES, &["192.168.33.0/24"]);
    let after = settle(pfsense(smaller), &after, &options());
    assert!(after.contains("10.66.0.0/16") && after.contains("192.168.33.0/24"), "{after}");
    assert!(!after.contains("192.168.32."), "{after}");
    // Wanted without one, somebody's goes with consent, because it would be ours from then on.
    let mut without = lab();
    without.null_routes.clear();
    let found = compare(pfsense(without.clone()), &text, &options());
    assert_eq!(guards(&found), [Guard::Adoption]);
    settle(pfsense(without), &text, &adopting());
}

#[test]
fn absent_takes_our_part_off_and_nothing_else() {
    let before = neighbors(&[neighbor("203.0.113.9", "upstream", "", "")]);
    let applied = settle(pfsense(lab()), &before, &options());
    let after = settle(RouterPart::Absent, &applied, &options());
    let (left, was) = (state_of(after.as_bytes()), state_of(before.as_bytes()));
    let section = |state: &crate::observed::PfsenseState, name: &str| {
        state
            .config
            .get("installedpackages")
            .and_then(|packages| packages.get(name))
            .map(|s| s.entries().len())
    };
    assert_eq!(section(&left, "frrbgpneighbors"), section(&was, "frrbgpneighbors"));
    assert_eq!(section(&left, "frrglobalroutemaps").unwrap_or(0), 0);
    assert_eq!(section(&left, "frrglobalprefixes").unwrap_or(0), 0);
    assert!(!after.contains("nullroute") && after.contains("<enable>on</enable>"), "{after}");
}

#[test]
fn guards_against_losing_everything() {
    let many: Vec<(String, String)> =
        (1..=8).map(|n| (format!("n{n}"), format!("192.168.4.{}", n + 9))).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let full = settle(pfsense(config("lab", "pfsense", &many, &[POOL])), &firewall_text(""), &options());
    let two = || pfsense(config("lab", "pfsense", &many[..2], &[POOL]));
    assert_eq!(guards(&compare(two(), &full, &options())), [Guard::Deletes]);
    assert_eq!(compare(two(), &full, &Options { max_deletes: 6, ..options() }).refusals, []);
    let none = || pfsense(config("lab", "pfsense", &[], &[POOL]));
    let loose = Options { max_deletes: 100, ..options() };
    assert_eq!(guards(&compare(none(), &full, &loose)), [Guard::Empty]);
    assert_eq!(compare(none(), &full, &Options { allow_empty: true, ..loose }).refusals, []);
}

/// Entries of others, some of them awkward.
fn foreign() -> impl Strategy<Value = String> {
    let address = (1_u8..=254).prop_map(|last| format!("10.0.7.{last}"));
    let neighbor_of = (address, "[a-z ]{0,12}", prop::option::of("[a-z]{1,6}"), any::<bool>()).prop_map(
        |(peer, descr, group, passive)| {
            let more = format!(
                "<peergroup>{}</peergroup><passive>{}</passive><later>x</later>",
                group.as_deref().unwrap_or("none"),
                if passive { "on" } else { "" }
            );
            neighbor(&peer, &descr, "", &more)
        },
    );
    let entries = prop::collection::btree_map(any::<u8>(), neighbor_of, 0..4);
    let lists = prop::collection::vec("[A-Z]{1,5}", 0..3);
    (entries, lists, any::<bool>()).prop_map(|(entries, lists, has_bgp)| {
        let entries: String = entries.into_values().collect();
        let lists: String = lists
            .iter()
            .map(|name| format!("<config><iptype>IPv4</iptype><name>{name}</name><row><seq>5</seq><action>deny</action><source>any</source></row></config>"))
            .collect();
        let bgp = if has_bgp { BGP } else { "" };
        firewall_text(&format!(
            "{bgp}\t\t<frrbgpneighbors> {entries}\n</frrbgpneighbors>\n<frrglobalprefixes>{lists}</frrglobalprefixes>\n"
        ))
    })
}

fn wanted() -> impl Strategy<Value = RouterConfig> {
    let nodes = prop::collection::btree_set(2_u8..=250, 1..5);
    let pools = prop::collection::btree_set(0_u8..=30, 0..3);
    (nodes, pools, any::<bool>(), any::<bool>()).prop_map(|(nodes, pools, passive, bfd)| {
        let nodes: Vec<(String, String)> =
            nodes.iter().map(|n| (format!("n{n}"), format!("192.168.4.{n}"))).collect();
        let nodes: Vec<(&str, &str)> = nodes.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        let pools: Vec<String> = pools.iter().map(|n| format!("192.168.{}.0/24", 32 + n)).collect();
        let pools: Vec<&str> = pools.iter().map(String::as_str).collect();
        let mut config = config("lab", "pfsense", &nodes, &pools);
        for neighbor in &mut config.neighbors {
            (neighbor.passive, neighbor.bfd) = (passive, bfd);
        }
        config
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn apply_then_nothing_differs_and_foreign_entries_keep_their_bytes(
        text in foreign(), first in wanted(), second in wanted(),
    ) {
        let loose = Options { max_deletes: 1000, ..options() };
        let once = settle(pfsense(first), &text, &loose);
        let twice = settle(pfsense(second), &once, &loose);
        for entry in text.split_inclusive("</config>").filter(|entry| entry.contains("<later>")) {
            let entry = &entry[entry.rfind("<config>").expect("an entry")..];
            prop_assert!(twice.contains(entry), "{entry}\n{twice}");
        }
        let gone = settle(RouterPart::Absent, &twice, &loose);
        prop_assert!(!gone.contains("metalsense.") && !gone.contains("[ms:"), "{gone}");
    }
}

#[test]
fn sessions_of_others_keep_what_frr_gives_them_by_default() {
    let v6 = || {
        let mut config = lab();
        config.neighbors[0].ipv4_unicast = false;
        config.neighbors[0].ipv6_unicast = true;
        config
    };
    for (bothaf, peer, told) in
        [("", "2001:db8::9", true), ("on", "2001:db8::9", false), ("", "192.168.4.9", false)]
    {
        let text = neighbors(&[neighbor(peer, "theirs", "", &format!("<bothaf>{bothaf}</bothaf>"))]);
        let found = compare(pfsense(v6()), &text, &options());
        let set = about(&found, "BGP settings").is_some();
        let warned = found.findings.iter().any(|finding| finding.rule == "ipv4-over-ipv6");
        assert_eq!((set, warned), (!told, told), "{bothaf} {peer}: {found:#?}");
    }
}

/// What FRR on a running firewall says about its file.
fn with_runtime(text: &str, accepted: bool, frr_conf: &str) -> Observed {
    let mut state = state_of(text.as_bytes());
    state.runtime = Some(Box::new(PfsenseRuntime {
        product: "pfSense".into(),
        version: "2.8.1-RELEASE".into(),
        saved_by: "admin".into(),
        carp: BTreeMap::new(),
        synchronizes_to: None,
        frr_conf: Some(frr_conf.into()),
        check: Some(FrrCheck::new(accepted, "line 7: % Unknown command[4]: neighbor 10.9.9.9 password a b")),
        running: Vec::new(),
    }));
    let router = RouterState::Pfsense(Box::new(state));
    Observed { routers: vec![("pfsense".into(), router)], ..Observed::default() }
}

#[test]
fn a_line_of_others_that_freezes_reloads_is_named_and_stops_a_change() {
    let text = firewall_text(BGP);
    let wanted = RouterPart::Pfsense { config: Box::new(lab()), carp: None };
    let found = difference(&desired("lab", Vec::new(), wanted), &with_runtime(&text, false, ""), &options());
    let refusal =
        found.refusals.iter().find(|refusal| refusal.finding.rule == "reload-frozen").expect("refused");
    assert_eq!(refusal.guard, Guard::Judge);
    assert!(refusal.finding.message.contains("line 7"), "{}", refusal.finding.message);
    assert!(!refusal.finding.message.contains("a b"), "{}", refusal.finding.message);

    let nothing = difference(
        &desired("lab", Vec::new(), RouterPart::Absent),
        &with_runtime(&text, false, ""),
        &options(),
    );
    assert!(
        nothing.refusals.is_empty() && nothing.findings.iter().any(|finding| finding.rule == "reload-frozen")
    );
}

#[test]
fn a_file_that_is_not_what_the_settings_make_is_told() {
    let text = firewall_text(BGP);
    let absent = || desired("lab", Vec::new(), RouterPart::Absent);
    let told = |observed: &Observed| {
        let found = difference(&absent(), observed, &options());
        found.findings.iter().any(|finding| finding.rule == "frr-conf-differs")
    };
    let same = crate::pfsense::frr::frr_conf(&state_of(text.as_bytes()).config, PackageLevel::V2_0);
    let same = String::from_utf8(same.bytes().expect("written").to_vec()).expect("text");
    assert!(!told(&with_runtime(&text, true, &same)));
    assert!(told(&with_runtime(&text, true, &format!("{same}log syslog\n"))));
}
