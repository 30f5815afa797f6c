//! `--fix` and `--diff`: what findings offer is put into the files, pass by pass, in memory first. Only when nothing is
//! left to do are files written, each whole or not at all, and only those that still are what was judged.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    io::{self, IsTerminal as _},
    path::PathBuf,
    sync::Arc,
};

use miette::Result;

use crate::{
    finding::{
        Outcome, Verdict,
        mend::{Mending, Standing},
        visible,
        visible::tamed,
    },
    source::{FileId, Source},
    walk::Names,
};

use super::{
    CheckArguments,
    args::FixKind,
    output::{self, failure, say},
};

mod disk;

/// So many passes are enough for findings that wait for each other.
const PASSES: usize = 10;

/// What has been put into the files so far.
pub(super) struct Repair {
    unsafe_too: bool,
    writes: bool,
    /// The one file that may change, where it came from standard input.
    only: Option<String>,
    /// Paths of snapshots: no file of this machine is meant.
    elsewhere: BTreeSet<String>,
    files: BTreeMap<String, Patient>,
    passes: usize,
    fixed: usize,
    /// Findings whose edits were not done in the last pass, by the reason.
    left: BTreeMap<String, usize>,
    offered: usize,
}

/// A file with edits.
struct Patient {
    disk: PathBuf,
    original: Arc<[u8]>,
    now: Arc<[u8]>,
    /// The text that reports may show, before the first edit.
    shown: String,
    /// Some of it is masked.
    secrets: bool,
}

impl Repair {
    /// What the arguments ask for, where they ask for edits.
    pub(super) fn wanted(arguments: &CheckArguments) -> Result<Option<Self>> {
        let kind = match (arguments.fix, arguments.diff) {
            (Some(kind), _) => kind,
            (None, true) => FixKind::Safe,
            (None, false) => return Ok(None),
        };
        if arguments.write_baseline.is_some() || arguments.prune_baseline {
            let help = Some("write the baseline in a run of its own, after the edits".to_owned());
            return Err(failure("what is edited cannot become a baseline in the same run", help));
        }
        Ok(Some(Self {
            unsafe_too: kind == FixKind::Unsafe,
            writes: !arguments.diff,
            only: None,
            elsewhere: BTreeSet::new(),
            files: BTreeMap::new(),
            passes: 0,
            fixed: 0,
            left: BTreeMap::new(),
            offered: 0,
        }))
    }

    /// Only the text of standard input may change: it is no file that could be written.
    pub(super) fn only(&mut self, shown: &str, bytes: &Arc<[u8]>) {
        self.only = Some(shown.to_owned());
        let (original, now) = (Arc::clone(bytes), Arc::clone(bytes));
        let patient = Patient { disk: PathBuf::new(), original, now, shown: String::new(), secrets: false };
        self.files.insert(shown.to_owned(), patient);
    }

    /// Files of these paths were read elsewhere and stay as they are.
    pub(super) fn leave(&mut self, paths: BTreeSet<String>) {
        self.elsewhere = paths;
    }

    /// The files as they are by now, by shown path.
    pub(super) fn texts(&self) -> BTreeMap<String, Arc<[u8]>> {
        self.changed().map(|(path, it)| (path.clone(), Arc::clone(&it.now))).collect()
    }

    fn changed(&self) -> impl Iterator<Item = (&String, &Patient)> {
        self.files.iter().filter(|(_, it)| it.original != it.now)
    }

    /// Whether nothing would change.
    pub(super) fn is_idle(&self) -> bool {
        self.changed().next().is_none()
    }

    /// Does the edits of one pass. Whether something changed, so that the tree has to be judged again.
    pub(super) fn step(
        &mut self,
        outcome: &Outcome,
        reported: Option<&BTreeSet<String>>,
        names: &Names,
    ) -> bool {
        self.left.clear();
        self.offered = 0;
        let last = self.passes == PASSES;
        let mut files: BTreeMap<FileId, Result<(Standing, Patient), String>> = BTreeMap::new();
        let mut mending = Mending::default();
        let mut taken = 0;
        for judged in outcome.judged.iter().filter(|it| it.verdict == Verdict::Counts) {
            let Some(fix) = &judged.finding.fix else { continue };
            if !fix.safe && !self.unsafe_too {
                self.offered += 1;
                continue;
            }
            let mut refusal = last.then(|| format!("{PASSES} passes were not enough"));
            for edit in &fix.edits {
                let Some(source) = outcome.sources.get(edit.file.0 as usize) else { continue };
                let known = files.entry(edit.file).or_insert_with(|| self.standing(source, reported, names));
                let fits = match known {
                    Ok((standing, _)) => standing
                        .allows([edit])
                        .map_err(|unfit| format!("`{}` {}", visible(&source.path), unfit.why())),
                    Err(reason) => Err(reason.clone()),
                };
                refusal = refusal.or(fits.err());
            }
            if refusal.is_none() && !mending.take(fix) {
                // The next pass may find it again.
                refusal = Some("another edit speaks of the same text".to_owned());
            }
            match refusal {
                Some(reason) => *self.left.entry(reason).or_default() += 1,
                None => taken += 1,
            }
        }
        for (file, edits) in mending.files() {
            let Some(Ok((standing, mut patient))) = files.remove(&file) else { continue };
            // What every edit was asked alone holds for all of them.
            let Ok(bytes) = standing.with(&edits) else { continue };
            patient.now = bytes.into();
            let path = &outcome.sources[file.0 as usize].path;
            if let Some(known) = self.files.get_mut(&**path) {
                if known.shown.is_empty() {
                    (known.shown, known.secrets) = (patient.shown, patient.secrets);
                }
                known.now = patient.now;
            } else {
                self.files.insert(path.to_string(), patient);
            }
        }
        self.passes += 1;
        self.fixed += taken;
        taken > 0
    }

    /// A file that may be changed, as it stands by now; or why it may not.
    fn standing(
        &self,
        source: &Source,
        reported: Option<&BTreeSet<String>>,
        names: &Names,
    ) -> Result<(Standing, Patient), String> {
        let path = visible(&source.path);
        if self.only.as_ref().is_some_and(|only| **only != *source.path) {
            return Err(format!("`{path}` is not the text of standard input"));
        }
        if self.elsewhere.contains(&*source.path) {
            return Err(format!("`{path}` stands in a snapshot and not here"));
        }
        if reported.is_some_and(|reported| !reported.contains(&*source.path)) {
            return Err(format!("`{path}` is not among the files that are reported"));
        }
        let shown = source.text.clone();
        let mut patient = if let Some(Patient { disk, original, now, .. }) = self.files.get(&*source.path) {
            let (disk, original, now) = (disk.clone(), Arc::clone(original), Arc::clone(now));
            Patient { disk, original, now, shown, secrets: false }
        } else {
            let disk = names.disk(&source.path);
            let bytes: Arc<[u8]> = disk::read(&disk).map_err(|reason| format!("`{path}` {reason}"))?.into();
            Patient { disk, original: Arc::clone(&bytes), now: bytes, shown, secrets: false }
        };
        let standing =
            Standing::new(source, &patient.now).map_err(|unfit| format!("`{path}` {}", unfit.why()))?;
        patient.secrets = standing.has_secrets();
        Ok((standing, patient))
    }

    /// Writes what changed: to the files, or to standard output as a difference or as the text itself. Whether all
    /// that was to be written has been.
    pub(super) fn finish(&mut self, outcome: &Outcome, quiet: bool) -> Result<bool> {
        let mut written = true;
        if !self.writes {
            let text = self.difference(outcome);
            // A terminal acts on what a file may hold; a program that reads on needs it as it is.
            let text = if io::stdout().is_terminal() { tamed(&text) } else { text };
            output::print(text.as_bytes())?;
        } else if let Some(only) = &self.only {
            output::print(&self.files[only].now)?;
        } else {
            let mut refused = Vec::new();
            for (path, it) in self.changed() {
                if let Err(reason) = disk::write(&it.disk, &it.original, &it.now) {
                    say(&format!("error: `{}` {}\n", visible(path), visible(&reason)));
                    refused.push(path.clone());
                }
            }
            written = refused.is_empty();
            self.files.retain(|path, _| !refused.contains(path));
        }
        if !quiet {
            say(&self.summary());
        }
        Ok(written)
    }

    /// All changes in the form that `patch -p0` reads. It is made of what reports may show: secrets are masked.
    fn difference(&self, outcome: &Outcome) -> String {
        let mut text = String::new();
        let sources: BTreeMap<&str, &Source> = outcome.sources.iter().map(|it| (&*it.path, it)).collect();
        for (path, it) in self.changed() {
            let Some(source) = sources.get(path.as_str()) else { continue };
            let mark = if it.original.starts_with(b"\xEF\xBB\xBF") { "\u{feff}" } else { "" };
            let (old, new) = (format!("{mark}{}", it.shown), format!("{mark}{}", source.text));
            let difference = similar::TextDiff::from_lines(&old, &new);
            let _ = write!(text, "{}", difference.unified_diff().header(path, path));
        }
        text
    }

    fn summary(&self) -> String {
        let count = |number: usize, noun: &str| {
            if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
        };
        let files = self.changed().count();
        let mut text = match (self.fixed, self.writes) {
            (0, _) => "nothing to fix".to_owned(),
            (fixed, true) => format!("fixed {} in {}", count(fixed, "finding"), count(files, "file")),
            (1, false) => format!("1 finding in {} would be fixed", count(files, "file")),
            (fixed, false) => format!("{fixed} findings in {} would be fixed", count(files, "file")),
        };
        for (reason, number) in &self.left {
            let _ = write!(text, "; {number} left because {reason}");
        }
        for (path, _) in self.changed().filter(|(_, it)| it.secrets && !self.writes) {
            let _ = write!(text, "; secrets of `{}` are masked, so `patch` may refuse it", visible(path));
        }
        if self.offered > 0 {
            let _ = write!(text, "; {} more with `--fix=unsafe`", self.offered);
        }
        text.push('\n');
        text
    }
}
