//! The pipeline itself: read in parallel, link in order, judge in parallel, sort once.

use std::sync::{Arc, Mutex};

use rayon::prelude::*;

use crate::{
    finding::{Finding, Findings},
    model::{
        Draft, Facts, Model, Node, NodeKind, Paths, Problem, ProblemKind, Settings, Wanted,
        facts::IgnoreComment,
    },
    rules,
    source::{FileId, Location, Source},
    systems::{self, Input, Log, ReadBy},
};

use super::{Contents, Counts, FileKind, MAX_FILE, Report, Tree};

/// A tree that was read and linked, before any rule looked at it.
#[derive(Debug)]
pub struct Reading {
    /// By file id.
    pub sources: Vec<Source>,
    /// What all files say together.
    pub model: Model,
    /// Ignore comments of all files.
    pub ignores: Vec<IgnoreComment>,
    /// What was read.
    pub counts: Counts,
}

/// Reads a tree, links what it says and judges it. The answer depends on the tree and the settings alone, not on the
/// number of threads.
pub fn check(tree: &Tree<'_>, settings: &Settings) -> Report {
    check_and(tree, settings, |_, _| ()).0
}

/// The same, and what `look` makes of the model before it is gone.
pub fn check_and<T>(
    tree: &Tree<'_>,
    settings: &Settings,
    look: impl FnOnce(&Model, &[Source]) -> T,
) -> (Report, T) {
    judge_reading(tree, read(tree, settings), look)
}

/// Asks every rule about what was read.
pub(super) fn judge_reading<T>(
    tree: &Tree<'_>,
    reading: Reading,
    look: impl FnOnce(&Model, &[Source]) -> T,
) -> (Report, T) {
    let Reading { mut sources, model, ignores, counts } = reading;
    let trouble = trouble(&model, tree, &mut sources);
    let mut findings = judge(&model, tree, trouble);
    for finding in &mut findings {
        finding.settle(&sources);
    }
    let seen = look(&model, &sources);
    // Taking a large model apart takes longer than writing the report, and nobody has to wait for it.
    rayon::spawn(move || drop(model));
    (Report { sources, findings, ignores, counts }, seen)
}

/// Reads a tree and links what it says.
pub fn read(tree: &Tree<'_>, settings: &Settings) -> Reading {
    let first = |index| read_candidate(tree, index);
    let more = |index, wanted| read_wanted(tree, index, wanted);
    let mut reading = read_by(tree, settings, &first, &more);
    reading.model.problems.extend(tree.told.missing(&reading.model.paths));
    reading
}

/// What a file came to: its source and, where it was recognised, what it says.
pub(super) type Said = (Source, Option<Facts>);

/// The same with other ways to get at what a file says: by its own first bytes, and because another one names it.
pub(super) fn read_by(
    tree: &Tree<'_>,
    settings: &Settings,
    first: &(dyn Fn(usize) -> Said + Sync),
    more: &(dyn Fn(usize, Wanted) -> Said + Sync),
) -> Reading {
    let paths = Paths::new(nodes(tree));
    // Of most files nobody knows anything, and nothing is kept of them.
    let kept = |said: Said| said.1.is_some().then(|| Box::new(said));
    let read: Vec<Option<Box<Said>>> =
        (0..tree.candidates.len()).into_par_iter().map(|index| kept(first(index))).collect();
    let mut sources = Vec::with_capacity(read.len());
    let mut ignores = Vec::new();
    let mut counts = Counts::default();
    let mut draft = Draft::new(settings.clone(), paths);
    let mut take = |draft: &mut Draft, index: usize, mut facts: Facts| {
        counts.files += 1;
        ignores.append(&mut facts.ignores);
        draft.add(FileId(index as u32), facts);
    };
    for (index, said) in read.into_iter().enumerate() {
        let (source, facts) = said.map_or_else(|| unread(tree, index), |said| *said);
        sources.push(source);
        if let Some(facts) = facts {
            take(&mut draft, index, facts);
        }
    }
    let git_ignores = &*tree.ignored;
    let linked = loop {
        let (linked, wanted) = draft.link(&|path| git_ignores(path));
        if wanted.is_empty() {
            break linked;
        }
        draft.unlink(linked);
        let more: Vec<(usize, Source, Option<Facts>)> = wanted
            .par_iter()
            .map(|(file, wanted)| {
                let index = file.0 as usize;
                let (source, facts) = more(index, *wanted);
                (index, source, facts)
            })
            .collect();
        for (index, source, facts) in more {
            // A file that says something keeps its text; a password file has none to show.
            if sources[index].text.is_empty() {
                sources[index] = source;
            }
            if let Some(facts) = facts {
                take(&mut draft, index, facts);
            }
        }
    };
    let model = draft.finish(linked);
    for (file, lines) in &model.listings {
        let source = &mut sources[file.0 as usize];
        *source = Source::listing(std::mem::take(&mut source.path), lines);
    }
    counts.certificates = model.materials.len();
    counts.keys = model.materials.key_count();
    Reading { sources, model, ignores, counts }
}

/// The candidates as nodes, links by the id of what they lead to.
fn nodes(tree: &Tree<'_>) -> Vec<Node> {
    let target = |link: &str| {
        let after = tree.candidates.partition_point(|it| &*it.path <= link);
        let index = after.checked_sub(1).filter(|index| tree.candidates[*index].path.as_ref() == link)?;
        Some(FileId(index as u32))
    };
    tree.candidates.iter().map(|it| node(it, it.link.as_deref().and_then(target))).collect()
}

/// What went wrong while walking, as problems; a path that is no candidate gets a source of its own.
fn trouble(model: &Model, tree: &Tree<'_>, sources: &mut Vec<Source>) -> Vec<(Location, String)> {
    let mut found = Vec::new();
    for (path, what) in &tree.trouble {
        let file = model.paths.find_name(path).unwrap_or_else(|| {
            sources.push(Source::unread(&**path));
            FileId(sources.len() as u32 - 1)
        });
        found.push((Location::whole(file), format!("`{path}` cannot be read: {what}")));
    }
    found
}

fn node(candidate: &super::Candidate, link: Option<FileId>) -> Node {
    Node {
        path: candidate.path.clone(),
        kind: match candidate.kind {
            // It leads out of the tree: something stands there, and nobody here may read it.
            _ if candidate.link.is_some() && link.is_none() => NodeKind::Special,
            FileKind::File => NodeKind::File,
            FileKind::Directory => NodeKind::Directory,
            FileKind::Special => NodeKind::Special,
        },
        size: candidate.size,
        mode: candidate.mode,
        tracked: candidate.tracked,
        link,
        reported: candidate.reported,
    }
}

/// A file of which nobody knows anything.
fn unread(tree: &Tree<'_>, index: usize) -> Said {
    (Source::unread(Arc::clone(&tree.candidates[index].path)), None)
}

/// Reads a file if one of the systems knows it by its first bytes. A link is read through the file it leads to, once.
pub(super) fn read_candidate(tree: &Tree<'_>, index: usize) -> Said {
    let candidate = &tree.candidates[index];
    let path = &candidate.path;
    if let Some(said) = tree.told.first(index) {
        return said;
    }
    if candidate.link.is_some() || candidate.kind != FileKind::File || systems::is_foreign(path) {
        return unread(tree, index);
    }
    let known = Mutex::new(None);
    let contents = (tree.read)(index, &mut |head| {
        let system = systems::of(path, head);
        let wanted = system.is_some_and(|it| matches!(it.read, ReadBy::Whole(_)));
        *known.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = system;
        wanted
    });
    let system = known.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    let file = FileId(index as u32);
    let reader = system.map(|it| it.read);
    match (contents, reader) {
        (Ok(Contents::Whole(bytes)), Some(ReadBy::Whole(read))) => {
            let (mut source, facts) = read(&Input { file, path, bytes: &bytes });
            source.mask_url_passwords();
            source.mask_private_keys();
            (source, Some(facts))
        }
        (Ok(_), Some(ReadBy::Lines(read))) => match (tree.open)(index) {
            Ok(mut from) => {
                let (mut source, facts) = read(&mut Log { file, path, from: &mut from });
                source.mask_url_passwords();
                source.mask_private_keys();
                (source, Some(facts))
            }
            Err(error) => (Source::unread(Arc::clone(path)), Some(unreadable(file, &error.to_string()))),
        },
        (Ok(Contents::TooLarge(size)), _) => (Source::unread(Arc::clone(path)), Some(too_large(file, size))),
        (Err(error), _) => (Source::unread(Arc::clone(path)), Some(unreadable(file, &error.to_string()))),
        (Ok(_), _) => unread(tree, index),
    }
}

/// Reads a file because another one names it.
pub(super) fn read_wanted(tree: &Tree<'_>, index: usize, wanted: Wanted) -> Said {
    let path = &tree.candidates[index].path;
    let file = FileId(index as u32);
    if let Some(said) = tree.told.more(index, wanted) {
        return said;
    }
    match (tree.read)(index, &mut |_| true) {
        Ok(Contents::Whole(bytes) | Contents::Head(bytes)) => {
            let (mut source, facts) = systems::read_as(wanted, &Input { file, path, bytes: &bytes });
            source.mask_url_passwords();
            source.mask_private_keys();
            (source, Some(facts))
        }
        Ok(Contents::TooLarge(size)) => (Source::unread(Arc::clone(path)), Some(too_large(file, size))),
        Err(error) => (Source::unread(Arc::clone(path)), Some(unreadable(file, &error.to_string()))),
    }
}

fn too_large(file: FileId, size: u64) -> Facts {
    let message = format!("has {size} bytes, and files over {MAX_FILE} bytes are not read");
    let problem = Problem { kind: ProblemKind::OverLimit, at: Location::whole(file), message };
    Facts { problems: vec![problem], ..Facts::default() }
}

fn unreadable(file: FileId, what: &str) -> Facts {
    let message = format!("cannot be read: {what}");
    let problem = Problem { kind: ProblemKind::Unreadable, at: Location::whole(file), message };
    Facts { problems: vec![problem], ..Facts::default() }
}

/// Runs every rule, drops what is not asked about, and sorts.
fn judge(model: &Model, tree: &Tree<'_>, trouble: Vec<(Location, String)>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = rules::all()
        .par_iter()
        .flat_map_iter(|rule| {
            let mut out = Findings::of(rule.card);
            (rule.check)(model, &mut out);
            out.into_list()
        })
        .collect();
    let mut unreadable = Findings::of(&rules::cards::TLSLINT_UNREADABLE);
    let mut over_limit = Findings::of(&rules::cards::TLSLINT_OVER_LIMIT);
    let silent = "what it says was not taken into account";
    for problem in &model.problems {
        let out = match problem.kind {
            ProblemKind::Unreadable => &mut unreadable,
            ProblemKind::OverLimit => &mut over_limit,
        };
        let path = model.path(problem.at.file);
        out.report(format!("`{path}` {}", problem.message), problem.at, "").help(silent);
    }
    for (id, what) in &model.nginx.over_limit {
        out_of_bounds(&mut over_limit, model.nginx.name_at(*id), what);
    }
    for (at, message) in trouble {
        unreadable.report(message, at, "").help(silent);
    }
    findings.append(&mut unreadable.into_list());
    findings.append(&mut over_limit.into_list());
    let reported = |file: FileId| tree.candidates.get(file.0 as usize).is_none_or(|it| it.reported);
    findings.retain(|finding| {
        finding.labels().any(|label| reported(label.at.file))
            || finding.absent.iter().any(|path| tree.gone.contains(path))
    });
    findings.iter_mut().for_each(Finding::shorten);
    findings.sort();
    findings.dedup();
    findings
}

fn out_of_bounds(out: &mut Findings, at: Location, what: &str) {
    out.report(format!("{what}; what lies beyond was not read"), at, "here")
        .help("check the parts by themselves, or break the circle of includes");
}
