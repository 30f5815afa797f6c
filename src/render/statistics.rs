//! How often each rule fired, most often first.

use std::{
    cmp::Reverse,
    collections::BTreeMap,
    io::{self, Write as _},
};

use codespan_reporting::term::termcolor::WriteColor;

use crate::finding::{Level, Outcome};

use super::{Look, full, summary};

/// Writes the table: number, level, rule, what it says.
pub(super) fn write(outcome: &Outcome, to: &mut dyn io::Write, look: Look) -> io::Result<()> {
    let mut numbers: BTreeMap<(&str, Level), usize> = BTreeMap::new();
    for judged in outcome.counting().filter(|it| look.shows(it.finding.level)) {
        *numbers.entry((judged.finding.rule, judged.finding.level)).or_default() += 1;
    }
    let mut rows: Vec<_> = numbers.into_iter().collect();
    // The sort is stable, so rules of equal number stay in the order of their ids.
    rows.sort_by_key(|(_, number)| Reverse(*number));
    let digits = rows.first().map_or(0, |(_, number)| number.to_string().len());
    let width = rows.iter().map(|((rule, _), _)| rule.len()).max().unwrap_or_default();
    let mut buffer = full::buffer(look);
    for ((rule, level), number) in rows {
        let summary = outcome.card(rule).map_or("", |card| card.summary);
        write!(buffer, "{number:>digits$}  ")?;
        buffer.set_color(&full::level_color(level))?;
        write!(buffer, "{:<7}", level.word())?;
        buffer.reset()?;
        writeln!(buffer, "  {rule:<width$}  {summary}")?;
    }
    summary::write(outcome, &mut buffer, look)?;
    to.write_all(buffer.as_slice())
}
