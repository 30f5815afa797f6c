//! From an outcome to the diagnostics of each file.

use std::{collections::BTreeMap, fmt::Write as _};

use lsp_types::{
    CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, Location, NumberOrString,
    Range, Uri,
};

use crate::{
    finding::{Finding, Label, Level, Outcome, one_line},
    source::Place,
};

use super::{Estate, Trouble, documents::uri_of, positions::Units};

/// Diagnostics by the URI of their file.
pub(super) type ByFile = BTreeMap<String, (Uri, Vec<Diagnostic>)>;

/// The diagnostics of everything that counts.
pub(super) fn diagnostics(outcome: &Outcome, estate: &dyn Estate, units: Units) -> ByFile {
    let mut files = ByFile::new();
    for judged in outcome.counting() {
        let finding = &judged.finding;
        let Some(at) = location(outcome, &finding.primary, estate, units) else { continue };
        let diagnostic = Diagnostic {
            range: at.range,
            severity: Some(match finding.level {
                Level::Error => DiagnosticSeverity::ERROR,
                Level::Warning => DiagnosticSeverity::WARNING,
                Level::Note => DiagnosticSeverity::INFORMATION,
            }),
            code: Some(NumberOrString::String(finding.rule.to_owned())),
            code_description: outcome
                .card(finding.rule)
                .and_then(|card| Some(CodeDescription { href: card.url().parse().ok()? })),
            source: Some("tlslint".to_owned()),
            message: message(outcome, finding),
            related_information: related(outcome, finding, estate, units),
            tags: None,
            data: Some(serde_json::json!({ "fingerprint": judged.fingerprint })),
        };
        files.entry(at.uri.as_str().to_owned()).or_insert_with(|| (at.uri, Vec::new())).1.push(diagnostic);
    }
    files
}

fn message(outcome: &Outcome, finding: &Finding) -> String {
    let mut message = one_line(&finding.message);
    if let Some(source) = outcome.source(finding.primary.at)
        && let Place::Entry(index) = finding.primary.at.place
        && let Some(entry) = source.entries.get(index as usize)
    {
        let _ = write!(message, " (entry `{}`)", one_line(&entry.name));
    }
    let help = one_line(outcome.help(finding));
    if !help.is_empty() {
        message.push_str("\nhelp: ");
        message.push_str(&help);
    }
    message
}

fn related(
    outcome: &Outcome,
    finding: &Finding,
    estate: &dyn Estate,
    units: Units,
) -> Option<Vec<DiagnosticRelatedInformation>> {
    let list: Vec<DiagnosticRelatedInformation> = finding
        .related
        .iter()
        .filter_map(|label| {
            let text = one_line(&label.text);
            let message = if text.is_empty() { "see here".to_owned() } else { text };
            Some(DiagnosticRelatedInformation { location: location(outcome, label, estate, units)?, message })
        })
        .collect();
    (!list.is_empty()).then_some(list)
}

fn location(outcome: &Outcome, label: &Label, estate: &dyn Estate, units: Units) -> Option<Location> {
    let source = outcome.source(label.at)?;
    let range = match label.at.place {
        Place::Text(span) if !source.is_binary() => units.range(source, span),
        _ => Range::default(),
    };
    Some(Location { uri: uri_of(&estate.disk(&source.path))?, range })
}

/// The diagnostics of a folder that cannot be checked.
pub(super) fn troubles(list: &[Trouble], units: Units) -> ByFile {
    let mut files = ByFile::new();
    for trouble in list {
        let Some(uri) = uri_of(&trouble.path) else { continue };
        let position = |byte| units.position(&trouble.text, byte);
        let diagnostic = Diagnostic {
            range: Range::new(position(trouble.span.start), position(trouble.span.end)),
            severity: Some(DiagnosticSeverity::ERROR),
            source: Some("tlslint".to_owned()),
            message: trouble.message.clone(),
            ..Diagnostic::default()
        };
        files.entry(uri.as_str().to_owned()).or_insert_with(|| (uri, Vec::new())).1.push(diagnostic);
    }
    files
}
