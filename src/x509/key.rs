//! Public keys: what they are, how large, and an identity that is equal exactly for equal keys.

use std::fmt;

use serde::{Deserialize, Serialize};

use sha2::{Digest, Sha256};

use super::ParseError;
use super::ber::{self, BIT_STRING, Element, INTEGER, OID, Reader, SEQUENCE};
use super::curve::{self, Curve};

/// The algorithm a key is for. `Display`: `RSA`, `EC P-256`, `Ed25519`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum KeyKind {
    /// rsaEncryption, RFC 3279.
    Rsa,
    /// id-RSASSA-PSS: an RSA key for PSS signatures only, RFC 4055.
    RsaPss,
    /// Elliptic curve, RFC 5480.
    Ec(Curve),
    /// RFC 8410.
    Ed25519,
    /// RFC 8410.
    Ed448,
    /// RFC 8410; cannot sign, so it is no key of a TLS certificate.
    X25519,
    /// RFC 8410; cannot sign, so it is no key of a TLS certificate.
    X448,
    /// RFC 3279.
    Dsa,
    /// ML-DSA of that parameter set (44, 65, 87), RFC 9881.
    MlDsa(u16),
    /// Any other, by its object identifier in dots.
    Other(String),
}

/// The coarse type by which OpenSSL slots the certificates of one server: one certificate a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyFamily {
    /// rsaEncryption.
    Rsa,
    /// id-RSASSA-PSS.
    RsaPss,
    /// Any elliptic curve of Weierstrass form.
    Ecdsa,
    /// Ed25519.
    Ed25519,
    /// Ed448.
    Ed448,
    /// DSA.
    Dsa,
    /// ML-DSA of any parameter set.
    MlDsa,
    /// Anything else.
    Other,
}

impl KeyKind {
    /// The coarse type.
    pub fn family(&self) -> KeyFamily {
        match self {
            KeyKind::Rsa => KeyFamily::Rsa,
            KeyKind::RsaPss => KeyFamily::RsaPss,
            KeyKind::Ec(_) => KeyFamily::Ecdsa,
            KeyKind::Ed25519 => KeyFamily::Ed25519,
            KeyKind::Ed448 => KeyFamily::Ed448,
            KeyKind::Dsa => KeyFamily::Dsa,
            KeyKind::MlDsa(_) => KeyFamily::MlDsa,
            KeyKind::X25519 | KeyKind::X448 | KeyKind::Other(_) => KeyFamily::Other,
        }
    }

    /// The kind that an `AlgorithmIdentifier` of a key names.
    pub(super) fn of(algorithm: &Element<'_>) -> Result<KeyKind, ParseError> {
        let mut fields = algorithm.inside();
        let oid = fields.expect(OID, "key algorithm")?.content;
        Ok(match oid {
            [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1] => KeyKind::Rsa,
            [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10] => KeyKind::RsaPss,
            [0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1] => KeyKind::Ec(Curve::of(fields)),
            [0x2b, 0x65, 0x6e] => KeyKind::X25519,
            [0x2b, 0x65, 0x6f] => KeyKind::X448,
            [0x2b, 0x65, 0x70] => KeyKind::Ed25519,
            [0x2b, 0x65, 0x71] => KeyKind::Ed448,
            [0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1] => KeyKind::Dsa,
            [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 17] => KeyKind::MlDsa(44),
            [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 18] => KeyKind::MlDsa(65),
            [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 19] => KeyKind::MlDsa(87),
            _ => KeyKind::Other(ber::dotted(oid)),
        })
    }
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeyKind::Rsa => f.write_str("RSA"),
            KeyKind::RsaPss => f.write_str("RSA-PSS"),
            KeyKind::Ec(curve) => write!(f, "EC {curve}"),
            KeyKind::Ed25519 => f.write_str("Ed25519"),
            KeyKind::Ed448 => f.write_str("Ed448"),
            KeyKind::X25519 => f.write_str("X25519"),
            KeyKind::X448 => f.write_str("X448"),
            KeyKind::Dsa => f.write_str("DSA"),
            KeyKind::MlDsa(set) => write!(f, "ML-DSA-{set}"),
            KeyKind::Other(oid) => write!(f, "key type {oid}"),
        }
    }
}

impl fmt::Display for KeyFamily {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            KeyFamily::Rsa => "RSA",
            KeyFamily::RsaPss => "RSA-PSS",
            KeyFamily::Ecdsa => "ECDSA",
            KeyFamily::Ed25519 => "Ed25519",
            KeyFamily::Ed448 => "Ed448",
            KeyFamily::Dsa => "DSA",
            KeyFamily::MlDsa => "ML-DSA",
            KeyFamily::Other => "other",
        })
    }
}

/// Equal exactly where two public keys are the same key.
///
/// A SHA-256 over normalised content: RSA by modulus and exponent, elliptic curves by curve and uncompressed
/// point, others by their bytes. A private key has the id of its public half. An RSA key and an RSA-PSS key of
/// the same numbers differ, as they do for OpenSSL; the parameters of an RSA-PSS key are ignored.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub [u8; 32]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// A public key, RFC 5280 4.1.2.7.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// Algorithm, with the curve.
    pub kind: KeyKind,
    /// Size as people state it: bits of the modulus, of the field, of the group. 0 where it is not known.
    pub bits: u32,
    /// DER of the `SubjectPublicKeyInfo`, as given or, for a private key, built.
    pub spki: Box<[u8]>,
    /// Equal for equal keys.
    pub id: KeyId,
    /// RSA only: the public exponent; `u64::MAX` stands for anything larger.
    pub exponent: Option<u64>,
    /// The curve is spelled out by its parameters, not named. RFC 5480 forbids it and much software refuses it.
    pub explicit_curve: bool,
}

impl PublicKey {
    /// Reads the DER of a `SubjectPublicKeyInfo`; bytes after it are left alone.
    pub fn parse(spki: &[u8]) -> Result<PublicKey, ParseError> {
        let parts = Parts::read(spki)?;
        let kind = KeyKind::of(&parts.algorithm)?;
        let (id, bits, mut exponent) = (identity(&kind, parts.key), size(&kind, &parts), None);
        if let (KeyKind::Rsa | KeyKind::RsaPss, Some((_, e))) = (&kind, rsa_numbers(parts.key)) {
            let digits: Option<[u8; 8]> = (e.len() <= 8).then(|| {
                let mut digits = [0; 8];
                digits[8 - e.len()..].copy_from_slice(e);
                digits
            });
            exponent = Some(digits.map_or(u64::MAX, u64::from_be_bytes));
        }
        let explicit_curve = matches!(kind, KeyKind::Ec(_)) && {
            let mut fields = parts.algorithm.inside();
            fields.take(OID);
            fields.peek() == Some(SEQUENCE)
        };
        Ok(PublicKey { kind, bits, spki: parts.raw.into(), id, exponent, explicit_curve })
    }

    /// The same from an `AlgorithmIdentifier` and the bits of the key.
    pub(super) fn build(algorithm: &[u8], key: &[u8]) -> Result<PublicKey, ParseError> {
        let bits = ber::wrap(BIT_STRING, &[&[0], key]);
        PublicKey::parse(&ber::wrap(SEQUENCE, &[algorithm, &bits]))
    }

    /// Reads PKCS#1 `RSAPublicKey`, the content of `-----BEGIN RSA PUBLIC KEY-----`, RFC 8017 A.1.1.
    pub fn parse_pkcs1(der: &[u8]) -> Result<PublicKey, ParseError> {
        let outer = Reader::new(der).expect(SEQUENCE, "RSAPublicKey")?;
        let mut numbers = outer.inside();
        numbers.expect(INTEGER, "modulus")?;
        numbers.expect(INTEGER, "publicExponent")?;
        PublicKey::build(RSA_ALGORITHM, outer.raw)
    }
}

/// rsaEncryption with its NULL.
pub(super) const RSA_ALGORITHM: &[u8] = &[0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0];

/// The two fields of a `SubjectPublicKeyInfo`.
pub(super) struct Parts<'a> {
    pub(super) algorithm: Element<'a>,
    pub(super) key: &'a [u8],
    raw: &'a [u8],
}

impl<'a> Parts<'a> {
    pub(super) fn read(spki: &'a [u8]) -> Result<Parts<'a>, ParseError> {
        let outer = Reader::new(spki).expect(SEQUENCE, "subjectPublicKeyInfo")?;
        let mut fields = outer.inside();
        let algorithm = fields.expect(SEQUENCE, "public key algorithm")?;
        let key = fields.expect(BIT_STRING, "subjectPublicKey")?;
        let bits = key.bits().ok_or_else(|| key.fault("subjectPublicKey: not whole bytes"))?;
        Ok(Parts { algorithm, key: bits, raw: outer.raw })
    }

    /// The numbers p, q and g of a DSA key.
    pub(super) fn dsa_domain(&self) -> Option<[&'a [u8]; 3]> {
        let mut fields = self.algorithm.inside();
        fields.take(OID)?;
        let mut numbers = fields.take(SEQUENCE)?.inside();
        Some([
            numbers.take(INTEGER)?.unsigned(),
            numbers.take(INTEGER)?.unsigned(),
            numbers.take(INTEGER)?.unsigned(),
        ])
    }
}

/// Modulus and exponent of a PKCS#1 `RSAPublicKey`, without leading zeros.
pub(super) fn rsa_numbers(key: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut numbers = Reader::new(key).take(SEQUENCE)?.inside();
    Some((numbers.take(INTEGER)?.unsigned(), numbers.take(INTEGER)?.unsigned()))
}

fn bit_length(number: &[u8]) -> u32 {
    match number.first() {
        Some(first) => (number.len() as u32 * 8).saturating_sub(first.leading_zeros()),
        None => 0,
    }
}

fn size(kind: &KeyKind, parts: &Parts<'_>) -> u32 {
    match kind {
        KeyKind::Rsa | KeyKind::RsaPss => {
            rsa_numbers(parts.key).map_or(0, |(modulus, _)| bit_length(modulus))
        }
        KeyKind::Ec(curve) => curve.bits().unwrap_or_else(|| {
            // An uncompressed point is `04`, x, y.
            let width = parts.key.len().saturating_sub(1) as u32;
            if parts.key.first() == Some(&4) { width * 4 } else { width * 8 }
        }),
        KeyKind::Ed25519 => 256,
        KeyKind::X25519 => 253,
        KeyKind::Ed448 => 456,
        KeyKind::X448 => 448,
        KeyKind::Dsa => parts.dsa_domain().map_or(0, |[p, _, _]| bit_length(p)),
        KeyKind::MlDsa(_) => parts.key.len() as u32 * 8,
        KeyKind::Other(_) => 0,
    }
}

fn identity(kind: &KeyKind, key: &[u8]) -> KeyId {
    let mut hash = Sha256::new();
    hash.update(kind.to_string());
    hash.update([0]);
    match kind {
        KeyKind::Rsa | KeyKind::RsaPss => match rsa_numbers(key) {
            Some((modulus, exponent)) => {
                hash.update((modulus.len() as u64).to_be_bytes());
                hash.update(modulus);
                hash.update(exponent);
            }
            None => hash.update(key),
        },
        KeyKind::Ec(curve) => hash.update(curve::uncompressed(curve, key).as_deref().unwrap_or(key)),
        // A public DSA key is an INTEGER; its leading zero may be missing.
        KeyKind::Dsa => match Reader::new(key).take(INTEGER) {
            Some(number) => hash.update(number.unsigned()),
            None => hash.update(key),
        },
        _ => hash.update(key),
    }
    KeyId(hash.finalize().into())
}
