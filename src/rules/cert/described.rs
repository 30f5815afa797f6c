//! Certificates that a dump describes without their bytes: the same rules as for those that are there, as far as names
//! and dates go.

mod faults;

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    finding::{Finding, Findings, Level},
    model::x509::{Time, WrittenName},
    model::{CertId, Described, DescribedUse, EndpointId, Location, Model, Part, Role, Software, Use},
    rules::words,
};

use super::validity::{WAIT, ahead, effect, late, rotation};

pub(super) use faults::{name_mismatch, weak_key, weak_signature};

/// A described certificate with a fault, and the uses it harms.
struct Told<'m> {
    model: &'m Model,
    it: &'m Described,
    part: Option<Part>,
    uses: Vec<&'m DescribedUse>,
}

/// Who speaks about a certificate that is described and also there as a file.
pub(super) struct Speakers<'m> {
    model: &'m Model,
    /// The endpoints of all descriptions of a certificate.
    described: BTreeMap<CertId, BTreeSet<EndpointId>>,
}

impl<'m> Speakers<'m> {
    pub(super) fn new(model: &'m Model) -> Self {
        let mut described: BTreeMap<CertId, BTreeSet<EndpointId>> = BTreeMap::new();
        for it in &model.estate.described {
            if let Some(id) = it.same {
                described.entry(id).or_default().extend(it.uses.iter().map(|at| at.endpoint));
            }
        }
        Self { model, described }
    }

    /// The rules about files speak where nothing uses the description, or files are used where it is not. Otherwise the
    /// description speaks, since that is the line to edit, and copies elsewhere (on a Router) follow from it.
    pub(super) fn is_file(&self, it: &Described) -> bool {
        let Some(id) = it.same else { return false };
        let endpoints = self.described.get(&id);
        let in_files = self.model.uses().get(&id).map_or(&[][..], Vec::as_slice);
        let elsewhere = |at: &Use| endpoints.is_none_or(|known| !known.contains(&at.endpoint));
        it.uses.is_empty() || in_files.iter().any(elsewhere)
    }
}

/// The certificates that descriptions speak about.
pub(super) fn told_here(model: &Model) -> BTreeSet<CertId> {
    let speakers = Speakers::new(model);
    model.estate.described.iter().filter(|it| !speakers.is_file(it)).filter_map(|it| it.same).collect()
}

/// Every described certificate of which `wrong` holds and no rule about files speaks, and whose fault no other certificate
/// of the same name beside it makes good.
fn told(model: &Model, wrong: impl Fn(&Described) -> bool) -> Vec<Told<'_>> {
    let speakers = Speakers::new(model);
    let mut found = Vec::new();
    for it in model.estate.described.iter().filter(|it| wrong(it) && !speakers.is_file(it)) {
        let key = |other: &Described| other.subject.as_ref().map(WrittenName::unordered);
        let replaced = |at: &&DescribedUse| {
            matches!(at.part, Part::Anchor(_))
                && at.together.iter().map(|index| &model.estate.described[*index]).any(|other| {
                    // Names alone do not prove that the key is the same; of a leaf's twin nothing else is known.
                    other.at != it.at && key(other) == key(it) && !wrong(other)
                })
        };
        let uses: Vec<&DescribedUse> = it.uses.iter().filter(|at| !replaced(at)).collect();
        if uses.is_empty() && !it.uses.is_empty() {
            continue;
        }
        let part = uses.iter().map(|at| at.part).min();
        found.push(Told { model, it, part, uses });
    }
    found
}

impl Told<'_> {
    fn software(&self) -> Option<Software> {
        self.uses.first().map(|it| it.software)
    }

    /// A leaf. Version 1 certificates are dumped as CA:FALSE too, roots among them.
    fn issues_none(&self) -> bool {
        self.it.is_ca == Some(false) && !self.it.is_self_issued()
    }

    fn whose(&self) -> String {
        let title = self.it.title();
        let Some(part) = self.part else {
            return format!("the certificate `{title}` in {}", self.it.entry_title);
        };
        let endpoints = self.uses.iter().filter(|it| it.part == part).map(|it| it.endpoint);
        let whom = words::endpoints(self.model, endpoints);
        match part {
            Part::Anchor(role) => {
                let verified = words::verified(&whom, role);
                format!("the certificate `{title}` in {}, by which {verified},", self.it.entry_title)
            }
            _ => format!("the {} `{title}` of {whom}", part.noun()),
        }
    }

    /// Puts the finding at the alias, with the dump's line and the way from every endpoint as labels.
    fn report<'f>(&self, out: &'f mut Findings, message: String, what: &str) -> &'f mut Finding {
        let line = self.it.ends_at.unwrap_or(self.it.at);
        let finding = out.report(message, self.it.entry, format!("{} holds it", self.it.entry_title));
        finding.label(line, what);
        let loaded = |file| self.model.apigee_wiring.loaded.values().flatten().any(|it| it.file == file);
        for place in
            self.it.same.iter().flat_map(|id| &self.model.materials.known(*id).places).take(words::SHOWN)
        {
            let here = if loaded(place.file) {
                "the Router has loaded it"
            } else {
                "the certificate itself stands here"
            };
            finding.label(*place, here);
        }
        words::label_steps(finding, self.model, self.uses.iter().map(|it| (it.endpoint, it.via.as_slice())));
        finding
    }

    fn help(&self) -> Option<String> {
        let issuer = self.it.issuer.as_ref().map_or("its issuer", |it| it.title());
        Some(rotation(self.software()?, self.it.title(), issuer, self.part?))
    }
}

/// The part of [`super::expired`] about described certificates.
pub(super) fn expired(model: &Model, out: &mut Findings) {
    let today = model.today();
    let rotated = model.half_rotated();
    let wrong = |it: &Described| it.not_after.is_some_and(|end| end < today);
    let all = told(model, wrong).into_iter().filter(|it| !rotated.places.contains(&it.it.at));
    let (used, unused): (Vec<_>, Vec<_>) = all.partition(|it| it.part.is_some());
    expired_unused(&unused, out);
    for told in used {
        let (Some(end), Some(part)) = (told.it.not_after, told.part) else { continue };
        let when = match end.days_until(today) {
            0 => format!("expired on {end}"),
            days => format!("expired on {end}, {} ago", words::days(days)),
        };
        let message =
            format!("{} {when}: {}", told.whose(), effect(told.software(), part, told.issues_none()));
        let help = told.help();
        let several = others_are_sound(&told, wrong);
        let finding = told.report(out, message, &when);
        if several {
            finding.level(Level::Warning);
        }
        finding.help(help.unwrap_or_default());
    }
}

/// Dumps keep what nobody has cleared away for years: all of it is one finding.
fn expired_unused(unused: &[Told<'_>], out: &mut Findings) {
    let Some((first, others)) = unused.split_first() else { return };
    let Some(end) = first.it.not_after else { return };
    let message = match others.len() {
        0 => format!("{} expired on {end}; no use of it was seen", first.whose()),
        1 => format!("{} expired on {end}, and so did another one; no use of them was seen", first.whose()),
        more => {
            format!("{} expired on {end}, and so did {more} others; no use of them was seen", first.whose())
        }
    };
    let finding = first.report(out, message, &format!("expired on {end}"));
    for told in others.iter().take(words::SHOWN) {
        let end = told.it.not_after.map_or_else(String::new, |end| format!(" on {end}"));
        finding.label(told.it.entry, format!("`{}` expired{end}", told.it.title()));
    }
    finding.level(Level::Warning).help("remove the alias, or put the current certificate into a new store");
}

/// The part of [`super::expiring`] about described certificates.
pub(super) fn expiring(model: &Model, out: &mut Findings) {
    let today = model.today();
    let days = model.settings.option("cert/expiring", "days", 30);
    let soon = |it: &Described| {
        let (Some(start), Some(end)) = (it.not_before, it.not_after) else { return false };
        start <= today && today <= end && late(start, end, today, days)
    };
    for told in told(model, soon) {
        let (Some(part), Some(end)) = (told.part, told.it.not_after) else { continue };
        let message = format!(
            "{} expires on {end}, {}; after that {}",
            told.whose(),
            ahead(today.days_until(end)),
            effect(told.software(), part, told.issues_none())
        );
        let help = told.help();
        let finding = told.report(out, message, &format!("expires on {end}"));
        if let Some(help) = help {
            finding.help(help);
        }
    }
}

/// The part of [`super::not_yet_valid`] about described certificates.
pub(super) fn not_yet_valid(model: &Model, out: &mut Findings) {
    let today = model.today();
    for told in told(model, |it| it.not_before.is_some_and(|start| today < start)) {
        let (Some(part), Some(start)) = (told.part, told.it.not_before) else { continue };
        let when = format!("is valid from {start}, {}", ahead(today.days_until(start)));
        let message = format!(
            "{} {when}: until then {}",
            told.whose(),
            effect(told.software(), part, told.issues_none())
        );
        let several = others_are_sound(&told, |it| it.not_before.is_some_and(|start: Time| today < start));
        let finding = told.report(out, message, &when);
        if several {
            finding.level(Level::Warning);
        }
        finding.help(WAIT);
    }
}

/// It is one authority among several of each trust, of other names: peers of the others are served.
fn others_are_sound(told: &Told<'_>, wrong: impl Fn(&Described) -> bool) -> bool {
    matches!(told.part, Some(Part::Anchor(Role::Client | Role::Server)))
        && told.uses.iter().all(|at| {
            let beside: Vec<&Described> =
                at.together.iter().map(|index| &told.model.estate.described[*index]).collect();
            let own = ancestors(told.it, &beside);
            beside.iter().any(|it| it.is_self_issued() && !wrong(it) && !own.contains(&it.at))
        })
}

/// The certificate itself and those whose names lead up from it.
fn ancestors(start: &Described, beside: &[&Described]) -> BTreeSet<Location> {
    let name = |it: &Option<WrittenName>| it.as_ref().map(WrittenName::unordered);
    let mut own = BTreeSet::from([start.at]);
    let mut open = vec![name(&start.issuer)];
    while let Some(issuer) = open.pop() {
        for it in beside.iter().filter(|it| issuer.is_some() && name(&it.subject) == issuer) {
            if own.insert(it.at) {
                open.push(name(&it.issuer));
            }
        }
    }
    own
}
