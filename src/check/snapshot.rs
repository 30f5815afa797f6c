//! Snapshots: what a tree says, written down to be linked elsewhere with what other trees say. Lines of JSON in gzip: a
//! head, the certificates, each path with its facts, an end. No key and no password is in one.

use std::{borrow::Cow, fmt};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{model::Wanted, x509::table};

use super::FileKind;

mod join;
mod read;
mod scrub;
mod sound;
mod told;
mod write;

pub use join::join;
pub use read::Snapshot;
pub use told::Told;
pub use write::{Written, write};

/// The form of what is written. Whoever changes a type of facts, or what a line holds, raises it.
pub const FORM: u32 = 1;

/// How the files are called.
pub const EXTENSION: &str = "tlsfacts";

/// The longest line, in bytes.
const MAX_LINE: u64 = 256 << 20;

/// Why a snapshot cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotError {
    /// The snapshot as it was named.
    pub name: String,
    /// 1-based line of the JSON, where one is at fault.
    pub line: Option<usize>,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub help: Option<String>,
}

impl fmt::Display for SnapshotError {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(to, "the snapshot `{}`, line {line}: {}", self.name, self.what),
            None => write!(to, "the snapshot `{}`: {}", self.name, self.what),
        }
    }
}

impl std::error::Error for SnapshotError {}

/// The first line.
#[derive(Serialize)]
struct Head<'a> {
    tlsfacts: u32,
    tlslint: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
}

/// What every form has in its first line.
#[derive(Deserialize)]
struct AnyHead {
    tlsfacts: u32,
    tlslint: String,
}

/// A line with a certificate.
#[derive(Serialize)]
struct CertificateLine<'a> {
    certificate: &'a table::Row,
}

/// What stands at a path.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    File,
    Folder,
    Special,
}

impl From<FileKind> for Kind {
    fn from(kind: FileKind) -> Self {
        match kind {
            FileKind::File => Self::File,
            FileKind::Directory => Self::Folder,
            FileKind::Special => Self::Special,
        }
    }
}

impl From<Kind> for FileKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::File => Self::File,
            Kind::Folder => Self::Directory,
            Kind::Special => Self::Special,
        }
    }
}

/// A file that another one names is read as what it is named for.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum As {
    Nginx,
    Material,
    Passwords,
}

impl From<Wanted> for As {
    fn from(wanted: Wanted) -> Self {
        match wanted {
            Wanted::NginxConfiguration => Self::Nginx,
            Wanted::Material => Self::Material,
            Wanted::Passwords => Self::Passwords,
        }
    }
}

impl From<As> for Wanted {
    fn from(it: As) -> Self {
        match it {
            As::Nginx => Self::NginxConfiguration,
            As::Material => Self::Material,
            As::Passwords => Self::Passwords,
        }
    }
}

/// A line with a path.
#[derive(Serialize)]
struct PathLine<'a> {
    path: &'a str,
    kind: Kind,
    size: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<u32>,
    #[serde(skip_serializing_if = "is_false")]
    tracked: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<crate::source::own::Kept>,
    #[serde(skip_serializing_if = "Option::is_none")]
    facts: Option<serde_json::Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    more: Vec<MoreLine>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks this way")]
fn is_false(it: &bool) -> bool {
    !it
}

/// What a file says when it is read as what another one names it for.
#[derive(Serialize)]
struct MoreLine {
    #[serde(rename = "as")]
    wanted: As,
    facts: serde_json::Value,
}

/// The last line: what concerns the tree as a whole.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    /// What could not be read while walking: a path and what happened.
    trouble: Vec<(String, String)>,
    /// Paths that are not there because Git ignores them.
    ignored: Vec<String>,
}

/// The last line as it is written.
#[derive(Serialize)]
struct EndLine<'a> {
    end: &'a End,
}

/// Any line behind the first one, as it is read; facts wait until all paths are known.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    #[serde(default)]
    certificate: Option<table::Row>,
    #[serde(default, borrow)]
    path: Option<Cow<'a, str>>,
    #[serde(default)]
    kind: Option<Kind>,
    #[serde(default)]
    size: u64,
    #[serde(default)]
    mode: Option<u32>,
    #[serde(default)]
    tracked: bool,
    #[serde(default)]
    link: Option<Box<str>>,
    #[serde(default, borrow)]
    source: Option<&'a RawValue>,
    #[serde(default, borrow)]
    facts: Option<&'a RawValue>,
    #[serde(default, borrow)]
    more: Vec<MoreRead<'a>>,
    #[serde(default)]
    end: Option<End>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MoreRead<'a> {
    #[serde(rename = "as")]
    wanted: As,
    #[serde(borrow)]
    facts: &'a RawValue,
}
