//! Words as `ngx_conf_read_token` finds them.

use crate::source::Span;

use super::Word;

/// nginx reads through a buffer of this many bytes, into which a word and what
/// ends it must fit.
pub(super) const BUFFER: usize = 4096;

/// Where a word ends.
pub(super) enum End {
    /// At this byte, which is not part of it; the flag tells of escapes.
    At(usize, bool),
    /// The text ends first.
    OfText,
}

/// Scans a word in quotes that opens at `start`: to behind the closing quote.
pub(super) fn quoted(bytes: &[u8], start: usize) -> End {
    let quote = bytes[start];
    let mut at = start + 1;
    let mut escapes = false;
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr::memchr2(quote, b'\\', rest)) {
        at += found;
        if bytes[at] == quote {
            return End::At(at + 1, escapes);
        }
        escapes = true;
        at += 2;
    }
    End::OfText
}

/// Scans a word without quotes. A backslash hides the next byte from us, and so
/// does `$` an opening brace, for `${name}`.
pub(super) fn bare(bytes: &[u8], start: usize) -> End {
    let mut at = start;
    let mut escapes = false;
    let mut variable = false;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'{' if variable => {
                at += 1;
                continue;
            }
            // Form feeds and no-break spaces are letters to nginx.
            b' ' | b'\t' | b'\r' | b'\n' | b';' | b'{' => return End::At(at, escapes),
            b'\\' => {
                escapes = true;
                variable = false;
                at += 2;
                continue;
            }
            _ => variable = *byte == b'$',
        }
        at += 1;
    }
    End::OfText
}

/// The word between `start` and `end`; `escapes` as told by the scan.
pub(super) fn word(text: &str, start: usize, end: usize, quoted: bool, escapes: bool) -> Word {
    let inner = if quoted { start + 1..end.saturating_sub(1) } else { start..end };
    let raw = text.get(inner).unwrap_or_default();
    let text = if escapes { unescape(raw) } else { raw.into() };
    Word { text, span: Span::new(start, end), quoted }
}

/// Only quotes and the backslash lose their backslash, and only `\t`, `\r` and
/// `\n` stand for something else; nginx leaves every other pair as it is.
pub(super) fn unescape(raw: &str) -> Box<str> {
    let mut value = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        value.push_str(&rest[..at]);
        let meant = match rest.as_bytes().get(at + 1) {
            Some(b'"') => Some('"'),
            Some(b'\'') => Some('\''),
            Some(b'\\') => Some('\\'),
            Some(b't') => Some('\t'),
            Some(b'r') => Some('\r'),
            Some(b'n') => Some('\n'),
            _ => None,
        };
        value.push(meant.unwrap_or('\\'));
        rest = &rest[at + if meant.is_some() { 2 } else { 1 }..];
    }
    value.push_str(rest);
    value.into()
}
