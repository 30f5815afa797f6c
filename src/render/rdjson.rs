//! reviewdog's diagnostic format: columns are 1-based bytes of UTF-8.
//! Spec: <https://github.com/reviewdog/reviewdog/tree/master/proto/rdf>.

use std::io;

use serde_json::{Value, json};

use crate::{
    finding::{Card, Finding, Label, Level, Outcome},
    source::{Location, Place},
};

use super::place::story;

/// Writes one document.
pub(super) fn write(outcome: &Outcome, to: &mut dyn io::Write) -> io::Result<()> {
    let diagnostics: Vec<Value> =
        outcome.counting().filter_map(|it| diagnostic(outcome, &it.finding)).collect();
    let document = json!({
        "source": { "name": "tlslint", "url": "https://github.com/tlslint/tlslint" },
        "diagnostics": diagnostics,
    });
    super::document::write(&document, to)
}

fn diagnostic(outcome: &Outcome, finding: &Finding) -> Option<Value> {
    let severity = match finding.level {
        Level::Error => "ERROR",
        Level::Warning => "WARNING",
        Level::Note => "INFO",
    };
    let related: Vec<Value> = finding
        .related
        .iter()
        .filter_map(|label| {
            Some(json!({ "message": crate::finding::one_line(&label.text), "location": location(outcome, label)? }))
        })
        .collect();
    let mut value = json!({
        "message": story(outcome, finding).join("\n"),
        "location": location(outcome, &finding.primary)?,
        "severity": severity,
        "code": { "value": finding.rule, "url": outcome.card(finding.rule).map_or(String::new(), Card::url) },
    });
    if !related.is_empty() {
        value["related_locations"] = Value::Array(related);
    }
    if let Some(suggestion) = suggestion(outcome, finding) {
        value["suggestions"] = json!([suggestion]);
    }
    Some(value)
}

/// The edit that mends a finding. The format has room for one stretch, in the file that the finding is about.
fn suggestion(outcome: &Outcome, finding: &Finding) -> Option<Value> {
    let [edit] = finding.fix.as_ref()?.edits.as_slice() else { return None };
    let at = Location::text(edit.file, edit.span);
    let range = location(outcome, &Label { at, text: String::new() })?["range"].take();
    (edit.file == finding.primary.at.file).then(|| json!({ "range": range, "text": edit.text }))
}

fn location(outcome: &Outcome, label: &Label) -> Option<Value> {
    let source = outcome.source(label.at)?;
    let Place::Text(span) = label.at.place else { return Some(json!({ "path": &*source.path })) };
    let position =
        |offset: u32| json!({ "line": source.position(offset).line, "column": source.byte_column(offset) });
    let range = json!({ "start": position(span.start), "end": position(span.end.max(span.start)) });
    Some(json!({ "path": &*source.path, "range": range }))
}
