//! Where a certificate is used: shown by endpoints, relied on by trusts, or only lying there.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::source::{FileId, Location};

use super::{
    CertId, Chains, Materials, Model,
    chain::Path,
    estate::{EndpointId, Estate, Identity, PointerId, Role, Trust},
    tree::file_name,
};

/// One use of a certificate.
#[derive(Clone, Debug)]
pub struct Use {
    /// The endpoint.
    pub endpoint: EndpointId,
    /// The line that names its file.
    pub pointer: PointerId,
    /// The copy that is used.
    pub place: Location,
    /// What it is there.
    pub part: Part,
}

/// What a certificate is in a place where it is used.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The certificate that is shown: its own key proves the identity.
    Leaf(Role),
    /// Sent so that peers can build the chain.
    Intermediate(Role),
    /// Believed when peers of this role are verified; verification is on.
    Anchor(Role),
}

impl Part {
    /// Follows "the".
    pub fn noun(self) -> &'static str {
        match self {
            Self::Leaf(Role::Server) => "server certificate",
            Self::Leaf(Role::Client) => "client certificate",
            Self::Intermediate(_) => "intermediate certificate",
            Self::Anchor(Role::Client) => "authority for client certificates",
            Self::Anchor(Role::Server) => "authority for server certificates",
        }
    }
}

/// Folders of material that nobody relies on: keys and certificates of tests and documentation.
const THROWAWAY: &[&str] = &[
    "test",
    "tests",
    "testing",
    "testdata",
    "test-data",
    "test_data",
    "fixtures",
    "fixture",
    "examples",
    "example",
    "samples",
    "sample",
    "spec",
    "specs",
    "demo",
    "demos",
    "mock",
    "mocks",
    "dummy",
    "snakeoil",
    "docs",
    "doc",
    "e2e",
    "integration",
];

impl Model {
    /// Whether a path lies among tests and examples. What stands above the whole tree says nothing about its parts.
    pub fn is_throwaway(&self, path: &str) -> bool {
        let path =
            if path.starts_with('/') { path.strip_prefix(self.paths.top()).unwrap_or(path) } else { path };
        let folders = path.strip_suffix(file_name(path)).unwrap_or_default();
        folders.split('/').any(|part| THROWAWAY.contains(&part.to_ascii_lowercase().as_str()))
    }

    /// Every use of every certificate, in order of certificates and then of endpoints.
    pub fn uses(&self) -> &BTreeMap<CertId, Vec<Use>> {
        self.usage.get_or_init(|| self.find_uses())
    }

    fn find_uses(&self) -> BTreeMap<CertId, Vec<Use>> {
        let mut uses: BTreeMap<CertId, Vec<Use>> = BTreeMap::new();
        for identity in &self.estate.identities {
            let named_by_hash = self.estate.pointer(identity.certificate).to.file().is_none();
            let links = match self.sent_path(identity) {
                Some(path) => path.links.as_slice(),
                // No file is sent: a thumbprint stands for the leaf, and the chain comes from stores nobody sees.
                None if named_by_hash && !identity.sent.is_empty() => &[0],
                None => continue,
            };
            for (step, position) in links.iter().enumerate() {
                let (id, place) = identity.sent[*position];
                // A root that is sent along is ignored by peers, whatever is wrong with it.
                if step > 0 && self.chains.is_root(&self.materials, id) {
                    continue;
                }
                let part =
                    if step == 0 { Part::Leaf(identity.role) } else { Part::Intermediate(identity.role) };
                let beside =
                    identity.bundle.filter(|it| self.estate.pointer(*it).to.file() == Some(place.file));
                uses.entry(id).or_default().push(Use {
                    endpoint: identity.endpoint,
                    pointer: beside.unwrap_or(identity.certificate),
                    place,
                    part,
                });
            }
        }
        for trust in self.estate.trusts.iter().filter(|it| it.active.is_some()) {
            for (pointer, id, place) in self.anchor_places(trust) {
                uses.entry(id).or_default().push(Use {
                    endpoint: trust.endpoint,
                    pointer,
                    place,
                    part: Part::Anchor(trust.of),
                });
            }
        }
        uses
    }

    /// The certificates of a trust with the line that names their file.
    fn anchor_places(&self, trust: &Trust) -> Vec<(PointerId, CertId, Location)> {
        let places = |pointer: &PointerId| {
            let trusted = self.materials.trusted_by(self.estate.pointer(*pointer));
            trusted.into_iter().map(|(id, place)| (*pointer, id, place)).collect::<Vec<_>>()
        };
        trust.anchors.iter().flat_map(places).collect()
    }

    /// How the certificates that an identity sends hang together; `None` where nothing readable is sent. Worked out
    /// once for each leaf that stands at the head of some.
    pub fn sent_path(&self, identity: &Identity) -> Option<&Path> {
        self.sent_paths.get(&sent_from(&self.estate, identity)?)
    }

    /// A certificate of the same name and key that is valid today, anywhere in the tree.
    pub fn valid_twin(&self, id: CertId) -> Option<CertId> {
        self.chains.twins(&self.materials, id).find(|other| {
            let other = self.cert(*other);
            other.not_before <= self.today() && self.today() <= other.not_after
        })
    }

    /// The way from a certificate to a root, as far as the tree knows it: first inside `near`, then anywhere. Of
    /// several issuers a root ends the way soonest, and one that is valid today comes before one that is not.
    pub fn path_to_root(&self, start: CertId, near: &[CertId]) -> Vec<CertId> {
        let mut path = vec![start];
        let mut current = start;
        while !self.chains.is_root(&self.materials, current) {
            let next =
                self.chains.issuers(&self.materials, current).filter(|id| !path.contains(id)).min_by_key(
                    |id| {
                        let it = self.cert(*id);
                        let ended = self.today() < it.not_before || it.not_after < self.today();
                        (!near.contains(id), !self.chains.is_root(&self.materials, *id), ended, *id)
                    },
                );
            let Some(next) = next else { break };
            path.push(next);
            current = next;
        }
        path
    }
}

/// From where something is sent: the place of the leaf, since a keystore may send one chain or another, and the file of
/// its chain where that is another one.
pub(super) type SentFrom = (Location, Option<FileId>);

/// From where an identity is sent; `None` where nothing readable is.
fn sent_from(estate: &Estate, identity: &Identity) -> Option<SentFrom> {
    let file = |pointer: PointerId| estate.pointer(pointer).to.file();
    file(identity.certificate)?;
    Some((identity.sent.first()?.1, identity.bundle.and_then(file)))
}

/// How the certificates of everything that is sent hang together. The signatures are checked here, in parallel.
pub(super) fn sent_paths(
    estate: &Estate,
    materials: &Materials,
    chains: &Chains,
) -> BTreeMap<SentFrom, Path> {
    let files: BTreeMap<SentFrom, &Identity> = estate
        .identities
        .iter()
        .filter_map(|identity| Some((sent_from(estate, identity)?, identity)))
        .collect();
    let files: Vec<(SentFrom, &Identity)> = files.into_iter().collect();
    files
        .into_par_iter()
        .map(|(leaf, identity)| {
            let bundle: Vec<CertId> = identity.sent.iter().map(|(id, _)| *id).collect();
            (leaf, chains.path(materials, &bundle, 0))
        })
        .collect()
}
