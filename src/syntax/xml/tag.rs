//! One tag, from `<` to the place where it ends by anybody's reckoning: at its
//! `>`, or before the next `<` where the `>` is missing.

use std::collections::BTreeSet;

use memchr::memchr;

use crate::source::Span;

use super::{Attribute, SlipKind, entity, slips::Slips};

/// A start tag or an end tag.
#[derive(Debug)]
pub(super) struct Tag {
    pub(super) name: Span,
    /// `</name>`
    pub(super) closing: bool,
    /// `<name/>`
    pub(super) empty: bool,
    pub(super) end: usize,
    pub(super) attributes: Vec<Attribute>,
    pub(super) slips: Slips,
    /// Its end was guessed, so that a strict reader sees another one.
    pub(super) ragged: bool,
    /// How far the search for the end had to look.
    pub(super) looked: usize,
}

/// What XML calls white space.
pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// The range of `text` without blanks at both ends, as offsets from `start`.
pub(super) fn trimmed(text: &str, start: usize) -> (usize, usize) {
    let from = text.bytes().take_while(|byte| is_blank(*byte)).count();
    let behind = text[from..].bytes().rev().take_while(|byte| is_blank(*byte)).count();
    (start + from, start + text.len() - behind)
}

/// The tag at the `<` at `start`, or nothing where that `<` begins no tag.
pub(super) fn read(text: &str, start: usize) -> Option<Tag> {
    let bytes = text.as_bytes();
    let closing = bytes.get(start + 1) == Some(&b'/');
    let mut at = start + 1 + usize::from(closing);
    let gap = at;
    // A blank before the name is a slip in an end tag; behind a mere `<` it is more likely that no tag was meant.
    while closing && bytes.get(at).is_some_and(|byte| is_blank(*byte)) {
        at += 1;
    }
    let first = bytes.get(at)?;
    if !(first.is_ascii_alphabetic() || matches!(first, b'_' | b':') || !first.is_ascii()) {
        return None;
    }
    let mut scan = Scan { text, bytes, at, slips: Slips::default(), ragged: false, looked: 0 };
    if at > gap {
        scan.slips.push(SlipKind::StrayInTag, gap, at, "a blank stands before the name");
    }
    let name = scan.word(|byte| b"\"'=".contains(&byte));
    let mut attributes = Vec::new();
    let empty = scan.attributes(start, &mut attributes);
    let Scan { at: end, mut slips, ragged, looked, .. } = scan;
    if closing && (empty || !attributes.is_empty()) {
        slips = Slips::default();
        slips.push(SlipKind::StrayInTag, name.end as usize, end, "an end tag holds nothing but a name");
        attributes.clear();
    }
    note_doubles(&attributes, &mut slips);
    Some(Tag {
        name,
        closing,
        empty: empty && !closing,
        end,
        attributes,
        slips,
        ragged,
        looked: looked.max(end),
    })
}

/// A position inside a tag.
struct Scan<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    slips: Slips,
    ragged: bool,
    looked: usize,
}

impl Scan<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_blanks(&mut self) -> usize {
        let start = self.at;
        while self.peek().is_some_and(is_blank) {
            self.at += 1;
        }
        self.at - start
    }

    /// Up to a blank, the end of the tag or what else ends the word.
    fn word(&mut self, ends: impl Fn(u8) -> bool) -> Span {
        let start = self.at;
        while let Some(byte) = self.peek() {
            let closes = byte == b'/' && self.bytes.get(self.at + 1) == Some(&b'>');
            if is_blank(byte) || matches!(byte, b'<' | b'>') || closes || ends(byte) {
                break;
            }
            self.at += 1;
        }
        Span::new(start, self.at)
    }

    /// Everything behind the name; says whether the tag ends in `/>`.
    fn attributes(&mut self, start: usize, attributes: &mut Vec<Attribute>) -> bool {
        loop {
            let behind = self.at;
            let blanks = self.skip_blanks();
            match self.peek() {
                None | Some(b'<') => {
                    self.at = behind;
                    self.ragged = true;
                    let what = "the `>` of the tag is missing";
                    self.slips.push(SlipKind::UnfinishedMarkup, start, behind, what);
                    return false;
                }
                Some(b'>') => {
                    self.at += 1;
                    return false;
                }
                Some(b'/') if self.bytes.get(self.at + 1) == Some(&b'>') => {
                    self.at += 2;
                    return true;
                }
                Some(b'/' | b'=' | b'"' | b'\'') => {
                    let what = "something stands in the tag that is no attribute";
                    self.slips.push(SlipKind::StrayInTag, self.at, self.at + 1, what);
                    self.at += 1;
                }
                Some(_) => {
                    let attribute = self.attribute();
                    if blanks == 0 && !attributes.is_empty() {
                        let (from, to) =
                            (attribute.name_span.start as usize, attribute.name_span.end as usize);
                        let what = "a blank is missing before the attribute";
                        self.slips.push(SlipKind::TouchingAttributes, from, to, what);
                    }
                    attributes.push(attribute);
                }
            }
        }
    }

    fn attribute(&mut self) -> Attribute {
        let name_span = self.word(|byte| b"\"'=".contains(&byte));
        let name = self.text[name_span.range()].to_owned();
        let behind = self.at;
        self.skip_blanks();
        let value_span = if self.peek() == Some(b'=') {
            self.at += 1;
            self.skip_blanks();
            self.value()
        } else {
            self.at = behind;
            Span::new(behind, behind)
        };
        if value_span.start == value_span.end && !self.ends_in_quote() {
            let what = "the attribute has no value";
            self.slips.push(SlipKind::AttributeWithoutValue, name_span.start as usize, self.at, what);
        }
        let raw = &self.text[value_span.range()];
        if let Some(open) = memchr(b'<', raw.as_bytes()) {
            let at = value_span.start as usize + open;
            self.slips.push(SlipKind::StrayOpen, at, at + 1, "`<` has to be written `&lt;` in a value");
        }
        let value = entity::resolve(raw, value_span.start as usize, &mut self.slips);
        Attribute { name, name_span, value, value_span }
    }

    /// Tells `name=""`, which has a value, from `name=`.
    fn ends_in_quote(&self) -> bool {
        matches!(self.bytes[self.at - 1], b'"' | b'\'')
    }

    /// The value, without its quotes.
    fn value(&mut self) -> Span {
        let Some(quote @ (b'"' | b'\'')) = self.peek() else {
            let value = self.word(|_| false);
            if value.start < value.end {
                let what = "the value has no quotes";
                let (from, to) = (value.start as usize, value.end as usize);
                self.slips.push(SlipKind::AttributeWithoutQuotes, from, to, what);
            }
            return value;
        };
        let start = self.at + 1;
        let closing = memchr(quote, &self.bytes[start..]).map(|length| start + length);
        self.looked = self.looked.max(closing.unwrap_or(self.bytes.len()));
        if let Some(end) = closing.filter(|end| self.belongs(start, *end)) {
            self.at = end + 1;
            return Span::new(start, end);
        }
        self.ragged = true;
        self.slips.push(SlipKind::UnclosedQuote, start - 1, start, "the closing quote is missing");
        let line = memchr(b'\n', &self.bytes[start..]).map_or(self.bytes.len(), |length| start + length);
        let tag = memchr(b'>', &self.bytes[start..line]).map(|length| start + length);
        let mut end = tag.unwrap_or(line);
        if tag.is_some() && self.bytes[start..end].ends_with(b"/") {
            end -= 1;
        }
        let (_, end) = trimmed(&self.text[start..end], start);
        self.at = end.max(start);
        Span::new(start, self.at)
    }

    /// Whether the quote at `end` closes the value that begins at `start`. One
    /// behind other tags, with more text right after it, opens another value.
    fn belongs(&self, start: usize, end: usize) -> bool {
        let value = &self.bytes[start..end];
        let goes_on = |byte: &u8| is_blank(*byte) || matches!(byte, b'>' | b'/' | b'?');
        memchr(b'<', value).is_none()
            || memchr(b'\n', value).is_none()
            || self.bytes.get(end + 1).is_none_or(goes_on)
    }
}

fn note_doubles(attributes: &[Attribute], slips: &mut Slips) {
    if attributes.len() < 2 {
        return;
    }
    let mut seen = BTreeSet::new();
    for attribute in attributes {
        if !seen.insert(attribute.name.as_str()) {
            let (from, to) = (attribute.name_span.start as usize, attribute.name_span.end as usize);
            let what = "an attribute of this name stands before it";
            slips.push(SlipKind::DuplicateAttribute, from, to, what);
        }
    }
}
