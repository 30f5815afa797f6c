//! Keys and signatures that software of today refuses, or will.

use std::collections::BTreeMap;

use crate::{
    finding::{Findings, Level},
    model::x509::{Certificate, KeyFamily, KeyKind},
    model::{CertId, Model, Part, Use},
    rules::words,
};

/// Why a key is weak; `None` where it is not.
fn weak_key_of(it: &Certificate) -> Option<String> {
    let key = &it.public_key;
    match key.kind.family() {
        KeyFamily::Rsa | KeyFamily::RsaPss if key.bits < 2048 => {
            Some(format!("an RSA key of {} bits", key.bits))
        }
        KeyFamily::Ecdsa if key.bits > 0 && key.bits < 256 => Some(format!("an EC key of {} bits", key.bits)),
        KeyFamily::Dsa => Some("a DSA key".to_owned()),
        _ => matches!(key.kind, KeyKind::Dsa).then(|| "a DSA key".to_owned()),
    }
}

/// Uses in which a rule of thumb has an effect: what is shown to peers, and what is believed.
fn used(model: &Model, weak: impl Fn(&Certificate) -> Option<String>) -> BTreeMap<CertId, (String, &[Use])> {
    let uses = model.uses().iter();
    uses.filter_map(|(id, uses)| Some((*id, (weak(model.cert(*id))?, uses.as_slice())))).collect()
}

/// Whether a library at its usual level refuses it here; a lowered level lets it pass.
fn level(model: &Model, uses: &[Use]) -> (Level, Option<crate::model::Location>) {
    let lowered = uses.iter().find_map(|it| model.estate.endpoint(it.endpoint).lowered);
    if lowered.is_some() { (Level::Warning, lowered) } else { (Level::Error, None) }
}

/// See the card.
pub(crate) fn weak_key(model: &Model, out: &mut Findings) {
    for (id, (what, uses)) in used(model, weak_key_of) {
        let (level, lowered) = level(model, uses);
        let (at, pointer) = words::pointers(model, uses)[0];
        let software = model.estate.pointer(pointer).software.name();
        let part = uses.iter().map(|it| it.part).min().map_or("", Part::noun);
        let finding = out.report(
            format!(
                "the {part} {} of {} has {what}: {} at its usual security level and most clients refuse it",
                words::title(model, id),
                words::endpoints(model, uses.iter().map(|it| it.endpoint)),
                software
            ),
            at,
            "this file holds it",
        );
        words::label_uses(finding, model, uses, &what);
        if let Some(lowered) = lowered {
            finding.label(lowered, "it passes here only because this line lowers the security level");
        }
        finding.level(level).help(
            "make a new key, RSA with 2048 bits or more or EC P-256, and have a certificate issued for it",
        );
    }
}

/// See the card.
pub(crate) fn weak_signature(model: &Model, out: &mut Findings) {
    let by_peer = |it: &Certificate| it.signature_algorithm.is_weak().map(str::to_owned);
    for (id, (hash, uses)) in used(model, by_peer) {
        // Nobody checks the signature of what is believed already.
        let checked: Vec<Use> =
            uses.iter().filter(|it| !matches!(it.part, Part::Anchor(_))).cloned().collect();
        if checked.is_empty() || model.chains.is_root(&model.materials, id) {
            continue;
        }
        let (level, lowered) = level(model, &checked);
        let (at, pointer) = words::pointers(model, &checked)[0];
        let software = model.estate.pointer(pointer).software.name();
        let part = checked.iter().map(|it| it.part).min().map_or("", Part::noun);
        let what = format!("signed with {}", model.cert(id).signature_algorithm);
        let finding = out.report(
            format!(
                "the {part} {} of {} is signed with {hash}: {software} at its usual security level and all browsers refuse it",
                words::title(model, id),
                words::endpoints(model, checked.iter().map(|it| it.endpoint)),
            ),
            at,
            "this file holds it",
        );
        words::label_uses(finding, model, &checked, &what);
        if let Some(lowered) = lowered {
            finding.label(lowered, "it passes here only because this line lowers the security level");
        }
        finding
            .level(level)
            .help("have the certificate issued again; the authority must sign with SHA-256 or better");
    }
}
