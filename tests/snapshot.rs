//! Snapshots: what they say when they are read is what the tree says, however many of them a run takes.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    collections::BTreeSet,
    fs,
    io::Read as _,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    process::{Command, Output},
};

use tlslint::{
    check::{
        self, Report, Settings, Tree,
        snapshot::{self, Snapshot, SnapshotError},
    },
    x509::Time,
};

#[path = "common/cards.rs"]
mod cards;
#[path = "common/copy.rs"]
mod copy;
#[path = "common/estate.rs"]
#[allow(dead_code, reason = "trees and what they are judged by are all that is wanted here")]
mod estate;
#[path = "../rules/format.rs"]
#[allow(dead_code, reason = "examples are all that is wanted here")]
mod format;

fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata")
}

/// The lines of a snapshot.
fn unpacked(bytes: &[u8]) -> String {
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(bytes).read_to_string(&mut text).unwrap();
    text
}

fn back(bytes: Vec<u8>) -> Result<Tree<'static>, SnapshotError> {
    let snapshot = Snapshot::read("a.tlsfacts", bytes)?;
    snapshot::join(Tree::in_memory(Vec::new()), &[snapshot], &|_| false)
}

/// Everything that a report says.
fn said(report: &Report) -> String {
    use std::fmt::Write as _;
    let mut text = format!("{:?}\n{:?}\n", report.counts, report.ignores);
    for finding in &report.findings {
        let _ = writeln!(text, "{finding:?}");
    }
    for it in &report.sources {
        let _ = writeln!(text, "{} {:?} {:?}", it.path, it.encoding, it.entries);
    }
    // Of a text that is no material, only lines that facts speak of are kept: those alone can be shown.
    for label in report.findings.iter().flat_map(tlslint::finding::Finding::labels) {
        let source = &report.sources[label.at.file.0 as usize];
        let span = source.span(label.at.place);
        let lines = source.line_index(span.start)..=source.line_index(span.end);
        for line in lines {
            let _ = writeln!(text, "{:?}", source.line_range(line).and_then(|it| source.text.get(it)));
        }
    }
    text
}

#[test]
fn every_example_of_every_card_says_the_same_through_a_snapshot() {
    let wanted = std::env::var("CARD").unwrap_or_default();
    let mut failures = Vec::new();
    for card in cards::all().iter().filter(|card| card.id.starts_with(&wanted)) {
        for (index, example) in card.examples.iter().enumerate() {
            let name = format!("rules/{}.yaml, example {}", card.id, index + 1);
            let run = || -> Result<(), String> {
                let (tree, settings) = estate::judged_by(example)?;
                let direct = said(&check::check(&tree, &settings));
                let first = snapshot::write(&tree, &settings, None).map_err(|it| it.to_string())?.bytes;
                // What was opened stays open without the passwords.
                let without = Settings { passwords: Vec::new(), ..settings };
                let tree = back(first.clone()).map_err(|it| it.to_string())?;
                let through = said(&check::check(&tree, &without));
                if direct != through {
                    let differ = direct.lines().zip(through.lines()).find(|(a, b)| a != b);
                    return Err(format!("{differ:#?}"));
                }
                let tree = back(first.clone()).map_err(|it| it.to_string())?;
                let again = snapshot::write(&tree, &without, None).map_err(|it| it.to_string())?.bytes;
                if first != again {
                    let (first, again) = (unpacked(&first), unpacked(&again));
                    let differ = first.lines().zip(again.lines()).find(|(a, b)| a != b);
                    return Err(format!("written again it is another: {differ:#?}"));
                }
                Ok(())
            };
            match catch_unwind(AssertUnwindSafe(run)) {
                Ok(Ok(())) => {}
                Ok(Err(what)) => failures.push(format!("{name}\n    {what}")),
                Err(_) => failures.push(format!("{name}\n    panicked")),
            }
        }
    }
    let shown: Vec<&String> = failures.iter().take(20).collect();
    assert!(failures.is_empty(), "{} examples differ\n{shown:#?}", failures.len());
}

/// Holds two texts against each other and shows the first line that differs.
fn same(one: &str, other: &str, what: &str) {
    if one != other {
        let differ = one.lines().zip(other.lines()).find(|(a, b)| a != b);
        panic!("{differ:#?}\n{what}");
    }
}

fn tlslint(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tlslint")).args(arguments).current_dir(folder).output().unwrap()
}

/// What a command says about paths.
fn says(folder: &Path, command: &[&str], paths: &[String]) -> String {
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    // With snapshots alone, the nearest configuration is that of the working folder.
    let near =
        split(folder).into_iter().map(|it| folder.join(it).join("tlslint.toml")).find(|it| it.exists());
    let near = near.map(|it| it.to_str().unwrap().to_owned());
    let config = near.iter().flat_map(|it| ["--config", it]).collect::<Vec<_>>();
    let output = tlslint(
        folder,
        &[command, &["--as-of", "2026-11-22", "--color", "never"], &config, &paths[..]].concat(),
    );
    assert!(output.status.code().is_some_and(|code| code < 2), "{command:?} {paths:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The formats that are held against each other.
const COMMANDS: &[&[&str]] = &[
    &["check", "--format", "json"],
    &["check", "--format", "full"],
    &["inventory", "--format", "json"],
    &["graph", "--format", "json"],
];

/// Estates, and the trees in them that have a snapshot each.
const ESTATES: &[(&str, &[&str])] = &[
    ("demo", &["etc"]),
    ("healthy", &["etc"]),
    ("", &["demo", "healthy", "java", "kubernetes", "stores", "captures"]),
    ("", &["apigee", "cms", "iis", "openmanage", "vcenter"]),
];

/// The folders of an estate, one snapshot each.
fn split(estate: &Path) -> Vec<String> {
    let mut parts: Vec<String> = fs::read_dir(estate)
        .unwrap()
        .map(|it| it.unwrap())
        .filter(|it| it.file_type().unwrap().is_dir())
        .map(|it| it.file_name().to_str().unwrap().to_owned())
        .collect();
    parts.sort();
    parts
}

/// One run over many snapshots says what one run over all trees says.
fn compare(estate: &Path, parts: &[String]) {
    let room = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        let file = room.path().join(format!("{index}.tlsfacts")).to_str().unwrap().to_owned();
        let output = tlslint(estate, &["snapshot", part, "-o", &file]);
        assert!(output.status.success(), "{part}: {output:?}");
        let bytes = fs::read(&file).unwrap();
        no_keys(&unpacked(&bytes), &estate.join(part));
        files.push(file);
    }
    for command in COMMANDS {
        let direct = says(estate, command, parts);
        // The only word that may differ names what was asked about.
        let scope = |text: &str| -> String {
            let lines = text.lines().filter(|line| {
                !parts.iter().chain(&files).any(|it| line.trim_matches([' ', ',', '"']) == *it)
            });
            lines.collect::<Vec<_>>().join("\n")
        };
        let through = says(estate, command, &files);
        if scope(&direct) != scope(&through) {
            let differ = direct.lines().zip(through.lines()).find(|(a, b)| a != b);
            panic!("{} {parts:?} {command:?}: {differ:#?}", estate.display());
        }
        let mut mixed = files.clone();
        mixed[0].clone_from(&parts[0]);
        mixed.reverse();
        assert_eq!(
            scope(&direct),
            scope(&says(estate, command, &mixed)),
            "a folder beside snapshots, {command:?}"
        );
    }
}

/// No key of the files below a folder stands in a text, in base64 or in hexadecimal digits.
fn no_keys(text: &str, folder: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            no_keys(text, &path);
            continue;
        }
        let bytes = fs::read(&path).unwrap();
        let content = String::from_utf8_lossy(&bytes);
        let mut lines = content.lines();
        while let Some(line) = lines.next() {
            if !line.contains("-----BEGIN") || !line.contains("PRIVATE KEY-----") {
                continue;
            }
            let body: String = lines.by_ref().take_while(|it| !it.contains("-----")).map(str::trim).collect();
            let der = data_encoding::BASE64.decode(body.as_bytes()).unwrap_or_default();
            let label = line.trim_matches(['-', ' ']).trim_start_matches("BEGIN ");
            // What of a key is public stands in its certificate as well.
            let public = match tlslint::x509::private_key(label, &[], &der) {
                Ok(tlslint::x509::KeyMaterial::Plain(key)) => key.spki.into_vec(),
                _ => Vec::new(),
            };
            for window in der.windows(24).step_by(6).skip(2) {
                if window.windows(8).any(|part| public.windows(8).any(|it| it == part)) {
                    continue;
                }
                let base64 = (0..3).map(|at| data_encoding::BASE64.encode(&window[at..at + 21]));
                let hex = [data_encoding::HEXLOWER.encode(window), data_encoding::HEXUPPER.encode(window)];
                for form in base64.chain(hex) {
                    assert!(!text.contains(&form), "{}: {form}", path.display());
                }
            }
        }
        // A keystore that is sealed stays where it is.
        let ending = path.extension().and_then(|it| it.to_str());
        if matches!(ending, Some("p12" | "pfx")) && !path.ends_with("plain.p12") {
            let middle = bytes.get(bytes.len() / 2..bytes.len() / 2 + 60).unwrap_or_default();
            let encoded = data_encoding::BASE64.encode(middle);
            assert!(
                !text.contains(&encoded[..60.min(encoded.len())]) || middle.is_empty(),
                "{}",
                path.display()
            );
        }
    }
}

#[test]
fn one_run_over_snapshots_says_what_one_run_over_the_trees_says() {
    for (estate, parts) in ESTATES {
        let parts: Vec<String> = parts.iter().map(|it| (*it).to_owned()).collect();
        compare(&testdata().join(estate), &parts);
    }
}

#[test]
fn machines_of_an_estate_may_have_a_snapshot_each() {
    for estate in ["iis/farm", "vcenter", "cms", "openmanage", "apigee", "java", "kubernetes"] {
        let folder = testdata().join(estate);
        let parts = split(&folder);
        if parts.len() > 1 {
            compare(&folder, &parts);
        }
    }
}

/// The tree that the tests below need: small, with a key, a store and a password.
fn small() -> (Tree<'static>, Settings) {
    let read = |path: &str| fs::read(testdata().join(path)).unwrap();
    let files = vec![
        ("etc/nginx/nginx.conf".to_owned(), b"events {}\nhttp {\n  server {\n    listen 443 ssl;\n    server_name a.test;\n    ssl_certificate a.pem;\n    ssl_certificate_key a.key;\n  }\n}\n".to_vec()),
        ("etc/nginx/a.pem".to_owned(), read("pki/server.pem")),
        ("etc/nginx/a.key".to_owned(), read("pki/server.key")),
        ("opt/server.p12".to_owned(), read("stores/server-legacy.p12")),
        ("opt/conf.yml".to_owned(), b"server:\n  ssl:\n    enabled: true\n    key-store: server.p12\n    key-store-password: changeit\n".to_vec()),
    ];
    (Tree::in_memory(files), Settings::at(Time(1_795_305_600)))
}

fn gzip(text: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut to = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    to.write_all(text).unwrap();
    to.finish().unwrap()
}

#[test]
fn a_snapshot_is_text_of_json_lines_in_gzip_and_may_come_without() {
    let (tree, settings) = small();
    let written = snapshot::write(&tree, &settings, Some("web-1")).unwrap();
    let text = unpacked(&written.bytes);
    assert!(text.starts_with("{\"tlsfacts\":1,\"tlslint\":\""), "{text}");
    assert!(text.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()));
    let one = said(&check::check(&back(written.bytes).unwrap(), &settings));
    let other = said(&check::check(&back(text.into_bytes()).unwrap(), &settings));
    assert_eq!(one, other);
}

#[test]
fn what_is_cut_off_is_refused_with_its_place() {
    let (tree, settings) = small();
    let packed = snapshot::write(&tree, &settings, None).unwrap().bytes;
    let text = unpacked(&packed).into_bytes();
    for (bytes, step) in [(&packed, 7), (&text, 41)] {
        for length in (0..bytes.len()).step_by(step) {
            let error = back(bytes[..length].to_vec()).map(|_| ()).expect_err("it is cut off");
            assert!(error.line.is_some(), "{error}");
        }
    }
    let mut longer = text.clone();
    longer.extend_from_slice(b"{}\n");
    assert!(back(longer).map(|_| ()).unwrap_err().what.contains("follows the end"));
}

#[test]
fn whatever_is_changed_is_refused_or_harmless() {
    // `CHANGES=100000 cargo test --test snapshot whatever` goes on for longer.
    let rounds = std::env::var("CHANGES").ok().and_then(|it| it.parse().ok());
    for ((tree, settings), rounds) in [(small(), rounds.unwrap_or(2000)), (golden(), rounds.unwrap_or(300))] {
        let packed = snapshot::write(&tree, &settings, None).unwrap().bytes;
        let text = unpacked(&packed).into_bytes();
        let mut state = 7_u64;
        let mut read = 0;
        for _ in 0..rounds {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let at = (state >> 33) as usize % text.len();
            let mut changed = text.clone();
            // Digits make places and numbers that lie; other bytes make other words.
            let byte = changed[at];
            match (byte.is_ascii_digit(), state & 7) {
                (true, 0) => drop(changed.splice(at..=at, *b"18446744073709551615")),
                (true, 1) => drop(changed.splice(at..=at, *b"4294967295")),
                (true, 2) => drop(changed.splice(at..=at, *b"-9223372036854775808")),
                (true, _) => changed[at] = b'0' + (state >> 8) as u8 % 10,
                (false, 0) => changed[at] = b'"',
                (false, 1) => changed[at] = b'9',
                (false, _) => changed[at] = byte ^ (1 << (state & 7)),
            }
            let Ok(tree) = back(changed.clone()) else { continue };
            read += 1;
            let judged = catch_unwind(AssertUnwindSafe(|| said(&check::check(&tree, &settings))));
            assert!(
                judged.is_ok(),
                "at {at}: {}",
                String::from_utf8_lossy(&changed[at.saturating_sub(200)..(at + 60).min(changed.len())])
            );
        }
        assert!(read * 20 > rounds, "some rounds concern words alone: {read}");
    }
}

#[test]
fn lies_about_places_are_refused() {
    let (tree, settings) = small();
    let text = unpacked(&snapshot::write(&tree, &settings, None).unwrap().bytes);
    let nginx = "\"span\":[0,9]";
    assert!(text.contains(nginx) && text.contains("\"end\":1,"), "{text}");
    for (old, new) in [
        (nginx, "\"span\":[0,99999]"),
        (nginx, "\"span\":[9,0]"),
        (nginx, "\"span\":[0,-9]"),
        (nginx, "\"span\":[0,4294967299]"),
        (nginx, "\"span\":{}"),
        ("\"end\":1,", "\"end\":0,"),
        ("\"end\":1,", "\"end\":4294967295,"),
        ("\"parent\":", "\"parent\":4"),
        ("\"path\":\"etc/nginx/a.key\"", "\"path\":\"etc/nginx/nginx.conf\""),
        ("\"path\":\"etc/nginx/a.key\"", "\"path\":\"\\u001b[2J\""),
        ("\"items\":{\"end\":", "\"items\":{\"end\":9"),
        ("\"kind\":\"file\"", "\"kind\":\"disk\""),
        ("\"tlsfacts\":1", "\"tlsfacts\":999"),
        ("\"tlsfacts\":1", "\"tlsfacts\":\"1\""),
        ("\"sha256\":\"", "\"sha256\":\"0"),
        ("\"der\":\"M", "\"der\":\"N"),
        ("\"facts\":{", "\"facts\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[{"),
    ] {
        assert!(text.contains(old), "{old}");
        let error = back(text.replacen(old, new, 1).into_bytes()).map(|_| ()).expect_err(new);
        assert!(error.line.is_some(), "{new}: {error}");
    }
    let other =
        back(text.replacen("\"tlsfacts\":1", "\"tlsfacts\":999", 1).into_bytes()).map(|_| ()).unwrap_err();
    assert!(other.to_string().contains("form 999, written by tlslint"), "{other}");
    assert!(other.help.is_some());
    let deep = format!("{}\n{}", text.lines().next().unwrap(), "[".repeat(1_000_000));
    assert!(back(format!("{deep}\n").into_bytes()).is_err());
}

#[test]
fn a_bomb_does_not_go_off() {
    let head = b"{\"tlsfacts\":1,\"tlslint\":\"0.1.0\"}\n";
    let line = gzip(&[head.as_slice(), &vec![b' '; 300 << 20]].concat());
    assert!(line.len() < 4 << 20);
    let error = back(line).map(|_| ()).unwrap_err();
    assert!(error.what.contains("no more are taken"), "{error}");
    let lines = gzip(&[head.as_slice(), &b"{}\n".repeat(1 << 20)].concat());
    assert_eq!(back(lines).map(|_| ()).unwrap_err().line, Some(2));
}

#[test]
fn one_path_in_two_snapshots_is_one_or_an_error() {
    let (tree, settings) = small();
    let bytes = snapshot::write(&tree, &settings, None).unwrap().bytes;
    let read = |name: &str, bytes: &[u8]| Snapshot::read(name, bytes.to_vec()).unwrap();
    let join = |all: &[Snapshot]| snapshot::join(Tree::in_memory(Vec::new()), all, &|_| false);
    let twice = join(&[read("a", &bytes), read("b", &bytes)]).unwrap();
    let once = join(&[read("a", &bytes)]).unwrap();
    assert_eq!(said(&check::check(&twice, &settings)), said(&check::check(&once, &settings)));
    let other = unpacked(&bytes).replacen("server_name a.test", "server_name b.test", 1);
    let error = join(&[read("a", &bytes), read("b", other.as_bytes())]).map(|_| ()).unwrap_err();
    assert!(error.what.contains("nginx.conf") && error.what.contains("`a`") && error.name == "b", "{error}");
    assert!(error.help.unwrap().contains("--as"));
}

#[test]
fn what_a_snapshot_did_not_read_is_said_once() {
    let key = fs::read(testdata().join("pki/server.key")).unwrap();
    let nginx = b"events {}\nhttp {\n  include /etc/more/words;\n  include /etc/more/others;\n}\n".to_vec();
    let settings = Settings::at(Time(1_795_305_600));
    let write = |files: Vec<(String, Vec<u8>)>| {
        let bytes = snapshot::write(&Tree::in_memory(files), &settings, None).unwrap().bytes;
        Snapshot::read("b.tlsfacts", bytes).unwrap()
    };
    let here = write(vec![("n/etc/nginx/nginx.conf".to_owned(), nginx)]);
    let there = write(vec![
        ("n/etc/more/words".to_owned(), b"hello\n".to_vec()),
        ("n/etc/more/others".to_owned(), b"hello\n".to_vec()),
        ("n/etc/more/a.key".to_owned(), key),
    ]);
    let tree = snapshot::join(Tree::in_memory(Vec::new()), &[here, there], &|_| false).unwrap();
    let report = check::check(&tree, &settings);
    let told: Vec<&str> = report
        .findings
        .iter()
        .filter(|it| it.rule == "tlslint/unreadable")
        .map(|it| it.message.as_str())
        .collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("`b.tlsfacts`") && told[0].contains("nginx configuration"), "{told:?}");
}

#[test]
fn machines_stand_side_by_side_by_their_names() {
    let room = tempfile::tempdir().unwrap();
    let demo = testdata().join("demo");
    let farm = room.path().join("farm");
    for machine in ["web-1", "web-2"] {
        copy::copy(&demo, &farm.join(machine));
        let file = room.path().join(format!("{machine}.tlsfacts"));
        let output =
            tlslint(&farm.join(machine), &["snapshot", ".", "--as", machine, "-o", file.to_str().unwrap()]);
        assert!(output.status.success(), "{output:?}");
        // Named by its whole path, as on a machine, the tree has the same names below it.
        let etc = farm.join(machine).join("etc");
        let whole = tlslint(room.path(), &["snapshot", etc.to_str().unwrap(), "--as", machine, "-o", "-"]);
        let text = unpacked(&whole.stdout);
        let conf = format!("{machine}/{}/nginx/nginx.conf", etc.to_str().unwrap().trim_start_matches('/'));
        let near = format!("{machine}/farm/{machine}/etc/nginx/nginx.conf");
        assert!(text.contains(&conf) || text.contains(&near), "{}", &text[..2000.min(text.len())]);
    }
    let files = ["../web-1.tlsfacts".to_owned(), "../web-2.tlsfacts".to_owned()];
    let folders = ["web-1".to_owned(), "web-2".to_owned()];
    for command in [&["check", "--format", "json"], &["graph", "--format", "json"]] {
        assert_eq!(says(&farm, command, &files), says(&farm, command, &folders));
    }
}

#[test]
fn what_git_ignores_is_known_elsewhere() {
    let room = tempfile::tempdir().unwrap();
    let tree = room.path().join("tree");
    fs::create_dir_all(tree.join(".git")).unwrap();
    fs::create_dir_all(tree.join("etc/nginx")).unwrap();
    let nginx = "events {}\nhttp {\n  server {\n    listen 443 ssl;\n    server_name a.test;\n    ssl_certificate a.pem;\n    \
                 ssl_certificate_key KEY;\n  }\n}\n";
    fs::copy(testdata().join("pki/server.pem"), tree.join("etc/nginx/a.pem")).unwrap();
    fs::copy(testdata().join("pki/server.key"), tree.join("etc/nginx/other.key")).unwrap();
    fs::write(tree.join(".gitignore"), "secret.key\n").unwrap();
    for (key, missing) in [("secret.key", false), ("shown.key", true)] {
        fs::write(tree.join("etc/nginx/nginx.conf"), nginx.replace("KEY", key)).unwrap();
        let output = tlslint(&tree, &["snapshot", ".", "-o", "../a.tlsfacts"]);
        assert!(output.status.success(), "{output:?}");
        let direct = says(&tree, &["check", "--format", "json"], &[".".to_owned()]);
        let through = says(room.path(), &["check", "--format", "json"], &["a.tlsfacts".to_owned()]);
        same(&direct, &through, key);
        assert_eq!(direct.contains("ref/missing-file"), missing, "{direct}");
    }
}

#[test]
fn no_edit_reaches_the_files_of_a_snapshot() {
    let room = tempfile::tempdir().unwrap();
    copy::copy(&testdata().join("demo/etc"), &room.path().join("etc"));
    let pem = room.path().join("etc/ssl/certs/blog.example.com.pem");
    let text = fs::read_to_string(&pem).unwrap();
    assert!(tlslint(room.path(), &["snapshot", "etc", "-o", "a.tlsfacts"]).status.success());
    let output = tlslint(room.path(), &["check", "a.tlsfacts", "--fix"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(fs::read_to_string(&pem).unwrap(), text);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("stands in a snapshot and not here"), "{said}");
    // The same run over the folder does the edit.
    let output = tlslint(room.path(), &["check", "etc", "--fix"]);
    assert_ne!(fs::read_to_string(&pem).unwrap(), text, "{output:?}");
}

#[test]
fn a_run_writes_the_same_again_beside_what_it_wrote() {
    let room = tempfile::tempdir().unwrap();
    copy::copy(&testdata().join("demo"), room.path());
    let write = || {
        assert!(tlslint(room.path(), &["snapshot", "-o", "node.tlsfacts"]).status.success());
        fs::read(room.path().join("node.tlsfacts")).unwrap()
    };
    let (first, second) = (write(), write());
    assert_eq!(unpacked(&first), unpacked(&second));
    assert_eq!(first, second);
    let left: BTreeSet<_> = fs::read_dir(room.path()).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert!(!left.iter().any(|it| it.to_str().unwrap().contains(".tmp")), "{left:?}");
}

#[test]
fn what_is_no_snapshot_is_said() {
    let room = tempfile::tempdir().unwrap();
    fs::write(room.path().join("a.tlsfacts"), "hello").unwrap();
    let output = tlslint(room.path(), &["check", "a.tlsfacts"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("is no snapshot"));
    for arguments in
        [&["snapshot", "--as", "../x", "-o", "x"][..], &["snapshot", "--as-of", "2026-11-22", "-o", "x"]]
    {
        assert_eq!(tlslint(room.path(), arguments).status.code(), Some(2), "{arguments:?}");
    }
}

/// A snapshot that an earlier version of this form wrote.
#[test]
fn what_was_written_is_read_as_long_as_the_form_is_the_same() {
    let path = testdata().join("snapshot").join(format!("form-{}.jsonl", snapshot::FORM));
    let (tree, settings) = golden();
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, unpacked(&snapshot::write(&tree, &settings, Some("golden")).unwrap().bytes))
            .unwrap();
    }
    let help = "whoever changes a type of facts, or a line of a snapshot, raises `FORM` in src/check/snapshot.rs and writes \
                the file anew: UPDATE=1 cargo test --test snapshot";
    let known =
        fs::read_to_string(&path).unwrap_or_else(|_| panic!("there is no snapshot of this form: {help}"));
    let tree_of =
        |text: &str| back(text.as_bytes().to_vec()).unwrap_or_else(|error| panic!("{error}: {help}"));
    same(&said(&check::check(&tree, &settings)), &said(&check::check(&tree_of(&known), &settings)), help);
    let written = unpacked(&snapshot::write(&tree, &settings, Some("golden")).unwrap().bytes);
    let known =
        known.replacen("\"tlslint\":\"0.1.0\"", &format!("\"tlslint\":\"{}\"", env!("CARGO_PKG_VERSION")), 1);
    same(&known, &written, help);
}

/// A file or two of every system, so that few types of facts are missing.
fn golden() -> (Tree<'static>, Settings) {
    let mut files = Vec::new();
    for path in [
        "demo/etc/nginx/nginx.conf",
        "demo/etc/nginx/sites-enabled/api.example.com.conf",
        "demo/etc/ssl/certs/api.example.com.pem",
        "stores/server-legacy.p12",
        "stores/two-passwords.jks",
        "openmanage/migration/site.yml",
        "openmanage/migration/tlslint.toml",
    ] {
        files.push((path.to_owned(), fs::read(testdata().join(path)).unwrap()));
    }
    for folder in [
        "kubernetes",
        "java/cluster",
        "captures",
        "iis/farm/node1",
        "cms/broken",
        "apigee/support-case",
        "vcenter/outage",
    ] {
        let mut found = Vec::new();
        below(&testdata().join(folder), &mut found);
        found.sort();
        let mut systems = BTreeSet::new();
        for path in found {
            let bytes = fs::read(&path).unwrap();
            let name = path.strip_prefix(testdata()).unwrap().to_str().unwrap().replace('\\', "/");
            let kind = (path.extension().map(std::ffi::OsStr::to_owned), bytes.first().copied());
            if bytes.len() < 2_500 && systems.insert(kind) {
                files.push((name, bytes));
            }
        }
    }
    (Tree::in_memory(files), Settings::at(Time(1_795_305_600)))
}

fn below(folder: &Path, into: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() { below(&path, into) } else { into.push(path) }
    }
}
