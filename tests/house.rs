//! Keeps the rooms of `src/` apart, as `docs/architecture.md` describes them:
//! who may look into whom, who may touch the world outside, what a file looks like.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{collections::BTreeSet, fs, path::Path};

/// A room and the rooms it may look into.
const ROOMS: &[(&str, &[&str])] = &[
    ("source", &[]),
    ("x509", &[]),
    ("syntax", &["source"]),
    ("model", &["source", "x509"]),
    ("systems", &["model", "source", "syntax", "x509"]),
    ("finding", &["source"]),
    ("rules", &["finding", "model"]),
    ("policy", &["finding", "source"]),
    // A value made of the model and the outcome, like a report: renderers show it and know no model.
    ("graph", &["finding", "model", "source", "x509"]),
    ("render", &["finding", "graph", "source", "x509"]),
    ("check", &["finding", "model", "policy", "rules", "source", "syntax", "systems", "x509"]),
    // The doors. Only they know the world outside.
    ("walk", &["check", "source"]),
    // `rules` for the cards that `explain` shows, `x509` for the time that `--as-of` means.
    ("cli", &["check", "finding", "graph", "lsp", "policy", "render", "rules", "source", "walk", "x509"]),
    ("lsp", &["check", "finding", "policy", "render", "rules", "source", "walk", "x509"]),
];

/// What only some rooms may name: the words, the rooms, the reason.
const OUTSIDE: &[(&[&str], &[&str], &str)] = &[
    (&["std::fs", "std::env"], &["walk", "cli", "lsp", "main"], "the doors alone touch disk and environment"),
    (
        &["std::process"],
        &["walk", "cli", "main"],
        "programs are started, and the process ended, by doors alone",
    ),
    (&["SystemTime", "Instant"], &["cli", "lsp"], "\"today\" is an input"),
    (
        &["TcpStream", "TcpListener", "UdpSocket", "UnixStream", "UnixListener", "ToSocketAddrs"],
        &[],
        "nothing opens a socket",
    ),
];

/// A file above this has become two.
const MAX_LINES: usize = 800;

/// Names that say nothing about what lies in the file.
const EMPTY_NAMES: &[&str] =
    &["util", "utils", "helper", "helpers", "manager", "info", "data", "common", "misc", "types"];

#[test]
fn arrows_point_one_way() {
    let mut wrong = Vec::new();
    for file in files_in("src") {
        let room = file.room();
        if matches!(room, "lib" | "main") {
            continue;
        }
        let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == room) else {
            wrong.push(format!(
                "{}: `{room}` is no room of this house; see ROOMS in tests/house.rs",
                file.path
            ));
            continue;
        };
        for seen in file.rooms_seen() {
            if seen != room && !allowed.contains(&seen.as_str()) {
                wrong.push(format!("{}: `{room}` must not look into `{seen}`", file.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn rooms_form_no_circle() {
    let mut built: BTreeSet<&str> = BTreeSet::new();
    while built.len() < ROOMS.len() {
        // `cli` starts `lsp` and nothing starts `cli`, so the doors can be put in order as well.
        let next = ROOMS
            .iter()
            .find(|(room, needs)| !built.contains(room) && needs.iter().all(|it| built.contains(it)));
        let (room, _) = next.expect("every room stands on rooms that are there before it");
        built.insert(room);
    }
}

#[test]
fn only_doors_know_the_world_outside() {
    let mut wrong = Vec::new();
    for file in files_in("src") {
        let names = file.outside_names();
        for (words, rooms, reason) in OUTSIDE {
            for word in words.iter().filter(|word| names.contains(**word) && !rooms.contains(&file.room())) {
                wrong.push(format!("{}: `{word}` has no place here: {reason}", file.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_say_what_they_are_for_and_stay_readable() {
    let mut wrong = Vec::new();
    let mut files: Vec<File> = ["src", "tests", "benches", "rules"].into_iter().flat_map(files_in).collect();
    files.push(File { path: "build.rs".into(), text: fs::read_to_string(root().join("build.rs")).unwrap() });
    for file in files {
        let header = file.text.lines().take_while(|line| line.starts_with("//!")).count();
        if header == 0 {
            wrong.push(format!("{}: starts with a `//!` that says what it is for", file.path));
        }
        let lines = file.text.lines().count();
        if lines > MAX_LINES {
            wrong.push(format!("{}: {lines} lines; above {MAX_LINES} it has become two files", file.path));
        }
        let name = file.path.rsplit('/').next().unwrap_or_default().trim_end_matches(".rs");
        if file.path.starts_with("src/") && EMPTY_NAMES.contains(&name) {
            wrong.push(format!("{}: `{name}` does not say what lies in it", file.path));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_page_about_the_house_names_every_room() {
    let page = fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    for (room, _) in ROOMS {
        assert!(page.contains(&format!("`{room}`")), "docs/architecture.md does not speak of `{room}`");
    }
}

/// A Rust file.
struct File {
    /// From the root of the package, with `/`.
    path: String,
    text: String,
}

impl File {
    /// `src/render/json.rs` → `render`
    fn room(&self) -> &str {
        self.modules().next().unwrap_or_default()
    }

    /// `src/render/json.rs` → `render`, `json`
    fn modules(&self) -> impl Iterator<Item = &str> {
        let path = self.path.split_once('/').map_or("", |(_, rest)| rest);
        path.trim_end_matches(".rs").split('/')
    }

    /// The code that is shipped: no comments, and nothing from the tests on, which stand last.
    fn code(&self) -> String {
        if self.path.ends_with("/tests.rs") || self.path.contains("/tests/") {
            return String::new();
        }
        let lines = self.text.lines().map(str::trim_start).take_while(|line| *line != "#[cfg(test)]");
        lines.filter(|line| !line.starts_with("//")).flat_map(|line| [line, "\n"]).collect()
    }

    /// Rooms that the code names through `crate::` or through enough `super::`.
    fn rooms_seen(&self) -> BTreeSet<String> {
        let code = self.code();
        let mut seen: BTreeSet<String> = first_segments(&code, "crate::").into_iter().collect();
        let up = "super::".repeat(self.modules().count());
        let is_room = |word: &String| ROOMS.iter().any(|(room, _)| room == word);
        seen.extend(first_segments(&code, &up).into_iter().filter(is_room));
        seen.retain(|word| word.starts_with(|first: char| first.is_ascii_lowercase()));
        seen
    }

    /// Names through which code reaches the world outside: `std::fs`, `Instant`.
    fn outside_names(&self) -> BTreeSet<String> {
        let code = self.code();
        let mut names: BTreeSet<String> =
            first_segments(&code, "std::").into_iter().map(|word| format!("std::{word}")).collect();
        names.extend(code.split(|c: char| !is_word(c)).map(str::to_owned));
        names
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files_in(folder: &str) -> Vec<File> {
    let mut files = Vec::new();
    let Ok(entries) = fs::read_dir(root().join(folder)) else { return files };
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    for name in names {
        let path = format!("{folder}/{name}");
        if root().join(&path).is_dir() {
            files.extend(files_in(&path));
        } else if Path::new(&path).extension().is_some_and(|ending| ending == "rs") {
            files.push(File { text: fs::read_to_string(root().join(&path)).unwrap(), path });
        }
    }
    files
}

/// The word after each `prefix`, also of each branch of `prefix{…}`.
fn first_segments(code: &str, prefix: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices(prefix) {
        // `super::super::` holds `super::` twice, and `my_crate::` is no `crate::`.
        if code[..at].ends_with(|c: char| is_word(c) || c == ':') {
            continue;
        }
        let rest = &code[at + prefix.len()..];
        match rest.strip_prefix('{') {
            Some(group) => found.extend(branches(group)),
            None => found.push(first_word(rest)),
        }
    }
    found
}

/// The first word of each branch of a `use` group, up to the brace that closes it.
fn branches(group: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut depth = 0;
    let mut expects_word = true;
    for (index, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => expects_word = true,
            c if expects_word && is_word(c) => {
                found.push(first_word(&group[index..]));
                expects_word = false;
            }
            _ => (),
        }
    }
    found
}

fn first_word(text: &str) -> String {
    text.trim_start_matches("r#").chars().take_while(|c| is_word(*c)).collect()
}

#[test]
fn arrows_are_seen_in_every_spelling() {
    let file = File {
        path: "src/render/json.rs".into(),
        text: "//! crate::walk\nuse crate::{\n    finding::{Finding, Level},\n    source,\n};\n\
               fn f(p: crate::policy::Policy, q: super::super::cli::Q, r: super::text::T) {}\n\
               use std::{fmt, fs as disk, io::{self, Read}};\n#[cfg(test)]\nmod tests { use crate::x509; }\n"
            .into(),
    };
    assert_eq!(Vec::from_iter(file.rooms_seen()), ["cli", "finding", "policy", "source"]);
    assert!(file.outside_names().contains("std::fs") && !file.outside_names().contains("std::Read"));
}
