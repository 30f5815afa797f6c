//! Keys and algorithms: numbers that are none, points off their curve, parameters that must not be there.

use super::super::{
    ber::{Element, INTEGER, NULL, OID, Reader},
    certificate::Certificate,
    curve::Curve,
    key::{KeyKind, Parts},
};
use super::{FlawKind, Flaws};

const RSA_SIGNATURE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1];
const ECDSA_SIGNATURE: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4];

/// RFC 4055 5 wants a NULL behind RSA, RFC 5758 3.2 nothing behind ECDSA.
pub(super) fn signature_parameters(algorithm: &Element<'_>, flaws: &mut Flaws) {
    let mut fields = algorithm.inside();
    let Some(oid) = fields.take(OID) else { return };
    let rsa = oid.content.strip_prefix(RSA_SIGNATURE).is_some_and(|last| last != [10]);
    if rsa && fields.rest() != [NULL, 0] {
        flaws.add(
            FlawKind::AlgorithmParameters,
            algorithm.at,
            "signature: the NULL of its parameters is missing",
        );
    }
    if oid.content.starts_with(ECDSA_SIGNATURE) && !fields.is_empty() {
        flaws.add(FlawKind::AlgorithmParameters, algorithm.at, "signature: parameters where none may stand");
    }
}

pub(super) fn public_key(it: &Certificate, whole: &Element<'_>, flaws: &mut Flaws) {
    let Ok(parts) = Parts::read(whole.raw) else { return };
    match &it.public_key.kind {
        KeyKind::Rsa | KeyKind::RsaPss => rsa(it, &parts, whole.at, flaws),
        KeyKind::Ec(curve) => {
            if it.public_key.explicit_curve {
                flaws.add(
                    FlawKind::ExplicitCurve,
                    whole.at,
                    "subjectPublicKeyInfo: the curve is spelled out by its parameters and not named",
                );
            }
            let on_curve = match curve {
                Curve::P256 => p256::PublicKey::from_sec1_bytes(parts.key).is_ok(),
                Curve::P384 => p384::PublicKey::from_sec1_bytes(parts.key).is_ok(),
                Curve::P521 => p521::PublicKey::from_sec1_bytes(parts.key).is_ok(),
                _ => true,
            };
            if !on_curve {
                off_curve(whole.at, flaws);
            }
            if matches!(curve, Curve::Other(_)) {
                flaws.add(
                    FlawKind::BadKey,
                    whole.at,
                    format!("subjectPublicKeyInfo: {curve}, which TLS software does not know"),
                );
            }
        }
        _ => {}
    }
}

fn off_curve(at: usize, flaws: &mut Flaws) {
    flaws.add(FlawKind::BadKey, at, "subjectPublicKey: the point does not lie on its curve");
}

fn rsa(it: &Certificate, parts: &Parts<'_>, at: usize, flaws: &mut Flaws) {
    let mut fields = parts.algorithm.inside();
    fields.take(OID);
    if it.public_key.kind == KeyKind::Rsa && fields.rest() != [NULL, 0] {
        flaws.add(FlawKind::BadKey, at, "subjectPublicKeyInfo: parameters of an RSA key are not NULL");
    }
    let Some(numbers) = Reader::new(parts.key).any("").ok() else { return };
    let mut numbers = numbers.inside();
    for field in ["modulus", "publicExponent"] {
        let Some(number) = numbers.take(INTEGER) else { return };
        let what = match number.content {
            [] => "empty",
            [first, ..] if first & 0x80 != 0 => "negative",
            [0, next, ..] if next & 0x80 == 0 => "padded with zeros",
            [.., last] if last & 1 == 0 => "an even number",
            [1] => "1, with which nothing is encrypted",
            _ => continue,
        };
        flaws.add(FlawKind::BadKey, at, format!("subjectPublicKey: the {field} is {what}"));
    }
}
