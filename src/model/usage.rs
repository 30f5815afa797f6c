//! Where a certificate is used: shown by endpoints, relied on by trusts, or only lying there.

use std::collections::BTreeMap;

use crate::source::Location;

use super::{
    CertId, Model,
    estate::{EndpointId, PointerId, Role, Trust},
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
    /// Whether a path lies among tests and examples.
    pub fn is_throwaway(&self, path: &str) -> bool {
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
            let bundle: Vec<CertId> = identity.sent.iter().map(|(id, _)| *id).collect();
            let path = self.chains.path(&self.materials, &bundle, 0);
            for (step, position) in path.links.iter().enumerate() {
                let (id, place) = identity.sent[*position];
                // A root that is sent along is ignored by peers, whatever is wrong with it.
                if step > 0 && self.chains.is_root(&self.materials, id) {
                    continue;
                }
                let part =
                    if step == 0 { Part::Leaf(identity.role) } else { Part::Intermediate(identity.role) };
                uses.entry(id).or_default().push(Use {
                    endpoint: identity.endpoint,
                    pointer: identity.certificate,
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
        let files = trust
            .anchors
            .iter()
            .filter_map(|pointer| Some((*pointer, self.estate.pointer(*pointer).to.file()?)));
        files
            .filter(|(_, file)| self.materials.is_sound(*file))
            .flat_map(|(pointer, file)| {
                self.materials.in_file(file).into_iter().map(move |(id, place)| (pointer, id, place))
            })
            .collect()
    }

    /// The way from a certificate to a root, as far as the tree knows it: first inside `near`, then anywhere.
    pub fn path_to_root(&self, start: CertId, near: &[CertId]) -> Vec<CertId> {
        let mut path = vec![start];
        let mut current = start;
        while !self.chains.is_root(&self.materials, current) {
            let mut issuers = self
                .chains
                .issuers(&self.materials, current)
                .filter(|id| !path.contains(id))
                .collect::<Vec<_>>();
            issuers.sort_by_key(|id| (!near.contains(id), *id));
            let Some(next) = issuers.first() else { break };
            path.push(*next);
            current = *next;
        }
        path
    }
}
