//! From an outcome to what people and programs read: one file a format. A
//! renderer decides nothing; it shows what the policy left.

use std::io;

use crate::finding::{Level, Outcome};

mod excerpt;
mod full;
pub mod graph;
pub mod json;
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
}

impl Format {
    /// All of them, in the order of the help.
    pub const ALL: [Self; 3] = [Self::Full, Self::Short, Self::Json];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Short => "short",
            Self::Json => "json",
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
        _ if look.statistics => statistics::write(outcome, to, look),
        Format::Full => full::write(outcome, to, look),
        Format::Short => short::write(outcome, to, look),
    }
}

#[cfg(test)]
mod tests;
