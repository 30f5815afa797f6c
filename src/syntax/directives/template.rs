//! Text that some program fills in before nginx sees it: Jinja, Go, ERB,
//! `envsubst` and the home-made marks of installers.

use std::ops::Range;

use memchr::memmem;

/// Whether a word holds something that is filled in later. `$name` and
/// `${name}` do not count: these are variables of nginx.
pub fn placeholder(text: &str) -> bool {
    placeholder_at(text).is_some()
}

/// Where the first such thing stands in `text`.
pub fn placeholder_at(text: &str) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let length = match byte {
            b'{' | b'<' | b'@' | b'_' | b'%' | b'$' | b'#' | b'[' => length_at(text, at),
            _ => None,
        };
        match length {
            Some(length) => return Some(at..at + length),
            // A run of the same mark has been judged by its first byte; going
            // through it once more for each of them would take quadratic time.
            None if matches!(byte, b'_' | b'@' | b'%') => at += run(bytes, at),
            None => at += 1,
        }
    }
    None
}

fn run(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().take_while(|byte| **byte == bytes[at]).count()
}

/// Marks are names; nothing longer than this is one.
const LONGEST: usize = 128;

fn length_at(text: &str, at: usize) -> Option<usize> {
    let rest = &text.as_bytes()[at..];
    let rest = rest.get(..LONGEST).unwrap_or(rest);
    let before = at.checked_sub(1).map(|before| text.as_bytes()[before]);
    match rest {
        [b'{', b'{' | b'%', ..] | [b'<', b'%', ..] => {
            let close = match rest[..2] {
                [b'{', b'{'] => b"}}",
                [b'{', _] => b"%}",
                _ => b"%>",
            };
            Some(memmem::find(rest, close).map_or(2, |end| end + 2))
        }
        [b'$', b'{', name @ ..] => {
            upper_name(name, b"}").or_else(|| dotted_name(name)).map(|length| length + 3)
        }
        [b'$', b'(', name @ ..] => upper_name(name, b")").map(|length| length + 3),
        [b'#', b'{', name @ ..] => any_name(name, b"}").map(|length| length + 3),
        [b'[', b'[', name @ ..] => any_name(name, b"]]").map(|length| length + 4),
        [b'_', b'_', name @ ..] => upper_name(name, b"__").map(|length| length + 4),
        [b'%', b'%', name @ ..] => upper_name(name, b"%%").map(|length| length + 4),
        // `%20%` and the like are escapes of an address.
        [b'%', name @ ..] => upper_name(name, b"%").filter(|length| *length > 3).map(|length| length + 2),
        [b'@', name @ ..] if before.is_none_or(|byte| !byte.is_ascii_alphanumeric()) => {
            any_name(name, b"@").map(|length| length + 2)
        }
        // `(?<name>` names a group of a regular expression.
        [b'<', name @ ..] if before.is_none_or(|byte| !matches!(byte, b'?' | b'P')) => {
            let length = any_name(name, b">")?;
            let name = std::str::from_utf8(&name[..length]).ok()?;
            (!is_markup(name) && !text.contains("</")).then_some(length + 2)
        }
        _ => None,
    }
}

/// The length of a name in capitals before `close`; defaults as in `${PORT:-443}` belong to it.
fn upper_name(rest: &[u8], close: &[u8]) -> Option<usize> {
    let end = memmem::find(rest, close)?;
    let name = rest[..end].split(|byte| *byte == b':').next()?;
    let capital = name.first().is_some_and(u8::is_ascii_uppercase);
    (capital && name.iter().all(|byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'_'))).then_some(end)
}

/// `${web.http.port}`: a variable of nginx has no dots.
fn dotted_name(rest: &[u8]) -> Option<usize> {
    let length = any_name(rest, b"}")?;
    rest[..length].contains(&b'.').then_some(length)
}

fn any_name(rest: &[u8], close: &[u8]) -> Option<usize> {
    let end = memmem::find(rest, close)?;
    let name = rest[..end].trim_ascii();
    let letter = name.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'$');
    let rest_of_name =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b' ' | b'$');
    (letter && name.iter().all(rest_of_name)).then_some(end)
}

/// Tags of HTML that stand in answers and substitutions.
fn is_markup(name: &str) -> bool {
    const TAGS: [&str; 16] = [
        "a", "b", "body", "br", "center", "div", "h1", "h2", "head", "hr", "html", "meta", "p", "script",
        "style", "title",
    ];
    let name = name.split(' ').next().unwrap_or(name);
    TAGS.iter().any(|tag| tag.eq_ignore_ascii_case(name))
}

/// The openings of statements and expressions that break the words around them,
/// and what closes each.
const UNITS: [(&[u8], &[u8]); 5] =
    [(b"{{", b"}}"), (b"{%", b"%}"), (b"{#", b"#}"), (b"<%", b"%>"), (b"!{", b"}")];

/// Finds whole statements of templates. Remembers which closing mark does not
/// come any more, so that a text full of openings is searched once.
pub(super) struct Units {
    gone: [bool; 5],
}

impl Units {
    pub(super) fn new() -> Self {
        Self { gone: [false; 5] }
    }

    /// The end of the statement that opens at `at`, if one does.
    pub(super) fn end(&mut self, bytes: &[u8], at: usize) -> Option<usize> {
        let opening = bytes.get(at..at + 2)?;
        let index = UNITS.iter().position(|(open, _)| *open == opening)?;
        if self.gone[index] {
            return None;
        }
        let rest = &bytes[at + 2..];
        // `{#` is also a block that begins with a comment, so its end must stand on the same line.
        let rest = if index == 2 { &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())] } else { rest };
        let found = memmem::find(rest, UNITS[index].1);
        self.gone[index] = found.is_none() && index != 2;
        found.map(|end| at + 2 + end + UNITS[index].1.len())
    }
}
