//! The pipeline itself: read in parallel, link in order, judge in parallel, sort once.

use std::sync::Mutex;

use rayon::prelude::*;

use crate::{
    finding::{Finding, Findings},
    model::{Draft, Facts, Model, Node, NodeKind, Paths, Problem, ProblemKind, Settings, Wanted},
    rules,
    source::{FileId, Location, Source},
    systems::{self, Input, Probe},
};

use super::{Contents, Counts, FileKind, MAX_FILE, Report, Tree};

/// Reads a tree, links what it says and judges it. The answer depends on the tree and the settings alone, not on the
/// number of threads.
pub fn check(tree: &Tree<'_>, settings: &Settings) -> Report {
    let paths = Paths::new(tree.candidates.iter().map(node).collect());
    let links: Vec<bool> =
        paths.iter().map(|(_, node)| node.link.is_some() || node.kind != NodeKind::File).collect();
    let read: Vec<(Source, Option<Facts>)> = (0..tree.candidates.len())
        .into_par_iter()
        .map(|index| {
            if links[index] {
                return (Source::unread(&*tree.candidates[index].path), None);
            }
            read_recognised(tree, index)
        })
        .collect();
    let mut sources = Vec::with_capacity(read.len());
    let mut ignores = Vec::new();
    let mut counts = Counts::default();
    let mut draft = Draft::new(settings.clone(), paths);
    let mut take = |draft: &mut Draft, index: usize, mut facts: Facts| {
        counts.files += 1;
        ignores.append(&mut facts.ignores);
        draft.add(FileId(index as u32), facts);
    };
    for (index, (source, facts)) in read.into_iter().enumerate() {
        sources.push(source);
        if let Some(facts) = facts {
            take(&mut draft, index, facts);
        }
    }
    let ignored = &*tree.ignored;
    let linked = loop {
        let (linked, wanted) = draft.link(&|path| ignored(path));
        if wanted.is_empty() {
            break linked;
        }
        draft.unlink(linked);
        let more: Vec<(usize, Source, Option<Facts>)> = wanted
            .par_iter()
            .map(|(file, wanted)| {
                let index = file.0 as usize;
                let (source, facts) = read_wanted(tree, index, *wanted);
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
    counts.certificates = model.materials.len();
    counts.keys = model.materials.key_count();
    let findings = judge(&model, tree);
    Report { sources, findings, ignores, counts }
}

fn node(candidate: &super::Candidate) -> Node {
    Node {
        path: candidate.path.clone(),
        kind: match candidate.kind {
            FileKind::File => NodeKind::File,
            FileKind::Directory => NodeKind::Directory,
            FileKind::Special => NodeKind::Special,
        },
        size: candidate.size,
        mode: candidate.mode,
        tracked: candidate.tracked,
        link: None,
        reported: candidate.reported,
    }
}

/// Reads a file if one of the systems knows it by its first bytes.
fn read_recognised(tree: &Tree<'_>, index: usize) -> (Source, Option<Facts>) {
    let path = &*tree.candidates[index].path;
    let known = Mutex::new(None);
    let contents = (tree.read)(index, &mut |head| {
        let system = systems::of(&Probe { path, head });
        let wanted = system.is_some();
        *known.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = system;
        wanted
    });
    let system = known.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    let file = FileId(index as u32);
    match (contents, system) {
        (Ok(Contents::Whole(bytes)), Some(system)) => {
            let (source, facts) = (system.read)(&Input { file, path, bytes: &bytes });
            (source, Some(facts))
        }
        (Ok(Contents::TooLarge(size)), _) => (Source::unread(path), Some(too_large(file, size))),
        (Err(error), _) => (Source::unread(path), Some(unreadable(file, &error.to_string()))),
        (Ok(_), _) => (Source::unread(path), None),
    }
}

/// Reads a file because another one names it.
fn read_wanted(tree: &Tree<'_>, index: usize, wanted: Wanted) -> (Source, Option<Facts>) {
    let path = &*tree.candidates[index].path;
    let file = FileId(index as u32);
    match (tree.read)(index, &mut |_| true) {
        Ok(Contents::Whole(bytes) | Contents::Head(bytes)) => {
            let (source, facts) = systems::read_as(wanted, &Input { file, path, bytes: &bytes });
            (source, Some(facts))
        }
        Ok(Contents::TooLarge(size)) => (Source::unread(path), Some(too_large(file, size))),
        Err(error) => (Source::unread(path), Some(unreadable(file, &error.to_string()))),
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
fn judge(model: &Model, tree: &Tree<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = rules::all()
        .par_iter()
        .flat_map_iter(|rule| {
            let mut out = Findings::of(rule.card);
            (rule.check)(model, &mut out);
            out.into_list()
        })
        .collect();
    for problem in &model.problems {
        let card = match problem.kind {
            ProblemKind::Unreadable => &rules::cards::TLSLINT_UNREADABLE,
            ProblemKind::OverLimit => &rules::cards::TLSLINT_OVER_LIMIT,
        };
        let mut out = Findings::of(card);
        out.report(format!("`{}` {}", model.path(problem.at.file), problem.message), problem.at, "")
            .help("what this file says was not taken into account");
        findings.append(&mut out.into_list());
    }
    findings
        .retain(|finding| finding.labels().any(|label| tree.candidates[label.at.file.0 as usize].reported));
    findings.sort();
    findings.dedup();
    findings
}
