//! Both ends of a connection seen together: two scopes that share one peer, and a peer that lies in the tree.

use std::collections::BTreeSet;

use crate::{
    finding::Findings,
    model::{
        CertId, Identity, Location, Model, Role,
        nginx::{Connection, DirectiveId, Effective, Family, Nginx, Peer, ScopeId, ServerId},
        x509::Verdict,
    },
};

use super::{clients::verify_mode, grouped::Grouped, labels::label_some, upstream::place_of};

/// How a connection proves itself and verifies its peer, as far as a session remembers it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Terms {
    verifies: bool,
    trusted: Option<String>,
    certificate: Option<String>,
}

/// What nginx keeps sessions by: one list of peers for a host and port, one for an `upstream` block.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kept {
    Host(u32, bool, String, u16),
    Block(ScopeId),
}

fn kept_by(nginx: &Nginx, it: &Connection) -> Option<Kept> {
    let root = nginx.scope(it.scope).root;
    match &it.peer {
        Peer::Host { host, port } => Some(Kept::Host(root, it.family == Family::Stream, host.clone(), *port)),
        Peer::Upstream { scope, .. } => Some(Kept::Block(*scope)),
        Peer::Unix(_) | Peer::Variable => None,
    }
}

/// The terms of a connection; `None` where a part of them is not known.
fn terms(nginx: &Nginx, it: &Connection) -> Option<Terms> {
    let file = |setting: &str| -> Option<Option<String>> {
        let Some(set) = nginx.for_connection(it, setting) else { return Some(None) };
        set.value().filter(|word| word.is_plain()).map(|word| Some(word.text.to_string()))
    };
    let verifies = it.verifies(nginx);
    let trusted = if verifies { file("trusted_certificate")? } else { None };
    let certificate = file("certificate")?;
    Some(Terms { verifies, trusted, certificate })
}

/// `nginx/proxy-trust-differs-same-peer`: a session of one location is taken up by another that trusts otherwise.
pub(crate) fn proxy_trust_differs_same_peer(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    let mut peers = Grouped::new();
    for (index, it) in nginx.connections.iter().enumerate() {
        let reuses = nginx.for_connection(it, "session_reuse").is_none_or(Effective::is_on);
        if !it.certain || !reuses || !nginx.is_complete(it.scope) {
            continue;
        }
        if let (Some(peer), Some(terms)) = (kept_by(nginx, it), terms(nginx, it)) {
            peers.add(peer, (terms, index));
        }
    }
    for (_, users) in peers {
        let (first_terms, first) = users[0].clone();
        let mut seen = BTreeSet::from([first_terms.clone()]);
        let others: Vec<&(Terms, usize)> =
            users.iter().filter(|(terms, _)| seen.insert(terms.clone())).collect();
        let Some((other_terms, other)) = others.first() else { continue };
        let (first, other) = (&nginx.connections[first], &nginx.connections[*other]);
        let (_, to) = place_of(nginx, first);
        let what = if (first_terms.verifies, &first_terms.trusted)
            == (other_terms.verifies, &other_terms.trusted)
        {
            "with different client certificates, and nginx keeps one list of TLS sessions for the peer: a request may \
             arrive under the name of the other certificate"
        } else {
            "with different trust, and nginx keeps one list of TLS sessions for the peer: a session that one of them \
             opened is taken up by the other without a new check, so a wrong upstream is accepted or a right one \
             refused"
        };
        let finding = out.report(
            format!("`{to}` is reached from two places {what}; accepted by `nginx -t`"),
            nginx.at(other.pass),
            described(other, other_terms),
        );
        finding.label(nginx.at(first.pass), described(first, &first_terms));
        label_some(
            finding,
            others.iter().skip(1).map(|(terms, index)| {
                let it = &nginx.connections[*index];
                (nginx.at(it.pass), described(it, terms))
            }),
        );
        finding.help(format!(
            "write `{} off;` in both places, or give each its own `upstream` block",
            other.family.directive("session_reuse")
        ));
    }
}

fn described(it: &Connection, terms: &Terms) -> String {
    let trust = match (&terms.trusted, terms.verifies) {
        (Some(file), true) => format!("verifies with `{file}`"),
        (None, true) => "verifies".to_owned(),
        (_, false) => format!("`{}` is off", it.family.directive("verify")),
    };
    match &terms.certificate {
        Some(file) => format!("{trust}, shows `{file}`"),
        None => format!("{trust}, shows no certificate"),
    }
}

/// Where a connection shows a certificate to a server of the tree that does not accept it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Refusal {
    certificate: Location,
    leaf: Location,
    issuer: String,
    verify: DirectiveId,
    ca: Location,
}

/// `nginx/proxy-client-cert-not-trusted`: the other end of the connection is in the tree, and refuses us.
pub(crate) fn proxy_client_cert_not_trusted(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    let mut found = Grouped::new();
    for identity in model.estate.identities.iter().filter(|it| it.role == Role::Client) {
        let Some(it) = model.nginx_endpoints.connection_of(nginx, identity.endpoint) else { continue };
        if !it.certain || !nginx.is_complete(it.scope) {
            continue;
        }
        for server in nginx.reached(it) {
            if let Some(refusal) = refusal(model, identity, server) {
                found.add(refusal, place_of(nginx, it));
            }
        }
    }
    for (it, places) in found {
        let (_, to) = &places[0];
        let finding = out.report(
            format!(
                "the server behind `{to}` is in this tree, and none of the authorities it asks clients for issued \
                 this certificate: it answers every request with `400 The SSL certificate error`; accepted by \
                 `nginx -t` on both sides"
            ),
            it.certificate,
            "shown to a server that does not trust it",
        );
        finding.label(it.leaf, format!("issued by `{}`", it.issuer));
        finding.label(it.ca, "what the server accepts");
        finding.label(nginx.at(it.verify), "the server verifies clients");
        label_some(finding, places.iter().map(|(at, _)| (*at, "the connection".to_owned())));
        finding.help(format!(
            "use a certificate of an authority in that file, or add `{}` and its root to it",
            it.issuer
        ));
    }
}

fn refusal(model: &Model, identity: &Identity, server: ServerId) -> Option<Refusal> {
    let nginx = &model.nginx;
    let at = nginx.server(server);
    let ("on" | "optional", verify) = verify_mode(model, at)? else { return None };
    let endpoint = model.nginx_endpoints.servers[server.0 as usize];
    let trust = model.estate.trusts.iter().find(|it| it.endpoint == endpoint && it.of == Role::Client)?;
    if !nginx.is_complete(at.scope) || !model.anchors_are_known(trust) {
        return None;
    }
    let anchors: BTreeSet<CertId> = model.anchors(trust).into_iter().map(|(id, _)| id).collect();
    let (leaf, leaf_at) = *identity.sent.first()?;
    let sent: BTreeSet<CertId> = identity.sent.iter().map(|(id, _)| *id).collect();
    if anchors.is_empty() || leads_to(model, leaf, &sent, &anchors) {
        return None;
    }
    Some(Refusal {
        certificate: model.estate.pointer(identity.certificate).at,
        leaf: leaf_at,
        issuer: model.cert(leaf).issuer.title().to_owned(),
        verify: verify.last().0,
        ca: model.estate.pointer(*trust.anchors.first()?).at,
    })
}

/// Whether signatures lead from a leaf over what is sent to one of the anchors. A signature that cannot be checked
/// is taken for good.
fn leads_to(model: &Model, leaf: CertId, sent: &BTreeSet<CertId>, anchors: &BTreeSet<CertId>) -> bool {
    let mut open = vec![leaf];
    let mut seen = BTreeSet::from([leaf]);
    while let Some(id) = open.pop() {
        if anchors.contains(&id) {
            return true;
        }
        for issuer in model.chains.candidates(&model.materials, id) {
            let at_hand = sent.contains(&issuer.id) || anchors.contains(&issuer.id);
            if at_hand && issuer.verdict != Verdict::Bad && seen.insert(issuer.id) {
                open.push(issuer.id);
            }
        }
    }
    false
}
