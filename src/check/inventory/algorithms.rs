//! Algorithms of keys and signatures with what a bill of cryptographic material says of them: object identifiers,
//! families and curves in the words of `CycloneDX` 1.7, strength by NIST SP 800-57.

use crate::{
    finding::inventory::{Algorithm, PublicHalf},
    model::x509::{Curve, HashKind, KeyKind, PublicKey, SignatureAlgorithm},
};

use super::clerk::sha256;

/// A public key as it is listed.
pub(super) fn public_half(key: &PublicKey) -> PublicHalf {
    PublicHalf { algorithm: of_key(key), bits: key.bits, sha256: Some(sha256(&key.spki)) }
}

/// What a key is for.
fn of_key(key: &PublicKey) -> Algorithm {
    let bits = key.bits;
    let sized = |name: &str| if bits == 0 { name.to_owned() } else { format!("{name} {bits}") };
    let with_bits = (bits > 0).then(|| bits.to_string());
    let plain = Algorithm { name: key.kind.to_string(), quantum: Some(0), ..Algorithm::default() };
    match &key.kind {
        // The key alone does not say which padding it is used with, so it has no family.
        KeyKind::Rsa => Algorithm {
            name: sized("RSA"),
            oid: oid("1.2.840.113549.1.1.1"),
            parameter: with_bits,
            classical: Some(factoring(bits)),
            ..plain
        },
        KeyKind::RsaPss => Algorithm {
            name: sized("RSA-PSS"),
            family: Some("RSASSA-PSS"),
            oid: oid("1.2.840.113549.1.1.10"),
            parameter: with_bits,
            classical: Some(factoring(bits)),
            ..plain
        },
        KeyKind::Ec(curve) => Algorithm {
            family: Some("ECDSA"),
            curve: curve_word(curve),
            oid: oid("1.2.840.10045.2.1"),
            parameter: with_bits,
            classical: curve.bits().map(|bits| if bits == 521 { 256 } else { bits / 2 }),
            ..plain
        },
        KeyKind::Dsa => Algorithm {
            name: sized("DSA"),
            family: Some("DSA"),
            oid: oid("1.2.840.10040.4.1"),
            parameter: with_bits,
            classical: Some(factoring(bits)),
            ..plain
        },
        KeyKind::Ed25519 => {
            Algorithm { oid: oid("1.3.101.112"), classical: Some(128), ..edwards("Ed25519", "other/Ed25519") }
        }
        KeyKind::Ed448 => {
            Algorithm { oid: oid("1.3.101.113"), classical: Some(224), ..edwards("Ed448", "other/Ed448") }
        }
        KeyKind::X25519 => Algorithm {
            family: Some("ECDH"),
            curve: Some("other/Curve25519"),
            oid: oid("1.3.101.110"),
            classical: Some(128),
            ..plain
        },
        KeyKind::X448 => Algorithm {
            family: Some("ECDH"),
            curve: Some("other/Curve448"),
            oid: oid("1.3.101.111"),
            classical: Some(224),
            ..plain
        },
        KeyKind::MlDsa(set) => lattice(*set),
        KeyKind::Other(dotted) => Algorithm { oid: oid(dotted), quantum: None, ..plain },
    }
}

/// How something is signed.
pub(super) fn of_signature(signature: &SignatureAlgorithm) -> Algorithm {
    let plain = Algorithm { name: signature.to_string(), quantum: Some(0), ..Algorithm::default() };
    let hashed = |family: &'static str, hash: &HashKind, dotted: Option<String>| Algorithm {
        family: Some(family),
        parameter: Some(hash.to_string()),
        oid: dotted,
        ..plain.clone()
    };
    match signature {
        SignatureAlgorithm::Rsa(hash) => hashed("RSASSA-PKCS1", hash, Some(rsa_oid(*hash))),
        SignatureAlgorithm::RsaPss { hash, .. } => hashed("RSASSA-PSS", hash, oid("1.2.840.113549.1.1.10")),
        SignatureAlgorithm::Ecdsa(hash) => hashed("ECDSA", hash, ecdsa_oid(*hash)),
        SignatureAlgorithm::Dsa(hash) => hashed("DSA", hash, dsa_oid(*hash)),
        SignatureAlgorithm::Ed25519 => Algorithm {
            name: plain.name,
            oid: oid("1.3.101.112"),
            classical: Some(128),
            ..edwards("Ed25519", "other/Ed25519")
        },
        SignatureAlgorithm::Ed448 => Algorithm {
            name: plain.name,
            oid: oid("1.3.101.113"),
            classical: Some(224),
            ..edwards("Ed448", "other/Ed448")
        },
        SignatureAlgorithm::MlDsa(set) => lattice(*set),
        SignatureAlgorithm::Other(dotted) => Algorithm { oid: oid(dotted), quantum: None, ..plain },
    }
}

/// An algorithm by the words of a dump.
pub(super) fn by_name(name: &str) -> Algorithm {
    Algorithm { name: name.to_owned(), ..Algorithm::default() }
}

fn edwards(name: &str, curve: &'static str) -> Algorithm {
    Algorithm {
        name: name.to_owned(),
        family: Some("EdDSA"),
        curve: Some(curve),
        parameter: Some(name.to_owned()),
        quantum: Some(0),
        ..Algorithm::default()
    }
}

/// ML-DSA, FIPS 204 table 1.
fn lattice(set: u16) -> Algorithm {
    let (last, category) = match set {
        44 => (17, 2),
        65 => (18, 3),
        _ => (19, 5),
    };
    Algorithm {
        name: format!("ML-DSA-{set}"),
        family: Some("ML-DSA"),
        oid: Some(format!("2.16.840.1.101.3.4.3.{last}")),
        parameter: Some(set.to_string()),
        quantum: Some(category),
        ..Algorithm::default()
    }
}

/// Strength of RSA and DSA, NIST SP 800-57 part 1, table 2: the row that a size reaches.
fn factoring(bits: u32) -> u32 {
    match bits {
        15_360.. => 256,
        7_680.. => 192,
        3_072.. => 128,
        2_048.. => 112,
        1_024.. => 80,
        _ => 0,
    }
}

fn curve_word(curve: &Curve) -> Option<&'static str> {
    Some(match curve {
        Curve::P224 => "nist/P-224",
        Curve::P256 => "nist/P-256",
        Curve::P384 => "nist/P-384",
        Curve::P521 => "nist/P-521",
        Curve::Secp256k1 => "secg/secp256k1",
        Curve::Brainpool(256) => "brainpool/brainpoolP256r1",
        Curve::Brainpool(384) => "brainpool/brainpoolP384r1",
        Curve::Brainpool(512) => "brainpool/brainpoolP512r1",
        Curve::Brainpool(_) | Curve::Explicit(_) | Curve::Other(_) => return None,
    })
}

/// An object identifier, where the text is one.
fn oid(dotted: &str) -> Option<String> {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|it| it.is_ascii_digit());
    dotted.split('.').all(digits).then(|| dotted.to_owned())
}

fn sha3_oid(bits: u16, first: u16) -> String {
    let step = match bits {
        224 => 0,
        256 => 1,
        384 => 2,
        _ => 3,
    };
    format!("2.16.840.1.101.3.4.3.{}", first + step)
}

fn rsa_oid(hash: HashKind) -> String {
    let last = match hash {
        HashKind::Md2 => 2,
        HashKind::Md5 => 4,
        HashKind::Sha1 => 5,
        HashKind::Sha256 => 11,
        HashKind::Sha384 => 12,
        HashKind::Sha512 => 13,
        HashKind::Sha224 => 14,
        HashKind::Sha3(bits) => return sha3_oid(bits, 13),
    };
    format!("1.2.840.113549.1.1.{last}")
}

fn ecdsa_oid(hash: HashKind) -> Option<String> {
    let last = match hash {
        HashKind::Sha1 => return oid("1.2.840.10045.4.1"),
        HashKind::Sha224 => 1,
        HashKind::Sha256 => 2,
        HashKind::Sha384 => 3,
        HashKind::Sha512 => 4,
        HashKind::Sha3(bits) => return Some(sha3_oid(bits, 9)),
        HashKind::Md2 | HashKind::Md5 => return None,
    };
    Some(format!("1.2.840.10045.4.3.{last}"))
}

fn dsa_oid(hash: HashKind) -> Option<String> {
    let last = match hash {
        HashKind::Sha1 => return oid("1.2.840.10040.4.3"),
        HashKind::Sha224 => 1,
        HashKind::Sha256 => 2,
        HashKind::Sha384 => 3,
        HashKind::Sha512 => 4,
        HashKind::Md2 | HashKind::Md5 | HashKind::Sha3(_) => return None,
    };
    Some(format!("2.16.840.1.101.3.4.3.{last}"))
}
