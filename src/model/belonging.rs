//! What the tree shows about which files belong in it. A repository of configuration often leaves out keys, or all
//! certificates; a file is missed only where its like is kept.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    estate::Expects,
    facts::{Holding, ItemKind},
    tree::{Paths, parent},
};
use crate::source::FileId;

/// What a folder may hold.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Leaf,
    Authority,
    Key,
    RevocationList,
    Other,
}

/// What the folders of the tree hold.
#[derive(Debug, Default)]
pub(super) struct Belonging {
    folders: BTreeMap<String, BTreeSet<Kind>>,
}

impl Belonging {
    pub(super) fn new(paths: &Paths, holdings: &BTreeMap<FileId, Holding>) -> Self {
        let mut folders: BTreeMap<String, BTreeSet<Kind>> = BTreeMap::new();
        for (file, holding) in holdings {
            let folder = parent(&paths.node(*file).path);
            for item in &holding.items {
                let kind = match &item.kind {
                    ItemKind::Certificate(it) if it.is_ca() => Kind::Authority,
                    ItemKind::Certificate(_) => Kind::Leaf,
                    ItemKind::RevocationList(_) => Kind::RevocationList,
                    it if it.is_private_key() => Kind::Key,
                    _ => Kind::Other,
                };
                folders.entry(folder.to_owned()).or_default().insert(kind);
            }
        }
        Self { folders }
    }

    /// Whether a folder shows that a file of this purpose belongs in it. Git repositories are meant to leave out
    /// secrets and what is made on the server: there only a sibling of the same kind is a sign.
    pub(super) fn shows(&self, folder: &str, expects: Expects, in_git: bool) -> bool {
        let kept: &[Kind] = match (expects, in_git) {
            (Expects::Chain, true) => &[Kind::Leaf, Kind::Key],
            (Expects::PrivateKey | Expects::Keystore, true) => &[Kind::Key],
            (Expects::TicketKey | Expects::Passwords | Expects::OcspResponse, true) => &[],
            (Expects::Chain | Expects::PrivateKey | Expects::Keystore, false) => {
                &[Kind::Leaf, Kind::Authority, Kind::Key]
            }
            (Expects::Anchors, _) => &[Kind::Leaf, Kind::Authority],
            (Expects::RevocationLists, _) => &[Kind::Leaf, Kind::Authority, Kind::RevocationList],
            (Expects::DhParameters | Expects::TicketKey | Expects::Passwords | Expects::OcspResponse, _) => {
                &[Kind::Leaf, Kind::Authority, Kind::Key, Kind::Other]
            }
        };
        self.folders.get(folder).is_some_and(|holds| kept.iter().any(|kind| holds.contains(kind)))
    }
}
