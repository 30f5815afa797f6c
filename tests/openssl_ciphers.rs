//! Our expansion of cipher expressions against `openssl ciphers`, where OpenSSL 3.0 is installed.

use std::process::Command;

use tlslint::model::ciphers::Expansion;

/// Mozilla's lists, the defaults of nginx and others, lists of real configurations, and odd ones.
const EXPRESSIONS: &[&str] = &[
    "HIGH:!aNULL:!MD5",
    "DEFAULT",
    "DEFAULT:!kRSA",
    "DEFAULT@SECLEVEL=0",
    "DEFAULT:@SECLEVEL=1",
    "ALL",
    "ALL@STRENGTH",
    "ALL:COMPLEMENTOFALL",
    "COMPLEMENTOFDEFAULT",
    "HIGH",
    "HIGH!aNULL!MD5",
    "HIGH:!aNULL:!MD5:!DES:!3DES",
    "aRSA",
    "aRSA:!eNULL",
    "aECDSA:kRSA",
    "kEECDH",
    "kEECDH:@STRENGTH",
    "EECDH+AESGCM:EDH+AESGCM",
    "EECDH+AESGCM:EDH+AESGCM:AES256+EECDH:AES256+EDH",
    "EECDH+CHACHA20:EECDH+AES128:RSA+AES128:EECDH+AES256:RSA+AES256:EECDH+3DES:RSA+3DES:!MD5",
    "ECDHE+AESGCM:DHE+AESGCM:ECDHE+RSA+SHA256:DHE+RSA+SHA256:!AES128",
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:\
     ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:\
     DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384:DHE-RSA-CHACHA20-POLY1305",
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:\
     ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:\
     DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384:DHE-RSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-SHA256:\
     ECDHE-RSA-AES128-SHA256:ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA384:\
     ECDHE-RSA-AES256-SHA384:ECDHE-ECDSA-AES256-SHA:ECDHE-RSA-AES256-SHA:DHE-RSA-AES128-SHA256:\
     DHE-RSA-AES256-SHA256:AES128-GCM-SHA256:AES256-GCM-SHA384:AES128-SHA256:AES256-SHA256:AES128-SHA:AES256-SHA:\
     DES-CBC3-SHA:@SECLEVEL=0",
    "ECDHE-RSA-AES256-GCM-SHA384:DHE-RSA-AES256-SHA:DES-CBC3-SHA:HIGH:!aNULL:!eNULL:!EXPORT:!CAMELLIA:!DES:!MD5:\
     !PSK:!RC4:!3DES",
    "!aNULL:kECDH+AESGCM:ECDH+AESGCM:RSA+AESGCM:kECDH+AES:ECDH+AES:RSA+AES:",
    "ECDH+aRSA+AESGCM:ECDH+aRSA+SHA384:ECDH+aRSA+SHA256:ECDH:EDH+CAMELLIA:EDH+aRSA:+CAMELLIA256:+AES256:\
     +CAMELLIA128:+AES128:+SSLv3:!aNULL:!eNULL:!LOW:!3DES:!MD5:!EXP:!PSK:!SRP:!DSS:!RC4:!SEED:!ECDSA:\
     CAMELLIA256-SHA:AES256-SHA:CAMELLIA128-SHA:AES128-SHA",
    "kEECDH+ECDSA:kEECDH:kEDH:HIGH:+SHA:!aNULL:!eNULL:!LOW:!3DES:!MD5:!EXP:!DSS:!PSK:!RC4:!kRSA:!SRP:!kECDH:\
     !CAMELLIA",
    "ALL:!aNULL:!eNULL:RC4:DES:3DES",
    "DEFAULT:ECCdraft",
    "RC4-SHA:AES256-SHA:!aNULL:!eNULL:!EXPORT:!DES:!MD5",
    "HIGH:-AES128:AES128",
    "HIGH:-SHA1:-kRSA:kRSA+AESGCM:@STRENGTH",
    "AES:-AES256:AES256+kRSA,CHACHA20;CAMELLIA ARIA",
    "TLSv1.2:!PSK",
    "SSLv3:TLSv1:-SHA1",
    "TLSv1.0:+SHA384",
    "PSK:SRP",
    "aPSK:aSRP:kRSAPSK:kDHEPSK:kECDHEPSK",
    "ADH:AECDH:aNULL",
    "eNULL:NULL",
    "MD5:SHA",
    "AESCCM8:AESCCM",
    "ARIA128:ARIA256:CAMELLIA128:CAMELLIA256:ARIAGCM",
    "aDSS:DSS+AES",
    "RSA:DH:EDH:kDHE",
    "MEDIUM:LOW:HIGH+kRSA",
    "NO-SUCH-SUITE:AES128-SHA",
    "ECDHE-RSA-AES256-SHA348:ECDHE-RSA-AES256-SHA384",
    "HIGH:DEFAULT",
    "aRSA+kRSA+AES256+SHA",
    "AES128-SHA+AES",
    ":-AES128-SHA:HIGH",
    "HIGH:+kRSA:+AES256",
    "HIGH:AES@STRENGTH:+ECDHE",
    "TLS_AES_128_GCM_SHA256:AES128-SHA",
    // Refused, or nothing left.
    "TLS_AES_128_GCM_SHA256",
    "!ALL",
    "RC4",
    "HIGH:!ALL",
    "AES128-SHA:*",
    "AES128-SHA:@NONE",
    "AES128-SHA:@SECLEVEL=9",
    "",
];

fn ours(expression: &str) -> Option<Vec<&'static str>> {
    let expansion = Expansion::of(expression);
    assert!(!expansion.unknown, "{expression}");
    let names: Vec<_> = expansion.suites.iter().map(|suite| suite.name).collect();
    (expansion.refused.is_none() && !names.is_empty()).then_some(names)
}

#[test]
fn expressions_select_what_openssl_selects() {
    let version = Command::new("openssl").arg("version").output();
    let version = version.map(|it| String::from_utf8_lossy(&it.stdout).into_owned()).unwrap_or_default();
    if !version.starts_with("OpenSSL 3.0.") {
        println!("skipped: OpenSSL 3.0 is not installed ({})", version.trim());
        return;
    }
    for expression in EXPRESSIONS {
        let output = Command::new("openssl").args(["ciphers", expression]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let theirs: Vec<&str> =
            text.trim().split(':').filter(|name| !name.starts_with("TLS_") && !name.is_empty()).collect();
        let theirs = output.status.success().then_some(theirs);
        assert_eq!(ours(expression).as_deref(), theirs.as_deref(), "{expression}");
    }
    // What the security level leaves, for a server without pre-shared keys.
    for expression in ["ALL:COMPLEMENTOFALL", "HIGH", "aRSA", "ADH:AES128-SHA"] {
        for level in 0..=5 {
            let expression = format!("{expression}:@SECLEVEL={level}");
            let output =
                Command::new("openssl").args(["ciphers", "-s", "-tls1_2", &expression]).output().unwrap();
            let text = String::from_utf8(output.stdout).unwrap();
            let theirs: Vec<&str> = text.trim().split(':').filter(|name| !name.is_empty()).collect();
            let expansion = Expansion::of(&expression);
            let ours: Vec<&str> = expansion.usable().map(|suite| suite.name).collect();
            assert_eq!(ours, theirs, "{expression}");
        }
    }
}
