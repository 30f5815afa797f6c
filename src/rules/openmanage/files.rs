//! Files that an appliance cannot read, files that are not there, and certificates out of their time.

use std::collections::BTreeMap;

use crate::{
    finding::{Findings, Level},
    model::{
        CertId, FileId, Location, Model,
        openmanage::{Deployment, Mode, Reason, Shape},
        x509::Time,
    },
    rules::words,
};

use super::{as_what, label_uploads, told};

/// See the card.
pub(crate) fn not_base64(model: &Model, out: &mut Findings) {
    for it in &model.openmanage.deployments {
        let Shape::Other(what, help) = it.verdict.shape else { continue };
        let message = format!(
            "`{}` is uploaded{} and holds {what}, where an appliance wants certificates in Base64: it refuses the upload with `CSEC9002` (`Unable to upload the certificate because the certificate file provided is invalid.`)",
            model.path(it.file),
            as_what(it)
        );
        let (at, text) = match it.uploads.first() {
            Some((_, at, _)) => (*at, "this file is uploaded"),
            None => (Location::whole(it.file), what),
        };
        let finding = out.report(message, at, text);
        finding.label(Location::whole(it.file), format!("holds {what}"));
        label_uploads(finding, it);
        told::label_answers(finding, model, it, |it| *it == Reason::File);
        finding.help(help);
    }
}

/// See the card.
pub(crate) fn file_missing(model: &Model, out: &mut Findings) {
    for it in &model.openmanage.missing {
        let message = format!(
            "{} names `{}`, which is not there: nothing can be uploaded or compared",
            it.by, it.written
        );
        out.report(message, it.at, format!("no file at `{}`", it.expected))
            .help("put the file in place, or correct its name");
    }
}

/// A certificate out of its time, with the files it stands in.
struct Late<'m> {
    places: Vec<(Location, &'m Deployment)>,
    now: Time,
}

/// A file with certificates whose day has not come.
type Early<'m> = (&'m Deployment, Vec<(CertId, Location)>);

/// What happens to users of a file with such a certificate.
fn effect(it: &Deployment) -> &'static str {
    if it.mode == Some(Mode::Server) {
        "browsers refuse the console"
    } else {
        "the check of a migration's connection fails with `Unable to mutually authenticate and connect to the remote appliance.`"
    }
}

fn clock(it: &Deployment) -> &'static str {
    if it.now.is_some() { " by the clock of the appliance" } else { "" }
}

fn span(model: &Model, id: CertId) -> String {
    let certificate = model.cert(id);
    format!("from {} to {}", certificate.not_before, certificate.not_after)
}

fn not_yet(model: &Model, it: &Deployment, certificates: &[(CertId, Location)], out: &mut Findings) {
    let latest = certificates.iter().rev().max_by_key(|(id, _)| model.cert(*id).not_before);
    let Some((id, at)) = latest else { return };
    let message = format!(
        "{} in `{}` is valid from {}, which is yet to come{}: until then {}",
        words::title(model, *id),
        model.path(it.file),
        model.cert(*id).not_before,
        clock(it),
        effect(it)
    );
    let finding = out.report(message, *at, span(model, *id));
    for (other, at) in certificates.iter().take(words::SHOWN) {
        finding.label(*at, span(model, *other));
    }
    label_uploads(finding, it);
    told::label_answers(finding, model, it, |it| *it == Reason::Connection);
    finding.help("set the clock of the appliance right, or wait for the day");
}

/// See the card.
pub(crate) fn validity(model: &Model, out: &mut Findings) {
    let days = model.settings.option("openmanage/validity", "days", 30);
    let mut found: BTreeMap<CertId, Late<'_>> = BTreeMap::new();
    let mut early: BTreeMap<FileId, Early<'_>> = BTreeMap::new();
    for it in &model.openmanage.deployments {
        let now = it.now.unwrap_or(model.today());
        for (position, (id, at)) in it.verdict.certificates.iter().enumerate() {
            let certificate = model.cert(*id);
            let soon = now.days_until(certificate.not_after) < days;
            let counts = it.is_chain() || position == it.verdict.leaf;
            if counts && now < certificate.not_before {
                // A clock that is late makes all of them begin too late: that is one cause.
                early.entry(it.file).or_insert_with(|| (it, Vec::new())).1.push((*id, *at));
            } else if counts && soon {
                found.entry(*id).or_insert_with(|| Late { places: Vec::new(), now }).places.push((*at, it));
            }
        }
    }
    for (it, certificates) in early.into_values() {
        not_yet(model, it, &certificates, out);
    }
    for (id, late) in found {
        let certificate = model.cert(id);
        let Some((at, it)) = late.places.first() else { continue };
        let ended = certificate.not_after < late.now;
        let when = if ended {
            format!("expired on {}{}: {}", certificate.not_after, clock(it), effect(it))
        } else {
            format!("expires on {}: after that {}", certificate.not_after, effect(it))
        };
        let message = format!("{} in `{}` {when}", words::title(model, id), model.path(at.file));
        let finding = out.report(message, *at, span(model, id));
        finding.level(if ended { Level::Error } else { Level::Warning });
        for (at, _) in late.places.iter().skip(1).take(words::SHOWN) {
            finding.label(*at, "the same certificate");
        }
        for (_, it) in late.places.iter().take(words::SHOWN) {
            label_uploads(finding, it);
            if ended {
                told::label_answers(finding, model, it, |it| *it == Reason::Connection);
            }
        }
        finding.help(
            "generate a request on the appliance, have it signed, and upload the new chain; first look at the clock of the appliance, which is what counts",
        );
    }
}
