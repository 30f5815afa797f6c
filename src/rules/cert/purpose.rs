//! What a certificate may be used for, against what it is used for.

use std::collections::BTreeMap;

use crate::{
    finding::{Findings, Level},
    model::x509::{Purpose, Time},
    model::{CertId, EndpointId, Identity, Location, Model, Role},
    rules::words,
};

/// Leaves by role with the line that names each first, its place, and the endpoints that show it.
fn leaves(model: &Model) -> BTreeMap<(CertId, Role), (&Identity, Location, Vec<EndpointId>)> {
    let mut leaves: BTreeMap<(CertId, Role), (&Identity, Location, Vec<EndpointId>)> = BTreeMap::new();
    for identity in &model.estate.identities {
        if let Some((leaf, place)) = identity.sent.first() {
            leaves
                .entry((*leaf, identity.role))
                .or_insert((identity, *place, Vec::new()))
                .2
                .push(identity.endpoint);
        }
    }
    leaves
}

/// See the card.
pub(crate) fn purpose(model: &Model, out: &mut Findings) {
    for ((leaf, role), (identity, place, endpoints)) in leaves(model) {
        let it = model.cert(leaf);
        let (wanted, name) = match role {
            Role::Server => (Purpose::ServerAuth, "serverAuth"),
            Role::Client => (Purpose::ClientAuth, "clientAuth"),
        };
        let whom = words::endpoints(model, endpoints);
        let pointer = model.estate.pointer(identity.certificate);
        if !it.allows(&wanted) {
            let allowed: Vec<String> =
                it.extended_key_usage.iter().flatten().map(|purpose| format!("`{purpose}`")).collect();
            out.report(
                format!(
                    "{whom} shows {} as its {} certificate, whose extended key usage does not allow that: peers refuse it",
                    words::title(model, leaf),
                    role.word()
                ),
                pointer.at,
                format!("used as a {} certificate", role.word()),
            )
            .label(place, format!("its extended key usage is {}", words::list(&allowed, 4)))
            .help(format!("issue a certificate with `{name}` in its extended key usage for this place"));
        } else if it.key_usage.is_some_and(|usage| {
            !usage.digital_signature() && !usage.key_encipherment() && !usage.key_agreement()
        }) {
            out.report(
                format!(
                    "{whom} shows {}, whose key usage allows no handshake: peers refuse it",
                    words::title(model, leaf)
                ),
                pointer.at,
                format!("used as a {} certificate", role.word()),
            )
            .label(place, "its key usage has neither digitalSignature nor keyEncipherment")
            .help("issue a certificate with `digitalSignature` in its key usage for this place");
        }
    }
}

/// See the card.
pub(crate) fn ca_as_leaf(model: &Model, out: &mut Findings) {
    for ((leaf, role), (identity, place, endpoints)) in leaves(model) {
        if !model.cert(leaf).basic_constraints.as_ref().is_some_and(|it| it.ca) {
            continue;
        }
        // The key proves that it is used as a leaf; without the key, the order of the file may be what is wrong.
        if !matches!(identity.pairing, crate::model::Pairing::Match) {
            continue;
        }
        let own = model.chains.is_root(&model.materials, leaf);
        let whom = words::endpoints(model, endpoints);
        let finding = out.report(
            format!(
                "{whom} shows the authority {} as its {} certificate: {}",
                words::title(model, leaf),
                role.word(),
                if own {
                    "strict clients refuse it, and who trusts it trusts whatever its key signs"
                } else {
                    "strict clients refuse it, and the key of an authority lies on a server"
                },
            ),
            model.estate.pointer(identity.certificate).at,
            "used as a leaf",
        );
        // `openssl req -x509` makes such certificates by itself, so this is mostly a machine for trying things.
        if own {
            finding.level(Level::Note);
        }
        finding
            .label(place, "it says CA:TRUE")
            .help("issue a leaf with CA:FALSE below this authority, and take the key of the authority off the server");
    }
}

/// See the card.
pub(crate) fn issuer_not_ca(model: &Model, out: &mut Findings) {
    let mut seen: BTreeMap<CertId, (Location, Location, CertId, Vec<EndpointId>)> = BTreeMap::new();
    for identity in &model.estate.identities {
        let bundle: Vec<CertId> = identity.sent.iter().map(|(id, _)| *id).collect();
        let path = model.chains.path(&model.materials, &bundle, 0);
        for pair in path.links.windows(2) {
            let (child, issuer) = (bundle[pair[0]], bundle[pair[1]]);
            let it = model.cert(issuer);
            // A certificate of version 1 cannot say what it is.
            let signs =
                it.version < 3 || (it.is_ca() && it.key_usage.is_none_or(|usage| usage.key_cert_sign()));
            if !signs {
                let at = model.estate.pointer(identity.certificate).at;
                seen.entry(issuer)
                    .or_insert((at, identity.sent[pair[1]].1, child, Vec::new()))
                    .3
                    .push(identity.endpoint);
            }
        }
    }
    for (issuer, (at, place, child, endpoints)) in seen {
        let why = if model.cert(issuer).is_ca() {
            "its key usage lacks keyCertSign"
        } else {
            "it does not say CA:TRUE"
        };
        out.report(
            format!(
                "{} was issued by {}, which is no authority: peers of {} refuse the chain",
                words::title(model, child),
                words::title(model, issuer),
                words::endpoints(model, endpoints)
            ),
            at,
            "this chain is sent",
        )
        .label(place, why)
        .help("have the certificate issued by an authority: basic constraints CA:TRUE and key usage keyCertSign");
    }
}

/// See the card.
pub(crate) fn client_auth_sunset(model: &Model, out: &mut Findings) {
    for ((leaf, role), (identity, place, endpoints)) in leaves(model) {
        if role != Role::Client || !model.cert(leaf).looks_public() {
            continue;
        }
        out.report(
            format!(
                "{} proves itself as a client with {}, a certificate of a public authority: public authorities stop issuing certificates for client authentication, so one of its next renewals will be refused by the peer",
                words::endpoints(model, endpoints),
                words::title(model, leaf)
            ),
            model.estate.pointer(identity.certificate).at,
            "used as a client certificate",
        )
        .label(place, "issued by a public authority")
        .help("move client authentication to a private authority that the peer trusts");
    }
}

/// The first second of a day.
const fn day(days_since_1970: i64) -> Time {
    Time(days_since_1970 * 86_400)
}

/// From when a limit of the CA/Browser Forum holds, by the day a certificate is issued, and how many days it allows.
/// Baseline Requirements 6.3.2: 2020-09-01, 2026-03-15, 2027-03-15, 2029-03-15.
const LIMITS: &[(Time, i64)] =
    &[(day(18_506), 398), (day(20_527), 200), (day(20_892), 100), (day(21_623), 47)];

/// See the card.
pub(crate) fn lifetime(model: &Model, out: &mut Findings) {
    for ((leaf, role), (identity, place, endpoints)) in leaves(model) {
        let it = model.cert(leaf);
        if role != Role::Server || !it.looks_public() {
            continue;
        }
        let Some((_, limit)) = LIMITS.iter().rev().find(|(from, _)| it.not_before >= *from) else { continue };
        // Both ends count, so a certificate of exactly 200 days ends one second before the same time of day.
        let days = (it.not_after.0 - it.not_before.0 + 1 + 86_399) / 86_400;
        if days <= *limit {
            continue;
        }
        out.report(
            format!(
                "the certificate {} of {} is valid for {}, and public authorities may issue at most {limit} since the day it begins: browsers refuse longer ones",
                words::title(model, leaf),
                words::endpoints(model, endpoints),
                words::days(days)
            ),
            model.estate.pointer(identity.certificate).at,
            "this certificate is shown",
        )
        .label(place, format!("valid from {} to {}", it.not_before, it.not_after))
        .help("have it issued again within the limit, and renew it by a program");
    }
}
