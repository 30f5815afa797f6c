//! Authorities that peers are verified against.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    finding::{Findings, Level},
    model::{CertId, EndpointId, Expects, Form, Location, Model, PointerId, Role, Trust},
    rules::words,
};

/// A trust with its readable authorities, once for all endpoints that share its files.
struct Anchored<'m> {
    trust: &'m Trust,
    endpoints: Vec<EndpointId>,
    anchors: Vec<(CertId, Location)>,
}

impl Anchored<'_> {
    /// Who is refused when this trust cannot work.
    fn peers(&self) -> &'static str {
        match self.trust.of {
            Role::Client => "client certificate",
            Role::Server => "server certificate",
        }
    }

    fn at(&self, model: &Model) -> Location {
        model.estate.pointer(self.trust.anchors[0]).at
    }

    fn whom(&self, model: &Model) -> String {
        words::endpoints(model, self.endpoints.iter().copied())
    }

    fn software(&self, model: &Model) -> &'static str {
        model.estate.pointer(self.trust.anchors[0]).software.name()
    }
}

/// Trusts that are on and whose files can all be read, by the lines that name them.
fn anchored(model: &Model) -> Vec<Anchored<'_>> {
    let mut by_lines: BTreeMap<Vec<Location>, Anchored<'_>> = BTreeMap::new();
    for trust in model.estate.trusts.iter().filter(|it| it.active.is_some() && model.anchors_are_known(it)) {
        let lines = trust.anchors.iter().map(|pointer| model.estate.pointer(*pointer).at).collect();
        by_lines
            .entry(lines)
            .or_insert_with(|| Anchored { trust, endpoints: Vec::new(), anchors: model.anchors(trust) })
            .endpoints
            .push(trust.endpoint);
    }
    by_lines.into_values().filter(|it| !it.anchors.is_empty()).collect()
}

/// See the card.
pub(crate) fn empty(model: &Model, out: &mut Findings) {
    let mut told: BTreeSet<Location> = BTreeSet::new();
    for pointer in model.estate.pointers.iter().filter(|it| it.opened && it.expects == Expects::Anchors) {
        let Some(file) = pointer.to.file() else { continue };
        let Some(holding) = model.materials.holding(file) else { continue };
        let what = match holding.form {
            Form::Empty => "is empty",
            Form::Text => "holds no certificate",
            _ => continue,
        };
        if told.insert(pointer.at) {
            out.report(
                format!(
                    "`{}` {what}, so there is no authority to verify anybody against: {}",
                    model.path(file),
                    pointer.software.on_failure()
                ),
                pointer.at,
                "authorities are needed here",
            )
            .label(Location::whole(file), what)
            .help("put the certificate of the root that issues your peers' certificates into it, as PEM");
        }
    }
}

/// See the card.
pub(crate) fn leaf_only(model: &Model, out: &mut Findings) {
    for it in anchored(model) {
        let usable = |id: CertId| {
            model.cert(id).is_ca() || model.cert(id).version < 3 || model.chains.is_root(&model.materials, id)
        };
        if it.anchors.iter().any(|(id, _)| usable(*id)) {
            continue;
        }
        let (first, place) = it.anchors[0];
        out.report(
            format!(
                "{} verifies against {} alone, which is a leaf and no authority: every {} is refused, this one included",
                it.whom(model),
                words::title(model, first),
                it.peers()
            ),
            it.at(model),
            "authorities are needed here",
        )
        .label(place, format!("a leaf, issued by `{}`", model.cert(first).issuer.title()))
        .help(format!("put the certificate of `{}` and all authorities above it, up to the root, into this file", model.cert(first).issuer.title()));
    }
}

/// See the card.
pub(crate) fn root_missing(model: &Model, out: &mut Findings) {
    for it in anchored(model) {
        let anchors: Vec<CertId> = it.anchors.iter().map(|(id, _)| *id).collect();
        let authorities: Vec<(CertId, Location)> =
            it.anchors.iter().copied().filter(|(id, _)| model.cert(*id).is_ca()).collect();
        let ends_in_root = |id: CertId| {
            let path = model.path_to_root(id, &anchors);
            path.iter().all(|step| anchors.contains(step))
                && path.last().is_some_and(|last| model.chains.is_root(&model.materials, *last))
        };
        let hanging: Vec<(CertId, Location)> =
            authorities.iter().copied().filter(|(id, _)| !ends_in_root(*id)).collect();
        let Some((id, place)) = hanging.first().copied() else { continue };
        // Whoever pins a leaf that signs itself needs no root above it.
        let all = hanging.len() == authorities.len()
            && !it.anchors.iter().any(|(id, _)| model.chains.is_root(&model.materials, *id));
        let top = model
            .path_to_root(id, &anchors)
            .into_iter()
            .take_while(|step| anchors.contains(step))
            .last()
            .unwrap_or(id);
        let root = model.cert(top).issuer.title().to_owned();
        let finding = out.report(
            format!(
                "{} verifies against {} without the root `{root}` above it: {} refused (`unable to get issuer certificate`)",
                it.whom(model),
                words::title(model, id),
                if all { format!("every {} is", it.peers()) } else { format!("every {} that was issued below it is", it.peers()) }
            ),
            it.at(model),
            format!("`{root}` is needed here too"),
        );
        finding.level(if all { Level::Error } else { Level::Warning });
        finding.label(place, format!("issued by `{}`", model.cert(id).issuer.title()));
        if let Some(active) = it.trust.active {
            finding.label(active, "verification is on");
        }
        let elsewhere = model.chains.issuers(&model.materials, top).next();
        if let Some(issuer) = elsewhere {
            finding.label(model.materials.known(issuer).places[0], "the missing certificate stands here");
        }
        finding.help(format!(
            "append the certificate of `{root}` to this file; {} accepts no chain that ends below a root",
            it.software(model)
        ));
    }
}

/// See the card.
pub(crate) fn same_name_different_key(model: &Model, out: &mut Findings) {
    let mut told: BTreeSet<(CertId, CertId)> = BTreeSet::new();
    for it in anchored(model) {
        let mut by_name: BTreeMap<String, (CertId, Location)> = BTreeMap::new();
        for (id, place) in &it.anchors {
            let certificate = model.cert(*id);
            let (first, earlier) = *by_name.entry(certificate.subject.folded()).or_insert((*id, *place));
            if model.cert(first).public_key.id == certificate.public_key.id || !told.insert((first, *id)) {
                continue;
            }
            let ids = |id: CertId| {
                model
                    .cert(id)
                    .subject_key_id
                    .as_ref()
                    .map_or_else(|| "no key id".to_owned(), |id| format!("key id {}", hex(id)))
            };
            out.report(
                format!("two authorities in `{}` are called {} and have different keys: software that looks them up by name alone takes the wrong one for half of the certificates", model.path(place.file), words::title(model, *id)),
                *place,
                format!("the second, {}", ids(*id)),
            )
            .label(earlier, format!("the first, {}", ids(first)))
            .label(it.at(model), "read as authorities here")
            .help("keep both while certificates of both are in use, and remove the one that signs nothing any more");
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().take(8).map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}

/// See the card.
pub(crate) fn expired_shadows_valid(model: &Model, out: &mut Findings) {
    let today = model.today();
    let mut told: BTreeSet<CertId> = BTreeSet::new();
    for it in anchored(model) {
        for (id, place) in &it.anchors {
            let expired = model.cert(*id);
            if expired.not_after >= today {
                continue;
            }
            let twin = it.anchors.iter().find(|(other, _)| {
                let other = model.cert(*other);
                other.not_after >= today
                    && other.public_key.id == expired.public_key.id
                    && other.subject.same_text(&expired.subject)
            });
            let Some((_, valid)) = twin.filter(|_| told.insert(*id)) else { continue };
            out.report(
                format!("`{}` holds an expired copy of the authority {} beside the valid one: older software takes the expired copy and refuses its peers", model.path(place.file), words::title(model, *id)),
                *place,
                format!("expired on {}", expired.not_after),
            )
            .label(*valid, "the valid copy")
            .label(it.at(model), "read as authorities here")
            .help("remove the expired copy");
        }
    }
}

/// See the card.
pub(crate) fn public_root(model: &Model, out: &mut Findings) {
    /// More authorities than any organisation runs for its clients.
    const MANY: usize = 20;
    /// Where operating systems keep the authorities of the web.
    const SYSTEM: &[&str] = &[
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
        "/etc/ssl/ca-bundle.pem",
        "/etc/ssl/cert.pem",
        "/usr/share/ca-certificates/",
    ];
    let mut lines: BTreeMap<Location, (PointerId, &Trust, Vec<EndpointId>)> = BTreeMap::new();
    for trust in model.estate.trusts.iter().filter(|it| it.of == Role::Client && it.active.is_some()) {
        for pointer in &trust.anchors {
            let at = model.estate.pointer(*pointer).at;
            lines.entry(at).or_insert((*pointer, trust, Vec::new())).2.push(trust.endpoint);
        }
    }
    for (at, (pointer, trust, endpoints)) in lines {
        let pointer = model.estate.pointer(pointer);
        let count = pointer.to.file().map_or(0, |file| model.materials.in_file(file).len());
        let system = SYSTEM.iter().any(|path| pointer.written.starts_with(path));
        if count < MANY && !system {
            continue;
        }
        let what = if count >= MANY {
            format!("{count} authorities")
        } else {
            "the authorities of the web".to_owned()
        };
        let finding = out.report(
            format!(
                "{} lets in every client whose certificate comes from one of {what} in `{}`: anybody can buy one",
                words::endpoints(model, endpoints),
                pointer.written
            ),
            at,
            "authorities for client certificates",
        );
        if let Some(active) = trust.active {
            finding.label(active, "client certificates are verified");
        }
        finding.help("name a file with the one authority that issues your clients' certificates");
    }
}
