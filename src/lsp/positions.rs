//! Positions as editors count them: lines from 0, columns in units of the encoding that both sides agreed on.

use lsp_types::{Position, PositionEncodingKind, Range};

use crate::source::{Source, Span};

/// What a column counts.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Units {
    Utf8,
    Utf16,
    Utf32,
}

impl Units {
    /// The best of what an editor offers; without an offer it is UTF-16.
    pub(super) fn chosen(offered: Option<&[PositionEncodingKind]>) -> Self {
        let offers = |kind: PositionEncodingKind| offered.is_some_and(|list| list.contains(&kind));
        if offers(PositionEncodingKind::UTF8) {
            Self::Utf8
        } else if offers(PositionEncodingKind::UTF32) && !offers(PositionEncodingKind::UTF16) {
            Self::Utf32
        } else {
            Self::Utf16
        }
    }

    pub(super) fn kind(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
            Self::Utf32 => PositionEncodingKind::UTF32,
        }
    }

    fn width(self, c: char) -> usize {
        match self {
            Self::Utf8 => c.len_utf8(),
            Self::Utf16 => c.len_utf16(),
            Self::Utf32 => 1,
        }
    }

    /// How many units a text has.
    fn count(self, text: &str) -> u32 {
        text.chars().map(|c| self.width(c)).sum::<usize>() as u32
    }

    /// The position of a byte of a text.
    pub(super) fn position(self, text: &str, byte: usize) -> Position {
        let byte = (0..=byte.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let before = &text[..byte];
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = memchr::memchr_iter(b'\n', before.as_bytes()).count();
        Position::new(line as u32, self.count(&before[start..]))
    }

    /// The byte of a position; what lies beyond a line is its end, what lies beyond the text is the end of that.
    pub(super) fn byte(self, text: &str, position: Position) -> usize {
        let start = match position.line {
            0 => 0,
            line => {
                let end = memchr::memchr_iter(b'\n', text.as_bytes()).nth(line as usize - 1);
                end.map_or(text.len(), |end| end + 1)
            }
        };
        let line = &text[start..];
        let line = &line[..memchr::memchr(b'\n', line.as_bytes()).unwrap_or(line.len())];
        let line = line.strip_suffix('\r').unwrap_or(line);
        let mut left = position.character as usize;
        for (at, c) in line.char_indices() {
            if left < self.width(c) {
                return start + at;
            }
            left -= self.width(c);
        }
        start + line.len()
    }

    /// The range of a span of a file's text.
    pub(super) fn range(self, source: &Source, span: Span) -> Range {
        Range::new(self.of_source(source, span.start), self.of_source(source, span.end.max(span.start)))
    }

    fn of_source(self, source: &Source, offset: u32) -> Position {
        let offset = (offset as usize).min(source.text.len());
        let line = source.line_index(offset as u32);
        let start = source.line_range(line).map_or(0, |range| range.start);
        let column = source.text.get(start..offset).map_or(0, |text| self.count(text));
        Position::new(source.number_in_file(line) as u32, column)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn columns_count_units() {
        let text = "a\n\u{e4}\u{1f512}b\r\n";
        for (units, column) in [(Units::Utf8, 6), (Units::Utf16, 3), (Units::Utf32, 2)] {
            assert_eq!(units.position(text, 8), Position::new(1, column), "{units:?}");
            assert_eq!(units.byte(text, Position::new(1, column)), 8, "{units:?}");
            assert_eq!(units.byte(text, Position::new(1, 99)), 9, "the line end is no part of the line");
            assert_eq!(units.byte(text, Position::new(9, 0)), text.len());
        }
        // In the middle of a character is before it.
        assert_eq!(Units::Utf16.byte(text, Position::new(1, 2)), 4);
    }

    proptest! {
        #[test]
        fn there_and_back(text in "[a\u{e4}\u{1f512}\r\n]{0,40}", at in 0_usize..60) {
            for units in [Units::Utf8, Units::Utf16, Units::Utf32] {
                let position = units.position(&text, at);
                let byte = units.byte(&text, position);
                prop_assert!(text.is_char_boundary(byte));
                // A carriage return at the end of a line has no column of its own.
                let inside_end =
                    text.get(byte..).is_some_and(|rest| rest.starts_with("\r\n") || rest == "\r");
                prop_assert!(units.position(&text, byte) == position || inside_end);
            }
        }
    }
}
