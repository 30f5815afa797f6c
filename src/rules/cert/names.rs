//! Host names: what an endpoint is called and what its leaf covers.

use std::{collections::BTreeMap, net::IpAddr};

use crate::{
    finding::{Findings, Level},
    model::x509::{AltName, Certificate, Coverage},
    model::{
        CertId, Endpoint, EndpointId, Identity, Location, Model, PointerId, Role, Software, estate::Host,
    },
    rules::words,
};

use super::{case::is_meant, described, purpose::as_authority};

/// Leaves that servers show, with the endpoint and the place of the leaf.
fn served(model: &Model) -> impl Iterator<Item = (&Identity, &Endpoint, CertId, Location)> {
    let shown = model.estate.identities.iter().filter(|it| it.role == Role::Server && is_meant(model, it));
    shown.filter_map(|identity| {
        let (leaf, place) = *identity.sent.first()?;
        let endpoint = model.estate.endpoint(identity.endpoint);
        (endpoint.speaks_tls && !endpoint.dynamic).then_some((identity, endpoint, leaf, place))
    })
}

/// A line with the leaf it shows, and the names that the leaf does not cover.
#[derive(Default)]
struct Misses<'m> {
    hosts: Vec<&'m Host>,
    place: Option<Location>,
    /// Somebody is served under one of the names.
    served: bool,
}

/// See the card.
pub(crate) fn name_mismatch(model: &Model, out: &mut Findings) {
    described::name_mismatch(model, out);
    let mut wrong: BTreeMap<(PointerId, CertId), Misses<'_>> = BTreeMap::new();
    for (identity, endpoint, leaf, place) in served(model) {
        let pointer = model.estate.pointer(identity.certificate);
        // The name of a file is what is wrong in the Central Certificate Store, and a rule about its files says so.
        if pointer.software == Software::HttpSys && pointer.to.file().is_some() {
            continue;
        }
        for host in endpoint.hosts.iter().filter(|host| is_public_form(&host.name)) {
            if model.cert(leaf).host_coverage(&host.name) == Coverage::NotCovered {
                let misses = wrong.entry((identity.certificate, leaf)).or_default();
                misses.place = Some(place);
                misses.hosts.push(host);
                // A server that only redirects, and a name that stands for many, are reached by few who would notice.
                misses.served |= !endpoint.turns_away && !host.name.starts_with("*.");
            }
        }
    }
    for ((pointer, leaf), misses) in wrong {
        let mut hosts: Vec<String> = Vec::new();
        for host in &misses.hosts {
            let name = format!("`{}`", host.name);
            if !hosts.contains(&name) {
                hosts.push(name);
            }
        }
        let covered = words::list(&covered(model.cert(leaf)), 4);
        let effect = if misses.served {
            "clients that ask for it refuse the connection"
        } else {
            "clients that ask for it see a certificate warning"
        };
        let finding = out.report(
            format!(
                "the certificate {} covers {covered} and not {}: {effect}",
                words::title(model, leaf),
                words::list(&hosts, 5)
            ),
            model.estate.pointer(pointer).at,
            "this certificate is shown",
        );
        if !misses.served {
            finding.level(Level::Note);
        }
        for host in misses.hosts.iter().take(words::SHOWN) {
            finding.label(host.at, "for this name");
        }
        if let Some(place) = misses.place {
            finding.label(place, format!("it covers {covered}"));
        }
        if model.estate.pointer(pointer).software.keeps_stores() {
            let shown = model.estate.identities.iter().filter(|it| it.certificate == pointer);
            words::label_ways(finding, model, shown.map(|it| (it.endpoint, pointer)));
            finding.help(ALIASES);
            continue;
        }
        finding.help(
            "issue a certificate with every name of the server as a subject alternative name, or give these names a server of their own; a wildcard stands for exactly one label",
        );
    }
}

/// What to do about host aliases that a certificate does not cover.
pub(super) const ALIASES: &str = "have a certificate issued with every host alias as a subject alternative name and upload it to a new store under \
                                  the same alias name, then change the reference to that store; or give these names a virtual host of their own; \
                                  a wildcard stands for exactly one label";

/// The names that clients look at, as text.
fn covered(it: &Certificate) -> Vec<String> {
    let names = it.alt_names.iter().flatten().filter_map(|name| match name {
        AltName::Dns(name) if name.parse::<IpAddr>().is_ok() => Some(format!("a DNS name `{name}`")),
        AltName::Dns(name) => Some(format!("`{name}`")),
        AltName::Ip(address) => Some(format!("`{address}`")),
        _ => None,
    });
    names.collect()
}

/// A name that a certificate can be asked to cover: more than one label, no spaces, no port.
pub(super) fn is_public_form(host: &str) -> bool {
    let host = host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(host);
    host.parse::<IpAddr>().is_ok()
        || (host.contains('.')
            && !host.contains([':', '/', ',', ' '])
            && !host.ends_with('.')
            && host.is_ascii())
}

/// A leaf without names: the line that shows it, its place, and the endpoints.
struct Nameless {
    pointer: Location,
    place: Location,
    endpoints: Vec<EndpointId>,
    served: bool,
}

/// See the card.
pub(crate) fn no_san(model: &Model, out: &mut Findings) {
    let mut nameless: BTreeMap<CertId, Nameless> = BTreeMap::new();
    for (identity, endpoint, leaf, place) in served(model) {
        // Any name will do to ask: without names of hosts, none is covered.
        let has_names = model.cert(leaf).host_coverage("tlslint.invalid") != Coverage::NoSan;
        // An authority where a leaf should be has no names for good reason.
        let other_cause = as_authority(model, identity, leaf).is_some_and(|level| level > Level::Note);
        if has_names || other_cause {
            continue;
        }
        let pointer = model.estate.pointer(identity.certificate).at;
        let found =
            nameless.entry(leaf).or_insert(Nameless { pointer, place, endpoints: Vec::new(), served: false });
        found.endpoints.push(identity.endpoint);
        found.served |= !endpoint.turns_away;
    }
    for (leaf, Nameless { pointer, place, endpoints, served }) in nameless {
        let finding = out.report(
            format!(
                "the certificate {} of {} has no subject alternative name: browsers, Go and Java refuse it, whatever its common name says",
                words::title(model, leaf),
                words::endpoints(model, endpoints)
            ),
            pointer,
            "this certificate is shown",
        );
        // Who is only turned away seldom looks.
        if !served {
            finding.level(Level::Note);
        }
        finding
            .label(place, "it names no host")
            .help("issue it again with every host name as a subject alternative name (`-addext subjectAltName=DNS:…`)");
    }
}
