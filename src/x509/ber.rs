//! A small reader of BER that knows, of every element, at which byte it stands.
//!
//! It takes what OpenSSL takes (long lengths, indefinite lengths), so that a certificate that a strict
//! parser refuses can still be read, or be refused with the byte at fault. ITU-T X.690.

use std::borrow::Cow;

use super::ParseError;

/// Elements nest no deeper than this in anything we read; hostile input does.
const MAX_DEPTH: u8 = 48;

pub(super) const BOOLEAN: u8 = 0x01;
pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const NULL: u8 = 0x05;
pub(super) const OID: u8 = 0x06;
pub(super) const ENUMERATED: u8 = 0x0a;
pub(super) const UTC_TIME: u8 = 0x17;
pub(super) const GENERALIZED_TIME: u8 = 0x18;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

/// One element: its tag byte, its content, and where both stand in the whole input.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element<'a> {
    /// Class, constructed bit and number in one byte; longer tags are refused.
    pub(super) tag: u8,
    /// First byte of the tag, counted from the start of the whole input.
    pub(super) at: usize,
    /// First byte of the content, counted likewise.
    pub(super) content_at: usize,
    /// The content without length and without the end mark of an indefinite length.
    pub(super) content: &'a [u8],
    /// Everything: tag, length, content, end mark.
    pub(super) raw: &'a [u8],
}

impl<'a> Element<'a> {
    /// A reader of the elements inside.
    pub(super) fn inside(&self) -> Reader<'a> {
        Reader { rest: self.content, at: self.content_at }
    }

    /// A complaint about this element.
    pub(super) fn fault(&self, what: impl Into<String>) -> ParseError {
        ParseError { at: self.at, what: what.into() }
    }

    /// The content of an INTEGER without the leading zero that keeps it positive.
    pub(super) fn unsigned(&self) -> &'a [u8] {
        strip_zeros(self.content)
    }

    /// The whole bytes of a BIT STRING; `None` where it has none, or bits left over.
    pub(super) fn bits(&self) -> Option<&'a [u8]> {
        match self.content.split_first() {
            Some((0, bytes)) if self.tag == BIT_STRING => Some(bytes),
            _ => None,
        }
    }
}

/// Reads element after element.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// Starts at byte 0 of `bytes`.
    pub(super) fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { rest: bytes, at: 0 }
    }

    /// The position of the next element, counted from the start of the whole input.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// What has not been read.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The tag byte of the next element, if there is one.
    pub(super) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// The next element, whatever it is.
    pub(super) fn any(&mut self, name: &str) -> Result<Element<'a>, ParseError> {
        let fault = |at: usize, what: &str| ParseError { at: self.at + at, what: format!("{name}: {what}") };
        let head = header(self.rest).map_err(|(at, what)| fault(at, what))?;
        let body = self.rest.get(head.size..).unwrap_or_default();
        let (content, size) = if let Some(length) = head.length {
            let content = body.get(..length).ok_or_else(|| {
                fault(self.rest.len(), &format!("ends after {} of {length} bytes", body.len()))
            })?;
            (content, head.size + length)
        } else {
            let length = to_end_mark(body, MAX_DEPTH).map_err(|(at, what)| fault(head.size + at, what))?;
            (body.get(..length).unwrap_or_default(), head.size + length + 2)
        };
        let (raw, rest) = self.rest.split_at_checked(size).ok_or_else(|| fault(0, "ends early"))?;
        let element = Element { tag: head.tag, at: self.at, content_at: self.at + head.size, content, raw };
        self.rest = rest;
        self.at += size;
        Ok(element)
    }

    /// The next element, which must have this tag. `name` is the field as RFC 5280 calls it.
    pub(super) fn expect(&mut self, tag: u8, name: &str) -> Result<Element<'a>, ParseError> {
        match self.peek() {
            None => Err(ParseError { at: self.at, what: format!("{name}: missing") }),
            Some(found) if found != tag => Err(ParseError {
                at: self.at,
                what: format!("{name}: {} where {} must stand", tag_name(found), tag_name(tag)),
            }),
            Some(_) => self.any(name),
        }
    }

    /// The next element if it has this tag and is whole.
    pub(super) fn take(&mut self, tag: u8) -> Option<Element<'a>> {
        if self.peek() == Some(tag) { self.any("").ok() } else { None }
    }
}

/// `bytes` without leading zeros.
pub(super) fn strip_zeros(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
    bytes.get(zeros..).unwrap_or_default()
}

struct Header {
    tag: u8,
    size: usize,
    /// `None`: indefinite.
    length: Option<usize>,
}

fn header(bytes: &[u8]) -> Result<Header, (usize, &'static str)> {
    let &tag = bytes.first().ok_or((0, "missing"))?;
    if tag & 0x1f == 0x1f {
        return Err((0, "no element of X.509 has so long a tag"));
    }
    let &first = bytes.get(1).ok_or((1, "ends before its length"))?;
    if first < 0x80 {
        return Ok(Header { tag, size: 2, length: Some(usize::from(first)) });
    }
    if first == 0x80 {
        if tag & 0x20 == 0 {
            return Err((1, "indefinite length on a primitive element"));
        }
        return Ok(Header { tag, size: 2, length: None });
    }
    let count = usize::from(first & 0x7f);
    let digits = bytes.get(2..2 + count).ok_or((2, "ends inside its length"))?;
    let digits = strip_zeros(digits);
    if digits.len() > 4 {
        return Err((1, "length beyond 4 GiB"));
    }
    let length = digits.iter().fold(0_usize, |sum, &digit| (sum << 8) | usize::from(digit));
    Ok(Header { tag, size: 2 + count, length: Some(length) })
}

/// How many bytes stand before the `00 00` that ends an indefinite length.
fn to_end_mark(bytes: &[u8], depth: u8) -> Result<usize, (usize, &'static str)> {
    if depth == 0 {
        return Err((0, "nested too deeply"));
    }
    let mut at = 0;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        if rest.starts_with(&[0, 0]) {
            return Ok(at);
        }
        let head = header(rest).map_err(|(inner, what)| (at + inner, what))?;
        at += head.size;
        at += if let Some(length) = head.length {
            length
        } else {
            let rest = bytes.get(at..).unwrap_or_default();
            to_end_mark(rest, depth - 1).map_err(|(inner, what)| (at + inner, what))? + 2
        };
        if at > bytes.len() {
            return Err((bytes.len(), "ends early"));
        }
    }
}

/// The same elements in DER lengths, BOOLEAN TRUE as `FF`, and strings in one piece. `None` where the input
/// already is so, or cannot be read at all.
pub(super) fn normalised(bytes: &[u8]) -> Option<Vec<u8>> {
    // Nearly everything is DER already, and that is told without building anything.
    if is_der(Reader::new(bytes), MAX_DEPTH) {
        return None;
    }
    let mut reader = Reader::new(bytes);
    let mut out = Vec::with_capacity(bytes.len());
    while !reader.is_empty() {
        rewrite(&reader.any("").ok()?, MAX_DEPTH, &mut out)?;
    }
    (out != bytes).then_some(out)
}

fn is_der(mut reader: Reader<'_>, depth: u8) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    while !reader.is_empty() {
        let Ok(element) = reader.any("") else { return false };
        let length = element.content.len();
        let digits =
            if length < 0x80 { 0 } else { (usize::BITS - length.leading_zeros()).div_ceil(8) as usize };
        // Both ends count: an end mark is as long as the two digits of a length.
        let fits = element.content_at - element.at == 2 + digits
            && element.raw.len() == 2 + digits + length
            && !matches!(element.tag, 0x23 | 0x24)
            && (element.tag != BOOLEAN || matches!(element.content, [0 | 0xff]))
            && (element.tag & 0x20 == 0 || is_der(element.inside(), depth));
        if !fits {
            return false;
        }
    }
    true
}

fn rewrite(element: &Element<'_>, depth: u8, out: &mut Vec<u8>) -> Option<()> {
    let depth = depth.checked_sub(1)?;
    let (tag, content): (u8, Cow<'_, [u8]>) = match element.tag {
        // A string in pieces.
        0x23 | 0x24 => {
            let mut joined = Vec::with_capacity(element.content.len());
            if element.tag == 0x23 {
                joined.push(0);
            }
            let mut pieces = element.inside();
            while !pieces.is_empty() {
                let piece = pieces.any("").ok()?;
                joined.extend_from_slice(if element.tag == 0x23 { piece.bits()? } else { piece.content });
            }
            (element.tag & !0x20, Cow::Owned(joined))
        }
        tag if tag & 0x20 != 0 => {
            let mut inner = Vec::with_capacity(element.content.len());
            let mut children = element.inside();
            while !children.is_empty() {
                rewrite(&children.any("").ok()?, depth, &mut inner)?;
            }
            (tag, Cow::Owned(inner))
        }
        BOOLEAN if element.content.len() == 1 && element.content != [0] => (BOOLEAN, Cow::Borrowed(&[0xff])),
        tag => (tag, Cow::Borrowed(element.content)),
    };
    write(tag, &content, out);
    Some(())
}

/// Appends one element in DER.
pub(super) fn write(tag: u8, content: &[u8], out: &mut Vec<u8>) {
    out.push(tag);
    let length = content.len();
    if length < 0x80 {
        out.push(length as u8);
    } else {
        let digits = length.to_be_bytes();
        let digits = strip_zeros(&digits);
        out.push(0x80 | digits.len() as u8);
        out.extend_from_slice(digits);
    }
    out.extend_from_slice(content);
}

/// One element in DER of several parts.
pub(super) fn wrap(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut out = Vec::with_capacity(content.len() + 6);
    write(tag, &content, &mut out);
    out
}

/// An OBJECT IDENTIFIER in dots: `1.2.840.113549.1.1.11`. Numbers beyond 64 bits are shown as `?`.
pub(super) fn dotted(content: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(content.len() * 3);
    let (mut number, mut first, mut too_large) = (0_u64, true, false);
    for &byte in content {
        too_large |= number >> 57 != 0;
        number = (number << 7) | u64::from(byte & 0x7f);
        if byte & 0x80 != 0 {
            continue;
        }
        if first {
            let top = (number / 40).min(2);
            let _ = write!(out, "{top}.{}", number - top * 40);
            first = false;
        } else if too_large {
            out.push_str(".?");
        } else {
            let _ = write!(out, ".{number}");
        }
        (number, too_large) = (0, false);
    }
    out
}

/// A tag in the words of the standard.
fn tag_name(tag: u8) -> String {
    match tag {
        BOOLEAN => "BOOLEAN".into(),
        INTEGER => "INTEGER".into(),
        BIT_STRING => "BIT STRING".into(),
        OCTET_STRING => "OCTET STRING".into(),
        NULL => "NULL".into(),
        OID => "OBJECT IDENTIFIER".into(),
        ENUMERATED => "ENUMERATED".into(),
        UTC_TIME => "UTCTime".into(),
        GENERALIZED_TIME => "GeneralizedTime".into(),
        SEQUENCE => "SEQUENCE".into(),
        SET => "SET".into(),
        0x80..=0xbf => format!("[{}]", tag & 0x1f),
        other => format!("tag {other:#04x}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_and_indefinite_lengths_become_der() {
        let long = [0x30, 0x82, 0x00, 0x03, 0x02, 0x01, 0x05];
        assert_eq!(normalised(&long), Some(vec![0x30, 3, 2, 1, 5]));
        let indefinite = [0x30, 0x80, 0x30, 0x80, 0x01, 0x01, 0x01, 0, 0, 2, 1, 5, 0, 0];
        assert_eq!(normalised(&indefinite), Some(vec![0x30, 8, 0x30, 3, 1, 1, 0xff, 2, 1, 5]));
        assert_eq!(normalised(&[0x30, 3, 2, 1, 5]), None);
    }

    #[test]
    fn an_end_mark_is_not_taken_for_digits_of_a_length() {
        let string = wrap(OCTET_STRING, &[&[7; 300]]);
        let indefinite = [&[0x30, 0x80][..], &string, &[0, 0]].concat();
        assert_eq!(normalised(&indefinite), Some(wrap(SEQUENCE, &[&string])));
        assert_eq!(normalised(&wrap(SEQUENCE, &[&string])), None);
    }

    #[test]
    fn strings_in_pieces_are_joined() {
        let pieces = [0x24, 0x80, 4, 1, b'a', 4, 1, b'b', 0, 0];
        assert_eq!(normalised(&pieces), Some(vec![4, 2, b'a', b'b']));
    }

    #[test]
    fn depth_is_bounded() {
        let deep = [0x30, 0x80].repeat(100_000);
        assert!(Reader::new(&deep).any("x").is_err());
        assert_eq!(normalised(&deep), None);
    }

    #[test]
    fn faults_name_field_and_byte() {
        let error = Reader::new(&[0x30, 0x05, 0x02]).expect(SEQUENCE, "tbsCertificate").unwrap_err();
        assert_eq!(error.to_string(), "tbsCertificate: ends after 1 of 5 bytes (at byte 3)");
        let error = Reader::new(&[0x04, 0x00]).expect(SEQUENCE, "issuer").unwrap_err();
        assert_eq!(error.what, "issuer: OCTET STRING where SEQUENCE must stand");
    }

    #[test]
    fn identifiers_in_dots() {
        assert_eq!(dotted(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b]), "1.2.840.113549.1.1.11");
        assert_eq!(dotted(&[0x67, 0x81, 0x0c, 0x01, 0x02, 0x01]), "2.23.140.1.2.1");
        assert_eq!(dotted(&[0x88, 0x37]), "2.999");
    }
}
