//! From paths on the command line to the files of a run. Inside a Git repository
//! `.gitignore` is honoured; elsewhere, and for what is named outright, nothing is
//! left out. Links are never followed: they are names for what was found anyway.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use globset::GlobSet;
use ignore::IncrementalIgnore;

use crate::check::{self, Candidate, Tree, snapshot::Told};

mod changed;
mod found;
pub mod paths;
mod read;
mod repository;

pub use changed::{Changed, ChangedError, Since, changed};
use found::{Found, Odd};
pub use paths::Names;

/// Paths that the configuration leaves out.
#[derive(Clone, Debug)]
pub struct Exclude {
    /// The globs are relative to this folder.
    pub folder: PathBuf,
    /// What is left out.
    pub globs: GlobSet,
}

impl Exclude {
    /// Whether a path on disk is left out.
    pub fn leaves_out(&self, path: &Path) -> bool {
        self.drops_all_of(path)
    }

    fn drops(&self, path: &Path) -> bool {
        path.strip_prefix(&self.folder).is_ok_and(|below| self.globs.is_match(below))
    }

    /// Whether a path or a folder above it is left out. What is named is no exception: programs
    /// such as pre-commit name whatever has changed.
    fn drops_all_of(&self, path: &Path) -> bool {
        path.ancestors().any(|part| self.drops(part))
    }
}

/// A path that was named and cannot be looked at.
#[derive(Debug)]
pub struct Unreachable {
    /// As it was named.
    pub path: PathBuf,
    /// Why.
    pub error: io::Error,
}

/// A path that was named, as it is on disk.
#[derive(Clone, Debug)]
pub struct Named {
    /// Absolute, without links.
    pub real: PathBuf,
    /// It is a folder.
    pub folder: bool,
    /// The root of the Git repository it lies in.
    pub repository: Option<PathBuf>,
    /// Where the link lies that was named for it, and the repository there.
    pub link: Option<(PathBuf, Option<PathBuf>)>,
}

/// What was found below the named paths.
pub struct Walked {
    /// For the pipeline.
    pub tree: Tree<'static>,
    /// Shown paths that are reported, where not everything is.
    pub reported: Option<BTreeSet<String>>,
}

impl Walked {
    /// Leaves a shown path out of the tree, as the file that a run writes.
    pub fn leave_out(&mut self, path: &str) {
        let Some(left_out) = self.tree.candidates.iter().position(|it| *it.path == *path) else { return };
        self.tree.candidates.remove(left_out);
        let none = || -> Box<check::Read<'static>> { Box::new(|_, _| Err(io::ErrorKind::NotFound.into())) };
        let read = std::mem::replace(&mut self.tree.read, none());
        let open = std::mem::replace(&mut self.tree.open, Box::new(|_| Err(io::ErrorKind::NotFound.into())));
        let before = move |index: usize| if index < left_out { index } else { index + 1 };
        self.tree.read = Box::new(move |index, wanted| read(before(index), wanted));
        self.tree.open = Box::new(move |index| open(before(index)));
    }
}

/// Looks up the named paths. Nothing is walked yet.
pub fn named(paths: &[PathBuf], names: &Names) -> Result<Vec<Named>, Unreachable> {
    let mut list = Vec::new();
    let mut seen = BTreeSet::new();
    for path in paths {
        let unreachable = |error| Unreachable { path: path.clone(), error };
        let real = paths::real(&names.working_folder.join(path)).map_err(unreachable)?;
        let folder = fs::metadata(&real).map_err(unreachable)?.is_dir();
        if seen.insert(real.clone()) {
            let start = if folder { Some(real.as_path()) } else { real.parent() };
            let repository = start.and_then(repository::root);
            let link = link_folder(&names.working_folder.join(path))
                .filter(|lies| !folder && Some(lies.as_path()) != real.parent())
                .map(|lies| (lies.clone(), repository::root(&lies)));
            list.push(Named { real, folder, repository, link });
        }
    }
    Ok(list)
}

/// The folder that a path lies in by its name, where the path is a link.
fn link_folder(path: &Path) -> Option<PathBuf> {
    fs::symlink_metadata(path).ok().filter(fs::Metadata::is_symlink)?;
    paths::real(path.parent()?).ok()
}

/// Finds every file below the named folders and around the named files.
pub fn walk(targets: &[Named], names: &Names, exclude: Option<&Exclude>) -> Walked {
    let mut roots: BTreeMap<PathBuf, BTreeSet<PathBuf>> = BTreeMap::new();
    let folders = outermost(targets.iter().filter(|it| it.folder).map(|it| it.real.clone()).collect());
    let files: BTreeSet<&Path> = targets.iter().filter(|it| !it.folder).map(|it| it.real.as_path()).collect();
    let is_reported = |real: &Path, link: bool| {
        files.contains(real)
            || folders.iter().any(|folder| real.starts_with(folder))
            || !files.is_empty() && link && paths::real(real).is_ok_and(|to| files.contains(to.as_path()))
    };
    let mut found = Found::new(names, exclude, &is_reported);
    let mut matchers = Matchers::default();

    let mut look_around = |around: &Path, repository: Option<&PathBuf>, file: bool| match repository {
        Some(root) if !matchers.ignores(root, around, true) => {
            // The whole repository is what a named file may refer to.
            let folder = if file { root.clone() } else { around.to_owned() };
            roots.entry(root.clone()).or_default().insert(folder);
        }
        // A dump folder: what Git must not see is what is to be looked at. Around a file
        // in one, the folder is the tree; the repository about it is no part of the dump.
        _ => found.everything_below(around),
    };
    for it in targets {
        let around = if it.folder { it.real.as_path() } else { it.real.parent().unwrap_or(&it.real) };
        look_around(around, it.repository.as_ref(), !it.folder);
        // A file that was named by a link belongs to what lies about the link as well.
        if let Some((around, repository)) = &it.link {
            look_around(around, repository.as_ref(), true);
        }
    }
    for (root, folders) in roots {
        found.repository(&root, &outermost(folders));
    }
    for it in targets.iter().filter(|it| !it.folder) {
        found.named_file(&it.real);
    }

    let (candidates, odd, trouble) = found.into_parts();
    let reported = candidates.iter().any(|it| !it.reported).then(|| reported_paths(&candidates));
    let links: Vec<bool> = candidates.iter().map(|it| it.link.is_some()).collect();
    let matchers = Mutex::new(matchers);
    let names = names.clone();
    let on_disk = Arc::new(OnDisk {
        names: names.clone(),
        shown: candidates.iter().map(|it| Arc::clone(&it.path)).collect(),
        odd,
    });
    let opened = Arc::clone(&on_disk);
    let tree = Tree {
        candidates,
        read: Box::new(move |index, wanted| read::read(&on_disk.path(index), links[index], wanted)),
        open: Box::new(move |index| Ok(Box::new(io::BufReader::new(read::open(&opened.path(index))?)))),
        ignored: Box::new(move |shown| {
            let path = names.disk(shown);
            matchers.lock().unwrap_or_else(PoisonError::into_inner).ignored(&path)
        }),
        trouble,
        gone: BTreeSet::new(),
        told: Told::default(),
    };
    Walked { tree, reported }
}

/// Where the candidates of a run lie on disk.
struct OnDisk {
    names: Names,
    shown: Box<[Arc<str>]>,
    odd: Odd,
}

impl OnDisk {
    fn path(&self, index: usize) -> Cow<'_, Path> {
        match self.odd.get(&index) {
            Some(real) => Cow::Borrowed(real),
            None => Cow::Owned(self.names.working_folder.join(&*self.shown[index])),
        }
    }
}

/// Folders without those that lie in another one. Paths sort by their parts, so a folder comes
/// directly before everything below it.
fn outermost(folders: BTreeSet<PathBuf>) -> Vec<PathBuf> {
    let mut kept: Vec<PathBuf> = Vec::new();
    for folder in folders {
        if kept.last().is_none_or(|last| !folder.starts_with(last)) {
            kept.push(folder);
        }
    }
    kept
}

fn reported_paths(candidates: &[Candidate]) -> BTreeSet<String> {
    candidates.iter().filter(|it| it.reported).map(|it| it.path.to_string()).collect()
}

/// What each repository ignores. Rules are read once for each folder.
#[derive(Default)]
struct Matchers {
    by_root: BTreeMap<PathBuf, IncrementalIgnore>,
}

impl Matchers {
    fn ignores(&mut self, root: &Path, path: &Path, folder: bool) -> bool {
        let matcher = self.by_root.entry(root.to_owned()).or_insert_with(|| repository::matcher(root));
        path.strip_prefix(root).is_ok_and(|below| matcher.matched(below, folder).is_ignore())
    }

    /// Whether a path is ignored, wherever it lies; only repositories of this run are asked.
    fn ignored(&mut self, path: &Path) -> bool {
        let root = self
            .by_root
            .keys()
            .filter(|root| path.starts_with(root))
            .max_by_key(|root| root.as_os_str().len());
        match root.cloned() {
            Some(root) => self.ignores(&root, path, false),
            None => false,
        }
    }
}
