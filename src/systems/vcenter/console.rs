//! What vCert prints while it looks: a task in 52 columns, and a word about it in 13.

use crate::model::vcenter::Status;

use super::{Reading, lines::lines};

/// The words, some of which are parts of others.
const WORDS: &[&str] = &[
    "VALID",
    "EXPIRED",
    "NOT FOUND",
    "PROBLEM",
    "NO PNID",
    "KEY USAGE",
    "NO SAN",
    "MISMATCH",
    "MISSING CA",
    "EMBEDDED CA",
    "ALGORITHM",
    "NON-CA",
    "BAD ALIAS",
    "NO SKID",
    "MISSING",
    "PERMISSIONS",
    "PRESENT",
];

/// Width of a line, give or take what a paste does to it.
const WIDTH: std::ops::RangeInclusive<usize> = 60..=70;

pub(super) fn is_one(text: &str) -> bool {
    let lines = lines(text);
    let found = lines.iter().filter(|it| status(it.text, it.indent).is_some()).count();
    let checking = lines.iter().filter(|it| plain(it.text).starts_with("Checking ")).count();
    found >= 2 && checking >= 1
}

/// Without the colours of a terminal.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\u{1b}') {
        out.push_str(&rest[..at]);
        let tail = &rest[at..];
        let end = tail.find(|c: char| c.is_ascii_alphabetic()).map_or(tail.len(), |end| end + 1);
        rest = &tail[end..];
    }
    out.push_str(rest);
    out
}

/// Task and word of a line.
fn status(text: &str, indent: usize) -> Option<(String, String)> {
    let plain = plain(text);
    let line = plain.trim_end();
    if !WIDTH.contains(&(line.chars().count() + indent)) {
        return None;
    }
    let gap = line.rfind("  ")?;
    let (task, word) = (line[..gap].trim(), line[gap..].trim());
    let days = word.strip_suffix(" DAYS").is_some_and(|it| it.parse::<i64>().is_ok());
    (!task.is_empty() && (days || WORDS.contains(&word))).then(|| (task.to_owned(), word.to_owned()))
}

pub(super) fn read(text: &str, reading: &mut Reading) {
    if !is_one(text) {
        return;
    }
    let mut heading = String::new();
    for line in lines(text) {
        let Some((task, word)) = status(line.text, line.indent) else {
            let plain = plain(line.text);
            if plain.trim_end().ends_with(':') {
                plain.trim_end().trim_end_matches(':').clone_into(&mut heading);
            } else if line.indent == 0 {
                heading.clear();
            }
            continue;
        };
        if line.indent == 0 {
            heading.clear();
        }
        let at = line.text.rfind(&word).unwrap_or_default();
        let span = crate::source::Span::new(line.start + at, line.start + at + word.len());
        let word = crate::model::Said { text: word, at: reading.at(span) };
        reading.unit.statuses.push(Status { task, word, heading: heading.clone() });
    }
}
