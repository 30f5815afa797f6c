//! Who signed what, for every certificate at once. Names and key ids choose a few candidates, the signature decides, and a
//! key is tried once: a tree of ten thousand certificates of one name costs no more than one of ten thousand names.

use std::collections::HashMap;

use crate::model::{
    CertId, Materials,
    x509::{KeyId, Verdict, verify},
};

/// Candidates that are tried for one certificate.
const CANDIDATES: usize = 8;

/// Certificates by subject and key id, then by subject alone. No list is longer than [`CANDIDATES`].
pub(super) struct Issuers<'m> {
    materials: &'m Materials,
    by_key_id: HashMap<(String, &'m [u8]), Vec<CertId>>,
    by_name: HashMap<String, Vec<CertId>>,
}

impl<'m> Issuers<'m> {
    pub(super) fn new(materials: &'m Materials) -> Self {
        let mut this = Self { materials, by_key_id: HashMap::new(), by_name: HashMap::new() };
        for (id, known) in materials.certificates() {
            let it = &known.certificate;
            let name = it.subject.folded();
            if let Some(key_id) = &it.subject_key_id {
                add(this.by_key_id.entry((name.clone(), &**key_id)).or_default(), id);
            }
            add(this.by_name.entry(name).or_default(), id);
        }
        this
    }

    /// Whether a certificate signed itself, and the others whose keys made its signature.
    pub(super) fn of(&self, id: CertId) -> (bool, Vec<CertId>) {
        let child = self.materials.cert(id);
        let name = child.issuer.folded();
        let own = if child.is_self_issued() { &[id][..] } else { &[] };
        let named = self.by_name.get(&name).map_or(&[][..], Vec::as_slice);
        let keyed = child.authority_key_id.as_deref();
        let keyed =
            keyed.and_then(|key_id| self.by_key_id.get(&(name, key_id))).map_or(&[][..], Vec::as_slice);
        let mut tried: Vec<(KeyId, bool)> = Vec::new();
        let mut found = Vec::new();
        for candidate in own.iter().chain(keyed).chain(named) {
            let key = &self.materials.cert(*candidate).public_key;
            let known = tried.iter().find(|(tried, _)| *tried == key.id).map(|(_, good)| *good);
            // One key made the signature; others need no look any more.
            let decided = tried.iter().any(|(_, good)| *good);
            let good = known.unwrap_or_else(|| {
                let good = !decided && verify(child, key) == Verdict::Good;
                tried.push((key.id, good));
                good
            });
            if good && !found.contains(candidate) {
                found.push(*candidate);
            }
        }
        let signed_itself = found.contains(&id);
        found.retain(|candidate| *candidate != id);
        (signed_itself, found)
    }
}

fn add(list: &mut Vec<CertId>, id: CertId) {
    if list.len() < CANDIDATES {
        list.push(id);
    }
}
