//! Bytes as Java writes them: big-endian numbers, lengths before what they measure.

use crate::x509::ParseError;

/// Reads on and on, and says at which byte it could not.
#[derive(Clone, Copy)]
pub(super) struct Octets<'a> {
    all: &'a [u8],
    at: usize,
}

impl<'a> Octets<'a> {
    pub(super) fn new(all: &'a [u8]) -> Self {
        Self { all, at: 0 }
    }

    /// How many bytes were read.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// What has not been read.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.all.get(self.at..).unwrap_or_default()
    }

    pub(super) fn fault<T>(&self, what: impl Into<String>) -> Result<T, ParseError> {
        Err(ParseError { at: self.at, what: what.into() })
    }

    pub(super) fn take(&mut self, length: usize, what: &str) -> Result<&'a [u8], ParseError> {
        let Some(bytes) = self.rest().get(..length) else {
            let left = self.rest().len();
            return self.fault(format!("{what} should have {length} bytes, and the file ends after {left}"));
        };
        self.at += length;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self, what: &str) -> Result<[u8; N], ParseError> {
        let mut out = [0; N];
        out.copy_from_slice(self.take(N, what)?);
        Ok(out)
    }

    pub(super) fn byte(&mut self, what: &str) -> Result<u8, ParseError> {
        self.array::<1>(what).map(|[byte]| byte)
    }

    pub(super) fn short(&mut self, what: &str) -> Result<u16, ParseError> {
        self.array(what).map(u16::from_be_bytes)
    }

    pub(super) fn int(&mut self, what: &str) -> Result<u32, ParseError> {
        self.array(what).map(u32::from_be_bytes)
    }

    pub(super) fn long(&mut self, what: &str) -> Result<u64, ParseError> {
        self.array(what).map(u64::from_be_bytes)
    }

    /// A length of four bytes and as many bytes.
    pub(super) fn sized(&mut self, what: &str) -> Result<&'a [u8], ParseError> {
        let length = self.int(what)?;
        self.take(length as usize, what)
    }

    /// A string in Java's modified UTF-8: U+0000 in two bytes, surrogates as characters of their own.
    pub(super) fn utf(&mut self, what: &str) -> Result<String, ParseError> {
        let length = usize::from(self.short(what)?);
        let start = self.at;
        let bytes = self.take(length, what)?;
        let fault = |at: usize| ParseError { at: start + at, what: format!("{what} is no UTF-8 of Java") };
        let mut units = Vec::with_capacity(length);
        let mut at = 0;
        while let Some(&first) = bytes.get(at) {
            let next = |offset: usize| {
                let byte = bytes.get(at + offset).copied().filter(|byte| byte & 0xc0 == 0x80);
                byte.map(|byte| u16::from(byte & 0x3f)).ok_or_else(|| fault(at))
            };
            let (unit, width) = match first {
                0..=0x7f => (u16::from(first), 1),
                0xc0..=0xdf => (u16::from(first & 0x1f) << 6 | next(1)?, 2),
                0xe0..=0xef => (u16::from(first & 0x0f) << 12 | next(1)? << 6 | next(2)?, 3),
                _ => return Err(fault(at)),
            };
            units.push(unit);
            at += width;
        }
        Ok(String::from_utf16_lossy(&units))
    }
}
