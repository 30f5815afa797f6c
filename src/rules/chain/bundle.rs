//! A file of certificates as it is sent: where its leaf stands, how far it leads, what lies behind its end.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    finding::{Finding, Fix},
    model::{
        CertId, EndpointId, Expects, FileId, Identity, Location, Model, Pairing, Pointer, Role, Software,
        Within,
        chain::Path,
        tree::{file_name, join, parent},
        verify::Profile,
    },
    rules::{mending, words},
};

/// A file that is sent, once for all endpoints that send it.
pub(super) struct Bundle<'m> {
    pub(super) file: FileId,
    pub(super) identity: &'m Identity,
    pub(super) pointer: &'m Pointer,
    pub(super) endpoints: Vec<EndpointId>,
    /// The lines that name it.
    pub(super) lines: BTreeSet<Location>,
    pub(super) certificates: Vec<CertId>,
    pub(super) path: &'m Path,
}

impl Bundle<'_> {
    pub(super) fn place(&self, position: usize) -> Location {
        self.identity.sent[position].1
    }

    /// What follows a change of the file: nothing takes it up by itself in Apigee.
    pub(super) fn upload(&self) -> &'static str {
        if self.pointer.software.keeps_stores() {
            "; then upload the file with its key to a new store under the same alias name, and change the reference to that store"
        } else {
            ""
        }
    }

    /// How a certificate gets behind the last one: "that certificate" or another name of it.
    pub(super) fn append(&self, model: &Model, what: &str) -> String {
        if self.pointer.expects == Expects::Keystore {
            let file = model.path(self.file);
            format!("make the keystore `{file}` again with {what} in the chain of its key{}", self.upload())
        } else {
            format!("append {what} to {}{}", self.target(model), self.upload())
        }
    }

    /// Labels the way from an endpoint to each line that names it.
    pub(super) fn label_ways(&self, model: &Model, finding: &mut Finding) {
        if self.pointer.software.keeps_stores() {
            words::label_ways(
                finding,
                model,
                self.endpoints.iter().map(|it| (*it, self.identity.certificate)),
            );
        }
    }

    /// Where certificates are added.
    pub(super) fn target(&self, model: &Model) -> String {
        match self.pointer.within {
            Within::Value(_) => format!("the value of `{}`", self.pointer.setting),
            _ => format!("`{}`", model.path(self.file)),
        }
    }

    /// Labels the other lines that name it.
    pub(super) fn label_lines(&self, finding: &mut Finding) {
        for at in self.lines.iter().take(words::SHOWN) {
            finding.label(*at, "and named here");
        }
    }

    pub(super) fn whom(&self, model: &Model) -> String {
        words::endpoints(model, self.endpoints.iter().copied())
    }

    /// What peers do about a chain that cannot be verified.
    pub(super) fn refused(&self) -> &'static str {
        match self.identity.role {
            Role::Server => "clients refuse the connection",
            Role::Client => "the peer refuses the connection",
        }
    }

    /// What some peers do about a chain that others put right by themselves.
    pub(super) fn disliked(&self) -> &'static str {
        match self.identity.role {
            Role::Server => "strict clients and appliances refuse such a chain",
            Role::Client => "a strict peer refuses such a chain",
        }
    }

    /// The end of the chain: the last certificate that the file itself leads to.
    pub(super) fn end(&self) -> (usize, CertId) {
        let position = self.path.links.last().copied().unwrap_or(0);
        (position, self.certificates[position])
    }

    pub(super) fn title(&self, model: &Model, position: usize) -> String {
        let title = words::title(model, self.certificates[position]);
        if position == 0 { format!("the leaf {title}") } else { title }
    }
}

/// Every file that is sent as it stands, in order of files. Windows takes certificates one by one and puts a chain together
/// itself, from its own stores too.
pub(super) fn bundles(model: &Model) -> Vec<Bundle<'_>> {
    bundles_of(model, |software| software != Software::HttpSys)
}

/// Every file that software of a kind takes a chain from.
pub(super) fn bundles_of(model: &Model, wanted: impl Fn(Software) -> bool) -> Vec<Bundle<'_>> {
    let mut by_leaf: BTreeMap<(Location, Option<FileId>, Role), Bundle<'_>> = BTreeMap::new();
    for identity in &model.estate.identities {
        let leaf = model.estate.pointer(identity.certificate);
        if !wanted(leaf.software) {
            continue;
        }
        let (Some(leaf_file), Some(path)) = (leaf.to.file(), model.sent_path(identity)) else { continue };
        let Some((_, place)) = identity.sent.first() else { continue };
        // Where the chain stands in a file of its own, that is the file to put right.
        let beside = identity.bundle.map(|it| model.estate.pointer(it)).filter(|it| it.to.file().is_some());
        let pointer = beside.unwrap_or(leaf);
        let file = pointer.to.file().unwrap_or(leaf_file);
        let key = (*place, beside.and_then(|it| it.to.file()), identity.role);
        let bundle = by_leaf.entry(key).or_insert_with(|| {
            let certificates = identity.sent.iter().map(|(id, _)| *id).collect();
            Bundle {
                file,
                identity,
                pointer,
                endpoints: Vec::new(),
                lines: BTreeSet::new(),
                certificates,
                path,
            }
        });
        bundle.endpoints.push(identity.endpoint);
        bundle.lines.insert(pointer.at);
    }
    // A Call Bridge shows one file to clients and, as a client, to its peers: that is one chain.
    let served: BTreeSet<(Location, Option<FileId>)> = by_leaf
        .keys()
        .filter(|(.., role)| *role == Role::Server)
        .map(|(leaf, beside, _)| (*leaf, *beside))
        .collect();
    by_leaf.retain(|(leaf, beside, role), bundle| {
        *role == Role::Server
            || !bundle.pointer.software.is_meeting_server()
            || !served.contains(&(*leaf, *beside))
    });
    by_leaf.into_values().collect()
}

/// The blocks of a bundle in the order of its chain, the leaf first; what does not belong to the chain comes last.
pub(super) fn sorted(model: &Model, bundle: &Bundle<'_>, leaf: usize) -> Option<Fix> {
    let chain = model.chains.path(&model.materials, &bundle.certificates, leaf).links;
    // Another server may start with the file as it stands.
    let works = model.estate.identities.iter().any(|it| {
        it.pairing == Pairing::Match && model.estate.pointer(it.certificate).to.file() == Some(bundle.file)
    });
    if chain.first() != Some(&leaf) || bundle.pointer.within != Within::Whole || (works && leaf != 0) {
        return None;
    }
    let order = mending::chain_first(&chain, bundle.certificates.len());
    mending::in_order(model, bundle.file, order.into_iter().map(|at| bundle.place(at)).collect())
}

/// Certificates go out of the file.
pub(super) fn without(model: &Model, bundle: &Bundle<'_>, positions: &[usize], what: &str) -> Option<Fix> {
    let blocks = || mending::drops(positions.iter().map(|at| bundle.place(*at)));
    mending::names_plain_blocks(model, bundle.pointer).then(|| Fix::unsafe_to_trust(what, blocks()))
}

/// The first certificate is not the leaf: the key belongs to a later one, or it is an authority above a later one that
/// is none. The position of the true leaf.
pub(super) fn misplaced_leaf(model: &Model, bundle: &Bundle<'_>) -> Option<usize> {
    if let Pairing::LaterCertificate(_, at) = &bundle.identity.pairing {
        // Certificates of one value share its place.
        let there = || (1..bundle.certificates.len()).filter(|position| bundle.place(*position) == *at);
        let leaf = there().find(|position| !model.cert(bundle.certificates[*position]).is_ca());
        return leaf.or_else(|| there().next());
    }
    let first = bundle.certificates[0];
    if bundle.identity.pairing == Pairing::Match || !model.cert(first).is_ca() {
        return None;
    }
    (1..bundle.certificates.len()).find(|position| {
        !model.cert(bundle.certificates[*position]).is_ca()
            && model.chains.path(&model.materials, &bundle.certificates, *position).links.contains(&0)
    })
}

/// A link of the chain that stands before the certificate it issued: both positions.
pub(super) fn unsorted(bundle: &Bundle<'_>) -> Option<(usize, usize)> {
    bundle.path.links.windows(2).find(|pair| pair[1] < pair[0]).map(|pair| (pair[0], pair[1]))
}

/// A file `fullchain.pem` beside a `cert.pem`: a rule of its own speaks of that.
fn has_fullchain_beside(model: &Model, bundle: &Bundle<'_>) -> bool {
    let path = model.path(bundle.file);
    file_name(path) == "cert.pem" && model.paths.find(&join(parent(path), "fullchain.pem")).is_some()
        || bundle.pointer.written.contains("/live/") && bundle.pointer.written.ends_with("/cert.pem")
}

/// What lies behind the end of a chain that reaches no root.
pub(super) enum Gap {
    /// Nothing that peers need, as far as can be seen.
    None,
    /// An intermediate that stands elsewhere in the tree.
    Known(CertId),
    /// An intermediate that is not in the tree, for this reason.
    Certain(&'static str),
    /// Perhaps an intermediate, perhaps the root.
    Possible,
}

pub(super) fn gap(model: &Model, bundle: &Bundle<'_>) -> Gap {
    let (position, last) = bundle.end();
    let it = model.cert(last);
    if misplaced_leaf(model, bundle).is_some()
        || !bundle.path.impostors.is_empty()
        || bundle.path.unverified.is_some()
        || has_fullchain_beside(model, bundle)
        || it.is_self_issued()
    {
        return Gap::None;
    }
    let issuers = || model.chains.issuers(&model.materials, last);
    // Peers have the root themselves, in whichever form: self-signed or signed by an older one.
    if issuers().any(|issuer| model.chains.is_root(&model.materials, issuer)) {
        return Gap::None;
    }
    if let Some(issuer) = issuers().next() {
        // Where authorities certify each other, another way through the file may lead to a root.
        let answer = model.verify_sent(&bundle.certificates, bundle.identity.role, &Profile::LENIENT);
        let closed = answer.exhausted || !answer.faults.iter().any(|it| it.reason.breaks_path());
        return if closed { Gap::None } else { Gap::Known(issuer) };
    }
    if position > 0 {
        return Gap::None;
    }
    if it.looks_public() {
        return Gap::Certain("issued by a public authority, whose root never signs leaves itself");
    }
    if looks_like_root(&it.issuer.text) {
        return Gap::None;
    }
    // Whoever appends authorities means to send the chain.
    if bundle.path.foreign.iter().any(|at| model.cert(bundle.certificates[*at]).is_ca()) {
        return Gap::Certain("its issuer is not in this file");
    }
    Gap::Possible
}

/// A file whose chain ends before an issuer that peers need.
pub(in crate::rules) struct Ending {
    /// The file.
    pub(in crate::rules) file: FileId,
    /// The last certificate that the file leads to.
    pub(in crate::rules) last: CertId,
    /// Its place.
    pub(in crate::rules) place: Location,
    /// The missing issuer, where the tree has it.
    pub(in crate::rules) issuer: Option<CertId>,
}

/// Files of a software whose chains certainly end too early.
pub(in crate::rules) fn endings(model: &Model, software: Software) -> Vec<Ending> {
    let ends = |bundle: Bundle<'_>| {
        let issuer = match gap(model, &bundle) {
            Gap::Known(issuer) => Some(issuer),
            Gap::Certain(_) => None,
            Gap::None | Gap::Possible => return None,
        };
        let (position, last) = bundle.end();
        Some(Ending { file: bundle.file, last, place: bundle.place(position), issuer })
    };
    bundles_of(model, |it| it == software).into_iter().filter_map(ends).collect()
}

/// People call roots roots.
pub(super) fn looks_like_root(name: &str) -> bool {
    name.to_ascii_lowercase().contains("root")
}
