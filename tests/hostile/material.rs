//! Certificates, keys and keystores that ask for endless work.

use std::fmt::Write as _;

use data_encoding::BASE64;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};

use super::{
    all_read, checked,
    der::{integer, oid, sequence, tlv},
    few, in_time, over_limit, rules,
};

const DATA: &str = "2a864886f70d010701";
const ENCRYPTED: &str = "2a864886f70d010706";
const PBES2: &str = "2a864886f70d01050d";
const PBKDF2: &str = "2a864886f70d01050c";
const SCRYPT: &str = "2b06010401da47040b";
const AES_256_CBC: &str = "60864801650304012a";
const SHA_256: &str = "608648016503040201";

fn pem(label: &str, der: &[u8]) -> Vec<u8> {
    let mut text = format!("-----BEGIN {label}-----\n");
    for line in BASE64.encode(der).as_bytes().chunks(64) {
        let _ = writeln!(text, "{}", std::str::from_utf8(line).unwrap());
    }
    let _ = writeln!(text, "-----END {label}-----");
    text.into_bytes()
}

fn pbes2(derivation: Vec<u8>) -> Vec<u8> {
    let cipher = sequence(&[oid(AES_256_CBC), tlv(0x04, &[7; 16])]);
    sequence(&[oid(PBES2), sequence(&[derivation, cipher])])
}

fn pbkdf2(rounds: u64) -> Vec<u8> {
    sequence(&[oid(PBKDF2), sequence(&[tlv(0x04, &[1; 8]), integer(rounds)])])
}

fn scrypt(cost: u64, block: u64) -> Vec<u8> {
    sequence(&[oid(SCRYPT), sequence(&[tlv(0x04, &[1; 8]), integer(cost), integer(block), integer(1)])])
}

/// A store whose seal and content are derived in so many rounds.
fn pkcs12(seal: u64, content: u64) -> Vec<u8> {
    let sealed = sequence(&[oid(DATA), pbes2(pbkdf2(content)), tlv(0x80, &[9; 64])]);
    let part = sequence(&[oid(ENCRYPTED), tlv(0xa0, &sequence(&[integer(0), sealed]))]);
    let safe = sequence(&[oid(DATA), tlv(0xa0, &tlv(0x04, &sequence(&[part])))]);
    let digest = sequence(&[sequence(&[oid(SHA_256), tlv(0x05, b"")]), tlv(0x04, &[3; 32])]);
    sequence(&[integer(3), safe, sequence(&[digest, tlv(0x04, &[4; 8]), integer(seal)])])
}

#[test]
fn stores_that_ask_for_two_billion_rounds_stay_closed() {
    const ROUNDS: u64 = 1 << 31;
    let nginx = b"events {}\nhttp { server { listen 443 ssl; } }\n".to_vec();
    for (seal, content) in [(ROUNDS, ROUNDS), (ROUNDS, 1), (1, ROUNDS), (u64::MAX, 1), (0, 0)] {
        let report =
            checked(vec![("etc/nginx/nginx.conf", nginx.clone()), ("etc/ssl/a.p12", pkcs12(seal, content))]);
        few(&report, 10);
        if seal == ROUNDS {
            let said = format!("{:?}", report.findings);
            assert!(said.contains("2147483648"), "the rounds are told: {said}");
        }
    }
}

#[test]
fn keys_that_ask_for_two_billion_rounds_stay_closed() {
    for derivation in
        [pbkdf2(1 << 31), pbkdf2(u64::MAX), scrypt(1 << 40, 8), scrypt(1 << 20, 1 << 20), scrypt(0, 0)]
    {
        let key = sequence(&[pbes2(derivation), tlv(0x04, &[9; 64])]);
        let report = checked(vec![
            ("etc/nginx/nginx.conf", b"events {}\nhttp { server { listen 443 ssl; ssl_certificate a.pem; ssl_certificate_key a.key; } }\n".to_vec()),
            ("etc/nginx/a.key", pem("ENCRYPTED PRIVATE KEY", &key)),
        ]);
        few(&report, 10);
    }
}

#[test]
fn many_stores_share_one_allowance() {
    // Each asks for what one may have; all together would take an hour.
    let files: Vec<(String, Vec<u8>)> =
        (0..2_000).map(|index| (format!("etc/{index}.p12"), pkcs12(900_000, 900_000 + index))).collect();
    let report = checked(files.iter().map(|(path, bytes)| (&**path, bytes.clone())).collect());
    assert!(!over_limit(&report).is_empty(), "{:?}", rules(&report).first());
}

#[test]
fn stores_of_java_that_lie_about_their_length() {
    let head = |magic: &[u8], version: u32, count: u32| {
        [magic, &version.to_be_bytes(), &count.to_be_bytes()].concat()
    };
    let entry = |chain: u32| {
        let mut out = head(&[0xfe, 0xed, 0xfe, 0xed], 2, 1);
        out.extend(1_u32.to_be_bytes());
        out.extend([0, 1, b'a']);
        out.extend([0; 8]);
        out.extend(0_u32.to_be_bytes());
        out.extend(chain.to_be_bytes());
        out
    };
    let long_key = {
        let mut out = head(&[0xfe, 0xed, 0xfe, 0xed], 2, 1);
        out.extend(1_u32.to_be_bytes());
        out.extend([0, 1, b'a']);
        out.extend([0; 8]);
        out.extend(u32::MAX.to_be_bytes());
        out
    };
    all_read(vec![
        ("a.jks", head(&[0xfe, 0xed, 0xfe, 0xed], 2, u32::MAX)),
        ("a.jks", [head(&[0xfe, 0xed, 0xfe, 0xed], 2, u32::MAX), vec![0; 1 << 20]].concat()),
        ("a.jks", entry(u32::MAX)),
        ("a.jks", long_key),
        (
            "a.jceks",
            [
                head(&[0xce, 0xce, 0xce, 0xce], 2, 1),
                vec![0, 0, 0, 3, 0, 1, b'a', 0, 0, 0, 0, 0, 0, 0, 0],
                b"\xac\xed\x00\x05".to_vec(),
                b"uq\x00~".repeat(100_000),
            ]
            .concat(),
        ),
    ]);
    // A Bouncy Castle store: version, salt, rounds, then entries.
    let bouncy = [
        2_u32.to_be_bytes().to_vec(),
        20_u32.to_be_bytes().to_vec(),
        vec![5; 20],
        u32::MAX.to_be_bytes().to_vec(),
        vec![1, 0, 1, b'a', 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff],
    ]
    .concat();
    let report = checked(vec![("a.bks", bouncy)]);
    few(&report, 10);
}

/// A certificate of about ten megabytes, and its key.
fn enormous(shape: impl FnOnce(&mut CertificateParams)) -> (Vec<u8>, String) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["a.example.com".to_owned()]).unwrap();
    (params.not_before, params.not_after) = (date_time_ymd(2026, 1, 1), date_time_ymd(2026, 12, 1));
    shape(&mut params);
    let der = params.self_signed(&key).unwrap().der().to_vec();
    assert!(der.len() > 9_000_000 && der.len() < 20_000_000, "{}", der.len());
    (der, key.serialize_pem())
}

fn in_use(der: &[u8], key: &str, names: &str) -> Vec<(&'static str, Vec<u8>)> {
    let conf = format!(
        "events {{}}\nhttp {{ server {{ listen 443 ssl; server_name {names}; ssl_certificate a.pem; ssl_certificate_key a.key; \
         ssl_trusted_certificate a.pem; }} }}\n"
    );
    vec![
        ("etc/nginx/nginx.conf", conf.into_bytes()),
        ("etc/nginx/a.pem", pem("CERTIFICATE", der)),
        ("etc/nginx/a.key", key.as_bytes().to_vec()),
        ("other/a.der", der.to_vec()),
    ]
}

#[test]
fn a_certificate_of_ten_megabytes_with_many_names() {
    let (der, key) = in_time(|| {
        enormous(|params| {
            let names = (0..400_000).map(|index| format!("host-{index:06}.a.example.com"));
            params.subject_alt_names =
                names.map(|it| rcgen::SanType::DnsName(it.try_into().unwrap())).collect();
        })
    });
    let report = checked(in_use(&der, &key, "host-399999.a.example.com"));
    few(&report, 20);
    for finding in &report.findings {
        assert!(finding.message.len() < 10_000, "{} says {} bytes", finding.rule, finding.message.len());
    }
}

#[test]
fn a_certificate_of_ten_megabytes_in_one_name() {
    let (der, key) = in_time(|| {
        enormous(|params| params.distinguished_name.push(DnType::CommonName, "x".repeat(5_000_000)))
    });
    let report = checked(in_use(&der, &key, "a.example.com"));
    few(&report, 20);
    for finding in &report.findings {
        assert!(finding.message.len() < 10_000, "{} says {} bytes", finding.rule, finding.message.len());
        for label in finding.labels() {
            assert!(label.text.len() < 10_000, "{} labels {} bytes", finding.rule, label.text.len());
        }
    }
}

#[test]
fn a_certificate_of_ten_megabytes_in_one_extension() {
    let (der, key) = in_time(|| {
        enormous(|params| {
            let content = tlv(0x04, &vec![0x30; 10_000_000]);
            params.custom_extensions.push(rcgen::CustomExtension::from_oid_content(&[2, 5, 29, 99], content));
        })
    });
    few(&checked(in_use(&der, &key, "a.example.com")), 20);
}

#[test]
fn authorities_that_all_bear_one_name() {
    let mut bundle = String::new();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, "Everybody");
    params.use_authority_key_identifier_extension = false;
    params.key_identifier_method = rcgen::KeyIdMethod::PreSpecified(vec![1; 20]);
    let mut last = KeyPair::generate().unwrap();
    for _ in 0..150 {
        let next = KeyPair::generate().unwrap();
        let issuer = Issuer::from_params(&params, &last);
        bundle.push_str(&params.signed_by(&next, &issuer).unwrap().pem());
        drop(issuer);
        last = next;
    }
    let leaf_key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["a.example.com".to_owned()]).unwrap();
    let leaf = leaf.signed_by(&leaf_key, &Issuer::from_params(&params, &last)).unwrap();
    let conf = "events {}\nhttp { server { listen 443 ssl; server_name a.example.com; ssl_certificate a.pem; ssl_certificate_key a.key; \
                ssl_client_certificate ca.pem; ssl_verify_client on; } }\n";
    let report = checked(vec![
        ("etc/nginx/nginx.conf", conf.as_bytes().to_vec()),
        ("etc/nginx/a.pem", format!("{}{bundle}", leaf.pem()).into_bytes()),
        ("etc/nginx/a.key", leaf_key.serialize_pem().into_bytes()),
        ("etc/nginx/ca.pem", bundle.into_bytes()),
    ]);
    few(&report, 1_000);
}

#[test]
fn one_certificate_forty_thousand_times() {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["a.example.com".to_owned()]).unwrap();
    let block = params.self_signed(&key).unwrap().pem();
    let conf = "events {}\nhttp { server { listen 443 ssl; server_name a.example.com; ssl_certificate a.pem; ssl_certificate_key a.key; } }\n";
    let report = checked(vec![
        ("etc/nginx/nginx.conf", conf.as_bytes().to_vec()),
        ("etc/nginx/a.pem", block.repeat(40_000).into_bytes()),
        ("etc/nginx/a.key", key.serialize_pem().into_bytes()),
    ]);
    few(&report, 50);
}
