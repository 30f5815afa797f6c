//! What a walk has found so far: every path once, however often it was reached.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, FileType, Metadata},
    io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use ignore::{DirEntry, WalkBuilder, WalkState};
use rayon::slice::ParallelSliceMut as _;

use crate::check::{Candidate, FileKind};

use super::{Exclude, Names, paths, repository};

/// A candidate, with its path on disk where that does not follow from the shown one: two odd names can look alike.
type Standing = (Candidate, Option<Box<Path>>);

/// Paths on disk that do not follow from the shown ones, by the index of the candidate.
pub(super) type Odd = BTreeMap<usize, Box<Path>>;

/// Whether what stands at a path is reported; the second says that it is a link.
type Reported<'a> = dyn Fn(&Path, bool) -> bool + Sync + 'a;

/// Candidates, some of them more than once.
pub(super) struct Found<'a> {
    names: &'a Names,
    exclude: Option<&'a Exclude>,
    reported: &'a Reported<'a>,
    list: Vec<Standing>,
    trouble: BTreeSet<(String, String)>,
    /// Folders that were walked whole.
    walked: BTreeSet<PathBuf>,
}

impl<'a> Found<'a> {
    pub(super) fn new(names: &'a Names, exclude: Option<&'a Exclude>, reported: &'a Reported<'a>) -> Self {
        Self { names, exclude, reported, list: Vec::new(), trouble: BTreeSet::new(), walked: BTreeSet::new() }
    }

    /// Candidates in their final order, the paths on disk of odd ones, and what went wrong.
    pub(super) fn into_parts(mut self) -> (Vec<Candidate>, Odd, Vec<(String, String)>) {
        // What Git knows about a path counts before what else found it.
        self.list.par_sort_unstable_by(|(a, a_real), (b, b_real)| {
            (&a.path, a_real, !a.tracked).cmp(&(&b.path, b_real, !b.tracked))
        });
        self.list.dedup_by(|(b, b_real), (a, a_real)| a.path == b.path && a_real == b_real);
        let mut odd = BTreeMap::new();
        let mut candidates = Vec::with_capacity(self.list.len());
        for (index, (candidate, real)) in self.list.into_iter().enumerate() {
            candidates.push(candidate);
            odd.extend(real.map(|real| (index, real)));
        }
        (candidates, odd, self.trouble.into_iter().collect())
    }

    /// Walks a folder that no repository filters.
    pub(super) fn everything_below(&mut self, folder: &Path) {
        if self.exclude.is_some_and(|it| it.drops_all_of(folder))
            || folder.ancestors().any(|above| self.walked.contains(above))
        {
            return;
        }
        self.walked.insert(folder.to_owned());
        let exclude = self.exclude.cloned();
        let mut builder = WalkBuilder::new(folder);
        builder.standard_filters(false).filter_entry(move |entry| {
            entry.depth() == 0
                || !repository::is_own(entry.file_name())
                    && exclude.as_ref().is_none_or(|it| !it.drops(entry.path()))
        });
        self.walk(&builder, folder, false, &|_| true);
    }

    /// Walks folders of one repository as Git sees them.
    pub(super) fn repository(&mut self, root: &Path, folders: &[PathBuf]) {
        let exclude = self.exclude.cloned();
        let wanted = folders.to_owned();
        let mut builder = repository::builder(root);
        builder.filter_entry(move |entry| {
            let path = entry.path();
            // Down to a wanted folder, then everything below it.
            (entry.depth() == 0 || !repository::is_own(entry.file_name()))
                && wanted.iter().any(|folder| path.starts_with(folder) || folder.starts_with(path))
                && exclude.as_ref().is_none_or(|it| !it.drops(path))
        });
        self.walk(&builder, root, true, &|path| folders.iter().any(|folder| path.starts_with(folder)));
    }

    /// Walks in as many threads as files are read in. Whoever comes first changes nothing: all is sorted in the end.
    fn walk(
        &mut self,
        builder: &WalkBuilder,
        root: &Path,
        tracked: bool,
        wanted: &(dyn Fn(&Path) -> bool + Sync),
    ) {
        let mut builder = builder.clone();
        builder.threads(rayon::current_num_threads());
        let (list, errors) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
        let push = |standing| list.lock().unwrap_or_else(PoisonError::into_inner).push(standing);
        let fail = |error| errors.lock().unwrap_or_else(PoisonError::into_inner).push(error);
        let (names, reported) = (self.names, self.reported);
        let visit = |entry: Result<DirEntry, ignore::Error>| {
            match entry {
                Ok(entry) => {
                    if let Some(error) = entry.error() {
                        fail(error.clone());
                    }
                    if let Some(kind) = entry.file_type().filter(|_| wanted(entry.path())) {
                        let metadata = entry.path().symlink_metadata();
                        match standing(names, reported, entry.path(), kind, metadata, tracked) {
                            Ok(standing) => standing.map_or((), push),
                            Err(error) => fail(ignore::Error::WithPath {
                                path: entry.path().to_owned(),
                                err: Box::new(ignore::Error::Io(error)),
                            }),
                        }
                    }
                }
                Err(error) => fail(error),
            }
            WalkState::Continue
        };
        builder.build_parallel().run(|| Box::new(visit));
        self.list.append(&mut list.into_inner().unwrap_or_else(PoisonError::into_inner));
        for error in errors.into_inner().unwrap_or_else(PoisonError::into_inner) {
            self.partial(root, &error);
        }
    }

    /// Adds a file that was named outright, whatever a repository says about it.
    pub(super) fn named_file(&mut self, path: &Path) {
        if self.exclude.is_some_and(|it| it.drops_all_of(path)) {
            return;
        }
        match path.symlink_metadata() {
            // What a walk has found keeps what the walk knows about it.
            Ok(metadata) => {
                match standing(self.names, self.reported, path, metadata.file_type(), Ok(metadata), false) {
                    Ok(standing) => self.list.extend(standing),
                    Err(error) => self.trouble(path, &error),
                }
            }
            Err(error) => self.trouble(path, &error),
        }
    }

    fn trouble(&mut self, path: &Path, error: &io::Error) {
        self.trouble.insert((self.names.shown(path), words(error)));
    }

    /// An error of the walker inside repositories, which wraps the place around the cause.
    fn partial(&mut self, root: &Path, error: &ignore::Error) {
        match error {
            ignore::Error::Partial(errors) => {
                for error in errors {
                    self.partial(root, error);
                }
            }
            ignore::Error::WithDepth { err, .. } => self.partial(root, err),
            ignore::Error::WithPath { path, err } => {
                let path = path.clone();
                match err.as_ref() {
                    ignore::Error::Io(error) => self.trouble(&path, error),
                    ignore::Error::WithLineNumber { line, err } => {
                        self.trouble.insert((self.names.shown(&path), format!("line {line}: {err}")));
                    }
                    err => {
                        self.trouble.insert((self.names.shown(&path), err.to_string()));
                    }
                }
            }
            error => {
                self.trouble.insert((self.names.shown(root), error.to_string()));
            }
        }
    }
}

/// What stands at a path; nothing where that is no part of a tree.
fn standing(
    names: &Names,
    reported: &Reported<'_>,
    path: &Path,
    kind: FileType,
    metadata: io::Result<Metadata>,
    tracked: bool,
) -> io::Result<Option<Standing>> {
    // The working folder itself has no name among paths that are relative to it.
    if path == names.working_folder {
        return Ok(None);
    }
    let (kind, link) = if kind.is_symlink() {
        // A link into nothing is nothing: whoever names it will find that nothing is there.
        let Ok(target) = paths::real(path) else { return Ok(None) };
        let Ok(metadata) = fs::metadata(&target) else { return Ok(None) };
        (file_kind(metadata.file_type()), Some(names.shown(&target).into()))
    } else {
        (file_kind(kind), None)
    };
    let metadata = metadata?;
    let shown = names.shown(path);
    let odd = !names.tells_disk(&shown) || path.to_str().is_none();
    let candidate = Candidate {
        path: shown.into(),
        kind,
        size: metadata.len(),
        mode: if tracked { None } else { mode(&metadata) },
        tracked,
        reported: reported(path, link.is_some()),
        link,
    };
    Ok(Some((candidate, odd.then(|| path.into()))))
}

/// The cause in words, without the number that the operating system gives it.
fn words(error: &io::Error) -> String {
    let kind = error.kind();
    if kind == io::ErrorKind::Other { error.to_string() } else { kind.to_string() }
}

fn file_kind(kind: FileType) -> FileKind {
    if kind.is_file() {
        FileKind::File
    } else if kind.is_dir() {
        FileKind::Directory
    } else {
        FileKind::Special
    }
}

#[cfg(unix)]
#[allow(clippy::unnecessary_wraps, reason = "elsewhere there is none")]
fn mode(metadata: &Metadata) -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;

    Some(metadata.mode() & 0o7777)
}

#[cfg(not(unix))]
fn mode(_: &Metadata) -> Option<u32> {
    None
}
