//! The two appliances of a migration, their chains compared level by level.

use crate::{
    finding::{Finding, Findings},
    model::{
        CertId, Location, Model,
        openmanage::{Deployment, Level, Reason, levels},
    },
    rules::words,
};

use super::told;

const HINT: &str = "Unable to mutually authenticate and connect to the remote appliance. Please check the source and target appliances has valid certificate chain uploaded which are signed by the same CA.";

/// The pairs of the tree with their levels.
fn pairs(model: &Model) -> impl Iterator<Item = (&Deployment, &Deployment, Vec<Level>)> {
    let all = &model.openmanage.deployments;
    model.openmanage.pairs.iter().map(move |(a, b)| {
        let (a, b) = (&all[*a], &all[*b]);
        (a, b, levels(&model.materials, &a.verdict, &b.verdict))
    })
}

/// "issued to `a` by `b`".
fn issued(model: &Model, id: CertId) -> String {
    let it = model.cert(id);
    format!("issued to `{}` by `{}`", it.subject.title(), it.issuer.title())
}

fn side(model: &Model, at: Option<(CertId, Location)>) -> String {
    at.map_or("nothing".to_owned(), |(id, _)| issued(model, id))
}

/// What stands at a level of one side, as the text of a label.
fn described(model: &Model, level: &Level, number: usize, id: CertId, whose: &str) -> String {
    let verdict = match (level.same_names, level.same_key) {
        (false, _) => "not the same",
        (true, false) => "the same names, another key",
        (true, true) => "the same",
    };
    format!("level {} of the {whose}, {}: {verdict}", number + 1, issued(model, id))
}

/// Labels every level on both sides.
fn label_levels(finding: &mut Finding, model: &Model, levels: &[Level]) {
    for (number, level) in levels.iter().enumerate().take(words::SHOWN) {
        for (at, whose) in [(level.source, "source"), (level.target, "target")] {
            if let Some((id, at)) = at {
                finding.label(at, described(model, level, number, id, whose));
            }
        }
    }
}

/// See the card.
pub(crate) fn peer_ca_mismatch(model: &Model, out: &mut Findings) {
    for (source, target, levels) in pairs(model) {
        let Some(first) = levels.iter().position(|it| !it.same_names) else { continue };
        let level = &levels[first];
        let message = format!(
            "the chains in `{}` and `{}` part at level {} above the leaf, {} against {}: each appliance compares the names of all authorities, so the check of the migration's connection fails with `{HINT}`",
            model.path(source.file),
            model.path(target.file),
            first + 1,
            side(model, level.source),
            side(model, level.target)
        );
        let Some((id, at)) = level.target.or(level.source) else { continue };
        let whose = if level.target.is_some() { "target" } else { "source" };
        let finding = out.report(message, at, described(model, level, first, id, whose));
        label_levels(finding, model, &levels);
        told::label_answers(finding, model, source, |it| *it == Reason::Connection);
        finding.help(
            "have the request of one appliance signed again, by the intermediate that signed the other; the same root is not enough",
        );
    }
}

/// See the card.
pub(crate) fn peer_ca_key_differs(model: &Model, out: &mut Findings) {
    for (source, target, levels) in pairs(model) {
        if levels.iter().any(|it| !it.same_names) {
            continue;
        }
        let Some(first) = levels.iter().position(|it| !it.same_key) else { continue };
        let Some((id, at)) = levels[first].target else { continue };
        let message = format!(
            "`{}` and `{}` both hold {}, with two keys: the names agree, and the authority in the trust store of one appliance is not the one that the other shows, so their handshakes fail",
            model.path(source.file),
            model.path(target.file),
            words::title(model, id)
        );
        let finding = out.report(message, at, described(model, &levels[first], first, id, "target"));
        label_levels(finding, model, &levels);
        told::label_answers(finding, model, source, |it| *it == Reason::Connection);
        finding.help("an authority was renewed with a new key: have both requests signed below the same one, and upload both chains again");
    }
}

/// See the card.
pub(crate) fn peer_same_leaf(model: &Model, out: &mut Findings) {
    for (source, target, _) in pairs(model) {
        let (Some((a, at)), Some((b, other))) = (source.verdict.leaf(), target.verdict.leaf()) else {
            continue;
        };
        if model.cert(a).public_key.id != model.cert(b).public_key.id {
            continue;
        }
        let what = if a == b { "the same leaf" } else { "leaves of one key" };
        let message = format!(
            "source and target of the migration have {what}, {}: each appliance takes only a certificate for its own request, so one of the two answers with `CGEN1008` (`Invalid CSR key.`)",
            words::title(model, a)
        );
        let finding = out.report(message, other, "in the chain of the target");
        finding.label(at, "in the chain of the source");
        told::label_answers(finding, model, source, |it| *it == Reason::RequestKey);
        finding.help("have a request of each appliance signed by the same authority");
    }
}
