//! What was found before somebody began to use the tool on an old estate: known, counted, and not reported again.
//! The file holds a line for each finding, in a fixed order, so that Git merges it.

use std::{collections::BTreeMap, fmt::Write as _};

use serde::{Deserialize, Serialize};

use crate::finding::{Judged, Outcome, Verdict};

/// The version of the file that is written.
const VERSION: u32 = 1;

/// Findings of another day, by their fingerprints.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    entries: BTreeMap<String, Entry>,
}

/// One finding of a baseline. Only the fingerprint counts; the rest tells people what it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    path: String,
    rule: String,
    fingerprint: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "tlslint-baseline")]
    version: u32,
    findings: Vec<Entry>,
}

/// Why a text is no baseline.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// It is not of the form that is written.
    #[error("is no baseline: {0}")]
    Form(#[from] serde_json::Error),
    /// A later program wrote it.
    #[error("is a baseline of version {0}, and this program reads version 1")]
    Version(u32),
}

impl Baseline {
    /// Reads a file that [`Baseline::written`] wrote.
    pub fn read(text: &str) -> Result<Self, BaselineError> {
        let file: File = serde_json::from_str(text)?;
        if file.version != VERSION {
            return Err(BaselineError::Version(file.version));
        }
        let entries = file.findings.into_iter().map(|it| (it.fingerprint.clone(), it)).collect();
        Ok(Self { entries })
    }

    /// What a run came to: everything that counts or was known before.
    pub fn of(outcome: &Outcome, rooted: &dyn Fn(&str) -> String) -> Self {
        let kept = outcome.judged.iter().filter(|it| !matches!(it.verdict, Verdict::Ignored(_)));
        let entry = |it: &Judged| {
            let path = outcome.source(it.finding.primary.at).map_or("", |source| &*source.path);
            let fingerprint = it.fingerprint.clone();
            (fingerprint.clone(), Entry { path: rooted(path), rule: it.finding.rule.to_owned(), fingerprint })
        };
        Self { entries: kept.map(entry).collect() }
    }

    /// The same without what a run no longer finds; and how many that are.
    #[must_use]
    pub fn pruned(&self, outcome: &Outcome) -> (Self, usize) {
        let found: std::collections::BTreeSet<&str> =
            outcome.judged.iter().map(|it| it.fingerprint.as_str()).collect();
        let entries: BTreeMap<String, Entry> = self
            .entries
            .iter()
            .filter(|(print, _)| found.contains(print.as_str()))
            .map(|(print, entry)| (print.clone(), entry.clone()))
            .collect();
        let gone = self.entries.len() - entries.len();
        (Self { entries }, gone)
    }

    /// Whether a finding was there before.
    pub fn knows(&self, fingerprint: &str) -> bool {
        self.entries.contains_key(fingerprint)
    }

    /// How many findings it holds.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The file, sorted by path, rule and fingerprint.
    pub fn written(&self) -> String {
        let mut entries: Vec<&Entry> = self.entries.values().collect();
        entries.sort_by(|one, other| {
            (&one.path, &one.rule, &one.fingerprint).cmp(&(&other.path, &other.rule, &other.fingerprint))
        });
        let mut text = format!("{{\n  \"tlslint-baseline\": {VERSION},\n  \"findings\": [");
        for (index, entry) in entries.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            // Three strings always become JSON.
            let line = serde_json::to_string(entry).unwrap_or_default();
            let _ = write!(text, "{comma}\n    {line}");
        }
        text.push_str("\n  ]\n}\n");
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let entry = |path: &str, print: &str| {
            let entry = Entry { path: path.into(), rule: "key/mismatch".into(), fingerprint: print.into() };
            (print.to_owned(), entry)
        };
        for entries in [BTreeMap::new(), BTreeMap::from([entry("b \"x\"", "11"), entry("a", "22")])] {
            let baseline = Baseline { entries };
            let text = baseline.written();
            assert_eq!(Baseline::read(&text).unwrap_or_default(), baseline, "{text}");
        }
        let text = Baseline { entries: BTreeMap::from([entry("b", "11"), entry("a", "22")]) }.written();
        assert!(text.find("\"a\"") < text.find("\"b\""), "sorted by path: {text}");
    }

    #[test]
    fn another_file_is_refused() {
        for text in ["", "[]", "{}", "{\"tlslint-baseline\":2,\"findings\":[]}"] {
            assert!(Baseline::read(text).is_err(), "{text}");
        }
    }
}
