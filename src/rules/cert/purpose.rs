//! What a certificate may be used for, against what it is used for.

use std::collections::BTreeMap;

use crate::{
    finding::{Findings, Level},
    model::x509::{Certificate, KeyFamily, KeyUsage, Purpose, Time},
    model::{CertId, EndpointId, Identity, Location, Model, Pairing, Part, Role, Software, Use},
    rules::words,
};

use super::case::is_meant;

/// A leaf in one role: the first identity that shows it, its place there, and every endpoint.
struct Shown<'m> {
    identity: &'m Identity,
    place: Location,
    endpoints: Vec<EndpointId>,
}

impl Shown<'_> {
    /// "the server certificate `x` of server `y`"
    fn whose(&self, model: &Model, leaf: CertId) -> String {
        let whom = words::endpoints(model, self.endpoints.iter().copied());
        format!("the {} certificate {} of {whom}", self.identity.role.word(), words::title(model, leaf))
    }

    fn at(&self, model: &Model) -> Location {
        model.estate.pointer(self.identity.certificate).at
    }
}

/// Leaves by role.
fn leaves(model: &Model) -> BTreeMap<(CertId, Role), Shown<'_>> {
    let mut leaves: BTreeMap<(CertId, Role), Shown<'_>> = BTreeMap::new();
    for identity in model.estate.identities.iter().filter(|it| is_meant(model, it)) {
        if let Some((leaf, place)) = identity.sent.first() {
            leaves
                .entry((*leaf, identity.role))
                .or_insert(Shown { identity, place: *place, endpoints: Vec::new() })
                .endpoints
                .push(identity.endpoint);
        }
    }
    leaves
}

fn wanted(role: Role) -> (Purpose, &'static str) {
    match role {
        Role::Server => (Purpose::ServerAuth, "serverAuth"),
        Role::Client => (Purpose::ClientAuth, "clientAuth"),
    }
}

/// What of a leaf forbids its role, and what would allow it.
fn forbids(it: &Certificate, role: Role) -> Option<(String, &'static str)> {
    let (purpose, name) = wanted(role);
    if !it.allows(&purpose) {
        let listed: Vec<String> =
            it.extended_key_usage.iter().flatten().map(|purpose| format!("`{purpose}`")).collect();
        return Some((format!("its extended key usage is only {}", words::list(&listed, 4)), name));
    }
    let usage = it.key_usage?;
    // What OpenSSL asks of a leaf in each role; a key that can only sign needs the first.
    let by_key = usage.digital_signature()
        || match it.public_key.kind.family() {
            KeyFamily::Rsa => usage.key_agreement() || (role == Role::Server && usage.key_encipherment()),
            _ => usage.key_agreement(),
        };
    (!by_key).then(|| ("its key usage lacks `digitalSignature`".to_owned(), "digitalSignature"))
}

/// See the card.
pub(crate) fn purpose(model: &Model, out: &mut Findings) {
    believed_leaves(model, out);
    for ((leaf, role), shown) in leaves(model) {
        // An authority where a leaf should be is not meant for this: that is said once.
        if as_authority(model, shown.identity, leaf).is_some_and(|level| level > Level::Note) {
            continue;
        }
        let Some((why, name)) = forbids(model.cert(leaf), role) else { continue };
        let peers = if role == Role::Server { "clients refuse" } else { "the peer refuses" };
        let finding = out.report(
            format!("{} may not be used as such, because {why}: {peers} it", shown.whose(model, leaf)),
            shown.at(model),
            format!("used as a {} certificate", role.word()),
        );
        finding.label(shown.place, why);
        words::label_ways(finding, model, shown.endpoints.iter().map(|it| (*it, shown.identity.certificate)));
        finding.help(format!(
            "have a certificate issued for this place with `{name}` in its {}key usage",
            if name == "digitalSignature" { "" } else { "extended " }
        ));
    }
}

/// Certificates of clients that stand in a truststore of Apigee Edge and may not be used by clients. Beside leaves alone
/// something else is wrong first.
fn believed_leaves(model: &Model, out: &mut Findings) {
    let mut believed: BTreeMap<CertId, Vec<&Use>> = BTreeMap::new();
    for (id, uses) in model.uses() {
        let it = model.cert(*id);
        if it.is_ca() || it.version < 3 {
            continue;
        }
        let ours = uses.iter().filter(|at| {
            at.part == Part::Anchor(Role::Client)
                && model.estate.pointer(at.pointer).software == Software::EdgeRouter
                && model.estate.trusts_of(at.endpoint).iter().any(|trust| {
                    let beside = model.anchors(trust);
                    beside
                        .iter()
                        .any(|(id, _)| model.cert(*id).is_ca() || model.chains.is_root(&model.materials, *id))
                })
        });
        believed.entry(*id).or_default().extend(ours);
    }
    for (id, uses) in believed {
        let (Some(first), Some((why, name))) = (uses.first(), forbids(model.cert(id), Role::Client)) else {
            continue;
        };
        let whom = words::endpoints(model, uses.iter().map(|at| at.endpoint));
        let pointer = model.estate.pointer(first.pointer);
        let finding = out.report(
            format!(
                "{} in the truststore of {whom} is no certificate for clients, because {why}: a client that shows it gets `400 The SSL certificate error`",
                words::title(model, id)
            ),
            pointer.at,
            pointer.holds(),
        );
        finding.level(Level::Warning).label(first.place, why);
        words::label_ways(finding, model, uses.iter().map(|at| (at.endpoint, at.pointer)));
        finding.help(format!(
            "have the client's certificate issued with `{name}` in its {}key usage; where no client shows this one, leave it out of the store",
            if name == "digitalSignature" { "" } else { "extended " }
        ));
    }
}

/// How grave it is that a leaf is an authority: its key must prove that it is used as a leaf; else the order of the
/// file may be what is wrong. `None` where it is no authority.
pub(super) fn as_authority(model: &Model, identity: &Identity, leaf: CertId) -> Option<Level> {
    let it = model.cert(leaf);
    if !it.is_ca() || identity.pairing != Pairing::Match {
        return None;
    }
    Some(match forbids(it, identity.role) {
        Some(_) => Level::Error,
        // `openssl req -x509` makes such certificates by itself, so this is mostly a machine for trying things.
        None if model.chains.is_root(&model.materials, leaf) => Level::Note,
        None => Level::Warning,
    })
}

/// See the card.
pub(crate) fn ca_as_leaf(model: &Model, out: &mut Findings) {
    for ((leaf, role), shown) in leaves(model) {
        let Some(level) = as_authority(model, shown.identity, leaf) else { continue };
        let why = forbids(model.cert(leaf), role).map(|(why, _)| why);
        let effect = match (level, &why) {
            (_, Some(why)) => format!("{why}, and peers refuse it"),
            (Level::Note, None) => {
                "strict clients refuse it, and who trusts it trusts whatever its key signs".to_owned()
            }
            (_, None) => {
                "strict clients refuse it, and the key of an authority lies where it can be taken".to_owned()
            }
        };
        let help = if level == Level::Note {
            "make it again with `-addext basicConstraints=critical,CA:FALSE`, or issue a leaf below it"
        } else {
            "issue a leaf with CA:FALSE below this authority, and take the key of the authority off this machine"
        };
        out.report(
            format!("{} is a CA certificate: {effect}", shown.whose(model, leaf)),
            shown.at(model),
            "used as a leaf",
        )
        .level(level)
        .label(shown.place, "it says CA:TRUE")
        .help(help);
    }
}

/// A step of a chain by a certificate that may not sign.
struct Step {
    at: Location,
    place: Location,
    child: CertId,
    endpoints: Vec<EndpointId>,
}

/// See the card.
pub(crate) fn issuer_not_ca(model: &Model, out: &mut Findings) {
    let mut steps: BTreeMap<CertId, Step> = BTreeMap::new();
    for identity in &model.estate.identities {
        let bundle: Vec<CertId> = identity.sent.iter().map(|(id, _)| *id).collect();
        let Some(path) = model.sent_path(identity) else { continue };
        // Behind the end of the bundle the way goes on through what else the tree holds.
        let end = path.links.last().map_or(bundle[0], |last| bundle[*last]);
        let links = path.links.iter().map(|at| bundle[*at]);
        let way: Vec<CertId> = links.chain(model.path_to_root(end, &bundle).into_iter().skip(1)).collect();
        for pair in way.windows(2) {
            let (child, issuer) = (pair[0], pair[1]);
            if may_sign(model, issuer) {
                continue;
            }
            let at = model.estate.pointer(identity.certificate).at;
            let sent = identity.sent.iter().find(|(id, _)| *id == issuer).map(|(_, place)| *place);
            let place = sent.unwrap_or(model.materials.known(issuer).places[0]);
            steps
                .entry(issuer)
                .or_insert(Step { at, place, child, endpoints: Vec::new() })
                .endpoints
                .push(identity.endpoint);
        }
    }
    for (issuer, Step { at, place, child, endpoints }) in steps {
        let why = if model.cert(issuer).is_ca() {
            "its key usage lacks keyCertSign"
        } else {
            "it does not say CA:TRUE"
        };
        out.report(
            format!(
                "{} in the chain of {} was issued by {}, which is no authority: peers refuse the chain",
                words::title(model, child),
                words::endpoints(model, endpoints),
                words::title(model, issuer),
            ),
            at,
            "this chain is sent",
        )
        .label(place, why)
        .help("have the certificate issued by an authority: basic constraints CA:TRUE and key usage keyCertSign");
    }
}

/// CA:TRUE, and keyCertSign where there is a key usage. A root of version 1 cannot say what it is and is believed.
fn may_sign(model: &Model, issuer: CertId) -> bool {
    let it = model.cert(issuer);
    (it.version < 3 && model.chains.is_root(&model.materials, issuer))
        || (it.is_ca() && it.key_usage.is_none_or(KeyUsage::key_cert_sign))
}

/// See the card.
pub(crate) fn client_auth_sunset(model: &Model, out: &mut Findings) {
    for ((leaf, role), shown) in leaves(model) {
        let it = model.cert(leaf);
        // One that does not allow it even today is told as such.
        if role != Role::Client || !it.looks_public() || !it.allows(&Purpose::ClientAuth) {
            continue;
        }
        out.report(
            format!(
                "{} comes from a public authority, and those stop issuing for client authentication: after one of the next renewals the peer refuses it",
                shown.whose(model, leaf)
            ),
            shown.at(model),
            "used as a client certificate",
        )
        .label(shown.place, "issued by a public authority")
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
    for ((leaf, role), shown) in leaves(model) {
        let it = model.cert(leaf);
        if role != Role::Server || !it.looks_public() {
            continue;
        }
        let Some((from, limit)) = LIMITS.iter().rev().find(|(from, _)| it.not_before >= *from) else {
            continue;
        };
        // Both ends count, so a certificate of exactly 200 days ends one second before the same time of day.
        let days = (it.not_after.0 - it.not_before.0 + 1 + 86_399) / 86_400;
        if days <= *limit {
            continue;
        }
        out.report(
            format!(
                "{} is valid for {}, and public authorities may issue for at most {limit} since {from}: browsers refuse it",
                shown.whose(model, leaf),
                words::days(days)
            ),
            shown.at(model),
            "this certificate is shown",
        )
        .label(shown.place, format!("valid from {} to {}", it.not_before, it.not_after))
        .help("have it issued again within the limit, and let a program renew it");
    }
}
