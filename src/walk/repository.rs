//! What Git says about a folder, without asking Git: where the repository
//! begins and what it ignores. Settings of the machine and its user do not count,
//! so that the same tree gives the same findings everywhere.

use std::path::{Path, PathBuf};

use ignore::{IncrementalIgnore, WalkBuilder};

/// Folders of version control systems: they hold no configuration of anybody.
pub(super) const OWN_FOLDERS: [&str; 4] = [".git", ".hg", ".jj", ".svn"];

/// The nearest folder upwards that holds a `.git`, be it a folder or, in a worktree, a file.
pub(super) fn root(start: &Path) -> Option<PathBuf> {
    start.ancestors().find(|folder| folder.join(".git").exists()).map(Path::to_owned)
}

/// How a repository is walked, from its root.
pub(super) fn builder(root: &Path) -> WalkBuilder {
    let mut builder = WalkBuilder::new(root);
    builder
        .standard_filters(false)
        .git_ignore(true)
        .git_exclude(true)
        .add_custom_ignore_filename(".tlslintignore");
    builder
}

/// What a repository ignores.
pub(super) fn matcher(root: &Path) -> IncrementalIgnore {
    builder(root).build_matchers().remove(0)
}

/// Whether a name is the folder of a version control system.
pub(super) fn is_own(name: &std::ffi::OsStr) -> bool {
    name.to_str().is_some_and(|name| OWN_FOLDERS.contains(&name))
}
