//! The folder of the Central Certificate Store: a file for each host name, found by its name alone.

use std::collections::BTreeMap;

use crate::source::{FileId, Location};

/// A folder of `*.pfx`, or a listing of one.
#[derive(Debug)]
pub struct Share {
    /// The folder in the tree, or as the listing prints it.
    pub folder: String,
    /// The folder, or the header of the listing.
    pub at: Location,
    /// Its files by lower-case name.
    pub files: BTreeMap<String, ShareFile>,
    /// The whole folder is there, so that what is missing is missing on the share.
    pub whole: bool,
}

/// A file on the share.
#[derive(Clone, Debug)]
pub struct ShareFile {
    /// As written.
    pub name: String,
    /// The file, or the line of the listing.
    pub at: Location,
    /// The file, where it is in the tree.
    pub file: Option<FileId>,
}

impl Share {
    /// The file that http.sys takes for a host name: `HOST.pfx`, then `_.PARENT.pfx`, and nothing else.
    pub fn file_for(&self, host: &str) -> Option<&ShareFile> {
        let host = host.to_lowercase();
        let exact = || self.files.get(&format!("{host}.pfx"));
        match host.strip_prefix("*.") {
            Some(parent) => self.files.get(&format!("_.{parent}.pfx")),
            None => exact().or_else(|| {
                let (_, parent) = host.split_once('.')?;
                self.files.get(&format!("_.{parent}.pfx"))
            }),
        }
    }

    /// The names of files that would serve a host, best first.
    pub fn names_for(host: &str) -> Vec<String> {
        match (host.strip_prefix("*."), host.split_once('.')) {
            (Some(parent), _) => vec![format!("_.{parent}.pfx")],
            (None, Some((_, parent))) if parent.contains('.') => {
                vec![format!("{host}.pfx"), format!("_.{parent}.pfx")]
            }
            _ => vec![format!("{host}.pfx")],
        }
    }
}
