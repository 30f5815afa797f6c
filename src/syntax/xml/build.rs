//! Reads events and builds elements of them. Where the reader gives up, or
//! runs past the end of a tag, it is set down again behind the trouble.

use memchr::memchr;
use quick_xml::{Reader, errors::Error, events::Event};

use crate::source::Span;

use super::{
    Comment, Element, SlipKind, Xml, XmlBroken, entity,
    slips::{Slips, quoted},
    tag::{self, Tag, trimmed},
};

/// How deep elements may nest. What is nested deeper was not written by hand,
/// and dropping the tree calls itself once for each level.
const DEPTH: usize = 256;

/// How many elements, attributes and comments are kept.
const NODES: usize = 1_000_000;

/// A mark that text may begin with, and that the reader would drop unseen.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// An element that is still open.
struct Open {
    element: Element,
    /// The extent of its own text.
    extent: Option<(usize, usize)>,
}

pub(super) struct Builder<'a> {
    text: &'a str,
    open: Vec<Open>,
    xml: Xml,
    slips: Slips,
    /// Where the text behind the last piece of markup begins.
    run: usize,
    /// The first text outside of elements.
    outside: Option<Span>,
    nodes: usize,
    /// How many bytes may still be read a second time.
    spare: usize,
}

impl<'a> Builder<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            open: Vec::new(),
            xml: Xml::default(),
            slips: Slips::default(),
            run: 0,
            outside: None,
            nodes: 0,
            spare: text.len().saturating_mul(16).saturating_add(1 << 20),
        }
    }

    pub(super) fn run(mut self) -> Xml {
        let start = self.behind_marks(0);
        self.run = start;
        let mut next = Some(start);
        while let Some(at) = next {
            next = self.read_from(self.behind_marks(at), start);
        }
        self.finish()
    }

    fn behind_marks(&self, at: usize) -> usize {
        self.text.len() - self.text[at..].trim_start_matches(BYTE_ORDER_MARK).len()
    }

    /// Reads until the reader has to be set down elsewhere, and says where.
    fn read_from(&mut self, base: usize, start: usize) -> Option<usize> {
        let mut reader = Reader::from_str(&self.text[base..]);
        let config = reader.config_mut();
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        config.allow_dangling_amp = true;
        while self.xml.broken.is_none() {
            let from = base + reader.buffer_position() as usize;
            let event = reader.read_event();
            let to = base + reader.buffer_position() as usize;
            match event {
                // Text and references are taken together when the next markup begins.
                Ok(Event::Text(_) | Event::GeneralRef(_)) => (),
                Ok(Event::Eof) => return None,
                Ok(Event::Start(_) | Event::Empty(_) | Event::End(_)) => {
                    if let Some(at) = self.tag(from, to) {
                        return self.resume(at);
                    }
                }
                Ok(Event::Comment(inside)) => {
                    self.markup(from, to);
                    self.comment(&inside, from, to);
                }
                Ok(Event::CData(inside)) => {
                    self.markup(from, to);
                    self.own(&inside, from + "<![CDATA[".len(), false);
                }
                Ok(Event::Decl(_)) => {
                    self.markup(from, to);
                    if from > start {
                        let what = "the declaration has to stand at the very start";
                        self.slips.push(SlipKind::LateDeclaration, from, to, what);
                    }
                }
                Ok(Event::PI(_)) => self.markup(from, to),
                Ok(Event::DocType(_)) => {
                    self.markup(from, to);
                    let what = "what the document type defines is not read";
                    self.slips.push(SlipKind::Doctype, from, to, what);
                }
                Err(error) => {
                    if let Some(at) = self.failed(&error, from, to) {
                        return self.resume(at);
                    }
                }
            }
        }
        None
    }

    /// Takes the text before a piece of markup.
    fn markup(&mut self, from: usize, to: usize) {
        let (text, run) = (self.text, self.run);
        self.own(&text[run..from], run, true);
        self.run = to;
    }

    /// Takes a stretch of text that stands directly in an element, or outside.
    fn own(&mut self, raw: &str, at: usize, has_references: bool) {
        let (start, end) = trimmed(raw, at);
        let Some(open) = self.open.last_mut() else {
            if start < end && !raw.trim_matches(BYTE_ORDER_MARK).trim().is_empty() {
                let what = "text stands outside of every element";
                self.slips.push(SlipKind::TextOutside, start, end, what);
                self.outside.get_or_insert(Span::new(start, end));
            }
            return;
        };
        if has_references {
            open.element.text.push_str(&entity::resolve(raw, at, &mut self.slips));
        } else {
            open.element.text.push_str(raw);
        }
        if start < end {
            open.extent = Some((open.extent.map_or(start, |(first, _)| first), end));
        }
    }

    /// A tag that the reader saw from `from` to `to`. Says where to go on if
    /// the reader was wrong about that.
    fn tag(&mut self, from: usize, to: usize) -> Option<usize> {
        let Some(tag) = tag::read(self.text, from) else {
            self.slips.push(SlipKind::StrayOpen, from, from + 1, "`<` begins nothing here");
            self.spend(from, to - from - 1);
            return Some(from + 1);
        };
        let end = tag.end;
        self.spend(from, to.max(tag.looked) - end);
        self.take(from, tag);
        (end != to).then_some(end)
    }

    /// The reader gave up at `from`, having looked as far as `to`.
    fn failed(&mut self, error: &Error, from: usize, to: usize) -> Option<usize> {
        let rest = &self.text.as_bytes()[from..];
        if let Error::IllFormed(_) = error {
            // A document type without a name. It was read, and the reader goes on behind it.
            self.markup(from, to);
            self.slips.push(SlipKind::Doctype, from, to, "the document type has no name");
            return None;
        }
        if rest.first() != Some(&b'<') {
            // The reader fails at markup alone. Should that change, it gets no second chance.
            let what = error.to_string();
            self.broken(from, what, false);
            return None;
        }
        if !matches!(rest.get(1), Some(b'!' | b'?')) {
            return self.tag(from, to.max(from + 1)).or(Some(to));
        }
        // Enough to show what does not end: `<![CDATA[`.
        let length = rest.iter().take(9).take_while(|byte| byte.is_ascii_graphic()).count();
        self.slips.push(SlipKind::UnfinishedMarkup, from, from + length.max(1), said(error));
        self.spend(from, to - from);
        Some(from + 1)
    }

    /// Where the reader can be set down: from `at` on, at the next thing that
    /// it will see as we do. What is ragged before is dealt with here, so that
    /// no number of such tags makes the reader read the rest as many times.
    fn resume(&mut self, mut at: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        while self.xml.broken.is_none() {
            let Some(open) = memchr(b'<', &bytes[at..]).map(|distance| at + distance) else {
                return Some(at);
            };
            if matches!(bytes.get(open + 1), Some(b'!' | b'?')) {
                return Some(open);
            }
            match tag::read(self.text, open) {
                None => {
                    self.slips.push(SlipKind::StrayOpen, open, open + 1, "`<` begins nothing here");
                    at = open + 1;
                }
                Some(tag) if tag.ragged => {
                    at = tag.end;
                    self.spend(open, tag.looked - tag.end);
                    self.take(open, tag);
                }
                Some(_) => return Some(open),
            }
        }
        None
    }

    fn spend(&mut self, at: usize, bytes: usize) {
        match self.spare.checked_sub(bytes) {
            Some(left) => self.spare = left,
            None => self.broken(at, "too many tags do not end".to_owned(), true),
        }
    }

    fn count(&mut self, at: usize, nodes: usize) {
        self.nodes += nodes;
        if self.nodes > NODES {
            self.broken(at, format!("there are more than {NODES} elements and attributes"), true);
        }
    }

    fn broken(&mut self, at: usize, what: String, over_limit: bool) {
        let end = self.text[at..].chars().next().map_or(at, |first| at + first.len_utf8());
        self.xml.broken.get_or_insert(XmlBroken { at: Span::new(at, end), what, over_limit });
    }

    fn take(&mut self, from: usize, tag: Tag) {
        self.markup(from, tag.end);
        self.slips.append(tag.slips);
        let name = &self.text[tag.name.range()];
        if tag.closing {
            self.close(name, from, tag.end);
            return;
        }
        self.count(from, 1 + tag.attributes.len());
        if self.open.len() >= DEPTH {
            self.broken(from, format!("elements nest deeper than {DEPTH} levels"), true);
        }
        if self.xml.broken.is_some() {
            return;
        }
        if self.open.is_empty() && self.xml.roots.len() == 1 {
            let what = "a second element stands beside the outermost one";
            self.slips.push(SlipKind::SecondRoot, from, tag.end, what);
        }
        let open_span = Span::new(from, tag.end);
        // Without text of its own an element has its empty place before `/>`, or behind the start tag.
        let place = if tag.empty { tag.end - 2 } else { tag.end };
        let element = Element {
            name: name.to_owned(),
            name_span: tag.name,
            span: open_span,
            open_span,
            attributes: tag.attributes,
            text_span: Span::new(place, place),
            ..Element::default()
        };
        self.open.push(Open { element, extent: None });
        if tag.empty {
            self.pop(tag.end);
        }
    }

    /// Ends the element that an end tag means, and those in it that have none.
    fn close(&mut self, name: &str, from: usize, to: usize) {
        let exact = self.open.iter().rposition(|open| open.element.name == name);
        let meant =
            exact.or_else(|| self.open.iter().rposition(|open| open.element.name.eq_ignore_ascii_case(name)));
        let Some(index) = meant else {
            let what = format!("`</{}>` ends no element", quoted(name));
            self.slips.push(SlipKind::StrayClose, from, to, what);
            return;
        };
        if exact.is_none() {
            let opened = quoted(&self.open[index].element.name);
            let what = format!("`</{}>` ends `<{opened}>` in another case", quoted(name));
            self.slips.push(SlipKind::OtherCase, from, to, what);
        }
        while self.open.len() > index + 1 {
            self.unclosed();
            self.pop(from);
        }
        self.pop(to);
    }

    /// Notes that the innermost open element has no end tag.
    fn unclosed(&mut self) {
        if let Some(Open { element, .. }) = self.open.last() {
            let what = format!("`<{}>` has no end tag", quoted(&element.name));
            let (from, to) = (element.open_span.start as usize, element.open_span.end as usize);
            self.slips.push(SlipKind::UnclosedElement, from, to, what);
        }
    }

    /// Puts the innermost open element where it belongs.
    fn pop(&mut self, end: usize) {
        let Some(Open { mut element, extent }) = self.open.pop() else { return };
        element.span.end = end as u32;
        if let Some((first, last)) = extent {
            element.text_span = Span::new(first, last);
        }
        match self.open.last_mut() {
            Some(parent) => parent.element.children.push(element),
            None => self.xml.roots.push(element),
        }
    }

    fn comment(&mut self, inside: &str, from: usize, to: usize) {
        self.count(from, 1);
        let start = from + "<!--".len();
        if let Some(hyphens) = inside.find("--") {
            let at = start + hyphens;
            self.slips.push(SlipKind::HyphensInComment, at, at + 2, "`--` stands inside a comment");
        } else if inside.ends_with('-') {
            self.slips.push(SlipKind::HyphensInComment, to - 4, to - 2, "a comment ends in `--->`");
        }
        self.xml.comments.push(Comment { text: inside.to_owned(), span: Span::new(from, to) });
    }

    fn finish(mut self) -> Xml {
        let end = self.xml.broken.as_ref().map_or(self.text.len(), |broken| broken.at.start as usize);
        if self.xml.broken.is_none() {
            self.markup(end, end);
        }
        while !self.open.is_empty() {
            if self.xml.broken.is_none() {
                self.unclosed();
            }
            self.pop(end);
        }
        if let Some(at) = self.outside.filter(|_| self.xml.roots.is_empty() && self.xml.broken.is_none()) {
            let what = "there is no element".to_owned();
            self.xml.broken = Some(XmlBroken { at, what, over_limit: false });
        }
        Xml { slips: self.slips.sorted(), ..self.xml }
    }
}

/// What the reader says is missing, without its own words about input.
fn said(error: &Error) -> String {
    let words = match error {
        Error::Syntax(error) => error.to_string(),
        error => error.to_string(),
    };
    words.trim_end_matches(" before end of input").to_owned()
}
