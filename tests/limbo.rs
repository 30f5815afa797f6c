//! The verifier and the whole product against the cases of x509-limbo: what is refused there must be refused here, and
//! what is accepted must be accepted. Every case that differs stands in a table with its reason, so that a change in
//! either direction fails.
//!
//! The cases lie beside the repository (`../shared/corpus/x509/limbo`) or where `TLSLINT_CORPUS` says; without them these
//! tests say that they skip.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test says what it skips, and stops where it cannot go on"
)]

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use tlslint::{
    check::{self, Reading, Settings, Tree},
    finding::Level,
    model::{
        CertId, ItemKind, Model, Role,
        verify::{Answer, Profile, Question},
    },
    x509::{RevocationList, Time},
};

#[path = "common/corpus.rs"]
mod corpus;
#[path = "limbo/known.rs"]
mod known;

/// "Today" of a case that does not say.
const TODAY: &str = "2026-11-22";

struct Case {
    id: String,
    accepted: bool,
    role: Role,
    at: Time,
    host: Option<String>,
    folder: PathBuf,
}

fn cases() -> Vec<Case> {
    let Some(folder) = corpus::folder("x509/limbo") else { return Vec::new() };
    let index = fs::read_to_string(folder.join("INDEX.tsv")).unwrap();
    let line = |line: &str| {
        let fields: Vec<&str> = line.split('\t').collect();
        let host = fields[5].split_once(':').map(|(_, host)| host.to_owned()).filter(|host| !host.is_empty());
        let when = if fields[4].is_empty() { TODAY } else { fields[4] };
        Case {
            id: fields[0].to_owned(),
            accepted: fields[1] == "SUCCESS",
            role: if fields[2] == "CLIENT" { Role::Client } else { Role::Server },
            at: Time::parse(when).unwrap(),
            host,
            folder: folder.join(fields[0].replace("::", "__")),
        }
    };
    index.lines().skip(1).map(line).collect()
}

/// The certificates as a server would hold them, with a configuration that names them.
fn tree(case: &Case) -> Tree<'static> {
    let part = |name: &str| fs::read(case.folder.join(name)).unwrap_or_default();
    let chain = [part("leaf.pem"), b"\n".to_vec(), part("chain.pem")].concat();
    let host = case.host.as_deref().unwrap_or("localhost");
    let shown = match case.role {
        Role::Server => format!(
            "        listen 443 ssl;\n        server_name {host};\n        ssl_certificate chain.pem;\n        ssl_certificate_key leaf.key;\n"
        ),
        Role::Client => "        listen 80;\n        location / {\n            proxy_pass https://backend.example.com;\n            proxy_ssl_certificate chain.pem;\n            proxy_ssl_certificate_key leaf.key;\n        }\n".to_owned(),
    };
    let mut files = vec![
        (
            "nginx/nginx.conf".to_owned(),
            format!("events {{}}\nhttp {{\n    server {{\n{shown}    }}\n}}\n").into_bytes(),
        ),
        ("nginx/chain.pem".to_owned(), chain),
        ("nginx/ca.pem".to_owned(), part("ca.pem")),
    ];
    for name in ["leaf.key", "crl0.pem", "crl1.pem"] {
        let bytes = part(name);
        if !bytes.is_empty() {
            files.push((format!("nginx/{name}"), bytes));
        }
    }
    Tree::in_memory(files)
}

fn reading(case: &Case) -> Reading {
    check::read(&tree(case), &Settings::at(case.at))
}

fn ids(model: &Model, path: &str) -> Vec<CertId> {
    let file = model.paths.find(path).unwrap();
    model.materials.in_file(file).into_iter().map(|(id, _)| id).collect()
}

fn profile(case: &Case) -> Profile {
    let base = if case.id.starts_with("webpki::") || case.id.starts_with("online::") {
        Profile::RUSTLS
    } else {
        Profile::PYTHON
    };
    // The limit of the cases about it stands in their names.
    let limit = case.id.strip_prefix("pathlen::max-chain-depth-").and_then(|rest| rest.chars().next());
    Profile { depth: limit.map_or(base.depth, |digit| digit.to_digit(10).map(|it| it as usize)), ..base }
}

fn ask(case: &Case, model: &Model) -> Option<Answer> {
    let sent = ids(model, "nginx/chain.pem");
    let anchors = ids(model, "nginx/ca.pem");
    let hosts: Vec<&str> = case.host.as_deref().into_iter().collect();
    let holdings = model.materials.holdings().flat_map(|(_, holding)| &holding.items);
    let lists: Vec<&RevocationList> = holdings
        .filter_map(|item| match &item.kind {
            ItemKind::RevocationList(list) => Some(&**list),
            _ => None,
        })
        .collect();
    Some(model.verify(Question {
        lists: &lists,
        leaf: *sent.first()?,
        sent: &sent,
        anchors: &anchors,
        at: case.at,
        role: Some(case.role),
        hosts: &hosts,
        profile: &profile(case),
    }))
}

/// `name: what differs` for every case, against a table of those that are known to differ.
fn compare(found: &BTreeMap<String, String>, known: &[(&str, &str)]) -> String {
    let mut out = String::new();
    for (id, what) in found {
        if !known.iter().any(|(known, _)| known == id) {
            let _ = writeln!(out, "differs       {id}: {what}");
        }
    }
    for (id, reason) in known.iter().filter(|(id, _)| !found.contains_key(*id)) {
        let _ = writeln!(out, "agrees by now {id} (was: {reason})");
    }
    out
}

#[test]
fn the_verifier_agrees() {
    let cases = cases();
    let mut differs = BTreeMap::new();
    for case in &cases {
        let Reading { model, .. } = reading(case);
        let answer = ask(case, &model);
        let accepted = answer.as_ref().is_some_and(Answer::accepted);
        if accepted != case.accepted {
            let why = answer.map(|it| it.faults.iter().map(|it| it.reason.to_string()).collect::<Vec<_>>());
            differs.insert(
                case.id.clone(),
                format!("accepted here: {accepted}, {}", why.unwrap_or_default().join("; ")),
            );
        }
    }
    println!("{} of {} cases agree", cases.len() - differs.len(), cases.len());
    if !cases.is_empty() {
        let complaints = compare(&differs, known::VERIFIER);
        assert!(complaints.is_empty(), "\n{complaints}");
        assert_eq!(cases.len() - differs.len(), known::VERIFIER_AGREES);
    }
}

#[test]
fn reasons_are_the_right_ones() {
    let cases = cases();
    for (id, word) in known::REASONS {
        let Some(case) = cases.iter().find(|it| it.id == *id) else { continue };
        let Reading { model, .. } = reading(case);
        let answer = ask(case, &model).unwrap();
        let words: Vec<&str> = answer.faults.iter().map(|it| it.reason.word()).collect();
        assert!(words.contains(word), "{id}: {words:?} lacks {word}");
    }
}

/// Through everything: a configuration that names the files, judged at the time of the case.
#[test]
fn the_product_agrees() {
    let cases = cases();
    let mut differs = BTreeMap::new();
    for case in &cases {
        let errors = errors(case);
        if errors.is_empty() != case.accepted {
            differs.insert(case.id.clone(), format!("errors: {}", errors.join("; ")));
        }
    }
    println!("{} of {} cases agree through the whole product", cases.len() - differs.len(), cases.len());
    if !cases.is_empty() {
        let complaints = compare(&differs, known::PRODUCT);
        assert!(complaints.is_empty(), "\n{complaints}");
        assert_eq!(cases.len() - differs.len(), known::PRODUCT_AGREES);
    }
}

#[test]
fn the_page_says_so() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/suites.md")).unwrap();
    for agrees in [known::VERIFIER_AGREES, known::PRODUCT_AGREES] {
        assert!(page.contains(&format!("| {agrees} of 208 |")), "docs/suites.md does not say {agrees}");
    }
}

/// Findings of level error about certificates and chains.
fn errors(case: &Case) -> Vec<String> {
    let report = check::check(&tree(case), &Settings::at(case.at));
    let ours = |rule: &str| ["cert/", "chain/", "trust/", "pem/"].iter().any(|group| rule.starts_with(group));
    let errors = report.findings.iter().filter(|it| it.level == Level::Error && ours(it.rule));
    errors.map(|it| format!("{} {}", it.rule, it.message)).collect()
}
