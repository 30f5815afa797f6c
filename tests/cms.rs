//! Cisco Meeting Server as a whole: the story of `testdata/cms`, its healthy twin, and what a corpus of real consoles
//! gives.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{collections::BTreeMap, fs, path::Path};

use tlslint::{
    check::{self, Settings, Tree},
    finding::{Finding, Level},
    rules::CARDS,
    x509::Time,
};

#[path = "common/corpus.rs"]
mod corpus;

fn collect(folder: &Path, below: &str, files: &mut Vec<(String, Vec<u8>)>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(Result::unwrap).collect();
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = format!("{below}{}", entry.file_name().to_str().unwrap());
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{name}/"), files);
        } else {
            files.push((name, fs::read(entry.path()).unwrap()));
        }
    }
}

fn check(files: Vec<(String, Vec<u8>)>) -> Vec<Finding> {
    let settings = Settings::at(Time::parse("2026-11-22").unwrap());
    let mut found = check::check(&Tree::in_memory(files), &settings).findings;
    // As a run does that asks for no rule by its name.
    found.retain(|finding| CARDS.iter().any(|card| card.id == finding.rule && card.enabled));
    found
}

fn tree(name: &str) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/cms").join(name), "", &mut files);
    files
}

#[test]
fn every_mistake_of_the_story_is_told_once() {
    let found = check(tree("broken"));
    let mut rules: BTreeMap<&str, usize> = BTreeMap::new();
    for it in &found {
        *rules.entry(it.rule).or_default() += 1;
    }
    let expected = [
        ("cert/expired", 1),
        ("cert/purpose", 1),
        ("cms/arity", 1),
        ("cms/bundle-final-newline", 1),
        ("cms/c2w-trust", 1),
        ("cms/csr-overwrites-live", 1),
        ("cms/db-client-cn", 1),
        ("cms/db-order", 1),
        ("cms/db-short-form-on-member", 1),
        ("cms/fullchain-lacks-root", 1),
        ("cms/no-restart", 1),
        ("cms/status-failure", 1),
    ];
    let told: Vec<String> = found.iter().map(|it| format!("{}: {}", it.rule, it.message)).collect();
    assert_eq!(rules.into_iter().collect::<Vec<_>>(), expected, "{told:#?}");
    let expired = found.iter().find(|it| it.rule == "cert/expired").unwrap();
    assert!(expired.help.starts_with("plan an outage: note which node is the primary"), "{}", expired.help);
    assert_eq!(expired.level, Level::Error);
}

#[test]
fn the_healthy_twin_is_silent() {
    let told: Vec<String> =
        check(tree("repaired")).iter().map(|it| format!("{}: {}", it.rule, it.message)).collect();
    assert!(told.is_empty(), "{told:#?}");
}

/// One change to the healthy tree, and what it gives.
fn changed(path: &str, change: impl Fn(&[u8]) -> Option<Vec<u8>>) -> Vec<String> {
    let files = tree("repaired");
    assert!(files.iter().any(|(it, _)| it == path), "{path}");
    let files = files
        .into_iter()
        .filter_map(
            |(it, bytes)| {
                if it == path { change(&bytes).map(|bytes| (it, bytes)) } else { Some((it, bytes)) }
            },
        )
        .collect();
    check(files).iter().map(|it| format!("{} {}", it.rule, it.level.word())).collect()
}

#[test]
fn general_rules_speak_of_its_files() {
    assert_eq!(changed("core1/core1.key", |_| Some(fs_key("pki/other.key"))), ["key/mismatch error"]);
    assert_eq!(changed("core2/bundle.crt", |_| None), ["ref/missing-file warning"]);
    let reversed = |bytes: &[u8]| {
        let text = std::str::from_utf8(bytes).unwrap();
        let cut = text.rfind("-----BEGIN").unwrap();
        Some(format!("{}{}", &text[cut..], &text[..cut]).into_bytes())
    };
    assert_eq!(changed("core3/bundle.crt", reversed), ["chain/order warning"]);
    let without_intermediate = |bytes: &[u8]| {
        let text = std::str::from_utf8(bytes).unwrap();
        Some(text.as_bytes()[text.rfind("-----BEGIN").unwrap()..].to_vec())
    };
    assert_eq!(changed("core3/bundle.crt", without_intermediate), ["chain/missing-issuer error"]);
    let leaf_below = |bytes: &[u8]| {
        let text = std::str::from_utf8(bytes).unwrap();
        let cut = text.match_indices("-----BEGIN").nth(1).unwrap().0;
        Some(format!("{}{}", &text[cut..], &text[..cut]).into_bytes())
    };
    assert_eq!(changed("edge1/edge1-fullchain.crt", leaf_below), ["chain/order error"]);
}

fn fs_key(path: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(path)).unwrap()
}

#[test]
fn nodes_and_files_in_another_order_give_the_same() {
    let text = |files: Vec<(String, Vec<u8>)>| -> Vec<String> {
        check(files).iter().map(|it| format!("{it:?}")).collect()
    };
    let mut files = tree("broken");
    let first = text(files.clone());
    files.reverse();
    assert_eq!(first, text(files));
}

#[test]
fn real_consoles_are_read() {
    let Some(corpus) = corpus::folder("appliances") else { return };
    let mut files = Vec::new();
    collect(&corpus, "", &mut files);
    let found = check(files.into_iter().filter(|(path, _)| path.starts_with("cms_")).collect());
    let at = |rule: &str| found.iter().filter(|it| it.rule == rule).count();
    assert_eq!(at("cms/unknown-attr"), 1, "the misspelt attribute");
    assert_eq!(at("cms/cn-bad-wildcard"), 1);
    assert_eq!(at("cms/db-client-cn"), 1, "`postgrest`");
    assert_eq!(at("cms/arity"), 2, "`certs` forgotten, and two commands on one line");
    assert_eq!(at("cms/no-bundle"), 1);
    assert!(found.iter().all(|it| it.rule.starts_with("cms/")), "{found:#?}");
}
