//! Which certificate OpenSSL takes for the issuer of another: by names and key ids. Signatures are checked later.

use crate::x509::{Certificate, KeyFamily, SignatureAlgorithm, Time};

/// `X509_STORE_CTX_get1_issuer` and `find_issuer` of OpenSSL: the first that fits and is valid, else the one that fits and
/// ended last.
pub(super) fn best_issuer<'c>(
    child: &Certificate,
    among: &[&'c Certificate],
    at: Time,
) -> Option<&'c Certificate> {
    let mut best: Option<&'c Certificate> = None;
    for issuer in among.iter().copied().filter(|issuer| fits(issuer, child)) {
        if issuer.not_before <= at && at < issuer.not_after {
            return Some(issuer);
        }
        if best.is_none_or(|best| issuer.not_after > best.not_after) {
            best = Some(issuer);
        }
    }
    best
}

/// Whether a certificate looks like the issuer of another: name, key id and kind of key.
pub(super) fn fits(issuer: &Certificate, child: &Certificate) -> bool {
    issuer.subject.same_text(&child.issuer) && ids_fit(issuer, child) && kinds_fit(issuer, child)
}

/// Whether OpenSSL takes a certificate for self-signed.
pub(super) fn is_self_signed(certificate: &Certificate) -> bool {
    fits(certificate, certificate)
}

fn ids_fit(issuer: &Certificate, child: &Certificate) -> bool {
    let key = match (&child.authority_key_id, &issuer.subject_key_id) {
        (Some(wanted), Some(found)) => wanted == found,
        _ => true,
    };
    key && child.authority_serial.as_ref().is_none_or(|wanted| *wanted == issuer.serial)
}

fn kinds_fit(issuer: &Certificate, child: &Certificate) -> bool {
    let family = issuer.public_key.kind.family();
    match child.signature_algorithm {
        SignatureAlgorithm::Rsa(_) => family == KeyFamily::Rsa,
        SignatureAlgorithm::RsaPss { .. } => matches!(family, KeyFamily::Rsa | KeyFamily::RsaPss),
        SignatureAlgorithm::Ecdsa(_) => family == KeyFamily::Ecdsa,
        SignatureAlgorithm::Dsa(_) => family == KeyFamily::Dsa,
        SignatureAlgorithm::Ed25519 => family == KeyFamily::Ed25519,
        SignatureAlgorithm::Ed448 => family == KeyFamily::Ed448,
        SignatureAlgorithm::MlDsa(_) => family == KeyFamily::MlDsa,
        SignatureAlgorithm::Other(_) => true,
    }
}
