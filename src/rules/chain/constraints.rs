//! Names that an authority allows below itself, and authorities that changed their key.

use std::collections::BTreeMap;

use crate::{
    finding::{Findings, Level},
    model::x509::Verdict,
    model::{
        CertId, FileId, Location, Model,
        tree::parent,
        verify::{Profile, Reason},
    },
    rules::words,
};

use super::bundle::{Bundle, bundles, misplaced_leaf};

/// See the card.
pub(crate) fn name_constraints(model: &Model, out: &mut Findings) {
    for bundle in bundles(model) {
        if misplaced_leaf(model, &bundle).is_some() || !is_constrained(model, &bundle) {
            continue;
        }
        let role = bundle.identity.role;
        let answer = model.verify_known(&bundle.certificates, role, &Profile::LENIENT);
        // There may be a better way than those that were tried.
        if answer.exhausted {
            continue;
        }
        let found = answer.faults.iter().find_map(|fault| match &fault.reason {
            Reason::NameConstraint { by, outside } => Some((fault.certificate, *by, Some(outside))),
            Reason::TooManyNames { by } => Some((fault.certificate, *by, None)),
            _ => None,
        });
        let Some((child, by, outside)) = found else { continue };
        let whose = if child == bundle.certificates[0] {
            format!("the certificate {} of {}", words::title(model, child), bundle.whom(model))
        } else {
            format!("{} in the chain of {}", words::title(model, child), bundle.whom(model))
        };
        let authority = words::title(model, by);
        let (what, limits) = match outside {
            None => (
                format!("{whose} has more names than clients hold against those that {authority} limits"),
                "it limits names".to_owned(),
            ),
            Some(outside) if outside.excluded => (
                format!("{whose} has the name `{}`, which its authority {authority} excludes", outside.name),
                format!("it excludes {}", quoted(&outside.limits)),
            ),
            Some(outside) => (
                format!(
                    "{whose} has the name `{}`, and its authority {authority} may not issue for it",
                    outside.name
                ),
                format!("it permits {}", quoted(&outside.limits)),
            ),
        };
        let finding =
            out.report(format!("{what}: {}", bundle.refused()), bundle.pointer.at, "this chain is sent");
        finding
            .label(place(model, &bundle, child), "it has this name")
            .label(place(model, &bundle, by), limits);
        bundle.label_lines(finding);
        bundle.label_ways(model, finding);
        finding.help("have it issued by an authority that may issue for all of its names, or without the names outside; where the authority is your own, issue its certificate again with the constraints that it should have");
    }
}

fn quoted(limits: &[String]) -> String {
    let limits: Vec<String> = limits.iter().map(|limit| format!("`{limit}`")).collect();
    words::list(&limits, 4)
}

fn place(model: &Model, bundle: &Bundle<'_>, id: CertId) -> Location {
    let sent = bundle.certificates.iter().position(|it| *it == id);
    sent.map_or(model.materials.known(id).places[0], |at| bundle.place(at))
}

/// An authority above the leaf limits names.
fn is_constrained(model: &Model, bundle: &Bundle<'_>) -> bool {
    let above = model.authorities_above(bundle.certificates[0]);
    above.iter().any(|id| model.cert(*id).name_constraints.is_some())
}

/// See the card.
pub(crate) fn rekeyed(model: &Model, out: &mut Findings) {
    for bundle in bundles(model) {
        let (position, last) = bundle.end();
        let it = model.cert(last);
        let candidates = model.chains.candidates(&model.materials, last);
        if misplaced_leaf(model, &bundle).is_some()
            || !bundle.path.impostors.is_empty()
            || it.is_self_issued()
            || candidates.iter().any(|it| it.verdict != Verdict::Bad)
        {
            continue;
        }
        // Authorities of one name in far folders may be of different people.
        let beside = Beside::of(model, &bundle);
        let namesake = candidates.iter().find_map(|candidate| {
            let other = model.cert(candidate.id);
            let ids_differ = matches!(
                (&it.authority_key_id, &other.subject_key_id), (Some(wanted), Some(found)) if wanted != found
            );
            let places = &model.materials.known(candidate.id).places;
            let place = places.iter().find(|place| beside.has(place.file))?;
            (other.is_ca() && ids_differ).then_some((candidate.id, *place))
        });
        let Some((namesake, at)) = namesake else { continue };
        let finding = out.report(
            format!(
                "{} of {} was issued by another key of {} than the one in `{}`: whoever verifies against that file refuses the chain",
                bundle.title(model, position),
                bundle.whom(model),
                words::title(model, namesake),
                model.path(at.file),
            ),
            bundle.pointer.at,
            "this file is sent as it stands",
        );
        finding
            .label(bundle.place(position), "its authority key id is not that of the authority here")
            .label(at, "the authority of that name, with another key");
        bundle.label_lines(finding);
        bundle.label_ways(model, finding);
        finding
            .level(Level::Warning)
            .help("fetch the certificate of the authority that belongs to this one, or have this one issued again by the authority of today");
    }
}

/// The folder of a bundle, and what its endpoints name authorities in. Those that verify peers are left out: an authority
/// of clients may bear the name of one of servers, and has nothing to do with what is sent.
struct Beside<'m> {
    model: &'m Model,
    folder: &'m str,
    /// Files that are named, and whether they count.
    named: BTreeMap<FileId, bool>,
}

impl<'m> Beside<'m> {
    fn of(model: &'m Model, bundle: &Bundle<'_>) -> Self {
        let mut named = BTreeMap::new();
        for trust in bundle.endpoints.iter().flat_map(|endpoint| model.estate.trusts_of(*endpoint)) {
            for file in trust.anchors.iter().filter_map(|it| model.estate.pointer(*it).to.file()) {
                named.insert(file, trust.active.is_none());
            }
        }
        Self { model, folder: parent(model.path(bundle.file)), named }
    }

    fn has(&self, file: FileId) -> bool {
        let named = self.named.get(&file).copied();
        named.unwrap_or_else(|| parent(self.model.path(file)) == self.folder)
    }
}
