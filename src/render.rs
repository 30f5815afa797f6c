//! From an outcome to what people and programs read: one file a format. A
//! renderer decides nothing; it shows what the policy left.

use std::io;

use crate::finding::{Level, Outcome};

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

/// Writes an outcome in a format.
pub fn render(format: Format, outcome: &Outcome, to: &mut dyn io::Write, look: Look) -> io::Result<()> {
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
