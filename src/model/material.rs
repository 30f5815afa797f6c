//! Certificates and keys of all files: each certificate known once, by its fingerprint, with every place it stands.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use crate::{
    source::{FileId, Location},
    x509::{Certificate, Fingerprint, KeyId, PublicKey, Thumbprint},
};

use super::{
    estate::{Pointer, Within},
    facts::{Form, Holding, Item, ItemKind},
    settings::Secret,
    store::{Entry, EntryKind, State, Store},
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

    /// Tries passwords on every locked key: `passwords` gives those that stand for a file, best first.
    pub(super) fn unlock(&mut self, passwords: &dyn Fn(FileId) -> Vec<Secret>) {
        for (file, holding) in &self.holdings {
            for item in &holding.items {
                let ItemKind::LockedKey(locked) = &item.kind else { continue };
                for password in passwords(*file) {
                    match locked.unlock(&password.0) {
                        Ok(key) => {
                            self.unlocked.insert(item.at, key);
                            break;
                        }
                        Err(error) => {
                            self.refused.entry(item.at).or_insert_with(|| error.to_string());
                        }
                    }
                }
            }
        }
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
        let items = self.holding(file).map_or(&[][..], |holding| &holding.items);
        items
            .iter()
            .filter_map(|item| match &item.kind {
                ItemKind::Certificate(certificate) => Some((self.id_of(certificate)?, item.at)),
                _ => None,
            })
            .collect()
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

    /// Whether what a line names can be read by the software that opens it.
    pub fn is_readable(&self, pointer: &Pointer) -> bool {
        let Some(file) = pointer.to.file() else { return false };
        if !pointer.within.is_store() {
            return self.is_sound(file);
        }
        self.store(file).is_some_and(|it| matches!(it.state, State::Open(_) | State::CertificatesOnly))
            && pointer.within != Within::Unknown
    }

    /// The keystore that a file is.
    pub fn store(&self, file: FileId) -> Option<&Store> {
        self.holding(file)?.store.as_deref()
    }

    /// The parts of a file that a line means, in order; none where they cannot be read.
    fn parts<'m>(&'m self, pointer: &Pointer) -> Vec<&'m Item> {
        if !self.is_readable(pointer) {
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

    /// The certificates that a line means, in order, each with its place; none where they cannot be read.
    pub fn certificates_of(&self, pointer: &Pointer) -> Vec<(CertId, Location)> {
        let parts = self.parts(pointer).into_iter();
        parts
            .filter_map(|item| match &item.kind {
                ItemKind::Certificate(certificate) => Some((self.id_of(certificate)?, item.at)),
                _ => None,
            })
            .collect()
    }

    /// The private key that a line means.
    pub fn key_of(&self, pointer: &Pointer) -> Option<&Item> {
        if pointer.within == Within::Whole {
            return self.keys_in(pointer.to.file()?).next();
        }
        self.parts(pointer).into_iter().find(|it| it.kind.is_private_key())
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
