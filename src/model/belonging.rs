//! What the tree shows about which files belong in it. A repository of configuration often leaves out keys, or all
//! certificates; a file is missed only where its like is kept.

use std::collections::BTreeMap;

use super::{
    estate::Expects,
    facts::{Holding, ItemKind},
    tree::{Paths, parent},
};
use crate::source::FileId;

/// What one folder holds.
#[derive(Copy, Clone, Debug, Default)]
struct Shelf {
    leaves: bool,
    certificates: bool,
    keys: bool,
    lists: bool,
    others: bool,
}

/// What the folders of the tree hold.
#[derive(Debug, Default)]
pub(super) struct Belonging {
    folders: BTreeMap<String, Shelf>,
}

impl Belonging {
    pub(super) fn new(paths: &Paths, holdings: &BTreeMap<FileId, Holding>) -> Self {
        let mut folders: BTreeMap<String, Shelf> = BTreeMap::new();
        for (file, holding) in holdings {
            if holding.items.is_empty() {
                continue;
            }
            let shelf = folders.entry(parent(&paths.node(*file).path).to_owned()).or_default();
            for item in &holding.items {
                match &item.kind {
                    ItemKind::Certificate(certificate) => {
                        shelf.certificates = true;
                        shelf.leaves |= !certificate.is_ca();
                    }
                    ItemKind::RevocationList(_) => shelf.lists = true,
                    kind if kind.is_private_key() => shelf.keys = true,
                    _ => shelf.others = true,
                }
            }
        }
        Self { folders }
    }

    /// Whether a folder shows that a file of this purpose belongs in it. Git repositories are meant to leave secrets
    /// out, and what is made on the server: there only a sibling of the same kind is a sign.
    pub(super) fn shows(&self, folder: &str, expects: Expects, in_git: bool) -> bool {
        let Some(shelf) = self.folders.get(folder) else { return false };
        match (expects, in_git) {
            (Expects::Chain, true) => shelf.leaves || shelf.keys,
            (Expects::PrivateKey, true) => shelf.keys,
            (Expects::TicketKey | Expects::Passwords | Expects::OcspResponse, true) => false,
            (Expects::Chain | Expects::PrivateKey, false) => shelf.certificates || shelf.keys,
            (Expects::Anchors, _) => shelf.certificates,
            (Expects::RevocationLists, _) => shelf.certificates || shelf.lists,
            (Expects::DhParameters | Expects::TicketKey | Expects::Passwords | Expects::OcspResponse, _) => {
                shelf.certificates || shelf.keys || shelf.others
            }
        }
    }
}
