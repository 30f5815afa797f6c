//! Certificates and keys of all files: each certificate known once, by its fingerprint, with every place it stands.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use crate::{
    source::{FileId, Location},
    x509::{Certificate, Fingerprint, KeyId, PublicKey, Thumbprint, UnlockError},
};

use super::{
    estate::{Expects, Pointer, Within},
    facts::{Form, Holding, Item, ItemKind, Opened, Tried, TriedKey},
    settings::Secret,
    store::{Entry, EntryKind, Store},
};

/// A certificate by index in [`Materials`], the same for all copies.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CertId(pub u32);

/// A certificate with every place it stands.
#[derive(Debug)]
pub struct Known {
    /// The certificate.
    pub certificate: Arc<Certificate>,
    /// Where copies of it stand, in order of files.
    pub places: Vec<Location>,
}

/// What the private key of a place is worth for comparison.
#[derive(Clone, Copy, Debug)]
pub enum KeyState<'m> {
    /// Its public half is known.
    Known(&'m PublicKey),
    /// It is encrypted, and no password opened it.
    Locked,
    /// A kind that cannot be matched.
    Opaque,
}

/// Certificates and keys of all files.
#[derive(Debug, Default)]
pub struct Materials {
    holdings: BTreeMap<FileId, Holding>,
    certificates: Vec<Known>,
    by_fingerprint: HashMap<Fingerprint, CertId>,
    by_thumbprint: HashMap<Thumbprint, CertId>,
    unlocked: BTreeMap<Location, PublicKey>,
    refused: BTreeMap<Location, String>,
    wrong: BTreeMap<Location, Vec<Secret>>,
}

/// The entry of a keystore that Java shows: that of an alias, whose case does not count, or the only one with a key. Of
/// several Java takes one that nobody can foretell.
fn shown_entry<'s>(entries: &'s [Entry], alias: Option<&str>) -> Option<&'s Entry> {
    let mut keys = entries.iter().filter(|it| it.kind == EntryKind::PrivateKey);
    match alias {
        Some(alias) => keys.find(|it| it.alias.to_lowercase() == alias.to_lowercase()),
        None => keys.next().filter(|_| keys.next().is_none()),
    }
}

impl Materials {
    pub(super) fn new(holdings: BTreeMap<FileId, Holding>) -> Self {
        let mut this = Self::default();
        for holding in holdings.values() {
            for item in &holding.items {
                let ItemKind::Certificate(certificate) = &item.kind else { continue };
                let next = CertId(this.certificates.len() as u32);
                let id = *this.by_fingerprint.entry(certificate.fingerprint).or_insert(next);
                if id == next {
                    this.by_thumbprint.entry(certificate.thumbprint).or_insert(id);
                    this.certificates
                        .push(Known { certificate: Arc::clone(certificate), places: Vec::new() });
                }
                this.certificates[id.0 as usize].places.push(item.at);
            }
        }
        this.holdings = holdings;
        this
    }

    /// Takes keys that were opened with their stores.
    pub(super) fn take_opened(&mut self, keys: Vec<(Location, PublicKey)>) {
        self.unlocked.extend(keys);
    }

    /// Tries passwords on every locked key: `passwords` gives those that stand for a file, best first. What a snapshot
    /// says was tried before.
    pub(super) fn unlock(&mut self, passwords: &dyn Fn(FileId) -> Vec<Secret>) {
        for tried in self.holdings.values().filter_map(|it| it.tried.as_ref()).flat_map(|it| &it.keys) {
            self.unlocked.extend(tried.key.clone().map(|key| (tried.at, key)));
            self.refused.extend(tried.refusal.clone().map(|why| (tried.at, why)));
            self.wrong.insert(tried.at, tried.wrong.clone());
        }
        // The keys of a store were tried when it was opened.
        let here = |holding: &Holding| holding.store.is_none() && holding.tried.is_none();
        for (file, holding) in self.holdings.iter().filter(|(_, holding)| here(holding)) {
            for item in &holding.items {
                let ItemKind::LockedKey(locked) = &item.kind else { continue };
                for password in passwords(*file) {
                    match locked.unlock(password.bytes().unwrap_or_default()) {
                        Ok(key) => {
                            self.unlocked.insert(item.at, key);
                            break;
                        }
                        Err(error) => {
                            if error == UnlockError::WrongPassword {
                                self.wrong.entry(item.at).or_default().push(password);
                            }
                            self.refused.entry(item.at).or_insert_with(|| error.to_string());
                        }
                    }
                }
            }
        }
    }

    /// What passwords made of a file, as a snapshot says it: nothing that is sealed is in it.
    pub fn tried(&self, file: FileId) -> Option<Tried> {
        let holding = self.holding(file)?;
        let locked = holding.items.iter().filter(|item| matches!(item.kind, ItemKind::LockedKey(_)));
        let tried = |item: &Item| TriedKey {
            at: item.at,
            key: self.unlocked.get(&item.at).cloned(),
            refusal: self.refusal(item).map(str::to_owned),
            wrong: self.wrong.get(&item.at).cloned().unwrap_or_default(),
        };
        let opened = holding.store.as_ref().map(|store| {
            let store = Box::new(Store { sealed: None, ..(**store).clone() });
            Opened { items: holding.items.clone(), store }
        });
        Some(Tried { keys: locked.map(tried).collect(), opened })
    }

    /// Whether a password was tried on a locked key, and is not that of it.
    pub fn is_wrong(&self, item: &Item, password: &Secret) -> bool {
        self.wrong.get(&item.at).is_some_and(|wrong| wrong.contains(password))
    }

    /// What a file holds.
    pub fn holding(&self, file: FileId) -> Option<&Holding> {
        self.holdings.get(&file)
    }

    /// Every file of certificate material, in order of paths.
    pub fn holdings(&self) -> impl Iterator<Item = (FileId, &Holding)> {
        self.holdings.iter().map(|(file, holding)| (*file, holding))
    }

    /// Every different certificate.
    pub fn certificates(&self) -> impl Iterator<Item = (CertId, &Known)> {
        self.certificates.iter().enumerate().map(|(index, known)| (CertId(index as u32), known))
    }

    /// How many different certificates there are.
    pub fn len(&self) -> usize {
        self.certificates.len()
    }

    /// How many private keys there are, copies of one counted once where they can be told.
    pub fn key_count(&self) -> usize {
        let mut known = std::collections::BTreeSet::new();
        let mut others = 0;
        for item in self.holdings.values().flat_map(|it| &it.items).filter(|it| it.kind.is_private_key()) {
            match self.key_state(item) {
                KeyState::Known(key) => {
                    known.insert(key.id);
                }
                KeyState::Locked | KeyState::Opaque => others += 1,
            }
        }
        known.len() + others
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.certificates.is_empty()
    }

    /// A certificate by id.
    pub fn cert(&self, id: CertId) -> &Certificate {
        &self.certificates[id.0 as usize].certificate
    }

    /// A certificate with its places by id.
    pub fn known(&self, id: CertId) -> &Known {
        &self.certificates[id.0 as usize]
    }

    /// The id of a certificate that stands in one of the files.
    pub fn id_of(&self, certificate: &Certificate) -> Option<CertId> {
        self.by_fingerprint.get(&certificate.fingerprint).copied()
    }

    /// The certificate of a thumbprint as Windows writes it: 40 hexadecimal digits of SHA-1, or 64 of SHA-256.
    pub fn by_thumbprint(&self, digits: &str) -> Option<CertId> {
        let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).ok()?;
        if let Ok(sha1) = <[u8; 20]>::try_from(bytes.as_slice()) {
            return self.by_thumbprint.get(&Thumbprint(sha1)).copied();
        }
        let sha256 = <[u8; 32]>::try_from(bytes).ok()?;
        self.by_fingerprint.get(&Fingerprint(sha256)).copied()
    }

    /// The certificates of a file in its order, each with its place.
    pub fn in_file(&self, file: FileId) -> Vec<(CertId, Location)> {
        self.each_in(file).collect()
    }

    /// The same one after the other, for those who want the first few.
    pub fn each_in(&self, file: FileId) -> impl Iterator<Item = (CertId, Location)> {
        self.certificates_of(self.holding(file).map_or(&[][..], |holding| &holding.items))
    }

    /// Whether software that reads through OpenSSL can read the certificates of a file. Where it cannot, the rules
    /// about PEM say why, and what would follow from the content is not said.
    pub fn is_sound(&self, file: FileId) -> bool {
        self.holding(file).is_some_and(|holding| {
            holding.form == Form::Pem
                && !holding.oddities.iter().any(super::facts::Oddity::openssl_refuses)
                && !holding.items.iter().any(
                    |it| matches!(&it.kind, ItemKind::Broken { label, .. } if label.contains("CERTIFICATE")),
                )
        })
    }

    /// Whether software that expects this of a file can read the certificates of it: a keystore where it reads
    /// keystores, else PEM.
    pub fn is_sound_to(&self, file: FileId, expects: Expects) -> bool {
        if expects != Expects::Keystore {
            return self.is_sound(file);
        }
        self.holding(file).is_some_and(|holding| {
            let shown = holding.store.as_ref().is_some_and(|it| it.shows_certificates() && !it.base64);
            shown && !holding.items.iter().any(|it| matches!(it.kind, ItemKind::Broken { .. }))
        })
    }

    /// Whether the certificates of a file can be read by those who take PEM and keystores alike, as uploads do.
    pub fn is_readable(&self, file: FileId) -> bool {
        self.is_sound(file) || self.is_sound_to(file, Expects::Keystore)
    }

    /// Whether what a line names can be read by the software that opens it.
    pub fn is_readable_by(&self, pointer: &Pointer) -> bool {
        let Some(file) = pointer.to.file() else { return false };
        match pointer.within {
            Within::Whole | Within::Value(_) => self.is_sound_to(file, pointer.expects),
            Within::KeyEntry(_) | Within::Trusted => self.is_sound_to(file, Expects::Keystore),
            Within::Unknown => false,
        }
    }

    /// The parts of a file that a line means, in order; none where they cannot be read.
    fn parts<'m>(&'m self, pointer: &Pointer) -> Vec<&'m Item> {
        if !self.is_readable_by(pointer) {
            return Vec::new();
        }
        let Some(holding) = pointer.to.file().and_then(|file| self.holding(file)) else { return Vec::new() };
        let of_entry = |entry: &Entry| holding.items.get(entry.items.clone()).unwrap_or_default();
        let entries = holding.store.as_ref().map_or(&[][..], |it| it.entries.as_slice());
        match &pointer.within {
            Within::Whole => holding.items.iter().collect(),
            Within::Value(at) => holding.items.iter().filter(|it| it.at == *at).collect(),
            Within::KeyEntry(alias) => {
                let shown = shown_entry(entries, alias.as_deref());
                shown.map_or_else(Vec::new, |it| of_entry(it).iter().collect())
            }
            Within::Trusted => {
                let is_certificate = |it: &&Item| matches!(it.kind, ItemKind::Certificate(_));
                let trusted = |entry: &Entry| match entry.kind {
                    EntryKind::TrustedCertificate => usize::MAX,
                    // Java trusts the leaf of a key of its own as well.
                    EntryKind::PrivateKey => 1,
                    EntryKind::Certificate | EntryKind::Secret => 0,
                };
                let parts = |it| of_entry(it).iter().filter(is_certificate).take(trusted(it));
                entries.iter().flat_map(parts).collect()
            }
            Within::Unknown => Vec::new(),
        }
    }

    /// The keystore that a file is.
    pub fn store(&self, file: FileId) -> Option<&Store> {
        self.holding(file)?.store.as_deref()
    }

    /// The certificates that whoever reads a named file sends: all of a PEM file, the chain of one entry of a keystore.
    /// `alias` says which entry; without it the first with a key counts. Nothing where the file cannot be read.
    pub fn sent_from(&self, pointer: &Pointer, alias: Option<&str>) -> Vec<(CertId, Location)> {
        if pointer.within != Within::Whole {
            return self.certificates_of(self.parts(pointer)).collect();
        }
        let sound = pointer.to.file().filter(|file| self.is_sound_to(*file, pointer.expects));
        let Some(file) = sound else { return Vec::new() };
        match self.entry_of(pointer, alias) {
            Some((holding, entry)) => self.certificates_of(&holding.items[entry.items.clone()]).collect(),
            None if pointer.expects == Expects::Keystore => Vec::new(),
            None => self.in_file(file),
        }
    }

    /// The key that whoever reads a named file takes.
    pub fn key_from(&self, pointer: &Pointer, alias: Option<&str>) -> Option<&Item> {
        if pointer.within != Within::Whole {
            return self.parts(pointer).into_iter().find(|item| item.kind.is_private_key());
        }
        let file = pointer.to.file()?;
        match self.store(file) {
            Some(_) => {
                let (holding, entry) = self.entry_of(pointer, alias)?;
                holding.items[entry.items.clone()].iter().find(|item| item.kind.is_private_key())
            }
            None => self.keys_in(file).next(),
        }
    }

    /// What whoever reads a named file trusts: every certificate of a PEM file; of a keystore the trusted ones and, as
    /// Java has it, the leaf of every key.
    pub fn trusted_by(&self, pointer: &Pointer) -> Vec<(CertId, Location)> {
        if pointer.within != Within::Whole {
            return self.certificates_of(self.parts(pointer)).collect();
        }
        let sound = pointer.to.file().filter(|file| self.is_sound_to(*file, pointer.expects));
        let Some(file) = sound else { return Vec::new() };
        let (Expects::Keystore, Some(holding), Some(store)) =
            (pointer.expects, self.holding(file), self.store(file))
        else {
            return self.in_file(file);
        };
        let of_entry = |entry: &Entry| {
            let mut all: Vec<_> = self.certificates_of(&holding.items[entry.items.clone()]).collect();
            if entry.kind == EntryKind::PrivateKey {
                all.truncate(1);
            }
            all
        };
        store.entries.iter().flat_map(of_entry).collect()
    }

    /// The entry of a keystore that a pointer means.
    fn entry_of(&self, pointer: &Pointer, alias: Option<&str>) -> Option<(&Holding, &Entry)> {
        if pointer.expects != Expects::Keystore {
            return None;
        }
        let holding = self.holding(pointer.to.file()?)?;
        let store = holding.store.as_deref()?;
        let entry = match alias {
            Some(alias) => store.entry(alias),
            None => store.first_key(),
        };
        Some((holding, entry?))
    }

    fn certificates_of<'m>(
        &'m self,
        items: impl IntoIterator<Item = &'m Item>,
    ) -> impl Iterator<Item = (CertId, Location)> {
        items.into_iter().filter_map(|item| match &item.kind {
            ItemKind::Certificate(certificate) => Some((self.id_of(certificate)?, item.at)),
            _ => None,
        })
    }

    /// The private keys of a file in its order.
    pub fn keys_in(&self, file: FileId) -> impl Iterator<Item = &Item> {
        let items = self.holding(file).map_or(&[][..], |holding| &holding.items);
        items.iter().filter(|item| item.kind.is_private_key())
    }

    /// Private keys of the tree with this public half, in order of files.
    pub fn keys_like(&self, id: KeyId) -> impl Iterator<Item = Location> {
        let items =
            self.holdings.values().flat_map(|holding| &holding.items).filter(|it| it.kind.is_private_key());
        items
            .filter(move |it| matches!(self.key_state(it), KeyState::Known(key) if key.id == id))
            .map(|it| it.at)
    }

    /// What a private key can be compared by.
    pub fn key_state<'m>(&'m self, item: &'m Item) -> KeyState<'m> {
        match &item.kind {
            ItemKind::PrivateKey(key) | ItemKind::PublicKey(key) => KeyState::Known(key),
            ItemKind::LockedKey(_) => self.unlocked.get(&item.at).map_or(KeyState::Locked, KeyState::Known),
            _ => KeyState::Opaque,
        }
    }

    /// Why no password that was tried opened a locked key; `None` where none was tried or one did.
    pub fn refusal(&self, item: &Item) -> Option<&str> {
        (!self.unlocked.contains_key(&item.at)).then(|| self.refused.get(&item.at).map(String::as_str))?
    }
}
