//! Validity windows against "today", worded for the place a certificate has in its chain.

use crate::{
    finding::{Findings, Level},
    model::x509::Time,
    model::{CertId, Location, Model, Part, Role, Use},
    rules::words,
};

/// What peers do when a certificate of this part is out of its window.
fn effect(part: Part, software: &str) -> String {
    match part {
        Part::Leaf(Role::Server) => "every client refuses the connection".to_owned(),
        Part::Leaf(Role::Client) => "the peer refuses the connection".to_owned(),
        Part::Intermediate(_) => "peers that build the chain through it refuse the connection".to_owned(),
        Part::Anchor(Role::Client) => {
            format!("{software} refuses every client certificate that was issued below it")
        }
        Part::Anchor(Role::Server) => {
            format!("{software} refuses every server certificate that was issued below it")
        }
    }
}

/// The uses that a window harms. An anchor beside a valid copy of the same authority harms nobody.
fn harmed<'m>(model: &'m Model, id: CertId, uses: &'m [Use]) -> Vec<&'m Use> {
    uses.iter().filter(|it| !matches!(it.part, Part::Anchor(_)) || !has_valid_twin(model, id, it)).collect()
}

/// Whether the trust of a use also holds a valid certificate with this name and key.
fn has_valid_twin(model: &Model, id: CertId, at: &Use) -> bool {
    let it = model.cert(id);
    model.estate.trusts.iter().filter(|trust| trust.endpoint == at.endpoint).any(|trust| {
        model.anchors(trust).iter().any(|(other, _)| {
            let other = model.cert(*other);
            other.public_key.id == it.public_key.id
                && other.subject.same_text(&it.subject)
                && other.not_before <= model.today()
                && model.today() <= other.not_after
        })
    })
}

/// The software that reads the first of the uses.
fn software(model: &Model, uses: &[&Use]) -> &'static str {
    uses.first().map_or("", |it| model.estate.pointer(it.pointer).software.name())
}

/// The part that is told: the gravest first.
fn part(uses: &[&Use]) -> Option<Part> {
    uses.iter().map(|it| it.part).min()
}

/// Every certificate with what is to be said of it, used ones with their uses. Certificates that lie unused among
/// tests and examples are left out.
fn each(
    model: &Model,
    wrong: impl Fn(&crate::x509::Certificate) -> bool,
    mut tell: impl FnMut(CertId, Option<Part>, &[Use]),
) {
    for (id, known) in model.materials.certificates() {
        if !wrong(&known.certificate) {
            continue;
        }
        let uses = model.uses().get(&id).map_or(&[][..], Vec::as_slice);
        let harmed = harmed(model, id, uses);
        if uses.is_empty() {
            if !known.places.iter().all(|place| model.is_throwaway(model.path(place.file)))
                && !is_sent(model, id)
            {
                tell(id, None, &[]);
            }
        } else if let Some(part) = part(&harmed) {
            let owned: Vec<Use> = harmed.into_iter().cloned().collect();
            tell(id, Some(part), &owned);
        }
    }
}

/// Sent beside a chain it does not belong to, or as a root: other rules speak of that.
fn is_sent(model: &Model, id: CertId) -> bool {
    let named = model.estate.identities.iter().flat_map(|it| &it.sent).any(|(sent, _)| *sent == id);
    named
        || model
            .estate
            .pointers
            .iter()
            .filter_map(|it| it.to.file())
            .any(|file| model.materials.in_file(file).iter().any(|(it, _)| *it == id))
}

/// Puts a finding about a certificate: at the line that names its file, or at the certificate where nobody does.
fn put<'f>(
    model: &Model,
    out: &'f mut Findings,
    id: CertId,
    uses: &[Use],
    message: String,
    what: &str,
) -> &'f mut crate::finding::Finding {
    let places: Vec<Location> = model.materials.known(id).places.clone();
    match words::pointers(model, uses).first() {
        Some((at, _)) => {
            let finding = out.report(message, *at, "this file holds it");
            words::label_uses(finding, model, uses, what);
            finding
        }
        None => {
            let finding = out.report(message, places[0], what);
            for place in places.iter().skip(1).take(words::SHOWN) {
                finding.label(*place, "a copy stands here");
            }
            finding
        }
    }
}

/// See the card.
pub(crate) fn expired(model: &Model, out: &mut Findings) {
    let today = model.today();
    each(
        model,
        |it| it.not_after < today,
        |id, part, uses| {
            let it = model.cert(id);
            let ago = words::days(it.not_after.days_until(today));
            let when = format!("expired on {}, {ago} ago", it.not_after);
            let Some(part) = part else {
                put(
                    model,
                    out,
                    id,
                    uses,
                    format!("the certificate {} {when}", words::title(model, id)),
                    &when,
                )
                .level(Level::Warning)
                .help("nothing in this tree uses it: replace it or remove it before somebody does");
                return;
            };
            let harmed: Vec<&Use> = uses.iter().collect();
            let whom = words::endpoints(model, uses.iter().map(|it| it.endpoint));
            let effect = effect(part, software(model, &harmed));
            let message =
                format!("the {} {} of {whom} {when}: {effect}", part.noun(), words::title(model, id));
            put(model, out, id, uses, message, &when).help(renewal(model, id, part));
        },
    );
}

/// What to do about a certificate that has ended or will.
fn renewal(model: &Model, id: CertId, part: Part) -> String {
    let it = model.cert(id);
    match part {
        Part::Leaf(_) => format!(
            "renew it with {} and put the new certificate with its chain into this file, then reload",
            quoted_issuer(it)
        ),
        Part::Intermediate(_) => format!(
            "fetch the current certificate of `{}` from its authority and replace it in this file, then reload",
            it.subject.title()
        ),
        Part::Anchor(_) => format!(
            "add the current certificate of `{}` to this file; remove the old one when nobody needs it",
            it.subject.title()
        ),
    }
}

fn quoted_issuer(it: &crate::x509::Certificate) -> String {
    if it.is_self_issued() { "a new signature".to_owned() } else { format!("`{}`", it.issuer.title()) }
}

/// See the card.
pub(crate) fn expiring(model: &Model, out: &mut Findings) {
    let today = model.today();
    let days = model.settings.option("cert/expiring", "days", 30);
    each(
        model,
        |it| today <= it.not_after && today >= it.not_before && late(it, today, days),
        |id, part, uses| {
            // What nobody uses may run out in peace.
            let Some(part) = part else { return };
            let it = model.cert(id);
            let left = words::days(today.days_until(it.not_after));
            let whom = words::endpoints(model, uses.iter().map(|it| it.endpoint));
            let harmed: Vec<&Use> = uses.iter().collect();
            let message = format!(
                "the {} {} of {whom} expires on {}, in {left}; after that {}",
                part.noun(),
                words::title(model, id),
                it.not_after,
                effect(part, software(model, &harmed)),
            );
            let what = format!("expires on {}", it.not_after);
            put(model, out, id, uses, message, &what).help(renewal(model, id, part));
        },
    );
}

/// Fewer days are left than asked for, and less than a third of its life: certificates that live for days are renewed
/// in their last days.
fn late(it: &crate::x509::Certificate, today: Time, days: i64) -> bool {
    let left = it.not_after.0 - today.0;
    left < days * 86_400 && left * 3 < it.not_after.0 - it.not_before.0
}

/// See the card.
pub(crate) fn not_yet_valid(model: &Model, out: &mut Findings) {
    let today = model.today();
    each(
        model,
        |it| today < it.not_before,
        |id, part, uses| {
            let it = model.cert(id);
            let when = format!(
                "is valid from {}, in {}",
                it.not_before,
                words::days(today.days_until(it.not_before))
            );
            let Some(part) = part else {
                // A certificate that waits for its day is not in anybody's way.
                return;
            };
            let whom = words::endpoints(model, uses.iter().map(|it| it.endpoint));
            let harmed: Vec<&Use> = uses.iter().collect();
            let effect = effect(part, software(model, &harmed));
            let message = format!(
                "the {} {} of {whom} {when}: until then {effect}",
                part.noun(),
                words::title(model, id)
            );
            put(model, out, id, uses, message, &when)
            .help("put the certificate that is valid today back, and check the clock of the machine that issued this one");
        },
    );
}
