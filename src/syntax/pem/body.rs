//! From the `BEGIN` line to the `END` line: base64 and what people do to it.

use crate::source::Span;

use super::boundary::{self, Boundary};
use super::{BodyError, Fault, Header, Oddity, OddityKind};

/// The value of each byte in base64, both alphabets; more than 63 for the others.
const VALUES: [u8; 256] = {
    let mut values = [0xFF; 256];
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut index = 0;
    while index < 64 {
        values[alphabet[index] as usize] = index as u8;
        index += 1;
    }
    values
};

/// No block has more header lines than this.
const MOST_HEADERS: usize = 32;

/// OpenSSL takes no longer lines behind a header.
const LONGEST_LINE: usize = 64;

/// What stands between two boundaries.
pub(super) struct Body<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    start: usize,
    /// The mark before each line where the block stands in a comment.
    comment: Option<u8>,
    pub(super) headers: Vec<Header>,
    pub(super) oddities: Vec<Oddity>,
    pub(super) der: Vec<u8>,
    pub(super) error: Option<BodyError>,
    /// The boundary that ends it.
    pub(super) end: Option<Boundary>,
    /// Behind the last character of base64.
    pub(super) last: usize,
    /// The `END` stands on the line of the `BEGIN`.
    pub(super) one_line: bool,
    bits: u32,
    characters: usize,
    padding: usize,
    /// Where the line begins, what of it is base64, and whether it has a space behind that.
    line: usize,
    line_characters: usize,
    space: Option<usize>,
    closed: bool,
}

impl<'a> Body<'a> {
    pub(super) fn new(text: &'a str, start: usize, comment: Option<u8>) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            at: start,
            start,
            comment,
            headers: Vec::new(),
            oddities: Vec::new(),
            der: Vec::new(),
            error: None,
            end: None,
            last: start,
            one_line: true,
            bits: 0,
            characters: 0,
            padding: 0,
            line: start,
            line_characters: 0,
            space: None,
            closed: false,
        }
    }

    /// Notes an oddity unless it has been noted before.
    pub(super) fn odd(&mut self, kind: OddityKind, start: usize, end: usize) {
        if self.oddities.iter().all(|oddity| oddity.kind != kind) {
            self.oddities.push(Oddity { kind, at: Span::new(start, end) });
        }
    }

    pub(super) fn read(&mut self) {
        self.read_headers();
        while !self.closed {
            let Some(byte) = self.bytes.get(self.at).copied() else { break };
            let value = VALUES[usize::from(byte)];
            if value < 64 {
                if byte == b'/' && self.comment == Some(b'/') && self.line_is_empty() {
                    self.at += 1;
                } else {
                    self.character(value, 1);
                }
                continue;
            }
            match byte {
                b'\n' => self.line_end(1),
                b'\r' if self.bytes.get(self.at + 1) == Some(&b'\n') => self.line_end(2),
                b'\r' => {
                    self.odd(OddityKind::CarriageReturnOnly, self.at, self.at + 1);
                    self.line_end(1);
                }
                b' ' | b'\t' => {
                    self.space.get_or_insert(self.at);
                    self.at += 1;
                }
                b'=' => self.pad(1),
                b'-' => self.dash(),
                b'_' => self.url_safe(63),
                b'\\' => self.escape(),
                b'&' => self.entity(),
                _ if Some(byte) == self.comment && self.line_is_empty() => self.at += 1,
                0x0B | 0x0C => {
                    self.odd(OddityKind::NonAsciiInside, self.at, self.at + 1);
                    self.at += 1;
                }
                0x80.. => self.beyond_ascii(),
                _ => self.bad(),
            }
        }
        self.finish();
    }

    fn line_is_empty(&self) -> bool {
        self.line_characters == 0
    }

    fn character(&mut self, value: u8, length: usize) {
        // What follows an error may be anything; it is neither decoded nor judged.
        if self.error.is_some() {
            self.at += length;
            return;
        }
        if self.padding > 0 {
            self.fail(Fault::BadPadding, OddityKind::BadPadding, self.at, self.at + length);
        }
        if let Some(space) = self.space.take()
            && self.comment.is_none()
        {
            self.odd(OddityKind::IndentedBody, space, self.at);
        }
        self.bits = (self.bits << 6) | u32::from(value);
        self.characters += 1;
        self.line_characters += 1;
        if self.characters.is_multiple_of(4) {
            self.der.extend_from_slice(&self.bits.to_be_bytes()[1..]);
            self.bits = 0;
        }
        self.at += length;
        self.last = self.at;
    }

    fn pad(&mut self, length: usize) {
        if self.error.is_some() {
            self.at += length;
            return;
        }
        self.padding += 1;
        self.line_characters += 1;
        if self.padding > 2 {
            self.fail(Fault::BadPadding, OddityKind::BadPadding, self.at, self.at + length);
        }
        self.at += length;
        self.last = self.at;
    }

    fn url_safe(&mut self, value: u8) {
        self.odd(OddityKind::UrlSafeBase64, self.at, self.at + 1);
        self.character(value, 1);
    }

    fn line_end(&mut self, length: usize) {
        let end = self.at;
        if self.error.is_some() {
            self.one_line = false;
            self.line_characters = 0;
            self.space = None;
            self.at += length;
            return;
        }
        if let Some(space) = self.space.take()
            && self.line_characters > 0
        {
            self.odd(OddityKind::TrailingSpaces, space, end);
        } else if self.line_characters == 0 && !self.one_line {
            // Where the line is empty to the eye, the place is its line end.
            self.odd(OddityKind::BlankLineInside, end, end + length);
        }
        if self.one_line && self.characters > 0 {
            self.odd(OddityKind::Base64OnBoundaryLine, self.start, self.last);
        } else if !self.headers.is_empty() && end - self.line > LONGEST_LINE {
            self.odd(OddityKind::LineTooLong, self.line, end);
        }
        self.one_line = false;
        self.line_characters = 0;
        self.at += length;
        self.line = self.at;
    }

    /// Dashes are a boundary, or two letters of the alphabet that is safe in addresses.
    fn dash(&mut self) {
        let run = self.bytes[self.at..].iter().take_while(|byte| **byte == b'-').count();
        if self.boundary(self.at + run) {
            return;
        }
        if run < 5 {
            for _ in 0..run {
                self.url_safe(62);
            }
        } else {
            self.bad();
        }
    }

    /// Whether the word of a boundary stands at `word`, maybe behind a space.
    fn boundary(&mut self, word: usize) -> bool {
        for word in [word, word + 1] {
            let Some(rest) = self.text.get(word..) else { continue };
            if rest.starts_with("END") {
                self.end = boundary::around(self.text, self.at, word, "END");
                self.closed = self.end.is_some();
            } else if rest.starts_with("BEGIN") {
                self.closed = boundary::around(self.text, self.at, word, "BEGIN").is_some();
            }
            if self.closed {
                return true;
            }
            if self.bytes.get(word) != Some(&b' ') {
                break;
            }
        }
        false
    }

    /// Line ends and letters as they are written in strings of JSON, shells and programs.
    fn escape(&mut self) {
        let start = self.at;
        let rest = &self.bytes[start + 1..];
        let mut seen = true;
        match rest.first() {
            Some(b'n') => self.line_end(2),
            Some(b'r') if rest.starts_with(b"r\\n") => self.line_end(4),
            Some(b'r' | b't' | b'"') => self.at += 2,
            Some(b'\\' | b'\n' | b'\r') => self.at += 1,
            Some(b'/') => self.character(63, 2),
            Some(b'u') => match rest.get(1..5).map(<[u8]>::to_ascii_lowercase).as_deref() {
                Some(b"002b") => self.character(62, 6),
                Some(b"002f") => self.character(63, 6),
                Some(b"003d") => self.pad(6),
                Some(b"000a" | b"000d") => self.line_end(6),
                _ => seen = false,
            },
            _ => seen = false,
        }
        if seen {
            self.odd(OddityKind::EscapedNewlines, start, self.at);
        } else {
            self.bad();
        }
    }

    fn entity(&mut self) {
        let start = self.at;
        let rest = &self.bytes[start..];
        let window = rest.get(..10).unwrap_or(rest);
        let length = window.iter().position(|byte| *byte == b';').map(|at| at + 1);
        let code = length.and_then(|length| {
            let name = std::str::from_utf8(window.get(2..length - 1)?).ok()?;
            let hex = name.strip_prefix(['x', 'X']);
            hex.map_or_else(|| name.parse().ok(), |hex| u32::from_str_radix(hex, 16).ok())
        });
        match (length, code) {
            (Some(length), Some(43)) => self.character(62, length),
            (Some(length), Some(47)) => self.character(63, length),
            (Some(length), Some(61)) => self.pad(length),
            (Some(length), Some(10)) => self.line_end(length),
            (Some(length), Some(13 | 32 | 9)) => self.at += length,
            _ => return self.bad(),
        }
        self.odd(OddityKind::HtmlEntities, start, self.at);
    }

    fn beyond_ascii(&mut self) {
        let Some(c) = self.text.get(self.at..).and_then(|rest| rest.chars().next()) else {
            self.at += 1;
            return;
        };
        // Dashes of a word processor, before `END` or `BEGIN`.
        if matches!(c, '\u{AD}' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' | '\u{FF0D}')
        {
            let run: usize =
                self.text[self.at..].chars().take(12).take_while(|next| *next == c).map(char::len_utf8).sum();
            if self.boundary(self.at + run) {
                return;
            }
        }
        if c.is_whitespace() || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}') {
            self.odd(OddityKind::NonAsciiInside, self.at, self.at + c.len_utf8());
            self.at += c.len_utf8();
        } else {
            self.bad();
        }
    }

    /// The first character that is wrong ends the bytes; from there on only a
    /// boundary is looked for.
    fn bad(&mut self) {
        let rest = &self.text[self.at..];
        let length = rest.chars().next().map_or(1, char::len_utf8);
        if self.error.is_none() {
            let marks = ["...", "…", "<", "[", "{{", "${", "$(", "***", "(Your", "#{", "@"];
            let (fault, kind) = if marks.iter().any(|mark| rest.starts_with(mark)) {
                (Fault::Placeholder, OddityKind::Placeholder)
            } else {
                (Fault::BadBase64, OddityKind::BadBase64)
            };
            self.fail(fault, kind, self.at, self.at + length);
        }
        self.at += length;
        let run = self.bytes[self.at..].iter().take_while(|byte| **byte == b'-').count();
        // A rule of many dashes is passed in one step.
        self.at += run.saturating_sub(12);
        let next = memchr::memchr3(b'-', b'\n', 0xE2, &self.bytes[self.at..]);
        self.at = next.map_or(self.bytes.len(), |next| self.at + next);
    }

    fn fail(&mut self, fault: Fault, kind: OddityKind, start: usize, end: usize) {
        self.odd(kind, start, end);
        self.error.get_or_insert(BodyError { at: Span::new(start, end), fault });
    }

    /// Lines with a colon at the head, up to an empty one.
    fn read_headers(&mut self) {
        let mut at = self.at;
        // The rest of the boundary's own line is no header.
        let Some((content, next)) = self.line_at(at) else { return };
        if !content.trim().is_empty() {
            return;
        }
        if !content.is_empty() {
            self.odd(OddityKind::TrailingSpaces, at, at + content.len());
        }
        at = next;
        while let Some((content, next)) = self.line_at(at) {
            let line = content.trim_start_matches(|c: char| {
                c == ' ' || c == '\t' || self.comment.is_some_and(|mark| char::from(mark) == c)
            });
            let start = at + content.len() - line.len();
            let Some((name, value)) = line.split_once(':') else {
                if !self.headers.is_empty() && line.trim().is_empty() {
                    self.start_at(next);
                }
                return;
            };
            let named =
                !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            if !named || self.headers.len() == MOST_HEADERS {
                return;
            }
            if !matches!(name, "Proc-Type" | "DEK-Info" | "Content-Domain") {
                self.odd(OddityKind::PgpHeaders, start, start + line.trim_end().len());
            }
            let span = Span::new(start, start + line.trim_end().len());
            self.headers.push(Header { name: name.to_owned(), value: value.trim().to_owned(), span });
            self.start_at(next);
            at = next;
        }
    }

    fn start_at(&mut self, at: usize) {
        self.at = at;
        self.line = at;
        self.one_line = false;
    }

    /// One line, and where the next begins; lines may end in a written `\n`.
    /// Header lines are short, so that not much of a long line is looked at.
    fn line_at(&mut self, at: usize) -> Option<(&'a str, usize)> {
        const LONGEST_HEADER: usize = 512;
        let rest = self.bytes.get(at..)?;
        let window = rest.get(..LONGEST_HEADER).unwrap_or(rest);
        let end = window.iter().position(|byte| matches!(byte, b'\n' | b'\r' | b'\\'))?;
        let content = self.text.get(at..at + end)?;
        let length = match &rest[end..] {
            [b'\r', b'\n', ..] | [b'\\', b'n', ..] => 2,
            [b'\n' | b'\r', ..] => 1,
            [b'\\', b'r', b'\\', b'n', ..] => 4,
            _ => return None,
        };
        if rest[end] == b'\\' {
            self.odd(OddityKind::EscapedNewlines, at + end, at + end + length);
        }
        if rest[end] == b'\r' && length == 1 {
            self.odd(OddityKind::CarriageReturnOnly, at + end, at + end + 1);
        }
        Some((content, at + end + length))
    }

    fn finish(&mut self) {
        if let Some(end) = &self.end {
            let (start, dashes) = (end.span.start as usize, end.dashes);
            if let Some(dashes) = dashes {
                let until = end.span.end as usize;
                self.odd(dashes, start, until);
            }
            if self.one_line && self.characters > 0 {
                self.odd(OddityKind::Base64OnBoundaryLine, self.start, self.last);
            } else if self.line_characters > 0 && self.error.is_none() {
                self.odd(OddityKind::Base64OnBoundaryLine, self.line, self.last);
            } else if let Some(space) = self.space
                && self.comment.is_none()
            {
                self.odd(OddityKind::Indented, space, start);
            }
        } else {
            // What is there may be the half of something: it must not pass for the whole.
            let last = (self.start..self.last).rev().find(|at| self.text.is_char_boundary(*at));
            let (start, end) = last.map_or((self.start, self.start), |last| (last, self.last));
            self.odd(OddityKind::MissingEnd, start, end);
            self.error = Some(BodyError { at: Span::new(start, end), fault: Fault::Truncated });
            return;
        }
        if self.error.is_some() {
            return;
        }
        if self.characters == 0 && self.padding == 0 {
            self.fail(Fault::Empty, OddityKind::EmptyBlock, self.start, self.at);
            return;
        }
        match (self.characters % 4, self.padding) {
            (0, 0) => {}
            (2, 2) => self.der.push((self.bits >> 4) as u8),
            (3, 1) => self.der.extend_from_slice(&((self.bits >> 2) as u16).to_be_bytes()),
            _ => {
                let start = self.last.saturating_sub(1).max(self.start);
                self.fail(Fault::BadPadding, OddityKind::BadPadding, start, self.last);
            }
        }
    }
}
