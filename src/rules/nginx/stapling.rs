//! Stapling: answers of an OCSP responder that the server fetches, or is given, and sends with its certificate.

use std::net::IpAddr;

use crate::{
    finding::{Findings, Level},
    model::{
        CertId, FileId, Identity, ItemKind, Location, Model, Role,
        nginx::{Effective, ScopeId},
        x509::Verdict,
    },
};

use super::{grouped::Grouped, labels::label_some};

/// A certificate that a server of a whole configuration shows, with the server's block.
struct Shown<'m> {
    scope: ScopeId,
    identity: &'m Identity,
    leaf: CertId,
    leaf_at: Location,
}

/// Everything shown over TLS where what is not seen is not there.
fn shown(model: &Model) -> impl Iterator<Item = Shown<'_>> {
    model.estate.identities.iter().filter(|it| it.role == Role::Server).filter_map(|identity| {
        let server = model.nginx_endpoints.server_of(identity.endpoint)?;
        let scope = model.nginx.server(server).scope;
        let (leaf, leaf_at) = *identity.sent.first()?;
        let speaks = model.estate.endpoint(identity.endpoint).speaks_tls;
        (speaks && model.nginx.is_complete(scope)).then_some(Shown { scope, identity, leaf, leaf_at })
    })
}

impl<'m> Shown<'m> {
    fn set(&self, model: &'m Model, name: &'static str) -> Option<Effective<'m>> {
        model.nginx.effective(self.scope, name)
    }

    /// The line that turns stapling on.
    fn stapling(&self, model: &'m Model) -> Option<Effective<'m>> {
        self.set(model, "ssl_stapling").filter(|set| set.is_on())
    }

    /// The line that turns stapling on where nginx asks a responder itself.
    fn asking(&self, model: &'m Model) -> Option<Effective<'m>> {
        self.stapling(model).filter(|_| self.set(model, "ssl_stapling_file").is_none())
    }

    /// Where nginx asks: what a line says, else what the certificate says.
    fn responder(&self, model: &'m Model) -> Option<String> {
        match self.set(model, "ssl_stapling_responder") {
            Some(set) => set.value().map(|word| word.text.to_string()),
            None => model.cert(self.leaf).ocsp_urls.first().cloned(),
        }
    }

    fn title(&self, model: &'m Model) -> String {
        model.estate.endpoint(self.identity.endpoint).title.clone()
    }
}

/// `nginx/stapling-no-responder-url`: the certificate names nobody to ask.
pub(crate) fn stapling_no_responder_url(model: &Model, out: &mut Findings) {
    let mut found = Grouped::new();
    for it in shown(model) {
        let Some(line) = it.asking(model) else { continue };
        if it.responder(model).is_none() {
            let must = model.cert(it.leaf).must_staple;
            found.add((line.last().0, must), (it.leaf_at, it.title(model)));
        }
    }
    for ((line, must), places) in found {
        let harm = if must {
            ", and since the certificate demands a stapled answer, browsers that honour that refuse to connect"
        } else {
            ": clients get no answer with the handshake, as if stapling were off"
        };
        let finding = out.report(
            format!(
                "`ssl_stapling` is ignored, since the certificate names no OCSP responder{harm} (`nginx -t` warns: no \
                 OCSP responder URL in the certificate)"
            ),
            model.nginx.at(line),
            "nobody to ask",
        );
        if must {
            finding.level(Level::Error);
        }
        label_some(
            finding,
            places.into_iter().map(|(at, title)| (at, format!("no responder in the certificate of {title}"))),
        );
        finding.help(if must {
            "get a certificate without the must-staple extension: its authority has no responder"
        } else {
            "remove `ssl_stapling` (Let's Encrypt and others have closed their responders), or name one with \
             `ssl_stapling_responder`"
        });
    }
}

/// The files that a setting names in a scope; `None` where one of them is not known.
fn files_of(model: &Model, scope: ScopeId, name: &'static str) -> Option<Vec<FileId>> {
    let Some(set) = model.nginx.effective(scope, name) else { return Some(Vec::new()) };
    set.lines()
        .map(|(line, _)| {
            let pointer = model.nginx_endpoints.pointer_of(&model.nginx, set.scope, line)?;
            model.estate.pointer(pointer).to.file().filter(|file| model.materials.is_sound(*file))
        })
        .collect()
}

/// `nginx/stapling-no-issuer`: whoever checks an answer, or asks for one, needs the issuer's certificate.
pub(crate) fn stapling_no_issuer(model: &Model, out: &mut Findings) {
    let mut found = Grouped::new();
    for it in shown(model) {
        let Some(line) = it.asking(model) else { continue };
        if it.responder(model).is_none() {
            continue;
        }
        let (Some(trusted), Some(announced)) = (
            files_of(model, it.scope, "ssl_trusted_certificate"),
            files_of(model, it.scope, "ssl_client_certificate"),
        ) else {
            continue;
        };
        let mut at_hand: Vec<CertId> = it.identity.sent.iter().skip(1).map(|(id, _)| *id).collect();
        for file in trusted.into_iter().chain(announced) {
            at_hand.extend(model.materials.in_file(file).into_iter().map(|(id, _)| id));
        }
        let candidates = model.chains.candidates(&model.materials, it.leaf);
        if candidates.iter().any(|issuer| at_hand.contains(&issuer.id) && issuer.verdict != Verdict::Bad) {
            continue;
        }
        // Where an intermediate is absent, clients miss it too, and `chain/missing-issuer` says so.
        let root = candidates.iter().find(|issuer| {
            issuer.id != it.leaf
                && issuer.verdict == Verdict::Good
                && model.chains.is_root(&model.materials, issuer.id)
        });
        if let Some(root) = root {
            let place = model.materials.known(root.id).places[0];
            found.add((line.last().0, root.id, place), (it.leaf_at, it.title(model)));
        }
    }
    for ((line, root, place), places) in found {
        let name = model.cert(root).subject.title();
        let finding = out.report(
            format!(
                "`ssl_stapling` is ignored, since neither the certificate file nor `ssl_trusted_certificate` holds the \
                 issuer `{name}` (`nginx -t` warns: issuer certificate not found)"
            ),
            model.nginx.at(line),
            "cannot ask without the issuer",
        );
        label_some(finding, places.into_iter().map(|(at, title)| (at, format!("shown by {title}"))));
        finding.label(place, "the issuer");
        finding.help("write `ssl_trusted_certificate FILE;` with the issuer; it is not sent to clients");
    }
}

/// `nginx/stapling-no-resolver`: the responder's address is looked up once, when nginx starts.
pub(crate) fn stapling_no_resolver(model: &Model, out: &mut Findings) {
    let mut found = Grouped::new();
    for it in shown(model) {
        let Some(line) = it.asking(model) else { continue };
        let Some(host) = it.responder(model).as_deref().and_then(host_of).map(str::to_owned) else {
            continue;
        };
        if it.set(model, "resolver").is_none() && host.parse::<IpAddr>().is_err() {
            found.add(
                (line.last().0, host),
                (model.estate.endpoint(it.identity.endpoint).at, it.title(model)),
            );
        }
    }
    for ((line, host), places) in found {
        let finding = out.report(
            format!(
                "without a `resolver` nginx looks up the OCSP responder `{host}` once, when it starts, and keeps the \
                 address: when the responder moves, stapling stops until somebody reloads"
            ),
            model.nginx.at(line),
            format!("asks `{host}`"),
        );
        label_some(
            finding,
            places.into_iter().map(|(at, title)| (at, format!("no `resolver` holds in {title}"))),
        );
        finding.help("write `resolver ADDRESS;` with a name server of your own network");
    }
}

/// The host of `http://host:port/path`; nothing where it is not plain.
fn host_of(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("http://")?.split('/').next()?;
    let host = match rest.strip_prefix('[') {
        Some(inner) => inner.split(']').next()?,
        None => rest.split(':').next()?,
    };
    (!host.is_empty() && !host.contains(['$', '{', '<'])).then_some(host)
}

/// `nginx/stapling-file-stale`: nginx sends what is in the file for ever.
pub(crate) fn stapling_file_stale(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    let today = model.today();
    let mut found = Grouped::new();
    for it in shown(model) {
        if it.stapling(model).is_none() {
            continue;
        }
        let Some(set) = it.set(model, "ssl_stapling_file") else { continue };
        let line = set.last().0;
        let pointer = model.nginx_endpoints.pointer_of(nginx, set.scope, line);
        let Some(file) = pointer.and_then(|it| model.estate.pointer(it).to.file()) else { continue };
        let items = model.materials.holding(file).map_or(&[][..], |holding| &holding.items);
        let until = items.iter().find_map(|item| match &item.kind {
            ItemKind::OcspResponse(answer) => Some((item.at, answer.next_update?)),
            _ => None,
        });
        if let Some((at, until)) = until.filter(|(_, until)| *until < today) {
            let must = model.cert(it.leaf).must_staple;
            found.add(
                (line, at, until, must),
                (model.estate.endpoint(it.identity.endpoint).at, it.title(model)),
            );
        }
    }
    for ((line, at, until, must), places) in found {
        let demand = if must { ", and this certificate demands a valid one" } else { "" };
        let finding = out.report(
            format!(
                "the stapled OCSP answer ended on {until}, and nginx sends it for ever: clients that check it (Firefox, \
                 and all that honour must-staple) refuse to connect{demand}; accepted by `nginx -t`"
            ),
            nginx.arg_at(line, 0),
            "outdated",
        );
        finding.label(at, format!("valid until {until}"));
        label_some(finding, places.into_iter().map(|(at, title)| (at, format!("{title} sends it"))));
        finding.help("fetch a new answer with `openssl ocsp … -respout FILE` and reload, by a timer; or let nginx ask by itself: remove `ssl_stapling_file`");
    }
}

/// `nginx/must-staple-not-stapled`: the certificate promises an answer that nobody sends.
pub(crate) fn must_staple_not_stapled(model: &Model, out: &mut Findings) {
    let mut found = Grouped::new();
    for it in shown(model) {
        if it.stapling(model).is_some() || !model.cert(it.leaf).must_staple {
            continue;
        }
        let line = model.estate.pointer(it.identity.certificate).at;
        let off = it.set(model, "ssl_stapling").map(Effective::at);
        let endpoint = model.estate.endpoint(it.identity.endpoint);
        found.add((line, it.leaf_at, off), (endpoint.at, it.title(model)));
    }
    for ((line, leaf, off), places) in found {
        let finding = out.report(
            "the certificate demands a stapled OCSP answer (must-staple) and `ssl_stapling` is off: browsers that \
             honour it, such as Firefox, refuse to connect; accepted by `nginx -t`",
            line,
            "must be stapled",
        );
        finding.label(leaf, "demands status_request (RFC 7633)");
        finding.labels_from(off.map(|at| (at, "turned off here".to_owned())));
        label_some(finding, places.into_iter().map(|(at, title)| (at, format!("{title} sends no answer"))));
        finding.help("write `ssl_stapling on;` and a `resolver`, or get a certificate without must-staple");
    }
}
