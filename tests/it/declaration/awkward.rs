//! Awkward and hostile texts, each with what is said about it and where.

use metalsense::declaration::fmt;

use super::*;

const HEAD: &str = "apiVersion: metalsense.dev/v1alpha1\nkind: Network\nmetadata:\n  name: homelab\nspec:\n";

/// Lines of `spec` (they begin at line 6) and `line:column severity[code]` of every finding.
fn check_spec(cases: &[(&str, &str)]) {
    let cases: Vec<_> = cases.iter().map(|(spec, wanted)| (format!("{HEAD}{spec}"), *wanted)).collect();
    check(cases.iter().map(|(text, wanted)| (text.as_bytes(), *wanted)));
}

fn check<'a>(cases: impl IntoIterator<Item = (&'a [u8], &'a str)>) {
    let mut wrong = String::new();
    for (text, wanted) in cases {
        let loaded = load_text(text);
        let told: Vec<String> = loaded
            .findings
            .iter()
            .map(|f| format!("{} {}[{}]", position(&loaded.sources, f), f.severity, f.rule))
            .collect();
        let told = told.join(", ");
        if told != wanted {
            wrong += &format!("{}\n  told   {told}\n  wanted {wanted}\n", String::from_utf8_lossy(text));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn the_full_declaration_is_sound() {
    let loaded = load_text(FULL);
    assert_eq!(render(&loaded.sources, &loaded.findings), "");
    assert!(!loaded.documents[0].partial && !loaded.incomplete);
}

#[test]
fn formatting_keeps_the_typed_declaration() {
    let formatted = fmt("f.yaml", FULL.into()).expect("sound");
    let (before, after) = (load_text(FULL), load_text(&formatted));
    let (mut before, after) = (before.documents[0].network.clone(), &after.documents[0].network);
    // The one thing that is spelled anew.
    for (name, number) in [("edge", 64501), ("far", 65546)] {
        before.spec.asns.insert(name.into(), metalsense::declaration::types::Asn::Number(number));
    }
    assert_eq!(&before, after);
    assert!(formatted.starts_with("# yaml-language-server: $schema=../../schemas/network.schema.json\n"));
    assert!(formatted.ends_with("# the end\n"));
}

#[test]
fn bytes_and_encodings() {
    let sound = format!("{HEAD}  nodes: []\n");
    let bom = format!("\u{feff}{sound}");
    let crlf = sound.replace('\n', "\r\n");
    check([
        (sound.as_bytes(), ""),
        (bom.as_bytes(), ""),
        (crlf.as_bytes(), ""),
        (b"\xff\xfea\0".as_slice(), "1:1 error[not-utf8]"),
        (b"\xfe\xff\0a", "1:1 error[not-utf8]"),
        (b"kind: Network\nmetadata: {name: \xff}\n", "2:18 error[not-utf8]"),
        (b"a: \xc3", "1:4 error[not-utf8]"),
        (b"kind: Net\0work\n", "1:10 error[control-character]"),
        (b"a: b\n# \x1b[31m\n", "2:3 error[control-character]"),
        (b"a: b\rc: d\r", "1:5 error[control-character]"),
        (b"a: \"\x7f\"", "1:5 error[control-character]"),
        ("a: b\n\u{feff}c: d\n".as_bytes(), "2:1 error[yaml-syntax]"),
    ]);
    let huge = vec![b' '; 8 * 1024 * 1024 + 1];
    check([(huge.as_slice(), "1:1 error[file-too-large]")]);
}

#[test]
fn documents() {
    let other = HEAD.replace("homelab", "other");
    let empty_spec = format!("{HEAD}  nodes: []\n");
    let two = format!("{empty_spec}---\n{other}  nodes: []\n");
    let same = format!("{empty_spec}---\n# again\n{empty_spec}");
    let broken_first = format!("a: [\n---\n{HEAD}  nods: []\n");
    check([
        (b"".as_slice(), "1:1 warning[empty-file], - error[no-network]"),
        (b"# only a comment\n", "1:1 warning[empty-file], - error[no-network]"),
        (b"---\n---\n...\n", "1:1 warning[empty-file], - error[no-network]"),
        (b"just text", "1:1 error[not-a-document]"),
        (b"- a\n", "1:1 error[not-a-document]"),
        (two.as_bytes(), ""),
        (same.as_bytes(), "12:9 error[duplicate-network]"),
        (broken_first.as_bytes(), "1:1 error[unknown-key], 1:4 error[yaml-syntax], 8:3 error[unknown-key]"),
        (b"%YAML 1.2\n---\na: b\n", "1:1 error[yaml-directive]"),
    ]);
}

#[test]
fn kinds_and_versions() {
    check([
        (
            b"apiVersion: metalsense.dev/v1alpha2\nkind: Network\n".as_slice(),
            "1:13 error[unknown-api-version]",
        ),
        (b"apiVersion: metalsens.dev/v1alpha1\nkind: Network\n", "1:13 error[unknown-api-version]"),
        (b"apiVersion: metalsense.dev/v1alpha1\nkind: Router\n", "2:7 error[reserved-kind]"),
        (b"apiVersion: metalsense.dev/v1alpha1\nkind: network\n", "2:7 error[unknown-kind]"),
        (b"apiVersion: metallb.io/v1beta1\nkind: IPAddressPool\n", "1:13 error[foreign-document]"),
        (b"apiVersion: v1\nkind: List\nitems: []\n", "1:13 error[foreign-document]"),
        (b"kind: ConfigMap\n", "1:7 error[unknown-kind]"),
        (
            b"kind: Network\nmetadata: {nam: x}\nspec: {nodez: []}\n",
            "1:1 error[missing-key], 2:12 error[unknown-key], 3:8 error[unknown-key]",
        ),
        (b"apiVersion: 1\nkind: Network\n", "1:13 error[unknown-api-version]"),
    ]);
}

#[test]
fn what_the_dialect_leaves_out() {
    check_spec(&[
        ("  nodes: &n []\n", "6:10 error[yaml-anchor]"),
        ("  nodes: &n []\n  pools: *n\n", "7:10 error[yaml-alias]"),
        ("  nodes: *nowhere\n", "6:10 error[yaml-alias]"),
        ("  communities: {a: !!str 1}\n", "6:20 error[yaml-tag]"),
        ("  nodes: !!seq []\n", "6:10 error[yaml-tag]"),
        ("  cluster:\n    <<: {asn: 1}\n", "7:5 error[yaml-merge-key]"),
        ("  communities:\n    ? [a]\n    : b\n", "7:7 error[yaml-complex-key]"),
        ("  communities: {{a: b}: c}\n", "6:17 error[yaml-complex-key]"),
        ("  communities:\n    a: x\n    b: x\n    a: z\n", "9:5 error[duplicate-key]"),
        ("  nodes: []\n  \"nodes\": []\n", "7:3 error[duplicate-key]"),
        (
            "  communities: {c1: a, c2: a, c3: a, c4: a, c5: a, c6: a, c7: a, c8: a, c9: a, c1: a, c2: a, c1: a}\n",
            "6:80 error[duplicate-key], 6:87 error[duplicate-key], 6:94 error[duplicate-key]",
        ),
    ]);
    // Nine levels of nine aliases would be 387 million values.
    let mut bomb = String::from("a0: &a0 x\n");
    for level in 1..10 {
        let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
        bomb += &format!("a{level}: &a{level} [{aliases}]\n");
    }
    let loaded = load_text(&bomb);
    let aliases = loaded.findings.iter().filter(|f| f.rule == "yaml-alias").count();
    assert_eq!(aliases, 81);
}

#[test]
fn broken_yaml() {
    check_spec(&[
        ("\tnodes: []\n", "6:1 error[yaml-tab]"),
        ("  nodes:\n\t- a\n", "7:1 error[yaml-tab]"),
        ("  nodes:\n  \t- a\n", "7:3 error[yaml-tab]"),
        ("  nodes: [a, b\n", "6:10 error[yaml-syntax]"),
        ("  nodes: {a: b]\n", "6:10 error[yaml-syntax]"),
        ("  nodes: \"a\n", "6:10 error[yaml-syntax]"),
        ("  nodes: a: b\n", "6:11 error[yaml-syntax]"),
        ("  nodes:\n    a: 1\n   b: 2\n", "8:4 error[yaml-syntax]"),
        ("  a: @b\n", "6:6 error[yaml-syntax]"),
        ("  a: `b`\n", "6:6 error[yaml-syntax]"),
        ("  a: \"\\q\"\n", "6:6 error[yaml-syntax]"),
        ("  a: 'b' c\n", "6:10 error[yaml-syntax]"),
    ]);
    // What stands before the place where it breaks off is still looked at, what may have followed is not missed.
    check_spec(&[
        (
            "  polcy: {}\n  nodes:\n    - {address: 192.0.2.1}\n    - name: a\n      colour: red\n  peers:\n    - adress: x\n     name: y\n",
            "6:3 error[unknown-key], 8:7 error[missing-key], 10:7 error[unknown-key], 13:6 error[yaml-syntax]",
        ),
        ("  pools:\n    - name: a\n      addresses: [\n  nodes: []\n", "8:18 error[yaml-syntax]"),
        ("  asns: {a: 1.5, b: no, c: \"\n", "6:13 error[asdot-unquoted], 6:28 error[yaml-syntax]"),
    ]);
    let deep = "[".repeat(20_000);
    let deep_blocks = "- ".repeat(20_000);
    let deep_mappings = (0..100).map(|i| format!("{}a:\n", " ".repeat(i))).collect::<String>();
    for text in [deep, deep_blocks, deep_mappings] {
        let loaded = load_text(&text);
        assert_eq!(
            loaded.findings.last().map(|f| f.rule.as_ref()),
            Some("yaml-too-deep"),
            "{:?}",
            loaded.findings
        );
    }
    let wide = format!("[{}]", "a,".repeat(500_001));
    assert!(load_text(&wide).findings.iter().any(|f| f.rule == "yaml-too-many-values"));
    let faulty = format!("{HEAD}  nodes: [{}]\n", "a,".repeat(3000));
    let loaded = load_text(&faulty);
    assert_eq!(loaded.findings.len(), 1001);
    assert!(loaded.findings[0].message.contains("2000 further"), "{:?}", loaded.findings[0]);
}

#[test]
fn words_of_yaml_1_1() {
    check_spec(&[
        ("  communities: {a: no}\n", "6:20 error[yaml11-boolean]"),
        ("  communities: {a: \"no\"}\n", ""),
        (
            "  communities: {a: Off, b: y, c: ON, d: oN}\n",
            "6:20 error[yaml11-boolean], 6:28 error[yaml11-boolean], 6:34 error[yaml11-boolean]",
        ),
        ("  communities: {on: x, yes: x}\n", "6:17 error[yaml11-boolean], 6:24 error[yaml11-boolean]"),
        ("  communities: {a: 1_000, b: 2024-01-31}\n", "6:20 error[yaml11-number], 6:30 error[yaml11-date]"),
        (
            "  communities: {a: 0b11, b: 64500:10, c: 64500:70}\n",
            "6:20 error[yaml11-number], 6:29 warning[yaml11-number]",
        ),
        (
            "  communities: {a: true, b: 1, c: 1.5, d: ~, e: .5}\n",
            "6:20 error[wrong-type], 6:29 error[wrong-type], 6:35 error[wrong-type], 6:43 error[missing-value], 6:49 error[wrong-type]",
        ),
        (
            "  communities: {1: a, true: b, ~: c}\n",
            "6:17 error[wrong-type], 6:23 error[wrong-type], 6:32 error[wrong-type]",
        ),
        ("  cluster: {unmanaged: yes}\n", "6:24 error[yaml11-boolean]"),
        ("  cluster: {unmanaged: True}\n", ""),
        ("  cluster: {unmanaged: \"true\"}\n", "6:24 error[wrong-type]"),
        ("  policy: {maxDeletes: 010}\n", "6:24 error[yaml11-number]"),
        ("  policy: {maxDeletes: 0o10}\n", "6:24 error[yaml11-number]"),
        ("  policy: {maxDeletes: 0x10}\n", ""),
        ("  policy: {severity: {a: off}}\n", "6:26 error[unknown-value]"),
        ("  policy: {severity: {a: ignore}}\n", ""),
    ]);
}

#[test]
fn asns() {
    check_spec(&[
        ("  asns: {a: 1, b: 4294967295, c: \"1.10\", d: \"64500\"}\n  cluster: {asn: a}\n", ""),
        ("  asns: {a: 1.10}\n", "6:13 error[asdot-unquoted]"),
        ("  asns: {a: 64500.1}\n", "6:13 error[asdot-unquoted]"),
        ("  asns: {a: 1e3, b: .inf}\n", "6:13 error[asdot-unquoted], 6:21 error[asdot-unquoted]"),
        (
            "  asns: {a: 0, b: 4294967296, c: -1}\n",
            "6:13 error[out-of-range], 6:19 error[out-of-range], 6:34 error[out-of-range]",
        ),
        ("  asns: {a: 99999999999999999999999999999999999999999999}\n", "6:13 error[out-of-range]"),
        (
            "  asns: {a: [1], b: {c: 1}, d: true, e: }\n",
            "6:13 error[wrong-type], 6:21 error[wrong-type], 6:32 error[wrong-type], 6:38 error[missing-value]",
        ),
        ("  asns: {a: 064500}\n", "6:13 error[yaml11-number]"),
    ]);
    let loaded = load_text(format!("{HEAD}  asns: {{ a: 1.10 }}\n"));
    assert_eq!(
        loaded.findings[0].hint.as_deref(),
        Some("write \"1.10\" in quotes, or 65546, which is the same ASN")
    );
}

#[test]
fn shapes() {
    check_spec(&[
        ("  polcy: {}\n", "6:3 error[unknown-key]"),
        ("  nodes:\n    - address: 192.0.2.1\n", "7:7 error[missing-key]"),
        ("  nodes: [{address: 192.0.2.1}]\n", "6:11 error[missing-key]"),
        ("  discover:\n    removeAfter: 1h\n", "6:3 error[missing-key]"),
        ("  nodes:\n", "6:3 error[missing-value]"),
        ("  nodes: {}\n", "6:10 error[wrong-type]"),
        ("  nodes:\n    a: 1\n", "6:3 error[wrong-type]"),
        ("  cluster:\n    - asn: 1\n", "6:3 error[wrong-type]"),
        ("  pools:\n    - {name: a, addresses: 192.0.2.0/24}\n", "7:28 error[wrong-type]"),
        ("  pools:\n    - {name: a, addresses: []}\n", "7:28 error[too-few]"),
        // The typing error is told, not that the right key is missing.
        ("  pools:\n    - {name: a, adresses: [192.0.2.0/24]}\n", "7:17 error[unknown-key]"),
        (
            "  cluster: {metallb: {backend: frrk8s, version: 0.15}}\n",
            "6:32 error[unknown-value], 6:49 error[wrong-type]",
        ),
        (
            "  bfdProfiles: {a: {receiveInterval: 5, minimumTtl: 300ms}}\n",
            "6:38 error[out-of-range], 6:53 error[wrong-type]",
        ),
        ("  bfdProfiles: {a: {receiveInterval: 300.0}}\n", "6:38 error[wrong-type]"),
        (
            "  expect: [{paths: all}, {paths: 0}, {paths: 1.5}]\n",
            "6:34 error[out-of-range], 6:46 error[wrong-type]",
        ),
        (
            "  nodes: [a, {name: b, colour: red}, [c]]\n",
            "6:11 error[wrong-type], 6:24 error[unknown-key], 6:38 error[wrong-type]",
        ),
    ]);
}

#[test]
fn what_is_sound_beside_what_is_faulty_is_read() {
    let text = format!(
        "{HEAD}  nodes:\n    - {{ name: a, address: 192.0.2.1 }}\n    - {{ nme: b }}\n    - {{ name: c, asn: [] }}\n  pools: 5\n  cluster: {{ asn: 64500, metallb: {{ version: 1.0 }} }}\n"
    );
    let loaded = load_text(&text);
    assert_eq!(
        render(&loaded.sources, &loaded.findings),
        "8:9 error[unknown-key] spec.nodes[1] has no key `nme`
9:23 error[wrong-type] spec.nodes[2].asn wants an ASN, not a list
10:10 error[wrong-type] spec.pools wants a list, not a number
11:46 error[wrong-type] spec.cluster.metallb.version wants text, not a number with a fraction
"
    );
    let document = &loaded.documents[0];
    assert!(document.partial);
    let names: Vec<_> = document.network.spec.nodes.iter().map(|n| n.name.as_str()).collect();
    assert_eq!(names, ["a", "c"]);
    let spec = document.at().key("spec");
    assert!(spec.key("pools").dropped() && !spec.key("pools").exists());
    assert!(!spec.key("peers").dropped() && !spec.key("peers").exists());
    assert!(!spec.key("nodes").index(0).incomplete());
    assert!(spec.key("nodes").index(1).key("asn").dropped());
    assert!(spec.key("cluster").key("metallb").incomplete());
}

#[test]
fn a_forgotten_head_does_not_hide_the_rest() {
    let loaded = load_text("kind: Network\nspec:\n  nodes:\n    - {name: a}\n    - {nam: b}\n");
    assert_eq!(
        render(&loaded.sources, &loaded.findings),
        "1:1 error[missing-key] the document needs the key `apiVersion`
1:1 error[missing-key] the document needs the key `metadata`
5:8 error[unknown-key] spec.nodes[1] has no key `nam`
"
    );
    assert_eq!(loaded.documents[0].network.spec.nodes.len(), 1);
    assert!(loaded.documents[0].partial);
}

#[test]
fn secrets_in_clear_text_are_refused_and_shown_nowhere() {
    let text = format!(
        "{HEAD}  peers:\n    - name: a\n      asn: 1\n      password: hunter2-bgp\n      pfsense:\n        password: \"hunter2\n          web\"\n        paswordd: {{value: hunter2}}\n        apiToken: |\n          hunter2\n          more\n    - name: b\n      asn: 1\n      password: !!str hunter2\n      pfsense: {{password: {{env: VISIBLE}}}}\n"
    );
    let loaded = load_text(&text);
    let told = format!("{:?}{:?}", loaded.findings, loaded.sources);
    for secret in ["hunter2", "more"] {
        assert!(!told.contains(secret), "{secret} in {told}");
    }
    assert!(told.contains("VISIBLE"));
    let codes: Vec<_> = loaded.findings.iter().map(|f| f.rule.as_ref()).collect();
    assert_eq!(codes, ["clear-text-secret", "clear-text-secret", "unknown-key", "unknown-key", "yaml-tag"]);
    assert!(loaded.sources.get(metalsense::finding::SourceId(0)).is_some_and(|s| s.text.len() == text.len()));
    let refused = fmt("f.yaml", text.into()).expect_err("a tag");
    assert!(!format!("{refused:?}").contains("hunter2"));
}

#[test]
fn several_files_are_read_together() {
    let file = |name: &str, network: &str| (name.to_owned(), HEAD.replace("homelab", network).into_bytes());
    let (mut a, b, mut c) = (file("a.yaml", "one"), file("b.yaml", "two"), file("c.yaml", "one"));
    a.1.extend_from_slice(b"  nodes: []\n");
    c.1.extend_from_slice(b"  nodes: []\n");
    let loaded = load([a, b, c]);
    let places: Vec<_> = loaded
        .findings
        .iter()
        .map(|f| {
            let (name, start, _) = f.place.and_then(|p| loaded.sources.resolve(p)).expect("placed");
            format!("{name}:{}:{} {}", start.line, start.column, f.rule)
        })
        .collect();
    assert_eq!(places, ["b.yaml:5:1 missing-value", "c.yaml:4:9 duplicate-network"]);
    assert_eq!(loaded.documents.len(), 3);
    assert!(loaded.documents[1].partial);
}
