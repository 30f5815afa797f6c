//! What a peer has against a path, certificate by certificate.

use crate::x509::{
    Certificate, Coverage, FlawKind, KeyFamily, KeyUsage, Purpose, Refusal, Verdict, verify_crl,
};

use super::super::{CertId, Model, Role};
use super::{Fault, Question, Reason};

/// Everything but where the path ends.
pub(super) fn faults(model: &Model, question: &Question<'_>, path: &[CertId]) -> Vec<Fault> {
    let mut out = Vec::new();
    for (step, id) in path.iter().enumerate() {
        let it = model.cert(*id);
        let mut found = Vec::new();
        // What is believed is believed for its key: nobody looks at its signature, and few at its form.
        let anchor = step > 0 && question.anchors.contains(id) && step + 1 == path.len();
        alone(question, it, anchor, path.len(), &mut found);
        if step == 0 {
            leaf(question, it, &mut found);
        } else {
            issuer(model, question, path, step, anchor, &mut found);
            out.extend(names(model, path, step));
            out.extend(revoked(model, question, path, step));
        }
        out.extend(found.into_iter().map(|reason| Fault { certificate: *id, reason }));
    }
    let intermediates = path.len().saturating_sub(2);
    if let Some(allowed) = question.profile.depth.filter(|allowed| intermediates > *allowed) {
        out.push(Fault { certificate: path[0], reason: Reason::Depth { allowed, found: intermediates } });
    }
    out
}

/// What is wrong with a certificate wherever it stands.
fn alone(question: &Question<'_>, it: &Certificate, anchor: bool, length: usize, found: &mut Vec<Reason>) {
    let profile = question.profile;
    if it.not_after < question.at {
        found.push(Reason::Expired(it.not_after));
    }
    if question.at < it.not_before {
        found.push(Reason::NotYetValid(it.not_before));
    }
    found.extend(it.unknown_critical.iter().map(|oid| Reason::UnknownCritical(oid.clone())));
    if let Some(hash) = it.signature_algorithm.is_weak().filter(|_| !profile.weak_hashes && !anchor) {
        found.push(Reason::WeakSignature(hash));
    }
    let bits = it.public_key.bits;
    match it.public_key.kind.family() {
        KeyFamily::Rsa | KeyFamily::RsaPss if bits < profile.rsa_bits => {
            found.push(Reason::WeakKey(format!("an RSA key of {bits} bits")));
        }
        KeyFamily::Ecdsa if (1..224).contains(&bits) && profile.rsa_bits > 0 => {
            found.push(Reason::WeakKey(format!("an EC key of {bits} bits")));
        }
        KeyFamily::Dsa if !profile.dsa => found.push(Reason::WeakKey("a DSA key".to_owned())),
        _ => {}
    }
    // A certificate that stands alone is not held against the rules for chains.
    let strict = profile.strict && length > 1;
    if profile.version_3 && it.version != 3 && !anchor {
        found.push(Reason::BadEncoding(format!("version {}", it.version)));
    }
    let worst = it.flaws.iter().find(|flaw| match flaw.refusal {
        Refusal::Common => true,
        // What is believed need not say who issued it.
        Refusal::Strict => strict && !(anchor && flaw.kind == FlawKind::NoAuthorityKeyId),
        Refusal::Nobody => false,
    });
    found.extend(worst.map(|flaw| Reason::BadEncoding(flaw.what.clone())));
}

fn listed(question: &Question<'_>, it: &Certificate) -> bool {
    let wanted = match question.role {
        Some(Role::Server) => Purpose::ServerAuth,
        Some(Role::Client) => Purpose::ClientAuth,
        None => return true,
    };
    match &it.extended_key_usage {
        Some(list) => {
            list.contains(&wanted) || (question.profile.any_purpose && list.contains(&Purpose::Any))
        }
        None => true,
    }
}

fn leaf(question: &Question<'_>, it: &Certificate, found: &mut Vec<Reason>) {
    let profile = question.profile;
    if !listed(question, it) {
        found.push(Reason::Purpose);
    }
    let by_key = |usage: KeyUsage| {
        usage.digital_signature()
            || usage.key_agreement()
            || (question.role == Some(Role::Server) && usage.key_encipherment())
    };
    if question.role.is_some() && it.key_usage.is_some_and(|usage| !by_key(usage)) {
        found.push(Reason::KeyUsage);
    }
    if it.is_ca() && !profile.authority_as_leaf {
        found.push(Reason::AuthorityAsLeaf);
    }
    for host in question.hosts {
        let covered = match it.host_coverage(host) {
            Coverage::Covered => true,
            Coverage::NotCovered => false,
            Coverage::NoSan => {
                let name = it.subject.common_name.as_deref();
                profile.common_name && name.is_some_and(|name| name.eq_ignore_ascii_case(host))
            }
        };
        if !covered {
            found.push(Reason::HostMismatch((*host).to_owned()));
        }
    }
}

fn issuer(
    model: &Model,
    question: &Question<'_>,
    path: &[CertId],
    step: usize,
    anchor: bool,
    found: &mut Vec<Reason>,
) {
    let it = model.cert(path[step]);
    let old_root = it.version < 3 && (anchor || model.chains.is_root(&model.materials, path[step]));
    if !it.is_ca() && !old_root {
        found.push(Reason::NotAuthority);
    }
    if it.key_usage.is_some_and(|usage| !usage.key_cert_sign()) {
        found.push(Reason::MayNotSign);
    }
    if !listed(question, it) {
        found.push(Reason::Purpose);
    }
    // RFC 5280 4.2.1.9: authorities between this one and the leaf, self-issued ones not counted.
    let below = path[1..step].iter().filter(|id| !model.cert(**id).is_self_issued()).count() as u32;
    if let Some(allowed) = it.basic_constraints.and_then(|it| it.path_len).filter(|allowed| below > *allowed)
    {
        found.push(Reason::PathLength { allowed, found: below });
    }
}

/// Names in certificates below an issuer that it does not allow.
fn names(model: &Model, path: &[CertId], step: usize) -> Vec<Fault> {
    let by = path[step];
    let Some(constraints) = &model.cert(by).name_constraints else { return Vec::new() };
    let mut found = Vec::new();
    for (position, id) in path[..step].iter().enumerate() {
        let child = model.cert(*id);
        // RFC 5280 6.1.3 (b): self-issued authorities are exempt.
        if position > 0 && child.is_self_issued() {
            continue;
        }
        let reason = match constraints.outside(child) {
            Ok(None) => continue,
            Ok(Some(outside)) => Reason::NameConstraint { by, outside },
            Err(_) => Reason::TooManyNames { by },
        };
        found.push(Fault { certificate: *id, reason });
    }
    found
}

/// What the lists of an issuer say of the certificate below it.
fn revoked(model: &Model, question: &Question<'_>, path: &[CertId], step: usize) -> Vec<Fault> {
    let (child, issuer) = (model.cert(path[step - 1]), model.cert(path[step]));
    let mut found = Vec::new();
    for list in question.lists.iter().filter(|list| list.issuer.same_text(&issuer.subject)) {
        if verify_crl(list, &issuer.public_key) == Verdict::Bad {
            continue;
        }
        if issuer.key_usage.is_some_and(|usage| !usage.crl_sign()) {
            found.push(Fault { certificate: path[step], reason: Reason::MayNotSignLists });
        }
        if list.revoked.binary_search(&child.serial).is_ok() {
            found.push(Fault { certificate: path[step - 1], reason: Reason::Revoked });
        }
    }
    found
}
