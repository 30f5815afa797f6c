//! Files that an appliance cannot read, files that are not there, and certificates out of their time.

use std::collections::BTreeMap;

use crate::{
    finding::{Findings, Level},
    model::{
        CertId, Location, Model,
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

/// See the card.
pub(crate) fn validity(model: &Model, out: &mut Findings) {
    let days = model.settings.option("openmanage/validity", "days", 30);
    let mut found: BTreeMap<CertId, Late<'_>> = BTreeMap::new();
    for it in &model.openmanage.deployments {
        let now = it.now.unwrap_or(model.today());
        for (position, (id, at)) in it.verdict.certificates.iter().enumerate() {
            let certificate = model.cert(*id);
            let soon = now.days_until(certificate.not_after) < days;
            let counts = it.is_chain() || position == it.verdict.leaf;
            if counts && (soon || now < certificate.not_before) {
                found.entry(*id).or_insert_with(|| Late { places: Vec::new(), now }).places.push((*at, it));
            }
        }
    }
    for (id, late) in found {
        let certificate = model.cert(id);
        let Some((at, it)) = late.places.first() else { continue };
        let effect = if it.mode == Some(Mode::Server) {
            "browsers refuse the console"
        } else {
            "the check of a migration's connection fails with `Unable to mutually authenticate and connect to the remote appliance.`"
        };
        let clock = if it.now.is_some() { " by the clock of the appliance" } else { "" };
        let title = words::title(model, id);
        let ended = certificate.not_after < late.now;
        let (when, level) = if ended {
            (format!("expired on {}{clock}: {effect}", certificate.not_after), Level::Error)
        } else if late.now < certificate.not_before {
            (format!("is valid from {}{clock}: until then {effect}", certificate.not_before), Level::Error)
        } else {
            (format!("expires on {}: after that {effect}", certificate.not_after), Level::Warning)
        };
        let message = format!("{title} in `{}` {when}", model.path(at.file));
        let text = format!("from {} to {}", certificate.not_before, certificate.not_after);
        let finding = out.report(message, *at, text);
        finding.level(level);
        for (at, _) in late.places.iter().skip(1).take(words::SHOWN) {
            finding.label(*at, "the same certificate");
        }
        for (_, it) in late.places.iter().take(words::SHOWN) {
            label_uploads(finding, it);
            if level == Level::Error {
                told::label_answers(finding, model, it, |it| *it == Reason::Connection);
            }
        }
        finding.help(if late.now < certificate.not_before {
            "set the clock of the appliance right, or wait for the day"
        } else {
            "generate a request on the appliance, have it signed, and upload the new chain; first look at the clock of the appliance, which is what counts"
        });
    }
}
