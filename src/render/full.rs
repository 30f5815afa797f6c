//! Findings for people: excerpts of every file that takes part, with labels,
//! help, and a summary at the end.

use std::{
    collections::BTreeMap,
    io::{self, Write as _},
};

use codespan_reporting::{
    diagnostic::{Diagnostic, Label as Drawn, Severity},
    term::{
        self, Config,
        termcolor::{Buffer, ColorSpec, WriteColor},
    },
};

use crate::{
    finding::{Finding, Label, Level, Outcome, one_line, visible},
    source::{Place, Source, Span},
};

use super::{Look, excerpt::Excerpts, summary};

/// More related places than this are counted, not shown.
const RELATED: usize = 100;

/// Writes the findings that count, then the summary.
pub(super) fn write(outcome: &Outcome, to: &mut dyn io::Write, look: Look) -> io::Result<()> {
    for judged in outcome.counting().filter(|it| look.shows(it.finding.level)) {
        let mut buffer = buffer(look);
        draw(outcome, &judged.finding, &mut buffer)?;
        to.write_all(buffer.as_slice())?;
    }
    let mut buffer = buffer(look);
    summary::write(outcome, &mut buffer, look)?;
    to.write_all(buffer.as_slice())
}

/// Something to write colours to, or to drop them.
pub(super) fn buffer(look: Look) -> Buffer {
    if look.color { Buffer::ansi() } else { Buffer::no_color() }
}

/// The colour of a level's word.
pub(super) fn level_color(level: Level) -> ColorSpec {
    term::Styles::default().header(severity(level)).clone()
}

fn severity(level: Level) -> Severity {
    match level {
        Level::Error => Severity::Error,
        Level::Warning => Severity::Warning,
        Level::Note => Severity::Note,
    }
}

fn draw(outcome: &Outcome, finding: &Finding, buffer: &mut Buffer) -> io::Result<()> {
    let mut excerpts = Excerpts::default();
    let mut notes = Vec::new();
    let labels: Vec<&Label> = finding.labels().take(RELATED + 1).collect();
    let drawn = place_labels(outcome, &labels, &mut excerpts, &mut notes);
    let left_out = finding.related.len().saturating_sub(RELATED);
    if left_out > 0 {
        notes.push(format!("and {}", summary::count(left_out, "more place")));
    }
    let help = one_line(outcome.help(finding));
    if !help.is_empty() {
        notes.push(format!("help: {help}"));
    }
    let diagnostic = Diagnostic::new(severity(finding.level))
        .with_code(finding.rule)
        .with_message(one_line(&finding.message))
        .with_labels(drawn)
        .with_notes(notes);

    let Some(whole) = whole_primary(outcome, finding) else {
        return emit(buffer, &excerpts, &diagnostic);
    };
    // codespan cannot name a file without a line of it, so the file that is meant as such
    // is put under the header, in the same form.
    let mut body = buffer.clone();
    body.clear();
    emit(&mut body, &excerpts, &diagnostic)?;
    let header = memchr::memchr(b'\n', body.as_slice()).map_or(0, |end| end + 1);
    let gutter = " ".repeat(excerpts.digits() + 1);
    let border = term::Styles::default().source_border;
    buffer.write_all(&body.as_slice()[..header])?;
    buffer.write_all(gutter.as_bytes())?;
    buffer.set_color(&border)?;
    write!(buffer, "┌─")?;
    buffer.reset()?;
    writeln!(buffer, " {whole}")?;
    buffer.write_all(gutter.as_bytes())?;
    buffer.set_color(&border)?;
    write!(buffer, "│")?;
    buffer.reset()?;
    writeln!(buffer)?;
    buffer.write_all(&body.as_slice()[header..])
}

fn emit(buffer: &mut Buffer, excerpts: &Excerpts, diagnostic: &Diagnostic<usize>) -> io::Result<()> {
    term::emit_to_write_style(buffer, &Config::default(), excerpts, diagnostic).map_err(io::Error::other)
}

/// The shown path of the primary label, where that is a file as such.
fn whole_primary(outcome: &Outcome, finding: &Finding) -> Option<String> {
    let source = outcome.source(finding.primary.at)?;
    (finding.primary.at.place == Place::Whole).then(|| match one_line(&finding.primary.text) {
        text if text.is_empty() => visible(&source.path).into_owned(),
        text => format!("{}: {text}", visible(&source.path)),
    })
}

/// Puts every label into an excerpt or, where there is no line to show, into the notes.
fn place_labels(
    outcome: &Outcome,
    labels: &[&Label],
    excerpts: &mut Excerpts,
    notes: &mut Vec<String>,
) -> Vec<Drawn<usize>> {
    // Files are shown in the order of their first label; the primary one leads.
    let mut files: Vec<(&Source, Vec<(usize, Span)>)> = Vec::new();
    let mut known: BTreeMap<u32, usize> = BTreeMap::new();
    for (index, label) in labels.iter().enumerate() {
        let Some(source) = outcome.source(label.at) else { continue };
        if label.at.place == Place::Whole {
            if index > 0 {
                notes.push(noted(&visible(&source.path), &label.text));
            }
            continue;
        }
        let file = *known.entry(label.at.file.0).or_insert_with(|| {
            files.push((source, Vec::new()));
            files.len() - 1
        });
        files[file].1.push((index, source.span(label.at.place)));
    }
    let mut drawn = Vec::new();
    for (source, members) in files {
        let mut name = visible(&source.path).into_owned();
        if source.is_binary() {
            name.push_str(" (entries)");
        }
        let spans: Vec<Span> = members.iter().map(|(_, span)| *span).collect();
        let places = excerpts.add(name.clone(), source, &spans);
        for ((index, span), place) in members.into_iter().zip(places) {
            let text = one_line(&labels[index].text);
            if let Some((file, range)) = place {
                let label =
                    if index == 0 { Drawn::primary(file, range) } else { Drawn::secondary(file, range) };
                drawn.push(label.with_message(text));
            } else {
                let at = source.position(span.start);
                notes.push(noted(&format!("{name}:{}:{}", at.line, at.column), &text));
            }
        }
    }
    drawn
}

fn noted(place: &str, text: &str) -> String {
    if text.is_empty() { place.to_owned() } else { format!("{place}: {}", one_line(text)) }
}
