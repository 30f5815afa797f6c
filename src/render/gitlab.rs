//! GitLab's Code Quality report: a list of issues with fingerprints.
//! Spec: <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>.

use std::io;

use serde_json::{Value, json};

use crate::finding::{Judged, Level, Outcome, one_line};

use super::place::placed;

/// Writes one list.
pub(super) fn write(outcome: &Outcome, to: &mut dyn io::Write) -> io::Result<()> {
    let list: Vec<Value> = outcome.counting().filter_map(|it| issue(outcome, it)).collect();
    super::document::write(&list, to)
}

fn issue(outcome: &Outcome, judged: &Judged) -> Option<Value> {
    let finding = &judged.finding;
    let places = placed(outcome, finding);
    let first = places.first()?;
    let severity = match finding.level {
        Level::Error => "critical",
        Level::Warning => "minor",
        Level::Note => "info",
    };
    let entry = first.entry.map_or(String::new(), |entry| format!(" (entry `{}`)", one_line(entry)));
    let help = one_line(outcome.help(finding));
    let help = if help.is_empty() { help } else { format!("; help: {help}") };
    Some(json!({
        "description": format!("{}{entry}{help}", one_line(&finding.message)),
        "check_name": finding.rule,
        "fingerprint": judged.fingerprint,
        "severity": severity,
        "location": {
            "path": &*first.source.path,
            "positions": {
                "begin": { "line": first.start.line, "column": first.start.column },
                "end": { "line": first.end.line, "column": first.end.column },
            },
        },
    }))
}
