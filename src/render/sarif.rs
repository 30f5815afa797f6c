//! SARIF 2.1.0 as code scanning of GitHub takes it: one location a result, every other label as a related location that
//! the message links to. Spec: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>, and GitHub's page
//! "SARIF support for code scanning" for what is asked beyond it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    io,
};

use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    finding::{Card, Finding, Judged, Level, Outcome, visible},
    source::FileId,
};

use super::{
    line_hash::line_hashes,
    place::{Placed, is_absolute, placed, uri},
};

/// Texts of rules may have as many characters.
const RULE_TEXT: usize = 1024;

/// Further locations of a result that code scanning keeps.
const RELATED: usize = 100;

#[derive(Serialize)]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Value; 1],
}

/// Writes one run.
pub(super) fn write(outcome: &Outcome, to: &mut dyn io::Write) -> io::Result<()> {
    let hashes = hashes(outcome);
    let used: BTreeSet<&str> = outcome.counting().map(|it| it.finding.rule).collect();
    let cards: Vec<&Card> = outcome.cards.iter().copied().filter(|card| used.contains(card.id)).collect();
    let index: BTreeMap<&str, usize> =
        cards.iter().enumerate().map(|(index, card)| (card.id, index)).collect();
    let results: Vec<Value> =
        outcome.counting().filter_map(|it| result(outcome, it, &index, &hashes)).collect();
    let run = json!({
        "tool": { "driver": {
            "name": "tlslint",
            "informationUri": "https://github.com/tlslint/tlslint",
            "semanticVersion": env!("CARGO_PKG_VERSION"),
            "version": env!("CARGO_PKG_VERSION"),
            "rules": cards.iter().map(|card| rule(card)).collect::<Vec<_>>(),
        } },
        "automationDetails": { "id": "tlslint/" },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": { "%SRCROOT%": { "description": { "text": "the folder that tlslint ran in" } } },
        "results": results,
    });
    let log = Log { schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs: [run] };
    super::document::write(&log, to)
}

/// The line hashes of every place that a result starts at.
fn hashes(outcome: &Outcome) -> BTreeMap<(FileId, usize), String> {
    let mut wanted: BTreeMap<FileId, BTreeSet<usize>> = BTreeMap::new();
    for judged in outcome.counting() {
        let at = judged.finding.primary.at;
        if let Some(first) = placed(outcome, &judged.finding).first().filter(|it| it.in_text) {
            wanted.entry(at.file).or_default().insert(first.start.line);
        }
    }
    let mut hashes = BTreeMap::new();
    for (file, lines) in wanted {
        let Some(source) = outcome.sources.get(file.0 as usize) else { continue };
        let found = line_hashes(&source.text, &|line| lines.contains(&line));
        hashes.extend(found.into_iter().map(|(line, hash)| ((file, line), hash)));
    }
    hashes
}

fn rule(card: &Card) -> Value {
    let (score, kind) = match card.level {
        Level::Error => ("7.5", "error"),
        Level::Warning => ("5.0", "warning"),
        Level::Note => ("2.0", "recommendation"),
    };
    let text = format!("{}\n\n{}", card.why.trim(), card.fix.trim());
    json!({
        "id": card.id,
        "name": card.id,
        "shortDescription": { "text": cut(card.summary, RULE_TEXT) },
        "fullDescription": { "text": cut(card.why.trim(), RULE_TEXT) },
        "help": { "text": text, "markdown": text },
        "helpUri": card.url(),
        "defaultConfiguration": { "level": card.level.word(), "enabled": card.enabled },
        "properties": {
            "tags": tags(card),
            "precision": "high",
            "problem.severity": kind,
            "security-severity": score,
        },
    })
}

/// Tags may not repeat.
fn tags(card: &Card) -> Vec<&str> {
    let group = (card.group() != "tls").then(|| card.group());
    ["security", "tls"].into_iter().chain(group).collect()
}

fn result(
    outcome: &Outcome,
    judged: &Judged,
    index: &BTreeMap<&str, usize>,
    hashes: &BTreeMap<(FileId, usize), String>,
) -> Option<Value> {
    let finding = &judged.finding;
    let places = placed(outcome, finding);
    let (first, others) = places.split_first()?;
    let others = &others[..others.len().min(RELATED)];
    let mut prints = BTreeMap::from([("tlslint/v1", judged.fingerprint.clone())]);
    // An entry of a store has no line whose hash would mean anything.
    let hash = first.in_text.then(|| hashes.get(&(finding.primary.at.file, first.start.line))).flatten();
    let line_hash = hash.cloned().unwrap_or_else(|| format!("{}:1", &judged.fingerprint[..16]));
    prints.insert("primaryLocationLineHash", line_hash);
    let mut value = json!({
        "ruleId": finding.rule,
        "level": finding.level.word(),
        "message": { "text": message(outcome, finding, others) },
        "locations": [location(first, None)],
        "partialFingerprints": prints,
    });
    if let Some(at) = index.get(finding.rule) {
        value["ruleIndex"] = json!(at);
    }
    if !others.is_empty() {
        let related = others.iter().enumerate().map(|(at, place)| location(place, Some(at + 1)));
        value["relatedLocations"] = Value::Array(related.collect());
    }
    Some(value)
}

/// What is wrong, every other place as a link to its related location, and what to do.
fn message(outcome: &Outcome, finding: &Finding, others: &[Placed<'_>]) -> String {
    let mut text = plain(&finding.message);
    for (index, place) in others.iter().enumerate() {
        let what = if place.text.is_empty() { "see" } else { place.text };
        let _ = write!(text, "\n- {}: [{}]({})", plain(what), plain(&place.written()), index + 1);
    }
    let help = outcome.help(finding);
    if !help.is_empty() {
        let _ = write!(text, "\n\nhelp: {}", plain(help));
    }
    text
}

/// Brackets in a message would be links.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in crate::finding::one_line(text).chars() {
        if matches!(c, '[' | ']' | '\\') {
            plain.push('\\');
        }
        plain.push(c);
    }
    plain
}

fn location(place: &Placed<'_>, id: Option<usize>) -> Value {
    let path = &place.source.path;
    let mut artifact = json!({ "uri": uri(path) });
    if !is_absolute(path) {
        artifact["uriBaseId"] = json!("%SRCROOT%");
    }
    let mut value = json!({
        "physicalLocation": {
            "artifactLocation": artifact,
            "region": {
                "startLine": place.start.line,
                "startColumn": place.start.column,
                "endLine": place.end.line,
                "endColumn": place.end.column,
            },
        },
    });
    if let Some(entry) = place.entry {
        value["logicalLocations"] = json!([{ "name": visible(entry), "kind": "resource" }]);
    }
    if let Some(id) = id {
        value["id"] = json!(id);
        if !place.text.is_empty() {
            value["message"] = json!({ "text": plain(place.text) });
        }
    }
    value
}

/// The first characters of a text.
fn cut(text: &str, length: usize) -> String {
    if text.chars().count() <= length {
        return text.to_owned();
    }
    text.chars().take(length - 1).chain(['…']).collect()
}
