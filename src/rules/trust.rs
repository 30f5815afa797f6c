//! Authorities that peers are verified against.

mod apigee;
mod described;
mod java;
mod public;

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use crate::{
    finding::{Finding, Findings, Level},
    model::{
        CertId, EndpointId, Expects, FileId, Form, Location, Model, Pointer, Role, Software, Trust, Within,
    },
    rules::words,
};

pub(crate) use public::*;

/// See the card.
pub(crate) fn private_key(model: &Model, out: &mut Findings) {
    apigee::private_key(model, out);
    java::private_key(model, out);
}

/// A trust with its readable authorities, once for all endpoints that take them from the same files.
struct Anchored<'m> {
    trust: &'m Trust,
    endpoints: Vec<EndpointId>,
    /// The lines that name its files.
    lines: BTreeSet<(FileId, Location)>,
    anchors: Vec<(CertId, Location)>,
    /// All of its files lie in the tree and can be read: only then is something missing.
    complete: bool,
}

impl Anchored<'_> {
    fn ids(&self) -> Vec<CertId> {
        self.anchors.iter().map(|(id, _)| *id).collect()
    }

    /// The first line that names a file of it.
    fn line(&self, file: FileId) -> Location {
        let named = self.lines.iter().find(|(named, _)| *named == file);
        named.map_or(Location::whole(file), |(_, at)| *at)
    }

    /// Labels the other lines that name a file of it.
    fn label_lines(&self, finding: &mut Finding, file: FileId) {
        for (_, at) in self.lines.iter().filter(|(named, _)| *named == file).take(words::SHOWN) {
            finding.label(*at, "named here too");
        }
    }

    fn whom(&self, model: &Model) -> String {
        words::endpoints(model, self.endpoints.iter().copied())
    }

    fn software(&self, model: &Model) -> Option<Software> {
        self.trust.anchors.first().map(|it| model.estate.pointer(*it).software)
    }

    fn software_name(&self, model: &Model) -> &'static str {
        self.software(model).map_or("", Software::name)
    }

    /// Chains that end below a root are refused.
    fn needs_root(&self, model: &Model) -> bool {
        self.software(model).is_some_and(Software::needs_root)
    }

    /// What the refused see, to follow "is refused" or "are refused".
    fn seen(&self, model: &Model) -> String {
        match self.software(model).map_or("", Software::refusal) {
            "" => String::new(),
            what => format!(" with {what}"),
        }
    }

    /// Certificates stand in stores, and what runs takes up a new store only.
    fn in_store(&self, model: &Model) -> bool {
        self.software(model).is_some_and(Software::keeps_stores)
    }

    /// Labels the ways from the endpoints to the lines that name the files.
    fn label_ways(&self, model: &Model, finding: &mut Finding) {
        let pointers = self.trust.anchors.first().copied();
        let uses = self.endpoints.iter().flat_map(|it| {
            let own = model.estate.trusts_of(*it).iter().filter_map(|trust| trust.anchors.first().copied());
            own.chain(pointers).map(move |pointer| (*it, pointer))
        });
        words::label_ways(finding, model, uses);
    }

    /// Authorities for peers. nginx reads the file of the authorities of its own certificate (for OCSP responses) into
    /// the same store, but asks clients for certificates of the announced ones.
    fn meant_for_peers(&self, model: &Model, file: FileId) -> bool {
        self.trust.announced.is_empty()
            || self.trust.announced.iter().any(|it| model.estate.pointer(*it).to.file() == Some(file))
    }
}

/// What tells trusts apart: whose certificates they verify, how many of the files are announced, and the files, by
/// their names where they are not in the tree.
type Files<'m> = (Role, usize, Vec<Result<FileId, &'m str>>);

/// Trusts that are on, by their files.
fn anchored(model: &Model) -> Vec<Anchored<'_>> {
    let mut by_files: BTreeMap<Files<'_>, Anchored<'_>> = BTreeMap::new();
    for trust in model.estate.trusts.iter().filter(|it| it.active.is_some()) {
        let pointers = || trust.anchors.iter().map(|pointer| model.estate.pointer(*pointer));
        let files = pointers().map(|it| it.to.file().ok_or(it.written.as_str())).collect();
        let lines = pointers().filter_map(|it| Some((it.to.file()?, it.at)));
        match by_files.entry((trust.of, trust.announced.len(), files)) {
            Entry::Occupied(mut known) => {
                known.get_mut().endpoints.push(trust.endpoint);
                known.get_mut().lines.extend(lines);
            }
            Entry::Vacant(free) => {
                free.insert(Anchored {
                    trust,
                    endpoints: vec![trust.endpoint],
                    lines: lines.collect(),
                    anchors: model.anchors(trust),
                    complete: model.anchors_are_known(trust),
                });
            }
        }
    }
    by_files.into_values().filter(|it| !it.anchors.is_empty()).collect()
}

/// See the card.
pub(crate) fn empty(model: &Model, out: &mut Findings) {
    java::empty(model, out);
    let mut named: BTreeMap<FileId, (&Pointer, BTreeSet<Location>)> = BTreeMap::new();
    for pointer in model.estate.pointers.iter().filter(|it| it.opened && it.expects == Expects::Anchors) {
        let Some(file) = pointer.to.file().filter(|_| pointer.within == Within::Whole) else { continue };
        named.entry(file).or_insert((pointer, BTreeSet::new())).1.insert(pointer.at);
    }
    for (file, (pointer, lines)) in named {
        let Some(holding) = model.materials.holding(file) else { continue };
        let what = match holding.form {
            Form::Empty => "is empty",
            Form::Text => "holds no certificate",
            _ => continue,
        };
        let finding = out.report(
            format!(
                "`{}` {what}, so there is no authority to verify anybody against: {}",
                model.path(file),
                pointer.on_failure()
            ),
            pointer.at,
            "authorities are needed here",
        );
        finding.label(Location::whole(file), what);
        for at in lines.iter().take(words::SHOWN) {
            finding.label(*at, "named here too");
        }
        finding.help(if pointer.is_router_copy() {
            "look up with the management API what the truststore holds, then run `apigee-service edge-router restart` on each Router, one after the other"
        } else {
            "put the certificate of the root that issues your peers' certificates into it, as PEM"
        });
    }
}

/// See the card.
pub(crate) fn leaf_only(model: &Model, out: &mut Findings) {
    described::leaf_only(model, out);
    for it in anchored(model).into_iter().filter(|it| it.complete && it.needs_root(model)) {
        // A certificate of version 1 cannot say what it is, and one that signs itself ends its own chain.
        let usable = |id: CertId| {
            model.cert(id).is_ca() || model.cert(id).version < 3 || model.chains.is_root(&model.materials, id)
        };
        if it.anchors.iter().any(|(id, _)| usable(*id)) {
            continue;
        }
        let (first, place) = it.anchors[0];
        let issuer = model.cert(first).issuer.title();
        let titles: Vec<String> = it.anchors.iter().map(|(id, _)| words::title(model, *id)).collect();
        let leaves = if titles.len() == 1 { "the leaf" } else { "the leaves" };
        let finding = out.report(
            format!(
                "the authorities of {} are {leaves} {} alone: every {} certificate is refused{}, {} included",
                it.whom(model),
                words::list(&titles, 3),
                it.trust.of.word(),
                it.seen(model),
                if titles.len() == 1 { "this one" } else { "these" }
            ),
            it.line(place.file),
            "authorities are needed here",
        );
        for (id, place) in it.anchors.iter().take(words::SHOWN) {
            finding.label(*place, format!("a leaf, issued by `{}`", model.cert(*id).issuer.title()));
        }
        it.label_lines(finding, place.file);
        it.label_ways(model, finding);
        finding.help(if it.in_store(model) {
            format!(
                "upload the certificate of `{issuer}` and all authorities above it, up to the root, together with this one to a new truststore, then change the reference to that store"
            )
        } else {
            format!("put the certificate of `{issuer}` and all authorities above it, up to the root, into this file")
        });
    }
}

/// See the card.
pub(crate) fn root_missing(model: &Model, out: &mut Findings) {
    described::root_missing(model, out);
    for it in anchored(model).into_iter().filter(|it| it.complete && it.needs_root(model)) {
        let anchors = it.ids();
        let is_root = |id: CertId| model.chains.is_root(&model.materials, id);
        let authorities: Vec<(CertId, Location)> = it
            .anchors
            .iter()
            .copied()
            .filter(|(id, place)| model.cert(*id).is_ca() && it.meant_for_peers(model, place.file))
            .collect();
        let ends_in_root = |id: CertId| {
            let path = model.path_to_root(id, &anchors);
            path.iter().all(|step| anchors.contains(step)) && path.last().is_some_and(|last| is_root(*last))
        };
        let hanging: Vec<(CertId, Location)> =
            authorities.iter().copied().filter(|(id, _)| !ends_in_root(*id)).collect();
        let Some((id, place)) = hanging.first().copied() else { continue };
        // Whoever pins a leaf that signs itself needs no root above it.
        let all = hanging.len() == authorities.len() && !anchors.iter().any(|id| is_root(*id));
        let path = model.path_to_root(id, &anchors);
        let top = path.into_iter().take_while(|step| anchors.contains(step)).last().unwrap_or(id);
        let missing = model.cert(top).issuer.title();
        let peers = it.trust.of.word();
        let effect = if all { "is refused" } else { "issued below it is refused" };
        let seen = it.seen(model);
        let finding = out.report(
            format!(
                "the authorities of {} end at {} without its issuer `{missing}`: every {peers} certificate {effect}{seen} (`unable to get issuer certificate`)",
                it.whom(model),
                words::title(model, top),
            ),
            it.line(place.file),
            format!("`{missing}` is needed here too"),
        );
        finding.level(if all { Level::Error } else { Level::Warning });
        let top_place = it.anchors.iter().find(|(id, _)| *id == top).map_or(place, |(_, place)| *place);
        finding.label(top_place, format!("issued by `{missing}`"));
        if let Some(active) = it.trust.active {
            finding.label(active, "verification is on");
        }
        if let Some(issuer) = model.chains.issuers(&model.materials, top).next() {
            finding.label(model.materials.known(issuer).places[0], "the missing certificate stands here");
        }
        it.label_lines(finding, place.file);
        it.label_ways(model, finding);
        let software = it.software_name(model);
        finding.help(if it.in_store(model) {
            format!(
                "upload what this truststore holds together with the certificate of `{missing}` to a new one, then change the reference to that store; {software} accepts no chain that ends below a root"
            )
        } else {
            format!("add the certificate of `{missing}` to this file; {software} accepts no chain that ends below a root")
        });
    }
}

/// See the card.
pub(crate) fn same_name_different_key(model: &Model, out: &mut Findings) {
    let mut told: BTreeSet<(Location, Location)> = BTreeSet::new();
    for it in anchored(model) {
        let mut by_name: BTreeMap<String, (CertId, Location)> = BTreeMap::new();
        for (id, place) in &it.anchors {
            let certificate = model.cert(*id);
            let (first, earlier) = *by_name.entry(certificate.subject.folded()).or_insert((*id, *place));
            if model.cert(first).public_key.id == certificate.public_key.id || !told.insert((earlier, *place))
            {
                continue;
            }
            let key_id = |id: CertId| {
                let found = model.cert(id).subject_key_id.as_ref();
                found.map_or_else(|| "without a key id".to_owned(), |id| format!("key id {}", hex(id)))
            };
            let in_store = it.in_store(model);
            let file = if in_store {
                format!("the truststore of {}", it.whom(model))
            } else {
                format!("`{}`", model.path(place.file))
            };
            let finding = out.report(
                format!(
                    "two authorities in {file} are called {} and have different keys: software that goes by names takes the wrong one for some of the certificates",
                    words::title(model, *id)
                ),
                *place,
                format!("the second, {}", key_id(*id)),
            );
            finding
                .label(earlier, format!("the first, {}", key_id(first)))
                .label(it.line(place.file), "read as authorities here")
                .help("keep both while certificates of both are in use, and remove the one that signs nothing any more");
            if in_store {
                it.label_ways(model, finding);
            }
        }
    }
}

/// The start of a key id, enough to tell two apart.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().take(8).map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}

/// See the card.
pub(crate) fn expired_shadows_valid(model: &Model, out: &mut Findings) {
    let today = model.today();
    let rotated = model.half_rotated();
    let mut told: BTreeSet<Location> = BTreeSet::new();
    for it in anchored(model) {
        let ended = |id: &CertId| model.cert(*id).not_after < today && !rotated.certificates.contains(id);
        for (id, place) in it.anchors.iter().filter(|(id, _)| ended(id)) {
            let expired = model.cert(*id);
            let title = words::title(model, *id);
            let twin = it.anchors.iter().find(|(other, _)| {
                let other = model.cert(*other);
                other.not_before <= today
                    && today <= other.not_after
                    && other.public_key.id == expired.public_key.id
                    && other.subject.same_text(&expired.subject)
            });
            let when = format!("expired on {}", expired.not_after);
            let line = it.line(place.file);
            if let Some((_, valid)) = twin {
                if told.insert(*place) {
                    out.report(
                        format!(
                            "`{}` holds an expired certificate of the authority {title}, and the valid one is there too: older software takes the expired one and refuses its peers",
                            model.path(place.file)
                        ),
                        *place,
                        when,
                    )
                    .level(Level::Note)
                    .label(*valid, "the valid certificate of the same key")
                    .label(line, "read as authorities here")
                    .help("remove the expired certificate");
                }
            } else if let Some(valid) = model.valid_twin(*id).filter(|_| told.insert(*place)) {
                let finding = out.report(
                    format!(
                        "the authorities of {} hold an expired certificate of {title}, and the valid one of the same key stands elsewhere: {} refuses every {} certificate issued below it{}",
                        it.whom(model),
                        it.software_name(model),
                        it.trust.of.word(),
                        it.seen(model)
                    ),
                    line,
                    "this file holds the expired one",
                );
                finding
                    .label(*place, when)
                    .label(model.materials.known(valid).places[0], "the valid certificate stands here");
                it.label_lines(finding, place.file);
                it.label_ways(model, finding);
                finding.help(if it.in_store(model) {
                    "upload the valid certificate to a new store that does not hold the expired one, then change the reference to that store"
                } else {
                    "put the valid certificate into this file and remove the expired one, then reload"
                });
            }
        }
    }
}
