//! Reading one file: its head first, the rest only when somebody wants it.

use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
};

use crate::check::{Contents, HEAD, MAX_FILE};

/// Opens a regular file. What has become a FIFO or a device since the walk would keep whoever opens it waiting, and a
/// link would lead elsewhere.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let file = opened(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(no_file()) }
}

/// Opening what is no file has no effect where the system can be told so.
#[cfg(unix)]
fn opened(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;

    let flags = libc::O_NONBLOCK | libc::O_NOFOLLOW | libc::O_NOCTTY;
    File::options().read(true).custom_flags(flags).open(path).map_err(|error| match error.raw_os_error() {
        // A link, a socket.
        Some(libc::ELOOP | libc::ENXIO) => no_file(),
        _ => error,
    })
}

#[cfg(not(unix))]
fn opened(path: &Path) -> io::Result<File> {
    if std::fs::symlink_metadata(path)?.is_file() { File::open(path) } else { Err(no_file()) }
}

fn no_file() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file any more")
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
