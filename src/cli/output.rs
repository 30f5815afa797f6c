//! Standard output, standard error, and files that are either whole or not there.

#![allow(clippy::print_stderr, reason = "this is where the program speaks")]

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::Path,
    process,
};

use miette::{MietteDiagnostic, Result};

use crate::finding::visible;

/// An error of ours without a place in a file.
pub(super) fn failure(message: impl Into<String>, help: Option<String>) -> miette::Report {
    let message: String = message.into();
    let diagnostic = MietteDiagnostic::new(visible(&message));
    match help {
        Some(help) => diagnostic.with_help(visible(&help)).into(),
        None => diagnostic.into(),
    }
}

/// Writes to standard output. A reader that has gone away wants no more, which is no error.
pub(super) fn print(bytes: &[u8]) -> Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(failure(format!("standard output cannot be written: {error}"), None))
        }
        _ => Ok(()),
    }
}

/// Writes to standard error; there is nowhere to complain when that fails.
pub(super) fn say(text: &str) {
    let _ = io::stderr().lock().write_all(visible::inert(text).as_bytes());
}

/// Writes a file by way of another one beside it, so that no reader sees half of it.
pub(super) fn write_file(path: &Path, bytes: &[u8]) -> Result<()> {
    let trouble =
        |error: io::Error| failure(format!("`{}` cannot be written: {error}", path.display()), None);
    let Some(name) = path.file_name() else {
        return Err(failure(format!("`{}` is no file name", path.display()), None));
    };
    // What is no regular file, such as `/dev/stderr`, must stay what it is.
    if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        let mut file = OpenOptions::new().write(true).open(path).map_err(trouble)?;
        return file.write_all(bytes).map_err(trouble);
    }
    let mut beside = std::ffi::OsString::from(".");
    beside.push(name);
    beside.push(format!(".{}.tmp", process::id()));
    let beside = path.with_file_name(beside);
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&beside)
        .and_then(|mut file| file.write_all(bytes))
        .and_then(|()| fs::rename(&beside, path));
    written.map_err(|error| {
        // The other file is of no use to anybody.
        let _ = fs::remove_file(&beside);
        trouble(error)
    })
}
