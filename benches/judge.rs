//! Judging 10,000 objects by every layer: read from text, as the command does, and already read.
//!
//! Beside a healthy set there are sets in which everything collides, because those are where a judge
//! that compares pairs would take for ever.

#![expect(clippy::expect_used, reason = "a benchmark that cannot run has nothing to report")]

use std::fmt::Write;

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use metalsense::finding::SourceId;
use metalsense::metallb::manifest::{Input, read};
use metalsense::metallb::{Backend, Judge, Layers, Version};

/// Objects of each set.
const OBJECTS: usize = 10_000;

fn main() {
    divan::main();
}

fn judge(backend: Backend) -> Judge {
    let version = if backend.is_frr() { Version::V0_16_1 } else { Version::V0_15_2 };
    Judge { version, backend, layers: Layers::ALL, namespace: None }
}

fn inputs(text: &str) -> Vec<Input> {
    read(SourceId(0), text).expect("readable")
}

fn object(text: &mut String, kind: &str, name: &str, spec: &str) {
    let version = if kind == "BGPPeer" { "v1beta2" } else { "v1beta1" };
    writeln!(
        text,
        "---\napiVersion: metallb.io/{version}\nkind: {kind}\nmetadata:\n  name: {name}\n  \
         namespace: metallb-system\n  labels:\n    zone: z{}\nspec:\n{spec}",
        name.len() % 10
    )
    .expect("a text takes everything");
}

fn node(text: &mut String, number: usize) {
    writeln!(
        text,
        "---\napiVersion: v1\nkind: Node\nmetadata:\n  name: n{number}\n  labels:\n    host: n{number}\n    \
         rack: r{}\nstatus:\n  addresses:\n  - type: InternalIP\n    address: 172.16.{}.{}",
        number % 20,
        number / 256,
        number % 256
    )
    .expect("a text takes everything");
}

/// Two high bytes and a low one of an address.
fn bytes(number: usize) -> (usize, usize) {
    (number / 256, number % 256)
}

/// 3,000 pools with an advertisement and a peer each, and 1,000 nodes.
fn healthy() -> String {
    let mut text = String::new();
    for number in 0..OBJECTS * 3 / 10 {
        let (high, low) = bytes(number);
        let spec =
            format!("  addresses:\n  - 10.{high}.{low}.0/25\n  - 10.{high}.{low}.130-10.{high}.{low}.199");
        object(&mut text, "IPAddressPool", &format!("p{number}"), &spec);
        let spec = format!("  ipAddressPools: [p{number}]\n  communities: ['65000:1']\n  peers: [r{number}]");
        object(&mut text, "BGPAdvertisement", &format!("a{number}"), &spec);
        let spec = format!(
            "  myASN: 64500\n  peerASN: 64512\n  peerAddress: 172.20.{high}.{low}\n  holdTime: 90s\n  \
             nodeSelectors:\n  - matchLabels:\n      host: n{}",
            number % (OBJECTS / 10)
        );
        object(&mut text, "BGPPeer", &format!("r{number}"), &spec);
    }
    (0..OBJECTS / 10).for_each(|number| node(&mut text, number));
    text
}

/// Every pool overlaps every other.
fn overlapping() -> String {
    let mut text = String::new();
    for number in 0..OBJECTS {
        let spec = format!("  addresses: [10.0.0.0/{}]", 8 + number % 20);
        object(&mut text, "IPAddressPool", &format!("p{number}"), &spec);
    }
    text
}

/// Every advertisement means every pool, each with a local preference and peers of its own.
fn preferences() -> String {
    let mut text = String::new();
    for number in 0..OBJECTS / 2 {
        let (high, low) = bytes(number);
        let spec = format!("  addresses: [10.{high}.{low}.0/24]");
        object(&mut text, "IPAddressPool", &format!("p{number}"), &spec);
        let spec = format!("  localPref: {number}\n  peers: [r{number}]");
        object(&mut text, "BGPAdvertisement", &format!("a{number}"), &spec);
    }
    (0..4).for_each(|number| node(&mut text, number));
    text
}

/// Every peer has the same address and a router ID of its own.
fn colliding_peers() -> String {
    let mut text = String::new();
    for number in 0..OBJECTS - 100 {
        let (high, low) = bytes(number);
        let spec = format!(
            "  myASN: {}\n  peerASN: 64512\n  peerAddress: 10.0.0.1\n  routerID: 10.1.{high}.{low}\n  \
             nodeSelectors:\n  - matchLabels:\n      rack: r{}",
            64_500 + number,
            number % 20
        );
        object(&mut text, "BGPPeer", &format!("r{number}"), &spec);
    }
    (0..100).for_each(|number| node(&mut text, number));
    text
}

const BACKENDS: [Backend; 2] = [Backend::Native, Backend::FrrK8s];

fn judged(bencher: Bencher<'_, '_>, backend: Backend, text: &str) {
    let judge = judge(backend);
    bencher
        .counter(ItemsCount::new(OBJECTS))
        .with_inputs(|| inputs(text))
        .bench_values(|inputs| judge.judge_files(black_box(inputs)));
}

/// What the command does with a file, printing aside.
#[divan::bench(args = BACKENDS, sample_count = 10)]
fn read_and_judge_healthy(bencher: Bencher, backend: Backend) {
    let text = healthy();
    let judge = judge(backend);
    bencher.counter(ItemsCount::new(OBJECTS)).bench(|| judge.judge_files(inputs(black_box(&text))));
}

#[divan::bench(args = BACKENDS, sample_count = 10)]
fn judge_healthy(bencher: Bencher, backend: Backend) {
    judged(bencher, backend, &healthy());
}

#[divan::bench(args = BACKENDS, sample_count = 10)]
fn judge_overlapping_pools(bencher: Bencher, backend: Backend) {
    judged(bencher, backend, &overlapping());
}

#[divan::bench(args = BACKENDS, sample_count = 10)]
fn judge_many_preferences(bencher: Bencher, backend: Backend) {
    judged(bencher, backend, &preferences());
}

#[divan::bench(args = BACKENDS, sample_count = 10)]
fn judge_colliding_peers(bencher: Bencher, backend: Backend) {
    judged(bencher, backend, &colliding_peers());
}
