//! Bytes to text, and back again as far as places go: every offset of the
//! decoded text can be turned into the offset of the byte on disk.

use serde::{Deserialize, Serialize};

/// How a file's bytes became text.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Encoding {
    /// UTF-8, maybe behind a byte order mark.
    Utf8 {
        /// The mark was there; it is not part of the text.
        bom: bool,
    },
    /// UTF-16, low byte first: what PowerShell's `>` writes.
    Utf16Le {
        /// The mark was there; it is not part of the text.
        bom: bool,
    },
    /// UTF-16, high byte first.
    Utf16Be {
        /// The mark was there; it is not part of the text.
        bom: bool,
    },
    /// The Western code page of Windows; stands for every text of one byte a
    /// character whose code page nobody named.
    Windows1252,
    /// Code page 850, in which a Western European Windows console prints.
    Oem850,
    /// Not text: spans count in a listing.
    Binary,
}

impl Encoding {
    /// The offset on disk of the byte that byte `offset` of the decoded `text`
    /// came from; `text.len()` gives the length of the file. An offset inside a
    /// character counts as its first byte. After a stray last byte of UTF-16,
    /// which decodes to U+FFFD, the end is one byte too far.
    pub fn byte_on_disk(self, text: &str, offset: usize) -> usize {
        let start =
            (0..=offset.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
        let before = &text[..start];
        match self {
            Self::Utf8 { bom } => before.len() + if bom { 3 } else { 0 },
            Self::Utf16Le { bom } | Self::Utf16Be { bom } => {
                2 * (before.chars().map(char::len_utf16).sum::<usize>() + usize::from(bom))
            }
            Self::Windows1252 | Self::Oem850 => before.chars().count(),
            Self::Binary => before.len(),
        }
    }
}

/// How many bytes are looked at to tell text from something else.
const SAMPLE: usize = 64 * 1024;

/// The text of a file and how it was written, or nothing where the bytes are no text.
///
/// Tried in this order: a byte order mark, UTF-16 by its pattern of NUL bytes,
/// UTF-8, and then one byte a character as in Windows-1252, which never fails.
pub fn decode(bytes: &[u8]) -> Option<(String, Encoding)> {
    let encoding = recognise(bytes)?;
    Some((decode_as(bytes, encoding)?, encoding))
}

/// The text of a file in an encoding that the caller knows. Nothing where the
/// bytes are not in that encoding; a byte order mark that `encoding` speaks of
/// is skipped. Lone surrogates and a stray last byte of UTF-16 become U+FFFD.
pub fn decode_as(bytes: &[u8], encoding: Encoding) -> Option<String> {
    match encoding {
        Encoding::Utf8 { bom } => {
            std::str::from_utf8(bytes.get(if bom { 3 } else { 0 }..)?).ok().map(str::to_owned)
        }
        Encoding::Utf16Le { bom } => Some(utf16(bytes.get(if bom { 2 } else { 0 }..)?, u16::from_le_bytes)),
        Encoding::Utf16Be { bom } => Some(utf16(bytes.get(if bom { 2 } else { 0 }..)?, u16::from_be_bytes)),
        Encoding::Windows1252 => encoding_rs::WINDOWS_1252
            .decode_without_bom_handling_and_without_replacement(bytes)
            .map(std::borrow::Cow::into_owned),
        Encoding::Oem850 => Some(bytes.iter().map(|byte| oem850(*byte)).collect()),
        Encoding::Binary => None,
    }
}

/// The bytes of a text in an encoding, the other way round than [`decode_as`]. Nothing where the encoding lacks one of
/// its characters.
pub fn encode_as(text: &str, encoding: Encoding) -> Option<Vec<u8>> {
    let wide = |bom: bool, bytes: fn(u16) -> [u8; 2]| {
        let mark = bom.then_some(0xFEFF);
        mark.into_iter().chain(text.encode_utf16()).flat_map(bytes).collect()
    };
    match encoding {
        Encoding::Utf8 { bom } => {
            let mark: &[u8] = if bom { b"\xEF\xBB\xBF" } else { b"" };
            Some([mark, text.as_bytes()].concat())
        }
        Encoding::Utf16Le { bom } => Some(wide(bom, u16::to_le_bytes)),
        Encoding::Utf16Be { bom } => Some(wide(bom, u16::to_be_bytes)),
        Encoding::Windows1252 => {
            let (bytes, _, lacking) = encoding_rs::WINDOWS_1252.encode(text);
            (!lacking).then(|| bytes.into_owned())
        }
        Encoding::Oem850 => text
            .chars()
            .map(|c| {
                let upper = || OEM850.chars().position(|it| it == c).map(|at| at as u8 + 128);
                u8::try_from(c).ok().filter(u8::is_ascii).or_else(upper)
            })
            .collect(),
        Encoding::Binary => None,
    }
}

/// Whether the bytes are something else than text in any encoding we read.
pub fn looks_binary(bytes: &[u8]) -> bool {
    recognise(bytes).is_none()
}

fn recognise(bytes: &[u8]) -> Option<Encoding> {
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] if std::str::from_utf8(rest).is_ok() => {
            return (!mostly_controls(rest)).then_some(Encoding::Utf8 { bom: true });
        }
        [0xFF, 0xFE, rest @ ..] if utf16_is_text(rest, u16::from_le_bytes) => {
            return Some(Encoding::Utf16Le { bom: true });
        }
        [0xFE, 0xFF, rest @ ..] if utf16_is_text(rest, u16::from_be_bytes) => {
            return Some(Encoding::Utf16Be { bom: true });
        }
        _ => {}
    }
    if let Some(encoding) = utf16_by_pattern(bytes) {
        return Some(encoding);
    }
    if std::str::from_utf8(bytes).is_ok() {
        return (!mostly_controls(bytes)).then_some(Encoding::Utf8 { bom: false });
    }
    // One NUL is enough to say that bytes of an unknown code page are no text:
    // key stores, DER and compiled files all have some.
    let binary = mostly_controls(bytes) || memchr::memchr(0, without_trailing_nuls(sample(bytes))).is_some();
    (!binary).then_some(Encoding::Windows1252)
}

fn sample(bytes: &[u8]) -> &[u8] {
    bytes.get(..SAMPLE).unwrap_or(bytes)
}

/// Some programs write the NUL that ends a string in C; it says nothing about what comes before.
fn without_trailing_nuls(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    bytes.get(..end).unwrap_or(bytes)
}

/// Text has tabs, line ends, form feeds and escapes; more than one in twenty of
/// the other control characters means that it is none.
fn mostly_controls(bytes: &[u8]) -> bool {
    let sample = without_trailing_nuls(sample(bytes));
    // In portions whose count fits a byte: this is asked of nearly every file.
    let portion = |bytes: &[u8]| bytes.iter().map(|byte| u8::from(is_control(*byte))).sum::<u8>();
    let controls: usize = sample.chunks(128).map(|bytes| usize::from(portion(bytes))).sum();
    controls * 20 > sample.len() || (sample.is_empty() && !bytes.is_empty())
}

fn is_control(byte: u8) -> bool {
    matches!(byte, 0..=7 | 14..=26 | 28..=31 | 127)
}

/// UTF-16 without a mark: text of configuration is mostly ASCII, so that half of
/// its bytes, and always the same half, are NUL.
fn utf16_by_pattern(bytes: &[u8]) -> Option<Encoding> {
    let (pairs, _) = sample(bytes).as_chunks::<2>();
    // Nearly every file ends the question here.
    if pairs.len() < 2 || memchr::memchr(0, sample(bytes)).is_none() {
        return None;
    }
    let high = pairs.iter().filter(|pair| pair[0] == 0).count();
    let low = pairs.iter().filter(|pair| pair[1] == 0).count();
    if low * 2 > pairs.len() && high * 20 <= pairs.len() && utf16_is_text(bytes, u16::from_le_bytes) {
        Some(Encoding::Utf16Le { bom: false })
    } else if high * 2 > pairs.len() && low * 20 <= pairs.len() && utf16_is_text(bytes, u16::from_be_bytes) {
        Some(Encoding::Utf16Be { bom: false })
    } else {
        None
    }
}

fn utf16_is_text(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> bool {
    let (pairs, _) = sample(bytes).as_chunks::<2>();
    let controls =
        pairs.iter().filter(|pair| matches!(unit(**pair), 0..=7 | 14..=26 | 28..=31 | 127)).count();
    controls * 20 <= pairs.len()
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let (pairs, stray) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(bytes.len());
    text.extend(
        char::decode_utf16(pairs.iter().map(|pair| unit(*pair)))
            .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)),
    );
    if !stray.is_empty() {
        text.push(char::REPLACEMENT_CHARACTER);
    }
    text
}

/// The upper half of code page 850.
const OEM850: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{AD}±‗¾¶§÷¸°¨·¹³²■\u{A0}";

fn oem850(byte: u8) -> char {
    match byte.checked_sub(128) {
        None => char::from(byte),
        Some(index) => OEM850.chars().nth(usize::from(index)).unwrap_or(char::REPLACEMENT_CHARACTER),
    }
}

#[cfg(test)]
#[path = "decode/tests.rs"]
mod tests;
