//! `path:line:col: level: message [group/name]`: one line a finding, which
//! every editor and problem matcher reads.

use std::io::{self, Write as _};

use crate::{
    finding::{Outcome, one_line, visible},
    source::Place,
};

use super::{Look, full, summary};

/// Writes the findings that count, then the summary.
pub(super) fn write(outcome: &Outcome, to: &mut dyn io::Write, look: Look) -> io::Result<()> {
    for judged in outcome.counting().filter(|it| look.shows(it.finding.level)) {
        let finding = &judged.finding;
        let at = finding.primary.at;
        let Some(source) = outcome.source(at) else { continue };
        // What has no line stands on the first one, so that every reader of this form finds the file.
        let (line, column) = match at.place {
            Place::Text(span) => {
                let position = source.position(span.start);
                (position.line, position.column)
            }
            Place::Whole | Place::Entry(_) => (1, 1),
        };
        let entry = match at.place {
            Place::Entry(index) => source
                .entries
                .get(index as usize)
                .map_or(String::new(), |entry| format!(" (entry `{}`)", one_line(&entry.name))),
            _ => String::new(),
        };
        writeln!(
            to,
            "{}:{line}:{column}: {}: {}{entry} [{}]",
            visible(&source.path),
            finding.level.word(),
            one_line(&finding.message),
            finding.rule,
        )?;
    }
    let mut buffer = full::buffer(look);
    summary::write(outcome, &mut buffer, look)?;
    buffer.flush()?;
    to.write_all(buffer.as_slice())
}
