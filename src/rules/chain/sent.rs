//! What stands in the file of a leaf: its order, what is missing, and what does not belong there.

use crate::{
    finding::{Findings, Level},
    model::x509::Verdict,
    model::{CertId, Expects, Model, Pairing, Role, Software, verify::Profile},
    rules::words,
};

use super::{
    bundle::{Bundle, Gap, bundles, gap, misplaced_leaf, sorted, unsorted, without},
    described,
};

/// See the card.
pub(crate) fn order(model: &Model, out: &mut Findings) {
    for bundle in bundles(model) {
        if let Some(leaf) = misplaced_leaf(model, &bundle) {
            let effect = match (bundle.pointer.software, &bundle.identity.pairing) {
                (Software::Nginx, Pairing::LaterCertificate(..)) => {
                    "nginx takes the first certificate for its own and does not start (`key values mismatch`)"
                }
                (Software::Nginx, _) => {
                    "nginx takes the first certificate for its own and does not start with the key of the leaf"
                }
                // Windows keeps certificates one by one, so no order of a file reaches it.
                (Software::HttpSys, _) => continue,
                (Software::EdgeRouter | Software::MessageProcessor, _) => {
                    "Apigee takes the first certificate for the one that the key belongs to"
                }
                (Software::MeetingServer | Software::MeetingServerDatabase, _) => {
                    "the Meeting Server takes the first certificate for the one that the key belongs to, and refuses the pair"
                }
                (Software::Ingress, _) => {
                    "the gateway takes the first certificate for the one that the key belongs to, and refuses the secret"
                }
                (Software::Java, _) => {
                    "Java takes the first certificate for the one that the key belongs to, and every handshake fails"
                }
                (Software::Kubernetes, _) => {
                    "what takes the secret holds the first certificate for the one that the key belongs to, and refuses the pair"
                }
            };
            let finding = out.report(
                format!(
                    "the {} of {} starts with {} and not with the leaf {}: {effect}",
                    bundle.pointer.carrier(),
                    bundle.whom(model),
                    words::title(model, bundle.certificates[0]),
                    words::title(model, bundle.certificates[leaf])
                ),
                bundle.pointer.at,
                format!("this {} is in the wrong order", bundle.pointer.carrier()),
            );
            finding
                .label(bundle.place(0), "this one comes first")
                .label(bundle.place(leaf), "the leaf comes later");
            if let Pairing::LaterCertificate(key, _) = &bundle.identity.pairing {
                finding.label(*key, "the private key belongs to the leaf");
            }
            bundle.label_lines(finding);
            bundle.label_ways(model, finding);
            finding.help(format!(
                "write the leaf first, then its issuer, then the issuer of that one{}",
                bundle.upload()
            ));
            finding.fix = sorted(model, &bundle, leaf);
            continue;
        }
        if let Some((issued, issuer)) = unsorted(&bundle) {
            let finding = out.report(
                format!(
                    "the chain of {} is not in the order leaf, issuer, its issuer: {}",
                    bundle.whom(model),
                    bundle.disliked()
                ),
                bundle.pointer.at,
                format!("this {} is sent as it stands", bundle.pointer.carrier()),
            )
            .level(Level::Warning)
            .label(
                bundle.place(issued),
                format!("{} comes late", words::title(model, bundle.certificates[issued])),
            )
            .label(bundle.place(issuer), "its issuer stands before it")
            .help(if bundle.pointer.software.is_meeting_server() {
                "sort the file: the leaf where it belongs into this file, then its issuer, then the issuer of that one, the root last"
            } else {
                "sort the file: the leaf, then its issuer, then the issuer of that one; leave the root out"
            });
            // There the chain stands in a file of its own, without its leaf.
            if !bundle.pointer.software.is_meeting_server() {
                finding.fix = sorted(model, &bundle, 0);
            }
            bundle.label_lines(finding);
            bundle.label_ways(model, finding);
        }
    }
}

/// See the card.
pub(crate) fn missing_issuer(model: &Model, out: &mut Findings) {
    described::missing_issuer(model, out);
    for bundle in bundles(model) {
        // Whether a bundle was named at all, and whether a full chain goes up to the root, are questions of their own.
        if bundle.pointer.software.is_meeting_server() && bundle.certificates.len() == 1 {
            continue;
        }
        let gap = gap(model, &bundle);
        let (position, last) = bundle.end();
        let whom = bundle.whom(model);
        let named = format!("`{}`", model.cert(last).issuer.title());
        let effect = match bundle.identity.role {
            Role::Server => "clients that have not met that issuer before refuse the connection",
            Role::Client => "the peer refuses the connection unless it keeps that issuer itself",
        };
        let message = match gap {
            Gap::None => continue,
            Gap::Possible => format!(
                "the {} of {whom} holds {} alone, without its issuer {named}: if that issuer is an intermediate, {}",
                bundle.pointer.carrier(),
                words::title(model, last),
                bundle.refused()
            ),
            Gap::Known(_) | Gap::Certain(_) => format!(
                "the chain of {whom} ends at {} without its issuer {named}: {effect}",
                bundle.title(model, position)
            ),
        };
        let finding = out.report(
            message,
            bundle.pointer.at,
            format!("this {} is sent as it stands", bundle.pointer.carrier()),
        );
        match gap {
            Gap::Known(issuer) => {
                finding
                    .label(
                        bundle.place(position),
                        format!("its issuer is not in this {}", bundle.pointer.carrier()),
                    )
                    .label(model.materials.known(issuer).places[0], "the missing certificate stands here")
                    .help(if bundle.pointer.expects == Expects::Keystore {
                        bundle.append(model, "that certificate")
                    } else {
                        format!(
                            "append that certificate to {}, after the certificate that it issued{}",
                            bundle.target(model),
                            bundle.upload()
                        )
                    });
            }
            Gap::Certain(why) => {
                finding.label(bundle.place(position), why).help(download_advice(model, last, &bundle));
            }
            Gap::None | Gap::Possible => {
                finding
                    .level(Level::Note)
                    .label(
                        bundle.place(position),
                        "its issuer is not in this tree, so it was not checked whether it is a root",
                    )
                    .help(download_advice(model, last, &bundle));
            }
        }
        for at in bundle.path.foreign.iter().take(words::SHOWN) {
            finding.label(bundle.place(*at), "this one did not issue it");
        }
        bundle.label_lines(finding);
        bundle.label_ways(model, finding);
        // Servers often keep the intermediates of their clients.
        if bundle.identity.role == Role::Client && finding.level == Level::Error {
            finding.level(Level::Warning);
        }
    }
}

/// What to do about a chain that lacks its issuer.
fn download_advice(model: &Model, last: CertId, bundle: &Bundle<'_>) -> String {
    let it = model.cert(last);
    let what = match it.issuer_urls.first() {
        Some(url) => format!("the issuer's certificate, which its authority offers at {url},"),
        None => format!("the certificate of `{}`", it.issuer.title()),
    };
    bundle.append(model, &what)
}

/// See the card.
pub(crate) fn bad_signature(model: &Model, out: &mut Findings) {
    for bundle in bundles(model) {
        let (position, last) = bundle.end();
        let Some(first) = bundle.path.impostors.first() else { continue };
        let finding = out.report(
            format!(
                "the chain of {} holds {}, which bears the name of the issuer of {} and did not sign it: {}",
                bundle.whom(model),
                words::title(model, bundle.certificates[*first]),
                bundle.title(model, position),
                bundle.refused()
            ),
            bundle.pointer.at,
            format!("this {} is sent as it stands", bundle.pointer.carrier()),
        );
        finding.label(bundle.place(position), "its signature");
        let wanted = model.cert(last).authority_key_id.as_ref();
        let mut altered = false;
        for impostor in bundle.path.impostors.iter().take(words::SHOWN) {
            let found = model.cert(bundle.certificates[*impostor]).subject_key_id.as_ref();
            let same_id = wanted.is_some() && wanted == found;
            altered |= same_id;
            let what = if same_id {
                "was not made by this key, though the key id is the one it asks for"
            } else {
                "was not made by this key: it is another generation of the authority"
            };
            finding.label(bundle.place(*impostor), what);
        }
        let true_issuer = model.chains.issuers(&model.materials, last).next();
        if let Some(issuer) = true_issuer {
            finding.label(model.materials.known(issuer).places[0], "the true issuer stands here");
        }
        bundle.label_lines(finding);
        bundle.label_ways(model, finding);
        finding.help(if altered && true_issuer.is_none() {
            "one of the two certificates was altered or made by hand: fetch both again from their authority"
        } else {
            "replace it by the certificate of the authority whose subject key id is the authority key id of the other"
        });
    }
}

/// See the card.
pub(crate) fn foreign(model: &Model, out: &mut Findings) {
    for bundle in bundles(model) {
        let Some(first) = bundle.path.foreign.first() else { continue };
        if misplaced_leaf(model, &bundle).is_some()
            || bundle.path.unverified.is_some()
            || !bundle.path.impostors.is_empty()
            || matches!(gap(model, &bundle), Gap::Known(_) | Gap::Certain(_))
        {
            continue;
        }
        let names: Vec<String> =
            bundle.path.foreign.iter().map(|at| words::title(model, bundle.certificates[*at])).collect();
        let finding = out.report(
            format!(
                "the chain of {} holds {}, which issued nothing in it: every handshake carries it, and {}",
                bundle.whom(model),
                words::list(&names, 3),
                bundle.disliked()
            ),
            bundle.pointer.at,
            format!("this {} is sent as it stands", bundle.pointer.carrier()),
        );
        finding.label(bundle.place(*first), "no issuer of the leaf, directly or through others");
        for at in bundle.path.foreign.iter().skip(1).take(words::SHOWN) {
            finding.label(bundle.place(*at), "nor is this one");
        }
        bundle.label_lines(finding);
        bundle.label_ways(model, finding);
        finding.help(format!(
            "take it out of the file, or find out which certificate it was meant for{}",
            bundle.upload()
        ));
        finding.fix = without(model, &bundle, &bundle.path.foreign, "take it out of the file");
    }
}

/// See the card.
pub(crate) fn root_included(model: &Model, out: &mut Findings) {
    for bundle in bundles(model) {
        let (position, last) = bundle.end();
        if position == 0 || !model.chains.is_root(&model.materials, last) {
            continue;
        }
        // A Meeting Server wants the root at the end of its chains and bundles.
        if bundle.pointer.software.is_meeting_server() {
            continue;
        }
        // Whoever sorts the file is told to leave the root out.
        if misplaced_leaf(model, &bundle).is_some() || unsorted(&bundle).is_some() {
            continue;
        }
        let need = match bundle.identity.role {
            Role::Server => "clients need their own copy and ignore this one",
            Role::Client => "the peer needs its own copy and ignores this one",
        };
        let finding = out
            .report(
                format!(
                    "the chain of {} includes the root {}: {need}, which only makes handshakes longer",
                    bundle.whom(model),
                    words::title(model, last),
                ),
                bundle.pointer.at,
                "this file is sent as it stands",
            )
            .label(bundle.place(position), "self-signed")
            .help("leave the root out of what is sent");
        finding.fix = without(model, &bundle, &[position], "leave the root out");
        bundle.label_lines(finding);
        bundle.label_ways(model, finding);
    }
}

/// See the card.
pub(crate) fn unverified(model: &Model, out: &mut Findings) {
    for bundle in bundles(model) {
        untried(model, &bundle, out);
        let Some(algorithm) = &bundle.path.unverified else { continue };
        let open = |at: &&usize| {
            let candidates = model.chains.candidates(&model.materials, bundle.certificates[**at]);
            candidates.iter().any(|it| matches!(it.verdict, Verdict::Unsupported(_)))
                && candidates.iter().all(|it| it.verdict != Verdict::Good)
        };
        let Some(position) = bundle.path.links.iter().find(open) else { continue };
        let finding = out.report(
            format!(
                "a signature in the chain of {} ({algorithm}) cannot be checked here: the chain was judged by names and key ids",
                bundle.whom(model)
            ),
            bundle.pointer.at,
            "this file is sent as it stands",
        )
        .label(bundle.place(*position), "signed with this algorithm")
        .help("check the chain with `openssl verify`");
        bundle.label_lines(finding);
        bundle.label_ways(model, finding);
    }
}

/// A bundle with more certificates is searched to see whether the search comes to its end.
const MANY: usize = 16;

/// So many authorities certified each other that not every way was tried.
fn untried(model: &Model, bundle: &Bundle<'_>, out: &mut Findings) {
    if bundle.certificates.len() <= MANY
        || !model.verify_sent(&bundle.certificates, bundle.identity.role, &Profile::LENIENT).exhausted
    {
        return;
    }
    out.report(
        format!(
            "so many ways lead up from the leaf of {} that not all of them were tried: the chain was judged by those that were",
            bundle.whom(model)
        ),
        bundle.pointer.at,
        "this file is sent as it stands",
    )
    .label(bundle.place(0), "the leaf")
    .help("leave only the issuers of the leaf in the file, one for each step");
}
