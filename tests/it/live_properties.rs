//! What holds for any network and any snapshot: apply then diff is empty, a second apply writes
//! nothing, and what others wrote keeps its bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use metalsense::apply::to_snapshot;
use metalsense::compile::compile;
use metalsense::intent::Intent;
use metalsense::live::Snapshot;
use metalsense::live::snapshot::RouterProgram;
use metalsense::plan::{self, Difference, Options};
use metalsense::{declaration, intent};
use proptest::prelude::*;
use secrecy::SecretString;

/// A network in the few things that make both sides differ.
#[derive(Clone, Debug)]
struct Network {
    nodes: BTreeSet<u8>,
    pools: BTreeSet<u8>,
    edge: u32,
    hold: bool,
    password: Option<&'static str>,
    absent: bool,
}

impl Network {
    fn yaml(&self) -> String {
        let mut out = format!(
            "apiVersion: metalsense.dev/v1alpha1\nkind: Network\nmetadata: {{ name: lab }}\nspec:\n  asns: {{ k8s: 64500, edge: {} }}\n  cluster: {{ asn: k8s }}\n  nodes:\n",
            self.edge
        );
        for node in &self.nodes {
            let _ = writeln!(out, "    - {{ name: n{node}.example.net, address: 192.168.4.{node} }}");
        }
        out.push_str(
            "  peers:\n    - name: fw\n      asn: edge\n      address: 192.168.4.1\n      pfsense: {}\n",
        );
        if self.hold {
            out.push_str("      holdTime: 30s\n");
        }
        if self.password.is_some() {
            out.push_str("      password: { env: BGP }\n");
        }
        if self.absent {
            out.push_str("      absent: true\n");
        }
        out.push_str(if self.pools.is_empty() { "  pools: []\n" } else { "  pools:\n" });
        for pool in &self.pools {
            let _ = write!(
                out,
                "    - name: p{pool}\n      addresses: [192.168.{}.0/24]\n      advertise: [{{ communities: [no-advertise] }}]\n",
                32 + pool
            );
        }
        out
    }

    fn intent(&self) -> Intent {
        let loaded = declaration::load(vec![("network.yaml".to_owned(), self.yaml().into_bytes())]);
        let document = loaded.documents.first().unwrap_or_else(|| panic!("{:?}", loaded.findings));
        let resolved = intent::resolve(document);
        resolved.intent.unwrap_or_else(|| panic!("{:?}", resolved.findings))
    }
}

fn network() -> impl Strategy<Value = Network> {
    let nodes = prop::collection::btree_set(2_u8..30, 1..5);
    let pools = prop::collection::btree_set(0_u8..6, 1..4);
    let edge = prop_oneof![Just(64501_u32), Just(4_200_000_000)];
    let password = prop_oneof![Just(None), Just(Some("one")), Just(Some("two&<three>"))];
    (nodes, pools, edge, any::<bool>(), password).prop_map(|(nodes, pools, edge, hold, password)| Network {
        nodes,
        pools,
        edge,
        hold,
        password,
        absent: false,
    })
}

/// A config.xml, with what of it belongs to others.
#[derive(Clone, Debug)]
struct Config {
    text: String,
    foreign: Vec<String>,
    style: Style,
}

/// How a file is written, which means nothing.
#[derive(Clone, Copy, Debug)]
enum Style {
    Pfsense,
    Windows,
    Spaces,
    OneLine,
    Latin1,
}

impl Style {
    fn text(self, text: &str) -> String {
        match self {
            Style::Pfsense => text.to_owned(),
            Style::Windows => text.replace('\n', "\r\n"),
            Style::Spaces => text.replace('\t', "  "),
            Style::OneLine => text.replace(['\n', '\t'], ""),
            Style::Latin1 => text.replacen("?>", " encoding=\"ISO-8859-1\"?>", 1),
        }
    }

    fn bytes(self, text: &str) -> Vec<u8> {
        let text = self.text(text);
        match self {
            Style::Latin1 => {
                text.chars().map(|letter| u8::try_from(u32::from(letter)).expect("Latin-1")).collect()
            }
            _ => text.into_bytes(),
        }
    }
}

/// A neighbor that somebody made, in their own spelling.
fn neighbor(address: &str, spelling: u8) -> String {
    match spelling % 4 {
        0 => format!(
            "<config>\n\t\t\t\t<peer>{address}</peer>\n\t\t\t\t<descr><![CDATA[by hand &amp; old]]></descr>\n\t\t\t\t<asnum>64500</asnum>\n\t\t\t\t<routemap_in>none</routemap_in>\n\t\t\t\t<passive></passive>\n\t\t\t</config>"
        ),
        1 => format!(
            "<Config><PEER> {address}</PEER><asnum>64500</asnum><!-- why --><weight>7</weight></Config>"
        ),
        2 => format!(
            "<config>\n\t\t\t\t<asnum>&#54;4500</asnum>\n\t\t\t\t<peer>{address}</peer>\n\t\t\t\t<passive>yes</passive>\n\t\t\t\t<descr/>\n\t\t\t</config>"
        ),
        _ => format!(
            "<config a=\"b\">\n\t\t\t\t<peer>{address}</peer>\n\n\t\t\t\t<descr><![CDATA[gr\u{fc}n]]></descr>\n\t\t\t\t<softreconfigurationinbound>on</softreconfigurationinbound>\n\t\t\t\t<asnum>64500</asnum>\n\t\t\t</config>"
        ),
    }
}

fn list(name: &str) -> String {
    format!(
        "<config>\n\t\t\t\t<iptype>IPv4</iptype>\n\t\t\t\t<name>{name}</name>\n\t\t\t\t<descr></descr>\n\t\t\t\t<row>\n\t\t\t\t\t<seq>5</seq>\n\t\t\t\t\t<action>permit</action>\n\t\t\t\t\t<source>10.1.0.0/16</source>\n\t\t\t\t</row>\n\t\t\t</config>"
    )
}

fn map(name: &str) -> String {
    format!(
        "<config>\n\t\t\t\t<name>{name}</name>\n\t\t\t\t<action>permit</action>\n\t\t\t\t<seq>10</seq>\n\t\t\t\t<acl_match>none</acl_match>\n\t\t\t</config>"
    )
}

fn config() -> impl Strategy<Value = Config> {
    let style = prop_oneof![
        Just(Style::Pfsense),
        Just(Style::Windows),
        Just(Style::Spaces),
        Just(Style::OneLine),
        Just(Style::Latin1)
    ];
    let theirs = prop::collection::btree_map(200_u8..250, any::<u8>(), 0..4);
    let by_hand = prop::collection::btree_map(2_u8..30, any::<u8>(), 0..3);
    let names = prop::collection::btree_set(
        prop_oneof![
            Just("LAN"),
            Just("metalsense.other.fw.in"),
            Just("metalsense.lab"),
            Just("x.metalsense.lab.fw.in")
        ],
        0..3,
    );
    (style, theirs, by_hand, names, any::<[bool; 5]>()).prop_map(|(style, theirs, by_hand, names, has)| {
        let [new_era, frr, bgp, lists, maps] = has;
        let theirs: Vec<String> =
            theirs.iter().map(|(last, spelling)| neighbor(&format!("10.0.7.{last}"), *spelling)).collect();
        let by_hand: Vec<String> =
            by_hand.iter().map(|(last, spelling)| neighbor(&format!("192.168.4.{last}"), *spelling)).collect();
        let lists: Vec<String> = names.iter().filter(|_| lists).map(|name| list(name)).collect();
        let maps: Vec<String> = names.iter().filter(|_| maps).map(|name| map(name)).collect();
        let section = |name: &str, entries: &[String]| match entries {
            [] => String::new(),
            entries => format!("\t\t<{name}>\n\t\t\t{}\n\t\t</{name}>\n", entries.join("\n\t\t\t")),
        };
        // Neighbors of others keep the AS that they have.
        let bgp = if bgp && theirs.is_empty() { "\t\t<frrbgp>\n\t\t\t<config>\n\t\t\t\t<asnum>64501</asnum>\n\t\t\t</config>\n\t\t</frrbgp>\n" } else { "" };
        let frr = if frr { "\t\t<frr>\n\t\t\t<config>\n\t\t\t\t<enable>on</enable>\n\t\t\t\t<password><![CDATA[theirs]]></password>\n\t\t\t\t<row>\n\t\t\t\t\t<nullroute>ON</nullroute>\n\t\t\t\t\t<routevalue>10.66.0.0/16</routevalue>\n\t\t\t\t\t<routetarget>none</routetarget>\n\t\t\t\t</row>\n\t\t\t</config>\n\t\t</frr>\n" } else { "" };
        let mut neighbors = theirs.clone();
        neighbors.splice(theirs.len() / 2..theirs.len() / 2, by_hand);
        let text = format!(
            "<?xml version=\"1.0\"?>\n<pfsense>\n\t<version>{}</version>\n\t<system>\n\t\t<hostname>fw</hostname>\n\t</system>\n\
             \t<interfaces>\n\t\t<lan>\n\t\t\t<enable></enable>\n\t\t\t<ipaddr>192.168.4.1</ipaddr>\n\t\t\t<subnet>24</subnet>\n\t\t</lan>\n\t</interfaces>\n\
             \t<installedpackages>\n\t\t<package>\n\t\t\t<name>frr</name>\n\t\t\t<version>2.0.2_6</version>\n\t\t</package>\n\
             {frr}{bgp}{}{}{}\t</installedpackages>\n\t<cert>\n\t\t<prv>a2V5</prv>\n\t</cert>\n</pfsense>\n",
            if new_era { "24.5" } else { "23.9" },
            section("frrbgpneighbors", &neighbors),
            section("frrglobalprefixes", &lists),
            section("frrglobalroutemaps", &maps),
        );
        let mut foreign = theirs;
        foreign.extend(lists);
        foreign.extend(maps);
        Config { text, foreign, style }
    })
}

/// The objects of a cluster: others' pools, and perhaps one by hand under our name.
fn objects() -> impl Strategy<Value = (String, &'static str)> {
    let theirs = prop::collection::btree_set("[a-z]{3,6}", 0..3);
    (theirs, any::<[bool; 4]>()).prop_map(|(theirs, [by_hand, windows, list, flow])| {
        let pool = |name: &str, net: &str| match flow {
            true => format!("apiVersion: metallb.io/v1beta1\nkind: IPAddressPool # {name}\nmetadata: {{name: {name}, namespace: metallb-system}}\nspec: {{addresses: [{net}]}}\n"),
            false => format!("kind: IPAddressPool\napiVersion: metallb.io/v1beta1\nmetadata:\n  # {name}\n  name: {name}\n  namespace: metallb-system\nspec:\n  addresses:\n    - {net} # all of it\n"),
        };
        let mut all: Vec<String> =
            theirs.iter().enumerate().map(|(n, name)| pool(name, &format!("10.2.{n}.0/24"))).collect();
        if by_hand {
            all.insert(all.len() / 2, pool("p1", "192.168.33.0-192.168.33.255"));
        }
        let text = match list && !all.is_empty() {
            true => {
                let items: String = all.iter().map(|pool| format!("- {}\n", pool.trim_end().replace('\n', "\n  "))).collect();
                format!("apiVersion: v1\nkind: List\nitems:\n{items}")
            }
            false => all.join("---\n"),
        };
        (if windows { text.replace('\n', "\r\n") } else { text }, if windows { "all.yml" } else { "all.yaml" })
    })
}

struct Live {
    scratch: tempfile::TempDir,
}

impl Live {
    fn new(config: &Config, (objects, name): &(String, &str)) -> Live {
        let scratch = tempfile::tempdir().expect("a scratch folder");
        for folder in ["cluster", "fw"] {
            fs::create_dir(scratch.path().join(folder)).expect("made");
        }
        fs::write(scratch.path().join("fw/config.xml"), config.style.bytes(&config.text)).expect("written");
        fs::write(scratch.path().join("cluster").join(name), objects).expect("written");
        Live { scratch }
    }

    fn config(&self) -> Vec<u8> {
        fs::read(self.scratch.path().join("fw/config.xml")).expect("read")
    }

    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut all = BTreeMap::new();
        for folder in ["cluster", "fw"] {
            for entry in fs::read_dir(self.scratch.path().join(folder)).expect("listed") {
                let path = entry.expect("an entry").path();
                all.insert(path.clone(), fs::read(path).expect("read"));
            }
        }
        all
    }

    fn compare(&self, network: &Network) -> Difference {
        compare(self.scratch.path(), network)
    }

    /// Applies, with consent to everything. What is refused is left.
    fn apply(&self, network: &Network) -> Result<usize, String> {
        let difference = self.compare(network);
        let snapshot = Snapshot::open(self.scratch.path()).expect("opens");
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let applied = runtime.block_on(to_snapshot(&difference, &snapshot)).map_err(|e| e.to_string())?;
        Ok(applied.written.len())
    }
}

fn compare(folder: &Path, network: &Network) -> Difference {
    let intent = network.intent();
    let snapshot = Snapshot::open(folder).expect("opens");
    let observed = snapshot.read(&[("fw".to_owned(), RouterProgram::Pfsense)]).expect("reads");
    let mut facts = plan::facts::facts(&intent, &observed);
    if let Some(password) = network.password {
        facts.passwords.insert("fw".to_owned(), SecretString::from(password.to_owned()));
    }
    let identity = facts.identity.clone();
    let compiled = compile(&intent, &facts);
    let options = Options {
        adopt: true,
        take_ownership: false,
        allow_empty: true,
        max_deletes: 1000,
        identity,
        vty_password: Some(SecretString::from("generated".to_owned())),
        max_services_moved: u32::MAX,
        max_session_resets: None,
    };
    plan::difference(&compiled.desired, &observed, &options)
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// Entries without their own line ends, in the bytes of the style.
fn foreign(config: &Config) -> impl Iterator<Item = Vec<u8>> {
    let style = config.style;
    config.foreign.iter().map(move |entry| match style {
        Style::Latin1 => {
            entry.chars().map(|letter| u8::try_from(u32::from(letter)).expect("Latin-1")).collect()
        }
        _ => style.text(entry).into_bytes(),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn apply_settles_and_leaves_others_alone(
        config in config(), objects in objects(), first in network(), second in network(),
    ) {
        let live = Live::new(&config, &objects);
        let others = config.style.bytes(&config.text);
        let packages = others.windows(19).position(|part| part == b"<installedpackages>").expect("there");
        let behind = others.windows(20).position(|part| part == b"</installedpackages>").expect("there");
        for network in [&first, &second, &first] {
            let before = live.files();
            // Neighbors of others keep the AS, and with it what is ours away.
            if let Err(error) = live.apply(network) {
                prop_assert!(error.contains("others have neighbors there"), "{error}");
                prop_assert_eq!(live.files(), before);
                continue;
            }
            let left = live.compare(network);
            prop_assert!(left.is_empty() && left.refusals.is_empty(), "{:#?}", left);
            let settled = live.files();
            prop_assert_eq!(live.apply(network), Ok(0));
            prop_assert_eq!(live.files(), settled);
            let now = live.config();
            prop_assert_eq!(&now[..packages], &others[..packages]);
            prop_assert!(now.ends_with(&others[behind..]));
            for entry in foreign(&config) {
                prop_assert!(holds(&now, &entry), "{} is gone:\n{}", String::from_utf8_lossy(&entry), String::from_utf8_lossy(&now));
            }
        }
        let gone = Network { absent: true, password: None, ..first };
        live.apply(&gone).expect("taken off");
        prop_assert!(live.compare(&gone).is_empty());
        let now = live.config();
        prop_assert!(!holds(&now, b"[ms:lab") && !holds(&now, b">metalsense.lab.fw."), "{}", String::from_utf8_lossy(&now));
        prop_assert!(!holds(&now, b"<routevalue>192.168."));
        for entry in foreign(&config) {
            prop_assert!(holds(&now, &entry));
        }
    }

    #[test]
    fn the_same_question_has_the_same_answer(config in config(), objects in objects(), network in network()) {
        let (one, two) = (Live::new(&config, &objects), Live::new(&config, &objects));
        let show = |live: &Live| format!("{:?}", live.compare(&network).changes().collect::<Vec<_>>());
        prop_assert_eq!(show(&one), show(&one));
        prop_assert_eq!(show(&one), show(&two));
        let bytes = |live: &Live| {
            let _ = live.apply(&network);
            live.files().into_values().collect::<Vec<_>>()
        };
        prop_assert_eq!(bytes(&one), bytes(&two));
    }
}
