//! Chains of which only a dump is there: whether the leaf stands alone, judged by names.

use crate::{
    finding::{Findings, Level},
    model::{Described, Model, Part, Role},
    rules::{trust::is_public, words},
};

use super::bundle::looks_like_root;

/// What the tree knows of the issuer of a certificate, by its name.
enum Issuer<'m> {
    /// It signs itself, so peers have it themselves.
    Root,
    /// It is issued by another one: where it stands.
    Intermediate(Option<&'m Described>),
    /// Nothing says which of the two.
    Unknown,
}

/// The part of [`super::missing_issuer`] about described certificates.
pub(super) fn missing_issuer(model: &Model, out: &mut Findings) {
    for it in &model.estate.described {
        let alone = |part: Part| matches!(part, Part::Leaf(_));
        let uses: Vec<_> = it.uses.iter().filter(|at| alone(at.part) && at.together.len() == 1).collect();
        let (Some(first), Some(name)) = (uses.first(), &it.issuer) else { continue };
        if it.is_self_issued() || it.is_ca == Some(true) {
            continue;
        }
        let issuer = issuer(model, it);
        if matches!(issuer, Issuer::Root) {
            continue;
        }
        let certain = matches!(issuer, Issuer::Intermediate(_));
        let whom = words::endpoints(model, uses.iter().map(|at| at.endpoint));
        let refused = match first.part {
            Part::Leaf(Role::Client) => {
                "the backend refuses the connection unless it keeps that issuer itself"
            }
            _ => "clients that have not met that issuer before refuse the connection",
        };
        let finding = out.report(
            if certain {
                format!(
                    "the chain of {whom} is `{}` alone, without the intermediate `{}` that issued it: {refused}",
                    it.title(),
                    name.title()
                )
            } else {
                format!(
                    "the chain of {whom} is `{}` alone, without its issuer `{}`: if that is an intermediate, {refused}",
                    it.title(),
                    name.title()
                )
            },
            it.entry,
            format!("{} holds it", it.entry_title),
        );
        finding.level(if certain { Level::Warning } else { Level::Note });
        finding.label(it.at, format!("the only certificate of this alias, issued by `{}`", name.title()));
        if let Issuer::Intermediate(Some(issuer)) = issuer {
            finding.label(issuer.at, "the missing certificate is described here");
        }
        words::label_steps(finding, model, uses.iter().map(|at| (at.endpoint, at.via.as_slice())));
        finding.help(
            "upload leaf, chain and key to a new store under the same alias name, then change the reference to that store; the dump \
             holds no signatures, so this was compared by names alone",
        );
    }
}

fn issuer<'m>(model: &'m Model, it: &Described) -> Issuer<'m> {
    let Some(name) = &it.issuer else { return Issuer::Unknown };
    let wanted = name.unordered();
    let named =
        |other: &&Described| other.subject.as_ref().is_some_and(|subject| subject.unordered() == wanted);
    let described: Vec<&Described> = model.estate.described.iter().filter(named).collect();
    let files =
        model.materials.certificates().filter(|(_, known)| known.certificate.subject.unordered() == wanted);
    let mut roots = files.map(|(id, _)| model.chains.is_root(&model.materials, id)).peekable();
    if described.iter().any(|it| it.is_self_issued()) || looks_like_root(&name.text) {
        return Issuer::Root;
    }
    if let Some(first) = described.first() {
        return Issuer::Intermediate(Some(first));
    }
    if roots.peek().is_some() {
        return if roots.any(|root| root) { Issuer::Root } else { Issuer::Intermediate(None) };
    }
    // Roots of the web never sign leaves themselves.
    if is_public(&name.text) { Issuer::Intermediate(None) } else { Issuer::Unknown }
}
