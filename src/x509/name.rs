//! Distinguished names: as bytes, as text that is safe to print, and compared the way people read them.

use std::fmt::Write as _;

use super::ParseError;
use super::ber::{self, Element, OID, Reader, SEQUENCE, SET};

/// A distinguished name, RFC 5280 4.1.2.4.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    /// DER of the whole `Name`, as it stands in the certificate.
    pub raw: Box<[u8]>,
    /// `CN=x, O=y` in the order of the encoding, as `openssl` prints it; attributes of one set are joined with
    /// ` + `. Any string type, bad bytes replaced, control characters escaped: one line, safe to print.
    pub text: String,
    /// The last common name, which is the most specific one (and what `openssl` and browsers take).
    pub common_name: Option<String>,
}

impl Name {
    /// What a person would call the owner: the common name, else the whole text, else `(no name)`.
    pub fn title(&self) -> &str {
        match &self.common_name {
            Some(name) if !name.is_empty() => name,
            _ if self.text.is_empty() => "(no name)",
            _ => &self.text,
        }
    }

    /// Whether the name has no attribute.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Whether both name the same thing to a reader: attribute by attribute, string types and case ignored and
    /// spaces folded, in the manner of RFC 4518 (RFC 5280 7.1). Byte-equal names are always the same.
    pub fn same_text(&self, other: &Name) -> bool {
        self.raw == other.raw || self.folded() == other.folded()
    }

    /// A text that is equal exactly where [`Name::same_text`] holds: something to put in a map.
    pub fn folded(&self) -> String {
        let mut out = String::with_capacity(self.raw.len());
        let Ok(whole) = Reader::new(&self.raw).expect(SEQUENCE, "name") else { return out };
        let _ = each_attribute(&whole, |attribute| {
            out.push(if attribute.first_of_set { '\u{1}' } else { '\u{2}' });
            out.push_str(&ber::dotted(attribute.kind));
            out.push('=');
            fold(&text_of(&attribute.value), &mut out);
        });
        out
    }

    /// Label (OpenSSL's, or dotted numbers) and value of every attribute, in the order of the encoding.
    pub fn attributes(&self) -> Vec<(String, String)> {
        let mut out = Vec::new();
        let Ok(whole) = Reader::new(&self.raw).expect(SEQUENCE, "name") else { return out };
        let _ = each_attribute(&whole, |attribute| {
            let label = label(attribute.kind).map_or_else(|| ber::dotted(attribute.kind), str::to_owned);
            out.push((label, text_of(&attribute.value)));
        });
        out
    }

    /// Reads the DER of a `Name`. Errors say which byte of `raw` is at fault.
    pub fn parse(raw: &[u8]) -> Result<Name, ParseError> {
        Name::take(&mut Reader::new(raw), "name")
    }

    /// Reads the next element as a name. `field` words errors.
    ///
    /// Names are read here and not taken from x509-parser, which ends a name silently at the first set it
    /// cannot read (an empty one, say) and gives the shortened bytes as the whole.
    pub(super) fn take(reader: &mut Reader<'_>, field: &str) -> Result<Name, ParseError> {
        let whole = reader.expect(SEQUENCE, field)?;
        let mut text = String::with_capacity(whole.raw.len().min(LONGEST_NAME));
        let mut common_name = None;
        let mut cut = false;
        each_attribute(&whole, |attribute| {
            let value = shortened(text_of(&attribute.value));
            if attribute.kind == COMMON_NAME {
                let mut name = String::with_capacity(value.len());
                escape(&value, &mut name);
                common_name = Some(name);
            }
            if text.len() > LONGEST_NAME {
                if !cut {
                    text.push_str(", …");
                }
                cut = true;
                return;
            }
            if !text.is_empty() {
                text.push_str(if attribute.first_of_set { ", " } else { " + " });
            }
            match label(attribute.kind) {
                Some(label) => text.push_str(label),
                None => text.push_str(&ber::dotted(attribute.kind)),
            }
            text.push('=');
            escape(&value, &mut text);
        })?;
        Ok(Name { raw: whole.raw.into(), text, common_name })
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.text.is_empty() { "(no name)" } else { &self.text })
    }
}

/// Values are shown as far as this, in bytes; RFC 5280 allows 64 characters where it sets a bound, 32,768 at most.
const LONGEST_VALUE: usize = 1_000;

/// A name is shown as far as the attribute that passes this, in bytes.
const LONGEST_NAME: usize = 4_000;

/// The beginning of a value that nobody would read to its end.
fn shortened(mut value: String) -> String {
    if value.len() > LONGEST_VALUE {
        let end = (0..=LONGEST_VALUE).rev().find(|at| value.is_char_boundary(*at)).unwrap_or_default();
        value.truncate(end);
        value.push('…');
    }
    value
}

const COMMON_NAME: &[u8] = &[0x55, 4, 3];

/// The labels that `openssl` uses.
fn label(kind: &[u8]) -> Option<&'static str> {
    Some(match kind {
        COMMON_NAME => "CN",
        [0x55, 4, 4] => "SN",
        [0x55, 4, 5] => "serialNumber",
        [0x55, 4, 6] => "C",
        [0x55, 4, 7] => "L",
        [0x55, 4, 8] => "ST",
        [0x55, 4, 9] => "street",
        [0x55, 4, 10] => "O",
        [0x55, 4, 11] => "OU",
        [0x55, 4, 12] => "title",
        [0x55, 4, 13] => "description",
        [0x55, 4, 15] => "businessCategory",
        [0x55, 4, 17] => "postalCode",
        [0x55, 4, 18] => "postOfficeBox",
        [0x55, 4, 20] => "telephoneNumber",
        [0x55, 4, 41] => "name",
        [0x55, 4, 42] => "GN",
        [0x55, 4, 43] => "initials",
        [0x55, 4, 46] => "dnQualifier",
        [0x55, 4, 44] => "generationQualifier",
        [0x55, 4, 65] => "pseudonym",
        [0x55, 4, 97] => "organizationIdentifier",
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1] => "emailAddress",
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 2] => "unstructuredName",
        [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25] => "DC",
        [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 1] => "UID",
        [0x2b, 6, 1, 4, 1, 0x82, 0x37, 60, 2, 1, 1] => "jurisdictionL",
        [0x2b, 6, 1, 4, 1, 0x82, 0x37, 60, 2, 1, 2] => "jurisdictionST",
        [0x2b, 6, 1, 4, 1, 0x82, 0x37, 60, 2, 1, 3] => "jurisdictionC",
        _ => return None,
    })
}

struct Attribute<'a> {
    kind: &'a [u8],
    value: Element<'a>,
    first_of_set: bool,
}

/// Walks `RDNSequence ::= SEQUENCE OF SET OF SEQUENCE { type, value }`.
fn each_attribute<'a>(name: &Element<'a>, mut visit: impl FnMut(Attribute<'a>)) -> Result<(), ParseError> {
    let mut sets = name.inside();
    while !sets.is_empty() {
        let mut set = sets.expect(SET, "relative name")?.inside();
        let mut first_of_set = true;
        while !set.is_empty() {
            let mut attribute = set.expect(SEQUENCE, "attribute")?.inside();
            let kind = attribute.expect(OID, "attribute type")?.content;
            let value = attribute.any("attribute value")?;
            visit(Attribute { kind, value, first_of_set });
            first_of_set = false;
        }
    }
    Ok(())
}

/// The text of a string of any type. Teletex is read as Latin-1, as everyone does; other types as UTF-8, with
/// Latin-1 where that fails, since that is what such strings turn out to be.
fn text_of(value: &Element<'_>) -> String {
    let bytes = value.content;
    match value.tag {
        // BMPString: UTF-16, big endian.
        0x1e => {
            let units = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
            char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        }
        // UniversalString: UTF-32, big endian.
        0x1c => bytes
            .chunks_exact(4)
            .map(|four| char::from_u32(u32::from_be_bytes([four[0], four[1], four[2], four[3]])))
            .map(|point| point.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect(),
        0x14 => bytes.iter().map(|&byte| char::from(byte)).collect(),
        0x0c => String::from_utf8_lossy(bytes).into_owned(),
        tag if tag & 0x20 != 0 || tag == ber::BIT_STRING || tag == ber::OCTET_STRING => {
            bytes.iter().fold(String::from("#"), |mut hex, byte| {
                let _ = write!(hex, "{byte:02x}");
                hex
            })
        }
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => bytes.iter().map(|&byte| char::from(byte)).collect(),
        },
    }
}

/// The first attribute whose value its string type cannot hold, or whose type RFC 5280 4.1.2.4 gives up: its byte, and
/// what is wrong with it.
pub(super) fn string_complaint(name: &Element<'_>) -> Option<(usize, String)> {
    let mut found = None;
    let _ = each_attribute(name, |attribute| {
        let value = &attribute.value;
        let printable = |byte: &u8| byte.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(byte);
        let what = match value.tag {
            0x13 if !value.content.iter().all(printable) => "a character that PrintableString does not have",
            0x14 => "a TeletexString",
            0x1c => "a UniversalString",
            _ => return,
        };
        found.get_or_insert_with(|| (value.at, what.to_owned()));
    });
    found
}

/// Control characters, and characters that turn the direction of text round, as `\u{..}`; else as they are.
pub(super) fn escape(text: &str, out: &mut String) {
    for point in text.chars() {
        let hidden = point.is_control()
            || matches!(point, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
        if hidden {
            let _ = write!(out, "\\u{{{:x}}}", u32::from(point));
        } else {
            out.push(point);
        }
    }
}

/// Lower case, runs of spaces as one, none at the ends.
pub(super) fn fold(text: &str, out: &mut String) {
    for (index, word) in text.split_whitespace().enumerate() {
        if index > 0 {
            out.push(' ');
        }
        out.extend(word.chars().flat_map(char::to_lowercase));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::x509::ber::wrap;

    fn name(parts: &[(&[u8], u8, &[u8])]) -> Name {
        let sets: Vec<Vec<u8>> = parts
            .iter()
            .map(|(kind, tag, value)| {
                wrap(SET, &[&wrap(SEQUENCE, &[&wrap(OID, &[kind]), &wrap(*tag, &[value])])])
            })
            .collect();
        let sets: Vec<&[u8]> = sets.iter().map(Vec::as_slice).collect();
        Name::parse(&wrap(SEQUENCE, &sets)).unwrap()
    }

    const ORGANISATION: &[u8] = &[0x55, 4, 10];

    #[test]
    fn order_and_labels_are_those_of_openssl() {
        let name = name(&[
            (&[0x55, 4, 6], 0x13, b"SE"),
            (ORGANISATION, 0x0c, b"Acme"),
            (COMMON_NAME, 0x0c, b"a.se"),
        ]);
        assert_eq!(name.text, "C=SE, O=Acme, CN=a.se");
        assert_eq!(name.title(), "a.se");
    }

    #[test]
    fn every_string_type_is_text() {
        assert_eq!(name(&[(COMMON_NAME, 0x1e, &[0, b'a', 0, 0xe5])]).title(), "aå");
        assert_eq!(name(&[(COMMON_NAME, 0x1c, &[0, 0, 0, b'a', 0, 1, 0xf6, 0])]).title(), "a😀");
        assert_eq!(name(&[(COMMON_NAME, 0x14, &[b'a', 0xe5])]).title(), "aå");
        assert_eq!(name(&[(COMMON_NAME, 0x0c, &[b'a', 0xff])]).title(), "a\u{fffd}");
        assert_eq!(name(&[(COMMON_NAME, 0x13, &[b'a', 0xe5])]).title(), "aå");
    }

    #[test]
    fn nothing_that_moves_a_terminal_gets_through() {
        let name = name(&[(COMMON_NAME, 0x0c, "a\u{1b}[2J\n\u{202e}".as_bytes())]);
        assert_eq!(name.title(), "a\\u{1b}[2J\\u{a}\\u{202e}");
    }

    #[test]
    fn same_text_ignores_type_case_and_spaces_but_not_order() {
        let utf8 = name(&[(ORGANISATION, 0x0c, b"Acme  Ltd "), (COMMON_NAME, 0x0c, b"Root")]);
        let printable = name(&[(ORGANISATION, 0x13, b"ACME Ltd"), (COMMON_NAME, 0x13, b"root")]);
        let turned = name(&[(COMMON_NAME, 0x13, b"root"), (ORGANISATION, 0x13, b"ACME Ltd")]);
        assert!(utf8.same_text(&printable));
        assert!(!utf8.same_text(&turned));
        assert!(!utf8.same_text(&name(&[(COMMON_NAME, 0x0c, b"Root")])));
    }

    #[test]
    fn an_empty_set_ends_nothing() {
        let attribute = wrap(SEQUENCE, &[&wrap(OID, &[COMMON_NAME]), &wrap(0x0c, &[b"a"])]);
        let name = wrap(SEQUENCE, &[&wrap(SET, &[]), &wrap(SET, &[&attribute])]);
        assert_eq!(Name::parse(&name).unwrap().text, "CN=a");
    }

    #[test]
    fn an_empty_name_has_a_title() {
        let empty = Name::parse(&[0x30, 0]).unwrap();
        assert!(empty.is_empty());
        assert_eq!(empty.title(), "(no name)");
    }
}
