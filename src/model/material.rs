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
    facts::{Form, Holding, Item, ItemKind},
    settings::Secret,
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
