//! A certificate with a fault of its own, where it is used or lies: which ones are told, and how they are spoken of.

use std::collections::BTreeSet;

use crate::{
    finding::{Finding, Findings},
    model::x509::Certificate,
    model::{
        CertId, FileId, Identity, Location, Model, Pairing, Part, Pointer, Software, Trust, Use, Within,
        tree::parent, verify::Profile,
    },
    rules::words,
};

/// A file with as many certificates is a bundle of the web's authorities, some of which always end.
const CROWD: usize = 20;

/// Folders of what is kept and no longer used: certbot leaves every earlier certificate in `archive`.
const KEPT: &[&str] = &["archive", "archived", "backup", "backups", "old"];

/// A certificate with a fault.
pub(super) struct Case<'m> {
    model: &'m Model,
    pub(super) id: CertId,
    /// What it is where it matters most; `None` where nothing uses it.
    pub(super) part: Option<Part>,
    /// The uses that the fault harms.
    pub(super) uses: Vec<Use>,
}

/// Every certificate of which `wrong` holds and which harms somebody, or lies where somebody may take it.
pub(super) fn cases(model: &Model, wrong: impl Fn(CertId, &Certificate) -> bool) -> Vec<Case<'_>> {
    let named = named_files(model);
    let elsewhere = super::described::told_here(model);
    let mut cases = Vec::new();
    for (id, known) in model.materials.certificates() {
        if elsewhere.contains(&id) || !wrong(id, &known.certificate) {
            continue;
        }
        let uses = model.uses().get(&id).map_or(&[][..], Vec::as_slice);
        if uses.is_empty() {
            // Those of vCenter have rules of their own.
            if model.vcenter.tells(id) {
                continue;
            }
            if known.places.iter().all(|place| !named.contains(*place))
                && known.places.iter().any(|place| may_be_taken(model, place.file))
            {
                cases.push(Case { model, id, part: None, uses: Vec::new() });
            }
            continue;
        }
        let harms = |it: &&Use| match it.part {
            Part::Anchor(_) => !is_crowd(model, it.place.file) && !has_sound_twin(model, id, it, &wrong),
            Part::Leaf(_) | Part::Intermediate(_) => true,
        };
        let uses: Vec<Use> = uses.iter().filter(harms).cloned().collect();
        if let Some(part) = uses.iter().map(|it| it.part).min() {
            cases.push(Case { model, id, part: Some(part), uses });
        }
    }
    cases
}

/// Files that a configuration names: what stands in them beside a chain, or is named and turned off, is told by
/// other rules.
fn named_files(model: &Model) -> Named {
    let mut named = Named::default();
    for pointer in &model.estate.pointers {
        match (&pointer.within, pointer.to.file()) {
            (Within::Value(at), _) => {
                named.values.insert(*at);
            }
            (_, Some(file)) => {
                named.files.insert(file);
            }
            _ => {}
        }
    }
    named
}

/// Files and single values that a configuration names.
#[derive(Default)]
struct Named {
    files: BTreeSet<FileId>,
    values: BTreeSet<Location>,
}

impl Named {
    fn contains(&self, place: Location) -> bool {
        self.files.contains(&place.file) || self.values.contains(&place)
    }
}

/// The file is neither a test's nor kept for memory.
fn may_be_taken(model: &Model, file: FileId) -> bool {
    let path = model.path(file);
    let kept = parent(path).split('/').any(|folder| KEPT.contains(&folder.to_ascii_lowercase().as_str()));
    !kept && !model.is_throwaway(path) && !is_crowd(model, file)
}

fn is_crowd(model: &Model, file: FileId) -> bool {
    // A Router puts the certificates of all aliases into one file.
    let loaded = || model.apigee_wiring.loaded.values().flatten().any(|it| it.file == file);
    model.materials.each_in(file).nth(CROWD - 1).is_some() && !loaded()
}

fn trusts<'m>(model: &'m Model, at: &Use) -> impl Iterator<Item = &'m Trust> {
    let endpoint = at.endpoint;
    model.estate.trusts_of(endpoint).iter().filter(|trust| trust.active.is_some())
}

/// Whether the trust of a use also holds a certificate of this name and key without the fault.
fn has_sound_twin(
    model: &Model,
    id: CertId,
    at: &Use,
    wrong: &impl Fn(CertId, &Certificate) -> bool,
) -> bool {
    let it = model.cert(id);
    trusts(model, at).any(|trust| {
        model.anchors(trust).iter().any(|(other_id, _)| {
            let other = model.cert(*other_id);
            other.public_key.id == it.public_key.id
                && other.subject.same_text(&it.subject)
                && other.not_before <= model.today()
                && model.today() <= other.not_after
                && !wrong(*other_id, other)
        })
    })
}

impl<'m> Case<'m> {
    pub(super) fn certificate(&self) -> &'m Certificate {
        self.model.cert(self.id)
    }

    /// The subject of a sentence: "the server certificate `x` of server `y`".
    pub(super) fn whose(&self) -> String {
        let title = words::title(self.model, self.id);
        let Some(part) = self.part else { return format!("the certificate {title}") };
        let here = self.uses.iter().filter(|it| it.part == part).map(|it| it.endpoint);
        let whom = words::endpoints(self.model, here);
        let in_store = self.software().is_some_and(Software::keeps_stores);
        match part {
            Part::Anchor(role) if in_store => {
                format!("the certificate {title}, by which {},", words::verified(&whom, role))
            }
            // A leaf that is believed is no authority.
            Part::Anchor(_) if self.issues_none() => {
                format!("the certificate {title}, by which peers of {whom} are verified,")
            }
            Part::Anchor(_) => format!("the authority {title}, by which peers of {whom} are verified,"),
            Part::Leaf(_) | Part::Intermediate(_) => format!("the {} {title} of {whom}", part.noun()),
        }
    }

    /// A leaf.
    pub(super) fn issues_none(&self) -> bool {
        !self.certificate().is_ca() && self.certificate().version == 3
    }

    /// The line that names it where it is used.
    pub(super) fn pointer(&self) -> Option<&'m Pointer> {
        self.uses.first().map(|it| self.model.estate.pointer(it.pointer))
    }

    /// What reads the file.
    pub(super) fn software(&self) -> Option<Software> {
        self.pointer().map(|it| it.software)
    }

    /// What reads it is known to be OpenSSL at its usual settings: then what it refuses is known too.
    pub(super) fn is_read_by_openssl(&self) -> bool {
        self.software() == Some(Software::Nginx)
    }

    /// It is one authority among several of each trust: peers of the others are served.
    pub(super) fn is_one_of_several(&self, wrong: impl Fn(CertId, &Certificate) -> bool) -> bool {
        let own = self.model.path_to_root(self.id, &[]);
        let other_root = |at: &Use| {
            trusts(self.model, at).any(|trust| {
                self.model.anchors(trust).iter().any(|(id, _)| {
                    !own.contains(id)
                        && self.model.chains.is_root(&self.model.materials, *id)
                        && !self.certificate().subject.same_text(&self.model.cert(*id).subject)
                        && !wrong(*id, self.model.cert(*id))
                })
            })
        };
        matches!(self.part, Some(Part::Anchor(_))) && self.uses.iter().all(other_root)
    }

    /// It is an intermediate, and every chain that it is sent with leads to a root of the tree around it too.
    pub(super) fn is_bypassed(&self) -> bool {
        let around = |at: &Use| {
            let identities = self.model.estate.identities_of(at.endpoint).iter();
            let mut sent = identities.filter(|identity| identity.certificate == at.pointer);
            sent.all(|identity| {
                let bundle: Vec<CertId> = identity.sent.iter().map(|(id, _)| *id).collect();
                let answer = self.model.verify_sent(&bundle, identity.role, &Profile::LENIENT);
                answer.accepted() && !answer.path.contains(&self.id)
            })
        };
        matches!(self.part, Some(Part::Intermediate(_))) && self.uses.iter().all(around)
    }

    /// Puts the finding at the line that names the file, or at the certificate where nobody names it.
    pub(super) fn report<'f>(&self, out: &'f mut Findings, message: String, what: &str) -> &'f mut Finding {
        if let Some((at, pointer)) = words::pointers(self.model, &self.uses).first() {
            let holds = self.model.estate.pointer(*pointer).holds();
            let finding = out.report(message, *at, holds);
            words::label_uses(finding, self.model, &self.uses, what);
            label_copies(finding, self.model, self.id, &self.uses);
            return finding;
        }
        let places: &[Location] = &self.model.materials.known(self.id).places;
        let finding = out.report(message, places[0], what);
        for place in places.iter().skip(1).take(words::SHOWN) {
            finding.label(*place, "a copy stands here");
        }
        finding
    }
}

/// Labels what the management server and the Routers of Apigee Edge say about the same certificate.
fn label_copies(finding: &mut Finding, model: &Model, id: CertId, uses: &[Use]) {
    for it in model.estate.described.iter().filter(|it| it.same == Some(id) && !it.uses.is_empty()) {
        finding.label(it.entry, format!("{} holds it", it.entry_title));
        words::label_steps(finding, model, it.uses.iter().map(|it| (it.endpoint, it.via.as_slice())));
    }
    let loaded: BTreeSet<FileId> = uses
        .iter()
        .filter_map(|it| model.apigee_wiring.loaded.get(&it.endpoint))
        .flatten()
        .map(|it| it.file)
        .collect();
    let places = &model.materials.known(id).places;
    for place in places.iter().filter(|it| loaded.contains(&it.file)).take(words::SHOWN) {
        finding.label(*place, "the Router has loaded it");
    }
}

/// Whether the first certificate of a file is meant as the leaf. Where the key belongs to a later one, or to none,
/// the file or its order is what is wrong, and the rules about keys and chains say so.
pub(super) fn is_meant(model: &Model, identity: &Identity) -> bool {
    let Some((first, _)) = identity.sent.first() else { return false };
    match identity.pairing {
        Pairing::Match => true,
        Pairing::OtherKey(_) | Pairing::OtherType(_) | Pairing::LaterCertificate(..) => false,
        Pairing::Locked(_) | Pairing::Unknown => identity.sent.len() == 1 || !model.cert(*first).is_ca(),
    }
}
