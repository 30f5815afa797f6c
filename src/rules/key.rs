//! Private keys: whether they fit, how they are kept.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    finding::Findings,
    model::{EndpointId, FileId, Identity, ItemKind, Location, Model, Pairing, PointerId},
    rules::words,
};

/// Identities of a certificate and key, once for all endpoints that share the two lines.
fn pairs(model: &Model) -> BTreeMap<(Location, Option<Location>), (&Identity, Vec<EndpointId>)> {
    let at = |pointer: PointerId| model.estate.pointer(pointer).at;
    let mut pairs: BTreeMap<_, (&Identity, Vec<EndpointId>)> = BTreeMap::new();
    for identity in &model.estate.identities {
        let place = (at(identity.certificate), identity.key.map(at));
        pairs.entry(place).or_insert((identity, Vec::new())).1.push(identity.endpoint);
    }
    pairs
}

/// See the card.
pub(crate) fn mismatch(model: &Model, out: &mut Findings) {
    for ((certificate, line), (identity, endpoints)) in pairs(model) {
        let (Pairing::OtherKey(key), Some((leaf, place))) = (&identity.pairing, identity.sent.first()) else {
            continue;
        };
        let pointer = model.estate.pointer(identity.certificate);
        out.report(
            format!(
                "the private key does not belong to the certificate {} of {}: {} (`key values mismatch`)",
                words::title(model, *leaf),
                words::endpoints(model, endpoints),
                pointer.software.on_failure()
            ),
            line.unwrap_or(certificate),
            "this key",
        )
        .label(*key, "its public half differs from that of the certificate")
        .label(certificate, "is paired with this certificate")
        .label(*place, "whose key is another one")
        .help("name the key that the request for this certificate was made with, or have the certificate issued again for this key");
    }
}

/// See the card.
pub(crate) fn type_mismatch(model: &Model, out: &mut Findings) {
    for ((certificate, line), (identity, endpoints)) in pairs(model) {
        let (Pairing::OtherType(key), Some((leaf, place))) = (&identity.pairing, identity.sent.first())
        else {
            continue;
        };
        let key_kind = model
            .materials
            .keys_in(key.file)
            .find(|item| item.at == *key)
            .map(|item| model.materials.key_state(item));
        let key_kind = match key_kind {
            Some(crate::model::KeyState::Known(public)) => public.kind.to_string(),
            _ => "another".to_owned(),
        };
        let certificate_kind = model.cert(*leaf).public_key.kind.to_string();
        out.report(
            format!(
                "the certificate {} of {} has an {certificate_kind} key and is paired with an {key_kind} key: {}",
                words::title(model, *leaf),
                words::endpoints(model, endpoints),
                model.estate.pointer(identity.certificate).software.on_other_key_type(),
            ),
            line.unwrap_or(certificate),
            format!("this {key_kind} key"),
        )
        .label(*key, format!("an {key_kind} key"))
        .label(certificate, "is paired with this certificate")
        .label(*place, format!("an {certificate_kind} certificate"))
        .help(format!("name the {certificate_kind} key of this certificate, or a certificate that was issued for the {key_kind} key"));
    }
}

/// See the card.
pub(crate) fn locked(model: &Model, out: &mut Findings) {
    let mut told: BTreeSet<Location> = BTreeSet::new();
    for ((certificate, line), (identity, endpoints)) in pairs(model) {
        let Pairing::Locked(key) = &identity.pairing else { continue };
        let Some(item) = model.materials.keys_in(key.file).find(|item| item.at == *key) else { continue };
        // Where passwords were named, other rules say whether they fit.
        let offer =
            model.estate.offers.iter().find(|it| {
                it.endpoint == identity.endpoint && it.certificates.contains(&identity.certificate)
            });
        let unnamed = offer.is_none_or(|it| it.passwords.is_empty());
        if unnamed || model.materials.refusal(item).is_some() || !told.insert(*key) {
            continue;
        }
        out.report(
            format!("the private key of {} is encrypted and no password is known here, so it was not checked whether it belongs to the certificate", words::endpoints(model, endpoints)),
            line.unwrap_or(certificate),
            "this key",
        )
        .label(*key, "encrypted")
        .help("give the password with `--passwords FILE` or `TLSLINT_PASSWORDS` to have it checked");
    }
}

/// See the card.
pub(crate) fn weak_protection(model: &Model, out: &mut Findings) {
    for (file, holding) in model.materials.holdings() {
        for item in &holding.items {
            let ItemKind::LockedKey(locked) = &item.kind else { continue };
            if locked.weak && !model.is_throwaway(model.path(file)) {
                out.report(
                    format!("the private key in `{}` is protected by {}, which gives way to a fast search for the password", model.path(file), locked.scheme),
                    item.at,
                    "weakly encrypted",
                )
                .help("encrypt it again with PBES2: `openssl pkcs8 -topk8 -v2 aes-256-cbc -iter 600000 -in OLD -out NEW`");
            }
        }
    }
}

/// Files with a private key that lies open.
fn open_keys(model: &Model) -> impl Iterator<Item = (FileId, Location)> {
    model.materials.holdings().filter_map(|(file, holding)| {
        let open = holding
            .items
            .iter()
            .find(|it| matches!(it.kind, ItemKind::PrivateKey(_) | ItemKind::OpaqueKey { .. }))?;
        Some((file, open.at))
    })
}

/// See the card.
pub(crate) fn exposed(model: &Model, out: &mut Findings) {
    for (file, at) in open_keys(model) {
        let node = model.paths.node(file);
        if node.tracked && !model.is_throwaway(&node.path) {
            out.report(
                format!("the private key in `{}` is not encrypted and is kept in Git: everybody who can read the repository, now or later, can speak as its owner", node.path),
                at,
                "an unencrypted private key",
            )
            .help("take the key out of the repository and its history, make a new one, and have the certificate issued again; deploy keys from a secret store");
        }
    }
}

/// See the card.
pub(crate) fn world_readable(model: &Model, out: &mut Findings) {
    for (file, at) in open_keys(model) {
        let node = model.paths.node(file);
        let Some(mode) = node.mode.filter(|mode| mode & 0o004 != 0) else { continue };
        if !model.is_throwaway(&node.path) {
            out.report(
                format!(
                    "every user of the machine may read the private key in `{}` (mode {:04o})",
                    node.path,
                    mode & 0o7777
                ),
                at,
                "an unencrypted private key",
            )
            .help(format!("`chmod o-rwx {}`; 0600 is enough for software that starts as root", node.path));
        }
    }
}
