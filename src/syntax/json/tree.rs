//! Tokens to values. Brackets stand on a stack of our own, so that no text is
//! too deep, and every token has a meaning wherever it stands.

use super::lex::{Bracket, Lexer, Token, What};
use crate::source::Span;
use crate::syntax::value::{Kind, MAX_DEPTH, MAX_NODES, Member, Parsed, SlipKind, Value};

pub(super) struct Builder<'a> {
    text: &'a str,
    lexer: Lexer<'a>,
    open: Vec<Frame>,
    nodes: usize,
}

/// A map or a list that is not closed yet.
struct Frame {
    opening: Span,
    bracket: Bracket,
    items: Vec<Value>,
    members: Vec<Member>,
    key: Option<Key>,
    /// The last comma behind the last item.
    comma: Option<Span>,
    /// The end of what was read of it.
    end: usize,
}

/// A key that waits for its value.
struct Key {
    text: String,
    span: Span,
    colon: bool,
}

impl<'a> Builder<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, lexer: Lexer::new(text), open: Vec::new(), nodes: 0 }
    }

    pub(super) fn run(mut self) -> Parsed {
        while let Some(token) = self.lexer.next() {
            if self.is_behind_the_end(&token) {
                break;
            }
            self.nodes += usize::from(!matches!(token.what, What::Comma | What::Colon | What::Close(_)));
            if self.nodes > MAX_NODES {
                self.noted().stop(token.span, format!("more than {MAX_NODES} values stand here"), true);
                break;
            }
            self.token(token);
        }
        self.finish()
    }

    fn noted(&mut self) -> &mut Parsed {
        &mut self.lexer.noted
    }

    /// Behind the document there may be another one, which JSON does not know;
    /// whatever else stands there is not read.
    fn is_behind_the_end(&mut self, token: &Token) -> bool {
        if !self.open.is_empty() || self.noted().documents.is_empty() {
            return false;
        }
        if self.noted().broken.is_none() {
            let end = self.text.trim_end().len().max(token.span.end as usize);
            let rest = Span::new(token.span.start as usize, end);
            self.noted().stop(rest, "the document ends before this", false);
        }
        !matches!(token.what, What::Open(_))
    }

    fn finish(mut self) -> Parsed {
        if let Some(frame) = self.open.last() {
            let (opening, bracket) = (frame.opening, frame.bracket);
            self.noted().stop(opening, format!("this `{}` is never closed", bracket.opening()), false);
        }
        while let Some(frame) = self.open.last() {
            let end = frame.end;
            self.close(end);
        }
        if self.noted().documents.is_empty() {
            let all = Span::new(0, self.text.trim_end().len());
            self.noted().stop(all, "there is no value here", false);
        }
        let mut parsed = self.lexer.noted;
        parsed.sort_slips();
        parsed
    }

    fn token(&mut self, token: Token) {
        let span = token.span;
        if let Some(frame) = self.open.last_mut() {
            frame.end = span.end as usize;
        }
        match token.what {
            What::Open(bracket) => self.opened(bracket, span),
            What::Close(bracket) => self.closed(bracket, span),
            What::Comma => self.comma(span),
            What::Colon => self.colon(span),
            What::Quoted(text, inner) => {
                self.scalar(Value { span, inner, quoted: true, kind: Kind::Text(text) }, None);
            }
            What::Plain(kind) => self.scalar(Value::plain(span, kind), Some(SlipKind::BareKey)),
            What::Word { templated } => {
                let kind = Kind::Text(self.text[span.range()].to_owned());
                // The placeholder was noted as such.
                let slip = if templated { None } else { Some(SlipKind::BareValue) };
                self.scalar(Value::plain(span, kind), slip);
            }
        }
    }

    fn opened(&mut self, bracket: Bracket, span: Span) {
        self.make_room(span, false);
        if self.open.len() >= MAX_DEPTH {
            self.noted().stop(span, format!("this nests deeper than {MAX_DEPTH} levels"), true);
            self.skip();
            return;
        }
        self.open.push(Frame {
            opening: span,
            bracket,
            items: Vec::new(),
            members: Vec::new(),
            key: None,
            comma: None,
            end: span.end as usize,
        });
    }

    /// Passes over what was just opened.
    fn skip(&mut self) {
        let mut depth = 1_usize;
        while let Some(token) = self.lexer.next() {
            match token.what {
                What::Open(_) => depth += 1,
                What::Close(_) => depth -= 1,
                _ => (),
            }
            if depth == 0 {
                // Its key goes with it.
                if let Some(frame) = self.open.last_mut() {
                    frame.key = None;
                    frame.comma = None;
                    frame.end = token.span.end as usize;
                }
                return;
            }
        }
    }

    fn closed(&mut self, bracket: Bracket, span: Span) {
        let Some(fits) = self.open.iter().rposition(|frame| frame.bracket == bracket) else {
            self.noted().stop(span, "nothing is open that this would close", false);
            return;
        };
        let depth = fits + 1;
        if self.open.len() > depth {
            let missing = self.open.last().map_or("", |frame| frame.bracket.closing());
            self.noted().stop(span, format!("a `{missing}` is missing before this"), false);
        }
        while self.open.len() > depth {
            self.close(span.start as usize);
        }
        self.close(span.end as usize);
    }

    /// Ends the innermost map or list.
    fn close(&mut self, end: usize) {
        self.give_up_key();
        let Some(frame) = self.open.pop() else { return };
        if let Some(comma) = frame.comma
            && !(frame.items.is_empty() && frame.members.is_empty())
        {
            self.noted().slip(SlipKind::TrailingComma, comma, "nothing follows this comma");
        }
        let kind = match frame.bracket {
            Bracket::Map => {
                self.noted().note_duplicates(&frame.members);
                Kind::Map(frame.members)
            }
            Bracket::List => Kind::List(frame.items),
        };
        let span = Span::new(frame.opening.start as usize, end);
        self.attach(Value::plain(span, kind));
    }

    fn comma(&mut self, span: Span) {
        self.give_up_key();
        let Some(frame) = self.open.last_mut() else {
            self.noted().stop(span, "a comma has no place here", false);
            return;
        };
        let none_yet = frame.items.is_empty() && frame.members.is_empty();
        let doubled = frame.comma.replace(span).is_some();
        if doubled {
            self.noted().slip(SlipKind::DoubledComma, span, "this comma follows a comma");
        } else if none_yet {
            self.noted().slip(SlipKind::DoubledComma, span, "nothing stands before this comma");
        }
    }

    fn colon(&mut self, span: Span) {
        let key = self.open.last_mut().and_then(|frame| frame.key.as_mut());
        match key {
            Some(key) if key.colon => {
                self.noted().slip(SlipKind::DoubledColon, span, "this colon follows a colon");
            }
            Some(key) => key.colon = true,
            None => self.noted().stop(span, "a colon stands here, and no key before it", false),
        }
    }

    /// A scalar is a key or a value. `slip` is what it is in the place of a
    /// value or of a key, if it is not in quotes.
    fn scalar(&mut self, value: Value, slip: Option<SlipKind>) {
        let span = value.span;
        let names_next = matches!(self.lexer.peek(), Some(Token { what: What::Colon, .. }));
        let is_key = self.make_room(span, names_next);
        if is_key {
            if slip.is_some() {
                self.noted().slip(SlipKind::BareKey, span, "this key stands without quotes");
            }
            let text = value.text_like().unwrap_or("null").to_owned();
            if let Some(frame) = self.open.last_mut() {
                frame.key = Some(Key { text, span, colon: false });
            }
            return;
        }
        if slip == Some(SlipKind::BareValue) {
            self.noted().slip(SlipKind::BareValue, span, "this value stands without quotes");
        }
        self.attach(value);
    }

    /// Gets the innermost map or list ready for what begins at `span`, and says
    /// whether that is to be a key. `names_next` says that a colon follows it.
    fn make_room(&mut self, span: Span, names_next: bool) -> bool {
        let Some(frame) = self.open.last() else { return false };
        let in_map = frame.bracket == Bracket::Map;
        if let Some(key) = &frame.key {
            if !names_next {
                if !key.colon {
                    self.noted().slip(SlipKind::MissingColon, span, "a colon is missing before this");
                }
                return false;
            }
            // `"a": "b": 1`: the value of `a` is missing, and the comma with it.
            self.give_up_key();
        }
        let Some(frame) = self.open.last_mut() else { return false };
        let none_yet = frame.items.is_empty() && frame.members.is_empty();
        if frame.comma.take().is_none() && !none_yet {
            self.noted().slip(SlipKind::MissingComma, span, "a comma is missing before this");
        }
        in_map
    }

    /// A key behind which no value came.
    fn give_up_key(&mut self) {
        let Some(key) = self.open.last_mut().and_then(|frame| frame.key.take()) else { return };
        self.noted().slip(SlipKind::MissingValue, key.span, "this key has no value");
        let nowhere = Span { start: key.span.end, end: key.span.end };
        let value = Value::plain(nowhere, Kind::Null);
        if let Some(frame) = self.open.last_mut() {
            frame.members.push(Member { key: key.text, key_span: key.span, value });
        }
    }

    /// Puts a value where it belongs.
    fn attach(&mut self, value: Value) {
        let Some(frame) = self.open.last_mut() else {
            self.noted().documents.push(value);
            return;
        };
        frame.end = frame.end.max(value.span.end as usize);
        match (frame.bracket, frame.key.take()) {
            (Bracket::List, _) => frame.items.push(value),
            (Bracket::Map, Some(key)) => {
                frame.members.push(Member { key: key.text, key_span: key.span, value });
            }
            (Bracket::Map, None) => {
                // What lies in it may still be of use.
                let opening = Span { start: value.span.start, end: value.span.start };
                let bracket = Span { end: opening.start + 1, ..opening };
                frame.members.push(Member { key: String::new(), key_span: opening, value });
                self.noted().stop(bracket, "a key is missing before this", false);
            }
        }
    }
}

impl Bracket {
    fn opening(self) -> &'static str {
        match self {
            Self::Map => "{",
            Self::List => "[",
        }
    }

    fn closing(self) -> &'static str {
        match self {
            Self::Map => "}",
            Self::List => "]",
        }
    }
}
