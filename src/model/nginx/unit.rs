//! What one nginx configuration file says, before any include is followed: its directives in a flat list,
//! parents before children, so that a subtree is a range.

use serde::{Deserialize, Serialize};

use crate::source::{FileId, Location, Span};

/// One configuration file, or one part of an `nginx -T` dump.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Unit {
    /// The file it was read from.
    #[serde(skip, default = "FileId::of_this_line")]
    pub file: FileId,
    /// The path a dump says the part had on the server.
    pub name: Option<String>,
    /// In order of the text, parents before children.
    pub directives: Vec<Directive>,
    /// What nginx would refuse to read.
    pub errors: Vec<SyntaxError>,
    /// The first place where the text is a template and not configuration.
    pub template: Option<Span>,
    /// The text starts with a byte order mark, which nginx takes for part of the first word.
    pub bom: bool,
}

/// A word as nginx computes it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Word {
    /// Unescaped.
    pub text: Box<str>,
    /// As written, quotes included.
    pub span: Span,
    /// Holds template or placeholder syntax: what it says is not known.
    pub placeholder: bool,
}

impl Word {
    /// Holds an nginx variable: what it says is known when a request comes.
    pub fn has_variable(&self) -> bool {
        self.text.contains('$')
    }

    /// What it says is known now.
    pub fn is_plain(&self) -> bool {
        !self.placeholder && !self.has_variable()
    }
}

/// A directive with its arguments, and maybe a block.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Directive {
    /// Its name.
    pub name: Word,
    /// Its arguments.
    pub args: Box<[Word]>,
    /// From the name to `;` or `}`.
    pub span: Span,
    /// From `{` to `}`.
    pub block: Option<Span>,
    /// Index after the last directive of its subtree.
    pub end: u32,
    /// The directive whose block it stands in.
    pub parent: Option<u32>,
}

impl Directive {
    /// From the name to the last argument: what a person reads as "the line".
    pub fn head(&self) -> Span {
        self.args.last().map_or(self.name.span, |last| self.name.span.to(last.span))
    }

    /// The text of an argument.
    pub fn arg(&self, index: usize) -> Option<&str> {
        self.args.get(index).map(|word| &*word.text)
    }
}

/// What nginx would refuse to read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SyntaxError {
    /// Where.
    pub at: Span,
    /// In nginx's words.
    pub message: String,
    /// Which rule speaks of it.
    pub kind: SyntaxErrorKind,
    /// Where the trouble may have begun: the directive without `;`, the block without `}`.
    pub origin: Option<Span>,
}

/// Which rule speaks of a syntax error.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SyntaxErrorKind {
    /// `nginx/syntax`.
    Syntax,
    /// `nginx/token-too-long`.
    TokenTooLong,
    /// `nginx/comment-too-long`.
    CommentTooLong,
}

impl Unit {
    /// The directives directly inside `parent`, or at the top.
    pub fn children(&self, parent: Option<u32>) -> Children<'_> {
        let (next, end) = match parent {
            None => (0, self.directives.len() as u32),
            Some(index) => (index + 1, self.directives[index as usize].end),
        };
        Children { unit: self, next, end }
    }

    /// A span of this unit as a location.
    pub fn at(&self, span: Span) -> Location {
        Location::text(self.file, span)
    }
}

/// Walks siblings by skipping what is inside them.
#[derive(Clone, Debug)]
pub struct Children<'u> {
    unit: &'u Unit,
    next: u32,
    end: u32,
}

impl<'u> Iterator for Children<'u> {
    type Item = (u32, &'u Directive);

    fn next(&mut self) -> Option<Self::Item> {
        (self.next < self.end).then(|| {
            let index = self.next;
            let directive = &self.unit.directives[index as usize];
            self.next = directive.end;
            (index, directive)
        })
    }
}
