//! Names in the certificates of a chain, and in the request it starts with.

use crate::{
    finding::Findings,
    model::{
        Location, Model,
        openmanage::{Asked, Deployment, Reason},
    },
    rules::words,
};

use super::{label_uploads, told};

/// See the card.
pub(crate) fn cn_missing(model: &Model, out: &mut Findings) {
    for it in &model.openmanage.deployments {
        let nameless: Vec<(usize, Location)> = it
            .verdict
            .certificates
            .iter()
            .enumerate()
            .filter(|(position, (id, _))| {
                told::has_no_name(model, *id) && (it.is_chain() || *position == it.verdict.leaf)
            })
            .map(|(position, (_, at))| (position, *at))
            .collect();
        let Some((position, at)) = nameless.first() else { continue };
        let what = if *position == it.verdict.leaf { "the leaf" } else { "an authority" };
        let message = format!(
            "{what} in `{}` has no common name in its subject (`{}`), and an appliance wants one in every certificate: it refuses the upload with `CGEN1008`",
            model.path(it.file),
            model.cert(it.verdict.certificates[*position].0).subject.text
        );
        let finding = out.report(message, *at, "no common name");
        for (_, at) in nameless.iter().skip(1).take(words::SHOWN) {
            finding.label(*at, "nor here");
        }
        label_uploads(finding, it);
        told::label_answers(finding, model, it, |it| matches!(it, Reason::Other(_)));
        finding.help("have the request signed with its subject as the appliance wrote it; some authorities drop the common name where there is an alternative name");
    }
}

/// A wildcard in what somebody asks for.
fn in_request(asked: &Asked) -> Option<String> {
    let name = &asked.request.subject;
    let common = name.common_name.as_ref().filter(|it| it.contains('*'));
    common.cloned().or_else(|| name.text.contains('*').then(|| name.text.clone()))
}

/// See the card.
pub(crate) fn wildcard(model: &Model, out: &mut Findings) {
    for it in &model.openmanage.deployments {
        leaf_wildcard(model, it, out);
    }
    for payload in model.openmanage.units.iter().flat_map(|(_, unit)| &unit.payloads) {
        for (field, said) in payload.fields.iter().filter(|(field, said)| {
            said.text.contains('*') && matches!(field.rest, "DistinguishedName" | "San")
        }) {
            let name = if payload.is_task { field.ansible } else { field.rest };
            let answer = if field.rest == "DistinguishedName" {
                "an appliance answers with `CGEN6002` (`… the input value for DistinguishedName is missing or an invalid value is entered.`)"
            } else {
                "an appliance supports no certificate with a wildcard"
            };
            let message = format!("`{name}` asks for the wildcard `{}`: {answer}", said.trimmed());
            let finding = out.report(message, said.at, "a wildcard");
            let values = model.openmanage.units.iter().flat_map(|(_, unit)| &unit.answers);
            for answer in values
                .filter(|it| matches!(&it.reason, Reason::Value(of) if of == field.rest))
                .take(words::SHOWN)
            {
                finding.label(answer.at, format!("the appliance said so{}", told::on(answer)));
            }
            finding.help("write the full name of the appliance");
        }
    }
}

fn leaf_wildcard(model: &Model, it: &Deployment, out: &mut Findings) {
    let found =
        it.verdict.certificates.iter().find_map(|(id, at)| Some((told::wildcard(model.cert(*id))?, *at)));
    let asked = it.requests.iter().find_map(|asked| Some((in_request(asked)?, asked.at)));
    let (message, at) = match (&found, &asked) {
        (Some((name, at)), _) => {
            let message = format!(
                "a certificate in `{}` names the wildcard `{name}`, which an appliance does not support: it refuses the upload with `CGEN1008`",
                model.path(it.file)
            );
            (message, *at)
        }
        (None, Some((name, at))) => {
            let message = format!(
                "the request in `{}` names the wildcard `{name}`: no appliance generates that, it answers with `CGEN6002` (`… the input value for DistinguishedName is missing or an invalid value is entered.`)",
                model.path(at.file)
            );
            (message, *at)
        }
        (None, None) => return,
    };
    let finding = out.report(message, at, "a wildcard");
    if let Some((_, asked)) = asked {
        finding.label(asked, "asked for here");
    }
    label_uploads(finding, it);
    told::label_answers(finding, model, it, |it| matches!(it, Reason::Other(_)));
    finding.help("generate a request with the full name of the appliance, and have that signed");
}
