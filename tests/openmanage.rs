//! OpenManage Enterprise from end to end: evidence decides who may speak, the corpus is explained line by line, and a
//! long log is read in parts.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{collections::BTreeSet, fs};

use tlslint::{
    check::{self, OpenManageProfile, Settings, Tree, UploadMode},
    finding::Finding,
    x509::Time,
};

#[path = "common/corpus.rs"]
mod corpus;

fn bytes(name: &str) -> Vec<u8> {
    fs::read(format!("{}/testdata/openmanage/pki/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn settings(profiles: Vec<OpenManageProfile>) -> Settings {
    Settings { openmanage: profiles, ..Settings::at(Time::parse("2026-11-22").unwrap()) }
}

fn profile(chain: &str, peer: Option<&str>) -> OpenManageProfile {
    OpenManageProfile {
        name: chain.to_owned(),
        request: None,
        chain: chain.to_owned(),
        mode: Some(UploadMode::Chain),
        peer: peer.map(str::to_owned),
        now: None,
    }
}

fn found(files: Vec<(String, Vec<u8>)>, settings: &Settings) -> Vec<Finding> {
    check::check(&Tree::in_memory(files), settings).findings
}

fn ours(findings: &[Finding]) -> Vec<&'static str> {
    findings.iter().map(|it| it.rule).filter(|it| it.starts_with("openmanage/")).collect()
}

/// Every file of the material, whatever is wrong with it.
fn material() -> Vec<(String, Vec<u8>)> {
    let folder = format!("{}/testdata/openmanage/pki", env!("CARGO_MANIFEST_DIR"));
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names.into_iter().map(|it| (format!("ome/{it}"), bytes(&it))).collect()
}

#[test]
fn without_evidence_no_rule_speaks() {
    assert_eq!(ours(&found(material(), &settings(Vec::new()))), [""; 0]);
}

#[test]
fn a_pair_is_compared_once_whoever_names_the_other() {
    let files = vec![
        ("a.pem".to_owned(), bytes("source.pem")),
        ("b.pem".to_owned(), bytes("target-other-intermediate.pem")),
    ];
    let both = settings(vec![profile("a.pem", Some("b.pem")), profile("b.pem", Some("a.pem"))]);
    assert_eq!(ours(&found(files, &both)), ["openmanage/peer-ca-mismatch"]);
}

#[test]
fn the_general_rules_leave_an_expired_chain_to_the_appliance() {
    let files = vec![("a.pem".to_owned(), bytes("expired.pem"))];
    let rules: Vec<&str> =
        found(files, &settings(vec![profile("a.pem", None)])).iter().map(|it| it.rule).collect();
    assert_eq!(rules, ["openmanage/validity"]);
}

#[test]
fn every_line_of_the_corpus_is_explained() {
    let Some(folder) = corpus::folder("appliances") else { return };
    let entries = fs::read_dir(&folder).unwrap();
    let mut told: Vec<String> = Vec::new();
    for entry in entries {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let text = fs::read(&path).unwrap();
        let findings = found(vec![(name.clone(), text)], &settings(Vec::new()));
        let rules: BTreeSet<&str> = ours(&findings).into_iter().collect();
        if !rules.is_empty() {
            assert!(name.starts_with("dell_"), "{name}: {rules:?}");
            let rules: Vec<&str> = rules.iter().map(|it| it.trim_start_matches("openmanage/")).collect();
            told.push(format!("{} {}: {}", name, ours(&findings).len(), rules.join(" ")));
        }
    }
    told.sort();
    assert_eq!(
        told,
        [
            "dell_ome_application.log 5: log-chain log-csr-key log-eku log-file log-key-encipherment",
            "dell_ome_application.log.wrapped.txt 5: log-chain log-csr-key log-eku log-file log-key-encipherment",
            "dell_ome_error_CSEC9002.json 1: log-file",
            "dell_ome_invalid.tasks.yaml 3: csr-payload upload-command",
            "dell_ome_invalid_san.tasks.yaml 5: csr-payload",
        ]
    );
}

#[test]
fn a_log_of_any_length_is_one_finding_a_cause() {
    let noise = "[INFO] 2026-01-25 11:10:34.001 [main] DeviceController - done\n".repeat(50);
    let refusal = "[ERROR] 2026-01-25 11:10:34.735 [x] SSLController - uploadNewCertificateChain(): Error uploading certificate chain: {\"error\":{\"@Message.ExtendedInfo\":[{\"MessageId\":\"CGEN1008\",\"MessageArgs\":[\"Invalid CSR key.\"],\"Severity\":\"Critical\"}]}}\n";
    let log = format!("{noise}{refusal}").repeat(1000);
    let findings = found(vec![("application.log".to_owned(), log.into_bytes())], &settings(Vec::new()));
    assert_eq!(ours(&findings), ["openmanage/log-csr-key"]);
    assert!(findings[0].message.contains("1000 times"), "{}", findings[0].message);
    assert_eq!(findings[0].related.len(), 10);
}
