//! From an example of a card to what is found in it. The one place of these
//! tests that calls the library.

use std::{fs, path::Path};

use tlslint::{
    check::{self, Settings, Tree},
    finding::{Finding, Label, Level},
    source::{Place, Source},
    x509::Time,
};

use super::format::{Body, Example};

/// "Today" where an example does not say another.
const AS_OF: &str = "2026-11-22";

/// A finding as a card can say it.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// Id of its card.
    pub(crate) rule: String,
    /// How serious it is here.
    pub(crate) level: Level,
    /// What it says.
    pub(crate) message: String,
    /// All its labels: `path:line`, `path#entry`, or `path`.
    pub(crate) labels: Vec<String>,
}

impl Seen {
    /// The line of a card that would expect this finding.
    pub(crate) fn line(&self) -> String {
        format!("{:?}  {}: {}", self.labels, self.level.word(), self.message)
    }
}

/// What is found in the tree of an example.
pub(crate) fn judge(example: &Example) -> Result<Vec<Seen>, String> {
    let mut files = Vec::new();
    for (path, body) in example.files() {
        files.push((path.clone(), bytes(body)?));
    }
    let mut tree = Tree::in_memory(files);
    for candidate in &mut tree.candidates {
        candidate.tracked = example.git;
        if let Some(mode) = example.mode.get(&candidate.path) {
            candidate.mode = u32::from_str_radix(mode, 8).ok();
        }
    }
    let report = check::check(&tree, &settings(example)?);
    Ok(report.findings.iter().map(|finding| seen(finding, &report.sources)).collect())
}

/// The bytes of a file of an example.
pub(crate) fn bytes(body: &Body) -> Result<Vec<u8>, String> {
    match body {
        Body::Text(text) => Ok(text.clone().into_bytes()),
        Body::From(from) => {
            let testdata = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
            let mut joined = Vec::new();
            for path in from.from.paths() {
                let one = fs::read(testdata.join(path)).map_err(|error| format!("testdata/{path}: {error}"))?;
                joined.extend(one);
            }
            Ok(joined)
        }
    }
}

fn settings(example: &Example) -> Result<Settings, String> {
    Ok(Settings {
        as_of: Time::parse(example.as_of.as_deref().unwrap_or(AS_OF))?,
        paths: Vec::new(),
        options: Vec::new(),
        nginx_version: None,
        passwords: Vec::new(),
    })
}

fn seen(finding: &Finding, sources: &[Source]) -> Seen {
    Seen {
        rule: finding.rule.to_owned(),
        level: finding.level,
        message: finding.message.clone(),
        labels: finding.labels().map(|label| place(label, sources)).collect(),
    }
}

fn place(label: &Label, sources: &[Source]) -> String {
    let source = &sources[label.at.file.0 as usize];
    match label.at.place {
        Place::Whole => source.path.clone(),
        Place::Text(span) => format!("{}:{}", source.path, source.position(span.start).line),
        Place::Entry(index) => format!("{}#{}", source.path, source.entries[index as usize].name),
    }
}
