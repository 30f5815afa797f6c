//! What every list of the inventory asks: places and names in words, who uses which file, what has the same key.

use std::collections::{BTreeMap, BTreeSet};

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use crate::{
    finding::inventory::{
        Asset, Kind, Moment, Name, PARTNERS, Partner, Role, Serial, Speaker, Spot, USERS, User,
    },
    model::{
        EndpointId, Expects, FileId, ItemKind, KeyState, Location, Model, Part, Place, PointerId,
        Role as Side, Side as EndpointSide, Software,
        store::{Entry, StoreKind},
        x509::{self, AltName, KeyId, Time, WrittenName},
    },
};

use super::super::Reading;

/// Knows a reading and what was looked up in it once.
pub(super) struct Clerk<'r> {
    reading: &'r Reading,
    named_as: BTreeMap<FileId, BTreeSet<&'static str>>,
    entries: BTreeMap<Location, (&'r Entry, StoreKind)>,
    /// Certificates and requests, then private keys, by key.
    same_key: BTreeMap<KeyId, (Vec<Partner>, Vec<Partner>)>,
}

impl<'r> Clerk<'r> {
    pub(super) fn new(reading: &'r Reading) -> Self {
        let model = &reading.model;
        let mut named_as: BTreeMap<FileId, BTreeSet<&'static str>> = BTreeMap::new();
        for pointer in &model.estate.pointers {
            if let Some(file) = pointer.to.file() {
                named_as.entry(file).or_default().insert(purpose(pointer.expects));
            }
        }
        let mut entries = BTreeMap::new();
        for (_, holding) in model.materials.holdings() {
            let Some(store) = holding.store.as_deref() else { continue };
            for entry in &store.entries {
                entries.entry(entry.at).or_insert((entry, store.kind));
                for item in holding.items.get(entry.items.clone()).into_iter().flatten() {
                    entries.entry(item.at).or_insert((entry, store.kind));
                }
            }
        }
        let mut this = Self { reading, named_as, entries, same_key: BTreeMap::new() };
        this.find_same_keys();
        this
    }

    fn find_same_keys(&mut self) {
        let mut same: BTreeMap<KeyId, (Vec<Partner>, Vec<Partner>)> = BTreeMap::new();
        let mut requests = BTreeSet::new();
        let materials = &self.reading.model.materials;
        for (_, known) in materials.certificates() {
            let it = &known.certificate;
            same.entry(it.public_key.id).or_default().0.push(Partner {
                kind: Kind::Certificate,
                title: title(&it.subject, &alt_names(it.alt_names.as_deref())),
                sha256: Some(it.fingerprint.to_string()),
                place: known.places.first().map_or(String::new(), |at| self.spot(*at).text()),
            });
        }
        for item in materials.holdings().flat_map(|(_, holding)| &holding.items) {
            let place = || self.spot(item.at).text();
            match &item.kind {
                // A copy of a request is no other request.
                ItemKind::Request(it) if !requests.insert(it.fingerprint) => {}
                ItemKind::Request(it) => same.entry(it.public_key.id).or_default().0.push(Partner {
                    kind: Kind::Request,
                    title: title(&it.subject, &alt_names(it.alt_names.as_deref())),
                    sha256: Some(it.fingerprint.to_string()),
                    place: place(),
                }),
                kind if kind.is_private_key() => {
                    if let KeyState::Known(key) = materials.key_state(item) {
                        same.entry(key.id).or_default().1.push(Partner {
                            kind: Kind::PrivateKey,
                            title: String::new(),
                            sha256: None,
                            place: place(),
                        });
                    }
                }
                _ => {}
            }
        }
        self.same_key = same;
    }

    pub(super) fn model(&self) -> &'r Model {
        &self.reading.model
    }

    pub(super) fn as_of(&self) -> Moment {
        moment(self.model().today())
    }

    pub(super) fn days_left(&self, until: Time) -> i64 {
        self.model().today().days_until(until)
    }

    /// The entry of a keystore that a place belongs to.
    pub(super) fn entry(&self, at: Location) -> Option<(&'r Entry, StoreKind)> {
        self.entries.get(&at).copied()
    }

    pub(super) fn line(&self, at: Location) -> Option<usize> {
        let source = self.reading.sources.get(at.file.0 as usize)?;
        match at.place {
            Place::Text(span) => Some(source.line_index(span.start) + 1),
            Place::Whole | Place::Entry(_) => None,
        }
    }

    pub(super) fn spot(&self, at: Location) -> Spot {
        let path = self.model().path(at.file).to_owned();
        let stored = self.entry(at);
        let named = match at.place {
            Place::Entry(index) => {
                let source = self.reading.sources.get(at.file.0 as usize);
                source.and_then(|it| it.entries.get(index as usize)).map(|it| it.name.clone())
            }
            _ => None,
        };
        let alias = stored.map(|(entry, _)| entry.alias.clone()).filter(|alias| !alias.is_empty());
        Spot {
            file: at.file,
            line: self.line(at),
            entry: alias.or(named),
            stored: stored.map(|(entry, kind)| (entry.kind.noun(), kind.to_string())),
            named_as: self.named_as.get(&at.file).into_iter().flatten().copied().collect(),
            protection: None,
            example: self.model().is_throwaway(&path),
            path,
        }
    }

    pub(super) fn user(
        &self,
        endpoint: EndpointId,
        role: Role,
        software: Software,
        by: Option<Location>,
    ) -> User {
        let by = by.map(|at| (self.model().path(at.file).to_owned(), self.line(at)));
        User { endpoint: endpoint.0 as usize, role, software: software.name(), by }
    }

    pub(super) fn user_by(&self, endpoint: EndpointId, role: Role, pointer: PointerId) -> User {
        let pointer = self.model().estate.pointer(pointer);
        self.user(endpoint, role, pointer.software, Some(pointer.at))
    }

    /// Private keys of a public one.
    pub(super) fn keys_of(&self, id: KeyId) -> (Vec<Partner>, usize) {
        bounded(self.same_key.get(&id).map_or(&[], |(_, keys)| keys))
    }

    /// Certificates and requests of a key.
    pub(super) fn certificates_of(&self, id: KeyId) -> (Vec<Partner>, usize) {
        bounded(self.same_key.get(&id).map_or(&[], |(certificates, _)| certificates))
    }

    /// Everything of a key, without the thing itself.
    pub(super) fn others_of(&self, id: KeyId, sha256: &str) -> (Vec<Partner>, usize) {
        let Some((certificates, keys)) = self.same_key.get(&id) else { return (Vec::new(), 0) };
        let others = certificates.iter().filter(|it| it.sha256.as_deref() != Some(sha256));
        let list = others.chain(keys).take(PARTNERS).cloned().collect();
        (list, (certificates.len() + keys.len()).saturating_sub(1))
    }

    /// Endpoints that somebody on the list uses, numbered anew.
    pub(super) fn number_endpoints(&self, mut assets: Vec<Asset>) -> (Vec<Asset>, Vec<Speaker>) {
        let used: BTreeSet<usize> =
            assets.iter().flat_map(|it| &it.users).map(|user| user.endpoint).collect();
        let all = &self.model().estate.endpoints;
        let mut order: Vec<usize> = used.into_iter().collect();
        order.sort_by_key(|index| (all[*index].at, *index));
        let mut number = vec![0; all.len()];
        let mut speakers = Vec::with_capacity(order.len());
        for (new, old) in order.into_iter().enumerate() {
            number[old] = new;
            let it = &all[old];
            speakers.push(Speaker {
                title: it.title.clone(),
                path: self.model().path(it.at.file).to_owned(),
                line: self.line(it.at),
                server: it.side == EndpointSide::Server,
                speaks_tls: it.speaks_tls,
            });
        }
        for asset in &mut assets {
            for user in &mut asset.users {
                user.endpoint = number[user.endpoint];
            }
            asset.users.sort();
            asset.users.dedup();
            // Sorted by endpoint, so equal ones stand together.
            asset.user_count = asset.users.chunk_by(|a, b| a.endpoint == b.endpoint).count();
            asset.users.truncate(USERS);
        }
        (assets, speakers)
    }
}

fn bounded(partners: &[Partner]) -> (Vec<Partner>, usize) {
    (partners.iter().take(PARTNERS).cloned().collect(), partners.len())
}

/// What a file is named for.
fn purpose(expects: Expects) -> &'static str {
    match expects {
        Expects::Chain => "certificate chain",
        Expects::PrivateKey => "private key",
        Expects::Anchors => "authorities",
        Expects::RevocationLists => "revocation lists",
        Expects::DhParameters => "Diffie-Hellman parameters",
        Expects::TicketKey => "session ticket keys",
        Expects::OcspResponse => "OCSP response",
        Expects::Passwords => "passwords",
        Expects::Keystore => "keystore",
    }
}

/// What a certificate is for its user.
pub(super) fn role(part: Part) -> Role {
    match part {
        Part::Leaf(Side::Server) => Role::Server,
        Part::Leaf(Side::Client) => Role::Client,
        Part::Intermediate(_) => Role::Intermediate,
        Part::Anchor(Side::Client) => Role::ClientAuthority,
        Part::Anchor(Side::Server) => Role::ServerAuthority,
    }
}

pub(super) fn moment(time: Time) -> Moment {
    Moment { unix: time.0, text: time.rfc3339() }
}

pub(super) fn sha256(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

/// A name, where it names anybody.
pub(super) fn name(name: &x509::Name) -> Option<Name> {
    (!name.is_empty()).then(|| Name { text: name.text.clone(), parts: name.attributes() })
}

pub(super) fn written(name: &WrittenName) -> Option<Name> {
    (!name.text.is_empty()).then(|| Name { text: name.text.clone(), parts: name.attributes().to_vec() })
}

/// A number from hexadecimal digits, `-` before a negative one.
pub(super) fn serial(hex: &str) -> Serial {
    let number = num_bigint::BigInt::parse_bytes(hex.as_bytes(), 16);
    Serial { hex: hex.to_owned(), decimal: number.map_or(String::new(), |it| it.to_string()) }
}

/// Alternative names as people write them: hosts, addresses and mail bare, others with their kind.
pub(super) fn alt_names(names: Option<&[AltName]>) -> Vec<String> {
    let text = |name: &AltName| match name {
        AltName::Dns(name) | AltName::Email(name) | AltName::Uri(name) => name.clone(),
        AltName::Ip(address) => address.to_string(),
        other => other.to_string(),
    };
    names.into_iter().flatten().map(text).collect()
}

/// The common name, else the first alternative name, else all of the subject.
pub(super) fn title(subject: &x509::Name, names: &[String]) -> String {
    match (&subject.common_name, names.first()) {
        (Some(common), _) if !common.is_empty() => common.clone(),
        (_, Some(first)) => first.clone(),
        _ => subject.title().to_owned(),
    }
}
