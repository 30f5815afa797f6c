//! Small servers, made here, judged by real `nginx -t` and by tlslint; and chains, judged by real `openssl verify`
//! and by tlslint. Where both speak they must agree. Without the programs the tests say that they skipped.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;

/// Rules whose findings say that nginx does not start. Where one of them speaks at level error, `nginx -t` must refuse.
const REFUSALS: &[&str] = &[
    "cert/weak-key",
    "cert/weak-signature",
    "key/mismatch",
    "nginx/cert-without-key",
    "nginx/ciphers-no-match",
    "nginx/client-verify-no-ca",
    "nginx/config-bom",
    "nginx/directive-context",
    "nginx/duplicate-default-server",
    "nginx/duplicate-directive",
    "nginx/encrypted-key-no-password",
    "nginx/include-cycle",
    "nginx/include-dir",
    "nginx/password-file-no-match",
    "nginx/proxy-verify-no-ca",
    "nginx/relative-path-base",
    "nginx/syntax",
    "nginx/ticket-key-size",
    "pem/glued-blocks",
    "pem/indented",
    "pem/malformed",
    "pem/not-pem",
    "ref/missing-file",
    "ref/wrong-kind",
    "tls/unknown-protocol",
    "trust/empty",
];

/// A server by the inside of its `http` block; files come from `testdata/pki`, named `pki/…`.
struct Case {
    name: &'static str,
    http: &'static str,
    /// Text of further files.
    files: &'static [(&'static str, &'static str)],
}

const fn case(name: &'static str, http: &'static str) -> Case {
    Case { name, http, files: &[] }
}

const CASES: &[Case] = &[
    case(
        "healthy",
        "server { listen 8443 ssl; server_name www.example.com; ssl_certificate pki/server-fullchain.pem; ssl_certificate_key pki/server.key; }",
    ),
    case(
        "rsa",
        "server { listen 8443 ssl; server_name www.example.com; ssl_certificate pki/server-rsa-fullchain.pem; ssl_certificate_key pki/server-rsa.key; }",
    ),
    case(
        "certificate missing",
        "server { listen 8443 ssl; ssl_certificate pki/nope.pem; ssl_certificate_key pki/server.key; }",
    ),
    case(
        "key missing",
        "server { listen 8443 ssl; ssl_certificate pki/server.pem; ssl_certificate_key pki/nope.key; }",
    ),
    case(
        "key of another certificate",
        "server { listen 8443 ssl; ssl_certificate pki/server.pem; ssl_certificate_key pki/wildcard.key; }",
    ),
    case(
        "rsa certificate, ec key",
        "server { listen 8443 ssl; ssl_certificate pki/server-rsa.pem; ssl_certificate_key pki/server.key; }",
    ),
    case(
        "two types, keys swapped",
        "server { listen 8443 ssl; ssl_certificate pki/server-rsa.pem; ssl_certificate_key pki/server.key; ssl_certificate pki/server.pem; ssl_certificate_key pki/server-rsa.key; }",
    ),
    case(
        "key in certificate slot",
        "server { listen 8443 ssl; ssl_certificate pki/server.key; ssl_certificate_key pki/server.key; }",
    ),
    case(
        "certificate in key slot",
        "server { listen 8443 ssl; ssl_certificate pki/server.pem; ssl_certificate_key pki/server.pem; }",
    ),
    case(
        "der",
        "server { listen 8443 ssl; ssl_certificate pki/server.der; ssl_certificate_key pki/server.key; }",
    ),
    case(
        "empty",
        "server { listen 8443 ssl; ssl_certificate pki/empty.pem; ssl_certificate_key pki/server.key; }",
    ),
    case(
        "prose",
        "server { listen 8443 ssl; ssl_certificate pki/prose.pem; ssl_certificate_key pki/server.key; }",
    ),
    case(
        "utf-16",
        "server { listen 8443 ssl; ssl_certificate pki/server-utf16.pem; ssl_certificate_key pki/server.key; }",
    ),
    case(
        "glued",
        "server { listen 8443 ssl; ssl_certificate pki/server-glued.pem; ssl_certificate_key pki/server.key; }",
    ),
    case(
        "indented",
        "server { listen 8443 ssl; ssl_certificate pki/server-indented.pem; ssl_certificate_key pki/server.key; }",
    ),
    case(
        "blank lines",
        "server { listen 8443 ssl; ssl_certificate pki/server-blank-lines.pem; ssl_certificate_key pki/server.key; }",
    ),
    case(
        "byte order mark",
        "server { listen 8443 ssl; ssl_certificate pki/server-bom.pem; ssl_certificate_key pki/server.key; }",
    ),
    case(
        "crlf",
        "server { listen 8443 ssl; ssl_certificate pki/server-crlf.pem; ssl_certificate_key pki/server.key; }",
    ),
    case(
        "cr only",
        "server { listen 8443 ssl; ssl_certificate pki/server-cr-only.pem; ssl_certificate_key pki/server.key; }",
    ),
    case(
        "truncated",
        "server { listen 8443 ssl; ssl_certificate pki/server-truncated.pem; ssl_certificate_key pki/server.key; }",
    ),
    case(
        "bad base64",
        "server { listen 8443 ssl; ssl_certificate pki/server-bad-base64.pem; ssl_certificate_key pki/server.key; }",
    ),
    case(
        "labels differ",
        "server { listen 8443 ssl; ssl_certificate pki/server-mismatched-labels.pem; ssl_certificate_key pki/server.key; }",
    ),
    case(
        "no final newline",
        "server { listen 8443 ssl; ssl_certificate pki/server-no-final-newline.pem; ssl_certificate_key pki/server.key; }",
    ),
    case(
        "text between",
        "server { listen 8443 ssl; ssl_certificate pki/server-text.pem; ssl_certificate_key pki/server.key; }",
    ),
    case(
        "bag attributes",
        "server { listen 8443 ssl; ssl_certificate pki/server-bag-attributes.pem; ssl_certificate_key pki/server.key; }",
    ),
    case(
        "old label",
        "server { listen 8443 ssl; ssl_certificate pki/server-x509-label.pem; ssl_certificate_key pki/server.key; }",
    ),
    case(
        "trusted label",
        "server { listen 8443 ssl; ssl_certificate pki/server-trusted-label.pem; ssl_certificate_key pki/server.key; }",
    ),
    case(
        "trailing bytes",
        "server { listen 8443 ssl; ssl_certificate pki/server-trailing-bytes.pem; ssl_certificate_key pki/server.key; }",
    ),
    case(
        "combined",
        "server { listen 8443 ssl; ssl_certificate pki/combined.pem; ssl_certificate_key pki/combined.pem; }",
    ),
    case(
        "reversed",
        "server { listen 8443 ssl; ssl_certificate pki/server-reversed.pem; ssl_certificate_key pki/server.key; }",
    ),
    case(
        "wrong order behind the leaf",
        "server { listen 8443 ssl; ssl_certificate pki/server-wrong-order.pem; ssl_certificate_key pki/server.key; }",
    ),
    case(
        "duplicate",
        "server { listen 8443 ssl; ssl_certificate pki/server-duplicate.pem; ssl_certificate_key pki/server.key; }",
    ),
    case(
        "expired",
        "server { listen 8443 ssl; ssl_certificate pki/expired-fullchain.pem; ssl_certificate_key pki/server.key; }",
    ),
    case(
        "rsa 1024",
        "server { listen 8443 ssl; ssl_certificate pki/rsa1024.pem; ssl_certificate_key pki/rsa1024.key; }",
    ),
    case(
        "sha-1",
        "server { listen 8443 ssl; ssl_certificate pki/sha1.pem; ssl_certificate_key pki/server.key; }",
    ),
    case(
        "sha-1 at level 1",
        "server { listen 8443 ssl; ssl_certificate pki/sha1.pem; ssl_certificate_key pki/server.key; ssl_ciphers DEFAULT@SECLEVEL=1; }",
    ),
    case(
        "sha-1 at level 0",
        "server { listen 8443 ssl; ssl_certificate pki/sha1.pem; ssl_certificate_key pki/server.key; ssl_ciphers DEFAULT@SECLEVEL=0; }",
    ),
    case(
        "rsa 1024 at level 1",
        "server { listen 8443 ssl; ssl_certificate pki/rsa1024.pem; ssl_certificate_key pki/rsa1024.key; ssl_ciphers DEFAULT@SECLEVEL=1; }",
    ),
    case("no certificate", "server { listen 8443 ssl; server_name www.example.com; }"),
    case("no key", "server { listen 8443 ssl; ssl_certificate pki/server.pem; }"),
    case(
        "fewer keys",
        "server { listen 8443 ssl; ssl_certificate pki/server.pem; ssl_certificate pki/server-rsa.pem; ssl_certificate_key pki/server.key; }",
    ),
    case("no tls at all", "server { listen 8080; server_name www.example.com; }"),
    case(
        "inherited",
        "ssl_certificate pki/server.pem; ssl_certificate_key pki/server.key; server { listen 8443 ssl; } server { listen 8444 ssl; }",
    ),
    case(
        "split pair",
        "ssl_certificate pki/wildcard.pem; ssl_certificate_key pki/wildcard.key; server { listen 8443 ssl; ssl_certificate pki/server.pem; }",
    ),
    case(
        "encrypted key",
        "server { listen 8443 ssl; ssl_certificate pki/server.pem; ssl_certificate_key pki/server-encrypted.key; }",
    ),
    case(
        "encrypted key with passwords",
        "server { listen 8443 ssl; ssl_certificate pki/server.pem; ssl_certificate_key pki/server-encrypted.key; ssl_password_file pki/passwords.txt; }",
    ),
    case(
        "encrypted key with wrong passwords",
        "server { listen 8443 ssl; ssl_certificate pki/server.pem; ssl_certificate_key pki/server-encrypted.key; ssl_password_file pki/passwords-wrong.txt; }",
    ),
    case(
        "old encrypted key with passwords",
        "server { listen 8443 ssl; ssl_certificate pki/server.pem; ssl_certificate_key pki/server-encrypted-legacy.key; ssl_password_file pki/passwords.txt; }",
    ),
    case(
        "verify without authority",
        "server { listen 8443 ssl; ssl_certificate pki/server.pem; ssl_certificate_key pki/server.key; ssl_verify_client on; }",
    ),
    case(
        "verify",
        "server { listen 8443 ssl; ssl_certificate pki/server.pem; ssl_certificate_key pki/server.key; ssl_verify_client on; ssl_client_certificate pki/ca-chain.pem; }",
    ),
    case(
        "verify against nothing",
        "server { listen 8443 ssl; ssl_certificate pki/server.pem; ssl_certificate_key pki/server.key; ssl_verify_client on; ssl_client_certificate pki/empty.pem; }",
    ),
    case(
        "authority unused and missing",
        "server { listen 8443 ssl; ssl_certificate pki/server.pem; ssl_certificate_key pki/server.key; ssl_client_certificate pki/nope.pem; }",
    ),
    case(
        "trusted missing",
        "server { listen 8443 ssl; ssl_certificate pki/server.pem; ssl_certificate_key pki/server.key; ssl_trusted_certificate pki/nope.pem; }",
    ),
    case(
        "crl der",
        "server { listen 8443 ssl; ssl_certificate pki/server.pem; ssl_certificate_key pki/server.key; ssl_verify_client on; ssl_client_certificate pki/ca-chain.pem; ssl_crl pki/inter.crl.der; }",
    ),
    case(
        "crl",
        "server { listen 8443 ssl; ssl_certificate pki/server.pem; ssl_certificate_key pki/server.key; ssl_verify_client on; ssl_client_certificate pki/ca-chain.pem; ssl_crl pki/crls.pem; }",
    ),
    case(
        "dh parameters",
        "server { listen 8443 ssl; ssl_certificate pki/server.pem; ssl_certificate_key pki/server.key; ssl_dhparam pki/dh2048.pem; }",
    ),
    case(
        "small dh parameters",
        "server { listen 8443 ssl; ssl_certificate pki/server.pem; ssl_certificate_key pki/server.key; ssl_dhparam pki/dh1024.pem; }",
    ),
    case(
        "dh parameters that are none",
        "server { listen 8443 ssl; ssl_certificate pki/server.pem; ssl_certificate_key pki/server.key; ssl_dhparam pki/server.pem; }",
    ),
    case(
        "ticket key",
        "server { listen 8443 ssl; ssl_certificate pki/server.pem; ssl_certificate_key pki/server.key; ssl_session_ticket_key pki/ticket80.key; }",
    ),
    case(
        "ticket key of another size",
        "server { listen 8443 ssl; ssl_certificate pki/server.pem; ssl_certificate_key pki/server.key; ssl_session_ticket_key pki/ticket-bad.key; }",
    ),
    case(
        "unknown protocol",
        "server { listen 8443 ssl; ssl_certificate pki/server.pem; ssl_certificate_key pki/server.key; ssl_protocols TLSv1.2, TLSv1.3; }",
    ),
    case(
        "no cipher left",
        "server { listen 8443 ssl; ssl_certificate pki/server.pem; ssl_certificate_key pki/server.key; ssl_ciphers TLS_AES_256_GCM_SHA384; }",
    ),
    case(
        "a typing error in a cipher",
        "server { listen 8443 ssl; ssl_certificate pki/server.pem; ssl_certificate_key pki/server.key; ssl_ciphers ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES265-GCM-SHA384; }",
    ),
    case(
        "tls directive in a location",
        "server { listen 8443 ssl; ssl_certificate pki/server.pem; ssl_certificate_key pki/server.key; location / { ssl_protocols TLSv1.3; } }",
    ),
    case(
        "said twice",
        "server { listen 8443 ssl; ssl_certificate pki/server.pem; ssl_certificate_key pki/server.key; ssl_ciphers HIGH; ssl_ciphers HIGH; }",
    ),
    case(
        "two defaults",
        "server { listen 8443 ssl default_server; ssl_certificate pki/server.pem; ssl_certificate_key pki/server.key; } server { listen 8443 ssl default_server; ssl_certificate pki/server.pem; ssl_certificate_key pki/server.key; }",
    ),
    case(
        "the other server of an address has no certificate",
        "server { listen 8443 ssl; server_name a.example.com; ssl_certificate pki/server.pem; ssl_certificate_key pki/server.key; } server { listen 8443 ssl; server_name b.example.com; }",
    ),
    case(
        "the default of an address has no certificate",
        "server { listen 8443 ssl; server_name a.example.com; } server { listen 8443 ssl; server_name b.example.com; ssl_certificate pki/server.pem; ssl_certificate_key pki/server.key; }",
    ),
    case(
        "proxy verify without authority",
        "server { listen 8080; location / { proxy_pass https://127.0.0.1:9443; proxy_ssl_verify on; } }",
    ),
    case(
        "proxy verify",
        "server { listen 8080; location / { proxy_pass https://127.0.0.1:9443; proxy_ssl_verify on; proxy_ssl_trusted_certificate pki/root.pem; } }",
    ),
    case(
        "proxy trusts a missing file and does not verify",
        "server { listen 8080; location / { proxy_pass https://127.0.0.1:9443; proxy_ssl_trusted_certificate pki/nope.pem; } }",
    ),
    case(
        "proxy trusts a missing file and verifies",
        "server { listen 8080; location / { proxy_pass https://127.0.0.1:9443; proxy_ssl_verify on; proxy_ssl_trusted_certificate pki/nope.pem; } }",
    ),
    case(
        "proxy verifies a plain upstream",
        "server { listen 8080; location / { proxy_pass http://127.0.0.1:9443; proxy_ssl_verify on; proxy_ssl_trusted_certificate pki/nope.pem; } }",
    ),
    case(
        "proxy pair",
        "server { listen 8080; location / { proxy_pass https://127.0.0.1:9443; proxy_ssl_certificate pki/client.pem; proxy_ssl_certificate_key pki/client.key; } }",
    ),
    case(
        "proxy pair that does not fit",
        "server { listen 8080; location / { proxy_pass https://127.0.0.1:9443; proxy_ssl_certificate pki/client.pem; proxy_ssl_certificate_key pki/server.key; } }",
    ),
    case("unclosed", "server { listen 8080;"),
    case("stray brace", "server { listen 8080; } }"),
    case("missing semicolon", "server { listen 8080 }"),
    Case {
        name: "include missing",
        http: "include conf.d/there.conf; include conf.d/nope.conf; server { listen 8080; }",
        files: &[(
            "conf.d/there.conf",
            "server_tokens off;
",
        )],
    },
    Case {
        name: "include nothing",
        http: "include conf.d/*.conf; server { listen 8080; }",
        files: &[("conf.d/readme.txt", "nothing here\n")],
    },
    Case {
        name: "include a folder",
        http: "include conf.d/*; server { listen 8080; }",
        files: &[("conf.d/more/a.conf", "server_tokens off;\n")],
    },
    Case {
        name: "included server relative to the main file",
        http: "include conf.d/*.conf;",
        files: &[(
            "conf.d/a.conf",
            "server { listen 8443 ssl; ssl_certificate pki/server.pem; ssl_certificate_key pki/server.key; }\n",
        )],
    },
    Case {
        name: "included server relative to itself",
        http: "include conf.d/*.conf;",
        files: &[(
            "conf.d/a.conf",
            "server { listen 8443 ssl; ssl_certificate ../pki/server.pem; ssl_certificate_key ../pki/server.key; }\n",
        )],
    },
    Case {
        name: "byte order mark in an included file",
        http: "include conf.d/*.conf;",
        files: &[("conf.d/a.conf", "\u{feff}server { listen 8080; }\n")],
    },
];

fn on_path(program: &str) -> bool {
    let found = Command::new(program)
        .arg(if program == "nginx" { "-v" } else { "version" })
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    found.is_ok_and(|status| status.success())
}

fn pki() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/pki")
}

/// Error findings of tlslint in a folder, by rule.
fn errors(folder: &Path) -> Vec<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_tlslint"))
        .args(["check", "--isolated", "--as-of", "2026-11-22", "--format", "json"])
        .arg(folder)
        .env("TLSLINT_PASSWORDS", "")
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    let findings = report["findings"].as_array().unwrap();
    findings
        .iter()
        .filter(|it| it["level"] == "error")
        .map(|it| it["rule"].as_str().unwrap().to_owned())
        .collect()
}

/// Writes a server; the material it names is copied from `testdata/pki`.
fn write(folder: &Path, case: &Case) {
    let mut texts = vec![(
        "nginx.conf".to_owned(),
        format!(
            "daemon off;\npid nginx.pid;\nerror_log stderr;\nevents {{}}\nhttp {{\n    access_log off;\n    {}\n}}\n",
            case.http
        ),
    )];
    texts.extend(case.files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())));
    fs::create_dir_all(folder.join("pki")).unwrap();
    for (path, text) in &texts {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        for word in text.split([' ', ';', '\n', '}']) {
            if let Some((_, name)) = word.split_once("pki/")
                && pki().join(name).is_file()
            {
                fs::copy(pki().join(name), folder.join("pki").join(name)).unwrap();
            }
        }
    }
    // A folder in which material is kept even where the one file that is named is not there.
    fs::copy(pki().join("p384.pem"), folder.join("pki/other.pem")).unwrap();
    fs::copy(pki().join("p384.key"), folder.join("pki/other.key")).unwrap();
}

#[test]
fn tlslint_and_nginx_agree() {
    if !on_path("nginx") {
        println!("skipped: there is no `nginx` on the path");
        return;
    }
    let mut wrong = Vec::new();
    for case in CASES {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), case);
        let nginx = Command::new("nginx")
            .arg("-t")
            .arg("-p")
            .arg(folder.path())
            .args(["-c", "nginx.conf"])
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&nginx.stderr).into_owned();
        let errors = errors(folder.path());
        if nginx.status.success() {
            for rule in errors.iter().filter(|rule| REFUSALS.contains(&rule.as_str())) {
                wrong.push(format!("{}: nginx accepts it, and `{rule}` says it does not start", case.name));
            }
        } else if errors.is_empty() {
            wrong.push(format!("{}: nginx refuses it, and tlslint finds no error: {said}", case.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Bundles whose first certificate is the leaf, and whether peers that trust the two roots of the test take them.
const CHAINS: &[&str] = &[
    "server-fullchain.pem",
    "server-rsa-fullchain.pem",
    "wildcard-fullchain.pem",
    "server-fullchain-root.pem",
    "server-duplicate.pem",
    "server-foreign.pem",
    "server-wrong-order.pem",
    "server.pem",
    "by-root.pem",
    "expired-fullchain.pem",
    "fullchain-expired-inter.pem",
    "fullchain-wrong-generation.pem",
    "fullchain-bad-signature.pem",
    "deep-fullchain.pem",
    "deep-gap.pem",
    "pathlen0-fullchain.pem",
    "not-ca-fullchain.pem",
    "server-cross-fullchain.pem",
    "server-tampered.pem inter.pem",
];

#[test]
fn tlslint_and_openssl_agree_about_chains() {
    if !on_path("openssl") {
        println!("skipped: there is no `openssl` on the path");
        return;
    }
    let mut wrong = Vec::new();
    for name in CHAINS {
        let folder = tempfile::tempdir().unwrap();
        let ssl = folder.path().join("ssl");
        fs::create_dir_all(&ssl).unwrap();
        let bundle = ssl.join("chain.pem");
        let text: String =
            name.split(' ').map(|part| fs::read_to_string(pki().join(part)).unwrap()).collect();
        fs::write(&bundle, text).unwrap();
        // The roots stand in the tree, so that what is above the bundle is known to both.
        let anchors =
            ["root.pem", "root-rsa.pem"].map(|root| fs::read_to_string(pki().join(root)).unwrap()).concat();
        fs::write(ssl.join("roots.pem"), &anchors).unwrap();
        // The intermediate stands there too: a gap in the bundle is only a gap where it is known what is missing.
        fs::copy(pki().join("inter.pem"), ssl.join("inter.pem")).unwrap();
        fs::copy(pki().join("inter2.pem"), ssl.join("inter2.pem")).unwrap();
        let text = "events {}\nhttp {\n    server {\n        listen 443 ssl;\n        ssl_certificate ssl/chain.pem;\n        ssl_certificate_key /run/secrets/key.pem;\n    }\n}\n";
        fs::write(folder.path().join("nginx.conf"), text).unwrap();
        let verify = Command::new("openssl")
            .args(["verify", "-attime", "1795305600", "-CAfile"])
            .arg(ssl.join("roots.pem"))
            .arg("-untrusted")
            .arg(&bundle)
            .arg(&bundle)
            .output()
            .unwrap();
        let errors: Vec<String> = errors(folder.path())
            .into_iter()
            .filter(|rule| rule.starts_with("chain/") || rule.starts_with("cert/"))
            .collect();
        let said = String::from_utf8_lossy(&verify.stderr).into_owned();
        if verify.status.success() != errors.is_empty() {
            wrong.push(format!(
                "{name}: openssl {}: {said}; tlslint: {errors:?}",
                if verify.status.success() { "takes it" } else { "refuses it" }
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
