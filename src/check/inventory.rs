//! From a model to the list of what a tree holds: each thing once, with its places, users and what has the same key.
//! Everything is looked up in maps, so ten thousand certificates cost little more than reading them.

mod algorithms;
mod certificates;
mod clerk;
mod described;
mod issuers;
mod keys;
mod stores;

use std::collections::BTreeSet;

use crate::{
    finding::inventory::{Asset, Inventory, Kind, Role, Spot},
    model::ItemKind,
};

use super::{Reading, Tree};
use clerk::Clerk;

/// What is wanted of an inventory.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// Only what ends within this many days, or has ended.
    pub within: Option<i64>,
    /// Only things of these kinds; empty is all.
    pub only: Vec<Kind>,
    /// The paths that were asked about, as shown.
    pub scope: Vec<String>,
}

/// Lists what a tree holds. Where single files were named, what stands in one of them is listed, with all its places.
pub fn inventory(reading: &Reading, tree: &Tree<'_>, wish: &Wish) -> Inventory {
    let clerk = Clerk::new(reading);
    let mut assets = certificates::list(&clerk);
    let described = described::list(&clerk, &mut assets);
    assets.extend(described);
    assets.extend(keys::list(&clerk));
    assets.extend(stores::list(&clerk));
    let reported =
        |spot: &Spot| tree.candidates.get(spot.file.0 as usize).is_none_or(|candidate| candidate.reported);
    assets.retain(|it| {
        let in_time = wish.within.is_none_or(|days| it.days_left.is_some_and(|left| left <= days));
        in_time && (wish.only.is_empty() || wish.only.contains(&it.kind)) && it.spots.iter().any(reported)
    });
    assets.sort_by_cached_key(|it| {
        (
            it.until.as_ref().map_or(i64::MAX, |until| until.unix),
            it.until.is_none().then_some(it.kind),
            it.title.to_lowercase(),
            it.sha256.clone(),
            it.spots.first().map(Spot::text),
        )
    });
    let broken = broken(&clerk).into_iter().filter(reported).collect();
    let (assets, endpoints) = clerk.number_endpoints(assets);
    Inventory {
        as_of: clerk.as_of(),
        scope: wish.scope.clone(),
        tracked: tree.candidates.iter().any(|it| it.tracked),
        within: wish.within,
        files: reading.counts.files,
        assets,
        endpoints,
        broken,
    }
}

/// Blocks that should be certificates and are none.
fn broken(clerk: &Clerk<'_>) -> Vec<Spot> {
    let items = clerk.model().materials.holdings().flat_map(|(_, holding)| &holding.items);
    let broken = items
        .filter(|it| matches!(&it.kind, ItemKind::Broken { label, .. } if label.ends_with("CERTIFICATE")));
    broken.map(|it| clerk.spot(it.at)).collect()
}

/// Sorted, each once.
fn roles(found: impl IntoIterator<Item = Role>) -> Vec<Role> {
    found.into_iter().collect::<BTreeSet<_>>().into_iter().collect()
}

/// An asset of which nothing is known but what it is.
fn blank(kind: Kind, title: String, spots: Vec<Spot>) -> Asset {
    Asset {
        kind,
        origin: crate::finding::inventory::Origin::File,
        title,
        subject: None,
        issuer: None,
        serial: None,
        names: Vec::new(),
        from: None,
        until: None,
        days_left: None,
        key: None,
        signature: None,
        sha256: None,
        sha1: None,
        authority: None,
        self_signed: None,
        public_authority: None,
        issued_by: Vec::new(),
        roles: vec![Role::Plain(kind)],
        spots,
        users: Vec::new(),
        user_count: 0,
        partners: Vec::new(),
        partner_count: 0,
        store: None,
    }
}
