//! Directives as nginx reads them: words, ended by `;` or by a block in braces.
//! The tokeniser does what `ngx_conf_read_token` does, byte for byte, and goes
//! on where nginx would give up.

use crate::source::Span;

mod build;
mod dump;
mod lua;
mod template;
mod token;

pub use dump::{Part, split_dump};
pub use template::{placeholder, placeholder_at};

/// Everything that was read from one text, in the order of the text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// The directives, each before the directives of its block.
    pub directives: Vec<Directive>,
    /// What nginx would refuse, and what we did not follow. Empty for templates.
    pub errors: Vec<SyntaxError>,
    /// Comments from `#` to the end of the line, without it.
    pub comments: Vec<Span>,
    /// The first place that holds the syntax of a template and no value.
    pub opaque: Option<Span>,
}

/// One directive, and its block if it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    /// The first word.
    pub name: Word,
    /// The other words.
    pub args: Vec<Word>,
    /// From `{` to `}`; to the last thing read where the `}` is missing.
    pub block: Option<Span>,
    /// From the name to `;` or `}`.
    pub span: Span,
    /// The index after the last directive of its block.
    pub end: u32,
    /// The directive in whose block it stands.
    pub parent: Option<u32>,
    /// The block holds a script (`content_by_lua_block`) and was not read.
    pub raw_body: bool,
}

/// A word, with quotes and escapes resolved as nginx does it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The value.
    pub text: Box<str>,
    /// The word as written, quotes included.
    pub span: Span,
    /// It was written in quotes, which nginx itself forgets.
    pub quoted: bool,
}

/// A place where nginx stops reading, or where we did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// What is wrong.
    pub kind: ErrorKind,
    /// Where.
    pub at: Span,
    /// The words of nginx, where it has any.
    pub message: String,
    /// Where the trouble may have begun: the directive without `;`, the block
    /// without `}`, the word without its closing quote.
    pub origin: Option<Span>,
}

/// The kinds of [`SyntaxError`].
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// A `;` that ends nothing.
    StraySemicolon,
    /// A `{` that no directive stands before, or in a block of bare words.
    StrayOpen,
    /// A `}` that closes nothing.
    StrayClose,
    /// A `}` where the directive before it has not been ended.
    MissingSemicolon,
    /// Something else than a space, `;`, `{` or `)` after a closing quote.
    AfterQuote,
    /// The text ends inside a directive.
    UnfinishedDirective,
    /// The text ends inside a quoted word.
    UnterminatedQuote,
    /// The text ends inside a block.
    UnclosedBlock,
    /// A word that does not fit in the 4096 bytes that nginx has for it.
    TokenTooLong,
    /// A comment line that does not fit in these 4096 bytes either.
    CommentTooLong,
    /// Blocks nested deeper than we follow. nginx has no such limit.
    TooDeep,
}

/// How to read.
#[derive(Copy, Clone, Debug)]
pub struct Options {
    /// Whether `*_by_lua_block` bodies are scripts, as `OpenResty` has it.
    pub lua: bool,
    /// How deep blocks may nest; deeper ones are skipped.
    pub depth: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { lua: true, depth: 1000 }
    }
}

impl Tree {
    /// Reads a whole text.
    pub fn parse(text: &str) -> Self {
        Self::parse_span(text, Span::new(0, text.len()), Options::default())
    }

    /// Reads a part of a text; spans count in the whole. A part that does not
    /// lie in the text holds nothing.
    pub fn parse_span(text: &str, part: Span, options: Options) -> Self {
        match text.get(..part.end as usize) {
            Some(read) if text.is_char_boundary(part.start as usize) && part.start <= part.end => {
                build::Builder::new(read, part.start as usize, options).run()
            }
            _ => Self::default(),
        }
    }

    /// The directives of a block, or of the text itself, in order.
    pub fn children(&self, parent: Option<u32>) -> Children<'_> {
        let (next, end) = match parent.map(|index| (index, self.directives.get(index as usize))) {
            None => (0, self.directives.len() as u32),
            Some((index, Some(directive))) => (index + 1, directive.end),
            Some((_, None)) => (0, 0),
        };
        Children { tree: self, next, end }
    }

    /// The error at which nginx would stop.
    pub fn refused(&self) -> Option<&SyntaxError> {
        self.errors.iter().find(|error| error.kind != ErrorKind::TooDeep)
    }
}

/// Siblings with their indices; see [`Tree::children`].
#[derive(Clone, Debug)]
pub struct Children<'a> {
    tree: &'a Tree,
    next: u32,
    end: u32,
}

impl<'a> Iterator for Children<'a> {
    type Item = (u32, &'a Directive);

    fn next(&mut self) -> Option<Self::Item> {
        let index = self.next;
        let directive = self.tree.directives.get(index as usize).filter(|_| index < self.end)?;
        self.next = directive.end.max(index + 1);
        Some((index, directive))
    }
}

#[cfg(test)]
mod tests;
