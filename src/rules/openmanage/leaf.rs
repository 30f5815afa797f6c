//! The leaf that an appliance is to show: its key, and what it may be used for.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    finding::{Findings, Level},
    model::{
        CertId, ItemKind, Location, Model,
        openmanage::{Asked, Deployment, Mode, Reason, Verdict},
        x509::{KeyFamily, KeyId, KeyUsage},
    },
    rules::words,
};

use super::{LAST_WAY, label_uploads, path, refusal, told};

/// Files whose leaf is known, with it.
pub(super) fn leaves(model: &Model) -> impl Iterator<Item = (&Deployment, CertId, Location)> {
    model.openmanage.deployments.iter().filter_map(|it| {
        let (id, at) = it.verdict.leaf()?;
        Some((it, id, at))
    })
}

/// The leaf is for somebody else's request.
struct Unasked<'m> {
    it: &'m Deployment,
    leaf: CertId,
    at: Location,
    /// The request that the appliance waits for an answer to.
    current: &'m Asked,
    /// Another request of the tree that the leaf answers.
    answers: Option<Asked>,
}

fn unasked(model: &Model) -> Vec<Unasked<'_>> {
    let all: BTreeMap<KeyId, Asked> =
        requests(model).into_iter().rev().map(|it| (it.request.public_key.id, it)).collect();
    let mut found = Vec::new();
    for (it, leaf, at) in leaves(model) {
        let key = model.cert(leaf).public_key.id;
        let Some(current) = it.requests.last() else { continue };
        if it.requests.iter().any(|it| it.request.public_key.id == key) {
            continue;
        }
        found.push(Unasked { it, leaf, at, current, answers: all.get(&key).cloned() });
    }
    found
}

/// All requests of the tree.
fn requests(model: &Model) -> Vec<Asked> {
    let in_files = model.materials.holdings().flat_map(|(_, holding)| &holding.items);
    let in_files = in_files.filter_map(|it| match &it.kind {
        ItemKind::Request(request) => Some(Asked { at: it.at, request: Arc::clone(request) }),
        _ => None,
    });
    let in_answers = model.openmanage.units.iter().flat_map(|(_, unit)| &unit.requests);
    in_files.chain(in_answers.map(|(at, request)| Asked { at: *at, request: Arc::clone(request) })).collect()
}

/// What an appliance says to a leaf that is not for its request.
fn not_its_own(it: &Deployment) -> String {
    match it.mode {
        Some(Mode::Server) => {
            "the appliance compares the key with that of its request at every upload and refuses this one"
                .to_owned()
        }
        _ => refusal(it, "Invalid CSR key."),
    }
}

/// See the card.
pub(crate) fn csr_key_mismatch(model: &Model, out: &mut Findings) {
    let mut told = Vec::new();
    for case in unasked(model).into_iter().filter(|it| it.answers.is_none()) {
        told.push(case.it.file);
        let message = format!(
            "the leaf {} in `{}` has another key than the request in {}: {}",
            words::title(model, case.leaf),
            model.path(case.it.file),
            path(model, case.current.at),
            not_its_own(case.it)
        );
        let finding = out.report(message, case.at, "made for another key");
        finding.label(case.current.at, "the request of this appliance");
        for at in model.materials.keys_like(model.cert(case.leaf).public_key.id).take(words::SHOWN) {
            finding.label(at, "its private key, which no appliance gave away");
        }
        label_uploads(finding, case.it);
        told::label_answers(finding, model, case.it, |it| *it == Reason::RequestKey);
        finding.help(
            "let the appliance generate a request, have exactly that one signed, and generate no further one before the answer is uploaded; a certificate and key that were made elsewhere cannot be imported",
        );
    }
    for (it, leaf, at) in leaves(model).filter(|(it, ..)| !told.contains(&it.file)) {
        let keys: Vec<Location> =
            model.materials.keys_like(model.cert(leaf).public_key.id).take(words::SHOWN).collect();
        let Some(first) = keys.first() else { continue };
        let message = format!(
            "the private key of the leaf {} lies in {}, so the request for it was not made by the appliance, which never gives its key away: {}",
            words::title(model, leaf),
            path(model, *first),
            not_its_own(it)
        );
        let finding = out.report(message, at, "the private key of this leaf is in the tree");
        finding.level(Level::Warning);
        for at in &keys {
            finding.label(*at, "the private key");
        }
        label_uploads(finding, it);
        told::label_answers(finding, model, it, |it| *it == Reason::RequestKey);
        finding.help("have a request signed that the appliance itself generated");
    }
}

/// See the card.
pub(crate) fn older_csr(model: &Model, out: &mut Findings) {
    for case in unasked(model) {
        let Some(older) = &case.answers else { continue };
        let message = format!(
            "the leaf {} in `{}` answers the request in {}, and the appliance has the key of the one in {}: {}",
            words::title(model, case.leaf),
            model.path(case.it.file),
            path(model, older.at),
            path(model, case.current.at),
            not_its_own(case.it)
        );
        let finding = out.report(message, case.at, "for another request");
        finding.label(older.at, "the request it answers").label(case.current.at, "the request that counts");
        label_uploads(finding, case.it);
        told::label_answers(finding, model, case.it, |it| *it == Reason::RequestKey);
        finding.help(
            "an appliance keeps the key of its newest request alone: have that one signed, and generate no other until its answer is uploaded",
        );
    }
}

/// See the card.
pub(crate) fn eku_missing(model: &Model, out: &mut Findings) {
    for (it, leaf, at) in leaves(model).filter(|(it, ..)| it.mode != Some(Mode::Server)) {
        let certificate = model.cert(leaf);
        let (server, client) = Verdict::lacks(certificate);
        let absent = certificate.extended_key_usage.is_none();
        // A file that may be a single certificate has to serve at least; that is told by itself.
        if (!server && !client) || (server && !it.is_chain()) {
            continue;
        }
        let title = words::title(model, leaf);
        let message = if absent {
            format!(
                "the leaf {title} in `{}` has no extended key usage: an appliance looks for server and client authentication in a chain, and its message for their absence is `CGEN1008` (`No Client/Server authentication EKU present in leaf certificate.`)",
                model.path(it.file)
            )
        } else {
            let lacks = match (server, client) {
                (true, true) => "neither server nor client authentication",
                (true, false) => "no server authentication",
                _ => "no client authentication",
            };
            format!(
                "the extended key usage of the leaf {title} in `{}` lists {lacks}, and each appliance of a migration is server and client: {}",
                model.path(it.file),
                refusal(it, "No Client/Server authentication EKU present in leaf certificate.")
            )
        };
        let finding = out.report(message, at, "needs server and client authentication");
        label_uploads(finding, it);
        let said = told::label_answers(finding, model, it, |it| *it == Reason::Purposes);
        if absent && !said {
            // What an appliance makes of a certificate without the extension is not published.
            finding.level(Level::Note);
        } else if it.mode.is_none() && !said {
            finding.level(Level::Warning);
        }
        if certificate.looks_public() {
            finding.help(format!(
                "public authorities are ceasing to issue client authentication: let an authority of your own sign the request; {LAST_WAY}"
            ));
        } else {
            finding.help("issue it again from a template that lists both purposes (the `Web Server` template of Microsoft's authority lists server authentication alone: duplicate it and add `Client Authentication`)");
        }
    }
}

/// See the card.
pub(crate) fn server_eku_missing(model: &Model, out: &mut Findings) {
    for (it, leaf, at) in leaves(model).filter(|(it, ..)| !it.is_chain()) {
        let certificate = model.cert(leaf);
        let Some(listed) = &certificate.extended_key_usage else { continue };
        if !Verdict::lacks(certificate).0 {
            continue;
        }
        let listed: Vec<String> = listed.iter().map(|it| format!("`{it}`")).collect();
        let message = format!(
            "the extended key usage of the leaf {} in `{}` is {} and not server authentication: the appliance refuses it, or every browser that opens the console does",
            words::title(model, leaf),
            model.path(it.file),
            words::list(&listed, 3)
        );
        let finding = out.report(message, at, "needs server authentication");
        label_uploads(finding, it);
        told::label_answers(finding, model, it, |it| *it == Reason::Purposes);
        finding.help("issue it again from a template for servers");
    }
}

/// See the card.
pub(crate) fn key_encipherment_missing(model: &Model, out: &mut Findings) {
    for (it, leaf, at) in leaves(model) {
        let certificate = model.cert(leaf);
        let stated = certificate.key_usage;
        if stated.is_some_and(KeyUsage::key_encipherment) {
            continue;
        }
        let title = words::title(model, leaf);
        let answer = if it.is_chain() {
            refusal(it, "User Certificate is not a web server certificate.")
        } else {
            "the appliance refuses the upload with `CSEC9002` (`Unable to upload the certificate because the certificate file provided is invalid.`)".to_owned()
        };
        let message = match stated {
            Some(usage) => format!(
                "the key usage of the leaf {title} in `{}` is {usage}, without key encipherment: {answer}",
                model.path(it.file)
            ),
            None => format!(
                "the leaf {title} in `{}` has no key usage, and an appliance looks for key encipherment in it: where it takes that for absent, {answer}",
                model.path(it.file)
            ),
        };
        let finding = out.report(message, at, "needs key encipherment");
        label_uploads(finding, it);
        let chain = it.is_chain();
        let wanted = |it: &Reason| *it == if chain { Reason::KeyEncipherment } else { Reason::File };
        let said = told::label_answers(finding, model, it, wanted);
        if stated.is_none() && !said {
            finding.level(Level::Note);
        }
        finding.help(if certificate.public_key.kind.family() == KeyFamily::Rsa {
            "issue it again from a template whose key usage has key encipherment (`Allow key exchange only with key encryption`)"
        } else {
            "key encipherment belongs to RSA keys: sign the request as the appliance generated it, from a template with key encipherment"
        });
    }
}

/// See the card.
pub(crate) fn clientauth_sunset(model: &Model, out: &mut Findings) {
    for (it, leaf, at) in leaves(model).filter(|(it, ..)| it.is_chain()) {
        let certificate = model.cert(leaf);
        if !certificate.looks_public() || Verdict::lacks(certificate) != (false, false) {
            continue;
        }
        let message = format!(
            "the leaf {} in `{}` is of a public authority, and a chain needs client authentication, which public authorities are ceasing to issue: once it is renewed, {}",
            words::title(model, leaf),
            model.path(it.file),
            refusal(it, "No Client/Server authentication EKU present in leaf certificate.")
        );
        let finding = out.report(message, at, "from a public authority");
        label_uploads(finding, it);
        finding.help("let an authority of your own sign the requests of both appliances before this one has to be renewed");
    }
}
