//! What stands in the file of a leaf: its order, what is missing, and what does not belong there.

use std::collections::BTreeMap;

use crate::{
    finding::{Findings, Level},
    model::x509::Verdict,
    model::{
        CertId, EndpointId, FileId, Identity, Location, Model, Pairing, Pointer, Role, Software,
        chain::{Candidate, Path},
        tree::{file_name, join, parent},
    },
    rules::words,
};

/// A file that is sent, once for all endpoints that send it.
struct Bundle<'m> {
    file: FileId,
    identity: &'m Identity,
    pointer: &'m Pointer,
    endpoints: Vec<EndpointId>,
    certificates: Vec<CertId>,
    path: Path,
}

impl Bundle<'_> {
    fn place(&self, position: usize) -> Location {
        self.identity.sent[position].1
    }

    fn whom(&self, model: &Model) -> String {
        words::endpoints(model, self.endpoints.iter().copied())
    }

    fn peers(&self) -> &'static str {
        if self.identity.role == Role::Server { "clients" } else { "the peer" }
    }
}

/// Every file that is sent, in order of files.
fn bundles(model: &Model) -> Vec<Bundle<'_>> {
    let mut by_file: BTreeMap<(FileId, Role), Bundle<'_>> = BTreeMap::new();
    for identity in &model.estate.identities {
        let pointer = model.estate.pointer(identity.certificate);
        let Some(file) = pointer.to.file().filter(|_| !identity.sent.is_empty()) else { continue };
        let bundle = by_file.entry((file, identity.role)).or_insert_with(|| {
            let certificates: Vec<CertId> = identity.sent.iter().map(|(id, _)| *id).collect();
            let path = model.chains.path(&model.materials, &certificates, 0);
            Bundle { file, identity, pointer, endpoints: Vec::new(), certificates, path }
        });
        bundle.endpoints.push(identity.endpoint);
    }
    by_file.into_values().collect()
}

/// The first certificate is not the leaf: the key belongs to a later one, or it is an authority that issued a later one
/// that is none. The position of the true leaf.
fn misplaced_leaf(model: &Model, bundle: &Bundle<'_>) -> Option<usize> {
    if let Pairing::LaterCertificate(_, at) = &bundle.identity.pairing {
        return bundle.identity.sent.iter().position(|(_, place)| place == at);
    }
    let first = bundle.certificates[0];
    if bundle.identity.pairing == Pairing::Match || !model.cert(first).is_ca() {
        return None;
    }
    (1..bundle.certificates.len()).find(|position| {
        let it = bundle.certificates[*position];
        !model.cert(it).is_ca() && model.chains.verdict(&model.materials, it, first) == Some(&Verdict::Good)
    })
}

/// See the card.
pub(crate) fn order(model: &Model, out: &mut Findings) {
    for bundle in bundles(model) {
        if let Some(leaf) = misplaced_leaf(model, &bundle) {
            let first = bundle.certificates[0];
            let effect = match (bundle.pointer.software, &bundle.identity.pairing) {
                (Software::Nginx, Pairing::LaterCertificate(..)) => {
                    "nginx takes the first certificate for its own and fails with `key values mismatch`"
                }
                (Software::Nginx, _) => "nginx takes the first certificate for its own",
            };
            let finding = out.report(
                format!(
                    "the file of {} starts with {} and not with the leaf {}: {effect}",
                    bundle.whom(model),
                    words::title(model, first),
                    words::title(model, bundle.certificates[leaf])
                ),
                bundle.pointer.at,
                "this file is in the wrong order",
            );
            finding
                .label(bundle.place(0), "this authority comes first")
                .label(bundle.place(leaf), "the leaf comes later");
            if let Pairing::LaterCertificate(key, _) = &bundle.identity.pairing {
                finding.label(*key, "the private key belongs to the leaf");
            }
            finding.help("write the leaf first, then its issuer, then the issuer of that one");
            continue;
        }
        let links = &bundle.path.links;
        if let Some(wrong) = links.windows(2).find(|pair| pair[1] < pair[0]) {
            out.report(
                format!(
                    "the chain of {} is not in the order leaf, issuer, its issuer: strict {} and appliances refuse it",
                    bundle.whom(model),
                    bundle.peers()
                ),
                bundle.pointer.at,
                "this file is sent as it stands",
            )
            .level(Level::Warning)
            .label(bundle.place(wrong[0]), format!("{} stands here", words::title(model, bundle.certificates[wrong[0]])))
            .label(bundle.place(wrong[1]), "and its issuer before it")
            .help("sort the file: the leaf, then its issuer, then the issuer of that one");
        }
    }
}

/// The end of a chain: the last certificate that the file itself leads to.
fn end(bundle: &Bundle<'_>) -> (usize, CertId) {
    let position = bundle.path.links.last().copied().unwrap_or(0);
    (position, bundle.certificates[position])
}

/// A file `fullchain.pem` beside a `cert.pem`: a rule of its own speaks of that.
fn has_fullchain_beside(model: &Model, bundle: &Bundle<'_>) -> bool {
    let path = model.path(bundle.file);
    file_name(path) == "cert.pem" && model.paths.find(&join(parent(path), "fullchain.pem")).is_some()
        || bundle.pointer.written.contains("/live/") && bundle.pointer.written.ends_with("/cert.pem")
}

/// See the card.
pub(crate) fn missing_issuer(model: &Model, out: &mut Findings) {
    for bundle in bundles(model) {
        if misplaced_leaf(model, &bundle).is_some()
            || !bundle.path.impostors.is_empty()
            || has_fullchain_beside(model, &bundle)
        {
            continue;
        }
        let (position, last) = end(&bundle);
        let it = model.cert(last);
        if it.is_self_issued()
            || model.chains.is_root(&model.materials, last)
            || bundle.path.unverified.is_some()
        {
            continue;
        }
        let issuer = model.chains.issuers(&model.materials, last).next();
        let named = format!("`{}`", it.issuer.title());
        let gap = position == 0 || issuer.is_some();
        let whom = bundle.whom(model);
        let peers = bundle.peers();
        let message = format!(
            "the chain of {whom} ends at {} without its issuer {named}: {peers} that do not know that issuer already refuse the connection",
            words::title(model, last)
        );
        match issuer {
            // Peers have the root themselves.
            Some(issuer) if model.chains.is_root(&model.materials, issuer) => {}
            Some(issuer) => {
                let place = model.materials.known(issuer).places[0];
                out.report(message, bundle.pointer.at, "this file is sent as it stands")
                    .label(bundle.place(position), "its issuer is not in this file")
                    .label(place, "the missing certificate stands here")
                    .help(format!("append that certificate to `{}` below the leaf", model.path(bundle.file)));
            }
            // A public authority never issues leaves from a root.
            None if gap && position == 0 && it.looks_public() => {
                out.report(message, bundle.pointer.at, "this file is sent as it stands")
                    .label(
                        bundle.place(position),
                        "issued by a public authority, whose root never signs leaves itself",
                    )
                    .help(download_advice(model, last, bundle.file));
            }
            // The issuer of a private leaf may be the root that every peer has: that cannot be seen from here.
            None if position == 0 && !looks_like_root(&it.issuer.text) => {
                out.report(
                    format!("the file of {whom} holds {} alone, without its issuer {named}: if that issuer is an intermediate, {peers} refuse the connection", words::title(model, last)),
                    bundle.pointer.at,
                    "this file is sent as it stands",
                )
                .level(Level::Note)
                .label(bundle.place(position), "its issuer is not in this tree, so it was not checked whether it is a root")
                .help(download_advice(model, last, bundle.file));
            }
            None => {}
        }
    }
}

/// What to do about a chain that lacks its issuer.
fn download_advice(model: &Model, last: CertId, file: FileId) -> String {
    let it = model.cert(last);
    match it.issuer_urls.first() {
        Some(url) => format!(
            "append the issuer's certificate, which its authority offers at {url}, to `{}`",
            model.path(file)
        ),
        None => format!("append the certificate of `{}` to `{}`", it.issuer.title(), model.path(file)),
    }
}

/// People call roots roots.
fn looks_like_root(name: &str) -> bool {
    name.to_ascii_lowercase().contains("root")
}

/// See the card.
pub(crate) fn bad_signature(model: &Model, out: &mut Findings) {
    for bundle in bundles(model) {
        let (position, last) = end(&bundle);
        for impostor in &bundle.path.impostors {
            let id = bundle.certificates[*impostor];
            let finding = out.report(
                format!(
                    "{} in the chain of {} bears the name of the issuer of {} and did not sign it: {} refuse the connection",
                    words::title(model, id),
                    bundle.whom(model),
                    words::title(model, last),
                    bundle.peers()
                ),
                bundle.pointer.at,
                "this file is sent as it stands",
            );
            finding.label(bundle.place(position), "its signature").label(
                bundle.place(*impostor),
                "was not made by this key: it is another generation of the authority",
            );
            if let Some(true_issuer) = model.chains.issuers(&model.materials, last).next() {
                finding.label(model.materials.known(true_issuer).places[0], "the true issuer stands here");
            }
            finding.help("replace the wrong certificate by the one of the authority that signed the leaf (compare authority key id and subject key id)");
        }
    }
}

/// See the card.
pub(crate) fn foreign(model: &Model, out: &mut Findings) {
    for bundle in bundles(model) {
        if misplaced_leaf(model, &bundle).is_some() || bundle.path.unverified.is_some() {
            continue;
        }
        let Some(first) = bundle.path.foreign.first() else { continue };
        let names: Vec<String> =
            bundle.path.foreign.iter().map(|at| words::title(model, bundle.certificates[*at])).collect();
        let finding = out.report(
            format!(
                "the chain of {} holds {}, which did not issue {}: it is sent in every handshake, and strict {} refuse the chain",
                bundle.whom(model),
                words::list(&names, 3),
                words::title(model, bundle.certificates[0]),
                bundle.peers()
            ),
            bundle.pointer.at,
            "this file is sent as it stands",
        );
        finding.label(bundle.place(*first), "no issuer of the leaf, directly or through others");
        for at in bundle.path.foreign.iter().skip(1).take(words::SHOWN) {
            finding.label(bundle.place(*at), "nor is this one");
        }
        finding.help("take it out of the file, or find out which certificate it was meant for");
    }
}

/// See the card.
pub(crate) fn root_included(model: &Model, out: &mut Findings) {
    for bundle in bundles(model) {
        let (position, last) = end(&bundle);
        if bundle.path.links.len() > 1 && model.chains.is_root(&model.materials, last) {
            out.report(
                format!(
                    "the chain of {} includes the root {}: {} ignore it and need their own copy, so it only makes every handshake longer",
                    bundle.whom(model),
                    words::title(model, last),
                    bundle.peers()
                ),
                bundle.pointer.at,
                "this file is sent as it stands",
            )
            .label(bundle.place(position), "self-signed")
            .help("leave the root out of what is sent");
        }
    }
}

/// See the card.
pub(crate) fn unverified(model: &Model, out: &mut Findings) {
    for bundle in bundles(model) {
        let Some(algorithm) = &bundle.path.unverified else { continue };
        let broken = |it: &&Candidate| matches!(it.verdict, Verdict::Unsupported(_));
        let Some(position) = bundle.path.links.iter().find(|at| {
            model.chains.candidates(&model.materials, bundle.certificates[**at]).iter().any(|it| broken(&it))
        }) else {
            continue;
        };
        out.report(
            format!("a signature in the chain of {} uses {algorithm}, which is not checked here: the chain was judged by names and key ids", bundle.whom(model)),
            bundle.pointer.at,
            "this file is sent as it stands",
        )
        .label(bundle.place(*position), "signed with this algorithm")
        .help("check the chain with `openssl verify`");
    }
}
