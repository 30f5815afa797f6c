//! Host names: what an endpoint is called and what its leaf covers.

use std::collections::BTreeMap;

use crate::{
    finding::{Findings, Level},
    model::x509::Coverage,
    model::{CertId, Endpoint, Identity, Location, Model, PointerId, Role, estate::Host},
    rules::words,
};

/// Server identities with a readable leaf whose endpoint speaks TLS.
fn served(model: &Model) -> impl Iterator<Item = (&Identity, &Endpoint, CertId, Location)> {
    model.estate.identities.iter().filter(|it| it.role == Role::Server).filter_map(|identity| {
        let (leaf, place) = *identity.sent.first()?;
        let endpoint = model.estate.endpoint(identity.endpoint);
        (endpoint.speaks_tls && !endpoint.dynamic).then_some((identity, endpoint, leaf, place))
    })
}

/// See the card.
pub(crate) fn name_mismatch(model: &Model, out: &mut Findings) {
    let mut wrong: BTreeMap<(PointerId, CertId), Vec<(&Endpoint, &Host)>> = BTreeMap::new();
    let mut leaf_at: BTreeMap<CertId, Location> = BTreeMap::new();
    for (identity, endpoint, leaf, place) in served(model) {
        leaf_at.entry(leaf).or_insert(place);
        for host in endpoint.hosts.iter().filter(|host| is_public_form(&host.name)) {
            if model.cert(leaf).host_coverage(&host.name) == Coverage::NotCovered
                && !covers_wildcard(model, leaf, &host.name)
            {
                wrong.entry((identity.certificate, leaf)).or_default().push((endpoint, host));
            }
        }
    }
    for ((pointer, leaf), misses) in wrong {
        let at = model.estate.pointer(pointer).at;
        let hosts: Vec<String> = misses.iter().map(|(_, host)| format!("`{}`", host.name)).collect();
        let covered: Vec<String> = model.cert(leaf).names().map(|name| format!("`{name}`")).collect();
        let covered = if covered.is_empty() { "no host name".to_owned() } else { words::list(&covered, 5) };
        // A server that only redirects, and a name that stands for many, are reached by few who would notice.
        let harmless =
            misses.iter().all(|(endpoint, host)| endpoint.turns_away || host.name.starts_with("*."));
        let effect = if harmless {
            "clients that ask for it over TLS see a certificate warning"
        } else {
            "clients that ask for it refuse the connection"
        };
        let finding = out.report(
            format!(
                "the certificate {} does not cover {}: {effect}",
                words::title(model, leaf),
                words::list(&hosts, 5)
            ),
            at,
            "this certificate is shown",
        );
        if harmless {
            finding.level(Level::Note);
        }
        for (_, host) in misses.iter().take(words::SHOWN) {
            finding.label(host.at, "for this name");
        }
        finding.label(leaf_at[&leaf], format!("it covers {covered}"));
        finding.help("issue a certificate whose subject alternative names hold every name of the server, or take the name out of it; a wildcard stands for exactly one label");
    }
}

/// A name that a certificate can be asked to cover: more than one label, no spaces, no port.
fn is_public_form(host: &str) -> bool {
    host.contains('.') && !host.contains([':', '/', ',', ' ']) && !host.ends_with('.') && host.is_ascii()
}

/// A name with a star is covered by the same star.
fn covers_wildcard(model: &Model, leaf: CertId, host: &str) -> bool {
    host.starts_with("*.") && model.cert(leaf).names().any(|name| name.eq_ignore_ascii_case(host))
}

/// See the card.
pub(crate) fn no_san(model: &Model, out: &mut Findings) {
    let mut seen: BTreeMap<CertId, (Location, Location, Vec<crate::model::EndpointId>)> = BTreeMap::new();
    for (identity, _, leaf, place) in served(model) {
        let it = model.cert(leaf);
        if it.host_coverage("tlslint.invalid") == Coverage::NoSan {
            let pointer = model.estate.pointer(identity.certificate).at;
            seen.entry(leaf).or_insert((pointer, place, Vec::new())).2.push(identity.endpoint);
        }
    }
    for (leaf, (pointer, place, endpoints)) in seen {
        let whom = words::endpoints(model, endpoints);
        out.report(
            format!(
                "the certificate {} of {whom} has no subject alternative name: browsers, Go and Java refuse it, whatever its common name says",
                words::title(model, leaf)
            ),
            pointer,
            "this certificate is shown",
        )
        .label(place, "only a common name stands here")
        .help("issue it again with every host name as a subject alternative name (`-addext subjectAltName=DNS:…`)");
    }
}
