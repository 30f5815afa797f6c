//! Clients that are verified against authorities whose customer anybody can become.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    finding::Findings,
    model::{CertId, EndpointId, FileId, Location, Model, Pointer, PointerId, Role},
    rules::words,
};

/// More authorities than any organisation runs for its clients.
const MANY: usize = 20;

/// Where operating systems keep the authorities of the web.
const SYSTEM: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/ssl/certs/ca-bundle.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/tls/cert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/usr/local/share/certs/ca-root-nss.crt",
    "/usr/share/ca-certificates/mozilla/",
];

/// Organisations whose roots are those of the web, as their subjects say it (Common CA Database, root program of
/// Mozilla). Organisations that also run authorities for the inside of other firms under that name are left out.
const PUBLIC: &[&str] = &[
    "Internet Security Research Group",
    "Digital Signature Trust Co.",
    "IdenTrust",
    "DigiCert Inc",
    "DigiCert, Inc.",
    "Baltimore",
    "GlobalSign",
    "GlobalSign nv-sa",
    "Sectigo Limited",
    "COMODO CA Limited",
    "The USERTRUST Network",
    "Amazon",
    "Google Trust Services LLC",
    "GoDaddy.com, Inc.",
    "The Go Daddy Group, Inc.",
    "Starfield Technologies, Inc.",
    "Entrust, Inc.",
    "SSL Corporation",
    "SSL.com",
    "Certainly",
    "Buypass AS-983163327",
    "Actalis S.p.A./03358520967",
    "Asseco Data Systems S.A.",
    "Unizeto Technologies S.A.",
    "Hellenic Academic and Research Institutions CA",
];

/// Whether the subject of an authority names one of the web.
pub(in crate::rules) fn is_public(subject: &str) -> bool {
    PUBLIC.iter().any(|name| {
        subject.match_indices(name).any(|(at, _)| {
            let rest = &subject[at + name.len()..];
            subject[..at].ends_with("O=")
                && (rest.is_empty() || rest.starts_with([',', '+']) || rest.starts_with(" +"))
        })
    })
}

/// What a file lets in.
enum Crowd {
    /// Authorities of known names.
    Named(Vec<CertId>),
    /// As many as only a list of the web has.
    Many(usize),
    /// The list of an operating system.
    System,
}

fn crowd(model: &Model, file: Option<FileId>, pointer: &Pointer) -> Option<Crowd> {
    let written = pointer.written.as_str();
    let certificates = file.map_or_else(Vec::new, |file| model.materials.in_file(file));
    // A Router puts the authorities of all partners into one file.
    if certificates.len() >= MANY && !pointer.is_router_copy() {
        return Some(Crowd::Many(certificates.len()));
    }
    if SYSTEM.iter().any(|path| written.starts_with(path)) {
        return Some(Crowd::System);
    }
    let named: Vec<CertId> = certificates
        .into_iter()
        .map(|(id, _)| id)
        .filter(|id| model.chains.is_root(&model.materials, *id) && is_public(&model.cert(*id).subject.text))
        .collect();
    (!named.is_empty()).then_some(Crowd::Named(named))
}

/// Trusts of client certificates that name one list.
struct Named<'m> {
    pointer: &'m Pointer,
    lines: BTreeSet<Location>,
    active: BTreeSet<Location>,
    endpoints: Vec<EndpointId>,
}

/// See the card.
pub(crate) fn public_root(model: &Model, out: &mut Findings) {
    let mut lists: BTreeMap<Result<FileId, &str>, Named<'_>> = BTreeMap::new();
    for trust in model.estate.trusts.iter().filter(|it| it.of == Role::Client) {
        let Some(active) = trust.active else { continue };
        for pointer in trust.anchors.iter().map(|it| model.estate.pointer(*it)) {
            let list = pointer.to.file().ok_or(pointer.written.as_str());
            let named = lists.entry(list).or_insert_with(|| Named {
                pointer,
                lines: BTreeSet::new(),
                active: BTreeSet::new(),
                endpoints: Vec::new(),
            });
            named.lines.insert(pointer.at);
            named.active.insert(active);
            named.endpoints.push(trust.endpoint);
        }
    }
    for (list, Named { pointer, lines, active, endpoints }) in lists {
        let file = list.ok();
        let Some(crowd) = crowd(model, file, pointer) else { continue };
        let from = match &crowd {
            Crowd::Named(ids) => {
                let titles: Vec<String> = ids.iter().map(|id| words::title(model, *id)).collect();
                let noun = if titles.len() == 1 { "authority" } else { "authorities" };
                format!("the public {noun} {}", words::list(&titles, 3))
            }
            Crowd::Many(count) => format!("one of the {count} authorities in `{}`", pointer.written),
            Crowd::System => format!("one of the web's authorities in `{}`", pointer.written),
        };
        let finding = out.report(
            format!(
                "every client with a certificate of {from} is let in by {}: anybody can get one",
                words::endpoints(model, endpoints.iter().copied()),
            ),
            pointer.at,
            "authorities for client certificates",
        );
        for at in active.iter().take(words::SHOWN) {
            finding.label(*at, "client certificates are verified");
        }
        if let (Crowd::Named(ids), Some(file)) = (&crowd, file) {
            for (id, place) in model.materials.in_file(file) {
                if ids.contains(&id) {
                    finding.label(place, "an authority of the web");
                }
            }
        }
        for at in lines.iter().take(words::SHOWN) {
            finding.label(*at, "named here too");
        }
        if pointer.software.keeps_stores() {
            let ways = model.estate.trusts.iter().filter(|trust| endpoints.contains(&trust.endpoint));
            let ways = ways.flat_map(|trust| trust.anchors.iter().map(|it| (trust.endpoint, *it)));
            let ours = |it: &PointerId| model.estate.pointer(*it).to.file() == file;
            words::label_ways(finding, model, ways.filter(|(_, it)| ours(it)));
            finding.help("keep in the truststore only the authority that issues your clients' certificates");
            continue;
        }
        finding.help("name a file with the one authority that issues your clients' certificates");
    }
}
