//! Checking and compiling a large network: 1,000 nodes, 4 peers and 1,000 pools, and ten times that.

#![expect(clippy::expect_used, reason = "a benchmark that cannot run has nothing to report")]

use std::fmt::Write as _;

use divan::{Bencher, black_box};
use metalsense::compile::files::files;
use metalsense::compile::{Compiled, Facts, Target, compile};
use metalsense::finding::Finding;
use metalsense::intent::Intent;
use metalsense::{check, declaration, intent};

fn main() {
    divan::main();
}

/// Nodes and pools of the first size; the second is ten times that.
const SIZES: [usize; 2] = [1_000, 10_000];

/// A network of `size` nodes and pools behind four routers.
fn network(size: usize) -> String {
    let mut text = String::from(
        "apiVersion: metalsense.dev/v1alpha1\nkind: Network\nmetadata: {name: large}\nspec:\n  \
         cluster: {asn: 4200000001, metallb: {version: 0.15.2, backend: frr}}\n  nodes:\n",
    );
    let mut line = |line: std::fmt::Arguments<'_>| text.write_fmt(line).expect("a string takes all");
    for node in 0..size {
        line(format_args!(
            "    - {{name: node{node}.example.net, address: 10.0.{}.{}}}\n",
            node / 250,
            node % 250 + 2
        ));
    }
    line(format_args!("  peers:\n"));
    for peer in 0..4 {
        line(format_args!(
            "    - {{name: fw{peer}, asn: 4200000002, address: 10.1.0.{}, pfsense: {{}}}}\n",
            peer + 1
        ));
    }
    line(format_args!("  pools:\n"));
    for pool in 0..size {
        let (third, fourth) = (pool / 16 % 256, pool % 16 * 16);
        let second = 16 + pool / 4096;
        line(format_args!(
            "    - {{name: pool{pool}, addresses: [172.{second}.{third}.{fourth}/28], advertise: [{{}}]}}\n"
        ));
    }
    text
}

fn compiled(text: &str) -> (Intent, Compiled, Vec<Finding>) {
    let loaded = declaration::load([("network.yaml".to_owned(), text.as_bytes().to_vec())]);
    let document = loaded.documents.first().expect("one document");
    let intent = intent::resolve(document).intent.expect("a sound network");
    let mut found = Vec::new();
    let target = Target::resolve(&intent, &Facts::default().metallb, &mut found);
    found.extend(check::declaration(&intent, &target));
    let compiled = compile(&intent, &Facts::default());
    (intent, compiled, found)
}

/// From the text to what both sides should hold, with every rule.
#[divan::bench(args = SIZES, sample_count = 10, sample_size = 1)]
fn check_and_compile(bencher: Bencher, size: usize) {
    let text = network(size);
    bencher.bench(|| compiled(black_box(&text)));
}

/// The first stage alone.
#[divan::bench(args = SIZES, sample_count = 10, sample_size = 1)]
fn load(bencher: Bencher, size: usize) {
    let text = network(size);
    bencher.bench(|| declaration::load([("network.yaml".to_owned(), black_box(text.as_bytes()).to_vec())]));
}

/// The last stage alone: manifests, fragments, and the frr.conf of four firewalls.
#[divan::bench(args = SIZES, sample_count = 10, sample_size = 1)]
fn write(bencher: Bencher, size: usize) {
    let (intent, compiled, _) = compiled(&network(size));
    bencher.bench(|| files(black_box(&intent), &compiled.desired).expect("writes"));
}
