//! Checkstyle's XML, which many tools read: findings by file.

use std::{collections::BTreeMap, io};

use crate::finding::{Finding, Level, Outcome};

use super::place::{Placed, placed, story, xml};

/// Writes one document.
pub(super) fn write(outcome: &Outcome, to: &mut dyn io::Write) -> io::Result<()> {
    let mut files: BTreeMap<&str, Vec<(Placed<'_>, &Finding)>> = BTreeMap::new();
    for judged in outcome.counting() {
        if let Some(first) = placed(outcome, &judged.finding).into_iter().next() {
            files.entry(&first.source.path).or_default().push((first, &judged.finding));
        }
    }
    writeln!(to, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<checkstyle version=\"4.3\">")?;
    for (path, found) in files {
        writeln!(to, "  <file name=\"{}\">", xml(path))?;
        for (place, finding) in found {
            let severity = match finding.level {
                Level::Error => "error",
                Level::Warning => "warning",
                Level::Note => "info",
            };
            let entry = place.entry.map_or(String::new(), |entry| format!(" (entry `{entry}`)"));
            writeln!(
                to,
                "    <error line=\"{}\" column=\"{}\" severity=\"{severity}\" message=\"{}{}\" source=\"tlslint.{}\"/>",
                place.start.line,
                place.start.column,
                xml(&story(outcome, finding).join("; ")),
                xml(&entry),
                xml(finding.rule),
            )?;
        }
        writeln!(to, "  </file>")?;
    }
    writeln!(to, "</checkstyle>")
}
