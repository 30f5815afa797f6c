//! Listings of the folder of the Central Certificate Store: `dir`, `dir /b`, `Get-ChildItem`. Only folders that hold a
//! `.pfx` are listed here; others say nothing about certificates.

use crate::model::{
    Said,
    iis::{ShareListing, Unit},
};

use super::{
    lines::{Line, Piece, Stretch},
    table::Table,
};

/// Reads `dir` of cmd: the folder, a row for each file, and a line with their number.
pub(super) fn console(stretch: &Stretch<'_, '_>, unit: &mut Unit) -> Option<usize> {
    let folder = stretch.line(0).filter(|it| it.command.is_none())?;
    let path = path(folder.whole)?;
    row(stretch.line(1)?)?;
    let mut files = Vec::new();
    let mut end = 1;
    while let Some((is_folder, name)) = stretch.line(end).and_then(row) {
        if !is_folder {
            files.push(name.said(stretch.file));
        }
        end += 1;
    }
    // The first number below the rows is that of the files, in every language.
    let number = stretch.line(end).and_then(|it| it.text().split(' ').next()?.parse::<usize>().ok());
    let partial = number != Some(files.len());
    push(stretch, unit, Some(path.said(stretch.file)), files, partial)?;
    Some(end)
}

/// Reads the table of `Get-ChildItem`.
pub(super) fn power(stretch: &Stretch<'_, '_>, unit: &mut Unit) -> Option<usize> {
    let folder = stretch.line(0).and_then(Line::labelled).and_then(|(_, value)| path(value));
    let skipped = usize::from(folder.is_some());
    let lines = stretch.lines.get(skipped..)?;
    let table = Table::of(lines)?;
    if !table.has("Mode") || !table.has("Length") || !table.has("Name") {
        return None;
    }
    let rows = Table::rows(lines);
    let files = rows.iter().filter(|row| !row.text().starts_with('d'));
    let files = files.filter_map(|row| table.cell(row, "Name")).filter(|it| !it.text.is_empty());
    let files: Vec<Said> = files.map(|it| it.said(stretch.file)).collect();
    let folder = folder.map(|it| it.said(stretch.file));
    let partial = folder.is_none();
    push(stretch, unit, folder, files, partial)?;
    Some(skipped + 2 + rows.len())
}

/// Reads bare names below a command that says which folder they are in.
pub(super) fn names(stretch: &Stretch<'_, '_>, unit: &mut Unit) -> Option<usize> {
    let asked = stretch.commanded(&["dir", "/b"]) || stretch.commanded(&["-name"]);
    let command = stretch.command.filter(|_| asked && stretch.below_command)?;
    let at = path(Piece { start: 0, text: command })?;
    let first = stretch.line(0)?;
    let is_name = |line: &Line<'_>| {
        line.command.is_none()
            && line.text().contains('.')
            && !line.text().contains(['<', '>', ':', '"', '/', '\\', '|', '?', '*'])
    };
    let end = stretch.lines.iter().position(|it| !is_name(it)).unwrap_or(stretch.lines.len());
    let files: Vec<Said> = stretch.lines[..end].iter().map(|it| it.whole.said(stretch.file)).collect();
    let folder = Said { text: without_pattern(at.text).to_owned(), at: first.whole.at(stretch.file) };
    push(stretch, unit, Some(folder), files, false)?;
    Some(end)
}

fn push(
    stretch: &Stretch<'_, '_>,
    unit: &mut Unit,
    folder: Option<Said>,
    files: Vec<Said>,
    partial: bool,
) -> Option<()> {
    let first = stretch.line(0)?;
    let is_pfx = |it: &Said| it.text.len() > 4 && it.text.to_ascii_lowercase().ends_with(".pfx");
    if !files.iter().any(is_pfx) {
        return None;
    }
    let partial = partial || stretch.is_filtered() || stretch.command.is_some_and(asks_for_some);
    unit.share_listings.push(ShareListing { at: first.whole.at(stretch.file), folder, files, partial });
    Some(())
}

/// The path of a folder that ends the text, as UNC or with a drive.
fn path(piece: Piece<'_>) -> Option<Piece<'_>> {
    let text = piece.text;
    let share = text.find("\\\\").filter(|at| text[at + 2..].starts_with(char::is_alphanumeric));
    let drive = text
        .find(":\\")
        .filter(|at| *at > 0 && text.as_bytes()[at - 1].is_ascii_alphabetic())
        .map(|at| at - 1);
    let at = match (share, drive) {
        (Some(share), Some(drive)) => share.min(drive),
        (share, drive) => share.or(drive)?,
    };
    let starts_word = at == 0 || text[..at].ends_with([' ', '"', '\'', ':', '(']);
    if !starts_word {
        return None;
    }
    let rest = &text[at..];
    let quoted = text[..at].ends_with(['"', '\'']);
    let length = if quoted {
        rest.find(['"', '\'']).unwrap_or(rest.len())
    } else {
        // An option, or the words of a language that names the folder last.
        let end = rest.find([' ', '|', '>', '"']).unwrap_or(rest.len());
        let words = &rest[end..];
        if words.trim_start().starts_with(['/', '-', '|', '>', '"']) || !words.is_ascii() {
            end
        } else {
            rest.len()
        }
    };
    Some(piece.part(at, at + length))
}

/// `\\server\share\*.pfx` without its pattern.
fn without_pattern(path: &str) -> &str {
    match path.rsplit_once('\\') {
        Some((folder, pattern)) if pattern.contains(['*', '?']) => folder,
        _ => path,
    }
}

/// The command has a pattern that leaves certificates out.
fn asks_for_some(command: &str) -> bool {
    let words = command.split([' ', '\\', '"', '\'']).filter(|it| it.contains(['*', '?']));
    words.into_iter().any(|it| !["*", "*.*", "*.pfx"].iter().any(|all| it.eq_ignore_ascii_case(all)))
}

/// A row of `dir`: whether it is a folder, and the name. Date, time, size and name, in the forms of any region.
fn row<'t>(line: &Line<'t>) -> Option<(bool, Piece<'t>)> {
    let text = line.text();
    let mut words = Vec::new();
    let mut at = 0;
    for word in text.split(' ') {
        if !word.is_empty() {
            words.push((at, word));
        }
        at += word.len() + 1;
        if words.len() > 6 {
            break;
        }
    }
    let (_, date) = *words.first()?;
    let (_, time) = *words.get(1)?;
    let is_date = date.starts_with(|c: char| c.is_ascii_digit()) && date.contains(['/', '-', '.']);
    let is_time = time.starts_with(|c: char| c.is_ascii_digit()) && time.contains([':', '.']);
    if !is_date || !is_time || line.command.is_some() {
        return None;
    }
    // AM and PM stand between, in one or two words.
    let size = (2..5).find(|index| words.get(*index).is_some_and(|(_, it)| is_size(it)))?;
    let (start, _) = *words.get(size + 1)?;
    Some((words[size].1.starts_with('<'), line.whole.part(start, text.len())))
}

/// `<DIR>` and what it is called elsewhere, or a number with its separators, which the code page may have changed.
fn is_size(word: &str) -> bool {
    let number = word.starts_with(|c: char| c.is_ascii_digit())
        && word
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, ',' | '.' | '\'' | '’' | '\u{a0}' | '\u{202f}' | 'ÿ'));
    number || (word.starts_with('<') && word.ends_with('>'))
}
