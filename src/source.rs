//! Files, and places inside files. Spans count bytes of the *decoded* text;
//! line, column and on-disk byte are worked out from them when something is printed.

use std::{
    ops::Range,
    sync::{Arc, OnceLock},
};

pub mod decode;
pub mod own;

pub use decode::Encoding;

/// A file of one run. Ids follow the sorted order of paths, so they mean the
/// same thing whatever the number of threads.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A byte range in [`Source::text`].
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The span from `start` to `end`, in bytes of the decoded text.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start: start as u32, end: end as u32 }
    }

    /// The same as a range, to slice text with.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// From the start of `self` to the end of `other`.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { start: self.start, end: other.end }
    }
}

impl From<Range<usize>> for Span {
    fn from(range: Range<usize>) -> Self {
        Self::new(range.start, range.end)
    }
}

/// Where a fact was read.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    /// The file.
    pub file: FileId,
    /// Where in it.
    pub place: Place,
}

impl Location {
    /// A stretch of text of `file`.
    pub fn text(file: FileId, span: Span) -> Self {
        Self { file, place: Place::Text(span) }
    }

    /// The file as such.
    pub fn whole(file: FileId) -> Self {
        Self { file, place: Place::Whole }
    }
}

/// A place inside one file.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// The file as such: it is missing something, or cannot be read.
    Whole,
    /// A stretch of text that an editor can show.
    Text(Span),
    /// An entry of a store without text, by its index in [`Source::entries`].
    Entry(u32),
}

/// A named part of a store without text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The alias, or what stands for it.
    pub name: String,
    /// Its line in the listing.
    pub span: Span,
}

/// A position for people and programs: line and column are 1-based, the column
/// counts Unicode scalar values, the byte refers to the file on disk.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// 1-based line.
    pub line: usize,
    /// 1-based column in Unicode scalar values of the decoded text.
    pub column: usize,
    /// 0-based byte offset in the file on disk.
    pub byte: usize,
}

/// One input, read once and never changed afterwards.
#[derive(Clone, Debug)]
pub struct Source {
    /// As shown to people: relative to the working folder where it lies below
    /// it, else absolute, always with `/`.
    pub path: Arc<str>,
    /// What spans count in: the decoded text or, for a store, a listing with
    /// one line for each entry. Secrets are masked when the file is read, so
    /// nothing that prints can show them.
    pub text: String,
    /// Empty for a text file.
    pub entries: Box<[Entry]>,
    /// How the bytes on disk became [`Source::text`].
    pub encoding: Encoding,
    /// Counted when somebody asks for the first time: of most files nobody does.
    line_starts: OnceLock<Box<[u32]>>,
    /// Where the lines of the text stand in the file, where only some of it was kept.
    kept: Box<[(u32, u64)]>,
}

/// A line of a file that is too long to keep whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptLine {
    /// 0-based number of the line in the file.
    pub number: u32,
    /// Byte of its start in the file.
    pub byte: u64,
    /// The line without its end.
    pub text: String,
}

impl Source {
    /// A text file.
    pub fn text(path: impl Into<Arc<str>>, text: String, encoding: Encoding) -> Self {
        Self {
            path: path.into(),
            text,
            entries: Box::default(),
            encoding,
            line_starts: OnceLock::new(),
            kept: Box::default(),
        }
    }

    fn line_starts(&self) -> &[u32] {
        self.line_starts.get_or_init(|| {
            let ends = memchr::memchr_iter(b'\n', self.text.as_bytes());
            std::iter::once(0).chain(ends.map(|at| at as u32 + 1)).collect()
        })
    }

    /// A file without text, shown through a listing: one `(name, description)` an entry.
    pub fn listing(path: impl Into<Arc<str>>, lines: &[(String, String)]) -> Self {
        let mut text = String::new();
        let mut entries = Vec::new();
        for (name, description) in lines {
            let start = text.len();
            text.push_str(name);
            if !description.is_empty() {
                text.push_str("  ");
                text.push_str(description);
            }
            entries.push(Entry { name: name.clone(), span: Span::new(start, text.len()) });
            text.push('\n');
        }
        Self { entries: entries.into(), ..Self::text(path, text, Encoding::Binary) }
    }

    /// Some lines of a UTF-8 file, in its order: spans count in their text, one after the other with a line feed each,
    /// and positions are those of the file.
    pub fn excerpt(path: impl Into<Arc<str>>, lines: &[KeptLine]) -> Self {
        let mut text = String::new();
        for line in lines {
            text.push_str(&line.text);
            text.push('\n');
        }
        let kept = lines.iter().map(|line| (line.number, line.byte)).collect();
        Self { kept, ..Self::text(path, text, Encoding::Utf8 { bom: false }) }
    }

    /// 0-based number in the file of a line of the text.
    pub fn number_in_file(&self, line: usize) -> usize {
        match (self.kept.get(line), self.kept.last()) {
            (Some((number, _)), _) => *number as usize,
            (None, Some((last, _))) => *last as usize + 1,
            (None, None) => line,
        }
    }

    /// A file that was seen and not read: it has a path and nothing else.
    pub fn unread(path: impl Into<Arc<str>>) -> Self {
        Self::text(path, String::new(), Encoding::Binary)
    }

    /// Whether spans count in a listing, not in the file itself.
    pub fn is_binary(&self) -> bool {
        self.encoding == Encoding::Binary
    }

    /// Whether the text is that of the file from its first character to its last, masks aside.
    pub fn is_whole_text(&self) -> bool {
        !self.is_binary() && self.kept.is_empty()
    }

    /// The stretch of [`Source::text`] that shows a place.
    pub fn span(&self, place: Place) -> Span {
        match place {
            Place::Whole => Span::default(),
            Place::Text(span) => span,
            Place::Entry(index) => {
                self.entries.get(index as usize).map_or(Span::default(), |entry| entry.span)
            }
        }
    }

    /// The text under a span; empty where the span does not lie in the text.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or_default()
    }

    /// 0-based index of the line that holds byte `offset` of the text.
    pub fn line_index(&self, offset: u32) -> usize {
        self.line_starts().partition_point(|start| *start <= offset).saturating_sub(1)
    }

    /// The bytes of a line by its 0-based index, line end included.
    pub fn line_range(&self, index: usize) -> Option<Range<usize>> {
        let start = *self.line_starts().get(index)? as usize;
        let end = self.line_starts().get(index + 1).map_or(self.text.len(), |next| *next as usize);
        Some(start..end)
    }

    /// Line, column and on-disk byte of a byte offset of the text.
    pub fn position(&self, offset: u32) -> Position {
        let offset = (offset as usize).min(self.text.len());
        let line = self.line_index(offset as u32);
        let start = self.line_starts().get(line).map_or(0, |start| *start as usize);
        let column = self.text.get(start..offset).map_or(0, |text| text.chars().count());
        let byte = match self.kept.get(line) {
            Some((_, byte)) => *byte as usize + (offset - start),
            None => self.encoding.byte_on_disk(&self.text, offset),
        };
        Position { line: self.number_in_file(line) + 1, column: column + 1, byte }
    }

    /// 1-based column of a byte offset of the text, in bytes of UTF-8.
    pub fn byte_column(&self, offset: u32) -> usize {
        let offset = (offset as usize).min(self.text.len());
        let line = self.line_index(offset as u32);
        offset - self.line_starts().get(line).map_or(0, |start| *start as usize) + 1
    }

    /// Hides the passwords of URLs: `https://user:password@host/`.
    pub fn mask_url_passwords(&mut self) {
        let mut found = Vec::new();
        for at in memchr::memmem::find_iter(self.text.as_bytes(), b"://") {
            let rest = &self.text[at + 3..];
            let end = rest
                .find(|c: char| c.is_whitespace() || matches!(c, '/' | '"' | '\'' | '<' | '>' | '?' | '#'));
            let authority = &rest[..end.unwrap_or(rest.len())];
            let Some(cut) = authority.rfind('@') else { continue };
            if let Some(colon) = authority[..cut].find(':') {
                found.push(Span::new(at + 3 + colon + 1, at + 3 + cut));
            }
        }
        for span in found {
            self.mask(span);
        }
    }

    /// Hides private keys that are written into a text as blocks of PEM, closed or not.
    pub fn mask_private_keys(&mut self) {
        const END: &[u8] = b"PRIVATE KEY-----";
        let mut found = Vec::new();
        for at in memchr::memmem::find_iter(self.text.as_bytes(), END) {
            let line = &self.text.as_bytes()[at.saturating_sub(40)..at];
            // The name of the block stands between the dashes and here.
            if memchr::memmem::rfind(line, b"-----")
                .is_none_or(|dashes| !line[dashes..].starts_with(b"-----BEGIN"))
            {
                continue;
            }
            let start = at + END.len();
            let length = memchr::memmem::find(&self.text.as_bytes()[start..], b"-----");
            found.push(Span::new(start, length.map_or(self.text.len(), |length| start + length)));
        }
        for span in found {
            self.mask(span);
        }
    }

    /// Overwrites a span with characters of the same width, so that lines and
    /// columns stay and the secret is gone.
    pub fn mask(&mut self, span: Span) {
        let Some(secret) = self.text.get(span.range()) else { return };
        let masked: String =
            secret.chars().map(|c| if c.is_whitespace() { c } else { MASKS[c.len_utf8() - 1] }).collect();
        self.text.replace_range(span.range(), &masked);
    }

    /// Whether a character may stand for a masked one.
    pub fn is_mask(c: char) -> bool {
        MASKS.contains(&c)
    }
}

/// What stands for a masked character, by its width.
const MASKS: [char; 4] = ['*', '¿', '…', '\u{1F512}'];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_keeps_the_places_of_the_file() {
        let line = |number, byte, text: &str| KeptLine { number, byte, text: text.to_owned() };
        let source = Source::excerpt("a.log", &[line(2, 40, "first"), line(9, 4_000_000_000, "h\u{e4}lf")]);
        let at = |offset| source.position(offset);
        assert_eq!(at(3), Position { line: 3, column: 4, byte: 43 });
        assert_eq!(at(9), Position { line: 10, column: 3, byte: 4_000_000_003 });
        assert_eq!(at(12).line, 11, "the end of the text lies behind the last kept line");
    }
}
