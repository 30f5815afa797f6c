//! Ways to mend a finding, as far as text can. A rule says what it wants changed without having seen the text; once the
//! text is at hand this becomes plain edits, or nothing where the text is not what the rule took it for.

use crate::source::{FileId, Location, Source, Span};

mod settle;

/// A way to mend a finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fix {
    /// What it does, to follow "fix:": ``put the leaf first``.
    pub what: String,
    /// It changes nothing about whom or what is trusted, served or refused, so that nobody has to look at it.
    pub safe: bool,
    /// What is replaced; the stretches do not touch each other. Empty until the fix has met the text.
    pub edits: Vec<Edit>,
    changes: Vec<Change>,
}

/// A stretch of the decoded text of a file and what takes its place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    /// The file.
    pub file: FileId,
    /// The stretch; empty to insert.
    pub span: Span,
    /// What stands there afterwards.
    pub text: String,
}

/// What a rule wants done to a text. All places are stretches of text; with any other, there is no fix.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// Other words take the place of a stretch, where it holds just these, maybe in quotes, which stay.
    Put {
        /// The stretch.
        at: Location,
        /// What stands there.
        from: String,
        /// What is to stand there.
        to: String,
    },
    /// Text comes directly behind a stretch.
    Behind(Location, String),
    /// Text comes behind the last word before a stretch.
    AfterWordBefore(Location, String),
    /// A line break, as the file has them, comes before a stretch.
    Break(Location),
    /// A statement or a comment goes, and its lines where nothing else stands on them.
    Drop(Location),
    /// A PEM block goes, with the lines directly above that introduce it.
    DropBlock(Location),
    /// The lines of a PEM block lose the white space at both ends, and those that are empty go.
    Tidy(Location),
    /// Every line of the file that holds a place ends in a line feed alone.
    LineFeeds(Location),
    /// PEM blocks of one file change places, so that they stand in this order.
    Arrange(Vec<Location>),
}

impl Fix {
    /// A fix that cannot change trust.
    pub fn safe(what: impl Into<String>, changes: Vec<Change>) -> Self {
        Self { what: what.into(), safe: true, edits: Vec::new(), changes }
    }

    /// A fix that a person should look at.
    pub fn unsafe_to_trust(what: impl Into<String>, changes: Vec<Change>) -> Self {
        Self { safe: false, ..Self::safe(what, changes) }
    }

    /// The same as edits of the texts, by file id; none where a text is not what the rule took it for.
    pub(super) fn settled(self, sources: &[Source]) -> Option<Self> {
        if !self.edits.is_empty() {
            return Some(self);
        }
        let mut edits = Vec::new();
        for change in &self.changes {
            settle::settle(change, sources, &mut edits)?;
        }
        let edits = settle::joined(edits)?;
        (!edits.is_empty()).then_some(Self { edits, changes: Vec::new(), ..self })
    }
}
