//! Lines of scripts, consoles and notes: prompts, wrappers of playbooks and programs, and words with their quotes. A
//! placeholder `<key file>` is one word.

use crate::{
    model::Said,
    source::{FileId, Location, Span},
};

/// No command is longer; longer lines are no commands.
const MAX_LINE: usize = 4096;

/// A line without what stands around it.
#[derive(Copy, Clone, Debug)]
pub(super) struct Line<'t> {
    /// Where its text begins in the file.
    pub(super) start: usize,
    /// Without prompt, wrapper and blanks.
    pub(super) text: &'t str,
    /// The name in front of `>`.
    pub(super) prompt: Option<&'t str>,
    /// It stood behind something that only a note has: a bullet, a number.
    pub(super) bare: bool,
}

/// A word of a line.
#[derive(Clone, Debug)]
pub(super) struct Word {
    pub(super) said: Said,
    /// Some of it stood in quotes.
    pub(super) quoted: bool,
}

impl Line<'_> {
    pub(super) fn at(&self, file: FileId) -> Location {
        Location::text(file, Span::new(self.start, self.start + self.text.len()))
    }
}

/// The lines of a text, empty ones included.
pub(super) fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |raw| {
        let start = at;
        at += raw.len();
        line(raw, start)
    })
}

/// White space as pages of the web have it.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{a0}' | '\u{feff}' | '\u{200b}')
}

fn line(raw: &str, start: usize) -> Line<'_> {
    let whole = if raw.len() > MAX_LINE { "" } else { raw };
    let trimmed = whole.trim_matches(is_blank);
    let mut text = trimmed;
    let (prompt, rest) = prompt(text);
    text = rest;
    let bare = prompt.is_none();
    if bare {
        text = unwrapped(text);
    }
    // What is empty need not lie in the line.
    let inner = if text.is_empty() { 0 } else { text.as_ptr() as usize - raw.as_ptr() as usize };
    Line { start: start + inner, text, prompt, bare }
}

/// `cms1a> command`, `cb1>>command`.
fn prompt(text: &str) -> (Option<&str>, &str) {
    let name = text
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')))
        .unwrap_or(text.len());
    let rest = &text[name..];
    let after = rest.trim_start_matches('>');
    if name == 0 || name > 64 || after.len() == rest.len() {
        return (None, text);
    }
    (Some(&text[..name]), after.trim_matches(is_blank))
}

/// A command without the item of a list, the key of a map or the string of a program around it.
fn unwrapped(text: &str) -> &str {
    let mut text = text;
    for mark in ["- ", "* ", "\u{2022} ", "$ "] {
        text = text.strip_prefix(mark).map_or(text, |it| it.trim_start_matches(is_blank));
    }
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if (1..=2).contains(&digits)
        && let Some(rest) = text[digits..].strip_prefix(['.', ')'])
        && rest.starts_with(is_blank)
    {
        text = rest.trim_start_matches(is_blank);
    }
    for key in ["command:", "commands:", "cmd:", "raw:", "mmp:", "line:"] {
        if let Some(rest) = text.strip_prefix(key) {
            text = rest.trim_start_matches(is_blank);
        }
    }
    if text.starts_with("ssh ")
        && let (Some(from), Some(to)) = (text.find(['"', '\'']), text.rfind(['"', '\'']))
        && from < to
    {
        return text[from + 1..to].trim_matches(is_blank);
    }
    let open = text.trim_end_matches([',', ';']);
    for quote in ['"', '\'', '`'] {
        if let Some(inner) = open.strip_prefix(quote).and_then(|it| it.strip_suffix(quote))
            && !inner.contains(quote)
        {
            return inner.trim_matches(is_blank);
        }
    }
    text
}

/// The words of a line up to a comment.
pub(super) fn words(file: FileId, line: &Line<'_>) -> Vec<Word> {
    let mut found: Vec<Word> = Vec::new();
    let mut text = String::new();
    let (mut from, mut quoted, mut open) = (None, false, None::<char>);
    let mut angle = 0_u32;
    let last_angle = line.text.rfind('>').unwrap_or(0);
    let mut finish = |from: &mut Option<usize>, to: usize, text: &mut String, quoted: &mut bool| {
        if let Some(start) = from.take() {
            let at = Location::text(file, Span::new(line.start + start, line.start + to));
            found.push(Word { said: Said { text: std::mem::take(text), at }, quoted: *quoted });
        }
        *quoted = false;
    };
    for (at, c) in line.text.char_indices() {
        match c {
            _ if open == Some(c) => open = None,
            _ if open.is_some() => text.push(c),
            '"' | '\u{201c}' | '\u{201d}' => {
                from.get_or_insert(at);
                quoted = true;
                open = Some(if c == '"' { '"' } else { '\u{201d}' });
            }
            '#' if from.is_none() => break,
            '<' => {
                from.get_or_insert(at);
                angle += 1;
                text.push(c);
            }
            '>' => {
                angle = angle.saturating_sub(1);
                from.get_or_insert(at);
                text.push(c);
            }
            _ if is_blank(c) && (angle == 0 || last_angle < at) => {
                finish(&mut from, at, &mut text, &mut quoted);
            }
            _ => {
                from.get_or_insert(at);
                text.push(c);
            }
        }
    }
    finish(&mut from, line.text.len(), &mut text, &mut quoted);
    // What follows in brackets is said to the reader.
    if let Some(remark) = found.iter().skip(1).position(|it| {
        it.said.text.starts_with('(')
            || matches!(&*it.said.text, "//" | "--" | "<-" | "<--" | "->" | "\u{2190}" | "\u{2013}")
    }) {
        found.truncate(remark + 1);
    }
    found
}
