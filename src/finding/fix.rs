//! Edits that mend a finding, as far as text can.

use crate::source::{FileId, Span};

/// A way to mend a finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fix {
    /// What it does, to follow "fix:": ``put the leaf first``.
    pub what: String,
    /// It changes nothing about whom or what is trusted, served or refused, so that nobody has to look at it.
    pub safe: bool,
    /// What is replaced; the stretches do not touch each other.
    pub edits: Vec<Edit>,
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

impl Fix {
    /// A fix that cannot change trust.
    pub fn safe(what: impl Into<String>, edits: Vec<Edit>) -> Self {
        Self { what: what.into(), safe: true, edits }
    }

    /// A fix that a person should look at.
    pub fn unsafe_to_trust(what: impl Into<String>, edits: Vec<Edit>) -> Self {
        Self { what: what.into(), safe: false, edits }
    }
}
