//! DER and BER, put together by hand, and nested beyond reason.

use tlslint::x509::{self, Certificate, OcspResponse, PublicKey, Request, RevocationList, store};

use super::{all_read, in_time};

/// A tag with its length and content.
pub(crate) fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut out = vec![tag];
    match length {
        0..=0x7f => out.push(length as u8),
        0x80..=0xff => out.extend([0x81, length as u8]),
        0x100..=0xffff => out.extend([0x82, (length >> 8) as u8, length as u8]),
        _ => {
            out.extend([0x84, (length >> 24) as u8, (length >> 16) as u8, (length >> 8) as u8, length as u8]);
        }
    }
    out.extend_from_slice(content);
    out
}

/// A SEQUENCE of these.
pub(crate) fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    tlv(0x30, &parts.concat())
}

/// An OID by its content in hexadecimal digits.
pub(crate) fn oid(hex: &str) -> Vec<u8> {
    tlv(0x06, &data_encoding::HEXLOWER.decode(hex.as_bytes()).unwrap())
}

/// A positive INTEGER.
pub(crate) fn integer(value: u64) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(7);
    let mut content = bytes[start..].to_vec();
    if content[0] & 0x80 != 0 {
        content.insert(0, 0);
    }
    tlv(0x02, &content)
}

/// So many constructed values within each other, of indefinite length.
fn endless(tag: u8, levels: usize) -> Vec<u8> {
    let mut out = [tag, 0x80].repeat(levels);
    out.extend(vec![0; 2 * levels]);
    out
}

/// The same with lengths that are told.
fn measured(tag: u8, levels: usize) -> Vec<u8> {
    // Lengths of four bytes, so that each level is six bytes longer than the one within.
    let mut out = Vec::with_capacity(6 * levels);
    for level in (0..levels).rev() {
        let length = 6 * level;
        out.extend([
            tag,
            0x84,
            (length >> 24) as u8,
            (length >> 16) as u8,
            (length >> 8) as u8,
            length as u8,
        ]);
    }
    out
}

fn every_reader(bytes: &[u8]) {
    let _ = x509::sniff_der(bytes);
    let _ = x509::dh_parameters(bytes);
    let _ = Certificate::parse(bytes);
    let _ = Request::parse(bytes);
    let _ = RevocationList::parse(bytes);
    let _ = OcspResponse::parse(bytes);
    let _ = PublicKey::parse(bytes);
    for label in ["PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY"] {
        let _ = x509::private_key(label, &[], bytes);
    }
    let _ = x509::pkcs7_certificates(bytes);
    let _ = x509::pkcs7_revocation_lists(bytes);
    let _ = store::read(bytes);
    let _ = store::open(bytes, &[b"changeit"], 1_000);
}

#[test]
fn der_nested_a_hundred_thousand_times() {
    for tag in [0x30, 0x31, 0xa0, 0x24] {
        for bytes in [endless(tag, 100_000), measured(tag, 100_000), [tag, 0x80].repeat(100_000)] {
            in_time(move || every_reader(&bytes));
        }
    }
    all_read(vec![
        ("a.der", endless(0x30, 100_000)),
        ("a.crt", measured(0x30, 100_000)),
        ("a.p7b", endless(0x30, 100_000)),
    ]);
}

#[test]
fn pkcs7_within_pkcs7_ends() {
    let signed = "2a864886f70d010702";
    let mut inner = sequence(&[oid("2a864886f70d010701")]);
    for _ in 0..2_000 {
        let data = sequence(&[integer(1), tlv(0x31, b""), inner, tlv(0xa0, b""), tlv(0x31, b"")]);
        inner = sequence(&[oid(signed), tlv(0xa0, &data)]);
    }
    let bytes = inner.clone();
    in_time(move || every_reader(&bytes));
    all_read(vec![("a.p7b", inner)]);
}
