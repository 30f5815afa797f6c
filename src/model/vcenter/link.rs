//! Puts what files say about vCenter together to machines, finds their names, and follows references of LDIF to files.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::FileId;

use super::{
    ChainKind, Listed, Unit, Vcenter,
    node::{Node, Origin, Pnid, groups},
};
use crate::model::{
    material::{KeyState, Materials},
    settings::VcenterSetting,
    tree::{Paths, file_name, join, parent},
};

impl Vcenter {
    pub(in crate::model) fn link(
        units: Vec<(FileId, Unit)>,
        paths: &Paths,
        materials: &Materials,
        settings: &[VcenterSetting],
    ) -> Self {
        let mut units: Vec<(FileId, String, Unit)> =
            units.into_iter().map(|(file, unit)| (file, paths.node(file).path.to_string(), unit)).collect();
        units.sort_by_key(|(file, ..)| *file);
        for (_, path, unit) in &mut units {
            follow(path, unit, paths, materials);
        }
        let folders: BTreeSet<String> = units
            .iter()
            .filter(|(.., unit)| unit.is_evidence())
            .map(|(_, path, _)| parent(path).to_owned())
            .collect();
        for (_, path, unit) in &mut units {
            for script in &mut unit.scripts {
                script.is_about_vcenter |= folders.contains(parent(path));
            }
        }
        let mut this = Self { units, ..Self::default() };
        let groups = groups(&this.units);
        let only = groups.len() == 1;
        for group in groups {
            let pnid = this.pnid(&group.units, &group.folder, settings, only);
            let folder = file_name(&group.folder);
            let name = match &pnid {
                Some(pnid) => format!("`{}`", pnid.name),
                None if folder.is_empty() || folder == "." => "this vCenter".to_owned(),
                None => format!("`{folder}`"),
            };
            let mut units = group.units;
            units.sort_unstable();
            this.nodes.push(Node { name, folder: group.folder, units, pnid });
        }
        this.find_told(materials);
        this
    }

    /// What a machine is called, by the best that says so.
    fn pnid(&self, units: &[usize], folder: &str, settings: &[VcenterSetting], only: bool) -> Option<Pnid> {
        let mut found: Vec<Pnid> = Vec::new();
        for unit in units.iter().map(|at| &self.units[*at].2) {
            for (origin, said) in &unit.names {
                let name = said.trimmed().trim_end_matches('.').to_lowercase();
                found.push(Pnid { name, at: Some(said.at), origin: *origin });
            }
            // A leaf names the machine that issued it.
            for entry in unit.sts.iter().filter(|it| it.kind == ChainKind::Tenant) {
                let leaf = entry.certificates.first();
                let names = leaf.and_then(Listed::dns_names).unwrap_or_default();
                if let (Some(leaf), [name]) = (leaf, &names[..]) {
                    found.push(Pnid { name: name.to_lowercase(), at: Some(leaf.at), origin: Origin::Leaf });
                }
            }
        }
        let own = file_name(folder).to_lowercase();
        let said = settings.iter().find(|it| {
            if let Some(path) = &it.folder {
                let below = folder.strip_prefix(path.as_str()).is_some_and(|rest| rest.starts_with('/'));
                return path == folder || below;
            }
            let pnid = it.pnid.to_lowercase();
            let named = pnid == own || pnid.split('.').next() == Some(&*own);
            named
                || (only && settings.len() == 1)
                || found.iter().any(|it| it.is_certain() && it.name == pnid)
        });
        if let Some(said) = said {
            found.push(Pnid { name: said.pnid.to_lowercase(), at: None, origin: Origin::Configuration });
        }
        found.sort_by_key(|it| (it.origin, it.at));
        found.into_iter().next()
    }
}

/// References of LDIF lead to files beside it, whatever folder they name.
fn follow(path: &str, unit: &mut Unit, paths: &Paths, materials: &Materials) {
    for entry in &mut unit.sts {
        let mut left = Vec::new();
        for reference in std::mem::take(&mut entry.references) {
            let written = reference.trimmed();
            let beside = join(parent(path), written);
            let file = paths.find(&beside).or_else(|| paths.find(&join(parent(path), file_name(written))));
            let Some(file) = file else {
                left.push(reference);
                continue;
            };
            if let Some(key) = materials.keys_in(file).next()
                && entry.key.is_none()
            {
                let public = match materials.key_state(key) {
                    KeyState::Known(public) => Some(public.clone()),
                    _ => None,
                };
                entry.key_by_reference = Some((reference.at, public));
                continue;
            }
            let found = materials.in_file(file);
            entry.unread = entry.unread.saturating_sub(u32::from(!found.is_empty()));
            for (id, _) in found {
                let certificate = std::sync::Arc::clone(&materials.known(id).certificate);
                entry.certificates.push(Listed::whole(reference.at, certificate));
            }
        }
        entry.references = left;
    }
}

/// Entries of the directory by what they are called; of two, the one with certificates.
pub(super) fn by_title<'u>(
    units: impl Iterator<Item = &'u Unit>,
    kind: ChainKind,
) -> BTreeMap<String, &'u super::StsEntry> {
    let mut found: BTreeMap<String, &super::StsEntry> = BTreeMap::new();
    for entry in units.flat_map(|it| &it.sts).filter(|it| it.kind == kind && !it.from_report) {
        let place = found.entry(entry.title()).or_insert(entry);
        if place.certificates.is_empty() {
            *place = entry;
        }
    }
    found
}
