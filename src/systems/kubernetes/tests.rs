//! Which values are taken, which are left alone, and what is never shown.

use super::{super::Probe, read, recognise};
use crate::{
    model::Facts,
    source::{FileId, Source},
    systems::Input,
};

fn facts(text: &str) -> (Source, Facts) {
    read(&Input { file: FileId(0), path: "x.yaml", bytes: text.as_bytes() })
}

fn pem(name: &str) -> String {
    let path = format!("{}/testdata/pki/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

fn base64(name: &str) -> String {
    data_encoding::BASE64.encode(pem(name).as_bytes())
}

/// A text as a block scalar below a key.
fn block(text: &str, indent: usize) -> String {
    let indent = " ".repeat(indent);
    text.lines().fold("|\n".to_owned(), |all, line| format!("{all}{indent}{line}\n"))
}

#[test]
fn lists_and_config_maps_are_read() {
    let text = format!(
        "apiVersion: v1\nkind: List\nitems:\n- kind: Secret\n  metadata:\n    name: a\n  data:\n    tls.crt: {}\n    tls.key: {}\n- \
         kind: ConfigMap\n  metadata:\n    name: b\n  data:\n    ca.crt: {}",
        base64("server.pem"),
        base64("server.key"),
        block(&pem("ca-chain.pem"), 6),
    );
    let (source, facts) = facts(&text);
    let unit = facts.kubernetes.unwrap();
    let titles: Vec<String> = unit.kept.iter().map(super::Kept::title).collect();
    assert_eq!(titles, ["secret `a`", "config map `b`"]);
    assert_eq!(facts.holding.unwrap().items.len(), 4);
    assert!(!source.text.contains(&base64("server.key")[..40]));
    assert!(source.text.contains("BEGIN CERTIFICATE"), "a config map is no secret");
}

#[test]
fn what_is_encrypted_or_templated_is_left_alone() {
    let crt = base64("server.pem");
    for text in [
        format!("apiVersion: v1\nkind: Secret\nsops: {{}}\ndata:\n  tls.crt: {crt}\n"),
        format!("apiVersion: v1\nkind: SealedSecret\ndata:\n  tls.crt: {crt}\n"),
        "apiVersion: v1\nkind: Secret\ndata:\n  tls.crt: {{ .Values.crt }} # LS0tLS1CRUdJTi\n".to_owned(),
        "apiVersion: v1\nkind: Secret\ndata:\n  tls.crt: LS0tLS1CRUdJTi\n".to_owned(),
        "apiVersion: v1\nkind: ConfigMap\ndata:\n  a.conf: |\n    x\n    -----BEGIN CERTIFICATE-----\n"
            .to_owned(),
    ] {
        assert!(facts(&text).1.holding.is_none(), "{text}");
    }
}

#[test]
fn files_are_known_by_what_they_hold() {
    let known = |path: &str, text: &str| recognise(&Probe { path, head: text.as_bytes(), text: Some(text) });
    assert!(known("a.yaml", "# Source: x\napiVersion: v1\nkind: ConfigMap\n"));
    assert!(known("a.yml", "apiVersion: v1\nkind: ServiceAccount\n---\n"));
    assert!(!known("a.json", "{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\"}"));
    assert!(!known("a.yaml", "name: x\nkind: y\n"));
}
