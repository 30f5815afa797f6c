//! Tells what DER is by its structure, since names and labels lie; and reads the two small formats beside it.

use super::ParseError;
use super::ber::{
    BIT_STRING, ENUMERATED, Element, GENERALIZED_TIME, INTEGER, OCTET_STRING, OID, Reader, SEQUENCE, SET,
    UTC_TIME,
};

/// What a piece of DER is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DerKind {
    /// X.509 certificate.
    Certificate,
    /// PKCS#10 request.
    Request,
    /// X.509 revocation list.
    RevocationList,
    /// Unencrypted private key.
    PrivateKey {
        /// The PEM label of this form: `PRIVATE KEY`, `RSA PRIVATE KEY`, `EC PRIVATE KEY`, `DSA PRIVATE KEY`.
        label: &'static str,
    },
    /// Encrypted PKCS#8 key.
    EncryptedPrivateKey,
    /// `SubjectPublicKeyInfo` or PKCS#1 public key.
    PublicKey,
    /// PKCS#7 or CMS.
    Pkcs7,
    /// PKCS#12.
    Pkcs12,
    /// OCSP response.
    OcspResponse,
    /// PKCS#3 Diffie-Hellman parameters.
    DhParameters,
    /// None of these, or no DER.
    Unknown,
}

/// Tells what stands at the start of `der`. Bytes after it are ignored; a broken inside does not matter as long
/// as the frame can be recognised.
pub fn sniff_der(der: &[u8]) -> DerKind {
    match Reader::new(der).take(SEQUENCE) {
        Some(outer) => kind_of(&outer).unwrap_or(DerKind::Unknown),
        None => DerKind::Unknown,
    }
}

fn kind_of(outer: &Element<'_>) -> Option<DerKind> {
    let mut fields = outer.inside();
    match fields.peek()? {
        OID => match fields.take(OID)?.content {
            [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, _] if fields.peek() == Some(0xa0) => {
                Some(DerKind::Pkcs7)
            }
            _ => None,
        },
        ENUMERATED => {
            fields.take(ENUMERATED)?;
            (fields.is_empty() || fields.peek() == Some(0xa0)).then_some(DerKind::OcspResponse)
        }
        INTEGER => {
            let version = fields.take(INTEGER)?;
            match fields.peek()? {
                SEQUENCE => {
                    let mut inner = fields.take(SEQUENCE)?.inside();
                    let oid = inner.take(OID)?;
                    match fields.peek() {
                        Some(OCTET_STRING) => Some(DerKind::PrivateKey { label: "PRIVATE KEY" }),
                        _ if oid.content.starts_with(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7]) => {
                            Some(DerKind::Pkcs12)
                        }
                        _ => None,
                    }
                }
                OCTET_STRING if version.content == [1] => {
                    Some(DerKind::PrivateKey { label: "EC PRIVATE KEY" })
                }
                INTEGER => numbers(version.unsigned(), fields),
                _ => None,
            }
        }
        SEQUENCE => {
            let first = fields.take(SEQUENCE)?;
            match fields.peek()? {
                BIT_STRING => (first.inside().peek() == Some(OID)).then_some(DerKind::PublicKey),
                OCTET_STRING => (first.inside().peek() == Some(OID)).then_some(DerKind::EncryptedPrivateKey),
                SEQUENCE => {
                    fields.take(SEQUENCE)?;
                    (fields.peek() == Some(BIT_STRING)).then(|| signed(&first))?
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// A list of numbers: RSA and DSA keys and Diffie-Hellman parameters differ by their count.
fn numbers(first: &[u8], mut fields: Reader<'_>) -> Option<DerKind> {
    let second = fields.take(INTEGER)?.unsigned();
    let mut count = 2;
    while fields.take(INTEGER).is_some() {
        count += 1;
    }
    match count {
        9.. => Some(DerKind::PrivateKey { label: "RSA PRIVATE KEY" }),
        6 if first.is_empty() => Some(DerKind::PrivateKey { label: "DSA PRIVATE KEY" }),
        // Both are a large number and a small one. Generators are 2 or 5, or as large as the prime; public
        // exponents are 3, 17, 257 or 65537.
        2 if first.len() >= 32 && matches!(second, [3 | 17 | 35] | [1, 1] | [1, 0, 1]) => {
            Some(DerKind::PublicKey)
        }
        2 | 3 if first.len() >= 32 => Some(DerKind::DhParameters),
        _ => None,
    }
}

/// Certificate, request or revocation list, by the signed part.
fn signed(part: &Element<'_>) -> Option<DerKind> {
    let mut fields = part.inside();
    if fields.take(0xa0).is_some() {
        return Some(DerKind::Certificate);
    }
    let numbered = fields.take(INTEGER).is_some();
    let second = fields.take(SEQUENCE)?;
    let third = fields.take(SEQUENCE)?;
    let named = matches!(second.inside().peek(), None | Some(SET));
    match fields.peek() {
        // version, subject, key, [attributes]
        None | Some(0xa0) if numbered && named && third.inside().peek() == Some(SEQUENCE) => {
            Some(DerKind::Request)
        }
        // [version], algorithm, issuer, time
        Some(UTC_TIME | GENERALIZED_TIME) => Some(DerKind::RevocationList),
        // version 1: serial number, algorithm, issuer, validity
        Some(SEQUENCE) if numbered => Some(DerKind::Certificate),
        _ => None,
    }
}

/// Bits of the prime of PKCS#3 Diffie-Hellman parameters, the content of `-----BEGIN DH PARAMETERS-----`.
pub fn dh_parameters(der: &[u8]) -> Result<u32, ParseError> {
    let mut fields = Reader::new(der).expect(SEQUENCE, "DH parameters")?.inside();
    let prime = fields.expect(INTEGER, "prime")?.unsigned();
    fields.expect(INTEGER, "base")?;
    Ok((prime.len() as u32 * 8).saturating_sub(prime.first().map_or(0, |byte| byte.leading_zeros())))
}

/// The certificates of a PKCS#7 or CMS `SignedData` (RFC 5652 5.1) in their order, each as its own bytes. BER of
/// indefinite length, as streams have it, is read.
pub fn pkcs7_certificates(der: &[u8]) -> Result<Vec<Vec<u8>>, ParseError> {
    let mut fields = signed_data(der)?;
    let mut out = Vec::new();
    if fields.peek() == Some(0xa0) {
        let mut certificates = fields.any("certificates")?.inside();
        while !certificates.is_empty() {
            let certificate = certificates.any("certificate")?;
            // Other forms (attribute certificates) have tags of their own.
            if certificate.tag == SEQUENCE {
                out.push(certificate.raw.to_vec());
            }
        }
    }
    Ok(out)
}

/// The revocation lists of a `SignedData` in their order; none where it cannot be read.
pub fn pkcs7_revocation_lists(der: &[u8]) -> Vec<Vec<u8>> {
    let Ok(mut fields) = signed_data(der) else { return Vec::new() };
    fields.take(0xa0);
    let mut lists = fields.take(0xa1).map_or(Reader::new(&[]), |lists| lists.inside());
    std::iter::from_fn(|| lists.take(SEQUENCE)).map(|list| list.raw.to_vec()).collect()
}

/// A reader that stands behind the content of a `SignedData`, before the certificates.
fn signed_data(der: &[u8]) -> Result<Reader<'_>, ParseError> {
    let mut content = Reader::new(der).expect(SEQUENCE, "PKCS#7")?.inside();
    let kind = content.expect(OID, "contentType")?;
    if !matches!(kind.content, [.., 1, 7, 2]) {
        return Err(kind.fault("contentType: not signedData, so it holds no certificates"));
    }
    let mut fields = content.expect(0xa0, "content")?.inside().expect(SEQUENCE, "signedData")?.inside();
    fields.expect(INTEGER, "version")?;
    fields.expect(SET, "digestAlgorithms")?;
    fields.expect(SEQUENCE, "encapContentInfo")?;
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::x509::ber::wrap;

    #[test]
    fn numbers_are_told_apart_by_count_and_size() {
        let prime = wrap(INTEGER, &[&[0x7f; 128]]);
        let of = |parts: &[&[u8]]| sniff_der(&wrap(SEQUENCE, parts));
        assert_eq!(of(&[&prime, &[2, 1, 2]]), DerKind::DhParameters);
        assert_eq!(of(&[&prime, &[2, 1, 5], &[2, 2, 1, 0]]), DerKind::DhParameters);
        assert_eq!(of(&[&prime, &[2, 3, 1, 0, 1]]), DerKind::PublicKey);
        assert_eq!(of(&[&prime, &prime]), DerKind::DhParameters);
        assert_eq!(of(&[&[2, 1, 7], &[2, 1, 3]]), DerKind::Unknown);
        assert_eq!(dh_parameters(&wrap(SEQUENCE, &[&prime, &[2, 1, 2]])), Ok(1023));
        assert!(dh_parameters(&[0x30, 0]).is_err());
    }

    #[test]
    fn small_frames() {
        assert_eq!(sniff_der(b""), DerKind::Unknown);
        assert_eq!(sniff_der(b"0 bytes of text"), DerKind::Unknown);
        assert_eq!(sniff_der(&[0x30, 3, 10, 1, 6]), DerKind::OcspResponse);
        let store = wrap(
            SEQUENCE,
            &[&[2, 1, 3], &wrap(SEQUENCE, &[&[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1]])],
        );
        assert_eq!(sniff_der(&store), DerKind::Pkcs12);
    }

    #[test]
    fn what_is_not_signed_data_holds_no_certificates() {
        let data = wrap(SEQUENCE, &[&[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1], &[0xa0, 0]]);
        assert_eq!(sniff_der(&data), DerKind::Pkcs7);
        let error = pkcs7_certificates(&data).unwrap_err();
        assert_eq!(error.what, "contentType: not signedData, so it holds no certificates");
        assert!(pkcs7_certificates(&[0x30, 0x80]).is_err());
    }
}
