//! Private keys, read only for their public half. Nothing of the secret outlives the call.

use num_bigint::BigUint;
use ring::signature::KeyPair as _;

use super::ParseError;
use super::ber::{self, BIT_STRING, Element, INTEGER, OCTET_STRING, OID, Reader, SEQUENCE};
use super::curve::{self, Curve};
use super::key::{KeyKind, PublicKey, RSA_ALGORITHM};
use super::locked::LockedKey;
use super::scheme;

/// What a private key turned out to be.
#[derive(Clone, Debug)]
pub enum KeyMaterial {
    /// Readable: its public half.
    Plain(PublicKey),
    /// Encrypted: what with.
    Locked(LockedKey),
    /// A key whose public half is not computed here.
    Unsupported {
        /// What stands in the way, in words.
        what: String,
        /// The kind, where it is known all the same.
        kind: Option<KeyKind>,
    },
}

/// Reads a private key.
///
/// `label` is that of the PEM block (`PRIVATE KEY`, `RSA PRIVATE KEY`, `EC PRIVATE KEY`, `DSA PRIVATE KEY`,
/// `ENCRYPTED PRIVATE KEY`), `headers` its `Proc-Type` and `DEK-Info` lines (RFC 1421), `der` its bytes. The
/// form is told by structure (PKCS#8, PKCS#1, SEC1, DSA, RFC 5958), since labels lie; the label only words
/// errors. An encrypted key comes back as [`KeyMaterial::Locked`].
pub fn private_key(label: &str, headers: &[(String, String)], der: &[u8]) -> Result<KeyMaterial, ParseError> {
    if let Some(locked) = LockedKey::legacy(headers, der) {
        return Ok(KeyMaterial::Locked(locked));
    }
    if label.eq_ignore_ascii_case("OPENSSH PRIVATE KEY") || der.starts_with(b"openssh-key-v1\0") {
        return Ok(KeyMaterial::Unsupported {
            what: "a key of OpenSSH, which no TLS software reads".into(),
            kind: None,
        });
    }
    let outer = Reader::new(der).expect(SEQUENCE, "private key")?;
    if outer.inside().peek() == Some(SEQUENCE) {
        return scheme::pkcs8(&outer).map(KeyMaterial::Locked);
    }
    plain(&outer)
}

/// An unencrypted key of any form.
pub(super) fn plain(outer: &Element<'_>) -> Result<KeyMaterial, ParseError> {
    let mut fields = outer.inside();
    fields.expect(INTEGER, "version of a private key")?;
    match fields.peek() {
        Some(SEQUENCE) => pkcs8(fields),
        Some(OCTET_STRING) => {
            let kind = || KeyKind::Ec(Curve::Other(String::new()));
            let parameters = sec1_parameters(outer);
            match parameters {
                Some(parameters) => sec1(outer, &named(parameters)),
                None => Ok(unsupported("an elliptic-curve key that names no curve", Some(kind()))),
            }
        }
        _ => {
            let mut numbers = Vec::with_capacity(9);
            while let Some(number) = fields.take(INTEGER) {
                numbers.push(number);
            }
            match numbers.as_slice() {
                [p, q, g, y, _] => {
                    PublicKey::build(&dsa_algorithm(p.raw, q.raw, g.raw), y.raw).map(KeyMaterial::Plain)
                }
                [_, _, _, _, _, _, _, _, ..] => rsa(RSA_ALGORITHM, outer),
                _ => Err(ParseError {
                    at: fields.at(),
                    what: format!("private key: {} numbers, where RSA has 8 and DSA has 5", numbers.len()),
                }),
            }
        }
    }
}

fn unsupported(what: impl Into<String>, kind: Option<KeyKind>) -> KeyMaterial {
    KeyMaterial::Unsupported { what: what.into(), kind }
}

/// `OneAsymmetricKey`, RFC 5958, after its version.
fn pkcs8(mut fields: Reader<'_>) -> Result<KeyMaterial, ParseError> {
    let algorithm = fields.expect(SEQUENCE, "privateKeyAlgorithm")?;
    let secret = fields.expect(OCTET_STRING, "privateKey")?;
    fields.take(0xa0);
    let stated = fields.take(0x81).and_then(|bits| bits.content.split_first().map(|(_, bits)| bits));
    let kind = KeyKind::of(&algorithm)?;
    let public: Option<Vec<u8>> = match &kind {
        KeyKind::Rsa | KeyKind::RsaPss => {
            return rsa(algorithm.raw, &secret.inside().expect(SEQUENCE, "RSAPrivateKey")?);
        }
        KeyKind::Ec(_) => return sec1(&secret.inside().expect(SEQUENCE, "ECPrivateKey")?, algorithm.raw),
        KeyKind::Dsa => {
            return dsa(&algorithm, secret.inside().expect(INTEGER, "DSA private key")?.unsigned());
        }
        KeyKind::Ed25519 => {
            let seed = secret.inside().expect(OCTET_STRING, "Ed25519 private key")?;
            let pair = ring::signature::Ed25519KeyPair::from_seed_unchecked(seed.content);
            Some(
                pair.map_err(|_| seed.fault("Ed25519 private key: not 32 bytes"))?
                    .public_key()
                    .as_ref()
                    .to_vec(),
            )
        }
        KeyKind::Ed448 => {
            let seed = secret.inside().expect(OCTET_STRING, "Ed448 private key")?;
            let pair = ed448_goldilocks::SigningKey::try_from(seed.content);
            Some(
                pair.map_err(|_| seed.fault("Ed448 private key: not 57 bytes"))?
                    .verifying_key()
                    .to_bytes()
                    .to_vec(),
            )
        }
        KeyKind::MlDsa(set) => ml_dsa_public(*set, secret.inside()),
        _ => None,
    };
    match public.as_deref().or(stated) {
        Some(public) => PublicKey::build(algorithm.raw, public).map(KeyMaterial::Plain),
        None => Ok(unsupported(format!("the public half of {kind} is not computed"), Some(kind))),
    }
}

/// From `RSAPrivateKey`, RFC 8017 A.1.2: version, modulus, exponent.
fn rsa(algorithm: &[u8], key: &Element<'_>) -> Result<KeyMaterial, ParseError> {
    let mut fields = key.inside();
    fields.expect(INTEGER, "version of RSAPrivateKey")?;
    let modulus = fields.expect(INTEGER, "modulus")?;
    let exponent = fields.expect(INTEGER, "publicExponent")?;
    if modulus.unsigned().is_empty() || exponent.unsigned().is_empty() {
        return Err(modulus.fault("RSA private key: a number is zero"));
    }
    let numbers = ber::wrap(SEQUENCE, &[modulus.raw, exponent.raw]);
    PublicKey::build(algorithm, &numbers).map(KeyMaterial::Plain)
}

/// From `ECPrivateKey`, RFC 5915: the point inside, or computed where it is left out.
fn sec1(key: &Element<'_>, algorithm: &[u8]) -> Result<KeyMaterial, ParseError> {
    let mut fields = key.inside();
    fields.expect(INTEGER, "version of ECPrivateKey")?;
    let secret = fields.expect(OCTET_STRING, "privateKey of ECPrivateKey")?;
    fields.take(0xa0);
    let kind = KeyKind::of(&Reader::new(algorithm).expect(SEQUENCE, "curve")?)?;
    let stated =
        fields.take(0xa1).and_then(|field| field.inside().take(BIT_STRING)?.bits().map(<[u8]>::to_vec));
    let computed = || match &kind {
        KeyKind::Ec(curve) => curve::public_point(curve, secret.content),
        _ => None,
    };
    match stated.or_else(computed) {
        Some(point) => PublicKey::build(algorithm, &point).map(KeyMaterial::Plain),
        None => Ok(unsupported(format!("a key of {kind} without its public point"), Some(kind))),
    }
}

/// The `ECParameters` inside an `ECPrivateKey`.
fn sec1_parameters<'a>(key: &Element<'a>) -> Option<&'a [u8]> {
    let mut fields = key.inside();
    fields.take(INTEGER)?;
    fields.take(OCTET_STRING)?;
    Some(fields.take(0xa0)?.content)
}

/// id-ecPublicKey with these parameters.
fn named(parameters: &[u8]) -> Vec<u8> {
    ber::wrap(SEQUENCE, &[&[OID, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1], parameters])
}

/// id-dsa with these numbers, each in DER.
fn dsa_algorithm(p: &[u8], q: &[u8], g: &[u8]) -> Vec<u8> {
    let domain = ber::wrap(SEQUENCE, &[p, q, g]);
    ber::wrap(SEQUENCE, &[&[OID, 7, 0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1], &domain])
}

/// y = g^x mod p, FIPS 186-4 4.1.
fn dsa(algorithm: &Element<'_>, secret: &[u8]) -> Result<KeyMaterial, ParseError> {
    let mut fields = algorithm.inside();
    fields.take(OID);
    let mut domain = fields.expect(SEQUENCE, "DSA parameters")?.inside();
    let p = domain.expect(INTEGER, "p of DSA")?.unsigned();
    domain.expect(INTEGER, "q of DSA")?;
    let g = domain.expect(INTEGER, "g of DSA")?.unsigned();
    if p.len() > 512 || secret.len() > 64 || g.len() > 512 || p.is_empty() {
        return Ok(unsupported("a DSA key of numbers that nobody uses", Some(KeyKind::Dsa)));
    }
    let y = BigUint::from_bytes_be(g).modpow(&BigUint::from_bytes_be(secret), &BigUint::from_bytes_be(p));
    let y = y.to_bytes_be();
    let sign: &[u8] = if y.first().is_some_and(|byte| byte & 0x80 != 0) { &[0] } else { &[] };
    PublicKey::build(algorithm.raw, &ber::wrap(INTEGER, &[sign, &y])).map(KeyMaterial::Plain)
}

/// From the seed, alone or beside the expanded key, RFC 9881 6.
fn ml_dsa_public(set: u16, mut secret: Reader<'_>) -> Option<Vec<u8>> {
    let seed = match secret.peek()? {
        0x80 => secret.take(0x80)?.content,
        SEQUENCE => secret.take(SEQUENCE)?.inside().take(OCTET_STRING)?.content,
        _ => return None,
    };
    let seed = ml_dsa::Seed::try_from(seed).ok()?;
    Some(match set {
        44 => ml_dsa::SigningKey::<ml_dsa::MlDsa44>::from_seed(&seed)
            .expanded_key()
            .verifying_key()
            .encode()
            .to_vec(),
        65 => ml_dsa::SigningKey::<ml_dsa::MlDsa65>::from_seed(&seed)
            .expanded_key()
            .verifying_key()
            .encode()
            .to_vec(),
        87 => ml_dsa::SigningKey::<ml_dsa::MlDsa87>::from_seed(&seed)
            .expanded_key()
            .verifying_key()
            .encode()
            .to_vec(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::x509::public_key;

    fn bytes(base64: &str) -> Vec<u8> {
        data_encoding::BASE64.decode(base64.as_bytes()).unwrap()
    }

    fn public(private: &str) -> PublicKey {
        match private_key("PRIVATE KEY", &[], &bytes(private)) {
            Ok(KeyMaterial::Plain(key)) => key,
            other => panic!("{other:?}"),
        }
    }

    /// SEC1 without the public point, the public key, and the public key with a compressed point.
    const CURVES: [[&str; 3]; 3] = [
        [
            "MDECAQEEIBmTmLmhstQTmiL7dFkBmlx0Cp40sk61d89fq0AfPgY+oAoGCCqGSM49AwEH",
            "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAESmCtMExc/vczrLhEdOQKxH736tmEIHovfZKFYADbEqhREWoww6VQYGlytkDU\
            3YDotMZ68eHXx4sye5vigN5UNA==",
            "MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgACSmCtMExc/vczrLhEdOQKxH736tmEIHovfZKFYADbEqg=",
        ],
        [
            "MD4CAQEEMBqrA5FJ7/4ZSiFByqwQFgL5g6Wg2ZOVpUIVNCMt+to1RPeUccwSUp6Qsnmm6pDkWKAHBgUrgQQAIg==",
            "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAETpHnkgqAXdyvlExEdirvTXeZw7PyOAm3QZAaxosOzZ0rroEtHelMoChvMAVnY7Dg\
            9IvLC9C97/xbcqPMNiNNkACaBhTIAEAQxwT6XQlzihaRd6VmRpy+g7rQxjx5Wri9",
            "MEYwEAYHKoZIzj0CAQYFK4EEACIDMgADTpHnkgqAXdyvlExEdirvTXeZw7PyOAm3QZAaxosOzZ0rroEtHelMoChvMAVnY7Dg",
        ],
        [
            "MFACAQEEQgCbFYiWzK8B5o+An4+v154vHma5rjqVQntw41W7VgEJAh2ieRMGECwSfDCe0FxLwxiwVzq7+kCnYJGzf4sEcsQu\
            a6AHBgUrgQQAIw==",
            "MIGbMBAGByqGSM49AgEGBSuBBAAjA4GGAAQBKeIAkTGu+THF2bEW1FUiVkIvXEjJegc5ZdVYjDxDl3XyeuHH00bQP2YKDCpC\
            DvCLn4DloVbqNZ2Thr47fMvsM/cBW9+4CyyJk3ojVWmbwMTvnUwryGv6rPiWJ7uMMqkMZhnpqdzwuEJsoGt+F5q7Wd2HQRaf\
            ttqyZ2gD1ytJaEoCOSo=",
            "MFgwEAYHKoZIzj0CAQYFK4EEACMDRAACASniAJExrvkxxdmxFtRVIlZCL1xIyXoHOWXVWIw8Q5d18nrhx9NG0D9mCgwqQg7w\
            i5+A5aFW6jWdk4a+O3zL7DP3",
        ],
    ];

    #[test]
    fn a_missing_point_is_computed_and_a_compressed_one_is_the_same_key() {
        for [private, whole, compressed] in CURVES {
            let key = public(private);
            assert_eq!(key, public_key(&bytes(whole)).unwrap());
            let short = public_key(&bytes(compressed)).unwrap();
            assert_eq!(short.id, key.id);
            assert_ne!(short.spki, key.spki);
        }
        let ids: std::collections::BTreeSet<_> =
            CURVES.iter().map(|[private, ..]| public(private).id).collect();
        assert_eq!(ids.len(), 3);
    }

    #[test]
    fn seeds_of_edwards_curves() {
        let key = public("MC4CAQAwBQYDK2VwBCIEIN5VgDnL4seUPw1Eo1n8jUGxVHsmRXC+V7lQy4F1pWnx");
        let stated = "MCowBQYDK2VwAyEA7jT9NTCqLWF8i4GKRX6fasESaZIf8xR2tQ4+1h77nfo=";
        assert_eq!((key.id, key.bits), (public_key(&bytes(stated)).unwrap().id, 256));
        assert_eq!(key.kind.to_string(), "Ed25519");
        let key = public(
            "MEcCAQAwBQYDK2VxBDsEOabwCl7I5Ftp7+qebOhtZlGU0opRDUnegDJiE5cjEvW6IQKpsW6dzVVoXQoMWmL1vMpNM5Z7uEO4\
            qA==",
        );
        let stated =
            "MEMwBQYDK2VxAzoAHljatSPBjxdALSdLJvzgeAmJEYGn1GyK9NEUDUIWvQ5sL7hUoA6DA0+AiOLp3ZUPaGEVE5tmAm+A";
        assert_eq!((key.id, key.bits), (public_key(&bytes(stated)).unwrap().id, 456));
        assert_eq!(key.kind.to_string(), "Ed448");
    }

    #[test]
    fn what_is_no_key_is_said_to_be_none() {
        let error = |der: &[u8]| private_key("PRIVATE KEY", &[], der).unwrap_err().to_string();
        assert_eq!(error(&[]), "private key: missing (at byte 0)");
        assert_eq!(error(b"garbage"), "private key: tag 0x67 where SEQUENCE must stand (at byte 0)");
        assert_eq!(
            error(&[0x30, 6, 2, 1, 0, 2, 1, 1]),
            "private key: 1 numbers, where RSA has 8 and DSA has 5 (at byte 8)"
        );
        let openssh = private_key("OPENSSH PRIVATE KEY", &[], b"openssh-key-v1\0");
        assert!(matches!(openssh, Ok(KeyMaterial::Unsupported { .. })));
    }
}
