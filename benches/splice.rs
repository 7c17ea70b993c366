//! Splicing 2,000 neighbors into a config.xml of 5 MB, beside reading and hashing the same file.

#![expect(clippy::expect_used, reason = "a benchmark that cannot run has nothing to report")]

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use metalsense::pfsense::Value;
use metalsense::pfsense::xml::{Document, Edit, ListPath, edit};

fn main() {
    divan::main();
}

/// A firewall with very many aliases and rules, and a few neighbors.
fn config_xml() -> Vec<u8> {
    let mut file =
        String::from("<?xml version=\"1.0\"?>\n<pfsense>\n\t<version>23.9</version>\n\t<aliases>\n");
    while file.len() < 5_000_000 {
        let number = file.len();
        file.push_str(&format!(
            "\t\t<alias>\n\t\t\t<name>host_{number}</name>\n\t\t\t<type>host</type>\n\
             \t\t\t<address>198.51.100.{} 2001:db8::{number:x}</address>\n\
             \t\t\t<descr><![CDATA[made for the benchmark &amp; nothing else]]></descr>\n\t\t</alias>\n",
            number % 250
        ));
    }
    file.push_str("\t</aliases>\n\t<installedpackages>\n\t\t<frrbgpneighbors>\n");
    for number in 1..50 {
        file.push_str(&format!("\t\t\t<config>\n\t\t\t\t<peer>192.0.2.{number}</peer>\n\t\t\t</config>\n"));
    }
    file.push_str("\t\t</frrbgpneighbors>\n\t</installedpackages>\n</pfsense>\n");
    file.into_bytes()
}

fn neighbors() -> Vec<Edit> {
    let neighbor = |number: usize| {
        Value::branch([
            ("peer", Value::text(format!("2001:db8:1::{number:x}"))),
            ("descr", Value::text(format!("node {number}"))),
            ("asnum", Value::text("64501")),
            ("password", Value::text("not a secret")),
            ("timers_keepalive", Value::text("30")),
            ("timers_holdtime", Value::text("90")),
        ])
    };
    let list = || ListPath::entries("frrbgpneighbors");
    (0..2000).map(|number| Edit::InsertEntry { list: list(), index: 49, entry: neighbor(number) }).collect()
}

/// The yardstick: what every apply does with the file anyway.
#[divan::bench]
fn read_and_hash(bencher: Bencher) {
    let file = config_xml();
    bencher.counter(BytesCount::of_slice(&file)).bench(|| {
        let document = Document::parse(black_box(&file)).expect("readable");
        (document, ring::digest::digest(&ring::digest::SHA256, &file))
    });
}

/// Only the hash, to see what reading costs.
#[divan::bench]
fn hash(bencher: Bencher) {
    let file = config_xml();
    bencher
        .counter(BytesCount::of_slice(&file))
        .bench(|| ring::digest::digest(&ring::digest::SHA256, black_box(&file)));
}

/// Reading, splicing and the self-check, which reads the result again.
#[divan::bench]
fn splice_2000_neighbors(bencher: Bencher) {
    let file = config_xml();
    let edits = neighbors();
    bencher
        .counter(BytesCount::of_slice(&file))
        .bench(|| edit(black_box(&file), black_box(&edits)).expect("spliced"));
}
