//! How long chains may be: what authorities allow below themselves, and what verifiers allow.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    finding::{Findings, Level},
    model::{CertId, EndpointId, FileId, Location, Model, Role, Software, Trust},
    rules::words,
};

use super::bundle::bundles;

/// "no further authority", "1 further authority".
fn further(count: usize) -> String {
    match count {
        0 => "no further authority".to_owned(),
        1 => "1 further authority".to_owned(),
        _ => format!("{count} further authorities"),
    }
}

/// See the card.
pub(crate) fn path_length(model: &Model, out: &mut Findings) {
    for bundle in bundles(model) {
        let leaf = bundle.certificates[0];
        let path = model.path_to_root(leaf, &bundle.certificates);
        // RFC 5280 4.2.1.9: authorities between this one and the leaf, self-issued ones not counted.
        let below = |step: usize| -> Vec<CertId> {
            path[1..step].iter().copied().filter(|it| !model.cert(*it).is_self_issued()).collect()
        };
        let broken = path.iter().enumerate().skip(1).find_map(|(step, id)| {
            let limit = model.cert(*id).basic_constraints.as_ref()?.path_len?;
            let below = below(step);
            (below.len() > limit as usize).then_some((*id, limit as usize, below))
        });
        let Some((authority, limit, below)) = broken else { continue };
        let place = |id: CertId| {
            let sent = bundle.certificates.iter().position(|it| *it == id);
            sent.map_or(model.materials.known(id).places[0], |at| bundle.place(at))
        };
        let finding = out.report(
            format!(
                "the authority {} allows {} below itself, and the chain of {} has {}: {}",
                words::title(model, authority),
                further(limit),
                bundle.whom(model),
                below.len(),
                bundle.refused()
            ),
            bundle.pointer.at,
            "this chain is sent",
        );
        finding.label(place(authority), format!("its path length is {limit}"));
        for id in below.iter().rev().take(words::SHOWN) {
            finding.label(place(*id), "an authority below it");
        }
        bundle.label_lines(finding);
        finding.help("have the leaf issued by an authority within the limit, or that authority issued again without it");
    }
}

/// Trusts of the same files and the same depth.
struct Limited<'m> {
    trust: &'m Trust,
    endpoints: Vec<EndpointId>,
    /// The lines that set the depth, or those that turn verification on where nothing sets it.
    lines: BTreeSet<Location>,
}

/// Trusts that are on and whose files are known, once for all endpoints with the same files and depth.
fn limited(model: &Model) -> Vec<Limited<'_>> {
    let mut all: BTreeMap<(Vec<FileId>, Role, u32, bool), Limited<'_>> = BTreeMap::new();
    for trust in &model.estate.trusts {
        let Some(active) = trust.active else { continue };
        let (allowed, said) = trust.depth;
        let files: Vec<FileId> =
            trust.anchors.iter().filter_map(|it| model.estate.pointer(*it).to.file()).collect();
        if files.len() < trust.anchors.len() {
            continue;
        }
        let limited = all.entry((files, trust.of, allowed, said.is_some())).or_insert_with(|| Limited {
            trust,
            endpoints: Vec::new(),
            lines: BTreeSet::new(),
        });
        limited.endpoints.push(trust.endpoint);
        limited.lines.insert(said.unwrap_or(active));
    }
    all.into_values().filter(|it| model.anchors_are_known(it.trust)).collect()
}

/// See the card.
pub(crate) fn too_deep(model: &Model, out: &mut Findings) {
    for Limited { trust, endpoints, lines } in limited(model) {
        let places: BTreeMap<CertId, Location> = model.anchors(trust).into_iter().rev().collect();
        let anchors: Vec<CertId> = places.keys().copied().collect();
        let (allowed, said) = trust.depth;
        // Authorities that issue no other one in these files are those that peers' certificates come from.
        let mut issuing: Vec<CertId> = anchors.iter().copied().filter(|id| model.cert(*id).is_ca()).collect();
        for id in &anchors {
            for issuer in model.chains.issuers(&model.materials, *id).filter(|issuer| issuer != id) {
                issuing.retain(|it| *it != issuer);
            }
        }
        let deep: Vec<(usize, Vec<CertId>)> = issuing
            .iter()
            .filter_map(|id| {
                let path = model.path_to_root(*id, &anchors);
                let root = path.last().filter(|last| model.chains.is_root(&model.materials, **last))?;
                let intermediates = path.len() - 1;
                (places.contains_key(root) && intermediates > allowed as usize)
                    .then_some((intermediates, path))
            })
            .collect();
        let Some((intermediates, path)) = deep.iter().max_by_key(|(intermediates, _)| *intermediates) else {
            continue;
        };
        let all = deep.len() == issuing.len();
        let peers = trust.of.word();
        let Some(at) = lines.first().copied() else { continue };
        let says = if said.is_some() {
            format!("this allows {allowed}")
        } else {
            format!("nothing says how many, and {allowed} is allowed")
        };
        let finding = out.report(
            format!(
                "{peers} certificates from {} need {intermediates} intermediates up to the root, and the limit of {} is {allowed}: {}",
                words::title(model, path[0]),
                words::endpoints(model, endpoints.iter().copied()),
                if all { format!("every {peers} certificate is refused") } else { "they are refused".to_owned() }
            ),
            at,
            says,
        );
        // Which depth the Router of Edge allows is not published; nginx, on which it stands, allows one.
        let certain = said.is_some()
            || trust.anchors.iter().all(|it| model.estate.pointer(*it).software == Software::Nginx);
        finding.level(if all && certain { Level::Error } else { Level::Warning });
        for step in path.iter().take(words::SHOWN) {
            let Some(place) = places.get(step) else { continue };
            let root = model.chains.is_root(&model.materials, *step);
            finding.label(*place, if root { "the root" } else { "an intermediate on the way" });
        }
        for at in lines.iter().take(words::SHOWN) {
            finding.label(*at, "the same here");
        }
        let setting = match trust.of {
            Role::Client => "for client certificates",
            Role::Server => "for certificates of servers",
        };
        if trust.anchors.iter().any(|it| model.estate.pointer(*it).software == Software::EdgeRouter) {
            words::label_ways(finding, model, endpoints.iter().map(|it| (*it, trust.anchors[0])));
            finding.help("look up `ssl_verify_depth` in the nginx configuration of the Router; where it is less, have client certificates issued by an authority that stands nearer to the root");
        } else {
            finding.help(format!("allow a depth of {intermediates} {setting}"));
        }
    }
}
