//! `MacData` of PKCS#12, RFC 7292 4 and RFC 9579: the proof that a password belongs to a store.

use std::num::NonZeroU32;

use ring::{digest, hmac, pbkdf2};

use super::{Seal, SealedPart};
use crate::x509::{
    ParseError,
    ber::{self, Element, INTEGER, OCTET_STRING, OID, Reader, SEQUENCE},
    scheme, unlock,
};

/// How a key is made of a password.
enum Way {
    /// RFC 7292 appendix B.
    Pkcs12 { hash: &'static digest::Algorithm, mac: hmac::Algorithm },
    /// PBMAC1.
    Pbkdf2 { derive: pbkdf2::Algorithm, mac: hmac::Algorithm, length: usize },
    /// Of no kind that is known here.
    Unknown,
}

/// The proof of a store.
pub(super) struct Proof {
    name: String,
    way: Way,
    salt: Vec<u8>,
    pub(super) rounds: u64,
    tag: Vec<u8>,
    weak: bool,
}

impl Proof {
    pub(super) fn read(data: &Element<'_>) -> Result<Proof, ParseError> {
        let mut fields = data.inside();
        let mut info = fields.expect(SEQUENCE, "mac")?.inside();
        let mut algorithm = info.expect(SEQUENCE, "digestAlgorithm of the MAC")?.inside();
        let oid = algorithm.expect(OID, "digestAlgorithm of the MAC")?;
        let tag = info.expect(OCTET_STRING, "digest of the MAC")?.content.to_vec();
        let salt = fields.expect(OCTET_STRING, "macSalt")?.content.to_vec();
        let rounds = fields.take(INTEGER).map_or(1, |found| scheme::number(found.unsigned()));
        if oid.content == [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 14] {
            let parameters = algorithm.take(SEQUENCE);
            return Ok(parameters.and_then(|it| pbmac1(it.inside(), &tag)).unwrap_or(Proof {
                name: "PBMAC1".to_owned(),
                way: Way::Unknown,
                salt,
                rounds,
                tag,
                weak: false,
            }));
        }
        let (name, hash): (_, Option<(&'static digest::Algorithm, hmac::Algorithm)>) = match oid.content {
            [0x2b, 0x0e, 3, 2, 26] => (
                "HMAC-SHA1".to_owned(),
                Some((&digest::SHA1_FOR_LEGACY_USE_ONLY, hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY)),
            ),
            [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1] => {
                ("HMAC-SHA256".to_owned(), Some((&digest::SHA256, hmac::HMAC_SHA256)))
            }
            [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2] => {
                ("HMAC-SHA384".to_owned(), Some((&digest::SHA384, hmac::HMAC_SHA384)))
            }
            [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3] => {
                ("HMAC-SHA512".to_owned(), Some((&digest::SHA512, hmac::HMAC_SHA512)))
            }
            [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 5] => ("HMAC-MD5".to_owned(), None),
            other => (format!("a MAC with hash {}", ber::dotted(other)), None),
        };
        let weak = name == "HMAC-MD5";
        let way = hash.map_or(Way::Unknown, |(hash, mac)| Way::Pkcs12 { hash, mac });
        Ok(Proof { name, way, salt, rounds, tag, weak })
    }

    pub(super) fn seal(&self) -> Seal {
        Seal {
            part: SealedPart::Integrity,
            algorithm: self.name.clone(),
            iterations: self.rounds,
            weak: self.weak,
        }
    }

    /// Why it is not tried, in words that follow "it".
    pub(super) fn foreign(&self) -> Option<String> {
        if self.rounds > scheme::MAX_ITERATIONS {
            return Some(super::too_many_rounds(self.rounds));
        }
        matches!(self.way, Way::Unknown)
            .then(|| format!("is proved by {}, which is not known here", self.name))
    }

    /// Whether a password belongs to the content.
    pub(super) fn proves(&self, content: &[u8], password: &[u8]) -> bool {
        match &self.way {
            Way::Pkcs12 { hash, mac } => unlock::pkcs12_passwords(password).iter().any(|wide| {
                let length = hash.output_len();
                let key = unlock::pkcs12_derive(hash, 3, &self.salt, self.rounds, wide, length);
                hmac::verify(&hmac::Key::new(*mac, &key), content, &self.tag).is_ok()
            }),
            Way::Pbkdf2 { derive, mac, length } => {
                let Some(rounds) = u32::try_from(self.rounds).ok().and_then(NonZeroU32::new) else {
                    return false;
                };
                let mut key = vec![0; *length];
                pbkdf2::derive(*derive, rounds, &self.salt, password, &mut key);
                hmac::verify(&hmac::Key::new(*mac, &key), content, &self.tag).is_ok()
            }
            Way::Unknown => false,
        }
    }
}

/// The parameters of PBMAC1: a PBKDF2 and an HMAC. RFC 9579.
fn pbmac1(mut fields: Reader<'_>, tag: &[u8]) -> Option<Proof> {
    let mut derivation = fields.take(SEQUENCE)?.inside();
    if derivation.take(OID)?.content != [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 12] {
        return None;
    }
    let mut parameters = derivation.take(SEQUENCE)?.inside();
    let salt = parameters.take(OCTET_STRING)?.content.to_vec();
    let rounds = scheme::number(parameters.take(INTEGER)?.unsigned());
    let length = scheme::number(parameters.take(INTEGER)?.unsigned());
    let derive = match parameters.take(SEQUENCE) {
        Some(hash) => hmac_number(hash)?,
        None => 7,
    };
    let mac = hmac_number(fields.take(SEQUENCE)?)?;
    let derive = match derive {
        7 => pbkdf2::PBKDF2_HMAC_SHA1,
        9 => pbkdf2::PBKDF2_HMAC_SHA256,
        10 => pbkdf2::PBKDF2_HMAC_SHA384,
        11 => pbkdf2::PBKDF2_HMAC_SHA512,
        _ => return None,
    };
    let (mac, name) = match mac {
        9 => (hmac::HMAC_SHA256, "PBMAC1 with HMAC-SHA256"),
        10 => (hmac::HMAC_SHA384, "PBMAC1 with HMAC-SHA384"),
        11 => (hmac::HMAC_SHA512, "PBMAC1 with HMAC-SHA512"),
        _ => return None,
    };
    // RFC 9579 refuses keys under 20 bytes; more than a block of the hash means nothing.
    let length = usize::try_from(length).ok().filter(|length| (20..=128).contains(length))?;
    let way = Way::Pbkdf2 { derive, mac, length };
    Some(Proof { name: name.to_owned(), way, salt, rounds, tag: tag.to_vec(), weak: false })
}

/// The last number of the identifier of an HMAC of PKCS#5.
fn hmac_number(algorithm: Element<'_>) -> Option<u8> {
    match algorithm.inside().take(OID)?.content {
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, number] => Some(*number),
        _ => None,
    }
}
