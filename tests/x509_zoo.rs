//! The reader of certificates and keys against a zoo of real ones: every algorithm, every form, every fault.
//!
//! The zoo lies beside the repository (`../shared/corpus/zoo`) or where `TLSLINT_CORPUS` says; without it these
//! tests say that they skip.

// A test says what it skips, and stops where the corpus is not what it must be.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use tlslint::x509::{
    self, Certificate, Coverage, DerKind, KeyFamily, KeyId, KeyMaterial, PublicKey, Request, RevocationList,
    Time, UnlockError, Verdict,
};

#[path = "common/corpus.rs"]
mod corpus;

/// The password of every locked key in the zoo.
const PASSWORD: &[u8] = b"secret";

struct Block {
    label: String,
    headers: Vec<(String, String)>,
    der: Vec<u8>,
}

/// Just enough PEM for well-formed files.
fn blocks(bytes: &[u8]) -> Vec<Block> {
    let text = String::from_utf8_lossy(bytes);
    let mut out = Vec::new();
    let mut rest = &*text;
    while let Some((_, after)) = rest.split_once("-----BEGIN ") {
        let (label, after) = after.split_once("-----").unwrap();
        let Some((body, after)) = after.split_once(&format!("-----END {label}-----")) else { break };
        let (head, base64) = body.split_once("\n\n").unwrap_or(("", body));
        let headers = head.lines().filter_map(|line| line.split_once(": "));
        let base64: String = base64.split_whitespace().collect();
        out.push(Block {
            label: label.to_owned(),
            headers: headers.map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
            der: data_encoding::BASE64.decode(base64.as_bytes()).unwrap(),
        });
        rest = after;
    }
    out
}

/// The DER of every block of a PEM file, or the file itself.
fn ders(path: &Path) -> Vec<Vec<u8>> {
    let bytes = fs::read(path).unwrap();
    let found = blocks(&bytes);
    if found.is_empty() { vec![bytes] } else { found.into_iter().map(|block| block.der).collect() }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut out: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    out.sort();
    out
}

fn ends(path: &Path, endings: &[&str]) -> bool {
    path.extension().is_some_and(|found| endings.iter().any(|ending| found == *ending))
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

fn certificate(path: &Path) -> Certificate {
    Certificate::parse(&ders(path)[0]).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn every_certificate_is_read_or_its_fault_is_named() {
    let Some(zoo) = corpus::folder("zoo") else { return };
    let faults = BTreeMap::from([
        ("bad-time-month.der", "notBefore: month 13 (at byte "),
        ("bad-time-no-z.der", "notBefore: no `Z` at the end (at byte "),
        ("bad-time-sec99.der", "notBefore: second 99 (at byte "),
        ("truncated.der", "certificate: ends after "),
    ]);
    let (mut read, mut refused) = (0, 0);
    for folder in ["certs", "chains", "der"] {
        for path in files(&zoo.join(folder)) {
            if !ends(&path, &["pem", "der", "cer"]) {
                continue;
            }
            for der in ders(&path) {
                match (Certificate::parse(&der), faults.get(&*name(&path))) {
                    (Ok(_), None) => read += 1,
                    (Err(error), Some(fault)) => {
                        assert!(error.to_string().starts_with(fault), "{}: {error}", path.display());
                        refused += 1;
                    }
                    (outcome, _) => panic!("{}: {outcome:?}", path.display()),
                }
            }
        }
    }
    assert_eq!(refused, faults.len());
    assert!(read >= 119, "{read}");
}

#[test]
fn oddities_of_encoding_are_noted() {
    let Some(zoo) = corpus::folder("zoo") else { return };
    let notes = |name: &str| -> Vec<String> {
        certificate(&zoo.join("der").join(name)).irregular.into_iter().map(|note| note.what).collect()
    };
    let not_der = vec!["certificate: BER where DER must stand".to_owned()];
    assert_eq!(notes("ber-indefinite.der"), not_der);
    assert_eq!(notes("ber-long-length.der"), not_der);
    assert_eq!(notes("bool-01.der"), not_der);
    assert_eq!(notes("serial-empty.der"), ["serialNumber: empty"]);
    assert_eq!(notes("serial-padded.der"), ["serialNumber: padded with zeros"]);
    assert!(notes("rsa2048.cer").is_empty());
    let bad_text = certificate(&zoo.join("certs/name-utf8-invalid.der"));
    assert_eq!(bad_text.irregular[0].what, "subject: bytes that are no UTF-8 in a UTF8String");

    let odd = |name: &str| certificate(&zoo.join("der").join(name));
    assert!(odd("sig-alg-mismatch.der").inner_outer_algorithms_differ);
    assert!(!odd("wild.der").inner_outer_algorithms_differ);
    assert_eq!(odd("version-4.der").version, 4);
    assert_eq!(odd("trailing-newline.der").trailing, 1);
    assert!(odd("trailing-bytes.der").trailing > 0);
    let both = fs::read(zoo.join("der/two-certs.der")).unwrap();
    let first = Certificate::parse(&both).unwrap();
    assert!(Certificate::parse(&both[both.len() - first.trailing..]).is_ok());
    // The same certificate, in a harmless other encoding, still has its signature.
    let root = certificate(&zoo.join("chains/root.pem")).public_key;
    let issuer = |name: &str| x509::verify(&odd(name), &root);
    assert_eq!(issuer("ber-indefinite.der"), issuer("trailing-newline.der"));
}

#[test]
fn names_and_numbers_are_those_of_openssl() {
    let Some(zoo) = corpus::folder("zoo") else { return };
    let subject = |file: &str| certificate(&zoo.join("certs").join(file)).subject.text;
    assert_eq!(subject("name-bmp.pem"), "CN=Größe");
    assert_eq!(subject("name-universal.pem"), "CN=Größe");
    assert_eq!(subject("name-teletex-latin1.der"), "CN=Größe");
    assert_eq!(subject("name-utf8-invalid.der"), "CN=Gr\u{fffd}\u{fffd}e");
    assert_eq!(subject("utf8.pem"), "C=DE, O=Größe Ünïcode AG, CN=bücher.example");
    assert_eq!(subject("multi-rdn.pem"), "C=US, O=X + OU=Y, CN=multi.example");
    assert_eq!(subject("empty-subject.pem"), "");
    let serial = |file: &str| certificate(&zoo.join("certs").join(file)).serial;
    assert_eq!(serial("serial-0.pem"), "00");
    assert_eq!(serial("serial-neg.pem"), "-05");
    assert_eq!(serial("serial-21.pem"), "F".repeat(40));
    assert_eq!(serial("name-bmp.pem"), "0807FC0DC97212D5B451D7EE7EF0E353EAAA267A");
    assert_eq!(certificate(&zoo.join("certs/y9999.pem")).not_after.rfc3339(), "9999-12-31T23:59:59Z");
    assert!(certificate(&zoo.join("certs/y2050.pem")).not_after > Time::parse("2050-01-01").unwrap());
}

#[test]
fn extensions_are_read() {
    let Some(zoo) = corpus::folder("zoo") else { return };
    let cert = |file: &str| certificate(&zoo.join("certs").join(file));
    assert!(cert("must-staple.pem").must_staple);
    assert!(!cert("aia.pem").must_staple);
    assert_eq!(cert("aia.pem").ocsp_urls, ["http://ocsp.example/"]);
    assert!(!cert("aia.pem").issuer_urls.is_empty());
    assert_eq!(cert("unknown-critical.pem").unknown_critical, ["1.2.3.4.5"]);
    assert!(cert("nameconstraints.pem").unknown_critical.is_empty());
    assert!(!cert("nameconstraints.pem").name_constraints.unwrap().permitted.is_empty());
    assert_eq!(cert("san-300.pem").names().count(), 300);
    assert_eq!(cert("san-300.pem").host_coverage("H299.example.com."), Coverage::Covered);
    assert_eq!(cert("san-300.pem").host_coverage("h300.example.com"), Coverage::NotCovered);
    assert_eq!(cert("no-san.pem").host_coverage("no-san.example"), Coverage::NoSan);
    let both: Vec<String> =
        cert("eku-both.pem").extended_key_usage.unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(both, ["serverAuth", "clientAuth"]);
    assert!(cert("eku-any.pem").allows(&x509::Purpose::ClientAuth));
    assert!(!cert("eku-server.pem").allows(&x509::Purpose::ClientAuth));
    assert!(cert("ku-keycertsign-notca.pem").key_usage.unwrap().key_cert_sign());
    assert_eq!(cert("eku-server.pem").key_usage, None);
    let wild = certificate(&zoo.join("der/wild.der"));
    assert_eq!(wild.host_coverage("a.example.com"), Coverage::Covered);
    assert_eq!(wild.host_coverage("a.b.example.com"), Coverage::NotCovered);
    assert!(wild.unreadable_extensions.is_empty() && !wild.looks_public());
}

#[test]
fn self_signatures() {
    let Some(zoo) = corpus::folder("zoo") else { return };
    // What nobody here computes is said to be unsupported; everything else must be good.
    let unsupported = ["ss-ec-secp256k1.pem", "ss-rsa-sha3-256.pem"];
    let mut checked = 0;
    for path in files(&zoo.join("certs")).into_iter().chain([zoo.join("der/rsa2048.cer")]) {
        let file = name(&path);
        if !file.starts_with("ss-") && file != "rsa2048.cer" {
            continue;
        }
        let cert = certificate(&path);
        let verdict = x509::verify(&cert, &cert.public_key);
        if unsupported.contains(&&*file) {
            assert!(matches!(verdict, Verdict::Unsupported(_)), "{file}: {verdict:?}");
        } else {
            assert_eq!(verdict, Verdict::Good, "{file}: {}", cert.signature_algorithm);
            assert!(cert.is_self_signed(), "{file}");
            // A flipped bit of the signed part must be seen, whichever way the check went.
            let mut der = cert.der.to_vec();
            let serial_bit = 16;
            der[serial_bit] ^= 1;
            if let Ok(other) = Certificate::parse(&der) {
                assert_eq!(x509::verify(&other, &cert.public_key), Verdict::Bad, "{file}");
            }
            // And one of the signature.
            let mut der = cert.der.to_vec();
            *der.last_mut().unwrap() ^= 1;
            let other = Certificate::parse(&der).unwrap();
            assert_eq!(x509::verify(&other, &cert.public_key), Verdict::Bad, "{file}");
        }
        checked += 1;
    }
    assert_eq!(checked, 28);
}

#[test]
fn issuers_are_told_by_signature() {
    let Some(zoo) = corpus::folder("zoo") else { return };
    let chain = |file: &str| -> Vec<Certificate> {
        ders(&zoo.join("chains").join(file)).iter().map(|der| Certificate::parse(der).unwrap()).collect()
    };
    let twelve = chain("full-d12.pem");
    assert!(twelve.len() >= 12);
    for pair in twelve.windows(2) {
        assert_eq!(x509::verify(&pair[0], &pair[1].public_key), Verdict::Good);
        assert!(pair[0].issuer.same_text(&pair[1].subject));
        assert!(pair[1].is_ca());
    }
    let root = &chain("root.pem")[0];
    let (real, impostor) = (&chain("int1.pem")[0], &chain("int1-impostor.pem")[0]);
    assert!(real.subject.same_text(&impostor.subject));
    let leaf = &chain("leaf-d2.pem")[0];
    assert_eq!(x509::verify(leaf, &real.public_key), Verdict::Good);
    assert_eq!(x509::verify(leaf, &impostor.public_key), Verdict::Bad);
    assert_eq!(x509::verify(real, &root.public_key), Verdict::Good);
    for file in ["bad-signature.der", "tampered-subject.der"] {
        let broken = certificate(&zoo.join("der").join(file));
        for path in files(&zoo.join("chains")).iter().filter(|path| ends(path, &["pem"])) {
            for issuer in ders(path) {
                let issuer = Certificate::parse(&issuer).unwrap();
                assert_eq!(x509::verify(&broken, &issuer.public_key), Verdict::Bad, "{file}");
            }
        }
    }
}

/// The public half of every key in a file: of the zoo's passwords, only where it is locked.
fn key_of(block: &Block) -> Result<PublicKey, String> {
    match x509::private_key(&block.label, &block.headers, &block.der) {
        Ok(KeyMaterial::Plain(key)) => Ok(key),
        Ok(KeyMaterial::Locked(locked)) => {
            for wrong in [&b""[..], b"Secret", b"secret\n", b"x"] {
                assert_eq!(locked.unlock(wrong), Err(UnlockError::WrongPassword), "{locked:?}");
            }
            locked.unlock(PASSWORD).map_err(|error| format!("{}: {error}", locked.scheme))
        }
        Ok(KeyMaterial::Unsupported { what, .. }) => Err(what),
        Err(error) => Err(error.to_string()),
    }
}

#[test]
fn every_key_finds_its_certificates() {
    let Some(zoo) = corpus::folder("zoo") else { return };
    let mut owners: BTreeMap<KeyId, Vec<String>> = BTreeMap::new();
    for path in files(&zoo.join("certs")) {
        if name(&path).starts_with("ss-") {
            owners.entry(certificate(&path).public_key.id).or_default().push(name(&path));
        }
    }
    let of = |prefix: &str| match prefix {
        "rsa2048" => "ss-rsa2048.pem",
        "rsa1024" => "ss-rsa1024.pem",
        "rsa4096" => "ss-rsa4096.pem",
        "rsapss2048" => "ss-rsapss2048.pem",
        "dsa2048" => "ss-dsa2048.pem",
        "ec-P-256" => "ss-ec-P-256.pem",
        "ec-P-256-explicit" => "ss-ec-P-256-explicit.pem",
        "ec-P-384" => "ss-ec-P-384.pem",
        "ec-P-521" => "ss-ec-P-521.pem",
        "ec-secp256k1" => "ss-ec-secp256k1.pem",
        "ed25519" => "ss-ed25519.pem",
        "ed448" => "ss-ed448.pem",
        "mldsa44" => "ss-mldsa44.pem",
        "mldsa65" => "ss-mldsa65.pem",
        "mldsa87" => "ss-mldsa87.pem",
        _ => "",
    };
    // Keys of no certificate in the zoo.
    let strangers = ["ec-P-256.withparams.pem"];
    // These six are one key of no certificate, in six forms.
    let second = [
        "rsa2048b.pk8.pem",
        "rsa2048.pkcs1pub.pem",
        "rsa2048.pkcs1.pem",
        "rsa2048.pkcs1.der",
        "rsa2048.dek-aes.pem",
        "rsa2048.dek-des3.pem",
    ];
    let mut seconds = Vec::new();
    let mut matched = 0;
    for path in files(&zoo.join("keys")) {
        let file = name(&path);
        let bytes = fs::read(&path).unwrap();
        let mut found = blocks(&bytes);
        if found.is_empty() {
            found.push(Block { label: "PRIVATE KEY".into(), headers: Vec::new(), der: bytes });
        }
        let block = found.into_iter().find(|block| block.label != "EC PARAMETERS").unwrap();
        let key = match &*block.label {
            "PUBLIC KEY" | "RSA PUBLIC KEY" => {
                x509::public_key(&block.der).map_err(|error| error.to_string())
            }
            _ => key_of(&block),
        };
        if file == "x25519.pk8.pem" {
            assert_eq!(key.unwrap_err(), "the public half of X25519 is not computed");
            continue;
        }
        let key = key.unwrap_or_else(|error| panic!("{file}: {error}"));
        let owners = owners.get(&key.id).cloned().unwrap_or_default();
        if strangers.contains(&&*file) {
            assert!(owners.is_empty(), "{file}: {owners:?}");
        } else if second.contains(&&*file) {
            assert!(owners.is_empty(), "{file}: {owners:?}");
            seconds.push(key.id);
        } else {
            let expected = of(file.split('.').next().unwrap());
            assert!(owners.iter().any(|owner| owner == expected), "{file}: {owners:?}");
            matched += 1;
        }
    }
    assert_eq!(seconds.len(), second.len());
    assert!(seconds.iter().all(|id| *id == seconds[0]));
    assert_eq!(matched, 34);
}

#[test]
fn locks_are_described_without_a_password() {
    let Some(zoo) = corpus::folder("zoo") else { return };
    let locked = |file: &str| {
        let block = blocks(&fs::read(zoo.join("keys").join(file)).unwrap()).remove(0);
        match x509::private_key(&block.label, &block.headers, &block.der) {
            Ok(KeyMaterial::Locked(locked)) => (locked.scheme, locked.iterations, locked.weak),
            other => panic!("{file}: {other:?}"),
        }
    };
    let is = |scheme: &str, rounds, weak| (scheme.to_owned(), rounds, weak);
    assert_eq!(locked("rsa2048.enc-pbes2-aes.pem"), is("PBES2/PBKDF2/AES-256-CBC", Some(2048), false));
    assert_eq!(locked("rsa2048.enc-pbes2-3des.pem"), is("PBES2/PBKDF2/3DES-CBC", Some(2048), true));
    assert_eq!(locked("rsa2048.enc-scrypt.pem"), is("PBES2/scrypt/AES-256-CBC", Some(16384), false));
    assert_eq!(locked("rsa2048.enc-pbes1-md5des.pem"), is("PBE-MD5-DES", Some(2048), true));
    assert_eq!(locked("rsa2048.enc-pbes1-sha3des.pem"), is("PBE-SHA1-3DES", Some(2048), true));
    assert_eq!(locked("rsa2048.dek-des3.pem"), is("DEK-Info DES-EDE3-CBC", None, true));
    assert_eq!(locked("ec-P-256.dek-aes.pem"), is("DEK-Info AES-128-CBC", None, true));
}

#[test]
fn nothing_secret_is_printed() {
    let Some(zoo) = corpus::folder("zoo") else { return };
    let hex = |bytes: &[u8]| format!("{bytes:?}").trim_matches(['[', ']']).to_owned();
    for path in files(&zoo.join("keys")) {
        for block in blocks(&fs::read(&path).unwrap()) {
            let Ok(material) = x509::private_key(&block.label, &block.headers, &block.der) else { continue };
            let shown = format!("{material:?}");
            // The tail of a private key is secret (or cipher text); the public half stands further up.
            let tail = hex(&block.der[block.der.len() - 12..]);
            let public_at_the_end =
                matches!(&material, KeyMaterial::Plain(key) if key.kind.family() == KeyFamily::Ecdsa);
            assert!(public_at_the_end || !shown.contains(&tail), "{}", path.display());
            assert!(!matches!(material, KeyMaterial::Locked(_)) || shown.len() < 120, "{shown}");
        }
    }
}

#[test]
fn kinds_are_told_by_structure() {
    let Some(zoo) = corpus::folder("zoo") else { return };
    let kind = |file: &str| x509::sniff_der(&ders(&zoo.join(file))[0]);
    let private = |label| DerKind::PrivateKey { label };
    assert_eq!(kind("keys/rsa2048.pk8.der"), private("RSA PRIVATE KEY"), "named PKCS#8, is PKCS#1");
    assert_eq!(kind("keys/rsa2048.pk8.pem"), private("PRIVATE KEY"));
    assert_eq!(kind("keys/ec-P-256.sec1.der"), private("EC PRIVATE KEY"));
    assert_eq!(kind("keys/dsa2048.trad.pem"), private("DSA PRIVATE KEY"));
    assert_eq!(kind("keys/rsa2048.enc-pbes2.der"), DerKind::EncryptedPrivateKey);
    assert_eq!(kind("keys/rsa2048.pub.pem"), DerKind::PublicKey);
    assert_eq!(kind("keys/rsa2048.pkcs1pub.pem"), DerKind::PublicKey);
    assert_eq!(kind("decoy/dh2048.pem"), DerKind::DhParameters);
    assert_eq!(x509::dh_parameters(&ders(&zoo.join("decoy/dh2048.pem"))[0]), Ok(2048));
    assert_eq!(kind("csr/rsa.der.csr"), DerKind::Request);
    assert_eq!(kind("crl/one.der.crl"), DerKind::RevocationList);
    assert_eq!(kind("crl/empty.pem"), DerKind::RevocationList);
    assert_eq!(kind("p7/chain-der.p7b"), DerKind::Pkcs7);
    assert_eq!(kind("p7/labelled-certificate.p7b"), DerKind::Pkcs7);
    assert_eq!(kind("p7/signed-ber-indef.p7m"), DerKind::Pkcs7);
    for folder in ["certs", "chains", "der"] {
        for path in files(&zoo.join(folder)) {
            if ends(&path, &["pem", "der", "cer"]) && name(&path) != "truncated.der" {
                let found = x509::sniff_der(&ders(&path)[0]);
                assert_eq!(found, DerKind::Certificate, "{}", path.display());
            }
        }
    }
    let stores = files(&zoo.join("p12"));
    assert!(!stores.is_empty());
    for path in stores {
        let bytes = fs::read(&path).unwrap();
        if bytes.first() == Some(&0x30) {
            assert_eq!(x509::sniff_der(&bytes), DerKind::Pkcs12, "{}", path.display());
        }
    }
}

#[test]
fn requests_and_their_keys() {
    let Some(zoo) = corpus::folder("zoo") else { return };
    for file in ["ec-san.csr", "ed25519.csr", "newhdr.csr", "rsa-san.csr", "rsa.der.csr"] {
        let request = Request::parse(&ders(&zoo.join("csr").join(file))[0]).unwrap();
        assert_eq!(x509::verify_request(&request), Verdict::Good, "{file}");
    }
    let request = Request::parse(&ders(&zoo.join("csr/rsa-san.csr"))[0]).unwrap();
    assert!(request.alt_names.as_ref().is_some_and(|names| !names.is_empty()));
    let key = |file: &str| key_of(&blocks(&fs::read(zoo.join("csr").join(file)).unwrap())[0]).unwrap();
    assert_eq!(key("rsa-san.key").id, request.public_key.id);
    assert_ne!(key("not-matching.key").id, request.public_key.id);
}

#[test]
fn revocation_lists() {
    let Some(zoo) = corpus::folder("zoo") else { return };
    let list = |file: &str| RevocationList::parse(&ders(&zoo.join("crl").join(file))[0]).unwrap();
    let root = certificate(&zoo.join("chains/root.pem"));
    let (one, empty, expired) = (list("one.pem"), list("empty.pem"), list("expired.pem"));
    assert_eq!((one.revoked.len(), empty.revoked.len()), (1, 0));
    assert_eq!(x509::verify_crl(&one, &root.public_key), Verdict::Good);
    let other = certificate(&zoo.join("chains/root2.pem"));
    assert_eq!(x509::verify_crl(&one, &other.public_key), Verdict::Bad);
    assert!(one.issuer.same_text(&root.subject) && one.number.is_some());
    assert!(expired.next_update.unwrap() < Time::parse("2026-11-22").unwrap());
    assert_eq!(list("one.der.crl").revoked.len(), 1);
    let revoked: Vec<String> = files(&zoo.join("caw"))
        .into_iter()
        .filter(|path| ends(path, &["pem"]))
        .filter(|path| one.revokes(&certificate(path)))
        .map(|path| name(&path))
        .collect();
    assert_eq!(revoked, [format!("{}.pem", one.revoked[0])]);
}

#[test]
fn certificates_inside_pkcs7() {
    let Some(zoo) = corpus::folder("zoo") else { return };
    for (file, expected) in [
        ("chain.p7b", 4),
        ("chain-der.p7b", 4),
        ("cms-label.p7c", 4),
        ("labelled-certificate.p7b", 4),
        ("chain-crl.p7b", 4),
        ("signed-ber-indef.p7m", 1),
        ("signed-nocerts.p7m", 0),
    ] {
        let found = x509::pkcs7_certificates(&ders(&zoo.join("p7").join(file))[0]).unwrap();
        assert_eq!(found.len(), expected, "{file}");
        assert!(found.iter().all(|der| Certificate::parse(der).is_ok()), "{file}");
    }
}

/// Everything that takes bytes, on these bytes.
fn everything(bytes: &[u8]) {
    if let Ok(cert) = Certificate::parse(bytes) {
        let _ = (cert.listing(), cert.host_coverage("a.example"), format!("{cert:?}"));
    }
    let _ = Request::parse(bytes);
    let _ = RevocationList::parse(bytes);
    let _ = x509::public_key(bytes);
    let _ = x509::sniff_der(bytes);
    let _ = x509::dh_parameters(bytes);
    let _ = x509::pkcs7_certificates(bytes);
    let _ = x509::private_key("PRIVATE KEY", &[], bytes);
}

#[test]
fn no_prefix_and_no_flipped_byte_panics() {
    let Some(zoo) = corpus::folder("zoo") else { return };
    let samples = [
        "certs/ss-rsa2048.pem",
        "certs/ss-ec-P-256-explicit.pem",
        "certs/nameconstraints.pem",
        "certs/ss-rsapss2048.pem",
        "der/ber-indefinite.der",
        "keys/rsa2048.pk8.pem",
        "keys/ec-P-521.pk8.pem",
        "keys/ed448.pk8.pem",
        "keys/rsa2048.enc-pbes2-aes.pem",
        "keys/rsa2048.enc-scrypt.pem",
        "csr/ec-san.csr",
        "crl/one.pem",
        "p7/signed-ber-indef.p7m",
    ];
    for sample in samples {
        let der = ders(&zoo.join(sample)).remove(0);
        for length in 0..der.len() {
            let prefix = &der[..length];
            everything(prefix);
            assert!(Certificate::parse(prefix).is_err(), "{sample} of {length} bytes");
            assert!(!matches!(x509::private_key("", &[], prefix), Ok(KeyMaterial::Plain(_))), "{sample}");
        }
        for at in 0..der.len() {
            for flip in [0x01, 0x80, 0xff] {
                let mut other = der.clone();
                other[at] ^= flip;
                everything(&other);
            }
        }
    }
}

#[test]
fn keys_of_java_stores_open_with_the_key_password() {
    let Some(zoo) = corpus::folder("zoo") else { return };
    let store = fs::read(zoo.join("jks/key.jks")).unwrap();
    let number = |at: usize, width: usize| {
        store[at..at + width].iter().fold(0_usize, |sum, &byte| (sum << 8) | usize::from(byte))
    };
    // magic, version, count, then: 1 for a key, alias, date, length, EncryptedPrivateKeyInfo, certificates.
    assert_eq!((number(0, 4), number(12, 4)), (0xfeed_feed, 1));
    let key_at = 16 + 2 + number(16, 2) + 8;
    let key = &store[key_at + 4..key_at + 4 + number(key_at, 4)];
    let chain_at = key_at + 4 + key.len();
    let certificate_at = chain_at + 4 + 2 + number(chain_at + 4, 2);
    let leaf = &store[certificate_at + 4..certificate_at + 4 + number(certificate_at, 4)];
    let Ok(KeyMaterial::Locked(locked)) = x509::private_key("PRIVATE KEY", &[], key) else {
        panic!("not locked")
    };
    assert_eq!((&*locked.scheme, locked.weak), ("Java key protector (SHA-1)", true));
    assert_eq!(locked.unlock(b"changeme"), Err(UnlockError::WrongPassword));
    assert_eq!(locked.unlock(b"changeit").unwrap().id, Certificate::parse(leaf).unwrap().public_key.id);
}
