//! What OpenSSL makes of several certificates and keys: one slot a key type, the last of a type wins,
//! and a key is only compared with the certificate of its own slot.

use std::collections::BTreeMap;

use crate::source::Location;

use super::{
    estate::{Estate, Identity, Offer, Pairing, PointerId},
    facts::Item,
    material::{KeyState, Materials},
};

/// One slot while the files are loaded in order.
#[derive(Default)]
struct Slot<'m> {
    certificate: Option<usize>,
    key: Option<(PointerId, &'m Item)>,
}

/// Works out what each endpoint shows.
pub(super) fn identities(estate: &mut Estate, materials: &Materials) {
    estate.offers.sort_by_key(|offer| offer.endpoint);
    estate.trusts.sort_by_key(|trust| trust.endpoint);
    let identities = estate.offers.iter().flat_map(|offer| of_offer(estate, materials, offer)).collect();
    estate.identities = identities;
}

fn of_offer(estate: &Estate, materials: &Materials, offer: &Offer) -> Vec<Identity> {
    let alias = |pointer: &PointerId| estate.aliases.get(pointer).map(String::as_str);
    let held = |pointer: PointerId| materials.sent_from(estate.pointer(pointer), alias(&pointer));
    let mut sent: Vec<_> = offer.certificates.iter().map(|pointer| held(*pointer)).collect();
    // Without its leaf a bundle is no chain.
    if let (Some(first), Some(bundle)) = (sent.first_mut().filter(|it| !it.is_empty()), offer.bundle) {
        first.extend(held(bundle));
    }
    let family =
        |index: usize| sent[index].first().map(|(leaf, _)| materials.cert(*leaf).public_key.kind.family());
    let key_of = |index: usize| -> Option<(PointerId, &Item)> {
        let pointer = *offer.keys.get(index)?;
        Some((pointer, materials.key_from(estate.pointer(pointer), alias(&pointer))?))
    };
    let mut slots: BTreeMap<_, Slot<'_>> = BTreeMap::new();
    let mut refused = Vec::new();
    for index in 0..offer.certificates.len() {
        let Some(family) = family(index) else { continue };
        let slot = slots.entry(family).or_default();
        slot.certificate = Some(index);
        // A key that waits in the slot stays only where it fits the new certificate.
        if slot.key.is_some_and(|(_, key)| fits(materials, &sent[index], key) == Some(false)) {
            slot.key = None;
        }
        let Some((pointer, key)) = key_of(index) else { continue };
        let KeyState::Known(public) = materials.key_state(key) else { continue };
        let slot = slots.entry(public.kind.family()).or_default();
        let unfit = slot.certificate.is_some_and(|at| fits(materials, &sent[at], key) == Some(false));
        if unfit {
            refused.push((slot.certificate.unwrap_or(index), pointer, key));
        } else {
            slot.key = Some((pointer, key));
        }
    }
    let mut found = Vec::new();
    for (index, chain) in sent.iter().enumerate() {
        let slot = family(index).and_then(|family| slots.get(&family));
        // A later certificate of the same key type has taken the slot: this one is never shown.
        if slot.is_some_and(|slot| slot.certificate != Some(index)) {
            continue;
        }
        let own = key_of(index);
        let held = slot.and_then(|slot| slot.key);
        let pairing = match (refused.iter().find(|(at, ..)| *at == index), held, own) {
            (Some((_, _, key)), ..) => later(materials, chain, key).unwrap_or(Pairing::OtherKey(key.at)),
            (None, Some(_), _) => Pairing::Match,
            (None, None, Some((_, key))) => match materials.key_state(key) {
                KeyState::Known(_) if slot.is_some() => {
                    later(materials, chain, key).unwrap_or(Pairing::OtherType(key.at))
                }
                KeyState::Locked => Pairing::Locked(key.at),
                _ => Pairing::Unknown,
            },
            (None, None, None) => Pairing::Unknown,
        };
        let key = held.map(|(pointer, _)| pointer).or(offer.keys.get(index).copied());
        found.push(Identity {
            endpoint: offer.endpoint,
            role: offer.role,
            certificate: offer.certificates[index],
            bundle: offer.bundle.filter(|_| index == 0),
            key,
            sent: chain.clone(),
            pairing,
            via: offer.via.clone(),
        });
    }
    found
}

/// Whether a key belongs to the leaf of a file; `None` where that cannot be said.
fn fits(materials: &Materials, sent: &[(super::CertId, Location)], key: &Item) -> Option<bool> {
    let (leaf, _) = sent.first()?;
    match materials.key_state(key) {
        KeyState::Known(public) => Some(public.id == materials.cert(*leaf).public_key.id),
        KeyState::Locked | KeyState::Opaque => None,
    }
}

/// The key belongs to a certificate behind the first.
fn later(materials: &Materials, sent: &[(super::CertId, Location)], key: &Item) -> Option<Pairing> {
    let KeyState::Known(public) = materials.key_state(key) else { return None };
    let (_, at) = sent.iter().skip(1).find(|(id, _)| materials.cert(*id).public_key.id == public.id)?;
    Some(Pairing::LaterCertificate(key.at, *at))
}
