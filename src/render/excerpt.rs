//! The lines that one finding shows: made printable, clipped around their
//! labels, and handed to codespan as if they were the files.

use std::{collections::BTreeMap, ops::Range};

use codespan_reporting::files::{Error, Files, Location as Locus};

use crate::{
    finding::visible::{acts, push_escape},
    source::{Position, Source, Span},
};

/// Lines longer than this, in bytes, are clipped.
const WIDTH: usize = 200;

/// How many bytes stay before the first label of a clipped line.
const BEFORE: usize = 60;

/// The excerpts of one finding, by file.
#[derive(Default)]
pub(super) struct Excerpts {
    files: Vec<Excerpt>,
}

struct Excerpt {
    name: String,
    /// Printable lines, each with its line end.
    text: String,
    /// Where each shown line stands in the text, by its 0-based number in the file.
    lines: BTreeMap<usize, Range<usize>>,
    /// Where each label starts in the text, and in the file.
    starts: Vec<(usize, Position)>,
}

impl Excerpts {
    /// Adds a file and gives, for each span, where it stands in the excerpt;
    /// `None` for a span that a clipped line does not reach.
    pub(super) fn add(
        &mut self,
        name: String,
        source: &Source,
        spans: &[Span],
    ) -> Vec<Option<(usize, Range<usize>)>> {
        let file = self.files.len();
        let mut excerpt = Excerpt { name, text: String::new(), lines: BTreeMap::new(), starts: Vec::new() };
        let mut by_line: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (index, span) in spans.iter().enumerate() {
            let start = (span.start as usize).min(source.text.len()) as u32;
            by_line.entry(source.line_index(start)).or_default().push(index);
        }
        // codespan shows a lone line between two labelled ones; it must be there.
        let numbers: Vec<usize> = by_line.keys().copied().collect();
        for pair in numbers.windows(2) {
            let apart = source.number_in_file(pair[1]) - source.number_in_file(pair[0]);
            if pair[1] - pair[0] == 2 && apart == 2 {
                by_line.entry(pair[0] + 1).or_default();
            }
        }
        let mut places = vec![None; spans.len()];
        for (line, indexes) in by_line {
            let shown: Vec<Span> = indexes.iter().map(|index| spans[*index]).collect();
            for (index, place) in indexes.iter().zip(excerpt.push(source, line, &shown)) {
                if let Some(place) = &place {
                    excerpt.starts.push((place.start, source.position(spans[*index].start)));
                }
                places[*index] = place.map(|place| (file, place));
            }
        }
        self.files.push(excerpt);
        places
    }

    /// How many digits the largest line number has; 0 without lines.
    pub(super) fn digits(&self) -> usize {
        let last = self.files.iter().filter_map(|file| file.lines.keys().next_back()).max();
        last.map_or(0, |line| (line + 1).to_string().len())
    }

    fn file(&self, id: usize) -> Result<&Excerpt, Error> {
        self.files.get(id).ok_or(Error::FileMissing)
    }
}

impl Excerpt {
    /// Adds a line. A label that goes on to further lines is shown on its first one:
    /// thirty lines of base64 tell nobody anything.
    fn push(&mut self, source: &Source, line: usize, spans: &[Span]) -> Vec<Option<Range<usize>>> {
        let whole = source.line_range(line).unwrap_or_default();
        let text = source.text.get(whole.clone()).unwrap_or_default().trim_end_matches(['\n', '\r']);
        let within = |at: u32| floor(text, (at as usize).saturating_sub(whole.start));
        let marks: Vec<(usize, usize)> =
            spans.iter().map(|span| (within(span.start), within(span.end.max(span.start)))).collect();

        let window = window(text, marks.iter().map(|(start, _)| *start).min().unwrap_or_default());
        let from = self.text.len();
        if window.start > 0 {
            self.text.push('…');
        }
        // Where each byte of the window went; one more for its end.
        let mut moved = BTreeMap::new();
        for (at, c) in text[window.clone()].char_indices() {
            moved.insert(window.start + at, self.text.len());
            if c != '\t' && acts(c) {
                push_escape(&mut self.text, c);
            } else {
                self.text.push(c);
            }
        }
        moved.insert(window.end, self.text.len());
        if window.end < text.len() {
            self.text.push('…');
        }
        self.text.push('\n');
        self.lines.insert(source.number_in_file(line), from..self.text.len());
        marks
            .into_iter()
            .map(|(start, end)| Some(*moved.get(&start)?..*moved.get(&end.min(window.end))?))
            .collect()
    }
}

/// The part of a line that is shown when its first label starts at `first`.
fn window(text: &str, first: usize) -> Range<usize> {
    if text.len() <= WIDTH {
        return 0..text.len();
    }
    // The end of the line is shown whole where the label stands near it.
    let start = first.saturating_sub(BEFORE).min(text.len() - WIDTH);
    floor(text, start)..floor(text, start + WIDTH)
}

/// The start of the character that holds a byte, within the text.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default()
}

impl<'a> Files<'a> for Excerpts {
    type FileId = usize;
    type Name = &'a str;
    type Source = &'a str;

    fn name(&'a self, id: usize) -> Result<&'a str, Error> {
        Ok(&self.file(id)?.name)
    }

    fn source(&'a self, id: usize) -> Result<&'a str, Error> {
        Ok(&self.file(id)?.text)
    }

    fn line_index(&'a self, id: usize, byte: usize) -> Result<usize, Error> {
        let found = self.file(id)?.lines.iter().find(|(_, range)| range.contains(&byte));
        found.map(|(line, _)| *line).ok_or(Error::LineTooLarge { given: byte, max: 0 })
    }

    fn line_range(&'a self, id: usize, line: usize) -> Result<Range<usize>, Error> {
        self.file(id)?.lines.get(&line).cloned().ok_or(Error::LineTooLarge { given: line, max: 0 })
    }

    fn location(&'a self, id: usize, byte: usize) -> Result<Locus, Error> {
        let found = self.file(id)?.starts.iter().find(|(start, _)| *start == byte);
        found
            .map(|(_, at)| Locus { line_number: at.line, column_number: at.column })
            .ok_or(Error::InvalidCharBoundary { given: byte })
    }
}
