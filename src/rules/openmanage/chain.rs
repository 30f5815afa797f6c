//! The chain that is uploaded: whole, in order, nothing foreign, not too deep.

use crate::{
    finding::{Findings, Fix, Level},
    model::{
        CertId, Location, Model,
        openmanage::{Deployment, End, Reason},
    },
    rules::{mending, words},
};

use super::{LAST_WAY, label_uploads, refusal, told};

const INVALID: &str = "Invalid certificate chain provided.";

/// What a migration's connection says.
const CONNECTION: &str = "Unable to mutually authenticate and connect to the remote appliance.";

/// Files that are a chain, or are meant to be one.
fn chains(model: &Model) -> impl Iterator<Item = &Deployment> {
    model.openmanage.deployments.iter().filter(|it| it.is_chain() && !it.verdict.certificates.is_empty())
}

fn place(it: &Deployment, position: usize) -> Location {
    it.verdict.certificates[position].1
}

fn id(it: &Deployment, position: usize) -> CertId {
    it.verdict.certificates[position].0
}

/// Puts a finding about a chain, with the lines that upload it and the answers that say so.
fn report<'o>(
    model: &Model,
    out: &'o mut Findings,
    it: &Deployment,
    message: String,
    at: (Location, &str),
) -> &'o mut crate::finding::Finding {
    let finding = out.report(message, at.0, at.1);
    label_uploads(finding, it);
    told::label_answers(finding, model, it, |it| matches!(it, Reason::Chain | Reason::Connection));
    finding
}

/// Labels the copies of a certificate elsewhere in the tree.
fn label_copies(finding: &mut crate::finding::Finding, model: &Model, wanted: Option<CertId>, what: &str) {
    if let Some(wanted) = wanted {
        for at in model.materials.known(wanted).places.iter().take(3) {
            finding.label(*at, what);
        }
    }
}

/// See the card.
pub(crate) fn chain_incomplete(model: &Model, out: &mut Findings) {
    for it in chains(model) {
        let (last, known, impostor) = match it.verdict.end {
            End::Gap(last, known, impostor) => (last, known, impostor),
            End::SelfSigned => {
                let message = format!(
                    "`{}` is uploaded as a chain and holds the self-signed certificate {}: {}",
                    model.path(it.file),
                    words::title(model, id(it, it.verdict.leaf)),
                    refusal(it, INVALID)
                );
                let at = (place(it, it.verdict.leaf), "signed by itself");
                report(model, out, it, message, at).help(format!(
                    "let an authority sign the request of the appliance, and upload leaf, intermediates and root; {LAST_WAY}"
                ));
                continue;
            }
            End::Root | End::NoRoot(..) | End::Unknown => continue,
        };
        let issuer = model.cert(id(it, last)).issuer.title();
        let what = if last == it.verdict.leaf { "the leaf" } else { "the intermediate" };
        let message = match impostor {
            Some(_) => format!(
                "the certificate of `{issuer}` in `{}` is another one than that which signed {what} {}: it bears the name and has another key, so {}",
                model.path(it.file),
                words::title(model, id(it, last)),
                refusal(it, INVALID)
            ),
            None => format!(
                "`{}` does not hold `{issuer}`, which issued {what} {}: {}",
                model.path(it.file),
                words::title(model, id(it, last)),
                refusal(it, INVALID)
            ),
        };
        let at = (place(it, last), "its issuer is not in this file");
        let finding = report(model, out, it, message, at);
        if let Some(impostor) = impostor {
            finding.label(place(it, impostor), "the same name with another key");
        }
        label_copies(finding, model, known, "the issuer stands here");
        finding.help(
            "put the leaf first, behind it every intermediate in its turn, and the root at the end; the authority gives the chain to download (`Base 64 encoded`)",
        );
    }
}

/// See the card.
pub(crate) fn no_root(model: &Model, out: &mut Findings) {
    for it in chains(model) {
        let End::NoRoot(last, root) = it.verdict.end else { continue };
        let message = format!(
            "`{}` ends with {} and does not hold its root `{}`, which each appliance puts into its trust store: {}",
            model.path(it.file),
            words::title(model, id(it, last)),
            model.cert(id(it, last)).issuer.title(),
            refusal(it, INVALID)
        );
        let at = (place(it, last), "the chain ends here");
        let finding = report(model, out, it, message, at);
        label_copies(finding, model, root, "the root stands here");
        finding.help(
            "add the root at the end; a chain as web servers send it lacks it, and the appliance wants all of it",
        );
    }
}

/// See the card.
pub(crate) fn chain_order(model: &Model, out: &mut Findings) {
    for it in chains(model) {
        let misplaced = it.verdict.misplaced();
        let Some(first) = misplaced.first() else { continue };
        let message = format!(
            "`{}` is not in order: a chain goes from the leaf to its issuer and on to the root, and {} stands in the wrong place, so {}",
            model.path(it.file),
            words::title(model, id(it, *first)),
            refusal(it, INVALID)
        );
        let at = (
            place(it, *first),
            if *first == it.verdict.leaf { "the leaf belongs first" } else { "too early" },
        );
        let finding = report(model, out, it, message, at);
        for other in misplaced.iter().skip(1).take(words::SHOWN) {
            finding.label(place(it, *other), "too early");
        }
        finding.help("write the leaf, its issuer, the issuer of that one, and the root last");
        let order = mending::chain_first(&it.verdict.path.links, it.verdict.certificates.len());
        let places = order.into_iter().map(|at| place(it, at)).collect();
        finding.fix = mending::in_order(model, it.file, places);
    }
}

/// See the card.
pub(crate) fn chain_foreign(model: &Model, out: &mut Findings) {
    // Where the chain has a gap, what stands behind the gap only looks foreign.
    for it in chains(model).filter(|it| it.verdict.end == End::Root) {
        let Some(first) = it.verdict.path.foreign.first() else { continue };
        let message = format!(
            "`{}` holds {}, which issued none of the others: a chain is the leaf and its issuers alone, so {}",
            model.path(it.file),
            words::title(model, id(it, *first)),
            refusal(it, INVALID)
        );
        let finding = report(model, out, it, message, (place(it, *first), "no part of this chain"));
        for other in it.verdict.path.foreign.iter().skip(1).take(words::SHOWN) {
            finding.label(place(it, *other), "no part of it either");
        }
        finding.help("remove it");
        if mending::has_plain_blocks(model, it.file) {
            let blocks = mending::drops(it.verdict.path.foreign.iter().map(|at| place(it, *at)));
            finding.fix(Fix::unsafe_to_trust("remove what does not belong to the chain", blocks));
        }
    }
}

/// See the card.
pub(crate) fn chain_duplicate(model: &Model, out: &mut Findings) {
    for it in chains(model) {
        let Some((again, earlier)) = it.verdict.path.repeated.first() else { continue };
        let message = format!(
            "`{}` holds {} twice: a chain names each issuer once, so {}",
            model.path(it.file),
            words::title(model, id(it, *again)),
            refusal(it, INVALID)
        );
        let finding = report(model, out, it, message, (place(it, *again), "the same certificate again"));
        finding.label(place(it, *earlier), "the first copy").help("remove the second copy");
        if mending::has_plain_blocks(model, it.file) {
            let blocks = mending::drops(it.verdict.path.repeated.iter().map(|(again, _)| place(it, *again)));
            finding.fix(Fix::safe("remove what stands there again", blocks));
        }
    }
}

/// See the card.
pub(crate) fn depth(model: &Model, out: &mut Findings) {
    for it in chains(model) {
        let depth = it.verdict.depth();
        if depth < told::DEEPEST {
            continue;
        }
        let at = it.verdict.leaf().map_or(Location::whole(it.file), |(_, at)| at);
        if depth == told::DEEPEST {
            let message = format!(
                "the chain in `{}` is {depth} certificates deep, as deep as an appliance takes: one more intermediate, and it is refused",
                model.path(it.file)
            );
            let finding = out.report(message, at, "10 certificates");
            finding.level(Level::Note);
            label_uploads(finding, it);
            continue;
        }
        let message = format!(
            "the chain in `{}` is {depth} certificates deep, and an appliance takes {}: the upload fails with `CGEN1008`, or the check of the connection with `{CONNECTION}`",
            model.path(it.file),
            told::DEEPEST
        );
        let finding = out.report(message, at, format!("{depth} certificates"));
        label_uploads(finding, it);
        told::label_answers(finding, model, it, |it| matches!(it, Reason::Other(_) | Reason::Connection));
        finding.help("let an authority nearer to the root sign the requests of both appliances");
    }
}

/// See the card.
pub(crate) fn issuer_not_ca(model: &Model, out: &mut Findings) {
    for it in chains(model) {
        for (below, position) in it.verdict.path.links.iter().skip(1).enumerate() {
            let certificate = model.cert(id(it, *position));
            let signs = certificate.key_usage.is_none_or(crate::model::x509::KeyUsage::key_cert_sign);
            let limit = certificate.basic_constraints.and_then(|it| it.path_len);
            let too_long = limit.is_some_and(|limit| below > limit as usize);
            let why = if !certificate.is_ca() && certificate.version == 3 {
                "does not say that it is an authority (`CA:TRUE`)".to_owned()
            } else if !signs {
                "may not sign certificates by its key usage".to_owned()
            } else if too_long {
                format!(
                    "allows {} below it by its path length, and {below} {} there",
                    intermediates(limit),
                    if below == 1 { "stands" } else { "stand" }
                )
            } else {
                continue;
            };
            let message = format!(
                "{} issues in the chain of `{}` and {why}: what an upload is answered is not published, and each appliance that verifies the chain in a handshake refuses it (`{CONNECTION}`)",
                words::title(model, id(it, *position)),
                model.path(it.file)
            );
            let finding = out.report(message, place(it, *position), "not fit to issue this chain");
            label_uploads(finding, it);
            told::label_answers(finding, model, it, |it| matches!(it, Reason::Chain | Reason::Connection));
            finding.help("have the request signed by a proper authority");
            break;
        }
    }
}

fn intermediates(limit: Option<u32>) -> String {
    match limit {
        None | Some(0) => "no intermediate".to_owned(),
        Some(1) => "1 intermediate".to_owned(),
        Some(more) => format!("{more} intermediates"),
    }
}
