//! Where a label stands, in the terms that formats for programs share: lines and columns, and an entry by its name.

use std::fmt::Write as _;

use crate::{
    finding::{Finding, Label, Outcome, one_line},
    source::{Place, Position, Source},
};

/// A label with its file.
pub(super) struct Placed<'a> {
    pub(super) source: &'a Source,
    /// First and last position; the first line where the file has none to show.
    pub(super) start: Position,
    pub(super) end: Position,
    /// It has a line of its own.
    pub(super) in_text: bool,
    /// The alias, where the place is an entry of a store.
    pub(super) entry: Option<&'a str>,
    pub(super) text: &'a str,
}

/// Every label of a finding that can be shown, the primary one first.
pub(super) fn placed<'a>(outcome: &'a Outcome, finding: &'a Finding) -> Vec<Placed<'a>> {
    finding.labels().filter_map(|label| of_label(outcome, label)).collect()
}

fn of_label<'a>(outcome: &'a Outcome, label: &'a Label) -> Option<Placed<'a>> {
    let source = outcome.source(label.at)?;
    let first = Position { line: 1, column: 1, byte: 0 };
    let (start, end, entry) = match label.at.place {
        Place::Text(span) => (source.position(span.start), source.position(span.end.max(span.start)), None),
        Place::Whole => (first, first, None),
        Place::Entry(index) => {
            (first, first, source.entries.get(index as usize).map(|entry| entry.name.as_str()))
        }
    };
    let in_text = matches!(label.at.place, Place::Text(_));
    Some(Placed { source, start, end, in_text, entry, text: &label.text })
}

impl Placed<'_> {
    /// `path:line:col`, or the path with the entry.
    pub(super) fn written(&self) -> String {
        match self.entry {
            Some(entry) => format!("{} (entry `{}`)", self.source.path, one_line(entry)),
            None if self.in_text => {
                format!("{}:{}:{}", self.source.path, self.start.line, self.start.column)
            }
            None => self.source.path.to_string(),
        }
    }
}

/// The message, every further place, and what to do, a line each.
pub(super) fn story(outcome: &Outcome, finding: &Finding) -> Vec<String> {
    let mut lines = vec![one_line(&finding.message)];
    for (index, place) in placed(outcome, finding).iter().enumerate() {
        let text = one_line(place.text);
        if index > 0 || !text.is_empty() {
            let colon = if text.is_empty() { "" } else { ": " };
            lines.push(one_line(&format!("{}{colon}{text}", place.written())));
        }
    }
    let help = one_line(outcome.help(finding));
    if !help.is_empty() {
        lines.push(format!("help: {help}"));
    }
    lines
}

/// A path as part of a URI: relative ones stay so, absolute ones get `file://`.
pub(super) fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    if path.starts_with('/') {
        uri.push_str("file://");
    } else if path.as_bytes().get(1) == Some(&b':') {
        uri.push_str("file:///");
    }
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => {
                uri.push(char::from(byte));
            }
            b':' if uri.starts_with("file:") => uri.push(':'),
            _ => drop(write!(uri, "%{byte:02X}")),
        }
    }
    uri
}

/// Whether a path lies outside the working folder.
pub(super) fn is_absolute(path: &str) -> bool {
    path.starts_with('/') || path.as_bytes().get(1) == Some(&b':')
}

/// Text for XML 1.0: markup is escaped, and characters that XML has no way to write are shown as escapes.
pub(super) fn xml(text: &str) -> String {
    let mut shown = String::with_capacity(text.len() + 16);
    for c in crate::finding::visible(text).chars() {
        match c {
            '&' => shown.push_str("&amp;"),
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '"' => shown.push_str("&quot;"),
            '\'' => shown.push_str("&apos;"),
            '\u{fffe}' | '\u{ffff}' => shown.push('\u{fffd}'),
            c => shown.push(c),
        }
    }
    shown
}
