//! The whole way from bytes to findings. Touches no disk: a [`Tree`] names the
//! files and a function reads them.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    sync::Arc,
};

use crate::{finding::Finding, model::facts::IgnoreComment, source::Source};

mod inventory;
mod overlay;
mod run;
pub mod snapshot;
mod workspace;

pub use crate::model::{
    Secret, Settings, Version,
    apigee::Platform,
    openmanage::{Mode as UploadMode, Profile as OpenManageProfile},
    settings::{ApigeeSettings, CmsSetting, FarmSetting, IisSettings, VcenterSetting},
};
pub use inventory::{Wish, inventory};
pub use run::{Reading, check, check_and, read};
pub use workspace::{Stamp, Workspace};

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
    pub path: Arc<str>,
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
    pub link: Option<Box<str>>,
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
pub type Read<'a> = dyn Fn(usize, &mut dyn FnMut(&[u8]) -> bool) -> io::Result<Contents> + Send + Sync + 'a;

/// Opens the candidate at an index from its first byte.
pub type Open<'a> = dyn Fn(usize) -> io::Result<Box<dyn io::BufRead>> + Send + Sync + 'a;

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
    /// Opens one of them to be read line by line, however large it is.
    pub open: Box<Open<'a>>,
    /// Whether Git ignores a path that is not among the candidates (it may exist where the tree is used).
    pub ignored: Box<dyn Fn(&str) -> bool + Send + Sync + 'a>,
    /// What went wrong while walking: a path and what happened.
    pub trouble: Vec<(String, String)>,
    /// Paths that were deleted: a finding about their absence is reported.
    pub gone: BTreeSet<String>,
    /// What snapshots say about some of the candidates, which nobody can read here.
    pub told: snapshot::Told,
}

impl Tree<'_> {
    /// A tree of files given by path and bytes: for tests, and for text that lies on no disk. Folders follow from
    /// the paths. Every file is reported, none is tracked by Git, modes are unknown, and where a path is given
    /// twice the later bytes count.
    pub fn in_memory(files: Vec<(String, Vec<u8>)>) -> Self {
        let mut all: BTreeMap<String, Option<Vec<u8>>> = BTreeMap::new();
        for (path, bytes) in files {
            for (at, _) in path.match_indices('/').filter(|(at, _)| *at > 0) {
                all.entry(path[..at].to_owned()).or_insert(None);
            }
            all.insert(path, Some(bytes));
        }
        let candidate = |(path, bytes): (&String, &Option<Vec<u8>>)| Candidate {
            path: path.as_str().into(),
            kind: if bytes.is_some() { FileKind::File } else { FileKind::Directory },
            size: bytes.as_ref().map_or(0, |bytes| bytes.len() as u64),
            mode: None,
            tracked: false,
            reported: true,
            link: None,
        };
        let candidates = all.iter().map(candidate).collect();
        let bodies: Arc<[Option<Vec<u8>>]> = all.into_values().collect();
        let streamed = Arc::clone(&bodies);
        Self {
            candidates,
            open: Box::new(move |index| {
                let bytes = streamed.get(index).ok_or(io::ErrorKind::NotFound)?;
                let bytes = bytes.as_ref().ok_or(io::ErrorKind::IsADirectory)?;
                Ok(Box::new(io::Cursor::new(bytes.clone())))
            }),
            read: Box::new(move |index, wanted| {
                let bytes = bodies.get(index).ok_or(io::ErrorKind::NotFound)?;
                let bytes = bytes.as_ref().ok_or(io::ErrorKind::IsADirectory)?;
                let head = &bytes[..bytes.len().min(HEAD)];
                Ok(match wanted(head) {
                    false => Contents::Head(head.to_vec()),
                    true if bytes.len() as u64 > MAX_FILE => Contents::TooLarge(bytes.len() as u64),
                    true => Contents::Whole(bytes.clone()),
                })
            }),
            ignored: Box::new(|_| false),
            trouble: Vec::new(),
            gone: BTreeSet::new(),
            told: snapshot::Told::default(),
        }
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
