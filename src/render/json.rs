//! The contract with programs: `docs/json-schema.json` describes it, and its
//! `schema` number changes when a reader would break.

use std::io;

use serde::Serialize;

use crate::{
    finding::{Edit, Finding, Fix, Label, Outcome},
    source::{Place, Position, Source, Span},
};

/// The JSON Schema of what [`super::Format::Json`] writes.
pub const SCHEMA: &str = include_str!("../../docs/json-schema.json");

#[derive(Serialize)]
struct Wire<'a> {
    schema: u32,
    tool: Tool,
    as_of: &'a str,
    findings: Vec<WireFinding<'a>>,
    counts: WireCounts,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct WireFinding<'a> {
    rule: &'a str,
    level: &'static str,
    message: &'a str,
    help: &'a str,
    url: String,
    fingerprint: &'a str,
    labels: Vec<WireLabel<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<WireFix<'a>>,
}

#[derive(Serialize)]
struct WireFix<'a> {
    message: &'a str,
    applicability: &'static str,
    edits: Vec<WireEdit<'a>>,
}

#[derive(Serialize)]
struct WireEdit<'a> {
    path: &'a str,
    start: WirePosition,
    end: WirePosition,
    text: &'a str,
}

#[derive(Serialize)]
struct WireLabel<'a> {
    primary: bool,
    path: &'a str,
    entry: Option<&'a str>,
    message: &'a str,
    start: Option<WirePosition>,
    end: Option<WirePosition>,
}

#[derive(Serialize)]
struct WirePosition {
    line: usize,
    column: usize,
    byte: usize,
}

#[derive(Serialize)]
struct WireCounts {
    error: usize,
    warning: usize,
    note: usize,
    ignored: usize,
    known: usize,
    files: usize,
    certificates: usize,
    keys: usize,
}

/// Writes the outcome as one indented JSON document.
pub(super) fn write(outcome: &Outcome, to: &mut dyn io::Write) -> io::Result<()> {
    let tally = outcome.tally();
    let wire = Wire {
        schema: 1,
        tool: Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
        as_of: &outcome.as_of,
        findings: outcome
            .counting()
            .map(|it| WireFinding {
                rule: it.finding.rule,
                level: it.finding.level.word(),
                message: &it.finding.message,
                help: outcome.help(&it.finding),
                url: outcome.card(it.finding.rule).map_or(String::new(), crate::finding::Card::url),
                fingerprint: &it.fingerprint,
                labels: labels(outcome, &it.finding),
                fix: it.finding.fix.as_ref().map(|fix| wire_fix(outcome, fix)),
            })
            .collect(),
        counts: WireCounts {
            error: tally.error,
            warning: tally.warning,
            note: tally.note,
            ignored: tally.ignored,
            known: tally.known,
            files: outcome.files,
            certificates: outcome.certificates,
            keys: outcome.keys,
        },
    };
    super::document::write(&wire, to)
}

fn wire_fix<'a>(outcome: &'a Outcome, fix: &'a Fix) -> WireFix<'a> {
    let edit = |edit: &'a Edit| {
        let source = outcome.sources.get(edit.file.0 as usize)?;
        Some(WireEdit {
            path: &source.path,
            start: wire_position(source.position(edit.span.start)),
            end: wire_position(source.position(edit.span.end)),
            text: &edit.text,
        })
    };
    WireFix {
        message: &fix.what,
        applicability: if fix.safe { "safe" } else { "unsafe" },
        edits: fix.edits.iter().filter_map(edit).collect(),
    }
}

fn labels<'a>(outcome: &'a Outcome, finding: &'a Finding) -> Vec<WireLabel<'a>> {
    finding
        .labels()
        .enumerate()
        .filter_map(|(index, label)| Some(wire_label(outcome.source(label.at)?, label, index == 0)))
        .collect()
}

fn wire_label<'a>(source: &'a Source, label: &'a Label, primary: bool) -> WireLabel<'a> {
    let (entry, span) = match label.at.place {
        Place::Whole => (None, None),
        Place::Entry(index) => (source.entries.get(index as usize).map(|entry| entry.name.as_str()), None),
        Place::Text(span) => (None, Some(span)),
    };
    WireLabel {
        primary,
        path: &source.path,
        entry,
        message: &label.text,
        start: span.map(|Span { start, .. }| wire_position(source.position(start))),
        end: span.map(|Span { end, .. }| wire_position(source.position(end))),
    }
}

fn wire_position(position: Position) -> WirePosition {
    WirePosition { line: position.line, column: position.column, byte: position.byte }
}
