//! Files that may be edited, and how: by another file in the same folder that takes their place as a whole.

use std::{
    fs::{self, Metadata, OpenOptions},
    io::{self, Write as _},
    path::Path,
    process,
};

use crate::{check::MAX_FILE, walk::paths};

/// The bytes of a file that may be edited; else why it may not, in words that follow its path.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, String> {
    editable(path)?;
    fs::read(path).map_err(|error| format!("cannot be read: {error}"))
}

/// Puts new bytes in the place of the old ones, with the mode and the owner that the file has. Nothing happens where
/// the file is not what it was.
pub(super) fn write(path: &Path, old: &[u8], new: &[u8]) -> Result<(), String> {
    let metadata = editable(path)?;
    if fs::read(path).map_err(|error| format!("cannot be read: {error}"))? != old {
        return Err("has changed in the meantime and was left as it is".to_owned());
    }
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.tmp", process::id()));
    let beside = path.with_file_name(name);
    let written = create(&beside, &metadata)
        .and_then(|mut file| file.write_all(new).and_then(|()| file.sync_all()))
        .and_then(|()| keep(&beside, &metadata))
        .and_then(|()| fs::rename(&beside, path));
    written.map_err(|error| {
        // The other file is of no use to anybody.
        let _ = fs::remove_file(&beside);
        format!("cannot be written: {error}")
    })
}

fn editable(path: &Path) -> Result<Metadata, String> {
    let metadata = fs::symlink_metadata(path).map_err(|error| format!("cannot be looked at: {error}"))?;
    if !metadata.is_file() || paths::real(path).ok().as_deref() != Some(path) {
        return Err("is reached by a link".to_owned());
    }
    if metadata.permissions().readonly() {
        return Err("is read-only".to_owned());
    }
    if metadata.len() > MAX_FILE {
        return Err("is too large".to_owned());
    }
    if has_other_names(&metadata) {
        return Err("has other names (hard links), which would keep the old text".to_owned());
    }
    Ok(metadata)
}

#[cfg(unix)]
fn has_other_names(metadata: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::nlink(metadata) > 1
}

#[cfg(not(unix))]
fn has_other_names(_: &Metadata) -> bool {
    false
}

/// Nobody may read the new file who may not read the old one, not even for a moment.
fn create(path: &Path, like: &Metadata) -> io::Result<fs::File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
        options.mode(like.mode() & 0o600);
    }
    #[cfg(not(unix))]
    let _ = like;
    options.open(path)
}

fn keep(path: &Path, like: &Metadata) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let own = fs::symlink_metadata(path)?;
        if (own.uid(), own.gid()) != (like.uid(), like.gid()) {
            std::os::unix::fs::chown(path, Some(like.uid()), Some(like.gid()))?;
        }
    }
    fs::set_permissions(path, like.permissions())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_changed_in_between_stays_as_it_is() {
        let folder = tempfile::tempdir().expect("there is room");
        let path = paths::real(folder.path()).expect("it is there").join("a.pem");
        fs::write(&path, "theirs").expect("it can be written");
        let refused = write(&path, b"ours", b"new").expect_err("it is not what it was");
        assert!(refused.contains("has changed"), "{refused}");
        assert_eq!(fs::read(&path).expect("it is there"), b"theirs");
        write(&path, b"theirs", b"new").expect("it is what it was");
        assert_eq!(fs::read(&path).expect("it is there"), b"new");
        assert_eq!(fs::read_dir(folder.path()).expect("it is there").count(), 1, "nothing is left beside it");
    }
}
