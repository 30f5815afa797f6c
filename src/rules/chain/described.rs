//! Chains of which only a dump is there: whether the leaf stands alone, judged by names.

use std::collections::BTreeMap;

use crate::{
    finding::{Findings, Level},
    model::x509::WrittenName,
    model::{Described, DescribedUse, Model, Part, Role},
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
    let leaf = |at: &DescribedUse| matches!(at.part, Part::Leaf(_)) && at.together.len() == 1;
    if !model.estate.described.iter().any(|it| it.uses.iter().any(leaf)) {
        return;
    }
    let names = Names::new(model);
    for it in &model.estate.described {
        let uses: Vec<_> = it.uses.iter().filter(|at| leaf(at)).collect();
        let (Some(first), Some(name)) = (uses.first(), &it.issuer) else { continue };
        if it.is_self_issued() || it.is_ca == Some(true) {
            continue;
        }
        let issuer = names.issuer(name);
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

/// What the tree knows about names, each looked up once.
struct Names<'m> {
    described: BTreeMap<String, Vec<&'m Described>>,
    /// Whether one of the certificates of a name is a root.
    files: BTreeMap<String, bool>,
}

impl<'m> Names<'m> {
    fn new(model: &'m Model) -> Self {
        let mut described: BTreeMap<String, Vec<&Described>> = BTreeMap::new();
        for it in &model.estate.described {
            if let Some(subject) = &it.subject {
                described.entry(subject.unordered()).or_default().push(it);
            }
        }
        let mut files: BTreeMap<String, bool> = BTreeMap::new();
        for (id, known) in model.materials.certificates() {
            let root = files.entry(known.certificate.subject.unordered()).or_default();
            *root |= model.chains.is_root(&model.materials, id);
        }
        Self { described, files }
    }

    fn issuer(&self, name: &WrittenName) -> Issuer<'m> {
        let wanted = name.unordered();
        let described = self.described.get(&wanted).map_or(&[][..], Vec::as_slice);
        if described.iter().any(|it| it.is_self_issued()) || looks_like_root(&name.text) {
            return Issuer::Root;
        }
        match (described.first(), self.files.get(&wanted)) {
            (_, Some(true)) => Issuer::Root,
            (Some(first), _) => Issuer::Intermediate(Some(first)),
            (None, Some(false)) => Issuer::Intermediate(None),
            // Roots of the web never sign leaves themselves.
            (None, None) if is_public(&name.text) => Issuer::Intermediate(None),
            (None, None) => Issuer::Unknown,
        }
    }
}
