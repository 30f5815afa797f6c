//! What counts: levels, selection and ignores, from `tlslint.toml`, the command
//! line and comments. Findings go in as the rules saw them and come out judged.

use std::{cmp::Ordering, collections::BTreeSet};

use crate::{
    finding::{Card, Finding, Judged, Level, Outcome, Verdict, fingerprints},
    source::{FileId, Source},
};

mod baseline;
pub mod config;
mod fields;
mod ignores;
pub mod levels;
pub mod machines;
pub mod pattern;
pub mod suggest;

pub use baseline::{Baseline, BaselineError};
pub use config::{Config, ConfigError, Ignore};
pub use ignores::{Base, Comment};
pub use levels::{Levels, Threshold, UnknownRule};
pub use pattern::Pattern;

/// The rule that speaks of ignores that ignore nothing.
pub const UNUSED_IGNORE: &str = "tlslint/unused-ignore";

/// What there is to judge, and by what.
#[derive(Debug)]
pub struct Case<'a> {
    /// All cards, sorted by id.
    pub cards: &'static [&'static Card],
    /// By file id.
    pub sources: Vec<Source>,
    /// As the rules reported them.
    pub findings: Vec<Finding>,
    /// Ignore comments of all files.
    pub comments: Vec<Comment>,
    /// `tlslint.toml`, where there is one.
    pub config: Option<&'a Config>,
    /// Which rules run, and at what level.
    pub levels: &'a Levels,
    /// What paths of the configuration are relative to.
    pub base: &'a Base,
    /// "Today": an ignore does not hold after its `until`.
    pub today: time::Date,
    /// Shown paths that are reported; `None` when everything is.
    pub reported: Option<&'a BTreeSet<String>>,
    /// Findings that were there before and are not counted.
    pub baseline: Option<&'a Baseline>,
}

/// What is left of a [`Case`]; the door adds what it alone knows.
#[derive(Debug)]
pub struct Verdicts {
    /// By file id; `tlslint.toml` is added where a finding points into it.
    pub sources: Vec<Source>,
    /// Sorted by path, place, rule.
    pub judged: Vec<Judged>,
}

/// Judges every finding, and the ignores themselves.
pub fn judge(case: Case<'_>) -> Verdicts {
    let Case { cards, mut sources, mut findings, comments, config, levels, base, today, reported, baseline } =
        case;
    findings.retain(|finding| levels.runs(finding.rule));
    for finding in &mut findings {
        if let Some(level) = levels.level(finding.rule) {
            finding.level = level;
        }
    }

    let file = FileId(sources.len() as u32);
    let mut ignores =
        ignores::Ignores::new(cards, &sources, &comments, config.map(|it| (it, file)), base, today);
    let verdicts: Vec<Verdict> = findings.iter().map(|finding| ignores.verdict(finding)).collect();
    let complaints = if levels.runs(UNUSED_IGNORE) {
        let card = cards.iter().copied().find(|card| card.id == UNUSED_IGNORE);
        // A run over a few named files cannot tell whether an entry for other files is needed.
        card.map_or(Vec::new(), |card| ignores.unused(card, levels, reported.is_none()))
    } else {
        Vec::new()
    };
    if let Some(config) = config.filter(|_| complaints.iter().any(|it| it.primary.at.file == file)) {
        sources.push(config.source.clone());
    }

    let complaints = complaints.into_iter().map(|mut finding| {
        if let Some(level) = levels.level(finding.rule) {
            finding.level = level;
        }
        (finding, Verdict::Counts)
    });
    let mut all: Vec<(Finding, Verdict)> = findings.into_iter().zip(verdicts).chain(complaints).collect();
    if let Some(reported) = reported {
        all.retain(|(finding, _)| {
            let path = |file: FileId| sources.get(file.0 as usize).map(|source| &*source.path);
            finding.labels().any(|label| path(label.at.file).is_some_and(|path| reported.contains(path)))
                || finding.absent.iter().any(|path| reported.contains(path))
        });
    }
    all.sort_by(|(one, _), (other, _)| order(one, other, &sources));
    all.dedup_by(|(one, _), (other, _)| one == other);
    let (findings, verdicts): (Vec<Finding>, Vec<Verdict>) = all.into_iter().unzip();
    let prints = fingerprints(&findings, &sources, &|path| base.rooted(path));
    let judged = findings
        .into_iter()
        .zip(verdicts)
        .zip(prints)
        .map(|((finding, verdict), fingerprint)| {
            let known = baseline.is_some_and(|it| it.knows(&fingerprint)) && verdict == Verdict::Counts;
            Judged { finding, verdict: if known { Verdict::Known } else { verdict }, fingerprint }
        })
        .collect();
    Verdicts { sources, judged }
}

/// The order of a report: ids follow paths, except for the file that was added last.
fn order(one: &Finding, other: &Finding, sources: &[Source]) -> Ordering {
    let path = |finding: &Finding| sources.get(finding.primary.at.file.0 as usize).map(|source| &source.path);
    path(one).cmp(&path(other)).then_with(|| one.cmp(other))
}

/// Whether a run failed: something counts at or above the threshold.
pub fn fails(outcome: &Outcome, threshold: Threshold) -> bool {
    let least = match threshold {
        Threshold::Never => return false,
        Threshold::At(level) => level,
    };
    outcome.worst().is_some_and(|worst: Level| worst >= least)
}

#[cfg(test)]
mod tests;
