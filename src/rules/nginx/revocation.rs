//! Revocation lists: with one of them nginx wants one for every authority of a chain, and all of them current.

use std::sync::Arc;

use crate::{
    finding::Findings,
    model::{
        CertId, ItemKind, Location, Model, Role,
        estate::Trust,
        x509::{RevocationList, Verdict, verify_crl},
    },
};

use super::{grouped::Grouped, labels::label_some};

/// The revocation lists of a trust that is in use, where every file of them can be read.
struct Lists<'m> {
    /// The first line that names one: what a person edits.
    line: Location,
    /// Every list with its place.
    all: Vec<(&'m Arc<RevocationList>, Location)>,
    /// Authorities that clients may be issued by, each with its place; none where a file of them is not known.
    authorities: Vec<Authority>,
}

fn lists<'m>(model: &'m Model, trust: &Trust) -> Option<Lists<'m>> {
    trust.active?;
    let line = model.estate.pointer(*trust.revocation.first()?).at;
    let mut all = Vec::new();
    for pointer in &trust.revocation {
        let file = model.estate.pointer(*pointer).to.file()?;
        for item in &model.materials.holding(file)?.items {
            match &item.kind {
                ItemKind::RevocationList(list) if !item.refused_by_openssl => all.push((list, item.at)),
                // Rules about the file itself speak of what cannot be read.
                ItemKind::Broken { .. } | ItemKind::RevocationList(_) => return None,
                _ => {}
            }
        }
    }
    let mut authorities = Vec::new();
    if model.anchors_are_known(trust) {
        for (id, at) in model.anchors(trust) {
            if model.cert(id).is_ca() && authorities.iter().all(|(other, _)| *other != id) {
                authorities.push((id, at));
            }
        }
    }
    (!all.is_empty()).then_some(Lists { line, all, authorities })
}

/// Whether an authority issued a list. A signature that cannot be checked is taken for good.
fn issued(model: &Model, authority: CertId, list: &RevocationList) -> bool {
    let authority = model.cert(authority);
    authority.subject.same_text(&list.issuer) && verify_crl(list, &authority.public_key) != Verdict::Bad
}

/// What users get when nginx refuses a certificate.
fn harm(of: Role) -> &'static str {
    match of {
        Role::Client => "clients get `400 The SSL certificate error`",
        Role::Server => "users get `502 Bad Gateway`",
    }
}

/// `nginx/crl-expired`: a list past its next update is as good as none, and none means refusal.
pub(crate) fn crl_expired(model: &Model, out: &mut Findings) {
    let today = model.today();
    let mut found = Grouped::new();
    for trust in &model.estate.trusts {
        let Some(it) = lists(model, trust) else { continue };
        let stale = |list: &RevocationList| list.next_update.is_some_and(|next| next < today);
        for (list, at) in it.all.iter().filter(|(list, _)| stale(list)) {
            // OpenSSL prefers a current list of the same authority.
            let replaced =
                it.all.iter().any(|(other, _)| other.issuer.same_text(&list.issuer) && !stale(other));
            let foreign = !it.authorities.is_empty()
                && !it.authorities.iter().any(|(authority, _)| issued(model, *authority, list));
            if !replaced && !foreign {
                let endpoint = model.estate.endpoint(trust.endpoint);
                found.add((it.line, *at, trust.of), (endpoint.at, endpoint.title.clone()));
            }
        }
    }
    for ((line, at, of), users) in found {
        let Some(list) = list_at(model, at) else { continue };
        let day = list.next_update.unwrap_or(today);
        let finding = out.report(
            format!(
                "the revocation list of `{}` was to be replaced by {day}: since then nginx refuses every certificate \
                 of that authority, and {}; accepted by `nginx -t`",
                list.issuer.title(),
                harm(of)
            ),
            line,
            "names an outdated list",
        );
        finding.label(at, format!("next update was due {day}"));
        label_some(finding, users.into_iter().map(|(at, title)| (at, format!("{title} verifies with it"))));
        finding.help("fetch the current list from the authority, reload nginx, and do both by a timer");
    }
}

fn list_at(model: &Model, at: Location) -> Option<&Arc<RevocationList>> {
    model.materials.holding(at.file)?.items.iter().find(|item| item.at == at).and_then(|item| {
        match &item.kind {
            ItemKind::RevocationList(list) => Some(list),
            _ => None,
        }
    })
}

/// An authority with its place.
type Authority = (CertId, Location);

/// A list by its place, and who issued it.
type Issued = (Location, String);

/// Authorities without a list, and lists without an authority.
fn gaps(model: &Model, it: &Lists<'_>) -> (Vec<Authority>, Vec<Issued>) {
    let covered = |id: CertId| it.all.iter().any(|(list, _)| issued(model, id, list));
    let bare = it.authorities.iter().copied().filter(|(id, _)| !covered(*id)).collect();
    let foreign = it
        .all
        .iter()
        .filter(|(list, _)| !it.authorities.iter().any(|(id, _)| issued(model, *id, list)))
        .map(|(list, at)| (*at, list.issuer.title().to_owned()))
        .collect();
    (bare, foreign)
}

/// `nginx/crl-incomplete`: one list is not enough where the chain has two authorities.
pub(crate) fn crl_incomplete(model: &Model, out: &mut Findings) {
    let mut found = Grouped::new();
    for trust in &model.estate.trusts {
        let Some(it) = lists(model, trust) else { continue };
        let (bare, foreign) = gaps(model, &it);
        // A list of somebody else is the likelier cause, and has a rule of its own.
        if bare.is_empty() || !foreign.is_empty() {
            continue;
        }
        let endpoint = model.estate.endpoint(trust.endpoint);
        found.add((it.line, bare, trust.of), (endpoint.at, endpoint.title.clone()));
    }
    for ((line, bare, of), users) in found {
        let names: Vec<String> =
            bare.iter().map(|(id, _)| format!("`{}`", model.cert(*id).subject.title())).collect();
        let finding = out.report(
            format!(
                "the file has no revocation list of {}: nginx checks every certificate of a chain up to the root, so \
                 it refuses all chains that pass there, and {}; accepted by `nginx -t`",
                names.join(" and "),
                harm(of)
            ),
            line,
            "lists of some authorities only",
        );
        finding.labels_from(bare.iter().map(|(_, at)| (*at, "no list of this authority".to_owned())));
        label_some(finding, users.into_iter().map(|(at, title)| (at, format!("{title} verifies with it"))));
        finding.help("append the current list of each authority, the root's included, to the file");
    }
}

/// `nginx/crl-issuer-mismatch`: the list is of another authority than the one clients come from.
pub(crate) fn crl_issuer_mismatch(model: &Model, out: &mut Findings) {
    let mut found = Grouped::new();
    for trust in &model.estate.trusts {
        let Some(it) = lists(model, trust) else { continue };
        let (bare, foreign) = gaps(model, &it);
        if bare.is_empty() || it.authorities.is_empty() {
            continue;
        }
        for list in foreign {
            let endpoint = model.estate.endpoint(trust.endpoint);
            found.add((it.line, list, bare.clone(), trust.of), (endpoint.at, endpoint.title.clone()));
        }
    }
    for ((line, (at, issuer), bare, of), users) in found {
        let same_name = bare.iter().any(|(id, _)| model.cert(*id).subject.title() == issuer);
        let why = if same_name {
            "is signed by another key than the authority of that name that is trusted here"
        } else {
            "is of no authority that is trusted here"
        };
        let finding = out.report(
            format!(
                "the revocation list of `{issuer}` {why}, and the trusted ones have none: nginx refuses all their \
                 certificates, and {}; accepted by `nginx -t`",
                harm(of)
            ),
            line,
            "names a list of another authority",
        );
        finding.label(at, format!("issued by `{issuer}`"));
        finding.labels_from(bare.iter().map(|(id, at)| {
            (*at, format!("`{}` is trusted, and its list is missing", model.cert(*id).subject.title()))
        }));
        label_some(finding, users.into_iter().map(|(at, title)| (at, format!("{title} verifies with it"))));
        finding.help(
            "name the revocation lists of the authorities in the CA file, one for each, the root's included",
        );
    }
}
