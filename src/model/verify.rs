//! Whether a peer takes a chain, and if not, why and because of which certificate: the best path through what is sent and
//! what is believed, by signatures. [`super::accept`] answers the narrower question of what one release of nginx says to a
//! client; here every reason counts, for any peer.

mod fault;
mod judge;
mod profile;

use std::collections::BTreeSet;

use crate::x509::{RevocationList, Time, Verdict};

use super::{CertId, Model, Role};

pub use fault::{Fault, Reason};
pub use profile::Profile;

/// Certificates that a search looks at, over all paths.
const MOST_STEPS: u32 = 4_096;

/// Paths that are judged.
const MOST_PATHS: u32 = 128;

/// No path is longer.
const LONGEST: usize = 100;

/// What is asked.
#[derive(Copy, Clone, Debug)]
pub struct Question<'q> {
    /// The certificate whose key proves the identity.
    pub leaf: CertId,
    /// What is sent with it, itself included or not.
    pub sent: &'q [CertId],
    /// What the peer believes.
    pub anchors: &'q [CertId],
    /// When.
    pub at: Time,
    /// Whose certificate it is; `None`: that of a signer of tokens, of which no purpose is asked.
    pub role: Option<Role>,
    /// Names and addresses that the leaf must cover, each of them.
    pub hosts: &'q [&'q str],
    /// Revocation lists that the peer has.
    pub lists: &'q [&'q RevocationList],
    /// What the peer is.
    pub profile: &'q Profile,
}

/// What comes of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The best path: leaf, issuer, its issuer, as far as it goes.
    pub path: Vec<CertId>,
    /// What the peer has against the best path, from the leaf up. Empty: it takes the chain.
    pub faults: Vec<Fault>,
    /// Positions in what is sent of certificates that lead nowhere.
    pub surplus: Vec<usize>,
    /// Positions in what is sent that repeat an earlier one, with that.
    pub repeated: Vec<(usize, usize)>,
    /// A signature of the path could not be checked, for this algorithm; it was taken as good.
    pub unverified: Option<String>,
    /// The search ended before it was through: there may be a better path.
    pub exhausted: bool,
}

impl Answer {
    /// The peer takes the chain.
    pub fn accepted(&self) -> bool {
        self.faults.is_empty()
    }
}

/// A path that was found: it ends in what the peer believes, or nowhere.
struct Found {
    path: Vec<CertId>,
    faults: Vec<Fault>,
}

struct Search<'m, 'q> {
    model: &'m Model,
    question: Question<'q>,
    around: BTreeSet<CertId>,
    anchors: BTreeSet<CertId>,
    steps: u32,
    paths: u32,
    best: Option<Found>,
    exhausted: bool,
}

impl Model {
    /// What a peer makes of a chain.
    pub fn verify(&self, question: Question<'_>) -> Answer {
        let anchors: BTreeSet<CertId> = question.anchors.iter().copied().collect();
        let around = anchors.iter().chain(question.sent).copied().collect();
        let mut search = Search {
            model: self,
            question,
            around,
            anchors,
            steps: 0,
            paths: 0,
            best: None,
            exhausted: false,
        };
        search.climb(&mut vec![question.leaf]);
        let Found { path, faults } =
            search.best.unwrap_or(Found { path: vec![question.leaf], faults: Vec::new() });
        let unverified =
            path.windows(2).find_map(|pair| match self.chains.verdict(&self.materials, pair[0], pair[1]) {
                Some(Verdict::Unsupported(algorithm)) => Some(algorithm.clone()),
                _ => None,
            });
        let bundle: Vec<CertId> = std::iter::once(question.leaf)
            .chain(question.sent.iter().copied().skip_while(|id| *id == question.leaf))
            .collect();
        let hung = self.chains.path(&self.materials, &bundle, 0);
        let surplus = hung.foreign.into_iter().filter(|at| !path.contains(&bundle[*at])).collect();
        Answer { path, faults, surplus, repeated: hung.repeated, unverified, exhausted: search.exhausted }
    }
}

/// Authorities above a certificate that are looked at.
const MOST_ABOVE: usize = 64;

impl Model {
    /// Every certificate of the tree that issued another, directly or through others, nearest first.
    pub fn authorities_above(&self, leaf: CertId) -> Vec<CertId> {
        let mut above = vec![leaf];
        let mut next = 0;
        while let Some(current) = above.get(next).copied() {
            next += 1;
            let candidates = self.chains.candidates(&self.materials, current).iter();
            for issuer in candidates.filter(|it| it.verdict != Verdict::Bad) {
                if above.len() <= MOST_ABOVE && !above.contains(&issuer.id) {
                    above.push(issuer.id);
                }
            }
        }
        above.split_off(1)
    }

    /// What peers make today of a bundle whose first certificate is the leaf, if they believe every root of the tree and
    /// have no other authority but those that are sent.
    pub fn verify_sent(&self, bundle: &[CertId], role: Role, profile: &Profile) -> Answer {
        let above = bundle.first().map_or_else(Vec::new, |leaf| self.authorities_above(*leaf));
        self.verify_with(bundle, &above, bundle, role, profile)
    }

    /// The same for peers that keep every authority of the tree.
    pub fn verify_known(&self, bundle: &[CertId], role: Role, profile: &Profile) -> Answer {
        let above = bundle.first().map_or_else(Vec::new, |leaf| self.authorities_above(*leaf));
        let sent: Vec<CertId> = bundle.iter().copied().chain(above.iter().copied()).collect();
        self.verify_with(bundle, &above, &sent, role, profile)
    }

    fn verify_with(
        &self,
        bundle: &[CertId],
        above: &[CertId],
        sent: &[CertId],
        role: Role,
        profile: &Profile,
    ) -> Answer {
        let Some(leaf) = bundle.first().copied() else { return Answer::default() };
        let anchors: Vec<CertId> =
            above.iter().copied().filter(|id| self.chains.is_root(&self.materials, *id)).collect();
        self.verify(Question {
            leaf,
            sent,
            anchors: &anchors,
            at: self.today(),
            role: Some(role),
            hosts: &[],
            lists: &[],
            profile,
        })
    }
}

impl Search<'_, '_> {
    /// Goes up from the end of a path by every issuer, the likely ones first, until a path is accepted.
    fn climb(&mut self, path: &mut Vec<CertId>) {
        self.steps += 1;
        let Some(current) = path.last().copied() else { return };
        let ends_here = self.anchors.contains(&current)
            && (self.question.profile.partial_chain
                || self.model.chains.is_root(&self.model.materials, current));
        if ends_here {
            self.judge(path, None);
            return;
        }
        let issuers = self.issuers(path, current);
        if issuers.is_empty() || path.len() > LONGEST {
            self.judge(path, Some(current));
            return;
        }
        for issuer in issuers {
            if self.is_over() {
                return;
            }
            path.push(issuer);
            self.climb(path);
            path.pop();
        }
    }

    /// An accepted path was found, or enough was tried.
    fn is_over(&mut self) -> bool {
        if self.best.as_ref().is_some_and(|best| best.faults.is_empty()) {
            return true;
        }
        let over = self.steps >= MOST_STEPS || self.paths >= MOST_PATHS;
        self.exhausted |= over;
        over
    }

    /// Certificates at hand that issued one, those first that are believed, then those that are valid.
    fn issuers(&self, path: &[CertId], current: CertId) -> Vec<CertId> {
        let model = self.model;
        let at = self.question.at;
        let same = |a: CertId, b: CertId| {
            let (a, b) = (model.cert(a), model.cert(b));
            a.public_key.id == b.public_key.id && a.subject.same_text(&b.subject)
        };
        let candidates = model.chains.candidates(&model.materials, current).iter();
        let mut issuers: Vec<CertId> = candidates
            .filter(|it| self.around.contains(&it.id) && it.verdict != Verdict::Bad)
            // Whoever certifies each other in a circle leads nowhere.
            .filter(|it| !path.iter().any(|known| same(*known, it.id)))
            .map(|it| it.id)
            .collect();
        // Candidates come in the order of key ids already, and the sort keeps it.
        issuers.sort_by_key(|id| {
            let it = model.cert(*id);
            (!self.anchors.contains(id), at < it.not_before || it.not_after < at)
        });
        issuers
    }

    /// Weighs a path that goes no further. `open`: its last certificate, where that is not believed.
    fn judge(&mut self, path: &[CertId], open: Option<CertId>) {
        self.paths += 1;
        let mut faults = judge::faults(self.model, &self.question, path);
        if let Some(last) = open {
            faults.push(Fault { certificate: last, reason: self.dead_end(last) });
        }
        let weight = |faults: &[Fault], length: usize| {
            (faults.iter().any(|it| it.reason.breaks_path()), faults.len(), length)
        };
        let better = self
            .best
            .as_ref()
            .is_none_or(|best| weight(&faults, path.len()) < weight(&best.faults, best.path.len()));
        if better {
            self.best = Some(Found { path: path.to_vec(), faults });
        }
    }

    /// Why a path goes no further than a certificate.
    fn dead_end(&self, last: CertId) -> Reason {
        let model = self.model;
        let it = model.cert(last);
        let believed_elsewhere = self.around.contains(&last) && self.anchors.contains(&last);
        if model.chains.is_root(&model.materials, last) || believed_elsewhere && it.is_self_issued() {
            return Reason::UntrustedRoot;
        }
        let namesakes = model.chains.candidates(&model.materials, last).iter();
        let mut namesakes = namesakes.filter(|it| self.around.contains(&it.id) && it.verdict == Verdict::Bad);
        if let Some(namesake) = namesakes.next() {
            let found = model.cert(namesake.id).subject_key_id.as_ref();
            // The key id that is asked for, and still not the key: one of the two was altered.
            return if it.authority_key_id.is_some() && it.authority_key_id.as_ref() == found {
                Reason::BadSignature { issuer: namesake.id }
            } else {
                Reason::Rekeyed { other: namesake.id }
            };
        }
        Reason::MissingIssuer { name: it.issuer.title().to_owned(), key_id: it.authority_key_id.clone() }
    }
}
