//! Every keystore and PKCS#7 of the corpus is read, or refused for a stated reason. The table is the test. Where the
//! corpus is absent it says so and passes; stores of `testdata` are always tried.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use proptest::prelude::*;
use tlslint::{
    check::{self, Reading, Secret, Settings, Tree},
    model::{
        ItemKind, KeyState,
        store::{EntryKind, State, Store},
    },
    source::{FileId, Place},
    x509::{
        Time,
        store::{self, Access, Opening, Part},
    },
};

fn zoo() -> Option<PathBuf> {
    let zoo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/zoo");
    if !zoo.is_dir() {
        println!("the corpus is absent, so nothing was tried");
        return None;
    }
    Some(zoo)
}

fn read(name: &str, bytes: Vec<u8>, password: Option<&str>) -> Reading {
    let mut settings = Settings::at(Time::parse("2026-11-22").unwrap());
    settings.passwords = password.map(|it| ("**".to_owned(), Secret(it.into()))).into_iter().collect();
    let name = name.rsplit('/').next().unwrap();
    check::read(&Tree::in_memory(vec![(name.to_owned(), bytes)]), &settings)
}

/// `state keys/known keys, certificates, trusted`
fn summary(reading: &Reading) -> String {
    let materials = &reading.model.materials;
    let Some(holding) = materials.holding(FileId(0)) else { return "not recognised".to_owned() };
    let certificates = holding.items.iter().filter(|it| matches!(it.kind, ItemKind::Certificate(_))).count();
    let lists = holding.items.iter().filter(|it| matches!(it.kind, ItemKind::RevocationList(_))).count();
    let keys: Vec<_> = materials.keys_in(FileId(0)).collect();
    let known = keys.iter().filter(|it| matches!(materials.key_state(it), KeyState::Known(_))).count();
    let (state, trusted) = match materials.store(FileId(0)) {
        Some(store) => (state(store), of_kind(store, EntryKind::TrustedCertificate)),
        None => (format!("{:?}", holding.form), 0),
    };
    let secrets = materials.store(FileId(0)).map_or(0, |store| of_kind(store, EntryKind::Secret));
    let secrets = if secrets > 0 { format!(", {secrets} secret") } else { String::new() };
    let lists = if lists > 0 { format!(", {lists} lists") } else { String::new() };
    format!("{state}: {known}/{} keys, {certificates} certs, {trusted} trusted{secrets}{lists}", keys.len())
}

fn of_kind(store: &Store, kind: EntryKind) -> usize {
    store.entries.iter().filter(|entry| entry.kind == kind).count()
}

fn state(store: &Store) -> String {
    let state = match &store.state {
        State::Open(opened) => {
            let by = opened.by.map_or("without", |by| match by {
                tlslint::model::store::PasswordFrom::User => "given",
                tlslint::model::store::PasswordFrom::Tree(_) => "tree",
                tlslint::model::store::PasswordFrom::WellKnown => "guessed",
            });
            format!("open/{by}{}", if opened.keys_locked { " keys locked" } else { "" })
        }
        State::CertificatesOnly => "certificates".to_owned(),
        State::Locked => "locked".to_owned(),
        State::Refused(given) => format!("refused {}", given.len()),
        State::Unsupported(why) => format!("unsupported ({why})"),
        State::Broken { what, byte } => format!("broken ({what}, {byte})"),
    };
    format!("{} {state}", store.kind)
}

/// File, password, without it, with it.
#[rustfmt::skip]
const TABLE: &[(&str, &str, &str, &str)] = &[
    ("p12/3des-3des-sha1.p12", "secret", "PKCS#12 locked: 0/1 keys, 0 certs, 0 trusted", "PKCS#12 open/given: 1/1 keys, 2 certs, 0 trusted"),
    ("p12/aes128-mac512.p12", "secret", "PKCS#12 locked: 0/1 keys, 0 certs, 0 trusted", "PKCS#12 open/given: 1/1 keys, 2 certs, 0 trusted"),
    ("p12/certs-plain-mac.p12", "secret", "PKCS#12 certificates: 0/1 keys, 2 certs, 0 trusted", "PKCS#12 open/given: 1/1 keys, 2 certs, 0 trusted"),
    ("p12/empty-pass.p12", "", "PKCS#12 open/guessed: 1/1 keys, 2 certs, 0 trusted", "PKCS#12 open/given: 1/1 keys, 2 certs, 0 trusted"),
    ("p12/enc-nomac.p12", "secret", "PKCS#12 certificates: 0/1 keys, 2 certs, 0 trusted", "PKCS#12 open/given: 1/1 keys, 2 certs, 0 trusted"),
    ("p12/k8s-secret.b64", "secret", "PKCS#12 locked: 0/1 keys, 0 certs, 0 trusted", "PKCS#12 open/given: 1/1 keys, 2 certs, 0 trusted"),
    ("p12/keytool-key.p12", "changeit", "PKCS#12 open/guessed: 1/1 keys, 1 certs, 0 trusted", "PKCS#12 open/given: 1/1 keys, 1 certs, 0 trusted"),
    ("p12/keytool-legacy.p12", "changeit", "PKCS#12 open/guessed: 1/1 keys, 1 certs, 0 trusted", "PKCS#12 open/given: 1/1 keys, 1 certs, 0 trusted"),
    ("p12/keytool-trust-nopass.p12", "secret", "PKCS#12 open/without: 0/0 keys, 1 certs, 1 trusted", "PKCS#12 open/without: 0/0 keys, 1 certs, 1 trusted"),
    ("p12/keytool-trust.p12", "changeit", "PKCS#12 open/guessed: 0/0 keys, 2 certs, 2 trusted", "PKCS#12 open/given: 0/0 keys, 2 certs, 2 trusted"),
    ("p12/legacy-rc2-3des.pfx", "secret", "PKCS#12 locked: 0/1 keys, 0 certs, 0 trusted", "PKCS#12 open/given: 1/1 keys, 2 certs, 0 trusted"),
    ("p12/modern.p12", "secret", "PKCS#12 locked: 0/1 keys, 0 certs, 0 trusted", "PKCS#12 open/given: 1/1 keys, 2 certs, 0 trusted"),
    ("p12/nopass-nomac.p12", "secret", "PKCS#12 open/without: 1/1 keys, 2 certs, 0 trusted", "PKCS#12 open/without: 1/1 keys, 2 certs, 0 trusted"),
    ("p12/openssl-truststore.p12", "changeit", "PKCS#12 open/guessed: 0/0 keys, 4 certs, 0 trusted", "PKCS#12 open/given: 0/0 keys, 4 certs, 0 trusted"),
    ("p12/p12-named.jks", "changeit", "PKCS#12 open/guessed: 0/0 keys, 2 certs, 2 trusted", "PKCS#12 open/given: 0/0 keys, 2 certs, 2 trusted"),
    ("p12/slow-600k.p12", "secret", "PKCS#12 locked: 0/1 keys, 0 certs, 0 trusted", "PKCS#12 open/given: 1/1 keys, 2 certs, 0 trusted"),
    ("p12/unicode-pass.p12", "pässwörd", "PKCS#12 locked: 0/1 keys, 0 certs, 0 trusted", "PKCS#12 open/given: 1/1 keys, 2 certs, 0 trusted"),
    ("p12/windows-style.pfx", "secret", "PKCS#12 locked: 0/1 keys, 0 certs, 0 trusted", "PKCS#12 open/given: 1/1 keys, 2 certs, 0 trusted"),
    ("jks/empty.jks", "changeit", "JKS open/guessed: 0/0 keys, 0 certs, 0 trusted", "JKS open/given: 0/0 keys, 0 certs, 0 trusted"),
    ("jks/key.bks", "changeit", "BKS open/guessed: 1/1 keys, 1 certs, 0 trusted", "BKS open/given: 1/1 keys, 1 certs, 0 trusted"),
    ("jks/key.jceks", "changeit", "JCEKS open/guessed: 1/1 keys, 1 certs, 0 trusted", "JCEKS open/given: 1/1 keys, 1 certs, 0 trusted"),
    ("jks/key.jks", "changeit", "JKS open/guessed: 1/1 keys, 1 certs, 0 trusted", "JKS open/given: 1/1 keys, 1 certs, 0 trusted"),
    ("jks/pem-named.jks", "changeit", "Pem: 0/0 keys, 1 certs, 0 trusted", "Pem: 0/0 keys, 1 certs, 0 trusted"),
    ("jks/secret.jceks", "changeit", "JCEKS open/guessed: 0/0 keys, 0 certs, 0 trusted, 1 secret", "JCEKS open/given: 0/0 keys, 0 certs, 0 trusted, 1 secret"),
    ("jks/truncated.jks", "changeit", "JKS broken (a certificate should have 428 bytes, and the file ends after 359, 41): 0/0 keys, 0 certs, 0 trusted", "JKS broken (a certificate should have 428 bytes, and the file ends after 359, 41): 0/0 keys, 0 certs, 0 trusted"),
    ("jks/trust.bcfks", "changeit", "BCFKS unsupported (is BCFKS, which is encrypted whole and read by Bouncy Castle alone): 0/0 keys, 0 certs, 0 trusted", "BCFKS unsupported (is BCFKS, which is encrypted whole and read by Bouncy Castle alone): 0/0 keys, 0 certs, 0 trusted"),
    ("jks/trust.bks", "changeit", "BKS open/guessed: 0/0 keys, 1 certs, 1 trusted", "BKS open/given: 0/0 keys, 1 certs, 1 trusted"),
    ("jks/trust.jceks", "changeit", "JCEKS open/guessed: 0/0 keys, 2 certs, 2 trusted", "JCEKS open/given: 0/0 keys, 2 certs, 2 trusted"),
    ("jks/trust.jks", "changeit", "JKS open/guessed: 0/0 keys, 2 certs, 2 trusted", "JKS open/given: 0/0 keys, 2 certs, 2 trusted"),
    ("jks/trust.uber", "changeit", "UBER unsupported (is UBER, which is encrypted whole and read by Bouncy Castle alone): 0/0 keys, 0 certs, 0 trusted", "UBER unsupported (is UBER, which is encrypted whole and read by Bouncy Castle alone): 0/0 keys, 0 certs, 0 trusted"),
    ("jks/two-pass.jks", "changeit", "JKS open/guessed keys locked: 0/1 keys, 1 certs, 0 trusted", "JKS open/given keys locked: 0/1 keys, 1 certs, 0 trusted"),
    ("p7/bare-base64.p7b", "secret", "Pkcs7: 0/0 keys, 4 certs, 0 trusted", "Pkcs7: 0/0 keys, 4 certs, 0 trusted"),
    ("p7/chain-crl.p7b", "secret", "Pkcs7: 0/0 keys, 4 certs, 0 trusted, 1 lists", "Pkcs7: 0/0 keys, 4 certs, 0 trusted, 1 lists"),
    ("p7/chain-der.p7b", "secret", "Pkcs7: 0/0 keys, 4 certs, 0 trusted", "Pkcs7: 0/0 keys, 4 certs, 0 trusted"),
    ("p7/chain.p7b", "secret", "Pkcs7: 0/0 keys, 4 certs, 0 trusted", "Pkcs7: 0/0 keys, 4 certs, 0 trusted"),
    ("p7/cms-label.p7c", "secret", "Pkcs7: 0/0 keys, 4 certs, 0 trusted", "Pkcs7: 0/0 keys, 4 certs, 0 trusted"),
    ("p7/labelled-certificate.p7b", "secret", "Pem: 0/0 keys, 4 certs, 0 trusted", "Pem: 0/0 keys, 4 certs, 0 trusted"),
    ("p7/signed-ber-indef.p7m", "secret", "Pkcs7: 0/0 keys, 1 certs, 0 trusted", "Pkcs7: 0/0 keys, 1 certs, 0 trusted"),
    ("p7/signed-nocerts.p7m", "secret", "Pkcs7: 0/0 keys, 0 certs, 0 trusted", "Pkcs7: 0/0 keys, 0 certs, 0 trusted"),
];

#[test]
fn every_store_of_the_zoo() {
    let Some(zoo) = zoo() else { return };
    let mut wrong = Vec::new();
    for folder in ["p12", "jks", "p7"] {
        let mut files: Vec<PathBuf> =
            fs::read_dir(zoo.join(folder)).unwrap().map(|it| it.unwrap().path()).collect();
        files.sort();
        for path in files {
            let name = format!("{folder}/{}", path.file_name().unwrap().to_str().unwrap());
            let row = TABLE.iter().find(|row| row.0 == name);
            let password = match (&*name, folder) {
                ("p12/unicode-pass.p12", _) => "pässwörd",
                ("p12/empty-pass.p12", _) => "",
                (
                    "p12/keytool-key.p12"
                    | "p12/keytool-legacy.p12"
                    | "p12/keytool-trust.p12"
                    | "p12/p12-named.jks"
                    | "p12/openssl-truststore.p12",
                    _,
                ) => "changeit",
                (_, "jks") => "changeit",
                _ => "secret",
            };
            let password = row.map_or(password, |row| row.1);
            let bytes = fs::read(&path).unwrap();
            let without = summary(&read(&name, bytes.clone(), None));
            let with = summary(&read(&name, bytes, Some(password)));
            if row != Some(&(&*name, password, &*without, &*with)) {
                wrong.push(format!("    ({name:?}, {password:?}, {without:?}, {with:?}),"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
