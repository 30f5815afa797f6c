//! How an encrypted PKCS#8 key says it is locked: scheme, rounds, salt, and whether opening it is bearable.

use super::ParseError;
use super::ber::{self, Element, INTEGER, OCTET_STRING, OID, Reader, SEQUENCE};
use super::locked::{LockedKey, Method};
use super::unlock::Cipher;

/// More rounds of a key derivation than anyone configures; a file that asks for more only wants our time.
pub(super) const MAX_ITERATIONS: u64 = 1_000_000;
/// Memory that one scrypt may take.
const MAX_SCRYPT_BYTES: u64 = 64 << 20;
/// Times that one scrypt may go over that memory.
const MAX_SCRYPT_PASSES: u64 = 16;

/// `EncryptedPrivateKeyInfo`, RFC 5958 3.
pub(super) fn pkcs8(outer: &Element<'_>) -> Result<LockedKey, ParseError> {
    let mut fields = outer.inside();
    let mut algorithm = fields.expect(SEQUENCE, "encryptionAlgorithm")?.inside();
    let content = fields.expect(OCTET_STRING, "encryptedData")?;
    let oid = algorithm.expect(OID, "encryption algorithm")?;
    let parameters = algorithm.take(SEQUENCE);
    match oid.content {
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 13] => {
            let mut out = pbes2(parameters.map_or(Reader::new(&[]), |found| found.inside()));
            out.content = outer.raw.into();
            Ok(out)
        }
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, family, rest @ ..] => {
            let (salt, rounds) = salt_and_rounds(parameters);
            let pkcs12 = |cipher| Method::Pkcs12 { cipher, salt: salt.into() };
            let (name, method) = match (family, rest) {
                (5, [1]) => ("PBE-MD2-DES", Method::Unknown),
                (5, [3]) => ("PBE-MD5-DES", Method::Pkcs5Des { sha1: false, salt: salt.into() }),
                (5, [4]) => ("PBE-MD2-RC2-64", Method::Unknown),
                (5, [6]) => ("PBE-MD5-RC2-64", Method::Unknown),
                (5, [10]) => ("PBE-SHA1-DES", Method::Pkcs5Des { sha1: true, salt: salt.into() }),
                (5, [11]) => ("PBE-SHA1-RC2-64", Method::Unknown),
                (12, [1, 1]) => ("PBE-SHA1-RC4-128", Method::Unknown),
                (12, [1, 2]) => ("PBE-SHA1-RC4-40", Method::Unknown),
                (12, [1, 3]) => ("PBE-SHA1-3DES", pkcs12(Cipher::TripleDes)),
                (12, [1, 4]) => ("PBE-SHA1-2DES", Method::Unknown),
                (12, [1, 5]) => ("PBE-SHA1-RC2-128", pkcs12(Cipher::Rc2(16))),
                (12, [1, 6]) => ("PBE-SHA1-RC2-40", pkcs12(Cipher::Rc2(5))),
                _ => return Ok(unknown(&oid)),
            };
            let method = if rounds > MAX_ITERATIONS { Method::TooExpensive } else { method };
            Ok(LockedKey {
                scheme: name.into(),
                iterations: Some(rounds),
                weak: true,
                method,
                content: content.content.into(),
            })
        }
        // Of the JDK: keys in JKS stores. Its parameters are a NULL.
        [0x2b, 6, 1, 4, 1, 0x2a, 2, 0x11, 1, 1] => Ok(LockedKey {
            scheme: "Java key protector (SHA-1)".into(),
            iterations: None,
            weak: true,
            method: Method::JavaKeyStore,
            content: content.content.into(),
        }),
        // Of the JDK: keys in JCEKS stores.
        [0x2b, 6, 1, 4, 1, 0x2a, 2, 0x13, 1] => {
            let (salt, rounds) = salt_and_rounds(parameters);
            let method = if rounds > MAX_ITERATIONS {
                Method::TooExpensive
            } else {
                Method::JavaTripleDes { salt: salt.into() }
            };
            Ok(LockedKey {
                scheme: "PBE-MD5-3DES".into(),
                iterations: Some(rounds),
                weak: true,
                method,
                content: content.content.into(),
            })
        }
        _ => Ok(unknown(&oid)),
    }
}

/// The parameters of the schemes that PKCS#5 v1 and PKCS#12 have.
fn salt_and_rounds(parameters: Option<Element<'_>>) -> (&[u8], u64) {
    parameters
        .and_then(|found| {
            let mut found = found.inside();
            Some((found.take(OCTET_STRING)?.content, number(found.take(INTEGER)?.unsigned())))
        })
        .unwrap_or_default()
}

fn unknown(oid: &Element<'_>) -> LockedKey {
    let scheme = format!("encryption scheme {}", ber::dotted(oid.content));
    LockedKey { scheme, iterations: None, weak: false, method: Method::Unknown, content: Box::default() }
}

/// Key derivation and cipher of PBES2, RFC 8018 6.2.
fn pbes2(mut fields: Reader<'_>) -> LockedKey {
    let mut part = || {
        let mut part = fields.take(SEQUENCE)?.inside();
        Some((part.take(OID)?, part))
    };
    let (derivation, cipher) = (part(), part());
    let mut method = Method::Pbes2;
    let mut iterations = None;
    let derivation = match &derivation {
        Some((oid, parameters)) => match oid.content {
            [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 12] => {
                iterations = rounds(*parameters, 0);
                if iterations.is_none_or(|rounds| rounds > MAX_ITERATIONS) {
                    method = Method::TooExpensive;
                }
                "PBKDF2".to_owned()
            }
            [0x2b, 6, 1, 4, 1, 0xda, 0x47, 4, 11] => {
                iterations = rounds(*parameters, 0);
                let (n, r, p) =
                    (iterations.unwrap_or(u64::MAX), rounds(*parameters, 1), rounds(*parameters, 2));
                let bytes = n.saturating_mul(r.unwrap_or(u64::MAX)).saturating_mul(128);
                if bytes > MAX_SCRYPT_BYTES || p.is_none_or(|passes| passes > MAX_SCRYPT_PASSES) {
                    method = Method::TooExpensive;
                } else if n < 2 || !n.is_power_of_two() {
                    // No scrypt has such a cost, and the crate that opens keys counts on it.
                    method = Method::Unknown;
                }
                "scrypt".to_owned()
            }
            other => {
                method = Method::Unknown;
                ber::dotted(other)
            }
        },
        None => "no key derivation".to_owned(),
    };
    let (cipher, weak) = match &cipher {
        Some((oid, _)) => match oid.content {
            [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 2] => ("AES-128-CBC".to_owned(), false),
            [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 22] => ("AES-192-CBC".to_owned(), false),
            [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 42] => ("AES-256-CBC".to_owned(), false),
            [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 3, 7] => ("3DES-CBC".to_owned(), true),
            [0x2b, 0x0e, 3, 2, 7] => ("DES-CBC".to_owned(), true),
            other => {
                if method == Method::Pbes2 {
                    method = Method::Unknown;
                }
                let name = match other {
                    [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 6] => "AES-128-GCM".to_owned(),
                    [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 46] => "AES-256-GCM".to_owned(),
                    [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 3, 2] => "RC2-CBC".to_owned(),
                    _ => ber::dotted(other),
                };
                let weak = name.starts_with("RC2");
                (name, weak)
            }
        },
        None => ("no cipher".to_owned(), false),
    };
    LockedKey {
        scheme: format!("PBES2/{derivation}/{cipher}"),
        iterations,
        weak,
        method,
        content: Box::default(),
    }
}

/// The n-th number after the salt in the parameters of PBKDF2 or scrypt.
fn rounds(mut parameters: Reader<'_>, index: usize) -> Option<u64> {
    let mut fields = parameters.take(SEQUENCE)?.inside();
    fields.take(OCTET_STRING)?;
    for _ in 0..index {
        fields.take(INTEGER)?;
    }
    fields.take(INTEGER).map(|found| number(found.unsigned()))
}

pub(super) fn number(digits: &[u8]) -> u64 {
    if digits.len() > 8 {
        u64::MAX
    } else {
        digits.iter().fold(0, |sum, &digit| (sum << 8) | u64::from(digit))
    }
}
