//! Tables of PowerShell: a header, dashes below each of its columns, and rows cut at the same places.

use super::lines::{Line, Piece};

/// Columns of a table.
#[derive(Debug)]
pub(super) struct Table<'t> {
    /// Name, first character, and the first character of the next column.
    columns: Vec<(&'t str, usize, usize)>,
}

impl<'t> Table<'t> {
    /// The table whose header is the first line.
    pub(super) fn of(lines: &[Line<'t>]) -> Option<Self> {
        let (header, dashes) = (lines.first()?, lines.get(1)?);
        let text = dashes.raw.text;
        if header.command.is_some()
            || !text.contains("--")
            || !text.bytes().all(|byte| matches!(byte, b'-' | b' '))
        {
            return None;
        }
        let mut starts = Vec::new();
        let mut before = b' ';
        for (at, byte) in text.bytes().enumerate() {
            if byte == b'-' && before == b' ' {
                starts.push(at);
            }
            before = byte;
        }
        let columns = starts.iter().enumerate().map(|(index, start)| {
            let end = starts.get(index + 1).copied().unwrap_or(usize::MAX);
            (cut(header.raw, *start, end).text, *start, end)
        });
        let table = Self { columns: columns.collect() };
        (table.columns.len() > 1).then_some(table)
    }

    /// Whether there is a column of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.columns.iter().any(|(it, ..)| it.eq_ignore_ascii_case(name))
    }

    /// What a row has in a column.
    pub(super) fn cell(&self, row: &Line<'t>, name: &str) -> Option<Piece<'t>> {
        let (_, start, end) = self.columns.iter().find(|(it, ..)| it.eq_ignore_ascii_case(name))?;
        Some(cut(row.raw, *start, *end))
    }

    /// The rows below the dashes, up to a gap or a command.
    pub(super) fn rows<'l>(lines: &'l [Line<'t>]) -> &'l [Line<'t>] {
        let rest = lines.get(2..).unwrap_or_default();
        // The first row may stand behind a gap only where the dashes do.
        let end = rest.iter().position(|it| it.after_gap || it.command.is_some()).unwrap_or(rest.len());
        &rest[..end]
    }
}

/// The characters from one to another, trimmed.
fn cut(line: Piece<'_>, from: usize, to: usize) -> Piece<'_> {
    let byte = |index: usize| line.text.char_indices().nth(index).map_or(line.text.len(), |(at, _)| at);
    line.part(byte(from), if to == usize::MAX { line.text.len() } else { byte(to) })
}

/// A cell that the width of the console cut.
pub(super) fn is_cut(text: &str) -> bool {
    text.ends_with("...") || text.ends_with('…')
}
