//! Reading one file: its head first, the rest only when somebody wants it.

use std::{
    fs::{self, File},
    io::{self, Read as _},
    path::Path,
};

use crate::check::{Contents, HEAD, MAX_FILE};

/// Opens a regular file. What has become a FIFO or a device since the walk would keep whoever opens it waiting.
pub(super) fn open(path: &Path) -> io::Result<File> {
    if !fs::symlink_metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file any more"));
    }
    File::open(path)
}

/// Reads a file as [`crate::check::Read`] says.
pub(super) fn read(path: &Path, link: bool, wanted: &mut dyn FnMut(&[u8]) -> bool) -> io::Result<Contents> {
    if link {
        // It may lead out of the tree, and what lies in the tree is read under its own name.
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "a link is read through what it leads to"));
    }
    let mut file = open(path)?;
    let mut bytes = Vec::with_capacity(HEAD);
    file.by_ref().take(HEAD as u64).read_to_end(&mut bytes)?;
    if !wanted(&bytes) {
        return Ok(Contents::Head(bytes));
    }
    if bytes.len() < HEAD {
        return Ok(Contents::Whole(bytes));
    }
    let size = file.metadata()?.len();
    if size > MAX_FILE {
        return Ok(Contents::TooLarge(size));
    }
    bytes.reserve_exact((size as usize).saturating_sub(HEAD) + 1);
    // The file may have grown since, or be of a kind that does not know its size.
    file.take(MAX_FILE + 1 - HEAD as u64).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE {
        return Ok(Contents::TooLarge(bytes.len() as u64));
    }
    Ok(Contents::Whole(bytes))
}
