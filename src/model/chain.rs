//! Which certificate signs which. Names and key ids only find candidates; the signature decides.

use std::{
    collections::{BTreeSet, HashMap},
    sync::OnceLock,
};

use crate::x509::{Certificate, KeyId, Verdict, verify};

use super::material::{CertId, Materials};

/// Candidates that are tried for one certificate. More bear one name only where somebody means to hurt us.
const CANDIDATES: usize = 64;

/// A certificate whose subject is the issuer of another, and what the signature says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The possible issuer.
    pub id: CertId,
    /// Whether its key made the signature.
    pub verdict: Verdict,
}

/// The graph of signatures, worked out where it is asked for and kept.
#[derive(Debug, Default)]
pub struct Chains {
    by_subject: HashMap<String, Vec<CertId>>,
    candidates: Vec<OnceLock<Vec<Candidate>>>,
}

/// How the certificates of a bundle hang together, seen from its leaf.
#[derive(Debug, Default)]
pub struct Path {
    /// Positions in the bundle: the leaf, its issuer, and so on.
    pub links: Vec<usize>,
    /// Positions that repeat an earlier certificate, with the position they repeat.
    pub repeated: Vec<(usize, usize)>,
    /// Positions of certificates that are no ancestor of the leaf.
    pub foreign: Vec<usize>,
    /// Positions of certificates that bear the name of a needed issuer with another key.
    pub impostors: Vec<usize>,
    /// A signature of the path could not be checked, for this algorithm.
    pub unverified: Option<String>,
}

impl Chains {
    pub(super) fn new(materials: &Materials) -> Self {
        let mut by_subject: HashMap<String, Vec<CertId>> = HashMap::new();
        for (id, known) in materials.certificates() {
            by_subject.entry(known.certificate.subject.folded()).or_default().push(id);
        }
        Self { by_subject, candidates: (0..materials.len()).map(|_| OnceLock::new()).collect() }
    }

    /// Every certificate whose subject is the issuer of `id`, itself included where it is self-issued.
    pub fn candidates(&self, materials: &Materials, id: CertId) -> &[Candidate] {
        self.candidates[id.0 as usize].get_or_init(|| {
            let child = materials.cert(id);
            let named = self.by_subject.get(&child.issuer.folded()).map_or(&[][..], Vec::as_slice);
            // Key ids say which of many is worth a signature check first.
            let mut named: Vec<CertId> = named.to_vec();
            named.sort_by_key(|candidate| (!key_ids_fit(child, materials.cert(*candidate)), *candidate));
            named.truncate(CANDIDATES);
            // A signature is of one key: copies of a key share its verdict, and behind the right one no other is tried.
            let mut of_key: HashMap<KeyId, Verdict> = HashMap::new();
            let mut signer = None;
            named
                .into_iter()
                .map(|issuer| {
                    let key = &materials.cert(issuer).public_key;
                    let verdict = match (of_key.get(&key.id), &signer) {
                        (Some(known), _) => known.clone(),
                        (None, Some(_)) => Verdict::Bad,
                        (None, None) => verify(child, key),
                    };
                    if verdict == Verdict::Good {
                        signer.get_or_insert(key.id);
                    }
                    of_key.insert(key.id, verdict.clone());
                    Candidate { id: issuer, verdict }
                })
                .collect()
        })
    }

    /// The certificates that truly issued `id`.
    pub fn issuers(&self, materials: &Materials, id: CertId) -> impl Iterator<Item = CertId> {
        self.candidates(materials, id).iter().filter(|it| it.verdict == Verdict::Good).map(|it| it.id)
    }

    /// Whether a certificate is signed by its own key.
    pub fn is_root(&self, materials: &Materials, id: CertId) -> bool {
        let certificate = materials.cert(id);
        certificate.is_self_issued() && self.candidates(materials, id).iter().any(|it| {
            it.verdict == Verdict::Good && materials.cert(it.id).public_key.id == certificate.public_key.id
                    // An algorithm we cannot check does not make a root an orphan.
                    || (it.id == id && matches!(it.verdict, Verdict::Unsupported(_)))
        })
    }

    /// Whether `issuer` made the signature of `child`.
    pub fn verdict(&self, materials: &Materials, child: CertId, issuer: CertId) -> Option<&Verdict> {
        self.candidates(materials, child).iter().find(|it| it.id == issuer).map(|it| &it.verdict)
    }

    /// Other certificates of the same name and key: earlier and later issues, cross-signed copies.
    pub fn twins<'c>(&'c self, materials: &'c Materials, id: CertId) -> impl Iterator<Item = CertId> + 'c {
        let it = materials.cert(id);
        let named = self.by_subject.get(&it.subject.folded()).map_or(&[][..], Vec::as_slice);
        named
            .iter()
            .copied()
            .filter(move |other| *other != id && materials.cert(*other).public_key.id == it.public_key.id)
    }

    /// How the certificates of a bundle hang together, seen from the one at `leaf`.
    pub fn path(&self, materials: &Materials, bundle: &[CertId], leaf: usize) -> Path {
        let mut path = Path::default();
        let mut first: HashMap<CertId, usize> = HashMap::new();
        for (position, id) in bundle.iter().enumerate() {
            match first.get(id) {
                Some(earlier) => path.repeated.push((position, *earlier)),
                None => {
                    first.insert(*id, position);
                }
            }
        }
        let Some(start) = bundle.get(leaf).copied() else { return path };
        path.links.push(leaf);
        self.climb(materials, &first, start, &mut path);
        let related = self.related(materials, bundle, &path.links);
        path.foreign = (0..bundle.len())
            .filter(|at| {
                !related.contains(&bundle[*at]) && first[&bundle[*at]] == *at && !path.impostors.contains(at)
            })
            .collect();
        path
    }

    /// Goes from issuer to issuer as long as the bundle holds one. `first` says where each certificate stands.
    fn climb(&self, materials: &Materials, first: &HashMap<CertId, usize>, start: CertId, path: &mut Path) {
        let mut current = start;
        let mut seen: BTreeSet<CertId> = BTreeSet::new();
        while seen.insert(current) && !self.is_root(materials, current) {
            let candidates = self.candidates(materials, current);
            let here = |it: &&Candidate| first.contains_key(&it.id) && it.id != current;
            let next = candidates.iter().filter(here).find(|it| it.verdict == Verdict::Good).or_else(|| {
                let unknown = candidates
                    .iter()
                    .filter(here)
                    .find(|it| matches!(it.verdict, Verdict::Unsupported(_)))?;
                if let Verdict::Unsupported(algorithm) = &unknown.verdict {
                    path.unverified.get_or_insert_with(|| algorithm.clone());
                }
                Some(unknown)
            });
            let Some(next) = next else {
                let impostors = candidates.iter().filter(here).filter(|it| it.verdict == Verdict::Bad);
                path.impostors = impostors.map(|it| first[&it.id]).collect();
                break;
            };
            if seen.contains(&next.id) {
                break;
            }
            path.links.push(first[&next.id]);
            current = next.id;
        }
    }

    /// The leaf with all its ancestors that the tree knows, also those that lie beyond a gap of the bundle. Another
    /// certificate of an ancestor's name and key (a cross-signed copy) belongs to them too.
    fn related(&self, materials: &Materials, bundle: &[CertId], links: &[usize]) -> BTreeSet<CertId> {
        let mut related: BTreeSet<CertId> = links.iter().map(|at| bundle[*at]).collect();
        let copies: Vec<CertId> = related.iter().flat_map(|id| self.twins(materials, *id)).collect();
        related.extend(copies.into_iter().filter(|id| bundle.contains(id)));
        let mut open: Vec<CertId> = related.iter().copied().collect();
        while let Some(id) = open.pop() {
            for issuer in self.candidates(materials, id).iter().filter(|it| it.verdict != Verdict::Bad) {
                if related.insert(issuer.id) {
                    open.push(issuer.id);
                }
            }
        }
        related
    }
}

/// Key ids fit, or one of them is not there.
fn key_ids_fit(child: &Certificate, issuer: &Certificate) -> bool {
    match (&child.authority_key_id, &issuer.subject_key_id) {
        (Some(wanted), Some(found)) => wanted == found,
        _ => true,
    }
}
