//! Strings whose escapes are not all those of the grammar.

use std::ops::Range;

/// Resolves the escapes there are. One that is none keeps its backslash, as
/// json-simple has it; the first of them is handed back. Half of a surrogate
/// pair is good grammar, and no character.
pub(super) fn unescape(content: &str) -> (String, Option<Range<usize>>) {
    let mut out = String::with_capacity(content.len());
    let mut bad = None;
    let mut rest = content;
    while let Some((before, behind)) = rest.split_once('\\') {
        out.push_str(before);
        let at = content.len() - behind.len() - 1;
        let taken = match behind.chars().next() {
            Some('u') => unicode(behind).map(|(character, length)| {
                out.push(character);
                length
            }),
            Some(letter) => simple(letter).map(|character| {
                out.push(character);
                1
            }),
            None => None,
        };
        if taken.is_none() {
            out.push('\\');
            let length = behind.chars().next().map_or(0, char::len_utf8);
            bad.get_or_insert(at..at + 1 + length);
        }
        rest = &behind[taken.unwrap_or(0)..];
    }
    out.push_str(rest);
    (out, bad)
}

fn simple(letter: char) -> Option<char> {
    Some(match letter {
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        '"' | '\\' | '/' => letter,
        _ => return None,
    })
}

/// The character of `uXXXX`, or of a pair of them, and its length.
fn unicode(text: &str) -> Option<(char, usize)> {
    let unit = |text: &str| {
        let digits = text.strip_prefix('u')?.get(..4)?;
        digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(())?;
        u16::from_str_radix(digits, 16).ok()
    };
    let first = unit(text)?;
    let second = text[5..].strip_prefix('\\').and_then(unit);
    let pair = [first, second.unwrap_or_default()];
    let mut decoded = char::decode_utf16(pair);
    Some(match decoded.next() {
        Some(Ok(character)) => (character, if character.len_utf16() == 2 { 11 } else { 5 }),
        _ => (char::REPLACEMENT_CHARACTER, 5),
    })
}
