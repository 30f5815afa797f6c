//! Signature algorithms and hashes by their object identifiers, never by parts of them.

use std::fmt;

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};

use super::ParseError;
use super::ber::{self, Element, OID, Reader, SEQUENCE};

/// A hash function as signatures use it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HashKind {
    /// MD2, long broken; never computed here.
    Md2,
    /// MD5, broken.
    Md5,
    /// SHA-1, broken for signatures.
    Sha1,
    /// SHA-224.
    Sha224,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
    /// SHA3-224, 256, 384 or 512, by its length in bits; never computed here.
    Sha3(u16),
}

impl HashKind {
    /// The hash of `data`; `None` where this program does not compute that hash.
    pub(super) fn digest(self, data: &[u8]) -> Option<Vec<u8>> {
        Some(match self {
            HashKind::Md5 => Md5::digest(data).to_vec(),
            HashKind::Sha1 => Sha1::digest(data).to_vec(),
            HashKind::Sha224 => Sha224::digest(data).to_vec(),
            HashKind::Sha256 => Sha256::digest(data).to_vec(),
            HashKind::Sha384 => Sha384::digest(data).to_vec(),
            HashKind::Sha512 => Sha512::digest(data).to_vec(),
            HashKind::Md2 | HashKind::Sha3(_) => return None,
        })
    }

    /// The content of the hash's object identifier, as it stands in a `DigestInfo` (RFC 8017 9.2).
    pub(super) fn oid(self) -> &'static [u8] {
        match self {
            HashKind::Md2 => &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 2],
            HashKind::Md5 => &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 5],
            HashKind::Sha1 => &[0x2b, 0x0e, 3, 2, 0x1a],
            HashKind::Sha256 => &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1],
            HashKind::Sha384 => &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2],
            HashKind::Sha512 => &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3],
            HashKind::Sha224 => &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 4],
            HashKind::Sha3(224) => &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 7],
            HashKind::Sha3(256) => &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 8],
            HashKind::Sha3(384) => &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 9],
            HashKind::Sha3(_) => &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 10],
        }
    }

    fn from_oid(oid: &[u8]) -> Option<HashKind> {
        use HashKind::{Md5, Sha1, Sha3, Sha224, Sha256, Sha384, Sha512};
        let all = [Sha256, Sha1, Sha384, Sha512, Sha224, Md5, Sha3(224), Sha3(256), Sha3(384), Sha3(512)];
        all.into_iter().find(|hash| hash.oid() == oid)
    }
}

impl fmt::Display for HashKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HashKind::Md2 => f.write_str("MD2"),
            HashKind::Md5 => f.write_str("MD5"),
            HashKind::Sha1 => f.write_str("SHA-1"),
            HashKind::Sha224 => f.write_str("SHA-224"),
            HashKind::Sha256 => f.write_str("SHA-256"),
            HashKind::Sha384 => f.write_str("SHA-384"),
            HashKind::Sha512 => f.write_str("SHA-512"),
            HashKind::Sha3(bits) => write!(f, "SHA3-{bits}"),
        }
    }
}

/// How a certificate, request or revocation list is signed. `Display` gives the name `openssl` prints.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SignatureAlgorithm {
    /// RSA PKCS#1 v1.5, RFC 8017 8.2.
    Rsa(HashKind),
    /// RSA-PSS, RFC 4055 3.1.
    RsaPss {
        /// Hash of the message.
        hash: HashKind,
        /// Hash inside the mask generation function.
        mask_hash: HashKind,
        /// Salt in bytes.
        salt: u32,
    },
    /// ECDSA, RFC 5758.
    Ecdsa(HashKind),
    /// DSA, RFC 3279 2.2.2, RFC 5758.
    Dsa(HashKind),
    /// RFC 8410.
    Ed25519,
    /// RFC 8410.
    Ed448,
    /// ML-DSA of that parameter set (44, 65, 87), FIPS 204, RFC 9881.
    MlDsa(u16),
    /// Any other, by its object identifier in dots.
    Other(String),
}

impl SignatureAlgorithm {
    /// The hash of the message where there is a separate one.
    pub fn hash(&self) -> Option<HashKind> {
        match self {
            SignatureAlgorithm::Rsa(hash)
            | SignatureAlgorithm::Ecdsa(hash)
            | SignatureAlgorithm::Dsa(hash)
            | SignatureAlgorithm::RsaPss { hash, .. } => Some(*hash),
            _ => None,
        }
    }

    /// The broken hash it stands on, if it does: `Some("MD5")`, `Some("SHA-1")`.
    pub fn is_weak(&self) -> Option<&'static str> {
        match self.hash()? {
            HashKind::Md2 => Some("MD2"),
            HashKind::Md5 => Some("MD5"),
            HashKind::Sha1 => Some("SHA-1"),
            _ => None,
        }
    }

    /// Reads an `AlgorithmIdentifier`, RFC 5280 4.1.1.2.
    pub(super) fn parse(identifier: &Element<'_>) -> Result<SignatureAlgorithm, ParseError> {
        use HashKind::{Md2, Md5, Sha1, Sha3, Sha224, Sha256, Sha384, Sha512};
        use SignatureAlgorithm::{Dsa, Ecdsa, Ed448, Ed25519, MlDsa, Rsa};
        let mut fields = identifier.inside();
        let oid = fields.expect(OID, "algorithm")?.content;
        Ok(match oid {
            [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, last] => match last {
                2 => Rsa(Md2),
                4 => Rsa(Md5),
                5 => Rsa(Sha1),
                10 => parse_pss(fields.take(SEQUENCE).as_ref()),
                11 => Rsa(Sha256),
                12 => Rsa(Sha384),
                13 => Rsa(Sha512),
                14 => Rsa(Sha224),
                _ => SignatureAlgorithm::Other(ber::dotted(oid)),
            },
            // sha1WithRSASignature of the OIW, in certificates of old Microsoft tools.
            [0x2b, 0x0e, 3, 2, 0x1d] => Rsa(Sha1),
            [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1] => Ecdsa(Sha1),
            [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, last] => match last {
                1 => Ecdsa(Sha224),
                2 => Ecdsa(Sha256),
                3 => Ecdsa(Sha384),
                4 => Ecdsa(Sha512),
                _ => SignatureAlgorithm::Other(ber::dotted(oid)),
            },
            [0x2a, 0x86, 0x48, 0xce, 0x38, 4, 3] => Dsa(Sha1),
            [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, last] => match last {
                1 => Dsa(Sha224),
                2 => Dsa(Sha256),
                3 => Dsa(Sha384),
                4 => Dsa(Sha512),
                9 => Ecdsa(Sha3(224)),
                10 => Ecdsa(Sha3(256)),
                11 => Ecdsa(Sha3(384)),
                12 => Ecdsa(Sha3(512)),
                13 => Rsa(Sha3(224)),
                14 => Rsa(Sha3(256)),
                15 => Rsa(Sha3(384)),
                16 => Rsa(Sha3(512)),
                17 => MlDsa(44),
                18 => MlDsa(65),
                19 => MlDsa(87),
                _ => SignatureAlgorithm::Other(ber::dotted(oid)),
            },
            [0x2b, 0x65, 0x70] => Ed25519,
            [0x2b, 0x65, 0x71] => Ed448,
            _ => SignatureAlgorithm::Other(ber::dotted(oid)),
        })
    }
}

/// `RSASSA-PSS-params`; what is absent has the defaults of RFC 4055: SHA-1, MGF1 with SHA-1, 20 bytes of salt.
fn parse_pss(parameters: Option<&Element<'_>>) -> SignatureAlgorithm {
    let unknown = || SignatureAlgorithm::Other("1.2.840.113549.1.1.10 with parameters nobody uses".into());
    let (mut hash, mut mask_hash, mut salt) = (HashKind::Sha1, HashKind::Sha1, 20);
    let mut fields = parameters.map_or(Reader::new(&[]), Element::inside);
    let oid_of = |field: &Element<'_>| {
        field.inside().take(SEQUENCE)?.inside().take(OID).map(|oid| oid.content.to_vec())
    };
    if let Some(field) = fields.take(0xa0) {
        let Some(found) = oid_of(&field).and_then(|oid| HashKind::from_oid(&oid)) else { return unknown() };
        hash = found;
    }
    if let Some(field) = fields.take(0xa1) {
        let inner = field.inside().take(SEQUENCE).and_then(|mask| {
            let mut mask = mask.inside();
            mask.take(OID)?;
            mask.take(SEQUENCE)?.inside().take(OID).map(|oid| oid.content.to_vec())
        });
        let Some(found) = inner.and_then(|oid| HashKind::from_oid(&oid)) else { return unknown() };
        mask_hash = found;
    }
    if let Some(field) = fields.take(0xa2) {
        let bytes =
            field.inside().take(ber::INTEGER).map(|salt| salt.unsigned().to_vec()).unwrap_or_default();
        if bytes.len() > 2 {
            return unknown();
        }
        salt = bytes.iter().fold(0, |sum, &byte| (sum << 8) | u32::from(byte));
    }
    SignatureAlgorithm::RsaPss { hash, mask_hash, salt }
}

impl fmt::Display for SignatureAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let low = |hash: &HashKind| match hash {
            HashKind::Sha3(_) => hash.to_string(),
            _ => hash.to_string().to_lowercase().replace('-', ""),
        };
        match self {
            SignatureAlgorithm::Rsa(hash @ HashKind::Sha3(_)) => write!(f, "RSA-{hash}"),
            SignatureAlgorithm::Rsa(hash) => write!(f, "{}WithRSAEncryption", low(hash)),
            SignatureAlgorithm::RsaPss { hash, mask_hash, salt } => {
                write!(f, "rsassaPss with {hash}, ")?;
                if mask_hash != hash {
                    write!(f, "MGF1 with {mask_hash}, ")?;
                }
                write!(f, "salt of {salt} bytes")
            }
            SignatureAlgorithm::Ecdsa(hash) => {
                write!(f, "ecdsa-with-{}", hash.to_string().replace("SHA-", "SHA"))
            }
            SignatureAlgorithm::Dsa(HashKind::Sha1) => f.write_str("dsaWithSHA1"),
            SignatureAlgorithm::Dsa(hash) => write!(f, "dsa_with_{}", hash.to_string().replace('-', "")),
            SignatureAlgorithm::Ed25519 => f.write_str("ED25519"),
            SignatureAlgorithm::Ed448 => f.write_str("ED448"),
            SignatureAlgorithm::MlDsa(set) => write!(f, "ML-DSA-{set}"),
            SignatureAlgorithm::Other(oid) => f.write_str(oid),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(der: &[u8]) -> SignatureAlgorithm {
        SignatureAlgorithm::parse(&Reader::new(der).any("").unwrap()).unwrap()
    }

    #[test]
    fn sha224_and_sha3_are_not_confused() {
        let sha224 = parse(&[0x30, 11, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 14]);
        let sha3 = parse(&[0x30, 11, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 14]);
        assert_eq!(sha224.to_string(), "sha224WithRSAEncryption");
        assert_eq!(sha3.to_string(), "RSA-SHA3-256");
    }

    #[test]
    fn pss_without_parameters_is_sha1() {
        let pss = parse(&[0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10, 0x30, 0]);
        assert_eq!(pss.to_string(), "rsassaPss with SHA-1, salt of 20 bytes");
        assert_eq!(pss.is_weak(), Some("SHA-1"));
    }

    #[test]
    fn names_are_those_of_openssl() {
        assert_eq!(SignatureAlgorithm::Rsa(HashKind::Sha256).to_string(), "sha256WithRSAEncryption");
        assert_eq!(SignatureAlgorithm::Rsa(HashKind::Md5).to_string(), "md5WithRSAEncryption");
        assert_eq!(SignatureAlgorithm::Ecdsa(HashKind::Sha384).to_string(), "ecdsa-with-SHA384");
        assert_eq!(SignatureAlgorithm::Dsa(HashKind::Sha256).to_string(), "dsa_with_SHA256");
        assert_eq!(SignatureAlgorithm::Ecdsa(HashKind::Sha256).is_weak(), None);
    }
}
