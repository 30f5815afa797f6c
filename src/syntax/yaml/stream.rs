//! The documents of a text, one after the other, and the way back into it
//! behind a fault.

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, StructureStyle};

use super::scalar;
use super::template::Template;
use super::tree::Builder;
use crate::source::Span;
use crate::syntax::value::{Kind, MAX_NODES, Parsed, SlipKind, Value};

/// So often reading starts anew behind a fault.
const RESTARTS: usize = 64;

pub(super) struct Reader<'a> {
    text: &'a str,
    template: &'a Template<'a>,
    /// Where the parser at work began.
    base: usize,
    /// The parser at work began inside of a document.
    inside: bool,
    nodes: usize,
    builder: Builder,
    parsed: Parsed,
    /// The outermost map has no brackets, so that reading can go on in it.
    in_block: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str, template: &'a Template<'a>) -> Self {
        let mut parsed = Parsed::default();
        for blanked in &template.blanked {
            parsed.slip(SlipKind::Template, blanked.written, "a statement of a template stands here");
        }
        let builder = Builder::default();
        Self { text, template, base: 0, inside: false, nodes: 0, builder, parsed, in_block: false }
    }

    pub(super) fn run(mut self) -> Parsed {
        for _ in 0..=RESTARTS {
            let Some(fault) = self.read() else { break };
            let resume = self.resume(fault);
            self.end_document();
            let Some((resume, inside)) = resume else { break };
            (self.base, self.inside) = (resume, inside);
        }
        self.end_document();
        self.parsed.sort_slips();
        self.parsed
    }

    /// Reads up to a fault, and hands back where it is.
    fn read(&mut self) -> Option<usize> {
        let options = granit_parser::options! { emit_unresolved_aliases: true, emit_comments: false };
        let template = self.template;
        let text = template.masked().get(self.base..)?;
        for event in Parser::new_from_str_with_options(text, options) {
            match event {
                Ok((event, span)) => {
                    let range = span.byte_range().unwrap_or_default();
                    let span = self.place(range.start, range.end);
                    self.nodes += usize::from(event.is_node());
                    if self.nodes > MAX_NODES {
                        self.parsed.stop(span, format!("more than {MAX_NODES} values stand here"), true);
                        return None;
                    }
                    self.event(&event, span);
                }
                Err(error) => return Some(self.fault(&error)),
            }
        }
        None
    }

    fn fault(&mut self, error: &ScanError) -> usize {
        let at = error.marker().byte_offset().unwrap_or_default();
        let at = self.place(at, at).start as usize;
        let end = at + self.text[at..].chars().next().filter(|c| !c.is_control()).map_or(0, char::len_utf8);
        let over_limit = matches!(error.kind(), ErrorKind::RecursionLimitExceeded);
        self.parsed.stop(Span::new(at, end), error.info(), over_limit);
        at
    }

    /// A place of the parser at work as one of the text. Templates may hold
    /// longer characters than what covers them.
    fn place(&self, start: usize, end: usize) -> Span {
        let boundary = |at: usize| {
            let at = (at + self.base).min(self.text.len());
            (0..=at).rev().find(|at| self.text.is_char_boundary(*at)).unwrap_or_default()
        };
        let start = boundary(start);
        Span::new(start, boundary(end).max(start))
    }

    fn event(&mut self, event: &Event<'_>, span: Span) {
        let (builder, parsed) = (&mut self.builder, &mut self.parsed);
        match event {
            Event::DocumentStart(..) => self.in_block = true,
            Event::DocumentEnd => self.end_document(),
            Event::SequenceStart(_, anchor, _) => builder.open(false, span, *anchor, parsed),
            Event::MappingStart(style, anchor, _) => {
                if builder.is_empty() && *style == StructureStyle::Flow {
                    self.in_block = false;
                }
                builder.open(true, span, *anchor, parsed);
            }
            Event::SequenceEnd | Event::MappingEnd => {
                // Where no bracket closes it, this is the place of what comes next.
                let end = if span.start == span.end { 0 } else { span.end as usize };
                builder.close(end, parsed);
            }
            Event::Alias(anchor) => {
                let name = self.text[span.range()].trim_start_matches('*');
                builder.alias(span, name, Some(*anchor), parsed);
            }
            Event::UnresolvedAlias(name) => builder.alias(span, name, None, parsed),
            Event::Scalar(text, style, anchor, tag) => {
                self.scalar(text, *style, *anchor, tag.as_deref(), span);
            }
            _ => (),
        }
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&granit_parser::Tag>,
        span: Span,
    ) {
        let written = if span.start == span.end && style == ScalarStyle::Plain { "" } else { text };
        let (kind, key) = if self.template.touches(span) {
            if style == ScalarStyle::Plain {
                self.parsed.slip(SlipKind::Template, span, "a placeholder of a template stands here");
            }
            let text = self.template.uncover(span, text);
            (Kind::Text(text.clone()), text)
        } else {
            (scalar::kind(written, style, tag), written.to_owned())
        };
        let in_quotes = matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted);
        let inner = if in_quotes && span.end >= span.start + 2 {
            Span { start: span.start + 1, end: span.end - 1 }
        } else {
            span
        };
        let value = Value { span, inner, quoted: style != ScalarStyle::Plain, kind };
        self.builder.scalar(value, anchor, &key);
    }

    /// Puts the document away; what was read behind a fault goes to the
    /// document that the fault is in.
    fn end_document(&mut self) {
        let continued = std::mem::take(&mut self.inside);
        let Some(value) = self.builder.take(&mut self.parsed) else { return };
        if !continued {
            self.parsed.documents.push(value);
            return;
        }
        let Some(mut last) = self.parsed.documents.pop() else { return };
        if let (Kind::Map(members), Kind::Map(more)) = (&mut last.kind, value.kind) {
            members.extend(more);
            self.parsed.note_duplicates(members);
            last.span.end = last.span.end.max(value.span.end);
            last.inner = last.span;
        }
        self.parsed.documents.push(last);
    }

    /// Where to read on behind a fault, and whether that is inside the document.
    fn resume(&self, fault: usize) -> Option<(usize, bool)> {
        let line = self.text[..fault].rfind('\n').map_or(0, |end| end + 1);
        let inside = self.inside || (self.in_block && self.builder.is_map());
        // The line of the fault again, unless something of it was understood.
        let understood = self.builder.last_key().is_some_and(|key| key.start as usize >= line);
        let mut at = if understood || line <= self.base { self.next_line(fault)? } else { line };
        loop {
            let rest = &self.text[at..];
            if begins_document(rest) {
                return Some((at, false));
            }
            if inside && begins_member(rest) {
                return Some((at, true));
            }
            at = self.next_line(at)?;
        }
    }

    fn next_line(&self, at: usize) -> Option<usize> {
        memchr::memchr(b'\n', self.text.as_bytes().get(at..)?).map(|end| at + end + 1)
    }
}

fn begins_document(text: &str) -> bool {
    text.strip_prefix("---").is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
}

/// Whether a line begins with a key.
fn begins_member(text: &str) -> bool {
    let line = text.lines().next().unwrap_or_default();
    let begins =
        line.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '/' | '"' | '\'' | '<'));
    begins && (line.contains(": ") || line.trim_end().ends_with(':'))
}
