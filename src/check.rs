//! The whole way from bytes to findings. Touches no disk: a [`Tree`] names the
//! files and a function reads them.

use std::io;

use crate::{finding::Finding, model::facts::IgnoreComment, source::Source, x509::Time};

/// What stands at a path.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A regular file.
    File,
    /// A folder.
    Directory,
    /// A FIFO, socket or device: named, never opened.
    Special,
}

/// A path of the tree, before anybody opened it.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// As shown to people: relative to the working folder where it lies below it, else absolute, with `/`.
    pub path: String,
    /// What stands there.
    pub kind: FileKind,
    /// Bytes on disk.
    pub size: u64,
    /// Permission bits, where the tree keeps real ones (no Git checkout, a Unix file system).
    pub mode: Option<u32>,
    /// The file lies in a Git repository and is not ignored by it.
    pub tracked: bool,
    /// Findings with a label here are reported; `false` for files read only because rules need them.
    pub reported: bool,
    /// Where a symbolic link leads, when this path is one (shown path of its target).
    pub link: Option<String>,
}

/// What was read of one file.
#[derive(Debug)]
pub enum Contents {
    /// The first bytes; nobody wanted more.
    Head(Vec<u8>),
    /// All bytes.
    Whole(Vec<u8>),
    /// Somebody wanted it and it is larger than the limit; its size in bytes.
    TooLarge(u64),
}

/// Reads the candidate at an index: opens it once, reads up to [`HEAD`] bytes, asks whether it is wanted whole,
/// and only then reads on.
pub type Read<'a> = dyn Fn(usize, &mut dyn FnMut(&[u8]) -> bool) -> io::Result<Contents> + Sync + 'a;

/// How many bytes recognition may look at.
pub const HEAD: usize = 1024;

/// The largest file that is read, in bytes.
pub const MAX_FILE: u64 = 32 << 20;

/// The files of a run.
pub struct Tree<'a> {
    /// Sorted by path, without duplicates, folders included.
    pub candidates: Vec<Candidate>,
    /// Reads one of them.
    pub read: Box<Read<'a>>,
    /// Whether Git ignores a path that is not among the candidates (it may exist where the tree is used).
    pub ignored: Box<dyn Fn(&str) -> bool + Sync + 'a>,
    /// What went wrong while walking: a path and what happened.
    pub trouble: Vec<(String, String)>,
}

/// What is said to the pipeline beside the tree.
#[derive(Clone, Debug)]
pub struct Settings {
    /// "Today".
    pub as_of: Time,
    /// How absolute paths of a server map into the tree: server prefix, shown tree path.
    pub paths: Vec<(String, String)>,
    /// Options of rules by rule id and name.
    pub options: Vec<(String, String, i64)>,
    /// nginx version that is aimed at, `(1, 27, 3)`.
    pub nginx_version: Option<(u16, u16, u16)>,
    /// Globs of shown paths and the password that opens them.
    pub passwords: Vec<(String, Secret)>,
}

/// A password: never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub Vec<u8>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What was read, and how much.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Files that were recognised and read.
    pub files: usize,
    /// Different certificates.
    pub certificates: usize,
    /// Different private keys.
    pub keys: usize,
}

/// Everything a door needs to go on.
#[derive(Debug)]
pub struct Report {
    /// By file id.
    pub sources: Vec<Source>,
    /// Sorted; nothing ignored yet.
    pub findings: Vec<Finding>,
    /// Ignore comments of all files.
    pub ignores: Vec<IgnoreComment>,
    /// What was read.
    pub counts: Counts,
}

// STUB for the doors, from here to the end of the file: the merge replaces it.
/// Reads the tree and judges it.
pub fn check(tree: &Tree<'_>, _settings: &Settings) -> Report {
    let files = tree.candidates.iter().filter(|it| it.kind == FileKind::File && it.link.is_none());
    let counts = Counts { files: files.count(), ..Counts::default() };
    Report { sources: Vec::new(), findings: Vec::new(), ignores: Vec::new(), counts }
}
