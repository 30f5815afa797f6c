//! Lines of prints and transcripts with their places, and labels with what stands behind them. Tabs may have become blanks.

use crate::{
    model::Said,
    source::{FileId, Location, Span},
};

/// A line, trimmed.
#[derive(Copy, Clone, Debug)]
pub(super) struct Line<'t> {
    pub text: &'t str,
    /// Where it begins in the text of the file.
    pub start: usize,
    /// Blanks before it.
    pub indent: usize,
}

const BLANK: &[char] = &[' ', '\t', '\u{a0}', '\u{feff}', '\r'];

impl<'t> Line<'t> {
    pub(super) fn span(&self) -> Span {
        Span::new(self.start, self.start + self.text.len())
    }

    /// What stands behind a label and its colon, blanks around the colon ignored. The case of the label counts.
    pub(super) fn value(&self, label: &str) -> Option<Line<'t>> {
        let rest = self.text.strip_prefix(label)?.trim_start_matches(BLANK).strip_prefix(':')?;
        Some(self.tail(rest))
    }

    /// What stands behind a word.
    pub(super) fn behind(&self, word: &str) -> Option<Line<'t>> {
        Some(self.tail(self.text.strip_prefix(word)?))
    }

    /// The end of the line from a part of it on, trimmed.
    fn tail(&self, rest: &'t str) -> Line<'t> {
        let text = rest.trim_matches(BLANK);
        let blank = rest.len() - rest.trim_start_matches(BLANK).len();
        let start = self.start + self.text.len() - rest.len() + if text.is_empty() { 0 } else { blank };
        Line { text, start, indent: 0 }
    }

    pub(super) fn at(&self, file: FileId) -> Location {
        Location::text(file, self.span())
    }

    pub(super) fn said(&self, file: FileId) -> Said {
        Said { text: self.text.to_owned(), at: self.at(file) }
    }
}

/// The lines of a text that are not empty.
pub(super) fn lines(text: &str) -> Vec<Line<'_>> {
    let mut found = Vec::new();
    let mut start = 0;
    for raw in text.split_inclusive('\n') {
        let from = start;
        start += raw.len();
        let line = raw.trim_end_matches(['\n', '\r', ' ', '\t', '\u{a0}']);
        let trimmed = line.trim_start_matches(BLANK);
        if !trimmed.is_empty() {
            let indent = line[..line.len() - trimmed.len()].chars().count();
            found.push(Line { text: trimmed, start: from + line.len() - trimmed.len(), indent });
        }
    }
    found
}
