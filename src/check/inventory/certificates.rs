//! Certificates whose bytes are known: those of files, and those that only a capture shows.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use rayon::prelude::*;

use crate::{
    finding::inventory::{Asset, Kind, Origin, Role, Spot},
    model::{
        CertId, Location,
        capture::SentCertificate,
        x509::{Certificate, Fingerprint},
    },
};

use super::{
    algorithms, blank,
    clerk::{self, Clerk},
    issuers::Issuers,
    roles,
};

/// Certificates of files in order of their ids, then those of captures.
pub(super) fn list(clerk: &Clerk<'_>) -> Vec<Asset> {
    let model = clerk.model();
    let all: Vec<CertId> = model.materials.certificates().map(|(id, _)| id).collect();
    let all_uses = model.uses();
    let issuers = Issuers::new(&model.materials);
    // Signatures are checked here, once for each certificate.
    let mut assets: Vec<Asset> = all
        .into_par_iter()
        .map(|id| {
            let known = model.materials.known(id);
            let spots = known.places.iter().map(|at| clerk.spot(*at)).collect();
            let mut asset = of(clerk, &known.certificate, spots);
            let (self_signed, issuers) = issuers.of(id);
            asset.self_signed = Some(self_signed);
            asset.issued_by = issuers.iter().map(|it| model.cert(*it).fingerprint.to_string()).collect();
            asset.issued_by.sort();
            let used = all_uses.get(&id).map_or(&[][..], Vec::as_slice);
            asset.users =
                used.iter().map(|it| clerk.user_by(it.endpoint, clerk::role(it.part), it.pointer)).collect();
            asset.roles = roles(used.iter().map(|it| clerk::role(it.part)));
            if asset.roles.is_empty() {
                asset.roles = vec![at_rest(&asset)];
            }
            asset
        })
        .collect();
    captured(clerk, &mut assets);
    assets
}

/// What a certificate is that nothing is known to use.
pub(super) fn at_rest(asset: &Asset) -> Role {
    match (asset.self_signed, asset.authority) {
        (Some(true), Some(true)) => Role::Root,
        (_, Some(true)) => Role::Authority,
        _ => Role::Leaf,
    }
}

fn of(clerk: &Clerk<'_>, it: &Certificate, spots: Vec<Spot>) -> Asset {
    let names = clerk::alt_names(it.alt_names.as_deref());
    let sha256 = it.fingerprint.to_string();
    let (partners, partner_count) = clerk.keys_of(it.public_key.id);
    let mut asset = Asset {
        subject: clerk::name(&it.subject),
        issuer: clerk::name(&it.issuer),
        serial: Some(clerk::serial(&it.serial)),
        from: Some(clerk::moment(it.not_before)),
        until: Some(clerk::moment(it.not_after)),
        days_left: Some(clerk.days_left(it.not_after)),
        key: Some(algorithms::public_half(&it.public_key)),
        signature: Some(algorithms::of_signature(&it.signature_algorithm)),
        sha256: Some(sha256),
        sha1: Some(it.thumbprint.to_string()),
        // Version 1 has no way to say it.
        authority: (it.version >= 3).then(|| it.is_ca()),
        public_authority: Some(it.looks_public()),
        partners,
        partner_count,
        ..blank(Kind::Certificate, clerk::title(&it.subject, &names), spots)
    };
    asset.names = names;
    asset
}

/// A certificate in a handshake.
struct Sent {
    at: Location,
    certificate: Arc<Certificate>,
    role: Role,
}

/// Adds what captures show: a place of a certificate that a file holds, or one of its own.
fn captured(clerk: &Clerk<'_>, assets: &mut Vec<Asset>) {
    let mut seen: BTreeMap<Fingerprint, usize> = BTreeMap::new();
    for it in sent(clerk) {
        let known = clerk.model().materials.id_of(&it.certificate).map(|id| id.0 as usize);
        let index = known.unwrap_or_else(|| {
            *seen.entry(it.certificate.fingerprint).or_insert_with(|| {
                let mut asset = of(clerk, &it.certificate, Vec::new());
                asset.origin = Origin::Capture;
                asset.self_signed = Some(it.certificate.is_self_signed());
                asset.roles = Vec::new();
                assets.push(asset);
                assets.len() - 1
            })
        });
        let asset = &mut assets[index];
        asset.spots.push(clerk.spot(it.at));
        if asset.origin == Origin::Capture {
            asset.roles = roles(asset.roles.iter().copied().chain([it.role]));
        }
    }
}

/// Every certificate of every capture, each once a file.
fn sent(clerk: &Clerk<'_>) -> Vec<Sent> {
    let mut found = Vec::new();
    for capture in &clerk.model().captures {
        let mut told = BTreeSet::new();
        for conversation in &capture.conversations {
            let both =
                [(&conversation.server_chain, Role::Server), (&conversation.client_chain, Role::Client)];
            for (chain, leaf) in both {
                let Some(chain) = chain else { continue };
                for (index, it) in chain.certificates.iter().enumerate() {
                    let SentCertificate::Read(certificate) = it else { continue };
                    let role = if index == 0 { leaf } else { Role::Intermediate };
                    if told.insert((certificate.fingerprint, role)) {
                        let certificate = Arc::clone(certificate);
                        found.push(Sent { at: chain.seen.at, certificate, role });
                    }
                }
            }
        }
    }
    found
}
