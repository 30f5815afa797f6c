//! The bags of PKCS#12: keys and certificates with the attributes that make entries of them, RFC 7292 4.2.

use std::{borrow::Cow, sync::Arc};

use super::{MAX_ENTRIES, Part, Seal, SealedPart, add_seal, java_time, printable};
use crate::x509::{
    KeyMaterial, ParseError, RevocationList, Time,
    ber::{self, Element, OCTET_STRING, OID, Reader, SEQUENCE, SET},
    private_key,
};

/// Bags hold bags no deeper than this.
const MAX_DEPTH: u8 = 4;

/// `1.2.840.113549.1.`
const PKCS: [u8; 7] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1];
/// The attribute by which Java takes a certificate for trusted, 2.16.840.1.113894.746875.1.1.
const TRUSTED_KEY_USAGE: [u8; 11] = [0x60, 0x86, 0x48, 1, 0x86, 0xf9, 0x66, 0xad, 0xca, 0x7b, 1];

/// What a bag holds.
#[derive(Debug)]
pub(super) enum What {
    Key(Part),
    Certificate(Part),
    RevocationList(Part),
    Secret,
}

/// A bag with its attributes.
#[derive(Debug)]
pub(super) struct Bag {
    pub(super) name: String,
    /// `localKeyId`: the same for a key and its certificate.
    pub(super) local: Vec<u8>,
    pub(super) trusted: bool,
    pub(super) created: Option<Time>,
    pub(super) what: What,
}

/// Reads `SafeContents` that stand at byte `at`.
pub(super) fn read(
    contents: &[u8],
    at: usize,
    bags: &mut Vec<Bag>,
    seals: &mut Vec<Seal>,
) -> Result<(), ParseError> {
    let der = ber::normalised(contents).map_or(Cow::Borrowed(contents), Cow::Owned);
    let located = |error: ParseError| ParseError { at: at + error.at, ..error };
    let list = Reader::new(&der).expect(SEQUENCE, "safeContents").map_err(located)?;
    read_list(list.inside(), MAX_DEPTH, bags, seals).map_err(located)
}

fn read_list(
    mut list: Reader<'_>,
    depth: u8,
    bags: &mut Vec<Bag>,
    seals: &mut Vec<Seal>,
) -> Result<(), ParseError> {
    while !list.is_empty() {
        let bag = list.expect(SEQUENCE, "safeBag")?;
        if bags.len() >= MAX_ENTRIES {
            return Err(bag.fault(format!("it has more than {MAX_ENTRIES} bags")));
        }
        let mut fields = bag.inside();
        let id = fields.expect(OID, "bagId")?;
        let value = fields.expect(0xa0, "bagValue")?;
        let Some(&[12, 10, 1, number]) =
            id.content.strip_prefix(&PKCS).and_then(|rest| rest.first_chunk::<4>())
        else {
            continue;
        };
        let what = match number {
            1 => What::Key(key("PRIVATE KEY", value.content, seals)),
            2 => What::Key(key("ENCRYPTED PRIVATE KEY", value.content, seals)),
            3 => match wrapped(&value, 22)? {
                Some(der) => What::Certificate(Part::certificate(der)),
                None => continue,
            },
            4 => match wrapped(&value, 23)? {
                Some(der) => What::RevocationList(match RevocationList::parse(der) {
                    Ok(list) => Part::RevocationList(Arc::new(list)),
                    Err(error) => Part::Broken("X509 CRL", error),
                }),
                None => continue,
            },
            5 => What::Secret,
            6 if depth > 0 => {
                let inner = value.inside().expect(SEQUENCE, "safeContents")?;
                read_list(inner.inside(), depth - 1, bags, seals)?;
                continue;
            }
            _ => continue,
        };
        let mut bag = Bag { name: String::new(), local: Vec::new(), trusted: false, created: None, what };
        if let Some(attributes) = fields.take(SET) {
            attributes_of(&attributes, &mut bag);
        }
        bags.push(bag);
    }
    Ok(())
}

fn key(label: &'static str, der: &[u8], seals: &mut Vec<Seal>) -> Part {
    match private_key(label, &[], der) {
        Ok(key) => {
            if let KeyMaterial::Locked(locked) = &key {
                add_seal(seals, SealedPart::Keys, locked);
            }
            Part::Key(key)
        }
        Err(error) => Part::Broken(label, error),
    }
}

/// The X.509 form (number 1) of a certificate or revocation list; others are passed over.
fn wrapped<'a>(value: &Element<'a>, family: u8) -> Result<Option<&'a [u8]>, ParseError> {
    let mut fields = value.inside().expect(SEQUENCE, "certBag")?.inside();
    let kind = fields.expect(OID, "certId")?;
    if kind.content.strip_prefix(&PKCS) != Some(&[9, family, 1]) {
        return Ok(None);
    }
    let inner = fields.expect(0xa0, "certValue")?.inside().expect(OCTET_STRING, "certValue")?;
    Ok(Some(inner.content))
}

/// Attributes are a help and no more: what cannot be read of them is left out.
fn attributes_of(attributes: &Element<'_>, bag: &mut Bag) {
    let mut list = attributes.inside();
    while let Some(attribute) = list.take(SEQUENCE) {
        let mut fields = attribute.inside();
        let (Some(id), Some(values)) = (fields.take(OID), fields.take(SET)) else { continue };
        let Ok(value) = values.inside().any("") else { continue };
        if id.content.starts_with(&TRUSTED_KEY_USAGE) {
            bag.trusted = true;
        } else if id.content.strip_prefix(&PKCS) == Some(&[9, 20]) {
            let (units, _) = value.content.as_chunks::<2>();
            let units: Vec<u16> = units.iter().map(|pair| u16::from_be_bytes(*pair)).collect();
            bag.name = printable(&String::from_utf16_lossy(&units));
        } else if id.content.strip_prefix(&PKCS) == Some(&[9, 21]) {
            bag.local = value.content.to_vec();
            // Java writes the moment here.
            let time = std::str::from_utf8(value.content).ok().and_then(|text| text.strip_prefix("Time "));
            bag.created = time.and_then(|digits| java_time(digits.parse().ok()?));
        }
    }
}
