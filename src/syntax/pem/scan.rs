//! Finds where blocks begin, and what stands around them.

use memchr::memmem;

use crate::source::Span;

use super::body::Body;
use super::boundary::{self, Boundary};
use super::{Block, Oddity, OddityKind, Pem, readers};

/// How far back the beginning of a boundary's line is looked for. A million
/// blocks on one line of JSON must not make us look back a million times.
const LOOK_BACK: usize = 512;

/// What is too short to be the bytes of anything, where the words `BEGIN` and
/// `END` may be part of a sentence.
const PROSE: usize = 48;

pub(super) struct Scanner<'a> {
    text: &'a str,
    pem: Pem,
    /// Behind the last block.
    floor: usize,
}

/// What stands on the line before a boundary.
enum Lead {
    Nothing,
    Space(usize),
    Glued,
    Comment(u8),
    Other(usize),
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, pem: Pem::default(), floor: 0 }
    }

    pub(super) fn run(mut self) -> Pem {
        for at in memmem::find_iter(self.text.as_bytes(), "BEGIN") {
            if at >= self.floor
                && let Some(begin) = boundary::around(self.text, self.floor, at, "BEGIN")
            {
                self.block(begin);
            }
        }
        self.outside(self.floor, self.text.len());
        if let Some(end) = self.text.strip_suffix('\0') {
            let at = Span::new(end.len(), self.text.len());
            self.pem.oddities.push(Oddity { kind: OddityKind::NulTerminated, at });
        }
        self.pem
    }

    fn block(&mut self, begin: Boundary) {
        let start = begin.span.start as usize;
        let lead = self.lead(start);
        let comment = if let Lead::Comment(mark) = lead { Some(mark) } else { None };
        let after = begin.span.end as usize;
        let mut body = Body::new(self.text, after, comment);
        if let Some(kind) = begin.dashes {
            body.odd(kind, start, after);
        }
        if begin.spacing {
            body.odd(OddityKind::LabelSpacing, start, after);
        }
        if begin.label.bytes().any(|byte| byte.is_ascii_lowercase()) {
            body.odd(OddityKind::LowercaseLabel, start, after);
        }
        match begin.label.as_str() {
            "TRUSTED CERTIFICATE" => body.odd(OddityKind::TrustedLabel, start, after),
            "X509 CERTIFICATE" => body.odd(OddityKind::OldLabel, start, after),
            _ => {}
        }
        match lead {
            // The block before has the note.
            Lead::Nothing | Lead::Glued => {}
            Lead::Space(from) => body.odd(OddityKind::Indented, from, start),
            Lead::Comment(_) => body.odd(OddityKind::InComment, start, after),
            Lead::Other(from) => body.odd(OddityKind::Embedded, from, start),
        }
        body.read();
        let set_apart = matches!(lead, Lead::Nothing | Lead::Space(_) | Lead::Glued) && !body.one_line;
        let mention = body.error.is_some() && !set_apart && body.der.len() < PROSE;
        if mention || (begin.dashes.is_some() && body.end.is_none()) {
            return;
        }
        self.after(&mut body, &lead);
        let stopped = body.end.as_ref().map_or(body.last, |end| end.span.end as usize);
        let inner = Span::new(after, body.end.as_ref().map_or(body.last, |end| end.span.start as usize));
        if let Some(end) = &body.end
            && end.label != begin.label
        {
            let at = end.span;
            body.odd(OddityKind::MismatchedLabels, at.start as usize, at.end as usize);
        }
        if let Some(bag) = self.outside(self.floor, start) {
            body.odd(OddityKind::BagAttributes, bag.start as usize, bag.end as usize);
        }
        self.floor = stopped;
        let mut block = Block {
            label: begin.label,
            end_label: body.end.map(|end| end.label),
            span: Span::new(start, stopped),
            begin: begin.span,
            body: inner,
            headers: body.headers,
            der: body.error.map_or(Ok(body.der), Err),
            oddities: body.oddities,
            verdicts: readers::TAKEN,
        };
        block.oddities.sort_by_key(|oddity| (oddity.at.start, oddity.kind));
        // A block without oddities is what all readers were made for.
        if !block.oddities.is_empty() || matches!(lead, Lead::Glued) {
            block.verdicts = readers::verdicts(self.text, &block);
        }
        self.pem.blocks.push(block);
    }

    /// What stands before a boundary on its line.
    fn lead(&self, start: usize) -> Lead {
        if start == self.floor && start > 0 && !self.pem.blocks.is_empty() {
            return Lead::Glued;
        }
        let mut from = start.saturating_sub(LOOK_BACK).max(self.floor);
        while !self.text.is_char_boundary(from) {
            from += 1;
        }
        let before = &self.text[from..start];
        let line = memchr::memrchr2(b'\n', b'\r', before.as_bytes()).map_or(before, |end| &before[end + 1..]);
        let from = start - line.len();
        let trimmed = line.trim_start();
        match trimmed.as_bytes() {
            [] if line.is_empty() => Lead::Nothing,
            [] => Lead::Space(from),
            [b'/', b'/', ..] => Lead::Comment(b'/'),
            [mark @ (b'#' | b';' | b'*' | b'>'), ..] => Lead::Comment(*mark),
            _ => Lead::Other(from),
        }
    }

    /// What stands behind the `END` on its line.
    fn after(&self, body: &mut Body<'_>, lead: &Lead) {
        let Some(end) = body.end.as_ref().map(|end| end.span.end as usize) else { return };
        let rest = &self.text.as_bytes()[end..];
        let window = rest.get(..LOOK_BACK).unwrap_or(rest);
        let line = &window[..memchr::memchr3(b'\n', b'\r', 0, window).unwrap_or(window.len())];
        if line.is_empty() {
            return;
        }
        if line.trim_ascii().is_empty() {
            body.odd(OddityKind::TrailingSpaces, end, end + line.len());
        } else if line.starts_with(b"-----BEGIN") {
            let start = body.end.as_ref().map_or(end, |end| end.span.start as usize);
            body.odd(OddityKind::GluedBlocks, start, end + b"-----BEGIN".len());
        } else if !matches!(lead, Lead::Comment(_)) && !matches!(line, b"\\n" | b"\\r\\n") {
            let mut until = end + line.len();
            while !self.text.is_char_boundary(until) {
                until += 1;
            }
            body.odd(OddityKind::Embedded, end, until);
        }
    }

    /// Looks at the text between two blocks. Gives the place of the attributes
    /// that `openssl pkcs12` writes.
    fn outside(&mut self, from: usize, to: usize) -> Option<Span> {
        let between = self.text.get(from..to)?;
        let bag = memmem::find(between.as_bytes(), b"Bag Attributes");
        if self.pem.oddities.is_empty() && bag.is_none() {
            let words = between.trim_matches(|c: char| c.is_whitespace() || c == '\0');
            if !words.is_empty() {
                let start = from + (words.as_ptr() as usize - between.as_ptr() as usize);
                let first = words.lines().next().unwrap_or(words);
                let at = Span::new(start, start + first.len());
                self.pem.oddities.push(Oddity { kind: OddityKind::TextBetween, at });
            }
        }
        bag.map(|at| Span::new(from + at, from + at + "Bag Attributes".len()))
    }
}
