//! Text to tokens. Where a token ends is found out here, so that nothing stops
//! the reading; what it means is what `jsonc-parser` makes of it.

use jsonc_parser::tokens::Token as Meaning;
use jsonc_parser::{Scanner, ScannerOptions};

use super::escape::unescape;
use super::placeholder;
use crate::source::Span;
use crate::syntax::value::{Kind, Parsed, SlipKind};

/// A piece of the text.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) span: Span,
    pub(super) what: What,
}

/// What a piece is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum What {
    /// `{` or `[`
    Open(Bracket),
    /// `}` or `]`
    Close(Bracket),
    /// `,`
    Comma,
    /// `:`
    Colon,
    /// A string, with the place of its content.
    Quoted(String, Span),
    /// A number or a keyword.
    Plain(Kind),
    /// A word that is neither, or what a template engine puts a value for.
    Word { templated: bool },
}

/// The two kinds of brackets.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Bracket {
    /// `{}`
    Map,
    /// `[]`
    List,
}

/// Hands out tokens, and notes the slips that lie inside and between them.
pub(super) struct Lexer<'a> {
    text: &'a str,
    at: usize,
    /// Read ahead by [`Lexer::peek`].
    ahead: Option<Token>,
    pub(super) noted: Parsed,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let mut lexer = Self { text, at: 0, ahead: None, noted: Parsed::default() };
        if text.starts_with('\u{FEFF}') {
            lexer.at = '\u{FEFF}'.len_utf8();
            let what = "a byte order mark stands before the text";
            lexer.noted.slip(SlipKind::ByteOrderMark, Span::new(0, lexer.at), what);
        }
        lexer
    }

    /// The next token, which stays the next one.
    pub(super) fn peek(&mut self) -> Option<&Token> {
        if self.ahead.is_none() {
            self.ahead = self.read();
        }
        self.ahead.as_ref()
    }

    pub(super) fn next(&mut self) -> Option<Token> {
        self.ahead.take().or_else(|| self.read())
    }

    fn read(&mut self) -> Option<Token> {
        loop {
            self.skip_space();
            let start = self.at;
            let rest = self.text.get(start..)?;
            let first = rest.chars().next()?;
            let single = match first {
                '{' | '<' if self.skip_statement(rest) => continue,
                '{' if placeholder::end(rest).is_some() => None,
                '{' => Some(What::Open(Bracket::Map)),
                '}' => Some(What::Close(Bracket::Map)),
                '[' => Some(What::Open(Bracket::List)),
                ']' => Some(What::Close(Bracket::List)),
                ',' => Some(What::Comma),
                ':' => Some(What::Colon),
                _ => None,
            };
            if let Some(what) = single {
                self.at += 1;
                return Some(Token { span: Span::new(start, self.at), what });
            }
            if first == '#' || rest.starts_with("//") || rest.starts_with("/*") {
                self.comment(rest);
                continue;
            }
            let quoted = match first {
                '"' => Some(self.double_quoted()),
                '\'' => self.single_quoted(),
                _ => None,
            };
            return Some(quoted.unwrap_or_else(|| self.word()));
        }
    }

    fn skip_space(&mut self) {
        let bytes = self.text.as_bytes();
        loop {
            while matches!(bytes.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
                self.at += 1;
            }
            let odd = self.text[self.at..].chars().next().filter(|c| c.is_whitespace() || *c == '\u{FEFF}');
            let Some(odd) = odd else { return };
            let span = Span::new(self.at, self.at + odd.len_utf8());
            self.noted.slip(SlipKind::OddSpace, span, "this white space is none that JSON knows");
            self.at = span.end as usize;
        }
    }

    /// A statement such as `{% if … %}` leaves nothing behind.
    fn skip_statement(&mut self, rest: &str) -> bool {
        let Some(length) = placeholder::statement(rest) else { return false };
        let span = Span::new(self.at, self.at + length);
        self.noted.slip(SlipKind::Template, span, "a statement of a template stands here");
        self.at = span.end as usize;
        true
    }

    fn comment(&mut self, rest: &str) {
        let bytes = rest.as_bytes();
        let length = if rest.starts_with("/*") {
            memchr::memmem::find(&bytes[2..], b"*/").map(|end| end + 4)
        } else {
            Some(memchr::memchr2(b'\n', b'\r', bytes).unwrap_or(bytes.len()))
        };
        let span = Span::new(self.at, self.at + length.unwrap_or(bytes.len()));
        if length.is_none() {
            let opening = Span::new(self.at, self.at + 2);
            self.noted.stop(opening, "this comment is never closed", false);
        }
        self.noted.slip(SlipKind::Comment, span, "a comment stands here");
        self.at = span.end as usize;
    }

    fn double_quoted(&mut self) -> Token {
        let start = self.at;
        let content = start + 1;
        if let Some(end) = closing_quote(self.text, content, b'"', self.text.len()) {
            return self.string(Span::new(content, end));
        }
        // All that follows may be part of the string or not, so reading stops at the end of its line.
        let quote = Span::new(start, content);
        self.noted.stop(quote, "the string that begins here is never closed", false);
        let rest = self.text[content..].lines().next().unwrap_or_default().trim_end();
        let span = Span::new(start, content + rest.len());
        self.at = self.text.len();
        Token { span, what: What::Quoted(unescape(rest).0, Span::new(content, span.end as usize)) }
    }

    /// Single quotes end on their line, else the quote is an apostrophe.
    fn single_quoted(&mut self) -> Option<Token> {
        let content = self.at + 1;
        let rest = &self.text.as_bytes()[content..];
        let line = content + memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        let end = closing_quote(self.text, content, b'\'', line)?;
        let span = Span::new(self.at, end + 1);
        self.noted.slip(SlipKind::SingleQuotes, span, "this string stands in single quotes");
        Some(self.string(Span::new(content, end)))
    }

    /// A string by the place of its content.
    fn string(&mut self, inner: Span) -> Token {
        let span = Span { start: inner.start - 1, end: inner.end + 1 };
        let content = &self.text[inner.range()];
        self.at = span.end as usize;
        if let Some((index, control)) = content.char_indices().find(|(_, c)| *c < ' ') {
            let at = Span::new(inner.start as usize + index, inner.start as usize + index + 1);
            let what = match control {
                '\t' => "a tab stands as such in a string",
                '\n' | '\r' => "a line break stands as such in a string",
                _ => "a control character stands as such in a string",
            };
            self.noted.slip(SlipKind::RawControl, at, what);
        }
        let text = if let Some(Meaning::String(text)) = meaning(&self.text[span.range()], &strict()) {
            text.into_owned()
        } else {
            let (text, bad) = unescape(content);
            if let Some(bad) = bad {
                let start = inner.start as usize;
                let at = Span::new(start + bad.start, start + bad.end);
                self.noted.slip(SlipKind::BadEscape, at, "this escape is none that JSON knows");
            }
            text
        };
        Token { span, what: What::Quoted(text, inner) }
    }

    /// Everything up to white space or a character that means something.
    fn word(&mut self) -> Token {
        let start = self.at;
        let mut templated = false;
        while let Some(next) = self.text[self.at..].chars().next() {
            let rest = &self.text[self.at..];
            if let Some(length) = placeholder::end(rest) {
                templated = true;
                self.at += length;
            } else if !ends_word(next, rest) || self.at == start {
                self.at += next.len_utf8();
            } else {
                break;
            }
        }
        let mut span = Span::new(start, self.at);
        let word = &self.text[span.range()];
        if templated {
            self.noted.slip(SlipKind::Template, span, "a placeholder of a template stands here");
            return Token { span, what: What::Word { templated } };
        }
        if let Some(kind) = self.plain(span) {
            return Token { span, what: What::Plain(kind) };
        }
        // `1/* one */` is a number and a comment, `https://…` is a word.
        if let Some(end) = word.find('/') {
            let before = Span::new(start, start + end);
            if let Some(kind) = self.plain(before) {
                span = before;
                self.at = span.end as usize;
                return Token { span, what: What::Plain(kind) };
            }
        }
        Token { span, what: What::Word { templated } }
    }

    fn plain(&mut self, span: Span) -> Option<Kind> {
        let word = &self.text[span.range()];
        match meaning(word, &strict()) {
            Some(Meaning::Null) => return Some(Kind::Null),
            Some(Meaning::Boolean(value)) => return Some(Kind::Bool(value)),
            Some(Meaning::Number(_)) => return Some(Kind::Number(word.to_owned())),
            _ => (),
        }
        let digits = word.strip_prefix('-').unwrap_or(word);
        let zeros = digits.len() - digits.trim_start_matches('0').len();
        // The last zero may be all there is before the point.
        let padded = (1..=zeros).rev().take(2).any(|cut| {
            matches!(meaning(&digits[cut..], &strict()), Some(Meaning::Number(number)) if !number.starts_with('-'))
        });
        let (kind, what) = if padded {
            (SlipKind::LeadingZero, "this number begins with zeros")
        } else if let Some(Meaning::Number(_)) = meaning(word, &ScannerOptions::default()) {
            (SlipKind::OddNumber, "JSON does not know this way to write a number")
        } else {
            return None;
        };
        self.noted.slip(kind, span, what);
        Some(Kind::Number(word.to_owned()))
    }
}

/// What the piece is if it is one token.
fn meaning<'t>(piece: &'t str, options: &ScannerOptions) -> Option<Meaning<'t>> {
    let mut scanner = Scanner::new(piece, options);
    let token = scanner.scan().ok()??;
    (scanner.token_end() == piece.len()).then_some(token)
}

/// JSON, but for single quotes, which are noted elsewhere.
fn strict() -> ScannerOptions {
    ScannerOptions {
        allow_single_quoted_strings: true,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    }
}

/// Where the quote that is not escaped stands, before `limit`.
fn closing_quote(text: &str, from: usize, quote: u8, limit: usize) -> Option<usize> {
    let bytes = text.as_bytes().get(..limit)?;
    let mut at = from;
    loop {
        at += memchr::memchr2(quote, b'\\', bytes.get(at..)?)?;
        if bytes[at] == quote {
            return Some(at);
        }
        at += 2;
    }
}

fn ends_word(next: char, rest: &str) -> bool {
    match next {
        // `https://…` goes on.
        ':' => !rest.starts_with("://"),
        ',' | '{' | '}' | '[' | ']' | '"' => true,
        _ => next.is_whitespace(),
    }
}
