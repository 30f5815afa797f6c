//! The lines that open and close a block, also where they are not quite right.

use crate::source::Span;

use super::OddityKind;

/// Labels are short; a longer one is prose.
const LONGEST_LABEL: usize = 64;

/// More dashes than this before a word are a rule across the page.
const MOST_DASHES: usize = 12;

/// `-----BEGIN label-----`, or `END`.
pub(super) struct Boundary {
    pub(super) span: Span,
    pub(super) label: String,
    /// What is wrong with its dashes, if anything.
    pub(super) dashes: Option<OddityKind>,
    /// The label has spaces too many.
    pub(super) spacing: bool,
}

fn is_smart_dash(c: char) -> bool {
    matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' | '\u{FF0D}' | '\u{AD}')
}

fn is_dash(c: char) -> bool {
    c == '-' || is_smart_dash(c)
}

/// A run of dashes: its length in bytes and in characters, and whether some are no ASCII.
#[derive(Copy, Clone)]
struct Dashes {
    bytes: usize,
    count: usize,
    smart: bool,
}

fn dashes(chars: impl Iterator<Item = char>) -> Dashes {
    let mut run = Dashes { bytes: 0, count: 0, smart: false };
    for c in chars.take_while(|c| is_dash(*c)).take(MOST_DASHES + 1) {
        run.bytes += c.len_utf8();
        run.count += 1;
        run.smart |= c != '-';
    }
    run
}

/// The boundary whose word (`BEGIN` or `END`) stands at `at`. Nothing before
/// `floor` belongs to it.
pub(super) fn around(text: &str, floor: usize, at: usize, word: &str) -> Option<Boundary> {
    let before = text.get(floor..at)?;
    let spaced = before.ends_with(' ');
    let before = before.strip_suffix(' ').unwrap_or(before);
    let lead = dashes(before.chars().rev());
    if lead.count > MOST_DASHES || (lead.count < 2 && !lead.smart) || lead.count == 0 {
        return None;
    }
    let start = floor + before.len() - lead.bytes;
    let rest = text.get(at + word.len()..)?;
    let (raw, tail) = label(rest)?;
    let label = raw.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    // Armour of PGP and public keys of SSH look alike and are other formats.
    if label.is_empty() || label.starts_with("PGP ") || label.starts_with("SSH2 ") {
        return None;
    }
    let exact =
        lead.count == 5 && !lead.smart && !spaced && raw.starts_with(' ') && tail.count >= 5 && !tail.smart;
    // Ten dashes are five of this boundary and five of the next.
    let glued = tail.count >= 10;
    let tail_bytes = if glued && !tail.smart { 5 } else { tail.bytes };
    let kind = if lead.smart || tail.smart { OddityKind::SmartDashes } else { OddityKind::WrongDashes };
    let odd = (!exact || (tail.count != 5 && !glued)).then_some(kind);
    if odd.is_some() && !well_known(&label) {
        return None;
    }
    let end = at + word.len() + raw.len() + tail_bytes;
    let spacing = odd.is_none() && raw.get(1..) != Some(label.as_str());
    Some(Boundary { span: Span::new(start, end), label, dashes: odd, spacing })
}

/// A label with the space before it, and the dashes behind it.
fn label(rest: &str) -> Option<(&str, Dashes)> {
    let rest = rest.get(..LONGEST_LABEL + 4 * MOST_DASHES).unwrap_or_else(|| {
        let mut end = (LONGEST_LABEL + 4 * MOST_DASHES).min(rest.len());
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        &rest[..end]
    });
    for (at, c) in rest.char_indices().take(LONGEST_LABEL) {
        if is_dash(c) {
            let tail = dashes(rest[at..].chars());
            // A single dash may be part of a label.
            if tail.count > 1 || tail.smart {
                return Some((&rest[..at], tail));
            }
        } else if matches!(c, '\n' | '\r' | '\\') {
            return Some((rest[..at].trim_end(), dashes("".chars())));
        } else if !(c.is_ascii_alphanumeric() || matches!(c, ' ' | '\t' | '.' | '/' | '_' | '+' | '#')) {
            return None;
        }
    }
    (rest.len() < LONGEST_LABEL).then_some((rest.trim_end(), dashes("".chars())))
}

/// What is called like this is meant to be a boundary even where its dashes are wrong.
fn well_known(label: &str) -> bool {
    let upper = label.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b' ');
    let last = label.rsplit(' ').next().unwrap_or(label);
    upper
        && matches!(
            last,
            "CERTIFICATE" | "KEY" | "REQUEST" | "CRL" | "PARAMETERS" | "PKCS7" | "CMS" | "CHAIN"
        )
}
