//! Every keystore and PKCS#7 of the corpus is read, or refused for a stated reason. The table is the test. Where the
//! corpus is absent it says so and passes; stores of `testdata` are always tried.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::print_stdout, reason = "a test says why it tried nothing")]

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

#[path = "common/corpus.rs"]
mod corpus;

fn read(name: &str, bytes: Vec<u8>, password: Option<&str>) -> Reading {
    let mut settings = Settings::at(Time::parse("2026-11-22").unwrap());
    settings.passwords = password.map(|it| ("**".to_owned(), Secret::new(it.into()))).into_iter().collect();
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
    let Some(zoo) = corpus::folder("zoo") else { return };
    let mut wrong = Vec::new();
    for folder in ["p12", "jks", "p7"] {
        let mut files: Vec<PathBuf> =
            fs::read_dir(zoo.join(folder)).unwrap().map(|it| it.unwrap().path()).collect();
        files.sort();
        for path in files {
            let name = format!("{folder}/{}", path.file_name().unwrap().to_str().unwrap());
            let row = TABLE.iter().find(|row| row.0 == name);
            let password = row.map_or("secret", |row| row.1);
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

fn testdata(path: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(path)).unwrap()
}

/// Every kind of store, small: path, password, and what is found with it.
#[rustfmt::skip]
const SAMPLES: &[(&str, &str, &str)] = &[
    ("pki/server.p12", "correct horse", "PKCS#12 open/given: 1/1 keys, 2 certs, 0 trusted"),
    ("pki/server-3des.p12", "correct horse", "PKCS#12 open/given: 1/1 keys, 2 certs, 0 trusted"),
    ("pki/trust-java.p12", "changeit", "PKCS#12 open/given: 0/0 keys, 1 certs, 1 trusted"),
    ("pki/server.jks", "correct horse", "JKS open/given: 1/1 keys, 2 certs, 0 trusted"),
    ("pki/trust-with-key.jks", "changeit", "JKS open/given: 1/1 keys, 3 certs, 1 trusted"),
    ("stores/two-passwords.jks", "correct horse", "JKS open/given keys locked: 0/1 keys, 2 certs, 0 trusted"),
    ("stores/plain.p12", "", "PKCS#12 open/without: 1/1 keys, 2 certs, 0 trusted"),
    ("stores/server.jceks", "correct horse", "JCEKS open/given: 1/1 keys, 2 certs, 0 trusted"),
    ("stores/secret.jceks", "correct horse", "JCEKS open/given: 1/1 keys, 2 certs, 0 trusted, 2 secret"),
    ("stores/server-legacy.p12", "correct horse", "PKCS#12 open/given: 1/1 keys, 2 certs, 0 trusted"),
    ("stores/streamed.p12", "correct horse", "PKCS#12 open/given: 1/1 keys, 2 certs, 0 trusted"),
];

#[test]
fn samples_open() {
    let mut wrong = Vec::new();
    for (path, password, expected) in SAMPLES {
        let found = summary(&read(path, testdata(path), Some(password)));
        if found != *expected {
            wrong.push(format!("{path}: {found}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn aliases_dates_and_lines() {
    let reading = read("s.jks", testdata("pki/trust-with-key.jks"), Some("changeit"));
    let store = reading.model.materials.store(FileId(0)).unwrap();
    let entries: Vec<_> = store.entries.iter().map(|it| (&*it.alias, it.kind, it.items.clone())).collect();
    assert_eq!(
        entries,
        [("example-root", EntryKind::TrustedCertificate, 0..1), ("server", EntryKind::PrivateKey, 1..4)]
    );
    assert_eq!(store.entries[0].created, Some(Time::parse("2026-01-01").unwrap()));
    let source = &reading.sources[0];
    let names: Vec<&str> = source.entries.iter().map(|it| &*it.name).collect();
    assert_eq!(names, ["example-root", "server", "server[1]", "server[2]"]);
    let holding = reading.model.materials.holding(FileId(0)).unwrap();
    let places: Vec<Place> = holding.items.iter().map(|it| it.at.place).collect();
    assert_eq!(places, [Place::Entry(0), Place::Entry(1), Place::Entry(2), Place::Entry(3)]);
    assert!(source.text.contains("private key  EC P-256 256 bits"), "{}", source.text);
    assert!(store.entry("SERVER").is_some(), "Java does not care about case");
}

#[test]
fn two_passwords_open_two_locks() {
    let passwords: [&[u8]; 3] = [b"nobody", b"battery staple", b"correct horse"];
    let opening = store::open(&testdata("stores/two-passwords.jks"), &passwords, store::MAX_ROUNDS);
    let Opening::Opened { by, of_keys, content } = opening else { panic!("{opening:?}") };
    assert_eq!((by, of_keys, content.access), (2, vec![1], Access::Open { keys_locked: false }));
}

/// What another implementation finds in the same files. It does not read BER.
#[test]
fn a_second_opinion_about_pkcs12() {
    let stores = SAMPLES.iter().filter(|(path, ..)| path.ends_with("p12") && !path.contains("streamed"));
    for (path, password, _) in stores {
        let bytes = testdata(path);
        let theirs = p12_keystore::Pkcs12Archive::from_pkcs12(&bytes, password).unwrap();
        let ours = match store::open(&bytes, &[password.as_bytes()], store::MAX_ROUNDS) {
            Opening::Opened { content, .. } => *content,
            _ => store::read(&bytes).unwrap(),
        };
        let mut certificates: Vec<&[u8]> = Vec::new();
        let mut keys = 0;
        for part in ours.entries.iter().flat_map(|it| &it.parts) {
            match part {
                Part::Certificate(it) => certificates.push(&it.der),
                Part::Opened(..) | Part::Key(_) => keys += 1,
                other => panic!("{path}: {other:?}"),
            }
        }
        let mut expected: Vec<&[u8]> = theirs.certs.iter().map(|it| it.cert.as_der()).collect();
        certificates.sort_unstable();
        expected.sort_unstable();
        assert_eq!((keys, certificates), (theirs.keys.len(), expected), "{path}");
    }
}

/// `server.p12` with the rounds of its proof set to 2^31 - 1.
fn greedy() -> Vec<u8> {
    let mut bytes = testdata("pki/server.p12");
    assert!(bytes.ends_with(&[2, 2, 8, 0]), "2048 rounds");
    let end = bytes.len();
    let data = (0..end - 2).rev().find(|at| {
        bytes[*at] == 0x30 && bytes[*at + 2] == 0x30 && at + 2 + usize::from(bytes[at + 1]) == end
    });
    bytes[data.unwrap() + 1] += 2;
    let length = u16::from_be_bytes([bytes[2], bytes[3]]) + 2;
    bytes[2..4].copy_from_slice(&length.to_be_bytes());
    bytes.truncate(end - 4);
    bytes.extend([2, 4, 0x7f, 0xff, 0xff, 0xff]);
    bytes
}

#[test]
fn hostile_stores_cost_nothing() {
    let start = Instant::now();
    let found = summary(&read("x.p12", greedy(), Some("correct horse")));
    let why = "asks for 2147483647 rounds of key derivation, and more than 1000000 are not done";
    assert_eq!(found, format!("PKCS#12 unsupported ({why}): 0/1 keys, 0 certs, 0 trusted"));
    // Four thousand million entries, and a chain as long.
    for head in [&[0_u8, 0, 0, 2, 0xff, 0xff, 0xff, 0xff][..], &[0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1]] {
        let mut bytes = vec![0xfe, 0xed, 0xfe, 0xed];
        bytes.extend(head);
        bytes.extend([0; 14]);
        bytes.extend([0xff; 16]);
        let found = summary(&read("x.jks", bytes, None));
        assert!(found.starts_with("JKS broken"), "{found}");
    }
    // Lists in lists in lists, in a sealed key.
    let mut bytes = vec![0xce, 0xce, 0xce, 0xce, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0];
    bytes.extend([0; 8]);
    bytes.extend([0xac, 0xed, 0, 5]);
    bytes.extend([0x75, 0x72, 0, 1, b'['].repeat(5000));
    let found = summary(&read("x.jceks", bytes, None));
    assert!(found.starts_with("JCEKS broken"), "{found}");
    assert!(start.elapsed().as_secs() < 5, "it took {:?}", start.elapsed());
}

/// Java's own truststore, where this machine has one: no password is needed, and all of it is trusted.
#[test]
fn the_truststore_of_java() {
    let Ok(bytes) = fs::read("/etc/ssl/certs/java/cacerts") else {
        println!("this machine has no truststore of Java, so nothing was tried");
        return;
    };
    let content = store::read(&bytes).unwrap();
    let trusted = content.entries.iter().filter(|it| it.kind == EntryKind::TrustedCertificate).count();
    assert!(trusted > 50 && trusted == content.entries.len(), "{trusted}");
    assert!(matches!(content.access, Access::Certificates | Access::Open { .. }));
}

/// Kinds that only other software writes.
#[test]
fn flipped_bytes_in_the_zoo() {
    let Some(zoo) = corpus::folder("zoo") else { return };
    for name in ["jks/key.bks", "jks/trust.uber", "jks/trust.bcfks", "p12/k8s-secret.b64", "p7/chain-crl.p7b"]
    {
        let whole = fs::read(zoo.join(name)).unwrap();
        for at in (0..whole.len()).step_by(23) {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x81;
            survive(bytes, "changeit");
            survive(whole[..at].to_vec(), "changeit");
        }
    }
}

/// Reads and opens, and looks at every place.
fn survive(bytes: Vec<u8>, password: &str) {
    let reading = read("x.p12", bytes, Some(password));
    let source = &reading.sources[0];
    let materials = &reading.model.materials;
    for item in materials.holding(FileId(0)).map_or(&[][..], |it| &it.items) {
        let span = source.span(item.at.place);
        assert!(span.end as usize <= source.text.len() && span.start <= span.end);
    }
    for entry in materials.store(FileId(0)).map_or(&[][..], |it| &it.entries) {
        assert!(!source.slice(source.span(entry.at.place)).is_empty());
        assert!(entry.items.end <= materials.holding(FileId(0)).unwrap().items.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_prefix_is_survived(sample in 0..SAMPLES.len(), part in 0..10_000_usize) {
        let (path, password, _) = SAMPLES[sample];
        let mut bytes = testdata(path);
        bytes.truncate(bytes.len() * part / 10_000);
        survive(bytes, password);
    }

    #[test]
    fn any_flipped_byte_is_survived(sample in 0..SAMPLES.len(), part in 0..10_000_usize, to: u8) {
        let (path, password, _) = SAMPLES[sample];
        let mut bytes = testdata(path);
        let at = bytes.len() * part / 10_000;
        bytes[at] = to;
        survive(bytes, password);
    }
}
