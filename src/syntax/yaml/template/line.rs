//! Lines of a template: what on them belongs to the engine, and whether there
//! is anything else.

use std::ops::Range;

use super::Blanked;
use crate::source::Span;

/// No stretch is longer, so that looking for its end costs little where there
/// is none.
const LONGEST: usize = 2000;

/// A line, or several if a comment of the engine goes on over them.
pub(super) struct Line<'a> {
    text: &'a str,
    start: usize,
    /// Spaces before the first character.
    pub(super) indent: usize,
    /// The stretches of the engine, as places in the whole text.
    pub(super) stretches: Vec<Range<usize>>,
}

/// Whether looking closer is worth it.
pub(super) fn may_hold_stretches(text: &str) -> bool {
    ["{{", "{%", "{#", "@"].into_iter().any(|opening| text.contains(opening))
}

impl<'a> Line<'a> {
    pub(super) fn all(text: &'a str) -> Vec<Self> {
        let mut lines = Vec::new();
        let mut start = 0;
        while start < text.len() {
            let line = Self::at(text, start);
            start += line.text.len();
            lines.push(line);
        }
        lines
    }

    fn at(text: &'a str, start: usize) -> Self {
        let rest = &text[start..];
        let end = memchr::memchr(b'\n', rest.as_bytes()).map_or(rest.len(), |end| end + 1);
        let indent = (rest.len() - rest.trim_start_matches(' ').len()).min(end);
        if let Some(length) = comment(&rest[indent..]).filter(|length| indent + length > end) {
            let behind = &rest[indent + length..];
            let line_end = memchr::memchr(b'\n', behind.as_bytes()).map_or(behind.len(), |end| end + 1);
            if behind[..line_end].trim().is_empty() {
                let stretch = start + indent..start + indent + length;
                let text = &rest[..indent + length + line_end];
                return Self { text, start, indent, stretches: vec![stretch] };
            }
        }
        let text = &rest[..end];
        let stretches =
            stretches(text).into_iter().map(|found| found.start + start..found.end + start).collect();
        Self { text, start, indent, stretches }
    }

    /// The line without its end, to be blanked.
    pub(super) fn blanked(&self, in_scalar: bool) -> Blanked {
        let written = self.text.trim_end();
        let end = self.start + written.len();
        let first = written.len() - written.trim_start().len();
        Blanked { written: Span::new(self.start + first, end), range: self.start..end, in_scalar }
    }

    pub(super) fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// Whether YAML sees something in it even when the template is gone.
    pub(super) fn is_significant(&self) -> bool {
        !self.is_blank() && !self.is_template() && !self.text.trim_start().starts_with('#')
    }

    /// Whether nothing but a template stands on it.
    pub(super) fn is_template(&self) -> bool {
        let mut at = self.start;
        let mut gaps = self.stretches.iter().map(|stretch| {
            let gap = &self.text[at - self.start..stretch.start - self.start];
            at = stretch.end;
            gap
        });
        let only = gaps.all(|gap| gap.trim().is_empty());
        only && self.text[at - self.start..].trim().is_empty() && self.text.trim_start().starts_with('{')
    }

    /// Whether it steers the engine and leaves nothing behind.
    pub(super) fn is_control(&self) -> bool {
        const WORDS: &[&str] =
            &["if", "else", "end", "range", "with", "define", "block", "break", "continue"];
        if !self.is_template() {
            return false;
        }
        self.stretches.iter().all(|stretch| {
            let text = &self.text[stretch.start - self.start..stretch.end - self.start];
            let Some(inside) = text.strip_prefix("{{") else { return true };
            let inside = inside.trim_start_matches(['-', '~']).trim_start();
            let word = inside.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
            let assigns = inside.starts_with('$') && inside.contains('=');
            inside.starts_with(['/', '#', '!', '^']) || assigns || WORDS.contains(&word)
        })
    }

    pub(super) fn ends_in_colon(&self) -> bool {
        self.without_comment().ends_with(':')
    }

    /// The indent that the lines of a block scalar exceed, if one begins here.
    pub(super) fn block_scalar(&self) -> Option<usize> {
        let line = self.without_comment();
        let header = line.rsplit([' ', '\t']).next()?;
        let indicators = header.strip_prefix(['|', '>'])?;
        if indicators.len() > 2 || !indicators.bytes().all(|byte| matches!(byte, b'+' | b'-' | b'1'..=b'9')) {
            return None;
        }
        let mut key = line.trim_start();
        let mut indent = self.indent;
        while let Some(item) = key.strip_prefix("- ") {
            let item = item.trim_start();
            if item.len() == header.len() {
                break;
            }
            indent += key.len() - item.len();
            key = item;
        }
        Some(indent)
    }

    fn without_comment(&self) -> &str {
        let end = self.text.find(" #").unwrap_or(self.text.len());
        self.text[..end].trim_end()
    }
}

/// The stretches of a line.
fn stretches(line: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(next) = memchr::memchr2(b'{', b'@', &line.as_bytes()[at..]) {
        let start = at + next;
        match stretch(&line[start..]) {
            Some(length) => {
                found.push(start..start + length);
                at = start + length;
            }
            None => at = start + 1,
        }
    }
    found
}

/// The length of the stretch that a text begins with.
fn stretch(text: &str) -> Option<usize> {
    match text.as_bytes() {
        [b'{', b'{', ..] => expression(text),
        [b'{', b'%', ..] => closed(text, "%}"),
        [b'{', b'#', ..] => closed(text, "#}"),
        [b'@', rest @ ..] => {
            let word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
            let length = rest.iter().take(LONGEST).take_while(|byte| word(byte)).count();
            (length > 0 && rest.get(length) == Some(&b'@')).then_some(length + 2)
        }
        _ => None,
    }
}

/// `{{ … }}`, where maps may stand inside, or a `}` directly behind.
fn expression(text: &str) -> Option<usize> {
    let near = &text.as_bytes()[..text.len().min(LONGEST)];
    let mut depth = 0_usize;
    for (index, byte) in near.iter().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            b'\n' => break,
            _ => (),
        }
        if depth == 0 {
            if index > 0 && near[index - 1] == b'}' {
                return Some(index + 1);
            }
            break;
        }
    }
    closed(text, "}}")
}

/// A comment of the engine: `{{- /* … */ -}}`, `{# … #}`.
fn comment(text: &str) -> Option<usize> {
    if let Some(inside) = text.strip_prefix("{{") {
        let inside = inside.trim_start_matches(['-', '~']).trim_start();
        return if inside.starts_with("/*") || inside.starts_with('!') { near(text, "}}") } else { None };
    }
    if text.starts_with("{#") { near(text, "#}") } else { None }
}

/// The length up to the end of `closing`, if that is on the line.
fn closed(text: &str, closing: &str) -> Option<usize> {
    let line = memchr::memchr(b'\n', &text.as_bytes()[..text.len().min(LONGEST)]);
    near(text, closing).filter(|length| line.is_none_or(|line| *length <= line))
}

fn near(text: &str, closing: &str) -> Option<usize> {
    let near = &text.as_bytes()[..text.len().min(LONGEST)];
    memchr::memmem::find(near, closing.as_bytes()).map(|end| end + closing.len())
}
