//! Java's `.properties`: a key and a value on a line, which may go on behind a
//! backslash. Read as `java.util.Properties` does it, and on where that fails.

use crate::source::Span;

/// A key and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    /// With escapes resolved.
    pub key: String,
    /// As written.
    pub key_span: Span,
    /// With escapes resolved and its lines joined. Blanks at its end belong to it.
    pub value: String,
    /// As written, over all its lines; an empty span where the value would
    /// stand if there is none.
    pub value_span: Span,
}

/// The properties of a text, in order, doubles included. An escape that Java
/// would refuse (`\u12`) is kept as written.
pub fn parse(text: &str) -> Vec<Property> {
    lines(text).0
}

/// The comments of a text, from behind `#` or `!` to the end of the line.
pub fn comments(text: &str) -> Vec<Span> {
    lines(text).1
}

fn lines(text: &str) -> (Vec<Property>, Vec<Span>) {
    let (mut properties, mut comments) = (Vec::new(), Vec::new());
    let mut line = Line { text, at: 0 };
    while line.at < text.len() {
        // A line of nothing but its continuation counts for nothing: a comment may follow.
        line.at = line.behind_blanks(line.at);
        line.at = line.behind_continuations();
        match line.peek() {
            None => (),
            // An empty line, or the end of one that was read.
            Some('\n' | '\r') => line.at += 1,
            Some('#' | '!') => {
                let end = text[line.at..].find(['\n', '\r']).map_or(text.len(), |length| line.at + length);
                comments.push(Span::new(line.at + 1, end));
                line.at = end;
            }
            Some(_) => properties.push(property(&mut line)),
        }
    }
    (properties, comments)
}

fn property(line: &mut Line) -> Property {
    let ends_key = |unit: &Unit| !unit.escaped && matches!(unit.c, '=' | ':' | ' ' | '\t' | '\x0c');
    let start = line.at;
    let (key, key_span) = gather(line, start, |unit| !ends_key(unit));
    // Blanks, one sign at most, blanks.
    let mut sign_seen = false;
    let mut behind = line.at;
    while let Some(unit) = line.ahead().filter(ends_key) {
        if matches!(unit.c, '=' | ':') && std::mem::replace(&mut sign_seen, true) {
            break;
        }
        line.at = unit.end;
        behind = unit.end;
    }
    let (value, value_span) = gather(line, behind, |_| true);
    Property { key, key_span, value, value_span }
}

/// The characters as long as they belong, and the stretch that they were written
/// on: an empty one at `place` if there are none.
fn gather(line: &mut Line, place: usize, belongs: impl Fn(&Unit) -> bool) -> (String, Span) {
    let mut gathered = String::new();
    let mut span = None;
    while let Some(unit) = line.ahead().filter(&belongs) {
        gathered.push(unit.c);
        span = Some((span.map_or(unit.start, |(start, _)| start), unit.end));
        line.at = unit.end;
    }
    if line.ahead().is_none() {
        // Nothing but continuations is left, which must not be read as a line of its own.
        line.at = line.behind_continuations();
    }
    let (start, end) = span.unwrap_or((place, place));
    (gathered, Span::new(start, end))
}

/// One character of a logical line.
struct Unit {
    c: char,
    start: usize,
    end: usize,
    escaped: bool,
}

/// A position in a logical line, which may cover several lines of text.
struct Line<'a> {
    text: &'a str,
    at: usize,
}

impl Line<'_> {
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn behind_blanks(&self, at: usize) -> usize {
        self.text.len() - self.text[at..].trim_start_matches([' ', '\t', '\x0c']).len()
    }

    /// Passes over backslashes that stand before the end of a line, and the
    /// blanks that begin the next.
    fn behind_continuations(&self) -> usize {
        let mut at = self.at;
        loop {
            let Some(rest) = self.text[at..].strip_prefix('\\') else { return at };
            let broken = if rest.starts_with("\r\n") {
                2
            } else if rest.starts_with(['\r', '\n']) {
                1
            } else if rest.is_empty() {
                0
            } else {
                return at;
            };
            at = self.behind_blanks(at + 1 + broken);
        }
    }

    /// The next character of the logical line, which is not yet passed.
    fn ahead(&self) -> Option<Unit> {
        let start = self.behind_continuations();
        let mut rest = self.text[start..].chars();
        let unit = |c, length, escaped| Some(Unit { c, start, end: start + length, escaped });
        match rest.next()? {
            '\n' | '\r' => None,
            '\\' => match rest.next()? {
                'u' => match unicode(&self.text[start..]) {
                    Some((c, length)) => unit(c, length, true),
                    None => unit('\\', 1, true),
                },
                't' => unit('\t', 2, true),
                'n' => unit('\n', 2, true),
                'r' => unit('\r', 2, true),
                'f' => unit('\x0c', 2, true),
                c => unit(c, 1 + c.len_utf8(), true),
            },
            c => unit(c, c.len_utf8(), false),
        }
    }
}

/// The character of `\uXXXX`, of two of them where one half of a pair needs the
/// other, and how long that is.
fn unicode(text: &str) -> Option<(char, usize)> {
    let half = |at: usize| {
        let digits = text.get(at..)?.strip_prefix("\\u")?.get(..4)?;
        let is_number = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        is_number.then(|| u16::from_str_radix(digits, 16).ok()).flatten()
    };
    let first = half(0)?;
    if let Some(c) = char::from_u32(first.into()) {
        return Some((c, 6));
    }
    let pair = half(6).and_then(|second| char::decode_utf16([first, second]).next()?.ok());
    Some(pair.map_or((char::REPLACEMENT_CHARACTER, 6), |c| (c, 12)))
}

#[cfg(test)]
mod tests;
