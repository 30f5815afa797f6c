//! What `nginx -T` prints: every file of a running configuration in one text.

use crate::source::Span;

/// One file of a dump.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// Its absolute path on the server.
    pub name: &'a str,
    /// Where the path stands.
    pub name_span: Span,
    /// The text of the file.
    pub span: Span,
}

const HEADER: &str = "# configuration file ";

/// The files of a dump in the order in which nginx loaded them, the main file
/// first. Nothing where the text is no dump.
pub fn split_dump(text: &str) -> Option<Vec<Part<'_>>> {
    let mut parts: Vec<Part<'_>> = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        if let Some(name) = header(line) {
            if let Some(last) = parts.last_mut() {
                last.span.end = end_of_file(text, last.span.start as usize, start) as u32;
            }
            let name_start = start + HEADER.len();
            let name_span = Span::new(name_start, name_start + name.len());
            parts.push(Part { name, name_span, span: Span::new(at, text.len()) });
        } else if parts.is_empty() && !around_a_dump(line) {
            return None;
        }
    }
    let last = parts.last_mut()?;
    last.span.end = end_of_file(text, last.span.start as usize, text.len()) as u32;
    Some(parts)
}

fn header(line: &str) -> Option<&str> {
    let name = line.strip_prefix(HEADER)?.trim_end_matches(['\r', '\n']).strip_suffix(':')?;
    let drive = matches!(name.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
    (name.starts_with('/') || drive).then_some(name)
}

/// nginx prints a line end of its own behind every file.
fn end_of_file(text: &str, start: usize, end: usize) -> usize {
    let part = text.get(start..end).unwrap_or_default();
    let part = part.strip_suffix('\n').map_or(part, |part| part.strip_suffix('\r').unwrap_or(part));
    start + part.len()
}

/// Lines that come before the first file: messages of nginx itself, and the
/// command where somebody copied it along.
fn around_a_dump(line: &str) -> bool {
    let line = line.trim();
    line.is_empty()
        || line.starts_with("nginx: ")
        || line.contains("nginx -T")
        || line.contains("nginx -t")
        || dated(line)
}

/// `2026/11/22 10:11:12 [warn] 1#1: …`
fn dated(line: &str) -> bool {
    line.split_once(" [").is_some_and(|(date, _)| {
        date.len() == 19
            && date.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'/' | b':' | b' '))
    })
}
