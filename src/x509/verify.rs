//! Whether a signature fits a key. The fast library answers first; what it refuses or does not know is decided
//! by slower arithmetic, and what nothing here knows is `Unsupported`, never `Bad`.

use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex, PoisonError},
};

use ed448_goldilocks::{Signature as Ed448Signature, VerifyingKey as Ed448Key};
use ml_dsa::{KeyInit as _, signature::Verifier as _};
use p256::ecdsa::signature::hazmat::PrehashVerifier as _;
use x509_parser::asn1_rs::BitString;
use x509_parser::prelude::FromDer;
use x509_parser::x509::{AlgorithmIdentifier, SubjectPublicKeyInfo};

use super::ParseError;
use super::algorithm::{HashKind, SignatureAlgorithm};
use super::ber::{INTEGER, Reader, SEQUENCE};
use super::certificate::{Certificate, Envelope, Fingerprint};
use super::curve::Curve;
use super::key::{KeyId, KeyKind, Parts, PublicKey, rsa_numbers};
use super::request::Request;
use super::revocation::RevocationList;
use super::rsa;

/// What came of checking a signature.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// The key made this signature.
    Good,
    /// The key did not make this signature.
    Bad,
    /// Nobody here can tell: the algorithm (and key) that is not known.
    Unsupported(String),
}

/// Whether `issuer` signed `child`. Looks at nothing but the signature: no names, dates or purposes.
///
/// Answers are kept: a tree that is judged again, as in an editor, checks the signatures of new certificates alone.
pub fn verify(child: &Certificate, issuer: &PublicKey) -> Verdict {
    let pair = (child.fingerprint, issuer.id);
    let shard = &ANSWERS[usize::from(child.fingerprint.0[0]) % ANSWERS.len()];
    let lock = || shard.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = lock().get(&pair) {
        return known.clone();
    }
    let verdict = check(&child.der, &child.signature_algorithm, issuer);
    let mut answers = lock();
    if answers.len() < KEPT {
        answers.insert(pair, verdict.clone());
    }
    verdict
}

/// So many answers are kept in each part; an estate has fewer.
const KEPT: usize = 1 << 14;

type Answers = Mutex<HashMap<(Fingerprint, KeyId), Verdict>>;

/// What signatures were found to be, in parts, so that threads do not wait for each other.
static ANSWERS: LazyLock<[Answers; 16]> = LazyLock::new(|| std::array::from_fn(|_| Mutex::default()));

/// Whether a request is signed with the key it carries, as it must be (RFC 2986).
pub fn verify_request(request: &Request) -> Verdict {
    check(&request.der, &request.signature_algorithm, &request.public_key)
}

/// Whether `issuer` signed `list`.
pub fn verify_crl(list: &RevocationList, issuer: &PublicKey) -> Verdict {
    check(&list.der, &list.signature_algorithm, issuer)
}

fn check(der: &[u8], algorithm: &SignatureAlgorithm, key: &PublicKey) -> Verdict {
    let unsupported = || Verdict::Unsupported(format!("{algorithm} with {} key", article(&key.kind)));
    let envelope: Result<_, ParseError> =
        Reader::new(der).expect(SEQUENCE, "").and_then(|whole| Envelope::read(&whole));
    let (Ok(envelope), Ok(parts)) = (envelope, Parts::read(&key.spki)) else { return Verdict::Bad };
    let (signature, message) = (envelope.signature, envelope.signed.raw);

    if !same_family(algorithm, &key.kind) {
        let known =
            !matches!(algorithm, SignatureAlgorithm::Other(_)) && !matches!(key.kind, KeyKind::Other(_));
        return if known { Verdict::Bad } else { unsupported() };
    }
    if let (KeyKind::Rsa | KeyKind::RsaPss, Some((modulus, exponent))) = (&key.kind, rsa_numbers(parts.key))
        && !rsa::bearable(modulus, exponent)
    {
        return unsupported();
    }
    if fast(&envelope, &key.spki) {
        return Verdict::Good;
    }
    let answer = match (algorithm, &key.kind) {
        (SignatureAlgorithm::Rsa(hash), _) => match rsa_numbers(parts.key) {
            Some(numbers) => rsa::verify_pkcs1(numbers, *hash, signature, message),
            None => Some(false),
        },
        (SignatureAlgorithm::RsaPss { hash, mask_hash, salt }, _) => match rsa_numbers(parts.key) {
            Some(numbers) => rsa::verify_pss(numbers, (*hash, *mask_hash, *salt), signature, message),
            None => Some(false),
        },
        (SignatureAlgorithm::Ecdsa(hash), KeyKind::Ec(curve)) => {
            ecdsa(curve, parts.key, *hash, signature, message)
        }
        (SignatureAlgorithm::Dsa(hash), _) => parts.dsa_domain().and_then(|domain| {
            let public = Reader::new(parts.key).take(INTEGER)?.unsigned();
            rsa::verify_dsa(domain, public, *hash, signature, message)
        }),
        // The fast library knows Ed25519 whole, so its answer stands.
        (SignatureAlgorithm::Ed25519, _) => Some(false),
        (SignatureAlgorithm::Ed448, _) => Some(ed448(parts.key, signature, message) == Some(())),
        (SignatureAlgorithm::MlDsa(_), KeyKind::MlDsa(set)) => ml_dsa(*set, parts.key, signature, message),
        _ => None,
    };
    match answer {
        Some(true) => Verdict::Good,
        Some(false) => Verdict::Bad,
        None => unsupported(),
    }
}

fn article(kind: &KeyKind) -> String {
    match kind {
        KeyKind::Ec(_) | KeyKind::Rsa | KeyKind::RsaPss | KeyKind::Ed25519 | KeyKind::Ed448 => {
            format!("an {kind}")
        }
        _ => format!("a {kind}"),
    }
}

/// An RSA-PSS signature may be of an ordinary RSA key.
fn same_family(algorithm: &SignatureAlgorithm, kind: &KeyKind) -> bool {
    match algorithm {
        SignatureAlgorithm::Rsa(_) | SignatureAlgorithm::RsaPss { .. } => {
            matches!(kind, KeyKind::Rsa | KeyKind::RsaPss)
        }
        SignatureAlgorithm::Ecdsa(_) => matches!(kind, KeyKind::Ec(_)),
        SignatureAlgorithm::Dsa(_) => *kind == KeyKind::Dsa,
        SignatureAlgorithm::Ed25519 => *kind == KeyKind::Ed25519,
        SignatureAlgorithm::Ed448 => *kind == KeyKind::Ed448,
        SignatureAlgorithm::MlDsa(set) => *kind == KeyKind::MlDsa(*set),
        SignatureAlgorithm::Other(_) => false,
    }
}

/// ring, through x509-parser. Only its yes counts: it says no to RSA below 2048 bits, to PSS salts that are not
/// as long as the hash, and to whatever it does not know.
fn fast(envelope: &Envelope<'_>, spki: &[u8]) -> bool {
    let (Ok((_, algorithm)), Ok((_, key))) =
        (AlgorithmIdentifier::from_der(envelope.algorithm.raw), SubjectPublicKeyInfo::from_der(spki))
    else {
        return false;
    };
    let signature = BitString::new(0, envelope.signature);
    x509_parser::verify::verify_signature(&key, &algorithm, &signature, envelope.signed.raw).is_ok()
}

/// `None`: curve or hash not known here.
fn ecdsa(curve: &Curve, point: &[u8], hash: HashKind, signature: &[u8], message: &[u8]) -> Option<bool> {
    let digest = hash.digest(message)?;
    // The crates want a hash of at least half the field; ECDSA takes any, as a number (FIPS 186-5 6.4.2).
    let at_least = |bytes: usize| {
        let mut out = vec![0; bytes.saturating_sub(digest.len())];
        out.extend_from_slice(&digest);
        out
    };
    Some(match curve {
        Curve::P256 => {
            let (key, signature) = (
                p256::ecdsa::VerifyingKey::from_sec1_bytes(point),
                p256::ecdsa::Signature::from_der(signature),
            );
            matches!((key, signature), (Ok(key), Ok(signature)) if key.verify_prehash(&at_least(32), &signature).is_ok())
        }
        Curve::P384 => {
            let (key, signature) = (
                p384::ecdsa::VerifyingKey::from_sec1_bytes(point),
                p384::ecdsa::Signature::from_der(signature),
            );
            matches!((key, signature), (Ok(key), Ok(signature)) if key.verify_prehash(&at_least(48), &signature).is_ok())
        }
        Curve::P521 => {
            let (key, signature) = (
                p521::ecdsa::VerifyingKey::from_sec1_bytes(point),
                p521::ecdsa::Signature::from_der(signature),
            );
            matches!((key, signature), (Ok(key), Ok(signature)) if key.verify_prehash(&at_least(66), &signature).is_ok())
        }
        _ => return None,
    })
}

fn ed448(key: &[u8], signature: &[u8], message: &[u8]) -> Option<()> {
    let key = Ed448Key::from_bytes(key.try_into().ok()?).ok()?;
    let signature = Ed448Signature::try_from(signature).ok()?;
    key.verify_raw(&signature, message).ok()
}

/// Verified with an empty context, as RFC 9881 asks. `None`: not a parameter set of FIPS 204.
fn ml_dsa(set: u16, key: &[u8], signature: &[u8], message: &[u8]) -> Option<bool> {
    macro_rules! verify {
        ($set:ty) => {{
            let key = ml_dsa::VerifyingKey::<$set>::new_from_slice(key);
            let signature = ml_dsa::Signature::<$set>::try_from(signature);
            matches!((key, signature), (Ok(key), Ok(signature)) if key.verify(message, &signature).is_ok())
        }};
    }
    Some(match set {
        44 => verify!(ml_dsa::MlDsa44),
        65 => verify!(ml_dsa::MlDsa65),
        87 => verify!(ml_dsa::MlDsa87),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificate(base64: &str) -> Certificate {
        Certificate::parse(&data_encoding::BASE64.decode(base64.as_bytes()).unwrap()).unwrap()
    }

    const P256_SHA224: &str = "MIIBfjCCASOgAwIBAgIUNuIWVQFz2q9koFvH7BVdJn/Iz0YwCgYIKoZIzj0EAwEwFDESMBAGA1UEAwwJMjU2c2hhMjI0MB4X\
        DTI2MTEyMjA2MTEwOVoXDTI2MTIyMjA2MTEwOVowFDESMBAGA1UEAwwJMjU2c2hhMjI0MFkwEwYHKoZIzj0CAQYIKoZIzj0D\
        AQcDQgAEfaTzzwJxohxzgWb6KeaZOA37p+ASLmD/vXnPFyphb45Uoi8XdAE1fiUevrF9x5hhLE0s1w51vDd8EEg1pevU9aNT\
        MFEwHQYDVR0OBBYEFK+mYmLugEYs5aCDBOba0+cSOYHMMB8GA1UdIwQYMBaAFK+mYmLugEYs5aCDBOba0+cSOYHMMA8GA1Ud\
        EwEB/wQFMAMBAf8wCgYIKoZIzj0EAwEDSQAwRgIhAJVKEBBjvpVLXNen6Kd2visKSewYvQoXxcDScq/ORLt0AiEAiO5ZHLIF\
        7nVrMhx6SsAyVx/jdAC3dFQw6p+5rszVMR8=";
    const P521_SHA1: &str = "MIIB/jCCAWGgAwIBAgIUfAW5mnrNoihi095SERFSRAzU3iIwCQYHKoZIzj0EATASMRAwDgYDVQQDDAc1MjFzaGExMB4XDTI2\
        MTEyMjA2MTEwOVoXDTI2MTIyMjA2MTEwOVowEjEQMA4GA1UEAwwHNTIxc2hhMTCBmzAQBgcqhkjOPQIBBgUrgQQAIwOBhgAE\
        ASniAJExrvkxxdmxFtRVIlZCL1xIyXoHOWXVWIw8Q5d18nrhx9NG0D9mCgwqQg7wi5+A5aFW6jWdk4a+O3zL7DP3AVvfuAss\
        iZN6I1Vpm8DE751MK8hr+qz4lie7jDKpDGYZ6anc8LhCbKBrfheau1ndh0EWn7basmdoA9crSWhKAjkqo1MwUTAdBgNVHQ4E\
        FgQUslFaTtkON1X851YyGKtnwumJVU0wHwYDVR0jBBgwFoAUslFaTtkON1X851YyGKtnwumJVU0wDwYDVR0TAQH/BAUwAwEB\
        /zAJBgcqhkjOPQQBA4GLADCBhwJBd4BTRsucrpGQ+avMFwpiGZsvu1lawgfPj/C6ZvCUnsiBpUIAiwe45vYFnXVYdhYL1upB\
        OAxta25m7jADH7+bM28CQgCQqD2nvrFYqgViU2NmpKDCPAFdB4qZculINhH00kDzax00Hi2DNVu/DmxaTJoGAFxnAJYDF63i\
        BxJh4uoygsUPTw==";
    const BRAINPOOL: &str = "MIIBbzCCARagAwIBAgIUKdA1T9Is7h59AlJN2VTeXs7yjqQwCgYIKoZIzj0EAwIwDTELMAkGA1UEAwwCYnAwHhcNMjYxMTIy\
        MDYxMTA5WhcNMjYxMjIyMDYxMTA5WjANMQswCQYDVQQDDAJicDBaMBQGByqGSM49AgEGCSskAwMCCAEBBwNCAARGIXc1hQyc\
        w+QN4XR/wbDreb60Dw1m+I16h6uy6yKzlFs8A57+80b2XV7NweF7t4F5Iig/pm19ArcYoG+/cidDo1MwUTAdBgNVHQ4EFgQU\
        8qGZz9asTQiRMzr/C00pXHJyzBkwHwYDVR0jBBgwFoAU8qGZz9asTQiRMzr/C00pXHJyzBkwDwYDVR0TAQH/BAUwAwEB/zAK\
        BggqhkjOPQQDAgNHADBEAiAcqms7PUg3JA7uEmCNbt84i/B1mrRrVdGZ+dpcdPy2uAIgXbMnUpZk0nKn+r6VvSXUdOPJ/sSR\
        Eei1+my1/xOXHAw=";

    #[test]
    fn hashes_shorter_than_the_field_are_numbers() {
        for base64 in [P256_SHA224, P521_SHA1] {
            let cert = certificate(base64);
            assert_eq!(verify(&cert, &cert.public_key), Verdict::Good, "{}", cert.signature_algorithm);
            let mut der = cert.der.to_vec();
            *der.last_mut().unwrap() ^= 1;
            assert_eq!(verify(&Certificate::parse(&der).unwrap(), &cert.public_key), Verdict::Bad);
        }
    }

    #[test]
    fn a_key_of_another_kind_did_not_sign_and_an_unknown_curve_is_not_judged() {
        let (nist, brainpool) = (certificate(P256_SHA224), certificate(BRAINPOOL));
        assert_eq!(verify(&nist, &certificate(P521_SHA1).public_key), Verdict::Bad);
        let unsupported = Verdict::Unsupported("ecdsa-with-SHA256 with an EC brainpoolP256r1 key".into());
        assert_eq!(verify(&brainpool, &brainpool.public_key), unsupported);
        assert!(!brainpool.is_self_signed() && brainpool.is_self_issued());
        let ed25519 = super::super::public_key(
            &[&[0x30, 42, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 33, 0][..], &[7; 32]].concat(),
        );
        assert_eq!(verify(&nist, &ed25519.unwrap()), Verdict::Bad);
    }
}
