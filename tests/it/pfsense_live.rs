//! Reading and writing a live pfSense: the program of `templates/pfsense` on the twin.

use std::time::{Duration, Instant};

use metalsense::live::pfsense::protocol::{Answer, Apply, Outcome, Request};
use metalsense::live::pfsense::{CallError, Channel, Patience, PfsenseRouter};
use metalsense::live::{LiveError, Router, RouterContent, RouterOutcome, RouterWrite};
use metalsense::observed::{PfsenseState, RouterState};
use metalsense::pfsense::Value;
use metalsense::pfsense::xml::{Document, Edit, ListPath, edit};

use crate::pfsense_twin::{ERAS, Shell, Twin, available};

/// Nothing of a test has to wait for people.
const HASTE: Patience = Patience {
    settle: Duration::ZERO,
    on_the_way: Duration::from_secs(120),
    between: Duration::from_millis(200),
    reload: Duration::from_secs(2),
};

fn block<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(future)
}

fn router<'a>(twin: &'a Twin, fault: &'static str) -> PfsenseRouter<Shell<'a>> {
    PfsenseRouter::new("edge", twin.shell(fault)).patience(HASTE)
}

fn read(router: &dyn Router) -> PfsenseState {
    match block(router.read()).expect("it reads") {
        RouterState::Pfsense(state) => *state,
        RouterState::Frr(_) => panic!("a pfSense"),
    }
}

/// A neighbor more.
fn neighbor(address: &str, index: usize) -> Vec<Edit> {
    let entry = Value::branch([
        ("peer", Value::text(address)),
        ("descr", Value::text("node <1> & 'ü' [ms:lab]")),
        ("asnum", Value::text("64500")),
    ]);
    vec![Edit::InsertEntry { list: ListPath::entries("frrbgpneighbors"), index, entry }]
}

fn neighbors(state: &PfsenseState) -> usize {
    state.config.path("installedpackages/frrbgpneighbors").map_or(0, |section| section.entries().len())
}

fn add(state: &PfsenseState, address: &str) -> RouterWrite {
    RouterWrite {
        expect: state.facts.digest.clone(),
        message: "metalsense: apply lab".into(),
        content: RouterContent::Pfsense(neighbor(address, neighbors(state))),
    }
}

/// Everything but our sections and who saved last, byte by byte.
fn foreign(bytes: &[u8]) -> String {
    let text = String::from_utf8(bytes.to_vec()).expect("UTF-8");
    let mut kept = String::new();
    let mut inside: Option<String> = None;
    for line in text.lines() {
        let depth = line.len() - line.trim_start_matches('\t').len();
        let name =
            line.trim_start().trim_start_matches(['<', '/']).split(['>', ' ']).next().unwrap_or_default();
        let ours = (depth == 2 && name.starts_with("frr")) || (depth == 1 && name == "revision");
        match &inside {
            Some(open) if *open == line.trim_start().replace('/', "") => inside = None,
            Some(_) => {}
            None if ours && !line.contains("</") => inside = Some(line.trim_start().to_owned()),
            None if ours => {}
            None => {
                kept.push_str(line);
                kept.push('\n');
            }
        }
    }
    kept
}

#[test]
fn both_sides_read_the_same_and_a_write_changes_nothing_else() {
    if !available() {
        return;
    }
    for era in ERAS {
        let twin = Twin::new(era);
        // A firewall has saved its file before; ours then changes nothing but what is ours.
        twin.page("$config['system']['somebody'] = 'else';");
        std::fs::write(twin.root().join("carp"), "BACKUP").expect("written");
        let router = router(&twin, "");
        let before = read(&router);
        let runtime = before.runtime.as_ref().expect("it runs");
        assert!(runtime.version.starts_with(era), "{}", runtime.version);
        assert_eq!(runtime.carp.len(), 1);
        assert_eq!(runtime.carp.values().next(), Some(&metalsense::observed::CarpState::Backup));
        assert!(runtime.saved_by.contains("a page"), "{}", runtime.saved_by);
        let bytes = twin.config();
        let outcome = block(router.compare_and_set(&add(&before, "10.40.0.77"))).expect("it answers");
        let RouterOutcome::Written(receipt) = outcome else { panic!("{era}: {outcome:?}") };
        let after = read(&router);
        assert_eq!(neighbors(&after), neighbors(&before) + 1, "{era}");
        assert_eq!(receipt.revision, after.facts.digest);
        assert_eq!(foreign(&twin.config()), foreign(&bytes), "{era}");
        let same = edit(&bytes, &neighbor("10.40.0.77", neighbors(&before))).expect("spliced");
        let ours = Document::parse(&same).expect("reads").into_value();
        assert_eq!(after.config.get("installedpackages"), ours.get("installedpackages"), "{era}");
        let reload = format!("frr reload, {} neighbors", neighbors(&before) + 1);
        assert_eq!(twin.log().last(), Some(&reload), "{era}");
        let left = std::fs::read_dir(twin.root().join("tmp")).expect("readable");
        let left: Vec<_> = left.map(|entry| entry.expect("readable").file_name()).collect();
        assert!(
            left.iter()
                .all(|name| !name.to_string_lossy().starts_with("metalsense.") || name == "metalsense.lock")
        );

        block(router.undo(&receipt)).expect("it is taken back");
        let back = read(&router);
        assert_eq!(back.facts.digest, before.facts.digest, "{era}");
        assert_eq!(foreign(&twin.config()), foreign(&bytes), "{era}");
    }
}

#[test]
fn what_changed_meanwhile_is_a_conflict_and_what_is_there_already_is_not_saved() {
    if !available() {
        return;
    }
    for era in ERAS {
        let twin = Twin::new(era);
        let router = router(&twin, "");
        let state = read(&router);
        let write = add(&state, "10.40.0.77");
        twin.page("$config['installedpackages']['frrbgp']['config'][0]['holdtime'] = '77';");
        let bytes = twin.config();
        let outcome = block(router.compare_and_set(&write)).expect("it answers");
        assert!(matches!(outcome, RouterOutcome::Conflict { .. }), "{era}: {outcome:?}");
        assert_eq!(twin.config(), bytes, "{era}");

        let state = read(&router);
        let nothing = RouterWrite {
            expect: state.facts.digest.clone(),
            message: String::new(),
            content: RouterContent::Pfsense(Vec::new()),
        };
        let outcome = block(router.compare_and_set(&nothing)).expect("it answers");
        assert!(matches!(outcome, RouterOutcome::Noop), "{era}: {outcome:?}");
        assert_eq!(twin.saves(), 1, "{era}: the page's own");
    }
}

#[test]
fn an_edit_by_hand_under_the_cache_is_seen_and_kept() {
    if !available() {
        return;
    }
    for era in ERAS {
        let twin = Twin::new(era);
        // Somebody's page fills the cache, then the file is edited without removing it.
        twin.page("");
        let text = String::from_utf8(twin.config()).expect("UTF-8");
        twin.save(text.replace("<hostname>edge</hostname>", "<hostname>by-hand</hostname>").as_bytes());
        let router = router(&twin, "");
        let state = read(&router);
        assert_eq!(state.config.path("system/hostname").and_then(Value::as_text), Some("by-hand"), "{era}");
        let outcome = block(router.compare_and_set(&add(&state, "10.40.0.77"))).expect("it answers");
        assert!(matches!(outcome, RouterOutcome::Written(_)), "{era}: {outcome:?}");
        // Neither does the next page find a cache that knows nothing of it.
        let before = neighbors(&state);
        twin.page("$config['system']['somebody'] = 'else';");
        assert_eq!(neighbors(&read(&router)), before + 1, "{era}");
        let state = read(&router);
        assert_eq!(state.config.path("system/hostname").and_then(Value::as_text), Some("by-hand"), "{era}");
    }
}

/// At whatever step it goes wrong, the file is the old or the new one and the answer says which.
#[test]
fn at_every_step_the_file_is_old_or_new_and_the_answer_is_right() {
    if !available() {
        return;
    }
    let steps = ["parse", "backup", "dump", "half-written", "written", "renamed", "reread", "generate"];
    for (number, step) in steps.iter().enumerate() {
        let killed = ERAS.map(|era| (era, "kill"));
        let else_wrong = ["throw", "error", "exit"].map(|kind| (ERAS[number % ERAS.len()], kind));
        for (era, kind) in killed.into_iter().chain(else_wrong) {
            let fault: &'static str = format!("{step}:{kind}").leak();
            let twin = Twin::new(era);
            twin.page("");
            // A run that died is waited for until it could not begin any more.
            let patience = Patience { on_the_way: Duration::from_secs(1), ..HASTE };
            let router = PfsenseRouter::new("edge", twin.shell(fault)).patience(patience);
            let before = read(&router);
            let write = add(&before, "10.40.0.77");
            let result = block(router.compare_and_set(&write));
            let after = read(&self::router(&twin, ""));
            let is_old = after.facts.digest == before.facts.digest;
            let is_new = neighbors(&after) == neighbors(&before) + 1;
            let said = match &result {
                Ok(RouterOutcome::Written(_)) => is_new,
                Ok(RouterOutcome::RolledBack { .. } | RouterOutcome::Conflict { .. }) => is_old,
                Ok(outcome) => panic!("{era} {fault}: {outcome:?}"),
                Err(LiveError::Unreachable { .. }) => is_old || is_new,
                Err(error) => panic!("{era} {fault}: {error}"),
            };
            assert!(is_old != is_new && said, "{era} {fault}: {result:?}, old {is_old}, new {is_new}");
            assert_eq!(foreign(&twin.config()), foreign(&before.bytes), "{era} {fault}");
        }
    }
}

#[test]
fn a_request_that_arrives_too_late_does_nothing() {
    if !available() {
        return;
    }
    let twin = Twin::new("2.8");
    let state = read(&router(&twin, ""));
    let late = Apply {
        expect: state.facts.digest,
        want: "whatever".into(),
        set: Vec::new(),
        del: Vec::new(),
        message: "late".into(),
        not_after: 1,
    };
    let answer = block(twin.shell("").call(&Request::Apply(late))).expect("it answers");
    assert_eq!(answer.outcome, Outcome::Expired);
    assert_eq!(twin.saves(), 0);
}

#[test]
fn sections_of_others_cannot_be_set() {
    if !available() {
        return;
    }
    let twin = Twin::new("2.9");
    let state = read(&router(&twin, ""));
    for (set, del) in [
        (vec![("squid".to_owned(), Value::text("x"))], vec![]),
        (vec![], vec!["package".to_owned()]),
        (vec![("frr/../package".to_owned(), Value::text("x"))], vec![]),
    ] {
        let apply = Apply {
            expect: state.facts.digest.clone(),
            want: "whatever".into(),
            set,
            del,
            message: "no".into(),
            not_after: i64::MAX,
        };
        let answer = block(twin.shell("").call(&Request::Apply(apply))).expect("it answers");
        assert_eq!(answer.outcome, Outcome::Failed, "{}", answer.reason);
    }
    assert_eq!(twin.saves(), 0);
}

/// A letter beyond ASCII in a plain element is fine until somebody saves on 2.8 or earlier: then
/// pfSense cannot read its own file any more. It is not ours to break.
#[test]
fn what_would_not_survive_a_save_is_not_saved() {
    if !available() {
        return;
    }
    for era in ERAS {
        let twin = Twin::new(era);
        let text = String::from_utf8(twin.config()).expect("UTF-8");
        twin.save(text.replace("<if>vtnet1</if>", "<if>vtnet1</if><spare>ü</spare>").as_bytes());
        let router = router(&twin, "");
        let state = read(&router);
        let bytes = twin.config();
        let outcome = block(router.compare_and_set(&add(&state, "10.40.0.77"))).expect("it answers");
        if era == "2.9" {
            assert!(matches!(outcome, RouterOutcome::Written(_)), "{outcome:?}");
        } else {
            let RouterOutcome::RolledBack { reason } = outcome else { panic!("{era}: {outcome:?}") };
            assert!(reason.contains("beyond ASCII"), "{reason}");
            assert_eq!(twin.config(), bytes, "{era}");
        }
    }
}

/// Looks once more only when somebody else has saved, however slow the machine is.
struct AfterThePage<'a> {
    twin: &'a Twin,
    shell: Shell<'a>,
}

#[async_trait::async_trait]
impl Channel for AfterThePage<'_> {
    fn title(&self) -> String {
        self.shell.title()
    }

    async fn call(&self, request: &Request) -> Result<Answer, CallError> {
        if matches!(request, Request::Verify { .. }) {
            wait_until(|| self.twin.saves() == 2);
        }
        self.shell.call(request).await
    }
}

fn wait_until(condition: impl Fn() -> bool) {
    let since = Instant::now();
    while !condition() {
        assert!(since.elapsed() < Duration::from_secs(120), "it never came to that");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_write_that_is_gone_after_some_seconds_is_told_with_who_did_it() {
    if !available() {
        return;
    }
    let twin = Twin::new("2.8");
    let channel = AfterThePage { twin: &twin, shell: twin.shell("") };
    let router = PfsenseRouter::new("edge", channel).patience(HASTE);
    let state = read(&router);
    // The page was opened before our write and is saved after it.
    let stale = "$old = $config; touch(TWIN_ROOT . '/open'); \
                 while (!preg_match('/frr reload/', @file_get_contents(TWIN_ROOT . '/log'))) { usleep(50000); } $config = $old;";
    let error = std::thread::scope(|scope| {
        scope.spawn(|| twin.page(stale));
        wait_until(|| twin.root().join("open").exists());
        block(router.compare_and_set(&add(&state, "10.40.0.77"))).expect_err("it is gone")
    });
    assert!(matches!(&error, LiveError::Overwritten { by, .. } if by.contains("a page")), "{error}");
}

/// FRR refuses the file that was made: it is taken back, and the reason names the line.
#[test]
fn what_frr_cannot_read_is_taken_back() {
    if !available() || !crate::frr_lab::has_vtysh() {
        return;
    }
    let twin = Twin::new("2.8");
    let router = router(&twin, "");
    let state = read(&router);
    std::fs::write(
        twin.root().join("frr.conf.next"),
        "router bgp 64501\n neighbor 10.0.0.1 password a b c\n neighbor 10.0.0.1 timers 5\n",
    )
    .expect("written");
    let outcome = block(router.compare_and_set(&add(&state, "10.40.0.77"))).expect("it answers");
    let RouterOutcome::RolledBack { reason } = outcome else { panic!("{outcome:?}") };
    assert!(
        reason.contains("line 3") && reason.contains("password ***") && !reason.contains("a b c"),
        "{reason}"
    );
    assert_eq!(read(&router).facts.digest, state.facts.digest);
    let runtime = read(&router).runtime.expect("it runs");
    assert!(!runtime.check.expect("there is a file").accepted, "and it is seen before the next write");
}

/// A vtysh that accepts every file, and shows the file as what runs from the third question on, or
/// never.
fn vtysh(twin: &Twin, reloads: bool) {
    use std::os::unix::fs::PermissionsExt as _;
    let bin = twin.root().join("bin");
    std::fs::create_dir_all(&bin).expect("made");
    let root = twin.root().display();
    let limit = if reloads { 2 } else { 1000 };
    let script = format!(
        "#!/bin/sh\n[ \"$1\" = -C ] && exit 0\necho asked >> {root}/asked\n\
         if [ $(wc -l < {root}/asked) -gt {limit} ]; then cat {root}/var/etc/frr/frr.conf; else echo 'router bgp 64501'; fi\n"
    );
    std::fs::write(bin.join("vtysh"), script).expect("written");
    std::fs::set_permissions(bin.join("vtysh"), std::fs::Permissions::from_mode(0o755)).expect("set");
    std::fs::write(
        twin.root().join("frr.conf.next"),
        "router bgp 64501\n neighbor 10.40.0.77 remote-as 64500\n!\n",
    )
    .expect("written");
}

/// The file is one thing, what FRR runs with another: only the second counts.
#[test]
fn a_write_counts_when_frr_has_taken_it() {
    if !available() {
        return;
    }
    let twin = Twin::new("2.8");
    vtysh(&twin, true);
    let patience = Patience { reload: Duration::from_secs(60), ..HASTE };
    let patient = PfsenseRouter::new("edge", twin.shell("")).patience(patience);
    let state = read(&patient);
    let outcome = block(patient.compare_and_set(&add(&state, "10.40.0.77"))).expect("it answers");
    assert!(matches!(outcome, RouterOutcome::Written(_)), "{outcome:?}");

    let twin = Twin::new("2.8");
    vtysh(&twin, false);
    let router = router(&twin, "");
    let state = read(&router);
    let outcome = block(router.compare_and_set(&add(&state, "10.40.0.77"))).expect("it answers");
    let RouterOutcome::RolledBack { reason } = outcome else { panic!("{outcome:?}") };
    assert!(reason.contains("lacks `neighbor 10.40.0.77 remote-as 64500`"), "{reason}");
    assert_eq!(read(&router).facts.digest, state.facts.digest);
}

/// Real configurations, and one of five megabytes: an apply changes no byte outside of our sections.
#[test]
fn nothing_foreign_changes_in_real_and_in_large_configurations() {
    if !available() {
        return;
    }
    let mut configs = vec![("large".to_owned(), large())];
    let shared = std::env::var("METALSENSE_SHARED")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../shared").to_owned());
    match std::fs::read_dir(std::path::Path::new(&shared).join("pfsense/config")) {
        Ok(entries) => {
            for path in entries.map(|entry| entry.expect("readable").path()) {
                let bytes = std::fs::read(&path).expect("readable");
                if path.extension().is_some_and(|e| e == "xml") && Document::parse(&bytes).is_ok() {
                    let text = String::from_utf8(bytes).expect("UTF-8");
                    configs.push((path.display().to_string(), text));
                }
            }
        }
        Err(_) => eprintln!("SKIPPED: no configurations to read at {shared}"),
    }
    for (name, text) in configs {
        let eras: &[&str] = if text.contains("<version>24.5</version>") { &["2.9"] } else { &["2.7", "2.8"] };
        for era in ERAS.iter().filter(|era| eras.contains(era)) {
            let twin = Twin::with(era, &text);
            // Twice: what holds nothing takes two saves to settle.
            twin.page("");
            twin.page("");
            let router = router(&twin, "");
            let state = read(&router);
            let bytes = twin.config();
            let outcome = block(router.compare_and_set(&add(&state, "10.40.0.77"))).expect("it answers");
            assert!(matches!(outcome, RouterOutcome::Written(_)), "{name} on {era}: {outcome:?}");
            assert!(foreign(&twin.config()) == foreign(&bytes), "{name} on {era}");
            assert_eq!(neighbors(&read(&router)), neighbors(&state) + 1, "{name} on {era}");
        }
    }
}

/// Some five megabytes of firewall rules.
fn large() -> String {
    let edge = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/pfsense/frr/edge.xml");
    let text = std::fs::read_to_string(edge).expect("the test data is there");
    let rules: String = (0..16_000)
        .map(|number| {
            format!(
                "\t\t<rule>\n\t\t\t<tracker>{number}</tracker>\n\t\t\t<type>pass</type>\n\t\t\t<interface>lan</interface>\n\
                 \t\t\t<descr><![CDATA[rule {number} &amp; more]]></descr>\n\t\t\t<source>\n\t\t\t\t<any></any>\n\
                 \t\t\t</source>\n\t\t\t<destination>\n\t\t\t\t<network>lan</network>\n\t\t\t</destination>\n\t\t</rule>\n"
            )
        })
        .collect();
    text.replacen(
        "\t<installedpackages>",
        &format!("\t<filter>\n{rules}\t</filter>\n\t<installedpackages>"),
        1,
    )
}
