//! Keys, requests and revocation lists. A key is listed once with all its copies where its public half is known.

use std::collections::BTreeMap;

use crate::{
    finding::inventory::{Asset, Kind, Role, Spot, User},
    model::{
        Item, ItemKind, KeyState, Location,
        x509::{Fingerprint, KeyId, PublicKey, Request, RevocationList},
    },
};

use super::{
    algorithms, blank,
    clerk::{self, Clerk},
};

/// Everything of the files that is no certificate.
pub(super) fn list(clerk: &Clerk<'_>) -> Vec<Asset> {
    let mut list = List { clerk, users: users(clerk), assets: Vec::new(), known: BTreeMap::new() };
    for item in clerk.model().materials.holdings().flat_map(|(_, holding)| &holding.items) {
        list.item(item);
    }
    list.assets
}

/// What is one thing, wherever copies of it stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Identity {
    Key(Kind, KeyId),
    Bytes(Fingerprint),
}

struct List<'c, 'r> {
    clerk: &'c Clerk<'r>,
    users: BTreeMap<Location, Vec<User>>,
    assets: Vec<Asset>,
    known: BTreeMap<Identity, usize>,
}

impl List<'_, '_> {
    fn item(&mut self, item: &Item) {
        let mut spot = self.clerk.spot(item.at);
        match &item.kind {
            ItemKind::Request(it) => {
                let make = |clerk: &Clerk<'_>| request(clerk, it);
                self.put(Identity::Bytes(it.fingerprint), spot, make);
            }
            ItemKind::RevocationList(it) => {
                let make = |clerk: &Clerk<'_>| revocation_list(clerk, it);
                self.put(Identity::Bytes(it.fingerprint), spot, make);
            }
            ItemKind::PublicKey(key) => {
                let make = |clerk: &Clerk<'_>| of_key(clerk, Kind::PublicKey, key);
                self.put(Identity::Key(Kind::PublicKey, key.id), spot, make);
            }
            kind if kind.is_private_key() => {
                if let ItemKind::LockedKey(locked) = kind {
                    spot.protection = Some(locked.scheme.clone());
                }
                let index = match self.clerk.model().materials.key_state(item) {
                    KeyState::Known(key) => {
                        let make = |clerk: &Clerk<'_>| of_key(clerk, Kind::PrivateKey, key);
                        self.put(Identity::Key(Kind::PrivateKey, key.id), spot, make)
                    }
                    KeyState::Locked => {
                        self.push(blank(Kind::PrivateKey, "encrypted key".into(), vec![spot]))
                    }
                    KeyState::Opaque => {
                        let title = match kind {
                            ItemKind::OpaqueKey { what, .. } => what.clone(),
                            _ => "key".into(),
                        };
                        self.push(blank(Kind::PrivateKey, title, vec![spot]))
                    }
                };
                let users = self.users.get(&item.at).cloned().unwrap_or_default();
                self.assets[index].users.extend(users);
            }
            _ => {}
        }
    }

    fn push(&mut self, asset: Asset) -> usize {
        self.assets.push(asset);
        self.assets.len() - 1
    }

    fn put(&mut self, identity: Identity, spot: Spot, make: impl FnOnce(&Clerk<'_>) -> Asset) -> usize {
        let index = if let Some(index) = self.known.get(&identity) {
            *index
        } else {
            let asset = make(self.clerk);
            let index = self.push(asset);
            self.known.insert(identity, index);
            index
        };
        self.assets[index].spots.push(spot);
        index
    }
}

/// Who proves itself with the key of a place.
fn users(clerk: &Clerk<'_>) -> BTreeMap<Location, Vec<User>> {
    let model = clerk.model();
    let mut users: BTreeMap<Location, Vec<User>> = BTreeMap::new();
    for identity in &model.estate.identities {
        let Some(pointer) = identity.key else { continue };
        let Some(file) = model.estate.pointer(pointer).to.file() else { continue };
        let Some(item) = model.materials.keys_in(file).next() else { continue };
        let role = Role::Plain(Kind::PrivateKey);
        users.entry(item.at).or_default().push(clerk.user_by(identity.endpoint, role, pointer));
    }
    users
}

fn of_key(clerk: &Clerk<'_>, kind: Kind, key: &PublicKey) -> Asset {
    let (partners, partner_count) = clerk.certificates_of(key.id);
    let half = algorithms::public_half(key);
    let title =
        partners.first().map_or_else(|| format!("{} key", half.algorithm.name), |it| it.title.clone());
    Asset { partners, partner_count, key: Some(half), ..blank(kind, title, Vec::new()) }
}

fn request(clerk: &Clerk<'_>, it: &Request) -> Asset {
    let names = clerk::alt_names(it.alt_names.as_deref());
    let sha256 = it.fingerprint.to_string();
    let (partners, partner_count) = clerk.others_of(it.public_key.id, &sha256);
    Asset {
        subject: clerk::name(&it.subject),
        key: Some(algorithms::public_half(&it.public_key)),
        signature: Some(algorithms::of_signature(&it.signature_algorithm)),
        sha256: Some(sha256),
        authority: it.basic_constraints.map(|it| it.ca),
        partners,
        partner_count,
        names: names.clone(),
        ..blank(Kind::Request, clerk::title(&it.subject, &names), Vec::new())
    }
}

fn revocation_list(clerk: &Clerk<'_>, it: &RevocationList) -> Asset {
    Asset {
        issuer: clerk::name(&it.issuer),
        serial: it.number.as_deref().map(clerk::serial),
        from: Some(clerk::moment(it.this_update)),
        until: it.next_update.map(clerk::moment),
        days_left: it.next_update.map(|until| clerk.days_left(until)),
        signature: Some(algorithms::of_signature(&it.signature_algorithm)),
        sha256: Some(it.fingerprint.to_string()),
        ..blank(Kind::RevocationList, it.issuer.title().to_owned(), Vec::new())
    }
}
