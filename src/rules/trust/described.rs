//! Truststores of which only a dump is there: what names alone prove about them.

use std::collections::BTreeMap;

use crate::{
    finding::{Findings, Level},
    model::{Described, DescribedUse, Model, Part, Role, Software},
    rules::words,
};

/// A truststore that is known whole by descriptions, once for all endpoints that use it.
struct Dumped<'m> {
    software: Software,
    of: Role,
    all: Vec<&'m Described>,
    uses: Vec<&'m DescribedUse>,
}

fn dumped(model: &Model) -> Vec<Dumped<'_>> {
    let mut by_store: BTreeMap<(&[usize], Role), Dumped<'_>> = BTreeMap::new();
    for at in model.estate.described.iter().flat_map(|it| &it.uses) {
        let Part::Anchor(of) = at.part else { continue };
        // With the bytes at hand, more is known than names.
        let known = model.estate.trusts_of(at.endpoint).iter().any(|it| it.of == of && it.active.is_some());
        if at.together.is_empty() || known || !at.software.needs_root() {
            continue;
        }
        let store = by_store.entry((&at.together, of)).or_insert_with(|| Dumped {
            software: at.software,
            of,
            all: at.together.iter().map(|index| &model.estate.described[*index]).collect(),
            uses: Vec::new(),
        });
        if !store.uses.iter().any(|it| it.endpoint == at.endpoint) {
            store.uses.push(at);
        }
    }
    by_store.into_values().collect()
}

impl<'m> Dumped<'m> {
    fn whom(&self, model: &Model) -> String {
        words::endpoints(model, self.uses.iter().map(|it| it.endpoint))
    }

    fn has_issuer_of(&self, it: &Described) -> bool {
        let issuer = it.issuer.as_ref().map(crate::model::x509::WrittenName::unordered);
        it.is_self_issued()
            || issuer.is_none()
            || self
                .all
                .iter()
                .any(|other| other.subject.as_ref().map(crate::model::x509::WrittenName::unordered) == issuer)
    }

    fn is_leaf(it: &Described) -> bool {
        it.is_ca == Some(false) && !it.is_self_issued()
    }

    fn issuer(it: &'m Described) -> &'m str {
        it.issuer.as_ref().map_or("its issuer", |it| it.title())
    }

    fn refused(&self) -> String {
        match self.software.refusal() {
            "" => String::new(),
            what => format!(" with {what}"),
        }
    }

    fn label(&self, model: &Model, finding: &mut crate::finding::Finding) {
        words::label_steps(finding, model, self.uses.iter().map(|it| (it.endpoint, it.via.as_slice())));
    }
}

const COMPARED: &str = "the dump holds no signatures, so this was compared by names alone";

/// The part of [`super::leaf_only`] about truststores of which a dump is there.
pub(super) fn leaf_only(model: &Model, out: &mut Findings) {
    for store in dumped(model) {
        if !store.all.iter().all(|it| Dumped::is_leaf(it) && !store.has_issuer_of(it)) {
            continue;
        }
        let Some(first) = store.all.first() else { continue };
        let titles: Vec<String> = store.all.iter().map(|it| format!("`{}`", it.title())).collect();
        let finding = out.report(
            format!(
                "the truststore of {} holds {} without the authorities that issued {}: every {} certificate is refused{}",
                store.whom(model),
                words::list(&titles, 3),
                if titles.len() == 1 { "it" } else { "them" },
                store.of.word(),
                store.refused()
            ),
            first.entry,
            "authorities are needed beside this",
        );
        for it in store.all.iter().take(words::SHOWN) {
            finding.label(it.at, format!("a leaf, issued by `{}`", Dumped::issuer(it)));
        }
        store.label(model, finding);
        finding.help(format!(
            "upload the certificate of `{}` and all authorities above it, up to the root, together with this one to a new truststore, then change the reference to that store; {COMPARED}",
            Dumped::issuer(first)
        ));
    }
}

/// The part of [`super::root_missing`] about truststores of which a dump is there.
pub(super) fn root_missing(model: &Model, out: &mut Findings) {
    for store in dumped(model) {
        if store.all.iter().all(|it| Dumped::is_leaf(it) && !store.has_issuer_of(it)) {
            continue;
        }
        // Version 1 certificates are dumped as CA:FALSE too: what issues another one is an authority.
        let authorities: Vec<&&Described> = store.all.iter().filter(|it| it.is_ca == Some(true)).collect();
        let hanging: Vec<&&&Described> = authorities.iter().filter(|it| !store.has_issuer_of(it)).collect();
        let Some(first) = hanging.first() else { continue };
        let all = hanging.len() == authorities.len() && !store.all.iter().any(|it| it.is_self_issued());
        let missing = Dumped::issuer(first);
        let finding = out.report(
            format!(
                "the truststore of {} ends at `{}` without its issuer `{missing}`: every {} certificate {}is refused{}",
                store.whom(model),
                first.title(),
                store.of.word(),
                if all { "" } else { "issued below it " },
                store.refused()
            ),
            first.entry,
            format!("`{missing}` is needed beside this"),
        );
        finding.level(if all { Level::Error } else { Level::Warning });
        finding.label(first.at, format!("issued by `{missing}`"));
        store.label(model, finding);
        finding.help(format!(
            "upload what this truststore holds together with the certificate of `{missing}` to a new one, then change the reference to that store; {} accepts no chain that ends below a root; {COMPARED}",
            store.software.name()
        ));
    }
}
