//! Certificates that dumps describe without their bytes: those of Apigee and of listings of Windows stores. What is also
//! there with its bytes adds places and users to that certificate; the others are listed as far as they are known.

use std::collections::{BTreeMap, BTreeSet};

use data_encoding::HEXUPPER;

use crate::{
    finding::inventory::{Asset, Kind, Origin, PublicHalf, Role, Spot, User},
    model::{
        Described, Location,
        iis::StoreEntry,
        x509::{Time, WrittenName},
    },
};

use super::{
    algorithms, blank, certificates,
    clerk::{self, Clerk},
    roles,
};

/// What makes two descriptions the same certificate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Identity {
    Thumbprint(String),
    Serial(String, String),
    Dates(String, i64, i64),
    /// Too little is known to tell.
    Place(Location),
}

/// Descriptions of certificates whose bytes are nowhere; the others go to `assets`, which are in order of their ids.
pub(super) fn list(clerk: &Clerk<'_>, assets: &mut [Asset]) -> Vec<Asset> {
    let model = clerk.model();
    let mut list = List { clerk, own: Vec::new(), known: BTreeMap::new(), told: BTreeSet::new() };
    let listings = model.iis.units.iter().flat_map(|(_, _, unit)| &unit.listings);
    for (listing, entry) in listings.flat_map(|it| it.entries.iter().map(move |entry| (it, entry))) {
        let title = format!("store `{}`", listing.store.as_deref().unwrap_or("My"));
        let by_hash = entry.hash.known().and_then(|hash| model.materials.by_thumbprint(hash));
        match by_hash.map(|id| id.0 as usize) {
            Some(index) => assets[index].spots.push(list.spot(entry.at, &title)),
            None => list.entry(entry, &title),
        }
    }
    for it in &model.estate.described {
        match it.same {
            Some(id) => {
                let users = list.users(it);
                let spot = list.spot(it.at, &it.entry_title);
                let asset = &mut assets[id.0 as usize];
                asset.spots.push(spot);
                if !users.is_empty() {
                    let used = asset.roles.iter().copied().filter(|role| !is_at_rest(*role));
                    asset.roles = roles(used.chain(users.iter().map(|it| it.role)));
                    asset.users.extend(users);
                }
            }
            None => list.described(it),
        }
    }
    list.own
}

fn is_at_rest(role: Role) -> bool {
    matches!(role, Role::Root | Role::Authority | Role::Leaf)
}

struct List<'c, 'r> {
    clerk: &'c Clerk<'r>,
    own: Vec<Asset>,
    known: BTreeMap<Identity, usize>,
    /// Places of listings that are on the list already.
    told: BTreeSet<Location>,
}

impl List<'_, '_> {
    fn spot(&self, at: Location, entry: &str) -> Spot {
        Spot { entry: Some(entry.to_owned()), ..self.clerk.spot(at) }
    }

    fn users(&self, it: &Described) -> Vec<User> {
        let user = |used: &crate::model::DescribedUse| {
            let by = used.via.last().map(|step| step.at).or(Some(it.entry));
            self.clerk.user(used.endpoint, clerk::role(used.part), used.software, by)
        };
        it.uses.iter().map(user).collect()
    }

    /// An entry of a listing of a Windows store.
    fn entry(&mut self, it: &StoreEntry, title: &str) {
        self.told.insert(it.at);
        let names = (it.subject.as_ref(), it.issuer.as_ref());
        let spot = self.spot(it.at, title);
        let asset = self.asset(names, it.serial.as_deref(), (it.not_before, it.not_after), spot);
        let by_names = identity(&asset, it.at);
        let hash = it.hash.known().map(str::to_ascii_lowercase);
        let index = match &hash {
            Some(hash) => self.put(Identity::Thumbprint(hash.clone()), asset),
            None => self.put(by_names.clone(), asset),
        };
        // A description without a thumbprint finds it by its names.
        self.known.entry(by_names).or_insert(index);
        if let Some(hash) = hash {
            let digest =
                if hash.len() == 64 { &mut self.own[index].sha256 } else { &mut self.own[index].sha1 };
            digest.get_or_insert(hash);
        }
    }

    fn described(&mut self, it: &Described) {
        let names = (it.subject.as_ref(), it.issuer.as_ref());
        let spot = self.spot(it.at, &it.entry_title);
        let mut asset = self.asset(names, it.serial.as_deref(), (it.not_before, it.not_after), spot);
        asset.names.clone_from(&it.alt_names);
        if asset.subject.as_ref().is_none_or(|it| !it.parts.iter().any(|(label, _)| label == "CN"))
            && let Some(first) = it.alt_names.first()
        {
            asset.title.clone_from(first);
        }
        asset.authority = it.is_ca;
        asset.signature = it.signature.as_deref().map(algorithms::by_name);
        asset.key = it.public_key.as_deref().map(|text| PublicHalf {
            algorithm: algorithms::by_name(text),
            bits: 0,
            sha256: None,
        });
        let users = self.users(it);
        if self.told.contains(&it.at) {
            asset.spots.clear();
        }
        let index = self.put(identity(&asset, it.at), asset);
        let asset = &mut self.own[index];
        asset.users.extend(users);
        asset.roles = roles(asset.users.iter().map(|it| it.role));
        if asset.roles.is_empty() {
            asset.roles = vec![certificates::at_rest(asset)];
        }
    }

    fn asset(
        &self,
        (subject, issuer): (Option<&WrittenName>, Option<&WrittenName>),
        serial: Option<&[u8]>,
        (from, until): (Option<Time>, Option<Time>),
        spot: Spot,
    ) -> Asset {
        let title = subject.map_or("(no name)", WrittenName::title).to_owned();
        let mut asset = Asset {
            origin: Origin::Dump,
            subject: subject.and_then(clerk::written),
            issuer: issuer.and_then(clerk::written),
            serial: serial.map(|bytes| clerk::serial(&HEXUPPER.encode(bytes))),
            from: from.map(clerk::moment),
            until: until.map(clerk::moment),
            days_left: until.map(|until| self.clerk.days_left(until)),
            self_signed: subject.zip(issuer).map(|(a, b)| a.unordered() == b.unordered()),
            ..blank(Kind::Certificate, title, vec![spot])
        };
        asset.roles = vec![certificates::at_rest(&asset)];
        asset
    }

    /// The index of the asset of an identity, with the places of this description.
    fn put(&mut self, identity: Identity, asset: Asset) -> usize {
        if let Some(index) = self.known.get(&identity) {
            let kept = &mut self.own[*index];
            kept.spots.extend(asset.spots);
            fill(kept, (asset.names, asset.authority, asset.signature, asset.key));
            return *index;
        }
        self.own.push(asset);
        self.known.insert(identity, self.own.len() - 1);
        self.own.len() - 1
    }
}

type Told = (Vec<String>, Option<bool>, Option<crate::finding::inventory::Algorithm>, Option<PublicHalf>);

/// Takes from a second description what the first did not say.
fn fill(kept: &mut Asset, (names, authority, signature, key): Told) {
    if kept.names.is_empty() {
        kept.names = names;
    }
    kept.authority = kept.authority.or(authority);
    kept.signature = kept.signature.take().or(signature);
    kept.key = kept.key.take().or(key);
}

fn identity(asset: &Asset, at: Location) -> Identity {
    let text = |name: &Option<crate::finding::inventory::Name>| {
        let mut parts: Vec<String> = name
            .iter()
            .flat_map(|it| &it.parts)
            .map(|(label, value)| format!("{label}={}", value.to_lowercase()))
            .collect();
        parts.sort();
        parts.join("\u{1}")
    };
    match (&asset.serial, &asset.issuer, &asset.subject, &asset.from, &asset.until) {
        (Some(serial), Some(_), ..) => {
            Identity::Serial(text(&asset.issuer), serial.hex.trim_start_matches('0').to_owned())
        }
        (_, _, Some(_), Some(from), Some(until)) => {
            Identity::Dates(text(&asset.subject), from.unix, until.unix)
        }
        _ => Identity::Place(at),
    }
}
