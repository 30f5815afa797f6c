//! How long a tree of virtual hosts takes, each with a certificate and key of its own: ten times as many against one,
//! and, where nginx is on the path, `nginx -t` over the same tree in the same run. Whole processes are timed, in turn,
//! and medians compared; nothing passes or fails by a clock.
//!
//! `cargo bench --bench nginx_tree` (2,000 and 20,000 hosts), or with other sizes as arguments.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark prints and may stop")]

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};

/// How often each command runs; the median counts.
const RUNS: usize = 7;

fn main() {
    let sizes: Vec<usize> = std::env::args().skip(1).filter_map(|word| word.parse().ok()).collect();
    let sizes = if sizes.is_empty() { vec![2_000, 20_000] } else { sizes };
    let trees: Vec<(usize, PathBuf)> = sizes.iter().map(|size| (*size, tree(*size))).collect();
    let mut medians = Vec::new();
    for (size, folder) in &trees {
        let median = median(RUNS, || run(tlslint(folder)));
        println!("{size:>7} hosts: tlslint {:>8.3} s", median.as_secs_f64());
        medians.push(median);
    }
    if let ([first, .., last], [(few, _), .., (many, _)]) = (&medians[..], &trees[..]) {
        println!(
            "{many} hosts against {few}: {:.2} times the time",
            last.as_secs_f64() / first.as_secs_f64()
        );
    }
    if Command::new("nginx").arg("-v").stderr(Stdio::null()).status().is_err() {
        println!("skipped nginx: it is not on the path");
        return;
    }
    let (size, folder) = &trees[0];
    let nginx = median(3, || run(nginx(folder)));
    println!(
        "{size:>7} hosts: nginx -t {:>7.3} s, {:.1} times tlslint",
        nginx.as_secs_f64(),
        nginx.as_secs_f64() / medians[0].as_secs_f64()
    );
}

fn tlslint(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tlslint"));
    command
        .args(["check", "--isolated", "--as-of", "2026-11-22", "--format", "json", "--exit-zero"])
        .arg(folder);
    command
}

fn nginx(folder: &Path) -> Command {
    let mut command = Command::new("nginx");
    command.args(["-t", "-c", "nginx.conf", "-p"]).arg(folder);
    command
}

fn run(mut command: Command) -> Duration {
    let began = Instant::now();
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    let took = began.elapsed();
    assert!(status.success(), "{command:?} failed: {status}");
    took
}

fn median(runs: usize, mut once: impl FnMut() -> Duration) -> Duration {
    once();
    let mut all: Vec<Duration> = (0..runs).map(|_| once()).collect();
    all.sort();
    all[runs / 2]
}

/// A server with `size` virtual hosts, made once and kept below `target/`.
fn tree(size: usize) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("hosts-{size}"));
    if folder.join("nginx.conf").exists() {
        return folder;
    }
    let (authority, issuer) = authority();
    let rsa = rsa_keys(&folder);
    for part in ["sites", "ssl"] {
        fs::create_dir_all(folder.join(part)).unwrap();
    }
    for number in 0..size {
        let host = format!("host-{number:06}.example.com");
        let (chain, key) = leaf(&host, &issuer, number, &rsa);
        fs::write(folder.join(format!("ssl/{host}.pem")), format!("{chain}{authority}")).unwrap();
        let path = folder.join(format!("ssl/{host}.key"));
        fs::write(&path, key).unwrap();
        #[cfg(unix)]
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        fs::write(folder.join(format!("sites/{host}.conf")), site(&host)).unwrap();
    }
    let main = "pid nginx.pid;\nerror_log stderr;\nevents {}\nhttp {\n    access_log off;\n    server_names_hash_max_size 65536;\n    server_names_hash_bucket_size 128;\n    include sites/*.conf;\n}\n";
    fs::write(folder.join("nginx.conf"), main).unwrap();
    folder
}

/// What a virtual host of an ordinary server looks like.
fn site(host: &str) -> String {
    let mut text = String::new();
    let _ = writeln!(
        text,
        "# {host}\nserver {{\n    listen 8080;\n    server_name {host};\n    return 301 https://$host$request_uri;\n}}\n"
    );
    let _ = writeln!(
        text,
        "server {{\n    listen 8443 ssl;\n    listen [::]:8443 ssl;\n    server_name {host};\n    ssl_certificate ssl/{host}.pem;\n    ssl_certificate_key ssl/{host}.key;\n    ssl_protocols TLSv1.2 TLSv1.3;\n    add_header Strict-Transport-Security \"max-age=63072000\" always;\n\n    location / {{\n        proxy_pass http://127.0.0.1:3000;\n        proxy_set_header Host $host;\n        proxy_set_header X-Forwarded-Proto $scheme;\n    }}\n    location /static/ {{\n        root /srv/www;\n        expires 30d;\n    }}\n}}"
    );
    text
}

fn authority() -> (String, Issuer<'static, KeyPair>) {
    let root_key = KeyPair::generate().unwrap();
    let root = Issuer::new(authority_params("Bench Root CA"), root_key);
    let key = KeyPair::generate().unwrap();
    let params = authority_params("Bench Issuing CA");
    let certificate = params.signed_by(&key, &root).unwrap();
    (certificate.pem(), Issuer::new(params, key))
}

fn authority_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    (params.not_before, params.not_after) = (date_time_ymd(2026, 1, 1), date_time_ymd(2036, 1, 1));
    params
}

/// RSA keys made by the `openssl` program, since ring makes none. Few are made and used in turn: what is measured
/// reads every file, and nobody compares keys with each other.
fn rsa_keys(folder: &Path) -> Vec<String> {
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
fn leaf(host: &str, issuer: &Issuer<'static, KeyPair>, number: usize, rsa: &[String]) -> (String, String) {
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
