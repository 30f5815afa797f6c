//! The last line of a run: how many findings, in how much material.

use std::io;

use codespan_reporting::term::termcolor::{Color, ColorSpec, WriteColor};

use crate::finding::Outcome;

use super::Look;

/// `3 errors, 1 warning (1 ignored) in 12 files, 5 certificates, 4 keys`.
pub(super) fn line(outcome: &Outcome) -> String {
    let tally = outcome.tally();
    let found: Vec<String> = [(tally.error, "error"), (tally.warning, "warning"), (tally.note, "note")]
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, noun)| count(number, noun))
        .collect();
    let found = if found.is_empty() { "no findings".to_owned() } else { found.join(", ") };
    let aside: Vec<String> = [(tally.ignored, "ignored"), (tally.known, "known")]
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!("{number} {what}"))
        .collect();
    let aside = if aside.is_empty() { String::new() } else { format!(" ({})", aside.join(", ")) };
    format!(
        "{found}{aside} in {}, {}, {}",
        count(outcome.files, "file"),
        count(outcome.certificates, "certificate"),
        count(outcome.keys, "key")
    )
}

/// Writes the line, unless a quiet run wants none.
pub(super) fn write(outcome: &Outcome, to: &mut dyn WriteColor, look: Look) -> io::Result<()> {
    if look.quiet {
        return Ok(());
    }
    let tally = outcome.tally();
    let color = match (tally.error, tally.warning + tally.note) {
        (0, 0) => Color::Green,
        (0, _) => Color::Yellow,
        _ => Color::Red,
    };
    to.set_color(ColorSpec::new().set_fg(Some(color)).set_bold(true))?;
    write!(to, "{}", line(outcome))?;
    to.reset()?;
    writeln!(to)
}

/// A number with its noun.
pub(super) fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
