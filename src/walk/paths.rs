//! Paths on disk and paths as people see them.

use std::{
    fmt::Write as _,
    fs, io,
    path::{Component, Path, PathBuf},
};

/// Turns paths on disk into shown paths and back.
#[derive(Clone, Debug)]
pub struct Names {
    /// Absolute, without links.
    pub working_folder: PathBuf,
    /// What stands before every shown path, where trees of several machines shall stand side by side.
    pub machine: Option<String>,
}

impl Names {
    /// Names as seen from a folder.
    pub fn from_folder(folder: &Path) -> io::Result<Self> {
        Ok(Self { working_folder: real(folder)?, machine: None })
    }

    /// How a path on disk is shown: relative to the working folder where it lies below it,
    /// else absolute, always with `/`; bytes and characters that cannot be printed are escaped.
    pub fn shown(&self, path: &Path) -> String {
        let shown = match path.strip_prefix(&self.working_folder) {
            Ok(below) if below.as_os_str().is_empty() => ".".to_owned(),
            Ok(below) => printable(below),
            Err(_) => printable(path),
        };
        match &self.machine {
            Some(machine) if shown == "." => machine.clone(),
            Some(machine) => format!("{machine}/{}", shown.trim_start_matches('/')),
            None => shown,
        }
    }

    /// Whether [`Names::disk`] is right about a shown path: nothing was escaped in it, and no name put before it.
    pub(super) fn tells_disk(&self, shown: &str) -> bool {
        self.machine.is_none() && !shown.contains('\\')
    }

    /// The path on disk of a shown path; wrong for the rare names that were escaped.
    pub fn disk(&self, shown: &str) -> PathBuf {
        let Some(machine) = &self.machine else { return plain(&self.working_folder.join(shown)) };
        let below = shown.strip_prefix(machine.as_str()).map_or(shown, |it| it.trim_start_matches('/'));
        let relative = plain(&self.working_folder.join(below));
        // A path that was absolute has lost its slash.
        let is_here = relative.parent().is_some_and(Path::exists);
        if is_here { relative } else { plain(&Path::new("/").join(below)) }
    }
}

/// A path without links, `.` and `..`; it must exist.
pub fn real(path: &Path) -> io::Result<PathBuf> {
    let real = fs::canonicalize(path)?;
    // Windows answers with a form that no person writes and few programs take.
    match real.to_str().and_then(|text| text.strip_prefix(r"\\?\")) {
        Some(text) if text.as_bytes().get(1) == Some(&b':') => Ok(PathBuf::from(text)),
        _ => Ok(real),
    }
}

/// A path without `.` and `..`, by its words alone; it need not exist.
pub fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}

#[cfg(unix)]
fn printable(path: &Path) -> String {
    use std::os::unix::ffi::OsStrExt as _;

    let mut shown = String::new();
    for chunk in path.as_os_str().as_bytes().utf8_chunks() {
        push_valid(&mut shown, chunk.valid());
        for byte in chunk.invalid() {
            // Writing to a `String` cannot fail.
            let _ = write!(shown, "\\x{byte:02X}");
        }
    }
    shown
}

#[cfg(not(unix))]
fn printable(path: &Path) -> String {
    let mut shown = String::new();
    push_valid(&mut shown, &path.to_string_lossy().replace('\\', "/"));
    shown
}

fn push_valid(shown: &mut String, text: &str) {
    for c in text.chars() {
        if c.is_control() {
            let _ = write!(shown, "\\x{:02X}", u32::from(c));
        } else {
            shown.push(c);
        }
    }
}
