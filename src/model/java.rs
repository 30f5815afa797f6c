//! Software in Java as files configure it: who opens which keystore, with which password, as whom.

mod draft;
mod place;
pub mod unit;

use super::{
    estate::{EndpointId, PointerId},
    said::Said,
    tree::{Paths, file_name, parent},
};
use crate::source::FileId;

pub(super) use draft::draft;
pub use unit::{ClientAuth, NamedFile, NamedStore, Password, PemFiles, Program, Unit, User};

/// Software in Java with what it became in the estate.
#[derive(Debug, Default)]
pub struct Java {
    /// Who opens stores, in order of files.
    pub users: Vec<Placed>,
    /// Files that hold passwords of stores.
    pub(super) wanted: Vec<FileId>,
}

/// A user of stores in the estate.
#[derive(Debug)]
pub struct Placed {
    /// The file that says it.
    pub file: FileId,
    /// What it says.
    pub user: User,
    /// Its endpoint.
    pub endpoint: EndpointId,
    /// The line that names its keystore.
    pub key_store: Option<PointerId>,
    /// The line that names its truststore.
    pub trust_store: Option<PointerId>,
}

impl Placed {
    /// The alias that it asks for, where that is known.
    pub fn alias(&self) -> Option<&Said> {
        self.user.alias.as_ref().filter(|it| !it.is_placeholder() && !it.is_blank())
    }
}

/// Names under which people put the password of a store beside it, without the ending.
const BESIDE: &[&str] = &[
    "password",
    "passwd",
    "pass",
    "storepass",
    "store-pass",
    "storepassword",
    "keystorepass",
    "keystore-password",
    "keystore.password",
    "keystore.pass",
    "keystore",
    "keystore_creds",
    "truststore.pass",
    "truststore.password",
    "truststore_creds",
];

/// Endings of such files.
const ENDINGS: &[&str] = &[".pass", ".password", ".passwd", ".pwd", ".txt", ".pw"];

/// The file with the password of a store: one that is named after it, or the only one of a telling name in its folder.
pub fn password_beside(paths: &Paths, store: FileId) -> Option<FileId> {
    const MOST: u64 = 256;
    let path = &paths.node(store).path;
    let whole = file_name(path).to_ascii_lowercase();
    let stem = whole.rsplit_once('.').map_or(whole.as_str(), |(stem, _)| stem).to_owned();
    let mut own = Vec::new();
    let mut telling = Vec::new();
    for id in paths.children(parent(path)).iter().copied() {
        let node = paths.node(id);
        if id == store || node.kind != super::tree::NodeKind::File || node.size > MOST {
            continue;
        }
        let name = file_name(&node.path).to_ascii_lowercase();
        let Some(bare) = ENDINGS.iter().find_map(|it| name.strip_suffix(it)) else { continue };
        let secret = !std::path::Path::new(&name).extension().is_some_and(|it| it == "txt");
        if (bare == whole || bare == stem) && secret {
            own.push(id);
        } else if BESIDE.contains(&bare) && (secret || bare.contains("pass")) {
            telling.push(id);
        }
    }
    match (own.as_slice(), telling.as_slice()) {
        ([one], _) | ([], [one]) => Some(*one),
        _ => None,
    }
}
