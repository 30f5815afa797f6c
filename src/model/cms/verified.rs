//! Whether a certificate that a service shows is verified by the bundle of its peer. A bundle may hold roots,
//! intermediates or the peers' own certificates.

use std::collections::BTreeSet;

use super::super::{CertId, Location, Model, PointerId, x509::Verdict};

/// What comes of a certificate and a bundle.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Belief {
    /// Its chain leads into the bundle.
    Verified,
    /// It does not, and all that could lead there is known.
    Refused,
    /// A file is not there or cannot be read, or an issuer is not known.
    Unknown,
}

impl Model {
    /// The certificates of a named file with their places; `None` where it is not there or cannot be read.
    pub fn certificates_of(&self, pointer: PointerId) -> Option<Vec<(CertId, Location)>> {
        let file = self.estate.pointer(pointer).to.file().filter(|it| self.materials.is_sound(*it))?;
        let found = self.materials.in_file(file);
        (!found.is_empty()).then_some(found)
    }

    /// Whether a peer with this bundle believes the first certificate of a file.
    pub fn believes(&self, bundle: PointerId, shown: PointerId) -> Belief {
        let (Some(anchors), Some(sent)) = (self.certificates_of(bundle), self.certificates_of(shown)) else {
            return Belief::Unknown;
        };
        let anchors: BTreeSet<CertId> = anchors.into_iter().map(|(id, _)| id).collect();
        let leaf = sent[0].0;
        let mut seen: BTreeSet<CertId> = BTreeSet::new();
        let mut open = vec![leaf];
        let mut ends_in_root = false;
        while let Some(id) = open.pop() {
            if anchors.contains(&id) {
                return Belief::Verified;
            }
            if !seen.insert(id) {
                continue;
            }
            let candidates = self.chains.candidates(&self.materials, id);
            if candidates.iter().any(|it| matches!(it.verdict, Verdict::Unsupported(_))) {
                return Belief::Unknown;
            }
            ends_in_root |= self.chains.is_root(&self.materials, id);
            open.extend(candidates.iter().filter(|it| it.verdict == Verdict::Good).map(|it| it.id));
        }
        let pins_only = anchors.iter().all(|id| !self.cert(*id).is_ca());
        let named = anchors
            .iter()
            .any(|id| seen.iter().any(|it| self.cert(*it).issuer.same_text(&self.cert(*id).subject)));
        // Without a root the way may go on where nobody looked, unless nothing in the bundle issues anything, or what it
        // holds bears the name and did not sign.
        if ends_in_root || pins_only || named { Belief::Refused } else { Belief::Unknown }
    }
}
