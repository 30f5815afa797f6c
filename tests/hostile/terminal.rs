//! Names of files, contents of files, names in certificates and aliases in stores that try to act on a terminal, in
//! every command, every format, every error, and with `-v`.

use std::{fmt::Write as _, fs, path::Path};

use rcgen::{CertificateParams, DnType, KeyPair, date_time_ymd};
use sha1::{Digest, Sha1};
use tempfile::TempDir;
use tlslint::finding::visible::acts;

use super::disk::run;

const EVIL: &str = "\u{1b}[2J\u{1b}]0;x\u{7}\u{9b}31m\u{7f}\u{202e}\u{2066}z\u{200b}";

/// A Java keystore with one trusted certificate.
fn jks(alias: &str, der: &[u8], password: &str) -> Vec<u8> {
    let mut body = vec![0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2];
    body.extend((alias.len() as u16).to_be_bytes());
    body.extend(alias.as_bytes());
    body.extend([0; 8]);
    body.extend([0, 5]);
    body.extend(b"X.509");
    body.extend((der.len() as u32).to_be_bytes());
    body.extend(der);
    let mut seal = Sha1::new();
    seal.update(password.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>());
    seal.update(b"Mighty Aphrodite");
    seal.update(&body);
    body.extend(seal.finalize());
    body
}

fn tree() -> TempDir {
    let place = TempDir::new().unwrap();
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["other.example.com".to_owned()]).unwrap();
    for kind in [DnType::CommonName, DnType::OrganizationName] {
        params.distinguished_name.push(kind, format!("cn{EVIL}\r\ncn"));
    }
    (params.not_before, params.not_after) = (date_time_ymd(2026, 1, 1), date_time_ymd(2026, 11, 1));
    let certificate = params.self_signed(&key).unwrap();
    // Unix takes every byte in a name but two.
    let odd = if cfg!(unix) { format!("site{EVIL}\n::error::x") } else { "site".to_owned() };
    let write = |path: &str, bytes: &[u8]| {
        let path = place.path().join(&odd).join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    let conf = format!(
        "events {{}}\nhttp {{ server {{ listen 443 ssl; server_name \"w{EVIL}w\" www.example.com; ssl_certificate a.pem; \
         ssl_certificate_key a.key; ssl_protocols SSLv3 {EVIL}; # tlslint: ignore[cert/{EVIL}] {EVIL}\n }} \
         server {{ listen 444 ssl; ssl_certificate \"x{EVIL}.pem\"; ssl_certificate_key '{EVIL}'; {EVIL} }} }}\n"
    );
    write("etc/nginx/nginx.conf", conf.as_bytes());
    write("etc/nginx/a.pem", certificate.pem().as_bytes());
    write("etc/nginx/a.key", KeyPair::generate().unwrap().serialize_pem().as_bytes());
    write(
        "etc/nginx/broken.pem",
        format!("-----BEGIN CERTIFICATE-----\n{EVIL}\n-----END {EVIL}-----\n").as_bytes(),
    );
    write("etc/stores/a.jks", &jks(&format!("alias{EVIL}\r\n=1+1"), certificate.der(), "changeit"));
    write("org/env/prod/targetservers.json", format!(r#"[{{"name":"t{EVIL}","host":"h{EVIL}","port":443,"isEnabled":true,"sSLInfo":{{"enabled":"true","{EVIL}":1,"protocols":["SSL{EVIL}"]}}}},,]"#).as_bytes());
    write("apiproxy/targets/a.xml", format!("<TargetEndpoint name=\"{EVIL}\"><HTTPTargetConnection><SSLInfo><Enabled>{EVIL}</Enabled><{EVIL}/></SSLInfo><URL>https://{EVIL}/</URL></HTTPTargetConnection>").as_bytes());
    write("overrides.yaml", format!("org: acme\ninstanceID: one\nvirtualhosts:\n- name: \"{EVIL}\"\n  sslCertPath: \"{EVIL}\"\n  tlsMode: {EVIL}\n").as_bytes());
    write("node1/sslcert.txt", format!("C:\\>netsh http show sslcert\r\n\r\n    Hostname:port : {EVIL}:443\r\n    Certificate Hash : {EVIL}\r\n    Certificate Store Name : {EVIL}\r\n").as_bytes());
    write(
        "logs/application.log",
        format!("[ERROR] 2024-01-25 11:10:34.735 [pool-1] SSLService - {EVIL} CGEN6002 {EVIL}\n").as_bytes(),
    );
    place
}

/// Standard output, standard error, and files that were written: none of it acts.
fn nothing_acts(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    let mut said = String::from_utf8(output.stdout).unwrap();
    said.push_str(&String::from_utf8(output.stderr).unwrap());
    assert!(output.status.code().is_some(), "{arguments:?}: {said}");
    inert(&said, arguments);
    said
}

fn inert(said: &str, arguments: &[&str]) {
    let found = said.char_indices().find(|(_, c)| acts(*c) && !matches!(c, '\n' | '\r' | '\t'));
    if let Some((at, c)) = found {
        let mut around = String::new();
        let _ = write!(
            around,
            "{:?}",
            said[..at].chars().rev().take(80).collect::<Vec<_>>().iter().rev().collect::<String>()
        );
        panic!("{arguments:?} lets {c:?} through after {around}");
    }
}

#[test]
fn reports() {
    let place = tree();
    let mut told = 0;
    for format in
        ["full", "short", "json", "sarif", "github", "gitlab", "rdjson", "junit", "checkstyle", "markdown"]
    {
        let said = nothing_acts(place.path(), &["check", "--isolated", "-v", "--format", format, "."]);
        told += usize::from(said.contains("nginx.conf"));
    }
    assert_eq!(told, 10, "every format has something to tell");
    nothing_acts(place.path(), &["check", "--isolated", "--statistics", "."]);
}

#[test]
fn inventories_and_graphs() {
    let place = tree();
    for format in ["table", "json", "csv", "ics", "openmetrics", "cyclonedx", "cyclonedx-1.7"] {
        let said = nothing_acts(place.path(), &["inventory", "--isolated", "-v", "--format", format, "."]);
        assert!(
            said.contains("a.pem") || said.contains("a.jks") || said.contains("\\u{1b}"),
            "{format}: {said}"
        );
    }
    for format in ["dot", "mermaid", "json"] {
        nothing_acts(place.path(), &["graph", "--isolated", "-v", "--format", format, "."]);
    }
    nothing_acts(place.path(), &["graph", "--isolated", "--html", "page.html", "."]);
    inert(&fs::read_to_string(place.path().join("page.html")).unwrap(), &["page"]);
    nothing_acts(place.path(), &["graph", "--isolated", "--around", EVIL, "."]);
}

#[test]
fn errors() {
    let place = tree();
    for (name, text) in [
        ("tlslint.toml", format!("exclude = [\"a\"]\n\"x{EVIL}\" = 1 # {EVIL}\n")),
        ("tlslint.toml", format!("[rules]\n\"cert/expired\" = \"{EVIL}\" # {EVIL}\n")),
        ("tlslint.toml", format!("[[ignore]]\nrule = \"{EVIL}\"\nreason = \"{EVIL}\"\n")),
        ("tlslint.toml", format!("not toml {EVIL}\n")),
        ("baseline.json", format!("{{ {EVIL}\n")),
        ("passwords.toml", format!("{EVIL}\n")),
        (".gitignore", format!("[{EVIL}\n\\\n**{EVIL}[z-a]\n")),
        (".tlslintignore", format!("[{EVIL}\n{{a,{EVIL}\n")),
    ] {
        fs::write(place.path().join(name), text).unwrap();
        let arguments: &[&str] = match name {
            "baseline.json" => &["check", "--isolated", "--baseline", name, "."],
            "passwords.toml" => &["check", "--isolated", "--passwords", name, "."],
            _ => &["check", "."],
        };
        fs::create_dir_all(place.path().join(".git")).unwrap();
        nothing_acts(place.path(), arguments);
        fs::remove_file(place.path().join(name)).unwrap();
    }
    let odd = format!("nothing{EVIL}");
    nothing_acts(place.path(), &["check", &odd]);
    nothing_acts(place.path(), &["check", "--config", &odd, "."]);
    nothing_acts(place.path(), &["check", "--baseline", &odd, "."]);
    nothing_acts(place.path(), &["check", "--passwords", &odd, "."]);
    nothing_acts(place.path(), &["check", "--select", &odd, "."]);
    nothing_acts(place.path(), &["explain", &odd]);
    nothing_acts(place.path(), &["check", "--changed-since", &odd, "."]);
}
