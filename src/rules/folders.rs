//! Keystores of one folder that all have the same trouble are spoken of once.

use std::collections::BTreeMap;

use crate::{
    finding::{Finding, Findings},
    model::{FileId, Location, Model, iis::Share, tree::parent},
};

use super::words;

/// From as many on, keystores of one folder are told together. A folder of the Central Certificate Store is one thing.
const MANY: usize = 4;

/// Keystores of one folder.
pub(super) struct Folder<'m> {
    /// Its shown path.
    pub(super) path: &'m str,
    /// The folder of the Central Certificate Store that it is.
    pub(super) share: Option<&'m Share>,
    /// In order of names.
    pub(super) files: Vec<FileId>,
}

/// Takes those out of `files` that are told together.
pub(super) fn take_together<'m>(model: &'m Model, files: &mut Vec<FileId>) -> Vec<Folder<'m>> {
    let mut by_folder: BTreeMap<&str, Vec<FileId>> = BTreeMap::new();
    for file in &*files {
        by_folder.entry(parent(model.path(*file))).or_default().push(*file);
    }
    let mut together = Vec::new();
    for (path, stores) in by_folder {
        let share = share(model, path);
        if stores.len() >= MANY || (share.is_some() && stores.len() > 1) {
            files.retain(|file| !stores.contains(file));
            together.push(Folder { path, share, files: stores });
        }
    }
    together
}

/// The folder of the Central Certificate Store at a path of the tree.
pub(super) fn share<'m>(model: &'m Model, path: &str) -> Option<&'m Share> {
    model.iis.shares.iter().find(|it| it.folder == path && it.files.values().any(|file| file.file.is_some()))
}

impl Folder<'_> {
    /// Puts a finding at the first file and labels others.
    pub(super) fn report<'f>(&self, out: &'f mut Findings, message: String, what: &str) -> &'f mut Finding {
        let finding = out.report(message, Location::whole(self.files[0]), what);
        for file in self.files.iter().skip(1).take(words::SHOWN) {
            finding.label(Location::whole(*file), what);
        }
        finding
    }

    /// "12 keystores in `conf`".
    pub(super) fn title(&self) -> String {
        match self.share {
            Some(_) => {
                format!("{} keystores in the Central Certificate Store (`{}`)", self.files.len(), self.path)
            }
            None => format!("{} keystores in `{}`", self.files.len(), self.path),
        }
    }
}

/// How to say the password of a locked store. What a machine has for the Central Certificate Store is encrypted for that
/// machine alone.
pub(super) fn ask_for_password(model: &Model, path: &str) -> String {
    match share(model, path) {
        Some(_) => format!(
            "`PrivateKeyPassword` of a node is encrypted for that node alone, so the tree never tells it: write \
             `\"{path}/*.pfx\" = \"…\"` into a file and give that with `--passwords FILE`"
        ),
        None => "give the password with `--passwords FILE` or in `TLSLINT_PASSWORDS` to have it checked"
            .to_owned(),
    }
}
