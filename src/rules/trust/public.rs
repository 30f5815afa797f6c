//! Clients that are verified against authorities whose customer anybody can become.

use std::collections::BTreeMap;

use crate::{
    finding::Findings,
    model::{CertId, EndpointId, FileId, Location, Model, PointerId, Role, Trust},
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
fn is_public(subject: &str) -> bool {
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

fn crowd(model: &Model, file: Option<FileId>, written: &str) -> Option<Crowd> {
    let certificates = file.map_or_else(Vec::new, |file| model.materials.in_file(file));
    if certificates.len() >= MANY {
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

/// See the card.
pub(crate) fn public_root(model: &Model, out: &mut Findings) {
    let mut lines: BTreeMap<Location, (PointerId, &Trust, Vec<EndpointId>)> = BTreeMap::new();
    for trust in model.estate.trusts.iter().filter(|it| it.of == Role::Client && it.active.is_some()) {
        for pointer in &trust.anchors {
            let at = model.estate.pointer(*pointer).at;
            lines.entry(at).or_insert((*pointer, trust, Vec::new())).2.push(trust.endpoint);
        }
    }
    for (at, (pointer, trust, endpoints)) in lines {
        let pointer = model.estate.pointer(pointer);
        let Some(crowd) = crowd(model, pointer.to.file(), &pointer.written) else { continue };
        let from = match &crowd {
            Crowd::Named(ids) => {
                let titles: Vec<String> = ids.iter().map(|id| words::title(model, *id)).collect();
                format!("the public authority {}", words::list(&titles, 3))
            }
            Crowd::Many(count) => format!("one of the {count} authorities in `{}`", pointer.written),
            Crowd::System => format!("one of the web's authorities in `{}`", pointer.written),
        };
        let finding = out.report(
            format!(
                "every client with a certificate of {from} is let in by {}: anybody can get one",
                words::endpoints(model, endpoints),
            ),
            at,
            "authorities for client certificates",
        );
        if let Some(active) = trust.active {
            finding.label(active, "client certificates are verified");
        }
        if let (Crowd::Named(ids), Some(file)) = (&crowd, pointer.to.file()) {
            for (id, place) in model.materials.in_file(file) {
                if ids.contains(&id) {
                    finding.label(place, "an authority of the web");
                }
            }
        }
        finding.help("name a file with the one authority that issues your clients' certificates");
    }
}
