//! Overrides of Apigee hybrid take part in the rules that know no system: what their paths lead to is judged by the
//! ingress gateway that shows it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;

use tlslint::{
    check::{self, Settings, Tree},
    x509::Time,
};

const CHART: &str = "apiVersion: v2\nname: apigee-virtualhost\nversion: 1.16.0\n";

fn pki(name: &str) -> Vec<u8> {
    fs::read(format!("{}/testdata/pki/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// What is found, as `rule: message`, sorted as it is reported.
fn found(files: &[(&str, &[u8])]) -> Vec<String> {
    let tree =
        Tree::in_memory(files.iter().map(|(path, body)| ((*path).to_owned(), body.to_vec())).collect());
    let settings = Settings::at(Time::parse("2026-11-22").unwrap());
    let report = check::check(&tree, &settings);
    report.findings.iter().map(|it| format!("{}: {}", it.rule, it.message)).collect()
}

/// Overrides with one virtual host, and its certificate and key in the chart.
fn with(host: &str, certificate: &[&str], key: &str) -> Vec<String> {
    let overrides = format!(
        "org: acme\nvirtualhosts:\n- name: prod\n  sslCertPath: certs/a.pem\n  sslKeyPath: ./certs/a.key\n{host}"
    );
    let chain: Vec<u8> = certificate.iter().flat_map(|it| pki(it)).collect();
    found(&[
        ("overrides.yaml", overrides.as_bytes()),
        ("apigee-virtualhost/Chart.yaml", CHART.as_bytes()),
        ("apigee-virtualhost/certs/a.pem", &chain),
        ("apigee-virtualhost/certs/a.key", &pki(key)),
        ("apigee-virtualhost/certs/clients.pem", &pki("ca-chain.pem")),
    ])
}

#[test]
fn what_is_sound_is_silent() {
    let none: [String; 0] = [];
    assert_eq!(with("", &["server-fullchain.pem"], "server.key"), none);
    let mutual = "  caCertPath: certs/clients.pem\n  tlsMode: MUTUAL\n";
    assert_eq!(with(mutual, &["server-fullchain.pem"], "server.key"), none);
}

#[test]
fn certificates_are_judged_where_they_are_shown() {
    let expired = with("", &["expired.pem", "inter.pem"], "expired.key");
    assert!(expired[0].starts_with("cert/expired: "), "{expired:?}");
    assert!(expired[0].contains("virtual host `prod` of `acme`"), "{expired:?}");
    let other = with("", &["server-fullchain.pem"], "other.key");
    assert!(other.len() == 1 && other[0].starts_with("key/mismatch: "), "{other:?}");
    let gap = with("", &["server.pem"], "server.key");
    assert!(gap.len() == 1 && gap[0].starts_with("chain/missing-issuer: "), "{gap:?}");
}

#[test]
fn host_names_of_version_1_2_are_compared() {
    let fits =
        with("  hostAliases: [www.example.com, \"$HOST\", \"*\"]\n", &["server-fullchain.pem"], "server.key");
    assert!(fits.iter().all(|it| it.starts_with("apigee/legacy-vintage: ")), "{fits:?}");
    let other = with("  hostAliases: [api.example.org]\n", &["server-fullchain.pem"], "server.key");
    assert!(other.iter().any(|it| it.starts_with("cert/name-mismatch: ")), "{other:?}");
}

#[test]
fn a_file_is_missing_from_the_chart_alone() {
    let overrides =
        b"org: acme\nvirtualhosts:\n- name: prod\n  sslCertPath: certs/b.pem\n  sslKeyPath: certs/a.key\n";
    let missing = found(&[
        ("overrides.yaml", overrides),
        ("apigee-virtualhost/Chart.yaml", CHART.as_bytes()),
        ("apigee-virtualhost/certs/a.pem", &pki("server-fullchain.pem")),
        ("apigee-virtualhost/certs/a.key", &pki("server.key")),
    ]);
    assert!(missing[0].starts_with("ref/missing-file: `sslCertPath` names `certs/b.pem`"), "{missing:?}");
    assert!(missing[0].contains("empty secret"), "{missing:?}");
    // Without a chart nobody knows where the paths start.
    let guess = found(&[("overrides.yaml", overrides), ("certs/a.key", &pki("server.key"))]);
    assert!(guess.is_empty(), "{guess:?}");
}

#[test]
fn a_secret_beside_files_takes_them_out_of_use() {
    let ignored = with("  sslSecret: prod-tls\n", &["expired.pem", "inter.pem"], "other.key");
    assert!(ignored.iter().any(|it| it.starts_with("apigee/vh-both: ")), "{ignored:?}");
    assert!(!ignored.iter().any(|it| it.starts_with("key/mismatch")), "{ignored:?}");
}

#[test]
fn host_names_of_an_environment_group_are_compared() {
    let overrides =
        b"org: acme\nvirtualhosts:\n- name: prod\n  sslCertPath: certs/a.pem\n  sslKeyPath: certs/a.key\n";
    let judge = |host: &str| {
        let groups = format!("[{{\"name\": \"prod\", \"hostnames\": [\"{host}\"]}}]");
        found(&[
            ("overrides.yaml", overrides),
            ("envgroups.json", groups.as_bytes()),
            ("certs/a.pem", &pki("server-fullchain.pem")),
            ("certs/a.key", &pki("server.key")),
        ])
    };
    assert!(judge("www.example.com").is_empty(), "{:?}", judge("www.example.com"));
    let other = judge("api.example.org");
    assert!(other.len() == 1 && other[0].starts_with("cert/name-mismatch: "), "{other:?}");
}
