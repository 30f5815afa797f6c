//! From an outcome to what people and programs read: one file a format. A
//! renderer decides nothing; it shows what the policy left.

use std::{borrow::Cow, io};

use crate::finding::{Level, Outcome, visible};

mod checkstyle;
mod document;
mod excerpt;
mod full;
mod github;
mod gitlab;
pub mod graph;
pub mod inventory;
pub mod json;
mod junit;
mod line_hash;
mod markdown;
mod place;
mod rdjson;
mod sarif;
mod short;
mod statistics;
mod summary;

/// An output format.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Format {
    /// Excerpts with labels, for people.
    Full,
    /// One line a finding, for people, editors and problem matchers.
    Short,
    /// Everything, for programs.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Annotations of GitHub Actions.
    Github,
    /// GitLab's Code Quality report.
    Gitlab,
    /// reviewdog's diagnostics.
    Rdjson,
    /// `JUnit`'s test report.
    Junit,
    /// Checkstyle's report.
    Checkstyle,
    /// A page for summaries and comments.
    Markdown,
}

impl Format {
    /// All of them, in the order of the help.
    pub const ALL: [Self; 10] = [
        Self::Full,
        Self::Short,
        Self::Json,
        Self::Sarif,
        Self::Github,
        Self::Gitlab,
        Self::Rdjson,
        Self::Junit,
        Self::Checkstyle,
        Self::Markdown,
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Short => "short",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Rdjson => "rdjson",
            Self::Junit => "junit",
            Self::Checkstyle => "checkstyle",
            Self::Markdown => "markdown",
        }
    }
}

/// How the formats for people look; the others do not care.
#[derive(Copy, Clone, Debug, Default)]
pub struct Look {
    /// With colours.
    pub color: bool,
    /// Errors only, and no summary.
    pub quiet: bool,
    /// How often each rule fired, in place of the findings.
    pub statistics: bool,
}

impl Look {
    /// Whether findings of a level are shown.
    fn shows(self, level: Level) -> bool {
        !self.quiet || level == Level::Error
    }
}

/// Writes an outcome in a format. Whatever it is, it may end in the log of a build server, and nothing in it is a command
/// to that.
pub fn render(format: Format, outcome: &Outcome, to: &mut dyn io::Write, look: Look) -> io::Result<()> {
    let mut bytes = Vec::new();
    write(format, outcome, &mut bytes, look)?;
    let shape = match format {
        // It speaks commands, and takes care of itself.
        Format::Github => return to.write_all(&bytes),
        Format::Full | Format::Short | Format::Markdown => Shape::Lines,
        Format::Json | Format::Sarif | Format::Gitlab | Format::Rdjson => Shape::Json,
        Format::Junit | Format::Checkstyle => Shape::Xml,
    };
    to.write_all(&shape.inert(bytes))
}

/// How what is written can say a sign in another way.
#[derive(Copy, Clone)]
enum Shape {
    Lines,
    Json,
    Xml,
    Dot,
}

impl Shape {
    fn inert(self, bytes: Vec<u8>) -> Vec<u8> {
        let Ok(text) = std::str::from_utf8(&bytes) else { return bytes };
        let inert = match self {
            Self::Lines => visible::inert(text),
            // No line of these begins inside of a text.
            Self::Json => visible::inert_in(text, "::", "#\\u0023"),
            // Graphviz reads the entities of HTML in every label.
            Self::Dot => visible::inert_in(text, "::", "#&#35;"),
            Self::Xml => visible::inert_in(text, "&#58;:", "#&#35;"),
        };
        match inert {
            Cow::Borrowed(_) => bytes,
            Cow::Owned(text) => text.into_bytes(),
        }
    }
}

fn write(format: Format, outcome: &Outcome, to: &mut dyn io::Write, look: Look) -> io::Result<()> {
    match format {
        Format::Json => json::write(outcome, to),
        Format::Sarif => sarif::write(outcome, to),
        Format::Github => github::write(outcome, to),
        Format::Gitlab => gitlab::write(outcome, to),
        Format::Rdjson => rdjson::write(outcome, to),
        Format::Junit => junit::write(outcome, to),
        Format::Checkstyle => checkstyle::write(outcome, to),
        Format::Markdown => markdown::write(outcome, to),
        Format::Full | Format::Short if look.statistics => statistics::write(outcome, to, look),
        Format::Full => full::write(outcome, to, look),
        Format::Short => short::write(outcome, to, look),
    }
}

#[cfg(test)]
mod tests;
