//! What the files of the Central Certificate Store hold: leaves that a renewal passed over, and passwords that are not the
//! one that a machine has for all files.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{FileId, Location};

use super::{
    super::{
        CertId, Model,
        estate::Software,
        facts::ItemKind,
        store::{EntryKind, State},
    },
    ShareFile,
};

/// Issuer and names of a certificate: what a renewal keeps.
type Names = (String, BTreeSet<String>);

/// A file whose certificate is out of date while a newer one of the same folder would do.
#[derive(Clone, Copy, Debug)]
pub struct Outdated<'m> {
    /// Index in [`super::Iis::shares`].
    pub share: usize,
    /// The file.
    pub file: &'m ShareFile,
    /// Its certificate.
    pub leaf: CertId,
    /// The file with the newer one.
    pub by: &'m ShareFile,
    /// The newer one.
    pub newer: CertId,
    /// `by` is the file of the wildcard, which is only asked where no file has the name of the host; else `by` is a copy
    /// for another host.
    pub wildcard: bool,
}

/// Files of one folder with another password than the others.
#[derive(Debug)]
pub struct Strays<'m> {
    /// Index in [`super::Iis::shares`].
    pub share: usize,
    /// Most files.
    pub others: Vec<&'m ShareFile>,
    /// Those with another password.
    pub strays: Vec<&'m ShareFile>,
}

impl Model {
    /// The leaf of a file of the Central Certificate Store: the first certificate of its first key.
    pub fn pfx_leaf(&self, file: FileId) -> Option<(CertId, Location)> {
        let holding = self.materials.holding(file)?;
        let entry = holding.store.as_deref()?.first_key()?;
        holding.items.get(entry.items.clone())?.iter().find_map(|item| match &item.kind {
            ItemKind::Certificate(certificate) => Some((self.materials.id_of(certificate)?, item.at)),
            _ => None,
        })
    }

    /// The `*.pfx` of a share that lie in the tree and that a binding asks for; all of them where no binding is known to
    /// ask for any.
    pub fn pfx_in_use(&self, share: usize) -> Vec<(&str, &ShareFile, FileId)> {
        let served = self.served_pfx();
        let files = self.iis.shares[share].files.iter();
        let all: Vec<_> = files
            .filter(|(name, _)| name.rsplit_once('.').is_some_and(|(_, ending)| ending == "pfx"))
            .filter_map(|(name, file)| Some((name.as_str(), file, file.file?)))
            .collect();
        let any = all.iter().any(|(_, _, id)| served.contains(id));
        all.into_iter().filter(|(_, _, id)| !any || served.contains(id)).collect()
    }

    /// Files that bindings of the Central Certificate Store lead to.
    fn served_pfx(&self) -> BTreeSet<FileId> {
        let ours = self.estate.pointers.iter().filter(|it| it.software == Software::HttpSys);
        ours.filter_map(|it| it.to.file()).collect()
    }

    /// Files that a renewal passed over.
    pub fn outdated_pfx(&self) -> Vec<Outdated<'_>> {
        (0..self.iis.shares.len()).flat_map(|share| self.outdated_in(share)).collect()
    }

    fn outdated_in(&self, share: usize) -> Vec<Outdated<'_>> {
        let files = self.pfx_in_use(share);
        let leaves: BTreeMap<&str, (&ShareFile, CertId)> = files
            .iter()
            .filter_map(|(name, file, id)| Some((*name, (*file, self.pfx_leaf(*id)?.0))))
            .collect();
        let mut by_names: BTreeMap<Names, Vec<(&ShareFile, CertId)>> = BTreeMap::new();
        let mut found = Vec::new();
        for (name, (file, leaf)) in &leaves {
            let shadow = self.shadowed(name, *leaf, &leaves);
            if let Some((by, newer)) = shadow {
                found.push(Outdated { share, file, leaf: *leaf, by, newer, wildcard: true });
                continue;
            }
            let it = self.cert(*leaf);
            let names: BTreeSet<String> = it.names().map(|it| it.to_ascii_lowercase()).collect();
            if names.len() > 1 {
                by_names.entry((it.issuer.unordered(), names)).or_default().push((file, *leaf));
            }
        }
        for copies in by_names.into_values() {
            let newest = copies
                .iter()
                .copied()
                .max_by_key(|(_, id)| (self.cert(*id).not_before, self.cert(*id).not_after));
            let Some((by, newer)) = newest.filter(|(_, id)| self.is_valid(*id)) else { continue };
            let old = copies.iter().filter(|(_, id)| self.is_older(*id, newer));
            found.extend(old.map(|(file, leaf)| Outdated {
                share,
                file,
                leaf: *leaf,
                by,
                newer,
                wildcard: false,
            }));
        }
        found
    }

    /// The file of the wildcard that would serve a host better than the file of its own name: that one has ended, or is an
    /// earlier issue of the wildcard itself. A certificate of the host's own is what its owner wants.
    fn shadowed<'m>(
        &self,
        name: &str,
        leaf: CertId,
        leaves: &BTreeMap<&str, (&'m ShareFile, CertId)>,
    ) -> Option<(&'m ShareFile, CertId)> {
        let host = name.strip_suffix(".pfx")?;
        if host.starts_with("_.") {
            return None;
        }
        let (_, parent) = host.split_once('.')?;
        let (file, newer) = *leaves.get(format!("_.{parent}.pfx").as_str())?;
        let (old, new) = (self.cert(leaf), self.cert(newer));
        let covers = |host: &str| new.host_coverage(host) == crate::x509::Coverage::Covered;
        let wildcard = format!("*.{parent}");
        let earlier = self.is_older(leaf, newer) && old.names().any(|it| it.eq_ignore_ascii_case(&wildcard));
        let ended = old.not_after < self.today() && old.not_after < new.not_after;
        (self.is_valid(newer) && covers(host) && (ended || earlier)).then_some((file, newer))
    }

    fn is_valid(&self, id: CertId) -> bool {
        let it = self.cert(id);
        it.not_before <= self.today() && self.today() <= it.not_after
    }

    fn is_older(&self, id: CertId, than: CertId) -> bool {
        let (old, new) = (self.cert(id), self.cert(than));
        old.not_before <= new.not_before && old.not_after < new.not_after
    }

    /// Files whose password is not the one that opens most files of their folder. A machine has one for all.
    pub fn stray_pfx(&self) -> Vec<Strays<'_>> {
        (0..self.iis.shares.len()).filter_map(|share| self.strays_in(share)).collect()
    }

    fn strays_in(&self, share: usize) -> Option<Strays<'_>> {
        let files = self.pfx_in_use(share);
        let store = |id: FileId| self.materials.store(id);
        let mut by_password: BTreeMap<u64, usize> = BTreeMap::new();
        for password in files.iter().filter_map(|(_, _, id)| store(*id)?.opened_with) {
            *by_password.entry(password).or_default() += 1;
        }
        let (password, _) =
            by_password.into_iter().max_by_key(|(number, count)| (*count, u64::MAX - number))?;
        let opens = |id: FileId| store(id).is_some_and(|it| it.opened_with == Some(password));
        let differs = |id: FileId| {
            store(id).is_some_and(|it| match it.state {
                State::Open(_) => it.opened_with.is_some_and(|own| own != password),
                State::Refused(_) | State::Locked | State::CertificatesOnly => it.tried.contains(&password),
                State::Unsupported(_) | State::Broken { .. } => false,
            })
        };
        let strays: Vec<&ShareFile> =
            files.iter().filter(|(_, _, id)| differs(*id)).map(|(_, file, _)| *file).collect();
        let open: Vec<&ShareFile> =
            files.iter().filter(|(_, _, id)| opens(*id)).map(|(_, file, _)| *file).collect();
        // Few that open among many that do not are the ones that differ, whatever password those have.
        let (others, strays) = if strays.len() > open.len() { (strays, open) } else { (open, strays) };
        (!others.is_empty() && !strays.is_empty()).then_some(Strays { share, others, strays })
    }

    /// Files that open and hold certificates and no private key.
    pub fn keyless_pfx(&self, share: usize) -> Vec<(&str, &ShareFile)> {
        let keyless = |id: FileId| {
            self.materials.store(id).is_some_and(|store| {
                matches!(store.state, State::Open(_))
                    && !store.entries.is_empty()
                    && store
                        .entries
                        .iter()
                        .all(|it| matches!(it.kind, EntryKind::Certificate | EntryKind::TrustedCertificate))
            })
        };
        let files = self.pfx_in_use(share).into_iter();
        files.filter(|(_, _, id)| keyless(*id)).map(|(name, file, _)| (name, file)).collect()
    }
}
