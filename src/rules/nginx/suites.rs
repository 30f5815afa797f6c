//! Cipher suites against the certificate that a server shows, and against HTTP/2.

use std::collections::BTreeMap;

use crate::{
    finding::{Findings, Level},
    model::{
        EndpointId, Location, Model, Pairing, Role,
        ciphers::{Authentication, Exchange, Suite},
        nginx::{Effective, Protocol, ServerId, Speaker},
        x509::KeyFamily,
    },
    rules::{nginx::speakers, words},
};

/// Whether a certificate with a key of a family serves a suite.
fn serves(suite: &Suite, family: KeyFamily) -> bool {
    match suite.authentication {
        Authentication::Nobody => true,
        Authentication::Rsa => {
            family == KeyFamily::Rsa || (family == KeyFamily::RsaPss && suite.exchange != Exchange::Rsa)
        }
        Authentication::Ecdsa => {
            matches!(family, KeyFamily::Ecdsa | KeyFamily::Ed25519 | KeyFamily::Ed448)
        }
        Authentication::Dss => family == KeyFamily::Dsa,
        Authentication::Psk | Authentication::Srp => false,
    }
}

/// The key types a server shows, each with the line that names its certificate and the leaf; `None` where one of
/// its certificates is not known.
fn key_types(model: &Model, endpoint: EndpointId) -> Option<Vec<(KeyFamily, Location, Location)>> {
    if model.estate.endpoint(endpoint).dynamic {
        return None;
    }
    let mine = model.estate.identities_of(endpoint).iter().filter(|it| it.role == Role::Server);
    let types: Option<Vec<_>> = mine
        .map(|it| {
            let (leaf, place) = it.sent.first()?;
            let family = model.cert(*leaf).public_key.kind.family();
            let known = family != KeyFamily::Other
                && family != KeyFamily::MlDsa
                && matches!(it.pairing, Pairing::Match | Pairing::Locked(_) | Pairing::Unknown);
            known.then_some((family, model.estate.pointer(it.certificate).at, *place))
        })
        .collect();
    types.filter(|it| !it.is_empty())
}

/// A cipher list that has nothing for a certificate.
struct Misfit {
    types: Vec<(KeyFamily, Location, Location)>,
    users: Vec<Speaker>,
    /// TLS 1.3 is off, so nobody gets in.
    no_way: bool,
}

/// See the card.
pub(crate) fn key_type_vs_ciphers(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    // Thousands of servers share a few lists.
    let mut expansions = BTreeMap::new();
    let mut causes: BTreeMap<(Location, Location), Misfit> = BTreeMap::new();
    for index in 0..nginx.servers.len() {
        let id = ServerId(index as u32);
        let speaker = Speaker::Server(id);
        if !nginx.speaks_tls(id) {
            continue;
        }
        let Some(types) = key_types(model, model.nginx_endpoints.servers[index]) else { continue };
        let Some(ciphers) = nginx.ciphers(speaker) else { continue };
        let Some(at) = ciphers.set_by else { continue };
        let expansion = expansions.entry(ciphers.text).or_insert_with(|| ciphers.expand());
        let protocols = nginx.protocols(speaker, model.settings.nginx_version);
        let usable: Vec<_> = expansion.usable().collect();
        if expansion.unknown
            || expansion.refused.is_some()
            || usable.is_empty()
            || !protocols.certain
            || protocols.is_tls13_only()
            || types.iter().any(|(family, ..)| usable.iter().any(|suite| serves(suite, *family)))
        {
            continue;
        }
        let cause = causes.entry((at, types[0].1)).or_insert_with(|| Misfit {
            types,
            users: Vec::new(),
            no_way: false,
        });
        cause.users.push(speaker);
        cause.no_way |= protocols.lacks_tls13();
    }
    for ((at, _), Misfit { types, users, no_way }) in causes {
        let kinds: Vec<String> = types.iter().map(|(family, ..)| family.to_string()).collect();
        let kinds = words::list(&kinds, 3);
        let what = if no_way {
            "every handshake fails (`no shared cipher`), and `nginx -t` accepts it"
        } else {
            "only clients with TLS 1.3 can connect, all older ones see a failed handshake"
        };
        let finding = out.report(
            format!(
                "no suite of this list works with the {kinds} certificate{}: {what}",
                speakers(model, &users, " of ")
            ),
            at,
            format!("no suite for {kinds} keys"),
        );
        let ecdsa = types.iter().any(|(family, ..)| matches!(family, KeyFamily::Ecdsa | KeyFamily::Ed25519));
        let add = if ecdsa { "ECDHE-ECDSA-AES128-GCM-SHA256" } else { "ECDHE-RSA-AES128-GCM-SHA256" };
        finding
            .level(if no_way { Level::Error } else { Level::Note })
            .help(format!("add `{add}` to the list"));
        for (family, line, leaf) in &types {
            finding.label(*line, "is shown with this list").label(*leaf, format!("has an {family} key"));
        }
    }
}

/// What browsers offer with TLS 1.2.
const OF_BROWSERS: &[&str] = &[
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-CHACHA20-POLY1305",
    "ECDHE-ECDSA-AES128-SHA",
    "ECDHE-ECDSA-AES256-SHA",
    "ECDHE-RSA-AES128-SHA",
    "ECDHE-RSA-AES256-SHA",
    "AES128-GCM-SHA256",
    "AES256-GCM-SHA384",
    "AES128-SHA",
    "AES256-SHA",
];

/// A cipher list that leads browsers to a suite that HTTP/2 forbids.
struct Forbidden {
    name: &'static str,
    users: Vec<Speaker>,
    /// The lines that turn HTTP/2 on.
    http2: Vec<Location>,
    /// TLS 1.3 is off, so every browser is hit.
    no_way: bool,
}

/// See the card.
pub(crate) fn http2_blacklisted_ciphers(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    let mut expansions = BTreeMap::new();
    let mut causes: BTreeMap<Location, Forbidden> = BTreeMap::new();
    for (index, server) in nginx.servers.iter().enumerate() {
        let id = ServerId(index as u32);
        let speaker = Speaker::Server(id);
        let Some(http2) = http2_line(model, id) else { continue };
        let Some(ciphers) = nginx.ciphers(speaker) else { continue };
        let Some(at) = ciphers.set_by else { continue };
        let expansion = expansions.entry(ciphers.text).or_insert_with(|| ciphers.expand());
        let protocols = nginx.protocols(speaker, model.settings.nginx_version);
        if expansion.unknown
            || expansion.refused.is_some()
            || !protocols.certain
            || !protocols.has(Protocol::Tls12)
        {
            continue;
        }
        let families = match key_types(model, model.nginx_endpoints.servers[index]) {
            Some(types) => types.into_iter().map(|(family, ..)| family).collect(),
            None => vec![KeyFamily::Rsa, KeyFamily::Ecdsa],
        };
        let prefer = nginx.effective(server.scope, "ssl_prefer_server_ciphers");
        // The suite a browser ends up with: the server's first, or the best it can find.
        let chosen = |family: KeyFamily| {
            let mut offered =
                expansion.usable().filter(|it| OF_BROWSERS.contains(&it.name) && serves(it, family));
            let first = offered.next()?;
            let decides = prefer.is_some_and(Effective::is_on);
            let better = !decides && offered.any(|it| !it.is_refused_by_http2());
            Some((first.name, first.is_refused_by_http2() && !better))
        };
        let chosen: Vec<_> = families.into_iter().filter_map(chosen).collect();
        let Some((name, _)) = chosen.first() else { continue };
        if chosen.iter().all(|(_, refused)| *refused) {
            let cause = causes.entry(at).or_insert_with(|| Forbidden {
                name,
                users: Vec::new(),
                http2: Vec::new(),
                no_way: false,
            });
            cause.users.push(speaker);
            cause.http2.push(http2);
            cause.no_way |= protocols.lacks_tls13();
        }
    }
    for (at, Forbidden { name, users, http2, no_way }) in causes {
        let whom = if no_way { "browsers" } else { "browsers that speak TLS 1.2" };
        let finding = out.report(
            format!("HTTP/2 is on{}, and this list leads {whom} to `{name}`, which HTTP/2 forbids: they close the connection (`ERR_HTTP2_INADEQUATE_TRANSPORT_SECURITY`)", speakers(model, &users, " for ")),
            at,
            "suites that HTTP/2 forbids come first",
        );
        finding
            .level(if no_way { Level::Warning } else { Level::Note })
            .help("put `ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256` first");
        for at in http2.into_iter().take(words::SHOWN) {
            finding.label(at, "turns HTTP/2 on");
        }
    }
}

/// The line that turns HTTP/2 on for a server.
fn http2_line(model: &Model, id: ServerId) -> Option<Location> {
    let nginx = &model.nginx;
    if let Some(line) = nginx.effective(nginx.server(id).scope, "http2") {
        return (line.is_on() && nginx.speaks_tls(id)).then(|| line.at());
    }
    nginx.tls_listeners(id).find_map(|listener| {
        let (server, at) = listener.members[listener.http2?];
        Some(nginx.server(server).listens[at].at)
    })
}
