//! Workflow commands of GitHub Actions: an annotation a finding, as many as a step may show, and a line for each other.
//! Limits and escapes: <https://github.com/actions/toolkit/blob/main/docs/problem-matchers.md> and its `command.ts`.

use std::io;

use crate::finding::{Finding, Judged, Level, Outcome, visible, visible::inert};

use super::place::{placed, story};

/// Annotations of one level that a step shows.
const SHOWN: usize = 10;

/// Writes errors first, then warnings, then notes.
pub(super) fn write(outcome: &Outcome, to: &mut dyn io::Write) -> io::Result<()> {
    for (level, command) in [(Level::Error, "error"), (Level::Warning, "warning"), (Level::Note, "notice")] {
        let found: Vec<&Judged> = outcome.counting().filter(|it| it.finding.level == level).collect();
        for judged in found.iter().take(SHOWN) {
            annotation(outcome, &judged.finding, command, to)?;
        }
        for judged in found.iter().skip(SHOWN) {
            line(outcome, &judged.finding, to)?;
        }
        if found.len() > SHOWN {
            let more = found.len() - SHOWN;
            writeln!(
                to,
                "{more} more at this level stand above without an annotation: a step shows {SHOWN}"
            )?;
        }
    }
    writeln!(to, "{}", super::summary::line(outcome))
}

fn annotation(outcome: &Outcome, finding: &Finding, command: &str, to: &mut dyn io::Write) -> io::Result<()> {
    let places = placed(outcome, finding);
    let Some(first) = places.first() else { return Ok(()) };
    write!(to, "::{command} file={}", property(&first.source.path))?;
    if first.in_text {
        write!(to, ",line={}", first.start.line)?;
        if first.end.line == first.start.line {
            write!(to, ",col={},endColumn={}", first.start.column, first.end.column)?;
        } else {
            // Columns may not be sent for a stretch of several lines.
            write!(to, ",endLine={}", first.end.line)?;
        }
    }
    let text = story(outcome, finding).join("\n");
    writeln!(to, ",title={}::{}", property(&format!("tlslint {}", finding.rule)), data(&text))
}

/// A finding without an annotation: no part of it may look like a command.
fn line(outcome: &Outcome, finding: &Finding, to: &mut dyn io::Write) -> io::Result<()> {
    let places = placed(outcome, finding);
    let Some(first) = places.first() else { return Ok(()) };
    let message = crate::finding::one_line(&finding.message);
    let text = format!("{}: {}: {message} [{}]", first.written(), finding.level.word(), finding.rule);
    writeln!(to, "- {}", inert(&crate::finding::one_line(&text)))
}

/// Runners still read the commands of old times, which may stand anywhere in a line.
fn data(text: &str) -> String {
    inert(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A value of a command; names of files are chosen by strangers too.
fn property(text: &str) -> String {
    data(&visible(text)).replace(':', "%3A").replace(',', "%2C")
}
