//! Lines of a transcript without what mail, tickets and consoles put around them: quote marks, back-ticks, prompts.
//! Empty lines are left out; the line after one knows it.

use crate::{
    model::Said,
    source::{FileId, Location, Span},
};

/// No print has longer lines.
const MAX_LINE: usize = 4096;

/// A stretch of one line, trimmed.
#[derive(Copy, Clone, Debug)]
pub(super) struct Piece<'t> {
    /// Where it begins in the text of the file.
    pub start: usize,
    pub text: &'t str,
}

impl<'t> Piece<'t> {
    /// A part of this piece by byte offsets, trimmed.
    pub(super) fn part(self, from: usize, to: usize) -> Piece<'t> {
        let part = self.text.get(from..to).unwrap_or_default();
        let blank = part.len() - part.trim_start().len();
        let blank = if blank == part.len() { 0 } else { blank };
        Piece { start: self.start + from + blank, text: part.trim() }
    }

    pub(super) fn span(self) -> Span {
        Span::new(self.start, self.start + self.text.len())
    }

    pub(super) fn at(self, file: FileId) -> Location {
        Location::text(file, self.span())
    }

    pub(super) fn said(self, file: FileId) -> Said {
        Said { text: self.text.to_owned(), at: self.at(file) }
    }
}

/// A line that is not empty.
#[derive(Copy, Clone, Debug)]
pub(super) struct Line<'t> {
    /// The line as such, blanks at its start kept, so that columns can be told.
    pub raw: Piece<'t>,
    /// The same, trimmed.
    pub whole: Piece<'t>,
    /// Empty lines stand before it.
    pub after_gap: bool,
    /// What was typed at a prompt, or stands as the name of a command above its output.
    pub command: Option<&'t str>,
    /// Label and value around the colon that ends the label.
    labelled: Option<(&'t str, Piece<'t>)>,
}

impl<'t> Line<'t> {
    pub(super) fn text(&self) -> &'t str {
        self.whole.text
    }

    /// Nothing but dashes, as below a header.
    pub(super) fn is_rule(&self) -> bool {
        self.text().len() > 3 && self.text().bytes().all(|byte| matches!(byte, b'-' | b'='))
    }

    /// Label and value around the colon that ends the label.
    pub(super) fn labelled(&self) -> Option<(&'t str, Piece<'t>)> {
        self.labelled
    }

    /// The same, looked for.
    fn split(&self) -> Option<(&'t str, Piece<'t>)> {
        let text = self.text();
        if self.command.is_some() || self.is_rule() || text.len() > MAX_LINE {
            return None;
        }
        let colons = || {
            text.char_indices()
                .filter(|(_, c)| matches!(c, ':' | '：'))
                .map(|(at, c)| (at, at + c.len_utf8()))
        };
        // The full-width colon brings its blank with it.
        let spaced = colons().rfind(|(at, behind)| {
            behind - at > 1 || text[*behind..].chars().next().is_none_or(char::is_whitespace)
        });
        // Some translations print no blank behind the colon.
        let tight = || {
            colons().find(|(_, behind)| {
                let rest = text[*behind..].trim();
                super::shapes::is_plain_value(rest) || super::shapes::endpoint(rest).is_some()
            })
        };
        let (at, behind) = spaced.or_else(tight)?;
        let label = text[..at].trim();
        (!label.is_empty()).then(|| (label, self.whole.part(behind, text.len())))
    }
}

/// The lines of a text.
pub(super) fn lines(text: &str) -> Vec<Line<'_>> {
    let mut out = Vec::new();
    let mut gap = true;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let from = start;
        start += line.len();
        let unquoted = unquoted(line.trim_end());
        let from = from + (line.trim_end().len() - unquoted.len());
        let unquoted = unquoted.trim_end_matches('`').trim_end();
        let trimmed = unquoted.trim_start_matches([' ', '\t', '`', '\u{feff}', '\u{a0}']);
        if trimmed.is_empty() {
            gap = true;
            continue;
        }
        let raw = Piece { start: from, text: unquoted };
        let whole = Piece { start: from + (unquoted.len() - trimmed.len()), text: trimmed };
        let after_gap = std::mem::take(&mut gap);
        let mut line = Line { raw, whole, after_gap, command: command(trimmed), labelled: None };
        // Every reader asks for it.
        line.labelled = line.split();
        out.push(line);
    }
    out
}

/// A line without the `>` of quoted mail. What follows keeps its blanks.
fn unquoted(line: &str) -> &str {
    let mut rest = line;
    while let Some(inner) = rest.trim_start().strip_prefix('>') {
        rest = inner;
    }
    rest
}

/// Programs and cmdlets whose name alone, above an output, says what it is.
const PROGRAMS: &[&str] = &[
    "netsh ",
    "netsh.exe ",
    "certutil ",
    "certutil.exe ",
    "httpcfg ",
    "get-web",
    "get-iis",
    "get-childitem",
    "dir ",
    "gci ",
];

/// What stands behind a prompt of cmd or PowerShell, or a bare command.
fn command(text: &str) -> Option<&str> {
    if let Some((before, after)) = text.split_once('>') {
        let bytes = before.as_bytes();
        let drive = bytes.first().is_some_and(u8::is_ascii_alphabetic) && bytes.get(1) == Some(&b':');
        let drive = drive && bytes.get(2).is_none_or(|it| *it == b'\\');
        let power = before == "PS"
            || before.starts_with("PS ")
            || (before.starts_with('[') && before.contains("]: PS"));
        let netsh = before.starts_with("netsh") && !before.contains("show");
        if drive || power || netsh {
            return Some(after.trim_start_matches('>').trim());
        }
    }
    let plain =
        text.trim_matches(|c: char| matches!(c, '=' | '#' | '-' | '*' | '"' | '$') || c.is_whitespace());
    let lower = plain.get(..plain.len().min(16)).unwrap_or_default().to_ascii_lowercase();
    (PROGRAMS.iter().any(|it| lower.starts_with(it)) && !plain.contains(" : ")).then_some(plain)
}

/// What readers are given: the lines from one on, and the command above them.
#[derive(Copy, Clone, Debug)]
pub(super) struct Stretch<'l, 't> {
    pub file: FileId,
    pub lines: &'l [Line<'t>],
    pub command: Option<&'t str>,
    /// The command stands in the line above.
    pub below_command: bool,
}

impl<'t> Stretch<'_, 't> {
    pub(super) fn line(&self, at: usize) -> Option<&Line<'t>> {
        self.lines.get(at)
    }

    /// The command above has these words, in any case.
    pub(super) fn commanded(&self, words: &[&str]) -> bool {
        self.command.is_some_and(|command| {
            let lower = command.to_ascii_lowercase();
            words.iter().all(|word| lower.contains(word))
        })
    }

    /// The command above lets only a part of the output through.
    pub(super) fn is_filtered(&self) -> bool {
        const FILTERS: &[&str] = &[
            "find",
            "select",
            "sls",
            "where",
            "grep",
            "-match",
            "-filter",
            "-include",
            "-exclude",
            "-dnsname",
            "-expiring",
            "-eku",
            "-sslserver",
            "-first",
            "-last",
            "?{",
            "? {",
        ];
        self.command.is_some_and(|command| {
            let lower = command.to_ascii_lowercase();
            let piped = lower.split_once('|').is_some_and(|(_, rest)| {
                !["out-", "tee", "clip", "more", "set-content", "f"]
                    .iter()
                    .any(|it| rest.trim_start().starts_with(it))
            });
            piped || FILTERS.iter().any(|it| lower.contains(it))
        })
    }
}
