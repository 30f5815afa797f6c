//! From words to the tree, and how to go on after an error.

use crate::source::Span;

use super::template::{Units, placeholder_at};
use super::token::{self, BUFFER, End};
use super::{Directive, ErrorKind, Options, SyntaxError, Tree, Word, lua};

/// Blocks whose lines are no directives, only words; no block can stand in them.
const BARE_WORDS: [&str; 5] = ["types", "map", "geo", "split_clients", "charset_map"];

/// How often we go back to the line on which a quote was opened. Each kind of
/// quote can need it once at the end of the text; more would only cost time.
const REWINDS: usize = 64;

struct Open {
    /// The directive of the block; none for a brace that belongs to nothing.
    directive: Option<u32>,
    bare_words: bool,
}

pub(super) struct Builder<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    options: Options,
    tree: Tree,
    words: Vec<Word>,
    open: Vec<Open>,
    units: Units,
    /// Statements of a template were seen: what follows may not be what nginx gets.
    template: bool,
    rewinds: usize,
}

impl<'a> Builder<'a> {
    pub(super) fn new(text: &'a str, at: usize, options: Options) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            at,
            options,
            tree: Tree::default(),
            words: Vec::new(),
            open: Vec::new(),
            units: Units::new(),
            template: false,
            rewinds: 0,
        }
    }

    pub(super) fn run(mut self) -> Tree {
        while let Some(byte) = self.bytes.get(self.at).copied() {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' => self.at += 1,
                b'#' => self.comment(),
                b'{' | b'<' | b'!' if self.statement() => {}
                b';' => self.semicolon(),
                b'{' => self.open_block(),
                b'}' => self.close_block(),
                b'"' | b'\'' => self.quoted(),
                _ => self.bare(),
            }
        }
        self.finish()
    }

    fn comment(&mut self) {
        let rest = &self.bytes[self.at..];
        let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let line = Span::new(self.at, self.at + length);
        // The buffer is full before the line is over, and nginx sees an endless word.
        if length >= BUFFER && rest.len() > BUFFER {
            let start = self.beginning(self.at);
            self.error(ErrorKind::CommentTooLong, line, format!("too long parameter \"{start}...\" started"));
        }
        self.tree.comments.push(self.without_cr(line));
        self.at += length;
    }

    fn without_cr(&self, line: Span) -> Span {
        let cr = self.text.get(line.range()).is_some_and(|text| text.ends_with('\r'));
        Span { end: line.end - u32::from(cr), ..line }
    }

    /// A statement of a template between words stands for nothing.
    fn statement(&mut self) -> bool {
        let Some(end) = self.units.end(self.bytes, self.at) else { return false };
        let span = Span::new(self.at, end);
        self.template = true;
        self.tree.opaque.get_or_insert(span);
        // `{{ name }}` stands where a word would stand, the others between words.
        if self.bytes[self.at..].starts_with(b"{{") {
            self.bare();
        } else {
            self.at = end;
        }
        true
    }

    fn semicolon(&mut self) {
        self.at += 1;
        if self.words.is_empty() {
            self.error(ErrorKind::StraySemicolon, Span::new(self.at - 1, self.at), "unexpected \";\"".into());
        } else {
            self.push(self.at);
        }
    }

    fn open_block(&mut self) {
        let start = self.at;
        self.at += 1;
        let brace = Span::new(start, self.at);
        if self.words.is_empty() || self.open.last().is_some_and(|open| open.bare_words) {
            self.error(ErrorKind::StrayOpen, brace, "unexpected \"{\"".into());
        }
        let Some(index) = self.push(self.at) else {
            self.open.push(Open { directive: None, bare_words: false });
            return;
        };
        let directive = &mut self.tree.directives[index as usize];
        directive.block = Some(brace);
        if self.options.lua && directive.name.text.ends_with("_by_lua_block") {
            directive.raw_body = true;
            let end = lua::end_of_body(self.bytes, self.at);
            self.at = end.map_or(self.bytes.len(), |end| end + 1);
            directive.block = Some(Span::new(start, self.at));
            directive.span.end = self.at as u32;
            let name = directive.name.span;
            if end.is_none() {
                self.unclosed(name);
            }
            return;
        }
        let bare_words = BARE_WORDS.contains(&&*directive.name.text);
        self.open.push(Open { directive: Some(index), bare_words });
        if self.open.len() == self.options.depth {
            self.error(
                ErrorKind::TooDeep,
                brace,
                format!("blocks nest more than {} deep", self.options.depth),
            );
        }
    }

    fn close_block(&mut self) {
        let brace = Span::new(self.at, self.at + 1);
        if !self.words.is_empty() {
            let directive = self.words[0].span.to(self.words[self.words.len() - 1].span);
            self.error(ErrorKind::MissingSemicolon, brace, "unexpected \"}\"".into());
            self.origin(directive);
            self.push(directive.end as usize);
        } else if self.open.is_empty() {
            self.error(ErrorKind::StrayClose, brace, "unexpected \"}\"".into());
        }
        self.at += 1;
        if let Some(Open { directive: Some(index), .. }) = self.open.pop() {
            self.end(index, self.at);
        }
    }

    fn end(&mut self, index: u32, end: usize) {
        let after = self.tree.directives.len() as u32;
        let directive = &mut self.tree.directives[index as usize];
        directive.end = after;
        directive.span.end = end as u32;
        if let Some(block) = &mut directive.block {
            block.end = end as u32;
        }
    }

    /// Makes a directive of the words so far. None where there are no words, or
    /// where blocks nest deeper than we follow.
    fn push(&mut self, end: usize) -> Option<u32> {
        // The list of words is used again, and what is kept of it takes no more room than it needs.
        let mut words = self.words.drain(..);
        let name = words.next()?;
        if self.open.len() >= self.options.depth {
            return None;
        }
        let index = self.tree.directives.len() as u32;
        self.tree.directives.push(Directive {
            span: Span::new(name.span.start as usize, end),
            name,
            args: words.collect(),
            block: None,
            end: index + 1,
            parent: self.open.iter().rev().find_map(|open| open.directive),
            raw_body: false,
        });
        Some(index)
    }

    fn quoted(&mut self) {
        let start = self.at;
        match token::quoted(self.bytes, start) {
            End::At(end, escapes) => {
                self.word(start, end, true, escapes);
                self.at = end;
                match self.bytes.get(end) {
                    None | Some(b' ' | b'\t' | b'\r' | b'\n' | b';' | b'{' | b')') => {}
                    Some(_) => self.after_quote(start, end),
                }
            }
            End::OfText => self.unterminated(start),
        }
    }

    /// Something stands right behind a closing quote. Where the quoted word
    /// spans lines, the quote that is missing is more likely to be on its first
    /// line, and reading goes on there.
    fn after_quote(&mut self, start: usize, end: usize) {
        let Some(next) = self.text.get(end..).and_then(|rest| rest.chars().next()) else { return };
        let at = Span::new(end, end + next.len_utf8());
        self.error(ErrorKind::AfterQuote, at, format!("unexpected \"{next}\""));
        self.origin(Span::new(start, end));
        self.rewind(start, end);
    }

    fn unterminated(&mut self, start: usize) {
        let end = self.bytes.len();
        // Where more than a buffer follows, nginx does not even get to the end.
        if end - (start + 1) >= BUFFER && end > start + 1 + BUFFER {
            self.word_too_long(start, true);
        } else {
            let message = "unexpected end of file, expecting \";\" or \"}\"".into();
            self.error(ErrorKind::UnterminatedQuote, self.line_of(start), message);
        }
        self.origin(Span::new(start, start + 1));
        self.at = end;
        if !self.rewind(start, end) {
            self.words.push(token::word(self.text, start, end, false, false));
            self.push(end);
        }
    }

    /// Goes back to the end of the line on which the quoted word at `start`
    /// begins; what stood on that line becomes the directive.
    fn rewind(&mut self, start: usize, end: usize) -> bool {
        let Some(line) = memchr::memchr(b'\n', &self.bytes[start..end]) else { return false };
        if self.rewinds == REWINDS {
            return false;
        }
        self.rewinds += 1;
        self.words.retain(|word| (word.span.start as usize) < start);
        let end = start + self.bytes[start..start + line].trim_ascii_end().len();
        self.words.push(token::word(self.text, start, end, false, false));
        self.push(end);
        self.at = start + line;
        true
    }

    fn bare(&mut self) {
        let start = self.at;
        let mut from = start;
        let mut any_escape = false;
        loop {
            match token::bare(self.bytes, from) {
                // `{{ name }}` in the middle of a word belongs to it.
                End::At(end, escapes) => {
                    any_escape |= escapes;
                    if self.bytes[end] == b'{'
                        && let Some(unit) = self.units.end(self.bytes, end)
                        && !self.bytes[end..].starts_with(b"{#")
                    {
                        self.template = true;
                        self.tree.opaque.get_or_insert(Span::new(end, unit));
                        from = unit;
                        continue;
                    }
                    self.word(start, end, false, any_escape);
                    self.at = end;
                }
                End::OfText => {
                    self.word(start, self.bytes.len(), false, true);
                    self.at = self.bytes.len();
                }
            }
            return;
        }
    }

    fn word(&mut self, start: usize, end: usize, quoted: bool, escapes: bool) {
        // What must fit is the word behind its quote and the byte that ends it.
        if end - start > BUFFER - usize::from(!quoted)
            && self.bytes.len() > start + usize::from(quoted) + BUFFER
        {
            // A closing quote that just fits leaves nginx without the byte behind it.
            let closed = quoted && end - start == BUFFER + 1;
            self.word_too_long(start + usize::from(closed), quoted && !closed);
        }
        let word = token::word(self.text, start, end, quoted, escapes);
        if !self.template
            && let Some(found) = self.text.get(word.span.range()).and_then(placeholder_at)
        {
            let (from, mut to) = (start + found.start, start + found.end);
            // Quotes inside of `"{{ a["b"] }}"` end the word too early, so the
            // statement is looked for in the text, on its line.
            if let Some(unit) = self.units.end(self.bytes, from)
                && memchr::memchr(b'\n', &self.bytes[from..unit]).is_none()
            {
                to = unit;
                self.template = true;
            }
            self.tree.opaque.get_or_insert(Span::new(from, to));
        }
        self.words.push(word);
    }

    fn word_too_long(&mut self, start: usize, quoted: bool) {
        let message = if quoted {
            let quote = char::from(self.bytes[start]);
            format!("too long parameter, probably missing terminating \"{quote}\" character")
        } else {
            format!("too long parameter \"{}...\" started", self.beginning(start))
        };
        self.error(ErrorKind::TokenTooLong, self.line_of(start), message);
    }

    /// The ten bytes that nginx shows of what is too long.
    fn beginning(&self, start: usize) -> String {
        String::from_utf8_lossy(self.bytes.get(start..start + 10).unwrap_or_default()).into_owned()
    }

    /// From `start` to the end of its line, or of a long line's beginning.
    fn line_of(&self, start: usize) -> Span {
        let rest = &self.bytes[start..];
        let line = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
        let mut end = start + line.trim_ascii_end().len().min(80);
        while !self.text.is_char_boundary(end) {
            end += 1;
        }
        Span::new(start, end)
    }

    fn error(&mut self, kind: ErrorKind, at: Span, message: String) {
        self.tree.errors.push(SyntaxError { kind, at, message, origin: None });
    }

    fn origin(&mut self, origin: Span) {
        if let Some(error) = self.tree.errors.last_mut() {
            error.origin = Some(origin);
        }
    }

    fn unclosed(&mut self, name: Span) {
        let last = self.bytes.trim_ascii_end().len();
        let start = (0..last).rev().find(|at| self.text.is_char_boundary(*at)).unwrap_or_default();
        self.error(
            ErrorKind::UnclosedBlock,
            Span::new(start, last),
            "unexpected end of file, expecting \"}\"".into(),
        );
        self.origin(name);
    }

    fn finish(mut self) -> Tree {
        if let (Some(first), Some(last)) = (self.words.first(), self.words.last()) {
            let (directive, at) = (first.span.to(last.span), last.span);
            let message = "unexpected end of file, expecting \";\" or \"}\"".into();
            self.error(ErrorKind::UnfinishedDirective, at, message);
            self.origin(directive);
            self.push(directive.end as usize);
        }
        let innermost = self.open.iter().rev().find_map(|open| open.directive);
        if let Some(index) = innermost {
            let name = self.tree.directives[index as usize].name.span;
            self.unclosed(name);
        }
        while let Some(open) = self.open.pop() {
            if let Some(index) = open.directive {
                self.end(index, self.bytes.trim_ascii_end().len());
            }
        }
        if self.template {
            self.tree.errors.clear();
        }
        self.tree
    }
}
