//! Writes a snapshot of a tree. The tree is linked once: only then is known which files others name, which paths Git is
//! asked about, and what the passwords open that stay here.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Write as _},
    sync::{Arc, Mutex, PoisonError},
};

use flate2::{Compression, write::GzEncoder};
use serde::Serialize;
use serde_json::Value;

use crate::{
    model::{Facts, Problem, ProblemKind, Wanted, seal},
    source::{FileId, Location, Source, own},
    x509::table,
};

use super::{
    super::{
        FileKind, Reading, Settings, Tree,
        run::{self, Said},
    },
    CertificateLine, End, EndLine, FORM, Head, MAX_LINE, MoreLine, PathLine,
    scrub::scrub,
};

/// A snapshot as bytes, and what is in it.
#[derive(Debug)]
pub struct Written {
    /// The file.
    pub bytes: Vec<u8>,
    /// Files that say something.
    pub files: usize,
    /// Different certificates.
    pub certificates: usize,
}

/// What was read of the files of a tree, besides what linking took.
#[derive(Default)]
struct Recorded {
    first: BTreeMap<usize, Facts>,
    more: BTreeMap<(usize, Wanted), Facts>,
}

/// Reads and links a tree, and writes down what it says. `name` is that of the machine, where it has one.
pub fn write(tree: &Tree<'_>, settings: &Settings, name: Option<&str>) -> io::Result<Written> {
    let not_there: Mutex<BTreeSet<String>> = Mutex::default();
    let recorded: Mutex<Recorded> = Mutex::default();
    let watched = watched(tree, &not_there);
    let keep = |said: &Said, put: &dyn Fn(&mut Recorded, Facts)| {
        if let Some(facts) = &said.1 {
            let facts = facts.clone();
            put(&mut recorded.lock().unwrap_or_else(PoisonError::into_inner), facts);
        }
    };
    let first = |index: usize| {
        let said = run::read_candidate(tree, index);
        keep(&said, &|to, facts| drop(to.first.insert(index, facts)));
        said
    };
    let more = |index: usize, wanted: Wanted| {
        let said = run::read_wanted(tree, index, wanted);
        keep(&said, &|to, facts| drop(to.more.insert((index, wanted), facts)));
        said
    };
    let reading = run::read_by(&watched, settings, &first, &more);
    drop(watched);
    let recorded = recorded.into_inner().unwrap_or_else(PoisonError::into_inner);
    let ignored = not_there.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().collect();
    let end = End { trouble: tree.trouble.clone(), ignored };
    let files = reading.counts.files;
    let (lines, rows) = table::writing(|| seal::writing(|| lines(tree, &reading, recorded)));
    let mut to = GzEncoder::new(Vec::new(), Compression::default());
    line(&mut to, &Head { tlsfacts: FORM, tlslint: env!("CARGO_PKG_VERSION"), name })?;
    for certificate in &rows {
        line(&mut to, &CertificateLine { certificate })?;
    }
    for bytes in lines? {
        to.write_all(&bytes)?;
    }
    line(&mut to, &EndLine { end: &end })?;
    Ok(Written { bytes: to.finish()?, files, certificates: rows.len() })
}

/// The same tree, which notes which paths Git ignores among those that linking asks about.
fn watched<'t>(tree: &'t Tree<'_>, not_there: &'t Mutex<BTreeSet<String>>) -> Tree<'t> {
    Tree {
        candidates: tree.candidates.clone(),
        read: Box::new(|index, wanted| (tree.read)(index, wanted)),
        open: Box::new(|index| (tree.open)(index)),
        ignored: Box::new(|path| {
            let ignored = (tree.ignored)(path);
            if ignored {
                not_there.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned());
            }
            ignored
        }),
        trouble: Vec::new(),
        gone: BTreeSet::new(),
        told: super::Told::default(),
    }
}

fn line(to: &mut impl io::Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *to, value)?;
    to.write_all(b"\n")
}

/// A line for every path, in order: numbers of passwords follow it.
fn lines(tree: &Tree<'_>, reading: &Reading, mut recorded: Recorded) -> io::Result<Vec<Vec<u8>>> {
    let paths: Arc<[Arc<str>]> = tree.candidates.iter().map(|it| it.path.clone()).collect();
    let mut lines = Vec::with_capacity(paths.len());
    for (index, candidate) in tree.candidates.iter().enumerate() {
        let file = FileId(index as u32);
        let source = &reading.sources[index];
        let mut said: Vec<(Option<Wanted>, Facts)> = Vec::new();
        said.extend(recorded.first.remove(&index).map(|facts| (None, facts)));
        for wanted in [Wanted::NginxConfiguration, Wanted::Material, Wanted::Passwords] {
            said.extend(recorded.more.remove(&(index, wanted)).map(|facts| (Some(wanted), facts)));
        }
        opened(reading, file, &mut said);
        let path_line = |said: Vec<(Option<Wanted>, Facts)>,
                         source: Option<&Source>|
         -> io::Result<Vec<u8>> {
            let mut line = PathLine {
                path: &candidate.path,
                kind: candidate.kind.into(),
                // The size of a folder is an affair of its disk.
                size: if candidate.kind == FileKind::Directory { 0 } else { candidate.size },
                mode: candidate.mode,
                tracked: candidate.tracked,
                link: candidate.link.as_deref(),
                source: None,
                facts: None,
                more: Vec::new(),
            };
            // Certificate material and listings are ours from the first line to the last.
            let whole = source.is_none_or(Source::is_binary) || said.iter().any(|(_, it)| is_material(it));
            let mut shown = Vec::new();
            for (wanted, facts) in said {
                let (facts, spans) = own::writing(file, &paths, || value(&facts, &reading.sources[index]));
                let facts = facts?;
                shown.extend(spans);
                match wanted {
                    None => line.facts = Some(facts),
                    Some(wanted) => line.more.push(MoreLine { wanted: wanted.into(), facts }),
                }
            }
            line.source =
                source.map(|it| if whole { own::Kept::of(it) } else { own::Kept::lines_of(it, &shown) });
            let mut bytes = serde_json::to_vec(&line)?;
            bytes.push(b'\n');
            Ok(bytes)
        };
        let text = Some(source).filter(|it| !said.is_empty() && !is_unread(it));
        let mut bytes = path_line(said, text)?;
        if bytes.len() as u64 > MAX_LINE {
            let message = format!("says more than the {MAX_LINE} bytes that a line of a snapshot may have");
            let problem = Problem { kind: ProblemKind::OverLimit, at: Location::whole(file), message };
            bytes = path_line(vec![(None, Facts { problems: vec![problem], ..Facts::default() })], None)?;
        }
        lines.push(bytes);
    }
    Ok(lines)
}

/// A file of PEM and nothing else.
fn is_material(facts: &Facts) -> bool {
    facts.holding.is_some() && facts.kubernetes.is_none() && facts.vcenter.is_none() && facts.hybrid.is_none()
}

fn is_unread(source: &Source) -> bool {
    source.is_binary() && source.text.is_empty() && source.entries.is_empty()
}

/// Adds what passwords made of a file, and what was said about that.
fn opened(reading: &Reading, file: FileId, said: &mut [(Option<Wanted>, Facts)]) {
    let known = |it: &Problem, said: &[(Option<Wanted>, Facts)]| {
        let mut all = said.iter().flat_map(|(_, facts)| &facts.problems);
        all.any(|other| other.at == it.at && other.message == it.message)
    };
    let of_file = reading.model.problems.iter().filter(|it| it.at.file == file && !known(it, said));
    let new: Vec<Problem> = of_file.cloned().collect();
    let Some((_, facts)) = said.iter_mut().find(|(_, facts)| facts.holding.is_some()) else { return };
    if let Some(holding) = &mut facts.holding {
        holding.tried = reading.model.materials.tried(file).map(Box::new);
    }
    facts.problems.extend(new);
}

fn value(facts: &Facts, source: &Source) -> io::Result<Value> {
    let mut value = serde_json::to_value(facts)?;
    scrub(&mut value, source);
    Ok(value)
}
