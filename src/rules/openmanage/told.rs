//! What appliances answered, and which file of the tree is why.

use crate::{
    finding::Finding,
    model::{
        CertId, Location, Model,
        openmanage::{Answer, Deployment, End, Mode, Reason, Shape, Verdict, levels},
        x509::Certificate,
    },
    rules::words,
};

/// Authorities that an appliance takes at most, the leaf counted too.
pub(super) const DEEPEST: usize = 10;

/// Places that are why an appliance answers so, each with what is wrong there; none where the file is not to blame.
pub(super) fn causes(model: &Model, it: &Deployment, reason: &Reason) -> Vec<(Location, String)> {
    let verdict = &it.verdict;
    let Some((id, at)) = verdict.leaf() else {
        return match (reason, verdict.shape) {
            (Reason::File, Shape::Other(what, _)) => {
                vec![(Location::whole(it.file), format!("this is {what}"))]
            }
            _ => Vec::new(),
        };
    };
    let leaf = model.cert(id);
    let one = |wrong: bool, what: &str| if wrong { vec![(at, what.to_owned())] } else { Vec::new() };
    match reason {
        Reason::RequestKey => {
            let fits = it.requests.iter().any(|it| it.request.public_key.id == leaf.public_key.id);
            let wrong = !it.requests.is_empty() && !fits;
            let mut found = one(wrong, "the key of this leaf is not that of the request");
            found.extend(it.requests.last().filter(|_| wrong).map(|it| (it.at, "the request".to_owned())));
            found
        }
        Reason::Purposes => {
            one(Verdict::lacks(leaf) != (false, false), "not for server and client authentication both")
        }
        Reason::KeyEncipherment | Reason::File => {
            one(lacks_encipherment(leaf), "its key usage does not list key encipherment")
        }
        Reason::Chain => chain(it),
        Reason::Other(_) => {
            let mut found: Vec<(Location, String)> = verdict
                .certificates
                .iter()
                .filter(|(id, _)| has_no_name(model, *id) || wildcard(model.cert(*id)).is_some())
                .map(|(_, at)| (*at, "a name is missing here, or holds a wildcard".to_owned()))
                .collect();
            if found.is_empty() && verdict.depth() > DEEPEST {
                found = one(true, "this chain is too deep");
            }
            found
        }
        Reason::Connection => connection(model, it),
        Reason::Value(_) => Vec::new(),
    }
}

fn chain(it: &Deployment) -> Vec<(Location, String)> {
    let verdict = &it.verdict;
    let at = |position: usize| verdict.certificates[position].1;
    let mut found = Vec::new();
    match verdict.end {
        End::SelfSigned => found.push((at(verdict.leaf), "self-signed, and no chain".to_owned())),
        End::NoRoot(last, _) => {
            found.push((at(last), "the root that issued this is not in the file".to_owned()));
        }
        End::Gap(last, ..) => found.push((at(last), "the issuer of this is not in the file".to_owned())),
        End::Root | End::Unknown => {}
    }
    found.extend(verdict.misplaced().into_iter().map(|it| (at(it), "out of order".to_owned())));
    found.extend(verdict.path.repeated.iter().map(|(it, _)| (at(*it), "a second copy".to_owned())));
    if verdict.end == End::Root {
        found.extend(verdict.path.foreign.iter().map(|it| (at(*it), "no issuer of the leaf".to_owned())));
    }
    found
}

/// What makes the check of the connection fail: the other end, a date, the depth.
fn connection(model: &Model, it: &Deployment) -> Vec<(Location, String)> {
    let verdict = &it.verdict;
    let mut found = Vec::new();
    let all = &model.openmanage.deployments;
    for (a, b) in &model.openmanage.pairs {
        let (a, b) = (&all[*a], &all[*b]);
        if a.file != it.file && b.file != it.file {
            continue;
        }
        for level in levels(&model.materials, &a.verdict, &b.verdict) {
            if !level.same_names || !level.same_key {
                let ends = [level.source, level.target].into_iter().flatten();
                found.extend(ends.map(|(_, at)| (at, "not the same on both appliances".to_owned())));
            }
        }
    }
    let now = it.now.unwrap_or(model.today());
    for (id, at) in &verdict.certificates {
        let certificate = model.cert(*id);
        if certificate.not_after < now || now < certificate.not_before {
            found.push((*at, "not valid on this day".to_owned()));
        }
    }
    if verdict.depth() > DEEPEST {
        found.extend(verdict.leaf().map(|(_, at)| (at, "this chain is too deep".to_owned())));
    }
    found.extend(chain(it));
    found
}

/// Key usage is stated, and key encipherment is not in it.
pub(super) fn lacks_encipherment(certificate: &Certificate) -> bool {
    certificate.key_usage.is_some_and(|it| !it.key_encipherment())
}

/// No common name in its subject.
pub(super) fn has_no_name(model: &Model, id: CertId) -> bool {
    model.cert(id).subject.common_name.as_ref().is_none_or(|it| it.trim().is_empty())
}

/// A name of a certificate that holds a wildcard.
pub(super) fn wildcard(certificate: &Certificate) -> Option<String> {
    let common = certificate.subject.common_name.clone();
    common.into_iter().chain(certificate.names()).find(|it| it.contains('*'))
}

/// Whether an answer may be about a file.
pub(super) fn may_concern(answer: &Answer, it: &Deployment) -> bool {
    match answer.mode {
        None => true,
        Some(Mode::Chain) => it.mode != Some(Mode::Server),
        Some(Mode::Server) => it.mode != Some(Mode::Chain),
    }
}

/// The answers that say what a rule found about a file.
pub(super) fn answers<'m>(
    model: &'m Model,
    it: &'m Deployment,
    wanted: impl Fn(&Reason) -> bool + 'm,
) -> impl Iterator<Item = &'m Answer> {
    let all = model.openmanage.units.iter().flat_map(|(_, unit)| &unit.answers);
    all.filter(move |answer| wanted(&answer.reason) && may_concern(answer, it))
}

/// When it was logged, to follow a noun.
pub(super) fn on(answer: &Answer) -> String {
    answer.moment.as_ref().map_or(String::new(), |it| format!(" on {it}"))
}

/// Labels the answers that say what a rule found; whether there are any.
pub(super) fn label_answers(
    finding: &mut Finding,
    model: &Model,
    it: &Deployment,
    wanted: impl Fn(&Reason) -> bool,
) -> bool {
    let mut any = false;
    for answer in answers(model, it, wanted).take(words::SHOWN) {
        finding.label(answer.at, format!("the appliance said so{}", on(answer)));
        any = true;
    }
    any
}

/// Whether the tree shows enough of a file to tell if it is why.
pub(super) fn can_tell(model: &Model, it: &Deployment, answer: &Answer) -> bool {
    let known = may_concern(answer, it) && it.verdict.leaf().is_some();
    known
        && match answer.reason {
            Reason::RequestKey => !it.requests.is_empty(),
            Reason::Connection => !model.openmanage.pairs.is_empty(),
            Reason::Value(_) => false,
            _ => true,
        }
}
