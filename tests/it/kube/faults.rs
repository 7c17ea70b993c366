//! Every request in turn is spoilt in every way. Whatever happens, the next run ends right.

use std::time::{Duration, Instant};

use metalsense::live::Connection;
use metalsense::plan::Options;

use super::lab::lab;
use super::network::{FULL, changes, compare, make_so};
use super::proxy::{Fault, Proxy};

/// No spoilt request may take longer than its own limit and some pauses.
const LIMIT: Duration = Duration::from_secs(30);

#[test]
fn every_request_may_fail_in_every_way() {
    let Some(lab) = lab() else { return };
    let namespace = lab.metallb("v0.15.2", "frr");
    let proxy = Proxy::start(&lab);
    let connection = Connection {
        kubeconfig: Some(lab.kubeconfig_at(&proxy.url)),
        namespace: Some(namespace.clone()),
        request_timeout: Some(Duration::from_millis(1000)),
        patience: Some(Duration::from_secs(15)),
        ..Connection::default()
    };
    let direct = lab.connect("admin", &namespace);
    let here = FULL.replace("NAME", "faults");
    // There and back again: an update, deletes, and objects that come.
    let end = here.find("    - name: db").expect("the last pool");
    let there =
        here[..end].replace("192.168.32.0/24", "192.168.42.0/24").replace("bfd: quick", "multihop: true");
    make_so(&lab, &direct, &here, &Options::default()).expect("applied");
    let (mut tried, mut survived) = (0, 0);
    for fault in Fault::ALL {
        let mut number = 0;
        loop {
            let (from, to) = if tried % 2 == 0 { (&here, &there) } else { (&there, &here) };
            proxy.plan(Some((number, fault)));
            let started = Instant::now();
            let result = make_so(&lab, &lab.connect_with(&connection), to, &Options::default());
            assert!(started.elapsed() < LIMIT, "{fault:?} of request {number} took {:?}", started.elapsed());
            let seen = proxy.seen();
            let spoilt = seen.get(number).cloned();
            if result.is_ok() {
                let difference = compare(&lab, &direct, to, &Options::default()).expect("read");
                assert_eq!(changes(&difference), [""; 0], "{fault:?} of {spoilt:?}");
                survived += 1;
            } else {
                eprintln!("{fault:?} of {spoilt:?}: {}", result.as_ref().expect_err("it failed"));
                // What failed is whole or not there, as far as can be told; the next run ends right.
                let error = result.expect_err("it failed");
                let left = compare(&lab, &direct, from, &Options::default()).expect("read");
                assert!(
                    changes(&left).is_empty() || error.contains("still changed"),
                    "{fault:?} of {spoilt:?}: {error}: {:?}",
                    changes(&left)
                );
                proxy.plan(None);
                make_so(&lab, &lab.connect_with(&connection), to, &Options::default())
                    .unwrap_or_else(|error| panic!("after {fault:?} of {spoilt:?}: {error}"));
                let difference = compare(&lab, &direct, to, &Options::default()).expect("read");
                assert_eq!(changes(&difference), [""; 0], "after {fault:?} of {spoilt:?}");
            }
            tried += 1;
            // Past the last request there is nothing to spoil.
            if spoilt.is_none() {
                break;
            }
            // Silence costs its whole time, so it is tried on some requests only.
            number += if fault == Fault::Silence { 5 } else { 1 };
        }
    }
    eprintln!("{tried} runs with a spoilt request, {survived} ended well by themselves");
    assert!(tried > 150, "{tried}");
    assert_eq!(survived, tried, "one spoilt request is always waited out");
}

#[test]
fn the_number_of_requests_follows_from_the_kinds() {
    let Some(lab) = lab() else { return };
    let namespace = lab.metallb("v0.15.2", "frr");
    let proxy = Proxy::start(&lab);
    let connection = Connection {
        kubeconfig: Some(lab.kubeconfig_at(&proxy.url)),
        namespace: Some(namespace.clone()),
        ..Connection::default()
    };
    let small = FULL.replace("NAME", "requests");
    make_so(&lab, &lab.connect("admin", &namespace), &small, &Options::default()).expect("applied");
    let count = |text: &str| {
        proxy.plan(None);
        let difference =
            compare(&lab, &lab.connect_with(&connection), text, &Options::default()).expect("read");
        assert_eq!(changes(&difference), [""; 0]);
        proxy.seen().len()
    };
    let few = count(&small);
    let mut large = small;
    for pool in 0..100 {
        large.push_str(&format!(
            "    - {{ name: p{pool}, addresses: [10.1.{pool}.0/24], advertise: [{{}}] }}\n"
        ));
    }
    make_so(&lab, &lab.connect("admin", &namespace), &large, &Options::default()).expect("applied");
    assert_eq!(count(&large), few);
    assert!(few < 30, "{few} requests");

    // They are made at the same time: a delay is paid for some of them, not for each.
    proxy.delay(Duration::from_millis(200));
    let started = Instant::now();
    count(&large);
    let rounds = started.elapsed().as_millis() / 200;
    eprintln!("{few} requests, {rounds} rounds of 200 ms");
    proxy.delay(Duration::ZERO);
}
