//! Trials by chance on the twin: appliers against each other and a page of the web interface, and
//! programs that die at any moment.
//!
//! `METALSENSE_TRIALS` raises the number of trials.

use std::io::Write as _;
use std::process::Child;
use std::time::Duration;

use metalsense::live::pfsense::program::{MARK, for_shell};
use metalsense::live::pfsense::protocol::{Answer, Apply, Outcome, Request};
use metalsense::observed::router::digest;
use metalsense::pfsense::Value;
use metalsense::pfsense::xml::{Document, Edit, ListPath, apply_to_value};

use crate::pfsense_twin::{ERAS, Twin, available};

fn trials(usual: usize) -> usize {
    std::env::var("METALSENSE_TRIALS").ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// Small, evenly spread, and the same in every run: the machine brings enough chance of its own.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

fn read(twin: &Twin) -> Value {
    Document::parse(&twin.config()).expect("the file is whole at any moment").into_value()
}

fn peers(config: &Value) -> Vec<String> {
    let section = config.path("installedpackages/frrbgpneighbors");
    let entries = section.map_or(&[][..], Value::entries);
    entries.iter().map(|entry| entry.field("peer").to_owned()).collect()
}

/// Adds a neighbor to what is there now.
fn request(config: &Value, peer: &str) -> Request {
    let list = ListPath::entries("frrbgpneighbors");
    let entry = Value::branch([("peer", Value::text(peer)), ("asnum", Value::text("64500"))]);
    let after = apply_to_value(config, &[Edit::InsertEntry { list, index: peers(config).len(), entry }]);
    let after = after.expect("it can be added");
    let section = after.path("installedpackages/frrbgpneighbors").expect("there").clone();
    Request::Apply(Apply {
        expect: digest(config),
        want: digest(&after),
        set: vec![("frrbgpneighbors".into(), section)],
        del: Vec::new(),
        message: format!("add {peer}"),
        not_after: i64::MAX,
    })
}

fn start(twin: &Twin, program: &str) -> Child {
    let mut child = twin.php("").spawn().expect("it starts");
    let mut stdin = child.stdin.take().expect("piped");
    let _ = stdin.write_all(program.as_bytes());
    child
}

fn outcome(child: Child) -> Option<Outcome> {
    let out = child.wait_with_output().expect("it ends").stdout;
    let out = String::from_utf8_lossy(&out);
    let answer = out.lines().find_map(|line| line.strip_prefix(MARK))?;
    Some(Answer::decode(answer).expect("an answer").outcome)
}

/// Two appliers that read the same state, and a page that reads, thinks and saves everything. Each
/// write is whole or a conflict, and what the page saves is never lost. The page may undo a write, as
/// any page of pfSense can; then the page is the last one in the history.
#[test]
fn appliers_and_a_page_at_once() {
    if !available() {
        return;
    }
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    for era in ERAS {
        let twin = Twin::new(era);
        for trial in 0..trials(100) / ERAS.len() + 1 {
            let config = read(&twin);
            let names = ["a", "b"].map(|name| format!("{name}-{trial}"));
            let page = format!(
                "<?php require_once 'config.inc'; global $config; $config['system']['page{trial}'] = 'x'; \
                 usleep({}); write_config('a page');",
                dice.below(120_000)
            );
            std::thread::sleep(Duration::from_millis(dice.below(20)));
            let page = start(&twin, &page);
            let appliers: Vec<Child> =
                names.iter().map(|name| start(&twin, &for_shell(&request(&config, name)))).collect();
            let outcomes: Vec<Option<Outcome>> = appliers.into_iter().map(outcome).collect();
            assert!(page.wait_with_output().expect("it ends").status.success());
            let config = read(&twin);
            assert!(
                config.path(&format!("system/page{trial}")).is_some(),
                "{era}: the page's change is lost"
            );
            let there = peers(&config);
            let last = config.path("revision/description").and_then(Value::as_text).unwrap_or_default();
            for (name, outcome) in names.iter().zip(&outcomes) {
                let times = there.iter().filter(|peer| *peer == name).count();
                match (outcome, times) {
                    (Some(Outcome::Written), 1) | (Some(Outcome::Conflict), 0) => {}
                    // Only what somebody else saved later can do that.
                    (Some(Outcome::Written), 0) => assert!(!last.ends_with(&format!("add {name}")), "{era}"),
                    other => panic!("{era}, trial {trial}: {name} is there {other:?}"),
                }
            }
        }
    }
}

/// Killed at any moment, the file is the old or the new one, and the next run works.
#[test]
fn a_program_that_dies_at_any_moment_leaves_a_whole_file() {
    if !available() {
        return;
    }
    let mut dice = Dice(0xD1B5_4A32_D192_ED03);
    let (mut old, mut new) = (0, 0);
    for era in ERAS {
        let twin = Twin::new(era);
        for trial in 0..trials(120) / ERAS.len() {
            let config = read(&twin);
            let before = peers(&config);
            let name = format!("k-{trial}");
            let mut child = start(&twin, &for_shell(&request(&config, &name)));
            std::thread::sleep(Duration::from_micros(dice.below(150_000)));
            let _ = child.kill();
            let _ = child.wait();
            let after = peers(&read(&twin));
            match after.iter().filter(|peer| **peer == name).count() {
                0 => {
                    assert_eq!(after, before, "{era}");
                    old += 1;
                }
                1 => new += 1,
                times => panic!("{era}: {times} times"),
            }
        }
        let last = start(&twin, &for_shell(&request(&read(&twin), "last")));
        assert_eq!(outcome(last), Some(Outcome::Written), "{era}");
    }
    eprintln!("{old} times the old file, {new} times the new one");
}
