//! What a run came to: every finding with its verdict and its fingerprint, and
//! all that a renderer needs to show them.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::{Card, Finding, Level};
use crate::source::{Location, Source};

/// Whether a finding counts.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is reported.
    Counts,
    /// A comment or an entry of `tlslint.toml` ignores it; where that stands.
    Ignored(Location),
    /// The baseline knows it.
    Known,
}

/// A finding after the policy has seen it.
#[derive(Clone, Debug)]
pub struct Judged {
    /// What was found, at the level that the configuration gives it.
    pub finding: Finding,
    /// Whether it counts.
    pub verdict: Verdict,
    /// The same for the same finding tomorrow; see [`Finding::fingerprint_text`].
    pub fingerprint: String,
}

/// What a run came to.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// "Today", as RFC 3339.
    pub as_of: String,
    /// By file id.
    pub sources: Vec<Source>,
    /// Sorted by path, place, rule.
    pub judged: Vec<Judged>,
    /// All cards, sorted by id.
    pub cards: &'static [&'static Card],
    /// Files that were recognised and read.
    pub files: usize,
    /// Different certificates.
    pub certificates: usize,
    /// Different private keys.
    pub keys: usize,
}

/// How many findings there are of each kind.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// At level error.
    pub error: usize,
    /// At level warning.
    pub warning: usize,
    /// At level note.
    pub note: usize,
    /// Ignored, whatever their level.
    pub ignored: usize,
    /// In the baseline, whatever their level.
    pub known: usize,
}

impl Outcome {
    /// The findings that count.
    pub fn counting(&self) -> impl Iterator<Item = &Judged> {
        self.judged.iter().filter(|it| it.verdict == Verdict::Counts)
    }

    /// How many there are of each kind.
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for it in &self.judged {
            match (it.verdict, it.finding.level) {
                (Verdict::Ignored(_), _) => tally.ignored += 1,
                (Verdict::Known, _) => tally.known += 1,
                (_, Level::Error) => tally.error += 1,
                (_, Level::Warning) => tally.warning += 1,
                (_, Level::Note) => tally.note += 1,
            }
        }
        tally
    }

    /// The highest level among findings that count.
    pub fn worst(&self) -> Option<Level> {
        self.counting().map(|it| it.finding.level).max()
    }

    /// The card of a rule.
    pub fn card(&self, rule: &str) -> Option<&'static Card> {
        self.cards.iter().copied().find(|card| card.id == rule)
    }

    /// The file of a location; `None` where the location is of another run.
    pub fn source(&self, at: Location) -> Option<&Source> {
        self.sources.get(at.file.0 as usize)
    }

    /// What to do: the finding's own words, else the first paragraph of its card's advice.
    pub fn help<'a>(&'a self, finding: &'a Finding) -> &'a str {
        if !finding.help.is_empty() {
            return &finding.help;
        }
        let fix = self.card(finding.rule).map_or("", |card| card.fix);
        fix.trim().split("\n\n").next().unwrap_or_default()
    }
}

/// The fingerprints of findings, in their order: the first 32 hexadecimal digits of SHA-256. See
/// [`Finding::fingerprint_text`] for `rooted`.
pub fn fingerprints(
    findings: &[Finding],
    sources: &[Source],
    rooted: &dyn Fn(&str) -> String,
) -> Vec<String> {
    let mut equals: BTreeMap<String, usize> = BTreeMap::new();
    let mut list = Vec::with_capacity(findings.len());
    for finding in findings {
        let ordinal = equals.entry(finding.fingerprint_text(sources, 0, rooted)).or_default();
        let text = finding.fingerprint_text(sources, *ordinal, rooted);
        *ordinal += 1;
        list.push(HEXLOWER.encode(&Sha256::digest(text.as_bytes())[..16]));
    }
    list
}
