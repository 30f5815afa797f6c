//! What the benchmarks share: certificates made outside of what is measured, and whole processes timed.

#![allow(dead_code, reason = "no benchmark needs all of it")]

use std::{
    fmt::Write as _,
    fs,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};

/// How often each command runs; the median counts.
pub(crate) const RUNS: usize = 7;

pub(crate) fn tlslint(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tlslint"));
    command
        .args(["check", "--isolated", "--as-of", "2026-11-22", "--format", "json", "--exit-zero"])
        .arg(folder);
    command
}

pub(crate) fn run(mut command: Command) -> Duration {
    let began = Instant::now();
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    let took = began.elapsed();
    assert!(status.success(), "{command:?} failed: {status}");
    took
}

pub(crate) fn median(runs: usize, mut once: impl FnMut() -> Duration) -> Duration {
    once();
    let mut all: Vec<Duration> = (0..runs).map(|_| once()).collect();
    all.sort();
    all[runs / 2]
}

/// A root that signs itself, as PEM.
pub(crate) fn root(name: &str) -> String {
    authority_params(name).self_signed(&KeyPair::generate().unwrap()).unwrap().pem()
}

/// An issuing authority below a root that is not given, as PEM and to sign with.
pub(crate) fn authority() -> (String, Issuer<'static, KeyPair>) {
    let root_key = KeyPair::generate().unwrap();
    let root = Issuer::new(authority_params("Bench Root CA"), root_key);
    let key = KeyPair::generate().unwrap();
    let params = authority_params("Bench Issuing CA");
    let certificate = params.signed_by(&key, &root).unwrap();
    (certificate.pem(), Issuer::new(params, key))
}

pub(crate) fn authority_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    (params.not_before, params.not_after) = (date_time_ymd(2026, 1, 1), date_time_ymd(2036, 1, 1));
    params
}

/// RSA keys made by the `openssl` program, since ring makes none. Few are made and used in turn: what is measured
/// reads every file, and nobody compares keys with each other.
pub(crate) fn rsa_keys(folder: &Path) -> Vec<String> {
    fs::create_dir_all(folder).unwrap();
    let make = || {
        let made = Command::new("openssl")
            .args(["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"])
            .stderr(Stdio::null())
            .output();
        made.ok().filter(|it| it.status.success()).and_then(|it| String::from_utf8(it.stdout).ok())
    };
    let keys: Vec<String> = (0..20).map_while(|_| make()).collect();
    if keys.is_empty() {
        println!("openssl is not on the path: all keys are EC");
    }
    keys
}

/// Every second certificate is for an RSA key, where there are any.
pub(crate) fn leaf(
    host: &str,
    issuer: &Issuer<'static, KeyPair>,
    number: usize,
    rsa: &[String],
) -> (String, String) {
    let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, host);
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    (params.not_before, params.not_after) = (date_time_ymd(2026, 1, 1), date_time_ymd(2027, 1, 1));
    let key = match rsa.get(number / 2 % rsa.len().max(1)).filter(|_| number.is_multiple_of(2)) {
        Some(text) => KeyPair::from_pem(text).unwrap(),
        None => KeyPair::generate().unwrap(),
    };
    (params.signed_by(&key, issuer).unwrap().pem(), key.serialize_pem())
}

/// A record of http.sys as `netsh http show sslcert` prints it, of IIS.
pub(crate) fn record(text: &mut String, label: &str, key: &str, hash: &str, store: &str) {
    let lines = [
        (label, key),
        ("Certificate Hash", hash),
        ("Application ID", "{4dc3e181-e14b-4a21-b022-59fc669b0914}"),
        ("Certificate Store Name", store),
        ("Verify Client Certificate Revocation", "Enabled"),
        ("Verify Revocation Using Cached Client Certificate Only", "Disabled"),
        ("Usage Check", "Enabled"),
        ("Revocation Freshness Time", "0"),
        ("URL Retrieval Timeout", "0"),
        ("Ctl Identifier", "(null)"),
        ("Ctl Store Name", "(null)"),
        ("DS Mapper Usage", "Disabled"),
        ("Negotiate Client Certificate", "Disabled"),
        ("Reject Connections", "Disabled"),
    ];
    for (name, value) in lines {
        let _ = write!(text, "    {name:<29}: {value}\r\n");
    }
    text.push_str("\r\n");
}
