//! Elliptic curves: their names, their points, and curves spelled out by parameters.

use std::fmt;

use serde::{Deserialize, Serialize};

use p256::elliptic_curve::sec1::{FromSec1Point, ToSec1Point};
use sha2::{Digest, Sha256};

use super::ber::{self, INTEGER, OCTET_STRING, OID, Reader, SEQUENCE};

/// An elliptic curve of Weierstrass form. `Display` is the name people use: `P-256`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Curve {
    /// secp224r1.
    P224,
    /// secp256r1, prime256v1.
    P256,
    /// secp384r1.
    P384,
    /// secp521r1.
    P521,
    /// secp256k1, the one of Bitcoin; no TLS software takes it.
    Secp256k1,
    /// brainpoolP256r1, P384r1, P512r1 by bits, RFC 5639.
    Brainpool(u16),
    /// Spelled out by parameters that are none of the above: the SHA-256 of the parameters.
    Explicit([u8; 32]),
    /// Any other, by its object identifier in dots; empty where the key names none.
    Other(String),
}

impl Curve {
    /// Bits of the field; `None` where the curve is not known.
    pub fn bits(&self) -> Option<u32> {
        Some(match self {
            Curve::P224 => 224,
            Curve::P256 | Curve::Secp256k1 => 256,
            Curve::P384 => 384,
            Curve::P521 => 521,
            Curve::Brainpool(bits) => u32::from(*bits),
            Curve::Explicit(_) | Curve::Other(_) => return None,
        })
    }

    /// The curve that `ECParameters` name or spell out (RFC 5480 2.1.1, RFC 3279 2.3.5).
    pub(super) fn of(mut parameters: Reader<'_>) -> Curve {
        if let Some(spelled) = parameters.take(SEQUENCE) {
            return spelled_out(spelled.inside())
                .unwrap_or_else(|| Curve::Explicit(Sha256::digest(spelled.content).into()));
        }
        let Some(oid) = parameters.take(OID) else { return Curve::Other(String::new()) };
        match oid.content {
            [0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7] => Curve::P256,
            [0x2b, 0x81, 4, 0, 33] => Curve::P224,
            [0x2b, 0x81, 4, 0, 34] => Curve::P384,
            [0x2b, 0x81, 4, 0, 35] => Curve::P521,
            [0x2b, 0x81, 4, 0, 10] => Curve::Secp256k1,
            [0x2b, 0x24, 3, 3, 2, 8, 1, 1, 7] => Curve::Brainpool(256),
            [0x2b, 0x24, 3, 3, 2, 8, 1, 1, 11] => Curve::Brainpool(384),
            [0x2b, 0x24, 3, 3, 2, 8, 1, 1, 13] => Curve::Brainpool(512),
            other => Curve::Other(ber::dotted(other)),
        }
    }
}

impl fmt::Display for Curve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Curve::P224 => f.write_str("P-224"),
            Curve::P256 => f.write_str("P-256"),
            Curve::P384 => f.write_str("P-384"),
            Curve::P521 => f.write_str("P-521"),
            Curve::Secp256k1 => f.write_str("secp256k1"),
            Curve::Brainpool(bits) => write!(f, "brainpoolP{bits}r1"),
            Curve::Explicit(hash) => {
                f.write_str("of its own parameters ")?;
                hash.iter().take(4).try_for_each(|byte| write!(f, "{byte:02x}"))
            }
            Curve::Other(oid) if oid.is_empty() => f.write_str("without a curve"),
            Curve::Other(oid) => write!(f, "curve {oid}"),
        }
    }
}

/// SHA-256 over p, a, b, the generator and the order, each without leading zeros and followed by its length.
/// All five count: with a generator of one's own, anyone can forge for such a "P-256" (CVE-2020-0601).
const SPELLED: [(Curve, &str); 4] = [
    (Curve::P256, "621a056cd34e779efb9eae2345e6933ab9993a347f73acd54726b25e1879c3b8"),
    (Curve::P384, "b7e1ba400309a40aa7ae5590557795f7c4c0e385c4494093504608b47d23b717"),
    (Curve::P521, "0fe6da2b2413954d35aeb55fb2a2581d2e91184fc22b522c67572db48941779f"),
    (Curve::Secp256k1, "737e0dfbdc167e96c862609c9323af3bebc73bf6250630933943d7ddb9deb569"),
];

fn spelled_out(mut fields: Reader<'_>) -> Option<Curve> {
    fields.take(INTEGER)?;
    let mut field = fields.take(SEQUENCE)?.inside();
    field.take(OID)?;
    let prime = field.take(INTEGER)?.unsigned();
    let mut curve = fields.take(SEQUENCE)?.inside();
    let a = ber::strip_zeros(curve.take(OCTET_STRING)?.content);
    let b = ber::strip_zeros(curve.take(OCTET_STRING)?.content);
    let base = fields.take(OCTET_STRING)?.content;
    let order = fields.take(INTEGER)?.unsigned();
    let mut hash = Sha256::new();
    for part in [prime, a, b, base, order] {
        hash.update(part);
        hash.update((part.len() as u64).to_be_bytes());
    }
    let digest = data_encoding::HEXLOWER.encode(&hash.finalize());
    SPELLED.into_iter().find(|(_, known)| *known == digest).map(|(curve, _)| curve)
}

/// The uncompressed form of a point; `None` where the point is not on the curve or the curve is not one of ours.
pub(super) fn uncompressed(curve: &Curve, point: &[u8]) -> Option<Vec<u8>> {
    if point.first() == Some(&4) {
        return Some(point.to_vec());
    }
    Some(match curve {
        Curve::P256 => {
            let point = p256::Sec1Point::from_bytes(point).ok()?;
            p256::PublicKey::from_sec1_point(&point).into_option()?.to_sec1_point(false).as_bytes().to_vec()
        }
        Curve::P384 => {
            let point = p384::Sec1Point::from_bytes(point).ok()?;
            p384::PublicKey::from_sec1_point(&point).into_option()?.to_sec1_point(false).as_bytes().to_vec()
        }
        Curve::P521 => {
            let point = p521::Sec1Point::from_bytes(point).ok()?;
            p521::PublicKey::from_sec1_point(&point).into_option()?.to_sec1_point(false).as_bytes().to_vec()
        }
        _ => return None,
    })
}

/// The uncompressed public point of a private number; `None` where the number is none of that curve.
pub(super) fn public_point(curve: &Curve, secret: &[u8]) -> Option<Vec<u8>> {
    let padded = |width: usize| {
        let digits = ber::strip_zeros(secret);
        let mut out = vec![0; width.checked_sub(digits.len())?];
        out.extend_from_slice(digits);
        Some(out)
    };
    Some(match curve {
        Curve::P256 => {
            let secret = p256::SecretKey::from_slice(&padded(32)?).ok()?;
            secret.public_key().to_sec1_point(false).as_bytes().to_vec()
        }
        Curve::P384 => {
            let secret = p384::SecretKey::from_slice(&padded(48)?).ok()?;
            secret.public_key().to_sec1_point(false).as_bytes().to_vec()
        }
        Curve::P521 => {
            let secret = p521::SecretKey::from_slice(&padded(66)?).ok()?;
            secret.public_key().to_sec1_point(false).as_bytes().to_vec()
        }
        _ => return None,
    })
}
