//! The rooms of ARCHITECTURE.md: what its table says about imports is what the sources do.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What a pure room never names: runtimes, clocks, the environment, files, programs and chance.
const IMPURE: [&str; 11] = [
    "async fn",
    ".await",
    "tokio",
    "std::env",
    "std::fs",
    "std::process",
    "std::thread",
    "SystemTime",
    "Instant",
    "rand::",
    "io::std",
];

/// A row of the table.
struct Room {
    name: String,
    may_import: BTreeSet<String>,
}

fn architecture() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md")).expect("the map")
}

/// The words between backticks.
fn names(text: &str) -> impl Iterator<Item = String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned)
}

/// The rooms of the sentence about purity.
fn pure_rooms(map: &str) -> BTreeSet<String> {
    let before = map.split(" are *pure*").next().and_then(|before| before.rsplit("\n\n").next());
    names(before.expect("the sentence")).collect()
}

/// The table, in its order.
fn rooms(map: &str) -> Vec<Room> {
    let pure = pure_rooms(map);
    let mut rooms: Vec<Room> = Vec::new();
    for row in map.lines().skip_while(|line| !line.starts_with("| room |")).skip(2) {
        let Some(row) = row.strip_prefix("| ").and_then(|row| row.strip_suffix(" |")) else { break };
        let [name, _, imports] = row.split(" | ").collect::<Vec<_>>()[..] else {
            panic!("three cells: {row}")
        };
        let above = rooms.iter().map(|room| room.name.clone());
        let may_import = match imports {
            "everything above" => above.collect(),
            "everything pure above" => above.filter(|room| pure.contains(room)).collect(),
            named => names(named).collect(),
        };
        rooms.push(Room { name: names(name).next().expect("a name"), may_import });
    }
    rooms
}

/// A file or folder that holds a room or a part of one.
fn files(path: &Path, found: &mut Vec<PathBuf>) {
    if path.is_dir() {
        let entries = fs::read_dir(path).expect("listed");
        entries.for_each(|entry| files(&entry.expect("an entry").path(), found));
    } else {
        found.push(path.to_owned());
    }
}

/// The sources of a room without its tests and comments, by their path.
fn sources(room: &str) -> Vec<(PathBuf, String)> {
    let room = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(room);
    let mut all = Vec::new();
    files(&if room.is_dir() { room } else { room.with_extension("rs") }, &mut all);
    let mut tests: Vec<PathBuf> = Vec::new();
    let mut sources = Vec::new();
    for path in all {
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let folder = match path.file_name().is_some_and(|name| name == "mod.rs") {
            true => path.with_file_name(""),
            false => path.with_extension(""),
        };
        let (code, modules) = without_tests(&text);
        tests.extend(modules.iter().map(|module| folder.join(module)));
        sources.push((path, code));
    }
    sources.retain(|(path, _)| !tests.iter().any(|t| path.starts_with(t) || *path == t.with_extension("rs")));
    sources
}

/// The lines outside of `#[cfg(test)]` modules, and the names of such modules with files of their own.
fn without_tests(text: &str) -> (String, Vec<String>) {
    let (mut code, mut modules) = (String::new(), Vec::new());
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line != "#[cfg(test)]" {
            let is_comment = line.trim_start().starts_with("//");
            code.extend([if is_comment { "" } else { line }, "\n"]);
            continue;
        }
        let item = lines.find(|line| !line.starts_with("#[")).expect("what is for tests alone");
        match item.rsplit_once("mod ") {
            Some((_, module)) if module.ends_with(';') => {
                modules.push(module.trim_end_matches(';').to_owned());
            }
            // rustfmt closes what begins at the margin at the margin.
            Some(_) => lines.by_ref().take_while(|line| *line != "}").for_each(drop),
            None => {}
        }
    }
    (code, modules)
}

/// The rooms that a source names.
fn imports(code: &str) -> BTreeSet<&str> {
    let is_path = |before: &str| !before.ends_with(|c: char| c == '$' || c == '_' || c.is_alphanumeric());
    let behind = code.match_indices("crate::").filter(|(at, _)| is_path(&code[..*at]));
    behind
        .map(|(at, root)| {
            let name = &code[at + root.len()..];
            &name[..name.find(|c: char| c != '_' && !c.is_alphanumeric()).unwrap_or(name.len())]
        })
        .collect()
}

#[test]
fn every_room_has_a_row_below_what_it_may_import() {
    let rooms = rooms(&architecture());
    let mut above: BTreeSet<String> = BTreeSet::new();
    for room in &rooms {
        let below: Vec<_> = room.may_import.difference(&above).collect();
        assert!(below.is_empty(), "{} may import what stands below it: {below:?}", room.name);
        above.insert(room.name.clone());
    }
    let (code, _) = without_tests(include_str!("../../src/lib.rs"));
    let declared = code.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    assert_eq!(declared.map(str::to_owned).collect::<BTreeSet<_>>(), above);
}

#[test]
fn rooms_import_what_the_table_says() {
    for room in rooms(&architecture()) {
        for (path, code) in sources(&room.name) {
            for import in imports(&code) {
                assert!(
                    import == room.name || room.may_import.contains(import),
                    "{}: {} may not import {import}",
                    path.display(),
                    room.name
                );
            }
        }
    }
}

#[test]
fn pure_rooms_are_pure() {
    for room in pure_rooms(&architecture()) {
        for (path, code) in sources(&room) {
            let named = IMPURE.into_iter().find(|word| code.contains(word));
            assert_eq!(named, None, "{}", path.display());
        }
    }
}

#[test]
fn imports_are_found_and_tests_are_not_looked_at() {
    let text = "use crate::plan;\n// crate::live\n#[cfg(test)]\nmod a;\n#[cfg(test)]\nmod tests {\n    use crate::cli;\n}\nfn f() { crate::finding::sort() }\n";
    let (code, modules) = without_tests(text);
    assert_eq!(imports(&code), BTreeSet::from(["finding", "plan"]));
    assert_eq!(modules, ["a"]);
}
