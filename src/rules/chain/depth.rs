//! How long chains may be: what authorities allow below themselves, and what verifiers allow.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    finding::{Findings, Level},
    model::{CertId, EndpointId, Location, Model},
    rules::words,
};

/// See the card.
pub(crate) fn path_length(model: &Model, out: &mut Findings) {
    let mut seen: BTreeMap<(CertId, CertId), (u32, Vec<CertId>, Vec<EndpointId>, Location)> = BTreeMap::new();
    for identity in &model.estate.identities {
        let bundle: Vec<CertId> = identity.sent.iter().map(|(id, _)| *id).collect();
        let Some(leaf) = bundle.first() else { continue };
        let path = model.path_to_root(*leaf, &bundle);
        for (step, id) in path.iter().enumerate().skip(1) {
            let Some(limit) = model.cert(*id).basic_constraints.as_ref().and_then(|it| it.path_len) else {
                continue;
            };
            // RFC 5280 4.2.1.9: authorities between this one and the leaf, self-issued ones not counted.
            let between: Vec<CertId> =
                path[1..step].iter().copied().filter(|it| !model.cert(*it).is_self_issued()).collect();
            if between.len() as u32 > limit {
                let at = model.estate.pointer(identity.certificate).at;
                seen.entry((*id, *leaf))
                    .or_insert((limit, between, Vec::new(), at))
                    .2
                    .push(identity.endpoint);
            }
        }
    }
    for ((authority, leaf), (limit, between, endpoints, at)) in seen {
        let finding = out.report(
            format!(
                "the authority {} allows {limit} authorities below itself, and {} stand between it and {} of {}: peers refuse the chain",
                words::title(model, authority),
                between.len(),
                words::title(model, leaf),
                words::endpoints(model, endpoints)
            ),
            at,
            "this chain is sent",
        );
        finding.label(model.materials.known(authority).places[0], format!("its path length is {limit}"));
        for id in between.iter().rev().take(words::SHOWN) {
            finding.label(model.materials.known(*id).places[0], "an authority below it");
        }
        finding.help("issue the leaf from an authority that may have authorities below it, or issue the authority again without the limit");
    }
}

/// See the card.
pub(crate) fn too_deep(model: &Model, out: &mut Findings) {
    let mut told: BTreeSet<Location> = BTreeSet::new();
    for trust in model.estate.trusts.iter().filter(|it| it.active.is_some()) {
        if !model.anchors_are_known(trust) {
            continue;
        }
        let anchors: Vec<CertId> = model.anchors(trust).into_iter().map(|(id, _)| id).collect();
        let (allowed, said) = trust.depth;
        // Authorities that issue no other one in this file are those that peers' certificates come from.
        let mut issuing = anchors.clone();
        for id in &anchors {
            for issuer in model.chains.issuers(&model.materials, *id) {
                if issuer != *id {
                    issuing.retain(|it| *it != issuer);
                }
            }
        }
        issuing.retain(|id| model.cert(*id).is_ca());
        let deep: Vec<(CertId, usize)> = issuing
            .iter()
            .filter_map(|id| {
                let path = model.path_to_root(*id, &anchors);
                let ends_in_root = path.last().is_some_and(|last| {
                    model.chains.is_root(&model.materials, *last) && anchors.contains(last)
                });
                let intermediates = path.len() - 1;
                (ends_in_root && intermediates as u32 > allowed).then_some((*id, intermediates))
            })
            .collect();
        let Some((id, intermediates)) = deep.iter().max_by_key(|(_, depth)| *depth).copied() else {
            continue;
        };
        let pointer = trust.anchors.iter().map(|it| model.estate.pointer(*it)).next();
        let Some(at) = said.or(trust.active).or(pointer.map(|it| it.at)).filter(|at| told.insert(*at)) else {
            continue;
        };
        let all = deep.len() == issuing.len();
        let peers = match trust.of {
            crate::model::Role::Client => "client",
            crate::model::Role::Server => "server",
        };
        let says = if said.is_some() {
            format!("this allows {allowed}")
        } else {
            format!("nothing says how many, and {allowed} is allowed")
        };
        let finding = out.report(
            format!(
                "{} certificates from {} need {intermediates} intermediates up to the root, and {} allows {allowed}: {} refused",
                peers,
                words::title(model, id),
                model.estate.endpoint(trust.endpoint).title,
                if all { "every one of them is" } else { "they are" }
            ),
            at,
            says,
        );
        finding.level(if all { Level::Error } else { Level::Warning });
        for step in model.path_to_root(id, &anchors).iter().take(words::SHOWN) {
            let place = model.anchors(trust).into_iter().find(|(it, _)| it == step).map(|(_, place)| place);
            if let Some(place) = place {
                let what = if model.chains.is_root(&model.materials, *step) {
                    "the root"
                } else {
                    "an intermediate on the way"
                };
                finding.label(place, what);
            }
        }
        finding.help(format!("allow a depth of {intermediates}"));
    }
}
