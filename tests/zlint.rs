//! Our view of 1,100 certificates against that of zlint, lint by lint, for the lints that say what a rule or a fault of
//! form says here. Where the two differ, the table holds how often and why.
//!
//! The certificates lie beside the repository (`../shared/corpus/x509/zlint`) or where `TLSLINT_CORPUS` says; without them
//! this test says that it skips.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test says what it skips, and stops where it cannot go on"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::Path,
    sync::OnceLock,
};

use tlslint::{
    check::{self, Settings, Tree},
    finding::Level,
    source::Source,
    x509::{Certificate, FlawKind, Refusal, Time},
};

use known::{LINTS, Ours};

#[path = "common/corpus.rs"]
mod corpus;
#[path = "zlint/known.rs"]
mod known;

/// The first certificate of a PEM file.
fn der(text: &[u8]) -> Option<Vec<u8>> {
    let text = String::from_utf8_lossy(text);
    let (_, after) = text.split_once("-----BEGIN CERTIFICATE-----")?;
    let (body, _) = after.split_once("-----END")?;
    let digits: String = body.split_whitespace().collect();
    data_encoding::BASE64.decode(digits.as_bytes()).ok()
}

/// The DER of every file.
type Files = BTreeMap<String, Vec<u8>>;

/// Rule and message of every finding that labels a file.
type Told = BTreeMap<String, Vec<(String, Level, String)>>;

/// Every certificate as the leaf of a server of its own, through the whole product.
fn told(files: &Files) -> Told {
    let mut conf = String::from("events {}\nhttp {\n");
    let mut tree = Vec::new();
    for (name, der) in files {
        // Written anew, since texts around the blocks of the suite are not what is asked about.
        let base64 = data_encoding::BASE64.encode(der);
        let lines: Vec<&str> =
            base64.as_bytes().chunks(64).map(|it| std::str::from_utf8(it).unwrap()).collect();
        let pem = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"));
        tree.push((format!("nginx/{name}"), pem.into_bytes()));
        let _ = writeln!(
            conf,
            "    server {{\n        listen 443 ssl;\n        ssl_certificate {name};\n        ssl_certificate_key {name}.key;\n    }}"
        );
    }
    conf.push_str("}\n");
    tree.push(("nginx/nginx.conf".to_owned(), conf.into_bytes()));
    let report = check::check(&Tree::in_memory(tree), &Settings::at(Time::parse("2026-11-22").unwrap()));
    let mut told = Told::new();
    let path = |source: &Source| source.path.trim_start_matches("nginx/").to_owned();
    for finding in &report.findings {
        let files: BTreeSet<String> =
            finding.labels().map(|label| path(&report.sources[label.at.file.0 as usize])).collect();
        for file in files {
            let entry = (finding.rule.to_owned(), finding.level, finding.message.clone());
            told.entry(file).or_default().push(entry);
        }
    }
    told
}

/// The certificates that zlint can parse, and what the product says of them; worked out once for all tests.
fn suite() -> Option<&'static (Files, Told)> {
    static SUITE: OnceLock<Option<(Files, Told)>> = OnceLock::new();
    let made = SUITE.get_or_init(|| {
        let folder = corpus::folder("x509/zlint")?;
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(folder.join("certs")).unwrap() {
            let path = entry.unwrap().path();
            let der = der(&fs::read(&path).unwrap());
            files.extend(der.map(|der| (path.file_name().unwrap().to_string_lossy().into_owned(), der)));
        }
        let told = told(&files);
        Some((files, told))
    });
    made.as_ref()
}

#[test]
fn lints_agree() {
    let Some((files, told)) = suite() else { return };
    let folder = corpus::folder("x509/zlint").unwrap();
    let expected = fs::read_to_string(folder.join("EXPECTED.tsv")).unwrap();
    let mut theirs: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut unparseable = BTreeSet::new();
    for line in expected.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        match fields[..] {
            [file, "-", _] => {
                unparseable.insert(file);
            }
            [file, lint, _] => {
                theirs.entry(lint).or_default().insert(file);
            }
            _ => {}
        }
    }
    let readable = files.iter().filter(|(name, _)| !unparseable.contains(name.as_str()));
    let parsed: BTreeMap<&str, Certificate> =
        readable.filter_map(|(name, der)| Some((name.as_str(), Certificate::parse(der).ok()?))).collect();
    let flaws: BTreeMap<&str, Vec<tlslint::x509::Flaw>> =
        parsed.iter().map(|(name, it)| (*name, it.flaws.clone())).collect();
    let mut complaints = String::new();
    let (mut agree, mut pairs) = (0, 0);
    for lint in LINTS {
        let none = BTreeSet::new();
        let theirs: &BTreeSet<&str> = theirs.get(lint.name).unwrap_or(&none);
        let ours: BTreeSet<&str> = parsed
            .iter()
            .filter(|(name, it)| match &lint.ours {
                Ours::Flaw(kinds, word) => {
                    flaws[**name].iter().any(|flaw| kinds.contains(&flaw.kind) && flaw.what.contains(word))
                }
                Ours::Rule(rule, word) => told.get(**name).is_some_and(|all| {
                    all.iter().any(|(found, _, message)| found == rule && message.contains(word))
                }),
                Ours::Fact(holds) => holds(it),
            })
            .map(|(name, _)| *name)
            .collect();
        let both = theirs.intersection(&ours).count();
        let only = (theirs.len() - both, ours.len() - both);
        agree += both;
        pairs += both + only.0 + only.1;
        if (both, only.0, only.1) != lint.counts {
            let some = |a: &BTreeSet<&str>, b: &BTreeSet<&str>| {
                a.difference(b).take(6).copied().collect::<Vec<_>>().join(" ")
            };
            let _ = writeln!(
                complaints,
                "{}: both {both}, only zlint {} ({}), only ours {} ({})",
                lint.name,
                only.0,
                some(theirs, &ours),
                only.1,
                some(&ours, theirs),
            );
        }
        let explained = only == (0, 0) || !lint.why.is_empty();
        if !explained {
            let _ = writeln!(complaints, "{}: differs, and the table does not say why", lint.name);
        }
    }
    println!("{} lints: {agree} of {pairs} verdicts agree", LINTS.len());
    assert!(complaints.is_empty(), "\n{complaints}");
}

#[test]
fn the_page_says_so() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/suites.md")).unwrap();
    let (both, all) = LINTS.iter().fold((0, 0), |(both, all), lint| {
        (both + lint.counts.0, all + lint.counts.0 + lint.counts.1 + lint.counts.2)
    });
    assert!(page.contains(&format!("| {both} of {all} |")), "docs/suites.md does not say {both} of {all}");
    assert!(page.contains(&format!("{} lints", LINTS.len())));
}

/// What common readers refuse is an error of one rule where it is used, and nothing else is.
#[test]
fn malformed_is_what_common_readers_refuse() {
    let Some((files, told)) = suite() else { return };
    let mut wrong = Vec::new();
    for (name, der) in files {
        let Ok(it) = Certificate::parse(der) else { continue };
        let refused =
            it.flaws.iter().any(|flaw| flaw.refusal == Refusal::Common && flaw.kind != FlawKind::HostName);
        let all = told.get(name).map_or(&[][..], Vec::as_slice);
        if refused != all.iter().any(|(rule, level, _)| rule == "cert/malformed" && *level == Level::Error) {
            wrong.push(name);
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}
