//! Command lines of cmd, PowerShell and POSIX shells: words with their places, quotes removed. Blocks and groups end
//! a command; what stands in a group is a command of its own. Nothing is expanded, and nothing is ever refused.

use std::ops::Range;

use crate::source::Span;

mod lex;

/// Whose rules of quoting hold.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Batch files: `^` and double quotes.
    Cmd,
    /// PowerShell: back-ticks, both quotes, here-strings, blocks and groups.
    PowerShell,
    /// `sh` and its kin: backslashes and both quotes.
    Posix,
}

/// A command: what stands between two separators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandLine {
    /// Its words; none where a block opens or closes without any.
    pub words: Vec<Word>,
    /// From the first word to the last.
    pub span: Span,
    /// What ended it.
    pub end: Ending,
}

/// What ends a command.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The end of the line, `;`, `&`, or the end of the text.
    Line,
    /// `|`
    Pipe,
    /// `{`
    BlockOpens,
    /// `}`
    BlockCloses,
    /// The `)` of a group.
    Group,
}

/// A word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word {
    /// Without quotes, escapes resolved.
    pub text: String,
    /// As written, with quotes.
    pub span: Span,
    /// All of it stands in quotes.
    pub quoted: bool,
    /// Braces that stand in it without quotes.
    pub braces: Option<Span>,
    /// Where each byte of the text stands.
    offsets: Vec<u32>,
}

impl Word {
    /// Where a stretch of the text stands.
    pub fn place(&self, range: Range<usize>) -> Span {
        let Some(start) = self.offsets.get(range.start) else {
            let end = self.offsets.last().map_or(self.span.start, |last| last + 1);
            return Span { start: end, end };
        };
        let last = range.end.max(range.start + 1).min(self.offsets.len()) - 1;
        let end = if range.is_empty() { *start } else { self.offsets[last] + 1 };
        Span { start: *start, end: end.max(*start) }
    }

    /// Where the text stands, without the quotes around it.
    pub fn inner(&self) -> Span {
        self.place(0..self.text.len())
    }

    /// A text in which `\"`, `\\`, `\n` and `\t` are resolved, as in double quotes of YAML.
    pub fn unescaped(raw: &str) -> Self {
        let mut word = Self { span: Span::new(0, raw.len()), ..Self::default() };
        let mut chars = raw.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let escaped = if c == '\\' { chars.peek().copied() } else { None };
            match escaped {
                Some((next, escape @ ('"' | '\\' | '/' | 'n' | 't'))) => {
                    chars.next();
                    let meant = match escape {
                        'n' => '\n',
                        't' => '\t',
                        other => other,
                    };
                    word.push(meant, next);
                }
                _ => word.push(c, at),
            }
        }
        word
    }

    /// A text in which every character stands for itself.
    pub fn plain(text: &str) -> Self {
        let mut word = Self { span: Span::new(0, text.len()), ..Self::default() };
        word.push_raw(text, 0..text.len());
        word
    }

    fn push(&mut self, c: char, at: usize) {
        self.text.push(c);
        self.offsets.extend((at..at + c.len_utf8()).map(|it| it as u32));
    }

    fn push_raw(&mut self, text: &str, range: Range<usize>) {
        self.text.push_str(&text[range.clone()]);
        self.offsets.extend(range.map(|it| it as u32));
    }
}

/// The commands of a text, each when its end is reached: what stands in a group comes before what holds the group.
pub fn split(text: &str, dialect: Dialect) -> Vec<CommandLine> {
    lex::Lexer::new(text, dialect).run()
}

#[cfg(test)]
mod tests;
