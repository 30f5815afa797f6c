//! Software in Java as files configure it: who opens which keystore, with which password, as whom.

mod draft;
mod place;
pub mod unit;

use std::collections::BTreeMap;

use super::{
    estate::{EndpointId, PointerId},
    said::Said,
    tree::{NodeKind, Paths, file_name, parent},
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

/// Files with passwords in the folders of stores.
#[derive(Debug, Default)]
struct Beside<'p> {
    folders: BTreeMap<&'p str, PasswordFiles>,
}

/// Files of one folder that hold a password by their names.
#[derive(Debug, Default)]
struct PasswordFiles {
    /// Those that are named after something else, by that name in small letters.
    own: BTreeMap<String, Vec<FileId>>,
    /// Those that say no more than that they hold a password.
    telling: Vec<FileId>,
}

impl<'p> Beside<'p> {
    /// The file with the password of a store: one that is named after it, or the only one of a telling name in its
    /// folder.
    fn of(&mut self, paths: &'p Paths, store: FileId) -> Option<FileId> {
        let path = paths.node(store).path.as_ref();
        let files =
            self.folders.entry(parent(path)).or_insert_with_key(|it| PasswordFiles::in_folder(paths, it));
        let whole = file_name(path).to_ascii_lowercase();
        let stem = whole.rsplit_once('.').map_or(whole.as_str(), |(stem, _)| stem);
        let named = |name: &str| files.own.get(name).map_or(&[][..], Vec::as_slice);
        let own = if named(&whole).is_empty() { named(stem) } else { named(&whole) };
        match (own, files.telling.as_slice()) {
            ([one], _) | ([], [one]) => Some(*one),
            _ => None,
        }
    }
}

impl PasswordFiles {
    fn in_folder(paths: &Paths, folder: &str) -> Self {
        const MOST: u64 = 256;
        let mut found = Self::default();
        for id in paths.children(folder).iter().copied() {
            let node = paths.node(id);
            if node.kind != NodeKind::File || node.size > MOST {
                continue;
            }
            let name = file_name(&node.path).to_ascii_lowercase();
            let Some((bare, ending)) = ENDINGS.iter().find_map(|it| Some((name.strip_suffix(it)?, *it)))
            else {
                continue;
            };
            // A text file says that it holds a password by the rest of its name alone.
            let telling = BESIDE.contains(&bare) && (ending != ".txt" || bare.contains("pass"));
            if telling {
                found.telling.push(id);
            } else if ending != ".txt" {
                found.own.entry(bare.to_owned()).or_default().push(id);
            }
        }
        found
    }
}
