//! One pass over the characters, with a stack for groups.

use crate::source::Span;

use super::{CommandLine, Dialect, Ending, Word};

/// Groups that nest deeper are read as plain characters.
const DEPTH: usize = 32;

/// A longer group does not become part of the word that it stands in.
const LONGEST_GROUP: usize = 4096;

/// What lies outside of a group while the group is read.
struct Frame {
    words: Vec<Word>,
    word: Option<Word>,
    start: usize,
}

pub(super) struct Lexer<'a> {
    text: &'a str,
    dialect: Dialect,
    at: usize,
    words: Vec<Word>,
    word: Option<Word>,
    frames: Vec<Frame>,
    found: Vec<CommandLine>,
    /// Quotes that are not closed any more from here on.
    unclosed: Vec<&'static str>,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str, dialect: Dialect) -> Self {
        Self {
            text,
            dialect,
            at: 0,
            words: Vec::new(),
            word: None,
            frames: Vec::new(),
            found: Vec::new(),
            unclosed: Vec::new(),
        }
    }

    pub(super) fn run(mut self) -> Vec<CommandLine> {
        while let Some(c) = self.text[self.at..].chars().next() {
            self.step(c);
        }
        self.end(Ending::Line);
        while let Some(frame) = self.frames.pop() {
            self.words = frame.words;
            self.word = frame.word;
            self.end(Ending::Line);
        }
        self.found
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn step(&mut self, c: char) {
        let rest = self.rest();
        if rest.starts_with("{{")
            && let Some(end) = near(rest).find("}}")
        {
            // A template engine puts one value here, whatever blanks stand in it.
            let end = end + 2 + rest[end + 2..].bytes().take_while(|it| *it == b'}').count().min(1);
            return self.take_raw(end);
        }
        match (self.dialect, c) {
            (_, '\n') => self.ends_with(Ending::Line, 1),
            (_, c) if c.is_whitespace() => {
                self.finish_word();
                self.at += c.len_utf8();
            }
            (Dialect::Cmd, ':') if self.is_start() && rest.starts_with("::") => {
                self.at += line_of(rest).len();
            }
            (Dialect::Cmd, 'r' | 'R') if self.is_start() && is_remark(rest) => self.at += line_of(rest).len(),
            (Dialect::PowerShell | Dialect::Posix, '#') if self.word.is_none() => {
                self.at += line_of(rest).len();
            }
            (Dialect::PowerShell, '<') if rest.starts_with("<#") => {
                self.finish_word();
                self.at += rest.find("#>").map_or(rest.len(), |end| end + 2);
            }
            (Dialect::Cmd, '^') | (Dialect::PowerShell, '`') | (Dialect::Posix, '\\') => self.escape(),
            (_, '"') => self.quote("\""),
            (Dialect::PowerShell | Dialect::Posix, '\'') => self.quote("'"),
            (_, '|') => self.ends_with(Ending::Pipe, 1),
            (_, '&') | (Dialect::PowerShell | Dialect::Posix, ';') => self.ends_with(Ending::Line, 1),
            (Dialect::PowerShell, '{') => self.brace(),
            (Dialect::PowerShell, '}') => self.ends_with(Ending::BlockCloses, 1),
            (Dialect::PowerShell, '(') if self.frames.len() < DEPTH => {
                let words = std::mem::take(&mut self.words);
                self.frames.push(Frame { words, word: self.word.take(), start: self.at });
                self.at += 1;
            }
            (Dialect::PowerShell, ')') if !self.frames.is_empty() => self.close_group(),
            (Dialect::Cmd, '(' | ')') if self.word.is_none() => self.ends_with(Ending::Line, 1),
            _ => self.take(c),
        }
    }

    fn is_start(&self) -> bool {
        self.words.is_empty() && self.word.is_none()
    }

    /// The word that grows, begun here where there is none.
    fn current(&mut self) -> &mut Word {
        let at = self.at;
        self.word.get_or_insert_with(|| Word { span: Span::new(at, at), ..Word::default() })
    }

    fn take(&mut self, c: char) {
        let at = self.at;
        self.current().push(c, at);
        self.at += c.len_utf8();
    }

    fn take_raw(&mut self, len: usize) {
        let (text, at) = (self.text, self.at);
        self.current().push_raw(text, at..at + len);
        self.at += len;
    }

    fn finish_word(&mut self) {
        if let Some(mut word) = self.word.take() {
            word.span.end = self.at as u32;
            let raw = &self.text[word.span.range()];
            let inner = word.inner();
            // Quotes around everything, not around a part.
            word.quoted = raw.starts_with(['"', '\'', '@'])
                && inner.start > word.span.start
                && inner.end < word.span.end
                && raw.ends_with(['"', '\'', '@']);
            word.quoted |= word.text.is_empty();
            self.words.push(word);
        }
    }

    fn ends_with(&mut self, end: Ending, len: usize) {
        self.end(end);
        self.at += len;
    }

    fn end(&mut self, end: Ending) {
        self.finish_word();
        let words = std::mem::take(&mut self.words);
        if words.is_empty() && !matches!(end, Ending::BlockOpens | Ending::BlockCloses) {
            return;
        }
        let here = Span::new(self.at, self.at);
        let span = match (words.first(), words.last()) {
            (Some(first), Some(last)) => first.span.to(last.span),
            _ => here,
        };
        self.found.push(CommandLine { words, span, end });
    }

    /// `^`, a back-tick or a backslash: the line goes on, or the next character stands for itself.
    fn escape(&mut self) {
        let rest = &self.rest()[1..];
        let line_end = rest.len() - rest.strip_prefix('\r').unwrap_or(rest).len();
        if rest[line_end..].starts_with('\n') {
            self.finish_word();
            self.at += 2 + line_end;
            return;
        }
        self.at += 1;
        if let Some(next) = rest.chars().next() {
            self.take(next);
        }
    }

    fn quote(&mut self, quote: &'static str) {
        let rest = self.rest();
        let here = self.dialect == Dialect::PowerShell
            && self.word.as_ref().is_some_and(|it| it.text == "@")
            && line_of(rest)[1..].trim().is_empty();
        let end = if quote == "'" { "\n'@" } else { "\n\"@" };
        if here && !self.unclosed.contains(&end) {
            let Some(length) = here_string(rest, end) else {
                self.unclosed.push(end);
                return;
            };
            let start = line_of(rest).len() + 1;
            let (text, at) = (self.text, self.at);
            if let Some(word) = &mut self.word {
                word.text.clear();
                word.offsets.clear();
                word.push_raw(text, at + start..at + length - 3);
            }
            self.at += length;
            return;
        }
        let Some(close) = self.closing(quote) else {
            // In batch files every line begins anew.
            if self.dialect != Dialect::Cmd {
                self.unclosed.push(quote);
            }
            return self.take(if quote == "'" { '\'' } else { '"' });
        };
        self.current();
        self.at += 1;
        while self.at < close {
            let rest = self.rest();
            let Some(c) = rest.chars().next() else { break };
            let doubled = quote.starts_with(c);
            let escaped = match self.dialect {
                Dialect::PowerShell => c == '`' && quote == "\"",
                Dialect::Posix => c == '\\' && quote == "\"",
                Dialect::Cmd => false,
            };
            if doubled || escaped {
                self.at += 1;
            }
            let Some(next) = self.rest().chars().next() else { break };
            let next =
                if escaped && next == 'n' && self.dialect == Dialect::PowerShell { '\n' } else { next };
            self.take(next);
        }
        self.at = close + 1;
    }

    /// Where the quote that opens here is closed.
    fn closing(&self, quote: &'static str) -> Option<usize> {
        if self.unclosed.contains(&quote) {
            return None;
        }
        let rest = self.rest();
        if self.dialect == Dialect::Cmd {
            // A line ends every quote.
            let line = line_of(rest);
            return line[1..].find(quote).map(|at| self.at + 1 + at);
        }
        let escape = match self.dialect {
            _ if quote == "'" => None,
            Dialect::PowerShell => Some(b'`'),
            Dialect::Posix | Dialect::Cmd => Some(b'\\'),
        };
        let bytes = self.text.as_bytes();
        let mut at = self.at + 1;
        while let Some(byte) = bytes.get(at) {
            if Some(*byte) == escape {
                at += 2;
            } else if *byte == quote.as_bytes()[0] {
                let doubled = self.dialect == Dialect::PowerShell && bytes.get(at + 1) == Some(byte);
                if !doubled {
                    return Some(at);
                }
                at += 2;
            } else {
                at += 1;
            }
        }
        None
    }

    /// A brace of PowerShell: of a variable, of a block, or one that somebody forgot to quote.
    fn brace(&mut self) {
        let rest = self.rest();
        let inside = near(rest).find('}').map(|end| &rest[1..end]);
        let plain = |it: &&str| !it.is_empty() && !it.contains([' ', '\t', '"', '\'', '{', ';']);
        let Some(inside) = inside.filter(plain) else { return self.open_block() };
        let is_id = inside.len() > 30 && inside.bytes().all(|it| it.is_ascii_hexdigit() || it == b'-');
        let joined = self.word.as_ref().filter(|it| it.text != "@");
        let variable = joined.is_some_and(|it| it.text.ends_with('$'));
        let argument = joined.is_some_and(|it| it.text.ends_with('='));
        if !(variable || argument || is_id) {
            return self.open_block();
        }
        let (at, len) = (self.at, inside.len() + 2);
        self.take_raw(len);
        if !variable && let Some(word) = &mut self.word {
            word.braces = Some(Span::new(at, at + len));
        }
    }

    fn open_block(&mut self) {
        if self.word.as_ref().is_some_and(|it| it.text == "@") {
            self.word = None;
        }
        self.ends_with(Ending::BlockOpens, 1);
    }

    fn close_group(&mut self) {
        self.end(Ending::Group);
        let Some(frame) = self.frames.pop() else { return };
        let (text, to) = (self.text, self.at + 1);
        self.words = frame.words;
        self.word = frame.word;
        self.at = frame.start;
        let word = self.current();
        if to - frame.start <= LONGEST_GROUP {
            word.push_raw(text, frame.start..to);
        } else {
            word.push('(', frame.start);
            word.push(')', to - 1);
        }
        self.at = to;
    }
}

/// As much of the line as a value of a template or a variable takes.
fn near(text: &str) -> &str {
    const LONGEST: usize = 256;
    let end = (0..=text.len().min(LONGEST)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
    line_of(&text[..end])
}

/// The rest of the line, without its end.
fn line_of(text: &str) -> &str {
    &text[..memchr::memchr(b'\n', text.as_bytes()).unwrap_or(text.len())]
}

fn is_remark(text: &str) -> bool {
    text.get(..3).is_some_and(|it| it.eq_ignore_ascii_case("rem"))
        && text[3..].chars().next().is_none_or(char::is_whitespace)
}

/// The length of a here-string from its quote on, with the line end, the quote and the `@` that end it.
fn here_string(text: &str, end: &str) -> Option<usize> {
    let first = line_of(text);
    text.find(end).map(|at| at + end.len()).filter(|length| *length >= first.len() + 1 + 3)
}
