//! The form of certificates: what readers refuse whatever stands in them, and names that no client matches.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    finding::{Findings, Level},
    model::x509::{Certificate, Coverage, Flaw, FlawKind, Refusal},
    model::{CertId, EndpointId, Identity, Location, Model, Part, Role, Use},
    rules::words,
};

use super::{
    case::{cases, is_meant},
    names::is_public_form,
    validity::effect,
};

/// What those who know extensions call some that others do not know.
fn known_as(oid: &str) -> Option<&'static str> {
    Some(match oid {
        "1.3.6.1.4.1.11129.2.4.3" => "the mark of a precertificate",
        "2.5.29.9" => "subjectDirectoryAttributes",
        "2.5.29.16" => "privateKeyUsagePeriod",
        "2.5.29.46" => "freshestCRL",
        _ => return None,
    })
}

/// See the card.
pub(crate) fn critical_extension(model: &Model, out: &mut Findings) {
    let wrong = |_: CertId, it: &Certificate| !it.unknown_critical.is_empty();
    for case in cases(model, wrong) {
        let named = case.certificate().unknown_critical.iter().map(|oid| match known_as(oid) {
            Some(name) => format!("`{oid}` ({name})"),
            None => format!("`{oid}`"),
        });
        let named = words::list(&named.collect::<Vec<_>>(), 3);
        let what = format!("has the critical extension {named}, which TLS software does not know");
        let help = "have it issued again without that extension, or with the extension not marked critical";
        let Some(part) = case.part else {
            case.report(
                out,
                format!("{} {what}; no use of it was seen", case.whose()),
                "critical and unknown",
            )
            .level(Level::Warning)
            .help(help);
            continue;
        };
        let effect = effect(case.software(), part, case.issues_none());
        let several = case.is_one_of_several(wrong);
        let finding = case.report(out, format!("{} {what}: {effect}", case.whose()), "critical and unknown");
        finding.level(if several { Level::Warning } else { Level::Error }).help(help);
    }
}

/// Faults that readers refuse; what names no host is told by a rule of its own.
fn refused(it: &Certificate, by: Refusal) -> Vec<&Flaw> {
    it.flaws.iter().filter(|flaw| flaw.refusal == by && flaw.kind != FlawKind::HostName).collect()
}

/// Faults that break nothing today, of which RFC 5280 and auditors think otherwise: only those that people can put right
/// at their own authority are told.
fn doubtful(it: &Certificate) -> Vec<&Flaw> {
    let told = |kind| matches!(kind, FlawKind::ZeroSerial | FlawKind::LongSerial | FlawKind::TimeForm);
    it.flaws.iter().filter(|flaw| told(flaw.kind)).collect()
}

fn said(flaws: &[&Flaw]) -> String {
    let flaws: Vec<&str> = flaws.iter().map(|flaw| flaw.what.as_str()).collect();
    words::list(&flaws, 3)
}

/// See the card.
pub(crate) fn malformed(model: &Model, out: &mut Findings) {
    const HELP: &str = "have it issued again by software that follows RFC 5280; a certificate cannot be put right by hand, since its signature covers every byte";
    let wrong = |_: CertId, it: &Certificate| !refused(it, Refusal::Common).is_empty();
    for case in cases(model, wrong) {
        let flaws = refused(case.certificate(), Refusal::Common);
        let what = said(&flaws);
        let label = flaws[0].what.clone();
        let Some(part) = case.part else {
            let message = format!("{} is malformed ({what}); no use of it was seen", case.whose());
            case.report(out, message, &label).level(Level::Warning).help(HELP);
            continue;
        };
        let readers = match part {
            Part::Leaf(_) | Part::Intermediate(_) => "peers that read with OpenSSL or Go refuse it",
            Part::Anchor(_) => "software that reads with OpenSSL or Go refuses it, and all issued below it",
        };
        let several = case.is_one_of_several(wrong);
        let finding = case.report(out, format!("{} is malformed ({what}): {readers}", case.whose()), &label);
        finding.level(if several { Level::Warning } else { Level::Error }).help(HELP);
    }
    let wrong =
        |_: CertId, it: &Certificate| !doubtful(it).is_empty() && refused(it, Refusal::Common).is_empty();
    for case in cases(model, wrong) {
        // What is only stored, and what a peer believes for its key, works as it is.
        let Some(Part::Leaf(_) | Part::Intermediate(_)) = case.part else { continue };
        let flaws = doubtful(case.certificate());
        case.report(
            out,
            format!(
                "{} is not formed as RFC 5280 asks ({}): common software takes it, and strict appliances and audits do not",
                case.whose(),
                said(&flaws)
            ),
            &flaws[0].what,
        )
        .level(Level::Warning)
        .help(HELP);
    }
}

/// A certificate that strict clients refuse, and the servers whose chains it belongs to.
struct Refused {
    pointer: Location,
    place: Location,
    endpoints: Vec<EndpointId>,
}

/// See the card.
pub(crate) fn refused_by(model: &Model, out: &mut Findings) {
    let mut told: BTreeMap<CertId, Refused> = BTreeMap::new();
    let mut paths: BTreeMap<CertId, Vec<CertId>> = BTreeMap::new();
    for identity in model.estate.identities.iter().filter(|it| it.role == Role::Server && is_meant(model, it))
    {
        let bundle: Vec<CertId> = identity.sent.iter().map(|(id, _)| *id).collect();
        let Some(leaf) = bundle.first().copied() else { continue };
        // Clients have the roots of public authorities, whatever copy of them stands here.
        if model.cert(leaf).looks_public() || model.cert(leaf).is_self_issued() {
            continue;
        }
        let path = paths.entry(leaf).or_insert_with(|| {
            let path = model.path_to_root(leaf, &bundle);
            path.into_iter().filter(|id| is_strictly_refused(model.cert(*id))).collect()
        });
        for id in path.iter() {
            let sent = identity.sent.iter().find(|(sent, _)| sent == id).map(|(_, place)| *place);
            let refused = told.entry(*id).or_insert_with(|| Refused {
                pointer: model.estate.pointer(identity.certificate).at,
                place: sent.unwrap_or(model.materials.known(*id).places[0]),
                endpoints: Vec::new(),
            });
            refused.endpoints.push(identity.endpoint);
        }
    }
    for (id, Refused { pointer, place, endpoints }) in told {
        let flaws = refused(model.cert(id), Refusal::Strict);
        out.report(
            format!(
                "strict clients, such as Python since 3.13, refuse {} in the chain of {} ({}), which others take",
                words::title(model, id),
                words::endpoints(model, endpoints),
                said(&flaws),
            ),
            pointer,
            "this chain is sent",
        )
        .label(place, &flaws[0].what)
        .help("have it issued again with what is missing; `openssl verify -x509_strict` says what such clients say");
    }
}

/// Strict clients refuse it, and others do not.
fn is_strictly_refused(it: &Certificate) -> bool {
    !refused(it, Refusal::Strict).is_empty() && refused(it, Refusal::Common).is_empty()
}

/// See the card.
pub(crate) fn invalid_name(model: &Model, out: &mut Findings) {
    let names = |it: &Certificate| -> Vec<String> {
        let flaws = it.flaws.iter().filter(|flaw| flaw.kind == FlawKind::HostName);
        flaws.map(|flaw| flaw.what.clone()).collect()
    };
    let wrong = |_: CertId, it: &Certificate| !names(it).is_empty();
    for mut case in cases(model, wrong) {
        // A host that is not covered because of it is told as such.
        let told: BTreeSet<EndpointId> = mismatched(model, case.id);
        case.uses
            .retain(|it: &Use| matches!(it.part, Part::Leaf(Role::Server)) && !told.contains(&it.endpoint));
        if case.uses.is_empty() {
            continue;
        }
        let names = names(case.certificate());
        let finding = case.report(
            out,
            format!("{} names a host as no client asks for one: {}", case.whose(), words::list(&names, 3)),
            "this name never matches",
        );
        finding.help("have it issued again: names of hosts as dNSName with at most one wildcard as the whole left-most label, addresses as iPAddress (`-addext subjectAltName=DNS:…,IP:…`)");
    }
}

/// Endpoints that show a leaf and have a host that it does not cover.
fn mismatched(model: &Model, leaf: CertId) -> BTreeSet<EndpointId> {
    let shows = |it: &&Identity| it.sent.first().is_some_and(|(id, _)| *id == leaf);
    let missed = |it: &&Identity| {
        let hosts = model.estate.endpoint(it.endpoint).hosts.iter();
        let mut asked = hosts.filter(|host| is_public_form(&host.name));
        asked.any(|host| model.cert(leaf).host_coverage(&host.name) != Coverage::Covered)
    };
    model.estate.identities.iter().filter(shows).filter(missed).map(|it| it.endpoint).collect()
}
