//! References in text and values: `&amp;`, `&#10;`. A reference to anything
//! that a document would have to define stays as it is written.

use memchr::memchr;
use quick_xml::escape::resolve_predefined_entity;

use super::{SlipKind, slips::Slips};

/// No name of an entity that anybody means is longer.
const LONGEST: usize = 64;

/// The text that `raw` stands for; `at` is the place of `raw` in the whole.
pub(super) fn resolve(raw: &str, at: usize, slips: &mut Slips) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(ampersand) = memchr(b'&', rest.as_bytes()) {
        let (before, from) = rest.split_at(ampersand);
        out.push_str(before);
        let start = at + raw.len() - from.len();
        let Some(name) = name(&from[1..]) else {
            slips.push(SlipKind::BareAmpersand, start, start + 1, "`&` has to be written `&amp;`");
            out.push('&');
            rest = &from[1..];
            continue;
        };
        let (written, behind) = from.split_at(name.len() + 2);
        match (resolve_predefined_entity(name), character(name)) {
            (Some(known), _) => out.push_str(known),
            (None, Some(character)) => out.push(character),
            (None, None) => {
                let end = start + written.len();
                slips.push(SlipKind::UnknownEntity, start, end, "the reference names nothing that is known");
                out.push_str(written);
            }
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// The name between `&` and `;`.
fn name(text: &str) -> Option<&str> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"#_-.:".contains(byte);
    let length = text.bytes().take(LONGEST).take_while(is_part).count();
    (length > 0 && text.as_bytes().get(length) == Some(&b';')).then(|| &text[..length])
}

/// The character of `#10` or `#xA`.
fn character(name: &str) -> Option<char> {
    let number = name.strip_prefix('#')?;
    let code = match number.strip_prefix('x') {
        Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
        None => number.parse(),
    };
    code.ok().filter(|code| *code != 0).and_then(char::from_u32)
}
