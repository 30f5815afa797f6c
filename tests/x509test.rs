//! The walk over the form of certificates against x509test: certificates named `ok-` have no fault, those named `xf-` have
//! one each. Which fault is named for which file stands in a table; so do those that are not named, with the reason.
//!
//! The certificates lie beside the repository (`../shared/corpus/x509/x509test`) or where `TLSLINT_CORPUS` says; without
//! them this test says that it skips.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test says what it skips, and stops where it cannot go on"
)]

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

use tlslint::x509::{Certificate, FlawKind, Refusal};

#[path = "common/corpus.rs"]
mod corpus;
#[path = "x509test/known.rs"]
mod known;

/// What is said of a certificate: words in alphabetical order.
fn said(der: &[u8]) -> Vec<String> {
    let it = match Certificate::parse(der) {
        Ok(it) => it,
        Err(error) => return vec![format!("unreadable: {}", error.what)],
    };
    let mut words: Vec<String> = it.flaws.iter().map(|flaw| format!("{:?}", flaw.kind)).collect();
    words.extend(it.unknown_critical.iter().map(|oid| format!("critical {oid}")));
    words.extend((it.trailing > 0).then(|| "trailing bytes".to_owned()));
    words.sort();
    words.dedup();
    words
}

#[test]
fn faults_are_named() {
    let Some(folder) = corpus::folder("x509/x509test/certs") else { return };
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        found.insert(name, said(&fs::read(&path).unwrap()));
    }
    let mut complaints = String::new();
    for (name, said) in found.iter().filter(|(name, _)| name.starts_with("ok-")) {
        let known =
            known::HEALTHY.iter().find(|(known, ..)| known == name).map_or(&[][..], |(_, words, _)| *words);
        if said != known {
            let _ = writeln!(complaints, "(\"{name}\", &{said:?}, \"\"),");
        }
    }
    let mut named = 0;
    for (name, said) in found.iter().filter(|(name, _)| name.starts_with("xf-")) {
        let Some((_, word)) = known::NAMED.iter().find(|(known, _)| known == name) else {
            if !known::SILENT.iter().any(|(known, _)| known == name) {
                let _ = writeln!(complaints, "(\"{name}\", {said:?}),");
            }
            continue;
        };
        if said.iter().any(|found| found.starts_with(word)) {
            named += 1;
        } else {
            let _ = writeln!(complaints, "{name}: {word} is not among {said:?}");
        }
    }
    let faulty = found.keys().filter(|name| name.starts_with("xf-")).count();
    println!(
        "{named} of {faulty} faults are named, {} of {} healthy ones are silent",
        found.len() - faulty - known::HEALTHY.len(),
        found.len() - faulty
    );
    assert!(complaints.is_empty(), "\n{complaints}");
    assert_eq!(named, known::NAMED.len());
}

#[test]
fn the_page_says_so() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/suites.md")).unwrap();
    let (named, healthy) = (known::NAMED.len(), 38 - known::HEALTHY.len());
    assert!(page.contains(&format!("| {named} of 96 |")) && page.contains(&format!("| {healthy} of 38 |")));
}

#[test]
fn healthy_ones_are_refused_by_nobody_in_common_use() {
    let Some(folder) = corpus::folder("x509/x509test/certs") else { return };
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if !path.file_stem().unwrap().to_string_lossy().starts_with("ok-") {
            continue;
        }
        let it = Certificate::parse(&fs::read(&path).unwrap()).unwrap();
        let refused: Vec<FlawKind> =
            it.flaws.iter().filter(|it| it.refusal == Refusal::Common).map(|it| it.kind).collect();
        assert!(refused.is_empty(), "{}: {refused:?}", path.display());
    }
}
