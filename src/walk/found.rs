//! What a walk has found so far: every path once, however often it was reached.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, FileType, Metadata},
    io,
    path::{Path, PathBuf},
};

use walkdir::WalkDir;

use crate::check::{Candidate, FileKind};

use super::{Exclude, Names, paths, repository};

/// Candidates by shown path and, since two odd names can look alike, real path.
pub(super) struct Found<'a> {
    names: &'a Names,
    exclude: Option<&'a Exclude>,
    by_path: BTreeMap<(String, PathBuf), Candidate>,
    trouble: BTreeSet<(String, String)>,
    /// Folders that were walked whole.
    walked: BTreeSet<PathBuf>,
}

impl<'a> Found<'a> {
    pub(super) fn new(names: &'a Names, exclude: Option<&'a Exclude>) -> Self {
        Self { names, exclude, by_path: BTreeMap::new(), trouble: BTreeSet::new(), walked: BTreeSet::new() }
    }

    /// Candidates in their final order, their real paths, and what went wrong.
    pub(super) fn into_parts(self) -> (Vec<Candidate>, Vec<PathBuf>, Vec<(String, String)>) {
        let mut candidates = Vec::with_capacity(self.by_path.len());
        let mut real = Vec::with_capacity(self.by_path.len());
        for ((_, path), candidate) in self.by_path {
            candidates.push(candidate);
            real.push(path);
        }
        (candidates, real, self.trouble.into_iter().collect())
    }

    /// Walks a folder that no repository filters.
    pub(super) fn everything_below(&mut self, folder: &Path) {
        let exclude = self.exclude;
        if exclude.is_some_and(|it| it.drops_all_of(folder))
            || folder.ancestors().any(|above| self.walked.contains(above))
        {
            return;
        }
        self.walked.insert(folder.to_owned());
        let walk =
            WalkDir::new(folder).follow_links(false).sort_by_file_name().into_iter().filter_entry(|entry| {
                entry.depth() == 0
                    || !repository::is_own(entry.file_name())
                        && exclude.is_none_or(|it| !it.drops(entry.path()))
            });
        for entry in walk {
            match entry {
                Ok(entry) => {
                    let metadata = entry.metadata().map_err(io::Error::from);
                    self.add(entry.path(), entry.file_type(), metadata, false);
                }
                Err(error) => {
                    let path = error.path().unwrap_or(folder).to_owned();
                    self.trouble(&path, &io::Error::from(error));
                }
            }
        }
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
        for entry in builder.build() {
            match entry {
                Ok(entry) => {
                    if let Some(error) = entry.error() {
                        self.partial(root, error);
                    }
                    let Some(kind) = entry.file_type() else { continue };
                    if folders.iter().any(|folder| entry.path().starts_with(folder)) {
                        let metadata = entry.path().symlink_metadata();
                        self.add(entry.path(), kind, metadata, true);
                    }
                }
                Err(error) => self.partial(root, &error),
            }
        }
    }

    /// Adds a file that was named outright, whatever a repository says about it.
    pub(super) fn named_file(&mut self, path: &Path) {
        if self.exclude.is_some_and(|it| it.drops_all_of(path)) {
            return;
        }
        match path.symlink_metadata() {
            // What a walk has found keeps what the walk knows about it.
            Ok(metadata) => self.add(path, metadata.file_type(), Ok(metadata), false),
            Err(error) => self.trouble(path, &error),
        }
    }

    fn add(&mut self, path: &Path, kind: FileType, metadata: io::Result<Metadata>, tracked: bool) {
        // The working folder itself has no name among paths that are relative to it.
        if path == self.names.working_folder {
            return;
        }
        let shown = self.names.shown(path);
        let (kind, link) = if kind.is_symlink() {
            // A link into nothing is nothing: whoever names it will find that nothing is there.
            let Ok(target) = paths::real(path) else { return };
            let Ok(metadata) = fs::metadata(&target) else { return };
            (file_kind(metadata.file_type()), Some(self.names.shown(&target)))
        } else {
            (file_kind(kind), None)
        };
        let metadata = match metadata {
            Ok(metadata) => metadata,
            Err(error) => return self.trouble(path, &error),
        };
        let candidate = Candidate {
            path: shown.clone(),
            kind,
            size: metadata.len(),
            mode: if tracked { None } else { mode(&metadata) },
            tracked,
            reported: false,
            link,
        };
        self.by_path
            .entry((shown, path.to_owned()))
            .and_modify(|known| {
                if tracked {
                    *known = candidate.clone();
                }
            })
            .or_insert(candidate);
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
