//! Which files changed, as Git says. Here Git itself is asked: the index and the commits of a repository are its own.

use std::{
    collections::BTreeSet,
    io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::Names;

/// What changes count.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Since<'a> {
    /// What the next commit holds.
    Staged,
    /// What differs from a revision, new files that Git does not ignore included.
    Revision(&'a str),
}

/// Files that changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// Shown paths of files that are there.
    pub present: BTreeSet<String>,
    /// Shown paths of files that are there no longer.
    pub gone: BTreeSet<String>,
}

/// Why it is not known what changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangedError {
    /// Git cannot be run.
    #[error("`git` cannot be run: {0}")]
    NoGit(#[from] io::Error),
    /// Git refuses, in its words.
    #[error("Git says: {0}")]
    Refused(String),
}

/// Asks Git what changed in a repository.
pub fn changed(root: &Path, since: Since<'_>, names: &Names) -> Result<Changed, ChangedError> {
    let mut changed = Changed::default();
    let status = ["diff", "--name-status", "-z", "--no-renames", "--no-ext-diff", "--no-color"];
    let listed = match since {
        Since::Staged => git(root, &[&status[..], &["--cached", "--"]].concat())?,
        Since::Revision(revision) => {
            git(root, &[&status[..], &["--end-of-options", revision, "--"]].concat())?
        }
    };
    let mut parts = listed.split(|byte| *byte == 0).filter(|part| !part.is_empty());
    while let (Some(status), Some(path)) = (parts.next(), parts.next()) {
        let shown = names.shown(&root.join(file_name(path)));
        if status.starts_with(b"D") {
            changed.gone.insert(shown);
        } else {
            changed.present.insert(shown);
        }
    }
    if since != Since::Staged {
        let new = git(root, &["ls-files", "--others", "--exclude-standard", "-z"])?;
        let new = new.split(|byte| *byte == 0).filter(|part| !part.is_empty());
        changed.present.extend(new.map(|path| names.shown(&root.join(file_name(path)))));
    }
    Ok(changed)
}

fn git(root: &Path, arguments: &[&str]) -> Result<Vec<u8>, ChangedError> {
    let output = Command::new("git").current_dir(root).args(arguments).stdin(Stdio::null()).output()?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    let first = complaint.lines().find(|line| !line.trim().is_empty()).unwrap_or("no reason");
    Err(ChangedError::Refused(first.trim_start_matches("fatal: ").to_owned()))
}

#[cfg(unix)]
fn file_name(bytes: &[u8]) -> PathBuf {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _};
    PathBuf::from(OsStr::from_bytes(bytes))
}

#[cfg(not(unix))]
fn file_name(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}
