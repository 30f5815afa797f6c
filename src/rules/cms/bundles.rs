//! Files of certificates as the Meeting Server wants them: byte by byte, whole up to the root, and with a bundle where the
//! certificate stands alone.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    finding::{Findings, Level},
    model::{CertId, FileId, Location, Model, OddityKind, Pairing, PointerId, cms::Service},
    rules::words,
};

use super::look::{Used, file, slots};

/// A file of several certificates, and who reads it.
#[derive(Default)]
struct Read {
    lines: BTreeSet<Location>,
    settings: BTreeSet<String>,
    /// A service sends it as it stands and wants it exact.
    full_chain: bool,
}

/// Bundles, full chains and trust bundles of all nodes, by file.
fn bundles(model: &Model) -> BTreeMap<FileId, Read> {
    let mut found: BTreeMap<FileId, Read> = BTreeMap::new();
    let mut add = |pointer: PointerId, full_chain: bool| {
        let it = model.estate.pointer(pointer);
        let Some(file) = it.to.file().filter(|file| model.materials.is_sound(*file)) else { return };
        let read = found.entry(file).or_default();
        read.lines.insert(it.at);
        read.settings.insert(it.setting.clone());
        read.full_chain |= full_chain;
    };
    for used in slots(model) {
        let chain = used.slot.service.takes_full_chain();
        if chain {
            add(used.ids.certificate, !used.node.is_below((3, 0)));
        }
        if let Some(bundle) = used.ids.bundle {
            add(bundle, false);
        }
    }
    for pointer in model.cms_wiring.believed.values() {
        add(*pointer, false);
    }
    found
}

/// Where the text around blocks is odd, in bundles.
fn odd(model: &Model, out: &mut Findings, kind: OddityKind, effect: &str, help: &str) {
    for (file, read) in bundles(model) {
        let Some(holding) = model.materials.holding(file) else { continue };
        let mut odd = holding.oddities.iter().filter(|it| it.kind == kind);
        let Some(first) = odd.next() else { continue };
        let settings: Vec<String> = read.settings.iter().map(|it| format!("`{it}`")).collect();
        let finding = out.report(
            format!(
                "`{}`: {}; {} {} {effect}",
                model.path(file),
                first.what,
                words::list(&settings, 3),
                if settings.len() == 1 { "wants" } else { "want" }
            ),
            first.at,
            first.what.clone(),
        );
        for it in odd.take(words::SHOWN) {
            finding.label(it.at, format!("and here: {}", it.what));
        }
        for at in read.lines.iter().take(words::SHOWN) {
            finding.label(*at, "read here");
        }
        finding.level(if read.full_chain { Level::Error } else { Level::Warning }).help(help);
    }
}

/// See the card.
pub(crate) fn bundle_whitespace(model: &Model, out: &mut Findings) {
    odd(
        model,
        out,
        OddityKind::Spacing,
        "each block right below the other and nothing between, and may refuse the file or read a part of it",
        "write the blocks one below the other, each on lines of its own, without empty lines, blanks at ends of lines, text or other line ends",
    );
}

/// See the card.
pub(crate) fn bundle_final_newline(model: &Model, out: &mut Findings) {
    odd(
        model,
        out,
        OddityKind::Ending,
        "exactly one line break at the end of the file, and may refuse the file or lose its last certificate",
        "end the file with one line break behind the last `-----END CERTIFICATE-----`, and upload it again",
    );
}

/// The certificates of a named file.
fn held(model: &Model, pointer: PointerId) -> Option<Vec<(CertId, Location)>> {
    model.certificates_of(pointer)
}

/// Whether a service takes a bundle beside its certificate.
fn takes_bundle(service: Service) -> bool {
    !service.takes_full_chain() && !matches!(service, Service::Database | Service::SchedulerHttps)
}

/// See the card.
pub(crate) fn no_bundle(model: &Model, out: &mut Findings) {
    let mut told: BTreeSet<Location> = BTreeSet::new();
    for used in slots(model).filter(|it| takes_bundle(it.slot.service) && it.slot.bundle.is_none()) {
        let slot = used.slot;
        let other = with_bundle(&used);
        let certificate = slot.certificate.trimmed();
        let whom = used.node.title_of(slot.service);
        let (message, place) = match held(model, used.ids.certificate).as_deref() {
            Some([(leaf, place)]) => {
                let it = model.cert(*leaf);
                let issuers: Vec<CertId> = model.chains.issuers(&model.materials, *leaf).collect();
                // Peers have the root itself.
                let by_root = issuers.iter().any(|id| model.chains.is_root(&model.materials, *id));
                if it.is_self_issued() || (by_root && other.is_none()) {
                    continue;
                }
                (
                    format!(
                        "the {whom} is given `{certificate}` without a CA bundle, and `{}` issued it: clients that do not keep that issuer refuse the connection",
                        it.issuer.title()
                    ),
                    Some(*place),
                )
            }
            None if other.is_some() => (
                format!(
                    "the {whom} is given `{certificate}` without a CA bundle, and another service here sends one with it: clients that do not keep the issuer refuse the connection"
                ),
                None,
            ),
            // A chain in the file itself, or nothing is known.
            Some(_) | None => continue,
        };
        if !told.insert(slot.certificate.at) {
            continue;
        }
        let finding = out.report(message, slot.certificate.at, "no CA bundle behind this");
        if let Some(place) = place {
            finding.label(place, "this certificate alone");
        }
        if let Some((title, at)) = other {
            finding.label(at, format!("the {title} has one"));
        }
        finding.help(format!(
            "name the file with the intermediates and the root as the third: `{} KEY CERTIFICATE BUNDLE`",
            slot.service.certs_command()
        ));
    }
}

/// Another service of the node that sends the same certificate with a bundle.
fn with_bundle(used: &Used<'_>) -> Option<(&'static str, Location)> {
    used.node.slots.iter().find_map(|other| {
        let same = takes_bundle(other.service)
            && other.service != used.slot.service
            && other.certificate.trimmed() == used.slot.certificate.trimmed();
        same.then_some(())?;
        Some((other.service.title(), other.bundle.as_ref()?.at))
    })
}

/// See the card.
pub(crate) fn fullchain_as_cert(model: &Model, out: &mut Findings) {
    for used in slots(model).filter(|it| takes_bundle(it.slot.service) && it.slot.bundle.is_none()) {
        let Some(chain) = held(model, used.ids.certificate) else { continue };
        let [(first, place), rest @ ..] = chain.as_slice() else { continue };
        if rest.is_empty() || model.cert(*first).is_ca() {
            continue;
        }
        out.report(
            format!(
                "the {} is given a full chain in place of its certificate: it takes the first of {} certificates, and the others belong into a bundle",
                used.node.title_of(used.slot.service),
                chain.len()
            ),
            used.slot.certificate.at,
            "a certificate alone belongs here",
        )
        .label(*place, "the first one")
        .label(rest[0].1, "this one belongs into the bundle")
        .help(format!("`{} KEY CERTIFICATE BUNDLE`, with the intermediates and the root in the bundle", used.slot.service.certs_command()));
    }
}

/// See the card.
pub(crate) fn fullchain_lacks_root(model: &Model, out: &mut Findings) {
    let mut by_file: BTreeMap<FileId, Vec<Used<'_>>> = BTreeMap::new();
    for used in slots(model).filter(|it| it.slot.service.takes_full_chain()) {
        if let Some(file) = model.estate.pointer(used.ids.certificate).to.file() {
            by_file.entry(file).or_default().push(used);
        }
    }
    for users in by_file.into_values() {
        let first = users[0];
        let identity = model.estate.identities.iter().find(|it| it.certificate == first.ids.certificate);
        let Some((identity, path)) = identity.and_then(|it| Some((it, model.sent_path(it)?))) else {
            continue;
        };
        let end = path.links.last().copied().unwrap_or(0);
        let (last, place) = identity.sent[end];
        let it = model.cert(last);
        let misplaced = matches!(identity.pairing, Pairing::LaterCertificate(..))
            || (identity.sent.len() > 1 && model.cert(identity.sent[0].0).is_ca());
        if misplaced || it.is_self_issued() || path.unverified.is_some() || !path.impostors.is_empty() {
            continue;
        }
        let issuers: Vec<CertId> = model.chains.issuers(&model.materials, last).collect();
        let root = issuers.iter().copied().find(|id| model.chains.is_root(&model.materials, *id));
        // An intermediate that is missing in the middle is told as that.
        let gap = root.is_none()
            && identity.sent.len() > 1
            && (!issuers.is_empty()
                || (end == 0 && path.foreign.iter().any(|at| model.cert(identity.sent[*at].0).is_ca())));
        if gap {
            continue;
        }
        let mut titles: Vec<String> = Vec::new();
        for used in &users {
            let title = format!("the {}", used.node.title_of(used.slot.service));
            if !titles.contains(&title) {
                titles.push(title);
            }
        }
        let finding = out.report(
            format!(
                "`{}` ends with {} and not with a root: {} must be given the full chain up to the root, and connections are refused without it",
                file(model, first.ids.certificate),
                words::title(model, last),
                words::list(&titles, 3)
            ),
            first.slot.certificate.at,
            "a full chain belongs here",
        );
        finding.label(place, format!("`{}` issued it and is not in this file", it.issuer.title()));
        if let Some(root) = root {
            finding.label(model.materials.known(root).places[0], "the root stands here");
        }
        for used in users.iter().skip(1).take(words::SHOWN) {
            finding.label(used.slot.certificate.at, "named here too");
        }
        if first.node.is_below((3, 0)) {
            finding.level(Level::Warning);
        }
        finding.help("write certificate, intermediates and root into one file, in this order, each block right below the other, with one line break at the end");
    }
}
