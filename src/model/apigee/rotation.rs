//! Rotations that stopped half way: the new certificate lies in a new store, and the reference still stands for the old
//! one, whose certificates have ended.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    source::{FileId, Location},
    x509::Time,
};

use super::{
    super::{CertId, Model},
    Alias, Environment, Lookup, Reference, Store, StoreRole, StoreUse,
};

/// A certificate of an alias, from a dump or from a file.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The alias.
    pub alias: String,
    /// The line that says when it ends, else the certificate.
    pub at: Location,
    /// The certificate itself: what other findings about it point at.
    pub place: Location,
    /// What a person would call its owner.
    pub title: String,
    /// Its subject, for comparison.
    pub subject: String,
    /// From when it is valid.
    pub not_before: Option<Time>,
    /// Until when it is valid.
    pub not_after: Time,
    /// The certificate with all its bytes, where a file has it.
    pub id: Option<CertId>,
}

/// A reference that stands for a store whose certificates have ended, while the valid ones lie in another.
#[derive(Debug)]
pub struct HalfRotation<'m> {
    /// The environment.
    pub environment: &'m Environment,
    /// The reference.
    pub reference: &'m Reference,
    /// What uses the reference.
    pub uses: Vec<StoreUse<'m>>,
    /// The store it stands for.
    pub old: &'m Store,
    /// The store that holds the valid certificates.
    pub new: &'m Store,
    /// What has ended in the old store, each with what took its place in the new one.
    pub replaced: Vec<(Kept, Kept)>,
    /// Nothing of what is used in the old store is valid any more.
    pub whole: bool,
    /// Something else uses the new store already.
    pub new_is_used: bool,
}

/// What half-done rotations say about certificates: other rules keep silent about these.
#[derive(Debug, Default)]
pub struct HalfRotated {
    /// Certificates that files hold.
    pub certificates: BTreeSet<CertId>,
    /// Places of certificates, in files and in dumps.
    pub places: BTreeSet<Location>,
}

/// The files that lines name.
type Named = BTreeMap<Location, FileId>;

impl Model {
    /// The certificates that half-done rotations are about.
    pub fn half_rotated(&self) -> HalfRotated {
        let files = self.named_files();
        let mut all = HalfRotated::default();
        for it in self.half_rotations() {
            let aliases = it.replaced.iter().filter_map(|(expired, _)| it.old.alias(&expired.alias));
            let kept = aliases.flat_map(|alias| self.kept(&files, it.environment, alias));
            for ended in kept.filter(|it| it.not_after < self.today()) {
                all.certificates.extend(ended.id);
                all.places.extend([ended.at, ended.place]);
            }
        }
        all
    }

    /// Rotations that stopped half way, in order of environments and references.
    pub fn half_rotations(&self) -> Vec<HalfRotation<'_>> {
        let files = self.named_files();
        let mut found = Vec::new();
        for (index, environment) in self.apigee.environments.iter().enumerate() {
            let mut uses = None;
            for reference in &environment.references {
                // Of several references with one name the last counts.
                let counts = environment.reference(reference.name.trimmed());
                let Some(old) = environment.store(reference.refers.trimmed()) else { continue };
                let chains: Vec<Vec<Kept>> =
                    old.aliases.iter().map(|it| self.kept(&files, environment, it)).collect();
                if counts.is_some_and(|it| std::ptr::eq(it, reference))
                    && chains.iter().any(|it| self.ended(it).is_some())
                {
                    let uses = uses.get_or_insert_with(|| self.apigee.store_uses(index));
                    found.extend(self.half_rotation(&files, (environment, uses), reference, (old, &chains)));
                }
            }
        }
        found
    }

    fn named_files(&self) -> Named {
        if self.apigee.environments.is_empty() {
            return Named::new();
        }
        self.estate.pointers.iter().filter_map(|it| Some((it.at, it.to.file()?))).collect()
    }

    fn half_rotation<'m>(
        &'m self,
        files: &Named,
        (environment, uses): (&'m Environment, &[StoreUse<'m>]),
        reference: &'m Reference,
        (old, chains): (&'m Store, &[Vec<Kept>]),
    ) -> Option<HalfRotation<'m>> {
        let through: Vec<StoreUse<'_>> = uses
            .iter()
            .filter(|it| {
                let found = environment.look_up(Some(it.name)).reference();
                found.is_some_and(|found| std::ptr::eq(found, reference))
            })
            .copied()
            .collect();
        let ended: Vec<&Kept> = chains.iter().filter_map(|it| self.ended(it)).collect();
        let others = environment.stores.iter().filter(|it| it.name != old.name);
        let best = others
            .filter_map(|new| {
                let taken = is_used(environment, reference, new, uses);
                let replaced = self.replaced(files, environment, &ended, (old, new), taken);
                (!replaced.is_empty()).then_some((new, replaced, taken))
            })
            .max_by_key(|(_, replaced, taken)| {
                (replaced.len(), !taken, replaced.iter().map(|(_, it)| it.not_after).max())
            });
        let (new, replaced, new_is_used) = best?;
        // A keystore shows one alias; a truststore lives as long as something in it does.
        let named: Vec<&str> =
            through.iter().filter(|it| !it.is_off()).filter_map(|it| Some(it.alias()?.trimmed())).collect();
        let shown = replaced.iter().any(|(expired, _)| named.contains(&expired.alias.as_str()));
        let whole = shown || ended.len() == chains.len();
        Some(HalfRotation { environment, reference, uses: through, old, new, replaced, whole, new_is_used })
    }

    /// What of a store has ended and stands valid in another: by subject, or by alias where nothing else uses the other.
    fn replaced(
        &self,
        files: &Named,
        environment: &Environment,
        ended: &[&Kept],
        (old, new): (&Store, &Store),
        used: bool,
    ) -> Vec<(Kept, Kept)> {
        // A certificate takes the place of a certificate, and a key pair that of a key pair.
        let has_key = |store: &Store, it: &Kept| store.alias(&it.alias).and_then(|alias| alias.has_key);
        let fits = |expired: &Kept, valid: &Kept| match (has_key(old, expired), has_key(new, valid)) {
            (Some(before), Some(now)) => before == now,
            _ => true,
        };
        let fresh: Vec<Vec<Kept>> = new.aliases.iter().map(|it| self.kept(files, environment, it)).collect();
        let valid: Vec<&Kept> = fresh.iter().filter(|it| self.all_valid(it)).flatten().collect();
        let mut replaced = Vec::new();
        for expired in ended.iter().copied() {
            let mut fitting = valid.iter().filter(|it| fits(expired, it));
            let same_subject =
                fitting.clone().find(|it| !it.subject.is_empty() && it.subject == expired.subject);
            let same_alias = || fitting.find(|it| !used && it.alias == expired.alias);
            if let Some(valid) = same_subject.or_else(same_alias) {
                replaced.push((expired.clone(), (*valid).clone()));
            }
        }
        replaced
    }

    /// The first certificate of a chain that has ended.
    fn ended<'k>(&self, chain: &'k [Kept]) -> Option<&'k Kept> {
        chain.iter().find(|it| it.not_after < self.today())
    }

    fn all_valid(&self, chain: &[Kept]) -> bool {
        let today = self.today();
        !chain.is_empty()
            && chain
                .iter()
                .all(|it| today <= it.not_after && it.not_before.is_none_or(|start| start <= today))
    }

    /// The certificates of an alias, as far as the tree knows them: from its details, else from the file that was
    /// exported, else from what shall be uploaded.
    fn kept(&self, files: &Named, environment: &Environment, alias: &Alias) -> Vec<Kept> {
        let described = alias.detail.iter().flat_map(|it| &it.certificates).filter_map(|it| {
            let subject = it.subject.as_ref();
            Some(Kept {
                alias: alias.name.clone(),
                at: it.not_after_at.unwrap_or(it.at),
                place: it.at,
                title: subject.map_or_else(|| alias.name.clone(), |it| it.title().to_owned()),
                subject: subject.map(crate::x509::WrittenName::unordered).unwrap_or_default(),
                not_before: it.not_before,
                not_after: it.not_after?,
                id: None,
            })
        });
        let described: Vec<Kept> = described.collect();
        if !described.is_empty() {
            return described;
        }
        let uploaded = alias.definitions.iter().filter_map(|at| {
            let definition = environment.definitions.get(*at)?;
            definition.certificate.as_ref().or(definition.bundle.as_ref())
        });
        let mut uploaded = uploaded.filter_map(|said| files.get(&said.at).copied());
        let Some(file) = alias.exported.or(uploaded.next_back()) else { return Vec::new() };
        let certificates = self.materials.in_file(file).into_iter().map(|(id, place)| {
            let certificate = self.cert(id);
            Kept {
                alias: alias.name.clone(),
                at: place,
                place,
                title: certificate.subject.title().to_owned(),
                subject: certificate.subject.unordered(),
                not_before: Some(certificate.not_before),
                not_after: certificate.not_after,
                id: Some(id),
            }
        });
        certificates.collect()
    }
}

/// Whether something other than this reference leads to a store.
fn is_used(environment: &Environment, reference: &Reference, store: &Store, uses: &[StoreUse<'_>]) -> bool {
    let referred = environment
        .references
        .iter()
        .any(|it| it.name.trimmed() != reference.name.trimmed() && it.refers.trimmed() == store.name);
    let direct = |it: &StoreUse<'_>| matches!(environment.look_up(Some(it.name)), Lookup::Store(None, found) if found.name == store.name);
    referred || uses.iter().any(direct)
}

impl HalfRotation<'_> {
    /// The use that says best what users notice: one that is in effect, and of those a truststore of a virtual host.
    pub fn noticed(&self) -> Option<&StoreUse<'_>> {
        let live = self.uses.iter().filter(|it| !it.is_off());
        live.min_by_key(|it| (!it.user.is_virtual_host(), it.role != StoreRole::Trust, it.at()))
    }
}
